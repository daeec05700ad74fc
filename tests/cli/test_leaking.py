"""What `habeas check` tells of leaks: in words, in JSON, in its exit code."""

import json
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from tests.conftest import ROOT
from tests.properties.strategies import common_files

BASE = ROOT / "tests" / "law" / "base"

ACT = """---
title: An Act
citation: Test Code
place: us-ca
authority: state
source: https://example.org/act
---

## § 1 Charges {#open}

Anybody is told what the charges are.

```rule
permit charges
```

## § 2 Children {#child}

A child's name is told to nobody.

```rule
forbid name
when minor
```
"""

DERIVATIONS = """
## Derivations

| items | how | item | reason |
| --- | --- | --- | --- |
| `charges` | gives away | `name` | they stand together |
| `name` | gives away | `charges` | they stand together |
| `charges` | can give away | `hold` | now and then |
"""


@pytest.fixture
def laws(tmp_path):
    """A small law that leaks."""
    for name, text in common_files(BASE).items():
        path = tmp_path / "laws" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + (DERIVATIONS if name == "vocabulary.md" else ""))
    (tmp_path / "laws" / "us-ca" / "act.md").write_text(ACT)
    return tmp_path / "laws"


def check(*arguments):
    return CliRunner().invoke(app, ["check", "--leaks", *map(str, arguments)])


def said(done):
    """The words, however they were wrapped."""
    return " ".join(done.output.split())


def test_a_leak_is_told_with_a_case_and_changes_nothing(laws):
    done = check(laws)
    assert done.exit_code == 0
    text = said(done)
    assert "charges gives away name, and is granted without it in us-ca" in text
    assert "charges is permitted and name is forbidden, if minor = yes" in text
    assert "charges can give away hold, and is granted without it in us-ca" in text
    assert "3 derivations of one item from others, in" in text
    assert (
        "1 give a withheld item away in some answer, 1 can give one away, 0 do only where" in text
    )
    assert "1 are proved not to" in text
    assert "are not settled" not in text


def test_with_strict_a_leak_that_always_tells_is_a_finding(laws):
    assert check(laws, "--strict").exit_code == 1
    vocabulary = laws / "vocabulary.md"
    vocabulary.write_text(vocabulary.read_text().replace("| gives away", "| can give away"))
    assert check(laws, "--strict").exit_code == 0


def test_the_same_in_json(laws):
    leaks = json.loads(check(laws, "--json").stdout)["leaks"]
    assert leaks["derivations"] == 3
    first, second = leaks["found"]
    assert (first["items"], first["how"], first["item"]) == (["charges"], "gives away", "name")
    assert first["reason"] == "they stand together"
    assert "laws/vocabulary.md:84:3" in first["declared"]
    (where, *_) = first["in"]
    assert where["place"] == "us-ca"
    assert where["bases"] == {"charges": "permitted", "name": "forbidden"}
    assert (where["alike"], where["contested"]) == (True, {})
    assert where["where"] == "minor = yes"
    assert second["item"] == "hold"
    assert [one["item"] for one in leaks["proved"]] == ["charges"]
    assert leaks["not_proved"] == []


def test_what_is_not_settled_is_told_and_is_not_called_proved(laws):
    with patch("habeas.proofs.leaks._Search.leak", return_value=False):
        done, strict = check(laws), check(laws, "--strict")
        made = json.loads(check(laws, "--json").stdout)["leaks"]
    assert "not known whether it leaks in us-ca on" in said(done)
    assert "0 are proved not to, 3 are not settled" in said(done)
    assert (done.exit_code, strict.exit_code) == (0, 3)
    assert (made["found"], made["proved"]) == ([], [])
    assert {one["item"] for one in made["not_proved"]} == {"name", "charges", "hold"}


def test_a_reading_that_a_leak_hangs_on_is_named(laws):
    path = laws / "us-ca" / "act.md"
    path.write_text(path.read_text().replace("{#open}", "{#open status=contested}"))
    done = check(laws)
    assert "us-ca/act#open acting" in said(done)
    (first, *_) = json.loads(check(laws, "--json").stdout)["leaks"]["found"]
    assert first["in"][0]["contested"] == {"us-ca/act#open": True}

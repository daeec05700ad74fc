"""The command `lint`: what it prints, its JSON, its exit codes."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest
import z3
from typer.testing import CliRunner

from habeas.cli import app, linting
from habeas.cli.common import out
from habeas.errors import InputError
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

## § 1 Open records {#open}

What anybody can see is given to anybody.

```rule
permit everything
when public
```

## § 2 Children {#child from=2020-01-01}

Nothing is said of a child, and nobody keeps one.

```rule
forbid everything
when minor
```
"""

COURT = """
## § 3 Courts {#court}

What a court orders is done.

```rule
require hold, charges, name
when ordered
```
"""

FOUND = """\
The law of us-ca, since 2021-01-01

Conflicts
One rule orders what another forbids, in one and the same case. The program refers such cases to
counsel. Which of the two gives way, and on what authority?

  There are cases in which `us-ca/act#court` orders what `us-ca/act#child` forbids.
    for personal, hold
    example: name is refer (conflict) where minor = yes, name.ordered = yes

Where these stand
  us-ca/act#child § 2 Children · An Act, Test Code unchecked
  us-ca/act#court § 3 Courts · An Act, Test Code unchecked

1 finding in 1 place. A finding is a question to whoever knows the law, and no error of it.
"""

NOTHING = """\
The law of us-ca, since 2021-01-01
nothing found

0 findings in 1 place. A finding is a question to whoever knows the law, and no error of it.
"""

UNSETTLED = """\
The law of us-ca, always until the day before 2020-01-01

not settled in time: Dead blocks? us-ca/act#open, everything
"""


@pytest.fixture
def laws(tmp_path: Path):
    """Writes a folder of law with one act of California."""

    def write(text: str) -> Path:
        for name, content in {**common_files(BASE), "us-ca/act.md": text}.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(content)
        return tmp_path

    return write


def lint(*arguments: object) -> tuple[int, str]:
    """Exit code and output."""
    with patch.object(out, "_width", 100):  # it was made when it was imported, of the width then
        made = CliRunner().invoke(app, ["lint", *map(str, arguments)])
    if made.exception and not isinstance(made.exception, SystemExit):
        raise made.exception
    return made.exit_code, "\n".join(line.rstrip() for line in made.output.splitlines()) + "\n"


def test_a_finding_is_printed_with_an_example_and_called_no_error(laws) -> None:
    code, text = lint("us-ca", "--law", laws(ACT + COURT), "--as-of", "2025-03-03")
    assert text == FOUND
    assert code == 1


def test_where_nothing_is_found_that_is_said(laws) -> None:
    code, text = lint("--law", laws(ACT), "--as-of", "2025-03-03")
    assert text == NOTHING
    assert code == 0


def test_it_prints_one_json_document(laws) -> None:
    folder = laws(ACT + COURT)
    code, text = lint("us-ca", "--law", folder, "--as-of", "2025-03-03", "--json")
    assert code == 1
    document = json.loads(text)
    assert document["as_of"] == "2025-03-03"
    (place,) = document["places"]
    assert len(place.pop("law")) == 64
    citation = {"citation": "§ 2 Children · An Act, Test Code", "unchecked": True}
    assert place.pop("findings")[0] == {
        "kind": "conflict",
        "blocks": [
            {"id": "us-ca/act#child", **citation},
            {"id": "us-ca/act#court", "citation": "§ 3 Courts · An Act, Test Code", "unchecked": True},
        ],
        "because": [],
        "items": ["name", "charges", "hold"],
        "from": "2021-01-01",
        "to": None,
        "sentence": "There are cases in which `us-ca/act#court` orders what `us-ca/act#child` forbids.",
        "question": "Which of the two gives way, and on what authority?",
        "example": {
            "item": "name",
            "facts": {"minor": "yes", "name.ordered": "yes"},
            "readings": {},
            "outcome": "refer (conflict)",
            "otherwise": None,
        },
    }  # fmt: skip
    assert place == {"place": "us-ca", "from": "2021-01-01", "to": None, "unsettled": []}


def test_the_day_chooses_the_law(laws) -> None:
    folder = laws(ACT + COURT)
    assert lint("us-ca", "--law", folder, "--as-of", "2019-12-31")[0] == 0
    assert lint("us-ca", "--law", folder, "--as-of", "2020-01-01")[0] == 1


def test_every_day_tells_a_finding_once_with_its_days(laws) -> None:
    code, text = lint("us-ca", "--law", laws(ACT + COURT), "--all-days")
    assert code == 1
    assert "on every day" in text
    assert text.count("    since 2020-01-01\n") == 1
    document = json.loads(lint("us-ca", "--law", laws(ACT + COURT), "--all-days", "--json")[1])
    assert document["as_of"] is None
    assert [one["from"] for one in document["places"][0]["findings"]] == ["2020-01-01"]


def test_what_is_not_settled_in_time_is_named(laws, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laws(ACT)
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unknown)
    code, text = lint("us-ca", "--law", folder, "--as-of", "2016-03-03")
    assert code == 3
    assert text.startswith(UNSETTLED)
    assert "3 questions not settled in time" in text
    code, text = lint("us-ca", "--law", folder, "--as-of", "2016-03-03", "--json")
    assert code == 3
    named = json.loads(text)["places"][0]["unsettled"]
    assert named[0] == {
        "kind": "dead",
        "blocks": ["us-ca/act#open"],
        "items": ["name", "charges", "release_date", "hold"],
        "from": None,
        "to": "2020-01-01",
    }


def test_without_a_place_every_place_is_looked_at() -> None:
    document = json.loads(lint("--json", "--as-of", "1990-01-01")[1])
    assert [one["place"] for one in document["places"]] == [
        "us", "us-ca", "us-ca-sf", "us-fl", "us-ga", "us-il", "us-tx", "us-wa",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("us-xx",), "there is no law of `us-xx`"),
        (("us-ca", "--as-of", "yesterday"), "`yesterday` is no day"),
        (("us-ca", "--as-of", "2025-01-01", "--all-days"), "one day is named, and every day"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        lint(*arguments)


def test_items_are_told_by_their_groups() -> None:
    vocabulary = linting.read_laws().vocabulary
    contact = vocabulary.groups["contact_information"].members
    assert linting.grouped(["hold", *contact], vocabulary) == ["contact_information", "hold"]
    assert linting.grouped(contact[1:], vocabulary) == [*contact[1:]]
    assert linting.grouped(vocabulary.items, vocabulary) == ["everything"]


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

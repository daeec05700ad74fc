"""The last part of `explain`: what it prints, that it is no advice, and that it stays in the office."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.cli.changing import print_changes
from habeas.cli.common import out
from habeas.proofs.changes import Change, Changes, Led, Part
from habeas.records import write_sample
from tests.conftest import ROOT, SRC

REQUESTS = ROOT / "examples" / "requests"
ADVICE = re.compile(
    r"\b(you|your|should|must|get|got|obtain|ask|apply|try|need|needs|provide|submit|please|can be)\b",
    re.IGNORECASE,
)

MADE = Changes(
    "deny",
    3,
    (
        Change(
            ("instrument", "name.ordered"),
            (
                Led(
                    "refer",
                    "conflict",
                    (
                        Part(
                            "instrument", ("court order",), "obtainable", "a paper of another kind"
                        ),
                        Part("name.ordered", (True,), "missing", ""),
                    ),
                ),
            ),
        ),
        Change(
            ("conviction",),
            (Led("grant", "permitted", (Part("conviction", ((),), "missing", ""),)),),
        ),
    ),
    True,
    2,
    tuple(
        Change((fact,), (Led("grant", "required", (Part(fact, (True,), "cannot change", ""),)),))
        for fact in ("a", "b", "c", "d")
    ),
    False,
)

SHOWN = """\
What would change it (for the office alone)
  The answer rests on this: if a paper of another kind were there (obtainable: instrument = court order) and if name.ordered were known to be yes (missing), one rule would order it and another forbid it, for counsel to decide.
  The answer rests on this: if every conviction were known to be on file (missing), the law would allow it, and nothing would order it.
  Rests on what cannot change:
  The answer rests on this: if a were yes (cannot change), the law would order it.
  The answer rests on this: if b were yes (cannot change), the law would order it.
  The answer rests on this: if c were yes (cannot change), the law would order it.
  … and 1 more: `--json` has them
  Not all that rests on what cannot change was looked through.
  Missing: nobody has said it who may. Obtainable: a paper would answer it. Cannot change: what a record, a past event, the request or a judgement says. Sets of more than 3 facts were not looked for, nor of more than 2 with one that cannot change.

"""


def shown(made: Changes, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(out, "_width", 1000)
    with out.capture() as kept:
        print_changes(made)
    return re.sub(r"\x1b\[[0-9;]*m", "", kept.get())


def test_each_fact_is_told_with_its_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(MADE, monkeypatch) == SHOWN


def test_nothing_found_is_said_only_where_all_was_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    none = Changes("deny", 3, (), True, 2, (), True)
    assert "No 3 facts, or fewer, that are missing" in shown(none, monkeypatch)
    given_up = shown(Changes("deny", 3, (), False, 2, (), True), monkeypatch)
    assert "No 3 facts" not in given_up and "there may be more" in given_up


@pytest.fixture(scope="module")
def jail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changing") / "jail"
    write_sample(folder, 3, 1)
    return folder


def run(jail: Path, file: str, place: str, item: str, *more: str) -> str:
    made = CliRunner().invoke(
        app,
        [
            *("explain", str(REQUESTS / file), "--person", "P000002", "--item", item),
            *("--records", str(jail), "--place", place, "--as-of", "2025-07-18", *more),
        ],
    )
    assert made.exit_code == 0, made.output
    return made.output


@pytest.mark.parametrize(
    ("file", "place", "item"),
    [
        ("i-247a.yaml", "us-ca-sf", "hold"),
        ("i-247a.yaml", "us-ca-sf", "release_date"),
        ("doj-2025-07-17.yaml", "us-ca-sf", "charges"),
        ("i-247a-texas.yaml", "us-tx", "hold"),
        ("press-roster.yaml", "us-ca", "name"),
    ],
)
def test_no_sentence_is_advice(jail: Path, file: str, place: str, item: str) -> None:
    told = run(jail, file, place, item).partition("What would change it")[2]
    assert told and ADVICE.search(told) is None, ADVICE.search(told)


def test_json_has_all_sets(jail: Path) -> None:
    (made,) = json.loads(run(jail, "i-247a-texas.yaml", "us-tx", "hold", "--json"))
    turned = made["changes"]
    assert turned["complete"] and turned["cannot_change"]["complete"]
    assert ["lawful_status_proved"] in [one["facts"] for one in turned["sets"]]
    assert ["requester_kind"] in [one["facts"] for one in turned["cannot_change"]["sets"]]


def test_what_would_change_it_is_in_no_file_of_an_answer(jail: Path, tmp_path: Path) -> None:
    made = CliRunner().invoke(
        app,
        [
            *("decide", str(REQUESTS / "i-247a-texas.yaml"), "--records", str(jail)),
            *("--place", "us-tx", "--as-of", "2025-07-18", "--out", str(tmp_path / "answer")),
        ],
    )
    assert made.exit_code == 0, made.output
    answer = tmp_path / "answer"
    law = answer / "law"  # the packs themselves, whose words anybody can read
    files = [one for one in answer.rglob("*") if one.is_file() and law not in one.parents]
    assert files
    for file in files:
        for words in (b"would change", b"answer rests on", b"cannot change", b"obtainable"):
            assert words not in file.read_bytes(), file


def test_nothing_but_the_command_explain_knows_of_it() -> None:
    readers = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        if re.search(r"proofs\.changes|cli\.changing", path.read_text(encoding="utf-8"))
    }
    assert readers == {"cli/changing.py", "cli/deciding.py"}

"""The commands `diff` and `compare`: what they print, their JSON, what they write, their exit codes."""

import csv
import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
import z3
from typer.testing import CliRunner

import habeas
from habeas.cli import app
from habeas.cli.common import out
from habeas.decisions.comparison import compare
from habeas.decisions.questions import read_questions
from habeas.errors import InputError
from tests.conftest import LAWS
from tests.properties.strategies import FOLDERS, common_files
from tests.properties.strategies import book_of as book_of_files

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

DAY = date(2025, 7, 17)
PLACES = ("us-ca-sf", "us-ca", "us-tx", "us-il")

ACT = """---
title: An Act
citation: Test Code
place: us-ca
authority: state
source: https://example.org/act
---

## § 1 Open {#open}

What is public is given.

```rule
permit name
when public
```
"""

NARROWED = ACT.replace("when public", "when public and not minor")

SAME = """\
new against old, law of 2025-07-17
  old: law of us-ca, digest …
  new: law of us-ca, digest …

same: every case there could be gets the same verdict, for all 4 items
"""

STRICTER = """\
new against old, law of 2025-07-17
  old: law of us-ca, digest …
  new: law of us-ca, digest …

Of 3 pairs of a kind of requester and a purpose, so many are
item ┃ stricter
━━━━━╇━━━━━━━━━
name │        3
same: the other 3 items, in every case

stricter by new: name
  old: grant, permitted (us-ca/act#open)
  new: deny, no authority (no rule)
  whoever asks, for whatever purpose
  a case: minor = yes, name.public = yes
"""


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and output."""
    with patch.object(out, "_width", 100):  # it was made when it was imported, of the width then
        made = CliRunner().invoke(app, [*map(str, arguments)])
    if made.exception and not isinstance(made.exception, SystemExit):
        raise made.exception
    return made.exit_code, "\n".join(line.rstrip() for line in made.output.splitlines()) + "\n"


@pytest.fixture
def laws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes folders of law, each with one act, where the command is run."""
    monkeypatch.chdir(tmp_path)

    def write(**acts: str) -> None:
        for name, text in acts.items():
            for path, content in {**common_files(FOLDERS[0]), "us-ca/act.md": text}.items():
                (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name / path).write_text(content)

    return write


def without_digests(text: str) -> str:
    lines = text.splitlines()
    return "".join(
        f"{line.partition(', digest ')[0]}, digest …\n" if ", digest " in line else f"{line}\n"
        for line in lines
    )


# -- diff -----------------------------------------------------------------------------------------

AS_OF = ("--as-of", "2025-07-17")
TWO = ("diff", "old", "new", "--place", "us-ca", *AS_OF)


def test_laws_that_answer_alike_are_the_same(laws) -> None:
    laws(old=ACT, new=ACT.replace("What is public is given.", "Given is what is public."))
    code, text = run(*TWO)
    assert without_digests(text) == SAME
    assert code == 0


def test_a_difference_is_told_with_a_case(laws) -> None:
    laws(old=ACT, new=NARROWED)
    code, text = run(*TWO)
    assert without_digests(text) == STRICTER
    assert code == 1


def test_diff_prints_one_json_document(laws) -> None:
    laws(old=ACT, new=NARROWED)
    code, text = run(*TWO, "--json")
    assert code == 1
    found = json.loads(text)
    assert (found["differs"], found["settled"], found["as_of"]) == (True, True, "2025-07-17")
    assert found["items"] == {
        "name": "stricter", "charges": "same", "release_date": "same", "hold": "same",
    }  # fmt: skip
    assert {one["is"] for one in found["cells"]["name"]} == {"stricter"}
    assert len(found["cells"]["name"]) == 3
    (change,) = found["changes"]
    assert change["old"] == {
        "verdict": "grant",
        "basis": "permitted",
        "rules": ["us-ca/act#open"],
        "facts": {"minor": True, "name.public": True},
        "complete": [],
        "contested": {},
    }
    assert found["answers"] == []


def test_git_revisions_are_compared(laws, tmp_path: Path) -> None:
    laws(office=ACT)
    names = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    environment = {**os.environ, **{f"GIT_{name}": "somebody" for name in names}}
    for command in (["init"], ["add", "."], ["commit", "-m", "as it was"]):
        subprocess.run(
            ["git", *command], cwd=tmp_path, env=environment, check=True, capture_output=True
        )
    laws(office=NARROWED)
    code, text = run("diff", "HEAD", "office", "--place", "us-ca", *AS_OF)
    assert code == 1
    assert text.startswith("office against HEAD:office, law of 2025-07-17\n")
    assert "stricter by office: name" in text


def test_two_places_of_the_shipped_law() -> None:
    code, text = run("diff", "us-ca", "us-tx", *AS_OF, "--json")
    assert code == 1
    found = json.loads(text)
    assert (found["old"]["place"], found["new"]["place"]) == ("us-ca", "us-tx")
    assert found["items"]["hold"] == "looser"
    whom = {(one["requester_kind"], one["purpose"]) for one in found["cells"]["citizenship"]}
    assert ("immigration authority", "immigration enforcement") in whom
    assert ("press", "public inquiry") not in whom


def test_what_diff_does_not_settle_is_told_first_and_is_exit_code_3(laws, monkeypatch) -> None:
    laws(old=ACT, new=NARROWED)
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unknown)
    code, text = run(*TWO)
    assert code == 3
    assert "Not all of it was settled in time" in text
    assert "not settled" in text
    assert run(*TWO, "--json")[0] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("us-ca", "us-tx", "--place", "us-ca"), "two places are compared already"),
        (("us-ca", "us-ty"), "is a place, and `us-ty` is none"),
        (("old", "old"), "which place's law is meant?"),
        (("us-ca", "us-tx", "--request", "q.yaml"), "a request and records are needed"),
        (("us-ca", "us-tx", "--records", "r"), "a request and records are needed"),
        (("us-ca", "us-tx", "--out", "ids.csv"), "a request and records are needed"),
        (("us-ca", "us-tx", "--as-of", "never"), "`never` is no day"),
    ],
)
def test_what_diff_cannot_be_asked_is_refused(laws, arguments, message) -> None:
    laws(old=ACT)
    with pytest.raises(InputError, match=message):
        run("diff", *arguments)


# -- diff, with records ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def jail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic jail of 60 people, and the shipped law with names closed to everybody."""
    folder = tmp_path_factory.mktemp("jail")
    assert run("sample", folder / "jail", "--people", 60, "--seed", 1)[0] == 0
    shutil.copytree(LAWS, folder / "closed")
    pack = folder / "closed" / "us-ca" / "arrest-information.md"
    text = pack.read_text(encoding="utf-8")
    before, fence, after = text.rpartition("```rule\nrequire arrest_information")
    forbid = "```rule #none\nforbid name\n```\n\n"
    pack.write_text(f"{before}{forbid}{fence}{after}", encoding="utf-8")
    (folder / "request.yaml").write_text(
        """
id: letter-1
title: names and release dates
facts:
  received_on: {value: 2025-07-17, source: officer}
  requester_kind: {value: immigration authority, source: counsel}
  requester_level: {value: federal, source: officer}
  purpose: {value: immigration enforcement, source: counsel}
  instrument: {value: notification request, source: officer}
  issued_by_judge: {value: no, source: counsel}
items: [name, release_date]
"""
    )
    return folder


def test_with_records_it_counts_whose_answers_would_change(jail: Path, tmp_path: Path) -> None:
    ids = tmp_path / "ids.csv"
    asked = ("diff", LAWS, jail / "closed", "--place", "us-ca", *AS_OF)
    asked += ("--records", jail / "jail", "--request", jail / "request.yaml")
    code, text = run(*asked, "--out", ids)
    assert code == 1
    assert "Whose answers would change: request letter-1, 60 people" in text
    with ids.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert ids.stat().st_mode & 0o077 == 0
    counted = json.loads(run(*asked, "--json")[1])["answers"][0]
    assert counted["people"] == 60
    moved = [one for one in counted["changes"] if one["from"] != one["to"]]
    assert sum(one["people"] for one in moved) == len(rows) > 0
    assert {row["item"] for row in rows} == {"name"}

    from habeas.records import read_records, read_request

    old, new = habeas.read_law("us-ca"), habeas.read_law("us-ca", jail / "closed")
    (request,) = read_request(jail / "request.yaml", old.book.vocabulary)
    with read_records(str(jail / "jail"), None, old.book.vocabulary) as records:
        people = list(records.people())
    expected = {
        (one.id, item)
        for one in people
        for item in request.items
        if old.decide(request, one, item, DAY).verdict
        != new.decide(request, one, item, DAY).verdict
    }
    assert {(row["person"], row["item"]) for row in rows} == expected
    with pytest.raises(InputError, match="there is already such a file"):
        run(*asked, "--out", ids)


# -- compare --------------------------------------------------------------------------------------


def test_every_question_is_asked_of_every_place_and_decided_as_a_request_is() -> None:
    book = habeas.read_laws()
    found = compare([habeas.read_law(place) for place in book.places()], DAY)
    assert found.unasked == ()
    assert 20 <= len(found.answers) <= 30
    ids = [question.id for question, _ in found.answers]
    assert len(ids) == len(set(ids))
    for question, row in found.answers:
        facts = question.facts.merged(habeas.Facts({"received_on": DAY}))
        request = habeas.Request("again", facts, (question.item,), question.selects_on)
        person = habeas.Person("1", habeas.Facts(), frozenset())
        assert [one.place for one in row] == [*book.places()]
        for law, one in zip(found.laws, row, strict=True):
            again = law.decide(request, person, question.item, DAY)
            assert (one.decision.verdict, one.decision.basis) == (again.verdict, again.basis)
            assert [each.block for each in one.cited] == list(again.rules)
            assert [each.fact for each in one.hinges] == [each.fact for each in again.missing]
            assert bool(one.hinges) == (again.basis in ("missing facts", "judgement"))


KNOWN = {
    "hold-form": ("deny", "deny", "grant", "deny"),
    "hold-citizen": ("deny", "deny", "deny", "deny"),
    "hold-judge": ("refer", "refer", "grant", "grant"),
    "release-unlisted": ("deny", "deny", "grant", "deny"),
    "release-violent": ("deny", "refer", "grant", "deny"),
    "citizenship-told": ("grant", "grant", "grant", "grant"),
    "interview": ("deny", "deny", "grant", "deny"),
    "list-noncitizens": ("deny", "deny", "deny", "deny"),
    "press-charges": ("grant", "grant", "deny", "deny"),
}
"""Answers that follow from the notes on these laws."""


def test_compare_answers_as_the_laws_are_known_to() -> None:
    code, text = run("compare", *PLACES, *AS_OF, "--json")
    assert code == 0
    document = json.loads(text)
    answers = {
        one["id"]: tuple(each["verdict"] for each in one["answers"])
        for one in document["questions"]
    }
    assert {name: answers[name] for name in KNOWN} == KNOWN
    assert [one["place"] for one in document["places"]] == [*PLACES]
    assert all(len(one["law"]) == 64 for one in document["places"])
    (violent,) = (one for one in document["questions"] if one["id"] == "release-violent")
    state = violent["answers"][1]
    assert not violent["same"]
    assert (state["verdict"], state["basis"]) == ("refer", "missing facts")
    assert {one["fact"] for one in state["hinges_on"]} >= {"conviction[1].reduced_by_prop_47"}
    assert all(one["meaning"] and one["who"] for one in state["hinges_on"])
    assert {one["block"] for one in state["provisions"]} == {
        "us-ca/values-act#a1C", "us-ca/values-act#a1C-7282.5",
    }  # fmt: skip
    assert all(one["unchecked"] and one["source"].startswith("https://") for one in state["provisions"])  # fmt: skip


def test_compare_as_text_names_verdict_provision_address_and_hinge() -> None:
    code, text = run("compare", "us-ca-sf", "us-ca", *AS_OF)
    assert code == 0
    flat = " ".join(text.split())
    assert "us-ca deny, forbidden § 7284.6(a)(1)(B) Holding on a detainer · California Values Act unchecked" in flat  # fmt: skip
    assert "hinges on charge, conviction, conviction[1].reduced_by_prop_47" in flat
    assert "https://leginfo.legislature.ca.gov/" in text
    assert "of 28 questions answered differently" in flat
    assert "unchecked: nobody has held that reading against the official text" in flat


def test_the_day_chooses_the_law_that_is_compared() -> None:
    before, after = (
        json.loads(run("compare", "us-ca", "us-tx", "--as-of", day, "--json")[1])["questions"]
        for day in ("2016-07-17", "2025-07-17")
    )
    assert (before[0]["answers"][0]["basis"], after[0]["answers"][0]["basis"]) == (
        "no authority", "forbidden",
    )  # fmt: skip


def test_a_question_that_a_vocabulary_cannot_say_is_named_and_not_asked(laws) -> None:
    laws(old=ACT)
    text = ACT.replace("place: us-ca", "place: us-ca-sf")
    (Path("old") / "us-ca-sf").mkdir()
    (Path("old") / "us-ca-sf" / "act.md").write_text(text)
    document = json.loads(run("compare", "us-ca", "us-ca-sf", "--law", "old", "--json")[1])
    asked = {one["id"] for one in document["questions"]}
    left = {one["id"]: one["lacks"] for one in document["not_asked"]}
    assert asked | set(left) == {one.id for one in read_questions(habeas.read_laws().vocabulary)}
    assert "requester_kind" in left["hold-form"]
    assert not asked & set(left)
    vocabulary = book_of_files({**common_files(FOLDERS[0]), "us-ca/act.md": ACT}).vocabulary
    assert "violent_felony" in "".join(
        next(one for one in read_questions(vocabulary) if one.id == "release-violent").lacks
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("us-ca",), "one place cannot be compared"),
        (("us-ca", "us-tx", "us-ca"), "`us-ca` is named twice"),
        (("us-ca", "us-zz"), "there is no law of `us-zz`"),
        (("us-ca", "us-tx", "--html", "there.html"), "there is already such a file"),
        (("us-ca", "us-tx", "--html", "no/there.html"), "cannot be written: no such file"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path, monkeypatch, arguments, message) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.html").write_text("mine")
    with pytest.raises(InputError, match=message):
        run("compare", *arguments)
    assert Path("there.html").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["there.html"]


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    page = tmp_path / "places.html"
    code, text = run("compare", "us-ca", "us-tx", *AS_OF, "--html", page)
    assert code == 0
    assert "written:" in text
    assert "<!DOCTYPE html>" in page.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["places.html"]

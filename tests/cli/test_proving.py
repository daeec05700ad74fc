"""`habeas prove` and the promises of `habeas check`: what they print, write, and end with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from habeas.cli import app
from habeas.proofs import goal
from tests.conftest import LAWS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

TRUE = "never grant database_access when purpose = 'immigration enforcement'"
BROKEN = "never grant hold when purpose = 'immigration enforcement'"
"""True since 2018; before, a court could order it."""


def habeas(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def said(done: Result) -> str:
    """What was printed, with its line breaks as blanks."""
    return " ".join(done.output.split())


def document(done: Result) -> Any:
    return json.loads(done.output)


def test_what_is_proved_names_what_it_rests_on_and_which_cases_there_are() -> None:
    done = habeas("prove", "--place", "us-ca-sf", TRUE, "--as-of", "2025-07-17")
    assert done.exit_code == 0, done.output
    text = said(done)
    assert text.startswith(f"proved {TRUE} by the law of us-ca-sf on 2025-07-17 (digest ")
    assert (
        "§ 7284.6(a)(1)(D) Personal information · California Values Act, Gov. Code §§ 7282.5, "
        "7284–7284.12 us-ca/values-act#a1D unchecked and on there being no other rule" in text
    )
    assert "each day from 0001-01-01 to 9999-12-31" in text
    assert "counterexample" not in text


def test_tables_are_given_as_many_rows_as_can_make_a_difference() -> None:
    sentence = (
        "never grant hold when purpose = 'immigration enforcement' and count_charge(TRUE) > 2"
    )
    done = habeas("prove", "--place", "us-ca", "--as-of", "2025-07-17", sentence)
    assert "up to 3 rows of `charge` (more make no difference)." in said(done)


def test_a_case_against_it_is_a_request_that_can_be_read(tmp_path: Path) -> None:
    done = habeas("prove", "--place", "us-ca-sf", BROKEN)
    assert done.exit_code == 1
    text = said(done)
    assert text.startswith(f"counterexample {BROKEN} by the law of us-ca-sf (digest ")
    assert "until 2017-12-31 counterexample from 2018-01-01 proved" in text
    assert "A case against it, made up, with as few facts as it takes The request" in text
    assert "purpose immigration enforcement What the answer will be used for" in text
    assert "The item hold ordered yes" in text
    assert "grant hold, required, law of 2017-01-01 Yes: the law orders it." in text
    assert "What the court's paper commands, item by item, is owed" in text
    assert "Unchecked: nobody has held these readings" in text


def test_a_table_of_a_case_is_told_row_by_row() -> None:
    sentence = "never grant release_date when purpose = 'immigration enforcement' and not public and count_charge(TRUE) < 1 and not current_registrant and not outstanding_federal_felony_warrant"
    done = habeas("prove", "--place", "us-ca", "--as-of", "2025-07-17", sentence)
    assert done.exit_code == 1
    text = said(done)
    assert "There is no charge" in text
    assert "conviction 1 " in text
    assert "reduced_by_prop_47 no Proposition 47 (2014) is the reason" in text


def test_a_contested_case_says_which_reading_it_takes() -> None:
    sentence = "never grant home_address when not commanded_by_court"
    done = habeas("prove", "--place", "us-tx", "--as-of", "2025-07-17", sentence)
    assert done.exit_code == 1
    assert "refer home_address, contested" in said(done)
    assert "grant, permitted, where us-tx/8-usc-1373-broad#broad counts" in said(done)


def test_a_saved_case_passes_and_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "against.yaml"
    done = habeas("prove", "--place", "us-ca-sf", BROKEN, "--save", path)
    assert done.exit_code == 1
    assert "habeas cases runs it" in said(done)
    passed = habeas("cases", path)
    assert (passed.exit_code, passed.output.splitlines()[-1]) == (0, "1 passed, 0 failed")
    text = path.read_text()
    assert text.startswith("- name: hold comes out grant, against “never grant hold when purpose")
    assert "place: us-ca-sf" in text
    assert "as_of: 2017-01-01" in text
    assert "ordered: yes" in text
    again = CliRunner().invoke(app, ["prove", "--place", "us-ca-sf", BROKEN, "--save", str(path)])
    assert "there is already such a file" in str(again.exception)
    assert path.read_text() == text


def test_what_is_proved_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "against.yaml"
    done = habeas("prove", "--place", "us-ca", "--as-of", "2025-07-17", TRUE, "--save", path)
    assert done.exit_code == 0
    assert "nothing is written" in said(done)
    assert not path.exists()


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = habeas("prove", "--place", "us-ca", BROKEN, "--save", tmp_path / "no" / "a.yaml")
    assert "cannot be written" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--place", "us-ca", "never grant hodl"), "unknown item `hodl`"),
        (("--place", "us-ca", "hold"), "a question begins with what never or always happens"),
        (("--place", "us-cal", TRUE), "there is no law of `us-cal`"),
        (("--place", "us-ca", "--as-of", "2025-02-30", TRUE), "`2025-02-30` is no day"),
        (
            ("--place", "us-ca", "--as-of", "2017-01-01", "never grant hold when opens_7282_5"),
            "`opens_7282_5` is not defined on 2017-01-01",
        ),
    ],
)
def test_what_cannot_be_read_ends_with_2(arguments: tuple[str, ...], message: str) -> None:
    done = habeas("prove", *arguments)
    assert message in str(done.exception)
    assert getattr(done.exception, "exit_code", 0) == 2


def test_a_place_and_a_sentence_about_nobody() -> None:
    done = habeas("prove", "--place", "us-ca", "never grant name when public and not public")
    assert done.exit_code == 0
    assert "It is about nobody: no case at all meets the condition." in said(done)


def test_days_on_which_a_word_is_not_defined_are_told() -> None:
    sentence = "never grant transfer when requester_kind = 'immigration authority' and not issued_by_judge and not opens_7282_5"
    done = habeas("prove", "--place", "us-ca", sentence)
    assert done.exit_code == 0
    assert "until 1996-08-21 not asked: `opens_7282_5` is not defined" in said(done)
    assert "from 2018-01-01 proved" in said(done)


def test_not_proved_is_neither_and_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goal, "solve", lambda *_: None)
    done = habeas("prove", "--place", "us-ca", "--as-of", "2025-07-17", TRUE)
    assert done.exit_code == 3
    assert said(done).startswith(f"not proved {TRUE}")
    assert "database_access: it was not settled within 10 seconds" in said(done)
    assert "It rests on" not in said(done)
    found = document(habeas("prove", "--place", "us-ca", "--as-of", "2025-07-17", TRUE, "--json"))
    assert (found["answer"], found["rests_on"]) == ("not proved", [])
    assert found["stretches"][0]["why"] == "it was not settled within 10 seconds"


def test_proofs_as_json() -> None:
    done = habeas("prove", "--place", "us-ca-sf", TRUE, "--json", "--as-of", "2025-07-17")
    found = document(done)
    assert done.exit_code == 0
    assert (found["answer"], found["of_nobody"], found["counterexample"]) == ("proved", False, None)
    assert (found["sentence"], found["items"]) == (TRUE, ["database_access"])
    assert [(one["id"], one["unchecked"]) for one in found["rests_on"]] == [
        ("us-ca/values-act#a1D", True)
    ]
    assert len(found["law"]) == 64
    done = habeas("prove", "--place", "us-ca-sf", BROKEN, "--json")
    found = document(done)
    assert done.exit_code == 1
    case = found["counterexample"]
    assert case["facts"]["hold.ordered"] is True
    assert case["comes_out"] == {"verdict": "grant", "basis": "required"}
    assert case["decision"]["as_of"] == "2017-01-01"
    assert case["decision"]["rules"] == ["us/court-process#process"]
    answers = {one["from"]: one["answer"] for one in found["stretches"]}
    assert answers[None] == "counterexample"
    assert answers["2018-01-01"] == "proved"


# -- check ----------------------------------------------------------------------------------------


@pytest.fixture
def laws(tmp_path: Path) -> Path:
    """A folder of little law: that of the United States, which has two promises."""
    folder = tmp_path / "laws"
    shutil.copytree(LAWS / "us", folder / "us")
    text = (LAWS / "vocabulary.md").read_text()
    (folder / "vocabulary.md").write_text(text.replace(", from us-ca/offenses.csv", ""))
    return folder


def test_check_proves_the_promises_of_a_folder(laws: Path) -> None:
    done = habeas("check", laws)
    assert done.exit_code == 0, done.output
    assert "2 promises proved, 0 broken, 0 not proved" in said(done)
    assert document(habeas("check", laws, "--json"))["promises"] == 2


def test_check_shows_the_case_that_breaks_a_promise(laws: Path) -> None:
    path = laws / "us" / "court-process.md"
    path.write_text(path.read_text().replace("require everything", "require arrest_information"))
    done = habeas("check", laws)
    assert done.exit_code == 1
    assert "this promise is broken in us on 1996-09-30: alias comes out deny, no authority" in said(done)  # fmt: skip
    assert "alias.ordered = yes" in said(done)
    assert "1 promise proved, 1 broken, 0 not proved" in said(done)
    (broken,) = document(habeas("check", laws, "--json"))["broken"]
    assert (broken["in"], broken["item"], broken["verdict"]) == ("us", "alias", "deny")
    assert "alias.ordered = yes" in broken["where"]


def test_check_never_counts_what_is_not_proved_as_kept(
    laws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goal, "solve", lambda *_: None)
    done = habeas("check", laws)
    assert done.exit_code == 3
    assert "0 promises proved, 0 broken, 2 not proved" in said(done)
    assert "this promise is not proved in us on 1996-09-30: citizenship: it was not settled" in said(done)  # fmt: skip
    found = document(habeas("check", laws, "--json"))
    assert len(found["not_proved"]) == 2
    assert found["broken"] == []


def test_check_tells_a_promise_about_nobody(laws: Path) -> None:
    path = laws / "us" / "court-process.md"
    promise = "never deny everything\nwhen commanded_by_court"
    path.write_text(path.read_text().replace(promise, f"{promise} and not ordered"))
    done = habeas("check", laws)
    assert done.exit_code == 0
    assert "this promise is about nobody: no case meets its condition" in said(done)
    assert len(document(habeas("check", laws, "--json"))["of_nobody"]) == 1

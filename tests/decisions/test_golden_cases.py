"""The golden cases that lie beside the checkout, and the law's own cases."""

from datetime import date
from pathlib import Path

import pytest

import habeas
from habeas.decisions.cases import read_cases, run_case
from habeas.decisions.provision_cases import CaseFailure, run_provision_cases
from habeas.law.blocks import Cases
from habeas.law.book import read_book

BOOK = habeas.read_laws()


def test_every_golden_case_passes(shared: Path):
    failures, count = [], 0
    for path in sorted((shared / "cases").glob("*.yaml")):
        for case in read_cases(path, BOOK.vocabulary):
            count += 1
            failures += [
                (case.name, failure) for failure in run_case(habeas.read_law(case.place), case)
            ]
    assert failures == []
    assert count >= 38


def test_a_golden_case_can_fail(shared: Path, tmp_path: Path):
    text = (shared / "cases" / "immigration.yaml").read_text()
    assert "hold: deny/forbidden" in text
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("hold: deny/forbidden", "hold: grant/required"))
    failures = [
        f
        for case in read_cases(wrong, BOOK.vocabulary)
        for f in run_case(habeas.read_law(case.place), case)
    ]
    assert [(f.what, f.expected, f.got) for f in failures] == [
        ("hold", "grant/required", "deny/forbidden")
    ]
    assert "us-ca/values-act#a1B" in failures[0].why


@pytest.mark.parametrize("pack", sorted(BOOK.packs))
def test_the_laws_own_cases_pass(pack: str):
    found = [
        one
        for cases in BOOK.blocks(Cases)
        if cases.provision.pack.id == pack
        for one in run_provision_cases(BOOK, cases)
    ]
    assert found == []


def _changed_law(tmp_path: Path, path: str, old: str, new: str) -> habeas.Law:
    for name, data in BOOK.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    text = (tmp_path / path).read_text()
    assert old in text
    (tmp_path / path).write_text(text.replace(old, new, 1))
    return tmp_path


def test_a_case_of_the_law_that_is_wrong_is_found(tmp_path: Path):
    _changed_law(tmp_path, "us-ca/values-act.md", "\nunless public", "")
    book = read_book(tmp_path)
    found = [
        one
        for cases in book.blocks(Cases)
        if cases.provision.pack.id == "us-ca/values-act"
        for one in run_provision_cases(book, cases)
    ]
    assert any(isinstance(one, CaseFailure) for one in found)


def test_the_law_changes_on_the_day_that_its_headings_say():
    law = habeas.read_law("us-ca")
    assert "us-ca/values-act#a1C" not in law.in_force(date(2017, 12, 31)).blocks
    assert "us-ca/values-act#a1C" in law.in_force(date(2018, 1, 1)).blocks

"""Deciding again: the same where nothing was touched, and every touch told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import habeas
from habeas.decisions.decision import FROM_RECORD
from habeas.errors import InputError
from habeas.records import read_records, read_request, write_sample
from habeas.reports import answer_of, replay, report_pdf, write_answers
from habeas.reports.files import MARKER
from tests.conftest import ROOT
from tests.reports import small

DAY = small.DAY


_pdf = cache(report_pdf)  # the same page gives the same bytes: see test_pdf.py


@pytest.fixture(autouse=True)
def _once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("habeas.reports.files.report_pdf", _pdf)


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    """Two answers about three people."""
    out = tmp_path / "out"
    write_answers(out, [small.answer(), small.answer(small.request(id="two", people=("ben",)))])
    return out


def sealed(folder: Path) -> None:
    """Write the marker's sums anew, as somebody would who covers up a change."""
    marker = json.loads((folder / MARKER).read_text())
    for name in marker["files"]:
        marker["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / MARKER).write_text(json.dumps(marker))


def rewrite(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the rows of a Parquet file."""
    table = parquet.read_table(path)
    rows = table.to_pylist()
    change(rows)
    parquet.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def test_what_nobody_touched_is_the_same(answered: Path) -> None:
    found = replay(answered)
    assert found.same
    assert (found.decisions, found.by, found.files) == (32, habeas.__version__, {})


def test_a_whole_jail_under_two_laws_is_the_same(tmp_path: Path) -> None:
    write_sample(tmp_path / "jail", 80, 5)
    answers = []
    for place, file in (("us-ca-sf", "doj-2025-07-17.yaml"), ("us-tx", "i-247a-texas.yaml")):
        law = habeas.read_law(place)
        words = law.book.vocabulary
        people = read_records(tmp_path / "jail", None, words)
        for request in read_request(ROOT / "examples" / "requests" / file, words):
            answers.append(answer_of(law, request, people, DAY))
    write_answers(tmp_path / "out", answers)
    found = replay(tmp_path / "out")
    assert found.same
    assert found.decisions == sum(one.decisions.count for one in answers) > 400


def test_days_that_records_set_are_replayed_and_not_told(answered: Path) -> None:
    rows = parquet.read_table(answered / "decisions.parquet").to_pylist()
    assert any(d["due"] == FROM_RECORD for row in rows for d in row["duties"])
    assert replay(answered).same


@pytest.mark.parametrize("name", ["report.html", "report.pdf", "decisions.csv", "law/us.sha256"])
def test_a_file_that_was_changed_is_named(name: str, answered: Path) -> None:
    path = answered / name
    path.write_bytes(path.read_bytes() + b" ")
    found = replay(answered)
    assert not found.same
    assert found.files == {name: "was changed"}
    path.unlink()
    assert replay(answered).files == {name: "is not here"}


def test_a_verdict_that_was_changed_is_shown_even_under_a_new_seal(answered: Path) -> None:
    def grant(rows: list[dict[str, Any]]) -> None:
        rows[3]["verdict"] = {"grant": "deny"}.get(rows[3]["verdict"], "grant")

    before = parquet.read_table(answered / "decisions.parquet").to_pylist()[3]
    rewrite(answered / "decisions.parquet", grant)
    sealed(answered)
    found = replay(answered)
    assert (found.same, found.files, found.differing) == (False, {}, 1)
    [one] = found.examples
    assert (one.request, one.person, one.item) == ("study-1", before["person"], before["item"])
    assert one.fields["verdict"][1] == before["verdict"] != one.fields["verdict"][0]


@pytest.mark.parametrize(
    "change",
    [lambda rows: rows.pop(0), lambda rows: rows.pop(), lambda rows: rows.append(rows[0])],
    ids=["the first is gone", "the last is gone", "one more"],
)
def test_decisions_that_are_gone_or_too_many_differ(
    change: Callable[[list[dict[str, Any]]], object], answered: Path
) -> None:
    rewrite(answered / "decisions.parquet", change)
    sealed(answered)
    assert replay(answered).differing


def test_facts_that_were_changed_change_decisions(answered: Path) -> None:
    def of_age(rows: list[dict[str, Any]]) -> None:
        [cy] = [row for row in rows if row["person"] == "cy"]
        cy["facts"] = cy["facts"].replace('"minor":true', '"minor":false')

    rewrite(answered / "facts" / "study-1.parquet", of_age)
    sealed(answered)
    found = replay(answered)
    assert found.files == {} and found.differing
    assert {one.person for one in found.examples} == {"cy"}


def test_law_that_was_changed_is_told_even_under_a_new_seal(answered: Path) -> None:
    path = next(one for one in (answered / "law" / "us").rglob("records.md"))
    text = path.read_text(encoding="utf-8")
    assert "forbid" in text
    path.write_text(text.replace("forbid", "permit", 1), encoding="utf-8")
    sealed(answered)
    found = replay(answered)
    assert found.files == {"law/us": "is not the law that was decided by"}
    assert found.differing == found.decisions  # each names the digest


def test_without_the_facts_nothing_is_said_to_be_the_same(answered: Path) -> None:
    (answered / "facts" / "two.parquet").unlink()
    with pytest.raises(InputError) as caught:
        replay(answered)
    assert "the facts that were decided by are not here" in str(caught.value)
    assert "help: ask the office that decided" in str(caught.value)


def test_a_fact_that_the_law_does_not_know_is_refused(answered: Path) -> None:
    def strange(rows: list[dict[str, Any]]) -> None:
        rows[0]["facts"] = '{"values":{"shoe_size":44}}'

    rewrite(answered / "facts" / "study-1.parquet", strange)
    with pytest.raises(InputError, match="these are no facts of this vocabulary: 'shoe_size'"):
        replay(answered)


def test_a_folder_that_is_none_of_ours_is_refused(tmp_path: Path, answered: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        replay(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"there is no `habeas\.json` in it"):
        replay(tmp_path)
    for text in ("{", "[]", '{"habeas": "1", "answers": [{}], "files": {}}', '{"answers": []}'):
        (answered / MARKER).write_text(text)
        with pytest.raises(InputError):
            replay(answered)
    (answered / MARKER).write_text("{")
    with pytest.raises(InputError, match="is not JSON: it is cut off or damaged"):
        replay(answered)

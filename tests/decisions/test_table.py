"""Many decisions in little room: the same rows as one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import habeas
from habeas.decisions import decide
from habeas.decisions import table as module
from habeas.decisions.decision import FROM_RECORD
from habeas.decisions.table import SCHEMA, gather
from tests.conftest import ROOT
from tests.reports import small


def test_a_jail_decided_at_once_is_decided_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With so few answers held that they are put away many times."""
    monkeypatch.setattr(module, "ANSWERS", 40)
    monkeypatch.setattr(decide, "_RESTS", 30)
    law = habeas.read_law("us-ca-sf")
    habeas.write_sample(tmp_path / "jail", 60, 4)
    records = habeas.read_records(tmp_path / "jail", None, law.book.vocabulary)
    path = ROOT / "examples" / "requests" / "doj-2025-07-17.yaml"
    [read] = habeas.read_request(path, law.book.vocabulary)
    request = replace(read, items=tuple(law.book.vocabulary.items))
    made = law.decided(request, records, small.DAY)
    assert made.answers.num_rows > 80
    one_by_one = [
        decision.to_json()
        for person in records.people()
        for decision in law.decide_person(request, person, as_of=small.DAY)
    ]
    rows = made.table().to_pylist()
    for row in rows:
        row["as_of"] = row["as_of"].isoformat()
    assert rows == one_by_one
    assert made.count == len(rows) == 60 * len(request.items)
    assert sum(made.people_of_ways()) == 60


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 1000])
def test_batches_hold_every_row_once_however_large(rows: int) -> None:
    decisions = small.answer().decisions
    batches = list(decisions.batches(rows))
    assert [row for batch in batches for row in batch.to_pylist()] == decisions.table().to_pylist()
    assert all(batch.schema.equals(SCHEMA) for batch in batches)


def test_a_day_that_a_record_sets_is_told_only_where_asked() -> None:
    law, request, records = small.law(), small.request(), small.records()
    told = law.decided(request, records, small.DAY).table().to_pylist()
    masked = law.decided(request, records, small.DAY, tell_days=False).table().to_pylist()
    days = {d["due"] for row in told for d in row["duties"]}
    assert days - {d["due"] for row in masked for d in row["duties"]} == {"2031-05-08"}
    for one, other in zip(told, masked, strict=True):
        for duty, hidden in zip(one["duties"], other["duties"], strict=True):
            if duty != hidden:
                assert hidden == {**duty, "due": FROM_RECORD}
        assert {**one, "duties": ()} == {**other, "duties": ()}


def test_nobody_and_nothing_asked_are_no_rows() -> None:
    assert gather("r", ("name",), []).table().num_rows == 0
    nothing = gather("r", (), [("a", [])])
    assert (nothing.count, nothing.table().num_rows) == (0, 0)

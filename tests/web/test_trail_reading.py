"""What auditors see of the trail: filtered, page by page, and as a table."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
import time_machine

from habeas.web.trail.reading import COLUMNS, PAGE, csv_rows, events
from habeas.web.trail.record import record

pytestmark = pytest.mark.django_db


def numbers(**filters: object) -> list[int]:
    """The events of all pages."""
    first = events(**filters)  # type: ignore[arg-type]
    found = [event.number for event in first]
    for page in range(2, first.paginator.num_pages + 1):
        found += [event.number for event in events(**filters, page=page)]  # type: ignore[arg-type]
    return found


@pytest.fixture
def three() -> None:
    for moment, actor, act, about in (
        ("2026-03-01 23:59:59.999", "mia", "release", "case 2026-000001"),
        ("2026-03-02 00:00:00", "mia-2", "view desk:case", "case 2026-000002"),
        ("2026-03-02 23:59:59.999", "mia", "view desk:case", "user ada"),
    ):
        with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC), tick=False):
            record(actor, act, about)


def test_filters_take_what_they_name_and_nothing_else(three: None) -> None:
    assert numbers() == [3, 2, 1]
    assert numbers(actor="mia") == [3, 1]
    assert numbers(actor="MIA") == []
    assert numbers(act="VIEW") == [3, 2]
    assert numbers(about="2026-00000") == [2, 1]
    assert numbers(about="%") == numbers(about="_") == []
    assert numbers(day=date(2026, 3, 1)) == [1]
    assert numbers(day=date(2026, 3, 2)) == [3, 2]
    assert numbers(actor="mia", act="view", about="user", day=date(2026, 3, 2)) == [3]


def test_whoever_reads_all_pages_has_seen_every_event() -> None:
    for _ in range(PAGE * 2 + 1):
        record("mia", "look")
    assert numbers() == list(range(PAGE * 2 + 1, 0, -1))
    assert len(events()) == PAGE
    assert [one.number for one in events(page=3)] == [1]
    assert [one.number for one in events(page="99")] == [1]
    assert events(page="no page")[0].number == PAGE * 2 + 1


def test_the_table_has_every_column_and_can_be_checked_by_others(three: None) -> None:
    rows = list(csv_rows())
    assert rows[0] == COLUMNS and len(rows) == 4
    out = io.StringIO()
    csv.writer(out).writerows(csv_rows(actor="mia"))
    one, two = csv.DictReader(io.StringIO(out.getvalue()))
    assert (one["number"], one["at"], two["number"]) == (
        "1", "2026-03-01T23:59:59.999000+00:00", "3",
    )  # fmt: skip
    assert json.loads(one["detail"]) == {}
    assert len(one["digest"]) == 64


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_cell_runs_in_a_spreadsheet(sign: str) -> None:
    record(f"{sign}mia", f"{sign}1+1", f"{sign}cmd|' /C calc'!A0")
    [_, row] = csv_rows()
    assert row[2:5] == (f"'{sign}mia", f"'{sign}1+1", f"'{sign}cmd|' /C calc'!A0")

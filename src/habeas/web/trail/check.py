"""Whether the trail is what was recorded.

    Event, Event, …; Head, …  ->  check_trail  ->  nothing, or the first event that does not fit

Promise: an event that was altered in one byte, taken out, put in or renumbered is found; one that was taken off
the end is found where it, or a later one, was anchored. Whoever can write to the database and makes every later
event anew is found by an anchor alone, and only where the log's entry is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from habeas.errors import HabeasError, Place, Problem
from habeas.web.trail.models import FIRST, Anchor, Event
from habeas.web.trail.record import digest

_AT_ONCE = 2_000
_COLUMNS = [field.attname for field in Event._meta.concrete_fields]


class Head(NamedTuple):
    """The last event of a trail, as it was at some time: its number and its digest."""

    number: int
    digest: str


class TrailError(HabeasError):
    """A trail that is not what was recorded; `number` is the first event that does not fit."""

    exit_code = 1

    def __init__(self, number: int, message: str) -> None:
        self.number = number
        super().__init__(
            Problem(
                Place("audit trail"),
                f"event {number} {message}",
                "keep the database as it is, and compare it with a backup",
            )
        )


def check_trail(heads: Iterable[Head] = ()) -> None:
    """Return where every event fits. Raises `TrailError` with the number of the first that does not.

    heads  heads that the log's entries commit to, as `anchored` reads them; those that this database keeps
           itself are always looked at

    Held by `tests/web/test_trail_check.py`.
    """
    kept = (Head(one.number, one.digest) for one in Anchor.objects.all())
    anchors: dict[int, set[str]] = {}
    for head in (*kept, *heads):
        anchors.setdefault(head.number, set()).add(head.digest)
    last = Head(0, FIRST)
    for row in _rows():
        number, there = last.number + 1, row["number"]
        if there != number:
            later = isinstance(there, int) and there > number
            raise TrailError(number, "is missing" if later else "is not the one in its place")
        event = _event(row)
        if event is None:
            raise TrailError(number, "is not written as it was recorded")
        if event.before != last.digest:
            raise TrailError(number, "does not follow the one before it")
        if event.digest != digest(event):
            raise TrailError(number, "is not what was recorded: it does not have its digest")
        if anchors.pop(number, {event.digest}) != {event.digest}:
            raise TrailError(number, "is not the one that the log's entry commits to")
        last = Head(number, event.digest)
    if anchors:
        raise TrailError(last.number + 1, f"is missing: event {max(anchors)} was anchored")


def _rows() -> Iterator[dict[str, Any]]:
    """Every event's columns as the database has them, in order."""
    # SQLite's driver makes times of a column that is declared one; of `+column` it makes nothing.
    sign = "+" if connection.vendor == "sqlite" else ""
    listed = ", ".join(f"{sign}{name}" for name in _COLUMNS)
    every = f"SELECT {listed} FROM trail_event"  # noqa: S608  # the model's own names
    in_order = f"ORDER BY number LIMIT {_AT_ONCE}"
    with connection.cursor() as cursor:
        cursor.execute(f"{every} {in_order}")
        while some := cursor.fetchall():
            for row in some:
                yield dict(zip(_COLUMNS, row, strict=True))
            cursor.execute(f"{every} WHERE number > %s {in_order}", [some[-1][0]])


def _event(row: dict[str, Any]) -> Event | None:
    """The event of a row; None where the row is not, to the byte, what recording it writes.

    SQLite keeps times and JSON as text, in which more can be altered than a reader would notice, and holds a
    column to no type; PostgreSQL keeps what they mean, and its types are strict.
    """
    try:
        at, detail = row["at"], json.loads(row["detail"])
        if isinstance(at, str):
            at = datetime.fromisoformat(at).replace(tzinfo=UTC)
        event = Event(**{**row, "at": at, "detail": detail})
        digest(event)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    if connection.vendor != "sqlite":
        return event
    for field in Event._meta.concrete_fields:
        there = row[field.attname]
        written = field.get_db_prep_save(getattr(event, field.attname), connection)
        if (type(written), written) != (type(there), there):
            return None
    return event

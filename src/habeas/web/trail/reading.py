"""The trail as auditors read it.

    actor, act, about, day  ->  events  ->  one page of Event, the newest first
                            ->  csv_rows  ->  cells, the oldest first

Promise: whoever reads all pages has seen every event that the filters take; a cell of the CSV runs in no spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import rfc8785
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from habeas.web.trail.models import Event

PAGE = 50
"""Events on a page."""

COLUMNS = (
    "number", "at", "actor", "act", "about", "outcome", "source", "detail", "before", "digest",
)  # fmt: skip
"""The header of the CSV."""

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")


def events(
    actor: str = "", act: str = "", about: str = "", day: date | None = None, page: int | str = 1
) -> Page[Event]:
    """One page of the events that fit every filter that is given, the newest first.

    actor       the whole name
    act, about  a part of it, in any case
    day         in UTC
    page        from 1; what is no page is the first or the last one

    Held by `tests/web/test_trail_reading.py`.
    """
    return Paginator(_filtered(actor, act, about, day).order_by("-number"), PAGE).get_page(page)


def csv_rows(
    actor: str = "", act: str = "", about: str = "", day: date | None = None
) -> Iterator[tuple[str, ...]]:
    """The header, then every event that fits the filters (see `events`), the oldest first."""
    yield COLUMNS
    for event in _filtered(actor, act, about, day).order_by("number").iterator():
        cells = {name: str(getattr(event, name)) for name in COLUMNS}
        cells["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
        cells["detail"] = rfc8785.dumps(event.detail).decode()
        yield tuple(_cell(cells[name]) for name in COLUMNS)


def _filtered(actor: str, act: str, about: str, day: date | None) -> QuerySet[Event]:
    found = Event.objects.all()
    if actor:
        found = found.filter(actor=actor)
    if act:
        found = found.filter(act__icontains=act)
    if about:
        found = found.filter(about__icontains=about)
    if day:
        begin = datetime.combine(day, time(), UTC)
        found = found.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
    return found


def _cell(text: str) -> str:
    """A cell that a spreadsheet would run begins with `'`, as in the program's other tables."""
    return f"'{text}" if text.startswith(_RUN) else text

"""The trail as auditors read it.

    actor, act, about, day  ->  events  ->  one page of Event, the newest first
                            ->  csv_rows  ->  cells, the oldest first

Promise: whoever reads all pages has seen every event that the filters take; a cell of the CSV runs in no spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, overload

import rfc8785
from django.core.paginator import Page, Paginator
from django.db.models import CharField, Func, Q, QuerySet

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
    act         a part of it, in any case
    about       its beginning, or that of what follows its first word, in any case: `case 2026-`, `2026-000001`
    day         in UTC
    page        from 1; what is no page is the first or the last one

    Held by `tests/web/test_trail_reading.py`.
    """
    found = _filtered(actor, act, about, day).order_by("-number")
    whole = not (actor or act or about or day)
    return Paginator(_All() if whole else found, PAGE).get_page(page)


class _All:
    """Every event, the newest first: counted and found by number, which has no gap."""

    ordered = True

    def __init__(self) -> None:
        last = Event.objects.order_by("-number").values_list("number", flat=True).first()
        self._last = last or 0

    def count(self) -> int:
        """How many there are."""
        return self._last

    def __len__(self) -> int:
        return self._last

    @overload
    def __getitem__(self, some: int) -> Event: ...
    @overload
    def __getitem__(self, some: slice) -> list[Event]: ...
    def __getitem__(self, some: int | slice) -> Event | list[Event]:
        if isinstance(some, int):
            return self[some : some + 1][0]
        start, stop = some.start or 0, self._last if some.stop is None else some.stop
        found = Event.objects.filter(number__lte=self._last - start, number__gt=self._last - stop)
        return list(found.order_by("-number"))

    def __iter__(self) -> Iterator[Event]:
        return Event.objects.order_by("-number").iterator()


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


class _Rest(Func):
    """What follows the first word, as the indexes have it (`migrations/0002_triggers.py`)."""

    template = "substr(%(expressions)s, strpos(%(expressions)s, ' ') + 1)"
    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """SQLite calls it by another name."""
        told = "substr(%(expressions)s, instr(%(expressions)s, ' ') + 1)"
        return self.as_sql(compiler, connection, template=told, **more)


def _filtered(actor: str, act: str, about: str, day: date | None) -> QuerySet[Event]:
    found = Event.objects.all()
    if actor:
        found = found.filter(actor=actor)
    if act:
        found = found.filter(act__icontains=act)
    if about:
        found = found.alias(rest=_Rest("about")).filter(
            Q(about__istartswith=about) | Q(rest__istartswith=about)
        )
    if day:
        begin = datetime.combine(day, time(), UTC)
        found = found.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
    return found


def _cell(text: str) -> str:
    """A cell that a spreadsheet would run begins with `'`, as in the program's other tables."""
    return f"'{text}" if text.startswith(_RUN) else text

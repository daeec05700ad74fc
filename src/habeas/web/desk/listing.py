"""The list of cases: what is asked of it, and the cases that fit.

    query string  ->  Listing  ->  Cases (keys in an order)  ->  a page, or CSV

Promise: a filter that is not understood is left out, and the page shows which ones count; every cell of the CSV is
neutralised as the packages' are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import overload
from urllib.parse import urlencode

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from habeas.reports.casework.package import cell
from habeas.web.casework import search
from habeas.web.casework.models import Case, Task
from habeas.web.desk.words import STATES

PAGE = 50
"""Cases on a page."""

DUES = {
    "overdue": "Overdue",
    "today": "Due today",
    "week": "Due within 7 days",
    "none": "Nothing is due",
}

SORTS = {
    "number": ("Number", ("number",)),
    "received": ("Received", ("received_at", "number")),
    "due": ("Due", ("due", "number")),
    "agency": ("Agency", ("agency", "number")),
    "title": ("What is asked for", ("title", "number")),
    "state": ("State", ("state", "number")),
}
"""The columns by which the list sorts: title, and the fields."""

COLUMNS = (
    "number",
    "title",
    "agency",
    "attention",
    "reference",
    "received",
    "due",
    "state",
    "requests",
)
"""The header of the CSV."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked of the list; words are as they were typed."""

    q: str = ""
    state: str = ""
    agency: str = ""
    due: str = ""
    sort: str = "number"
    down: bool = True

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Listing:
        """From a query string."""
        sort = query.get("sort", "")
        known = sort.lstrip("-") in SORTS
        return cls(
            q=query.get("q", "").strip()[:200],
            state=query.get("state", "") if query.get("state") in STATES else "",
            agency=query.get("agency", "").strip()[:200],
            due=query.get("due", "") if query.get("due") in DUES else "",
            sort=sort.lstrip("-") if known else "number",
            down=sort.startswith("-") if known else True,
        )

    def filters(self) -> dict[str, str]:
        """The filters that count, as a query string has them."""
        named = {"q": self.q, "state": self.state, "agency": self.agency, "due": self.due}
        return {key: value for key, value in named.items() if value}

    def query(self, **more: str) -> str:
        """A query string of these filters and order, with some changed."""
        sort = f"-{self.sort}" if self.down else self.sort
        return urlencode({**self.filters(), "sort": sort, **more})

    def cases(self, today: date) -> Cases:
        """The cases that fit, in this order; where it is by day due, those of which nothing is due come last."""
        found = Case.objects.all()
        if self.state:
            found = found.filter(state=self.state)
        if self.agency:
            found = found.filter(pk__in=search.found(self.agency, agency=True))
        if self.q:
            found = found.filter(pk__in=search.found(self.q))
        if self.due:
            found = _due(found, self.due, today)
        fields = [f"-{one}" if self.down else one for one in SORTS[self.sort][1]]
        if self.sort != "due":
            return Cases(found, (found.order_by(*fields).values_list("pk", flat=True),))
        dated = found.filter(tasks__done_at__isnull=True, tasks__due__isnull=False)
        first = dated.values("pk").annotate(due=Min("tasks__due")).order_by(*fields)
        rest = found.filter(~Exists(_OPEN.filter(case=OuterRef("pk")))).order_by(fields[-1])
        return Cases(found, [one.values_list("pk", flat=True) for one in (first, rest)])


_OPEN = Task.objects.filter(done_at__isnull=True, due__isnull=False).order_by()
"""Tasks that have a day and are open: the first one's is the case's."""


def _due(found: QuerySet[Case], due: str, today: date) -> QuerySet[Case]:
    """The cases whose first open task is overdue, due today or within a week, or that have none."""
    if due == "none":
        return found.filter(~Exists(_OPEN.filter(case=OuterRef("pk"))))
    first = _OPEN.values("case").annotate(first=Min("due"))
    if due == "overdue":
        first = first.filter(first__lt=today)
    elif due == "today":
        first = first.filter(first=today)
    else:
        first = first.filter(first__gte=today, first__lte=today + timedelta(days=7))
    return found.filter(pk__in=first.values("case"))


class Cases:
    """Cases in an order; only those are read that are asked for, each with `due` and `asks` (its requests).

    whole  all of them
    parts  their keys, in their order: those of a later part after all of an earlier one
    """

    ordered = True

    def __init__(self, whole: QuerySet[Case], parts: Sequence[QuerySet[Case, int]]) -> None:
        self._whole, self._parts = whole, parts

    def count(self) -> int:
        """How many there are, to the last one."""
        return self._whole.count()

    def __len__(self) -> int:
        return self.count()

    @overload
    def __getitem__(self, some: int) -> Case: ...
    @overload
    def __getitem__(self, some: slice) -> list[Case]: ...
    def __getitem__(self, some: int | slice) -> Case | list[Case]:
        if isinstance(some, int):
            return self[some : some + 1][0]
        start, stop = some.start or 0, some.stop
        keys: list[int] = []
        for at, part in enumerate(self._parts):
            keys += part[start:stop]
            if at == len(self._parts) - 1 or len(keys) == stop - start:
                break
            before = part.count()
            start, stop = max(start - before, 0), max(stop - before, 0)
        return _read(keys)

    def __iter__(self) -> Iterator[Case]:
        """All that there are at the beginning, some thousands at a time."""
        keys = [key for part in self._parts for key in part]
        for start in range(0, len(keys), AT_ONCE):
            yield from _read(keys[start : start + AT_ONCE])


AT_ONCE = 2_000
"""Cases that are read at a time, where all are."""


def _read(keys: Sequence[int]) -> list[Case]:
    found = Case.objects.annotate(
        due=Min("tasks__due", filter=Q(tasks__done_at__isnull=True)),
        asks=Count("requests", distinct=True),
    ).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def csv_rows(cases: Cases) -> Iterator[list[str]]:
    """The header, then each case; cells that a spreadsheet would run begin with an apostrophe."""
    yield list(COLUMNS)
    for case in cases:
        due: date | None = getattr(case, "due", None)
        yield [
            cell(one)
            for one in (
                case.number,
                case.title,
                case.agency,
                case.attention,
                case.reference,
                timezone.localtime(case.received_at).strftime("%Y-%m-%d %H:%M"),
                due.isoformat() if due else "",
                case.state,
                str(getattr(case, "asks", "")),
            )
        ]

"""The list of cases: what is asked of it, and the cases that fit.

    query string  ->  Listing  ->  cases (QuerySet)  ->  a page, or CSV

Promise: a filter that is not understood is left out, and the page shows which ones count; every cell of the CSV is
neutralised as the packages' are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from habeas.reports.casework.package import cell
from habeas.web.casework.models import Case, Communication, Statement
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

    def cases(self, today: date) -> QuerySet[Case]:
        """The cases that fit, each with `due` (its first open task's day) and `asks` (its requests)."""
        found = Case.objects.annotate(
            due=Min("tasks__due", filter=Q(tasks__done_at__isnull=True)),
            asks=Count("requests", distinct=True),
        )
        if self.state:
            found = found.filter(state=self.state)
        if self.agency:
            found = found.filter(agency__icontains=self.agency)
        if self.due == "overdue":
            found = found.filter(due__lt=today)
        elif self.due == "today":
            found = found.filter(due=today)
        elif self.due == "week":
            found = found.filter(due__gte=today, due__lte=today + timedelta(days=7))
        elif self.due == "none":
            found = found.filter(due__isnull=True)
        for word in self.q.split():
            found = found.filter(_has(word))
        fields = SORTS[self.sort][1]
        return found.order_by(*(f"-{one}" if self.down else one for one in fields))


def _has(word: str) -> Q:
    """Whether a word stands in a case, in what was said of it with a reason, or in a call or letter of it."""
    said = Statement.objects.filter(request__case=OuterRef("pk"), reason__icontains=word)
    told = Communication.objects.filter(case=OuterRef("pk")).filter(
        Q(agency__icontains=word)
        | Q(other__icontains=word)
        | Q(asked__icontains=word)
        | Q(told__icontains=word)
    )
    own = Q()
    for field in ("number", "title", "agency", "reference", "attention"):
        own |= Q(**{f"{field}__icontains": word})
    return own | Q(Exists(said)) | Q(Exists(told))


def csv_rows(cases: QuerySet[Case]) -> Iterator[list[str]]:
    """The header, then each case; cells that a spreadsheet would run begin with an apostrophe."""
    yield list(COLUMNS)
    for case in cases.iterator(chunk_size=500):
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

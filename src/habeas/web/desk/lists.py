"""Today's page and the list of cases.

Task, Wait, Listing  ->  today, cases, cases_csv  ->  page, CSV
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from habeas.reports.casework.package import BOM
from habeas.reports.words import several
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.models import Incident, Task
from habeas.web.desk.listing import DUES, PAGE, SORTS, Listing, csv_rows
from habeas.web.desk.page import page
from habeas.web.desk.waits import waits_for
from habeas.web.desk.words import STATES

TASKS = 100
"""Tasks on today's page; the page says where there are more."""


@page(*Act)
def today(request: HttpRequest, user: User) -> HttpResponse:
    """What is due and what waits for the reader; whoever may see no case sees none."""
    if not user.may(Act.SEE_CASES):
        return render(request, "desk/no_cases.html")
    now = timezone.localdate()
    open_tasks = Task.objects.filter(done_at__isnull=True).select_related("case", "request")
    paged = open_tasks.filter(kind=Task.ON_CALL)
    owed = list(open_tasks.exclude(kind=Task.ON_CALL)[: TASKS + 1])
    waits, more = waits_for(user, now)
    return render(
        request,
        "desk/today.html",
        {
            "today": now,
            "paged": paged,
            "days": _by_day(owed[:TASKS], now),
            "more_tasks": len(owed) > TASKS,
            "overdue": len([one for one in owed if one.due and one.due < now]),
            "waits": [(key, list(some)) for key, some in groupby(waits, key=lambda one: one.what)],
            "more_cases": more,
            "incidents": Incident.objects.filter(closed_at__isnull=True).count(),
        },
    )


def _by_day(tasks: list[Task], now: date) -> list[tuple[str, str, list[Task]]]:
    """Tasks by day: its heading, `overdue`, `today` or nothing, and the tasks."""
    dated = sorted((one for one in tasks if one.due), key=lambda one: (one.due or now, one.pk))
    made: list[tuple[str, str, list[Task]]] = []
    for due, some in groupby(dated, key=lambda one: one.due or now):
        made.append((*_heading(due, now), list(some)))
    prompt = [one for one in tasks if not one.due]
    if prompt:
        late = len([one for one in made if one[1] == "overdue"])
        made.insert(late, ("Promptly: the law names no day", "", prompt))
    return made


def _heading(due: date, now: date) -> tuple[str, str]:
    told = f"{due:%A} {due.day} {due:%B %Y}"
    if due < now:
        return f"{told}: overdue by {several((now - due).days, 'day')}", "overdue"
    if due == now:
        return f"{told}: today", "today"
    return (f"{told}: tomorrow" if due == now + timedelta(days=1) else told), ""


@page(Act.SEE_CASES)
def cases(request: HttpRequest, user: User) -> HttpResponse:
    """The list of cases."""
    listing = Listing.of(request.GET.dict())
    now = timezone.localdate()
    shown = Paginator(listing.cases(now), PAGE).get_page(request.GET.get("page"))
    columns = []
    for key, (title, _) in SORTS.items():
        mine = key == listing.sort
        descends = mine and not listing.down
        columns.append(
            {
                "key": key,
                "title": title,
                "order": ("descending" if listing.down else "ascending") if mine else "",
                "query": listing.query(sort=f"-{key}" if descends else key),
            }
        )
    return render(
        request,
        "desk/cases.html",
        {
            "listing": listing,
            "cases": shown,
            "columns": columns,
            "states": STATES,
            "dues": DUES,
            "today": now,
            "query": listing.query(),
        },
    )


class _Line:
    """What `csv.writer` writes to, to have each line back."""

    def write(self, text: str) -> str:
        return text


@page(Act.SEE_CASES)
def cases_csv(request: HttpRequest, user: User) -> HttpResponseBase:
    """The cases of the list, all pages, as CSV."""
    found = Listing.of(request.GET.dict()).cases(timezone.localdate())
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL, lineterminator="\r\n")

    def lines() -> Iterator[bytes]:
        yield BOM
        for row in csv_rows(found):
            yield str(writer.writerow(row)).encode()

    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="cases.csv"'},
    )

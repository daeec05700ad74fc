"""Corrections: whose record was wrong, who was furnished with it, and who of them was told.

    form  ->  correcting.correct  ->  Correction, tasks  ->  its page: each that was furnished, and the task to tell it

Promise: the page of a correction lists everybody whom the act found, told or not; an id of the records is in no
address.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import CharField, Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from habeas.reports.words import several
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework import correcting
from habeas.web.casework.correcting import Furnished
from habeas.web.casework.models import Correction, Task
from habeas.web.desk.forms import CorrectionForm, item_sets
from habeas.web.desk.listing import PAGE
from habeas.web.desk.page import (
    BOTH,
    REFUSED,
    context,
    done,
    page,
    posted,
    refusals_to,
    source,
)

STATES = {"open": "Somebody is still to be told", "done": "Everybody was told"}
"""Of a correction, as the list filters."""


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who was furnished, and the task to tell her; None: it was not found."""

    furnished: Furnished
    task: Task | None


@page(Act.CORRECT, methods=BOTH)
def new_correction(request: HttpRequest, user: User) -> HttpResponse:
    """Record what was wrong, and open a task for everybody who got it."""
    form = CorrectionForm(posted(request))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_to(form, {"correction": "what"}):
            made, found = correcting.correct(
                user, given["person"], given["items"], given["what"], source=source(request)
            )
            who = several(len(found), "release") if found else "No release"
            done(request, f"The correction was recorded. {who} of two years gave what was wrong.")
            return redirect("desk:correction", made.pk)
    return render(
        request,
        "desk/new_correction.html",
        context(form, item_sets=item_sets(request.POST.getlist("items"))),
        status=REFUSED if form.is_bound else 200,
    )


@page(Act.SEE_CASES)
def correction(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A correction: who was furnished with what was wrong, and who was told."""
    made = get_object_or_404(Correction.objects.select_related("by"), pk=pk)
    request.trail_about = f"correction {made.pk}"  # type: ignore[attr-defined]
    tasks = {one.request_id: one for one in _tasks().filter(duty=f"correction {made.pk}")}
    shown = [
        Told(one, tasks.get(one.release.answer.request_id))
        for one in correcting.furnished(made.person, made.items, made.at)
        if one.release.released_at <= made.at
    ]
    waiting = len([one for one in tasks.values() if one.done_at is None])
    return render(
        request, "desk/correction.html", {"made": made, "shown": shown, "waiting": waiting}
    )


def _tasks() -> QuerySet[Task]:
    return Task.objects.filter(kind=Task.CORRECTION).select_related("case", "request", "done_by")


@page(Act.SEE_CASES)
def corrections(request: HttpRequest, user: User) -> HttpResponse:
    """Corrections, the newest first, each with how many are told and how many are not."""
    asked = {key: request.GET.get(key, "").strip()[:200] for key in ("q", "by", "state")}
    if asked["state"] not in STATES:
        asked["state"] = ""
    mine = Concat(Value("correction "), Cast(OuterRef("pk"), CharField()))
    counted = (
        Task.objects.filter(kind=Task.CORRECTION, duty=mine)
        .order_by()
        .values("duty")
        .annotate(all=Count("pk"), open=Count("pk", filter=Q(done_at=None)))
    )
    found = (
        Correction.objects.select_related("by")
        .annotate(tasks=Subquery(counted.values("all")), waiting=Subquery(counted.values("open")))
        .order_by("-pk")
    )
    if asked["q"]:
        found = found.filter(what__icontains=asked["q"])
    if asked["by"]:
        found = found.filter(by__username=asked["by"])
    if asked["state"] == "open":
        found = found.filter(waiting__gt=0)
    elif asked["state"] == "done":
        found = found.exclude(waiting__gt=0)
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    query = urlencode({key: value for key, value in asked.items() if value})
    more = {"corrections": shown, "asked": asked, "states": STATES, "query": query}
    return render(request, "desk/corrections.html", more)

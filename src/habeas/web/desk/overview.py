"""What is looked over as a whole: incidents, the trail, the law in use.

Incident, Event, Law  ->  incidents, trail, law  ->  pages
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from habeas.decisions.decide import Law
from habeas.errors import HabeasError
from habeas.law.blocks import Acting
from habeas.web.accounts.guards import fresh
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework import intake
from habeas.web.casework.adopting import digest_in_use, law_in_use, sign_for
from habeas.web.casework.models import Incident, Version
from habeas.web.desk.forms import FindingForm, ReasonForm
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
    told,
)
from habeas.web.trail.reading import events


@page(Act.SEE_CASES)
def incidents(request: HttpRequest, user: User) -> HttpResponse:
    """Disclosures without a release, the open ones first."""
    found = Incident.objects.select_related("communication__case", "communication__by", "closed_by")
    found = found.order_by(F("closed_at").desc(nulls_first=True), "-opened_at")
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    number = Incident.objects.filter(closed_at__isnull=True).count()
    return render(request, "desk/incidents.html", {"incidents": shown, "open": number})


@page(Act.CLOSE_INCIDENT)
def close_incident(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Say what was found of a disclosure without a release."""
    incident = get_object_or_404(Incident.objects.select_related("communication__case"), pk=pk)
    form = FindingForm(posted(request))
    if form.is_bound and form.is_valid():
        with refusals_to(form):
            intake.close_incident(
                user, incident, form.cleaned_data["finding"], source=source(request)
            )
            done(request, f"Incident {incident.pk} is closed.")
            return redirect("desk:incidents")
    return render(
        request,
        "desk/close_incident.html",
        context(form, incident=incident),
        status=REFUSED if form.is_bound else 200,
    )


@page(Act.SEE_TRAIL)
def trail(request: HttpRequest, user: User) -> HttpResponse:
    """The trail, by number, the newest first."""
    asked = {
        key: request.GET.get(key, "").strip()[:200] for key in ("actor", "act", "about", "day")
    }
    try:
        day = date.fromisoformat(asked["day"]) if asked["day"] else None
        wrong = ""
    except ValueError:
        day, wrong = None, f"“{asked['day']}” is no day: every day is shown. Write 2026-03-09."
    shown = events(asked["actor"], asked["act"], asked["about"], day, request.GET.get("page") or 1)
    filters = {key: value for key, value in asked.items() if value}
    return render(
        request,
        "desk/trail.html",
        {"events": shown, "asked": asked, "query": urlencode(filters), "wrong": wrong},
    )


@page(Act.SEE_CASES, Act.ADOPT_LAW)
def law(request: HttpRequest, user: User) -> HttpResponse:
    """What answers are decided by: the law, how much of it somebody has checked; mapping and wording; what waits."""
    more: dict[str, Any] = {
        "kinds": [(kind, KINDS[kind], *_versions(kind)) for kind in Version.KINDS],
        "today": timezone.localdate(),
    }
    try:
        more |= _in_use(law_in_use(), timezone.localdate())
    except HabeasError as error:
        more["trouble"] = told(error)
    return render(request, "desk/law.html", more)


KINDS = {
    Version.LAW: "Law",
    Version.MAPPING: "Mapping of the records",
    Version.WORDING: "Wording of papers",
}


def _versions(kind: str) -> tuple[str, QuerySet[Version]]:
    """The digest in use, and the versions of a kind, the newest first."""
    found = Version.objects.filter(kind=kind).defer("files", "checked", "difference")
    found = found.select_related("adoption").prefetch_related("signatures__by").order_by("-pk")
    return digest_in_use(kind), found


def _in_use(found: Law, today: date) -> dict[str, Any]:
    """Place and digest; of each pack, how many provisions decide today and how many of these are unchecked."""
    packs: list[dict[str, Any]] = []
    for pack in found.book.packs_of(found.place):
        acting = [
            one
            for one in pack.provisions
            if one.in_force(today) and any(isinstance(block, Acting) for block in one.blocks)
        ]
        unchecked = len([one for one in acting if not found.book.is_checked(one)])
        packs.append({"pack": pack, "acting": len(acting), "unchecked": unchecked})
    return {
        "law": found,
        "packs": packs,
        "acting": sum(one["acting"] for one in packs),
        "unchecked": sum(one["unchecked"] for one in packs),
    }


@fresh()
@page(Act.ADOPT_LAW, methods=BOTH)
def sign_law(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Sign for what is to decide; with the second counsel's signature it comes into use."""
    version = get_object_or_404(Version.objects.defer("files"), pk=pk)
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        with refusals_to(form):
            adopted = sign_for(user, version, form.cleaned_data["reason"], source=source(request))
            done(
                request,
                f"{KINDS[version.kind]}: this version is in use now."
                if adopted
                else "You signed. Another counsel signs next.",
            )
            return redirect("desk:law")
    return render(
        request,
        "desk/sign_law.html",
        context(form, version=version, kind=KINDS[version.kind]),
        status=REFUSED if form.is_bound else 200,
    )

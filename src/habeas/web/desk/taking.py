"""What comes in: a new case, a communication.

form  ->  new_case, communicate  ->  intake.take_in, intake.communicate  ->  the case's page
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from habeas.records.request import FORM_I247A
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework import arriving, intake
from habeas.web.casework.models import Arrival, Case, Communication
from habeas.web.desk.forms import ABOUT_ITSELF, CommunicationForm, IntakeForm, item_sets
from habeas.web.desk.page import (
    BOTH,
    REFUSED,
    about,
    context,
    done,
    page,
    refusals_to,
    source,
)
from habeas.web.uploads.reading import scans


@page(Act.TAKE_IN, methods=BOTH)
def new_case(request: HttpRequest, user: User) -> HttpResponse:
    """The form of a new case, and what was entered; with `?arrival=3` its file is kept with the case."""
    arrival = _arrival(request)
    start = {"form": FORM_I247A} if arrival else {}
    form = (
        IntakeForm(request.POST, request.FILES)
        if request.method == "POST"
        else IntakeForm(initial=start)
    )
    if form.is_bound and form.is_valid():
        with refusals_to(form, {"received_on": "received_at"}):
            if arrival:
                case = arriving.accept(user, arrival, form.intake(), source=source(request))
            else:
                case = intake.take_in(user, form.intake(), source(request))
            about(request, case)
            done(request, f"Case {case.number} was taken in.")
            return redirect("desk:case", case.number)
    chosen = request.POST.getlist("items")
    more = {
        "item_sets": item_sets(chosen),
        "itself": [form[one] for one in ABOUT_ITSELF],
        "had_files": bool(request.FILES),
        "scans": scans(),
        "arrival": arrival,
    }
    status = REFUSED if form.is_bound else 200
    return render(request, "desk/new_case.html", context(form, **more), status=status)


def _arrival(request: HttpRequest) -> Arrival | None:
    """The form that is entered by hand, where the address, or what was sent, names one."""
    asked = request.POST.get("arrival") or request.GET.get("arrival")
    if not asked:
        return None
    return get_object_or_404(Arrival, pk=int(asked) if asked.isdecimal() else 0)


@page(Act.TAKE_IN, methods=BOTH)
def new_communication(request: HttpRequest, user: User) -> HttpResponse:
    """The form of a call, visit or letter, and what was entered."""
    case = Case.objects.filter(number=request.GET.get("case", "")).first()
    start = {"case": case.number, "agency": case.agency} if case else {}
    form = (
        CommunicationForm(request.POST)
        if request.method == "POST"
        else CommunicationForm(initial=start)
    )
    if form.is_bound and form.is_valid():
        given = {**form.cleaned_data}
        number = given.pop("case").strip()
        case = Case.objects.filter(number=number).first() if number else None
        if number and case is None:
            form.add_error(
                "case", f"There is no case {number}. Leave it empty if it belongs to none."
            )
        else:
            with refusals_to(form, {}):
                made = intake.communicate(user, case=case, source=source(request), **given)
                about(request, case)
                done(request, "The communication was entered.")
                return redirect("desk:communication", made.pk)
    about(request, case)
    chosen = request.POST.getlist("items")
    more = {"item_sets": item_sets(chosen, groups=False), "case": case}
    status = REFUSED if form.is_bound else 200
    return render(request, "desk/new_communication.html", context(form, **more), status=status)


@page(Act.SEE_CASES)
def communication(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One communication, and whether it opened an incident."""
    made = get_object_or_404(Communication.objects.select_related("case", "by"), pk=pk)
    about(request, made.case)
    incident = getattr(made, "incident", None)
    return render(request, "desk/communication.html", {"one": made, "incident": incident})

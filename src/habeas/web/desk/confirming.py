"""Confirming several facts at once: what the requester says, and somebody of the office knows to be so.

    unconfirmed facts  ->  confirm  ->  intake.state, once a fact and request  ->  the case's page

Promise: each is confirmed by name, with the value that stood on the screen; what changed since is not.
"""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from habeas.reports.words import first_up, several, speaker
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework import intake
from habeas.web.casework.engine import standing, vocabulary
from habeas.web.casework.models import CaseRequest
from habeas.web.desk.facts import can_state, shown, speakers
from habeas.web.desk.forms import DeskForm, text
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
from habeas.web.desk.reasons import called


class ConfirmForm(DeskForm):
    """Which facts are so; each choice is a path with the value that was shown."""

    also = forms.BooleanField(
        label="Also in the other requests of this case, where the requester says the same",
        required=False,
        initial=True,
    )
    reason = text("What you looked at", "The paper, a call, the agency's letterhead …")

    def __init__(self, choices: list[tuple[str, str]], alone: bool, *args: object) -> None:
        super().__init__(*args)
        self.fields["facts"] = forms.MultipleChoiceField(
            label="What is so?",
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": "Choose what you confirm.",
                "invalid_choice": "It changed meanwhile.",
            },
        )
        self.fields["facts"].error_messages["required"] = "Choose what you confirm."
        if alone:
            del self.fields["also"]
        self.order_fields(["facts", "also", "reason"])


def _speaks(user: User, path: str) -> str:
    """For whom a user confirms a fact; empty: she cannot."""
    return next((one for one in speakers(user, path) if one != "requester"), "")


def _unconfirmed(asked: CaseRequest, user: User) -> dict[str, object]:
    """The facts that only the requester says and this user can confirm, with their values."""
    return {
        path: said[-1].value
        for path, said in standing(asked.statements.all()).items()
        if all(one.source == "requester" for one in said)
        and can_state(asked, path)
        and _speaks(user, path)
    }


@page(Act.STATE, methods=BOTH)
def confirm(request: HttpRequest, user: User, number: str, position: int) -> HttpResponse:
    """Confirm what the requester says."""
    asked = get_object_or_404(
        CaseRequest.objects.select_related("case"), case__number=number, position=position
    )
    about(request, asked.case)
    words = vocabulary()
    found = _unconfirmed(asked, user)
    choices = [
        (
            f"{path}={value}",
            f"{first_up(called(path))}: {shown(words.fact_at(path), value)} (as {speaker(_speaks(user, path))})",  # type: ignore[arg-type]
        )
        for path, value in found.items()
    ]
    others = [one for one in asked.case.requests.all() if one.pk != asked.pk]
    form = ConfirmForm(choices, not others, *([request.POST] if request.method == "POST" else []))
    if form.is_bound and form.is_valid():
        chosen = {one.partition("=")[0] for one in form.cleaned_data["facts"]}
        also = others if form.cleaned_data.get("also") else []
        count = 0
        with refusals_to(form):
            with transaction.atomic():
                for one in (asked, *also):
                    there = _unconfirmed(one, user)
                    for path in [p for p in chosen if there.get(p) == found[p] and p in there]:
                        intake.state(
                            user,
                            one,
                            path,
                            found[path],
                            speaks=_speaks(user, path),
                            reason=form.cleaned_data["reason"],
                            source=source(request),
                        )
                        count += 1
            done(
                request,
                f"{several(count, 'fact')} confirmed. Prepare the answer anew for it to count.",
            )
            return redirect("desk:case", asked.case.number)
    return render(
        request,
        "desk/confirm.html",
        context(form, asked=asked, case=asked.case, some=bool(choices)),
        status=REFUSED if form.is_bound else 200,
    )

"""Tokens of the API: which there are, a new one, the end of one.

    form  ->  api.tokens.make_token  ->  its text, on one page and nowhere else
    ApiToken  ->  api.tokens.revoke  ->  the list

Promise: a token's text is in one answer and never again; whoever makes or ends one gave her second factor a moment ago.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django import forms
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from habeas.errors import HabeasError
from habeas.web.accounts.guards import fresh
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.api import tokens as acts
from habeas.web.api.models import ApiToken
from habeas.web.casework.errors import NotAllowedError
from habeas.web.desk.forms import DeskForm, line
from habeas.web.desk.listing import PAGE
from habeas.web.desk.page import (
    BOTH,
    REFUSED,
    context,
    done,
    page,
    posted,
    refusals_to,
    told,
)

STATES = {"open": "In use", "ended": "Ended"}
"""Of a token, as the list filters."""


class TokenForm(DeskForm):
    """For which system, what for, and how long."""

    user = forms.ModelChoiceField(
        User.objects.none(),
        label="The system’s account",
        help_text="Accounts that nobody has signed in to with a second factor. What the token can do are this "
        "account’s roles, without all that is a person’s to do.",
        empty_label="Choose",
        to_field_name="username",
    )
    purpose = line("What it is for", "Such as: the jail’s system asks before it prints a list.")
    days = forms.IntegerField(
        label="Days until it ends",
        help_text=f"1 to {acts.LONGEST.days}.",
        initial=acts.LONGEST.days,
        min_value=1,
        max_value=acts.LONGEST.days,
    )

    def __init__(self, maker: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = systems(maker)  # type: ignore[attr-defined]
        self.fields["user"].error_messages["required"] = "Choose for which account."
        self.fields["purpose"].error_messages["required"] = "Write what the token is for."


def systems(maker: User) -> QuerySet[User]:
    """The accounts for which somebody can make a token: active, without a second factor, not her own."""
    factor = Authenticator.objects.filter(user=OuterRef("pk"))
    return User.objects.filter(~Exists(factor), is_active=True).exclude(pk=maker.pk)


@page(Act.SEE_USERS)
def tokens(request: HttpRequest, user: User) -> HttpResponse:
    """The tokens that there are and were, the newest first."""
    now = timezone.now()
    asked = {key: request.GET.get(key, "").strip()[:200] for key in ("q", "state")}
    if asked["state"] not in STATES:
        asked["state"] = ""
    found = ApiToken.objects.select_related("user", "made_by", "revoked_by")
    if asked["q"]:
        found = found.filter(purpose__icontains=asked["q"]) | found.filter(
            user__username=asked["q"]
        )
    running = {"revoked_at": None, "expires_at__gt": now}
    if asked["state"] == "open":
        found = found.filter(**running)
    elif asked["state"] == "ended":
        found = found.exclude(**running)
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    query = urlencode({key: value for key, value in asked.items() if value})
    more = {"tokens": shown, "now": now, "asked": asked, "states": STATES, "query": query}
    return render(request, "desk/tokens.html", more)


@page(Act.CHANGE_USERS, methods=BOTH)
@fresh()
@sensitive_variables("text")
def new_token(request: HttpRequest, user: User) -> HttpResponse:
    """Make a token, and show it this once."""
    form = TokenForm(user, posted(request))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_to(form, {}):
            text, made = acts.make_token(user, given["user"], given["purpose"], given["days"])
            return render(request, "desk/token.html", {"text": text, "made": made})
    return render(
        request,
        "desk/new_token.html",
        context(form, some=systems(user).exists()),
        status=REFUSED if form.is_bound else 200,
    )


@page(Act.CHANGE_USERS, methods=BOTH)
@fresh()
def end_token(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """End a token at once."""
    token = get_object_or_404(ApiToken.objects.select_related("user"), pk=pk)
    request.trail_about = f"user {token.user.username}"  # type: ignore[attr-defined]
    wrongs = []
    if request.method == "POST":
        try:
            acts.revoke(user, token)
        except NotAllowedError:
            raise
        except HabeasError as error:
            wrongs = told(error)
        else:
            done(request, f"The token {token.prefix}… is ended.")
            return redirect("desk:tokens")
    return render(
        request,
        "desk/end_token.html",
        {"token": token, "wrongs": wrongs},
        status=REFUSED if wrongs else 200,
    )

"""Communications, the trail for auditors, and tokens; who calls.

JSON  ->  me, communications, communicate, events, tokens, new_token, revoke_token  ->  JSON
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from ninja import Query, Router, Status

from habeas.errors import InputError, Place, Problem
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.api import tokens as keys
from habeas.web.api.caller import about, allowed, fresh, user_of
from habeas.web.api.cases import moment
from habeas.web.api.middleware import token_in
from habeas.web.api.models import ApiToken
from habeas.web.api.paging import by, page_of, paged
from habeas.web.api.shapes import (
    Asks,
    CommunicationOut,
    EventOut,
    Line,
    Me,
    NewCommunication,
    NewToken,
    Number,
    TokenMade,
    TokenOut,
    Word,
)
from habeas.web.api.telling import Told, communication_told, event_told, token_told
from habeas.web.casework import intake
from habeas.web.casework.models import Case, Communication
from habeas.web.trail import reading
from habeas.web.trail.models import Event

router = Router(tags=["oversight"])


class CommunicationsAsks(Asks):
    """Which calls, visits and letters."""

    case: Word = ""
    agency: Line = ""
    channel: Literal["call", "visit", "letter", "e-mail", "fax", "portal"] | None = None
    incident: bool | None = None
    sort: Literal["at", "-at", "agency", "-agency"] = "-at"


class EventsAsks(Asks):
    """Which events: `actor` whole, `act` and `about` in part, `day` in UTC."""

    actor: Line = ""
    act: Line = ""
    about: Line = ""
    day: date | None = None
    sort: Literal["number", "-number"] = "-number"


class TokensAsks(Asks):
    """Which tokens: `live` those that open something now."""

    user: Word = ""
    live: bool | None = None
    sort: Literal["made_at", "-made_at", "expires_at", "-expires_at"] = "-made_at"


@router.get("/me", response=Me, url_name="me")
def me(request: HttpRequest) -> Told:
    """Who calls, and what a form has to carry."""
    user = user_of(request)
    csrf = None if token_in(request) is not None else get_token(request)
    return {"username": user.username, "roles": sorted(user.roles()), "csrf": csrf}


@router.get("/communications", response=page_of(CommunicationOut), url_name="communications")
def communications(request: HttpRequest, asks: Query[CommunicationsAsks]) -> Any:
    """Calls, visits and letters."""
    allowed(request, Act.SEE_CASES)
    found = Communication.objects.select_related("case", "by", "incident")
    if asks.case:
        found = found.filter(case__number=asks.case)
    if asks.agency:
        found = found.filter(agency__icontains=asks.agency)
    if asks.channel:
        found = found.filter(channel=asks.channel)
    if asks.incident is not None:
        found = found.filter(incident__isnull=not asks.incident)
    return paged(by(found, asks.sort), asks, communication_told)


@router.post("/communications", response={201: CommunicationOut}, url_name="communications")
def communicate(request: HttpRequest, sent: NewCommunication) -> Status[Told]:
    """Enter a call, a visit or a letter."""
    user = allowed(request, Act.TAKE_IN)
    moment(sent.at, "at")
    given = sent.model_dump()
    number = given.pop("case")
    case = Case.objects.filter(number=number).first() if number else None
    if number and case is None:
        raise InputError(
            Problem(Place("case"), f"there is no case `{number}`", "leave it out if it is of none")
        )
    return Status(201, communication_told(intake.communicate(user, case=case, **given)))


@router.get("/events", response=page_of(EventOut), url_name="events")
def events(request: HttpRequest, asks: Query[EventsAsks]) -> Any:
    """The audit trail, for auditors."""
    allowed(request, Act.SEE_TRAIL)
    if asks.day is not None and asks.day == date.max:
        raise InputError(Problem(Place("day"), "this is no day of the trail", "write another"))
    found: Any = reading.events(asks.actor, asks.act, asks.about, asks.day).paginator.object_list
    if not isinstance(found, QuerySet):  # all of them: found by number there, and sorted here
        found = Event.objects.all()
    return paged(by(found, asks.sort), asks, event_told)


@router.get("/tokens", response=page_of(TokenOut), url_name="tokens")
def tokens(request: HttpRequest, asks: Query[TokensAsks]) -> Any:
    """The tokens that were made."""
    allowed(request, Act.SEE_USERS)
    found = ApiToken.objects.select_related("user", "made_by")
    if asks.user:
        found = found.filter(user__username=asks.user)
    if asks.live is not None:
        live = {
            "revoked_at__isnull": True,
            "expires_at__gt": timezone.now(),
            "user__is_active": True,
        }
        found = found.filter(**live) if asks.live else found.exclude(**live)
    return paged(by(found, asks.sort), asks, token_told)


@router.post("/tokens", response={201: TokenMade}, url_name="tokens")
def new_token(request: HttpRequest, sent: NewToken) -> Status[Told]:
    """Make a token for a system's account; it is shown here and never again."""
    actor = allowed(request, Act.CHANGE_USERS)
    fresh(request, Act.CHANGE_USERS)
    user = User.objects.filter(username=sent.user).first()
    if user is None:
        raise InputError(
            Problem(
                Place("user"), f"there is no user `{sent.user}`", "`/account/users/` lists them"
            )
        )
    text, made = keys.make_token(actor, user, sent.purpose, sent.days)
    return Status(201, {**token_told(made), "token": text})


@router.post("/tokens/{pk}/revoke", response=TokenOut, url_name="revoke_token")
def revoke_token(request: HttpRequest, pk: Number) -> Told:
    """End a token at once."""
    actor = allowed(request, Act.CHANGE_USERS)
    fresh(request, Act.CHANGE_USERS)
    found = ApiToken.objects.select_related("user", "made_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    about(request, f"user {found.user.username}")
    return token_told(keys.revoke(actor, found))

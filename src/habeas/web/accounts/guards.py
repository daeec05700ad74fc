"""What stands before a view: may she, and did she give her second factor a moment ago?

    view  ->  needs(act), fresh(minutes)  ->  view, 403 or the second factor

Promise: roles are read at this request; a password alone never makes a session fresh.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import suspend_request
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.accounts.standing import second_factor_at

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

GRAVE = 5
"""Minutes that a second factor is fresh for, before release, role grant and key use."""


def needs(act: Act) -> Callable[[View[P]], View[P]]:
    """Only whoever may do `act` gets through; others get 403."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, User) or not request.user.may(act):
                raise PermissionDenied(f"your roles do not let you {act.value}")
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def fresh(minutes: int = GRAVE) -> Callable[[View[P]], View[P]]:
    """Ask for the second factor again where it was given longer ago; then go on with what was asked for.

    Of a form that was sent, its fields are kept in the session until then: files are not.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if is_fresh(request, minutes):
                return view(request, *args, **kwargs)
            ways = get_adapter().get_reauthentication_methods(request.user)
            if not ways:
                raise PermissionDenied("there is no second factor to ask for")
            answer: HttpResponseBase = suspend_request(request, ways[0]["url"])
            return answer

        return guarded

    return decorate


def is_fresh(request: HttpRequest, minutes: int = GRAVE) -> bool:
    """Whether a second factor was given within the last `minutes`."""
    given = second_factor_at(request)
    return given is not None and 0 <= time.time() - given < minutes * 60

"""Whoever calls: by a session with CSRF or by a token, and what she may.

    request  ->  Caller (a session's, a token's)  ->  user;  user, Act  ->  allowed, or NotAllowedError

Promise: roles are read at this request; with a token only what `tokens.MAY` names is done.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.errors import AuthenticationError, HttpError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from habeas.errors import Place, Problem
from habeas.web.accounts.guards import is_fresh
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.api.middleware import token_in
from habeas.web.api.tokens import MAY
from habeas.web.casework.errors import NotAllowedError


class Session(APIKeyCookie):
    """Somebody who signed in: the middleware let her through; what changes something has the CSRF token too."""

    def __init__(self, name: str) -> None:
        self.param_name = name
        super().__init__(csrf=False)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The user, where there is one."""
        if token_in(request) is not None or not isinstance(request.user, User):
            return None
        if check_csrf(request):
            raise HttpError(403, "the CSRF token is missing or is another's")
        return request.user


class Token(HttpBearer):
    """A system: the middleware looked its token up."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The system's user."""
        found = token_in(request)
        return found.user if found else None


def user_of(request: HttpRequest) -> User:
    """Who calls."""
    if not isinstance(request.user, User):
        raise AuthenticationError
    return request.user


def allowed(request: HttpRequest, *acts: Act) -> User:
    """Who calls, where she may do one of these acts. Raises `NotAllowedError`."""
    user = user_of(request)
    mine = [one for one in acts if user.may(one)]
    if not mine:
        raise _refused(acts[0], f"{user.username} may not {acts[0].value}", "ask somebody whose role it is")  # fmt: skip
    if token_in(request) is not None and MAY.isdisjoint(mine):
        raise _refused(acts[0], "this is for people, and not for tokens", "sign in with two factors, and do it yourself")  # fmt: skip
    return user


def fresh(request: HttpRequest, act: Act) -> None:
    """Refuse where the second factor was not given within the last minutes. Raises `NotAllowedError`."""
    if token_in(request) is not None or not is_fresh(request):
        raise _refused(act, "your second factor was given too long ago", "give it again at `/account/factors/reauthenticate/`, then repeat this")  # fmt: skip


def about(request: HttpRequest, text: str) -> None:
    """Say to the trail what this is about: `case 2026-000001`."""
    request.trail_about = text  # type: ignore[attr-defined]


def _refused(act: Act, message: str, help: str) -> NotAllowedError:
    return NotAllowedError(Problem(Place(act.value), message, help))

"""Every page that is seen, and every attempt to change something, leaves an event.

    request, response  ->  TrailMiddleware  ->  Event
    act's own event, kept  ->  no second one

Promise: what is shown was recorded first; where that cannot be done, nothing is shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from habeas.web.trail.models import Event
from habeas.web.trail.record import NOBODY, Asked, asked, record

LOG = logging.getLogger("habeas.trail")
"""Where it is told that the trail cannot be written; `docs` say how to be woken by it."""

SIGN_IN = "account_login"
"""The name of the page that everybody sees first; looking at it is no event."""

SEEN = ("GET", "HEAD", "OPTIONS")
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
_REFUSED = (401, 403, 404, 405, 429)
_UNKNOWN = "unknown address"
_CLOSED = "The audit trail cannot be written, so this is not shown. Tell whoever looks after this server.\n"


class TrailMiddleware:
    """Records what was asked of the application, and what came of it: exactly one event a request.

    A view says in `request.trail_about` what it is about (`case 2026-000001`); where it answers like one that did
    what was asked, and did not (a message on the next page), it says so in `request.trail_outcome`; a form that is
    shown again with its errors is seen here. Where the act that it did recorded an event, and its transaction was
    not rolled back, that event is the one. Neither address nor form are recorded: they may hold names.

    Where a request comes from is what `AXES_CLIENT_IP_CALLABLE` says, as for lock-outs.

    Held by `tests/web/test_trail_middleware.py`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and record it."""
        view = _view(request)
        if _apart(request, view):
            return self.get_response(request)
        told = Asked(import_string(settings.AXES_CLIENT_IP_CALLABLE)(request))
        before = asked.set(told)
        try:
            response = self._answered(request, view, told)
        finally:
            asked.reset(before)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """A view is asked: nothing before it kept the request away."""
        request.trail_reached = True  # type: ignore[attr-defined]

    def _answered(self, request: HttpRequest, view: str, told: Asked) -> HttpResponseBase:
        actor = ""
        try:
            actor = _actor(request)
            response = self.get_response(request)
        except Exception:
            self._recorded(request, view, told, actor, "failed")
            raise
        if self._recorded(request, view, told, actor, _outcome(request, response)):
            return response
        response.close()
        return HttpResponse(
            _CLOSED, status=503, content_type="text/plain; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )  # fmt: skip

    def _recorded(
        self, request: HttpRequest, view: str, told: Asked, actor: str, outcome: str
    ) -> bool:
        """Whether there is an event of this request in the end."""
        try:
            if not Event.objects.filter(digest__in=told.digests).exists():
                record(
                    actor or _actor(request) or NOBODY,
                    f"{_verb(request)} {view}",
                    getattr(request, "trail_about", ""),
                    outcome=outcome,
                )
        except Exception:
            LOG.critical("the audit trail cannot be written", exc_info=True)
            return False
        return True


def _view(request: HttpRequest) -> str:
    """The name of what an address leads to; never the address itself, in which a name may stand."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return _UNKNOWN
    return match.view_name or _UNKNOWN


def _apart(request: HttpRequest, view: str) -> bool:
    """Whether nothing of the office is seen or changed by this."""
    if request.method not in SEEN:
        return False
    static = settings.STATIC_URL or ""
    return view == SIGN_IN or bool(static and request.path_info.startswith(static))


def _verb(request: HttpRequest) -> str:
    method = request.method or ""
    if method in SEEN:
        return "view"
    return method.lower() if method in CHANGING else "other"


def _actor(request: HttpRequest) -> str:
    """The user's name; empty where nobody is signed in."""
    user = getattr(request, "user", None)
    return user.get_username() if user is not None and user.is_authenticated else ""


def _outcome(request: HttpRequest, response: HttpResponseBase) -> str:
    status = response.status_code
    if status >= 500:
        return "failed"
    if status >= 400:
        return "refused"
    if not getattr(request, "trail_reached", False) or _sent_to_sign_in(request, response):
        return "refused"
    return getattr(request, "trail_outcome", "refused" if _shown_again(response) else "done")


def _shown_again(response: HttpResponseBase) -> bool:
    """Whether a form is shown again, since what was sent with it would not do: as allauth's pages show theirs."""
    form: Any = (getattr(response, "context_data", None) or {}).get("form")
    return bool(getattr(form, "is_bound", False) and form.errors)


def _sent_to_sign_in(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether somebody is sent to sign in, or to give her second factor again, instead of what she asked for."""
    if response.status_code // 100 != 3:
        return False
    asks = ["mfa_reauthenticate", "account_reauthenticate"] if _actor(request) else []
    sent = response.headers.get("Location", "").partition("?")[0]
    return sent in [resolve_url(one) for one in (asks or [settings.LOGIN_URL])]

"""Nothing is shown to whoever has not signed in with two factors.

    request  ->  standing  ->  view, or the next page of signing in

Promise: what is not named here is closed to everybody who is not whole; a new page is closed by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from allauth.account.internal.flows.logout import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse

from habeas.web.accounts.standing import IDLE, NOTICE, SEEN, Standing, is_over, standing

ALWAYS = frozenset({"accounts_notice", "account_logout"})
OPEN: dict[Standing, frozenset[str]] = {
    Standing.NOBODY: ALWAYS
    | {"account_login", "account_inactive", "mfa_authenticate", "mfa_login_webauthn"},
    Standing.UNFINISHED: ALWAYS,
    Standing.PASSWORD: ALWAYS | {"account_change_password"},
    Standing.ENROL: ALWAYS
    | {
        "accounts_enrol",
        "accounts_qr",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
    },
}
"""The names of all pages that are open to whoever is not whole."""

NEXT = {
    Standing.NOBODY: "account_login",
    Standing.PASSWORD: "account_change_password",
    Standing.ENROL: "accounts_enrol",
}
"""Where each is sent instead."""

STILL = "accounts_still"
"""The page that a screen turns to by itself: it asks whether the session lives, and does not prolong it."""

AGAIN = 10.0
"""Seconds after which it is written down again that a session is used: an idle one ends so much earlier at most."""

CLEAR = '"cache", "storage"'
"""What a browser forgets when a session ends; cookies are ended by themselves."""


class SignedInMiddleware:
    """Lets through who has signed in with a second factor, and everybody else to sign-in alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or send to the next page of signing in."""
        name = _name(request)
        if request.user.is_authenticated and is_over(request):
            return _out(request)
        found = standing(request)
        if found is Standing.UNFINISHED and name not in ALWAYS:
            return _out(request)
        if found is not Standing.WHOLE:
            if found is Standing.NOBODY and name not in ALWAYS and not request.session.get(NOTICE):
                return _to("accounts_notice", request)
            if name not in OPEN[found]:
                return _to(NEXT[found], request)
        now = time.time()
        if request.user.is_authenticated and name != STILL and now - request.session[SEEN] > AGAIN:
            request.session[SEEN] = now
        signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if signed_in and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = CLEAR
        if found is Standing.WHOLE and name != STILL:
            _hide_in_time(request, response)
        return response


def _name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name or ""
    except Resolver404:
        return ""


def _out(request: HttpRequest) -> HttpResponse:
    """End the session, and begin at the notice."""
    logout(request, show_message=False)
    request.session.flush()
    response = _to("accounts_notice", request)
    response.headers["Clear-Site-Data"] = CLEAR
    return response


def _to(name: str, request: HttpRequest) -> HttpResponse:
    """Send there: of what a page asked for in place, the whole page."""
    target = reverse(name)
    if request.method == "GET" and request.path not in (target, "/", reverse("account_login")):
        target = f"{target}?{urlencode({'next': request.get_full_path()})}"
    elif request.GET.get("next"):
        target = f"{target}?{urlencode({'next': request.GET['next']})}"
    if "HX-Request" in request.headers:
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": target})
    return redirect(target)


def _hide_in_time(request: HttpRequest, response: HttpResponseBase) -> None:
    """Have the browser leave a page when the session is over: nobody reads it on a screen left alone."""
    page = response.headers.get("Content-Type", "").startswith("text/html")
    if page and response.status_code != HTTPStatus.FOUND and "HX-Request" not in request.headers:
        response.headers["Refresh"] = f"{IDLE + 5}; url={reverse(STILL)}"

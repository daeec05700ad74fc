"""Pages of sign-in that allauth has not, and those of its pages that do more here.

request  ->  notice, enrol, still, …  ->  page
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import PasswordChangeView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from allauth.usersessions.views import list_usersessions
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from habeas.web.accounts.guards import fresh
from habeas.web.accounts.models import User
from habeas.web.accounts.refused import refused_here
from habeas.web.accounts.standing import NOTICE, Standing, standing


def notice(request: HttpRequest) -> HttpResponse:
    """What everybody has to know before signing in; it stays until acknowledged."""
    goes_on = get_next_redirect_url(request) or ""
    if request.method == "POST":
        request.session[NOTICE] = True
        target = reverse("account_login")
        if request.user.is_authenticated:
            return redirect(goes_on or settings.LOGIN_REDIRECT_URL)
        return redirect(f"{target}?{_next(goes_on)}" if goes_on else target)
    return render(request, "accounts/notice.html", {"notice": settings.NOTICE, "next": goes_on})


def enrol(request: HttpRequest) -> HttpResponse:
    """Which second factor shall it be?"""
    return render(request, "accounts/enrol.html")


def qr(request: HttpRequest) -> HttpResponse:
    """The picture that an authenticator app reads: of the secret that is being enrolled in this session."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(svg, content_type="image/svg+xml")


def still(request: HttpRequest) -> HttpResponse:
    """Where a screen that was left alone goes: she is still signed in, from another window."""
    return render(request, "accounts/still.html")


def sessions(request: HttpRequest) -> HttpResponseBase:
    """Where she is signed in; to end the others asks for the second factor again."""
    view = fresh()(list_usersessions) if request.method == "POST" else list_usersessions
    answer: HttpResponseBase = view(request)
    return answer


class ChangePassword(PasswordChangeView):  # type: ignore[misc]
    """A password of her own; of a one-time password it is the next step."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it. She has just shown the old one: it is not asked for again before she enrols a factor."""
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)
        if standing(self.request) is Standing.ENROL:
            reauthenticate_by_password(self.request)
            return redirect("accounts_enrol")
        return answer


class EnrolApp(ActivateTOTPView):  # type: ignore[misc]
    """An authenticator app; its first code is the second factor of this session."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Enrol it."""
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)
        _given(self.request, Authenticator.Type.TOTP)
        return answer


class EnrolPasskey(AddWebAuthnView):  # type: ignore[misc]
    """A passkey; who holds it was checked, so it is the second factor of this session."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Enrol it."""
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)
        _given(self.request, Authenticator.Type.WEBAUTHN)
        return answer


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """Take a passkey away, where another factor is left."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it away."""
        if not get_adapter().can_delete_authenticator(self.get_object()):
            said = get_adapter().error_messages["cannot_delete_authenticator"]
            messages.error(self.request, said)
            refused_here(self.request)
            return redirect("mfa_index")
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)
        return answer


def _given(request: HttpRequest, kind: str) -> None:
    """Count the factor that was just enrolled as given in this session."""
    user = request.user
    if isinstance(user, User):
        factor = Authenticator.objects.filter(user=user, type=kind).order_by("-pk")[0]
        record_authentication(request, user, "mfa", id=factor.pk, type=str(factor.type))


def _next(address: str) -> str:
    return urlencode({"next": address})

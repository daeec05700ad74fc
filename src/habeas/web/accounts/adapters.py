"""Where allauth asks how this office signs in.

    allauth  ->  AccountAdapter, MFAAdapter  ->  lockouts, sealed, standing

Promise: nobody signs up here; what allauth would let through is let through only where our own rules do too.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from habeas.web.accounts import sealed
from habeas.web.accounts.lockouts import begin, failed, is_locked, right
from habeas.web.accounts.models import User
from habeas.web.accounts.pages import locked_page
from habeas.web.accounts.source import source_of
from habeas.web.trail.record import record

WRONG = "User name and password do not fit together, or this account is closed."
CODE = "This code is wrong, or was used already. Wait for the next one."


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How passwords and sessions are dealt with."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "incorrect_password": "The password is wrong.",
        "enter_current_password": "The present password is wrong.",
        "incorrect_code": CODE,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account of her own."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that a request came from."""
        return source_of(request) or "0.0.0.0"  # noqa: S104 - written down, not listened on

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user of a password; none where her account is closed, or the password was for one time and that is
        over: what the answer says is the same as of a wrong one."""
        name, source = credentials.get("username") or "", source_of(request)
        attempt = begin(name, source)
        request.attempt = attempt  # type: ignore[attr-defined]
        if attempt is None and not is_locked(name, source):  # others are being looked at
            request.axes_locked_out = failed(name, source, "password")  # type: ignore[attr-defined]
            return None
        user: User | None = super().authenticate(request, **credentials)
        if user is None or not user.is_active:
            return None
        if user.one_time_until is not None and user.one_time_until < timezone.now():
            failed(user.username, source, "one-time password that is over", attempt)
            return None
        right(attempt)
        return user

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Refuse an account that is locked for this source, whatever it signs in with."""
        if is_locked(user.username, source_of(request)):
            return locked_page(request)
        refused: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return refused

    def set_password(self, user: User, password: str) -> None:
        """Set a password of her own: it is for one time no longer."""
        with transaction.atomic():
            user.one_time_until, user.password_set_at = None, timezone.now()
            super().set_password(user, password)
            record(user.username, "set a password", f"user {user.username}")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Where she goes with her new password."""
        return reverse("mfa_index")

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Her second factors; the password only where she has none yet."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [one for one in ways if one["id"] != "reauthenticate"]
        return factors or ways


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """How second factors are kept."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": CODE,
        "cannot_delete_authenticator": "This is your only second factor. Add another one first.",
    }

    def get_totp_issuer(self) -> str:
        """The office's name, for the authenticator app."""
        return str(settings.OFFICE.name)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host that passkeys are made for."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": str(settings.OFFICE.name)}

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return sealed.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Unseal a secret from the database."""
        return sealed.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether another one is left."""
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exists())

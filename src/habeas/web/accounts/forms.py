"""The forms of second factors, with what allauth's own lack: lock-outs, and codes that are taken once.

    code, passkey  ->  form  ->  failed, UsedCode

Promise: a wrong code, passkey and present password count as a wrong password does; no code is taken twice, by no
process.
"""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.db import IntegrityError, transaction

from habeas.web.accounts.lockouts import begin, failed, is_locked, right
from habeas.web.accounts.models import UsedCode, User
from habeas.web.accounts.source import source_of


def _begin(user: User, how: str) -> int:
    """Count a guess before it is looked at; raise where it must not be: the page about it is shown then."""
    source = source_of(context.request)
    attempt = begin(user.username, source)
    if attempt is None:
        if not is_locked(user.username, source):  # others are being looked at
            failed(user.username, source, how)
        context.request.axes_locked_out = True
        raise get_adapter().validation_error("incorrect_code")
    return attempt


def _count(user: User, how: str, attempt: int) -> None:
    source = source_of(context.request)
    context.request.axes_locked_out = failed(user.username, source, how, attempt)


def _take(user: User, secret: str, code: str) -> bool:
    """Whether this code was not used before; from now on it was."""
    typed = normalize_user_code(code)
    for number in yield_hotp_counters_from_time():
        if format_hotp_value(hotp_value(secret, number)) == typed:
            try:
                with transaction.atomic():
                    UsedCode.objects.filter(user=user, number__lt=number - 100).delete()
                    UsedCode.objects.create(user=user, number=number)
            except IntegrityError:
                return False
            return True
    return False


class _Code:
    """Codes of an authenticator app."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        """The code, where it is right and was not used."""
        attempt = _begin(self.user, "code")
        try:
            code: str = super().clean_code()  # type: ignore[misc]
            secret = decrypt(self.authenticator.data["secret"])
            if not _take(self.user, secret, code):
                raise get_adapter().validation_error("incorrect_code")
        except forms.ValidationError:
            _count(self.user, "code", attempt)
            raise
        right(attempt)
        return code


class CodeForm(_Code, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(_Code, ReauthenticateForm):  # type: ignore[misc]
    """The second factor once more, before a grave act."""


class EnrolCodeForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""

    def clean_code(self) -> str:
        """The code; it is used by this."""
        code: str = super().clean_code()
        if not _take(self.user, self.secret, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """A password of her own: the present one is guessed at here as little as at sign-in."""

    def clean_oldpassword(self) -> str:
        """The present password."""
        attempt = _begin(self.user, "present password")
        try:
            password: str = super().clean_oldpassword()
        except forms.ValidationError:
            _count(self.user, "present password", attempt)
            raise
        right(attempt)
        return password


class _Passkey:
    """What a passkey signed."""

    user: User | None

    def clean_credential(self) -> Any:
        """The factor that signed it."""
        user = self.user
        attempt = None if user is None else _begin(user, "passkey")
        try:
            factor = super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError:
            if user is None or attempt is None:  # whose it is stands in what is wrong: not believed
                failed("", source_of(context.request), "passkey")
            else:
                _count(user, "passkey", attempt)
            raise
        right(attempt)
        return factor


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step."""


class PasskeyAloneForm(_Passkey, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey instead of password and code."""


class PasskeyAgainForm(_Passkey, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey once more, before a grave act."""


class EnrolPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    name = forms.CharField(label="A name for it, such as `blue key`", required=False, max_length=60)
    passwordless = forms.BooleanField(
        label="Sign in with it alone, without a password", required=False, initial=True
    )

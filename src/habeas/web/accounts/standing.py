"""How far somebody has come with signing in.

    request  ->  standing  ->  NOBODY, UNFINISHED, PASSWORD, ENROL or WHOLE

Promise: only two factors, given in this session, and a password of her own are whole; whatever is unclear is not.
"""

from __future__ import annotations

import time
from datetime import timedelta
from enum import Enum

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from habeas.web.accounts.models import User

IDLE = 30 * 60  # seconds
LONGEST = 12 * 60 * 60  # seconds
BEGAN, SEEN, NOTICE = "habeas.began", "habeas.seen", "habeas.notice"
"""Of the session: when it began and was last used, in seconds of time.time(); that the notice was acknowledged."""


class Standing(Enum):
    """How far somebody has come."""

    NOBODY = "not signed in"
    UNFINISHED = "has a second factor, and did not give it in this session"
    PASSWORD = "has to set a password of her own"  # noqa: S105
    ENROL = "has to enrol a second factor"
    WHOLE = "signed in with two factors"


def standing(request: HttpRequest) -> Standing:
    """How far whoever asks has come."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return Standing.NOBODY
    enrolled = set(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    if enrolled and second_factor_at(request, enrolled) is None:
        return Standing.UNFINISHED
    if must_set_password(user):
        return Standing.PASSWORD
    return Standing.WHOLE if enrolled else Standing.ENROL


def second_factor_at(request: HttpRequest, enrolled: set[int] | None = None) -> float | None:
    """When a second factor was last given in this session, in seconds of time.time(); None where none was.

    A factor that was removed since counts for nothing. A passkey alone counts: it checks who holds it.
    """
    user = request.user
    if not isinstance(user, User):
        return None
    if enrolled is None:
        enrolled = set(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    records = get_authentication_records(request, user)
    password = any(one.get("method") == "password" for one in records)
    given = [
        float(one["at"])
        for one in records
        if one.get("method") == "mfa"
        and one.get("id") in enrolled
        and (password or one.get("passwordless") or one.get("type") == "webauthn")
    ]
    return max(given, default=None)


def must_set_password(user: User) -> bool:
    """Whether the password is not her own, or older than the office allows (`PASSWORD_DAYS`; 0: of any age)."""
    if user.one_time_until is not None:
        return True
    days: int = settings.PASSWORD_DAYS
    return bool(days) and user.password_set_at + timedelta(days=days) < timezone.now()


def is_over(request: HttpRequest) -> bool:
    """Whether the session has been idle or has lasted too long; one that does not say is over."""
    began, seen = request.session.get(BEGAN), request.session.get(SEEN)
    if not isinstance(began, float) or not isinstance(seen, float):
        return True
    now = time.time()
    return not (began <= now < began + LONGEST and seen <= now < seen + IDLE)

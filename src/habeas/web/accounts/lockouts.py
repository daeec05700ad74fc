"""Guessing is stopped: five failures within fifteen minutes lock an account, for the source that they came from.

    begin  ->  Failure  ->  right (it goes), or failed (it stays)  ->  the fifth one: Lockout  ->  release

Promise: no more than five guesses are looked at, however many come at once: each counts as a failure from before
it is looked at until it was right. A lock-out ends when somebody releases it, never by itself; it is of one source,
so that a stranger elsewhere locks nobody out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from habeas.web.accounts.models import Failure, Lockout, User
from habeas.web.accounts.source import source_of
from habeas.web.trail.record import NOBODY, SYSTEM, record

FAILURES = 5
WITHIN = timedelta(minutes=15)

_LOCK = 0x677565737365  # a number of our own, for PostgreSQL's advisory lock


def account_of(name: str) -> str:
    """The keyed digest that stands for a user name, whatever was typed and however it is written."""
    written = name.strip().casefold()
    return salted_hmac("habeas.accounts.lockouts", written, algorithm="sha256").hexdigest()


def is_locked(name: str, source: str) -> bool:
    """Whether this account is locked for this source."""
    open_ones = Lockout.objects.filter(released_at__isnull=True)
    return open_ones.filter(account=account_of(name), source=source).exists()


def begin(name: str, source: str) -> int | None:
    """Count a guess before it is looked at, and return its number; None: it must not be looked at.

    Whatever comes of it is told to `right` or `failed`; where nothing is, as after a crash, it counts as a failure.
    Held by `tests/web/test_sign_in_lockouts.py`.
    """
    account, now = account_of(name), timezone.now()
    with transaction.atomic():
        _in_turn()
        if is_locked(name, source):
            return None
        Failure.objects.filter(at__lte=now - WITHIN).delete()
        if Failure.objects.filter(account=account, source=source).count() >= FAILURES:
            return None
        return Failure.objects.create(account=account, source=source, at=now).pk


def right(attempt: int | None) -> None:
    """A guess was right: it counts no longer."""
    if attempt is not None:
        Failure.objects.filter(pk=attempt).delete()


def failed(name: str, source: str, how: str, attempt: int | None = None) -> bool:
    """Record a failure, `how` says of what, and return whether the account is locked for the source now.

    attempt  as `begin` counted it; None: it is counted here

    A name that nobody has is counted as any other: what is locked tells nothing of who works here.
    """
    account, now = account_of(name), timezone.now()
    about = _about(name)
    with transaction.atomic():
        _in_turn()
        locked = is_locked(name, source)
        detail = {"how": how, "locked": locked}
        record(NOBODY, "fail to sign in", about, outcome="refused", source=source, detail=detail)
        if locked:
            return True
        Failure.objects.filter(at__lte=now - WITHIN).delete()
        if attempt is None or not Failure.objects.filter(pk=attempt).exists():
            Failure.objects.create(account=account, source=source, at=now)
        if Failure.objects.filter(account=account, source=source).count() < FAILURES:
            return False
        Lockout.objects.get_or_create(
            account=account, source=source, released_at=None, defaults={"at": now}
        )
        Failure.objects.filter(account=account, source=source).delete()
        record(SYSTEM, "lock out", about, source=source)
    return True


def succeeded(name: str, source: str) -> None:
    """Forget the failures before a whole sign-in."""
    Failure.objects.filter(account=account_of(name), source=source).delete()


def release(name: str, by: str) -> int:
    """Release an account for every source, and return how many lock-outs ended. `by` is recorded."""
    account = account_of(name)
    with transaction.atomic():
        ended = Lockout.objects.filter(account=account, released_at__isnull=True).update(
            released_at=timezone.now()
        )
        Failure.objects.filter(account=account).delete()
        record(by, "release a lock-out", _about(name), detail={"ended": ended})
    return ended


def locked_users() -> dict[str, datetime]:
    """User names that are locked for some source, each with when the first of its lock-outs began."""
    began: dict[str, datetime] = {}
    for one in Lockout.objects.filter(released_at__isnull=True).order_by("-at"):
        began[one.account] = one.at
    names = User.objects.values_list("username", flat=True)
    return {name: began[account_of(name)] for name in names if account_of(name) in began}


def _in_turn() -> None:
    """Within a transaction: nobody else counts until it ends. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _about(name: str) -> str:
    known = User.objects.filter(username__iexact=name.strip()).first()
    return f"user {known.username}" if known else "unknown user"


class Handler(AbstractAxesHandler, AxesBaseHandler):  # type: ignore[misc]
    """What axes asks and tells: it watches every check of a password. Its own store is not used: there, either a
    lock-out ends by itself or failures never age, and what was typed is kept."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether the check of a password is refused."""
        name = (credentials or {}).get("username") or ""
        return is_locked(name, source_of(request))

    def user_login_failed(
        self,
        sender: object,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **_: Any,
    ) -> None:
        """A password was wrong, or the account is locked or unknown."""
        if request is None:
            return
        name = credentials.get("username") or ""
        locked = failed(name, source_of(request), "password", getattr(request, "attempt", None))
        request.axes_locked_out = locked  # type: ignore[attr-defined]
        request.axes_credentials = credentials  # type: ignore[attr-defined]

    def user_logged_in(self, sender: object, request: HttpRequest, user: User, **_: Any) -> None:
        """Somebody has signed in."""
        succeeded(user.username, source_of(request))

    def user_logged_out(self, sender: object, request: HttpRequest, user: User, **_: Any) -> None:
        """Nothing to be done."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """How many failures count at this moment."""
        account = account_of((credentials or {}).get("username") or "")
        since = timezone.now() - WITHIN
        counted = Failure.objects.filter(account=account, at__gt=since)
        return counted.filter(source=source_of(request)).count()

"""Accounts: made, given a new one-time password, disabled, enabled.

    actor, user  ->  make_user, renew, disable, enable, disable_unused  ->  User, one-time password

Promise: a one-time password is returned once and stored nowhere but as a hash; of a disabled account no session is
left; whoever gets a new one-time password loses her roles, so that nobody takes over another's by giving her one.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.accounts.refused import Refused
from habeas.web.trail.record import SYSTEM, record

ONE_TIME = timedelta(days=3)
"""How long a one-time password can be used."""

UNUSED = timedelta(days=90)
"""After which an account that nobody used is disabled."""


def make_user(actor: str, username: str, first_name: str = "", last_name: str = "") -> str:
    """Make an account without a role, and return its one-time password.

    Raises `Refused` where the name is taken or no name (letters, digits and `@.+-_`; capitals count as small ones).
    """
    name = username.strip().lower()
    if User.objects.filter(username__iexact=name).exists():
        raise Refused(f"there is a user `{name}` already")
    user = User(username=name, first_name=first_name.strip(), last_name=last_name.strip())
    password = _one_time(user)
    try:
        user.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    with transaction.atomic():
        user.save()
        record(actor, "make a user", f"user {name}")
    return password


def renew(actor: str, user: User, *, keep_roles: bool = False) -> str:
    """Give her a new one-time password, for when she lost hers or a factor, and return it.

    Her factors go, her sessions end, and so do her roles: two people grant them anew. `keep_roles` is for the
    console, which could change anything anyway.
    """
    if actor == user.username:
        raise Refused("your own password is changed at `Password`, and not by yourself here")
    with transaction.atomic():
        for factor in Authenticator.objects.filter(user=user):
            factor.delete()
        password = _one_time(user)
        user.save()
        _end_sessions(user)
        if not keep_roles:
            _end_roles(actor, user)
        record(actor, "give a one-time password", f"user {user.username}")
    return password


def disable(actor: str, user: User) -> None:
    """Close an account at once. Raises `Refused` for one's own."""
    if actor == user.username:
        raise Refused("nobody disables her own account: ask somebody else")
    with transaction.atomic():
        user.is_active = False
        user.save(update_fields=["is_active"])
        _end_sessions(user)
        record(actor, "disable an account", f"user {user.username}")


def enable(actor: str, user: User) -> str:
    """Open a disabled account again, as a new one: without roles and factors; returns its one-time password."""
    if user.is_active:
        raise Refused(f"the account of `{user.username}` is not disabled")
    with transaction.atomic():
        password = renew(actor, user)
        user.is_active, user.enabled_at = True, timezone.now()
        user.save(update_fields=["is_active", "enabled_at"])
        record(actor, "enable an account", f"user {user.username}")
    return password


def disable_unused(now: datetime) -> list[str]:
    """Disable every account that nobody used for 90 days, and return their names. A job; run it daily.

    It was used when somebody signed in with it, or a system's token of it was.
    """
    since = now - UNUSED
    used = Greatest(
        "enabled_at",
        Coalesce("last_login", "enabled_at"),
        Coalesce(Max("tokens__last_used_at"), "enabled_at"),
    )
    unused = User.objects.filter(is_active=True).annotate(used=used).filter(used__lt=since)
    names = []
    for user in unused:
        disable(SYSTEM, user)
        names.append(user.username)
    return names


def _one_time(user: User) -> str:
    password = secrets.token_urlsafe(18)
    user.set_password(password)
    user.one_time_until = timezone.now() + ONE_TIME
    return password


def _end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


def _end_roles(actor: str, user: User) -> None:
    by = User.objects.filter(username=actor).first()
    for grant in user.role_grants.filter(ended_at__isnull=True):
        grant.ended_at, grant.ended_by = timezone.now(), by
        grant.save()
        record(actor, "end a role", f"user {user.username}", detail={"role": grant.role})

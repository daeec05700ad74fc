"""What happens around sign-in, told to the trail and to the session.

    allauth, Django  ->  signal  ->  record, session

Promise: a factor that comes or goes is recorded in the same transaction, whoever did it.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from habeas.web.accounts.models import User
from habeas.web.accounts.source import source_of
from habeas.web.accounts.standing import BEGAN, SEEN
from habeas.web.trail.record import SYSTEM, record


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    """The session begins; allauth has gone through all its steps."""
    request.session[BEGAN] = request.session[SEEN] = time.time()
    factors = request.session.get("account_authentication_methods") or []
    how = sorted({one.get("type") or one.get("method") for one in factors})
    record(
        user.username,
        "sign in",
        f"user {user.username}",
        source=source_of(request),
        detail={"with": how},
    )


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    """The session ends."""
    if user is not None:
        record(user.username, "sign out", f"user {user.username}", source=source_of(request))


@receiver(authenticator_used)
def given_again(request: HttpRequest, user: User, reauthenticated: bool, **_: Any) -> None:
    """A second factor was given once more: the session gets a new key, and keeps its place in the list."""
    if reauthenticated:
        before = request.session.session_key
        request.session.cycle_key()
        UserSession.objects.filter(session_key=before).update(
            session_key=request.session.session_key
        )
        record(user.username, "give the second factor again", f"user {user.username}")


@receiver(post_save, sender=Authenticator)
def enrolled(instance: Authenticator, created: bool, **_: Any) -> None:
    """A second factor was enrolled."""
    if created:
        _factor("enrol a factor", instance)


@receiver(post_delete, sender=Authenticator)
def removed(instance: Authenticator, **_: Any) -> None:
    """A second factor was removed."""
    _factor("remove a factor", instance)


def _factor(act: str, factor: Authenticator) -> None:
    user = getattr(context.request, "user", None)
    actor = user.username if isinstance(user, User) else SYSTEM
    record(actor, act, f"user {factor.user.username}", detail={"type": str(factor.type)})

"""Tokens: made, shown once, looked up, counted and revoked.

    User, purpose, days  ->  make_token  ->  text (once), ApiToken
    text                 ->  token_of    ->  ApiToken, or None
    ApiToken             ->  spend       ->  whether it may be used now

Promise: a token acts for a system, never for a person; so nobody gets another's powers by making one.
"""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from hashlib import sha256

from allauth.mfa.models import Authenticator
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.api.models import ApiToken
from habeas.web.casework.acts import act
from habeas.web.casework.errors import refuse

LONGEST = timedelta(days=90)
"""How long a token lives at most."""

A_MINUTE = 600
"""How often a token is used in a minute at most; each evaluation of several counts."""

MAY = frozenset({Act.SEE_CASES, Act.TAKE_IN, Act.STATE, Act.SERVE, Act.SEE_TRAIL})
"""What can be done with a token, where its user's roles allow it too. Whatever an answer rests on, or makes it
leave, is a person's: to prepare, judge, choose, sign and release."""

_HEAD = "habeas_"


def make_token(actor: User, user: User, purpose: str, days: int) -> tuple[str, ApiToken]:
    """Make a token for a system's account; its text is returned here and nowhere else.

    days  until it ends, 1 to 90

    Raises `NotAllowedError` without the role to change users, `RefusedError`: the account is a person's, is not
    active or is one's own, no purpose is given, or it would last too long.
    """
    about = f"user {user.username}"
    with act(actor, Act.CHANGE_USERS, "make a token", about) as told:
        if user.pk == actor.pk or is_persons(user):
            raise refuse(
                "user", "this is a person's account", "make one for the system, without a factor"
            )
        if not user.is_active:
            raise refuse("user", "this account is not active", "enable it")
        if not purpose.strip():
            raise refuse("purpose", "it is blank", "write what the token is for")
        if not timedelta(days=1) <= timedelta(days=days) <= LONGEST:
            raise refuse("days", f"`{days}` is no length", f"write 1 to {LONGEST.days}")
        prefix = _HEAD + secrets.token_hex(4)
        text = f"{prefix}_{secrets.token_urlsafe(32)}"
        now = timezone.now()
        made = ApiToken.objects.create(
            user=user,
            prefix=prefix,
            digest=_digest(text),
            purpose=purpose.strip(),
            made_by=actor,
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
        told.detail = {"token": prefix, "days": days}
    return text, made


def revoke(actor: User, token: ApiToken) -> ApiToken:
    """End a token at once. Raises `NotAllowedError`, `RefusedError` where it was revoked already."""
    about = f"user {token.user.username}"
    with act(actor, Act.CHANGE_USERS, "revoke a token", about) as told:
        told.detail = {"token": token.prefix}
        locked = ApiToken.objects.select_for_update().get(pk=token.pk)
        if locked.revoked_at:
            raise refuse("token", "it was revoked already", "look at the list")
        locked.revoked_at, locked.revoked_by = timezone.now(), actor
        locked.save(update_fields=["revoked_at", "revoked_by"])
    return locked


def token_of(text: str) -> ApiToken | None:
    """The token that a text is, where it opens anything now."""
    found = (
        ApiToken.objects.select_related("user")
        .annotate(persons=Exists(Authenticator.objects.filter(user=OuterRef("user"))))
        .filter(digest=_digest(text))
        .first()
    )
    if found is None or found.revoked_at or not found.user.is_active or found.persons:
        return None
    if not found.made_at <= timezone.now() < min(found.expires_at, found.made_at + LONGEST):
        return None
    return found


def spend(token: ApiToken, times: int = 1) -> bool:
    """Count that a token is used, and say whether it may be: `A_MINUTE` times a minute, in all processes together."""
    minute = int(time.time()) // 60
    fits = ApiToken.objects.filter(~Q(minute=minute) | Q(count__lte=A_MINUTE - times), pk=token.pk)
    counted: int = fits.update(
        last_used_at=timezone.now(),
        count=Case(When(minute=minute, then=F("count") + times), default=Value(times)),
        minute=minute,
    )
    return bool(counted) and times <= A_MINUTE


def is_persons(user: User) -> bool:
    """Whether somebody signs in with an account: it has a second factor."""
    return bool(Authenticator.objects.filter(user=user).exists())


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()

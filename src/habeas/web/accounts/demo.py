"""Users of a demonstration: one a role, with passwords and secrets that everybody knows.

    make_users  ->  DemoUser, …  ->  code_now

Promise: an office that is no demonstration never gets them.
"""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from habeas.errors import InputError, Place, Problem
from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.roles import Role
from habeas.web.trail.record import SYSTEM, record

PERIOD = 30
"""Seconds that a code of an authenticator app lasts."""


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Who can sign in to a demonstration: `secret` goes into an authenticator app, as base32."""

    name: str
    role: Role
    password: str
    secret: str


def make_users() -> list[DemoUser]:
    """Make a user for each role, named as the role; what is there stays. Raises `InputError` where the office is none
    of a demonstration."""
    if not settings.OFFICE.demo:
        raise InputError(
            Problem(
                Place(str(settings.OFFICE.folder)),
                "this office is no demonstration",
                "users with known passwords are for `demo: yes` alone",
            )
        )
    demo = [_demo_user(role) for role in Role]
    with transaction.atomic():
        made = [one for one in demo if not User.objects.filter(username=one.name).exists()]
        for one in made:
            _make(one)
        for one in made:
            _grant(one)
    return demo


def code_now(secret: str) -> str:
    """The code that an authenticator app shows at this moment."""
    code: str = format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD))
    return code


def _demo_user(role: Role) -> DemoUser:
    secret = base64.b32encode(hashlib.sha1(f"habeas demo {role}".encode()).digest())  # noqa: S324
    return DemoUser(str(role), role, f"fir county {role} desk", secret.decode())


def _make(one: DemoUser) -> None:
    user = User(username=one.name, first_name="Demo", last_name=one.name)
    user.set_password(one.password)
    user.save()
    record(SYSTEM, "make a user", f"user {one.name}", detail={"demo": True})
    if not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, one.secret)


def _grant(one: DemoUser) -> None:
    """Enter the role as two others of the demonstration granted it."""
    asked, approved = [
        User.objects.get(username=role)
        for role in (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR)
        if role != one.role
    ][:2]
    RoleGrant.objects.create(
        user=User.objects.get(username=one.name),
        role=one.role,
        asked_by=asked,
        approved_by=approved,
        approved_at=timezone.now(),
    )
    record(
        SYSTEM, "approve a role", f"user {one.name}", detail={"role": str(one.role), "demo": True}
    )

"""Signing in, for tests: by all steps of the pages, or at once.

user  ->  whole  ->  Client        user, password, secret  ->  through_the_pages  ->  Client
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from habeas.web.accounts.demo import code_now
from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.roles import Role
from habeas.web.accounts.standing import BEGAN, NOTICE, SEEN

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WORDS = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_user(name: str, *roles: Role) -> User:
    """A user whose roles two people granted; her password is `WORDS`."""
    cache.clear()  # allauth counts there, by user; users of tests have the numbers of those before
    user = User.objects.create_user(name, password=WORDS)
    for role in roles:
        asked, approved = [
            User.objects.get_or_create(username=one, defaults={"is_active": False})[0]
            for one in ("first", "second")
        ]
        RoleGrant.objects.create(
            user=user,
            role=role,
            asked_by=asked,
            approved_by=approved,
            approved_at=timezone.now(),
        )
    return user


def app(user: User, secret: str = SECRET) -> Authenticator:
    """Her authenticator app; made where there is none."""
    there = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return there or TOTP.activate(user, secret or generate_totp_secret()).instance


def whole(user: User, client: Client | None = None, *, ago: float = 0) -> Client:
    """A browser that she is signed in with, by password and app, `ago` seconds ago."""
    client, factor, now = client or Client(), app(user), time.time()
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[NOTICE] = True
    session[BEGAN] = now - ago
    session[SEEN] = now
    session["account_authentication_methods"] = [
        {"method": "password", "at": now - ago, "username": user.username},
        {"method": "mfa", "at": now - ago, "id": factor.pk, "type": "totp"},
    ]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    UserSession.objects.get_or_create(
        session_key=session.session_key, defaults={"user": user, "ip": "127.0.0.1"}
    )
    return client


def acknowledge(client: Client, **extra: Any) -> None:
    """Read the notice."""
    client.post("/account/notice/", **extra)


def password(client: Client, name: str, secret: str, **extra: Any) -> Any:
    """The first step, after the notice."""
    acknowledge(client, **extra)
    return client.post("/account/login/", {"login": name, "password": secret}, **extra)


def code(client: Client, secret: str = SECRET, **extra: Any) -> Any:
    """The second step."""
    return client.post("/account/factors/authenticate/", {"code": code_now(secret)}, **extra)


def through_the_pages(
    name: str, words: str, secret: str = SECRET, client: Client | None = None, **extra: Any
) -> Client:
    """A browser that was signed in with step by step."""
    client = client or Client()
    password(client, name, words, **extra)
    answer = code(client, secret, **extra)
    assert "_auth_user_id" in client.session, answer.content
    return client

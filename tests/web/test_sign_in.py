"""Signing in: two factors, a notice before, an own password, and nothing else until then."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from habeas.web.accounts import people
from habeas.web.accounts.demo import code_now
from habeas.web.accounts.middleware import OPEN
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Role
from habeas.web.accounts.standing import NOTICE, Standing
from habeas.web.trail.models import Event
from tests.web.signing_in import (
    BACKEND,
    SECRET,
    WORDS,
    acknowledge,
    app,
    code,
    make_user,
    password,
    through_the_pages,
    whole,
)

pytestmark = pytest.mark.django_db
HOME = "/account/factors/"  # a page of whoever is signed in, whatever her role
OWN = "seven fir trees behind the barn"


@pytest.fixture
def mia() -> User:
    user = make_user("mia", Role.RECORDS)
    app(user)
    return user


# -- the steps ------------------------------------------------------------------------------------


def test_password_and_code_sign_in(mia: User) -> None:
    client = Client()
    first = password(client, "mia", WORDS)
    assert first.headers["Location"] == "/account/factors/authenticate/"
    assert "_auth_user_id" not in client.session
    second = code(client)
    assert second.headers["Location"] == "/"
    assert client.get(HOME).status_code == 200


def test_a_password_alone_opens_nothing(mia: User) -> None:
    client = Client()
    password(client, "mia", WORDS)
    assert client.get(HOME).status_code == 302


def test_a_wrong_code_opens_nothing(mia: User) -> None:
    client = Client()
    password(client, "mia", WORDS)
    answer = client.post("/account/factors/authenticate/", {"code": "000000"})
    assert answer.status_code == 200
    assert "This code is wrong" in answer.content.decode()
    assert client.get(HOME).status_code == 302


def test_a_code_is_taken_once(mia: User, settings) -> None:
    through_the_pages("mia", WORDS)
    # another process shares no memory with this one
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    again = Client()
    password(again, "mia", WORDS)
    assert code(again).status_code == 200
    assert again.get(HOME).status_code == 302


def test_the_next_code_is_taken(mia: User, time_machine) -> None:
    time_machine.move_to("2025-07-17T09:00:05+00:00", tick=False)
    through_the_pages("mia", WORDS)
    time_machine.shift(30)
    through_the_pages("mia", WORDS)


def test_nobody_is_told_whether_an_account_exists(mia: User) -> None:
    people.disable("system", make_user("gone"))
    said = []
    for name, words in (("mia", "wrong"), ("nobody-here", WORDS), ("gone", WORDS)):
        answer = password(Client(), name, words)
        said.append(re.findall(r"errorlist.*?</ul>", answer.content.decode(), re.S))
        assert answer.status_code == 200
    assert said[0] and said[0] == said[1] == said[2]


def test_the_secret_of_an_app_is_not_in_the_database_as_it_is(mia: User) -> None:
    assert SECRET not in str(Authenticator.objects.get().data)


# -- the notice -----------------------------------------------------------------------------------


def test_the_notice_comes_first_and_stays_until_acknowledged(mia: User, settings) -> None:
    client = Client()
    for _ in range(2):
        answer = client.get("/account/login/")
        assert answer.headers["Location"].startswith("/account/notice/")
    sent = client.post("/account/login/", {"login": "mia", "password": WORDS})
    assert sent.headers["Location"].startswith("/account/notice/")
    assert "account_login" not in client.session
    assert "prohibited" in client.get("/account/notice/").content.decode()
    acknowledge(client)
    assert client.get("/account/login/").status_code == 200


def test_the_notice_leads_to_where_she_wanted_to_go_and_to_no_other_site() -> None:
    client = Client()
    page = client.get("/cases/?q=1")
    assert page.headers["Location"] == "/account/notice/?next=%2Fcases%2F%3Fq%3D1"
    on = client.post("/account/notice/", {"next": "/cases/?q=1"})
    assert on.headers["Location"] == "/account/login/?next=%2Fcases%2F%3Fq%3D1"
    away = Client().post("/account/notice/", {"next": "https://elsewhere.example/"})
    assert away.headers["Location"] == "/account/login/"


# -- an account that was just made ----------------------------------------------------------------


def test_a_new_user_sets_her_password_and_a_factor_before_anything_else(time_machine) -> None:
    time_machine.move_to("2025-07-17T09:00:05+00:00", tick=False)
    given = people.make_user("system", "new")
    client = Client()
    password(client, "new", given)
    assert client.get(HOME).headers["Location"].startswith("/account/password/")
    factor = client.get("/account/factors/app/")
    assert factor.headers["Location"].startswith("/account/password/")
    short = {"oldpassword": given, "password1": "fourteen chars", "password2": "fourteen chars"}
    assert "at least 15" in client.post("/account/password/", short).content.decode()
    own = {"oldpassword": given, "password1": OWN, "password2": OWN}
    assert client.post("/account/password/", own).headers["Location"] == "/account/enrol/"
    assert client.get(HOME).headers["Location"].startswith("/account/enrol/")
    page = client.get("/account/factors/app/")
    secret = page.context["form"].secret
    assert client.get("/account/factors/app/qr.svg").headers["Content-Type"] == "image/svg+xml"
    assert client.post("/account/factors/app/", {"code": "000000"}).status_code == 200
    assert client.get(HOME).status_code == 302
    client.get("/account/factors/app/")
    secret = client.session["mfa.totp.secret"]
    assert client.post("/account/factors/app/", {"code": code_now(secret)}).status_code == 302
    assert client.get(HOME).status_code == 200
    time_machine.shift(60)
    through_the_pages("new", OWN, secret)
    acts = list(Event.objects.values_list("act", flat=True))
    assert {"make a user", "set a password", "enrol a factor", "sign in"} <= set(acts)


def test_a_one_time_password_is_over_after_three_days(time_machine) -> None:
    time_machine.move_to("2025-07-17T09:00:00+00:00", tick=False)
    given = people.make_user("system", "new")
    time_machine.shift(timedelta(days=3, seconds=1))
    client = Client()
    assert password(client, "new", given).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_password_stays_unless_the_office_wants_it_changed(mia: User, settings) -> None:
    User.objects.update(password_set_at=timezone.now() - timedelta(days=366))
    client = whole(mia)
    assert client.get(HOME).status_code == 200
    settings.PASSWORD_DAYS = 365
    assert client.get(HOME).headers["Location"].startswith("/account/password/")


def test_passwords_are_kept_with_argon2() -> None:
    from habeas.web import settings as ours

    assert ours.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


# -- every address --------------------------------------------------------------------------------


def addresses(resolver: URLResolver | None = None, before: str = "/") -> list[tuple[str, str]]:
    """The name and an address of every page of the project."""
    found: list[tuple[str, str]] = []
    for one in (resolver or get_resolver()).url_patterns:
        route = before + _filled(str(one.pattern))
        if isinstance(one, URLResolver):
            found += addresses(one, route)
        elif isinstance(one, URLPattern):
            found.append((one.name or "", route))
    return found


def _filled(route: str) -> str:
    kinds = {"int": "1", "str": "x", "slug": "x", "path": "x"}
    kinds["uuid"] = "00000000-0000-0000-0000-000000000000"
    filled = re.sub(r"<(?:(\w+):)?\w+>", lambda m: kinds.get(m[1] or "str", "1"), route)
    return re.sub(r"\(\?P<\w+>[^)]*\)|[\^$\\]", "1", filled) if "(?P" in filled else filled


def _nobody() -> Client:
    return Client()


def _acknowledged() -> Client:
    client = Client()
    acknowledge(client)
    return client


def _half() -> Client:
    """Password given, code not: as sign-in leaves it."""
    app(make_user("half", *Role))
    client = Client()
    password(client, "half", WORDS)
    assert client.session["account_login"]
    return client


def _password_alone() -> Client:
    """Signed in with a password, and no factor is enrolled yet."""
    make_user("alone", *Role)
    client = Client()
    password(client, "alone", WORDS)
    assert client.session["_auth_user_id"]
    return client


def _one_time() -> Client:
    """Signed in with a one-time password."""
    client = Client()
    password(client, "fresh", people.make_user("system", "fresh"))
    assert client.session["_auth_user_id"]
    return client


def _enrolled_elsewhere() -> Client:
    """Signed in with a password before a factor was enrolled in another window."""
    client = _password_alone()
    app(User.objects.get(username="alone"))
    return client


def _forced() -> Client:
    """A session that says nothing of how it began."""
    user = make_user("forced", *Role)
    app(user)
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def _factor_is_gone() -> Client:
    """The factor that she signed in with was removed since; another one is there."""
    user = make_user("gone", *Role)
    client = whole(user)
    Authenticator.objects.all().delete()
    app(user)
    return client


STATES = {
    "anonymous": (_nobody, OPEN[Standing.UNFINISHED] | {"accounts_notice"}),
    "anonymous, notice read": (_acknowledged, OPEN[Standing.NOBODY]),
    "password given, code not": (_half, OPEN[Standing.NOBODY]),
    "password alone": (_password_alone, OPEN[Standing.ENROL]),
    "one-time password": (_one_time, OPEN[Standing.PASSWORD]),
    "enrolled without the second step": (_enrolled_elsewhere, OPEN[Standing.UNFINISHED]),
    "a session that says nothing": (_forced, OPEN[Standing.UNFINISHED]),
    "the factor is gone": (_factor_is_gone, OPEN[Standing.UNFINISHED]),
}

ENTRANCE = {
    "accounts_notice",
    "account_login",
    "account_logout",
    "account_inactive",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "account_change_password",
    "accounts_enrol",
    "accounts_qr",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_add_webauthn",
}
"""Every page of sign-in, enrolment and sign-out. Who adds one here has thought about it."""


@pytest.mark.parametrize("state", STATES)
def test_every_address_gives_only_sign_in_enrolment_and_sign_out(state: str) -> None:
    make, allowed = STATES[state]
    visitor = make()
    before = visitor.cookies.output(), dict(visitor.session)
    pages = addresses()
    assert len(pages) > 30
    pages += [("", "/no-such-page/"), ("", "/account/")]
    for name, address in pages:
        for method in ("get", "post", "delete"):
            if name in allowed:
                continue
            session = visitor.session
            for key in set(session.keys()) - set(before[1]):
                del session[key]
            session.update(before[1])
            session.save()
            if session.session_key:
                visitor.cookies["session"] = session.session_key
            answer = getattr(visitor, method)(address)
            if address.startswith("/api/") or "authzen" in address:
                # Programs are not sent to a page; they are told that they did not sign in.
                assert answer.status_code == 401, (state, method, address, answer.status_code)
                continue
            assert answer.status_code == 302, (state, method, address, answer.status_code)
            target = answer.headers["Location"].partition("?")[0]
            reached = {one for one, page in pages if page == target}
            assert reached & ENTRANCE, (state, method, address, target)


def test_what_is_open_to_all_is_named_here() -> None:
    assert set().union(*OPEN.values()) == ENTRANCE


def test_there_is_no_sign_up_and_nothing_by_mail() -> None:
    names = {name for name, _ in addresses()}
    assert not [one for one in names if re.search("signup|email|reset|phone|code|recovery", one)]


def test_a_second_factor_cannot_be_added_by_a_password_alone(mia: User) -> None:
    client = Client()
    password(client, "mia", WORDS)
    for page in ("/account/factors/app/", "/account/factors/passkeys/add/"):
        assert client.get(page).status_code == 302
        assert client.post(page, {"code": "1"}).status_code == 302
    assert Authenticator.objects.filter(user=mia).count() == 1


def test_the_notice_is_read_anew_after_signing_out(mia: User) -> None:
    client = whole(mia)
    client.post("/account/logout/")
    assert NOTICE not in client.session
    assert client.get(HOME).headers["Location"].startswith("/account/notice/")

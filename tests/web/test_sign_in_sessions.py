"""Sessions end: after half an hour without use, after twelve hours, from elsewhere, and with the account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from habeas.web.accounts import people
from habeas.web.accounts.guards import fresh, is_fresh
from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.roles import Role
from habeas.web.trail.models import Event
from tests.web.signing_in import SECRET, WORDS, app, make_user, through_the_pages, whole

pytestmark = pytest.mark.django_db
HOME = "/account/factors/"
NINE = "2025-07-17T09:00:05+00:00"


@pytest.fixture
def mia() -> User:
    user = make_user("mia", Role.RECORDS)
    app(user)
    return user


def test_a_session_ends_after_half_an_hour_without_use(mia: User, time_machine) -> None:
    time_machine.move_to(NINE, tick=False)
    client = through_the_pages("mia", WORDS)
    for _ in range(3):
        time_machine.shift(timedelta(minutes=29, seconds=59))
        assert client.get(HOME).status_code == 200
    time_machine.shift(timedelta(minutes=30))
    assert client.get(HOME).headers["Location"].startswith("/account/notice/")
    assert "_auth_user_id" not in client.session
    assert not Session.objects.filter(session_key__in=UserSession.objects.values("session_key"))


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(mia: User, time_machine) -> None:
    time_machine.move_to(NINE, tick=False)
    client = through_the_pages("mia", WORDS)
    for _ in range(35):
        time_machine.shift(timedelta(minutes=20))
        assert client.get(HOME).status_code == 200
    time_machine.shift(timedelta(minutes=20))
    assert client.get(HOME).headers["Location"].startswith("/account/notice/")


def test_a_screen_left_alone_turns_to_a_page_that_does_not_prolong_the_session(
    mia: User, time_machine
) -> None:
    time_machine.move_to(NINE, tick=False)
    client = through_the_pages("mia", WORDS)
    assert client.get(HOME).headers["Refresh"] == "1805; url=/account/still/"
    time_machine.shift(timedelta(minutes=29))
    still = client.get("/account/still/")
    assert still.status_code == 200
    assert "Refresh" not in still.headers
    time_machine.shift(timedelta(minutes=1))
    assert client.get("/account/still/").headers["Location"].startswith("/account/notice/")


def test_she_sees_where_she_is_signed_in_and_signs_out_there(mia: User, time_machine) -> None:
    time_machine.move_to(NINE, tick=False)
    here = through_the_pages("mia", WORDS)
    time_machine.shift(60)
    there = through_the_pages("mia", WORDS, REMOTE_ADDR="192.0.2.7")
    assert "192.0.2.7" in here.get("/account/sessions/").content.decode()
    here.post("/account/sessions/")
    assert here.get(HOME).status_code == 200
    assert there.get(HOME).status_code == 302


def test_to_end_her_other_sessions_asks_for_the_second_factor_again(mia: User) -> None:
    here, there = whole(mia, ago=600), whole(mia)
    asked = here.post("/account/sessions/")
    assert asked.headers["Location"].startswith("/account/factors/reauthenticate/")
    assert there.get(HOME).status_code == 200
    assert here.get("/account/sessions/").status_code == 200


def test_sessions_of_a_disabled_account_end_at_once(mia: User) -> None:
    client = whole(mia)
    assert client.get(HOME).status_code == 200
    people.disable("system", mia)
    assert not Session.objects.filter(session_key=client.session.session_key)
    assert client.get(HOME).status_code == 302


def test_a_session_of_a_disabled_account_opens_nothing_even_where_it_is_left(mia: User) -> None:
    client = whole(mia)
    User.objects.filter(pk=mia.pk).update(is_active=False)
    assert client.get(HOME).status_code == 302


def test_a_role_that_ended_is_gone_at_the_next_request() -> None:
    admin = make_user("ada", Role.ADMINISTRATOR)
    client = whole(admin)
    assert client.get("/account/users/").status_code == 200
    RoleGrant.objects.filter(user=admin).update(ended_at="2025-07-17T09:00:00Z")
    assert client.get("/account/users/").status_code == 403


def test_a_new_password_ends_the_other_sessions(mia: User) -> None:
    here, there = whole(mia), whole(mia)
    own = "seven fir trees behind the barn"
    here.post("/account/password/", {"oldpassword": WORDS, "password1": own, "password2": own})
    assert here.get(HOME).status_code == 200
    assert there.get(HOME).status_code == 302


def test_each_sign_in_gets_a_session_key_of_its_own(mia: User) -> None:
    client = Client()
    client.get("/account/notice/")
    client.post("/account/notice/")
    before = client.session.session_key
    through_the_pages("mia", WORDS, client=client)
    assert client.session.session_key != before


# -- the second factor again ----------------------------------------------------------------------


def test_a_grave_act_asks_for_the_second_factor_again_and_then_goes_on(time_machine) -> None:
    time_machine.move_to(NINE, tick=False)
    admin = make_user("ada", Role.ADMINISTRATOR)
    make_user("bo")
    app(admin)
    client = through_the_pages("ada", WORDS)
    time_machine.shift(timedelta(minutes=5))
    asked = client.post("/account/users/of/bo/roles/", {"role": "records"})
    assert asked.headers["Location"].startswith("/account/factors/reauthenticate/")
    assert not RoleGrant.objects.filter(user__username="bo")
    wrong = client.post(asked.headers["Location"], {"code": "000000"})
    assert wrong.status_code == 200
    assert not RoleGrant.objects.filter(user__username="bo")
    key = client.session.session_key
    from habeas.web.accounts.demo import code_now

    client.post(
        asked.headers["Location"], {"code": code_now(SECRET), "next": "/account/users/of/bo/roles/"}
    )
    assert RoleGrant.objects.get(user__username="bo").asked_by == admin
    assert client.session.session_key != key
    assert UserSession.objects.filter(session_key=client.session.session_key).exists()
    assert Event.objects.filter(act="give the second factor again").count() == 1


def test_a_password_again_makes_nothing_fresh(time_machine) -> None:
    time_machine.move_to(NINE, tick=False)
    admin = make_user("ada", Role.ADMINISTRATOR)
    client = whole(admin, ago=600)
    answer = client.post("/account/reauthenticate/", {"password": WORDS})
    assert answer.headers["Location"].startswith("/account/factors/reauthenticate/")
    assert client.get("/account/users/new/").status_code == 302


@pytest.mark.parametrize(("ago", "is_so"), [(0, True), (299, True), (300, False), (-1, False)])
def test_fresh_is_a_matter_of_minutes(mia: User, rf, time_machine, ago: int, is_so: bool) -> None:
    time_machine.move_to(NINE, tick=False)
    request = rf.get("/")
    request.user, request.session = mia, whole(mia, ago=ago).session
    assert is_fresh(request, 5) is is_so


def test_fresh_lets_through_only_whoever_is_fresh(mia: User, rf) -> None:
    request = rf.get("/")
    request.user, request.session = mia, whole(mia, ago=61).session
    assert fresh(1)(lambda _: "reached")(request).status_code == 302
    assert fresh(2)(lambda _: "reached")(request) == "reached"

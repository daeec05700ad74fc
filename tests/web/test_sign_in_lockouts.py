"""Five failures within fifteen minutes lock an account for the place they came from, until somebody releases it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from habeas.errors import InputError
from habeas.web.accounts import console
from habeas.web.accounts.lockouts import FAILURES, begin, failed, is_locked, release, right
from habeas.web.accounts.models import Failure, Lockout, User
from habeas.web.accounts.roles import Role
from habeas.web.accounts.source import source_of
from habeas.web.trail.models import Event
from tests.postgres import OWNER, PASSWORD, Server
from tests.web.offices import make_office
from tests.web.signing_in import WORDS, app, code, make_user, password, through_the_pages, whole

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"
NINE = "2025-07-17T09:00:05+00:00"


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest, time_machine) -> None:
    if "tmp_path" not in request.fixturenames:  # PostgreSQL's client waits by the clock
        time_machine.move_to(NINE, tick=False)


@pytest.fixture
def mia() -> User:
    user = make_user("mia", Role.RECORDS)
    app(user)
    return user


def fail(times: int, name: str = "mia", source: str = HERE) -> None:
    for _ in range(times):
        password(Client(), name, "wrong", REMOTE_ADDR=source)


def test_four_failures_lock_nothing(mia: User) -> None:
    fail(4)
    through_the_pages("mia", WORDS)


def test_the_fifth_failure_locks_and_the_right_password_opens_nothing_then(mia: User) -> None:
    fail(4)
    fifth = password(Client(), "mia", "wrong")
    assert fifth.status_code == 403
    assert "locked here" in fifth.content.decode()
    right = password(Client(), "mia", WORDS)
    assert right.status_code == 403
    assert "account_login" not in right.client.session
    assert list(Event.objects.filter(act="lock out").values_list("about", "source")) == [
        ("user mia", HERE)
    ]


def test_failures_count_for_fifteen_minutes(mia: User, time_machine) -> None:
    fail(4)
    time_machine.shift(timedelta(minutes=14, seconds=59))
    fail(1)
    assert is_locked("mia", HERE)


def test_older_failures_do_not_count(mia: User, time_machine) -> None:
    fail(4)
    time_machine.shift(timedelta(minutes=15))
    fail(1)
    assert not is_locked("mia", HERE)
    assert Failure.objects.count() == 1


def test_a_lock_out_does_not_end_by_itself(mia: User, time_machine) -> None:
    fail(5)
    time_machine.shift(timedelta(days=400))
    assert password(Client(), "mia", WORDS).status_code == 403


def test_a_stranger_elsewhere_locks_nobody_out(mia: User) -> None:
    fail(9, source=ELSEWHERE)
    assert is_locked("mia", ELSEWHERE)
    through_the_pages("mia", WORDS)


def test_failures_of_several_places_are_not_added_up(mia: User) -> None:
    for number in range(9):
        fail(1, source=f"192.0.2.{number}")
    assert not Lockout.objects.exists()


def test_capitals_and_blanks_are_the_same_account(mia: User) -> None:
    for name in ("mia", "MIA", " mia", "Mia ", "mIa"):
        fail(1, name)
    assert is_locked("mia", HERE)


def test_wrong_codes_count_as_wrong_passwords_do(mia: User) -> None:
    client = Client()
    password(client, "mia", WORDS)
    for number in range(4):
        page = client.post("/account/factors/authenticate/", {"code": f"00000{number}"})
        assert page.status_code == 200
    fifth = client.post("/account/factors/authenticate/", {"code": "000009"})
    assert fifth.status_code == 403
    assert code(client).status_code == 403  # the right one, now
    assert "_auth_user_id" not in client.session


def test_a_right_password_between_them_does_not_forget_failures(mia: User) -> None:
    fail(4)
    client = Client()
    password(client, "mia", WORDS)
    assert client.post("/account/factors/authenticate/", {"code": "000000"}).status_code == 403


def test_a_whole_sign_in_forgets_the_failures_before(mia: User) -> None:
    fail(4)
    through_the_pages("mia", WORDS)
    assert not Failure.objects.exists()


def test_a_lock_out_ends_neither_other_sessions_nor_lets_codes_be_guessed_in_them(
    mia: User,
) -> None:
    client = whole(mia)
    fail(5)
    assert client.get("/account/factors/").status_code == 200
    again = client.post("/account/factors/reauthenticate/", {"code": "000000"})
    assert again.status_code == 403


def test_a_name_that_nobody_has_is_locked_as_any_other(mia: User) -> None:
    fail(5, "nobody-here")
    answer = password(Client(), "nobody-here", "wrong")
    fail(5, "mia")
    assert (
        answer.content.decode().split("<main")[1]
        == (password(Client(), "mia", "wrong").content.decode().split("<main")[1])
    )


def test_what_was_typed_is_kept_nowhere() -> None:
    fail(5, "my-Password-typed-here")
    kept = [*Failure.objects.values_list(), *Lockout.objects.values_list()]
    kept += Event.objects.values_list()
    assert kept
    assert "typed" not in str(kept).lower()


def test_the_console_releases_it(mia: User) -> None:
    fail(5)
    fail(5, source=ELSEWHERE)
    assert console.unlock("MIA") == 2
    through_the_pages("mia", WORDS)
    released = Event.objects.get(act="release a lock-out")
    assert (released.actor, released.about) == ("system", "user mia")


def test_the_console_says_who_there_is() -> None:
    make_user("mia")
    with pytest.raises(InputError, match="there is no user `mai`"):
        console.unlock("mai")


def test_an_administrator_releases_it(mia: User) -> None:
    fail(5)
    client = whole(make_user("ada", Role.ADMINISTRATOR))
    assert "locked" in client.get("/account/users/").content.decode()
    client.post("/account/users/of/mia/unlock/")
    assert not is_locked("mia", HERE)
    assert Event.objects.get(act="release a lock-out").actor == "ada"


def test_every_failure_is_recorded(mia: User) -> None:
    fail(2)
    fail(1, "nobody-here", ELSEWHERE)
    events = Event.objects.filter(act="fail to sign in")
    assert list(events.values_list("actor", "about", "outcome", "source")) == [
        ("nobody", "user mia", "refused", HERE),
        ("nobody", "user mia", "refused", HERE),
        ("nobody", "unknown user", "refused", ELSEWHERE),
    ]


# -- several guesses at once ----------------------------------------------------------------------


def test_a_guess_counts_before_it_is_looked_at_until_it_was_right(mia: User) -> None:
    attempts = [begin("mia", HERE) for _ in range(FAILURES)]
    assert None not in attempts
    assert begin("mia", HERE) is None
    assert begin("mia", ELSEWHERE) is not None
    right(attempts[0])
    assert begin("mia", HERE) is not None
    assert not Lockout.objects.exists()


def test_while_five_are_looked_at_a_sixth_is_not_were_it_the_right_one(mia: User) -> None:
    for _ in range(FAILURES):
        begin("mia", HERE)
    assert password(Client(), "mia", WORDS).status_code == 403
    assert is_locked("mia", HERE)


def test_while_five_are_looked_at_no_code_is(mia: User) -> None:
    client = Client()
    password(client, "mia", WORDS)
    for _ in range(FAILURES):
        begin("mia", HERE)
    assert code(client).status_code == 403
    assert "_auth_user_id" not in client.session


def test_a_guess_that_was_counted_is_counted_once(mia: User) -> None:
    for _ in range(FAILURES - 1):
        assert not failed("mia", HERE, "password", begin("mia", HERE))
    assert failed("mia", HERE, "password", begin("mia", HERE))


def test_a_guess_that_a_release_overtook_still_counts(mia: User) -> None:
    attempt = begin("mia", HERE)
    release("mia", "system")
    failed("mia", HERE, "password", attempt)
    assert Failure.objects.count() == 1


def test_what_is_right_leaves_nothing_behind(mia: User) -> None:
    through_the_pages("mia", WORDS)
    client = whole(mia)
    client.post("/account/factors/reauthenticate/", {"code": "000000"})
    assert Failure.objects.count() == 1


def test_the_present_password_is_guessed_at_as_little_as_at_sign_in(mia: User) -> None:
    client = whole(mia)
    new = {"password1": "a quite new one, with words", "password2": "a quite new one, with words"}
    for _ in range(FAILURES):
        answer = client.post("/account/password/", {"oldpassword": "wrong", **new})
    assert answer.status_code == 403
    cache.clear()  # allauth counts there by the minute
    assert client.post("/account/password/", {"oldpassword": WORDS, **new}).status_code == 403
    mia.refresh_from_db()
    assert mia.check_password(WORDS)


GUESSES = """
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch
from django.db import connection
from django.test import Client
from habeas.web.accounts.models import Failure, Lockout, User

User.objects.create_user("mia")
looked, gate = [], threading.Barrier(20)

def slowly(self, words):
    looked.append(words)
    time.sleep(0.5)
    return False

def guess(number):
    client = Client(SERVER_NAME="localhost")
    client.post("/account/notice/")
    gate.wait()
    answer = client.post("/account/login/", {"login": "mia", "password": f"guess {number}"})
    connection.close()
    return answer.status_code

with patch.object(User, "check_password", slowly), ThreadPoolExecutor(20) as pool:
    answers = list(pool.map(guess, range(20)))
print(len(looked), Lockout.objects.count(), Failure.objects.count(), answers.count(403) > 14)
"""


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_of_twenty_guesses_at_the_same_moment_five_are_looked_at(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = ""
    if kind == "postgresql":
        server: Server = request.getfixturevalue("server")
        server.run("DROP DATABASE IF EXISTS guesses", "CREATE DATABASE guesses")
        address = server.address(OWNER, PASSWORD, "guesses")
    office = make_office(tmp_path, address)
    office.migrate()
    assert office.run(GUESSES).split() == ["5", "1", "0", "True"]


@pytest.mark.parametrize(
    ("hosts", "peer", "header", "source"),
    [
        ((), "127.0.0.1", "192.0.2.7", "127.0.0.1"),
        (("records.fir.example",), "127.0.0.1", "192.0.2.7", "192.0.2.7"),
        (("records.fir.example",), "127.0.0.1", "203.0.113.9, 192.0.2.7", "192.0.2.7"),
        (("records.fir.example",), "198.51.100.4", "192.0.2.7", "198.51.100.4"),
        (("records.fir.example",), "127.0.0.1", "no address", "127.0.0.1"),
        ((), "", "", ""),
    ],
)
def test_only_the_proxy_of_this_machine_is_believed(
    rf, settings, hosts: tuple[str, ...], peer: str, header: str, source: str
) -> None:
    from dataclasses import replace

    settings.OFFICE = replace(settings.OFFICE, hosts=hosts)
    request = rf.get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=header)
    assert source_of(request) == source

"""Accounts and roles: who may make, grant and end them; every act is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils import timezone

from habeas.errors import InputError
from habeas.web.accounts import console, demo, grants, people
from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.refused import Refused
from habeas.web.accounts.roles import Role
from habeas.web.trail.models import Event
from tests.web.signing_in import app, make_user, through_the_pages, whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", Role.ADMINISTRATOR)


@pytest.fixture
def ben() -> User:
    return make_user("ben", Role.ADMINISTRATOR)


@pytest.fixture
def bo() -> User:
    return make_user("bo")


def events(*acts: str) -> list[tuple[str, str, str]]:
    found = Event.objects.filter(act__in=acts)
    return list(found.values_list("actor", "act", "about"))


# -- roles ----------------------------------------------------------------------------------------


def test_a_role_is_asked_for_by_one_and_approved_by_another(ada: User, ben: User, bo: User) -> None:
    whole(ada).post("/account/users/of/bo/roles/", {"role": "records"})
    assert bo.roles() == frozenset()
    grant = bo.role_grants.get()
    whole(ben).post(f"/account/roles/{grant.pk}/approve/")
    assert bo.roles() == {Role.RECORDS}
    assert events("ask for a role", "approve a role") == [
        ("ada", "ask for a role", "user bo"),
        ("ben", "approve a role", "user bo"),
    ]


def test_nobody_approves_what_she_asked_for(ada: User, bo: User) -> None:
    client = whole(ada)
    client.post("/account/users/of/bo/roles/", {"role": "records"})
    grant = bo.role_grants.get()
    page = client.post(f"/account/roles/{grant.pk}/approve/", follow=True)
    assert "somebody else has to approve" in page.content.decode()
    assert bo.roles() == frozenset()


def test_nobody_approves_a_role_of_her_own(ada: User, ben: User) -> None:
    sue = make_user("sue", Role.SUPERVISOR)
    grants.ask(ada, sue, Role.COUNSEL)
    grant = sue.role_grants.get(role="counsel")
    whole(sue).post(f"/account/roles/{grant.pk}/approve/")
    assert sue.roles() == {Role.SUPERVISOR}


@pytest.mark.parametrize("approver", ["asked", "user"])
def test_the_database_refuses_it_too(ada: User, bo: User, approver: str) -> None:
    by = {"asked": ada, "user": bo}[approver]
    with pytest.raises(IntegrityError, match="role_grant_two_people"), transaction.atomic():
        RoleGrant.objects.create(
            user=bo, role="counsel", asked_by=ada, approved_by=by, approved_at=timezone.now()
        )


def test_a_role_that_was_ended_cannot_be_approved(ada: User, ben: User, bo: User) -> None:
    grant = grants.ask(ada, bo, Role.RECORDS)
    grants.end(ada, grant)
    with pytest.raises(Refused, match="ended already"):
        grants.approve(ben, grant)
    assert bo.roles() == frozenset()


def test_an_administrator_has_no_other_role(ada: User, ben: User) -> None:
    with pytest.raises(Refused, match="no other role"):
        grants.ask(ben, ada, Role.COUNSEL)
    with pytest.raises(Refused, match="no other role"):
        grants.ask(ben, make_user("col", Role.COUNSEL), Role.ADMINISTRATOR)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR, Role.SUPERVISOR}))
def test_other_roles_grant_none(role: Role, bo: User) -> None:
    client = whole(make_user("else", role))
    answer = client.post("/account/users/of/bo/roles/", {"role": "records"})
    assert answer.status_code == 403
    assert not bo.role_grants.exists()


def test_ending_a_role_is_recorded_and_holds_at_once(ada: User) -> None:
    col = make_user("col", Role.COUNSEL)
    whole(ada).post(f"/account/roles/{col.role_grants.get().pk}/end/")
    assert col.roles() == frozenset()
    assert events("end a role") == [("ada", "end a role", "user col")]


# -- accounts -------------------------------------------------------------------------------------


def test_an_administrator_makes_an_account_and_its_password_is_shown_once(ada: User) -> None:
    client = whole(ada)
    page = client.post("/account/users/new/", {"username": "Nia", "first_name": "Nia"})
    given = page.context["password"]
    assert given in page.content.decode()
    user = User.objects.get(username="nia")
    assert user.check_password(given)
    assert not user.roles()
    assert given not in client.get("/account/users/of/nia/").content.decode()
    assert given not in str(list(Event.objects.values_list()))
    assert events("make a user") == [("ada", "make a user", "user nia")]


@pytest.mark.parametrize("name", ["ada", "ADA", "two words", "a/b", ""])
def test_a_name_that_is_taken_or_no_name_makes_no_account(ada: User, name: str) -> None:
    before = User.objects.count()
    page = whole(ada).post("/account/users/new/", {"username": name})
    assert "errorlist" in page.content.decode()
    assert User.objects.count() == before


@pytest.mark.parametrize("act", ["disable", "enable", "renew", "unlock"])
def test_supervisors_change_no_account(act: str, bo: User) -> None:
    client = whole(make_user("sue", Role.SUPERVISOR))
    assert client.post(f"/account/users/of/bo/{act}/").status_code == 403
    bo.refresh_from_db()
    assert bo.is_active
    assert bo.one_time_until is None


@pytest.mark.parametrize("act", ["disable", "enable", "renew", "unlock"])
def test_looking_changes_nothing(act: str, ada: User, bo: User) -> None:
    assert whole(ada).get(f"/account/users/of/bo/{act}/").status_code == 405


def test_a_new_one_time_password_takes_factors_sessions_and_roles(ada: User) -> None:
    col = make_user("col", Role.COUNSEL)
    session = whole(col)
    page = whole(ada).post("/account/users/of/col/renew/")
    assert page.context["password"]
    assert not Authenticator.objects.filter(user=col).exists()
    assert col.roles() == frozenset()  # or one administrator alone could act as counsel
    assert session.get("/account/factors/").status_code == 302
    assert events("give a one-time password", "remove a factor", "end a role") == [
        ("ada", "remove a factor", "user col"),
        ("ada", "end a role", "user col"),
        ("ada", "give a one-time password", "user col"),
    ]


def test_nobody_disables_or_renews_herself(ada: User) -> None:
    client = whole(ada)
    client.post("/account/users/of/ada/disable/")
    client.post("/account/users/of/ada/renew/")
    ada.refresh_from_db()
    assert ada.is_active
    assert ada.one_time_until is None


def test_an_account_that_is_enabled_again_begins_anew(ada: User) -> None:
    col = make_user("col", Role.COUNSEL)
    client = whole(ada)
    client.post("/account/users/of/col/disable/")
    col.refresh_from_db()
    assert not col.is_active
    client.post("/account/users/of/col/enable/")
    col.refresh_from_db()
    assert col.is_active
    assert col.one_time_until is not None
    assert col.roles() == frozenset()
    assert events("disable an account", "enable an account") == [
        ("ada", "disable an account", "user col"),
        ("ada", "enable an account", "user col"),
    ]


def test_accounts_unused_for_ninety_days_are_disabled(bo: User) -> None:
    now = timezone.now()
    old = now - timedelta(days=200)
    used, never, again = make_user("used"), make_user("never"), make_user("again")
    User.objects.update(enabled_at=old)
    User.objects.filter(pk=bo.pk).update(last_login=now - timedelta(days=90, seconds=1))
    User.objects.filter(pk=used.pk).update(last_login=now - timedelta(days=90))
    User.objects.filter(pk=again.pk).update(enabled_at=now - timedelta(days=1), last_login=old)
    session = whole(bo)
    User.objects.filter(pk=bo.pk).update(last_login=now - timedelta(days=90, seconds=1))
    assert people.disable_unused(now) == ["bo", "never"]
    assert never.pk
    assert session.get("/account/factors/").status_code == 302
    assert events("disable an account") == [
        ("system", "disable an account", "user bo"),
        ("system", "disable an account", "user never"),
    ]
    assert people.disable_unused(now) == []


def test_the_only_factor_cannot_be_removed(ada: User) -> None:
    client = whole(ada)
    page = client.post("/account/factors/app/remove/")
    if page.status_code == 302:  # allauth asks again first
        client.post(
            page.headers["Location"], {"code": demo.code_now("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")}
        )
        page = client.post("/account/factors/app/remove/")
    assert "only second factor" in page.content.decode()
    assert Authenticator.objects.filter(user=ada).count() == 1


# -- the console and the demonstration ------------------------------------------------------------


def test_the_console_makes_the_first_administrators() -> None:
    given = console.first_users(["Ada", "ben"])
    assert set(given) == {"ada", "ben"}
    for name, words in given.items():
        user = User.objects.get(username=name)
        assert user.roles() == {Role.ADMINISTRATOR}
        assert user.check_password(words)
        assert user.one_time_until is not None
    assert set(events("make a user", "approve a role")) == {
        ("system", act, f"user {name}")
        for act in ("make a user", "approve a role")
        for name in given
    }


@pytest.mark.parametrize("names", [["ada"], ["ada", "ada"], []])
def test_one_first_administrator_is_too_few(names: list[str]) -> None:
    with pytest.raises(InputError, match="two administrators"):
        console.first_users(names)


def test_there_are_first_administrators_once() -> None:
    console.first_users(["ada", "ben"])
    with pytest.raises(InputError, match="can grant roles"):
        console.first_users(["cyd", "dan"])
    assert User.objects.count() == 2


def test_the_console_gives_a_new_password_and_leaves_the_roles(ada: User) -> None:
    app(ada)
    words = console.new_password("ada")
    ada.refresh_from_db()
    assert ada.check_password(words)
    assert ada.roles() == {Role.ADMINISTRATOR}
    assert not Authenticator.objects.filter(user=ada).exists()


def test_the_demonstration_has_a_user_for_each_role(settings) -> None:
    settings.OFFICE = replace(settings.OFFICE, demo=True)
    made = demo.make_users()
    assert [one.role for one in made] == list(Role)
    for one in made:
        user = User.objects.get(username=one.name)
        assert user.roles() == {one.role}
        client = through_the_pages(one.name, one.password, one.secret)
        assert client.get("/account/factors/").status_code == 200
    assert demo.make_users() == made
    assert User.objects.count() == len(Role)


def test_an_office_that_is_no_demonstration_gets_no_known_passwords(settings) -> None:
    settings.OFFICE = replace(settings.OFFICE, demo=False)
    with pytest.raises(InputError, match="no demonstration"):
        demo.make_users()
    assert not User.objects.exists()

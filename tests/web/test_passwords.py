"""Which passwords are taken: long ones of any kind, that are no words of the office and no common ones."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from habeas.web.accounts.models import User
from habeas.web.accounts.passwords import OwnWords, own_words
from tests.web.signing_in import WORDS, make_user, whole

pytestmark = pytest.mark.django_db
NEW = "plum anvil sonnet 9"


def refused(password: str, user: User | None = None) -> str:
    with pytest.raises(ValidationError) as caught:
        validate_password(password, user)
    return " ".join(caught.value.messages)


def change(old: str, new: str, user: User) -> bool:
    """Whether a password was changed over the page."""
    sent = {"oldpassword": old, "password1": new, "password2": new}
    whole(user).post("/account/password/", sent)
    user.refresh_from_db()
    return user.check_password(new)


def test_the_words_are_of_the_name_the_agency_the_place_the_hosts_the_roles_and_the_program(
    settings,
) -> None:
    office = replace(
        settings.OFFICE, name="Fir County Sheriff", agency="Fir Jail", place="us-ca-elm",
        hosts=("desk.fir.example",),
    )  # fmt: skip
    words = own_words(office)
    assert {"fir", "county", "sheriff", "jail", "elm", "example", "habeas", "counsel"} <= {*words}
    assert "us" not in words


@pytest.mark.parametrize(
    "password",
    ["FirCountySheriff2026", "fir-county-sheriff!!!!!!!!!", "sheriffsheriffsheriff", "Habeas Records Desk 1"],
)  # fmt: skip
def test_a_password_of_the_offices_own_words_is_refused_and_they_are_named(password: str) -> None:
    told = refused(password)
    assert "count for nothing here" in told
    assert any(word in told for word in ("sheriff", "habeas"))


def test_an_own_word_in_a_long_password_does_no_harm() -> None:
    validate_password("seven sheriffs painted a bridge yellow")


def test_an_own_word_hides_no_other_word_within_it() -> None:
    with pytest.raises(ValidationError):
        OwnWords(15).validate("records-records-records-re")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("plum anvil son", "at least 15"),
        ("123456789987654321", "too common"),
        ("zoe-quackenbush", "similar"),
    ],
)
def test_short_common_and_similar_ones_are_refused(password: str, why: str) -> None:
    assert why in refused(password, User(username="zoe", last_name="zoe-quackenbush"))


@pytest.mark.parametrize(
    "password",
    [
        NEW,
        "nur kleine buchstaben",
        "908274650192837465",
        "  blanks at both ends  ",
        "ünïcödé wörds ñ 漢字漢字",
        "long " * 40,
    ],
)
def test_any_kind_of_letters_is_taken_as_it_is(password: str) -> None:
    user = make_user("mia")
    assert change(WORDS, password, user)
    assert not user.check_password(password.strip() + "x")
    for other in {password.strip(), password.upper(), password[:64]} - {password}:
        assert not user.check_password(other)


def test_a_change_asks_for_the_present_password_and_holds_the_new_one_against_the_rules() -> None:
    user = make_user("mia")
    assert not change("wrong", NEW, user)
    assert not change(WORDS, "FirCountySheriff2026", user)
    assert change(WORDS, NEW, user)


def test_fields_hide_what_is_typed_and_let_password_managers_fill_them() -> None:
    client = Client()
    client.post("/account/notice/")
    pages = [client.get("/account/login/"), whole(make_user("mia")).get("/account/password/")]
    fields = [re.findall(r"<input[^>]*password[^>]*>", page.content.decode()) for page in pages]
    assert [len(some) for some in fields] == [1, 3]
    for one in fields[0] + fields[1]:
        assert 'type="password"' in one
        assert re.search(r'autocomplete="(current|new)-password"', one)
        assert "onpaste" not in one and "maxlength" not in one

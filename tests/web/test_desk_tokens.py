"""Tokens at the desk: made by an administrator for a system, shown once, listed and ended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Role
from habeas.web.api.models import ApiToken
from habeas.web.api.tokens import token_of
from habeas.web.trail.models import Event
from tests.web.conftest import make_user
from tests.web.signing_in import app, whole
from tests.web.test_desk import text_of
from tests.web.test_desk_html import wrong_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(people) -> User:
    return make_user("jail-system", Role.AUDITOR)


def made_by(client: Client, **more: str) -> str:
    """The text of a new token."""
    sent = {"user": "jail-system", "purpose": "The jail asks", "days": "30", **more}
    page = client.post("/tokens/new/", sent)
    found = re.search(r"<code>(habeas_[^<]+)</code>", page.content.decode())
    assert page.status_code == 200 and wrong_with(page.content.decode()) == []
    assert found is not None and page.headers["Cache-Control"] == "no-store"
    return found[1]


def test_a_token_is_shown_once_and_opens_the_api_until_it_is_ended(office, people, system) -> None:
    client = whole(people["administrator"])
    text = made_by(client)
    made = ApiToken.objects.get()
    assert token_of(text) == made and (made.user, made.made_by) == (system, people["administrator"])
    assert timedelta(days=29) < made.expires_at - timezone.now() <= timedelta(days=30)
    page = client.get("/tokens/").content.decode()
    assert wrong_with(page) == [] and made.prefix in page and text not in page
    for address in ("/tokens/new/", f"/tokens/{made.pk}/end/"):
        assert text not in client.get(address).content.decode()
    assert client.post(f"/tokens/{made.pk}/end/").status_code == 302
    assert token_of(text) is None
    assert "Ended" in text_of(client.get("/tokens/"))
    again = client.post(f"/tokens/{made.pk}/end/")
    assert again.status_code == 422 and "revoked already" in text_of(again)


def test_no_token_is_made_for_a_person_or_for_oneself(office, people, system) -> None:
    client = whole(people["administrator"])
    app(people["records"])
    page = client.get("/tokens/new/").content.decode()
    offered = re.findall(r'<option value="([^"]+)"', page)
    assert "jail-system" in offered
    assert "records" not in offered and "administrator" not in offered
    for user in ("records", "administrator", "nobody", ""):
        response = client.post("/tokens/new/", {"user": user, "purpose": "x", "days": "1"})
        assert response.status_code == 422 and 'href="#id_user"' in response.content.decode(), user
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("more", "at"), [({"days": "91"}, "id_days"), ({"days": "0"}, "id_days"), ({"purpose": " "}, "id_purpose")]
)  # fmt: skip
def test_a_token_has_a_purpose_and_an_end(office, people, system, more, at) -> None:
    client = whole(people["administrator"])
    sent = {"user": "jail-system", "purpose": "x", "days": "30", **more}
    response = client.post("/tokens/new/", sent)
    assert response.status_code == 422 and f'href="#{at}"' in response.content.decode()
    assert not ApiToken.objects.exists()


def test_whoever_makes_or_ends_a_token_gave_her_second_factor_a_moment_ago(
    office, people, system
) -> None:
    made_by(whole(people["administrator"]))
    late = whole(people["administrator"], ago=3600)
    token = ApiToken.objects.get()
    sent = {"user": "jail-system", "purpose": "x", "days": "30"}
    for address in ("/tokens/new/", f"/tokens/{token.pk}/end/"):
        response = late.post(address, sent)
        assert response.status_code == 302 and "reauthenticate" in response.headers["Location"]
    token.refresh_from_db()
    assert ApiToken.objects.count() == 1 and token.revoked_at is None


def test_tokens_are_seen_by_whoever_sees_users_and_changed_by_administrators(
    office, people, system
) -> None:
    made_by(whole(people["administrator"]))
    token = ApiToken.objects.get()
    for role in ("intake", "records", "counsel", "supervisor", "auditor"):
        client = whole(people[role])
        sees = role in ("supervisor", "auditor")
        assert (client.get("/tokens/").status_code == 200) is sees, role
        for address in ("/tokens/new/", f"/tokens/{token.pk}/end/"):
            assert client.get(address).status_code == 403, role
            assert client.post(address, {}).status_code == 403, role
    token.refresh_from_db()
    assert token.revoked_at is None


def test_tokens_are_listed_by_state_and_purpose(office, people, system) -> None:
    client = whole(people["administrator"])
    for purpose in ("The jail asks", "The court asks"):
        made_by(client, purpose=purpose)
    second, first = ApiToken.objects.order_by("-pk")
    client.post(f"/tokens/{first.pk}/end/")

    def listed(query: str) -> list[str]:
        page = client.get(f"/tokens/?{query}").content.decode()
        assert wrong_with(page) == []
        return re.findall(r'scope="row">([^<]+)…<', page)

    assert listed("") == [second.prefix, first.prefix]
    assert listed("state=open") == [second.prefix] and listed("state=ended") == [first.prefix]
    assert listed("q=JAIL+asks") == [first.prefix]
    assert listed("q=jail-system") == [second.prefix, first.prefix]
    second.expires_at = timezone.now() - timedelta(seconds=1)
    second.made_at = timezone.now() - timedelta(days=1)
    second.save()
    assert listed("state=open") == []


def test_the_trail_tells_of_tokens_without_their_text(office, people, system) -> None:
    client = whole(people["administrator"])
    text = made_by(client)
    client.post(f"/tokens/{ApiToken.objects.get().pk}/end/")
    told = " ".join(f"{one.act} {one.about} {one.detail}" for one in Event.objects.all())
    assert "make a token" in told and "revoke a token" in told
    assert text.rpartition("_")[2] not in told

"""Passkeys: one that checks who holds it is two factors; one that does not is none. A key made of software stands in."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from habeas.web.accounts import people
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Role
from habeas.web.trail.models import Event
from tests.web.signing_in import WORDS, acknowledge, make_user, password, whole

pytestmark = pytest.mark.django_db
HOME, ADD = "/account/factors/", "/account/factors/passkeys/add/"
ALONE = "/account/factors/passkeys/login/"
HOST = {"headers": {"host": "localhost"}}
Flag = AuthenticatorData.FLAG


@dataclass
class Key:
    """A key made of software. `checks`: whether it says that it checked who holds it."""

    checks: bool = True
    origin: str = "http://localhost"
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    name: bytes = field(default_factory=lambda: os.urandom(16))
    handle: str = ""

    def make(self, options: dict[str, Any]) -> str:
        """What a browser sends of a new key."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.private.public_key())
        about = AttestedCredentialData.create(b"\0" * 16, self.name, public)
        data = AuthenticatorData.create(
            self._host(asked["rp"]["id"]), self._flags() | Flag.AT, 1, about
        )
        client = self._client("webauthn.create", asked["challenge"])
        attested = AttestationObject.create("none", data, {})
        return self._sent({"clientDataJSON": client, "attestationObject": attested})

    def use(self, options: dict[str, Any]) -> str:
        """What a browser sends of a key that is used."""
        asked = options["publicKey"]
        data = AuthenticatorData.create(self._host(asked["rpId"]), self._flags(), 2)
        client = self._client("webauthn.get", asked["challenge"])
        signed = self.private.sign(data + client.hash, ec.ECDSA(SHA256()))
        sent = {"clientDataJSON": client, "authenticatorData": data, "signature": signed}
        return self._sent(sent, userHandle=self.handle)

    def _flags(self) -> Flag:
        return Flag.UP | Flag.UV if self.checks else Flag.UP

    def _host(self, name: str) -> bytes:
        return hashlib.sha256(name.encode()).digest()

    def _client(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, self.origin)

    def _sent(self, response: dict[str, bytes], **more: str) -> str:
        name = websafe_encode(self.name)
        encoded = {one: websafe_encode(bytes(value)) for one, value in response.items()}
        extra = {"clientExtensionResults": {"credProps": {"rk": True}}}
        return json.dumps(
            {"type": "public-key", "id": name, "rawId": name, "response": encoded | more} | extra
        )


def enrol(client: Client, key: Key) -> Any:
    page = client.get(ADD, **HOST)
    sent = key.make(page.context["js_data"]["creation_options"])
    return client.post(ADD, {"name": "blue", "credential": sent, "passwordless": "on"}, **HOST)


def alone(key: Key) -> tuple[Client, Any]:
    """Sign in with a key alone."""
    client = Client()
    acknowledge(client, **HOST)
    options = client.get(ALONE, headers={"host": "localhost", "accept": "application/json"})
    sent = key.use(options.json()["request_options"])
    return client, client.post(ALONE, {"credential": sent}, **HOST)


def new_user(key: Key) -> Client:
    """A new user with a password of her own, who enrols this key."""
    user = make_user("mia", Role.RECORDS)
    client = Client()
    password(client, "mia", WORDS, **HOST)
    from allauth.account.internal.userkit import user_id_to_str

    session = client.session
    assert session["account_authentication_methods_user"] == user_id_to_str(user)
    client.post("/account/reauthenticate/", {"password": WORDS}, **HOST)
    enrol(client, key)
    return client


def test_a_passkey_that_checks_who_holds_it_signs_in_alone() -> None:
    key = Key()
    first = new_user(key)
    assert first.get(HOME, **HOST).status_code == 200
    client, answer = alone(key)
    assert answer.headers["Location"] == "/"
    assert client.get(HOME, **HOST).status_code == 200
    last = Event.objects.filter(act="sign in").last()
    assert last is not None
    assert (last.actor, last.detail) == ("mia", {"with": ["webauthn"]})


def test_a_key_that_does_not_check_who_holds_it_cannot_be_enrolled() -> None:
    client = new_user(Key(checks=False))
    assert not Authenticator.objects.exists()
    assert client.get(HOME, **HOST).status_code == 302


def test_a_key_that_did_not_check_who_holds_it_this_time_opens_nothing() -> None:
    key = Key()
    new_user(key)
    key.checks = False
    client, _ = alone(key)
    assert client.get(HOME, **HOST).status_code == 302
    assert Event.objects.filter(act="fail to sign in").count() == 1


def test_nor_is_it_a_second_step() -> None:
    key = Key()
    new_user(key)
    for checks in (False, True):
        key.checks = checks
        client = Client()
        password(client, "mia", WORDS, **HOST)
        page = client.get("/account/factors/authenticate/", **HOST)
        sent = key.use(page.context["js_data"]["request_options"])
        client.post("/account/factors/authenticate/", {"credential": sent}, **HOST)
        assert (client.get(HOME, **HOST).status_code == 200) is checks


def test_another_key_and_another_site_open_nothing() -> None:
    key = Key()
    new_user(key)
    other = Key(name=key.name, handle=key.handle)
    assert alone(other)[0].get(HOME, **HOST).status_code == 302
    key.origin = "https://elsewhere.example"
    assert alone(key)[0].get(HOME, **HOST).status_code == 302


def test_what_a_key_signed_is_taken_once() -> None:
    key = Key()
    new_user(key)
    client = Client()
    acknowledge(client, **HOST)
    options = client.get(ALONE, headers={"host": "localhost", "accept": "application/json"})
    sent = key.use(options.json()["request_options"])
    other = Client()
    acknowledge(other, **HOST)
    other.post(ALONE, {"credential": sent}, **HOST)
    assert other.get(HOME, **HOST).status_code == 302
    client.post(ALONE, {"credential": sent}, **HOST)
    assert client.get(HOME, **HOST).status_code == 200


def test_a_passkey_of_a_disabled_account_opens_nothing() -> None:
    key = Key()
    new_user(key)
    people.disable("system", User.objects.get(username="mia"))
    assert alone(key)[0].get(HOME, **HOST).status_code == 302


def test_a_passkey_of_a_locked_account_opens_nothing() -> None:
    key = Key()
    new_user(key)
    for _ in range(5):
        password(Client(), "mia", "wrong", **HOST)
    client, answer = alone(key)
    assert answer.status_code == 403
    assert client.get(HOME, **HOST).status_code == 302


def test_a_passkey_again_makes_a_session_fresh() -> None:
    key = Key()
    new_user(key)
    client, _ = alone(key)
    page = client.get("/account/factors/passkeys/reauthenticate/", **HOST)
    sent = key.use(page.context["js_data"]["request_options"])
    again = {"credential": sent, "next": HOME}
    answer = client.post("/account/factors/passkeys/reauthenticate/", again, **HOST)
    assert answer.headers["Location"] == HOME
    assert Event.objects.filter(act="give the second factor again").count() == 1


def test_the_only_passkey_cannot_be_removed_and_one_of_two_can() -> None:
    key = Key()
    new_user(key)
    user = User.objects.get(username="mia")
    only = Authenticator.objects.get()
    client, _ = alone(key)

    def again() -> None:
        page = client.get("/account/factors/passkeys/reauthenticate/", **HOST)
        sent = key.use(page.context["js_data"]["request_options"])
        client.post("/account/factors/passkeys/reauthenticate/", {"credential": sent}, **HOST)

    again()
    client.post(f"/account/factors/passkeys/{only.pk}/remove/", **HOST)
    assert Authenticator.objects.filter(user=user).count() == 1
    enrol(client, Key())
    assert Authenticator.objects.filter(user=user).count() == 2
    client.post(f"/account/factors/passkeys/{only.pk}/remove/", **HOST)
    assert Authenticator.objects.filter(user=user).count() == 1
    assert Event.objects.filter(act="remove a factor").count() == 1


def test_every_page_about_factors_is_shown() -> None:
    key = Key()
    new_user(key)
    client = whole(User.objects.get(username="mia"))
    pk = Authenticator.objects.get(type="webauthn").pk
    assert "blue" in client.get("/account/factors/passkeys/", **HOST).content.decode()
    for page in (f"/account/factors/passkeys/{pk}/", f"/account/factors/passkeys/{pk}/remove/"):
        assert client.get(page, **HOST).status_code == 302  # asks for the factor first

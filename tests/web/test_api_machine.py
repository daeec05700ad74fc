"""Whatever anybody tries in whatever order, nothing is released without two people and a receipt."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.api import tokens
from habeas.web.casework.models import Answer, CaseRequest, ItemAnswer, Release
from tests.web.conftest import make_user
from tests.web.signing_in import whole
from tests.web.test_api import new_request

pytestmark = pytest.mark.django_db

PEOPLE = ("intake", "records", "records-2", "counsel", "counsel-2", "supervisor", "auditor")
PREPARE = ("records", "counsel")
GIVES = ["name", "charges", "custody_status", "home_address"]
NOTHING = ["home_address"]


class Office:
    """What all runs of the machine share: users, their browsers, a token, and what was tried."""

    users: dict[str, User]
    clients: dict[str, Client]
    tried: Counter[str]


class Casework(RuleBasedStateMachine):
    """Random people do random things to requests; each run is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    def call(self, who: str, address: str, body: Any = None) -> int:
        answer = Office.clients[who].post(
            f"/api{address}", json.dumps(body), content_type="application/json"
        )
        assert answer.status_code < 500, answer.content
        Office.tried[f"{address.rpartition('/')[2]} {answer.status_code}"] += 1
        return int(answer.status_code)

    def post(self, who: str, address: str, form: Any = None) -> int:
        """Send a form of a page."""
        answer = Office.clients[who].post(address, form or {})
        assert answer.status_code < 500, answer.content
        page = re.sub(r"\d+", "…", address)
        Office.tried[f"page {page} {answer.status_code}"] += 1
        return int(answer.status_code)

    @initialize(items=st.sampled_from([GIVES, NOTHING]), who=st.sampled_from(PREPARE))
    def begin(self, items: list[str], who: str) -> None:
        """There is a request, and it was prepared."""
        assert self.call("intake", "/cases", {**new_request(), "items": items}) == 201
        self.prepare(who)

    @rule(who=st.sampled_from(PEOPLE))
    def take_in(self, who: str) -> None:
        self.call(who, "/cases", new_request())

    @rule(
        who=st.sampled_from(PEOPLE),
        speaks=st.sampled_from(["requester", "officer", "counsel"]),
        value=st.sampled_from(["press", "public", None]),
    )
    def state(self, who: str, speaks: str, value: str | None) -> None:
        asked = CaseRequest.objects.order_by("-pk").first()
        assert asked is not None
        body = {"path": "requester_kind", "value": value, "speaks": speaks, "reason": "so it is"}
        self.call(who, f"/cases/{asked.case.number}/requests/1/statements", body)

    @rule(who=st.sampled_from([*PEOPLE, *PREPARE]))
    def prepare(self, who: str) -> None:
        asked = CaseRequest.objects.order_by("-pk").first()
        assert asked is not None
        self.call(who, f"/cases/{asked.case.number}/requests/1/answers")

    @rule(who=st.sampled_from(PEOPLE), give=st.booleans(), which=st.integers(0, 3))
    def choose(self, who: str, give: bool, which: int) -> None:
        items = list(ItemAnswer.objects.order_by("-pk")[:4])
        if items:
            item = items[which % len(items)]
            self.call(who, f"/items/{item.pk}/choices", {"give": give, "reason": "so it is"})

    @rule(who=st.sampled_from([*PEOPLE, "counsel", "counsel-2"]))
    def sign(self, who: str) -> None:
        if answer := self.newest():
            self.call(who, f"/answers/{answer.pk}/signatures", {"reason": "read"})

    @rule(
        who=st.sampled_from([*PEOPLE, "supervisor", "token"]),
        looked=st.sampled_from([True, True, True, False]),
    )
    def release(self, who: str, looked: bool) -> None:
        """By whoever; with or without having looked."""
        if answer := self.newest():
            seen = "x"
            if looked:
                seen = Office.clients[who].get(f"/api/answers/{answer.pk}").json()["seen"]
            status = self.call(who, f"/answers/{answer.pk}/release", {"seen": seen})
            if who == answer.prepared_by.username:
                Office.tried["one person"] += 1
                assert status != 201
            if who == "token":
                assert status == 403

    @rule(who=st.sampled_from([*PEOPLE, *PREPARE, "token"]))
    def prepare_by_page(self, who: str) -> None:
        asked = CaseRequest.objects.select_related("case").order_by("-pk").first()
        assert asked is not None
        self.post(who, f"/cases/{asked.case.number}/{asked.position}/prepare/")

    @rule(who=st.sampled_from([*PEOPLE, "counsel"]), give=st.sampled_from(["give", "withhold"]))
    def choose_by_page(self, who: str, give: str) -> None:
        if item := ItemAnswer.objects.filter(basis="permitted").order_by("-pk").first():
            self.post(who, f"/items/{item.pk}/choose/", {"give": give, "reason": "so it is"})

    @rule(who=st.sampled_from([*PEOPLE, "counsel", "counsel-2"]))
    def sign_by_page(self, who: str) -> None:
        if answer := self.newest():
            self.post(who, f"/answers/{answer.pk}/sign/", {"reason": "read"})

    @rule(
        who=st.sampled_from([*PEOPLE, "supervisor", "token"]),
        looked=st.sampled_from([True, True, False]),
        signer=st.sampled_from([None, "counsel", "counsel-2"]),
    )
    def release_by_page(self, who: str, looked: bool, signer: str | None) -> None:
        """By whoever; with what the page said before, or with something else."""
        answer = self.newest()
        if answer is None:
            return
        at = f"/answers/{answer.pk}/release/"
        found = None
        if looked:
            page = Office.clients[who].get(at).content.decode()
            found = re.search(r'name="seen" value="([^"]+)"', page)
        if signer:  # after she looked, sometimes
            self.sign_by_page_of(signer, answer)
        before = Release.objects.filter(answer=answer).exists()
        self.post(who, at, {"seen": found[1] if found else "x"})
        done = Release.objects.filter(answer=answer).exists() and not before
        if done:
            Office.tried["released by page"] += 1
        if who in (answer.prepared_by.username, "token", "auditor", "intake"):
            assert not done
        if signer or not found:
            assert not done, "she released another answer than she looked at"

    def sign_by_page_of(self, signer: str, answer: Answer) -> None:
        if not Release.objects.filter(answer=answer).exists():
            self.post(signer, f"/answers/{answer.pk}/sign/", {"reason": "read"})

    @rule(
        items=st.sampled_from([GIVES, NOTHING]),
        preparer=st.sampled_from(PREPARE),
        who=st.sampled_from([*PREPARE, "supervisor"]),
    )
    def all_the_way_by_pages(self, items: list[str], preparer: str, who: str) -> None:
        """A request of its own over the pages, whose doors are all open but the second person's, perhaps."""
        self.call("intake", "/cases", {**new_request(), "items": items})
        self.prepare_by_page(preparer)
        self.sign_by_page("counsel-2")
        self.release_by_page(who, looked=True, signer=None)

    @rule(
        items=st.sampled_from([GIVES, NOTHING]),
        preparer=st.sampled_from(PREPARE),
        who=st.sampled_from([*PREPARE, "supervisor"]),
    )
    def all_the_way(self, items: list[str], preparer: str, who: str) -> None:
        """A request of its own, whose doors are all open but the second person's, perhaps."""
        self.call("intake", "/cases", {**new_request(), "items": items})
        self.prepare(preparer)
        self.sign("counsel-2")
        self.release(who, looked=True)

    @rule(signer=st.sampled_from(["counsel", "counsel-2"]), who=st.sampled_from(PEOPLE))
    def sign_and_release(self, signer: str, who: str) -> None:
        """The two last steps of the way, by whoever."""
        if self.newest():
            self.sign(signer)
            self.release(who, looked=True)

    @rule(
        prepared_by=st.sampled_from(PEOPLE),
        released_by=st.sampled_from([*PEOPLE, *["supervisor"] * 7]),
        true_preparer=st.sampled_from([True, True, False]),
        gives=st.sampled_from([True, True, False]),
        receipts=st.sampled_from([["x"], ["x"], []]),
        many=st.booleans(),
        signed=st.booleans(),
    )
    def write(
        self,
        prepared_by: str,
        released_by: str,
        true_preparer: bool,
        gives: bool,
        receipts: list[str],
        many: bool,
        signed: bool,
    ) -> None:
        """Past the acts, by the ORM."""
        answer = self.newest()
        if answer is None:
            return
        if signed:
            self.sign("counsel-2")
        row = Release(
            answer=answer,
            prepared_by=answer.prepared_by if true_preparer else Office.users[prepared_by],
            released_by=Office.users[released_by],
            gives=gives,
            demo=False,
            receipts=receipts,
        )
        try:
            with transaction.atomic():
                if many:
                    Release.objects.bulk_create([row])
                else:
                    row.save(force_insert=True)
        except DatabaseError:
            Office.tried["written, refused"] += 1
        else:
            Office.tried["written"] += 1

    @rule(who=st.sampled_from(PEOPLE))
    def change(self, who: str) -> None:
        """Make a release another's afterwards."""
        if release := Release.objects.last():
            for values in ({"released_by": release.prepared_by}, {"receipts": []}):
                with pytest.raises(DatabaseError), transaction.atomic():
                    Release.objects.filter(pk=release.pk).update(**values)
            Office.tried["change"] += 1

    @invariant()
    def two_people_and_a_receipt(self) -> None:
        for one in Release.objects.select_related("answer", "released_by"):
            if one.receipts != ["x"]:  # by the acts: with papers, and an event of its own
                assert one.documents.filter(kind="letter").exists()
            assert one.prepared_by_id == one.answer.prepared_by_id
            assert one.released_by_id != one.answer.prepared_by_id
            assert one.receipts
            assert not one.gives or one.released_by.may(Act.RELEASE_GRANT)

    def newest(self) -> Answer | None:
        return Answer.objects.select_related("prepared_by").order_by("-pk").first()


def test_nothing_is_released_without_two_people_and_a_receipt(office, people, monkeypatch) -> None:
    monkeypatch.setattr(tokens, "A_MINUTE", 10**9)
    Office.users, Office.tried = people, Counter()
    Office.clients = {name: whole(people[name]) for name in PEOPLE}
    text, _ = tokens.make_token(
        people["administrator"], make_user("exporter", *(_roles())), "export", 1
    )
    Office.clients["token"] = Client(headers={"Authorization": f"Bearer {text}"})
    run_state_machine_as_test(
        Casework,
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    for happened in (
        "release 201",
        "one person",
        "written",
        "written, refused",
        "signatures 201",
        "released by page",
    ):
        assert Office.tried[happened], f"{happened}: never, so this proves nothing: {Office.tried}"
    now = timezone.now()
    assert not Release.objects.filter(released_at__gt=now - timedelta(days=1)).exists()


def _roles() -> Any:
    from habeas.web.accounts.roles import Role

    return Role

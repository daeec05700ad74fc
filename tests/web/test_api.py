"""The API: the same doors as the pages; who may do what, tokens, and exactly one event a call."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import MAY, Act, Role
from habeas.web.api import tokens
from habeas.web.api.models import ApiToken
from habeas.web.casework.answering import prepare, sign
from habeas.web.casework.models import Answer, Case, Release
from habeas.web.trail.models import Event
from tests.web.canaries import in_trail
from tests.web.conftest import make_user, press_request
from tests.web.signing_in import app, whole

pytestmark = pytest.mark.django_db

REQUEST = {
    "agency": "The Fir Courier",
    "title": "Arrest information, one person",
    "items": ["name", "charges", "custody_status", "home_address"],
    "people": ["P000001"],
    "facts": {
        "requester": "The Fir Courier",
        "requester_kind": "press",
        "requester_level": "private",
        "requester_place": "us-ca",
        "purpose": "public inquiry",
        "instrument": "records request",
        "names_specific_person": True,
    },
}


def sent(client: Client, address: str, body: Any = None, **headers: str) -> Any:
    return client.post(
        f"/api{address}", json.dumps(body), content_type="application/json", headers=headers
    )


def new_request() -> dict[str, Any]:
    return {**REQUEST, "received_at": (timezone.now() - timedelta(hours=1)).isoformat()}


def make_token(people: dict[str, User], *roles: Role, **more: Any) -> tuple[Client, ApiToken]:
    """A client that sends a token of a system with these roles."""
    system = make_user(more.pop("name", "exporter"), *roles)
    text, made = tokens.make_token(people["administrator"], system, "export", more.pop("days", 30))
    return Client(headers={"Authorization": f"Bearer {text}"}), made


def prepared(people: dict[str, User]) -> Answer:
    answer = prepare(people["records"], press_request(people["intake"]).requests.get())
    sign(people["counsel"], answer, "Read beside the official text.")
    return answer


# -- the whole way ---------------------------------------------------------------------------------


def test_a_case_goes_all_its_way_by_two_people_and_each_call_leaves_one_event(
    office, people
) -> None:
    clerk, counsel, boss = (whole(people[one]) for one in ("records", "counsel", "supervisor"))
    before = Event.objects.count()

    def ok(answer: Any, status: int = 201) -> Any:
        nonlocal before
        assert answer.status_code == status, answer.content
        new = list(Event.objects.filter(number__gt=before).exclude(actor="system"))
        assert len(new) == 1 and new[0].outcome == "done", new
        before = Event.objects.count()
        return answer.json()

    case = ok(sent(clerk, "/cases", new_request()))
    at = f"/cases/{case['number']}/requests/1"
    said = {"path": "requester_kind", "value": "press", "speaks": "counsel"}
    ok(sent(counsel, f"{at}/statements", said))
    answer = ok(sent(clerk, f"{at}/answers"))
    assert [one["what"][:4] for one in answer["doors"]] == ["sign"]
    items = ok(clerk.get(f"/api/answers/{answer['id']}/items?sort=item"), 200)
    assert {one["item"]: one["outcome"] for one in items["items"]} == {
        "name": "given",
        "charges": "given",
        "custody_status": "given",
        "home_address": "withheld",
    }
    ok(sent(counsel, f"/answers/{answer['id']}/signatures", {"reason": "Read beside the text."}))
    looked = ok(boss.get(f"/api/answers/{answer['id']}"), 200)
    assert looked["doors"] == [] and looked["seen"] != answer["seen"]
    made = ok(sent(boss, f"/answers/{answer['id']}/release", {"seen": looked["seen"]}))
    assert (made["prepared_by"], made["released_by"]) == ("records", "supervisor")
    assert made["receipts"]
    letter = next(one for one in made["documents"] if one["kind"] == "letter")
    paper = clerk.get(f"/api/documents/{letter['id']}")
    assert paper.content.startswith(b"%PDF-")
    assert paper.headers["Content-Disposition"].startswith("attachment")
    before = Event.objects.count()
    served = {"outcome": "served", "how": "mail", "at": timezone.now().isoformat()}
    ok(sent(clerk, f"/documents/{letter['id']}/services", served))
    tasks = ok(clerk.get(f"/api/tasks?case={case['number']}&done=false"), 200)
    for task in tasks["items"][:1]:
        ok(sent(clerk, f"/tasks/{task['id']}/done", {"outcome": "sent"}), 200)
    told = ok(clerk.get(f"/api/cases/{case['number']}"), 200)
    assert told["state"] == "answered"
    assert told["requests"][0]["answers"][0]["released"] is True


def test_who_prepared_does_not_release_over_the_api(office, people) -> None:
    answer = prepare(people["counsel"], press_request(people["intake"]).requests.get())
    sign(people["counsel-2"], answer, "Read.")
    counsel = whole(people["counsel"])
    seen = counsel.get(f"/api/answers/{answer.pk}").json()["seen"]
    refused = sent(counsel, f"/answers/{answer.pk}/release", {"seen": seen})
    assert refused.status_code == 409
    [problem] = refused.json()["problems"]
    assert problem["message"] == "somebody else releases what you prepared"
    assert not Release.objects.exists()
    assert Event.objects.last().outcome == "refused"


def test_what_changed_since_it_was_looked_at_is_not_released(office, people) -> None:
    answer = prepare(people["records"], press_request(people["intake"]).requests.get())
    boss = whole(people["supervisor"])
    seen = boss.get(f"/api/answers/{answer.pk}").json()["seen"]
    sign(people["counsel"], answer, "Read.")
    refused = sent(boss, f"/answers/{answer.pk}/release", {"seen": seen})
    assert (refused.status_code, refused.json()["problems"][0]["place"]) == (409, "seen")
    assert not Release.objects.exists()


def test_a_release_asks_for_the_second_factor_of_the_last_minutes(office, people) -> None:
    answer = prepared(people)
    boss = whole(people["supervisor"], ago=6 * 60)
    seen = boss.get(f"/api/answers/{answer.pk}").json()["seen"]
    refused = sent(boss, f"/answers/{answer.pk}/release", {"seen": seen})
    assert refused.status_code == 403
    assert "second factor" in refused.json()["problems"][0]["message"]
    assert not Release.objects.exists()


# -- role and act ----------------------------------------------------------------------------------

CALLS: dict[str, tuple[str, str, Any, set[Act]]] = {
    "cases": ("get", "/cases", None, {Act.SEE_CASES}),
    "case": ("get", "/cases/{case}", None, {Act.SEE_CASES}),
    "take in": ("post", "/cases", {}, {Act.TAKE_IN}),
    "state": (
        "post", "/cases/{case}/requests/1/statements",
        {"path": "x", "value": 1, "speaks": "officer"}, {Act.STATE, Act.JUDGE},
    ),
    "prepare": ("post", "/cases/{case}/requests/1/answers", None, {Act.PREPARE}),
    "answer": ("get", "/answers/{answer}", None, {Act.SEE_CASES}),
    "items": ("get", "/answers/{answer}/items", None, {Act.SEE_CASES}),
    "ways": ("get", "/answers/{answer}/ways", None, {Act.SEE_CASES}),
    "choose": (
        "post", "/items/{item}/choices", {"give": True, "reason": "x"}, {Act.CHOOSE, Act.SIGN_LAW},
    ),
    "sign": ("post", "/answers/{answer}/signatures", {"reason": "x"}, {Act.SIGN_LAW}),
    "release": (
        "post", "/answers/{answer}/release", {"seen": "x"}, {Act.RELEASE_GRANT},  # of an answer that gives something
    ),
    "documents": ("get", "/documents", None, {Act.SEE_CASES}),
    "document": ("get", "/documents/1", None, {Act.SEE_CASES}),
    "serve": (
        "post", "/documents/1/services",
        {"outcome": "served", "how": "mail", "at": "2026-01-01T00:00:00Z"}, {Act.SERVE},
    ),
    "original": ("get", "/originals/1", None, {Act.SEE_CASES}),
    "tasks": ("get", "/tasks", None, {Act.SEE_CASES}),
    "finish": ("post", "/tasks/1/done", {"outcome": "x"}, {Act.SERVE}),
    "communications": ("get", "/communications", None, {Act.SEE_CASES}),
    "communicate": (
        "post", "/communications",
        {"direction": "made", "channel": "call", "agency": "A", "at": "2026-01-01T00:00:00Z"},
        {Act.TAKE_IN},
    ),
    "events": ("get", "/events", None, {Act.SEE_TRAIL}),
    "tokens": ("get", "/tokens", None, {Act.SEE_USERS}),
    "make a token": (
        "post", "/tokens", {"user": "x", "purpose": "x", "days": 1}, {Act.CHANGE_USERS},
    ),
    "revoke a token": ("post", "/tokens/1/revoke", None, {Act.CHANGE_USERS}),
}  # fmt: skip
"""Each call, and the acts of which one is wanted."""


def called(client: Client, call: str, places: dict[str, object]) -> Any:
    method, address, body, _ = CALLS[call]
    address = address.format(**places)
    if call == "take in":
        body = new_request()
    return client.get(f"/api{address}") if method == "get" else sent(client, address, body)


@pytest.fixture
def places(office, people) -> dict[str, object]:
    answer = prepare(people["records"], press_request(people["intake"]).requests.get())
    return {
        "case": answer.request.case.number,
        "answer": answer.pk,
        "item": answer.ways.get().items.first().pk,
    }


def test_each_role_does_what_the_table_says_and_nothing_else(people, places) -> None:
    for role in Role:
        client = whole(people[role.value])
        for call, (*_, acts) in CALLS.items():
            may = any(role in MAY[act] for act in acts)
            before = Event.objects.count()
            answer = called(client, call, places)
            refused = answer.status_code == 403
            assert refused is not may, f"{role} {call}: {answer.status_code} {answer.content!r}"
            if not may:
                assert answer.headers["Content-Type"] == "application/problem+json"
                [wrong] = answer.json()["problems"]
                assert wrong["place"] and wrong["message"] and wrong["help"]
                [event] = Event.objects.filter(number__gt=before)
                assert event.outcome == "refused" and event.actor == role.value
    assert not Release.objects.exists()


def test_the_table_of_calls_is_whole() -> None:
    from habeas.web.api.main import api

    listed = {
        (method, path.removeprefix("/api"))
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }
    shape = {"case": "{number}", "answer": "{pk}", "item": "{pk}"}
    tabled = {
        (method, address.format(**shape).replace("requests/1", "requests/{position}").replace("/1", "/{pk}"))
        for method, address, *_ in CALLS.values()
    }  # fmt: skip
    assert listed - tabled == {("get", "/me")}


def test_nobody_and_a_half_signed_in_session_get_401_and_no_document(office, people) -> None:
    half = Client()
    app(people["records"])
    half.force_login(people["records"], backend="allauth.account.auth_backends.AuthenticationBackend")  # fmt: skip
    for client in (Client(), half):
        for address in ("/api/cases", "/api/openapi.json", "/api/me", "/api/nothing"):
            answer = client.get(address)
            assert answer.status_code == 401, address
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert b"openapi" not in answer.content
            assert answer.headers["Cache-Control"] == "no-store"
    assert whole(people["auditor"]).get("/api/openapi.json").json()["openapi"] == "3.1.0"


def test_a_session_without_the_csrf_token_changes_nothing(office, people) -> None:
    client = whole(people["intake"], Client(enforce_csrf_checks=True))
    refused = sent(client, "/cases", new_request())
    assert refused.status_code == 403 and not Case.objects.exists()
    assert refused.headers["Content-Type"] == "application/problem+json"
    csrf = client.get("/api/me").json()["csrf"]
    assert sent(client, "/cases", new_request(), **{"X-CSRFToken": csrf}).status_code == 201


def test_errors_of_every_kind_are_problems(office, people) -> None:
    client = whole(people["intake"], Client(raise_request_exception=False))
    wrong = {**new_request(), "items": ["nmae"], "agency": " "}
    for answer, status in (
        (client.get("/api/nothing"), 404),
        (client.delete("/api/cases"), 405),
        (client.get("/api/cases/2026-999999"), 404),
        (client.get("/api/cases?page=0"), 422),
        (client.get("/api/answers/99999999999999999999"), 422),
        (sent(client, "/cases", {"title": "x"}), 422),
        (sent(client, "/cases", wrong), 422),
        (client.post("/api/cases", "{", content_type="application/json"), 400),
    ):
        assert answer.status_code == status, answer.content
        assert answer.headers["Content-Type"] == "application/problem+json"
        for one in answer.json()["problems"]:
            assert one["message"] and one["help"]
    told = {one["place"] for one in sent(client, "/cases", wrong).json()["problems"]}
    assert told == {"items", "agency"}


def test_a_fault_says_nothing_of_itself(office, people, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("/etc/secret cannot be read")

    monkeypatch.setattr("habeas.web.api.cases.intake.take_in", fail)
    answer = sent(whole(people["intake"]), "/cases", new_request())
    assert answer.status_code == 500 and b"secret" not in answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert Event.objects.last().outcome == "failed"


def test_lists_are_paged_filtered_and_sorted(office, people) -> None:
    numbers = [press_request(people["intake"], agency=f"Paper {one}").number for one in "CAB"]
    client = whole(people["auditor"])
    page = client.get("/api/cases?sort=agency&size=2").json()
    assert ([one["agency"] for one in page["items"]], page["count"]) == (["Paper A", "Paper B"], 3)
    rest = client.get("/api/cases?sort=agency&size=2&page=2").json()
    assert [one["number"] for one in rest["items"]] == [numbers[0]]
    assert client.get("/api/cases?q=Paper+B").json()["count"] == 1
    assert client.get("/api/cases?state=closed").json()["count"] == 0
    events = client.get("/api/events?act=take+in&sort=number&size=1").json()
    assert events["count"] == 3 and events["items"][0]["about"] == f"case {numbers[0]}"
    assert client.get(f"/api/tasks?case={numbers[0]}&kind=answer").json()["count"] == 1


def test_the_trail_of_the_api_names_nobody(office, people) -> None:
    clerk = whole(people["records"])
    case = sent(clerk, "/cases", new_request()).json()["number"]
    sent(clerk, f"/cases/{case}/requests/1/answers")
    clerk.get("/api/cases?q=Canary-Name")
    clerk.get("/api/cases/Canary-Name")
    assert not in_trail(["P000001", "Canary-Name"])


# -- tokens ----------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_as_a_digest(office, people) -> None:
    make_user("exporter", Role.INTAKE)
    admin = whole(people["administrator"])
    before = Event.objects.count()
    made = sent(admin, "/tokens", {"user": "exporter", "purpose": "export", "days": 90})
    assert made.status_code == 201, made.content
    text = made.json()["token"]
    [event] = Event.objects.filter(number__gt=before)
    assert (event.act, event.about) == ("make a token", "user exporter")
    row = ApiToken.objects.values().get()
    assert text not in str(row) and text.rpartition("_")[2] not in str(row)
    assert text not in admin.get("/api/tokens").content.decode()
    assert not in_trail([text, text[-43:]])
    client = Client(headers={"Authorization": f"Bearer {text}"})
    assert client.get("/api/me").json() == {"username": "exporter", "roles": ["intake"], "csrf": None}  # fmt: skip
    assert sent(client, "/cases", new_request()).status_code == 201
    assert Event.objects.last().actor == "exporter"
    assert ApiToken.objects.get().last_used_at is not None


def test_a_token_ends_with_its_days_its_user_and_its_revocation(
    office, people, time_machine
) -> None:
    client, token = make_token(people, Role.INTAKE, days=90)
    assert client.get("/api/cases").status_code == 200
    User.objects.filter(pk=token.user_id).update(is_active=False)
    assert client.get("/api/cases").status_code == 401
    User.objects.filter(pk=token.user_id).update(is_active=True)
    factor = app(token.user)  # somebody signs in with it: it is no system's any more
    assert client.get("/api/cases").status_code == 401
    factor.delete()
    assert client.get("/api/cases").status_code == 200
    end = token.expires_at
    time_machine.move_to(end - timedelta(seconds=1), tick=False)
    assert client.get("/api/cases").status_code == 200
    time_machine.move_to(end, tick=False)
    assert client.get("/api/cases").status_code == 401
    ApiToken.objects.update(expires_at=end + timedelta(days=1000))  # longer than may be
    assert client.get("/api/cases").status_code == 401
    time_machine.move_to(end - timedelta(seconds=1), tick=False)
    admin = whole(people["administrator"])
    assert sent(admin, f"/tokens/{token.pk}/revoke").status_code == 200
    refused = client.get("/api/cases")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert sent(admin, f"/tokens/{token.pk}/revoke").status_code == 409


@pytest.mark.parametrize("text", ["", "x", "Bearer", "Bearer x", "Basic YTpi", "Bearer habeas_0_0"])
def test_what_is_no_token_opens_nothing_not_even_beside_a_session(office, people, text) -> None:
    client = whole(people["supervisor"])
    assert client.get("/api/cases", headers={"Authorization": text}).status_code == 401
    assert client.get("/api/cases").status_code == 200


def test_a_token_beside_a_session_has_the_tokens_rights_alone(office, people) -> None:
    answer = prepared(people)
    text, _ = tokens.make_token(
        people["administrator"], make_user("exporter", Role.INTAKE), "export", 1
    )
    boss = whole(people["supervisor"])
    refused = sent(boss, f"/answers/{answer.pk}/release", {"seen": "x"}, Authorization=f"Bearer {text}")  # fmt: skip
    assert refused.status_code == 403 and "exporter" in refused.json()["problems"][0]["message"]
    assert boss.get("/api/me", headers={"Authorization": f"Bearer {text}"}).json()["username"] == "exporter"  # fmt: skip


def test_with_a_token_nothing_is_done_that_a_person_answers_for(office, people, places) -> None:
    client, _ = make_token(people, *Role)
    for call, (*_, acts) in CALLS.items():
        for_people = acts.isdisjoint(tokens.MAY)
        answer = called(client, call, places)
        assert (answer.status_code == 403) is (for_people or call == "state"), (
            call,
            answer.content,
        )
        if for_people:
            assert "for people" in answer.json()["problems"][0]["message"]
    assert not Release.objects.exists()
    at = f"/cases/{places['case']}/requests/1/statements"
    for speaks in ("officer", "counsel", "court"):
        said = {"path": "requester_kind", "value": "press", "speaks": speaks}
        assert sent(client, at, said).status_code == 403
    said = {"path": "requester_kind", "value": "press", "speaks": "requester"}
    assert sent(client, at, said).status_code == 201


def test_a_token_is_never_a_persons(office, people) -> None:
    admin = people["administrator"]
    app(people["supervisor"])
    client = whole(admin)
    for user in ("supervisor", "administrator"):
        refused = sent(client, "/tokens", {"user": user, "purpose": "x", "days": 1})
        assert refused.status_code == 409, refused.content
    assert sent(client, "/tokens", {"user": "nobody", "purpose": "x", "days": 1}).status_code == 422
    make_user("exporter")
    for days in (0, 91):
        body = {"user": "exporter", "purpose": "x", "days": days}
        assert sent(client, "/tokens", body).status_code == 422
    assert not ApiToken.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.create(
            user=admin, made_by=admin, prefix="x", digest="x", purpose="x",
            expires_at=timezone.now() + timedelta(days=1),
        )  # fmt: skip


def test_a_token_is_used_so_often_a_minute_and_no_more(
    office, people, monkeypatch, time_machine
) -> None:
    time_machine.move_to(timezone.now().replace(second=5), tick=False)
    monkeypatch.setattr(tokens, "A_MINUTE", 3)
    client, _ = make_token(people, Role.INTAKE)
    assert [client.get("/api/cases").status_code for _ in range(5)] == [200] * 3 + [429] * 2
    refused = client.get("/api/cases")
    assert refused.headers["Retry-After"] == "55"
    assert refused.headers["Content-Type"] == "application/problem+json"
    time_machine.shift(60)
    assert client.get("/api/cases").status_code == 200
    assert time.time()  # the clock of the count is the one that was moved

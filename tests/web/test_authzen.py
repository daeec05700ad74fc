"""AuthZEN: yes only to what two people released today, to whom, of whom and in which case; every no is the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Role
from habeas.web.api import authzen, matching, tokens
from habeas.web.casework.answering import prepare, release, sign
from habeas.web.casework.correcting import correct
from habeas.web.casework.errors import RefusedError
from habeas.web.casework.intake import state
from habeas.web.casework.models import Answer, Case, Release
from habeas.web.trail.models import Event
from tests.web.canaries import in_trail
from tests.web.conftest import make_user, press_request
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db

ONE, MANY = "/api/access/v1/evaluation", "/api/access/v1/evaluations"
NO = b'{"decision": false, "context": {"reason": "not permitted"}}'
YES = b'{"decision": true}'
Json = dict[str, Any]


@pytest.fixture
def system(people) -> Client:
    """Another system with a token."""
    text, _ = tokens.make_token(
        people["administrator"], make_user("exporter", Role.AUDITOR), "export", 30
    )
    return Client(headers={"Authorization": f"Bearer {text}"})


def prepared(users: dict[str, User], **more: Any) -> Answer:
    case = press_request(users["intake"], **{"reference": "FC-17", **more})
    answer = prepare(users["records"], case.requests.get())
    sign(users["counsel"], answer, "Read beside the official text.")
    return answer


def released_now(users: dict[str, User]) -> Case:
    answer = prepared(users)
    release(users["supervisor"], answer)
    return answer.request.case


@pytest.fixture
def gone(people) -> Case:
    """A case of which name, charges and custody status of P000001 were released, and the address was not."""
    return released_now(people)


def question(case: Case | str, **more: Any) -> Json:
    number = case if isinstance(case, str) else case.number
    asked: Json = {
        "subject": {
            "type": "agency",
            "id": "The Fir Courier",
            "properties": {"reference": "FC-17"},
        },
        "action": {"name": "disclose"},
        "resource": {
            "type": "item",
            "id": "charges",
            "properties": {"case": number, "person": "P000001"},
        },
    }
    for path, value in more.items():
        *way, last = path.split("__")
        part = asked
        for one in way:
            part = part[one]
        part[last] = value
    return asked


def asked(client: Client, body: Any, address: str = ONE, **headers: str) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(address, text, content_type="application/json", headers=headers)


# -- yes, and the near misses ----------------------------------------------------------------------


def test_what_two_people_released_today_may_go_out(system, gone) -> None:
    for item in ("name", "charges", "custody_status"):
        answer = asked(system, question(gone, resource__id=item))
        assert (answer.status_code, answer.content) == (200, YES), item
        assert answer.headers["Content-Type"] == "application/json"


NEAR: dict[str, Json] = {
    "another item": {"resource__id": "bail"},
    "an item that is withheld": {"resource__id": "home_address"},
    "an item that is none": {"resource__id": "nmae"},
    "another person": {"resource__properties__person": "P000002"},
    "nobody": {"resource__properties__person": ""},
    "somebody who does not exist": {"resource__properties__person": "P999999"},
    "another case": {"resource__properties__case": "2026-000999"},
    "no case": {"resource__properties": {"person": "P000001"}},
    "another agency": {"subject__id": "The Fir Herald"},
    "an agency in other letters": {"subject__id": "the fir courier"},
    "a part of the agency": {"subject__id": "The Fir"},
    "another reference": {"subject__properties__reference": "FC-18"},
    "no reference": {"subject__properties": {}},
    "another kind of subject": {"subject__type": "user"},
    "another action": {"action__name": "read"},
    "another kind of resource": {"resource__type": "person"},
    "a pattern": {"resource__properties__person": "P00000%"},
    "a number for a text": {"resource__properties__person": 1},
    "a list for a text": {"resource__properties__case": ["2026-000001"]},
    "a zero byte": {"resource__properties__person": "P000001\u0000"},
    "SQL": {"resource__properties__person": "' OR 1=1 --"},
}


@pytest.mark.parametrize("near", NEAR)
def test_a_near_miss_is_the_same_no(system, gone, near: str) -> None:
    assert asked(system, question(gone)).content == YES
    answer = asked(system, question(gone, **NEAR[near]))
    assert (answer.status_code, answer.content) == (200, NO)
    assert answer.headers["Content-Type"] == "application/json"


def only_prepared(people: dict[str, User]) -> Case:
    return prepared(people).request.case


def not_even_prepared(people: dict[str, User]) -> Case:
    return press_request(people["intake"], reference="FC-17")


def refused(people: dict[str, User]) -> Case:
    """A case whose answer was released, and gives nothing."""
    answer = prepared(people, items=("home_address",))
    assert release(people["supervisor"], answer).gives is False
    return answer.request.case


def prepared_anew(people: dict[str, User]) -> Case:
    """Released, and then somebody prepared another answer."""
    answer = prepared(people)
    release(people["supervisor"], answer)
    prepare(people["records"], answer.request)
    return answer.request.case


def stated_since(people: dict[str, User]) -> Case:
    """Released, and then somebody stated something."""
    answer = prepared(people)
    release(people["supervisor"], answer)
    state(people["counsel"], answer.request, "requester_kind", "press", speaks="counsel")
    return answer.request.case


def corrected_since(people: dict[str, User]) -> Case:
    """Released, and then her record was found to be wrong, in whatever item."""
    answer = prepared(people)
    release(people["supervisor"], answer)
    correct(people["records"], "P000001", ["bail"], "of somebody else")
    return answer.request.case


def of_a_demo(people: dict[str, User]) -> Case:
    """Released in an office of people who do not exist."""
    answer = prepared(people)
    Release.objects.create(
        answer=answer, prepared_by=people["records"], released_by=people["supervisor"],
        gives=True, demo=True, receipts=["x"],
    )  # fmt: skip
    return answer.request.case


@pytest.mark.parametrize(
    "make", [
        only_prepared, not_even_prepared, refused, prepared_anew, stated_since, corrected_since, of_a_demo,
    ],
)  # fmt: skip
def test_a_case_that_is_not_released_is_the_same_no(
    system, people, make: Callable[[dict[str, User]], Case]
) -> None:
    case = make(people)
    for item in ("charges", "home_address"):
        assert asked(system, question(case, resource__id=item)).content == NO


def test_a_correction_ends_what_was_released_of_her_and_what_comes_after_it_counts(
    system, people
) -> None:
    first = corrected_since(people)
    assert asked(system, question(first)).content == NO
    other = prepared(people, people=("P000002",))
    release(people["supervisor"], other)
    body = question(other.request.case, resource__properties__person="P000002")
    before = asked(system, body).content
    correct(people["records"], "P000003", ["name"], "misspelt")
    assert asked(system, body).content == before  # it was of somebody else
    anew = prepare(people["records"], first.requests.get())
    sign(people["counsel"], anew, "Read.")
    release(people["supervisor"], anew)
    assert asked(system, question(first)).content == YES


def test_an_answer_that_was_prepared_before_a_correction_is_not_released(people) -> None:
    answer = prepared(people)
    correct(people["records"], "P000001", ["charges"], "of somebody else")
    with pytest.raises(RefusedError, match="were corrected after it was prepared"):
        release(people["supervisor"], answer)
    assert not Release.objects.exists()


def test_a_release_counts_until_the_end_of_its_day(system, people, time_machine) -> None:
    morning = timezone.now().replace(hour=9, minute=0, second=0, microsecond=0)
    time_machine.move_to(morning, tick=False)
    answer = prepared(people)
    release(people["supervisor"], answer)
    case = answer.request.case
    time_machine.move_to(morning.replace(hour=23, minute=59, second=59), tick=False)
    assert asked(system, question(case)).content == YES
    time_machine.move_to(morning.replace(hour=0) + timedelta(days=1), tick=False)
    assert asked(system, question(case)).content == NO


def test_other_law_in_use_ends_what_was_released(system, gone, monkeypatch) -> None:
    monkeypatch.setattr(
        "habeas.web.api.matching.law_in_use", lambda: SimpleNamespace(digest="0" * 64)
    )
    assert asked(system, question(gone)).content == NO


def test_of_a_request_about_all_records_only_its_people_match(system, people) -> None:
    answer = prepared(people, people=(), facts={**press_facts(), "names_specific_person": False})
    release(people["supervisor"], answer)
    case = answer.request.case
    given = {
        person
        for way in answer.ways.all()
        for person in way.people
        if way.items.filter(item="charges", verdict="grant").exists()
    }
    assert given
    for number in range(1, 14):
        person = f"P{number:06}"
        body = question(case, resource__properties__person=person)
        assert asked(system, body).content == (YES if person in given else NO), person


def press_facts() -> Json:
    return {
        "requester": "The Fir Courier", "requester_kind": "press", "requester_level": "private",
        "requester_place": "us-ca", "purpose": "public inquiry", "instrument": "records request",
    }  # fmt: skip


Making = tuple[Callable[[dict[str, User]], Case], Json]

CONDITIONS: dict[str, Making] = {
    "c.number = %(case)s AND ": (released_now, {"resource__properties__case": "2026-000999"}),
    " AND c.agency = %(agency)s": (released_now, {"subject__id": "The Fir Herald"}),
    " AND c.reference = %(reference)s": (released_now, {"subject__properties__reference": "FC-18"}),
    "AND i.item = %(item)s ": (released_now, {"resource__id": "bail"}),
    " AND r.demo = %(demo)s": (of_a_demo, {}),
    "  AND NOT EXISTS (SELECT 1 FROM casework_answer n WHERE n.request_id = q.id AND n.id > a.id)\n": (
        prepared_anew, {},
    ),
    """  AND NOT EXISTS (
    SELECT 1 FROM casework_statement s WHERE s.request_id = q.id AND s.id > a.last_statement)
""": (stated_since, {}),
    """  AND NOT EXISTS (
    SELECT 1 FROM casework_correction k WHERE k.person = %(person)s AND k.at >= a.prepared_at)
""": (corrected_since, {}),
}  # fmt: skip
"""Conditions of the query that alone keep something from going out, and what: without one of them, it would go."""


@pytest.mark.parametrize("condition", CONDITIONS)
def test_without_one_of_these_conditions_something_would_go_out(
    system, people, monkeypatch, condition: str
) -> None:
    make, more = CONDITIONS[condition]
    body = question(make(people), **more)
    assert asked(system, body).content == NO
    assert matching._FOUND.count(condition) == 1
    monkeypatch.setattr(matching, "_FOUND", matching._FOUND.replace(condition, ""))
    assert asked(system, body).content == YES


# -- the same whatever there is --------------------------------------------------------------------


def test_every_answer_asks_the_database_the_same(system, people, gone) -> None:
    other = only_prepared(people).number

    def queries(body: Json) -> list[str]:
        with CaptureQueriesContext(connection) as caught:
            asked(system, body)
        texts = [one["sql"].partition("WHERE")[0].split("VALUES")[0] for one in caught]
        return [re.sub(r"SAVEPOINT .*|'(?:[^']|'')*'|\b\d+\b", "…", one) for one in texts]

    wanted = queries(question(gone))
    assert len(wanted) > 5
    for near in NEAR.values():
        assert queries(question(gone, **near)) == wanted
    assert queries(question(other)) == wanted


def test_a_fault_is_the_same_no(system, gone, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk")

    with monkeypatch.context() as patch:
        patch.setattr(authzen, "permits", fail)
        answer = asked(system, question(gone))
    assert (answer.status_code, answer.content) == (200, NO)
    with monkeypatch.context() as patch:  # what cannot be recorded is not answered with yes
        patch.setattr(authzen, "record", fail)
        answer = asked(system, question(gone))
    assert (answer.status_code, answer.content) == (200, NO)
    assert asked(system, question(gone)).content == YES


# -- who may ask, and how --------------------------------------------------------------------------


def test_only_a_token_asks_and_its_user_sees_cases(system, people, gone) -> None:
    assert asked(Client(), question(gone)).status_code == 401
    signed_in = asked(whole(people["supervisor"]), question(gone))
    assert signed_in.status_code == 401 and signed_in.headers["WWW-Authenticate"]
    text, _ = tokens.make_token(people["administrator"], make_user("roleless"), "x", 1)
    client = Client(headers={"Authorization": f"Bearer {text}"})
    assert asked(client, question(gone)).status_code == 403
    got = system.get(ONE)
    assert got.status_code == 405 and got.headers["Allow"] == "POST"


MALFORMED: dict[str, Any] = {
    "nothing": "",
    "no JSON": "{",
    "a list": [],
    "a text": '"x"',
    "no subject": {"action": {"name": "x"}, "resource": {"type": "x", "id": "x"}},
    "no action": {"subject": {"type": "x", "id": "x"}, "resource": {"type": "x", "id": "x"}},
    "no resource": {"subject": {"type": "x", "id": "x"}, "action": {"name": "x"}},
    "no type": question("x", subject={"id": "x"}),
    "no id": question("x", resource={"type": "x"}),
    "no name": question("x", action={}),
    "an id that is no text": question("x", subject__id=1),
    "properties that are no object": question("x", subject__properties=[]),
    "a context that is no object": question("x", context=1),
    "a name twice": '{"subject": {"type": "x", "id": "x", "id": "y"}}',
    "half of a surrogate pair": json.dumps(question("x", subject__id="\ud800")),
    "nested": "[" * 50_000,
    "too long": json.dumps(question("x", subject__id="x" * 200_000)),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_malformed_is_400(system, people, what: str) -> None:
    for address in (ONE, MANY):
        answer = asked(system, MALFORMED[what], address)
        assert answer.status_code == 400, answer.content
        assert answer.headers["Content-Type"].startswith("text/plain")
    assert Event.objects.last().outcome == "refused"


def test_another_content_type_is_400_and_unknown_fields_are_ignored(system, gone) -> None:
    text = json.dumps(question(gone))
    assert system.post(ONE, text, content_type="text/plain").status_code == 400
    body = question(gone, context={"time": "2026-01-01"}, extra=1, resource__more=[1])
    assert asked(system, body).content == YES


def test_the_requests_identifier_comes_back(system, gone) -> None:
    for body, status in ((question(gone), 200), ({}, 400)):
        answer = asked(system, body, **{"X-Request-ID": "bfe9-1"})
        assert (answer.status_code, answer.headers["X-Request-ID"]) == (status, "bfe9-1")
    assert "X-Request-ID" not in asked(system, question(gone)).headers


def test_a_token_asks_so_often_a_minute_and_no_more(
    system, gone, monkeypatch, time_machine
) -> None:
    time_machine.move_to(timezone.now().replace(second=0) + timedelta(minutes=1), tick=False)
    monkeypatch.setattr(tokens, "A_MINUTE", 5)
    assert asked(system, question(gone)).status_code == 200
    body = {**question(gone), "evaluations": [{}, {}, {}]}
    assert asked(system, body, MANY).status_code == 200  # four so far
    assert asked(system, body, MANY).status_code == 429
    assert asked(system, question(gone)).status_code == 429
    time_machine.shift(60)
    assert asked(system, question(gone)).status_code == 200


# -- several at once -------------------------------------------------------------------------------


def test_several_are_answered_in_order_with_defaults(system, gone) -> None:
    items = ["charges", "home_address", "name"]
    each = [{"resource": question(gone, resource__id=one)["resource"]} for one in items]
    body = {**question(gone), "evaluations": each}
    yes, no = json.loads(YES), json.loads(NO)
    assert asked(system, body, MANY).json() == {"evaluations": [yes, no, yes]}
    semantics = {
        "execute_all": [yes, no, yes],
        "deny_on_first_deny": [yes, no],
        "permit_on_first_permit": [yes],
    }
    for semantic, wanted in semantics.items():
        body["options"] = {"evaluations_semantic": semantic}
        assert asked(system, body, MANY).json() == {"evaluations": wanted}
    body["options"] = {"evaluations_semantic": "guess"}
    assert asked(system, body, MANY).status_code == 400
    assert asked(system, {**question(gone), "evaluations": []}, MANY).content == YES
    assert asked(system, question(gone), MANY).content == YES
    broken = {"evaluations": [question(gone), {"subject": 1}, question(gone)]}
    assert asked(system, broken, MANY).json() == {"evaluations": [yes, no, yes]}
    many = {**question(gone), "evaluations": [{}] * 101}
    assert asked(system, many, MANY).status_code == 400


# -- the trail, and discovery ----------------------------------------------------------------------


def test_each_question_leaves_one_event_that_names_nobody(system, gone) -> None:
    before = Event.objects.count()
    asked(system, question(gone))
    asked(system, question(gone, resource__properties__person="P000007"))
    asked(system, question("Canary-Case", resource__id="Canary-Item", subject__id="Canary-Agency"))
    asked(system, {**question(gone), "evaluations": [{}, {"action": {"name": "read"}}]}, MANY)
    events = list(Event.objects.filter(number__gt=before))
    assert [one.act for one in events] == ["evaluate"] * 4
    assert {one.actor for one in events} == {"exporter"}
    assert [one.about for one in events][::3] == [f"case {gone.number}"] * 2
    assert [len(one.detail.get("permitted", [])) for one in events] == [1, 0, 0, 1]
    assert not in_trail(["P000001", "P000007", "Canary", "Fir Courier"])


def test_the_configuration_says_where_it_is(system) -> None:
    answer = system.get("/api/.well-known/authzen-configuration")
    assert answer.headers["Content-Type"] == "application/json"
    told = answer.json()
    assert told["access_evaluation_endpoint"] == told["policy_decision_point"] + ONE.removeprefix("/api")  # fmt: skip
    assert told["access_evaluations_endpoint"].endswith(MANY)
    assert set(told) == {
        "policy_decision_point", "access_evaluation_endpoint", "access_evaluations_endpoint",
    }  # fmt: skip

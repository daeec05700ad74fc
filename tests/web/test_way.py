"""The whole way of a request, by the acts: taken in, stated, decided, released by a second person, logged."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from habeas.errors import HabeasError, InputError
from habeas.tlog.policy import parse_policy
from habeas.tlog.receipts import check_receipt, parse_receipt
from habeas.web.accounts.roles import Act
from habeas.web.casework import answering
from habeas.web.casework.answering import choose, document_bytes, prepare, release, serve, sign
from habeas.web.casework.doors import Outcome, closed_doors, items_of, outcome
from habeas.web.casework.errors import NotAllowedError, RefusedError
from habeas.web.casework.intake import communicate, state
from habeas.web.casework.models import Answer, Case, Choice, ItemAnswer, Release
from habeas.web.trail.models import Event
from tests.web.conftest import detainer, press_request

pytestmark = pytest.mark.django_db


def people_of(jail: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((jail / "people.csv").read_text().splitlines()))


def what_is(answer: Answer) -> dict[str, tuple[str, str, Outcome]]:
    return {one.item: (one.verdict, one.basis, outcome(one)) for one in items_of(answer)}


def prepared(people, case: Case, position: int = 1) -> Answer:
    return prepare(people["records"], case.requests.get(position=position))


def signed(people, answer: Answer) -> Answer:
    sign(people["counsel"], answer, "Read beside the official text.")
    return answer


def test_a_request_is_answered_by_two_people_with_a_receipt(office, people) -> None:
    case = press_request(people["intake"])
    assert case.number == f"{timezone.localdate().year}-000001"
    answer = prepared(people, case)
    assert what_is(answer) == {
        "name": ("grant", "required", Outcome.GIVEN),
        "charges": ("grant", "required", Outcome.GIVEN),
        "custody_status": ("grant", "required", Outcome.GIVEN),
        "home_address": ("deny", "no authority", Outcome.WITHHELD),
    }
    signed(people, answer)
    made = release(people["supervisor"], answer)
    assert [one.kind for one in made.documents.all()][:3] == ["letter", "package", "table"]
    case.refresh_from_db()
    assert case.state == Case.ANSWERED
    policy = parse_policy((office.log / "policy").read_text())
    (name,) = made.receipts
    receipt = parse_receipt((office.folder / "receipts" / name).read_bytes())
    found = check_receipt(receipt, policy)
    assert found.index == 3  # after law, mapping and wording


def test_the_package_holds_what_is_given_and_nothing_else(office, people, jail) -> None:
    row = people_of(jail)[0]
    answer = signed(people, prepared(people, press_request(people["intake"])))
    made = release(people["supervisor"], answer)
    table = document_bytes(made.documents.get(kind="table")).decode("utf-8-sig")
    assert row["last"] in table
    for column in ("address", "dob", "contact", "ident_no"):
        assert row[column] == "" or row[column] not in table, column


def test_who_prepared_an_answer_does_not_release_it(office, people) -> None:
    answer = signed(
        people, prepare(people["counsel"], press_request(people["intake"]).requests.get())
    )
    with pytest.raises(RefusedError, match="somebody else releases what you prepared"):
        release(people["counsel"], answer)
    assert not Release.objects.exists() and not list((office.folder / "receipts").glob("P0*"))


def test_what_gives_something_needs_counsel_or_a_supervisor(office, people) -> None:
    answer = signed(people, prepared(people, press_request(people["intake"])))
    with pytest.raises(NotAllowedError):
        release(people["records-2"], answer)
    assert Event.objects.last().outcome == "refused"


def test_a_denial_is_released_by_a_second_clerk(office, people) -> None:
    case = press_request(people["intake"], items=("home_address",))
    assert release(people["records-2"], prepared(people, case)).gives is False


def test_law_that_nobody_checked_needs_counsel_for_this_case(office, people) -> None:
    answer = prepared(people, press_request(people["intake"]))
    with pytest.raises(RefusedError, match="nobody checked"):
        release(people["supervisor"], answer)
    release(people["supervisor"], signed(people, answer))


def test_in_a_demo_unchecked_law_needs_no_signature(office, settings, people) -> None:
    settings.OFFICE = replace(office, demo=True)
    made = release(people["supervisor"], prepared(people, press_request(people["intake"])))
    assert made.demo


def test_without_a_log_nothing_is_released(office, settings, people) -> None:
    answer = signed(people, prepared(people, press_request(people["intake"])))
    settings.OFFICE = replace(office, log=None)
    with pytest.raises(RefusedError, match="no receipt, no release"):
        release(people["supervisor"], answer)


@pytest.mark.parametrize("step", ["papers_of", "record_in_log", "put"])
def test_a_fault_at_any_step_releases_nothing_and_the_case_goes_on(
    office, people, monkeypatch, step
) -> None:
    answer = signed(people, prepared(people, press_request(people["intake"])))

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(answering, step, fail)
        with pytest.raises(OSError, match="no space"):
            release(people["supervisor"], answer)
    assert not Release.objects.exists()
    assert Event.objects.last().outcome == "failed"
    assert release(people["supervisor"], answer).receipts


def test_what_is_stated_after_an_answer_makes_it_stale(office, people) -> None:
    case = press_request(people["intake"])
    answer = signed(people, prepared(people, case))
    state(people["records"], case.requests.get(), "requester_kind", "press", speaks="requester")
    assert "prepare it anew" in closed_doors(answer, timezone.localdate())[0].what
    with pytest.raises(RefusedError, match="prepare it anew"):
        release(people["supervisor"], answer)


def test_an_answer_of_yesterday_is_prepared_anew(office, people) -> None:
    answer = signed(people, prepared(people, press_request(people["intake"])))
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert "would leave on" in closed_doors(answer, tomorrow)[0].what


def test_the_requesters_word_alone_gives_nothing(office, people) -> None:
    case = detainer(people["intake"])
    answer = prepared(people, case)
    assert what_is(answer)["release_date"][:2] == ("refer", "unconfirmed")
    with pytest.raises(RefusedError, match="you do not speak for counsel"):
        state(people["records"], case.requests.get(position=1), "purpose", "immigration enforcement", speaks="counsel")  # fmt: skip


def test_a_judgement_is_counsels_and_has_a_reason(office, people) -> None:
    request = detainer(people["intake"]).requests.get(position=1)
    with pytest.raises(NotAllowedError):
        state(people["records"], request, "compelling_need_shown", "yes", speaks="officer", reason="x")  # fmt: skip
    with pytest.raises(RefusedError, match="a reason is wanted"):
        state(people["counsel"], request, "compelling_need_shown", "no", speaks="counsel")
    state(people["counsel"], request, "compelling_need_shown", "no", speaks="counsel", reason="none shown")  # fmt: skip
    assert what_is(prepare(people["records"], request))["conviction_history"][1] != "judgement"


def test_the_records_are_not_overruled_by_a_statement(office, people) -> None:
    request = press_request(people["intake"]).requests.get()
    with pytest.raises(RefusedError, match="the records say otherwise"):
        state(people["records"], request, "in_custody", "no", speaks="officer")


def test_a_permitted_item_needs_a_choice_with_a_reason(office, people) -> None:
    case = press_request(people["intake"])
    answer = signed(people, prepared(people, case))
    way = answer.ways.get()
    permitted = ItemAnswer.objects.create(
        way=way, position=99, item="bail", verdict="grant", basis="permitted", unchecked=False,
        decision={**way.items.first().decision, "item": "bail", "basis": "permitted"},
    )  # fmt: skip
    with pytest.raises(RefusedError, match="choose whether to give bail"):
        release(people["supervisor"], answer)
    with pytest.raises(RefusedError, match="a reason is wanted"):
        choose(people["records"], permitted, give=False, reason=" ")
    choose(people["records"], permitted, give=False, reason="not asked for by anybody who needs it")
    assert outcome(permitted) is Outcome.WITHHELD


def test_what_the_law_settles_is_not_chosen(office, people) -> None:
    answer = prepared(people, press_request(people["intake"]))
    for item in items_of(answer):
        with pytest.raises(RefusedError, match="no choice"):
            choose(people["supervisor"], item, give=True, reason="because")


def test_a_hold_pages_somebody_at_once(office, people) -> None:
    case = detainer(people["intake"])
    assert [one.kind for one in case.tasks.filter(due=None)] == ["page on call"]


def test_a_call_that_told_something_opens_an_incident(office, people) -> None:
    now = timezone.now()
    told = {"direction": "received", "channel": "call", "agency": "ICE", "at": now, "case": None}
    assert not hasattr(communicate(people["intake"], **told), "incident")
    assert communicate(people["intake"], items=["release_date"], **told).incident
    case = press_request(people["intake"])
    release(people["supervisor"], signed(people, prepared(people, case)))
    after = {**told, "agency": case.agency, "case": case, "at": timezone.now()}
    assert not hasattr(communicate(people["intake"], items=["charges"], **after), "incident")
    other = {**after, "agency": "ICE"}  # it was released to somebody else
    assert communicate(people["intake"], items=["charges"], **other).incident
    assert communicate(people["intake"], items=["home_address"], **after).incident


def test_a_request_is_received_on_the_offices_day_wherever_it_was_sent_from(office, people) -> None:
    with timezone.override("America/Los_Angeles"):
        case = press_request(people["intake"], received_at=datetime(2026, 1, 1, 3, tzinfo=UTC))
    said = case.requests.get().statements.get(path="received_on")
    assert (said.value, said.known_on.isoformat()) == ("2025-12-31", "2025-12-31")
    assert case.number.startswith("2025-")
    assert case.tasks.get(kind="answer").due.isoformat() == "2026-01-10"


def test_intake_tells_every_problem_and_keeps_nothing(office, people) -> None:
    with pytest.raises(InputError) as caught:
        press_request(people["intake"], items=("nmae",), facts={"purpose": "curiosity"}, agency=" ")
    assert {p.place.path for p in caught.value.problems} >= {"items", "purpose", "agency"}
    assert not Case.objects.exists()


def test_service_is_recorded_and_an_unreviewed_translation_does_not_count(office, people) -> None:
    answer = signed(people, prepared(people, press_request(people["intake"])))
    made = release(people["supervisor"], answer)
    letter = made.documents.get(kind="letter")
    assert serve(people["intake"], letter, outcome="served", how="mail", at=timezone.now()).pk
    for one in made.documents.filter(valid=False):
        with pytest.raises(RefusedError, match="does not count"):
            serve(people["intake"], one, outcome="served", how="in person", at=timezone.now())


# -- what the database holds by itself ------------------------------------------------------------------


def write_release(answer: Answer, prepared_by, released_by, **more: object) -> None:
    values = {"gives": True, "demo": False, "receipts": ["x"], **more}
    with transaction.atomic():
        Release.objects.create(
            answer=answer, prepared_by=prepared_by, released_by=released_by, **values
        )


def test_the_database_refuses_a_release_that_the_acts_would(office, people) -> None:
    answer = prepared(people, press_request(people["intake"]))
    mine, boss = people["records"], people["supervisor"]
    wrong = [
        (mine, mine, {}),  # one person
        (people["counsel"], boss, {}),  # not who prepared it
        (mine, people["records-2"], {}),  # gives, and is no supervisor
        (mine, boss, {}),  # nobody signed for unchecked law
    ]
    for prepared_by, released_by, more in wrong:
        with pytest.raises(DatabaseError):
            write_release(answer, prepared_by, released_by, **more)
    signed(people, answer)
    for more in ({"gives": False}, {"receipts": []}):
        with pytest.raises(DatabaseError):
            write_release(answer, mine, boss, **more)
    write_release(answer, mine, boss)
    nothing = prepared(people, press_request(people["intake"], items=("home_address",)))
    with pytest.raises(DatabaseError, match="something is given, and nothing is"):
        write_release(nothing, mine, boss, gives=True)


def test_the_database_refuses_an_open_choice_and_a_role_that_ended(office, people) -> None:
    answer = signed(people, prepared(people, press_request(people["intake"])))
    way = answer.ways.get()
    item = ItemAnswer.objects.create(
        way=way, position=99, item="bail", verdict="grant", basis="permitted", unchecked=False, decision={}
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="nobody has chosen"):
        write_release(answer, people["records"], people["supervisor"])
    Choice.objects.create(item=item, give=True, reason="asked", by=people["records"])
    people["supervisor"].role_grants.update(ended_at=timezone.now(), ended_by=people["counsel"])
    with pytest.raises(DatabaseError, match="counsel or a supervisor"):
        write_release(answer, people["records"], people["supervisor"])


def test_the_database_refuses_a_choice_after_the_release(office, people) -> None:
    answer = signed(people, prepared(people, press_request(people["intake"])))
    release(people["supervisor"], answer)
    with pytest.raises(DatabaseError, match="was released"), transaction.atomic():
        Choice.objects.create(item=items_of(answer)[0], give=True, reason="x", by=people["counsel"])


def test_what_was_said_and_done_cannot_be_changed_or_removed(office, people) -> None:
    answer = signed(people, prepared(people, press_request(people["intake"])))
    made = release(people["supervisor"], answer)
    request = answer.request
    rows = [
        made, answer, request, request.statements.first(), answer.ways.get(), items_of(answer)[0],
        answer.signatures.first(), made.documents.first(),
    ]  # fmt: skip
    for row in rows:
        table = type(row)._meta.db_table
        field = next(f for f in type(row)._meta.fields if not f.primary_key)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(
                **{field.attname: getattr(row, field.attname)}
            )
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk)._raw_delete(using="default")
        assert type(row).objects.filter(pk=row.pk).exists(), table


def test_every_act_leaves_one_event_and_none_names_a_person(office, people, jail) -> None:
    before = Event.objects.count()
    case = press_request(people["intake"])
    answer = prepared(people, case)
    signed(people, answer)
    release(people["supervisor"], answer)
    acts = [one.act for one in Event.objects.filter(number__gt=before)]
    assert acts == [
        Act.TAKE_IN.value, Act.PREPARE.value, Act.SIGN_LAW.value, Act.RELEASE_GRANT.value,
    ]  # fmt: skip
    names = {row["last"] for row in people_of(jail)} | {"P000001"}
    trail = " ".join(f"{one.act} {one.about} {one.detail}" for one in Event.objects.all())
    assert not [name for name in names if name in trail]


def test_errors_of_the_engine_leave_no_half_answer(office, settings, people) -> None:
    case = press_request(people["intake"])
    settings.OFFICE = replace(office, records=str(office.folder / "nowhere"))
    with pytest.raises(HabeasError):
        prepared(people, case)
    assert not Answer.objects.exists()

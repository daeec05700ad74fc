"""The desk over HTTP: who sees what, the whole way of a case, and what a page says when something is wrong."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.answering import prepare, release, sign
from habeas.web.casework.doors import Outcome
from habeas.web.casework.intake import communicate, state
from habeas.web.casework.models import (
    Answer,
    Case,
    Choice,
    Incident,
    ItemAnswer,
    Release,
    Statement,
    Task,
)
from habeas.web.desk.answered import Group, missing_of
from habeas.web.trail.models import Event
from tests.web.conftest import detainer, press_request
from tests.web.signing_in import whole
from tests.web.test_desk_html import wrong_with
from tests.web.test_form_i247a_made import blank_pdf

LETTER = blank_pdf()

pytestmark = pytest.mark.django_db

ROLES = ("intake", "records", "counsel", "supervisor", "auditor", "administrator")
SEES = ("intake", "records", "counsel", "supervisor", "auditor")
TAKES = ("intake", "records", "supervisor")
STATES = ("records", "counsel", "supervisor")


def text_of(response: Any) -> str:
    """What a page says, tags left out."""
    page = response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip()


def released_press(people: Any) -> tuple[Case, Answer, Release]:
    case = press_request(people["intake"])
    answer = prepare(people["records"], case.requests.get())
    sign(people["counsel"], answer, "Read beside the official text.")
    return case, answer, release(people["supervisor"], answer)


def confirmed(people: Any, case: Case) -> None:
    """Counsel says the same as the requester of what decides."""
    for asked in case.requests.all():
        for path in ("requester_kind", "purpose", "instrument"):
            said = asked.statements.get(path=path).value
            state(people["counsel"], asked, path, said, speaks="counsel")


def at(case: Case, rest: str = "") -> str:
    return f"/cases/{case.number}/{rest}"


# -- who sees what ---------------------------------------------------------------------------------------


def test_each_role_sees_what_it_may_and_every_page_is_whole(office, people) -> None:
    done, _, made = released_press(people)
    case = detainer(people["intake"])
    confirmed(people, case)
    answers = [prepare(people["records"], one) for one in case.requests.all()]
    permitted = ItemAnswer.objects.get(way__answer=answers[1], item="transfer")
    call = communicate(
        people["intake"], case=case, direction="received", channel="call", agency="ICE",
        at=timezone.now(), items=("custody_status",),
    )  # fmt: skip
    document = made.documents.first()
    pages = {
        "/": ROLES,
        "/cases/": SEES,
        "/cases/?q=fir&state=open&due=week&sort=-due": SEES,
        "/cases/table.csv": SEES,
        "/cases/new/": TAKES,
        at(case): SEES,
        at(done): SEES,
        at(case, "1/facts/"): SEES,
        at(case, "1/facts/purpose/"): ("counsel",),
        at(case, "1/facts/requester/"): ("records", "supervisor", "counsel"),
        at(case, "1/facts/compelling_need_shown/"): ("counsel",),
        at(case, "1/facts/purpose/back/"): ("counsel", "records", "supervisor"),
        at(case, "1/confirm/"): STATES,
        f"/answers/{answers[0].pk}/people/": SEES,
        f"/answers/{answers[0].pk}/sign/": ("counsel",),
        f"/answers/{answers[0].pk}/release/": STATES,
        f"/items/{permitted.pk}/choose/": STATES,
        f"/documents/{document.pk}/": SEES,
        f"/documents/{document.pk}/served/": TAKES,
        f"/tasks/{case.tasks.first().pk}/done/": TAKES,
        "/communications/new/": TAKES,
        f"/communications/{call.pk}/": SEES,
        "/incidents/": SEES,
        "/trail/": ("auditor",),
        "/law/": SEES,
    }
    clients = {role: whole(people[role]) for role in ROLES}
    found = {}
    for address in pages:
        for role, client in clients.items():
            response = client.get(address)
            found[address, role] = response.status_code == 200
            assert response.status_code in (200, 403), (address, role)
            if response.headers["Content-Type"].startswith("text/html"):
                assert wrong_with(response.content.decode()) == [], (address, role)
    # Who speaks for the requester may state what the requester alone answers.
    expected = {(a, r): r in allowed for a, allowed in pages.items() for r in ROLES}
    for role in STATES:
        expected[at(case, "1/facts/purpose/"), role] = True
    assert {key for key in found if found[key] != expected[key]} == set()


def test_posts_are_closed_to_whoever_may_not_and_change_nothing(office, people) -> None:
    case = press_request(people["intake"])
    answer = prepare(people["records"], case.requests.get())
    posts = {
        "/cases/new/": ("auditor", "counsel", "administrator"),
        at(case, "1/prepare/"): ("intake", "supervisor", "auditor", "administrator"),
        at(case, "1/facts/requester/"): ("intake", "auditor", "administrator"),
        at(case, "1/confirm/"): ("intake", "auditor", "administrator"),
        f"/answers/{answer.pk}/sign/": (
            "intake",
            "records",
            "supervisor",
            "auditor",
            "administrator",
        ),
        f"/answers/{answer.pk}/release/": ("intake", "auditor", "administrator"),
        "/communications/new/": ("auditor", "counsel", "administrator"),
    }
    clients = {role: whole(people[role]) for role in ROLES}
    before = (Case.objects.count(), Answer.objects.count(), Statement.objects.count())
    for address, refused in posts.items():
        for role in refused:
            response = clients[role].post(
                address, {"reason": "x", "value": "x", "speaks": "officer"}
            )
            assert response.status_code == 403, (address, role)
            assert "not for your role" in text_of(response)
    assert (Case.objects.count(), Answer.objects.count(), Statement.objects.count()) == before
    assert not Release.objects.exists()


def test_whoever_has_not_signed_in_sees_nothing(office, people) -> None:
    case = press_request(people["intake"])
    for address in ("/", "/cases/", at(case), "/trail/", "/law/", "/incidents/"):
        response = Client().get(address)
        assert response.status_code == 302 and case.title not in response.content.decode()


def test_an_administrator_sees_no_case_on_the_first_page(office, people) -> None:
    case = press_request(people["intake"])
    said = text_of(whole(people["administrator"]).get("/"))
    assert case.number not in said and "Your role sees no case" in said


# -- the whole way ---------------------------------------------------------------------------------------


def test_a_request_goes_its_whole_way_over_the_pages(office, people) -> None:
    intake, records, counsel, supervisor = (
        whole(people[one]) for one in ("intake", "records", "counsel", "supervisor")
    )
    response = intake.post(
        "/cases/new/",
        {
            "agency": "The Fir Courier",
            "attention": "The news desk",
            "received_at": (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
            "title": "Arrest information, one person",
            "form": "",
            "items": ["name", "contact_information"],
            "people": "P000001\n",
            "requester": "The Fir Courier",
            "requester_kind": "press",
            "requester_level": "private",
            "requester_place": "us-ca",
            "purpose": "public inquiry",
            "instrument": "records request",
            "names_specific_person": "yes",
            "uploads": SimpleUploadedFile("letter.pdf", LETTER, "text/html"),
        },
    )
    case = Case.objects.get()
    assert response.status_code == 302 and response.headers["Location"] == at(case)
    original = case.originals.get()
    saved = intake.get(f"/originals/{original.pk}/")
    assert saved.content == LETTER and saved.headers["Content-Type"] == "application/pdf"
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    assert saved.headers["X-Content-Type-Options"] == "nosniff"

    asked = case.requests.get()
    page = text_of(records.get(at(case)))
    assert "Nothing is prepared yet" in page and "not confirmed" in page
    chosen = [f"{path}={value}" for path, value in (("requester", "The Fir Courier"),)]
    assert (
        records.post(
            at(case, "1/confirm/"), {"facts": chosen, "reason": "The letterhead."}
        ).status_code
        == 302
    )
    said = asked.statements.filter(path="requester").last()
    assert (said.source, said.by) == ("officer", people["records"])
    assert records.post(at(case, "1/prepare/")).status_code == 302
    answer = Answer.objects.get()
    page = text_of(records.get(at(case)))
    assert "Sign for the law that it rests on and that nobody checked" in page
    assert "Yes: the law orders it" in page and "No: no rule orders or allows it" in page
    assert "Gov. Code § 7923.610 orders it" in page and "unchecked" in page
    assert records.get(f"/answers/{answer.pk}/release/").content.count(b"<button") == 0

    assert counsel.post(f"/answers/{answer.pk}/sign/", {"reason": "Read it."}).status_code == 302
    before = supervisor.get(f"/answers/{answer.pk}/release/")
    said_before = text_of(before)
    assert "This leaves Name" in said_before and "This stays Home address" in said_before
    assert "The Fir Courier The news desk" in said_before
    seen = re.search(r'name="seen" value="([^"]+)"', before.content.decode())[1]
    assert supervisor.post(f"/answers/{answer.pk}/release/", {"seen": seen}).status_code == 302
    made = Release.objects.get()
    assert (made.prepared_by, made.released_by) == (people["records"], people["supervisor"])
    page = text_of(supervisor.get(at(case)))
    assert "Released By supervisor" in page and "Answered" in page

    letter = made.documents.get(kind="letter")
    saved = intake.get(f"/documents/{letter.pk}/")
    assert (
        saved.content.startswith(b"%PDF-") and "attachment" in saved.headers["Content-Disposition"]
    )
    served = {
        "outcome": "served", "how": "by mail", "at": timezone.now().strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    assert intake.post(f"/documents/{letter.pk}/served/", served).status_code == 302
    assert "Served by mail" in text_of(intake.get(at(case)))
    done = Event.objects.filter(about=f"case {case.number}", outcome="done").values_list(
        "act", flat=True
    )
    for act in ("take in a request", "state requester", "prepare an answer", "view desk:document"):
        assert act in done, act


def test_a_fact_is_stated_changed_with_a_reason_and_taken_back(office, people) -> None:
    case = press_request(people["intake"])
    counsel = whole(people["counsel"])
    address = at(case, "1/facts/purpose/")
    told = {"value": "research", "speaks": "counsel", "known_on": "2026-01-05", "reason": ""}
    response = counsel.post(address, told)
    assert response.status_code == 422 and b'href="#id_reason"' in response.content
    assert wrong_with(response.content.decode()) == []
    assert counsel.post(address, {**told, "reason": "The letter says so."}).status_code == 302
    asked = case.requests.get()
    assert asked.statements.filter(path="purpose").last().value == "research"
    assert "research" in text_of(counsel.get(at(case)))
    assert (
        counsel.post(f"{address}back/", {"speaks": "counsel", "reason": "A mistake."}).status_code
        == 302
    )
    assert asked.statements.filter(path="purpose").last().value is None
    assert "Taken back" in text_of(counsel.get(address))


def test_what_waits_is_sorted_by_how_many_items_wait_for_it(office, people) -> None:
    case = press_request(people["intake"])
    asked = case.requests.get()

    def group(item: str, *facts: str) -> Group:
        missing = [{"fact": one, "who": ["counsel"]} for one in facts]
        return Group(
            item, "refer", "missing facts", Outcome.WAITS, {"missing": missing}, True, None
        )

    groups = [
        group("name", "instrument", "conviction"),
        group("charges", "purpose", "instrument"),
        group("charges", "purpose"),
        group("release_date", "instrument", "purpose"),
        group("hold", "instrument"),
    ]
    found = missing_of(asked, groups, law_in_use(), people["counsel"])
    assert [(one.path, one.items, one.mine) for one in found] == [
        ("instrument", 4, True),
        ("purpose", 2, True),
        ("conviction", 1, False),
    ]
    prepare(people["records"], asked)
    case = press_request(people["intake"], facts={"requester_kind": "press"})
    prepare(people["records"], case.requests.get())
    assert "/1/facts/purpose/" in whole(people["counsel"]).get(at(case)).content.decode()


def test_the_style_is_served_by_the_application_itself() -> None:
    """With the settings as they are: `WHITENOISE_USE_FINDERS`, or there is no design at all."""
    response = Client().get("/static/habeas/desk.css")
    assert response.status_code == 200 and b"--paper" in b"".join(response.streaming_content)
    response.close()


def test_a_choice_is_for_everybody_who_gets_an_item_for_the_same_reasons(office, people) -> None:
    case = detainer(people["intake"])
    confirmed(people, case)
    answer = prepare(people["records"], case.requests.get(position=2))
    item = ItemAnswer.objects.get(way__answer=answer, item="transfer")
    supervisor = whole(people["supervisor"])
    response = supervisor.get(at(case))
    assert item.basis == "permitted"
    assert f"/items/{item.pk}/choose/" in response.content.decode()
    empty = supervisor.post(f"/items/{item.pk}/choose/", {})
    assert empty.status_code == 422 and b'href="#id_give_0"' in empty.content
    assert (
        supervisor.post(
            f"/items/{item.pk}/choose/", {"give": "withhold", "reason": "No need."}
        ).status_code
        == 302
    )
    choice = Choice.objects.get()
    assert (choice.item, choice.give, choice.by) == (item, False, people["supervisor"])
    assert "Not to be given, says supervisor: No need." in text_of(supervisor.get(at(case)))


def test_what_was_chosen_since_somebody_looked_is_not_released(office, people) -> None:
    case = press_request(people["intake"])
    answer = prepare(people["records"], case.requests.get())
    sign(people["counsel"], answer, "Read.")
    supervisor = whole(people["supervisor"])
    page = supervisor.get(f"/answers/{answer.pk}/release/").content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    sign(people["counsel"], answer, "Read again.")
    response = supervisor.post(f"/answers/{answer.pk}/release/", {"seen": seen})
    assert response.status_code == 422 and "since you looked" in text_of(response)
    assert not Release.objects.exists()
    fresh = re.search(r'name="seen" value="([^"]+)"', response.content.decode())[1]
    assert supervisor.post(f"/answers/{answer.pk}/release/", {"seen": fresh}).status_code == 302


def test_a_bulk_answer_says_how_many_people_get_what(office, people) -> None:
    case = press_request(people["intake"], people=(), items=("name", "charges"))
    answer = prepare(people["records"], case.requests.get())
    records = whole(people["records"])
    page = records.get(at(case)).content.decode()
    rows = re.findall(r'data-label="People">(\d+)<', page)
    assert sum(map(int, rows)) == 12 * 2
    ways = text_of(records.get(f"/answers/{answer.pk}/people/"))
    assert "12 people in" in ways and "P000012" in ways
    # What differs from person to person is for the records to say.
    assert records.get(at(case, "1/facts/minor/")).status_code == 404
    assert records.get(at(case, "1/facts/name.public/")).status_code == 404


# -- lists -----------------------------------------------------------------------------------------------


def test_cases_are_filtered_searched_sorted_and_saved(office, people) -> None:
    first = press_request(people["intake"], agency="=Alder & Sons", reference="AB-77")
    second = press_request(
        people["intake"], title="Another", received_at=timezone.now() - timedelta(days=30)
    )
    state(
        people["counsel"],
        second.requests.get(),
        "purpose",
        "research",
        speaks="counsel",
        reason="a turnip",
    )
    communicate(
        people["intake"], case=first, direction="made", channel="call", agency="X",
        at=timezone.now(), told="About a parsnip",
    )  # fmt: skip
    client = whole(people["auditor"])

    def listed(query: str) -> list[str]:
        page = client.get(f"/cases/?{query}").content.decode()
        assert wrong_with(page) == []
        return re.findall(r'scope="row"><a href="/cases/([^/]+)/"', page)

    both = [second.number, first.number]
    assert listed("") == both and listed("sort=number") == both[::-1]
    assert listed("sort=agency") == [first.number, second.number]
    assert listed("sort=received") == both
    assert listed("q=TURNIP") == [second.number] and listed("q=parsnip") == [first.number]
    assert listed("q=ab-77") == [first.number] and listed("q=ab-77+turnip") == []
    assert listed("agency=alder") == [first.number]
    assert listed("due=overdue") == [second.number] and listed("due=none") == []
    assert listed("state=answered") == [] and listed("state=nonsense") == both
    saved = client.get("/cases/table.csv?q=ab-77")
    rows = list(csv.reader(io.StringIO(b"".join(saved.streaming_content).decode("utf-8-sig"))))
    assert [len(one) for one in rows] == [9, 9]
    assert rows[1][:3] == [first.number, first.title, "'=Alder & Sons"]
    assert "attachment" in saved.headers["Content-Disposition"]


def test_today_says_what_is_overdue_who_is_paged_and_what_waits_for_whom(office, people) -> None:
    late = press_request(people["intake"], received_at=timezone.now() - timedelta(days=12))
    hold = detainer(people["intake"])
    said = {role: text_of(whole(people[role]).get("/")) for role in SEES}
    page = said["records"]
    assert "overdue by 2 days" in page and "1 overdue" in page
    assert (
        page.index("Page on call now")
        < page.index("Waits for you")
        < page.index("overdue by 2 days")
    )
    assert f"Prepare the answer 3 {late.number}-1" in page and f"{hold.number}-2" in page
    assert "Nothing waits for your role" in said["supervisor"]
    answer = prepare(people["records"], late.requests.get())
    assert "A signature is wanted" in text_of(whole(people["counsel"]).get("/"))
    assert "Ready to release" not in text_of(whole(people["supervisor"]).get("/"))
    sign(people["counsel"], answer, "Read.")
    assert f"Ready to release 1 {late.number}-1" in text_of(whole(people["supervisor"]).get("/"))
    assert "Ready to release" not in text_of(whole(people["records"]).get("/"))


def test_a_case_stays_on_today_until_it_is_answered(office, people) -> None:
    case, _, _ = released_press(people)
    assert case.number not in text_of(whole(people["records"]).get("/"))
    assert not Task.objects.filter(case=case, done_at__isnull=True, kind="answer").exists()


# -- what is wrong ---------------------------------------------------------------------------------------


def test_errors_of_a_new_case_lead_to_their_fields_and_nothing_is_made(office, people) -> None:
    client = whole(people["intake"])
    response = client.post(
        "/cases/new/",
        {"form": "", "received_at": "9 March", "requester_place": "Fir County", "title": "Kept"},
    )
    page = response.content.decode()
    assert response.status_code == 422 and wrong_with(page) == []
    for field in ("id_agency", "id_received_at"):
        assert f'href="#{field}"' in page and f'id="{field}_error"' in page
    assert 'value="Kept"' in page and "<title>Error:" in page
    good = {"agency": "A", "title": "T", "received_at": "2026-01-05 10:00", "form": ""}
    page = client.post("/cases/new/", {**good, "requester_place": "Fir County"}).content.decode()
    assert 'href="#id_items_0"' in page and 'href="#id_requester_place"' in page
    page = client.post(
        "/cases/new/", {**good, "form": "I-247A", "items": ["name"]}
    ).content.decode()
    assert "has its own items" in page
    page = client.post("/cases/new/", {**good, "form": "I-247A"}).content.decode()
    assert 'href="#id_people"' in page
    assert not Case.objects.exists()


def test_a_program_that_calls_itself_a_letter_is_refused(office, people) -> None:
    client = whole(people["intake"])
    form = {
        "agency": "A", "title": "T", "received_at": "2026-01-05 10:00", "form": "", "items": ["name"],
        "uploads": [
            SimpleUploadedFile("letter.pdf", b"MZ\x90\x00", "application/pdf"),
            SimpleUploadedFile("empty.txt", b""),
        ],
    }  # fmt: skip
    response = client.post("/cases/new/", form)
    said = text_of(response)
    assert response.status_code == 422 and "letter.pdf" in said and "empty.txt” is empty" in said
    assert not Case.objects.exists()


def test_a_disclosure_without_a_release_says_that_an_incident_was_opened(office, people) -> None:
    client = whole(people["intake"])
    call = {
        "direction": "received", "channel": "call", "agency": "ICE", "asked": "Whether she is held",
        "told": "Yes", "at": timezone.now().strftime("%Y-%m-%dT%H:%M"), "items": ["custody_status"],
    }  # fmt: skip
    said = text_of(client.post("/communications/new/", call, follow=True))
    assert "An incident was opened" in said and "Custody status was disclosed" in said
    assert Incident.objects.count() == 1 and "1 open" in text_of(client.get("/incidents/"))
    said = text_of(client.post("/communications/new/", {**call, "items": []}, follow=True))
    assert "No incident was opened: nothing was disclosed" in said
    response = client.post("/communications/new/", {**call, "case": "2026-999999"})
    assert response.status_code == 422 and b'href="#id_case"' in response.content


def test_what_an_act_refuses_is_said_on_the_page(office, people) -> None:
    case = press_request(people["intake"])
    answer = prepare(people["records"], case.requests.get())
    sign(people["counsel"], answer, "Read.")
    page = whole(people["counsel"]).get(f"/answers/{answer.pk}/release/").content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    state(
        people["counsel"], case.requests.get(), "purpose", "research", speaks="counsel", reason="x"
    )
    response = whole(people["counsel"]).post(f"/answers/{answer.pk}/release/", {"seen": seen})
    said = text_of(response)
    assert response.status_code == 422 and "Nothing has left" in said
    assert "something was stated after it was prepared" in said
    assert not Release.objects.exists()
    assert Event.objects.filter(outcome="refused", actor="counsel").exists()


def test_without_adopted_law_the_desk_says_so_and_the_law_page_still_opens(office, db) -> None:
    from habeas.web.accounts.roles import Role
    from tests.web.conftest import make_user

    client = whole(make_user("lea", Role.INTAKE, Role.COUNSEL))
    response = client.get("/cases/new/")
    assert response.status_code == 503 and "No law was adopted" in text_of(response)
    assert wrong_with(response.content.decode()) == []
    assert "No law was adopted" in text_of(client.get("/law/"))


# -- what no page shows ----------------------------------------------------------------------------------


def test_no_page_shows_a_value_of_the_records(office, people, jail: Path) -> None:
    case, answer, _ = released_press(people)
    values = set()
    for name in ("people.csv", "bookings.csv"):
        for row in csv.DictReader((jail / name).read_text().splitlines()):
            if "P000001" in row.values():
                values |= {one for one in row.values() if len(one) > 4 and one != "P000001"}
    assert len(values) > 8
    client = whole(people["auditor"])
    for address in (
        at(case),
        at(case, "1/facts/"),
        f"/answers/{answer.pk}/people/",
        "/trail/",
        "/",
        "/cases/",
    ):
        page = client.get(address).content.decode()
        assert [one for one in values if one in page] == [], address


def test_every_page_of_a_demonstration_says_so(office, people, settings) -> None:
    from dataclasses import replace

    client = whole(people["records"])
    assert "These people do not exist" not in text_of(client.get("/cases/"))
    settings.OFFICE = replace(settings.OFFICE, demo=True)
    for address in ("/", "/cases/", "/incidents/", "/law/", "/trail/", "/cases/2026-000009/"):
        response = client.get(address)
        if response.status_code != 404:
            assert "These people do not exist, and nobody has checked this law" in text_of(response)


def test_the_trail_is_read_by_number_and_filtered(office, people) -> None:
    press_request(people["intake"])
    client = whole(people["auditor"])
    page = client.get("/trail/?act=take+in").content.decode()
    assert len(re.findall(r'scope="row">\d+<', page)) == 1
    said = text_of(client.get("/trail/?day=yesterday"))
    assert "“yesterday” is no day" in said
    numbers = [
        int(one)
        for one in re.findall(r'scope="row">(\d+)<', client.get("/trail/").content.decode())
    ]
    assert numbers == sorted(numbers, reverse=True) and len(numbers) > 5

"""How often pages ask the database: as often for many as for few; and what they keep meanwhile."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from habeas.records.values import read_values, read_values_of_each
from habeas.web.accounts.models import RoleGrant
from habeas.web.accounts.roles import Act
from habeas.web.casework import papers
from habeas.web.casework.answering import choose, finish, prepare, sign
from habeas.web.casework.correcting import correct
from habeas.web.casework.doors import (
    Known,
    Outcome,
    closed_doors,
    closed_for,
    items_of,
    outcome,
    stale,
)
from habeas.web.casework.engine import vocabulary
from habeas.web.casework.intake import state
from habeas.web.casework.models import Answer, Case, Task
from habeas.web.desk.listing import Listing
from habeas.web.once import kept, once
from habeas.web.prepared import rows
from tests.web.conftest import detainer, press_request
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db


def queries(client: Client, path: str) -> Counter[str]:
    """What a page asks the database, without its values."""
    client.get(path)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200
    return Counter(
        re.sub(r"IN \([^()]*\)|'[^']*'|\d+|SAVEPOINT .*", "…", one["sql"]) for one in caught
    )


@pytest.mark.parametrize("path", ["/", "/cases/", "/cases/?q=fir&due=week&sort=due", "/trail/"])
def test_a_page_asks_as_often_for_many_cases_as_for_few(office, people, path: str) -> None:
    def more() -> None:
        for make in (press_request, detainer):
            case = make(people["intake"])
            for request in case.requests.all():
                prepare(people["records"], request)

    reader = whole(people["auditor" if path == "/trail/" else "counsel"])
    more()
    few = queries(reader, path)
    for _ in range(3):
        more()
    assert queries(reader, path) == few


def test_a_case_asks_as_often_for_many_facts_and_people_as_for_few(office, people) -> None:
    def asked(**more: object) -> Counter[str]:
        case = press_request(people["intake"], **more)
        prepare(people["records"], case.requests.get())
        return queries(whole(people["counsel"]), f"/cases/{case.number}/")

    one = asked(items=("name",))
    every = asked(items=("name", "charges", "home_address", "release_date", "custody_status"))
    assert every == one
    assert asked(people=(), items=("name", "charges")).total() <= one.total()


# -- what stands before a release, of several answers at once ------------------------------------------


def test_answers_read_together_have_the_doors_that_each_has_alone(office, people, settings) -> None:
    today = timezone.localdate()
    counsel, clerk = people["counsel"], people["records"]
    made: list[Answer] = []

    def another(**more: object) -> Answer:
        answer = prepare(clerk, press_request(people["intake"], **more).requests.get())
        made.append(answer)
        return answer

    another()
    sign(counsel, another(), "Read.")
    prepare(clerk, another().request)
    said = another()
    state(counsel, said.request, "purpose", "research", speaks="counsel", reason="Told so.")
    listed = another(people=(), items=("name", "charges"))
    assert len(listed.ways.all()) > 1
    for request in detainer(people["intake"]).requests.all():
        for path in ("requester_kind", "purpose", "instrument"):
            told = request.statements.get(path=path).value
            state(counsel, request, path, told, speaks="counsel")
        made.append(prepare(clerk, request))
    permitted = [one for answer in made for one in items_of(answer) if one.basis == "permitted"]
    # One waits, of the other the last choice counts.
    assert len(permitted) > 1
    for give in (True, False):
        choose(counsel, permitted[1], give=give, reason="Weighed.")
    corrected = another(people=("P000002",))
    correct(people["supervisor"], "P000002", ["charges"], "the charge was another's")
    known = Known(made)
    for answer in made:
        assert closed_doors(answer, today, known) == closed_doors(answer, today)
        assert stale(answer, today, known) == stale(answer, today)
        for user in (counsel, clerk, people["supervisor"]):
            assert closed_for(answer, user, known) == closed_for(answer, user)
        slow = [outcome(one) for one in items_of(answer) if one.verdict != "deny"]
        assert [one.outcome for one in known.items[answer.pk]] == slow
    assert "newer" in stale(made[2], today) and "stated" in stale(said, today)
    assert "corrected" in stale(corrected, today) and stale(made[0], today) == ""
    assert closed_doors(made[0], today) and not closed_doors(made[1], today)


def test_papers_read_the_records_of_all_people_at_once_and_know_every_value_withheld(
    office, people, monkeypatch
) -> None:
    case = press_request(people["intake"], people=(), items=("name", "charges", "home_address"))
    answer = prepare(people["records"], case.requests.get())
    ways = [(way, list(way.items.prefetch_related("choices"))) for way in answer.ways.all()]
    read = []

    def counted(*given: Any, **more: Any) -> Any:
        read.append(given[3])
        return read_values_of_each(*given, **more)

    monkeypatch.setattr(papers, "read_values_of_each", counted)
    withheld, parts = papers._values(answer, ways)
    given = {tuple(one.item for one in items if outcome(one) is Outcome.GIVEN) for _, items in ways}
    assert len(ways) > 1 and len(read) <= 2 * len(given)
    data = [name for name, word in vocabulary().items.items() if word.kind == "data"]
    alone: list[str] = []
    shown: list[tuple[tuple[str, tuple[str, ...]], ...]] = []
    for way, items in ways:
        gives = [one.item for one in items if outcome(one) is Outcome.GIVEN and one.item in data]
        for person in way.people:
            values = read_values(office.records, None, vocabulary(), person, data, labelled=False)
            labelled = read_values(office.records, None, vocabulary(), person, gives)
            alone += [one for item in values if item not in gives for one in values[item]]
            if some := tuple((one, labelled[one]) for one in gives if labelled.get(one)):
                shown.append(some)
    assert sorted(withheld) == sorted(alone) and alone
    assert [tuple((one.item, one.values) for one in person.granted) for person in parts] == shown


# -- lists ---------------------------------------------------------------------------------------------


def test_by_day_due_what_is_due_comes_first_either_way_and_every_page_has_the_next(
    office, people
) -> None:
    days = [4, 9, 1, 9, 30, 2]
    now = timezone.now()
    cases = [press_request(people["intake"], received_at=now - timedelta(days=one)) for one in days]
    for case in cases[:2]:
        for task in case.tasks.all():
            finish(people["intake"], task, "done")
    Task.objects.create(case=cases[2], kind="later", due=timezone.localdate() + timedelta(days=90))
    due = sorted(cases[2:], key=lambda one: (one.tasks.first().due, one.number))
    none = sorted(cases[:2], key=lambda one: one.number)
    today = timezone.localdate()
    up = Listing(sort="due", down=False).cases(today)
    down = Listing(sort="due", down=True).cases(today)
    assert [one.number for one in up] == [one.number for one in [*due, *none]]
    assert [one.number for one in down] == [one.number for one in [*due[::-1], *none[::-1]]]
    for size in range(1, 8):
        pages = [up[at : at + size] for at in range(0, 8, size)]
        assert [one.pk for page in pages for one in page] == [one.pk for one in up]
    assert up.count() == len(up) == 6 and up[1].number == due[1].number
    assert [getattr(one, "due", None) for one in up] == [
        *(one.tasks.filter(done_at=None).first().due for one in due), None, None,
    ]  # fmt: skip
    assert {getattr(one, "asks", 0) for one in up} == {1}
    counts = {due: Listing(due=due).cases(today).count() for due in ("overdue", "week", "none")}
    assert counts == {"overdue": 1, "week": 1, "none": 2}


# -- what is kept while a page is put together -----------------------------------------------------------


def test_nothing_is_kept_beyond_a_page_nor_for_an_act(office, people) -> None:
    clerk = people["records"]
    with once():
        assert clerk.may(Act.PREPARE)
        RoleGrant.objects.filter(user=clerk).update(ended_at=timezone.now())
        assert clerk.may(Act.PREPARE)  # as it was when the page was begun
    assert not clerk.may(Act.PREPARE)
    asked = []
    with once():
        assert [kept("a", lambda: asked.append(1) or 7) for _ in range(3)] == [7, 7, 7]
    assert len(asked) == 1 and [kept("a", lambda: 8), kept("a", lambda: 9)] == [8, 9]
    case = press_request(people["intake"])
    assert whole(clerk).post(f"/cases/{case.number}/1/prepare/").status_code == 403
    assert not Answer.objects.exists()


def test_a_query_that_is_planned_once_answers_for_each_value(office, people) -> None:
    first, second = press_request(people["intake"]), press_request(people["intake"])
    sql = "SELECT id FROM casework_case WHERE number = %(number)s AND agency <> %(agency)s"
    for case in (first, second) * 4:
        assert rows(sql, {"number": case.number, "agency": "' OR 1 = 1 --"}) == [(case.pk,)]
    assert rows(sql, {"number": "' OR '' = '", "agency": ""}) == []
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert rows("SELECT count(*) FROM casework_case", {}) == [(2,)]
        raise ZeroDivisionError
    assert rows("SELECT count(*) FROM casework_case", {}) == [(Case.objects.count(),)]

"""A correction finds everybody who was furnished with what was wrong, in two years."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from habeas.web.accounts.roles import Act
from habeas.web.casework.answering import prepare, release, sign
from habeas.web.casework.correcting import correct, furnished
from habeas.web.casework.errors import NotAllowedError, RefusedError
from habeas.web.casework.models import Case, Task
from habeas.web.trail.models import Event
from tests.web.conftest import press_request

pytestmark = pytest.mark.django_db


def given(people, person: str = "P000001", items: tuple[str, ...] = ("name", "charges")) -> Case:
    case = press_request(people["intake"], people=(person,), items=items)
    answer = prepare(people["records"], case.requests.get())
    sign(people["counsel"], answer, "read")
    release(people["supervisor"], answer)
    return case


def test_whoever_got_one_of_the_items_is_told_and_nobody_else(office, people) -> None:
    got = given(people)
    given(people, items=("custody_status",))
    given(people, person="P000002")
    made, found = correct(
        people["records"], "P000001", ["charges", "bail"], "a charge of somebody else"
    )
    assert [one.release.answer.request.case for one in found] == [got]
    assert found[0].items == ("charges",)
    task = Task.objects.get(kind=Task.CORRECTION)
    assert (task.case, task.duty) == (got, f"correction {made.pk}")
    event = Event.objects.last()
    assert (event.act, event.detail) == (Act.CORRECT.value, {"furnished": 1})
    assert "P000001" not in f"{event.about} {event.detail}"


def test_two_years_are_counted_to_the_day(office, people) -> None:
    given(people)
    now = timezone.now()
    last = now.replace(year=now.year + 2)
    assert len(list(furnished("P000001", ["name"], last))) == 1
    assert not list(furnished("P000001", ["name"], last + timedelta(days=1)))


def test_preparing_anew_keeps_the_task(office, people) -> None:
    case = given(people)
    correct(people["records"], "P000001", ["name"], "misspelt")
    prepare(people["records"], case.requests.get())
    assert Task.objects.filter(kind=Task.CORRECTION, done_at=None).count() == 1


def test_what_was_wrong_has_to_be_said_by_somebody_who_may(office, people) -> None:
    with pytest.raises(RefusedError, match="is no item"):
        correct(people["records"], "P000001", ["nmae"], "x")
    with pytest.raises(RefusedError, match="not said"):
        correct(people["records"], "P000001", ["name"], " ")
    with pytest.raises(NotAllowedError):
        correct(people["intake"], "P000001", ["name"], "misspelt")

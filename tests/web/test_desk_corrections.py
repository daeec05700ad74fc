"""Corrections at the desk: recorded by somebody who may, with everybody who was furnished and whether she was told."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from habeas.web.casework.models import Correction, Task
from habeas.web.trail.models import Event
from tests.web.signing_in import whole
from tests.web.test_correcting import given
from tests.web.test_desk import text_of
from tests.web.test_desk_html import wrong_with

pytestmark = pytest.mark.django_db

WRONG = {"person": "P000001", "items": ["charges"], "what": "A charge of somebody else"}


def test_a_correction_lists_who_was_furnished_and_is_done_when_each_was_told(
    office, people
) -> None:
    got = given(people)
    given(people, person="P000002")
    client = whole(people["records"])
    response = client.post("/corrections/new/", WRONG)
    made = Correction.objects.get()
    assert response.headers["Location"] == f"/corrections/{made.pk}/"
    page = client.get(f"/corrections/{made.pk}/")
    said = text_of(page)
    assert wrong_with(page.content.decode()) == []
    assert re.findall(r'scope="row"><a[^>]*>([^<]+)<', page.content.decode()) == [f"{got.number}-1"]
    assert (
        "1 release 1 still to be told" in said and "The Fir Courier" in said and "Not yet" in said
    )
    assert "1 of 1 still to be told" in text_of(client.get("/corrections/"))
    task = Task.objects.get(kind=Task.CORRECTION)
    assert f'href="/tasks/{task.pk}/done/"' in page.content.decode()
    assert "tell of a correction" in text_of(client.get("/")).lower()
    assert client.post(f"/tasks/{task.pk}/done/", {"outcome": "done"}).status_code == 302
    said = text_of(client.get(f"/corrections/{made.pk}/"))
    assert "all told" in said and "says records" in said
    assert "1 of 1 told" in text_of(client.get("/corrections/"))


def test_what_was_released_after_a_correction_is_not_on_its_page(office, people) -> None:
    given(people)
    client = whole(people["records"])
    client.post("/corrections/new/", WRONG)
    given(people)
    assert "1 release 1 still to be told" in text_of(
        client.get(f"/corrections/{Correction.objects.get().pk}/")
    )


def test_two_corrections_do_not_share_their_tasks(office, people) -> None:
    given(people)
    client = whole(people["records"])
    client.post("/corrections/new/", WRONG)
    client.post("/corrections/new/", {**WRONG, "items": ["name"]})
    second, first = Correction.objects.order_by("-pk")
    task = Task.objects.get(duty=f"correction {first.pk}")
    client.post(f"/tasks/{task.pk}/done/", {"outcome": "done"})
    assert "all told" in text_of(client.get(f"/corrections/{first.pk}/"))
    assert "1 still to be told" in text_of(client.get(f"/corrections/{second.pk}/"))

    def listed(query: str) -> list[int]:
        page = client.get(f"/corrections/?{query}").content.decode()
        assert wrong_with(page) == []
        return [int(one) for one in re.findall(r'href="/corrections/(\d+)/"', page)]

    assert listed("") == [second.pk, first.pk] == listed("state=nonsense")
    assert listed("state=open") == [second.pk] and listed("state=done") == [first.pk]
    assert listed("q=SOMEBODY") == [second.pk, first.pk] and listed("q=turnip") == []
    assert listed("by=records") == [second.pk, first.pk] and listed("by=rec") == []


def test_where_nobody_was_furnished_the_page_says_so(office, people) -> None:
    client = whole(people["supervisor"])
    said = text_of(client.post("/corrections/new/", WRONG, follow=True))
    assert "No release of two years gave what was wrong" in said and "Nobody: no release" in said
    assert "nobody got it" in text_of(client.get("/corrections/"))


def test_what_is_missing_leads_to_its_field_and_nothing_is_recorded(office, people) -> None:
    client = whole(people["records"])
    response = client.post("/corrections/new/", {})
    page = response.content.decode()
    assert response.status_code == 422 and wrong_with(page) == []
    for field in ("id_person", "id_items_0", "id_what"):
        assert f'href="#{field}"' in page
    assert not Correction.objects.exists()


def test_each_role_does_what_it_may_with_corrections(office, people) -> None:
    made = Correction.objects.create(
        person="P000001", items=["name"], what="x", by=people["records"], at=timezone.now()
    )
    sees = ("intake", "records", "counsel", "supervisor", "auditor")
    for role in (*sees, "administrator"):
        client = whole(people[role])
        for address, allowed in (
            ("/corrections/", sees),
            (f"/corrections/{made.pk}/", sees),
            ("/corrections/new/", ("records", "supervisor")),
        ):
            assert (client.get(address).status_code == 200) is (role in allowed), (role, address)
        if role not in ("records", "supervisor"):
            assert client.post("/corrections/new/", WRONG).status_code == 403
    assert Correction.objects.count() == 1


def test_the_trail_tells_of_a_correction_and_of_nobodys_id(office, people) -> None:
    given(people)
    client = whole(people["records"])
    client.post("/corrections/new/", WRONG, follow=True)
    about = f"correction {Correction.objects.get().pk}"
    acts = list(Event.objects.filter(about=about).values_list("act", flat=True))
    assert acts == ["record a correction", "view desk:correction"]
    told = " ".join(f"{one.act} {one.about} {one.detail}" for one in Event.objects.all())
    assert "P000001" not in told and "somebody else" not in told

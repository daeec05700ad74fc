"""A Form I-247A at the desk: read, compared field by field beside its picture, and made a case by a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from habeas.web.casework import arriving
from habeas.web.casework.errors import RefusedError
from habeas.web.casework.models import Arrival, ArrivalPart, Case
from habeas.web.casework.safe import safe_folder
from habeas.web.desk.compared import GROUPS, LABELS, part_of
from habeas.web.trail.models import Event
from habeas.web.uploads.confirming import MUST
from habeas.web.uploads.fields import NAMES, TEXTS, Field
from habeas.web.uploads.scanning import _EICAR
from tests.web.signing_in import whole
from tests.web.test_desk_html import wrong_with
from tests.web.test_form_i247a_made import FILLED, Made, blank_pdf
from tests.web.test_uploads_kinds import Clamd, picture

pytestmark = pytest.mark.django_db


def upload(client: Client, data: bytes, name: str = "paper.pdf") -> Any:
    return client.post("/forms/new/", {"file": SimpleUploadedFile(name, data, "application/pdf")})


def came(client: Client, made: Made | None = None) -> Arrival:
    """A form that was uploaded."""
    response = upload(client, (made or Made()).pdf())
    assert response.status_code == 302, response.content.decode()
    arrival = Arrival.objects.first()
    assert arrival is not None and response.headers["Location"] == f"/forms/{arrival.pk}/"
    return arrival


def entered(
    ticked: tuple[str, ...] = NAMES, made: Made | None = None, **more: str
) -> dict[str, str]:
    """What a person sends who confirms what stands in the form."""
    made = made or Made()
    yes = {*made.ticks, "notify", "hold", "pass_on", "report"}
    values = {
        f"v_{one}": {**made.filled, "form": made.number}[one]
        if one in TEXTS
        else ("yes" if one in yes else "no")
        for one in NAMES
    }
    sent = {
        **values,
        **{f"c_{one}": "on" for one in ticked},
        "person": "P000001",
        "compared": "on",
        "received_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "do": "take",
        **more,
    }
    return {key: value for key, value in sent.items() if value}


def said(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).strip()


def trail_text() -> str:
    return " ".join(
        f"{one.actor} {one.act} {one.about} {one.detail}" for one in Event.objects.all()
    )


# -- the way of a form -----------------------------------------------------------------------------------


def test_a_form_becomes_two_linked_requests_of_what_a_person_ticked(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    page = client.get(f"/forms/{arrival.pk}/")
    assert page.status_code == 200 and wrong_with(page.content.decode()) == []
    response = client.post(f"/forms/{arrival.pk}/", entered())
    case = Case.objects.get()
    assert response.headers["Location"] == f"/cases/{case.number}/"
    first, second = case.requests.all()
    assert (first.person, second.person, second.linked) == ("P000001", "P000001", first)
    kinds = [one.statements.get(path="instrument").value for one in (first, second)]
    assert kinds == ["notification request", "hold request"]
    assert {one.source for one in first.statements.all()} == {"requester"}
    assert case.agency == FILLED["from"].replace("\n", ", ")
    original = case.originals.get()
    assert (original.sha256, original.kept) == (arrival.sha256, arrival.kept)
    arrival.refresh_from_db()
    assert (arrival.case, arrival.finished_by) == (case, people["intake"])
    assert client.get(f"/originals/{original.pk}/").content == Made().pdf()
    assert f"/cases/{case.number}/" in client.get(f"/forms/{arrival.pk}/").content.decode()


@pytest.mark.parametrize("missing", MUST)
def test_what_is_needed_and_nobody_ticked_makes_no_case(office, people, missing: str) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    sent = entered(tuple(one for one in NAMES if one != missing))
    response = client.post(f"/forms/{arrival.pk}/", sent)
    page = response.content.decode()
    assert response.status_code == 422 and wrong_with(page) == []
    assert f'href="#id_c_{missing}"' in page and "nobody confirmed it" in page
    assert not Case.objects.exists()
    assert Event.objects.filter(act="make a case of a form", outcome="refused").exists()


def test_what_was_read_and_not_ticked_is_not_in_the_case_and_is_named(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    response = client.post(f"/forms/{arrival.pk}/", entered(MUST), follow=True)
    case = Case.objects.get()
    assert (case.attention, case.reference) == ("", "")
    told = said(response)
    assert "Nobody confirmed these, so they are not in it" in told and "Event number" in told


def test_what_was_read_wrongly_is_corrected_and_counts_as_corrected(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    sent = entered(v_from="Another Field Office", v_hold="no", v_event_number="X-1")
    client.post(f"/forms/{arrival.pk}/", sent)
    case = Case.objects.get()
    assert (case.agency, case.reference) == ("Another Field Office", "X-1")
    assert case.requests.get().statements.get(path="instrument").value == "notification request"


def test_a_field_that_was_ticked_without_a_value_is_no_field(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client, Made(filled={**FILLED, "sex": ""}))
    response = client.post(f"/forms/{arrival.pk}/", entered(v_sex=""))
    assert response.status_code == 422 and 'href="#id_v_sex"' in response.content.decode()
    assert not Case.objects.exists()


def test_nobody_is_matched_to_a_record_but_by_the_officer(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    address = f"/forms/{arrival.pk}/"
    assert 'name="person" value' not in client.get(address).content.decode()
    for wrong, at in (
        ({"person": ""}, "id_person"),
        ({"person": "P999999"}, "id_person"),
        ({"compared": ""}, "id_compared"),
    ):
        response = client.post(address, entered(**wrong))
        assert response.status_code == 422, wrong
        assert f'href="#{at}"' in response.content.decode(), wrong
    assert not Case.objects.exists()
    assert client.post(address, entered(person="P999999", no_record="on")).status_code == 302


def test_a_form_that_cancels_makes_no_case_and_is_set_aside_with_a_reason(office, people) -> None:
    client = whole(people["intake"])
    made = Made(ticks=["cancel"])
    arrival = came(client, made)
    page = said(client.get(f"/forms/{arrival.pk}/"))
    assert "cancels an earlier detainer, and asks for nothing" in page
    response = client.post(f"/forms/{arrival.pk}/", entered(made=made))
    assert response.status_code == 422 and 'href="#id_c_cancel"' in response.content.decode()
    assert client.post(f"/forms/{arrival.pk}/aside/", {"reason": " "}).status_code == 422
    reason = {"reason": "Entered as a communication."}
    assert client.post(f"/forms/{arrival.pk}/aside/", reason).status_code == 302
    arrival.refresh_from_db()
    assert (arrival.why, arrival.case) == ("Entered as a communication.", None)
    assert "Entered as a communication." in said(client.get("/forms/?state=aside"))
    assert not Case.objects.exists()


# -- what is shown ---------------------------------------------------------------------------------------


def test_each_field_that_was_found_is_shown_in_the_picture_and_others_as_not_read(
    office, people
) -> None:
    client = whole(people["intake"])
    arrival = came(client, Made(without=["sex"]))
    page = client.get(f"/forms/{arrival.pk}/").content.decode()
    shown = re.findall(r'role="img" aria-label="Page 1 of the paper, around: ([^"]+)"', page)
    assert sorted(shown) == sorted(
        LABELS[one].replace("'", "&#x27;") for one in NAMES if one != "sex"
    )
    assert page.count("It was not found in the file") == 1
    assert 'value="300112233"' in page and not re.search(r'id="id_c_\w+" checked', page)
    png = client.get(f"/forms/{arrival.pk}/pages/1.png")
    assert png.content.startswith(b"\x89PNG") and png.headers["Content-Type"] == "image/png"
    assert png.headers["Cache-Control"] == "no-store"
    assert client.get(f"/forms/{arrival.pk}/pages/2.png").status_code == 404
    assert Client().get(f"/forms/{arrival.pk}/pages/1.png").status_code == 302


def test_the_part_of_the_page_holds_the_place_and_stays_on_the_page() -> None:
    for box in (
        (500.0, 700.0, 640.0, 720.0),
        (-5.0, -3.0, 20.0, 10.0),
        (100.0, 100.0, 180.0, 112.0),
    ):
        part = part_of(Field("sex", "F", 1, box, "label"), [(612.0, 792.0)])
        assert part is not None
        left, top, width, height = part.shown
        assert left >= 0 and top >= 0 and left + width <= 612.1 and top + height <= 792.1
        assert left <= max(0.0, box[0]) and left + width >= min(612.0, box[2]) - 0.1
        assert top <= max(0.0, box[1]) and top + height >= min(792.0, box[3]) - 0.1
    assert part_of(Field("sex"), [(612.0, 792.0)]) is None
    assert part_of(Field("sex", "F", 2, (1.0, 1.0, 2.0, 2.0), "label"), [(612.0, 792.0)]) is None


def test_every_field_is_compared_once_under_a_heading() -> None:
    assert sorted(one for _, names in GROUPS for one in names) == sorted(NAMES)
    assert set(LABELS) == set(NAMES)


def test_the_same_file_twice_is_said(office, people) -> None:
    client = whole(people["intake"])
    first = came(client)
    client.post(f"/forms/{first.pk}/", entered())
    second = came(client)
    told = said(client.get(f"/forms/{second.pk}/"))
    assert f"The same file came before: case {Case.objects.get().number}" in told
    third = came(client)
    assert f"form {second.pk}" in said(client.get(f"/forms/{third.pk}/"))


# -- nothing is lost -------------------------------------------------------------------------------------


def test_whoever_leaves_in_the_middle_finds_the_form_and_what_she_entered(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    sent = entered(("form", "sex"), v_sex="F, corrected", person="P000007", compared="", do="keep")
    assert client.post(f"/forms/{arrival.pk}/", sent).headers["Location"] == "/forms/"
    other = whole(people["records"])
    assert f'href="/forms/{arrival.pk}/"' in other.get("/forms/").content.decode()
    assert "Forms (1 to be confirmed )" in said(other.get("/cases/new/"))
    page = other.get(f"/forms/{arrival.pk}/").content.decode()
    assert 'value="F, corrected"' in page and 'value="P000007"' in page
    assert sorted(re.findall(r'id="id_c_(\w+)"[^>]* checked', page)) == ["form", "sex"]
    assert not Case.objects.exists()


def test_what_was_entered_is_kept_where_something_was_missing(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    client.post(f"/forms/{arrival.pk}/", entered(("form",), v_citizenship="Utopia"))
    assert 'value="Utopia"' in client.get(f"/forms/{arrival.pk}/").content.decode()


def test_a_form_is_finished_once_whoever_comes_second(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    client.post(f"/forms/{arrival.pk}/", entered())
    late = client.post(f"/forms/{arrival.pk}/", entered())
    assert late.status_code == 422 and "finished already" in said(late)
    assert client.post(f"/forms/{arrival.pk}/aside/", {"reason": "x"}).status_code == 422
    assert Case.objects.count() == 1
    arrival.refresh_from_db()
    for wrong in (
        lambda: Arrival.objects.filter(pk=arrival.pk).update(why="x", case=None),
        lambda: Arrival.objects.filter(pk=arrival.pk).delete(),
        lambda: ArrivalPart.objects.all().delete(),
        lambda: ArrivalPart.objects.update(name="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong()
    with pytest.raises(RefusedError, match="finished already"):
        arriving.keep(people["intake"], arrival, {})


def test_the_file_of_a_form_is_never_changed_and_no_form_is_removed(office, people) -> None:
    arrival = came(whole(people["intake"]))
    for wrong in (
        lambda: Arrival.objects.filter(pk=arrival.pk).update(sha256="0" * 64),
        lambda: Arrival.objects.filter(pk=arrival.pk).update(scanned=True),
        lambda: Arrival.objects.filter(pk=arrival.pk)._raw_delete("default"),
        lambda: Arrival.objects.filter(pk=arrival.pk).update(finished_at=timezone.now()),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong()


def test_forms_are_listed_by_state_and_name(office, people) -> None:
    client = whole(people["intake"])
    upload(client, Made().pdf(), "one.pdf")
    upload(client, Made().pdf(), "two.pdf")
    second, first = Arrival.objects.all()
    client.post(f"/forms/{first.pk}/", entered())

    def listed(query: str) -> list[int]:
        page = client.get(f"/forms/?{query}").content.decode()
        assert wrong_with(page) == []
        return [int(one) for one in re.findall(r'scope="row"><a href="/forms/(\d+)/"', page)]

    assert listed("") == [second.pk] == listed("state=nonsense")
    assert listed("state=case") == [first.pk] and listed("state=aside") == []
    assert listed("state=all") == [second.pk, first.pk]
    assert listed("state=all&q=ONE") == [first.pk]


# -- what cannot be read ---------------------------------------------------------------------------------


def test_a_scan_is_written_out_by_a_person_beside_its_pages(office, people) -> None:
    client = whole(people["intake"])
    upload(client, blank_pdf(2), "scan.pdf")
    arrival = Arrival.objects.get()
    response = client.get(f"/forms/{arrival.pk}/")
    page = response.content.decode()
    assert wrong_with(page) == []
    assert "There is no text in this PDF: a scan" in said(response)
    assert 'alt="Page 2 of the paper, as it looks"' in page and "<svg" not in page
    assert f'href="/cases/new/?arrival={arrival.pk}"' in page
    assert client.post(f"/forms/{arrival.pk}/", entered()).status_code == 302
    assert Case.objects.get().requests.count() == 2


def test_a_pdf_that_is_no_such_form_is_entered_by_hand_and_kept_with_the_case(
    office, people
) -> None:
    client = whole(people["intake"])
    arrival = came(client, Made(number="I-247G"))
    page = client.get(f"/forms/{arrival.pk}/")
    assert "This is another form than I-247A" in said(page)
    assert wrong_with(page.content.decode()) == [] and 'name="person"' not in page.content.decode()
    by_hand = client.get(f"/cases/new/?arrival={arrival.pk}")
    assert "will be kept with this case" in said(by_hand)
    sent = {
        "arrival": str(arrival.pk), "agency": "A", "title": "T", "form": "", "items": ["name"],
        "received_at": "2026-01-05 10:00",
    }  # fmt: skip
    assert client.post("/cases/new/", sent).status_code == 302
    arrival.refresh_from_db()
    assert arrival.case is not None and arrival.case.originals.get().kept == arrival.kept
    again = client.post("/cases/new/", sent)
    assert again.status_code == 422 and "finished already" in said(again)
    assert client.get("/cases/new/?arrival=99").status_code == 404


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (Made().pdf()[:-200], "is cut off"),
        (Made().pdf() + b"<script>", "stands behind the end"),
        (b"MZ\x90\x00", "This is none of PDF"),
        (picture(), "This is no PDF"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
    ],
)
def test_a_file_that_is_not_taken_says_why_and_offers_to_enter_it_by_hand(
    office, people, data: bytes, why: str
) -> None:
    client = whole(people["intake"])
    response = upload(client, data, "MUSTER Erika.pdf")
    page = response.content.decode()
    assert response.status_code == 422 and wrong_with(page) == []
    assert why in said(response) and 'href="/cases/new/"' in page
    assert not Arrival.objects.exists()
    assert not safe_folder().exists() or not list(safe_folder().iterdir())
    event = Event.objects.get(act="upload a form")
    assert event.outcome == "refused" and "MUSTER" not in trail_text()


def test_nothing_or_an_empty_file_is_told_apart_from_a_broken_one(office, people) -> None:
    client = whole(people["intake"])
    assert "Choose the file." in said(client.post("/forms/new/", {}))
    assert "This file is empty" in said(upload(client, b""))


# -- the scanner -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"stream: OK\0", ""),
        (b"stream: Eicar-Test FOUND\0", "The virus scanner found something in it"),
        (b"INSTREAM size limit exceeded. ERROR\0", "The virus scanner does not answer"),
    ],
)
def test_a_file_is_scanned_before_it_is_read(
    office, people, tmp_path, settings, monkeypatch, answer: bytes, why: str
) -> None:
    client, data = whole(people["intake"]), Made().pdf()
    if why:
        monkeypatch.setattr("habeas.web.uploads.reading.run", None)  # a reader would be a TypeError
    with Clamd(tmp_path, answer) as clamd:
        settings.CLAMD_SOCKET = clamd.path
        response = upload(client, data)
    assert clamd.read == data
    if why:
        assert response.status_code == 422 and why in said(response)
        assert not Arrival.objects.exists()
    else:
        assert Arrival.objects.get().scanned
        assert "not scanned" not in said(client.get(f"/forms/{Arrival.objects.get().pk}/"))


def test_a_scanner_that_cannot_be_reached_stops_every_file_of_the_desk(
    office, people, tmp_path, settings
) -> None:
    settings.CLAMD_SOCKET = str(tmp_path / "nobody")
    client = whole(people["intake"])
    assert "The virus scanner does not answer" in said(upload(client, Made().pdf()))
    sent = {
        "agency": "A", "title": "T", "received_at": "2026-01-05 10:00", "form": "", "items": ["name"],
        "uploads": SimpleUploadedFile("a.txt", b"hello"),
    }  # fmt: skip
    response = client.post("/cases/new/", sent)
    assert response.status_code == 422 and "virus scanner does not answer" in said(response)
    assert not Arrival.objects.exists() and not Case.objects.exists()


def test_the_scanners_test_file_is_refused_where_there_is_no_scanner(office, people) -> None:
    response = upload(whole(people["intake"]), Made().pdf() + b"\n" + _EICAR)
    assert response.status_code == 422 and not Arrival.objects.exists()


def test_where_there_is_no_scanner_the_pages_say_so(office, people) -> None:
    client = whole(people["intake"])
    for address in ("/forms/new/", "/cases/new/"):
        assert "Files are not scanned for viruses" in said(client.get(address))
    arrival = came(client)
    assert "This file was not scanned for viruses" in said(client.get(f"/forms/{arrival.pk}/"))
    client.post(f"/forms/{arrival.pk}/", entered())
    assert "not scanned for viruses" in said(client.get(f"/cases/{Case.objects.get().number}/"))


# -- who, and what the trail says ------------------------------------------------------------------------


def test_each_role_does_what_it_may_with_a_form(office, people) -> None:
    arrival = came(whole(people["intake"]))
    takes, sees = ("intake", "records", "supervisor"), ("counsel", "auditor")
    pages: Mapping[str, tuple[str, ...]] = {
        "/forms/": takes + sees,
        f"/forms/{arrival.pk}/file/": takes + sees,
        "/forms/new/": takes,
        f"/forms/{arrival.pk}/": takes,
        f"/forms/{arrival.pk}/pages/1.png": takes,
        f"/forms/{arrival.pk}/aside/": takes,
    }
    for role in (*takes, *sees, "administrator"):
        client = whole(people[role])
        for address, allowed in pages.items():
            assert (client.get(address).status_code == 200) is (role in allowed), (address, role)
        if role not in takes:
            assert upload(client, Made().pdf()).status_code == 403
            assert client.post(f"/forms/{arrival.pk}/", entered()).status_code == 403
            assert client.post(f"/forms/{arrival.pk}/aside/", {"reason": "x"}).status_code == 403
    assert Arrival.objects.count() == 1 and not Case.objects.exists()


def test_every_step_is_in_the_trail_and_no_value_of_the_form_is(office, people) -> None:
    client = whole(people["intake"])
    arrival = came(client)
    client.get(f"/forms/{arrival.pk}/")
    client.get(f"/forms/{arrival.pk}/pages/1.png")
    client.post(f"/forms/{arrival.pk}/", entered(("form",)))
    client.post(f"/forms/{arrival.pk}/", entered())
    of_form = Event.objects.filter(about=f"form {arrival.pk}").values_list("act", "outcome")
    for wanted in (
        ("upload a form", "done"),
        ("view desk:form", "done"),
        ("view desk:form_page", "done"),
        ("make a case of a form", "refused"),
        ("make a case of a form", "done"),
    ):
        assert wanted in list(of_form), wanted
    told = trail_text()
    for value in [*FILLED.values(), "MUSTER", "Atlantis", "paper.pdf", "P000001"]:
        for row in value.split("\n"):
            assert len(row) < 2 or row not in told, row


def test_neither_database_nor_folder_hold_what_was_read_in_the_clear(office, people) -> None:
    from django.core import serializers

    client = whole(people["intake"])
    arrival = came(client)
    client.post(f"/forms/{arrival.pk}/", entered(do="keep"))
    rows = serializers.serialize("json", [*Arrival.objects.all(), *ArrivalPart.objects.all()])
    files = b"".join(one.read_bytes() for one in safe_folder().iterdir())
    for value in ("MUSTER", "Atlantis", "000-111-222"):
        assert value not in rows and value.encode() not in files
    assert b"PNG" not in files
    assert arriving.said(arrival)["v_name"] == FILLED["name"]

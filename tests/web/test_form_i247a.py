"""Form I-247A is read beside its labels, or not at all; and only what a person confirmed becomes a request."""

from __future__ import annotations

import io
import itertools
import json
import random
from datetime import UTC, datetime

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from habeas.records.request import FORM_I247A, HOLD_ITEMS, NOTIFICATION_ITEMS
from habeas.web.casework.intake import Upload, take_in
from habeas.web.uploads.confirming import Confirmed, fields_to_intake
from habeas.web.uploads.fields import (
    BOX_1,
    NAMES,
    REQUESTS,
    TEXTS,
    TICKS,
    Field,
    Fields,
    Reading,
    Spot,
)
from habeas.web.uploads.form_i247a import HEADER, OFFICER, PHRASES, read_form
from habeas.web.uploads.picture import crop, crops, page_picture
from habeas.web.uploads.reading import read_upload
from habeas.web.uploads.refusals import UploadError
from habeas.web.uploads.sandbox import run
from habeas.web.uploads.structure import check
from tests.web.test_form_i247a_made import FILLED, Made, blank_pdf

TICKS_MADE = {"box_1", "final_order", "biometric_check"}


def read(made: Made) -> Fields:
    """The fields, read in this process: so that many can be read."""
    data = made.pdf()
    fields, _ = read_form(data, check(data)[2])
    assert fields is not None
    return fields


def told(data: bytes) -> list[str]:
    return [one.message for one in read_upload(data, "paper.pdf").problems]


# -- what is written ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", [1, 2])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("how", ["typed", "fields", "named", "notes"])
def test_every_field_is_read_however_it_was_filled_in_and_the_page_turned(how, rotate, pages):
    fields = read(Made(how=how, rotate=rotate, pages=pages))
    assert {name: fields[name].value for name in TEXTS} == {**FILLED, "form": FORM_I247A}
    assert {name for name in TICKS if fields[name].value} == TICKS_MADE
    assert fields.requests == REQUESTS
    second = {name for name in NAMES if fields[name].page == 2}
    assert second == (set() if pages == 1 else {"officer", *TICKS, *REQUESTS, "form"})


def test_a_page_whose_content_lies_on_its_side_is_read_and_its_boxes_are_where_it_is_shown():
    upright, sideways = read(Made()), read(Made(sideways=True))
    for name in NAMES:
        assert sideways[name].value == upright[name].value
    left, top, right, bottom = sideways["name"].box
    assert bottom - top > right - left, "a name that is read upwards is higher than wide"


def test_a_form_field_that_is_called_as_its_label_is_known_by_its_name_where_no_label_stands():
    without = [name for name in FILLED if name != "officer"]
    fields = read(Made(how="named", without=without))
    for name in without:
        if name not in ("name",):  # the generator names it `Name of Alien`
            assert (fields[name].value, fields[name].sure) == (FILLED[name], "field name")


def test_a_blank_field_has_a_place_and_no_value():
    for how in ("typed", "fields"):
        blank = {**FILLED, "citizenship": "", "officer": "", "subject_id": ""}
        fields = read(Made(how=how, filled=blank))
        for name in ("citizenship", "officer", "subject_id"):
            assert fields[name].value is None, (how, name)
            assert fields[name].box is not None
        assert fields["event_number"].value == FILLED["event_number"]


@pytest.mark.parametrize("how", ["typed", "fields", "notes"])
@pytest.mark.parametrize("missing", sorted(FILLED))
def test_a_value_whose_label_is_missing_is_never_taken_for_another_fields(how, missing):
    fields = read(Made(how=how, without=[missing]))
    assert fields[missing] == Field(missing)
    for name in FILLED:
        if name != missing:
            assert fields[name].value in (FILLED[name], None), name


@pytest.mark.parametrize("how", ["typed", "fields", "notes"])
@pytest.mark.parametrize(
    ("blank", "missing"),
    list(itertools.permutations(sorted(FILLED), 2)),
)
def test_a_blank_field_beside_a_missing_label_does_not_take_its_value(how, blank, missing):
    fields = read(Made(how=how, without=[missing], filled={**FILLED, blank: ""}))
    assert fields[blank].value is None
    assert fields[missing].value is None
    for name in FILLED:
        assert fields[name].value in (FILLED[name], None), name


def test_values_stand_a_little_higher_or_lower_than_their_labels():
    for shift in (-4, -2, 2, 4):
        lifted = [(10, x, y + shift, text) for text, x, y in (
            ("ID-1", 96, 720), ("EV-2", 364, 720), ("Atlantis", 282, 614), ("M", 446, 614))]  # fmt: skip
        none = dict.fromkeys(("subject_id", "event_number", "citizenship", "sex"), "")
        fields = read(Made(filled={**FILLED, **none}, more=lifted))
        found = [fields[name].value for name in none]
        assert found == ["ID-1", "EV-2", "Atlantis", "M"], shift


def test_two_places_for_one_field_make_it_unclear_and_no_value_is_taken():
    fields = read(Made(more=[(9, 300, 650, "Sex: M")]))
    assert (fields["sex"].value, fields["sex"].sure) == (None, "unclear")
    assert "`sex` is not clear" in told(Made(more=[(9, 300, 650, "Sex: M")]).pdf())


def test_a_label_that_is_not_known_ends_no_value_but_makes_it_unclear():
    fields = read(Made(more=[(9, 225, 632, "Alias: SCHMIDT")]))
    assert (fields["name"].value, fields["name"].sure) == (None, "unclear")


def test_a_form_field_that_says_something_else_than_its_place_is_unclear():
    made = Made(how="named")
    data = made.pdf()
    fields, _ = read_form(data, check(data)[2])
    assert fields is not None and fields["sex"].sure == "field name"
    twice = Made(how="named", without=["sex"], more=[(9, 420, 560, "Sex:"), (10, 446, 560, "M")])
    assert read(twice)["sex"].sure == "unclear"


def test_a_note_that_no_picture_shows_is_not_read():
    fields = read(Made(how="notes", shown=False))
    assert {fields[name].value for name in FILLED} == {None}


def test_hidden_form_fields_are_not_read():
    with pikepdf.open(io.BytesIO(Made(how="fields").pdf())) as opened:
        for note in opened.pages[0].Annots:
            note.F = 2
        file = io.BytesIO()
        opened.save(file)
    fields, _ = read_form(file.getvalue(), check(file.getvalue())[2])
    assert fields is not None
    assert {fields[name].value for name in FILLED} == {None}


# -- ticks -------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.sets(st.sampled_from(TICKS)), st.sampled_from(["typed", "fields", "notes"]))
def test_what_is_ticked_is_yes_and_nothing_else_is(ticks, how):
    fields = read(Made(ticks=ticks, how=how))
    otherwise = False if how == "fields" else None
    for name in TICKS:
        assert fields[name].value is (True if name in ticks else otherwise)


def test_a_tick_that_could_not_be_read_is_not_a_no_and_a_person_is_told_to_look():
    fields = read(Made())
    assert fields.cancels is None
    assert "whether this form cancels an earlier detainer could not be read" in told(Made().pdf())
    fields = read(Made(how="fields"))
    assert fields.cancels is False


def test_a_form_that_cancels_asks_for_nothing_and_says_so():
    made = Made(ticks=["cancel"])
    fields = read(made)
    assert fields.cancels is True and fields.requests == ()
    assert "this form cancels an earlier detainer, and asks for nothing" in told(made.pdf())


def test_a_request_that_does_not_stand_on_the_paper_is_not_there():
    fields = read(Made(without=["hold", "report"]))
    assert fields.requests == ("notify", "pass_on")
    assert fields["hold"] == Field("hold")


# -- what is no form ---------------------------------------------------------------------------------


def test_other_papers_have_no_fields_and_are_told_apart():
    scan = read_upload(blank_pdf(), "scan.pdf")
    assert scan.fields is None
    assert "there is no text in this PDF: a scan" in [one.message for one in scan.problems]
    for number in ("I-247D", "I-247", "I-247G"):
        other = read_upload(Made(number=number).pdf(), "other.pdf")
        assert other.fields is None
        assert "this is another form than I-247A" in [one.message for one in other.problems]
    letter = Made(without=[*FILLED, "form"], filled={})
    assert read_upload(letter.pdf(), "letter.pdf").fields is None


def test_a_form_without_its_number_is_read_but_not_said_to_be_one():
    assert read(Made(without=["form"]))["form"] == Field("form")
    mixed = read(Made(more=[(9, 300, 40, "replaces I-247D")]))
    assert (mixed["form"].value, mixed["form"].sure) == (None, "unclear")


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from(["typed", "fields"]))
def test_words_that_are_strewn_over_a_form_bring_no_field_another_ones_value(seed, how):
    roll = random.Random(seed)
    noise = ("lorem", "X", "12345", "(a)", "I-247A", "::", ")(", "of", "(")
    more = [
        (
            roll.choice((7, 9, 12)),
            roll.randrange(20, 560),
            roll.randrange(40, 780),
            roll.choice(noise),
        )
        for _ in range(12)
    ]
    missing = roll.sample(sorted(FILLED), 3)
    fields = read(Made(how=how, without=missing, more=more))
    for name in FILLED:
        value = str(fields[name].value or "")
        assert name not in missing or value == ""
        for other in FILLED.keys() - {name, "sex"}:
            assert FILLED[other].split("\n")[0] not in value, (name, other)


# -- pictures ----------------------------------------------------------------------------------------


def _colours(png: bytes) -> set[tuple[int, ...]]:
    with Image.open(io.BytesIO(png)) as picture:
        return {colour for _, colour in picture.convert("RGB").getcolors(2**24)}


def _dark(png: bytes) -> int:
    with Image.open(io.BytesIO(png)) as picture:
        return sum(picture.convert("L").histogram()[:128])


@pytest.mark.parametrize("how", ["typed", "fields", "notes"])
@pytest.mark.parametrize("rotate", [0, 90])
def test_the_picture_of_a_field_shows_what_was_written_there(how, rotate):
    full, empty = Made(how=how, rotate=rotate), Made(how=how, rotate=rotate, filled={})
    name = read(full)["name"]
    written, blank = (crop(made.pdf(), name.page, name.box) for made in (full, empty))
    assert _dark(written) > _dark(blank)


def test_a_page_is_drawn_with_a_box_around_each_place():
    made = Made()
    fields = read(made)
    plain = page_picture(made.pdf(), 1)
    marked = page_picture(made.pdf(), 1, [fields["name"].box, fields["sex"].box])
    assert (176, 0, 32) not in _colours(plain)
    assert (176, 0, 32) in _colours(marked)


def test_pictures_of_many_places_come_in_their_order():
    made = Made(pages=2)
    fields = read(made)
    spots = [Spot(fields[name].page, fields[name].box) for name in ("officer", "to", "sex")]
    assert crops(made.pdf(), spots) == tuple(crop(made.pdf(), one.page, one.box) for one in spots)


def test_a_place_that_is_on_no_page_is_refused():
    for page, box in ((2, (0, 0, 9, 9)), (0, (0, 0, 9, 9)), (1, (5000.0, 0.0, 5001.0, 9.0))):
        with pytest.raises(UploadError) as refused:
            crop(Made().pdf(), page, box)
        assert refused.value.code == "page"


# -- what a person confirmed -------------------------------------------------------------------------

CAME = datetime(2026, 1, 16, 9, tzinfo=UTC)


def confirmed(fields: Fields, **other) -> Confirmed:
    """Everything confirmed as it was read, and that it does not cancel."""
    values = {one.name: one.value for one in fields.all if one.value is not None}
    values = {**values, "cancel": False, **other}
    return Confirmed(
        "p-1", CAME, {name: value for name, value in values.items() if value is not None}
    )


def test_a_confirmed_form_is_the_two_requests_of_the_person_who_was_chosen():
    intake = fields_to_intake(fields := read(Made()), confirmed(fields))
    assert (intake.form, intake.people, intake.received_at) == (FORM_I247A, ("p-1",), CAME)
    assert intake.facts == {"requester": "Made-up Field Office, 1 Example Road, Fir CA"}
    assert intake.reference == FILLED["event_number"]
    assert FILLED["name"] not in json.dumps([intake.title, dict(intake.facts), intake.attention])


@pytest.mark.parametrize("left_out", ["form", "from", "notify", "hold", "cancel"])
def test_what_nobody_confirmed_is_no_fact_though_it_was_read(left_out):
    fields = read(Made(how="fields"))
    assert fields[left_out].value is not None
    with pytest.raises(UploadError, match="nobody confirmed"):
        fields_to_intake(fields, confirmed(fields, **{left_out: None}))


def test_what_may_be_left_out_is_not_taken_from_the_reading():
    fields = read(Made())
    intake = fields_to_intake(fields, confirmed(fields, event_number=None, officer=None))
    assert (intake.reference, intake.attention) == ("", "")


def test_what_a_person_corrected_goes_before_what_was_read():
    fields = read(Made())
    intake = fields_to_intake(
        fields, confirmed(fields, event_number="FIR-7", **{"from": "Other office"})
    )
    assert (intake.reference, intake.agency) == ("FIR-7", "Other office")
    assert intake.facts["requester"] == "Other office"


def test_a_form_that_cancels_makes_no_request():
    fields = read(Made(ticks=["cancel"]))
    for cancel in (True, None):
        with pytest.raises(UploadError, match="cancels an earlier detainer"):
            fields_to_intake(fields, confirmed(fields, cancel=cancel))


def test_one_of_the_two_requests_alone_is_that_one():
    fields = read(Made())
    for given_, items, kind in (
        ({"hold": False}, NOTIFICATION_ITEMS, "notification request"),
        ({"notify": False}, HOLD_ITEMS, "hold request"),
    ):
        intake = fields_to_intake(fields, confirmed(fields, **given_))
        assert (intake.form, tuple(intake.items)) == ("", items)
        assert intake.facts["instrument"] == kind
        assert intake.facts["names_specific_person"] is True
    with pytest.raises(UploadError, match="asks for nothing"):
        fields_to_intake(fields, confirmed(fields, hold=False, notify=False))


def test_nobody_is_chosen_by_the_name_on_the_paper():
    fields = read(Made())
    with pytest.raises(UploadError, match="nobody was chosen"):
        fields_to_intake(fields, Confirmed(" ", CAME, confirmed(fields).values))


@pytest.mark.parametrize(
    "wrong",
    [{"nmae": "x"}, {"hold": "yes"}, {"name": True}, {"name": " "}, {"name": "x" * 501}],
)
def test_a_value_that_is_none_of_its_field_is_refused(wrong):
    fields = read(Made())
    with pytest.raises(UploadError):
        fields_to_intake(fields, confirmed(fields, **wrong))


@pytest.mark.django_db
def test_an_uploaded_form_becomes_a_case_of_two_requests_in_the_requesters_word(people):
    data = Made().pdf()
    uploaded = read_upload(data, "form.pdf")
    said = Confirmed("P000001", CAME, confirmed(uploaded.fields).values)
    kept = Upload("form.pdf", uploaded.kind.value, data)
    case = take_in(people["intake"], fields_to_intake(uploaded.fields, said, [kept]))
    assert case.originals.get().sha256 == uploaded.sha256
    for request, kind in zip(case.requests.all(), ("notification", "hold"), strict=True):
        assert request.statements.get(path="instrument").value == f"{kind} request"
        assert request.statements.get(path="requester").source == "requester"


# -- tables ------------------------------------------------------------------------------------------


def test_every_field_of_the_form_has_a_label_or_a_phrase():
    assert set(HEADER) | {"form", "officer"} == set(TEXTS) and OFFICER
    assert set(PHRASES) == {*TICKS, *REQUESTS} and set(BOX_1) < set(TICKS)


def test_the_sandbox_says_of_a_form_what_reading_it_here_says():
    made = Made(how="fields", pages=2)
    assert run("pdf", made.pdf(), Reading).fields == read(made)

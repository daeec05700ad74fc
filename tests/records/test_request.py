"""Request files: what they say, who says it, and what is refused."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import InputError
from habeas.law.facts import Said
from habeas.law.vocabulary import Vocabulary
from habeas.records import Request, read_request
from habeas.records import request as request_module
from habeas.records.request import HOLD_ITEMS, NOTIFICATION_ITEMS, _RequestFile
from tests.records.conftest import Golden, Told, goldens

Reads = Callable[[str], Request]


@pytest.fixture
def reads(tmp_path: Path, vocabulary: Vocabulary) -> Reads:
    """Reads the text of a request that is one."""

    def read(text: str) -> Request:
        path = tmp_path / "r.yaml"
        path.write_text(f"id: a\n{text}")
        [request] = read_request(path, vocabulary)
        return request

    return read


@pytest.mark.parametrize("case", goldens("requests"), ids=lambda case: case.name)
def test_what_is_refused_and_how_it_is_told(
    case: Golden, tmp_path: Path, vocabulary: Vocabulary, told: Told
) -> None:
    [(name, content)] = case.files.items()
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        read_request(tmp_path / name, vocabulary)
    assert told(caught.value) == case.expected
    assert caught.value.exit_code == 2


def test_a_bare_value_is_said_by_the_requester_alone(reads: Reads) -> None:
    facts = reads("facts: {purpose: oversight, received_on: 2025-07-17}").facts
    assert facts.values == {"purpose": "oversight", "received_on": date(2025, 7, 17)}
    assert facts.sources == {
        "purpose": (Said("requester"),),
        "received_on": (Said("requester"),),
    }
    assert facts.unconfirmed() == {"purpose", "received_on"}


def test_a_value_has_the_sources_that_the_file_names(reads: Reads) -> None:
    facts = reads(
        "facts:\n"
        "  purpose: {value: oversight, source: counsel, known_on: 2025-07-18}\n"
        "  instrument: {value: court order, source: [requester, officer]}\n"
        "  issued_by_judge: {value: no}\n"
    ).facts
    assert facts.sources["purpose"] == (Said("counsel", date(2025, 7, 18)),)
    assert facts.sources["instrument"] == (Said("requester"), Said("officer"))
    assert facts.unconfirmed() == {"issued_by_judge"}


def test_what_is_left_empty_is_unknown(reads: Reads) -> None:
    facts = reads(
        "facts:\n  purpose:\n  quashed: {value: , source: counsel}\n"
        "item_facts: {name: {public: ~}}\n"
    ).facts
    assert facts.values == {}
    assert facts.items == {}
    assert facts.sources == {}


def test_items_and_groups_are_expanded_in_the_vocabularys_order(
    reads: Reads, vocabulary: Vocabulary
) -> None:
    assert reads("items: [release_date, contact_information, phone, name]").items == (
        "name",
        "home_address",
        "work_address",
        "phone",
        "family_contacts",
        "release_date",
    )
    assert reads("items: everything").items == tuple(vocabulary.items)


def test_items_left_out_are_every_item_that_is_data(reads: Reads) -> None:
    items = reads("").items
    assert {"name", "citizenship", "phone_calls"} <= set(items)
    assert not {"hold", "transfer", "database_access", "alpr_reads"} & set(items)


def test_people_are_all_unless_they_are_named(reads: Reads) -> None:
    assert reads("").people is None
    assert reads("people: all").people is None
    assert reads("people: [007, 12:30, yes-1]").people == ("007", "12:30", "yes-1")
    assert reads("people: P1").people == ("P1",)


def test_what_is_selected_by_is_expanded(reads: Reads) -> None:
    assert reads("").selects_on == ()
    assert reads("selects_on: citizenship").selects_on == ("citizenship",)


def test_a_request_may_say_things_of_the_people_that_it_names(reads: Reads) -> None:
    facts = reads(
        "people: [P1]\nperson: {outstanding_federal_felony_warrant: yes, "
        "lawful_status_proved: {value: no, source: officer}}"
    ).facts
    assert facts.values == {
        "outstanding_federal_felony_warrant": True,
        "lawful_status_proved": False,
    }
    assert facts.unconfirmed() == {"outstanding_federal_felony_warrant"}


def test_a_judgement_that_is_signed_and_dated_is_taken(reads: Reads) -> None:
    facts = reads(
        "facts: {compelling_need_shown: {value: yes, source: counsel, known_on: 2025-07-18}}"
    ).facts
    assert facts.values == {"compelling_need_shown": True}


def test_a_group_speaks_for_its_items_and_an_item_for_itself_first(
    reads: Reads, vocabulary: Vocabulary
) -> None:
    facts = reads(
        "item_facts:\n"
        "  medical: {ordered: no}\n"
        "  phone: {ordered: }\n"
        "  everything: {ordered: {value: yes, source: counsel}}\n"
        "  contact_information: {ordered: {value: yes, source: counsel}}\n"
    ).facts
    assert facts.items["medical", "ordered"] is False
    assert facts.sources["medical.ordered"] == (Said("requester"),)
    assert facts.items["name", "ordered"] is True
    assert facts.sources["name.ordered"] == (Said("counsel"),)
    # Left empty for an item: unknown of it, whatever its groups say.
    assert ("phone", "ordered") not in facts.items
    assert "phone.ordered" not in facts.sources
    assert len(facts.items) == len(vocabulary.items) - 1


def test_two_groups_may_differ_about_an_item_that_speaks_for_itself(reads: Reads) -> None:
    groups = "personal_information: {public: no}, contact_information: {public: yes}"
    items = ("home_address", "work_address", "phone", "family_contacts")
    own = ", ".join(f"{item}: {{public: yes}}" for item in items)
    facts = reads(f"item_facts: {{{groups}, {own}}}").facts
    assert facts.items["phone", "public"] is True
    assert facts.items["name", "public"] is False


def test_a_form_i_247a_is_two_requests_that_are_linked(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(
        "id: d1\nform: {value: I-247A, source: officer, known_on: 2025-07-18}\npeople: [P1]\n"
        "title: detainer\nnote: by post\nlinked: [d0]\n"
        "facts: {purpose: immigration enforcement}\n"
    )
    notification, hold = read_request(path, vocabulary)
    assert (notification.id, hold.id) == ("d1-notification", "d1-hold")
    assert notification.linked == ("d1-hold", "d0")
    assert hold.linked == ("d1-notification", "d0")
    assert set(notification.items) == set(NOTIFICATION_ITEMS)
    assert "release_date" in notification.items
    assert hold.items == HOLD_ITEMS
    for request, instrument in ((notification, "notification request"), (hold, "hold request")):
        assert request.people == ("P1",)
        assert (request.title, request.note) == ("detainer", "by post")
        assert request.facts.values == {
            "purpose": "immigration enforcement",
            "instrument": instrument,
            "names_specific_person": True,
        }
        officer = (Said("officer", date(2025, 7, 18)),)
        assert request.facts.sources["instrument"] == officer
        assert request.facts.sources["names_specific_person"] == officer
        assert request.facts.unconfirmed() == {"purpose"}


def test_the_two_requests_of_a_form_share_no_facts_that_change(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("id: d1\nform: I-247A\npeople: [P1]\nitem_facts: {hold: {ordered: no}}\n")
    first, second = read_request(path, vocabulary)
    first.facts.values["quashed"] = True
    first.facts.items["hold", "ordered"] = True
    assert "quashed" not in second.facts.values
    assert second.facts.items["hold", "ordered"] is False


def test_what_the_file_says_of_a_form_goes_before_what_a_form_is(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(
        "id: d1\nform: I-247A\npeople: [P1]\n"
        "facts: {names_specific_person: {value: no, source: officer}}\n"
    )
    for request in read_request(path, vocabulary):
        assert request.facts.values["names_specific_person"] is False
        assert request.facts.unconfirmed() == {"instrument"}


def test_every_field_is_documented() -> None:
    for name in _RequestFile.model_fields:
        assert f"    {name}: " in (request_module.__doc__ or "") or f"    {name}:  " in (
            request_module.__doc__ or ""
        ), name


@given(data=st.data())
def test_any_closed_word_can_be_stated_and_no_other(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary
) -> None:
    closed = [f for f in vocabulary.facts.values() if f.scope == "request" and f.words]
    fact = data.draw(st.sampled_from(closed))
    others = [word for other in closed for word in other.words]
    word = data.draw(st.sampled_from(others))
    path = tmp_path_factory.mktemp("words") / "r.yaml"
    path.write_text(f"id: a\nfacts: {{{fact.name}: {word}}}\n")
    if word in fact.words:
        [request] = read_request(path, vocabulary)
        assert request.facts.values == {fact.name: word}
    else:
        with pytest.raises(InputError, match=f"`{word}` is no value of `{fact.name}`"):
            read_request(path, vocabulary)

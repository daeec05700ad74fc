"""Deciding: who says so, choosing tells, people without a record, duties, digests."""

from datetime import date

import pytest

import habeas
from habeas import Facts, Person, Request, Said
from habeas.decisions.decision import BASES, VERDICTS
from habeas.decisions.explain import OUTCOME, explain

DAY = date(2025, 7, 18)
CONFIRMED = {
    "received_on": date(2025, 7, 17),
    "requester_kind": "immigration authority",
    "requester_level": "federal",
    "requester_place": "us",
    "purpose": "immigration enforcement",
    "instrument": "notification request",
    "issued_by_judge": False,
    "quashed": False,
}
VIOLENT = {
    "level": "felony",
    "offense": "PC 211",
    "convicted_on": date(2019, 1, 1),
    "reduced_by_prop_47": False,
}


def request(items=("release_date",), selects_on=(), sources=None, **values) -> Request:
    return Request(
        "r", Facts({**CONFIRMED, **values}, sources=sources or {}), tuple(items), tuple(selects_on)
    )


def person(rows=(), complete=("conviction", "charge"), public=False, **values) -> Person:
    items = {("release_date", "public"): public, ("release_date", "ordered"): False}
    return Person(
        "p",
        Facts(values, items, {"conviction": [dict(row) for row in rows]}, frozenset(complete)),
        frozenset(),
    )


def decide(law: str, asked: Request, who: Person, item: str = "release_date"):
    return habeas.read_law(law).decide(asked, who, item, DAY)


def test_a_decision_as_json_has_exactly_the_keys_of_the_specification():
    made = decide("us-ca", request(), person([VIOLENT])).to_json()
    assert list(made) == [
        "request", "person", "item", "verdict", "basis", "rules", "defeated", "missing", "duties", "law", "as_of", "unchecked",
    ]  # fmt: skip


def test_a_listed_offence_opens_the_release_date_and_brings_the_notices():
    made = decide("us-ca", request(), person([VIOLENT]))
    assert (made.verdict, made.basis) == ("grant", "permitted")
    acts = {owed.act: owed for owed in made.duties}
    assert {"give_copy_to_subject", "tell_subject_if_complying", "notify_subject"} <= set(acts)
    assert acts["notify_subject"].certain
    assert "us-ca/values-act#a1C-7282.5" in made.rules
    assert "us-ca/values-act#a1C-7282.5" in {by for beaten in made.defeated for by in beaten.by}


def test_what_the_requester_alone_says_grounds_no_grant_and_is_named():
    alone = {"instrument": (Said("requester"),)}
    made = decide("us-ca", request(sources=alone), person([VIOLENT]))
    assert (made.verdict, made.basis) == ("refer", "unconfirmed")
    assert [one.fact for one in made.missing] == ["instrument"]
    both = {"instrument": (Said("requester"), Said("officer"))}
    assert decide("us-ca", request(sources=both), person([VIOLENT])).verdict == "grant"


def test_what_the_requester_alone_says_can_ground_a_denial():
    alone = {name: (Said("requester"),) for name in CONFIRMED}
    nothing = person(current_registrant=False, outstanding_federal_felony_warrant=False)
    assert decide("us-ca", request(sources=alone), nothing).basis == "forbidden"


def test_nothing_is_granted_where_being_in_the_answer_would_tell():
    public = Person("p", Facts({}, {("charges", "public"): True}, {}, frozenset()), frozenset())
    asked = request(
        ("charges",),
        ("citizenship",),
        requester_kind="press",
        requester_level="private",
        purpose="public inquiry",
        instrument="records request",
    )
    made = decide("us-ca", asked, public, "charges")
    assert (made.verdict, made.basis, made.missing) == ("refer", "selection", ())
    assert (
        decide(
            "us-ca",
            request(("charges",), (), purpose="public inquiry", requester_kind="press"),
            public,
            "charges",
        ).verdict
        == "grant"
    )


def test_a_person_without_a_record_is_one_of_whom_nothing_is_known(tmp_path):
    habeas.write_sample(tmp_path / "jail", 20, 1)
    law = habeas.read_law("us-ca-sf")
    records = habeas.read_records(tmp_path / "jail", None, law.book.vocabulary)
    asked = Request("r", request().facts, ("home_address", "release_date"), people=("nobody",))
    table = law.decide_all(asked, records, DAY)
    nobody = Person("nobody", Facts(), frozenset())
    assert table.column("verdict").to_pylist() == [
        d.verdict for d in law.decide_person(asked, nobody, None, DAY)
    ]


def test_all_at_once_is_the_same_as_one_by_one(tmp_path):
    habeas.write_sample(tmp_path / "jail", 60, 3)
    law = habeas.read_law("us-ca-sf")
    records = habeas.read_records(tmp_path / "jail", None, law.book.vocabulary)
    asked = Request(
        "r",
        request(instrument="records request").facts,
        ("name", "charges", "release_date", "citizenship"),
    )
    rows = law.decide_all(asked, records, DAY).to_pylist()
    again = [law.decide(asked, who, item, DAY) for who in records.people() for item in asked.items]
    for row in rows:
        row["as_of"] = row["as_of"].isoformat()
    assert rows == [one.to_json() for one in again]


def test_a_stated_no_that_a_list_of_the_law_contradicts_is_refused():
    with pytest.raises(habeas.InputError, match=r"conviction\[1\].violent_felony"):
        decide("us-ca", request(), person([{**VIOLENT, "violent_felony": False}]))


def test_a_place_without_law_of_its_own_is_refused():
    with pytest.raises(habeas.InputError, match="did you mean `us-ca-sf`"):
        habeas.read_law("us-ca-sff")


def test_an_unknown_item_is_refused():
    with pytest.raises(habeas.InputError, match="did you mean `release_date`"):
        decide("us-ca", request(), person(), "release_dat")


def test_the_digest_names_the_bytes_of_the_chain_and_no_others(tmp_path):
    book = habeas.read_laws()
    assert book.digest("us-ca") != book.digest("us-tx")
    assert set(book.law_files("us-tx")) >= {"vocabulary.md", "checks.csv"}
    assert not any(path.startswith("us-ca/") for path in book.law_files("us-tx"))


def test_every_unchecked_provision_that_it_rests_on_is_named():
    made = decide("us-ca", request(), person([VIOLENT]))
    assert "us-ca/values-act#a1C" in made.unchecked
    assert any("7282.5" in name for name in made.unchecked), "the definition's provision too"


def test_every_verdict_and_basis_has_a_sentence():
    assert {verdict for verdict, _ in OUTCOME} == set(VERDICTS)
    assert {basis for _, basis in OUTCOME} == set(BASES)


def test_an_explanation_names_law_facts_sources_and_what_is_missing():
    law = habeas.read_law("us-ca")
    who = person(
        [], complete=("charge",), current_registrant=False, outstanding_federal_felony_warrant=False
    )
    asked = request(sources={"purpose": (Said("counsel", DAY),)})
    made = explain(law, law.decide(asked, who, "release_date", DAY), law.facts(asked, who, DAY))
    assert made.decision.basis == "missing facts"
    assert [fact for fact, _, _ in made.missing] == ["conviction"]
    assert {one.fact: one.said_by for one in made.used}["purpose"] == f"counsel ({DAY})"
    assert all(
        reading.text and reading.source.startswith("https://") and reading.unchecked
        for reading in made.readings
    )


def test_a_duty_is_certain_at_a_grant_possible_at_a_refer_and_absent_at_a_deny():
    def notified(who):
        return [
            owed.certain
            for owed in decide("us-ca", request(), who).duties
            if owed.act == "notify_subject"
        ]

    assert notified(person([VIOLENT])) == [True]
    assert notified(
        person(
            [],
            complete=("charge",),
            current_registrant=False,
            outstanding_federal_felony_warrant=False,
        )
    ) == [False]
    assert (
        notified(person([], current_registrant=False, outstanding_federal_felony_warrant=False))
        == []
    )

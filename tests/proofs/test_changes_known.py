"""What would change a decision, on law that is short enough to see, and on the shipped law."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from habeas import Facts, Law, Person, Request, read_law, read_request
from habeas.law.facts import Said
from habeas.proofs.changes import Changes, changes
from tests.conftest import ROOT
from tests.properties.strategies import book_of, common_files

DAY = date(2025, 3, 3)
BASE = ROOT / "tests" / "law" / "base"
HEAD = """---
title: An Act
citation: Test Code
place: us-ca
authority: state
source: https://example.org/act
---
"""
NOBODY = Person("P", Facts(), frozenset())


def law_of(*rules: str) -> Law:
    """A law of California with these rules, each a provision."""
    parts = [
        f"## § {number} {{#r{number}}}\n\nA rule.\n\n```rule\n{rule}\n```\n"
        for number, rule in enumerate(rules, 1)
    ]
    book = book_of({**common_files(BASE), "us-ca/act.md": HEAD + "\n" + "\n".join(parts)})
    return Law("us-ca", book, "0")


def asked(law: Law, facts: Facts, item: str = "name", selects_on: tuple[str, ...] = ()) -> Changes:
    return changes(law, Request("r", facts, (item,), selects_on), NOBODY, item, DAY)


def sets_of(made: Changes) -> dict[tuple[str, ...], set[str]]:
    """All sets, with the bases that they lead to."""
    return {one.facts: {led.basis for led in one.led} for one in (*made.sets, *made.fixed)}


def test_a_set_has_no_fact_too_many() -> None:
    law = law_of("permit name\nwhen minor or (need_shown and public)")
    made = asked(law, Facts({"minor": False, "need_shown": False}, {("name", "public"): False}))
    assert sets_of(made) == {
        ("minor",): {"permitted"},
        ("name.public", "need_shown"): {"permitted"},
    }
    assert made.complete and made.complete_fixed


def test_what_stays_unknown_must_not_matter() -> None:
    law = law_of("permit name\nwhen minor and (need_shown or public)")
    made = asked(law, Facts({"minor": False}))
    assert sets_of(made) == {
        ("minor", "name.public"): {"permitted"},
        ("minor", "need_shown"): {"permitted"},
    }


def test_a_missing_fact_may_turn_out_both_ways() -> None:
    law = law_of("permit name\nwhen public")
    (one,) = asked(law, Facts()).sets
    assert one.facts == ("name.public",)
    assert [(led.verdict, led.parts[0].answers) for led in one.led] == [
        ("grant", (True,)),
        ("deny", (False,)),
    ]


def test_a_conflict_is_where_a_denial_can_go() -> None:
    law = law_of("forbid name\nwhen minor", "require name\nwhen ordered")
    made = asked(law, Facts({"minor": True}, {("name", "ordered"): False}))
    assert sets_of(made) == {("name.ordered",): {"conflict"}}


def test_what_the_requester_alone_says_is_missing_until_somebody_confirms_it() -> None:
    law = law_of("permit name\nwhen need_shown")
    facts = Facts({"need_shown": True}, sources={"need_shown": (Said("requester"),)})
    (one,) = asked(law, facts).sets
    assert one.facts == ("need_shown",)
    assert {led.parts[0].standing for led in one.led} == {"missing"}


def test_what_silence_would_answer_is_not_the_requesters_to_say() -> None:
    law = law_of("permit name\nwhen not by_mail")
    facts = Facts({"by_mail": True}, sources={"by_mail": (Said("requester"),)})
    made = asked(law, facts)
    assert made.verdict == "deny"
    assert sets_of(made) == {("by_mail",): {"permitted"}}


def test_it_is_granted_only_where_what_people_are_chosen_by_is_granted() -> None:
    law = law_of("permit name\nwhen minor", "permit charges\nwhen need_shown")
    made = asked(law, Facts({"minor": False, "need_shown": False}), selects_on=("charges",))
    assert sets_of(made) == {("minor", "need_shown"): {"permitted"}}


def test_a_contested_provision_is_settled_by_no_answer() -> None:
    law = law_of("permit name\nwhen minor")
    assert sets_of(asked(law, Facts({"minor": False}))) == {("minor",): {"permitted"}}
    text = (
        HEAD
        + "\n## § 1 {#r1 status=contested}\n\nA rule.\n\n```rule\npermit name\nwhen minor\n```\n"
    )
    contested = Law("us-ca", book_of({**common_files(BASE), "us-ca/act.md": text}), "0")
    assert sets_of(asked(contested, Facts({"minor": False}))) == {}


def test_rows_are_added_and_what_a_row_says_is_changed() -> None:
    law = law_of("permit name\nwhen count_conviction(level = 'felony', incident) >= 2")
    facts = Facts(
        rows={
            "conviction": [
                {"level": "felony", "incident": "A"},
                {"level": "felony", "incident": "A"},
            ]
        },
        complete=frozenset({"conviction"}),
    )
    made = asked(law, facts)
    assert sets_of(made) == {
        ("conviction",): {"permitted"},
        ("conviction[1].incident",): {"permitted"},
        ("conviction[2].incident",): {"permitted"},
    }
    assert not made.sets


def test_no_answer_contradicts_a_list_of_the_law() -> None:
    law = law_of("permit name\nwhen any_conviction(offense = 'PC 1' and not serious)")
    facts = Facts(rows={"conviction": [{"serious": False}]}, complete=frozenset({"conviction"}))
    assert sets_of(asked(law, facts)) == {}


# -- the shipped law ------------------------------------------------------------------------------

ASKED_ON = date(2025, 7, 18)


def shipped(place: str, file: str, number: int, item: str) -> Changes:
    """An example request about somebody of whom the records say little."""
    law = read_law(place)
    request = read_request(ROOT / "examples" / "requests" / file, law.book.vocabulary)[number]
    person = Person("P1", Facts({"in_custody": True, "minor": False}), frozenset())
    return changes(law, replace(request, people=None), person, item, ASKED_ON)


def test_in_san_francisco_a_hold_turns_on_a_courts_paper_alone() -> None:
    made = shipped("us-ca-sf", "i-247a.yaml", 1, "hold")
    assert made.verdict == "deny" and made.complete
    (one,) = made.sets
    assert one.facts == ("hold.ordered", "instrument")
    (led,) = one.led
    assert (led.verdict, led.basis) == ("refer", "conflict")
    assert [(part.standing, part.paper) for part in led.parts] == [
        ("obtainable", "a paper that commands this very item"),
        ("obtainable", "a paper of another kind"),
    ]


def test_in_texas_a_hold_turns_on_papers_of_lawful_presence() -> None:
    made = shipped("us-tx", "i-247a-texas.yaml", 1, "hold")
    assert made.verdict == "grant" and made.complete and made.complete_fixed
    assert [one.facts for one in made.sets] == [("instrument",), ("lawful_status_proved",)]
    assert {led.verdict for one in made.sets for led in one.led} == {"deny"}
    assert ("requester_kind",) in [one.facts for one in made.fixed]


@pytest.mark.parametrize("item", ["charges", "release_date", "citizenship", "transfer"])
def test_json_says_of_each_fact_how_it_stands(item: str) -> None:
    made = shipped("us-ca-sf", "doj-2025-07-17.yaml", 0, item).to_json()
    every = [*made["sets"], *made["cannot_change"]["sets"]]
    for one in every:
        for led in one["leads_to"]:
            assert [part["fact"] for part in led["answers"]] == one["facts"]
            for part in led["answers"]:
                assert part["standing"] in ("missing", "obtainable", "cannot change")
                assert (part["paper"] is not None) == (part["standing"] == "obtainable")

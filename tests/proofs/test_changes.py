"""What would change a decision, held against brute force over random small laws."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice, product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from habeas.decisions.decide import Law
from habeas.law.facts import Facts, Said
from habeas.law.worlds import relevant
from habeas.proofs.change_search import Found, TooMuch
from habeas.proofs.changes import MOST, TURNED, asked_law, changes, exact, turning
from habeas.records.records import Person
from habeas.records.request import Request
from tests.proofs.changing import Brute
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled, chance

EFFORT = 2_500
"""About how many decisions brute force may take for one example."""

NOBODY = Person("P", Facts(), frozenset())


Example = tuple[Brute, str, int]
"""A small random law and a request, what is decided, and how many facts to look for."""


def drawn(seed: int) -> Example:
    """An example that is small enough."""
    made = rolled(seed)
    assume(made)
    return made


def rolled(seed: int) -> Example | None:
    """The example of a seed; None if it is too large, or if its law asks nothing."""
    dice = Rolled(seed)
    words = strategies.words(dice, facts=1 + dice.upto(2), columns=1 + dice.upto(1))
    while not words.columns and not chance(dice, 3):
        words = strategies.words(dice, facts=1 + dice.upto(1), columns=1 + dice.upto(1))
    made = strategies.law(dice, words, depth=2, most=3)
    law = Law("us-ca-sf", made.book(), "0")
    day = dice.pick(strategies.AS_OF)
    rules = law.in_force(day)
    items = [one for one in rules.vocabulary.items if relevant(rules, one)]
    if not items:
        return None
    item = dice.pick(items)
    facts = strategies.lawful(rules, strategies.facts(dice, words, rows=2))
    facts = strategies.tamed(rules, facts, 300, [item])
    facts = replace(facts, sources=_sources(dice, facts))
    selects = (dice.pick(items),) if chance(dice, 3) else ()
    brute = Brute(law, Request("r", facts, (item,), selects), item, day)
    most = next((most for most in (3, 2, 1) if brute.effort(most) <= EFFORT), 0)
    decided = law.decide(brute.request, NOBODY, item, day)
    return (brute, decided.verdict, most) if most else None


def _sources(dice: Dice, facts: Facts) -> dict[str, tuple[Said, ...]]:
    """Some facts that the requester alone says."""
    if not chance(dice, 2):
        return {}
    return {path: (Said("requester"),) for path, _ in facts.flat() if chance(dice, 3)}


def items_of(brute: Brute) -> tuple[str, ...]:
    return (brute.item, *(one for one in brute.request.selects_on if one != brute.item))


def searched(brute: Brute, verdict: str, most: int, effort: int = 10**6) -> Found:
    """What the search finds."""
    items, targets = items_of(brute), TURNED[verdict]
    return turning(brute.rules, brute.request.facts, items, targets, lambda *_: True, most, effort)


def within_reach(brute: Brute, found: Found) -> bool:
    """Whether brute force can find it too.

    Against an unknown fact the search may take a row for each value that it could have, which is more
    rows than count in any one case; brute force tries no more than these.
    """
    return all(
        len(rows) <= brute.blank.rows_needed[path]
        for led in found.values()
        for answers in led.values()
        for path, of in answers
        if path in brute.tables
        for rows in of
    )


@example(128)  # a grant that becomes a conflict
@example(212)  # three facts
@given(st.integers(0, 10**9))
def test_every_smallest_set_is_found_and_nothing_else(seed: int) -> None:
    brute, verdict, most = drawn(seed)
    assume(exact(brute.rules, brute.request.facts))
    found = searched(brute, verdict, most)
    assume(within_reach(brute, found))
    expected = brute.turned(most, TURNED[verdict], lambda path: True)
    assert {names: set(led) for names, led in found.items()} == expected


@given(st.integers(0, 10**9))
def test_each_answer_that_is_named_does_it_with_each_of_the_others(seed: int) -> None:
    brute, verdict, most = drawn(seed)
    assume(exact(brute.rules, brute.request.facts))
    for led in searched(brute, verdict, most).values():
        for leads_to, answers in led.items():
            paths = [path for path, _ in answers]
            for chosen in islice(product(*(of for _, of in answers)), 200):
                assert brute.verdict(dict(zip(paths, chosen, strict=True))) == leads_to


@given(st.integers(0, 10**9))
def test_each_fact_has_the_standing_that_it_has_now(seed: int) -> None:
    brute, _, _ = drawn(seed)
    words = brute.rules.vocabulary
    for number, fact in enumerate(words.facts):
        if number % 2:
            words.obtainable[fact] = "a paper"
    stated, alone = brute.facts, brute.facts.unconfirmed()
    made = changes(brute.law, brute.request, NOBODY, brute.item, brute.day)
    for one in (*made.sets, *made.fixed):
        standings = {part.fact: part.standing for led in one.led for part in led.parts}
        assert set(standings) == set(one.facts)
        assert (one in made.fixed) == ("cannot change" in standings.values())
        assert len(one.facts) <= (made.most_fixed if one.fixed else made.most)
        for fact, standing in standings.items():
            value = stated.get(fact)
            if value is None or fact in alone:
                assert standing == "missing"
            elif words.paper(fact) and value is not True:
                assert standing == "obtainable"
            else:
                assert standing == "cannot change"


@given(st.integers(0, 10**9))
def test_sets_in_which_nothing_is_fixed_are_those_of_the_facts_that_can_change(seed: int) -> None:
    brute, verdict, most = drawn(seed)
    words, alone = brute.rules.vocabulary, brute.facts.unconfirmed()
    words.obtainable.update((fact, "a paper") for fact in list(words.facts)[::2])
    made = changes(brute.law, brute.request, NOBODY, brute.item, brute.day, most)
    assume(made.complete)
    assume(within_reach(brute, searched(brute, verdict, most)))

    def may(path: str) -> bool:
        value = brute.facts.get(path)
        return value is None or path in alone or (value is not True and bool(words.paper(path)))

    expected = brute.turned(most, TURNED[verdict], may)
    assert {frozenset(one.facts) for one in made.sets if len(one.facts) <= most} == set(expected)


def test_the_random_laws_ask_all_that_the_language_can_ask() -> None:
    seen: Counter[str] = Counter()
    for seed in range(60):
        made = rolled(seed)
        if made is None:
            continue
        brute, verdict, most = made
        found = searched(brute, verdict, most)
        paths = {path for names in found for path in names}
        seen[verdict] += 1
        seen["chosen by an item"] += bool(brute.request.selects_on)
        seen["on the requester's word"] += bool(brute.facts.unconfirmed() & paths)
        seen["in a row"] += any("[" in path for path in paths)
        seen["a table"] += bool(paths & set(brute.tables))
        seen["several facts"] += any(len(names) > 1 for names in found)
        seen["contested"] += any(b in brute.rules.contested for b in brute.rules.own)
        seen["counts"] += any(
            table.counts for table in asked_law(brute.rules, items_of(brute)).tables
        )
        seen["three at most"] += most == 3
    assert set(seen) == {
        "grant", "deny", "refer", "chosen by an item", "on the requester's word", "in a row", "a table",
        "several facts", "contested", "counts", "three at most",
    }  # fmt: skip
    assert min(seen.values()) >= 1, seen


def test_a_search_that_is_too_long_is_given_up() -> None:
    brute, verdict, _ = next(made for made in map(rolled, range(60)) if made and searched(*made))
    with pytest.raises(TooMuch):
        searched(brute, verdict, MOST, effort=0)

"""A case is made plain within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import pytest

import habeas
from habeas.compiled.closure import compile_rules
from habeas.compiled.effort import Effort, TooMuch, at_most, spend
from habeas.compiled.z3 import Cases
from habeas.compiled.z3_rules import Outcomes
from habeas.law.facts import Facts
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.worlds import World, relevant
from habeas.proofs.solve import Case, Engines, Rests, plain, replayed, solve

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

BOOK = habeas.read_laws()
ITEM = "release_date"
ITEMS = (ITEM, "transfer", "conviction_history", "hold")


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return rule_set(BOOK, "us-ca-sf", BOOK.changes("us-ca-sf")[-1])


def whole(rules: RuleSet, item: str) -> Case:
    """A case in which an item is denied, every fact answered."""
    cases = Cases(rules.vocabulary, [(item, rules.own[one]) for one in relevant(rules, item)])
    outcomes = Outcomes(cases, rules)
    found = solve([outcomes], [outcomes.verdict("deny", item)], 60)
    assert found is not None
    assert not isinstance(found, Rests)
    world: World = outcomes.world(found)
    return replayed(Engines(), rules, item, world, "deny")


def shortened(rules: RuleSet, item: str, steps: int) -> tuple[Case, Case]:
    """A case, and the same made plain."""
    engines, case = Engines(), whole(rules, item)

    def still(smaller: Case) -> bool:
        return smaller.finding.basis == case.finding.basis

    made = plain(engines, case, still, steps)
    assert still(made)
    assert made.finding == Engines().of(replace(rules)).finding(item, made.facts)
    return case, made


def size(case: Case) -> int:
    return len(list(case.facts.flat()))


def test_a_case_has_no_fact_that_is_not_needed(rules: RuleSet) -> None:
    case, made = shortened(rules, ITEM, 100_000)
    assert size(made) < size(case)
    for path, _ in made.facts.flat():
        fewer = compile_rules(rules).finding(ITEM, made.facts.without([path]))
        assert fewer.basis != made.finding.basis, path


def test_with_fewer_steps_a_case_has_more_facts_and_is_as_true(rules: RuleSet) -> None:
    sizes = {
        steps: sum(size(shortened(rules, item, steps)[1]) for item in ITEMS)
        for steps in (0, 100_000)
    }
    assert sizes[0] > sizes[100_000]


def test_a_bound_ends_the_same_way_each_time(rules: RuleSet) -> None:
    case = whole(rules, "transfer")

    def made() -> Facts:
        anew = replace(case, rules=replace(rules))  # of which nothing is known yet
        basis = case.finding.basis
        return plain(Engines(), anew, lambda one: one.finding.basis == basis, 1_000).facts

    assert made() == made()


def test_all_tries_together_take_no_more_steps_than_they_may(rules: RuleSet) -> None:
    case, efforts = whole(rules, "transfer"), []

    @contextmanager
    def watched(steps: int) -> Iterator[Effort]:
        with at_most(steps) as effort:
            efforts.append(effort)
            yield effort

    with patch("habeas.proofs.solve.at_most", watched):
        anew = replace(case, rules=replace(rules))
        plain(Engines(), anew, lambda one: one.finding.basis == case.finding.basis, 200)
    assert 0 < sum(one.taken for one in efforts) <= 200


def test_what_was_cut_short_is_decided_exactly_afterwards(rules: RuleSet) -> None:
    """Nothing half done is remembered."""
    engine = Engines().of(rules)
    with at_most(3), pytest.raises(TooMuch):
        engine.finding(ITEM, Facts())
    fresh = Engines().of(replace(rules))
    assert engine.finding(ITEM, Facts()) == fresh.finding(ITEM, Facts())


def test_steps_are_counted_and_bounds_end_with_their_stretch() -> None:
    with at_most(10) as outer:
        spend(4)
        with at_most(2) as inner, pytest.raises(TooMuch):
            spend(3)
        assert inner.taken == 2
        spend(6)
        assert outer.taken == 10
        with pytest.raises(TooMuch):
            spend(1)
    spend(1_000_000)

"""What lint says of every case, brute force says of all worlds of small random laws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from habeas.law.blocks import Acting
from habeas.law.book import LawBook
from habeas.law.conditions import ALWAYS, And, Condition, conjoin
from habeas.law.facts import Facts
from habeas.law.interpreter import OUTCOMES, basis_of, truth
from habeas.law.ruleset import RuleSet, own_condition, rule_set
from habeas.law.worlds import World, relevant, worlds
from habeas.proofs.lint import Linted, lint
from habeas.proofs.lint_finding import Finding
from habeas.proofs.prove import Stretch, stretches
from tests.properties import strategies
from tests.properties.dice import Rolled

MOST = 1_500
"""Worlds for one item; laws with more are passed over."""


@dataclass
class Brute:
    """What is so in the worlds of one rule set."""

    rules: RuleSet
    clash: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    acts: dict[str, set[str]] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)
    verdict: set[str] = field(default_factory=set)
    basis: set[str] = field(default_factory=set)
    bases: dict[str, set[str]] = field(default_factory=dict)
    turns: dict[str, set[str]] = field(default_factory=dict)
    reasons: dict[str, set[str]] = field(default_factory=dict)

    def look(self) -> Brute:
        for item in self.rules.vocabulary.items:
            for world in worlds(self.rules, item, Facts()):
                self.look_at(item, world)
        return self

    def look_at(self, item: str, world: World) -> None:
        acting = self.acting(item, world)
        blocks = self.rules.blocks
        for block in acting:
            self.acts.setdefault(block, set()).add(item)
        for block in relevant(self.rules, item):
            if self.let(block, world) and truth(self.rules.own[block], world.facts, item):
                self.holds.add(block)
        rules = [one for one in acting if one in self.rules.rules(item)]
        for forbid in (one for one in rules if blocks[one].kind == "forbid"):
            for require in (one for one in rules if blocks[one].kind == "require"):
                self.clash.setdefault((forbid, require), set()).add(item)
        basis = self.basis_of(item, acting)
        self.bases.setdefault(item, set()).add(basis)
        for off in acting:
            other = self.basis_of(item, self.acting(item, world, off))
            self.basis |= {off} if other != basis else set()
            self.verdict |= {off} if OUTCOMES[other] != OUTCOMES[basis] else set()
        for provision in {
            self.rules.contested[b] for b in relevant(self.rules, item) if b in self.rules.contested
        }:
            swapped = World(world.facts, world.lets_act ^ {provision}, {})
            other = self.basis_of(item, self.acting(item, swapped))
            if OUTCOMES[other] != OUTCOMES[basis]:
                self.turns.setdefault(provision, set()).add(item)
            elif other != basis:
                self.reasons.setdefault(provision, set()).add(item)

    def let(self, block: str, world: World) -> bool:
        return self.rules.contested.get(block) in (None, *world.lets_act)

    def acting(self, item: str, world: World, off: str = "") -> set[str]:
        """The blocks that act; `off` never does."""
        found: set[str] = set()
        waiting = list(relevant(self.rules, item))
        settled: dict[str, bool] = {}
        while waiting:
            for block in list(waiting):
                beaters = self.rules.beaters_for(block, item)
                if not all(one in settled for one in beaters):
                    continue
                settled[block] = (
                    block != off
                    and self.let(block, world)
                    and truth(self.rules.own[block], world.facts, item) is True
                    and not any(settled[one] for one in beaters)
                )
                waiting.remove(block)
        found |= {block for block, acts in settled.items() if acts}
        return found

    def basis_of(self, item: str, acting: set[str]) -> str:
        kinds = {self.rules.blocks[one].kind for one in acting if one in self.rules.rules(item)}
        return basis_of(*(kind in kinds for kind in ("forbid", "require", "permit")))


def linted(seed: int) -> tuple[Brute, Linted]:
    """A small random law, looked at both ways."""
    dice = Rolled(seed)
    made = strategies.law(dice, strategies.words(dice, facts=2, columns=2), depth=1, most=3)
    book: LawBook = made.book()
    stretch: Stretch = dice.pick(stretches(book, "us-ca-sf"))
    rules = rule_set(book, "us-ca-sf", stretch.day)
    sizes = [strategies.estimate(rules, item, Facts()) for item in rules.vocabulary.items]
    assume(max(sizes) <= MOST)
    found = lint(book, stretch)
    assert not found.unsettled
    return Brute(rules).look(), found


def told(found: Linted, *kinds: str) -> Iterator[Finding]:
    return (one for one in found.findings if one.kind in kinds)


@given(st.integers(0, 10**9))
def test_lint_finds_what_brute_force_finds_and_nothing_else(seed: int) -> None:
    brute, found = linted(seed)
    rules = brute.rules
    named = {item: set(relevant(rules, item)) for item in rules.vocabulary.items}
    everywhere = {block: {i for i in named if block in named[i]} for block in rules.blocks}

    clash = {tuple(b.id for b in one.blocks): {*one.items} for one in told(found, "conflict")}
    assert clash == brute.clash

    silent = {
        (one.blocks[0].id, item) for one in told(found, "dead", "swallowed") for item in one.items
    }
    assert silent == {
        (block, item)
        for block, items in everywhere.items()
        for item in items - brute.acts.get(block, set())
    }
    for one in told(found, "swallowed", "dead"):
        assert (one.blocks[0].id in brute.holds) is ("beaten by" in one.sentence)
    assert {one.blocks[0].id for one in told(found, "lifts nothing")} == {
        block for block, items in everywhere.items() if not items
    }

    alive = {*brute.acts}
    assert {one.blocks[0].id for one in told(found, "never decides")} == alive - brute.basis
    assert {one.blocks[0].id for one in told(found, "never the verdict")} == (
        alive & brute.basis - brute.verdict
    )

    same = {i: b for i, b in brute.bases.items() if len({OUTCOMES[one] for one in b}) == 1}
    assert {i for one in told(found, "one outcome") for i in one.items} == {
        item for item, bases in same.items() if bases != {"no authority"}
    }
    assert {i for one in told(found, "no authority") for i in one.items} == {
        item for item, bases in same.items() if bases == {"no authority"}
    }

    turned = {
        rules.contested[one.blocks[0].id]: {*one.items}
        for one in told(found, "contested")
        if "comes out" in one.sentence
    }
    assert turned == brute.turns


def cases(rules: RuleSet, block: Acting, condition: Condition) -> Iterator[Facts]:
    """Every case of one condition (definitions opened)."""
    item = next(iter(rules.vocabulary.items))
    alone = replace(block, kind="permit", items=frozenset([item]))
    made = replace(rules, blocks={"": alone}, beaters={"": ()}, own={"": condition}, contested={})
    assume(strategies.estimate(made, item, Facts()) <= MOST)
    for world in worlds(made, item, Facts()):
        yield world.facts


def shorter(block: Acting) -> Iterator[Acting]:
    """The block without each part of its condition."""
    parts = block.when.args if isinstance(block.when, And) else (block.when,)
    for number, part in enumerate(parts):
        if part != ALWAYS:
            yield replace(block, when=conjoin([*parts[:number], *parts[number + 1 :]]))
    for number in range(len(block.unless)):
        yield replace(block, unless=block.unless[:number] + block.unless[number + 1 :])


@given(st.integers(0, 10**9))
def test_a_part_or_a_definition_is_idle_where_it_is_in_every_world(seed: int) -> None:
    brute, found = linted(seed)
    rules, item = brute.rules, next(iter(brute.rules.vocabulary.items))

    def held(condition: Condition, facts: Facts) -> bool:
        return truth(condition, facts, item) is True

    idle: Counter[str] = Counter()
    for block in rules.blocks.values():
        own = rules.own[block.id]
        every = list(cases(rules, block, own))
        if block.id in {b.id for one in told(found, "dead") for b in one.blocks} - brute.holds:
            continue
        for less in shorter(block):
            other = rules.opened(own_condition(less))
            idle[block.id] += all(held(own, facts) == held(other, facts) for facts in every)
    said = Counter(one.blocks[0].id for one in told(found, "idle part"))
    assert said == +idle

    constant = set()
    for block in list(rules.blocks.values())[:1]:
        for name, condition in rules.definitions.items():
            truths = {held(condition, facts) for facts in cases(rules, block, condition)}
            constant |= {f"`{name}`"} if len(truths) == 1 else set()
        words = {one.sentence.split()[2] for one in told(found, "definition")}
        assert words == constant


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

"""The representatives of `law.domains` stand for all that an unknown fact could be.

Concrete worlds are made of values that the domains have never heard of; whatever truth the conditions
have there together, some choice of representatives has to give.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from habeas.compiled import resolution
from habeas.compiled.resolution import resolve, resolve_condition
from habeas.law.conditions import And, Compare, Condition, Quantified, Term
from habeas.law.dates import least_day, shift_all
from habeas.law.domains import Readings, _Counted, _Ordered
from habeas.law.facts import Facts, Row
from habeas.law.grammar import Names, parse_condition
from habeas.law.interpreter import truth
from habeas.law.ruleset import RuleSet
from habeas.law.source import Source
from habeas.law.worlds import World, worlds
from tests.properties.concrete import concrete, unknown, whole
from tests.properties.dice import Drawn
from tests.properties.strategies import (
    DAYS,
    FOLDERS,
    STEPS,
    Law,
    answered,
    estimate,
    facts,
    lawful,
    laws,
    leaf,
    one_rule,
    quantifier,
    tamed,
    vocabulary_of,
    words,
)

LIMIT = 400
BASE = vocabulary_of(FOLDERS[0])


# -- concrete worlds ------------------------------------------------------------------------------


def vector(units: list[Condition], facts: Facts) -> tuple[object, ...]:
    return tuple(truth(unit, facts, "name") for unit in units)


@st.composite
def cases(draw: Any) -> tuple[RuleSet, list[Condition], Facts]:
    """Some leaves and quantifiers, and facts that leave few worlds."""
    dice = Drawn(draw)
    chosen = words(dice, facts=3, columns=3)
    units: list[Condition] = [leaf(dice, chosen) for _ in range(1 + dice.upto(2))]
    if chosen.columns:
        units += [quantifier(dice, chosen, dice.upto(1)) for _ in range(dice.upto(2))]
        (table,) = chosen.columns
        units += [Quantified("any", table, leaf(dice, chosen, table)) for _ in range(dice.upto(2))]
    rules = one_rule(chosen.vocabulary, And((*units, units[0])))
    given_facts = lawful(rules, facts(dice, chosen, rows=2))
    made = tamed(rules, given_facts, LIMIT, ["name"])
    assume(estimate(rules, "name", made) <= LIMIT)
    return rules, units, rules.completed(made)


@settings(max_examples=2 * settings().max_examples)
@given(cases(), st.data())
def test_representatives_have_every_truth_that_values_have(
    drawn: tuple[RuleSet, list[Condition], Facts], data: Any
) -> None:
    rules, units, given_facts = drawn
    realised = {vector(units, world.facts) for world in worlds(rules, "name", given_facts)}
    for _ in range(5):
        real = whole(Drawn(data.draw), rules, units, given_facts, "name")
        if not rules.contradictions(real):
            assert vector(units, real) in realised


@given(cases(), st.data())
def test_representatives_have_every_difference_that_one_fact_makes(
    drawn: tuple[RuleSet, list[Condition], Facts], data: Any
) -> None:
    """Two truths that one fact's change leads between are joined by changes of representatives."""
    rules, units, given_facts = drawn
    dice = Drawn(data.draw)
    seen = [(world, vector(units, world.facts)) for world in worlds(rules, "name", given_facts)]
    paths, _ = unknown(rules, units, given_facts, "name")
    for _ in range(3 if paths else 0):
        path = dice.pick(sorted(paths))
        joined = Joined()
        for vectors in by_rest(seen, path):
            for one in vectors:
                joined.join(vectors[0], one)
        real = whole(dice, rules, units, given_facts, "name")
        other = answered(real, path, concrete(dice, paths[path]))
        if not rules.contradictions(real) and not rules.contradictions(other):
            assert joined.root(vector(units, real)) == joined.root(vector(units, other)), path


@given(laws(limit=10**6))
def test_more_representatives_find_nothing_more(drawn: tuple[Law, RuleSet, Facts]) -> None:
    """More fresh texts, longer chains of days, more days that follow: the findings are the same."""
    _, rules, given_facts = drawn
    expected = {item: resolve(rules, item, given_facts) for item in rules.vocabulary.items}
    several, counted, rounds = Readings._several, _Counted.several, _Ordered._rounds
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolution, "_plans", {})
        patch.setattr(Readings, "_several", lambda self, *args: several(self, *args) + 2)
        patch.setattr(_Counted, "several", lambda self: counted(self) + 2)
        patch.setattr(_Ordered, "_rounds", lambda self: rounds(self) + 2)
        found = {item: resolve(rules, item, given_facts) for item in rules.vocabulary.items}
    assert found == expected


def by_rest(
    seen: list[tuple[World, tuple[object, ...]]], path: str
) -> list[list[tuple[object, ...]]]:
    """The truths of worlds that differ in one fact alone."""
    groups: dict[object, list[tuple[object, ...]]] = {}
    for world, found in seen:
        rest = frozenset((name, answer) for name, answer in world.answers.items() if name != path)
        groups.setdefault(rest, []).append(found)
    return list(groups.values())


class Joined:
    """Which things hang together."""

    def __init__(self) -> None:
        self.up: dict[object, object] = {}

    def root(self, one: object) -> object:
        while self.up.setdefault(one, one) != one:
            one = self.up[one]
        return one

    def join(self, one: object, other: object) -> None:
        self.up[self.root(one)] = self.root(other)


# -- days -----------------------------------------------------------------------------------------

RECEIVED, BOOKED, RELEASE = (
    Term(name, scope)
    for name, scope in (
        ("received_on", "request"),
        ("booked_on", "person"),
        ("release_on", "person"),
    )
)


def plus(term: Term, *steps: tuple[int, str]) -> Term:
    return Term(term.name, term.scope, term.table, term.value, steps)


def realised(asked: Condition, facts: Facts | None = None) -> set[object]:
    rules = one_rule(BASE, asked)
    return {truth(asked, world.facts, "name") for world in worlds(rules, "name", facts or Facts())}


MONTH, YEAR = (1, "month"), (1, "year")


@pytest.mark.parametrize(
    "asked",
    [
        # 31 January and 30 January, a month on, are one day
        And(
            (Compare(plus(BOOKED, MONTH), "=", plus(RELEASE, MONTH)), Compare(BOOKED, "<", RELEASE))
        ),
        # 29 February and 28 February, a year on
        And(
            (Compare(plus(BOOKED, YEAR), "=", plus(RELEASE, YEAR)), Compare(BOOKED, "<>", RELEASE))
        ),
        # there and back again is another day
        Compare(plus(BOOKED, MONTH, (-1, "month")), "<", BOOKED),
        Compare(plus(BOOKED, (-1, "year"), YEAR), "<>", BOOKED),
        # a look-back written in two ways differs on a leap day
        And(
            (
                Compare(plus(RECEIVED, (-5, "year")), "<=", BOOKED),
                Compare(plus(BOOKED, (5, "year")), "<", RECEIVED),
            )
        ),
        # thirty days are less than a month in some months only
        And(
            (
                Compare(plus(BOOKED, (30, "day")), "<=", RELEASE),
                Compare(RELEASE, "<", plus(BOOKED, MONTH)),
                Compare(BOOKED, ">=", Term(value=date(2025, 2, 1))),
            )
        ),
        # a chain of three unknown days, both ends held
        And(
            (
                Compare(RECEIVED, ">", Term(value=date(2025, 1, 31))),
                Compare(plus(RECEIVED, MONTH), "<=", BOOKED),
                Compare(plus(BOOKED, MONTH), "<=", RELEASE),
                Compare(RELEASE, "<", plus(RECEIVED, (2, "month"))),
            )
        ),
    ],
)
def test_days_at_a_months_end_are_found(asked: Condition) -> None:
    assert realised(asked) == {True, False}


@given(
    st.lists(st.sampled_from(STEPS), max_size=3).map(tuple),
    st.dates() | st.sampled_from((*DAYS, date.min, date.max)),
    st.booleans(),
)
def test_the_least_day_is_the_least(steps: Any, target: date, strict: bool) -> None:
    def reaches(day: date) -> bool:
        moved = shift_all(day, steps)
        return moved > target if strict else moved >= target

    found = least_day(steps, target, strict=strict)
    if found is None:
        assert not reaches(date.max)
    else:
        assert reaches(found)
        assert found == date.min or not reaches(found - timedelta(days=1))


# -- distinct counts ------------------------------------------------------------------------------

TABLES = frozenset(table for folder in FOLDERS for table in vocabulary_of(folder).tables)


def held(text: str, facts: Facts, folder: Path = FOLDERS[0]) -> bool | None:
    """What all worlds say of a condition, by resolution."""
    vocabulary = vocabulary_of(folder)
    cond = parse_condition(Source("test", text), 0, len(text), Names(vocabulary, {}))
    return resolve_condition(one_rule(vocabulary, cond), cond, "name", facts)


def test_counts_that_need_a_value_each_find_as_many() -> None:
    """Convictions of five offences, each with one incident for itself, no two of them the same."""
    five = [f"offense = 'X {number}'" for number in range(5)]
    asked = [f"count_conviction({one}, incident) <= 1" for one in five]
    asked += [
        f"count_conviction({one} OR {other}, incident) > 1" for one, other in combinations(five, 2)
    ]
    rows: list[Row] = [{"offense": f"X {number}"} for number in range(5)]
    known = Facts(rows={"conviction": rows}, complete=TABLES)
    assert held(" AND ".join(asked), known) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # rows of one incident are one, however many there are
        ("count_conviction(incident = requester, incident) >= 2", False),
        # a row that counts for both has one incident, so the two are the same
        (
            "count_conviction(level = 'felony' OR serious, incident) < 2"
            " AND count_conviction(level = 'misdemeanor' OR serious, incident) < 2"
            " AND count_conviction(TRUE, incident) >= 2 AND any_conviction(serious)",
            False,
        ),
        (
            "count_conviction(level = 'felony' OR serious, incident) < 2"
            " AND count_conviction(level = 'misdemeanor' OR serious, incident) < 3"
            " AND count_conviction(TRUE, incident) >= 2 AND any_conviction(serious)",
            None,
        ),
        # a row without an incident may be of any of the others
        ("count_conviction(TRUE, incident) >= 2 AND count_conviction(wobbler, incident) < 1", None),
    ],
)
def test_further_rows_keep_their_values_for_all_counts(text: str, expected: bool | None) -> None:
    assert held(text, Facts()) is expected


def test_days_are_counted_apart() -> None:
    """Convictions on two days at the most, and on two."""
    between = "convicted_on >= DATE '2025-01-30' AND convicted_on < DATE '2025-02-01'"
    for known in (Facts(), Facts(rows={"conviction": [{}, {}, {}]}, complete=TABLES)):
        assert held(f"count_conviction({between}, convicted_on) >= 2", known) is None
        assert held(f"count_conviction({between}, convicted_on) >= 3", known) is False


def test_places_are_counted_apart() -> None:
    asked = "count_conviction(within(county, 'us-ca'), county) >= {}"
    known = Facts(rows={"conviction": [{"county": "us-ca-sf"}, {}, {}]}, complete=TABLES)
    assert held(asked.format(3), known, FOLDERS[1]) is None
    assert held(asked.format(4), known, FOLDERS[1]) is False
    assert held(asked.format(5), Facts(), FOLDERS[1]) is None


def test_texts_and_places_that_are_compared_share_their_values() -> None:
    asked = "asker_place = asker AND within(asker_place, 'us-ca') AND asker <> 'us-ca'"
    assert held(asked, Facts(), FOLDERS[1]) is None

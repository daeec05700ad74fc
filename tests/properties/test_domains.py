"""The representatives of `law.domains` stand for all that an unknown fact could be.

Concrete worlds are made of values that the domains have never heard of; whatever truth the conditions
have there together, some choice of representatives has to give.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from habeas.law import domains as law_domains
from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Count,
    Holds,
    Quantified,
    Term,
    children,
)
from habeas.law.dates import least_day, shift_all
from habeas.law.domains import domains_of, rows_needed
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import truth
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Fact
from habeas.law.worlds import World, worlds
from tests.properties.strategies import (
    DAYS,
    FOLDERS,
    OFFENSES,
    PLACES,
    STEPS,
    TEXTS,
    Dice,
    Drawn,
    answered,
    estimate,
    facts,
    lawful,
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


def concrete(dice: Dice, fact: Fact) -> Value:
    """A value that need not be named anywhere."""
    if fact.type == "yes/no":
        return bool(dice.upto(1))
    if fact.type == "number":
        return dice.upto(8) - 2
    if fact.type == "place":
        return dice.pick(
            (*PLACES, "us-ca-la", "us-ca-sf-x", "us-ca-sf-y", "us-tx", "us-ny", "fr", "de")
        )
    if fact.type == "words":
        return dice.pick(fact.words)
    if fact.type == "text":
        return dice.pick((*TEXTS, *OFFENSES, "Q1", "Q2", "Q3", "Q4", "Q5", *PLACES, "us-tx", "fr"))
    day = dice.pick((*DAYS, date(2023, 12, 31), date(1999, 6, 15)))
    day = shift_all(day, tuple(dice.pick(STEPS) for _ in range(dice.upto(3))))
    return day + timedelta(days=dice.upto(4) - 2)


def whole(dice: Dice, rules: RuleSet, asked: list[Condition], given_facts: Facts) -> Facts:
    """A concrete world: everything answered, tables complete, further rows in open ones."""
    vocabulary = rules.vocabulary
    domains = domains_of(vocabulary, asked, given_facts, "name")
    made = given_facts
    for path, fact in domains.unknown.items():
        if "[+]" not in path:
            made = answered(made, path, concrete(dice, fact))
    rows = {table: list(found) for table, found in made.rows.items()}
    for table in rows_needed(part for one in asked for part in _parts(one)):
        if table not in given_facts.complete:
            more = [further(dice, rules, domains, table) for _ in range(dice.upto(5))]
            rows[table] = [*rows.get(table, []), *more]
    return Facts(made.values, made.items, rows, frozenset(vocabulary.tables))


def further(dice: Dice, rules: RuleSet, domains: law_domains.Domains, table: str) -> Row:
    columns = rules.vocabulary.tables[table]
    return {name: concrete(dice, columns[name]) for name in domains.columns(table)}


def _parts(cond: Condition) -> list[Condition]:
    return [cond, *(part for child in children(cond) for part in _parts(child))]


def vector(units: list[Condition], facts: Facts) -> tuple[object, ...]:
    return tuple(truth(unit, facts, "name") for unit in units)


@st.composite
def cases(draw: Any) -> tuple[RuleSet, list[Condition], Facts, Dice]:
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
    return rules, units, rules.completed(made), dice


@settings(max_examples=2 * settings().max_examples)
@given(cases())
def test_representatives_have_every_truth_that_values_have(
    drawn: tuple[RuleSet, list[Condition], Facts, Dice],
) -> None:
    rules, units, given_facts, dice = drawn
    realised = {vector(units, world.facts) for world in worlds(rules, "name", given_facts)}
    for _ in range(5):
        real = whole(dice, rules, units, given_facts)
        if not rules.contradictions(real):
            assert vector(units, real) in realised


@given(cases())
def test_representatives_have_every_difference_that_one_fact_makes(
    drawn: tuple[RuleSet, list[Condition], Facts, Dice],
) -> None:
    """Two truths that one fact's change leads between are joined by changes of representatives."""
    rules, units, given_facts, dice = drawn
    seen = [(world, vector(units, world.facts)) for world in worlds(rules, "name", given_facts)]
    unknown = domains_of(rules.vocabulary, units, given_facts, "name").unknown
    paths = sorted(path for path in unknown if "[+]" not in path)
    for _ in range(3 if paths else 0):
        path = dice.pick(paths)
        joined = Joined()
        for vectors in by_rest(seen, path):
            for one in vectors:
                joined.join(vectors[0], one)
        real = whole(dice, rules, units, given_facts)
        other = answered(real, path, concrete(dice, unknown[path]))
        if not rules.contradictions(real) and not rules.contradictions(other):
            assert joined.root(vector(units, real)) == joined.root(vector(units, other)), path


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


def in_row(name: str, kind: type = Holds) -> Term:
    return Term(name, "row", "conviction")


LEVEL, OFFENSE, INCIDENT = (in_row(name) for name in ("level", "offense", "incident"))


def has(term: Term, word: str) -> Condition:
    return Compare(term, "=", Term(value=word))


def distinct(cond: Condition, op: str, number: int, column: str = "incident") -> Condition:
    return Count("conviction", cond, column, op, number)


def test_counts_that_need_a_value_each_find_as_many() -> None:
    """Rows of four offences, each with one incident for itself, all incidents different."""
    four = [has(OFFENSE, word) for word in ("PC 1", "PC 2", "PC 3", "PC 4")]
    asked: list[Condition] = [distinct(one, "<=", 1) for one in four]
    asked += [
        distinct(law_domains_or(one, other), ">", 1)
        for index, one in enumerate(four)
        for other in four[index + 1 :]
    ]
    given_facts = Facts(
        rows={"conviction": [{"offense": word} for word in ("PC 1", "PC 2", "PC 3", "PC 4")]}
    )
    given_facts = Facts(rows=given_facts.rows, complete=frozenset(BASE.tables))
    from habeas.compiled.resolution import resolve_condition

    assert (
        resolve_condition(one_rule(BASE, And(tuple(asked))), And(tuple(asked)), "name", given_facts)
        is None
    )


def law_domains_or(one: Condition, other: Condition) -> Condition:
    from habeas.law.conditions import Or

    return Or((one, other))


def test_days_are_counted_apart() -> None:
    """Three convictions between two days, on three different days or on two."""
    between = And(
        (
            Compare(in_row("convicted_on"), ">=", Term(value=date(2025, 1, 30))),
            Compare(in_row("convicted_on"), "<", Term(value=date(2025, 2, 1))),
        )
    )
    assert realised(distinct(between, ">=", 2, "convicted_on")) == {True, False}
    assert realised(distinct(between, ">=", 3, "convicted_on")) == {False}


def test_places_are_counted_apart() -> None:
    rich = vocabulary_of(FOLDERS[1])
    county = Term("county", "row", "conviction")
    asked = Count("conviction", law_domains.Within(county, "us-ca"), "county", ">=", 3)
    rules = one_rule(rich, asked)
    given_facts = Facts(
        rows={"conviction": [{"county": "us-ca-sf"}, {}, {}]}, complete=frozenset(rich.tables)
    )
    found = {truth(asked, world.facts, "name") for world in worlds(rules, "name", given_facts)}
    assert found == {True, False}

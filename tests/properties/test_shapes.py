"""What was found for one shape of open questions is right for every state of the facts that has it.

Near-equal states are what a wrong shape would confuse: of the shipped law, whose questions are many,
and of random laws, whose questions are of every kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from habeas.compiled import resolution
from habeas.decisions.laws import read_laws
from habeas.law.conditions import Count, Holds, Quantified
from habeas.law.dates import shift
from habeas.law.facts import Facts, Row, Value
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.vocabulary import Fact
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled, chance

DAY = date(2025, 8, 1)
ITEMS = ("release_date", "home_address", "hold")
TABLES = ("conviction", "charge")
REQUEST = {
    "received_on": DAY,
    "purpose": "immigration enforcement",
    "requester_kind": "immigration authority",
    "requester_level": "federal",
    "requester_place": "us",
    "instrument": "notification request",
    "issued_by_judge": False,
    "warrant_attached": True,
}
"""As Form I-247A has it: the person's convictions are what the answer turns on."""


@cache
def shipped() -> RuleSet:
    return rule_set(read_laws(), "us-ca-sf", DAY)


def near(dice: Dice, rules: RuleSet, facts: Facts, asked: Sequence[Fact]) -> Facts:
    """The same with one thing else: a fact, a cell, a row's place, whether these are all rows."""
    rows = {table: [dict(row) for row in given] for table, given in facts.rows.items()}
    values, complete = dict(facts.values), facts.complete
    options = ["fact", *(["cell", "cell", "gone", "turned", "complete"] if rows else [])]
    table = dice.pick(sorted(rows)) if rows else ""
    match dice.pick(options):
        case "fact" if asked:
            fact = dice.pick(asked)
            if values.pop(fact.name, None) is None or chance(dice, 2):
                values[fact.name] = strategies.literal(dice, fact)
        case "cell":
            fact = dice.pick(list(rules.vocabulary.tables[table].values()))
            dice.pick(rows[table])[fact.name] = strategies.literal(dice, fact)
        case "gone":
            row = dice.pick(rows[table])
            if row:
                del row[dice.pick(sorted(row))]
        case "turned":
            rows[table].reverse()
        case "complete":
            complete = complete ^ {table}
    return strategies.lawful(rules, Facts(values, facts.items, rows, complete))


def first(dice: Dice, rules: RuleSet) -> Facts:
    """Two convictions and a charge, much of them unknown, dates beside the look-backs."""
    rows: dict[str, list[Row]] = {}
    for table in TABLES:
        columns = list(rules.vocabulary.tables[table].values())
        rows[table] = [
            strategies.row(dice, columns, 2) for _ in range(2 if table == TABLES[0] else 1)
        ]
        for row in rows[table]:
            for name in ("convicted_on", "released_on"):
                if name in row:
                    years = dice.pick([4, 5, 6, 14, 15, 16])
                    row[name] = shift(shift(DAY, (-years, "year")), (dice.pick([-1, 0, 1]), "day"))
    complete = frozenset(table for table in TABLES if chance(dice, 2))
    return strategies.lawful(rules, Facts(dict(REQUEST), {}, rows, complete))


def hold(rules: RuleSet, states: Sequence[Facts], items: Sequence[str]) -> None:
    """Each finding as if it were the first, and as it comes with the others remembered."""
    plans = resolution._plans_of(rules)
    plans.shapes.clear()
    together = [[resolution.resolve(rules, item, one) for item in items] for one in states]
    for one, found in zip(states, together, strict=True):
        for item, remembered in zip(items, found, strict=True):
            plans.shapes.clear()
            assert resolution.resolve(rules, item, one) == remembered, item


@given(st.integers(0, 10**9))
def test_near_states_under_the_shipped_law_are_not_taken_for_each_other(seed: int) -> None:
    dice, rules = Rolled(seed), shipped()
    asked = [rules.vocabulary.facts[name] for name in REQUEST]
    states = [first(dice, rules)]
    for _ in range(8):
        states.append(near(dice, rules, dice.pick(states), asked))
    hold(rules, states, ITEMS)


@given(st.integers(0, 10**9))
def test_near_states_under_any_law_are_not_taken_for_each_other(seed: int) -> None:
    dice = Rolled(seed)
    for _ in range(6):
        made = strategies.law(dice, strategies.words(dice))
        rules = rule_set(made.book(), "us-ca-sf", dice.pick(strategies.AS_OF))
        asked = [fact for fact in made.words.facts if fact.scope != "item"]
        states = [strategies.facts(dice, made.words)]
        for _ in range(20):
            states.append(near(dice, rules, dice.pick(states), asked))
        items = [item for item in rules.vocabulary.items if rules.rules(item)][:2]
        hold(rules, [strategies.tamed(rules, one, 3000, items) for one in states], items)


def row(number: int, **cells: Value) -> Row:
    return {**cells, "offense": f"X {number}"}


EITHER = Holds("wobbler", "row", "conviction")


def test_rows_that_differ_in_what_is_counted_are_not_taken_for_each_other() -> None:
    two_incidents = Count("conviction", EITHER, "incident", ">=", 2)
    rules = strategies.one_rule(strategies.vocabulary_of(strategies.FOLDERS[1]), two_incidents)
    states = [
        Facts({}, {}, {"conviction": rows}, frozenset({"conviction"}))
        for rows in (
            [row(1, incident="a"), row(2, incident="a")],
            [row(1, incident="a"), row(2, incident="b")],
        )
    ]
    same, different = [resolution.resolve(rules, "name", state) for state in states]
    assert (same.verdict, different.verdict) == ("deny", "refer")
    hold(rules, states, ["name"])


def test_rows_are_named_as_each_state_has_them() -> None:
    rules = strategies.one_rule(
        strategies.vocabulary_of(strategies.FOLDERS[1]), Quantified("any", "conviction", EITHER)
    )
    known, unknown = row(1, wobbler=False), row(2)
    for rows, missing in (
        ([unknown, known], "conviction[1].wobbler"),
        ([known, known, unknown], "conviction[3].wobbler"),
    ):
        state = Facts({}, {}, {"conviction": rows}, frozenset({"conviction"}))
        assert resolution.resolve(rules, "name", state).missing == (missing,)
    assert len(resolution._plans_of(rules).shapes) == 1  # the two are of one shape

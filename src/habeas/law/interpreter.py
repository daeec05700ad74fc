"""The meaning of the law language, plainly: section 5, a line for a line.

    RuleSet, Facts, item  ->  worlds  ->  Finding (verdict, basis, rules, defeated, missing)

Promise: where code and `docs/law-language.md` differ, this file is what the page says. It is slow;
everything fast is held against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Const,
    Count,
    Holds,
    Not,
    OneOf,
    Or,
    Quantified,
    Term,
    Within,
    compare,
    within,
)  # fmt: skip
from habeas.law.dates import shift_all
from habeas.law.facts import Facts, Row, Value
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import World, worlds

Truth = bool | None
"""Kleene's three values: yes, no, unknown."""


class Finding(NamedTuple):
    """What the law says of one item, before anybody asked who said the facts.

    rules, defeated, missing as in `Decision`, as ids and paths; sorted
    """

    verdict: str
    basis: str
    rules: tuple[str, ...]
    defeated: tuple[tuple[str, tuple[str, ...]], ...]
    missing: tuple[str, ...]


OUTCOMES = {
    "forbidden": "deny",
    "no authority": "deny",
    "required": "grant",
    "permitted": "grant",
    "conflict": "refer",
}
"""The verdict of each basis that a single world can have, the weakest of a verdict last."""

DECIDING = {
    "forbidden": {"forbid"},
    "no authority": set(),
    "required": {"require"},
    "permitted": {"permit"},
    "conflict": {"forbid", "require"},
}
"""The kinds of rules that decide in a world of each basis."""


def k_not(a: Truth) -> Truth:
    """Kleene's not."""
    return None if a is None else not a


def k_and(values: Iterable[Truth]) -> Truth:
    """Kleene's and: no if one is no, else unknown if one is unknown, else yes."""
    found = set(values)
    return False if False in found else None if None in found else True


def k_or(values: Iterable[Truth]) -> Truth:
    """Kleene's or: yes if one is yes, else unknown if one is unknown, else no."""
    found = set(values)
    return True if True in found else None if None in found else False


def value(term: Term, facts: Facts, item: str, row: Row | None) -> Value | None:
    """A term's value, or None where it is unknown."""
    if term.name is None:
        found = term.value
    elif term.scope == "row":
        found = (row or {}).get(term.name)
    elif term.scope == "item":
        found = facts.items.get((item, term.name))
    else:
        found = facts.values.get(term.name)
    return shift_all(found, term.steps) if isinstance(found, date) else found


def truth(cond: Condition, facts: Facts, item: str = "", row: Row | None = None) -> Truth:
    """Section 4: the truth of a condition for an item (and a row) in Kleene's logic."""
    if isinstance(cond, Const):
        return cond.value
    if isinstance(cond, Not):
        return k_not(truth(cond.arg, facts, item, row))
    if isinstance(cond, And):
        return k_and(truth(arg, facts, item, row) for arg in cond.args)
    if isinstance(cond, Or):
        return k_or(truth(arg, facts, item, row) for arg in cond.args)
    if isinstance(cond, Holds):
        held = value(Term(cond.name, cond.scope, cond.table), facts, item, row)
        return None if held is None else bool(held)
    if isinstance(cond, Compare):
        left, right = value(cond.left, facts, item, row), value(cond.right, facts, item, row)
        return None if left is None or right is None else compare(left, cond.op, right)
    if isinstance(cond, OneOf):
        found = value(cond.term, facts, item, row)
        return None if found is None else found in cond.values
    if isinstance(cond, Within):
        place = value(cond.term, facts, item, row)
        return None if place is None else within(str(place), cond.place)
    assert isinstance(cond, Quantified | Count), "definitions are opened before"  # noqa: S101
    complete = cond.table in facts.complete
    rows = facts.rows.get(cond.table, [])
    held_rows = [(row, truth(cond.cond, facts, item, row)) for row in rows]
    if isinstance(cond, Quantified):
        rest: list[Truth] = [] if complete else [None]
        join = k_or if cond.kind == "any" else k_and
        return join([*(held for _, held in held_rows), *rest])
    least, most = bounds(cond, held_rows)
    at_least, at_most = compare(least, cond.op, cond.number), compare(most, cond.op, cond.number)
    if not complete:
        at_most = cond.op in (">", ">=")
    return at_least if at_least == at_most else None


def bounds(cond: Count, rows: list[tuple[Row, Truth]]) -> tuple[int, int]:
    """The least and the most that a count can be over the rows that are there."""
    sure = [row for row, held in rows if held is True]
    maybe = [row for row, held in rows if held is not False]
    if cond.column is None:
        return len(sure), len(maybe)
    known = {row[cond.column] for row in sure if cond.column in row}
    possible = {row[cond.column] for row in maybe if cond.column in row}
    return max(len(known), 1 if sure else 0), len(possible) + sum(
        cond.column not in row for row in maybe
    )


def acts(
    rules: RuleSet, block: str, item: str, facts: Facts, lets_act: frozenset[str] | None
) -> Truth:
    """Step 1. `lets_act`: the contested provisions that act in this world; None: all are open."""
    beaten = k_or(
        acts(rules, other, item, facts, lets_act) for other in rules.beaters_for(block, item)
    )
    chosen: Truth = True
    if block in rules.contested:
        chosen = None if lets_act is None else rules.contested[block] in lets_act
    return k_and([truth(rules.own[block], facts, item), chosen, k_not(beaten)])


def basis_of(forbids: bool, requires: bool, permits: bool) -> str:
    """Step 3's table."""
    if forbids:
        return "conflict" if requires else "forbidden"
    return "required" if requires else "permitted" if permits else "no authority"


def in_world(
    rules: RuleSet, item: str, world: World
) -> tuple[str, frozenset[str], dict[str, tuple[str, ...]]]:
    """Steps 1 to 3 in one world: basis, the rules that act, the defeated with what beats them."""
    active, defeated = set(), {}
    for rule in rules.rules(item):
        if acts(rules, rule, item, world.facts, world.lets_act):
            active.add(rule)
            continue
        chosen = rule not in rules.contested or rules.contested[rule] in world.lets_act
        if chosen and truth(rules.own[rule], world.facts, item):
            by = [
                b
                for b in rules.beaters_for(rule, item)
                if acts(rules, b, item, world.facts, world.lets_act)
            ]
            defeated[rule] = tuple(by)
    kinds = {rules.blocks[rule].kind for rule in active}
    return (
        basis_of("forbid" in kinds, "require" in kinds, "permit" in kinds),
        frozenset(active),
        defeated,
    )


def find(rules: RuleSet, item: str, facts: Facts) -> Finding:
    """Step 4: the verdict over all worlds, by brute force."""
    facts = rules.completed(facts)
    seen = [(world, *in_world(rules, item, world)) for world in worlds(rules, item, facts)]
    verdicts = {OUTCOMES[basis] for _, basis, _, _ in seen}
    defeated: dict[str, set[str]] = {}
    for _, _, _, beaten in seen:
        for rule, by in beaten.items():
            defeated.setdefault(rule, set()).update(by)
    shown = tuple(sorted((rule, tuple(sorted(by))) for rule, by in defeated.items()))
    if len(verdicts) == 1:
        basis = max((basis for _, basis, _, _ in seen), key=list(OUTCOMES).index)
        deciding = {
            rule
            for _, basis, active, _ in seen
            for rule in active
            if rules.blocks[rule].kind in DECIDING[basis]
        }
        return Finding(verdicts.pop(), basis, tuple(sorted(deciding)), shown, ())
    mattering = [
        variable
        for variable in sorted({variable for world, *_ in seen for variable in world.answers})
        if _matters(variable, [(world, OUTCOMES[basis]) for world, basis, _, _ in seen])
    ]
    everywhere = frozenset.intersection(*(active for _, _, active, _ in seen))
    undecided = frozenset.union(*(active for _, _, active, _ in seen)) - everywhere
    judged = all(rules.vocabulary.is_judgement(path) for path in mattering)
    basis = "contested" if not mattering else "judgement" if judged else "missing facts"
    return Finding("refer", basis, tuple(sorted(undecided)), shown, tuple(mattering))


def _matters(variable: str, verdicts: list[tuple[World, str]]) -> bool:
    """Whether two worlds that differ in this fact alone differ in verdict."""
    groups: dict[object, set[str]] = {}
    for world, verdict in verdicts:
        rest = frozenset(
            (name, answer) for name, answer in world.answers.items() if name != variable
        )
        groups.setdefault((rest, world.lets_act), set()).add(verdict)
    return any(len(found) > 1 for found in groups.values())

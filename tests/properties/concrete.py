"""Concrete worlds: everything answered, with values that the domains have never heard of.

Dice, RuleSet, Facts  ->  whole  ->  a world such as it might really be
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from habeas.law.conditions import Condition
from habeas.law.dates import shift_all
from habeas.law.domains import domains_of
from habeas.law.facts import Facts, Row, Value
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Fact
from habeas.law.worlds import World, relevant
from tests.properties.dice import Dice
from tests.properties.strategies import (
    DAYS,
    OFFENSES,
    PLACES,
    STEPS,
    TEXTS,
    answered,
)

ELSEWHERE = ("us-ca-la", "us-ca-sf-x", "us-ca-sf-y", "us-tx", "us-ny", "fr", "de")


def concrete(dice: Dice, fact: Fact) -> Value:
    """A value that need not be named anywhere."""
    if fact.type == "yes/no":
        return bool(dice.upto(1))
    if fact.type == "number":
        return dice.upto(8) - 2
    if fact.type == "place":
        return dice.pick((*PLACES, *ELSEWHERE))
    if fact.type == "words":
        return dice.pick(fact.words)
    if fact.type == "text":
        return dice.pick((*TEXTS, *OFFENSES, "Q1", "Q2", "Q3", "Q4", "Q5", *PLACES, "us-tx", "fr"))
    day = dice.pick((*DAYS, date(2023, 12, 31), date(1999, 6, 15)))
    day = shift_all(day, tuple(dice.pick(STEPS) for _ in range(dice.upto(3))))
    return day + timedelta(days=dice.upto(4) - 2)


def unknown(
    rules: RuleSet, asked: Iterable[Condition], facts: Facts, item: str
) -> tuple[dict[str, Fact], dict[str, list[str]]]:
    """The unknown facts that the conditions read, and the columns of each open table's rows."""
    domains = domains_of(rules.vocabulary, asked, facts, item)
    paths = {path: fact for path, fact in domains.unknown.items() if "[+]" not in path}
    tables = [table for table in domains.rows_needed if table not in facts.complete]
    return paths, {table: domains.columns(table) for table in tables}


def further(dice: Dice, rules: RuleSet, table: str, columns: Iterable[str]) -> list[Row]:
    """Rows that nobody has stated yet."""
    known = rules.vocabulary.tables[table]
    return [{name: concrete(dice, known[name]) for name in columns} for _ in range(dice.upto(5))]


def whole(dice: Dice, rules: RuleSet, asked: Iterable[Condition], facts: Facts, item: str) -> Facts:
    """A world's facts; a list of the law may contradict them."""
    paths, tables = unknown(rules, asked, facts, item)
    made = facts
    for path, fact in paths.items():
        made = answered(made, path, concrete(dice, fact))
    rows = {table: list(found) for table, found in made.rows.items()}
    for table, columns in tables.items():
        rows[table] = [*rows.get(table, []), *further(dice, rules, table, columns)]
    return Facts(made.values, made.items, rows, frozenset(rules.vocabulary.tables))


def world(dice: Dice, rules: RuleSet, facts: Facts, item: str) -> World:
    """A world for an item: facts, and which contested provisions act."""
    asked = [rules.own[block] for block in relevant(rules, item)]
    contested = sorted(set(rules.contested.values()))
    acting = frozenset(one for one in contested if dice.upto(1))
    return World(whole(dice, rules, asked, facts, item), acting, {})


def neighbour(
    dice: Dice, rules: RuleSet, facts: Facts, item: str, one: World
) -> tuple[str, World] | None:
    """Another world that differs in one fact alone, or in one table's further rows; and in which."""
    asked = [rules.own[block] for block in relevant(rules, item)]
    paths, tables = unknown(rules, asked, facts, item)
    if not paths and not tables:
        return None
    path = dice.pick([*paths, *tables])
    if path in paths:
        return path, World(answered(one.facts, path, concrete(dice, paths[path])), one.lets_act, {})
    given = one.facts.rows.get(path, [])[: len(facts.rows.get(path, ()))]
    rows = {**one.facts.rows, path: [*given, *further(dice, rules, path, tables[path])]}
    made = Facts(one.facts.values, one.facts.items, rows, one.facts.complete)
    return path, World(made, one.lets_act, {})

"""Worlds by brute force: every way in which what is unknown could turn out.

    RuleSet, item, Facts  ->  worlds  ->  World (nothing unknown)

Promise: each world answers every open fact that can matter, completes every open table, and settles
every contested provision; none is left out and none contradicts a list of the law.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

from habeas.law.conditions import Condition, Count, Quantified, walk
from habeas.law.domains import Domains, domains_of
from habeas.law.facts import Facts, Row, Value
from habeas.law.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class World:
    """One way for things to be.

    facts     every fact that the item's law reads, every table complete
    lets_act  the contested provisions that act
    answers   what was unknown, by path, and how it turned out; a table by its further rows
    """

    facts: Facts
    lets_act: frozenset[str]
    answers: dict[str, object]


def relevant(rules: RuleSet, item: str) -> tuple[str, ...]:
    """Ids of the rules that name an item and of all that can beat them, directly or not."""
    found: list[str] = list(rules.rules(item))
    for block in found:
        found += [other for other in rules.beaters_for(block, item) if other not in found]
    return tuple(found)


def worlds(rules: RuleSet, item: str, facts: Facts) -> Iterator[World]:
    """Every world for one item. The number of worlds is a product: small packs and tests only."""
    blocks = relevant(rules, item)
    conditions = [rules.own[block] for block in blocks]
    domains = domains_of(rules.vocabulary, conditions, facts, item)
    slots = [(path, domains.values(path)) for path in sorted(domains.unknown) if "[+]" not in path]
    further = [
        (table, _further(rules, domains, table))
        for table in sorted(_tables(conditions))
        if table not in facts.complete
    ]
    contested = sorted({rules.contested[block] for block in blocks if block in rules.contested})
    for answers in product(*(values for _, values in slots)):
        said: dict[str, Value] = dict(zip((path for path, _ in slots), answers, strict=True))
        answered = _answered(facts, item, said)
        if _contradicts(rules, answered):
            continue
        for more in product(*(rows for _, rows in further)):
            rows = {table: list(given) for table, given in answered.rows.items()}
            made: dict[str, object] = dict(said)
            for (table, _), new in zip(further, more, strict=True):
                rows[table] = rows.get(table, []) + [dict(row) for row in new]
                made[table] = new
            whole = Facts(answered.values, answered.items, rows, frozenset(rules.vocabulary.tables))
            for choice in product((True, False), repeat=len(contested)):
                lets_act = frozenset(
                    p for p, acting in zip(contested, choice, strict=True) if acting
                )
                yield World(whole, lets_act, made)


def _tables(conditions: list[Condition]) -> set[str]:
    return {
        part.table for c in conditions for part in walk(c) if isinstance(part, Quantified | Count)
    }


def _answered(facts: Facts, item: str, said: dict[str, Value]) -> Facts:
    values, items = dict(facts.values), dict(facts.items)
    rows = {table: [dict(row) for row in given] for table, given in facts.rows.items()}
    for path, value in said.items():
        head, _, column = path.partition("].")
        if column:
            table, _, number = head.partition("[")
            rows[table][int(number) - 1][column] = value
        elif path.startswith(f"{item}."):
            items[item, path.partition(".")[2]] = value
        else:
            values[path] = value
    return Facts(values, items, rows, facts.complete)


def _contradicts(rules: RuleSet, facts: Facts) -> bool:
    return bool(rules.contradictions(facts))


def _further(
    rules: RuleSet, domains: Domains, table: str
) -> list[tuple[tuple[tuple[str, Value], ...], ...]]:
    """Every collection of further rows, up to as many as can matter."""
    columns = domains.columns(table)
    rows: list[tuple[tuple[str, Value], ...]] = []
    for values in product(*(domains.values(f"{table}[+].{column}") for column in columns)):
        row: Row = dict(zip(columns, values, strict=True))
        if not rules.contradictions(Facts(rows={table: [row]})):
            rows.append(tuple(row.items()))
    return [
        more
        for size in range(domains.rows_needed[table] + 1)
        for more in combinations_with_replacement(rows, size)
    ]

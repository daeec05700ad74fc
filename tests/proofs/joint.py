"""Every case of two laws at once, by brute force: what `habeas.proofs.diff` is held against.

RuleSet, RuleSet, item  ->  joint  ->  (cell, basis by the one, basis by the other), one each

It makes its rows by itself: each row has an offence wherever a list of either law could give it a
flag, whether or not any condition reads offences.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from math import comb, prod

from habeas.law.domains import Domains, domains_of_all
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import in_world
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import World, relevant

Cell = tuple[str, str]
UNLISTED = "nothing that a list has"


def joint(old: RuleSet, new: RuleSet, item: str) -> Iterator[tuple[Cell, str, str]]:
    """Each case, and what comes out by each law."""
    domains = _domains(old, new, item)
    slots = _slots(old, domains)
    tables = list(domains.rows_needed)
    kinds = {table: _rows(old, new, domains, table) for table in tables}
    for answers in product(*slots.values()):
        said = dict(zip(slots, answers, strict=True))
        for rows in product(*(_several(kinds[t], domains.rows_needed[t]) for t in tables)):
            facts = _facts(old, item, said, dict(zip(tables, rows, strict=True)))
            mine, theirs = _by_list(old, facts), _by_list(new, facts)
            for choice, other in _choices(old, new, item):
                yield (
                    (str(said.get("requester_kind", "any")), str(said.get("purpose", "any"))),
                    in_world(old, item, World(mine, choice, {}))[0],
                    in_world(new, item, World(theirs, other, {}))[0],
                )


def count(old: RuleSet, new: RuleSet, item: str) -> int:
    """How many cases that is."""
    domains = _domains(old, new, item)
    found = [len(values) for values in _slots(old, domains).values()]
    for table, needed in domains.rows_needed.items():
        found.append(comb(len(_rows(old, new, domains, table)) + needed, needed))
    return prod(found) * sum(1 for _ in _choices(old, new, item))


def _domains(old: RuleSet, new: RuleSet, item: str) -> Domains:
    asked = [(item, rules.own[b]) for rules in (old, new) for b in relevant(rules, item)]
    return domains_of_all(old.vocabulary, asked, Facts())


def _slots(old: RuleSet, domains: Domains) -> dict[str, tuple[Value, ...]]:
    """Facts outside of rows; the purpose with all its words, so that cells can be told apart."""
    found = {path: domains.values(path) for path in sorted(domains.unknown) if "[+]" not in path}
    for name in ("purpose", "requester_kind"):
        fact = old.vocabulary.facts.get(name)
        if fact is not None and fact.type == "words":
            found[name] = fact.words
    return found


def _rows(old: RuleSet, new: RuleSet, domains: Domains, table: str) -> list[Row]:
    columns = {name: domains.values(f"{table}[+].{name}") for name in domains.columns(table)}
    listed = [
        offense
        for rules in (old, new)
        for (owner, flag), offenses in rules.listed.items()
        if owner == table and flag in columns
        for offense in offenses
    ]
    if listed:
        known = columns.get("offense", (UNLISTED,))
        columns["offense"] = tuple(dict.fromkeys([*known, *sorted(listed)]))
    return [dict(zip(columns, values, strict=True)) for values in product(*columns.values())]


def _several(kinds: list[Row], most: int) -> Iterator[tuple[Row, ...]]:
    for size in range(most + 1):
        yield from combinations_with_replacement(kinds, size)


def _facts(
    rules: RuleSet, item: str, said: dict[str, Value], rows: dict[str, tuple[Row, ...]]
) -> Facts:
    items = {(item, path.partition(".")[2]): v for path, v in said.items() if "." in path}
    values = {path: value for path, value in said.items() if "." not in path}
    given = {table: [dict(row) for row in some] for table, some in rows.items()}
    return Facts(values, items, given, frozenset(rules.vocabulary.tables))


def _by_list(rules: RuleSet, facts: Facts) -> Facts:
    """Flags that the law's own list gives; a *no* that a list contradicts cannot be said there."""
    rows = {
        table: [
            {
                column: value or row.get("offense") in rules.listed[table, column]
                if (table, column) in rules.listed
                else value
                for column, value in row.items()
            }
            for row in some
        ]
        for table, some in facts.rows.items()
    }
    return Facts(facts.values, facts.items, rows, facts.complete)


def _choices(
    old: RuleSet, new: RuleSet, item: str
) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """What each law lets act; a provision that is contested in both is chosen once."""
    mine, theirs = (
        {rules.contested[b] for b in relevant(rules, item) if b in rules.contested}
        for rules in (old, new)
    )
    every = sorted(mine | theirs)
    for chosen in product((True, False), repeat=len(every)):
        acting = {one for one, acts in zip(every, chosen, strict=True) if acts}
        yield frozenset(acting & mine), frozenset(acting & theirs)

"""What would change a decision, by brute force: what `habeas.proofs.changes` is held against.

    Law, Request, item  ->  turned  ->  {a smallest set of facts: the verdicts that it leads to}

It knows no diagrams of the search: it takes every set of facts, small ones first, gives them all
answers, and asks `Law.decide`, which settles what is unknown beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, combinations_with_replacement, product
from math import comb, prod
from typing import Any

from habeas.decisions.decide import Law
from habeas.errors import InputError
from habeas.law.domains import Domains, domains_of_all
from habeas.law.facts import Facts, Said, Value
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import relevant
from habeas.records.records import Person
from habeas.records.request import Request

FURTHER = "[+]"


@dataclass
class Brute:
    """Everything that could be answered for one item of one request, and all answers to it."""

    law: Law
    request: Request
    item: str
    day: date

    def __post_init__(self) -> None:
        self.rules: RuleSet = self.law.in_force(self.day)
        items = dict.fromkeys((self.item, *self.request.selects_on))
        self.asked = [
            (item, self.rules.own[block]) for item in items for block in relevant(self.rules, item)
        ]
        self.facts = self.whole()
        self.blank = self.domains(
            Facts(rows={t: [{} for _ in r] for t, r in self.facts.rows.items()})
        )
        self.tables = sorted(self.blank.rows_needed)
        self.paths = sorted(path for path in self.blank.unknown if FURTHER not in path)

    def whole(self) -> Facts:
        """The facts with what follows by a list, which is said by whoever says the offence."""
        stated = self.request.facts
        made = self.rules.completed(stated)
        sources = dict(stated.sources)
        for table, rows in made.rows.items():
            for number, (row, before) in enumerate(zip(rows, stated.rows[table], strict=True), 1):
                said = stated.said_by(f"{table}[{number}].offense")
                for column in row.keys() - before.keys():
                    if not self.rules.vocabulary.tables[table][column].closed:
                        sources[f"{table}[{number}].{column}"] = said
        return replace(made, sources=sources)

    def domains(self, facts: Facts) -> Domains:
        return domains_of_all(self.rules.vocabulary, self.asked, facts)

    @property
    def candidates(self) -> list[str]:
        return [*self.paths, *self.tables]

    # -- answers ----------------------------------------------------------------------------------

    def values(self, names: tuple[str, ...]) -> dict[str, list[Any]]:
        """For each of some facts all answers that are tried: those that can matter where it and the
        others are open, where all is open, and (of days and numbers) what is beside them."""
        opened = self.domains(self.facts.without(names))
        found: dict[str, list[Any]] = {}
        for name in names:
            if name in self.tables:
                found[name] = list(self._collections(name, opened))
                continue
            now = self.facts.get(name)
            known = [] if now is None else [now]
            found[name] = list(
                dict.fromkeys(
                    beside
                    for one in (*opened.chosen.get(name, ()), *self.blank.values(name), *known)
                    for beside in _beside(one)
                )
            )
        return found

    def _kinds(self, table: str, opened: Domains) -> list[dict[str, Value]]:
        columns = self.blank.columns(table)
        return [
            dict(zip(columns, row, strict=True))
            for row in product(
                *(
                    dict.fromkeys((*opened.chosen.get(path, ()), *self.blank.values(path)))
                    for path in (f"{table}{FURTHER}.{column}" for column in columns)
                )
            )
        ]

    def _collections(self, table: str, opened: Domains) -> Iterator[tuple[dict[str, Value], ...]]:
        kinds = [
            row
            for row in self._kinds(table, opened)
            if not self.rules.contradictions(Facts(rows={table: [row]}))
        ]
        for size in range(self.blank.rows_needed[table] + 1):
            yield from combinations_with_replacement(kinds, size)

    def effort(self, most: int) -> int:
        """About how many decisions it takes."""
        sizes = {
            path: 1
            + len(self.blank.values(path))
            * (1 if self.blank.unknown[path].type not in ("date", "number") else 3)
            for path in self.paths
        }
        for table in self.tables:
            kinds = prod(
                len(self.blank.values(f"{table}{FURTHER}.{c}")) for c in self.blank.columns(table)
            )
            sizes[table] = comb(
                kinds + self.blank.rows_needed[table], self.blank.rows_needed[table]
            )
        return sum(
            prod(sizes[name] for name in names)
            for size in range(1, most + 1)
            for names in combinations(self.candidates, size)
        )

    # -- decisions --------------------------------------------------------------------------------

    def verdict(self, answers: dict[str, Any]) -> str | None:
        """What is decided, had these facts these answers; None where a list of the law says no to them."""
        facts = self.facts
        values, items = dict(facts.values), dict(facts.items)
        rows = {table: [dict(row) for row in of] for table, of in facts.rows.items()}
        complete, sources = set(facts.complete), dict(facts.sources)
        for name, answer in answers.items():
            sources[name] = (Said("court"),)
            head, row, column = name.partition("].")
            if name in self.tables:
                rows.setdefault(name, []).extend(dict(one) for one in answer)
                complete.add(name)
            elif row:
                table, _, number = head.partition("[")
                rows[table][int(number) - 1][column] = answer
            elif "." in name:
                item, _, fact = name.partition(".")
                items[item, fact] = answer
            else:
                values[name] = answer
        made = replace(self.request, facts=Facts(values, items, rows, frozenset(complete), sources))
        try:
            decided = self.law.decide(made, Person("P", Facts(), frozenset()), self.item, self.day)
        except InputError:
            return None
        return "conflict" if decided.basis == "conflict" else decided.verdict

    def turned(
        self, most: int, targets: frozenset[str], may: Any
    ) -> dict[frozenset[str], set[str]]:
        """Every smallest set."""
        found: dict[frozenset[str], set[str]] = {}
        names = [name for name in self.candidates if may(name)]
        for size in range(1, most + 1):
            for chosen in combinations(names, size):
                if any(part <= set(chosen) for part in found if len(part) < size):
                    continue
                values = self.values(chosen)
                led = {
                    self.verdict(dict(zip(chosen, answers, strict=True)))
                    for answers in product(*(values[name] for name in chosen))
                }
                if led & targets:
                    found[frozenset(chosen)] = led & targets
        return found


def _beside(value: Value) -> tuple[Value, ...]:
    if isinstance(value, bool) or not isinstance(value, date | int):
        return (value,)
    if isinstance(value, int):
        return (value - 1, value, value + 1)
    day = timedelta(days=1)
    near = [value]
    near += [value - day] if value > date.min else []
    near += [value + day] if value < date.max else []
    return tuple(near)

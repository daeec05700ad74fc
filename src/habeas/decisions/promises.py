"""Promises tried: a search for a world in which one is broken.

    LawBook, Promise  ->  search  ->  Broken (a world, as facts), or None after so many tries

Promise: what is found is a real counterexample, decided by the interpreter; what is not found is
*not* proved. Seeded, so that a run can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from habeas.law.blocks import Promise
from habeas.law.book import LawBook, chain_of
from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Const,
    Count,
    Not,
    OneOf,
    Or,
    Quantified,
    Term,
    Within,
    terms,
    walk,
)
from habeas.law.dates import Step, shift_all
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import OUTCOMES, in_world, truth
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.vocabulary import Fact
from habeas.law.worlds import World, relevant


@dataclass(frozen=True, slots=True)
class Broken:
    """A counterexample: the place, the day, the item and what came out, with the whole world."""

    promise: Promise
    place: str
    day: date
    item: str
    basis: str
    facts: Facts
    lets_act: frozenset[str]


def places_under(book: LawBook, promise: Promise) -> list[str]:
    """Every place of the book whose chain holds the promise's place."""
    mine = promise.provision.pack.jurisdiction
    return [place for place in book.places() if mine in chain_of(place)]


def law_days(book: LawBook, place: str, promise: Promise) -> list[date]:
    """The first day of each stretch of unchanging law within the promise's life."""
    life = promise.provision
    inside = [day for day in book.changes(place) if life.start <= day < life.end]
    return sorted({life.start, *inside})


def search(
    book: LawBook,
    promise: Promise,
    tries: int,
    seed: int = 0,
    kept: dict[tuple[str, date], RuleSet] | None = None,
) -> Broken | None:
    """Try so many worlds for each place and stretch of law; the first that breaks the promise.

    `kept` is filled with the rule sets that were made, for the next promise of the same book.
    """
    kept = {} if kept is None else kept
    for place in places_under(book, promise):
        for day in law_days(book, place, promise):
            rules = kept.get((place, day)) or rule_set(book, place, day)
            kept[place, day] = rules
            when = rules.opened(promise.when)
            for item in sorted(promise.items):
                maker = random.Random(f"{seed} {promise.provision.id} {place} {day} {item}")  # noqa: S311  # a search, not a secret
                for _ in range(max(1, tries // len(promise.items))):
                    broken = _try(rules, promise, when, item, maker)
                    if broken:
                        return broken
    return None


def _try(
    rules: RuleSet, promise: Promise, when: Condition, item: str, maker: random.Random
) -> Broken | None:
    sample = _Sample(rules, item, maker)
    if not sample.force(when, True):
        return None
    wanted = ("permit", "require") if promise.verdict == "grant" else ("forbid",)
    goals = [rule for rule in rules.rules(item) if rules.blocks[rule].kind in wanted]
    if goals and maker.random() < 0.8:
        goal = maker.choice(goals)
        sample.force(rules.own[goal], True)
        for rule in rules.rules(item):
            for beater in rules.beaters_for(rule, item):
                if maker.random() < 0.5:
                    sample.force(rules.own[beater], maker.random() < 0.5)
    sample.fill([when, *(rules.own[block] for block in relevant(rules, item))])
    world = sample.world()
    if not truth(when, world.facts, item):
        return None
    basis, _, _ = in_world(rules, item, world)
    if OUTCOMES[basis] != promise.verdict:
        return None
    return Broken(promise, rules.place, rules.day, item, basis, world.facts, world.lets_act)


class _Sample:
    """A world in the making: conditions are forced where that is easy, the rest is drawn."""

    def __init__(self, rules: RuleSet, item: str, maker: random.Random) -> None:
        self.rules = rules
        self.item = item
        self.maker = maker
        self.values: dict[str, Value] = {}
        self.item_values: dict[str, Value] = {}
        self.rows: dict[str, list[Row]] = {}
        self.steps: list[tuple[Step, ...]] = [()]
        self.today = rules.day if rules.day > date(1990, 1, 1) else date(2025, 3, 3)

    # -- making conditions true -------------------------------------------------------------------

    def force(self, cond: Condition, want: bool, row: Row | None = None) -> bool:
        """Try to make a condition yes (or no) by facts that are still free; False if that failed."""
        if isinstance(cond, Const):
            return cond.value is want
        if isinstance(cond, Not):
            return self.force(cond.arg, not want, row)
        if isinstance(cond, And | Or):
            if isinstance(cond, And) is want:
                return all(self.force(arg, want, row) for arg in cond.args)
            options = list(cond.args)
            self.maker.shuffle(options)
            return any(self.force(arg, want, row) for arg in options)
        if isinstance(cond, Quantified | Count):
            return self.force_rows(cond, want)
        for term in terms(cond):
            if term.name is not None and self.read(term, row) is None:
                for value in self.candidates(term, cond):
                    self.write(term, value, row)
                    if self.holds(cond, row) in (want, None):
                        break
                    self.erase(term, row)
                else:
                    return False
        return self.holds(cond, row) is want

    def force_rows(self, cond: Quantified | Count, want: bool) -> bool:
        rows = self.rows.setdefault(cond.table, [])
        if isinstance(cond, Quantified):
            if (cond.kind == "any") is not want:
                return True  # drawn rows may still break it: the world is looked at in the end
            row: Row = {}
            rows.append(row)
            return self.force(cond.cond, cond.kind == "any", row)
        if (cond.op in (">", ">=")) is want:
            for number in range(cond.number + (cond.op in (">", "<="))):
                row = {cond.column: f"text {number}"} if cond.column else {}
                rows.append(row)
                if not self.force(cond.cond, True, row):
                    return False
        return True

    def holds(self, cond: Condition, row: Row | None) -> bool | None:
        items = {(self.item, name): value for name, value in self.item_values.items()}
        return truth(cond, Facts(self.values, items), self.item, row)

    def read(self, term: Term, row: Row | None) -> Value | None:
        assert term.name is not None  # noqa: S101 - for mypy
        return self.store(term, row).get(term.name)

    def write(self, term: Term, value: Value, row: Row | None) -> None:
        assert term.name is not None  # noqa: S101 - for mypy
        self.store(term, row)[term.name] = value

    def erase(self, term: Term, row: Row | None) -> None:
        assert term.name is not None  # noqa: S101 - for mypy
        self.store(term, row).pop(term.name, None)

    def store(self, term: Term, row: Row | None) -> dict[str, Value]:
        if term.scope == "row":
            assert row is not None  # noqa: S101 - for mypy
            return row
        return self.item_values if term.scope == "item" else self.values

    # -- drawing ----------------------------------------------------------------------------------

    def candidates(self, term: Term, cond: Condition) -> list[Value]:
        """Values worth trying for a fact in a condition, in random order."""
        words = self.rules.vocabulary
        assert term.name is not None  # noqa: S101 - for mypy
        fact = words.tables[term.table][term.name] if term.table else words.facts[term.name]
        found: list[Value] = []
        if isinstance(cond, OneOf):
            found += cond.values
        if isinstance(cond, Within):
            found += [cond.place, f"{cond.place}-zz"]
        if isinstance(cond, Compare):
            found += [side.value for side in (cond.left, cond.right) if side.value is not None]
            self.steps += [side.steps for side in (cond.left, cond.right) if side.steps]
        found += self.draw(fact, 6)
        self.maker.shuffle(found)
        return found

    def draw(self, fact: Fact, number: int) -> list[Value]:
        maker = self.maker
        if fact.type == "yes/no":
            return [True, False] if maker.random() < 0.5 else [False, True]
        if fact.type == "words":
            return [maker.choice(fact.words) for _ in range(number)]
        if fact.type == "date":
            return [self.day() for _ in range(number)]
        if fact.type == "number":
            return [maker.randrange(-2, 12) for _ in range(number)]
        if fact.type == "place":
            return [
                maker.choice(["us", "us-ca", "us-tx", "us-il", "us-wa", "us-ny"])
                for _ in range(number)
            ]
        return [f"text {maker.randrange(4)}" for _ in range(number)]

    def day(self) -> date:
        """Today, or a boundary that the law draws from it, or a day beside one."""
        moved = shift_all(self.today, self.maker.choice(self.steps))
        moved = self.today - abs(self.today - moved) if self.maker.random() < 0.8 else moved
        return moved + timedelta(days=self.maker.choice([-400, -1, 0, 0, 1, 400]))

    def fill(self, conditions: list[Condition]) -> None:
        """Draw every fact that the conditions read and that is still free, and some rows."""
        used = list(dict.fromkeys(self._used(conditions)))
        for term in used:
            if term.scope != "row" and self.read(term, None) is None:
                self.write(term, self.one(term), None)
        for table in {term.table for term in used if term.scope == "row"}:
            rows = self.rows.setdefault(table, [])
            for _ in range(self.maker.choice([0, 0, 1, 2])):
                rows.append({})
            for row in rows:
                for term in used:
                    if term.table == table and term.name not in row:
                        self.write(term, self.one(term), row)

    def one(self, term: Term) -> Value:
        words = self.rules.vocabulary
        assert term.name is not None  # noqa: S101 - for mypy
        return self.draw(
            words.tables[term.table][term.name] if term.table else words.facts[term.name], 1
        )[0]

    def _used(self, conditions: list[Condition]) -> Iterator[Term]:
        for condition in conditions:
            for part in walk(condition):
                for term in terms(part):
                    if term.name is not None:
                        yield Term(term.name, term.scope, term.table)
                if isinstance(part, Count) and part.column:
                    yield Term(part.column, "row", part.table)

    def world(self) -> World:
        rules = self.rules
        items = {(self.item, name): value for name, value in self.item_values.items()}
        rows = {
            table: [self.listed(table, row) for row in given] for table, given in self.rows.items()
        }
        provisions = sorted(set(rules.contested.values()))
        lets_act = frozenset(p for p in provisions if self.maker.random() < 0.5)
        return World(
            Facts(self.values, items, rows, frozenset(rules.vocabulary.tables)), lets_act, {}
        )

    def listed(self, table: str, row: Row) -> Row:
        """The row with the flags that a list of the law gives its offence."""
        made = dict(row)
        for (owner, column), offenses in self.rules.listed.items():
            if owner == table and row.get("offense") in offenses:
                made[column] = True
        return made

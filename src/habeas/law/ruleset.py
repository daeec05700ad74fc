"""The rule set: what is in force for a custodian's place on one day.

    LawBook, place, day  ->  rule_set  ->  RuleSet  ->  interpreter, closure, resolution

Promise: the order of blocks and files never matters; blocks stand in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from habeas.law.blocks import Acting, Define, Duty, Provision
from habeas.law.book import LawBook, chain_of
from habeas.law.checker import selects
from habeas.law.conditions import (
    And,
    Condition,
    Count,
    Defined,
    Not,
    Or,
    Quantified,
    conjoin,
    walk,
)
from habeas.law.facts import Facts, Value
from habeas.law.vocabulary import Vocabulary


@dataclass(slots=True)
class RuleSet:
    """Everything that can act for one place on one day.

    blocks    rules and exceptions, by id; contested ones too, enjoined and stayed ones not
    beaters   for each block, the blocks that beat it, each with the items for which it does
    own       for each block, its condition (when ∧ ¬(some unless)) with definitions opened
    contested the provision of each contested block, by block id
    listed    for each derived column, the offences listed on the day
    written   the definitions as they are written
    rests_on  for each block and duty, the provisions that it rests on: its own, its definitions'
    """

    vocabulary: Vocabulary
    place: str
    day: date
    blocks: dict[str, Acting] = field(default_factory=dict)
    beaters: dict[str, tuple[tuple[str, frozenset[str]], ...]] = field(default_factory=dict)
    own: dict[str, Condition] = field(default_factory=dict)
    contested: dict[str, str] = field(default_factory=dict)
    duties: tuple[Duty, ...] = ()
    duty_when: dict[str, Condition] = field(default_factory=dict)
    definitions: dict[str, Condition] = field(default_factory=dict)
    written: dict[str, Condition] = field(default_factory=dict)
    listed: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    rests_on: dict[str, tuple[Provision, ...]] = field(default_factory=dict)
    _flags: dict[tuple[str, object], list[str]] | None = None

    def rules(self, item: str) -> tuple[str, ...]:
        """Ids of the forbids, permits and requires that name an item."""
        return tuple(
            name
            for name, block in self.blocks.items()
            if block.kind != "except" and item in block.items
        )

    def beaters_for(self, block: str, item: str) -> tuple[str, ...]:
        """Ids of the blocks that beat a block for an item."""
        return tuple(name for name, items in self.beaters[block] if item in items)

    def opened(self, condition: Condition) -> Condition:
        """The condition with every definition put in its place."""
        if isinstance(condition, Defined):
            return self.definitions[condition.name]
        if isinstance(condition, Not):
            return Not(self.opened(condition.arg))
        if isinstance(condition, And | Or):
            return type(condition)(tuple(self.opened(arg) for arg in condition.args))
        if isinstance(condition, Quantified):
            return Quantified(condition.kind, condition.table, self.opened(condition.cond))
        if isinstance(condition, Count):
            return Count(
                condition.table,
                self.opened(condition.cond),
                condition.column,
                condition.op,
                condition.number,
            )
        return condition

    def open_definitions(self) -> None:
        """Open every written definition that is not there yet, those that it rests on first."""
        for name in self.written:
            self._open_definition(name)

    def _open_definition(self, name: str) -> None:
        if name not in self.definitions:
            for part in walk(self.written[name]):
                if isinstance(part, Defined):
                    self._open_definition(part.name)
            self.definitions[name] = self.opened(self.written[name])

    def completed(self, facts: Facts) -> Facts:
        """The facts with closed facts answered *no* and listed flags answered *yes*.

        A stated *no* where a list says *yes* is the caller's to refuse: see `contradictions`.
        """
        values: dict[str, Value] = dict(facts.values)
        items = dict(facts.items)
        for fact in self.vocabulary.facts.values():
            if fact.closed and fact.scope == "item":
                for item in self.vocabulary.items:
                    items.setdefault((item, fact.name), False)
            elif fact.closed:
                values.setdefault(fact.name, False)
        rows = {
            table: [self.completed_row(table, row) for row in given]
            for table, given in facts.rows.items()
        }
        return Facts(values, items, rows, facts.complete, facts.sources)

    def completed_row(self, table: str, row: Mapping[str, Value]) -> dict[str, Value]:
        """One row, likewise."""
        made = dict(row)
        for column, fact in self.vocabulary.tables[table].items():
            if column not in made:
                if row.get("offense") in self.listed.get((table, column), ()):
                    made[column] = True
                elif fact.closed:
                    made[column] = False
        return made

    def contradictions(self, facts: Facts) -> list[str]:
        """Paths of stated flags that a list of the law contradicts on the day."""
        if self._flags is None:
            self._flags = {}
            for (table, column), offenses in self.listed.items():
                for offense in offenses:
                    self._flags.setdefault((table, offense), []).append(column)
        found = []
        for table, rows in facts.rows.items():
            for number, row in enumerate(rows, 1):
                for column in self._flags.get((table, row.get("offense")), ()):
                    if row.get(column) is False:
                        found.append(f"{table}[{number}].{column}")
        return found


def rule_set(book: LawBook, place: str, day: date) -> RuleSet:
    """What is in force for a place on a day."""
    made = RuleSet(book.vocabulary, place, day)
    acting: list[Acting] = []
    duties: list[Duty] = []
    defines: dict[str, Define] = {}
    for provision in book.provisions_of(place):
        if not provision.in_force(day) or not provision.acts():
            continue
        for block in provision.blocks:
            if isinstance(block, Acting):
                acting.append(block)
            elif isinstance(block, Duty):
                duties.append(block)
            elif isinstance(block, Define):
                defines[block.name] = block
    made.written = {name: defines[name].cond for name in sorted(defines)}
    made.open_definitions()
    for block in sorted(acting, key=lambda one: one.id):
        made.blocks[block.id] = block
        if block.provision.status == "contested":
            made.contested[block.id] = block.provision.id
        made.rests_on[block.id] = _rests_on(block, defines)
        made.own[block.id] = made.opened(own_condition(block))
    made.duties = tuple(sorted(duties, key=lambda one: one.id))
    for duty in made.duties:
        made.rests_on[duty.id] = _rests_on(duty, defines)
        made.duty_when[duty.id] = made.opened(own_condition(duty))
    _beaters(made)
    for table, columns in book.vocabulary.tables.items():
        for column, fact in columns.items():
            if fact.derived and fact.derived.split("/")[0] in chain_of(place):
                made.listed[table, column] = frozenset(
                    one.offense
                    for one in book.lists[fact.derived]
                    if one.flag == column and one.start <= day < one.end
                )
    return made


def own_condition(block: Acting | Duty) -> Condition:
    """A block's own condition, definitions as written: when ∧ ¬(some unless)."""
    return conjoin([block.when, *(Not(u) for u in block.unless)])


def _rests_on(block: Acting | Duty, defines: Mapping[str, Define]) -> tuple[Provision, ...]:
    found = {block.provision.id: block.provision}
    names: dict[str, None] = {}
    waiting = [own_condition(block)]
    while waiting:
        for part in walk(waiting.pop()):
            if isinstance(part, Defined) and part.name not in names:
                names[part.name] = None
                define = defines[part.name]
                found[define.provision.id] = define.provision
                waiting.append(define.cond)
    return tuple(found.values())


def _beaters(made: RuleSet) -> None:
    items = {name: _items(block, made) for name, block in made.blocks.items()}
    beaten: dict[str, list[tuple[str, frozenset[str]]]] = {name: [] for name in made.blocks}
    for name, block in made.blocks.items():
        targets = [ref.block for ref in block.beats if ref.block in made.blocks]
        targets += [t for t, other in made.blocks.items() if block.every and selects(block, other)]
        for target in targets:
            shared = items[name] & items[target]
            if shared:
                beaten[target].append((name, shared))
    made.beaters = {name: tuple(sorted(found)) for name, found in beaten.items()}


def _items(block: Acting, made: RuleSet) -> frozenset[str]:
    """The items a block acts for: its own, or, for an exception from blocks, theirs."""
    found = set(block.items)
    if block.kind == "except" and not block.every:
        for ref in block.beats:
            if ref.block in made.blocks:
                found |= _items(made.blocks[ref.block], made)
    return frozenset(found)

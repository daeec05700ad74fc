"""One case by two laws, with as few facts as it takes.

    Sides, item, model  ->  Deciding.both  ->  Pair (replayed)  ->  plainer, confirmed  ->  for people

Promise: a pair that was confirmed was decided by the compiled engine of each law, and both say what
it says; what it leaves out, neither law needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

import z3

from habeas.law.conditions import Condition, Count, Holds, Quantified, terms, walk
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import (
    DECIDING,
    OUTCOMES,
    Truth,
    acts,
    basis_of,
    in_world,
    k_or,
    truth,
)
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import World, relevant
from habeas.proofs.sides import KIND, PURPOSE, Cell, Sides, read_terms
from habeas.proofs.solve import Engines, NotReplayed

Choice = Mapping[str, bool]
"""Contested provisions, and whether each acts; one that is not here is left open."""

Both = tuple[Facts, Facts]
"""What is known by the old law's words and lists, and by the new one's."""


class Outcome(NamedTuple):
    """What a law says of a case: the basis, and the rules of the deciding kind that surely act."""

    basis: str
    rules: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """`grant`, `deny` or `refer`."""
        return OUTCOMES[self.basis]


@dataclass(frozen=True, slots=True)
class Pair:
    """One case, decided by two laws: by the old one first, then by the new.

    facts     what is known; they differ in flags that only one law's list gives an offence
    choices   the contested provisions on which it hangs, and whether they act
    """

    item: str
    facts: Both
    choices: tuple[Choice, Choice]
    outcomes: tuple[Outcome, Outcome]

    def reads(self, cell: Cell) -> Cell:
        """The words of a cell that its facts have such words for."""
        kind, purpose = cell
        said = {name for one in self.facts for name in one.values}
        return kind if KIND in said else "", purpose if PURPOSE in said else ""

    def placed(self, cell: Cell) -> Pair:
        """The same with the words of a cell, where its facts have such words."""
        old, new = (_placed(one, cell) for one in self.facts)
        return replace(self, facts=(old, new))

    def about(self, item: str) -> Pair:
        """The same about another item."""
        old, new = (_about(one, self.item, item) for one in self.facts)
        return replace(self, item=item, facts=(old, new))


@dataclass(slots=True)
class Deciding:
    """Decides cases by both laws, with contested provisions as they are chosen."""

    sides: Sides
    engines: Engines = field(default_factory=Engines)
    _settled: dict[object, RuleSet] = field(default_factory=dict)
    _kleene: dict[tuple[int, str], _Kleene] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[RuleSet, RuleSet]:
        """The old law's, and the new one's."""
        return self.sides.old, self.sides.new

    def both(self, item: str, model: z3.ModelRef) -> Pair:
        """The case that a model is, held against the interpreter; facts that no rule about the item
        reads are gone. Raises `NotReplayed` where it is none."""
        worlds = self.sides.worlds(model)
        for rules, world in zip(self.rules, worlds, strict=True):
            if rules.contradictions(world.facts):
                raise NotReplayed(f"{item}: the model contradicts a list of the law")
        read: set[tuple[str | None, str, str | None]] = {
            (term.scope, term.table, term.name)
            for rules in self.rules
            for block in relevant(rules, item)
            for part in walk(rules.own[block])
            for term in read_terms(part)
        }
        read |= {
            ("row", part.table, None)
            for rules in self.rules
            for block in relevant(rules, item)
            for part in walk(rules.own[block])
            if isinstance(part, Quantified | Count)
        }
        read |= {("row", table, "offense") for rules in self.rules for table, _ in rules.listed}
        old, new = (_only(world.facts, item, read) for world in worlds)
        choices = _choice(self.rules[0], item, worlds[0]), _choice(self.rules[1], item, worlds[1])
        outcomes = self.outcomes(item, (old, new), choices)
        plain = [
            in_world(rules, item, world)[0] for rules, world in zip(self.rules, worlds, strict=True)
        ]
        if outcomes is None or [one.basis for one in outcomes] != plain:
            raise NotReplayed(f"{item}: {outcomes} is {plain} by the interpreter")
        return Pair(item, (old, new), choices, outcomes)

    def outcomes(
        self, item: str, facts: Both, choices: tuple[Choice, Choice]
    ) -> tuple[Outcome, Outcome] | None:
        """What comes out by each law, as far as Kleene's logic tells; None if not by both."""
        found = []
        for rules, known, choice in zip(self.rules, facts, choices, strict=True):
            one = self._kleene_of(self._with(rules, choice), item).outcome(known)
            if one is None:
                return None
            found.append(one)
        return found[0], found[1]

    def plainer(self, pair: Pair) -> Pair:
        """The pair without whatever it needs not, kind of requester and purpose tried first."""
        for choices in _fewer(pair.choices):
            pair = self._smaller(pair, pair.facts, choices(pair.choices))
        for step in _steps(pair.facts):
            facts = step(pair.facts[0]), step(pair.facts[1])
            if facts != pair.facts and _explained(facts):
                pair = self._smaller(pair, facts, pair.choices)
        old, new = (_nearer(one) for one in pair.facts)
        return self._smaller(pair, (old, new), pair.choices)

    def _smaller(self, pair: Pair, facts: Both, choices: tuple[Choice, Choice]) -> Pair:
        """With less known, if the same bases still come out."""
        found = self.outcomes(pair.item, facts, choices)
        if found is None or [one.basis for one in found] != [one.basis for one in pair.outcomes]:
            return pair
        return Pair(pair.item, facts, choices, found)

    def confirmed(self, pair: Pair) -> Pair:
        """The pair itself; raises `NotReplayed` where an engine finds something else."""
        for rules, known, choice, said in zip(
            self.rules, pair.facts, pair.choices, pair.outcomes, strict=True
        ):
            settled = self._with(rules, choice)
            if settled.contradictions(known):
                raise NotReplayed(f"{pair.item}: the facts contradict a list of the law")
            found = self.engines.of(settled).finding(pair.item, known)
            if (found.verdict, found.basis) != (said.verdict, said.basis):
                raise NotReplayed(f"{pair.item}: {said.basis} is {found.basis} by the engine")
        return pair

    def _kleene_of(self, rules: RuleSet, item: str) -> _Kleene:
        key = id(rules), item
        if key not in self._kleene:
            self._kleene[key] = _Kleene(rules, item)
        return self._kleene[key]

    def _with(self, rules: RuleSet, choice: Choice) -> RuleSet:
        """The rule set with contested provisions settled as chosen."""
        if not choice:
            return rules
        key = id(rules), frozenset(choice.items())
        if key not in self._settled:
            self._settled[key] = _settled(rules, choice)
        return self._settled[key]


# -- contested provisions -------------------------------------------------------------------------


def _settled(rules: RuleSet, choice: Choice) -> RuleSet:
    gone = {block for block, one in rules.contested.items() if choice.get(one) is False}
    return replace(
        rules,
        blocks={name: block for name, block in rules.blocks.items() if name not in gone},
        beaters={
            name: tuple((other, items) for other, items in beaters if other not in gone)
            for name, beaters in rules.beaters.items()
            if name not in gone
        },
        own={name: own for name, own in rules.own.items() if name not in gone},
        contested={b: one for b, one in rules.contested.items() if one not in choice},
    )


def _choice(rules: RuleSet, item: str, world: World) -> Choice:
    """Of a world, the contested provisions that could matter for an item."""
    found = [rules.contested[b] for b in relevant(rules, item) if b in rules.contested]
    return {one: one in world.lets_act for one in found}


def _fewer(
    choices: tuple[Choice, Choice],
) -> Iterator[Callable[[tuple[Choice, Choice]], tuple[Choice, Choice]]]:
    for gone in dict.fromkeys([*choices[0], *choices[1]]):

        def without(now: tuple[Choice, Choice], gone: str = gone) -> tuple[Choice, Choice]:
            old, new = ({k: v for k, v in one.items() if k != gone} for one in now)
            return old, new

        yield without


# -- deciding -------------------------------------------------------------------------------------


class _Kleene:
    """What Kleene's logic says of one item by one rule set.

    Facts come in rows of little difference: a condition is worked out anew only where something
    that it reads has changed since the last time. The rules are those of the rule set, with one
    made-up fact in each condition's place.
    """

    def __init__(self, rules: RuleSet, item: str) -> None:
        self.rules = rules
        self.item = item
        self.kinds = {rule: rules.blocks[rule].kind for rule in rules.rules(item)}
        blocks = relevant(rules, item)
        self.abstract = replace(rules, own={b: Holds(b, "request") for b in blocks})
        self.reads = {b: tuple(dict.fromkeys(_reads(rules.own[b], item))) for b in blocks}
        self.readers: dict[object, list[str]] = {}
        for block, reads in self.reads.items():
            for read in reads:
                self.readers.setdefault(read, []).append(block)
        self.truths: dict[object, Truth] = {}
        self.closed = any(fact.closed for fact in rules.vocabulary.facts.values())
        self.hangs = {r for r in self.kinds if r in rules.contested or rules.beaters_for(r, item)}
        self.seen: dict[object, object] = {}
        self.held: dict[str, Value] = {}
        self.work_out(blocks, rules.completed(Facts()))

    def work_out(self, blocks: Iterable[str], facts: Facts) -> None:
        for block in blocks:
            found = self.truth(block, facts)
            if found is None:
                self.held.pop(block, None)
            else:
                self.held[block] = found

    def truth(self, block: str, facts: Facts) -> Truth:
        seen = [self.seen.get(read) for read in self.reads[block]]
        if any(isinstance(one, tuple) for one in seen):  # rows: not worth remembering
            return truth(self.rules.own[block], facts, self.item)
        key = block, *seen
        if key not in self.truths:
            self.truths[key] = truth(self.rules.own[block], facts, self.item)
        return self.truths[key]

    def follow(self, facts: Facts) -> None:
        """Bring the truths up to these facts."""
        changed: dict[str, None] = {}
        for read, blocks in self.readers.items():
            now = _at(read, facts)
            if now != self.seen.get(read):
                self.seen[read] = now
                changed |= dict.fromkeys(blocks)
        self.work_out(changed, facts)

    def outcome(self, facts: Facts) -> Outcome | None:
        """The outcome in all worlds that these facts leave; None where it cannot tell."""
        self.follow(self.rules.completed(facts) if self.closed or facts.rows else facts)
        known = Facts(self.held)
        acting: dict[str, dict[str, Truth]] = {"forbid": {}, "require": {}, "permit": {}}
        for rule, kind in self.kinds.items():
            held = self.held.get(rule)
            if held is False:
                continue
            if rule in self.hangs:
                acting[kind][rule] = acts(self.abstract, rule, self.item, known, None)
            else:
                acting[kind][rule] = None if held is None else True
        kinds = [k_or(found.values()) for found in acting.values()]
        bases = {
            basis_of(forbids, requires, permits)
            for forbids in _could(kinds[0])
            for requires in _could(kinds[1])
            for permits in _could(kinds[2])
        }
        if len(bases) != 1:
            return None
        (basis,) = bases
        deciding = [one for kind in DECIDING[basis] for one in acting[kind].items()]
        surely = [rule for rule, held in deciding if held]
        perhaps = [rule for rule, held in deciding if held is None]
        return Outcome(basis, tuple(sorted(surely or perhaps)))


def _reads(cond: Condition, item: str) -> Iterator[object]:
    """What a condition reads: names, `(item, name)` of items, and `(table,)`."""
    for part in walk(cond):
        if isinstance(part, Quantified | Count):
            yield (part.table,)
        for term in terms(part):
            if term.name is not None and term.scope != "row":
                yield (item, term.name) if term.scope == "item" else term.name


def _at(read: object, facts: Facts) -> object:
    """What is known of it; None: nothing."""
    if isinstance(read, str):
        return facts.values.get(read)
    assert isinstance(read, tuple)  # noqa: S101 - for mypy
    if len(read) == 2:
        return facts.items.get(read)
    rows, complete = facts.rows.get(read[0]), read[0] in facts.complete
    return (rows, complete) if rows or complete else None


def _could(truth: Truth) -> tuple[bool, ...]:
    return (False, True) if truth is None else (truth,)


# -- knowing less ---------------------------------------------------------------------------------


def _steps(both: Both) -> Iterator[Callable[[Facts], Facts]]:
    """Ways to know less, those that tell most first: what cells are told apart by, whether a table
    is whole, its rows from the last one on, then one fact after the other."""
    whole = both[0].merged(both[1])
    for path in (KIND, PURPOSE, *sorted(whole.complete)):
        yield lambda facts, path=path: facts.without([path])  # type: ignore[misc]  # bound now
    for table, rows in whole.rows.items():
        for number in range(len(rows), 0, -1):
            yield lambda facts, table=table, number=number: _without_row(facts, table, number)  # type: ignore[misc]
    for table, rows in whole.rows.items():
        for column in dict.fromkeys(name for row in rows for name in row):
            paths = [f"{table}[{number}].{column}" for number in range(1, len(rows) + 1)]
            yield lambda facts, paths=paths: facts.without(paths)  # type: ignore[misc]
    for path, _ in [*both[0].flat(), *both[1].flat()]:
        if path not in whole.complete:
            yield lambda facts, path=path: facts.without([path])  # type: ignore[misc]


def _explained(both: Both) -> bool:
    """Whether each flag that the two laws' lists say differently stands beside the row's offence."""
    old, new = both
    return all(
        "offense" in row or all(row[name] == other[name] for name in row if name in other)
        for table, rows in old.rows.items()
        for row, other in zip(rows, new.rows.get(table, ()), strict=False)
    )


def _nearer(facts: Facts) -> Facts:
    """Days of the first centuries, 2,000 years on: the calendar is the same, and people know it."""

    def moved(_: str, value: Value) -> Value:
        if isinstance(value, date) and value.year < 400:
            return value.replace(year=value.year + 2000)
        return value

    return facts.changed(moved)


def _without_row(facts: Facts, table: str, number: int) -> Facts:
    kept = [row for at, row in enumerate(facts.rows.get(table, ()), 1) if at != number]
    rows = {name: found for name, found in facts.rows.items() if name != table}
    return Facts(facts.values, facts.items, rows | ({table: kept} if kept else {}), facts.complete)


def _only(facts: Facts, item: str, read: set[tuple[str | None, str, str | None]]) -> Facts:
    """What some terms read, of one item."""
    tables = {table for _, table, _ in read if table}
    names = {name for _, table, name in read if not table}
    rows: dict[str, list[Row]] = {
        table: [{c: v for c, v in row.items() if ("row", table, c) in read} for row in found]
        for table, found in facts.rows.items()
        if table in tables
    }
    return Facts(
        {name: value for name, value in facts.values.items() if name in names},
        {(i, n): value for (i, n), value in facts.items.items() if i == item and n in names},
        rows,
        facts.complete & tables,
    )


def _placed(facts: Facts, cell: Cell) -> Facts:
    words = {
        name: word for name, word in zip((KIND, PURPOSE), cell, strict=True) if name in facts.values
    }
    return Facts({**facts.values, **words}, facts.items, facts.rows, facts.complete)


def _about(facts: Facts, item: str, other: str) -> Facts:
    items = {(other if i == item else i, name): value for (i, name), value in facts.items.items()}
    return Facts(facts.values, items, facts.rows, facts.complete)

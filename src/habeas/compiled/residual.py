"""What a condition comes to once the known facts are put in: yes, no, or a smaller open question.

    Condition  ->  Plans.plan (once a rule set)  ->  Plan.under(Given)  ->  bool, or Open

Promise: an open question reads unknown facts only, and equals the condition in every world.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from habeas.compiled.normal import normal
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
    Term,
    Within,
    compare,
    terms,
    walk,
    within,
)
from habeas.law.dates import shift_all
from habeas.law.domains import Leaf, Path, Side
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import Finding
from habeas.law.vocabulary import Fact, Vocabulary


@dataclass(slots=True)
class Given:
    """What is known for one item, and the answers that were worked out from it."""

    facts: Facts
    item: str
    items: dict[str, Value]
    leaves: dict[tuple[int, str], bool | OpenLeaf] = field(default_factory=dict)
    counts: dict[int, bool | OpenCount] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Facts, item: str) -> Given:
        """`facts` are completed by the rule set."""
        return cls(facts, item, {name: v for (one, name), v in facts.items.items() if one == item})


# -- open questions -------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class OpenLeaf:
    """A leaf with an unknown side. `facts` says what the unknown paths are."""

    leaf: Leaf
    sides: tuple[Side, ...]
    facts: dict[Path, Fact]

    def holds(self, values: Mapping[Path, Value]) -> bool:
        """Whether it holds where the unknown facts are these."""
        found = [
            value if value is not None else moved(values[str(path)], steps)
            for path, steps, value in self.sides
        ]
        return leaf_holds(self.leaf, found)


@dataclass(slots=True, eq=False)
class OpenNot:
    """Not."""

    arg: Open


@dataclass(slots=True, eq=False)
class OpenJoin:
    """All (`both`) or one of several."""

    both: bool
    args: tuple[Open, ...]


@dataclass(slots=True, eq=False)
class OpenCount:
    """At least `needed` more rows; with a column, rows with so many values that are not in `sure`.

    rows     those that may still count: whether they do, the column's path if its value is unknown,
             and else the value
    further  whether a further row counts (False where the table is complete)
    origin   the plan, and the known facts outside of rows that it has read: these settle `further`
    """

    table: str
    column: str | None
    needed: int
    sure: frozenset[Value]
    rows: list[tuple[Open | bool, Path | None, Value | None]]
    further: Open | bool
    fact: Fact | None
    origin: tuple[object, ...]


Open = OpenLeaf | OpenNot | OpenJoin | OpenCount


def inside(node: Open | bool) -> Iterator[OpenLeaf | OpenCount]:
    """The leaves and counts of an open question, those within counts too."""
    if isinstance(node, OpenLeaf):
        yield node
    elif isinstance(node, OpenNot):
        yield from inside(node.arg)
    elif isinstance(node, OpenJoin):
        for arg in node.args:
            yield from inside(arg)
    elif isinstance(node, OpenCount):
        yield node
        for held, _, _ in node.rows:
            yield from inside(held)
        yield from inside(node.further)


# -- plans ----------------------------------------------------------------------------------------


class Plan:
    """A condition, ready to have facts put in."""

    __slots__ = ()

    def under(self, given: Given, name: str, row: Row) -> Open | bool:
        """What is left of it; `name` and `row` are those of the row it is asked for."""
        raise NotImplementedError


class _Const(Plan):
    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value

    def under(self, given: Given, name: str, row: Row) -> Open | bool:
        return self.value


class _Not(Plan):
    __slots__ = ("arg",)

    def __init__(self, arg: Plan) -> None:
        self.arg = arg

    def under(self, given: Given, name: str, row: Row) -> Open | bool:
        found = self.arg.under(given, name, row)
        return not found if isinstance(found, bool) else OpenNot(found)


class _Join(Plan):
    __slots__ = ("args", "both")

    def __init__(self, both: bool, args: Sequence[Plan]) -> None:
        self.both = both
        self.args = tuple(args)

    def under(self, given: Given, name: str, row: Row) -> Open | bool:
        left: list[Open] = []
        for arg in self.args:
            found = arg.under(given, name, row)
            if not isinstance(found, bool):
                left.append(found)
            elif found is not self.both:
                return found
        if not left:
            return self.both
        return left[0] if len(left) == 1 else OpenJoin(self.both, tuple(left))


class _Leaf(Plan):
    __slots__ = ("facts", "leaf", "terms")

    def __init__(self, leaf: Leaf, vocabulary: Vocabulary) -> None:
        self.leaf = leaf
        self.terms = tuple((term.scope, term.name, term) for term in terms(leaf))
        self.facts = tuple(_fact(term, vocabulary) for term in terms(leaf))

    def under(self, given: Given, name: str, row: Row) -> Open | bool:
        values: list[Value] = []
        for scope, fact, term in self.terms:
            if scope == "row":
                value = row.get(fact)  # type: ignore[arg-type]  # a row's term has a name
            elif scope == "item":
                value = given.items.get(fact)  # type: ignore[arg-type]  # so has an item's
            else:
                value = term.value if fact is None else given.facts.values.get(fact)
            if value is None:
                return self._open(given, name, row)
            values.append(moved(value, term.steps))
        return leaf_holds(self.leaf, values)

    def _open(self, given: Given, name: str, row: Row) -> Open | bool:
        key = (id(self), name)
        if key not in given.leaves:
            sides: list[Side] = []
            facts: dict[Path, Fact] = {}
            for (scope, fact, term), declared in zip(self.terms, self.facts, strict=True):
                path: Path | None = None
                if scope == "row":
                    path, value = f"{name}.{fact}", row.get(fact)  # type: ignore[arg-type]  # as above
                elif scope == "item":
                    path, value = f"{given.item}.{fact}", given.items.get(fact)  # type: ignore[arg-type]
                elif fact is None:
                    value = term.value
                else:
                    path, value = fact, given.facts.values.get(fact)
                if value is None:
                    assert path and declared  # noqa: S101 - for mypy: a term without a value has both
                    facts[path] = declared
                    sides.append((path, term.steps, None))
                else:
                    sides.append((None, (), moved(value, term.steps)))
            given.leaves[key] = OpenLeaf(self.leaf, tuple(sides), facts)
        return given.leaves[key]


class _Count(Plan):
    __slots__ = ("cond", "count", "fact", "outer")

    def __init__(self, count: Count, cond: Plan, fact: Fact | None) -> None:
        self.count = count
        self.cond = cond
        self.fact = fact
        read = [term for part in walk(count.cond) for term in terms(part)]
        self.outer = [(t.scope, t.name) for t in read if t.name is not None and t.scope != "row"]

    def under(self, given: Given, name: str, row: Row) -> Open | bool:
        found = given.counts.get(id(self))
        if found is None:
            found = given.counts[id(self)] = self._left(given)
        return found

    def _left(self, given: Given) -> bool | OpenCount:
        table, column = self.count.table, self.count.column
        needed = self.count.number
        sure: set[Value] = set()
        rows: list[tuple[Open | bool, Path | None, Value | None]] = []
        for number, row in enumerate(given.facts.rows.get(table, ()), 1):
            name = f"{table}[{number}]"
            held = self.cond.under(given, name, row)
            value = row.get(column) if column is not None else None
            if held is False:
                continue
            if held is True and column is None:
                needed -= 1
            elif held is True and value is not None:
                sure.add(value)
            else:
                path = f"{name}.{column}" if column is not None and value is None else None
                rows.append((held, path, value))
        needed -= len(sure)
        if needed <= 0:
            return True
        rows = [one for one in rows if one[2] not in sure or one[2] is None]
        open_table = table not in given.facts.complete
        further = self.cond.under(given, f"{table}[+]", {}) if open_table else False
        if further is False and len(rows) < needed:
            return False
        origin = (
            self,
            *[
                given.items.get(name) if scope == "item" else given.facts.values.get(name)
                for scope, name in self.outer
            ],
        )
        return OpenCount(table, column, needed, frozenset(sure), rows, further, self.fact, origin)


class Plans:
    """The plans of one rule set; equal parts are planned once.

    kinds   what resolution found out about further rows, by what it hangs on
    shapes  what it found for an item and rows of them, by the shape of what was open (`shape`)
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.kinds: dict[object, list[tuple[object, ...]]] = {}
        self.shapes: dict[object, tuple[str, dict[str, list[int]], Finding]] = {}
        self._planned: dict[Condition, Plan] = {}
        self._whole: dict[int, tuple[Condition, Plan]] = {}

    def plan(self, cond: Condition) -> Plan:
        """The plan of a condition with its definitions opened."""
        found = self._whole.get(id(cond))
        if found is None or found[0] is not cond:
            found = self._whole[id(cond)] = (cond, self._plan(normal(cond)))
        return found[1]

    def _plan(self, cond: Condition) -> Plan:
        found = self._planned.get(cond)
        if found is None:
            found = self._planned[cond] = self._made(cond)
        return found

    def _made(self, cond: Condition) -> Plan:
        if isinstance(cond, Const):
            return _Const(cond.value)
        if isinstance(cond, Not):
            return _Not(self._plan(cond.arg))
        if isinstance(cond, And | Or):
            return _Join(isinstance(cond, And), [self._plan(arg) for arg in cond.args])
        if isinstance(cond, Count):
            column = cond.column
            fact = self.vocabulary.tables[cond.table][column] if column is not None else None
            return _Count(cond, self._plan(cond.cond), fact)
        assert isinstance(cond, Holds | Compare | OneOf | Within)  # noqa: S101 - opened before
        return _Leaf(cond, self.vocabulary)


def _fact(term: Term, vocabulary: Vocabulary) -> Fact | None:
    if term.name is None:
        return None
    return (vocabulary.tables[term.table] if term.table else vocabulary.facts)[term.name]


def moved(value: Value, steps: tuple[tuple[int, str], ...]) -> Value:
    """A day moved; anything else as it is."""
    return shift_all(value, steps) if steps and isinstance(value, date) else value


def leaf_holds(leaf: Leaf, values: Sequence[Value]) -> bool:
    """A leaf where its sides, moved, are these."""
    first = values[0]
    if isinstance(leaf, Holds):
        return bool(first)
    if isinstance(leaf, Compare):
        return compare(first, leaf.op, values[1])
    if isinstance(leaf, OneOf):
        return first in leaf.values
    return within(str(first), leaf.place)

"""Domains: a few values that stand for all that an unknown fact could be.

    conditions, Facts  ->  domains_of  ->  Domains.values(path)  ->  worlds (brute force)
    leaves of those that are left open  ->  Readings.values()    ->  resolution (diagrams)

Promise: whatever truth the conditions could have together under any values, they have under these,
and so in any two worlds that differ in one fact alone.

Why that holds. Yes/no facts and closed lists are finite. Texts and places are only compared for
equality and for lying in a region: the words that are named, and in each region as many fresh ones
as may have to be told apart, are enough. Days (and numbers) are compared after moves that never
change their order. Each comparison, as it turns out, asks one day to be at or past an image of
another; if all of that can be met, the *least* solution meets it. There each day is an image, along
a chain of comparisons, of a literal, a known day or the first day of all; or else a circle of
comparisons holds itself up, which takes a month's end (`a + 1 month = b + 1 month AND a < b`):
those days `_held` finds, up to nine years on. A day whose distinct values are counted is given the
days that follow it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from habeas.law.conditions import (
    Compare,
    Condition,
    Count,
    Holds,
    OneOf,
    Quantified,
    Term,
    Within,
    terms,
    walk,
)
from habeas.law.dates import Step, least_day, shift_all
from habeas.law.facts import Facts, Row, Value
from habeas.law.vocabulary import Fact, Vocabulary

LEAST_NUMBER = -(10**9)
"""Numbers are whole and lie above this; the bound is far from anything that a law counts."""

Leaf = Holds | Compare | OneOf | Within
Path = str
"""An unknown fact: `purpose`, `name.public`, `conviction[2].level`, and `conviction[+].level`
for the column of any further row."""

Steps = tuple[Step, ...]
Side = tuple[Path | None, Steps, Value | None]
"""One side of a comparison: a path if it is unknown, its moves, its value if it is known."""

Edge = tuple[Path, Steps, Path, Steps, bool]
"""`(x, a, y, b, strict)`: x moved by a is at or (strict) past y moved by b."""

_MIRROR = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_STRICT = {"<": (False,), ">=": (False,), "<=": (True,), ">": (True,)}
"""Whether `x op y`, or its opposite, asks x to be past y rather than at it; else both can be."""

_DAYS = {"day": 1.0, "month": 30.436875, "year": 365.2425}
_NINE_YEARS = 9 * 366


@dataclass(slots=True)
class Domains:
    """Representatives for every unknown fact that some conditions read."""

    vocabulary: Vocabulary
    unknown: dict[Path, Fact]
    chosen: dict[Path, tuple[Value, ...]]
    rows_needed: dict[str, int]

    def values(self, path: Path) -> tuple[Value, ...]:
        """What an unknown fact could be, in a fixed order."""
        return self.chosen[path]

    def columns(self, table: str) -> list[str]:
        """The columns that conditions read in a further row, in the vocabulary's order."""
        return [n for n in self.vocabulary.tables[table] if f"{table}[+].{n}" in self.unknown]


def domains_of(
    vocabulary: Vocabulary, conditions: Iterable[Condition], facts: Facts, item: str
) -> Domains:
    """The domains of all unknown facts that `conditions` (definitions opened) read for an item."""
    return domains_of_all(vocabulary, [(item, one) for one in conditions], facts)


def domains_of_all(
    vocabulary: Vocabulary, asked: Iterable[tuple[str, Condition]], facts: Facts
) -> Domains:
    """The same of conditions that are each asked for an item."""
    found = dict.fromkeys((item, part) for item, one in asked for part in walk(one))
    # A quantifier that reads facts of an item is another one for each item.
    quantifiers = {
        (item if any(t.scope == "item" for t in _read(part)) else "", part)
        for item, part in found
        if isinstance(part, Quantified | Count)
    }
    readings = Readings(_needed(part for _, part in quantifiers))
    rows: dict[str, list[tuple[str, Row]]] = {"": [("", {})]}
    for table in readings.rows_needed:
        given = facts.rows.get(table, ())
        rows[table] = [(f"{table}[{number}]", row) for number, row in enumerate(given, 1)]
        if table not in facts.complete:
            rows[table].append((f"{table}[+]", {}))

    def side(term: Term, name: str, row: Row, item: str = "") -> Side:
        path, value = located(term, facts, item, name, row)
        if path is None or value is not None:
            return None, term.steps, value
        table = vocabulary.tables[term.table] if term.table else vocabulary.facts
        readings.facts[path] = table[str(term.name)]
        return path, term.steps, None

    for item, part in found:
        if isinstance(part, Count) and part.column is not None:
            column = Term(part.column, "row", part.table)
            counted = [side(column, name, row) for name, row in rows[part.table]]
            readings.distinct(part.table, part.column, counted, witnesses(part))
        elif isinstance(part, Holds | Compare | OneOf | Within):
            table = next((term.table for term in terms(part) if term.table), "")
            for name, row in rows[table]:
                readings.leaf(part, [side(term, name, row, item) for term in terms(part)])
    for table, named in rows.items():
        if table and closed_offenses(vocabulary, table):
            for name, row in named:
                if any(f"{name}.{flag}" in readings.facts for flag in flags(vocabulary, table)):
                    side(Term("offense", "row", table), name, row)
    return Domains(vocabulary, readings.facts, readings.values(), readings.rows_needed)


def located(
    term: Term, facts: Facts, item: str, name: str, row: Row | None
) -> tuple[Path | None, Value | None]:
    """The path of a term (None: a literal) and its value (None: unknown); `name` is the row's."""
    if term.name is None:
        return None, term.value
    if term.scope == "row":
        return f"{name}.{term.name}", (row or {}).get(term.name)
    if term.scope == "item":
        return f"{item}.{term.name}", facts.items.get((item, term.name))
    return term.name, facts.values.get(term.name)


def flags(vocabulary: Vocabulary, table: str) -> list[str]:
    """The columns of a table that come from a list of the law."""
    return [name for name, fact in vocabulary.tables[table].items() if fact.derived]


def closed_offenses(vocabulary: Vocabulary, table: str) -> bool:
    """Whether a table's offences are a closed list, so that each unknown one may be listed."""
    offense = vocabulary.tables[table].get("offense")
    return offense is not None and offense.type == "words" and bool(flags(vocabulary, table))


def witnesses(count: Count) -> int:
    """How many rows (or values) settle a count: `>= 3` and `< 3` three, `> 3` and `<= 3` four."""
    return count.number + (count.op in (">", "<="))


def _read(condition: Condition) -> Iterator[Term]:
    for part in walk(condition):
        yield from terms(part)


def _needed(quantifiers: Iterable[Quantified | Count]) -> dict[str, int]:
    """How many further rows of each table can make a difference to quantifiers, together."""
    needed: dict[str, int] = {}
    for part in quantifiers:
        more = witnesses(part) if isinstance(part, Count) else 1
        needed[part.table] = needed.get(part.table, 0) + max(1, more)
    return needed


@dataclass(slots=True)
class _Counted:
    """A column whose distinct values are counted: its unknown paths, its known values."""

    paths: dict[Path, None] = field(default_factory=dict)
    known: set[Value] = field(default_factory=set)
    witnesses: list[int] = field(default_factory=list)

    def several(self) -> int:
        """How many values that nobody named may have to be told apart.

        Keep the values that make the true counts true, and let one value stand for all others:
        no true count becomes false, and no false one true.
        """
        return sum(self.witnesses) + (len(self.witnesses) > 1)


@dataclass(slots=True)
class Readings:
    """What unknown facts are compared with, leaf by leaf; `values` then gives their domains."""

    rows_needed: dict[str, int]
    facts: dict[Path, Fact] = field(default_factory=dict)
    literals: dict[Path, set[str]] = field(default_factory=dict)
    regions: dict[Path, set[str]] = field(default_factory=dict)
    bounds: dict[tuple[Path, Steps, Value, bool], None] = field(default_factory=dict)
    links: dict[tuple[Path, Path], None] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)
    counted: dict[tuple[str, str], _Counted] = field(default_factory=dict)

    def leaf(self, leaf: Leaf, sides: Sequence[Side]) -> None:
        """Note a leaf; its sides in the order of `terms(leaf)`."""
        if isinstance(leaf, Compare):
            self._compare(sides[0], leaf.op, sides[1])
            self._compare(sides[1], _MIRROR[leaf.op], sides[0])
        elif isinstance(leaf, OneOf):
            for value in leaf.values:
                self._compare(sides[0], "=", (None, (), value))
        elif isinstance(leaf, Within) and sides[0][0] is not None:
            self.regions.setdefault(sides[0][0], set()).add(leaf.place)

    def _compare(self, one: Side, op: str, other: Side) -> None:
        path, steps, _ = one
        against, moves, value = other
        if path is None:
            return
        ordered = self.facts[path].type in ("date", "number")
        if against is not None:
            self.links[path, against] = None
        if not ordered:
            if isinstance(value, str):
                self.literals.setdefault(path, set()).add(value)
            return
        for strict in _STRICT.get(op, (False, True)):
            if against is not None:
                self.edges[path, steps, against, moves, strict] = None
            elif value is not None:
                self.bounds[path, steps, _moved(value, moves), strict] = None

    def distinct(self, table: str, column: str, sides: Iterable[Side], needed: int) -> None:
        """Note a count of distinct values over rows with these sides."""
        found = self.counted.setdefault((table, column), _Counted())
        found.witnesses.append(max(1, needed))
        for path, _, value in sides:
            if path is not None:
                found.paths[path] = None
            elif value is not None:
                found.known.add(value)

    def values(self) -> dict[Path, tuple[Value, ...]]:
        """The representatives of each unknown fact."""
        chosen: dict[Path, tuple[Value, ...]] = {}
        for group in self._groups():
            kinds = {self.facts[path].type for path in group}
            if kinds == {"yes/no"}:
                chosen.update((path, (True, False)) for path in group)
            elif kinds & {"date", "number"}:
                chosen.update(_Ordered(self, group).values())
            else:
                chosen.update(self._strings(group))
        return chosen

    def _groups(self) -> list[list[Path]]:
        """Unknown facts that are compared with each other, or counted together, in one group."""
        of: dict[Path, list[Path]] = {path: [path] for path in self.facts}
        pairs = list(self.links)
        for found in self.counted.values():
            paths = list(found.paths)
            pairs += pairwise(paths)
        for one, other in pairs:
            if of[one] is not of[other]:
                of[one] += of[other]
                for path in of[other]:
                    of[path] = of[one]
        return list({id(group): group for group in of.values()}.values())

    def counted_in(self, group: Sequence[Path]) -> list[_Counted]:
        """The counted columns of a group."""
        return [
            found for found in self.counted.values() if not found.paths.keys().isdisjoint(group)
        ]

    # -- texts, words, places ---------------------------------------------------------------------

    def _strings(self, group: Sequence[Path]) -> Iterator[tuple[Path, tuple[Value, ...]]]:
        counted = self.counted_in(group)
        linked = any(one != other for one, other in self.links if one in group)
        facts = [self.facts[path] for path in group]
        literals = set().union(*(self.literals.get(path, set()) for path in group))
        regions = set().union(*(self.regions.get(path, set()) for path in group))
        named = literals | regions | {str(value) for found in counted for value in found.known}
        if linked or counted:
            named |= {word for fact in facts if fact.type == "words" for word in fact.words}
        fresh = self._several(group, linked, counted)
        pool = (*sorted(named), *_fresh(named, regions, fresh, {f.type for f in facts}))
        for path, fact in zip(group, facts, strict=True):
            if fact.type != "words":
                yield path, pool
            elif linked or counted or fact.name == "offense":
                yield path, fact.words
            else:
                other = next((word for word in fact.words if word not in named), None)
                yield path, tuple(word for word in fact.words if word in named or word == other)

    def _several(self, group: Sequence[Path], linked: bool, counted: Sequence[_Counted]) -> int:
        """How many fresh texts have to be told apart."""
        if not linked:
            return max([1, *(found.several() for found in counted)])
        outer, rows, further = shape(group)
        if not counted:  # rows meet only through what is outside of them
            return outer + max(rows.values(), default=0) + 1
        more = sum(
            (self.rows_needed.get(table, 1) - 1) * columns for table, columns in further.items()
        )
        return len(group) + more + 1


def shape(group: Iterable[Path]) -> tuple[int, dict[str, int], dict[str, int]]:
    """How many paths are outside of rows, how many in each row, how many in each further row."""
    outer = 0
    rows: dict[str, int] = {}
    further: dict[str, int] = {}
    for path in group:
        row, _, column = path.partition("].")
        if column:
            rows[row] = rows.get(row, 0) + 1
        else:
            outer += 1
        if row.endswith("[+"):
            further[row[:-2]] = rows[row]
    return outer, rows, further


def _fresh(named: set[str], regions: set[str], number: int, kinds: set[str]) -> Iterator[str]:
    """Texts that nobody named: `number` of them in each region and nowhere else, and in none."""
    mark, text = "zz", "some other text "
    while any(mark in word for word in named):
        mark += "z"
    while any(word.startswith(text) for word in named):
        text += "or "
    outside = mark if kinds == {"place"} else text
    yield from (f"{outside}{more}" for more in range(1, number + 1))
    for region in sorted(regions):
        yield from (f"{region}-{mark}{more}" for more in range(1, number + 1))


# -- days and numbers -----------------------------------------------------------------------------


class _Ordered:
    """The days (or numbers) of one group of unknown facts."""

    def __init__(self, readings: Readings, group: Sequence[Path]) -> None:
        self.group = group
        self.readings = readings
        inside = set(group)
        self.edges = [
            edge for edge in readings.edges if edge[0] in inside and edge[:2] != edge[2:4]
        ]
        self.bounds = [bound for bound in readings.bounds if bound[0] in inside]
        self.counted = readings.counted_in(group)

    def values(self) -> Iterator[tuple[Path, tuple[Value, ...]]]:
        found: dict[Path, set[Value]] = {path: set() for path in self.group}
        new: dict[Path, set[Value]] = {path: set() for path in self.group}
        for path in self.group:
            new[path].add(date.min if self.readings.facts[path].type == "date" else LEAST_NUMBER)
        for path, steps, target, strict in self.bounds:
            new[path] |= _image(steps, target, strict)
        for counted in self.counted:
            for path in counted.paths:
                new[path] |= counted.known
        circles = list(_circles(self.edges))
        for _ in range(self._rounds() + 2 * bool(circles)):
            self._followed(new)
            new = {path: values - found[path] for path, values in new.items()}
            if not any(new.values()):
                break
            for path, values in new.items():
                found[path] |= values
            new = self._next(new, circles)
        self._followed(new)
        for path, values in found.items():
            values |= new[path]
            yield path, tuple(sorted(values))

    def _rounds(self) -> int:
        """The longest chain; one day may stand in it twice, for two worlds that differ there."""
        outer, rows, further = shape(self.group)
        across = any("]." in one and "]." in other for one, _, other, _, _ in self.edges)
        longest = outer + (outer + 1) * (max(rows.values(), default=0) if across else bool(rows))
        return longest if further or self.counted else min(longest, len(self.group))

    def _followed(self, values: dict[Path, set[Value]]) -> None:
        """Counted days are joined by their successors, and are the same in all rows."""
        for counted in self.counted:
            every: set[Value] = set()
            for path in counted.paths:
                for value in values[path]:
                    every |= _successors(value, counted.several())
            for path in counted.paths:
                values[path] = set(every)

    def _next(
        self, values: dict[Path, set[Value]], circles: Sequence[tuple[Edge, ...]]
    ) -> dict[Path, set[Value]]:
        """The images of some values along each comparison, and where circles hold them."""
        new: dict[Path, set[Value]] = {path: set() for path in self.group}
        for one, steps, other, moves, strict in self.edges:
            for value in values[other]:
                new[one] |= _image(steps, _moved(value, moves), strict)
        for circle in circles:
            for value in values[circle[0][0]]:
                for path, held in _held(circle, value):
                    new[path].add(held)
        return new


@lru_cache(maxsize=100_000)
def _image(steps: Steps, target: Value, strict: bool) -> frozenset[Value]:
    """The least value that, moved, is at the target or (strict) past it; empty where none is."""
    if isinstance(target, date):
        day = least_day(steps, target, strict=strict)
        return frozenset() if day is None else frozenset((day,))
    assert isinstance(target, int)  # noqa: S101 - for mypy: ordered values are days and numbers
    return frozenset((target + strict,))


def _moved(value: Value, steps: Steps) -> Value:
    return shift_all(value, steps) if isinstance(value, date) else value


def _successors(value: Value, number: int) -> set[Value]:
    """The value and the `number` that follow it."""
    if isinstance(value, date):
        last = (date.max - value).days
        return {value + timedelta(days=more) for more in range(min(number, last) + 1)}
    assert isinstance(value, int)  # noqa: S101 - for mypy: ordered values are days and numbers
    return {value + more for more in range(number + 1)}


def _circles(edges: Sequence[Edge]) -> Iterator[tuple[Edge, ...]]:
    """Circles of up to three comparisons that can hold themselves up: by a month's end alone."""
    into: dict[Path, list[Edge]] = {}
    for edge in edges:
        into.setdefault(edge[0], []).append(edge)
    for first in edges:
        found: list[tuple[Edge, ...]] = [(first,)] if first[2] == first[0] else []
        for second in into.get(first[2], ()) if first[2] != first[0] else ():
            if second[2] == first[0]:
                found.append((first, second))
            elif second[2] != second[0]:
                found += [
                    (first, second, third)
                    for third in into.get(second[2], ())
                    if third[2] == first[0]
                ]
        yield from (circle for circle in found if _may_hold(circle))


def _may_hold(circle: tuple[Edge, ...]) -> bool:
    drift, slack = 0.0, 1.0
    for _, steps, _, moves, strict in circle:
        drift += strict
        for sign, parts in ((-1, steps), (1, moves)):
            for number, unit in parts:
                drift += sign * number * _DAYS[unit]
                slack += 0 if unit == "day" else 4
    if slack == 1.0 or abs(drift) > slack:
        return False
    opposite = len(circle) == 2 and circle[0][:4] == (*circle[1][2:4], *circle[1][:2])
    return not (opposite and (circle[0][4] or circle[1][4]))


@lru_cache(maxsize=10_000)
def _held(circle: tuple[Edge, ...], start: Value) -> tuple[tuple[Path, Value], ...]:
    """From `start` on, the first days that meet all of the circle's comparisons."""
    value = start
    while (
        isinstance(value, date) and isinstance(start, date) and (value - start).days <= _NINE_YEARS
    ):
        days: list[tuple[Path, Value]] = []
        moved: Value = value
        for one, steps, _, moves, strict in reversed(circle):
            image = _image(steps, _moved(moved, moves), strict)
            if not image:
                return ()
            (moved,) = image
            days.append((one, moved))
        assert isinstance(moved, date)  # noqa: S101 - for mypy: images of days are days
        if moved <= value:
            return (*days[:-1], (circle[0][0], value))
        value = moved
    return ()

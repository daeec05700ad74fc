"""What Kleene's logic leaves open, resolved once for each distinct state.

    Open (words, their unknown terms, its items)  ->  resolve  ->  State (its findings)

Promise: subjects that share a state share every fact that bears on what is open: the words, the facts
of items, and all that the unknown terms of the open items read. One of them is fetched whole, and the
exact engine asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from habeas.audits.engine import Engine
from habeas.audits.shapes import Shape
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import select
from habeas.compiled.sql.facts import compared
from habeas.compiled.sql.source import Source
from habeas.compiled.sql.terms import facts_in
from habeas.law.conditions import Count, Quantified, walk
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import Finding

_FETCHED = 20_000
"""Subjects that are fetched at a time."""


@dataclass(frozen=True, slots=True)
class Open:
    """Distinct words with items that Kleene's logic does not settle.

    id       of the words
    unknown  the terms that are unknown, as bits
    settled  the findings so far
    items    those without
    """

    id: int
    unknown: int
    settled: dict[str, Finding | None]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A distinct state with a finding for each item."""

    state: int
    findings: dict[str, Finding | None]


def resolve(
    engine: Engine, bulk: Bulk, source: Source, name: str, shape: Shape, opened: Sequence[Open]
) -> Iterator[State]:
    """The findings of every open state; writes `name`_open (key, state).

    Reads `name`_pairs and `name`_ids, of the shape's columns.
    """
    return _Exact(engine, bulk, source, name, shape).states(opened)


class _Exact:
    def __init__(self, engine: Engine, bulk: Bulk, source: Source, name: str, shape: Shape) -> None:
        self.engine = engine
        self.dialect = engine.dialect
        self.bulk = bulk
        self.source = source
        self.name = name
        self.shape = shape
        given = source.subjects.columns
        self.facts = [fact for fact in bulk.facts if fact in given]
        self.tables = [table for table in bulk.columns if table in source.tables or table in given]

    def states(self, opened: Sequence[Open]) -> Iterator[State]:
        self._write_needs(opened)
        self._write_open()
        by_id = {one.id: one for one in opened}
        ((last,),) = self.engine.rows(select(["MAX(state)"], self._name("rep")))
        assert isinstance(last, int)  # noqa: S101 - for mypy: a row number
        for start in range(0, last + 1, _FETCHED):
            for state, number, facts in self._fetched(start, start + _FETCHED):
                one = by_id[number]
                found = self.bulk.compiled.findings(facts, one.items)
                yield State(state, {**one.settled, **found})
        self.engine.drop(*(f"{self.name}_{part}" for part in ("needs", "rep")))

    # -- states -----------------------------------------------------------------------------------

    def _write_needs(self, opened: Sequence[Open]) -> None:
        """For each of the open words, which facts (n0, …) and tables (m0, …) their unknown terms read."""
        compiled = self.bulk.compiled
        reads: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        columns: dict[str, list[Any]] = {"id": [one.id for one in opened]}
        columns |= {f"n{n}": [] for n in range(len(self.facts))}
        columns |= {f"m{n}": [] for n in range(len(self.tables))}
        for one in opened:
            mask = 0
            for item in one.items:
                mask |= compiled.mask[item]
            bits = one.unknown & mask
            if bits not in reads:
                reads[bits] = self._read_by(bits)
            facts, tables = reads[bits]
            for n, fact in enumerate(self.facts):
                columns[f"n{n}"].append(fact in facts)
            for n, table in enumerate(self.tables):
                columns[f"m{n}"].append(table in tables)
        self.engine.load(f"{self.name}_needs", pa.table(columns))

    def _read_by(self, bits: int) -> tuple[frozenset[str], frozenset[str]]:
        compiled = self.bulk.compiled
        if compiled.mixed:  # then the terms do not say all
            return frozenset(self.facts), frozenset(self.tables)
        open_terms = [term for n, term in enumerate(compiled.terms) if bits >> n & 1]
        tables = {
            part.table
            for term in open_terms
            for part in walk(term)
            if isinstance(part, Quantified | Count)
        }
        return frozenset(facts_in(open_terms)), frozenset(tables)

    def _write_open(self) -> None:
        """The open subjects, each with the number of its state."""
        words, items = (
            self.shape.columns[: self.shape.words],
            self.shape.columns[self.shape.words :],
        )
        alike = [f"i.{c} = p.{c}" for c in words]
        alike += [self.dialect.same(f"i.{c}", f"p.{c}") for c in items]
        quote = self.dialect.identifier
        subjects = self.source.subjects
        joined = (
            f"{self._name('pairs')} p JOIN {self._name('ids')} i ON {' AND '.join(alike)} "
            f"JOIN {self._name('needs')} n ON n.id = i.id "
            f"JOIN {self.dialect.relation(subjects.name)} s ON s.{quote(subjects.key)} = p.key"
        )
        facts = self.bulk.rules.vocabulary.facts
        cells = ["i.id"]
        for n, fact in enumerate(self.facts):
            value = compared(self.dialect, f"s.{quote(fact)}", facts[fact])
            cells.append(f"CASE WHEN n.n{n} THEN {value} END")
        for n, table in enumerate(self.tables):
            if table in subjects.columns:
                cells.append(f"CASE WHEN n.m{n} THEN s.{quote(table)} IS TRUE END")
            if table in self.source.tables:
                joined += f" LEFT JOIN ({self._rows(table)}) r{n} ON r{n}.k = p.key"
                cells.append(f"CASE WHEN n.m{n} THEN r{n}.held END")
        state = ["p.key AS key", "i.id AS id", f"{self.dialect.key(cells)} AS h"]
        self.engine.make(f"{self.name}_state", select(state, joined))
        of = self._name("state")
        grouped = select(
            ["h", "MIN(id) AS id", f"{self.dialect.any_of('key')} AS rep"], f"{of} GROUP BY h"
        )
        numbered = ["ROW_NUMBER() OVER (ORDER BY h) - 1 AS state", "h", "id", "rep"]
        self.engine.make(f"{self.name}_rep", select(numbered, f"({grouped}) g"))
        numbers = f"{of} a JOIN {self._name('rep')} b ON a.h = b.h"
        self.engine.make(f"{self.name}_open", select(["a.key AS key", "b.state AS state"], numbers))
        self.engine.drop(f"{self.name}_state")

    def _rows(self, table: str) -> str:
        """By key, a table's rows as one value that is the same whatever their order."""
        relation = self.source.tables[table]
        declared = self.bulk.rules.vocabulary.tables[table]
        cells = [
            compared(self.dialect, self.dialect.identifier(c), declared[c])
            for c in self.bulk.columns[table]
            if c in relation.columns
        ]
        held = self.dialect.rows(cells or ["1"])
        key = self.dialect.identifier(relation.key)
        return select(
            [f"{key} AS k", f"{held} AS held"],
            f"{self.dialect.relation(relation.name)} GROUP BY {key}",
        )

    # -- facts ------------------------------------------------------------------------------------

    def _fetched(self, start: int, end: int) -> Iterator[tuple[int, int, Facts]]:
        """For each state from `start` up to `end`: its words' id, and the facts of one of its subjects."""
        subjects, given = self.source.subjects, self.source.subjects.columns
        rep = f"{self._name('rep')} b"
        within = f"b.state >= {start} AND b.state < {end}"
        items = [one for one in self.bulk.items if f"{one[0]}.{one[1]}" in given]
        whole = [table for table in self.tables if table in given]
        names = [*self.facts, *(f"{item}.{fact}" for item, fact in items), *whole]
        rows: dict[str, dict[Any, list[Row]]] = {
            table: self._rows_of(table, rep, within) for table in self.source.tables
        }
        quote = self.dialect.identifier
        cells = ["b.state", "b.id", "b.rep", *(f"s.{quote(name)}" for name in names)]
        key = f"s.{quote(subjects.key)}"
        relation = self.dialect.relation(subjects.name)
        source = f"{rep} JOIN {relation} s ON {key} = b.rep WHERE {within}"
        for state, number, rep_key, *cell in self._all(select(cells, source)):
            known = dict(zip(names, cell, strict=True))
            values: dict[str, Value] = {
                name: known[name] for name in self.facts if known[name] is not None
            }
            of_items: dict[tuple[str, str], Value] = {
                one: known[f"{one[0]}.{one[1]}"]
                for one in items
                if known[f"{one[0]}.{one[1]}"] is not None
            }
            held = {table: found[rep_key] for table, found in rows.items() if rep_key in found}
            complete = frozenset(table for table in whole if known[table] is True)
            yield state, number, Facts(values, of_items, held, complete)

    def _rows_of(self, table: str, rep: str, within: str) -> dict[Any, list[Row]]:
        relation = self.source.tables[table]
        columns = [c for c in self.bulk.columns.get(table, ()) if c in relation.columns]
        key = f"t.{self.dialect.identifier(relation.key)}"
        cells = [key, *(f"t.{self.dialect.identifier(c)}" for c in columns)]
        source = f"{rep} JOIN {self.dialect.relation(relation.name)} t ON {key} = b.rep WHERE {within}"  # fmt: skip
        found: dict[Any, list[Row]] = {}
        for rep_key, *cell in self._all(select(cells, source)):
            row = {c: v for c, v in zip(columns, cell, strict=True) if v is not None}
            found.setdefault(rep_key, []).append(row)
        return found

    def _name(self, part: str) -> str:
        return self.dialect.identifier(f"{self.name}_{part}")

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        return list(self.engine.rows(query))

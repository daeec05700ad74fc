"""What Kleene's logic leaves open, resolved once for each distinct state.

    Open (words, their items)  ->  kinds  ->  resolve  ->  State (its findings)

Promise: subjects that share a state leave the same questions: what is settled of them is the same, the
terms of the open items have the same truths, and the same is open of those that are unknown
(`compiled.sql.states`). One of them is fetched whole, and the exact engine asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from habeas.audits.engine import Engine
from habeas.audits.shapes import Shape
from habeas.compiled.acting import Words
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import select
from habeas.compiled.sql.source import Relation, Source
from habeas.compiled.sql.states import Questions, States
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import Finding

_FETCHED = 20_000
"""Subjects that are fetched at a time."""


@dataclass(frozen=True, slots=True)
class Open:
    """Distinct words with items that Kleene's logic does not settle.

    id       of the words and of what is known of items
    words    the terms that are yes, and those that are unknown, as bits
    known    of items
    settled  the findings so far
    items    those without
    """

    id: int
    words: Words
    known: tuple[object, ...]
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
        self.questions = Questions(bulk)
        self.kinds: list[Open] = []
        """By number, one of those of which what is open hangs on the same terms."""
        self.facts = [fact for fact in bulk.facts if fact in given]
        self.whole = [table for table in bulk.columns if table in given]

    def states(self, opened: Sequence[Open]) -> Iterator[State]:
        self._write_asked(opened)
        self._write_open()
        ((last,),) = self.engine.rows(select(["MAX(state)"], self._name("rep")))
        assert isinstance(last, int)  # noqa: S101 - for mypy: a row number
        for start in range(0, last + 1, _FETCHED):
            for state, kind, facts in self._fetched(start, start + _FETCHED):
                one = self.kinds[kind]
                found = self.bulk.compiled.findings(facts, one.items)
                yield State(state, {**one.settled, **found})
        self.engine.drop(f"{self.name}_rep")

    # -- states -----------------------------------------------------------------------------------

    def _write_asked(self, opened: Sequence[Open]) -> None:
        """The open subjects: their facts, their kind, and what open terms read."""
        compiled, width = self.bulk.compiled, self.questions.width
        columns: dict[str, list[int]] = {"id": [one.id for one in opened], "kind": []}
        columns |= {f"n{word}": [] for word in range(width)}
        numbers: dict[object, int] = {}
        for one in opened:
            mask = 0
            for item in one.items:
                mask |= compiled.mask[item]
            yes, unknown = one.words
            # What is settled goes by identity: findings are remembered, and stay while `opened` does.
            settled = tuple([id(found) for found in one.settled.values()])
            kind = numbers.setdefault(
                (settled, one.known, yes & mask, unknown & mask), len(numbers)
            )
            if kind == len(self.kinds):
                self.kinds.append(one)
            columns["kind"].append(kind)
            for word, bits in enumerate(self.questions.needed(unknown & mask)):
                columns[f"n{word}"].append(bits)
        self.engine.load(f"{self.name}_needs", pa.table(columns))
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
        kept = [f"s.{quote(name)}" for name in (subjects.key, *self.facts, *self.whole)]
        kept += [f"n.kind AS {quote('habeas_kind')}"]
        kept += [f"n.n{word} AS {quote(f'habeas_n{word}')}" for word in range(width)]
        self.engine.make(f"{self.name}_asked", select(kept, joined))
        self.engine.drop(f"{self.name}_needs")

    def _write_open(self) -> None:
        """The open subjects, each with the number of its state; and one subject of each state."""
        given = frozenset({*self.facts, *self.whole})
        asked = Relation((f"{self.name}_asked",), given, self.source.subjects.key)
        states = States(self.bulk, self.questions, replace(self.source, subjects=asked))
        state, columns = f"{self.name}_state", list(states.columns)
        query = states.query()
        if self.bulk.compiled.mixed:  # then the terms do not say all: everybody has a state
            columns.append("one")
            query = select(["*", "ROW_NUMBER() OVER (ORDER BY key) AS one"], f"({query}) m")
        stages = states.stages()
        for name, made in stages:
            self.engine.make(name, made)
        self.engine.make(state, query)
        self.engine.drop(*(name for name, _ in stages))
        by = ", ".join(columns)
        grouped = select(
            [by, f"{self.dialect.any_of('key')} AS rep"], f"{self._name('state')} GROUP BY {by}"
        )
        number = f"ROW_NUMBER() OVER (ORDER BY {by}) - 1 AS state"
        self.engine.make(f"{self.name}_rep", select([number, "*"], f"({grouped}) g"))
        alike = " AND ".join(f"a.{c} = b.{c}" for c in columns)
        numbers = f"{self._name('state')} a JOIN {self._name('rep')} b ON {alike}"
        self.engine.make(f"{self.name}_open", select(["a.key AS key", "b.state AS state"], numbers))
        self.engine.drop(state, f"{self.name}_asked")

    # -- facts ------------------------------------------------------------------------------------

    def _fetched(self, start: int, end: int) -> Iterator[tuple[int, int, Facts]]:
        """For each state from `start` up to `end`: its kind, and the facts of one of its subjects."""
        subjects, given = self.source.subjects, self.source.subjects.columns
        rep = f"{self._name('rep')} b"
        within = f"b.state >= {start} AND b.state < {end}"
        items = [one for one in self.bulk.items if f"{one[0]}.{one[1]}" in given]
        names = [*self.facts, *(f"{item}.{fact}" for item, fact in items), *self.whole]
        rows: dict[str, dict[Any, list[Row]]] = {
            table: self._rows_of(table, rep, within) for table in self.source.tables
        }
        quote = self.dialect.identifier
        cells = ["b.state", "b.kind", "b.rep", *(f"s.{quote(name)}" for name in names)]
        key = f"s.{quote(subjects.key)}"
        relation = self.dialect.relation(subjects.name)
        source = f"{rep} JOIN {relation} s ON {key} = b.rep WHERE {within}"
        for state, kind, rep_key, *cell in self._all(select(cells, source)):
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
            complete = frozenset(table for table in self.whole if known[table] is True)
            yield state, kind, Facts(values, of_items, held, complete)

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

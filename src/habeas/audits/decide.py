"""Deciding a relation of subjects under one rule set: once for each distinct state.

    Bulk, Source  ->  refused?  ->  words  ->  distinct ones, decided in Python  ->  Answers

Promise: the findings of `Compiled.findings` for every subject. What Kleene's logic settles is decided
once for each distinct pair of words; what it leaves open, once for each distinct state of the facts
that the open terms read, by the exact engine.

This is what the law says (section 5, steps 1 to 4). What choosing people would tell (step 6) is not
asked here, and who said the facts (step 5) by `log` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from habeas.audits.answers import Answers, Ways
from habeas.audits.engine import Engine
from habeas.audits.exact import Open, resolve
from habeas.audits.refusing import refuse
from habeas.audits.shapes import Factorised, Masked, Shape, items_of
from habeas.compiled.many import OPEN, Many
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.compiled.sql.source import Source
from habeas.errors import InputError, Place, Problem
from habeas.law.facts import Facts
from habeas.law.interpreter import Finding

Row = tuple[Any, ...]

Settled = tuple[int | None, Callable[[], dict[str, Finding | None]]]
"""The way of some words, if Kleene's logic settles it, and what it finds."""

_AT_ONCE, _FEW = 16_384, 50
"""Distinct words that are settled at a time; fewer than `_FEW` are quicker one after the other."""


def decide(
    engine: Engine, bulk: Bulk, source: Source, name: str = "answers", *, exactly: bool = True
) -> Answers:
    """Decide every item for every subject of a source, under one rule set.

    exactly  False: whoever has an item that Kleene's logic leaves open gets NULL for a way

    Writes temporary tables whose names begin with `name`; those that are there are replaced. Raises
    `InputError` where the source has what the language does not; see `refusing`.
    """
    refuse_name(source, name)
    refuse(engine, bulk, source)
    ways = Ways(tuple(bulk.rules.vocabulary.items))
    pairs, states = settle(engine, bulk, source, name, ways, exactly=exactly)
    ways.write(engine, name)
    return Answers(name, f"{name}_ways", f"{name}_answers", pairs, states)


def refuse_name(source: Source, name: str) -> None:
    """Raise `InputError` where our tables would stand before those of the source."""
    for relation in (source.subjects, *source.tables.values()):
        theirs, ours = relation.name[-1].lower(), name.lower()
        if theirs == ours or theirs.startswith(f"{ours}_"):
            raise InputError(
                Problem(
                    Place(".".join(relation.name)),
                    f"`{relation.name[-1]}` begins as the tables that this writes",
                    f"choose another name than `{name}` for the answers",
                )
            )


def settle(
    engine: Engine, bulk: Bulk, source: Source, name: str, ways: Ways, *, exactly: bool = True
) -> tuple[int, int]:
    """Write `name` (key, way) of a source that was not refused; how many words and states there were."""
    assert bulk.dialect is engine.dialect, "the queries are of another dialect"  # noqa: S101
    items = items_of(engine, bulk, source)
    shape: Shape = Masked(bulk, source, items)
    if engine.dialect is DUCKDB and not bulk.compiled.mixed:
        shape = Factorised(engine, bulk, source, items, name)
    return _Run(engine, bulk, source, name, ways, shape).settle(exactly)


class _Run:
    """One source under one rule set."""

    def __init__(
        self, engine: Engine, bulk: Bulk, source: Source, name: str, ways: Ways, shape: Shape
    ) -> None:
        self.engine = engine
        self.bulk = bulk
        self.source = source
        self.name = name
        self.ways = ways
        self.shape = shape
        self.known: dict[tuple[object, ...], tuple[Many, dict[tuple[int, ...], int | None]]] = {}
        """By what is known of items, all such states, and the way of each row of their findings."""

    def settle(self, exactly: bool) -> tuple[int, int]:
        self.shape.prepare()
        self.engine.make(f"{self.name}_pairs", self.shape.query())
        self.shape.clean()
        self._refuse_missed()
        ids, opened = self._distinct(exactly)
        states = 0
        if exactly and opened:
            found = resolve(self.engine, self.bulk, self.source, self.name, self.shape, opened)
            states = self._load(
                "then", "state", {one.state: self.ways.of(one.findings) for one in found}
            )
        self._write(ids, states > 0, exactly)
        self.engine.drop(*(f"{self.name}_{part}" for part in ("pairs", "ids")))
        return len(ids), states

    def _refuse_missed(self) -> None:
        """Nobody's values are outside the tables: `refuse` has looked before."""
        words = self.shape.columns[: self.shape.words]
        missed = " OR ".join(f"{name} IS NULL" for name in words)
        ((many,),) = self.engine.rows(select(["COUNT(*)"], f"{self._name('pairs')} WHERE {missed}"))
        assert not many, f"{many} subjects have values that no table has"  # noqa: S101

    def _distinct(self, exactly: bool) -> tuple[dict[int, int | None], list[Open]]:
        """Number the distinct words; the way of each that Kleene's logic settles, and the others."""
        columns = self.shape.columns
        distinct = select(["DISTINCT " + ", ".join(columns)], self._name("pairs"))
        number = f"ROW_NUMBER() OVER (ORDER BY {', '.join(columns)}) - 1 AS id"
        self.engine.make(f"{self.name}_ids", select([number, "*"], f"({distinct}) d"))
        found: dict[int, int | None] = {}
        opened: list[Open] = []
        rows = self.engine.rows(select(["id", *columns], self._name("ids")))
        while some := list(islice(rows, _AT_ONCE)):
            for rest, alike in self._by_rest(some).items():
                self._settle(rest, alike, found, opened if exactly else None)
        return found, opened

    def _by_rest(self, rows: Iterable[Row]) -> dict[tuple[object, ...], list[Row]]:
        """Rows of an id and the columns, by what is known of items."""
        made: dict[tuple[object, ...], list[Row]] = {}
        for row in rows:
            made.setdefault(row[self.shape.words + 1 :], []).append(row)
        return made

    def _settle(
        self,
        rest: tuple[object, ...],
        rows: list[Row],
        found: dict[int, int | None],
        opened: list[Open] | None,
    ) -> None:
        """Find the ways of some words, of whose items the same is known; what is left goes to `opened`."""
        words = [row[1 : self.shape.words + 1] for row in rows]
        settled = self._few if len(rows) < _FEW else self._many
        items = self.ways.items
        for row, word, (way, findings) in zip(rows, words, settled(rest, words), strict=True):
            found[row[0]] = way
            if way is None and opened is not None:
                known = findings()
                left = tuple(item for item in items if known[item] is None)
                opened.append(Open(row[0], self.shape.read(word), rest, known, left))

    def _few(self, rest: tuple[object, ...], words: list[Row]) -> Iterator[Settled]:
        """One after the other."""
        facts = Facts(items=self.shape.items.facts(rest))
        for word in words:
            known = self.bulk.compiled.rule_words(facts, self.shape.read(word))
            yield None if None in known.values() else self.ways.of(known), partial(dict, known)

    def _many(self, rest: tuple[object, ...], words: list[Row]) -> Iterator[Settled]:
        """All at once."""
        if rest not in self.known:
            facts = Facts(items=self.shape.items.facts(rest))
            self.known[rest] = Many(self.bulk.compiled, facts), {}
        many, ways = self.known[rest]
        numbers = many.settle(len(words), *self.shape.truths(np.array(words, np.int64)))
        for number in map(tuple, numbers.tolist()):
            if number not in ways:
                ways[number] = None if OPEN in number else self.ways.of(many.of_items(number))
            yield ways[number], partial(many.of_items, number)

    def _write(self, ids: dict[int, int | None], then: bool, exactly: bool) -> None:
        self._load("way_of", "id", ids)
        same = self.engine.dialect.same
        alike = [f"i.{c} = p.{c}" for c in self.shape.columns[: self.shape.words]]
        alike += [same(f"i.{c}", f"p.{c}") for c in self.shape.columns[self.shape.words :]]
        joined = (
            f"{self._name('pairs')} p JOIN {self._name('ids')} i ON {' AND '.join(alike)} "
            f"JOIN {self._name('way_of')} w ON w.id = i.id"
        )
        way = "w.way"
        if then:
            joined += (
                f" LEFT JOIN {self._name('open')} o ON o.key = p.key"
                f" LEFT JOIN {self._name('then')} x ON x.state = o.state"
            )
            way = "COALESCE(w.way, x.way)"
        self.engine.make(self.name, select(["p.key AS key", f"{way} AS way"], joined))
        self.engine.drop(*(f"{self.name}_{part}" for part in ("way_of", "then", "open")))
        mine = self.engine.dialect.identifier(self.name)
        ((many, ways),) = self.engine.rows(select(["COUNT(*)", "COUNT(way)"], mine))
        subjects = self.engine.dialect.relation(self.source.subjects.name)
        ((given,),) = self.engine.rows(select(["COUNT(*)"], subjects))
        assert many == given and (ways == given or not exactly), "everybody has one way"  # noqa: S101

    def _load(self, part: str, by: str, found: dict[int, int | None] | dict[int, int]) -> int:
        """Write numbers by numbers; how many."""
        table = {by: pa.array(list(found), pa.int64()), "way": pa.array(list(found.values()), pa.int64())}  # fmt: skip
        self.engine.load(f"{self.name}_{part}", pa.table(table))
        return len(found)

    def _name(self, part: str) -> str:
        return self.engine.dialect.identifier(f"{self.name}_{part}")

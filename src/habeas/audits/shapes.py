"""The two shapes of the first query: tables of combinations on DuckDB, masks everywhere.

    Bulk, Source  ->  Factorised or Masked  ->  query; a row's values  ->  words, facts of items

Promise: both give each subject's words of Kleene's logic (of the terms that bear on a verdict), and
what is known of its items.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from operator import or_
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from habeas.audits.engine import Engine
from habeas.compiled.acting import Words
from habeas.compiled.many import Column
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import select
from habeas.compiled.sql.factorised import Group, Part, cut
from habeas.compiled.sql.items import Items, Path, stated
from habeas.compiled.sql.mask import BITS, whole
from habeas.compiled.sql.pairs import Pairs
from habeas.compiled.sql.source import Source
from habeas.law.facts import Value

_FIRST = 1_000
"""Subjects that are looked at to see what could be the same of all."""


class Shape(Protocol):
    """One way of asking.

    columns  what `query` gives after `key`; never NULL but for facts of items
    words    how many of them are words; `items` reads the others
    """

    columns: list[str]
    words: int
    items: Items

    def prepare(self) -> None:
        """Write what the query reads besides the source."""

    def query(self) -> str:
        """A SELECT of `key` and `columns`, a row for each subject."""

    def read(self, row: Sequence[Any]) -> Words:
        """The words of a row of `columns`."""

    def truths(self, words: NDArray[np.int64]) -> tuple[list[Column], list[Column]]:
        """Of each compiled term, which rows say yes and which unknown; `words`, a row for each of `columns`'."""

    def clean(self) -> None:
        """Take away what `prepare` wrote."""


def items_of(engine: Engine, bulk: Bulk, source: Source) -> Items:
    """What a source has of items; a yes/no that is the same of every subject is not carried.

    What the first subjects all say is a guess, which a look at the others has to bear out.
    """
    paths = [
        path
        for path in stated(bulk, source)
        if bulk.rules.vocabulary.facts[path[1]].type == "yes/no"
    ]
    if not paths:
        return Items(bulk, source)
    columns = [engine.dialect.identifier(f"{item}.{fact}") for item, fact in paths]
    subjects = engine.dialect.relation(source.subjects.name)
    first = list(engine.rows(select(columns, f"{subjects} LIMIT {_FIRST}")))
    alike: dict[Path, Value | None] = {}
    same: list[str] = []
    for path, column, *said in zip(paths, columns, *first, strict=True):
        if len(set(said)) == 1:
            alike[path] = None if said[0] is None else bool(said[0])
            same.append(f"{column} IS {'NULL' if said[0] is None else str(said[0]).upper()}")
    if not alike:
        return Items(bulk, source)
    ((many,),) = engine.rows(select(["COUNT(*)"], f"{subjects} WHERE {' AND '.join(same)}"))
    ((every,),) = engine.rows(select(["COUNT(*)"], subjects))
    return Items(bulk, source, alike if many == every else None)


class Masked:
    """A bit for each term, worked out row by row."""

    def __init__(self, bulk: Bulk, source: Source, items: Items) -> None:
        self.bulk = bulk
        self.source = source
        self.items = items
        self.words = 2 * bulk.width
        named = [f"{kind}{n}" for n in range(bulk.width) for kind in ("yes", "unknown")]
        self.columns = [*named, *self.items.names]

    def prepare(self) -> None:
        """Nothing."""

    def query(self) -> str:
        """As `Shape.query`."""
        return self.bulk.words(self.source, self.items)

    def read(self, row: Sequence[Any]) -> Words:
        """As `Shape.read`."""
        return whole(row[0 : self.words : 2]), whole(row[1 : self.words : 2])

    def truths(self, words: NDArray[np.int64]) -> tuple[list[Column], list[Column]]:
        """As `Shape.truths`."""
        terms = len(self.bulk.compiled.terms)
        return _columns(words[:, 0::2], terms), _columns(words[:, 1::2], terms)

    def clean(self) -> None:
        """Nothing."""


class Factorised:
    """Joined with tables of combinations, which hold for one connection alone."""

    def __init__(self, engine: Engine, bulk: Bulk, source: Source, items: Items, name: str) -> None:
        self.engine = engine
        self.name = name
        self.factors = bulk.factors
        self.keys = [f"{name}_keys{n}" for n in range(len(self.factors.groups))]
        self.items = items
        self.pairs = Pairs(bulk, source, items, [(one,) for one in self.keys])
        self.columns = self.pairs.columns
        self.words = 2 * self.factors.width

    def prepare(self) -> None:
        """The tables of combinations."""
        for name, group in zip(self.keys, self.factors.groups, strict=True):
            self._write_keys(name, group)

    def query(self) -> str:
        """As `Shape.query`. A subject whose values no table has has NULL for words."""
        return self.pairs.query()

    def read(self, row: Sequence[Any]) -> Words:
        """As `Shape.read`."""
        t, p = whole(row[0 : self.words : 2]), whole(row[1 : self.words : 2])
        return self.factors.words(t, p)

    def truths(self, words: NDArray[np.int64]) -> tuple[list[Column], list[Column]]:
        """As `Shape.truths`."""
        many = len(self.factors.conjunctions)
        no = np.zeros(len(words), np.bool_)
        t, p = _columns(words[:, 0::2], many), _columns(words[:, 1::2], many)
        yes, unknown = [], []
        for mask in self.factors.of:
            of = [n for n in range(mask.bit_length()) if mask >> n & 1]
            yes.append(reduce(or_, [t[n] for n in of], no))
            unknown.append(reduce(or_, [p[n] for n in of], no) & ~yes[-1])
        return yes, unknown

    def clean(self) -> None:
        """As `Shape.clean`."""
        self.engine.drop(*self.keys)

    def _write_keys(self, name: str, group: Group) -> None:
        """The table of a group: every combination's pair, by the hash of its columns."""
        parts = [f"{name}_value{n}" for n in range(len(group.parts))]
        wanted = prod(
            self._write_values(one, part) for one, part in zip(parts, group.parts, strict=True)
        )
        self.engine.make(name, self.pairs.combined([(one,) for one in parts]))
        quoted = self.engine.dialect.identifier(name)
        (found,) = self.engine.rows(select(["COUNT(*)", "COUNT(DISTINCT h)"], quoted))
        assert found == (wanted, wanted), "two combinations have one hash"  # noqa: S101
        self.engine.drop(*parts)

    def _write_values(self, name: str, part: Part) -> int:
        """A column's values, of the column's own type, each with its pair; how many."""
        typed, given = f"{name}_typed", f"{name}_loaded"
        self.engine.make(typed, self.pairs.columns_of(part))
        words = self.engine.columns((typed,))["c"].words
        kept = [
            one
            for one in self.factors.values(part)
            if words is None or one[0] is None or one[0] in words
        ]
        width = self.factors.width
        kind = pa.int64() if part.counts else pa.bool_()
        if isinstance(part.values[0], str):
            kind = pa.string()
        made = [pa.array([value for value, _, _ in kept], kind)]
        for word in range(width):
            made.append(pa.array([cut(t, width)[word] for _, t, _ in kept], pa.int64()))
            made.append(pa.array([cut(p, width)[word] for _, _, p in kept], pa.int64()))
        self.engine.load(given, pa.table(made, names=["c", *self.pairs.pairs]))
        # UNION would widen an ENUM to text: each value takes the type of the empty relation's column.
        quote = self.engine.dialect.identifier
        cells = [f"CAST(v.c AS {self.engine.columns((typed,))['c'].shown}) AS c"]
        cells += [f"v.{one} AS {one}" for one in self.pairs.pairs]
        self.engine.make(name, select(cells, f"{quote(given)} v"))
        self.engine.drop(typed, given)
        return len(kept)


def _columns(words: NDArray[np.int64], bits: int) -> list[Column]:
    """The bits of some rows' words, each as a column over the rows, the lowest first."""
    found: list[Column] = []
    for word in words.T:
        octets = np.ascontiguousarray(word, "<i8").view(np.uint8).reshape(-1, 8)
        each = np.unpackbits(octets, axis=1, bitorder="little").T[:BITS]
        found += [np.ascontiguousarray(one).view(np.bool_) for one in each]
    return found[:bits]

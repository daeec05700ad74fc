"""The law in Polars: masks as a person would write them, with the same decisions joined.

    Bulk, Source, Arrow tables  ->  PolarsAudit.decided  ->  key, way

Promise: the words of `Compiled.words_of`; `decided` does what `decide` does with `exactly=False`, but
for looking for what is to be refused.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_

import polars as pl

from habeas.audits.shapes import Masked
from habeas.compiled.many import OPEN, Many
from habeas.compiled.normal import normal
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.items import Items
from habeas.compiled.sql.mask import BITS
from habeas.compiled.sql.source import Source
from habeas.compiled.sql.terms import columns_in, counts_in
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
)
from habeas.law.facts import Facts

_UNITS = {"day": "d", "month": "mo", "year": "y"}
_TRUE, _NULL = pl.lit(True), pl.lit(None, pl.Boolean)


class PolarsAudit:
    """One law over one source, whose relations are Polars frames."""

    def __init__(
        self, bulk: Bulk, source: Source, items: Items, frames: dict[str, pl.DataFrame]
    ) -> None:
        self.bulk = bulk
        self.rules = bulk.rules
        self.source = source
        self.frames = frames
        self.terms = [normal(term) for term in bulk.compiled.terms]
        self.counts = {count: f"q{n}" for n, count in enumerate(counts_in(self.terms))}
        self.items = items

    # -- words ------------------------------------------------------------------------------------

    def words(self) -> pl.LazyFrame:
        """key, yes0, unknown0, …, and what is known of items."""
        subjects = self.frames["subjects"].lazy()
        for table in sorted({count.table for count in self.counts}):
            subjects = subjects.join(self._sums(table), on="id", how="left")
        subjects = subjects.with_columns(
            [self._truth(count).alias(name) for count, name in self.counts.items()]
        )
        held = [self._condition(term).alias(f"t{n}") for n, term in enumerate(self.terms)]
        packed = self._items()
        subjects = subjects.select("id", *held, *packed)
        words = []
        for word in range(self.bulk.width):
            bits = range(BITS * word, min(BITS * (word + 1), len(self.terms)))
            yes = [self._bit(pl.col(f"t{n}").fill_null(False), n % BITS) for n in bits]
            unknown = [self._bit(pl.col(f"t{n}").is_null(), n % BITS) for n in bits]
            words += [reduce(or_, yes).alias(f"yes{word}"), reduce(or_, unknown).alias(f"unknown{word}")]  # fmt: skip
        return subjects.select(pl.col("id").alias("key"), *words, *self.items.names)

    def decided(self) -> pl.DataFrame:
        """key, way: the words' distinct combinations decided as `decide` does, and joined."""
        words = self.words().collect()
        columns = words.columns[1:]
        distinct = words.select(columns).unique()
        truths = Masked(self.bulk, self.source, self.items).truths
        wide = 2 * self.bulk.width
        known = columns[wide:]
        many: dict[object, Many] = {}
        ways: dict[object, int] = {}
        parts = []
        for rest, some in distinct.group_by(known) if known else [((), distinct)]:
            if rest not in many:
                many[rest] = Many(self.bulk.compiled, Facts(items=self.items.facts(rest)))
            words_of = some.select(columns[:wide]).to_numpy()
            numbers = many[rest].settle(len(words_of), *truths(words_of))
            found = [
                None if OPEN in row else ways.setdefault((rest, row), len(ways))
                for row in map(tuple, numbers.tolist())
            ]
            parts.append(some.with_columns(pl.Series("way", found, pl.Int64)))
        joined = words.join(pl.concat(parts), on=columns, how="left", nulls_equal=True)
        return joined.select("key", "way")

    def _bit(self, truth: pl.Expr, index: int) -> pl.Expr:
        return pl.when(truth).then(pl.lit(1 << index, pl.Int64)).otherwise(pl.lit(0, pl.Int64))

    def _items(self) -> list[pl.Expr]:
        """Two bits for each yes/no fact of an item, as `Items`."""
        given = [f"{i}.{n}" for i, n in self.bulk.items if f"{i}.{n}" in self.source.subjects.columns]  # fmt: skip
        packed = []
        for n in range(len(self.items.names)):
            cells = [
                pl.when(pl.col(name))
                .then(pl.lit(1 << 2 * at, pl.Int64))
                .when(pl.col(name).is_null())
                .then(pl.lit(2 << 2 * at, pl.Int64))
                .otherwise(pl.lit(0, pl.Int64))
                for at, name in enumerate(given[31 * n : 31 * (n + 1)])
            ]
            packed.append(reduce(or_, cells).alias(f"i{n}"))
        return packed

    # -- conditions -------------------------------------------------------------------------------

    def _condition(self, cond: Condition) -> pl.Expr:
        if isinstance(cond, Const):
            return pl.lit(cond.value)
        if isinstance(cond, Not):
            return ~self._condition(cond.arg)
        if isinstance(cond, And | Or):
            return reduce(and_ if isinstance(cond, And) else or_, map(self._condition, cond.args))
        if isinstance(cond, Count):
            return pl.col(self.counts[cond])
        if isinstance(cond, Holds):
            return self._column(Term(cond.name, cond.scope, cond.table))
        if isinstance(cond, OneOf):
            return self._term(cond.term).is_in(list(cond.values))
        if isinstance(cond, Within):
            place = self._term(cond.term)
            return (place == cond.place) | place.str.starts_with(f"{cond.place}-")
        assert isinstance(cond, Compare)
        left, right = self._term(cond.left), self._term(cond.right)
        return {
            "=": left == right, "<>": left != right, "<": left < right,
            "<=": left <= right, ">": left > right, ">=": left >= right,
        }[cond.op]  # fmt: skip

    def _term(self, term: Term) -> pl.Expr:
        made = pl.lit(term.value) if term.name is None else self._column(term)
        for number, unit in term.steps:
            made = made.dt.offset_by(f"{number}{_UNITS[unit]}")
        return made

    def _column(self, term: Term) -> pl.Expr:
        if term.scope == "row":
            return pl.col(f"c.{term.name}")
        closed = self.rules.vocabulary.facts[str(term.name)].closed
        column = pl.col(str(term.name))
        return column.fill_null(False) if closed else column

    # -- rows -------------------------------------------------------------------------------------

    def _sums(self, table: str) -> pl.LazyFrame:
        """For each subject the yes and the perhaps of every count of a table."""
        rows = self.frames[table].lazy()
        counts = {count: name for count, name in self.counts.items() if count.table == table}
        columns = []
        for name in columns_in(list(counts)):
            fact = self.rules.vocabulary.tables[table][name]
            given = name in self.source.tables[table].columns
            value = pl.col(name) if given else _NULL
            listed = self.rules.listed.get((table, name))
            if listed:
                marked = pl.when(pl.col("offense").is_in(list(listed))).then(_TRUE)
                value = pl.coalesce(value, marked)
            columns.append((value.fill_null(False) if fact.closed else value).alias(f"c.{name}"))
        outer = self.frames["subjects"].lazy().select("id", "received_on")
        made = rows.select("id", *columns).join(outer, on="id", how="inner")
        held = [self._condition(count.cond).alias(name) for count, name in counts.items()]
        labels = sorted({f"c.{c.column}" for c in counts if c.column})
        sums = []
        for count, name in counts.items():
            yes, maybe = pl.col(name).fill_null(False), pl.col(name).fill_null(True)
            if count.number == 1:
                sums += [yes.any().alias(f"{name}y"), maybe.any().alias(f"{name}m")]
            elif count.column is None:
                sums += [yes.sum().alias(f"{name}y"), maybe.sum().alias(f"{name}m")]
            else:
                label = pl.col(f"c.{count.column}")
                nameless = (maybe & label.is_null()).sum()
                sums.append(label.filter(yes).drop_nulls().n_unique().alias(f"{name}y"))
                sums.append((label.filter(maybe).drop_nulls().n_unique() + nameless).alias(f"{name}m"))  # fmt: skip
        return made.select("id", *held, *labels).group_by("id").agg(sums)

    def _truth(self, count: Count) -> pl.Expr:
        name = self.counts[count]
        yes, maybe = pl.col(f"{name}y"), pl.col(f"{name}m")
        if count.number > 1:
            yes, maybe = yes >= count.number, maybe >= count.number
        whole = pl.col(count.table).fill_null(False)
        return (
            pl.when(yes.fill_null(False))
            .then(_TRUE)
            .when(maybe.fill_null(False) | ~whole)
            .then(_NULL)
            .otherwise(pl.lit(False))
        )

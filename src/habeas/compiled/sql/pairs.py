"""The factorised shape as DuckDB's SQL: each subject's pairs (t, p), and what is known of its items.

    Bulk, Source, names of the groups' tables  ->  Pairs.query, Pairs.columns_of

Promise: a row for each subject, whatever its values: one that a group's table does not have has NULL
for a pair, which whoever runs it looks for. The key of a group's table is `hash` of its columns: it differs with
the version of DuckDB and with the columns' types, so these tables never outlive a connection.
"""

from __future__ import annotations

from collections.abc import Sequence

from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import Name, select
from habeas.compiled.sql.factorised import Part, cut
from habeas.compiled.sql.facts import Gathered
from habeas.compiled.sql.items import Items
from habeas.compiled.sql.source import Source


class Pairs:
    """The queries of one source.

    keys    the relation of each group's keys: `h`, t0, p0, t1, p1, …
    items   what the source has of items
    columns the names of what `query` gives after `key`
    """

    def __init__(self, bulk: Bulk, source: Source, items: Items, keys: Sequence[Name]) -> None:
        self.bulk = bulk
        self.dialect = bulk.dialect
        self.source = source
        self.keys = keys
        self.factors = bulk.factors
        self.items = items
        width = self.factors.width
        self.pairs = [f"{letter}{word}" for word in range(width) for letter in "tp"]
        self.columns = [*self.pairs, *self.items.names]
        words = [p.fact for g in self.factors.groups for p in g.parts if p.fact is not None]
        self.gathered = Gathered(
            bulk.rules,
            bulk.dialect,
            source,
            self.factors.atoms,
            words,
            self.items.cells(),
            together=[p.counts for g in self.factors.groups for p in g.parts if p.counts],
        )

    def columns_of(self, part: Part) -> str:
        """A SELECT without rows: `c`, of the type that a group's column has here, and a pair."""
        stored = "1" if part.counts else "TRUE"
        if part.fact is not None:
            stored = self.gathered.stored(part.fact)
        cells = [f"{stored} AS c", *(f"CAST(0 AS BIGINT) AS {name}" for name in self.pairs)]
        return select(cells, f"{self.dialect.relation(self.source.subjects.name)} LIMIT 0")

    def combined(self, parts: Sequence[Name]) -> str:
        """A SELECT of a group's keys from one relation for each column, as `columns_of` names it."""
        numbers = range(len(parts))
        cells = [f"hash({', '.join(f'v{n}.c' for n in numbers)}) AS h"]
        cells += [f"{' & '.join(f'v{n}.{name}' for n in numbers)} AS {name}" for name in self.pairs]
        named = [f"{self.dialect.relation(name)} v{n}" for n, name in enumerate(parts)]
        return select(cells, " CROSS JOIN ".join(named))

    def query(self) -> str:
        """A SELECT of `key` and `columns`."""
        gathered, factors = self.gathered, self.factors
        writer = gathered.writer()
        worked_out = [
            atom
            for group in factors.groups
            for part in group.parts
            for atom in part.atoms
            if not part.counts
        ]
        alias = {atom: f"a{n}" for n, atom in enumerate(worked_out)}
        cells = ["*", *(f"{writer.condition(atom)} AS {a}" for atom, a in alias.items())]
        steps = [*gathered.steps, f"habeas_atoms AS ({select(cells, 'habeas_gathered')})"]

        def column(part: Part) -> str:
            if part.counts:
                return f"a.{gathered.packed[part.counts]}"
            if part.fact is None:
                return f"a.{alias[part.atoms[0]]}"
            closed = self.bulk.rules.vocabulary.facts[part.fact].closed
            raw = f"a.{gathered.raw[part.fact]}"
            return f"COALESCE({raw}, FALSE)" if closed else raw

        joins = []
        for n, (group, keys) in enumerate(zip(factors.groups, self.keys, strict=True)):
            hashed = f"hash({', '.join(column(part) for part in group.parts)})"
            joins.append(f"LEFT JOIN {self.dialect.relation(keys)} g{n} ON g{n}.h = {hashed}")
        chosen = ["a.k AS key"]
        full = (1 << len(factors.conjunctions)) - 1
        for name, word in zip(self.pairs, _doubled(full, factors.width), strict=True):
            of_groups = [f"g{n}.{name}" for n in range(len(factors.groups))]
            chosen.append(f"{' & '.join(of_groups) or f'CAST({word} AS BIGINT)'} AS {name}")
        chosen += [f"a.{name}" for name in self.columns[len(self.pairs) :]]
        return f"WITH {', '.join(steps)} {select(chosen, ' '.join(['habeas_atoms a', *joins]))}"


def _doubled(number: int, width: int) -> list[int]:
    return [word for word in cut(number, width) for _ in "tp"]

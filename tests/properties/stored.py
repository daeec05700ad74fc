"""Facts of many subjects as relations of a database.

RuleSet, Facts of each subject  ->  stored  ->  (relation, its columns with types, its rows)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from habeas.compiled.sql.dialects import Dialect
from habeas.compiled.sql.source import Relation, Source
from habeas.law.facts import Facts
from habeas.law.vocabulary import Fact, Vocabulary

KEY = 'who\'s "it"'
"""A key column whose name holds both quotes."""

ARROW = {"BOOLEAN": pa.bool_(), "DATE": pa.date32(), "BIGINT": pa.int64()}
TYPES = {"yes/no": "BOOLEAN", "date": "DATE", "number": "BIGINT"}


@dataclass
class Table:
    """One relation: a name, its columns with their types, its rows."""

    name: str
    columns: dict[str, str]
    rows: list[list[Any]]

    def arrow(self) -> pa.Table:
        """The rows as an Arrow table; its columns are named by their positions."""
        cells = zip(*self.rows, strict=True) if self.rows else [()] * len(self.columns)
        kinds = [ARROW.get(kind, pa.string()) for kind in self.columns.values()]
        arrays = [pa.array(one, kind) for one, kind in zip(cells, kinds, strict=True)]
        return pa.table(arrays, names=[f"c{n}" for n in range(len(kinds))])

    def created(self, dialect: Dialect) -> tuple[str, str]:
        """A CREATE, and the beginning of an INSERT or COPY."""
        quoted = [(dialect.identifier(name), kind) for name, kind in self.columns.items()]
        name = dialect.identifier(self.name)
        return f"CREATE TABLE {name} ({', '.join(f'{c} {kind}' for c, kind in quoted)})", name


def stored(
    vocabulary: Vocabulary, people: Sequence[Facts], *, prefix: str = "", text: str = "VARCHAR"
) -> tuple[Source, list[Table]]:
    """Everything that is known of people, whose keys are numbers from 0."""
    items = sorted({path for one in people for path in one.items})
    facts = [fact for fact in vocabulary.facts.values() if fact.scope != "item"]
    columns = {KEY: "BIGINT"} | {fact.name: kind(fact, text) for fact in facts}
    columns |= {f"{i}.{n}": kind(vocabulary.facts[n], text) for i, n in items}
    columns |= dict.fromkeys(vocabulary.tables, "BOOLEAN")
    subjects = Table(f"{prefix}subjects; --", columns, [])
    tables = {
        name: Table(f"{prefix}{name}", {KEY: "BIGINT"} | {c: kind(f, text) for c, f in of.items()}, [])
        for name, of in vocabulary.tables.items()
    }  # fmt: skip
    for number, one in enumerate(people):
        values = [one.values.get(fact.name) for fact in facts]
        given = [one.items.get(path) for path in items]
        # Of a table that is not complete it can be said, or left open.
        whole = [t in one.complete or (None if number % 2 else False) for t in vocabulary.tables]
        subjects.rows.append([number, *values, *given, *whole])
        for name, rows in one.rows.items():
            for row in rows:
                tables[name].rows.append([number, *(row.get(c) for c in vocabulary.tables[name])])
    source = Source(
        Relation((subjects.name,), frozenset(subjects.columns), KEY),
        {n: Relation((t.name,), frozenset(t.columns), KEY) for n, t in tables.items()},
    )
    return source, [subjects, *tables.values()]


def kind(fact: Fact, text: str) -> str:
    return TYPES.get(fact.type, text)

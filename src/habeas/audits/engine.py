"""What an audit needs of a database: to run our queries, to keep and to give back relations.

    Engine (DuckDB, PostgreSQL, Spark)  <-  refuse, decide, resolve

Promise: whatever is made is temporary and is named by whoever asks for it; nothing of the user's is
written to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from habeas.compiled.sql.dialects import Dialect, Name
from habeas.compiled.sql.source import Relation, Source
from habeas.errors import Problem


@dataclass(frozen=True, slots=True)
class Column:
    """A column's type.

    kind   "yes/no", "date", "number" (whole, up to 64 bits), "text", or "" for any other
    shown  as the database calls it
    words  the words of an enumeration, in its order; else None
    """

    kind: str
    shown: str
    words: tuple[str, ...] | None = None


class Engine(Protocol):
    """One connection to a database."""

    dialect: Dialect

    def problems(self) -> list[Problem]:
        """Settings under which the language's comparisons would not be these."""

    def columns(self, relation: Name) -> dict[str, Column]:
        """The columns of a relation with their types."""

    def make(self, name: str, query: str) -> None:
        """A temporary table of a query's rows; one that is there is replaced."""

    def view(self, name: str, query: str) -> None:
        """A temporary view; one that is there is replaced."""

    def load(self, name: str, table: pa.Table) -> None:
        """A temporary table of an Arrow table's rows; one that is there is replaced."""

    def drop(self, *names: str) -> None:
        """Take away tables and views that `make`, `view` and `load` made."""

    def rows(self, query: str) -> Iterator[tuple[object, ...]]:
        """The rows of a query, not all at once. Ask nothing else until they have been read."""


def read_source(engine: Engine, subjects: str, key: str, tables: dict[str, str]) -> Source:
    """A source of relations by name, with all the columns that they have but the key.

    tables  by table of the vocabulary, the name of a relation with the same key column
    """

    def relation(name: str) -> Relation:
        return Relation((name,), frozenset(engine.columns((name,))) - {key}, key)

    return Source(relation(subjects), {table: relation(name) for table, name in tables.items()})

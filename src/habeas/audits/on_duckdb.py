"""Audits on DuckDB, which comes with Habeas.

    a connection  ->  OnDuckDB  ->  decide;   opened(memory, spill)  ->  OnDuckDB

Promise: as `Engine`; under `opened`, the database takes no more memory than it may, and writes the
rest to a folder that goes away.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from habeas.audits.engine import Column
from habeas.compiled.sql.dialects import DUCKDB, Dialect, Name, select
from habeas.errors import Place, Problem

_FETCHED = 50_000
_KINDS = dict.fromkeys(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "number"
) | {"BOOLEAN": "yes/no", "DATE": "date", "VARCHAR": "text"}


class OnDuckDB:
    """A connection, as an `Engine`."""

    dialect: Dialect = DUCKDB

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def problems(self) -> list[Problem]:
        """A default collation that takes different texts for equal ones."""
        ((collation,),) = self.rows("SELECT current_setting('default_collation')")
        if not collation:
            return []
        return [
            Problem(
                Place("default_collation"),
                f"texts are compared by the collation `{collation}`",
                "leave it empty, so that different texts differ",
            )
        ]

    def columns(self, relation: Name) -> dict[str, Column]:
        """As `Engine.columns`."""
        asked = select(["*"], DUCKDB.relation(relation))
        found = {}
        for name, shown, *_ in list(self.rows(f"DESCRIBE {asked}")):
            words = None
            if shown.startswith("ENUM("):
                column = f"NULLIF(MIN({DUCKDB.identifier(name)}), NULL)"
                typed = select(
                    [f"enum_range({column})"],
                    f"({select([DUCKDB.identifier(name)], DUCKDB.relation(relation))} LIMIT 0)",
                )
                ((listed,),) = self.rows(typed)
                words = tuple(listed)
            kind = "text" if words is not None else _KINDS.get(shown, "")
            found[name] = Column(kind, shown, words)
        return found

    def make(self, name: str, query: str) -> None:
        """As `Engine.make`."""
        self.drop(name)
        self.connection.execute(f"CREATE TEMP TABLE {DUCKDB.identifier(name)} AS {query}")

    def view(self, name: str, query: str) -> None:
        """As `Engine.view`."""
        self.drop(name)
        self.connection.execute(f"CREATE TEMP VIEW {DUCKDB.identifier(name)} AS {query}")

    def load(self, name: str, table: pa.Table) -> None:
        """As `Engine.load`."""
        given = f"{name}_given"
        self.connection.register(given, table)
        self.make(name, select(["*"], DUCKDB.identifier(given)))
        self.connection.unregister(given)

    def drop(self, *names: str) -> None:
        """As `Engine.drop`."""
        for name in names:
            quoted = f"temp.{DUCKDB.identifier(name)}"
            try:
                self.connection.execute(f"DROP TABLE IF EXISTS {quoted}")
            except duckdb.CatalogException:  # it is a view
                self.connection.execute(f"DROP VIEW {quoted}")

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """As `Engine.rows`."""
        found = self.connection.execute(query)
        while some := found.fetchmany(_FETCHED):
            yield from some


@contextmanager
def opened(memory: str = "3GB", spill: Path | None = None) -> Iterator[OnDuckDB]:
    """A database of our own.

    memory  the most that DuckDB keeps in memory, as it writes it ("3GB")
    spill   where it writes what does not fit; left out: where temporary files go
    """
    with tempfile.TemporaryDirectory(dir=spill) as folder:
        config: dict[str, Any] = {"memory_limit": memory, "temp_directory": folder}
        with duckdb.connect(config=config) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute("SET preserve_insertion_order = false")
            yield OnDuckDB(connection)

"""Audits on PostgreSQL, where the records live.

    a psycopg connection  ->  OnPostgreSQL  ->  decide

Promise: as `Engine`; temporary tables and views alone are written, and no record leaves the server
but one of each distinct state that the exact engine is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from habeas.audits.engine import Column
from habeas.compiled.sql.dialects import POSTGRESQL, Dialect, Name, select
from habeas.errors import Problem

if TYPE_CHECKING:
    import psycopg

_FETCHED = 50_000
_KINDS = {"bool": "yes/no", "date": "date", "int2": "number", "int4": "number", "int8": "number"}
_KINDS |= dict.fromkeys(("text", "varchar"), "text")
_TYPES = {
    "int64": "bigint",
    "date32[day]": "date",
    "string": "text",
    "bool": "boolean",
    "list<item: string>": "text[]",
}


class OnPostgreSQL:
    """A connection, as an `Engine`. The role needs TEMPORARY on the database, and SELECT."""

    dialect: Dialect = POSTGRESQL

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def problems(self) -> list[Problem]:
        """None: texts are compared under the collation `C`, whatever the database's is."""
        return []

    def columns(self, relation: Name) -> dict[str, Column]:
        """As `Engine.columns`; of `char(n)`, whose spaces do not count, and of domains the kind is ""."""
        described = select(["*"], f"{POSTGRESQL.relation(relation)} LIMIT 0")
        with self.connection.transaction():
            found = self.connection.execute(described.encode()).description or ()
        asked = (
            "SELECT t.oid, t.typname, (SELECT ARRAY_AGG(CAST(e.enumlabel AS text) ORDER BY e.enumsortorder)"
            " FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) FROM pg_catalog.pg_type t WHERE t.oid = ANY(%s)"
        )
        with self.connection.transaction():
            oids = [one.type_code for one in found]
            types = {oid: rest for oid, *rest in self.connection.execute(asked, [oids])}
        made = {}
        for one in found:
            shown, words = types[one.type_code]
            kind = "text" if words else _KINDS.get(shown, "")
            made[one.name] = Column(kind, shown, tuple(words) if words else None)
        return made

    def make(self, name: str, query: str) -> None:
        """As `Engine.make`."""
        self.drop(name)
        quoted = POSTGRESQL.identifier(name)
        self._do(f"CREATE TEMP TABLE {quoted} AS {query}")
        self._do(f"ANALYZE pg_temp.{quoted}")

    def view(self, name: str, query: str) -> None:
        """As `Engine.view`."""
        self.drop(name)
        self._do(f"CREATE TEMP VIEW {POSTGRESQL.identifier(name)} AS {query}")

    def load(self, name: str, table: pa.Table) -> None:
        """As `Engine.load`."""
        self.drop(name)
        types = [_TYPES[str(field.type)] for field in table.schema]
        quoted = f"pg_temp.{POSTGRESQL.identifier(name)}"
        columns = zip(table.column_names, types, strict=True)
        made = ", ".join(f"{POSTGRESQL.identifier(column)} {kind}" for column, kind in columns)
        self._do(f"CREATE TEMP TABLE {POSTGRESQL.identifier(name)} ({made})")
        with (
            self.connection.transaction(),
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY {quoted} FROM STDIN".encode()) as copy,
        ):
            copy.set_types(types)
            for batch in table.to_batches(_FETCHED):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    copy.write_row(row)
        self._do(f"ANALYZE {quoted}")

    def drop(self, *names: str) -> None:
        """As `Engine.drop`."""
        asked = (
            "SELECT relkind FROM pg_catalog.pg_class"
            " WHERE relname = %s AND relnamespace = pg_catalog.pg_my_temp_schema()"
        )
        for name in names:
            with self.connection.transaction():
                kinds = [kind for (kind,) in self.connection.execute(asked, [name])]
            for kind in kinds:
                word = "VIEW" if kind in ("v", b"v") else "TABLE"
                self._do(f"DROP {word} pg_temp.{POSTGRESQL.identifier(name)}")

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """As `Engine.rows`; through a cursor of the server."""
        with self.connection.transaction(), self.connection.cursor(name="habeas") as cursor:
            cursor.itersize = _FETCHED
            cursor.execute(query.encode())
            yield from cursor

    def _do(self, statement: str) -> None:
        with self.connection.transaction():
            self.connection.execute(statement.encode())

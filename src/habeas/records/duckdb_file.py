"""A DuckDB file as records.

    jail.duckdb  ->  DuckdbFile  ->  tables, columns, rows

Promise: the file is opened to be read alone; nothing that its views name outside of it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from habeas.records.database import ROWS, Column, Database, Kind, Row

_MEMORY = "200MB"
"""What DuckDB may take before it sorts on disk."""

_WRITTEN = (
    "VARCHAR", "UUID", "ENUM", "BOOLEAN", "DECIMAL", "DOUBLE", "FLOAT", "BIGNUM",
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
)  # fmt: skip
_PARTS = ("DECIMAL", "DOUBLE", "FLOAT")


class DuckdbFile(Database):
    """One open DuckDB file."""

    def __init__(self, path: Path) -> None:
        """Raises `InputError` where the file is none of DuckDB's, is damaged, or another program has
        it open for writing."""
        self.shown = str(path)
        try:
            self.opened = duckdb.connect(str(path), read_only=True)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            if "Could not set lock" in reason:
                raise self.error(
                    "another program has this file open for writing",
                    "close it there, or copy the file and read the copy",
                ) from None
            raise self.error(
                f"DuckDB cannot open this file: {_short(reason)}",
                "see that it is whole, and of a version that DuckDB reads here",
            ) from None
        # A folder of its own: DuckDB lets views read whatever is in it.
        self.scratch = TemporaryDirectory()
        self.opened.execute(f"SET memory_limit = '{_MEMORY}'")
        self.opened.execute(f"SET temp_directory = {self.literal(self.scratch.name)}")
        self.opened.execute("SET autoinstall_known_extensions = false")
        self.opened.execute("SET enable_external_access = false")
        self.opened.execute("SET lock_configuration = true")
        self.schemas: dict[str, tuple[str, str]] = {}
        found = self.opened.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_catalog = current_database() ORDER BY table_schema <> 'main', 1, 2"
        ).fetchall()
        for schema, name in found:
            self.schemas[name if schema == "main" else f"{schema}.{name}"] = (schema, name)

    @contextmanager
    def _told(self, table: str) -> Iterator[None]:
        try:
            yield
        except duckdb.CatalogException as error:
            raise self.changed(table, _short(str(error))) from None
        except duckdb.Error as error:
            raise self.error(
                f"`{table}` cannot be read: {_short(str(error))}",
                "check the file, or export it again",
            ) from None

    def tables(self) -> list[str]:
        """The names of its tables and views; those of another schema than `main` with it."""
        return list(self.schemas)

    def columns(self, table: str) -> dict[str, Column]:
        """A table's columns."""
        with self._told(table):
            found = self.opened.execute(f"DESCRIBE {self.name(table)}").fetchall()
        return {name: Column(name, _kind(kind), kind) for name, kind, *_ in found}

    def name(self, table: str) -> str:
        """A table as SQL writes it."""
        return ".".join(map(self.quoted, self.schemas[table]))

    def text(self, column: Column) -> str:
        """A column as text; a number that is whole without a point."""
        name = self.quoted(column.name)
        if column.kind == "day":
            return f"strftime({name}, '%Y-%m-%d')"
        text = f"CAST({name} AS VARCHAR)"
        return f"regexp_replace({text}, '\\.0+$', '')" if column.type.startswith(_PARTS) else text

    def order(self, text: str) -> str:
        """Text in the order of its bytes, which for UTF-8 is that of its code points."""
        return f"encode({text})"

    def among(self, text: str, ids: Sequence[str]) -> str:
        """Whether text is one of these."""
        return f"{text} IN ({', '.join(map(self.literal, ids)) or 'NULL'})"

    def rows(self, question: str, table: str) -> Iterator[Row]:
        """What a question answers; each question has a cursor of its own."""
        with self._told(table), self.opened.cursor() as cursor:
            cursor.execute(question)
            while some := cursor.fetchmany(ROWS):
                yield from some

    def close(self) -> None:
        """Let it go."""
        self.opened.close()
        self.scratch.cleanup()


def _kind(declared: str) -> Kind:
    if declared == "DATE" or declared.startswith("TIMESTAMP"):
        return "day"
    simple = declared.startswith(_WRITTEN) and not declared.endswith("]")
    return "text" if simple else "other"


def _short(reason: str) -> str:
    first = reason.splitlines()[0]
    return first.partition(": ")[2] or first

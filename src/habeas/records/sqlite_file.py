"""A SQLite file as records.

    jail.sqlite  ->  SqliteFile  ->  tables, columns, rows

Promise: the file is opened to be read alone, and every pass sees the same moment of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from habeas.records.database import ROWS, Column, Database, Row


class SqliteFile(Database):
    """One open SQLite file. Its cells are text as SQLite casts them; days are dates as written."""

    def __init__(self, path: Path) -> None:
        """Raises `InputError` where the file is none of SQLite's, or is locked or damaged."""
        self.shown = str(path)
        with self._told(path.name):
            # One thread at a time uses it, though not always the one that opened it.
            self.opened = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            self.opened.execute("PRAGMA query_only = ON")
            self.opened.execute("PRAGMA trusted_schema = OFF")
            self.opened.execute("BEGIN")
            self.opened.execute("SELECT count(*) FROM sqlite_schema").fetchone()

    @contextmanager
    def _told(self, table: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            reason = str(error)
            if "no such" in reason:
                raise self.changed(table, reason) from None
            if "locked" in reason or "busy" in reason:
                raise self.error(
                    f"`{table}` cannot be read: {reason}",
                    "another program is writing to it: try again, or copy the file and read the copy",
                ) from None
            if "malformed" in reason or "not a database" in reason or "disk I/O" in reason:
                raise self.error(
                    f"this file is damaged: {reason}", "copy or export it again"
                ) from None
            raise self.error(f"`{table}` cannot be read: {reason}", "check the file") from None

    def tables(self) -> list[str]:
        """The names of its tables and views."""
        with self._told("sqlite_schema"):
            return [
                name
                for (name,) in self.opened.execute(
                    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
                    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
                )
            ]

    def columns(self, table: str) -> dict[str, Column]:
        """A table's columns; the declared type tells blobs alone, for SQLite holds it to nothing."""
        with self._told(table):
            found = self.opened.execute(
                "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,)
            ).fetchall()
        return {
            name: Column(name, "other" if "BLOB" in kind.upper() else "text", kind or "any")
            for name, kind in found
        }

    def name(self, table: str) -> str:
        """A table as SQL writes it."""
        return self.quoted(table)

    def text(self, column: Column) -> str:
        """A column as text."""
        name = self.quoted(column.name)
        whole = f"CAST(CAST({name} AS INTEGER) AS TEXT)"
        is_whole = f"typeof({name}) = 'real' AND {name} = CAST({name} AS INTEGER)"
        return f"CASE WHEN {is_whole} THEN {whole} ELSE CAST({name} AS TEXT) END"

    def order(self, text: str) -> str:
        """Text in the order of its bytes, which for UTF-8 is that of its code points."""
        return f"{text} COLLATE BINARY"

    def among(self, text: str, ids: Sequence[str]) -> str:
        """Whether text is one of these."""
        return f"{text} IN (SELECT value FROM json_each({self.literal(json.dumps(list(ids)))}))"  # noqa: S608  # a literal

    def rows(self, question: str, table: str) -> Iterator[Row]:
        """What a question answers."""
        with self._told(table):
            asked = self.opened.execute(question)
            while some := asked.fetchmany(ROWS):
                yield from some

    def close(self) -> None:
        """Let it go."""
        self.opened.close()

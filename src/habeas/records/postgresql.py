"""A PostgreSQL database as records.

    postgresql://user@host/database  ->  Postgresql  ->  tables, columns, rows

Promise: everything is read within one read-only transaction, in batches; a reader that waits holds
nobody up but who would change a table's columns; no message shows a password.

The driver is psycopg, which is LGPL and so is the user's to install: `pip install
'habeas[postgresql]'`. Passwords come as with every client of PostgreSQL: from `PGPASSWORD`, from the
password file, or from the address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from habeas.errors import InputError, Place, Problem
from habeas.records.database import ROWS, Column, Database, Kind, Row

if TYPE_CHECKING:
    import psycopg


CONNECT, LOCK = 15, 30
"""Seconds to wait for the server, and for a table that somebody is changing."""

_TABLES = """
SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname
            ELSE n.nspname || '.' || c.relname END, c.oid,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname <> 'information_schema'
ORDER BY NOT pg_table_is_visible(c.oid), n.nspname, c.relname
"""

_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), t.typname, t.typcategory
FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
JOIN pg_type t ON t.oid = CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""

_DAYS = {"date", "timestamp", "timestamptz"}


class Postgresql(Database):
    """One open connection with one read-only transaction, of which every pass is part.

    A `timestamptz` is the day that it was in the time zone that the server has set for the user.
    """

    def __init__(self, address: str) -> None:
        """Raises `InputError`: no driver, not an address, no server, or one that will not let in."""
        try:
            import psycopg
            from psycopg import conninfo
        except ImportError:
            raise InputError(
                Problem(
                    Place("--records"),
                    "the driver for PostgreSQL is not installed",
                    "run `pip install 'habeas[postgresql]'`",
                )
            ) from None
        self.psycopg = psycopg
        try:
            parts = conninfo.conninfo_to_dict(address)
        except psycopg.Error:  # its message repeats the address, and so the password
            raise InputError(
                Problem(
                    Place("--records"),
                    "this is no address of a PostgreSQL database",
                    "write `postgresql://USER@HOST:PORT/DATABASE`; special characters as `%` and two digits",
                )
            ) from None
        self.shown = _shown(parts)
        parts.setdefault("connect_timeout", CONNECT)
        parts["application_name"] = "habeas"
        parts["client_encoding"] = "UTF8"
        try:
            self.opened: psycopg.Connection[Any] = psycopg.connect(
                conninfo.make_conninfo("", **parts)
            )
        except psycopg.Error as error:
            raise self._refused(str(error)) from None
        try:
            found = self._begun()
        except BaseException:
            self.opened.close()
            raise
        self.known: dict[str, tuple[int, str]] = {}
        for shown, oid, quoted in found:
            self.known.setdefault(shown, (oid, quoted))
        self.asked = 0

    def _begun(self) -> list[tuple[str, int, str]]:
        """Begin the transaction; its tables: name, number, name as SQL writes it."""
        with self._told("pg_class"):
            self.opened.isolation_level = self.psycopg.IsolationLevel.REPEATABLE_READ
            self.opened.read_only = True
            for setting in (
                f"SET LOCAL lock_timeout = '{LOCK}s'",
                "SET LOCAL standard_conforming_strings = on",
                "SET LOCAL cursor_tuple_fraction = 1",  # every row will be asked for
            ):
                self.opened.execute(setting.encode())
            return self.opened.execute(_TABLES).fetchall()

    @contextmanager
    def _told(self, table: str) -> Iterator[None]:
        errors = self.psycopg.errors
        try:
            yield
        except (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction) as error:
            raise self.changed(table, _first(error)) from None
        except errors.InsufficientPrivilege:
            raise self.error(
                f"the user may not read `{table}`",
                f"let the owner run `GRANT SELECT ON {table} TO …`",
            ) from None
        except errors.LockNotAvailable:
            raise self.error(
                f"`{table}` is being changed: waited {LOCK} s for it", "try again later"
            ) from None
        except (self.psycopg.OperationalError, self.psycopg.InterfaceError) as error:
            raise self.gone(table, _first(error)) from None
        except self.psycopg.Error as error:
            raise self.error(
                f"`{table}` cannot be read: {_first(error)}",
                "make a view that can be, and map that",
            ) from None

    def _refused(self, reason: str) -> InputError:
        _, fatal, told = reason.strip().rpartition("FATAL:")
        told = (told if fatal else told.partition("\n")[0].rpartition(" failed: ")[2]).strip()
        if "password" in told or "authentication" in told or "no pg_hba.conf entry" in told:
            help_line = "set PGPASSWORD, or write the password into the password file (~/.pgpass)"
        elif "does not exist" in told:
            help_line = "write `postgresql://USER@HOST:PORT/DATABASE`"
        else:
            help_line = "see that the server runs and listens there, and that nothing is in between"
        return self.error(f"the server does not let us in: {told}", help_line)

    def tables(self) -> list[str]:
        """The names of its tables and views; those that are not on the search path with schema."""
        return list(self.known)

    def columns(self, table: str) -> dict[str, Column]:
        """A table's columns."""
        with self._told(table):
            found = self.opened.execute(_COLUMNS, (self.known[table][0],)).fetchall()
        made: dict[str, Column] = {}
        for name, declared, base, category in found:
            kind: Kind = "other"
            if base in _DAYS:
                kind = "day"
            elif category in "SNBE" or base in ("uuid", "citext"):
                kind = "text"
            made[name] = Column(name, kind, declared, base)
        return made

    def name(self, table: str) -> str:
        """A table as SQL writes it."""
        return self.known[table][1]

    def text(self, column: Column) -> str:
        """A column as text."""
        name = self.quoted(column.name)
        if column.kind == "day":
            return f"to_char({name}, 'YYYY-MM-DD')"
        return f"trim_scale({name})::text" if column.base == "numeric" else f"{name}::text"

    def order(self, text: str) -> str:
        """Text in the order of its bytes as UTF-8, which is that of its code points."""
        return f"convert_to({text}, 'UTF8')"

    def among(self, text: str, ids: Sequence[str]) -> str:
        """Whether text is one of these."""
        return f"{text} IN ({', '.join(map(self.literal, ids)) or 'NULL'})"

    def rows(self, question: str, table: str) -> Iterator[Row]:
        """What a question answers; each question has a cursor of its own at the server."""
        self.asked += 1
        with self._told(table), self.opened.cursor(f"habeas_{self.asked}") as cursor:
            cursor.execute(question.encode())
            while some := cursor.fetchmany(ROWS):
                yield from some

    def close(self) -> None:
        """Let it go; what was never written needs no commit."""
        self.opened.close()


def _shown(parts: dict[str, Any]) -> str:
    """The address without password and options."""
    user = f"{parts['user']}@" if parts.get("user") else ""
    host = parts.get("host") or ""
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{user}{host}{port}/{parts.get('dbname') or ''}"


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]

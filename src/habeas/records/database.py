"""The tables of a database, read in the order of the people's keys, a few people at a time.

    Mapping, Database  ->  read_database  ->  Records (Batch, Batch, …)

Promise: no table is ever held whole; what is read is of one moment; a value of an item does not
leave the database, only whether there is one; nothing is written to it.

Every table is asked once a pass, for the rows of the people alone, sorted by key; the answers are
merged. How a database writes its questions is its own (`Database`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from habeas.errors import InputError, Place, Problem
from habeas.records.filling import SAMPLES, fill
from habeas.records.records import Batch, Notes, Orphans, Records
from habeas.records.tables import Looked, Table
from habeas.records.targets import Mapping

PEOPLE = 2_000
"""How many people are put together at a time."""

ROWS = 5_000
"""How many rows are asked of a database at a time."""

BLANKS = " \t\n\r\f\v"
"""What stands round a cell and is not part of it."""

Kind = Literal["text", "day", "other"]
"""What a column holds: what can be written as text, days, or what no cell can be made of."""

Row = tuple[str | bool | None, ...]


class Column(NamedTuple):
    """A column: its name, what it holds, its type as the database calls it, and what that is made of
    where the type is the database owner's own."""

    name: str
    kind: Kind
    type: str
    base: str = ""


class Database(ABC):
    """One open database. Every method raises `InputError` where the database will not answer.

    shown  what messages call it; never with a password
    """

    shown: str

    @abstractmethod
    def tables(self) -> list[str]:
        """The names of its tables and views, those that need no schema before them first."""

    @abstractmethod
    def columns(self, table: str) -> dict[str, Column]:
        """A table's columns, in its order."""

    @abstractmethod
    def name(self, table: str) -> str:
        """A table as the language of the database writes it."""

    @abstractmethod
    def text(self, column: Column) -> str:
        """A column as text, as in a CSV file: whole numbers without a point, days as YYYY-MM-DD."""

    @abstractmethod
    def order(self, text: str) -> str:
        """Text to sort by, so that it comes in the order of its code points."""

    @abstractmethod
    def among(self, text: str, ids: Sequence[str]) -> str:
        """Whether text is one of these."""

    @abstractmethod
    def rows(self, question: str, table: str) -> Iterator[Row]:
        """What a question answers, `ROWS` at a time; `table` is what messages name."""

    @abstractmethod
    def close(self) -> None:
        """Let it go."""

    def quoted(self, name: str) -> str:
        """A name of a column, as SQL writes it."""
        return '"' + name.replace('"', '""') + '"'

    def literal(self, text: str) -> str:
        """Text, as SQL writes it."""
        return "'" + text.replace("'", "''") + "'"

    def cell(self, column: Column) -> str:
        """A column's cells without the blanks round them; null where there is nothing."""
        trim = f"trim({self.text(column)}, {self.literal(BLANKS)})"
        return f"nullif({trim}, '')"

    def gone(self, table: str, reason: str) -> InputError:
        """The database went away while it was read."""
        return self.error(
            f"the database went away while `{table}` was read: {reason}",
            "nothing was written; see that it runs, and try again",
        )

    def changed(self, table: str, reason: str) -> InputError:
        """A table is not any more what it was when the mapping was held against it."""
        return self.error(
            f"`{table}` changed while it was read: {reason}",
            "nothing was written; try again when nobody is changing its tables",
        )

    def error(self, message: str, help: str) -> InputError:
        """One problem of this database."""
        return InputError(Problem(Place(self.shown), message, help))


def read_database(database: Database, mapping: Mapping) -> Records:
    """The people of a database, through a mapping that was held against it.

    Raises `InputError`: a column that cannot be a cell, a person's key that is blank.
    """
    reading = _Reading(database, mapping)
    reading.check()
    return Records(reading.batches, reading.survey, database.close)


@dataclass(slots=True)
class _Stream:
    """The rows of one table by one of its keys: what is asked, and what came and waits.

    columns  cells to keep
    looked   columns of which only is asked whether there is something
    """

    file: str
    key: str
    columns: list[str] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)


class _Reading:
    def __init__(self, database: Database, mapping: Mapping) -> None:
        self.database = database
        self.mapping = mapping
        self.headers: dict[str, dict[str, Column]] = {}
        self.streams: dict[tuple[str, str], _Stream] = {}
        for use in mapping.uses():
            if use.file not in self.headers:
                self.headers[use.file] = database.columns(use.file)
            stream = self.streams.setdefault((use.file, use.key), _Stream(use.file, use.key))
            if use.nothing is None:
                if use.column not in stream.columns:
                    stream.columns.append(use.column)
            elif (use.column, use.nothing) not in stream.looked:
                stream.looked.append((use.column, use.nothing))

    # -- what is asked ----------------------------------------------------------------------------

    def key(self, file: str, column: str) -> str:
        return self.database.cell(self.headers[file][column])

    def question(self, stream: _Stream, ids: Sequence[str] | None) -> str:
        """The rows of these people, or of everybody, sorted by key."""
        db, person = self.database, self.mapping.person
        key = self.key(stream.file, stream.key)
        header = self.headers[stream.file]
        asked = [db.cell(header[one]) for one in stream.columns]
        asked += [self.is_filled(stream.file, *one) for one in stream.looked]
        listed = ", ".join([f"{key} AS habeas_key", *asked])
        if ids is not None:
            theirs = db.among(key, ids)
        elif (stream.file, stream.key) == (person.file, person.key):
            theirs = f"{key} IS NOT NULL"
        else:
            theirs = f"{key} IN ({self.everybody()})"
        source = f"{db.name(stream.file)} WHERE {theirs}"
        # A person's rows in one order whatever the database does: a row's number is part of an answer.
        order = ", ".join([db.order(key), *map(str, range(2, len(asked) + 2))])
        return f"SELECT {listed} FROM {source} ORDER BY {order}"  # noqa: S608  # names are quoted, words are literals

    def everybody(self) -> str:
        person = self.mapping.person
        key = self.key(person.file, person.key)
        return f"SELECT {key} FROM {self.database.name(person.file)} WHERE {key} IS NOT NULL"  # noqa: S608  # likewise

    def is_filled(self, file: str, column: str, nothing: frozenset[str]) -> str:
        db, declared = self.database, self.headers[file][column]
        if declared.kind == "other":
            return f"{db.quoted(column)} IS NOT NULL"
        cell = db.cell(declared)
        words = ", ".join(db.literal(word) for word in sorted(nothing))
        return (
            f"({cell} IS NOT NULL AND {cell} NOT IN ({words}))" if words else f"{cell} IS NOT NULL"
        )

    # -- what is told -----------------------------------------------------------------------------

    def check(self) -> None:
        """Raise what is wrong before a row is read."""
        problems = []
        for use in self.mapping.uses():
            column = self.headers[use.file][use.column]
            if use.nothing is None and column.kind == "other":
                told = f"column `{use.column}` of `{use.file}` holds `{column.type}`"
                help_line = "make a view that gives it as text or a number"
                problems.append(Problem(self.mapping.node.at(*use.steps), told, help_line))
        if problems:
            raise InputError(problems)
        person = self.mapping.person
        key = self.key(person.file, person.key)
        blank = self.count(f"SELECT count(*) FROM {self.database.name(person.file)} WHERE {key} IS NULL")  # fmt: skip  # noqa: S608  # names are quoted
        if blank:
            raise self.database.error(
                f"{blank:,} {'row' if blank == 1 else 'rows'} of `{person.file}` have no `{person.key}`",
                "every row of the person's table needs its key",
            )

    def count(self, question: str) -> int:
        [[number]] = self.database.rows(question, self.mapping.person.file)
        return int(number or 0)

    def survey(self, notes: Notes) -> None:
        """Rows of nobody, and what of the database nothing uses."""
        db, person = self.database, self.mapping.person
        notes.orphans = []  # of a row whose person is none, no batch hears
        for stream in self.streams.values():
            if (stream.file, stream.key) == (person.file, person.key):
                continue
            key, name = self.key(stream.file, stream.key), db.name(stream.file)
            every = self.count(f"SELECT count(*) FROM {name}")  # noqa: S608  # names are quoted
            blank = self.count(f"SELECT count(*) FROM {name} WHERE {key} IS NULL")  # noqa: S608  # likewise
            # Not by `NOT IN` or `NOT EXISTS`: each is slow in one of the databases.
            theirs = self.count(f"SELECT count(*) FROM {name} WHERE {key} IN ({self.everybody()})")  # noqa: S608  # likewise
            if every > theirs:
                few = f"SELECT {key} FROM {name} WHERE {key} IS NOT NULL EXCEPT {self.everybody()} ORDER BY 1 LIMIT {SAMPLES}"  # noqa: S608  # likewise
                named = tuple(str(row[0]) for row in db.rows(few, stream.file))
                notes.orphans.append(Orphans(stream.file, stream.key, every - theirs, blank, named))
        used: dict[str, set[str]] = {}
        for use in self.mapping.uses():
            used.setdefault(use.file, set()).add(use.column)
        for file, header in self.headers.items():
            over = tuple(name for name in header if name not in used[file])
            if over:
                notes.unused[file] = over
        notes.unread = tuple(sorted(one for one in db.tables() if one not in self.headers))

    # -- what is read -----------------------------------------------------------------------------

    def batches(self, ids: Sequence[str] | None) -> Iterator[Batch]:
        """These people, or everybody, in the order of their keys."""
        person = self.mapping.person
        of_people = (person.file, person.key)
        waiting = {
            key: _Waiting(self.database.rows(self.question(stream, ids), stream.file))
            for key, stream in self.streams.items()
        }
        while rows := waiting[of_people].people(PEOPLE):
            last = str(rows[-1][0])
            read = {
                key: self.table(self.streams[key], rows if key == of_people else some.up_to(last))
                for key, some in waiting.items()
            }
            yield fill(self.mapping, read)

    def table(self, stream: _Stream, rows: Sequence[Row]) -> Table:
        turned: list[Sequence[str | bool | None]] = (
            list(zip(*rows, strict=True))
            if rows
            else [()] * (1 + len(stream.columns) + len(stream.looked))
        )
        cells = {
            name: [None if cell is None else str(cell).strip() or None for cell in column]
            for name, column in zip(stream.columns, turned[1:], strict=False)
        }
        # The key as the tables were joined by it, which may be wider than a strip.
        cells[stream.key] = [None if one is None else str(one) for one in turned[0]]
        flags = turned[1 + len(stream.columns) :]
        header = self.headers[stream.file]
        return Table(
            f"{self.database.shown}: {stream.file}",
            tuple(header),
            cells,
            {
                one: bytearray(map(bool, flag))
                for one, flag in zip(stream.looked, flags, strict=True)
            },
            frozenset(name for name, column in header.items() if column.kind == "day"),
            len(rows),
        )


class _Waiting:
    """Rows that come sorted by their first cell, looked at one row ahead."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self.rows = rows
        self.next = next(rows, None)

    def take(self) -> Row:
        """The next row, of which there is one."""
        row, self.next = self.next, next(self.rows, None)
        if row is None or (self.next is not None and str(self.next[0]) < str(row[0])):
            raise RuntimeError("the database gave its rows out of order")
        return row

    def people(self, count: int) -> list[Row]:
        """The rows of the next people, all rows of the last one among them."""
        found: list[Row] = []
        people = 0
        while self.next is not None:
            if not found or self.next[0] != found[-1][0]:
                people += 1
                if people > count:
                    break
            found.append(self.take())
        return found

    def up_to(self, key: str) -> list[Row]:
        """The rows whose key does not come after this one."""
        found: list[Row] = []
        while self.next is not None and str(self.next[0]) <= key:
            found.append(self.take())
        return found

"""The file of a vault: ciphertexts, orders, tombstones and a history, in SQLite; it holds no key.

    Store.alone  ->  add, row, orders, erase, rewrap, note  ->  all of it is durable, or none

Promise: what is overwritten or erased leaves the file with the transaction that does it; the history is
added to, and never changed. Casework keeps the same on its own database behind the same few methods.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from habeas.tlog.errors import LogError, refused

_TABLES = """
CREATE TABLE about (one INTEGER PRIMARY KEY CHECK (one = 1), vault TEXT NOT NULL, origin TEXT NOT NULL);
CREATE TABLE entry (leaf BLOB PRIMARY KEY CHECK (length(leaf) = 32), period INTEGER NOT NULL,
    number INTEGER, destroyed_on TEXT, reason TEXT, wrapped BLOB, locked BLOB,
    CHECK ((wrapped IS NULL) = (destroyed_on IS NOT NULL)),
    CHECK ((locked IS NULL) = (destroyed_on IS NOT NULL)));
CREATE TABLE court_order (leaf BLOB NOT NULL REFERENCES entry, kind TEXT NOT NULL CHECK (kind IN ('seal', 'hold')),
    reference TEXT NOT NULL, PRIMARY KEY (leaf, kind, reference)) WITHOUT ROWID;
CREATE TABLE history (id INTEGER PRIMARY KEY, at TEXT NOT NULL, act TEXT NOT NULL, leaf BLOB, number INTEGER,
    who TEXT NOT NULL, reference TEXT NOT NULL, day TEXT NOT NULL, entry INTEGER);
CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'an entry is never removed'); END;
CREATE TRIGGER tombstone_stays BEFORE UPDATE ON entry WHEN OLD.destroyed_on IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a tombstone is never changed'); END;
CREATE TRIGGER history_stays BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;
CREATE TRIGGER history_is_whole BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is never removed'); END;
CREATE TRIGGER history_is_added_to BEFORE INSERT ON history WHEN EXISTS (SELECT 1 FROM history WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'history is never replaced'); END;
"""

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one entry; a destroyed one has neither key nor ciphertext."""

    leaf: bytes
    period: int
    wrapped: bytes | None
    """Its data key, under the period's key."""
    locked: bytes | None
    """Its disclosures, under its data key."""
    destroyed_on: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the history: never a value of an entry."""

    at: str
    """UTC, to the millisecond."""
    act: str
    leaf: bytes | None
    number: int | None
    """The entry's index in the log."""
    who: str
    reference: str
    day: str
    entry: int | None
    """The index of the entry that tells the act."""


class Store:
    """The file, open; `make` and `Store(path)` give it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise refused(path, "there is no vault", "`habeas log append --vault` makes one")
        self._base = sqlite3.connect(path, isolation_level=None, timeout=10)
        try:
            # No WAL: a commit ends with the pages in the file, the old ones not beside it.
            self._base.execute("PRAGMA secure_delete = ON")
            self._base.execute("PRAGMA synchronous = EXTRA")
            row = self._base.execute("SELECT vault, origin FROM about").fetchone()
        except sqlite3.Error as error:
            self._base.close()
            raise _failed(path, error) from error
        if row is None:
            self._base.close()
            raise refused(path, "this is no vault", "name the file of a vault")
        self.vault: str = row[0]
        self.origin: str = row[1]

    @staticmethod
    def make(path: Path, vault: str, origin: str) -> Store:
        """Write an empty file, for its owner's eyes alone. Raises `LogError` where there is one."""
        if path.exists():
            raise refused(path, "there is a file already", "name another one")
        try:
            path.touch(mode=0o600, exist_ok=False)
            with closing(sqlite3.connect(path, isolation_level=None)) as base:
                base.execute("PRAGMA synchronous = EXTRA")
                base.executescript(f"BEGIN; {_TABLES} COMMIT;")
                base.execute("INSERT INTO about VALUES (1, ?, ?)", (vault, origin))
        except OSError as error:
            raise refused(
                path, f"it cannot be made: {error.strerror}", "name another file"
            ) from error
        except sqlite3.Error as error:
            raise _failed(path, error) from error
        return Store(path)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else reads or writes within it; durable at its end, undone by an error."""
        try:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")
        except sqlite3.Error as error:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise _failed(self.path, error) from error

    def add(self, kept: Iterable[Kept]) -> None:
        """Keep entries. Raises `LogError` where one of them is kept already."""
        try:
            self._base.executemany(
                "INSERT INTO entry (leaf, period, wrapped, locked) VALUES (?, ?, ?, ?)",
                [(one.leaf, one.period, one.wrapped, one.locked) for one in kept],
            )
        except sqlite3.IntegrityError as error:
            raise refused(
                self.path, "disclosures of this entry are kept already", "make the entry anew"
            ) from error

    def row(self, leaf: bytes) -> Kept | None:
        """What is kept of an entry."""
        row = self._base.execute(
            "SELECT leaf, period, wrapped, locked, destroyed_on FROM entry WHERE leaf = ?", (leaf,)
        ).fetchone()
        return None if row is None else Kept(*row)

    def of_periods(self, first: int, last: int) -> Iterator[list[Kept]]:
        """The living entries of the periods `first` … `last`, some at a time, without their ciphertexts."""
        after = b""
        while rows := self._base.execute(
            "SELECT leaf, period, wrapped, NULL FROM entry WHERE leaf > ? AND wrapped IS NOT NULL"
            " AND period BETWEEN ? AND ? ORDER BY leaf LIMIT ?",
            (after, first, last, _CHUNK),
        ).fetchall():
            yield [Kept(*row) for row in rows]
            after = rows[-1][0]

    def rewrap(self, kept: Iterable[Kept]) -> None:
        """Put other wrapped keys in the place of the old ones."""
        self._base.executemany(
            "UPDATE entry SET period = ?, wrapped = ? WHERE leaf = ?",
            [(one.period, one.wrapped, one.leaf) for one in kept],
        )

    def erase(self, leaf: bytes, number: int, day: str, reason: str) -> None:
        """Leave a tombstone in the place of key and ciphertext."""
        self._base.execute(
            "UPDATE entry SET wrapped = NULL, locked = NULL, number = ?, destroyed_on = ?, reason = ?"
            " WHERE leaf = ?",
            (number, day, reason, leaf),
        )

    def orders(self, leaf: bytes, kind: str) -> frozenset[str]:
        """The orders that stand over an entry, by their references; `kind` is `seal` or `hold`."""
        rows = self._base.execute(
            "SELECT reference FROM court_order WHERE leaf = ? AND kind = ?", (leaf, kind)
        )
        return frozenset(row[0] for row in rows)

    def order(self, leaf: bytes, kind: str, reference: str, stands: bool) -> None:
        """Write down an order, or that it stands no more."""
        self._base.execute(
            "INSERT INTO court_order VALUES (?, ?, ?)"
            if stands
            else "DELETE FROM court_order WHERE leaf = ? AND kind = ? AND reference = ?",
            (leaf, kind, reference),
        )

    def note(self, event: Event) -> None:
        """Add a line to the history."""
        self._base.execute(
            "INSERT INTO history (at, act, leaf, number, who, reference, day, entry)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (event.at, event.act, event.leaf, event.number, event.who, event.reference, event.day,
             event.entry),
        )  # fmt: skip

    def history(self) -> list[Event]:
        """All lines of the history, the oldest first."""
        rows = self._base.execute(
            "SELECT at, act, leaf, number, who, reference, day, entry FROM history ORDER BY id"
        )
        return [Event(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def _failed(path: Path, error: sqlite3.Error) -> LogError:
    return refused(path, f"the vault cannot be used: {error}", "check the file and its disk")

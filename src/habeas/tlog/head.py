"""The head: the last checkpoint that was signed, in a small SQLite file that no backup brings back.

    Head, note  ->  swap(old, new)  ->  durable, or somebody else was first
    cosigned note, public copy  ->  keep_witnessed, note_published  ->  durable

Promise: of two writers that sign from the same head one alone succeeds; what was signed never goes back;
what another head left beside the file is never taken for this one's.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from habeas.tlog.checkpoint import Checkpoint
from habeas.tlog.disk import Disk
from habeas.tlog.errors import LogError, broken, refused
from habeas.tlog.merkle import EMPTY_ROOT

_TABLES = """
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), file INTEGER NOT NULL, origin TEXT NOT NULL,
    size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, witnessed TEXT NOT NULL);
CREATE TABLE published (day TEXT PRIMARY KEY, size INTEGER NOT NULL UNIQUE, root BLOB NOT NULL,
    note TEXT NOT NULL);
"""

SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, and would read with whatever file lies there."""

_NUMBER_AT = 68
"""Where a SQLite file has its application's number, of four bytes; nothing ever changes it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file holds."""

    checkpoint: Checkpoint
    note: str
    """The signed checkpoint; empty for a log without entries."""
    witnessed: str
    """The last checkpoint that had its quorum, with cosignatures; empty for none."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A public copy that was made."""

    day: str
    """In UTC, `YYYY-MM-DD`."""
    checkpoint: Checkpoint
    note: str
    """Its signed checkpoint, with the signatures that a receipt carries."""


class HeadFile:
    """The file, open for one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise refused(path, "the log's head is missing", "see `docs/log.md`, after a restore")
        _own_side_files(path)
        self._base = _connect(path)

    @staticmethod
    def make(
        path: Path, disk: Disk, checkpoint: Checkpoint, note: str = "", witnessed: str = ""
    ) -> HeadFile:
        """Write a new file, whole or not at all. Raises `LogError` where there is one.

        What a head that is gone left beside it is removed first, durably: it would override this one.
        """
        if path.exists():
            raise refused(path, "there is a head already", "a head is never replaced")
        new = path.with_name(path.name + ".new")
        number = 1 + secrets.randbelow(2**31 - 1)
        try:
            for one in (new, *_beside(path)):
                one.unlink(missing_ok=True)
            disk.sync_folder(path.parent)
            with closing(sqlite3.connect(new, isolation_level=None)) as base:
                base.execute("PRAGMA synchronous = EXTRA")
                base.execute(f"PRAGMA application_id = {number}")
                base.executescript(f"BEGIN; {_TABLES} COMMIT;")
                base.execute(
                    "INSERT INTO head VALUES (1, ?, ?, ?, ?, ?, ?)",
                    (number, checkpoint.origin, checkpoint.size, checkpoint.root, note, witnessed),
                )
        except sqlite3.Error as error:
            raise _failed(path, error) from error
        disk.move(new, path)
        disk.sync_folder(path.parent)
        return HeadFile(path)

    def read(self) -> Kept:
        """What is kept."""
        try:
            row = self._base.execute(
                "SELECT origin, size, root, note, witnessed FROM head"
            ).fetchone()
        except sqlite3.Error as error:
            raise _failed(self.path, error) from error
        if row is None:
            raise refused(
                self.path, "this file holds no head", "see `docs/log.md`, after a restore"
            )
        return Kept(Checkpoint(row[0], row[1], row[2]), row[3], row[4])

    def swap(self, old: Checkpoint, new: Checkpoint, note: str, witnessed: str) -> None:
        """Put a new head in the place of the old; durable on return.

        Raises `NotProved` where the head is not the old one, or the new one is smaller.
        """
        if new.origin != old.origin or new.size < old.size:
            raise broken(
                self.path, f"a head of {old.size} does not become one of {new.size}", _OTHER
            )
        self._update(old, "size = ?, root = ?, note = ?, witnessed = ?", new.size, new.root, note, witnessed)  # fmt: skip

    def keep_witnessed(self, head: Checkpoint, note: str) -> None:
        """Keep the cosigned note of the head; durable on return. Raises `NotProved` where it is another."""
        self._update(head, "witnessed = ?", note)

    def publication(self) -> Publication | None:
        """The last public copy; None where there was none."""
        return self._publication("ORDER BY published.size DESC LIMIT 1")

    def publication_of(self, size: int) -> Publication | None:
        """The public copy of this size; None where there was none."""
        return self._publication("WHERE published.size = ?", size)

    def note_published(self, made: Publication) -> None:
        """Remember that a public copy was made; durable on return."""
        to = made.checkpoint
        try:
            with self._base:
                self._base.execute(
                    "INSERT OR REPLACE INTO published VALUES (?, ?, ?, ?)",
                    (made.day, to.size, to.root, made.note),
                )
        except sqlite3.Error as error:
            raise _failed(self.path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _update(self, old: Checkpoint, what: str, *values: object) -> None:
        try:
            with self._base:
                self._base.execute("BEGIN IMMEDIATE")
                done = self._base.execute(
                    f"UPDATE head SET {what} WHERE origin = ? AND size = ? AND root = ?",  # noqa: S608  # ours
                    (*values, old.origin, old.size, old.root),
                )
        except sqlite3.Error as error:
            raise _failed(self.path, error) from error
        if done.rowcount != 1:
            raise broken(self.path, "somebody else has written to this log", _OTHER)

    def _publication(self, which: str, *values: object) -> Publication | None:
        try:
            row = self._base.execute(
                f"SELECT day, origin, published.size, published.root, published.note FROM published, head {which}",  # noqa: S608  # ours
                values,
            ).fetchone()
        except sqlite3.Error as error:
            raise _failed(self.path, error) from error
        return None if row is None else Publication(row[0], Checkpoint(*row[1:4]), row[4])


_OTHER = "stop, and find out what else writes to this log"


def empty(origin: str) -> Checkpoint:
    """The head of a log without entries."""
    return Checkpoint(origin, 0, EMPTY_ROOT)


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in SIDE_FILES]


def _own_side_files(path: Path) -> None:
    """Raise `NotProved` where another head's write-ahead file lies beside this one; both stay as they are.

    Each head has a number of its own, which stands in its file and, beside the head, in what SQLite
    writes ahead of it.
    """
    if not any(one.exists() and one.stat().st_size for one in _beside(path)):
        return
    with path.open("rb") as file:
        file.seek(_NUMBER_AT)
        number = int.from_bytes(file.read(4), "big")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            row = base.execute("SELECT file FROM head").fetchone()
    except sqlite3.Error as error:
        raise _failed(path, error) from error
    if row is None or row[0] != number:
        raise broken(
            path,
            "what lies beside it (`-wal`) is another head's",
            "see `docs/log.md`, after a restore: remove the head and what lies beside it",
        )


def _connect(path: Path) -> sqlite3.Connection:
    try:
        base = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        raise _failed(path, error) from error
    return base


def _failed(path: Path, error: sqlite3.Error) -> LogError:
    return refused(path, f"the log's head cannot be used: {error}", "check this disk")

"""The write-ahead file: entries that are durable before anything is made of them.

    entries  ->  add  ->  record (where it starts, entries, digest), synced, read again
    file  ->  load  ->  entries, up to a last record that was cut off

Promise: what `add` returned for is read again by `load`, whenever the machine stopped. A record that
is not whole ends the file; whether something was lost by that, the head knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from habeas.tlog.disk import Disk
from habeas.tlog.errors import LogError, broken, refused
from habeas.tlog.tiles import format_bundle, parse_bundle

MAGIC = b"habeas-ahead/v1\n"
_RECORD = b"\x00rec"
_HEAD = 4 + 8 + 4 + 4
"""Bytes before a record's entries: mark, index of the first, their number, their length."""

_SUM = 32

RESERVE = 256 * 1024
"""Bytes of zeros that the file goes on with, for records of at most a sixteenth of them."""


@dataclass(slots=True)
class Ahead:
    """The file, its length, and which entries it holds: from `start` to `end`."""

    path: Path
    disk: Disk
    start: int
    end: int
    length: int
    """Up to the end of the last record."""
    room: int
    """Up to the end of the zeros after it."""

    @staticmethod
    def make(path: Path, disk: Disk, start: int, entries: Sequence[bytes] = ()) -> Ahead:
        """Write a new file in the place of an old one, whole or not at all."""
        data = MAGIC + start.to_bytes(8, "big")
        if entries:
            data += _record(start, entries)
        disk.put({path: data})
        return Ahead(path, disk, start, start + len(entries), len(data), len(data))

    @staticmethod
    def load(path: Path, disk: Disk) -> tuple[Ahead, list[bytes]]:
        """The file and its entries, up to the first record that is not whole.

        Raises `LogError` where the file is missing or is none of ours.
        """
        try:
            data = disk.read(path)
        except FileNotFoundError as error:
            raise refused(path, "the write-ahead file is missing", _RESTORE) from error
        if not data.startswith(MAGIC) or len(data) < len(MAGIC) + 8:
            raise refused(path, "this is no write-ahead file", _RESTORE)
        at = len(MAGIC) + 8
        start = int.from_bytes(data[len(MAGIC) : at], "big")
        entries: list[bytes] = []
        while at < len(data):
            read = _read(data, at, start + len(entries))
            if read is None:
                break
            more, at = read
            entries += more
        return Ahead(path, disk, start, start + len(entries), at, at), entries

    def trim(self) -> None:
        """Cut away what is behind the last whole record; for whoever knows that nothing was lost."""
        self.room = self.length
        self.disk.cut(self.path, self.length)

    def add(self, entries: Sequence[bytes]) -> None:
        """Append entries; durable, and read again, on return."""
        data = _record(self.end, entries)
        if self.length + len(data) > self.room and len(data) <= RESERVE // 16:
            self.disk.reserve(self.path, self.length, RESERVE)
            self.room = self.length + RESERVE
        self.disk.extend(self.path, self.length, data)
        if self.disk.read(self.path, self.length, len(data)) != data:
            raise broken(self.path, "it does not hold what was just written", "check this disk")
        self.length += len(data)
        self.room = max(self.room, self.length)
        self.end += len(entries)


_RESTORE = "restore the log's folder from a backup"


def _record(start: int, entries: Sequence[bytes]) -> bytes:
    bundle = format_bundle(entries)
    head = _RECORD + start.to_bytes(8, "big")
    head += len(entries).to_bytes(4, "big") + len(bundle).to_bytes(4, "big")
    return b"".join((head, bundle, sha256(head + bundle).digest()))


def _read(data: bytes, at: int, start: int) -> tuple[list[bytes], int] | None:
    """The entries of the record at a place, and where the next begins; None where it is not whole."""
    head = data[at : at + _HEAD]
    count, size = int.from_bytes(head[12:16], "big"), int.from_bytes(head[16:20], "big")
    end = at + _HEAD + size
    if (
        len(head) < _HEAD
        or not head.startswith(_RECORD)
        or int.from_bytes(head[4:12], "big") != start
        or sha256(data[at:end]).digest() != data[end : end + _SUM]
    ):
        return None
    try:
        return parse_bundle(data[at + _HEAD : end], count), end + _SUM
    except LogError:
        return None

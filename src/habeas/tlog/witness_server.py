"""A witness: it cosigns each checkpoint that follows from the last one it saw (C2SP tlog-witness).

    add-checkpoint  ->  signature, size, consistency  ->  remembered  ->  cosignature lines
    GET <sha-256 of the origin>/checkpoint  ->  the last one, with the log's lines and its own

Promise: of two checkpoints of one log that do not follow from each other it cosigns one at most, and none
before it is remembered durably; it needs to know nothing of what a log is about.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from habeas.tlog.checkpoint import parse_checkpoint
from habeas.tlog.errors import LogError, NotProved, broken, refused
from habeas.tlog.keys import Signer, Verifier, opened
from habeas.tlog.merkle import EMPTY_ROOT, HASH_BYTES, check_consistency
from habeas.tlog.notes import Note, format_note, from_base64, parse_note, parse_number

MAX_REQUEST = 512 * 1024
MAX_HASHES = 63
TIMEOUT = 10.0
"""Seconds for a request to arrive."""

_TABLE = """CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)"""

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


def parse_request(body: bytes) -> tuple[int, list[bytes], Note]:
    """The old size, the proof and the note of `add-checkpoint`. Raises `LogError` otherwise.

    Inverse: `witnesses.format_request`. Held by `tests/tlog/test_witness.py`.
    """
    where = "add-checkpoint"
    head, blank, rest = body.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not blank or not lines[0].startswith("old ") or len(lines) > MAX_HASHES + 1:
        raise refused(where, "this is no request", "see c2sp.org/tlog-witness")
    old = parse_number(lines[0].removeprefix("old "), where)
    proof = [from_base64(line, where) for line in lines[1:]]
    if any(len(one) != HASH_BYTES for one in proof):
        raise refused(where, "a hash is not of 32 bytes", "see c2sp.org/tlog-witness")
    note = parse_note(rest, where)
    parse_checkpoint(note.text, where)
    return old, proof, note


class Witness:
    """What a witness remembers (a SQLite file that must never be restored from a backup), and its keys."""

    def __init__(
        self,
        path: Path,
        signers: Sequence[Signer],
        logs: Sequence[Verifier],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path, self._signers, self._clock = path, tuple(signers), clock
        self._logs: dict[str, list[Verifier]] = {}
        for one in logs:
            self._logs.setdefault(one.name, []).append(one)
        self._lock = threading.Lock()
        try:
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.execute(_TABLE)
        except sqlite3.Error as error:
            raise refused(
                path, f"the witness's memory cannot be used: {error}", "name a file"
            ) from error

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request of `add-checkpoint`, as tlog-witness says. Held by `tests/tlog/test_witness.py`."""
        try:
            old, proof, note = parse_request(body)
        except LogError as error:
            return _said(400, error)
        new = parse_checkpoint(note.text)
        if new.origin not in self._logs:
            return 404, _PLAIN, b"this witness does not know that log\n"
        try:
            keys = {one.verifier for one in opened(note, self._logs[new.origin])}
        except NotProved as error:
            return _said(403, error)
        if old > new.size:
            return 400, _PLAIN, b"the old size is above the new one\n"
        with self._lock, self._alone():
            row = self._seen(new.origin)
            size, root = (row[0], row[1]) if row else (0, EMPTY_ROOT)
            if old != size or (row and size == new.size and root != new.root):
                return 409, "text/x.tlog.size", f"{size}\n".encode()
            try:
                self._follows(size, root, new.size, new.root, proof)
            except NotProved as error:
                return _said(422, error)
            now = int(self._clock())
            lines = [one.sign(note.text, now) for one in self._signers]
            known = {(one.name, one.key_id) for one in keys}
            kept = [one for one in note.signatures if (one.name, one.key_id) in known]
            self._remember(new.origin, new.size, new.root, Note(note.text, (*kept, *lines)))
        return 200, _PLAIN, "".join(f"{one}\n" for one in lines).encode()

    def checkpoint(self, hashed: str) -> Answer:
        """The last checkpoint of the log whose origin has this SHA-256, in hexadecimal."""
        with self._lock:
            row = self._base.execute("SELECT note FROM seen WHERE hash = ?", (hashed,)).fetchone()
        if row is None:
            return 404, _PLAIN, b"nothing was cosigned for that log\n"
        return 200, _PLAIN, row[0].encode()

    def close(self) -> None:
        """Close its memory."""
        self._base.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One transaction, against other processes with this memory too."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def _seen(self, origin: str) -> tuple[int, bytes] | None:
        found: tuple[int, bytes] | None = self._base.execute(
            "SELECT size, root FROM seen WHERE origin = ?", (origin,)
        ).fetchone()
        return found

    @staticmethod
    def _follows(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> None:
        if new == 0 and new_root != EMPTY_ROOT:
            raise broken("checkpoint", "a log without entries has another root")
        if old:
            check_consistency(old, old_root, new, new_root, proof)
        elif proof:
            raise broken("proof", "nothing was seen before, and there is a proof")

    def _remember(self, origin: str, size: int, root: bytes, note: Note) -> None:
        hashed = sha256(origin.encode()).hexdigest()
        self._base.execute(
            "INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE"
            " SET size = excluded.size, root = excluded.root, note = excluded.note",
            (origin, hashed, size, root, format_note(note)),
        )


_PLAIN = "text/plain; charset=utf-8"


def _said(status: int, error: LogError) -> Answer:
    return status, _PLAIN, (error.problems[0].message + "\n").encode()


class WitnessServer(ThreadingHTTPServer):
    """A witness on the network; put TLS before it where it is not on loopback."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.witness = witness
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "habeas-witness", ""
    timeout = TIMEOUT
    disable_nagle_algorithm = True
    wbufsize = -1
    server: WitnessServer

    def do_POST(self) -> None:
        """`add-checkpoint`."""
        length = self.headers.get("Content-Length", "")
        if self.path.rpartition("/")[2] != "add-checkpoint" or not (
            length.isascii() and length.isdigit()
        ):
            self._answer((404, _PLAIN, b"not found\n"), close=True)
        elif len(length) > 9 or int(length) > MAX_REQUEST:
            self._answer((413, _PLAIN, b"too long\n"), close=True)
        else:
            self._answer(self.server.witness.add_checkpoint(self.rfile.read(int(length))))

    def do_GET(self) -> None:
        """The last checkpoint of a log."""
        parts = self.path.strip("/").split("/")
        if len(parts) >= 2 and parts[-1] == "checkpoint":
            self._answer(self.server.witness.checkpoint(parts[-2]))
        else:
            self._answer((404, _PLAIN, b"not found\n"))

    def _answer(self, answer: Answer, close: bool = False) -> None:
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written down of who asked."""

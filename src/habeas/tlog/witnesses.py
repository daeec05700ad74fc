"""Asking witnesses to cosign (C2SP tlog-witness, the client's side).

    note, consistency proof  ->  add-checkpoint  ->  cosignature lines, checked  ->  note with a quorum

Promise: a line counts only if a witness of the policy made it over this checkpoint. A witness that shows
a checkpoint that the log signed, and from which ours does not follow, stops everything, since then ours
was rolled back or copied; one that only says so holds up its own cosignature and nothing else.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from habeas.tlog.checkpoint import parse_checkpoint
from habeas.tlog.errors import LogError, NotProved, broken, refused
from habeas.tlog.keys import opened
from habeas.tlog.merkle import check_consistency
from habeas.tlog.notes import (
    Note,
    Signature,
    format_note,
    parse_note,
    parse_number,
    parse_signatures,
    to_base64,
)
from habeas.tlog.policy import Party, Policy

TIMEOUT = 5.0
"""Seconds for one answer."""

MAX_ANSWER = 512 * 1024

Prove = Callable[[int], Sequence[bytes]]
"""An older size -> the proof that the checkpoint is consistent with it."""


def format_request(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    """The body of `add-checkpoint`. Inverse: `witness_server.parse_request`.

    old    0 … ; proof at most 63 hashes. Held by `tests/tlog/test_witness.py`.
    """
    lines = [f"old {old}", *map(to_base64, proof), ""]
    return ("\n".join(lines) + "\n" + format_note(note)).encode()


@dataclass(slots=True)
class Asked:
    """What came of asking: the lines that hold, and why others did not come."""

    signatures: list[Signature] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


class Rollback(NotProved):
    """A witness saw a larger log than ours is, or another one: ours was rolled back, or forked."""


class Witnesses:
    """The witnesses of a policy that have a URL, each asked over one connection that stays open."""

    def __init__(self, policy: Policy, timeout: float = TIMEOUT) -> None:
        self._policy = policy
        self._parties = {name: one for name, one in policy.witnesses.items() if one.url}
        self._lines = {name: Line(one.url, timeout) for name, one in self._parties.items()}
        self._seen: dict[str, int] = {}
        self._pool = ThreadPoolExecutor(max(1, len(self._lines)), "witness")
        self._running: dict[str, Future[list[Signature]]] = {}
        """What each was asked and nobody took the answer of; a witness is asked one thing at a time."""

    def ask(self, note: Note, prove: Prove) -> Asked:
        """Ask all for a cosignature; returns as soon as the policy's quorum is there.

        Raises `Rollback` where a witness saw another log, now or when it was asked before and not waited
        for; that one does not answer is no error.
        """
        asked = Asked()
        size = parse_checkpoint(note.text).size
        if len(self._lines) == 1:
            [name] = self._lines
            self._take(name, lambda: self._one(name, note, size, prove), asked)
            return asked
        busy = [name for name, task in self._running.items() if not task.done()]
        free = [name for name in self._lines if name not in busy]
        done: set[str] = set()
        for names in (free, busy):
            wait([self._running[name] for name in names if name in self._running])
            self._late()
            tasks = {self._pool.submit(self._one, n, note, size, prove): n for n in names}
            self._running.update({name: task for task, name in tasks.items()})
            for task in as_completed(tasks):
                name = tasks[task]
                del self._running[name]
                self._take(name, task.result, asked)
                if name not in asked.failed:
                    done.add(name)
                if not self._policy.unwitnessed and self._policy.satisfied(done):
                    if names is free:  # who still owes an earlier answer is not waited for
                        asked.failed |= dict.fromkeys(busy, "it still owes an earlier answer")
                    return asked
        return asked

    def latest(self, origin: str) -> dict[str, Note]:
        """The checkpoint of this log that each witness holds, unchecked; those that hold none are left out.

        Raises `LogError` where a witness does not answer.
        """
        held = {name: self._latest(name, origin) for name in self._lines}
        return {name: note for name, note in held.items() if note is not None}

    def _latest(self, name: str, origin: str) -> Note | None:
        hashed, url = sha256(origin.encode()).hexdigest(), self._parties[name].url
        status, body = self._lines[name].send("GET", f"{hashed}/checkpoint")
        if status == 200:
            return parse_note(body, url)
        if status != 404:
            raise refused(url, f"this witness answered {status}", "ask who runs it")
        return None

    def close(self) -> None:
        """Close the connections. Raises `Rollback` where an answer that was still due was one."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for line in self._lines.values():
            line.close()
        self._late()

    def _late(self) -> None:
        """Take the answers that came after nobody waited for them. Raises `Rollback` where one is that."""
        for name, task in list(self._running.items()):
            if task.done():
                del self._running[name]
                error = None if task.cancelled() else task.exception()
                if isinstance(error, Rollback):
                    raise error

    def _take(self, name: str, result: Callable[[], list[Signature]], asked: Asked) -> None:
        try:
            asked.signatures += result()
        except Rollback:
            raise
        except LogError as error:
            asked.failed[name] = error.problems[0].message

    def _one(self, name: str, note: Note, size: int, prove: Prove) -> list[Signature]:
        """One witness's lines; a second try where it says which size it holds."""
        old, status = min(self._seen.get(name, 0), size), 0
        for _ in range(3):
            proof = prove(old) if 0 < old < size else ()
            status, body = self._lines[name].send(
                "POST", "add-checkpoint", format_request(old, proof, note)
            )
            if status == 200:
                self._seen[name] = size
                return self._held(self._parties[name], note, body)
            if status != 409:
                break
            old = parse_number(body.decode("ascii", "replace").removesuffix("\n"), name)
            if old > size:
                break
        if status in (409, 422):
            self._refuted(name, note, size, prove)
        raise refused(self._parties[name].url, f"this witness answered {status}", "ask who runs it")

    def _refuted(self, name: str, note: Note, size: int, prove: Prove) -> None:
        """Raise `Rollback` where the witness shows what the log signed and ours does not follow from.

        An answer alone shows nothing: anybody on the way could have given it.
        """
        ours = parse_checkpoint(note.text)
        shown = self._latest(name, ours.origin)
        if shown is None:
            return
        logs = [one.verifier for one in self._policy.logs if one.verifier.name == ours.origin]
        opened(shown, logs)
        theirs = parse_checkpoint(shown.text, self._parties[name].url)
        if theirs.origin != ours.origin or theirs.size == 0:
            return
        if theirs.size > size:
            raise _rollback(name, f"it holds a checkpoint of {theirs.size}, and ours has {size}")
        try:
            proof = prove(theirs.size) if theirs.size < size else ()
            check_consistency(theirs.size, theirs.root, size, ours.root, proof)
        except NotProved as error:
            told = "it holds a checkpoint that ours does not follow from"
            raise _rollback(name, told) from error

    def _held(self, party: Party, note: Note, body: bytes) -> list[Signature]:
        """The lines of an answer that are of the witness's key, each checked."""
        key = party.verifier
        lines = [
            one
            for one in parse_signatures(body, party.url)
            if (one.name, one.key_id) == (key.name, key.key_id)
        ]
        if not lines or any(key.check(note.text, one) == 0 for one in lines):
            raise broken(party.url, "this witness answered without a cosignature of its key")
        return lines


def _rollback(name: str, message: str) -> Rollback:
    return Rollback(
        broken(
            f"witness `{name}`",
            message,
            "stop: this log was rolled back or copied; see `docs/log.md`",
        ).problems
    )


class _Timely(io.RawIOBase):
    """What a server sends, up to a moment: one byte now and then does not put it off."""

    def __init__(self, raw: io.RawIOBase, link: socket.socket, until: float, each: float) -> None:
        self._raw, self._link, self._until, self._each = raw, link, until, each

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError(0, "the answer does not end")
        self._link.settimeout(min(left, self._each))
        try:
            return self._raw.readinto(buffer)
        finally:
            self._link.settimeout(self._each)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _timely(timeout: float) -> type[http.client.HTTPResponse]:
    """A response that ends, headers and all, within four times the timeout."""

    class Timely(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *how: Any, **more: Any) -> None:
            super().__init__(sock, *how, **more)
            raw = self.fp.detach()
            until = time.monotonic() + 4 * timeout
            self.fp = io.BufferedReader(_Timely(raw, sock, until, timeout))

    return Timely


class Line:
    """A connection to a server that stays open, and is opened anew where it was closed."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise refused(url, "this is no address of a server", "begin with `https://`")
        self._url, self._timeout = url, timeout
        self._path = parts.path.rstrip("/") + "/"
        if parts.scheme == "https":
            self._link: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            self._link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        self._link.response_class = _timely(timeout)

    def send(
        self, method: str, path: str, body: bytes | None = None, most: int = MAX_ANSWER
    ) -> tuple[int, bytes]:
        """Status and body of one answer. Raises `LogError` where none comes, or too long a one."""
        until = time.monotonic() + 4 * self._timeout
        for again in (True, False):
            try:
                self._link.request(method, self._path + path, body)
                answer = self._link.getresponse()
                parts, length = [], 0
                while part := answer.read1(65536):
                    parts.append(part)
                    length += len(part)
                    if length > most or time.monotonic() > until:
                        raise refused(
                            self._url + path, "the answer does not end", "ask who runs it"
                        )
                answer.close()  # `read1` leaves it open at its end, and the connection waits for that
                return answer.status, b"".join(parts)
            except (OSError, http.client.HTTPException) as error:
                self._link.close()
                stale = isinstance(
                    error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError
                )
                if not (again and stale):
                    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
                    raise refused(
                        self._url, f"it cannot be reached: {reason}", "try again later"
                    ) from error
            except LogError:
                self._link.close()
                raise
        raise AssertionError("the second try returns or raises")

    def close(self) -> None:
        """Close it."""
        self._link.close()

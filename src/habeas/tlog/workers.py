"""Many workers, one log: what arrives while a batch is written goes into the next one.

    entry  ->  submit  ->  queue  ->  one thread, Log.append  ->  Ticket  ->  Batch, number

Promise: a ticket is answered when its entry is durable, signed and, where witnesses answered, cosigned; an
error of the log reaches everybody who waits.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from habeas.tlog.batch import Batch
from habeas.tlog.errors import LogError, refused
from habeas.tlog.log import Log
from habeas.tlog.tiles import MAX_ENTRY

FLUSH = 0.005
"""Seconds without a new entry after which a batch waits no longer for those who were in the one before."""

LONGEST = 0.020
"""Seconds that it waits at most, or as long as the batch before took to be written."""

MOST = 16_384
"""Entries in a batch; who comes later is in the next one."""


class _Round:
    """The entries of one batch, and those who wait for it."""

    __slots__ = ("batch", "callbacks", "done", "entries", "error", "told")

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.callbacks: list[Callable[[], None]] = []
        self.done, self.told = threading.Event(), False
        self.batch: Batch | None = None
        self.error: BaseException | None = None


class Ticket:
    """One entry that is on its way."""

    __slots__ = ("_number", "_round")

    def __init__(self, round: _Round, number: int) -> None:
        self._round, self._number = round, number

    @property
    def done(self) -> bool:
        """Whether it is written, or failed."""
        return self._round.told

    def wait(self, timeout: float | None = None) -> tuple[Batch, int]:
        """The batch and the entry's number in it. Raises `LogError` where the log failed, or too slow."""
        if not self._round.done.wait(timeout):
            raise refused("log", "the entry is not written yet", "wait longer")
        return self.result()

    def result(self) -> tuple[Batch, int]:
        """The same, once it is done."""
        if self._round.batch is None:
            reason = str(self._round.error).split("\n")[0] or "it was closed"
            raise refused(
                "log", f"the entry may not be in it: {reason}", "open the log anew"
            ) from (self._round.error)
        return self._round.batch, self._number


class Queue:
    """A log's queue; as a context it starts and ends the thread that writes."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._rounds = deque([_Round()])
        """What comes next, the last of which takes new entries."""
        self._awaited = 0
        """So many entries are waited for: those of all who were in the batch before."""
        self._before, self._took, self._writing = 0, 0.0, False
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def submit(self, entry: bytes, then: Callable[[], None] | None = None) -> Ticket:
        """Put an entry into the next batch; `then` is called, once a batch, when it is done.

        Raises `LogError` where the entry is too long or the queue is closed.
        """
        _check(entry)
        with self._lock:
            if self._closed:
                raise refused("log", "its queue is closed", "open the log anew")
            round = self._rounds[-1]
            number = len(round.entries)
            if number >= MOST:
                round, number = _Round(), 0
                self._rounds.append(round)
            round.entries.append(entry)
            if then is not None and (not round.callbacks or round.callbacks[-1] != then):
                round.callbacks.append(then)
            if number == 0 or number + 1 == self._awaited:
                self._change.notify_all()
        return Ticket(round, number)

    def append(self, entry: bytes) -> tuple[Batch, int]:
        """Submit, and wait; where nobody else writes or waits to, without a change of threads."""
        _check(entry)
        with self._lock:
            alone = not (self._closed or self._writing or self._rounds[0].entries)
            self._writing = self._writing or alone
        if not alone:
            return self.submit(entry).wait()
        round = _Round()
        round.entries.append(entry)
        self._write(round)
        return Ticket(round, 0).result()

    def __enter__(self) -> Queue:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is there, and end."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while (round := self._take()) is not None:
            self._write(round)

    def _write(self, round: _Round) -> None:
        """Write a batch, and tell those who wait for it; `_writing` is set, and unset at the end."""
        try:
            began = time.monotonic()
            round.batch = self.log.append(round.entries)
            with self._lock:
                self._before, self._writing = len(round.entries), False
                self._took = time.monotonic() - began
                self._change.notify_all()
        except BaseException as error:
            self._fail(round, error)
            if not isinstance(error, LogError):
                raise
        else:
            self._tell(round)

    def _take(self) -> _Round | None:
        """The next batch: at once for one worker; for many it waits a little for all of them."""
        with self._change:
            while self._writing or not (self._rounds[0].entries or self._closed):
                self._change.wait()
            round = self._rounds[0]
            self._awaited = min(self._before, MOST)
            last, seen = time.monotonic() + max(LONGEST, self._took), 0
            while seen < len(round.entries) < self._awaited and not self._closed:
                seen = len(round.entries)
                left = last - time.monotonic()
                if left <= 0:
                    break
                self._change.wait(min(left, FLUSH))
            if not round.entries:
                return None
            self._writing = True
            self._rounds.popleft()
            if not self._rounds:
                self._rounds.append(_Round())
            return round

    def _fail(self, round: _Round, error: BaseException) -> None:
        with self._lock:
            self._closed, self._writing = True, False
            self._change.notify_all()
            waiting, self._rounds = self._rounds, deque([_Round()])
        for each in (round, *waiting):
            each.error = error
            self._tell(each)

    @staticmethod
    def _tell(round: _Round) -> None:
        round.told = True
        round.done.set()
        for callback in round.callbacks:
            with suppress(Exception):  # whose event loop is closed keeps nobody else waiting
                callback()


def _check(entry: bytes) -> None:
    if len(entry) > MAX_ENTRY:
        raise refused("entry", f"an entry of {len(entry)} bytes", f"{MAX_ENTRY} at most")

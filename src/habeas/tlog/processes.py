"""Work that takes more than one core: jobs go to forked processes, results come back in order.

    function, jobs  ->  processes, a job each at a time  ->  results, in the jobs' order

Promise: it gives what `map` gives. Where a fork would not be safe, because other threads run, or there is one
core, it is `map`. A process ends with the one that began it, and holds what that holds (a log's lock) until then.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from mmap import mmap
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from habeas.tlog.disk import end_threads
from habeas.tlog.errors import LogError, refused

Job = TypeVar("Job")
Result = TypeVar("Result")
Answer = tuple[bool, Any]
"""Whether it failed, and the result or what was raised."""

MOST_AHEAD = 64
"""Results that wait for an earlier one."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int, room: int = 0
) -> Iterator[Result]:
    """What a function gives for each job; jobs are made as they are needed.

    room  bytes that the buffers (`pickle.PickleBuffer`) of one job have together at most

    Raises what the function raises, at the job's place, and `LogError` where a process was ended by
    somebody else. Held by `tests/tlog/test_processes.py`.
    """
    end_threads()
    if workers < 2 or threading.active_count() > 1 or not hasattr(os, "fork"):
        yield from map(function, jobs)
        return
    ours: list[Desk] = []
    processes: list[BaseProcess] = []
    try:
        for _ in range(workers):
            processes.append(_begun(function, ours, room))
        yield from _results(iter(jobs), deque(ours))
    finally:
        for each in ours:
            each.end.close()
        for process in processes:
            process.join()


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """Where a process gets its jobs: the end of a pipe, and memory that both see."""

    end: Connection
    room: mmap | None
    """Holds the buffers of the job that the process has; it is written to while the process is idle alone."""

    def send(self, job: object) -> None:
        """Send a job; buffers in it go through the memory, which takes less time than the pipe."""
        buffers: list[pickle.PickleBuffer] = []
        data = pickle.dumps(job, 5, buffer_callback=buffers.append)
        sizes, at = [], 0
        for one in buffers:
            with one.raw() as raw:
                if self.room is None or at + raw.nbytes > len(self.room):
                    raise ValueError("the buffers of a job are larger than its room")
                self.room[at : at + raw.nbytes] = raw
                sizes.append(raw.nbytes)
                at += raw.nbytes
        self.end.send((data, sizes))

    def receive(self, theirs: Connection) -> Any:
        """The job at the pipe's other end; its buffers hold until it is answered."""
        data, sizes = theirs.recv()
        room, buffers, at = memoryview(self.room or b""), [], 0
        for size in sizes:
            buffers.append(room[at : at + size])
            at += size
        return pickle.loads(data, buffers=buffers)  # noqa: S301  # ours


def _begun(function: Callable[[Job], Result], ours: list[Desk], room: int) -> BaseProcess:
    context = get_context("fork")
    end, theirs = context.Pipe()
    ours.append(Desk(end, mmap(-1, room) if room else None))
    process = context.Process(target=_work, args=(function, theirs, ours), daemon=True)
    process.start()
    theirs.close()
    return process


def _results(jobs: Iterator[Job], idle: deque[Desk]) -> Iterator[Result]:
    """Give each process a job, and another as soon as it has answered."""
    busy: dict[Connection, tuple[Desk, int]] = {}
    answers: dict[int, Answer] = {}
    due = 0
    for number, job in enumerate(jobs):
        while not idle or len(answers) > MOST_AHEAD:
            _take(busy, idle, answers)
            while due in answers:
                yield _result(answers.pop(due))
                due += 1
        desk = idle.popleft()
        with suppress(BrokenPipeError):  # then there is no answer either
            desk.send(job)
        busy[desk.end] = desk, number
    while busy or answers:
        while due in answers:
            yield _result(answers.pop(due))
            due += 1
        if busy:
            _take(busy, idle, answers)


def _take(
    busy: dict[Connection, tuple[Desk, int]], idle: deque[Desk], answers: dict[int, Answer]
) -> None:
    """Wait until at least one process has answered."""
    for end in wait(list(busy)):
        assert isinstance(end, Connection)  # noqa: S101  # `wait` gives back what it is given
        desk, number = busy.pop(end)
        try:
            answers[number] = end.recv()
        except (EOFError, ConnectionResetError) as error:
            raise refused("log", "a process that worked for it was ended", "try again") from error
        idle.append(desk)


def _result(answer: Answer) -> Any:
    failed, given = answer
    if not failed:
        return given
    if isinstance(given, tuple):
        kind, problems = given
        raise kind(problems)
    raise given


def _work(function: Callable[[Job], Result], theirs: Connection, ours: list[Desk]) -> None:
    """Answer until the other end is closed, which its owner's death does too; the last desk is its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in ours:
        each.end.close()
    with suppress(EOFError, OSError):
        while True:
            job = ours[-1].receive(theirs)
            try:
                answer: Answer = (False, function(job))
            except LogError as error:  # which its text alone does not make again
                answer = (True, (type(error), error.problems))
            except Exception as error:
                answer = (True, error)
            theirs.send(answer)

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
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int
) -> Iterator[Result]:
    """What a function gives for each job; jobs are made as they are needed.

    Raises what the function raises, at the job's place, and `LogError` where a process was ended by
    somebody else. Held by `tests/tlog/test_processes.py`.
    """
    end_threads()
    if workers < 2 or threading.active_count() > 1 or not hasattr(os, "fork"):
        yield from map(function, jobs)
        return
    ours: list[Connection] = []
    processes: list[BaseProcess] = []
    try:
        for _ in range(workers):
            processes.append(_begun(function, ours))
        yield from _results(iter(jobs), deque(ours))
    finally:
        for each in ours:
            each.close()
        for process in processes:
            process.join()


def _begun(function: Callable[[Job], Result], ours: list[Connection]) -> BaseProcess:
    context = get_context("fork")
    end, theirs = context.Pipe()
    ours.append(end)
    process = context.Process(target=_work, args=(function, theirs, ours), daemon=True)
    process.start()
    theirs.close()
    return process


def _results(jobs: Iterator[Job], idle: deque[Connection]) -> Iterator[Result]:
    """Give each process a job, and another as soon as it has answered."""
    busy: dict[Connection, int] = {}
    answers: dict[int, Answer] = {}
    due = 0
    for number, job in enumerate(jobs):
        while not idle or len(answers) > MOST_AHEAD:
            _take(busy, idle, answers)
            while due in answers:
                yield _result(answers.pop(due))
                due += 1
        end = idle.popleft()
        with suppress(BrokenPipeError):  # then there is no answer either
            _send(end, job)
        busy[end] = number
    while busy or answers:
        while due in answers:
            yield _result(answers.pop(due))
            due += 1
        if busy:
            _take(busy, idle, answers)


def _send(end: Connection, job: object) -> None:
    """Send a job; buffers in it go by themselves and are not copied."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(job, 5, buffer_callback=buffers.append)
    end.send((data, len(buffers)))
    for one in buffers:
        end.send_bytes(one.raw())


def _received(end: Connection) -> Any:
    data, buffers = end.recv()
    return pickle.loads(data, buffers=[end.recv_bytes() for _ in range(buffers)])  # noqa: S301  # ours


def _take(busy: dict[Connection, int], idle: deque[Connection], answers: dict[int, Answer]) -> None:
    """Wait until at least one process has answered."""
    for end in wait(list(busy)):
        assert isinstance(end, Connection)  # noqa: S101  # `wait` gives back what it is given
        try:
            answers[busy.pop(end)] = end.recv()
        except (EOFError, ConnectionResetError) as error:
            raise refused("log", "a process that worked for it was ended", "try again") from error
        idle.append(end)


def _result(answer: Answer) -> Any:
    failed, given = answer
    if not failed:
        return given
    if isinstance(given, tuple):
        kind, problems = given
        raise kind(problems)
    raise given


def _work(function: Callable[[Job], Result], theirs: Connection, ours: list[Connection]) -> None:
    """Answer until the other end is closed, which its owner's death does too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in ours:
        each.close()
    with suppress(EOFError, OSError):
        while True:
            job = _received(theirs)
            try:
                answer: Answer = (False, function(job))
            except LogError as error:  # which its text alone does not make again
                answer = (True, (type(error), error.problems))
            except Exception as error:
                answer = (True, error)
            theirs.send(answer)

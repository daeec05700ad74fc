"""Measuring on a machine that does other work too.

    contenders  ->  race  ->  the median of each;  function  ->  within  ->  its answer, or None

Promise: contenders take turns, so that what disturbs one disturbs all; nothing can hang the rest.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

Times = dict[str, float]
"""Seconds, by contender."""

YARDSTICK = "yardstick"
YARDSTICK_MEANS = "10,000 turns of a plain Python loop that looks a number up in a dictionary"

GUARD = 60.0
"""Seconds after which a measurement is given up."""

_NUMBERS = {number: number for number in range(256)}


def turn_yardstick() -> int:
    """The piece of work that every figure can be compared with."""
    total = 0
    for number in range(10_000):
        total += _NUMBERS[number & 255]
    return total


def race(
    contenders: dict[str, Callable[[], object]], rounds: int = 25, each: float = 0.01
) -> Times:
    """The median time of one call of each contender, and of the yardstick.

    Everybody is called once before. In every round each one is called for about `each` seconds.
    """
    entered = {YARDSTICK: turn_yardstick, **contenders}
    calls = {}
    for name, contender in entered.items():
        contender()
        took = min(_batch(contender, 1) for _ in range(5))
        calls[name] = max(1, round(each / took))
    taken: dict[str, list[float]] = {name: [] for name in entered}
    for _ in range(rounds):
        for name, contender in entered.items():
            taken[name].append(_batch(contender, calls[name]) / calls[name])
    return {name: median(found) for name, found in taken.items()}


def yardstick() -> float:
    """The yardstick's median now."""
    return median(_batch(turn_yardstick, 1) for _ in range(41))


def seconds(action: Callable[[], T]) -> tuple[float, T]:
    """How long one call takes, and what it gives."""
    start = perf_counter()
    made = action()
    return perf_counter() - start, made


def _batch(contender: Callable[[], object], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        contender()
    return perf_counter() - start


def within(limit: float, function: Callable[..., T], *given: object) -> T | None:
    """What a function of a module gives in a fresh process; None if it takes more than `limit` s.

    Raises `RuntimeError` with the other process's traceback if it fails.
    """
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe(duplex=False)
    process = fresh.Process(target=_answer, args=(theirs, function, given))
    process.start()
    theirs.close()
    try:
        if not ours.poll(limit):
            return None
        try:
            failed, answer = ours.recv()
        except EOFError:
            failed, answer = True, "the process ended without an answer"
        if failed:
            raise RuntimeError(f"{function.__module__}.{function.__name__}: {answer}")
        return answer  # type: ignore[no-any-return]  # what came through the pipe is what it gave
    finally:
        process.kill()
        process.join()
        ours.close()


def _answer(pipe: Connection, function: Callable[..., object], given: tuple[object, ...]) -> None:
    try:
        pipe.send((False, function(*given)))
    except Exception:
        pipe.send((True, traceback.format_exc()))

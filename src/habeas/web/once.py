"""While a page is put together, what it asks again and again is asked of the database once.

    page (GET)  ->  once  ->  kept(key, ask)  ->  what was answered the first time

Promise: nothing is kept from one request to the next, and nothing at all for an act: who may do it, and what decides,
is asked anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def once() -> Iterator[None]:
    """Within it, what `kept` is asked for a second time it answers as the first time."""
    before = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(before)


def kept(key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers; within `once`, what it answered when this key was first asked for."""
    there = _kept.get()
    if there is None:
        return ask()
    if key not in there:
        there[key] = ask()
    answer: T = there[key]
    return answer

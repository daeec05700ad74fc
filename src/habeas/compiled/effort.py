"""Effort: how many steps exact resolution may take, where somebody can do without its answer.

    at_most(steps)  ->  spend, in diagrams and effects of rows  ->  TooMuch, once more are needed

Promise: counted in steps and not by a clock, so that the same questions, asked in the same order from a
start on, end the same way on every machine (what was found before takes no steps again); outside of
`at_most` there is no bound. A step takes about ten microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class TooMuch(Exception):  # noqa: N818  # no error: whoever sets the bound goes on without the answer
    """An answer takes more steps than it may."""


class Effort:
    """How much was taken, of how much there is.

    taken  steps; never more than may be taken
    most   how many may be
    """

    __slots__ = ("most", "taken")

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0


_NOW: ContextVar[Effort | None] = ContextVar("effort", default=None)


@contextmanager
def at_most(steps: int) -> Iterator[Effort]:
    """A stretch of work that may take so many steps. Raises `TooMuch`.

    >>> with at_most(5) as effort:
    ...     spend(3)
    ...     effort.taken
    3
    """
    effort = Effort(steps)
    token = _NOW.set(effort)
    try:
        yield effort
    finally:
        _NOW.reset(token)


def spend(steps: int) -> None:
    """Take some steps. Raises `TooMuch` where fewer are left."""
    effort = _NOW.get()
    if effort is not None:
        if effort.taken + steps > effort.most:
            effort.taken = effort.most
            raise TooMuch
        effort.taken += steps

"""Where random choices come from: Hypothesis, or a fixed seed.

Dice  ->  pick, upto  ->  chance, some
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Dice(Protocol):
    """Where choices come from."""

    def pick(self, options: Sequence[T]) -> T: ...
    def upto(self, most: int) -> int: ...


class Drawn:
    """Dice that Hypothesis rolls."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw

    def pick(self, options: Sequence[T]) -> T:
        return options[self.upto(len(options) - 1)]

    def upto(self, most: int) -> int:
        return self.draw(_integers(most)) if most else 0


class Rolled:
    """Dice with a fixed seed."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(str(seed))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.upto(len(options) - 1)]

    def upto(self, most: int) -> int:
        return self.random.randint(0, most)


@lru_cache
def _integers(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


def chance(dice: Dice, one_in: int) -> bool:
    """Yes once in so many times; no when shrunk."""
    return dice.upto(one_in - 1) == one_in - 1


def some(dice: Dice, options: Sequence[T], least: int, most: int) -> list[T]:
    """Some of the options, each once."""
    left = list(options)
    found = []
    for _ in range(min(len(left), least + dice.upto(most - least))):
        found.append(left.pop(dice.upto(len(left) - 1)))
    return found

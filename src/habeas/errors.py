"""Errors that say where, what and what to do.

    problem (place, message, help)  ->  HabeasError  ->  text with a caret

Promise: whatever is wrong with an input is told with its place and a help line, and nothing that
was half done stays behind.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of one line of a text: 1-based line and column; `end` is one past its last column.

    Line 0 means the file as a whole (a Parquet file has no lines).
    """

    path: str
    line: int = 0
    col: int = 0
    end: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: lower case, no full stop, the user's words in backticks."""

    place: Place
    message: str
    help: str

    def render(self) -> str:
        """The problem as it is printed: place, line with caret, help."""
        lines = [f"{self.place}: {self.message}"]
        if self.place.line and self.place.text:
            number = str(self.place.line)
            pad = " " * len(number)
            shown = "".join(c if c.isprintable() else " " for c in self.place.text).rstrip()
            width = max(1, min(self.place.end, len(shown) + 1) - self.place.col)
            lines += [
                f"{pad} |",
                f"{number} | {shown}",
                f"{pad} | {' ' * (self.place.col - 1)}{'^' * width}",
            ]
        lines.append(f"help: {self.help}")
        return "\n".join(lines)


class HabeasError(Exception):
    """Something that a user can mend; carries its `Problem`s in the order of their places."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        listed = (
            [problems]
            if isinstance(problems, Problem)
            else sorted(problems, key=lambda problem: problem.place)
        )
        self.problems: tuple[Problem, ...] = tuple(listed)
        super().__init__("\n\n".join(problem.render() for problem in self.problems))


class LawError(HabeasError):
    """A pack, the vocabulary or a table of law that is not well formed."""


class InputError(HabeasError):
    """A request, a mapping or records that cannot be read, or that contradict the law's tables."""


def input_error(
    path: object, message: str, help: str, line: int = 0, col: int = 1, text: str = ""
) -> InputError:
    """An `InputError` about one file, with or without a line of it."""
    end = len(text) + 1 if text else col + 1
    return InputError(Problem(Place(str(path), line, col, end, text), message, help))


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 cell`, `2 cells`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def article(word: str) -> str:
    """A word with its article: `a state`, `an agency`."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """A help line: the nearest known word, else `otherwise`."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else otherwise

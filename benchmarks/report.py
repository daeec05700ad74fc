"""What was measured, for people: a table on the terminal and a page for review.

    Section (Row, Row, …)  ->  show, page

Promise: both say the same; the page names no machine and no path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from benchmarks.timing import GUARD

DID_NOT_FINISH = f"did not finish in {GUARD:.0f} s"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    seconds  a median; None: it did not finish, or (a limit of 0) was not run, and the note says why
    ratio    to what its section says
    goal     seconds that it should not exceed
    limit    seconds that it was given
    """

    what: str
    seconds: float | None
    ratio: float | None = None
    goal: float | None = None
    note: str = ""
    limit: float = GUARD

    def cells(self) -> tuple[str, str, str, str, str]:
        """What, median, ratio, goal, and whether it is met; the note stands with what."""
        what = f"{self.what} ({self.note})" if self.note else self.what
        median = f"did not finish in {self.limit:.0f} s" if self.limit else "**not run**"
        if self.seconds is not None:
            median = duration(self.seconds)
        ratio = "" if self.ratio is None else rounded(self.ratio)
        if self.goal is None:
            return (what, median, ratio, "", "")
        met = self.seconds is not None and self.seconds <= self.goal
        return (what, median, ratio, f"≤ {duration(self.goal)}", "met" if met else "**not met**")


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together; `ratio` names what they are held against."""

    title: str
    intro: str
    ratio: str
    rows: Sequence[Row]
    remarks: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Words:
    """A section without figures: a table of words, or none."""

    title: str
    intro: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def duration(seconds: float) -> str:
    """A time that people can compare."""
    if seconds >= 1:
        return f"{rounded(seconds)} s"
    return f"{rounded(seconds * 1e3)} ms" if seconds >= 1e-3 else f"{rounded(seconds * 1e6)} µs"


def rounded(number: float) -> str:
    """Three digits that count."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def show(part: Section | Words, console: Console) -> None:
    """Write one part on the terminal."""
    console.rule(_plain(part.title), align="left")
    console.print(Markdown(part.intro))
    header, rows = _table(part)
    if rows:
        table = Table(*(_plain(one) for one in header))
        table.columns[0].overflow = "fold"
        for column in table.columns[1:] if isinstance(part, Section) else ():
            column.justify = "right"
        for row in rows:
            table.add_row(*(_plain(one) for one in row))
        console.print(table)
    if isinstance(part, Section) and part.remarks:
        console.print(Markdown("\n".join(f"- {one}" for one in part.remarks)))
    console.print()


def page(heading: Iterable[str], parts: Iterable[Section | Words]) -> str:
    """The whole page in Markdown."""
    blocks = ["\n".join(heading)]
    for part in parts:
        blocks += [f"## {part.title}", part.intro] if part.intro else [f"## {part.title}"]
        header, rows = _table(part)
        if rows:
            right = isinstance(part, Section)
            rule = ["---", *("---:" if right else "---" for _ in header[1:])]
            blocks.append("\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows)))
        if isinstance(part, Section) and part.remarks:
            blocks.append("\n".join(f"- {one}" for one in part.remarks))
    return "\n\n".join(blocks) + "\n"


def _table(part: Section | Words) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    if isinstance(part, Words):
        return part.header, part.rows
    return ("what", "median", part.ratio, "goal", ""), [row.cells() for row in part.rows]


def _plain(text: str) -> str:
    return re.sub(r"[`*]", "", text)

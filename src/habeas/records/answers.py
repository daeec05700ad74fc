"""What the cells of one column answer.

    Target, Table  ->  answers  ->  one value a row (or None), and what was not mapped

Promise: a cell becomes a value only as the mapping says; else it is unknown, and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from habeas.errors import InputError, Problem
from habeas.law.facts import Value
from habeas.records.tables import Cell, Table
from habeas.records.targets import Target
from habeas.records.value import value_of


class Mark(Enum):
    """A cell that says something, but nothing that the mapping knows."""

    UNMAPPED = "unmapped"


Answered = Value | Mark | None


@dataclass(slots=True)
class Answers:
    """One answer a row; `unmapped` counts the cells that no value map knows."""

    values: list[Answered]
    unmapped: Counter[str]


def answers(target: Target, table: Table) -> Answers:
    """The answers of a target's column.

    Raises `InputError` at the first cell that is a date in none of the target's formats, or, where
    the target is strict, that is not mapped.
    """
    if target.column is None:
        return Answers([target.constant] * table.count, Counter())
    cells = table.cells[target.column]
    memo = _Memo(target, target.column in table.days)
    try:
        values = [memo[cell] for cell in cells]
    except _Unfit as unfit:
        row = cells.index(unfit.cell)
        place = table.place(row, target.column)
        raise InputError(Problem(place, unfit.message, unfit.help)) from None
    strange = {cell for cell, value in memo.items() if value is Mark.UNMAPPED}
    return Answers(values, Counter(cell for cell in cells if cell in strange and cell))


class _Unfit(Exception):  # noqa: N818 - caught above: it becomes an InputError
    def __init__(self, cell: str, message: str, help: str) -> None:
        self.cell, self.message, self.help = cell, message, help
        super().__init__(message)


class _Memo(dict[Cell, Answered]):
    """Each distinct cell is worked out once."""

    def __init__(self, target: Target, is_day: bool) -> None:
        super().__init__({None: None})
        self.target = target
        self.formats = ("%Y-%m-%d",) if is_day else target.formats
        self.days = [_Days(one) for one in self.formats]

    def __missing__(self, cell: Cell) -> Answered:
        found = self[cell] = self.work_out(str(cell))
        return found

    def work_out(self, cell: str) -> Answered:
        target = self.target
        if cell in target.unknown:
            return None
        found: Answered = Mark.UNMAPPED
        if target.values is not None:
            found = target.values.get(cell, Mark.UNMAPPED)
        elif target.fact.type == "date":
            return self.day(cell)
        else:
            with suppress(InputError):
                found = value_of(target.fact, cell, target.fact.place)
        if found is Mark.UNMAPPED and target.strict:
            raise _Unfit(
                cell,
                f"`{cell}` in column `{target.column}` is not mapped to `{target.path}`",
                "add it under `values`, or list it under `unknown`",
            )
        return found

    def day(self, cell: str) -> date:
        for days in self.days:
            found = days.read(cell)
            if found is not None:
                return found
        formats = "` or `".join(self.formats)
        raise _Unfit(
            cell,
            f"`{cell}` in column `{self.target.column}` is no day written as `{formats}`",
            "say under `format` how its days are written, and list under `unknown` what is none",
        )


_DIRECTIVES = {
    "%Y": r"(?P<Y>\d{4})",
    "%m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "%d": r"(?P<d>3[01]|[12]\d|0[1-9]|[1-9]| [1-9])",
    "%H": r"(?:2[0-3]|[01]\d|\d)",
    "%M": r"(?:[0-5]\d|\d)",
    "%S": r"(?:6[01]|[0-5]\d|\d)",
}
"""What `strptime` takes for the directives that most formats are made of."""


class _Days:
    """Reads days of one format as `strptime` does, by a pattern where one can say it."""

    def __init__(self, format: str) -> None:
        self.format = format
        parts = re.split(r"(%.)", format)
        known = all(part in _DIRECTIVES for part in parts if part[:1] == "%")
        spaced = any(part.split() != [part] for part in parts[::2] if part not in ("", " "))
        written = "".join(_DIRECTIVES.get(part) or re.escape(part) for part in parts)
        written = written.replace(r"\ ", r"\s+")
        self.pattern = re.compile(written, re.ASCII) if known and not spaced else None

    def read(self, cell: str) -> date | None:
        try:
            if self.pattern is None:
                return datetime.strptime(cell, self.format).date()
            if self.format == "%Y-%m-%d" and len(cell) != 10:
                return None
            match = self.pattern.fullmatch(cell)
            return date(int(match["Y"]), int(match["m"]), int(match["d"])) if match else None
        except ValueError:
            return None

"""Cases: a provision's own tests, cut into cells, each held against what its column can say.

    lines of a fence  ->  Table.read  ->  columns, rows of CaseCell

Promise: a case that names no fact, or says of one what it cannot be, is told when it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from habeas.errors import Place, Problem, counted, did_you_mean
from habeas.law.blocks import CaseCell
from habeas.law.dates import read_day
from habeas.law.source import Source
from habeas.law.vocabulary import PLACE, Fact, Vocabulary

EXPECTED = {
    "grant": ("required", "permitted"),
    "deny": ("forbidden", "no authority"),
    "refer": ("conflict", "missing facts", "judgement", "contested"),
}
"""What an item's cell may expect: `-`, a verdict, or `verdict/basis`."""

_COMMENT = re.compile(r"(^|\s)#(\s.*)?$")
_PARTED = "parted by two blanks or more"


class Table:
    """The table of one `cases` fence; `problems` holds what is wrong with it."""

    def __init__(
        self, source: Source, vocabulary: Vocabulary, definitions: Mapping[str, object]
    ) -> None:
        self.source = source
        self.vocabulary = vocabulary
        self.definitions = definitions
        self.problems: list[Problem] = []

    def problem(self, place: Place, message: str, help: str) -> None:
        """Keep a problem."""
        self.problems.append(Problem(place, message, help))

    def read(
        self, fence: Place, numbers: Iterable[int]
    ) -> tuple[tuple[str, ...], tuple[tuple[CaseCell, ...], ...]]:
        """The columns and the rows on these lines; `fence` is where an empty table is told."""
        lines = [line for number in numbers if (line := self.cut(number))]
        if len(lines) < 2:
            help_ = f"write a header, then a row for each case; columns are {_PARTED}"
            self.problem(fence, "these cases have no rows", help_)
            return (), ()
        columns = tuple(word for word, _ in lines[0])
        for index, (word, place) in enumerate(lines[0]):
            if word in columns[:index]:
                self.problem(place, f"the column `{word}` stands twice", "remove one")
            else:
                self.column(word, place)
        last, place = lines[0][-1]
        items = self.vocabulary.items
        if not self.problems and last not in self.definitions and not items.keys() & {*columns}:
            help_ = "name an item as a column, or last a definition"
            self.problem(place, "these cases test nothing", help_)
        return columns, tuple(row for line in lines[1:] if (row := self.row(columns, line)))

    def cut(self, number: int) -> list[tuple[str, Place]]:
        """The cells of a line, each with its place; comments left out."""
        start = self.source.starts[number - 1]
        text = _COMMENT.sub("", self.source.line(number))
        return [
            (match[0], self.source.span(start + match.start(), start + match.end()))
            for match in re.finditer(r"\S+(?: \S+)*", text)
        ]

    def row(
        self, columns: tuple[str, ...], cells: list[tuple[str, Place]]
    ) -> tuple[CaseCell, ...] | None:
        """A row with a cell for each column; None if it has more or fewer."""
        if len(cells) != len(columns):
            self.problem(
                self.source.whole_line(cells[0][1].line),
                f"{counted(len(cells), 'cell')} where the header has {len(columns)}",
                f"cells are {_PARTED}; write `?` for unknown and `-` where no rule settles it",
            )
            return None
        made = []
        for column, (text, place) in zip(columns, cells, strict=True):
            made.append(CaseCell(column, text, place))
            if help_ := self.wrong(column, text):
                self.problem(place, f"`{text}` is no value of `{column}`", help_)
        return tuple(made)

    def fact(self, column: str) -> Fact | None:
        """The fact that a header such as `purpose` or `conviction.level` names."""
        table, _, name = column.partition(".")
        return self.vocabulary.facts.get(column) or self.vocabulary.tables.get(table, {}).get(name)

    def column(self, word: str, place: Place) -> None:
        """Tell a header that is none."""
        known = [*self.vocabulary.facts, *self.vocabulary.items, *self.definitions, "as_of"]
        if word not in known and not self.fact(word):
            help_ = f"columns, {_PARTED}, are facts, definitions, `as_of`, `TABLE.COLUMN` and items"
            near = word if " " not in word else ""
            self.problem(place, f"unknown column `{word}`", did_you_mean(near, known, help_))

    def wrong(self, column: str, text: str) -> str:
        """What to write in a cell instead; empty if it is right, or its column is unknown."""
        fact = self.fact(column)
        if column in self.vocabulary.items:
            verdict, slash, basis = text.partition("/")
            bases = EXPECTED.get(verdict, ())
            good = text == "-" or (bases and (basis in bases or not slash))
            shown = (
                [verdict, *(f"{verdict}/{base}" for base in bases)] if bases else ["-", *EXPECTED]
            )
            listed = f"write {' or '.join(f'`{one}`' for one in shown)}"
            return "" if good else did_you_mean("" if bases else verdict, EXPECTED, listed)
        if column == "as_of":
            return "" if _is_day(text) else "write a day as `YYYY-MM-DD`"
        if text == "?":
            return ""
        if fact:
            return _wrong_value(fact, text)
        known = column in self.definitions
        return "write `yes`, `no` or `?`" if known and text not in ("yes", "no") else ""


def _wrong_value(fact: Fact, text: str) -> str:
    """What to write instead of a stated value; empty if the fact can have it."""
    if fact.type == "words":
        listed = f"write one of {', '.join(fact.words)}, or `?`"
        return "" if text in fact.words else did_you_mean(text, fact.words, listed)
    good, help_ = {
        "yes/no": (text in ("yes", "no"), "write `yes`, `no` or `?`"),
        "date": (_is_day(text), "write a day as `YYYY-MM-DD`, or `?`"),
        "number": (bool(re.fullmatch(r"[0-9]{1,18}", text)), "write a whole number, or `?`"),
        "place": (bool(PLACE.match(text)), "write a place as in `us-ca`, or `?`"),
    }.get(fact.type, (True, ""))
    return "" if good else help_


def _is_day(text: str) -> bool:
    try:
        return bool(read_day(text))
    except ValueError:
        return False

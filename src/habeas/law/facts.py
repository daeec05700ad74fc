"""Facts: what is known about one request and one person, and who says so.

    request file, records  ->  Facts  ->  interpreter, closure, resolution

Promise: a value that is not here is unknown; nothing is ever assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

SPEAKERS = ("requester", "records", "officer", "counsel", "court")
"""Who can be the source of a value (law language, section 3)."""

Value = bool | str | int | date
"""A stated answer: yes/no, a word, text or place, a whole number, a day. Never None."""

Row = dict[str, Value]
"""One row of a table; a column that is absent is unknown."""


class Said(NamedTuple):
    """Who said a value, and since when it was known."""

    by: str
    known_on: date | None = None


@dataclass(slots=True)
class Facts:
    """Everything known for deciding one request about one person.

    values    request and person facts by name
    items     facts of single items, keyed `(item, fact)`
    rows      tables: one dict a row
    complete  tables known to hold all of their rows
    sources   by path (`purpose`, `release_date.public`, `conviction[2].wobbler` with rows from 1,
              `conviction` for completeness); a path left out was said by the records
    """

    values: dict[str, Value] = field(default_factory=dict)
    items: dict[tuple[str, str], Value] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    sources: dict[str, tuple[Said, ...]] = field(default_factory=dict)

    def merged(self, other: Facts) -> Facts:
        """These facts and the other's together; `other` (the records) wins where both speak.

        A value that both state alike has the sources of both.
        """
        sources = {**self.sources, **other.sources}
        both = self.values.keys() & other.values.keys()
        both_items = self.items.keys() & other.items.keys() if self.items else ()
        for path in (*both, *(f"{item}.{fact}" for item, fact in both_items)):
            theirs = other.said_by(path)
            sources[path] = (
                (*theirs, *self.said_by(path)) if other.get(path) == self.get(path) else theirs
            )
        return Facts(
            {**self.values, **other.values},
            {**self.items, **other.items},
            {**self.rows, **other.rows} if self.rows else other.rows,
            self.complete | other.complete if self.complete else other.complete,
            sources,
        )

    def flat(self) -> Iterable[tuple[str, Value]]:
        """Every stated value with its path."""
        yield from self.values.items()
        for (item, fact), value in self.items.items():
            yield f"{item}.{fact}", value
        for table, rows in self.rows.items():
            for number, row in enumerate(rows, 1):
                for column, value in row.items():
                    yield f"{table}[{number}].{column}", value
        for table in self.complete:
            yield table, True

    def get(self, path: str) -> Value | None:
        """The value at a path, or None where it is unknown."""
        if path in self.values:
            return self.values[path]
        if path in self.complete:
            return True
        head, _, column = path.partition("].")
        if column:
            table, _, number = head.partition("[")
            rows = self.rows.get(table, [])
            index = int(number) - 1
            return rows[index].get(column) if index < len(rows) else None
        item, _, fact = path.partition(".")
        return self.items.get((item, fact)) if fact else None

    def said_by(self, path: str) -> tuple[Said, ...]:
        """Who says the value at a path; the records where nobody is named."""
        return self.sources.get(path, (Said("records"),))

    def unconfirmed(self) -> frozenset[str]:
        """Paths of the values whose only source is the requester."""
        return frozenset(
            [
                path
                for path, said in self.sources.items()
                if said and said[0].by == "requester" and all(one.by == "requester" for one in said)
            ]
        )

    def changed(self, change: Callable[[str, Value], Value]) -> Facts:
        """The same facts with other values: `change` gives one for each path and value.

        Sources are left out: nobody has said these.
        """
        return Facts(
            {name: change(name, value) for name, value in self.values.items()},
            {(i, name): change(f"{i}.{name}", value) for (i, name), value in self.items.items()},
            {
                table: [
                    {column: change(f"{table}[{n}].{column}", v) for column, v in row.items()}
                    for n, row in enumerate(rows, 1)
                ]
                for table, rows in self.rows.items()
            },
            self.complete,
        )

    def without(self, paths: Iterable[str]) -> Facts:
        """The same facts with the values at these paths unknown."""
        gone = set(paths)
        return Facts(
            {name: value for name, value in self.values.items() if name not in gone},
            {key: value for key, value in self.items.items() if f"{key[0]}.{key[1]}" not in gone},
            {
                table: [
                    {c: v for c, v in row.items() if f"{table}[{number}].{c}" not in gone}
                    for number, row in enumerate(rows, 1)
                ]
                for table, rows in self.rows.items()
            },
            self.complete - gone,
            {path: said for path, said in self.sources.items() if path not in gone},
        )

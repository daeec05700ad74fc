"""Custody records as facts: one person after the other, whatever the jail's own tables look like.

    folder of CSV or Parquet, mapping.yaml  ->  read_records  ->  Records (Person, Person, …)

Promise: of an item's value nothing is kept but whether there is one; what the records do not say,
or say in two ways, is unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from habeas.law.facts import Facts, Row, Value


@dataclass(frozen=True, slots=True)
class Person:
    """One person's record.

    id     her key in the jail's tables
    facts  what the records say of her; no sources, for the records said it
    has    the items of which the records hold a value
    """

    id: str
    facts: Facts
    has: frozenset[str]


@dataclass(slots=True)
class Filled:
    """How much of one thing that is mapped the records fill.

    path       `minor`, `name`, `name.public`, `conviction.level`, `conviction`
    kind       `fact`, `item`, `item fact`, `column`, `completeness`
    source     file and columns, or the constant
    total      people, or rows
    filled     of them, those with a value
    unmapped   cells that no value map knows, each with how often it stands there
    disagree   people whose rows answer in more than one way, so that it is unknown
    """

    path: str
    kind: str
    source: str
    total: int
    filled: int
    unmapped: Counter[str] = field(default_factory=Counter)
    disagree: int = 0


@dataclass(slots=True)
class Orphans:
    """Rows of one file whose key is nobody's (`samples`), or that have none (`blank`)."""

    file: str
    key: str
    rows: int
    blank: int
    samples: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """What was seen in reading, for `check_records`.

    unused     files that the mapping reads, with their columns that nothing uses
    unread     data files of the folder that the mapping does not read
    left_out   by table or item: rows that do not count, by the cell that `where` asks for
    unsettled  by table or item: rows of which `where` does not say whether they count
    """

    filled: list[Filled] = field(default_factory=list)
    orphans: list[Orphans] = field(default_factory=list)
    unused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    unsettled: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Records:
    """All people of a folder of records, in the order of the person's file.

    Use `people` and `get`: they put a person together from what is kept column by column.

    keys        everybody's id
    items       the items that are mapped
    facts       one value a person
    constants   item facts that are the same for everybody
    item_facts  other item facts: one value a person, and the items and facts that it answers
    rows        each table's rows, a list a person
    complete    tables that somebody says are complete: whether this person's is
    has         the items of which there is a value
    """

    keys: list[str]
    items: tuple[str, ...]
    facts: dict[str, list[Value | None]]
    constants: dict[tuple[str, str], Value]
    item_facts: list[tuple[list[Value | None], tuple[tuple[str, str], ...]]]
    rows: dict[str, list[list[Row]]]
    complete: dict[str, list[bool]]
    has: list[frozenset[str]]
    notes: Notes
    _index: dict[str, int] = field(init=False)
    _items: dict[tuple[Value | None, ...], dict[tuple[str, str], Value]] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self._index = {key: number for number, key in enumerate(self.keys)}

    @property
    def count(self) -> int:
        """How many people."""
        return len(self.keys)

    def ids(self) -> tuple[str, ...]:
        """Everybody's id."""
        return tuple(self.keys)

    def people(self) -> Iterator[Person]:
        """Everybody; each with facts of her own, which may be changed."""
        return map(self._person, range(len(self.keys)))

    def get(self, id: str) -> Person | None:
        """The person with this id; None where there is no record of her."""
        number = self._index.get(id)
        return None if number is None else self._person(number)

    def _person(self, number: int) -> Person:
        values: dict[str, Value] = {}
        for name, column in self.facts.items():
            value = column[number]
            if value is not None:
                values[name] = value
        rows = {
            table: [row.copy() for row in owned[number]]
            for table, owned in self.rows.items()
            if owned[number]
        }
        complete = frozenset(table for table, said in self.complete.items() if said[number])
        facts = Facts(values, self._item_facts(number), rows, complete)
        return Person(self.keys[number], facts, self.has[number])

    def _item_facts(self, number: int) -> dict[tuple[str, str], Value]:
        """Put together once for all people whose answers are the same."""
        answers = tuple(values[number] for values, _ in self.item_facts)
        made = self._items.get(answers)
        if made is None:
            made = dict(self.constants)
            for value, (_, keys) in zip(answers, self.item_facts, strict=True):
                if value is not None:
                    made.update(dict.fromkeys(keys, value))
            self._items[answers] = made
        return made.copy()

"""Custody records as facts: one person after the other, whatever the jail's own tables look like.

    folder or database, mapping.yaml  ->  read_records  ->  Records (Person, Person, …)

Promise: of an item's value nothing is kept but whether there is one; what the records do not say,
or say in two ways, is unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType

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
    source     file (or table of a database) and columns, or the constant
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
    unread     data files of the folder, or tables of the database, that the mapping does not read
    left_out   by table or item: rows that do not count, by the cell that `where` asks for
    unsettled  by table or item: rows of which `where` does not say whether they count
    """

    filled: list[Filled] = field(default_factory=list)
    orphans: list[Orphans] = field(default_factory=list)
    unused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    unsettled: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, other: Notes) -> None:
        """Take in what was seen of other people of the same records."""
        known = {(one.path, one.kind, one.source): one for one in self.filled}
        for one in other.filled:
            before = known.get((one.path, one.kind, one.source))
            if before is None:
                self.filled.append(one)
                continue
            before.total += one.total
            before.filled += one.filled
            before.unmapped.update(one.unmapped)
            before.disagree += one.disagree
        self.orphans += other.orphans
        for mine, theirs in (
            (self.left_out, other.left_out),
            (self.unsettled, other.unsettled),
        ):
            for path, cells in theirs.items():
                mine.setdefault(path, Counter()).update(cells)


@dataclass(slots=True)
class Batch:
    """Some people of the records, kept column by column; `people` and `get` put a person together.

    keys        everybody's id
    facts       one value a person
    constants   item facts that are the same for everybody
    item_facts  other item facts: one value a person, and the items and facts that it answers
    rows        each table's rows, a list a person
    complete    tables that somebody says are complete: whether this person's is
    has         the items of which there is a value
    """

    keys: list[str]
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

    def people(self) -> Iterator[Person]:
        """All of them; each with facts of her own, which may be changed."""
        return map(self._person, range(len(self.keys)))

    def get(self, id: str) -> Person | None:
        """The person with this id; None where she is not among them."""
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


@dataclass(slots=True)
class Group:
    """Some people who were put together already."""

    persons: dict[str, Person]
    notes: Notes = field(default_factory=Notes)

    @property
    def keys(self) -> list[str]:
        """Everybody's id."""
        return list(self.persons)

    def people(self) -> Iterator[Person]:
        """All of them."""
        return iter(self.persons.values())

    def get(self, id: str) -> Person | None:
        """The person with this id; None where she is not among them."""
        return self.persons.get(id)


SLICE = 1_000
"""People that are asked for by name, at a time."""


class Records:
    """All people of a folder of records or of a database, in the order of the person's file, or
    (database) of their ids.

    A database is read again for each pass, batch after batch, all within one read-only transaction,
    so that every pass sees the same; `close`, or the end of a `with`, lets it go.
    """

    def __init__(
        self,
        read: Callable[[Sequence[str] | None], Iterator[Batch | Group]],
        survey: Callable[[Notes], None] = lambda notes: None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """`read` gives the batches that hold these people, or everybody; `survey` adds what no batch
        sees to the notes of all."""
        self._read = read
        self._survey = survey
        self._close = close
        self._passed: tuple[tuple[str, ...], Notes] | None = None

    @classmethod
    def of(cls, batch: Batch) -> Records:
        """The people of one batch."""
        made = cls(lambda ids: iter((batch,)))
        made._passed = tuple(batch.keys), batch.notes
        return made

    def __enter__(self) -> Records:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the database go; nothing can be read after."""
        self._close()

    @property
    def count(self) -> int:
        """How many people."""
        return len(self.ids())

    @property
    def notes(self) -> Notes:
        """What was seen in reading all of them."""
        return self._pass()[1]

    def ids(self) -> tuple[str, ...]:
        """Everybody's id."""
        return self._pass()[0]

    def people(self) -> Iterator[Person]:
        """Everybody; each with facts of her own, which may be changed."""
        for batch in self._read(None):
            yield from batch.people()

    def named(self, ids: Sequence[str]) -> Iterator[Person]:
        """The people with these ids, in their order; of one without a record nothing is known."""
        for start in range(0, len(ids), SLICE):
            some = ids[start : start + SLICE]
            found = {
                one: person
                for batch in self._read(some)
                for one in some
                if (person := batch.get(one)) is not None
            }
            for one in some:
                yield found.get(one) or Person(one, Facts(), frozenset())

    def get(self, id: str) -> Person | None:
        """The person with this id; None where there is no record of her."""
        for batch in self._read((id,)):
            found = batch.get(id)
            if found is not None:
                return found
        return None

    def _pass(self) -> tuple[tuple[str, ...], Notes]:
        if self._passed is None:
            keys: list[str] = []
            notes = Notes()
            for batch in self._read(None):
                keys += batch.keys
                notes.add(batch.notes)
            self._survey(notes)
            self._passed = tuple(keys), notes
        return self._passed

"""The values of a person's items: those that were granted, and no others.

    source, mapping, granted items  ->  read_values  ->  item -> its values as text

Promise: of the records nothing is read but the person's key, the columns of these items, and the columns that
choose among their rows; what was not granted is not asked for, so it cannot be handed out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.vocabulary import Vocabulary
from habeas.records.database import Database, _Reading
from habeas.records.filling import Tables, _Filling
from habeas.records.node import Node
from habeas.records.reading import _load, _mapping, _unfit, open_tables
from habeas.records.records import SLICE
from habeas.records.tables import Cell, Table
from habeas.records.targets import ItemTarget, Mapping, Use


def read_values(
    source: Path | str,
    mapping: Path | Node | None,
    vocabulary: Vocabulary,
    person_id: str,
    items: Iterable[str],
    *,
    labelled: bool = True,
) -> dict[str, tuple[str, ...]]:
    """The values of one person's items, in the order of the items' names.

    source, mapping  as `read_records` takes them
    person_id        her key in the jail's tables
    items            what was granted
    labelled         False: the cells alone, without the names of their columns

    An item of which the records hold one cell has that cell's text; where it has several columns, or several rows
    hold it, each is `column: text`, a row's cells in the order of the mapping, rows in the order of their texts. So
    the same records give the same values wherever they live. Of the person's own file, where several rows are one
    person, rows that say the same are one. An item that nothing is held of has no values; an item that the mapping
    has no place for is left out: nobody knows.

    Raises `InputError`: an item that the vocabulary does not have; a person who is not in the records, or twice;
    and as `read_records` does, for what concerns these items. Held by `tests/records/test_values.py`.
    """
    read = read_values_of_each(source, mapping, vocabulary, [person_id], items, labelled=labelled)
    return read[person_id]


def read_values_of_each(
    source: Path | str,
    mapping: Path | Node | None,
    vocabulary: Vocabulary,
    people: Sequence[str],
    items: Iterable[str],
    *,
    labelled: bool = True,
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The values of several people's items, by person: each as `read_values` gives them, the records read once.

    people  their keys in the jail's tables; of all of them the same items were granted

    Raises as `read_values` does. Held by `tests/records/test_values.py`.
    """
    granted = sorted(set(items))
    _known(granted, vocabulary)
    tables = open_tables(source)
    try:
        fitted = _Granted.of(_mapping(tables, mapping, vocabulary), frozenset(granted))
        if tables.database is None:
            read: Tables = _of_folder(_load(tables, fitted), fitted)
            return _values(fitted, read, people, tables.shown, labelled)
        problems = _unfit(tables, fitted, tables.names(), tables.header)
        if problems:
            raise InputError(problems)
        made = {}
        for start in range(0, len(people), SLICE):
            some = people[start : start + SLICE]
            read = _of_database(tables.database, fitted, some)
            made.update(_values(fitted, read, some, tables.shown, labelled))
        return made
    finally:
        tables.close()


def _known(items: Sequence[str], vocabulary: Vocabulary) -> None:
    listed = f"items are {', '.join(sorted(vocabulary.items))}"
    problems = [
        Problem(
            Place("items"), f"unknown item `{item}`", did_you_mean(item, vocabulary.items, listed)
        )
        for item in items
        if item not in vocabulary.items
    ]
    if problems:
        raise InputError(problems)


@dataclass(slots=True)
class _Granted(Mapping):
    """A mapping of granted items alone, of whose columns the cells are read."""

    @staticmethod
    def of(whole: Mapping, granted: frozenset[str]) -> _Granted:
        some = [target for target in whole.items if target.item in granted]
        return _Granted(whole.node, whole.person, whole.files, whole.unknown, items=some)

    def uses(self) -> Iterator[Use]:
        for use in Mapping.uses(self):
            yield use._replace(nothing=None)


def _of_folder(read: dict[str, Table], mapping: Mapping) -> Tables:
    return {(use.file, use.key): read[use.file] for use in mapping.uses()}


def _of_database(database: Database, mapping: Mapping, people: Sequence[str]) -> Tables:
    reading = _Reading(database, mapping)
    reading.check()
    return {
        key: reading.table(
            stream, list(database.rows(reading.question(stream, people), stream.file))
        )
        for key, stream in reading.streams.items()
    }


def _values(
    mapping: Mapping, tables: Tables, people: Sequence[str], shown: str, labelled: bool
) -> dict[str, dict[str, tuple[str, ...]]]:
    filling = _Filling(mapping, tables)
    filling.people()
    filling.stop()
    numbers: dict[str, int] = {}
    for one in people:
        number = filling.index.get(one)
        if number is None:
            raise InputError(
                Problem(
                    Place(shown),
                    f"`{one}` is nobody's key",
                    "see whether she was taken out of the records since they were decided by",
                )
            )
        numbers[one] = number
    made: dict[str, dict[str, tuple[str, ...]]] = {one: {} for one in people}
    for target in sorted(mapping.items, key=lambda one: one.item):
        rows = _rows(filling, target, frozenset(numbers.values()))
        for one, number in numbers.items():
            made[one][target.item] = _texts(target, rows.get(number, []), labelled)
    return made


def _rows(
    filling: _Filling, target: ItemTarget, numbers: frozenset[int]
) -> dict[int, list[tuple[Cell, ...]]]:
    """The cells of the rows that count of these people, by person; None for what says nothing."""
    rows, person = target.rows, filling.mapping.person
    owners, kept = filling.owners(rows), filling.kept(rows, target.item)
    cells = filling.tables[rows.file, rows.key].cells
    found: dict[int, list[tuple[Cell, ...]]] = {}
    for row, owner in enumerate(owners):
        if owner in numbers and (kept is None or kept[row] is True):
            told = tuple(
                None if (cell := cells[column][row]) in target.unknown else cell
                for column in target.columns
            )
            found.setdefault(owner, []).append(told)
    if (rows.file, rows.key) == (person.file, person.key):
        found = {owner: list(dict.fromkeys(mine)) for owner, mine in found.items()}
    return {
        owner: sorted(
            (row for row in mine if any(row)), key=lambda row: [cell or "" for cell in row]
        )
        for owner, mine in found.items()
    }


def _texts(target: ItemTarget, rows: Sequence[tuple[Cell, ...]], labelled: bool) -> tuple[str, ...]:
    bare = not labelled or (len(target.columns) == 1 and len(rows) == 1)
    return tuple(
        cell if bare else f"{column}: {cell}"
        for row in rows
        for column, cell in zip(target.columns, row, strict=True)
        if cell is not None
    )

"""The facts of people, kept so that what was decided by them can be decided again.

    Person, Person, …  ->  KeptFacts  ->  Parquet (person, facts as JSON)  ->  read_kept  ->  Records

Promise: what is read back is what was kept: the same people, in the same order, with the same facts.
No value of an item is among them, for the records never read one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from habeas.errors import InputError, Place, Problem, input_error
from habeas.law.facts import Facts, Value
from habeas.law.vocabulary import Fact, Vocabulary
from habeas.records.records import Group, Person, Records
from habeas.records.value import value_of

GROUP = 5_000
"""People in a row group: what is in memory at a time."""

_SCHEMA = pa.schema([("person", pa.string()), ("facts", pa.string())])


class KeptFacts:
    """Takes people one after the other, and gives a Parquet file of them, compressed, in memory."""

    def __init__(self) -> None:
        self.out = pa.BufferOutputStream()
        self.writer = parquet.ParquetWriter(self.out, _SCHEMA, compression="zstd")
        self.people: list[str] = []
        self.facts: list[str] = []

    def add(self, person: Person) -> None:
        """Keep a person's facts, of which the records said all. Raises `ValueError` otherwise."""
        if person.facts.sources:
            raise ValueError("facts that somebody else said are the request's to keep")
        self.people.append(person.id)
        self.facts.append(facts_json(person.facts))
        if len(self.people) == GROUP:
            self._write()

    def done(self) -> pa.Buffer:
        """The file's bytes; nothing can be added after."""
        self._write()
        self.writer.close()
        return self.out.getvalue()

    def _write(self) -> None:
        if self.people:
            self.writer.write_table(pa.table([self.people, self.facts], schema=_SCHEMA))
            self.people, self.facts = [], []


def facts_json(facts: Facts) -> str:
    """A person's facts as JSON, days as `YYYY-MM-DD`. Sources are not in it: the records said all.

    >>> facts_json(Facts({"minor": False}, {("name", "public"): True}))
    '{"values":{"minor":false},"items":{"name":{"public":true}}}'
    """
    items: dict[str, dict[str, Any]] = {}
    for (item, fact), value in facts.items.items():
        items.setdefault(item, {})[fact] = _plain(value)
    parts = {
        "values": {name: _plain(value) for name, value in facts.values.items()},
        "items": items,
        "rows": {
            table: [{name: _plain(value) for name, value in row.items()} for row in rows]
            for table, rows in facts.rows.items()
        },
        "complete": sorted(facts.complete),
    }
    kept = {name: part for name, part in parts.items() if part}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def read_kept(kept: Path | bytes, vocabulary: Vocabulary) -> Records:
    """People whose facts were kept, in the order in which they were added.

    kept  the file, or its bytes: what lies encrypted need not be written out to be read

    Raises `InputError`: no such file, not one of ours; and, while people are read, a fact that the
    vocabulary does not have or that is not of its type.
    """
    path = kept if isinstance(kept, Path) else Path("kept facts")

    def opened() -> parquet.ParquetFile:
        return parquet.ParquetFile(kept if isinstance(kept, Path) else pa.BufferReader(kept))

    try:
        with opened() as file:
            if file.schema_arrow.names != _SCHEMA.names:
                raise input_error(path, "these are no kept facts", "name a file that Habeas wrote")
    except (pa.ArrowException, OSError):
        raise input_error(
            path, "not a whole Parquet file: it is cut off or damaged", "copy it again"
        ) from None

    def read(ids: Sequence[str] | None) -> Iterator[Group]:
        wanted = None if ids is None else set(ids)
        with opened() as file:
            for number in range(file.num_row_groups):
                yield _group(file.read_row_group(number), wanted, path, vocabulary)

    return Records(read)


def _group(table: pa.Table, wanted: set[str] | None, path: Path, vocabulary: Vocabulary) -> Group:
    people: dict[str, Person] = {}
    for id, text in zip(*(column.to_pylist() for column in table.columns), strict=True):
        if wanted is None or id in wanted:
            place = Place(f"{path}: person {id}")
            people[id] = Person(id, _facts(text, vocabulary, place), frozenset())
    return Group(people)


def _facts(text: str, vocabulary: Vocabulary, place: Place) -> Facts:
    try:
        read = json.loads(text)
        values = {
            name: value_of(vocabulary.facts[name], value, place)
            for name, value in read.get("values", {}).items()
        }
        items = {
            (item, fact): value_of(vocabulary.facts[fact], value, place)
            for item, answers in read.get("items", {}).items()
            for fact, value in answers.items()
        }
        rows = {
            table: [_row(row, vocabulary.tables[table], place) for row in given]
            for table, given in read.get("rows", {}).items()
        }
        return Facts(values, items, rows, frozenset(read.get("complete", ())))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        told = f"these are no facts of this vocabulary: {error}"
        raise InputError(Problem(place, told, "read them with the law that they were kept with")) from None  # fmt: skip


def _row(row: Mapping[str, Any], columns: Mapping[str, Fact], place: Place) -> dict[str, Value]:
    return {name: value_of(columns[name], value, place) for name, value in row.items()}


def _plain(value: Value) -> bool | int | str:
    return value.isoformat() if isinstance(value, date) else value

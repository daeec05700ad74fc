"""Decisions about many people, equal answers mostly kept once.

    (person, (answer, …)) …  ->  gather  ->  Decisions  ->  batches, Arrow table

Promise: the same fields as `Decision`, a row for each, in the order in which they were made; what
is held grows with the people by a few bytes each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from habeas.decisions.decision import Decision

ROWS = 50_000
"""About how many rows a batch has."""

ANSWERS = 10_000
"""Distinct answers that are held as they came; then they are put away as columns."""

SCHEMA = pa.schema(
    [
        ("request", pa.string()),
        ("person", pa.string()),
        ("item", pa.string()),
        ("verdict", pa.string()),
        ("basis", pa.string()),
        ("rules", pa.list_(pa.string())),
        ("defeated", pa.list_(pa.struct([("rule", pa.string()), ("by", pa.list_(pa.string()))]))),
        ("missing", pa.list_(pa.struct([("fact", pa.string()), ("who", pa.list_(pa.string()))]))),
        (
            "duties",
            pa.list_(
                pa.struct(
                    [
                        ("duty", pa.string()),
                        ("act", pa.string()),
                        ("actor", pa.string()),
                        ("due", pa.string()),
                        ("certain", pa.bool_()),
                    ]
                )
            ),
        ),
        ("law", pa.string()),
        ("as_of", pa.date32()),
        ("unchecked", pa.list_(pa.string())),
    ]
)
"""The columns; a duty's `due` is `YYYY-MM-DD`, `promptly`, `FROM_RECORD` or null."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Every decision of one request.

    items     as the request asks for them: each person has a decision about each, in this order
    people    ids, in the order in which they were decided about
    profiles  of each person: which row of `ways` is hers
    ways      answers to everything that was asked: an answer's number for each item
    answers   answers, few of them alike: columns as in `SCHEMA`, with an empty `person`
    """

    items: tuple[str, ...]
    people: pa.Array
    profiles: pa.Array
    ways: tuple[tuple[int, ...], ...]
    answers: pa.Table

    @property
    def count(self) -> int:
        """How many decisions."""
        return len(self.people) * len(self.items)

    def people_of_ways(self) -> list[int]:
        """How many people have each of `ways`."""
        counted = Counter(self.profiles.to_pylist())
        return [counted[way] for way in range(len(self.ways))]

    def batches(self, rows: int = ROWS) -> Iterator[pa.RecordBatch]:
        """All decisions, row by row, about `rows` at a time; columns as `SCHEMA`."""
        yield from self.spread(self.answers, rows)

    def spread(self, answers: pa.Table, rows: int = ROWS) -> Iterator[pa.RecordBatch]:
        """The same with other columns for each answer, `person` among them, in the same order."""
        width = len(self.items)
        if not width:
            return
        ways = pa.FixedSizeListArray.from_arrays(
            pa.array([answer for way in self.ways for answer in way], pa.int64()), width
        )
        at = answers.schema.get_field_index("person")
        step = max(1, rows // width)
        for start in range(0, len(self.people), step):
            wanted = ways.take(self.profiles.slice(start, step)).flatten()
            people = self.people.slice(start, step)
            person = pa.array(range(len(people) * width), pa.int64())
            taken = answers.take(wanted).combine_chunks()
            made = taken.set_column(
                at, answers.schema.field(at), people.take(pc.divide(person, width))
            )
            yield from made.to_batches()

    def table(self) -> pa.Table:
        """All of them as one Arrow table."""
        return pa.Table.from_batches(self.batches(), SCHEMA)


def gather(
    request: str,
    items: Sequence[str],
    people: Iterable[tuple[str, Sequence[tuple[Any, ...]]]],
) -> Decisions:
    """Take in decisions: for each person one answer an item (`Decision` without its first three
    fields), where equal answers are mostly one object."""
    distinct: dict[tuple[int, int], int] = {}
    kept: list[tuple[str, tuple[Any, ...]]] = []  # alive, so that no `id` is another's
    tables: list[pa.Table] = []
    ways: dict[tuple[int, ...], int] = {}
    ids: list[str] = []
    profiles: list[int] = []
    before = 0

    def put_away() -> None:
        rows = [_row(Decision(request, "", item, *rest)) for item, rest in kept]
        tables.append(pa.Table.from_pylist(rows, schema=SCHEMA))
        kept.clear()
        distinct.clear()

    for person, answers in people:
        way = []
        for number, rest in enumerate(answers):
            key = (number, id(rest))
            index = distinct.get(key)
            if index is None:
                index = distinct[key] = before + len(kept)
                kept.append((items[number], rest))
            way.append(index)
        ids.append(person)
        profiles.append(ways.setdefault(tuple(way), len(ways)))
        if len(kept) >= ANSWERS:
            before += len(kept)
            put_away()
    put_away()
    return Decisions(
        tuple(items),
        pa.array(ids, pa.string()),
        pa.array(profiles, pa.int64()),
        tuple(ways),
        pa.concat_tables(tables).combine_chunks(),
    )


def _row(decision: Decision) -> dict[str, Any]:
    row = decision.to_json()
    row["as_of"] = date.fromisoformat(row["as_of"])
    return row

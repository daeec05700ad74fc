"""Decisions as an Arrow table.

    (person, (item, rest of the decision) …) …  ->  decisions_table  ->  pyarrow.Table

Promise: the same fields as `Decision`, a row for each, in the order in which they were made.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from habeas.decisions.decision import Decision

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
"""The columns; a duty's `due` is `YYYY-MM-DD`, `promptly` or null."""


def decisions_table(
    request: str, people: Iterable[tuple[str, Iterable[tuple[str, tuple[Any, ...]]]]]
) -> pa.Table:
    """Every decision as a row; equal answers are made into columns once and then repeated."""
    distinct: dict[int, int] = {}
    kept: list[Decision] = []
    persons: list[str] = []
    at: list[int] = []
    alive: list[tuple[Any, ...]] = []
    for person, answers in people:
        for item, rest in answers:
            index = distinct.get(id(rest))
            if index is None:
                index = distinct[id(rest)] = len(kept)
                alive.append(rest)
                kept.append(Decision(request, "", item, *rest))
            persons.append(person)
            at.append(index)
    answers_table = pa.Table.from_pylist([_row(one) for one in kept], schema=SCHEMA)
    table = answers_table.take(pa.array(at, pa.int64())).combine_chunks()
    return table.set_column(1, SCHEMA.field(1), pa.array(persons, pa.string()))


def _row(decision: Decision) -> dict[str, Any]:
    row = decision.to_json()
    row["as_of"] = date.fromisoformat(row["as_of"])
    return row

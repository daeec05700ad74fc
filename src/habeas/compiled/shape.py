"""The shape of what is left open: equal for facts that leave the same questions.

    open questions of an item's law, Facts  ->  shape_of  ->  Shape (key, the rows it is about)

Promise: two states of the facts with one key have the same finding, but for the numbers of rows and
the name of the item in what is missing.

Of a date that is compared with an unknown one the day is part of the shape; of whatever has been
answered nothing is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

from habeas.compiled.residual import Open, OpenCount, OpenJoin, OpenLeaf, OpenNot, inside
from habeas.law.facts import Facts
from habeas.law.interpreter import Finding

Numbers = dict[str, list[int]]
"""For each table the numbers of the rows that questions are about, in the order of a key."""


class Shape(NamedTuple):
    """A key (a digest, for the whole of it would be long), and the rows that it is about."""

    key: bytes
    numbers: Numbers


def renamed(found: Finding, item: str, numbers: Numbers, now: str, others: Numbers) -> Finding:
    """A finding about some rows and an item, as that about other rows and an item of one key."""
    if not found.missing or (item == now and numbers == others):
        return found
    rows = {
        f"{table}[{old}": f"{table}[{new}"
        for table, olds in numbers.items()
        for old, new in zip(olds, others[table], strict=True)
    }
    made = []
    for path in found.missing:
        head, bracket, column = path.partition("].")
        if bracket:
            made.append(f"{rows[head]}].{column}")
        else:
            made.append(now + path[len(item) :] if path.startswith(f"{item}.") else path)
    return found._replace(missing=tuple(sorted(made)))


def shape_of(own: Mapping[str, Open | bool], item: str, facts: Facts) -> Shape:
    """The shape of what is left of each block's own condition; `facts` are completed.

    Leaves and counts go by the identity of their plans, which live as long as the rule set's.
    """
    counts = {
        id(part): part
        for question in own.values()
        if not isinstance(question, bool)
        for part in inside(question)
        if isinstance(part, OpenCount)
    }
    rows: dict[tuple[str, int], list[Hashable]] = {}
    nameless: list[Hashable] = []
    for count in counts.values():
        for held, path, value in count.rows:
            name = path.partition("].")[0] + "]" if path else _row_of(held, count.table)
            told = (id(count.origin[0]), _shape(held, name, item), path is not None, value)
            if name:
                number = int(name[len(count.table) + 1 : -1])
                rows.setdefault((count.table, number), []).append(told)
            else:
                nameless.append(told)
    signed: dict[str, list[tuple[int, int, Hashable]]] = {}
    for (table, number), told_of in rows.items():
        row = facts.rows[table][number - 1]
        # Where the offence is unknown, a flag that is known bears on what it could be.
        flags = () if "offense" in row else tuple(sorted((c, v) for c, v in row.items() if v is False))  # fmt: skip
        sign = (tuple(told_of), flags)
        signed.setdefault(table, []).append((hash(sign), number, sign))
    for of_table in signed.values():
        of_table.sort(key=_by_hash)
    whole = (
        tuple((name, _shape(question, "", item)) for name, question in own.items()),
        tuple(sorted(nameless, key=hash)),
        tuple((table, tuple(sign for _, _, sign in signed[table])) for table in sorted(signed)),
    )
    key = hashlib.blake2b(repr(whole).encode(), digest_size=16).digest()
    return Shape(key, {table: [n for _, n, _ in signed[table]] for table in signed})


def _by_hash(row: tuple[int, int, Hashable]) -> tuple[int, int]:
    """Equal rows have equal hashes, so equal collections of rows come out in one order."""
    return row[0], row[1]


def _row_of(held: Open | bool, table: str) -> str:
    """The name of the row that a question is about, or nothing where it reads none of its columns."""
    paths: Iterable[str] = () if isinstance(held, bool) else _paths(held)
    for path in paths:
        if path.startswith(f"{table}["):
            return path.partition("].")[0] + "]"
    return ""


def _paths(node: Open) -> Iterable[str]:
    for part in inside(node):
        if isinstance(part, OpenLeaf):
            yield from part.facts


def _shape(node: Open | bool, row: str, item: str) -> Hashable:
    if isinstance(node, bool):
        return node
    if isinstance(node, OpenLeaf):
        return id(node.leaf), tuple(
            [
                (path and _relative(path, row, item), steps, value)
                for path, steps, value in node.sides
            ]
        )
    if isinstance(node, OpenNot):
        return "not", _shape(node.arg, row, item)
    if isinstance(node, OpenJoin):
        return node.both, tuple([_shape(arg, row, item) for arg in node.args])
    further = _shape(node.further, f"{node.table}[+]", item)
    sure = tuple(sorted(node.sure, key=repr))
    return id(node.origin[0]), node.needed, sure, len(node.rows), further


def _relative(path: str, row: str, item: str) -> str:
    """A path without the row and the item that it is of."""
    if row and path.startswith(f"{row}."):
        return path[len(row) :]
    return path[len(item) :] if path.startswith(f"{item}.") else path

"""Conditions: the tree that a condition becomes once every word of it is known and typed.

    text  ->  (grammar.parse_condition)  ->  Condition  ->  interpreter, closure, resolution

Promise: a tree that stands here is well typed; nothing that reads it has to check again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from habeas.errors import Place
from habeas.law.dates import Step
from habeas.law.facts import Value
from habeas.law.vocabulary import Scope


@dataclass(frozen=True, slots=True)
class Const:
    """TRUE or FALSE."""

    value: bool


ALWAYS = Const(True)
"""What a rule without a `when` has for one."""


@dataclass(frozen=True, slots=True)
class Holds:
    """A yes/no fact, or yes/no column when `scope` is `row`."""

    name: str
    scope: Scope
    table: str = ""


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition, by name."""

    name: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Kleene's not."""

    arg: Condition


@dataclass(frozen=True, slots=True)
class And:
    """Kleene's and."""

    args: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Kleene's or."""

    args: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A fact (`name`, with its scope) or a literal (`value`), moved by `steps` if it is a day."""

    name: str | None = None
    scope: Scope | None = None
    table: str = ""
    value: Value | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right`, op one of `= <> < <= > >=`; both sides of one type."""

    left: Term
    op: str
    right: Term


@dataclass(frozen=True, slots=True)
class OneOf:
    """`term IN (values)`."""

    term: Term
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The place fact is `place` or below it."""

    term: Term
    place: str


@dataclass(frozen=True, slots=True)
class Quantified:
    """`any_TABLE(cond)` or `every_TABLE(cond)`; `kind` is `any` or `every`."""

    kind: str
    table: str
    cond: Condition


@dataclass(frozen=True, slots=True)
class Count:
    """`count_TABLE(cond [, column]) op number`; with a column: its distinct values."""

    table: str
    cond: Condition
    column: str | None
    op: str
    number: int


Condition = Const | Holds | Defined | Not | And | Or | Compare | OneOf | Within | Quantified | Count


def conjoin(parts: list[Condition]) -> Condition:
    """All of the parts, flat; TRUE if there are none."""
    flat: list[Condition] = []
    for part in parts:
        flat += part.args if isinstance(part, And) else (part,)
    return flat[0] if len(flat) == 1 else And(tuple(flat)) if flat else ALWAYS


def children(cond: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside a condition."""
    if isinstance(cond, And | Or):
        return cond.args
    if isinstance(cond, Not):
        return (cond.arg,)
    if isinstance(cond, Quantified | Count):
        return (cond.cond,)
    return ()


def walk(cond: Condition) -> Iterator[Condition]:
    """The condition and everything inside it; definitions are not opened."""
    yield cond
    for child in children(cond):
        yield from walk(child)


def terms(cond: Condition) -> tuple[Term, ...]:
    """The terms of one leaf; a yes/no fact counts as one."""
    if isinstance(cond, Holds):
        return (Term(cond.name, cond.scope, cond.table),)
    if isinstance(cond, Compare):
        return (cond.left, cond.right)
    if isinstance(cond, OneOf | Within):
        return (cond.term,)
    return ()


def compare(left: Value, op: str, right: Value) -> bool:
    """Two known values of one type, compared."""
    if op == "=":
        return left == right
    if op == "<>":
        return left != right
    if op == "<":
        return left < right  # type: ignore[operator]  # the checker saw one ordered type
    if op == "<=":
        return left <= right  # type: ignore[operator]
    if op == ">":
        return left > right  # type: ignore[operator]
    return left >= right  # type: ignore[operator]


def within(place: str, region: str) -> bool:
    """Whether a place is a region or below it.

    >>> within("us-ca-sf", "us-ca"), within("us-ca", "us-ca"), within("us-cal", "us-ca")
    (True, True, False)
    """
    return place == region or place.startswith(region + "-")

"""Conditions as SQL expressions, and what has to be gathered from rows for them.

    Condition  ->  Writer.condition  ->  a BOOLEAN expression, NULL where it is unknown

Promise: the truth of `interpreter.truth`, in all three values. AND, OR, NOT and comparisons of SQL
are Kleene's; a count is never left to SQL's own `EXISTS`, which says no where a row is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from habeas.compiled.residual import leaf_holds
from habeas.compiled.sql.dialects import Dialect
from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Const,
    Count,
    Holds,
    Not,
    OneOf,
    Or,
    Term,
    Within,
    terms,
    walk,
)
from habeas.law.dates import shift_all
from habeas.law.facts import Value


class Writer:
    """Writes conditions in their normal form (`compiled.normal`).

    column  the expression of a fact or column that a term names, without the term's steps
    count   the expression of a count's truth
    """

    def __init__(
        self,
        dialect: Dialect,
        column: Callable[[Term], str],
        count: Callable[[Count], str],
    ) -> None:
        self.dialect = dialect
        self.column = column
        self.count = count

    def condition(self, cond: Condition) -> str:
        """The condition's truth."""
        if isinstance(cond, Const):
            return "TRUE" if cond.value else "FALSE"
        if isinstance(cond, Not):
            return f"(NOT {self.condition(cond.arg)})"
        if isinstance(cond, And | Or):
            word = " AND " if isinstance(cond, And) else " OR "
            return f"({word.join(self.condition(arg) for arg in cond.args)})"
        if isinstance(cond, Holds):
            return self.column(Term(cond.name, cond.scope, cond.table))
        if isinstance(cond, Compare):
            return self._compare(cond)
        if isinstance(cond, OneOf):
            return self._one_of(cond)
        if isinstance(cond, Within):
            place, region = self.term(cond.term), cond.place
            below = self.dialect.literal(f"{region}-")
            return (
                f"({place} = {self.dialect.literal(region)} "
                f"OR left({place}, {len(region) + 1}) = {below})"
            )
        assert isinstance(cond, Count)  # noqa: S101 - definitions are opened, quantifiers are counts
        return self.count(cond)

    def term(self, term: Term) -> str:
        """A term's value, moved."""
        if term.name is None:
            return self.dialect.literal(_moved(term))
        return self.dialect.moved(self.column(term), term.steps)

    def _compare(self, cond: Compare) -> str:
        left, right = cond.left, cond.right
        if left.name is None and right.name is None:
            return self._const(_fixed(cond))
        return f"({self.term(left)} {cond.op} {self.term(right)})"

    def _one_of(self, cond: OneOf) -> str:
        if cond.term.name is None:
            return self._const(_fixed(cond))
        listed = ", ".join(self.dialect.literal(value) for value in dict.fromkeys(cond.values))
        return f"({self.term(cond.term)} IN ({listed}))"

    def _const(self, value: bool) -> str:
        return "TRUE" if value else "FALSE"


def _moved(term: Term) -> Value:
    """A literal, moved here and not by the database."""
    assert term.value is not None  # noqa: S101 - for mypy: a term without a name is a literal
    return shift_all(term.value, term.steps) if isinstance(term.value, date) else term.value


def _fixed(cond: Compare | OneOf) -> bool:
    """The truth of a leaf that reads no fact."""
    return leaf_holds(cond, [_moved(term) for term in terms(cond)])


def counts_in(conditions: Iterable[Condition]) -> list[Count]:
    """Every count that the conditions hold, each once, in the order in which they come."""
    return list(
        dict.fromkeys(part for cond in conditions for part in walk(cond) if isinstance(part, Count))
    )


def facts_in(conditions: Iterable[Condition]) -> list[str]:
    """The request and person facts that conditions read, in counts too, sorted."""
    return sorted({str(t.name) for t in read_by(conditions) if t.scope in ("request", "person")})


def columns_in(counts: Sequence[Count]) -> list[str]:
    """The columns that counts of one table read or tell apart, sorted."""
    read = {str(t.name) for t in read_by(c.cond for c in counts) if t.scope == "row"}
    return sorted(read | {c.column for c in counts if c.column is not None})


def read_by(conditions: Iterable[Condition]) -> Iterator[Term]:
    """Every term that names a fact or a column."""
    for cond in conditions:
        for part in walk(cond):
            yield from (term for term in terms(part) if term.name is not None)

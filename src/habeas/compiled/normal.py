"""One shape for conditions: `not` only before leaves and counts, every quantifier an *at least*.

    Condition (definitions opened)  ->  normal  ->  Condition, equal in Kleene's logic

Promise: the same truth in all three values for all facts, with no more quantifiers than before.

`any_T(a)` is a count of at least one; `every_T(a)` is not any_T(not a); `count < 3` is not
`count >= 3`. So `any_T(a) OR any_T(b)` is one count of at least one, of `a OR b`, and
`every_T(a) AND every_T(b)` likewise: the fewer counts, the fewer effects further rows can have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from habeas.law.conditions import And, Condition, Const, Count, Not, Or, Quantified
from habeas.law.domains import witnesses


def normal(cond: Condition) -> Condition:
    """The condition in its one shape; every `Count` in it has `>=` and a number of 1 or more."""
    return _normal(cond, True)


def _normal(cond: Condition, positive: bool) -> Condition:
    """The condition, or (not positive) its opposite."""
    if isinstance(cond, Const):
        return Const(cond.value is positive)
    if isinstance(cond, Not):
        return _normal(cond.arg, not positive)
    if isinstance(cond, And | Or):
        parts = [_normal(arg, positive) for arg in cond.args]
        return _all(parts) if isinstance(cond, And) is positive else _any(parts)
    if isinstance(cond, Quantified):
        wanted = cond.kind == "any"
        return _signed(_at_least(cond.table, _normal(cond.cond, wanted)), positive is wanted)
    if isinstance(cond, Count):
        wanted = cond.op in (">", ">=")
        needed = witnesses(cond)
        if needed <= 0:
            return Const(positive is wanted)
        column = None if needed == 1 else cond.column
        inner = _normal(cond.cond, True)
        return _signed(_at_least(cond.table, inner, column, needed), positive is wanted)
    return _signed(cond, positive)


def _signed(cond: Condition, positive: bool) -> Condition:
    return cond if positive else Not(cond)


def _at_least(table: str, cond: Condition, column: str | None = None, number: int = 1) -> Count:
    return Count(table, cond, column, ">=", number)


def _all(parts: Sequence[Condition]) -> Condition:
    """All of them: the opposite of any of their opposites, for counts too."""
    flat = _flat(parts, And)
    if Const(False) in flat:
        return Const(False)
    kept = [part for part in flat if part != Const(True)]
    merged = _merged([part.arg for part in kept if _one(part, negated=True)])  # type: ignore[union-attr]
    kept = [*(part for part in kept if not _one(part, negated=True)), *(Not(m) for m in merged)]
    return kept[0] if len(kept) == 1 else And(tuple(kept)) if kept else Const(True)


def _any(parts: Sequence[Condition]) -> Condition:
    flat = _flat(parts, Or)
    if Const(True) in flat:
        return Const(True)
    kept = [part for part in flat if part != Const(False)]
    merged = _merged([part for part in kept if _one(part, negated=False)])
    kept = [*(part for part in kept if not _one(part, negated=False)), *merged]
    return kept[0] if len(kept) == 1 else Or(tuple(kept)) if kept else Const(False)


def _flat(parts: Iterable[Condition], kind: type[And] | type[Or]) -> list[Condition]:
    found: list[Condition] = []
    for part in parts:
        found += part.args if isinstance(part, kind) else (part,)
    return list(dict.fromkeys(found))


def _one(part: Condition, *, negated: bool) -> bool:
    """Whether a part is (the opposite of) a count of at least one row."""
    inner = part.arg if negated and isinstance(part, Not) else part
    return (
        isinstance(part, Not) is negated
        and isinstance(inner, Count)
        and inner.number == 1
        and inner.column is None
    )


def _merged(counts: Sequence[Condition]) -> list[Condition]:
    """At least one row of a table for any of several conditions: one count for the table."""
    by_table: dict[str, list[Condition]] = {}
    for count in counts:
        assert isinstance(count, Count)  # noqa: S101 - for mypy: `_one` has looked
        by_table.setdefault(count.table, []).append(count.cond)
    return [_at_least(table, _any(conds)) for table, conds in by_table.items()]

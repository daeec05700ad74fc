"""What any collection of further rows can do to the counts of one table.

    kinds of row  ->  effects  ->  one tuple for each effect, one entry for each count

Promise: every effect that some rows have, once, *no rows* first; values that nothing tells apart
are renamed for all counts together.

An effect on a count of at least one row is yes or no; on a count of several rows, how many there
are; on a count of distinct values, their set. Nothing goes on once the count is reached.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache

from habeas.compiled.effort import spend
from habeas.law.facts import Value

Kind = tuple[int, tuple[Value | None, ...]]
"""A kind of row: the counts that it counts for (a bit each), and its value in each counted column
, where that is asked for."""

Effect = tuple[Hashable, ...]

_Values = frozenset[tuple[Value, int]]
_State = tuple[int, tuple[int, ...], tuple[_Values, ...]]
"""Counts that are reached; for each other count its rows; for each column its values, each with the
counts that have it."""


def mask_of(held: Iterable[object]) -> int:
    """A bit for each that is true."""
    return sum(1 << at for at, one in enumerate(held) if one)


@lru_cache(maxsize=4096)
def effects(
    kinds: frozenset[Kind],
    needed: tuple[int, ...],
    columns: tuple[int | None, ...],
    fresh: tuple[tuple[Value, ...], ...],
) -> list[Effect]:
    """Every effect on counts of which count `i` needs `needed[i]` rows (distinct in `columns[i]`).

    `fresh` gives for each column the values that nothing tells apart.
    """
    rows = _Rows(needed, columns, fresh)
    start: _State = (0, (0,) * len(needed), (frozenset(),) * len(fresh))
    useful = [kind for kind in kinds if kind[0]]
    found = {start: None}
    waiting = [start]
    while waiting:
        state = waiting.pop()
        spend(len(useful))
        for kind in useful:
            grown = rows.grown(state, kind)
            if grown not in found:
                found[grown] = None
                waiting.append(grown)
    return [rows.shown(state) for state in found]


class _Rows:
    def __init__(
        self, needed: Sequence[int], columns: Sequence[int | None], fresh: Sequence[Sequence[Value]]
    ) -> None:
        self.needed = needed
        self.columns = columns
        self.fresh = [(list(values), frozenset(values)) for values in fresh]
        self.distinct = mask_of(column is not None for column in columns)
        self.of = [mask_of(c == column for c in columns) for column in range(len(fresh))]

    def grown(self, state: _State, kind: Kind) -> _State:
        """The state after one more row."""
        reached, numbers, found = state
        mask, values = kind
        mask &= ~reached
        if not mask:
            return state
        counted = mask & ~self.distinct
        if counted:
            numbers = tuple([n + (counted >> at & 1) for at, n in enumerate(numbers)])
            for at, number in enumerate(numbers):
                if number == self.needed[at]:
                    reached |= 1 << at
            numbers = tuple([0 if reached >> at & 1 else n for at, n in enumerate(numbers)])
        if mask & self.distinct:
            columns = list(found)
            for column, own in enumerate(self.of):
                if mask & own:
                    value = values[column]
                    assert value is not None  # noqa: S101 - for mypy: it is asked for
                    reached |= self._joined(columns, column, value, mask & own)
            found = tuple(self._renamed(at, one, reached) for at, one in enumerate(columns))
        return reached, numbers, found

    def _joined(self, columns: list[_Values], column: int, value: Value, mask: int) -> int:
        """Put a value among a column's; gives the counts that are reached by that."""
        held = dict(columns[column])
        held[value] = held.get(value, 0) | mask
        columns[column] = frozenset(held.items())
        return mask_of(
            mask >> at & 1 and sum(one >> at & 1 for one in held.values()) >= needed
            for at, needed in enumerate(self.needed)
        )

    def _renamed(self, column: int, values: _Values, reached: int) -> _Values:
        """The values that still matter; those that nothing tells apart go by the first names."""
        names, alike = self.fresh[column]
        kept = [(value, mask & ~reached) for value, mask in values if mask & ~reached]
        masks = sorted((mask for value, mask in kept if value in alike), reverse=True)
        named = [(value, mask) for value, mask in kept if value not in alike]
        return frozenset((*named, *zip(names, masks, strict=False)))

    def shown(self, state: _State) -> Effect:
        """The effect on each count."""
        reached, numbers, found = state
        shown: list[Hashable] = []
        for at, (needed, column) in enumerate(zip(self.needed, self.columns, strict=True)):
            over = bool(reached >> at & 1)
            if column is not None:
                values = {value for value, mask in found[column] if mask >> at & 1}
                shown.append(frozenset(range(needed)) if over else frozenset(values))
            elif needed == 1:
                shown.append(over)
            else:
                shown.append(needed if over else numbers[at])
        return tuple(shown)

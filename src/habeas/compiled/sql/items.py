"""The facts of single items, carried beside the words.

    Bulk, Source  ->  Items.cells (SQL), Items.names  ->  a row's values  ->  Items.facts

Promise: a fact whose column is not there is unknown; what is the same of every subject is not carried;
yes/no facts go two bits each into BIGINTs, all others stand as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from habeas.compiled.sql.facts import compared
from habeas.compiled.sql.source import Source
from habeas.law.facts import Value

if TYPE_CHECKING:
    from habeas.compiled.sql.bulk import Bulk

Path = tuple[str, str]
"""An item, and a fact of it."""

_PACKED = 31
"""Facts, two bits each, that go into one BIGINT."""


class Items:
    """What one source has of items.

    alike  facts that say the same of every subject
    names  of the columns that `cells` gives: packed ones `i0`, …, and others `x0`, …
    """

    def __init__(
        self, bulk: Bulk, source: Source, alike: Mapping[Path, Value | None] | None = None
    ) -> None:
        self._dialect = bulk.dialect
        self._declared = bulk.rules.vocabulary.facts
        alike = alike or {}
        self._alike = {path: value for path, value in alike.items() if value is not None}
        given = [one for one in stated(bulk, source) if one not in alike]
        self._packed = [one for one in given if self._declared[one[1]].type == "yes/no"]
        self._plain = [one for one in given if one not in self._packed]
        self._words = -(-len(self._packed) // _PACKED)
        self.names = [f"i{n}" for n in range(self._words)]
        self.names += [f"x{n}" for n in range(len(self._plain))]

    def cells(self) -> list[str]:
        """An expression over the subjects' relation for each name, `… AS i0`."""
        found = []
        for n in range(self._words):
            two = []
            for at, (item, fact) in enumerate(self._packed[_PACKED * n : _PACKED * (n + 1)]):
                column = self._dialect.identifier(f"{item}.{fact}")
                yes, unknown = 1 << 2 * at, 2 << 2 * at
                two.append(
                    f"CASE {column} WHEN TRUE THEN {yes} WHEN FALSE THEN 0 ELSE {unknown} END"
                )
            found.append(f"{' | '.join(['CAST(0 AS BIGINT)', *two])} AS i{n}")
        for n, (item, fact) in enumerate(self._plain):
            column = self._dialect.identifier(f"{item}.{fact}")
            found.append(f"{compared(self._dialect, column, self._declared[fact])} AS x{n}")
        return found

    def facts(self, row: Sequence[Any]) -> dict[Path, Value]:
        """The facts that the values of `names` say."""
        found: dict[Path, Value] = dict(self._alike)
        for n, path in enumerate(self._packed):
            two = row[n // _PACKED] >> 2 * (n % _PACKED) & 3
            if two < 2:
                found[path] = bool(two)
        rest = row[self._words :]
        found |= {path: v for path, v in zip(self._plain, rest, strict=True) if v is not None}
        return found


def stated(bulk: Bulk, source: Source) -> list[Path]:
    """The facts of items that the law reads and the source has."""
    return [(i, n) for i, n in bulk.items if f"{i}.{n}" in source.subjects.columns]

"""What facts could be, where some are answered and others stay unknown.

    AskedLaw, Facts  ->  answer_domains  ->  AnswerDomains (answers, unknown)

Promise: `answers` holds representatives of `law.domains` for whichever of the facts are answered;
`unknown` those for what stays unknown beside any of these answers.

Only facts that are held against another one, or counted by their distinct values, have domains that
hang on facts; all others have those of `AskedLaw.domains`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from habeas.compiled.residual import OpenLeaf
from habeas.law.domains import Readings, Side
from habeas.law.facts import Facts, Value
from habeas.proofs.change_law import AskedLaw
from habeas.proofs.change_row_law import RowCount, RowLaw

Values = dict[str, tuple[Value, ...]]
"""By path (a fact outside of rows) or by table and column (`conviction.level`): in order."""


@dataclass(frozen=True, slots=True)
class AnswerDomains:
    """What facts could be: as an answer, and where they stay unknown."""

    answers: Values
    unknown: Values


def answer_domains(law: AskedLaw, facts: Facts, may: Callable[[str], bool]) -> AnswerDomains:
    """The domains of hubs and of columns that are held against something or counted.

    may  whether a fact may be answered otherwise; one that may not has the one value that it has
    """
    return _Made(law, facts, may).both()


class _Made:
    def __init__(self, law: AskedLaw, facts: Facts, may: Callable[[str], bool]) -> None:
        self.law = law
        self.facts = facts
        self.may = may
        self.hubs = frozenset(law.hubs)
        self.rows = {
            table.table: [
                *(
                    f"{table.table}[{n}]"
                    for n in range(1, len(facts.rows.get(table.table, ())) + 1)
                ),
                f"{table.table}[+]",
            ]
            for table in law.tables
        }
        self.leaves = list(self._leaves())
        self.open = {
            path for _, paths in self.leaves for path in paths.values() if self._is_open(path)
        }

    def _is_open(self, path: str) -> bool:
        """Whether a fact is unknown now."""
        if "[+]" in path:
            return path.partition("[")[0] not in self.facts.complete
        return self.facts.get(path) is None

    def _stays(self, path: str) -> bool:
        """Whether a fact is known and nobody may answer it otherwise."""
        return self._value(path) is not None and not self.may(path)

    def _value(self, path: str) -> Value | None:
        return None if "[+]" in path else self.facts.get(path)

    def _leaves(self) -> Iterator[tuple[OpenLeaf, dict[str, str]]]:
        """The leaves that matter here, with the path of each of their facts; one for each row."""
        for leaf in self.law.leaves.values():
            if self.hubs & leaf.facts.keys():
                yield leaf, {path: path for path in leaf.facts}
        for table in self.law.tables:
            special = table.joined | table.counted | table.hubs
            for block in table.blocks:
                for leaf in block.leaves:
                    if special & leaf.facts.keys():
                        for name in self.rows[table.table]:
                            columns = table.columns
                            yield (
                                leaf,
                                {p: f"{name}.{p}" if p in columns else p for p in leaf.facts},
                            )

    def both(self) -> AnswerDomains:
        answers = self._readings()
        for leaf, paths in self.leaves:
            sides = self._sides(leaf, paths)
            answers.leaf(leaf.leaf, sides)
            if len(set(paths.values())) > 1:
                for at, (path, steps, _) in enumerate(sides):
                    value = self._value(path) if path is not None else None
                    if value is not None:
                        answers.leaf(leaf.leaf, _with(sides, at, (None, steps, value)))
        by_path = answers.values()
        made = self._gathered(by_path)
        if not self.open and not self._counts_open():
            return AnswerDomains(made, made)
        unknown = self._readings()
        for leaf, paths in self.leaves:
            sides = self._sides(leaf, paths)
            places = [at for at, (path, _, _) in enumerate(sides) if path is not None]
            if all(sides[at][0] in self.open for at in places):
                unknown.leaf(leaf.leaf, sides)
            if len(set(paths.values())) < 2:
                continue
            for at in places:
                if not any(sides[other][0] in self.open for other in places if other != at):
                    continue
                path, steps, _ = sides[at]
                now = self._value(str(path))
                for value in (*by_path[str(path)], *([] if now is None else [now])):
                    unknown.leaf(leaf.leaf, _with(sides, at, (None, steps, value)))
        return AnswerDomains(made, self._gathered(unknown.values()))

    def _counts_open(self) -> bool:
        return any(
            self._is_open(f"{name}.{column}")
            for table in self.law.tables
            for column in table.counted
            for name in self.rows[table.table]
        )

    def _readings(self) -> Readings:
        """Readings that know every fact, and what is counted."""
        made = Readings(
            {one.table: sum(count.needed for count in one.counts) for one in self.law.tables}
        )
        for leaf, paths in self.leaves:
            made.facts.update({paths[name]: fact for name, fact in leaf.facts.items()})
        for table in self.law.tables:
            for count in table.counts:
                if count.column is not None:
                    self._read_counted(made, table, count)
        return made

    def _read_counted(self, readings: Readings, table: RowLaw, count: RowCount) -> None:
        column = str(count.column)
        fact = self.law.vocabulary.tables[table.table][column]
        sides: list[Side] = []
        for name in self.rows[table.table]:
            path = f"{name}.{column}"
            readings.facts[path] = fact
            value = self._value(path)
            if not self._stays(path):
                sides.append((path, (), None))
            if value is not None:
                sides.append((None, (), value))
        readings.distinct(table.table, column, sides, count.needed)

    def _sides(self, leaf: OpenLeaf, paths: Mapping[str, str]) -> list[Side]:
        made: list[Side] = []
        for name, steps, value in leaf.sides:
            path = None if name is None else paths[name]
            if path is not None and self._stays(path):
                made.append((None, steps, self._value(path)))
            else:
                made.append((path, steps, value))
        return made

    def _gathered(self, found: Mapping[str, Sequence[Value]]) -> Values:
        """The values of hubs; and of columns, those of all rows together."""
        made: Values = {path: tuple(found[path]) for path in self.law.hubs}
        for table in self.law.tables:
            for column in sorted((table.joined | table.counted) & frozenset(table.columns)):
                paths = [f"{name}.{column}" for name in self.rows[table.table]]
                known = [value for path in paths if (value := self._value(path)) is not None]
                made[f"{table.table}.{column}"] = _ordered(
                    [*(v for p in paths for v in found[p]), *known]
                )
        return made


def _with(sides: Sequence[Side], at: int, side: Side) -> list[Side]:
    made = list(sides)
    made[at] = side
    return made


def _ordered(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(sorted(dict.fromkeys(values)))

"""People from rows: a mapping's targets filled from tables that were read.

    Mapping, {(file, key column): Table}  ->  fill  ->  Batch (people, column by column)

Promise: each row goes to the person whose key it bears and to nobody else; a row of nobody is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import compress, repeat

from habeas.errors import InputError, Problem
from habeas.law.facts import Row, Value
from habeas.records.answers import Answered, Answers, Mark, answers
from habeas.records.node import Step
from habeas.records.records import Batch, Filled, Notes, Orphans
from habeas.records.tables import Cell, Table
from habeas.records.targets import Mapping as Fitted
from habeas.records.targets import Rows, TableTarget, Target

SAMPLES = 5
"""How many examples a note gives."""

Tables = Mapping[tuple[str, str], Table]
"""Tables by file and key column: the rows of these people, and maybe some of nobody."""


def fill(mapping: Fitted, tables: Tables) -> Batch:
    """The people of the person's table, with all that the other tables say of them.

    Raises `InputError` with every problem: a person's key that is blank, or stands twice without
    `repeated: yes`; dates in no format that was declared, and cells that are not mapped where that
    is an error.
    """
    return _Filling(mapping, tables).made()


class _Filling:
    def __init__(self, mapping: Fitted, tables: Tables) -> None:
        self.mapping = mapping
        self.tables = tables
        self.problems: list[Problem] = []
        self.index: dict[str, int] = {}
        self.notes = Notes()
        self.owned: dict[tuple[str, str], list[int]] = {}
        self.answered: dict[tuple[Step, ...], tuple[list[Value | None], Filled]] = {}

    def made(self) -> Batch:
        self.people()
        self.stop()
        mapping, filled = self.mapping, self.notes.filled
        facts = {target.path: self.fact(target, "fact") for target in mapping.facts}
        has = self.items()
        answered: dict[int, tuple[list[Value | None], list[tuple[str, str]]]] = {}
        constants: dict[tuple[str, str], Value] = {}
        for target in mapping.item_facts:
            key = (target.path.partition(".")[0], target.fact.name)
            values = self.fact(target, "item fact")
            if target.constant is None:
                answered.setdefault(id(values), (values, []))[1].append(key)
            else:
                constants[key] = target.constant
        rows: dict[str, list[list[Row]]] = {}
        complete: dict[str, list[bool]] = {}
        for table in mapping.tables:
            rows[table.table], unsettled = self.rows(table)
            if table.complete is not None:
                said = self.fact(table.complete, "completeness")
                sure = [value is True for value in said]
                complete[table.table] = [
                    one and number not in unsettled for number, one in enumerate(sure)
                ]
        self.stop()
        filled.sort(key=lambda one: _KINDS.index(one.kind))
        item_facts = [(values, tuple(keys)) for values, keys in answered.values()]
        return Batch(
            list(self.index), facts, constants, item_facts, rows, complete, has, self.notes
        )

    def stop(self) -> None:
        """Raise what was found so far."""
        if self.problems:
            raise InputError(self.problems)

    def people(self) -> None:
        """Number the people by the first row of each."""
        person = self.mapping.person
        table = self.tables[person.file, person.key]
        for row, key in enumerate(table.cells[person.key]):
            if key is None:
                self.problems.append(
                    Problem(
                        table.place(row, person.key),
                        f"this row has no `{person.key}`",
                        "every row of the person's file needs its key",
                    )
                )
                return
            if key in self.index and not person.repeated:
                first = table.place(self.index[key], person.key)
                self.problems.append(
                    Problem(
                        table.place(row, person.key),
                        f"`{key}` is the key of two rows; the first is at {first}",
                        "write `repeated: yes` under `person` if several rows are one person",
                    )
                )
                return
            self.index.setdefault(key, len(self.index))

    def owners(self, rows: Rows) -> list[int]:
        """The number of the person whose each row is; of nobody's, one past the last."""
        known = self.owned.get((rows.file, rows.key))
        if known is None:
            keys = self.tables[rows.file, rows.key].cells[rows.key]
            nobody = len(self.index)
            known = [self.index.get(key, nobody) if key else nobody for key in keys]
            self.owned[rows.file, rows.key] = known
            lost = [key for key, owner in zip(keys, known, strict=True) if owner == nobody]
            if lost:
                named = tuple(dict.fromkeys(key for key in lost if key))
                blank = lost.count(None)
                self.notes.orphans.append(
                    Orphans(rows.file, rows.key, len(lost), blank, named[:SAMPLES])
                )
        return known

    def kept(self, rows: Rows, path: str) -> list[bool | None] | None:
        """Which rows count; None for a row that cannot be settled; None where all of them do."""
        where = rows.where
        if where is None:
            return None
        only, without = set(where.only or ()), set(where.without or ())
        others = None if only and without else not only
        cells = self.tables[rows.file, rows.key].cells[where.column]
        settled: dict[Cell, bool | None] = {None: None}
        for cell in set(cells) - {None}:
            if cell in only or cell in without:
                settled[cell] = cell in only
            else:
                settled[cell] = None if cell in self.mapping.unknown else others
        for found, verdict in ((self.notes.left_out, False), (self.notes.unsettled, None)):
            counted = Counter(cell or "" for cell in cells if settled[cell] is verdict)
            if counted:
                found[path] = counted
        return [settled[cell] for cell in cells]

    def fact(self, target: Target, kind: str) -> list[Value | None]:
        """One value a person. The same column asked twice (for a group's items) is read once."""
        count = len(self.index)
        if target.constant is not None:
            source = f"always {_shown(target.constant)}"
            self.notes.filled.append(Filled(target.path, kind, source, count, count))
            return [target.constant] * count
        known = self.answered.get(target.steps)
        if known is None:
            found = self.ask(target)
            values, disagree = _fold(found.values, self.owners(target.rows), count)
            filled = count - values.count(None)
            source = f"{target.rows.file}: {target.column}"
            note = Filled(target.path, kind, source, count, filled, found.unmapped, disagree)
            known = self.answered[target.steps] = (values, note)
        values, note = known
        self.notes.filled.append(replace(note, path=target.path))
        return values

    def ask(self, target: Target) -> Answers:
        table = self.tables[target.rows.file, target.rows.key]
        try:
            return answers(target, table)
        except InputError as error:
            self.problems += error.problems
            return Answers([None] * table.count, Counter())

    def items(self) -> list[frozenset[str]]:
        """For each person the items of which any cell is filled."""
        count = len(self.index)
        flags: list[bytearray] = []
        for item in self.mapping.items:
            owners, kept = self.owners(item.rows), self.kept(item.rows, item.item)
            has = bytearray(count + 1)
            for column in item.columns:
                table = self.tables[item.rows.file, item.rows.key]
                filled: Iterable[object] = table.filled[column, item.unknown]
                if kept is not None:
                    filled = [a and b is True for a, b in zip(filled, kept, strict=True)]
                for owner in compress(owners, filled):
                    has[owner] = 1
            flags.append(has[:count])
            source = f"{item.rows.file}: {', '.join(item.columns)}"
            self.notes.filled.append(Filled(item.item, "item", source, count, sum(has[:count])))
        if not flags:
            return [frozenset()] * count
        names = [item.item for item in self.mapping.items]
        known: dict[tuple[int, ...], frozenset[str]] = {}
        for one in set(zip(*flags, strict=True)):
            known[one] = frozenset(compress(names, one))
        return [known[one] for one in zip(*flags, strict=True)]

    def rows(self, table: TableTarget) -> tuple[list[list[Row]], set[int]]:
        """A table's rows, a list a person; and who may have rows that could not be settled."""
        owners, kept = self.owners(table.rows), self.kept(table.rows, table.table)
        nobody = len(self.index)
        columns = [self.ask(target) for target in table.columns]
        unsettled: set[int] = set()
        counts = [owner != nobody for owner in owners]
        if kept is not None:
            unsettled = {owner for owner, keep in zip(owners, kept, strict=True) if keep is None}
            counts = [mine and keep is True for mine, keep in zip(counts, kept, strict=True)]
        owners = list(compress(owners, counts))
        names = [target.fact.name for target in table.columns]
        values = [
            [None if isinstance(one, Mark) else one for one in compress(column.values, counts)]
            if column.unmapped
            else list(compress(column.values, counts))
            for column in columns
        ]
        made: list[list[Row]] = [[] for _ in self.index]
        each = zip(*values, strict=True) if values else repeat((), len(owners))
        for owner, cells in zip(owners, each, strict=True):
            made[owner].append(
                {name: one for name, one in zip(names, cells, strict=True) if one is not None}
            )
        for target, column, taken in zip(table.columns, columns, values, strict=True):
            share = len(owners) - taken.count(None)
            source = (
                f"always {_shown(target.constant)}"
                if target.constant is not None
                else f"{target.rows.file}: {target.column}"
            )
            self.notes.filled.append(
                Filled(target.path, "column", source, len(owners), share, column.unmapped)
            )
        return made, unsettled


_KINDS = ("fact", "completeness", "column", "item", "item fact")


def _fold(
    found: Sequence[Answered], owners: Sequence[int], count: int
) -> tuple[list[Value | None], int]:
    """One answer a person from one a row: the one on which all rows that say something agree."""
    made: list[Answered] = [None] * (count + 1)
    torn: set[int] = set()
    for value, owner in zip(found, owners, strict=True):
        if value is None:
            continue
        if made[owner] is None:
            made[owner] = value
        elif made[owner] != value:
            torn.add(owner)
    torn.discard(count)
    for owner in torn:
        made[owner] = None
    return [None if isinstance(value, Mark) else value for value in made[:count]], len(torn)


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

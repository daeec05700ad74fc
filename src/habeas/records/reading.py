"""Reads a jail's tables through its mapping.

    Mapping, Tables  ->  read_records  ->  Records

Promise: each row goes to the person whose key it bears and to nobody else; a row of nobody is told.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress, repeat
from pathlib import Path

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.facts import Row, Value
from habeas.law.vocabulary import Vocabulary
from habeas.records.answers import Answered, Answers, Mark, answers
from habeas.records.mapping import FileMap
from habeas.records.node import Step
from habeas.records.records import Filled, Notes, Orphans, Records
from habeas.records.tables import Cell, Table, read_table
from habeas.records.targets import Mapping, Rows, TableTarget, Target, read_mapping

DATA = (".csv", ".tsv", ".txt", ".psv", ".parquet", ".pq")
"""How the names of data files end."""

SAMPLES = 5
"""How many examples a note gives."""

_Steps = tuple[Step, ...]


def read_records(folder: Path, mapping: Path | None, vocabulary: Vocabulary) -> Records:
    """Read a folder of records; `mapping` left out is the folder's `mapping.yaml`.

    Raises `InputError` with every problem of the stage that failed: the mapping (`read_mapping`);
    files and columns that it names and that are not there, files that cannot be read
    (`read_table`); a person's key that is blank, or stands twice without `repeated: yes`; dates in
    no format that was declared, and cells that are not mapped where that is an error.
    """
    if not folder.is_dir():
        wrong = "is a file, not a folder" if folder.exists() else "no such folder of records"
        help_line = "give the folder that holds the files"
        raise InputError(Problem(Place(str(folder)), wrong, help_line))
    fitted = read_mapping(mapping or folder / "mapping.yaml", vocabulary)
    # Millions of cells, no circle among them: the collector would look in vain, as long again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _Reader(folder, fitted).read()
    finally:
        if collecting:
            gc.enable()


class _Reader:
    def __init__(self, folder: Path, mapping: Mapping) -> None:
        self.folder = folder
        self.mapping = mapping
        self.problems: list[Problem] = []
        self.tables: dict[str, Table] = {}
        self.index: dict[str, int] = {}
        self.notes = Notes()
        self.owned: dict[tuple[str, str], list[int]] = {}
        self.answered: dict[_Steps, tuple[list[Value | None], Filled]] = {}

    def read(self) -> Records:
        self.load()
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
        self.leftovers()
        return Records(
            list(self.index),
            tuple(item.item for item in mapping.items),
            facts,
            constants,
            [(values, tuple(keys)) for values, keys in answered.values()],
            rows,
            complete,
            has,
            self.notes,
        )

    def stop(self) -> None:
        """Raise what was found so far."""
        if self.problems:
            raise InputError(self.problems)

    def problem(self, steps: _Steps, message: str, help: str) -> None:
        self.problems.append(Problem(self.mapping.node.at(*steps), message, help))

    def load(self) -> None:
        """Read every file's columns that the mapping names."""
        wanted: dict[str, dict[str, _Steps]] = {}
        values: dict[str, set[str]] = {}
        for file, column, steps, is_value in self.uses():
            wanted.setdefault(file, {}).setdefault(column, steps)
            if is_value:
                values.setdefault(file, set()).add(column)
        for file, columns in wanted.items():
            path = self.folder / file
            if not path.exists():
                near = sorted(one.name for one in self.folder.iterdir() if one.is_file())
                listed = f"its files are {', '.join(near)}" if near else "the folder is empty"
                steps = next(iter(columns.values()))  # of the key, which each use names first
                self.problem(
                    (*steps[:-1], "file"),
                    f"no file `{file}` in `{self.folder}`",
                    _near(file, near, listed),
                )
                continue
            try:
                looked = {
                    (column, item.unknown)
                    for item in self.mapping.items
                    for column in item.columns
                    if item.rows.file == file
                }
                how = self.mapping.files.get(file, FileMap())
                table = read_table(path, how, values[file], looked)
            except InputError as error:
                self.problems += error.problems
                continue
            self.tables[file] = table
            for column, steps in columns.items():
                times = table.header.count(column)
                if times == 0:
                    self.problem(
                        steps,
                        f"`{file}` has no column `{column}`",
                        _near(column, table.header, f"it has {', '.join(table.header)}"),
                    )
                elif times > 1:
                    self.problem(
                        steps, f"`{file}` has {times} columns `{column}`", "give each its own name"
                    )
        self.stop()

    def uses(self) -> Iterator[tuple[str, str, _Steps, bool]]:
        """Every file and column that the mapping names, where, and whether its cells are kept."""
        mapping, person = self.mapping, self.mapping.person
        yield person.file, person.key, ("person", "key"), True
        complete = [table.complete for table in mapping.tables if table.complete]
        for target in (*mapping.facts, *mapping.item_facts, *complete):
            if target.column is not None:
                yield from self.uses_of(target.rows, target.steps)
                yield target.rows.file, target.column, (*target.steps, "column"), True
        for item in mapping.items:
            yield from self.uses_of(item.rows, item.steps)
            for number, column in enumerate(item.columns):
                listed = isinstance(mapping.node.value_at(*item.steps), list)
                inner: _Steps = (number,) if listed else ("columns", number)
                yield item.rows.file, column, (*item.steps, *inner), False
        for table in mapping.tables:
            yield from self.uses_of(table.rows, table.steps)
            for target in table.columns:
                if target.column is not None:
                    yield table.rows.file, target.column, (*target.steps, "column"), True

    def uses_of(self, rows: Rows, steps: _Steps) -> Iterator[tuple[str, str, _Steps, bool]]:
        yield rows.file, rows.key, (*steps, "key"), True
        if rows.where:
            yield rows.file, rows.where.column, (*steps, "where", "column"), True

    def people(self) -> None:
        """Number the people by the first row of each."""
        person = self.mapping.person
        table = self.tables[person.file]
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
            keys = self.tables[rows.file].cells[rows.key]
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
        cells = self.tables[rows.file].cells[where.column]
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
        table = self.tables[target.rows.file]
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
                filled: Iterable[object] = self.tables[item.rows.file].filled[column, item.unknown]
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

    def leftovers(self) -> None:
        """What of the folder nothing uses."""
        used: dict[str, set[str]] = {}
        for file, column, _, _ in self.uses():
            used.setdefault(file, set()).add(column)
        for file, table in self.tables.items():
            over = tuple(name for name in table.header if name not in used[file])
            if over:
                self.notes.unused[file] = over
        self.notes.unread = tuple(
            sorted(
                name
                for path in self.folder.rglob("*")
                if path.suffix.lower() in DATA and path.is_file()
                for name in [path.relative_to(self.folder).as_posix()]
                if name not in self.tables
            )
        )


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


def _near(word: str, known: Sequence[str], otherwise: str) -> str:
    """As `did_you_mean`, but a word in another case is the nearest."""
    same = next((one for one in known if one.lower() == word.lower()), None)
    return f"did you mean `{same}`?" if same else did_you_mean(word, known, otherwise)


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

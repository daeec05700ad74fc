"""A mapping whose every word was held against the vocabulary.

    MappingFile, Vocabulary  ->  read_mapping  ->  Mapping (targets: what is filled from where)

Promise: a fact, item, table or value that the vocabulary does not have is told with its place in
the mapping, all of them at once, before any record is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from habeas.errors import InputError, Problem, did_you_mean
from habeas.law.facts import Value
from habeas.law.vocabulary import Fact, Scope, Vocabulary
from habeas.records.document import read_document
from habeas.records.mapping import Answer, FileMap, MappingFile, PersonMap, Where
from habeas.records.node import Node, Step
from habeas.records.shape import read_shape
from habeas.records.spread import spread
from habeas.records.value import value_of

UNKNOWN = "unknown"
"""What a value map writes for a cell that says nothing."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows, and whose: the file, the column with the person's key, the choice among rows."""

    file: str
    key: str
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One fact, item fact, table's column or table's completeness, and where it comes from.

    path      `minor`, `release_date.public`, `conviction.level`, `conviction`
    column    None: the same `constant` everywhere
    values    cell -> value (None: unknown); None: cells are read as the fact's type asks
    formats   of dates
    unknown   cells that say nothing
    strict    a cell that is not mapped is an error
    steps     where in the mapping it stands
    """

    path: str
    fact: Fact
    rows: Rows
    column: str | None
    constant: Value | None
    values: Dict[str, Value | None] | None
    formats: tuple[str, ...]
    unknown: frozenset[str]
    strict: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ItemTarget:
    """The columns in which an item's value lives."""

    item: str
    rows: Rows
    columns: tuple[str, ...]
    unknown: frozenset[str]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class TableTarget:
    """A table's rows, their columns, and what says that it is complete."""

    table: str
    rows: Rows
    columns: tuple[Target, ...]
    complete: Target | None
    steps: tuple[Step, ...]


class Use(NamedTuple):
    """A column that a mapping names, and what for.

    file, key  the file (or table of a database), and which of its columns says whose each row is
    column     the column
    steps      where in the mapping it stands
    nothing    None: its cells are read; else only whether there is one, which none of these is
    """

    file: str
    key: str
    column: str
    steps: tuple[Step, ...]
    nothing: frozenset[str] | None = None


@dataclass(slots=True)
class Mapping:
    """A mapping that fits the vocabulary."""

    node: Node
    person: PersonMap
    files: Dict[str, FileMap]
    unknown: frozenset[str]
    facts: list[Target] = field(default_factory=list)
    items: list[ItemTarget] = field(default_factory=list)
    item_facts: list[Target] = field(default_factory=list)
    tables: list[TableTarget] = field(default_factory=list)

    def uses(self) -> Iterator[Use]:
        """Every column that is named, each file's key before its others."""
        person = self.person
        yield Use(person.file, person.key, person.key, ("person", "key"))
        complete = [table.complete for table in self.tables if table.complete]
        for target in (*self.facts, *self.item_facts, *complete):
            if target.column is not None:
                yield from _of_rows(target.rows, target.steps)
                at = (*target.steps, "column")
                yield Use(target.rows.file, target.rows.key, target.column, at)
        for item in self.items:
            yield from _of_rows(item.rows, item.steps)
            for number, column in enumerate(item.columns):
                listed = isinstance(self.node.value_at(*item.steps), list)
                inner: tuple[Step, ...] = (number,) if listed else ("columns", number)
                at = (*item.steps, *inner)
                yield Use(item.rows.file, item.rows.key, column, at, item.unknown)
        for table in self.tables:
            yield from _of_rows(table.rows, table.steps)
            for target in table.columns:
                if target.column is not None:
                    at = (*target.steps, "column")
                    yield Use(table.rows.file, table.rows.key, target.column, at)


def _of_rows(rows: Rows, steps: tuple[Step, ...]) -> Iterator[Use]:
    yield Use(rows.file, rows.key, rows.key, (*steps, "key"))
    if rows.where:
        yield Use(rows.file, rows.key, rows.where.column, (*steps, "where", "column"))


def read_mapping(path: Path, vocabulary: Vocabulary) -> Mapping:
    """Read a mapping file and hold it against the vocabulary.

    Raises `InputError` with every problem: the file cannot be read (see `read_document`), it is not
    of the mapping's shape, a word that the vocabulary does not have, a value that its fact does not
    take, a judgement, a name of a file that leads out of the folder.
    """
    return mapping_of(read_document(path, "mapping"), vocabulary)


def mapping_of(node: Node, vocabulary: Vocabulary) -> Mapping:
    """The same of a document that was read already."""
    return _Reader(node, read_shape(MappingFile, node), vocabulary).read()


@dataclass(frozen=True, slots=True)
class _Told:
    answer: Answer
    steps: tuple[Step, ...] = field(compare=False)


class _Reader:
    def __init__(self, node: Node, file: MappingFile, vocabulary: Vocabulary) -> None:
        self.node = node
        self.file = file
        self.vocabulary = vocabulary
        self.problems: list[Problem] = []
        self.files = {file.person.file}

    def read(self) -> Mapping:
        file = self.file
        made = Mapping(self.node, file.person, file.files, frozenset(file.unknown))
        self.file_name(file.person.file, ("person", "file"))
        for name, answer in file.facts.items():
            fact = self.fact(name, "person", ("facts", name))
            if fact:
                made.facts.append(self.target(name, fact, answer, ("facts", name)))
        for item, columns in file.items.items():
            steps: tuple[Step, ...] = ("items", item)
            if item not in self.vocabulary.items:
                self.unknown_word("item", item, self.vocabulary.items, steps)
                continue
            rows = self.rows(columns.file, columns.key, columns.where, steps)
            nothing = frozenset((*file.unknown, *(columns.unknown or ())))
            made.items.append(ItemTarget(item, rows, tuple(columns.columns), nothing, steps))
        made.item_facts = self.item_facts()
        for name in file.tables:
            if name in self.vocabulary.tables:
                made.tables.append(self.table(name))
            else:
                self.unknown_word("table", name, self.vocabulary.tables, ("tables", name))
        for name in file.files:
            if name not in self.files:
                self.unknown_word("file", name, self.files, ("files", name))
        if self.problems:
            raise InputError(self.problems)
        return made

    def problem(self, steps: tuple[Step, ...], message: str, help: str, key: bool = False) -> None:
        place = self.node.key_at(*steps) if key else self.node.at(*steps)
        self.problems.append(Problem(place, message, help))

    def unknown_word(
        self, kind: str, word: str, known: Dict[str, object] | set[str], steps: tuple[Step, ...]
    ) -> None:
        listed = f"{kind}s are {', '.join(sorted(known))}"
        self.problem(steps, f"unknown {kind} `{word}`", did_you_mean(word, known, listed), True)

    def fact(self, name: str, scope: Scope, steps: tuple[Step, ...]) -> Fact | None:
        fact = self.vocabulary.facts.get(name)
        if fact is None:
            facts = {n: f for n, f in self.vocabulary.facts.items() if f.scope == scope}
            self.unknown_word("fact", name, facts, steps)
        elif fact.scope != scope:
            homes = {
                "request": "the request states it: take it out here",
                "person": "write it under `facts`",
                "item": "write it under `item_facts`, below its item",
            }
            article = "an" if fact.scope == "item" else "a"
            self.problem(
                steps, f"`{name}` is a fact of {article} {fact.scope}", homes[fact.scope], True
            )
        elif not self.judgement(fact, steps):
            return fact
        return None

    def judgement(self, fact: Fact, steps: tuple[Step, ...]) -> bool:
        if fact.judgement:
            self.problem(
                steps,
                f"`{fact.name}` is a judgement: no record can answer it",
                "take it out here; a person signs it in the request",
                True,
            )
        return fact.judgement

    def file_name(self, name: str, steps: tuple[Step, ...]) -> None:
        self.files.add(name)
        if not name or PurePosixPath(name).is_absolute() or {"..", "."} & set(name.split("/")):
            self.problem(
                steps,
                f"`{name}` is no file of the folder",
                "name the file alone; `--records` says where the folder is",
            )
        elif "\\" in name:
            self.problem(steps, f"`{name}` is no file name", "write `/` between folders")

    def rows(
        self, file: str | None, key: str | None, where: Where | None, steps: tuple[Step, ...]
    ) -> Rows:
        if file is not None:
            self.file_name(file, (*steps, "file"))
        person = self.file.person
        return Rows(person.file if file is None else file, key or person.key, where)

    def target(
        self,
        path: str,
        fact: Fact,
        answer: Answer,
        steps: tuple[Step, ...],
        rows: Rows | None = None,
    ) -> Target:
        constant = None
        if answer.constant is not None:
            constant = self.value(fact, answer.constant, (*steps, "constant"))
        values: dict[str, Value | None] | None = None
        if answer.values is not None:
            values = {}
            for cell, raw in answer.values.items():
                says_nothing = raw is None or (raw == UNKNOWN and UNKNOWN not in fact.words)
                if not cell.strip() or cell.strip() in values:
                    self.problem(
                        (*steps, "values", cell),
                        f"`{cell}` stands twice" if cell.strip() else "an empty cell is unknown",
                        "take it out",
                        True,
                    )
                values[cell.strip()] = (
                    None if says_nothing else self.value(fact, raw, (*steps, "values", cell))
                )
        if fact.type == "date" and answer.values is not None:
            self.problem(
                (*steps, "values"),
                "a date has no value map",
                "write `format`, and list cells that say nothing under `unknown`",
                True,
            )
        if fact.type != "date" and answer.format is not None:
            self.problem((*steps, "format"), f"`{fact.name}` is no date", "take it out", True)
        return Target(
            path,
            fact,
            rows or self.rows(answer.file, answer.key, None, steps),
            answer.column,
            constant,
            values,
            tuple(answer.format or self.file.dates),
            frozenset((*self.file.unknown, *(answer.unknown or ()))),
            (answer.unmapped or self.file.unmapped) == "error",
            steps,
        )

    def value(self, fact: Fact, raw: object, steps: tuple[Step, ...]) -> Value | None:
        try:
            return value_of(fact, raw, self.node.at(*steps))
        except InputError as error:
            self.problems += error.problems
            return None

    def item_facts(self) -> list[Target]:
        table: dict[str, dict[str, _Told]] = {}
        targets: dict[tuple[Step, ...], Target] = {}
        for word, answers in self.file.item_facts.items():
            if not self.vocabulary.expand(word):
                known = dict.fromkeys(self.vocabulary.item_words())
                self.unknown_word("item", word, known, ("item_facts", word))
                continue
            for name, answer in answers.items():
                steps = ("item_facts", word, name)
                fact = self.fact(name, "item", steps)
                if fact:
                    targets[steps] = self.target(name, fact, answer, steps)
                    table.setdefault(word, {})[name] = _Told(answer, steps)
        found, clashes = spread(table, self.vocabulary)
        for item, name, first, second in clashes:
            self.problem(
                ("item_facts", second, name),
                f"`{first}` and `{second}` answer `{item}.{name}` differently",
                f"say it under `{item}` itself, or in one of the groups",
                True,
            )
        return [
            replace(targets[told.steps], path=f"{item}.{name}")
            for (item, name), told in found.items()
        ]

    def table(self, name: str) -> TableTarget:
        declared = self.vocabulary.tables[name]
        table, steps = self.file.tables[name], ("tables", name)
        rows = self.rows(table.file, table.key, table.where, steps)
        columns: list[Target] = []
        for column, answer in table.columns.items():
            column_steps = (*steps, "columns", column)
            fact = declared.get(column)
            if fact is None:
                self.unknown_word("column", column, declared, column_steps)
            elif answer.file is not None or answer.key is not None:
                self.problem(
                    column_steps,
                    f"`{column}` comes from the file of its table",
                    "take out `file` and `key`",
                    True,
                )
            elif not self.judgement(fact, column_steps):
                path = f"{name}.{column}"
                columns.append(self.target(path, fact, answer, column_steps, rows))
        complete = None
        if table.complete is not None:
            meaning = f"whether all rows of `{name}` are there"
            fact = Fact(name, "person", "yes/no", meaning, self.node.at(*steps), who=("records",))
            complete = self.target(name, fact, table.complete, (*steps, "complete"))
        return TableTarget(name, rows, tuple(columns), complete, steps)

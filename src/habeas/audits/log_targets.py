"""A log map whose every word was held against the vocabulary.

    LogMapFile, Vocabulary  ->  read_log_map  ->  LogMap (targets: what is filled from which column)

Promise: a fact, item, value, lexicon or lookup that is not there, and a pattern that is none, is told
with its place in the map, all of them at once, before any log is read.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from habeas.audits.lexicon import read_lexicon
from habeas.audits.log_headers import header_of
from habeas.audits.log_map import DONE as WORDS
from habeas.audits.log_map import JoinMap, LogAnswer, LogMapFile, LookupMap
from habeas.errors import HabeasError, InputError, Place, Problem, did_you_mean
from habeas.law.facts import Value
from habeas.law.lexicon import Lexicon
from habeas.law.vocabulary import Fact, Vocabulary
from habeas.records.document import compose, read_text
from habeas.records.mapping import FileMap, Where
from habeas.records.node import Node, Step
from habeas.records.shape import read_shape
from habeas.records.spread import spread
from habeas.records.targets import UNKNOWN
from habeas.records.value import value_of

DAY, ACTOR, DONE = "log:day", "log:actor", "done:"
"""Paths of what is no fact: the row's own day, the agency, and what was done about an item."""

Values = Mapping[str, Value | None]
"""What cells (or patterns) answer; None: they say nothing."""


@dataclass(frozen=True, slots=True)
class LogTarget:
    """One fact, and where its values come from.

    path       `purpose`, `alpr_reads.public`; `DAY`, `ACTOR`, `done:alpr_reads` for the map's own
    columns    none: the same `constant` everywhere; several: of a lexicon
    values     cell -> value; None: cells are read as the fact's type asks
    find       lists of pattern -> value
    lookup     key -> value
    strict     a cell that is not understood is an error
    source     who says it
    """

    path: str
    fact: Fact
    columns: tuple[str, ...]
    constant: Value | None
    values: Values | None
    find: tuple[Values, ...]
    lookup: Values | None
    lexicon: Lexicon | None
    formats: tuple[str, ...]
    unknown: frozenset[str]
    strict: bool
    source: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class LogTable:
    """The rows of one table, and where they come from.

    file      as the map names it; `path`: where it is
    columns   targets by columns of that file; their paths are `conviction.level`
    complete  a target by columns of the log; None: complete for nobody
    """

    table: str
    file: str
    path: Path
    join: JoinMap
    where: Where | None
    columns: tuple[LogTarget, ...]
    complete: LogTarget | None
    steps: tuple[Step, ...]

    def reads(self) -> dict[str, tuple[Step, ...]]:
        """Every column of the file that is read, and where the map names it first."""
        found: dict[str, tuple[Step, ...]] = {self.join.table: (*self.steps, "join", "table")}
        if self.where is not None:
            found.setdefault(self.where.column, (*self.steps, "where", "column"))
        for target in self.columns:
            for name in target.columns:
                found.setdefault(name, target.steps)
        return found


@dataclass(slots=True)
class LogMap:
    """A log map that fits the vocabulary.

    headers  by our name of a column, the names that it has in files
    unknown  cells that say nothing, whatever the column
    sha256   of the map's bytes, and of each lookup's, lexicon's and table's, by name
    """

    node: Node
    text: str
    title: str
    files: Mapping[str, FileMap]
    headers: Mapping[str, tuple[str, ...]]
    optional: frozenset[str]
    unnest: str | None
    where: Where | None
    key: str | None
    unknown: frozenset[str]
    day: LogTarget
    actor: LogTarget
    reason: tuple[str, ...]
    done: tuple[LogTarget, ...]
    facts: tuple[LogTarget, ...]
    tables: tuple[LogTable, ...] = ()
    sha256: dict[str, str] = field(default_factory=dict)

    def targets(self) -> tuple[LogTarget, ...]:
        """All that columns of the log fill, the day first."""
        complete = (one.complete for one in self.tables if one.complete is not None)
        return (self.day, self.actor, *self.done, *self.facts, *complete)

    def columns(self) -> dict[str, tuple[Step, ...]]:
        """Every column that is read, by our name, and where the map names it first."""
        found: dict[str, tuple[Step, ...]] = {}
        for target in self.targets():
            for name in target.columns:
                found.setdefault(name, target.steps)
        if self.where is not None:
            found.setdefault(self.where.column, ("where", "column"))
        if self.key is not None:
            found.setdefault(self.key, ("key",))
        for table in self.tables:
            found.setdefault(table.join.log, (*table.steps, "join", "log"))
        for name in self.reason:
            found.setdefault(name, ("reason",))
        if self.unnest is not None:
            found.setdefault(self.unnest, ("unnest",))
        return found

    def names(self, column: str) -> tuple[str, ...]:
        """The names under which a column may stand in a file."""
        return self.headers.get(column, (column,))


def read_log_map(path: Path, vocabulary: Vocabulary, law_folder: Path | None = None) -> LogMap:
    """Read a log map and hold it against the vocabulary.

    law_folder  where lexicons are; left out: the shipped law

    Raises `InputError` with every problem: the file cannot be read (`read_document`), is not of the
    map's shape, names what is not there, or has a pattern that is no RE2.
    """
    text = read_text(path, "map")
    node = compose(text, path, "map")
    file = read_shape(LogMapFile, node)
    with duckdb.connect() as connection:
        return _Reader(path, text, node, file, vocabulary, law_folder, connection).read()


class _Reader:
    def __init__(
        self,
        path: Path,
        text: str,
        node: Node,
        file: LogMapFile,
        vocabulary: Vocabulary,
        law_folder: Path | None,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self.connection = connection  # tells whether a pattern is RE2
        self.path = path
        self.text = text
        self.node = node
        self.file = file
        self.vocabulary = vocabulary
        self.law_folder = law_folder
        self.problems: list[Problem] = []
        self.sha256 = {path.name: hashlib.sha256(text.encode()).hexdigest()}
        self.lexicons: dict[str, Lexicon | None] = {}

    def read(self) -> LogMap:
        file = self.file
        own = self.node.place
        day = self.target(DAY, Fact("day", "request", "date", "", own), file.day, ("day",))
        actor = self.target(ACTOR, Fact("actor", "request", "text", "", own), file.actor, ("actor",))  # fmt: skip
        if file.day.constant is None and file.day.column is None:
            self.problem(("day",), "a day is read from one column", "write `day: {column: …}`")
        done = [self.done(item, answer) for item, answer in file.done.items()]
        facts = [self.fact(name, answer) for name, answer in file.facts.items()]
        made = LogMap(
            self.node,
            self.text,
            file.title,
            file.files,
            {ours: tuple(theirs) for ours, theirs in file.columns.items()},
            frozenset(file.optional),
            file.unnest,
            file.where,
            file.key,
            frozenset(file.unknown),
            day,
            actor,
            tuple(file.reason),
            tuple(one for one in done if one),
            (*(one for one in facts if one), *self.item_facts()),
            tuple(self.tables()),
            self.sha256,
        )
        self.headers(made)
        if self.problems:
            raise InputError(self.problems)
        return made

    def problem(self, steps: tuple[Step, ...], message: str, help: str, key: bool = False) -> None:
        place = self.node.key_at(*steps) if key else self.node.at(*steps)
        self.problems.append(Problem(place, message, help))

    def headers(self, made: LogMap) -> None:
        """Names of columns: each of theirs is one of ours, and each of ours is read."""
        read, taken = made.columns(), dict[str, str]()
        for ours, theirs in made.headers.items():
            if ours not in read:
                self.problem(
                    ("columns", ours),
                    f"nothing reads `{ours}`",
                    did_you_mean(ours, read, "take it out, or name it below"),
                    True,
                )
            for one in theirs:
                if taken.setdefault(one, ours) != ours:
                    self.problem(
                        ("columns", ours),
                        f"`{one}` stands for `{taken[one]}` and for `{ours}`",
                        "keep it in one of the lists",
                        True,
                    )
        for ours in sorted(made.optional - set(read)):
            self.problem(("optional",), f"nothing reads `{ours}`", "take it out")

    def fact(self, name: str, answer: LogAnswer) -> LogTarget | None:
        steps = ("facts", name)
        fact = self.vocabulary.facts.get(name)
        if fact is None:
            known = [n for n, one in self.vocabulary.facts.items() if one.scope != "item"]
            help_ = did_you_mean(name, known, f"facts are {', '.join(known)}")
            self.problem(steps, f"unknown fact `{name}`", help_, True)
        elif fact.scope == "item":
            help_ = "write it under `item_facts`, below its item"
            self.problem(steps, f"`{name}` is a fact of an item", help_, True)
        elif not self.judgement(fact, steps):
            return self.target(name, fact, answer, steps)
        return None

    def judgement(self, fact: Fact, steps: tuple[Step, ...]) -> bool:
        if fact.judgement:
            self.problem(
                steps,
                f"`{fact.name}` is a judgement: no log can answer it",
                "take it out here; it stays unknown",
                True,
            )
        return fact.judgement

    def item_facts(self) -> list[LogTarget]:
        table: dict[str, dict[str, LogTarget]] = {}
        for word, answers in self.file.item_facts.items():
            if not self.vocabulary.expand(word):
                self.unknown_item(word, ("item_facts", word))
                continue
            for name, answer in answers.items():
                steps = ("item_facts", word, name)
                fact = self.vocabulary.facts.get(name)
                if fact is None or fact.scope != "item":
                    known = [n for n, one in self.vocabulary.facts.items() if one.scope == "item"]
                    help_ = did_you_mean(name, known, f"facts of items are {', '.join(known)}")
                    self.problem(steps, f"unknown fact `{name}` of an item", help_, True)
                elif not self.judgement(fact, steps):
                    table.setdefault(word, {})[name] = self.target(name, fact, answer, steps)
        found, clashes = spread(table, self.vocabulary)
        for item, name, first, second in clashes:
            self.problem(
                ("item_facts", second, name),
                f"`{first}` and `{second}` answer `{item}.{name}` differently",
                f"say it under `{item}` itself, or in one of the groups",
                True,
            )
        return [replace(one, path=f"{item}.{name}") for (item, name), one in found.items()]

    def tables(self) -> Iterator[LogTable]:
        for name, table in self.file.tables.items():
            steps: tuple[Step, ...] = ("tables", name)
            declared = self.vocabulary.tables.get(name)
            if declared is None:
                known = self.vocabulary.tables
                help_ = did_you_mean(name, known, f"tables are {', '.join(known)}")
                self.problem(steps, f"unknown table `{name}`", help_, True)
                continue
            columns = []
            for column, answer in table.columns.items():
                at = (*steps, "columns", column)
                fact = declared.get(column)
                if fact is None:
                    help_ = did_you_mean(column, declared, f"columns are {', '.join(declared)}")
                    self.problem(at, f"unknown column `{column}`", help_, True)
                elif not self.judgement(fact, at):
                    columns.append(self.target(f"{name}.{column}", fact, answer, at))
            complete = None
            if table.complete is not None:
                fact = Fact(name, "person", "yes/no", "", self.node.at(*steps))
                complete = self.target(name, fact, table.complete, (*steps, "complete"))
            path = self.path.parent / table.file
            made = LogTable(name, table.file, path, table.join, table.where, tuple(columns), complete, steps)  # fmt: skip
            self.beside(made)
            yield made

    def beside(self, table: LogTable) -> None:
        """Hold a table's columns against the header of its file."""
        at = (*table.steps, "file")
        if not table.path.is_file():
            self.problem(at, f"there is no file `{table.file}`", "put it beside the map")
            return
        try:
            header = header_of(table.path, self.file.files.get(table.path.name, FileMap()))
            with table.path.open("rb") as opened:
                self.sha256[table.file] = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            why = (error.strerror or "unknown reason").lower()
            self.problem(at, f"`{table.file}` cannot be read: {why}", "check the file")
            return
        except InputError as error:
            self.problems += [replace(one, place=self.node.at(*at)) if not one.place.line else one for one in error.problems]  # fmt: skip
            return
        for column, steps in table.reads().items():
            if header.count(column) != 1:
                told = f"has the column `{column}` twice" if column in header else f"has no column `{column}`"  # fmt: skip
                help_ = did_you_mean(column, header, f"its columns are {', '.join(header)}")
                if column in header:
                    help_ = "give one of them another name"
                self.problem(steps, f"`{table.file}` {told}", help_)

    def unknown_item(self, word: str, steps: tuple[Step, ...]) -> None:
        known = tuple(self.vocabulary.item_words())
        self.problem(steps, f"unknown item `{word}`", did_you_mean(word, known, "the vocabulary lists the items"), True)  # fmt: skip

    def done(self, item: str, answer: LogAnswer) -> LogTarget | None:
        steps = ("done", item)
        if item not in self.vocabulary.items:
            self.unknown_item(item, steps)
            return None
        fact = Fact("done", "request", "words", "what was done", self.node.at(*steps), words=WORDS)
        return self.target(f"{DONE}{item}", fact, answer, steps)

    def target(
        self, path: str, fact: Fact, answer: LogAnswer, steps: tuple[Step, ...]
    ) -> LogTarget:
        if fact.type == "date":
            for name in ("values", "find", "lookup", "lexicon"):
                if getattr(answer, name) is not None:
                    self.problem((*steps, name), "a date is read by its format alone", "write `format`", True)  # fmt: skip
        elif answer.format is not None:
            self.problem((*steps, "format"), f"`{path}` is no date", "take it out", True)
        columns = answer.columns or ([answer.column] if answer.column else [])
        return LogTarget(
            path,
            fact,
            tuple(columns),
            self.value(fact, answer.constant, (*steps, "constant")),
            self.values(fact, answer.values, (*steps, "values")),
            tuple(self.find(fact, answer, steps)),
            self.lookup(fact, answer.lookup, steps) if answer.lookup else None,
            self.lexicon(fact, answer.lexicon, steps) if answer.lexicon else None,
            tuple(answer.format or self.file.dates),
            frozenset((*self.file.unknown, *(answer.unknown or ()))),
            (answer.unmapped or self.file.unmapped) == "error",
            answer.source,
            steps,
        )

    def value(self, fact: Fact, raw: object, steps: tuple[Step, ...]) -> Value | None:
        """A value of a fact; None where nothing, or `unknown`, is written."""
        if raw is None or (raw == UNKNOWN and UNKNOWN not in fact.words):
            return None
        try:
            return value_of(fact, raw, self.node.at(*steps))
        except InputError as error:
            self.problems += error.problems
            return None

    def values(
        self, fact: Fact, pairs: dict[str, object] | None, steps: tuple[Step, ...]
    ) -> Values | None:
        if pairs is None:
            return None
        found: dict[str, Value | None] = {}
        for cell, raw in pairs.items():
            if not cell.strip() or cell.strip() in found:
                told = f"`{cell}` stands twice" if cell.strip() else "an empty cell is unknown"
                self.problem((*steps, cell), told, "take it out", True)
            found[cell.strip()] = self.value(fact, raw, (*steps, cell))
        return found

    def find(self, fact: Fact, answer: LogAnswer, steps: tuple[Step, ...]) -> list[Values]:
        made: list[Values] = []
        listed = isinstance(self.node.value_at(*steps, "find"), list)
        for number, pairs in enumerate(answer.find or ()):
            at = (*steps, "find", number) if listed else (*steps, "find")
            found: dict[str, Value | None] = {}
            for pattern, raw in pairs.items():
                self.pattern(pattern, (*at, pattern))
                found[pattern] = self.value(fact, raw, (*at, pattern))
            made.append(found)
        return made

    def pattern(self, pattern: str, steps: tuple[Step, ...]) -> None:
        try:
            asked = self.connection.execute("SELECT regexp_matches('', $1)", [pattern])
            [(empty,)] = asked.fetchall()
        except duckdb.Error as error:
            why = str(error).split("\n")[0].partition(": ")[2].replace("`", "")
            help_ = "patterns are RE2, which looks neither ahead nor back"
            self.problem(steps, f"this pattern cannot be read: {why}", help_, True)
        else:
            if empty:
                help_ = "write at least one character that has to be there"
                self.problem(steps, "this pattern is found in an empty cell", help_, True)

    def lookup(self, fact: Fact, lookup: LookupMap, steps: tuple[Step, ...]) -> Values:
        """The values of a table beside the map; a key with two of them has none."""
        at = (*steps, "lookup", "file")
        path = self.path.parent / lookup.file
        found: dict[str, Value | None] = {}
        try:
            data = path.read_bytes()
            rows = csv.DictReader(data.decode("utf-8-sig").splitlines(), strict=True)
            missing = [one for one in (lookup.key, lookup.value) if one not in (rows.fieldnames or ())]  # fmt: skip
            if missing:
                help_ = did_you_mean(missing[0], rows.fieldnames or (), "name a column that it has")
                self.problem(at, f"`{lookup.file}` has no column `{missing[0]}`", help_)
                return found
            for line, row in enumerate(rows, 2):
                key, raw = (row[lookup.key] or "").strip(), (row[lookup.value] or "").strip()
                if key and raw:
                    value = value_of(fact, raw, Place(str(path), line))
                    found[key] = value if found.get(key, value) == value else None
        except InputError as error:
            self.problems += error.problems
        except (OSError, UnicodeError, csv.Error) as error:
            why = (error.strerror or "unknown reason").lower() if isinstance(error, OSError) else "it is no UTF-8 CSV"  # fmt: skip
            self.problem(at, f"`{lookup.file}` cannot be read: {why}", "put it beside the map")
        else:
            self.sha256[lookup.file] = hashlib.sha256(data).hexdigest()
        return found

    def lexicon(self, fact: Fact, name: str, steps: tuple[Step, ...]) -> Lexicon | None:
        if name not in self.lexicons:
            self.lexicons[name] = None
            try:
                found = read_lexicon(name, self.law_folder)
            except HabeasError as error:
                place = self.node.at(*steps, "lexicon")
                self.problems += [replace(one, place=place) if isinstance(error, InputError) else one for one in error.problems]  # fmt: skip
            else:
                self.lexicons[name] = found
                self.sha256[f"lexicon {name}"] = found.digest
        found_ = self.lexicons[name]
        if found_ is not None and fact.name not in found_.facts:
            self.problem(
                (*steps, "lexicon"),
                f"`{name}` says nothing of `{fact.name}`",
                f"it says something of {', '.join(found_.facts)}",
            )
        return found_

"""The book of law: every pack, table and check of a folder, read and checked together.

    laws/  ->  read_book  ->  LawBook  ->  chain(place)  ->  RuleSet

Promise: what is in a book was checked against all of it; a digest names its bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from habeas.errors import LawError, Place, Problem, counted, did_you_mean
from habeas.law.blocks import Acting, Block, Duty, Pack, Provision
from habeas.law.builder import build_blocks, definition_name
from habeas.law.checker import check_pages, related
from habeas.law.dates import read_day
from habeas.law.reader import ID, Page, read_pack
from habeas.law.source import Source
from habeas.law.vocabulary import PLACE, Fact, Vocabulary, Word, read_vocabulary

_TOP = ("vocabulary.md", "checks.csv", "lexicons")
Cell = tuple[str, Place]
"""What stands in one cell of a table of law, and where."""


Kind = TypeVar("Kind", bound=Block)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of an offence list: the offence has the flag on days of `[start, end)`."""

    offense: str
    flag: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Check:
    """That a named person held a provision's segment against the official text."""

    provision: str
    sha256: str
    who: str
    when: str
    against: str


@dataclass(slots=True)
class LawBook:
    """All law of one folder.

    files     bytes by path relative to the folder (`us-ca/values-act.md`)
    lists     offence lists by path (`us-ca/offenses.csv`)
    holidays  days by place
    checks    by provision and SHA-256 of the segment
    """

    folder: Path
    vocabulary: Vocabulary
    packs: dict[str, Pack] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    lists: dict[str, tuple[Listed, ...]] = field(default_factory=dict)
    holidays: dict[str, frozenset[date]] = field(default_factory=dict)
    checks: dict[tuple[str, str], Check] = field(default_factory=dict)

    def places(self) -> tuple[str, ...]:
        """Every place that has a pack, sorted."""
        return tuple(sorted({pack.jurisdiction for pack in self.packs.values()}))

    def packs_of(self, place: str) -> tuple[Pack, ...]:
        """The packs of a place's chain, from `us` down, by path within a place."""
        chain = chain_of(place)
        found = [pack for pack in self.packs.values() if pack.jurisdiction in chain]
        return tuple(sorted(found, key=lambda pack: (chain.index(pack.jurisdiction), pack.path)))

    def provisions_of(self, place: str) -> Iterator[Provision]:
        """Every segment of every provision on a place's chain."""
        for pack in self.packs_of(place):
            yield from pack.provisions

    def is_checked(self, provision: Provision) -> bool:
        """Whether somebody held exactly this segment against the official text."""
        return (provision.id, provision.sha256) in self.checks

    def law_files(self, place: str) -> dict[str, bytes]:
        """The bytes that a place's digest covers, by path."""
        chain = chain_of(place)
        return {
            path: data
            for path, data in sorted(self.files.items())
            if path in ("vocabulary.md", "checks.csv") or path.split("/")[0] in chain
        }

    def digest(self, place: str) -> str:
        """SHA-256 over lines `sha256␠␠path⏎`, sorted by path, of the chain's files; hexadecimal."""
        lines = [
            f"{hashlib.sha256(data).hexdigest()}  {path}\n"
            for path, data in self.law_files(place).items()
        ]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def holidays_of(self, place: str) -> frozenset[date]:
        """Of the nearest place of the chain that lists any."""
        for one in reversed(chain_of(place)):
            if one in self.holidays:
                return self.holidays[one]
        return frozenset()

    def changes(self, place: str) -> tuple[date, ...]:
        """The days on which the law of a place changes, sorted, `date.min` first."""
        days = {date.min}
        for provision in self.provisions_of(place):
            days |= {provision.start, provision.end} - {date.max}
        for path, lines in self.lists.items():
            if path.split("/")[0] in chain_of(place):
                days |= {day for one in lines for day in (one.start, one.end)} - {date.max}
        return tuple(sorted(days))

    def provisions(self) -> Iterator[Provision]:
        """Every segment of every provision."""
        for pack in self.packs.values():
            yield from pack.provisions

    def blocks(self, kind: type[Kind]) -> Iterator[Kind]:
        """Every block of one kind."""
        for provision in self.provisions():
            for block in provision.blocks:
                if isinstance(block, kind):
                    yield block

    def find(self, block: str) -> list[tuple[Provision, Acting | Duty | None]]:
        """Every segment of the block or provision with this id, in the order of their lives."""
        found: list[tuple[Provision, Acting | Duty | None]] = []
        for provision in self.provisions():
            blocks = [b for b in provision.blocks if isinstance(b, Acting | Duty) and b.id == block]
            found += [(provision, b) for b in blocks]
            if provision.id == block and not blocks:
                found.append((provision, None))
        return sorted(found, key=lambda pair: pair[0].start)


def chain_of(place: str) -> tuple[str, ...]:
    """The places that a custodian stands under.

    >>> chain_of("us-ca-sf")
    ('us', 'us-ca', 'us-ca-sf')
    """
    parts = place.split("-")
    return tuple("-".join(parts[: n + 1]) for n in range(len(parts)))


def read_book(folder: Path, shown: str | None = None) -> LawBook:
    """Read and check a folder of law; `shown` is its name in messages.

    Raises `LawError` with every problem found.
    """
    return _BookReader(folder, shown if shown is not None else folder.name).read()


class _BookReader:
    def __init__(self, folder: Path, shown: str) -> None:
        self.folder = folder
        self.shown = shown
        self.problems: list[Problem] = []
        self.files: dict[str, bytes] = {}

    def source(self, path: Path) -> Source:
        relative = path.relative_to(self.folder).as_posix()
        source = Source.read(path, f"{self.shown}/{relative}" if self.shown else relative)
        self.files[relative] = source.text.encode()
        return source

    def read(self) -> LawBook:
        if not self.folder.is_dir():
            raise LawError(
                Problem(
                    Place(self.shown),
                    "no such folder of law",
                    "name the folder that holds `vocabulary.md`",
                )
            )
        vocabulary = read_vocabulary(self.source(self.folder / "vocabulary.md"))
        book = LawBook(self.folder, vocabulary, files=self.files)
        pages: list[Page] = []
        for path in sorted(self.folder.iterdir()):
            if path.name in _TOP or path.name.startswith((".", "_")):
                continue
            if path.is_dir() and PLACE.match(path.name):
                for inner in sorted(path.iterdir()):
                    self.file(inner, book, pages)
            elif path.is_dir():
                self.refuse(
                    path,
                    f"`{path.name}` is no place",
                    "folders are named `us`, `us-ca`, `us-ca-sf`; no hyphen within a segment",
                )
            else:
                self.refuse(path, "this file is no law", "a pack stands in the folder of its place")
        checks = self.folder / "checks.csv"
        if checks.exists():
            self.checks(self.source(checks), book)
        self.lists_declared(book)
        if self.problems:
            raise LawError(self.problems)
        self.problems += check_definitions(pages, vocabulary)
        for page in pages:
            visible = visible_definitions(pages, page.pack.jurisdiction)
            self.problems += build_blocks(page, vocabulary, visible)
            book.packs[page.pack.id] = page.pack
        self.problems += check_pages(book.packs, vocabulary) if not self.problems else []
        if self.problems:
            raise LawError(self.problems)
        return book

    def refuse(self, path: Path, message: str, help: str) -> None:
        """A problem with a file or folder as a whole."""
        place = Place("/".join([self.shown, *path.relative_to(self.folder).parts]).lstrip("/"))
        self.problems.append(Problem(place, message, help))

    def file(self, path: Path, book: LawBook, pages: list[Page]) -> None:
        place = path.parent.name
        if path.name.startswith("."):
            return
        try:
            if path.is_dir() or path.suffix not in (".md", ".csv"):
                what = "folder" if path.is_dir() else "file"
                self.refuse(
                    path,
                    f"this {what} is no law",
                    "packs are `.md`, tables of law `.csv`; move it elsewhere",
                )
            elif path.suffix == ".md" and not ID.match(path.stem):
                self.refuse(
                    path,
                    f"`{path.stem}` cannot be the name of a pack",
                    "name it with letters, digits, `.`, `_` and `-`, as in `values-act.md`",
                )
            elif path.suffix == ".md":
                pages.append(read_pack(self.source(path), place, path.stem))
            elif path.name == "holidays.csv":
                book.holidays[place] = self.holidays(self.source(path))
            else:
                name = f"{place}/{path.name}"
                book.lists[name] = ()
                book.lists[name] = self.offenses(self.source(path), name, book.vocabulary)
        except LawError as error:
            self.problems += error.problems

    # -- tables of law ----------------------------------------------------------------------------

    def problem(self, place: Place, message: str, help: str) -> None:
        self.problems.append(Problem(place, message, help))

    def rows(self, source: Source, columns: tuple[str, ...]) -> Iterator[list[Cell]]:
        """The rows below the header, each cell with its place; odd rows are told and left out."""
        reader = csv.reader(io.StringIO(source.text), strict=True)
        line = 1
        try:
            if tuple(next(reader, ())) != columns:
                where = source.whole_line(1) if source.text.strip() else Place(source.path)
                help_ = f"the first line is `{','.join(columns)}`"
                self.problem(where, "these are not the columns of this table", help_)
                return
            line = reader.line_num + 1
            for row in reader:
                first, line = line, reader.line_num + 1
                where = source.whole_line(first)
                if line > first + 1:
                    self.problem(where, "a cell goes on below this line", "close its quote here")
                elif row and len(row) != len(columns):
                    self.problem(
                        where,
                        f"{counted(len(row), 'cell')} where the header has {len(columns)}",
                        "write a cell for each column, empty ones too",
                    )
                elif row:
                    yield _cells(source, first, row)
        except csv.Error as error:
            self.problem(
                source.whole_line(line),
                f"this CSV cannot be read: {error}",
                'quote cells with `"`, and close each quote',
            )

    def day(self, cell: Cell, otherwise: date | None = None) -> date:
        """The day in a cell; `otherwise` where it is empty."""
        text, place = cell
        if not text and otherwise:
            return otherwise
        try:
            return read_day(text)
        except ValueError:
            shown = f"`{text}` is no day" if text else "a day is missing"
            self.problem(place, shown, "write it as `YYYY-MM-DD`")
            return date.min

    def holidays(self, source: Source) -> frozenset[date]:
        return frozenset([self.day(day) for day, _ in self.rows(source, ("date", "name"))])

    def offenses(self, source: Source, name: str, vocabulary: Vocabulary) -> tuple[Listed, ...]:
        flags = [
            column
            for columns in vocabulary.tables.values()
            for column, fact in columns.items()
            if fact.derived == name
        ]
        found = []
        for offense, flag, start, end in self.rows(source, ("offense", "flag", "from", "to")):
            one = Listed(offense[0], flag[0], self.day(start, date.min), self.day(end, date.max))
            if not one.offense:
                help_ = "write it as records do: `PC 211`"
                self.problem(offense[1], "this line names no offence", help_)
            if one.flag not in flags:
                help_ = did_you_mean(one.flag, flags, f"declare a column `yes/no, from {name}`")
                self.problem(
                    flag[1], f"`{one.flag}` is no column that the vocabulary takes from here", help_
                )
            if one.start >= one.end and one.end != date.min:
                help_ = "`to` is the first day without it"
                self.problem(end[1], "this listing ends before it begins", help_)
            found.append(one)
        return tuple(found)

    def checks(self, source: Source, book: LawBook) -> None:
        for row in self.rows(source, ("provision", "sha256", "who", "when", "against")):
            self.day(row[3])
            provision, digest, who, when, against = (text for text, _ in row)
            if not (provision and who and against and re.fullmatch(r"[0-9a-f]{64}", digest)):
                self.problem(
                    source.whole_line(row[0][1].line),
                    "this check is not whole",
                    "write provision, the segment's SHA-256, who, when and against what",
                )
            book.checks[provision, digest] = Check(provision, digest, who, when, against)

    def lists_declared(self, book: LawBook) -> None:
        for columns in book.vocabulary.tables.values():
            for fact in columns.values():
                if fact.derived and fact.derived not in book.lists:
                    help_ = "add the list, or write `yes/no`"
                    self.problem(fact.place, f"there is no `{fact.derived}`", help_)
                if fact.derived and "offense" not in columns:
                    help_ = "a flag comes from a list by the row's `offense`"
                    self.problem(fact.place, f"`{fact.table}` has no column `offense`", help_)


def _cells(source: Source, line: int, row: list[str]) -> list[Cell]:
    """A row's cells with their places; where one is quoted, with the line's."""
    text = source.line(line)
    if '"' in text:
        return [(cell.strip(), source.whole_line(line)) for cell in row]
    found, start = [], source.starts[line - 1]
    for cell in row:
        lead = start + len(cell) - len(cell.lstrip())
        place = source.span(lead, max(lead + 1, start + len(cell.rstrip())))
        found.append((cell.strip(), place))
        start += len(cell) + 1
    return found


# -- definitions ----------------------------------------------------------------------------------


def visible_definitions(pages: list[Page], place: str) -> dict[str, object]:
    """Names of the definitions that stand in a place or above it."""
    chain = chain_of(place)
    return {
        definition_name(page, fence): fence
        for page in pages
        if page.pack.jurisdiction in chain
        for fence in page.fences
        if fence.word == "define"
    }


def check_definitions(pages: list[Page], vocabulary: Vocabulary) -> list[Problem]:
    """Definitions: named unlike any fact, column, item; unique where visible; under no status."""
    problems: list[Problem] = []
    taken: dict[str, Fact | Word] = {**vocabulary.facts, **vocabulary.items, **vocabulary.groups}
    for columns in vocabulary.tables.values():
        taken |= columns
    seen: list[tuple[str, Provision, Place]] = []
    defines = [(page, fence) for page in pages for fence in page.fences if fence.word == "define"]
    for page, fence in defines:
        name, place, provision = (
            definition_name(page, fence),
            fence.clauses[0].place,
            fence.provision,
        )
        if name in taken:
            help_ = f"choose another name ({taken[name].place.path}:{taken[name].place.line})"
            problems.append(Problem(place, f"`{name}` is already a word of the vocabulary", help_))
        if provision.status:
            problems.append(
                Problem(
                    place,
                    f"a definition cannot stand under `status={provision.status}`",
                    "move it to a heading without a status",
                )
            )
        for other, elsewhere, where in seen:
            if (
                other == name
                and related(elsewhere.pack.jurisdiction, provision.pack.jurisdiction)
                and provision.start < elsewhere.end
                and elsewhere.start < provision.end
            ):
                problems.append(
                    Problem(
                        place,
                        f"`{name}` is defined twice on one day",
                        f"first at {where}: rename one, or part their lives",
                    )
                )
        seen.append((name, provision, place))
    return problems

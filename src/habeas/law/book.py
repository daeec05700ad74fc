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

from habeas.errors import LawError, Place, Problem, did_you_mean
from habeas.law.blocks import Acting, Duty, Pack, Provision
from habeas.law.builder import build_blocks, definition_name
from habeas.law.checker import check_pages
from habeas.law.reader import Page, read_pack
from habeas.law.source import Source
from habeas.law.vocabulary import Vocabulary, read_vocabulary


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
    checks    by SHA-256 of the segment
    """

    folder: Path
    vocabulary: Vocabulary
    packs: dict[str, Pack] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    lists: dict[str, tuple[Listed, ...]] = field(default_factory=dict)
    holidays: dict[str, frozenset[date]] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)

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
        check = self.checks.get(provision.sha256)
        return check is not None and check.provision == provision.id

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

    def find(self, block: str) -> list[tuple[Provision, Acting | Duty | None]]:
        """Every segment of the block or provision with this id, in the order of their lives."""
        found: list[tuple[Provision, Acting | Duty | None]] = []
        for pack in self.packs.values():
            for provision in pack.provisions:
                blocks = [
                    b for b in provision.blocks if isinstance(b, Acting | Duty) and b.id == block
                ]
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
        for path in sorted(self.folder.glob("*/*")):
            self.file(path, book, pages)
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

    def file(self, path: Path, book: LawBook, pages: list[Page]) -> None:
        place = path.parent.name
        if path.name.startswith(".") or place.startswith((".", "_")) or place == "lexicons":
            return
        try:
            if path.suffix == ".md":
                pages.append(read_pack(self.source(path), place, path.stem))
            elif path.name == "holidays.csv":
                book.holidays[place] = self.holidays(self.source(path))
            elif path.suffix == ".csv":
                book.lists[f"{place}/{path.name}"] = self.offenses(
                    self.source(path), book.vocabulary
                )
            elif path.is_file():
                where = Place(f"{self.shown}/{place}/{path.name}")
                self.problems.append(
                    Problem(
                        where,
                        "this file is no law",
                        "packs are `.md`, tables of law `.csv`; move it elsewhere",
                    )
                )
        except LawError as error:
            self.problems += error.problems

    # -- tables of law ----------------------------------------------------------------------------

    def rows(self, source: Source, columns: tuple[str, ...]) -> Iterator[tuple[Place, list[str]]]:
        try:
            lines = list(csv.reader(io.StringIO(source.text), strict=True))
        except csv.Error as error:
            raise LawError(
                Problem(
                    Place(source.path),
                    f"this CSV cannot be read: {error}",
                    'quote cells with `"`, and close each quote',
                )
            ) from None
        if not lines or tuple(lines[0]) != columns:
            shown = source.whole_line(1) if source.text.strip() else Place(source.path)
            raise LawError(
                Problem(
                    shown,
                    "these are not the columns of this table",
                    f"the first line is `{','.join(columns)}`",
                )
            )
        for number, cells in enumerate(lines[1:], 2):
            if cells:
                place = source.whole_line(min(number, len(source.starts)))
                if len(cells) != len(columns):
                    raise LawError(
                        Problem(
                            place,
                            f"{len(cells)} cells where the header has {len(columns)}",
                            "write a cell for each column, empty ones too",
                        )
                    )
                yield place, [cell.strip() for cell in cells]

    def day(self, text: str, place: Place, otherwise: date) -> date:
        try:
            if text and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                raise ValueError
            return date.fromisoformat(text) if text else otherwise
        except ValueError:
            raise LawError(
                Problem(place, f"`{text}` is no day", "write it as `YYYY-MM-DD`")
            ) from None

    def holidays(self, source: Source) -> frozenset[date]:
        days = set()
        for place, (text, _) in self.rows(source, ("date", "name")):
            days.add(self.day(text or "-", place, date.min))
        return frozenset(days)

    def offenses(self, source: Source, vocabulary: Vocabulary) -> tuple[Listed, ...]:
        flags = {
            name
            for columns in vocabulary.tables.values()
            for name, fact in columns.items()
            if fact.derived
        }
        found = []
        for place, (offense, flag, start, end) in self.rows(
            source, ("offense", "flag", "from", "to")
        ):
            if not offense:
                raise LawError(
                    Problem(place, "this line names no offence", "write it as records do: `PC 211`")
                )
            if flag not in flags:
                raise LawError(
                    Problem(
                        place,
                        f"`{flag}` is no flag that the vocabulary takes from a list",
                        did_you_mean(flag, flags, "declare the column `from` this file"),
                    )
                )
            found.append(
                Listed(
                    offense, flag, self.day(start, place, date.min), self.day(end, place, date.max)
                )
            )
        return tuple(found)

    def checks(self, source: Source, book: LawBook) -> None:
        try:
            for place, (provision, digest, who, when, against) in self.rows(
                source, ("provision", "sha256", "who", "when", "against")
            ):
                if not (who and against and re.fullmatch(r"[0-9a-f]{64}", digest)):
                    raise LawError(
                        Problem(
                            place,
                            "this check is not whole",
                            "write provision, the segment's SHA-256, who, when and against what",
                        )
                    )
                self.day(when or "-", place, date.min)
                book.checks[digest] = Check(provision, digest, who, when, against)
        except LawError as error:
            self.problems += error.problems

    def lists_declared(self, book: LawBook) -> None:
        for columns in book.vocabulary.tables.values():
            for fact in columns.values():
                if fact.derived and fact.derived not in book.lists:
                    self.problems.append(
                        Problem(
                            fact.place,
                            f"there is no `{fact.derived}`",
                            "add the list, or write `yes/no`",
                        )
                    )
                if fact.derived and "offense" not in columns:
                    self.problems.append(
                        Problem(
                            fact.place,
                            f"`{fact.table}` has no column `offense`",
                            "a flag comes from a list by the row's `offense`",
                        )
                    )


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
    taken = {**vocabulary.facts, **vocabulary.items, **vocabulary.groups}
    for columns in vocabulary.tables.values():
        taken |= columns
    seen: list[tuple[str, Provision, Place]] = []
    for page in pages:
        for fence in page.fences:
            if fence.word != "define":
                continue
            name, place, provision = (
                definition_name(page, fence),
                fence.clauses[0].place,
                fence.provision,
            )
            if name in taken:
                problems.append(
                    Problem(
                        place,
                        f"`{name}` is already a word of the vocabulary",
                        f"choose another name ({taken[name].place.path}:{taken[name].place.line})",
                    )
                )
            if provision.status:
                problems.append(
                    Problem(
                        place,
                        f"a definition cannot stand under `status={provision.status}`",
                        "move it to a heading without a status, and the rule that is contested to its own",
                    )
                )
            for other, elsewhere, where in seen:
                near = elsewhere.pack.jurisdiction in chain_of(
                    provision.pack.jurisdiction
                ) or provision.pack.jurisdiction in chain_of(elsewhere.pack.jurisdiction)
                if (
                    other == name
                    and near
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

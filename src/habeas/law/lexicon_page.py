"""Reading lexicons: a page's tables, each cell held against the vocabulary.

    laws/lexicons/NAME.md  ->  read_lexicons  ->  Lexicon (its examples not tried yet)

Promise: what is not understood on a page is refused with its place; no pattern is run here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from markdown_it import MarkdownIt

from habeas.errors import LawError, Place, Problem, counted, did_you_mean
from habeas.law.lexicon import Example, Lexicon, Reason
from habeas.law.source import Source
from habeas.law.vocabulary import Vocabulary
from habeas.law.vocabulary import cells_of as cells

FOLDER = "lexicons"
"""Where they stand within a folder of law."""

Cell = tuple[str, Place]

_PAGE = re.compile(r"[a-z][a-z0-9-]*\Z")
_NAME = re.compile(r"[a-z][a-z0-9’ -]*\Z")
_SHOWN = ("matches", "does not match", "why")
_SECTIONS = ("Reasons", "Set aside", "Precedence", "Examples")
_SECTION_HELP = "sections are Reasons, Set aside, Precedence and Examples"
_ROWS = "write rows `| … |` below a header and a line `| --- | … |`, and nothing else but text"


def read_lexicons(folder: Path, vocabulary: Vocabulary, shown: str) -> dict[str, Lexicon]:
    """Every lexicon of a folder of law, by name; `shown` is the folder's name in messages.

    Raises `LawError` with every problem found.
    """
    found: dict[str, Lexicon] = {}
    problems: list[Problem] = []
    where = folder / FOLDER
    if where.exists() and not where.is_dir():
        place = Place("/".join(part for part in (shown, FOLDER) if part))
        problems.append(Problem(place, f"`{FOLDER}` is no folder", "make it a folder of pages"))
    for path in sorted(where.iterdir()) if where.is_dir() else ():
        if path.name.startswith("."):
            continue
        named = "/".join(part for part in (shown, FOLDER, path.name) if part)
        if path.is_dir() or path.suffix != ".md" or not _PAGE.match(path.stem):
            help_ = "lexicons are pages such as `search-reasons.md`; move it elsewhere"
            problems.append(Problem(Place(named), "this is no lexicon", help_))
            continue
        try:
            found[path.stem] = _Reader(path.stem, Source.read(path, named), vocabulary).read()
        except LawError as error:
            problems += error.problems
    if problems:
        raise LawError(problems)
    return found


class _Reader:
    def __init__(self, name: str, source: Source, vocabulary: Vocabulary) -> None:
        self.name = name
        self.source = source
        self.problems: list[Problem] = []
        self.known = {
            fact.name: fact.words
            for fact in vocabulary.facts.values()
            if fact.scope == "request" and fact.type == "words"
        }
        self.facts: tuple[str, ...] = ()
        self.reasons: list[Reason] = []
        self.aside: list[Reason] = []
        self.seen: dict[str, Place] = {}
        self.first: dict[str, str] = {}
        self.examples: list[Example] = []

    def problem(self, place: Place, message: str, help: str) -> None:
        self.problems.append(Problem(place, message, help))

    def read(self) -> Lexicon:
        tables = list(self.tables())
        for wanted in _SECTIONS:  # what the columns are is said by the reasons
            for section, first, last in tables:
                if section == wanted:
                    self.table(section, first, last)
        if not self.reasons and not self.problems:
            help_ = "write a table under `## Reasons`"
            self.problem(Place(self.source.path), "this lexicon has no reasons", help_)
        if self.problems:
            raise LawError(self.problems)
        return Lexicon(
            self.name,
            self.source,
            self.facts,
            tuple(self.reasons),
            tuple(self.aside),
            self.first,
            tuple(self.examples),
        )

    def tables(self) -> Iterator[tuple[str, int, int]]:
        """Section, first and last line of every table."""
        section = ""
        tokens = MarkdownIt("commonmark").enable("table").parse(self.source.text)
        for index, token in enumerate(tokens):
            line = (token.map or [0, 0])[0] + 1
            if token.type == "heading_open" and token.tag == "h2":
                section = tokens[index + 1].content
                if section not in _SECTIONS:
                    self.problem(
                        self.source.whole_line(line),
                        f"unknown section `{section.replace('`', '')}`",
                        did_you_mean(section, _SECTIONS, _SECTION_HELP),
                    )
            elif token.type == "table_open" and token.map and section:
                yield section, line, token.map[1]
            elif token.type == "table_open":
                where = self.source.whole_line(line)
                self.problem(where, "this table stands under no section", _SECTION_HELP)
            elif token.type in ("fence", "code_block", "html_block"):
                where = self.source.whole_line(line)
                self.problem(where, "only text and tables have a meaning here", _ROWS)
            elif token.type == "inline" and tokens[index - 1].type == "paragraph_open":
                for offset, text in enumerate(token.content.split("\n")):
                    if text.lstrip().startswith("|"):
                        where = self.source.whole_line(line + offset)
                        self.problem(where, "this row is in no table", _ROWS)

    def table(self, section: str, first: int, last: int) -> None:
        head = cells(self.source, first)
        if section == "Reasons" and not self.facts:
            self.facts = self.columns(head)
        columns = {
            "Reasons": ("reason", "pattern", *self.facts, *_SHOWN),
            "Set aside": ("reason", "pattern", *_SHOWN),
            "Precedence": ("fact", "word", "why"),
            "Examples": ("text", *self.facts),
        }[section]
        header = tuple(cell for cell, _ in head)
        if header != columns:
            self.problem(
                self.source.whole_line(first),
                f"this table's columns are `{' | '.join(header)}`",
                f"write `{' | '.join(columns)}`",
            )
            return
        for line in range(first + 2, last + 1):
            row = cells(self.source, line)
            if len(row) != len(header):
                self.problem(
                    self.source.whole_line(line),
                    f"{counted(len(row), 'cell')} where the header has {len(header)}",
                    "give every row a cell for each column (a `|` inside a cell is written `\\|`)",
                )
            elif section == "Reasons":
                self.reason(self.reasons, dict(zip(columns, row, strict=True)))
            elif section == "Set aside":
                self.reason(self.aside, dict(zip(columns, row, strict=True)))
            elif section == "Precedence":
                self.precedence(*row)
            else:
                self.example(dict(zip(columns, row, strict=True)))

    def columns(self, head: list[Cell]) -> tuple[str, ...]:
        """The facts that the header of the first table of reasons has columns for."""
        found: dict[str, Place] = {}
        for name, place in head[2 : -len(_SHOWN)]:
            if name not in self.known:
                help_ = f"facts with closed words are {', '.join(self.known)}"
                self.problem(
                    place,
                    f"`{name}` is no fact of a request with closed words",
                    did_you_mean(name, self.known, help_),
                )
            elif name in found:
                self.problem(place, f"`{name}` has two columns", "remove one")
            found.setdefault(name, place)
        return tuple(name for name, _ in head[2 : -len(_SHOWN)])

    def reason(self, to: list[Reason], row: Mapping[str, Cell]) -> None:
        name, place = row["reason"]
        if not _NAME.match(name):
            help_ = "names are lower case letters, digits, blanks, `’` and `-`"
            self.problem(place, f"`{name}` cannot be the name of a reason", help_)
        elif name in self.seen:
            self.problem(place, f"`{name}` is declared twice", f"first at {self.seen[name]}")
        self.seen.setdefault(name, place)
        pattern, pattern_place = row["pattern"]
        if len(pattern) < 3 or pattern[0] + pattern[-1] != "``" or "`" in pattern[1:-1]:
            help_ = "put it between two backticks, with none inside"
            self.problem(pattern_place, "this pattern is not written as code", help_)
        facts = self.words(row)
        if to is self.reasons and not facts and not self.wordless(row):
            help_ = "give a word, or move it to `## Set aside`"
            self.problem(place, f"`{name}` says nothing", help_)
        for column in ("matches", "does not match"):
            if not _texts(row[column]):
                help_ = "write a text; several are parted by ` · `"
                self.problem(row[column][1], f"`{name}` has no example under `{column}`", help_)
        if not row["why"][0]:
            self.problem(row["why"][1], f"nothing says why `{name}` stands here", "say why")
        to.append(
            Reason(
                name,
                pattern[1:-1],
                facts,
                _texts(row["matches"]),
                _texts(row["does not match"]),
                place,
                pattern_place,
                row["matches"][1],
                row["does not match"][1],
            )
        )

    def wordless(self, row: Mapping[str, Cell]) -> bool:
        """Whether a row's words are wrong, which was told already."""
        return any(fact in row and row[fact][0] != "-" for fact in self.facts)

    def words(self, row: Mapping[str, Cell]) -> dict[str, str]:
        """The words in a row's cells; `-` says nothing, and a wrong one is told."""
        found = {}
        for fact in self.facts:
            word, place = row.get(fact, ("-", None))
            if place is None or word == "-" or fact not in self.known:
                continue
            if word in self.known[fact]:
                found[fact] = word
                continue
            help_ = f"write one of {', '.join(self.known[fact])}, or `-`"
            self.problem(
                place,
                f"`{word}` is no word of `{fact}`" if word else f"the word of `{fact}` is missing",
                did_you_mean(word, self.known[fact], help_),
            )
        return found

    def precedence(self, fact: Cell, word: Cell, why: Cell) -> None:
        said = {one.facts[fact[0]] for one in self.reasons if fact[0] in one.facts}
        if fact[0] not in self.facts:
            help_ = did_you_mean(fact[0], self.facts, "name a fact that has a column above")
            self.problem(fact[1], f"no reason says anything of `{fact[0]}`", help_)
        elif fact[0] in self.first:
            help_ = "one word of a fact can win; remove this row"
            self.problem(fact[1], f"`{fact[0]}` has a precedence already", help_)
        elif word[0] not in said:
            help_ = did_you_mean(word[0], sorted(said), "write a word that some reason gives")
            self.problem(word[1], f"no reason gives `{fact[0]}` the word `{word[0]}`", help_)
        elif not why[0]:
            self.problem(why[1], f"nothing says why `{word[0]}` takes precedence", "say why")
        self.first.setdefault(fact[0], word[0])

    def example(self, row: Mapping[str, Cell]) -> None:
        text, place = row["text"]
        if not text:
            self.problem(place, "this example has no text", "write what somebody could type")
        self.examples.append(Example(text, self.words(row), place))


def _texts(cell: Cell) -> tuple[str, ...]:
    """The examples in a cell, parted by ` · `."""
    parts = (one.strip() for one in cell[0].split("·"))
    return tuple(part for part in parts if part not in ("", "-"))

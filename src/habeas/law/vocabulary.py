"""The vocabulary: every word that a law, a request or a record may use, declared once.

    laws/vocabulary.md  ->  read_vocabulary  ->  Vocabulary

Promise: what is not declared here is refused everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from markdown_it import MarkdownIt

from habeas.errors import LawError, Place, Problem, counted, did_you_mean
from habeas.law.derivations import CAN_GIVE, GIVES, Derivation, computable
from habeas.law.facts import SPEAKERS
from habeas.law.source import Source
from habeas.law.tokens import is_sql_word

Type = Literal["yes/no", "date", "number", "text", "place", "words"]
Scope = Literal["request", "person", "item", "row"]

EVERYTHING = "everything"
"""The built-in group of all items."""

PLACE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
"""What a place looks like: `us`, `us-ca`, `us-ca-sf`."""

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
# fmt: off
RESERVED = frozenset((
    "and", "or", "not", "true", "false", "in", "within", "interval", "date", "day", "month",
    "year", "is", "null", "like", "between", "case", "cast", "coalesce", "when", "unless",
    "despite", "from", "upon", "by", "every", "must", "never", "grant", "deny", "refer", "forbid",
    "permit", "require", "of", "below", "promptly", "as_of", "everything",
))
# fmt: on
"""Words of the language, which nothing may be called."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, or one column of a table.

    name      as conditions, requests and mappings write it
    scope     `request`, `person`, `item`, or `row` (then `table` is set)
    type      what its values are; `words` lists the closed list
    closed    absent means *no*, on the authority of `authority`; else absent means unknown
    judgement never inferred: signed and dated by a person
    derived   CSV of law that lists offences with this flag (`us-ca/offenses.csv`), or None
    who       who may answer it
    standard  the NIEM or DPV term, or empty
    """

    name: str
    scope: Scope
    type: Type
    meaning: str
    place: Place = field(compare=False)
    words: tuple[str, ...] = ()
    table: str = ""
    closed: bool = False
    authority: str = ""
    judgement: bool = False
    derived: str | None = None
    who: tuple[str, ...] = ()
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """An item, a group (with `members`), an actor, or an act of a duty."""

    name: str
    meaning: str
    place: Place = field(compare=False)
    kind: str = ""
    members: tuple[str, ...] = ()
    standard: str = ""


@dataclass(slots=True)
class Vocabulary:
    """All declared words. `tables` maps a table's name to its columns.

    obtainable   for each fact that a paper answers which somebody could get: what paper
    derivations  which items give away which
    """

    source: Source
    facts: dict[str, Fact] = field(default_factory=dict)
    tables: dict[str, dict[str, Fact]] = field(default_factory=dict)
    items: dict[str, Word] = field(default_factory=dict)
    groups: dict[str, Word] = field(default_factory=dict)
    actors: dict[str, Word] = field(default_factory=dict)
    acts: dict[str, Word] = field(default_factory=dict)
    obtainable: dict[str, str] = field(default_factory=dict)
    derivations: list[Derivation] = field(default_factory=list)

    def expand(self, name: str) -> tuple[str, ...]:
        """The items of an item, a group or `everything`, in the vocabulary's order; else none."""
        if name == EVERYTHING:
            return tuple(self.items)
        if name in self.groups:
            members = set(self.groups[name].members)
            return tuple(item for item in self.items if item in members)
        return (name,) if name in self.items else ()

    def item_words(self) -> tuple[str, ...]:
        """What may stand where a law names items."""
        return (*self.items, *self.groups, EVERYTHING)

    def fact_at(self, path: str) -> Fact | None:
        """The fact that a path names: `purpose`, `release_date.public`, `conviction[2].level`."""
        if path in self.facts and self.facts[path].scope != "item":
            return self.facts[path]
        if "]." in path:
            table, column = path.split("[")[0], path.rsplit("].", 1)[1]
            return self.tables.get(table, {}).get(column)
        item, _, fact = path.partition(".")
        found = self.facts.get(fact)
        return found if found and found.scope == "item" and item in self.items else None

    def who_answers(self, path: str) -> tuple[str, ...]:
        """Who may answer the fact at a path; a table's completeness is for the records to say."""
        if path in self.tables:
            return ("records",)
        fact = self.fact_at(path)
        return fact.who if fact else ()

    def is_judgement(self, path: str) -> bool:
        """Whether the fact at a path is a judgement."""
        fact = self.fact_at(path)
        return bool(fact and fact.judgement)

    def paper(self, path: str) -> str:
        """What paper answers the fact at a path; empty where it is none that somebody could get."""
        fact = self.fact_at(path)
        return self.obtainable.get(fact.name, "") if fact and not fact.table else ""

    def computable(self, known: Iterable[str], *, certain: bool = False) -> frozenset[str]:
        """Every item that somebody has who has the items of `known`: see `derivations.computable`."""
        return computable(self.derivations, known, certain=certain)


_ROWS = "write rows `| … |` below a header and a line `| --- | … |`, and nothing else but text"
_SECTION_HELP = (
    "sections are Request, Person, Item, Table `NAME`, Items, Groups, Actors, Acts, Obtainable and "
    "Derivations"
)
_SCOPES: dict[str, Scope] = {
    "request": "request",
    "person": "person",
    "item": "item",
    "table": "row",
}
_SECTIONS: dict[str, tuple[str, ...]] = {
    "request": ("fact", "type", "absent", "who answers", "standard", "meaning"),
    "person": ("fact", "type", "absent", "who answers", "standard", "meaning"),
    "item": ("fact", "type", "absent", "who answers", "standard", "meaning"),
    "table": ("column", "type", "absent", "who answers", "standard", "meaning"),
    "items": ("item", "kind", "standard", "meaning"),
    "groups": ("group", "items", "authority", "meaning"),
    "actors": ("actor", "meaning"),
    "acts": ("act", "to", "meaning"),
    "obtainable": ("fact", "paper"),
    "derivations": ("items", "how", "item", "reason"),
}


def read_vocabulary(source: Source) -> Vocabulary:
    """Read the vocabulary's tables.

    Raises `LawError` with every problem found: an unknown section or column, a type that is none, a
    word declared twice, a group with an unknown item.
    """
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.vocabulary = Vocabulary(source)
        self.problems: list[Problem] = []
        self.seen: dict[str, Place] = {}
        self.members: list[tuple[str, Place, str]] = []
        self.papers: list[tuple[str, Place, str]] = []
        self.derived: list[tuple[list[tuple[str, Place]], tuple[str, Place], bool, str]] = []

    def read(self) -> Vocabulary:
        section, table = "", ""
        tokens = MarkdownIt("commonmark").enable("table").parse(self.source.text)
        for index, token in enumerate(tokens):
            line = (token.map or [0, 0])[0] + 1
            if token.type == "heading_open" and token.tag != "h1":
                section, table = self.heading(tokens[index + 1].content, line)
            elif token.type == "table_open" and token.map:
                self.table(section, table, token.map[0] + 1, token.map[1])
            elif token.type in ("fence", "code_block", "html_block"):
                self.problem(
                    self.source.whole_line(line), "only text and tables have a meaning here", _ROWS
                )
            elif token.type == "inline" and tokens[index - 1].type == "paragraph_open":
                for offset, text in enumerate(token.content.split("\n")):
                    if text.lstrip().startswith("|"):
                        self.problem(
                            self.source.whole_line(line + offset), "this row is in no table", _ROWS
                        )
        for member, place, group in self.members:
            if not member:
                self.problem(place, f"an item of `{group}` is missing", "write `item`, `item`")
            elif member not in self.vocabulary.items:
                self.problem(
                    place,
                    f"unknown item `{member}` in group `{group}`",
                    did_you_mean(member, self.vocabulary.items, "declare it under `## Items`"),
                )
        for table_name, columns in self.vocabulary.tables.items():
            for name, column in columns.items():
                if name in self.vocabulary.facts:
                    self.problem(
                        column.place,
                        f"`{name}` is a fact and a column of `{table_name}`",
                        f"rename one: the fact is at {self.vocabulary.facts[name].place}",
                    )
        self.obtainable()
        self.derivations()
        if self.problems:
            raise LawError(self.problems)
        return self.vocabulary

    def obtainable(self) -> None:
        """Papers, once every fact is known."""
        words = self.vocabulary
        for fact, place, paper in self.papers:
            if fact not in words.facts:
                self.problem(
                    place,
                    f"unknown fact `{fact}`",
                    did_you_mean(fact, words.facts, "name a fact of the request, person or item"),
                )
            elif fact in words.obtainable:
                self.problem(place, f"`{fact}` has a paper already", "write one row for each fact")
            else:
                words.obtainable[fact] = paper

    def derivations(self) -> None:
        """Which items give away which, once every item is known."""
        words = self.vocabulary
        there: dict[tuple[frozenset[str], str], Place] = {}
        for given, (item, place), certain, reason in self.derived:
            names = [name for name, _ in given]
            sound = True
            for name, at in (*given, (item, place)):
                if not name:
                    self.problem(
                        at, "an item of this derivation is missing", "write `item`, `item`"
                    )
                elif name not in words.items:
                    help_ = did_you_mean(name, words.items, "declare it under `## Items`")
                    self.problem(at, f"unknown item `{name}` in a derivation", help_)
                sound = sound and name in words.items
            if not sound:
                continue
            key = (frozenset(names), item)
            if item in names:
                self.problem(
                    place, f"`{item}` gives away itself", "name another item, or drop the row"
                )
            elif len(set(names)) < len(names):
                self.problem(given[0][1], "an item stands twice in this derivation", "name it once")
            elif key in there:
                self.problem(place, "this derivation is declared twice", f"first at {there[key]}")
            else:
                there[key] = place
                made = Derivation(tuple(names), item, certain, reason, given[0][1])
                words.derivations.append(made)

    def problem(self, place: Place, message: str, help: str) -> None:
        self.problems.append(Problem(place, message, help))

    def heading(self, title: str, line: int) -> tuple[str, str]:
        match = re.fullmatch(r"Table `([a-z][a-z0-9_]*)`", title)
        if match:
            if match[1] not in self.vocabulary.tables:
                at = self.source.line(line).index(match[1]) + self.source.starts[line - 1]
                self.declare("", match[1], match[1], self.source.span(at, at + len(match[1])))
            self.vocabulary.tables.setdefault(match[1], {})
            return "table", match[1]
        if title.lower() in _SECTIONS and title.lower() != "table":
            return title.lower(), ""
        titles = [name.capitalize() for name in _SECTIONS if name != "table"]
        self.problem(
            self.source.whole_line(line),
            f"unknown section `{title.replace('`', '')}`",
            did_you_mean(title, titles, _SECTION_HELP),
        )
        return "unknown", ""

    def table(self, section: str, table: str, first: int, last: int) -> None:
        if not section:
            self.problem(
                self.source.whole_line(first), "this table stands under no section", _SECTION_HELP
            )
        if section not in _SECTIONS:
            return
        header = tuple(cell.lower() for cell, _ in cells_of(self.source, first))
        if header != _SECTIONS[section]:
            self.problem(
                self.source.whole_line(first),
                f"this table's columns are `{' | '.join(header)}`",
                f"write `{' | '.join(_SECTIONS[section])}`",
            )
            return
        for line in range(first + 2, last + 1):
            cells = cells_of(self.source, line)
            if len(cells) != len(header):
                self.problem(
                    self.source.whole_line(line),
                    f"{counted(len(cells), 'cell')} where the header has {len(header)}",
                    "give every row a cell for each column (a `|` inside a cell is written `\\|`)",
                )
                continue
            row = dict(zip(header, cells, strict=True))
            if section in ("obtainable", "derivations"):
                self.about(section, row)
            else:
                self.row(section, table, row, cells[0])

    def about(self, section: str, row: dict[str, tuple[str, Place]]) -> None:
        """A row that declares no word but says something of words."""
        if section == "obtainable":
            (fact, place), (paper, paper_place) = row["fact"], row["paper"]
            name = fact.strip("`")
            if not paper:
                self.problem(
                    paper_place, f"nothing says what paper answers `{name}`", "name the paper"
                )
            self.papers.append((name, place, paper))
            return
        how, how_place = row["how"]
        if how not in (GIVES, CAN_GIVE):
            self.problem(
                how_place,
                f"`{how}` does not say how sure a derivation is",
                f"write `{GIVES}` (always) or `{CAN_GIVE}` (in some cases)",
            )
        reason, reason_place = row["reason"]
        if not reason:
            self.problem(reason_place, "this derivation has no reason", "say in one sentence why")
        given = [(name.strip("`"), at) for name, at in _parts(self.source, row["items"])]
        item = (row["item"][0].strip("`"), row["item"][1])
        self.derived.append((given, item, how == GIVES, reason))

    def declare(self, section: str, name: str, key: str, place: Place) -> bool:
        """Whether a word can be declared; `key` is unlike every other's."""
        if not _NAME.match(name) or name in RESERVED:
            self.problem(
                place,
                f"`{name}` cannot be a name",
                "names are lower case letters, digits and `_`, and no word of the language",
            )
        elif section in _SCOPES and is_sql_word(name):
            self.problem(
                place, f"`{name}` cannot be a name", "conditions take it for a word of SQL"
            )
        elif key in self.seen:
            self.problem(place, f"`{name}` is declared twice", f"first at {self.seen[key]}")
        else:
            self.seen[key] = place
            return True
        return False

    def row(
        self, section: str, table: str, row: dict[str, tuple[str, Place]], first: tuple[str, Place]
    ) -> None:
        name, place = first[0].strip("`"), first[1]
        if section in ("actors", "acts"):
            key = f"{section}:{name}"
        else:
            key = f"{table}.{name}" if section == "table" else name
        if not self.declare(section, name, key, place):
            return
        words = self.vocabulary
        meaning = row["meaning"][0]
        if not meaning:
            self.problem(place, f"`{name}` has no meaning", "say in one sentence what it is")
        if section in _SCOPES:
            fact = self.fact(section, table, name, place, row)
            if fact and section == "table":
                words.tables[table][name] = fact
            elif fact:
                words.facts[name] = fact
        elif section == "items":
            kind, kind_place = row["kind"]
            if kind not in ("data", "act", "record"):
                self.problem(
                    kind_place, f"`{kind}` is no kind of item", "write `data`, `act` or `record`"
                )
            words.items[name] = Word(
                name, meaning, place, kind, standard=row["standard"][0].strip("-")
            )
        elif section == "groups":
            parts = _parts(self.source, row["items"])
            members = tuple(word.strip("`") for word, _ in parts)
            self.members += [(word.strip("`"), place, name) for word, place in parts]
            words.groups[name] = Word(name, meaning, place, row["authority"][0], members)
        elif section == "actors":
            words.actors[name] = Word(name, meaning, place)
        else:
            to, to_place = row["to"]
            if not to:
                self.problem(to_place, f"`{name}` does not say to whom", "write who is to have it")
            words.acts[name] = Word(name, meaning, place, to)

    def fact(
        self, section: str, table: str, name: str, place: Place, row: dict[str, tuple[str, Place]]
    ) -> Fact | None:
        text, type_place = row["type"]
        parsed = _type(text)
        if parsed is None:
            self.problem(
                type_place,
                f"`{text}` is no type",
                "write `yes/no`, `yes/no, judgement`, `yes/no, from PLACE/FILE.csv`, `date`, "
                "`number`, `text`, `place`, or different words parted by ` · `",
            )
            return None
        kind, listed, judgement, derived = parsed
        if derived and section != "table":
            self.problem(type_place, "only a column of a table can come `from` a list", "drop it")
            return None
        absent, absent_place = row["absent"]
        closed = absent.startswith("closed:")
        if not closed and absent != "open":
            self.problem(
                absent_place,
                f"`{absent}` does not say what an absent value means",
                "write `open` (absent is unknown) or `closed: AUTHORITY` (absent is no)",
            )
        if closed and kind != "yes/no":
            self.problem(absent_place, "only a yes/no fact can be closed", "write `open`")
        if closed and not absent.partition(":")[2].strip():
            self.problem(
                absent_place,
                "nothing says why an absent value means no",
                "write `closed: AUTHORITY`",
            )
        who = _parts(self.source, row["who answers"])
        for speaker, speaker_place in who:
            if speaker not in SPEAKERS:
                self.problem(
                    speaker_place,
                    f"nobody is called `{speaker}`" if speaker else "nobody may answer this",
                    f"who answers is {', '.join(SPEAKERS[:-1])} or {SPEAKERS[-1]}",
                )
        return Fact(
            name,
            _SCOPES[section],
            kind,
            row["meaning"][0],
            place,
            listed,
            table,
            closed,
            absent.partition(":")[2].strip() if closed else "",
            judgement,
            derived,
            tuple(speaker for speaker, _ in who),
            row["standard"][0].strip("-"),
        )


def _type(text: str) -> tuple[Type, tuple[str, ...], bool, str | None] | None:
    """`(type, words, judgement, derived)` of a type cell, or None."""
    if text in ("yes/no", "date", "number", "text", "place"):
        return text, (), False, None  # type: ignore[return-value]  # just narrowed by the test
    if text == "yes/no, judgement":
        return "yes/no", (), True, None
    match = re.fullmatch(r"yes/no, from ([a-z0-9/_-]+\.csv)", text)
    if match:
        return "yes/no", (), False, match[1]
    words = tuple(word.strip() for word in text.split(" · "))
    if len(words) > 1 and all(words) and len(set(words)) == len(words):
        return "words", words, False, None
    return None


def _parts(source: Source, cell: tuple[str, Place]) -> list[tuple[str, Place]]:
    """The comma-separated parts of a cell, each with its place."""
    text, place = cell
    start = source.starts[place.line - 1] + place.col - 1
    found = []
    for part in text.split(","):
        lead = start + len(part) - len(part.lstrip())
        end = start + len(part.rstrip())
        found.append((part.strip(), source.span(lead, max(lead + 1, end))))
        start += len(part) + 1
    return found


def cells_of(source: Source, line: int) -> list[tuple[str, Place]]:
    """The cells of a pipe table's row, each with its place; `\\|` is a pipe within a cell."""
    text = source.line(line)
    base = source.starts[line - 1]
    cells: list[tuple[str, Place]] = []
    bars = [match.start() for match in re.finditer(r"(?<!\\)\|", text)]
    edges = bars if text.lstrip().startswith("|") else [-1, *bars]
    if not text.rstrip().endswith("|"):
        edges = [*edges, len(text)]
    for left, right in pairwise(edges):
        raw = text[left + 1 : right]
        start = left + 1 + len(raw) - len(raw.lstrip())
        value = raw.strip()
        place = source.span(base + start, base + start + max(1, len(value)))
        cells.append((value.replace("\\|", "|"), place))
    return cells

"""The vocabulary: every word that a law, a request or a record may use, declared once.

    laws/vocabulary.md  ->  read_vocabulary  ->  Vocabulary

Promise: what is not declared here is refused everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from markdown_it import MarkdownIt

from habeas.errors import LawError, Place, Problem, did_you_mean
from habeas.law.source import Source

Type = Literal["yes/no", "date", "number", "text", "place", "words"]
Scope = Literal["request", "person", "item", "row"]

EVERYTHING = "everything"
"""The built-in group of all items."""

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_SPEAKERS = ("requester", "records", "officer", "counsel", "court")
_KEYWORDS = frozenset(
    ["and", "or", "not", "true", "false", "in", "within", "interval", "date", "day", "month", "year", "when", "unless", "despite", "from", "upon", "by", "every", "never", "grant", "deny", "refer", "forbid", "permit", "require", "must", "is", "null", "like", "between", "case", "cast", "coalesce"]
)


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
    """All declared words. `tables` maps a table's name to its columns."""

    source: Source
    facts: dict[str, Fact] = field(default_factory=dict)
    tables: dict[str, dict[str, Fact]] = field(default_factory=dict)
    items: dict[str, Word] = field(default_factory=dict)
    groups: dict[str, Word] = field(default_factory=dict)
    actors: dict[str, Word] = field(default_factory=dict)
    acts: dict[str, Word] = field(default_factory=dict)

    def expand(self, name: str) -> tuple[str, ...]:
        """The items of an item, a group or `everything`, in the vocabulary's order; empty if none."""
        if name == EVERYTHING:
            return tuple(self.items)
        if name in self.groups:
            members = set(self.groups[name].members)
            return tuple(item for item in self.items if item in members)
        return (name,) if name in self.items else ()

    def item_words(self) -> tuple[str, ...]:
        """Everything that may stand where a law names items."""
        return (*self.items, *self.groups, EVERYTHING)

    def fact_at(self, path: str) -> Fact | None:
        """The fact that a path such as `purpose`, `release_date.public` or `conviction[2].level` names."""
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


_SECTIONS: dict[str, tuple[str, ...]] = {
    "request": ("fact", "type", "absent", "who answers", "standard", "meaning"),
    "person": ("fact", "type", "absent", "who answers", "standard", "meaning"),
    "item": ("fact", "type", "absent", "who answers", "standard", "meaning"),
    "table": ("column", "type", "absent", "who answers", "standard", "meaning"),
    "items": ("item", "kind", "standard", "meaning"),
    "groups": ("group", "items", "authority", "meaning"),
    "actors": ("actor", "meaning"),
    "acts": ("act", "to", "meaning"),
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

    def read(self) -> Vocabulary:
        section, table = "", ""
        tokens = MarkdownIt("commonmark").enable("table").parse(self.source.text)
        for index, token in enumerate(tokens):
            line = (token.map or [0, 0])[0] + 1
            if token.type == "heading_open" and token.tag != "h1":
                section, table = self.heading(tokens[index + 1].content, line)
            elif token.type == "table_open" and token.map:
                self.table(section, table, token.map[0] + 1, token.map[1])
        for group in self.vocabulary.groups.values():
            for member in group.members:
                if member not in self.vocabulary.items:
                    self.problem(
                        group.place,
                        f"unknown item `{member}` in group `{group.name}`",
                        did_you_mean(member, self.vocabulary.items, "declare it under `## Items`"),
                    )
        if self.problems:
            raise LawError(self.problems)
        return self.vocabulary

    def problem(self, place: Place, message: str, help: str) -> None:
        self.problems.append(Problem(place, message, help))

    def heading(self, title: str, line: int) -> tuple[str, str]:
        match = re.fullmatch(r"Table `([a-z][a-z0-9_]*)`", title)
        if match:
            self.vocabulary.tables.setdefault(match[1], {})
            return "table", match[1]
        if title.lower() in _SECTIONS and title.lower() != "table":
            return title.lower(), ""
        self.problem(
            self.source.whole_line(line),
            f"unknown section `{title}`",
            "sections are Request, Person, Item, Table `NAME`, Items, Groups, Actors and Acts",
        )
        return "", ""

    def table(self, section: str, table: str, first: int, last: int) -> None:
        if not section:
            return
        header = tuple(cell.lower() for cell, _ in _cells(self.source, first))
        if header != _SECTIONS[section]:
            self.problem(
                self.source.whole_line(first),
                f"this table's columns are `{' | '.join(header)}`",
                f"write `{' | '.join(_SECTIONS[section])}`",
            )
            return
        for line in range(first + 2, last + 1):
            cells = _cells(self.source, line)
            if len(cells) != len(header):
                self.problem(
                    self.source.whole_line(line),
                    f"{len(cells)} cells where the header has {len(header)}",
                    "give every row a cell for each column (a `|` inside a cell is written `\\|`)",
                )
                continue
            row = dict(zip(header, cells, strict=True))
            self.row(section, table, row, cells[0])

    def row(
        self, section: str, table: str, row: dict[str, tuple[str, Place]], first: tuple[str, Place]
    ) -> None:
        name, place = first[0].strip("`"), first[1]
        if not _NAME.match(name) or name in _KEYWORDS or name == EVERYTHING:
            self.problem(
                place,
                f"`{name}` cannot be a name",
                "names are lower case letters, digits and `_`, and no word of the language",
            )
            return
        key = f"{section}:{name}" if section in ("actors", "acts") else name
        if section == "table":
            key = f"{table}.{name}"
        if key in self.seen:
            self.problem(place, f"`{name}` is declared twice", f"first at {self.seen[key]}")
            return
        self.seen[key] = place
        words = self.vocabulary
        meaning = row["meaning"][0]
        if not meaning:
            self.problem(place, f"`{name}` has no meaning", "say in one sentence what it is")
        if section in ("request", "person", "item", "table"):
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
            members = tuple(re.findall(r"`([^`]+)`", row["items"][0]))
            words.groups[name] = Word(name, meaning, place, row["authority"][0], members)
        elif section == "actors":
            words.actors[name] = Word(name, meaning, place)
        else:
            words.acts[name] = Word(name, meaning, place, row["to"][0])

    def fact(
        self, section: str, table: str, name: str, place: Place, row: dict[str, tuple[str, Place]]
    ) -> Fact | None:
        text, type_place = row["type"]
        parsed = _type(text)
        if parsed is None:
            self.problem(
                type_place,
                f"`{text}` is no type",
                "write `yes/no`, `yes/no, judgement`, `yes/no, from PLACE/FILE.csv`, `date`, `number`, "
                "`text`, `place`, or words parted by ` · `",
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
        who = tuple(word.strip() for word in row["who answers"][0].split(",") if word.strip())
        for speaker in who:
            if speaker not in _SPEAKERS:
                self.problem(
                    row["who answers"][1],
                    f"nobody is called `{speaker}`",
                    "who answers is requester, records, officer, counsel or court",
                )
        return Fact(
            name,
            "row" if section == "table" else section,  # type: ignore[arg-type]  # the sections' names are scopes
            kind,
            row["meaning"][0],
            place,
            listed,
            table,
            closed,
            absent.partition(":")[2].strip() if closed else "",
            judgement,
            derived,
            who,
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
    if " · " in text:
        return "words", tuple(word.strip() for word in text.split(" · ")), False, None
    return None


def _cells(source: Source, line: int) -> list[tuple[str, Place]]:
    """The cells of a pipe table's row, each with its place; `\\|` is a pipe within a cell."""
    text = source.line(line)
    base = source.starts[line - 1]
    cells: list[tuple[str, Place]] = []
    bars = [match.start() for match in re.finditer(r"(?<!\\)\|", text)]
    edges = bars if text.lstrip().startswith("|") else [-1, *bars]
    if not text.rstrip().endswith("|"):
        edges = [*edges, len(text)]
    for left, right in zip(edges, edges[1:], strict=False):
        raw = text[left + 1 : right]
        start = left + 1 + len(raw) - len(raw.lstrip())
        value = raw.strip()
        place = source.span(base + start, base + start + max(1, len(value)))
        cells.append((value.replace("\\|", "|"), place))
    return cells

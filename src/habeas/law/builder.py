"""From fences to blocks: words looked up, conditions parsed, cells cut.

    Page  ->  build_blocks  ->  Provision.blocks

Promise: a block is built whole or not at all, and every clause of it that is wrong is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from habeas.errors import LawError, Place, Problem, article, did_you_mean
from habeas.law.blocks import (
    AUTHORITIES,
    Acting,
    Block,
    Cases,
    Deadline,
    Define,
    Duty,
    Kind,
    Promise,
    Reference,
    Selector,
)
from habeas.law.cells import Table
from habeas.law.checker import ITEM_FACTS_HELP
from habeas.law.conditions import Condition, terms, walk
from habeas.law.grammar import Names, parse_condition, parse_term
from habeas.law.reader import Clause, Fence, Page
from habeas.law.tokens import blank_comments, is_sql_word
from habeas.law.vocabulary import RESERVED, Vocabulary

_REFERENCE = re.compile(r"(?:[a-z][a-z0-9-]*/[A-Za-z0-9._-]+)?#[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_BUSINESS = re.compile(
    r"(?P<term>.*?)\s*(?P<sign>[+-])\s*(?P<number>[0-9]{1,5})\s+business\s+days?\s*\Z", re.DOTALL
)
_DEFINITION = re.compile(r"[a-z][a-z0-9_]*\Z")
_KINDS: dict[str, Kind] = {"forbid": "forbid", "permit": "permit", "require": "require"}
_LONGEST = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""The days that each month has in every year."""

Made = TypeVar("Made")
Named = tuple[str, Place]
"""A word of the text and where it stands."""


def definition_name(page: Page, fence: Fence) -> str:
    """The name on a `define` fence's first line, comments left out."""
    clause = fence.clauses[0]
    return blank_comments(page.source.line(clause.place.line), "--").strip()


def build_blocks(
    page: Page, vocabulary: Vocabulary, definitions: Mapping[str, object]
) -> list[Problem]:
    """Build every block of a page into its provision; returns the problems found."""
    builder = _Builder(page, vocabulary, Names(vocabulary, definitions))
    for fence in page.fences:
        before = len(builder.problems)
        block = builder.attempt(builder.block, fence)
        if block is not None and len(builder.problems) == before:
            fence.provision.blocks.append(block)
    return builder.problems


class _Builder:
    def __init__(self, page: Page, vocabulary: Vocabulary, names: Names) -> None:
        self.page = page
        self.source = page.source
        self.vocabulary = vocabulary
        self.names = names
        self.problems: list[Problem] = []

    # -- what every block needs -------------------------------------------------------------------

    def block(self, fence: Fence) -> Block:
        makers: dict[str, Callable[[Fence], Block]] = {
            "rule": self.rule,
            "except": self.exception,
            "define": self.define,
            "duty": self.duty,
            "promise": self.promise,
            "cases": self.cases,
        }
        return makers[fence.word](fence)

    def attempt(self, read: Callable[..., Made], *arguments: object) -> Made | None:
        """What `read` makes; None, and its problems kept, where it fails."""
        try:
            return read(*arguments)
        except LawError as error:
            self.problems += error.problems
            return None

    def fail(self, place: Place, message: str, help: str) -> NoReturn:
        raise LawError(Problem(place, message, help))

    def problem(self, place: Place, message: str, help: str) -> None:
        self.problems.append(Problem(place, message, help))

    def span(self, clause: Clause, start: int, end: int) -> Place:
        """The place of some characters of a clause's text."""
        return self.source.span(clause.start + start, clause.start + end)

    def id(self, fence: Fence) -> str:
        return f"{self.page.pack.id}#{fence.id}" if fence.id else fence.provision.id

    def text(self, clause: Clause) -> str:
        """What follows the clause word, comments and line breaks as blanks."""
        raw = blank_comments(self.source.text[clause.start : clause.end], "--")
        return raw.replace("\n", " ")

    def words(self, clause: Clause, start: int = 0, end: int | None = None) -> list[Named]:
        """The comma-separated parts of a clause's text, each with its place."""
        text = self.text(clause)[start:end]
        if not text.strip():
            help_ = "name what is meant, parted by commas"
            self.fail(clause.place, f"nothing follows `{clause.word}`", help_)
        found, offset = [], start
        for part in text.split(","):
            lead = len(part) - len(part.lstrip())
            place = self.span(clause, offset + lead, offset + max(len(part.rstrip()), lead + 1))
            offset += len(part) + 1
            if part.strip():
                found.append((part.strip(), place))
            else:
                self.problem(place, "a name is missing between commas", "remove a comma")
        return found

    def items(self, words: list[Named]) -> frozenset[str]:
        found: set[str] = set()
        for word, place in words:
            items = self.vocabulary.expand(word)
            if not items:
                known = self.vocabulary.item_words()
                help_ = "items and groups are declared in `vocabulary.md`, and parted by commas"
                near = word if " " not in word else ""
                self.problem(place, f"unknown item `{word}`", did_you_mean(near, known, help_))
            found.update(items)
        return frozenset(found)

    def references(self, clause: Clause) -> tuple[Reference, ...]:
        found = []
        for word, place in self.words(clause):
            if not _REFERENCE.match(word):
                self.problem(
                    place,
                    f"`{word}` is no reference to a block",
                    "write `#id` for this pack, `us-ca/values-act#id` for another",
                )
            name = self.page.pack.id + word if word.startswith("#") else word
            found.append(Reference(name, place))
        return tuple(found)

    def common(self, block: Acting | Duty | Promise, clauses: list[Clause]) -> dict[str, Clause]:
        """Read `when` and `unless`; returns the first other clause of each word."""
        seen: dict[str, Clause] = {}
        for clause in clauses:
            if clause.word in seen and clause.word not in ("unless", "despite"):
                help_ = "join them with `AND`" if clause.word == "when" else "write two blocks"
                self.problem(clause.place, f"a second `{clause.word}`", help_)
            elif clause.word in ("when", "unless"):
                made = self.attempt(self.condition, clause, block)
                if made is not None and clause.word == "when":
                    block.when = made
                elif made is not None and not isinstance(block, Promise):
                    block.unless += (made,)
            seen.setdefault(clause.word, clause)
        return seen

    def condition(self, clause: Clause, block: Block | None) -> Condition:
        made = parse_condition(self.source, clause.start, clause.end, self.names)
        if isinstance(block, Duty):
            for part in walk(made):
                for term in terms(part):
                    if term.scope == "item" and term.name:
                        self.problem(
                            self.named(clause, term.name),
                            f"a duty reads no item facts, and `{term.name}` is one",
                            ITEM_FACTS_HELP,
                        )
        return made

    def named(self, clause: Clause, name: str) -> Place:
        """Where a fact's name stands in a clause, outside of quotes."""
        bare = re.sub(r"'[^']*'", lambda quoted: " " * len(quoted[0]), self.text(clause))
        at = re.search(rf"\b{name}\b", bare)
        return self.span(clause, *at.span()) if at else clause.place

    # -- rules and exceptions ---------------------------------------------------------------------

    def rule(self, fence: Fence) -> Acting:
        first = fence.clauses[0]
        if first.word not in _KINDS:
            self.fail(
                first.place,
                "a rule begins with what it does",
                "write `forbid`, `permit` or `require` and the items first",
            )
        listed = self.attempt(self.words, first) or []
        made = Acting(
            self.id(fence), _KINDS[first.word], self.items(listed), fence.place, fence.provision
        )
        made.words = tuple(word for word, _ in listed)
        for clause in fence.clauses[1:]:
            if clause.word in _KINDS and clause.word != first.word:
                self.problem(clause.place, f"a second verb, `{clause.word}`", "write two blocks")
            elif clause.word == "despite" and made.kind == "forbid":
                self.problem(
                    clause.place,
                    "a `forbid` beats nothing by `despite`",
                    "only `permit` and `require` take it; a forbid acts beside the others",
                )
            elif clause.word == "despite":
                made.beats += self.attempt(self.references, clause) or ()
        self.common(made, fence.clauses)
        return made

    def exception(self, fence: Fence) -> Acting:
        first = fence.clauses[0]
        if first.word != "from":
            self.fail(
                first.place, "an exception begins with what it is from", "write `from #id` first"
            )
        made = Acting(self.id(fence), "except", frozenset(), fence.place, fence.provision)
        if self.text(first).split()[:1] == ["every"]:
            made.every = self.attempt(self.selector, first)
            made.items = made.every.items if made.every else frozenset()
        else:
            made.beats = self.attempt(self.references, first) or ()
        made.words = tuple(" ".join(part.split()) for part in self.text(first).split(","))
        self.common(made, fence.clauses)
        return made

    def selector(self, clause: Clause) -> Selector:
        """`every KIND of ITEMS below AUTHORITY`."""
        text = self.text(clause)
        match = re.fullmatch(r"\s*every\s+(\w+)\s+of\s+(.*?)\s+below\s+(\w+)\s*", text)
        if not match:
            at = len(text) - len(text.lstrip())
            self.fail(
                self.span(clause, at, len(text.rstrip())),
                "this selector cannot be read",
                "write `every forbid of ITEMS below AUTHORITY`",
            )
        kind, _, below = match.groups()
        if kind not in ("forbid", "require"):
            self.problem(
                self.span(clause, *match.span(1)),
                f"`{kind}` cannot be selected",
                "write `every forbid` or `every require`",
            )
        mine = self.page.pack
        if below not in AUTHORITIES:
            help_ = did_you_mean(below, AUTHORITIES, f"write one of {', '.join(AUTHORITIES)}")
            self.problem(self.span(clause, *match.span(3)), f"`{below}` is no authority", help_)
        elif AUTHORITIES.index(below) + 1 < mine.rank:
            self.problem(
                self.span(clause, *match.span(3)),
                f"{article(mine.authority)} pack cannot beat everything below `{below}`",
                f"write `below {AUTHORITIES[mine.rank - 1]}` or `below {mine.authority}`: "
                "a block beats only rules of its own or a lower authority",
            )
        return Selector(kind, self.items(self.words(clause, *match.span(2))), below)

    # -- definitions ------------------------------------------------------------------------------

    def define(self, fence: Fence) -> Define:
        name = definition_name(self.page, fence)
        place = fence.clauses[0].place
        if not _DEFINITION.match(name) or name in RESERVED or is_sql_word(name):
            self.problem(
                place,
                f"`{name}` cannot be the name of a definition",
                "write one name alone on the first line: lower case letters, digits and `_`, "
                "and no word of the language or of SQL",
            )
        line_end = self.source.starts[place.line - 1] + len(self.source.line(place.line))
        clause = Clause("define", place, line_end, fence.clauses[0].end)
        if not self.text(clause).strip():
            self.fail(place, f"`{name}` has no condition", "write it on the lines below the name")
        return Define(name, place, fence.provision, self.condition(clause, None))

    # -- duties -----------------------------------------------------------------------------------

    def duty(self, fence: Fence) -> Duty:
        first = fence.clauses[0]
        match = re.fullmatch(r"\s*(\S+)\s+must\s+(\S+)\s*", self.text(first))
        if not match:
            self.fail(
                first.place,
                "a duty begins with who must do what",
                "write `ACTOR must ACT` on the first line, an act being one word",
            )
        words = self.vocabulary
        for group, known, what in ((1, words.actors, "actor"), (2, words.acts, "act")):
            if match[group] not in known:
                help_ = did_you_mean(
                    match[group], known, f"{what}s are declared in `vocabulary.md`"
                )
                self.problem(
                    self.span(first, *match.span(group)), f"unknown {what} `{match[group]}`", help_
                )
        made = Duty(self.id(fence), match[1], match[2], fence.place, fence.provision)
        clauses = self.common(made, fence.clauses[1:])
        if "upon" in clauses:
            self.attempt(self.upon, clauses["upon"], made)
        if "by" in clauses:
            made.by = self.attempt(self.deadline, clauses["by"])
        if "every" in clauses:
            self.attempt(self.recurring, clauses["every"], made)
            if clauses.keys() & {"when", "unless", "by"}:
                self.problem(
                    clauses["every"].place,
                    "a recurring duty has neither `when`, `unless` nor a `by` of its own",
                    "write `every year by MM-DD` alone, or with `upon`",
                )
        return made

    def upon(self, clause: Clause, made: Duty) -> None:
        match = re.fullmatch(r"\s*(release|refusal)\s+of\s+(.*)", self.text(clause))
        if not match:
            self.fail(
                clause.place,
                "this `upon` cannot be read",
                "write `upon release of ITEMS` or `upon refusal of ITEMS`",
            )
        made.upon = match[1]
        made.items = self.items(self.words(clause, match.start(2)))

    def deadline(self, clause: Clause) -> Deadline:
        text = blank_comments(self.source.text[clause.start : clause.end], "--")
        if text.strip() == "promptly":
            return Deadline(promptly=True)
        if text.split()[:1] == ["promptly"]:
            self.fail(clause.place, "`promptly` stands alone", "write `by promptly`, or `by` a day")
        match = _BUSINESS.match(text)
        end = clause.start + match.end("term") if match else clause.end
        term = parse_term(self.source, clause.start, end, self.names)
        if term.scope == "item" and term.name:
            self.problem(
                self.named(clause, term.name),
                f"a deadline cannot run from `{term.name}`, an item fact",
                "use a date of the request or the person",
            )
        days = int(match["sign"] + match["number"]) if match else 0
        return Deadline(term=term, business_days=days)

    def recurring(self, clause: Clause, made: Duty) -> None:
        day = r"[0-9]{2}-[0-9]{2}"
        match = re.fullmatch(
            rf"\s*(?:(year)\s+by\s+({day})|(half-year)\s+by\s+({day})\s*,\s*({day}))\s*",
            self.text(clause),
        )
        if not match:
            self.fail(
                clause.place,
                "this `every` cannot be read",
                "write `every year by MM-DD` or `every half-year by MM-DD, MM-DD`",
            )
        groups = (2,) if match[1] else (4, 5)
        for group in groups:
            month, number = map(int, match[group].split("-"))
            if not 1 <= month <= 12 or not 1 <= number <= _LONGEST[month - 1]:
                self.problem(
                    self.span(clause, *match.span(group)),
                    f"`{match[group]}` is no day of every year",
                    "write a month and a day that every year has, as `MM-DD`",
                )
        made.every, made.days = match[1] or match[3], tuple(match[group] for group in groups)

    # -- promises and cases -----------------------------------------------------------------------

    def promise(self, fence: Fence) -> Promise:
        first = fence.clauses[0]
        text = self.text(first)
        match = re.match(r"\s*(grant|deny)\b", text)
        if first.word != "never" or not match:
            word = re.search(r"\S+", text) if first.word == "never" else None
            self.fail(
                self.span(first, *word.span()) if word else first.place,
                "a promise begins with what never happens",
                "write `never grant ITEMS` or `never deny ITEMS`",
            )
        words = self.attempt(self.words, first, match.end()) or []
        made = Promise(match[1], self.items(words), fence.place, fence.provision)
        self.common(made, fence.clauses)
        return made

    def cases(self, fence: Fence) -> Cases:
        table = Table(self.source, self.vocabulary, self.names.definitions)
        lines = range(fence.first_line, fence.last_line + 1)
        columns, rows = table.read(fence.place, lines)
        self.problems += table.problems
        return Cases(fence.place, fence.provision, columns, rows)

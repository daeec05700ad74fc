"""From fences to blocks: words looked up, conditions parsed, cells cut.

    Page  ->  build_blocks  ->  Provision.blocks

Promise: a block is built whole or not at all; each problem is told, one a clause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NoReturn

from habeas.errors import LawError, Place, Problem, did_you_mean
from habeas.law.blocks import (
    AUTHORITIES,
    Acting,
    Block,
    CaseCell,
    Cases,
    Deadline,
    Define,
    Duty,
    Promise,
    Reference,
    Selector,
)
from habeas.law.conditions import Condition, Const
from habeas.law.grammar import Names, blank_comments, parse_condition, parse_term
from habeas.law.reader import Clause, Fence, Page
from habeas.law.vocabulary import Vocabulary

_REFERENCE = re.compile(r"(?:[a-z][a-z0-9-]*/[A-Za-z0-9._-]+)?#[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_BUSINESS = re.compile(
    r"(?P<term>.*?)\s*(?P<sign>[+-])\s*(?P<number>\d+)\s+business\s+days?\s*\Z", re.S
)
_DEFINITION = re.compile(r"[a-z][a-z0-9_]*\Z")


def definition_name(page: Page, fence: Fence) -> str:
    """The name on a `define` fence's first line, comments left out."""
    clause = fence.clauses[0]
    return blank_comments(page.source.line(clause.place.line), "--").strip()


def build_blocks(
    page: Page, vocabulary: Vocabulary, definitions: Mapping[str, object]
) -> list[Problem]:
    """Build every block of a page into its provision; returns the problems found."""
    problems: list[Problem] = []
    builder = _Builder(page, vocabulary, Names(vocabulary, definitions))
    for fence in page.fences:
        try:
            fence.provision.blocks.append(builder.block(fence))
        except LawError as error:
            problems += error.problems
    return problems


class _Builder:
    def __init__(self, page: Page, vocabulary: Vocabulary, names: Names) -> None:
        self.page = page
        self.source = page.source
        self.vocabulary = vocabulary
        self.names = names

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

    def fail(self, place: Place, message: str, help: str) -> NoReturn:
        raise LawError(Problem(place, message, help))

    def id(self, fence: Fence) -> str:
        return f"{self.page.pack.id}#{fence.id}" if fence.id else fence.provision.id

    def text(self, clause: Clause) -> str:
        """What follows the clause word, comments and line breaks as blanks."""
        raw = blank_comments(self.source.text[clause.start : clause.end], "--")
        return raw.replace("\n", " ")

    def words(self, clause: Clause) -> list[tuple[str, Place]]:
        """The comma-separated parts of a clause, each with its place."""
        text = self.text(clause)
        if not text.strip():
            self.fail(
                clause.place,
                f"nothing follows `{clause.word}`",
                "name what is meant, parted by commas",
            )
        found, offset = [], clause.start
        for part in text.split(","):
            lead = len(part) - len(part.lstrip())
            place = self.source.span(offset + lead, offset + max(len(part.rstrip()), lead + 1))
            if not part.strip():
                self.fail(place, "a name is missing between commas", "remove a comma")
            found.append((part.strip(), place))
            offset += len(part) + 1
        return found

    def items(self, words: list[tuple[str, Place]]) -> frozenset[str]:
        found: set[str] = set()
        for word, place in words:
            items = self.vocabulary.expand(word)
            if not items:
                known = self.vocabulary.item_words()
                self.fail(
                    place,
                    f"unknown item `{word}`",
                    did_you_mean(
                        word, known, "items and groups are declared in `laws/vocabulary.md`"
                    ),
                )
            found.update(items)
        return frozenset(found)

    def condition(self, clause: Clause) -> Condition:
        return parse_condition(self.source, clause.start, clause.end, self.names)

    def reference(self, word: str, place: Place) -> Reference:
        if not _REFERENCE.match(word):
            self.fail(
                place,
                f"`{word}` is no reference to a block",
                "write `#id` for this pack, `us-ca/values-act#id` for another",
            )
        return Reference(self.page.pack.id + word if word.startswith("#") else word, place)

    def common(self, fence: Fence, block: Acting | Duty | Promise) -> dict[str, Clause]:
        """Read `when` and `unless`; returns the other clauses by word."""
        others: dict[str, Clause] = {}
        when: Clause | None = None
        for clause in fence.clauses:
            if clause.word == "when":
                if when:
                    self.fail(clause.place, "a second `when`", "join them with `AND`")
                when = clause
                block.when = self.condition(clause)
            elif clause.word == "unless":
                if isinstance(block, Promise):
                    self.fail(
                        clause.place,
                        "a promise has no `unless`",
                        "write `AND NOT …` into its `when`",
                    )
                block.unless += (self.condition(clause),)
            elif clause.word in others and clause.word != "despite":
                self.fail(
                    clause.place, f"a second `{clause.word}`", "join the two, or write two blocks"
                )
            else:
                others[clause.word] = clause
        return others

    def rule(self, fence: Fence) -> Acting:
        first = fence.clauses[0]
        if first.word not in ("forbid", "permit", "require"):
            self.fail(
                first.place,
                "a rule begins with what it does",
                "write `forbid`, `permit` or `require` and the items first",
            )
        listed = self.words(first)
        made = Acting(self.id(fence), first.word, self.items(listed), fence.place, fence.provision)  # type: ignore[arg-type]  # just tested
        made.words = tuple(word for word, _ in listed)
        for clause in fence.clauses[1:]:
            if clause.word in ("forbid", "permit", "require"):
                self.fail(clause.place, f"a second `{clause.word}`", "write one rule a block")
            if clause.word == "despite":
                if made.kind == "forbid":
                    self.fail(
                        clause.place,
                        "a `forbid` beats nothing by `despite`",
                        "only `permit` and `require` take it; a forbid acts beside the others",
                    )
                made.beats += tuple(self.reference(*word) for word in self.words(clause))
        self.common(fence, made)
        return made

    def exception(self, fence: Fence) -> Acting:
        first = fence.clauses[0]
        if first.word != "from":
            self.fail(
                first.place, "an exception begins with what it is from", "write `from #id` first"
            )
        made = Acting(self.id(fence), "except", frozenset(), fence.place, fence.provision)
        text = self.text(first).strip()
        if text.startswith("every ") or text == "every":
            made.every = self.selector(first, text)
            made.items = made.every.items
        else:
            made.beats = tuple(self.reference(*word) for word in self.words(first))
        made.words = tuple(word for word, _ in self.words(first))
        self.common(fence, made)
        return made

    def selector(self, clause: Clause, text: str) -> Selector:
        match = re.fullmatch(r"every\s+(\w+)\s+of\s+(.*?)\s+below\s+(\w+)", text)
        if not match:
            place = self.source.span(clause.start, clause.end)
            self.fail(
                place,
                "this selector cannot be read",
                "write `from every forbid of ITEMS below AUTHORITY`",
            )
        kind, listed, below = match.groups()
        raw = self.source.text[clause.start : clause.end]
        if kind not in ("forbid", "require"):
            at = clause.start + raw.index(kind)
            self.fail(
                self.source.span(at, at + len(kind)),
                f"`{kind}` cannot be selected",
                "write `every forbid` or `every require`",
            )
        if below not in AUTHORITIES:
            at = clause.start + raw.rindex(below)
            self.fail(
                self.source.span(at, at + len(below)),
                f"`{below}` is no authority",
                did_you_mean(below, AUTHORITIES, f"write one of {', '.join(AUTHORITIES)}"),
            )
        if AUTHORITIES.index(below) < self.page.pack.rank:
            at = clause.start + raw.rindex(below)
            self.fail(
                self.source.span(at, at + len(below)),
                f"{_a(self.page.pack.authority)} pack cannot beat everything below `{below}`",
                f"write `below {self.page.pack.authority}`: a block beats only rules of its own or a lower authority",
            )
        words, at = [], clause.start + raw.index("of", raw.index(kind) + len(kind)) + 2
        for part in listed.split(","):
            at = self.source.text.index(part.strip(), at) if part.strip() else at
            words.append((part.strip(), self.source.span(at, at + max(1, len(part.strip())))))
        return Selector(kind, self.items(words), below)

    def define(self, fence: Fence) -> Define:
        name = definition_name(self.page, fence)
        place = fence.clauses[0].place
        if not _DEFINITION.match(name):
            self.fail(
                place,
                f"`{name}` cannot be the name of a definition",
                "write one name, lower case letters, digits and `_`, alone on the first line",
            )
        line_end = self.source.starts[place.line - 1] + len(self.source.line(place.line))
        clause = Clause("define", place, line_end, fence.clauses[0].end)
        if not self.text(clause).strip():
            self.fail(place, f"`{name}` has no condition", "write it on the lines below the name")
        return Define(name, place, fence.provision, self.condition(clause))

    def duty(self, fence: Fence) -> Duty:
        first = fence.clauses[0]
        match = re.fullmatch(r"\s*(\S+)\s+must\s+(\S+)\s*", self.text(first))
        if first.word or not match:
            self.fail(
                first.place,
                "a duty begins with who must do what",
                "write `ACTOR must ACT` on the first line",
            )
        actor, act = match.groups()
        line = self.source.starts[first.place.line - 1]
        raw = self.source.line(first.place.line)
        for word, known, what in (
            (actor, self.vocabulary.actors, "actor"),
            (act, self.vocabulary.acts, "act"),
        ):
            if word not in known:
                at = line + raw.index(word)
                self.fail(
                    self.source.span(at, at + len(word)),
                    f"unknown {what} `{word}`",
                    did_you_mean(word, known, f"{what}s are declared in `laws/vocabulary.md`"),
                )
        made = Duty(self.id(fence), actor, act, fence.place, fence.provision)
        rest = Fence(fence.word, fence.id, fence.place, fence.provision, fence.clauses[1:])
        clauses = self.common(rest, made)
        if "upon" in clauses:
            self.upon(clauses["upon"], made)
        if "by" in clauses:
            made.by = self.deadline(clauses["by"])
        if "every" in clauses:
            if made.by or made.unless or made.when != Const(True):
                self.fail(
                    clauses["every"].place,
                    "a recurring duty has neither `when`, `unless` nor a `by` of its own",
                    "write `every year by MM-DD` alone, or with `upon`",
                )
            self.recurring(clauses["every"], made)
        return made

    def upon(self, clause: Clause, made: Duty) -> None:
        match = re.fullmatch(r"\s*(release|refusal)\s+of\s+(.*)", self.text(clause))
        if not match:
            self.fail(
                clause.place,
                "this `upon` cannot be read",
                "write `upon release of ITEMS` or `upon refusal of ITEMS`",
            )
        at = clause.start + match.start(2)
        made.upon = match[1]
        made.items = self.items(self.words(Clause("of", clause.place, at, clause.end)))

    def deadline(self, clause: Clause) -> Deadline:
        text = blank_comments(self.source.text[clause.start : clause.end], "--")
        if text.strip() == "promptly":
            return Deadline(promptly=True)
        match = _BUSINESS.match(text)
        if not match:
            return Deadline(term=parse_term(self.source, clause.start, clause.end, self.names))
        days = int(match["number"]) * (1 if match["sign"] == "+" else -1)
        term = parse_term(self.source, clause.start, clause.start + match.end("term"), self.names)
        return Deadline(term=term, business_days=days)

    def recurring(self, clause: Clause, made: Duty) -> None:
        match = re.fullmatch(
            r"\s*(year|half-year)\s+by\s+(\d\d-\d\d(?:\s*,\s*\d\d-\d\d)*)\s*", self.text(clause)
        )
        days = tuple(re.findall(r"\d\d-\d\d", match[2])) if match else ()
        if not match or len(days) != (1 if match[1] == "year" else 2):
            self.fail(
                clause.place,
                "this `every` cannot be read",
                "write `every year by MM-DD` or `every half-year by MM-DD, MM-DD`",
            )
        for day in days:
            month, number = map(int, day.split("-"))
            if (
                not 1 <= month <= 12
                or not 1 <= number <= (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
            ):
                at = clause.start + self.source.text[clause.start : clause.end].index(day)
                self.fail(
                    self.source.span(at, at + 5),
                    f"`{day}` is no day of every year",
                    "write `MM-DD`",
                )
        made.every, made.days = match[1], days

    def promise(self, fence: Fence) -> Promise:
        first = fence.clauses[0]
        match = re.match(r"\s*(grant|deny)\s", self.text(first))
        if first.word != "never" or not match:
            self.fail(
                first.place,
                "a promise begins with what never happens",
                "write `never grant ITEMS` or `never deny ITEMS`",
            )
        words = self.words(Clause("never", first.place, first.start + match.end(), first.end))
        made = Promise(match[1], self.items(words), fence.place, fence.provision)
        self.common(fence, made)
        return made

    def cases(self, fence: Fence) -> Cases:
        lines = []
        for number in range(fence.first_line, fence.last_line + 1):
            text = re.sub(r"(^|\s)#(\s.*)?$", lambda m: " " * len(m[0]), self.source.line(number))
            if text.strip():
                lines.append((number, text.rstrip()))
        if len(lines) < 2:
            self.fail(
                fence.place,
                "these cases have no rows",
                "write a header, then a row for each case; columns parted by two spaces or more",
            )
        header = [word for word, _ in self.cut(*lines[0])]
        made = Cases(fence.place, fence.provision, tuple(header))
        for index, (word, place) in enumerate(self.cut(*lines[0])):
            if header.index(word) != index:
                self.fail(place, f"the column `{word}` stands twice", "remove one")
            self.column(word, place)
        for number, text in lines[1:]:
            cells = self.cut(number, text)
            if len(cells) != len(header):
                self.fail(
                    self.source.whole_line(number),
                    f"{len(cells)} cells where the header has {len(header)} columns",
                    "part cells by two spaces or more; write `?` for unknown and `-` where no rule settles it",
                )
            made.rows += (
                tuple(
                    CaseCell(column, word, place)
                    for column, (word, place) in zip(header, cells, strict=True)
                ),
            )
        return made

    def cut(self, number: int, text: str) -> list[tuple[str, Place]]:
        start = self.source.starts[number - 1]
        return [
            (match[0], self.source.span(start + match.start(), start + match.end()))
            for match in re.finditer(r"\S+(?: \S+)*", text)
        ]

    def column(self, word: str, place: Place) -> None:
        words = self.vocabulary
        table, _, column = word.partition(".")
        known = (
            word == "as_of" or word in words.facts or word in words.items or word in self.names.definitions
            or column in words.tables.get(table, {})
        )  # fmt: skip
        if not known:
            names = [*words.facts, *words.items, *self.names.definitions, "as_of"]
            self.fail(
                place,
                f"unknown column `{word}`",
                did_you_mean(
                    word, names, "columns are facts, definitions, `as_of`, `TABLE.COLUMN` and items"
                ),
            )


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"

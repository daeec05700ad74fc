"""From a page of law to blocks, every clause with its place.

    laws/<place>/<act>.md  ->  read_pack  ->  Pack (conditions still text)  ->  checker

Promise: nothing on the page is skipped; what is not understood is an error.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from habeas.errors import LawError, Place, Problem, did_you_mean
from habeas.law.blocks import AUTHORITIES, Pack, Provision
from habeas.law.grammar import blank_comments
from habeas.law.source import Source

WORDS = ("rule", "except", "define", "duty", "promise", "cases")
_STATUS = ("enjoined", "stayed", "contested")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_HEADING = re.compile(r"##\s+(?P<title>.*?)\s*\{(?P<attrs>[^{}]*)\}\s*\Z")
_CLAUSES = {
    "rule": ("forbid", "permit", "require", "when", "unless", "despite"),
    "except": ("from", "when", "unless"),
    "duty": ("when", "unless", "upon", "by", "every"),
    "promise": ("never", "when"),
}
_PLACE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


@dataclass(slots=True)
class Clause:
    """A clause word and what follows it: `source.text[start:end]`, comments still in it."""

    word: str
    place: Place
    start: int
    end: int


@dataclass(slots=True)
class Fence:
    """A block as it stands on the page, cut into clauses.

    word    the fence word
    id      from `#id` after the fence word, or empty
    place   of the fence's first line
    """

    word: str
    id: str
    place: Place
    provision: Provision
    clauses: list[Clause] = field(default_factory=list)
    first_line: int = 0
    last_line: int = 0


@dataclass(slots=True)
class Page:
    """A pack with its source and its fences."""

    pack: Pack
    source: Source
    fences: list[Fence] = field(default_factory=list)


def read_pack(source: Source, place: str, act: str) -> Page:
    """Read one page. `place` and `act` come from its path.

    Raises `LawError` with every problem found on the page.
    """
    return _Reader(source, place, act).read()


class _Reader:
    def __init__(self, source: Source, place: str, act: str) -> None:
        self.source = source
        self.place = place
        self.act = act
        self.problems: list[Problem] = []

    def problem(self, place: Place, message: str, help: str) -> None:
        self.problems.append(Problem(place, message, help))

    def read(self) -> Page:
        markdown = MarkdownIt("commonmark").use(front_matter_plugin).enable("table")
        tokens = markdown.parse(self.source.text)
        if not tokens or tokens[0].type != "front_matter":
            raise LawError(
                Problem(
                    self.source.whole_line(1) if self.source.text else Place(self.source.path),
                    "this pack has no front matter",
                    "begin the file with `---`, then title, citation, place, authority and source, then `---`",
                )
            )
        page = Page(self.front_matter(tokens[0]), self.source)
        current: Provision | None = None
        heads: list[tuple[int, Provision]] = []
        for index, token in enumerate(tokens[1:], 1):
            line = (token.map or [0])[0] + 1
            if token.type == "heading_open":
                if token.tag == "h2":
                    current = self.provision(page.pack, line)
                    if current:
                        heads.append((line, current))
                        page.pack.provisions.append(current)
                elif token.tag != "h1" or current:
                    self.problem(
                        self.source.whole_line(line),
                        f"a heading of level {token.tag[1]} has no meaning here",
                        "a provision's heading is `##`; write the rest as text",
                    )
            elif token.type == "fence":
                self.fence(page, current, token, line)
            elif token.type in ("code_block", "html_block"):
                what = "indented code" if token.type == "code_block" else "HTML"
                self.problem(
                    self.source.whole_line(line),
                    f"{what} has no meaning here",
                    "write plain text, or a block between ``` lines",
                )
            elif token.type == "inline" and tokens[index - 1].type == "paragraph_open":
                self.prose(token, line)
        self.texts(heads)
        if self.problems:
            raise LawError(self.problems)
        return page

    def prose(self, token: Token, line: int) -> None:
        """Text that looks like a fence gone wrong would be skipped in silence."""
        for offset, text in enumerate(token.content.split("\n")):
            if text.startswith(("~~", "``")):
                self.problem(
                    self.source.whole_line(line + offset),
                    "this looks like a fence but is none",
                    "a fence is three backticks alone at the line's start",
                )

    def texts(self, heads: list[tuple[int, Provision]]) -> None:
        lines = self.source.text.split("\n")
        for (line, provision), following in zip(
            heads, [*(head[0] for head in heads[1:]), len(lines) + 1], strict=True
        ):
            segment = lines[line - 1 : following - 1]
            provision.sha256 = hashlib.sha256("\n".join(segment).rstrip().encode()).hexdigest()
            prose, inside = [], False
            for text in segment[1:]:
                if text.startswith("```"):
                    inside = not inside
                elif not inside:
                    prose.append(text)
            provision.text = re.sub(r"\n{3,}", "\n\n", "\n".join(prose)).strip()
            if not provision.text:
                self.problem(
                    provision.place,
                    "this provision has no plain reading",
                    "say under the heading, in a sentence or two, what it means",
                )

    # -- front matter -----------------------------------------------------------------------------

    def front_matter(self, token: Token) -> Pack:
        wanted = ("title", "citation", "place", "authority", "source")
        try:
            node = yaml.compose(token.content, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 2 if mark else 1
            self.fatal(
                self.source.whole_line(line),
                "the front matter is no YAML",
                "write `name: value` lines",
            )
        values: dict[str, tuple[str, Place]] = {}
        if not isinstance(node, yaml.MappingNode):
            self.fatal(
                self.source.whole_line(1),
                "the front matter is no YAML",
                "write `name: value` lines",
            )
        for key, value in node.value:
            where = self.source.whole_line(key.start_mark.line + 2)
            if key.value not in wanted:
                self.problem(
                    where,
                    f"unknown front matter `{key.value}`",
                    did_you_mean(key.value, wanted, f"write {', '.join(wanted)}"),
                )
            elif not isinstance(value, yaml.ScalarNode) or not value.value.strip():
                self.problem(where, f"`{key.value}` is empty", "write a text after the colon")
            elif key.value in values:
                self.problem(where, f"`{key.value}` stands twice", "remove one")
            else:
                values[key.value] = (value.value.strip(), where)
        for name in wanted:
            if name not in values:
                if not any(f"`{name}`" in problem.message for problem in self.problems):
                    self.problem(
                        self.source.whole_line(1),
                        f"the front matter has no `{name}`",
                        f"add a line `{name}: …`",
                    )
                values[name] = ("", self.source.whole_line(1))
        place, where = values["place"]
        if place and place != self.place:
            self.problem(
                where,
                f"place `{place}` is not the folder's name `{self.place}`",
                f"write `place: {self.place}`, or move the file",
            )
        authority, where = values["authority"]
        if authority and authority not in AUTHORITIES:
            self.problem(
                where,
                f"`{authority}` is no authority",
                did_you_mean(authority, AUTHORITIES, f"write one of {', '.join(AUTHORITIES)}"),
            )
            authority = "agency"
        if values["source"][0] and not re.match(r"https?://\S+\Z", values["source"][0]):
            self.problem(
                values["source"][1],
                "the source is no address",
                "write the address of the official text: `https://…`",
            )
        if not _PLACE.match(self.place):
            self.problem(
                self.source.whole_line(1),
                f"`{self.place}` is no place",
                "folders are named `us`, `us-ca`, `us-ca-sf`",
            )
        return Pack(
            f"{self.place}/{self.act}", values["title"][0], values["citation"][0], self.place, authority or "agency",
            values["source"][0], self.source.path,
        )  # fmt: skip

    def fatal(self, place: Place, message: str, help: str) -> NoReturn:
        raise LawError(Problem(place, message, help))

    # -- headings ---------------------------------------------------------------------------------

    def provision(self, pack: Pack, line: int) -> Provision | None:
        place = self.source.whole_line(line)
        match = _HEADING.match(self.source.line(line))
        if not match:
            self.problem(
                place,
                "this heading has no id",
                "end it with `{#id}` or `{#id from=YYYY-MM-DD to=YYYY-MM-DD status=…}`",
            )
            return None
        base = self.source.starts[line - 1] + match.start("attrs")
        made = Provision("", match["title"], place, pack)
        if not made.heading:
            self.problem(place, "this heading has no citation", "write `## § 1 Title {#id}`")
        seen: set[str] = set()
        for part in re.finditer(r"\S+", match["attrs"]):
            self.attribute(
                made, pack, part[0], self.source.span(base + part.start(), base + part.end()), seen
            )
        if not made.id:
            self.problem(place, "this heading has no id", "write `{#id …}` at its end")
            return None
        if made.start >= made.end:
            self.problem(
                place,
                "this provision ends before it begins",
                "the life is [from, to): `to` is the first day without it",
            )
        return made

    def attribute(
        self, made: Provision, pack: Pack, text: str, place: Place, seen: set[str]
    ) -> None:
        name, _, value = text.partition("=")
        name = "#" if text.startswith("#") else name
        if name in seen:
            self.problem(place, f"`{name}` stands twice", "remove one")
        seen.add(name)
        if name == "#":
            if not _ID.match(text[1:]):
                self.problem(
                    place, f"`{text}` is no id", "ids are letters, digits, `.`, `_` and `-`"
                )
            made.id = f"{pack.id}#{text[1:]}"
        elif name in ("from", "to"):
            day = self.day(value, place)
            if day and name == "from":
                made.start = day
            elif day:
                made.end = day
        elif name == "status":
            if value not in _STATUS:
                self.problem(
                    place,
                    f"`{value}` is no status",
                    did_you_mean(value, _STATUS, f"write one of {', '.join(_STATUS)}"),
                )
            made.status = value
        else:
            self.problem(
                place,
                f"`{text}` is not understood",
                "write `#id`, `from=YYYY-MM-DD`, `to=YYYY-MM-DD` or `status=…`",
            )

    def day(self, text: str, place: Place) -> date | None:
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.problem(place, f"`{text}` is no day", "write it as `YYYY-MM-DD`")
        return None

    # -- fences -----------------------------------------------------------------------------------

    def fence(self, page: Page, provision: Provision | None, token: Token, line: int) -> None:
        place = self.source.whole_line(line)
        info = token.info.strip()
        word, _, rest = info.partition(" ")
        if word not in WORDS:
            shown = f"`{word}` is no block" if word else "this fence has no word"
            self.problem(
                place, shown, did_you_mean(word, WORDS, f"write one of {', '.join(WORDS)}")
            )
            return
        if self.source.line(line) != self.source.line(line).lstrip() or token.markup != "```":
            self.problem(
                place,
                "a fence is three backticks at the line's start",
                "remove the indent, or the other marks",
            )
            return
        if provision is None:
            self.problem(
                place,
                f"this `{word}` stands under no provision",
                "write a heading `## § … {#id}` above it",
            )
            return
        last = token.map[1] if token.map else line
        if self.source.line(last).rstrip() != "```":
            self.problem(place, "this fence is not closed", "end it with three backticks")
            return
        made = Fence(word, "", place, provision, first_line=line + 1, last_line=last - 1)
        rest = rest.strip()
        if rest:
            if word not in ("rule", "except", "duty"):
                self.problem(place, f"a `{word}` takes no id", "remove what follows the fence word")
            elif not rest.startswith("#") or not _ID.match(rest[1:]):
                self.problem(place, f"`{rest}` is no id", "write `#id` after the fence word")
            else:
                made.id = rest[1:]
        if word != "cases" and not self.clauses(made):
            return
        page.fences.append(made)

    def clauses(self, fence: Fence) -> bool:
        """Cut a fence into clauses; False if a line could not be placed."""
        source, good = self.source, True
        known = _CLAUSES.get(fence.word, ())
        for line in range(fence.first_line, fence.last_line + 1):
            text = blank_comments(source.line(line), "--")
            if not text.strip():
                continue
            start = source.starts[line - 1]
            word = text.split()[0]
            indented = text[0].isspace()
            first = not fence.clauses
            if (indented or (fence.word == "define" and not first)) and not first:
                fence.clauses[-1].end = start + len(source.line(line))
            elif fence.word in ("define", "duty") and first and not indented:
                fence.clauses.append(
                    Clause("", source.whole_line(line), start, start + len(source.line(line)))
                )
            elif word in known and not indented:
                fence.clauses.append(
                    Clause(
                        word,
                        source.span(start, start + len(word)),
                        start + len(word),
                        start + len(source.line(line)),
                    )
                )
            else:
                place = source.span(
                    start + len(text) - len(text.lstrip()), start + len(text.rstrip())
                )
                if indented:
                    self.problem(
                        place,
                        f"a `{fence.word}` does not begin with an indented line",
                        "remove the indent",
                    )
                else:
                    place = source.span(start, start + len(word))
                    self.problem(
                        place,
                        f"`{word}` begins no clause of `{fence.word}`",
                        did_you_mean(
                            word,
                            known,
                            f"clauses begin with {', '.join(known)}; go on with a clause by an indented line",
                        ),
                    )
                good = False
        if not fence.clauses and good:
            self.problem(fence.place, f"this `{fence.word}` is empty", "write it, or remove it")
            return False
        return good

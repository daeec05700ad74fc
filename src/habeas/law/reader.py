"""From a page of law to blocks, every clause with its place.

    laws/<place>/<act>.md  ->  read_pack  ->  Pack (conditions still text)  ->  checker

Promise: nothing on the page is skipped; what is not understood is an error.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NoReturn

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from habeas.errors import LawError, Place, Problem, did_you_mean
from habeas.law.blocks import AUTHORITIES, Pack, Provision
from habeas.law.dates import read_day
from habeas.law.source import Source
from habeas.law.tokens import blank_comments

_FRONT = ("title", "citation", "place", "authority", "source")
_AFTER = re.compile(
    r"[a-z0-9-]+/[A-Za-z0-9][A-Za-z0-9._-]* [0-9a-f]{64}( ([0-9a-f]{40}|[0-9a-f]{64}))?\Z"
)
_TODO = re.compile(r"\bTODO\b")
_NO_YAML = "the front matter is no YAML"
_LINES = "write `name: value` lines; a value with `: ` in it stands in quotes"
_PLAIN = "write plain text, or a block between lines of three backticks"
WORDS = ("rule", "except", "define", "duty", "promise", "cases")
_STATUS = ("enjoined", "stayed", "contested")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_LIKE_FENCE = re.compile(r"\s*(~~|``|([\"'‘’“”])\2\2)|.*```")
_LIKE_CLAUSE = re.compile(
    r"(forbid|permit|require|never (grant|deny)) [a-z][a-z0-9_]*(, ?[a-z][a-z0-9_]*)*"
    r"|(despite|from) ([a-z0-9-]+/[\w.-]+)?#\S+( .*)?|from every (forbid|require) of .*"
)
_HEADING = re.compile(r"##\s+(?P<title>.*?)\s*\{(?P<attrs>[^{}]*)\}\s*\Z")
_CLAUSES = {
    "rule": ("forbid", "permit", "require", "when", "unless", "despite"),
    "except": ("from", "when", "unless"),
    "duty": ("when", "unless", "upon", "by", "every"),
    "promise": ("never", "when"),
}


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
        self.skeleton()
        markdown = MarkdownIt("commonmark").use(front_matter_plugin).enable("table")
        seen: dict[str, Any] = {}
        tokens = markdown.parse(self.source.text, seen)
        if not tokens or tokens[0].type != "front_matter":
            self.fatal(
                self.source.whole_line(1) if self.source.text else Place(self.source.path),
                "this pack has no front matter",
                f"begin the file with `---`, then {', '.join(_FRONT)}, then `---`",
            )
        page = Page(self.front_matter(tokens[0]), self.source)
        current: Provision | None = None
        heads: list[tuple[int, Provision]] = []
        for index, token in enumerate(tokens[1:], 1):
            line = (token.map or [0])[0] + 1
            if token.type == "heading_open":
                if self.is_provision(token, line, current):
                    current = self.provision(page.pack, line)
                    heads.append((line, current))
                    page.pack.provisions.append(current)
            elif token.type == "fence":
                self.fence(page, current, token, line)
            elif token.type in ("code_block", "html_block"):
                what = "indented code" if token.type == "code_block" else "a piece of HTML"
                self.problem(self.source.whole_line(line), f"{what} has no meaning here", _PLAIN)
            elif token.type == "inline":
                if tokens[index - 1].type == "paragraph_open":
                    self.prose(token, line)
                self.html(token, line)
        for link in [*seen.get("references", {}).values(), *seen.get("duplicate_refs", ())]:
            self.problem(
                self.source.whole_line(link["map"][0] + 1),
                "a reader does not see this line, which defines a link",
                "write the link where it is used: `[text](address)`",
            )
        self.texts(heads)
        if not page.pack.provisions:
            self.problem(
                self.source.whole_line(1),
                "this pack has no provision",
                "write a heading `## § 1 Title {#id}`, what it means, and its blocks",
            )
        if self.problems:
            raise LawError(self.problems)
        return page

    def skeleton(self) -> None:
        """A page with a `TODO` anywhere on it is no law yet, whatever else may be wrong with it."""
        for number, text in enumerate(self.source.text.split("\n"), 1):
            found = _TODO.search(text)
            if found:
                start = self.source.starts[number - 1] + found.start()
                self.problem(
                    self.source.span(start, start + len(found[0])),
                    "this is still to be written",
                    "write it from the official text; a page with a `TODO` on it is no law yet",
                )
        if self.problems:
            raise LawError(self.problems)

    def prose(self, token: Token, line: int) -> None:
        """Text that looks like a fence or a heading gone wrong would be skipped in silence."""
        for offset, text in enumerate(token.content.split("\n")):
            place = self.source.whole_line(line + offset)
            if _LIKE_FENCE.match(text):
                self.problem(
                    place,
                    "this looks like a fence but is none",
                    "a fence is three backticks at the line's start, then a word",
                )
            elif _LIKE_CLAUSE.fullmatch(text.strip()):
                self.problem(
                    place,
                    "this looks like a clause but stands in no block",
                    "put lines of three backticks round it, the first one with `rule` behind them",
                )
            elif text.lstrip().startswith("#"):
                self.problem(
                    place,
                    "this looks like a heading but is none",
                    "a heading is `##`, a blank and the title, at the line's start",
                )

    def html(self, token: Token, line: int) -> None:
        """HTML within text: a comment would hide words, a tag vanishes."""
        lines = range(line, token.map[1] + 1 if token.map else line + 1)
        for child in token.children or ():
            if child.type != "html_inline":
                continue
            tag = child.content.split("\n")[0]
            for number in lines:
                at = self.source.line(number).find(tag)
                if at >= 0:
                    start = self.source.starts[number - 1] + at
                    place = self.source.span(start, start + len(tag))
                    self.problem(place, "a piece of HTML has no meaning here", _PLAIN)
                    break

    def texts(self, heads: list[tuple[int, Provision]]) -> None:
        lines = self.source.text.split("\n")
        ends = [line for line, _ in heads[1:]] + [len(lines) + 1]
        for (line, provision), following in zip(heads, ends, strict=False):
            segment = lines[line - 1 : following - 1]
            provision.sha256 = hashlib.sha256("\n".join(segment).rstrip().encode()).hexdigest()
            prose, inside = [], False
            for text in segment[1:]:
                if text.startswith("```"):
                    inside = not inside
                elif not inside:
                    prose.append(text)
            provision.text = re.sub(r"\n{3,}", "\n\n", "\n".join(prose)).strip()
            if provision.id and not provision.text:
                self.problem(
                    provision.place,
                    "this provision has no plain reading",
                    "say under the heading, in a sentence or two, what it means",
                )

    # -- front matter -----------------------------------------------------------------------------

    def front_matter(self, token: Token) -> Pack:
        try:
            node = yaml.compose(token.content, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 2 if mark else 1
            self.fatal(self.source.whole_line(line), _NO_YAML, _LINES)
        if not isinstance(node, yaml.MappingNode):
            self.fatal(self.source.whole_line(2), _NO_YAML, _LINES)
        values: dict[str, tuple[str, Place]] = {}
        for key, value in node.value:
            where, name = self.marked(key), str(key.value)
            if name not in (*_FRONT, "after"):
                help_ = did_you_mean(name, _FRONT, f"write {', '.join(_FRONT)}")
                self.problem(where, f"unknown front matter `{name}`", help_)
            elif name in values:
                self.problem(where, f"`{name}` stands twice", "remove one")
            elif isinstance(value, yaml.ScalarNode) and value.value.strip():
                values[name] = (value.value.strip(), self.marked(value))
            else:
                self.problem(where, f"`{name}` is no text", "write a text after the colon")
                values[name] = ("", where)
        for name in _FRONT:
            if name not in values:
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
            help_ = did_you_mean(authority, AUTHORITIES, f"write one of {', '.join(AUTHORITIES)}")
            self.problem(where, f"`{authority}` is no authority", help_)
            authority = ""
        address, where = values["source"]
        if address and not re.match(r"https?://\S+\Z", address):
            self.problem(
                where,
                f"`{address}` is no address",
                "write the address of the official text: `https://…`",
            )
        after, where = values.get("after", ("", Place(self.source.path)))
        if after and not _AFTER.match(after):
            self.problem(
                where,
                f"`{after}` is no lineage",
                "write the pack, its SHA-256 and, if there is one, the git commit, as `habeas law new` does; or remove the line",
            )
        return Pack(
            f"{self.place}/{self.act}",
            values["title"][0],
            values["citation"][0],
            self.place,
            authority or "agency",
            address,
            self.source.path,
            after=after,
        )

    def marked(self, node: yaml.Node) -> Place:
        """The place of a piece of front matter, which begins on the file's second line."""
        first, last = node.start_mark, node.end_mark
        base = self.source.starts[first.line + 1]
        end = last.column if last.line == first.line else len(self.source.line(first.line + 2))
        return self.source.span(base + first.column, base + end)

    def fatal(self, place: Place, message: str, help: str) -> NoReturn:
        raise LawError([*self.problems, Problem(place, message, help)])

    # -- headings ---------------------------------------------------------------------------------

    def is_provision(self, token: Token, line: int, current: Provision | None) -> bool:
        """Whether a heading opens a provision; a heading that may not stand there is told."""
        place = self.source.whole_line(line)
        if token.markup in ("-", "="):
            self.problem(
                place,
                "a line of dashes makes a heading of this text",
                "put a blank line between them, or write the heading as `## § 1 Title {#id}`",
            )
        elif not self.source.line(line).startswith("#"):
            self.problem(
                place, "a heading begins at the line's start", "remove what stands before the `#`"
            )
        elif token.tag not in ("h1", "h2") or (token.tag == "h1" and current):
            self.problem(
                place,
                f"a heading of level {token.tag[1]} has no meaning here",
                "a provision's heading is `##`; write the rest as text",
            )
        return token.tag == "h2"

    def provision(self, pack: Pack, line: int) -> Provision:
        """The provision that a heading opens; without an id where that was told as a problem."""
        place = self.source.whole_line(line)
        match = _HEADING.match(self.source.line(line))
        made = Provision("", match["title"] if match else "", place, pack)
        if not match:
            if not self.problems or self.problems[-1].place != place:
                self.problem(
                    place,
                    "this heading has no id",
                    "end it with `{#id}` or `{#id from=YYYY-MM-DD to=YYYY-MM-DD status=…}`",
                )
            return made
        base = self.source.starts[line - 1] + match.start("attrs")
        if not made.heading or "{" in made.heading:
            self.problem(
                place,
                "this heading has no citation"
                if not made.heading
                else "this heading has two `{ … }`",
                "write `## § 1 Title {#id}`, all attributes between one pair of braces",
            )
        seen: set[str] = set()
        for part in re.finditer(r"\S+", match["attrs"]):
            where = self.source.span(base + part.start(), base + part.end())
            self.attribute(made, pack, part[0], where, seen)
        if "#" not in seen:
            self.problem(place, "this heading has no id", "write `{#id …}` at its end")
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
            if not ID.match(text[1:]):
                self.problem(
                    place, f"`{text}` is no id", "ids are letters, digits, `.`, `_` and `-`"
                )
            made.id = f"{pack.id}{text}"
        elif name in ("from", "to") and value:
            day = self.day(value, replace(place, col=place.end - len(value)))
            if day and name == "from":
                made.start = day
            elif day:
                made.end = day
        elif name == "status" and value:
            if value not in _STATUS:
                help_ = did_you_mean(value, _STATUS, f"write one of {', '.join(_STATUS)}")
                where = replace(place, col=place.end - len(value))
                self.problem(where, f"`{value}` is no status", help_)
            made.status = value
        else:
            self.problem(
                place,
                f"`{text}` is not understood",
                "write `#id`, `from=YYYY-MM-DD`, `to=YYYY-MM-DD` or `status=…`, without blanks",
            )

    def day(self, text: str, place: Place) -> date | None:
        try:
            return read_day(text)
        except ValueError:
            self.problem(place, f"`{text}` is no day", "write it as `YYYY-MM-DD`")
            return None

    # -- fences -----------------------------------------------------------------------------------

    def fence(self, page: Page, provision: Provision | None, token: Token, line: int) -> None:
        place = self.source.whole_line(line)
        word, _, rest = token.info.strip().partition(" ")
        last = token.map[1] if token.map else line
        if word not in WORDS:
            shown = f"`{word}` is no block" if word else "this fence has no word"
            self.problem(
                place, shown, did_you_mean(word, WORDS, f"write one of {', '.join(WORDS)}")
            )
        elif not self.source.line(line).startswith("```") or token.markup != "```":
            self.problem(
                place,
                "a fence is three backticks at the line's start",
                "remove what stands before it, or the other marks",
            )
        elif provision is None:
            self.problem(
                place,
                f"this `{word}` stands under no provision",
                "write a heading `## § … {#id}` above it",
            )
        elif self.closed(place, line, last):
            made = Fence(word, "", place, provision, first_line=line + 1, last_line=last - 1)
            if self.fence_id(made, rest.strip()) and self.blanks(made) and self.clauses(made):
                page.fences.append(made)

    def closed(self, place: Place, line: int, last: int) -> bool:
        """Whether a fence is closed before the next heading or fence."""
        for number in range(line + 1, last + 1):
            text = self.source.line(number)
            if number == last and number > line and text.rstrip() == "```":
                return True
            if text.startswith(("```", "## ")):
                break
        self.problem(place, "this fence is not closed", "end it with a line of three backticks")
        return False

    def fence_id(self, made: Fence, text: str) -> bool:
        """Read what follows the fence word."""
        if not text:
            return True
        at = made.place.text.rindex(text)
        start = self.source.starts[made.place.line - 1] + at
        place = self.source.span(start, start + len(text))
        if made.word not in ("rule", "except", "duty"):
            self.problem(place, f"`{made.word}` takes no id", "remove what follows the fence word")
        elif not text.startswith("#") or not ID.match(text[1:]):
            self.problem(place, f"`{text}` is no id", "write `#id` after the fence word")
        else:
            made.id = text[1:]
            return True
        return False

    def blanks(self, fence: Fence) -> bool:
        """Whether every blank in a fence is a plain one."""
        good = True
        for line in range(fence.first_line, fence.last_line + 1):
            odd = re.search(r"[^\S ]", self.source.line(line))
            if odd:
                at = self.source.starts[line - 1] + odd.start()
                what = "a tab" if odd[0] == "\t" else f"the blank U+{ord(odd[0]):04X}"
                self.problem(
                    self.source.span(at, at + 1), f"{what} has no place in a block", "write blanks"
                )
                good = False
        return good

    def clauses(self, fence: Fence) -> bool:
        """Cut a fence into clauses; False if a line could not be placed. Cases have none."""
        source, good = self.source, True
        known = _CLAUSES.get(fence.word, ())
        if fence.word == "cases":
            return True
        for line in range(fence.first_line, fence.last_line + 1):
            text = blank_comments(source.line(line), "--").rstrip()
            if not text:
                continue
            start = source.starts[line - 1]
            end = start + len(source.line(line))
            word, indented = text.split()[0], text[0] == " "
            if fence.clauses and (indented or fence.word == "define"):
                fence.clauses[-1].end = end
                continue
            place = source.span(start + text.index(word), start + text.index(word) + len(word))
            if indented:
                self.problem(
                    place, f"this `{fence.word}` begins with an indented line", "remove the indent"
                )
                good = False
            elif fence.word in ("define", "duty") and not fence.clauses:
                place, word = source.span(start, start + len(text)), ""
            elif word not in known:
                help_ = (
                    f"clauses begin with {', '.join(known)}; indent a line that goes on with one"
                )
                self.problem(
                    place,
                    f"`{word}` begins no clause of `{fence.word}`",
                    did_you_mean(word, known, help_),
                )
                good = False
            fence.clauses.append(Clause(word, place, start + len(word), end))
        if not fence.clauses:
            self.problem(fence.place, f"this `{fence.word}` is empty", "write it, or remove it")
            return False
        return good

"""The page of a notice: a Markdown file with front matter, read and checked.

    text of NAME.LANGUAGE.md  ->  read_page  ->  NoticePage (title, blocks, fields, who reviewed it)

Promise: nothing on a page is passed over: what is no heading, paragraph, list or line to write on is
an error with its place.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.reports.casework.notice_fields import FIELDS, OFFICE_FIELDS
from habeas.reports.casework.paper import Blanks, Block, Bullets, Choices, Heading, Lines
from habeas.reports.casework.words import LANGUAGES

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_KEYS = (
    "language",
    "title",
    "translator",
    "translated_on",
    "source_sha256",
    "reviewed_by",
    "reviewed_on",
)
_MAY_BE_EMPTY = ("source_sha256", "reviewed_by", "reviewed_on")
_BOX = "[ ] "
_BLANK = "____"
_MARKUP = (
    "write headings (`##`), paragraphs, `- ` lists, `- [ ] ` boxes and `Word: ____` lines alone"
)


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice's text in one language.

    reviewed_by  the person who held it against the English text, or against the law where it is the
                 English text itself; empty: nobody did. `reviewed_on` is the day, or None
    fields       what stands in braces
    text         the file after its front matter
    places       of keys of the front matter; `` is the file
    """

    language: str
    title: str
    translator: str
    translated_on: date
    source_sha256: str
    reviewed_by: str
    reviewed_on: date | None
    blocks: tuple[Block, ...]
    fields: frozenset[str]
    text: str
    places: dict[str, Place] = field(compare=False, repr=False)


def text_sha256(page: NoticePage) -> str:
    """SHA-256, hexadecimal, of what a translation is made from: title, empty line, text."""
    return hashlib.sha256(f"{page.title}\n\n{page.text.strip()}\n".encode()).hexdigest()


def read_page(file: str, text: str) -> NoticePage:
    """A page from a file's name and text. Raises `InputError` with every problem found."""
    return _Reader(file, text).read()


class _Reader:
    def __init__(self, file: str, text: str) -> None:
        self.path = f"notices/{file}"
        self.language = file.removesuffix(".md").rpartition(".")[2]
        self.lines = text.split("\n")
        self.text = text
        self.problems: list[Problem] = []
        self.places = {"": Place(self.path)}

    def read(self) -> NoticePage:
        tokens = MarkdownIt("commonmark").use(front_matter_plugin).parse(self.text)
        if not tokens or tokens[0].type != "front_matter" or tokens[0].map is None:
            raise InputError(
                Problem(
                    self.places[""],
                    "this notice has no front matter",
                    f"begin with `---`, lines for {', '.join(_KEYS)}, and `---`",
                )
            )
        values = self.front_matter(tokens[0].content)
        end = tokens[0].map[1]
        blocks = self.blocks(tokens[1:])
        fields = self.fields(end)
        days = {key: self.day(values[key], key) for key in ("translated_on", "reviewed_on")}
        if self.problems:
            raise InputError(self.problems)
        return NoticePage(
            self.language,
            values["title"],
            values["translator"],
            days["translated_on"] or date.min,
            values["source_sha256"],
            values["reviewed_by"],
            days["reviewed_on"],
            tuple(blocks),
            frozenset(fields),
            "\n".join(self.lines[end:]),
            self.places,
        )

    # -- front matter -----------------------------------------------------------------------------

    def front_matter(self, content: str) -> dict[str, str]:
        values = dict.fromkeys(_KEYS, "")
        try:
            node = yaml.compose(content, Loader=yaml.SafeLoader)
        except yaml.YAMLError:
            node = None
        if not isinstance(node, yaml.MappingNode):
            raise InputError(
                Problem(
                    self.line(2), "the front matter is no list of `key: value`", "write one a line"
                )
            )
        for key, value in node.value:
            name = str(key.value)
            place = self.line(key.start_mark.line + 2)
            if name not in _KEYS:
                help_line = did_you_mean(name, _KEYS, f"write {', '.join(_KEYS)}")
                self.problem(place, f"unknown front matter `{name}`", help_line)
            elif name in self.places:
                self.problem(place, f"`{name}` stands twice", "remove one")
            elif not isinstance(value, yaml.ScalarNode):
                self.problem(place, f"`{name}` is no text", "write a text after the colon")
            else:
                values[name] = str(value.value).strip()
            self.places[name] = place
        for name in _KEYS:
            if name not in self.places:
                self.places[name] = self.line(1)
                self.problem(
                    self.line(1), f"the front matter has no `{name}`", f"add a line `{name}: …`"
                )
            elif not values[name] and name not in _MAY_BE_EMPTY:
                self.problem(
                    self.places[name], f"`{name}` is empty", "write a text after the colon"
                )
        self.agree(values)
        return values

    def agree(self, values: dict[str, str]) -> None:
        """Hold what the front matter says against itself and the file's name."""
        if self.language not in LANGUAGES:
            message = f"nothing is written in the language `{self.language}`"
            self.problem(
                self.places[""], message, f"name the file NAME.{' or NAME.'.join(LANGUAGES)}.md"
            )
        elif values["language"] != self.language:
            message = f"`{values['language']}` is not the language of the file's name"
            self.problem(self.places["language"], message, f"write `language: {self.language}`")
        if bool(values["reviewed_by"]) != bool(values["reviewed_on"]):
            message = "`reviewed_by` and `reviewed_on` go together"
            self.problem(
                self.places["reviewed_by"], message, "name the person and the day, or neither"
            )
        if self.language == "en" and values["source_sha256"]:
            message = "the English text is no translation"
            self.problem(self.places["source_sha256"], message, 'write `source_sha256: ""`')

    def day(self, text: str, key: str) -> date | None:
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.problem(self.places[key], f"`{text}` is no day", "write it as `YYYY-MM-DD`")
            return None

    # -- text -------------------------------------------------------------------------------------

    def blocks(self, tokens: list[Token]) -> list[Block]:
        made: list[Block] = []
        at = 0
        while at < len(tokens):
            token, end = tokens[at], _after(tokens, at)
            if token.type == "heading_open" and token.tag in ("h2", "h3"):
                made.append(Heading(self.plain(tokens[at + 1]), int(token.tag[1])))
            elif token.type == "paragraph_open":
                made.append(self.paragraph(self.plain(tokens[at + 1])))
            elif token.type == "bullet_list_open":
                made.append(self.listed(tokens[at + 1 : end - 1]))
            else:
                self.problem(self.of(token), "this has no meaning in a notice", _MARKUP)
            at = end
        return made

    def paragraph(self, text: str) -> Block:
        return (
            Blanks((text.removesuffix(_BLANK).strip(),))
            if text.endswith(_BLANK)
            else Lines((text,))
        )

    def listed(self, tokens: list[Token]) -> Block:
        known = ("list_item_open", "paragraph_open", "inline", "paragraph_close", "list_item_close")
        for token in tokens:
            if token.type not in known and token.map:
                self.problem(self.of(token), "this has no meaning in a list of a notice", _MARKUP)
        texts = [self.plain(token) for token in tokens if token.type == "inline"]
        boxed = [text.startswith(_BOX) for text in texts]
        if any(boxed) and not all(boxed):
            self.problem(self.of(tokens[0]), "only some lines of this list have a box", _MARKUP)
        if any(boxed):
            return Choices(tuple(text.removeprefix(_BOX) for text in texts))
        return Bullets(tuple(texts))

    def plain(self, inline: Token) -> str:
        parts = []
        for child in inline.children or []:
            if child.type == "softbreak":
                parts.append(" ")
            elif child.type == "text":
                parts.append(child.content)
            else:
                self.problem(self.of(inline), "a notice has no markup within a line", _MARKUP)
        return "".join(parts)

    def fields(self, start: int) -> set[str]:
        """What stands in braces; each unknown one is a problem with its column."""
        found = set()
        known = [*FIELDS, *sorted(OFFICE_FIELDS)]
        for number, line in enumerate(self.lines[start:], start + 1):
            for match in PLACEHOLDER.finditer(line):
                place = Place(self.path, number, match.start() + 1, match.end() + 1, line)
                if match[1] in known:
                    found.add(match[1])
                else:
                    help_line = did_you_mean(match[1], known, f"write one of {', '.join(known)}")
                    self.problem(place, f"unknown field `{match[1]}`", help_line)
            for match in re.finditer(r"[{}]", PLACEHOLDER.sub(lambda m: "." * len(m[0]), line)):
                place = Place(self.path, number, match.start() + 1, match.end() + 1, line)
                self.problem(place, f"a `{match[0]}` that stands alone", "write `{field}`")
        return found

    # -- problems ---------------------------------------------------------------------------------

    def line(self, number: int) -> Place:
        text = self.lines[number - 1] if number <= len(self.lines) else ""
        return Place(self.path, number, 1, len(text) + 1, text)

    def of(self, token: Token) -> Place:
        return self.line(token.map[0] + 1) if token.map else self.places[""]

    def problem(self, place: Place, message: str, help: str) -> None:
        self.problems.append(Problem(place, message, help))


def _after(tokens: list[Token], at: int) -> int:
    """Where the block ends that begins with a token."""
    depth = 0
    for number in range(at, len(tokens)):
        depth += tokens[number].nesting
        if depth <= 0:
            return number + 1
    return len(tokens)

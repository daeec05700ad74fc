"""YAML and JSON files in which every word remembers where it stands.

    request.yaml, mapping.yaml  ->  read_document  ->  Node (value, place)

Promise: what was written is what is read. Of YAML's guesses only `yes`, `no`, `true`, `false` and
the empty value are made (`0012`, `12:30` and `1e3` stay text); aliases, tags, a second document and
a key that stands twice are refused, so nothing is dropped and nothing is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from habeas.errors import InputError, Place, Problem

DEEPEST = 12
"""How deeply lists and mappings may be nested."""

WIDEST = 500
"""The longest line that a message shows, in characters."""

LARGEST = 16_000_000
"""The most bytes that a document may have."""

_PLAIN = {
    "yes": True, "Yes": True, "YES": True, "true": True, "True": True, "TRUE": True,
    "no": False, "No": False, "NO": False, "false": False, "False": False, "FALSE": False,
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
}  # fmt: skip

Step = str | int
"""A key of a mapping, or an index of a list."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document: yes/no, text or None (nothing written), a list, or a mapping.

    `place` is where it stands; `keys` holds, for a mapping, the place of each key.
    """

    value: bool | str | list[Node] | dict[str, Node] | None
    place: Place
    keys: dict[str, Place]

    def plain(self) -> object:
        """The value without places: `bool`, `str`, `None`, `list` and `dict`."""
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return self.value

    def at(self, *steps: Step) -> Place:
        """The place of the value that these steps lead to, as far as they lead."""
        node = self
        for step in steps:
            below = node._below(step)
            if below is None:
                break
            node = below
        return node.place

    def value_at(self, *steps: Step) -> bool | str | list[Node] | dict[str, Node] | None:
        """The value that these steps lead to, as far as they lead."""
        node = self
        for step in steps:
            node = node._below(step) or node
        return node.value

    def key_at(self, *steps: Step) -> Place:
        """The place of the key that these steps end in (where in an index, of the value)."""
        node: Node = self
        for step in steps[:-1]:
            node = node._below(step) or node
        return node.keys.get(str(steps[-1]), self.at(*steps))

    def _below(self, step: Step) -> Node | None:
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None


def read_document(
    path: Path, what: str, top: type[dict[str, Node]] | type[list[Node]] = dict
) -> Node:
    """Read one YAML or (where the name ends in `.json`) JSON file; its top is a mapping, or a list.

    `what` names it in messages (`request`, `mapping`). Raises `InputError`: no such file, not
    UTF-8, empty, larger than `LARGEST`, not well formed, not a mapping at its top, or one of the
    things that this module refuses.
    """
    text = read_text(path, what)
    lines = text.split("\n")
    if path.suffix.lower() == ".json":
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            place = _place(str(path), lines, error.lineno - 1, error.colno - 1)
            raise _error(
                place, f"not JSON: {error.msg.lower()}", "write JSON, or name the file `.yaml`"
            ) from None
        except RecursionError:
            raise _error(Place(str(path)), *_TOO_DEEP) from None
        text = text.replace("\t", " ")  # outside of strings: within one JSON has no raw tab
    node = _Composer(str(path), lines, text).compose()
    if top is dict and not isinstance(node.value, dict):
        raise _error(
            node.place, f"a {what} is a mapping", "write its fields as `name: value` lines"
        )
    if top is list and not isinstance(node.value, list):
        raise _error(node.place, f"a {what} file is a list", "begin each entry with `- `")
    return node


def read_text(path: Path, what: str) -> str:
    """The text of a UTF-8 file that is not empty. Raises `InputError`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _error(Place(str(path)), f"no such {what} file", "check the path") from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise _error(Place(str(path)), f"cannot be read: {reason}", "check the path") from None
    if len(data) > LARGEST:
        raise _error(
            Place(str(path)),
            f"larger than {LARGEST // 1_000_000} MB",
            f"is this a {what}? records belong in CSV or Parquet files",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error(
            Place(str(path), line, 1, 2),
            f"not UTF-8 text: byte {error.start} does not fit",
            "save it as UTF-8",
        ) from None
    if not text.strip():
        raise _error(Place(str(path)), f"the {what} file is empty", "an example is in `examples/`")
    return text


_TOO_DEEP = ("nested too deeply", f"lists and mappings stand at most {DEEPEST} deep")


def _error(place: Place, message: str, help: str) -> InputError:
    return InputError(Problem(place, message, help))


def _place(path: str, lines: list[str], line: int, col: int, end: int = 0) -> Place:
    """From 0-based line and columns."""
    text = lines[line].rstrip("\r") if line < len(lines) else ""
    text = text if len(text) <= WIDEST else ""
    return Place(path, line + 1, col + 1, max(end, col + 1) + 1 if end <= col else end + 1, text)


class _Composer:
    def __init__(self, path: str, lines: list[str], text: str) -> None:
        self.path = path
        self.lines = lines
        self.text = text

    def compose(self) -> Node:
        """The document, by the fast parser; what that refuses, by the one whose errors we word."""
        with suppress(yaml.YAMLError):
            return self.document(getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return self.document(yaml.SafeLoader)

    def document(self, loader: type[yaml.SafeLoader]) -> Node:
        try:
            events = yaml.parse(self.text, Loader=loader)
            found: Node | None = None
            for event in events:
                if isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent)):
                    continue
                if isinstance(event, yaml.DocumentEndEvent):
                    continue
                if isinstance(event, yaml.DocumentStartEvent):
                    if found is not None:
                        raise _error(
                            self.place(event),
                            "a second document begins",
                            "write one document a file",
                        )
                    continue
                found = self.node(event, events, 0)
        except yaml.MarkedYAMLError as error:
            if loader is not yaml.SafeLoader:
                raise
            mark = error.problem_mark or error.context_mark
            place = (
                _place(self.path, self.lines, mark.line, mark.column) if mark else Place(self.path)
            )
            raise _error(
                place,
                f"not YAML: {error.problem or error.context}",
                "check indentation, and put text with `: ` or ` #` in it in quotes",
            ) from None
        except yaml.reader.ReaderError as error:
            if loader is not yaml.SafeLoader:
                raise
            line = self.text.count("\n", 0, error.position)
            raise _error(
                _place(self.path, self.lines, line, 0),
                "holds a character that YAML does not allow",
                "take out control characters",
            ) from None
        if found is None:
            raise _error(Place(self.path), "holds nothing but comments", "write its fields")
        return found

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
        place = self.place(event)
        if depth > DEEPEST:
            raise _error(place, *_TOO_DEEP)
        if isinstance(event, yaml.AliasEvent):
            raise _error(
                place, f"`*{event.anchor}` is an alias", "aliases are not read: write the value out"
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _error(place, f"`{tag}` is a tag", "tags are not read: leave it out")
        if isinstance(event, yaml.ScalarEvent):
            text = self.text_of(event)
            return Node(_PLAIN.get(text, text) if event.implicit[0] else text, place, {})
        if isinstance(event, yaml.SequenceStartEvent):
            listed = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                listed.append(self.node(event, events, depth + 1))
            return Node(listed, place, {})
        return self.mapping(place, events, depth)

    def mapping(self, place: Place, events: Iterator[yaml.Event], depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key_place = self.place(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _error(key_place, "a key is not text", "write a word before the `:`")
            key = self.text_of(event)
            if key in keys:
                raise _error(
                    key_place, f"`{key}` stands twice", f"keep one; the first is at {keys[key]}"
                )
            keys[key] = key_place
            values[key] = self.node(next(events), events, depth + 1)
        return Node(values, place, keys)

    def text_of(self, event: yaml.ScalarEvent) -> str:
        """A scalar's text; what JSON escapes as a pair of surrogates is one character."""
        try:
            return str(event.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise _error(
                self.place(event), "holds half a character", "escape both halves, or neither"
            ) from None

    def place(self, event: yaml.Event) -> Place:
        start, end = event.start_mark, event.end_mark
        assert start and end  # noqa: S101 - for mypy: every event of a parser has both
        same = start.line == end.line
        text = self.lines[start.line] if start.line < len(self.lines) else ""
        return _place(
            self.path, self.lines, start.line, start.column, end.column if same else len(text)
        )

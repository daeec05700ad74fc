"""YAML and JSON files in which every word remembers where it stands.

    request.yaml, mapping.yaml  ->  read_document  ->  Node (value, place)

Promise: what was written is what is read. Of YAML's guesses only `yes`, `no`, `true`, `false` and
the empty value are made (`0012`, `12:30` and `1e3` stay text); aliases, tags, a second document and
a key that stands twice are refused, so nothing is dropped and nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import yaml

from habeas.errors import Place
from habeas.law.source import Source
from habeas.records.json_document import read_json
from habeas.records.node import DEEPEST, TOO_DEEP, WIDEST, Node, refused, twice

__all__ = ["LARGEST", "Node", "compose", "read_document", "read_text"]

LARGEST = 16_000_000
"""The most bytes that a document may have."""

_PLAIN = {
    "yes": True, "Yes": True, "YES": True, "true": True, "True": True, "TRUE": True,
    "no": False, "No": False, "NO": False, "false": False, "False": False, "FALSE": False,
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
}  # fmt: skip


def read_document(
    path: Path, what: str, top: type[dict[str, Node]] | type[list[Node]] = dict
) -> Node:
    """Read one YAML or (where the name ends in `.json`) JSON file; its top is a mapping, or a list.

    `what` names it in messages (`request`, `mapping`). Raises `InputError`: no such file, not
    UTF-8, empty, larger than `LARGEST`, not well formed, not a mapping at its top, or one of the
    things that this module refuses.
    """
    return compose(read_text(path, what), path, what, top)


def compose(
    text: str, path: Path, what: str, top: type[dict[str, Node]] | type[list[Node]] = dict
) -> Node:
    """The same of a text that is not in a file; `path` is what messages call it."""
    if path.suffix.lower() == ".json":
        node = read_json(Source(str(path), text))
    else:
        node = _Composer(str(path), text.split("\n"), text).compose()
    if top is dict and not isinstance(node.value, dict):
        raise refused(
            node.place, f"a {what} is a mapping", "write its fields as `name: value` lines"
        )
    if top is list and not isinstance(node.value, list):
        raise refused(node.place, f"a {what} file is a list", "begin each entry with `- `")
    return node


def read_text(path: Path, what: str) -> str:
    """The text of a UTF-8 file that is not empty. Raises `InputError`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise refused(Place(str(path)), f"no such {what} file", "check the path") from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise refused(Place(str(path)), f"cannot be read: {reason}", "check the path") from None
    if len(data) > LARGEST:
        raise refused(
            Place(str(path)),
            f"larger than {LARGEST // 1_000_000} MB",
            f"is this a {what}? records belong in CSV or Parquet files",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refused(
            Place(str(path), line, 1, 2),
            f"not UTF-8 text: byte {error.start} does not fit",
            "save it as UTF-8",
        ) from None
    if not text.strip():
        raise refused(Place(str(path)), f"the {what} file is empty", "an example is in `examples/`")
    return text


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
                        raise refused(
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
            raise refused(
                place,
                f"not YAML: {error.problem or error.context}",
                "check indentation, and put text with `: ` or ` #` in it in quotes",
            ) from None
        except yaml.reader.ReaderError as error:
            if loader is not yaml.SafeLoader:
                raise
            line = self.text.count("\n", 0, error.position)
            raise refused(
                _place(self.path, self.lines, line, 0),
                "holds a character that YAML does not allow",
                "take out control characters",
            ) from None
        if found is None:
            raise refused(Place(self.path), "holds nothing but comments", "write its fields")
        return found

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
        place = self.place(event)
        if depth > DEEPEST:
            raise refused(place, *TOO_DEEP)
        if isinstance(event, yaml.AliasEvent):
            raise refused(
                place, f"`*{event.anchor}` is an alias", "aliases are not read: write the value out"
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise refused(place, f"`{tag}` is a tag", "tags are not read: leave it out")
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
                raise refused(key_place, "a key is not text", "write a word before the `:`")
            key = self.text_of(event)
            if key in keys:
                raise twice(key, key_place, keys[key])
            keys[key] = key_place
            values[key] = self.node(next(events), events, depth + 1)
        return Node(values, place, keys)

    def text_of(self, event: yaml.ScalarEvent) -> str:
        """A scalar's text; what is escaped as a pair of surrogates is one character."""
        try:
            return str(event.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise refused(
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

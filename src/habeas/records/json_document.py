"""JSON, read with the place of every word in it.

    Source  ->  read_json  ->  Node

Promise: every JSON document that is well formed is read, however long its keys are and whatever
characters it holds; but for half a character, and a key that stands twice. Numbers stay as they
are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from habeas.errors import Place
from habeas.law.source import Source
from habeas.records.node import DEEPEST, TOO_DEEP, WIDEST, Node, refused, twice

_TOKEN = re.compile(r'[{}\[\]:,]|"(?:[^"\\]|\\.)*"|[^\s{}\[\]:,"]+')
_PLAIN = {"true": True, "false": False, "null": None}


class _Token(NamedTuple):
    text: str
    place: Place


def read_json(source: Source) -> Node:
    """Read one JSON text. Raises `InputError` at the first thing that is wrong with it."""
    try:
        # Numbers are not worked out: one of many digits would take long, or not be allowed.
        json.loads(source.text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise refused(
            _place(source, error.pos, error.pos + 1),
            f"not JSON: {error.msg.lower()}",
            "write JSON, or name the file `.yaml`",
        ) from None
    except RecursionError:
        raise refused(Place(source.path), *TOO_DEEP) from None
    # It is well formed, so the tokens alone tell what it is.
    tokens = (
        _Token(match[0], _place(source, match.start(), match.end()))
        for match in _TOKEN.finditer(source.text)
    )
    return _node(next(tokens), tokens, 0)


def _place(source: Source, start: int, end: int) -> Place:
    place = source.span(start, end)
    place = replace(place, end=max(place.end, place.col + 1))
    return place if len(place.text) <= WIDEST else replace(place, text="")


def _node(token: _Token, tokens: Iterator[_Token], depth: int) -> Node:
    if depth > DEEPEST:
        raise refused(token.place, *TOO_DEEP)
    if token.text == "[":
        listed = []
        while (token_in := next(tokens)).text != "]":
            if token_in.text != ",":
                listed.append(_node(token_in, tokens, depth + 1))
        return Node(listed, token.place, {})
    if token.text == "{":
        return _mapping(token.place, tokens, depth)
    if token.text.startswith('"'):
        return Node(_text(token), token.place, {})
    return Node(_PLAIN.get(token.text, token.text), token.place, {})


def _mapping(place: Place, tokens: Iterator[_Token], depth: int) -> Node:
    values: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    while (token := next(tokens)).text != "}":
        if token.text == ",":
            continue
        key = _text(token)
        if key in keys:
            raise twice(key, token.place, keys[key])
        keys[key] = token.place
        next(tokens)  # the colon
        values[key] = _node(next(tokens), tokens, depth + 1)
    return Node(values, place, keys)


def _text(token: _Token) -> str:
    text = str(json.loads(token.text))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused(
            token.place, "holds half a character", "escape both halves, or neither"
        ) from None
    return text

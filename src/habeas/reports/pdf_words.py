"""Long words: where a line may break in a word that no line could hold.

    text  ->  parted  ->  [text, {is: long, body: [part, part, …]}, text, …]

Promise: the parts, put together again, are the text; no letter is added, and none is parted from
the marks that belong to it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

LONGEST = 20
"""So many letters a word has at most that is not parted: narrow columns hold as much."""

_LONG = re.compile(rf"(\S{{{LONGEST + 1},}})")
_AFTER = re.compile(r"(?<=[-/_.:#?&=,;])(?=\w)")
"""Where addresses and ids are parted first."""

_PART = 4
"""Else so many letters stay together."""


def parted(text: str) -> list[Any]:
    """A text as runs: as it is, but for its long words, which come in parts."""
    made: list[Any] = []
    for at, piece in enumerate(_LONG.split(text)):
        if at % 2:
            made.append({"is": "long", "body": _parts(piece)})
        elif piece:
            made.append(piece)
    return made


def _parts(word: str) -> list[str]:
    made: list[str] = []
    for piece in _AFTER.split(word):
        if len(piece) <= LONGEST // 2:
            made.append(piece)
            continue
        made.append("")
        for letter in piece:
            if len(made[-1]) >= _PART and not _belongs(letter, made[-1][-1]):
                made.append("")
            made[-1] += letter
    return made


def _belongs(letter: str, before: str) -> bool:
    """Whether a letter cannot be parted from the one before it: marks, joiners, joined scripts."""
    return (
        unicodedata.category(letter)[0] == "M"
        or unicodedata.category(before) == "Cf"
        or unicodedata.category(letter) == "Cf"
        or unicodedata.bidirectional(letter) == "AL"
    )

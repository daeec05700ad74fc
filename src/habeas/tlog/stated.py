"""What entries state of publications: that each is of this log, and none is older than the one before.

    Reader  ->  each entry in its order  ->  the publication that it names  ->  Stated

Promise: of every entry it is known whether the checkpoint that it names was this log's when the entry was made. It looks at what
entries show to everybody; `audit` has looked at the bytes before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from habeas.tlog.entries import parse_entry
from habeas.tlog.errors import LogError
from habeas.tlog.merkle import EMPTY_ROOT, root_at
from habeas.tlog.reader import Reader
from habeas.tlog.tiles import ENTRIES, WIDTH, parse_bundle, tile_at, tile_path

MAX_WRONG = 100
"""After so many the rest is not looked at."""


@dataclass(slots=True)
class Stated:
    """What the entries of a log state.

    entries   how many were read
    wrong     entry and what is wrong: it is none, or it names a checkpoint that this log never had
    older     stretches (first, last) of entries that name an older publication than an entry before them: an office
              that restored its log makes such a stretch, up to its next publication, and so does one that dates back
    """

    entries: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)
    older: list[tuple[int, int]] = field(default_factory=list)


def read_stated(reader: Reader) -> Stated:
    """Read every entry of a log that was audited. Raises `LogError` where a file cannot be read.

    Held by `tests/tlog/test_stated.py`.
    """
    made, newest = Stated(), 0
    root = lru_cache(256)(lambda size: root_at(size, reader.hash_at) if size else EMPTY_ROOT)
    for index, entry in enumerate(_entries(reader)):
        made.entries += 1
        size, what = _named(index, entry, root)
        if what:
            made.wrong.append((index, what))
            if len(made.wrong) >= MAX_WRONG:
                break
        elif size >= newest:
            newest = size
        elif made.older and made.older[-1][1] == index - 1:
            made.older[-1] = made.older[-1][0], index
        else:
            made.older.append((index, index))
    return made


def _entries(reader: Reader) -> Iterator[bytes]:
    for number in range(-(-reader.size // WIDTH)):
        tile = tile_at(ENTRIES, number, reader.size)
        data = reader.source.get(tile_path(tile))
        yield from parse_bundle(data or b"", tile.width, tile_path(tile))


def _named(index: int, entry: bytes, root: Callable[[int], bytes]) -> tuple[int, str]:
    """The size of the checkpoint that an entry names, and what is wrong with it."""
    try:
        shown = parse_entry(entry, f"entry {index}").shown
    except LogError as error:
        return 0, error.problems[0].message
    if shown.size > index:
        return 0, f"it names a log of {shown.size} entries, which came after it"
    if root(shown.size) != shown.root:
        return 0, f"it names a log of {shown.size} entries that is not this one"
    return shown.size, ""

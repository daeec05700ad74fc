"""Tiles: the files that a tree is kept in, 256 hashes or entries each (C2SP tlog-tiles).

    size of a tree  ->  tiles_of  ->  Tile  ->  tile_path  ->  where it is
    entries  ->  format_bundle  ->  bytes;  hashes of a tile  ->  root_of_tile  ->  hash in the tile above

Promise: a path or a bundle is read in exactly one way, and what is not exactly in the format is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from habeas.tlog.errors import refused
from habeas.tlog.merkle import HASH_BYTES, MAX_SIZE

WIDTH = 256
"""How many hashes or entries a full tile holds."""

HEIGHT = 8
MAX_LEVEL = 7
"""The highest level that a tree of MAX_SIZE has; the format allows 63."""

ENTRIES = -1
"""The level of entry bundles."""

MAX_ENTRY = 65_535
MAX_BUNDLE = WIDTH * (MAX_ENTRY + 2)
TILE_BYTES = WIDTH * HASH_BYTES
_NODE = sha256(b"\x01")

_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One file of a log: of hashes at a level from 0, or of entries at the level `ENTRIES`."""

    level: int
    index: int
    width: int = WIDTH
    """1 … 256; less than 256 is a partial tile."""

    @property
    def start(self) -> int:
        """The index of the first leaf under it."""
        return self.index << HEIGHT * (max(self.level, 0) + 1)

    @property
    def full(self) -> Tile:
        """The full tile in its place."""
        return replace(self, width=WIDTH)


def tile_path(tile: Tile) -> str:
    """The path of a tile below the log's folder or URL.

    level  `ENTRIES`, 0 … 63; index 0 … ; width 1 … 256
    Inverse: `parse_tile_path`. Held by `tests/tlog/test_tiles.py`.

    >>> tile_path(Tile(0, 1234067))
    'tile/0/x001/x234/067'
    >>> tile_path(Tile(ENTRIES, 3, 17))
    'tile/entries/003.p/17'
    """
    rest, last = divmod(tile.index, 1000)
    parts = [f"{last:03}"]
    while rest:
        rest, last = divmod(rest, 1000)
        parts.insert(0, f"x{last:03}")
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    partial = "" if tile.width == WIDTH else f".p/{tile.width}"
    return f"tile/{level}/{'/'.join(parts)}{partial}"


def parse_tile_path(path: str) -> Tile:
    """The tile that a path names. Raises `LogError` where it is not exactly a tile's path.

    Inverse: `tile_path`. Held by `tests/tlog/test_tiles.py`.

    >>> parse_tile_path("tile/0/x001/x234/067")
    Tile(level=0, index=1234067, width=256)
    """
    match = _PATH.fullmatch(path)
    if match:
        level = ENTRIES if match[1] == "entries" else int(match[1])
        index = int(match[2].replace("x", "").replace("/", ""))
        tile = Tile(level, index, int(match[3] or WIDTH))
        if level <= 63 and tile_path(tile) == path:
            return tile
    raise refused(path, "this is no path of a tile", "see c2sp.org/tlog-tiles")


def tile_at(level: int, index: int, size: int) -> Tile:
    """The tile at a place of the tree of `size` leaves, full or partial. Raises `LogError` where none is."""
    hashes = size >> HEIGHT * max(level, 0)
    width = min(WIDTH, hashes - index * WIDTH)
    if width < 1:
        raise refused("tile", f"a tree of {size} has no tile {index} at level {level}", "ask less")
    return Tile(level, index, width)


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """All tiles of the tree of `size` leaves that differ from those of its first `since` leaves.

    The entries come first, then the levels upward.

    >>> [tile_path(tile) for tile in tiles_of(70_000, 69_999)]
    ['tile/entries/273.p/112', 'tile/0/273.p/112']
    """
    if not 0 <= since <= size <= MAX_SIZE:
        raise refused("tiles", f"no tiles of {size} leaves since {since}", "ask within the tree")
    for level in range(ENTRIES, MAX_LEVEL + 1):
        shift = HEIGHT * max(level, 0)
        old, new = since >> shift, size >> shift
        if old == new:
            continue
        for index in range(old // WIDTH, -(-new // WIDTH)):
            yield tile_at(level, index, size)


def edge_of(size: int) -> list[Tile]:
    """The partial hash tiles of a tree, from level 0 upward: its root follows from them alone."""
    return [
        Tile(level, size >> HEIGHT * (level + 1), width)
        for level in range(MAX_LEVEL + 1)
        if (width := size >> HEIGHT * level & WIDTH - 1)
    ]


def format_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as one bundle: each with its length before it, 16 bits, big-endian.

    entries  1 … 256 of 0 … 65,535 bytes
    Inverse: `parse_bundle`. Held by `tests/tlog/test_tiles.py`.

    >>> format_bundle([b"one"])
    b'\\x00\\x03one'
    """
    sizes = set(map(len, entries))
    if sizes and max(sizes) > MAX_ENTRY:
        raise refused("entry", f"an entry of {max(sizes)} bytes", f"{MAX_ENTRY} at most")
    if len(sizes) == 1:
        prefix = sizes.pop().to_bytes(2, "big")
        return prefix + prefix.join(entries)
    return b"".join([part for one in entries for part in (len(one).to_bytes(2, "big"), one)])


def parse_bundle(data: bytes, width: int, where: object = "entry bundle") -> list[bytes]:
    """The `width` entries of a bundle. Raises `LogError` where there are fewer, more, or a rest.

    Inverse: `format_bundle`. Held by `tests/tlog/test_tiles.py`.
    """
    at, size = 0, len(data)
    step = even_step(data, width)
    if step:  # so that entries of one length take one look each
        return [data[start : start + step - 2] for start in range(2, size + 1, step)]
    entries: list[bytes] = []
    for _ in range(width):
        start = at + 2
        end = start + int.from_bytes(data[at:start], "big")
        if start > size or end > size:
            raise refused(where, f"this bundle ends within entry {len(entries)}", _AGAIN)
        entries.append(data[start:end])
        at = end
    if at != size:
        raise refused(where, f"this bundle has more than {width} entries", _AGAIN)
    return entries


def even_step(data: bytes | memoryview, width: int) -> int:
    """From one entry of a bundle to the next, in bytes, where all `width` are equally long; else 0."""
    length = bytes(data[:2])
    step = 2 + int.from_bytes(length, "big")
    even = (
        len(data) == width * step
        and data[::step] == length[:1] * width
        and data[1::step] == length[1:] * width
    )
    return step if even else 0


def parse_hashes(data: bytes, width: int, where: object = "tile") -> list[bytes]:
    """The `width` hashes of a tile. Raises `LogError` where it has another length."""
    if len(data) != width * HASH_BYTES:
        raise refused(where, f"{len(data)} bytes, where {width * HASH_BYTES} are due", _AGAIN)
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


_AGAIN = "fetch it again, or ask who keeps the log"


def parents(hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes one level up, of pairs; a last one without a partner is left out.

    Each is `merkle.node_hash` of its pair. Held by `tests/tlog/test_leaves.py`.
    """
    made, pairs = list[bytes](), iter(hashes)
    for left, right in zip(pairs, pairs, strict=False):
        node = _NODE.copy()  # takes less time than to join three parts
        node.update(left + right)
        made.append(node.digest())
    return made


def root_of_tile(hashes: Sequence[bytes]) -> bytes:
    """The hash over a full tile of 256 hashes, as it stands in the tile above."""
    for _ in range(HEIGHT):
        hashes = parents(hashes)
    [root] = hashes
    return root

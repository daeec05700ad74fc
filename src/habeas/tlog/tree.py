"""A growing tree: the edge in memory, full tiles in files.

    entries  ->  grow  ->  tiles that became full;  level, index  ->  hash_at  ->  hash
    size  ->  edge_files  ->  the partial tiles of a checkpoint

Promise: roots and proofs are those of `merkle.root_of` over all entries, held by `tests/tlog/test_tree.py`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from habeas.tlog.errors import refused
from habeas.tlog.merkle import MAX_SIZE, leaf_hashes, root_at
from habeas.tlog.tiles import (
    ENTRIES,
    HEIGHT,
    MAX_LEVEL,
    WIDTH,
    Tile,
    format_bundle,
    parents,
    parse_hashes,
    tile_path,
)

REMEMBERED = 1024
"""Full tiles that are kept in memory with all hashes below their root."""

ReadTile = Callable[[Tile], bytes]
Pyramid = list[list[bytes]]
"""The hashes of a tile, of pairs of them, and so on: up to nine lists."""


class Tree:
    """The tree of `size` leaves; `read` gives the bytes of full tiles that are not in memory."""

    def __init__(self, read: ReadTile) -> None:
        self.size = 0
        self._read = read
        self._edge: list[Pyramid] = [_empty() for _ in range(MAX_LEVEL + 1)]
        self._entries: list[bytes] = []
        self._full: OrderedDict[tuple[int, int], Pyramid] = OrderedDict()

    @staticmethod
    def at(size: int, read: ReadTile) -> Tree:
        """The tree of `size` leaves, a multiple of 256, from its full tiles alone."""
        tree = Tree(read)
        if size % WIDTH or not 0 <= size <= MAX_SIZE:
            raise refused("tree", f"{size} leaves do not end with a tile", "begin at full tiles")
        tree.size = size
        for level in range(1, MAX_LEVEL + 1):
            hashes = size >> HEIGHT * level
            first = hashes // WIDTH * WIDTH
            tree._edge[level] = pyramid([tree._root(level - 1, n) for n in range(first, hashes)])
        return tree

    def grow(self, entries: Sequence[bytes]) -> dict[str, bytes]:
        """Append entries; the tiles that became full, by their paths."""
        files: dict[str, bytes] = {}
        hashes = leaf_hashes(entries)
        done = 0
        while done < len(entries):
            width = len(self._entries)
            more = entries[done : done + WIDTH - width]
            self._entries += more
            self._push(0, hashes[done : done + len(more)], files)
            done += len(more)
            self.size += len(more)
            if len(self._entries) == WIDTH:
                path = tile_path(Tile(ENTRIES, self.size // WIDTH - 1))
                files[path] = format_bundle(self._entries)
                self._entries = []
        return files

    def grow_by(self, roots: Sequence[bytes]) -> dict[str, bytes]:
        """Append full tiles of level 0, which are in their files already, by their roots.

        The tree has to end with a full tile. Returns the tiles above them that became full.
        """
        if self.size % WIDTH:
            raise refused("tree", f"{self.size} leaves do not end with a tile", "fill it up")
        files: dict[str, bytes] = {}
        done = 0
        while done < len(roots):
            more = roots[done : done + WIDTH - len(self._edge[1][0])]
            self._push(1, more, files)
            self.size += len(more) * WIDTH
            done += len(more)
        return files

    def hash_at(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree within the tree (see `merkle.HashAt`)."""
        tile, inside = divmod(level, HEIGHT)
        shift = HEIGHT - inside
        number = index >> shift
        edge = self._edge[tile]
        if number == self.size >> HEIGHT * (tile + 1):
            return edge[inside][index - (number << shift)]
        return self._tile(tile, number)[inside][index - (number << shift)]

    def root(self) -> bytes:
        """The tree's root."""
        return root_at(self.size, self.hash_at)

    def edge_files(self) -> dict[str, bytes]:
        """The partial tiles of the tree as it is, by their paths."""
        files: dict[str, bytes] = {}
        if self._entries:
            tile = Tile(ENTRIES, self.size // WIDTH, len(self._entries))
            files[tile_path(tile)] = format_bundle(self._entries)
        for level, edge in enumerate(self._edge):
            if edge[0]:
                tile = Tile(level, self.size >> HEIGHT * (level + 1), len(edge[0]))
                files[tile_path(tile)] = b"".join(edge[0])
        return files

    @property
    def tail(self) -> list[bytes]:
        """The entries since the last full tile."""
        return list(self._entries)

    def _push(self, level: int, hashes: Sequence[bytes], files: dict[str, bytes]) -> None:
        edge = self._edge[level]
        _extend(edge, hashes)
        if len(edge[0]) == WIDTH:
            number = self.size >> HEIGHT * (level + 1)
            files[tile_path(Tile(level, number))] = b"".join(edge[0])
            self._remember(level, number, edge)
            self._edge[level] = _empty()
            self._push(level + 1, [edge[HEIGHT][0]], files)

    def _root(self, level: int, number: int) -> bytes:
        return self._tile(level, number)[HEIGHT][0]

    def _tile(self, level: int, number: int) -> Pyramid:
        found = self._full.get((level, number))
        if found is None:
            tile = Tile(level, number)
            found = pyramid(parse_hashes(self._read(tile), WIDTH, tile_path(tile)))
            self._remember(level, number, found)
        return found

    def _remember(self, level: int, number: int, tile: Pyramid) -> None:
        self._full[level, number] = tile
        if len(self._full) > REMEMBERED:
            self._full.popitem(last=False)


def pyramid(hashes: Iterable[bytes]) -> Pyramid:
    """At most 256 hashes with those of their complete subtrees."""
    made = [list(hashes)]
    for _ in range(HEIGHT):
        made.append(parents(made[-1]))
    return made


def _empty() -> Pyramid:
    return [[] for _ in range(HEIGHT + 1)]


def _extend(edge: Pyramid, hashes: Sequence[bytes]) -> None:
    edge[0] += hashes
    for inside in range(HEIGHT):
        below, here = edge[inside], edge[inside + 1]
        here += parents(below[2 * len(here) :])

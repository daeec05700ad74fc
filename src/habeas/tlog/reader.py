"""Reading a log that nobody has to trust: every tile is checked against the signed checkpoint.

    source, policy  ->  checkpoint, checked  ->  tiles, checked  ->  entries and proofs

Promise: what a reader returns follows from the checkpoint that the policy accepted, or there is an error
that names the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from habeas.tlog.checkpoint import Checkpoint, parse_checkpoint
from habeas.tlog.errors import broken, refused
from habeas.tlog.merkle import fold, leaf_hash, peaks, prove_consistency, prove_inclusion
from habeas.tlog.notes import parse_note
from habeas.tlog.policy import Policy
from habeas.tlog.proofs import Proof
from habeas.tlog.sources import Source
from habeas.tlog.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    edge_of,
    format_bundle,
    parse_bundle,
    parse_hashes,
    tile_at,
    tile_path,
)
from habeas.tlog.tree import Pyramid, pyramid


class Reader:
    """A log at one checkpoint. Held by `tests/tlog/test_reader.py`."""

    def __init__(self, source: Source, policy: Policy) -> None:
        """Fetch and check the checkpoint. Raises `LogError` where it is missing, `NotProved` where it fails."""
        self.source = source
        data = source.get("checkpoint")
        if data is None:
            raise refused(
                f"{source.name}/checkpoint", "there is no checkpoint", "nothing was published yet"
            )
        self.note = parse_note(data, f"{source.name}/checkpoint")
        self.witnessed = policy.check(self.note)
        self.checkpoint: Checkpoint = parse_checkpoint(self.note.text)
        self.size = self.checkpoint.size
        self._tile = lru_cache(4096)(self._fetched)
        self._edge = self._checked_edge()

    def entry(self, index: int) -> bytes:
        """One entry, checked against its tile. Raises `NotProved` with the file that is wrong."""
        if not 0 <= index < self.size:
            raise refused(self.source.name, f"there is no entry {index}", f"there are {self.size}")
        tile = tile_at(ENTRIES, index // WIDTH, self.size)
        entry = parse_bundle(self._get(tile), tile.width, self._name(tile))[index % WIDTH]
        if leaf_hash(entry) != self.hash_at(0, index):
            raise broken(self._name(tile), f"entry {index} is not the one that the tree holds")
        return entry

    def proof(self, index: int) -> Proof:
        """The proof that an entry is in the log. Inverse: `proofs.check_proof`."""
        return Proof(index, tuple(prove_inclusion(index, self.size, self.hash_at)), self.note)

    def consistency(self, old: int) -> Sequence[bytes]:
        """The proof that this log begins with its first `old` entries. Inverse: `check_consistency`."""
        return prove_consistency(old, self.size, self.hash_at)

    def hash_at(self, level: int, index: int) -> bytes:
        """A checked hash of the tree (see `merkle.HashAt`)."""
        tile, inside = divmod(level, HEIGHT)
        number = index >> HEIGHT - inside
        return self._hashes(tile, number)[inside][index - (number << HEIGHT - inside)]

    def _hashes(self, level: int, number: int) -> Pyramid:
        if number == self.size >> HEIGHT * (level + 1):
            return self._edge[level]
        made = self._tile(level, number)
        if made[HEIGHT][0] != self._hashes(level + 1, number // WIDTH)[0][number % WIDTH]:
            raise broken(
                self._name(Tile(level, number)), "its hashes do not lead to the signed root"
            )
        return made

    def _checked_edge(self) -> dict[int, Pyramid]:
        edge = {
            tile.level: pyramid(parse_hashes(self._get(tile), tile.width, self._name(tile)))
            for tile in edge_of(self.size)
        }
        found = []
        for level, index in peaks(self.size):
            tile, inside = divmod(level, HEIGHT)
            first = (self.size >> HEIGHT * (tile + 1)) << HEIGHT - inside
            found.append(edge[tile][inside][index - first])
        if fold(found) != self.checkpoint.root:
            names = ", ".join(tile_path(tile) for tile in edge_of(self.size))
            raise broken(
                self.source.name, f"the partial tiles do not lead to the signed root: {names}"
            )
        return edge

    def _fetched(self, level: int, number: int) -> Pyramid:
        tile = Tile(level, number)
        return pyramid(parse_hashes(self._get(tile), WIDTH, self._name(tile)))

    def _get(self, tile: Tile) -> bytes:
        """A tile's bytes; of a full one, where the partial one is gone, its beginning."""
        data = self.source.get(tile_path(tile))
        if data is None and tile.width < WIDTH:
            data = self.source.get(tile_path(tile.full))
            if data is not None:
                data = _beginning(tile, data, self._name(tile.full))
        if data is None:
            raise broken(self._name(tile), "it is missing", "ask who keeps the log")
        return data

    def _name(self, tile: Tile) -> str:
        return f"{self.source.name}/{tile_path(tile)}"


def _beginning(tile: Tile, data: bytes, where: str) -> bytes:
    if tile.level != ENTRIES:
        return data[: tile.width * 32]
    return format_bundle(parse_bundle(data, WIDTH, where)[: tile.width])

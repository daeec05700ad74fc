"""Bulk import: whole bundles become files in several processes, stretch by stretch.

    entries  ->  stretches of bundles  ->  written, read again  ->  roots of their tiles  ->  the tree

Promise: what is on the disk afterwards is what `Log.append` would have written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from mmap import mmap
from pathlib import Path
from pickle import PickleBuffer

from habeas.tlog.disk import Disk
from habeas.tlog.leaves import LeafHasher
from habeas.tlog.tiles import (
    ENTRIES,
    MAX_BUNDLE,
    WIDTH,
    Tile,
    format_bundle,
    root_of_tile,
    tile_path,
)

STRETCH = 64
"""Bundles that are written and synced together."""

STRETCH_BYTES = 16 * 1024 * 1024
"""With so many bytes it is enough."""

ROOM = STRETCH_BYTES + MAX_BUNDLE
"""Bytes of the bundles of a stretch at most."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Full bundles that follow each other, and where they belong."""

    folder: Path
    disk: Disk
    first: int
    """The number of the first."""
    bundles: Sequence[bytes | memoryview]
    """Until the next stretch is made: they lie in memory that is used again."""

    def __reduce__(self) -> tuple[type[Stretch], tuple[object, ...]]:
        """How another process gets it: bundles as buffers, which are not copied."""
        return Stretch, (self.folder, self.disk, self.first, [*map(PickleBuffer, self.bundles)])


def stretches(
    entries: Iterable[bytes], folder: Path, disk: Disk, first: int, rest: list[bytes]
) -> Iterator[Stretch]:
    """Entries as stretches from bundle number `first` on; what fills no bundle is put into `rest`."""
    source = iter(entries)
    slab = memoryview(mmap(-1, ROOM))  # new memory for each would be cleared first by the system
    bundles: list[memoryview] = []
    size = 0
    while len(chunk := list(islice(source, WIDTH))) == WIDTH:
        bundle = format_bundle(chunk)
        bundles.append(slab[size : size + len(bundle)])
        bundles[-1][:] = bundle
        size += len(bundle)
        if len(bundles) == STRETCH or size >= STRETCH_BYTES:
            yield Stretch(folder, disk, first, bundles)
            first, bundles, size = first + len(bundles), [], 0
    rest += chunk
    if bundles:
        yield Stretch(folder, disk, first, bundles)


def write_stretch(stretch: Stretch) -> list[bytes]:
    """Write bundles and their tiles of hashes, durably; the roots of these tiles."""
    files: dict[Path, bytes | memoryview] = {}
    roots, hasher = [], LeafHasher()
    for number, bundle in enumerate(stretch.bundles, stretch.first):
        hashes = hasher.hashes(bundle, WIDTH)
        files[stretch.folder / tile_path(Tile(ENTRIES, number))] = bundle
        files[stretch.folder / tile_path(Tile(0, number))] = b"".join(hashes)
        roots.append(root_of_tile(hashes))
    stretch.disk.put(files)
    return roots

"""Leaf hashes of whole bundles, for whoever hashes millions of entries.

    bundle  ->  copied into a buffer, lengths become the leaf's 0x00  ->  a hash for each view of it

Promise: they are `leaf_hashes` of `parse_bundle`, errors included; held by `tests/tlog/test_leaves.py`.
"""

from __future__ import annotations

from hashlib import sha256

from habeas.tlog.merkle import leaf_hashes
from habeas.tlog.tiles import even_step, parse_bundle


class LeafHasher:
    """A buffer that is used again for bundles of one shape; for one thread at a time.

    Before each entry stand the two bytes of its length. Where all are equally long, the second of them
    becomes the 0x00 that a leaf's hash begins with, so that no entry is copied by itself.
    """

    def __init__(self) -> None:
        self._shape = 0, 0
        self._buffer = bytearray()
        self._leaves: list[memoryview] = []
        """Of each entry in the buffer: the byte before it, and itself."""

    def hashes(
        self, data: bytes | memoryview, width: int, where: object = "entry bundle"
    ) -> list[bytes]:
        """The leaf hashes of the `width` entries of a bundle, 32 bytes each.

        Raises `LogError` where there are fewer entries, more, or a rest (see `tiles.parse_bundle`).
        """
        step = even_step(data, width)
        if not step:
            return leaf_hashes(parse_bundle(bytes(data), width, where))
        if self._shape != (step, width):
            self._take_shape(step, width)
        self._buffer[:] = data
        self._buffer[1::step] = bytes(width)
        return [sha256(one).digest() for one in self._leaves]

    def _take_shape(self, step: int, width: int) -> None:
        self._shape = step, width
        self._buffer = bytearray(step * width)
        view = memoryview(self._buffer)
        self._leaves = [view[at : at + step - 1] for at in range(1, step * width, step)]

"""Pictures that were sent, in the reader: whether they are what their header says.

    PNG or JPEG  ->  check  ->  nothing, or RefusedError

Promise: a picture that is taken was unpacked whole, and is as wide and high as it says.
"""

from __future__ import annotations

import io
import zlib

from PIL import Image

from habeas.web.uploads.limits import PIXELS
from habeas.web.uploads.structure import RefusedError

_DEPTH = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel, by PNG's colour type."""

_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))  # fmt: skip
"""Passes of an interlaced PNG: first column and row, steps (PNG specification, section 8)."""


def check(data: bytes) -> None:
    """Unpack it. Raises `RefusedError`."""
    if data.startswith(b"\x89PNG"):
        _png(data)
    Image.MAX_IMAGE_PIXELS = PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > PIXELS:
                raise RefusedError("picture")
            picture.load()
    except Image.DecompressionBombError:
        raise RefusedError("picture") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise RefusedError("damaged") from None


def _png(data: bytes) -> None:
    """Hold the size that the header says against what is packed."""
    at, packed = 8, bytearray()
    header = data[16:29]
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits, colour, interlaced = header[8], header[9], header[12]
    if colour not in _DEPTH or bits not in (1, 2, 4, 8, 16) or interlaced > 1:
        raise RefusedError("damaged")
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    wanted = sum(
        rows * (1 + (columns * bits * _DEPTH[colour] + 7) // 8)
        for x, y, right, down in passes
        if (columns := -(-(width - x) // right)) > 0 and (rows := -(-(height - y) // down)) > 0
    )
    machine = zlib.decompressobj()
    try:
        found = len(machine.decompress(bytes(packed), wanted + 1))
    except zlib.error:
        raise RefusedError("damaged") from None
    if found != wanted or (not machine.eof and machine.decompress(machine.unconsumed_tail, 1)):
        raise RefusedError("picture" if found > wanted else "damaged")

"""Limits: how much of an uploaded file is taken, and what reading it may cost.

    limits  ->  kinds, reader, sandbox

Promise: every number that a hostile file meets stands here.
"""

from __future__ import annotations

SIZE = 20 * 2**20
"""Bytes of a file."""

UNPACKED = 256 * 2**20
"""Bytes of all that is packed into a file."""

PAGES = 200
"""Pages of a PDF."""

FORM_PAGES = 6
"""Pages on which a form is looked for; the form has three."""

SIDE = 14_400
"""Points of a side of a page, the format's own limit (ISO 32000-1, annex C)."""

PIXELS = 50_000_000
"""Pixels of a picture: a letter page in 600 dpi has 33.7 million."""

PIECES = 10_000
"""Chunks of a PNG or segments of a JPEG."""

PARTS = 500_000
"""Values in all objects of a PDF."""

LETTERS = 30_000
"""Characters of a page."""

VALUE = 500
"""Characters of a field."""

PLACES = 64
"""Places of which pictures are made at a time."""

PICTURE_SIDE = 1_600
"""Pixels of a side of a picture that is made."""

OUTPUT = 16 * 2**20
"""Bytes that a reader may say."""

SECONDS = 20
"""Of the clock, and of the processor."""

MEMORY = 768 * 2**20
"""Bytes of address space of a reader."""

READERS = 2
"""Readers at a time, of one process of the server."""

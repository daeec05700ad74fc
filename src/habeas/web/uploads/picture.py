"""Pictures of a PDF for the page on which its fields are confirmed: each field beside its place.

    PDF, spots  ->  page_picture, page_pictures, crops (in the sandbox)  ->  PNG

Promise: what comes back is a PNG that was made here, never bytes of the file.
"""

from __future__ import annotations

import base64
import binascii
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from habeas.web.uploads.fields import Box, Spot
from habeas.web.uploads.kinds import Kind, kind_of
from habeas.web.uploads.limits import SECONDS, SIDE
from habeas.web.uploads.refusals import UploadError, refuse
from habeas.web.uploads.sandbox import run


@dataclass(frozen=True, slots=True)
class _Drawn:
    __pydantic_config__: ClassVar = {"strict": True, "extra": "forbid"}

    png: tuple[str, ...]
    sizes: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as it looks.

    width, height  of the page as it is shown, in points: what a field's box is measured in
    """

    png: bytes
    width: float
    height: float


def page_picture(data: bytes, page: int, boxes: Sequence[Box] = (), name: str = "file") -> bytes:
    """A page, from 1, as PNG with boxes drawn; at most 1600 pixels a side.

    Raises `UploadError`: there is no such page, or it cannot be drawn within the limits.
    """
    spots = [Spot(page, box) for box in boxes] or [Spot(page)]
    return _draw(data, spots, False, 1, name)[0][0]


def page_pictures(data: bytes, pages: int, name: str = "file") -> tuple[PagePicture, ...]:
    """The first so many pages, nothing drawn on them, each by a reader of its own.

    Raises `UploadError` as `page_picture`, and where they take longer than one reader may; then there is none.
    """
    made, until = [], time.monotonic() + SECONDS
    for page in range(1, pages + 1):
        if time.monotonic() > until:
            raise refuse(name, "time")
        (png,), ((width, height),) = _draw(data, [Spot(page)], False, 1, name)
        made.append(PagePicture(png, width, height))
    return tuple(made)


def crops(data: bytes, spots: Sequence[Spot], name: str = "file") -> tuple[bytes, ...]:
    """The parts of pages where spots are, with a margin, as PNG in their order. At most 64 at a time.

    Raises `UploadError` as `page_picture`, and where a box lies outside of its page.
    """
    if not spots:
        return ()
    return _draw(data, spots, True, len(spots), name)[0]


def crop(data: bytes, page: int, box: Box, name: str = "file") -> bytes:
    """One of `crops`."""
    return crops(data, [Spot(page, box)], name)[0]


def _draw(
    data: bytes, spots: Sequence[Spot], crop: bool, count: int, name: str
) -> tuple[tuple[bytes, ...], tuple[tuple[float, float], ...]]:
    """Pictures, and the sizes of their pages in the order in which the spots name them."""
    given = {"crop": crop, "spots": [asdict(one) for one in spots]}
    drawn = run("draw", data, _Drawn, name, given)
    try:
        made = tuple(base64.b64decode(one, validate=True) for one in drawn.png)
        whole = len(made) == count and all(kind_of(one) is Kind.PNG for one in made)
    except (binascii.Error, UploadError):
        whole, made = False, ()
    sides = [side for size in drawn.sizes for side in size]
    if not whole or len(drawn.sizes) != len({one.page for one in spots}):
        raise refuse(name, "unreadable")
    if not all(math.isfinite(side) and 0 < side <= SIDE for side in sides):
        raise refuse(name, "page size")
    return made, drawn.sizes

"""Pictures of a PDF for the page on which its fields are confirmed: each field beside its place.

    PDF, spots  ->  page_picture, crops (in the sandbox)  ->  PNG

Promise: what comes back is a PNG that was made here, never bytes of the file.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from habeas.web.uploads.fields import Box, Spot
from habeas.web.uploads.kinds import Kind, kind_of
from habeas.web.uploads.refusals import UploadError, refuse
from habeas.web.uploads.sandbox import run


@dataclass(frozen=True, slots=True)
class _Drawn:
    __pydantic_config__: ClassVar = {"strict": True, "extra": "forbid"}

    png: tuple[str, ...]


def page_picture(data: bytes, page: int, boxes: Sequence[Box] = (), name: str = "file") -> bytes:
    """A page, from 1, as PNG with boxes drawn; at most 1600 pixels a side.

    Raises `UploadError`: there is no such page, or it cannot be drawn within the limits.
    """
    spots = [Spot(page, box) for box in boxes] or [Spot(page)]
    return _draw(data, spots, False, 1, name)[0]


def crops(data: bytes, spots: Sequence[Spot], name: str = "file") -> tuple[bytes, ...]:
    """The parts of pages where spots are, with a margin, as PNG in their order. At most 64 at a time.

    Raises `UploadError` as `page_picture`, and where a box lies outside of its page.
    """
    if not spots:
        return ()
    return _draw(data, spots, True, len(spots), name)


def crop(data: bytes, page: int, box: Box, name: str = "file") -> bytes:
    """One of `crops`."""
    return crops(data, [Spot(page, box)], name)[0]


def _draw(
    data: bytes, spots: Sequence[Spot], crop: bool, count: int, name: str
) -> tuple[bytes, ...]:
    given = {"crop": crop, "spots": [asdict(one) for one in spots]}
    drawn = run("draw", data, _Drawn, name, given)
    try:
        made = tuple(base64.b64decode(one, validate=True) for one in drawn.png)
        whole = len(made) == count and all(kind_of(one) is Kind.PNG for one in made)
    except (binascii.Error, UploadError):
        whole, made = False, ()
    if not whole:
        raise refuse(name, "unreadable")
    return made

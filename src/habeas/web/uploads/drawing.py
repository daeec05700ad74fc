"""Drawing, in the reader: a page, or a part of one, as a picture with the field's place marked.

    PDF, places  ->  draw  ->  PNG (base64), one each

Promise: what is drawn is the page as it looks, form fields with it: what people compare a value with.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import pypdfium2
from PIL import Image, ImageDraw

from habeas.web.uploads import structure
from habeas.web.uploads.limits import PICTURE_SIDE, PLACES
from habeas.web.uploads.structure import RefusedError

SCALE = 2.0
"""Pixels a point: 144 dpi."""

_MARGIN, _LINE, _COLOUR = 8.0, 3, (176, 0, 32)


def draw(data: bytes, given: Any) -> object:
    """Pictures of places: `crop`, and `spots`, each with `page` from 1 and a box or none; and how big their pages are.

    A page is drawn with the boxes of all of its spots; with `crop` each spot is cut out. Raises `RefusedError`.
    """
    structure.check(data)
    spots = [(int(one["page"]), one["box"]) for one in given["spots"]]
    if not 0 < len(spots) <= PLACES:
        raise RefusedError("page")
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    drawn: dict[int, tuple[Image.Image, float]] = {}
    sizes: dict[int, tuple[float, float]] = {}
    for page, _ in spots:
        if page not in drawn:
            if not 1 <= page <= len(document):
                raise RefusedError("page")
            sizes[page] = document[page - 1].get_size()
            drawn[page] = _page(document[page - 1])
    if given["crop"]:
        made = [_png(_cut(*drawn[page], box)) for page, box in spots]
    else:
        for page, box in spots:
            if box is not None:
                _mark(*drawn[page], box)
        made = [_png(picture) for picture, _ in drawn.values()]
    return {"png": made, "sizes": list(sizes.values())}


def _page(page: pypdfium2.PdfPage) -> tuple[Image.Image, float]:
    width, height = page.get_size()
    scale = min(SCALE, PICTURE_SIDE / max(width, height, 1.0))
    return page.render(scale=scale).to_pil().convert("RGB"), scale


def _mark(picture: Image.Image, scale: float, box: Any) -> None:
    left, top, right, bottom = (one * scale for one in box)
    corners = (
        min(left, right) - 4,
        min(top, bottom) - 4,
        max(left, right) + 4,
        max(top, bottom) + 4,
    )
    ImageDraw.Draw(picture).rectangle(corners, outline=_COLOUR, width=_LINE)


def _cut(picture: Image.Image, scale: float, box: Any) -> Image.Image:
    if box is None:
        return picture
    left, top, right, bottom = box
    corners = (
        max(0, int((min(left, right) - _MARGIN) * scale)),
        max(0, int((min(top, bottom) - _MARGIN) * scale)),
        min(picture.width, int((max(left, right) + _MARGIN) * scale) + 1),
        min(picture.height, int((max(top, bottom) + _MARGIN) * scale) + 1),
    )
    if corners[0] >= corners[2] or corners[1] >= corners[3]:
        raise RefusedError("page")
    return picture.crop(corners)


def _png(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode("ascii")

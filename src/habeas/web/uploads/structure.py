"""The structure of a PDF, in the reader: how many pages, how big, and what is in it beside them.

    PDF  ->  check  ->  pages, what is told of it, the open document, or RefusedError

Promise: every object is looked at once, and all that is packed is unpacked within the limit before anything else
reads it; what starts a program or hides a file is refused; what a form may well have (a script that checks a
date, an action) is told, and never run.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from habeas.web.uploads.limits import PAGES, PARTS, PIXELS, SIDE, UNPACKED

_CHUNK = 2**20

_REFUSED = {
    "/Launch": "launch",
    "/EmbeddedFile": "embedded",
    "/EmbeddedFiles": "embedded",
    "/FileAttachment": "embedded",
    "/EF": "embedded",
    "/RichMedia": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/Screen": "media",
    "/Rendition": "media",
    "/3D": "media",
}
_TOLD = {
    "/JavaScript": "script",
    "/JS": "script",
    "/OpenAction": "action",
    "/AA": "action",
    "/SubmitForm": "action",
    "/ImportData": "action",
    "/GoToR": "action",
    "/GoToE": "action",
    "/URI": "action",
    "/XFA": "xfa",
    "/OCProperties": "layers",
}
_PICTURES = frozenset({"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode", "/Crypt"})


class RefusedError(Exception):
    """A file that is not taken; `code` is a key of `refusals.REFUSALS`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def check(data: bytes) -> tuple[int, list[str], pikepdf.Pdf]:
    """Pages, what is told (see `fields.Told`), and the document. Raises `RefusedError`."""
    try:
        opened = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError:
        raise RefusedError("password") from None
    except pikepdf.PdfError:
        raise RefusedError("damaged") from None
    told: set[str] = set()
    try:
        pages = _pages(opened)
        _parts(opened, told)
    except pikepdf.PdfError:
        raise RefusedError("damaged") from None
    if opened.is_encrypted:
        told.add("restricted")
    if opened.get_warnings():
        told.add("repaired")
    return pages, sorted(told), opened


def _pages(opened: pikepdf.Pdf) -> int:
    count = len(opened.pages)
    if not 0 < count <= PAGES:
        raise RefusedError("pages")
    for page in opened.pages:
        for name in ("/MediaBox", "/CropBox"):
            box = page.obj.get(name)
            if box is None and name == "/CropBox":
                continue
            try:
                left, bottom, right, top = (float(one) for one in box or ())
            except (TypeError, ValueError):
                raise RefusedError("page size") from None
            if not (0 < abs(right - left) <= SIDE and 0 < abs(top - bottom) <= SIDE):
                raise RefusedError("page size")
            if max(abs(one) for one in (left, bottom, right, top)) > SIDE * 2:
                raise RefusedError("page size")
    return count


def _parts(opened: pikepdf.Pdf, told: set[str]) -> None:
    """Look at every object once. Raises where there are too many, or one is refused."""
    left, packed = PARTS, UNPACKED
    for one in opened.objects:
        queue = [one]
        while queue:
            thing = queue.pop()
            left -= 1
            if left < 0:
                raise RefusedError("unpacked")
            if isinstance(thing, pikepdf.Name):
                _word(str(thing), told)
            elif isinstance(thing, pikepdf.Array):
                queue += [each for each in thing if _direct(each)]
            elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
                for name, each in thing.items():
                    _word(name, told)
                    if _direct(each):
                        queue.append(each)
            if isinstance(thing, pikepdf.Stream):
                _picture(thing)
                for size in _unpacked(thing):
                    packed -= size
                    if packed < 0:
                        raise RefusedError("unpacked")


def _direct(thing: object) -> bool:
    return isinstance(thing, pikepdf.Object) and not thing.is_indirect


def _word(name: str, told: set[str]) -> None:
    if name in _REFUSED:
        raise RefusedError(_REFUSED[name])
    if name in _TOLD:
        told.add(_TOLD[name])


def _picture(stream: pikepdf.Stream) -> None:
    if stream.get("/Subtype") == pikepdf.Name.Image:
        try:
            width, height = int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
        except (TypeError, ValueError):
            raise RefusedError("picture") from None
        if width <= 0 or height <= 0 or width * height > PIXELS:
            raise RefusedError("picture")


def _unpacked(stream: pikepdf.Stream) -> Iterator[int]:
    """Sizes of what is unpacked, bit by bit."""
    filters: Any = stream.get("/Filter", [])
    listed = list(filters) if isinstance(filters, pikepdf.Array | list) else [filters]
    if not all(isinstance(one, pikepdf.Name) for one in listed):
        raise RefusedError("damaged")
    names = [str(one) for one in listed]
    raw = stream.read_raw_bytes()
    while names and names[-1] in _PICTURES:
        names.pop()  # sizes of pictures are checked by themselves
    if all(one in ("/FlateDecode", "/Fl") for one in names):
        yield from map(len, _inflated(raw, len(names)))
    elif len(names) == len(listed):
        yield len(stream.read_bytes())  # within the limits of qpdf and of the process
    else:
        raise RefusedError("unpacked")


def _inflated(raw: bytes, times: int) -> Iterator[bytes]:
    """What Flate unpacks, so many times, a piece at a time; as far as it goes where it is damaged."""
    if not times:
        yield raw
        return
    machine = zlib.decompressobj()
    for packed in _inflated(raw, times - 1):
        rest = packed
        while rest and not machine.eof:
            try:
                piece = machine.decompress(rest, _CHUNK)
            except zlib.error:
                return
            rest = machine.unconsumed_tail
            yield piece
            if not piece and not rest:
                break

"""Pieces of a page, in the reader: words of its text, form fields and typed notes, each with its place.

    page (pdfium), annotations (pikepdf)  ->  read_pages  ->  Leaf: pieces, upright, in lines

Promise: what stands on the page is taken as it is, in the order of its places; nothing is corrected. Whether it can
be *seen* is not known here: that is what the picture beside each field is for.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from habeas.web.uploads.limits import LETTERS
from habeas.web.uploads.structure import RefusedError

Turn = Literal[0, 1, 2, 3]
"""How often the page as it is shown is turned by 90 degrees to the left so that its text is upright."""

_DEEP = 32
_HIDDEN = 2 | 32
"""Flags of an annotation that is not shown (ISO 32000-1, table 165)."""

_PUSH = 1 << 16

Rectangle = tuple[float, float, float, float]
Affine = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or a form field or typed note with its text.

    box     left, top, right, bottom; points from the top left corner
    mark    of a check box whether it is ticked; else None
    names   what a form field is called: its own name, and the one for readers
    filled  whether it is a form field or a note: something that was filled in, not printed
    """

    text: str
    box: Rectangle
    mark: bool | None = None
    names: tuple[str, ...] = ()
    filled: bool = False

    @property
    def height(self) -> float:
        """Of its box."""
        return self.box[3] - self.box[1]

    @property
    def middle(self) -> float:
        """The height at which it stands."""
        return (self.box[1] + self.box[3]) / 2


@dataclass(slots=True)
class Leaf:
    """A page, upright.

    number  from 1
    lines   its words, line by line, from left to right
    filled  form fields and notes
    """

    number: int
    width: float
    height: float
    turn: Turn
    lines: list[list[Piece]] = field(default_factory=list)
    filled: list[Piece] = field(default_factory=list)

    def shown(self, box: Rectangle) -> Rectangle:
        """A box on the page as it is shown."""
        left, top, right, bottom = turned(box, -self.turn % 4, self.width, self.height)
        return (round(left, 2), round(top, 2), round(right, 2), round(bottom, 2))


def turned(box: Rectangle, turn: int, width: float, height: float) -> Rectangle:
    """A box after its page, so wide and high, was turned to the left so often. Inverse: the other way round.

    >>> turned((10, 20, 30, 40), 1, 612, 792)
    (20, 582, 40, 602)
    """
    for _ in range(turn % 4):
        left, top, right, bottom = box
        box = (top, width - right, bottom, width - left)
        width, height = height, width
    return box


def read_pages(
    data: bytes, opened: pikepdf.Pdf, most: int
) -> Iterator[tuple[int, float, float, list[Piece], list[Piece]]]:
    """Of each page: number, width and height as it is shown, letters in their order, what is filled in.

    A letter that parts words has an empty text. Raises `RefusedError` where a page has too many.
    """
    document = pypdfium2.PdfDocument(data)
    if len(document) != len(opened.pages):
        raise RefusedError("damaged")  # the two libraries do not see the same document
    for index in range(min(most, len(document))):
        page = document[index]
        width, height = page.get_size()
        to_shown = _affine(page, width, height)
        letters = list(_letters(page, to_shown))
        yield index + 1, width, height, letters, list(_filled(opened.pages[index], to_shown))
        page.close()


def _affine(page: pypdfium2.PdfPage, width: float, height: float) -> Affine:
    """From the page's own space to points from the top left corner as it is shown."""
    fine = 100
    x, y = ctypes.c_int(), ctypes.c_int()

    def at(one: float, other: float) -> tuple[float, float]:
        pdfium.FPDF_PageToDevice(
            page, 0, 0, round(width * fine), round(height * fine), 0, one, other, x, y
        )
        return x.value / fine, y.value / fine

    far = 1000.0
    (x0, y0), (x1, y1), (x2, y2) = at(0, 0), at(far, 0), at(0, far)
    return ((x1 - x0) / far, (y1 - y0) / far, (x2 - x0) / far, (y2 - y0) / far, x0, y0)


def _moved(affine: Affine, box: Rectangle) -> Rectangle:
    a, b, c, d, e, f = affine
    xs = [a * x + c * y + e for x in box[::2] for y in box[1::2]]
    ys = [b * x + d * y + f for x in box[::2] for y in box[1::2]]
    return min(xs), min(ys), max(xs), max(ys)


def _letters(page: pypdfium2.PdfPage, to_shown: Affine) -> Iterator[Piece]:
    text = page.get_textpage()
    count = text.count_chars()
    if count > LETTERS:
        raise RefusedError("text")
    for index in range(max(0, count)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        letter = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        made_up = pdfium.FPDFText_IsGenerated(text, index) == 1
        box = (0.0, 0.0, 0.0, 0.0) if made_up else text.get_charbox(index, loose=True)
        parts = made_up or letter in ("_", "\ufffe", "\uffff") or not letter.isprintable()
        yield Piece("" if parts or letter.isspace() else letter, _moved(to_shown, box))
    text.close()


def words(letters: list[Piece]) -> list[Piece]:
    """Letters joined to words where they stand beside each other; a word ends behind a colon."""
    made: list[Piece] = []
    last: Piece | None = None
    for one in letters:
        if not one.text:
            last = None
            continue
        if last is not None and made and _joins(last, one):
            word = made[-1]
            made[-1] = replace(word, text=word.text + one.text, box=union([word.box, one.box]))
        else:
            made.append(one)
        last = one
    return made


def _joins(last: Piece, one: Piece) -> bool:
    gap, high = one.box[0] - last.box[2], max(last.height, one.height, 0.1)
    same = abs(last.middle - one.middle) < high / 2
    return same and -high / 2 < gap < high / 5 and last.text != ":"


def lines(pieces: list[Piece]) -> list[list[Piece]]:
    """Words in lines from top to bottom, each from left to right."""
    made: list[list[Piece]] = []
    for one in sorted(pieces, key=lambda piece: piece.middle):
        last = made[-1][-1] if made else None
        if last and one.middle - last.middle < min(one.height, last.height) * 0.4:
            made[-1].append(one)
        else:
            made.append([one])
    return [sorted(line, key=lambda piece: piece.box[0]) for line in made]


def union(boxes: list[Rectangle]) -> Rectangle:
    """The box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _filled(page: pikepdf.Page, to_shown: Affine) -> Iterator[Piece]:
    """Form fields and typed notes that are shown."""
    notes = page.obj.get("/Annots")
    for note in notes if isinstance(notes, pikepdf.Array) else ():
        if not isinstance(note, pikepdf.Dictionary):
            continue
        box = _box(note.get("/Rect"))
        flags = note.get("/F", 0)
        if box is None or (isinstance(flags, int) and flags & _HIDDEN):
            continue
        place = _moved(to_shown, box)
        kind = note.get("/Subtype")
        if kind == "/FreeText" and _looks(note):
            yield Piece(_text(note.get("/Contents")), place, filled=True)
        elif kind == "/Widget":
            yield from _widget(note, place)


def _looks(note: pikepdf.Dictionary) -> bool:
    """Whether a note brings what it looks like: without, it is in no picture that a person could compare."""
    looks = note.get("/AP")
    return isinstance(looks, pikepdf.Dictionary) and isinstance(looks.get("/N"), pikepdf.Stream)


def _widget(note: pikepdf.Dictionary, place: Rectangle) -> Iterator[Piece]:
    names = tuple(filter(None, (_text(note.get("/T")), _text(note.get("/TU")))))
    parent = note.get("/Parent")
    if not names and isinstance(parent, pikepdf.Dictionary):
        names = tuple(filter(None, (_text(parent.get("/T")), _text(parent.get("/TU")))))
    kind = _inherited(note, "/FT")
    if kind in ("/Tx", "/Ch"):
        yield Piece(_text(_inherited(note, "/V")), place, names=names, filled=True)
    elif kind == "/Btn":
        flags = _inherited(note, "/Ff")
        if isinstance(flags, int) and flags & _PUSH:
            return
        state = note.get("/AS", _inherited(note, "/V"))
        mark = state != "/Off" if isinstance(state, pikepdf.Name) else None
        yield Piece("", place, mark, names, True)


def _inherited(note: pikepdf.Dictionary, key: str) -> Any:
    thing: Any = note
    for _ in range(_DEEP):
        if not isinstance(thing, pikepdf.Dictionary):
            return None
        if key in thing:
            return thing[key]
        thing = thing.get("/Parent")
    return None


def _box(box: Any) -> Rectangle | None:
    try:
        left, bottom, right, top = (float(one) for one in box)
    except (TypeError, ValueError):
        return None
    return left, bottom, right, top


def _text(value: Any) -> str:
    """As it may be shown: lines parted by `\\n`."""
    if not isinstance(value, pikepdf.String):
        return ""
    rows = str(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = ("".join(one for one in row if one.isprintable()).strip() for row in rows)
    return "\n".join(filter(None, kept))

"""A PDF as the tests see it: what is tagged, what is not, and where it stands.

PDF  ->  read_paper  ->  Paper (each page's tags with their texts, artifacts, boxes)

Read with pdfium, and so by a program that has nothing to do with the one that wrote it.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium


class Piece(str):
    """A text that is drawn at once, and where: on which sheet, and how high, from `low` to `high`."""

    sheet: int
    low: float
    high: float

    def beside(self, other: Piece) -> bool:
        """Whether another piece stands on the same line, as far as their heights tell."""
        return self.sheet == other.sheet and self.low < other.high and other.low < self.high


@dataclass
class Tag:
    """A structure element of one page: its role, alternative text, attributes and what is in it."""

    role: str
    alt: str
    attributes: dict[str, Any]
    children: list[Tag | Piece] = field(default_factory=list)

    def all(self, *roles: str) -> list[Tag]:
        found: list[Tag] = []
        for child in self.children:
            if isinstance(child, Tag):
                found += [child] * (child.role in roles) + child.all(*roles)
        return found

    @property
    def text(self) -> str:
        """All text in it, with single blanks."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> list[str]:
        found: list[str] = []
        for child in self.children:
            found += child._texts() if isinstance(child, Tag) else [child]
        return found


@dataclass
class Sheet:
    """One page.

    tags       its structure elements, under one without a role
    drawn      the numbers by which tags know pieces of text, in the order in which they are drawn
    heard      the same numbers, in the order of the tags
    artifacts  texts that no tag has
    right      how far to the right tagged text reaches, in points from the left
    low        how far down, in points from below
    size       width and height, in points
    """

    tags: Tag
    drawn: list[int]
    heard: list[int]
    artifacts: list[str]
    right: float
    low: float
    size: tuple[float, float]


@dataclass
class Paper:
    """A PDF: its pages, its document information, and the headings of its outline with levels."""

    sheets: list[Sheet]
    metadata: dict[str, str]
    outline: list[tuple[int, str]]

    def all(self, *roles: str) -> list[Tag]:
        return [tag for sheet in self.sheets for tag in sheet.tags.all(*roles)]


def read_paper(data: bytes) -> Paper:
    document = pypdfium2.PdfDocument(data)
    outline = [(one.level + 1, one.get_title()) for one in document.get_toc()]
    return Paper(
        [_sheet(n, page) for n, page in enumerate(document)], document.get_metadata_dict(), outline
    )


def _sheet(which: int, page: Any) -> Sheet:
    textpage = page.get_textpage()
    texts: dict[int, list[Piece]] = {}
    made = Sheet(Tag("", "", {}), [], [], [], 0, 1000, page.get_size())
    for one in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
        text = _utf16(pdfium.FPDFTextObj_GetText, one.raw, textpage.raw, of=ctypes.c_ushort)
        text = text.replace("\x02", "-")  # pdfium's sign for a hyphen that ends a line
        number = pdfium.FPDFPageObj_GetMarkedContentID(one.raw)
        if number < 0:
            made.artifacts.append(text)
            continue
        piece = Piece(text)
        piece.sheet = which
        _, piece.low, right, piece.high = one.get_bounds()
        made.right, made.low = max(made.right, right), min(made.low, piece.low)
        texts.setdefault(number, []).append(piece)
    made.drawn = list(texts)
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    for at in range(pdfium.FPDF_StructTree_CountChildren(tree)):
        if child := pdfium.FPDF_StructTree_GetChildAtIndex(tree, at):
            made.tags.children.append(_tag(child, texts, made.heard))
    pdfium.FPDF_StructTree_Close(tree)
    return made


def _tag(element: Any, texts: dict[int, list[Piece]], heard: list[int]) -> Tag:
    role = _utf16(pdfium.FPDF_StructElement_GetType, element)
    made = Tag(role, _utf16(pdfium.FPDF_StructElement_GetAltText, element), _attributes(element))
    for at in range(pdfium.FPDF_StructElement_CountChildren(element)):
        number = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, at)
        if number in texts:
            heard.append(number)
            made.children += texts[number]
        elif child := pdfium.FPDF_StructElement_GetChildAtIndex(element, at):
            made.children.append(_tag(child, texts, heard))
    return made


def _attributes(element: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"ID": _utf16(pdfium.FPDF_StructElement_GetID, element)}
    for at in range(pdfium.FPDF_StructElement_GetAttributeCount(element)):
        attribute = pdfium.FPDF_StructElement_GetAttributeAtIndex(element, at)
        for n in range(pdfium.FPDF_StructElement_Attr_GetCount(attribute)):
            name = ctypes.create_string_buffer(100)
            size = ctypes.c_ulong()
            pdfium.FPDF_StructElement_Attr_GetName(attribute, n, name, 100, size)
            value = pdfium.FPDF_StructElement_Attr_GetValue(attribute, name)
            found[name.value.decode()] = _value(value)
    return found


def _value(value: Any) -> Any:
    kind = pdfium.FPDF_StructElement_Attr_GetType(value)
    if kind in (pdfium.FPDF_OBJECT_STRING, pdfium.FPDF_OBJECT_NAME):
        size = ctypes.c_ulong()
        made = ctypes.create_string_buffer(1000)
        pdfium.FPDF_StructElement_Attr_GetStringValue(value, made, 1000, size)
        return made.raw[: size.value].decode("utf-16-le").rstrip("\0")
    if kind == pdfium.FPDF_OBJECT_ARRAY:
        count = pdfium.FPDF_StructElement_Attr_CountChildren(value)
        return [
            _value(pdfium.FPDF_StructElement_Attr_GetChildAtIndex(value, at)) for at in range(count)
        ]
    return None


def _utf16(call: Any, *arguments: Any, of: Any = None) -> str:
    """The text that a call of pdfium gives, which is asked twice: for its length, and for it."""
    size = call(*arguments, None, 0)
    made = of or ctypes.c_char  # what the buffer is made of
    buffer = (made * max(1, size))()
    call(*arguments, buffer, size)
    return bytes(buffer)[:size].decode("utf-16-le").rstrip("\0")

"""Passages: every text that a PDF holds, each with where it stands.

    PDF  ->  page_texts  ->  all pages, as one reader after another sees them (pdfium, pdfplumber)
    PDF  ->  strings     ->  what stands beside the pages (pikepdf): titles, outline, alternative texts …
    PDF  ->  raw         ->  bytes of streams and of the file

Promise: two readers that are not ours and know nothing of each other read every page, and no string of
the file is passed over; where something stands is told without a word of what it says.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pdfplumber
import pikepdf
import pypdfium2

READ = frozenset(
    {
        "/Title",
        "/Subject",
        "/Keywords",
        "/Author",
        "/Alt",
        "/ActualText",
        "/E",
        "/T",
        "/TU",
        "/Contents",
        "/URI",
    }
)
"""Strings that somebody reads, sees or hears; all others are for machines."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and where it stands; `read` where people read it, so that short values count too."""

    where: str
    text: str
    read: bool


def page_texts(pdf: bytes) -> dict[str, list[str]]:
    """The text of each page, by reader: as pdfium has it, as pdfplumber sorts it by place, and as
    pdfplumber finds it in the order of drawing."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pdfium = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        placed = [page.extract_text() for page in opened.pages]
        drawn = ["".join(one["text"] for one in page.chars) for page in opened.pages]
    return {"pdfium": pdfium, "pdfplumber": placed, "pdfplumber in the order of drawing": drawn}


def strings(opened: pikepdf.Pdf) -> Iterator[Passage]:
    """Every string of every object, and those that marked content has in a page's own stream."""
    for where, key, thing in walk(opened):
        if isinstance(thing, pikepdf.String):
            for text in {str(thing), bytes(thing).decode("latin-1")}:
                yield Passage(where, text, key in READ)
    for number, page in enumerate(opened.pages, 1):
        for instruction in pikepdf.parse_content_stream(page):
            if str(instruction.operator) in ("BDC", "DP"):
                for text in _within(instruction.operands[1]):
                    yield Passage(f"page {number}, marked content", text, True)


def raw(pdf: bytes, opened: pikepdf.Pdf) -> Iterator[tuple[str, bytes]]:
    """The file's bytes, and those of every stream, unpacked."""
    yield "bytes of the file", pdf
    for where, _, thing in walk(opened):
        if isinstance(thing, pikepdf.Stream):
            yield f"{where}, stream", thing.read_bytes()


def walk(opened: pikepdf.Pdf) -> Iterator[tuple[str, str, pikepdf.Object]]:
    """Every object that can be reached from the trailer, once: where, under which key, and what.

    What an array holds has the array's key, or, as in `[/ICCBased 7 0 R]`, the name it begins with.
    """
    seen: set[tuple[int, int]] = set()
    queue: list[tuple[str, str, pikepdf.Object]] = [("trailer", "", opened.trailer)]
    while queue:
        where, key, thing = queue.pop()
        if getattr(thing, "is_indirect", False):
            if thing.objgen in seen:
                continue
            seen.add(thing.objgen)
            where = f"object {thing.objgen[0]}"
        yield (f"{where} {_told(key)}" if key else where), key, thing
        if isinstance(thing, pikepdf.Array):
            first = thing[0] if len(thing) else None
            inner = str(first) if isinstance(first, pikepdf.Name) else key
            queue += [(where, inner, one) for one in thing]
        elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            queue += [(where, name, one) for name, one in thing.items()]


def _told(key: str) -> str:
    """A key, where it cannot be somebody's name: one that the format knows for a text."""
    return key if key in READ or re.fullmatch(r"/(?:ID|Lang|Info|Creat\w+|ModDate)", key) else "/…"


def _within(properties: object) -> Iterator[str]:
    if isinstance(properties, pikepdf.Dictionary):
        for value in properties.values():
            if isinstance(value, pikepdf.String):
                yield str(value)

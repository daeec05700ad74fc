"""The form of a PDF that may leave: made of the parts that a paper has, and of nothing else.

    PDF  ->  form_problems  ->  what is in it beside them, each with where (never with what it says)

Promise: one revision, nothing before or behind it, nothing that no page refers to; no file, form field,
script, action, layer, image or note; metadata letter for letter those of a blank page of the same
title, language and day.

What is allowed is listed, not what is not: a part that Typst adds one day is refused until it is here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, datetime

import pikepdf

from habeas.reports.casework.passages import walk
from habeas.reports.pdf import typeset


def _names(words: str) -> frozenset[str]:
    return frozenset(f"/{word}" for word in words.split())


KEYS = _names("""
    A Alt Annots Ascent BBox BaseFont Border BorderColor BorderStyle BorderThickness CIDSet
    CIDSystemInfo CIDToGIDMap CapHeight ColorSpace Contents Count CreationDate Creator DW
    DescendantFonts Descent Dest DestOutputProfile Dests Direction DisplayDocTitle Encoding F
    Filter First Flags Font FontBBox FontDescriptor FontFile2 FontFile3 FontName Headers ID
    IDTree Info ItalicAngle K Kids Lang Last Length ListNumbering MCID MarkInfo Marked MediaBox
    Metadata ModDate N Names Next Nums O Obj Ordering Outlines OutputCondition
    OutputConditionIdentifier OutputIntents P Pages Parent ParentTree ParentTreeNextKey Pg
    Placement Prev ProcSet QuadPoints Range Rect Registry RegistryName Resources RoleMap Root S
    Scope Size StemV StructParent StructParents StructTreeRoot Subtype Supplement Suspects T
    Tabs TextDecorationColor TextDecorationThickness TextDecorationType Title ToUnicode Type URI
    ViewerPreferences W WMode Datetime Em Strong Terms
""")
"""Names of all parts, and of the roles that Typst maps to those of the format."""

NAMES = _names("""
    Action Annot Block CIDFontType0 CIDFontType0C CIDFontType2 CMap Caption Catalog Circle
    Column Decimal Div Document FlateDecode Font FontDescriptor GTS_PDFA1 H1 H2 H3 ICCBased Identity
    Identity-H ImageB ImageC L L2R LBody LI Layout Lbl Link List MCR Metadata None OBJR Outlines
    OutputIntent P PDF Page Pages Part Row S Solid Span Strong StructElem StructTreeRoot TBody
    TD TFoot TH THead TR Table Text Type0 URI Underline XML XYZ
""")
"""All names that stand as values."""

STREAMS = _names("""
    CIDSet Contents DestOutputProfile FontFile2 FontFile3 ICCBased Metadata ToUnicode
""")
"""Parts that are streams."""

_TOLD = {
    "/AA": "an action",
    "/AcroForm": "form fields",
    "/AF": "an associated file",
    "/Author": "metadata that no paper has",
    "/EmbeddedFiles": "an embedded file",
    "/ExtGState": "transparency",
    "/FS": "an embedded file",
    "/JavaScript": "a script",
    "/JS": "a script",
    "/Keywords": "metadata that no paper has",
    "/OC": "optional content",
    "/OCProperties": "optional content",
    "/OpenAction": "an action",
    "/Producer": "metadata that no paper has",
    "/Subject": "metadata that no paper has",
    "/XObject": "an image, or a drawing that is used as one",
}

_FONT = re.compile(r"/[A-Z]{6}\+[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_CREATOR = re.compile(r"Typst \d+\.\d+\.\d+")
_DATE = re.compile(r"D:(\d{8})000000Z")
_ID = re.compile(rb"[A-Za-z0-9+/]{22}==")
_COUNT = re.compile(rb"(<xmpTPg:NPages>)\d+(</xmpTPg:NPages>)")

_BLANK = rb"""
#let data = json(bytes(sys.inputs.page))
#let day = data.date.split("-").map(int)
#set document(title: data.title, date: datetime(year: day.at(0), month: day.at(1), day: day.at(2)))
#set text(lang: data.lang)
"""

Found = tuple[str, str]
"""Where, and what."""


def form_problems(pdf: bytes, opened: pikepdf.Pdf) -> Iterator[Found]:
    """Where the form is not that of a paper, and what is there instead."""
    yield from _bytes(pdf)
    if set(opened.trailer.keys()) - {"/Size", "/Root", "/Info", "/ID"}:
        yield "trailer", "another table of objects, or encryption"
    reached = set()
    for where, key, thing in walk(opened):
        if getattr(thing, "is_indirect", False):
            reached.add(thing.objgen)
        yield from _part(where, key, thing)
    left = sum(one.objgen not in reached for one in opened.objects if one.is_indirect)
    if left:
        yield "file", "objects that nothing refers to"
    for number, page in enumerate(opened.pages, 1):
        for instruction in pikepdf.parse_content_stream(page):
            if str(instruction.operator) in ("Do", "INLINE IMAGE", "BI", "sh"):
                yield f"page {number}", "an image, or a drawing that is used as one"
    yield from _metadata(opened)


def _bytes(pdf: bytes) -> Iterator[Found]:
    if not pdf.startswith(b"%PDF-1.7\n"):
        yield "file", "bytes before its beginning, or another version of the format"
    if pdf.count(b"%%EOF") != 1 or pdf.count(b"startxref") != 1:
        yield "file", "more than one revision, or none"
    if not pdf.removesuffix(b"\n").endswith(b"%%EOF"):
        yield "file", "bytes behind its end"


def _part(where: str, key: str, thing: pikepdf.Object) -> Iterator[Found]:
    if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        for name in set(thing.keys()):
            if name not in KEYS and not re.fullmatch(r"/[cf]\d{1,3}", name):
                yield where, _TOLD.get(name, "a part that no paper has")
        if thing.get("/Type") == "/Annot" and thing.get("/Subtype") != "/Link":
            yield where, "a note, or another thing that is laid over a page"
        if not isinstance(thing.get("/F", 0), int):
            yield where, "a file outside"
    if isinstance(thing, pikepdf.Stream) and key not in STREAMS:
        yield where, "a stream that no paper has"
    if isinstance(thing, pikepdf.Name) and str(thing) not in NAMES:
        if key in ("/BaseFont", "/FontName") and _FONT.fullmatch(str(thing)):
            return
        yield where, _TOLD.get(str(thing), "a name that no paper has")


def _metadata(opened: pikepdf.Pdf) -> Iterator[Found]:
    info = {key: str(value) for key, value in opened.trailer.get("/Info", {}).items()}
    if set(info) != {"/Title", "/Creator", "/CreationDate", "/ModDate"}:
        yield "document information", "more or less than title, program and day"
        return
    day = _day(info["/CreationDate"])
    if day is None or info["/ModDate"] != info["/CreationDate"]:
        yield "document information", "a time, or two days"
        return
    if not _CREATOR.fullmatch(info["/Creator"]):
        yield "document information", "another program than Typst"
    language = str(opened.Root.get("/Lang", ""))
    metadata = opened.Root.get("/Metadata")
    if not isinstance(metadata, pikepdf.Stream):
        yield "XMP metadata", "nothing"
    elif _masked(metadata.read_bytes()) != _masked(_expected(info["/Title"], language, day)):
        yield "XMP metadata", "something else than a blank page of this title, language and day has"


def _day(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    try:
        return datetime.strptime(match[1], "%Y%m%d").date() if match else None
    except ValueError:
        return None


def _expected(title: str, language: str, day: date) -> bytes:
    """XMP of a blank page."""
    made = typeset(_BLANK, {"title": title, "lang": language, "date": day.isoformat()})
    if isinstance(made, set):
        raise ValueError("a blank page without letters lacks letters")
    with pikepdf.open(io.BytesIO(made)) as blank:
        return blank.Root.Metadata.read_bytes()


def _masked(metadata: bytes) -> bytes:
    """Without what is each document's own: its id, and how many pages it has."""
    return _COUNT.sub(rb"\1\2", _ID.sub(b"", metadata))

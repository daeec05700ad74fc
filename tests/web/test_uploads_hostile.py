"""Files that were made to do harm are refused, or read within the limits; nothing of them stays behind."""

from __future__ import annotations

import functools
import io
import os
import warnings
import zlib
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String

from habeas.web.uploads.kinds import Kind
from habeas.web.uploads.limits import PAGES, SIDE
from habeas.web.uploads.picture import page_picture
from habeas.web.uploads.reading import Uploaded, read_upload
from habeas.web.uploads.refusals import REFUSALS, UploadError
from tests.web.test_form_i247a_made import FILLED, Made, blank_pdf
from tests.web.test_uploads_kinds import picture, png_chunk


def changed(change, data: bytes | None = None, **save) -> bytes:
    """A PDF that was changed by pikepdf."""
    with pikepdf.open(io.BytesIO(data or Made().pdf())) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what was made wrong on purpose
        change(opened)
        file = io.BytesIO()
        opened.save(file, **save)
    return file.getvalue()


def by_hand(*objects: bytes, root: int = 1, size: int | None = None) -> bytes:
    """A PDF of objects as they are given, numbered from 1."""
    data, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size or len(objects) + 1, root, start,
    )  # fmt: skip
    return bytes(data)


PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<<>>%s>>"
CATALOG, TREE = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def stream(data: bytes, filters: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d/Filter%s%s>>\nstream\n%s\nendstream" % (len(data), filters, more, data)


@functools.cache
def bomb(times: int, size: int = 2**30) -> bytes:
    """Zeros, packed so often; each piece is packed by itself, so that one stands for all."""
    machine = zlib.compressobj(9)
    begin = machine.compress(b"") + machine.flush(zlib.Z_FULL_FLUSH)
    piece = machine.compress(bytes(2**20)) + machine.flush(zlib.Z_FULL_FLUSH)
    packed = begin + piece * (size // 2**20) + b"\x03\x00" + bytes(4)
    for _ in range(times - 1):
        packed = zlib.compress(packed, 9)
    return packed


def with_content(content: bytes) -> bytes:
    return by_hand(CATALOG, TREE, PAGE % b"/Contents 4 0 R", content)


def launch(opened):
    opened.Root.OpenAction = Dictionary(S=Name.Launch, F=String("/bin/sh"))


def script(opened):
    opened.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def embedded(opened):
    opened.attachments["run.exe"] = b"MZ something else"


def movie(opened):
    note = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=Array([0, 0, 9, 9]))
    opened.pages[0].Annots = Array([note])


def loop(opened):
    field = opened.make_indirect(Dictionary(FT=Name.Tx, T=String("a")))
    field.Parent = field
    note = Dictionary(Subtype=Name.Widget, Parent=field, Rect=Array([96, 715, 200, 730]))
    opened.pages[0].Annots = Array([note])
    opened.Root.AcroForm = Dictionary(Fields=Array([field]))


def nested(depth: int) -> bytes:
    return with_content(b"[" * depth + b"]" * depth)


def many_pages(number: int, said: int | None = None) -> bytes:
    kids = b" ".join(b"3 0 R" for _ in range(number))
    return by_hand(
        CATALOG, b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, said or number), PAGE % b""
    )


def media_box(*box: float) -> bytes:
    return blank_pdf(MediaBox=Array(box))


def with_picture(width: int, height: int) -> bytes:
    look = stream(
        b"\0\0", b"/DCTDecode", b"/Type/XObject/Subtype/Image/Width %d/Height %d" % (width, height)
    )
    return by_hand(CATALOG, TREE, PAGE % b"/Annots[4 0 R]", look)


def lying_png(width: int) -> bytes:
    header = png_chunk(
        b"IHDR", width.to_bytes(4, "big") + (12).to_bytes(4, "big") + b"\x08\x02\0\0\0"
    )
    return picture()[:8] + header + picture()[33:]


def png_bomb() -> bytes:
    header = png_chunk(
        b"IHDR", (16).to_bytes(4, "big") + (12).to_bytes(4, "big") + b"\x08\x02\0\0\0"
    )
    return picture()[:8] + header + png_chunk(b"IDAT", bomb(1)) + png_chunk(b"IEND", b"")


REFUSED = {
    "a PDF that starts a program": (lambda: changed(launch), {"launch"}),
    "a PDF with a file in it": (lambda: changed(embedded), {"embedded"}),
    "a PDF with a film": (lambda: changed(movie), {"media"}),
    "a gigabyte in Flate": (lambda: with_content(stream(bomb(1), b"/FlateDecode")), {"unpacked"}),
    "a gigabyte in Flate, twice": (
        lambda: with_content(stream(bomb(2), b"[/FlateDecode/FlateDecode]")), {"unpacked"}),
    "a gigabyte in Flate in another": (
        lambda: with_content(stream(bomb(1).hex().encode() + b">", b"[/ASCIIHexDecode/FlateDecode]")),
        {"unpacked", "memory", "damaged", "unreadable"}),
    "a gigabyte of objects": (
        lambda: with_content(stream(bomb(1), b"/FlateDecode", b"/Type/ObjStm/N 9/First 9")), {"unpacked"}),
    "more pages than are taken": (lambda: many_pages(PAGES + 1), {"pages"}),
    "a hundred thousand pages": (lambda: many_pages(100_000), {"pages", "time", "damaged"}),
    "no page": (lambda: by_hand(CATALOG, b"<</Type/Pages/Kids[]/Count 0>>"), {"pages"}),
    "a page that is its own tree": (
        lambda: by_hand(CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"), {"pages", "damaged"}),
    "a huge page": (lambda: media_box(0, 0, 1e9, 1e9), {"page size"}),
    "a page far away": (lambda: media_box(1e8, 1e8, 1e8 + 612, 1e8 + 792), {"page size"}),
    "a page without a size": (lambda: media_box(0, 0, 0, 792), {"page size"}),
    "a picture too big": (lambda: with_picture(100_000, 100_000), {"picture"}),
    "a picture without a size": (lambda: with_picture(0, 10), {"picture"}),
    "a PDF with a password": (
        lambda: changed(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="u")), {"password"}),
    "a PDF that is only its ends": (lambda: b"%PDF-1.7\n%%EOF", {"damaged"}),
    "half a PDF": (lambda: Made().pdf()[:900], {"cut off"}),
    "half a PDF with an end": (lambda: Made().pdf()[:400] + b"\n%%EOF", {"damaged", "pages"}),
    "a PNG that is wider than it is": (lambda: lying_png(5000), {"damaged"}),
    "a PNG that is narrower than it is": (lambda: lying_png(4), {"picture"}),
    "a gigabyte in a PNG": (png_bomb, {"picture"}),
    "too much text": (
        lambda: with_text(b"(" + b"a" * 40_000 + b") Tj"), {"text"}),
}  # fmt: skip


def with_text(words: bytes) -> bytes:
    def change(opened):
        page = opened.pages[0]
        page.Contents = opened.make_stream(b"BT /F1 9 Tf 9 9 Td " + words + b" ET")

    return changed(change)


@pytest.mark.parametrize("what", REFUSED)
def test_a_hostile_file_is_refused(what, tmp_path, monkeypatch):
    make, codes = REFUSED[what]
    with pytest.raises(UploadError) as refused:
        read_upload(make(), "paper.pdf")
    assert refused.value.code in codes
    assert "paper.pdf" in str(refused.value) and "help:" in str(refused.value)


TAKEN = {
    "a script": (lambda: changed(script), "there is a script in this PDF"),
    "an owner's password": (
        lambda: changed(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="")),
        "this PDF restricts what may be done with it",
    ),
    "a form field that is its own parent": (lambda: changed(loop), None),
    "a lost table of objects": (
        lambda: Made().pdf().replace(b"startxref\n", b"startxref\n9"),
        "this PDF is damaged and was repaired",
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_what_a_form_may_have_is_read_and_told(what):
    make, message = TAKEN[what]
    read = read_upload(make(), "paper.pdf")
    assert read.fields is not None and read.fields["form"].value == "I-247A"
    if message:
        assert message in [one.message for one in read.problems]
        assert read.fields["name"].value == FILLED["name"]


BROKEN = {
    "nested": lambda: nested(90),
    "nested too deep": lambda: nested(100_000),
    "says too many pages": lambda: many_pages(3, said=2**31 - 1),
    "says less than none": lambda: many_pages(3, said=-1),
    "content that is itself": lambda: with_content(b"4 0 R"),
    "content that is missing": lambda: with_content(b"5 0 R"),
    "as big as can be": lambda: media_box(0, 0, SIDE, SIDE),
    "a note that is its page": lambda: by_hand(CATALOG, TREE, PAGE % b"/Annots 3 0 R"),
    "notes that are none": lambda: by_hand(
        CATALOG, TREE, PAGE % b"/Annots[3 0 R 3 0 R null 7 (a)]"
    ),
    "says too many objects": lambda: by_hand(CATALOG, TREE, PAGE % b"", size=2**31 - 1),
    "as big as words": lambda: blank_pdf(MediaBox=Array([Name.A] * 4)),
    "no Flate": lambda: with_content(stream(b"no Flate at all", b"/FlateDecode")),
    "filters that are numbers": lambda: with_content(stream(b"a", b"[1 2]")),
    "a filter that is a text": lambda: with_content(stream(b"a", b"(Flate)")),
    "LZW": lambda: with_content(stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", b"/LZWDecode")),
    "states without end": lambda: with_content(stream(b"q " * 200_000, b"[]")),
    "turned a little": lambda: changed(lambda one: one.pages[0].obj.__setitem__("/Rotate", 17)),
}


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_read_or_refused_and_drawn_or_not(make):
    data = make()
    for read in (read_upload, lambda given, name: page_picture(given, 1, name=name)):
        try:
            assert read(data, "paper.pdf")
        except UploadError as refused:
            assert refused.code in REFUSALS


def test_nothing_of_a_hostile_file_stays_behind():
    me = str(os.getpid())

    def left() -> tuple[set[str], set[str], int]:
        children = {
            one.name for one in Path("/proc").iterdir() if one.name.isdigit() and _parent(one) == me
        }
        files = {str(one) for one in Path("/tmp").iterdir()}
        return children, files, len(list(Path("/proc/self/fd").iterdir()))

    before = left()
    for what in ("a gigabyte in Flate", "a PDF with a password", "a hundred thousand pages"):
        with pytest.raises(UploadError):
            read_upload(REFUSED[what][0](), "paper.pdf")
    read_upload(Made().pdf(), "paper.pdf")
    children, files, handles = left()
    assert children <= before[0]
    assert handles <= before[2]
    assert not [one for one in files - before[1] if "upload" in one or "reader" in one]


def _parent(process: Path) -> str:
    try:
        return (process / "stat").read_text().rsplit(")", 1)[1].split()[1]
    except OSError:
        return ""


@settings(max_examples=12)
@given(
    st.binary(max_size=3000),
    st.integers(0, 2**30),
    st.sampled_from(["end", "middle", "flip"]),
)
def test_whatever_the_bytes_are_there_is_a_result_or_our_error(noise, at, how):
    form = Made(how="fields").pdf()
    at %= len(form) - 8
    if how == "end":
        data = b"%PDF-1.7\n" + noise + b"\n%%EOF"
    elif how == "middle":
        data = form[:at] + noise + form[at:]
    else:
        data = form[:at] + noise[:40] + form[at + len(noise[:40]) :]
    try:
        read = read_upload(data, "paper.pdf")
    except UploadError as refused:
        assert refused.code in REFUSALS
    else:
        assert isinstance(read, Uploaded) and read.kind in Kind


@pytest.mark.slow
@settings(max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 2**30), st.booleans())
def test_a_form_that_was_altered_anywhere_is_a_result_or_our_error(noise, at, over):
    form = Made(how="fields", pages=2).pdf()
    at %= len(form)
    data = form[:at] + noise + form[at + (len(noise) if over else 0) :]
    try:
        assert isinstance(read_upload(data, "paper.pdf"), Uploaded)
    except UploadError as refused:
        assert refused.code in REFUSALS

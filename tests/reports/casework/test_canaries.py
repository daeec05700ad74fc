"""Canaries: values that are hidden in every place of a PDF, each of which has to be found.

granted and withheld values  ->  package_pdf  ->  pikepdf hides one  ->  check_released
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from functools import cache

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, AttachedFileSpec, Dictionary, Name, OutlineItem, Pdf, String

from habeas.reports.casework.package import Granted, package_paper
from habeas.reports.casework.paper import paper_pdf, paper_texts
from habeas.reports.casework.released import ReleaseError, check_released
from tests.reports.casework.made import package, rosa

Hide = Callable[[Pdf, str], None]

TEXT, FORM = "withheld value 2", "form"
"""What has to be told of a canary: that it stands somewhere, or that a part is there that no paper has."""


def add_page_stream(pdf: Pdf, operators: str, resources: Dictionary | None = None) -> None:
    page = pdf.pages[0]
    helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.Resources.Font["/f99"] = pdf.make_indirect(helvetica)
    page.contents_add(pdf.make_stream(operators.encode("latin-1", "replace")))


def shown(value: str) -> str:
    return "(" + re.sub(r"([()\\])", r"\\\1", value) + ")"


def info(pdf: Pdf, value: str) -> None:
    pdf.trailer.Info["/Subject"] = String(value)


def title(pdf: Pdf, value: str) -> None:
    pdf.trailer.Info["/Title"] = String(f"Records of {value}")


def xmp(pdf: Pdf, value: str) -> None:
    data = pdf.Root.Metadata.read_bytes().decode()
    more = f"<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>{value}</rdf:li></rdf:Alt></dc:description>"
    pdf.Root.Metadata.write(data.replace("<dc:title>", more + "<dc:title>").encode())


def annotation(pdf: Pdf, value: str) -> None:
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 9, 9], Contents=String(f"see {value}")
    )
    pdf.pages[0].obj["/Annots"] = Array([pdf.make_indirect(note)])


def link(pdf: Pdf, value: str) -> None:
    note = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=[0, 0, 9, 9],
        Border=[0, 0, 0],
        F=4,
        Contents=String(value),
        A=Dictionary(Type=Name.Action, S=Name.URI, URI=String("https://x.example")),
    )
    pdf.pages[0].obj["/Annots"] = Array([pdf.make_indirect(note)])


def address(pdf: Pdf, value: str) -> None:
    link(pdf, "a page")
    pdf.pages[0].obj.Annots[0].A["/URI"] = String(f"https://x.example/?{value}")


def attachment(pdf: Pdf, value: str) -> None:
    pdf.attachments["notes.txt"] = AttachedFileSpec(pdf, value.encode(), filename="notes.txt")


def attachment_name(pdf: Pdf, value: str) -> None:
    pdf.attachments[value] = AttachedFileSpec(pdf, b"x", filename=value)


def outline(pdf: Pdf, value: str) -> None:
    with pdf.open_outline() as opened:
        opened.root.append(OutlineItem(value, 0))


def white(pdf: Pdf, value: str) -> None:
    add_page_stream(pdf, f"q BT 1 1 1 rg /f99 8 Tf 90 90 Td {shown(value)} Tj ET Q")


def invisible(pdf: Pdf, value: str) -> None:
    add_page_stream(pdf, f"q BT 3 Tr /f99 8 Tf 90 90 Td {shown(value)} Tj ET Q")


def off_the_page(pdf: Pdf, value: str) -> None:
    add_page_stream(pdf, f"q BT /f99 8 Tf 90 -400 Td {shown(value)} Tj ET Q")


def letter_by_letter(pdf: Pdf, value: str) -> None:
    parts = " ".join(f"{shown(one)} -900" for one in value)
    add_page_stream(pdf, f"q BT /f99 8 Tf 90 90 Td [{parts}] TJ ET Q")


def marked(pdf: Pdf, value: str) -> None:
    add_page_stream(pdf, f"/Span <</ActualText {shown(value)}>> BDC EMC")


def comment_on_a_page(pdf: Pdf, value: str) -> None:
    add_page_stream(pdf, f"% {value}\n")


def alternative(pdf: Pdf, value: str) -> None:
    element(pdf)["/Alt"] = String(value)


def actual(pdf: Pdf, value: str) -> None:
    element(pdf)["/ActualText"] = String(value)


def element_id(pdf: Pdf, value: str) -> None:
    element(pdf)["/ID"] = String(value)


def element(pdf: Pdf) -> pikepdf.Object:
    return next(
        one
        for one in pdf.objects
        if isinstance(one, Dictionary) and one.get("/Type") == "/StructElem"
    )


def form_field(pdf: Pdf, value: str) -> None:
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("x"), V=String(value)))
    pdf.Root["/AcroForm"] = Dictionary(Fields=Array([field]))


def script(pdf: Pdf, value: str) -> None:
    pdf.Root["/OpenAction"] = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{value}')"))


def page_action(pdf: Pdf, value: str) -> None:
    pdf.pages[0].obj["/AA"] = Dictionary(O=Dictionary(S=Name.URI, URI=String(value)))


def layer(pdf: Pdf, value: str) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(value)))
    pdf.Root["/OCProperties"] = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))


def drawing(pdf: Pdf, value: str) -> None:
    stream = pdf.make_stream(f"% {value}".encode())
    stream.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
    pdf.pages[0].Resources["/XObject"] = Dictionary(X0=stream)


def page_label(pdf: Pdf, value: str) -> None:
    pdf.Root["/PageLabels"] = Dictionary(Nums=Array([0, Dictionary(P=String(value))]))


def private_data(pdf: Pdf, value: str) -> None:
    pdf.pages[0].obj["/PieceInfo"] = Dictionary(X=Dictionary(Private=String(value)))


def key(pdf: Pdf, value: str) -> None:
    pdf.Root[f"/{value}"] = 1


def name(pdf: Pdf, value: str) -> None:
    pdf.Root["/ViewerPreferences"]["/Direction"] = Name(f"/{value}")


def stream(pdf: Pdf, value: str) -> None:
    data = pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()
    pdf.Root.OutputIntents[0].DestOutputProfile.write(data + value.encode("utf-16-be"))


HIDES: dict[Hide, str] = {
    info: TEXT, title: TEXT, xmp: FORM, annotation: TEXT, link: TEXT, address: TEXT, attachment: FORM,
    attachment_name: FORM, outline: TEXT, white: TEXT, invisible: TEXT, off_the_page: TEXT,
    letter_by_letter: TEXT, marked: TEXT, comment_on_a_page: FORM, alternative: TEXT, actual: TEXT,
    element_id: FORM, form_field: FORM, script: FORM, page_action: FORM, layer: FORM, drawing: FORM,
    page_label: FORM, private_data: FORM, key: FORM, name: FORM, stream: FORM,
}  # fmt: skip
LONG_ONLY = {comment_on_a_page, element_id, stream}
"""Places that only machines read: what is short is not looked for in them."""


def saved(pdf: Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(
        out,
        static_id=False,
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        min_version="1.7",
    )
    return out.getvalue()


@cache
def clean(granted: tuple[str, ...]) -> tuple[bytes, tuple[str, ...]]:
    """A package as PDF and every text that may stand on it."""
    paper = package_paper(package(rosa(Granted("alias", granted))))
    pdf = paper_pdf(paper)
    with Pdf.open(io.BytesIO(pdf)) as opened:
        pages = len(opened.pages)
    return pdf, paper_texts(paper, pages)


def hidden(pdf: bytes, hide: Hide, value: str) -> bytes:
    with Pdf.open(io.BytesIO(pdf)) as opened:
        hide(opened, value)
        return saved(opened)


granted = st.lists(
    st.text("abcdefghij ", min_size=1, max_size=12).filter(str.strip)
    | st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(date.isoformat)
    | st.integers(1, 9999).map(str),
    min_size=1,
    max_size=4,
).map(tuple)

rare = st.text("qwxzvk", min_size=3, max_size=9).map(str.title)
withheld = st.one_of(
    st.tuples(rare, rare).map(" ".join),
    rare.filter(lambda word: len(word) >= 5),
    st.dates(date(1930, 1, 1), date(1999, 12, 31)).map(date.isoformat),
    st.from_regex(r"9[0-9]{2}-88[0-9]-7[0-9]{3}", fullmatch=True),
    st.from_regex(r"[1-9]{3} [QWX]{2}[zvk]{3} St\.", fullmatch=True),
    rare.filter(lambda word: len(word) < 5),
)


def spelled(value: str) -> st.SearchStrategy[str]:
    """The value, written as somebody might."""
    ways = [value, value.upper(), value.lower()]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        day = date.fromisoformat(value)
        ways = [
            value,
            day.strftime("%m/%d/%Y"),
            day.strftime("%B %d, %Y"),
            day.strftime("%d %b %Y"),
        ]
    elif value.isalpha():
        ways.append(value.swapcase())
    elif all(word.isalpha() for word in value.split()):
        first, last = value.split()
        ways += [f"{last}, {first}", f"{first}  {last}", f"{first}-{last}", first + last]
    else:
        ways += [value.replace("-", " "), value.replace(" ", "").replace("-", "")]
    return st.sampled_from(ways)


@settings(max_examples=settings().max_examples // 5)
@given(granted, st.lists(withheld, min_size=1, max_size=6))
def test_a_clean_package_passes_as_it_is_and_saved_again(
    values: tuple[str, ...], others: list[str]
) -> None:
    pdf, texts = clean(values)
    check_released(pdf, others, texts)
    check_released(hidden(pdf, lambda opened, value: None, ""), others, texts)


@pytest.mark.parametrize("hide", HIDES, ids=lambda hide: hide.__name__)
@settings(max_examples=settings().max_examples // 5)
@given(data=st.data())
def test_a_canary_is_found(hide: Hide, data: st.DataObject) -> None:
    value = data.draw(withheld)
    if hide in LONG_ONLY and len(value) < 9:
        value = "Qwxzvk Zvkqwx"
    written = value if hide in LONG_ONLY else data.draw(spelled(value))
    pdf, texts = clean(data.draw(st.sampled_from([("abcdef", "2020-01-01", "77"), ("bad cafe",)])))
    with pytest.raises(ReleaseError) as caught:
        check_released(hidden(pdf, hide, written), ["Kqzwv", value], texts)
    told = str(caught.value)
    assert HIDES[hide] == FORM or TEXT in told
    assert "withheld value 1" not in told
    assert value.lower() not in told.lower() and written.lower() not in told.lower()


@pytest.mark.parametrize(
    "hide", [one for one in HIDES if one in LONG_ONLY], ids=lambda hide: hide.__name__
)
def test_a_canary_that_only_machines_read_is_found_by_its_bytes(hide: Hide) -> None:
    pdf, texts = clean(("abcdef",))
    with pytest.raises(ReleaseError, match="withheld value 1"):
        check_released(hidden(pdf, hide, "Qwxzvk Zvkqwx"), ["Qwxzvk Zvkqwx"], texts)


@pytest.mark.parametrize(
    "hide", [one for one in HIDES if HIDES[one] == TEXT], ids=lambda hide: hide.__name__
)
def test_a_short_canary_is_found_wherever_somebody_reads(hide: Hide) -> None:
    pdf, texts = clean(("abcdef",))
    with pytest.raises(ReleaseError, match="withheld value 1"):
        check_released(hidden(pdf, hide, "Qwx"), ["Qwx"], texts)


def more_info(pdf: Pdf, value: str) -> None:
    pdf.trailer.Info["/T"] = String(value)


def test_document_information_has_no_more_than_a_paper_has() -> None:
    pdf, texts = clean(("abcdef",))
    with pytest.raises(ReleaseError, match="more or less than title, program and day"):
        check_released(hidden(pdf, more_info, "Q"), [], texts)


# -- what is not in any object --------------------------------------------------------------------


def revised(pdf: bytes, text: bytes) -> bytes:
    """A second revision, which changes the title: the first one stays in the file."""
    start = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    number = int(re.search(rb"/Info (\d+) 0 R", pdf)[1])  # type: ignore[index]
    size = re.search(rb"/Size (\d+)", pdf)[1]  # type: ignore[index]
    root = re.search(rb"/Root \d+ 0 R", pdf)[0]  # type: ignore[index]
    at = len(pdf) + 1
    body = b"\n%d 0 obj\n<</Title (%s)>>\nendobj\n" % (number, text)
    table = b"xref\n%d 1\n%010d 00000 n\r\n" % (number, at)
    tail = b"trailer\n<</Size %s %s /Info %d 0 R /Prev %d>>\n" % (size, root, number, start)
    return pdf + body + table + tail + b"startxref\n%d\n%%%%EOF" % (len(pdf) + len(body))


SHAPES = {
    "a second revision": (lambda pdf: revised(pdf, b"Qwxzvk Zvkqwx"), "more than one revision"),
    "a revision that hides the first": (lambda pdf: revised(pdf, b"x"), "more than one revision"),
    "bytes behind the end": (lambda pdf: pdf + b"\nQwxzvk Zvkqwx", "bytes behind its end"),
    "one byte behind the end": (lambda pdf: pdf + b"\n\n", "bytes behind its end"),
    "a second end": (lambda pdf: pdf + b"\n%%EOF", "more than one revision"),
    "bytes before the beginning": (lambda pdf: b"Q\n" + pdf, "cannot read|before its beginning"),
    "a comment between objects": (
        lambda pdf: pdf.replace(b"\nxref\n", b"\n%Qwxzvk Zvkqwx\nxref\n"),
        "withheld value 1|cannot read",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_stands_beside_the_objects_is_found(shape: str) -> None:
    change, message = SHAPES[shape]
    pdf, texts = clean(("abcdef",))
    changed = change(pdf)
    assert changed != pdf
    with pytest.raises(ReleaseError, match=message):
        check_released(changed, ["Qwxzvk Zvkqwx"], texts)


def test_the_second_revision_is_one_that_readers_take_for_the_file() -> None:
    pdf, _ = clean(("abcdef",))
    with Pdf.open(io.BytesIO(revised(pdf, b"Qwxzvk")), attempt_recovery=False) as opened:
        assert str(opened.docinfo["/Title"]) == "Qwxzvk"
        assert len(opened.pages) == 1


def test_an_object_that_nothing_refers_to_is_found() -> None:
    pdf, texts = clean(("abcdef",))
    start = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    size = int(re.search(rb"/Size (\d+)", pdf)[1])  # type: ignore[index]
    lone = b"%d 0 obj\n(Qwx)\nendobj\n\n" % size
    table, tail = pdf[start:].split(b"trailer")
    table = table.replace(b"0 %d\n" % size, b"0 %d\n" % (size + 1)) + b"%010d 00000 n\r\n" % start
    tail = tail.replace(b"/Size %d" % size, b"/Size %d" % (size + 1))
    tail = re.sub(rb"startxref\s+\d+", b"startxref\n%d" % (start + len(lone)), tail)
    with pytest.raises(ReleaseError, match="objects that nothing refers to"):
        check_released(pdf[:start] + lone + table + b"trailer" + tail, ["Qwx"], texts)


@pytest.mark.parametrize(
    "options", [{"linearize": True}, {"encryption": pikepdf.Encryption(owner="o")}], ids=str
)
def test_a_file_that_is_packed_otherwise_is_refused(options: dict[str, object]) -> None:
    pdf, texts = clean(("abcdef",))
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out, **options)  # type: ignore[arg-type]
    with pytest.raises(ReleaseError):
        check_released(out.getvalue(), [], texts)

"""The PDF: word for word the page, tagged, the same bytes each time, and never a box for a letter."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from habeas.cli.demo import demo
from habeas.errors import InputError
from habeas.law.facts import Facts, Said
from habeas.reports import report_html
from habeas.reports.charts import Bar, stacked_bars
from habeas.reports.elements import read_page
from habeas.reports.pdf import report_pdf
from habeas.reports.pdf_chart import chart
from habeas.reports.pdf_rows import with_row_headings
from habeas.reports.pdf_tree import page_tree
from habeas.reports.pdf_words import LONGEST, parted
from habeas.reports.reading import reading
from tests.conftest import ROOT
from tests.reports import small
from tests.reports.page import BLOCKS, VOID, Page
from tests.reports.paper import Paper, Piece, Sheet, Tag, read_paper
from tests.reports.test_report import explained, shipped  # noqa: F401

PAGES = ("small", "shipped", "demo")
MARKERS = re.compile(r"[•‣–]|\d+\.")
"""What Typst puts before the items of a list: a browser draws these too, and has no text for them."""

MARGIN = 72
"""How wide the margins are, in points."""


class Seen(HTMLParser):
    """The words that a reader of a page sees, in their order; hidden from ears, hidden here."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[tuple[str, bool, str]] = []
        self.feed(html)
        self.close()
        self.words = unicodedata.normalize("NFKC", "".join(self.parts)).split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        hidden = tag in ("head", "title", "desc") or given.get("aria-hidden") == "true"
        hidden = hidden or "skip" in classes or "unseen" in classes
        quotes = "“”" if tag == "q" and "reading" not in classes else ""  # style.css: quotes: none
        if tag in BLOCKS - {"q"} | {"br", "blockquote"} or "reading" in classes:
            self.parts.append("\n")
        if tag not in VOID:
            self.open.append((tag, hidden, quotes))
        self.parts.append(quotes[:1])

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.parts.append(self.open.pop()[2][1:])
        if tag in BLOCKS - {"q"} | {"blockquote"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not any(hidden for _, hidden, _ in self.open):
            self.parts.append(data)


def same_words(html: str, paper: Paper) -> bool:
    """Whether a PDF's words are a page's words, in the same order; where letters differ, it says so.

    Every letter is compared, and every end of a word. Two pieces of text that the PDF draws one by
    one are two words where there is a blank between them, or where they are not on one line; only
    there, a line may also have been broken within a word that is too long for it.
    """
    words = Seen(html).words
    ends = set(accumulate(map(len, words)))
    within: set[int] = set()
    between: dict[int, bool] = {}
    letters, before = "", Piece()
    for piece in heard(paper):
        found = unicodedata.normalize("NFKC", piece).split()
        if not found:
            continue
        blank = before[-1:].isspace() or piece[0].isspace()
        between[len(letters)] = not before or blank or not before.beside(piece)
        at = list(accumulate(map(len, found), initial=len(letters)))
        within |= set(at[1:-1])
        letters += "".join(found)
        before = piece
    assert letters == "".join(words)
    ends -= {len(letters)}
    return within <= ends <= within | {at for at, apart in between.items() if apart}


def heard(paper: Paper) -> list[Piece]:
    """The pieces of text of a PDF in the order of its tags, without the markers of lists."""
    return [piece for sheet in paper.sheets for piece in _heard(sheet.tags)]


def _heard(tag: Tag) -> list[Piece]:
    made: list[Piece] = []
    for child in tag.children:
        if isinstance(child, Piece):
            made.append(child)
        elif child.role != "Lbl" or not MARKERS.fullmatch(child.text):
            made += _heard(child)
    return made


def fits(sheet: Sheet) -> bool:
    """Whether all text of a page stands within its margins, but for what hangs below a line."""
    return sheet.right <= sheet.size[0] - MARGIN + 1 and sheet.low >= MARGIN - 3


@pytest.fixture(scope="module")
def pages(
    shipped: Page,  # noqa: F811  # pytest finds a fixture by its name
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """The pages that are looked at: a small law's, the shipped law's, and the demo's."""
    folder = tmp_path_factory.mktemp("demo")
    demo(folder, as_json=True)
    page = (folder / "answers" / "report.html").read_text(encoding="utf-8")
    return {
        "small": report_html([explained()], "A report"),
        "shipped": shipped.html,
        "demo": page,
    }


@pytest.fixture(scope="module")
def papers(pages: dict[str, str]) -> dict[str, bytes]:
    return {name: report_pdf(html) for name, html in pages.items()}


@pytest.fixture(scope="module")
def read(papers: dict[str, bytes]) -> dict[str, Paper]:
    return {name: read_paper(data) for name, data in papers.items()}


def small_page(**changes: Any) -> str:
    return report_html([small.answer(**changes)], "A report")


def with_markup(markup: str) -> str:
    """A page that has something more at its end."""
    return small_page().replace("<footer>", f"{markup}<footer>")


# -- the same document ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_the_pdf_says_what_the_page_says_word_for_word(
    name: str, pages: dict[str, str], read: dict[str, Paper]
) -> None:
    assert len(Seen(pages[name]).words) > 1000
    assert same_words(pages[name], read[name])


@pytest.mark.parametrize("name", PAGES)
def test_what_is_drawn_first_is_heard_first(name: str, read: dict[str, Paper]) -> None:
    for sheet in read[name].sheets:
        assert sheet.heard == sheet.drawn


@pytest.mark.parametrize("name", PAGES)
def test_beside_the_text_stand_page_numbers_addresses_and_heads_that_go_on(
    name: str, pages: dict[str, str], read: dict[str, Paper]
) -> None:
    """Everything else on the paper would be text that those who hear the document do not get."""
    paper, page = read[name], Page(pages[name])
    heads = {"".join(cell.split()) for table in page.tables.values() for cell in table[0]}
    addresses = {a["href"] for a in page.all("a") if not (a["href"] or "#").startswith("#")}
    count = len(paper.sheets)
    printed = set()
    for number, sheet in enumerate(paper.sheets, 1):
        rest = "".join("".join(sheet.artifacts).split())
        footer = "".join(f"{paper.metadata['Title']}page{number}of{count}".split())
        assert rest.endswith(footer)
        rest = rest.removesuffix(footer)
        for address in sorted(filter(None, addresses), key=len, reverse=True):
            printed |= {address} if f"({address})" in rest else set()
            rest = rest.replace(f"({address})", "")
        for head in sorted(heads, key=len, reverse=True):
            rest = rest.replace(head, "")
        assert re.fullmatch(r"(\.*\d+)*", rest), (number, rest)
    assert printed == addresses


@pytest.mark.parametrize("name", PAGES)
def test_all_text_stands_within_the_margins_of_us_letter(name: str, read: dict[str, Paper]) -> None:
    for sheet in read[name].sheets:
        assert sheet.size == (612, 792)
        assert fits(sheet)


@pytest.mark.parametrize("name", PAGES)
def test_no_colour_is_needed_to_tell_anything_apart(name: str, papers: dict[str, bytes]) -> None:
    for page in pypdfium2.PdfDocument(papers[name]):
        bitmap = page.render(scale=0.4, rev_byteorder=True)
        colours = bytes(bitmap.buffer)
        step = bitmap.n_channels
        assert colours[0::step] == colours[1::step] == colours[2::step]


def test_a_quotation_has_its_marks_and_a_reading_has_none() -> None:
    html = with_markup("<p>He said <q>so <em>it</em> is</q>, and left.</p>")
    paper = read_paper(report_pdf(html))
    assert "He said “so it is”, and left." in [tag.text for tag in paper.all("P")]
    assert same_words(html, paper)


def test_whatever_markdown_makes_of_a_reading_is_on_the_paper() -> None:
    text = "> " * 8 + "deep\n\n" + "".join("  " * n + "- item\n" for n in range(8))
    text += "\n7. seven\n8. eight\n\n***\n\nhard  \nbreak\\\nagain\n\n```\ncode\n  indented\n\n\ttab\n```\n\n"
    text += "[l](https://a.example/?q=1&b=2) [e]() [d](#nowhere) <b> **s *e* s** `c  c`\n\n    pre"
    html = with_markup(str(reading(text)))
    data = report_pdf(html)
    paper = read_paper(data)
    assert same_words(html, paper)
    assert [tag.text for tag in paper.all("Lbl")][-2:] == ["7.", "8."]
    assert b"/URI(https://a.example/?q=1&b=2)" in data


# -- tagged ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_the_pdf_says_that_it_is_pdf_a_and_pdf_ua_and_what_it_is_called(
    name: str, papers: dict[str, bytes], pages: dict[str, str]
) -> None:
    """Typst's own checks hold the standards: it refuses to write what it knows to break them."""
    data = papers[name]
    [xmp] = re.findall(rb"<x:xmpmeta.*?</x:xmpmeta>", data, re.DOTALL)
    title = Page(pages[name]).headings[0][1]
    for part in (
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>',
        "<dc:language><rdf:Bag><rdf:li>en</rdf:li></rdf:Bag></dc:language>",
        "<xmp:CreateDate>2025-07-18T00:00:00Z</xmp:CreateDate>",
    ):
        assert part.encode() in xmp
    assert data.startswith(b"%PDF-1.7")
    assert b"/Lang(en)" in data
    assert b"/MarkInfo<</Marked true" in data and b"/DisplayDocTitle true" in data


def test_the_language_of_the_pdf_is_that_of_the_page() -> None:
    html = small_page().replace('<html lang="en">', '<html lang="es">')
    assert b"/Lang(es)" in report_pdf(html)


@pytest.mark.parametrize("name", PAGES)
def test_headings_are_those_of_the_page_and_lead_to_it(
    name: str, read: dict[str, Paper], pages: dict[str, str]
) -> None:
    found = read_page(pages[name]).find("h1", "h2", "h3", "h4")
    headings = [(int(one.tag[1]), " ".join(one.text.split())) for one in found]
    tagged = [(int(tag.role[1]), tag.text) for tag in read[name].all("H1", "H2", "H3", "H4")]
    assert tagged == read[name].outline == headings


@pytest.mark.parametrize("name", PAGES)
def test_a_cell_of_a_table_names_the_heads_of_its_column_and_of_its_row(
    name: str, read: dict[str, Paper], pages: dict[str, str]
) -> None:
    heads = [tag for tag in read[name].all("TH") if tag.attributes["Scope"] == "Column"]
    ids = {tag.attributes["ID"]: tag for tag in read[name].all("TH")}
    assert len(ids) == len(read[name].all("TH"))
    tables = read_page(pages[name]).find("table")
    assert [tag.text for tag in heads] == [
        th.text for t in tables for th in t.find("thead")[0].find("th")
    ]
    rows = [tag for tag in read[name].all("TR") if tag.children]
    body = [row for row in rows if row.all("TD")]
    assert len(body) == sum(len(table.find("tr")) - 1 for table in tables)
    for row in body:
        first, *others = (cell for cell in row.children if isinstance(cell, Tag))
        assert (first.role, first.attributes["Scope"]) == ("TH", "Row")
        for cell in others:
            column, own = cell.attributes["Headers"]
            assert ids[column] in heads and ids[own] is first
            assert cell.role == "TD"


@pytest.mark.parametrize("name", PAGES)
def test_captions_charts_and_links_are_tagged(
    name: str, read: dict[str, Paper], pages: dict[str, str], papers: dict[str, bytes]
) -> None:
    """The text of a chart is text, within a figure whose alternative text says the same in brief."""
    page, paper = read_page(pages[name]), read[name]
    assert [tag.text for tag in paper.all("Caption")] == [one.text for one in page.find("caption")]
    charts = [svg for svg in page.find("svg") if svg.classes == ["chart"]]
    figures = paper.all("Figure")
    assert len(figures) == len(charts) > 0
    for figure, svg in zip(figures, charts, strict=True):
        title, desc = svg.find("title")[0].text, svg.find("desc")[0].text
        assert figure.alt == f"{title}. {desc}"
        drawn = "".join(one.text for one in svg.find("text"))
        assert figure.text.replace(" ", "") == drawn.replace(" ", "")
    addresses = [a.attributes["href"] for a in page.find("a") if a.classes != ["skip"]]
    inside = [address[1:] for address in addresses if address.startswith("#")]
    outside = [address for address in addresses if not address.startswith("#")]
    linked = [_plain(one) for one in re.findall(rb"/URI\(((?:[^()\\]|\\.)*)\)", papers[name])]
    assert sorted(linked) == sorted(outside)
    led = re.findall(rb"/Subtype/Link[^\n]*?/Dest\(([^)]*)\)", papers[name])
    assert sorted(one.decode() for one in led) == sorted(inside)


def _plain(text: bytes) -> str:
    return re.sub(r"\\(.)", r"\1", text.decode())


def test_rows_that_are_not_as_expected_are_an_error() -> None:
    html = small_page()
    data, rows = report_pdf(html), page_tree(html)["rows"]
    assert with_row_headings(data, 0) == data  # all are tagged, and every object is in its place
    with pytest.raises(ValueError, match="0 rows of tables"):
        with_row_headings(data, rows)
    with pytest.raises(ValueError, match="more than one table"):
        with_row_headings(data.replace(b"xref\n0 ", b"xref\n1 "), 0)


# -- the same bytes -------------------------------------------------------------------------------


def test_the_same_page_makes_the_same_bytes_on_another_day_and_in_another_place(
    tmp_path: Path,
) -> None:
    html = small_page()
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    program = (
        "import pathlib, sys, hashlib; from habeas.reports.pdf import report_pdf;"
        "html = pathlib.Path('page.html').read_text(encoding='utf-8');"
        "print(hashlib.sha256(report_pdf(html)).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == hashlib.sha256(report_pdf(html)).hexdigest()


# -- whatever is written in it --------------------------------------------------------------------

NASTY = (
    '#eval("1+1") $x^2$ *b* _e_ @ref <label> \\ "q" \'s\' ] [ ` ``` ~ -- --- ... /* c */ // d',
    "= h + - 1. https://a.example/?a=b&c #panic() \\u{41} #{x} #sys.inputs <script>alert(1)</script>",
    "line\nbreak\n\nand\ttab  two",
    "9 0 obj <</Type/StructElem/S/TR/P 1 0 R/K[5 0 R]>> endobj <</Type/StructTreeRoot/ /IDTree<</Names[]>>"
    " xref 0 1 trailer startxref 1 %%EOF (U1x0y0) \\",
    "a" * 300,
    "x/y-" * 100 + " " + "b" * LONGEST + " " + "c" * (LONGEST + 1),
    "“q” ‘s’ … \u00a0 e\u0301 ﬁ ffi Привет Ελλάδα ✓ → ≤ §",
)


@pytest.mark.parametrize("text", NASTY)
def test_whatever_is_written_in_comes_out_as_it_was_written(text: str) -> None:
    facts = Facts({"requester": text}, sources={"requester": (Said("requester"),)})
    why = small.explanation("=ada", "visitors")
    why = type(why)(why.decision._replace(person=text), text, (), (), (), ())
    request = small.request(facts=facts, id=text, linked=(text,))
    answer = small.answer(request, title=text, intro=text, explained=(why,))
    html = report_html([answer, small.answer()], text)
    paper = read_paper(report_pdf(html))
    shown = " ".join(unicodedata.normalize("NFKC", text).split())
    assert " ".join(Seen(html).words).count(shown) >= 8
    assert same_words(html, paper)
    assert all(fits(sheet) for sheet in paper.sheets)
    assert " ".join(paper.metadata["Title"].split()).startswith(" ".join(text.split()))


def test_a_table_that_is_longer_than_a_page_goes_on_on_the_next_under_its_head() -> None:
    text = " ".join(f"word{n}" for n in range(3000))
    facts = Facts({"requester": text}, sources={"requester": (Said("requester"),)})
    html = report_html([small.answer(small.request(facts=facts))], "Long")
    paper = read_paper(report_pdf(html))
    assert same_words(html, paper)
    assert all(fits(sheet) for sheet in paper.sheets)
    [table] = [one for one in read_page(html).find("table") if "word2999" in one.text]
    head = "".join(one.text for one in table.find("thead")[0].find("th")).replace(" ", "")
    repeated = [s for s in paper.sheets if head in "".join(s.artifacts).replace(" ", "")]
    assert len(repeated) >= 3


@given(st.text())
def test_long_words_are_parted_and_lose_nothing(text: str) -> None:
    made = parted(text)
    assert "".join(one if isinstance(one, str) else "".join(one["body"]) for one in made) == text
    for one in made:
        if isinstance(one, str):
            assert all(len(word) <= LONGEST for word in re.split(r"\s", one))
        else:
            assert all(one["body"])


# -- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "markup",
    [
        "<details>x</details>",
        "<p><img src='x'></p>",
        "<p>a <b>x</b></p>",
        "<svg class='other'></svg>",
        "<p hidden>x</p>",
        "<ul><li hidden>x</li></ul>",
        "<table><caption>c</caption><thead><tr><th scope='col' colspan='2'>x</th></tr></thead></table>",
        "<p aria-hidden='true'>x</p>",
        "<ul><p>x</p></ul>",
        "<ul>x</ul>",
        "<p><div>x</div></p>",
        "<p>x</em></p>",
        "<table><tr><td>x</td></tr></table>",
        "<table><caption>c</caption><thead><tr><th scope='col'>x</th></tr></thead>"
        "<tbody><tr><td>x</td></tr></tbody></table>",
    ],
)
def test_what_is_not_known_is_an_error_and_is_not_dropped(markup: str) -> None:
    with pytest.raises(ValueError):
        report_pdf(with_markup(markup))


def test_a_chart_is_read_whole_or_not_at_all() -> None:
    svg = str(stacked_bars([Bar("a <b>", (0, 2, 1200)), Bar("c", (1, 0, 0))], "c", "T", "D & d"))

    def read_chart(text: str) -> dict[str, Any]:
        return chart(read_page(f"<html>{text}</html>").elements[0])

    made = read_chart(svg)
    assert made["alt"] == "T. D & d"
    assert [[one["body"] for one in bar["texts"]] for bar in made["bars"]] == [
        ["a <b>", "refer 2 · deny 1,200"],
        ["c", "grant 1"],
    ]
    shares = [[(r["class"], r["width"]) for r in bar["rects"]] for bar in made["bars"]]
    assert shares == [
        [("track", 100), ("refer", 1.5), ("deny", 98.5)],
        [("track", 100), ("grant", 100)],
    ]
    for wrong in (svg.replace("<rect", "<path", 1), svg.replace('x="100%"', 'x="50%"')):
        with pytest.raises(ValueError):
            read_chart(wrong)


def only_own_fonts(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """As on a machine without fonts; what is returned says which compilations would have had any."""
    asked: list[bool] = []
    compile = typst.compile

    def without(*arguments: Any, **settings: Any) -> Any:
        asked.append(not settings["ignore_system_fonts"])
        return compile(*arguments, **{**settings, "ignore_system_fonts": True})

    monkeypatch.setattr(typst, "compile", without)
    return asked


def test_fonts_of_the_machine_are_not_looked_at_without_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = only_own_fonts(monkeypatch)
    report_pdf(small_page())
    assert asked == [False]


def test_a_letter_that_no_font_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = only_own_fonts(monkeypatch)
    with pytest.raises(InputError) as refused:
        report_pdf(report_html([small.answer()], "To 中 and \U00012345"))
    assert asked == [False, True]
    assert str(refused.value) == (
        "report.html:12:11: no font has the letter `中` (U+4E2D), so it cannot be printed\n"
        "   |\n"
        "12 | <title>To 中 and \U00012345</title>\n"
        "   |           ^\n"
        "help: install Noto fonts (Debian: fonts-noto-core, fonts-noto-cjk), "
        "or write it in other letters\n"
        "\n"
        "report.html:12:17: no font has the letter `\U00012345` (U+12345), so it cannot be printed\n"
        "   |\n"
        "12 | <title>To 中 and \U00012345</title>\n"
        "   |                 ^\n"
        "help: install Noto fonts (Debian: fonts-noto-core, fonts-noto-cjk), "
        "or write it in other letters"
    )


def test_a_letter_that_only_the_machine_has_is_printed() -> None:
    family = "Noto Sans Cuneiform"
    if family not in typst.Fonts().families():
        pytest.skip(f"this machine has no {family}: install fonts-noto-core")
    html = report_html([small.answer()], "To \U00012345")
    assert same_words(html, read_paper(report_pdf(html)))


@pytest.mark.parametrize(("text", "code"), [("a\x07b", "U+0007"), ("a\ue000b", "U+E000")])
def test_what_is_no_letter_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        report_pdf(report_html([small.answer()], text))
    assert f"report.html:12:9: {code} is no letter, and cannot be printed" in str(refused.value)
    assert "help: take it out of the request, the law or the title" in str(refused.value)


def test_a_report_without_a_title_is_refused() -> None:
    with pytest.raises(InputError, match="the report has no title"):
        report_pdf(report_html([small.answer()], " \n"))


def test_the_template_takes_the_page_as_data_and_runs_none_of_it() -> None:
    template = (ROOT / "src/habeas/reports/templates/report.typ").read_text(encoding="utf-8")
    assert template.count("sys.inputs") == template.count("json(bytes(sys.inputs.page))") == 1
    assert not re.search(r"\beval\(|#import|#include|@preview", template)

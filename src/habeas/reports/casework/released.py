"""Released: a file is read again, by other programs than made it, before it leaves.

    PDF, withheld values, allowed texts  ->  check_released      ->  nothing, or ReleaseError
    CSV, withheld values, allowed texts  ->  check_released_csv  ->  nothing, or ReleaseError
    Paper or Package, withheld values    ->  checked_pdf, checked_csv  ->  bytes that passed

Promise: a file passes only where its form is that of a paper (`form`), every reader can read it, and
no withheld value stands in it in any way of writing that `spellings` knows, unless what is allowed
says it too; an error says where, and never what.

A value may be withheld here and granted there (a town in two addresses). So it is counted: on all
pages together, as each reader sees them, and in a CSV, it may stand as often as in the allowed texts
and not once more. Beside the pages (title, outline, alternative texts, addresses, other strings) it
may stand if the allowed texts have it at all, for these repeat what is on the pages. *Where* on a page
it stands is not compared: that is what building from granted values alone is for. What a paper was
made from is taken as allowed: `checked_pdf` holds the file against the paper, and does not say whether
the paper should hold what it holds. A granted value may have a withheld one within it (an address in
an account of an arrest): `held_within` tells, and a person has to look.

Values of one to four letters or digits are looked for where people read: on pages, in titles, the
outline, alternative texts and addresses, as words of their own; `spellings` says how. In ids and bytes
of a file they would be found by chance in every file. A value without any letter or digit is not
looked for. Not seen at all: what is drawn and not written (the form allows no image, but a font may
show another letter than it says), and values hidden on purpose by a cipher.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import pikepdf

from habeas.errors import HabeasError, Place, Problem
from habeas.reports.casework.form import form_problems
from habeas.reports.casework.package import BOM, RUNS, Package, package_csv, package_rows
from habeas.reports.casework.paper import Paper, paper_pdf, paper_texts
from habeas.reports.casework.passages import Passage, page_texts, raw, strings
from habeas.reports.casework.spellings import Spellings, Text, spellings

_HELP = "let this file out to nobody; make it again from granted values alone"


class ReleaseError(HabeasError):
    """A file that may not leave: where, and never what."""

    exit_code = 1


def checked_pdf(paper: Paper, withheld: Iterable[str]) -> bytes:
    """A paper as PDF that passed `check_released`."""
    pdf = paper_pdf(paper)
    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            pages = len(opened.pages)
    except pikepdf.PdfError:
        raise _refused([("file", "pikepdf cannot read it")]) from None
    check_released(pdf, withheld, paper_texts(paper, pages))
    return pdf


def checked_csv(package: Package, withheld: Iterable[str]) -> bytes:
    """A package as CSV that passed `check_released_csv`."""
    data = package_csv(package)
    check_released_csv(data, withheld, [cell for row in package_rows(package) for cell in row])
    return data


def held_within(package: Package, withheld: Iterable[str]) -> tuple[tuple[str, str, int], ...]:
    """Granted values that have a withheld value within them and are not that value themselves.

    Each as (person's reference, item, number of the withheld value from 1). Empty is no proof: see
    what `spellings` cannot hold.
    """
    looked = [(number, spellings(value)) for number, value in enumerate(withheld, 1)]
    return tuple(
        (person.reference, granted.item, number)
        for person in package.people
        for granted in person.granted
        for value in granted.values
        for text in [Text(value)]
        for number, one in looked
        if one.count(text) and one != spellings(value)
    )


def check_released(pdf: bytes, withheld: Iterable[str], allowed: Iterable[str]) -> None:
    """Return where a PDF may leave, else raise `ReleaseError`.

    withheld  values that must not stand in it, one by one; messages number them from 1
    allowed   every text that may stand on its pages, in reading order, as `paper_texts` gives them
    """
    try:
        with pikepdf.open(io.BytesIO(pdf), attempt_recovery=False) as opened:
            found = list(form_problems(pdf, opened))
            if opened.get_warnings():
                found.append(("file", "something that pikepdf warns of"))
            beside, unpacked = list(strings(opened)), list(raw(pdf, opened))
        pages = page_texts(pdf)
    except Exception:
        # Readers raise errors of many kinds, and what these say may be text of the file.
        raise _refused([("file", "something that a reader cannot read")]) from None
    looked = [(number, spellings(value), value) for number, value in enumerate(withheld, 1)]
    may = Text("\n".join(allowed))
    found += _on_pages(pages, looked, may)
    nowhere = [one for one in looked if not one[1].count(may)]
    found += _in_strings(beside, nowhere)
    found += _in_bytes(unpacked, nowhere)
    if found:
        raise _refused(found)


def check_released_csv(data: bytes, withheld: Iterable[str], allowed: Iterable[str]) -> None:
    """Return where a CSV may leave, else raise `ReleaseError`; arguments as of `check_released`.

    Its form: UTF-8 with one byte order mark, rows of one length, and no cell that a spreadsheet runs.
    """
    found: list[tuple[str, str]] = []
    try:
        text = data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise _refused([("CSV", "bytes that are not UTF-8")]) from None
    if not data.startswith(BOM) or "\ufeff" in text:
        found.append(("CSV", "no byte order mark, or more than one"))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise _refused([("CSV", "something that is no CSV")]) from None
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            found.append((f"CSV row {number}", "more or fewer cells than in the first row"))
        for column, cell in enumerate(row, 1):
            if cell.startswith(tuple(RUNS)):
                found.append((f"CSV row {number}, column {column}", "a cell that would be run"))
    may = Text("\n".join(allowed))
    whole = Text("\n".join(cell for row in rows for cell in row))
    for number, value in enumerate(withheld, 1):
        one = spellings(value)
        if one.count(whole) > one.count(may):
            at = [n for n, row in enumerate(rows, 1) if one.count(Text("\n".join(row)))]
            found.append((_listed("CSV row", at) or "CSV", _stands(number)))
    if found:
        raise _refused(found)


# -- where values stand ---------------------------------------------------------------------------

_Looked = Sequence[tuple[int, Spellings, str]]


def _on_pages(pages: dict[str, list[str]], looked: _Looked, may: Text) -> Iterator[tuple[str, str]]:
    for reader, texts in pages.items():
        whole = Text("\n".join(texts))
        words = reader != "pdfplumber in the order of drawing"  # it parts no words
        for number, one, _ in looked:
            if one.count(whole, words) > one.count(may, words):
                at = [n for n, text in enumerate(texts, 1) if one.count(Text(text), words)]
                yield f"{_listed('page', at) or 'pages'}, read by {reader}", _stands(number)


def _in_strings(passages: list[Passage], nowhere: _Looked) -> Iterator[tuple[str, str]]:
    """Values that stand in strings; looked for in all strings of a kind at once, then one by one."""
    for read in (True, False):
        texts = [(one.where, Text(one.text)) for one in passages if one.read is read]
        whole = Text("\n".join(one.text for one in passages if one.read is read))
        for number, one, _ in nowhere:
            if one.count(whole, words=read):
                for where, text in texts:
                    if one.count(text, words=read):
                        yield where, _stands(number)


def _in_bytes(unpacked: list[tuple[str, bytes]], nowhere: _Looked) -> Iterator[tuple[str, str]]:
    lower = [(where, data.lower()) for where, data in unpacked]
    for number, _, value in nowhere:
        for needle in _needles(value):
            for where, data in lower:
                if needle in data:
                    yield where, _stands(number)


def _needles(value: str) -> set[bytes]:
    """A value as bytes of a file would have it, where that is not found by chance."""
    plain = value.strip()
    if len(plain) < 9 and (len(plain) < 6 or not any(map(str.isalpha, plain))):
        return set()
    found = set()
    for encoding in ("utf-8", "latin-1", "utf-16-be", "utf-16-le"):
        try:
            data = plain.encode(encoding)
        except UnicodeEncodeError:
            continue
        found.add(data.lower())
    return found


def _stands(number: int) -> str:
    return f"withheld value {number}"


def _listed(noun: str, numbers: list[int]) -> str:
    return ", ".join(f"{noun} {number}" for number in numbers)


def _refused(found: Iterable[tuple[str, str]]) -> ReleaseError:
    return ReleaseError(
        Problem(Place(where), f"found {what}", _HELP) for where, what in dict.fromkeys(found)
    )

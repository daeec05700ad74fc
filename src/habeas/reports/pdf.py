"""The report as PDF: the page of `report_html` on US letter, to print, to archive and to hear read.

    HTML  ->  page_tree  ->  JSON  ->  typst (templates/report.typ)  ->  PDF/A-2a, PDF/UA-1

Promise: the PDF says what the page says, word for word; the same page gives the same bytes; a
letter that no font has is an error and never a box. Text goes to Typst as data, never as markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files

import typst

from habeas.errors import InputError, Place, Problem
from habeas.reports.pdf_rows import with_row_headings
from habeas.reports.pdf_tree import Node, page_tree

STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]

_NOTO = "Debian: fonts-noto-core, fonts-noto-cjk"

_LETTERS = re.compile(
    r"(?:the text|the disallowed codepoint|the codepoint) `\"((?:[^\"\\]|\\.)*)\"`"
)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")


def report_pdf(html: str) -> bytes:
    """A page of `report_html` as PDF; its date is the page's day, and no clock is asked.

    The fonts are those that typst brings along, so that the bytes are the same on every machine;
    only where these lack a letter are the machine's own looked through. Raises `InputError` for a
    letter that none of them has, and for a control character.
    """
    if controls := {one for one in html if unprintable(one)}:
        raise _missing(html, controls)
    tree = page_tree(html)
    made = typeset(_template(), tree)
    if isinstance(made, set):
        raise _missing(html, made)
    return with_row_headings(made, tree["rows"])


def typeset(template: bytes, page: Node) -> bytes | set[str]:
    """A template of Typst, which reads `page` as JSON, as PDF; or the letters that no font has."""
    made = _compile(template, page, own_fonts=True)
    return _compile(template, page, own_fonts=False) if isinstance(made, set) else made


def _compile(template: bytes, page: Node, own_fonts: bool) -> bytes | set[str]:
    """The PDF, or the letters that the fonts lack."""
    try:
        made = typst.compile(
            template,
            format="pdf",
            sys_inputs={"page": json.dumps(page)},
            ignore_system_fonts=own_fonts,
            pdf_standards=STANDARDS,
        )
    except typst.TypstError as error:
        if letters := {_unescaped(one) for one in _LETTERS.findall(error.diagnostic)}:
            return letters
        raise
    return made


@cache
def _template() -> bytes:
    return files("habeas.reports").joinpath("templates", "report.typ").read_bytes()


def _unescaped(text: str) -> str:
    """A text as Typst shows it in a message, as it was."""
    plain = {"n": "\n", "r": "\r", "t": "\t"}
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else plain.get(m[2], m[2]), text)


def unprintable(letter: str) -> bool:
    """Whether a letter is a control character, or half of one."""
    return letter not in "\t\n\r\f" and unicodedata.category(letter) in ("Cc", "Cs")


def _missing(html: str, letters: set[str]) -> InputError:
    """What to say of letters that cannot be printed: each with the first line that it is on."""
    lines = html.split("\n")
    problems = []
    for letter in letters:
        at = next((n for n, line in enumerate(lines) if letter in line), -1)
        text = lines[at] if at >= 0 else ""
        col = text.find(letter) + 1
        place = Place("report.html", at + 1, col, col + len(letter), text)
        problems.append(lacking(letter, place))
    return InputError(problems)


def lacking(letter: str, place: Place) -> Problem:
    """What to say of a letter that cannot be printed."""
    codes = " ".join(f"U+{ord(one):04X}" for one in letter)
    if letter.isprintable():
        message = f"no font has the letter `{letter}` ({codes}), so it cannot be printed"
        help = f"install Noto fonts ({_NOTO}), or write it in other letters"
    else:
        message = f"{codes} is no letter, and cannot be printed"
        help = "take it out of the request, the law or the title that it stands in"
    return Problem(place, message, help)

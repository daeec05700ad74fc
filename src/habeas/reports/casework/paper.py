"""A paper of the office: what a letter, a package and a notice have in common on US letter paper.

    Paper  ->  JSON  ->  typst (casework/paper.typ)  ->  PDF/A-2a, PDF/UA-1
    Paper, number of pages  ->  every text that may stand on it, in its order

Promise: equal papers give equal bytes, no clock is asked, and a text is data and never markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from habeas.errors import InputError, Place
from habeas.reports.pdf import lacking, typeset, unprintable
from habeas.reports.pdf_rows import with_row_headings
from habeas.reports.pdf_tree import Node
from habeas.reports.pdf_words import parted


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title, of level 2 or 3."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Lines:
    """A paragraph, or lines that stand one below another; `address` is where the last line leads."""

    lines: tuple[str, ...]
    address: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list without an order."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blanks:
    """Words, each with a line behind it to write on by hand."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """Sentences, each with a box before it to mark by hand."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: every row as long as its head; a cell is lines that stand one below another."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]


Block = Heading | Lines | Bullets | Blanks | Choices | Table


@dataclass(frozen=True, slots=True)
class Beside:
    """Blocks in two languages, pair by pair, the first language on the left."""

    languages: tuple[str, str]
    pairs: tuple[tuple[Block, Block], ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on a paper.

    kind      `letter`, `package` or `notice`: what messages call it
    title     its first heading, and the document's title
    language  BCP 47, such as `en`
    day       its date; it is the document's date too
    head      lines above the title: the office
    banner    stands on top of every page; empty: nothing does
    footer    what stands below every page before, between and after its number and theirs
    """

    kind: str
    title: str
    language: str
    day: date
    head: tuple[str, ...]
    blocks: tuple[Block | Beside, ...]
    footer: tuple[str, str, str]
    banner: str = ""


def paper_pdf(paper: Paper) -> bytes:
    """A paper as PDF.

    Raises `InputError` for a letter that no font has and for a control character: nothing is
    printed as a box.
    """
    texts = "\n".join(paper_texts(paper, 1))
    if controls := sorted({one for one in texts if unprintable(one)}):
        raise InputError(lacking(one, Place(paper.kind)) for one in controls)
    made = typeset(_template(), _page(paper))
    if isinstance(made, set):
        raise InputError(lacking(one, Place(paper.kind)) for one in sorted(made))
    return with_row_headings(
        made, sum(len(one.rows) for one in _blocks(paper) if isinstance(one, Table))
    )


def paper_texts(paper: Paper, pages: int) -> tuple[str, ...]:
    """Every text that may stand on so many pages of a paper, in the order of reading.

    What stands on every page comes once a page, a table's head once a page too (it is repeated where
    the table goes on), the title once.
    """
    before, between, after = paper.footer
    running = [
        text
        for number in range(1, pages + 1)
        for text in (paper.banner, f"{before}{number}{between}{pages}{after}")
        if text
    ]
    heads = [text for one in _blocks(paper) if isinstance(one, Table) for text in one.head]
    body = [text for block in _blocks(paper) for text in _texts(block)]
    return (*paper.head, paper.title, *body, *running, *heads * (pages - 1))


# -- what is in it --------------------------------------------------------------------------------


def _blocks(paper: Paper) -> Iterator[Block]:
    for block in paper.blocks:
        if isinstance(block, Beside):
            for pair in block.pairs:
                yield from pair
        else:
            yield block


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading(text):
            yield text
        case Lines(lines, address):
            yield from lines
            if address:
                yield address
        case Bullets(items):
            yield from items
        case Blanks(labels):
            yield from labels
        case Choices(sentences):
            yield from sentences
        case Table(caption, head, rows):
            yield caption
            yield from head
            for row in rows:
                for cell in row:
                    yield from cell


# -- as JSON --------------------------------------------------------------------------------------


def _page(paper: Paper) -> Node:
    return {
        "title": paper.title,
        "lang": paper.language,
        "date": paper.day.isoformat(),
        "head": [_line(one) for one in paper.head],
        "banner": paper.banner,
        "footer": list(paper.footer),
        "body": [_node(block) for block in paper.blocks],
    }


def _node(block: Block | Beside) -> Node:
    match block:
        case Heading(text, level):
            return {"is": "heading", "level": level, "text": _line(text)}
        case Lines(lines, address, strong):
            shown = _line(address)
            return {
                "is": "lines",
                "lines": _lines(lines),
                "address": address,
                "shown": shown,
                "strong": strong,
            }
        case Bullets(items):
            return {"is": "bullets", "items": _lines(items)}
        case Blanks(labels):
            return {"is": "blanks", "items": _lines(labels)}
        case Choices(sentences):
            return {"is": "choices", "items": _lines(sentences)}
        case Table(caption, head, rows):
            cells = [[_lines(cell) for cell in row] for row in rows]
            return {"is": "table", "caption": caption, "head": _lines(head), "rows": cells}
        case Beside(languages, pairs):
            both = [[_node(one), _node(other)] for one, other in pairs]
            return {"is": "beside", "languages": list(languages), "pairs": both}


def _lines(texts: Iterable[str]) -> list[list[object]]:
    return [_line(text) for text in texts]


def _line(text: str) -> list[object]:
    """A text as runs, its white space as single blanks: long words may break."""
    return parted(" ".join(text.split()))


@cache
def _template() -> bytes:
    return files("habeas.reports.casework").joinpath("paper.typ").read_bytes()

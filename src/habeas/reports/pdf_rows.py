"""Row headings of a PDF's tables: cells that head a row, tagged as what they are.

    PDF of typst  ->  with_row_headings  ->  the same PDF, each body row's first cell a TH of its row

Promise: nothing but the tags of tables' rows changes; a PDF that is not written as this expects is
an error, and no row is left out.

PDF/UA wants the heading of a row tagged as one. Typst can (`pdf.header-cell`), but only where its
feature `a11y-extras` is on, and the `typst` package has no switch for that: once it has, use it and
take this module away. Objects of a tagged PDF are plain text, one after another.
"""

from __future__ import annotations

import re
from collections import Counter

# Matched at an object's beginning alone: further inside may stand whatever somebody has written.
_ROW = re.compile(rb"\d+ 0 obj\n<</Type/StructElem/S/TR/P \d+ 0 R/K\[([\d R]+)\]>>\n")
_FIRST = re.compile(
    rb"(\d+ 0 obj\n<</Type/StructElem/S/)TD(/P \d+ 0 R)(/A\[<</O/Table)(/Headers\[\((U\d+)x0y0\)\])"
)
_OTHER = re.compile(
    rb"(\d+ 0 obj\n<</Type/StructElem/S/TD/P \d+ 0 R/A\[<</O/Table/Headers\[\(U\d+x\d+y0\))\]"
)
_ROOT = re.compile(rb"\d+ 0 obj\n<</Type/StructTreeRoot/")
_IDS = re.compile(rb"/IDTree<</Names\[((?:\(\w+\)\d+ 0 R)*)\]>>")
_ID = re.compile(rb"\((\w+)\)(\d+) 0 R")


def with_row_headings(pdf: bytes, rows: int) -> bytes:
    """A PDF in which the first cell of each row below a table's head is tagged as its heading.

    rows  how many rows there are; the tables' heads are one row each

    Raises `ValueError` where there are more or fewer, or where the PDF is written otherwise than
    typst 0.15 writes it.
    """
    objects, head, tail = _objects(pdf)
    ids: dict[bytes, int] = {}
    of_table: Counter[bytes] = Counter()
    for row in [_ROW.match(text) for text in objects.values()]:
        cells = [int(one) for one in re.findall(rb"(\d+) 0 R", row[1])] if row else []
        first = _FIRST.match(objects[cells[0]]) if cells else None
        if not first:
            continue
        of_table[first[5]] += 1
        id = b"%sx0y%d" % (first[5], of_table[first[5]])
        ids[id] = cells[0]
        heading = b"%sTH%s/ID(%s)%s/Scope/Row%s" % (first[1], first[2], id, first[3], first[4])
        objects[cells[0]] = heading + objects[cells[0]][first.end() :]
        for cell in cells[1:]:
            other = _OTHER.match(objects[cell])
            if not other:
                raise ValueError("a cell of a table that is not written as typst 0.15 does it")
            objects[cell] = b"%s(%s)]%s" % (other[1], id, objects[cell][other.end() :])
    if len(ids) != rows:
        raise ValueError(f"{len(ids)} rows of tables in the PDF, {rows} in the page")
    if ids:
        _put_ids(objects, ids)
    return _written(objects, head, tail)


def _put_ids(objects: dict[int, bytes], ids: dict[bytes, int]) -> None:
    """Put the new cells among those that can be found by their id."""
    [root] = [n for n, text in objects.items() if _ROOT.match(text)]
    match = _IDS.search(objects[root])
    if not match:
        raise ValueError("tags without ids of cells")
    known = {id: int(number) for id, number in _ID.findall(match[1])} | ids
    names = b"".join(b"(%s)%d 0 R" % pair for pair in sorted(known.items()))
    text = objects[root]
    objects[root] = text[: match.start(1)] + names + text[match.end(1) :]


def _objects(pdf: bytes) -> tuple[dict[int, bytes], bytes, bytes]:
    """Every object by its number, in the order of the file; what stands before, and after them."""
    start = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    table, trailer = pdf[start:].split(b"trailer", 1)
    head, *lines = table.splitlines()[1:]
    if head.split() != [b"0", b"%d" % len(lines)]:
        raise ValueError("a PDF with more than one table of objects")
    used = [n for n, line in enumerate(lines) if line.split()[2] == b"n"]
    places = sorted((int(lines[n].split()[0]), n) for n in used)
    ends = [place for place, _ in places[1:]] + [start]
    made = {n: pdf[place:end] for (place, n), end in zip(places, ends, strict=True)}
    if len(made) + 1 != len(lines) or any(
        not text.startswith(b"%d 0 obj" % n) for n, text in made.items()
    ):
        raise ValueError("a PDF whose objects do not stand where its table says")
    return made, pdf[: places[0][0]], trailer


def _written(objects: dict[int, bytes], head: bytes, tail: bytes) -> bytes:
    """The file again, with the places where the objects stand now."""
    places = {}
    parts = [head]
    at = len(head)
    for number, text in objects.items():
        places[number] = at
        parts.append(text)
        at += len(text)
    lines = [b"%010d 00000 n\r\n" % places[number] for number in sorted(places)]
    parts += [b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(lines) + 1), *lines]
    return b"".join([*parts, b"trailer", re.sub(rb"(startxref\s+)\d+", rb"\g<1>%d" % at, tail)])

"""Form I-247A, in the reader: where its fields stand, and what is written there.

    PDF  ->  pieces  ->  labels found on a page  ->  what stands beside them  ->  Fields

Promise: a value is taken only beside its own label (or from a form field that bears the label as its name); what
could be another field's, or stands in two ways, is `unclear` and has no value. Nothing is guessed, and nothing read
here is a fact before a person confirmed it.

Labels are the few words by which a field is known on the form in use since April 2017; they are facts about its
layout, and its text is not here. Positions are those of the labels found, not of the blank form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pikepdf

from habeas.web.uploads.fields import NAMES, REQUESTS, Field, Fields, Sure
from habeas.web.uploads.limits import FORM_PAGES, VALUE
from habeas.web.uploads.pieces import (
    Leaf,
    Piece,
    Rectangle,
    Turn,
    lines,
    read_pages,
    turned,
    union,
    words,
)

Words = tuple[str, ...]

HEADER: Mapping[str, tuple[Words, ...]] = MappingProxyType(
    {
        "subject_id": (("subject", "id"),),
        "event_number": (("event", "#"), ("event", "no"), ("event", "number")),
        "file_number": (("file", "no"), ("file", "#"), ("file", "number")),
        "date": (("date",),),
        "to": (("to",),),
        "from": (("from",),),
        "name": (("name", "of", "alien"), ("name", "of", "subject")),
        "date_of_birth": (("date", "of", "birth"),),
        "citizenship": (("citizenship",),),
        "sex": (("sex",),),
    }
)
"""Labels that end with a colon and have their value to the right; `to` and `from` below it too."""

PHRASES: Mapping[str, tuple[Words, ...]] = MappingProxyType(
    {
        "box_1": (("has", "determined", "that"),),
        "final_order": (("final", "order", "of", "removal"),),
        "pending_proceedings": (("pendency", "of", "ongoing"),),
        "biometric_check": (("biometric", "confirmation"),),
        "statements": (("statements", "made", "by"),),
        "box_2": (("transferred", "the", "alien"), ("transferred", "the", "subject")),
        "cancel": (("cancel", "the", "detainer"),),
        "notify": (("notify", "dhs", "as", "early"),),
        "hold": (("maintain", "custody", "of", "the"),),
        "pass_on": (("relay", "this", "detainer"),),
        "report": (("notify", "this", "office"),),
    }
)
"""Words that a tick or a request begins with."""

OFFICER = ("name", "and", "title", "of", "immigration", "officer")
"""The caption below the line for whoever signs."""

_SIGNATURE = ("signature", "of", "immigration", "officer")
_NUMBER = re.compile(r"I-?247[A-Z]?")
_TICKED = frozenset({"x", "[x]", "(x)", "✓", "✔", "✗", "✘", "☒", "☑", "\uf0fe", "\uf0fd"})
_EMPTY = frozenset({"☐", "□", "❏", "❑", "[]", "\uf0a8", "\uf06f"})

_BEGINS = 72.0
"""Points from a label in which its value begins: an inch."""

_UNDER = 24.0
"""Points by which a line of a block may begin beside the one above it."""

_APART = 2.5
"""Heights of a letter that part a value from what stands beside it."""

_LEFT = 48.0
"""Points to the left of a sentence in which its box stands."""

_ENOUGH = 3
"""Labels of the header by which a page is known."""


@dataclass(frozen=True, slots=True)
class _Label:
    """A label on a page: which, where, and its line."""

    name: str
    box: Rectangle
    line: int
    start: int
    end: int


def read_form(data: bytes, opened: pikepdf.Pdf) -> tuple[Fields | None, list[str]]:
    """The fields of a form, or None where the PDF is none; and what is told (see `fields.Told`)."""
    leaves = [
        _upright(number, width, height, letters, filled)
        for number, width, height, letters, filled in read_pages(data, opened, FORM_PAGES)
    ]
    told = ["later pages"] if len(opened.pages) > FORM_PAGES else []
    if not any(leaf.lines for leaf in leaves):
        told.append("no text")
        if not any(leaf.filled for leaf in leaves):
            return None, told
    numbers = {_named(word.text) for leaf in leaves for line in leaf.lines for word in line}
    numbers.discard("")
    if numbers and "I-247A" not in numbers:
        return None, [*told, "another form"]
    head = max(leaves, key=lambda leaf: len(list(_headers(leaf))))
    known = {label.name for label in _headers(head)} | {
        name for leaf in leaves for piece in leaf.filled if (name := _called(piece))
    }
    if len(known) < _ENOUGH:
        return None, [*told, "not the form"]
    found = {**_beside(head), **_phrases(leaves)}
    for one in (_form(leaves, numbers), _officer(leaves)):
        if one is not None:
            found[one.name] = one
    found = _by_name(leaves, found)
    return Fields(tuple(found.get(name, Field(name)) for name in NAMES)), told


def _upright(
    number: int, width: float, height: float, letters: list[Piece], filled: list[Piece]
) -> Leaf:
    """The page turned so that its labels can be read; as it is shown where none can."""
    best, most = Leaf(number, width, height, 0), -1
    turns: tuple[Turn, ...] = (0, 1, 2, 3)
    for turn in turns:
        sides = (height, width) if turn % 2 else (width, height)
        leaf = Leaf(number, *sides, turn)
        leaf.lines = lines(words([_turned(one, turn, width, height) for one in letters]))
        leaf.filled = [_turned(one, turn, width, height) for one in filled]
        labels = len(list(_headers(leaf))) + len(list(_matches(leaf, PHRASES, False)))
        if labels > most:
            best, most = leaf, labels
        if labels >= _ENOUGH or not letters:
            break
    return best


def _turned(piece: Piece, turn: Turn, width: float, height: float) -> Piece:
    return Piece(
        piece.text, turned(piece.box, turn, width, height), piece.mark, piece.names, piece.filled
    )


# -- labels ------------------------------------------------------------------------------------------


def _plain(word: str) -> str:
    return word.lower().strip("().,;:-–—•·'’\"“”") or word


def _headers(leaf: Leaf) -> Iterator[_Label]:
    return _matches(leaf, HEADER, True)


def _matches(leaf: Leaf, table: Mapping[str, tuple[Words, ...]], colon: bool) -> Iterator[_Label]:
    """Labels of a page; where two begin at one word, or overlap, the longer one."""
    for number, line in enumerate(leaf.lines):
        plain = [_plain(word.text) for word in line]
        at = 0
        while at < len(line):
            best: _Label | None = None
            for name, choices in table.items():
                for wanted in choices:
                    end = at + len(wanted)
                    if tuple(plain[at:end]) != wanted or (
                        colon and not line[end - 1].text.endswith(":")
                    ):
                        continue
                    if best is None or end > best.end:
                        box = union([word.box for word in line[at:end]])
                        best = _Label(name, box, number, at, end)
            if best is not None:
                yield best
            at = best.end if best is not None else at + 1


def _once(labels: list[_Label]) -> dict[str, list[_Label]]:
    found: dict[str, list[_Label]] = {}
    for one in labels:
        found.setdefault(one.name, []).append(one)
    return found


# -- the header --------------------------------------------------------------------------------------


def _beside(leaf: Leaf) -> dict[str, Field]:
    """Fields whose value stands beside their label."""
    labels = list(_headers(leaf))
    made = {}
    for name, here in _once(labels).items():
        if len(here) > 1:
            made[name] = _field(leaf, name, None, [one.box for one in here], "unclear")
        else:
            made[name] = _value(leaf, here[0], labels)
    return made


def _value(leaf: Leaf, label: _Label, labels: list[_Label]) -> Field:
    block = label.name in ("to", "from")
    region = _region(leaf, label, labels, block)
    inside = _filled(leaf, label, region, block)
    if inside:
        text = "\n".join(one.text for one in inside if one.text)
        if len(inside) > 1 and not block:
            return _field(leaf, label.name, None, [one.box for one in inside], "unclear")
        return _field(leaf, label.name, text or None, [one.box for one in inside])
    high = label.box[3] - label.box[1]
    lines = enumerate(leaf.lines)
    rows = {at: [word for word in line if _within(word.box, region)] for at, line in lines}
    if block:
        kept = _block([row for at, row in rows.items() if row and at >= label.line], label)
    else:
        runs = {at: _run(row, label.box[2], high) for at, row in rows.items()}
        kept = [runs[label.line]] if runs[label.line] else [run for run in runs.values() if run]
    taken = [word for row in kept for word in row]
    if not taken:
        return _field(leaf, label.name, None, [label.box])
    several = len(kept) > 1 and not block
    if several or any(word.text.endswith(":") for word in taken):
        return _field(leaf, label.name, None, [word.box for word in taken], "unclear")
    text = "\n".join(_joined(row) for row in kept if row)
    return _field(leaf, label.name, text, [word.box for word in taken])


def _filled(leaf: Leaf, label: _Label, region: Rectangle, block: bool) -> list[Piece]:
    """Form fields and notes near a label; of a block those that stand close below each other."""
    left, _, right, bottom = label.box
    high = bottom - label.box[1]
    near = [
        one
        for one in leaf.filled
        if one.mark is None
        and _called(one) in (None, label.name)
        and _within(one.box, region, 8)
        and one.box[0] - (left if block else right) <= _BEGINS
    ]
    if not block:
        return near
    kept: list[Piece] = []
    for one in sorted(near, key=lambda piece: piece.box[1]):
        aligned = not kept or abs(one.box[0] - kept[-1].box[0]) <= _UNDER
        if one.box[1] - bottom <= high and aligned:
            kept.append(one)
            bottom = max(bottom, one.box[3])
    return kept


def _region(leaf: Leaf, label: _Label, labels: list[_Label], block: bool) -> Rectangle:
    """Where a label's value may stand: up to the next label to the right, and below."""
    left, top, right, bottom = label.box
    some = (bottom - top) * 0.35
    beside = [one.box[0] for one in labels if one.line == label.line and one.start >= label.end]
    edge = min(beside, default=leaf.width)
    if not block:
        return right - 1, top - some, edge - 1, bottom + some
    below = [one.box[1] for one in labels if one.line > label.line]
    phrases = [one.box[1] for one in _matches(leaf, PHRASES, False) if one.line > label.line]
    return left - 3, top - some, edge - 1, min([*below, *phrases], default=leaf.height)


def _within(box: Rectangle, region: Rectangle, left: float = 0) -> bool:
    """Whether a box begins in a region, or so far to the left of it, and its middle lies there."""
    middle = (box[1] + box[3]) / 2
    return region[0] - left <= box[0] < region[2] and region[1] <= middle < region[3]


def _run(row: list[Piece], start: float, high: float, most: float = _BEGINS) -> list[Piece]:
    """Words from a place on that stand together; none where the first is far from it."""
    kept: list[Piece] = []
    edge = start
    for word in row:
        if word.box[0] - edge > most:
            break
        kept.append(word)
        edge, most = word.box[2], max(high, word.height) * _APART
    return kept


def _block(rows: list[list[Piece]], label: _Label) -> list[list[Piece]]:
    """Lines from a label on, close below and under each other, without a caption in brackets behind it."""
    left, _, right, bottom = label.box
    high = bottom - label.box[1]
    kept: list[list[Piece]] = []
    brackets, captioned = 0, False
    for row in rows:
        beside = row[0].middle < bottom
        words = [word for word in row if not beside or word.box[0] > right - 1]
        run = _run(words, right if beside else left, high, _BEGINS if beside else _UNDER)
        if words and (not run or run[0].box[1] - bottom > high):
            break
        value: list[Piece] = []
        for word in run:
            if not kept and not value and not captioned and (brackets or word.text[0] == "("):
                brackets += word.text.count("(") - word.text.count(")")
                captioned = brackets <= 0
            else:
                value.append(word)
        if run:
            bottom = max(bottom, *(word.box[3] for word in run))
        if value:
            left = value[0].box[0]
            kept.append(value)
    return kept


def _joined(row: list[Piece]) -> str:
    """Words as they were written: no space where there was none."""
    text = ""
    for before, word in zip([None, *row], row, strict=False):
        close = before is not None and word.box[0] - before.box[2] < word.height / 5
        text += word.text if before is None or close else f" {word.text}"
    return text


# -- ticks, requests, officer ------------------------------------------------------------------------


def _phrases(leaves: list[Leaf]) -> dict[str, Field]:
    """Ticks and requests, wherever they stand; the first place counts, unless another says otherwise."""
    made: dict[str, Field] = {}
    for leaf in leaves:
        for label in _matches(leaf, PHRASES, False):
            if label.name in REQUESTS:
                made.setdefault(label.name, _field(leaf, label.name, True, [label.box]))
                continue
            mark, box = _mark(leaf, label)
            left, top, right, bottom = label.box
            there = box or (left - _LEFT, top, right, bottom)
            one = _field(leaf, label.name, mark, [there])
            before = made.setdefault(label.name, one)
            if before.value is not one.value:
                made[label.name] = Field(label.name, None, before.page, before.box, "unclear")
    return made


def _mark(leaf: Leaf, label: _Label) -> tuple[bool | None, Rectangle | None]:
    """Whether the box to the left of a phrase is ticked, and where it is; None where no mark is read."""
    top, bottom, left = label.box[1], label.box[3], label.box[0]
    high = bottom - top
    line = leaf.lines[label.line]
    words = line[: label.start]
    for word in reversed(words):  # to the beginning of the sentence
        if left - word.box[2] > high * _APART or _sign(word) is not None:
            break
        left = word.box[0]

    def beside(piece: Piece) -> bool:
        return (
            abs(piece.middle - (top + bottom) / 2) <= high * 0.55
            and left - _LEFT <= piece.box[2] <= left + 2
        )

    boxes = [one for one in leaf.filled if one.mark is not None and beside(one)]
    if boxes:
        if len(boxes) > 1:
            return None, union([one.box for one in boxes])
        return boxes[0].mark, boxes[0].box
    near = [word for row in leaf.lines for word in row if _sign(word) is not None and beside(word)]
    near += [one for one in leaf.filled if _sign(one) is not None and beside(one)]
    if not near:
        return None, None
    return any(_sign(one) for one in near), union([one.box for one in near])


def _sign(piece: Piece) -> bool | None:
    """Whether a word is a tick, or an empty box; None: neither."""
    text = piece.text.lower()
    return True if text in _TICKED else False if text in _EMPTY else None


def _officer(leaves: list[Leaf]) -> Field | None:
    """What stands on the line above the caption."""
    table = {"officer": (OFFICER,), "signature": (_SIGNATURE,)}
    found = [(leaf, one) for leaf in leaves for one in _matches(leaf, table, False)]
    captions = [(leaf, one) for leaf, one in found if one.name == "officer"]
    if not captions:
        return None
    leaf, label = captions[0]
    if len(captions) > 1:
        return _field(leaf, "officer", None, [label.box], "unclear")
    left, top, _, bottom = label.box
    high = bottom - top
    edge = min(
        (one.box[0] for page, one in found if page is leaf and one.line == label.line and one.start >= label.end),
        default=leaf.width / 2,
    )  # fmt: skip
    region = (left - 30, top - high * 2.2, edge - 1, top + 1)
    inside = [one for one in leaf.filled if one.mark is None and _within(one.box, region)]
    if inside:
        if len(inside) > 1:
            return _field(leaf, "officer", None, [one.box for one in inside], "unclear")
        return _field(leaf, "officer", inside[0].text or None, [inside[0].box])
    above = leaf.lines[label.line - 1] if label.line else []
    row = [word for word in above if _within(word.box, region)]
    run = _run(row, row[0].box[0], high) if row else []
    if not run or len(run) != len([word for word in above if word.box[0] < edge]):
        return _field(leaf, "officer", None, [label.box])
    return _field(leaf, "officer", _joined(run), [word.box for word in run])


# -- form fields by their names ----------------------------------------------------------------------


def _letters(text: str) -> str:
    return "".join(
        one for one in re.sub(r"\[\d+\]$", "", text).lower() if one.isalnum() or one == "#"
    )


_CALLED = {_letters("".join(one)): name for name, choices in HEADER.items() for one in choices} | {
    _letters("".join(OFFICER)): "officer"
}


def _called(piece: Piece) -> str | None:
    """The field whose label a form field bears as its name."""
    found = {_CALLED[one] for one in map(_letters, piece.names) if one in _CALLED}
    return found.pop() if len(found) == 1 and piece.mark is None else None


def _by_name(leaves: list[Leaf], found: dict[str, Field]) -> dict[str, Field]:
    """Fields that bear their label as a name go first, unless their place says something else."""
    made = dict(found)
    named: dict[str, list[tuple[Leaf, Piece]]] = {}
    for leaf in leaves:
        for piece in leaf.filled:
            if name := _called(piece):
                named.setdefault(name, []).append((leaf, piece))
    for name, pieces in named.items():
        leaf, piece = pieces[0]
        there = found.get(name)
        same = len({one.text for _, one in pieces}) == 1
        agrees = there is None or there.value is None or there.value == piece.text
        sure: Sure = "field name" if same and agrees else "unclear"
        made[name] = _field(
            leaf, name, (piece.text or None) if sure != "unclear" else None, [piece.box], sure
        )
    return made


def _named(word: str) -> str:
    """The number of a form, in a word."""
    match = _NUMBER.fullmatch(word.strip("().,;:"))
    return match[0].replace("I247", "I-247") if match else ""


def _form(leaves: list[Leaf], numbers: set[str]) -> Field | None:
    for leaf in leaves:
        for line in leaf.lines:
            for word in line:
                if _named(word.text) == "I-247A":
                    clear = numbers == {"I-247A"}
                    return _field(
                        leaf,
                        "form",
                        "I-247A" if clear else None,
                        [word.box],
                        "label" if clear else "unclear",
                    )
    return None


def _field(
    leaf: Leaf, name: str, value: str | bool | None, boxes: list[Rectangle], sure: Sure = "label"
) -> Field:
    """A field at its place; a value that is too long is not one of this form."""
    if isinstance(value, str) and len(value) > VALUE:
        value, sure = None, "unclear"
    return Field(name, value, leaf.number, leaf.shown(union(boxes)), sure)

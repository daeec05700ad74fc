"""Fills the tables of `docs/lint-findings.md` with what lint finds in the shipped law.

    docs/lint-findings.md, every place  ->  page  ->  the same text, its tables anew

    <!-- lint: conflict; us/court-process#process -->     findings of this kind about (one of) these blocks
    | … |                                                  written here
    <!-- end -->

Promise: every finding stands under one heading, which says what we think of it; `ValueError` where one
does not, or where a heading has nothing left to speak of.
"""

from __future__ import annotations

import re
from functools import lru_cache

from habeas.cli.linting import grouped
from habeas.decisions.laws import read_laws
from habeas.proofs.lint import lint
from habeas.proofs.lint_finding import KINDS, Finding
from habeas.proofs.prove import stretches
from tests.conftest import ROOT

PATH = ROOT / "docs" / "lint-findings.md"
_TABLE = re.compile(r"(<!-- lint: ([^;]+?)(?:; (.+?))? -->\n).*?(<!-- end -->)", re.S)

Told = dict[tuple[str, tuple[str, ...], tuple[str, ...]], dict[str, tuple[str, ...]]]
"""Kind, blocks, items -> place -> the blocks that a proof rests on."""


def page() -> str:
    """The page as it should be."""
    return filled(PATH.read_text(encoding="utf-8"), shipped())


@lru_cache
def shipped() -> tuple[tuple[str, Finding], ...]:
    """Place and finding, of every place's law after the last change that its packs know."""
    book = read_laws()
    made = [(place, lint(book, stretches(book, place)[-1])) for place in book.places()]
    if any(one.unsettled for _, one in made):
        raise ValueError("lint did not settle everything in time")
    return tuple((place, finding) for place, one in made for finding in one.findings)


def filled(text: str, findings: tuple[tuple[str, Finding], ...]) -> str:
    """A page whose tables are written anew."""
    left: Told = {}
    for place, one in findings:
        key = (one.kind, tuple(block.id for block in one.blocks), one.items)
        left.setdefault(key, {})[place] = tuple(block.id for block in one.because)

    def table(match: re.Match[str]) -> str:
        kind, named = match[2], [one for one in (match[3] or "").split(", ") if one]
        if kind not in KINDS:
            raise ValueError(f"`{kind}` is no kind of finding")
        mine = [key for key in left if key[0] == kind and (not named or {*key[1]} & {*named})]
        if not mine:
            raise ValueError(f"lint finds nothing for `{match[1].strip()}`: take the section out")
        return match[1] + _rows({key: left.pop(key) for key in mine}) + match[4]

    made = _TABLE.sub(table, text)
    if left:
        missing = "; ".join(f"{kind}: {', '.join(blocks)}" for kind, blocks, _ in left)
        raise ValueError(f"docs/lint-findings.md says nothing of what lint finds: {missing}")
    return made


def _rows(told: Told) -> str:
    """A row for each pair, block or provision, with items and places."""
    vocabulary = read_laws().vocabulary
    rests = any(because for where in told.values() for because in where.values())
    rows = [("blocks", "for", "in", *(["rests on"] if rests else []))]
    rows.append(("---",) * len(rows[0]))
    for (_, blocks, items), where in sorted(told.items(), key=lambda one: one[0][1]):
        because = sorted({block for found in where.values() for block in found})
        cells = [blocks, grouped(items, vocabulary) or ("-",), tuple(where)]
        cells += [because] if rests else []
        rows.append(tuple(", ".join(f"`{one}`" if one != "-" else one for one in c) for c in cells))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)

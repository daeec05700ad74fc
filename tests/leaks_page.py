"""Fills the tables of `docs/leak-findings.md` with what gives what away in the shipped law.

    docs/leak-findings.md, every stretch of law  ->  page  ->  the same text, its tables anew

    <!-- leaks: release_date gives away custody_status, … -->     where these leak, alike facts
    <!-- leaks: apart -->                                         what leaks only with unlike facts
    <!-- leaks: none -->                                          what is proved not to leak
    | … |                                                         written here
    <!-- end -->

Promise: every derivation stands under one heading; `ValueError` where one does not, or where a heading
has nothing left to speak of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from habeas.decisions.laws import read_laws
from habeas.proofs.leaks import Leaks, leaks
from tests.conftest import ROOT

PATH = ROOT / "docs" / "leak-findings.md"
_TABLE = re.compile(r"(<!-- leaks: (.+?) -->\n).*?(<!-- end -->)", re.S)
_HOW = {
    "forbidden": "forbidden",
    "no authority": "not ordered, not allowed",
    "conflict": "referred",
}


def page() -> str:
    """The page as it should be."""
    return filled(PATH.read_text(encoding="utf-8"), shipped())


@lru_cache
def shipped() -> Leaks:
    """The leaks of the shipped law, on all days."""
    found = leaks(read_laws())
    if found.not_proved:
        raise ValueError("not everything was settled in time")
    return found


def filled(text: str, found: Leaks) -> str:
    """A page whose tables are written anew."""
    alike = {str(one.derivation) for one in found.leaks if one.case.alike}
    left = [str(one) for one in found.derivations]
    proved = {str(one) for one in found.proved}
    kinds = {"apart": {*left} - alike - proved, "none": proved}

    def table(match: re.Match[str]) -> str:
        named = [one.strip() for one in match[2].split(",")]
        kind = kinds.get(match[2])
        wanted = [one for one in left if one in (named if kind is None else kind)]
        if not wanted or (kind is None and not alike >= {*named}):
            raise ValueError(f"there is nothing for `{match[1].strip()}`: take the section out")
        for one in wanted:
            left.remove(one)
        rows = _where(found, wanted) if kind is None else _list(wanted)
        return match[1] + "".join(f"| {' | '.join(row)} |\n" for row in rows) + match[3]

    made = _TABLE.sub(table, text)
    if left:
        raise ValueError(f"docs/leak-findings.md says nothing of: {'; '.join(left)}")
    return made


def _list(wanted: Iterable[str]) -> list[tuple[str, ...]]:
    return [("derivation",), ("---",), *((one,) for one in wanted)]


def _where(found: Leaks, wanted: list[str]) -> list[tuple[str, ...]]:
    """A row for each place: since when, and what the item is there."""
    rows: list[tuple[str, ...]] = [
        ("derivation", "in", "first", "what it gives away is"),
        ("---",) * 4,
    ]
    for name in wanted:
        first: dict[tuple[str, str], date] = {}
        for one in found.leaks:
            if str(one.derivation) == name and one.case.alike:
                how = _HOW[one.case.bases[one.derivation.item]]
                key = (one.stretch.place, how)
                first[key] = min(one.stretch.start, first.get(key, date.max))
        rows += [
            (name, f"`{place}`", "always" if day == date.min else day.isoformat(), how)
            for (place, how), day in sorted(first.items())
        ]
    return rows

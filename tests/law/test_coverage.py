"""`docs/law-coverage*.md` against the packs."""

import re

import pytest

import habeas
from tests.conftest import ROOT

BOOK = habeas.read_laws()
PAGES = sorted((ROOT / "docs").glob("law-coverage*.md"))
KINDS = ("not operative", "judgement", "not known")


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if not re.fullmatch(r"\|[\s|:-]+\|", line)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_id_is_a_block_or_a_provision(page):
    named = re.findall(r"`(us[a-z-]*/[A-Za-z0-9._-]+#[A-Za-z0-9._-]+)`", page.read_text())
    known = {
        b.id
        for pack in BOOK.packs.values()
        for p in pack.provisions
        for b in p.blocks
        if hasattr(b, "id")
    }
    known |= {p.id for pack in BOOK.packs.values() for p in pack.provisions}
    assert named, "the page names blocks"
    assert [one for one in named if one not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_statement_has_a_place_or_says_why_not(page):
    table = [row for row in rows(page.read_text()) if row[0] not in ("statement", "")]
    lost = [
        row
        for row in table
        if len(row) >= 3
        and "#" not in row[1]
        and not any(kind in " ".join(row[1:]) for kind in KINDS)
        and "/" not in row[1]
    ]
    assert lost == []


def test_every_page_says_that_nothing_is_checked():
    assert len(PAGES) == 2
    for page in PAGES:
        assert "unchecked" in page.read_text()

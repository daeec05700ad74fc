"""`docs/law-coverage*.md` against the packs."""

import re

import pytest

import habeas
from tests.conftest import ROOT

BOOK = habeas.read_laws()
PAGES = sorted((ROOT / "docs").glob("law-coverage*.md"))
KINDS = ("not operative", "judgement", "not known")


def statements(text: str) -> list[list[str]]:
    """The rows of the tables whose first column is `statement`; bold rows are headings."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == "statement":
            inside = True
        elif inside and not re.fullmatch(r"[-:\s]*|\*\*.*\*\*", cells[0]):
            found.append(cells)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_id_is_a_block_or_a_provision(page):
    named = re.findall(r"`(us[a-z-]*/[A-Za-z0-9._-]+#[A-Za-z0-9._-]+)`", page.read_text())
    known = {b.id for p in BOOK.provisions() for b in (p, *p.blocks) if hasattr(b, "id")}
    assert named, "the page names blocks"
    assert [one for one in named if one not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_statement_has_a_place_or_says_why_not(page):
    table = statements(page.read_text())
    lost = [row for row in table if not _placed(" ".join(row[1:]))]
    assert len(table) > 20
    assert lost == []


def _placed(text: str) -> bool:
    """A block, a pack or a file of law, or one of the reasons for having none."""
    files = re.findall(r"`(us[a-z-]*/[a-z0-9.-]+)[`#]", text)
    here = [one for one in files if one in BOOK.packs or one in BOOK.files]
    return bool(here) or any(kind in text for kind in KINDS)


def test_every_page_says_that_nothing_is_checked():
    assert len(PAGES) == 2
    for page in PAGES:
        assert "unchecked" in page.read_text()

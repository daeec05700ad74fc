"""The page on what gives what away says something of every derivation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import leaks_page

ONE = "<!-- leaks: hold gives away custody_status -->\nold\n<!-- end -->\n"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")


def test_the_page_is_as_it_should_be() -> None:
    assert leaks_page.PATH.read_text(encoding="utf-8") == leaks_page.page()


def test_a_table_is_written_anew() -> None:
    found = leaks_page.shipped()
    one = next(one for one in found.derivations if str(one) == "hold gives away custody_status")
    made = leaks_page.filled(f"# Page\n\n{ONE}\nmore\n", replace(found, derivations=(one,)))
    assert "\nold\n" not in made
    assert (
        "| hold gives away custody_status | `us-tx` | 2017-09-25 | not ordered, not allowed |\n"
        in made
    )
    assert made.endswith("<!-- end -->\n\nmore\n")


def test_a_derivation_that_nothing_is_said_of_is_refused() -> None:
    with pytest.raises(ValueError, match="says nothing of: release_details gives away"):
        leaks_page.filled(ONE, leaks_page.shipped())


def test_a_section_that_speaks_of_nothing_any_more_is_refused() -> None:
    found = leaks_page.shipped()
    with pytest.raises(ValueError, match="there is nothing for `<!-- leaks: hold gives away"):
        leaks_page.filled(ONE, replace(found, leaks=()))
    with pytest.raises(ValueError, match="there is nothing for `<!-- leaks: none -->`"):
        leaks_page.filled("<!-- leaks: none -->\n<!-- end -->\n", found)

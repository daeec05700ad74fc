"""The page on what lint finds in the shipped law says something of every finding."""

from __future__ import annotations

import pytest

import habeas
from habeas.proofs.lint import lint_all
from tests import lint_page

ONE = "<!-- lint: contested -->\nold\n<!-- end -->\n"


def test_a_table_is_written_anew() -> None:
    shipped = tuple(one for one in lint_page.shipped() if one[1].kind == "contested")
    made = lint_page.filled(f"# Page\n\n{ONE}\nmore\n", shipped)
    assert made.startswith(
        "# Page\n\n<!-- lint: contested -->\n| blocks | for | in |\n| --- | --- | --- |\n"
        "| `us-ca/values-act#7282.5-a6-person` | `release_date`, `transfer` | `us-ca`, `us-ca-sf` |\n"
    )
    assert made.endswith("<!-- end -->\n\nmore\n")


def test_a_finding_that_nothing_is_said_of_is_refused() -> None:
    with pytest.raises(ValueError, match=r"says nothing of what lint finds: .*conflict: us-ca"):
        lint_page.filled(ONE, lint_page.shipped())


def test_a_section_that_speaks_of_nothing_any_more_is_refused() -> None:
    with pytest.raises(ValueError, match="lint finds nothing for `<!-- lint: contested -->`"):
        lint_page.filled(ONE, ())
    with pytest.raises(ValueError, match="`contestation` is no kind of finding"):
        lint_page.filled(ONE.replace("contested", "contestation"), lint_page.shipped())


@pytest.mark.slow
def test_what_the_page_says_is_not_found_is_found_on_no_day() -> None:
    book = habeas.read_laws()
    for place in book.places():
        kinds = {one.kind for one in lint_all(book, place).findings}
        assert not kinds & {"dead", "swallowed", "no authority", "one outcome", "definition"}


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

"""The page on security controls names tests that there are, and a state for each row."""

from __future__ import annotations

import re

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][2:]
STATES = ("tested", "in part", "not met", "office's duty", "not applicable")


def test_every_row_has_a_state_and_whatever_is_tested_names_its_test() -> None:
    assert len(ROWS) == 21
    for row in ROWS:
        assert row[2] in STATES, row[0]
        if row[2] == "tested":
            assert "`tests/" in row[3], row[0]


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", PAGE))
    assert len(named) > 25
    for one in named:
        path, _, name = one.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, one

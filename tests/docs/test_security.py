"""The pages on security controls name tests and chapters that there are, each row once, with a state that it may have."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from habeas.web.accounts.roles import MAY
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ASVS = (ROOT / "docs" / "security-asvs.md").read_text(encoding="utf-8")
CASEWORK = (ROOT / "docs" / "casework.md").read_text(encoding="utf-8")
LIST = "data/security/owasp-asvs-5.0.json"
STATES = ("tested", "in part", "not met", "office's duty", "not applicable", "documented")
MORE = {"2.3.5", "7.5.3", "8.3.2", "16.3.2"}
"""Of level 3, which the project wants too (the last one is of level 2 and 3)."""


def rows(text: str) -> list[list[str]]:
    """The cells of every row of a page's tables, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[one.strip() for one in line.strip("|").split(" | ")] for line in lines]
    return [
        row
        for at, row in enumerate(cells)
        if not set("".join(row)) <= set("-| ")
        and not (at + 1 < len(cells) and set("".join(cells[at + 1])) <= set("-| "))
    ]


CONTROLS = rows(PAGE.partition("## Keys")[0])
NUMBERED = rows(ASVS)


def test_every_control_has_a_state_and_whatever_is_tested_names_its_test() -> None:
    assert len(CONTROLS) == 21
    for row in CONTROLS:
        assert row[2] in STATES, row[0]
        if row[2] == "tested":
            assert "`tests/" in row[3], row[0]


def test_every_row_of_asvs_has_a_state_and_what_it_rests_on() -> None:
    for number, about, state, why in NUMBERED:
        assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", number) and about and why, number
        assert state in STATES, number
        if state == "tested":
            assert "`tests/" in why and "::" in why, number
        if state == "documented":
            assert re.search(r"`(docs/|/api/)", why), number


def test_the_rows_are_in_order_and_none_is_there_twice() -> None:
    numbers = [tuple(map(int, row[0].split("."))) for row in NUMBERED]
    assert numbers == sorted(set(numbers))
    chapters = re.findall(r"^## V([0-9]+) ", ASVS, re.M)
    assert list(map(int, chapters)) == sorted({one[0] for one in numbers})


def test_every_row_of_level_1_and_2_is_there_and_no_sentence_of_the_standard(shared: Path) -> None:
    listed = json.loads((shared / LIST).read_text(encoding="utf-8"))["requirements"]
    wanted = {
        one["req_id"].removeprefix("V")
        for one in listed
        if one["L"] in ("1", "2") or one["req_id"].removeprefix("V") in MORE
    }
    assert {row[0] for row in NUMBERED} == wanted
    said = re.sub(r"[^a-z]+", " ", ASVS.lower())
    for one in listed:
        words = re.sub(r"[^a-z]+", " ", one["req_description"].lower()).split()
        for at in range(len(words) - 7):
            assert " ".join(words[at : at + 8]) not in said, one["req_id"]


def test_the_counts_of_the_text_are_right() -> None:
    states = Counter(row[2] for row in NUMBERED)
    said = re.search(
        r"Of (\d+) rows, (\d+) are tested, (\d+) documented, (\d+) met in part, (\d+) the office's duty, "
        r"(\d+) not met and (\d+) not applicable",
        ASVS,
    )
    assert said is not None
    order = ("tested", "documented", "in part", "office's duty", "not met", "not applicable")
    assert [*map(int, said.groups())] == [len(NUMBERED), *(states[one] for one in order)]
    assert "of level 1 and 2 of OWASP ASVS 5.0 (253)" in ASVS and len(NUMBERED) == 256


@pytest.mark.parametrize("page", [PAGE, ASVS], ids=["security.md", "security-asvs.md"])
def test_every_test_that_is_named_is_there(page: str) -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", page))
    assert len(named) > 25
    for one in named:
        path, _, name = one.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, one


def test_every_page_and_chapter_that_is_named_is_there() -> None:
    named = re.findall(r"`(docs/[a-z.-]+)`(?:, \*([^*]+)\*)?(?: and \*([^*]+)\*)?", ASVS)
    assert len(named) > 10
    for path, *chapters in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        for chapter in filter(None, chapters):
            there = f"\n## {chapter}\n" in text or f"\n**{chapter}.** " in text
            assert there, f"{path}: {chapter}"


def test_the_page_says_who_may_do_what() -> None:
    table = CASEWORK.partition("## Who may do what\n")[2].partition("\n## ")[0]
    assert rows(table) == [[act.value, ", ".join(sorted(MAY[act]))] for act in MAY]

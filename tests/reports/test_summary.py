"""The rows of the command line: the table's numbers, and what settles most of them."""

from __future__ import annotations

from collections import Counter

import pytest

from habeas.decisions.laws import read_laws
from habeas.errors import Place
from habeas.law.blocks import Pack, Provision
from habeas.law.facts import Said
from habeas.reports import summary_rows
from habeas.reports.words import day, does, listed, said, several, short_citation
from tests.reports import small


def test_a_row_an_item_with_the_counts_of_the_table() -> None:
    answer = small.answer()
    counted = Counter((row["item"], row["verdict"]) for row in answer.decisions.table().to_pylist())
    rows = summary_rows(answer)
    assert [row.item for row in rows] == list(small.ITEMS)
    for row in rows:
        assert (row.grant, row.refer, row.deny) == tuple(
            counted[row.item, verdict] for verdict in ("grant", "refer", "deny")
        )


def test_a_row_names_what_settles_most_of_its_decisions() -> None:
    rows = {row.item: row for row in summary_rows(small.answer())}
    assert rows["name"][4:] == ("9 USC § 1", "grant", "permitted")
    assert rows["photograph"][4:] == ("9 USC § 2", "refer", "conflict")
    assert rows["name"].to_json() == {
        "item": "name", "grant": 3, "refer": 0, "deny": 0,
        "settled_by": "9 USC § 1", "verdict": "grant", "basis": "permitted",
    }  # fmt: skip


CITED = """
§ 7284.6(a)(1)(D) Personal information | Gov. Code §§ 7282.5, 7284 | Gov. Code § 7284.6(a)(1)(D)
§ 13300(b), §§ 13320–13324 Own | Pen. Code §§ 13300–13326 | Pen. Code § 13300(b), §§ 13320–13324
8 USC § 1373(a), (b)(1) Sending status | 8 USC §§ 1373, 1644 | 8 USC § 1373(a), (b)(1)
RCW 10.93.160(7)–(8) No hold | RCW 10.93.160 | RCW 10.93.160(7)–(8)
Art. 2A.060 Detainers | Tex. Code art. 2A.060 (once 2.251) | Tex. Code art. 2A.060
§ 12H.2 No information | S.F. Admin. Code ch. 12H | S.F. Admin. Code § 12H.2
The duty to obey | Fed. R. Crim. P. 6 | The duty to obey (Court process)
"""


@pytest.mark.parametrize("line", CITED.strip().splitlines(), ids=lambda line: line.split(" | ")[0])
def test_a_short_citation_is_code_and_section(line: str) -> None:
    heading, citation, short = (part.strip() for part in line.split("|"))
    pack = Pack("us/x", "Court process", citation, "us", "federal", "", "us/x.md")
    assert short_citation(Provision("us/x#1", heading, Place("us/x.md"), pack)) == short


def test_every_shipped_provision_has_a_short_citation() -> None:
    for pack in read_laws().packs.values():
        for provision in pack.provisions:
            assert 5 < len(short_citation(provision)) < 90


def test_words_read_as_people_write_them() -> None:
    assert day(small.DAY) == "18 July 2025" and day("promptly") == "promptly"
    assert listed("abc") == "a, b and c" and listed([]) == ""
    assert several(1, "person", "people") == "1 person" and several(1200, "item") == "1,200 items"
    assert (
        said((Said("records"), Said("counsel", small.DAY)))
        == "the records and counsel (18 July 2025)"
    )
    assert does("forbid", "deny", "forbidden") == "forbids it"
    assert (
        does("forbid", "deny", "no authority")
        == "forbids it in some of the cases that are possible"
    )
    assert does("permit", "refer", "unconfirmed") == "would allow it, if it applies"

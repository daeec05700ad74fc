"""The first lines of an answer: who asked, what is answered, and what is still to be chosen."""

from __future__ import annotations

from typing import Any

import pytest

from habeas.law.book import Check
from habeas.law.facts import Facts, Said
from habeas.reports import Answer, report_html
from habeas.reports.brief import BriefLine, BriefView, brief_view
from habeas.reports.counts import count
from tests.reports import small
from tests.reports.page import Page


def brief(answer: Answer) -> BriefView:
    return brief_view(answer, count(answer))


def short(answers: list[Answer]) -> str:
    """What stands above the contents, on one line."""
    page = Page(report_html(answers, answers[0].heading))
    return " ".join(page.text.partition("\nContents\n")[0].split())


def test_every_item_stands_in_one_line_with_its_answer() -> None:
    assert brief(small.answer()).lines == (
        BriefLine(
            "grant", "Allowed", "for everybody", "name",
            "Nothing orders it: somebody with the authority has to choose.",
        ),
        BriefLine(
            "", "It depends", "on the person",
            "charges, visitors and hold (each grant 1, refer 1 and deny 1)", "",
        ),
        BriefLine(
            "refer", "Not yet", "for anybody", "photograph, release date and court dates",
            "Somebody has to answer or decide first.",
        ),
        BriefLine("deny", "No", "for everybody", "medical", ""),
    )  # fmt: skip


def test_about_one_person_nobody_else_is_spoken_of() -> None:
    lines = brief(small.answer(small.request(people=("=ada",)))).lines
    assert [(one.answer, one.whom) for one in lines] == [
        ("Allowed", ""),
        ("Not yet", ""),
        ("No", ""),
    ]
    assert lines[0].items == "name, charges, visitors and hold"


def test_what_is_ordered_and_what_is_only_allowed_are_told_apart() -> None:
    law = small.law()
    ordered = small.answer(small.request(items=("photograph",)))
    way = ordered.decisions.answers.to_pylist()
    assert {one["basis"] for one in way} == {"conflict"}
    for bases, answer, more in (
        ({"required"}, "Yes", "The law orders it."),
        ({"permitted"}, "Allowed", "Nothing orders it"),
        ({"required", "permitted"}, "Yes", "For some the law orders it; for others"),
    ):
        counts = count(ordered)
        settled = tuple(
            counts.settled[0]._replace(verdict="grant", basis=basis, decisions=3 // len(bases))
            for basis in sorted(bases)
        )
        items = (counts.items[0]._replace(grant=3, refer=0),)
        made = type(counts)(3, items, settled, (), (), ())
        [line] = brief_view(Answer(law, ordered.request, ordered.decisions, small.DAY), made).lines
        assert line.answer == answer and line.more.startswith(more)


@pytest.mark.parametrize(
    ("changes", "choice"),
    [
        ({}, ""),
        ({"selects_on": ("name",)}, "Nothing orders name to be told: unless somebody"),
        (
            {"selects_on": ("name",), "items": ("charges", "medical")},
            "Name may be told, but was not asked for by itself",
        ),
        ({"selects_on": ("medical",)}, ""),
    ],
    ids=["not chosen", "a may", "not asked for", "withheld, so nothing is a yes"],
)
def test_what_people_are_chosen_by_has_to_be_chosen_first(
    changes: dict[str, Any], choice: str
) -> None:
    made = brief(small.answer(small.request(**changes))).choice
    assert choice in made
    assert bool(made) == bool(choice)


def test_who_asks_what_for_is_said_and_marked_where_nobody_confirmed_it() -> None:
    text = short([small.answer()])
    assert "A <University> not confirmed asked on 17 July 2025 for name, charges," in text
    assert "about everybody in the records (3 people). The purpose is research." in text
    assert "Decided by the federal law that stood in us on 18 July 2025." in text
    assert "3 people and 8 items make 24 decisions: 6 grant (yes), 12 refer (not yet)" in text
    alone = Facts({"purpose": "research"}, sources={"purpose": (Said("requester"),)})
    text = short([small.answer(small.request(facts=alone))])
    assert "Somebody who is not named asked for name," in text
    assert "The purpose is research not confirmed." in text
    assert "The purpose is not known." in short([small.answer(small.request(facts=Facts()))])


def test_of_several_answers_each_is_told_and_the_heading_says_how_many_more() -> None:
    two = [small.answer(), small.answer(small.request(id="study-2", title="Another"))]
    page = Page(report_html(two, "A study"))
    assert page.headings[0] == (1, "A study, and 1 other request")
    links = [attrs["href"] for attrs in page.all("a")]
    assert links[1:3] == ["#answer-1", "#answer-1-open"] and "#answer-2" in links[:4]
    assert Page(report_html(two, "Two studies")).headings[0] == (1, "Two studies")


def test_what_is_unchecked_is_said_before_anything_else() -> None:
    law = small.law()
    provisions = list(law.book.provisions_of("us"))
    assert "Nobody has checked our readings of this law" in short([small.answer()])
    law.book.checks.update(
        {
            (p.id, p.sha256): Check(p.id, p.sha256, "R. Roe", "2025-06-01", "the official code")
            for p in provisions[1:]
        }
    )
    try:
        some = short([small.answer()])
        p = provisions[0]
        law.book.checks[p.id, p.sha256] = Check(p.id, p.sha256, "R. Roe", "2025-06-01", "it")
        none = short([small.answer()])
    finally:
        law.book.checks.clear()
    assert "1 of our 9 readings of this law is unchecked: nobody has held it against" in some
    assert "unchecked" not in none and "Nobody has checked" not in none


def test_of_nobody_there_is_nothing_to_tell() -> None:
    empty = small.answer(small.request(people=()))
    assert brief(empty).lines == ()
    assert "There was nobody to decide about." in short([empty])

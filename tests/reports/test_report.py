"""The page: sound, safe, the same numbers as the table, and nothing of the records."""

from __future__ import annotations

import os
import re
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

import habeas
from habeas.decisions.decide import Law
from habeas.decisions.laws import read_law
from habeas.law.book import Check
from habeas.law.facts import Facts, Said, Value
from habeas.records.records import Batch, Notes, Records
from habeas.records.request import Request, read_request
from habeas.reports import Answer, answer_of, report_html, summary_rows
from habeas.reports.reading import first_paragraph, line, reading
from habeas.reports.report import web
from tests.conftest import ROOT
from tests.reports import small
from tests.reports.page import Page

GOLDEN = small.FOLDER.parent / "small-report.txt"
LOOKED_AT = "What these rules look at: visitors, person =ada"
NASTY = "<img src=x onerror=alert(1)>\"'&</style><script>alert(2)</script>{{ 7 * 7 }}"


def explained() -> Answer:
    why = (small.explanation("=ada", "visitors"), small.explanation("ben", "hold"))
    return small.answer(explained=why, intro="Three people, one study.")


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(report_html([explained()], "A report"))


@pytest.fixture(scope="module")
def shipped() -> Page:
    """The shipped law of San Francisco; all data asked for about people of whom little is known."""
    law = read_law("us-ca-sf")
    facts = Facts(
        {
            "purpose": "immigration enforcement",
            "received_on": date(2025, 7, 17),
            "instrument": "records request",
            "requester_kind": "immigration authority",
            "requester_level": "federal",
        },
        sources={"purpose": (Said("counsel"),), "requester_level": (Said("requester"),)},
    )
    items = tuple(name for name, word in law.book.vocabulary.items.items() if word.kind == "data")
    request = small.request(id="everything", facts=facts, items=items)
    return Page(report_html([_decided(law, request)], "Everything"))


def _decided(law: Law, request: Request) -> Answer:
    known = {"conviction": [True, True], "charge": [True, True]}
    facts: dict[str, list[Value | None]] = {"minor": [True, None]}
    people = Records.of(Batch(["1", "2"], facts, {}, [], {}, known, [frozenset()] * 2, Notes()))
    return answer_of(law, request, people, small.DAY)


# -- sound ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["page", "shipped"])
def test_the_page_is_sound(which: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(which)
    assert page.problems == []
    assert page.html.startswith('<!DOCTYPE html>\n<html lang="en">')
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert [id for id, n in Counter(ids).items() if n > 1] == []
    wanted = [a["href"][1:] for a in page.all("a") if (a["href"] or "").startswith("#")]  # type: ignore[index]
    for _, attrs in page.elements:
        wanted += (attrs.get("aria-labelledby") or "").split()
    assert [id for id in wanted if id not in ids] == []
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_and_charts_say_what_they_are(page: Page) -> None:
    captions = [attrs for attrs in page.all("caption") if attrs.get("id")]
    assert len(captions) == len(page.all("table")) == len(page.tables) > 8
    assert all(attrs.get("scope") in ("row", "col") for attrs in page.all("th"))
    regions = [a for a in page.all("div") if a.get("class") == "scroll"]
    assert len(regions) == len(captions)
    assert all(a["tabindex"] == "0" and a["aria-labelledby"] for a in regions)
    charts = [a for a in page.all("svg") if a.get("class") == "chart"]
    assert len(charts) == 1
    assert charts[0]["role"] == "img"
    assert len(page.all("desc")) == 1
    assert all(a.get("role") == "img" or a.get("aria-hidden") == "true" for a in page.all("svg"))


@pytest.mark.parametrize("which", ["page", "shipped"])
def test_the_page_needs_nothing_but_itself(which: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(which)
    assert page.all("script", "link", "img", "iframe", "object", "embed", "form", "base") == []
    for tag, attrs in page.elements:
        assert not {"src", "srcset", "style", "background", "action", "data"} & set(attrs), tag
        assert not any(name.startswith("on") for name in attrs), tag
        for name, value in attrs.items():
            if name != "content":
                assert "http" not in (value or "") or (tag, name) == ("a", "href")
    style = re.search(r"<style>(.*?)</style>", page.html, re.DOTALL)
    assert style
    assert "@import" not in style[1] and "://" not in style[1]
    assert set(re.findall(r"url\(([^)]*)\)", style[1])) == {"#pattern-grant", "#pattern-refer"}
    assert "default-src 'none'" in page.html


def test_the_same_answers_make_the_same_page() -> None:
    assert report_html([explained()], "A report") == report_html([explained()], "A report")


def test_the_page_of_nobody_is_sound() -> None:
    empty = small.answer(small.request(people=()))
    page = Page(report_html([empty], "Nobody"))
    assert page.problems == []
    assert "There was nobody to decide about." in page.text
    assert summary_rows(empty)[0] == ("name", 0, 0, 0, "", "", "")


def test_two_answers_are_two_sections_and_one_law() -> None:
    two = [explained(), small.answer(small.request(id="study-2", title="Another"))]
    html = report_html(two, "Two")
    assert [text for level, text in Page(html).headings if level == 2][:5] == [
        "In short", "Contents", "A study", "Another", "The law that was applied",
    ]  # fmt: skip
    assert html.count("Digest of this law") == 1


# -- safe -----------------------------------------------------------------------------------------


def test_whatever_is_written_in_is_shown_and_not_run() -> None:
    facts = Facts({"requester": NASTY}, sources={"requester": (Said("requester"),)})
    why = small.explanation("=ada", "visitors")
    why = type(why)(why.decision._replace(person=NASTY), NASTY, (), (), (), ())
    nasty = small.answer(
        small.request(facts=facts, id=NASTY, linked=(NASTY,)),
        title=NASTY,
        intro=NASTY,
        explained=(why,),
    )
    page = Page(report_html([nasty], NASTY))
    assert page.problems == []
    assert page.all("script", "img") == []
    assert page.text.count(NASTY.replace("\n", " ")) >= 8


def test_a_reading_has_no_html_no_picture_and_no_heading() -> None:
    text = "One *word*, <b>bold</b> <script>x</script>\nand more.\n\n# Two\n\n"
    text += "![p](https://a.example/p.png) [l](javascript:x)"
    made = str(reading(text))
    assert "<em>word</em>" in made and "&lt;script&gt;" in made
    assert not any(tag in made for tag in ("<script", "<b>", "<img", "<h1", 'href="javascript'))
    assert first_paragraph(text) == "One *word*, <b>bold</b> <script>x</script> and more."
    assert str(line("`a` <i>")) == "<code>a</code> &lt;i&gt;"


def test_an_address_that_is_no_page_is_not_linked() -> None:
    assert web("https://a.example/") and web("http://a.example/")
    assert not web("javascript:alert(1)") and not web("data:text/html,x") and not web("")


# -- the same numbers -----------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_table(page: Page) -> None:
    table = explained().decisions.table().to_pylist()
    counted = Counter((row["item"], row["verdict"]) for row in table)
    shown = page.tables["Decisions by item and verdict"]
    assert shown[0] == ["Item", "grant", "refer", "deny"]
    assert shown[1:-1] == [
        [item.replace("_", " "), *(str(counted[item, v]) for v in ("grant", "refer", "deny"))]
        for item in small.ITEMS
    ]
    totals = [sum(n for (_, v), n in counted.items() if v == w) for w in ("grant", "refer", "deny")]
    assert shown[-1] == ["all items", *map(str, totals)]
    for item in small.ITEMS:
        label = " · ".join(
            f"{v} {counted[item, v]}" for v in ("grant", "refer", "deny") if counted[item, v]
        )
        assert f"{item.replace('_', ' ')}\n{label}\n" in page.text
    ways = re.findall(r"(?:grant|refer|deny) ?(\d+) decisions?\b", page.text.replace("\n", " "))
    assert sum(map(int, ways)) == len(table)


def test_questions_are_counted_by_person_and_by_decision(page: Page) -> None:
    assert page.tables["For counsel"][1][1:] == ["court dates", "3", "3"]
    assert page.tables["For counsel"][1][0].startswith(
        "weighed Somebody has weighed the harm. a judgement"
    )
    assert page.tables["For the records or an officer"][1] == [
        "public Anybody can see it, on the roster say.", "charges", "1", "1",
    ]  # fmt: skip
    assert [row[1:] for row in page.tables["For the records"][1:]] == [
        ["hold", "1", "1"],
        ["visitors", "1", "1"],
    ]


def test_what_only_the_requester_says_is_put_to_somebody_else() -> None:
    alone = Facts({"purpose": "research"}, sources={"purpose": (Said("requester"),)})
    page = Page(report_html([small.answer(small.request(facts=alone, items=("name",)))], "Alone"))
    [question] = page.tables["For counsel"][1:]
    assert "so far only the requester says it" in question[0]
    assert "one answer serves the whole request" in question[0]
    assert question[1:] == ["everything asked for", "3", "3"]
    assert "not confirmed" in page.tables["Facts about the request itself"][1][1]
    assert "The purpose is research not confirmed." in page.text


def test_conflicts_contested_readings_and_halted_law_are_named(page: Page) -> None:
    told = page.tables["What the program leaves to counsel"]
    assert [row[0] for row in told[1:]] == ["photograph", "release date"]
    assert "9 USC § 3 unchecked contested" in told[2][2]
    assert "Halted by a court, and so not applied:\n9 USC § 9" in page.text


def test_duties_are_counted_by_person(page: Page) -> None:
    rows = page.tables["Duties that come with these decisions"][1:]
    assert [row[1:] for row in rows] == [
        ["no day is set, or the day that it runs from is not known", "2 people", "0 people"],
        ["a day that the record sets", "1 person", "0 people"],
        ["22 July 2025", "1 person", "1 person"],
        ["promptly", "3 people", "0 people"],
    ]
    assert "every year, by 1 March: Report the figures of the year." in page.text


def test_a_provision_is_marked_until_somebody_has_checked_it() -> None:
    law = small.law()
    provision = next(p for p in law.book.provisions_of("us") if p.id == "us/records#4")
    check = Check(provision.id, provision.sha256, "R. Roe", "2025-06-01", "the official code")
    law.book.checks[provision.id, provision.sha256] = check
    try:
        text = Page(report_html([small.answer()], "x")).text
    finally:
        law.book.checks.clear()
    assert "checked by R. Roe on 1 June 2025 against the official code" in text
    assert "9 USC § 4 forbids it." in text
    assert "9 USC § 1 unchecked allows it." in text


# -- nothing of the records -----------------------------------------------------------------------


def test_no_value_and_no_id_of_a_record_is_on_the_page(page: Page) -> None:
    plain = report_html([small.answer()], "Plain")
    for word in ("=ada", "ben", "cy"):
        assert not re.search(rf"\b{word}\b" if word.isalpha() else word, Page(plain).text)
    for html in (plain, page.html):
        assert "2031" not in html and "May 203" not in html
    assert [r[1] for r in page.tables[LOOKED_AT][1:]] == ["known; not shown here the records"]


def test_an_explained_persons_facts_are_shown_only_where_asked() -> None:
    why = (small.explanation("=ada", "visitors"),)
    hidden = Page(report_html([small.answer(explained=why)], "Hidden"))
    shown = Page(report_html([small.answer(explained=why, show_facts=True)], "Shown"))
    assert hidden.tables[LOOKED_AT][1][1] == "known; not shown here the records"
    assert shown.tables[LOOKED_AT][1][1] == "no the records"


def test_what_the_request_says_of_an_item_is_shown_and_what_the_record_says_is_not() -> None:
    why = small.explanation("=ada", "charges")
    [public] = [used for used in why.used if used.fact == "charges.public"]
    for stated, shown in ((True, "yes"), (False, "known; not shown here"), (None, None)):
        items = {} if stated is None else {("charges", "public"): stated}
        asked = small.request(facts=Facts({}, items))
        page = Page(report_html([small.answer(asked, explained=(why,))], "Items"))
        row = page.tables["What these rules look at: charges, person =ada"][1]
        assert public.value == "yes" and row[1] == f"{shown or 'known; not shown here'} the records"


def test_which_row_of_a_record_is_asked_about_is_not_told(page: Page) -> None:
    assert "conviction[" not in page.html
    assert page.text.count("level (conviction)") >= 2


def test_what_a_request_says_of_a_person_is_not_shown() -> None:
    facts = Facts({"weighed": True}, sources={"weighed": (Said("counsel", small.DAY),)})
    named = small.answer(small.request(facts=facts, people=("ben",)))
    page = Page(report_html([named], "Named"))
    [row] = page.tables["Facts about the people whom it names"][1:]
    assert row[1] == "known; not shown here counsel (18 July 2025)"
    assert not re.search(r"\bben\b", page.text)


def test_no_shipped_request_names_a_person_in_its_title() -> None:
    """Titles are shown as they are, and a report promises to name nobody."""
    words = read_law("us-ca-sf").book.vocabulary
    for path in sorted((ROOT / "examples" / "requests").iterdir()):
        for one in read_request(path, words):
            assert not re.search(r"\bP\d", one.title), path.name
            assert [id for id in one.people or () if id in one.title] == [], path.name


def test_ids_of_people_are_announced_where_they_are_shown() -> None:
    announced = "but for the ids of those about whom a decision is shown step by step"
    plain = Page(report_html([small.answer()], "Plain")).text
    assert announced not in plain and "is shown as it was written" in plain
    assert announced in Page(report_html([explained()], "Explained")).text


# -- as it reads ----------------------------------------------------------------------------------


def test_the_page_reads_as_the_golden_text_does(page: Page) -> None:
    """After a change that is meant, `HABEAS_WRITE_GOLDENS=1` in the environment writes it anew."""
    digest = small.law().digest
    text = page.text.replace(digest, "DIGEST").replace(digest[:16], "DIGEST") + "\n"
    text = text.replace(f"Habeas {habeas.__version__}", "Habeas VERSION")
    if os.environ.get("HABEAS_WRITE_GOLDENS"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")

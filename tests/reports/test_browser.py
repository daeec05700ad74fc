"""The report in a real browser: read, tabbed through, enlarged, printed, in every colour scheme."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from habeas.cli.deciding import answered, explained
from habeas.cli.demo import DAY, example
from habeas.decisions.laws import read_law
from habeas.law.facts import Facts, Said
from habeas.records import read_records, read_request, write_sample
from habeas.reports import Answer, report_html
from habeas.reports.charts import Bar, stacked_bars
from tests.browser import OpenPage, axe, strays, tab_stops
from tests.reports import small

UNDECIDED = (
    (
        "color-contrast",
        "svg.chart text",
        "axe does not look behind SVG; these stand on the paper, with the colours of text that "
        "tests/reports/test_charts.py measures",
    ),
    (
        "color-contrast",
        ".narrow .scroll *",
        "what a narrow screen cuts off until it is scrolled to; at 1280 px axe sees all of it",
    ),
)
"""What axe leaves to people: by which rule, which elements, and what people have found.
`shows` puts the class `narrow` on a page of 320 px, for this list alone."""

REGIONS = ".scroll"
"""What may be wider than the screen, for it scrolls by itself: tables."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that a report can hold: the demo's two places, and the small law's conflicts."""
    folder = tmp_path_factory.mktemp("report")
    write_sample(folder / "jail", people=60, seed=1)
    california, texas = read_law("us-ca-sf"), read_law("us-tx")
    words = california.book.vocabulary
    people = read_records(folder / "jail", None, words)
    [doj] = read_request(example("doj-2025-07-17.yaml"), words)
    answers = []
    for law, one, item in (
        (california, doj, "release_date"),
        *((texas, half, "hold") for half in read_request(example("i-247a-texas.yaml"), words)),
    ):
        answer = answered(law, one, people, DAY)
        if item in one.items:
            why = explained(law, one, people, people.ids()[0], item, DAY)
            answer = replace(answer, explained=(why,), show_facts=law is california)
        answers.append(answer)
    answers.append(the_small_one())
    path = folder / "report.html"
    path.write_text(report_html(answers, answers[0].heading), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(open_page: OpenPage, report: Path) -> Any:
    return open_page(report, viewport={"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def brief_page(open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A third of the elements, of all kinds: two answers of the small law, one about one person."""
    facts = Facts({"weighed": True}, sources={"weighed": (Said("counsel", small.DAY),)})
    one = small.request(
        id="study-2", title="Another", people=("=ada",), facts=facts, selects_on=("charges",),
        items=("charges", "visitors", "medical"), linked=("study-1",),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("brief") / "report.html"
    answers = [the_small_one("photograph", "visitors", "hold"), small.answer(one)]
    path.write_text(report_html(answers, "A study"), encoding="utf-8")
    return open_page(path)


def the_small_one(*items: str) -> Answer:
    why = (small.explanation("=ada", "visitors"), small.explanation("ben", "hold"))
    request = small.request(items=items or small.ITEMS)
    return small.answer(request, explained=why, intro="Three people, one study.")


def shows(page: Any, width: int, height: int = 900, **media: str) -> None:
    page.bring_to_front()
    page.set_viewport_size({"width": width, "height": height})
    plain = {"color_scheme": "light", "forced_colors": "none", "contrast": "no-preference"}
    page.emulate_media(**{"media": "screen", **plain, **media})
    page.evaluate(
        """(narrow) => {
             document.activeElement.blur();
             window.scrollTo(0, 0);
             document.body.classList.toggle('narrow', narrow);
           }""",
        width == 320,
    )


# -- the first screen -----------------------------------------------------------------------------


def test_the_first_screen_says_who_asked_what_the_answer_how_many_and_that_all_is_unchecked(
    page: Any,
) -> None:
    shows(page, 1280)
    text = page.evaluate(
        """() => [...document.querySelectorAll('h1, header p, header li')]
             .filter((one) => one.getBoundingClientRect().bottom <= innerHeight)
             .map((one) => one.innerText).join('\\n')"""
    )
    for said in (
        "All inmates who are not citizens, their crimes and their release dates",
        "Nobody has checked our readings of this law against the official text",
        "U.S. Department of Justice asked on 17 July 2025",
        "immigration enforcement",
        "federal, state and county law that stood in us-ca-sf on 18 July 2025",
        "Allowed, for everybody: citizenship and immigration status",
        "No, for everybody: conviction history and release date",
        "nothing of this answer leaves",
        "60 people and 6 items make 360 decisions",
    ):
        assert said in text, said


# -- for everybody --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "width", "media"),
    [
        ("page", 1280, {"color_scheme": "light"}),
        ("brief_page", 320, {"color_scheme": "light"}),
        ("brief_page", 1280, {"color_scheme": "dark"}),
        ("brief_page", 320, {"color_scheme": "dark"}),
        ("brief_page", 1280, {"color_scheme": "dark", "contrast": "more"}),
        ("brief_page", 1280, {"forced_colors": "active"}),
    ],
    ids=lambda one: str(one) if isinstance(one, str | int) else " ".join(one.values()),
)
def test_axe_finds_nothing(
    which: str, width: int, media: dict[str, str], request: pytest.FixtureRequest
) -> None:
    page = request.getfixturevalue(which)
    shows(page, width, **media)
    wrong, undecided = axe(page)
    assert wrong == []
    for one in undecided:
        known = ", ".join(elements for rule, elements, _ in UNDECIDED if rule == one.rule)
        element = page.locator(one.element).first
        assert known and element.evaluate("(one, known) => one.matches(known)", known), one


def test_nothing_but_tables_scrolls_sideways_on_a_narrow_screen(page: Any) -> None:
    shows(page, 320)
    assert strays(page, REGIONS) == []


@pytest.mark.parametrize("width", [1280, 640])
def test_at_twice_the_size_everything_stays_on_the_page(
    page: Any, open_page: OpenPage, report: Path, width: int
) -> None:
    """Zoom makes the window narrower by half; a larger font size in the browser's settings does not."""
    shows(page, width // 2, 450)
    assert strays(page, REGIONS) == []
    large = open_page(report, viewport={"width": width, "height": 900})
    sizes = {"fontSizes": {"standard": 32, "fixed": 26}}
    large.context.new_cdp_session(large).send("Page.setFontSizes", sizes)
    size = "() => getComputedStyle(document.querySelector('main p')).fontSize"
    assert float(large.evaluate(size)[:-2]) == 2 * float(page.evaluate(size)[:-2])
    assert strays(large, REGIONS) == []
    large.close()


def test_wider_spacing_of_letters_and_lines_cuts_nothing_off(page: Any) -> None:
    """The values are those of WCAG 1.4.12."""
    shows(page, 320)
    page.evaluate("""() => {
        const made = document.createElement('style');
        made.id = 'spacing';
        made.textContent = '* { line-height: 1.5 !important; letter-spacing: .12em !important;'
            + ' word-spacing: .16em !important; } p { margin-bottom: 2em !important; }';
        document.head.append(made);
    }""")
    try:
        assert strays(page, REGIONS) == []
    finally:
        page.evaluate("() => document.getElementById('spacing').remove()")


def test_labels_and_numbers_of_charts_do_not_touch(page: Any) -> None:
    """Also where there are as many letters as may stand on one line."""
    words = read_law("us-ca-sf").book.vocabulary.items
    counts = [(1, 1, 1), (999, 74, 103), (1_023, 740, 103), (123_456, 12_345, 1_234)]
    bars = [Bar(word.replace("_", " "), each) for word in words for each in counts]
    chart = stacked_bars(bars, "chart", "All items", "With few people and with many")
    shows(page, 320)
    page.evaluate(
        "(chart) => { document.querySelector('figure').insertAdjacentHTML('beforeend', chart); }",
        str(chart),
    )
    try:
        for width in (320, 1280):
            shows(page, width)
            assert page.evaluate(TOUCHING) == [], width
    finally:
        page.evaluate("() => document.getElementById('chart-title').parentElement.remove()")


TOUCHING = """() => {
  const found = [];
  for (const chart of document.querySelectorAll('svg.chart')) {
    const wide = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll('text')];
    const boxes = texts.map((one) => [one.textContent, one.getBoundingClientRect()]);
    boxes.forEach(([text, box], at) => {
      if (box.left < wide.left - 1 || box.right > wide.right + 1) found.push(text + ' sticks out');
      if (at && boxes[at - 1][1].right > box.left && boxes[at - 1][1].bottom > box.top + 2)
        found.push(boxes[at - 1][0] + ' | ' + text);
    });
  }
  return found;
}"""


# -- by keyboard ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("which", "width"), [("page", 1280), ("brief_page", 320)])
def test_tab_reaches_every_link_and_table_and_shows_where_it_is(
    which: str, width: int, request: pytest.FixtureRequest
) -> None:
    page = request.getfixturevalue(which)
    shows(page, width)
    stops = tab_stops(page)
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], [tabindex='0']")].map((one) =>
             [one.tagName.toLowerCase(), one.getAttribute('href'),
              one.getAttribute('aria-labelledby'), one.id].filter(Boolean).join(' '))"""
    )
    assert [one["name"] for one in stops if not one["name"].startswith("nav")] == wanted
    assert len(wanted) > 50
    assert [one["name"] for one in stops if one["outline"] < 2] == []
    assert [one["name"] for one in stops if not one["seen"]] == []


def test_the_first_stop_skips_to_the_report(page: Any) -> None:
    shows(page, 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.innerText") == "Skip to the report"
    box = page.locator(".skip").bounding_box()
    assert box["x"] >= 0 and box["y"] >= 0 and box["height"] >= 24
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    assert page.evaluate("() => document.querySelector('main').getBoundingClientRect().top") < 450


def test_an_item_leads_to_why_it_is_answered_so(page: Any) -> None:
    shows(page, 1280)
    page.get_by_role("link", name="release date", exact=True).first.focus()
    page.keyboard.press("Enter")
    at = page.evaluate("() => document.querySelector(location.hash).innerText")
    assert at == "Release date"


# -- alone, and without script --------------------------------------------------------------------


def test_the_page_says_the_same_without_script(
    page: Any, open_page: OpenPage, report: Path
) -> None:
    shows(page, 1280)
    plain = open_page(report, java_script_enabled=False, viewport={"width": 1280, "height": 900})
    assert plain.inner_text("body") == page.inner_text("body")
    assert plain.locator("script, noscript, button, input, details").count() == 0


# -- on paper -------------------------------------------------------------------------------------


def test_on_paper_nothing_is_left_to_click_and_nothing_is_cut_off(page: Any) -> None:
    shows(page, 673, media="print")  # A4 without its margins
    assert strays(page) == []
    assert not page.locator("nav").is_visible() and not page.locator(".skip").is_visible()
    backgrounds = page.evaluate(
        """() => [...new Set([...document.body.querySelectorAll('*')]
             .map((one) => getComputedStyle(one).backgroundColor))]"""
    )
    assert set(backgrounds) <= {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}


def test_printed_it_keeps_its_patterns_and_tells_where_the_official_texts_are(page: Any) -> None:
    shows(page, 1280, color_scheme="dark", media="null")
    addresses = page.evaluate(
        "() => [...new Set([...document.querySelectorAll('a[href^=http]')].map((a) => a.href))]"
    )
    with pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True))) as pdf:
        pages = [one.get_textpage().get_text_bounded() for one in pdf]
        printed = letters("".join(pages))
        assert [one for one in addresses if letters(one) not in printed] == []
        assert len(addresses) > 5
        [at] = [n for n, text in enumerate(pages) if "Verdicts by item" in text][:1]
        image = bytes(pdf[at].render(scale=3).buffer)
    ink = {"deny": "4a5568", "grant": "00695c", "refer": "8a4b00"}
    for verdict, colour in ink.items():
        assert image.count(bytes.fromhex(colour)[::-1]) > 100, verdict


def letters(text: str) -> str:
    """Letters and digits alone: where a line breaks, a hyphen may be read or not."""
    return re.sub(r"[^A-Za-z0-9]", "", text)

"""The page that compares places: its text, and in a real browser."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest

import habeas
from habeas.decisions.comparison import Comparison, compare
from habeas.reports.comparison import comparison_html
from tests.browser import OpenPage, axe, strays, tab_stops
from tests.conftest import LAWS

DAY = date(2025, 7, 17)
PLACES = ("us-ca-sf", "us-ca", "us-tx", "us-il")


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare([habeas.read_law(place) for place in PLACES], DAY)


@pytest.fixture(scope="module")
def page(found: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("comparison") / "places.html"
    path.write_text(comparison_html(found), encoding="utf-8")
    return path


def words(html: str) -> str:
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def article(html: str, id: str) -> str:
    (found,) = (part for part in html.split('<article class="group">') if f'id="{id}"' in part)
    return words(found.split("</article>")[0])


def test_the_same_comparison_is_the_same_page(found: Comparison) -> None:
    assert comparison_html(found) == comparison_html(found)


def test_every_answer_is_on_the_page_with_what_it_rests_and_hinges_on(
    found: Comparison, page: Path
) -> None:
    html = page.read_text(encoding="utf-8")
    assert len(found.answers) > 20
    for question, row in found.answers:
        told = article(html, question.id)
        assert question.asks in told
        parts = re.split(rf"({'|'.join(sorted(PLACES, key=len, reverse=True))}) : ", told)[1:]
        assert parts[::2] == list(PLACES)
        for text, one in zip(parts[1::2], row, strict=True):
            assert text.startswith(f"{one.decision.verdict} {one.outcome}")
            assert all(hinge.fact in text for hinge in one.hinges)
            assert ("It hinges on" in text) is bool(one.hinges)
            assert ("unchecked" in text) is any(
                each.unchecked for each in (*one.cited, *one.beaten)
            )
    table = html.split("<tbody>")[1].split("</tbody>")[0]
    shown = [re.findall(r"</svg> (\w+)</span></td>", line) for line in table.split("<tr>")[1:]]
    assert shown == [[one.decision.verdict for one in row] for _, row in found.answers]


def test_every_provision_that_is_cited_has_its_address_and_stands_in_plain_words(
    found: Comparison, page: Path
) -> None:
    html = page.read_text(encoding="utf-8")
    cited = {
        each.provision.id: each.provision for _, r in found.answers for a in r for each in a.cited
    }
    readings = html.split('<h2 id="provisions">')[1]
    for provision in cited.values():
        assert provision.id in readings
        assert provision.pack.source.replace("&", "&amp;") in html
    links = set(re.findall(r'href="#([^"]+)"', html))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert links <= set(ids)
    assert len(ids) == len(set(ids))


def test_the_number_that_differ_is_told(found: Comparison, page: Path) -> None:
    differ = sum(len({one.decision.verdict for one in row}) > 1 for _, row in found.answers)
    assert 0 < differ < len(found.answers)
    text = words(page.read_text(encoding="utf-8"))
    assert f"{len(found.answers)} questions, the same for each place" in text
    assert f"{differ} of them are answered differently" in text


def test_text_of_the_law_is_never_markup(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(LAWS, tmp_path / "laws")
    pack = tmp_path / "laws" / "us-tx" / "immigration-detainers.md"
    text = pack.read_text(encoding="utf-8")
    title = re.search(r"^title: .*$", text, re.M)
    assert title
    pack.write_text(text.replace(title[0], "title: 'A <script>alert(1)</script> & Act'"))
    laws = [habeas.read_law(place, tmp_path / "laws") for place in ("us-tx", "us-fl")]
    html = comparison_html(compare(laws, DAY))
    assert "<script" not in html
    assert "A &lt;script&gt;alert(1)&lt;/script&gt; &amp; Act" in html


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(page: Path, open_page: OpenPage, scheme: str, width: int) -> None:
    shown = open_page(page, color_scheme=scheme, viewport={"width": width, "height": 900})
    wrong, _ = axe(shown)
    assert wrong == []


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_leaves_the_page_at_its_sides(page: Path, open_page: OpenPage, width: int) -> None:
    shown = open_page(page, viewport={"width": width, "height": 900})
    assert strays(shown, ".scroll") == []


def test_every_stop_of_the_keyboard_is_seen(page: Path, open_page: OpenPage) -> None:
    shown = open_page(page, viewport={"width": 1280, "height": 900})
    stops = tab_stops(shown)
    assert stops[0]["name"] == "a #main"
    assert len(stops) > 50
    assert [one["name"] for one in stops if not one["seen"] or one["outline"] < 2] == []

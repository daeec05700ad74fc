"""Lists that change in place, in a real browser: where the focus is, what is announced, what the trail says.

a demonstration with many cases in a process of its own  ->  playwright's pages  ->  focus, address, live region, events
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from habeas.web.keys import VARIABLE as KEYS
from habeas.web.trail.models import Event
from tests.browser import OpenPage, axe, strays
from tests.conftest import ROOT
from tests.web.offices import OfficeFolder
from tests.web.test_browser_desk import FOUND, SERVE, Desk, cookie

MANY = 60
ADD = f"""
from datetime import timedelta
from django.utils import timezone
for number in range({MANY}):
    Case.objects.create(
        number=f"2026-9{{number:05}}", title="Many", agency=f"Office {{number:02}}", taken_by=User.objects.first(),
        received_at=timezone.now() - timedelta(days=number),
    )
server = make_server"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Path]]:
    """The demo's office with cases for two pages, and its folder."""
    base = tmp_path_factory.mktemp("lists")
    office = OfficeFolder(base / "office", base / "keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HABEAS_LOG_KEYS", str(base / "log-keys"))
        patch.setenv(KEYS, str(office.keys))
        patch.chdir(ROOT)  # the process imports `tests`
        subprocess.run([sys.executable, "-c", FOUND, str(office.folder)], check=True, timeout=120)
        process = office.start(SERVE.replace("\nserver = make_server", ADD, 1))
        try:
            assert process.stdout
            line = process.stdout.readline()
            if not line:
                process.wait(timeout=20)
                assert process.stderr
                pytest.fail(process.stderr.read())
            told = json.loads(line)
            yield Desk(f"http://127.0.0.1:{told.pop('port')}", **told), office.folder
        finally:
            process.kill()
            process.communicate(timeout=20)


@pytest.fixture
def opened(served: tuple[Desk, Path], open_page: OpenPage) -> Any:
    """Opens a page as somebody, and marks it: the mark is gone when a whole page comes."""

    def one(name: str, where: str, **options: Any) -> Any:
        desk, _ = served
        state = {"cookies": [cookie(desk, name)], "origins": []}
        page = open_page(desk.address + where, storage_state=state, **options)
        if options.get("java_script_enabled", True):
            page.evaluate("window.mark = 1")
        return page

    return one


@pytest.fixture
def events(served: tuple[Desk, Path]) -> Any:
    """How many events of an act there are."""

    def many(act: str) -> int:
        with closing(sqlite3.connect(served[1] / "habeas.sqlite")) as database:
            asked = database.execute("SELECT COUNT(*) FROM trail_event WHERE act = ?", [act])
            return int(asked.fetchone()[0])

    return many


def in_place(page: Any) -> bool:
    return page.evaluate("window.mark === 1")


def settled(page: Any, count: str) -> None:
    """Wait until the live region says so, and the list has settled."""
    page.wait_for_function(
        "(text) => document.getElementById('count').textContent.includes(text)"
        " && !document.querySelector('.htmx-request, .htmx-settling, .htmx-added')",
        arg=count,
    )


def focused(page: Any) -> str:
    return page.evaluate("document.activeElement.id")


def first(page: Any) -> str:
    return page.locator("#list tbody th").first.inner_text()


def test_sorting_changes_the_list_alone_and_keeps_the_focus(opened: Any, events: Any) -> None:
    page = opened("records", "/cases/")
    before = events("view desk:cases")
    page.focus("#by-agency")
    page.keyboard.press("Enter")
    settled(page, "by agency, ascending, page 1 of 2")
    assert in_place(page) and focused(page) == "by-agency"
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    assert parse_qs(urlsplit(page.url).query)["sort"] == ["agency"]
    assert events("view desk:cases") == before + 1
    page.keyboard.press("Enter")
    settled(page, "by agency, descending")
    assert in_place(page) and focused(page) == "by-agency"
    assert events("view desk:cases") == before + 2
    page.context.close()


def test_the_next_page_gets_the_focus_at_its_start_and_back_leads_back(
    opened: Any, events: Any
) -> None:
    page = opened("records", "/cases/")
    shown = first(page)
    before = events("view desk:cases")
    page.locator("a[rel=next]").press("Enter")
    settled(page, "page 2 of 2")
    assert in_place(page) and focused(page) == "list" and first(page) != shown
    top = page.evaluate("document.getElementById('list').getBoundingClientRect().top")
    assert -1 < top < page.viewport_size["height"] / 2
    assert "page=2" in page.url
    page.keyboard.press("Tab")
    assert focused(page) == "by-number"
    page.go_back()
    settled(page, "page 1 of 2")
    page.wait_for_load_state()
    assert first(page) == shown and "page=2" not in page.url
    assert events("view desk:cases") == before + 2
    page.go_forward()
    settled(page, "page 2 of 2")
    page.context.close()


def test_a_filter_keeps_the_focus_and_the_order_and_says_how_many_fit(opened: Any) -> None:
    page = opened("records", "/cases/")
    every = page.locator("#count strong").inner_text()
    page.locator("#by-agency").press("Enter")
    settled(page, "by agency")
    status = page.locator("#count").element_handle()
    page.focus("#agency")
    page.keyboard.type("Office 1")
    page.keyboard.press("Enter")
    settled(page, "10 cases fit, by agency, ascending, page 1 of 1")
    assert in_place(page) and focused(page) == "agency"
    assert status.evaluate("(one) => one.isConnected && one.getAttribute('role')") == "status"
    assert page.locator("#list tbody tr").count() == 10
    assert "agency=Office+1" in page.locator("#csv").get_attribute("href")
    page.get_by_role("link", name="Show all", exact=True).press("Enter")
    page.wait_for_function("window.mark !== 1")
    settled(page, f"{every}, by")
    assert page.input_value("#agency") == ""
    page.context.close()


def test_whoever_has_to_sign_in_again_gets_that_page_whole(opened: Any, served: Any) -> None:
    page = opened("records", "/cases/")
    page.context.clear_cookies()
    page.locator("#by-due").press("Enter")
    page.wait_for_url("**/account/**")
    assert page.locator("#list").count() == 0 and page.locator("h1").count() == 1
    wanted = parse_qs(urlsplit(page.url).query)["next"][0]
    assert wanted.startswith("/cases/?") and "sort=due" in wanted
    page.context.close()


@pytest.mark.django_db
def test_sign_in_is_told_as_a_whole_page_and_not_as_a_part(client: Client) -> None:
    answer = client.get("/cases/?sort=due", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["HX-Redirect"] == "/account/notice/?next=%2Fcases%2F%3Fsort%3Ddue"
    assert Event.objects.last().outcome == "refused"


@pytest.mark.slow
def test_an_answer_that_is_no_list_is_shown_as_a_whole_page(opened: Any) -> None:
    page = opened("records", "/cases/")
    page.route(
        "**/cases/?sort=due*",
        lambda route: route.fulfill(
            status=200, content_type="text/html", body="<h1>Elsewhere</h1>"
        ),
    )
    page.locator("#by-due").press("Enter")
    page.get_by_role("heading", name="Elsewhere").wait_for()
    assert not in_place(page) and "sort=due" in page.url
    page.context.close()


@pytest.mark.slow
def test_a_page_that_is_old_is_loaded_anew_before_it_puts_itself_away(opened: Any) -> None:
    page = opened("records", "/cases/")
    page.evaluate("performance.now = () => 16 * 60 * 1000")
    page.locator("#by-due").press("Enter")
    page.wait_for_function("window.mark !== 1")
    settled(page, "by due, ascending")
    page.context.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "where"),
    [("records", "/cases/"), ("auditor", "/trail/")],
    ids=["cases", "trail"],
)
def test_axe_finds_nothing_after_a_swap_and_the_browser_keeps_no_copy(
    who: str, where: str, opened: Any
) -> None:
    page = opened(who, where, viewport={"width": 1280, "height": 900})
    page.locator("a[rel=next]").press("Enter")
    settled(page, "page 2 of")
    assert in_place(page)
    assert axe(page) == ([], [])
    page.set_viewport_size({"width": 320, "height": 900})
    assert strays(page) == []
    # An address, as the browser's own history has it; no page.
    assert page.evaluate("Object.keys(sessionStorage)") == ["htmx-current-path-for-history"]
    assert page.evaluate("localStorage.length") == 0
    page.context.close()


@pytest.mark.slow
def test_the_trail_is_filtered_in_place(opened: Any) -> None:
    page = opened("auditor", "/trail/")
    page.focus("#actor")
    page.keyboard.type("nobody-of-that-name")
    page.keyboard.press("Enter")
    settled(page, "0 events")
    assert in_place(page) and focused(page) == "actor"
    page.context.close()


@pytest.mark.slow
def test_without_script_the_same_list_comes_as_whole_pages(opened: Any) -> None:
    page = opened("records", "/cases/", java_script_enabled=False)
    page.locator("#by-agency").click()
    page.locator("a[rel=next]").click()
    assert "page=2" in page.url and "sort=agency" in page.url
    assert "page 2 of 2" in page.locator("#count").text_content()
    page.context.close()

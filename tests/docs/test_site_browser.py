"""The site in a browser, from a local server: for everybody's eyes, and with a search that finds."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser import OpenPage, axe

PAGES = ("index.html", "cookbook/write-a-pack.html", "vocabulary.html")


class Silent(SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The address of the site at a server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on(name: str, scheme: str, served: str, open_page: OpenPage) -> None:
    page = open_page(f"{served}/{name}", color_scheme=scheme)
    shown = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, shown[4:-1].split(","))) < 200) is (scheme == "dark")
    wrong, _ = axe(page)
    assert wrong == []


def test_the_search_finds_a_word_of_the_vocabulary(served: str, open_page: OpenPage) -> None:
    page = open_page(f"{served}/index.html")
    box = page.get_by_role("textbox", name="Search")
    box.click()
    page.get_by_text("Type to start searching").wait_for()  # until then it reads the index
    box.press_sequentially("compelling_need_shown")
    found = page.locator(".md-search-result__link")
    found.first.wait_for()
    pages = [one.get_attribute("href") for one in found.all()]
    assert any("/vocabulary.html" in one for one in pages), pages


def test_the_reader_can_switch_between_light_and_dark(served: str, open_page: OpenPage) -> None:
    page = open_page(f"{served}/index.html", color_scheme="light")
    page.get_by_title("Switch to dark").click()
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_a_page_opened_as_a_file_asks_for_nothing(site: Path, open_page: OpenPage) -> None:
    page = open_page(site / "walk.html")
    assert "Ten minutes" in page.title()

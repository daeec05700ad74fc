"""A real browser for tests: Debian's chromium, which asks for nothing outside and says nothing ill.

page (file or loopback address)  ->  open_page  ->  playwright's Page  ->  axe, strays, tab_stops

Promise: a test fails whose page asks for anything that is not a file, a `data:` address or on this
machine, writes an error to its console, or throws one; without chromium it skips and says so.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

MISSING = "chromium is not installed: run `make test` as root, or apt-get install chromium"

ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    # no name is looked up, so nothing can leave even past what is watched
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)

AXE_RULES = (
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice",
)  # fmt: skip

PROBLEMS: list[str] = []
"""What the pages of this process have done that none may, since the last test that looked."""

OpenPage = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium. It lives as long as the module: playwright keeps an event loop running meanwhile."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
        made = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *sandbox])
        yield made
        made.close()


@pytest.fixture(scope="module")
def open_page(browser: Any) -> Iterator[OpenPage]:
    """Opens a page, watched: `open_page(path or address, **options of playwright's new_context)`."""
    contexts = []

    def opened(where: Path | str, **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        context.route("**/*", _only_local)
        context.route_web_socket("**/*", lambda socket: PROBLEMS.append(f"asks for {socket.url}"))
        page = context.new_page()
        page.on("console", _heard)
        page.on("pageerror", lambda error: PROBLEMS.append(f"page error: {error}"))
        page.goto(where.as_uri() if isinstance(where, Path) else where)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    """After each test: what has any page done meanwhile?"""
    try:
        outcome = yield
    finally:
        found, PROBLEMS[:] = PROBLEMS[:], []
    assert not found, f"the page: {'; '.join(found)}"
    return outcome


def is_local(address: str) -> bool:
    """Whether an address is in a file, in itself, or on this machine."""
    parts = urlsplit(address)
    if parts.scheme in ("file", "data", "blob", "about"):
        return not parts.netloc
    return parts.hostname in ("localhost", "127.0.0.1", "::1")


def _only_local(route: Any) -> None:
    if is_local(route.request.url):
        route.continue_()
    else:
        PROBLEMS.append(f"asks for {route.request.url}")
        route.abort()


def _heard(message: Any) -> None:
    if message.type == "error":
        PROBLEMS.append(f"console: {message.text}")


# -- what is asked of a page ----------------------------------------------------------------------


class Finding(NamedTuple):
    """What axe-core says of one element, which `element` selects."""

    rule: str
    element: str
    why: str


def axe(page: Any) -> tuple[list[Finding], list[Finding]]:
    """What is wrong by axe-core's rules for WCAG 2.0 to 2.2, A and AA, and its best practices; and
    what it leaves to people."""
    from axe_playwright_python.base import AXE_SCRIPT

    options = {
        "runOnly": {"type": "tag", "values": list(AXE_RULES)},
        "resultTypes": ["violations", "incomplete"],
    }
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    told = page.evaluate("(options) => axe.run(options)", options)
    wrong, undecided = (
        [
            Finding(rule["id"], node["target"][0], _why(node))
            for rule in told[kind]
            for node in rule["nodes"]
        ]
        for kind in ("violations", "incomplete")
    )
    return wrong, undecided


def _why(node: dict[str, Any]) -> str:
    return "; ".join(one["message"] for kind in ("any", "all", "none") for one in node[kind])


STRAYS = """(region) => {
  const wide = document.documentElement.clientWidth;
  const shown = (one) => one.checkVisibility({visibilityProperty: true});
  const found = [];
  if (document.documentElement.scrollWidth > wide) found.push('the page scrolls sideways');
  for (const one of document.body.querySelectorAll('*')) {
    if (!shown(one) || one.closest('.unseen, .skip, defs')) continue;
    if (region && one.closest(region) && !one.matches(region)) continue;
    const box = one.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1))
      found.push(one.tagName + ' ' + one.className + ': ' + one.textContent.trim().slice(0, 40));
    const style = getComputedStyle(one);
    if (['hidden', 'clip'].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1)
      found.push('cut off: ' + one.tagName + ': ' + one.textContent.trim().slice(0, 40));
  }
  return found;
}"""


def strays(page: Any, region: str = "") -> list[str]:
    """What reaches beyond the page's sides or is cut off.

    region  a selector; what is inside such an element may be wider, for it scrolls by itself
    """
    return list(page.evaluate(STRAYS, region))


FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const box = one.getClientRects()[0] || one.getBoundingClientRect();
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return {
    name: [one.tagName.toLowerCase(), one.getAttribute('href'),
           one.getAttribute('aria-labelledby'), one.id].filter(Boolean).join(' '),
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    seen: left < right && top < bottom && at !== null && (one.contains(at) || at.contains(one)),
  };
}"""


def tab_stops(page: Any, at_most: int = 1000) -> list[dict[str, Any]]:
    """Press Tab from the top of the page to its end: each stop's name, width of outline, `seen`."""
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    stops: list[dict[str, Any]] = []
    for _ in range(at_most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["name"] == "body":
            return stops
        stops.append(stop)
    raise AssertionError(f"more than {at_most} stops: is the keyboard trapped?")

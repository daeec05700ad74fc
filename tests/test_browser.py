"""The watch over pages in tests/browser.py: what no page may do is heard, in whatever way it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import PROBLEMS, OpenPage, axe, is_local, strays, tab_stops


@pytest.mark.parametrize(
    ("html", "heard"),
    [
        ('<img src="https://outside.example/x.png">', "asks for https://outside.example/x.png"),
        (
            '<link rel="stylesheet" href="http://outside.example/">',
            "asks for http://outside.example",
        ),
        ("<script>fetch('http://10.0.0.1/x')</script>", "asks for http://10.0.0.1/x"),
        ("<script>new WebSocket('wss://outside.example/')</script>", "asks for wss://outside"),
        ("<script>console.error('ill')</script>", "console: ill"),
        ("<script>undefined.ill</script>", "page error: "),
        ('<img src="data:image/png;base64,AAAA">', ""),
        ("<p>still</p>", ""),
    ],
    ids=["image", "style", "fetch", "socket", "console", "error", "data", "nothing"],
)
def test_what_no_page_may_do_is_heard(
    html: str, heard: str, open_page: OpenPage, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><title>x</title>{html}")
    page = open_page(tmp_path / "page.html")
    page.wait_for_timeout(50)
    found, PROBLEMS[:] = PROBLEMS[:], []
    assert any(one.startswith(heard) for one in found) if heard else found == [], found


def test_only_files_and_this_machine_are_local() -> None:
    for address in ("file:///x", "data:,x", "http://127.0.0.1:8000/", "http://localhost/"):
        assert is_local(address)
    for address in (
        "https://outside.example/", "http://127.0.0.1.outside.example/", "file://outside.example/x",
    ):  # fmt: skip
        assert not is_local(address)


def test_what_is_asked_of_a_page_finds_what_is_wrong(open_page: OpenPage, tmp_path: Path) -> None:
    """Text without contrast, a wide block, text that is cut off, a link that is covered."""
    (tmp_path / "page.html").write_text(
        """<!DOCTYPE html><html lang="en"><title>x</title><main><h1>x</h1>
        <p style="color: #ccc">pale</p> <p style="width: 2000px">wide</p>
        <p style="width: 3em; overflow: hidden; white-space: nowrap">this is cut off</p>
        <a href="#1">covered</a> <a href="#2" style="outline: none">unseen focus</a>
        <div style="position: fixed; inset: 0; height: 100%"></div></main>"""
    )
    page = open_page(tmp_path / "page.html", viewport={"width": 800, "height": 600})
    wrong, _ = axe(page)
    assert "color-contrast" in {one.rule for one in wrong}
    found = " ".join(strays(page))
    assert "scrolls sideways" in found and "P : wide" in found and "cut off: P: this is" in found
    stops = tab_stops(page)
    assert [one["name"] for one in stops] == ["a #1", "a #2"]
    assert not any(one["seen"] for one in stops)
    assert [one["outline"] > 0 for one in stops] == [True, False]

"""What every page of the desk keeps as HTML: well formed, nothing inline, every label and reference arrives."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

import pytest

VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "col", "wbr"})
REFERRING = ("for", "aria-describedby", "aria-labelledby", "aria-controls")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.refers: list[tuple[str, str]] = []
        self.fields: list[tuple[str, bool]] = []
        self.labelled: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if len(given) != len(attrs):
            self.wrong.append(f"<{tag}> has an attribute twice")
        self.seen[tag] += 1
        ours = tag == "script" and given.get("src", "").startswith("/static/")
        if (tag in ("script", "style") and not ours) or "style" in given:
            self.wrong.append(f"<{tag}> is inline, or has a style")
        self.wrong += [f"<{tag} {one}>" for one in given if one.startswith("on")]
        if "id" in given:
            self.ids[given["id"]] += 1
        for key in REFERRING:
            self.refers += [(key, one) for one in given.get(key, "").split()]
        if tag == "a" and given.get("href", "").startswith("#"):
            self.refers.append(("href", given["href"][1:]))
        if tag == "label":
            self.labelled.add(given.get("for", ""))
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            named = "aria-label" in given or "aria-labelledby" in given
            self.fields.append((given.get("id", ""), named))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")


def wrong_with(text: str) -> list[str]:
    """Everything that is wrong with a page."""
    page = _Page()
    page.feed(text)
    page.close()
    wrong = page.wrong + [f"<{one}> is not closed" for one in page.open]
    wrong += [f"the id {one} stands twice" for one, count in page.ids.items() if count > 1]
    wrong += [f"{key}={one} leads nowhere" for key, one in page.refers if one not in page.ids]
    wrong += [
        f"a field `{one}` has no label"
        for one, named in page.fields
        if not named and one not in page.labelled
    ]
    for tag, count in (("h1", 1), ("main", 1), ("title", 1), ("html", 1)):
        if page.seen[tag] != count:
            wrong.append(f"<{tag}> stands {page.seen[tag]} times")
    if "&lt;" in text and "{{" in text:
        wrong.append("a template's word was not filled in")
    return wrong


GOOD = (
    "<!doctype html><html lang='en'><head><title>a</title></head><body><main id='main'><h1>a</h1>"
    "<label for='x'>b</label><input id='x'></main></body></html>"
)


def test_a_good_page_is_found_good() -> None:
    assert wrong_with(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<h1>a</h1>", "<h1>a</h1><p style='color:red'>b</p>"),
        ("<h1>a</h1>", "<h1>a</h1><script src='/x.js'></script>"),
        ("<h1>a</h1>", "<h1>a</h1><h1>b</h1>"),
        ("<h1>a</h1>", "<h1 id='main'>a</h1>"),
        ("<h1>a</h1>", "<h1 onclick='x()'>a</h1>"),
        ("<h1>a</h1>", "<h1><p>a</h1></p>"),
        ("<h1>a</h1>", "<h1>a</h1><a href='#nowhere'>b</a>"),
        ("for='x'", "for='y'"),
    ],
)
def test_a_bad_page_is_found_bad(old: str, new: str) -> None:
    assert wrong_with(GOOD.replace(old, new))

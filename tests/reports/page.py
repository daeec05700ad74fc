"""A page as the tests see it: read with the standard library, strictly.

HTML  ->  Page (visible text, tables, headings, links, ids, and whatever is wrong with it)
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"}
BLOCKS = {
    "article", "body", "caption", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1",
    "h2", "h3", "h4", "header", "li", "main", "nav", "ol", "p", "pre", "q", "section", "svg",
    "table", "td", "text", "th", "tr", "ul",
}  # fmt: skip
NOT_IN_P = BLOCKS - {"q", "svg", "text"}
NOT_SHOWN = {"head", "style", "title", "desc", "defs"}


class Page(HTMLParser):
    """A page; `problems` says what no browser should have to mend."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.problems: list[str] = []
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._parts: list[str] = []
        self._table: list[list[str]] = []
        self._caption = ""
        self.feed(html)
        self.close()
        if self.open:
            self.problems.append(f"left open: {self.open}")
        self.text = re.sub(
            r"\n{2,}", "\n", re.sub(r"[ \t]*\n\s*", "\n", "".join(self._parts))
        ).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if len(dict(attrs)) != len(attrs):
            self.problems.append(f"an attribute twice: {tag} {attrs}")
        if tag in NOT_IN_P and "p" in self.open:
            self.problems.append(f"<{tag}> in a <p>")
        if tag in BLOCKS:
            self._parts.append("\n")
        if tag in ("td", "th") and self._parts[-1] == "\n":
            self._parts[-1] = " | "
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag == "table":
            self._table, self._caption = [], ""
        if tag == "tr":
            self._table.append([])
        if tag in ("td", "th"):
            self._table[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")
        if tag == "table":
            self.tables[self._caption] = [[" ".join(c.split()) for c in row] for row in self._table]
        if tag in BLOCKS - {"td", "th"}:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if NOT_SHOWN & set(self.open):
            return
        self._parts.append(data if "pre" in self.open else re.sub(r"\s+", " ", data))
        if "caption" in self.open:
            self._caption += data
        elif {"td", "th"} & set(self.open):
            self._table[-1][-1] += data
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.elements if tag in tags]

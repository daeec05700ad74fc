"""The tree of a page: what our HTML says, as plain data that a typesetter can draw.

    HTML  ->  page_tree  ->  {title, lang, date, body: [block, …]}  ->  templates/report.typ

Promise: whatever a reader of the page sees is in the tree, in its order and word for word; an
element that is not known here is an error, so that no text is dropped in silence.

A block is `{is, class, id, …}` with a `body` of blocks, or of runs where it holds text alone. A run
is a text or `{is, class, body}` with a `body` of runs. White space is collapsed as browsers do it.
"""

from __future__ import annotations

import re
from typing import Any

from habeas.errors import InputError, input_error
from habeas.reports.elements import Element, read_page
from habeas.reports.pdf_chart import chart
from habeas.reports.pdf_words import parted

Node = dict[str, Any]

_CONTAINERS = frozenset(
    {"article", "blockquote", "body", "div", "figure", "footer", "header", "main", "nav", "section"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = _CONTAINERS | _HEADINGS.keys() | {
    "dl", "figcaption", "hr", "ol", "p", "pre", "table", "ul",
}  # fmt: skip
_RUNS = frozenset({"a", "br", "code", "em", "q", "span", "strong"})
_UNSEEN = frozenset({"head", "script", "style"})
_UNSEEN_CLASSES = frozenset({"skip", "unseen"})
"""Classes that style.css moves out of sight."""

_CHANGES_THE_VIEW = frozenset({"colspan", "dir", "hidden", "reversed", "rowspan", "style", "value"})
"""Attributes that would change what is seen, and that nobody here knows what to do with."""

_BLANKS = re.compile(r"[ \t\n\r\f]+")

_LONG = 1000
"""With more letters than this, a row of a table may go on on the next page, and so may a paragraph
that would else stay with the list or the table that it leads to."""


def page_tree(html: str) -> Node:
    """A page of `report_html` as a tree.

    Raises `ValueError` for a page that is not ours: an unknown element, tags that do not match, no
    language or date; and `InputError` for a title or a heading without words.
    """
    page = read_page(html)
    [head] = page.find("head")
    [body] = page.find("body")
    title = " ".join(one.text for one in head.find("title"))
    dates = [m for m in head.find("meta") if m.attributes.get("name") == "dcterms.date"]
    if not title.strip():
        raise _wordless("the report has no title")
    if not page.attributes.get("lang") or len(dates) != 1:
        raise ValueError("a page has a language and a date")
    headings = {one.attributes.get("id", "") for one in body.find(*_HEADINGS)}
    tree = _Tree(headings - {""})
    return {
        "title": _BLANKS.sub(" ", title).strip(),
        "lang": page.attributes["lang"],
        "date": dates[0].attributes["content"],
        "body": tree.blocks(body),
        "rows": tree.rows,
    }


class _Line:
    """Where a line of text stands: after a blank or not, and the last text that was put on it."""

    def __init__(self) -> None:
        self.blank = True
        self.last: tuple[list[Any], int] | None = None

    def end(self) -> None:
        """Take the blank from its end."""
        if self.blank and self.last:
            runs, at = self.last
            runs[at] = runs[at].rstrip(" ")


class _Tree:
    def __init__(self, targets: set[str]) -> None:
        self.targets = targets
        self.rows = 0
        self.prints_addresses = True

    # -- blocks -----------------------------------------------------------------------------------

    def blocks(self, parent: Element) -> list[Node]:
        """An element's content; text that stands beside blocks is a block `text` of its own."""
        made: list[Node] = []
        runs: list[Element | str] = []
        for child in [*parent.children, None]:
            kind = _kind(child)
            if kind == "run" and child is not None:
                runs.append(child)
            if kind == "block":
                if text := self.runs(runs):
                    made.append({"is": "text", "body": text, "long": _is_long(runs)})
                runs = []
                if child is not None and not isinstance(child, str):
                    made.append(self.block(child))
        return made

    def block(self, element: Element) -> Node:
        """One block."""
        tag = element.tag
        made: Node = {"is": tag, "class": element.classes}
        if tag in _HEADINGS:
            return made | self._heading(element)
        if tag in ("p", "figcaption", "q"):
            return made | {
                "body": self.runs(element.children),
                "long": _is_long(element.children),
            }
        if tag in ("ul", "ol"):
            return made | self._list(element)
        if tag == "dl":
            return made | {"items": self._terms(element)}
        if tag == "table":
            return made | self._table(element)
        if tag == "pre":
            lines = element.text.removesuffix("\n").split("\n")
            return made | {"lines": [parted(one.expandtabs(8)) for one in lines]}
        if tag == "svg":
            return made | chart(element)
        return made | {"body": self.blocks(element)}

    def _list(self, element: Element) -> Node:
        """A list; the addresses behind links among rules are printed where the rules stand whole."""
        self.prints_addresses = "rules" not in element.classes
        items = [self.blocks(one) for one in _only(element, "li")]
        self.prints_addresses = True
        return {"items": items, "start": int(element.attributes.get("start", "1"))}

    def _heading(self, element: Element) -> Node:
        body = self.runs(element.children)
        if not body:
            raise _wordless("a heading of the report has no words")
        return {
            "is": "heading",
            "level": _HEADINGS[element.tag],
            "id": element.attributes.get("id", ""),
            "body": body,
        }

    def _terms(self, element: Element) -> list[Node]:
        items: list[Node] = []
        for one in _only(element, "dt", "dd"):
            if one.tag == "dt":
                items.append({"term": self.runs(one.children), "length": len(one.text), "body": []})
            else:
                items[-1]["body"] += self.blocks(one)
        return items

    # -- tables -----------------------------------------------------------------------------------

    def _table(self, element: Element) -> Node:
        parts: dict[str, list[list[Node]]] = {"thead": [], "tbody": [], "tfoot": []}
        caption: list[Any] = []
        for part in _only(element, "caption", "thead", "tbody", "tfoot"):
            if part.tag == "caption":
                caption = self.runs(part.children)
            else:
                parts[part.tag] += [self._row(row) for row in _only(part, "tr")]
        rows = [row for part in parts.values() for row in part]
        if not caption or len(parts["thead"]) != 1 or len({len(row) for row in rows}) != 1:
            raise ValueError("a table has a caption, a head of one row, and rows of one length")
        for n, row in enumerate(rows):
            headings = ["col"] * len(row) if n == 0 else ["row"] + [""] * (len(row) - 1)
            if [cell["scope"] for cell in row] != headings:
                raise ValueError("a table's headings are its first row and its first column")
        self.rows += len(rows) - 1
        columns = [
            {
                "numbers": all("n" in cell["class"] for cell in column),
                "most": max(cell["length"] for cell in column),
            }
            for column in zip(*rows, strict=True)
        ]
        return {"caption": caption, "columns": columns, **parts}

    def _row(self, element: Element) -> list[Node]:
        cells = _only(element, "td", "th")
        lengths = [len(" ".join(cell.text.split())) for cell in cells]
        return [
            {
                "class": cell.classes,
                "scope": cell.attributes.get("scope", "") if cell.tag == "th" else "",
                "length": length,
                "breakable": max(lengths) > _LONG,
                "body": self.blocks(cell),
            }
            for cell, length in zip(cells, lengths, strict=True)
        ]

    # -- runs -------------------------------------------------------------------------------------

    def runs(self, children: list[Element | str]) -> list[Any]:
        """Text and what stands in it, as one line."""
        line = _Line()
        made = self._runs(children, line)
        line.end()
        return _with_parts(made)

    def _runs(self, children: list[Element | str], line: _Line) -> list[Any]:
        made: list[Any] = []
        for child in children:
            if isinstance(child, str):
                text = _BLANKS.sub(" ", child)
                text = text.lstrip(" ") if line.blank else text
                if text:
                    made.append(text)
                    line.blank, line.last = text.endswith(" "), (made, len(made) - 1)
            elif (kind := _kind(child)) == "block":
                raise ValueError(f"<{child.tag}> in a line of text")
            elif kind == "run":
                made.append(self._run(child, line))
        return made

    def _run(self, element: Element, line: _Line) -> Node:
        made: Node = {"is": element.tag, "class": element.classes}
        if element.tag in ("br", "svg"):
            line.blank, line.last = element.tag == "br", None
            return {**made, "is": "swatch" if element.tag == "svg" else "br"} | (
                {"class": element.elements[0].classes} if element.tag == "svg" else {}
            )
        if element.tag == "a":
            href = element.attributes.get("href", "")
            inside = href[1:] if href.startswith("#") else ""
            made["to"] = inside if inside in self.targets else ""
            made["address"] = "" if href.startswith("#") else href
            made["printed"] = parted(href) if self.prints_addresses else []
        made["body"] = self._runs(element.children, line)
        if "digest" in element.classes:  # stands on a line of its own
            line.blank, line.last = True, None
        return made


def _kind(child: Element | str | None) -> str:
    """Whether a child is a `block`, a `run` in a line of text, or `unseen`; the end is a block."""
    if child is None:
        return "block"
    if isinstance(child, str):
        return "run"
    _refuse_what_changes_the_view(child)
    if child.tag in _UNSEEN or _UNSEEN_CLASSES & set(child.classes):
        return "unseen"
    if child.tag == "svg":
        known = {"chart": "block", "swatch": "run", "patterns": "unseen"}
        if len(child.classes) == 1 and child.classes[0] in known:
            return known[child.classes[0]]
    if child.tag == "q" and "reading" in child.classes:
        return "block"
    if child.tag in _BLOCKS:
        return "block"
    if child.tag in _RUNS:
        return "run"
    raise ValueError(f"an element that is not known: <{child.tag}> {child.attributes}")


def _refuse_what_changes_the_view(element: Element) -> None:
    if _CHANGES_THE_VIEW & element.attributes.keys():
        raise ValueError(f"attributes of <{element.tag}> are not known: {element.attributes}")
    if element.attributes.get("aria-hidden") == "true" and element.tag != "svg":
        raise ValueError(f"<{element.tag}> is hidden from those who hear the page, and is seen")


def _is_long(children: list[Element | str]) -> bool:
    return len(Element("", {}, children).text) > _LONG


def _wordless(message: str) -> InputError:
    return input_error("report.html", message, "give each request and each provision a title")


def _only(parent: Element, *tags: str) -> list[Element]:
    """An element's children, which are of these tags; between them is nothing but white space."""
    for child in parent.children:
        if child.strip() if isinstance(child, str) else child.tag not in tags:
            raise ValueError(f"in <{parent.tag}> is neither {' nor '.join(tags)}: {child}")
    for element in parent.elements:
        _refuse_what_changes_the_view(element)
    return parent.elements


def _with_parts(runs: list[Any]) -> list[Any]:
    """Runs with their long words parted, and without those that hold nothing."""
    made: list[Any] = []
    for run in runs:
        if isinstance(run, str):
            made += parted(run)
        elif "body" in run:
            run["body"] = _with_parts(run["body"])
            made += [run] if run["body"] else []
        else:
            made.append(run)
    return made

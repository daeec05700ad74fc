"""Elements: our own HTML pages as a tree, read with the standard library.

    HTML  ->  read_page  ->  Element (tag, attributes, children)

Promise: every tag that is opened is closed by its own; anything else is an error and is not mended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"})
"""Elements without an end tag."""


@dataclass(slots=True)
class Element:
    """One element: its tag, its attributes (one without a value has an empty one), its children."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """The words of its `class`."""
        return self.attributes.get("class", "").split()

    @property
    def elements(self) -> list[Element]:
        """Its children that are elements."""
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def text(self) -> str:
        """All text in it, as it is written."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def find(self, *tags: str) -> list[Element]:
        """All elements of these tags in it, in their order; not itself."""
        found = []
        for child in self.elements:
            found += [child] if child.tag in tags else []
            found += child.find(*tags)
        return found


def read_page(html: str) -> Element:
    """The `html` element of a page. Raises `ValueError` where tags do not match."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if len(reader.open) != 1:
        raise ValueError(f"<{reader.open[-1].tag}> is not closed")
    roots = reader.open[0].elements
    if [root.tag for root in roots] != ["html"]:
        raise ValueError("a page is one <html> element")
    return roots[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(self.open[-1].elements[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(made)

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].tag != tag:
            raise ValueError(f"</{tag}> closes <{self.open[-1].tag}>")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

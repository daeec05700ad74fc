"""Plain readings as HTML: the Markdown of a pack, made harmless.

    Markdown  ->  markdown-it (no HTML, no images, no headings)  ->  Markup

Promise: whatever a pack's author wrote, what comes out has no script, no outside asset and no
heading of its own.
"""

from __future__ import annotations

from itertools import pairwise

from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "heading", "lheading"])


def reading(text: str) -> Markup:
    """A whole plain reading, as blocks."""
    return Markup(_MARKDOWN.render(text))  # noqa: S704  # rendered with HTML off: see the promise


def first_paragraph(text: str) -> str:
    """The first paragraph's Markdown, on one line: what the provision says, before any detail."""
    tokens = _MARKDOWN.parse(text)
    for before, token in pairwise(tokens):
        if before.type == "paragraph_open":
            return " ".join(token.content.split())
    return ""


def line(text: str) -> Markup:
    """One line of Markdown, without a paragraph around it."""
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704  # likewise

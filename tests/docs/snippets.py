"""The snippets of a page: what stands in its fences, and what is to be done with each.

    page.md  ->  read_page  ->  [Snippet, …] in the page's order

Promise: no fence is passed over: one that cannot run says why, in a comment above it.

    ```console              commands after `$ `, each with its output; `…` stands for what is left out
    ```yaml title="a.yaml"  a file, written before the commands below it run
    ```python               runs; the comment at its end is what it prints
    ```markdown             provisions of law

    <!-- exit: 1 -->        above a fence: its last command ends with exit code 1
    <!-- given: a.duckdb -->  above a fence: the test puts this there first; the reader has her own
    <!-- not run: why -->   above a fence: it cannot run
    <!-- written by … -->   the page is written by a program
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

LANGUAGES = ("console", "python", "markdown")
"""Fence words that run; any other needs a title, or a reason."""

_FILLED = re.compile(r"<!-- (?:lint: [^>]*|leaks: [^>]*|end) -->")
_COMMENT = re.compile(r"<!-- (exit: |given: |not run: |written by )(.+?) -->", re.S)


@dataclass(frozen=True, slots=True)
class Command:
    """What stands after `$ ` (lines that end in `\\` go on), and the lines below it, if any."""

    text: str
    output: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fence. `title` is the file that it is; `given` what is there first; `why_not` says why it cannot
    run.
    """

    page: Path
    line: int
    language: str
    text: str
    title: str = ""
    exit_code: int = 0
    given: str = ""
    why_not: str = ""

    def commands(self) -> list[Command]:
        """The commands of a console; raises `ValueError` where the first line is none."""
        found: list[tuple[str, list[str], int]] = []
        goes_on = False
        for number, line in enumerate(self.text.splitlines(), self.line + 1):
            if goes_on:
                text, output, at = found[-1]
                found[-1] = (f"{text}\n{line}", output, at)
            elif line.startswith("$ "):
                found.append((line[2:], [], number))
            elif found:
                found[-1][1].append(line)
            else:
                raise ValueError(f"{self.page.name}:{number}: a console begins with `$ `")
            goes_on = line.endswith("\\") and (goes_on or line.startswith("$ "))
        return [Command(text, tuple(output), at) for text, output, at in found]


def read_page(path: Path) -> list[Snippet]:
    """All fences of a page.

    Raises `ValueError`: a fence word or a comment that means nothing, a comment above no fence.
    """
    found: list[Snippet] = []
    above: dict[str, str] = {}
    place = path.name
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8")):
        line = (token.map or [0, 0])[0] + 1
        if above and token.type not in ("html_block", "fence"):
            raise ValueError(f"{place}: no fence follows this comment")
        place = f"{path.name}:{line}"
        if token.type == "html_block":
            above |= _comments(token.content, place)
        elif token.type == "code_block":
            raise ValueError(f"{place}: indented code is not seen by the tests: write a fence")
        elif token.type == "fence":
            found.append(_snippet(path, line, token.info.strip(), token.content, above))
            above = {}
    if above:
        raise ValueError(f"{place}: no fence follows this comment")
    return found


def _comments(text: str, place: str) -> dict[str, str]:
    """What comments say of the fence below them; nothing of those around a table that a program fills."""
    text = _FILLED.sub("", text)
    if _COMMENT.sub("", text).strip():
        raise ValueError(f"{place}: this means nothing here: {text.strip()}")
    said = {key.rstrip(": "): value for key, value in _COMMENT.findall(text)}
    if len(said.get("not run", "it cannot run").split()) < 3:
        raise ValueError(f"{place}: say why it cannot run")
    said.pop("written by", None)
    return said


def _snippet(path: Path, line: int, info: str, text: str, above: dict[str, str]) -> Snippet:
    place = f"{path.name}:{line}"
    language, _, rest = info.partition(" ")
    title = re.fullmatch(r'title="([^"]+)"', rest.strip())
    if rest and not title:
        raise ValueError(f"{place}: this means nothing here: {rest}")
    if not title and language not in LANGUAGES and "not run" not in above:
        raise ValueError(f"{place}: nothing runs a fence of `{language}`")
    return Snippet(
        path,
        line,
        language,
        text,
        title[1] if title else "",
        int(above.get("exit", "0")),
        above.get("given", ""),
        above.get("not run", ""),
    )

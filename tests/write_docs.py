"""Writes the pages of `docs/` that follow from other files; `make docs` runs it.

    laws/vocabulary.md  ->  docs/vocabulary.md      the commands themselves  ->  docs/commands.md
    README.md, its ten minutes  ->  docs/walk.md      lint of the shipped law  ->  docs/lint-findings.md

Promise: every word of the vocabulary, every command, argument and option is on its page, each with
what it means; `ValueError` where one says nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import typer.main

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import habeas  # noqa: E402 - the path comes first
from habeas.cli import app  # noqa: E402
from habeas.law.vocabulary import Fact, Vocabulary, Word  # noqa: E402
from tests import leaks_page, lint_page  # noqa: E402

README = ROOT / "README.md"
WALK = re.compile(r"^## (Ten minutes.*?\n)(?=## )", re.M | re.S)
"""The README's section that `docs/walk.md` is made of."""


def header(source: str) -> str:
    return (
        f"<!-- written by tests/write_docs.py from {source}: edit that, and run `make docs` -->\n"
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; a bar in a cell is escaped."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(
        f"| {' | '.join(c.replace('|', chr(92) + '|') for c in one)} |\n" for one in lines
    )


# -- the vocabulary -------------------------------------------------------------------------------

_SCOPES = {
    "request": ("The request", "What is known about the letter, form or call that asks."),
    "person": ("The person", "What is known about the person whom it is about."),
    "item": ("The item", "What is known about one item, for this request and this person."),
}
_KINDS = {"data": "data", "act": "something done", "record": "another record"}


def vocabulary(words: Vocabulary) -> str:
    """`docs/vocabulary.md`: every word, in the order in which it is declared."""
    parts = [
        header("laws/vocabulary.md"),
        "# Vocabulary\n",
        "Every word that a law pack, a request or a mapping may use. A word that is not here is refused, and the nearest "
        "one that is here is named. What nobody has said is **unknown**, never *no*, unless its line says so.\n",
        "*Who answers* is who is in a position to know. What only the requester says can support a refusal, never a "
        "release. A *judgement* is a yes or no that a named person weighs, signs and dates. In brackets stands the matching "
        "term of the National Information Exchange Model (`nc:`, `j:`) or of the Data Privacy Vocabulary (`dpv:`, `pd:`).\n",
    ]
    for scope, (title, meaning) in _SCOPES.items():
        facts = [one for one in words.facts.values() if one.scope == scope]
        parts += [f"## {title}\n", f"{meaning}\n", _facts(facts)]
    for name, columns in words.tables.items():
        parts += [
            f"## Table `{name}`\n",
            f"One row for each {name}. The records say whether the table is complete; if not, there may be more rows.\n",
            _facts(columns.values()),
        ]
    items = [(f"`{w.name}`", _meaning(w), _KINDS[w.kind]) for w in words.items.values()]
    groups = [
        (f"`{w.name}`", w.meaning, ", ".join(f"`{m}`" for m in w.members), w.kind)
        for w in words.groups.values()
    ]
    acts = [(f"`{w.name}`", w.kind, w.meaning) for w in words.acts.values()]
    derived = [
        (", ".join(f"`{item}`" for item in one.given), one.how, f"`{one.item}`", one.reason)
        for one in words.derivations
    ]
    parts += [
        "## Items\n",
        "What can be asked for.\n",
        table(("item", "meaning", "is"), items),
        "## Groups of items\n",
        "Shorthand; groups may overlap. `everything` is all items.\n",
        table(("group", "meaning", "items", "authority"), groups),
        "## Actors\n",
        "Who can owe something.\n",
        table(("actor", "meaning"), ((f"`{w.name}`", w.meaning) for w in words.actors.values())),
        "## Acts\n",
        "What can be owed, and to whom.\n",
        table(("act", "to", "meaning"), acts),
        "## Papers that somebody could get\n",
        "Facts that a paper answers. Notes for the office on what would change an answer tell these apart from what "
        "nobody can change. A yes/no fact counts only towards *yes*.\n",
        table(("fact", "paper"), ((f"`{name}`", said) for name, said in words.obtainable.items())),
        "## What gives what away\n",
        "Whoever has the items on the left has the one on the right: always, or in cases that plainly occur. "
        "`habeas check` looks for answers that give away what they do not grant: [what it finds](leak-findings.md). "
        "Nothing here changes a decision.\n",
        table(("items", "how", "item", "reason"), derived),
    ]
    for one in said_nothing(words):
        raise ValueError(f"`{one}` has no meaning in laws/vocabulary.md")
    return "\n".join(parts)


def said_nothing(words: Vocabulary) -> Iterator[str]:
    """Words without a meaning."""
    listed: list[Fact | Word] = [*words.facts.values()]
    for columns in words.tables.values():
        listed += columns.values()
    for kind in (words.items, words.groups, words.actors, words.acts):
        listed += kind.values()
    yield from (one.name for one in listed if not one.meaning.strip())


def _facts(facts: Iterable[Fact]) -> str:
    rows = ((f"`{f.name}`", _meaning(f), _type(f), ", ".join(f.who)) for f in facts)
    return table(("word", "meaning", "answers", "who answers"), rows)


def _meaning(word: Fact | Word) -> str:
    """The meaning, with what silence means where it is not *unknown*, and the standard's term."""
    parts = [word.meaning]
    if isinstance(word, Fact) and word.closed:
        parts.append(f"If nobody says, *no*: {word.authority}.")
    if word.standard:
        parts.append(f"({word.standard if '`' in word.standard else f'`{word.standard}`'})")
    return " ".join(parts)


def _type(fact: Fact) -> str:
    if fact.type == "words":
        return "one of: " + " · ".join(fact.words)
    if fact.judgement:
        return "yes/no, a judgement"
    return f"yes/no; listed in `{fact.derived}`" if fact.derived else fact.type


# -- the commands ---------------------------------------------------------------------------------


def whole() -> Any:
    """The whole command."""
    return typer.main.get_command(app)


def commands() -> dict[str, Any]:
    """Every command by its name, `habeas records check`, groups left out; by name."""
    return dict(sorted(_walk(whole(), "habeas")))


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
    for word, one in (inner or {}).items():
        if not one.hidden:
            yield from _walk(one, f"{name} {word}")


def example(command: Any) -> str:
    """The example of a command's help, without markup; several are parted by `, `."""
    return re.sub(r"\[/?[a-z ]*\]", "", command.epilog or "").removeprefix("Example: ")


def commands_page() -> str:
    """`docs/commands.md`: every command with its arguments, options and example."""
    every = whole()
    codes = re.sub(r"^Exit codes: ", "", every.epilog or "")
    parts = [
        header("the commands' own help"),
        "# Commands\n",
        f"{' '.join((every.help or '').split())} `habeas COMMAND --help` prints what stands here.\n",
        f"Every command ends with an **exit code**: {codes} With `--json`, standard output is one JSON document and nothing "
        "else, also where something is wrong.\n",
        _options([one for one in every.params if not one.hidden], "habeas"),
    ]
    for name, command in commands().items():
        if not (command.help or "").strip():
            raise ValueError(f"`{name}` has no help")
        shown = [one for one in command.params if not one.hidden]
        parts += [
            f"## `{name}`\n",
            *(f"{' '.join(paragraph.split())}\n" for paragraph in command.help.split("\n\n")),
            f"Usage: `{' '.join((name, *map(_usage, _needed_first(shown))))}`\n",
        ]
        if shown:
            parts.append(_options(shown, name))
        if example(command):
            parts.append(f"Example: `{'`, `'.join(example(command).split(', '))}`\n")
    return "\n".join(parts)


def _options(shown: list[Any], name: str) -> str:
    rows = []
    for one in shown:
        if not (one.help or "").strip():
            raise ValueError(f"`{one.name}` of `{name}` has no help")
        meaning, _, otherwise = " ".join(one.help.split()).partition(" Left out: ")
        rows.append((f"`{_usage(one).strip('[]')}`", meaning, otherwise.rstrip(".") or _given(one)))
    return table(("argument or option", "meaning", "if left out"), rows)


def _given(one: Any) -> str:
    if one.required:
        return "an error"
    return "-" if one.default is None or one.default is False else f"`{one.default}`"


def _needed_first(shown: list[Any]) -> list[Any]:
    """Arguments, then options that must be given, then the others."""
    return sorted(shown, key=lambda one: (one.param_type_name != "argument", not one.required))


def _usage(one: Any) -> str:
    """An argument or option as it is typed, in brackets where it can be left out."""
    value = (one.metavar or one.name.upper()).strip("[]")
    if one.param_type_name == "argument":
        text = value
    else:
        text = one.opts[-1] if one.is_flag else f"{one.opts[-1]} {value}"
    return text if one.required else f"[{text}]"


# -- the walk -------------------------------------------------------------------------------------


def walk() -> str:
    """`docs/walk.md`: the README's ten minutes, with links as they are from here."""
    match = WALK.search(README.read_text(encoding="utf-8"))
    if match is None:
        raise ValueError("README.md has no section `## Ten minutes…`")
    text = match[1].replace("](docs/", "](")
    return f"{header('README.md')}\n# {text}".rstrip() + "\n"


WRITERS: dict[str, Callable[[], str]] = {
    "docs/vocabulary.md": lambda: vocabulary(habeas.read_laws().vocabulary),
    "docs/commands.md": commands_page,
    "docs/walk.md": walk,
    "docs/lint-findings.md": lint_page.page,
    "docs/leak-findings.md": leaks_page.page,
}
"""What writes each page, by its path from the root."""


def main() -> None:
    """Write them all."""
    for path, writer in WRITERS.items():
        (ROOT / path).write_text(writer(), encoding="utf-8")


if __name__ == "__main__":
    main()

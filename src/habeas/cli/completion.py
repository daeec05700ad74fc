"""What the shell offers when somebody presses Tab: places, items, provisions.

    the law that the words so far name  ->  its names  ->  those that begin as what was typed

Promise: Tab never prints an error; law that cannot be read offers nothing. Only plain names are offered,
since shells evaluate what they are given and a folder of law may be anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import typer

from habeas.decisions.laws import read_laws
from habeas.law.blocks import Acting, Duty
from habeas.law.book import LawBook

_PLAIN = re.compile(r"[A-Za-z0-9._/#-]+")


def places(ctx: typer.Context, incomplete: str) -> list[str]:
    """Places with law."""
    return _offered(ctx, incomplete, LawBook.places)


def items(ctx: typer.Context, incomplete: str) -> list[str]:
    """Items of the vocabulary."""
    return _offered(ctx, incomplete, lambda book: book.vocabulary.items)


def places_and_provisions(ctx: typer.Context, incomplete: str) -> list[str]:
    """Places; of a place that is typed or is the only one left, the ids of its provisions and blocks too."""

    def names(book: LawBook) -> list[str]:
        found = [place for place in book.places() if place.startswith(incomplete)]
        start = found[0] if len(found) == 1 else incomplete
        start = start if "/" in start else f"{start}/"
        return [*found, *(one for one in _ids(book) if one.startswith(start))]

    return _offered(ctx, incomplete, names)


def _ids(book: LawBook) -> Iterator[str]:
    for provision in book.provisions():
        yield provision.id
        for block in provision.blocks:
            if isinstance(block, Acting | Duty):
                yield block.id


def _offered(
    ctx: typer.Context, incomplete: str, names: Callable[[LawBook], Iterable[str]]
) -> list[str]:
    try:
        found = names(read_laws(_folder(ctx)))
        return [
            name
            for name in dict.fromkeys(found)
            if name.startswith(incomplete) and _PLAIN.fullmatch(name)
        ]
    except Exception:  # whatever is wrong with the law, the command itself will say it
        return []


def _folder(ctx: typer.Context) -> Path | None:
    """The folder that `--law` names on the line so far."""
    for option in ctx.command.params:
        if option.name and "--law" in option.opts:
            named: Path | str | None = ctx.params.get(option.name)
            return Path(named).expanduser() if named else None
    return None

"""The command `compare`.

    places, day  ->  compare  ->  what each answers to the same questions: text, JSON, an HTML page

Promise: text, JSON and page tell the same answers; an existing file is never written over.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding

from habeas.cli import completion
from habeas.cli.common import (
    AsJson,
    AsOf,
    LawFolder,
    app,
    day_of_law,
    out,
    plain,
    tell,
    tell_json,
    verdict,
)
from habeas.decisions.comparison import Answered, Comparison, compare
from habeas.decisions.laws import read_law
from habeas.errors import InputError, Place, Problem, counted, input_error


@app.command(
    "compare",
    epilog="Example: [bold]habeas compare us-ca-sf us-ca us-tx us-il --as-of 2025-07-17 --html places.html[/]",
)
def compare_places(
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="PLACE…",
            help="Two places or more; each place's law with that of the places above it.",
            autocompletion=completion.places,
        ),
    ],
    as_of: AsOf = None,
    folder: LawFolder = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="A new file for a page with all answers, citations and readings. Left out: none is written.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What do places answer to the same questions, and by which provisions?

    The questions are fixed: detainers, release dates, citizenship, addresses, the press, one's own
    record and others, each in the words of the vocabulary. An answer is decided as a real request is.
    What a question leaves open stays unknown: where the answer is not the same in all cases, it is
    *refer*, with the facts that it hinges on. `habeas diff` compares two laws in every case there is.

    "No rule orders or allows it" means: no rule in these packs.

    Exit code 0: answered. 2: unusable input.
    """
    if len(places) < 2:
        message, help_line = "one place cannot be compared", "name two places or more"
        raise InputError(Problem(Place("PLACE"), message, help_line))
    if html is not None and (html.exists() or html.is_symlink()):
        raise input_error(html, "there is already such a file", "name a new file")
    day = day_of_law(as_of) or date.today()
    found = compare([read_law(place, folder) for place in places], day)
    if html is not None:
        from habeas.reports.comparison import comparison_html

        _write(html, comparison_html(found))
    if as_json:
        tell_json(found.to_json())
        return
    _print(found)
    if html is not None:
        tell(f"written: [bold]{plain(html)}[/]")


def _print(found: Comparison) -> None:
    wide = max(len(law.place) for law in found.laws)
    tell(f"[bold]{', '.join(law.place for law in found.laws)}[/], law of {found.day}")
    number = 0
    for title, rows in groupby(found.answers, key=lambda one: one[0].group):
        tell()
        tell(f"[bold underline]{plain(title)}[/]")
        for question, row in rows:
            number += 1
            tell()
            tell(f"{number}. {plain(question.asks)} [dim]({question.item})[/]")
            for one in row:
                _print_answer(one, wide)
    differ = sum(len({one.decision.verdict for one in row}) > 1 for _, row in found.answers)
    tell()
    for left in found.unasked:
        tell(f"[yellow]not asked[/], for want of {', '.join(left.lacks)}: {plain(left.asks)}")
    _print_sources(found)
    tell(f"[bold]{differ} of {counted(len(found.answers), 'question')}[/] answered differently")
    if any(each.decision.unchecked for _, row in found.answers for each in row):
        tell("[yellow]unchecked[/]: nobody has held that reading against the official text")


def _print_answer(one: Answered, wide: int) -> None:
    cited = dict.fromkeys(
        (
            f"{each.provision.heading} · {each.provision.pack.title}",
            each.unchecked,
            each.provision.status,
        )
        for each in one.cited
    )
    decision = one.decision
    out.print(
        Padding(
            f"[bold]{one.place:<{wide}}[/]  {verdict(decision.verdict)}, {decision.basis}",
            (0, 0, 0, 2),
        )
    )
    for citation, unchecked, status in cited:
        marks = f" ({status})" if status else ""
        marks += " [yellow]unchecked[/]" if unchecked else ""
        _indented(f"{plain(citation)}{marks}", wide + 4)
    if one.hinges:
        _indented(f"hinges on {plain(', '.join(each.fact for each in one.hinges))}", wide + 4)


def _print_sources(found: Comparison) -> None:
    """Each Act that was cited, with its citation and the address of its official text."""
    packs = {
        each.provision.pack.id: each.provision.pack
        for _, row in found.answers
        for one in row
        for each in one.cited
    }
    tell("[bold underline]Official texts[/]")
    for _, pack in sorted(packs.items()):
        _indented(f"{plain(pack.title)}, {plain(pack.citation)}", 2)
        out.print(f"    {pack.source}", markup=False, soft_wrap=True)
    tell()


def _indented(text: str, by: int) -> None:
    out.print(Padding(text, (0, 0, 0, by), expand=False))


def _write(path: Path, text: str) -> None:
    """A new file: whole, or not at all, and never over another."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as scratch:
            made = Path(scratch) / "page"
            made.write_text(text, encoding="utf-8")
            os.link(made, path)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise input_error(path, f"cannot be written: {reason}", "name a file elsewhere") from None

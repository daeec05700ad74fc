"""The command `lint`.

    place, day  ->  lint  ->  conflicts, blocks that never act or never decide, contested readings …

Promise: what is said of every case was proved, and every example came out of the engine; a finding is
called a question, and never an error of the law.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Annotated

import typer
from rich.padding import Padding

from habeas.cli import completion
from habeas.cli.common import AsJson, LawFolder, app, day_of_law, out, plain, tell, tell_json
from habeas.decisions.laws import read_law, read_laws
from habeas.errors import InputError, Place, Problem, counted
from habeas.law.vocabulary import Vocabulary
from habeas.proofs import lint as linter
from habeas.proofs.lint_finding import KINDS, Example, Finding, Unsettled
from habeas.proofs.solve import SECONDS

NO_ERROR = "A finding is a question to whoever knows the law, and no error of it."


@app.command(
    epilog="Example: [bold]habeas lint us-ca-sf --as-of 2025-07-17[/], [bold]habeas lint us-ca --all-days[/]"
)
def lint(
    place: Annotated[
        str | None,
        typer.Argument(
            metavar="[PLACE]",
            help="A place, such as `us-ca-sf`. Left out: every place.",
            autocompletion=completion.places,
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DAY", help="The day of law, `YYYY-MM-DD`. Left out: today."
        ),
    ] = None,
    all_days: Annotated[
        bool,
        typer.Option(
            "--all-days", help="Every day: each stretch of unchanging law is looked at by itself."
        ),
    ] = False,
    folder: LawFolder = None,
    as_json: AsJson = False,
) -> None:
    """What in the law is worth a lawyer's look, proved for every case that there could be.

    Finds rules that conflict, blocks that never act or never decide anything, rules that their
    exceptions swallow, items without a rule or with one outcome, contested readings that decide,
    definitions that set nobody apart and parts of conditions that never matter, with an example
    that the law itself decided, where there can be one. A finding is a question to whoever knows the
    law, and no error of it.

    Exit code 0: nothing is found. 1: there are findings. 2: input that cannot be used. 3: something
    was not settled in time; it is named, and so are the findings.
    """
    if as_of is not None and all_days:
        raise InputError(
            Problem(Place("--all-days"), "one day is named, and every day", "leave one of them out")
        )
    day = day_of_law(as_of) or date.today()
    book = read_laws(folder)
    if place is not None:
        read_law(place, folder)  # refuses a place without law
    found = [
        linter.lint_all(book, one, SECONDS)
        if all_days
        else linter.lint(book, linter.stretch_of(book, one, day), SECONDS)
        for one in ([place] if place is not None else book.places())
    ]
    if as_json:
        tell_json(
            {
                "as_of": None if all_days else day.isoformat(),
                "places": [{**one.to_json(), "law": book.digest(one.place)} for one in found],
            }
        )
    else:
        for one in found:
            _print(one, book.vocabulary, all_days)
        _close(found)
    if any(one.unsettled for one in found):
        raise typer.Exit(3)
    if any(one.findings for one in found):
        raise typer.Exit(1)


def _close(found: Sequence[linter.Linted]) -> None:
    findings = sum(len(one.findings) for one in found)
    unsettled = sum(len(one.unsettled) for one in found)
    tell(f"[bold]{counted(findings, 'finding')}[/] in {counted(len(found), 'place')}. {NO_ERROR}")
    if unsettled:
        tell(f"[bold yellow]{counted(unsettled, 'question')} not settled in time[/]")


def _print(made: linter.Linted, vocabulary: Vocabulary, all_days: bool) -> None:
    days = "on every day" if all_days else _days(made.start, made.end)
    tell(f"[bold]The law of {made.place}[/], {days}")
    for kind, findings in groupby(made.findings, key=lambda one: one.kind):
        told = KINDS[kind]
        tell()
        tell(f"[bold underline]{told.title}[/]")
        _indent(f"{told.means}{f' [italic]{told.question}[/]' if told.question else ''}", 0)
        for finding in findings:
            tell()
            _finding(finding, vocabulary, all_days)
    _where(made.findings)
    if not made.findings and not made.unsettled:
        tell("nothing found")
    for one in made.unsettled:
        _unsettled(one, vocabulary, all_days)
    tell()


def _finding(one: Finding, vocabulary: Vocabulary, all_days: bool) -> None:
    _indent(plain(one.sentence))
    if one.items:
        _indent(f"for {plain(', '.join(grouped(one.items, vocabulary)))}", 4)
    if all_days:
        _indent(_days(one.start, one.end), 4)
    if one.example:
        _indent(f"example: {plain(shown(one.example))}", 4)


def _where(findings: Iterable[Finding]) -> None:
    """Where the blocks that were named stand in the law."""
    named = {block.id: block for one in findings for block in (*one.blocks, *one.because)}
    if named:
        tell()
        tell("[bold underline]Where these stand[/]")
    for _, block in sorted(named.items()):
        unchecked = " [yellow]unchecked[/]" if block.unchecked else ""
        _indent(f"[bold]{plain(block.id)}[/] {plain(block.citation)}{unchecked}")


def _unsettled(one: Unsettled, vocabulary: Vocabulary, all_days: bool) -> None:
    what = ", ".join([*one.blocks, *grouped(one.items, vocabulary)])
    days = f", {_days(one.start, one.end)}" if all_days else ""
    tell()
    tell(f"[bold yellow]not settled in time[/]: {KINDS[one.kind].title}? {plain(what)}{days}")


def shown(example: Example) -> str:
    """An example in one line."""
    facts = [
        f"every {path} is on file" if value == "complete" else f"{path} = {value}"
        for path, value in example.facts
    ]
    facts += [f"{p} {'acts' if acting else 'does not act'}" for p, acting in example.readings]
    case = f"where {', '.join(facts)}" if facts else "in any case"
    otherwise = f"; {': '.join(example.otherwise)}" if example.otherwise else ""
    return f"{example.item} is {example.outcome} {case}{otherwise}"


def grouped(items: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    """Items by the vocabulary's groups, where all of a group is there; the largest group first."""
    left = dict.fromkeys(items)
    if len(left) == len(vocabulary.items):
        return ["everything"]
    found = []
    for group in sorted(vocabulary.groups.values(), key=lambda one: -len(one.members)):
        if len(group.members) > 1 and left.keys() >= {*group.members}:
            found.append(group.name)
            left = {item: None for item in left if item not in group.members}
    return [*found, *left]


def _days(start: date, end: date) -> str:
    since = "always" if start == date.min else f"since {start}"
    return since if end == date.max else f"{since} until the day before {end}"


def _indent(text: str, by: int = 2) -> None:
    out.print(Padding(text, (0, 0, 0, by)))

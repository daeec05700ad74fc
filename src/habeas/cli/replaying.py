"""The command `replay`.

    folder of an answer  ->  replay  ->  the same, or what differs

Promise: *same* is printed only where everything was decided again and came out as it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import habeas
from habeas.cli.common import AsJson, app, plain, tell, tell_json
from habeas.reports import Replayed
from habeas.reports import replay as replayed


@app.command(epilog="Example: [bold]habeas replay answer[/]")
def replay(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that `habeas decide --out` wrote.")
    ],
    as_json: AsJson = False,
) -> None:
    """Decide again from the stored request, facts and law, and say whether the same comes out.

    Exit code 0: the same. 1: a file was changed, or a decision differs. 2: it cannot be decided again.
    """
    found = replayed(folder)
    if as_json:
        tell_json(found.to_json())
    else:
        _print(found, folder)
    if not found.same:
        raise typer.Exit(1)


def _print(found: Replayed, folder: Path) -> None:
    if found.by != habeas.__version__:
        tell(f"written by Habeas {plain(found.by)}, decided again by {habeas.__version__}")
    for name, wrong in found.files.items():
        tell(f"[bold red]{plain(folder / name)}[/] {wrong}")
    if found.same:
        tell(
            f"[bold green]same[/]: {found.decisions:,} decisions, made again from the stored requests, facts and law"
        )
        return
    tell(f"[bold red]differs[/]: {found.differing:,} of {found.decisions:,} decisions")
    for one in found.examples:
        tell(
            f"  request {plain(one.request)}, person {plain(one.person)}, [bold]{plain(one.item)}[/]"
        )
        if not one.fields:
            tell("    belongs to no request of this folder")
        for name, (was, now) in one.fields.items():
            tell(f"    {name}: {plain(was)} [bold]is now[/] {plain(now)}")
    if found.differing > len(found.examples):
        tell(f"  and {found.differing - len(found.examples):,} more")

"""The `doctor` command: is everything here that deciding takes, and how is the rest to be had?

    this machine  ->  findings (machine.py)  ->  a few lines each, or JSON;  exit code

Promise: exit code 0 says that nothing is broken that deciding needs; what is merely missing is a note.
"""

from __future__ import annotations

import io
import sys
from dataclasses import asdict
from datetime import date

import typer

from habeas.cli.common import AsJson, LawFolder, app, out, plain, tell_json
from habeas.cli.machine import Finding, findings
from habeas.errors import counted

_STYLE = {"ok": "green", "note": "yellow", "broken": "bold red"}


@app.command(epilog="Example: [bold]habeas doctor[/]")
def doctor(folder: LawFolder = None, as_json: AsJson = False) -> None:
    """What is here, what is missing on this machine, what it is for, and how to get it.

    Exit code 0: all that deciding needs is here. 1: something of it is missing or broken.
    """
    encoding = sys.stdout.encoding
    if isinstance(sys.stdout, io.TextIOWrapper):
        if as_json:
            sys.stdout.reconfigure(encoding="utf-8")  # JSON is, whatever the terminal
        else:
            sys.stdout.reconfigure(errors="backslashreplace")  # it is the terminal that is examined
    found, book = findings(folder, encoding, date.today())
    ready = all(one.state != "broken" for one in found)
    if as_json:
        tell_json(
            {
                "ready": ready,
                "law": {place: book.digest(place) for place in book.places()} if book else {},
                "findings": [asdict(one) for one in found],
            }
        )
    else:
        for one in found:
            _print(one)
        notes = sum(one.state == "note" for one in found)
        if ready:
            above = f"; {counted(notes, 'note')} above" if notes else ""
            out.print(f"Habeas can decide here{above}.")
        else:
            out.print("Habeas cannot decide here until what is broken is mended.")
    if not ready:
        raise typer.Exit(1)


def _print(one: Finding) -> None:
    state = f"[{_STYLE[one.state]}]{one.state:<6}[/]"
    out.print(f"{state}  [bold]{one.what}[/]: {plain(one.found)}", soft_wrap=True)
    out.print(f"        for: {plain(one.why)}", soft_wrap=True)
    if one.help:
        out.print(f"        help: {plain(one.help)}", soft_wrap=True)

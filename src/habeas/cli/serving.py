"""Casework: `habeas serve`, and what its console does for an office.

folder of an office  ->  serve  ->  the records desk, over HTTP
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli.common import app, plain, tell

if TYPE_CHECKING:
    from habeas.web.accounts.demo import DemoUser


@app.command(epilog="Example: [bold]habeas serve demo --demo --port 8000[/]")
def serve(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The office's folder, with its `office.yaml`.")
    ] = Path("habeas-office"),
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Make an office that does not exist, with cases and users."),
    ] = False,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Where to listen.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", help="On which port.")] = 8000,
) -> None:
    """The records desk: casework on the engine and the log, as a web application.

    Exit code 2: the office's file or keys cannot be used, or the extra `casework` is not installed.
    """
    from habeas.web import founding, office, starting

    starting.needed()
    where = folder.resolve()
    founding.found(founding.found_demo(where) if demo else office.read_office(where))
    starting.start(where)
    starting.up_to_date()
    if demo:
        from habeas.web.accounts.demo import make_users
        from habeas.web.demo import fill

        _tell_demo(make_users())
        fill()
    starting.serve(host, port, lambda address: tell(f"listening: {address}"))
    tell("ended")


def _tell_demo(users: Sequence[DemoUser]) -> None:
    tell("People, cases and users of this office do not exist. Sign in as one of:")
    tell()
    for one in users:
        tell(f"  {one.name:<14} {plain(one.password):<32} one-time codes from {plain(one.secret)}")
    tell()
    tell(
        "A code for now: [bold]habeas office code USER --office DIR[/] in another terminal. Ctrl-C ends this one."
    )

"""What all commands share: the application, its options, and how results and errors are printed.

    a command's result  ->  tell, tell_json  ->  standard output;  HabeasError  ->  standard error

Promise: with `--json`, standard output is one JSON document and nothing else.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

import habeas
from habeas.cli import completion
from habeas.errors import HabeasError, InputError, Place, Problem
from habeas.law.dates import read_day

app = typer.Typer(
    name="habeas",
    help="May this leave the building? The law itself answers, item by item, and says why.",
    epilog="Exit codes: 0 yes; 1 a finding (a case that fails, a promise that is broken); 2 unusable input; 3 not proved, and not broken either.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)

VERDICT_STYLE = {"grant": "bold green", "deny": "bold red", "refer": "bold yellow"}

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DAY",
        help="The day of law, `YYYY-MM-DD`: the day the data would leave. Left out: today.",
    ),
]
LawFolder = Annotated[
    Path | None,
    typer.Option(
        "--law", metavar="DIR", help="A folder of law. Left out: the law that ships with Habeas."
    ),
]
PlaceName = Annotated[
    str,
    typer.Option(
        "--place",
        metavar="P",
        help="The custodian's place, such as `us-ca-sf`.",
        autocompletion=completion.places,
    ),
]
RecordsSource = Annotated[
    str,
    typer.Option(
        "--records",
        metavar="R",
        help="The records: a folder of CSV or Parquet files, a DuckDB or SQLite file, or `postgresql://user@host/database`.",
    ),
]
MapFile = Annotated[
    Path | None,
    typer.Option(
        "--map",
        metavar="M",
        help="The mapping file. Left out: `mapping.yaml` in the folder of records; where there is none, columns with NIEM's names map by themselves.",
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"habeas {habeas.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """May this leave the building? The law itself answers, item by item, and says why."""


def day_of_law(text: str | None) -> date | None:
    """The day that `--as-of` names; None where it was left out. Raises `InputError`."""
    if text is None:
        return None
    try:
        return read_day(text)
    except ValueError:
        raise InputError(
            Problem(Place("--as-of"), f"`{text}` is no day", "write it as `YYYY-MM-DD`")
        ) from None


def tell(text: str = "") -> None:
    """Print a line with rich markup."""
    out.print(text)


def tell_json(document: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def failed(error: HabeasError, *, as_json: bool) -> None:
    """Print what is wrong: as text to standard error, as JSON to standard output."""
    if as_json:
        tell_json(
            {
                "problems": [
                    {
                        "path": p.place.path,
                        "line": p.place.line,
                        "column": p.place.col,
                        "message": p.message,
                        "help": p.help,
                    }
                    for p in error.problems
                ]
            }
        )
        return
    err.print(plain(error))


def verdict(word: str) -> str:
    """A verdict in its colour."""
    return f"[{VERDICT_STYLE[word]}]{word}[/]"


_SPELT = {
    code: f"\\u{code:04x}"
    for code in (
        *range(32),
        *range(127, 160),
        0x061C,
        *range(0x200E, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
    )
    if chr(code) not in "\n\t"
}
"""Control characters, and those that change the direction of what follows."""


def plain(text: object) -> str:
    """Text in which rich sees no markup, and the terminal no command: what cannot be seen is spelt out."""
    return escape(str(text).translate(_SPELT))

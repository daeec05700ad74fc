"""Commands on records: `records check`, `records map`, `sample`.

    folder or database, mapping  ->  records check  ->  what maps and what does not
    folder or database  ->  records map  ->  the mapping that NIEM's names make;  sample  ->  a synthetic jail

Promise: nothing is decided here, and no value of a record is printed but those that nobody mapped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.common import AsJson, LawFolder, MapFile, app, out, tell, tell_json
from habeas.decisions.laws import read_laws
from habeas.records import check_records, mapping_by_name, write_sample

records = typer.Typer(
    help="Look at a folder of records before anything is decided.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(records, name="records")

Source = Annotated[
    str,
    typer.Argument(
        metavar="R",
        help="A folder of CSV or Parquet files, a DuckDB or SQLite file, or `postgresql://user@host/database`.",
    ),
]


@records.command(
    "check", epilog="Example: [bold]habeas records check jail --map jail/mapping.yaml[/]"
)
def records_check(
    source: Source,
    mapping: MapFile = None,
    law_folder: LawFolder = None,
    as_json: AsJson = False,
) -> None:
    """What of these records maps to what, what does not, and which facts nobody answers.

    Exit code 0: every cell was understood. 1: some were not (they count as unknown). 2: unusable.
    """
    report = check_records(source, mapping, read_laws(law_folder).vocabulary)
    if as_json:
        tell_json(report.to_json())
    else:
        for line in report.lines():
            out.print(line, markup=False, soft_wrap=True)
    if not report.clean:
        raise typer.Exit(1)


@records.command("map", epilog="Example: [bold]habeas records map export[/]")
def records_map(source: Source, law_folder: LawFolder = None, as_json: AsJson = False) -> None:
    """Print the mapping that columns with names of NIEM make by themselves, to be read and changed.

    Without a mapping file, this one is used. What it leaves out is named in it.
    """
    text = mapping_by_name(source, read_laws(law_folder).vocabulary)
    if as_json:
        tell_json({"mapping": text})
    else:
        out.print(text, markup=False, soft_wrap=True, end="")


@app.command(epilog="Example: [bold]habeas sample jail --people 1200 --seed 1[/]")
def sample(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Where to write it: a new folder, or an earlier sample."
        ),
    ],
    people: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many people.")] = 1200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same jail.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic jail: people, bookings, charges, convictions, and the mapping for them.

    Nobody in it is real. Name origin and citizenship are drawn independently of each other.
    """
    write_sample(folder, people, seed)
    if as_json:
        tell_json(
            {
                "folder": str(folder),
                "people": people,
                "seed": seed,
                "files": sorted(p.name for p in folder.iterdir()),
            }
        )
    else:
        tell(f"{people} people who do not exist: {folder}")
        tell(f"next: [bold]habeas records check {folder}[/]")

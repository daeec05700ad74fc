"""The `audit` command: logs of access, held against the law.

    LOG…, map, place  ->  audit  ->  findings, report, rejects in a folder;  a few lines

Promise: no text of a row and nobody's name is printed or shown; what is found is called apparent.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from habeas.audits.audit import Audit, audit
from habeas.audits.compare import Compared, compare
from habeas.audits.elsewhere import elsewhere
from habeas.audits.log_tables import TableFacts
from habeas.audits.log_targets import read_log_map
from habeas.audits.on_duckdb import opened
from habeas.audits.staging import Progress as Told
from habeas.cli.common import AsJson, LawFolder, PlaceName, app, err, plain, tell, tell_json
from habeas.decisions.laws import read_law
from habeas.errors import InputError, Place, Problem
from habeas.reports.audit_files import figures, refuse_folder, write_audit
from habeas.reports.words import several

LEAST = 100
"""The least memory, in megabytes, that DuckDB gets along with here."""

_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*(MB|GB|MiB|GiB)", re.IGNORECASE)


@app.command(
    name="audit",
    epilog="Example: [bold]habeas audit examples/logs/searches.csv --map examples/maps/alpr-searches.yaml --place us-ca --out audit[/]",
)
def audit_command(
    logs: Annotated[
        list[str],
        typer.Argument(
            metavar="LOG…",
            help="Logs: CSV or JSON lines (`.gz` too), Parquet, or a table of a database, `FILE#TABLE` or `postgresql://user@host/database#TABLE`.",
        ),
    ],
    log_map: Annotated[
        Path,
        typer.Option("--map", metavar="MAP", help="The log map: what the columns mean."),
    ],
    place: PlaceName,
    out_folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to write findings and report.")
    ],
    memory: Annotated[
        str,
        typer.Option(
            "--memory-limit",
            metavar="SIZE",
            help="The most memory that the database takes; the rest goes to a temporary folder on disk.",
        ),
    ] = "1GB",
    engine_word: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="ENGINE",
            help="Where rows are decided: `duckdb` (built in), `postgresql` or an address `postgresql://user@host/database`, or `spark`. Logs are read, and findings made, by DuckDB; with another engine the rows' facts have to fit into memory.",
        ),
    ] = "duckdb",
    compare_with: Annotated[
        Path | None,
        typer.Option("--compare", metavar="DIR", help="An earlier audit: say what changed since."),
    ] = None,
    with_text: Annotated[
        bool,
        typer.Option(
            "--with-text",
            help="Write each row's stated reason beside its answer, for use inside the office alone; the report never shows it.",
        ),
    ] = False,
    law_folder: LawFolder = None,
    as_json: AsJson = False,
) -> None:
    """Hold each row of a log against the law of its own day.

    Finds what was apparently disclosed though forbidden, and apparently refused though required.
    Writes findings.csv, findings.parquet, decisions.parquet (every row), rejects.csv (rows that could
    not be read, with line and reason) and report.html. A finding is a reason to look, and no proof.

    Exit code 0: nothing was found. 1: there are apparent findings. 2: unusable input.
    """
    limit = memory_limit(memory)
    law = read_law(place, law_folder)
    read = read_log_map(log_map, law.book.vocabulary, law_folder)
    refuse_folder(out_folder)
    with elsewhere(engine_word) as there, opened(limit) as engine:
        with _bar(as_json) as told:
            made = audit(engine, law, logs, read, told, there)
        compared = compare(made, compare_with) if compare_with is not None else None
        shown = [one.shown for one in made.staged.sources]  # an address without its password
        command = " ".join(["habeas audit", *shown, "--map", log_map.name, "--place", place])
        written = write_audit(out_folder, made, compared, command, with_text=with_text)
    if as_json:
        changes = dict(compared.changes) if compared else None
        tell_json(figures(made) | {"changes": changes, "files": [str(path) for path in written]})
    else:
        _tell(made, compared, out_folder, with_text)
    if made.findings:
        raise typer.Exit(1)


def memory_limit(text: str) -> str:
    """A size as DuckDB writes it. Raises `InputError`: no size, or less than it gets along with."""
    match = _MEMORY.fullmatch(text.strip())
    large = {"g": 1000.0, "m": 1.0}
    if not match or float(match[1]) * large[match[2][0].lower()] < LEAST:
        told = f"`{text}` is no size of at least {LEAST} MB"
        raise InputError(Problem(Place("--memory-limit"), told, "write it as `500MB` or `4GB`"))
    return f"{match[1]}{match[2]}"


@contextmanager
def _bar(as_json: bool) -> Iterator[Told]:
    """A bar on standard error while logs are read; nothing where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())  # fmt: skip
    shown = not as_json and sys.stderr.isatty()
    with Progress(*columns, console=err, transient=True, disable=not shown) as progress:
        task = progress.add_task("reading", total=None)

        def told(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)
            if total and done >= total:
                progress.update(task, description="deciding", total=None)

        yield told


def _tell(made: Audit, compared: Compared | None, folder: Path, with_text: bool) -> None:
    facts, found = made.facts, made.totals.items
    tell()
    tell(f"[bold]{plain(made.log_map.title or 'Audit')}[/], law of [bold]{made.law.place}[/]")
    tell(f"{several(facts.rows, 'row')} decided, each by the law of its own day")
    if made.rejected:
        tell(f"[yellow]{several(made.rejected, 'row')} rejected:[/] see rejects.csv")
    if facts.left_out or facts.unsettled:
        tell(
            f"{facts.left_out:,} left out by the map, {facts.unsettled:,} of which it does not say"
        )
    for one in facts.tables:
        _tell_table(one)
    tell()
    for word, many in (
        ("apparently disclosed though forbidden", sum(one.forbidden for one in found)),
        ("apparently refused though required", sum(one.required for one in found)),
        ("wait for something that the log does not say", sum(one.refer for one in found)),
    ):
        tell(f"{many:>12,}  {word}")
    if made.decided.stretches and not any(one.own for one in made.decided.stretches):
        tell()
        tell(f"Nothing of {made.law.place} was in force on the day of any row.")
    if compared is not None:
        tell()
        tell(f"since {plain(compared.folder)}:")
        for word, many in compared.changes.items():
            tell(f"{many:>12,}  {word}")
        if not compared.changes:
            tell("  the same findings")
    tell()
    tell(f"written: [bold]{plain(folder / 'report.html')}[/], and findings.csv beside it")
    if with_text:
        tell("[yellow]With the text of rows:[/] for use inside the office alone")


def _tell_table(found: TableFacts) -> None:
    """What was made of a table beside the map, and why it is complete for nobody where it is not."""
    nobody = f"`{found.table}` is complete for nobody"
    told = f"{several(found.rows, 'row')} of {plain(found.shown)} joined"
    tell(f"{told}, {found.ignored:,} of nobody in the log")
    if found.rejected:
        tell(f"[yellow]{several(found.rejected, 'row')} of it rejected:[/] see rejects.csv; {nobody}")  # fmt: skip
    if not found.met:
        tell(f"[yellow]no row of it has a key of the log:[/] {nobody}")

"""The command `diff`.

    OLD, NEW  ->  diff  ->  for whom two laws answer otherwise, with a case of each difference
    request, records  ->  whose answers would change: counts; their ids in a file for the office alone

Promise: *same* is printed only where it was proved; of records no more is printed than counts.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.common import AsJson, AsOf, MapFile, app, day_of_law, tell_json
from habeas.cli.comparing_text import diff_json, print_answers, print_diff
from habeas.errors import InputError, Place, Problem, input_error
from habeas.proofs.answers import ChangedAnswer, ChangedAnswers, changed_answers
from habeas.proofs.diff import diff_rules
from habeas.proofs.sides import merged
from habeas.proofs.solve import SECONDS
from habeas.proofs.states import State, read_states
from habeas.records import read_records, read_request

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet would run."""


@app.command(
    epilog="Example: [bold]habeas diff us-ca-sf us-ca --as-of 2025-07-17[/], [bold]habeas diff laws laws --place us-tx[/]"
)
def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="A folder of law, a place of one, or a git revision of one (`HEAD~1`), looked for in this order.",
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is compared with; likewise.")],
    place: Annotated[
        str | None,
        typer.Option(
            "--place",
            metavar="P",
            help="The custodian's place. Left out: OLD and NEW are places themselves.",
        ),
    ] = None,
    as_of: AsOf = None,
    law_folder: Annotated[
        Path | None,
        typer.Option(
            "--law",
            metavar="DIR",
            help="The folder of law that places and git revisions are of. Left out: the other one of OLD and NEW, if that is a folder of law, or the law that ships with Habeas.",
        ),
    ] = None,
    request: Annotated[
        Path | None,
        typer.Option(
            "--request",
            metavar="Q",
            help="With `--records`: a request, to count whose answers would change. Left out: nobody's.",
        ),
    ] = None,
    records: Annotated[
        str | None,
        typer.Option(
            "--records",
            metavar="R",
            help="With `--request`: a folder or database of records. Left out: only the law is compared.",
        ),
    ] = None,
    mapping: MapFile = None,
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="A new CSV file for the ids of those whose answers change: for the office alone. Left out: they are only counted.",
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(min=0.001, metavar="S", help="How long one question may take the prover."),
    ] = SECONDS,
    as_json: AsJson = False,
) -> None:
    """For whom do two laws answer otherwise, in any case that there could be?

    Item by item, for each kind of requester and each purpose: *same*, proved for every case;
    *stricter* or *looser*: in some case NEW answers less, or more (grant, then refer, then deny), with
    a case that was decided by both laws; *incomparable*: both. Only verdicts are compared: not
    duties, nor who says a fact, nor what choosing people tells.

    A case answers every fact. A contested provision may act in it or not; one that is contested in
    both laws does the same in both. Facts are the same by both laws, but for the flags that each
    one's own lists give an offence.

    Exit code 0: no case is answered otherwise. 1: some are. 2: unusable input. 3: not settled in time.
    """
    if (request is None) != (records is None) or (out_file is not None and records is None):
        raise InputError(
            Problem(
                Place("--request" if request is None else "--records"),
                "to say whose answers would change, a request and records are needed",
                "give both `--request Q` and `--records R`, or neither",
            )
        )
    if out_file is not None and (out_file.exists() or out_file.is_symlink()):
        raise input_error(out_file, "there is already such a file", "name a new file")
    day = day_of_law(as_of) or date.today()
    states = read_states(old, new, place, law_folder)
    found = diff_rules(states[0].law.in_force(day), states[1].law.in_force(day), seconds)
    answers: list[ChangedAnswers] = []
    if request is not None and records is not None:
        answers = _answers(states, request, records, mapping, day)
    if out_file is not None:
        _write(out_file, ((one.request.id, each) for one in answers for each in one.changed()))
    if as_json:
        tell_json(diff_json(found, states, day, answers))
    else:
        print_diff(found, states, day)
        for one in answers:
            print_answers(one, out_file)
    if not found.settled:
        raise typer.Exit(3)
    if found.differs:
        raise typer.Exit(1)


def _answers(
    states: tuple[State, State], request: Path, records: str, mapping: Path | None, day: date
) -> list[ChangedAnswers]:
    old, new = (one.law for one in states)
    words = merged(old.book.vocabulary, new.book.vocabulary)
    requests = read_request(request, words)
    with read_records(records, mapping, words) as people:
        return [changed_answers(old, new, one, people, day) for one in requests]


def _write(path: Path, changed: Iterable[tuple[str, ChangedAnswer]]) -> None:
    """A new file that its owner alone can read: whole, or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("request", "person", "item", "old_verdict", "old_basis", "new_verdict", "new_basis")
    )
    for request, one in changed:
        writer.writerow(
            [_cell(each) for each in (request, one.person, one.item, *one.old, *one.new)]
        )
    try:
        made, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # its owner's alone
        scratch = Path(name)
        try:
            with os.fdopen(made, "w", encoding="utf-8", newline="") as opened:
                opened.write(text.getvalue())
            os.link(scratch, path)  # never over another file
        finally:
            scratch.unlink()
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise input_error(path, f"cannot be written: {reason}", "name a file elsewhere") from None


def _cell(text: str) -> str:
    """Text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_RUN) else text

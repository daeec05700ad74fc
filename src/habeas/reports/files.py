"""The folder of an answer: decisions, report, requests and law, written whole or not at all.

    Answer, Answer, …  ->  write_answers  ->  report.html, report.pdf, decisions.csv,
                                              decisions.parquet, requests/ID.json, law/,
                                              facts/ID.parquet, habeas.json

Promise: a folder with `habeas.json` in it holds the whole output of one run; an error leaves
everything as it was. `facts/` is for the office alone, and readable by its owner alone; no other
file holds a value of a record, save for explained decisions that ask so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import csv, parquet

from habeas.decisions.table import SCHEMA
from habeas.errors import InputError, input_error
from habeas.reports.answer import Answer
from habeas.reports.folder import CELL_MACRO, MARKER, sums_of, write_folder
from habeas.reports.pdf import report_pdf
from habeas.reports.report import report_html
from habeas.reports.stored import law_files, request_json

FACTS = "facts"
"""The part that is for the office alone."""

PARTS = (
    "report.html",
    "report.pdf",
    "decisions.csv",
    "decisions.parquet",
    "requests",
    "law",
    FACTS,
    MARKER,
)
"""Everything of ours that stands in the folder, the marker last; whatever else does is not ours."""

_CSV = """
SELECT cell(request) AS request, person, item, verdict, basis,
    joined(rules) AS rules,
    joined(list_transform(defeated, lambda d: d.rule || ' by ' || array_to_string(d.by, ', ')))
        AS defeated,
    joined(list_transform(missing, lambda m: m.fact || ' from ' || array_to_string(m.who, ' or ')))
        AS missing,
    joined(list_transform(duties, lambda d: concat_ws(' ', d.actor, 'must', d.act,
        CASE WHEN d.due = 'promptly' THEN d.due ELSE 'by ' || d.due END,
        CASE WHEN NOT d.certain THEN '(possible)' END))) AS duties,
    law, strftime(as_of, '%Y-%m-%d') AS as_of,
    joined(unchecked) AS unchecked
FROM answers
"""

_PEOPLE = "SELECT cell(person) FROM people"

_MACROS = f"""
{CELL_MACRO}
CREATE MACRO joined(words) AS cell(array_to_string(words, '; '));
"""


def write_answers(
    out: Path,
    answers: Sequence[Answer],
    title: str = "",
    command: str = "",
    first: Callable[[], object] = lambda: None,
) -> list[Path]:
    """Write what is to be kept of answers into a folder, and return what stands in it (`PARTS`).

    out      a folder that is not there, is empty, or holds earlier output of ours, which is
             replaced while anything else in it stays
    answers  at least one; ids of requests differ, and so do the places of laws that differ
    title    of the report; left out: the first answer's heading
    command  what was asked of the program, to be kept in `habeas.json`
    first    what has to be done before an answer is there, such as to record it: called when all is
             written beside its place; what it raises goes on to the caller

    Raises `InputError` where the folder holds something else or cannot be written, or where a
    request cannot be kept; then nothing is there that was not there before.
    """
    made = _made(answers, title or answers[0].heading)

    def write(new: Path) -> None:
        _write(new, made, answers, command)
        first()

    return write_folder(out, PARTS, "answers", write)


def write_csv(answers: Sequence[Answer], path: Path) -> None:
    """Write decisions as CSV, batch after batch: every column as text, lists joined by `; `.

    A cell that a spreadsheet would run (it begins with `=`, `+`, `-`, `@` or a control character)
    begins with an apostrophe instead.
    """
    with path.open("wb") as out, duckdb.connect() as database:
        database.execute(_MACROS)
        for number, one in enumerate(answers):
            decisions = one.decisions
            database.register("answers", decisions.answers)
            database.register("people", pa.table({"person": decisions.people}))
            told = database.sql(_CSV).to_arrow_table()
            people = database.sql(_PEOPLE).to_arrow_table().column(0).combine_chunks()
            cells = replace(decisions, people=people)
            options = csv.WriteOptions(include_header=number == 0)
            with csv.CSVWriter(out, told.schema, write_options=options) as writer:
                for batch in cells.spread(told):
                    writer.write_batch(batch)


def write_parquet(answers: Sequence[Answer], path: Path) -> None:
    """Write decisions as Parquet, batch after batch: columns as those of `Decision`."""
    with parquet.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for one in answers:
            for batch in one.decisions.batches():
                writer.write_batch(batch)


# -- what is written ------------------------------------------------------------------------------


def _made(answers: Sequence[Answer], title: str) -> dict[str, bytes]:
    """The small files; found first, so that a request that cannot be kept stops everything."""
    made: dict[str, bytes] = {}
    for one in answers:
        data = request_json(one.request, one.law.book.vocabulary)
        if f"requests/{one.request.id}.json" in made:
            raise InputError(_twice(one, f"two requests are called `{one.request.id}`"))
        made[f"requests/{one.request.id}.json"] = data
        for path, data in law_files(one.law).items():
            if made.setdefault(f"law/{path}", data) != data:
                raise InputError(_twice(one, f"two different laws of `{one.law.place}`"))
    page = report_html(answers, title)
    made["report.html"] = page.encode()
    made["report.pdf"] = report_pdf(page)
    return made


def _twice(answer: Answer, message: str) -> Any:
    help_line = "write them into two folders"
    return input_error(f"request {answer.request.id}", message, help_line).problems


def _write(new: Path, made: dict[str, bytes], answers: Sequence[Answer], command: str) -> None:
    for path, data in made.items():
        (new / path).parent.mkdir(parents=True, exist_ok=True)
        (new / path).write_bytes(data)
    write_parquet(answers, new / "decisions.parquet")
    write_csv(answers, new / "decisions.csv")
    _write_facts(new / FACTS, answers)
    (new / MARKER).write_text(_marker(new, answers, command), encoding="utf-8")


def _write_facts(folder: Path, answers: Sequence[Answer]) -> None:
    """The people's facts: for nobody's eyes but the owner's, from the first byte."""
    folder.mkdir(mode=0o700)
    for one in answers:
        if one.facts is not None:
            path = folder / f"{one.request.id}.parquet"
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "wb") as out:
                out.write(one.facts)


def _marker(new: Path, answers: Sequence[Answer], command: str) -> str:
    from habeas import __version__  # at the top, `habeas` could not import this package

    told_of = [
        {
            "request": one.request.id,
            "place": one.law.place,
            "as_of": one.as_of.isoformat(),
            "law": one.law.digest,
            "decisions": one.decisions.count,
        }
        for one in answers
    ]
    marker = {"habeas": __version__, "command": command, "answers": told_of, "files": sums_of(new)}
    return json.dumps(marker, ensure_ascii=False, indent=2) + "\n"


__all__ = ["FACTS", "MARKER", "PARTS", "write_answers", "write_csv", "write_parquet"]

"""The folder of an audit: findings, every row's answer, rejects, report and law.

    Audit, Compared  ->  write_audit  ->  report.html, findings.csv, findings.parquet, decisions.parquet,
                                          rejects.csv, changes.csv, map.yaml, law/, habeas.json

Promise: whole or not at all, for the owner's eyes alone from the first byte; no text of a row is in it
unless it was asked for, and then in the findings and answers, never on the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyarrow import parquet

from habeas.audits.audit import Audit, room
from habeas.audits.compare import CHANGES, Compared
from habeas.audits.findings import SOURCES, rows_query
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.staging import REJECTS
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.reports.audit_report import audit_html
from habeas.reports.folder import CELL_MACRO, MARKER, may_be_replaced, sums_of, write_folder
from habeas.reports.stored import law_files

PARTS = (
    "report.html",
    "findings.csv",
    "findings.parquet",
    "decisions.parquet",
    "rejects.csv",
    "changes.csv",
    "map.yaml",
    "law",
    MARKER,
)
"""Everything of ours that stands in the folder; `changes.csv` only where audits were compared."""

KIND = "audit"
"""The key of the marker that says that a folder is of an audit."""

_AT_ONCE = 100_000
"""Rows that are sorted at a time."""

_BATCH = 20_000

_TEXTS = ("file", "id", "actor", "item", "done", "verdict", "basis", "finding")
_LISTS = ("blocks", "unchecked", "missing")


def refuse_folder(out: Path) -> None:
    """Raise `InputError`, before hours are spent, where an audit could not be written there."""
    may_be_replaced(out, KIND)


def write_audit(
    out: Path,
    made: Audit,
    compared: Compared | None = None,
    command: str = "",
    *,
    with_text: bool = False,
) -> list[Path]:
    """Write what is to be kept of an audit into a folder, and return what stands in it.

    out        as `write_folder` takes it
    command    what was asked of the program, to be kept in `habeas.json`
    with_text  the stated reason of each row besides, for use inside the office alone

    Raises `InputError` where the folder holds something else or cannot be written; then nothing is
    there that was not there before.
    """
    parts = [one for one in PARTS if compared is not None or one != "changes.csv"]

    def write(new: Path) -> None:
        new.chmod(0o700)
        _write(new, made, compared, command, with_text)
        for path in new.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)

    return write_folder(out, parts, KIND, write, PARTS)


def _write(
    new: Path, made: Audit, compared: Compared | None, command: str, with_text: bool
) -> None:
    engine = made.engine
    engine.connection.execute(CELL_MACRO.replace("CREATE MACRO", "CREATE OR REPLACE TEMP MACRO"))
    with room():
        for name, found in (("decisions", False), ("findings", True)):
            _write_parquet(made, new / f"{name}.parquet", found, with_text)
        found_ = f"read_parquet({DUCKDB.literal(str(new / 'findings.parquet'))})"
        _copy(engine, _as_cells(select(["*"], found_), with_text), new / "findings.csv")
    rejects = select(
        ["cell(n.shown) AS file", "x.row AS line", "cell(x.reason) AS reason"],
        f"{REJECTS} x JOIN {SOURCES} n ON n.file = x.file ORDER BY x.file, x.row, x.reason",
    )
    _copy(engine, rejects, new / "rejects.csv")
    if compared is not None:
        names = ("change", "file", "row", "part", "id", "actor", "item", "before", "now", "finding")
        cells = [f"cell({n}) AS {n}" if n not in ("row", "part") else n for n in names]
        _copy(engine, select(cells, f"{CHANGES} ORDER BY ALL"), new / "changes.csv")
    (new / "report.html").write_text(audit_html(made, compared), encoding="utf-8")
    (new / "map.yaml").write_text(made.log_map.text, encoding="utf-8")
    for path, data in law_files(made.law).items():
        (new / "law" / path).parent.mkdir(parents=True, exist_ok=True)
        (new / "law" / path).write_bytes(data)
    marker = _marker(made, command) | {"files": sums_of(new)}
    text = json.dumps(marker, ensure_ascii=False, indent=2) + "\n"
    (new / MARKER).write_text(text, encoding="utf-8")


def _write_parquet(made: Audit, path: Path, found_only: bool, with_text: bool) -> None:
    """Rows in the order of the logs, some at a time."""
    connection, rows = made.engine.connection, made.staged.rows
    writer: parquet.ParquetWriter | None = None
    step = max(rows, 1) if found_only and made.findings < _AT_ONCE else _AT_ONCE
    for first in range(0, max(rows, 1), step):
        keys = range(first, first + step)
        query = rows_query(made.staged, made.log_map, found_only=found_only, with_text=with_text, keys=keys)  # fmt: skip
        reader = connection.sql(query).to_arrow_reader(_BATCH)
        writer = writer or parquet.ParquetWriter(path, reader.schema, compression="zstd")
        for batch in reader:
            writer.write_batch(batch)
    if writer is not None:
        writer.close()


def _copy(engine: OnDuckDB, query: str, path: Path) -> None:
    how = "FORMAT csv, HEADER, QUOTE '\"', ESCAPE '\"'"
    engine.connection.execute(f"COPY ({query}) TO {DUCKDB.literal(str(path))} ({how})")


def _as_cells(query: str, with_text: bool) -> str:
    """Rows as text that no spreadsheet runs; lists joined by `; `."""
    names = ["file", "row", "part", "id", "day", "actor", "item", "done", "verdict", "basis"]
    names += ["blocks", "unchecked", "missing", "finding", *(["text"] if with_text else [])]
    cells = []
    for one in names:
        told = one
        if one in _LISTS:
            told = f"cell(array_to_string({one}, '; '))"
        elif one in _TEXTS or one == "text":
            told = f"cell({one})"
        cells.append(f"{told} AS {one}")
    return select(cells, f"({query}) q")


def _marker(made: Audit, command: str) -> dict[str, Any]:
    from habeas import __version__  # at the top, `habeas` could not import this package

    return {"habeas": __version__, "command": command, KIND: figures(made)}


def figures(made: Audit) -> dict[str, Any]:
    """An audit in figures, as plain JSON values."""
    items = made.totals.items
    return {
        "place": made.law.place,
        "law": made.law.digest,
        "map": made.log_map.sha256,
        "logs": [
            {"log": s.shown, "rows": s.read, "rejected": s.rejected, "sha256": s.sha256}
            for s in made.staged.sources
        ],
        "tables": [
            {
                "table": t.table,
                "file": t.shown,
                "rows": t.rows,
                "rejected": t.rejected,
                "left_out": t.left_out,
                "unsettled": t.unsettled,
                "ignored": t.ignored,
                "complete": t.complete,
                "sha256": t.sha256,
            }
            for t in made.facts.tables
        ],
        "rows": made.facts.rows,
        "rejected": made.rejected,
        "left_out": made.facts.left_out,
        "unsettled": made.facts.unsettled,
        "forbidden": sum(one.forbidden for one in items),
        "required": sum(one.required for one in items),
        "refer": sum(one.refer for one in items),
        "items": {
            one.label: {
                "grant": one.grant,
                "refer": one.refer,
                "deny": one.deny,
                "disclosed though forbidden": one.forbidden,
                "refused though required": one.required,
            }
            for one in items
        },
    }

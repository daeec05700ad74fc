"""Logs as one relation of texts, with where each row came from.

    LOG, LOG, …, LogMap  ->  stage  ->  Staged (a relation of rows, one of rejects)

Promise: each row of a log is staged or rejected, none is lost or counted twice; of a row only the
columns that the map names are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from habeas.audits.log_files import open_log
from habeas.audits.log_lines import Unread
from habeas.audits.log_targets import LogMap
from habeas.audits.on_duckdb import OnDuckDB
from habeas.compiled.sql.dialects import DUCKDB, select

ROWS, REJECTS = "log_rows", "log_rejects"
"""The relations: `key`, `file` (its number from 0), `row`, `part`, and a column `c0`, `c1`, … for each
column of the map; and `file`, `row`, `reason`."""

_AT_ONCE = 50_000

Progress = Callable[[int, int], None]
"""Is told how much of how much has been read; 0 where nobody knows how much there is."""


@dataclass(frozen=True, slots=True)
class Source:
    """One log as it was read.

    read    rows of it, without those that were rejected; an entry of a nested list is a row
    sha256  of the file's bytes; empty for a table of a database
    """

    shown: str
    read: int
    rejected: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Staged:
    """What was staged.

    columns  by the map's name, the column of `ROWS`
    typed    whether days may have come as YYYY-MM-DD, however the map says they are written
    """

    columns: dict[str, str]
    sources: tuple[Source, ...]
    typed: bool

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(one.read for one in self.sources)

    def column(self, name: str) -> str:
        """A column of the map as SQL, of `ROWS` called `r`."""
        return f"r.{self.columns[name]}"


def stage(
    engine: OnDuckDB, logs: Sequence[str], log_map: LogMap, progress: Progress | None = None
) -> Staged:
    """Read logs into `ROWS` and `REJECTS`.

    Raises `InputError` as `open_log` does, for all files before any of them is read; and where one
    turns out to be damaged.
    """
    names = tuple(log_map.columns())
    opened = [open_log(one, log_map, names) for one in logs]
    columns = {name: f"c{number}" for number, name in enumerate(names)}
    numbers = "key BIGINT, file INTEGER, row BIGINT, part INTEGER"
    connection = engine.connection
    engine.drop(ROWS, REJECTS)
    texts = "".join(f", {column} VARCHAR" for column in columns.values())
    connection.execute(f"CREATE TEMP TABLE {ROWS} ({numbers}{texts})")
    connection.execute(f"CREATE TEMP TABLE {REJECTS} (file INTEGER, row BIGINT, reason VARCHAR)")
    total, before = sum(one.size for one in opened), 0
    writer = _Writer(engine, tuple(columns.values()))
    sources = []
    shown = _short([log.shown for log in opened])
    for number, log in enumerate(opened):
        read = rejected = 0
        for row, part, cells in log.rows():
            if isinstance(cells, Unread):
                writer.reject(number, row, cells)
                rejected += 1
            else:
                writer.add(number, row, part, cells)
                read += 1
            if progress is not None and not (read + rejected) % 5_000:
                progress(before + log.done(), total)
        before += log.size
        if progress is not None:
            progress(before, total)
        sources.append(Source(shown[number], read, rejected, _sha256(logs[number])))
    writer.flush()
    return Staged(columns, tuple(sources), any(log.typed for log in opened))


def _short(names: Sequence[str]) -> list[str]:
    """Names without their folders, which may tell whose machine it is; with them where two are alike."""
    short = [one if "://" in one else one.rpartition("/")[2] for one in names]
    return short if len(set(short)) == len(short) else list(names)


class _Writer:
    """Rows, written some at a time."""

    def __init__(self, engine: OnDuckDB, columns: Sequence[str]) -> None:
        self.engine = engine
        self.columns = columns
        self.key = 0
        self.rows: list[tuple[int, int, int, int | None]] = []
        self.cells: list[list[str | None]] = []
        self.rejects: list[tuple[int, int, str]] = []

    def add(self, file: int, row: int, part: int | None, cells: list[str | None]) -> None:
        self.rows.append((self.key, file, row, part))
        self.cells.append(cells)
        self.key += 1
        if len(self.rows) >= _AT_ONCE:
            self.flush()

    def reject(self, file: int, row: int, why: Unread) -> None:
        self.rejects.append((file, row, str(why)))
        if len(self.rejects) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        kinds = (pa.int64(), pa.int32(), pa.int64(), pa.int32())
        if self.rows:
            turned = [pa.array(one, kind) for one, kind in zip(zip(*self.rows, strict=True), kinds, strict=True)]  # fmt: skip
            turned += [pa.array(one, pa.string()) for one in zip(*self.cells, strict=True)]
            self._insert(ROWS, turned)
        if self.rejects:
            kept = (pa.int32(), pa.int64(), pa.string())
            self._insert(REJECTS, [pa.array(one, kind) for one, kind in zip(zip(*self.rejects, strict=True), kept, strict=True)])  # fmt: skip
        self.rows, self.cells, self.rejects = [], [], []

    def _insert(self, name: str, columns: list[pa.Array]) -> None:
        table = pa.table(columns, names=[f"a{n}" for n in range(len(columns))])
        connection = self.engine.connection
        connection.register("log_given", table)
        connection.execute(f"INSERT INTO {name} {select(['*'], DUCKDB.identifier('log_given'))}")
        connection.unregister("log_given")


def _sha256(source: str) -> str:
    path = Path(source)
    if not path.is_file():
        return ""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()

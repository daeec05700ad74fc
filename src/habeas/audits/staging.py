"""Logs as one relation of texts, with where each row came from.

    LOG, LOG, …, LogMap  ->  stage  ->  Staged (a relation of rows, one of rejects; one of each table)

Promise: each row of a log, and of a table beside the map, is staged or rejected, none is lost or
counted twice; of a row only the columns that the map names are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from habeas.audits.log_files import LogFile, open_log
from habeas.audits.log_lines import Unread
from habeas.audits.log_targets import LogMap
from habeas.audits.on_duckdb import OnDuckDB
from habeas.compiled.sql.dialects import DUCKDB, select

ROWS, REJECTS = "log_rows", "log_rejects"
"""The relations: `key`, `file` (its number from 0), `row`, `part`, and a column `c0`, `c1`, … for each
column of the map; and `file`, `row`, `reason`. A table has a relation like the first, and its file's
number is above those of the logs."""

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

    columns   by the map's name, the column of the relation
    typed     whether days may have come as YYYY-MM-DD, however the map says they are written
    relation  `ROWS`, or a table's
    first     the number of the first source
    tables    by table of the vocabulary, the rows of the file beside the map
    """

    columns: dict[str, str]
    sources: tuple[Source, ...]
    typed: bool
    relation: str = ROWS
    first: int = 0
    tables: Mapping[str, Staged] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(one.read for one in self.sources)

    def column(self, name: str) -> str:
        """A column of the map as SQL, of the relation called `r`."""
        return f"r.{self.columns[name]}"

    def shown(self, number: int) -> str:
        """What messages call a source, by its number."""
        return self.sources[number - self.first].shown

    def files(self) -> dict[int, str]:
        """What each file is called, the tables' too, by its number."""
        found = {self.first + n: one.shown for n, one in enumerate(self.sources)}
        for table in self.tables.values():
            found |= table.files()
        return found


def stage(
    engine: OnDuckDB, logs: Sequence[str], log_map: LogMap, progress: Progress | None = None
) -> Staged:
    """Read logs into `ROWS` and `REJECTS`.

    Raises `InputError` as `open_log` does, for all files before any of them is read; and where one
    turns out to be damaged.
    """
    names = tuple(log_map.columns())
    opened = [open_log(one, log_map, names) for one in logs]
    # A table's file is read as a log is, with no names of columns but its own.
    plain = replace(log_map, headers={}, optional=frozenset(), unnest=None)
    of_tables = {one.table: tuple(one.reads()) for one in log_map.tables}
    beside = [open_log(str(one.path), plain, of_tables[one.table]) for one in log_map.tables]
    engine.drop(REJECTS)
    engine.connection.execute(
        f"CREATE TEMP TABLE {REJECTS} (file INTEGER, row BIGINT, reason VARCHAR)"
    )
    reader = _Reader(engine, sum(one.size for one in (*opened, *beside)), progress)
    shown = _short([log.shown for log in opened])
    paths = [Path(one) for one in logs]
    staged = reader.read(ROWS, 0, names, opened, shown, paths)
    tables = {}
    for number, (table, file) in enumerate(zip(log_map.tables, beside, strict=True), len(logs)):
        relation = f"log_table_{table.table}_rows"
        columns = of_tables[table.table]
        tables[table.table] = reader.read(relation, number, columns, [file], [table.path.name], [table.path])  # fmt: skip
    return replace(staged, tables=tables)


class _Reader:
    """Reads files into relations, and tells how much of all of them has been read."""

    def __init__(self, engine: OnDuckDB, total: int, progress: Progress | None) -> None:
        self.engine = engine
        self.total = total
        self.progress = progress
        self.before = 0

    def tell(self, done: int = 0) -> None:
        if self.progress is not None:
            self.progress(self.before + done, self.total)

    def read(
        self,
        relation: str,
        first: int,
        names: Sequence[str],
        files: Sequence[LogFile],
        shown: Sequence[str],
        paths: Sequence[Path],
    ) -> Staged:
        """Read files into one relation; the first of them has the number `first`."""
        columns = {name: f"c{number}" for number, name in enumerate(names)}
        numbers = "key BIGINT, file INTEGER, row BIGINT, part INTEGER"
        texts = "".join(f", {column} VARCHAR" for column in columns.values())
        self.engine.drop(relation)
        made = f"CREATE TEMP TABLE {DUCKDB.identifier(relation)} ({numbers}{texts})"
        self.engine.connection.execute(made)
        writer = _Writer(self.engine, relation)
        sources = []
        for number, (log, name, path) in enumerate(zip(files, shown, paths, strict=True), first):
            read = rejected = 0
            for row, part, cells in log.rows():
                if isinstance(cells, Unread):
                    writer.reject(number, row, cells)
                    rejected += 1
                else:
                    writer.add(number, row, part, cells)
                    read += 1
                if not (read + rejected) % 5_000:
                    self.tell(log.done())
            self.before += log.size
            self.tell()
            sources.append(Source(name, read, rejected, _sha256(path)))
        writer.flush()
        return Staged(columns, tuple(sources), any(log.typed for log in files), relation, first)


def _short(names: Sequence[str]) -> list[str]:
    """Names without their folders, which may tell whose machine it is; with them where two are alike."""
    short = [one if "://" in one else one.rpartition("/")[2] for one in names]
    return short if len(set(short)) == len(short) else list(names)


class _Writer:
    """Rows, written some at a time."""

    def __init__(self, engine: OnDuckDB, relation: str) -> None:
        self.engine = engine
        self.relation = relation
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
            self._insert(self.relation, turned)
        if self.rejects:
            kept = (pa.int32(), pa.int64(), pa.string())
            self._insert(REJECTS, [pa.array(one, kind) for one, kind in zip(zip(*self.rejects, strict=True), kept, strict=True)])  # fmt: skip
        self.rows, self.cells, self.rejects = [], [], []

    def _insert(self, name: str, columns: list[pa.Array]) -> None:
        table = pa.table(columns, names=[f"a{n}" for n in range(len(columns))])
        connection = self.engine.connection
        connection.register("log_given", table)
        connection.execute(
            f"INSERT INTO {DUCKDB.identifier(name)} {select(['*'], DUCKDB.identifier('log_given'))}"
        )
        connection.unregister("log_given")


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()

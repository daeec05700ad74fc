"""A log's rows, wherever they are: CSV, JSON lines, Parquet, or a table of a database.

    LOG, LogMap  ->  open_log  ->  LogFile  ->  rows (number, part, cells by our names) or Unread

Promise: only the columns that the map names are kept; a nested list gives one row an entry; a row that
cannot be read is told with its number and why, never what it holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from habeas.audits.log_headers import JSON, damaged, head_of, is_database, is_parquet, parquet_file
from habeas.audits.log_lines import Lines, Unread, csv_header
from habeas.audits.log_targets import LogMap
from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.records.mapping import FileMap
from habeas.records.reading import SCHEMES, open_tables
from habeas.records.tables import cell_of

Cells = list[str | None]
LogRow = tuple[int, int | None, "Cells | Unread"]
"""Row (the line where it begins, else its number from 1), part (of a nested list, from 1), cells."""


@dataclass(frozen=True, slots=True)
class LogFile:
    """One log.

    shown  what messages and findings call it
    typed  whether days come as days, and so as YYYY-MM-DD
    size   bytes to be read, where that is known
    done   how many of them have been
    rows   all rows, once; the cells are in the order of the columns asked for
    """

    shown: str
    typed: bool
    size: int
    done: Callable[[], int]
    rows: Callable[[], Iterator[LogRow]]


def open_log(source: str, log_map: LogMap, columns: Sequence[str]) -> LogFile:
    """Open a log, to be read by a map.

    source   a CSV, JSON-lines or Parquet file (the first two gzipped too), or a table of a database:
             `FILE#TABLE` of a DuckDB or SQLite file, `postgresql://user@host/database#TABLE`
    columns  of the map, in the order in which cells are wanted

    Raises `InputError`: no such file or table, not of its kind, a column that it lacks.
    """
    place, _, table = source.partition("#")
    path = Path(source)
    head = head_of(path)
    if source.startswith(SCHEMES) or is_database(head) or (table and not path.exists()):
        return _of_database(place, "" if path.exists() else table, log_map, columns)
    how = log_map.files.get(path.name, FileMap())
    if is_parquet(path, head):
        return _of_parquet(path, log_map, columns)
    lines = Lines(path, how.encoding)
    size = path.stat().st_size
    if path.name.lower().removesuffix(".gz").endswith(JSON):
        rows = _Json(lines, log_map, columns).rows
        return LogFile(source, False, size, lambda: lines.done, rows)
    header, _, records = csv_header(lines, how.delimiter)
    at = columns_of(source, header, log_map, columns)
    spread = _Spread(log_map, columns)

    def rows_of_csv() -> Iterator[LogRow]:
        for number, cells in records:
            if isinstance(cells, Unread):
                yield number, None, cells
            elif spread.list is None:
                yield number, None, [cells[i].strip() or None if i >= 0 else None for i in at]
            else:
                yield from spread.rows(number, [cells[i] if i >= 0 else None for i in at])

    return LogFile(source, False, size, lambda: lines.done, rows_of_csv)


# -- columns --------------------------------------------------------------------------------------


def columns_of(
    shown: str, header: Sequence[str], log_map: LogMap, columns: Sequence[str]
) -> list[int]:
    """Where each column stands in a header; -1 for one that may be missing, or is of an entry.

    Raises `InputError` with every column that is not there, or is there more than once.
    """
    problems, found = [], []
    for ours in columns:
        at = [n for n, name in enumerate(header) if name in log_map.names(ours)]
        found.append(at[0] if len(at) == 1 else -1)
        if len(at) > 1:
            told = ", ".join(f"`{header[n]}`" for n in at)
            problems.append(
                Problem(
                    Place(shown),
                    f"`{ours}` could be any of {told}",
                    "leave all but one of them out of `columns`, or out of the log",
                )
            )
        elif not at and not _may_lack(log_map, ours):
            names = " or ".join(f"`{name}`" for name in log_map.names(ours))
            otherwise = f"name it under `columns`; there are {', '.join(header)}"
            problems.append(
                Problem(
                    Place(shown),
                    f"there is no column {names}",
                    did_you_mean(log_map.names(ours)[0], header, otherwise),
                )
            )
    if problems:
        raise InputError(problems)
    return found


def _may_lack(log_map: LogMap, ours: str) -> bool:
    """Whether a log may be without a column: it is optional, or of the entries of a nested list."""
    entry = log_map.unnest is not None and ours.startswith(f"{log_map.unnest}.")
    return entry or ours in log_map.optional


class _Spread:
    """Rows with a nested list, as one row an entry."""

    def __init__(self, log_map: LogMap, columns: Sequence[str]) -> None:
        name = log_map.unnest
        self.columns = columns
        self.list = columns.index(name) if name is not None else None
        self.name = name or ""

    def rows(self, number: int, values: list[Any]) -> Iterator[LogRow]:
        """The rows that one makes."""
        if self.list is None:
            yield number, None, [text_of(value) for value in values]
            return
        entries = _listed(values[self.list])
        if entries is None:
            yield number, None, Unread(f"`{self.name}` is no list")
            return
        texts = [None if n == self.list else text_of(value) for n, value in enumerate(values)]
        for part, entry in enumerate(entries, 1):
            made = list(texts)
            if isinstance(entry, dict):
                for n, column in enumerate(self.columns):
                    if column.startswith(f"{self.name}."):
                        made[n] = text_of(entry.get(column.removeprefix(f"{self.name}.")))
            else:
                made[self.list] = text_of(entry)
            yield number, part, made


def _listed(value: Any) -> list[Any] | None:
    """The entries of a value; of nothing, none."""
    if isinstance(value, str):
        if not value.strip():
            return []
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if value is None:
        return []
    return value if isinstance(value, list) else None


def text_of(value: Any) -> str | None:
    """A value as the text of a cell; None where there is nothing."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return cell_of(value)


# -- JSON lines -----------------------------------------------------------------------------------


class _Json:
    """A JSON-lines file."""

    def __init__(self, lines: Lines, log_map: LogMap, columns: Sequence[str]) -> None:
        self.lines = lines
        self.map = log_map
        self.columns = columns
        self.names = [log_map.names(ours) for ours in columns]
        self.spread = _Spread(log_map, columns)
        self.seen = [False] * len(columns)

    def rows(self) -> Iterator[LogRow]:
        read = 0
        for number, line in self.lines:
            if isinstance(line, Unread):
                yield number, None, line
                continue
            if not line.strip():
                continue
            found = _object(line)
            if isinstance(found, Unread):
                yield number, None, found
                continue
            read += 1
            values = []
            for n, names in enumerate(self.names):
                there = [name for name in names if name in found]
                self.seen[n] = self.seen[n] or bool(there)
                values.append(found[there[0]] if there else None)
            yield from self.spread.rows(number, values)
        if read:
            self._refuse_missing()

    def _refuse_missing(self) -> None:
        problems = [
            Problem(
                Place(str(self.lines.path)),
                f"no line has {' or '.join(f'`{name}`' for name in names)}",
                "name it under `columns` as it stands there, or list it under `optional`",
            )
            for ours, names, seen in zip(self.columns, self.names, self.seen, strict=True)
            if not seen and not _may_lack(self.map, ours)
        ]
        if problems:
            raise InputError(problems)


def _object(line: str) -> dict[str, Any] | Unread:
    try:
        found = json.loads(line)
        if "\\ud" in line.lower():  # half a character, escaped, is no text
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return Unread("not a line of JSON")
    return found if isinstance(found, dict) else Unread("a line of JSON, but no object")


# -- Parquet --------------------------------------------------------------------------------------


def _of_parquet(path: Path, log_map: LogMap, columns: Sequence[str]) -> LogFile:
    import pyarrow as pa

    file = parquet_file(path)
    header = tuple(name.strip() for name in file.schema_arrow.names)
    at = columns_of(str(path), header, log_map, columns)
    names = [file.schema_arrow.names[n] for n in sorted({n for n in at if n >= 0})]
    spread = _Spread(log_map, columns)
    progress = [0]

    def rows() -> Iterator[LogRow]:
        number = 0
        try:
            with file:
                for batch in file.iter_batches(20_000, columns=names):
                    lists = {name: batch.column(name).to_pylist() for name in batch.schema.names}
                    kept = [lists[file.schema_arrow.names[n]] if n >= 0 else None for n in at]
                    for k in range(batch.num_rows):
                        number += 1
                        values = [one[k] if one is not None else None for one in kept]
                        if any(isinstance(value, bytes) for value in values):
                            yield number, None, Unread("holds bytes and not text")
                        else:
                            yield from spread.rows(number, values)
                    progress[0] = number
        except (pa.ArrowException, OSError):
            raise damaged(path) from None

    return LogFile(str(path), True, file.metadata.num_rows, lambda: progress[0], rows)


# -- databases ------------------------------------------------------------------------------------


def _of_database(place: str, table: str, log_map: LogMap, columns: Sequence[str]) -> LogFile:
    tables = open_tables(place)
    database = tables.database
    try:
        if database is None:
            raise InputError(
                Problem(Place(place), "is a folder, and no log", "name the files in it")
            )
        shown = f"{database.shown}#{table}"
        known = database.tables()
        if table not in known:
            help_ = did_you_mean(table, known, f"its tables are {', '.join(known)}")
            told = f"there is no table `{table}`" if table else "no table is named"
            raise InputError(Problem(Place(database.shown), told, f"write `{database.shown}#TABLE`; {help_}"))  # fmt: skip
        header = database.columns(table)
        listed = list(header.values())
        at = columns_of(shown, tuple(header), log_map, columns)
        cells = []
        for ours, n in zip(columns, at, strict=True):
            if n < 0:
                cells.append("NULL")
            elif listed[n].kind == "other" and ours == log_map.unnest:
                cells.append(f"CAST(to_json({database.quoted(listed[n].name)}) AS VARCHAR)")
            elif listed[n].kind == "other":
                told = f"column `{listed[n].name}` holds `{listed[n].type}`"
                raise InputError(Problem(Place(shown), told, "make a view that has it as text"))
            else:
                cells.append(database.cell(listed[n]))
    except BaseException:
        tables.close()
        raise
    question = f"SELECT {', '.join(cells)} FROM {database.name(table)}"  # noqa: S608  # quoted by the database
    spread = _Spread(log_map, columns)

    def rows() -> Iterator[LogRow]:
        try:
            for number, row in enumerate(database.rows(question, table), 1):
                yield from spread.rows(number, list(row))
        finally:
            database.close()

    return LogFile(shown, True, 0, lambda: 0, rows)

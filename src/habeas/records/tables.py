"""The files of a jail, as columns of cells.

    people.csv, charges.parquet  ->  read_table  ->  Table (cells by column, each with its line)

Promise: a file is read whole or not at all; where it is broken, the line is told, and no cell is
ever moved to another column.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from habeas.errors import InputError, Place, Problem, counted
from habeas.records.mapping import FileMap

DELIMITERS = ",;|\t"
"""What may part the cells of a CSV file that declares no delimiter."""

Cell = str | None
"""A cell without the blanks round it; None where it is empty."""

Looked = tuple[str, frozenset[str]]
"""A column of which only is asked whether its cells say something, and the cells that do not."""

_CHUNK = 20_000


@dataclass(slots=True)
class Table:
    """A file's columns.

    path    file, or database and table, as messages show it
    header  names of all columns, in the file's order, without the blanks round them
    cells   of the columns that were asked for and are there: one cell a row
    filled  of the columns of which only that was asked, by column and cells that say nothing: a 1
            for each row whose cell says something
    days    columns that hold days by their Parquet type; their cells are `YYYY-MM-DD`
    count   how many rows
    """

    path: str
    header: tuple[str, ...]
    cells: dict[str, list[Cell]]
    filled: dict[Looked, bytearray]
    days: frozenset[str]
    count: int
    delimiter: str = ""
    encoding: str = ""

    def place(self, row: int, column: str) -> Place:
        """Where a 0-based row's cell stands; without the row's text, which is somebody's data."""
        if not self.delimiter:
            return Place(self.path)
        text = _text(Path(self.path), self.encoding)
        lines = io.StringIO(text, newline="").readlines()
        line, cells = next(islice(_numbered(text, self.delimiter), row + 1, None))
        index = self.header.index(column)
        # Without quotes the cells before it and their delimiters tell where it begins.
        plain = '"' not in lines[line - 1]
        col = sum(len(cell) + 1 for cell in cells[:index]) + 1 if plain else 1
        return Place(self.path, line, col, col + 1)


def read_table(path: Path, file: FileMap, wanted: set[str], looked: set[Looked]) -> Table:
    """Read columns of a CSV or Parquet file; those that it does not have are left out.

    Of the columns that are `looked` at and not `wanted` no cell is kept.

    A file is Parquet if its name or its first bytes say so. The first row of a CSV file is its
    header; the delimiter that it does not declare is the one of `DELIMITERS` that parts the header
    most. Raises `InputError`: no such file, empty, not text of its encoding, broken quoting, a row
    of another length than the header, a Parquet file that is cut off or damaged.
    """
    try:
        with path.open("rb") as opened:
            magic = opened.read(4)
    except FileNotFoundError:
        raise _error(path, "no such file", "check `file` in the mapping, and the folder") from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise _error(path, f"cannot be read: {reason}", "check the path") from None
    if not magic:
        raise _error(path, "the file is empty", "export it again, with its header")
    if magic == b"PAR1" or path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(path, wanted, looked)
    if magic == b"PK\x03\x04":
        raise _error(path, "is a workbook or an archive", "save it as CSV or Parquet")
    return _csv(path, file, wanted, looked)


def read_header(path: Path) -> tuple[str, ...]:
    """The names of a file's columns, read as `read_table` reads a file that nothing is declared of."""
    return read_table(path, FileMap(), set(), set()).header


def _error(path: Path, message: str, help: str, line: int = 0) -> InputError:
    return InputError(Problem(Place(str(path), line, 1, 2), message, help))


def _text(path: Path, encoding: str) -> str:
    data = path.read_bytes()
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        name = encoding.removesuffix("-sig").upper()
        likely = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
        raise _error(
            path,
            f"not {name} text: byte {start} does not fit",
            f"declare it under `files`: `{path.name}: {{encoding: {likely}}}`",
            data.count(b"\n", 0, start) + 1,
        ) from None


def _reader(text: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _numbered(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank, the header too, with the line that it begins in."""
    reader = _reader(text, delimiter)
    start = 1
    for cells in reader:
        if cells:
            yield start, cells
        start = reader.line_num + 1


def _csv(path: Path, file: FileMap, wanted: set[str], looked: set[Looked]) -> Table:
    text = _text(path, file.encoding)
    if not text.strip():
        raise _error(path, "the file is empty", "export it again, with its header")
    delimiter = file.delimiter or _sniff(text)
    try:
        reader = _reader(text, delimiter)
        header = tuple(name.strip() for name in next(row for row in reader if row))
        columns = {name: header.index(name) for name in header if name in wanted}
        cells: dict[str, list[Cell]] = {name: [] for name in columns}
        filled = {one: bytearray() for one in looked if one[0] in header}
        count = 0
        while chunk := list(islice(reader, _CHUNK)):
            rows = [row for row in chunk if row]
            if any(len(row) != len(header) for row in rows):
                raise csv.Error("a row of another length")
            count += len(rows)
            turned = list(zip(*rows, strict=True))
            for name, index in columns.items():
                if turned:
                    cells[name] += [cell.strip() or None for cell in turned[index]]
            for (name, nothing), flags in filled.items():
                if turned:
                    silent = {"", *nothing}
                    flags += bytes([c.strip() not in silent for c in turned[header.index(name)]])
    except csv.Error as error:
        raise _fault(path, text, delimiter, str(error)) from None
    return Table(str(path), header, cells, filled, frozenset(), count, delimiter, file.encoding)


def _sniff(text: str) -> str:
    head = text[:_CHUNK]

    def parts(delimiter: str) -> int:
        try:
            return len(next(row for row in _reader(head, delimiter) if row))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=parts)


def _fault(path: Path, text: str, delimiter: str, reason: str) -> InputError:
    """What is wrong with a CSV file, with the line that the first bad row begins in."""
    start, width = 1, 0
    reader = _reader(text, delimiter)
    try:
        for cells in reader:
            width = width or len(cells)
            if cells and len(cells) != width:
                return _error(
                    path,
                    f"this row has {counted(len(cells), 'cell')} where the header has {width}",
                    f"put a cell with `{delimiter}` in it in quotes",
                    start,
                )
            start = reader.line_num + 1
    except csv.Error as error:
        reason = str(error)
    if "expected after" in reason:
        told = "broken quoting: text goes on after a closing quote"
    elif "end of data" in reason or "field limit" in reason:
        told = "broken quoting: a quote that opens in this row is never closed"
    else:
        told = f"not CSV: {reason}"
    help_line = 'within a cell in quotes, a quote is written twice: `""`'
    return _error(path, told, help_line, start)


def _parquet(path: Path, wanted: set[str], looked: set[Looked]) -> Table:
    # pyarrow takes as long to import as a small jail to read.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            header = tuple(file.schema_arrow.names)
            asked = wanted | {name for name, _ in looked}
            data = file.read(columns=[name for name in header if name.strip() in asked])
    except (pa.ArrowException, OSError):
        raise _error(
            path, "not a whole Parquet file: it is cut off or damaged", "copy or export it again"
        ) from None
    cells: dict[str, list[Cell]] = {}
    filled: dict[Looked, bytearray] = {}
    days: set[str] = set()
    for name, column in zip(data.column_names, data.columns, strict=True):
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if pa.types.is_timestamp(kind):
            # The day in the column's own time zone.
            column = column.cast(pa.timestamp("us", kind.tz), safe=False)
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            days.add(name.strip())
        elif pa.types.is_nested(kind) or pa.types.is_binary(kind):
            raise _error(path, f"column `{name}` holds `{kind}`", "export it as text or a number")
        texts = [cell_of(value) for value in column.to_pylist()]
        if name.strip() in wanted:
            cells[name.strip()] = texts
        for one in looked:
            if one[0] == name.strip():
                silent = {None, *one[1]}
                filled[one] = bytearray(text not in silent for text in texts)
    stripped = tuple(name.strip() for name in header)
    return Table(str(path), stripped, cells, filled, frozenset(days), data.num_rows)


def cell_of(value: Any) -> Cell:
    """A Parquet value as text: whole numbers without a point, times without their hours."""
    if value is None or value != value:  # NaN
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    if isinstance(value, (float, Decimal)) and value % 1 == 0:
        return str(int(value))
    return str(value).strip() or None

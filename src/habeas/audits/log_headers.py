"""What kind of file a log or a table is, and what columns it has.

    a file  ->  head_of, is_parquet, is_database  ->  its kind;  header_of  ->  the names of its columns

Promise: a file is told by its first bytes, and by its name only where they say nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from habeas.audits.log_lines import Lines, csv_header
from habeas.errors import InputError, Place, Problem
from habeas.records.mapping import FileMap

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

PARQUET = (".parquet", ".pq")
JSON = (".jsonl", ".ndjson", ".json")


def head_of(path: Path) -> bytes:
    """How a file begins; nothing where it cannot be read."""
    try:
        with path.open("rb") as opened:
            return opened.read(16)
    except OSError:
        return b""


def is_database(head: bytes) -> bool:
    """Whether a file that begins so is one of SQLite or DuckDB."""
    return head.startswith(b"SQLite format 3\0") or head[8:12] == b"DUCK"


def is_parquet(path: Path, head: bytes) -> bool:
    """Whether a file is one of Parquet, by its beginning or its name."""
    return path.name.lower().removesuffix(".gz").endswith(PARQUET) or head.startswith(b"PAR1")


def damaged(path: Path) -> InputError:
    """What is told of a Parquet file that is not whole."""
    told = "not a whole Parquet file: it is cut off or damaged"
    return InputError(Problem(Place(str(path)), told, "copy or export it again"))


def parquet_file(path: Path) -> ParquetFile:
    """A Parquet file, opened. Raises `InputError` where it is not there or not whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except FileNotFoundError:
        raise InputError(Problem(Place(str(path)), "no such log", "check the path")) from None
    except (pa.ArrowException, OSError):
        raise damaged(path) from None


def header_of(path: Path, how: FileMap) -> tuple[str, ...]:
    """The columns of a CSV or Parquet file. Raises `InputError` where it is neither, or damaged."""
    head = head_of(path)
    if is_parquet(path, head):
        with parquet_file(path) as file:
            return tuple(name.strip() for name in file.schema_arrow.names)
    if is_database(head) or path.name.lower().removesuffix(".gz").endswith(JSON):
        told = f"`{path.name}` is neither CSV nor Parquet"
        raise InputError(Problem(Place(str(path)), told, "export the table as one of them"))
    header, _, _ = csv_header(Lines(path, how.encoding), how.delimiter)
    return header

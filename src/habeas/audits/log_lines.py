"""The lines of a text file, and the records that they make; whatever is broken costs one row.

    a file, plain or gzip  ->  Lines  ->  (number, text or Unread);  csv_records  ->  (number, cells or Unread)

Promise: a record that cannot be read is told with the line that it begins in, and reading goes on at
the next line: a quote that is never closed does not swallow the rows below it. A file whose gzip ends
in the middle is refused whole, for nobody knows what it held.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from habeas.errors import InputError, Place, Problem, counted
from habeas.records.tables import DELIMITERS

LONGEST = 16_000_000
"""The most bytes that a line may have."""

WIDEST = 131_072
"""The most characters that a cell may have; what the CSV reader of Python takes."""

TALLEST = 50
"""The most lines that one record of a CSV file may go over."""

_SPLIT_BYTES = ("utf-8", "iso8859", "cp12", "cp8", "cp4", "koi8", "mac", "ascii", "latin")
"""How the names of encodings begin in which a line's end is one byte that means nothing else."""


class Unread(str):
    """Why a record could not be read."""


class Lines:
    """The lines of a file, with their numbers from 1.

    done   how many bytes of the file have been read, before they are unpacked
    """

    def __init__(self, path: Path, encoding: str = "utf-8-sig") -> None:
        """Raises `InputError` where the file is not there, is empty, or cannot be opened."""
        self.path = path
        self.encoding = encoding
        self.raw: BinaryIO | None = None
        try:
            with path.open("rb") as opened:
                magic = opened.read(4)
        except FileNotFoundError:
            raise self.error("no such log", "check the path") from None
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise self.error(f"cannot be read: {reason}", "check the path") from None
        self.zipped = magic[:2] == b"\x1f\x8b"
        if magic == b"PK\x03\x04":
            raise self.error("is a workbook or an archive", "save it as CSV, JSON lines or Parquet")
        if not magic:
            raise self.error("the file is empty", "export it again")

    @property
    def done(self) -> int:
        """See the class."""
        return 0 if self.raw is None or self.raw.closed else self.raw.tell()

    def error(self, message: str, help: str, line: int = 0) -> InputError:
        """One problem of this file."""
        return InputError(Problem(Place(str(self.path), line, 1, 2), message, help))

    def __iter__(self) -> Iterator[tuple[int, str]]:
        with self.path.open("rb") as self.raw:
            unpacked: BinaryIO = gzip.GzipFile(fileobj=self.raw) if self.zipped else self.raw  # type: ignore[assignment]  # it is one in all but name
            try:
                yield from (
                    self._by_bytes(unpacked)
                    if self.encoding.lower().replace("_", "-").startswith(_SPLIT_BYTES)
                    else self._by_text(unpacked)
                )
            except (EOFError, zlib.error, gzip.BadGzipFile):
                raise self.error(
                    "the compressed file is damaged, or ends in the middle",
                    "copy or export it again: what is lost cannot be counted",
                ) from None
            except OSError as error:
                reason = (error.strerror or "unknown reason").lower()
                raise self.error(f"cannot be read: {reason}", "copy it, and try again") from None

    def _by_bytes(self, opened: BinaryIO) -> Iterator[tuple[int, str]]:
        number, encoding = 0, self.encoding
        while data := opened.readline(LONGEST + 1):
            number += 1
            if len(data) > LONGEST:
                while data and not data.endswith(b"\n"):
                    data = opened.readline(LONGEST)
                yield number, Unread(f"the line is longer than {LONGEST:,} bytes")
                continue
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                yield number, Unread(f"not {encoding.removesuffix('-sig').upper()} text")
                continue
            finally:
                encoding = encoding.removesuffix(
                    "-sig"
                )  # a mark stands before the first line alone
            yield number, Unread("holds a NUL character") if "\0" in text else text

    def _by_text(self, opened: BinaryIO) -> Iterator[tuple[int, str]]:
        number = 0
        try:
            with io.TextIOWrapper(opened, self.encoding, newline="") as text:
                while line := text.readline(LONGEST):
                    number += 1
                    yield number, Unread("holds a NUL character") if "\0" in line else line
        except UnicodeError:
            raise self.error(
                f"not {self.encoding.upper()} text below this line",
                f"declare its encoding under `files`: `{self.path.name}: {{encoding: cp1252}}`",
                number,
            ) from None


def csv_header(lines: Lines, given: str | None) -> tuple[tuple[str, ...], str, Iterator[tuple[int, list[str] | Unread]]]:  # fmt: skip
    """A CSV file's header, its delimiter, and its records below.

    given  the delimiter; left out: the one of `DELIMITERS` that parts the header most

    Raises `InputError` where there is no header that can be read.
    """
    numbered = iter(lines)
    filled = (one for one in numbered if isinstance(one[1], Unread) or one[1].strip())
    number, text = next(filled, (0, Unread("the file has nothing in it")))
    help_ = "the first line names the columns; see that it is CSV, and of which encoding"
    if isinstance(text, Unread):
        raise lines.error(f"the header cannot be read: {text}", help_, number)
    delimiter = given or max(DELIMITERS, key=lambda one: len(_cells(text, one) or ()))
    header = _cells(text, delimiter)
    if header is None:
        raise lines.error("the header cannot be read: broken quoting", help_, number)
    return header, delimiter, csv_records(numbered, delimiter, len(header))


def _cells(text: str, delimiter: str) -> tuple[str, ...] | None:
    try:
        return tuple(cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, strict=True)))  # fmt: skip
    except (csv.Error, StopIteration):
        return None


def csv_records(
    lines: Iterator[tuple[int, str]], delimiter: str, width: int
) -> Iterator[tuple[int, list[str] | Unread]]:
    """Every record that is not blank, with the line that it begins in."""
    waiting: deque[tuple[int, str]] = deque()

    def take() -> tuple[int, str] | None:
        return waiting.popleft() if waiting else next(lines, None)

    while (first := take()) is not None:
        number, text = first
        if isinstance(text, Unread):
            yield number, text
            continue
        if not text.strip():
            continue
        if '"' not in text:
            cells = text.rstrip("\r\n").split(delimiter)
            yield number, _fits(cells, width, text)
            continue
        used = [first]
        found = _quoted(used, take, waiting, delimiter)
        made = found if isinstance(found, Unread) else _fits(found, width, text)
        if isinstance(made, Unread):
            waiting.extendleft(reversed(used[1:]))
        yield number, made


def _quoted(
    used: list[tuple[int, str]],
    take: object,
    waiting: deque[tuple[int, str]],
    delimiter: str,
) -> list[str] | Unread:
    """The record that begins in the line of `used`, which grows by the lines that it goes over."""
    assert callable(take)  # noqa: S101 - for mypy

    def feed() -> Iterator[str]:
        yield used[0][1]
        while len(used) < TALLEST and (following := take()) is not None:
            if isinstance(following[1], Unread):
                waiting.appendleft(following)
                return
            used.append(following)
            yield following[1]

    try:
        return next(csv.reader(feed(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        told = str(error)
    if "expected after" in told:
        return Unread("broken quoting: text goes on after a closing quote")
    if "field larger" in told:
        return Unread(f"a cell is longer than {WIDEST:,} characters")
    if "end of data" in told:
        return Unread("broken quoting: a quote that opens in this row is never closed")
    return Unread("broken quoting")


def _fits(cells: list[str], width: int, text: str) -> list[str] | Unread:
    if len(cells) != width:
        return Unread(f"{counted(len(cells), 'cell')} where the header has {width}")
    if len(text) > WIDEST and max(map(len, cells)) > WIDEST:
        return Unread(f"a cell is longer than {WIDEST:,} characters")
    return cells

"""A folder of output: written whole or not at all, and never over what is somebody else's.

    what is to be written  ->  write_folder  ->  the folder's parts

Promise: a folder with its marker in it holds the whole output of one run; an error leaves everything as
it was.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from habeas.errors import input_error

MARKER = "habeas.json"
"""What makes a folder one of ours: version, command, what was done, and every other file's SHA-256."""

CELL_MACRO = r"""
CREATE MACRO cell(text) AS
    CASE WHEN regexp_matches(text, '^[=+\-@\t\r\n]') THEN '''' || text ELSE text END;
"""
"""DuckDB's `cell`: a text that a spreadsheet would run begins with an apostrophe instead."""


def write_folder(
    out: Path,
    parts: Sequence[str],
    ours: str,
    write: Callable[[Path], None],
    former: Sequence[str] = (),
) -> list[Path]:
    """Have something written into a folder, and return what stands in it (`parts`).

    out     a folder that is not there, is empty, or holds earlier output of ours, which is replaced
            while anything else in it stays
    parts   what `write` makes, the marker last
    ours    the key of the marker that says that earlier output is of this kind
    write   is given an empty folder, readable by its owner alone, and writes every part into it
    former  parts that earlier output may have besides

    Raises `InputError` where the folder holds something else or cannot be written; then nothing is
    there that was not there before.
    """
    may_be_replaced(out, ours)
    parents = [one for one in (out.parent, *out.parent.parents) if not one.exists()]
    try:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
                new, old = Path(scratch) / "new", Path(scratch) / "old"
                new.mkdir()
                old.mkdir()
                write(new)
                _put(new, out, old, parts, [*former, *parts])
        except BaseException:
            for parent in parents:
                if parent.exists() and not any(parent.iterdir()):
                    parent.rmdir()
            raise
    except OSError as error:
        raise input_error(
            out,
            f"this folder cannot be written: {error.strerror or error}",
            "name another one, or make room or leave to write there",
        ) from error
    return [out / part for part in parts]


def sums_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder, hexadecimal, by path."""
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def may_be_replaced(out: Path, ours: str) -> None:
    """Raise `InputError` where there is something that no run of this kind has left."""
    if not out.is_dir():
        if out.exists() or out.is_symlink():
            raise input_error(out, "this is a file, and not a folder", "name another folder")
        return
    there = sorted(path.name for path in out.iterdir())
    if there and not _is_ours(out / MARKER, ours):
        raise input_error(
            out,
            f"this folder holds other files, such as `{there[0]}`",
            "name a new folder, an empty one, or one that an earlier run has written",
        )


def _is_ours(marker: Path, ours: str) -> bool:
    try:
        read = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(read, dict) and {"habeas", ours} <= set(read)


def _put(new: Path, out: Path, old: Path, parts: Sequence[str], former: Sequence[str]) -> None:
    """Move what was written into place: the whole folder, or part for part with a way back.

    The marker goes first and comes last, so that what was cut short does not pass for whole.
    """
    if not out.exists():
        new.rename(out)
        return
    with _way_back() as done:
        for part in reversed(former):
            if (out / part).exists():
                _move(out / part, old / part, done)
        for part in parts:
            _move(new / part, out / part, done)


def _move(source: Path, target: Path, done: list[tuple[Path, Path]]) -> None:
    source.rename(target)
    done.append((source, target))


@contextmanager
def _way_back() -> Iterator[list[tuple[Path, Path]]]:
    """Moves that were made; on any error they are undone, the last one first."""
    done: list[tuple[Path, Path]] = []
    try:
        yield done
    except BaseException:
        for source, target in reversed(done):
            shutil.move(target, source)
        raise

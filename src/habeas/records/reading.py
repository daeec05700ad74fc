"""Reads a jail's tables through its mapping, wherever they live.

    folder, database file or address; mapping.yaml  ->  read_records  ->  Records

Promise: a mapping that does not fit its tables is told whole, before anything is made of them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.vocabulary import Vocabulary
from habeas.records.database import Database, read_database
from habeas.records.document import compose
from habeas.records.filling import fill
from habeas.records.mapping import FileMap
from habeas.records.niem import niem_mapping
from habeas.records.node import Node
from habeas.records.records import Notes, Records
from habeas.records.tables import Looked, Table, read_header, read_table
from habeas.records.targets import Mapping, Use, mapping_of, read_mapping

DATA = (".csv", ".tsv", ".txt", ".psv", ".parquet", ".pq")
"""How the names of data files end."""

BY_NAME = "NIEM names"
"""What messages call a mapping that was made from the names of columns."""

SCHEMES = ("postgresql://", "postgres://")
"""How addresses of databases begin."""


def read_records(
    source: Path | str, mapping: Path | Node | None, vocabulary: Vocabulary
) -> Records:
    """Read the records of a jail.

    source   a folder of CSV and Parquet files, a DuckDB or SQLite file, or the address of a
             PostgreSQL database (`postgresql://user@host/database`); in a mapping, `file` then names
             a table or view
    mapping  left out: the folder's `mapping.yaml`; where there is none, columns whose names are
             NIEM's map by themselves (`habeas.records.niem`); a `Node`: one that was read already

    Raises `InputError` with every problem of the stage that failed: the mapping (`read_mapping`);
    files, tables and columns that it names and that are not there, files that cannot be read
    (`read_table`), a database that cannot be; a person's key that is blank, or stands twice without
    `repeated: yes`; dates in no format that was declared, and cells that are not mapped where that
    is an error. What a database holds is read later, as people are asked for, and may raise then.
    """
    tables = open_tables(source)
    try:
        fitted = _mapping(tables, mapping, vocabulary)
        if tables.database is None:
            return _of_folder(tables, fitted)
        problems = _unfit(tables, fitted, tables.names(), tables.header)
        if problems:
            raise InputError(problems)
        return read_database(tables.database, fitted)
    except BaseException:
        tables.close()
        raise


def mapping_by_name(source: Path | str, vocabulary: Vocabulary) -> str:
    """The text of the mapping that NIEM's names make of these tables, to be read and changed.

    Raises `InputError` as `read_records` does, and where no such mapping can be made.
    """
    tables = open_tables(source)
    try:
        return _by_name(tables, vocabulary)
    finally:
        tables.close()


class Sources(NamedTuple):
    """Where tables live: a folder, or a database.

    shown     what messages call it
    word      what it calls a table: `file` or `table`
    """

    shown: str
    word: str
    folder: Path | None
    database: Database | None

    def names(self) -> list[str]:
        """The names of its tables."""
        if self.database is not None:
            return self.database.tables()
        return sorted(_data_files(self.folder)) if self.folder else []

    def header(self, name: str) -> tuple[str, ...]:
        """The columns of one."""
        if self.database is not None:
            return tuple(self.database.columns(name))
        return read_header(self.folder / name) if self.folder else ()

    def close(self) -> None:
        """Let a database go."""
        if self.database is not None:
            self.database.close()


def open_tables(source: Path | str) -> Sources:
    """Find out what a source is, and open it. Raises `InputError` where it is none."""
    if isinstance(source, str) and source.startswith(SCHEMES):
        from habeas.records.postgresql import Postgresql

        return _database(Postgresql(source))
    path = Path(source)
    if path.is_dir():
        return Sources(str(path), "file", path, None)
    help_line = "give the folder that holds the files, a DuckDB or SQLite file, or `postgresql://…`"
    if not path.exists():
        raise InputError(Problem(Place(str(path)), "no such folder of records", help_line))
    try:
        with path.open("rb") as opened:
            magic = opened.read(16)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise InputError(
            Problem(Place(str(path)), f"cannot be read: {reason}", help_line)
        ) from None
    if magic == b"SQLite format 3\0":
        from habeas.records.sqlite_file import SqliteFile

        return _database(SqliteFile(path))
    if magic[8:12] == b"DUCK":
        from habeas.records.duckdb_file import DuckdbFile

        return _database(DuckdbFile(path))
    wrong = "is a file, and none of DuckDB's or SQLite's"
    raise InputError(Problem(Place(str(path)), wrong, help_line))


def _database(opened: Database) -> Sources:
    return Sources(opened.shown, "table", None, opened)


def _mapping(tables: Sources, path: Path | Node | None, vocabulary: Vocabulary) -> Mapping:
    if isinstance(path, Node):
        return mapping_of(path, vocabulary)
    if path is None and tables.folder and (tables.folder / "mapping.yaml").exists():
        path = tables.folder / "mapping.yaml"
    if path is not None:
        return read_mapping(path, vocabulary)
    text = _by_name(tables, vocabulary)
    return mapping_of(compose(text, Path(f"{BY_NAME} of {tables.shown}"), "mapping"), vocabulary)


def _by_name(tables: Sources, vocabulary: Vocabulary) -> str:
    columns = {one: tables.header(one) for one in tables.names()}
    try:
        return niem_mapping(columns, vocabulary)
    except InputError as error:
        where = Place(tables.shown)
        raise InputError([replace(one, place=where) for one in error.problems]) from None


# -- a folder -------------------------------------------------------------------------------------


def _of_folder(tables: Sources, mapping: Mapping) -> Records:
    # Millions of cells, no circle among them: the collector would look in vain, as long again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        read = _load(tables, mapping)
        uses = {(use.file, use.key) for use in mapping.uses()}
        batch = fill(mapping, {(file, key): read[file] for file, key in uses})
    finally:
        if collecting:
            gc.enable()
    _leftovers(tables, mapping, read, batch.notes)
    return Records.of(batch)


def _load(tables: Sources, mapping: Mapping) -> dict[str, Table]:
    """Every file's columns that the mapping names. Raises `InputError` with all problems."""
    folder = tables.folder or Path()
    wanted: dict[str, set[str]] = {}
    looked: dict[str, set[Looked]] = {}
    for use in mapping.uses():
        wanted.setdefault(use.file, set())
        looked.setdefault(use.file, set())
        if use.nothing is None:
            wanted[use.file].add(use.column)
        else:
            looked[use.file].add((use.column, use.nothing))
    read: dict[str, Table] = {}
    problems: list[Problem] = []

    def header(file: str) -> tuple[str, ...]:
        how = mapping.files.get(file, FileMap())
        read[file] = read_table(folder / file, how, wanted[file], looked[file])
        return read[file].header

    there = [file for file in wanted if (folder / file).exists()]
    near = sorted(one.name for one in folder.iterdir() if one.is_file())
    problems += _unfit(
        tables, mapping, [*there, *(one for one in near if one not in there)], header
    )
    if problems:
        raise InputError(problems)
    return read


def _leftovers(tables: Sources, mapping: Mapping, read: dict[str, Table], notes: Notes) -> None:
    """What of the folder nothing uses."""
    used: dict[str, set[str]] = {}
    for use in mapping.uses():
        used.setdefault(use.file, set()).add(use.column)
    for file, table in read.items():
        over = tuple(name for name in table.header if name not in used[file])
        if over:
            notes.unused[file] = over
    notes.unread = tuple(sorted(one for one in tables.names() if one not in read))


def _data_files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.suffix.lower() in DATA and path.is_file():
            yield path.relative_to(folder).as_posix()


# -- whether a mapping fits -----------------------------------------------------------------------


def _unfit(
    tables: Sources,
    mapping: Mapping,
    known: Sequence[str],
    header: Callable[[str], tuple[str, ...]],
) -> list[Problem]:
    """What the mapping names and these tables do not have, and files that cannot be read."""
    problems: list[Problem] = []
    node, word = mapping.node, tables.word
    by_file: dict[str, dict[str, Use]] = {}
    for use in mapping.uses():
        by_file.setdefault(use.file, {}).setdefault(use.column, use)
    for file, uses in by_file.items():
        if file not in known:
            at = next(iter(uses.values())).steps  # of the key, which each use names first
            none = "the folder is empty" if word == "file" else "it has no tables"
            listed = f"its {word}s are {', '.join(known)}" if known else none
            told = f"no {word} `{file}` in `{tables.shown}`"
            problems.append(Problem(node.at(*at[:-1], "file"), told, _near(file, known, listed)))
            continue
        try:
            columns = header(file)
        except InputError as error:
            problems += error.problems
            continue
        for column, use in uses.items():
            times = columns.count(column)
            if times == 1:
                continue
            told, help_line = f"`{file}` has {times} columns `{column}`", "give each its own name"
            if times == 0:
                told = f"`{file}` has no column `{column}`"
                help_line = _near(column, columns, f"it has {', '.join(columns)}")
            problems.append(Problem(node.at(*use.steps), told, help_line))
    return problems


def _near(word: str, known: Sequence[str], otherwise: str) -> str:
    """As `did_you_mean`, but a word in another case is the nearest."""
    same = next((one for one in known if one.lower() == word.lower()), None)
    return f"did you mean `{same}`?" if same else did_you_mean(word, known, otherwise)

"""Deciding a log on another database than the one that read it.

    `postgresql`, `postgresql://…`, `spark`  ->  elsewhere  ->  Engine
    OnDuckDB, Engine, Log  ->  decide_there  ->  the rows' facts there, decided, their answers back

Promise: the answers are the same relations as `decide_log` writes; only facts of rows are written to
the other database, in temporary tables of the connection, and no text that was typed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa

from habeas.audits.answers import Answers
from habeas.audits.engine import Engine
from habeas.audits.log import Log, decide_log
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.on_postgresql import OnPostgreSQL
from habeas.audits.on_spark import OnSpark
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.compiled.sql.source import Relation, Source
from habeas.decisions.decide import Law
from habeas.errors import InputError, Place, Problem

ENGINES = ("duckdb", "postgresql", "spark")
"""Where a log can be decided; the first is built in."""

_BATCH = 50_000
_TEXTS = pa.list_(pa.string())
_BACK = {
    "subjects": {"key": pa.int64(), "way": pa.int64()},
    "ways": {"way": pa.int64(), "item": pa.string(), "answer": pa.int64()},
    "answers": {
        "answer": pa.int64(),
        "verdict": pa.string(),
        "basis": pa.string(),
        "rules": _TEXTS,
        "missing": _TEXTS,
    },
}


def decide_there(here: OnDuckDB, there: Engine, law: Law, log: Log) -> Answers:
    """Decide a log of `here` on `there`, and write the answers here.

    The rows' facts, and those of their tables, go over in one piece each, so they have to fit into
    memory. Raises `InputError` as `decide_log` does.
    """
    given = log.source
    moved: list[str] = []
    try:
        subjects = send(here, there, given.subjects, {log.day}, moved)
        tables = {name: send(here, there, one, set(), moved) for name, one in given.tables.items()}
        made = decide_log(there, law, replace(log, source=Source(subjects, tables)))
        for relation, fields in _BACK.items():
            _bring(there, here, getattr(made, relation), fields)
        there.drop(made.subjects, made.ways, made.answers)
    finally:
        there.drop(*moved)
    return made


def send(
    here: OnDuckDB, there: Engine, relation: Relation, more: set[str], moved: list[str]
) -> Relation:
    """Load a relation's columns, and `more`, into a temporary table there; its name goes to `moved`."""
    (name,) = relation.name
    kinds = here.columns(relation.name)
    cells = []
    for column in sorted(relation.columns | {relation.key, *more}):
        kind = {"text": "VARCHAR", "number": "BIGINT"}.get(kinds[column].kind)
        quoted = DUCKDB.identifier(column)
        cells.append(f"CAST({quoted} AS {kind}) AS {quoted}" if kind else quoted)
    rows = here.connection.sql(select(cells, DUCKDB.relation(relation.name)))
    moved.append(name)
    there.load(name, rows.to_arrow_table())
    return Relation((name,), relation.columns, relation.key)  # words are text there


def _bring(there: Engine, here: OnDuckDB, name: str, fields: dict[str, pa.DataType]) -> None:
    asked = select(
        [there.dialect.identifier(one) for one in fields], there.dialect.identifier(name)
    )
    schema = pa.schema(fields.items())
    batches: list[pa.RecordBatch] = []
    waiting: list[tuple[Any, ...]] = []

    def flush() -> None:
        columns = zip(*waiting, strict=True) if waiting else [() for _ in fields]
        arrays = [
            pa.array([list(v) if isinstance(v, list | tuple) else v for v in of], kind)
            for of, kind in zip(columns, fields.values(), strict=True)
        ]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        waiting.clear()

    for row in there.rows(asked):
        waiting.append(row)
        if len(waiting) == _BATCH:
            flush()
    flush()
    here.load(name, pa.Table.from_batches(batches, schema))


@contextmanager
def elsewhere(word: str) -> Iterator[Engine | None]:
    """The engine that a word names; None: the built-in one.

    `postgresql` is the server that PostgreSQL's own settings name (`PGHOST`, `PGDATABASE`, …), or an
    address, `postgresql://USER@HOST/DATABASE`; `spark` is a session of the installed Spark with its
    own settings. Raises `InputError`: no such engine, not installed, or it cannot be reached.
    """
    if word == "duckdb":
        yield None
    elif word == "postgresql" or word.startswith(("postgresql://", "postgres://")):
        with _postgresql("" if word == "postgresql" else word) as engine:
            yield engine
    elif word == "spark":
        with _spark() as engine:
            yield engine
    else:
        _refuse("there is no such engine", f"engines are {', '.join(ENGINES)}")


@contextmanager
def _postgresql(address: str) -> Iterator[Engine]:
    try:
        import psycopg
    except ImportError:
        _refuse(
            "the driver for PostgreSQL is not installed", "run `pip install 'habeas[postgresql]'`"
        )
    try:
        connection: Any = psycopg.connect(address, connect_timeout=15, autocommit=True)
    except psycopg.ProgrammingError:  # its message repeats the address, and so the password
        _refuse(
            "this is no address of a PostgreSQL database",
            "write `postgresql://USER@HOST/DATABASE`",
        )
    except psycopg.Error:
        _refuse(
            "the PostgreSQL server does not answer, or does not let this user in",
            "see whether `psql` gets in with the same address; set PGPASSWORD or the password file",
        )
    with connection:
        try:
            yield OnPostgreSQL(connection)
        except psycopg.Error as error:
            told = str(error).strip().partition("\n")[0].lower()
            _refuse(
                f"PostgreSQL gave up: {told}", "the role needs TEMPORARY on the database, and room"
            )


@contextmanager
def _spark() -> Iterator[Engine]:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        _refuse("Spark is not installed", "run `pip install 'habeas[spark]'`, and install Java 17")
    active = SparkSession.getActiveSession()
    try:
        made = SparkSession.builder.appName("habeas").config("spark.ui.enabled", "false")
        session = active or made.config("spark.log.level", "ERROR").getOrCreate()
    except Exception as error:  # a Java that is missing or too old has no error of its own
        told = str(error).strip().partition("\n")[0]
        _refuse(f"Spark does not start: {told}", "install Java 17 (`openjdk-17-jre-headless`)")
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield OnSpark(session, Path(folder))
        finally:
            if active is None:
                session.stop()


def _refuse(message: str, help_line: str) -> NoReturn:
    raise InputError(Problem(Place("--engine"), message, help_line)) from None

"""Days, names and texts mean the same in every database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
import sqlglot

from habeas.compiled.sql.dialects import DIALECTS, DUCKDB, POSTGRESQL, SPARK, Dialect
from habeas.errors import InputError
from habeas.law.dates import Step, shift_all

NASTY = [
    "it's",
    "''",
    "\\",
    "\\'; DROP TABLE t; --",
    '"',
    "`",
    "’",
    "a\nb",
    "$$",
    "%s",
    "?",
    ":x",
    "",
]

STEPS: tuple[tuple[Step, ...], ...] = (
    ((1, "month"),), ((-1, "month"),), ((13, "month"),), ((-15, "year"),), ((4, "year"),),
    ((1, "year"), (-1, "year")), ((1, "month"), (-1, "day")), ((-1, "day"),), ((30, "day"),),
    ((-2019, "year"),), ((7975, "year"),), ((9999, "year"), (-1, "day")), ((-9999, "year"), (1, "month")),
    ((10**17, "year"),), ((-(10**17), "month"),), ((10**17, "day"),), ((-(10**17), "day"),),
    ((-737000, "day"),), ((0, "month"),),
)  # fmt: skip


def month_ends() -> list[date]:
    """The last three days and the first of every month of 1996 to 2104, and the ends of all days."""
    found = [date.min, date.min + timedelta(40), date.max, date.max - timedelta(40)]
    for month in range(1996 * 12, 2105 * 12):
        first = date(month // 12, month % 12 + 1, 1)
        found += [first, first - timedelta(1), first - timedelta(2), first - timedelta(3)]
    return sorted(set(found))


class Asked:
    """A database that answers one query."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect = dialect

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.dialect is SPARK:
            return [tuple(row) for row in self.connection.sql(query).collect()]
        return self.connection.execute(query).fetchall()


@pytest.fixture(params=["duckdb", "postgres", "spark"])
def asked(request: pytest.FixtureRequest) -> Iterator[Asked]:
    if request.param == "duckdb":
        with duckdb.connect() as connection:
            yield Asked(connection, DUCKDB)
    elif request.param == "spark":
        yield Asked(request.getfixturevalue("spark").session, SPARK)
    else:
        with request.getfixturevalue("server").connected() as connection:
            yield Asked(connection, POSTGRESQL)


def test_every_end_of_a_month_moves_as_in_the_language(asked: Asked) -> None:
    days = month_ends()
    literals = ", ".join(f"({asked.dialect.literal(day)})" for day in days)
    cells = ", ".join(asked.dialect.moved("d", steps) for steps in STEPS)
    rows = asked.rows(
        f"SELECT d, {cells} FROM (VALUES {literals}, (NULL)) AS t(d) ORDER BY d NULLS LAST"
    )
    assert [row[0] for row in rows] == [*days, None]
    for day, *moved in rows:
        for steps, found in zip(STEPS, moved, strict=True):
            assert found == (None if day is None else shift_all(day, steps)), (day, steps)


def test_any_text_stands_as_it_is(asked: Asked) -> None:
    if asked.dialect is SPARK:  # each query takes long there: all in one
        cells = [f"{SPARK.literal(text)} AS c{n}" for n, text in enumerate(NASTY)]
        for escaped in ("false", "true"):
            asked.rows(f"SET spark.sql.parser.escapedStringLiterals={escaped}")
            assert asked.rows(f"SELECT {', '.join(cells)}") == [tuple(NASTY)]
        asked.rows("SET spark.sql.parser.escapedStringLiterals=false")
        return
    for settings in ("on", "off") if asked.dialect is POSTGRESQL else ("",):
        if settings:
            asked.rows(f"SELECT set_config('standard_conforming_strings', '{settings}', FALSE)")
        for text in NASTY:
            assert asked.rows(f"SELECT {asked.dialect.literal(text)}") == [(text,)]


def test_any_name_stands_as_it_is(asked: Asked) -> None:
    for name in filter(None, NASTY):
        query = f"SELECT t.{asked.dialect.identifier(name)} FROM (SELECT 1 AS {asked.dialect.identifier(name)}) t"
        assert asked.rows(query) == [(1,)]


def test_texts_are_compared_byte_by_byte(asked: Asked) -> None:
    if asked.dialect is SPARK:
        pytest.skip("a text of Spark's with a collation of its own is refused: see test_engines")
    if asked.dialect is POSTGRESQL:
        asked.connection.execute("BEGIN")
        asked.connection.execute(
            "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
        )
        asked.connection.execute("CREATE TEMP TABLE t (w text COLLATE loose)")
    else:
        asked.connection.execute("CREATE TABLE t (w VARCHAR COLLATE NOCASE)")
    asked.connection.execute("INSERT INTO t VALUES ('felony'), ('FELONY')")
    bare = asked.rows("SELECT count(*) FROM t WHERE w = 'felony'")
    assert bare == [(2,)], "without our cast both are equal"
    column = asked.dialect.text("w")
    assert asked.rows(f"SELECT count(*) FROM t WHERE {column} = 'felony'") == [(1,)]
    assert asked.rows(f"SELECT count(*) FROM t WHERE {column} IN ('felony', 'x')") == [(1,)]
    assert asked.rows(f"SELECT count(DISTINCT {column}) FROM t") == [(2,)]


@pytest.mark.parametrize("text", NASTY)
def test_spark_reads_any_text_as_it_is(text: str) -> None:
    """Not run on Spark: what sqlglot's reader of Spark's SQL takes the literal for."""
    tree = sqlglot.parse_one(f"SELECT {SPARK.literal(text)}", dialect="spark")
    (found,) = tree.find_all(sqlglot.exp.Literal)
    if "'" in text or "\\" in text:  # what quotes and backslashes mean hangs on Spark's settings
        assert bytes.fromhex(found.this).decode() == text
    else:
        assert found.this == text


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
def test_nul_is_refused(dialect: Dialect) -> None:
    for ask in (dialect.literal, dialect.identifier):
        with pytest.raises(InputError, match="NUL"):
            ask("a\0b")


def test_a_name_that_postgresql_would_cut_is_refused() -> None:
    assert POSTGRESQL.identifier("x" * 63)
    with pytest.raises(InputError, match="63 bytes"):
        POSTGRESQL.identifier("é" * 32)

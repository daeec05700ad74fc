"""PostgreSQL and Spark decide as the exact engine does, and refuse what it cannot have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.audits import made
from habeas import Facts, read_law
from habeas.audits.decide import decide
from habeas.audits.engine import Engine, read_source
from habeas.audits.log import Log, decide_log
from habeas.audits.on_duckdb import opened
from habeas.audits.on_postgresql import OnPostgreSQL
from habeas.audits.on_spark import OnSpark
from habeas.compiled.closure import compile_rules
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB, POSTGRESQL, SPARK, select
from habeas.compiled.sql.source import Source
from habeas.errors import InputError
from habeas.law.ruleset import RuleSet
from tests.audits.test_log import DAY, PLACE, SAID, one_by_one, rows_of
from tests.properties.dice import Rolled
from tests.properties.stored import Table, stored
from tests.properties.test_sql import FUZZ, people_of, quick_law, written_law

MILLION = 1_000_000


def load(engine: Engine, tables: Sequence[Table]) -> None:
    for table in tables:
        engine.load(table.name, table.arrow().rename_columns(list(table.columns)))


def decided(engine: Engine, rules: RuleSet, people: Sequence[Facts]) -> None:
    compiled = compile_rules(rules)
    source, tables = stored(rules.vocabulary, people)
    load(engine, tables)
    answers = decide(engine, Bulk(compiled, engine.dialect), source)
    rows = list(engine.rows(answers.select(engine.dialect)))
    items = tuple(rules.vocabulary.items)
    assert len(rows) == len(people) * len(items)
    found: dict[Any, Any] = {(key, item): rest for key, item, *rest in rows}
    for number, one in enumerate(people):
        for item, finding in compiled.findings(one, items).items():
            missing = sorted({re.sub(r"\[[^]]*\]", "", path) for path in finding.missing})
            verdict, basis, rules_of, asked = found[number, item]
            assert (verdict, basis, tuple(rules_of)) == finding[:3], (number, item)
            assert list(asked) == missing, (number, item)
    engine.drop(*(table.name for table in tables), answers.subjects, answers.ways, answers.answers)


def logged(engine: Engine, said: frozenset[str], since: date = date.min) -> None:
    rows = [(day, facts) for day, facts in rows_of("each row")[:80] if day >= since]
    source, tables = stored(read_law(PLACE).book.vocabulary, [facts for _, facts in rows])
    tables[0].columns[DAY] = "DATE"
    for stored_row, (day, _) in zip(tables[0].rows, rows, strict=True):
        stored_row.append(day)
    load(engine, tables)
    answers = decide_log(engine, read_law(PLACE), Log(source, DAY, said))
    found = {
        (key, item): (verdict, basis, tuple(by), tuple(missing))
        for key, item, verdict, basis, by, missing in engine.rows(answers.select(engine.dialect))
    }
    assert found == one_by_one(rows, said)


# -- PostgreSQL -----------------------------------------------------------------------------------


def test_postgresql_decides_as_the_engine_decides(server: Any) -> None:
    with server.connected() as database:
        for seed in range(100 if FUZZ else 8):
            dice = Rolled(f"decided {seed}")
            words, rules = quick_law(dice, 3, 2) if seed % 4 else written_law(dice, 2, 2)
            decided(OnPostgreSQL(database), rules, people_of(dice, words, rules, 2))


def test_postgresql_decides_each_row_on_its_own_day(server: Any) -> None:
    with server.connected() as database:
        logged(OnPostgreSQL(database), SAID)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE s SET id = 1 WHERE id = 2", "`id` is not unique"),
        ("UPDATE s SET purpose = 'Public inquiry'", "`purpose` is none of its words"),
        ("UPDATE s SET received_on = '10000-01-01'", "`received_on` is no day"),
        ("UPDATE s SET received_on = '-infinity'", "`received_on` is no day"),
        ("ALTER TABLE s ALTER purpose TYPE char(30)", "`purpose` is `bpchar`"),
        ("ALTER TABLE s ALTER received_on TYPE timestamptz", "`received_on` is `timestamptz`"),
        ("UPDATE c SET serious_felony = FALSE", "`serious_felony` is stated as no"),
        ("UPDATE c SET id = NULL", "`id` is missing"),
    ],
)
def test_postgresql_refuses_what_the_language_cannot_have(
    server: Any, change: str, message: str
) -> None:
    with server.connected() as database:
        database.execute(
            "CREATE TEMP TABLE s AS SELECT * FROM (VALUES (1, 'public inquiry', DATE '2025-01-01'),"
            " (2, NULL, NULL)) t(id, purpose, received_on)"
        )
        database.execute(
            "CREATE TEMP TABLE c AS SELECT 1 AS id, 'PC 211' AS offense, TRUE AS serious_felony"
        )
        engine = OnPostgreSQL(database)
        bulk = Bulk(read_law(PLACE).compiled(date(2025, 8, 1)), POSTGRESQL)
        source = read_source(engine, "s", "id", {"conviction": "c"})
        assert len(list(engine.rows(select(["*"], decide(engine, bulk, source).subjects)))) == 2
        database.execute(change)
        with pytest.raises(InputError, match=message):
            decide(engine, bulk, source)


# -- Spark ----------------------------------------------------------------------------------------


def test_spark_decides_a_few_as_the_engine_decides(spark: OnSpark) -> None:
    dice = Rolled("decided 4")
    words, rules = written_law(dice, 2, 2)
    decided(spark, rules, people_of(dice, words, rules, 2))


def test_spark_refuses_a_text_that_takes_others_for_equal(spark: OnSpark) -> None:
    spark.view("s", "SELECT 1L AS id, 'x' COLLATE UTF8_LCASE AS requester")
    source = read_source(spark, "s", "id", {})
    with pytest.raises(InputError, match="`requester` is `string collate UTF8_LCASE`"):
        decide(spark, Bulk(read_law(PLACE).compiled(date(2025, 8, 1)), SPARK), source)
    spark.drop("s")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_spark_decides_as_the_engine_decides(spark: OnSpark) -> None:
    for seed in range(10):  # fixed seeds, for the exact engine takes long over some laws
        dice = Rolled(f"decided {seed}")
        words, rules = quick_law(dice, 3, 2) if seed % 4 else written_law(dice, 2, 2)
        decided(spark, rules, people_of(dice, words, rules, 2))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_spark_decides_each_row_on_its_own_day(spark: OnSpark) -> None:
    logged(spark, SAID, date(2023, 1, 1))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_spark_and_duckdb_are_identical_on_a_million_rows(spark: OnSpark, tmp_path: Path) -> None:
    """All items, with rules and what is missing; what Kleene's logic leaves open is resolved by each."""
    compiled = read_law(PLACE).compiled(date(2025, 8, 1))
    with opened() as engine:
        source = made(engine.connection, Bulk(compiled, DUCKDB), MILLION)
        names = [source.subjects.name[0], *(one.name[0] for one in source.tables.values())]
        for name in names:
            engine.connection.execute(f"COPY {name} TO '{tmp_path}/{name}.parquet'")
            frame = spark.session.read.parquet(f"{tmp_path}/{name}.parquet")
            frame.createOrReplaceTempView(name)
        mine = decide(engine, Bulk(compiled, DUCKDB), source)
        theirs = decide(spark, Bulk(compiled, SPARK), source)
        for part in (theirs.subjects, theirs.ways, theirs.answers):
            spark.session.table(part).write.parquet(f"{tmp_path}/{part}")
        views = {
            name: f"'{tmp_path}/{name}/*.parquet'"
            for name in (theirs.subjects, theirs.ways, theirs.answers)
        }
        one = _told(mine.subjects, mine.ways, mine.answers)
        other = _told(*views.values())
        for a, b in ((one, other), (other, one)):
            ((many,),) = engine.rows(f"SELECT COUNT(*) FROM (({a}) EXCEPT ALL ({b})) d")
            assert many == 0
        ((rows, settled),) = engine.rows(f"SELECT COUNT(*), COUNT(way) FROM {mine.subjects}")
    assert rows == settled == MILLION and mine.states > 1_000


def _told(subjects: str, ways: str, answers: str) -> str:
    """A row for each subject: all that was answered, as one value."""
    told = (
        f"SELECT way, LIST((item, verdict, basis, rules, missing) ORDER BY item) AS told"
        f" FROM {ways} w JOIN {answers} a USING (answer) GROUP BY way"
    )
    return f"SELECT key, told FROM {subjects} LEFT JOIN ({told}) USING (way)"


def test_a_source_of_another_dialect_is_no_source(server: Any) -> None:
    with server.connected() as database:
        engine = OnPostgreSQL(database)
        engine.load("s", Table("s", {"id": "BIGINT"}, [[1]]).arrow().rename_columns(["id"]))
        rules = read_law(PLACE).compiled(date(2025, 8, 1))
        source: Source = read_source(engine, "s", "id", {})
        with pytest.raises(AssertionError, match="another dialect"):
            decide(engine, Bulk(rules, DUCKDB), source)

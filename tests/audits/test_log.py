"""A log is decided row by row under the law of each row's own day; a requester's word grants nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from habeas import Facts, Person, Request, Said, read_law
from habeas.audits.log import Log, decide_log
from habeas.audits.on_duckdb import OnDuckDB, opened
from habeas.compiled.sql.dialects import DUCKDB
from habeas.compiled.sql.source import Relation, Source
from habeas.decisions.laws import laws_folder
from habeas.errors import InputError
from habeas.law.facts import Row
from tests.properties import strategies
from tests.properties.dice import Rolled
from tests.properties.stored import stored
from tests.properties.test_sql import load

PLACE = "us-ca-sf"
DAY = "on the day"
ROWS = 160
SAID = frozenset({"written_consent", "quashed", "instrument", "conviction.level", "charge", "name.ordered"})  # fmt: skip

Found = dict[tuple[int, str], tuple[str, str, tuple[str, ...], tuple[str, ...]]]


def rows_of(seed: str) -> list[tuple[date, Facts]]:
    """Facts of the whole vocabulary, each with a day around a change of the law of the place."""
    law, dice = read_law(PLACE), Rolled(seed)
    words = strategies.every_word(laws_folder())
    made = []
    for _ in range(ROWS):
        change = dice.pick(law.book.changes(PLACE)[1:])
        day = change + timedelta(days=dice.pick((-1, 0, 1, 40)))
        facts = strategies.lawful(law.in_force(day), strategies.facts(dice, words, rows=3))
        made.append((day, facts))
    return made


def log_of(connection: duckdb.DuckDBPyConnection, rows: list[tuple[date, Facts]]) -> Log:
    source, tables = stored(read_law(PLACE).book.vocabulary, [facts for _, facts in rows])
    tables[0].columns[DAY] = "DATE"
    for stored_row, (day, _) in zip(tables[0].rows, rows, strict=True):
        stored_row.append(day)
    load(connection, tables)
    return Log(source, DAY)


def found_in(connection: duckdb.DuckDBPyConnection, query: str) -> Found:
    return {
        (key, item): (verdict, basis, tuple(rules), tuple(missing))
        for key, item, verdict, basis, rules, missing in connection.execute(query).fetchall()
    }


def one_by_one(rows: list[tuple[date, Facts]], said: frozenset[str]) -> Found:
    """What `Law.decide_person` says of each row on its day."""
    law, found = read_law(PLACE), {}
    items = tuple(law.book.vocabulary.items)
    for number, (day, facts) in enumerate(rows):
        theirs = {
            path: (Said("requester"),)
            for path, _ in facts.flat()
            if re.sub(r"\[\d+\]", "", path) in said
        }
        request = Request("r", Facts(), items)
        person = Person(
            "p", Facts(facts.values, facts.items, facts.rows, facts.complete, theirs), frozenset()
        )
        for one in law.decide_person(request, person, as_of=day):
            missing = {re.sub(r"\[[^]]*\]", "", path.fact) for path in one.missing}
            found[number, one.item] = (one.verdict, one.basis, one.rules, tuple(sorted(missing)))
    return found


@pytest.mark.parametrize("said", [frozenset(), SAID], ids=["records say all", "requester says some"])  # fmt: skip
def test_each_row_is_decided_on_its_own_day(said: frozenset[str]) -> None:
    rows = rows_of("each row")
    with opened() as engine:
        log = replace(log_of(engine.connection, rows), unconfirmed=said)
        answers = decide_log(engine, read_law(PLACE), log)
        found = found_in(engine.connection, answers.select(DUCKDB))
        left = engine.connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE temporary UNION ALL"
            " SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
        ).fetchall()
    expected = one_by_one(rows, said)
    assert {k: (found.get(k), v) for k, v in expected.items() if found.get(k) != v} == {}
    assert found.keys() == expected.keys()
    assert {name for (name,) in left} == {answers.subjects, answers.ways, answers.answers}
    bases = {basis for _, basis, _, _ in found.values()}
    assert ("unconfirmed" in bases) is bool(said) and "missing facts" in bases


def test_only_what_was_asked_is_answered_beside_what_was_done() -> None:
    rows = rows_of("asked")[:20]
    with opened() as engine:
        log = log_of(engine.connection, rows)
        answers = decide_log(engine, read_law(PLACE), log, "a ' b")
        engine.connection.execute(
            "CREATE TABLE done AS SELECT i AS row, CASE i % 2 WHEN 0 THEN 'name' ELSE 'hold' END AS item,"
            " i % 3 = 0 AS given FROM range(20) t(i)"
        )
        asked = Relation(("done",), frozenset({"row", "item", "given"}), "row")
        query = answers.select(DUCKDB, asked)
        made = engine.connection.execute(query).fetchall()
    expected = one_by_one(rows, frozenset())
    assert len(made) == 20
    for key, item, verdict, basis, rules, missing, given in made:
        assert item == ("name", "hold")[key % 2] and given is (key % 3 == 0)
        assert (verdict, basis, tuple(rules), tuple(missing)) == expected[key, item]


@pytest.fixture
def engine() -> Iterator[OnDuckDB]:
    """Three rows, on two sides of a change."""
    with opened() as made:
        made.connection.execute(
            "CREATE TABLE s AS SELECT * FROM (VALUES (1, DATE '2015-12-31', 'public inquiry'),"
            " (2, DATE '2016-01-01', 'public inquiry'), (3, DATE '2025-01-01', NULL)) t(id, day, purpose)"
        )
        yield made


def log(day: str = "day", **more: frozenset[str]) -> Log:
    return Log(Source(Relation(("s",), frozenset({"purpose"}), "id")), day, **more)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE s SET day = NULL WHERE id = 2", "1 rows have no day in `day`"),
        ("UPDATE s SET day = 'infinity' WHERE id = 2", "1 rows have no day in `day`"),
        ("UPDATE s SET day = DATE '0001-01-01 (BC)'", "3 rows have no day in `day`"),
        ("ALTER TABLE s ALTER day TYPE VARCHAR", "`day`, the day of each row, is `VARCHAR`"),
        ("ALTER TABLE s DROP day", "`day`, the day of each row, is not there"),
        ("UPDATE s SET id = 1 WHERE id = 3", "`id` is not unique"),
        ("UPDATE s SET purpose = 'because' WHERE id = 3", "`purpose` is none of its words"),
    ],
)
def test_a_row_that_has_no_law_or_no_meaning_is_refused(
    engine: OnDuckDB, change: str, message: str
) -> None:
    engine.connection.execute(change)
    with pytest.raises(InputError, match=message) as raised:
        decide_log(engine, read_law(PLACE), log())
    assert all(problem.help for problem in raised.value.problems)
    made = engine.connection.execute(
        "SELECT (SELECT count(*) FROM duckdb_tables() WHERE temporary)"
        " + (SELECT count(*) FROM duckdb_views() WHERE temporary AND NOT internal)"
    ).fetchall()
    assert made == [(0,)], "nothing was left behind"


def test_a_path_that_is_no_fact_cannot_be_unconfirmed(engine: OnDuckDB) -> None:
    with pytest.raises(InputError, match="`consent` is no fact"):
        decide_log(engine, read_law(PLACE), log(unconfirmed=frozenset({"consent"})))


def test_an_empty_log_has_no_answers_and_its_columns_are_looked_at(engine: OnDuckDB) -> None:
    engine.connection.execute("DELETE FROM s")
    answers = decide_log(engine, read_law(PLACE), log())
    assert engine.connection.execute(answers.select(DUCKDB)).fetchall() == []
    engine.connection.execute("ALTER TABLE s RENAME purpose TO purpos")
    with pytest.raises(InputError, match="no column `purpose`"):
        decide_log(engine, read_law(PLACE), log())


def test_a_day_can_be_a_fact_too(engine: OnDuckDB) -> None:
    engine.connection.execute("ALTER TABLE s RENAME day TO received_on")
    source = Source(Relation(("s",), frozenset({"purpose", "received_on"}), "id"))
    answers = decide_log(engine, read_law(PLACE), Log(source, "received_on"))
    law, found = read_law(PLACE), found_in(engine.connection, answers.select(DUCKDB))
    for key, day, purpose in engine.connection.execute("SELECT id, received_on, purpose FROM s").fetchall():  # fmt: skip
        known: Row = {"received_on": day} | ({"purpose": purpose} if purpose else {})
        for item in law.book.vocabulary.items:
            one = law.compiled(day).finding(item, Facts(known))
            assert found[key, item][:3] == one[:3]


def test_a_log_in_parquet_larger_than_memory_is_decided(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A view of files; what does not fit into the memory that is allowed goes to the folder."""
    many = 1_500_000
    with opened(memory="120MB", spill=tmp_path) as engine:
        con = engine.connection
        con.execute(
            f"COPY (SELECT i AS id, DATE '2025-01-01' AS day, i % 7 = 0 AS quashed, "
            f"md5(i::VARCHAR) AS requester, 'public inquiry' AS purpose FROM range({many}) t(i)) "
            f"TO '{tmp_path}/log.parquet'"
        )
        con.execute(f"CREATE VIEW s AS FROM '{tmp_path}/log.parquet'")
        source = Source(Relation(("s",), frozenset({"quashed", "purpose"}), "id"))
        answers = decide_log(engine, read_law(PLACE), Log(source, "day"))
        ((rows, keys),) = engine.rows(f"SELECT count(*), count(DISTINCT key) FROM {answers.subjects}")  # fmt: skip
    assert rows == keys == many

"""Whole jails decided on DuckDB are decided as one by one; what the language cannot have is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from habeas import Facts, Person, Request, read_law, read_records, write_sample
from habeas.audits.decide import decide
from habeas.audits.engine import read_source
from habeas.audits.on_duckdb import OnDuckDB
from habeas.compiled.closure import compile_rules
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB
from habeas.compiled.sql.source import Relation, Source
from habeas.errors import InputError
from tests.properties.stored import stored
from tests.properties.strategies import FOLDERS, one_rule, vocabulary_of
from tests.properties.test_sql import load

DAY = date(2025, 8, 1)
PEOPLE = 300

ASKED = Facts(
    {
        "purpose": "immigration enforcement",
        "instrument": "notification request",
        "requester_kind": "immigration authority",
        "requester_level": "federal",
        "requester_place": "us",
        "received_on": date(2025, 7, 14),
        "names_specific_person": True,
    }
)
ASKED_LESS = Facts({"purpose": "immigration enforcement", "received_on": date(2025, 7, 14)})


@pytest.mark.parametrize(
    "said", [ASKED, ASKED_LESS], ids=["a notification request", "little known"]
)
@pytest.mark.parametrize("few", [0, 10**6], ids=["all at once", "one after the other"])
def test_the_sample_jail_is_decided_as_person_by_person(
    tmp_path: Path, said: Facts, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("habeas.audits.decide._FEW", few)
    law = read_law("us-ca-sf")
    words = law.book.vocabulary
    write_sample(tmp_path / "jail", PEOPLE, 1)
    people = list(read_records(tmp_path / "jail", None, words).people())
    request = Request("r", said, tuple(words.items))
    compiled = law.compiled(DAY)
    source, tables = stored(words, [said.merged(person.facts) for person in people])
    with duckdb.connect() as connection:
        load(connection, tables)
        answers = decide(OnDuckDB(connection), Bulk(compiled, DUCKDB), source)
        rows = connection.execute(
            f"SELECT key, item, verdict, basis, rules FROM {answers.subjects}"
            f" JOIN {answers.ways} USING (way) JOIN {answers.answers} USING (answer)"
        ).fetchall()
        left = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE temporary"
        ).fetchall()
    found = {(key, item): (verdict, basis, tuple(by)) for key, item, verdict, basis, by in rows}
    assert {name for (name,) in left} == {answers.subjects, answers.ways, answers.answers}
    for number, person in enumerate(people):
        # Who said the facts is not asked here: the records do, for want of another.
        for one in law.decide_person(request, Person("p", person.facts, frozenset()), as_of=DAY):
            assert found[number, one.item] == (one.verdict, one.basis, one.rules), (
                number,
                one.item,
            )
    verdicts = {verdict for verdict, _, _ in found.values()}
    assert len(found) == len(people) * len(words.items) and len(verdicts) >= 2


# -- what is refused ------------------------------------------------------------------------------


@pytest.fixture
def jail() -> Iterator[tuple[duckdb.DuckDBPyConnection, Bulk]]:
    """Three subjects with a conviction each, and a law that reads them."""
    law = read_law("us-ca-sf")
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE s AS SELECT * FROM (VALUES (1, 'immigration enforcement', DATE '2025-01-01', TRUE),"
            " (2, NULL, NULL, FALSE), (3, 'public inquiry', DATE '2025-01-01', NULL))"
            " t(id, purpose, received_on, conviction)"
        )
        connection.execute(
            "CREATE TABLE c AS SELECT id, 'PC 211' AS offense, TRUE AS serious_felony,"
            " DATE '2020-01-01' AS convicted_on FROM s"
        )
        yield connection, Bulk(law.compiled(DAY), DUCKDB)


def audited(connection: duckdb.DuckDBPyConnection, bulk: Bulk, key: str = "id") -> None:
    source = read_source(OnDuckDB(connection), "s", key, {"conviction": "c"})
    answers = decide(OnDuckDB(connection), bulk, source)
    (many,) = connection.execute(f"SELECT count(*) FROM {answers.subjects}").fetchall()[0]
    assert many == 3


def test_a_jail_in_order_is_decided(jail: tuple[duckdb.DuckDBPyConnection, Bulk]) -> None:
    audited(*jail)
    audited(*jail)  # what a run before it wrote is replaced
    jail[0].execute("UPDATE s SET id = 9 WHERE id = 1")
    audited(*jail)  # keys come in any order


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE s SET id = 1 WHERE id = 2", "`id` is not unique"),
        ("UPDATE s SET id = 3 WHERE id = 1", "`id` is not unique"),
        ("UPDATE s SET id = NULL WHERE id = 2", "`id` is missing"),
        ("UPDATE c SET id = NULL WHERE id = 2", "`id` is missing"),
        ("UPDATE s SET purpose = 'Public inquiry' WHERE id = 2", "`purpose` is none of its words"),
        ("UPDATE s SET received_on = DATE '10000-01-01' WHERE id = 2", "`received_on` is no day"),
        ("UPDATE s SET received_on = DATE '0001-01-01 (BC)' WHERE id = 2", "`received_on` is no day"),
        ("UPDATE s SET received_on = 'infinity' WHERE id = 2", "`received_on` is no day"),
        ("UPDATE c SET convicted_on = '-infinity' WHERE id = 2", "`convicted_on` is no day"),
        ("UPDATE c SET serious_felony = FALSE WHERE id = 2", "`serious_felony` is stated as no"),
        ("ALTER TABLE s RENAME purpose TO purpse", "`purpse` is no fact"),
        ("ALTER TABLE s RENAME conviction TO convictions", "`convictions` is no fact"),
        ("ALTER TABLE s ALTER received_on TYPE TIMESTAMP", "`received_on` is `TIMESTAMP"),
        ("ALTER TABLE s ALTER conviction TYPE VARCHAR", "`conviction` is `VARCHAR`"),
        ("ALTER TABLE c ALTER serious_felony TYPE INTEGER", "`serious_felony` is `INTEGER`"),
        ("SET default_collation = 'NOCASE'", "compared by the collation"),
    ],
)  # fmt: skip
def test_what_the_language_cannot_have_is_refused(
    jail: tuple[duckdb.DuckDBPyConnection, Bulk], change: str, message: str
) -> None:
    connection, bulk = jail
    connection.execute(change)
    with pytest.raises(InputError, match=message) as raised:
        audited(connection, bulk)
    assert all(problem.help for problem in raised.value.problems)
    tables = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchall()
    assert tables == [(0,)], "nothing was written"


def test_a_key_that_is_a_fact_is_refused(jail: tuple[duckdb.DuckDBPyConnection, Bulk]) -> None:
    with pytest.raises(InputError, match="no column of its own"):
        audited(*jail, key="purpose")


def test_words_may_be_enums_that_have_more_or_fewer(
    jail: tuple[duckdb.DuckDBPyConnection, Bulk],
) -> None:
    """What an ENUM could hold is no matter; what it does hold is."""
    connection, bulk = jail
    listed = "'immigration enforcement', 'public inquiry', 'no word of ours'"
    connection.execute(f"ALTER TABLE s ALTER purpose TYPE ENUM({listed})")
    audited(connection, bulk)
    connection.execute("UPDATE s SET purpose = 'no word of ours' WHERE id = 2")
    with pytest.raises(InputError, match="none of its words"):
        audited(connection, bulk)


@pytest.mark.parametrize("name", ["subjects", "outer0", "rows0", "gathered", "s.t", "select"])
def test_a_relation_may_be_called_anything(
    jail: tuple[duckdb.DuckDBPyConnection, Bulk], name: str
) -> None:
    connection, bulk = jail
    source = read_source(OnDuckDB(connection), "s", "id", {"conviction": "c"})
    expected = connection.execute(bulk.words(source) + " ORDER BY key").fetchall()
    for subjects, table in ((name, "c"), ("s", name)):
        of = "s" if subjects == name else "c"
        connection.execute(f"CREATE OR REPLACE VIEW {DUCKDB.identifier(name)} AS FROM {of}")
        other = read_source(OnDuckDB(connection), subjects, "id", {"conviction": table})
        assert connection.execute(bulk.words(other) + " ORDER BY key").fetchall() == expected
        assert decide(OnDuckDB(connection), bulk, other).pairs == 3


def test_a_relation_called_as_our_own_is_refused(
    jail: tuple[duckdb.DuckDBPyConnection, Bulk],
) -> None:
    connection, bulk = jail
    connection.execute("CREATE VIEW Habeas_Subjects AS FROM s")
    source = read_source(OnDuckDB(connection), "Habeas_Subjects", "id", {})
    with pytest.raises(InputError, match="make for themselves"):
        bulk.words(source)


@pytest.mark.parametrize("column", ["conviction", "purpose", "received_on"])
def test_a_column_that_is_not_there_says_nothing(
    jail: tuple[duckdb.DuckDBPyConnection, Bulk], column: str
) -> None:
    """As if it were there and unknown for everybody: a table is not complete, a fact is open."""
    connection, bulk = jail
    connection.execute("DELETE FROM c")  # or the rows alone would decide
    connection.execute("UPDATE s SET purpose = 'immigration enforcement'")
    found = []
    for change in (f"UPDATE s SET {column} = NULL", f"ALTER TABLE s DROP {column}"):
        connection.execute(change)
        source = read_source(OnDuckDB(connection), "s", "id", {"conviction": "c"})
        answers = decide(OnDuckDB(connection), bulk, source)
        found.append(connection.execute(answers.select(DUCKDB) + " ORDER BY ALL").fetchall())
    assert found[0] == found[1]


def test_no_subjects_have_no_answers(jail: tuple[duckdb.DuckDBPyConnection, Bulk]) -> None:
    connection, bulk = jail
    connection.execute("DELETE FROM s")
    source = read_source(OnDuckDB(connection), "s", "id", {"conviction": "c"})
    answers = decide(OnDuckDB(connection), bulk, source)
    assert connection.execute(f"SELECT * FROM {answers.subjects}").fetchall() == []


def test_more_terms_than_a_word_has_bits_take_more_words() -> None:
    """130 rules with as many conditions: each has its own bit, in one of three words."""
    from habeas.law.conditions import Compare, Term

    words = vocabulary_of(FOLDERS[0])
    rules = one_rule(words, Compare(Term("copies", "request"), ">", Term(value=0)))
    first = rules.blocks["us/act#r"]
    for number in range(1, 130):
        block = replace(first, id=f"us/act#r{number:03}")
        rules.blocks[block.id], rules.beaters[block.id] = block, ()
        rules.own[block.id] = Compare(Term("copies", "request"), ">", Term(value=number))
    people = [Facts(), *(Facts({"copies": n}) for n in (0, 1, 61, 62, 63, 64, 125, 200))]
    compiled = compile_rules(rules)
    source, tables = stored(words, people)
    bulk = Bulk(compiled, DUCKDB)
    assert (len(compiled.terms), bulk.width, bulk.factors.width) == (130, 3, 3)
    with duckdb.connect() as connection:
        load(connection, tables)
        rows = connection.execute(bulk.words(source)).fetchall()
        answers = decide(OnDuckDB(connection), bulk, source)
        found = connection.execute(
            f"SELECT key, rules FROM {answers.subjects} JOIN {answers.ways} USING (way)"
            f" JOIN {answers.answers} USING (answer) WHERE item = 'name' ORDER BY key"
        ).fetchall()
    for key, *parts in rows:
        yes, unknown = (sum(w << 62 * n for n, w in enumerate(parts[at::2])) for at in (0, 1))
        assert (yes, unknown) == compiled.words_of(people[key])
    assert [tuple(by) for _, by in found] == [compiled.finding("name", one).rules for one in people]


def test_names_and_words_with_quotes_stand_as_they_are() -> None:
    """Relations, keys and the law's words hold quotes; nothing is run that they say."""
    from habeas.law.conditions import OneOf, Term

    words = vocabulary_of(FOLDERS[0])
    nasty = ("it's", '"', "'; DROP TABLE \"it's\"; --", "\\")
    rules = one_rule(words, OneOf(Term("requester", "request"), nasty))
    key, name = "k\"'; --", "it's"
    with duckdb.connect() as connection:
        quoted = DUCKDB.identifier(key)
        connection.execute(
            f"CREATE TABLE {DUCKDB.identifier(name)} ({quoted} INT, requester VARCHAR)"
        )
        texts = [*nasty, "other", None]
        connection.executemany(
            f"INSERT INTO {DUCKDB.identifier(name)} VALUES (?, ?)", list(enumerate(texts))
        )
        source = Source(Relation((name,), frozenset({key, "requester"}), key))
        bulk = Bulk(compile_rules(rules), DUCKDB)
        rows = connection.execute(bulk.words(source) + " ORDER BY key").fetchall()
        assert rows == [(0, 1, 0), (1, 1, 0), (2, 1, 0), (3, 1, 0), (4, 0, 0), (5, 0, 1)]
        assert decide(OnDuckDB(connection), bulk, source, "it's ours").pairs == 3
        for ours in ("it's", "IT'S"):
            with pytest.raises(InputError, match="begins as the tables that this writes"):
                decide(OnDuckDB(connection), bulk, source, ours)

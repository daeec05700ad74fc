"""The SQL of a rule set gives the words that the generated Python gives."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.audits.decide import decide
from habeas.audits.on_duckdb import OnDuckDB
from habeas.compiled.closure import compile_rules
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB, POSTGRESQL, SPARK
from habeas.compiled.sql.mask import mask_query, whole
from habeas.law import interpreter
from habeas.law.conditions import Not, terms, walk
from habeas.law.facts import Facts
from habeas.law.ruleset import RuleSet, rule_set
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled
from tests.properties.stored import Table, stored

FUZZ = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
PEOPLE = 250 if FUZZ else 40
"""People that one query decides about."""


def load(connection: duckdb.DuckDBPyConnection, tables: list[Table]) -> None:
    for table in tables:
        create, name = table.created(DUCKDB)
        connection.execute(create)
        connection.register("given", table.arrow())
        connection.execute(f"INSERT INTO {name} SELECT * FROM given")
        connection.unregister("given")


def quick_law(dice: Dice, few: int, deep: int) -> tuple[strategies.Words, RuleSet]:
    """A few rules over a few words, without pages, which take longer to read than to ask."""
    words = strategies.words(dice, facts=few, columns=few, tables=2)
    made = strategies.one_rule(words.vocabulary, strategies.condition(dice, words, deep))
    first = made.blocks["us/act#r"]
    for number in range(dice.upto(2 * few)):
        items = frozenset(strategies.some(dice, list(words.vocabulary.items), 1, 4))
        kind = dice.pick(("forbid", "permit", "require"))
        block = replace(first, id=f"us/act#r{number}", kind=kind, items=items)
        made.blocks[block.id], made.beaters[block.id] = block, ()
        made.own[block.id] = strategies.condition(dice, words, deep)
        if kind != "forbid" and strategies.chance(dice, 2):
            made.beaters["us/act#r"] = ((block.id, first.items & items),)
    return words, made


def written_law(dice: Dice, few: int, deep: int) -> tuple[strategies.Words, RuleSet]:
    """A law such as people write, with definitions, exceptions and what is contested."""
    words = strategies.words(dice, facts=few, columns=few, tables=2)
    book = strategies.law(dice, words, depth=deep).book()
    return words, rule_set(book, "us-ca-sf", dice.pick(strategies.AS_OF))


def people_of(dice: Dice, words: strategies.Words, rules: RuleSet, rows: int) -> list[Facts]:
    known = [strategies.facts(dice, words, rows=rows) for _ in range(PEOPLE)]
    return [strategies.lawful(rules, one) for one in known]


def asked(rows: list[tuple[Any, ...]]) -> dict[int, tuple[int, int]]:
    return {row[0]: (whole(row[1::2]), whole(row[2::2])) for row in rows}


def words_found(rules: RuleSet, people: list[Facts]) -> None:
    compiled = compile_rules(rules)
    bulk = Bulk(compiled, DUCKDB)
    source, tables = stored(rules.vocabulary, people)
    with duckdb.connect(config={"threads": 1}) as connection:
        load(connection, tables)
        found = asked(connection.execute(bulk.words(source)).fetchall())
    assert found == {n: compiled.words_of(one) for n, one in enumerate(people)}


@given(st.integers(0, 10**9))
def test_duckdb_finds_the_words_of_the_closure(seed: int) -> None:
    dice = Rolled(seed)
    words, rules = quick_law(dice, 6, 3)
    words_found(rules, people_of(dice, words, rules, 4))


@settings(max_examples=settings.default.max_examples // 5)
@given(st.integers(0, 10**9))
def test_duckdb_finds_the_words_of_a_written_law(seed: int) -> None:
    dice = Rolled(seed)
    words, rules = written_law(dice, 5, 3)
    words_found(rules, people_of(dice, words, rules, 4))


def decided(rules: RuleSet, people: list[Facts]) -> None:
    compiled = compile_rules(rules)
    bulk = Bulk(compiled, DUCKDB)
    source, tables = stored(rules.vocabulary, people)
    items = tuple(rules.vocabulary.items)
    with duckdb.connect(config={"threads": 1}) as connection:
        load(connection, tables)
        answers = decide(OnDuckDB(connection), bulk, source)
        rows = connection.execute(
            f"SELECT key, item, verdict, basis, rules FROM {answers.subjects}"
            f" JOIN {answers.ways} USING (way) JOIN {answers.answers} USING (answer)"
        ).fetchall()
    found = {(key, item): (verdict, basis, tuple(by)) for key, item, verdict, basis, by in rows}
    assert len(rows) == len(found) == len(people) * len(items)
    for number, one in enumerate(people):
        for item, finding in compiled.findings(one, items).items():
            expected = (finding.verdict, finding.basis, finding.rules)
            assert found[number, item] == expected, (number, item)


@pytest.mark.parametrize("seed", range(400 if FUZZ else 20))
def test_everybody_is_decided_as_the_engine_decides_her(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fixed seeds, for the exact engine takes long over some laws; half of them settled all at once."""
    if seed % 2:
        monkeypatch.setattr("habeas.audits.decide._FEW", 0)
    dice = Rolled(f"decided {seed}")
    words, rules = quick_law(dice, 3, 2) if seed % 4 else written_law(dice, 2, 2)
    decided(rules, people_of(dice, words, rules, 2))


# -- three values ---------------------------------------------------------------------------------


@settings(max_examples=settings.default.max_examples // 2)
@given(st.integers(0, 10**9))
def test_a_condition_its_opposite_and_its_being_unknown_part_everybody(seed: int) -> None:
    """And what is yes, no or unknown is what the interpreter says of it."""
    dice = Rolled(seed)
    words = strategies.words(dice, facts=5, columns=5, tables=2)
    cond = strategies.condition(dice, words, 4)
    if any(term.scope == "item" for part in walk(cond) for term in terms(part)):
        return  # no term of a compiled rule set reads facts of items
    rules = strategies.one_rule(words.vocabulary, cond)
    people = people_of(dice, words, rules, 4)
    source, tables = stored(rules.vocabulary, people)
    with duckdb.connect(config={"threads": 1}) as connection:
        load(connection, tables)
        query = mask_query(rules, DUCKDB, [cond, Not(cond)], source)
        rows = connection.execute(query).fetchall()
    for number, yes, unknown in rows:
        parts = [yes == 1, yes == 2, unknown == 3]
        assert sorted(parts) == [False, False, True]
        truth = interpreter.truth(cond, rules.completed(people[number]))
        assert parts.index(True) == [True, False, None].index(truth)


# -- PostgreSQL -----------------------------------------------------------------------------------


def ask_postgresql(database: Any, rules: RuleSet, people: list[Facts]) -> None:
    compiled = compile_rules(rules)
    source, tables = stored(rules.vocabulary, people, text="text")
    for table in tables:
        create, name = table.created(POSTGRESQL)
        database.execute(create.replace("CREATE TABLE", "CREATE TEMP TABLE"))
        with database.cursor().copy(f"COPY {name} FROM STDIN") as copy:
            for row in table.rows:
                copy.write_row(row)
    found = asked(database.execute(Bulk(compiled, POSTGRESQL).words(source)).fetchall())
    assert found == {n: compiled.words_of(one) for n, one in enumerate(people)}


def test_postgresql_finds_the_words_of_the_closure(server: Any) -> None:
    with server.connected() as database:
        for seed in range(200 if FUZZ else 30):
            dice = Rolled(f"postgresql {seed}")
            words, rules = quick_law(dice, 6, 3) if seed % 5 else written_law(dice, 5, 3)
            database.execute("BEGIN")
            ask_postgresql(database, rules, people_of(dice, words, rules, 4))
            database.execute("ROLLBACK")


# -- Spark ----------------------------------------------------------------------------------------


@settings(max_examples=settings.default.max_examples // 5)
@given(st.integers(0, 10**9))
def test_sparks_query_is_sparks_sql(seed: int) -> None:
    """Parsed by another project's reader of Spark's SQL, for many laws; `tests/audits` run some on Spark."""
    _, rules = quick_law(Rolled(seed), 6, 3)
    source, _ = stored(rules.vocabulary, [Facts()])
    bulk = Bulk(compile_rules(rules), SPARK)
    (tree,) = sqlglot.parse(bulk.words(source), dialect="spark")
    assert tree is not None
    assert not list(tree.find_all(sqlglot.exp.Anonymous)), "a function that Spark does not have"
    expected = [f"{kind}{n}" for n in range(bulk.width) for kind in ("yes", "unknown")]
    assert tree.named_selects == ["key", *expected]
    for check in bulk.checks(source):
        assert sqlglot.parse_one(check.sql, dialect="spark") is not None

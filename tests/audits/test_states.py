"""Subjects that share a state are answered alike, each as if she alone had been asked about."""

from __future__ import annotations

import re
from datetime import date

import duckdb
import pytest

from benchmarks.audits import made
from habeas import Facts, read_law
from habeas.audits.decide import decide
from habeas.audits.on_duckdb import OnDuckDB, opened
from habeas.compiled.closure import Compiled, compile_rules
from habeas.compiled.resolution import resolve
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB
from habeas.law.conditions import And, Compare, Condition, Count, Holds, Not, OneOf, Or, Term
from habeas.law.facts import Row, Value
from habeas.law.ruleset import RuleSet
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled
from tests.properties.stored import stored
from tests.properties.test_sql import FUZZ, load, quick_law, written_law

FIRST, ALIKE = 8, 8
"""People that are drawn, and others for each of them that differ from her in one thing."""


def neighbour(dice: Dice, words: strategies.Words, one: Facts) -> Facts:
    """The facts with one of them forgotten, or another value in its place."""
    other = strategies.facts(dice, words, rows=2)
    kind = dice.upto(3)
    values: dict[str, Value] = dict(one.values)
    rows: dict[str, list[Row]] = {table: [dict(r) for r in given] for table, given in one.rows.items()}  # fmt: skip
    complete = set(one.complete)
    if kind == 0 and values:
        del values[dice.pick(sorted(values))]
    elif kind == 1:
        values |= dict(list(other.values.items())[:1])
    elif kind == 2 and rows:
        table = dice.pick(sorted(rows))
        if rows[table]:
            row = rows[table][dice.upto(len(rows[table]) - 1)]
            if row:
                del row[dice.pick(sorted(row))]
            rows[table].reverse()
    else:
        complete ^= {dice.pick([*words.vocabulary.tables])}
    return Facts(values, one.items, rows, frozenset(complete))


def near(dice: Dice, words: strategies.Words, rules: RuleSet) -> list[Facts]:
    found = []
    for _ in range(FIRST):
        first = strategies.facts(dice, words, rows=2)
        found += [first, *(neighbour(dice, words, first) for _ in range(ALIKE))]
    return [strategies.lawful(rules, one) for one in found]


def shared(rules: RuleSet, people: list[Facts]) -> int:
    """How many subjects shared a state with another one; all have the exact engine's answers."""
    compiled = compile_rules(rules)
    source, tables = stored(rules.vocabulary, people)
    items = tuple(rules.vocabulary.items)
    with duckdb.connect(config={"threads": 1}) as connection:
        load(connection, tables)
        answers = decide(OnDuckDB(connection), Bulk(compiled, DUCKDB), source)
        found = {
            (key, item): rest
            for key, item, *rest in connection.execute(answers.select(DUCKDB)).fetchall()
        }
    left = 0
    for number, one in enumerate(people):
        left += None in compiled.rule_words(one).values()
        for item in items:
            verdict, basis, by, missing = found[number, item]
            finding = resolve(rules, item, one)
            assert (verdict, basis, tuple(by)) == finding[:3], (number, item)
            assert missing == columns(finding.missing), (number, item)
    assert len(found) == len(people) * len(items)
    return left - answers.states


def columns(missing: tuple[str, ...]) -> list[str]:
    """Paths without the numbers of rows."""
    return sorted({re.sub(r"\[[^]]*\]", "", path) for path in missing})


@pytest.mark.parametrize("seed", range(0, 400 if FUZZ else 40, 10))
def test_neighbours_are_decided_as_each_alone(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixed seeds, ten laws each, for the exact engine takes long over some laws; half of them settled all at once."""
    if seed % 20:
        monkeypatch.setattr("habeas.audits.decide._FEW", 0)
    together = 0
    for one in range(seed, seed + 10):
        dice = Rolled(f"near {one}")
        words, rules = quick_law(dice, 3, 2) if one % 4 else written_law(dice, 2, 2)
        together += shared(rules, near(dice, words, rules))
    assert together > 0, "no two subjects shared a state: this tests nothing"


def of(name: str, table: str = "") -> Term:
    return Term(name, "row" if table else "person", table)


def at_least(cond: Condition, number: int = 1, column: str | None = None) -> Condition:
    return Count("conviction", cond, column, ">=", number)


def is_level(level: str) -> Condition:
    return Compare(of("level", "conviction"), "=", Term(value=level))


CONVICTED = of("convicted_on", "conviction")
RECEIVED = Term("received_on", "request")
FIVE_YEARS = Compare(Term("received_on", "request", steps=((-5, "year"),)), "<=", CONVICTED)
COMPLETE = frozenset({"conviction"})
CUSTODY = Holds("in_custody", "person", "")

PAIRS: dict[str, tuple[Condition, Facts, Facts]] = {
    "the day that further rows are held against": (
        at_least(And((FIVE_YEARS, Compare(CONVICTED, "<", Term(value=date(2020, 1, 1)))))),
        Facts({"received_on": date(2026, 1, 1)}),
        Facts({"received_on": date(2024, 1, 1)}),
    ),
    "whether there may be further rows": (
        at_least(is_level("felony")),
        Facts(rows={"conviction": [{}]}),
        Facts(rows={"conviction": [{}]}, complete=COMPLETE),
    ),
    "a flag that rules an unknown offence out": (
        at_least(OneOf(of("offense", "conviction"), ("PC 211",))),
        Facts(rows={"conviction": [{"serious_felony": False}]}, complete=COMPLETE),
        Facts(rows={"conviction": [{}]}, complete=COMPLETE),
    ),
    "a row's day that is held against an unknown one": (
        And((Compare(RECEIVED, ">=", Term(value=date(2030, 1, 1))), at_least(FIVE_YEARS))),
        Facts(rows={"conviction": [{"convicted_on": date(2020, 1, 1)}]}, complete=COMPLETE),
        Facts(rows={"conviction": [{"convicted_on": date(2026, 1, 1)}]}, complete=COMPLETE),
    ),
    "an event that is counted already": (
        at_least(is_level("felony"), 2, "incident"),
        Facts(
            rows={
                "conviction": [
                    {"level": "felony", "incident": "X"},
                    {"incident": "X"},
                    {"level": "felony"},
                ]
            },
            complete=COMPLETE,
        ),
        Facts(
            rows={
                "conviction": [
                    {"level": "felony", "incident": "X"},
                    {"incident": "Y"},
                    {"level": "felony"},
                ]
            },
            complete=COMPLETE,
        ),
    ),
    "what further rows have beside them": (
        at_least(
            And(
                (
                    is_level("felony"),
                    Or(
                        (
                            And((CUSTODY, is_level("misdemeanor"))),
                            And((Not(CUSTODY), Holds("domestic_violence", "row", "conviction"))),
                        )
                    ),
                )
            )
        ),
        Facts({"in_custody": True}),
        Facts({"in_custody": False}),
    ),
    "a fact that is held against another": (
        And(
            (
                Compare(RECEIVED, "<=", of("booked_on")),
                Compare(of("booked_on"), "<", Term(value=date(2020, 1, 1))),
            )
        ),
        Facts({"received_on": date(2019, 1, 1)}),
        Facts({"received_on": date(2021, 1, 1)}),
    ),
}


@pytest.mark.parametrize("which", PAIRS)
def test_two_who_differ_in_it_are_not_taken_for_one(which: str) -> None:
    """The same truths of all that the rule asks, and other answers."""
    cond, *pair = PAIRS[which]
    day, law = date(2025, 8, 1), read_law("us-ca-sf")
    rules = strategies.one_rule(law.book.vocabulary, cond, listed=law.in_force(day).listed)
    compiled = compile_rules(rules)
    assert len({compiled.words_of(one) for one in pair}) == 1
    first, second = (resolve(rules, "name", one) for one in pair)
    assert (first.verdict, columns(first.missing)) != (second.verdict, columns(second.missing))
    shared(rules, pair)
    for one in pair:  # nor by what a compiled law remembers
        assert compiled.findings(one, ["name"])["name"] == resolve(rules, "name", one)


def test_made_up_events_are_decided_as_each_alone() -> None:
    """The shipped law over random events, which share few answers and fewer states."""
    compiled: Compiled = read_law("us-ca-sf").compiled(date(2025, 8, 1))
    bulk, events = Bulk(compiled, DUCKDB), 3_000
    with opened() as engine:
        source = made(engine.connection, bulk, events)
        answers = decide(engine, bulk, source)
        found = {(key, item): rest for key, item, *rest in engine.rows(answers.select(DUCKDB))}
        subjects = list(engine.rows("SELECT * FROM events ORDER BY id"))
        names = list(engine.columns(("events",)))
        rows = {
            table: (list(engine.columns((f"{table}s",))), list(engine.rows(f"FROM {table}s")))
            for table in source.tables
        }
    held: dict[str, dict[int, list[Row]]] = {}
    for table, (given, every) in rows.items():
        for row in every:
            known = {c: v for c, v in zip(given, row, strict=True) if v is not None}
            held.setdefault(table, {}).setdefault(known.pop("id"), []).append(known)
    open_ones = 0
    for number, *cells in subjects:
        known = {n: v for n, v in zip(names[1:], cells, strict=True) if v is not None}
        one = Facts(
            {n: v for n, v in known.items() if n in bulk.facts},
            {(n.split(".")[0], n.split(".")[1]): v for n, v in known.items() if "." in n},
            {table: of[number] for table, of in held.items() if number in of},
            frozenset(table for table in bulk.columns if known.get(table)),
        )
        open_ones += None in compiled.rule_words(one).values()
        for item in compiled.rules.vocabulary.items:
            finding = resolve(compiled.rules, item, one, compiled._like[item])
            verdict, basis, by, missing = found[number, item]
            assert (verdict, basis, tuple(by)) == finding[:3], (number, item)
            assert missing == columns(finding.missing), (number, item)
    assert answers.states < open_ones / 2

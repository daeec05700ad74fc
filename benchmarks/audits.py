"""Audits: made-up events beside a table of convictions, decided on DuckDB.

    Bulk, made rows  ->  Measured (a fresh process)  ->  Section

Promise: processor time of one process, all its threads; the scan and the floor read what is decided
from, of the same run; the naive shape's answers are held against those of the shape that is used.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from time import process_time

import duckdb
from rich.console import Console

from benchmarks.audits_naive import case_chains
from benchmarks.report import Row, Section, show
from benchmarks.setting import DAY, KNOWN, PLACE, setting
from benchmarks.timing import within
from habeas import read_law
from habeas.audits.answers import Answers
from habeas.audits.decide import decide
from habeas.audits.engine import read_source
from habeas.audits.on_duckdb import OnDuckDB, opened
from habeas.audits.refusing import refuse
from habeas.audits.shapes import items_of
from habeas.compiled.closure import compile_rules
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB
from habeas.compiled.sql.source import Relation, Source
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Fact

EVENTS, ROUNDS = 10_000_000, 3
CHECKED = 100_000
CONVICTIONS, CHARGES = 5, 10
"""One row for so many events."""

MEMORY = "3GB"
GUARD = 1800.0
SCAN, FLOOR = "hash scan of the events' columns", "scan, and join with the other tables"
KLEENE, MASK = "decided, joined and written", "words in the mask shape, written"
EXACT = "decided exactly: what is open resolved too"
POLARS = "Polars, masks by hand, decided and joined in memory"
NAIVE = "CASE chains, two an item, written"
REFUSE = "of it, looking for what is to be refused"
CEL, CEDAR = "one event in CEL", "one event in Cedar"


@dataclass(frozen=True, slots=True)
class Measured:
    """Processor seconds by what was done, and what came of it; memory in bytes."""

    seconds: dict[str, float]
    pairs: int
    open: int
    states: int
    memory: int


def _value(fact: Fact, seed: int, offenses: list[str]) -> str:
    """A made-up value, NULL once in ten times."""
    dice, name = f"hash(i, {seed})", DUCKDB.identifier(fact.name)

    def one_of(words: list[str]) -> str:
        return f"[{', '.join(map(DUCKDB.literal, words))}][1 + ({dice} % {len(words)})::INT]"

    if fact.type == "yes/no":
        value = f"{dice} % 2 = 0"
    elif fact.type == "date":
        first, span = ("2023-01-01", 900) if fact.name == "received_on" else ("2005-01-01", 7500)
        value = f"DATE '{first}' + ({dice} % {span})::INT"
    elif fact.type == "number":
        value = f"({dice} % 9)::INT"
    elif fact.type == "place":
        value = one_of(["us", "us-ca", "us-ca-sf", "us-tx"])
    elif fact.type == "text":
        words = offenses if fact.name == "offense" else [f"25CR{n}" for n in range(5)]
        value = one_of(words)
    else:
        listed = ", ".join(map(DUCKDB.literal, fact.words))
        value = f"{one_of(list(fact.words))}::ENUM({listed})"
    return f"CASE WHEN hash(i, {seed + 1000}) % 10 > 0 THEN {value} END AS {name}"


def made(connection: duckdb.DuckDBPyConnection, bulk: Bulk, events: int) -> Source:
    """Events, and rows of convictions and charges for them; every item's own facts are no."""
    rules, vocabulary = bulk.rules, bulk.rules.vocabulary
    offenses = sorted(set().union(*rules.listed.values()))[::3] + ["PC 1"] * 60
    cells = [_value(vocabulary.facts[name], n, offenses) for n, name in enumerate(bulk.facts)]
    cells += [f"FALSE AS {DUCKDB.identifier(f'{item}.{fact}')}" for item, fact in bulk.items]
    cells += [f"hash(i, {500 + n}) % 3 > 0 AS {table}" for n, table in enumerate(bulk.columns)]
    connection.execute(
        f"CREATE TABLE events AS SELECT i AS id, {', '.join(cells)} FROM range({events}) t(i)"
    )
    named = {}
    for table, share in (("conviction", CONVICTIONS), ("charge", CHARGES)):
        if table not in bulk.columns:
            continue
        cells = [
            _value(vocabulary.tables[table][column], 50 + n, offenses)
            for n, column in enumerate(bulk.columns[table])
            if (table, column) not in rules.listed
        ]
        connection.execute(
            f"CREATE TABLE {table}s AS SELECT (hash(i, 7) % {events})::BIGINT AS id, "
            f"{', '.join(cells)} FROM range({events // share}) t(i)"
        )
        named[table] = f"{table}s"
    return read_source(OnDuckDB(connection), "events", "id", named)


def shipped() -> RuleSet:
    """The law that is measured."""
    return read_law(PLACE).in_force(DAY)


def measured(rules: RuleSet, events: int) -> Measured:
    """One process's figures: medians of the rounds; exactly, the mask and the naive shape once each."""
    bulk = Bulk(compile_rules(rules), DUCKDB)
    with opened(MEMORY) as engine:
        connection = engine.connection
        connection.execute("SET threads = 2")
        source = made(connection, bulk, events)

        def cpu(action: Callable[[], object], rounds: int = ROUNDS) -> float:
            taken = []
            for _ in range(rounds):
                start = process_time()
                action()
                taken.append(process_time() - start)
            return median(taken)

        def run(query: str) -> None:
            connection.execute(query).fetchall()

        taken = {}
        read = ", ".join(DUCKDB.identifier(c) for c in sorted(source.subjects.columns))
        rows = {
            t: ", ".join(DUCKDB.identifier(c) for c in sorted(one.columns))
            for t, one in source.tables.items()
        }
        sums = [f"(SELECT id, bit_xor(hash({of})) h FROM {t}s GROUP BY id)" for t, of in rows.items()]  # fmt: skip
        joins = " ".join(f"LEFT JOIN {one} j{n} USING (id)" for n, one in enumerate(sums))
        hashes = [f"j{n}.h" for n in range(len(sums))]
        every = ", ".join([read, *hashes])
        taken[SCAN] = cpu(lambda: run(f"SELECT bit_xor(hash(id, {read})) FROM events"))
        taken[FLOOR] = cpu(lambda: run(f"SELECT bit_xor(hash(id, {every})) FROM events {joins}"))
        taken[KLEENE] = cpu(lambda: decide(engine, bulk, source, exactly=False))
        taken[REFUSE] = cpu(lambda: refuse(engine, bulk, source))
        made_so_far: list[Answers] = []
        taken[EXACT] = cpu(lambda: made_so_far.append(decide(engine, bulk, source)), 1)
        states = made_so_far[0].states
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        answers = decide(engine, bulk, source, exactly=False)
        polars = _polars(engine, bulk, source)
        if polars is not None:
            taken[POLARS] = cpu(polars)
            del polars
        _agree(engine, bulk, source, answers.select(DUCKDB))
        taken[MASK] = cpu(lambda: engine.make("m", bulk.words(source)), 1)
        taken[NAIVE] = cpu(lambda: engine.make("m", case_chains(bulk, source)), 1)
        ((left,),) = engine.rows(f"SELECT count(*) FROM {answers.subjects} WHERE way IS NULL")
        return Measured(taken, answers.pairs, int(left), states, memory)


def _polars(engine: OnDuckDB, bulk: Bulk, source: Source) -> Callable[[], object] | None:
    """The same in Polars, whose words are the same; None where it is not installed."""
    try:
        import polars as pl

        from benchmarks.in_polars import PolarsAudit
    except ModuleNotFoundError:
        return None
    relations = {"subjects": source.subjects, **source.tables}
    frames = {
        name: pl.from_arrow(engine.connection.sql(f"FROM {one.name[0]}").to_arrow_table())
        for name, one in relations.items()
    }
    items = items_of(engine, bulk, source)
    audit = PolarsAudit(bulk, source, items, frames)
    first = _first(engine, source)
    few = PolarsAudit(
        bulk, first, items, {n: one.filter(pl.col("id") < CHECKED) for n, one in frames.items()}
    )
    engine.load("p", few.words().collect().to_arrow())
    words = f"FROM p EXCEPT FROM ({bulk.words(first, few.items)})"
    ((different,),) = engine.rows(f"SELECT COUNT(*) FROM ({words})")
    assert not different, f"{different} events have other words in Polars"
    return audit.decided


def _first(engine: OnDuckDB, source: Source) -> Source:
    """The first events and their rows."""

    def first(relation: Relation) -> Relation:
        view = f"first_{relation.name[0]}"
        engine.view(view, f"SELECT * FROM {relation.name[0]} WHERE id < {CHECKED}")
        return replace(relation, name=(view,))

    tables = {table: first(one) for table, one in source.tables.items()}
    return Source(first(source.subjects), tables)


def _agree(engine: OnDuckDB, bulk: Bulk, source: Source, answers: str) -> None:
    """The naive shape says the same of everybody whom Kleene's logic settles, of the first events."""
    engine.make("n", case_chains(bulk, _first(engine, source)))
    for item in bulk.rules.vocabulary.items:
        ((different, same),) = engine.rows(
            f'SELECT COUNT(*) FILTER (a.basis IS DISTINCT FROM n."{item} basis" OR'
            f' a.verdict IS DISTINCT FROM n."{item} verdict"), COUNT(*)'
            f" FROM ({answers}) a JOIN n USING (key) WHERE a.item = {DUCKDB.literal(item)}"
        )
        assert same and not different, f"{different} events differ in `{item}`"


def one_at_a_time() -> dict[str, float]:
    """Processor seconds that the one-at-a-time peers take for all items of one event, all known."""
    given = setting(KNOWN)
    rules = given.law.in_force(DAY)
    from benchmarks.in_cedar import CedarRules  # peers that only `make bench` installs
    from benchmarks.in_cel import CelRules

    cel, cedar = CelRules(rules), CedarRules(rules)
    contexts, asked = cel.contexts(given.facts), cedar.asked(given.facts, given.items)

    def each(action: Callable[[], object], calls: int) -> float:
        taken = []
        for _ in range(ROUNDS + 1):  # the first is not counted
            start = process_time()
            for _ in range(calls):
                action()
            taken.append((process_time() - start) / calls)
        return median(taken[1:])

    return {
        CEL: each(lambda: cel.bases_sharing(contexts, given.items), 2000),
        CEDAR: each(lambda: cedar.allowed(asked), 50),
    }


def section(events: int = EVENTS) -> Section:
    """Measure each run in a fresh process."""
    many = within(GUARD, measured, shipped(), events)
    peers = within(GUARD, one_at_a_time)
    rows: list[Row] = []
    remarks = list(REMARKS)
    if many is None:
        rows.append(Row(KLEENE, None, limit=GUARD))
    else:
        rows += _rows(many, events)
        remarks.append(
            f"At most {many.memory / 1e9:.1f} GB of memory, the made-up events with it (goal 4 GB: "
            f"{'met' if many.memory < 4e9 else '**not met**'}); DuckDB may keep {MEMORY}."
        )
        if peers:
            rows += [_peer(name, peers[name], many, events) for name in (CEL, CEDAR)]
    return Section("Audits", INTRO.format(events=events), "× hash scan", rows, remarks)


def _peer(name: str, seconds: float, many: Measured, events: int) -> Row:
    times = seconds * events / many.seconds[KLEENE]
    note = f"{times:,.0f} × one event here"
    if name == CEDAR:
        note += f"; goal ≥ 3,000: {'met' if times >= 3000 else '**not met**'}"
    return Row(name, seconds, None, None, note)


def _rows(many: Measured, events: int) -> list[Row]:
    scan, floor = many.seconds[SCAN], many.seconds[FLOOR]
    rows = []
    for what, seconds in many.seconds.items():
        note = f"{events / seconds / 1e6:.2f} M events a second of processor time"
        if what == KLEENE:
            note += (
                f"; {seconds / floor:.1f} × scan and join, goal ≤ 2; {many.pairs:,} distinct pairs; "
                f"{many.open / events:.0%} of the events have an item left open"
            )
        if what == EXACT:
            note += f"; {seconds / floor:.1f} × scan and join; {many.states:,} distinct states"
        if what == POLARS:
            note += f"; *decided* is {seconds / many.seconds[KLEENE]:.2f} × as fast, goal ≥ 0.8"
        if what == NAIVE:
            note += f"; {seconds / many.seconds[KLEENE]:.1f} × *decided*, goal ≥ 5"
        rows.append(Row(what, seconds, seconds / scan, 9 * scan if what == KLEENE else None, note))
    return rows


INTRO = f"""\
{{events:,}} made-up events, a conviction for every {CONVICTIONS} and a charge for every {CHARGES} of
them, everything drawn at random and unknown once in ten times; all 34 items under the law of
`{PLACE}` on {DAY}, on two threads. Processor time; medians of {ROUNDS}; exactly, the mask and the
CASE chains once."""
REMARKS = (
    "*decided* includes looking for what is to be refused, making the tables of combinations, and "
    "deciding each distinct pair. What Kleene's logic leaves open is counted and not resolved there; in "
    "*decided exactly* it is, as `habeas audit` does.",
    "Random events leave far more open, and in far more states, than a jail's do.",
    f"The CASE chains say the same of the first {CHECKED:,} events, but for what is left open; they "
    "do not say which rules settle it. Counts are gathered once there too.",
    f"Polars has the words of the first {CHECKED:,} events; it looks for nothing that is to be refused, "
    "and its frames are in memory beforehand.",
    "CEL and Cedar are asked about the person of *One decision*, everything known; what they are "
    "spared stands there.",
)

if __name__ == "__main__":
    show(section(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS), Console(width=150))
    sys.exit(0)

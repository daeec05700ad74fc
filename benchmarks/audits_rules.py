"""Audits under a made-up policy of 26 rules and one of 260, over the columns that the shipped law reads.

    shipped law, seed  ->  made_rules  ->  Taken (a fresh process each)  ->  Section

Promise: both policies read the same columns of the same made-up events, through the same quantifiers
and comparisons of days; the larger one begins with the smaller one's rules. Polars has the same words
of the first events, or nothing is said of it.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from statistics import median
from time import process_time

import numpy as np
from rich.console import Console

from benchmarks.audits import CHECKED, MEMORY, made, shipped
from benchmarks.report import Row, Section, show
from benchmarks.setting import PLACE
from benchmarks.timing import within
from habeas.audits.decide import decide
from habeas.audits.on_duckdb import OnDuckDB, opened
from habeas.audits.refusing import refuse
from habeas.audits.shapes import Factorised, items_of
from habeas.compiled.closure import compile_rules
from habeas.compiled.many import Many
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB
from habeas.compiled.sql.items import Items
from habeas.compiled.sql.source import Source
from habeas.errors import Place
from habeas.law.blocks import Acting, Kind, Pack, Provision
from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Holds,
    Not,
    OneOf,
    Or,
    Quantified,
    Term,
    Within,
)
from habeas.law.dates import Step
from habeas.law.facts import Facts
from habeas.law.ruleset import RuleSet

EVENTS, ROUNDS = 2_000_000, 3
SMALL, LARGE = 26, 260
CLUSTERS = 12
"""Sets of items that the rules name whole: as many as the shipped law treats apart."""

SEED = 1
GUARD = 1800.0
SLOWER = 1.35
"""How many times as long the larger policy may take."""

PATIENCE = 300.0
"""Seconds that deciding every pair may take; beyond, it is reckoned."""

SAMPLE = 16_384

AHEAD = {SMALL: 0.8, LARGE: 1.5}
"""How many times as fast as Polars."""

_DAYS = (date(2023, 9, 1), date(2024, 3, 1), date(2024, 9, 1), date(2025, 3, 1))


@dataclass(frozen=True, slots=True)
class Taken:
    """Processor seconds of one policy, and what there was to decide.

    words    the words of every event written, and the distinct ones counted
    each     one distinct pair of words decided in Python, on average
    decided  everything; None where it would take longer than `PATIENCE`
    polars   words with their distinct ones, and everything (None as above); None: not installed
    pairs    distinct words, `bits` of them used
    """

    words: float
    each: float
    decided: float | None
    polars: tuple[float, float | None] | None
    pairs: int
    bits: int
    memory: int

    @property
    def whole(self) -> float:
        """All of it, measured or (nothing decided) reckoned from its parts."""
        return self.decided or self.words + self.each * self.pairs

    @property
    def polars_whole(self) -> float | None:
        """The same of Polars, which decides each pair as we do."""
        if self.polars is None:
            return None
        return self.polars[1] or self.polars[0] + self.each * self.pairs


# -- policies -------------------------------------------------------------------------------------


def made_rules(number: int, law: RuleSet | None = None, seed: int = SEED) -> RuleSet:
    """A policy of so many rules, drawn over what the shipped law reads; nothing of it is law."""
    law = law or shipped()
    rng, draw = Random(seed), _Drawn(law)
    pack = Pack("made/policy", "a made-up policy", "none", law.place, "city", "none", "made.md")
    provision = Provision("made/policy#all", "a made-up policy", Place("made.md"), pack)
    items = tuple(law.vocabulary.items)
    clusters = [frozenset(items[n::CLUSTERS]) for n in range(CLUSTERS)]
    found = RuleSet(law.vocabulary, law.place, law.day, listed=law.listed)
    beaten: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for index in range(number):
        name = f"made/policy#{index:03d}"
        named = frozenset().union(*rng.sample(clusters, rng.randint(1, 3)))
        kind: Kind = rng.choices(("forbid", "permit", "require", "except"), (10, 6, 3, 1))[0]
        found.own[name] = draw.condition(rng)
        found.blocks[name] = Acting(
            name, kind, named, Place("made.md"), provision, when=found.own[name]
        )
        found.rests_on[name] = (provision,)
        beaten[name] = []
        others = [
            other
            for other, block in found.blocks.items()
            if other != name and block.kind != kind and block.items & named
        ]
        if others and (kind == "except" or rng.random() < 0.3):  # about one in three beats another
            other = rng.choice(others)
            beaten[other].append((name, found.blocks[other].items & named))
    found.beaters = {name: tuple(by) for name, by in beaten.items()}
    return found


class _Drawn:
    """Conditions over the request and person facts that the shipped law reads, and convictions."""

    def __init__(self, law: RuleSet) -> None:
        facts = [law.vocabulary.facts[n] for n in Bulk(compile_rules(law), DUCKDB).facts]
        self.flags = [fact for fact in facts if fact.type == "yes/no"]
        self.words = [fact for fact in facts if fact.type == "words"]
        self.places = [fact for fact in facts if fact.type == "place"]
        received = Term("received_on", "request")
        self.days = [Compare(received, ">=", Term(value=day)) for day in _DAYS]
        self.counts = [
            _convicted(received, (-7, "year"), Holds("violent_felony", "row", "conviction")),
            _convicted(
                received,
                (-5, "year"),
                Holds("serious_felony", "row", "conviction"),
                Not(Holds("domestic_violence", "row", "conviction")),
            ),
        ]

    def condition(self, rng: Random) -> Condition:
        """About one word of an enumeration; one or two parts more, one of them maybe an alternative."""
        fact = rng.choice(self.words)
        about = Compare(Term(fact.name, fact.scope), "=", Term(value=rng.choice(fact.words)))
        parts = [about, *(self._leaf(rng) for _ in range(rng.randint(1, 2)))]
        if rng.random() < 0.3:
            parts[-1] = Or((parts[-1], self._leaf(rng)))
        return And(tuple(dict.fromkeys(parts)))

    def _leaf(self, rng: Random) -> Condition:
        kind = rng.choices(("words", "flag", "day", "place", "count"), (9, 6, 2, 1, 2))[0]
        if kind == "flag":
            fact = rng.choice(self.flags)
            return self._or_not(rng, Holds(fact.name, fact.scope))
        if kind == "day":
            return self._or_not(rng, rng.choice(self.days))
        if kind == "place":
            fact = rng.choice(self.places)
            return self._or_not(rng, Within(Term(fact.name, fact.scope), "us-ca"))
        if kind == "count":
            return self._or_not(rng, rng.choice(self.counts))
        fact = rng.choice(self.words)
        term = Term(fact.name, fact.scope)
        some = tuple(rng.sample(fact.words, rng.randint(1, 4)))
        if len(some) > 1:
            return OneOf(term, some)
        return Compare(term, rng.choice(("=", "=", "<>")), Term(value=some[0]))

    def _or_not(self, rng: Random, cond: Condition) -> Condition:
        return Not(cond) if rng.random() < 0.3 else cond


def _convicted(received: Term, step: Step, *flags: Condition) -> Quantified:
    """Of something so marked, released from it within some years before the request came."""
    since = Term(received.name, received.scope, steps=(step,))
    lately = Compare(since, "<=", Term("released_on", "row", "conviction"))
    return Quantified("any", "conviction", And((*flags, lately)))


# -- measuring ------------------------------------------------------------------------------------


def taken(number: int, events: int, rounds: int = ROUNDS) -> Taken:
    """What one policy takes: medians of the rounds."""
    law = shipped()
    bulk = Bulk(compile_rules(made_rules(number, law)), DUCKDB)
    with opened(MEMORY) as engine:
        engine.connection.execute("SET threads = 2")
        source = made(engine.connection, Bulk(compile_rules(law), DUCKDB), events)
        refuse(engine, bulk, source)
        shape = Factorised(engine, bulk, source, items_of(engine, bulk, source), "w")
        words = _cpu(lambda: _words(engine, shape), rounds)
        pairs = _words(engine, shape)
        each = _each(engine, bulk, shape, pairs)
        patient = each * pairs < PATIENCE
        decided = None
        if patient:
            decided = _cpu(lambda: decide(engine, bulk, source, exactly=False), rounds)
        engine.drop("w_pairs")
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        polars = _polars(engine, bulk, source, shape.items, rounds, patient)
        return Taken(words, each, decided, polars, pairs, len(bulk.factors.conjunctions), memory)


def _words(engine: OnDuckDB, shape: Factorised) -> int:
    """Write every event's words; how many differ."""
    shape.prepare()
    engine.make("w_pairs", shape.query())
    shape.clean()
    distinct = f"SELECT DISTINCT {', '.join(shape.columns)} FROM w_pairs"
    ((many,),) = engine.rows(f"SELECT COUNT(*) FROM ({distinct})")
    return int(many)


def _each(engine: OnDuckDB, bulk: Bulk, shape: Factorised, pairs: int) -> float:
    """Seconds that it takes to settle one of `SAMPLE` pairs spread over all, together."""
    columns = ", ".join(shape.columns)
    some = f"SELECT DISTINCT {columns} FROM w_pairs ORDER BY hash({columns}) LIMIT {SAMPLE}"
    rows = list(engine.rows(some))
    many = Many(compile_rules(bulk.rules), Facts(items=shape.items.facts(rows[0][shape.words :])))
    start = process_time()
    words = np.array([row[: shape.words] for row in rows], np.int64)
    many.settle(len(words), *shape.truths(words))
    return (process_time() - start) / min(SAMPLE, pairs)


def _cpu(action: Callable[[], object], rounds: int) -> float:
    found = []
    for _ in range(rounds):
        start = process_time()
        action()
        found.append(process_time() - start)
    return median(found)


def _polars(
    engine: OnDuckDB, bulk: Bulk, source: Source, items: Items, rounds: int, patient: bool
) -> tuple[float, float | None] | None:
    """The same in Polars, whose words are the same of the first events; None: it is not installed."""
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
    few = {name: one.filter(pl.col("id") < CHECKED) for name, one in frames.items()}
    engine.load("theirs", PolarsAudit(bulk, source, items, few).words().collect().to_arrow())
    ours = f"SELECT * FROM ({bulk.words(source, items)}) WHERE key < {CHECKED}"
    for one, other in ((ours, "FROM theirs"), ("FROM theirs", ours)):
        ((different,),) = engine.rows(f"SELECT COUNT(*) FROM ({one} EXCEPT {other})")
        assert not different, f"{different} events have other words in Polars"
    audit = PolarsAudit(bulk, source, items, frames)

    def words() -> int:
        found = audit.words().collect()
        return found.select(found.columns[1:]).unique().height

    return _cpu(words, rounds), _cpu(audit.decided, rounds) if patient else None


# -- saying it ------------------------------------------------------------------------------------


def section(events: int = EVENTS) -> Section:
    """Measure each policy in a fresh process."""
    found = {number: within(GUARD, taken, number, events) for number in (SMALL, LARGE)}
    intro = INTRO.format(events=events)
    return Section("Audits: 260 rules against 26", intro, f"× {SMALL} rules", _rows(found), REMARKS)


def _rows(found: dict[int, Taken | None]) -> list[Row]:
    rows: list[Row] = []
    small = found[SMALL]
    for number, one in found.items():
        if one is None:
            rows.append(Row(f"{number} rules", None))
            continue
        first = small if number != SMALL else None
        what = f"{number} rules, words written"
        note = f"{one.bits} conjunctions, {one.pairs:,} distinct pairs; {one.memory / 1e9:.1f} GB"
        rows.append(Row(what, one.words, one.words / small.words if small else None, None, note))
        rows.append(Row(f"{number} rules, one pair decided, of many together", one.each))
        goal = first.whole * SLOWER if first else None
        note = "measured" if one.decided else RECKONED
        what = f"{number} rules, decided, joined and written"
        rows.append(Row(what, one.whole, one.whole / small.whole if small else None, goal, note))
        rows += _polars_rows(number, one)
    return rows


def _polars_rows(number: int, one: Taken) -> list[Row]:
    what = f"{number} rules, Polars, masks by hand"
    if one.polars is None or one.polars_whole is None:
        return [Row(what, None, note="not installed: `make bench` installs polars", limit=0)]
    times, whole = one.polars[0] / one.words, one.polars_whole / one.whole
    met = "met" if whole >= AHEAD[number] else "**not met**"
    said = f"*decided* is {whole:.2f} × as fast, goal ≥ {AHEAD[number]}: {met}"
    return [
        Row(f"{what}, words", one.polars[0], note=f"*words* is {times:.2f} × as fast"),
        Row(
            f"{what}, decided and joined in memory",
            one.polars_whole,
            note=said if one.polars[1] else f"{said}; {RECKONED}",
        ),
    ]


RECKONED = "**reckoned, not run**: the words, and each pair as long as those that were tried"
INTRO = f"""\
{{events:,}} made-up events with their convictions, drawn at random and unknown once in ten times, under
a made-up policy of {SMALL} rules and one of {LARGE} (the same {SMALL}, and more), with a fixed seed. Both
read columns that the law of `{PLACE}` reads: words, yes/no, a place, four comparisons of the day of the
request, and two quantifiers over convictions. Two threads; processor time, medians of {ROUNDS}."""
REMARKS = (
    f"A rule is about one word of an enumeration, and has one or two parts more, one of them at times an "
    f"alternative; it names one to three of {CLUSTERS} sets of items; about one in three beats another.",
    "Neither policy reads facts of items. What Kleene's logic leaves open is not resolved, here and there.",
    f"*words* has the tables of combinations made, and the distinct pairs counted. A pair's time is that "
    f"of {SAMPLE:,} pairs spread over all; where all of them would take more than {PATIENCE:.0f} s, they "
    "are not decided, and the row says so.",
    f"Polars has the words of the first {CHECKED:,} events; it looks for nothing that is to be refused, "
    "its frames are in memory beforehand, and its distinct pairs are decided by the same code.",
)

if __name__ == "__main__":
    show(section(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS), Console(width=150))
    sys.exit(0)

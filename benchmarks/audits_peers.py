"""Audits beside engines of others: OpenFisca in bulk, and engines that decide one event at a time.

    known events  ->  ours, OpenFisca;  one event  ->  each engine  ->  Section

Promise: everybody has the same rules and the same facts, of which nothing is unknown, because most of
them have no unknown; an engine whose verdicts are not ours is not timed, and one that is not installed
has a row that says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from statistics import median
from time import process_time
from typing import Any

from rich.console import Console

from benchmarks.audits import MEMORY, made, shipped
from benchmarks.report import Row, Section, show
from benchmarks.setting import DAY, KNOWN, PLACE, random_state, setting
from benchmarks.timing import within
from habeas.audits.decide import decide
from habeas.audits.engine import read_source
from habeas.audits.on_duckdb import OnDuckDB, opened
from habeas.compiled.closure import compile_rules
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB
from habeas.compiled.sql.source import Source
from habeas.law.facts import Facts
from habeas.law.interpreter import OUTCOMES
from habeas.law.ruleset import RuleSet

EVENTS, CHECKED, ROUNDS = 5_000_000, 100_000, 3
STATES = 300
"""Random states of which every one-at-a-time engine has to say what we say."""

GUARD = 1800.0
OPENFISCA_GOAL = 2.0
_KEY = "id"

Said = Mapping[str, str]
"""What an engine says of each item: a basis, or where it has none a verdict."""

Asker = Callable[[Any], Said]


@dataclass(frozen=True, slots=True)
class InBulk:
    """Processor seconds for all events.

    openfisca  None: it is not installed
    variables  of OpenFisca's system
    checked    answers of the first events that were compared, and those that a contested block leaves
               without a basis: OpenFisca has none for them
    open       events with an item of which Kleene's logic does not say all
    """

    ours: float
    openfisca: float | None
    variables: int
    checked: tuple[int, int]
    open: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One engine, about one event and all its items.

    seconds  of the processor, or None: it is not installed
    checked  answers that were compared, and those that it has no word for
    """

    seconds: float | None
    checked: tuple[int, int] = (0, 0)


# -- in bulk --------------------------------------------------------------------------------------


def in_bulk(events: int, checked: int = CHECKED, rounds: int = ROUNDS) -> InBulk:
    """We and OpenFisca over the same events, everything known."""
    rules = shipped()
    bulk = Bulk(compile_rules(rules), DUCKDB)
    with opened(MEMORY) as engine:
        engine.connection.execute("SET threads = 2")
        source = known(engine, bulk, events)
        ours = _cpu(lambda: decide(engine, bulk, source, exactly=False), rounds)
        answers = decide(engine, bulk, source, exactly=False)
        ((left,),) = engine.rows(f"SELECT COUNT(*) FROM {answers.subjects} WHERE way IS NULL")
        try:
            from benchmarks.in_openfisca import OpenFiscaRules
        except ModuleNotFoundError as gone:
            _not_ours(gone)
            return InBulk(ours, None, 0, (0, 0), left)
        theirs = OpenFiscaRules(rules, _words(engine, rules))
        given = _arrays(engine, theirs, events)
        counted = _agree(engine, bulk, source, theirs, theirs.decided(theirs.simulation(*given)), min(checked, events))  # fmt: skip
        taken = []
        for _ in range(rounds):
            simulation = theirs.simulation(*given)
            taken.append(_cpu(lambda s=simulation: theirs.decided(s), 1))  # type: ignore[misc]
        return InBulk(ours, median(taken), theirs.variables, counted, left)


def known(engine: OnDuckDB, bulk: Bulk, events: int) -> Source:
    """Made-up events as `audits.made` makes them, with an answer wherever one is missing."""
    source, rules = made(engine.connection, bulk, events), bulk.rules
    vocabulary = rules.vocabulary
    relations = {"": source.subjects, **source.tables}
    for table, relation in relations.items():
        cells = []
        for name, column in engine.columns(relation.name).items():
            quoted = DUCKDB.identifier(name)
            fact = vocabulary.tables[table].get(name) if table else vocabulary.facts.get(name)
            if name in vocabulary.tables:
                cells.append(f"TRUE AS {quoted}")
            elif name == _KEY or fact is None:  # facts of items are all known
                cells.append(quoted)
            else:
                word = fact.words[-1] if fact.words else "us-tx" if fact.type == "place" else "none"
                answers = {"yes/no": "FALSE", "date": "DATE '2015-01-01'", "number": "0"}
                answer = answers.get(fact.type, DUCKDB.literal(word))
                cells.append(f"COALESCE({quoted}, CAST({answer} AS {column.shown})) AS {quoted}")
        for (of, flag), offenses in rules.listed.items():
            if of == table:
                listed = ", ".join(map(DUCKDB.literal, sorted(offenses)))
                cells.append(f"COALESCE(offense IN ({listed}), FALSE) AS {DUCKDB.identifier(flag)}")
        given = f"{relation.name[0]} ORDER BY {_KEY}"
        engine.connection.execute(
            f"CREATE TABLE known_{relation.name[0]} AS SELECT {', '.join(cells)} FROM {given}"
        )
    named = {table: f"known_{one.name[0]}" for table, one in source.tables.items()}
    return read_source(engine, "known_events", _KEY, named)


def _words(engine: OnDuckDB, rules: RuleSet) -> dict[str, tuple[str, ...]]:
    """The values of every column of words, texts or places."""
    found: dict[str, tuple[str, ...]] = {}
    columns = {n: f for table in rules.vocabulary.tables.values() for n, f in table.items()}
    relations = ("known_events", "known_convictions", "known_charges")
    for name, fact in {**rules.vocabulary.facts, **columns}.items():
        if fact.words:
            found[name] = tuple(fact.words)
        elif fact.type in ("text", "place"):
            holding = [one for one in relations if name in engine.columns((one,))]
            values = [f"SELECT {name}::VARCHAR AS v FROM {one}" for one in holding]
            if values:
                every = engine.rows(f"SELECT DISTINCT v FROM ({' UNION ALL '.join(values)})")
                found[name] = tuple(sorted(value for (value,) in every))
    return found


def _arrays(engine: OnDuckDB, theirs: Any, events: int) -> tuple[Any, Any, Any]:
    """The events' columns, the rows' columns, and each row's event."""
    import numpy as np

    def column(name: str, relation: str) -> str:
        quoted = DUCKDB.identifier(name)
        if name not in theirs.words:
            return quoted
        listed = ", ".join(map(DUCKDB.literal, theirs.words[name]))
        return f"(list_position([{listed}], {quoted}::VARCHAR) - 1)::SMALLINT AS {quoted}"

    cells = [column(name, "known_events") for name in theirs.facts]
    query = f"SELECT {', '.join(cells)} FROM known_events ORDER BY {_KEY}"
    subjects = {n: _plain(a) for n, a in engine.connection.execute(query).fetchnumpy().items()}
    parts = []
    for table in theirs.tables:
        given = engine.columns((f"known_{table}s",))
        cells = [
            column(name, f"known_{table}s") if name in given else f"NULL AS {name}"
            for name in theirs.columns
        ]
        query = f"SELECT {_KEY}, {', '.join(cells)} FROM known_{table}s"
        parts.append((table, engine.connection.execute(query).fetchnumpy()))
    lengths = [len(part[_KEY]) for _, part in parts]
    rows: dict[str, Any] = {}
    for name in theirs.columns:
        kind = next(_plain(p[name]).dtype for _, p in parts if not _empty(p[name]))
        none = np.datetime64("1970-01-01") if kind.kind == "M" else 0
        some = [
            np.full(length, none, dtype=kind) if _empty(part[name]) else _plain(part[name])
            for length, (_, part) in zip(lengths, parts, strict=True)
        ]
        rows[name] = np.concatenate([*some, np.full(1, none, dtype=kind)])
    for at, table in enumerate(theirs.tables):
        flags = [np.full(length, n == at) for n, length in enumerate(lengths)]
        rows[f"of_{table}"] = np.concatenate([*flags, np.zeros(1, dtype=bool)])
    last = np.array([events - 1])  # a row of no table, so that the last event has one
    of = np.concatenate([*(part[_KEY] for _, part in parts), last]).astype(np.int64)
    return subjects, rows, of


def _plain(values: Any) -> Any:
    """The array without a mask, days as days."""
    import numpy as np

    found = np.ma.getdata(values)
    return found.astype("datetime64[D]") if found.dtype.kind == "M" else found


def _empty(values: Any) -> bool:
    import numpy as np

    return bool(np.ma.is_masked(values)) and bool(np.ma.getmaskarray(values).all())


def _agree(
    engine: OnDuckDB, bulk: Bulk, source: Source, theirs: Any, said: Mapping[str, Any], many: int
) -> tuple[int, int]:
    """OpenFisca says what we say of the first events; how many answers, and how many it cannot say."""
    import numpy as np

    from benchmarks.in_openfisca import basis_of_code

    tables = {}
    for table, relation in {"event": source.subjects, **source.tables}.items():
        name = f"few_{table}"
        engine.view(name, f"SELECT * FROM {relation.name[0]} WHERE {_KEY} < {many}")
        tables[table] = name
    few = read_source(engine, tables.pop("event"), _KEY, tables)
    answers = decide(engine, bulk, few, "checked").select(DUCKDB)
    compared = unsayable = 0
    for item in bulk.rules.vocabulary.items:
        query = (
            f"SELECT key, basis FROM ({answers}) WHERE item = {DUCKDB.literal(item)} ORDER BY key"
        )
        ours = np.array([basis for _, basis in engine.rows(query)])
        codes = said[theirs.bases[item]][:many]
        names = np.array([basis_of_code(code) for code in range(5)])
        sayable = np.isin(ours, list(OUTCOMES))
        different = int((names[codes] != ours)[sayable].sum())
        assert len(ours) == many and not different, f"{different} events differ in `{item}`"
        compared += int(sayable.sum())
        unsayable += int((~sayable).sum())
    return compared, unsayable


# -- one at a time --------------------------------------------------------------------------------


def _regorus(rules: RuleSet) -> tuple[Callable[[Facts], Any], Asker]:
    from benchmarks.in_rego import RegoRules, regorus

    made_ = RegoRules(rules)
    return made_.asked, regorus(made_)


def _opa(rules: RuleSet) -> tuple[Callable[[Facts], Any], Asker]:
    from benchmarks.in_rego import RegoRules, opa

    made_ = RegoRules(rules)
    return made_.asked, opa(made_)


def _rego_cpp(rules: RuleSet) -> tuple[Callable[[Facts], Any], Asker]:
    from benchmarks.in_rego import RegoRules, rego_cpp

    made_ = RegoRules(rules)
    return made_.asked, rego_cpp(made_)


def _cel_cpp(rules: RuleSet) -> tuple[Callable[[Facts], Any], Asker]:
    from benchmarks.in_cel_cpp import CelCppRules

    made_, items = CelCppRules(rules), tuple(rules.vocabulary.items)
    return made_.contexts, lambda contexts: made_.bases_sharing(contexts, items)


def _casbin(rules: RuleSet) -> tuple[Callable[[Facts], Any], Asker]:
    from benchmarks.in_casbin import CasbinRules

    made_, items = CasbinRules(rules), tuple(rules.vocabulary.items)

    def ask(asked: Any) -> Said:
        return {i: "grant" if held else "deny" for i, held in made_.allowed(asked).items()}

    return lambda facts: made_.asked(facts, items), ask


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine that decides one event at a time.

    package  as `requirements/bench.in` has it
    calls    how many are timed together
    states   of which it has to say what we say
    goal     how many times as long as one event here it should take; or None
    spared   what it is not asked to do
    install  what installs it
    """

    make: Callable[[RuleSet], tuple[Callable[[Facts], Any], Asker]]
    package: str
    calls: int
    states: int
    goal: int | None
    spared: str
    install: str = "`make bench`"


PEERS = {
    "regorus (Rust)": Peer(_regorus, "gordon-to-regorus", 200, STATES, 100, "the input is JSON"),
    "OPA (Go, in process)": Peer(
        _opa,
        "opa-golib-python-bindings",
        100,
        STATES,
        300,
        "its collector's time counts",
        "`pip install --no-deps --ignore-requires-python`, for it asks for Python 3.14 and does not need it,",
    ),
    "rego-cpp (C++)": Peer(_rego_cpp, "regopy", 3, 30, None, "the input is a Rego term"),
    "CEL (C++)": Peer(
        _cel_cpp,
        "cel-expr-python",
        500,
        STATES,
        None,
        "conditions alone: Python composes what beats what; contexts are made before",
    ),
    "casbin (Python)": Peer(
        _casbin,
        "casbin",
        2,
        20,
        None,
        "counts, quantifiers and regions are told; attributes are made before; no word for a conflict",
    ),
}


def asked(name: str, rounds: int = ROUNDS, states: int | None = None) -> Asked:
    """One engine about the person of *One decision*, after it has been held against us."""
    peer, given = PEERS[name], setting(KNOWN)
    rules = given.law.in_force(DAY)
    try:
        facts_of, ask = peer.make(rules)
    except ModuleNotFoundError as gone:
        _not_ours(gone)
        return Asked(None)
    checked = agreement(rules, facts_of, ask, peer.states if states is None else states)
    one = facts_of(given.facts)

    def calls() -> None:
        for _ in range(peer.calls):
            ask(one)

    return Asked(_cpu(calls, rounds) / peer.calls, checked)


def agreement(
    rules: RuleSet, facts_of: Callable[[Facts], Any], ask: Asker, states: int, seed: int = 1
) -> tuple[int, int]:
    """How many answers are ours, and how many the engine has no word for; none may be others."""
    compiled, items = compile_rules(rules), tuple(rules.vocabulary.items)
    rng, compared, unsayable = Random(seed), 0, 0
    for facts in (setting(KNOWN).facts, *(random_state(rules, rng) for _ in range(states))):
        ours, said = compiled.findings(facts, items), ask(facts_of(facts))
        for item in items:
            verdict, basis = ours[item].verdict, ours[item].basis
            answer = said[item]
            if basis not in OUTCOMES or (verdict == "refer" and answer not in OUTCOMES):
                unsayable += 1
                continue
            assert answer in (basis, verdict), f"`{item}`: {answer}, and here {verdict}, {basis}"
            compared += 1
    return compared, unsayable


def _not_ours(gone: ModuleNotFoundError) -> None:
    """Raise again where it is not a peer's module that is missing."""
    if str(gone.name).split(".")[0] in ("habeas", "benchmarks"):
        raise gone


def _cpu(action: Callable[[], object], rounds: int) -> float:
    found = []
    for _ in range(rounds):
        start = process_time()
        action()
        found.append(process_time() - start)
    return median(found)


# -- saying it ------------------------------------------------------------------------------------


def section(events: int = EVENTS) -> Section:
    """Measure each engine in a fresh process."""
    many = within(GUARD, in_bulk, events)
    rows = _bulk_rows(many, events)
    for name, peer in PEERS.items():
        rows.append(_peer_row(name, peer, within(GUARD, asked, name), many, events))
    intro = INTRO.format(events=events)
    return Section("Audits beside engines of others", intro, "× here", rows, REMARKS)


def _bulk_rows(many: InBulk | None, events: int) -> list[Row]:
    if many is None:
        return [Row("here, decided, joined and written", None)]
    each = f"{events / many.ours / 1e6:.2f} M events a second of processor time; "
    each += f"{many.open / events:.0%} of the events have an item that hangs on a contested block"
    rows = [Row("here, decided, joined and written", many.ours, 1.0, None, each)]
    if many.openfisca is None:
        return [*rows, Row("OpenFisca", None, note=_missing("openfisca-core"), limit=0)]
    times = many.openfisca / many.ours
    met = "met" if times >= OPENFISCA_GOAL else "**not met**"
    note = (
        f"goal ≥ {OPENFISCA_GOAL:.0f} ×: {met}; {many.variables} variables; of {many.checked[0]:,} "
        f"answers none differs, {many.checked[1]:,} hang on a contested block"
    )
    return [
        *rows,
        Row("OpenFisca, bases of the items treated apart", many.openfisca, times, None, note),
    ]


def _peer_row(name: str, peer: Peer, found: Asked | None, many: InBulk | None, events: int) -> Row:
    what = f"one event in {name}"
    if found is None:
        return Row(what, None)
    if found.seconds is None:
        return Row(what, None, note=_missing(peer.package, peer.install), limit=0)
    times = found.seconds * events / many.ours if many else None
    note = f"{peer.spared}; {found.checked[0]:,} answers as ours, {found.checked[1]:,} not sayable"
    if peer.goal and times:
        note += f"; goal ≥ {peer.goal} ×: {'met' if times >= peer.goal else '**not met**'}"
    return Row(what, found.seconds, times, None, note)


def _missing(package: str, install: str = "`make bench`") -> str:
    return f"`{package}` is not installed; {install} installs it"


INTRO = f"""\
{{events:,}} made-up events with their convictions and charges, of which everything is known, under the
law of `{PLACE}` on {DAY}, all 34 items; and one event at a time, all items, in engines that take no
more. Processor time; medians of {ROUNDS}. Of an engine that takes one event, the ratio is to one event of
ours in bulk."""
REMARKS = (
    "Ours looks for what is to be refused, and reads and writes tables; it says the basis, the blocks and "
    "what is defeated.",
    "OpenFisca has its arrays in memory, words as numbers and flags of the offence lists worked out "
    "beforehand; no fact of an item is a column (all are *no*, and ours looks that up); it says the basis "
    "alone, once for the items that the same blocks name. It has no unknown; convictions and charges are "
    "members of one kind, for it has one; a count of distinct incidents is plain NumPy. What a "
    "contested block decides, it decides as if it were not contested.",
    "Every engine had its rules compiled before, has the facts as it takes them (JSON, contexts) and "
    "days moved by an interval worked out; regorus, OPA and rego-cpp read that input in each call, and "
    "say a basis for every item in Rego.",
    f"Each was held against ours for all items of up to {STATES} random states; a verdict that differs ends "
    "its run with an error.",
)

if __name__ == "__main__":
    show(section(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS), Console(width=150))
    sys.exit(0)

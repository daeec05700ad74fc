"""Each row's answer beside what was done, and what was found: apparent, both ways.

    LogFacts, Law  ->  decide_rows  ->  Decided (relations: each row's answer, what answers rest on)

Promise: a finding is a row in which what was done and what the law says are both known and opposed:
disclosed though forbidden, refused though required. It is *apparent*: the log may be wrong, and the
reading of the law. What no rule orders or allows is not called forbidden, for other law may allow it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pyarrow as pa

from habeas.audits.elsewhere import decide_there
from habeas.audits.engine import Engine
from habeas.audits.log import decide_log
from habeas.audits.log_facts import FACTS, LogFacts
from habeas.audits.log_targets import ACTOR, DAY, DONE, LogMap
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.staging import ROWS, Staged
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.decisions.decide import Law
from habeas.errors import InputError, Place, Problem

KINDS = ("disclosed though forbidden", "refused though required")
"""The two kinds of findings; each is apparent, whatever else is said of it."""

DECIDED, RESTS, SOURCES = "log_decided", "log_rests", "log_sources"
"""Relations: `key`, `item`, `done`, `stretch`, `answer`, `kind`; then `stretch`, `answer`, `verdict`,
`basis`, `blocks`, `missing`, `unchecked` (ids of provisions); and `file`, `shown`."""

_literal, _quoted = DUCKDB.literal, DUCKDB.identifier

_OF_TABLE = re.compile(r"(?:\w+_in_|log_table_)(\w+), key (\d+)")
"""How decisions call a row of a table, whatever stretch of law it is looked at in."""

_TEXT = "\n"
"""Parts the columns of a stated reason where it is shown."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one law into which rows fall.

    number       from 0
    first, last  of the rows' own days
    acting       how many rules and exceptions are in force there
    own          how many of them the place itself has made, and not a place above it
    """

    number: int
    first: date
    last: date
    rows: int
    acting: int
    own: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A log, decided.

    pairs, states  see `Answers`
    """

    stretches: tuple[Stretch, ...]
    pairs: int
    states: int


def decide_rows(
    engine: OnDuckDB, law: Law, facts: LogFacts, staged: Staged, there: Engine | None = None
) -> Decided:
    """Decide every item of every row under the law of the row's own day; write `DECIDED`, `RESTS`
    and `SOURCES`. Raises `InputError` as `decide_log` does.

    there  the engine that decides, where it is another
    """
    try:
        if there is None:
            answers = decide_log(engine, law, facts.log)
        else:
            answers = decide_there(engine, there, law, facts.log)
    except InputError as error:
        raise InputError([_placed(engine, staged, one) for one in error.problems]) from error
    stretches = _stretches(engine, law)
    engine.load(
        "log_stretches",
        pa.table(
            {
                "stretch": pa.array([one.number for one in stretches], pa.int32()),
                "first": pa.array([one.first for one in stretches], pa.date32()),
                "last": pa.array([one.last for one in stretches], pa.date32()),
            }
        ),
    )
    done = " ".join(f"WHEN {_literal(one)} THEN f.{_quoted(DONE + one)}" for one in facts.items)
    items = ", ".join(map(_literal, facts.items))
    ways, kinds = _quoted(answers.ways), _quoted(answers.answers)
    joined = (
        f"{FACTS} f JOIN log_stretches t ON f.{_quoted(DAY)} BETWEEN t.first AND t.last "
        f"JOIN {_quoted(answers.subjects)} s ON s.key = f.key "
        f"JOIN {ways} w ON w.way = s.way AND w.item IN ({items}) "
        f"JOIN {kinds} a ON a.answer = w.answer"
    )
    given = f"CASE w.item {done} END"
    kind = (
        f"CASE WHEN {given} = 'disclosed' AND a.verdict = 'deny' AND a.basis = 'forbidden' "
        f"THEN {_literal(KINDS[0])} WHEN {given} = 'refused' AND a.verdict = 'grant' "
        f"AND a.basis = 'required' THEN {_literal(KINDS[1])} END"
    )
    cells = ["f.key AS key", "w.item AS item", f"{given} AS done", "t.stretch", "w.answer"]
    engine.make(DECIDED, select([*cells, f"{kind} AS kind"], joined))
    (many,) = next(engine.rows(select(["COUNT(*)"], DECIDED)))
    assert many == facts.rows * len(facts.items), "every row has an answer for every item"  # noqa: S101
    _rests(engine, law, stretches, answers.answers)
    files = staged.files()
    numbers = pa.array(files, pa.int32())
    shown = pa.array(files.values(), pa.string())
    engine.load(SOURCES, pa.table({"file": numbers, "shown": shown}))
    engine.drop(answers.subjects, answers.ways, answers.answers, "log_stretches")
    return Decided(stretches, answers.pairs, answers.states)


def _placed(engine: OnDuckDB, staged: Staged, problem: Problem) -> Problem:
    """A problem of a table's rows, with the row of the log whose they are for a place."""
    match = _OF_TABLE.fullmatch(problem.place.path)
    if match is None:
        return problem
    at = select(["file", "row"], f"{ROWS} WHERE key = {int(match[2])}")
    file, row = next(engine.rows(at))
    place = Place(f"`{match[1]}` of {staged.shown(file)}, row {row}")
    return replace(problem, place=place)


def _stretches(engine: OnDuckDB, law: Law) -> tuple[Stretch, ...]:
    """The stretches of unchanging law that rows fall into."""
    starts = law.book.changes(law.place)
    ends = [*(one - timedelta(1) for one in starts[1:]), date.max]
    day = _quoted(DAY)
    cells = []
    for first, last in zip(starts, ends, strict=True):
        within = f"FILTER ({day} BETWEEN {_literal(first)} AND {_literal(last)})"
        cells += [f"COUNT(*) {within}", f"MIN({day}) {within}", f"MAX({day}) {within}"]
    found = next(engine.rows(select(cells, FACTS)))
    made: list[Stretch] = []
    for n in range(len(starts)):
        rows, first, last = found[3 * n : 3 * n + 3]
        if rows:
            blocks = law.in_force(first).blocks
            own = [one for one in blocks if one.split("/")[0] == law.place]
            made.append(Stretch(len(made), first, last, rows, len(blocks), len(own)))
    return tuple(made)


def _rests(engine: OnDuckDB, law: Law, stretches: tuple[Stretch, ...], answers: str) -> None:
    """What each answer of each stretch rests on that nobody has checked."""
    pairs = select(["DISTINCT stretch", "answer"], DECIDED)
    asked = select(
        ["p.stretch", "p.answer", "a.verdict", "a.basis", "a.rules", "a.missing"],
        f"({pairs}) p JOIN {_quoted(answers)} a ON a.answer = p.answer",
    )
    rows = list(engine.rows(asked))
    unchecked = []
    for stretch, _, _, _, rules, _ in rows:
        on = law.in_force(stretches[stretch].first)
        resting = {one.id: one for rule in rules for one in on.rests_on[rule]}
        unchecked.append(sorted(n for n, one in resting.items() if not law.book.is_checked(one)))
    texts = pa.list_(pa.string())
    kinds = (pa.int32(), pa.int64(), pa.string(), pa.string(), texts, texts)
    names = ("stretch", "answer", "verdict", "basis", "blocks", "missing")
    columns = {name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(zip(names, kinds, strict=True))}  # fmt: skip
    engine.load(RESTS, pa.table({**columns, "unchecked": pa.array(unchecked, texts)}))


def rows_query(
    staged: Staged,
    log_map: LogMap,
    *,
    found_only: bool = False,
    with_text: bool = False,
    keys: range | None = None,
) -> str:
    """A SELECT of every row and item: file, row, part, id, day, actor, item, done, verdict, basis,
    blocks, unchecked, missing, finding; in the order of the logs where `keys` are given.

    found_only  the findings alone
    with_text   and `text`: the stated reason, for use inside the office alone
    keys        rows of these keys alone: to sort all of them at once would take much room
    """
    key = staged.column(log_map.key) if log_map.key else "CAST(NULL AS VARCHAR)"
    cells = [
        "n.shown AS file", "r.row", "r.part", f"{key} AS id", f"f.{_quoted(DAY)} AS day",
        f"f.{_quoted(ACTOR)} AS actor", "d.item", "d.done", "x.verdict", "x.basis",
        "x.blocks", "x.unchecked", "x.missing", "d.kind AS finding",
    ]  # fmt: skip
    if with_text:
        texts = ", ".join(staged.column(one) for one in log_map.reason) or "NULL"
        cells.append(f"NULLIF(concat_ws({_literal(_TEXT)}, {texts}), '') AS text")
    joined = (
        f"{DECIDED} d JOIN {FACTS} f ON f.key = d.key JOIN {ROWS} r ON r.key = d.key "
        f"JOIN {RESTS} x ON x.stretch = d.stretch AND x.answer = d.answer "
        f"JOIN {SOURCES} n ON n.file = r.file"
    )
    chosen = ["d.kind IS NOT NULL"] if found_only else []
    order = ""
    if keys is not None:
        for relation in "dfr":
            chosen.append(f"{relation}.key >= {keys.start} AND {relation}.key < {keys.stop}")
        order = " ORDER BY d.key, d.item"
    where = f" WHERE {' AND '.join(chosen)}" if chosen else ""
    return select(cells, f"{joined}{where}{order}")

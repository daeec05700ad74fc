"""Deciding a log: every row under the law of its own day.

    Law, Log (rows, tables, each row's day)  ->  decide_log  ->  Answers

Promise: for each row the findings of section 5, steps 1 to 5, under the law in force on the row's own
day; a row without a day is refused. What choosing people would tell (step 6) is not asked: a row of a
log does not say by what people were chosen.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa

from habeas.audits.answers import Answer, Answers, Ways
from habeas.audits.decide import refuse_name, settle
from habeas.audits.engine import Engine
from habeas.audits.refusing import refuse
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import select
from habeas.compiled.sql.mask import BITS
from habeas.compiled.sql.source import Relation, Source
from habeas.decisions.decide import Law
from habeas.errors import InputError, Place, Problem


@dataclass(frozen=True, slots=True)
class Log:
    """A log on a database.

    source       a row of `subjects` for each row of the log, with a key of its own; see `Source`
    day          the column of the subjects' relation that holds the law's day, a DATE; it may be a
                 fact's (`received_on`), and is not read as one unless `source` names it
    unconfirmed  paths (`written_consent`, `release_date.ordered`, `conviction.level`, `conviction`
                 for completeness) that nobody but the requester says, in every row; at most 62
    """

    source: Source
    day: str
    unconfirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Days of one law, and the rows that fall into them."""

    first: date
    last: date


def decide_log(
    engine: Engine, law: Law, log: Log, name: str = "answers", *, exactly: bool = True
) -> Answers:
    """Decide every item for every row of a log.

    exactly  False: whoever has an item that Kleene's logic leaves open gets NULL for a way

    Writes temporary tables whose names begin with `name`; those that are there are replaced. Raises
    `InputError` with every problem found, before anything is written: what `refusing` refuses, a day
    that is missing or out of range, a path that is none.
    """
    refuse_name(log.source, name)
    # Without rows the law of any day refuses what is wrong with the columns.
    stretches = list(_stretches(engine, law, log)) or [_Stretch(date.max, date.max)]
    _refuse_paths(law, log)
    parts = []
    try:
        for number, stretch in enumerate(stretches):
            bulk = Bulk(law.compiled(stretch.first), engine.dialect)
            if len(stretches) == 1:
                refuse(engine, bulk, log.source)
                parts.append((bulk, log.source, name))
                continue
            if not number:  # a key on two days of different law would be in no part twice
                refuse(engine, bulk, log.source, keys_alone=True)
            part = f"{name}_part{number}"
            source = _within(engine, log, stretch, part)
            refuse(engine, bulk, source)
            parts.append((bulk, source, part))
        ways = Ways(tuple(law.book.vocabulary.items))
        pairs = states = 0
        for bulk, source, part in parts:
            made = _settle(engine, bulk, source, log.unconfirmed, part, ways, exactly)
            pairs, states = pairs + made[0], states + made[1]
        if len(parts) > 1:
            quote = engine.dialect.identifier
            union = " UNION ALL ".join(select(["key", "way"], quote(part)) for _, _, part in parts)
            engine.make(name, union)
        ways.write(engine, name)
    finally:
        engine.drop(*_made(log, name, len(stretches)))
    return Answers(name, f"{name}_ways", f"{name}_answers", pairs, states)


def _made(log: Log, name: str, parts: int) -> Iterator[str]:
    """The views and tables of the parts."""
    for number in range(parts):
        part = f"{name}_part{number}"
        yield from (part, f"{part}_sure")
        yield from (f"{part}_in_{table}" for table in log.source.tables)
        yield f"{part}_rows"


# -- the row's own day ----------------------------------------------------------------------------


def _stretches(engine: Engine, law: Law, log: Log) -> Iterator[_Stretch]:
    """The stretches of law that rows fall into. Raises `InputError` where one has no day."""
    subjects, dialect = log.source.subjects, engine.dialect
    where = ".".join(subjects.name)
    column = engine.columns(subjects.name).get(log.day)
    if column is None or column.kind != "date":
        shown = f"is `{column.shown}`" if column else "is not there"
        raise InputError(
            Problem(
                Place(where), f"`{log.day}`, the day of each row, {shown}", "name a DATE column"
            )
        )
    starts = [*law.book.changes(law.place), None]
    ends = [
        date.max if end is None else date.fromordinal(end.toordinal() - 1) for end in starts[1:]
    ]
    spans = [(start, end) for start, end in zip(starts, ends, strict=False) if start is not None]
    day, key = dialect.identifier(log.day), dialect.identifier(subjects.key)
    first, last = dialect.literal(spans[0][0]), dialect.literal(date.max)
    missed = f"CASE WHEN {day} IS NULL OR {day} < {first} OR {day} > {last} THEN CAST({key} AS {dialect.text_type}) END"
    cells = [f"COUNT({missed})", f"MIN({missed})"]
    cells += [f"COUNT(CASE WHEN {_between(engine, day, a, b)} THEN 1 END)" for a, b in spans]
    ((many, example, *counts),) = engine.rows(select(cells, dialect.relation(subjects.name)))
    if many:
        raise InputError(
            Problem(
                Place(f"{where}, key {example}"),
                f"{many} rows have no day in `{log.day}` on which there is law of `{law.place}`",
                f"give each row the day whose law is to be asked, from {spans[0][0]} on, or leave it out",
            )
        )
    for (a, b), rows in zip(spans, counts, strict=True):
        if rows:
            yield _Stretch(a, b)


def _between(engine: Engine, day: str, first: date, last: date) -> str:
    return f"{day} >= {engine.dialect.literal(first)} AND {day} <= {engine.dialect.literal(last)}"


def _within(engine: Engine, log: Log, stretch: _Stretch, part: str) -> Source:
    """The source as views of the rows of a stretch."""
    dialect, subjects = engine.dialect, log.source.subjects
    day = _between(engine, dialect.identifier(log.day), stretch.first, stretch.last)
    rows = f"{part}_rows"
    engine.view(rows, select(["*"], f"{dialect.relation(subjects.name)} WHERE {day}"))
    keys = select([dialect.identifier(subjects.key)], dialect.identifier(rows))
    tables = {}
    for table, relation in log.source.tables.items():
        view = f"{part}_in_{table}"
        mine = f"{dialect.relation(relation.name)} WHERE {dialect.identifier(relation.key)} IN ({keys})"
        engine.view(view, select(["*"], mine))
        tables[table] = replace(relation, name=(view,))
    return Source(replace(subjects, name=(rows,)), tables)


# -- who said it ----------------------------------------------------------------------------------


def _refuse_paths(law: Law, log: Log) -> None:
    vocabulary = law.book.vocabulary
    items = {f"{i}.{n}" for i in vocabulary.items for n, f in vocabulary.facts.items() if f.scope == "item"}  # fmt: skip
    columns = {f"{t}.{c}" for t, cs in vocabulary.tables.items() for c in cs}
    facts = {name for name, fact in vocabulary.facts.items() if fact.scope != "item"}
    problems = [
        Problem(Place("unconfirmed"), f"`{path}` is no fact", "the vocabulary lists the facts")
        for path in sorted(log.unconfirmed - items - columns - facts - set(vocabulary.tables))
    ]
    if len(log.unconfirmed) > BITS:
        problems.append(
            Problem(
                Place("unconfirmed"),
                f"these are {len(log.unconfirmed)} paths",
                f"name at most {BITS}, or leave the others out of the log: then they are unknown",
            )
        )
    if problems:
        raise InputError(problems)


def _settle(
    engine: Engine,
    bulk: Bulk,
    source: Source,
    unconfirmed: frozenset[str],
    name: str,
    ways: Ways,
    exactly: bool,
) -> tuple[int, int]:
    """`settle`, and step 5: a grant that rests on the requester's word alone is none."""
    sure = _without(source, unconfirmed)
    if sure == source:
        return settle(engine, bulk, source, name, ways, exactly=exactly)
    pairs, states = settle(engine, bulk, source, name, ways, exactly=exactly)
    more = settle(engine, bulk, sure, f"{name}_sure", ways, exactly=exactly)
    paths, cells, joins = _stated(engine, source, unconfirmed, bulk.rules.vocabulary.tables)
    quote, subjects = engine.dialect.identifier, source.subjects
    joined = (
        f"{quote(name)} a JOIN {quote(f'{name}_sure')} b ON b.key = a.key "
        f"JOIN {engine.dialect.relation(subjects.name)} s ON s.{quote(subjects.key)} = a.key{joins}"
    )
    both = ["a.key AS key", "a.way AS said", "b.way AS sure", f"{engine.dialect.bits(cells)} AS stated"]  # fmt: skip
    engine.make(f"{name}_both", select(both, joined))
    distinct = select(["DISTINCT said, sure, stated"], quote(f"{name}_both"))
    made: dict[str, list[int]] = {"said": [], "sure": [], "stated": [], "way": []}
    for said, sure_, stated in engine.rows(
        f"{distinct} WHERE said IS NOT NULL AND sure IS NOT NULL"
    ):
        assert isinstance(said, int) and isinstance(sure_, int) and isinstance(stated, int)  # noqa: S101
        alone = frozenset(path for n, path in enumerate(paths) if stated >> n & 1)
        answers = _confirmed(ways.answers(said), ways.answers(sure_), alone)
        for column, value in zip(made, (said, sure_, stated, ways.number(answers)), strict=True):
            made[column].append(value)
    engine.load(f"{name}_confirmed", pa.table({c: pa.array(v, pa.int64()) for c, v in made.items()}))  # fmt: skip
    joined = (
        f"{quote(f'{name}_both')} a LEFT JOIN {quote(f'{name}_confirmed')} w "
        "ON w.said = a.said AND w.sure = a.sure AND w.stated = a.stated"
    )
    engine.make(name, select(["a.key AS key", "w.way AS way"], joined))
    engine.drop(f"{name}_both", f"{name}_confirmed", f"{name}_sure")
    return pairs + more[0], states + more[1]


def _stated(
    engine: Engine, source: Source, unconfirmed: frozenset[str], tables: Container[str]
) -> tuple[list[str], list[str], str]:
    """Of the unconfirmed paths that the source has: each, whether a row states it, and joins for that.

    A column of a table's rows is stated where one of the rows states it.
    """
    quote, subjects = engine.dialect.identifier, source.subjects
    paths: list[str] = []
    cells: list[str] = []
    joins = ""
    for path in sorted(unconfirmed & subjects.columns):
        paths.append(path)
        # Of a table, that it is complete is a statement; that it is not is none.
        said = "IS TRUE" if path in tables else "IS NOT NULL"
        cells.append(f"(s.{quote(path)} {said})")
    for n, (table, relation) in enumerate(sorted(source.tables.items())):
        columns = sorted(c for c in relation.columns if f"{table}.{c}" in unconfirmed)
        if columns:
            sums = [f"MAX(CASE WHEN {quote(c)} IS NULL THEN 0 ELSE 1 END) AS c{i}" for i, c in enumerate(columns)]  # fmt: skip
            key = quote(relation.key)
            grouped = f"{engine.dialect.relation(relation.name)} GROUP BY {key}"
            joins += f" LEFT JOIN ({select([f'{key} AS k', *sums], grouped)}) r{n} ON r{n}.k = a.key"  # fmt: skip
            paths += [f"{table}.{c}" for c in columns]
            cells += [f"(COALESCE(r{n}.c{i}, 0) = 1)" for i in range(len(columns))]
    return paths, cells, joins


def _confirmed(
    said: Sequence[Answer], sure: Sequence[Answer], alone: frozenset[str]
) -> list[Answer]:
    """Answers with what the requester alone says (`alone`), held against those without."""
    found = []
    for one, other in zip(said, sure, strict=True):
        if one[0] == "grant" and other[0] != "grant":
            _, _, rules, missing = other
            asked = tuple(path for path in missing if path in alone)
            found.append(("refer", "unconfirmed", rules, asked))
        else:
            found.append(one)
    return found


def _without(source: Source, paths: frozenset[str]) -> Source:
    """The source as if these were unknown."""

    def less(relation: Relation, head: str) -> Relation:
        gone = {path.removeprefix(head) for path in paths if path.startswith(head)}
        return replace(relation, columns=relation.columns - gone)

    tables = {table: less(one, f"{table}.") for table, one in source.tables.items()}
    return Source(less(source.subjects, ""), tables)

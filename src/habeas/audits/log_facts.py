"""The facts of a log's rows: cells as the map says what they mean, in typed columns.

    Staged, LogMap  ->  read_facts  ->  LogFacts (a relation to decide on, what was left out)

Promise: a cell becomes a value only as the map says; else it is unknown, and counted. A row without a
day that can be read is rejected: nobody knows whose law it stands under.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from habeas.audits.lexicon import joined_sql, lexicon_sql
from habeas.audits.log import Log
from habeas.audits.log_targets import ACTOR, DAY, DONE, LogMap, LogTarget, Values
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.staging import REJECTS, ROWS, Staged
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.compiled.sql.source import Relation, Source
from habeas.errors import InputError, Place, Problem, counted
from habeas.law.facts import Value
from habeas.law.vocabulary import Fact
from habeas.records.mapping import ISO

FACTS, STATED = "log_facts", "log:stated"
"""The relation that is decided on, with a column for each target's path; and the column that says
whether a reason was stated."""

_TYPES = {"yes/no": "BOOLEAN", "date": "DATE", "number": "BIGINT"}
_literal, _quoted = DUCKDB.literal, DUCKDB.identifier


@dataclass(frozen=True, slots=True)
class Known:
    """How many rows answer a fact, and in how many the cell says something that was not understood."""

    path: str
    rows: int
    unmapped: int


@dataclass(frozen=True, slots=True)
class LogFacts:
    """A log, ready to be decided.

    log        see `Log`
    items      what was asked for, as `done` names them
    rows       how many rows are decided
    left_out   how many the map's `where` leaves out; `unsettled`: how many of which it does not say
    undated    how many were rejected for want of a day
    known      of each fact
    """

    log: Log
    items: tuple[str, ...]
    rows: int
    left_out: int
    unsettled: int
    undated: int
    known: tuple[Known, ...]


def read_facts(engine: OnDuckDB, staged: Staged, log_map: LogMap) -> LogFacts:
    """Write `FACTS`, and reject rows without a day.

    Raises `InputError` where a cell is not understood and the map says that this is an error.
    """
    made = _Made(engine, staged, log_map)
    cells = ["r.key AS key", f"{made.day()} AS {_quoted(DAY)}", f"{made.chosen()} AS chosen"]
    cells.append(f"{made.stated()} AS {_quoted(STATED)}")
    cells.append(f"{made.value(log_map.actor)} AS {_quoted(ACTOR)}")
    targets = (*log_map.done, *log_map.facts)
    cells += [f"{made.value(one)} AS {_quoted(one.path)}" for one in targets]
    engine.make("log_read", select(cells, f"{ROWS} r{made.joins}"))
    engine.drop(*made.tables)
    counts = ["COUNT(*) FILTER (chosen IS FALSE)", "COUNT(*) FILTER (chosen IS NULL)"]
    left_out, unsettled = next(engine.rows(select(counts, "log_read")))
    _delete(engine, "chosen IS NOT TRUE")
    undated = _reject_undated(engine, staged, log_map)
    known = tuple(_known(engine, staged, one) for one in (log_map.actor, *targets))
    names = [_quoted(n) for n in ("key", DAY, STATED, ACTOR, *(one.path for one in targets))]
    engine.make(FACTS, select(names, "log_read"))
    engine.drop("log_read")
    (rows,) = next(engine.rows(select(["COUNT(*)"], FACTS)))
    facts = frozenset(one.path for one in log_map.facts)
    unconfirmed = frozenset(one.path for one in log_map.facts if one.source == "requester")
    log = Log(Source(Relation((FACTS,), facts, "key")), DAY, unconfirmed)
    items = tuple(one.path.removeprefix(DONE) for one in log_map.done)
    return LogFacts(log, items, rows, left_out, unsettled, undated, known)


def _reject_undated(engine: OnDuckDB, staged: Staged, log_map: LogMap) -> int:
    """Move rows without a day to the rejects; how many."""
    day = log_map.day
    where = f"log_read f JOIN {ROWS} r ON r.key = f.key WHERE f.{_quoted(DAY)} IS NULL"
    reason = _literal("no day is given")
    if day.columns:
        name = day.columns[0]
        formats = " or ".join(f"`{one}`" for one in day.formats)
        empty = _literal(f"no day: `{name}` is empty")
        wrong = _literal(f"no day: `{name}` is not written as {formats}, or is no day of the calendar")  # fmt: skip
        reason = f"CASE WHEN {staged.column(name)} IS NULL THEN {empty} ELSE {wrong} END"
    insert = select(["r.file", "r.row", reason], where)
    engine.connection.execute(f"INSERT INTO {REJECTS} {insert}")
    (many,) = next(engine.rows(select(["COUNT(*)"], where)))
    _delete(engine, f"{_quoted(DAY)} IS NULL")
    return int(many)


def _delete(engine: OnDuckDB, where: str) -> None:
    engine.connection.execute(f"DELETE FROM log_read WHERE {where}")  # noqa: S608  # our own names


def _known(engine: OnDuckDB, staged: Staged, target: LogTarget) -> Known:
    """Count what was understood. Raises `InputError` where the map asks for it."""
    column = f"f.{_quoted(target.path)}"
    cells = [f"COUNT({column})", "0", "NULL"]
    if target.columns and target.lexicon is None:
        cell = _cell(staged, target)
        strange = f"{cell} IS NOT NULL AND {column} IS NULL"
        mute = [value for value, said in (target.values or {}).items() if said is None]
        if mute:
            strange += f" AND {cell} NOT IN ({', '.join(map(_literal, mute))})"
        cells = [f"COUNT({column})", f"COUNT(*) FILTER ({strange})", f"MIN(f.key) FILTER ({strange})"]  # fmt: skip
    joined = f"log_read f JOIN {ROWS} r ON r.key = f.key"
    found, unmapped, first = next(engine.rows(select(cells, joined)))
    if unmapped and target.strict:
        at = select(["file", "row"], f"{ROWS} WHERE key = {int(first)}")
        file, row = next(engine.rows(at))
        raise InputError(
            Problem(
                Place(f"{staged.sources[file].shown}, row {row}"),
                f"the cell of column `{target.columns[0]}` is not mapped to `{target.path}`,"
                f" nor are {counted(unmapped - 1, 'other')}",
                "add it to the map, or list it under `unknown`",
            )
        )
    return Known(target.path, int(found), int(unmapped))


def _cell(staged: Staged, target: LogTarget) -> str:
    """A target's cell; NULL where it says nothing."""
    raw = staged.column(target.columns[0])
    if not target.unknown:
        return raw
    listed = ", ".join(_literal(one) for one in sorted(target.unknown))
    return f"CASE WHEN {raw} IN ({listed}) THEN NULL ELSE {raw} END"


class _Made:
    """The expressions of one map, over `ROWS` called `r` and the relations joined to it."""

    def __init__(self, engine: OnDuckDB, staged: Staged, log_map: LogMap) -> None:
        self.engine = engine
        self.staged = staged
        self.map = log_map
        self.joins = ""
        self.tables: list[str] = []

    def day(self) -> str:
        """The row's own day."""
        return self.value(self.map.day)

    def chosen(self) -> str:
        """Whether the row is of this log; NULL where `where` does not say."""
        where = self.map.where
        if where is None:
            return "TRUE"
        cell = self.staged.column(where.column)

        def among(words: list[str]) -> str:
            listed = ", ".join(_literal(one) for one in words)
            return f"({cell} IN ({listed or 'NULL'}))"

        if where.only is None:
            return f"NOT {among(where.without or [])}"
        if where.without is None:
            return among(where.only)
        return f"CASE WHEN {among(where.only)} THEN TRUE WHEN {among(where.without)} THEN FALSE END"

    def stated(self) -> str:
        """Whether a reason is stated; NULL where the map names no column of it."""
        if not self.map.reason:
            return "CAST(NULL AS BOOLEAN)"
        silent = ", ".join(_literal(one) for one in sorted(self.map.unknown)) or "NULL"
        return " OR ".join(
            f"COALESCE({one} IS NOT NULL AND COALESCE({one} NOT IN ({silent}), TRUE), FALSE)"
            for one in map(self.staged.column, self.map.reason)
        )

    def value(self, target: LogTarget) -> str:
        """The value of a target, of its fact's type; NULL is unknown."""
        kind = _TYPES.get(str(target.fact.type), "VARCHAR")
        if not target.columns:
            return _typed(target.constant, kind)
        if target.lexicon is not None:
            return self._joined(*self._lexicon(target))
        cell = _cell(self.staged, target)
        if target.values is not None:
            found = _case(cell, target.values, kind)
        elif target.find or target.lookup is not None:
            found = f"CAST(NULL AS {kind})"
            if target.find:
                found = self._joined(self._found(target, kind), cell)
            if target.lookup is not None:
                looked = self._joined(self._looked_up(target.lookup, kind), cell)
                there = f"{looked.partition('.')[0]}.cell IS NOT NULL"
                found = f"CASE WHEN {there} THEN {looked} ELSE {found} END"
        else:
            formats = (*target.formats, *(ISO if self.staged.typed else ()))
            found = _read(cell, target.fact, tuple(dict.fromkeys(formats)))
        return found

    def _joined(self, name: str, cell: str) -> str:
        """The value that a relation of `cell`, `value` has for a row's cell."""
        alias = f"j{len(self.tables)}"
        self.tables.append(name)
        self.joins += f" LEFT JOIN {_quoted(name)} {alias} ON {alias}.cell = {cell}"
        return f"{alias}.value"

    def _distinct(self, cell: str) -> str:
        return f"(SELECT DISTINCT {cell} AS cell FROM {ROWS} r WHERE {cell} IS NOT NULL) d"  # noqa: S608  # quoted where it was made

    def _lexicon(self, target: LogTarget) -> tuple[str, str]:
        """A relation of the texts and what the lexicon says; and the text of a row."""
        assert target.lexicon is not None  # noqa: S101 - for mypy
        text = joined_sql([self.staged.column(one) for one in target.columns])
        meant = lexicon_sql(target.lexicon, "d.cell")[target.fact.name]
        name = f"log_said{len(self.tables)}"
        self.engine.make(name, select(["d.cell AS cell", f"{meant} AS value"], self._distinct(text)))  # fmt: skip
        return name, text

    def _found(self, target: LogTarget, kind: str) -> str:
        """A relation of the cells and what the first list of patterns that knows them says."""
        value = f"CAST(NULL AS {kind})"
        for number in reversed(range(len(target.find))):
            pairs = target.find[number]
            said = list(dict.fromkeys(pairs.values()))
            whens = " ".join(f"WHEN {n} THEN {_typed(one, kind)}" for n, one in enumerate(said))
            one = f"CASE t{number}[1] {whens} END"
            value = f"CASE LEN(t{number}) WHEN 0 THEN {value} WHEN 1 THEN {one} END"
        lists = []
        for number, pairs in enumerate(target.find):
            said = list(dict.fromkeys(pairs.values()))
            hits = ", ".join(
                f"CASE WHEN regexp_matches(d.cell, {_literal(pattern)}) THEN {said.index(one)} END"
                for pattern, one in pairs.items()
            )
            lists.append(f"list_distinct([{hits}]) AS t{number}")
        name = f"log_found{len(self.tables)}"
        inner = select(["d.cell", *lists], self._distinct(_cell(self.staged, target)))
        self.engine.make(name, select(["cell", f"{value} AS value"], f"({inner}) t"))
        return name

    def _looked_up(self, pairs: Values, kind: str) -> str:
        name = f"log_looked{len(self.tables)}"
        types = {"BOOLEAN": pa.bool_(), "BIGINT": pa.int64()}
        table = pa.table(
            {
                "cell": pa.array(list(pairs), pa.string()),
                "value": pa.array(list(pairs.values()), types.get(kind, pa.string())),
            }
        )
        self.engine.load(name, table)
        return name


def _typed(value: Value | None, kind: str) -> str:
    return f"CAST({'NULL' if value is None else _literal(value)} AS {kind})"


def _case(cell: str, values: Values, kind: str) -> str:
    whens = " ".join(f"WHEN {_literal(one)} THEN {_typed(said, kind)}" for one, said in values.items())  # fmt: skip
    return f"CASE {cell} {whens} END" if whens else f"CAST(NULL AS {kind})"


def _read(cell: str, fact: Fact, formats: tuple[str, ...]) -> str:
    """A cell as a fact's type asks, as `value_of` takes it."""
    match fact.type:
        case "yes/no":
            return (
                f"CASE WHEN lower({cell}) IN ('yes', 'true') THEN TRUE"
                f" WHEN lower({cell}) IN ('no', 'false') THEN FALSE END"
            )
        case "date":
            found = []
            for one in formats:
                day = f"CAST(TRY_STRPTIME({cell}, {_literal(one)}) AS DATE)"
                if (one,) == ISO:
                    day = f"CASE WHEN regexp_full_match({cell}, '\\d{{4}}-\\d{{2}}-\\d{{2}}') THEN {day} END"  # fmt: skip
                found.append(day)
            day = f"COALESCE({', '.join(found)})"
            return f"CASE WHEN {day} >= {_literal(date.min)} THEN {day} END"  # no year 0
        case "number":
            whole = f"regexp_full_match({cell}, '-?\\d{{1,18}}')"
            return f"CASE WHEN {whole} THEN TRY_CAST({cell} AS BIGINT) END"
        case "place":
            return f"CASE WHEN regexp_full_match({cell}, '[a-z]+(-[a-z0-9]+)*') THEN {cell} END"
        case "text":
            return cell
    listed = ", ".join(_literal(one) for one in fact.words)
    return f"CASE WHEN {cell} IN ({listed}) THEN {cell} END"

"""The facts of a log's rows: cells as the map says what they mean, in typed columns.

    Staged, LogMap  ->  read_facts  ->  LogFacts (a relation to decide on, what was left out)

Promise: a cell becomes a value only as the map says; else it is unknown, and counted. A row without a
day that can be read is rejected: nobody knows whose law it stands under.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from habeas.audits.log import Log
from habeas.audits.log_cells import Cells, Known, known
from habeas.audits.log_tables import TableFacts, is_open, join_table, read_table
from habeas.audits.log_targets import ACTOR, DAY, DONE, LogMap
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.staging import REJECTS, ROWS, Staged
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.compiled.sql.source import Relation, Source

FACTS, STATED = "log_facts", "log:stated"
"""The relation that is decided on, with a column for each target's path; and the column that says
whether a reason was stated."""

OPEN = "open:"
"""Before a table's name: whether rows of it may be missing, whatever the map says."""

_literal, _quoted = DUCKDB.literal, DUCKDB.identifier


@dataclass(frozen=True, slots=True)
class LogFacts:
    """A log, ready to be decided.

    log        see `Log`
    items      what was asked for, as `done` names them
    rows       how many rows are decided
    left_out   how many the map's `where` leaves out; `unsettled`: how many of which it does not say
    undated    how many were rejected for want of a day
    known      of each fact, and of whether tables are complete
    tables     of each table that the map reads
    """

    log: Log
    items: tuple[str, ...]
    rows: int
    left_out: int
    unsettled: int
    undated: int
    known: tuple[Known, ...]
    tables: tuple[TableFacts, ...]


def read_facts(engine: OnDuckDB, staged: Staged, log_map: LogMap) -> LogFacts:
    """Write `FACTS`, and reject rows without a day.

    Raises `InputError` where a cell is not understood and the map says that this is an error.
    """
    tables = tuple(read_table(engine, staged, log_map, one) for one in log_map.tables)
    made = Cells(engine, staged)
    cells = ["r.key AS key", f"{made.value(log_map.day)} AS {_quoted(DAY)}"]
    cells.append(f"{made.chosen(log_map.where)} AS chosen")
    cells.append(f"{_stated(staged, log_map)} AS {_quoted(STATED)}")
    cells.append(f"{made.value(log_map.actor)} AS {_quoted(ACTOR)}")
    targets = (*log_map.done, *log_map.facts)
    cells += [f"{made.value(one)} AS {_quoted(one.path)}" for one in targets]
    for table, found in zip(log_map.tables, tables, strict=True):
        if table.complete is not None:
            cells.append(f"{made.value(table.complete)} AS {_quoted(table.table)}")
            cells.append(f"{is_open(made, log_map, table, found)} AS {_quoted(OPEN + table.table)}")
    engine.make("log_read", select(cells, f"{ROWS} r{made.joins}"))
    engine.drop(*made.tables)
    counts = ["COUNT(*) FILTER (chosen IS FALSE)", "COUNT(*) FILTER (chosen IS NULL)"]
    left_out, unsettled = next(engine.rows(select(counts, "log_read")))
    _delete(engine, "chosen IS NOT TRUE")
    undated = _reject_undated(engine, staged, log_map)
    whole = [one.complete for one in log_map.tables if one.complete is not None]
    asked = (log_map.actor, *targets, *whole)
    understood = tuple(known(engine, staged, one, "log_read") for one in asked)
    names = [_quoted(n) for n in ("key", DAY, STATED, ACTOR, *(one.path for one in targets))]
    for name in (one.path for one in whole):
        said = f"{_quoted(name)} AND NOT {_quoted(OPEN + name)}"
        names.append(f"COALESCE({said}, FALSE) AS {_quoted(name)}")
    engine.make(FACTS, select(names, "log_read"))
    engine.drop("log_read")
    counts = [f"COUNT(*) FILTER ({_quoted(one.path)})" for one in whole]
    rows, *sure = next(engine.rows(select(["COUNT(*)", *counts], FACTS)))
    complete = dict(zip((one.path for one in whole), sure, strict=True))
    tables = tuple(replace(one, complete=complete.get(one.table, 0)) for one in tables)
    of_tables = {
        one.table: join_table(engine, staged, log_map, one, FACTS) for one in log_map.tables
    }
    heard = [*log_map.facts, *whole, *(one for table in log_map.tables for one in table.columns)]
    unconfirmed = frozenset(one.path for one in heard if one.source == "requester")
    facts = frozenset(one.path for one in (*log_map.facts, *whole))
    log = Log(Source(Relation((FACTS,), facts, "key"), of_tables), DAY, unconfirmed)
    items = tuple(one.path.removeprefix(DONE) for one in log_map.done)
    return LogFacts(log, items, rows, left_out, unsettled, undated, understood, tables)


def _stated(staged: Staged, log_map: LogMap) -> str:
    """Whether a reason is stated; NULL where the map names no column of it."""
    if not log_map.reason:
        return "CAST(NULL AS BOOLEAN)"
    silent = ", ".join(_literal(one) for one in sorted(log_map.unknown)) or "NULL"
    return " OR ".join(
        f"COALESCE({one} IS NOT NULL AND COALESCE({one} NOT IN ({silent}), TRUE), FALSE)"
        for one in map(staged.column, log_map.reason)
    )


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

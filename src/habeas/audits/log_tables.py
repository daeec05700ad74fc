"""The tables of a log's people: rows of a file beside the map, joined to the log's rows by a key.

    Staged, LogTable  ->  read_table  ->  TableFacts, its rows typed;  join_table  ->  a Relation by log row

Promise: a table is complete for a row of the log only where the map says so and nothing of it was lost:
a row that could not be read, or has no key, could be anybody's, and one of which `where` does not say
whether it counts is its key's. A table of which no row has a key of the log is complete for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from habeas.audits.log_cells import Cells, Known, cell_sql, known
from habeas.audits.log_targets import LogMap, LogTable
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.staging import REJECTS, ROWS, Staged
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.compiled.sql.source import Relation

_literal, _quoted = DUCKDB.literal, DUCKDB.identifier


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What was made of a table's file. Each of its rows is in one of the counts from `rejected` to `rows`.

    shown      the file, without its folders
    sha256     of its bytes
    rejected   rows that could not be read, or have no key
    left_out   rows that `where` leaves out
    ignored    rows whose key no row of the log has
    unsettled  rows of which `where` does not say whether they count
    rows       rows that count
    met        rows with a key that the log has, whether they count or not
    known      of each column, in the rows that count
    complete   rows of the log for which the table is complete
    """

    table: str
    shown: str
    sha256: str
    rejected: int
    left_out: int
    ignored: int
    unsettled: int
    rows: int
    met: int
    known: tuple[Known, ...]
    complete: int = 0

    @property
    def could_be_whole(self) -> bool:
        """Whether it can be complete for anybody."""
        return not self.rejected and self.met > 0


def read_table(engine: OnDuckDB, staged: Staged, log_map: LogMap, table: LogTable) -> TableFacts:
    """Write a table's rows that count, with values, and the keys that have unsettled rows; reject
    rows without a key.

    Raises `InputError` where a cell is not understood and the map says that this is an error.
    """
    own = staged.tables[table.table]
    rows, kept, keys = _names(table)
    made = Cells(engine, own)
    cells = ["r.key AS key", f"{cell_sql(own, table.join.table, log_map.unknown)} AS cell"]
    cells.append(f"{made.chosen(table.where, log_map.unknown)} AS chosen")
    cells += [f"{made.value(one)} AS {_quoted(one.path)}" for one in table.columns]
    engine.make(kept, select(cells, f"{_quoted(own.relation)} r{made.joins}"))
    engine.drop(*made.tables)
    engine.make(keys, _keys(staged, log_map, table))
    there = f"cell IN ({select(['cell'], _quoted(keys))})"  # no key is NULL there
    states = {
        "left_out": "chosen IS FALSE",
        "without": "chosen IS NOT FALSE AND cell IS NULL",
        "ignored": f"chosen IS NOT FALSE AND cell IS NOT NULL AND NOT {there}",
        "unsettled": f"chosen IS NULL AND {there}",
        "rows": f"chosen AND {there}",
        "met": f"cell IS NOT NULL AND {there}",
    }
    asked = select([f"COUNT(*) FILTER ({one})" for one in states.values()], _quoted(kept))
    count = {name: int(n) for name, n in zip(states, next(engine.rows(asked)), strict=True)}
    unkeyed = select(
        ["r.file", "r.row", _literal(f"no key: `{table.join.table}` is empty")],
        f"{_quoted(own.relation)} r JOIN {_quoted(kept)} t ON t.key = r.key WHERE {states['without']}",
    )
    engine.connection.execute(f"INSERT INTO {REJECTS} {unkeyed}")
    unsettled = select(["DISTINCT cell"], f"{_quoted(kept)} WHERE {states['unsettled']}")
    engine.make(rows, unsettled)
    engine.connection.execute(f"DELETE FROM {_quoted(kept)} WHERE (chosen AND {there}) IS NOT TRUE")  # noqa: S608  # our own names
    engine.make(keys, select(["cell", "TRUE AS value"], _quoted(rows)))
    understood = tuple(known(engine, own, one, kept) for one in table.columns)
    engine.drop(own.relation, rows)
    (source,) = own.sources
    parts = ("left_out", "without", "ignored", "unsettled", "rows")
    assert source.read == sum(count[one] for one in parts)  # noqa: S101 - or a row was lost
    return TableFacts(
        table.table, source.shown, source.sha256, source.rejected + count["without"],
        count["left_out"], count["ignored"], count["unsettled"], count["rows"], count["met"], understood,
    )  # fmt: skip


def is_open(made: Cells, log_map: LogMap, table: LogTable, found: TableFacts) -> str:
    """Whether a row of the log may have rows that are not here, whatever the map says."""
    if not found.could_be_whole:
        return "TRUE"
    cell = cell_sql(made.staged, table.join.log, log_map.unknown)
    return f"({cell} IS NULL OR {made.joined(_names(table)[2], cell)} IS NOT NULL)"


def join_table(
    engine: OnDuckDB, staged: Staged, log_map: LogMap, table: LogTable, facts: str
) -> Relation:
    """Write a table's rows for each row of `facts` that has their key."""
    name, kept, keys = _names(table)
    cell = cell_sql(staged, table.join.log, log_map.unknown)
    columns = {one.fact.name: f"t.{_quoted(one.path)}" for one in table.columns}
    cells = ["f.key AS key", *(f"{value} AS {_quoted(column)}" for column, value in columns.items())]  # fmt: skip
    joined = f"{facts} f JOIN {ROWS} r ON r.key = f.key JOIN {_quoted(kept)} t ON t.cell = {cell}"
    engine.make(name, select(cells, joined))
    engine.drop(kept, keys)
    return Relation((name,), frozenset(columns), "key")


def _keys(staged: Staged, log_map: LogMap, table: LogTable) -> str:
    """Every key that the log has, once."""
    cell = cell_sql(staged, table.join.log, log_map.unknown)
    return select([f"DISTINCT {cell} AS cell"], f"{ROWS} r WHERE {cell} IS NOT NULL")


def _names(table: LogTable) -> tuple[str, str, str]:
    """The relations: rows by row of the log, rows by key, keys."""
    name = f"log_table_{table.table}"
    return name, f"{name}_kept", f"{name}_keys"

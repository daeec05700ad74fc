"""Cells as values: what the map says of a column, as SQL over rows that were staged.

    Staged, LogTarget  ->  Cells  ->  the expression of a target's value, the relations it is joined to

Promise: a cell becomes a value only as the map says; else it is NULL, which is unknown, and counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from habeas.audits.lexicon import joined_sql, lexicon_sql
from habeas.audits.log_targets import LogTarget, Values
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.staging import Staged
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.errors import InputError, Place, Problem, counted
from habeas.law.facts import Value
from habeas.law.vocabulary import Fact
from habeas.records.mapping import ISO, Where

_TYPES = {"yes/no": "BOOLEAN", "date": "DATE", "number": "BIGINT"}
_literal, _quoted = DUCKDB.literal, DUCKDB.identifier


@dataclass(frozen=True, slots=True)
class Known:
    """How many rows answer a fact, and in how many the cell says something that was not understood."""

    path: str
    rows: int
    unmapped: int


class Cells:
    """The expressions of rows that were staged, over their relation called `r`.

    joins   what that relation is joined to for them
    tables  the relations that were made for it, to be dropped after
    """

    def __init__(self, engine: OnDuckDB, staged: Staged) -> None:
        self.engine = engine
        self.staged = staged
        self.joins = ""
        self.tables: list[str] = []

    def chosen(self, where: Where | None, unknown: Iterable[str] = ()) -> str:
        """Whether a row counts; NULL where `where` does not say.

        unknown  cells that say nothing, unless `where` lists them
        """
        if where is None:
            return "TRUE"
        cell = self.staged.column(where.column)

        def among(words: Iterable[str]) -> str:
            listed = ", ".join(_literal(one) for one in sorted(words))
            return f"({cell} IN ({listed or 'NULL'}))"

        only, without = where.only or (), where.without or ()
        silent = set(unknown) - {*only, *without}
        if where.only is None:
            found = f"NOT {among(without)}"
        elif where.without is None:
            found = among(only)
        else:
            return f"CASE WHEN {among(only)} THEN TRUE WHEN {among(without)} THEN FALSE END"
        return f"CASE WHEN NOT {among(silent)} THEN {found} END" if silent else found

    def value(self, target: LogTarget) -> str:
        """The value of a target, of its fact's type; NULL is unknown."""
        kind = _TYPES.get(str(target.fact.type), "VARCHAR")
        if not target.columns:
            return _typed(target.constant, kind)
        if target.lexicon is not None:
            return self.joined(*self._lexicon(target))
        cell = cell_of(self.staged, target)
        if target.values is not None:
            found = _case(cell, target.values, kind)
        elif target.find or target.lookup is not None:
            found = f"CAST(NULL AS {kind})"
            if target.find:
                found = self.joined(self._found(target, kind), cell)
            if target.lookup is not None:
                looked = self.joined(self._looked_up(target.lookup, kind), cell)
                there = f"{looked.partition('.')[0]}.cell IS NOT NULL"
                found = f"CASE WHEN {there} THEN {looked} ELSE {found} END"
        else:
            formats = (*target.formats, *(ISO if self.staged.typed else ()))
            found = _read(cell, target.fact, tuple(dict.fromkeys(formats)))
        return found

    def joined(self, name: str, cell: str) -> str:
        """The value that a relation of `cell`, `value` has for a row's cell."""
        alias = f"j{len(self.tables)}"
        self.tables.append(name)
        self.joins += f" LEFT JOIN {_quoted(name)} {alias} ON {alias}.cell = {cell}"
        return f"{alias}.value"

    def _distinct(self, cell: str) -> str:
        return f"(SELECT DISTINCT {cell} AS cell FROM {_quoted(self.staged.relation)} r WHERE {cell} IS NOT NULL) d"  # noqa: S608  # quoted where it was made

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
        inner = select(["d.cell", *lists], self._distinct(cell_of(self.staged, target)))
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


def known(engine: OnDuckDB, staged: Staged, target: LogTarget, read: str) -> Known:
    """Count what was understood of the rows of `read`, which has their `key` and the target's path.

    Raises `InputError` where a cell is not understood and the map says that this is an error.
    """
    column = f"f.{_quoted(target.path)}"
    cells = [f"COUNT({column})", "0", "NULL"]
    if target.columns and target.lexicon is None:
        cell = cell_of(staged, target)
        strange = f"{cell} IS NOT NULL AND {column} IS NULL"
        mute = [value for value, said in (target.values or {}).items() if said is None]
        if mute:
            strange += f" AND {cell} NOT IN ({', '.join(map(_literal, mute))})"
        cells = [f"COUNT({column})", f"COUNT(*) FILTER ({strange})", f"MIN(f.key) FILTER ({strange})"]  # fmt: skip
    joined = f"{_quoted(read)} f JOIN {_quoted(staged.relation)} r ON r.key = f.key"
    found, unmapped, first = next(engine.rows(select(cells, joined)))
    if unmapped and target.strict:
        at = select(["file", "row"], f"{_quoted(staged.relation)} WHERE key = {int(first)}")
        file, row = next(engine.rows(at))
        raise InputError(
            Problem(
                Place(f"{staged.shown(file)}, row {row}"),
                f"the cell of column `{target.columns[0]}` is not mapped to `{target.path}`,"
                f" nor are {counted(unmapped - 1, 'other')}",
                "add it to the map, or list it under `unknown`",
            )
        )
    return Known(target.path, int(found), int(unmapped))


def cell_of(staged: Staged, target: LogTarget) -> str:
    """A target's cell; NULL where it says nothing."""
    return cell_sql(staged, target.columns[0], target.unknown)


def cell_sql(staged: Staged, column: str, unknown: Collection[str]) -> str:
    """A column's cell; NULL where it is one of `unknown`."""
    raw = staged.column(column)
    if not unknown:
        return raw
    listed = ", ".join(_literal(one) for one in sorted(unknown))
    return f"CASE WHEN {raw} IN ({listed}) THEN NULL ELSE {raw} END"


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

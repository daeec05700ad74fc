"""What differs between databases: names, literals, moved days, bits.

    names, values, steps  ->  Dialect  ->  SQL text;   DIALECTS by name

Promise: nothing is spliced: every name and literal goes through one function, which quotes it or
refuses it; months and years clamp to the month's end, and days to 0001-01-01 … 9999-12-31.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from habeas.errors import InputError, Place, Problem
from habeas.law.dates import Step
from habeas.law.facts import Value

_LAST_MONTH = 12 * 10_000 - 1
"""December 9999, as months since the year 0."""

Name = tuple[str, ...]
"""A relation's name: with the schema's before it, or alone."""


def select(columns: Iterable[str], source: str) -> str:
    """A SELECT; every name and literal in it has gone through a dialect."""
    return f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608  # quoted where it was made


class Dialect:
    """One database's way of writing; the methods return SQL text, sqlglot's name is `name`."""

    name = ""
    text_type = "VARCHAR"
    longest = 0
    """Bytes that a name may have; 0: as many as it likes."""
    keeps_steps = True
    """Whether a CTE can be worked out once, however often it is read (`AS MATERIALIZED`)."""

    def identifier(self, name: str) -> str:
        """A name, quoted. Raises `InputError` for one that the database would cut or cannot hold."""
        _no_nul(name)
        if self.longest and len(name.encode()) > self.longest:
            raise InputError(
                Problem(
                    Place(name),
                    f"`{name}` is longer than the {self.longest} bytes that a name may have",
                    "make a view of the table with a shorter name",
                )
            )
        return self._quoted(name)

    def relation(self, name: Name) -> str:
        """A table's or view's name, quoted part by part."""
        return ".".join(self.identifier(part) for part in name)

    def literal(self, value: Value) -> str:
        """A value as the law writes it. Raises `InputError` for a text with NUL."""
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, date):
            return f"DATE '{value.isoformat()}'"
        _no_nul(value)
        return self._text(value)

    def text(self, sql: str) -> str:
        """A text column, whatever its type, to be compared byte by byte."""
        return f"CAST({sql} AS {self.text_type})"

    def moved(self, day: str, steps: tuple[Step, ...]) -> str:
        """A day moved by each step in turn, as `dates.shift_all` does."""
        for step in steps:
            day = self._clamped(day, step)
        return day

    def _clamped(self, day: str, step: Step) -> str:
        number, unit = step
        if not number:
            return day
        edge = edge_of(step)
        end = self.literal(date.max if number > 0 else date.min)
        if edge is None:
            return f"CASE WHEN {day} IS NOT NULL THEN {end} END"
        beyond = f"{day} {'>' if number > 0 else '<'} {self.literal(edge)}"
        inside = self._days(day, number) if unit == "day" else self._months(day, _months(step))
        return f"CASE WHEN {beyond} THEN {end} ELSE {inside} END"

    def bit(self, truth: str, index: int) -> str:
        """A bit of a BIGINT that is set where a condition (never unknown) holds."""
        return f"CASE WHEN {truth} THEN {1 << index} ELSE 0 END"

    def bits(self, truths: list[str]) -> str:
        """A BIGINT with a bit for each of up to 62 conditions."""
        return " + ".join(["CAST(0 AS BIGINT)", *(self.bit(t, i) for i, t in enumerate(truths))])

    def same(self, left: str, right: str) -> str:
        """Whether two values are the same one; two that are unknown are."""
        return f"{left} IS NOT DISTINCT FROM {right}"

    def distinct(self, column: str, where: str) -> str:
        """An aggregate: how many different known values a column has where a condition is yes."""
        return f"COUNT(DISTINCT {column}) FILTER (WHERE {where})"

    def any_of(self, sql: str) -> str:
        """An aggregate: one of the values."""
        return f"ANY_VALUE({sql})"

    def unordered(self, column: str, source: str) -> str:
        """A query: how many rows are not greater than the one that the database reads before it.

        At most 1, the first, where all ascend: then all differ, in whatever order they were read. Empty
        where the database has no such query.
        """
        followed = select([f"{column} > LAG({column}) OVER () AS follows"], source)
        return select(["COUNT(*)"], f"({followed}) f WHERE follows IS NOT TRUE")

    def key(self, cells: list[str]) -> str:
        """A short text that is the same for the same values, unknown ones among them, and for no others."""
        raise NotImplementedError

    def rows(self, cells: list[str]) -> str:
        """An aggregate: all rows of some values, the same whatever their order."""
        raise NotImplementedError

    def _quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def _text(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def _days(self, day: str, number: int) -> str:
        return f"({day} + ({number}))"

    def _months(self, day: str, number: int) -> str:
        raise NotImplementedError


class DuckDB(Dialect):
    """DuckDB 2; the language's conditions are written in a subset of its SQL."""

    name = "duckdb"

    def text(self, sql: str) -> str:
        """As everywhere; a column can have a collation that takes different texts for equal ones."""
        return f"(CAST({sql} AS VARCHAR) COLLATE C)"

    def _months(self, day: str, number: int) -> str:
        return f"CAST({day} + INTERVAL ({number}) MONTH AS DATE)"

    def distinct(self, column: str, where: str) -> str:
        """As everywhere; of a few values each, a list is quicker here. 0 where there is none."""
        return f"COALESCE(LEN(LIST_DISTINCT(LIST({column}) FILTER (WHERE {where}))), 0)"

    def key(self, cells: list[str]) -> str:
        """SHA-256 of the values as JSON."""
        named = ", ".join(f"a{n} := {cell}" for n, cell in enumerate(cells))
        return f"sha256(CAST(to_json(struct_pack({named})) AS VARCHAR))"

    def rows(self, cells: list[str]) -> str:
        """A sorted list of structs."""
        row = f"struct_pack({', '.join(f'a{n} := {cell}' for n, cell in enumerate(cells))})"
        return f"LIST({row} ORDER BY {row})"

    def bits(self, truths: list[str]) -> str:
        """As everywhere; shifts are quicker here."""
        return " | ".join(
            [
                "CAST(0 AS BIGINT)",
                *(f"(CAST({truth} AS BIGINT) << {i})" for i, truth in enumerate(truths)),
            ]
        )


class PostgreSQL(Dialect):
    """PostgreSQL 12 or newer, whatever its collations and `standard_conforming_strings` are."""

    name = "postgres"
    text_type = "text"
    longest = 63

    def text(self, sql: str) -> str:
        """As everywhere; ICU's collations can take different texts for equal ones."""
        return f'(CAST({sql} AS text) COLLATE "C")'

    def any_of(self, sql: str) -> str:
        """As everywhere; before PostgreSQL 16 there is no such aggregate."""
        return f"(ARRAY_AGG({sql}))[1]"

    def key(self, cells: list[str]) -> str:
        """SHA-256 of the row's text, in which quotes and absent values are told apart."""
        row = f"CAST(ROW({', '.join(cells)}) AS text)"
        return f"encode(sha256(convert_to({row}, 'UTF8')), 'hex')"

    def rows(self, cells: list[str]) -> str:
        """The rows' texts, sorted; each stands in brackets."""
        row = f"CAST(ROW({', '.join(cells)}) AS text)"
        return f"""STRING_AGG({row}, '' ORDER BY {row} COLLATE "C")"""

    def _text(self, value: str) -> str:
        if "\\" in value:
            return "E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return super()._text(value)

    def _months(self, day: str, number: int) -> str:
        return f"CAST({day} + INTERVAL '{number} months' AS date)"


class Spark(Dialect):
    """Spark SQL 3.2 or newer. Older ones keep to the month's last day where they should not."""

    name = "spark"
    text_type = "STRING"
    keeps_steps = False

    def _quoted(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def _text(self, value: str) -> str:
        # What a backslash or two quotes mean hangs on the version and on settings.
        if "'" in value or "\\" in value:
            return f"CAST(unhex('{value.encode().hex().upper()}') AS STRING)"
        return super()._text(value)

    def same(self, left: str, right: str) -> str:
        """As everywhere, in the operator of all versions."""
        return f"{left} <=> {right}"

    def any_of(self, sql: str) -> str:
        """As everywhere, under the name of all versions."""
        return f"FIRST({sql})"

    def key(self, cells: list[str]) -> str:
        """SHA-256 of the values as JSON."""
        return f"SHA2(TO_JSON({self._struct(cells)}), 256)"

    def rows(self, cells: list[str]) -> str:
        """A sorted array of structs, as JSON."""
        return f"TO_JSON(SORT_ARRAY(COLLECT_LIST({self._struct(cells)})))"

    def unordered(self, column: str, source: str) -> str:
        """Spark orders rows before it looks back."""
        return ""

    def _struct(self, cells: list[str]) -> str:
        named = [f"'a{n}', {cell}" for n, cell in enumerate(cells)]
        return f"NAMED_STRUCT({', '.join(named)})"

    def _days(self, day: str, number: int) -> str:
        return f"date_add({day}, {number})"

    def _months(self, day: str, number: int) -> str:
        return f"add_months({day}, {number})"


DUCKDB, POSTGRESQL, SPARK = DuckDB(), PostgreSQL(), Spark()

DIALECTS: dict[str, Dialect] = {one.name: one for one in (DUCKDB, POSTGRESQL, SPARK)}
"""Every dialect by sqlglot's name for it."""


def edge_of(step: Step) -> date | None:
    """The last day that a step moves without leaving 0001-01-01 … 9999-12-31 (the first one, for a
    step back); None where it moves none so.

    >>> edge_of((-1, "month")), edge_of((1, "year")), edge_of((10_000, "year"))
    (datetime.date(1, 2, 1), datetime.date(9998, 12, 31), None)
    """
    number, unit = step
    try:
        if unit == "day":
            return (date.max if number > 0 else date.min) - timedelta(days=number)
        if number > 0:
            return _first(_LAST_MONTH + 1 - _months(step)) - timedelta(days=1)
        return _first(12 - _months(step))
    except (OverflowError, ValueError):
        return None


def _first(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _months(step: Step) -> int:
    return step[0] * (12 if step[1] == "year" else 1)


def _no_nul(text: str) -> None:
    if "\0" in text:
        shown = text.replace("\0", "␀")
        raise InputError(
            Problem(Place(shown), f"`{shown}` holds the character NUL", "take it out of the text")
        )

"""The rules in OpenFisca: a variable a rule, and one for the basis of all items that are treated alike.

    RuleSet  ->  OpenFiscaRules;  NumPy columns  ->  inputs  ->  bases: a code for each event, by item

Promise: the formulas are made from the trees that Habeas itself runs. An event is a group entity, a row
of its tables a member; a count is summed over the members, but for one of distinct values, which
OpenFisca has nothing for: plain NumPy counts it. There is no unknown: everything has to be known. Facts of
items are *no*, and no column: a formula that reads one has it as a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
from openfisca_core.entities import Entity, GroupEntity
from openfisca_core.indexed_enums import Enum, EnumArray
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import Simulation
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Const,
    Count,
    Holds,
    Not,
    OneOf,
    Or,
    Quantified,
    Term,
    Within,
    terms,
    walk,
)
from habeas.law.conditions import within as inside
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Fact

PERIOD = "2025-08-01"
"""The one period of all variables: OpenFisca asks for one."""

Array = Any
"""A NumPy array."""

_Formula = Callable[[Any, Any], Array]
_BASES = ("no authority", "forbidden", "required", "conflict", "permitted")
"""By code: 1 a forbid acts, 2 a require, both, and 4 a permit alone."""


class OpenFiscaRules:
    """A rule set as an OpenFisca system.

    facts     the events' columns that the rules read
    columns   the rows' columns that they read, of whatever table
    tables    the tables that have rows
    words     by column of words, text or place: its values, whose numbers stand in the arrays
    variables how many the system has
    """

    def __init__(self, rules: RuleSet, words: Mapping[str, tuple[str, ...]]) -> None:
        self.rules = rules
        read = [term for own in rules.own.values() for part in walk(own) for term in terms(part)]
        parts = [part for own in rules.own.values() for part in walk(own)]
        self.tables = sorted({p.table for p in parts if isinstance(p, Quantified | Count)})
        labels = {p.column for p in parts if isinstance(p, Count) and p.column}
        named = [term for term in read if term.name is not None]
        self.facts = sorted({str(t.name) for t in named if t.scope in ("request", "person")})
        self.columns = sorted({str(t.name) for t in named if t.scope == "row"} | labels)
        self.words = dict(words)
        self._enums = {
            name: Enum(f"Of_{name}", {f"w{n}": word for n, word in enumerate(listed)})  # type: ignore[call-overload]
            for name, listed in words.items()
        }
        self._row = Entity("row", "rows", "a row of some table", "")
        self._event = GroupEntity("event", "events", "an event", "", roles=[{"key": "of"}])
        self._system = TaxBenefitSystem([self._row, self._event])
        self._known: dict[object, str] = {}
        for name in self.facts:
            self._input(name, self._event, rules.vocabulary.facts[name])
        for name in self.columns:
            self._input(f"row_{name}", self._row, self._column(name))
        for table in self.tables:
            self._add(f"of_{table}", self._row, bool)
        for block, own in rules.own.items():
            self._variable(("own", block), self._event, bool, self._condition(own))
        self.bases = {item: self._basis(item) for item in rules.vocabulary.items}
        self.variables = len(self._system.variables)

    # -- variables --------------------------------------------------------------------------------

    def _column(self, name: str) -> Fact:
        tables = self.rules.vocabulary.tables.values()
        return next(columns[name] for columns in tables if name in columns)

    def _input(self, name: str, entity: Any, fact: Fact) -> None:
        kinds = {"yes/no": bool, "number": int}
        column = name.removeprefix("row_") if entity is self._row else name
        if column in self._enums:
            self._add(name, entity, Enum, possible=self._enums[column])
        elif fact.type == "date":
            self._add(name, entity, date)
        else:
            self._add(name, entity, kinds[fact.type])

    def _add(
        self,
        name: str,
        entity: Any,
        kind: Any,
        formula: _Formula | None = None,
        possible: Any = None,
    ) -> None:
        """One variable."""
        made: dict[str, Any] = {
            "value_type": kind,
            "entity": entity,
            "definition_period": DateUnit.DAY,
            "label": name,
        }
        if possible is not None:
            made |= {"possible_values": possible, "default_value": next(iter(possible))}
        if formula is not None:
            made["formula"] = lambda population, period: formula(population, period)
        self._system.add_variable(type(name, (Variable,), made))

    def _variable(self, key: object, entity: Any, kind: Any, formula: _Formula) -> str:
        """The variable of something, made once."""
        if key not in self._known:
            self._known[key] = f"v{len(self._known)}"
            self._add(self._known[key], entity, kind, formula)
        return self._known[key]

    def _basis(self, item: str) -> str:
        """The variable of an item's basis; items that the same blocks name and beat share it."""
        rules, kinds = self.rules, {"forbid": [], "require": [], "permit": []}  # type: ignore[var-annotated]
        for rule in rules.rules(item):
            kinds[rules.blocks[rule].kind].append(self._acting(rule, item))
        forbids, requires, permits = kinds.values()

        def formula(events: Any, period: Any) -> Array:
            f, r, p = (
                _any([events(name, period) for name in some], events)
                for some in (forbids, requires, permits)
            )
            return f * 1 + r * 2 + (p & ~f & ~r) * 4

        key = ("basis", tuple(forbids), tuple(requires), tuple(permits))
        return self._variable(key, self._event, int, formula)

    def _acting(self, block: str, item: str) -> str:
        """The variable that says for which events a block acts for an item."""
        own = self._known["own", block]
        by = tuple(self._acting(one, item) for one in self.rules.beaters_for(block, item))
        if not by:
            return own

        def formula(events: Any, period: Any) -> Array:
            return events(own, period) & ~_any([events(one, period) for one in by], events)

        return self._variable(("acting", block, by), self._event, bool, formula)

    # -- conditions -------------------------------------------------------------------------------

    def _condition(self, cond: Condition) -> _Formula:
        """A condition over events, or (inside of a count) over rows."""
        if isinstance(cond, Const) or any(t.scope == "item" for t in terms(cond)):
            held = isinstance(cond, Const) and cond.value
            return lambda population, _: np.full(population.count, held)
        if isinstance(cond, Not):
            inner = self._condition(cond.arg)
            return lambda population, period: ~inner(population, period)
        if isinstance(cond, And | Or):
            every = [self._condition(arg) for arg in cond.args]
            joined = np.logical_and if isinstance(cond, And) else np.logical_or

            def formula(population: Any, period: Any) -> Array:
                found = every[0](population, period)
                for one in every[1:]:
                    found = joined(found, one(population, period))
                return found

            return formula
        if isinstance(cond, Quantified | Count):
            name = self._count(cond)
            return lambda population, period: population(name, period)
        if isinstance(cond, Holds):
            return self._term(Term(cond.name, cond.scope, cond.table))
        if isinstance(cond, OneOf):
            return self._among(cond.term, [str(value) for value in cond.values])
        if isinstance(cond, Within):
            places = self.words[str(cond.term.name)]
            return self._among(cond.term, [one for one in places if inside(one, cond.place)])
        assert isinstance(cond, Compare), "definitions are opened before"
        if str(cond.left.name) in self._enums:
            same = self._among(cond.left, [str(cond.right.value)])
            return same if cond.op == "=" else lambda population, period: ~same(population, period)
        left, right = self._term(cond.left), self._term(cond.right)
        ufunc = {
            "=": np.equal, "<>": np.not_equal, "<": np.less,
            "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
        }[cond.op]  # fmt: skip
        return lambda population, period: ufunc(left(population, period), right(population, period))

    def _among(self, term: Term, values: list[str]) -> _Formula:
        value, enum = self._term(term), self._enums[str(term.name)]
        members = [one for one in enum if one.value in values]

        def formula(population: Any, period: Any) -> Array:
            given = value(population, period)
            return _any([given == one for one in members], population)

        return formula

    def _term(self, term: Term) -> _Formula:
        if term.name is None:
            literal = np.datetime64(term.value) if not isinstance(term.value, str) else term.value
            return lambda *_: literal
        name = f"row_{term.name}" if term.scope == "row" else str(term.name)
        entity = self._row if term.scope == "row" else self._event
        if term.steps:
            name = self._variable(("moved", term), entity, date, _moving(name, term.steps))
        if term.scope == "row":
            return lambda rows, period: rows(name, period)

        def formula(population: Any, period: Any) -> Array:
            of_rows = population.entity.key == "row"
            return population.event(name, period) if of_rows else population(name, period)

        return formula

    def _count(self, cond: Quantified | Count) -> str:
        """The variable of a quantifier's truth, over that of its rows."""
        of, wanted = f"of_{cond.table}", cond.cond
        every = isinstance(cond, Quantified) and cond.kind == "every"
        inner = self._condition(Not(wanted) if every else wanted)
        held = self._variable(
            ("held", cond.table, every, wanted),
            self._row,
            bool,
            lambda rows, period: rows(of, period) & inner(rows, period),
        )
        if isinstance(cond, Quantified):

            def any_row(events: Any, period: Any) -> Array:
                found = events.any(events.members(held, period))
                return ~found if every else found

            return self._variable(cond, self._event, bool, any_row)
        column, number = cond.column, cond.number
        ufunc = {"=": np.equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[cond.op]  # fmt: skip

        def enough(events: Any, period: Any) -> Array:
            rows = events.members(held, period)
            if column is None:
                return ufunc(events.sum(rows), number)
            values = np.asarray(events.members(f"row_{column}", period)).astype(np.int64)
            different = len(self.words[column])
            pairs = np.unique(events.members_entity_id[rows] * different + values[rows])
            return ufunc(np.bincount(pairs // different, minlength=events.count), number)

        return self._variable(cond, self._event, bool, enough)

    # -- running ----------------------------------------------------------------------------------

    def simulation(
        self, events: Mapping[str, Array], rows: Mapping[str, Array], of: Array
    ) -> Simulation:
        """A simulation with its inputs.

        events  a column for each of `facts`, words as their numbers
        rows    a column for each of `columns` (`level`) and tables (`of_conviction`)
        of      the number of each row's event; the last event has to have a row: OpenFisca sums no further
        """
        populations = self._system.instantiate_entities()
        populations["row"].count = len(of)
        populations["row"].ids = range(len(of))
        group = populations["event"]
        group.count = len(next(iter(events.values())))
        group.ids = range(group.count)
        group.members_entity_id = of
        made = Simulation(self._system, populations)
        for name in self.facts:
            made.set_input(name, PERIOD, self._given(name, events[name]))
        for name in self.columns:
            made.set_input(f"row_{name}", PERIOD, self._given(name, rows[name]))
        for table in self.tables:
            made.set_input(f"of_{table}", PERIOD, rows[f"of_{table}"])
        return made

    def _given(self, name: str, values: Array) -> Array:
        return EnumArray(values, self._enums[name]) if name in self._enums else values

    def decided(self, simulation: Simulation) -> dict[str, Array]:
        """The code of each event's basis, by variable: items that are treated alike share one."""
        return {name: simulation.calculate(name, PERIOD) for name in set(self.bases.values())}


def basis_of_code(code: int) -> str:
    """A basis in Habeas's words."""
    return _BASES[code]


def _any(parts: list[Array], population: Any) -> Array:
    if not parts:
        return np.zeros(population.count, dtype=bool)
    found = parts[0]
    for one in parts[1:]:
        found = found | one
    return found


def _moving(name: str, steps: tuple[tuple[int, str], ...]) -> _Formula:
    """A day moved, clamped to the month's end."""

    def formula(population: Any, period: Any) -> Array:
        day = population(name, period)
        for number, unit in steps:
            if unit == "day":
                day = day + np.timedelta64(number, "D")
                continue
            month = day.astype("datetime64[M]")
            target = month + number * (12 if unit == "year" else 1)
            last = (target + 1).astype("datetime64[D]") - 1
            day = np.minimum(target.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last)  # fmt: skip
        return day

    return formula

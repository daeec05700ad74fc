"""Conditions as Z3 formulas: every case that there could be, in one question.

    Conditions, item, Vocabulary  ->  Cases (a variable for each fact)  ->  truth (yes, no: formulas)
    model  ->  facts  ->  Facts, for the interpreter and the real engine

Promise: a formula says of a case what `interpreter.truth` says of its facts; what no case of these
variables shows, no case shows at all.

Why these variables are enough:

* A fact takes the values of `law.domains`, of which it is shown there (and tried in
  `tests/properties/test_domains.py`) that any truth that conditions could have together they have
  under these. So days are not bounded by a window: they range over all that `datetime.date` has, from
  0001-01-01 to 9999-12-31, by their representatives.
* A table has as many rows as its quantifiers need witnesses, together (`rows_needed`): keep, of any
  rows, one for each `any` that is yes and each `every` that is no, and as many for each count as make
  it reach its number; every other row can go without a quantifier noticing.
* A contested provision is a free choice; the day is the rule set's, which the caller takes one by one
  from the stretches between changes of the law.

With `open`, a fact may be unknown and a table incomplete, and the formulas are Kleene's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import z3

from habeas.compiled.residual import leaf_holds, moved
from habeas.compiled.z3_terms import (
    FALSE,
    TRUE,
    Formula,
    all_of,
    any_of,
    at_least,
    exactly,
    holds,
    implied,
    negated,
)
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
)
from habeas.law.domains import Domains, domains_of_all
from habeas.law.facts import Facts, Row, Value
from habeas.law.vocabulary import Vocabulary

__all__ = ["NO", "YES", "Cases", "Fact3", "Formula", "Listed"]

Listed = Mapping[tuple[str, str], frozenset[str]]
"""For each derived column, by table and name, the offences that a list of the law has with it."""


@dataclass(frozen=True, slots=True)
class Fact3:
    """A truth in three values: `yes` and `no` are never both; neither: unknown."""

    yes: Formula
    no: Formula


YES, NO = Fact3(TRUE, FALSE), Fact3(FALSE, TRUE)


@dataclass(slots=True)
class _Variable:
    """A fact: a bit for each value that it could have, and whether it is known."""

    values: tuple[Value, ...]
    bits: list[Formula]
    known: Formula

    def among(self, wanted: Iterable[bool]) -> Fact3:
        """Whether its value is one of those that are marked: exactly one of all is its value."""
        marked = list(wanted)
        fewer = sum(marked) * 2 <= len(marked)
        bits = [bit for bit, one in zip(self.bits, marked, strict=True) if one is fewer]
        these = any_of(bits)
        yes, no = (these, negated(these)) if fewer else (negated(these), these)
        return Fact3(all_of((self.known, yes)), all_of((self.known, no)))


@dataclass(slots=True)
class Cases:
    """Every case that some conditions, each asked for an item, can tell apart.

    open        whether facts may be unknown and tables incomplete
    always      what holds of every case: to be asserted beside whatever is asked
    """

    vocabulary: Vocabulary
    asked: Sequence[tuple[str, Condition]]
    open: bool = False
    always: list[Formula] = field(default_factory=list)
    _domains: Domains = field(init=False)
    _variables: dict[str, _Variable] = field(init=False, default_factory=dict)
    _present: dict[str, list[Formula]] = field(init=False, default_factory=dict)
    _complete: dict[str, Formula] = field(init=False, default_factory=dict)
    _made: dict[object, Fact3] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._domains = domains_of_all(self.vocabulary, self.asked, Facts())
        for path in self._domains.unknown:
            if "[+]" not in path:
                self._variables[path] = self._variable(path, self._domains.values(path))
        for table, needed in self._domains.rows_needed.items():
            self._present[table] = [z3.Bool(f"{table}[{n}]") for n in range(1, needed + 1)]
            self.always += [implied(b, a) for a, b in pairwise(self._present[table])]
            self._complete[table] = z3.Bool(table) if self.open else TRUE
            for column in self._domains.columns(table):
                values = self._domains.values(f"{table}[+].{column}")
                for number in range(1, needed + 1):
                    name = f"{table}[{number}].{column}"
                    self._variables[name] = self._variable(name, values)

    def _variable(self, path: str, values: tuple[Value, ...]) -> _Variable:
        known = z3.Bool(f"known {path}") if self.open else TRUE
        if len(values) == 2:
            first = z3.Bool(f"{path} = {values[0]}")
            return _Variable(values, [first, negated(first)], known)
        bits = [z3.Bool(f"{path} = {value}") for value in values]
        self.always.append(exactly(bits, 1))
        return _Variable(values, bits, known)

    # -- conditions -------------------------------------------------------------------------------

    def truth(self, cond: Condition, item: str = "", listed: Listed | None = None) -> Fact3:
        """The truth of a condition (definitions opened), among those that these cases were made for.

        listed  the lists of the law by which a row's flags follow from its offence
        """
        return self._truth(cond, item, 0, listed or {})

    def _truth(self, cond: Condition, item: str, row: int, listed: Listed) -> Fact3:
        key = (cond, item, row, id(listed))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._new(cond, item, row, listed)
        return found

    def _new(self, cond: Condition, item: str, row: int, listed: Listed) -> Fact3:
        if isinstance(cond, Const):
            return YES if cond.value else NO
        if isinstance(cond, Not):
            held = self._truth(cond.arg, item, row, listed)
            return Fact3(held.no, held.yes)
        if isinstance(cond, And | Or):
            parts = [self._truth(arg, item, row, listed) for arg in cond.args]
            every, some = [one.yes for one in parts], [one.no for one in parts]
            if isinstance(cond, And):
                return self._fact(all_of(every), lambda: any_of(some))
            return self._fact(any_of(every), lambda: all_of(some))
        if isinstance(cond, Quantified | Count):
            return self._rows(cond, item, listed)
        if isinstance(cond, Holds):
            return self._holds(cond, item, row, listed)
        assert isinstance(cond, Compare | OneOf | Within), "definitions are opened before"  # noqa: S101
        return self._leaf(cond, item, row)

    def _fact(self, yes: Formula, no: Callable[[], Formula]) -> Fact3:
        """A truth; `no` is asked only where it could be unknown, and is the opposite elsewhere."""
        return Fact3(yes, no() if self.open else negated(yes))

    def _holds(self, cond: Holds, item: str, row: int, listed: Listed) -> Fact3:
        term = Term(cond.name, cond.scope, cond.table)
        variable = self._variables[_path(term, item, row)]
        stated = variable.among(value is True for value in variable.values)
        by_list = self._by_list(cond.table, cond.name, row, listed)
        return Fact3(any_of((stated.yes, by_list)), all_of((stated.no, negated(by_list))))

    def _by_list(self, table: str, column: str, row: int, listed: Listed) -> Formula:
        """That a list of the law says yes to a row's flag, by the row's offence."""
        offenses = listed.get((table, column))
        offense = self._variables.get(f"{table}[{row}].offense")
        if not offenses or offense is None:
            return FALSE
        return offense.among(value in offenses for value in offense.values).yes

    def _leaf(self, leaf: Compare | OneOf | Within, item: str, row: int) -> Fact3:
        """Which values, or pairs of values, make it yes."""
        sides = list(terms(leaf))
        named = [self._variables[_path(s, item, row)] if s.name else None for s in sides]
        values = [
            [moved(value, side.steps) for value in (one.values if one else (_literal(side),))]
            for side, one in zip(sides, named, strict=True)
        ]
        if len(sides) == 1:
            assert named[0] is not None  # noqa: S101 - for mypy: the language has no literal here
            return named[0].among(leaf_holds(leaf, [value]) for value in values[0])
        left, right = named
        table = [[leaf_holds(leaf, [a, b]) for b in values[1]] for a in values[0]]
        if left is None or right is None:
            only = left or right
            if only is None:
                return YES if table[0][0] else NO
            flat = table[0] if left is None else [line[0] for line in table]
            return only.among(flat)
        made = [(bit, right.among(line)) for bit, line in zip(left.bits, table, strict=True)]
        yes, no = (
            all_of((left.known, any_of([all_of((bit, one)) for bit, one in of])))
            for of in (
                [(bit, held.yes) for bit, held in made],
                [(bit, held.no) for bit, held in made],
            )
        )
        return Fact3(yes, no)

    def _rows(self, cond: Quantified | Count, item: str, listed: Listed) -> Fact3:
        present, complete = self._present[cond.table], self._complete[cond.table]
        held = [
            self._truth(cond.cond, item, number, listed) for number in range(1, len(present) + 1)
        ]
        both = list(zip(present, held, strict=True))
        sure = [all_of((there, one.yes)) for there, one in both]
        if isinstance(cond, Quantified) and cond.kind == "every":
            right = all_of([implied(there, one.yes) for there, one in both])
            wrong = [all_of((there, one.no)) for there, one in both]
            return self._fact(all_of((complete, right)), lambda: any_of(wrong))
        maybe = [all_of((there, negated(one.no))) for there, one in both] if self.open else sure
        if isinstance(cond, Quantified):
            return self._fact(any_of(sure), lambda: all_of((complete, negated(any_of(maybe)))))
        least, most = self._bounds(cond, sure, maybe, listed)
        limit = cond.number + (cond.op in (">", "<="))  # `at least so many`, or its opposite
        enough = self._fact(
            at_least(least, limit), lambda: all_of((complete, negated(at_least(most, limit))))
        )
        return enough if cond.op in (">", ">=") else Fact3(enough.no, enough.yes)

    def _bounds(
        self, cond: Count, sure: list[Formula], maybe: list[Formula], listed: Listed
    ) -> tuple[list[Formula], list[Formula]]:
        """Formulas of which at least (at most) as many are true as the count has."""
        if cond.column is None:
            return sure, maybe
        numbers = range(1, len(sure) + 1)
        columns = [self._variables[f"{cond.table}[{number}].{cond.column}"] for number in numbers]
        by_list = [self._by_list(cond.table, cond.column, number, listed) for number in numbers]
        least: list[Formula] = []
        most: list[Formula] = []
        for at, value in enumerate(columns[0].values if columns else ()):
            held = [
                any_of((flag, all_of((one.known, one.bits[at]))))
                if value is True
                else all_of((negated(flag), one.known, one.bits[at]))
                for one, flag in zip(columns, by_list, strict=True)
            ]
            least.append(any_of([all_of(two) for two in zip(sure, held, strict=True)]))
            if self.open:
                most.append(any_of([all_of(two) for two in zip(maybe, held, strict=True)]))
        if not self.open:
            return least, least
        least.append(all_of((negated(any_of(least)), any_of(sure))))
        most += [
            all_of((one, negated(column.known), negated(flag)))
            for one, column, flag in zip(maybe, columns, by_list, strict=True)
        ]
        return least, most

    # -- models -----------------------------------------------------------------------------------

    def facts(self, model: Any, listed: Listed | None = None) -> Facts:
        """The facts of the case that a model of Z3 is; flags that follow from lists are stated."""
        made = Facts()
        complete = set(self.vocabulary.tables)
        for table, present in self._present.items():
            count = sum(holds(model, one) for one in present)
            if count:
                made.rows[table] = [{} for _ in range(count)]
            if not holds(model, self._complete[table]):
                complete.discard(table)
        for path, variable in self._variables.items():
            if not holds(model, variable.known):
                continue
            value = next(v for v, b in zip(variable.values, variable.bits, strict=True) if holds(model, b))  # fmt: skip
            self._put(made, path, value)
        for (table, column), offenses in (listed or {}).items():
            for row in made.rows.get(table, ()):
                if column in row and row.get("offense") in offenses:
                    row[column] = True
        made.complete = frozenset(complete)
        return made

    def _put(self, facts: Facts, path: str, value: Value) -> None:
        head, bracket, column = path.partition("].")
        if bracket:
            table, _, number = head.partition("[")
            rows: list[Row] = facts.rows.get(table, [])
            if int(number) <= len(rows):
                rows[int(number) - 1][column] = value
        elif path in self.vocabulary.facts:
            facts.values[path] = value
        else:
            item, _, name = path.partition(".")
            facts.items[item, name] = value

    def is_case(self, facts: Facts) -> list[Formula]:
        """What says that a case is this one: for tests, where the facts have only values that these
        variables have, and no more rows."""
        found: list[Formula] = []
        for path, variable in self._variables.items():
            value = facts.get(path)
            head, bracket, _ = path.partition("].")
            if bracket:
                table, _, number = head.partition("[")
                if int(number) > len(facts.rows.get(table, ())):
                    continue
            if value is None:
                found.append(negated(variable.known))
            else:
                found += [variable.known, variable.bits[variable.values.index(value)]]
        for table, present in self._present.items():
            count = len(facts.rows.get(table, ()))
            found += [one if n < count else negated(one) for n, one in enumerate(present)]
            said = table in facts.complete
            found.append(self._complete[table] if said else negated(self._complete[table]))
        return found

    def values(self, path: str) -> tuple[Value, ...]:
        """What a fact could be; of a row `conviction[+].level`."""
        return self._domains.values(path)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every fact that is a variable: `purpose`, `name.public`, `conviction[+].level`."""
        return tuple(self._domains.unknown)

    @property
    def rows_needed(self) -> dict[str, int]:
        """How many rows each table has at most."""
        return dict(self._domains.rows_needed)


def _path(term: Term, item: str, row: int) -> str:
    if term.scope == "row":
        return f"{term.table}[{row}].{term.name}"
    return f"{item}.{term.name}" if term.scope == "item" else str(term.name)


def _literal(term: Term) -> Value:
    assert term.value is not None  # noqa: S101 - for mypy: a term without a name has a value
    return term.value

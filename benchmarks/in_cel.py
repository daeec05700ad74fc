"""The rules in CEL: each block's condition as a program, beats and verdicts composed in Python.

    RuleSet  ->  CelRules;  Facts  ->  one Context an item  ->  a basis for each item

Promise: the conditions are emitted from the trees that Habeas itself runs. Days are ISO strings,
and days moved by an interval are worked out beforehand. What is unknown is a variable that is not
there: a program that needs it raises, and the item has no answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import cel

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
from habeas.law.dates import shift_all
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import basis_of
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import relevant

ERRORS = (RuntimeError, KeyError, TypeError, ValueError)
"""What `execute` raises where a variable or a column is not there."""

Contexts = dict[str, cel.Context]
"""The variables of each item."""

_CEL = {"=": "==", "<>": "!="}


@dataclass(frozen=True, slots=True)
class _Step:
    """One block for one item; those that can beat it stand before it."""

    block: str
    kind: str
    program: cel.Program
    beaters: tuple[str, ...]


class CelRules:
    """A rule set as CEL programs.

    sources   the CEL text of each block's condition
    programs  it, compiled
    """

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.sources = {block: source(own) for block, own in rules.own.items()}
        self.programs = {block: cel.compile(text) for block, text in self.sources.items()}
        self._moved = _moved_terms(rules)
        self._shared = {b: p for b, p in self.programs.items() if not _reads_item(rules.own[b])}
        self._steps = {item: self._steps_of(item) for item in rules.vocabulary.items}

    def _steps_of(self, item: str) -> tuple[_Step, ...]:
        ordered: list[str] = []

        def place(block: str) -> None:
            for beater in self.rules.beaters_for(block, item):
                place(beater)
            if block not in ordered:
                ordered.append(block)

        for block in relevant(self.rules, item):
            place(block)
        return tuple(
            _Step(
                block,
                self.rules.blocks[block].kind if block in self.rules.rules(item) else "except",
                self.programs[block],
                self.rules.beaters_for(block, item),
            )
            for block in ordered
        )

    def contexts(self, facts: Facts) -> Contexts:
        """The facts as each item's variables."""
        facts = self.rules.completed(facts)
        values = self._plain(facts.values, "")
        for table in self.rules.vocabulary.tables:
            values[table] = [self._plain(row, table) for row in facts.rows.get(table, ())]
        return {
            item: cel.Context(
                variables=values | {n: v for (i, n), v in facts.items.items() if i == item}
            )
            for item in self.rules.vocabulary.items
        }

    def _plain(self, values: Row, table: str) -> dict[str, object]:
        made: dict[str, object] = {name: plain(value) for name, value in values.items()}
        for term in self._moved:
            found = values.get(term.name or "") if term.table == table else None
            if isinstance(found, date):
                made[variable(term)] = plain(shift_all(found, term.steps))
        return made

    def bases(self, contexts: Contexts, items: tuple[str, ...]) -> dict[str, str]:
        """Each item's basis; every block is evaluated for every item that it counts for."""
        return {item: self.basis(item, contexts[item]) for item in items}

    def bases_sharing(self, contexts: Contexts, items: tuple[str, ...]) -> dict[str, str]:
        """The same; blocks that read no item fact are evaluated once for all items."""
        context = contexts[items[0]]
        held = {block: program.execute(context) for block, program in self._shared.items()}
        return {item: self._basis(item, contexts[item], held) for item in items}

    def basis(self, item: str, context: cel.Context) -> str:
        """One item's basis. Raises one of `ERRORS` where it needs something unknown."""
        return self._basis(item, context, {})

    def _basis(self, item: str, context: cel.Context, held: dict[str, bool]) -> str:
        acting: dict[str, bool] = {}
        kinds = set()
        for step in self._steps[item]:
            own = held[step.block] if step.block in held else step.program.execute(context)
            acts = own and not any(acting[beater] for beater in step.beaters)
            acting[step.block] = acts
            if acts:
                kinds.add(step.kind)
        return basis_of("forbid" in kinds, "require" in kinds, "permit" in kinds)


# -- conditions as CEL ----------------------------------------------------------------------------


def source(cond: Condition, row: str = "") -> str:
    """A condition as CEL text; `row` is the variable of the row that it stands inside of."""
    if isinstance(cond, Const):
        return plain_text(cond.value)
    if isinstance(cond, Holds):
        return _term(Term(cond.name, cond.scope, cond.table), row)
    if isinstance(cond, Not):
        return f"!{_bracket(source(cond.arg, row))}"
    if isinstance(cond, And | Or):
        joint, empty = (" && ", "true") if isinstance(cond, And) else (" || ", "false")
        return f"({joint.join(source(arg, row) for arg in cond.args) or empty})"
    if isinstance(cond, Compare):
        op = _CEL.get(cond.op, cond.op)
        return f"{_term(cond.left, row)} {op} {_term(cond.right, row)}"
    if isinstance(cond, OneOf):
        listed = ", ".join(plain_text(value) for value in cond.values)
        return f"{_term(cond.term, row)} in [{listed}]"
    if isinstance(cond, Within):
        place, region = _term(cond.term, row), cond.place
        return f'({place} == "{region}" || {place}.startsWith("{region}-"))'
    if isinstance(cond, Quantified):
        macro = "exists" if cond.kind == "any" else "all"
        return f"{cond.table}.{macro}(r, {source(cond.cond, 'r')})"
    assert isinstance(cond, Count), "definitions are opened before"
    if cond.column is None:
        rows = f"{cond.table}.filter(r, {source(cond.cond, 'r')})"
        return f"size({rows}) {_CEL.get(cond.op, cond.op)} {cond.number}"
    at_least = _distinct(cond, cond.number + (cond.op in ("<=", ">")))
    return at_least if cond.op in (">", ">=") else f"!{at_least}"


def _distinct(cond: Count, number: int, rows: tuple[str, ...] = ()) -> str:
    """That a column has so many values in the rows that count: CEL has nothing that tells them."""
    if number <= 0:
        return "true"
    row = f"r{len(rows)}"
    parts = [source(cond.cond, row)]
    parts += [f"{row}.{cond.column} != {other}.{cond.column}" for other in rows]
    if number > 1:
        parts.append(_distinct(cond, number - 1, (*rows, row)))
    return f"{cond.table}.exists({row}, {' && '.join(parts)})"


def _term(term: Term, row: str) -> str:
    if term.name is None:
        value = term.value
        return plain_text(shift_all(value, term.steps) if isinstance(value, date) else value)
    return f"{row}.{variable(term)}" if term.scope == "row" else variable(term)


def variable(term: Term) -> str:
    """The variable of a fact, moved or not: `received_on`, `received_on_moved_m5_year`."""
    moves = [f"{'m' if number < 0 else ''}{abs(number)}_{unit}" for number, unit in term.steps]
    return "_moved_".join([term.name or "", *moves])


def plain(value: Value) -> object:
    """A value as CEL has it; a day is its ISO string."""
    return value.isoformat() if isinstance(value, date) else value


def plain_text(value: Value | None) -> str:
    """A value written in CEL."""
    assert value is not None, "a literal has a value"
    return json.dumps(plain(value), ensure_ascii=False)


def _bracket(text: str) -> str:
    return text if text.startswith("(") else f"({text})"


def _moved_terms(rules: RuleSet) -> list[Term]:
    found = (t for own in rules.own.values() for part in walk(own) for t in terms(part) if t.steps)
    return list(dict.fromkeys(term for term in found if term.name is not None))


def _reads_item(cond: Condition) -> bool:
    return any(term.scope == "item" for part in walk(cond) for term in terms(part))

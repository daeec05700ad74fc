"""The rules in Rego: a rule a block, which says for which items it acts; and a basis for each item.

    RuleSet  ->  RegoRules.source, query;  Facts  ->  RegoRules.asked (JSON)  ->  engine  ->  basis by item

Promise: the conditions are emitted from the trees that Habeas itself runs, and everything up to the
basis is Rego's. Days are ISO strings; days moved by an interval are worked out beforehand. What is
unknown is undefined, which `not` takes for *no*: only facts of which everything is known can be asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

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
from habeas.law.ruleset import RuleSet

QUERY = "data.habeas.basis"

Engine = Callable[[str], dict[str, str]]
"""Facts as JSON to the basis of each item."""

_REGO = {"=": "==", "<>": "!="}
_BASIS = """\
basis_of(item) := "conflict" if { item in forbids; item in requires }
else := "forbidden" if { item in forbids }
else := "required" if { item in requires }
else := "permitted" if { item in permits }
else := "no authority"
"""


class RegoRules:
    """A rule set as one Rego module.

    source  the module's text
    """

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.moved = moved_terms(rules)
        self._helpers: dict[tuple[str, str], str] = {}
        self._lines: list[str] = ["package habeas", "import rego.v1"]
        self._numbers = {block: n for n, block in enumerate(rules.blocks)}
        for block in rules.blocks:
            self._act(block)
        for kind in ("forbid", "require", "permit"):
            of_kind = [n for b, n in self._numbers.items() if rules.blocks[b].kind == kind]
            for body in [f"some item in acts{n}" for n in of_kind] or ["some item in []"]:
                self._lines.append(f"{kind}s contains item if {{ {body} }}")
        items = json.dumps(list(rules.vocabulary.items))
        self._lines.append(_BASIS)
        self._lines.append(f"basis[item] := basis_of(item) if {{ some item in {items} }}")
        self.source = "\n".join(self._lines) + "\n"

    def _act(self, block: str) -> None:
        """The items for which a block acts."""
        rules = self.rules
        items = set(rules.blocks[block].items)
        for by in rules.beaters.values():
            items |= {item for name, beaten in by if name == block for item in beaten}
        own = rules.own[block]
        parts = own.args if isinstance(own, And) else (own,)
        of_item = [part for part in parts if _scopes(part) & {"item"}]
        body = [line for part in parts if part not in of_item for line in self._body(part)]
        body.append(f"some item in {json.dumps(sorted(items))}")
        body += [line for part in of_item for line in self._body(part)]
        body += [f"not item in acts{self._numbers[name]}" for name, _ in rules.beaters[block]]
        head = f"acts{self._numbers[block]}"
        self._lines.append(f"{head} contains item if {{ {'; '.join(body)} }}")

    # -- conditions -------------------------------------------------------------------------------

    def _body(self, cond: Condition) -> list[str]:
        """The condition as expressions all of which have to hold."""
        if isinstance(cond, Const):
            return ["true" if cond.value else "false"]
        if isinstance(cond, Holds):
            return [f"{_term(Term(cond.name, cond.scope, cond.table))} == true"]
        if isinstance(cond, And):
            return [line for arg in cond.args for line in self._body(arg)] or ["true"]
        if isinstance(cond, Compare):
            op = _REGO.get(cond.op, cond.op)
            return [f"{_term(cond.left)} {op} {_term(cond.right)}"]
        if isinstance(cond, OneOf):
            listed = ", ".join(_text(value) for value in cond.values)
            return [f"{_term(cond.term)} in {{{listed}}}"]
        if isinstance(cond, Within):
            return [f'startswith(concat("", [{_term(cond.term)}, "-"]), "{cond.place}-")']
        if isinstance(cond, Count):
            counted = f"r.{cond.column}" if cond.column else "n"
            body = [f"some n, r in input.{cond.table}", *self._body(cond.cond)]
            op = _REGO.get(cond.op, cond.op)
            return [f"count({self._named(f'contains {counted}', '', [body])}) {op} {cond.number}"]
        if isinstance(cond, Not):
            return [f"not {self._helper(cond.arg)}"]
        if isinstance(cond, Quantified) and cond.kind == "every":
            return [f"not {self._helper(Quantified('any', cond.table, Not(cond.cond)))}"]
        return [self._helper(cond)]

    def _helper(self, cond: Condition) -> str:
        """A call of a rule of its own: for what `not` stands before, and for alternatives."""
        scopes = _scopes(cond)
        given = [name for name, scope in (("item", "item"), ("r", "row")) if scope in scopes]
        if isinstance(cond, Quantified):
            body = [f"some r in input.{cond.table}", *self._body(cond.cond)]
            given, bodies = [one for one in given if one != "r"], [body]
        else:
            args = cond.args if isinstance(cond, Or) else (cond,)
            bodies = [self._body(arg) for arg in args]
        return self._named("", f"({', '.join(given)})" if given else "", bodies)

    def _named(self, head: str, call: str, bodies: list[list[str]]) -> str:
        """A rule of its own with these bodies; the same one for the same bodies."""
        text = head + " | ".join("; ".join(body) for body in bodies)
        name = self._helpers.get((call, text))
        if name is None:
            name = self._helpers[call, text] = f"h{len(self._helpers)}"
            self._lines += [f"{name}{call} {head} if {{ {'; '.join(body)} }}" for body in bodies]
        return f"{name}{call}"

    # -- facts ------------------------------------------------------------------------------------

    def asked(self, facts: Facts) -> str:
        """The facts as an input document."""
        facts = self.rules.completed(facts)
        made = self._plain(facts.values, "")
        for table in self.rules.vocabulary.tables:
            made[table] = [self._plain(row, table) for row in facts.rows.get(table, ())]
        of_items: dict[str, dict[str, Value]] = {i: {} for i in self.rules.vocabulary.items}
        for (item, name), value in facts.items.items():
            of_items[item][name] = value
        return json.dumps({**made, "of": of_items})

    def _plain(self, values: Row, table: str) -> dict[str, object]:
        return plain_row(values, table, self.moved)


def regorus(rules: RegoRules) -> Engine:
    """Regorus, in Rust. Raises `ModuleNotFoundError` where it is not installed."""
    from regorus import Engine as Regorus

    engine = Regorus()
    engine.add_policy("habeas.rego", rules.source)

    def ask(given: str) -> dict[str, str]:
        engine.set_input_json(given)
        found: dict[str, str] = engine.eval_rule(QUERY)
        return found

    return ask


def opa(rules: RegoRules) -> Engine:
    """Open Policy Agent, in Go, in this process. Raises `ModuleNotFoundError`, as above."""
    from opa_bindings import OpaEngine

    engine = OpaEngine()
    engine.add_policy("habeas.rego", rules.source)

    def ask(given: str) -> dict[str, str]:
        found: dict[str, str] = engine.eval_document(QUERY.removeprefix("data."), json.loads(given))
        return found

    return ask


def rego_cpp(rules: RegoRules) -> Engine:
    """rego-cpp, in C++. Raises `ModuleNotFoundError`, as above."""
    from regopy import Interpreter

    engine = Interpreter()
    engine.add_module("habeas", rules.source)

    def ask(given: str) -> dict[str, str]:
        engine.set_input_term(given)
        found = json.loads(str(engine.query(QUERY)))
        basis: dict[str, str] = found["expressions"][0]
        return basis

    return ask


# -- shared with casbin ---------------------------------------------------------------------------


def moved_terms(rules: RuleSet) -> list[Term]:
    """Every day that a condition moves by an interval."""
    found = (t for own in rules.own.values() for part in walk(own) for t in terms(part) if t.steps)
    return list(dict.fromkeys(term for term in found if term.name is not None))


def plain_row(values: Row, table: str, moved: list[Term]) -> dict[str, object]:
    """The values as JSON has them, and the days that are moved."""
    made: dict[str, object] = {name: _plain(value) for name, value in values.items()}
    for term in moved:
        found = values.get(term.name or "") if term.table == table else None
        if isinstance(found, date):
            made[variable(term)] = _plain(shift_all(found, term.steps))
    return made


def variable(term: Term) -> str:
    """A fact's name, moved or not: `received_on`, `received_on_moved_m5_year`."""
    moves = [f"{'m' if number < 0 else ''}{abs(number)}_{unit}" for number, unit in term.steps]
    return "_moved_".join([term.name or "", *moves])


def _term(term: Term) -> str:
    if term.name is None:
        value = term.value
        return _text(shift_all(value, term.steps) if isinstance(value, date) else value)
    before = {"row": "r", "item": "input.of[item]"}.get(str(term.scope), "input")
    return f"{before}.{variable(term)}"


def _scopes(cond: Condition) -> set[str]:
    """`item` and `row`, where the condition reads such facts; rows of its own quantifiers do not count."""
    if isinstance(cond, Quantified | Count):
        return _scopes(cond.cond) - {"row"}
    found = {str(term.scope) for term in terms(cond)} & {"item", "row"}
    if isinstance(cond, And | Or):
        return found.union(*map(_scopes, cond.args))
    return _scopes(cond.arg) if isinstance(cond, Not) else found


def _plain(value: Value) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _text(value: Value | None) -> str:
    assert value is not None, "a literal has a value"
    return json.dumps(_plain(value), ensure_ascii=False)

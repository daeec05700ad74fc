"""The rules in casbin: a policy a rule, whose condition its matcher evaluates, what beats it inside.

    RuleSet  ->  CasbinRules;  Facts  ->  Asked  ->  allowed or not, for each item

Promise: the conditions are emitted from the trees that Habeas itself runs. Quantifiers, counts and
regions are worked out beforehand and given as yes/no attributes, and days moved by an interval as days;
days are ISO strings. A conflict is a deny: casbin has no word for it. Everything has to be known.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from types import SimpleNamespace

import casbin

from benchmarks.in_rego import moved_terms, plain_row, variable
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
)
from habeas.law.dates import shift_all
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import truth
from habeas.law.ruleset import RuleSet

_MODEL = """
[request_definition]
r = sub, own, item
[policy_definition]
p = when, items, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = regexMatch(r.item, p.items) && eval(p.when)
"""
_EFFECTS = {"forbid": "deny", "permit": "allow", "require": "allow"}
_CASBIN = {"=": "==", "<>": "!="}


@dataclass(frozen=True, slots=True)
class Asked:
    """The subject's attributes, and each item's own."""

    subject: SimpleNamespace
    own: dict[str, SimpleNamespace]


class CasbinRules:
    """A rule set as casbin policies.

    beforehand  what casbin is told instead of working it out: attribute by condition
    """

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.beforehand: dict[Condition, str] = {}
        self.moved = moved_terms(rules)
        logging.getLogger("casbin").setLevel(logging.ERROR)
        model = casbin.Model()
        model.load_model_from_text(_MODEL)
        self._enforcer = casbin.Enforcer(model)
        for name, block in rules.blocks.items():
            if block.kind in _EFFECTS:
                when = self._acting(name)
                self._enforcer.add_policy(when, _listed(block.items), _EFFECTS[block.kind])

    def _acting(self, name: str) -> str:
        """That a block's condition holds, and that nothing beats it for the item."""
        parts = [self._text(self.rules.own[name])]
        for beater, items in self.rules.beaters[name]:
            of_item = f"regexMatch(r.item, {json.dumps(_listed(items))})"
            parts.append(f"not ({of_item} and {self._acting(beater)})")
        return f"({' and '.join(parts)})"

    # -- conditions -------------------------------------------------------------------------------

    def _text(self, cond: Condition) -> str:
        if isinstance(cond, Const):
            return str(cond.value)
        if isinstance(cond, Holds):
            return _term(Term(cond.name, cond.scope, cond.table))
        if isinstance(cond, Not):
            return f"(not {self._text(cond.arg)})"
        if isinstance(cond, And | Or):
            joint, empty = (" and ", "True") if isinstance(cond, And) else (" or ", "False")
            return f"({joint.join(map(self._text, cond.args)) or empty})"
        if isinstance(cond, Quantified | Count | Within):
            told = self.beforehand.setdefault(cond, f"told_{len(self.beforehand)}")
            return f"r.sub.{told}"
        if isinstance(cond, OneOf):
            same = [f"{_term(cond.term)} == {_value(value)}" for value in cond.values]
            return f"({' or '.join(same)})"
        assert isinstance(cond, Compare), "definitions are opened before"
        return f"({_term(cond.left)} {_CASBIN.get(cond.op, cond.op)} {_term(cond.right)})"

    # -- facts ------------------------------------------------------------------------------------

    def asked(self, facts: Facts, items: tuple[str, ...]) -> Asked:
        """The facts as attributes."""
        facts = self.rules.completed(facts)
        told = {name: truth(cond, facts) for cond, name in self.beforehand.items()}
        subject = SimpleNamespace(**plain_row(facts.values, "", self.moved), **told)
        own: dict[str, dict[str, Value]] = {item: {} for item in items}
        for (item, name), value in facts.items.items():
            own[item][name] = value
        return Asked(subject, {item: SimpleNamespace(**values) for item, values in own.items()})

    def allowed(self, asked: Asked) -> dict[str, bool]:
        """What casbin says of each item."""
        ask = self._enforcer.enforce
        return {item: ask(asked.subject, own, item) for item, own in asked.own.items()}


def _listed(items: frozenset[str]) -> str:
    return f"^({'|'.join(map(re.escape, sorted(items)))})$"


def _term(term: Term) -> str:
    if term.name is None:
        value = term.value
        return _value(shift_all(value, term.steps) if term.steps else value)  # type: ignore[arg-type]
    return f"{'r.own' if term.scope == 'item' else 'r.sub'}.{variable(term)}"


def _value(value: Value | None) -> str:
    return json.dumps(value, default=str)

"""The rules in Cedar: a policy a rule, what beats it in its `unless`.

    RuleSet  ->  CedarRules;  Facts  ->  one request an item  ->  allowed or not, for each

Promise: the conditions are emitted from the trees that Habeas itself runs. Quantifiers, counts,
regions and comparisons of days are worked out beforehand and given as yes/no attributes; an item is
an action. What is unknown is an attribute that is not there: a policy that needs it is in error,
and Cedar goes on without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import cedarpy

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
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import truth
from habeas.law.ruleset import RuleSet

CONTEXT, PRINCIPAL = "context", "principal"
"""Where facts of request and person stand; facts of the item always stand in the context."""

_CEDAR = {"=": "==", "<>": "!="}
_EFFECTS = {"forbid": "forbid", "permit": "permit", "require": "permit"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A batch: a request for each item, and the principal's attributes."""

    requests: list[dict[str, object]]
    entities: str


class CedarRules:
    """A rule set as Cedar policies.

    source      the policies' text
    beforehand  what Cedar is told instead of working it out: attribute by condition
    """

    def __init__(self, rules: RuleSet, holder: str = CONTEXT) -> None:
        self.rules = rules
        self.holder = holder
        self.beforehand: dict[Condition, str] = {}
        self.source = "\n".join(
            self._policy(name) for name, block in rules.blocks.items() if block.kind in _EFFECTS
        )
        self._policies = cedarpy.PolicySet.from_str(self.source)

    def _policy(self, name: str) -> str:
        block = self.rules.blocks[name]
        actions = f"action in {_actions(block.items)}"
        own = self._text(self.rules.own[name])
        beaten = self._beaten(name, block.items)
        unless = f"\n  unless {{ {beaten} }}" if beaten else ""
        effect = _EFFECTS[block.kind]
        return (
            f'@id("{name}")\n{effect} (principal, {actions}, resource)'
            f"\n  when {{ {own} }}{unless};\n"
        )

    def _beaten(self, name: str, among: frozenset[str]) -> str:
        """That something beats the block; empty if nothing can."""
        parts = []
        for beater, items in self.rules.beaters[name]:
            part = self._text(self.rules.own[beater])
            if not among <= items:
                part += f" && action in {_actions(items)}"
            again = self._beaten(beater, items)
            parts.append(f"({part} && !({again}))" if again else f"({part})")
        return " || ".join(parts)

    # -- conditions as Cedar ----------------------------------------------------------------------

    def _text(self, cond: Condition) -> str:
        if isinstance(cond, Const):
            return _literal(cond.value)
        if isinstance(cond, Holds):
            return self._term(Term(cond.name, cond.scope, cond.table))
        if isinstance(cond, Not):
            return f"!({self._text(cond.arg)})"
        if isinstance(cond, And | Or):
            joint, empty = (" && ", "true") if isinstance(cond, And) else (" || ", "false")
            return f"({joint.join(self._text(arg) for arg in cond.args) or empty})"
        if isinstance(cond, Quantified | Count | Within) or self._is_of_days(cond):
            told = self.beforehand.setdefault(cond, f"told_{len(self.beforehand)}")
            return f"{self.holder}.{told}"
        if isinstance(cond, OneOf):
            listed = ", ".join(_literal(value) for value in cond.values)
            return f"[{listed}].contains({self._term(cond.term)})"
        assert isinstance(cond, Compare), "definitions are opened before"
        op = _CEDAR.get(cond.op, cond.op)
        return f"({self._term(cond.left)} {op} {self._term(cond.right)})"

    def _term(self, term: Term) -> str:
        if term.name is None:
            return _literal(term.value)
        return f"{CONTEXT if term.scope == 'item' else self.holder}.{term.name}"

    def _is_of_days(self, cond: Condition) -> bool:
        named = [t.name for t in terms(cond) if t.name is not None]
        return any(self.rules.vocabulary.facts[name].type == "date" for name in named)

    # -- facts ------------------------------------------------------------------------------------

    def asked(self, facts: Facts, items: tuple[str, ...]) -> Asked:
        """The facts as a request for each item."""
        facts = self.rules.completed(facts)
        read = self._read()
        told: dict[str, Value] = {n: v for n, v in facts.values.items() if n in read}
        for cond, name in self.beforehand.items():
            held = truth(cond, facts)
            if held is not None:
                told[name] = held
        requests: list[dict[str, object]] = []
        for item in items:
            own = {n: v for (i, n), v in facts.items.items() if i == item and n in read}
            requests.append(
                {
                    "principal": 'Request::"it"',
                    "action": f'Action::"{item}"',
                    "resource": 'Person::"she"',
                    "context": {**told, **own} if self.holder == CONTEXT else own,
                }
            )
        given = told if self.holder == PRINCIPAL else {}
        principal = {"uid": {"type": "Request", "id": "it"}, "attrs": given, "parents": []}
        return Asked(requests, json.dumps([principal]))

    def _read(self) -> frozenset[str]:
        """The facts that some policy reads by name."""
        leaves = (
            part
            for own in self.rules.own.values()
            for part in walk(own)
            if isinstance(part, Holds | OneOf | Compare) and not self._is_row(part)
        )
        return frozenset(
            term.name
            for leaf in leaves
            if not self._is_of_days(leaf)
            for term in terms(leaf)
            if term.name is not None
        )

    def _is_row(self, cond: Condition) -> bool:
        return any(term.scope == "row" for term in terms(cond))

    def allowed(self, asked: Asked) -> list[bool]:
        """What Cedar says to each request, in their order."""
        entities = cedarpy.Entities.from_json_str(asked.entities)
        answers = cedarpy.is_authorized_batch(asked.requests, self._policies, entities)
        return [answer.allowed for answer in answers]


def _actions(items: frozenset[str]) -> str:
    return "[" + ", ".join(f'Action::"{item}"' for item in sorted(items)) + "]"


def _literal(value: Value | None) -> str:
    assert value is not None, "a literal has a value"
    return json.dumps(value, ensure_ascii=False)

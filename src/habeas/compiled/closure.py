"""One rule set as Python code: every condition of the law in one generated function.

    RuleSet  ->  compile_rules  ->  Compiled  ->  findings(facts) for all items

Promise: the same findings as `interpreter.find`. Kleene's logic is the fast bound; where it leaves
the answer open, or leaves open which rules give it, `resolution` settles it exactly, once for each
distinct state of the facts.

A block's condition is cut into *terms* that read no item fact, and a small rest over terms and item
facts. The generated `words(values, rows, complete)` gives two whole numbers: which terms are yes, and
which are unknown. The words, with the item facts, determine Kleene's answer for every item: it is
worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from habeas.compiled.emit import Emitter
from habeas.compiled.resolution import resolve, resolve_condition
from habeas.law.conditions import (
    And,
    Condition,
    Const,
    Count,
    Not,
    Or,
    Quantified,
    terms,
    walk,
)
from habeas.law.facts import Facts
from habeas.law.interpreter import DECIDING, OUTCOMES, Finding, Truth, basis_of, k_and, k_not, k_or, truth
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import relevant

_MEMO = 200_000
"""Entries that a memo may hold before it is emptied."""


@dataclass(frozen=True, slots=True)
class _Bit:
    """A term: bit `index` of the words."""

    index: int


Skeleton = _Bit | Condition


def compile_rules(rules: RuleSet) -> Compiled:
    """Compile a rule set; takes some milliseconds, so keep the result."""
    return Compiled(rules)


class Compiled:
    """A compiled rule set.

    words(values, rows, complete) -> (yes, unknown), a bit for each term
    """

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self._terms: list[Condition] = []
        self._skeletons = {name: self._cut(own) for name, own in rules.own.items()}
        self._duty_bits = {name: self._bit(when) for name, when in rules.duty_when.items()}
        emitter = Emitter(rules, self._terms)
        self.source = emitter.source
        self.words: Callable[..., tuple[int, int]] = emitter.words
        self._state: Callable[..., tuple[Any, ...]] = emitter.state
        self._mixed = any(self._reads_both(own) for own in rules.own.values())
        self._items = tuple(rules.vocabulary.items)
        self._relevant = {item: relevant(rules, item) for item in self._items}
        self._like = self._alike()
        self._kleene: dict[Any, dict[str, Finding | None]] = {}
        self._exact: dict[Any, dict[str, Finding]] = {}
        self._duties: dict[Any, bool | None] = {}

    # -- terms ------------------------------------------------------------------------------------

    def _bit(self, cond: Condition) -> _Bit:
        if cond in self._terms:
            return _Bit(self._terms.index(cond))
        self._terms.append(cond)
        return _Bit(len(self._terms) - 1)

    def _cut(self, cond: Condition) -> Skeleton:
        """The condition with its largest parts that read no item fact made into bits."""
        if isinstance(cond, Const):
            return cond
        if not _reads_item(cond):
            return self._bit(cond)
        if isinstance(cond, Not):
            return Not(self._cut(cond.arg))  # type: ignore[arg-type]  # a skeleton has bits for leaves
        if isinstance(cond, And | Or):
            free = tuple(arg for arg in cond.args if not _reads_item(arg))
            rest = tuple(self._cut(arg) for arg in cond.args if _reads_item(arg))
            whole = free[0] if len(free) == 1 else type(cond)(free)
            return type(cond)((*([self._cut(whole)] if free else []), *rest))  # type: ignore[arg-type]
        return cond

    def _reads_both(self, cond: Condition) -> bool:
        """Whether one leaf or quantifier reads item facts and other facts: then words do not say all."""
        for part in walk(cond):
            found = [term for term in terms(part) if term.name is not None]
            if any(t.scope == "item" for t in found) and any(t.scope != "item" for t in found):
                return True
            if isinstance(part, Quantified | Count) and _reads_item(part.cond):
                return True
        return False

    def _alike(self) -> dict[str, str]:
        """For each item, the first one that the same blocks name, beaten by the same blocks."""
        first: dict[object, str] = {}
        found = {}
        for item in self._items:
            blocks = self._relevant[item]
            key = (self.rules.rules(item), tuple((b, self.rules.beaters_for(b, item)) for b in blocks))
            found[item] = first.setdefault(key, item)
        return found

    # -- Kleene -----------------------------------------------------------------------------------

    def truths(self, facts: Facts) -> dict[tuple[str, str], Truth]:
        """The Kleene truth of each block's own condition for each item that it is relevant to."""
        yes, unknown = self.words(facts.values, facts.rows, facts.complete)
        whole = self.rules.completed(facts)
        return {
            (block, item): self._own(block, item, yes, unknown, whole)
            for item in self._items
            for block in self._relevant[item]
        }

    def _own(self, block: str, item: str, yes: int, unknown: int, facts: Facts) -> Truth:
        return self._truth(self._skeletons[block], item, yes, unknown, facts)

    def _truth(self, part: Any, item: str, yes: int, unknown: int, facts: Facts) -> Truth:
        if isinstance(part, _Bit):
            return True if yes >> part.index & 1 else None if unknown >> part.index & 1 else False
        if isinstance(part, Not):
            return k_not(self._truth(part.arg, item, yes, unknown, facts))
        if isinstance(part, And):
            return k_and(self._truth(arg, item, yes, unknown, facts) for arg in part.args)
        if isinstance(part, Or):
            return k_or(self._truth(arg, item, yes, unknown, facts) for arg in part.args)
        return truth(part, facts, item)

    def _settle(self, item: str, yes: int, unknown: int, facts: Facts) -> Finding | None:
        """The finding where Kleene's logic says all of it, else None."""
        rules = self.rules
        own: dict[str, Truth] = {}
        acting: dict[str, Truth] = {}

        def acts(block: str) -> Truth:
            if block not in acting:
                held = self._own(block, item, yes, unknown, facts)
                own[block] = k_and([held, None if block in rules.contested else True])
                beaten = False if own[block] is False else k_or(acts(b) for b in rules.beaters_for(block, item))
                acting[block] = k_and([own[block], k_not(beaten)])
            return acting[block]

        by_kind: dict[str, list[str]] = {"forbid": [], "require": [], "permit": []}
        for rule in rules.rules(item):
            acts(rule)
            by_kind[rules.blocks[rule].kind].append(rule)
        forbids, requires, permits = (k_or(acting[r] for r in by_kind[k]) for k in ("forbid", "require", "permit"))
        bases = {
            basis_of(f, r, p) for f in _could(forbids) for r in _could(requires) for p in _could(permits)
        }
        if len(bases) > 1:
            return None
        basis = bases.pop()
        deciding = [rule for kind in sorted(DECIDING[basis]) for rule in by_kind[kind]]
        if any(acting[rule] is None for rule in deciding):
            return None
        defeated = []
        for rule in rules.rules(item):
            if own[rule] is False:
                continue
            by = []
            for beater in rules.beaters_for(rule, item):
                both = k_and([own[rule], acts(beater)])
                if both is None:
                    return None
                if both:
                    by.append(beater)
            if by:
                defeated.append((rule, tuple(sorted(by))))
        rules_of = tuple(sorted(rule for rule in deciding if acting[rule]))
        return Finding(OUTCOMES[basis], basis, rules_of, tuple(sorted(defeated)), ())

    # -- findings ---------------------------------------------------------------------------------

    def rule_words(self, facts: Facts) -> dict[str, Finding | None]:
        """What Kleene's logic says of every item; None where it leaves something open."""
        yes, unknown = self.words(facts.values, facts.rows, facts.complete)
        key = (yes, unknown, tuple(facts.items.items()))
        found = self._kleene.get(key)
        if found is None:
            if len(self._kleene) >= _MEMO:
                self._kleene.clear()
            whole = self.rules.completed(facts)
            found = {
                item: None if self._mixed else self._settle(item, yes, unknown, whole) for item in self._items
            }
            self._kleene[key] = found
        return found

    def findings(self, facts: Facts, items: Iterable[str]) -> dict[str, Finding]:
        """The finding for each of these items; exact."""
        kleene = self.rule_words(facts)
        made: dict[str, Finding] = {}
        exact: dict[str, Finding] | None = None
        for item in items:
            found = kleene[item]
            if found is None:
                if exact is None:
                    exact = self._exact_of(facts)
                found = exact.get(item)
                if found is None:
                    found = exact[item] = self._resolve(item, facts, exact)
            made[item] = found
        return made

    def finding(self, item: str, facts: Facts) -> Finding:
        """The finding for one item; exact."""
        return self.findings(facts, (item,))[item]

    def _exact_of(self, facts: Facts) -> dict[str, Finding]:
        """The findings remembered for this state of the facts."""
        state = (self._state(facts.values, facts.rows, facts.complete), tuple(facts.items.items()))
        found = self._exact.get(state)
        if found is None:
            if len(self._exact) >= _MEMO:
                self._exact.clear()
            found = self._exact[state] = {}
        return found

    def _resolve(self, item: str, facts: Facts, exact: dict[str, Finding]) -> Finding:
        """Resolve one item, or take over what was found for one that the same law treats alike."""
        like = self._like[item]
        if like == item:
            return resolve(self.rules, item, facts)
        mine = {name: value for (one, name), value in facts.items.items() if one == item}
        theirs = {name: value for (one, name), value in facts.items.items() if one == like}
        found = exact.get(like) if mine == theirs else None
        if found is None:
            given = facts
            if mine != theirs:
                others = {key: value for key, value in facts.items.items() if key[0] != like}
                others |= {(like, name): value for name, value in mine.items()}
                given = Facts(facts.values, others, facts.rows, facts.complete)
            found = resolve(self.rules, like, given)
            if mine == theirs:
                exact[like] = found
        if not found.missing:
            return found
        renamed = tuple(
            sorted(item + path[len(like) :] if path.startswith(f"{like}.") else path for path in found.missing)
        )
        return found._replace(missing=renamed)

    def duties(self, facts: Facts) -> dict[str, bool | None]:
        """Whether each duty's condition is met; None where it could be either way."""
        yes, unknown = self.words(facts.values, facts.rows, facts.complete)
        found: dict[str, bool | None] = {}
        state: Any = None
        for name, bit in self._duty_bits.items():
            held: bool | None = bool(yes >> bit.index & 1)
            if unknown >> bit.index & 1:
                if state is None:
                    state = self._state(facts.values, facts.rows, facts.complete)
                key = (name, state)
                if key not in self._duties:
                    self._duties[key] = resolve_condition(self.rules, self.rules.duty_when[name], "", facts)
                held = self._duties[key]
            found[name] = held
        return found


def _reads_item(cond: Condition) -> bool:
    return any(term.scope == "item" for part in walk(cond) for term in terms(part))


def _could(value: Truth) -> tuple[bool, ...]:
    return (True, False) if value is None else (value,)


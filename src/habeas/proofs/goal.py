"""Goals: what has to be solved for some questions, each thing once.

    Question, RuleSet  ->  Goals.of  ->  Goal (an item, its rules, a condition)  ->  settled
    Rests  ->  Safe;  model  ->  World, to be replayed;  None  ->  why it is not proved

Promise: two items, or two stretches of law, share a goal only where the rules that name the item,
all that beats them, and every condition are the same; goals about one item share their cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import NamedTuple

import z3

from habeas.compiled.z3 import Cases, Formula
from habeas.compiled.z3_rules import Outcomes, fixed
from habeas.law.conditions import Condition, Count, Quantified, terms, walk
from habeas.law.domains import closed_offenses, domains_of_all, located, witnesses
from habeas.law.facts import Facts
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import World, relevant
from habeas.proofs.question import Question, Verb
from habeas.proofs.solve import Rests, solve

MOST_CONTESTED = 6
"""Of how many contested provisions of one item every choice is tried, for `always refer`."""

MOST_ROWS = 200
"""How many rows of a table conditions may count up to, all together."""

MOST_VALUES = 100_000
"""How many values, and pairs of values that are compared, facts may have; they take seconds."""

Essence = tuple[object, ...]
"""Everything of a rule set that can make a difference to one item."""


class Safe(NamedTuple):
    """No case is against it.

    blocks   whose conditions the proof needs
    vacuous  no case at all meets the condition
    rows     how many rows each table has at most in the cases
    """

    blocks: tuple[str, ...]
    vacuous: bool
    rows: dict[str, int]


Settled = Safe | World | str
"""What comes of a goal: none; a case against it; or why that is not known."""


@dataclass(slots=True, eq=False)
class Group:
    """The goals about one item under the same rules.

    rules  one of the rule sets that are the same for the item
    whens  the conditions that are asked about
    """

    item: str
    rules: RuleSet
    whens: dict[Condition, None] = field(default_factory=dict)
    _cases: Cases | None = None
    _too_large: str | None = None

    def asked(self) -> tuple[Condition, ...]:
        """Every condition that the cases answer."""
        own = (self.rules.own[block] for block in relevant(self.rules, self.item))
        return (*own, *self.whens)

    @property
    def cases(self) -> Cases:
        """The cases that all of these goals can tell apart."""
        if self._cases is None:
            asked = [(self.item, one) for one in self.asked()]
            self._cases = Cases(self.rules.vocabulary, asked)
        return self._cases

    def too_large(self) -> str:
        """Why the cases are too many to be written down; empty where they are not."""
        if self._too_large is None:
            parts = {part for one in self.asked() for part in walk(one)}
            counts = [part for part in parts if isinstance(part, Count)]
            if sum(witnesses(part) for part in counts) > MOST_ROWS:
                self._too_large = "its conditions count more rows than can be told apart"
            elif self._values(parts) > MOST_VALUES:
                self._too_large = "its facts have more values than can be told apart"
            else:
                self._too_large = ""
        return self._too_large

    def _values(self, parts: Iterable[Condition]) -> int:
        """How many values facts have in all rows, and pairs of those that are compared."""
        asked = [(self.item, one) for one in self.asked()]
        domains = domains_of_all(self.rules.vocabulary, asked, Facts())
        size = {path: len(values) for path, values in domains.chosen.items()}
        rows = {f"{table}[+]": number for table, number in domains.rows_needed.items()}
        found = sum(number * rows.get(path.split(".")[0], 1) for path, number in size.items())
        for part in parts:
            named = [term for term in terms(part) if term.name is not None]
            if len(named) == 2:
                places = [f"{one.table}[+]" if one.table else "" for one in named]
                paths = [
                    located(one, Facts(), self.item, f"{one.table}[+]", None)[0] for one in named
                ]
                pairs = prod(size[str(path)] for path in paths)
                found += pairs * max(rows.get(place, 1) for place in places)
        return found

    def forget(self) -> None:
        """Let go of the cases, which are large."""
        self._cases = None


@dataclass(slots=True, eq=False)
class Goal:
    """That no case of an item, in which `when` is yes, is against the verb."""

    group: Group
    verb: Verb
    when: Condition
    rules: RuleSet

    @property
    def item(self) -> str:
        """Of which it is asked; it stands for all that are like it."""
        return self.group.item

    def contested(self) -> tuple[str, ...]:
        """The contested provisions that can make a difference to the item."""
        return contested_of(self.rules, self.item)

    def posed(self) -> tuple[Outcomes, list[Formula]]:
        """The formulas that a case against it satisfies, and the outcomes that they are about."""
        outcomes = Outcomes(self.group.cases, self.rules)
        met = self.group.cases.truth(self.when, self.item, self.rules.listed).yes
        if self.verb != "always refer":
            return outcomes, [met, outcomes.verdict(self.verb.split()[1], self.item)]
        choices = [
            fixed(outcomes, dict(zip(self.contested(), one, strict=True)))
            for one in product((True, False), repeat=len(self.contested()))
        ]
        alike = [
            z3.And([z3.substitute(outcomes.verdict(verdict, self.item), *one) for one in choices])
            for verdict in ("grant", "deny")
        ]
        return outcomes, [met, z3.Or(alike)]

    def settled(self, seconds: float) -> Settled:
        """What Z3 makes of it."""
        if self.verb == "always refer" and len(self.contested()) > MOST_CONTESTED:
            return f"{len(self.contested())} contested provisions are too many to try every choice"
        if self.group.too_large():
            return self.group.too_large()
        outcomes, wanted = self.posed()
        found = solve([outcomes], wanted, seconds)
        if found is None:
            return f"it was not settled within {seconds:g} seconds"
        if isinstance(found, Rests):
            return Safe(found.blocks, self._vacuous(seconds), outcomes.cases.rows_needed)
        return outcomes.world(found)

    def _vacuous(self, seconds: float) -> bool:
        cases = self.group.cases
        solver = z3.Solver()
        solver.set("timeout", max(1, int(seconds * 1000)))
        solver.add(*cases.always, cases.truth(self.when, self.item, self.rules.listed).yes)
        return bool(solver.check() == z3.unsat)


def contested_of(rules: RuleSet, item: str) -> tuple[str, ...]:
    """The contested provisions that can make a difference to an item."""
    blocks = relevant(rules, item)
    return tuple(sorted({rules.contested[one] for one in blocks if one in rules.contested}))


class Goals:
    """The goals of some questions, group by group."""

    def __init__(self) -> None:
        self._groups: dict[Essence, Group] = {}
        self._goals: dict[Essence, Goal] = {}
        self._essences: dict[tuple[int, str], Essence] = {}

    def of(self, question: Question, rules: RuleSet) -> tuple[Goal, ...]:
        """A goal for each kind of items, in their order; the first item stands for its kind.

        rules  kept by the caller as long as this is
        """
        when = rules.opened(question.when)
        kinds: dict[Essence, str] = {}
        for item in question.items:
            kinds.setdefault(self._essence(rules, item), item)
        found = []
        for essence, item in kinds.items():
            own = [rules.own[block] for block in relevant(rules, item)]
            key = (item, essence, _lists(rules, [when, *own]))
            group = self._groups.setdefault(key, Group(item, rules))
            group.whens[when] = None
            goal = Goal(group, question.verb, when, rules)
            found.append(self._goals.setdefault((id(group), question.verb, when), goal))
        return tuple(found)

    def __iter__(self) -> Iterator[Goal]:
        """Every goal once; the cases of a group are let go after its last.

        Goals that would be too large together have cases of their own.
        """
        of: dict[int, list[Goal]] = {}
        for goal in self._goals.values():
            of.setdefault(id(goal.group), []).append(goal)
        for goals in of.values():
            whole = goals[0].group
            apart = len(whole.whens) > 1 and bool(whole.too_large())
            for goal in goals:
                if apart:
                    goal.group = Group(whole.item, whole.rules, {goal.when: None})
                yield goal
                if apart:
                    goal.group.forget()
            whole.forget()

    def _essence(self, rules: RuleSet, item: str) -> Essence:
        found = self._essences.get((id(rules), item))
        if found is None:
            found = self._essences[id(rules), item] = tuple(
                (
                    block,
                    rules.blocks[block].kind,
                    rules.own[block],
                    rules.contested.get(block),
                    rules.beaters_for(block, item),
                )
                for block in relevant(rules, item)
            )
        return found


def _lists(rules: RuleSet, conditions: Iterable[Condition]) -> Essence:
    """The lists by which flags follow from offences, of the tables whose offences are told apart."""
    tables = set()
    for condition in conditions:
        for part in walk(condition):
            read = [(term.table, term.name) for term in terms(part)]
            if isinstance(part, Count):
                read.append((part.table, part.column))
            tables |= {table for table, name in read if name == "offense"}
            if isinstance(part, Quantified | Count):
                tables |= {part.table} if closed_offenses(rules.vocabulary, part.table) else set()
    listed = [(key, found) for key, found in rules.listed.items() if key[0] in tables]
    return tuple(sorted((key, tuple(sorted(found))) for key, found in listed))

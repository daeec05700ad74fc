"""Items of one law, and one solver for all that is asked about them.

    RuleSet  ->  groups  ->  Group  ->  ask  ->  Seen (a case) | Rests (none) | None (not settled)
    block  ->  without  ->  Outcomes, as though the block never acted

Promise: items share a group only where the same blocks name them and beat each other alike, so that
what holds of one of them holds of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

import z3

from habeas.compiled.z3 import Cases, Formula
from habeas.compiled.z3_rules import Outcomes
from habeas.law.conditions import ALWAYS, Quantified
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import World, relevant
from habeas.proofs.solve import SECONDS, Rests


class Seen(NamedTuple):
    """A case in which something holds."""

    group: Group
    wanted: Formula
    model: z3.ModelRef

    def holds(self, formula: Formula) -> bool:
        """Whether something else holds in it too."""
        return bool(z3.is_true(self.model.eval(formula, model_completion=True)))

    def world(self) -> World:
        """A world in which it holds, one that is easy to read.

        Without rows where that can be, and without contested provisions.
        """
        outcomes, rules, seen = self.group.outcomes, self.group.rules, self
        cases, item = outcomes.cases, self.group.item
        readings = [outcomes.chosen(b) for b in self.group.blocks if b in rules.contested]
        for wish in (
            *(cases.truth(Quantified("any", t, ALWAYS), item).no for t in cases.rows_needed),
            *(z3.Not(one) for one in readings),
        ):
            answer = self.group.ask(z3.And(seen.wanted, wish))
            seen = answer if isinstance(answer, Seen) else seen
        return outcomes.world(seen.model)


Answer: TypeAlias = Seen | Rests | None
"""A case; a proof that there is none; or None: not settled in time, which is neither."""


@dataclass(slots=True)
class Group:
    """Items of one law; questions are asked of the first of them.

    blocks   ids of the rules that name them and of what can beat these, directly or not
    seconds  how long Z3 may think about one question
    """

    rules: RuleSet
    items: tuple[str, ...]
    blocks: tuple[str, ...]
    seconds: float = SECONDS
    outcomes: Outcomes = field(init=False)
    _solver: z3.Solver = field(init=False)
    _block_of: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        asked = [(self.item, self.rules.own[block]) for block in self.blocks]
        cases = Cases(self.rules.vocabulary, asked)
        self.outcomes = Outcomes(cases, self.rules)
        for block in self.blocks:
            self.outcomes.own(block, self.item)
        self._solver = z3.Solver()
        self._solver.set("timeout", max(1, int(self.seconds * 1000)))
        self._solver.set("core.minimize", True)
        self._solver.add(*cases.always, *self.outcomes.tied)
        self._block_of = {str(switch): block for block, switch in self.outcomes.switches.items()}

    @property
    def item(self) -> str:
        """The item that questions are asked of."""
        return self.items[0]

    def rules_of(self, kind: str) -> list[str]:
        """The rules of a kind that name the items."""
        blocks = self.rules.blocks
        return [one for one in self.rules.rules(self.item) if blocks[one].kind == kind]

    def acts(self, block: str) -> Formula:
        """That a block acts."""
        return self.outcomes.acts(block, self.item)

    def applies(self, block: str) -> Formula:
        """That a block would act if nothing beat it."""
        return z3.And(self.outcomes.own(block, self.item), self.outcomes.chosen(block))

    def ask(self, wanted: Formula) -> Answer:
        """Whether there is a case in which a formula over this group's outcomes holds."""
        self._solver.push()
        self._solver.add(wanted)
        answer = self._solver.check(*self.outcomes.switches.values())
        found: Answer = None
        if answer == z3.sat:
            found = Seen(self, wanted, self._solver.model())
        elif answer == z3.unsat:
            core = {self._block_of[str(switch)] for switch in self._solver.unsat_core()}
            found = Rests(tuple(sorted(core)))
        self._solver.pop()
        return found

    def without(self, block: str) -> Outcomes:
        """The outcomes as they would be if a block never acted."""
        return replace(self.outcomes, rules=left_out(self.rules, block), _acts={})


def groups(rules: RuleSet, seconds: float = SECONDS) -> list[Group]:
    """Every item of the vocabulary, in groups, in the vocabulary's order."""
    alike: dict[object, list[str]] = {}
    blocks: dict[object, tuple[str, ...]] = {}
    for item in rules.vocabulary.items:
        found = relevant(rules, item)
        key = tuple((block, rules.beaters_for(block, item)) for block in found)
        alike.setdefault(key, []).append(item)
        blocks[key] = found
    return [Group(rules, tuple(items), blocks[key], seconds) for key, items in alike.items()]


def left_out(rules: RuleSet, block: str) -> RuleSet:
    """A rule set in which a block never acts."""
    return replace(
        rules,
        blocks={name: one for name, one in rules.blocks.items() if name != block},
        beaters={
            name: tuple(one for one in found if one[0] != block)
            for name, found in rules.beaters.items()
            if name != block
        },
    )


# -- outcomes that differ -------------------------------------------------------------------------


class Kinds(NamedTuple):
    """That some forbid, require, permit acts (the law language, section 5, step 2)."""

    forbid: Formula
    require: Formula
    permit: Formula


def kinds(outcomes: Outcomes, item: str) -> Kinds:
    """For an item."""
    return Kinds(*(outcomes.some(kind, item) for kind in Kinds._fields))


def other_verdict(one: Kinds, other: Kinds) -> Formula:
    """That two outcomes have different verdicts: what is neither referred nor granted is denied."""
    referred = [z3.And(f, r) for f, r, _ in (one, other)]
    granted = [z3.And(z3.Not(f), z3.Or(r, p)) for f, r, p in (one, other)]
    return z3.Or(referred[0] != referred[1], granted[0] != granted[1])


def other_basis(one: Kinds, other: Kinds) -> Formula:
    """That two outcomes have different bases: a permit shows only where nothing else acts."""
    (f, r, p), (f2, r2, p2) = one, other
    return z3.Or(f != f2, r != r2, z3.And(z3.Not(f), z3.Not(r), p != p2))

"""A rule set as Z3 formulas: which blocks act, and what comes out, in every case at once.

    Cases, RuleSet  ->  Outcomes.acts, forbidden … granted  ->  formulas

Promise: in each case and for each choice of the contested provisions, the same as
`interpreter.in_world`. What a proof rests on can be read off it: each block's own condition stands
behind a switch (`switches`), and an answer that needs a block needs its switch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import z3

from habeas.compiled.z3 import Cases, Formula
from habeas.compiled.z3_terms import TRUE, all_of, any_of, holds, implied, negated, same
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import World


@dataclass(slots=True)
class Outcomes:
    """What comes out for an item under a rule set, of which `cases` hold all blocks' conditions.

    name      tells the choices of two rule sets apart
    switches  for each block that was asked about, a formula that makes its condition count
    tied      that each block's condition is what it says, where its switch is on: assert these
    """

    cases: Cases
    rules: RuleSet
    name: str = ""
    switches: dict[str, Formula] = field(default_factory=dict)
    tied: list[Formula] = field(default_factory=list)
    _own: dict[tuple[str, str], Formula] = field(default_factory=dict)
    _acts: dict[tuple[str, str], Formula] = field(default_factory=dict)

    def own(self, block: str, item: str) -> Formula:
        """That a block's own condition holds."""
        found = self._own.get((block, item))
        if found is None:
            held = self.cases.truth(self.rules.own[block], item, self.rules.listed).yes
            switch = self.switches.setdefault(block, z3.Bool(f"{self.name}{block} counts"))
            found = self._own[block, item] = z3.Bool(f"{self.name}{block} holds for {item}")
            self.tied.append(implied(switch, same(found, held)))
        return found

    def chosen(self, block: str) -> Formula:
        """That a block may act: where its provision is contested, that it was let to."""
        provision = self.rules.contested.get(block)
        return z3.Bool(f"{self.name}{provision} acts") if provision else TRUE

    def acts(self, block: str, item: str) -> Formula:
        """That a block acts for an item (law language, section 5, step 1)."""
        found = self._acts.get((block, item))
        if found is None:
            beaten = [self.acts(other, item) for other in self.rules.beaters_for(block, item)]
            found = self._acts[block, item] = all_of(
                (self.own(block, item), self.chosen(block), negated(any_of(beaten)))
            )
        return found

    def some(self, kind: str, item: str) -> Formula:
        """That some forbid, require or permit acts for an item (step 2)."""
        return any_of(
            [
                self.acts(rule, item)
                for rule in self.rules.rules(item)
                if self.rules.blocks[rule].kind == kind
            ]
        )

    def basis(self, basis: str, item: str) -> Formula:
        """That a case has a basis, one of those that a single world can have (step 3)."""
        f, r, p = (self.some(kind, item) for kind in ("forbid", "require", "permit"))
        return {
            "forbidden": all_of((f, negated(r))),
            "conflict": all_of((f, r)),
            "required": all_of((r, negated(f))),
            "permitted": all_of((p, negated(f), negated(r))),
            "no authority": negated(any_of((f, r, p))),
        }[basis]

    def verdict(self, verdict: str, item: str) -> Formula:
        """That a case has a verdict."""
        f, r, p = (self.some(kind, item) for kind in ("forbid", "require", "permit"))
        return {
            "deny": all_of((negated(r), any_of((f, negated(p))))),
            "grant": all_of((negated(f), any_of((r, p)))),
            "refer": all_of((f, r)),
        }[verdict]

    def world(self, model: z3.ModelRef) -> World:
        """The world that a model is."""
        provisions = dict.fromkeys(self.rules.contested.values())
        lets_act = frozenset(
            one for one in provisions if holds(model, z3.Bool(f"{self.name}{one} acts"))
        )
        return World(self.cases.facts(model, self.rules.listed), lets_act, {})


def fixed(outcomes: Outcomes, lets_act: Mapping[str, bool]) -> list[tuple[Formula, Formula]]:
    """Substitutions by which formulas are about one choice of the contested provisions."""
    return [
        (z3.Bool(f"{outcomes.name}{provision} acts"), z3.BoolVal(acts))
        for provision, acts in lets_act.items()
    ]

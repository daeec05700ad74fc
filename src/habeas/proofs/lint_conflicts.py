"""Conflicts: a rule that orders what another forbids.

    groups  ->  clashes    ->  pairs of blocks, the groups in which they meet
    Ground  ->  conflicts  ->  Finding (with an example), Unsettled

Promise: every pair that can act together for an item is found, or named as not settled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import z3

from habeas.law.facts import Facts
from habeas.law.interpreter import acts
from habeas.proofs.lint_example import Ground, example
from habeas.proofs.lint_finding import Finding, Told, Unsettled
from habeas.proofs.lint_group import Group, Seen
from habeas.proofs.solve import Rests

Pair: TypeAlias = tuple[str, str]
"""A forbid and a require."""


@dataclass(slots=True)
class Clashes:
    """Pairs that act together, with the groups in which they do, and pairs of which that is not
    known."""

    found: dict[Pair, list[Group]] = field(default_factory=dict)
    unsettled: dict[Pair, list[Group]] = field(default_factory=dict)


def clashes(groups: Sequence[Group]) -> Clashes:
    """Every pair of a forbid and a require that act together in some case."""
    made = Clashes()
    for group in groups:
        waiting = {
            (forbid, require): z3.And(group.acts(forbid), group.acts(require))
            for forbid in group.rules_of("forbid")
            for require in group.rules_of("require")
        }
        while waiting:  # one case can show several pairs
            answer = group.ask(z3.Or(list(waiting.values())))
            if not isinstance(answer, Seen):
                for pair in () if isinstance(answer, Rests) else waiting:
                    made.unsettled.setdefault(pair, []).append(group)
                break
            for pair in [pair for pair, both in waiting.items() if answer.holds(both)]:
                made.found.setdefault(pair, []).append(group)
                del waiting[pair]
    return made


def conflicts(ground: Ground) -> Iterator[Told]:
    """Pairs of a forbid and a require that act together, each with an example."""
    made = clashes(ground.groups)
    for pair, groups in sorted(made.found.items(), key=lambda one: one[0]):
        yield _conflict(ground, pair, groups)
    for pair, groups in sorted(made.unsettled.items(), key=lambda one: one[0]):
        yield Unsettled("conflict", pair, ground.items(groups))


def _conflict(ground: Ground, pair: Pair, groups: Sequence[Group]) -> Told:
    rules, group = ground.rules, groups[0]
    seen = group.ask(z3.And([group.acts(block) for block in pair]))
    items = ground.items(groups)
    if not isinstance(seen, Seen):  # it was seen before; now there was not the time
        return Unsettled("conflict", pair, items)

    def both(facts: Facts, lets_act: frozenset[str]) -> bool:
        return all(acts(rules, one, group.item, facts, lets_act) is True for one in pair)

    forbid, require = pair
    return Finding(
        "conflict",
        ground.cite(pair),
        items,
        f"There are cases in which `{require}` orders what `{forbid}` forbids.",
        example=example(ground, group.item, seen.world(), both),
    )

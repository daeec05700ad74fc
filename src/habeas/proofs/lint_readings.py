"""Contested readings that change what comes out, and for whom.

    groups  ->  turned     ->  for each contested provision, cases that it turns
    Ground  ->  contested  ->  Finding (with a case and both of its outcomes), Unsettled

Promise: a reading is said to decide only with a case that comes out in two ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import z3

from habeas.compiled.z3_rules import fixed
from habeas.law.facts import Facts
from habeas.law.worlds import World
from habeas.proofs.lint_example import Ground, basis_in, example, outcome
from habeas.proofs.lint_finding import Finding, Told, Unsettled
from habeas.proofs.lint_group import Group, Kinds, Seen, kinds, other_basis, other_verdict


@dataclass(slots=True)
class Turned:
    """Cases that one contested provision turns, one a group: their verdict, or their basis alone."""

    verdict: list[Seen] = field(default_factory=list)
    basis: list[Seen] = field(default_factory=list)
    unsettled: list[Group] = field(default_factory=list)


def turned(groups: Sequence[Group]) -> dict[str, Turned]:
    """For each contested provision the cases that it turns."""
    made: dict[str, Turned] = {}
    for group in groups:
        provisions = {group.rules.contested.get(block) for block in group.blocks}
        for provision in sorted(one for one in provisions if one):
            found = made.setdefault(provision, Turned())
            both = _read(group, provision, True), _read(group, provision, False)
            verdict = group.ask(other_verdict(*both))
            basis = None if isinstance(verdict, Seen) else group.ask(other_basis(*both))
            if isinstance(verdict, Seen):
                found.verdict.append(verdict)
            elif verdict is None or basis is None:
                found.unsettled.append(group)
            elif isinstance(basis, Seen):
                found.basis.append(basis)
    return made


def _read(group: Group, provision: str, acting: bool) -> Kinds:
    choice = fixed(group.outcomes, {provision: acting})
    return Kinds(*(z3.substitute(one, *choice) for one in kinds(group.outcomes, group.item)))


def contested(ground: Ground) -> Iterator[Told]:
    """Contested readings by which some case comes out differently."""
    for provision, found in sorted(turned(ground.groups).items()):
        blocks = sorted(b for b, one in ground.rules.contested.items() if one == provision)
        for turns, what in (found.verdict, "comes out"), (found.basis, "is grounded"):
            if turns:
                yield _finding(ground, provision, blocks, turns, what)
        if found.unsettled:
            yield Unsettled("contested", tuple(blocks), ground.items(found.unsettled))


def _finding(
    ground: Ground, provision: str, blocks: Sequence[str], turns: Sequence[Seen], what: str
) -> Finding:
    rules, seen = ground.rules, turns[0]
    item, world = seen.group.item, seen.world()

    def both(facts: Facts, lets_act: frozenset[str]) -> tuple[str | None, str | None]:
        return (
            basis_in(rules, item, facts, lets_act | {provision}),
            basis_in(rules, item, facts, lets_act - {provision}),
        )

    pair = both(world.facts, world.lets_act)
    acting = World(world.facts, world.lets_act | {provision}, {})
    return Finding(
        "contested",
        ground.cite(blocks),
        ground.items(one.group for one in turns),
        f"There are cases in which it turns on the reading of `{provision}` how the request {what}.",
        example=example(
            ground,
            item,
            acting,
            lambda facts, lets_act: both(facts, lets_act) == pair,
            (f"{provision} does not act", outcome(pair[1])),
        ),
    )

"""Blocks that never act.

    groups  ->  acting  ->  Acting: where a block can act, where it is always beaten, where it never holds
    Ground  ->  dead    ->  Finding (dead, swallowed, lifts nothing), Unsettled

Promise: a block is said never to act for an item only where Z3 proved it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from habeas.law.facts import Facts
from habeas.law.interpreter import acts, truth
from habeas.proofs.lint_example import Ground, example
from habeas.proofs.lint_finding import Finding, Told, Unsettled, listed
from habeas.proofs.lint_group import Group, Seen
from habeas.proofs.solve import Rests


class Beaten(NamedTuple):
    """That a block's condition can hold (`seen`), and that something beats it whenever it does."""

    rests: Rests
    seen: Seen


@dataclass(slots=True)
class Acting:
    """What is known of one block, group by group."""

    acts: list[Group] = field(default_factory=list)
    beaten: list[Beaten] = field(default_factory=list)
    never: list[Group] = field(default_factory=list)
    unsettled: list[Group] = field(default_factory=list)


def acting(groups: Sequence[Group]) -> dict[str, Acting]:
    """For each block that the law of some item holds: where it can act, and why not."""
    made: dict[str, Acting] = {}
    for group in groups:
        waiting = dict.fromkeys(group.blocks)
        for block in waiting:
            made.setdefault(block, Acting())
        while waiting:
            block = next(iter(waiting))
            answer = group.ask(group.acts(block))
            if isinstance(answer, Seen):  # one case can show several blocks
                for one in [one for one in waiting if answer.holds(group.acts(one))]:
                    made[one].acts.append(group)
                    del waiting[one]
                continue
            del waiting[block]
            applies = group.ask(group.applies(block)) if answer else None
            if answer is None or applies is None:
                made[block].unsettled.append(group)
            elif isinstance(applies, Seen):
                made[block].beaten.append(Beaten(answer, applies))
            else:
                made[block].never.append(group)
    return made


def dead(ground: Ground, made: Mapping[str, Acting]) -> Iterator[Told]:
    """Blocks that never act, for all of their items or for some."""
    for block, found in sorted(made.items()):
        if found.never:
            sentence = f"`{block}` never acts: its own condition holds in no case."
            yield Finding("dead", ground.cite([block]), ground.items(found.never), sentence)
        if found.beaten:
            yield _beaten(ground, block, found)
        if found.unsettled:
            yield Unsettled("dead", (block,), ground.items(found.unsettled))
    for block in sorted(set(ground.rules.blocks) - set(made)):
        sentence = f"Nothing that `{block}` lifts is in force here."
        yield Finding("lifts nothing", ground.cite([block]), (), sentence)


def _beaten(ground: Ground, block: str, found: Acting) -> Finding:
    rules = ground.rules
    because = {one for each in found.beaten for one in each.rests.blocks} - {block}
    beaters = {b for one in found.beaten for b in rules.beaters_for(block, one.seen.group.item)}
    seen = found.beaten[0].seen
    item = seen.group.item

    def beaten(facts: Facts, lets_act: frozenset[str]) -> bool:
        holds = truth(rules.own[block], facts, item) is True
        return holds and acts(rules, block, item, facts, lets_act) is False

    items = ground.items(each.seen.group for each in found.beaten)
    only = " (for other items it does act)" if found.acts else ""
    return Finding(
        "dead" if rules.blocks[block].kind == "except" else "swallowed",
        ground.cite([block]),
        items,
        f"Whenever the condition of `{block}` holds, it is beaten by {listed(sorted(because & beaters))}, "
        f"so that it never acts{only}.",
        ground.cite(sorted(because)),
        example(ground, item, seen.world(), beaten),
    )

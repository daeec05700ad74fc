"""Blocks that act, and that nothing would come out otherwise without.

    groups  ->  deciding       ->  Deciding: does a block ever change a verdict, or a basis?
    Ground  ->  never_decides  ->  Finding (never decides, never the verdict), Unsettled

Promise: a block is said never to decide only where Z3 proved it for all of its items. It is looked at
by itself: of two blocks that say the same, each never decides, and without both something would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from habeas.law.facts import Facts
from habeas.law.interpreter import acts
from habeas.proofs.lint_acting import Acting
from habeas.proofs.lint_example import Ground, basis_in, example, outcome
from habeas.proofs.lint_finding import Finding, Told, Unsettled, as_long_as
from habeas.proofs.lint_group import Group, Seen, kinds, left_out, other_basis, other_verdict


@dataclass(slots=True)
class Deciding:
    """What is known of one block.

    verdict  it changes the verdict of some case
    basis    a case of which it changes the basis, where it changes no verdict
    because  the blocks that the proofs need, without this one
    """

    verdict: bool = False
    basis: Seen | None = None
    because: set[str] = field(default_factory=set)
    settled: bool = True


def deciding(groups: Sequence[Group], blocks: Iterable[str]) -> dict[str, Deciding]:
    """For each of these blocks whether it ever changes what comes out."""
    made = {block: Deciding() for block in blocks}
    for group in groups:
        for block in group.blocks:
            found = made.get(block)
            if found is None or found.verdict:
                continue
            both = kinds(group.outcomes, group.item), kinds(group.without(block), group.item)
            verdict = group.ask(other_verdict(*both))
            if isinstance(verdict, Seen):
                found.verdict = True
                continue
            basis = group.ask(other_basis(*both)) if verdict else None
            if verdict is None or basis is None:
                found.settled = False
            elif isinstance(basis, Seen):
                found.basis = found.basis or basis
                found.because |= {*verdict.blocks} - {block}
            else:
                found.because |= {*basis.blocks} - {block}
    return made


def never_decides(ground: Ground, made: Mapping[str, Acting]) -> Iterator[Told]:
    """Blocks that can act and never change a verdict, or not even a basis."""
    alive = [block for block, found in made.items() if found.acts]
    for block, found in sorted(deciding(ground.groups, alive).items()):
        items = ground.items(group for group in ground.groups if block in group.blocks)
        if found.verdict:
            continue
        group = made[block].acts[0]
        seen = found.basis or group.ask(group.acts(block))
        if not found.settled or not isinstance(seen, Seen):
            yield Unsettled("never decides", (block,), items)
        else:
            yield _finding(ground, block, found, items, seen)


def _finding(
    ground: Ground, block: str, found: Deciding, items: tuple[str, ...], seen: Seen
) -> Finding:
    rules, item, world = ground.rules, seen.group.item, seen.world()
    without = left_out(rules, block)

    def both(facts: Facts, lets_act: frozenset[str]) -> tuple[str | None, str | None]:
        return (
            basis_in(rules, item, facts, lets_act),
            basis_in(without, item, facts, lets_act),
        )

    pair = both(world.facts, world.lets_act)

    def shows(facts: Facts, lets_act: frozenset[str]) -> bool:
        return both(facts, lets_act) == pair and (
            found.basis is not None or acts(rules, block, item, facts, lets_act) is True
        )

    given = as_long_as(found.because)
    verb = "lifts" if rules.blocks[block].kind == "except" else "says"
    return Finding(
        "never the verdict" if found.basis else "never decides",
        ground.cite([block]),
        items,
        f"`{block}` changes the reason of some cases and the verdict of none{given}."
        if found.basis
        else f"Whatever `{block}` {verb}, every case comes out as it would without it{given}.",
        ground.cite(sorted(found.because)),
        example(ground, item, world, shows, (f"without {block}", outcome(pair[1]))),
    )

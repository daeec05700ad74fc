"""Items without a rule, and items that always come out the same.

    group   ->  bases        ->  every basis that its cases have
    Ground  ->  one_outcome  ->  Finding (no authority, one outcome), Unsettled

Promise: *in every case* is said only where Z3 proved it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from habeas.law.facts import Facts
from habeas.law.interpreter import OUTCOMES
from habeas.proofs.lint_example import Ground, basis_in, example, outcome
from habeas.proofs.lint_finding import Finding, Told, Unsettled, as_long_as
from habeas.proofs.lint_group import Group, Seen


@dataclass(slots=True)
class Bases:
    """The bases that cases have, each with one; `because` are the blocks that the proofs need that
    there is no other."""

    found: dict[str, Seen] = field(default_factory=dict)
    because: set[str] = field(default_factory=set)
    settled: bool = True

    @property
    def verdicts(self) -> set[str]:
        """Their verdicts."""
        return {OUTCOMES[basis] for basis in self.found}


def bases(group: Group) -> Bases:
    """Every basis that some case of a group has."""
    made = Bases()
    for basis in OUTCOMES:
        answer = group.ask(group.outcomes.basis(basis, group.item))
        if answer is None:
            made.settled = False
        elif isinstance(answer, Seen):
            made.found[basis] = answer
        else:
            made.because |= {*answer.blocks}
    return made


def one_outcome(ground: Ground) -> Iterator[Told]:
    """Items without a rule, and items whose verdict is the same in every case."""
    for group in ground.groups:
        made = bases(group)
        if len(made.verdicts) > 1:
            continue
        if not made.settled:
            yield Unsettled("one outcome", (), group.items)
        elif [*made.found] == ["no authority"]:
            does = "has no rule" if not group.blocks else "has rules, but none can act"
            yield _finding(ground, group, made, "no authority", does)
        else:
            does = f"comes out as {' or '.join(outcome(basis) for basis in made.found)}"
            yield _finding(ground, group, made, "one outcome", does)


def _finding(ground: Ground, group: Group, made: Bases, kind: str, does: str) -> Finding:
    (basis, seen), *_ = made.found.items()
    rules, item = ground.rules, group.item

    def so(facts: Facts, lets_act: frozenset[str]) -> bool:
        return basis_in(rules, item, facts, lets_act) == basis

    what = f"`{item}`" if len(group.items) == 1 else "each of these items"
    return Finding(
        kind,
        (),
        group.items,
        f"Whatever the case, {what} {does}{as_long_as(made.because)}.",
        ground.cite(sorted(made.because)),
        example(ground, item, seen.world(), so),
    )

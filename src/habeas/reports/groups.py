"""Items that are answered alike, told together.

    Counts  ->  groups  ->  Group (items, the ways they are answered, what was set aside)

Promise: every decision of an answer is in exactly one group and one way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from habeas.decisions.decision import BASES
from habeas.decisions.explain import OUTCOME
from habeas.reports.answer import Answer
from habeas.reports.counts import Counts, Settled
from habeas.reports.provisions import Provisions, ProvisionView
from habeas.reports.words import SHOWN_VERDICTS, does, first_up, listed, name


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that settles decisions or is left undecided in them: what it does, in how many.

    told  its provision's words stand further up in the same group
    """

    provision: ProvisionView
    does: str
    decisions: int
    told: bool


@dataclass(frozen=True, slots=True)
class WayView:
    """Decisions with one verdict and basis; `items` are those that have any."""

    verdict: str
    basis: str
    outcome: str
    decisions: int
    items: tuple[str, ...]
    rules: tuple[RuleView, ...]


@dataclass(frozen=True, slots=True)
class SetAsideView:
    """A rule that was beaten, and what beat it."""

    provision: ProvisionView
    by: tuple[ProvisionView, ...]
    decisions: int


@dataclass(frozen=True, slots=True)
class Group:
    """Items that are answered in the same ways by the same provisions; `members` are their words."""

    title: str
    items: str
    members: tuple[str, ...]
    ways: tuple[WayView, ...]
    set_aside: tuple[SetAsideView, ...]

    @property
    def waits(self) -> bool:
        """Whether some of its decisions wait."""
        return any(way.verdict == "refer" for way in self.ways)


def groups(answer: Answer, counts: Counts, provisions: Provisions) -> tuple[Group, ...]:
    """The items of an answer in groups, in the request's order of the first of each."""
    settled: dict[str, list[Settled]] = {}
    for one in counts.settled:
        settled.setdefault(one.item, []).append(one)
    beaten: dict[str, set[tuple[str, tuple[str, ...]]]] = {}
    for each in counts.beaten:
        beaten.setdefault(each.item, set()).add((each.rule, each.by))
    alike: dict[object, list[str]] = {}
    for item, ones in settled.items():
        ways: dict[tuple[str, str], frozenset[str]] = {}
        for one in ones:
            way = (one.verdict, one.basis)
            ways[way] = ways.get(way, frozenset()).union(one.rules)
        key = (frozenset(ways.items()), frozenset(beaten.get(item, ())))
        alike.setdefault(key, []).append(item)
    return tuple(_group(answer, counts, provisions, items) for items in alike.values())


def _group(answer: Answer, counts: Counts, provisions: Provisions, items: list[str]) -> Group:
    own = [one for one in counts.settled if one.item in items]
    ways: dict[tuple[str, str], list[Settled]] = {}
    for one in own:
        ways.setdefault((one.verdict, one.basis), []).append(one)
    order = sorted(ways, key=lambda way: (SHOWN_VERDICTS.index(way[0]), BASES.index(way[1])))
    set_aside: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for each in counts.beaten:
        if each.item in items:
            set_aside[each.rule, each.by] += each.decisions
    told: set[str] = set()
    return Group(
        title(items),
        listed(map(name, items)),
        tuple(items),
        tuple(_way(answer, provisions, way, ways[way], told) for way in order),
        tuple(
            SetAsideView(
                provisions.of_block(answer, rule),
                tuple(dict.fromkeys(provisions.of_block(answer, block) for block in by)),
                number,
            )
            for (rule, by), number in sorted(set_aside.items())
        ),
    )


def _way(
    answer: Answer,
    provisions: Provisions,
    way: tuple[str, str],
    ones: list[Settled],
    told: set[str],
) -> WayView:
    verdict, basis = way
    blocks = answer.law.in_force(answer.as_of).blocks
    found: Counter[tuple[ProvisionView, str]] = Counter()
    for one in ones:
        acting = {
            (provisions.of_block(answer, rule), does(blocks[rule].kind, verdict, basis))
            for rule in one.rules
        }
        for each in sorted(acting, key=lambda pair: (pair[0].id, pair[1])):
            found[each] += one.decisions
    rules = []
    for (provision, what), number in found.items():
        rules.append(RuleView(provision, what, number, provision.anchor in told))
        told.add(provision.anchor)
    return WayView(
        verdict,
        basis,
        OUTCOME[way],
        sum(one.decisions for one in ones),
        tuple(dict.fromkeys(one.item for one in ones)),
        tuple(rules),
    )


def title(items: list[str]) -> str:
    """What to call some items: all of them, or the first two and how many more."""
    words = [name(item) for item in items]
    if len(words) > 3:
        words = [*words[:2], f"{len(words) - 2} more"]
    return first_up(listed(words))

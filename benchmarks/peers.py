"""Habeas beside CEL and Cedar: do they say the same, and what can they not say.

    random states  ->  agreement  ->  Comparison;  the open person  ->  unknowns  ->  what each says

Promise: every item of every state is counted once for each side: same, different, or not sayable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from benchmarks.in_cedar import CedarRules
from benchmarks.in_cel import ERRORS, CelRules, Contexts
from benchmarks.setting import DAY, KNOWN, OPEN, random_state, setting
from habeas.compiled.closure import Compiled
from habeas.law.facts import Facts
from habeas.law.interpreter import OUTCOMES

STATES = 1_000
"""How many random states of the facts the sides are asked about."""


@dataclass(slots=True)
class Side:
    """What one peer said, item for item.

    same        as Habeas
    unsayable   Habeas gave an answer that this side has no word for, by its basis
    different   item, Habeas's verdict and basis, this side's verdict
    """

    same: int = 0
    unsayable: Counter[str] = field(default_factory=Counter)
    different: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, item: str, ours: tuple[str, str], theirs: str, sayable: Iterable[str]) -> None:
        """Count one answer."""
        verdict, basis = ours
        if basis not in sayable:
            self.unsayable[basis] += 1
        elif verdict == theirs:
            self.same += 1
        else:
            self.different.append((item, f"{verdict}, {basis}", theirs))


@dataclass(slots=True)
class Comparison:
    """All sides over all states that were compared.

    bases  how often Habeas found each basis
    """

    states: int = 0
    bases: Counter[str] = field(default_factory=Counter)
    cel: Side = field(default_factory=Side)
    cedar: Side = field(default_factory=Side)

    @property
    def answers(self) -> int:
        """How many answers of Habeas each side was held against."""
        return self.bases.total()


CEL_SAYS = frozenset(OUTCOMES)
"""Bases that rules in CEL with Python around them can give."""

CEDAR_SAYS = frozenset(basis for basis, verdict in OUTCOMES.items() if verdict != "refer")
"""Bases whose verdict Cedar's allow and deny can say."""


class Peers:
    """Habeas, CEL and Cedar with the rules of one compiled rule set."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.cel = CelRules(compiled.rules)
        self.cedar = CedarRules(compiled.rules)
        self.items = tuple(compiled.rules.vocabulary.items)

    def compare(self, facts: Facts, into: Comparison) -> None:
        """Ask all sides about every item of facts of which nothing is unknown."""
        ours = self.compiled.findings(facts, self.items)
        cel = self.cel.bases(self.cel.contexts(facts), self.items)
        cedar = self.cedar.allowed(self.cedar.asked(facts, self.items))
        into.states += 1
        for item, allowed in zip(self.items, cedar, strict=True):
            found = (ours[item].verdict, ours[item].basis)
            into.bases[found[1]] += 1
            into.cel.add(item, found, OUTCOMES[cel[item]], CEL_SAYS)
            into.cedar.add(item, found, "grant" if allowed else "deny", CEDAR_SAYS)


def agreement(states: int = STATES, seed: int = 1) -> Comparison:
    """The one person known, and random states of all facts."""
    known = setting(KNOWN)
    peers = Peers(known.law.compiled(DAY))
    made = Comparison()
    peers.compare(known.facts, made)
    rng = Random(seed)
    for _ in range(states):
        peers.compare(random_state(peers.compiled.rules, rng), made)
    return made


Said = tuple[str, str, str]
"""An item, Habeas's verdict with its basis, a peer's answer."""


def unknowns() -> dict[str, list[Said]]:
    """What CEL and Cedar say of each item of the person of whom not everything is known."""
    left = setting(OPEN)
    peers = Peers(left.law.compiled(DAY))
    ours = peers.compiled.findings(left.facts, peers.items)
    contexts = peers.cel.contexts(left.facts)
    cedar = peers.cedar.allowed(peers.cedar.asked(left.facts, peers.items))
    made: dict[str, list[Said]] = {"CEL": [], "Cedar": []}
    for item, allowed in zip(peers.items, cedar, strict=True):
        found = ours[item]
        verdict = f"refer, {found.basis}" if found.verdict == "refer" else found.verdict
        made["CEL"].append((item, verdict, _cel_answer(peers.cel, contexts, item)))
        made["Cedar"].append((item, verdict, "grant" if allowed else "deny"))
    return made


def _cel_answer(rules: CelRules, contexts: Contexts, item: str) -> str:
    try:
        return OUTCOMES[rules.basis(item, contexts[item])]
    except ERRORS:
        return "an error"

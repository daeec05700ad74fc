"""Asking Z3, and holding what it answers against the real engine.

    Outcomes, formulas  ->  solve  ->  Case | Rests | None
    World  ->  replayed  ->  Case;  Case  ->  plain  ->  Case with no fact that is not needed

Promise: a model that does not replay is an internal error and never an answer; *unknown* and a time
out are None, which reads "not proved" and never "safe".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import z3

from habeas.compiled.closure import Compiled, compile_rules
from habeas.compiled.effort import TooMuch, at_most
from habeas.compiled.z3 import Formula
from habeas.compiled.z3_rules import Outcomes
from habeas.law.facts import Facts
from habeas.law.interpreter import OUTCOMES, Finding, in_world
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import World

SECONDS = 10.0
"""How long Z3 may think about one question."""

STEPS, A_TRY = 100_000, 20_000
"""How many steps of exact resolution it may take to make a case plain (about a second), and one of
its tries."""


class NotReplayed(Exception):  # noqa: N818  # an internal error: something here is wrong
    """What Z3 found is not what the real engine finds."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case that was decided by the interpreter and by the engine.

    item      what is asked
    facts     what is known; of a whole case everything that the law reads
    lets_act  the contested provisions that act
    basis     of this one world; `OUTCOMES` has its verdict
    finding   what the engine finds of these facts, contested provisions left open
    """

    rules: RuleSet
    item: str
    facts: Facts
    lets_act: frozenset[str]
    basis: str
    finding: Finding

    @property
    def verdict(self) -> str:
        """The verdict of this one world."""
        return OUTCOMES[self.basis]


class Rests(NamedTuple):
    """A proof that no case is as was asked, and the blocks whose conditions it needs: no one of
    them can be left out."""

    blocks: tuple[str, ...]


@dataclass(slots=True)
class Engines:
    """The compiled rule sets that models are replayed in; each is compiled once."""

    _made: dict[int, tuple[RuleSet, Compiled]] = field(default_factory=dict)

    def of(self, rules: RuleSet) -> Compiled:
        """The engine of a rule set."""
        found = self._made.get(id(rules))
        if found is None:
            found = self._made[id(rules)] = (rules, compile_rules(rules))
        return found[1]


def solve(
    outcomes: Sequence[Outcomes], wanted: Iterable[Formula], seconds: float = SECONDS
) -> z3.ModelRef | Rests | None:
    """A model of what is wanted; or that there is none, and why; or None: not settled in time.

    All `outcomes` are of the same `Cases`; their blocks' switches are on.
    """
    formulas = list(wanted)  # before `tied` is read, which grows as formulas are made
    solver = z3.Solver()
    solver.set("timeout", max(1, int(seconds * 1000)))
    solver.set("core.minimize", True)
    solver.add(*outcomes[0].cases.always, *formulas)
    switches: dict[str, str] = {}
    for one in outcomes:
        solver.add(*one.tied)
        switches |= {str(switch): block for block, switch in one.switches.items()}
    answer = solver.check([switch for one in outcomes for switch in one.switches.values()])
    if answer == z3.unknown:
        return None
    if answer == z3.sat:
        return solver.model()
    core = {switches[str(switch)] for switch in solver.unsat_core()}
    return Rests(tuple(sorted(core)))


def replayed(engines: Engines, rules: RuleSet, item: str, world: World, verdict: str = "") -> Case:
    """A world as the interpreter and the engine decide it.

    verdict  what Z3 said comes out; left out: nothing is held against it

    Raises `NotReplayed` where the two, or Z3, disagree.
    """
    if rules.contradictions(world.facts):
        raise NotReplayed(f"{item}: the model contradicts a list of the law")
    basis = in_world(rules, item, world)[0]
    finding = engines.of(rules).finding(item, world.facts)
    of_world = OUTCOMES[basis]
    if verdict and of_world != verdict:
        raise NotReplayed(f"{item}: the model says {verdict}, the interpreter {of_world}")
    if finding.verdict != of_world and finding.basis != "contested":
        raise NotReplayed(f"{item}: the interpreter says {of_world}, the engine {finding.verdict}")
    return Case(rules, item, world.facts, world.lets_act, basis, finding)


def plain(engines: Engines, case: Case, still: Callable[[Case], bool], steps: int = STEPS) -> Case:
    """The case with as few facts as it takes: for people to read.

    still  whether a case with fewer facts still shows what it is to show; asked of the engine's
           finding, so that what is left out really does not matter
    steps  how much exact resolution that may take: what few facts of much law leave open can take
           for ever to settle, and a fact too many does no harm

    Facts are left out one by one, rows from the last one on, and tables are left incomplete where
    they may be.
    """
    for smaller in _smaller(case.facts):
        facts = smaller(case.facts)
        if facts is None:
            continue
        with at_most(min(steps, A_TRY)) as left:
            try:
                finding = engines.of(case.rules).finding(case.item, facts)
                made = replace(case, facts=facts, finding=finding)
                if still(made):
                    case = made
            except TooMuch:
                pass  # the fact stays
        steps -= left.taken
    return case


def _smaller(facts: Facts) -> Iterable[Callable[[Facts], Facts | None]]:
    """Ways to know less, those that tell most first."""
    for table in sorted(facts.complete):
        yield lambda now, table=table: now.without([table])  # type: ignore[misc]  # bound now
    for table, rows in facts.rows.items():
        for number in range(len(rows), 0, -1):
            yield lambda now, table=table, number=number: _without_row(now, table, number)  # type: ignore[misc]
    for path, _ in list(facts.flat()):
        if path not in facts.complete:
            yield lambda now, path=path: now.without([path])  # type: ignore[misc]


def _without_row(facts: Facts, table: str, number: int) -> Facts | None:
    rows = facts.rows.get(table, [])
    if number > len(rows):
        return None
    kept = {**facts.rows, table: [row for at, row in enumerate(rows, 1) if at != number]}
    return Facts(facts.values, facts.items, kept, facts.complete)

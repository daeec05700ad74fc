"""Leaks: what one answer would give away although it is not granted.

    LawBook (its derivations), stretches of law  ->  leaks  ->  Leaks (leaks with cases, proved, not proved)

Promise: a leak is a case that the real engine decided: every item on a derivation's left granted, the one
on its right not. *Proved* is said only where Z3 found that there is no such case, in any stretch.

A *case* is one request about one person on one day, fully answered; contested provisions are free
choices. Nobody's decision is changed by any of this: it is for counsel.

Each derivation is looked at alone. That is enough: where what was granted gives something away through
items that are not granted, the first of these is a leak itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import z3

from habeas.compiled.z3 import Cases, Formula
from habeas.compiled.z3_rules import Outcomes
from habeas.law.book import LawBook
from habeas.law.conditions import (
    Compare,
    Condition,
    Count,
    Holds,
    OneOf,
    Quantified,
    Term,
    Within,
    terms,
    walk,
)
from habeas.law.dates import shift
from habeas.law.derivations import Derivation
from habeas.law.facts import Facts
from habeas.law.interpreter import OUTCOMES
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.worlds import World, relevant
from habeas.proofs.goal import contested_of
from habeas.proofs.prove import Stretch, _chosen, stretches
from habeas.proofs.solve import SECONDS, Case, Engines, NotReplayed, plain, replayed

WITHHELD = ("forbidden", "no authority", "conflict")
"""In which ways an item is not granted; a case of an earlier one is shown rather than of a later."""

Essence = tuple[object, ...]
"""Everything of a rule set that can make a difference to some items."""


@dataclass(frozen=True, slots=True)
class LeakCase:
    """A case in which a derivation leaks: as few facts as it takes.

    choice  the contested provisions that can make a difference, and whether each acts; empty where it
            is a leak whichever of them do
    bases   of each item, those on the left first: what comes out, `required` or `permitted` among them
    alike   the items' own facts (`public`, `ordered`) are the same for all of them; if not, there is no
            case in which they are
    """

    facts: Facts
    choice: Mapping[str, bool]
    bases: Mapping[str, str]
    alike: bool

    @property
    def verdict(self) -> str:
        """What comes out for the item that is given away: `deny`, or `refer` where rules conflict."""
        return OUTCOMES[list(self.bases.values())[-1]]

    @property
    def forbidden(self) -> bool:
        """Whether the law forbids what is given away, which is more than that nothing allows it."""
        return list(self.bases.values())[-1] == "forbidden"


@dataclass(frozen=True, slots=True)
class Leak:
    """A derivation that leaks in some stretch of law, with a case of it."""

    derivation: Derivation
    stretch: Stretch
    case: LeakCase


@dataclass(frozen=True, slots=True)
class Leaks:
    """What was found.

    leaks        one for each derivation and stretch; certain derivations first
    proved       derivations that leak in no stretch of any place
    not_proved   those, and where, that were not settled
    derivations  all that were looked for
    stretches    how many stretches of law were looked at
    """

    leaks: tuple[Leak, ...]
    proved: tuple[Derivation, ...]
    not_proved: tuple[tuple[Derivation, Stretch], ...]
    derivations: tuple[Derivation, ...]
    stretches: int

    def of(self, derivation: Derivation) -> tuple[Leak, ...]:
        """Where a derivation leaks."""
        return tuple(one for one in self.leaks if one.derivation == derivation)

    @property
    def leaking(self) -> tuple[Derivation, ...]:
        """The derivations that leak somewhere; certain ones first."""
        return tuple(dict.fromkeys(one.derivation for one in self.leaks))

    @property
    def loud(self) -> tuple[Leak, ...]:
        """Leaks of what is always given away, where the items' own facts are no different."""
        return tuple(one for one in self.leaks if one.derivation.certain and one.case.alike)


def leaks(book: LawBook, of: Iterable[Stretch] | None = None, seconds: float = SECONDS) -> Leaks:
    """Look for leaks of every derivation in every stretch of law.

    of       the stretches; left out: those of all places, on all days
    seconds  how long Z3 may think about one question

    Raises `NotReplayed`, an internal error, where a model is not what the engine finds.
    """
    if of is None:
        of = [one for place in book.places() for one in stretches(book, place)]
    derivations = sorted(book.vocabulary.derivations, key=lambda one: not one.certain)
    engines = Engines()
    known: dict[tuple[Derivation, Essence], LeakCase | bool] = {}
    found: list[Leak] = []
    open_: list[tuple[Derivation, Stretch]] = []
    looked = 0
    for stretch in of:
        looked += 1
        rules = rule_set(book, stretch.place, stretch.start)
        keys = {one: (one, essence(rules, (*one.given, one.item))) for one in derivations}
        new = [one for one, key in keys.items() if key not in known]
        if new:
            made = _Search(rules, engines, new, seconds)
            known.update((keys[one], made.leak(one, stretch.day)) for one in new)
        for one, key in keys.items():
            case = known[key]
            if isinstance(case, LeakCase):
                found.append(Leak(one, stretch, case))
            elif not case:
                open_.append((one, stretch))
    unsafe = {one.derivation for one in found} | {one for one, _ in open_}
    proved = tuple(one for one in derivations if one not in unsafe)
    found.sort(key=lambda one: derivations.index(one.derivation))
    return Leaks(tuple(found), proved, tuple(open_), tuple(derivations), looked)


def essence(rules: RuleSet, items: Sequence[str]) -> Essence:
    """Equal for two rule sets under which the same leaks are possible between some items."""
    lists = tuple(sorted((key, tuple(sorted(of))) for key, of in rules.listed.items()))
    blocks = {block for item in items for block in relevant(rules, item)}
    return (
        tuple(sorted((b, rules.blocks[b].kind, rules.own[b], rules.contested.get(b)) for b in blocks)),
        tuple((item, rules.rules(item)) for item in items),
        tuple((b, item, rules.beaters_for(b, item)) for item in items for b in relevant(rules, item)),
        lists,
    )  # fmt: skip


def asked(rules: RuleSet, items: Sequence[str]) -> list[tuple[str, Condition]]:
    """The conditions, each with its item, that cases of some items together have to tell apart.

    What compares an item's own fact is asked of every item, so that such a fact could be the same
    for all of them.
    """
    own = [(item, rules.own[block]) for item in items for block in relevant(rules, item)]
    leaves = dict.fromkeys(
        part
        for _, condition in own
        for part in walk(condition)
        if isinstance(part, Compare | OneOf | Within)
        and any(term.scope == "item" for term in terms(part))
    )
    return [*own, *((item, leaf) for leaf in leaves for item in items)]


class _Search:
    """Leaks under one rule set: one set of cases and one solver for all of its questions."""

    def __init__(
        self, rules: RuleSet, engines: Engines, derivations: Sequence[Derivation], seconds: float
    ) -> None:
        self.rules = rules
        self.engines = engines
        items = dict.fromkeys(item for one in derivations for item in (*one.given, one.item))
        self.cases = Cases(rules.vocabulary, asked(rules, list(items)))
        self.outcomes = Outcomes(self.cases, rules)
        self.granted = {item: self.outcomes.verdict("grant", item) for item in items}
        self.withheld = {
            (one.item, basis): self.outcomes.basis(basis, one.item)
            for one in derivations
            for basis in WITHHELD
        }
        self.solver = z3.Solver()
        self.solver.set("timeout", max(1, int(seconds * 1000)))
        # Formulas are made before `tied` is read, which grows as they are.
        self.solver.add(*self.cases.always, *self.outcomes.tied, *self.outcomes.switches.values())

    def leak(self, derivation: Derivation, day: date) -> LeakCase | bool:
        """A case in which it leaks; True: proved that there is none; False: not settled."""
        items = (*derivation.given, derivation.item)
        if not all(self.rules.rules(item) for item in derivation.given):
            return True  # without a rule nothing is granted
        granted = [self.granted[item] for item in derivation.given]
        alike = list(_alike(self.cases, items))
        for same in (True, False):  # each is settled before the next, which says that it has none
            settled = True
            for basis in WITHHELD:
                self.solver.push()
                withheld = self.withheld[derivation.item, basis]
                self.solver.add(*granted, withheld, *(alike if same else ()))
                answer = self.solver.check()
                world = self.outcomes.world(self.solver.model()) if answer == z3.sat else None
                self.solver.pop()
                if world is not None:
                    return self.case(items, world, basis, same, day)
                settled = settled and answer == z3.unsat
            if not settled:
                return False
        return True

    def case(
        self, items: Sequence[str], world: World, basis: str, alike: bool, day: date
    ) -> LeakCase:
        """A model as the engine decides it, made plain."""
        world = World(self.read(world.facts, items), world.lets_act, {})
        last = items[-1]
        case = replayed(self.engines, self.rules, last, world, OUTCOMES[basis])
        if case.basis != basis:
            raise NotReplayed(f"{last}: the model says {basis}, the interpreter {case.basis}")
        for item in items[:-1]:
            replayed(self.engines, self.rules, item, world, "grant")

        def still(smaller: Case) -> bool:
            engine = self.engines.of(smaller.rules)
            found = [engine.finding(item, smaller.facts).verdict for item in items[:-1]]
            return smaller.finding.basis == basis and set(found) == {"grant"}

        choice: dict[str, bool] = {}
        if not still(case):  # contested provisions matter: they are settled as the case has them
            contested = sorted({one for item in items for one in contested_of(self.rules, item)})
            choice = {one: one in world.lets_act for one in contested}
            settled = _chosen(self.rules, world.lets_act)
            case = self.decided(replace(case, rules=settled), case.facts)
            if not still(case):
                raise NotReplayed(f"{', '.join(items)}: the case is none of a leak")
        for facts in _nearer(case.facts, day):
            near = self.decided(case, facts)
            if still(near):
                case = near
                break
        case = plain(self.engines, case, still)
        engine = self.engines.of(case.rules)
        bases = {item: engine.finding(item, case.facts).basis for item in items}
        return LeakCase(case.facts, choice, bases, alike)

    def decided(self, case: Case, facts: Facts) -> Case:
        """The case with other facts, decided by the engine of its rules."""
        finding = self.engines.of(case.rules).finding(case.item, facts)
        return replace(case, facts=facts, finding=finding)

    def read(self, facts: Facts, items: Sequence[str]) -> Facts:
        """What the law of some items reads."""
        read: set[tuple[str, str]] = set()
        for item in items:
            for block in relevant(self.rules, item):
                for part in walk(self.rules.own[block]):
                    read |= {(one.table, one.name) for one in terms(part) if one.name is not None}
                    if isinstance(part, Quantified | Count):
                        read.add((part.table, ""))
        rows = {table: found for table, found in facts.rows.items() if (table, "") in read}
        return Facts(
            {name: value for name, value in facts.values.items() if ("", name) in read},
            {(i, n): v for (i, n), v in facts.items.items() if i in items and ("", n) in read},
            rows,
            frozenset(table for table in facts.complete if (table, "") in read),
        )


def _alike(cases: Cases, items: Sequence[str]) -> Iterator[Formula]:
    """That the items' own facts are the same for all of them."""
    paths = set(cases.paths)
    for fact in cases.vocabulary.facts.values():
        if fact.scope != "item":
            continue
        of = [item for item in items if f"{item}.{fact.name}" in paths]
        for one, other in pairwise(of):
            conditions: list[Condition] = [Holds(fact.name, "item")]
            if fact.type != "yes/no":
                term = Term(fact.name, "item")
                both = {*cases.values(f"{one}.{fact.name}"), *cases.values(f"{other}.{fact.name}")}
                conditions = [
                    Compare(term, "=", Term(value=value)) for value in sorted(both, key=str)
                ]
            for condition in conditions:
                yield cases.truth(condition, one).yes == cases.truth(condition, other).yes


def _nearer(facts: Facts, day: date) -> Iterator[Facts]:
    """The facts with days that people know: all of them the law's, or as many years on."""
    days = [value for _, value in facts.flat() if isinstance(value, date)]
    years = day.year - max(days).year if days else 0
    yield _moved(facts, lambda _: day)
    yield _moved(facts, lambda one: shift(one, (years, "year")))


def _moved(facts: Facts, move: Callable[[date], date]) -> Facts:
    return facts.changed(lambda _, value: move(value) if isinstance(value, date) else value)

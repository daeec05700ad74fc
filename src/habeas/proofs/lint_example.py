"""Examples: a case that shows something, with as few facts as it takes.

    World, what it is to show  ->  example (replayed, then smaller)  ->  Example

Promise: an example is a whole case that the interpreter and the engine decided alike; by the
interpreter it shows what it is said to show whatever the facts that it does not name are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from habeas.decisions.explain import citation_of, show
from habeas.law.blocks import Provision
from habeas.law.book import LawBook
from habeas.law.dates import shift
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import OUTCOMES, acts, basis_of, k_or
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import World
from habeas.proofs.lint_finding import Cited, Example
from habeas.proofs.lint_group import Group
from habeas.proofs.solve import Engines, NotReplayed, replayed

Shows = Callable[[Facts, frozenset[str]], bool]
"""Whether facts, with the contested provisions that act, show what is to be shown, by the
interpreter and whatever else could be."""


@dataclass(slots=True)
class Ground:
    """What a stretch of law is looked at with."""

    book: LawBook
    rules: RuleSet
    groups: Sequence[Group]
    engines: Engines = field(default_factory=Engines)

    def cite(self, blocks: Iterable[str]) -> tuple[Cited, ...]:
        """Blocks with their citations."""
        return tuple(self.cited(self.rules.blocks[one].provision, one) for one in blocks)

    def cited(self, provision: Provision, block: str = "") -> Cited:
        """A block of a provision, or the provision itself."""
        unchecked = not self.book.is_checked(provision)
        return Cited(block or provision.id, citation_of(provision), unchecked)

    def items(self, groups: Iterable[Group]) -> tuple[str, ...]:
        """The items of some groups, in the vocabulary's order."""
        wanted = {item for group in groups for item in group.items}
        return tuple(item for item in self.rules.vocabulary.items if item in wanted)


def example(
    ground: Ground,
    item: str,
    world: World,
    shows: Shows,
    otherwise: tuple[str, str] | None = None,
) -> Example:
    """The world as an example, with as few facts as it takes to show something.

    Raises `NotReplayed` where engine or interpreter do not find what Z3 found.
    """
    engines, rules = ground.engines, ground.rules
    case = replayed(engines, rules, item, world)
    if not shows(case.facts, case.lets_act):
        raise NotReplayed(f"{item}: the interpreter does not find in the model what Z3 does")
    for near in _near(case.facts, rules, ground.book.places()):
        if shows(near, case.lets_act):
            case = replayed(engines, rules, item, World(near, case.lets_act, {}))
            break
    facts = _smaller(case.facts, lambda fewer: shows(fewer, case.lets_act))
    said = tuple(
        (path, "complete" if path in facts.complete else show(value))
        for path, value in facts.flat()
    )
    readings = _readings(rules, facts, case.lets_act, shows)
    return Example(item, said, readings, outcome(case.basis), otherwise)


def _smaller(facts: Facts, still: Callable[[Facts], bool]) -> Facts:
    """The facts without those that are not needed: whether tables are complete, then rows from the
    last one on, then one fact after the other.

    Unlike `solve.plain` this never asks the engine: what it would take to settle a case of few facts
    exactly has no bound, and here the interpreter's bound is enough.
    """

    def tried(fewer: Facts) -> Facts:
        return fewer if still(fewer) else facts

    for table in sorted(facts.complete):
        facts = tried(facts.without([table]))
    for table, rows in facts.rows.items():
        for at in range(len(rows) - 1, -1, -1):
            kept = [*facts.rows[table][:at], *facts.rows[table][at + 1 :]]
            given = {**facts.rows, table: kept}
            facts = tried(Facts(facts.values, facts.items, given, facts.complete))
    for path, _ in list(facts.flat()):
        if path not in facts.complete:
            facts = tried(facts.without([path]))
    return facts


def _near(facts: Facts, rules: RuleSet, places: Sequence[str]) -> Iterator[Facts]:
    """The facts with days as far apart as they are but near the day of law, and with places that
    there are: a place at a time, and at last with days alone."""
    said = [value for _, value in facts.flat()]
    days = [value.year for value in said if isinstance(value, date)]
    years = rules.day.year - max(days) if days else 0
    for known in (*(place for place in places if place not in said), None):

        def moved(path: str, value: Value, known: str | None = known) -> Value:
            if isinstance(value, date):
                return shift(value, (years, "year"))
            fact = rules.vocabulary.fact_at(path)
            strange = fact is not None and fact.type == "place" and value not in places
            return known if strange and known else value

        yield facts.changed(moved)


def _readings(
    rules: RuleSet, facts: Facts, lets_act: frozenset[str], shows: Shows
) -> tuple[tuple[str, bool], ...]:
    """The contested provisions without which, one way or the other, the facts would not show it."""
    provisions = sorted(set(rules.contested.values()))
    free: list[str] = []
    for one in provisions:
        tried = [*free, one]
        kept = lets_act - {*tried}
        choices = product((True, False), repeat=len(tried))
        acting = ({p for p, on in zip(tried, each, strict=True) if on} for each in choices)
        if all(shows(facts, kept | each) for each in acting):
            free.append(one)
    return tuple((one, one in lets_act) for one in provisions if one not in free)


def basis_in(rules: RuleSet, item: str, facts: Facts, lets_act: frozenset[str]) -> str | None:
    """The basis by the interpreter, of these facts and whatever else could be; None: open."""
    forbids, requires, permits = (
        k_or(
            acts(rules, rule, item, facts, lets_act)
            for rule in rules.rules(item)
            if rules.blocks[rule].kind == kind
        )
        for kind in ("forbid", "require", "permit")
    )
    if forbids is None or requires is None:
        return None
    if permits is None and not forbids and not requires:
        return None
    return basis_of(forbids, requires, bool(permits))


def outcome(basis: str | None) -> str:
    """Verdict and basis: `deny (forbidden)`."""
    return f"{OUTCOMES[basis]} ({basis})" if basis else "open"

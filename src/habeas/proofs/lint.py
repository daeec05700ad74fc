"""Lint of the law: what is so in every case and is worth a lawyer's look.

    LawBook, stretch of law  ->  RuleSet, groups  ->  lint  ->  Linted (findings, what is unsettled)
    stretches                ->  lint_all         ->  Linted, findings with their days

Promise: nothing is said of *every case* that Z3 did not prove, and no example is shown that the engine
did not decide; a question that was not settled in time is named. A finding is no error of the law:
it is a question to whoever knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from habeas.law.book import LawBook
from habeas.law.ruleset import rule_set
from habeas.proofs.lint_acting import acting, dead
from habeas.proofs.lint_conditions import definitions, parts
from habeas.proofs.lint_conflicts import conflicts
from habeas.proofs.lint_deciding import never_decides
from habeas.proofs.lint_example import Ground
from habeas.proofs.lint_finding import KINDS, Finding, Told, Unsettled, span_json
from habeas.proofs.lint_group import groups
from habeas.proofs.lint_items import one_outcome
from habeas.proofs.lint_readings import contested
from habeas.proofs.prove import Stretch, stretches
from habeas.proofs.solve import SECONDS


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in a place's law, on days of `[start, end)`; in the order of `KINDS`."""

    place: str
    start: date
    end: date
    findings: tuple[Finding, ...]
    unsettled: tuple[Unsettled, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "place": self.place,
            **span_json(self.start, self.end),
            "findings": [one.to_json() for one in self.findings],
            "unsettled": [one.to_json() for one in self.unsettled],
        }


def stretch_of(book: LawBook, place: str, day: date) -> Stretch:
    """The stretch of unchanging law that a day lies in."""
    return next(one for one in reversed(stretches(book, place)) if one.start <= day)


def lint(book: LawBook, stretch: Stretch, seconds: float = SECONDS) -> Linted:
    """Look at one stretch of a place's law.

    seconds  how long Z3 may think about one question

    Raises `NotReplayed`, an internal error, where an example is not what the engine finds.
    """
    found = sorted(_found(book, stretch, seconds), key=lambda one: [*KINDS].index(one.kind))
    dated = [replace(one, start=stretch.start, end=stretch.end) for one in found]
    return Linted(
        stretch.place,
        stretch.start,
        stretch.end,
        tuple(one for one in dated if isinstance(one, Finding)),
        tuple(one for one in dated if isinstance(one, Unsettled)),
    )


def _found(book: LawBook, stretch: Stretch, seconds: float) -> Iterator[Told]:
    rules = rule_set(book, stretch.place, stretch.day)
    ground = Ground(book, rules, groups(rules, seconds))
    provisions = [one for one in book.provisions_of(stretch.place) if one.in_force(stretch.day)]
    made = acting(ground.groups)
    never = frozenset(block for block, one in made.items() if one.never)
    yield from conflicts(ground)
    yield from dead(ground, made)
    yield from never_decides(ground, made)
    yield from one_outcome(ground)
    yield from contested(ground)
    yield from definitions(ground, provisions, seconds)
    yield from parts(ground, never, seconds)


def lint_all(book: LawBook, place: str, seconds: float = SECONDS) -> Linted:
    """Look at every stretch of a place's law; what stays the same is told once, with its days."""
    made = [lint(book, one, seconds) for one in stretches(book, place)]
    findings = _joined(one for part in made for one in part.findings)
    unsettled = tuple(one for part in made for one in part.unsettled)
    return Linted(place, date.min, date.max, findings, unsettled)


def _joined(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that are the same on days that follow each other, as one; the newest's example."""
    open_: dict[object, Finding] = {}
    closed: list[Finding] = []
    for one in findings:
        before = open_.get(one.identity)
        if before and before.end == one.start:
            one = replace(one, start=before.start)
        elif before:
            closed.append(before)
        open_[one.identity] = one
    return tuple(
        sorted([*closed, *open_.values()], key=lambda one: ([*KINDS].index(one.kind), one.identity))
    )

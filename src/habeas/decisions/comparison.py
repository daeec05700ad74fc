"""Places compared: what the law of each answers to the same questions.

    Law, Law, …, day  ->  compare  ->  Comparison (questions × places -> Answered)

Promise: an answer is a decision of the engine that decides real requests, with what a question leaves
open left unknown; where it is not the same in all cases, it waits, and says exactly what it hinges on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from habeas.decisions.decide import Law
from habeas.decisions.decision import Decision
from habeas.decisions.explain import OUTCOME, citation_of, meaning_of
from habeas.decisions.questions import Question, read_questions
from habeas.errors import InputError, Place, Problem
from habeas.law.blocks import Provision
from habeas.law.facts import Facts
from habeas.records.records import Person
from habeas.records.request import Request


@dataclass(frozen=True, slots=True)
class Hinge:
    """A fact on which an answer hinges, what it means, and who can say it."""

    fact: str
    meaning: str
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cited:
    """A provision that an answer rests on, by which block, and whether anybody checked it."""

    block: str
    provision: Provision
    unchecked: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What one place's law answers to one question.

    cited   the provisions of the rules that decide, or of those that are open where it waits
    beaten  the provisions of rules that would have acted and gave way
    hinges  the facts that matter, where the answer is not the same in all cases
    """

    place: str
    decision: Decision
    cited: tuple[Cited, ...]
    beaten: tuple[Cited, ...]
    hinges: tuple[Hinge, ...]

    @property
    def outcome(self) -> str:
        """Verdict and basis, in a sentence."""
        return OUTCOME[self.decision.verdict, self.decision.basis]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "place": self.place,
            "verdict": self.decision.verdict,
            "basis": self.decision.basis,
            "outcome": self.outcome,
            "provisions": [_cited(one) for one in self.cited],
            "gave_way": [_cited(one) for one in self.beaten],
            "hinges_on": [
                {"fact": one.fact, "meaning": one.meaning, "who": list(one.who)}
                for one in self.hinges
            ],
            "unchecked": list(self.decision.unchecked),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Places against the questions.

    laws     one for each place, in the order asked for
    answers  one row for each question that could be asked, one column for each place
    unasked  questions with words that the law's vocabulary has not
    """

    laws: tuple[Law, ...]
    day: date
    answers: tuple[tuple[Question, tuple[Answered, ...]], ...]
    unasked: tuple[Question, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "as_of": self.day.isoformat(),
            "places": [{"place": law.place, "law": law.digest} for law in self.laws],
            "questions": [
                {
                    "id": question.id,
                    "group": question.group,
                    "asks": question.asks,
                    "item": question.item,
                    "answers": [one.to_json() for one in row],
                    "same": len({one.decision.verdict for one in row}) == 1,
                }
                for question, row in self.answers
            ],
            "not_asked": [{"id": one.id, "lacks": list(one.lacks)} for one in self.unasked],
        }


def compare(laws: Sequence[Law], day: date) -> Comparison:
    """Ask the law of each place all questions, on one day.

    laws  of one folder, so with one vocabulary; at least one, each place once

    Raises `InputError` where a place is named twice.
    """
    places = [law.place for law in laws]
    for place in places:
        if places.count(place) > 1:
            message, help_line = f"`{place}` is named twice", "name each place once"
            raise InputError(Problem(Place("PLACES"), message, help_line))
    questions = read_questions(laws[0].book.vocabulary)
    return Comparison(
        tuple(laws),
        day,
        tuple(
            (one, tuple(_answered(law, one, day) for law in laws))
            for one in questions
            if not one.lacks
        ),
        tuple(one for one in questions if one.lacks),
    )


def _answered(law: Law, question: Question, day: date) -> Answered:
    facts = question.facts
    received = law.book.vocabulary.facts.get("received_on")
    if received is not None and received.type == "date":  # asked on the day that is compared
        facts = facts.merged(Facts({"received_on": day}))
    request = Request(question.id, facts, (question.item,), question.selects_on)
    person = Person("somebody", Facts(), frozenset())
    (decision,) = law.decide_person(request, person, as_of=day)
    return Answered(
        law.place,
        decision,
        _provisions(law, decision.rules, day),
        _provisions(law, [one.rule for one in decision.defeated], day),
        tuple(Hinge(one.fact, meaning_of(law, one.fact), one.who) for one in decision.missing),
    )


def _provisions(law: Law, blocks: Sequence[str], day: date) -> tuple[Cited, ...]:
    rules = law.in_force(day)
    return tuple(
        Cited(
            block,
            rules.blocks[block].provision,
            not law.book.is_checked(rules.blocks[block].provision),
        )
        for block in blocks
    )


def _cited(one: Cited) -> dict[str, Any]:
    return {
        "block": one.block,
        "citation": citation_of(one.provision),
        "source": one.provision.pack.source,
        "status": one.provision.status or None,
        "unchecked": one.unchecked,
    }

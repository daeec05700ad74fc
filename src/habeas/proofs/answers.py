"""Whose answers would change: one request, decided by two laws about everybody it asks about.

    Law, Law, Request, Records  ->  changed_answers  ->  ChangedAnswers  ->  counts; ids for the office

Promise: both laws decide from the same reading of the same records; of a person no more than her id
and the verdicts leaves here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import NamedTuple

from habeas.decisions.decide import Law
from habeas.decisions.table import Decisions
from habeas.errors import InputError, Place, Problem
from habeas.law.vocabulary import Vocabulary
from habeas.proofs.sides import Lacking, known, lacking
from habeas.records.records import SLICE, Group, Person, Records
from habeas.records.request import Request

Verdict = tuple[str, str]
"""Verdict and basis."""


class ChangedAnswer(NamedTuple):
    """One answer that would be another."""

    person: str
    item: str
    old: Verdict
    new: Verdict


@dataclass(frozen=True, slots=True)
class ChangedAnswers:
    """A request decided by two laws.

    request  whose
    left_out items that only one of the laws knows, so that they cannot be compared
    """

    request: Request
    old: Decisions
    new: Decisions
    left_out: tuple[str, ...]

    @property
    def people(self) -> int:
        """How many it asks about."""
        return len(self.old.people)

    def counts(self) -> dict[str, Counter[tuple[str, str]]]:
        """For each item, how many people's verdicts go from which to which; those that stay too."""
        found: dict[str, Counter[tuple[str, str]]] = {item: Counter() for item in self.old.items}
        old, new = _verdicts(self.old), _verdicts(self.new)
        pairs = zip(self.old.profiles.to_pylist(), self.new.profiles.to_pylist(), strict=True)
        for (mine, theirs), people in Counter(pairs).items():
            for number, item in enumerate(self.old.items):
                was, now = old[self.old.ways[mine][number]], new[self.new.ways[theirs][number]]
                found[item][was[0], now[0]] += people
        return found

    def changed(self) -> Iterator[ChangedAnswer]:
        """Everybody's answers whose verdict would be another: for the office alone."""
        old, new = _verdicts(self.old), _verdicts(self.new)
        for person, mine, theirs in zip(
            self.old.people.to_pylist(),
            self.old.profiles.to_pylist(),
            self.new.profiles.to_pylist(),
            strict=True,
        ):
            for number, item in enumerate(self.old.items):
                was, now = old[self.old.ways[mine][number]], new[self.new.ways[theirs][number]]
                if was[0] != now[0]:
                    yield ChangedAnswer(person, item, was, now)


def changed_answers(
    old: Law, new: Law, request: Request, records: Records, day: date
) -> ChangedAnswers:
    """Decide a request by both laws; request and records were read with the words of both.

    Raises `InputError` where the request chooses people by an item that a law does not know, or
    where facts contradict a list of a law.
    """
    shared = [i for i in request.items if all(i in law.book.vocabulary.items for law in (old, new))]
    unknown = tuple(item for item in request.items if item not in shared)
    for item in request.selects_on:
        if any(item not in law.book.vocabulary.items for law in (old, new)):
            message = f"the request chooses people by `{item}`, which only one of the laws knows"
            help_line = "its answers cannot be compared: leave `--request` out"
            raise InputError(Problem(Place("--request"), message, help_line))
    asked = replace(request, items=tuple(shared))
    words = old.book.vocabulary, new.book.vocabulary
    alike = lacking(*words) == lacking(*reversed(words)) == Lacking((), ())
    mine, theirs = (
        law.decided(asked, records, day) if alike else _decided(law, asked, records, day)
        for law in (old, new)
    )
    return ChangedAnswers(request, mine, theirs, unknown)


def _decided(law: Law, request: Request, records: Records, day: date) -> Decisions:
    """The same by a law that has not all of the words."""
    words = law.book.vocabulary
    facts = known(request.facts, words)
    return law.decided(replace(request, facts=facts), _within(records, words), day)


def _within(records: Records, words: Vocabulary) -> Records:
    """The same people, each with what a vocabulary has words for."""

    def read(ids: Sequence[str] | None) -> Iterator[Group]:
        people = iter(records.people() if ids is None else records.named(ids))
        while some := list(islice(people, SLICE)):
            yield Group({one.id: Person(one.id, known(one.facts, words), one.has) for one in some})

    return Records(read)


def _verdicts(decisions: Decisions) -> list[Verdict]:
    columns = (decisions.answers.column(name).to_pylist() for name in ("verdict", "basis"))
    return list(zip(*columns, strict=True))

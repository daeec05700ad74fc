"""Promises proved: that no case breaks a sentence, or one that does.

    Question, stretches of law  ->  Goals (alike items and alike law once)  ->  solve
    Rests  ->  Proved (provisions);  model  ->  Counterexample (replayed, plain);  None  ->  NotProved

Promise: *proved* is said only where Z3 found that there is no such case; a counterexample was
decided by the real engine; everything else is *not proved*.

A *case* is fully answered, and the contested provisions are free choices:

    never grant   in no case where the condition is yes, and for no choice, does an item come out grant
    never deny    likewise
    always refer  in each such case the choices all refer, or do not all come out the same
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from habeas.law.blocks import Define, Promise, Provision
from habeas.law.book import LawBook, chain_of
from habeas.law.conditions import Defined, walk
from habeas.law.dates import shift
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import Finding, truth
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.worlds import World
from habeas.proofs.goal import Goal, Goals, Safe, Settled, contested_of
from habeas.proofs.question import Question, of_promise
from habeas.proofs.solve import SECONDS, Case, Engines, NotReplayed, plain, replayed


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of unchanging law of a place: `[start, end)`."""

    place: str
    start: date
    end: date

    @property
    def day(self) -> date:
        """One of its days: the first, or the last where the law has been so always."""
        always = self.start == date.min and self.end < date.max
        return self.end - timedelta(days=1) if always else self.start


@dataclass(frozen=True, slots=True)
class Proved:
    """No case is as was asked.

    rests_on  the provisions whose conditions the proof needs, and those that define its words
    vacuous   no case meets the condition, so the sentence is about nobody
    rows      how many rows each table was given: more cannot make a difference
    """

    rests_on: tuple[Provision, ...]
    vacuous: bool
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A case that breaks the sentence: with as few facts as it takes, decided by the engine.

    chosen  what the engine finds with the contested provisions as the case has them
    """

    case: Case
    chosen: Finding

    @property
    def choice(self) -> dict[str, bool]:
        """The contested provisions that can make a difference to the item, and whether each acts."""
        case = self.case
        return {one: one in case.lets_act for one in contested_of(case.rules, case.item)}


@dataclass(frozen=True, slots=True)
class NotProved:
    """Neither: what was not settled, and why."""

    item: str
    why: str


Result = Proved | Counterexample | NotProved


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a question in one stretch of law."""

    stretch: Stretch
    result: Result


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a question, stretch by stretch.

    unasked  the stretches in which a word of the question is not defined, with that word
    """

    question: Question
    parts: tuple[Part, ...]
    unasked: tuple[tuple[Stretch, str], ...] = ()

    @property
    def answer(self) -> str:
        """`proved` in all of its stretches; `counterexample` in one; else `not proved`."""
        if self.broken:
            return "counterexample"
        proved = bool(self.parts) and all(isinstance(one.result, Proved) for one in self.parts)
        return "proved" if proved else "not proved"

    @property
    def broken(self) -> Part | None:
        """The newest stretch with a counterexample."""
        found = [one for one in self.parts if isinstance(one.result, Counterexample)]
        return max(found, key=lambda one: one.stretch.start, default=None)

    @property
    def vacuous(self) -> bool:
        """Whether it is proved of nobody."""
        return bool(self.parts) and all(
            isinstance(one.result, Proved) and one.result.vacuous for one in self.parts
        )

    @property
    def rests_on(self) -> tuple[Provision, ...]:
        """The provisions that the proved stretches rest on, each segment once."""
        found = {
            (one.id, one.start): one
            for part in self.parts
            if isinstance(part.result, Proved)
            for one in part.result.rests_on
        }
        return tuple(found[key] for key in sorted(found))

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table was given at most."""
        found: dict[str, int] = {}
        for part in self.parts:
            if isinstance(part.result, Proved):
                for table, rows in part.result.rows.items():
                    found[table] = max(found.get(table, 0), rows)
        return dict(sorted(found.items()))


def stretches(
    book: LawBook, place: str, start: date = date.min, end: date = date.max
) -> tuple[Stretch, ...]:
    """The stretches of a place's law that days of `[start, end)` are in."""
    days = sorted({start, *(day for day in book.changes(place) if start < day < end)})
    return tuple(Stretch(place, *both) for both in zip(days, [*days[1:], end], strict=True))


def on_day(place: str, day: date) -> tuple[Stretch, ...]:
    """One day alone."""
    return (Stretch(place, day, day if day == date.max else day + timedelta(days=1)),)


def promised(book: LawBook, promise: Promise) -> tuple[Question, tuple[Stretch, ...]]:
    """What a pack's promise asks: of every place under its own, on each day of its life."""
    life, mine = promise.provision, promise.provision.pack.jurisdiction
    under = [place for place in book.places() if mine in chain_of(place)]
    found = [one for place in under for one in stretches(book, place, life.start, life.end)]
    return of_promise(promise, book.vocabulary), tuple(found)


def prove(
    book: LawBook,
    asked: Iterable[tuple[Question, Sequence[Stretch]]],
    seconds: float = SECONDS,
) -> list[Proof]:
    """Prove questions, each in its stretches of law; what they share is made and solved once.

    seconds  how long Z3 may think about one goal

    Raises `NotReplayed`, an internal error, where a model is not what the engine finds.
    """
    return _Prover(book).prove(list(asked), seconds)


class _Prover:
    def __init__(self, book: LawBook) -> None:
        self.book = book
        self.goals = Goals()
        self.engines = Engines()
        self.rules: dict[tuple[str, date], RuleSet] = {}
        self.settled: dict[int, Settled] = {}

    def prove(
        self, asked: Sequence[tuple[Question, Sequence[Stretch]]], seconds: float
    ) -> list[Proof]:
        posed: dict[tuple[int, Stretch], tuple[Goal, ...]] = {}
        for number, (question, of) in enumerate(asked):
            for stretch in of:
                rules = self.rules_of(stretch)
                if not question.undefined(rules):
                    posed[number, stretch] = self.goals.of(question, rules)
        for goal in self.goals:
            self.settled[id(goal)] = goal.settled(seconds)
        made = []
        for number, (question, of) in enumerate(asked):
            parts, unasked = [], []
            for stretch in of:
                goals = posed.get((number, stretch))
                if goals is None:
                    unasked.append((stretch, question.undefined(self.rules_of(stretch))[0]))
                else:
                    parts.append(Part(stretch, self.result(question, stretch, goals)))
            made.append(Proof(question, tuple(parts), tuple(unasked)))
        return made

    def rules_of(self, stretch: Stretch) -> RuleSet:
        key = stretch.place, stretch.start
        if key not in self.rules:
            self.rules[key] = rule_set(self.book, *key)
        return self.rules[key]

    def result(self, question: Question, stretch: Stretch, goals: Sequence[Goal]) -> Result:
        """What is settled of some goals, together."""
        found = [(goal, self.settled[id(goal)]) for goal in goals]
        for goal, one in found:
            if isinstance(one, World):
                return self.counterexample(question, stretch, goal.item, one)
        for goal, one in found:
            if isinstance(one, str):
                return NotProved(goal.item, one)
        safe = [one for _, one in found if isinstance(one, Safe)]
        rules = self.rules_of(stretch)
        provisions = [p for one in safe for block in one.blocks for p in rules.rests_on[block]]
        rows: dict[str, int] = {}
        for one in safe:
            for table, number in one.rows.items():
                rows[table] = max(rows.get(table, 0), number)
        return Proved(
            tuple({p.id: p for p in (*provisions, *self.defining(question, stretch))}.values()),
            all(one.vacuous for one in safe),
            rows,
        )

    def defining(self, question: Question, stretch: Stretch) -> Iterator[Provision]:
        """The provisions that say what the words of a question mean."""
        waiting = list(question.words())
        defines = {
            block.name: block
            for one in self.book.provisions_of(stretch.place)
            if one.in_force(stretch.start)
            for block in one.blocks
            if isinstance(block, Define)
        }
        for name in waiting:
            yield defines[name].provision
            inner = [part.name for part in walk(defines[name].cond) if isinstance(part, Defined)]
            waiting += [one for one in inner if one not in waiting]

    # -- counterexamples --------------------------------------------------------------------------

    def counterexample(
        self, question: Question, stretch: Stretch, item: str, world: World
    ) -> Counterexample:
        """A world that breaks a question, decided by the engine and made plain."""
        rules = self.rules_of(stretch)
        when = rules.opened(question.when)
        never = question.verb != "always refer"
        case = replayed(self.engines, rules, item, world, question.verdict if never else "")
        wanted = case.verdict
        chosen = self.engines.of(_chosen(rules, world.lets_act))

        def still(case: Case) -> bool:
            if truth(when, rules.completed(case.facts), item) is not True:
                return False
            if case.finding.verdict == wanted:
                return True
            open_ = never and case.finding.basis == "contested"
            return open_ and chosen.finding(item, case.facts).verdict == wanted

        if not still(case):
            raise NotReplayed(f"{item}: the case is not one that was asked about")
        case = plain(self.engines, self.readable(case, stretch, still), still)
        return Counterexample(case, chosen.finding(item, case.facts))

    def readable(self, case: Case, stretch: Stretch, still: Callable[[Case], bool]) -> Case:
        """The case with days near the law's and places that there are, where it shows the same."""
        days = [value for _, value in case.facts.flat() if isinstance(value, date)]
        years = stretch.day.year - max(days).year if days else 0

        def tried(facts: Facts) -> Case:
            finding = self.engines.of(case.rules).finding(case.item, facts)
            made = replace(case, facts=facts, finding=finding)
            return made if still(made) else case

        def moved(better: Callable[[date], date]) -> Facts:
            made = case.facts
            for path, value in case.facts.flat():
                if isinstance(value, date):
                    made = _with(made, path, better(value))
            return made

        near = tried(moved(lambda _: stretch.day))
        if near is case:
            near = tried(moved(lambda day: shift(day, (years, "year"))))
        case = near
        for path, value in list(case.facts.flat()):
            for better in self.better(path, value, stretch):
                made = tried(_with(case.facts, path, better))
                if made is not case:
                    case = made
                    break
        return case

    def better(self, path: str, value: Value, stretch: Stretch) -> Iterator[Value]:
        """Values that a reader would rather see at a path, the best first."""
        fact = self.book.vocabulary.fact_at(path)
        if isinstance(value, date) and value != stretch.day:
            yield stretch.day
        elif fact is not None and fact.type == "place" and value not in self.book.places():
            yield from self.book.places()


def _chosen(rules: RuleSet, lets_act: frozenset[str]) -> RuleSet:
    """The rules with every contested provision settled: it counts, or it is not there."""
    gone = {block for block, provision in rules.contested.items() if provision not in lets_act}
    return replace(
        rules,
        blocks={name: block for name, block in rules.blocks.items() if name not in gone},
        beaters={
            name: tuple(one for one in by if one[0] not in gone)
            for name, by in rules.beaters.items()
            if name not in gone
        },
        own={name: own for name, own in rules.own.items() if name not in gone},
        contested={},
    )


def _with(facts: Facts, path: str, value: Value) -> Facts:
    """The facts with another value at a path that has one."""
    head, bracket, column = path.partition("].")
    if bracket:
        table, _, number = head.partition("[")
        rows = [dict(row) for row in facts.rows[table]]
        rows[int(number) - 1][column] = value
        return replace(facts, rows={**facts.rows, table: rows})
    if path in facts.values:
        return replace(facts, values={**facts.values, path: value})
    item, _, name = path.partition(".")
    return replace(facts, items={**facts.items, (item, name): value})

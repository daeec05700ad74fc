"""What would change a decision: every smallest set of facts whose answer turns the verdict.

    Law, Request, Person, item  ->  changes  ->  Changes (sets, each with what it leads to)

Promise: each set that is shown was decided again by `Law.decide`; no part of it would do; and no set of
the sizes that are looked for is left out, for the answers that are tried.

What that means exactly. The verdict is that of a decision: over all worlds, with steps 5 (who says so) and
6 (choosing tells) of section 5. It is *turned* when a `refer` becomes a `grant` or a `deny`; when a `deny`
becomes a `grant` or a `grant` a `deny`; and when either of them becomes a conflict, for counsel. (That an
answer would open a question which is closed now, so that facts are missing, is not counted.) A set S of
facts turns it if there are answers to them so that the verdict is turned where the facts of S have these
answers, on the word of somebody who may say so, while

* every known fact outside of S keeps its value, and whatever follows from it by a list of the law;
* every unknown fact outside of S stays unknown, so that the verdict has to be the same however these turn out;
* contested provisions stay contested.

An *answer* is: for an unknown fact any value, for a known one any other value; for what only the requester
said any value (its own too: then somebody confirms it); for a table (`conviction`) that its rows, and such
further ones as are named (perhaps none), are all that there are. An answer that contradicts a list of the
law is none. Rows that are on file are not taken away.

Answers are the representatives that `law.domains` has for all values (of closed lists, all words). S is
*minimal*: no proper part of it turns the verdict with any answers. Sets in which every fact is missing or
obtainable have up to `MOST` facts; those with one that cannot change up to `MOST_FIXED`.

For the office only: it shows what would change an outcome, and must not reach a requester.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, NamedTuple

from habeas.decisions.decide import Law
from habeas.decisions.decision import Decision
from habeas.errors import InputError
from habeas.law.facts import Facts, Row, Said
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Vocabulary
from habeas.proofs.change_law import CONFLICT, AskedLaw
from habeas.proofs.change_row_law import OFFENSE
from habeas.proofs.change_search import Answer, Answers, Found, Search, TooMuch
from habeas.proofs.solve import NotReplayed
from habeas.records.records import Person
from habeas.records.request import Request

MOST = 3
"""How many facts a set may have."""

MOST_FIXED = 2
"""How many facts a set may have in which one cannot change."""

EFFORT, EFFORT_FIXED = 100_000, 10_000
"""After so many steps a search is given up."""

Standing = Literal["missing", "obtainable", "cannot change"]
"""Of a fact in a set: nobody who may say so has said it; a paper would answer it so (the vocabulary's
`## Obtainable`); it is what a record, a past event, the request or a judgement says."""

TURNED: Mapping[str, frozenset[str]] = {
    "refer": frozenset({"grant", "deny"}),
    "deny": frozenset({"grant", CONFLICT}),
    "grant": frozenset({"deny", CONFLICT}),
}
"""What a verdict can be turned into; a conflict is a `refer` on that ground."""


class Part(NamedTuple):
    """One fact of a set.

    fact      its path, as in `missing`
    answers   answers that do it, each with each of the other facts'; of a table its further rows
    standing  see `Standing`
    paper     what would answer it so, where it is obtainable
    """

    fact: str
    answers: tuple[Answer, ...]
    standing: Standing
    paper: str


class Led(NamedTuple):
    """A verdict that a set leads to, its basis, and answers for which it does."""

    verdict: str
    basis: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A smallest set of facts, and the verdicts that it leads to."""

    facts: tuple[str, ...]
    led: tuple[Led, ...]

    @property
    def fixed(self) -> bool:
        """Whether one of the facts cannot change."""
        return any(part.standing == "cannot change" for part in self.led[0].parts)


@dataclass(frozen=True, slots=True)
class Changes:
    """What would turn one decision.

    verdict         what it is now
    most            up to how many facts sets were looked for in which none is fixed
    sets            those; small ones first
    complete        whether no such set is left out for certain
    most_fixed      the same three for the sets with a fact that cannot change
    fixed
    complete_fixed
    """

    verdict: str
    most: int
    sets: tuple[Change, ...]
    complete: bool
    most_fixed: int
    fixed: tuple[Change, ...]
    complete_fixed: bool

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; days as `YYYY-MM-DD`, a table's answers as lists of rows."""
        return {
            "up_to": self.most,
            "complete": self.complete,
            "sets": [_set_json(one) for one in self.sets],
            "cannot_change": {
                "up_to": self.most_fixed,
                "complete": self.complete_fixed,
                "sets": [_set_json(one) for one in self.fixed],
            },
        }


def _set_json(one: Change) -> dict[str, Any]:
    return {
        "facts": list(one.facts),
        "leads_to": [
            {
                "verdict": led.verdict,
                "basis": led.basis,
                "answers": [
                    {
                        "fact": part.fact,
                        "answers": [_json(answer) for answer in part.answers],
                        "standing": part.standing,
                        "paper": part.paper or None,
                    }
                    for part in led.parts
                ],
            }
            for led in one.led
        ],
    }


def changes(
    law: Law, request: Request, person: Person, item: str, as_of: date, most: int = MOST
) -> Changes:
    """Every smallest set of up to `most` facts that would turn the decision on an item.

    Raises `InputError` as `Law.decide`; `NotReplayed`, an internal error, where a set that was found is
    not what the engine finds.
    """
    decision = law.decide(request, person, item, as_of)
    return _Turning(law, request, person, decision).changes(most)


def turning(
    rules: RuleSet,
    facts: Facts,
    items: tuple[str, ...],
    targets: frozenset[str],
    may: Callable[[str, Facts], bool],
    most: int = MOST,
    effort: int = EFFORT,
) -> Found:
    """Every smallest set that leads to one of some verdicts, as `changes` means it.

    facts  not completed, with their sources
    items  the item that is asked for, then those that people are chosen by
    may    whether a fact (by its path) may be in a set, where these facts are known

    Raises `TooMuch` after so much effort. See `exact` for where it falls short.
    """
    asked = asked_law(rules, items)
    alone = facts.unconfirmed()
    if not alone:
        return _search(asked, rules.completed(facts), targets, may, most, effort)
    # A grant has to stand with and without what the requester alone says; all else stands with it.
    without = rules.completed(facts.without(alone)).without(doubted(rules, facts))
    found: Found = {}
    for wanted, known in (
        (targets & {"grant"}, without),
        (targets - {"grant"}, rules.completed(facts)),
    ):
        if wanted:
            for names, led in _search(asked, known, wanted, may, most, effort).items():
                found[names] = {**found.get(names, {}), **led}
    return {names: led for names, led in found.items() if not any(other < names for other in found)}


def doubted(rules: RuleSet, facts: Facts) -> frozenset[str]:
    """Closed facts that would be otherwise if the requester had said nothing: as good as unknown."""
    alone = facts.unconfirmed()
    default = rules.completed(facts.without(alone))
    return frozenset(path for path in alone if default.get(path) not in (None, facts.get(path)))


def exact(rules: RuleSet, facts: Facts) -> bool:
    """Whether `turning` leaves nothing out and finds nothing wrong.

    Not so where several closed facts, or an offence or a flag that a list of the law has, rest on the
    requester's word alone: its sets are then to be tried, and one may be missing.
    """
    rows = {
        f"{table}[{number}].{column}"
        for table, flag in rules.listed
        for number in range(1, len(facts.rows.get(table, ())) + 1)
        for column in (OFFENSE, flag)
    }
    return len(doubted(rules, facts)) < 2 and not rows & facts.unconfirmed()


def _search(
    asked: AskedLaw,
    facts: Facts,
    targets: frozenset[str],
    may: Callable[[str, Facts], bool],
    most: int,
    effort: int,
) -> Found:
    return Search(asked, facts, targets, lambda path: may(path, facts), effort).found(most)


_KEPT = 8
_asked: dict[int, tuple[RuleSet, dict[tuple[str, ...], AskedLaw]]] = {}


def asked_law(rules: RuleSet, items: tuple[str, ...]) -> AskedLaw:
    """The law of some items as diagrams; those of the last few rule sets are kept."""
    found = _asked.get(id(rules))
    if found is None or found[0] is not rules:
        while len(_asked) >= _KEPT:
            _asked.pop(next(iter(_asked)), None)
        found = _asked[id(rules)] = (rules, {})
    if items not in found[1]:
        found[1][items] = AskedLaw(rules, items)
    return found[1][items]


class _Turning:
    """One decision.

    alone  what the requester alone says, and what a list makes of it
    known  the facts, closed ones and lists of the law applied
    """

    def __init__(self, law: Law, request: Request, person: Person, decision: Decision) -> None:
        self.law = law
        self.request = request
        self.person = person
        self.decision = decision
        self.facts = request.facts.merged(person.facts)
        rules = law.in_force(decision.as_of)
        alone = self.facts.unconfirmed()
        self.alone = alone | {p for p in _listed(rules, self.facts) if _offense(p) in alone}
        self.known = rules.completed(self.facts)
        self.words: Vocabulary = law.book.vocabulary

    def changes(self, most: int) -> Changes:
        item, day = self.decision.item, self.decision.as_of
        rules = self.law.in_force(day)
        items = (item, *(one for one in self.request.selects_on if one != item))
        targets = TURNED[self.decision.verdict]
        complete = complete_fixed = exact(rules, self.facts)
        found: Found = {}
        every: Found = {}
        try:
            found = turning(rules, self.facts, items, targets, self.may, most)
        except TooMuch:
            complete = False
        try:
            every = turning(
                rules, self.facts, items, targets, lambda *_: True, MOST_FIXED, EFFORT_FIXED
            )
        except TooMuch:
            complete_fixed = False
        made = []
        for names, led in {**every, **found}.items():
            try:
                made.append(self.change(names, led))
            except (InputError, NotReplayed):
                if exact(rules, self.facts):
                    raise
        return Changes(
            self.decision.verdict,
            most,
            _sorted(one for one in made if not one.fixed and len(one.facts) <= most),
            complete,
            MOST_FIXED,
            _sorted(one for one in made if one.fixed),
            complete_fixed,
        )

    def may(self, path: str, known: Facts) -> bool:
        """Whether a fact is missing, or a paper would answer it otherwise."""
        value = known.get(path)
        if value is None or path in self.alone:
            return True
        return value is not True and bool(self.words.paper(path))

    def change(self, names: frozenset[str], led: Mapping[str, Answers]) -> Change:
        made = []
        for verdict in sorted(led, reverse=True):
            answers = dict(led[verdict])
            decision = self.decided({path: of[0] for path, of in answers.items()})
            if verdict != (CONFLICT if decision.basis == CONFLICT else decision.verdict):
                raise NotReplayed(
                    f"{', '.join(sorted(names))}: found {verdict}, decided {decision.verdict}"
                )
            parts = tuple(self.part(path, answers[path]) for path in sorted(names, key=_place))
            made.append(Led(decision.verdict, decision.basis, parts))
        return Change(tuple(sorted(names, key=_place)), tuple(made))

    def part(self, path: str, answers: tuple[Answer, ...]) -> Part:
        if self.known.get(path) is None or path in self.alone:
            return Part(path, answers, "missing", "")
        if self.may(path, self.known):
            return Part(path, answers, "obtainable", self.words.paper(path))
        return Part(path, answers, "cannot change", "")

    def decided(self, answers: Mapping[str, Answer]) -> Decision:
        """The decision, had these facts these answers."""
        facts = answered(self.law.in_force(self.decision.as_of), self.facts, answers)
        request = replace(self.request, facts=facts)
        person = Person(self.person.id, Facts(), self.person.has)
        return self.law.decide(request, person, self.decision.item, self.decision.as_of)


def answered(rules: RuleSet, facts: Facts, answers: Mapping[str, Answer]) -> Facts:
    """The facts, closed ones and lists of the law applied, with answers that somebody may give.

    What follows by a list from facts that are answered otherwise stays as it is, and is said by
    whoever says the offence.
    """
    whole = rules.completed(facts)
    values, items = dict(whole.values), dict(whole.items)
    rows: dict[str, list[Row]] = {
        table: [dict(row) for row in of] for table, of in whole.rows.items()
    }
    complete, sources = whole.complete, dict(facts.sources)
    for path in _listed(rules, facts):
        sources[path] = facts.said_by(_offense(path))
    for path, answer in answers.items():
        head, bracket, column = path.partition("].")
        sources[path] = (Said("counsel"),)
        if isinstance(answer, tuple):
            rows[path] = [*rows.get(path, ()), *(dict(row) for row in answer)]
            complete |= {path}
        elif bracket:
            table, _, number = head.partition("[")
            rows[table][int(number) - 1][column] = answer
        elif path in rules.vocabulary.facts:
            values[path] = answer
        else:
            item, _, name = path.partition(".")
            items[item, name] = answer
    return Facts(values, items, rows, complete, sources)


def _listed(rules: RuleSet, facts: Facts) -> Iterator[str]:
    """Paths of the flags that nobody states and that a list of the law says yes to."""
    for (table, flag), offenses in rules.listed.items():
        for number, row in enumerate(facts.rows.get(table, ()), 1):
            if flag not in row and row.get(OFFENSE) in offenses:
                yield f"{table}[{number}].{flag}"


def _offense(path: str) -> str:
    """The path of the offence in a flag's row."""
    return f"{path.partition('].')[0]}].{OFFENSE}"


def _sorted(found: Iterable[Change]) -> tuple[Change, ...]:
    """Small sets first."""
    return tuple(sorted(found, key=lambda one: (len(one.facts), one.facts)))


def _place(path: str) -> tuple[bool, str]:
    """Facts outside of rows first."""
    return "[" in path, path


def _json(answer: Answer) -> Any:
    if isinstance(answer, tuple):
        return [{column: _json(value) for column, value in row.items()} for row in answer]
    return answer.isoformat() if isinstance(answer, date) else answer

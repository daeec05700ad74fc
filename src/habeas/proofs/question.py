"""Questions: a sentence about all cases, as a promise block of a pack writes it.

    "never grant ITEMS when COND", place  ->  read_question  ->  Question
    a pack's promise                      ->  of_promise     ->  Question

Promise: items and condition are read by the reader of packs, with its messages; a word that it does
not know is told with its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NoReturn

from habeas.errors import LawError, Place, Problem
from habeas.law.blocks import Acting, Define, Pack, Promise, Provision
from habeas.law.book import LawBook
from habeas.law.builder import build_blocks
from habeas.law.checker import check_pages
from habeas.law.conditions import Condition, Defined, walk
from habeas.law.reader import Clause, Fence, Page
from habeas.law.ruleset import RuleSet
from habeas.law.source import Source
from habeas.law.vocabulary import Vocabulary

Verb = Literal["never grant", "never deny", "always refer"]

SHOWN = "QUESTION"
"""What messages call the sentence."""

_VERB = re.compile(r"\s*(?:(never)\s+(grant|deny)|(always)\s+(refer))(?=\s|\Z)")
_WORDS = re.compile(r"\s*(\S+(?:\s+\S+)?)")
_ID = "question"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every case.

    verb   what never, or always, comes out
    items  of which that is asked, in the vocabulary's order
    when   of which cases: a condition, definitions by name
    place  where it is written
    """

    verb: Verb
    items: tuple[str, ...]
    when: Condition
    place: Place

    @property
    def verdict(self) -> str:
        """`grant`, `deny` or `refer`."""
        return self.verb.split()[1]

    def words(self) -> tuple[str, ...]:
        """The definitions that the condition names."""
        named = [part.name for part in walk(self.when) if isinstance(part, Defined)]
        return tuple(dict.fromkeys(named))

    def undefined(self, rules: RuleSet) -> tuple[str, ...]:
        """Those of them that are not in force in a rule set, so that it cannot be asked."""
        return tuple(name for name in self.words() if name not in rules.written)


def of_promise(promise: Promise, vocabulary: Vocabulary) -> Question:
    """A pack's promise as a question."""
    verb: Verb = "never grant" if promise.verdict == "grant" else "never deny"
    return Question(verb, _ordered(promise.items, vocabulary), promise.when, promise.place)


def read_question(text: str, book: LawBook, place: str, day: date | None = None) -> Question:
    """Read a sentence that is asked of a place; `day` is the one day of law, if only one is meant.

    The condition may name definitions of the place and of those above it. Raises `LawError`: no
    such sentence, an unknown item or fact, a definition that is in force on none of the days.
    """
    source = Source(SHOWN, text)
    source.check_characters()
    verb, clauses = _clauses(source)
    act = Pack(_ID, "", "", place, "agency", "", SHOWN)
    provision = Provision(f"{_ID}#{_ID}", "", Place(SHOWN), act)
    # A rule takes items and a `when` as a promise does, and says nothing of its verb.
    fence = Fence("rule", "", source.whole_line(1), provision, clauses)
    defines = [
        block
        for one in book.provisions_of(place)
        for block in one.blocks
        if isinstance(block, Define)
    ]
    names = {one.name: one for one in defines}
    problems = build_blocks(Page(act, source, [fence]), book.vocabulary, names)
    if problems:
        raise LawError(problems)
    (made,) = provision.blocks
    assert isinstance(made, Acting)  # noqa: S101 - for mypy: the fence is a rule
    question = Question(
        verb, _ordered(made.items, book.vocabulary), made.when, source.whole_line(1)
    )
    if question.words():
        _check(question, provision, book, _day(question, defines, day))
    return question


def _ordered(items: frozenset[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(item for item in vocabulary.items if item in items)


def _clauses(source: Source) -> tuple[Verb, list[Clause]]:
    """The verb; what follows it, and what follows `when`, as clauses of a rule."""
    text = source.text
    verb = _VERB.match(text)
    if not verb:
        words = _WORDS.match(text)
        start, end = words.span(1) if words else (0, 1)
        _fail(
            source.span(start, end),
            "a question begins with what never or always happens",
            "write `never grant ITEMS when COND`, `never deny …` or `always refer …`",
        )
    where = source.span(len(text) - len(text.lstrip()), verb.end())
    first, second = [one for one in verb.groups() if one]
    made: Verb = "always refer" if first == "always" else "never grant"
    made = "never deny" if second == "deny" else made
    when = re.compile(r"\bwhen\b").search(text, verb.end())
    end = when.start() if when else len(text)
    if not text[verb.end() : end].strip():
        _fail(
            where,
            f"nothing follows `{made}`",
            "name items or groups, parted by commas",
        )
    unless = re.compile(r"\bunless\b").search(re.sub(r"'[^']*'", _blank, text), verb.end())
    if unless:
        _fail(
            source.span(*unless.span()),
            "`unless` begins no clause of a promise",
            "write `and not ( … )` in its `when`",
        )
    clauses = [Clause("forbid", where, verb.end(), end)]
    if when:
        clauses.append(Clause("when", source.span(*when.span()), when.end(), len(text)))
    return made, clauses


def _check(question: Question, provision: Provision, book: LawBook, day: date) -> None:
    """What only all packs together can tell: quantifiers that nest through a definition."""
    provision.start, provision.end = day, date.max if day == date.max else day + timedelta(days=1)
    promise = Promise("grant", frozenset(question.items), question.place, provision, question.when)
    provision.blocks[:] = [promise]
    provision.pack.provisions.append(provision)
    packs = {**book.packs, _ID: provision.pack}
    problems = [one for one in check_pages(packs, book.vocabulary) if one.place.path == SHOWN]
    if problems:
        raise LawError(problems)


def _day(question: Question, defines: list[Define], day: date | None) -> date:
    """A day on which every definition that is named is in force: `day`, if one is given."""
    named = [part for part in walk(question.when) if isinstance(part, Defined)]
    lives = {
        part.name: [one.provision for one in defines if one.name == part.name] for part in named
    }
    days = [day] if day else [date.min, *(one.start for found in lives.values() for one in found)]
    wrong: Defined | None = None
    for one in days:
        dead = [part for part in named if not any(p.in_force(one) for p in lives[part.name])]
        if not dead:
            return one
        wrong = dead[0]
    assert wrong is not None  # noqa: S101 - for mypy: each day has one
    known = " and ".join(_life(one) for one in lives[wrong.name])
    _fail(
        wrong.place,
        f"`{wrong.name}` is not defined on {day}"
        if day
        else "these definitions are in force on no day together",
        f"it is defined {known}" if day else "ask two questions",
    )


def _life(provision: Provision) -> str:
    start = "always" if provision.start == date.min else f"from {provision.start}"
    end = provision.end
    return start if end == date.max else f"{start} until the day before {end}"


def _blank(quoted: re.Match[str]) -> str:
    return " " * len(quoted[0])


def _fail(place: Place, message: str, help: str) -> NoReturn:
    raise LawError(Problem(place, message, help))

"""What a report says of one answer, as plain data that a page or a paper can be made from.

    Answer, Counts  ->  answer_view  ->  AnswerView  ->  report.html

Promise: no value of a record and no person's id is in the view, but for the people whose decisions
are explained, and their facts only where the answer asks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from habeas.decisions.decision import FROM_RECORD
from habeas.decisions.explain import Explanation, meaning_of, show
from habeas.law.blocks import AUTHORITIES
from habeas.reports.answer import Answer
from habeas.reports.brief import BriefView, brief_view
from habeas.reports.charts import Bar, stacked_bars
from habeas.reports.counts import Counts, Due, Question, count
from habeas.reports.groups import Group, WayView, groups
from habeas.reports.provisions import Provisions, ProvisionView
from habeas.reports.words import (
    day,
    does,
    listed,
    name,
    said,
    several,
    speaker,
    value_words,
)

HIDDEN = "known; not shown here"
"""In place of a value that a record holds."""


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact: name, what it means, its value in words, who says so; `alone`: only the requester."""

    fact: str
    meaning: str
    value: str
    said_by: str
    alone: bool = False


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question that somebody has to answer: for how many people, and what waits for it."""

    fact: str
    meaning: str
    note: str
    people: int
    decisions: int
    items: str


@dataclass(frozen=True, slots=True)
class AskedView:
    """The questions that the same people can answer."""

    who: str
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class DutyView:
    """A duty that comes with these decisions."""

    act: str
    to: str
    actor: str
    due: str
    certain: int
    possible: int
    provision: ProvisionView


@dataclass(frozen=True, slots=True)
class CounselView:
    """Decisions that the law itself leaves open: what about, why, and how many."""

    items: str
    outcome: str
    decisions: int
    provisions: tuple[ProvisionView, ...]


@dataclass(frozen=True, slots=True)
class ExplainedView:
    """One decision, explained."""

    person: str
    item: str
    verdict: str
    outcome: str
    readings: tuple[tuple[str, ProvisionView], ...]
    beaten: tuple[tuple[ProvisionView, tuple[ProvisionView, ...]], ...]
    facts: tuple[FactView, ...]
    missing: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """All that is said of one answer; `id` is unlike every other's on the page.

    layers  whose law was applied: `federal and state`
    chart   empty where there is but one person to count
    """

    id: str
    request: str
    heading: str
    intro: str
    place: str
    layers: str
    as_of: str
    as_of_iso: str
    asked_for: str
    selects_on: str
    about: str
    linked: str
    facts: tuple[FactView, ...]
    hidden_facts: tuple[FactView, ...]
    counts: Counts
    brief: BriefView
    chart: str
    groups: tuple[Group, ...]
    asked: tuple[AskedView, ...]
    duties: tuple[DutyView, ...]
    counsel: tuple[CounselView, ...]
    explained: tuple[ExplainedView, ...]


def answer_view(answer: Answer, number: int, provisions: Provisions) -> AnswerView:
    """Everything that is said of an answer; `number` counts answers from 1."""
    counts = count(answer)
    id = f"answer-{number}"
    own, of_people = _request_facts(answer)
    made = groups(answer, counts, provisions)
    return AnswerView(
        id,
        answer.request.id,
        answer.heading,
        answer.intro,
        answer.law.place,
        _layers(answer),
        day(answer.as_of),
        answer.as_of.isoformat(),
        listed(name(item) for item in answer.request.items),
        listed(name(item) for item in answer.request.selects_on),
        _about(answer, counts),
        listed(answer.request.linked),
        own,
        of_people,
        counts,
        brief_view(answer, counts),
        _chart(counts, id) if counts.people > 1 else "",
        made,
        _asked(answer, counts),
        tuple(_duty(answer, due, provisions) for due in counts.duties),
        _counsel(made),
        tuple(_explained(answer, one, provisions) for one in answer.explained),
    )


def _layers(answer: Answer) -> str:
    """Whose law it is: `federal, state and county`."""
    book, place = answer.law.book, answer.law.place
    found = {p.pack.authority for p in book.provisions_of(place) if p.in_force(answer.as_of)}
    return listed(sorted(found, key=AUTHORITIES.index))


# -- what was asked -------------------------------------------------------------------------------


def _about(answer: Answer, counts: Counts) -> str:
    people = several(counts.people, "person", "people")
    if answer.request.people is None:
        return f"everybody in the records ({people})"
    return f"{people} whom the request names"


def _request_facts(answer: Answer) -> tuple[tuple[FactView, ...], tuple[FactView, ...]]:
    """What the request says of itself, and what it says of the people whom it names."""
    facts = answer.request.facts
    declared = answer.law.book.vocabulary.facts
    alone = facts.unconfirmed()
    own: list[FactView] = []
    of_people: list[FactView] = []
    for path, value in facts.flat():
        fact = declared.get(path.rpartition(".")[2])
        words = value_words(value)
        is_own = _is_own(answer, path)
        made = FactView(
            _path_words(path),
            fact.meaning if fact else meaning_of(answer.law, path),
            words if is_own or answer.show_facts else HIDDEN,
            said(facts.said_by(path)),
            path in alone,
        )
        (own if is_own else of_people).append(made)
    own = _folded(own, answer)
    order = {name(word): number for number, word in enumerate(declared)}
    own.sort(key=lambda one: (order.get(one.fact, len(order)), one.fact))
    return tuple(own), tuple(of_people)


def _folded(views: list[FactView], answer: Answer) -> list[FactView]:
    """Item facts that are answered alike in one row; items that nobody asked for are left out."""
    kept: list[FactView] = []
    alike: dict[tuple[str, str, str, bool], list[str]] = {}
    asked = {name(item) for item in (*answer.request.items, *answer.request.selects_on)}
    meanings: dict[str, str] = {}
    for view in views:
        match = re.fullmatch(r"(.+) \((.+)\)", view.fact)
        if not match:
            kept.append(view)
        elif match[2] in asked:
            alike.setdefault((match[1], view.value, view.said_by, view.alone), []).append(match[2])
            meanings[match[1]] = view.meaning
    for (fact, value, said_by, alone), items in alike.items():
        shown = "everything asked for" if set(items) == asked and len(items) > 1 else listed(items)
        kept.append(FactView(f"{fact} ({shown})", meanings[fact], value, said_by, alone))
    return kept


def _path_words(path: str) -> str:
    """`public of release date` for `release_date.public`; row numbers are left out."""
    path = re.sub(r"\[\d+\]", "", path)
    item, _, fact = path.rpartition(".")
    return f"{name(fact)} ({name(item)})" if item else name(fact)


# -- the answer -----------------------------------------------------------------------------------


def _chart(counts: Counts, id: str) -> str:
    bars = [Bar(name(one.item), (one.grant, one.refer, one.deny)) for one in counts.items]
    numbers = [
        f"{several(counts.verdict(verdict), 'decision')} {verdict}"
        for verdict in ("grant", "refer", "deny")
    ]
    desc = (
        f"One bar for each of {several(len(bars), 'item')}. In all, {listed(numbers)}. "
        "The table that follows has every number."
    )
    return stacked_bars(bars, f"{id}-chart", "Verdicts by item", desc)


def _counsel(made: tuple[Group, ...]) -> tuple[CounselView, ...]:
    found: dict[tuple[str, tuple[str, ...]], list[tuple[Group, WayView]]] = {}
    for group in made:
        for way in group.ways:
            if way.basis in ("conflict", "contested", "selection"):
                ids = tuple(sorted({rule.provision.id for rule in way.rules}))
                found.setdefault((way.basis, ids), []).append((group, way))
    views = []
    for places in found.values():
        way = places[0][1]
        items = dict.fromkeys(item for _, one in places for item in one.items)
        views.append(
            CounselView(
                listed(map(name, items)),
                way.outcome,
                sum(one.decisions for _, one in places),
                tuple(dict.fromkeys(rule.provision for rule in way.rules)),
            )
        )
    return tuple(views)


# -- who has to answer what -----------------------------------------------------------------------


def _asked(answer: Answer, counts: Counts) -> tuple[AskedView, ...]:
    """Questions by who can answer them; those on which most decisions wait stand first."""
    alone = answer.request.facts.unconfirmed()
    found: dict[tuple[str, ...], list[QuestionView]] = {}
    for question in counts.questions:
        confirm = question.fact in alone
        who = tuple(one for one in question.who if not (confirm and one == "requester"))
        found.setdefault(who or question.who, []).append(_question(answer, question, confirm))
    weight = {who: sum(one.decisions for one in listing) for who, listing in found.items()}
    order = sorted(found, key=lambda who: (-weight[who], who))
    return tuple(
        AskedView(
            listed((speaker(one) for one in who), "or") or "nobody is named", tuple(found[who])
        )
        for who in order
    )


def _question(answer: Answer, question: Question, confirm: bool) -> QuestionView:
    words = answer.law.book.vocabulary
    fact = words.facts.get(question.fact) or words.fact_at(question.fact.replace(".", "[1].", 1))
    notes = []
    if confirm:
        notes.append("so far only the requester says it: somebody else has to confirm it")
    if fact and fact.judgement:
        notes.append("a judgement: a named person weighs, signs and dates it")
    if fact and fact.scope == "request":
        notes.append("one answer serves the whole request")
    items = [item for item, _ in question.items]
    return QuestionView(
        _path_words(question.fact),
        fact.meaning if fact else meaning_of(answer.law, question.fact),
        "; ".join(notes),
        question.people,
        question.decisions,
        "everything asked for"
        if len(items) == len(answer.request.items)
        else listed(map(name, items)),
    )


# -- what is owed ---------------------------------------------------------------------------------


def _duty(answer: Answer, due: Due, provisions: Provisions) -> DutyView:
    act = answer.law.book.vocabulary.acts[due.act]
    words = {"": "no day is set, or the day that it runs from is not known"}
    return DutyView(
        act.meaning,
        act.kind,
        name(due.actor),
        words.get(
            due.due, day(due.due) if due.due != FROM_RECORD else "a day that the record sets"
        ),
        due.certain,
        due.possible,
        provisions.of_block(answer, due.duty),
    )


# -- one decision, explained ----------------------------------------------------------------------


def _explained(answer: Answer, one: Explanation, provisions: Provisions) -> ExplainedView:
    decision = one.decision
    facts: dict[tuple[str, str, str, str], None] = {}
    for used in one.used:
        stated = answer.request.facts.get(used.fact) if _is_own(answer, used.fact) else None
        own = stated is not None and show(stated) == used.value
        path, shown = _path_words(used.fact), day(used.value)
        if answer.show_facts:
            path = _path_words(re.sub(r"\[(\d+)\]", r" \1", used.fact))
        elif not own and used.value != "not known":
            shown = HIDDEN
        facts[path, used.meaning, shown, _speakers(used.said_by, "and")] = None
    alone = answer.request.facts.unconfirmed()
    missing = set()
    for path, meaning, who in one.missing:
        others = ", ".join(w for w in who.split(", ") if not (path in alone and w == "requester"))
        missing.add((_path_words(path), meaning, _speakers(others or who, "or")))
    blocks = answer.law.in_force(answer.as_of).blocks
    way = (decision.verdict, decision.basis)
    return ExplainedView(
        decision.person,
        name(decision.item),
        decision.verdict,
        one.outcome,
        tuple(
            (does(blocks[r.block].kind, *way), provisions.of_block(answer, r.block))
            for r in one.readings
        ),
        tuple(
            (
                provisions.of_block(answer, rule.block),
                tuple(provisions.of_block(answer, r.block) for r in by),
            )
            for rule, by in one.beaten
        ),
        tuple(FactView(*fact) for fact in facts),
        tuple(sorted(missing)),
    )


def _speakers(text: str, last: str) -> str:
    """`counsel (18 July 2025) and an officer` for `counsel (2025-07-18), officer`."""
    words = []
    for part in filter(None, text.split(", ")):
        who, _, known = part.partition(" (")
        words.append(f"{speaker(who)} ({day(known[:-1])})" if known else speaker(who))
    return listed(words, last)


def _is_own(answer: Answer, path: str) -> bool:
    """Whether a path is the request's own to tell: a fact of the request, or of an item of it."""
    fact = answer.law.book.vocabulary.fact_at(path)
    return fact is not None and fact.scope in ("request", "item")

"""The page that compares places: each question, each place's answer, what it rests and hinges on.

    Comparison  ->  comparison_html  ->  one file (templates/comparison.html, style.css)

Promise: the page needs nothing but itself and runs no script; it says of each answer what the decision
says, and of each provision whether anybody checked it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from habeas.decisions.comparison import Answered, Cited, Comparison
from habeas.decisions.decide import Law
from habeas.decisions.questions import Question
from habeas.reports.provisions import Provisions, ProvisionView, law_view
from habeas.reports.report import templates
from habeas.reports.words import day, speaker


@dataclass(frozen=True, slots=True)
class HingeView:
    """A fact that an answer hinges on."""

    fact: str
    meaning: str
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One place's answer; `beaten` without the provisions whose own exception decides."""

    place: str
    verdict: str
    outcome: str
    cited: tuple[ProvisionView, ...]
    beaten: tuple[ProvisionView, ...]
    hinges: tuple[HingeView, ...]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question with all answers; `number` counts through the page."""

    id: str
    number: int
    asks: str
    item: str
    same: bool
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """Questions under one heading."""

    title: str
    questions: tuple[QuestionView, ...]


def comparison_html(found: Comparison) -> str:
    """A self-contained HTML page about a comparison; the same comparison, the same text."""
    from habeas import __version__  # at the top, `habeas` could not import this package

    provisions = Provisions()
    numbered = [
        (question.group, _question(number, question, row, found, provisions))
        for number, (question, row) in enumerate(found.answers, 1)
    ]
    groups = tuple(
        GroupView(title, tuple(view for _, view in several))
        for title, several in groupby(numbered, key=lambda one: one[0])
    )
    laws = tuple(law_view(law, found.day, provisions) for law in found.laws)
    return (
        templates()
        .get_template("comparison.html")
        .render(
            places=tuple(law.place for law in found.laws),
            as_of=day(found.day),
            dated=found.day.isoformat(),
            groups=groups,
            count=len(numbered),
            differ=sum(not view.same for _, view in numbered),
            unasked=tuple((one.asks, one.lacks) for one in found.unasked),
            laws=laws,
            provisions=provisions.views(),
            version=__version__,
        )
    )


def _question(
    number: int,
    question: Question,
    row: tuple[Answered, ...],
    found: Comparison,
    provisions: Provisions,
) -> QuestionView:
    return QuestionView(
        question.id,
        number,
        question.asks,
        question.item,
        len({one.decision.verdict for one in row}) == 1,
        tuple(
            AnswerView(
                one.place,
                one.decision.verdict,
                one.outcome,
                _views(law, one.cited, provisions),
                _views(law, _others(one), provisions),
                tuple(
                    HingeView(each.fact, each.meaning, tuple(map(speaker, each.who)))
                    for each in one.hinges
                ),
            )
            for law, one in zip(found.laws, row, strict=True)
        ),
    )


def _others(one: Answered) -> tuple[Cited, ...]:
    """Provisions that gave way, but for those whose own exception decides."""
    deciding = {each.provision.id for each in one.cited}
    return tuple(each for each in one.beaten if each.provision.id not in deciding)


def _views(law: Law, cited: tuple[Cited, ...], provisions: Provisions) -> tuple[ProvisionView, ...]:
    """Each provision once."""
    views = [provisions.of(law, one.provision) for one in cited]
    return tuple({one.anchor: one for one in views}.values())

"""One case: what was asked, what is known and what is not, the answer, and what stands before its release.

Case  ->  case_page  ->  Part (a request: facts, missing, groups, doors), papers, tasks, history
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from habeas.decisions.decide import Law
from habeas.errors import HabeasError
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.doors import Door, Outcome, closed_doors, closed_for
from habeas.web.casework.engine import person_of
from habeas.web.casework.models import Answer, Case, CaseRequest, Document, Release
from habeas.web.desk.answered import Group, Missing, groups_of, missing_of
from habeas.web.desk.facts import Told, told_of
from habeas.web.desk.page import REFUSED, Wrong, about, page, told
from habeas.web.desk.words import who_can
from habeas.web.trail.models import Event

HISTORY = 100
"""Events on a case's page, the last ones."""


@dataclass(slots=True)
class Part:
    """One request of a case, as its page shows it.

    unknown_person  what is wrong with the id that it names; empty where there is nothing
    doors           what stands before the release: in words, and who can do it
    mine            what keeps only the reader from releasing
    """

    request: CaseRequest
    facts: list[Told]
    answer: Answer | None = None
    release: Release | None = None
    earlier: int = 0
    groups: list[Group] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    doors: list[tuple[str, str]] = field(default_factory=list)
    mine: list[tuple[str, str]] = field(default_factory=list)
    counts: list[tuple[str, int]] = field(default_factory=list)
    unknown_person: str = ""
    several: bool = False
    confirmable: int = 0
    waiting: int = 0


def part_of(request: CaseRequest, user: User, law: Law, today: date) -> Part:
    """What a case's page shows of one request."""
    made = Part(request, told_of(request, user), unknown_person=_unknown(request))
    made.confirmable = len([one for one in made.facts if one.unconfirmed and one.mine])
    answers = list(request.answers.select_related("prepared_by").order_by("pk"))
    if not answers:
        return made
    answer = made.answer = answers[-1]
    made.earlier = len(answers) - 1
    made.several = answer.people != 1
    made.release = getattr(answer, "release", None)
    made.groups = groups_of(answer, law)
    made.missing = missing_of(request, made.groups, law, user)
    made.counts = counts_of(made.groups)
    made.waiting = dict(made.counts).get(Outcome.WAITS.value, 0)
    if made.release is None:
        made.doors = _doors(closed_doors(answer, today))
        if not made.doors:
            made.mine = _doors(closed_for(answer, user))
    return made


def counts_of(groups: Sequence[Group]) -> list[tuple[str, int]]:
    """How many items leave, stay and wait; one that does not do the same for everybody counts in each."""
    found = Counter(outcome for outcome, _ in {(one.outcome, one.item) for one in groups})
    return [(one.value, found[one]) for one in Outcome if found[one]]


def _doors(doors: Sequence[Door]) -> list[tuple[str, str]]:
    return [(door.what, who_can(door.who)) for door in doors]


def _unknown(request: CaseRequest) -> str:
    if not request.person:
        return ""
    try:
        there = person_of(request) is not None
    except HabeasError as error:
        return told(error)[0].text
    return "" if there else "There is no record under this id: is it the right one?"


@page(Act.SEE_CASES)
def case(request: HttpRequest, user: User, number: str) -> HttpResponse:
    """A case's page."""
    return case_page(request, user, get_object_or_404(Case, number=number))


def case_page(
    request: HttpRequest, user: User, case: Case, wrongs: Sequence[Wrong] = ()
) -> HttpResponse:
    """A case's page, with what is wrong at its top."""
    about(request, case)
    today = timezone.localdate()
    law = law_in_use()
    requests = list(case.requests.select_related("case", "linked__case"))
    history = (
        Event.objects.filter(about=f"case {case.number}")
        .exclude(act__startswith="view ")
        .order_by("-number")[: HISTORY + 1]
    )
    documents = Document.objects.filter(release__answer__request__case=case)
    return render(
        request,
        "desk/case.html",
        {
            "case": case,
            "parts": [part_of(one, user, law, today) for one in requests],
            "wrongs": wrongs,
            "today": today,
            "due": case.tasks.filter(done_at__isnull=True, due__isnull=False).first(),
            "tasks": case.tasks.filter(done_at__isnull=True).select_related("request"),
            "finished": case.tasks.filter(done_at__isnull=False).select_related("done_by"),
            "originals": case.originals.select_related("taken_by"),
            "documents": documents.prefetch_related("services__by").select_related(
                "release__answer__request"
            ),
            "communications": case.communications.select_related("by", "incident"),
            "history": history[:HISTORY],
            "more_history": len(history) > HISTORY,
        },
        status=REFUSED if wrongs else 200,
    )

"""What waits for whom: open cases, each with its next step and the roles that can take it.

    open cases, newest answers  ->  waits_for  ->  Wait, …  ->  today's page

Promise: a case is said to be ready only where `doors.closed_doors` finds nothing; a case of several steps stands
there once for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import MAY, Act, Role
from habeas.web.casework.doors import Became, Known, closed_doors, closed_for, stale
from habeas.web.casework.models import Answer, Case, CaseRequest

MOST = 100
"""Open cases that are looked at, the longest open first; the page says where there are more."""

R = Role
_STEPS: dict[str, tuple[frozenset[Role], str]] = {
    "prepare": (MAY[Act.PREPARE], "Prepare the answer"),
    "again": (MAY[Act.PREPARE], "Prepare the answer anew: something was stated since"),
    "missing facts": (MAY[Act.STATE], "Facts are missing"),
    "unconfirmed": (MAY[Act.STATE], "What the requester says waits to be confirmed"),
    "judgement": (frozenset({R.COUNSEL}), "A judgement is wanted"),
    "conflict": (frozenset({R.COUNSEL}), "Rules conflict"),
    "contested": (frozenset({R.COUNSEL}), "Two readings of the law"),
    "selection": (frozenset({R.COUNSEL}), "Being in the answer would tell more"),
    "permitted": (MAY[Act.CHOOSE], "Choose whether to give what the law permits"),
    "sign": (frozenset({R.COUNSEL}), "A signature is wanted"),
    "ready": (MAY[Act.RELEASE], "Ready to release"),
}
"""Each step: who can take it, and what it is called."""

_NOT_CHOSEN = ("judgement", "conflict", "contested", "selection", "permitted")


@dataclass(frozen=True, slots=True)
class Wait:
    """A request that waits for a step.

    items  how many items wait for it; 0 where it is not about items
    """

    case: Case
    request: CaseRequest
    step: str
    what: str
    items: int = 0


def waits_for(user: User, today: date) -> tuple[list[Wait], int]:
    """What waits for a user's roles, what can be released first; and how many open cases were not looked at."""
    roles = user.roles()
    cases = list(
        Case.objects.filter(state=Case.OPEN)
        .order_by("received_at", "pk")
        .prefetch_related("requests")[:MOST]
    )
    more = max(Case.objects.filter(state=Case.OPEN).count() - len(cases), 0)
    requests = [one for case in cases for one in case.requests.all()]
    newest = _newest(requests)
    known = Known(newest.values())
    found = []
    for request in requests:
        answer = newest.get(request.pk)
        for step, items in _steps(answer, known, user, today):
            who, what = _STEPS[step]
            if roles & who:
                found.append(Wait(request.case, request, step, what, items))
    order = {step: at for at, step in enumerate(("ready", *_STEPS))}
    return sorted(found, key=lambda one: order[one.step]), more


def _steps(
    answer: Answer | None,
    known: Known,
    user: User,
    today: date,
) -> Iterable[tuple[str, int]]:
    if answer is None:
        return [("prepare", 0)]
    if answer.pk in known.released:
        return []
    if known.stated_since(answer):
        return [("again", 0)]
    bases = _bases(known.items[answer.pk])
    found = [(basis, count) for basis, count in bases.items() if basis in _STEPS]
    if stale(answer, today, known):
        return found or [("prepare", 0)]
    doors = closed_doors(answer, today, known)
    if any(door.who == "counsel" for door in doors):
        found.append(("sign", 0))
    if not doors and not closed_for(answer, user, known):
        found.append(("ready", 0))
    return found


def _newest(requests: list[CaseRequest]) -> dict[int, Answer]:
    last = Answer.objects.filter(request=OuterRef("request")).order_by("-pk").values("pk")[:1]
    found = Answer.objects.filter(request__in=[one.pk for one in requests], pk=Subquery(last))
    found = found.defer("asked", "facts")
    return {one.request_id: one for one in found}


def _bases(items: Iterable[Became]) -> dict[str, int]:
    """How many items of an answer wait for what; what was chosen waits no longer."""
    made: dict[str, set[str]] = {}
    for one in items:
        if one.verdict != "refer" and one.basis != "permitted":
            continue
        if one.basis not in _NOT_CHOSEN or one.give is None:
            made.setdefault(one.basis, set()).add(one.item)
    return {basis: len(some) for basis, some in made.items()}

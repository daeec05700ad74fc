"""Cases: taken in, listed, looked at; facts are stated, answers prepared.

JSON  ->  cases, new_case, case, new_statement, prepare  ->  an act of casework  ->  JSON
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from habeas.errors import InputError, Place, Problem
from habeas.web.accounts.roles import Act
from habeas.web.api.caller import about, allowed
from habeas.web.api.middleware import token_in
from habeas.web.api.paging import page_of, paged
from habeas.web.api.shapes import (
    AnswerOut,
    Asks,
    CaseOut,
    CaseRow,
    Line,
    NewCase,
    NewStatement,
    Number,
    StatementOut,
    Word,
)
from habeas.web.api.telling import Told, answer_told, case_row, case_told, statement
from habeas.web.casework import answering, intake
from habeas.web.casework.errors import NotAllowedError
from habeas.web.casework.models import Case, CaseRequest
from habeas.web.desk.listing import Listing

router = Router(tags=["cases"])

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


class CasesAsks(Asks):
    """Which cases: `q` words that stand in them, `agency` a part of it, `due` of the first open task."""

    q: Line = ""
    state: Literal["open", "answered", "closed"] | None = None
    agency: Line = ""
    due: Literal["overdue", "today", "week", "none"] | None = None
    sort: Literal[
        "number", "received", "due", "agency", "title", "state",
        "-number", "-received", "-due", "-agency", "-title", "-state",
    ] = "-number"  # fmt: skip


@router.get("/cases", response=page_of(CaseRow), url_name="cases")
def cases(request: HttpRequest, asks: Query[CasesAsks]) -> Any:
    """The cases that fit."""
    allowed(request, Act.SEE_CASES)
    listing = Listing(
        q=asks.q,
        state=asks.state or "",
        agency=asks.agency,
        due=asks.due or "",
        sort=asks.sort.lstrip("-"),
        down=asks.sort.startswith("-"),
    )
    return paged(listing.cases(timezone.localdate()), asks, case_row)


@router.post("/cases", response={201: CaseOut}, url_name="cases")
def new_case(request: HttpRequest, sent: NewCase) -> Status[Told]:
    """Take in a request."""
    user = allowed(request, Act.TAKE_IN)
    moment(sent.received_at, "received_at")
    made = intake.take_in(user, intake.Intake(**sent.model_dump()))
    about(request, f"case {made.number}")
    return Status(201, case_told(made))


@router.get("/cases/{number}", response=CaseOut, url_name="case")
def case(request: HttpRequest, number: Word) -> Told:
    """One case."""
    allowed(request, Act.SEE_CASES)
    found = Case.objects.select_related("taken_by").filter(number=number).first()
    if found is None:
        raise Http404
    about(request, f"case {found.number}")
    return case_told(found)


@router.post(
    "/cases/{number}/requests/{position}/statements",
    response={201: StatementOut},
    url_name="statements",
)
def new_statement(
    request: HttpRequest, number: Word, position: Number, sent: NewStatement
) -> Status[Told]:
    """State a fact. With a token only what the requester says: a person of the office confirms it."""
    user = allowed(request, Act.STATE, Act.JUDGE)
    asked = _request(request, number, position)
    if token_in(request) is not None and sent.speaks != "requester":
        raise NotAllowedError(
            Problem(
                Place("speaks"),
                f"a token does not speak for {sent.speaks}",
                "a person of the office confirms it",
            )
        )
    made = intake.state(
        user,
        asked,
        sent.path,
        sent.value,
        speaks=sent.speaks,
        reason=sent.reason,
        known_on=sent.known_on,
    )
    return Status(201, statement(made))


@router.post(
    "/cases/{number}/requests/{position}/answers", response={201: AnswerOut}, url_name="prepare"
)
def prepare(request: HttpRequest, number: Word, position: Number) -> Status[Told]:
    """Decide a request under today's law. For people alone: a second one releases it."""
    user = allowed(request, Act.PREPARE)
    made = answering.prepare(user, _request(request, number, position))
    return Status(201, answer_told(made, user))


def moment(at: datetime, place: str) -> None:
    """Raise `InputError` where a moment is of no year that an office has papers of."""
    if at.replace(tzinfo=UTC) < _EARLIEST or at.year > 9000:
        raise InputError(
            Problem(Place(place), "it is too long ago, or too far ahead", "write the day it was")
        )


def _request(request: HttpRequest, number: str, position: int) -> CaseRequest:
    found = (
        CaseRequest.objects.select_related("case")
        .filter(case__number=number, position__exact=min(position, 2**31 - 1))
        .first()
    )
    if found is None:
        raise Http404
    about(request, f"case {found.case.number}")
    return found

"""Answers: looked at, chosen, signed and released.

JSON  ->  answer, items, ways, choose, sign, release  ->  an act of casework  ->  JSON
"""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Status

from habeas.web.accounts.roles import Act
from habeas.web.api.caller import about, allowed, fresh
from habeas.web.api.paging import by, page_of, paged
from habeas.web.api.shapes import (
    AnswerOut,
    Asks,
    ChoiceOut,
    ItemOut,
    NewChoice,
    NewRelease,
    NewSignature,
    Number,
    ReleaseOut,
    SignatureOut,
    WayOut,
    Word,
)
from habeas.web.api.telling import (
    Told,
    answer_told,
    choice_told,
    item_told,
    release_told,
    signature_told,
)
from habeas.web.casework import answering
from habeas.web.casework.models import Answer, ItemAnswer, Way

router = Router(tags=["answers"])


class ItemsAsks(Asks):
    """Which items of an answer."""

    item: Word = ""
    verdict: Literal["grant", "deny", "refer"] | None = None
    sort: Literal["way", "-way", "item", "-item", "verdict", "-verdict"] = "way"


class WaysAsks(Asks):
    """Which ways: `person` by her id in the records."""

    way: Number | None = None
    sort: Literal["way", "-way"] = "way"


@router.get("/answers/{pk}", response=AnswerOut, url_name="answer")
def answer(request: HttpRequest, pk: Number) -> Told:
    """An answer, and what keeps whoever asks from releasing it."""
    user = allowed(request, Act.SEE_CASES)
    return answer_told(_answer(request, pk), user)


@router.get("/answers/{pk}/items", response=page_of(ItemOut), url_name="items")
def items(request: HttpRequest, pk: Number, asks: Query[ItemsAsks]) -> Any:
    """What the law says, item by item, of everybody who gets the same."""
    allowed(request, Act.SEE_CASES)
    found = ItemAnswer.objects.filter(way__answer=_answer(request, pk)).select_related("way")
    if asks.item:
        found = found.filter(item=asks.item)
    if asks.verdict:
        found = found.filter(verdict=asks.verdict)
    return paged(by(found, asks.sort, way="way__number"), asks, item_told)


@router.get("/answers/{pk}/ways", response=page_of(WayOut), url_name="ways")
def ways(request: HttpRequest, pk: Number, asks: Query[WaysAsks]) -> Any:
    """The people of an answer: those who get the same of everything together."""
    allowed(request, Act.SEE_CASES)
    found = Way.objects.filter(answer=_answer(request, pk))
    if asks.way is not None:
        found = found.filter(number=min(asks.way, 2**31 - 1))
    return paged(
        by(found, asks.sort, way="number"),
        asks,
        lambda one: {"way": one.number, "people": one.people},
    )


@router.post("/items/{pk}/choices", response={201: ChoiceOut}, url_name="choose")
def choose(request: HttpRequest, pk: Number, sent: NewChoice) -> Status[Told]:
    """Choose on an item, for everybody of its way."""
    user = allowed(request, Act.CHOOSE, Act.SIGN_LAW)
    found = ItemAnswer.objects.select_related("way__answer__request__case").filter(pk=pk).first()
    if found is None:
        raise Http404
    about(request, f"case {found.way.answer.request.case.number}")
    return Status(
        201, choice_told(answering.choose(user, found, give=sent.give, reason=sent.reason))
    )


@router.post("/answers/{pk}/signatures", response={201: SignatureOut}, url_name="sign")
def sign(request: HttpRequest, pk: Number, sent: NewSignature) -> Status[Told]:
    """Sign, as counsel, for the law that an answer rests on and that nobody checked."""
    user = allowed(request, Act.SIGN_LAW)
    return Status(201, signature_told(answering.sign(user, _answer(request, pk), sent.reason)))


@router.post("/answers/{pk}/release", response={201: ReleaseOut}, url_name="release")
def release(request: HttpRequest, pk: Number, sent: NewRelease) -> Status[Told]:
    """Release an answer. For people alone, with a second factor given within the last five minutes."""
    user = allowed(request, Act.RELEASE, Act.RELEASE_GRANT)
    fresh(request, Act.RELEASE)
    found = _answer(request, pk)
    made = answering.release(user, found, reason=sent.reason, looked_at=sent.seen)
    return Status(201, release_told(made))


def _answer(request: HttpRequest, pk: int) -> Answer:
    found = Answer.objects.select_related("request__case", "prepared_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    about(request, f"case {found.request.case.number}")
    return found

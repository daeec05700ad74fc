"""Rows of the database as the API tells them.

Case, Answer, Document, …  ->  a mapping that fits its shape in `shapes`

Promise: no value of an item is among them: these are in the papers alone.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.api.models import ApiToken
from habeas.web.casework.doors import closed_doors, closed_for, gives, outcome, released, seen
from habeas.web.casework.models import (
    Answer,
    Case,
    CaseRequest,
    Choice,
    Communication,
    Document,
    ItemAnswer,
    Release,
    Service,
    Signature,
    Statement,
    Task,
)
from habeas.web.trail.models import Event

Told = dict[str, Any]


def _fields(row: object, *names: str) -> Told:
    return {name: getattr(row, name) for name in names}


def case_row(case: Case) -> Told:
    """A case in a list."""
    told = _fields(
        case, "number", "title", "agency", "attention", "reference", "received_at", "state"
    )
    return {**told, "due": getattr(case, "due", None)}


def case_told(case: Case) -> Told:
    """A case with its requests."""
    due = case.tasks.filter(done_at__isnull=True, due__isnull=False).first()
    return {
        **case_row(case),
        "due": due.due if due else None,
        "taken_by": case.taken_by.username,
        "taken_at": case.taken_at,
        "requests": [
            _request(one)
            for one in case.requests.select_related("case", "linked__case").prefetch_related(
                "statements__by", "answers__prepared_by", "answers__release"
            )
        ],
        "originals": [
            _fields(one, "id", "file_name", "media_type", "sha256", "size")
            for one in case.originals.all()
        ],
    }


def _request(one: CaseRequest) -> Told:
    return {
        **_fields(one, "position", "items", "selects_on", "person"),
        "id": one.id_text,
        "linked": one.linked.id_text if one.linked else None,
        "statements": [statement(each) for each in one.statements.all()],
        "answers": [_answer_row(each) for each in one.answers.all()],
    }


def statement(one: Statement) -> Told:
    """What somebody said."""
    told = _fields(one, "path", "value", "source", "known_on", "reason", "at")
    return {**told, "by": one.by.username}


def _answer_row(answer: Answer) -> Told:
    return {
        **_fields(answer, "id", "law", "as_of", "people", "prepared_at"),
        "prepared_by": answer.prepared_by.username,
        "released": hasattr(answer, "release"),
    }


def answer_told(answer: Answer, user: User) -> Told:
    """An answer, and what keeps this user from releasing it."""
    doors = closed_doors(answer, timezone.localdate()) or closed_for(answer, user)
    return {
        **_answer_row(answer),
        "released": released(answer),
        "request": answer.request.id_text,
        "case": answer.request.case.number,
        "says_whom": answer.says_whom,
        "gives": gives(answer),
        "seen": seen(answer),
        "doors": [{"what": door.what, "who": door.who} for door in doors],
    }


def item_told(one: ItemAnswer) -> Told:
    """What the law says of an item, and what becomes of it."""
    told = _fields(one, "id", "item", "verdict", "basis", "unchecked", "decision")
    return {**told, "way": one.way.number, "outcome": outcome(one).value}


def choice_told(one: Choice) -> Told:
    """A choice."""
    told = _fields(one, "id", "give", "reason", "at")
    return {**told, "item": one.item.item, "by": one.by.username}


def signature_told(one: Signature) -> Told:
    """A signature."""
    return {**_fields(one, "id", "reason", "at"), "by": one.by.username}


def release_told(one: Release) -> Told:
    """A release with its papers."""
    return {
        **_fields(one, "id", "gives", "demo", "released_at", "receipts"),
        "answer": one.answer_id,
        "prepared_by": one.prepared_by.username,
        "released_by": one.released_by.username,
        "documents": [document_told(each) for each in one.documents.all()],
    }


def document_told(one: Document) -> Told:
    """A paper."""
    told = _fields(
        one, "id", "kind", "language", "file_name", "media_type", "sha256", "size", "valid"
    )
    return {**told, "case": one.release.answer.request.case.number}


def service_told(one: Service) -> Told:
    """How a paper was handed over."""
    told = _fields(one, "id", "outcome", "how", "at", "note")
    return {**told, "document": one.document_id, "by": one.by.username}


def communication_told(one: Communication) -> Told:
    """A call, a visit or a letter."""
    told = _fields(
        one, "id", "direction", "channel", "agency", "other", "at", "asked", "told", "items"
    )
    return {
        **told,
        "case": one.case.number if one.case else None,
        "by": one.by.username,
        "incident": hasattr(one, "incident"),
    }


def task_told(one: Task) -> Told:
    """Something owed."""
    told = _fields(one, "id", "kind", "duty", "due", "certain", "done_at", "outcome")
    return {
        **told,
        "case": one.case.number,
        "request": one.request.position if one.request else None,
        "done_by": one.done_by.username if one.done_by else None,
    }


def event_told(one: Event) -> Told:
    """A line of the trail."""
    return _fields(
        one, "number", "at", "actor", "act", "about", "outcome", "source", "detail", "before", "digest",
    )  # fmt: skip


def token_told(one: ApiToken) -> Told:
    """A token, without what opens anything."""
    told = _fields(
        one, "id", "prefix", "purpose", "made_at", "expires_at", "revoked_at", "last_used_at"
    )
    return {**told, "user": one.user.username, "made_by": one.made_by.username}

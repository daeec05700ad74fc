"""What is sent and what is answered: the shapes of the OpenAPI document.

JSON  ->  a shape for what is sent  ->  act;  row of the database  ->  a shape of the answer  ->  JSON
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

_LINE, _TEXT = r"^[^\x00-\x1f\x7f]*$", r"^[^\x00]*$"
Line = Annotated[str, StringConstraints(max_length=200, pattern=_LINE)]
Word = Annotated[str, StringConstraints(max_length=100, pattern=_LINE)]
Text = Annotated[str, StringConstraints(max_length=10_000, pattern=_TEXT)]
Number = Annotated[int, Field(ge=1, le=2**62)]
Moment = Annotated[AwareDatetime, Field(description="with its zone; from 1900 on")]
Words = Annotated[list[Word], Field(max_length=1_000)]
Said = bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | Text
"""What a fact may be said to be; days as texts."""


class Sent(Schema):
    """What is sent: a name that is none is refused."""

    model_config = ConfigDict(extra="forbid")


class Asks(Schema):
    """Which page of a list: `page` from 1, `size` rows."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    size: Annotated[int, Field(ge=1, le=200)] = 50


class NewCase(Sent):
    """A request as it came in; see `intake.Intake`. Papers are taken in at the desk."""

    agency: Line
    title: Line
    received_at: Moment
    items: Words = Field(default_factory=list)
    people: Words = Field(default_factory=list)
    facts: dict[Word, Said] = Field(default_factory=dict, max_length=200)
    selects_on: Words = Field(default_factory=list)
    attention: Text = ""
    reference: Word = ""
    form: Literal["", "I-247A"] = ""


class NewStatement(Sent):
    """What somebody says of a fact; `value` null takes back what was said."""

    path: Word
    value: Said | None
    speaks: Literal["requester", "officer", "counsel", "court"]
    reason: Text = ""
    known_on: date | None = None


class NewChoice(Sent):
    """Whether to give what the law permits, or leaves to counsel."""

    give: bool
    reason: Text


class NewSignature(Sent):
    """Counsel's, with what she looked at."""

    reason: Text


class NewRelease(Sent):
    """`seen`: as the answer has it; other than it is now, nothing is released."""

    seen: Word
    reason: Text = ""


class NewCommunication(Sent):
    """A call, a visit or a letter; `items`: what it disclosed."""

    case: Word = ""
    direction: Literal["received", "made"]
    channel: Literal["call", "visit", "letter", "e-mail", "fax", "portal"]
    agency: Line
    at: Moment
    other: Line = ""
    asked: Text = ""
    told: Text = ""
    items: Words = Field(default_factory=list)


class NewService(Sent):
    """How a paper was handed over."""

    outcome: Literal["served", "refused", "failed"]
    how: Word
    at: Moment
    note: Text = ""


class Finished(Sent):
    """What became of something owed."""

    outcome: Annotated[str, StringConstraints(max_length=20, pattern=_LINE)]


class NewToken(Sent):
    """For which system's account, for what, and for how many days (at most 90)."""

    user: Word
    purpose: Line
    days: Annotated[int, Field(ge=1, le=90)]


class Me(Schema):
    """Who calls; `csrf`: what `X-CSRFToken` has to be where she signed in by the pages."""

    username: str
    roles: list[str]
    csrf: str | None


class CaseRow(Schema):
    """A case in a list; `due`: the day of its first open task."""

    number: str
    title: str
    agency: str
    attention: str
    reference: str
    received_at: datetime
    state: str
    due: date | None = None


class StatementOut(Schema):
    """What somebody said of a fact."""

    path: str
    value: Any
    source: str
    known_on: date
    reason: str
    by: str
    at: datetime


class AnswerRow(Schema):
    """An answer, without its items."""

    id: int
    law: str
    as_of: date
    people: int
    prepared_by: str
    prepared_at: datetime
    released: bool


class RequestOut(Schema):
    """One request of a case."""

    id: str
    position: int
    items: list[str]
    selects_on: list[str]
    person: str
    linked: str | None
    statements: list[StatementOut]
    answers: list[AnswerRow]


class OriginalOut(Schema):
    """A paper as it came; its bytes are at `/api/originals/{id}`."""

    id: int
    file_name: str
    media_type: str
    sha256: str
    size: int


class CaseOut(CaseRow):
    """A case with its requests."""

    taken_by: str
    taken_at: datetime
    requests: list[RequestOut]
    originals: list[OriginalOut]


class DoorOut(Schema):
    """What has to happen first, and who can do it."""

    what: str
    who: str


class AnswerOut(AnswerRow):
    """An answer; `seen` is what a release of exactly this names, `doors` what is closed for whoever asks."""

    request: str
    case: str
    says_whom: bool
    gives: bool
    seen: str
    doors: list[DoorOut]


class ItemOut(Schema):
    """What the law says of an item, for everybody of one way, and what becomes of it."""

    id: int
    way: int
    item: str
    verdict: str
    basis: str
    unchecked: bool
    outcome: str
    decision: dict[str, Any]


class WayOut(Schema):
    """People who get the same of everything."""

    way: int
    people: list[str]


class ChoiceOut(Schema):
    """A choice."""

    id: int
    item: str
    give: bool
    reason: str
    by: str
    at: datetime


class SignatureOut(Schema):
    """A signature."""

    id: int
    reason: str
    by: str
    at: datetime


class DocumentOut(Schema):
    """A paper that a release made; its bytes are at `/api/documents/{id}`."""

    id: int
    case: str
    kind: str
    language: str
    file_name: str
    media_type: str
    sha256: str
    size: int
    valid: bool


class ReleaseOut(Schema):
    """A release."""

    id: int
    answer: int
    gives: bool
    demo: bool
    prepared_by: str
    released_by: str
    released_at: datetime
    receipts: list[str]
    documents: list[DocumentOut]


class ServiceOut(Schema):
    """How a paper was handed over."""

    id: int
    document: int
    outcome: str
    how: str
    at: datetime
    note: str
    by: str


class CommunicationOut(Schema):
    """A call, a visit or a letter; `incident`: whether it told what no release gave."""

    id: int
    case: str | None
    direction: str
    channel: str
    agency: str
    other: str
    at: datetime
    asked: str
    told: str
    items: list[str]
    by: str
    incident: bool


class TaskOut(Schema):
    """Something owed; `due` null: promptly."""

    id: int
    case: str
    request: int | None
    kind: str
    duty: str
    due: date | None
    certain: bool
    done_by: str | None
    done_at: datetime | None
    outcome: str


class EventOut(Schema):
    """A line of the audit trail."""

    number: int
    at: datetime
    actor: str
    act: str
    about: str
    outcome: str
    source: str
    detail: dict[str, Any]
    before: str
    digest: str


class TokenOut(Schema):
    """A token, without what opens anything."""

    id: int
    user: str
    prefix: str
    purpose: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class TokenMade(TokenOut):
    """A new token; `token` is shown here and never again."""

    token: str

"""Papers: what left and what came, downloaded and served; what is owed, finished.

JSON  ->  documents, document, serve, original, tasks, finish  ->  bytes, or an act of casework  ->  JSON

Promise: a file is always saved and never shown, as at the desk.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Status

from habeas.web.accounts.roles import Act
from habeas.web.api.caller import about, allowed
from habeas.web.api.cases import moment
from habeas.web.api.paging import by, page_of, paged
from habeas.web.api.shapes import (
    Asks,
    DocumentOut,
    Finished,
    NewService,
    Number,
    ServiceOut,
    TaskOut,
    Word,
)
from habeas.web.api.telling import Told, document_told, service_told, task_told
from habeas.web.casework import answering
from habeas.web.casework.models import Document, Original, Task
from habeas.web.casework.safe import Kept, get

router = Router(tags=["papers"])

_BYTES: dict[str, Any] = {
    "responses": {
        200: {
            "description": "the file, byte for byte",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}  # fmt: skip


class DocumentsAsks(Asks):
    """Which papers."""

    case: Word = ""
    kind: Word = ""
    sort: Literal["id", "-id", "kind", "-kind", "case", "-case"] = "-id"


class TasksAsks(Asks):
    """Which tasks: `until` those due by then."""

    case: Word = ""
    kind: Word = ""
    done: bool | None = None
    until: date | None = None
    sort: Literal["due", "-due", "opened", "-opened", "case", "-case"] = "due"


@router.get("/documents", response=page_of(DocumentOut), url_name="documents")
def documents(request: HttpRequest, asks: Query[DocumentsAsks]) -> Any:
    """The papers that releases made."""
    allowed(request, Act.SEE_CASES)
    number = "release__answer__request__case__number"
    found = Document.objects.select_related("release__answer__request__case")
    if asks.case:
        found = found.filter(**{number: asks.case})
    if asks.kind:
        found = found.filter(kind=asks.kind)
    return paged(by(found, asks.sort, case=number), asks, document_told)


@router.get("/documents/{pk}", url_name="document", openapi_extra=_BYTES)
def document(request: HttpRequest, pk: Number) -> HttpResponse:
    """A paper that a release made, its bytes."""
    allowed(request, Act.SEE_CASES)
    one = _document(request, pk)
    return _saved(answering.document_bytes(one), one.file_name)


@router.post("/documents/{pk}/services", response={201: ServiceOut}, url_name="serve")
def serve(request: HttpRequest, pk: Number, sent: NewService) -> Status[Told]:
    """Record how a paper was handed over."""
    user = allowed(request, Act.SERVE)
    moment(sent.at, "at")
    return Status(
        201, service_told(answering.serve(user, _document(request, pk), **sent.model_dump()))
    )


@router.get("/originals/{pk}", url_name="original", openapi_extra=_BYTES)
def original(request: HttpRequest, pk: Number) -> HttpResponse:
    """A paper as it came, its bytes."""
    allowed(request, Act.SEE_CASES)
    one = Original.objects.select_related("case").filter(pk=pk).first()
    if one is None:
        raise Http404
    about(request, f"case {one.case.number}")
    return _saved(get(Kept(one.sha256, one.size, one.kept)), one.file_name)


@router.get("/tasks", response=page_of(TaskOut), url_name="tasks")
def tasks(request: HttpRequest, asks: Query[TasksAsks]) -> Any:
    """What is owed."""
    allowed(request, Act.SEE_CASES)
    found = Task.objects.select_related("case", "request", "done_by")
    if asks.case:
        found = found.filter(case__number=asks.case)
    if asks.kind:
        found = found.filter(kind=asks.kind)
    if asks.done is not None:
        found = found.filter(done_at__isnull=not asks.done)
    if asks.until is not None:
        found = found.filter(due__lte=asks.until)
    return paged(by(found, asks.sort, case="case__number", opened="opened_at"), asks, task_told)


@router.post("/tasks/{pk}/done", response=TaskOut, url_name="finish")
def finish(request: HttpRequest, pk: Number, sent: Finished) -> Told:
    """Say that something owed was done."""
    user = allowed(request, Act.SERVE)
    found = Task.objects.select_related("case", "request", "done_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    about(request, f"case {found.case.number}")
    return task_told(answering.finish(user, found, sent.outcome))


def _document(request: HttpRequest, pk: int) -> Document:
    one = Document.objects.select_related("release__answer__request__case").filter(pk=pk).first()
    if one is None:
        raise Http404
    about(request, f"case {one.release.answer.request.case.number}")
    return one


def _saved(data: bytes, name: str) -> HttpResponse:
    made = HttpResponse(data, content_type="application/octet-stream")
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in name)  # fmt: skip
    made["Content-Disposition"] = f'attachment; filename="{plain}"'
    return made

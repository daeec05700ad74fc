"""What is wrong, as other programs read it: `application/problem+json` (RFC 9457).

    error  ->  problem_of  ->  {type, title, status, problems: [{place, message, help}]}

Promise: nothing of what went wrong inside is told; what is wrong with what was sent is told whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from ninja import Schema

from habeas.errors import HabeasError, InputError
from habeas.web.casework.errors import NotAllowedError, RefusedError

MEDIA_TYPE = "application/problem+json"


class Wrong(Schema):
    """One thing that is wrong."""

    place: str
    message: str
    help: str


class Problems(Schema):
    """Everything that is wrong."""

    type: str
    title: str
    status: int
    problems: list[Wrong]


def problem(status: int, *wrong: tuple[str, str, str]) -> HttpResponse:
    """A response that says what is wrong: places, messages and helps."""
    told = [{"place": place, "message": message, "help": help} for place, message, help in wrong]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "problems": told,
    }
    response = JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="habeas"'
    return response


def problem_of(error: HabeasError) -> HttpResponse:
    """What an act raised: 403 without the role, 409 where a door is closed, 422 where what was sent is wrong."""
    if isinstance(error, NotAllowedError):
        status = HTTPStatus.FORBIDDEN
    elif isinstance(error, RefusedError):
        status = HTTPStatus.CONFLICT
    elif isinstance(error, InputError):
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    else:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    # A file's folder is the server's own.
    return problem(
        status, *((p.place.path.rpartition("/")[2], p.message, p.help) for p in error.problems)
    )


def invalid(errors: Iterable[dict[str, object]]) -> HttpResponse:
    """What does not fit the document: each with its place in the request."""
    wrong = []
    for error in errors:
        where = error.get("loc")
        place = ".".join(str(one) for one in where) if isinstance(where, tuple | list) else ""
        said = str(error.get("msg", "")).rstrip(".")
        wrong.append((place, said[:1].lower() + said[1:], "`/api/openapi.json` says what fits"))
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, *wrong)

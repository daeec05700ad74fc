"""The API: its rooms, its document and what it says of errors.

routers  ->  api  ->  addresses under /api/, and /api/openapi.json
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from habeas.errors import HabeasError
from habeas.web.api import answers, cases, oversight, papers
from habeas.web.api.caller import Session, Token
from habeas.web.api.problems import MEDIA_TYPE, Problems, invalid, problem, problem_of

LOG = logging.getLogger("habeas.api")

_ERRORS = {
    400: "What was sent is no JSON.",
    401: "Nobody is signed in, and no token opens this.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    409: "A door is closed: it says which.",
    422: "What was sent does not fit.",
    429: "The token was used too often.",
    503: "Law, records or the trail cannot be read.",
}


class Api(NinjaAPI):
    """Ninja's, with the errors of every operation in its document."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """The document."""
        made = super().get_openapi_schema(**kwargs)
        made["components"]["schemas"]["Problems"] = Problems.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        made["components"]["schemas"] |= made["components"]["schemas"]["Problems"].pop("$defs")
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problems"}}}
        for methods in made["paths"].values():
            for operation in methods.values():
                for status, said in _ERRORS.items():
                    operation["responses"].setdefault(
                        status, {"description": said, "content": content}
                    )
        return made


api = Api(
    title="Habeas casework",
    version="1",
    description="The records desk for other programs: the same acts, roles and refusals.",
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
    auth=[Session(settings.SESSION_COOKIE_NAME), Token()],
)
for one in (cases, answers, papers, oversight):
    api.add_router("", one.router)


@api.exception_handler(HabeasError)
def _habeas(request: HttpRequest, error: HabeasError) -> HttpResponse:
    return problem_of(error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return invalid(error.errors)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(HTTPStatus.NOT_FOUND, ("address", "there is no such thing", "look at the list"))


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(
        HTTPStatus.UNAUTHORIZED,
        ("sign-in", "nobody is signed in", "sign in with two factors, or send a token"),
    )


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == HTTPStatus.FORBIDDEN:
        return problem(
            HTTPStatus.FORBIDDEN, ("X-CSRFToken", str(error), "send what `/api/me` calls `csrf`")
        )
    return problem(error.status_code, ("request", "this cannot be read", "send JSON"))


@api.exception_handler(Exception)
def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    LOG.error("a fault of the API", exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        ("server", "something broke", "look whether it was done before you repeat it"),
    )

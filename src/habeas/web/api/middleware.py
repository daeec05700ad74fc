"""Who asks the API: somebody who signed in with two factors, or a system with a token.

    request  ->  token, else session  ->  view, or 401 as problem+json

Promise: a request with a token is never answered by a session's rights; whatever is not whole is answered with 401.
"""

from __future__ import annotations

import time
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from habeas.web.accounts.middleware import SignedInMiddleware
from habeas.web.api.models import ApiToken
from habeas.web.api.problems import MEDIA_TYPE, problem
from habeas.web.api.tokens import spend, token_of

API = "/api/"
AUTHZEN = ("/api/access/", "/api/.well-known/", "/.well-known/authzen-configuration")

_SIGN_IN = ("sign-in", "nobody is signed in", "sign in with two factors, or send `Authorization: Bearer` and a token")  # fmt: skip
_WORDS = {
    400: ("request", "this is no request that can be read", "send JSON"),
    403: ("request", "this is not allowed", "ask somebody whose role it is"),
    404: ("address", "there is nothing here", "`/api/openapi.json` lists the addresses"),
    405: ("method", "this address does not take this method", "`/api/openapi.json` lists them"),
}
_BROKE = ("server", "something broke", "look whether it was done before you repeat it")  # fmt: skip


class SignedInOrTokenMiddleware(SignedInMiddleware):
    """`SignedInMiddleware`, and tokens for the API's addresses; its answers are problem+json there."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or say who is wanted."""
        if not request.path_info.startswith((API, *AUTHZEN)):
            return super().__call__(request)
        if "Authorization" in request.headers:
            response = self._with_token(request)
        else:
            response = super().__call__(request)
            if not getattr(request, "trail_reached", False) and response.status_code // 100 == 3:
                response = problem(HTTPStatus.UNAUTHORIZED, _SIGN_IN)
        return response if request.path_info.startswith(AUTHZEN) else _as_problem(response)

    def _with_token(self, request: HttpRequest) -> HttpResponseBase:
        scheme, _, text = request.headers["Authorization"].partition(" ")
        token = token_of(text.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            return problem(
                HTTPStatus.UNAUTHORIZED,
                ("token", "this token opens nothing", "have an administrator make one"),
            )
        if not spend(token):
            return too_many()
        request.user = token.user
        request.api_token = token  # type: ignore[attr-defined]
        return self.get_response(request)


def token_in(request: HttpRequest) -> ApiToken | None:
    """The token that a request came with; None: a session's."""
    token = getattr(request, "api_token", None)
    return token if isinstance(token, ApiToken) else None


def too_many() -> HttpResponse:
    """The answer to a token that was used too often in this minute."""
    response = problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        ("token", "it was used too often in this minute", "wait for the next one"),
    )
    response["Retry-After"] = str(60 - int(time.time()) % 60)
    return response


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """Django's own answers (no such address, no such method, a fault) in the API's form."""
    status = response.status_code
    if status < HTTPStatus.BAD_REQUEST or response.headers.get("Content-Type") == MEDIA_TYPE:
        return response
    words = (
        _BROKE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _WORDS.get(status, _WORDS[400])
    )
    made = problem(status, words)
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            made[name] = response.headers[name]
    return made

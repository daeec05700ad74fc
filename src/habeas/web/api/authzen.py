"""AuthZEN's Authorization API 1.0: may this item of this person go out to this requester now?

    POST {subject, action, resource}  ->  evaluation   ->  {decision}
    POST {evaluations, …}             ->  evaluations  ->  {evaluations: [{decision}, …]}

Promise: `true` only where `matching.permits` finds a release by two people, and it stands in the trail; every other
answer is the same bytes.

    subject   {"type": "agency", "id": the case's agency, "properties": {"reference": the requester's own}}
    action    {"name": "disclose"}
    resource  {"type": "item", "id": item of the vocabulary, "properties": {"case": number, "person": id in the records}}

Source: OpenID AuthZEN Authorization API 1.0 (2026-01-11), sections 6, 7, 9 and 10. Held by `tests/web/test_authzen.py`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.api.matching import Asked, permits
from habeas.web.api.middleware import token_in, too_many
from habeas.web.api.tokens import spend
from habeas.web.trail.record import record

LOG = logging.getLogger("habeas.api")

REASON = "not permitted"
MOST = 100
"""Evaluations of one request."""
BIGGEST = 100_000
"""Bytes of a request."""
EXECUTE_ALL, DENY_ON_FIRST, PERMIT_ON_FIRST = (
    "execute_all", "deny_on_first_deny", "permit_on_first_permit",
)  # fmt: skip
_PARTS = ("subject", "action", "resource")

Json = dict[str, Any]


class MalformedError(Exception):
    """A request that is none of this API's; its message is all that is told."""


def _denied() -> Json:
    return {"decision": False, "context": {"reason": REASON}}


def _authzen(answer: Callable[[User, str, Json], Json]) -> Callable[[HttpRequest], HttpResponse]:
    """A view: by token alone, by POST, with the request's identifier in its answer."""

    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        response = _answered(request, answer)
        identifier = request.headers.get("X-Request-ID")
        if identifier is not None and identifier.isprintable():
            response["X-Request-ID"] = identifier
        return response

    return view


def _answered(request: HttpRequest, answer: Callable[[User, str, Json], Json]) -> HttpResponse:
    token = token_in(request)
    if token is None:
        response = _said(HTTPStatus.UNAUTHORIZED, "a token is wanted")
        response["WWW-Authenticate"] = 'Bearer realm="habeas"'
        return response
    if request.method != "POST":
        response = _said(HTTPStatus.METHOD_NOT_ALLOWED, "send it by POST")
        response["Allow"] = "POST"
        return response
    if not token.user.may(Act.SEE_CASES):
        return _said(HTTPStatus.FORBIDDEN, "this token's user may not ask this")
    try:
        body = _read(request)
        many = body.get("evaluations") or [None]
        if len(many) > 1 and not spend(token, len(many) - 1):
            return too_many()
        return JsonResponse(answer(token.user, token.prefix, body))
    except MalformedError as error:
        return _said(HTTPStatus.BAD_REQUEST, str(error))
    except Exception:
        LOG.exception("an evaluation failed")
        return JsonResponse(_denied())


def _one(user: User, prefix: str, body: Json) -> Json:
    if not _whole(body):
        raise MalformedError("subject, action and resource are wanted, each whole")
    return _recorded(user, prefix, [body], EXECUTE_ALL)[0]


def _several(user: User, prefix: str, body: Json) -> Json:
    if not body.get("evaluations"):
        return _one(user, prefix, body)
    options = body.get("options", {})
    semantic = options.get("evaluations_semantic", EXECUTE_ALL)
    if semantic not in (EXECUTE_ALL, DENY_ON_FIRST, PERMIT_ON_FIRST):
        raise MalformedError("this evaluations_semantic is unknown")
    defaults = {name: body[name] for name in (*_PARTS, "context") if name in body}
    asked = [{**defaults, **one} for one in body["evaluations"]]
    return {"evaluations": _recorded(user, prefix, asked, semantic)}


evaluation = _authzen(_one)
evaluations = _authzen(_several)


def configuration(request: HttpRequest) -> HttpResponse:
    """Where this is, for programs that look for it. For whoever is signed in or has a token."""
    base = f"https://{request.get_host()}/api"
    if not request.is_secure():
        base = base.replace("https:", "http:", 1)
    return JsonResponse(
        {
            "policy_decision_point": base,
            "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
            "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
        }
    )


def _recorded(user: User, prefix: str, asked: list[Json], semantic: str) -> list[Json]:
    """Evaluate each, and record what was answered before it is."""
    made: list[Json] = []
    detail: Json = {"token": prefix, "asked": len(asked)}
    given: list[str] = []
    for one in asked:
        yes, about = _evaluated(one)
        made.append({"decision": True} if yes else _denied())
        if yes:
            given.append(about)
        if (yes and semantic == PERMIT_ON_FIRST) or (not yes and semantic == DENY_ON_FIRST):
            break
    cases = {one.partition(" ")[0] for one in given}
    if given:
        detail["permitted"] = given
    about = f"case {cases.pop()}" if len(cases) == 1 else f"token {prefix}"
    record(user.username, "evaluate", about, detail=detail)
    return made


def _evaluated(one: Json) -> tuple[bool, str]:
    """Whether it may go out, and which item of which case; where anything fails, it may not."""
    try:
        asked = _asked(one)
        return permits(asked, timezone.localdate()), f"{asked.case} {asked.item}"
    except Exception:
        LOG.exception("an evaluation failed")
        return False, ""


def _asked(one: Json) -> Asked:
    """What is asked; what fits nothing of an office is asked as something that is not there."""
    subject, action, resource = (one.get(name) for name in _PARTS)
    if not _whole(one) or (subject["type"], action["name"], resource["type"]) != (  # type: ignore[index]
        "agency", "disclose", "item",
    ):  # fmt: skip
        return Asked("", "", "", "", "")
    of_subject = subject.get("properties") or {}  # type: ignore[union-attr]
    of_resource = resource.get("properties") or {}  # type: ignore[union-attr]
    texts = (
        subject["id"],  # type: ignore[index]
        of_subject.get("reference", ""),
        of_resource.get("case"),
        of_resource.get("person"),
        resource["id"],  # type: ignore[index]
    )
    if not all(isinstance(one, str) for one in texts) or not all((texts[0], *texts[2:])):
        return Asked("", "", "", "", "")
    return Asked(*map(str, texts))


def _whole(one: Json) -> bool:
    """Whether subject, action and resource have what the specification requires of them."""
    wanted = {"subject": ("type", "id"), "action": ("name",), "resource": ("type", "id")}
    for name, keys in wanted.items():
        part = one.get(name)
        if not isinstance(part, dict) or not all(isinstance(part.get(key), str) for key in keys):
            return False
        if not isinstance(part.get("properties", {}), dict):
            return False
    return isinstance(one.get("context", {}), dict)


def _read(request: HttpRequest) -> Json:
    """The body as the specification wants it. Raises `MalformedError`."""
    if request.content_type != "application/json":
        raise MalformedError("send application/json")
    if int(request.META.get("CONTENT_LENGTH") or 0) > BIGGEST or len(request.body) > BIGGEST:
        raise MalformedError("this is too long")
    try:
        body = json.loads(request.body.decode(), object_pairs_hook=_once)
        json.dumps(body, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        raise MalformedError("this is no JSON that can be read in one way") from None
    if not isinstance(body, dict):
        raise MalformedError("send a JSON object")
    listed, options = body.get("evaluations", []), body.get("options", {})
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise MalformedError("evaluations are a list of objects")
    if len(listed) > MOST:
        raise MalformedError(f"at most {MOST} evaluations at once")
    if not isinstance(options, dict):
        raise MalformedError("options are an object")
    return body


def _once(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def _said(status: HTTPStatus, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")

"""The API keeps what its document says, whatever is sent: no fault, no status and no shape that is not listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from habeas.web.accounts.roles import Role
from habeas.web.api import tokens
from habeas.web.casework.answering import prepare, release, sign
from habeas.web.casework.models import Release
from habeas.web.trail.check import check_trail
from habeas.web.trail.models import Event
from tests.web.conftest import make_user, press_request
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def filled(office, people) -> None:
    """A case that was answered and released, so that numbers of rows lead to some."""
    answer = prepare(people["records"], press_request(people["intake"]).requests.get())
    sign(people["counsel"], answer, "Read beside the official text.")
    release(people["supervisor"], answer)


def sends(people, by: str) -> dict[str, Any]:
    """What makes a call one of somebody who has every role: a session's, or a system's with a token."""
    if by == "token":
        everything = make_user("exporter", *Role)
        text, _ = tokens.make_token(people["administrator"], everything, "export", 30)
        return {"headers": {"Authorization": f"Bearer {text}"}}
    client = whole(make_user("everything", *Role))
    csrf = client.get("/api/me").json()["csrf"]
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return {"cookies": cookies, "headers": {"X-CSRFToken": csrf}}


def examples(operation: Any, call: Callable[[Any], None], number: int) -> None:
    """Call an operation as its document says, and otherwise: the same examples every time."""
    for mode in schemathesis.GenerationMode:

        @seed(7)
        @settings(
            max_examples=number,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            call(case)

        run()


@pytest.mark.parametrize(("by", "number"), [("session", 2), ("token", 1)])
def test_whatever_is_sent_the_document_holds(
    filled, people, monkeypatch, by: str, number: int
) -> None:
    monkeypatch.setattr(tokens, "A_MINUTE", 10**9)
    with_ = sends(people, by)
    document = whole(people["auditor"]).get("/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    schema.app = get_wsgi_application()
    seen: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()

        def call(case: Any, label: str = operation.label) -> None:
            before = Event.objects.count()
            response = case.call(**with_)
            seen.setdefault(label, set()).add(response.status_code)
            case.validate_response(response, checks=CHECKS)
            new = Event.objects.filter(number__gt=before).exclude(actor="system").count()
            assert new == 1, f"{label} left {new} events"

        examples(operation, call, number)
    assert len(seen) > 20
    assert all(one - {401} for one in seen.values()), "the calls were not made as somebody"
    assert {200, 422} <= set().union(*seen.values())
    if by == "session":
        assert 201 in seen["POST /api/communications"]
    assert Release.objects.count() == 1
    check_trail()

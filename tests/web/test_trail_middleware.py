"""Each request leaves one whole event, whatever comes of it; what cannot be recorded is not shown."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django import forms
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import include, path

from habeas.web.accounts.models import User
from habeas.web.trail import middleware
from habeas.web.trail.check import check_trail
from habeas.web.trail.models import Event
from habeas.web.trail.record import record
from tests.web.canaries import in_trail

TRAIL = "habeas.web.trail.middleware.TrailMiddleware"
GATE = f"{__name__}.gate"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

pytestmark = pytest.mark.django_db


# -- pages of the tests' own ----------------------------------------------------------------------


def page(request: HttpRequest, number: str = "") -> HttpResponse:
    if number:
        request.trail_about = f"case {number}"  # type: ignore[attr-defined]
    return HttpResponse("seen")


def release(request: HttpRequest) -> HttpResponse:
    """An act: what it does and its event are one transaction; afterwards anything may happen."""
    with transaction.atomic():
        record("mia", "release", "case 1", detail={"items": 1})
        if request.GET.get("fails") == "within":
            raise RuntimeError("secret-canary")
        if request.GET.get("fails") == "refused":
            raise PermissionDenied("secret-canary")
    if request.GET.get("fails") == "after":
        raise RuntimeError("secret-canary")
    return HttpResponse("released")


def raises(request: HttpRequest, what: str) -> HttpResponse:
    record("system", "housekeeping")
    if what == "500":
        raise RuntimeError("secret-canary")
    if what == "403":
        raise PermissionDenied
    if what == "404":
        raise Http404("secret-canary")
    return HttpResponse(status=int(what))


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"seen"]))


def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        login(request, User.objects.get(), backend=BACKEND)
    return HttpResponse("sign in")


class CodeForm(forms.Form):
    code = forms.CharField()


def form_page(request: HttpRequest) -> HttpResponse:
    """A page of somebody else's, which says nothing to the trail."""
    form = CodeForm(request.POST) if request.method == "POST" else CodeForm()
    return TemplateResponse(request, engines["django"].from_string("code"), {"form": form})


def refuses(request: HttpRequest) -> HttpResponse:
    request.trail_outcome = "refused"  # type: ignore[attr-defined]
    return HttpResponse(status=int(request.GET["status"]))


def elsewhere(request: HttpRequest) -> HttpResponse:
    return redirect("/sign-in?next=/cases/9")


pages_of_ours = (
    [
        path("cases/<str:number>", page, name="case"),
        path("release", release, name="release"),
        path("raises/<str:what>", raises, name="raises"),
        path("streamed", streamed, name="streamed"),
        path("refuses", refuses, name="refuses"),
        path("elsewhere", elsewhere, name="elsewhere"),
    ],
    "pages",
)
urlpatterns = [
    path("", include(pages_of_ours)),
    path("sign-in", sign_in, name="account_login"),
    path("nameless", page),
    path("form", form_page),
    path("", include("habeas.web.urls")),  # where the pages of errors lead to
]


def gate(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Keeps everybody out."""
    return lambda request: redirect("/enrol")


@pytest.fixture(autouse=True)
def pages(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.LOGIN_URL = "/sign-in"
    own = ("accounts.middleware", "api.middleware", "axes.middleware", "allauth")
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if not any(o in one for o in own)]
    assert settings.MIDDLEWARE[-1] == TRAIL


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def mia(visitor: Client) -> Client:
    visitor.force_login(User.objects.create(username="mia"), backend=BACKEND)
    _before[0] = Event.objects.count()
    return visitor


_before = [0]
"""Events that were there before what is tested: of signing in."""


@pytest.fixture(autouse=True)
def _none_before() -> None:
    _before[0] = 0


def since() -> QuerySet[Event]:
    """The events of what is tested, the system's apart."""
    return Event.objects.filter(number__gt=_before[0]).exclude(actor="system")


def told() -> tuple[str, str, str, str, str]:
    """The one event."""
    [event] = since()
    check_trail()
    return event.actor, event.act, event.about, event.outcome, event.source


# -- what is recorded -----------------------------------------------------------------------------


def test_the_trail_looks_at_everything_behind_it(settings: Any) -> None:
    from tests.web import settings as whole

    order = whole.MIDDLEWARE
    assert order.index("django.contrib.auth.middleware.AuthenticationMiddleware") < order.index(TRAIL)  # fmt: skip
    assert order.index(TRAIL) < order.index("habeas.web.api.middleware.SignedInOrTokenMiddleware")


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_page_that_is_seen_leaves_one_event(mia: Client, method: str) -> None:
    assert getattr(mia, method)("/cases/26-0101").status_code == 200
    assert told() == ("mia", "view pages:case", "case 26-0101", "done", "127.0.0.1")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_an_attempt_to_change_leaves_one_event(mia: Client, method: str) -> None:
    assert getattr(mia, method)("/cases/26-0101").status_code == 200
    assert told() == ("mia", f"{method} pages:case", "case 26-0101", "done", "127.0.0.1")


def test_a_method_of_ones_own_is_not_written_down(mia: Client) -> None:
    assert mia.generic("Jane_Doe", "/cases/1").status_code == 200
    assert told()[1] == "other pages:case"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, "done"),
        (302, "done"),
        (400, "refused"),
        (401, "refused"),
        (403, "refused"),
        (404, "refused"),
        (405, "refused"),
        (429, "refused"),
        (500, "failed"),
        (503, "failed"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_outcome_is_that_of_the_answer(
    mia: Client, method: str, status: int, outcome: str
) -> None:
    assert getattr(mia, method)(f"/raises/{status}").status_code == status
    verb = "view" if method == "get" else "post"
    assert told() == ("mia", f"{verb} pages:raises", "", outcome, "127.0.0.1")


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "refused"), (302, "refused"), (500, "failed")]
)
def test_a_view_can_say_that_what_was_asked_was_not_done(
    mia: Client, status: int, outcome: str
) -> None:
    assert mia.post(f"/refuses?status={status}").status_code == status
    assert told()[3] == outcome


def test_an_exception_that_nobody_caught_is_recorded_and_goes_on(
    mia: Client, settings: Any
) -> None:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    mia.raise_request_exception = True
    with pytest.raises(RuntimeError, match="secret-canary"):
        mia.post("/raises/500")
    assert told()[1:4] == ("post pages:raises", "", "failed")


def test_a_form_that_another_site_sent_is_refused_and_recorded() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/cases/1").status_code == 403
    assert told() == ("nobody", "post pages:case", "", "refused", "127.0.0.1")


def test_an_address_that_leads_nowhere_is_recorded_without_it(mia: Client) -> None:
    assert mia.get("/Jane-Doe").status_code == 404
    assert mia.get("/nameless").status_code == 200
    acts = list(since().values_list("act", "outcome"))
    assert [acts[0], acts[1][1]] == [("view unknown address", "refused"), "done"]
    assert not in_trail(["Jane", "Doe"])


def test_the_signing_in_and_out_have_the_name_of_the_user(visitor: Client) -> None:
    User.objects.create(username="mia")
    assert visitor.get("/sign-in").status_code == 200
    assert not Event.objects.exists()
    assert visitor.post("/sign-in").status_code == 200
    assert told()[0] == "mia"


def test_files_of_the_pages_are_no_events(mia: Client) -> None:
    for response in (mia.get("/static/habeas/desk.css"), mia.post("/static/habeas/desk.css")):
        assert response.status_code in (200, 405)
        response.getvalue()  # to its end, as a server reads it
    assert not since()


def test_whoever_is_sent_to_sign_in_was_refused(visitor: Client) -> None:
    assert visitor.get("/elsewhere").status_code == 302
    assert told() == ("nobody", "view pages:elsewhere", "", "refused", "127.0.0.1")


def test_whoever_a_gate_keeps_from_the_page_was_refused(mia: Client, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, GATE]
    assert mia.get("/cases/1").status_code == 302
    assert told() == ("mia", "view pages:case", "", "refused", "127.0.0.1")


def test_the_source_is_the_connections_and_no_header(mia: Client) -> None:
    mia.get("/cases/1", REMOTE_ADDR="10.1.2.3", headers={"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6"})  # fmt: skip
    assert told()[4] == "10.1.2.3"
    assert not in_trail(["6.6.6.6"])


def test_the_trail_knows_the_source_behind_the_proxy(mia: Client, settings: Any) -> None:
    settings.OFFICE = replace(settings.OFFICE, hosts=("testserver",))
    mia.get("/cases/1", headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.7"})
    mia.get("/cases/1", REMOTE_ADDR="198.51.100.4", headers={"X-Forwarded-For": "192.0.2.7"})
    assert [one.source for one in since()] == ["192.0.2.7", "198.51.100.4"]


@pytest.mark.parametrize(
    ("sent", "outcome"), [(None, "done"), ({"code": "1"}, "done"), ({}, "refused")]
)
def test_a_form_that_is_shown_again_was_refused(mia: Client, sent: Any, outcome: str) -> None:
    answer = mia.get("/form") if sent is None else mia.post("/form", sent)
    assert answer.status_code == 200
    assert told()[3] == outcome


# -- an act's own event ---------------------------------------------------------------------------


def test_the_event_of_an_act_is_the_one_and_knows_where_it_came_from(mia: Client) -> None:
    assert mia.post("/release", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert told() == ("mia", "release", "case 1", "done", "10.1.2.3")


@pytest.mark.parametrize(("fails", "outcome"), [("within", "failed"), ("refused", "refused")])
def test_an_act_that_was_rolled_back_still_leaves_an_event(
    mia: Client, fails: str, outcome: str
) -> None:
    mia.post(f"/release?fails={fails}")
    assert told() == ("mia", "post pages:release", "", outcome, "127.0.0.1")


def test_an_act_that_was_done_stays_done_whatever_comes_after(mia: Client) -> None:
    assert mia.post("/release?fails=after").status_code == 500
    assert told() == ("mia", "release", "case 1", "done", "127.0.0.1")


def test_an_event_outside_of_any_request_has_no_source(mia: Client) -> None:
    mia.get("/cases/1")
    assert record("system", "housekeeping").source == ""
    mia.get("/cases/1")
    assert [one.source for one in since()] == ["127.0.0.1", "127.0.0.1"]


# -- what cannot be recorded ----------------------------------------------------------------------


def broken(*_: Any, **__: Any) -> None:
    raise DatabaseError("disk full")


@pytest.mark.parametrize("address", ["/cases/1", "/streamed"])
def test_a_page_that_cannot_be_recorded_is_not_shown(
    mia: Client,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(middleware, "record", broken)
    with caplog.at_level(logging.CRITICAL, "habeas.trail"):
        answer = mia.get(address)
    assert answer.status_code == 503
    assert b"seen" not in answer.getvalue() and b"cannot be written" in answer.content
    assert answer["Cache-Control"] == "no-store"
    assert [one.message for one in caplog.records if one.name == "habeas.trail"] == [
        "the audit trail cannot be written"
    ]


def test_a_page_about_something_that_no_event_can_hold_is_not_shown(mia: Client) -> None:
    assert mia.get(f"/cases/{'9' * 300}").status_code == 503


def test_an_act_whose_event_cannot_be_recorded_is_not_done(
    mia: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setattr(sys.modules[__name__], "record", broken)
    assert mia.post("/release").status_code == 500
    assert told() == ("mia", "post pages:release", "", "failed", "127.0.0.1")


# -- names ----------------------------------------------------------------------------------------

CANARIES = ["Zebedäus", "Quackenbush", "secret-canary", "1999-09-09"]


def test_names_never_get_into_the_trail(mia: Client) -> None:
    name = "Zebedäus Quackenbush 1999-09-09"
    for address in (
        "/cases/1?who={}",
        "/raises/404?who={}",
        "/raises/500?{}",
        "/release?fails=within&{}",
        "/nowhere/{}",
        "/elsewhere?{}",
    ):
        at = address.format(name)
        mia.get(at)
        mia.post(at, {"name": name, name: "x"}, headers={"User-Agent": name, "Referer": name})
    assert since().count() == 12
    assert not in_trail(CANARIES)


def test_a_name_in_the_trail_would_be_found() -> None:
    record("mia", "look", "case of Jane QUACKENBUSH", detail={"note": ["ZEBEDÄUS"]})
    assert in_trail(CANARIES) == [(1, "about", "Quackenbush"), (1, "detail", "Zebedäus")]

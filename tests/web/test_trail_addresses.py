"""Whatever address this program has: whoever asks it, an event tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern, URLResolver

from habeas.web.trail.check import check_trail
from habeas.web.trail.middleware import SIGN_IN
from habeas.web.trail.models import OUTCOMES, Event

pytestmark = pytest.mark.django_db

_VALUES = {"int": "1", "str": "x", "slug": "x", "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "path": "x"}  # fmt: skip


def addresses(resolver: Any = None, before: str = "/") -> Iterator[tuple[str, str]]:
    """Every address with its name, something put where it takes a value."""
    for one in (resolver or get_resolver()).url_patterns:
        at = before + _filled(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one, at)
        elif isinstance(one, URLPattern):
            yield at, one.name or ""


def _filled(pattern: Any) -> str:
    if not isinstance(pattern, RoutePattern):  # of allauth's two keys of a mail, an expression
        return "x-y/"
    text = str(pattern)
    for name, converter in pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        value = _VALUES.get({"string": "str"}.get(kind, kind), "x")
        for written in (f"<{kind}:{name}>", f"<str:{name}>", f"<{name}>", f"<int:{name}>"):
            text = text.replace(written, value)
    return text


def test_every_address_leaves_one_whole_event_for_every_attempt() -> None:
    listed = list(addresses())
    assert len(listed) > 5
    client = Client(raise_request_exception=False)
    for at, name in listed:
        for method in ("get", "post", "put", "patch", "delete"):
            before = Event.objects.count()
            status = getattr(client, method)(at).status_code
            new = list(Event.objects.filter(number__gt=before).exclude(actor="system"))
            if method == "get" and name == SIGN_IN:
                assert not new, at
                continue
            [event] = new or [None]
            assert event is not None, f"no event of {method} {at} ({status})"
            assert event.actor and event.act and event.outcome in OUTCOMES
            assert event.source == "127.0.0.1"
            if status >= 400:
                assert event.outcome != "done", f"{method} {at} ({status})"
    check_trail()

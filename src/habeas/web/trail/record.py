"""Adding to the trail.

    actor, act, about, outcome  ->  record  ->  Event

Promise: events are added one after the other, in the transaction of what they tell: neither is there without the other.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785
from django.db import connection, transaction

from habeas.web.prepared import rows
from habeas.web.trail.models import FIRST, LONGEST, OUTCOMES, Event

SYSTEM, NOBODY = "system", "nobody"
"""Actors that are no users: what nobody asked for, and whoever has not signed in."""

_LOCK = 0x4861626561  # a number of our own, for PostgreSQL's advisory lock
_NEEDED = ("actor", "act")
_LAST = "SELECT number, digest FROM trail_event ORDER BY number DESC LIMIT 1"


@dataclass(slots=True)
class Asked:
    """The request that is being answered.

    source   the address that it came from
    digests  of the events that were recorded on the way; a transaction that is rolled back takes them along
    """

    source: str
    digests: list[str] = field(default_factory=list)


asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
"""What `TrailMiddleware` sets, for events to know where they come from."""


def record(
    actor: str,
    act: str,
    about: str = "",
    *,
    outcome: str = "done",
    source: str = "",
    detail: dict[str, Any] | None = None,
) -> Event:
    """Add an event, and return it. Call it within the transaction of what it tells.

    `about` and `detail` name no person of the records and no value of an item; nor does what somebody typed
    belong into any of them. `source` left out is the address of the request that is being answered.

    Raises `ValueError` where a word is too long or no word, or `detail` is nothing that JSON has; then nothing
    is recorded, and what would have been told must not be done. Held by `tests/web/test_trail.py`.
    """
    request = asked.get()
    event = Event(
        actor=actor,
        act=act,
        about=about,
        outcome=outcome,
        source=source or (request.source if request else ""),
        detail=detail or {},
    )
    _fits(event)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        number, event.before = next(iter(rows(_LAST, {})), (0, FIRST))
        event.number = number + 1
        event.at = datetime.now(UTC)
        event.digest = digest(event)
        event.save(force_insert=True)
    if request is not None and actor != SYSTEM:
        request.digests.append(event.digest)
    return event


def digest(event: Event) -> str:
    """SHA-256 over an event's canonical JSON (RFC 8785), its own digest left out."""
    told = {
        "number": event.number,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor,
        "act": event.act,
        "about": event.about,
        "outcome": event.outcome,
        "source": event.source,
        "detail": event.detail,
        "before": event.before,
    }
    return sha256(rfc8785.dumps(told)).hexdigest()


def _fits(event: Event) -> None:
    """Raise where an event is not whole, or one of the databases would not hold it as it is."""
    if event.outcome not in OUTCOMES:
        raise ValueError(f"`{event.outcome}` is no outcome: write one of {', '.join(OUTCOMES)}")
    for name, longest in LONGEST.items():
        word = getattr(event, name)
        if not isinstance(word, str) or len(word) > longest or not (word or name not in _NEEDED):
            raise ValueError(f"`{name}` of an event is text of at most {longest} characters")
        if not word.isprintable():
            raise ValueError(f"`{name}` of an event is one line of text")
    if not isinstance(event.detail, dict) or b"\\u0000" in rfc8785.dumps(event.detail):
        raise ValueError("`detail` of an event is a mapping of texts and numbers")

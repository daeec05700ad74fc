"""The trail's head in the public log.

    last Event  ->  anchor(append)  ->  entry of the log (head as a hidden value), Anchor
    disclosed values of an entry  ->  anchored  ->  Head  ->  check_trail

Promise: what the entry commits to is the head that the trail had; nothing else of the trail leaves the office.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from habeas.errors import HabeasError, Place, Problem
from habeas.web.trail.check import Head
from habeas.web.trail.models import Anchor, Event
from habeas.web.trail.record import SYSTEM, record

KIND = "trail"
"""What the entry's hidden `kind` says, beside `decision` and the acts of the vault."""

ACT = "anchor trail"

Append = Callable[[Mapping[str, Any]], str]
"""Appends an entry that hides these values, and says where it is: its index, or its receipt's file."""


def anchor(append: Append, actor: str = SYSTEM) -> Anchor:
    """Put the trail's head into the log, keep where it is, and return that.

    append  raises where there is no entry in the end; what it raises goes on, and the trail tells that it failed

    Raises `HabeasError` where the trail is empty. Held by `tests/web/test_trail_anchor.py`.
    """
    last = Event.objects.order_by("-number").first()
    if last is None:
        raise HabeasError(
            Problem(Place("audit trail"), "there is no event to anchor", "nothing is to be done")
        )
    moment = datetime.now(UTC)
    about = f"event {last.number}"
    try:
        entry = append(
            {
                "kind": KIND,
                "decided_at": moment.isoformat(timespec="seconds"),
                "number": last.number,
                "digest": last.digest,
            }
        )
    except Exception:
        record(actor, ACT, about, outcome="failed")
        raise
    with transaction.atomic():
        made = Anchor.objects.create(number=last.number, digest=last.digest, entry=entry, at=moment)
        record(actor, ACT, about, detail={"digest": last.digest, "entry": entry})
    return made


def anchored(values: Mapping[str, Any]) -> Head | None:
    """The head that an entry's disclosed values name; None where the entry is of something else.

    Inverse: the values that `anchor` appends. Held by `tests/web/test_trail_anchor.py`.
    """
    number, digest = values.get("number"), values.get("digest")
    if values.get("kind") != KIND or type(number) is not int or not isinstance(digest, str):
        return None
    return Head(number, digest)

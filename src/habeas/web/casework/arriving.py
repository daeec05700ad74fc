"""Arriving: a form that came as a file is kept with what was read in it, until somebody makes a case of it.

    file, parts (reading, pictures)  ->  arrive  ->  Arrival  ->  keep  ->  accept  ->  Case
                                                              ->  set_aside, with a reason

Promise: what came is a case, set aside by somebody with a reason, or on the list; what was read in it and what was
entered about it lie encrypted, as the file does.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace

from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.acts import act
from habeas.web.casework.errors import refuse
from habeas.web.casework.intake import Intake, Upload, take_in
from habeas.web.casework.models import Arrival, ArrivalPart, Case
from habeas.web.casework.safe import Kept, get, put

SAID = "said"
"""The part that holds what a person entered and confirmed."""


def arrive(user: User, upload: Upload, parts: Mapping[str, bytes], *, source: str = "") -> Arrival:
    """Keep a form that came, with what was read in it. Raises `NotAllowedError`, `SafeError`."""
    with act(user, Act.TAKE_IN, "upload a form", source=source) as told:
        kept = upload.kept or put(upload.data)
        made = Arrival.objects.create(
            file_name=upload.name[:200],
            media_type=upload.media_type[:100],
            sha256=kept.sha256,
            size=kept.size,
            kept=kept.name,
            scanned=upload.scanned,
            taken_by=user,
        )
        for name, data in parts.items():
            _add(user, made, name, data)
        told.about = about(made)
        told.detail = {"scanned": upload.scanned}
    return made


def about(arrival: Arrival) -> str:
    """What the trail calls a form that came."""
    return f"form {arrival.pk}"


def part(arrival: Arrival, name: str) -> bytes | None:
    """What is kept under this name; None where nothing is. Raises `SafeError`."""
    found = arrival.parts.filter(name=name).last()
    return get(Kept(found.sha256, found.size, found.kept)) if found else None


def said(arrival: Arrival) -> dict[str, str]:
    """What was entered so far, by field; empty where nothing was. Raises `SafeError`. Inverse: `keep`."""
    found = part(arrival, SAID)
    return dict(json.loads(found)["said"]) if found else {}


def keep(user: User, arrival: Arrival, entered: Mapping[str, str], *, source: str = "") -> None:
    """Keep what was entered, to go on later. Raises `RefusedError` where the form is finished."""
    with act(user, Act.TAKE_IN, "keep what was entered", about(arrival), source=source):
        _add(user, _open(arrival), SAID, _sealed(entered))


def accept(
    user: User,
    arrival: Arrival,
    intake: Intake,
    entered: Mapping[str, str] | None = None,
    *,
    source: str = "",
) -> Case:
    """Make a case of a form, which keeps its file as an original.

    entered  what a person confirmed, field by field; None: it was entered by hand

    Raises `InputError` with every problem of the intake, `RefusedError` where the form is finished; then there is
    no case.
    """
    with act(user, Act.TAKE_IN, "make a case of a form", about(arrival), source=source) as told:
        locked = _open(arrival)
        if entered is not None:
            _add(user, locked, SAID, _sealed(entered))
        kept = Kept(locked.sha256, locked.size, locked.kept)
        original = Upload(locked.file_name, locked.media_type, b"", locked.scanned, kept)
        case = take_in(user, replace(intake, uploads=(original, *intake.uploads)), source)
        locked.case = case
        _finish(user, locked)
        told.detail = {"case": case.number, "by_hand": entered is None}
    return case


def set_aside(user: User, arrival: Arrival, why: str, *, source: str = "") -> None:
    """Say why no case is made of a form. Raises `RefusedError`: no reason is given, or it is finished."""
    with act(user, Act.TAKE_IN, "set a form aside", about(arrival), source=source):
        if not why.strip():
            raise refuse("form", "a reason is wanted", "write why no case is made of it")
        locked = _open(arrival)
        locked.why = why.strip()
        _finish(user, locked)


def _open(arrival: Arrival) -> Arrival:
    locked = Arrival.objects.select_for_update().get(pk=arrival.pk)
    if locked.finished_at:
        raise refuse("form", "this form is finished already", "look at the list of forms")
    return locked


def _finish(user: User, arrival: Arrival) -> None:
    arrival.finished_by, arrival.finished_at = user, timezone.now()
    arrival.save(update_fields=["case", "why", "finished_by", "finished_at"])


def _add(user: User, arrival: Arrival, name: str, data: bytes) -> None:
    kept = put(data)
    ArrivalPart.objects.create(
        arrival=arrival, name=name, sha256=kept.sha256, size=kept.size, kept=kept.name, by=user
    )


def _sealed(entered: Mapping[str, str]) -> bytes:
    """With a salt: the digest, which lies beside it in the clear, then says nothing of what was entered."""
    return json.dumps({"salt": secrets.token_hex(16), "said": dict(entered)}).encode()

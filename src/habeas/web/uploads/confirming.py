"""Confirming: of what was read in a form, only what a person confirmed goes on.

    Fields, Confirmed (a person's word, field by field)  ->  fields_to_intake  ->  Intake

Promise: no fact without a person who confirmed it, and no person of the records but the one who was chosen at the
desk; a form that cancels, or of which nobody said whether it does, makes no request. Facts are the requester's
word, as of every intake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from habeas.errors import Place, Problem
from habeas.records.request import FORM_I247A, HOLD_ITEMS, NOTIFICATION_ITEMS
from habeas.web.casework.intake import Intake, Upload
from habeas.web.uploads.fields import NAMES, TEXTS, Fields
from habeas.web.uploads.limits import VALUE
from habeas.web.uploads.refusals import UploadError

MUST = ("form", "from", "notify", "hold", "cancel")
"""Fields without which there is no request: what it is, who asks, what for, and that it does not take back."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person at the desk says that the paper says.

    person       id in the records, chosen by her; never found by a name
    received_at  when the office received the paper
    values       by field: the value on the paper, as it was read or as she corrected it; text, or yes or no for a
                 tick or a request. What is not here was not confirmed.
    """

    person: str
    received_at: datetime
    values: Mapping[str, str | bool]


def fields_to_intake(
    fields: Fields, confirmed: Confirmed, uploads: Sequence[Upload] = ()
) -> Intake:
    """The intake that a confirmed form makes: both of its requests, or the one that was confirmed.

    fields   as read; a field that was read is confirmed or left out, and nothing of it is taken by itself
    uploads  the form's file, to be kept with the case

    Raises `UploadError`: something that is needed was not confirmed, the form cancels an earlier one, it asks for
    nothing, or nobody was chosen.
    """
    values = {name: _value(name, value) for name, value in confirmed.values.items()}
    if not confirmed.person.strip():
        raise _wrong("person", "nobody was chosen", "choose the person in the records")
    if values.get("form") != FORM_I247A:
        raise _wrong(
            "form",
            f"nobody confirmed that this is Form {FORM_I247A}",
            "compare the number at its foot, or enter the request by hand",
        )
    if values.get("cancel") is True or (fields.cancels and "cancel" not in values):
        raise _wrong(
            "cancel",
            "this form cancels an earlier detainer and asks for nothing",
            "enter it as a communication of that detainer's case",
        )
    for name in MUST:
        if name not in values:
            raise _wrong(name, "nobody confirmed this field", "compare it with the paper")
    if not values["notify"] and not values["hold"]:
        raise _wrong("notify", "this form asks for nothing", "enter it as a communication")
    agency = _line(values["from"])
    both = values["notify"] is True and values["hold"] is True
    items: Sequence[str] = ()
    facts: dict[str, object] = {"requester": agency}
    if not both:
        items = NOTIFICATION_ITEMS if values["notify"] else HOLD_ITEMS
        kind = "notification" if values["notify"] else "hold"
        facts |= {"instrument": f"{kind} request", "names_specific_person": True}
    return Intake(
        agency=agency[:200],
        received_at=confirmed.received_at,
        title=f"Form {FORM_I247A}",
        items=items,
        people=(confirmed.person.strip(),),
        facts=facts,
        attention=str(values.get("officer", "")),
        reference=_line(values.get("event_number", ""))[:100],
        form=FORM_I247A if both else "",
        uploads=tuple(uploads),
    )


def _value(name: str, value: object) -> str | bool:
    if name not in NAMES:
        raise _wrong(name, f"`{name}` is no field of the form", f"fields are {', '.join(NAMES)}")
    if name not in TEXTS:
        if isinstance(value, bool):
            return value
        raise _wrong(name, "this is ticked or not", "say yes or no")
    if not isinstance(value, str) or not value.strip() or len(value) > VALUE:
        raise _wrong(
            name, "this is no text of the form", f"at most {VALUE} characters, and not blank"
        )
    return value.strip()


def _line(value: object) -> str:
    return ", ".join(filter(None, (one.strip() for one in str(value).splitlines())))


def _wrong(name: str, message: str, help: str) -> UploadError:
    return UploadError(Problem(Place(name), message, help))

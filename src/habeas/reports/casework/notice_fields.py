"""The fields that a notice may have: a closed list, each with its kind and meaning.

    field, value, language  ->  field_words  ->  text

Promise: a field without a value, an empty value, one of the wrong kind and a field that nobody knows
are errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from habeas.reports.casework.words import day_words, item_words
from habeas.reports.words import listed

Value = str | date | tuple[str, ...]
"""A text, a day, or items."""

COMPLIANCE = ("complies", "complies in part", "does not comply", "not decided")
REQUESTS = ("hold request", "notification request", "transfer request", "interview request")

_COMPLIANCE = {
    "en": (
        "This office is going to do what was asked.",
        "This office is going to do a part of what was asked, and not the rest.",
        "This office is not going to do what was asked.",
        "This office has not decided yet. Once it has, you get another notice.",
    ),
    "es": (
        "Esta oficina va a hacer lo que se pidió.",
        "Esta oficina va a hacer una parte de lo que se pidió y no el resto.",
        "Esta oficina no va a hacer lo que se pidió.",
        "Esta oficina todavía no ha decidido. Cuando decida, usted recibirá otro aviso.",
    ),
}

_REQUESTS = {
    "en": REQUESTS,
    "es": (
        "solicitud de retención",
        "solicitud de notificación",
        "solicitud de entrega",
        "solicitud de entrevista",
    ),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `text`, `day`, `items`, or a list of words of which it is one; and what it means."""

    kind: str
    meaning: str
    choices: tuple[str, ...] = ()


FIELDS: Mapping[str, Field] = {
    "case": Field("text", "the office's number of the case"),
    "compliance": Field("choice", "whether the office does what was asked", COMPLIANCE),
    "items": Field("items", "what was asked for, items of the vocabulary"),
    "law": Field("text", "the citation of the provision that the notice is owed under"),
    "person": Field("text", "whom the notice is about, as she is to be addressed"),
    "received": Field("day", "the day on which the request reached the office"),
    "recipient": Field("text", "who gets the notice, where that may be somebody else"),
    "release": Field("day", "the day of release that was told"),
    "request": Field("choice", "what kind of paper it was", REQUESTS),
    "requester": Field("text", "who asked, by name and agency"),
    "told": Field("day", "the day on which it was told"),
}
"""Fields that a value has to be given for."""

OFFICE_FIELDS = frozenset({"contact", "office"})
"""Fields that the office itself fills."""


def field_words(field: str, value: Value, language: str) -> str:
    """A value as the notice says it. Raises `ValueError` with what is wrong with it, `InputError` for
    an unknown item."""
    known = FIELDS[field]
    if known.kind == "day":
        if not isinstance(value, date):
            raise ValueError("is no day")
        return day_words(value, language)
    if known.kind == "items":
        if not isinstance(value, tuple) or not value:
            raise ValueError("lists no items")
        return listed((item_words(item, language) for item in value), _AND[language])
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is empty")
    if known.kind == "text":
        return value
    if value not in known.choices:
        raise ValueError("is none of its words")
    words = _COMPLIANCE if field == "compliance" else _REQUESTS
    return words[language][known.choices.index(value)]


_AND = {"en": "and", "es": "y"}

"""Words for the desk's templates.

    value  ->  filter  ->  text

Promise: one thing is called by one word on all pages, the reports' words where they have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django import template
from django.forms import BoundField
from django.utils import timezone

from habeas.reports import words
from habeas.web.casework.doors import Outcome
from habeas.web.desk.words import OUTCOMES, STATES, who_can

register = template.Library()
register.filter("who_can", who_can)
register.filter("first_up", words.first_up)


@register.filter
def named(word: object) -> str:
    """A word of the vocabulary as people write it: `release date`."""
    return words.name(str(word))


@register.filter
def day(value: date | datetime | str | None) -> str:
    """`17 July 2025`; of nothing, nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return words.day(value)


@register.filter
def moment(value: datetime | None) -> str:
    """`17 July 2025, 16:30 UTC`."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{words.day(local.date())}, {local:%H:%M %Z}"


@register.filter
def people(count: int) -> str:
    """`1 person`, `1,200 people`."""
    return words.several(count, "person", "people")


@register.filter
def items(count: int) -> str:
    """`1 item`, `12 items`."""
    return words.several(count, "item")


@register.filter
def listed(some: Sequence[str]) -> str:
    """`a, b and c`."""
    return words.listed(words.name(one) for one in some)


@register.filter
def becomes(outcome: str) -> str:
    """What happens to an item: `leaves`, `stays`, `waits`."""
    return OUTCOMES[Outcome(outcome)]


@register.filter
def state_words(state: str) -> str:
    """A case's state."""
    return STATES.get(state, state)


@register.filter
def size(count: int) -> str:
    """Bytes as people read them."""
    if count < 1024:
        return words.several(count, "byte")
    return f"{count / 1024:,.0f} KB" if count < 1024**2 else f"{count / 1024**2:,.1f} MB"


@register.filter
def optional(bound: BoundField) -> bool:
    """Whether a field may be left empty."""
    return not bound.field.required

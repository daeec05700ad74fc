"""Corrections: whoever was furnished with what was wrong is told.

    person, items  ->  correct  ->  Correction, a task for each case that furnished them in two years

Promise: nobody who was given one of the items in that time is left out (Pen. Code § 13324, our reading, unchecked).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from habeas.law.dates import shift
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.acts import act
from habeas.web.casework.doors import Outcome, outcome
from habeas.web.casework.engine import vocabulary
from habeas.web.casework.errors import refuse
from habeas.web.casework.models import Answer, Case, Correction, Release, Task

YEARS = 2
"""How far back, to the day (Pen. Code § 13324)."""


@dataclass(frozen=True, slots=True)
class Furnished:
    """A release that gave somebody's items."""

    release: Release
    items: tuple[str, ...]


def furnished(person: str, items: Sequence[str], now: datetime) -> Iterator[Furnished]:
    """Every release of the last two years, the day itself counted, that gave any of these items of hers."""
    since = shift(timezone.localdate(now), (-YEARS, "year"))
    wanted = set(items)
    found = Release.objects.filter(gives=True, released_at__date__gte=since)
    for release in found.select_related("answer__request__case").order_by("pk"):
        given = [
            one.item
            for way in release.answer.ways.all()
            if person in way.people
            for one in way.items.prefetch_related("choices")
            if outcome(one) is Outcome.GIVEN and one.item in wanted
        ]
        if given:
            yield Furnished(release, tuple(given))


def correct(
    user: User, person: str, items: Sequence[str], what: str, *, source: str = ""
) -> tuple[Correction, list[Furnished]]:
    """Record a correction, and open a task for each case that furnished what was wrong.

    Raises `RefusedError`: no such item, or it is not said what was wrong.
    """
    with act(user, Act.CORRECT, source=source) as told:
        unknown = [one for one in items if one not in vocabulary().items]
        if unknown or not items:
            raise refuse("items", f"`{', '.join(unknown)}` is no item", "`habeas law` lists them")
        if not what.strip() or not person.strip():
            raise refuse("correction", "it is not said of whom or what was wrong", "write both")
        # Whatever is being released at this moment is waited for, and is then among what was furnished.
        open_answers = Answer.objects.filter(release__isnull=True).values("request__case")
        list(Case.objects.select_for_update().filter(pk__in=open_answers).values_list("pk"))
        made = Correction.objects.create(
            person=person.strip(), items=list(items), what=what.strip(), by=user
        )
        found = list(furnished(made.person, items, timezone.now()))
        for one in found:
            request = one.release.answer.request
            Task.objects.get_or_create(
                case=request.case,
                request=request,
                kind=Task.CORRECTION,
                duty=f"correction {made.pk}",
                done_at=None,
            )
        told.about = f"correction {made.pk}"
        told.detail = {"furnished": len(found)}
    return made, found

"""Words that must not be somewhere, and a search for them in every column of the trail."""

from __future__ import annotations

import json
from collections.abc import Iterable

from habeas.web.trail.models import Anchor, Event


def in_trail(canaries: Iterable[str]) -> list[tuple[int, str, str]]:
    """Each event's number, column and canary, where a column holds one, in whatever case; nothing where none does.

    >>> in_trail(["Doe"])  # doctest: +SKIP
    [(3, 'about', 'Doe')]
    """
    wanted = {canary: canary.casefold() for canary in canaries}
    assert wanted and all(wanted.values()), "a search for nothing finds nothing"
    found = []
    for row in (*Event.objects.all(), *Anchor.objects.all()):
        for field in row._meta.concrete_fields:
            text = json.dumps(getattr(row, field.attname), default=str, ensure_ascii=False)
            for canary, folded in wanted.items():
                if folded in text.casefold():
                    found.append((row.pk, field.name, canary))
    return found

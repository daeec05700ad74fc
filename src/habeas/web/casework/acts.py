"""One act: a role, a transaction, an event.

    User, Act  ->  act  ->  what is done within, and its event; or neither

Promise: nothing is done without its event, and nothing by somebody without the role; what is refused or fails
leaves an event of its own, after all that was done within was undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from habeas.errors import HabeasError, Place, Problem
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.errors import NotAllowedError
from habeas.web.casework.models import Case
from habeas.web.trail.record import record


@dataclass(slots=True)
class Told:
    """What the event of an act will say; no name of a person of the records, no value of an item."""

    about: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def alone(case: Case) -> Case:
    """The case as it is now; until the transaction ends, whoever else does something in it waits.

    What is stated, prepared, chosen, signed and released in a case is done one after the other: else a choice
    could be made while papers are, and a statement be counted as seen that was not.
    """
    return Case.objects.select_for_update().get(pk=case.pk)


@contextmanager
def act(
    user: User, wanted: Act, name: str = "", about: str = "", *, source: str = ""
) -> Iterator[Told]:
    """Do something in one transaction, with its event.

    name    what the event calls it; left out: the act's own words
    source  the address that it came from

    Raises `NotAllowedError` where none of the user's roles may.
    """
    told = Told(about)
    called = name or wanted.value
    try:
        if not user.may(wanted):
            raise NotAllowedError(
                Problem(
                    Place(called),
                    f"{user.username} may not {wanted.value}",
                    "ask somebody whose role it is",
                )
            )
        with transaction.atomic():
            yield told
            record(user.username, called, told.about, source=source, detail=told.detail)
    except HabeasError as error:
        record(
            user.username,
            called,
            told.about or about,
            outcome="refused",
            source=source,
            detail={"why": error.problems[0].message[:200]},
        )
        raise
    except Exception:
        record(user.username, called, told.about or about, outcome="failed", source=source)
        raise

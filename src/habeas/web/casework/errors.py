"""What an act refuses.

Refused (this person may not; this is not so)  ->  page with the reason, event `refused`
"""

from __future__ import annotations

from habeas.errors import HabeasError, Place, Problem


class RefusedError(HabeasError):
    """An act that is not done, with the reason as the person at the desk reads it."""


class NotAllowedError(RefusedError):
    """Somebody without the role for an act."""


def refuse(place: str, message: str, help: str) -> RefusedError:
    """A refusal with its reason and what to do instead."""
    return RefusedError(Problem(Place(place), message, help))

"""What cannot be done with an account or a role, and why.

Refused  ->  message on the page, and `refused_here` for the trail
"""

from __future__ import annotations

from django.http import HttpRequest


class Refused(Exception):  # noqa: N818 - it is no fault of the program
    """Said to whoever asked, in plain words; nothing was changed."""


def refused_here(request: HttpRequest) -> None:
    """Say to the trail that what was asked was not done, though the answer looks like it."""
    request.trail_outcome = "refused"  # type: ignore[attr-defined]

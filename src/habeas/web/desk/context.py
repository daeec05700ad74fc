"""What every page knows: the office, and what the reader may do.

request  ->  desk  ->  template
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import MAY


def desk(request: HttpRequest) -> dict[str, Any]:
    """The office, the reader's roles, and each act that she may do, as `may.take_in`."""
    user = getattr(request, "user", None)
    roles = user.roles() if isinstance(user, User) else frozenset()
    return {
        "office": settings.OFFICE,
        "roles": sorted(roles),
        "may": {act.name.lower(): not MAY[act].isdisjoint(roles) for act in MAY},
    }

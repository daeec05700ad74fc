"""What every page knows: the office, what the reader may do, and whether the daily work was done.

request  ->  desk  ->  template
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import MAY
from habeas.web.casework.models import Arrival
from habeas.web.daily import alarm


def desk(request: HttpRequest) -> dict[str, Any]:
    """The office, the reader's roles, each act that she may do, as `may.take_in`; and the alarm, asked when shown."""
    user = getattr(request, "user", None)
    roles = user.roles() if isinstance(user, User) else frozenset()
    return {
        "office": settings.OFFICE,
        "roles": sorted(roles),
        "alarm": alarm,
        "may": {act.name.lower(): not MAY[act].isdisjoint(roles) for act in MAY},
        "forms_waiting": lambda: Arrival.objects.filter(finished_at=None).count(),
    }

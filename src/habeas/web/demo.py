"""The demo's cases: each is where somebody has to do something next.

    people who do not exist, users  ->  fill  ->  cases, by the same acts as at the desk

Promise: nothing is made where there are cases; nobody in it is real.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from habeas.errors import InputError, Place, Problem
from habeas.web.accounts.models import User
from habeas.web.casework.answering import prepare, release, sign
from habeas.web.casework.engine import records
from habeas.web.casework.errors import RefusedError
from habeas.web.casework.intake import Intake, communicate, state, take_in
from habeas.web.casework.models import Answer, Case

_PRESS = {
    "requester": "The Fir Courier",
    "requester_kind": "press",
    "requester_level": "private",
    "requester_place": "us-ca",
    "purpose": "public inquiry",
    "instrument": "records request",
}
_ICE = {
    "requester": "Immigration and Customs Enforcement",
    "requester_kind": "immigration authority",
    "requester_level": "federal",
    "requester_place": "us",
    "purpose": "immigration enforcement",
}
_DOJ = {
    **_ICE,
    "requester": "Department of Justice",
    "instrument": "records request",
    "names_specific_person": False,
}


def fill() -> None:
    """Take in the demo's cases. Raises `InputError` where the office is no demo."""
    if not settings.OFFICE.demo:
        raise InputError(
            Problem(Place("demo"), "this office is no demo", "`habeas serve --demo` makes one")
        )
    if Case.objects.exists():
        return
    users = {
        name: User.objects.get(username=name)
        for name in ("intake", "records", "counsel", "supervisor")
    }
    now = timezone.now()
    first, second, third = records().ids()[:3]

    press = take_in(
        users["intake"],
        Intake(
            agency="The Fir Courier",
            attention="The news desk\n12 Front Street\nFir, CA 90000",
            reference="FC-118",
            received_at=now - timedelta(days=2),
            title="Arrest information of one person",
            items=("arrest_information",),
            people=(first,),
            facts={**_PRESS, "names_specific_person": True},
        ),
    )
    answer = prepare(users["records"], press.requests.get())
    _release(users, answer)

    detainer = take_in(
        users["intake"],
        Intake(
            agency="Immigration and Customs Enforcement",
            attention="Enforcement and Removal Operations\nField Office",
            reference="I-247A of today",
            received_at=now - timedelta(hours=3),
            title="Form I-247A about one person",
            people=(second,),
            form="I-247A",
            facts=_ICE,
        ),
    )
    for request in detainer.requests.all():
        for path in ("requester_kind", "purpose", "instrument"):
            said = request.statements.get(path=path).value
            state(users["counsel"], request, path, said, speaks="counsel")
        prepare(users["records"], request)

    list_of_all = take_in(
        users["intake"],
        Intake(
            agency="U.S. Department of Justice",
            attention="Civil Division",
            received_at=now - timedelta(days=11),
            title="List of all inmates who are not citizens",
            items=("name", "citizenship", "charges", "conviction_history", "release_date"),
            selects_on=("citizenship",),
            facts=_DOJ,
        ),
    )
    prepare(users["records"], list_of_all.requests.get())

    take_in(
        users["intake"],
        Intake(
            agency="Person in custody",
            received_at=now - timedelta(hours=1),
            title="Own records",
            items=("booking_details", "charges", "release_date"),
            people=(third,),
            facts={
                "requester": "the person herself",
                "requester_kind": "subject",
                "requester_level": "private",
                "purpose": "own records",
                "instrument": "records request",
                "names_specific_person": True,
            },
        ),
    )
    communicate(
        users["intake"],
        case=None,
        direction="received",
        channel="call",
        agency="Immigration and Customs Enforcement",
        other="an officer of the field office",
        at=now - timedelta(hours=5),
        asked="Whether somebody is in custody, and when she will be released.",
        told="That she is in custody.",
        items=("custody_status",),
    )


def _release(users: dict[str, User], answer: Answer) -> None:
    """Release, as at the desk: where a charge happens to hold a word that is withheld, counsel signs first."""
    try:
        release(users["supervisor"], answer)
    except RefusedError:
        sign(users["counsel"], answer, "What is given was read beside what is withheld.")
        release(users["supervisor"], answer)

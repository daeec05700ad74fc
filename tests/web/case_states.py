"""A case in each state that a request goes through, made by the acts, with words of its own wherever somebody writes.

office, people, a jail of canaries  ->  in_state  ->  State: the case, and every row that an address may name
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from habeas.web.accounts.models import User
from habeas.web.casework.answering import choose, prepare, release, serve, sign
from habeas.web.casework.arriving import arrive
from habeas.web.casework.correcting import correct
from habeas.web.casework.intake import Intake, Upload, communicate, state, take_in
from habeas.web.casework.models import Answer, Case, Document, ItemAnswer
from tests.web.canary_jail import CORRECTED, HIDDEN, ITEMS, SHOWN

Users = dict[str, User]

WORDS = {
    "zqtitle": "case", "zqreference": "case", "zqcourier": "case", "zqbureau": "case", "zqdesk": "case",
    "zqstated": "said", "zqchosen": "said", "zqsigned": "said", "zqlooked": "said", "zqserved": "said",
    "zqasked": "heard", "zqanswered": "heard", "zqfinding": "finding", "zqoriginal": "original",
    "zqfile": "case",
}  # fmt: skip
"""What people of the office write in these cases, and what it is called: words that no value has."""

PRESS, AGENCY, REFERENCE = "The Zqcourier", "Zqbureau of Removal", "Zqreference-17"


@dataclass
class State:
    """A case, and of each kind the rows that addresses may name."""

    name: str
    case: Case
    person: str
    rows: dict[str, list[int]] = field(default_factory=dict)

    @property
    def answers(self) -> list[Answer]:
        return list(Answer.objects.filter(request__case=self.case))

    @property
    def documents(self) -> list[Document]:
        return list(Document.objects.filter(release__answer__request__case=self.case))


def press(users: Users, person: str = SHOWN, items: tuple[str, ...] = ITEMS, **more: Any) -> Case:
    """A newspaper asks for all that there is of somebody."""
    given = Intake(
        agency=PRESS,
        attention="The Zqdesk",
        reference=REFERENCE,
        received_at=timezone.now() - timedelta(hours=1),
        title="Zqtitle of a request",
        items=items,
        people=(person,) if person else (),
        facts={
            "requester": PRESS,
            "requester_kind": "press",
            "requester_level": "private",
            "requester_place": "us-ca",
            "purpose": "public inquiry",
            "instrument": "records request",
            "names_specific_person": bool(person),
        },
        uploads=(Upload("zqfile.txt", "text/plain", b"Zqoriginal: tell us all"),),
    )
    case = take_in(users["intake"], replace(given, **more))
    communicate(
        users["intake"], case=case, direction="received", channel="call", agency=PRESS,
        at=timezone.now(), asked="Zqasked", told="Zqanswered", items=("custody_status",),
    )  # fmt: skip
    return case


def arrived(users: Users) -> Case:
    """As `press`; besides, a form came that nobody has made a case of."""
    upload = Upload("zqfile.pdf", "application/pdf", b"Zqoriginal")
    arrive(users["intake"], upload, {"page-1": b"\x89PNG Zqoriginal", "reading": b"{}"})
    return press(users)


def form(users: Users, person: str = HIDDEN) -> Case:
    """An immigration authority sends Form I-247A, and counsel confirms what it says of itself."""
    case = take_in(
        users["intake"],
        Intake(
            agency=AGENCY,
            reference=REFERENCE,
            received_at=timezone.now() - timedelta(hours=1),
            title="Zqtitle of a form",
            people=(person,),
            form="I-247A",
            facts={
                "requester": AGENCY,
                "requester_kind": "immigration authority",
                "requester_level": "federal",
                "requester_place": "us",
                "purpose": "immigration enforcement",
            },
        ),
    )
    for asked in case.requests.all():
        for path in ("requester_kind", "purpose", "instrument"):
            said = asked.statements.get(path=path).value
            state(users["counsel"], asked, path, said, speaks="counsel", reason="Zqstated")
    return case


def prepared(users: Users, case: Case) -> Case:
    for asked in case.requests.all():
        prepare(users["records"], asked)
    return case


def signed(users: Users, case: Case) -> Case:
    for answer in Answer.objects.filter(request__case=case):
        sign(users["counsel"], answer, "Zqsigned")
    return case


def released(users: Users, case: Case) -> Case:
    for answer in Answer.objects.filter(request__case=signed(users, prepared(users, case))):
        release(users["supervisor"], answer, reason="Zqlooked")
    return case


def chosen(users: Users, case: Case, *, give: bool) -> Case:
    for item in ItemAnswer.objects.filter(way__answer__request__case=case, basis="permitted"):
        choose(users["supervisor"], item, give=give, reason="Zqchosen")
    return case


def _served(users: Users) -> Case:
    case = released(users, press(users))
    for one in Document.objects.filter(release__answer__request__case=case, valid=True):
        serve(
            users["records"], one, outcome="served", how="mail", at=timezone.now(), note="Zqserved"
        )
    return case


def _corrected(users: Users) -> Case:
    case = released(users, press(users, CORRECTED))
    correct(users["records"], CORRECTED, ["charges", "name"], "it was of somebody else")
    return case


def _superseded(users: Users) -> Case:
    return prepared(users, released(users, press(users)))


def _restated(users: Users) -> Case:
    case = released(users, press(users))
    state(
        users["counsel"], case.requests.get(), "requester_kind", "public", speaks="counsel", reason="Zqstated",
    )  # fmt: skip
    return case


def _blind(users: Users) -> Case:
    case = chosen(users, prepared(users, form(users)), give=False)
    for answer in Answer.objects.filter(request__case=case):
        release(users["records-2"], answer, reason="Zqlooked")
    return case


def _refused(users: Users) -> Case:
    case = prepared(users, press(users, items=("home_address", "medical")))
    release(users["records-2"], Answer.objects.get(request__case=case))
    return case


STATES: dict[str, tuple[str, Callable[[Users], Case]]] = {
    "corrected": (CORRECTED, _corrected),
    "taken in": (SHOWN, arrived),
    "prepared": (SHOWN, lambda users: prepared(users, press(users))),
    "choice open": (HIDDEN, lambda users: prepared(users, form(users))),
    "signed": (SHOWN, lambda users: signed(users, prepared(users, press(users)))),
    "released": (SHOWN, lambda users: released(users, press(users))),
    "served": (SHOWN, _served),
    "superseded": (SHOWN, _superseded),
    "stated since": (SHOWN, _restated),
    "blind": (HIDDEN, _blind),
    "not on the roster": (HIDDEN, lambda users: released(users, press(users, HIDDEN))),
    "refused": (SHOWN, _refused),
    "all records": (
        "", lambda users: released(users, press(users, "", ("name", "charges", "home_address"))),
    ),
}  # fmt: skip
"""Of whom it is and how it is made. What is corrected comes first: it makes earlier answers about her stale."""


def in_state(users: Users, name: str) -> State:
    """A case in a state."""
    person, make = STATES[name]
    return in_rows(name, make(users), person)


def in_rows(name: str, case: Case, person: str) -> State:
    """A case with the rows that addresses may name."""
    answers = Answer.objects.filter(request__case=case)
    items = ItemAnswer.objects.filter(way__answer__in=answers)
    some = [*items.exclude(basis="permitted")[:1], *items.filter(basis="permitted")[:1]]
    calls = case.communications.all()
    documents = Document.objects.filter(release__answer__request__case=case)
    rows = {
        "answer": list(answers),
        "item": some,
        "document": list(documents),
        "original": list(case.originals.all()),
        "task": list(case.tasks.all()[:1]),
        "communication": list(calls),
        "incident": [one.incident for one in calls if hasattr(one, "incident")],
    }
    return State(name, case, person, {kind: [one.pk for one in rows[kind]] for kind in rows})

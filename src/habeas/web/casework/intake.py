"""Taking in: a request becomes a case; a call or letter is entered; a fact is stated.

    form  ->  take_in, communicate, state  ->  Case, Communication, Statement

Promise: what a request says of itself is the requester's word until somebody of the office says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from habeas.errors import InputError, Place, Problem
from habeas.law.facts import SPEAKERS, Value
from habeas.law.vocabulary import Fact
from habeas.records.request import FORM_I247A, HOLD_ITEMS, NOTIFICATION_ITEMS
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act, Role
from habeas.web.casework.acts import act, alone
from habeas.web.casework.doors import Outcome, items_of, outcome
from habeas.web.casework.engine import (
    engine_request,
    fact_of,
    person_of,
    plain,
    standing,
    value_at,
    vocabulary,
)
from habeas.web.casework.errors import refuse
from habeas.web.casework.models import (
    Case,
    CaseRequest,
    Communication,
    Incident,
    Original,
    Release,
    Statement,
    Task,
)
from habeas.web.casework.safe import Kept, put

ANSWER_DAYS = 10
"""Days until a request is to be answered: those of a public records request, Gov. Code § 7922.535(a), where no
duty of the law says otherwise. Our own reading, unchecked."""

_LOCK = 0x6361736573  # a number of our own, for PostgreSQL's advisory lock

SOURCES: Mapping[Role, frozenset[str]] = {
    Role.INTAKE: frozenset({"requester"}),
    Role.RECORDS: frozenset({"requester", "officer"}),
    Role.SUPERVISOR: frozenset({"requester", "officer"}),
    Role.COUNSEL: frozenset({"requester", "counsel", "court"}),
}
"""For whom each role may speak; the records speak for themselves."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request.

    scanned  whether a virus scanner looked at it
    kept     where the safe has it already; then `data` is not looked at
    """

    name: str
    media_type: str
    data: bytes
    scanned: bool = False
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """A request as somebody at the desk entered it.

    items    items and groups of the vocabulary; with `form` they follow from it
    people   ids in the records; one request is made of each; none: all records
    facts    what the requester says of itself, by fact
    form     `I-247A`, or empty
    """

    agency: str
    received_at: datetime
    title: str
    items: Sequence[str] = ()
    people: Sequence[str] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    selects_on: Sequence[str] = ()
    attention: str = ""
    reference: str = ""
    form: str = ""
    uploads: Sequence[Upload] = ()


def take_in(user: User, given: Intake, source: str = "") -> Case:
    """Make a case of a request. Raises `InputError` with every problem, `RefusedError` without the role."""
    problems: list[Problem] = []
    halves = _halves(given, problems)
    selects_on = _expanded(given.selects_on, "selects_on", problems)
    received_on = timezone.localdate(given.received_at)  # the office's, wherever it was sent
    facts: dict[str, object] = {"received_on": received_on, **given.facts}
    values: dict[str, Value] = {}
    for path, raw in facts.items():
        try:
            values[path] = value_at(path, raw)
            if fact_of(path).judgement:
                raise InputError(
                    Problem(Place(path), "a judgement is counsel's to sign", "leave it out")
                )
        except InputError as error:
            problems += error.problems
    for name in ("agency", "title"):
        if not getattr(given, name).strip():
            problems.append(Problem(Place(name), "it is blank", "write who asks, and for what"))
    if given.form and len(given.people) != 1:
        problems.append(
            Problem(Place("people"), f"a form {given.form} is about one person", "write her id")
        )
    if given.received_at > timezone.now():
        problems.append(
            Problem(Place("received_at"), "it is in the future", "write the day it came")
        )
    if problems:
        raise InputError(problems)
    with act(user, Act.TAKE_IN, source=source) as told:
        case = Case.objects.create(
            number=_next_number(received_on),
            title=given.title.strip(),
            agency=given.agency.strip(),
            attention=given.attention.strip(),
            reference=given.reference.strip(),
            received_at=given.received_at,
            taken_by=user,
        )
        told.about = f"case {case.number}"
        for upload in given.uploads:
            kept = upload.kept or put(upload.data)
            Original.objects.create(
                case=case,
                file_name=upload.name[:200],
                media_type=upload.media_type[:100],
                sha256=kept.sha256,
                size=kept.size,
                kept=kept.name,
                scanned=upload.scanned,
                taken_by=user,
            )
        position = 0
        for person in given.people or ("",):
            before = None
            for items, more in halves:
                position += 1
                made = CaseRequest.objects.create(
                    case=case,
                    position=position,
                    items=items,
                    selects_on=selects_on,
                    person=person,
                    linked=before,
                )
                for path, value in {**values, **more}.items():
                    Statement.objects.create(
                        request=made,
                        path=path,
                        value=plain(value),
                        source="requester",
                        known_on=received_on,
                        by=user,
                    )
                before = made
        _open_tasks(case)
        told.detail = {"requests": position, "originals": len(given.uploads)}
    return case


def communicate(
    user: User,
    *,
    case: Case | None,
    direction: str,
    channel: str,
    agency: str,
    at: datetime,
    other: str = "",
    asked: str = "",
    told: str = "",
    items: Sequence[str] = (),
    source: str = "",
) -> Communication:
    """Enter a call, a visit or a letter. What it disclosed without a release opens an incident."""
    problems: list[Problem] = []
    disclosed = _expanded(items, "items", problems)
    for name, value, known in (
        ("direction", direction, Communication.DIRECTIONS),
        ("channel", channel, Communication.CHANNELS),
    ):
        if value not in known:
            problems.append(
                Problem(Place(name), f"`{value}` is none", f"one of {', '.join(known)}")
            )
    if not agency.strip():
        problems.append(Problem(Place("agency"), "it is blank", "write with whom"))
    if problems:
        raise InputError(problems)
    with act(user, Act.TAKE_IN, "enter a communication", source=source) as event:
        made = Communication.objects.create(
            case=case,
            direction=direction,
            channel=channel,
            agency=agency.strip(),
            other=other.strip(),
            at=at,
            asked=asked.strip(),
            told=told.strip(),
            items=disclosed,
            by=user,
        )
        event.about = f"communication {made.pk}"
        if disclosed and not _released(case, agency, disclosed, at):
            Incident.objects.create(communication=made)
            event.detail = {"incident": True, "items": disclosed}
    return made


def state(
    user: User,
    request: CaseRequest,
    path: str,
    raw: object,
    *,
    speaks: str,
    reason: str = "",
    known_on: date | None = None,
    source: str = "",
) -> Statement:
    """Say what a fact is; `raw` None takes back what was said.

    speaks  for whom: `requester`, `officer`, `counsel` or `court`

    Raises `InputError` where the value is none of the fact's, `RefusedError`: this role does not speak for
    them, they do not answer this fact, the records say otherwise, or a reason is wanted and missing.
    """
    value = None if raw is None else value_at(path, raw)
    fact = fact_of(path)
    wanted = Act.JUDGE if fact.judgement else Act.STATE
    with act(user, wanted, f"state {path}", f"case {request.case.number}", source=source):
        alone(request.case)
        if speaks not in spoken_for(user):
            raise refuse(path, f"you do not speak for {speaks}", "ask somebody who does")
        if speaks not in speakers(user, fact):
            who = "counsel or a court" if fact.judgement else ", ".join(fact.who)
            raise refuse(path, f"this is not for {speaks} to say", f"ask {who}")
        if fact.scope == "person" and not request.person:
            raise refuse(
                path,
                "the request is about all records, and this is a fact of one person",
                "take in a request of its own about her",
            )
        person = person_of(request)
        on_file = person.facts.get(path) if person else None
        if on_file is not None and value is not None and on_file != value:
            raise refuse(path, "the records say otherwise", "correct the records first")
        there = standing(request.statements.filter(path=path)).get(path)
        differs = there is not None and there[-1].value != plain(value)
        if (fact.judgement or differs) and not reason.strip():
            raise refuse(
                path, "a reason is wanted", "a judgement, and whatever is changed, has a reason"
            )
        made = Statement.objects.create(
            request=request,
            path=path,
            value=plain(value),
            source=speaks,
            known_on=known_on or timezone.localdate(),
            reason=reason.strip(),
            by=user,
        )
        engine_request(request)
    return made


def spoken_for(user: User) -> frozenset[str]:
    """For whom somebody speaks, by her roles."""
    return frozenset[str]().union(*(SOURCES.get(role, frozenset()) for role in user.roles()))


def speakers(user: User, fact: Fact) -> tuple[str, ...]:
    """As whom somebody may answer a fact: an officer may also say what the records should, and counsel anything."""
    answers = {*fact.who, "counsel", "court"} | ({"officer"} if "records" in fact.who else set())
    if fact.judgement:
        answers = {"counsel", "court"}
    return tuple(one for one in SPEAKERS if one in answers & spoken_for(user))


def close_incident(user: User, incident: Incident, finding: str, *, source: str = "") -> Incident:
    """Say what was found of a disclosure without a release. Raises `RefusedError`: nothing is said, or it is closed."""
    about = f"communication {incident.communication_id}"
    with act(user, Act.CLOSE_INCIDENT, about=about, source=source):
        incident = Incident.objects.select_for_update().get(pk=incident.pk)
        if not finding.strip():
            raise refuse("incident", "it is not said what was found", "write it")
        if incident.closed_at:
            raise refuse("incident", "it was closed already", "look at it again")
        incident.closed_by, incident.closed_at = user, timezone.now()
        incident.finding = finding.strip()
        incident.save(update_fields=["closed_by", "closed_at", "finding"])
    return incident


def _halves(given: Intake, problems: list[Problem]) -> list[tuple[list[str], dict[str, Value]]]:
    """The items of each request that a paper makes, and what follows from the paper."""
    if given.form == FORM_I247A:
        ordered = list(vocabulary().items)
        return [
            (
                [item for item in ordered if item in items],
                {"instrument": f"{name} request", "names_specific_person": True},
            )
            for name, items in (("notification", NOTIFICATION_ITEMS), ("hold", HOLD_ITEMS))
        ]
    if given.form:
        problems.append(Problem(Place("form"), f"unknown form `{given.form}`", FORM_I247A))
    items = _expanded(given.items, "items", problems)
    if not items and not problems:
        problems.append(Problem(Place("items"), "nothing is asked for", "choose items"))
    return [(items, {})]


def _expanded(names: Sequence[str], where: str, problems: list[Problem]) -> list[str]:
    words = vocabulary()
    wanted: set[str] = set()
    for name in names:
        found = words.expand(name)
        if not found:
            problems.append(
                Problem(Place(where), f"unknown item `{name}`", "`habeas law` lists them")
            )
        wanted.update(found)
    return [item for item in words.items if item in wanted]


def _next_number(day: date) -> str:
    if connection.vendor == "postgresql":  # two at once would take one number, and one of them fail
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = Case.objects.filter(number__startswith=f"{day.year}-").aggregate(last=Max("number"))[
        "last"
    ]
    return f"{day.year}-{int(last.split('-')[1]) + 1 if last else 1:06}"


def _open_tasks(case: Case) -> None:
    """The tasks of a new case: its answer, and at once somebody on call where custody is asked about."""
    Task.objects.create(
        case=case,
        kind=Task.ANSWER,
        due=timezone.localdate(case.received_at) + timedelta(days=ANSWER_DAYS),
    )
    for request in case.requests.all():
        if {"hold", "transfer"} & set(request.items):
            Task.objects.create(case=case, request=request, kind=Task.ON_CALL)


def _released(case: Case | None, agency: str, items: Sequence[str], at: datetime) -> bool:
    """Whether a release of this case gave all of these to this agency before they were told."""
    if case is None or agency.strip().casefold() != case.agency.casefold():
        return False
    given: set[str] = set()
    for one in Release.objects.filter(answer__request__case=case, released_at__lte=at):
        given |= {each.item for each in items_of(one.answer) if outcome(each) is Outcome.GIVEN}
    return set(items) <= given

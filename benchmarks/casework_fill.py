"""A made-up office's database: a few cases by the desk's own acts, and copies of them made in the database.

    acts  ->  patterns  ->  INSERT … SELECT, n copies with their own numbers, days and words  ->  Known

Promise: triggers and constraints are on; every copy is whole (requests, statements, answers, ways, items, choices,
releases, documents, tasks); nobody in it is real. Import it only where Django is ready.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from benchmarks.casework_known import CLIENTS, Known
from habeas.web.accounts.demo import make_users
from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.roles import Role
from habeas.web.api.tokens import make_token
from habeas.web.casework import answering
from habeas.web.casework.doors import items_of, outcome
from habeas.web.casework.errors import RefusedError
from habeas.web.casework.intake import Intake, take_in
from habeas.web.casework.models import (
    Answer,
    Case,
    CaseRequest,
    Choice,
    Communication,
    Document,
    Incident,
    ItemAnswer,
    Release,
    Signature,
    Statement,
    Task,
    Way,
)
from habeas.web.demo import _ICE
from habeas.web.demo import fill as fill_demo
from habeas.web.trail.models import Event
from habeas.web.trail.record import digest
from tests.web.signing_in import whole

SEED, YEARS, OFFICERS = 11, 5, 50
OPEN_DAYS = 30
"""Open cases came within this many days."""

COPIED: tuple[tuple[type[models.Model], str], ...] = (
    (Case, "pk"),
    (CaseRequest, "case"),
    (Statement, "request__case"),
    (Answer, "request__case"),
    (Way, "answer__request__case"),
    (ItemAnswer, "way__answer__request__case"),
    (Choice, "item__way__answer__request__case"),
    (Signature, "answer__request__case"),
    (Release, "answer__request__case"),
    (Document, "release__answer__request__case"),
    (Task, "case"),
)
"""What is copied, parents first, and how each leads to its case."""

SHARES = {"press": 0.8, "held": 0.15, "waiting": 0.02, "fresh": 0.02, "listed": 0.01}
"""Of the copies: what was released to the press, forms I-247A that were answered; and what is open."""

PLACES = ("Fir", "Alder", "Cedar", "Birch", "Laurel", "Juniper", "Willow", "Aspen")
KINDS = ("Courier", "Tribune", "Police Department", "Legal Aid", "District Attorney", "Probation")
THINGS = ("Arrest information", "Release date", "Charges", "Booking details", "Custody status")


def fill(cases: int) -> Known:
    """Make users, patterns and `cases` cases in all; and say what can be asked of them."""
    make_users()
    patterns = _patterns()
    users = {one.username: one for one in User.objects.all()}
    with transaction.atomic():
        _copies(patterns, cases - len(patterns))
        _communications(cases // 5, users["intake"])
        _events()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return _known(patterns)


def _patterns() -> dict[str, Case]:
    """The demo's cases, and a form I-247A whose answers were released."""
    fill_demo()
    by_title = {one.title: one for one in Case.objects.all()}
    found = {
        "press": next(one for title, one in by_title.items() if title.startswith("Arrest")),
        "waiting": next(one for title, one in by_title.items() if title.startswith("Form")),
        "listed": next(one for title, one in by_title.items() if title.startswith("List")),
        "fresh": next(one for title, one in by_title.items() if title.startswith("Own")),
    }
    clerk = User.objects.get(username="intake")
    for task in Task.objects.filter(kind=Task.ON_CALL, done_at__isnull=True):
        answering.finish(clerk, task, "done")  # at once: it stands on today's page until then
    return {**found, "held": _held(found["waiting"])}


def _held(like: Case) -> Case:
    """A form I-247A that was answered: what the law only permits is withheld."""
    users = {one.username: one for one in User.objects.all()}
    person = like.requests.first().person
    made = take_in(
        users["intake"],
        Intake(
            agency=like.agency,
            attention=like.attention,
            received_at=timezone.now() - timedelta(hours=4),
            title=like.title,
            people=(person,),
            form="I-247A",
            facts=_ICE,
        ),
    )
    for request in made.requests.all():
        answer = answering.prepare(users["records"], request)
        for item in items_of(answer):
            if item.basis == "permitted":
                answering.choose(users["records"], item, give=False, reason="Not asked to.")
        try:
            answering.release(users["supervisor"], answer)
        except RefusedError:
            answering.sign(users["counsel"], answer, "Read.")
            answering.release(users["supervisor"], answer)
    for task in made.tasks.filter(done_at__isnull=True):
        answering.finish(users["supervisor"], task, "done")
    Case.objects.filter(pk=made.pk).update(state=Case.ANSWERED)
    return made


# -- copies --------------------------------------------------------------------------------------------


def _copies(patterns: dict[str, Case], copies: int) -> None:
    """Copy the patterns: `copies` in all, the open ones last, each with a number, days and words of its own."""
    stride = _stride()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE made_copy (n integer PRIMARY KEY, pattern bigint, days integer,"
            " number varchar(20), title varchar(200), agency varchar(200), reference varchar(100))"
        )
        cursor.executemany(
            "INSERT INTO made_copy VALUES (%s, %s, %s, %s, %s, %s, %s)",
            list(_made(patterns, copies)),
        )
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE made_copy")
        for model, path in COPIED:
            for case in patterns.values():
                mine = model._default_manager.filter(**{path: case.pk}).order_by("pk")
                ids = list(mine.values_list("pk", flat=True))
                if ids:
                    cursor.execute(_copy_sql(model, stride, ids), [case.pk])
            _go_on(cursor, model)
        cursor.execute("DROP TABLE made_copy")


def _stride() -> int:
    """What a copy's keys are apart from the pattern's: more than any key there is."""
    most = max(
        model._default_manager.aggregate(most=models.Max("pk"))["most"] or 0 for model, _ in COPIED
    )
    return int(10 ** len(str(most)))


def _made(patterns: dict[str, Case], copies: int) -> Iterator[tuple[Any, ...]]:
    rng, today = Random(SEED), timezone.localdate()
    is_open = {"waiting", "fresh", "listed"}
    done = [name for name in SHARES if name not in is_open]
    opened = round(copies * sum(SHARES[name] for name in is_open))
    numbers: dict[int, int] = {}
    for n in range(1, copies + 1):
        late = n > copies - opened
        names = sorted(is_open) if late else done
        name = rng.choices(names, [SHARES[one] for one in names])[0]
        before = (copies - n) / copies
        days = (
            round(before * OPEN_DAYS / (opened / copies)) if late else round(before * YEARS * 365)
        )
        day = today - timedelta(days=days)
        numbers[day.year] = numbers.get(day.year, 100) + 1
        pattern = patterns[name]
        age = (today - timezone.localdate(pattern.received_at)).days
        press = name == "press"
        agency = f"{rng.choice(PLACES)} {rng.choice(KINDS)}" if press else pattern.agency
        title = f"{rng.choice(THINGS)} of {_word(rng)} {_word(rng)}" if press else pattern.title
        reference = f"{_word(rng)}-{n}"
        yield (
            n,
            pattern.pk,
            min(age - days, 0),
            f"{day.year}-{numbers[day.year]:06}",
            title,
            agency,
            reference,
        )


def _copy_sql(model: type[models.Model], stride: int, ids: list[int]) -> str:
    """`INSERT … SELECT` of these rows for each copy of one pattern: keys moved, days moved, words replaced."""
    among = {each for each, _ in COPIED}
    quote, postgresql = connection.ops.quote_name, connection.vendor == "postgresql"
    own = {"number", "title", "agency", "reference"} if model is Case else set()
    into, read = [], []
    for field in model._meta.concrete_fields:
        column = f"t.{quote(field.column)}"
        into.append(quote(field.column))
        parent = field.remote_field.model if field.remote_field else None
        if field.primary_key or parent in among:
            read.append(f"{column} + b.n * {stride}")
        elif field.name in own:
            read.append(f"b.{field.name}")
        elif field.name == "last_statement":
            read.append(f"{column} + b.n * {stride}")
        elif isinstance(field, models.DateTimeField):
            read.append(
                f"{column} + b.days * interval '1 day'"
                if postgresql
                else f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {column}, b.days || ' days')"
            )
        elif isinstance(field, models.DateField):
            read.append(
                f"{column} + b.days" if postgresql else f"date({column}, b.days || ' days')"
            )
        else:
            read.append(column)
    table = quote(model._meta.db_table)
    listed = ", ".join(map(str, ids))
    return (
        f"INSERT INTO {table} ({', '.join(into)}) SELECT {', '.join(read)} FROM {table} t, made_copy b"
        f" WHERE t.id IN ({listed}) AND b.pattern = %s ORDER BY b.n, t.id"
    )


def _go_on(cursor: Any, model: type[models.Model]) -> None:
    """Let the next key follow the highest one, and count the rows."""
    if connection.vendor == "postgresql":
        table = model._meta.db_table
        cursor.execute(f"ANALYZE {table}")  # the triggers' queries are planned by it
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )


def _communications(number: int, by: User) -> None:
    """Calls and letters of cases, each of thirty words; one in a hundred with an incident that is closed."""
    rng = Random(SEED)
    about = list(Case.objects.order_by("pk").values_list("pk", "agency", "received_at"))
    chosen = [rng.choice(about) for _ in range(number)]
    made = Communication.objects.bulk_create(
        (
            Communication(
                case_id=case,
                direction="received",
                channel=rng.choice(("call", "letter", "e-mail")),
                agency=agency,
                at=at,
                entered_at=at,
                asked=" ".join(_word(rng) for _ in range(20)),
                told=" ".join(_word(rng) for _ in range(10)),
                by=by,
            )
            for case, agency, at in chosen
        ),
        batch_size=1000,
    )
    Incident.objects.bulk_create(
        Incident(
            communication=one,
            opened_at=one.at,
            closed_by=by,
            closed_at=one.at,
            finding="Looked at.",
        )
        for one in made[::100]
    )


def _events() -> None:
    """Three events a case (taken in, prepared, released), chained; open cases have the first two."""
    last = Event.objects.order_by("-number").values_list("number", "digest", "at").first()
    assert last is not None
    number, before, at = last[0], last[1], last[2].astimezone(UTC)
    made: list[Event] = []
    for case, state in Case.objects.order_by("pk").values_list("number", "state"):
        acts = [("intake", "take in a request"), ("records", "prepare an answer")]
        if state != Case.OPEN:
            acts.append(("supervisor", "release an answer that gives something"))
        for actor, act in acts:
            number += 1
            one = Event(
                number=number, at=at, actor=actor, act=act, about=f"case {case}", outcome="done",
                source="127.0.0.1", detail={"answer": number}, before=before,
            )  # fmt: skip
            one.digest = before = digest(one)
            made.append(one)
        if len(made) > 20_000:
            Event.objects.bulk_create(made, batch_size=1000)
            made = []
    Event.objects.bulk_create(made, batch_size=1000)


_SYLLABLES = [
    "ba",
    "be",
    "bi",
    "do",
    "du",
    "fa",
    "fe",
    "ga",
    "go",
    "ha",
    "ka",
    "ke",
    "la",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "na",
    "no",
    "nu",
    "pa",
    "po",
    "ra",
    "re",
    "ri",
    "sa",
    "se",
    "ta",
    "to",
]


def _word(rng: Random) -> str:
    """A made-up word: few of them are common, many are rare."""
    length = 2 if rng.random() < 0.6 else 3
    return "".join(rng.choice(_SYLLABLES) for _ in range(length))


# -- what can be asked ---------------------------------------------------------------------------------


def _known(patterns: dict[str, Case]) -> Known:
    """Who is signed in, and which cases the pages are asked of."""
    administrator = User.objects.get(username="administrator")
    system = User.objects.create_user("exporter")
    officers = [User.objects.create_user(f"officer-{n}") for n in range(OFFICERS)]
    _grant([system], Role.AUDITOR)
    for at, role in enumerate((Role.RECORDS, Role.RECORDS, Role.SUPERVISOR, Role.INTAKE)):
        _grant(officers[at::4], role)
    people = [one for one in User.objects.filter(is_active=True) if one != system]
    cookie = settings.SESSION_COOKIE_NAME
    sessions = {one.username: whole(one).cookies[cookie].value for one in people}
    given = next(
        one
        for answer in Answer.objects.filter(request__case=patterns["press"])
        for one in items_of(answer)
        if outcome(one) == "given"
    )
    fresh = list(
        Case.objects.filter(state=Case.OPEN, title=patterns["fresh"].title)
        .order_by("-pk")
        .values_list("number", flat=True)[:2000]
    )
    half = Case.objects.filter(state=Case.ANSWERED).order_by("pk").values_list("number", flat=True)
    listed = Answer.objects.filter(request__case=patterns["listed"]).last()
    assert listed is not None
    rare = Case.objects.order_by("pk").values_list("reference", flat=True)[
        Case.objects.count() // 2
    ]
    return Known(
        cases=Case.objects.count(),
        rows={
            model._meta.db_table: model._default_manager.count()
            for model in (*(one for one, _ in COPIED), Communication, Event)
        },
        cookie=cookie,
        csrf=settings.CSRF_COOKIE_NAME,
        sessions=sessions,
        officers=tuple(one.username for one in officers),
        tokens=tuple(
            make_token(administrator, system, "to measure", 30)[0] for _ in range(CLIENTS)
        ),
        answered=half[len(half) // 2],
        waiting=patterns["waiting"].number,
        listed=patterns["listed"].number,
        listed_answer=listed.pk,
        fresh=tuple(fresh),
        rare=rare,
        evaluation={
            "subject": {
                "type": "agency",
                "id": patterns["press"].agency,
                "properties": {"reference": patterns["press"].reference},
            },
            "action": {"name": "disclose"},
            "resource": {
                "type": "item",
                "id": given.item,
                "properties": {
                    "case": patterns["press"].number,
                    "person": given.way.people[0],
                },
            },
        },
    )


def _grant(users: list[User], role: Role) -> None:
    asked, approved = (User.objects.get(username=one) for one in ("administrator", "auditor"))
    RoleGrant.objects.bulk_create(
        RoleGrant(
            user=one, role=role, asked_by=asked, approved_by=approved, approved_at=timezone.now()
        )
        for one in users
    )

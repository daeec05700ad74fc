"""Two worlds, wider: all that leaves the office, with and without a record, for requesters who may not know of one.

a request, a jail with her or without  ->  the whole way  ->  Outside (papers, AuthZEN, days, the log's sizes): the same
                                                          ->  officers' pages: only these differ, by design

Promise: what is compared is bytes, status, headers and lengths; the worlds do differ inside, and that is tested too.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import NormalDist
from time import perf_counter
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from habeas.web.accounts.roles import Role
from habeas.web.api import tokens
from habeas.web.casework.answering import prepare, release
from habeas.web.casework.intake import Intake, state, take_in
from habeas.web.casework.models import Answer, Case, Document, Statement, Task
from tests.web.canary_jail import HIDDEN, ITEMS, PEOPLE, word, write_jail
from tests.web.case_states import REFERENCE, Users, chosen, form, in_rows, prepared, press
from tests.web.conftest import make_user
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db

WITH, WITHOUT = "with a record", "without"
OUTSIDE = ("letter", "package", "table")


# -- the requests ------------------------------------------------------------------------------------------


def _named(users: Users) -> Case:
    """The requester writes her name and day of birth into its reference, which every letter repeats."""
    said = f"{word('last', 2)} {word('first', 2)}, born 1951-05-22"
    return take_in(
        users["intake"],
        Intake(
            agency=f"Bureau on {word('last', 2)}",
            attention=f"{word('home_address', 2)} of Vexmoor",
            reference=said,
            received_at=timezone.now(),
            title="Where is she?",
            items=("custody_status", "release_date", "home_address"),
            people=(HIDDEN,),
            facts={
                "requester": "Bureau",
                "requester_kind": "immigration authority",
                "requester_level": "federal",
                "requester_place": "us",
                "purpose": "immigration enforcement",
                "instrument": "informal request",
                "names_specific_person": True,
            },
        ),
    )


def _broker(users: Users) -> Case:
    return press(
        users, HIDDEN, ("name", "custody_status", "phone"),
        agency="People Finders", facts={"requester_kind": "data broker", "requester_level": "private"},
    )  # fmt: skip


REQUESTS: dict[str, Callable[[Users], Case]] = {
    "a form I-247A": form,
    "the press": lambda users: press(users, HIDDEN),
    "her name in the letter": _named,
    "a data broker": _broker,
}

KNOWN: dict[str, tuple[str, Any, str]] = {
    "nothing": ("", None, ""),
    "that she is a citizen": ("lawful_status_proved", True, "officer"),
    "that she has a federal warrant": ("outstanding_federal_felony_warrant", True, "counsel"),
    "that she is not on the roster": ("custody_status.public", False, "officer"),
}
"""What an officer says of her, since there is somebody of whom to say it."""


# -- the worlds --------------------------------------------------------------------------------------------


@dataclass
class Outside:
    """All that somebody outside can get to know of one case."""

    papers: list[tuple[Any, ...]]
    downloads: list[Any]
    evaluations: list[Any]
    days: list[Any]
    state: str
    published: list[tuple[str, int]]


@pytest.fixture
def worlds(office, settings, people, tmp_path, time_machine, monkeypatch) -> Any:
    """Runs something in each world, at one moment, from the same log; what it did is undone."""
    time_machine.move_to(timezone.now(), tick=False)
    monkeypatch.setattr(tokens, "A_MINUTE", 10**9)
    others = [one for one in PEOPLE if one != HIDDEN]
    jails = {
        WITH: str(write_jail(tmp_path / "with")),
        WITHOUT: str(write_jail(tmp_path / "without", others)),
    }
    kept = tmp_path / "log-before"
    shutil.copytree(office.log, kept)

    @contextmanager
    def world(name: str) -> Iterator[None]:
        settings.OFFICE = replace(office, records=jails[name])
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        shutil.rmtree(office.log)
        shutil.copytree(kept, office.log)
        for one in (office.folder / "receipts").glob("Kzq*"):
            one.unlink()

    return world


@pytest.fixture
def office(office, settings, tmp_path) -> Any:
    """The office, whose adopted mapping is that of the canaries' jail."""
    settings.OFFICE = replace(office, records=str(write_jail(tmp_path / "adopted")))
    return settings.OFFICE


@pytest.fixture
def system(people) -> Client:
    text, _ = tokens.make_token(
        people["administrator"], make_user("exporter", Role.AUDITOR), "export", 30
    )
    return Client(headers={"Authorization": f"Bearer {text}"})


def answered(users: Users, case: Case) -> Case:
    chosen(users, prepared(users, case), give=False)
    for answer in Answer.objects.filter(request__case=case):
        release(users["records-2"], answer)
    case.refresh_from_db()
    return case


def outside(office: Any, users: Users, case: Case, system: Client) -> Outside:
    mine = Document.objects.filter(release__answer__request__case=case, kind__in=OUTSIDE)
    downloads = [system.get(f"/api/documents/{one.pk}") for one in mine.order_by("pk")]
    tasks = Task.objects.filter(case=case, kind__in=("answer", "page on call"))
    return Outside(
        [
            (one.kind, one.language, one.file_name, one.media_type, one.sha256, one.size, one.valid)
            for one in mine.order_by("pk")
        ],
        [(one.status_code, dict(one.headers), one.getvalue()) for one in downloads],
        evaluations(system, case),
        sorted((one.kind, one.due, one.certain) for one in tasks),
        case.state,
        published(office),
    )


def evaluations(system: Client, case: Case) -> list[Any]:
    """What AuthZEN answers, of every item of hers and of somebody who never was there."""
    found = []
    for person in (HIDDEN, "Kzqnobody-99"):
        for item in ITEMS:
            body = {
                "subject": {
                    "type": "agency",
                    "id": case.agency,
                    "properties": {"reference": case.reference},
                },
                "action": {"name": "disclose"},
                "resource": {
                    "type": "item",
                    "id": item,
                    "properties": {"case": case.number, "person": person},
                },
            }
            answer = system.post(
                "/api/access/v1/evaluation", json.dumps(body), content_type="application/json"
            )
            found.append((answer.status_code, dict(answer.headers), answer.content))
    return found


def published(office: Any) -> list[tuple[str, int]]:
    """Each file of the log's public folder and its size. The bytes differ each time: every entry has salts of its own."""
    folder = office.log
    return sorted(
        (path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file()
    )


# -- what leaves -------------------------------------------------------------------------------------------


def compared(
    worlds: Any, office: Any, people: Users, system: Client, what: str, known: str
) -> None:
    found = {}
    path, value, speaks = KNOWN[known]
    for name in (WITH, WITHOUT):
        with worlds(name):
            case = REQUESTS[what](people)
            if path and name == WITH:
                who = "counsel" if speaks == "counsel" else "records"
                for asked in case.requests.all():
                    state(people[who], asked, path, value, speaks=speaks, reason="a paper of hers")
            answered(people, case)
            assert not any(one.says_whom for one in Answer.objects.filter(request__case=case)), (
                "this requester may know: these are not the worlds that this is about"
            )
            found[name] = outside(office, people, case, system)
    one, other = found[WITH], found[WITHOUT]
    assert [each[0] for each in one.papers] == ["letter"] * len(one.papers) and one.papers
    for part in ("papers", "downloads", "evaluations", "days", "published"):
        assert getattr(one, part) == getattr(other, part), (what, known, part)


@pytest.mark.parametrize(
    ("what", "known"),
    [("the press", "nothing"), ("her name in the letter", "that she is not on the roster")],
)
def test_nothing_that_leaves_tells_whether_there_is_a_record(
    worlds, office, people, system, what: str, known: str
) -> None:
    compared(worlds, office, people, system, what, known)


@pytest.mark.slow
@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("what", REQUESTS)
def test_nothing_that_leaves_tells_it_whoever_asks_and_whatever_officers_said(
    worlds, office, people, system, what: str, known: str
) -> None:
    compared(worlds, office, people, system, what, known)


def test_the_worlds_differ_inside_and_officers_see_that(worlds, office, people) -> None:
    verdicts = {}
    for name in (WITH, WITHOUT):
        with worlds(name):
            asked = press(people, HIDDEN).requests.get()
            answer = prepare(people["records"], asked)
            verdicts[name] = {
                one.item: (one.verdict, one.basis) for one in answer.ways.get().items.all()
            }
    assert verdicts[WITH] != verdicts[WITHOUT]


# -- officers' pages ---------------------------------------------------------------------------------------

BY_DESIGN = {
    "desk:case", "desk:ways", "desk:release", "desk:sign", "desk:choose", "desk:today", "desk:cases",
    "desk:cases_csv", "desk:confirm", "api:case", "api:cases", "api:answer", "api:items", "api:ways",
    "api:documents", "api:tasks",
}  # fmt: skip
"""Pages for officers, who know the records: what the law says of her, what is owed to her, and papers to herself."""

_APART = (
    (re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|"csrf": ?"[^"]*"'), "a form's token"),
    (re.compile(r"/(answers|items|documents|tasks|originals|communications|incidents|forms|corrections|law)/\d+"), "a row"),
    (re.compile(r'"(id|answer|number)": ?\d+'), "a row"),
)  # fmt: skip


def plain(text: str) -> str:
    """A page without what is another each time it is asked for."""
    for pattern, instead in _APART:
        text = pattern.sub(instead, text)
    if (
        connection.vendor == "postgresql"
    ):  # rows' numbers go on there when what was written is undone
        text = re.sub(r"\d+", "0", text)
    return text


def test_of_the_pages_for_officers_only_those_differ_that_are_about_the_answer(
    worlds, office, people
) -> None:
    from tests.web.test_matrix import LOOKS, TABLE, places

    seen: dict[str, dict[str, list[Any]]] = {}
    for name in (WITH, WITHOUT):
        with worlds(name):
            case = answered(people, press(people, HIDDEN))
            clients = {who: whole(people[who]) for who in ("supervisor", "counsel", "auditor")}
            found = in_rows("blind", case, HIDDEN)
            pages = seen.setdefault(name, {})
            for at in TABLE:
                if at in ("desk:trail", "api:events", "desk:document", "api:document"):
                    continue  # events are signed and chained; papers are compared above
                for address in places(at, found)[:1]:
                    for who, client in clients.items():
                        response = client.get(address)
                        text = plain(response.getvalue().decode("utf-8", "replace"))
                        pages.setdefault(at, []).append((who, response.status_code, text))
    assert set(LOOKS) >= set(seen[WITH])
    differ = {at for at in seen[WITH] if seen[WITH][at] != seen[WITHOUT].get(at)}
    assert differ - BY_DESIGN == set()
    assert "api:items" in differ, "the worlds are one"


# -- time --------------------------------------------------------------------------------------------------


def rank_test(one: list[float], other: list[float]) -> float:
    """Mann and Whitney's test, two-sided, by the normal approximation: how likely so great a difference is by chance."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(place for place, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    mean, deviation = n * (n + m + 1) / 2, (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * (1 - NormalDist().cdf(abs(ranks - mean) / deviation))


def test_the_rank_test_sees_a_difference_and_sees_none() -> None:
    same = [float(one * 7 % 101) for one in range(101)]
    assert rank_test(same[::2], same[1::2]) > 0.05
    assert rank_test(same, [one + 60 for one in same]) < 1e-9


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_how_long_authzen_takes_does_not_tell_the_worlds_apart(
    worlds, office, people, system, time_machine
) -> None:
    """A difference that 1,000 answers in one process would show at a level of one in a million, and no speed.

    It says nothing of a server with neighbours, of a difference that is smaller than this machine's noise, or of
    somebody who may ask a million times: a token may ask 600 times a minute.
    """
    times: dict[str, list[float]] = {WITH: [], WITHOUT: []}
    for turn in range(10):
        for name in (WITH, WITHOUT) if turn % 2 else (WITHOUT, WITH):
            with worlds(name):
                case = answered(people, press(people, HIDDEN, ("name", "release_date")))
                body = json.dumps({
                    "subject": {"type": "agency", "id": case.agency, "properties": {"reference": REFERENCE}},
                    "action": {"name": "disclose"},
                    "resource": {
                        "type": "item", "id": "name", "properties": {"case": case.number, "person": HIDDEN},
                    },
                })  # fmt: skip
                for _ in range(110):
                    start = perf_counter()
                    system.post("/api/access/v1/evaluation", body, content_type="application/json")
                    times[name].append(perf_counter() - start)
                del times[name][-110:-100]  # the first of each turn warm up
    assert rank_test(times[WITH], times[WITHOUT]) > 1e-6


def test_no_statement_of_hers_is_left_over(worlds, people) -> None:
    """The worlds are undone: what one left would be in the other."""
    with worlds(WITH):
        press(people, HIDDEN)
        assert Statement.objects.exists()
    assert not Statement.objects.exists() and not Case.objects.exists()

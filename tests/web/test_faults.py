"""A fault at each step of each act: nothing leaves, nothing is lost, the trail says so, and then it is done.

act, statement or write number k  ->  a fault there  ->  rows as before and an event; then the act itself
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from habeas.tlog.policy import parse_policy
from habeas.tlog.receipts import check_receipt, parse_receipt
from habeas.web.accounts.roles import Act
from habeas.web.casework.answering import (
    choose,
    document_bytes,
    finish,
    prepare,
    release,
    serve,
    sign,
)
from habeas.web.casework.correcting import correct
from habeas.web.casework.intake import Upload, close_incident, communicate, state
from habeas.web.casework.models import (
    Answer,
    ItemAnswer,
    Original,
    Release,
    Task,
)
from habeas.web.casework.safe import Kept, get
from habeas.web.trail.check import check_trail
from habeas.web.trail.models import Event
from tests.web.conftest import detainer, press_request
from tests.web.faults import KEPT, LOST, Planted, in_database, on_disk, rows
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db

Users = dict[str, Any]
Doing = Callable[[], Any]
LETTER = b"Dear Sheriff, please tell us."


# -- the acts: what has to be there, and then what is done -------------------------------------------------


def taking_in(users: Users) -> tuple[str, Doing]:
    uploads = (Upload("letter.txt", "text/plain", LETTER),)
    return Act.TAKE_IN.value, lambda: press_request(users["intake"], uploads=uploads)


def stating(users: Users) -> tuple[str, Doing]:
    asked = press_request(users["intake"]).requests.get()
    return "state requester_kind", lambda: state(
        users["counsel"], asked, "requester_kind", "press", speaks="counsel"
    )


def preparing(users: Users) -> tuple[str, Doing]:
    asked = press_request(users["intake"]).requests.get()
    return Act.PREPARE.value, lambda: prepare(users["records"], asked)


def choosing(users: Users) -> tuple[str, Doing]:
    case = detainer(users["intake"])
    for asked in case.requests.all():
        for path in ("requester_kind", "purpose", "instrument"):
            state(users["counsel"], asked, path, asked.statements.get(path=path).value, speaks="counsel")  # fmt: skip
    answer = prepare(users["records"], case.requests.get(position=2))
    item = ItemAnswer.objects.get(way__answer=answer, basis="permitted", item="transfer")
    return "choose on transfer", lambda: choose(
        users["supervisor"], item, give=False, reason="no need"
    )


def prepared(users: Users, **more: Any) -> Answer:
    uploads = (Upload("letter.txt", "text/plain", LETTER),)
    case = press_request(users["intake"], uploads=uploads, **more)
    return prepare(users["records"], case.requests.get())


def signing(users: Users) -> tuple[str, Doing]:
    answer = prepared(users)
    return Act.SIGN_LAW.value, lambda: sign(users["counsel"], answer, "read")


def signed(users: Users) -> Answer:
    answer = prepared(users)
    sign(users["counsel"], answer, "read")
    return answer


def releasing(users: Users) -> tuple[str, Doing]:
    answer = signed(users)
    return Act.RELEASE_GRANT.value, lambda: release(users["supervisor"], answer)


def refusing(users: Users) -> tuple[str, Doing]:
    answer = prepared(users, items=("home_address",))
    return Act.RELEASE.value, lambda: release(users["records-2"], answer)


def serving(users: Users) -> tuple[str, Doing]:
    letter = release(users["supervisor"], signed(users)).documents.get(kind="letter")
    return Act.SERVE.value, lambda: serve(
        users["intake"], letter, outcome="served", how="mail", at=timezone.now()
    )


def finishing(users: Users) -> tuple[str, Doing]:
    task = Task.objects.filter(case=detainer(users["intake"]), kind=Task.ON_CALL).get()
    return f"finish {Task.ON_CALL}", lambda: finish(users["records"], task, "paged")


def correcting(users: Users) -> tuple[str, Doing]:
    release(users["supervisor"], signed(users))
    return Act.CORRECT.value, lambda: correct(
        users["records"], "P000001", ["charges"], "of somebody else"
    )


def communicating(users: Users) -> tuple[str, Doing]:
    return "enter a communication", lambda: communicate(
        users["intake"], case=None, direction="received", channel="call", agency="ICE", at=timezone.now(),
        items=["release_date"],
    )  # fmt: skip


def closing(users: Users) -> tuple[str, Doing]:
    incident = communicating(users)[1]().incident
    return Act.CLOSE_INCIDENT.value, lambda: close_incident(
        users["supervisor"], incident, "by mistake"
    )


ACTS: dict[str, Callable[[Users], tuple[str, Doing]]] = {
    "take in": taking_in,
    "state": stating,
    "prepare": preparing,
    "choose": choosing,
    "sign": signing,
    "release": releasing,
    "refuse": refusing,
    "serve": serving,
    "finish": finishing,
    "correct": correcting,
    "communicate": communicating,
    "close an incident": closing,
}
"""Each makes what an act needs, and returns the event's name and the act."""


# -- what holds after each fault ---------------------------------------------------------------------------

Plant = Callable[..., AbstractContextManager[Planted]]


def calls_of(plant: Plant, do: Doing) -> int:
    """How many calls an act makes; what it did is undone."""
    with transaction.atomic(), plant() as planted:
        do()
        transaction.set_rollback(True)
    return planted.calls


def at_each(
    users: Users, act: str, plant: Plant, how: str, steps: Callable[[int], range]
) -> tuple[int, int]:
    """Do an act with a fault at each of these steps; of how many, and how often it was done all the same."""
    name, do = ACTS[act](users)
    calls = calls_of(plant, do)
    boss = whole(users["supervisor"])
    done = 0
    for k in steps(calls):
        before, last = rows(), Event.objects.order_by("-number").first()
        point = transaction.savepoint()
        with plant(k, how) as planted:
            try:
                do()
                raised = None
            except Exception as error:
                raised = error
        where = f"{act}, {how} at {k} of {calls}: {planted.names[k : k + 1]}"
        new = list(Event.objects.filter(number__gt=last.number if last else 0))
        if not planted.came:
            assert raised is None, (where, raised)
            transaction.savepoint_rollback(point)
            continue
        if raised is None:  # what broke was of no account: then it is done, whole
            done += 1
            assert [(one.act, one.outcome) for one in new] == [(name, "done")], where
            whole_releases()
            transaction.savepoint_rollback(point)
            continue
        transaction.savepoint_commit(point)
        assert rows() == before, where
        began = plant is on_disk or "SAVEPOINT" in planted.names[:k]
        assert [(one.act, one.outcome) for one in new] in (
            [(name, "failed")], [(name, "refused")], *([] if began else [[]]),
        ), where  # fmt: skip
        if k % 40 == 0:
            listed = boss.get("/api/documents?size=100").json()
            assert listed["count"] == len(before["Document"]), where
            top = max((one["id"] for one in before["Document"]), default=0)
            assert boss.get(f"/api/documents/{top + 1}").status_code == 404, where
    do()
    whole_releases()
    for one in Original.objects.all():
        assert get(Kept(one.sha256, one.size, one.kept)) == LETTER
    check_trail()
    return calls, done


def whole_releases() -> None:
    """Every release has its receipts, which hold, and papers that can be read."""
    from django.conf import settings

    office = settings.OFFICE
    policy = parse_policy((office.log / "policy").read_text())
    for one in Release.objects.all():
        assert one.receipts and one.documents.exists()
        for name in one.receipts:
            check_receipt(parse_receipt((office.folder / "receipts" / name).read_bytes()), policy)
        for paper in one.documents.all():
            assert len(document_bytes(paper)) == paper.size


def all_of(calls: int) -> range:
    return range(calls)


def few(number: int) -> Callable[[int], range]:
    return lambda calls: range(calls // (2 * number), calls, max(1, calls // number))


# -- a few of all, in `make test` --------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["take in", "prepare", "correct"])
def test_a_fault_of_the_database_at_some_steps_of_an_act(office, people, act: str) -> None:
    at_each(people, act, in_database, LOST, few(6))


def test_a_fault_at_some_steps_of_a_release(office, people) -> None:
    at_each(people, "release", in_database, LOST, few(4))
    at_each(people, "refuse", on_disk, LOST, few(4))


# -- every one of them -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("how", [LOST, KEPT])
@pytest.mark.parametrize("act", ACTS)
def test_a_fault_of_the_database_at_every_step(office, people, act: str, how: str) -> None:
    calls, _ = at_each(people, act, in_database, how, all_of)
    assert calls > 5


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("how", [LOST, KEPT])
@pytest.mark.parametrize("act", ["take in", "prepare", "release", "refuse"])
def test_a_fault_of_the_disk_at_every_step(office, people, act: str, how: str) -> None:
    calls, _ = at_each(people, act, on_disk, how, all_of)
    assert calls > 5

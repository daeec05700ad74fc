"""Events are added, one after the other, and stay: on both databases, whoever writes at the same time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from habeas.web.trail.check import check_trail
from habeas.web.trail.models import FIRST, Event
from habeas.web.trail.record import digest, record
from tests.postgres import OWNER, PASSWORD, Server
from tests.web.offices import ended, make_office

AT_ONCE, EACH = 20, 5


@pytest.mark.django_db
def test_an_event_is_whole_and_follows_the_one_before() -> None:
    one = record("mia", "release", "case 2026-000001", source="10.0.0.7", detail={"items": 3})
    two = record("system", "anchor trail", outcome="failed")
    assert (one.number, one.before, two.number, two.before) == (1, FIRST, 2, one.digest)
    kept = Event.objects.get(number=1)
    assert (kept.actor, kept.act, kept.about, kept.outcome, kept.source, kept.detail) == (
        "mia", "release", "case 2026-000001", "done", "10.0.0.7", {"items": 3},
    )  # fmt: skip
    assert kept.digest == digest(kept) != two.digest
    assert kept.at.tzinfo is not None and abs(kept.at - datetime.now(UTC)) < timedelta(minutes=1)
    check_trail()


@pytest.mark.django_db
def test_an_act_that_is_rolled_back_leaves_no_event_and_no_gap() -> None:
    record("mia", "one")
    with pytest.raises(RuntimeError), transaction.atomic():
        record("mia", "two")
        raise RuntimeError
    assert record("mia", "three").number == 2
    check_trail()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"actor": ""},
        {"actor": "x" * 151},
        {"act": ""},
        {"act": "x" * 101},
        {"about": "x" * 201},
        {"about": "case 1\nmia"},
        {"source": "x" * 46},
        {"outcome": "maybe"},
        {"detail": {"at": datetime(2026, 11, 24)}},
        {"detail": {"big": 2**60}},
        {"detail": {"nul": "\0"}},
        {"detail": ["a"]},
    ],
    ids=lambda wrong: f"{wrong!r:.40}",
)
def test_what_is_no_event_is_refused_and_nothing_is_recorded(wrong: dict[str, object]) -> None:
    whole: dict[str, object] = {"actor": "mia", "act": "look", "about": "case 1"}
    with pytest.raises(ValueError):
        record(**{**whole, **wrong})  # type: ignore[arg-type]
    assert not Event.objects.exists()


CHANGES = [
    "UPDATE trail_event SET about = 'case 2' WHERE number = 1",
    "UPDATE trail_event SET actor = actor",
    "DELETE FROM trail_event WHERE number = 2",
    "DELETE FROM trail_event",
    "UPDATE trail_anchor SET number = 1",
    "DELETE FROM trail_anchor",
]
INSERTS = [
    # a number again, a gap, a fork, a digest that is there
    "INSERT INTO trail_event SELECT {columns} FROM trail_event WHERE number = 1",
    "INSERT INTO trail_event SELECT 9, at, actor, act, about, outcome, source, detail, digest, 'x' FROM trail_event WHERE number = 2",
    "INSERT INTO trail_event SELECT 3, at, actor, act, about, outcome, source, detail, before, 'x' FROM trail_event WHERE number = 2",
    "INSERT INTO trail_event SELECT 3, at, actor, act, about, outcome, source, detail, digest, digest FROM trail_event WHERE number = 2",
]
SQLITES = [
    "INSERT OR REPLACE INTO trail_event SELECT 1, at, 'ada', act, about, outcome, source, detail, before, digest FROM trail_event WHERE number = 1",
    "REPLACE INTO trail_event SELECT 3, at, 'ada', act, about, outcome, source, detail, (SELECT digest FROM trail_event WHERE number = 2), digest FROM trail_event WHERE number = 2",
    "UPDATE OR REPLACE trail_event SET number = 1 WHERE number = 2",
    "REPLACE INTO trail_anchor SELECT id, 1, digest, entry, at FROM trail_anchor",
]
POSTGRESQLS = [
    "TRUNCATE trail_event",
    "TRUNCATE trail_anchor",
    "TRUNCATE trail_event, trail_anchor CASCADE",
    "INSERT INTO trail_event SELECT 1, at, 'ada', act, about, outcome, source, detail, before, digest FROM trail_event WHERE number = 1 ON CONFLICT (number) DO UPDATE SET actor = 'ada'",
]


@pytest.fixture
def two_events(db: None) -> None:
    record("mia", "one", "case 1")
    last = record("mia", "two", "case 1")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trail_anchor (number, digest, entry, at) VALUES (2, %s, 'entry 0', %s)",
            [last.digest, datetime.now(UTC)],
        )


@pytest.mark.parametrize("statement", [*CHANGES, *INSERTS])
def test_the_database_refuses_to_change_the_trail(two_events: None, statement: str) -> None:
    refuses(statement)


def test_the_database_refuses_what_it_alone_could_be_asked(two_events: None) -> None:
    for statement in SQLITES if connection.vendor == "sqlite" else POSTGRESQLS:
        refuses(statement)


def refuses(statement: str) -> None:
    columns = ", ".join(field.attname for field in Event._meta.concrete_fields)
    before = everything()
    with (
        pytest.raises(DatabaseError, match=r"the audit trail|unique|UNIQUE") as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(columns=columns))
    if statement in CHANGES or "TRUNCATE" in statement:
        assert "the audit trail cannot be changed: what was recorded stays" in str(caught.value)
    assert everything() == before


def everything() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM trail_event ORDER BY number")
        events = cursor.fetchall()
        cursor.execute("SELECT * FROM trail_anchor ORDER BY id")
        return [*events, *cursor.fetchall()]


# -- at the same time -----------------------------------------------------------------------------

RECORD = """
import sys, time
from pathlib import Path
from habeas.web.trail.record import record
print("ready", flush=True)
while not Path(sys.argv[3]).exists():
    time.sleep(0.01)
for number in range(int(sys.argv[2])):
    record(f"worker{sys.argv[1]}", "work", detail={"number": number})
"""
THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from django.db import connection, transaction
from habeas.web.trail.record import record

def work(worker):
    for number in range(int(sys.argv[2])):
        with transaction.atomic():
            record(f"worker{worker}", "work", detail={"number": number})
            if number % 5 == 4:
                transaction.set_rollback(True)
    connection.close()

with ThreadPoolExecutor(int(sys.argv[1])) as pool:
    list(pool.map(work, range(int(sys.argv[1]))))
"""
CHECK = """
from habeas.web.trail.check import check_trail
from habeas.web.trail.models import Event
check_trail()
print(Event.objects.count(), Event.objects.values("actor").distinct().count())
"""


def test_processes_that_record_at_the_same_time_leave_one_chain_on_sqlite(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    office.migrate("trail")
    go = tmp_path / "go"
    workers = [office.start(RECORD, number, 2 * EACH, go) for number in range(4)]
    for one in workers:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    go.touch()
    for one in workers:
        ended(one)
    assert office.run(CHECK).split() == [str(4 * 2 * EACH), "4"]


def test_twenty_threads_that_record_and_roll_back_leave_one_chain_on_sqlite(
    tmp_path: Path,
) -> None:
    office = make_office(tmp_path)
    office.migrate("trail")
    office.run(THREADS, AT_ONCE, EACH)
    assert office.run(CHECK).split() == [str(AT_ONCE * EACH * 4 // 5), str(AT_ONCE)]


def test_twenty_threads_that_record_and_roll_back_leave_one_chain_on_postgresql(
    tmp_path: Path, server: Server
) -> None:
    server.run("DROP DATABASE IF EXISTS trail_threads", "CREATE DATABASE trail_threads")
    office = make_office(tmp_path, server.address(OWNER, PASSWORD, "trail_threads"))
    office.migrate("trail")
    office.run(THREADS, AT_ONCE, EACH)
    assert office.run(CHECK).split() == [str(AT_ONCE * EACH * 4 // 5), str(AT_ONCE)]

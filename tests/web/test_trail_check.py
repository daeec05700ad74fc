"""Whoever gets past the triggers is found: one byte in any column, an event taken out, put in, renumbered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from habeas.web.trail.anchor import anchor
from habeas.web.trail.check import Head, TrailError, check_trail
from habeas.web.trail.models import Event
from habeas.web.trail.record import digest, record

COUNT = 6

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail() -> list[Event]:
    """Six events, and no trigger: an intruder's database. The test's transaction brings them back."""
    made = [
        record("mia", "release", f"case 2026-00000{n}", source="10.0.0.7", detail={"step": n})
        for n in range(1, COUNT + 1)
    ]
    untriggered()
    check_trail()
    return made


def untriggered() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in ("trail_event", "trail_anchor"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            return
        cursor.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


@contextmanager
def unconstrained() -> Iterator[None]:
    """SQLite without its CHECKs; they come back, which no end of a transaction would do."""
    run("PRAGMA ignore_check_constraints = ON")
    try:
        yield
    finally:
        run("PRAGMA ignore_check_constraints = OFF")


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def first_wrong(*heads: Head) -> int:
    with pytest.raises(TrailError) as caught:
        check_trail(heads)
    assert f"event {caught.value.number} " in str(caught.value)
    return caught.value.number


@pytest.mark.parametrize("number", [1, 3, COUNT])
@pytest.mark.parametrize(
    ("column", "altered"),
    [
        ("at", lambda event: event.at + timedelta(microseconds=1)),
        ("actor", lambda event: event.actor[:-1] + "b"),
        ("act", lambda event: event.act + "s"),
        ("about", lambda event: event.about[:-1]),
        ("outcome", lambda event: "failed"),
        ("source", lambda event: "10.0.0.8"),
        ("detail", lambda event: json.dumps({"step": 9})),
        ("before", lambda event: ("1" if event.before[0] != "1" else "2") + event.before[1:]),
        ("digest", lambda event: ("1" if event.digest[0] != "1" else "2") + event.digest[1:]),
    ],
    ids=lambda value: value if isinstance(value, str) else "altered",
)
def test_one_byte_altered_in_any_column_is_found(
    trail: list[Event], number: int, column: str, altered: Callable[[Event], object]
) -> None:
    run(f"UPDATE trail_event SET {column} = %s WHERE number = %s", altered(trail[number - 1]), number)  # fmt: skip
    assert first_wrong() == number


def test_a_byte_that_reads_the_same_is_found_too(trail: list[Event]) -> None:
    if connection.vendor != "sqlite":  # it keeps no bytes of JSON that could differ
        run('UPDATE trail_event SET detail = \' {"step" : 9, "step": 3}\' WHERE number = 3')
        check_trail()
        return
    for change in (
        "at = replace(at, ' ', 'T')",
        "detail = replace(detail, ' ', '')",
        'detail = \'{"step": 9, "step": 3}\'',
        "detail = 'no JSON'",
        "at = '2026-13-01 00:00:00'",
        "actor = CAST(actor AS BLOB)",
        "at = NULL",
    ):
        with pytest.raises(RuntimeError), transaction.atomic(), unconstrained():
            run("CREATE TABLE loose AS SELECT * FROM trail_event")
            run("DROP TABLE trail_event")
            run("ALTER TABLE loose RENAME TO trail_event")
            run(f"UPDATE trail_event SET {change} WHERE number = 3")
            assert first_wrong() == 3, change
            raise RuntimeError
    check_trail()


@pytest.mark.parametrize("number", [1, 3, COUNT - 1])
def test_an_event_that_was_taken_out_is_found(trail: list[Event], number: int) -> None:
    run("DELETE FROM trail_event WHERE number = %s", number)
    assert first_wrong() == number


def test_an_event_that_was_taken_out_and_the_gap_closed_is_found(trail: list[Event]) -> None:
    run("DELETE FROM trail_event WHERE number = 3")
    for number in range(4, COUNT + 1):
        run("UPDATE trail_event SET number = %s WHERE number = %s", number - 1, number)
    assert first_wrong() == 3


def test_events_that_changed_places_are_found(trail: list[Event]) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        run("UPDATE trail_event SET number = %s WHERE number = %s", new, old)
    assert first_wrong() == 2


def put_in(number: int, like: Event, **changed: Any) -> None:
    values = {field.attname: getattr(like, field.attname) for field in Event._meta.concrete_fields}
    event = Event(**{**values, **changed, "number": number})
    event.digest = digest(event)
    event.save(force_insert=True)


def test_an_event_that_was_put_in_is_found(trail: list[Event]) -> None:
    for number in range(COUNT, 2, -1):
        run("UPDATE trail_event SET number = %s WHERE number = %s", number + 1, number)
    put_in(3, trail[1], before=trail[1].digest)
    assert first_wrong() == 4


def test_an_event_before_the_first_or_far_after_the_last_is_found(trail: list[Event]) -> None:
    put_in(COUNT + 5, trail[1], before=trail[-1].digest)
    assert first_wrong() == COUNT + 1
    put_in(0, trail[1])
    assert first_wrong() == 1


def test_an_event_with_a_digest_made_anew_is_found_by_the_next(trail: list[Event]) -> None:
    trail[2].actor = "ada"
    run("UPDATE trail_event SET actor = 'ada', digest = %s WHERE number = 3", digest(trail[2]))
    assert first_wrong() == 4


def test_the_digest_of_an_event_is_also_of_the_one_before(trail: list[Event]) -> None:
    trail[2].actor = "ada"
    anew = digest(trail[2])
    run("UPDATE trail_event SET actor = 'ada', digest = %s WHERE number = 3", anew)
    run("UPDATE trail_event SET before = %s WHERE number = 4", anew)
    assert first_wrong() == 4


# -- what only an anchor finds --------------------------------------------------------------------


def rewritten(trail: list[Event], number: int) -> None:
    """Every event from this one on, made anew by somebody who knows how."""
    run("DELETE FROM trail_event WHERE number >= %s", number)
    for event in trail[number - 1 :]:
        event.actor = "ada"
        last = Event.objects.order_by("-number").first()
        assert last is not None
        put_in(event.number, event, before=last.digest)


def test_a_trail_that_was_cut_off_at_its_end_is_found_where_it_was_anchored(
    trail: list[Event],
) -> None:
    run("DELETE FROM trail_event WHERE number > 4")
    check_trail()  # nobody can tell
    check_trail([Head(4, trail[3].digest)])
    assert first_wrong(Head(COUNT, trail[-1].digest)) == 5


def test_a_trail_of_which_nothing_is_left_is_found_where_it_was_anchored(
    trail: list[Event],
) -> None:
    run("DELETE FROM trail_event")
    check_trail()
    assert first_wrong(Head(2, trail[1].digest)) == 1


def test_a_trail_that_was_written_anew_is_found_where_it_was_anchored(trail: list[Event]) -> None:
    rewritten(trail, 4)
    check_trail()
    assert first_wrong(Head(4, trail[3].digest), Head(COUNT, trail[-1].digest)) == 4


def test_two_heads_of_one_number_cannot_both_fit(trail: list[Event]) -> None:
    assert first_wrong(Head(2, trail[1].digest), Head(2, "f" * 64)) == 2


def test_the_anchors_that_the_database_keeps_are_looked_at(trail: list[Event]) -> None:
    anchor(lambda values: "entry 0")
    check_trail()
    run("DELETE FROM trail_event WHERE number >= %s", COUNT)
    assert first_wrong() == COUNT


def test_a_trail_of_many_events_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from habeas.web.trail import check

    monkeypatch.setattr(check, "_AT_ONCE", 2)
    for _ in range(5):
        record("mia", "look")
    check_trail()
    untriggered()
    run("UPDATE trail_event SET actor = 'ada' WHERE number = 5")
    assert first_wrong() == 5

"""The measurement of casework runs, asks what it says, and says what it found; no time is asserted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

pytest.importorskip("django", reason="no Django: pip install 'habeas[casework]'")

from benchmarks import casework, casework_drive
from benchmarks.casework_known import Known
from benchmarks.casework_office import filled, made, served
from benchmarks.report import page
from benchmarks.timing import within

CASES = 60


@pytest.fixture(scope="module")
def office() -> Iterator[tuple[Path, Known]]:
    """A small office on SQLite, filled as the large one is."""
    with made(people=40) as folder:
        known = within(240, filled, folder, CASES)
        assert known is not None
        yield folder, known


@pytest.mark.slow
def test_every_copy_is_whole_and_the_trail_fits(office: tuple[Path, Known]) -> None:
    folder, known = office
    with closing(connect(folder / "habeas.sqlite")) as database:

        def one(sql: str) -> int:
            return int(database.execute(sql).fetchone()[0])

        assert known.cases == one("SELECT count(*) FROM casework_case") == CASES
        assert one("SELECT count(DISTINCT number) FROM casework_case") == CASES
        assert one("SELECT count(*) FROM pragma_foreign_key_check") == 0
        requests = "SELECT count(*) FROM casework_case c WHERE NOT EXISTS (SELECT 1 FROM casework_caserequest q WHERE q.case_id = c.id)"
        assert one(requests) == 0
        # Whatever was answered was released, and every answer has items.
        unreleased = (
            "SELECT count(*) FROM casework_answer a JOIN casework_caserequest q ON q.id = a.request_id JOIN casework_case c"
            " ON c.id = q.case_id WHERE c.state = 'answered' AND NOT EXISTS (SELECT 1 FROM casework_release r WHERE r.answer_id = a.id)"
        )
        assert one(unreleased) == 0
        assert one("SELECT count(*) FROM casework_words") == CASES  # triggers were on
        assert one("SELECT max(number) - count(*) FROM trail_event") == 0
        broken = "SELECT count(*) FROM trail_event e JOIN trail_event b ON b.number = e.number - 1 WHERE e.before <> b.digest"
        assert one(broken) == 0


@pytest.mark.slow
def test_the_section_tells_every_page_both_loads_and_the_errors(
    office: tuple[Path, Known],
) -> None:
    folder, known = office
    with served(folder) as address:
        section = casework.measured(address, known, "SQLite", rounds=1, seconds=1.0)
    told = page([], [section])
    for name in casework_drive.addresses(known):
        assert f"| {name} (half in " in told, name
    assert told.count("AuthZEN evaluation") == 2 and told.count("fifty officers") >= 2
    assert "0 errors: met" in told and "went wrong" not in told
    assert f"with {CASES} cases" in told and "did not finish" not in told
    json.dumps(known.evaluation)


@pytest.mark.slow
def test_an_answer_of_another_status_stops_the_measurement_and_is_told(
    office: tuple[Path, Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, known = office
    monkeypatch.setattr(casework_drive, "addresses", lambda _: {"x": ("records", "/nowhere/")})
    with served(folder) as address:
        with pytest.raises(casework_drive.HTTPException, match="404, and not 200"):
            casework_drive.pages(address, known, 1)
        told = casework_drive.together(address, known, 0.5, 0.0)
    assert any("404, and not 200" in one for one in told.errors)
    assert (
        "**not met**"
        in next(casework._together(0.0, told)).what + next(casework._together(0.0, told)).note
    )


def test_shares() -> None:
    assert casework.share([3.0, 1.0, 2.0], 0.5) == 2.0 and casework.share([1.0], 0.95) == 1.0
    assert casework.share([float(n) for n in range(100)], 0.95) == 95.0

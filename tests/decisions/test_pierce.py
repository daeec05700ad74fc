"""Real bookings: Pierce County, decided for the request of 2025-07-17 in two places."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import habeas
from tests.conftest import ROOT

REQUEST = ROOT / "examples" / "requests" / "doj-2025-07-17.yaml"
MAPPING = ROOT / "examples" / "maps" / "pierce-bookings.yaml"


def answers(shared: Path, place: str, day: date) -> dict[str, Counter]:
    law = habeas.read_law(place)
    records = habeas.read_records(shared / "data" / "jail", MAPPING, law.book.vocabulary)
    (request,) = habeas.read_request(REQUEST, law.book.vocabulary)
    found: dict[str, Counter] = {}
    for row in law.decide_all(request, records, day).to_pylist():
        found.setdefault(row["item"], Counter())[row["verdict"], row["basis"]] += 1
    return found


def test_in_san_francisco_nothing_leaves_that_is_not_public(shared: Path):
    found = answers(shared, "us-ca-sf", date(2025, 7, 18))
    assert found["conviction_history"] == {("deny", "forbidden"): 204}
    # nobody has said whether a date is public; no rule would order or allow it if it were
    assert found["release_date"] == {("deny", "no authority"): 204}
    # the county's file does not say what the public roster shows
    assert found["name"] == found["charges"] == {("refer", "missing facts"): 204}
    assert found["citizenship"] == {("grant", "permitted"): 204}


def test_what_is_missing_in_san_francisco_is_whether_the_roster_shows_it(shared: Path):
    law = habeas.read_law("us-ca-sf")
    records = habeas.read_records(shared / "data" / "jail", MAPPING, law.book.vocabulary)
    (request,) = habeas.read_request(REQUEST, law.book.vocabulary)
    missing = {
        one.fact
        for person in records.people()
        for one in law.decide(request, person, "charges", date(2025, 7, 18)).missing
    }
    assert missing == {"charges.public"}


@pytest.mark.parametrize("day", [date(2018, 6, 1), date(2019, 5, 20)])
def test_in_washington_no_rule_of_the_state_was_in_force_before_21_may_2019(
    shared: Path, day: date
):
    law = habeas.read_law("us-wa")
    assert not [block for block in law.in_force(day).blocks if block.startswith("us-wa/")]
    found = answers(shared, "us-wa", day)
    assert found["release_date"] == found["name"] == {("deny", "no authority"): 204}


def test_in_washington_today_the_same_answer_rests_on_the_act(shared: Path):
    law = habeas.read_law("us-wa")
    records = habeas.read_records(shared / "data" / "jail", MAPPING, law.book.vocabulary)
    (request,) = habeas.read_request(REQUEST, law.book.vocabulary)
    person = next(records.people())
    made = law.decide(request, person, "release_date", date(2025, 7, 18))
    assert made.verdict == "deny"
    assert any(rule.startswith("us-wa/keep-washington-working") for rule in made.rules)

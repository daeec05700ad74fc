"""What `examples/` holds, and real bookings of Pierce County through its mapping."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from habeas.law.vocabulary import Vocabulary
from habeas.records import Records, check_records, read_records, read_request, write_sample
from tests.conftest import ROOT

REQUESTS = ROOT / "examples" / "requests"
PIERCE = ROOT / "examples" / "maps" / "pierce-bookings.yaml"


@pytest.mark.parametrize("path", sorted(REQUESTS.iterdir()), ids=lambda path: path.stem)
def test_every_example_is_a_request(path: Path, vocabulary: Vocabulary) -> None:
    for request in read_request(path, vocabulary):
        assert request.title
        assert request.facts.values["received_on"]


def test_the_request_of_2025_07_17(vocabulary: Vocabulary) -> None:
    [request] = read_request(REQUESTS / "doj-2025-07-17.yaml", vocabulary)
    assert request.people is None
    assert request.selects_on == ("citizenship",)
    assert set(request.items) == {
        "name",
        "citizenship",
        "immigration_status",
        "charges",
        "conviction_history",
        "release_date",
    }
    values = request.facts.values
    assert values["received_on"] == date(2025, 7, 17)
    assert values["requester_kind"] == "immigration authority"
    assert values["purpose"] == "immigration enforcement"
    assert values["instrument"] == "records request"
    assert values["issued_by_judge"] is values["names_specific_person"] is False
    assert request.facts.unconfirmed() == set()
    # Nothing of the request is left open, but whether the person consented to an interview.
    asked = {name for name, fact in vocabulary.facts.items() if fact.scope == "request"}
    assert asked - set(values) == {"written_consent"}


def test_the_detainer_is_two_requests_about_the_samples_first_person(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    notification, hold = read_request(REQUESTS / "i-247a.yaml", vocabulary)
    assert notification.facts.values["instrument"] == "notification request"
    assert hold.facts.values["instrument"] == "hold request"
    assert hold.items == ("hold", "transfer")
    write_sample(tmp_path / "jail", 3, 1)
    records = read_records(tmp_path / "jail", None, vocabulary)
    assert notification.people == hold.people == records.ids()[:1]
    assert "rehabilitation_considered" not in notification.facts.values
    assert notification.facts.unconfirmed() == set()


def test_the_press_and_the_criminal_history(vocabulary: Vocabulary) -> None:
    [press] = read_request(REQUESTS / "press-roster.yaml", vocabulary)
    assert set(vocabulary.expand("arrest_information")) < set(press.items)
    assert press.facts.unconfirmed() == {"requester"}
    [history] = read_request(REQUESTS / "criminal-history.yaml", vocabulary)
    assert history.people == ("P000002",)
    assert history.facts.values["compelling_need_shown"] is True


@pytest.fixture(scope="module")
def bookings(shared: Path) -> list[dict[str, str]]:
    with (shared / "data" / "jail" / "pierce__allholds.csv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="|"))


@pytest.fixture(scope="module")
def pierce(shared: Path, vocabulary: Vocabulary) -> Records:
    return read_records(shared / "data" / "jail", PIERCE, vocabulary)


def test_a_booking_of_several_rows_is_one_person(
    pierce: Records, bookings: list[dict[str, str]]
) -> None:
    assert pierce.count == 204
    assert pierce.ids() == tuple(dict.fromkeys(row["booking_id"] for row in bookings))
    for person in pierce.people():
        own = [row for row in bookings if row["booking_id"] == person.id]
        assert person.facts.values == {
            "in_custody": False,
            "booked_on": date.fromisoformat(own[0]["booking_dt"][:10]),
            "release_on": date.fromisoformat(own[0]["release_dt"][:10]),
        }


def test_charges_have_the_class_that_the_county_gave_them(
    pierce: Records, bookings: list[dict[str, str]]
) -> None:
    rows = [row for person in pierce.people() for row in person.facts.rows.get("charge", [])]
    holds = [row for row in bookings if row["booking_charge_desc"].startswith(("HOLD ", "PROBAT"))]
    assert len(rows) == len(bookings) - len(holds) == 473
    expected = Counter(row["category"] for row in bookings)
    levels = Counter(row.get("level") for row in rows)
    assert levels["felony"] == sum(expected[f"class {one} felony"] for one in "ABC")
    assert levels["misdemeanor"] == expected["misdemeanor"] + expected["gross misdemeanor"]
    assert levels["infraction"] == expected["civil infraction"] == 2
    assert levels[None] == expected["other"] - len(holds)


def test_an_immigration_hold_is_no_charge(pierce: Records, shared: Path) -> None:
    by_hold = [person for person in pierce.people() if "charges" not in person.has]
    assert len(by_hold) == 14
    assert all("charge" not in person.facts.rows for person in by_hold)
    assert all("holds_and_warrants" in person.has for person in pierce.people())


def test_a_country_of_birth_is_no_citizenship(
    pierce: Records, bookings: list[dict[str, str]]
) -> None:
    assert sum(row["country_of_birth"] == "UNITED STATES OF AMERICA" for row in bookings) == 20
    assert not any("citizenship" in person.has for person in pierce.people())
    nothing = {"", "UNKNOWN"}
    empty = {
        row["booking_id"]
        for row in bookings
        if {row["place_of_birth"], row["country_of_birth"]} <= nothing
    }
    without = {person.id for person in pierce.people() if "place_of_birth" not in person.has}
    assert without == empty


def test_no_table_of_pierce_county_is_complete(pierce: Records) -> None:
    assert not any(person.facts.complete for person in pierce.people())


def test_the_report_on_pierce_county(shared: Path, vocabulary: Vocabulary) -> None:
    report = check_records(shared / "data" / "jail", PIERCE, vocabulary)
    assert report.clean
    assert report.notes.orphans == []
    assert report.notes.left_out["charge"]["HOLD IMMIGRAT"] == 204
    assert "hash_id" in report.notes.unused["pierce__allholds.csv"]
    assert len(report.notes.unread) == 2
    assert "conviction" in report.unanswered["records"]

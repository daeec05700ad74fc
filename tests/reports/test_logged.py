"""What an entry hides of a decision: the same names for everybody, and no value of a record."""

from __future__ import annotations

from datetime import UTC, date, datetime

import habeas
from habeas.decisions.laws import read_law
from habeas.records import Person, Request
from habeas.reports import answer_of
from habeas.reports.logged import hidden_values

MOMENT = datetime(2025, 7, 18, 9, 30, 15, 999, tzinfo=UTC)
NAMES = [
    "kind", "decided_at", "asked_by", "request", "as_of", "person", "verdicts", "provisions",
]  # fmt: skip


class People:
    """Records of two people: one whose name is public, one who is not known."""

    def people(self):
        return iter(
            [
                Person("A", habeas.Facts({}, {("name", "public"): True}), frozenset({"name"})),
                Person("B", habeas.Facts({}, {("name", "public"): False}), frozenset({"name"})),
            ]
        )


def values(request: Request):
    law = read_law("us-ca")
    return dict(hidden_values(answer_of(law, request, People(), date(2025, 7, 18)), MOMENT))


def test_the_names_are_the_same_whatever_was_decided() -> None:
    facts = {
        "purpose": "immigration enforcement",
        "instrument": "notification request",
        "requester_kind": "immigration authority",
        "issued_by_judge": False,
    }
    made = values(Request("r-1", habeas.Facts(facts), ("name", "release_date")))
    assert list(made) == ["A", "B"]
    assert {tuple(one) for one in made.values()} == {tuple(NAMES)}
    assert made["A"]["verdicts"] != made["B"]["verdicts"]
    assert [one["person"] for one in made.values()] == ["A", "B"]
    for one in made.values():
        assert one["kind"] == "decision" and one["request"] == "r-1"
        assert one["decided_at"] == "2025-07-18T09:30:15+00:00" and one["as_of"] == "2025-07-18"
        assert one["asked_by"] == {"requester_kind": "immigration authority"}
        assert one["provisions"] == sorted(set(one["provisions"])) and one["provisions"]


def test_who_asked_is_left_out_where_it_is_unknown() -> None:
    made = values(Request("r-1", habeas.Facts({}), ("name",)))
    assert made["A"]["asked_by"] == {}

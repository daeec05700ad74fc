"""A small law, three people and a request: every part of a report has something to say of them.

The law is `law/`: the shipped one changes, and what the tests of reports expect must not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from habeas.decisions.decide import Law
from habeas.decisions.explain import Explanation, explain
from habeas.decisions.laws import read_law
from habeas.law.facts import Facts, Said
from habeas.records.records import Batch, Notes, Person, Records
from habeas.records.request import Request
from habeas.reports import Answer, answer_of

FOLDER = Path(__file__).parent / "law"
DAY = date(2025, 7, 18)
SECRET_DAY = date(2031, 5, 12)
"""When Ada leaves: a value of her record."""

ITEMS = (
    "name", "charges", "photograph", "release_date", "medical", "court_dates", "visitors", "hold",
)  # fmt: skip


def law() -> Law:
    return read_law("us", FOLDER)


def records() -> Records:
    """Ada is of age and her charges are public; of Ben nothing is known; Cy is a minor."""
    batch = Batch(
        keys=["=ada", "ben", "cy"],
        facts={"minor": [False, None, True], "release_on": [SECRET_DAY, None, None]},
        constants={},
        item_facts=[([True, None, False], (("charges", "public"),))],
        rows={"conviction": [[{"level": "felony"}], [{}, {}], []]},
        complete={"conviction": [True, True, True]},
        has=[frozenset(), frozenset(), frozenset()],
        notes=Notes(),
    )
    return Records.of(batch)


def request(**changes: Any) -> Request:
    facts = Facts(
        {"received_on": date(2025, 7, 17), "purpose": "research", "requester": "A <University>"},
        sources={
            "received_on": (Said("records"),),
            "purpose": (Said("counsel", date(2025, 7, 18)),),
            "requester": (Said("requester"),),
        },
    )
    return Request(
        **{"id": "study-1", "facts": facts, "items": ITEMS, "title": "A study", **changes}
    )


def explanation(person: str, item: str) -> Explanation:
    who = records().get(person) or Person(person, Facts(), frozenset())
    decision = law().decide(request(), who, item, DAY)
    return explain(law(), decision, law().facts(request(), who, DAY))


def answer(asked: Request | None = None, **changes: Any) -> Answer:
    asked = asked or request()
    return replace(answer_of(law(), asked, records(), DAY), **changes)

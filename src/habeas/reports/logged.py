"""What the log commits to of an answer: for each person the same names, whatever was decided.

    Answer, moment  ->  hidden_values  ->  (person's id, name -> value), …

Promise: the names, their order and the number of people depend on what was asked, never on a verdict; no
value of a record is among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from habeas.reports.answer import Answer

KIND = "decision"

ASKED_BY = ("requester_kind", "requester_level")
"""Facts of the request that say who asked."""


def hidden_values(answer: Answer, moment: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each person's id, and what her entry hides: JSON values by name, in one order.

    moment  when it was decided, with an offset

    kind, decided_at, asked_by (what is known of it), request (its id), as_of (the day of law), person (her
    id), verdicts (of each item), provisions (ids of the rules relied on, sorted). Held by
    `tests/reports/test_logged.py`.
    """
    decisions, facts = answer.decisions, answer.request.facts.values
    rows = decisions.answers.select(["item", "verdict", "rules"]).to_pylist()
    ways = [[rows[number] for number in way] for way in decisions.ways]
    said = [
        (
            {row["item"]: row["verdict"] for row in way},
            sorted({rule for row in way for rule in row["rules"]}),
        )
        for way in ways
    ]
    asked_by = {name: str(facts[name]) for name in ASKED_BY if name in facts}
    for person, way in zip(
        decisions.people.to_pylist(), decisions.profiles.to_pylist(), strict=True
    ):
        verdicts, provisions = said[way]
        yield (
            person,
            {
                "kind": KIND,
                "decided_at": moment.isoformat(timespec="seconds"),
                "asked_by": asked_by,
                "request": answer.request.id,
                "as_of": answer.as_of.isoformat(),
                "person": person,
                "verdicts": verdicts,
                "provisions": provisions,
            },
        )

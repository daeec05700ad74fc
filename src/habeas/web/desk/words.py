"""Words of the desk's pages: what a verdict, a basis and an outcome are called where officers compare them.

    verdict, basis, outcome, state  ->  a few words, in a list or a table

Promise: every one of them reads in black and white; colour and shape only repeat what is said.
"""

from __future__ import annotations

from habeas.reports.words import first_up, listed, name
from habeas.web.casework.doors import Outcome

VERDICTS = {
    ("grant", "required"): "Yes: the law orders it",
    ("grant", "permitted"): "It may be given",
    ("deny", "forbidden"): "No: the law forbids it",
    ("deny", "no authority"): "No: no rule orders or allows it",
    ("refer", "conflict"): "Not settled: rules conflict",
    ("refer", "missing facts"): "Not yet: facts are missing",
    ("refer", "judgement"): "Not yet: waits for a judgement",
    ("refer", "contested"): "Not settled: two readings",
    ("refer", "unconfirmed"): "Not yet: waits to be confirmed",
    ("refer", "selection"): "Not settled: it would tell more",
}
"""A verdict with its basis, for a table's cell; the sentence beside it is `explain.OUTCOME`."""

OUTCOMES = {
    Outcome.GIVEN: "leaves",
    Outcome.WITHHELD: "stays",
    Outcome.WAITS: "waits",
}
"""What becomes of an item when the answer leaves."""

STATES = {"open": "Open", "answered": "Answered", "closed": "Closed"}

ROLES = {
    "intake": "intake",
    "records": "records",
    "counsel": "counsel",
    "supervisor": "a supervisor",
    "administrator": "an administrator",
    "auditor": "an auditor",
    "another person": "another person",
    "officer": "an officer",
    "court": "a court",
    "requester": "the requester",
}
"""Who can do something, as pages say it."""


def who_can(names: str | tuple[str, ...] | list[str]) -> str:
    """`records or counsel`, from `records, counsel` or from a list."""
    parts = names.split(", ") if isinstance(names, str) else list(names)
    return listed([ROLES.get(one, one) for one in parts], "or")


def sentence(text: str) -> str:
    """A message as a page shows it: large first letter, curly quotes for backticks, a full stop."""
    marked = text.split("`")
    told = "".join(
        part + ("" if at == len(marked) - 1 else "“" if at % 2 == 0 else "”")
        for at, part in enumerate(marked)
    )
    told = first_up(told.strip())
    return told if not told or told[-1] in ".!?…:" else f"{told}."


__all__ = [
    "OUTCOMES",
    "ROLES",
    "STATES",
    "VERDICTS",
    "first_up",
    "listed",
    "name",
    "sentence",
    "who_can",
]

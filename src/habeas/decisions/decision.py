"""The decision: what one request gets of one item about one person, and why.

    Facts, RuleSet  ->  decide  ->  Decision  ->  JSON, Arrow, letter, log entry

Promise: its JSON has exactly the keys that section 6 of the law language names.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

VERDICTS = ("deny", "refer", "grant")
BASES = (
    "forbidden",
    "no authority",
    "required",
    "permitted",
    "conflict",
    "missing facts",
    "judgement",
    "contested",
    "unconfirmed",
    "selection",
)


FROM_RECORD = "set by the record"
"""A due day that is counted from a fact of the person's record, where such days are not told."""


class Defeated(NamedTuple):
    """A rule that would have acted, and the blocks that beat it (ids)."""

    rule: str
    by: tuple[str, ...]


class Missing(NamedTuple):
    """A fact whose answer would settle the matter, and who can answer it."""

    fact: str
    who: tuple[str, ...]


class Owed(NamedTuple):
    """A duty that this decision brings: `due` is a day, `promptly`, or None where the law sets none
    or the day it runs from is unknown; `certain` is False where it is only possible."""

    duty: str
    act: str
    actor: str
    due: date | str | None
    certain: bool


class Decision(NamedTuple):
    """One answer. Ids name blocks as `us-ca/values-act#a1C`; `law` is the digest of the law's bytes.

    request, person, item   whose request, about whom, what
    verdict                 `grant`, `deny` or `refer`
    basis                   see `BASES`
    rules                   the rules that decide it (on `refer`: those left undecided)
    defeated                rules that were beaten, each with what beat it
    missing                 exactly the facts that matter, each with who can answer
    duties                  what is owed
    as_of                   the day of law: the day the data would leave
    unchecked               provisions that it rests on and that nobody held against the official text
    """

    request: str
    person: str
    item: str
    verdict: str
    basis: str
    rules: tuple[str, ...]
    defeated: tuple[Defeated, ...]
    missing: tuple[Missing, ...]
    duties: tuple[Owed, ...]
    law: str
    as_of: date
    unchecked: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; days as `YYYY-MM-DD`."""
        return {
            "request": self.request,
            "person": self.person,
            "item": self.item,
            "verdict": self.verdict,
            "basis": self.basis,
            "rules": list(self.rules),
            "defeated": [{"rule": d.rule, "by": list(d.by)} for d in self.defeated],
            "missing": [{"fact": m.fact, "who": list(m.who)} for m in self.missing],
            "duties": [
                {
                    "duty": o.duty,
                    "act": o.act,
                    "actor": o.actor,
                    "due": o.due.isoformat() if isinstance(o.due, date) else o.due,
                    "certain": o.certain,
                }
                for o in self.duties
            ],
            "law": self.law,
            "as_of": self.as_of.isoformat(),
            "unchecked": list(self.unchecked),
        }

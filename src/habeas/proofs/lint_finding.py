"""What lint finds: of which kind, about which blocks and items, with an example.

    Finding, Unsettled  ->  to_json

Promise: a finding says what is so and asks what it means; it never says that the law is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding.

    title     as a heading
    means     what is so where it is found
    question  the legal question that it raises, or empty
    """

    title: str
    means: str
    question: str = ""


KINDS = {
    "conflict": Kind(
        "Conflicts",
        "One rule orders what another forbids, in one and the same case. The program refers such "
        "cases to counsel.",
        "Which of the two gives way, and on what authority?",
    ),
    "dead": Kind(
        "Dead blocks",
        "The block can act in no case.",
        "For which case is it meant, and can that case be told in the words of the vocabulary?",
    ),
    "swallowed": Kind(
        "Rules that are swallowed",
        "The rule's own condition can hold, but whenever it does, something beats the rule.",
        "Is the rule meant to be left without a case, or does what beats it reach too far?",
    ),
    "lifts nothing": Kind(
        "Exceptions from nothing",
        "Nothing that the exception lifts is in force in this place.",
        "",
    ),
    "never decides": Kind(
        "Blocks that never decide anything",
        "Whether the block acts or not, every case comes out the same. Each block is looked at by "
        "itself, with all others in force.",
        "Do two laws say the same here on purpose, or is one of them meant to go further?",
    ),
    "never the verdict": Kind(
        "Blocks that never change the verdict",
        "Whether the block acts or not, every case is granted, denied or referred alike; only the "
        "reason that is given differs.",
        "",
    ),
    "no authority": Kind(
        "Items without a rule",
        "In no case does a rule order, allow or forbid the item, so it is always refused.",
        "Is the law silent here, or has a law that speaks of it not been encoded?",
    ),
    "one outcome": Kind(
        "Items that always come out the same",
        "Every case has the same verdict.",
        "Does the law leave no room here, whoever asks and for whatever purpose?",
    ),
    "contested": Kind(
        "Contested readings that decide",
        "A provision is read in two ways, and there are cases that come out differently. The "
        "program refers such cases to counsel.",
        "Which reading is right?",
    ),
    "definition": Kind(
        "Definitions that set nobody apart",
        "A defined word is true of everybody, or of nobody.",
        "Whom is the word meant to set apart?",
    ),
    "idle part": Kind(
        "Parts of a condition that never matter",
        "Without this part the block would hold in exactly the same cases.",
        "Is the part there for clarity alone, or is it meant to narrow the rule?",
    ),
}
"""Every kind of finding, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A block, or a provision, and where it stands in the law.

    unchecked  nobody has held its reading against the official text
    """

    id: str
    citation: str
    unchecked: bool

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"id": self.id, "citation": self.citation, "unchecked": self.unchecked}


@dataclass(frozen=True, slots=True)
class Example:
    """A case for people to read.

    facts      path and value as text, `complete` for a table that is; every other fact may be
               anything
    readings   contested provisions that it depends on, and whether they act
    outcome    verdict and basis
    otherwise  what comes out instead, where something is compared: what of, verdict and basis
    """

    item: str
    facts: tuple[tuple[str, str], ...]
    readings: tuple[tuple[str, bool], ...]
    outcome: str
    otherwise: tuple[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        otherwise = self.otherwise and {"if": self.otherwise[0], "outcome": self.otherwise[1]}
        return {
            "item": self.item,
            "facts": dict(self.facts),
            "readings": dict(self.readings),
            "outcome": self.outcome,
            "otherwise": otherwise,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is so, on days of `[start, end)`.

    kind      a key of `KINDS`
    blocks    what it is about
    because   the blocks that a proof of it rests on: these are enough, and without any one of them
              the others are not
    items     for which items, in the vocabulary's order
    sentence  what is so, in words
    """

    kind: str
    blocks: tuple[Cited, ...]
    items: tuple[str, ...]
    sentence: str
    because: tuple[Cited, ...] = ()
    example: Example | None = None
    start: date = date.min
    end: date = date.max

    @property
    def identity(self) -> tuple[str, tuple[str, ...], tuple[str, ...], str]:
        """By what it is the same finding on another day."""
        return self.kind, tuple(one.id for one in self.blocks), self.items, self.sentence

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "kind": self.kind,
            "blocks": [one.to_json() for one in self.blocks],
            "because": [one.to_json() for one in self.because],
            "items": list(self.items),
            **span_json(self.start, self.end),
            "sentence": self.sentence,
            "question": KINDS[self.kind].question or None,
            "example": self.example and self.example.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A question that Z3 did not settle in its time; `kind` is of the finding that it could be."""

    kind: str
    blocks: tuple[str, ...]
    items: tuple[str, ...]
    start: date = date.min
    end: date = date.max

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "kind": self.kind,
            "blocks": list(self.blocks),
            "items": list(self.items),
            **span_json(self.start, self.end),
        }


Told: TypeAlias = Finding | Unsettled


def span_json(start: date, end: date) -> dict[str, str | None]:
    """Days of `[start, end)`; None: always, for ever."""
    return {
        "from": None if start == date.min else start.isoformat(),
        "to": None if end == date.max else end.isoformat(),
    }


def as_long_as(blocks: Iterable[str]) -> str:
    """On what a proof rests, as the end of a sentence."""
    names = sorted(blocks)
    stands = "stand" if len(names) > 1 else "stands"
    return f", as long as {listed(names)} {stands} as now" if names else ""


def listed(names: Iterable[str]) -> str:
    """Names in backticks, as a sentence has them.

    >>> listed(["a", "b", "c"])
    '`a`, `b` and `c`'
    """
    shown = [f"`{one}`" for one in names]
    return " and ".join(shown) if len(shown) < 3 else f"{', '.join(shown[:-1])} and {shown[-1]}"

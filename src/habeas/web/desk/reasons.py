"""Why an item is answered so, for its officer: the plain readings that it rests on.

    decision (JSON), Law  ->  reasons_of  ->  Reason, …

Promise: every reading is the law's own, with its citation; what nobody checked is marked. A rule that is not in
the law in use any more is named and not explained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from habeas.decisions.decide import Law
from habeas.decisions.explain import citation_of, meaning_of
from habeas.law.blocks import Acting
from habeas.reports.reading import reading
from habeas.reports.words import does, first_up, listed, name, short_citation


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule, as people read it.

    does       what it does here: `forbids it`
    short      its citation in a few words
    citation   heading and Act
    text       the plain reading, as harmless HTML
    source     address of the official text
    unchecked  nobody has held the reading against the official text
    beaten_by  citations of what beats it; empty where nothing does
    """

    block: str
    does: str
    short: str
    citation: str = ""
    text: Markup | str = ""
    source: str = ""
    unchecked: bool = False
    beaten_by: str = ""


def reasons_of(law: Law, day: date, decision: Mapping[str, Any]) -> tuple[Reason, ...]:
    """The rules of a decision, then those that were beaten; `decision` as `ItemAnswer.decision` keeps it."""
    blocks = law.in_force(day).blocks
    made = [_reason(law, blocks, block, decision) for block in decision["rules"]]
    made += [_reason(law, blocks, one["rule"], decision, one["by"]) for one in decision["defeated"]]
    return tuple(made)


def _reason(
    law: Law,
    blocks: Mapping[str, Acting],
    block: str,
    decision: Mapping[str, Any],
    by: Iterable[str] = (),
) -> Reason:
    acting = blocks.get(block)
    beaten = listed(_short(blocks, one) for one in by)
    if acting is None:
        return Reason(block, "is not in the law in use any more", block, beaten_by=beaten)
    provision = acting.provision
    verdict, basis = (
        ("deny", "no authority") if beaten else (decision["verdict"], decision["basis"])
    )
    told = _WOULD[acting.kind] if beaten else does(acting.kind, verdict, basis)
    return Reason(
        block,
        told,
        short_citation(provision),
        citation_of(provision),
        _reading(provision.text),
        provision.pack.source,
        not law.book.is_checked(provision),
        beaten,
    )


_reading = lru_cache(maxsize=4096)(reading)
"""Of a text once: the law's are few, and on every page."""

_WOULD = {
    "forbid": "would forbid it",
    "permit": "would allow it",
    "require": "would order it",
    "except": "would be an exception",
}


def _short(blocks: Mapping[str, Acting], block: str) -> str:
    acting = blocks.get(block)
    return short_citation(acting.provision) if acting else block


def question(law: Law, path: str) -> str:
    """What a fact means, in the vocabulary's sentence."""
    return first_up(meaning_of(law, path))


def called(path: str) -> str:
    """A fact as people write it: `release date: public`, `conviction 2: wobbler`."""
    return name(path).replace("].", ": ").replace("[", " ").replace(".", ": ")

"""The answer in a few lines, for whoever reads no further.

    Answer, Counts  ->  brief_view  ->  BriefView (who asked, what is answered, what is a choice)

Promise: every item stands in exactly one line; a yes that nothing orders is never called a plain
yes; what only the requester says of itself is marked.
"""

from __future__ import annotations

from dataclasses import dataclass

from habeas.reports.answer import Answer
from habeas.reports.counts import Counts, ItemCount
from habeas.reports.words import SHOWN_VERDICTS, first_up, listed, name, number, value_words


@dataclass(frozen=True, slots=True)
class Told:
    """What a request says of itself, in words; `alone`: only the requester says it."""

    value: str
    alone: bool


@dataclass(frozen=True, slots=True)
class BriefLine:
    """Items that are answered in one way: `ANSWER, WHOM: ITEMS. MORE`.

    verdict  empty where it depends on the person
    whom     empty where there is but one person
    more     a sentence, or empty
    """

    verdict: str
    answer: str
    whom: str
    items: str
    more: str


@dataclass(frozen=True, slots=True)
class BriefView:
    """The first lines about an answer.

    requester, received, purpose  what the request says; none where nobody has said it
    choice                        what has to be chosen before anything leaves, or empty
    """

    requester: Told | None
    received: Told | None
    purpose: Told | None
    lines: tuple[BriefLine, ...]
    choice: str


def brief_view(answer: Answer, counts: Counts) -> BriefView:
    """The few lines about an answer."""
    return BriefView(
        _told(answer, "requester"),
        _told(answer, "received_on"),
        _told(answer, "purpose"),
        _lines(counts),
        _choice(answer, counts),
    )


def _told(answer: Answer, word: str) -> Told | None:
    facts = answer.request.facts
    value = facts.values.get(word)
    return None if value is None else Told(value_words(value), word in facts.unconfirmed())


_ORDER = ("ordered", "yes", "may", "mixed", "refer", "deny")

_WORDS = {
    "ordered": ("grant", "Yes", "for everybody", "The law orders it."),
    "yes": (
        "grant",
        "Yes",
        "for everybody",
        "For some the law orders it; for others it is only allowed.",
    ),
    "may": (
        "grant",
        "Allowed",
        "for everybody",
        "Nothing orders it: somebody with the authority has to choose.",
    ),
    "mixed": ("", "It depends", "on the person", ""),
    "refer": ("refer", "Not yet", "for anybody", "Somebody has to answer or decide first."),
    "deny": ("deny", "No", "for everybody", ""),
}
"""By kind: verdict, answer, for whom, and a sentence more."""


def _lines(counts: Counts) -> tuple[BriefLine, ...]:
    if not counts.people:
        return ()
    kinds: dict[str, list[ItemCount]] = {}
    for item in counts.items:
        kinds.setdefault(_kind(counts, item), []).append(item)
    made = []
    for kind in (kind for kind in _ORDER if kind in kinds):
        verdict, answer, whom, more = _WORDS[kind]
        items = kinds[kind]
        told = _each(items) if kind == "mixed" else listed(name(one.item) for one in items)
        made.append(BriefLine(verdict, answer, whom if counts.people > 1 else "", told, more))
    return tuple(made)


def _kind(counts: Counts, item: ItemCount) -> str:
    verdicts = [verdict for verdict in SHOWN_VERDICTS if getattr(item, verdict)]
    if len(verdicts) > 1:
        return "mixed"
    if verdicts != ["grant"]:
        return verdicts[0]
    bases = {one.basis for one in counts.settled if one.item == item.item}
    if bases == {"required"}:
        return "ordered"
    return "may" if bases == {"permitted"} else "yes"


def _each(items: list[ItemCount]) -> str:
    """Items with their counts; those with the same counts together."""
    alike: dict[tuple[int, ...], list[str]] = {}
    for one in items:
        alike.setdefault((one.grant, one.refer, one.deny), []).append(name(one.item))
    return "; ".join(
        f"{listed(names)} ({'each ' if len(names) > 1 else ''}{_numbers(found)})"
        for found, names in alike.items()
    )


def _numbers(found: tuple[int, ...]) -> str:
    return listed(
        f"{verdict} {number(count)}"
        for verdict, count in zip(SHOWN_VERDICTS, found, strict=True)
        if count
    )


def _choice(answer: Answer, counts: Counts) -> str:
    """Where people are chosen by something, to be in the answer tells it of them."""
    by = answer.request.selects_on
    if not by or not counts.verdict("grant"):
        return ""
    told = f"People are chosen by {listed(map(name, by))}, so to be in this answer tells it of them"
    bases = {(one.item, one.basis) for one in counts.settled if one.verdict == "grant"}
    may = [item for item in by if (item, "permitted") in bases]
    if may:
        return (
            f"{told}. Nothing orders {listed(map(name, may))} to be told: unless somebody with the"
            " authority chooses to tell it, nothing of this answer leaves."
        )
    unasked = [item for item in by if item not in answer.request.items]
    if unasked:
        return (
            f"{told}. {first_up(listed(map(name, unasked)))} may be told, but was not asked for"
            " by itself, so this report does not say whether the law orders it: find out first."
        )
    return ""

"""Words for people: days, numbers, names, verdicts and citations as a report writes them.

    date, number, id, heading  ->  day, number, name, short citation  ->  text

Promise: one thing is called by one word throughout a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from habeas.law.blocks import Duty, Provision
from habeas.law.facts import Said, Value

SHOWN_VERDICTS = ("grant", "refer", "deny")
"""From yes to no, as charts and tables show them."""

VERDICT_WORDS = {
    "grant": "yes: it may be given, or done",
    "refer": "not yet: somebody has to answer or decide first",
    "deny": "no: it may not be given, or done",
}

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

_SPEAKERS = {
    "requester": "the requester",
    "records": "the records",
    "officer": "an officer",
    "counsel": "counsel",
    "court": "a court",
}

_SECTION = re.compile(r"(?:(?:[§(0-9]\S*|[A-Z]{2,}|[Aa]rt\.)\s+)+")
"""Words of a heading that cite: `§ 12I.3(a)`, `8 USC § 1373(a), (b)(1)`, `RCW 10.93.160(5)`."""


def number(value: int) -> str:
    """With thousands parted: `1,200`."""
    return f"{value:,}"


def day(value: date | str) -> str:
    """`17 July 2025`; text that is no `YYYY-MM-DD` stays as it is."""
    if isinstance(value, str):
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return value
        value = date.fromisoformat(value)
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def value_words(value: Value) -> str:
    """A fact's value: yes, no, a day, a number or the words themselves."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return day(value) if isinstance(value, date) else str(value)


def name(word: str) -> str:
    """A word of the vocabulary as people write it.

    >>> name("release_date")
    'release date'
    """
    return word.replace("_", " ")


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"


def first_up(text: str) -> str:
    """With its first letter large, and the others as they are."""
    return text[:1].upper() + text[1:]


def several(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 person`, `1,200 people`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def speaker(who: str) -> str:
    """`counsel`, `an officer`, `the records`."""
    return _SPEAKERS.get(who, who)


def said(sources: Sequence[Said]) -> str:
    """Who says something, and since when it was known."""
    return listed(
        f"{speaker(one.by)} ({day(one.known_on)})" if one.known_on else speaker(one.by)
        for one in dict.fromkeys(sources)
    )


def short_citation(provision: Provision) -> str:
    """A provision in a few words: its Act's code and its section, without the title.

    A heading that names no section stays whole, with its pack's title: it is the pack's own.
    """
    match = _SECTION.match(provision.heading + " ")
    if not match:
        return f"{provision.heading} ({provision.pack.title})"
    section = match[0].strip()
    if section[0] != "§" and section[:3] != "Art":
        return section
    code = re.split(r"\s+(?:§|art\.|ch\.|\()", provision.pack.citation)[0]
    return f"{code} {section.replace('Art.', 'art.')}"


def fixed_times(duty: Duty) -> str:
    """When a duty that comes round is due: `every year, by 1 March`."""
    days = [f"{int(text[3:])} {_MONTHS[int(text[:2]) - 1]}" for text in duty.days]
    return f"every {duty.every.replace('-', ' ')}, by {listed(days)}"


def does(kind: str, verdict: str, basis: str) -> str:
    """What a block of a kind does where it is among the rules of such a decision."""
    verb = {"forbid": "forbid", "permit": "allow", "require": "order", "except": "except"}[kind]
    if kind == "except":
        return "is an exception"
    if basis in ("forbidden", "required", "conflict") or (basis, kind) == ("permitted", "permit"):
        return f"{verb}s it"
    if basis == "selection":
        return f"would {verb} telling what people were chosen by, if it applies"
    if verdict == "refer":
        return f"would {verb} it, if it applies"
    return f"{verb}s it in some of the cases that are possible"

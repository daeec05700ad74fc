"""One stated value, held against what the vocabulary says of its fact.

    what a file says (text, yes/no, a day)  ->  value_of  ->  Value

Promise: requests, mappings and golden cases take the same values, by this one function.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.facts import Value
from habeas.law.vocabulary import Fact

MONTHS = tuple(calendar.month_name)

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
_PLACE = re.compile(r"[a-z]+(-[a-z0-9]+)*", re.ASCII)
_YES_NO = {"yes": True, "no": False, "true": True, "false": False}


def value_of(fact: Fact, raw: object, place: Place) -> Value:
    """The value that `raw` states for a fact.

    raw    `bool`, `str`, `int` or `date`; text is read as the fact's type asks: `yes` and `no` (or
           `true` and `false`, in any case), `YYYY-MM-DD`, a whole number, a place such as `us-ca`,
           a word of the closed list, or any text that is not blank
    place  where `raw` stands, for the message

    Returns a value of the fact's type: `bool`, `date` (never with a time), `int` within 18 digits,
    or `str`. Raises `InputError` with one problem; None, lists and mappings are problems too.
    """
    text = raw.strip() if isinstance(raw, str) else raw
    match fact.type:
        case "yes/no":
            if isinstance(text, bool):
                return text
            if isinstance(text, str) and text.lower() in _YES_NO:
                return _YES_NO[text.lower()]
            problem = ("is not yes or no", "write `yes` or `no`; leave it out where it is unknown")
        case "date":
            if isinstance(raw, date) and not isinstance(raw, datetime):
                return raw
            found = day_of(text) if isinstance(text, str) else "is not a day"
            if isinstance(found, date):
                return found
            problem = (found, _day_help(text))
        case "number":
            if isinstance(text, int) and not isinstance(text, bool) and abs(text) < 10**18:
                return text
            if isinstance(text, str) and _NUMBER.fullmatch(text):
                return int(text)
            problem = ("is not a whole number", "write digits alone, without `.` and `,`")
        case "place":
            if isinstance(text, str) and _PLACE.fullmatch(text):
                return text
            problem = ("is not a place", "write it as `us` or `us-ca`")
        case "text":
            if isinstance(text, str) and text:
                return text
            problem = ("is not text", "put it in quotes; leave it out where it is unknown")
        case _:
            if isinstance(text, str) and text in fact.words:
                return text
            words = " · ".join(fact.words)
            problem = (
                f"is no value of `{fact.name}`",
                did_you_mean(str(text), fact.words, f"write one of {words}"),
            )
    message, help_line = problem
    shown = f"`{_shown(raw)}` {message}"
    if fact.type != "words":
        shown += f", which `{fact.name}` asks for"
    raise InputError(Problem(place, shown, help_line))


def day_of(text: str) -> date | str:
    """The day that `YYYY-MM-DD` names; else what is wrong with it, to be put after the text."""
    match = _DAY.fullmatch(text)
    if not match:
        return "is not a day"
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return "is no day of the calendar"


def _day_help(text: object) -> str:
    match = _DAY.fullmatch(text) if isinstance(text, str) else None
    if match and 1 <= int(match[2]) <= 12 and int(match[1]):
        year, month = int(match[1]), int(match[2])
        return f"{MONTHS[month]} {year} has {calendar.monthrange(year, month)[1]} days"
    return "write it as `YYYY-MM-DD`"


def _shown(raw: object) -> str:
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, (list, tuple)):
        return "[…]"
    if isinstance(raw, dict):
        return "{…}"
    text = str(raw)
    return text if len(text) <= 60 else text[:59] + "…"

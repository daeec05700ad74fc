"""Days and intervals, alike in every target.

    day, (n, unit)  ->  shift  ->  day;   day, n, holidays  ->  business_days  ->  day

Promise: months and years clamp to the month's end, and no day leaves 0001-01-01 … 9999-12-31.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Set
from datetime import date, timedelta

Step = tuple[int, str]
"""A signed whole number and `day`, `month` or `year`."""

UNITS = ("day", "month", "year")

_LAST = date.max.toordinal()


def read_day(text: str) -> date:
    """The day that `YYYY-MM-DD` names; raises `ValueError` for everything else.

    >>> read_day("2025-03-03")
    datetime.date(2025, 3, 3)
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"no day: {text}")
    return date.fromisoformat(text)


def shift(day: date, step: Step) -> date:
    """The day moved by one step; monotone in `day`; held inside `date.min … date.max`.

    >>> shift(date(2024, 2, 29), (-1, "year"))
    datetime.date(2023, 2, 28)
    >>> shift(date(2024, 1, 31), (1, "month"))
    datetime.date(2024, 2, 29)
    """
    number, unit = step
    try:
        if unit == "day":
            return day + timedelta(days=number)
        months = day.year * 12 + day.month - 1 + number * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return date.max if number > 0 else date.min


def shift_all(day: date, steps: tuple[Step, ...]) -> date:
    """The day moved by each step in turn."""
    for step in steps:
        day = shift(day, step)
    return day


def business_days(day: date, number: int, holidays: Set[date]) -> date:
    """The day `number` business days after (or, negative, before) `day`; the first day not counted.

    Weekends and `holidays` are left out; held inside `date.min … date.max`.

    >>> business_days(date(2025, 7, 3), 2, {date(2025, 7, 4)})
    datetime.date(2025, 7, 8)
    """
    step = timedelta(days=1 if number > 0 else -1)
    left = abs(number)
    while left and day != (date.max if number > 0 else date.min):
        day += step
        if day.weekday() < 5 and day not in holidays:
            left -= 1
    return day


def least_day(steps: tuple[Step, ...], target: date, *, strict: bool) -> date | None:
    """The first day whose `shift_all(day, steps)` is `target` or later (`strict`: later than it).

    None where no day is. `shift_all` is monotone, so a search outwards from a guess is exact.

    >>> least_day(((5, "year"),), date(2025, 3, 3), strict=False)
    datetime.date(2020, 3, 3)
    """

    def reaches(day: date) -> bool:
        moved = shift_all(day, steps)
        return moved > target if strict else moved >= target

    if reaches(date.min):
        return date.min
    if not reaches(date.max):
        return None
    back = tuple((-number, unit) for number, unit in reversed(steps))
    low = high = shift_all(target, back).toordinal()  # not far from it
    width = 4
    while high < _LAST and not reaches(date.fromordinal(high)):
        low, high, width = high, min(high + width, _LAST), 2 * width
    while low > 1 and reaches(date.fromordinal(low)):
        low, high, width = max(low - width, 1), low, 2 * width
    while low + 1 < high:
        middle = (low + high) // 2
        if reaches(date.fromordinal(middle)):
            high = middle
        else:
            low = middle
    return date.fromordinal(high)

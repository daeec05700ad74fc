"""Days and intervals, alike in every target.

    day, (n, unit)  ->  shift  ->  day;   day, n, holidays  ->  business_days  ->  day

Promise: months and years clamp to the month's end, and no day leaves 0001-01-01 … 9999-12-31.
"""

from __future__ import annotations

import calendar
from collections.abc import Set
from datetime import date, timedelta

Step = tuple[int, str]
"""A signed whole number and `day`, `month` or `year`."""

UNITS = ("day", "month", "year")


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

    Weekends and `holidays` are left out.

    >>> business_days(date(2025, 7, 3), 2, {date(2025, 7, 4)})
    datetime.date(2025, 7, 8)
    """
    step = timedelta(days=1 if number > 0 else -1)
    left = abs(number)
    while left:
        day += step
        if day.weekday() < 5 and day not in holidays:
            left -= 1
    return day


def least_day(steps: tuple[Step, ...], target: date, *, strict: bool) -> date | None:
    """The first day whose `shift_all(day, steps)` is `target` or later (`strict`: later than it).

    None where no day is. `shift_all` is monotone, so a binary search is exact.

    >>> least_day(((5, "year"),), date(2025, 3, 3), strict=False)
    datetime.date(2020, 3, 3)
    """

    def reaches(day: date) -> bool:
        moved = shift_all(day, steps)
        return moved > target if strict else moved >= target

    low, high = 1, date.max.toordinal()
    if not reaches(date.max):
        return None
    while low < high:
        middle = (low + high) // 2
        if reaches(date.fromordinal(middle)):
            high = middle
        else:
            low = middle + 1
    return date.fromordinal(low)

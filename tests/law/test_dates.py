"""Days and intervals: clamped, monotone, and searched exactly."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.law.dates import (
    UNITS,
    Step,
    business_days,
    least_day,
    read_day,
    shift,
    shift_all,
)

DAY = timedelta(days=1)
FIRST, LAST = date.min.toordinal(), date.max.toordinal()

near_edges = st.one_of(
    st.integers(FIRST, FIRST + 800), st.integers(LAST - 800, LAST), st.integers(FIRST, LAST)
)
days = st.one_of(near_edges.map(date.fromordinal), st.dates(date(1999, 1, 1), date(2030, 12, 31)))
steps = st.tuples(st.integers(-1500, 1500), st.sampled_from(UNITS))
step_lists = st.lists(steps, max_size=3).map(tuple)
holidays = st.sets(st.dates(date(2025, 1, 1), date(2025, 3, 31)), max_size=20)


# -- reading --------------------------------------------------------------------------------------


@given(days)
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert read_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-2-3",
        "2025-02-30",
        "20250203",
        "2025-W01-1",
        "2025-02-03 ",
        "\u0662025-01-01",
        "+025-01-01",
    ],
)
def test_nothing_else_is_a_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month"):
        read_day(text)


# -- shifting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "step", "moved"),
    [
        ("2024-02-29", (1, "year"), "2025-02-28"),
        ("2024-02-29", (4, "year"), "2028-02-29"),
        ("2024-02-29", (-4, "year"), "2020-02-29"),
        ("2025-01-31", (1, "month"), "2025-02-28"),
        ("2025-03-31", (-1, "month"), "2025-02-28"),
        ("2025-12-31", (2, "month"), "2026-02-28"),
        ("2025-01-15", (-1, "month"), "2024-12-15"),
        ("2025-01-31", (1, "day"), "2025-02-01"),
        ("1900-01-31", (1, "month"), "1900-02-28"),
        ("2000-01-31", (1, "month"), "2000-02-29"),
        ("9999-12-31", (1, "day"), "9999-12-31"),
        ("9999-12-31", (1, "month"), "9999-12-31"),
        ("0001-01-01", (-1, "month"), "0001-01-01"),
        ("0001-06-01", (-1, "year"), "0001-01-01"),
        ("2025-01-01", (99999, "year"), "9999-12-31"),
        ("2025-01-01", (-99999, "month"), "0001-01-01"),
        ("2025-01-01", (0, "month"), "2025-01-01"),
    ],
)
def test_months_and_years_clamp_to_the_months_end(day: str, step: Step, moved: str) -> None:
    assert shift(read_day(day), step) == read_day(moved)


@given(days, days, step_lists)
def test_shifting_never_changes_the_order_of_days(
    one: date, other: date, listed: tuple[Step, ...]
) -> None:
    early, late = min(one, other), max(one, other)
    assert shift_all(early, listed) <= shift_all(late, listed)


@given(days, st.integers(-1500, 1500), st.sampled_from(["month", "year"]))
def test_a_month_keeps_its_day_or_ends(day: date, number: int, unit: str) -> None:
    moved = shift(day, (number, unit))
    months = number * (12 if unit == "year" else 1)
    index = day.year * 12 + day.month - 1 + months
    if not 12 <= index <= 9999 * 12 + 11:
        assert moved == (date.max if number > 0 else date.min)
        return
    assert (moved.year, moved.month) == (index // 12, index % 12 + 1)
    longest = calendar.monthrange(moved.year, moved.month)[1]
    assert moved.day == min(day.day, longest)


@given(days, st.integers(-5_000_000, 5_000_000))
def test_days_are_added_and_held_at_the_ends(day: date, number: int) -> None:
    wanted = min(max(day.toordinal() + number, FIRST), LAST)
    assert shift(day, (number, "day")).toordinal() == wanted


@given(days, step_lists)
def test_steps_are_taken_in_turn(day: date, listed: tuple[Step, ...]) -> None:
    moved = day
    for step in listed:
        moved = shift(moved, step)
    assert shift_all(day, listed) == moved


# -- the least day --------------------------------------------------------------------------------


@given(step_lists, days, st.booleans())
def test_the_least_day_reaches_and_the_day_before_does_not(
    listed: tuple[Step, ...], target: date, strict: bool
) -> None:
    def reaches(day: date) -> bool:
        moved = shift_all(day, listed)
        return moved > target if strict else moved >= target

    found = least_day(listed, target, strict=strict)
    if found is None:
        assert not reaches(date.max)
        return
    assert reaches(found)
    assert found == date.min or not reaches(found - DAY)


@given(
    st.lists(st.tuples(st.integers(-30, 30), st.sampled_from(UNITS)), max_size=2).map(tuple),
    st.dates(date(2023, 12, 1), date(2025, 1, 31)),
    st.booleans(),
)
def test_the_least_day_is_what_a_linear_search_finds(
    listed: tuple[Step, ...], target: date, strict: bool
) -> None:
    found = least_day(listed, target, strict=strict)
    assert found is not None
    day = found - timedelta(days=70)
    while not (
        shift_all(day, listed) > target or (shift_all(day, listed) == target and not strict)
    ):
        day += DAY
    assert day == found


def test_no_day_is_later_than_the_last() -> None:
    assert least_day((), date.max, strict=True) is None
    assert least_day((), date.max, strict=False) == date.max
    assert least_day((), date.min, strict=False) == date.min
    assert least_day(((-1, "day"),), date.max, strict=False) is None
    assert least_day(((1, "day"),), date.max, strict=False) == date.max - DAY


# -- business days --------------------------------------------------------------------------------


@given(st.dates(date(2025, 1, 1), date(2025, 3, 31)), st.integers(-30, 30), holidays)
def test_business_days_are_counted_one_by_one(day: date, number: int, closed: set[date]) -> None:
    found = business_days(day, number, closed)
    if number == 0:
        assert found == day
        return
    between = range(min(day, found).toordinal(), max(day, found).toordinal() + 1)
    passed = [one for one in map(date.fromordinal, between) if one != day]
    opened = [one for one in passed if one.weekday() < 5 and one not in closed]
    assert len(opened) == abs(number)
    assert found in opened
    assert (found > day) == (number > 0)


@pytest.mark.parametrize(
    ("day", "number", "found"),
    [
        ("2025-07-03", 1, "2025-07-07"),  # over a holiday and a weekend
        ("2025-07-07", -1, "2025-07-03"),
        ("2025-07-05", 1, "2025-07-07"),  # from a Saturday
        ("2025-07-05", -1, "2025-07-03"),
        ("2025-07-05", 0, "2025-07-05"),
    ],
)
def test_weekends_and_holidays_are_left_out(day: str, number: int, found: str) -> None:
    assert business_days(read_day(day), number, {date(2025, 7, 4)}) == read_day(found)


def test_business_days_stay_within_the_days_there_are() -> None:
    assert business_days(date(9999, 12, 30), 99999, frozenset()) == date.max
    assert business_days(date(1, 1, 2), -99999, frozenset()) == date.min

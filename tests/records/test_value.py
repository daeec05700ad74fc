"""One stated value against its fact: what each type takes, and how a refusal reads."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import InputError, Place
from habeas.law.vocabulary import Fact
from habeas.records import value_of

PLACE = Place("case.yaml", 3, 5, 9, "    what stands there")


def fact(type: str, *words: str) -> Fact:
    return Fact("asked", "request", type, "a meaning", PLACE, words)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("type", "raw", "value"),
    [
        ("yes/no", True, True),
        ("yes/no", "no", False),
        ("yes/no", " YES ", True),
        ("yes/no", "False", False),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date", date(2024, 2, 29), date(2024, 2, 29)),
        ("number", "012", 12),
        ("number", -3, -3),
        ("number", "-30", -30),
        ("place", "us-ca-sf", "us-ca-sf"),
        ("text", " 17 ", "17"),
        ("text", "no", "no"),
        ("words", "two words", "two words"),
    ],
)
def test_a_value_is_taken_as_its_facts_type(type: str, raw: object, value: object) -> None:
    got = value_of(fact(type, "one", "two words"), raw, PLACE)
    assert got == value
    assert got.__class__ is value.__class__


@pytest.mark.parametrize(
    ("type", "raw", "message", "help"),
    [
        ("yes/no", "maybe", "`maybe` is not yes or no", "write `yes` or `no`"),
        ("yes/no", 1, "`1` is not yes or no", "write `yes` or `no`"),
        ("yes/no", None, "`nothing` is not yes or no", "write `yes` or `no`"),
        ("date", "2025-02-30", "`2025-02-30` is no day of the calendar", "February 2025 has 28"),
        ("date", "2024-02-30", "`2024-02-30` is no day of the calendar", "February 2024 has 29"),
        ("date", "2025-13-01", "`2025-13-01` is no day of the calendar", "write it as `YYYY-MM"),
        ("date", "0000-01-01", "`0000-01-01` is no day of the calendar", "write it as `YYYY-MM"),
        ("date", "7/17/2025", "`7/17/2025` is not a day", "write it as `YYYY-MM-DD`"),
        ("date", "\u0662025-07-17", "is not a day", "write it as `YYYY-MM-DD`"),
        ("date", datetime(2025, 7, 17, 10), "is not a day", "write it as `YYYY-MM-DD`"),
        ("date", True, "`yes` is not a day", "write it as `YYYY-MM-DD`"),
        ("number", "1.5", "`1.5` is not a whole number", "write digits alone"),
        ("number", True, "`yes` is not a whole number", "write digits alone"),
        ("number", "1" * 19, "is not a whole number", "write digits alone"),
        ("number", 10**18, "is not a whole number", "write digits alone"),
        ("place", "California", "`California` is not a place", "write it as `us` or `us-ca`"),
        ("text", "  ", "`  ` is not text", "put it in quotes"),
        ("text", False, "`no` is not text", "put it in quotes"),
        ("text", ["a"], "`[…]` is not text", "put it in quotes"),
        ("text", {"a": 1}, "`{…}` is not text", "put it in quotes"),
        ("words", "two wrods", "`two wrods` is no value of `asked`", "did you mean `two words`?"),
        ("words", "x", "`x` is no value of `asked`", "write one of one · two words"),
    ],
)
def test_what_a_type_does_not_take_is_refused(
    type: str, raw: object, message: str, help: str
) -> None:
    with pytest.raises(InputError) as caught:
        value_of(fact(type, "one", "two words"), raw, PLACE)
    [problem] = caught.value.problems
    assert message in problem.message
    assert problem.help.startswith(help)
    assert problem.place is PLACE


def test_a_refusal_names_what_it_refuses_the_fact_and_the_way_out() -> None:
    with pytest.raises(InputError) as caught:
        value_of(fact("date"), "2025-02-30", Place("r.yaml", 2, 8, 18, "  day: 2025-02-30"))
    assert str(caught.value) == (
        "r.yaml:2:8: `2025-02-30` is no day of the calendar, which `asked` asks for\n"
        "  |\n"
        "2 |   day: 2025-02-30\n"
        "  |        ^^^^^^^^^^\n"
        "help: February 2025 has 28 days"
    )


@given(st.dates())
def test_every_day_that_there_is_is_taken_as_it_is_written(day: date) -> None:
    assert value_of(fact("date"), day.isoformat(), PLACE) == day


@given(st.sampled_from(["yes/no", "date", "number", "place", "text", "words"]), st.text())
def test_any_text_is_a_value_of_the_type_or_an_input_error(type: str, raw: str) -> None:
    kinds = {"yes/no": bool, "date": date, "number": int}
    try:
        value = value_of(fact(type, "one", "two words"), raw, PLACE)
    except InputError as error:
        assert len(error.problems) == 1
    else:
        assert value.__class__ is kinds.get(type, str)

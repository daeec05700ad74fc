"""Spellings: a value is found however it is written, and what is too short to tell is said."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.reports.casework.spellings import Text, days_in, fold, spellings, squeeze


def found(value: str, text: str) -> int:
    return spellings(value).count(Text(text))


FOUND = [
    ("Rosa Alder", "…ROSA ALDER…"),
    ("Rosa Alder", "Alder, Rosa"),
    ("Alder, Rosa Maria", "rosa maria alder"),
    ("Rosa María Pérez Núñez", "PEREZ NUNEZ, ROSA MARIA"),
    ("Rosa Alder", "Ro-\nsa Al\u00adder"),
    ("Rosa Alder", "R o s a   A l d e r"),
    ("Rosa Alder", "ＲＯＳＡ　ＡＬＤＥＲ"),  # noqa: RUF001
    ("Fiﬁ O'Brien", "O’BRIEN, FIFI"),
    ("Straße 12", "STRASSE 12"),
    ("12 Fir St., Apt. 3", "12FirStApt3"),
    ("12 Fir St.", "no. 12 fir\nst"),
    ("王小明", "她叫王小明。"),
    ("明玉", "她叫明玉。"),
    ("(555) 010-0100", "call +1 555.010.0100 now"),
    ("123-45-6789", "123456789"),
    ("123456789", "123 45\n6789"),
    ("A123-456-789", "123456789"),
    ("$12,000.00", "bail: 12000"),
    ("$1,200.00", "bail: 1200"),
    ("Lee", "Ms. L e e."),
    ("Lee", "LEE"),
    ("Li Wu", "Wu, Li"),
    ("Wu", "W\u00adu"),
    ("X", "status: x"),
    ("M", "(m)"),
    ("7", "cell 7"),
    ("2025-08-01", "8/1/2025"),
    ("2025-08-01", "08-01-25"),
    ("2025-08-01", "1/8/2025"),
    ("2025-08-01", "1 August 2025"),
    ("2025-08-01", "Aug. 1st, 2025"),
    ("2025-08-01", "August\n1, 2025"),
    ("2025-08-01", "1 de agosto de 2025"),
    ("2025-08-01", "1.º de agosto del 2025"),
    ("2025-08-01", "el 1 ago 2025"),
    ("2025-08-01", "1deagostode2025"),
    ("2025-08-01", "D:20250801120000Z"),
    ("2025-08-01", "2025. 8. 1"),
    ("2025-08-01", "0 8 / 0 1 / 2 0 2 5"),
    ("2025-08-01", "A u g u s t\n1 , 2 0 2 5"),
    ("2025-08-01T14:30:00Z", "August 1, 2025"),
    ("08/01/2025 2:30 p.m.", "2025-08-01"),
    ("August 1, 2025", "20250801"),
    ("1 de agosto de 2025", "8/1/25"),
]

NOT_FOUND = [
    ("Rosa Alder", "Rosa Birch Alder"),
    ("Lee", "sleeve"),
    ("Lee", "fleet"),
    ("X", "axis"),
    ("7", "17, 70, 7th"),
    ("IN", "in-\ndeed inn"[3:]),
    ("2025-08-01", "2025-08-10, 18 August 2025 or on 8/1/2024; August 2025"),
    ("2025-08-01", "5 August 2011"),
    ("12345", "1234"),
    ("—", "— … —"),
    ("", "anything"),
    ("  ", "any thing"),
]


@pytest.mark.parametrize(("value", "text"), FOUND)
def test_a_value_is_found_however_it_is_written(value: str, text: str) -> None:
    assert found(value, text)


@pytest.mark.parametrize(("value", "text"), NOT_FOUND)
def test_what_is_another_value_is_not_found(value: str, text: str) -> None:
    assert not found(value, text)


def test_values_of_one_or_two_letters_count_as_words_of_their_own_written_together() -> None:
    assert found("Wu", "Wu") and not found("Wu", "W u") and not found("Wu", "Wuhan")


def test_short_spellings_can_be_left_out_and_long_ones_not() -> None:
    assert spellings("Lee").count(Text("Lee"), words=False) == 0
    assert spellings("Alder").count(Text("Alder"), words=False) == 1


def test_a_part_of_a_value_is_not_held() -> None:
    assert not found("Rosa Alder", "Alder")


letters = st.text(st.characters(categories=["Ll", "Lu", "Lo"]), min_size=2, max_size=8)


@given(st.lists(letters, min_size=2, max_size=3), st.data())
def test_a_name_is_found_with_its_words_turned_round(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words) - 1))
    gap = data.draw(st.sampled_from([" ", ", ", "\n", " - "]))
    turned = gap.join(words[at:] + words[:at])
    assert found(" ".join(words), turned.upper() if data.draw(st.booleans()) else turned)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.data())
def test_a_day_is_the_same_day_in_every_way_of_writing(day: date, data: st.DataObject) -> None:
    ways = [
        "%Y-%m-%d",
        "%m/%d/%Y",
        "%d/%m/%Y",
        "%B %d, %Y",
        "%d %b %Y",
        "%Y%m%d",
        "%m/%d/%y",
        "%b %d %Y",
    ]
    one, other = data.draw(st.sampled_from(ways)), data.draw(st.sampled_from(ways))
    assert found(day.strftime(one), f"on {day.strftime(other)}, at noon")


@given(st.dates(), st.dates())
def test_another_day_is_never_taken_for_it_where_the_year_comes_first(
    one: date, other: date
) -> None:
    assert bool(found(one.isoformat(), f"on {other.isoformat()}.")) == (one == other)


def test_each_mention_of_a_day_counts_once() -> None:
    assert list(days_in(fold("2025-08-01 and 3 August 2025"))) == [
        date(2025, 8, 1),
        date(2025, 8, 3),
    ]


@given(st.text())
def test_case_and_forms_of_unicode_make_no_difference(text: str) -> None:
    forms = [text.upper(), text.lower(), text.title(), text.casefold()]
    forms += [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert {squeeze(fold(one)) for one in forms} == {squeeze(fold(text))}


@given(st.text())
def test_any_text_can_be_a_value_and_be_searched(text: str) -> None:
    spellings(text).count(Text(text))

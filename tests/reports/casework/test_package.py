"""Packages: made of granted values alone, alike as PDF and as CSV, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import InputError
from habeas.reports.casework.package import (
    RUNS,
    Granted,
    Package,
    Person,
    cell,
    package_csv,
    package_paper,
    package_pdf,
    package_rows,
)
from habeas.reports.casework.paper import Table
from tests.reports.casework.made import package, rosa, text_of

TWO = package(
    Person(
        "First person",
        (Granted("name", ("Rosa Alder",)), Granted("alias", ("R. Alder", "La Rosa"))),
    ),
    Person("Second person", (Granted("court_dates", ("2025-08-01\n9:00, Dept. 3",)),)),
    Person("Third person", ()),
)


def test_a_package_is_the_values_that_were_granted_and_nothing_else() -> None:
    assert text_of(package_pdf(TWO)) == (
        "Fir County Sheriff 1 Main Street Fir CA 90000 18 July 2025 Records given Our case: 2025-0017 "
        "This package holds what was given, and nothing else. It was put together from what was given; "
        "nothing was blacked out in it. The same values are in a CSV file: UTF-8 with a byte order mark, "
        "parted by commas. A cell that a spreadsheet would run as a formula begins with an apostrophe "
        "there. Person: First person Records given: First person Item Value name Rosa Alder alias "
        "R. Alder La Rosa Person: Second person Records given: Second person Item Value court dates "
        "2025-08-01 9:00, Dept. 3 page 1 of 1"
    )


def test_a_csv_is_utf_8_and_says_so_and_has_a_row_a_value() -> None:
    data = package_csv(TWO)
    assert data == (
        b"\xef\xbb\xbf"
        b'"person","item","value"\r\n'
        b'"First person","name","Rosa Alder"\r\n'
        b'"First person","alias","R. Alder"\r\n'
        b'"First person","alias","La Rosa"\r\n'
        b'"Second person","court dates","2025-08-01\n9:00, Dept. 3"\r\n'
    )


def test_of_somebody_who_is_given_nothing_not_even_the_reference_is_there() -> None:
    assert "Third" not in text_of(package_pdf(TWO)) + package_csv(TWO).decode()


def test_a_package_of_nothing_says_so() -> None:
    assert "Nothing was given." in text_of(package_pdf(package(Person("Third person", ()))))


def test_there_is_no_place_in_a_package_for_what_was_not_granted() -> None:
    assert get_type_hints(Granted) == {"item": str, "values": tuple[str, ...]}
    assert get_type_hints(Person) == {"reference": str, "granted": tuple[Granted, ...]}
    assert set(get_type_hints(Package)) == {"office", "case", "day", "people", "language"}


def test_equal_packages_give_equal_bytes() -> None:
    again = package(*[Person(one.reference, tuple(one.granted)) for one in TWO.people])
    assert package_pdf(TWO) == package_pdf(again)
    assert package_csv(TWO) == package_csv(again)


@pytest.mark.parametrize("first", RUNS)
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(first: str) -> None:
    value = f'{first}HYPERLINK("https://x.example","y")'
    one = package(rosa(Granted("alias", (value,))))
    rows = list(csv.reader(io.StringIO(package_csv(one).decode("utf-8-sig"), newline="")))
    assert rows[1][2] == "'" + value


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])
    | st.sampled_from('",;\n\r\t=+-@'),
    min_size=1,
).filter(str.strip)


@given(st.lists(st.tuples(words, st.lists(words, min_size=1, max_size=3)), min_size=1, max_size=3))
def test_every_value_can_be_read_back_from_the_csv(people: list[tuple[str, list[str]]]) -> None:
    made = package(*[Person(one, (Granted("alias", tuple(values)),)) for one, values in people])
    data = package_csv(made)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    assert [tuple(row) for row in rows] == [tuple(map(cell, row)) for row in package_rows(made)]
    assert not [one for row in rows for one in row if one.startswith(tuple(RUNS))]


def test_pdf_and_csv_hold_the_same_values_in_the_same_order() -> None:
    tables = [block for block in package_paper(TWO).blocks if isinstance(block, Table)]
    on_paper = [line for table in tables for _, value in table.rows for line in value]
    in_csv = [line for *_, value in package_rows(TWO)[1:] for line in value.splitlines()]
    assert on_paper == in_csv


MESSAGES = [
    (
        [Granted("alias", ("x",)), Granted("alias", ("y",))],
        "people[1].alias: `alias` stands twice\nhelp: put its values together",
    ),
    (
        [Granted("alias", ())],
        "people[1].alias: `alias` has no value\nhelp: leave out an item that has no value",
    ),
    (
        [Granted("alias", ("x", " "))],
        "people[1].alias: `alias` has no value\nhelp: leave out an item that has no value",
    ),
    ([Granted("alis", ("x",))], "items: unknown item `alis`\nhelp: did you mean `alias`?"),
    (
        [Granted("alias", ("a\x00b",))],
        "people[1].alias: U+0000 is no letter, and cannot be printed\n"
        "help: take it out of the request, the law or the title that it stands in",
    ),
]


@pytest.mark.parametrize(("granted", "message"), MESSAGES, ids=range(len(MESSAGES)))
@pytest.mark.parametrize("make", [package_pdf, package_csv])
def test_what_is_wrong_with_a_package_is_told(
    make: object, granted: list[Granted], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        make(package(Person("A", tuple(granted))))  # type: ignore[operator]
    assert str(caught.value) == message

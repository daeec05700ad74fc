"""The package: the granted values of a request, put together anew.

    Package (People, Granted)  ->  package_paper  ->  Paper
                               ->  package_csv    ->  CSV

Promise: what was not granted has no place in the type, so nothing has to be taken out; both files hold
the same values, in the same order.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

from habeas.errors import InputError, Place, Problem
from habeas.reports.casework.letter import Sender
from habeas.reports.casework.paper import Beside, Block, Heading, Lines, Paper, Table, paper_pdf
from habeas.reports.casework.words import day_words, item_words, words_of
from habeas.reports.pdf import lacking, unprintable

BOM = b"\xef\xbb\xbf"
"""How the CSV says that it is UTF-8: a CSV has no other place to say it, and spreadsheets that find no
mark take the letters of names for those of another encoding. RFC 4180 for the rest."""

RUNS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001  # the wide ones are run as formulas too
"""A cell that begins with one of these would be run by a spreadsheet."""


@dataclass(frozen=True, slots=True)
class Granted:
    """An item that was granted, and its values as text, at least one."""

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """One person's part.

    reference  what the request calls her; never a word of the record
    granted    her granted items; an item that was not granted is not among them, not even by name
    """

    reference: str
    granted: tuple[Granted, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """What leaves with a letter: office, case and day as of the letter."""

    office: Sender
    case: str
    day: date
    people: tuple[Person, ...]
    language: str = "en"


def package_pdf(package: Package) -> bytes:
    """A package as PDF; equal packages, equal bytes."""
    return paper_pdf(package_paper(package))


def package_paper(package: Package) -> Paper:
    """A package set out: a table a person. Raises `InputError` for an unknown item or language, an item
    without a value, and one that stands twice."""
    _check(package)
    words = words_of(package.language)
    blocks: list[Block | Beside] = [
        Lines((f"{words.case}: {package.case}",)),
        Lines((words.granted,)),
        Lines((words.csv,)),
    ]
    people = [one for one in package.people if one.granted]
    if not people:
        blocks.append(Lines((words.nobody,), strong=True))
    for person in people:
        rows = tuple(
            ((item_words(one.item, package.language),), _lines(one.values))
            for one in person.granted
        )
        blocks += [
            Heading(f"{words.person}: {person.reference}"),
            Table(f"{words.package}: {person.reference}", (words.item, words.value), rows),
        ]
    return Paper(
        "package",
        words.package,
        package.language,
        package.day,
        (
            package.office.name,
            *package.office.address,
            day_words(package.day, package.language),
        ),
        tuple(blocks),
        words.pages,
        words.translated,
    )


def package_csv(package: Package) -> bytes:
    """A package as CSV: UTF-8 with a byte order mark, commas, every cell in quotes, lines that end with
    CR LF; a head, then a row a value. Errors are those of `package_paper`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([cell(one) for one in row] for row in package_rows(package))
    return BOM + out.getvalue().encode()


def package_rows(package: Package) -> tuple[tuple[str, str, str], ...]:
    """The rows of the CSV, its head the first, as they are before `cell`."""
    _check(package)
    words = words_of(package.language)
    head = (words.person.lower(), words.item.lower(), words.value.lower())
    return head, *(
        (person.reference, item_words(one.item, package.language), value)
        for person in package.people
        for one in person.granted
        for value in one.values
    )


def cell(text: str) -> str:
    """A text as a cell: one that a spreadsheet would run begins with an apostrophe instead."""
    return f"'{text}" if text.startswith(tuple(RUNS)) else text


def _lines(values: tuple[str, ...]) -> tuple[str, ...]:
    """Values for a cell of the paper, where a line that a value breaks is a line."""
    return tuple(line for value in values for line in re.split(r"[\r\n\f]+", value) if line.strip())


def _check(package: Package) -> None:
    problems = []
    for number, person in enumerate(package.people, 1):
        seen = set()
        for one in person.granted:
            place = Place(f"people[{number}].{one.item}")
            if one.item in seen:
                problems.append(
                    Problem(place, f"`{one.item}` stands twice", "put its values together")
                )
            seen.add(one.item)
            if not one.values or not all(value.strip() for value in one.values):
                help_line = "leave out an item that has no value"
                problems.append(Problem(place, f"`{one.item}` has no value", help_line))
            controls = sorted(
                {letter for value in one.values for letter in value if unprintable(letter)}
            )
            problems += [lacking(letter, place) for letter in controls]
    if problems:
        raise InputError(problems)

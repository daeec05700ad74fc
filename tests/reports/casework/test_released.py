"""Released files: clean ones pass, and what a count, a place or a form forbids is refused."""

from __future__ import annotations

import dataclasses

import pytest

from habeas.errors import HabeasError
from habeas.reports.casework.letter import letter_paper, letter_pdf
from habeas.reports.casework.notice import notice_paper, read_notices
from habeas.reports.casework.package import Granted, package_csv, package_paper, package_pdf
from habeas.reports.casework.paper import Lines, Paper, paper_pdf, paper_texts
from habeas.reports.casework.released import (
    ReleaseError,
    check_released,
    check_released_csv,
    checked_csv,
    checked_pdf,
    held_within,
)
from tests.reports.casework.made import DAY, OFFICE, VALUES, blind, letter, package, rosa

WITHHELD = ["Tomas Birch", "7 Elm Ave", "2025-09-14", "Lee", "X", "9", "(555) 999-0000"]


def papers() -> dict[str, Paper]:
    made = {f"{m.__name__} {n}": letter_paper(m(n)) for m in (letter, blind) for n in ("en", "es")}
    made["package"] = package_paper(package(rosa()))
    for (name, language), notice in read_notices().items():
        values = {field: VALUES[field] for field in notice.fields}
        made[f"{name} {language}"] = notice_paper(notice, OFFICE, DAY, values)
    return made


@pytest.mark.parametrize("name", papers())
def test_every_paper_passes_and_the_check_changes_nothing(name: str) -> None:
    paper = papers()[name]
    assert checked_pdf(paper, WITHHELD) == paper_pdf(paper)


def test_a_paper_of_many_pages_passes_with_withheld_words_that_every_page_has() -> None:
    many = package(*[rosa(Granted("alias", (f"Name {n}", f"{n} more"))) for n in range(60)])
    assert checked_pdf(package_paper(many), ["page", "of", "Item", "Value", "2", "1 of 9"])


def test_a_table_that_goes_on_over_pages_passes_with_its_head_withheld() -> None:
    long = package(
        rosa(*[Granted(item, tuple(f"n {n}" for n in range(40))) for item in ("alias", "phone")])
    )
    assert checked_pdf(package_paper(long), ["Item", "Value", "alias"])


def leaking(paper: Paper, text: str) -> Paper:
    return dataclasses.replace(paper, blocks=(*paper.blocks, Lines((text,))))


@pytest.mark.parametrize("value", ["Tomas Birch", "Lee", "X", "2025-09-14", "(555) 999-0000"])
def test_a_value_on_a_page_is_found_by_every_reader_that_can(value: str) -> None:
    paper = package_paper(package(rosa()))
    pdf = paper_pdf(leaking(paper, f"see {value}, please"))
    with pytest.raises(ReleaseError) as caught:
        check_released(pdf, ["Min Cedar", value], paper_texts(paper, 1))
    places = [problem.place.path for problem in caught.value.problems]
    readers = ["pdfium", "pdfplumber"] + ["pdfplumber in the order of drawing"] * (len(value) > 4)
    assert places == [f"page 1, read by {one}" for one in readers]
    assert {problem.message for problem in caught.value.problems} == {"found withheld value 2"}


def test_a_value_that_a_line_breaks_and_a_column_narrows_is_found() -> None:
    value = "Wolfeschlegelsteinhausenbergerdorff-Alexandersson of the Northern District"
    paper = package_paper(package(rosa()))
    pdf = package_pdf(package(rosa(Granted("name", ("Rosa Alder",)), Granted("alias", (value,)))))
    with pytest.raises(ReleaseError):
        check_released(pdf, [value], paper_texts(paper, 1))


def test_a_value_that_is_granted_elsewhere_may_stand_as_often_and_not_once_more() -> None:
    paper = package_paper(
        package(rosa(Granted("name", ("Rosa Alder",)), Granted("alias", ("Rosa",))))
    )
    checked_pdf(paper, ["Rosa", "Rosa Alder", "Fir"])
    with pytest.raises(ReleaseError):
        check_released(paper_pdf(leaking(paper, "Rosa")), ["Rosa"], paper_texts(paper, 1))
    short = package_paper(package(rosa(Granted("bail", ("0",)))))
    checked_pdf(short, ["0"])
    with pytest.raises(ReleaseError):
        check_released(paper_pdf(leaking(short, "0")), ["0"], paper_texts(short, 1))


def test_beside_the_pages_a_value_may_stand_only_where_the_pages_may_have_it() -> None:
    paper = letter_paper(letter())
    pdf = paper_pdf(dataclasses.replace(paper, title="Answer to Tomas Birch"))
    with pytest.raises(ReleaseError) as caught:
        check_released(pdf, ["Birch, Tomas"], paper_texts(paper, 1))
    places = " | ".join(problem.place.path for problem in caught.value.problems)
    assert "/Title" in places and "page 1" in places
    checked_pdf(dataclasses.replace(paper, title="Answer to Tomas Birch"), ["Birch, Tomas"])


def test_the_day_of_the_paper_may_be_a_day_that_is_withheld_elsewhere() -> None:
    checked_pdf(letter_paper(letter()), [DAY.isoformat()])
    undated = dataclasses.replace(letter_paper(letter()), head=(OFFICE.name,))
    with pytest.raises(ReleaseError) as caught:
        check_released(paper_pdf(undated), [DAY.isoformat()], paper_texts(undated, 1))
    places = [one.place.path for one in caught.value.problems]
    assert [one for one in places if one.endswith("/CreationDate")]
    assert not [one for one in places if one.startswith("page")]


def test_a_granted_value_that_has_a_withheld_one_within_it_is_told() -> None:
    account = "arrested at 7 Elm Ave on 8/1/2025 with Lee"
    one = package(rosa(Granted("arrest_details", (account,)), Granted("alias", ("7 ELM AVE.",))))
    found = held_within(one, ["7 Elm Ave", "2025-08-01", "Lee", "Birch", "arrest", account])
    assert found == tuple(("A. Person", "arrest_details", number) for number in (1, 2, 3, 5))


def test_an_error_names_no_value_and_says_what_to_do() -> None:
    with pytest.raises(HabeasError) as caught:
        check_released(letter_pdf(letter()), ["fir county sheriff"], ())
    assert caught.value.exit_code == 1
    assert str(caught.value).startswith(
        "page 1, read by pdfium: found withheld value 1\n"
        "help: let this file out to nobody; make it again from granted values alone"
    )
    assert "sheriff" not in str(caught.value).lower()
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"not a PDF", letter_pdf(letter())[:3000]], ids=range(4)
)
def test_what_a_reader_cannot_read_does_not_pass(data: bytes) -> None:
    with pytest.raises(ReleaseError) as caught:
        check_released(data, ["x"], ())
    assert [one.message for one in caught.value.problems] == [
        "found something that a reader cannot read"
    ]
    assert caught.value.__suppress_context__


# -- CSV ------------------------------------------------------------------------------------------

TABLE = package(rosa(Granted("name", ("Rosa Alder",)), Granted("alias", ("=R", "La\nRosa"))))
CELLS = ["person", "item", "value", "A. Person", "name", "Rosa Alder"]


def test_a_clean_csv_passes_and_the_check_changes_nothing() -> None:
    assert checked_csv(TABLE, [*WITHHELD, "Rosa", "value"]) == package_csv(TABLE)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'"person","item","value"\r\n', "CSV: found no byte order mark, or more than one"),
        (b"\xef\xbb\xbf\xef\xbb\xbfperson\r\n", "CSV: found no byte order mark, or more than one"),
        (b"\xef\xbb\xbf\xff", "CSV: found bytes that are not UTF-8"),
        (b'\xef\xbb\xbf"a"x,b\r\n', "CSV: found something that is no CSV"),
        (b"\xef\xbb\xbfa,b\r\nc\r\n", "CSV row 2: found more or fewer cells than in the first row"),
        (b"\xef\xbb\xbfa,b\r\nc,=d\r\n", "CSV row 2, column 2: found a cell that would be run"),
        (b"\xef\xbb\xbfa,b\r\nc,LEE\r\n", "CSV row 2: found withheld value 1"),
        (b"\xef\xbb\xbfa,b\r\n14 Sept. 2025,d\r\n", "CSV row 2: found withheld value 2"),
        (b"\xef\xbb\xbfa,b\r\nBirch,Tomas\r\n", "CSV row 2: found withheld value 3"),
        (b"\xef\xbb\xbfa\r\nTomas\r\nBirch\r\n", "CSV: found withheld value 3"),
    ],
    ids=range(10),
)
def test_what_is_wrong_with_a_csv_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        check_released_csv(data, ["Lee", "2025-09-14", "Tomas Birch"], CELLS)
    assert str(caught.value).split("\nhelp")[0] == message
    assert len(caught.value.problems) == 1

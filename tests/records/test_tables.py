"""CSV and Parquet: the same cells whatever the dialect, and no broken file taken for whole."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from habeas.errors import InputError
from habeas.records.mapping import FileMap
from habeas.records.tables import Table, read_table
from tests.records.conftest import Folder, Golden, Read, Told, goldens

MAPPING = "person: {file: people.csv, key: id}\nitems: {name: last}\n"


def table(path: Path, *wanted: str, how: FileMap | None = None) -> Table:
    return read_table(path, how or FileMap(), set(wanted), set())


@pytest.mark.parametrize("case", goldens("tables"), ids=lambda case: case.name)
def test_what_is_refused_and_how_it_is_told(
    case: Golden, folder: Folder, read: Read, told: Told
) -> None:
    with pytest.raises(InputError) as caught:
        read(MAPPING, people=case.files["people.csv"])
    assert told(caught.value) == case.expected


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_delimiter_and_the_ends_of_lines_are_found_out(
    tmp_path: Path, delimiter: str, end: str
) -> None:
    rows = [["id", " last name ", "x,y"], [" 1", "Doe; Roe", ""], ["2", "", "|"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    path = tmp_path / "a.csv"
    path.write_text(text.getvalue(), newline="")
    got = table(path, "id", "last name", "x,y")
    assert got.header == ("id", "last name", "x,y")
    assert got.cells == {"id": ["1", "2"], "last name": ["Doe; Roe", None], "x,y": [None, "|"]}
    assert got.count == 2


def test_a_declared_delimiter_and_encoding_are_used(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id^naïve\n1^é,é,é\n".encode("cp1252"))
    got = table(path, "naïve", how=FileMap(delimiter="^", encoding="cp1252"))
    assert got.cells == {"naïve": ["é,é,é"]}
    utf16 = tmp_path / "b.csv"
    utf16.write_bytes("id,last\n1,é\n".encode("utf-16"))
    assert table(utf16, "last", how=FileMap(encoding="utf-16")).cells == {"last": ["é"]}


def test_a_mark_of_byte_order_is_no_part_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfid,last\n1,Doe\n")
    assert table(path, "id").cells == {"id": ["1"]}


def test_blank_lines_are_no_rows_and_only_what_is_asked_for_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,last\n\n1,Doe\n\n2,\n")
    got = read_table(path, FileMap(), {"id", "gone"}, {("last", frozenset({"Doe"}))})
    assert got.cells == {"id": ["1", "2"]}
    assert got.filled == {("last", frozenset({"Doe"})): bytearray([0, 0])}
    assert got.count == 2


def test_a_cell_knows_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,last\n\n1,"Doe\nRoe"\n22,Poe\n')
    got = table(path, "last")
    assert (got.place(0, "last").line, got.place(0, "last").col) == (3, 1)
    assert (got.place(1, "last").line, got.place(1, "last").col) == (5, 4)
    assert got.place(1, "last").text == ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b"id,last\nA1,Do\xe9\n",
            "jail/people.csv:2:1: not UTF-8 text: byte 13 does not fit\n"
            "help: declare it under `files`: `people.csv: {encoding: cp1252}`",
        ),
        (
            "id,last\nA1,Doe\n".encode("utf-16"),
            "jail/people.csv:1:1: not UTF-8 text: byte 0 does not fit\n"
            "help: declare it under `files`: `people.csv: {encoding: utf-16}`",
        ),
        (
            b"PK\x03\x04",
            "jail/people.csv: is a workbook or an archive\nhelp: save it as CSV or Parquet",
        ),
        (
            b"PAR1 and no more",
            "jail/people.csv: not a whole Parquet file: it is cut off or damaged\n"
            "help: copy or export it again",
        ),
        (
            b'id,last\nA1,"' + b"x" * 200_000 + b"\n",
            "jail/people.csv:2:1: broken quoting: a quote that opens in this row is never closed\n"
            'help: within a cell in quotes, a quote is written twice: `""`',
        ),
    ],
    ids=["latin-1", "utf-16", "workbook", "Parquet", "endless cell"],
)
def test_bytes_that_are_no_table_are_told(
    read: Read, told: Told, content: bytes, expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(MAPPING, people=content)
    assert told(caught.value) == expected


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        table(tmp_path / "a.csv")
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        table(tmp_path)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """A Parquet file with a column of each type that is read."""
    path = tmp_path / "a.parquet"
    day, hour = date(2025, 7, 17), datetime(2025, 7, 17, 23, 30)
    columns = {
        "text": pa.array([" a ", "", None]),
        "large": pa.array(["a", None, ""], pa.large_string()),
        "word": pa.array(["F", "M", None]).dictionary_encode(),
        "flag": pa.array([True, False, None]),
        "whole": pa.array([7, 0, None], pa.int64()),
        "float": pa.array([7.0, 7.5, float("nan")]),
        "exact": pa.array([Decimal("7.00"), Decimal("7.25"), None]),
        "day": pa.array([day, None, day]),
        "nano": pa.array([hour, None, hour], pa.timestamp("ns")),
        "stamp": pa.array([hour.replace(tzinfo=UTC), None, None], pa.timestamp("us", "UTC")),
        "none": pa.nulls(3),
    }
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_reads_as_the_same_text(parquet: Path) -> None:
    names = pq.read_schema(parquet).names
    got = table(parquet, *names)
    assert got.cells == {
        "text": ["a", None, None],
        "large": ["a", None, None],
        "word": ["F", "M", None],
        "flag": ["true", "false", None],
        "whole": ["7", "0", None],
        "float": ["7", "7.5", None],
        "exact": ["7", "7.25", None],
        "day": ["2025-07-17", None, "2025-07-17"],
        "nano": ["2025-07-17", None, "2025-07-17"],
        "stamp": ["2025-07-17", None, None],
        "none": [None, None, None],
    }
    assert got.days == {"day", "nano", "stamp"}
    looked = read_table(parquet, FileMap(), set(), {("word", frozenset({"M"}))})
    assert looked.cells == {}
    assert looked.filled == {("word", frozenset({"M"})): bytearray([1, 0, 0])}


def test_a_parquet_file_that_is_cut_off_anywhere_is_refused(parquet: Path) -> None:
    whole = parquet.read_bytes()
    for length in {1, 4, 8, len(whole) // 2, len(whole) - 8, len(whole) - 1}:
        parquet.write_bytes(whole[:length])
        with pytest.raises(InputError) as caught:
            table(parquet, "text")
        assert str(caught.value) == (
            f"{parquet}: not a whole Parquet file: it is cut off or damaged\n"
            "help: copy or export it again"
        )
    parquet.write_bytes(b"")
    with pytest.raises(InputError, match="the file is empty"):
        table(parquet, "text")


def test_a_parquet_column_of_lists_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"last": pa.array([["Doe"]])}), path)
    with pytest.raises(InputError, match=r"column `last` holds `list<.*>`"):
        table(path, "last")


CELL = st.text("ab \",;|\t\n'é", max_size=6)


@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6),
    st.sampled_from([",", ";", "|", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    delimiter: str,
    end: str,
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerows([("one", "two", "three"), *rows])
    got = table(path, "one", "two", "three")
    assert got.count == len(rows)
    for index, name in enumerate(("one", "two", "three")):
        assert got.cells[name] == [row[index].strip() or None for row in rows]


@given(st.text('a,"\n', max_size=30))
def test_a_csv_file_has_whole_rows_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, body: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(f"one,two\n{body}", newline="")
    assume(body.strip())
    try:
        got = table(path, "one", "two")
    except InputError as error:
        [problem] = error.problems
        assert problem.place.line >= 2
        assert problem.message.startswith(("this row has", "broken quoting"))
    else:
        assert len(got.cells["one"]) == len(got.cells["two"]) == got.count
        # Every quote that opens is closed.
        assert body.count('"') % 2 == 0 or 'a"' in body

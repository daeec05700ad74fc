"""What was granted is read, labelled, in one order; what was not is not even asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from habeas.errors import InputError
from habeas.law.vocabulary import Vocabulary
from habeas.records.duckdb_file import DuckdbFile
from habeas.records.postgresql import Postgresql
from habeas.records.sqlite_file import SqliteFile
from habeas.records.values import read_values, read_values_of_each
from tests.postgres import CLERK, Server

MAPPING = """
person: {file: people, key: id}
unknown: [N/A]
facts: {minor: {column: juv_canary, values: {Y: yes}}}
items:
  name: [last, first]
  home_address: addr_canary
  photograph: photo_canary
  booking_details: booked
  charges: {file: counts, key: who, columns: [literal], where: {column: state, without: [dropped]}}
  bail: {file: counts, key: who, columns: [bail_canary], unknown: [NONE]}
item_facts: {name: {public: shown_canary}}
tables:
  charge: {file: counts, key: who, columns: {offense: code_canary}}
"""

PEOPLE = [
    # id, last, first, addr_canary, photo_canary, booked, juv_canary, shown_canary
    ("Z'4", "Doe", "Ann", "1 Canary Street", "photo-canary", "2026-01-02", "Y", "true"),
    ("b 2", "Roe", None, "2 Canary Street", None, None, "N", None),
    ("é3", "N/A", "  ", "3 Canary Street", None, "2026-01-03", None, None),
]
COUNTS = [
    # who, literal, state, code_canary, bail_canary
    ("Z'4", "theft", "filed", "PC 484", "canary-5000"),
    ("b 2", "canary of another person", "filed", "PC 1", "canary-1"),
    ("Z'4", "arson", "filed", "PC 451", "NONE"),
    ("Z'4", "canary that was dropped", "dropped", "PC 2", None),
    ("Z'4", "canary of which nobody knows", None, "PC 3", None),
    ("Z'4", "theft", "filed", "PC 484", None),
    (None, "canary of nobody", "filed", "PC 4", None),
    ("é3", None, "filed", None, None),
]
PEOPLES = [
    "id",
    "last",
    "first",
    "addr_canary",
    "photo_canary",
    "booked",
    "juv_canary",
    "shown_canary",
]
COUNTED = ["who", "literal", "state", "code_canary", "bail_canary"]

Values = Callable[..., dict[str, tuple[str, ...]]]


@pytest.fixture(params=["csv", "parquet", "sqlite", "duckdb", "postgresql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The small jail, kept in each of the ways."""
    kind = request.param
    tables = (("people", PEOPLES, PEOPLE), ("counts", COUNTED, COUNTS))
    if kind in ("csv", "parquet"):
        folder = tmp_path / "jail"
        folder.mkdir()
        for name, header, rows in tables:
            if kind == "csv":
                lines = [",".join(cell or "" for cell in row) for row in [header, *rows]]
                (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
            else:
                columns = list(map(list, zip(*rows, strict=True)))
                parquet.write_table(pa.table(columns, names=header), folder / name)
        return str(folder)
    if kind == "postgresql":
        server: Server = request.getfixturevalue("server")
        server.run("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public", f"GRANT USAGE ON SCHEMA public TO {CLERK}")  # fmt: skip
        with server.connected() as opened:
            for name, header, rows in tables:
                opened.execute(f"CREATE TABLE {name} ({', '.join(f'{c} TEXT' for c in header)})")
                places = ", ".join(["%s"] * len(header))
                opened.cursor().executemany(f"INSERT INTO {name} VALUES ({places})", rows)
        return server.address()
    path = str(tmp_path / f"jail.{kind}")
    connect: Any = sqlite3.connect if kind == "sqlite" else duckdb.connect
    opened = connect(path)
    for name, header, rows in tables:
        opened.execute(f"CREATE TABLE {name} ({', '.join(f'{c} TEXT' for c in header)})")
        opened.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(header))})", rows)
    opened.commit()
    opened.close()
    return path


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question that a database is asked."""
    asked: list[str] = []
    for kind in (SqliteFile, DuckdbFile, Postgresql):

        def rows(
            self: Any, question: str, table: str, given: Any = kind.rows
        ) -> Iterator[tuple[Any, ...]]:
            asked.append(question)
            return given(self, question, table)  # type: ignore[no-any-return]

        monkeypatch.setattr(kind, "rows", rows)
    return asked


@pytest.fixture
def values(source: str, tmp_path: Path, vocabulary: Vocabulary) -> Values:
    def read(
        person: str, *items: str, mapping: str = MAPPING, at: str = source
    ) -> dict[str, tuple[str, ...]]:
        path = tmp_path / "mapping.yaml"
        path.write_text(mapping, encoding="utf-8")
        return read_values(at, path, vocabulary, person, items)

    return read


def test_one_cell_is_bare_several_columns_or_rows_are_labelled(values: Values) -> None:
    assert values("Z'4", "name", "charges", "booking_details") == {
        "booking_details": ("2026-01-02",),
        "charges": ("literal: arson", "literal: theft", "literal: theft"),
        "name": ("last: Doe", "first: Ann"),
    }
    assert list(values("Z'4", "name", "charges")) == ["charges", "name"]


def test_what_says_nothing_is_no_value(values: Values) -> None:
    assert values("b 2", "name", "booking_details", "charges") == {
        "booking_details": (),
        "charges": ("canary of another person",),
        "name": ("last: Roe",),
    }
    assert values("é3", "name", "charges") == {"name": (), "charges": ()}
    assert values("Z'4", "bail") == {"bail": ("canary-5000",)}


def test_an_item_without_a_place_in_the_mapping_is_left_out(values: Values) -> None:
    assert values("b 2", "medical") == {}
    assert values("b 2") == {}


def test_what_was_not_granted_is_neither_returned_nor_asked_for(
    values: Values, questions: list[str], source: str
) -> None:
    found = values("Z'4", "name", "charges", "booking_details")
    assert "canary" not in str(found).casefold()
    if Path(source).is_dir():
        assert not questions
        return
    assert questions
    for question in questions:
        assert "canary" not in question.casefold(), question
        assert "count(*)" in question or "Z''4" in question


def test_of_a_folder_no_other_column_is_kept(
    values: Values, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from habeas.records import reading

    kept: list[object] = []
    given = reading.read_table

    def watched(*arguments: Any) -> Any:
        table = given(*arguments)
        kept.extend([table.cells, table.filled])
        return table

    monkeypatch.setattr(reading, "read_table", watched)
    assert values("Z'4", "name")
    assert bool(kept) == Path(source).is_dir()
    assert "canary" not in str(kept).casefold()
    # to ask for one of them is to see it there
    values("Z'4", "home_address")
    assert ("Canary Street" in str(kept)) == Path(source).is_dir()


def test_the_same_columns_of_another_persons_row_are_not_hers(values: Values) -> None:
    assert values("Z'4", "home_address", "bail") == {
        "bail": ("canary-5000",),
        "home_address": ("1 Canary Street",),
    }


@pytest.mark.parametrize("person", ["nobody", "z'4", "", "' OR 1 = 1 --", "b 2 "])
def test_a_key_that_is_nobodys_is_told(values: Values, person: str) -> None:
    with pytest.raises(InputError, match="is nobody's key"):
        values(person, "name")


def test_several_people_are_read_at_once_each_as_alone(
    values: Values, source: str, tmp_path: Path, vocabulary: Vocabulary, questions: list[str]
) -> None:
    people, items = ["b 2", "Z'4"], ["name", "home_address", "charges", "bail"]
    alone = {one: values(one, *items) for one in people}
    asked = len(questions)
    mapping = tmp_path / "mapping.yaml"
    assert read_values_of_each(source, mapping, vocabulary, people, items) == alone
    assert len(questions) - asked == asked / len(people)
    with pytest.raises(InputError, match="`nobody` is nobody's key"):
        read_values_of_each(source, mapping, vocabulary, ["b 2", "nobody"], items)
    assert read_values_of_each(source, mapping, vocabulary, [], items) == {}


def test_an_unknown_item_is_told(values: Values) -> None:
    with pytest.raises(InputError, match=r"unknown item `nam`\nhelp: did you mean `name`"):
        values("Z'4", "nam")


def test_a_column_that_is_not_there_is_told_only_where_it_is_asked_for(values: Values) -> None:
    mapping = MAPPING.replace("addr_canary", "adress")
    assert values("b 2", "name", mapping=mapping) == {"name": ("last: Roe",)}
    with pytest.raises(InputError, match="`people` has no column `adress`"):
        values("b 2", "name", "home_address", mapping=mapping)


def test_several_rows_of_one_person_that_say_the_same_are_one(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    folder = tmp_path / "jail"
    folder.mkdir()
    (folder / "people.csv").write_text("id,last\n1,Doe\n1,Doe\n1,Roe\n2,Poe\n2,Poe\n")
    head = "person: {file: people.csv, key: id%s}\nitems: {name: last}\n"
    path = folder / "mapping.yaml"
    path.write_text(head % ", repeated: yes")
    assert read_values(folder, None, vocabulary, "1", ["name"]) == {
        "name": ("last: Doe", "last: Roe")
    }
    assert read_values(folder, None, vocabulary, "2", ["name"]) == {"name": ("Poe",)}
    path.write_text(head % "")
    with pytest.raises(InputError, match="`1` is the key of two rows"):
        read_values(folder, None, vocabulary, "1", ["name"])


def test_a_value_that_is_no_text_is_told_with_its_place(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    path = tmp_path / "jail.sqlite"
    with sqlite3.connect(path) as opened:
        opened.execute("CREATE TABLE people (id TEXT, photo BLOB)")
        opened.execute("INSERT INTO people VALUES ('1', x'00')")
    opened.close()
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("person: {file: people, key: id}\nitems: {photograph: photo}\n")
    with pytest.raises(InputError, match="column `photo` of `people` holds `BLOB`"):
        read_values(path, mapping, vocabulary, "1", ["photograph"])

"""Logs as they come: whatever is broken costs one row, with its line; what cannot be counted is refused."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from habeas import read_law
from habeas.audits.audit import audit
from habeas.audits.log_facts import FACTS
from habeas.audits.log_lines import TALLEST, WIDEST, Lines, Unread, csv_header, csv_records
from habeas.audits.log_targets import read_log_map
from habeas.audits.on_duckdb import opened
from habeas.audits.staging import REJECTS
from habeas.errors import InputError
from habeas.reports.audit_files import write_audit
from tests.audits.small_log import HEADER, MAP, ROWS, audited, rows, text, write
from tests.postgres import CLERK, CLERKS, Server


def records(body: str, width: int = 2) -> list[tuple[int, list[str] | str]]:
    lines = [(n, line) for n, line in enumerate(body.splitlines(keepends=True), 1)]
    return list(csv_records(iter(lines), ",", width))


# -- CSV ------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")), min_size=2, max_size=2)))  # fmt: skip
def test_what_a_csv_writer_wrote_is_read_back(table: list[list[str]]) -> None:
    import io

    made = io.StringIO(newline="")
    csv.writer(made).writerows(table)
    found = [cells for _, cells in csv_records(enumerate(io.StringIO(made.getvalue(), newline=""), 1), ",", 2)]  # fmt: skip
    # a row of two empty cells is `,`, and stays; a cell over more lines than a record may have does not
    if all(cell.count("\n") < 20 for row in table for cell in row):
        assert found == table


def test_a_quote_that_is_never_closed_costs_its_own_row_alone() -> None:
    body = 'a,"b\n' + "".join(f"{n},x\n" for n in range(TALLEST + 20))
    found = records(body)
    assert isinstance(found[0][1], Unread) and "never closed" in found[0][1]
    assert [cells for _, cells in found[1:]] == [[str(n), "x"] for n in range(TALLEST + 20)]


def test_a_quote_that_ends_in_a_later_row_does_not_swallow_the_rows_between() -> None:
    found = records('a,"b\nc,d\ne,"f"\ng,h\n')
    assert [(n, cells) for n, cells in found if not isinstance(cells, Unread)] == [
        (2, ["c", "d"]), (3, ["e", "f"]), (4, ["g", "h"]),
    ]  # fmt: skip


def test_a_cell_may_go_over_lines_and_its_row_is_where_it_begins() -> None:
    assert records('a,"b\nc"\nd,e\n') == [(1, ["a", "b\nc"]), (3, ["d", "e"])]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("one cell", "1 cell where the header has 2"),
        ("a,b,c", "3 cells where the header has 2"),
        ('a,"b"c', "text goes on after a closing quote"),
        (f"a,{'x' * (WIDEST + 1)}", "a cell is longer than"),
        (f'a,"{"x" * (WIDEST + 1)}"', "a cell is longer than"),
    ],
)
def test_a_row_that_is_no_row_says_why_and_not_what_it_holds(line: str, why: str) -> None:
    (first, second) = records(f"{line}\nc,d\n")
    assert isinstance(first[1], Unread) and why in first[1] and "xxx" not in first[1]
    assert second == (2, ["c", "d"])


def test_lines_that_are_not_text_or_hold_nul_are_rejected_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,\xff\n2,\0\n3,x\n")
    _, _, found = csv_header(Lines(path), None)
    assert [(n, str(cells)) for n, cells in found] == [
        (2, "not UTF-8 text"), (3, "holds a NUL character"), (4, "['3', 'x']"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the file is empty"),
        (b"\n\n  \n", "the file has nothing in it"),
        (b"PK\x03\x04rest", "is a workbook or an archive"),
        (gzip.compress(text().encode() * 50, mtime=0)[:-40], "ends in the middle"),
        (gzip.compress(text().encode(), mtime=0)[:12] + b"rubbish" * 9, "damaged, or ends in the middle"),
        (b"\xff\xfea\x00,\x00", "the header cannot be read: not UTF-8 text"),
        (b'"a\nb,c\n', "the header cannot be read"),
        (b"id;when\n1;2\n", "there is no column `agency`"),
        (HEADER.replace("other", "othr").encode() + b"\n", "did you mean `othr`?"),
        (HEADER.replace("why", "Date").encode() + b"\n", "`when` could be any of `when`, `Date`"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_counted_is_refused_whole(
    tmp_path: Path, data: bytes, told: str
) -> None:
    path = write(tmp_path)
    path.write_bytes(data)
    with pytest.raises(InputError) as caught, audited(path):
        pass
    assert told in str(caught.value)


def test_every_row_is_decided_or_rejected_with_line_and_reason(tmp_path: Path) -> None:
    body = text((ROWS[0], "broken", "a2,,Elm PD" + "," * 8, "a4,2026-02-30,Elm PD" + "," * 8, ROWS[2]))  # fmt: skip
    with audited(write(tmp_path, body)) as made:
        assert made.facts.rows == 2 and made.rejected == 3 and made.facts.undated == 2
        assert rows(made, REJECTS) == [
            (0, 3, "1 cell where the header has 11"),
            (0, 4, "no day: `when` is empty"),
            (0, 5, "no day: `when` is not written as `%Y-%m-%d` or `%m/%d/%Y`, or is no day of the calendar"),
        ]  # fmt: skip


def test_a_gzipped_log_is_read_as_a_plain_one(tmp_path: Path) -> None:
    path = write(tmp_path)
    zipped = tmp_path / "log.csv.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    with audited(path) as plain, audited(zipped) as again:
        assert rows(plain, FACTS) == rows(again, FACTS)
        assert plain.staged.sources[0].sha256 != again.staged.sources[0].sha256


def test_files_with_other_headers_are_one_log(tmp_path: Path) -> None:
    one = write(tmp_path)
    other = tmp_path / "other.csv"
    renamed = HEADER.replace("when", "Date").replace("other", "Shared with").removesuffix(",why")
    other.write_text(text(tuple(row.rpartition(",")[0] for row in ROWS), renamed), encoding="utf-8")
    with audited(one, other) as made:
        cells = 'count(*), count("log:stated"), count(DISTINCT "requester_place")'
        assert rows(made, FACTS, cells) == [(18, 18, 2)]
        assert [source.read for source in made.staged.sources] == [9, 9]


def test_what_nobody_declared_is_unknown_and_counted(tmp_path: Path) -> None:
    body = text((ROWS[0].replace("none", "a scrap"), ROWS[1].replace(",N,N,N,,", ",UNK,?,N,,")))
    with audited(write(tmp_path, body)) as made:
        known = {one.path: (one.rows, one.unmapped) for one in made.facts.known}
        assert known["instrument"] == (1, 1)
        assert known["issued_by_judge"] == (1, 0)  # `UNK` says nothing
        assert known["quashed"] == (1, 1)
        assert known["requester_place"] == (2, 0)


def test_where_the_map_asks_a_cell_that_is_not_understood_is_an_error(tmp_path: Path) -> None:
    body = text((ROWS[0], ROWS[1].replace("none", "a secret scrap")))
    with (
        pytest.raises(InputError) as caught,
        audited(write(tmp_path, body, MAP + "unmapped: error\n")),
    ):
        pass
    assert "log.csv, row 3: the cell of column `paper` is not mapped to `instrument`" in str(caught.value)  # fmt: skip
    assert "secret" not in str(caught.value)


def test_rows_that_the_map_leaves_out_are_counted_and_so_are_those_that_it_does_not_place(
    tmp_path: Path,
) -> None:
    chosen = "where: {column: agency, only: [Elm PD], without: [Fir SO]}\n"
    with audited(write(tmp_path, "", MAP + chosen)) as made:
        assert (made.facts.rows, made.facts.left_out, made.facts.unsettled) == (3, 5, 1)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("Oak GA PD", "us-ga"), ("GA and CA", None), ("Gaston", None), ("", None), ("ga", None)],
)
def test_a_pattern_places_a_name_unless_two_disagree(
    tmp_path: Path, cell: str, value: str | None
) -> None:
    with audited(write(tmp_path, text((ROWS[0].replace("Oak GA PD", cell),)))) as made:
        assert rows(made, FACTS, "requester_place") == [(value,)]


def test_a_second_list_of_patterns_is_asked_only_where_the_first_is_silent(tmp_path: Path) -> None:
    both = r"find: [{'\bGA\b': us-ga, '\bCA\b': us-ca}, {'Georgia': us-ga, 'GA and CA': us-nv}]"
    made_map = MAP.replace(r"find: {'\bGA\b': us-ga, '\bCA\b': us-ca}", both)
    names = ("Oak GA PD", "Georgia Patrol", "GA and CA", "somewhere")
    body = text(tuple(ROWS[0].replace("Oak GA PD", one) for one in names))
    with audited(write(tmp_path, body, made_map)) as made:
        found = made.engine.connection.execute(f"SELECT requester_place FROM {FACTS} ORDER BY key")
        assert [one for (one,) in found.fetchall()] == ["us-ga", "us-ga", None, None]


def test_a_table_beside_the_map_places_names_before_patterns_do(tmp_path: Path) -> None:
    lookup = "lookup: {file: places.csv, key: name, value: place}\n    find: {"
    table = "name,place\nOak GA PD,us-nv\nTwice,us-ga\nTwice,us-ca\nTwice,us-ga\n"
    (tmp_path / "places.csv").write_text(table, encoding="utf-8")
    names = ("Oak GA PD", "Elm GA PD", "Twice", "nowhere")
    body = text(tuple(ROWS[0].replace("Oak GA PD", one) for one in names))
    with audited(write(tmp_path, body, MAP.replace("find: {", lookup))) as made:
        found = made.engine.connection.execute(f"SELECT requester_place FROM {FACTS} ORDER BY key")
        assert [one for (one,) in found.fetchall()] == ["us-nv", "us-ga", None, None]
        assert "places.csv" in made.log_map.sha256


# -- other kinds ----------------------------------------------------------------------------------

NESTED = (
    MAP.replace("key: id\n", "").replace("Shared with]", "Shared with]\nunnest: other")
    + "unmapped: report\n"
)


def entries(with_: object, **more: str) -> str:
    row = dict(zip(HEADER.split(","), ROWS[0].split(","), strict=True))
    return json.dumps({**row, "other": with_, **more})


def test_a_nested_list_gives_one_row_an_entry(tmp_path: Path) -> None:
    lines = (
        entries(["Oak GA PD", "Fir CA SO"]), "", entries([]), entries(None), entries("no list"),
        "{broken", "[1]", '{"id": "\\ud800"}', "[" * 100_000, entries(["Elm GA PD"]),
    )  # fmt: skip
    with audited(write(tmp_path, "\n".join(lines), NESTED, "log.jsonl")) as made:
        assert rows(made, "log_rows", "row, part") == [(1, 1), (1, 2), (10, 1)]
        assert rows(made, REJECTS) == [
            (0, 5, "`other` is no list"), (0, 6, "not a line of JSON"),
            (0, 7, "a line of JSON, but no object"), (0, 8, "not a line of JSON"), (0, 9, "not a line of JSON"),
        ]  # fmt: skip
        found = rows(made, FACTS, "requester_place")
        assert found == [("us-ca",), ("us-ga",), ("us-ga",)]


def test_entries_that_are_objects_have_columns_of_their_own(tmp_path: Path) -> None:
    made_map = NESTED.replace("column: other", "column: other.name").replace("  other: [other, Shared with]\n", "")  # fmt: skip
    line = entries([{"name": "Oak GA PD", "since": 2020}, {"name": "Fir CA SO"}, {}])
    with audited(write(tmp_path, line, made_map, "log.jsonl")) as made:
        found = made.engine.connection.execute(f"SELECT requester_place FROM {FACTS} ORDER BY key")
        assert [one for (one,) in found.fetchall()] == ["us-ga", "us-ca", None]


def test_a_column_that_no_line_of_json_has_is_an_error(tmp_path: Path) -> None:
    line = entries(["Oak GA PD"]).replace('"given"', '"givn"')
    with (
        pytest.raises(InputError, match="no line has `given`"),
        audited(write(tmp_path, line, NESTED, "log.jsonl")),
    ):
        pass


def table_of(log: str) -> pa.Table:
    cells = list(csv.DictReader(log.splitlines()))
    made: dict[str, list[object]] = {
        name: [one[name] or None for one in cells] for name in cells[0]
    }
    made["when"] = [date.fromisoformat(str(one)) for one in made["when"]]
    return pa.table(made)


ISO = tuple(row.replace("04/01/2026", "2026-04-01") for row in ROWS)


def test_parquet_gives_the_facts_that_csv_gives_days_as_days(tmp_path: Path) -> None:
    path = write(tmp_path, text(ISO), MAP.replace('"%Y-%m-%d", ', ""))
    parquet.write_table(table_of(text(ISO)), tmp_path / "log.parquet")
    log = write(tmp_path, text(ISO))
    with audited(log) as plain:
        wanted = rows(plain, FACTS)
    (tmp_path / "map.yaml").write_text(MAP.replace('"%Y-%m-%d", ', ""), encoding="utf-8")
    with audited(
        tmp_path / "log.parquet"
    ) as made:  # the map's format does not say how days are typed
        assert rows(made, FACTS) == wanted
    assert path == log


def test_a_parquet_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    whole = tmp_path / "whole.parquet"
    parquet.write_table(table_of(text(ISO)), whole)
    (tmp_path / "log.parquet").write_bytes(whole.read_bytes()[:-30])
    with (
        pytest.raises(InputError, match="not a whole Parquet file"),
        audited(tmp_path / "log.parquet"),
    ):
        pass


def test_nested_lists_of_parquet_unnest(tmp_path: Path) -> None:
    write(tmp_path, "", NESTED)
    table = table_of(text(ISO)).slice(0, 2)
    lists = pa.array([["Oak GA PD", "Fir CA SO"], []])
    table = table.set_column(table.column_names.index("other"), "other", lists)
    parquet.write_table(table, tmp_path / "log.parquet")
    with audited(tmp_path / "log.parquet") as made:
        assert rows(made, "log_rows", "row, part") == [(1, 1), (1, 2)]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_tables_of_databases_give_the_facts_that_csv_gives(tmp_path: Path, kind: str) -> None:
    with audited(write(tmp_path, text(ISO))) as plain:
        wanted = rows(plain, FACTS)
    path = tmp_path / f"log.{kind}"
    cells = [row.split(",") for row in ISO]
    names = ", ".join(f'"{one}" TEXT' for one in HEADER.split(","))
    if kind == "duckdb":
        with duckdb.connect(str(path)) as database:
            database.execute(f"CREATE TABLE searches ({names.replace('TEXT', 'VARCHAR')})")
            database.executemany(f"INSERT INTO searches VALUES ({', '.join('?' * 11)})", cells)
    else:
        database_ = sqlite3.connect(path)
        database_.execute(f"CREATE TABLE searches ({names})")
        database_.executemany(f"INSERT INTO searches VALUES ({', '.join('?' * 11)})", cells)
        database_.commit()
        database_.close()
    with audited(f"{path}#searches") as made:
        assert rows(made, FACTS) == wanted
        assert made.staged.sources[0].shown == f"log.{kind}#searches"
    with pytest.raises(InputError, match="no table is named"), audited(path):
        pass
    with pytest.raises(InputError, match="did you mean `searches`"), audited(f"{path}#serches"):
        pass


def test_a_table_of_a_server_gives_the_facts_that_csv_gives_and_its_password_goes_nowhere(
    tmp_path: Path, server: Server
) -> None:
    with audited(write(tmp_path, text(ISO))) as plain:
        wanted = rows(plain, FACTS)
    server.run("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public", f"GRANT USAGE ON SCHEMA public TO {CLERK}")  # fmt: skip
    names = ", ".join(f'"{one}" text' for one in HEADER.split(",") if one != "other")
    server.run(f"CREATE TABLE searches ({names}, other jsonb)")
    for row in csv.DictReader(text(ISO).splitlines()):
        cells = [row[one] for one in row if one != "other"] + [json.dumps([row["other"]])]
        server.run(f"INSERT INTO searches VALUES ({', '.join(repr(cell) for cell in cells)})")
    address = f"{server.address()}#searches"
    log_map = tmp_path / "map.yaml"
    log_map.write_text(MAP.replace("Shared with]", "Shared with]\nunnest: other"), encoding="utf-8")
    law = read_law("us-ca")
    with opened("500MB") as engine:
        made = audit(engine, law, [address], read_log_map(log_map, law.book.vocabulary))
        assert rows(made, FACTS) == wanted
        write_audit(tmp_path / "out", made)
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or CLERKS.encode() not in path.read_bytes()
    with pytest.raises(InputError) as caught, opened("500MB") as engine:
        audit(engine, law, [server.address()], read_log_map(log_map, law.book.vocabulary))
    assert "no table is named" in str(caught.value) and CLERKS not in str(caught.value)


def test_lists_of_a_duckdb_table_unnest(tmp_path: Path) -> None:
    write(tmp_path, "", NESTED)
    path = tmp_path / "log.duckdb"
    with duckdb.connect(str(path)) as database:
        database.register("given", table_of(text(ISO)))
        database.execute("CREATE TABLE t AS SELECT * REPLACE ([other, 'Fir CA SO'] AS other) FROM given")  # fmt: skip
    with audited(f"{path}#t") as made:
        assert made.facts.rows == 18
        assert {one for (one,) in rows(made, FACTS, "requester_place")} == {"us-ga", "us-ca", None}


# -- cells as values ------------------------------------------------------------------------------

CELLS = (
    "yes", "No", "TRUE", "0", "1", "-5", "+5", "12345678901234567890", "5.0", "us-ca", "US", "us-", "local",
    "Local", "2026-02-28", "2026-02-30", "2026-2-3", "20260228", "0000-01-01", "a", "é", "1e3", "٣",
)  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "kind"),
    [("quashed", "yes/no"), ("requester_place", "place"), ("requester_level", "words"), ("received_on", "date")],
)  # fmt: skip
def test_cells_are_read_as_the_mapping_of_records_reads_them(
    tmp_path: Path, fact: str, kind: str
) -> None:
    from habeas.errors import Place
    from habeas.records.value import value_of

    declared = read_law("us-ca").book.vocabulary.facts[fact]
    assert declared.type == kind
    log = "cell,when\n" + "".join(f"{cell},2026-01-01\n" for cell in CELLS)
    made_map = (
        f"day: when\nactor: {{constant: X}}\ndone: {{name: disclosed}}\nfacts:\n  {fact}: cell\n"
    )
    with audited(write(tmp_path, log, made_map)) as made:
        query = f'SELECT "{fact}" FROM {FACTS} ORDER BY key'
        found = [one for (one,) in made.engine.connection.execute(query).fetchall()]
    wanted: list[object] = []
    for cell in CELLS:
        try:
            wanted.append(value_of(declared, cell, Place("")))
        except InputError:
            wanted.append(None)
    assert dict(zip(CELLS, found, strict=True)) == dict(zip(CELLS, wanted, strict=True))


@pytest.mark.parametrize(
    "format", ["%m/%d/%Y", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y", "%m/%d/%Y, %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S.%fZ"]
)  # fmt: skip
def test_days_are_read_as_python_reads_them(tmp_path: Path, format: str) -> None:
    days = [
        datetime(2026, 2, 3, 4, 5, 6),
        datetime(2024, 2, 29, 23, 59, 59),
        datetime(1999, 12, 31),
    ]
    cells = [one.strftime(format) for one in days] + ["13/13/2026", "", "2026-02-30 00:00:00"]
    made_map = (
        f'day: {{column: when, format: "{format}"}}\nactor: {{constant: X}}\ndone: {{name: disclosed}}\n'
        f'facts:\n  received_on: {{column: when, format: "{format}"}}\n'
    )
    log = "when\n" + "".join(f'"{cell}"\n' for cell in cells)
    with audited(write(tmp_path, log, made_map)) as made:
        found = made.engine.connection.execute(f"SELECT received_on FROM {FACTS} ORDER BY key")
        assert [one for (one,) in found.fetchall()] == [one.date() for one in days]
        assert made.facts.undated == 3

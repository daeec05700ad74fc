"""Records in databases: the same people as from files, and every way in which a database fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from habeas.errors import InputError
from habeas.law.vocabulary import Vocabulary
from habeas.records import Person, Records, check_records, read_records, write_sample
from habeas.records import database as module
from habeas.records.mapping import FileMap
from habeas.records.tables import read_table
from tests.postgres import CLERK, CLERKS, Server

MAPPING = """
person: {file: people, key: id}
unknown: [N/A]
facts:
  minor: {column: juv, values: {Y: yes, N: no}}
  booked_on: booked
items: {name: last, photograph: photo, charges: {file: counts, key: who, columns: [literal]}}
item_facts: {name: {public: shown}}
tables:
  charge:
    file: counts
    key: who
    where: {column: state, without: [dropped]}
    columns: {offense: code, level: {column: class, values: {F: felony, M: misdemeanor}}}
    complete: {column: all_counts, values: {"1": yes, "0": no}}
"""

PEOPLE = [
    # id, juv, booked, last, photo, shown, all_counts
    ("b 2", "Y", "2024-02-29", "Doe", None, True, 1),
    (" a1 ", "N", None, None, b"\x01", False, 0),
    ("Ä3", None, "2020-01-31", "N/A", None, None, None),
    ("Z'4", "N/A", "1999-12-31", "  ", b"", True, 1),
]
COUNTS = [
    # who, code, class, state, literal
    ("b 2", "PC 211", "F", "filed", "robbery"),
    ("b 2", "PC 484", "M", "dropped", "theft"),
    ("a1", "PC 594", "?", "filed", None),
    ("Ä3", None, "M", None, "x"),
    ("nobody", "PC 1", "M", "filed", "x"),
    (None, "PC 2", "M", "filed", "x"),
]

Open = Callable[..., Records]


class Kept:
    """One kind of database: how to fill it, and what to name to `read_records`."""

    def __init__(self, source: str, run: Callable[[str, list[tuple[Any, ...]]], None]) -> None:
        self.source = source
        self.run = run


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("server")
        server.run("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public", f"GRANT USAGE ON SCHEMA public TO {CLERK}")  # fmt: skip

        def to_server(statement: str, rows: list[tuple[Any, ...]]) -> None:
            with server.connected() as opened:
                if rows:
                    opened.cursor().executemany(statement.replace("?", "%s"), rows)
                else:
                    opened.execute(statement)

        yield Kept(server.address(), to_server)
        return
    path = tmp_path / f"jail.{request.param}"

    def to_file(statement: str, rows: list[tuple[Any, ...]]) -> None:
        connect: Any = sqlite3.connect if request.param == "sqlite" else duckdb.connect
        opened = connect(str(path))
        if rows:
            opened.executemany(statement, rows)
        else:
            opened.execute(statement)
        if request.param == "sqlite":
            opened.commit()
        opened.close()

    yield Kept(str(path), to_file)


@pytest.fixture
def jail(kept: Kept) -> Kept:
    """The small jail."""
    blob = "BYTEA" if "://" in kept.source else "BLOB"
    kept.run(
        f'CREATE TABLE people (id VARCHAR(20), juv TEXT, booked DATE, last TEXT, photo {blob}, "shown" BOOLEAN, all_counts INTEGER, spare TEXT)',
        [],
    )
    kept.run("CREATE TABLE counts (who TEXT, code TEXT, class TEXT, state TEXT, literal TEXT)", [])
    kept.run("CREATE TABLE other (x TEXT)", [])
    people = [(*row, None) for row in PEOPLE]
    if kept.source.endswith("sqlite"):
        word = {True: "true", False: "false", None: None}
        people = [(*r[:5], word[r[5]], *r[6:]) for r in people]
    kept.run("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?, ?)", people)
    kept.run("INSERT INTO counts VALUES (?, ?, ?, ?, ?)", COUNTS)
    return kept


@pytest.fixture
def opened(tmp_path: Path, vocabulary: Vocabulary) -> Iterator[Callable[..., Records]]:
    """Opens records through a mapping that is given as text; closes them at the end."""
    made: list[Records] = []

    def make(source: str, mapping: str = MAPPING) -> Records:
        path = tmp_path / "mapping.yaml"
        path.write_text(mapping, encoding="utf-8")
        made.append(read_records(source, path, vocabulary))
        return made[-1]

    yield make
    for one in made:
        one.close()


def told(error: pytest.ExceptionInfo[InputError], *gone: object) -> str:
    text = str(error.value)
    for one in gone:
        text = text.replace(str(one), "HERE")
    return text


def in_order(records: Records) -> list[Person]:
    """Everybody by id, the rows of each in one order: a database keeps none."""
    people = sorted(records.people(), key=lambda one: one.id)
    for person in people:
        for rows in person.facts.rows.values():
            rows.sort(key=lambda row: repr(sorted(row.items())))
    return people


# -- the same people ------------------------------------------------------------------------------


def test_cells_become_facts_as_those_of_files_do(jail: Kept, opened: Open) -> None:
    records = opened(jail.source)
    people = {person.id: person for person in records.people()}
    assert list(people) == ["Z'4", "a1", "b 2", "Ä3"]
    assert people["b 2"].facts.values == {"minor": True, "booked_on": date(2024, 2, 29)}
    assert people["b 2"].facts.items == {("name", "public"): True}
    assert people["b 2"].facts.rows == {"charge": [{"offense": "PC 211", "level": "felony"}]}
    assert people["b 2"].facts.complete == {"charge"}
    assert people["a1"].facts.values == {"minor": False}
    assert people["a1"].facts.rows == {"charge": [{"offense": "PC 594"}]}
    assert people["a1"].facts.complete == frozenset()
    assert people["Ä3"].facts.rows == {}  # nobody knows whether its count was dropped
    assert {id: one.has for id, one in people.items()} == {
        "b 2": {"name", "charges"},
        "a1": {"photograph"},
        "Ä3": {"charges"},
        "Z'4": {"photograph"},
    }


def test_one_or_several_people_are_asked_for_by_id(jail: Kept, opened: Open) -> None:
    records = opened(jail.source)
    assert records.get("Z'4") is not None
    assert records.get("z'4") is None
    assert records.get("' OR 1 = 1 --") is None
    named = list(records.named(["Ä3", "nobody", "a1"]))
    assert [one.id for one in named] == ["Ä3", "nobody", "a1"]
    assert named[1].facts.values == {} and named[2].facts.values == {"minor": False}


def test_rows_of_nobody_and_what_nothing_uses_are_told(
    jail: Kept, tmp_path: Path, vocabulary: Vocabulary
) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    report = check_records(jail.source, path, vocabulary)
    [orphans] = report.notes.orphans
    assert (orphans.file, orphans.rows, orphans.blank, orphans.samples) == (
        "counts", 2, 1, ("nobody",)
    )  # fmt: skip
    assert report.notes.unused == {"people": ("spare",)}
    assert report.notes.unread == ("other",)
    assert report.people == 4
    [level] = [one for one in report.notes.filled if one.path == "charge.level"]
    assert (level.total, level.filled, dict(level.unmapped)) == (2, 1, {"?": 1})
    assert report.notes.left_out["charge"] == {"dropped": 1}


def test_a_sample_in_a_database_is_the_sample_in_files_however_small_the_batches(
    kept: Kept,
    tmp_path: Path,
    vocabulary: Vocabulary,
    monkeypatch: pytest.MonkeyPatch,
    opened: Open,
) -> None:
    folder = tmp_path / "sample"
    write_sample(folder, 60, 3)
    mapping = (folder / "mapping.yaml").read_text()
    for path in folder.glob("*.csv"):
        header = read_table(path, FileMap(), set(), set()).header
        table = read_table(path, FileMap(), set(header), set())
        kept.run(f"CREATE TABLE {path.stem} ({', '.join(f'{one} TEXT' for one in header)})", [])
        rows = list(zip(*(table.cells[one] for one in header), strict=True))
        kept.run(f"INSERT INTO {path.stem} VALUES ({', '.join('?' * len(header))})", rows[::-1])
        mapping = mapping.replace(f"file: {path.name}", f"file: {path.stem}")
    there = in_order(read_records(folder, None, vocabulary))
    monkeypatch.setattr(module, "PEOPLE", 7)
    monkeypatch.setattr(module, "ROWS", 3)
    assert in_order(opened(kept.source, mapping)) == there


def test_whole_numbers_have_no_point_and_times_no_hours(kept: Kept, opened: Open) -> None:
    numeric = "DECIMAL(10, 2)" if "sqlite" not in kept.source else "REAL"
    kept.run(f"CREATE TABLE people (id {numeric}, taken TIMESTAMP)", [])
    kept.run("CREATE TABLE more (id INTEGER, code DOUBLE PRECISION)", [])
    kept.run("INSERT INTO people VALUES (?, ?)", [(7, "2024-05-01 23:59:58")])
    kept.run("INSERT INTO more VALUES (?, ?)", [(7, 211.0)])
    form = ", format: '%Y-%m-%d %H:%M:%S'" if "sqlite" in kept.source else ""
    [person] = opened(
        kept.source,
        "person: {file: people, key: id}\n"
        f"facts: {{booked_on: {{column: taken{form}}}}}\n"
        "tables: {charge: {file: more, columns: {offense: code}}}\n",
    ).people()
    assert person.id == "7"
    assert person.facts.values == {"booked_on": date(2024, 5, 1)}
    assert person.facts.rows == {"charge": [{"offense": "211"}]}


# -- what does not fit ----------------------------------------------------------------------------


def test_tables_and_columns_that_are_not_there_are_told_with_their_place(
    jail: Kept, opened: Open, tmp_path: Path
) -> None:
    mapping = MAPPING.replace("file: counts\n    key: who\n", "file: count\n    key: who\n")
    with pytest.raises(InputError) as caught:
        opened(jail.source, mapping.replace("booked_on: booked", "booked_on: Booked"))
    text = told(caught, tmp_path / "mapping.yaml")
    assert "HERE:6:14: `people` has no column `Booked`" in text
    assert "help: did you mean `booked`?" in text
    assert "no table `count` in `" in text
    assert "did you mean `counts`?" in text


def test_a_column_that_no_cell_can_be_made_of_is_refused(jail: Kept, opened: Open) -> None:
    with pytest.raises(InputError) as caught:
        opened(jail.source, "person: {file: people, key: id}\nfacts: {minor: photo}\n")
    assert "column `photo` of `people` holds `" in str(caught.value)
    assert "make a view that gives it as text or a number" in str(caught.value)


def test_a_person_without_a_key_or_with_one_twice_is_refused(jail: Kept, opened: Open) -> None:
    jail.run("INSERT INTO people (id, juv) VALUES (?, ?)", [("a1", "Y")])
    records = opened(jail.source)
    with pytest.raises(InputError, match="`a1` is the key of two rows"):
        list(records.people())
    records.close()
    jail.run("INSERT INTO people (id, juv) VALUES (?, ?)", [("  ", "Y")])
    with pytest.raises(InputError, match="1 row of `people` have no `id`"):
        opened(jail.source)


def test_several_rows_of_one_person_must_agree(jail: Kept, opened: Open) -> None:
    jail.run("INSERT INTO people (id, juv) VALUES (?, ?)", [("a1", "Y"), ("b 2", "Y")])
    records = opened(jail.source, MAPPING.replace("key: id}", "key: id, repeated: yes}"))
    values = {one.id: one.facts.values.get("minor") for one in records.people()}
    assert values == {"a1": None, "b 2": True, "Ä3": None, "Z'4": None}


def test_a_file_that_is_no_database_is_refused(tmp_path: Path, opened: Open) -> None:
    other = tmp_path / "jail.db"
    other.write_bytes(b"PK\x03\x04 something else altogether")
    with pytest.raises(InputError, match="none of DuckDB's or SQLite's"):
        opened(str(other))
    other.write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)
    with pytest.raises(InputError, match="this file is damaged: file is not a database"):
        opened(str(other))
    other.write_bytes(b"12345678DUCK" + b"\xff" * 9000)
    with pytest.raises(InputError, match="DuckDB cannot open this file"):
        opened(str(other))


def test_a_locked_duckdb_file_is_told(tmp_path: Path, opened: Open) -> None:
    import subprocess
    import sys

    path = tmp_path / "jail.duckdb"
    duckdb.connect(str(path)).execute("CREATE TABLE people (id TEXT)").close()
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(InputError, match="another program has this file open for writing"):
            opened(str(path))
        writer.communicate(b"\n", timeout=30)


def test_a_view_of_a_duckdb_file_reads_no_other_file(tmp_path: Path, opened: Open) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("id\n1\n")
    path = tmp_path / "jail.duckdb"
    duckdb.connect(str(path)).execute(f"CREATE VIEW people AS SELECT * FROM '{secret}'").close()
    with pytest.raises(InputError, match="`people` cannot be read"):
        list(opened(str(path), "person: {file: people, key: id}\n").people())


# -- a server -------------------------------------------------------------------------------------


@pytest.fixture
def at_server(server: Server) -> Server:
    """The small jail at the server, its people many."""
    server.run(
        "DROP SCHEMA IF EXISTS public CASCADE",
        "CREATE SCHEMA public",
        f"GRANT USAGE ON SCHEMA public TO {CLERK}",
        "CREATE TABLE people AS SELECT 'P' || n AS id, 'Y' AS juv FROM generate_series(1, 30000) n",
    )
    return server


SMALL = "person: {file: people, key: id}\nfacts: {minor: {column: juv, values: {Y: yes}}}\n"


def test_a_wrong_password_is_told_and_never_shown(at_server: Server, opened: Open) -> None:
    with pytest.raises(InputError) as caught:
        opened(at_server.address(CLERK, "hunter2"))
    text = told(caught, at_server.port)
    assert text == (
        f'postgresql://{CLERK}@127.0.0.1:HERE/jail: the server does not let us in: password authentication failed for user "{CLERK}"\n'
        "help: set PGPASSWORD, or write the password into the password file (~/.pgpass)"
    )


def test_the_password_may_come_from_the_environment(
    at_server: Server, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", CLERKS)
    address = f"postgresql://{CLERK}@127.0.0.1:{at_server.port}/jail"
    assert opened(address, SMALL).count == 30_000


def test_a_server_that_is_not_there_a_database_that_is_none_and_a_bad_address_are_told(
    at_server: Server, opened: Open
) -> None:
    with pytest.raises(InputError) as caught:
        opened("postgresql://clerk:hunter2@127.0.0.1:1/jail")
    assert "the server does not let us in: Connection refused" in str(caught.value)
    with pytest.raises(InputError) as caught:
        opened(at_server.address(database="jial"))
    assert 'database "jial" does not exist' in str(caught.value)
    with pytest.raises(InputError) as caught:
        opened("postgresql://clerk:hunter2%zz@[::1/jail")
    assert "this is no address of a PostgreSQL database" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_goes_away_half_way_is_told(at_server: Server, opened: Open) -> None:
    records = opened(at_server.address(), SMALL)
    people = records.people()
    next(people)
    at_server.stop()
    try:
        with pytest.raises(InputError) as caught:
            list(people)
    finally:
        at_server.start()
    assert "the database went away while `people` was read" in str(caught.value)
    assert "help: nothing was written; see that it runs, and try again" in str(caught.value)


def test_a_table_that_changes_between_mapping_and_reading_is_told(
    at_server: Server, opened: Open
) -> None:
    at_server.run("CREATE TABLE counts (who TEXT, code TEXT)")
    mapping = SMALL + "tables: {charge: {file: counts, key: who, columns: {offense: code}}}\n"
    records = opened(at_server.address(), mapping)
    at_server.run("ALTER TABLE counts DROP COLUMN code")
    with pytest.raises(InputError) as caught:
        list(records.people())
    assert "`counts` changed while it was read: column " in str(caught.value)
    assert "help: nothing was written; try again when nobody is changing" in str(caught.value)


def test_a_table_that_one_may_not_read_is_told(at_server: Server, opened: Open) -> None:
    at_server.run(f"REVOKE SELECT ON people FROM {CLERK}")
    with pytest.raises(InputError) as caught:
        opened(at_server.address(), SMALL)
    assert "the user may not read `people`" in str(caught.value)


def test_every_pass_sees_the_same_moment_and_nobody_waits_for_the_reader(
    at_server: Server, opened: Open
) -> None:
    records = opened(at_server.address(), SMALL)
    people = records.people()
    next(people)
    at_server.run("UPDATE people SET juv = 'N'", "DELETE FROM people WHERE id = 'P1'")
    assert records.count == 30_000
    assert all(one.facts.values == {"minor": True} for one in people)


def test_nothing_can_be_written_through_the_reader(at_server: Server, opened: Open) -> None:
    from habeas.records.postgresql import Postgresql
    from tests.postgres import OWNER, PASSWORD

    at_server.run(
        "CREATE FUNCTION wipe() RETURNS TEXT LANGUAGE sql AS $$ DELETE FROM people RETURNING id $$"
    )
    database = Postgresql(at_server.address(OWNER, PASSWORD))
    try:
        with pytest.raises(InputError, match="read-only transaction"):
            list(database.rows("SELECT wipe()", "people"))
    finally:
        database.close()


def test_a_timestamp_with_a_zone_is_the_day_in_the_users_zone(
    at_server: Server, opened: Open
) -> None:
    at_server.run(
        "CREATE TABLE held (id TEXT, at TIMESTAMPTZ, gone DATE)",
        "INSERT INTO held VALUES ('1', '2024-05-02 03:00:00+00', 'infinity')",
    )
    mapping = "person: {file: held, key: id}\nfacts: {booked_on: at, release_on: gone}\n"
    [person] = opened(at_server.address(), mapping).people()
    assert person.facts.values == {"booked_on": date(2024, 5, 1)}


def test_tables_of_another_schema_are_named_with_it(at_server: Server, opened: Open) -> None:
    at_server.run(
        'DROP SCHEMA IF EXISTS "Old Jail" CASCADE',
        'CREATE SCHEMA "Old Jail"',
        f'GRANT USAGE ON SCHEMA "Old Jail" TO {CLERK}',
        'CREATE TABLE "Old Jail"."People" ("Id" TEXT)',
        f'GRANT SELECT ON "Old Jail"."People" TO {CLERK}',
        """INSERT INTO "Old Jail"."People" VALUES ('%s')""",
    )
    mapping = 'person: {file: "Old Jail.People", key: Id}\n'
    assert opened(at_server.address(), mapping).ids() == ("%s",)

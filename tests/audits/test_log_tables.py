"""A log's people have the rows of tables beside its map; what was lost of a table leaves it open."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from habeas import Facts, Person, Request, Said, read_law
from habeas.audits.audit import Audit, audit
from habeas.audits.elsewhere import elsewhere, send
from habeas.audits.findings import KINDS, rows_query
from habeas.audits.log_tables import TableFacts
from habeas.audits.log_targets import read_log_map
from habeas.audits.on_duckdb import opened
from habeas.audits.on_spark import OnSpark
from habeas.cli import app
from habeas.errors import InputError
from habeas.law.facts import Row
from tests.audits.small_log import rows
from tests.conftest import ROOT
from tests.properties.dice import Rolled

PLACE = "us-ca"

MAP = """\
title: Made up
key: id
unknown: [UNK]
day: left
actor: {constant: Fir County jail}
done: {transfer: {column: given, values: {Y: disclosed, N: refused}}, release_date: unknown}
facts:
  received_on: asked
  requester_kind: {constant: immigration authority}
  purpose: {constant: immigration enforcement}
  instrument: {column: paper, values: {T: transfer request, N: notification request}}
  issued_by_judge: no
  current_registrant: no
  outstanding_federal_felony_warrant: no
item_facts:
  release_date: {public: no}
tables:
  conviction:
    file: convictions.csv
    join: {log: person, table: nr}
    where: {column: outcome, only: [conv], without: [dism]}
    columns:
      offense: statute
      level: {column: class, values: {F: felony, M: misdemeanor, X: unknown}}
      convicted_on: {column: day, format: "%m/%d/%Y"}
      serious_felony: {column: serious, values: {Y: yes, N: no}}
      violent_felony: {column: serious, values: {N: no}}
      state_prison_felony: {column: serious, values: {Y: yes, N: no}}
      reduced_by_prop_47: {column: reduced, values: {Y: yes, N: no}}
      federal_aggravated_felony: no
    complete: {column: checked, values: {Y: yes, N: no}}
  charge:
    file: charges.parquet
    join: {log: person, table: person}
    columns:
      held_to_answer: {column: held, values: {"true": yes, "false": no}}
      serious_felony: {column: serious, values: {"true": yes, "false": no}}
      violent_felony: no
      state_prison_felony: no
      reduced_by_prop_47: no
      filed_on: filed
    complete: yes
"""

LOG = "id,person,left,asked,paper,given,checked"
LIST = "nr,statute,class,day,outcome,serious,reduced"

PEOPLE = (
    "r1,1,2025-03-01,2025-02-20,T,Y,Y",  # nothing on the list
    "r2,2,2025-03-01,2025-02-20,T,Y,Y",  # robbery
    "r3,2,2025-03-02,2025-02-21,T,N,Y",  # the same person
    "r4,3,2025-03-01,2025-02-20,T,Y,Y",  # dismissed
    "r5,4,2025-03-01,2025-02-20,T,Y,N",  # nobody has looked whether that is all
    "r6,,2025-03-01,2025-02-20,T,Y,Y",  # no number
    "r7,UNK,2025-03-01,2025-02-20,T,Y,Y",
    "r8,5,2025-03-01,2025-02-20,T,Y,Y",  # an outcome is not there
)
FOUND = (
    "2,PC 211,F,11/02/2004,conv,Y,N",
    "3,PC 211,F,11/02/2004,dism,Y,N",
    "5,PC 602,M,11/02/2020,,N,N",
    "9,PC 211,F,11/02/2004,conv,Y,N",  # of nobody here
)
CHARGES: dict[str, list[Any]] = {"person": ["2"], "held": [False], "serious": [False], "filed": [date(2025, 1, 2)]}  # fmt: skip


def csv_text(header: str, lines: tuple[str, ...] | list[str]) -> str:
    return "\n".join((header, *lines, ""))


def put(
    folder: Path,
    log: tuple[str, ...] | list[str] = PEOPLE,
    found: tuple[str, ...] | list[str] = FOUND,
    map_text: str = MAP,
    charges: dict[str, list[Any]] = CHARGES,
) -> Path:
    (folder / "map.yaml").write_text(map_text, encoding="utf-8")
    (folder / "log.csv").write_text(csv_text(LOG, log), encoding="utf-8")
    (folder / "convictions.csv").write_text(csv_text(LIST, found), encoding="utf-8")
    parquet.write_table(pa.table(charges), folder / "charges.parquet")
    return folder / "log.csv"


@contextmanager
def audited(log: Path, there: Any = None, memory: str = "500MB") -> Iterator[Audit]:
    law = read_law(PLACE)
    log_map = read_log_map(log.parent / "map.yaml", law.book.vocabulary)
    with opened(memory) as engine:
        yield audit(engine, law, [str(log)], log_map, None, there)


def answers(made: Audit, item: str = "transfer") -> dict[str, tuple[Any, ...]]:
    query = rows_query(made.staged, made.log_map)
    found = made.engine.connection.execute(
        f"SELECT id, verdict, basis, blocks, missing FROM ({query}) q WHERE item = ?", [item]
    )
    return {row[0]: (row[1], row[2], tuple(row[3]), tuple(row[4])) for row in found.fetchall()}


def whole(made: Audit, table: str = "conviction") -> dict[str, bool]:
    query = rows_query(made.staged, made.log_map)
    found = made.engine.connection.execute(
        f'SELECT DISTINCT q.id, f."{table}" FROM ({query}) q JOIN log_rows r ON r.row = q.row'
        " JOIN log_facts f ON f.key = r.key"
    )
    return dict(found.fetchall())


def of(made: Audit, table: str = "conviction") -> TableFacts:
    return next(one for one in made.facts.tables if one.table == table)


# -- rows, and what is complete -------------------------------------------------------------------


def test_each_row_of_the_log_has_its_persons_rows_and_no_others(tmp_path: Path) -> None:
    with audited(put(tmp_path)) as made:
        joined = rows(made, "log_table_conviction", "key, offense, level, convicted_on")
        found, one = {key: said[:2] for key, said in answers(made).items()}, of(made)
        complete = whole(made)
        assert whole(made, "charge") == {key: key not in ("r6", "r7") for key in complete}
    robbery = ("PC 211", "felony", date(2004, 11, 2))
    assert joined == [(1, *robbery), (2, *robbery)]  # both rows of person 2
    waits = ("refer", "missing facts")
    assert found == {
        "r1": ("deny", "forbidden"),
        "r2": ("grant", "permitted"),  # a conviction opens it
        "r3": ("grant", "permitted"),
        "r4": ("deny", "forbidden"),
        "r5": waits, "r6": waits, "r7": waits, "r8": waits,
    }  # fmt: skip
    assert complete == {key: key in ("r1", "r2", "r3", "r4") for key in complete}
    assert (one.rows, one.left_out, one.unsettled, one.ignored, one.rejected) == (1, 1, 1, 1, 0)
    assert one.complete == 4 and one.met == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,PC 211,F", "3 cells where the header has 7"),
        ('1,"PC 211,F,11/02/2004,conv,Y,N', "broken quoting: a quote that opens in this row is never closed"),
        ("1,P\0,F,11/02/2004,conv,Y,N", "holds a NUL character"),
        (",PC 211,F,11/02/2004,conv,Y,N", "no key: `nr` is empty"),
        (" UNK ,PC 211,F,11/02/2004,conv,Y,N", "no key: `nr` is empty"),
        (",PC 211,F,11/02/2004,,Y,N", "no key: `nr` is empty"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_or_has_no_key_could_be_anybodys(
    tmp_path: Path, line: str, reason: str
) -> None:
    with audited(put(tmp_path, found=(*FOUND, line))) as made:
        assert not any(whole(made).values()) and of(made).rejected == 1 and made.rejected == 0
        assert rows(made, "log_rejects") == [(1, 6, reason)]
        assert made.findings == 0 and answers(made)["r1"][:2] == ("refer", "missing facts")
        assert all(whole(made, "charge")[key] for key in ("r1", "r2"))  # of the other table nothing is lost  # fmt: skip


def test_a_row_without_a_key_that_the_map_leaves_out_loses_nothing(tmp_path: Path) -> None:
    with audited(put(tmp_path, found=(*FOUND, ",PC 211,F,11/02/2004,dism,Y,N"))) as made:
        assert whole(made)["r1"] and of(made).rejected == 0 and of(made).left_out == 2


@pytest.mark.parametrize("outcome", ["", "UNK", "pending"])
def test_a_row_of_which_the_map_does_not_say_whether_it_counts_leaves_its_own_key_open(
    tmp_path: Path, outcome: str
) -> None:
    line = f"1,PC 211,F,11/02/2004,{outcome},Y,N"
    with audited(put(tmp_path, found=(*FOUND, line))) as made:
        found = whole(made)
        assert not found["r1"] and found["r2"] and found["r4"]
        assert of(made).unsettled == 2 and rows(made, "log_rejects") == []
        assert answers(made)["r1"][:2] == ("refer", "missing facts")


def test_where_only_some_cells_count_one_that_says_nothing_is_open(tmp_path: Path) -> None:
    only = MAP.replace("only: [conv], without: [dism]", "only: [conv]")
    lines = ("1,PC 1,F,,UNK,Y,N", "2,PC 1,F,,conv,Y,N", "3,PC 1,F,,other,Y,N")
    with audited(put(tmp_path, found=lines, map_text=only)) as made:
        found = whole(made)
        assert not found["r1"] and found["r2"] and found["r4"] and of(made).left_out == 1


def test_a_table_of_which_no_row_has_a_key_of_the_log_is_complete_for_nobody(
    tmp_path: Path,
) -> None:
    zeros = tuple(f"000{one}" for one in FOUND)
    with audited(put(tmp_path, found=zeros)) as made:
        assert of(made).met == 0 and not any(whole(made).values()) and made.findings == 0
    with audited(put(tmp_path, found=())) as made:
        assert not any(whole(made).values()) and made.findings == 0


def test_a_row_that_is_left_out_shows_all_the_same_that_keys_meet(tmp_path: Path) -> None:
    with audited(put(tmp_path, found=(FOUND[1],))) as made:
        assert of(made).met == 1 and of(made).rows == 0 and whole(made)["r1"]


def test_a_table_is_not_complete_because_nothing_says_otherwise(tmp_path: Path) -> None:
    silent = MAP.replace("    complete: {column: checked, values: {Y: yes, N: no}}\n", "")
    with audited(put(tmp_path, map_text=silent.replace("checked", "chekd"))) as made:
        assert "conviction" not in made.facts.log.source.subjects.columns
        assert {said[0] for said in answers(made).values()} == {"refer"}
    log = tuple(one.replace(",T,Y,Y", ",T,Y,perhaps") for one in PEOPLE)
    with audited(put(tmp_path, log)) as made:
        known = {one.path: (one.rows, one.unmapped) for one in made.facts.known}
        assert known["conviction"] == (2, 6) and of(made).complete == 1


def test_a_cell_that_is_not_understood_is_unknown_and_its_row_stays(tmp_path: Path) -> None:
    lines = ("1,PC 602,Q,2020-01-01,conv,,", "2,,X,,conv,Y,N")
    with audited(put(tmp_path, found=lines)) as made:
        assert rows(made, "log_table_conviction", "key, offense, level, convicted_on") == [
            (0, "PC 602", None, None), (1, None, None, None), (2, None, None, None),
        ]  # fmt: skip
        known = {one.path: (one.rows, one.unmapped) for one in of(made).known}
        assert known["conviction.level"] == (0, 1)  # X says nothing; Q is not understood
        assert known["conviction.convicted_on"] == (0, 1) and known["conviction.offense"] == (1, 0)
    strict = MAP.replace("X: unknown}}", "X: unknown}, unmapped: error}")
    with pytest.raises(InputError) as caught, audited(put(tmp_path, found=lines, map_text=strict)):
        pass
    assert "convictions.csv, row 2: the cell of column `class` is not mapped to `conviction.level`" in str(caught.value)  # fmt: skip


def test_a_file_may_be_gzipped_or_parquet_and_of_another_encoding(tmp_path: Path) -> None:
    with audited(put(tmp_path)) as made:
        wanted, joined = answers(made), rows(made, "log_table_conviction")
    text = csv_text(LIST, FOUND)
    (tmp_path / "convictions.csv.gz").write_bytes(gzip.compress(text.replace(",", ";").encode("utf-16")))  # fmt: skip
    how = "files: {convictions.csv.gz: {encoding: utf-16}}\n"
    log = put(tmp_path, map_text=how + MAP.replace("convictions.csv", "convictions.csv.gz"))
    with audited(log) as made:
        assert (answers(made), rows(made, "log_table_conviction")) == (wanted, joined)
    columns: dict[str, list[Any]] = {
        name: [row[name] or None for row in csv.DictReader(text.splitlines())]
        for name in LIST.split(",")
    }
    columns["nr"] = [int(one) for one in columns["nr"]]
    columns["day"] = [date(int(d[6:]), int(d[:2]), int(d[3:5])) for d in columns["day"]]
    parquet.write_table(pa.table(columns), tmp_path / "c.parquet")
    log = put(tmp_path, map_text=MAP.replace("convictions.csv", "c.parquet"))
    with audited(log) as made:
        assert (answers(made), rows(made, "log_table_conviction")) == (wanted, joined)
        assert "c.parquet" in made.log_map.sha256 and len(of(made).sha256) == 64


def test_names_of_the_logs_columns_are_not_those_of_a_table(tmp_path: Path) -> None:
    log = put(tmp_path, map_text="columns: {person: [booking]}\n" + MAP)
    log.write_text(log.read_text().replace("id,person", "id,booking"), encoding="utf-8")
    with audited(log) as made:
        assert of(made, "charge").rows == 1 and whole(made)["r1"]


def test_a_table_may_have_no_columns_and_its_rows_still_count(tmp_path: Path) -> None:
    start, end = MAP.index("    columns:\n      offense"), MAP.index("    complete: {column")
    bare = MAP[:start] + "    columns: {}\n" + MAP[end:]
    with audited(put(tmp_path, map_text=bare)) as made:
        assert rows(made, "log_table_conviction") == [(1,), (2,)]
        found = {key: said[0] for key, said in answers(made).items()}
    assert found["r1"] == "deny" and found["r2"] == "refer"


def test_a_flag_that_the_laws_list_contradicts_is_told_with_the_row_of_the_log(
    tmp_path: Path,
) -> None:
    wrong = tuple(one.replace("conv,Y,N", "conv,N,N") for one in FOUND)
    with pytest.raises(InputError) as caught, audited(put(tmp_path, found=wrong)):
        pass
    told = str(caught.value)
    assert "`conviction` of log.csv, row " in told and "is stated as no" in told


# -- one by one -----------------------------------------------------------------------------------

KEYS = (*map(str, range(1, 19)), "", "UNK")
SAID = {"Y": True, "N": False}


def rolled(dice: Rolled) -> tuple[list[str], list[str], dict[str, list[Any]]]:
    """A log, a list of convictions and charges, made up."""
    log, found = [], []
    for n in range(60):
        asked = date(2025, 3, 3) + timedelta(dice.pick((0, 1, 200)))
        log.append(
            f"r{n},{dice.pick(KEYS)},{asked + timedelta(9)},{asked},{dice.pick('TN')},"
            f"{dice.pick('YN')},{dice.pick(('Y', 'Y', 'Y', 'N', '', '?'))}"
        )
    for _ in range(14):
        statute = dice.pick(
            ("PC 211", "PC 211", "PC 487(a)", "PC 487(a)", "PC 422(a)", "VC 23153(a)", "PC 602", "")
        )
        day = dice.pick(("03/03/2010", "03/03/2020", "03/04/2010", "01/01/2024", "", "someday"))
        serious = dice.pick(("Y", "")) if statute == "PC 211" else dice.pick(("Y", "N", "N", ""))
        found.append(
            f"{dice.pick((*KEYS[:18], '77'))},{statute},{dice.pick(('F', 'F', 'M', 'X', '', 'q'))},{day},"
            f"{dice.pick(('conv', 'conv', 'conv', 'conv', 'conv', 'dism', '', 'q'))},{serious},{dice.pick(('N', 'N', 'N', 'N', 'N', 'Y', ''))}"
        )
    charges: dict[str, list[Any]] = {"person": [], "held": [], "serious": [], "filed": []}
    for _ in range(8):
        charges["person"].append(dice.pick(KEYS[:18]))
        charges["held"].append(dice.pick((True, False, None)))
        charges["serious"].append(dice.pick((True, False, None)))
        charges["filed"].append(dice.pick((date(2025, 1, 1), None)))
    return log, found, charges


def known(**cells: Any) -> Row:
    return {name: value for name, value in cells.items() if value is not None}


def day_of(text: str) -> date | None:
    return date(int(text[6:]), int(text[:2]), int(text[3:5])) if text[:1].isdigit() else None


def one_by_one(
    log: list[str], found: list[str], charges: dict[str, list[Any]], said: frozenset[str]
) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What `Law.decide_person` says of each row, whose tables are put together in the plainest way."""
    law, answers = read_law(PLACE), {}
    table = [one.split(",") for one in found if len(one.split(",")) == 7]
    nobody = len(table) < len(found) or any(
        key in ("", "UNK") and outcome != "dism" for key, _, _, _, outcome, *_ in table
    )
    people = {line.split(",")[1] for line in log} - {"", "UNK"}
    nobody = nobody or not any(row[0] in people for row in table)
    charged = any(key in people for key in charges["person"])
    for line in log:
        id, key, on, asked, paper, _, checked = line.split(",")
        mine = [row for row in table if row[0] == key and key not in ("", "UNK")]
        convictions = tuple(
            known(
                offense=statute or None,
                level={"F": "felony", "M": "misdemeanor"}.get(class_),
                convicted_on=day_of(day),
                serious_felony=SAID.get(serious), state_prison_felony=SAID.get(serious),
                violent_felony=False if serious == "N" else None,
                reduced_by_prop_47=SAID.get(reduced), federal_aggravated_felony=False,
            )
            for _, statute, class_, day, outcome, serious, reduced in mine if outcome == "conv"
        )  # fmt: skip
        theirs = tuple(
            known(held_to_answer=held, serious_felony=serious, filed_on=filed,
                  violent_felony=False, state_prison_felony=False, reduced_by_prop_47=False)
            for person, held, serious, filed in zip(*charges.values(), strict=True)
            if person == key and key not in ("", "UNK")
        )  # fmt: skip
        open_ = nobody or any(row[4] not in ("conv", "dism") for row in mine)
        has_key = key not in ("", "UNK")
        complete = {"conviction"} if checked == "Y" and has_key and not open_ else set()
        complete |= {"charge"} if has_key and charged else set()
        facts = Facts(
            known(
                received_on=date.fromisoformat(asked), requester_kind="immigration authority",
                purpose="immigration enforcement", issued_by_judge=False, current_registrant=False,
                outstanding_federal_felony_warrant=False,
                instrument="transfer request" if paper == "T" else "notification request",
            ),
            {("release_date", "public"): False},
            {"conviction": list(convictions), "charge": list(theirs)},
            frozenset(complete),
        )  # fmt: skip
        sources: dict[str, tuple[Said, ...]] = {path: (Said("requester"),) for path, _ in facts.flat() if re.sub(r"\[\d+\]", "", path) in said}  # fmt: skip
        facts = Facts(facts.values, facts.items, facts.rows, facts.complete, sources)
        request = Request("r", Facts(), ("transfer", "release_date"))
        for one in law.decide_person(
            request, Person(id, facts, frozenset()), as_of=date.fromisoformat(on)
        ):
            missing = {re.sub(r"\[[^]]*\]", "", path.fact) for path in one.missing}
            answers[id, one.item] = (one.verdict, one.basis, one.rules, tuple(sorted(missing)))
    return answers


@pytest.mark.parametrize(
    ("seed", "lost"),
    [("a", ""), ("b", ""), ("c", ""), ("d", ""), ("e", "a row"), ("f", ",PC 211,F,,conv,Y,N"), ("g", ",PC 211,F,,dism,Y,N"), ("h", "strangers"), ("i", "requester")],
)  # fmt: skip
def test_the_answers_are_those_of_each_row_with_its_own_tables(
    tmp_path: Path, seed: str, lost: str
) -> None:
    log, found, charges = rolled(Rolled(f"tables {seed}"))
    map_text, said = MAP, frozenset[str]()
    if lost == "strangers":
        found = [f"0{one}" for one in found]
    elif lost == "requester":
        said = frozenset({"conviction.level", "conviction"})
        map_text = MAP.replace("X: unknown}}", "X: unknown}, source: requester}")
        map_text = map_text.replace("{Y: yes, N: no}}\n  charge", "{Y: yes, N: no}, source: requester}\n  charge")  # fmt: skip
        assert map_text.count("source: requester") == 2
    elif lost:
        found.insert(3, lost)
    expected = one_by_one(log, found, charges, said)
    with audited(put(tmp_path, log, found, map_text, charges)) as made:
        got = {(id, item): said for item in ("transfer", "release_date") for id, said in answers(made, item).items()}  # fmt: skip
    assert {k: (got.get(k), v) for k, v in expected.items() if got.get(k) != v} == {}
    assert got.keys() == expected.keys()
    if not lost or lost == "requester":
        verdicts = {verdict for verdict, *_ in got.values()}
        assert verdicts == {"grant", "deny", "refer"} or lost
        assert any(basis == "unconfirmed" for _, basis, *_ in got.values()) is bool(lost)


# -- other databases, and more than memory holds --------------------------------------------------


def same(tmp_path: Path, there: Any) -> None:
    log, found, charges = rolled(Rolled("tables elsewhere"))
    path = put(tmp_path, log, found, MAP, charges)
    with audited(path) as here, audited(path, there) as other:
        for item in ("transfer", "release_date"):
            assert answers(here, item) == answers(other, item)
        assert {said[0] for said in answers(other).values()} == {"grant", "deny", "refer"}


def test_postgresql_decides_with_tables_as_duckdb_does(tmp_path: Path, server: Any) -> None:
    server.run("GRANT TEMPORARY ON DATABASE jail TO clerk")
    with elsewhere(server.address()) as there:
        same(tmp_path, there)


def test_spark_gets_the_rows_of_tables_as_they_are(tmp_path: Path, spark: OnSpark) -> None:
    log, found, charges = rolled(Rolled("tables elsewhere"))
    with audited(put(tmp_path, log, found, MAP, charges)) as made:
        moved: list[str] = []
        for table, relation in made.facts.log.source.tables.items():
            sent = send(made.engine, spark, relation, set(), moved)
            names = [*sorted(sent.columns), "key"]
            there = spark.rows(f"SELECT {', '.join(names)} FROM {sent.name[0]}")
            here = rows(made, f"log_table_{table}", ", ".join(names))
            assert sorted(map(repr, there)) == sorted(map(repr, here)) and len(here) > 5
        spark.drop(*moved)
        assert moved == ["log_table_conviction", "log_table_charge"]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_spark_decides_with_tables_as_duckdb_does(tmp_path: Path, spark: OnSpark) -> None:
    with audited(put(tmp_path)) as here, audited(tmp_path / "log.csv", spark) as other:
        assert answers(here) == answers(other)
        assert {said[0] for said in answers(other).values()} == {"grant", "deny", "refer"}


def test_a_table_larger_than_memory_is_joined_all_the_same(tmp_path: Path) -> None:
    """80 MB of text in 100 MB, beside what is made of it."""
    many = 160_000
    log = [f"r{n},{n},2025-03-01,2025-02-20,T,Y,Y" for n in range(many)]
    statute = f"PC 211 {'x' * 480}"
    found = [f"{n},{'PC 211' if n % 4 == 0 else statute},F,11/02/2004,{'conv' if n % 2 == 0 else 'dism'},Y,N" for n in range(many)]  # fmt: skip
    path = put(tmp_path, log, found)
    with audited(path, memory="100MB") as made:
        one, (item, *_) = of(made), [one for one in made.totals.items if one.label == "transfer"]
        assert (one.rows, one.left_out, one.complete) == (many // 2, many // 2, many)
        assert (item.deny, item.grant) == (many // 2, many // 2)


# -- maps that do not fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  conviction:\n", "  convictions:\n", "map.yaml:18:3: unknown table `convictions`\n   |\n18 |   convictions:\n   |   ^^^^^^^^^^^\nhelp: did you mean `conviction`?"),
        ("      level: {", "      lvl: {", "unknown column `lvl`"),
        ("M: misdemeanor", "M: minor", "`minor` is no value of `level`"),
        ("file: convictions.csv", "file: conviction.csv", "there is no file `conviction.csv`"),
        ("table: nr}", "table: number}", "`convictions.csv` has no column `number`"),
        ("join: {log: person, table: nr}", "join: {log: person}", "`table` is missing"),
        ("    join: {log: person, table: nr}\n", "", "`join` is missing"),
        ("join: {log: person, table: nr}", "join: no", "`join` is yes or no, not a mapping"),
        ("column: outcome,", "column: outcom,", "help: did you mean `outcome`?"),
        ("offense: statute", "offense: statut", "help: did you mean `statute`?"),
        ('format: "%m/%d/%Y"', "values: {a: b}", "a date is read by its format alone"),
        ("complete: {column: checked, values: {Y: yes, N: no}}", "complete: {column: checked, values: {Y: sure}}", "`sure` is not yes or no"),
        ("    file: charges.parquet\n", "    file: map.yaml\n", "`map.yaml` has no column"),
        ("    file: charges.parquet\n", "    file: rows.jsonl\n", "`rows.jsonl` is neither CSV nor Parquet"),
        ("    file: charges.parquet\n", "    file: cut.parquet\n", "not a whole Parquet file"),
        ("    file: charges.parquet\n", "    file: empty.csv\n", "the file is empty"),
        ("    file: charges.parquet\n", "    file: twice.csv\n", "`twice.csv` has the column `person` twice"),
        ("  charge:\n", "  conviction:\n", "`conviction` stands twice"),
        ("    complete: yes\n", "    komplete: yes\n", "unknown field `komplete`"),
    ],
)  # fmt: skip
def test_a_table_that_does_not_fit_says_where_and_what_to_do(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    put(tmp_path)
    for name, data in (("rows.jsonl", b"{}\n"), ("cut.parquet", b"PAR1abcd"), ("empty.csv", b"")):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "twice.csv").write_text("person,person,held,serious,filed\n")
    assert MAP.count(old) == 1
    (tmp_path / "map.yaml").write_text(MAP.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_log_map(tmp_path / "map.yaml", read_law(PLACE).book.vocabulary)
    assert told in str(caught.value) and "help: " in str(caught.value)
    assert re.search(r"map\.yaml:\d+:\d+: ", str(caught.value))


def test_a_column_of_the_log_that_is_not_there_is_told(tmp_path: Path) -> None:
    log = put(tmp_path, map_text=MAP.replace("{log: person, table: nr}", "{log: persn, table: nr}"))
    with pytest.raises(InputError) as caught, audited(log):
        pass
    assert "there is no column `persn`" in str(caught.value)
    assert "did you mean `person`?" in str(caught.value)


# -- the command ----------------------------------------------------------------------------------


def command(tmp_path: Path, *more: str) -> tuple[int, str, Path]:
    examples, out = ROOT / "examples", tmp_path / "out"
    log_map = tmp_path / "jail-releases.yaml"
    if not log_map.exists():
        log_map = examples / "maps" / "jail-releases.yaml"
    done = CliRunner().invoke(
        app,
        ["audit", str(examples / "logs" / "releases.csv"), "--map", str(log_map), "--place", PLACE,
         "--out", str(out), *more],
    )  # fmt: skip
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output, out


def decided(out: Path) -> dict[str, tuple[Any, ...]]:
    table = parquet.read_table(out / "decisions.parquet").to_pylist()
    return {one["id"]: (one["verdict"], one["basis"], one["finding"]) for one in table}


def test_the_shipped_example_finds_what_hinges_on_a_convictions_look_back(tmp_path: Path) -> None:
    code, told, out = command(tmp_path)
    found = decided(out)
    waits, forbidden = ("refer", "missing facts", None), ("deny", "forbidden", KINDS[0])
    assert code == 1 and found == {
        "R-01": forbidden,  # nothing on the list
        "R-02": ("grant", "permitted", None),  # a felony, not fifteen years old
        "R-03": forbidden,  # the same conviction of the same person, three months later
        "R-04": ("grant", "permitted", None),  # robbery, however old
        "R-05": ("deny", "forbidden", None),  # and nobody was handed over
        "R-06": waits,  # nobody has looked whether the list is whole
        "R-07": waits,  # an outcome is not there
        "R-08": waits,  # no number
    }
    assert "3 rows of convictions.csv joined, 1 of nobody in the log" in told
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "whether every conviction is there" in page and "convictions.csv" in page
    assert str(ROOT) not in page
    kept = json.loads((out / "habeas.json").read_text())["audit"]
    (table,) = kept["tables"]
    assert (table["rows"], table["ignored"], table["complete"], table["rejected"]) == (3, 1, 5, 0)
    assert kept["map"].keys() == {"jail-releases.yaml", "../logs/convictions.csv"}
    assert table["sha256"] == kept["map"]["../logs/convictions.csv"]


def test_a_broken_row_of_the_example_takes_its_findings_away_and_is_told(tmp_path: Path) -> None:
    examples = ROOT / "examples"
    text = (examples / "logs" / "convictions.csv").read_text(encoding="utf-8")
    (tmp_path / "convictions.csv").write_text(text + "4101,PC 211\n", encoding="utf-8")
    map_text = (examples / "maps" / "jail-releases.yaml").read_text(encoding="utf-8")
    map_text = map_text.replace("../logs/convictions.csv", "convictions.csv")
    (tmp_path / "jail-releases.yaml").write_text(map_text, encoding="utf-8")
    code, told, out = command(tmp_path)
    assert code == 0 and {verdict for verdict, *_ in decided(out).values()} == {"refer"}
    assert "1 row of it rejected: see rejects.csv; `conviction` is complete for nobody" in told
    lines = (out / "rejects.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1:] == ['"convictions.csv",8,"2 cells where the header has 8"'] or lines[1:] == [
        "convictions.csv,8,2 cells where the header has 8"
    ]
    assert "it is taken as complete for nobody" in (out / "report.html").read_text(encoding="utf-8")

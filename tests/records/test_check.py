"""The report of `habeas records check`: nothing of a mapping is passed over in silence."""

import json

from habeas.law.vocabulary import Vocabulary
from habeas.records import check_records
from tests.records.conftest import Folder

FILES = {
    "mapping.yaml": """\
person: {file: people.csv, key: id, repeated: yes}
facts:
  minor: {column: juv, values: {Y: yes, N: no}}
  in_custody: yes
items: {name: [last, first], charges: {file: charges.csv, columns: statute}}
item_facts:
  contact_information: {public: no}
  name: {public: {column: roster, values: {Y: yes}}}
tables:
  charge:
    file: charges.csv
    where: {column: outcome, only: PENDING, without: DISM}
    columns: {offense: statute, level: {column: class, values: {F: felony}}}
    complete: {column: filed, values: {Y: yes, N: no}}
""",
    "people.csv": (
        "id,last,first,juv,roster,filed,weight\n"
        "A,Doe,Jo,Y,Y,Y,1\nA,Doe,Jo,N,Y,Y,1\nB,Roe,,J,,,2\nC,,,X,Y,N,3\nC,,,X,Y,N,3\n"
    ),
    "charges.csv": (
        "id,statute,class,outcome,judge\nA,PC 1,F,PENDING,\nA,PC 2,W,PENDING,\nB,PC 3,F,DISM,\n"
        "C,PC 4,F,,\nZ,PC 5,F,PENDING,\n,PC 6,F,PENDING,\n"
    ),
    "old/bookings.csv": "id\n",
    "notes.md": "not data\n",
}

LINES = """\
3 people

fact          minor                0 %  people.csv: juv
              not mapped: `X` 2, `J` 1
              unknown for 1 person whose rows disagree
fact          in_custody         100 %  always yes
completeness  charge              67 %  people.csv: filed
column        charge.offense     100 %  charges.csv: statute
column        charge.level        50 %  charges.csv: class
              not mapped: `W` 1
item          name                67 %  people.csv: last, first
item          charges            100 %  charges.csv: statute
item fact     name.public         67 %  people.csv: roster
item fact     public of 4 items  100 %  always no
rows of charges.csv that are of nobody here: 2, such as `Z`
rows that are no charge: `DISM` 1
rows of which nobody knows whether they are charge: empty 1
columns of people.csv that nothing uses: weight
columns of charges.csv that nothing uses: judge
files that nothing reads: old/bookings.csv

what the records do not answer, by who can:"""


def test_the_report_reads_as_it_does(folder: Folder, vocabulary: Vocabulary) -> None:
    lines = check_records(folder(FILES), None, vocabulary).lines()
    head = lines[: lines.index("what the records do not answer, by who can:") + 1]
    assert "\n".join(head) == LINES
    assert [line.partition(":")[0] for line in lines[len(head) :]] == [
        "  records",
        "  officer",
        "  counsel",
        "  court",
        "  requester",
        "  law",
    ]
    assert lines[-2] == "  requester: outstanding_federal_felony_warrant"
    assert "conviction.level" not in "\n".join(lines)


def test_the_report_as_json(folder: Folder, vocabulary: Vocabulary) -> None:
    got = json.loads(json.dumps(check_records(folder(FILES), None, vocabulary).to_json()))
    assert got["people"] == 3
    assert got["clean"] is False
    assert got["mapped"][0] == {
        "path": "minor",
        "kind": "fact",
        "source": "people.csv: juv",
        "total": 3,
        "filled": 0,
        "unmapped": 3,
        "unmapped_cells": {"X": 2, "J": 1},
        "disagree": 1,
    }
    assert got["orphans"] == [
        {"file": "charges.csv", "key": "id", "rows": 2, "blank": 1, "keys": ["Z"]}
    ]
    assert got["left_out"] == {"charge": {"DISM": 1}}
    assert got["unsettled"] == {"charge": {"": 1}}
    assert got["unused_columns"] == {"people.csv": ["weight"], "charges.csv": ["judge"]}
    assert got["unread_files"] == ["old/bookings.csv"]


def test_everything_is_answered_or_told_to_be_open(folder: Folder, vocabulary: Vocabulary) -> None:
    report = check_records(folder(FILES), None, vocabulary)
    answered = {one.path for one in report.notes.filled if one.kind != "item"}
    told = {path for paths in report.unanswered.values() for path in paths}
    assert not answered & told
    person = {name for name, fact in vocabulary.facts.items() if fact.scope == "person"}
    charge = {f"charge.{column}" for column in vocabulary.tables["charge"]}
    public = {
        f"{item}.{fact}"
        for item, word in vocabulary.items.items()
        for fact in ("public", "ordered")
        if word.kind != "act"
    }
    # A table that nothing maps is told once, not column by column.
    assert answered | told == person | charge | {"charge", "conviction"} | public
    assert "charge.violent_felony" in report.unanswered["law"]


def test_records_of_which_all_is_understood_are_clean(
    folder: Folder, vocabulary: Vocabulary
) -> None:
    jail = folder(
        {
            "mapping.yaml": "person: {file: p.csv, key: id}\nfacts: {minor: juv}\n",
            "p.csv": "id,juv\nA,yes\nB,\n",
        }
    )
    assert check_records(jail, None, vocabulary).clean
    (jail / "p.csv").write_text("id,juv\nA,yes\nB,Y\n")
    assert not check_records(jail, None, vocabulary).clean


def test_a_share_is_all_or_nothing_only_where_it_is(folder: Folder, vocabulary: Vocabulary) -> None:
    rows = "".join(f"{number},{'yes' if number else ''}\n" for number in range(1000))
    files = {
        "mapping.yaml": "person: {file: p.csv, key: id}\nfacts: {minor: juv}\n",
        "p.csv": f"id,juv\n{rows}",
    }
    jail = folder(files)
    assert any(" 99 % " in line for line in check_records(jail, None, vocabulary).lines())

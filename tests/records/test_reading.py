"""Records through a mapping: what becomes a fact, what stays unknown, whose each row is."""

import gc
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import InputError
from habeas.law.facts import Facts
from habeas.law.vocabulary import Vocabulary
from habeas.records import Person, Records, read_records
from habeas.records.answers import _Days
from tests.records.conftest import Folder, Read

PERSON = "person: {file: people.csv, key: id}\n"
MINOR = PERSON + "facts: {minor: {column: juv, values: {Y: yes, N: no, U: unknown}}}\n"


def minors(records: Records) -> list[bool | None]:
    return [person.facts.values.get("minor") for person in records.people()]  # type: ignore[misc]


def notes(records: Records, path: str) -> tuple[int, int, dict[str, int], int]:
    [one] = [one for one in records.notes.filled if one.path == path]
    return one.total, one.filled, dict(one.unmapped), one.disagree


def test_people_come_in_the_files_order_and_are_found_by_id(read: Read) -> None:
    records = read(MINOR, people="id,juv\n B ,Y\n007,N\nA,\n")
    assert records.ids() == ("B", "007", "A")
    assert records.count == 3
    assert [person.id for person in records.people()] == ["B", "007", "A"]
    assert records.get("007") == Person("007", Facts({"minor": False}), frozenset())
    assert records.get("7") is None


def test_what_the_records_say_has_no_other_source(read: Read) -> None:
    records = read(MINOR, people="id,juv\nA,Y\n")
    [person] = records.people()
    assert person.facts.sources == {}
    assert person.facts.said_by("minor")[0].by == "records"


def test_empty_cells_null_markers_and_what_no_value_map_knows_are_unknown(read: Read) -> None:
    records = read(
        MINOR + "unknown: [N/A]\n", people="id,juv\nA,Y\nB,\nC,N/A\nD,U\nE,y\nF, N \nG,y\nH,yes\n"
    )
    assert minors(records) == [True, None, None, None, None, False, None, None]
    assert notes(records, "minor") == (8, 2, {"y": 2, "yes": 1}, 0)


def test_blanks_round_a_cell_are_no_part_of_it_in_the_mapping_either(read: Read) -> None:
    mapping = PERSON + 'facts: {minor: {column: juv, values: {" Y ": yes, N: no}}}\n'
    assert minors(read(mapping, people="id,juv\nA,Y\nB, Y\nC,N \n")) == [True, True, False]


def test_a_column_may_have_null_markers_of_its_own(read: Read) -> None:
    mapping = (
        PERSON + "unknown: [N/A]\nfacts: {booked_on: {column: b, unknown: '1900-01-01'}, "
        "release_on: b2}\n"
    )
    records = read(mapping, people="id,b,b2\nA,1900-01-01,1900-01-01\nB,N/A,N/A\n")
    assert [person.facts.values for person in records.people()] == [
        {"release_on": date(1900, 1, 1)},
        {},
    ]


def test_without_a_value_map_cells_are_read_as_the_facts_type_asks(read: Read) -> None:
    records = read(PERSON + "facts: {minor: juv}\n", people="id,juv\nA,yes\nB,FALSE\nC,Y\nD,1\n")
    assert minors(records) == [True, False, None, None]
    assert notes(records, "minor")[2] == {"Y": 1, "1": 1}


def test_constants_are_of_everybody(read: Read) -> None:
    records = read(
        PERSON + "facts: {in_custody: no, booked_on: {constant: 2025-07-01}}\n"
        "item_facts: {release_date: {public: yes}}\n"
        "tables: {conviction: {columns: {level: {constant: felony}}, complete: yes}}\n",
        people="id\nA\nB\n",
    )
    for person in records.people():
        assert person.facts.values == {"in_custody": False, "booked_on": date(2025, 7, 1)}
        assert person.facts.items == {("release_date", "public"): True}
        assert person.facts.rows == {"conviction": [{"level": "felony"}]}
        assert person.facts.complete == {"conviction"}


def test_dates_are_read_in_the_first_format_that_fits(read: Read) -> None:
    records = read(
        PERSON + 'dates: ["%d.%m.%Y", "%m/%d/%y"]\n'
        "facts:\n"
        "  booked_on: {column: b, format: '%Y-%m-%d %H:%M:%S'}\n"
        "  release_on: r\n",
        people="id,b,r\nA,2025-07-01 23:59:00,1.8.2025\nB,,02/28/24\n",
    )
    assert [person.facts.values for person in records.people()] == [
        {"booked_on": date(2025, 7, 1), "release_on": date(2025, 8, 1)},
        {"release_on": date(2024, 2, 28)},
    ]


def test_facts_come_from_other_files_by_the_persons_key(read: Read) -> None:
    records = read(
        PERSON + "facts: {minor: {file: b.csv, key: who, column: juv}}\n",
        people="id\nA\nB\nC\n",
        b="who,juv\nC,yes\nA,no\nZ,yes\n",
    )
    assert minors(records) == [False, None, True]
    [orphans] = records.notes.orphans
    assert (orphans.file, orphans.key) == ("b.csv", "who")
    assert (orphans.rows, orphans.blank, orphans.samples) == (1, 0, ("Z",))


def test_rows_that_answer_one_fact_must_agree(read: Read) -> None:
    mapping = MINOR.replace("key: id", "key: id, repeated: yes")
    people = "id,juv\nA,Y\nA,Y\nB,Y\nB,N\nC,\nC,N\nD,Y\nD,odd\nE,U\nE,Y\nF,odd\nF,odd\nG,N\nG,N\n"
    records = read(mapping, people=people)
    # One that says nothing agrees with any; one that nobody understands with none.
    assert minors(records) == [True, None, False, None, True, None, False]
    assert notes(records, "minor") == (7, 4, {"odd": 3}, 2)


def test_where_a_person_has_rows_in_another_file_they_must_agree_too(read: Read) -> None:
    records = read(
        PERSON + "facts: {minor: {file: b.csv, column: juv}}\n",
        people="id\nA\nB\n",
        b="id,juv\nA,yes\nA,no\nB,yes\n",
    )
    assert minors(records) == [None, True]


TABLE = (
    PERSON + "tables:\n"
    "  conviction:\n"
    "    file: c.csv\n"
    "    columns: {offense: statute, level: {column: class, values: {F: felony, M: misdemeanor}},"
    " convicted_on: {column: on, format: '%Y%m%d'}}\n"
    "    complete: {column: run, values: {Y: yes, N: no}}\n"
)


def test_rows_of_a_table_go_to_their_person_in_the_files_order(read: Read) -> None:
    records = read(
        TABLE,
        people="id,run\nA,Y\nB,N\nC,\nD,Y\n",
        c="id,statute,class,on\nB,PC 1,F,20200102\nA,PC 2,M,\nB,PC 3,X,\n,PC 4,F,\nZ,PC 5,F,\n",
    )
    facts = [person.facts for person in records.people()]
    assert [one.rows for one in facts] == [
        {"conviction": [{"offense": "PC 2", "level": "misdemeanor"}]},
        {
            "conviction": [
                {"offense": "PC 1", "level": "felony", "convicted_on": date(2020, 1, 2)},
                {"offense": "PC 3"},
            ]
        },
        {},
        {},
    ]
    assert [one.complete for one in facts] == [{"conviction"}, set(), set(), {"conviction"}]
    assert facts[1].get("conviction[2].offense") == "PC 3"
    # Shares are of the rows that are somebody's.
    assert notes(records, "conviction.level") == (3, 2, {"X": 1}, 0)
    [orphans] = records.notes.orphans
    assert (orphans.rows, orphans.blank, orphans.samples) == (2, 1, ("Z",))


@pytest.mark.parametrize(
    ("where", "kept", "unsure"),
    [
        ("only: [CONV]", ["1"], {"B"}),
        ("without: [DISM]", ["1", "3"], {"B"}),
        ("only: CONV, without: DISM", ["1"], {"A", "B"}),
    ],
)
def test_rows_that_nobody_can_settle_make_the_table_incomplete(
    read: Read, where: str, kept: list[str], unsure: set[str]
) -> None:
    mapping = TABLE.replace("    columns", f"    where: {{column: outcome, {where}}}\n    columns")
    records = read(
        mapping,
        people="id,run\nA,Y\nB,Y\nC,Y\n",
        c=(
            "id,statute,class,on,outcome\nA,1,F,,CONV\nA,2,F,,DISM\nA,3,F,,CONVCTD\n"
            "B,4,F,,\nC,5,F,,DISM\n"
        ),
    )
    people = list(records.people())
    got = [row["offense"] for person in people for row in person.facts.rows.get("conviction", ())]
    assert got == kept
    assert {person.id for person in people if not person.facts.complete} == unsure
    out = records.notes.left_out["conviction"] + records.notes.unsettled["conviction"]
    assert out.total() == 5 - len(kept)
    assert records.notes.unsettled["conviction"][""] == 1


def test_only_whether_an_item_has_a_value_is_known(read: Read) -> None:
    records = read(
        PERSON + "unknown: [UNK]\n"
        "items:\n"
        "  name: [last, first]\n"
        "  alias: {columns: aka, unknown: [NONE]}\n"
        "  charges: {file: c.csv, columns: text, where: {column: kind, without: [HOLD]}}\n"
        "  medical: note\n",
        people="id,last,first,aka,note\nA,Doe,,NONE,\nB,UNK,,x,UNK\nC,,Jo,UNK,\n",
        c="id,text,kind\nA,theft,HOLD\nB,theft,REAL\nC,theft,\n",
    )
    has = [person.has for person in records.people()]
    assert has == [{"name"}, {"alias", "charges"}, {"name"}]
    kept = repr(records)
    assert "Doe" not in kept
    assert "theft" not in kept


def test_facts_of_items_come_by_group_and_by_item(read: Read, vocabulary: Vocabulary) -> None:
    records = read(
        PERSON + "item_facts:\n"
        "  photograph: {public: {column: photo, values: {Y: yes}}}\n"
        "  charges: {public: no}\n"
        "  arrest_information: {public: {column: roster, values: {Y: yes, N: no}}}\n",
        people="id,roster,photo\nA,Y,\nB,N,Y\nC,,\n",
    )
    items = [person.facts.items for person in records.people()]
    group = set(vocabulary.expand("arrest_information")) - {"charges"}
    assert items[0] == {("charges", "public"): False} | {(item, "public"): True for item in group}
    assert items[1][("photograph", "public")] is True
    assert items[1][("name", "public")] is False
    assert items[2] == {("charges", "public"): False}
    assert notes(records, "name.public") == (3, 2, {}, 0)


def test_people_share_nothing_that_changes(read: Read) -> None:
    records = read(
        TABLE + "facts: {minor: juv}\nitem_facts: {name: {public: yes}}\n",
        people="id,run,juv\nA,Y,yes\n",
        c="id,statute,class,on\nA,PC 1,F,\n",
    )
    [first] = records.people()
    first.facts.values["minor"] = False
    first.facts.items["name", "public"] = False
    first.facts.rows["conviction"][0]["wobbler"] = True
    first.facts.rows["conviction"].append({})
    [again] = records.people()
    assert again.facts.values == {"minor": True}
    assert again.facts.items == {("name", "public"): True}
    assert again.facts.rows == {"conviction": [{"offense": "PC 1", "level": "felony"}]}


def test_parquet_and_csv_answer_alike(folder: Folder, vocabulary: Vocabulary) -> None:
    jail = folder(
        {
            "mapping.yaml": "person: {file: people.parquet, key: id}\n"
            "facts: {booked_on: b, minor: juv, release_on: r}\nitems: {name: last}\n"
        }
    )
    columns = {
        "id": pa.array([10, 20]),
        "b": pa.array([datetime(2025, 7, 1, 23, 59), None]),
        "juv": pa.array([True, None]),
        "r": pa.array(["2025-08-01", None]),
        "last": pa.array(["Doe", ""]),
    }
    pq.write_table(pa.table(columns), jail / "people.parquet")
    records = read_records(jail, None, vocabulary)
    first, second = records.people()
    assert first == Person(
        "10",
        Facts({"booked_on": date(2025, 7, 1), "minor": True, "release_on": date(2025, 8, 1)}),
        frozenset({"name"}),
    )
    assert second == Person("20", Facts(), frozenset())


def test_a_header_alone_is_a_jail_with_nobody_in_it(read: Read) -> None:
    records = read(TABLE + "items: {name: last}\n", people="id,run,last\n", c="id,statute,class,on")
    assert records.count == 0
    assert list(records.people()) == []


def test_a_mapping_may_stand_elsewhere_and_files_in_folders(
    folder: Folder, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    jail = folder({"2025/people.csv": "id,juv\nA,yes\n"})
    (tmp_path / "map.json").write_text(
        '{"person": {"file": "2025/people.csv", "key": "id"}, "facts": {"minor": "juv"}}'
    )
    assert minors(read_records(jail, tmp_path / "map.json", vocabulary)) == [True]


def test_the_collector_runs_again_after_reading(read: Read) -> None:
    assert gc.isenabled()
    read(MINOR, people="id,juv\nA,Y\n")
    assert gc.isenabled()
    with pytest.raises(InputError):
        read(MINOR, people="")
    assert gc.isenabled()
    gc.disable()
    try:
        read(MINOR, people="id,juv\nA,Y\n")
        assert not gc.isenabled()
    finally:
        gc.enable()


CODES = st.text("abcXYZ012/-", min_size=1, max_size=3)


@given(data=st.data())
def test_a_value_map_round_trips(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary
) -> None:
    """What is written through the inverse of a value map is read back, and nothing else is."""
    levels = vocabulary.tables["conviction"]["level"].words
    codes = data.draw(st.lists(CODES, min_size=len(levels), max_size=len(levels), unique=True))
    strange = data.draw(CODES.filter(lambda code: code not in codes))
    truth = data.draw(st.lists(st.sampled_from([*levels, None, strange]), max_size=8))
    encode = {**dict(zip(levels, codes, strict=True)), None: "", strange: strange}
    jail = tmp_path_factory.mktemp("jail")
    values = ", ".join(f"'{code}': {level}" for level, code in zip(levels, codes, strict=True))
    (jail / "mapping.yaml").write_text(
        "person: {file: p.csv, key: id}\ntables: {conviction: {file: c.csv, columns: "
        f"{{level: {{column: class, values: {{{values}}}}}}}}}}}\n"
    )
    (jail / "p.csv").write_text("id\nA\n")
    rows = "".join(f"A,{encode[one]}\n" for one in truth)
    (jail / "c.csv").write_text(f"id,class\n{rows}")
    records = read_records(jail, None, vocabulary)
    [person] = records.people()
    got = [row.get("level") for row in person.facts.rows.get("conviction", [])]
    assert got == [one if one in levels else None for one in truth]
    [note] = records.notes.filled
    assert note.unmapped == Counter({strange: truth.count(strange)}) - Counter()


FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y %H:%M:%S", "%Y%m%d", "%Y/%m/%d %H:%M", "%d %b %Y")


@given(st.datetimes(min_value=datetime(1000, 1, 1)), st.sampled_from(FORMATS))
def test_a_day_that_is_written_in_a_format_is_read_in_it(stamp: datetime, format: str) -> None:
    assert _Days(format).read(stamp.strftime(format)) == stamp.date()


@given(
    st.text("0123456789-/.: ", max_size=20)
    | st.from_regex(r"\d{1,4}[-/.]?\d{1,2}[-/.]?\d{1,4}( \d{1,2}:\d\d(:\d\d)?)?", fullmatch=True),
    st.sampled_from(FORMATS[1:]),
)
def test_the_fast_way_reads_days_as_strptime_does(text: str, format: str) -> None:
    try:
        expected = datetime.strptime(text, format).date()
    except ValueError:
        expected = None
    assert _Days(format).read(text) == expected


def test_an_iso_day_has_all_of_its_digits() -> None:
    days = _Days("%Y-%m-%d")
    assert days.read("2025-07-01") == date(2025, 7, 1)
    assert days.read("2025-7-1") is None
    assert days.read("2025-02-30") is None

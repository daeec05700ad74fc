"""The synthetic jail: the same everywhere, nobody real, and nothing to be read off a name."""

import csv
import hashlib
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from habeas.errors import InputError
from habeas.law.vocabulary import Vocabulary
from habeas.records import Records, check_records, read_records, write_sample
from habeas.records.sample_jail import COLUMNS, SNAPSHOT
from habeas.records.sample_made import MADE
from habeas.records.sample_names import ORIGINS
from habeas.records.sample_offenses import OFFENSES
from tests.conftest import LAWS

DIGEST = "861c9ced3ed18bb664a5848d425b3de2fe27dadc9c2946bbfaf9ecebad0423a7"
"""Of all files of 50 people of seed 1: no release changes what a seed makes unseen."""


def rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A jail of 20,000."""
    folder = tmp_path_factory.mktemp("sample") / "large"
    write_sample(folder, 20_000, 7)
    return folder


@pytest.fixture(scope="module")
def jail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A jail of 1,200, as the demo has it."""
    folder = tmp_path_factory.mktemp("sample") / "jail"
    write_sample(folder, 1200, 7)
    return folder


@pytest.fixture(scope="module")
def records(jail: Path, vocabulary: Vocabulary) -> Records:
    return read_records(jail, None, vocabulary)


def test_a_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_sample(tmp_path / name, 50, seed)
    assert digest(tmp_path / "a") == digest(tmp_path / "b") == DIGEST
    assert digest(tmp_path / "a") != digest(tmp_path / "c")
    assert names(tmp_path / "a") == sorted([*COLUMNS, "README.md", "mapping.yaml"])


def test_more_people_change_nobody(tmp_path: Path) -> None:
    write_sample(tmp_path / "few", 30, 3)
    write_sample(tmp_path / "many", 60, 3)
    for name in COLUMNS:
        few = (tmp_path / "few" / name).read_text()
        assert (tmp_path / "many" / name).read_text().startswith(few)


def test_there_are_enough_names_of_enough_origins() -> None:
    assert len(ORIGINS) >= 10
    for origin in ORIGINS.values():
        assert len(set(origin.family)) >= 20
        assert len(set(origin.given)) >= 20
    families = [name.upper() for origin in ORIGINS.values() for name in origin.family]
    assert len(set(families)) == len(families), "a family name stands under two origins"


def too_large(observed: Counter[tuple[str, str]]) -> bool:
    """Pearson's chi-square of a table of counts, against what chance exceeds once in 10,000.

    The bound is Wilson and Hilferty's approximation, good to a thousandth for so many degrees.
    """
    left, right = Counter[str](), Counter[str]()
    for (one, other), count in observed.items():
        left[one] += count
        right[other] += count
    total = observed.total()
    statistic = sum(
        (observed[one, other] - expected) ** 2 / expected
        for one, rows in left.items()
        for other, columns in right.items()
        for expected in [rows * columns / total]
    )
    degrees = (len(left) - 1) * (len(right) - 1)
    share = 2 / (9 * degrees)
    return bool(statistic > degrees * (1 - share + 3.719 * share**0.5) ** 3)


FAMILY = {name.upper(): origin for origin, names in ORIGINS.items() for name in names.family}
TELLING = ["citizen", "birthplace", "imm_status", "registrant", "med_flag"]


@pytest.mark.parametrize("column", TELLING)
def test_what_a_name_sounds_like_tells_nothing(large: Path, column: str) -> None:
    people = rows(large / "people.csv")
    assert len({FAMILY[row["last"].upper()] for row in people}) == len(ORIGINS)
    assert not too_large(Counter((FAMILY[row["last"].upper()], row[column]) for row in people))


@pytest.mark.parametrize("column", ["holds", "roster", "history_run", "custody"])
def test_a_name_tells_nothing_of_a_booking_either(large: Path, column: str) -> None:
    family = {row["person_no"]: row["last"].upper() for row in rows(large / "people.csv")}
    bookings = rows(large / "bookings.csv")
    assert not too_large(Counter((FAMILY[family[b["person_no"]]], b[column]) for b in bookings))


def test_given_names_tell_nothing_of_citizenship(large: Path) -> None:
    """By the given name itself: it may be common in several origins."""
    people = rows(large / "people.csv")
    common = {name for name, count in Counter(row["first"] for row in people).items() if count > 59}
    citizens = {"UNITED STATES", "USA", "US"}
    table = Counter(
        (row["first"], str(row["citizen"] in citizens)) for row in people if row["first"] in common
    )
    assert len(common) > 20
    assert not too_large(table)


def test_the_test_of_independence_can_fail(large: Path) -> None:
    people = rows(large / "people.csv")
    # One in five people of one origin gets another citizenship: one in eighty of all.
    for number, row in enumerate(people):
        if FAMILY[row["last"].upper()] == "spanish" and number % 5 == 0:
            row["citizen"] = "MEXICO"
    assert too_large(Counter((FAMILY[row["last"].upper()], row["citizen"]) for row in people))


def test_nobody_is_real(large: Path) -> None:
    page = (large / "README.md").read_text()
    assert "**Nobody here is real.**" in page
    for row in rows(large / "people.csv"):
        assert re.fullmatch(r"(\(555\) 555-01\d\d)?", row["phone"])
        assert re.fullmatch(r"(SYN-\d{7})?", row["ident_no"])
        assert row["city"] == "Harbor City"


def test_dates_are_in_an_order_that_can_be(jail: Path) -> None:
    born = {row["person_no"]: date.fromisoformat(row["dob"]) for row in rows(jail / "people.csv")}
    assert all(day < SNAPSHOT for day in born.values())
    for row in rows(jail / "convictions.csv", "|"):
        if row["person_no"] in born and row["convicted"] != "00000000":
            convicted = date.fromisoformat(row["convicted"])
            assert (convicted - born[row["person_no"]]).days >= 18 * 365
            assert row["released"] == "00000000" or row["released"] >= row["convicted"]


def test_no_cell_begins_like_a_formula(jail: Path) -> None:
    for name, header in COLUMNS.items():
        for row in rows(jail / name, "|" if "|" in header else ","):
            assert not any(cell[:1] in "=+-@" for cell in row.values() if cell)


def test_the_mapping_fits_and_tells_what_is_odd(jail: Path, vocabulary: Vocabulary) -> None:
    report = check_records(jail, None, vocabulary)
    assert report.people == 1200
    unmapped = {one.path: set(one.unmapped) for one in report.notes.filled if one.unmapped}
    assert unmapped == {"conviction.level": {"W"}}
    assert not any(one.disagree for one in report.notes.filled)
    [orphans] = report.notes.orphans
    assert orphans.samples == ("X000400", "X000800", "X001200")
    assert report.notes.unused == {"charges.csv": ("booking_no",)}
    assert report.notes.unread == ()
    assert set(report.notes.unsettled) == {"charge", "release_date", "release_details"}
    # Every item that is data but one is somewhere.
    mapped = {one.path for one in report.notes.filled if one.kind == "item"}
    assert mapped == {name for name, word in vocabulary.items.items() if word.kind == "data"}


def test_values_are_missing_as_in_real_systems(records: Records) -> None:
    people = list(records.people())[len(MADE) :]
    convictions = [row for p in people for row in p.facts.rows.get("conviction", [])]
    for column in ("level", "convicted_on", "released_on", "incident", "violent_felony"):
        missing = sum(column not in row for row in convictions) / len(convictions)
        assert 0.02 < missing < 0.95, column
    for table in ("charge", "conviction"):
        incomplete = sum(table not in person.facts.complete for person in people) / len(people)
        assert 0.1 < incomplete < 0.4, table
    for name in ("minor", "current_registrant", "release_on"):
        assert any(name not in person.facts.values for person in people), name
    odd = {str(row["offense"]) for row in convictions} - {one.section for one in OFFENSES}
    assert len(odd) > 10
    assert 1 <= sum(person.facts.values.get("minor") is True for person in people) < 40
    public = Counter(person.facts.items.get(("name", "public")) for person in people)
    assert min(public[True], public[False], public[None]) > 20


def test_the_people_made_to_order_are_as_their_stories_say(records: Records) -> None:
    made = dict(zip((one.story for one in MADE), records.people(), strict=False))
    assert len(made) == len(MADE)

    def find(words: str) -> tuple[dict[str, object], list[dict[str, object]], frozenset[str]]:
        [person] = [person for story, person in made.items() if words in story]
        facts = person.facts
        return dict(facts.values), list(map(dict, facts.rows.get("conviction", []))), facts.complete

    for words, released in (("less than seven", 2021), ("more than seven", 2004)):
        _, [row], complete = find(words)
        assert row["offense"] == "PC 211"
        assert row["violent_felony"] is row["serious_felony"] is True
        assert row["released_on"].year == released  # type: ignore[attr-defined]
        assert complete == {"charge", "conviction"}
    assert find("no convictions")[1:] == ([], {"charge", "conviction"})
    assert find("nobody has run")[1:] == ([], {"charge"})
    assert find("Proposition 47")[1][0]["reduced_by_prop_47"] is True
    assert find("could have been a felony")[1][0]["level"] == "misdemeanor"
    assert find("under eighteen")[0]["minor"] is True
    assert find("registry")[0]["current_registrant"] is True
    assert "released_on" not in find("not on record")[1][0]
    three = find("three felonies")[1]
    assert len({row["incident"] for row in three}) == 3
    assert find("family")[1][0]["domestic_violence"] is True
    for person in made.values():
        assert person.facts.values["in_custody"] is True
        assert all("held_to_answer" in row or row["level"] == "misdemeanor"
                   for row in person.facts.rows["charge"])  # fmt: skip


def test_what_the_records_state_of_an_offence_does_not_differ_from_the_laws_list() -> None:
    listed = {(row["offense"], row["flag"]) for row in rows(LAWS / "us-ca" / "offenses.csv")}
    assert ("PC 211", "violent_felony") in listed
    for one in OFFENSES:
        stated = {
            "violent_felony": one.strike and one.strike == "V",
            "serious_felony": one.strike and one.strike in "VS",
            "state_prison_felony": one.prison and one.prison == "Y",
        }
        for flag, value in stated.items():
            assert value is not False or (one.section, flag) not in listed, (one.section, flag)


def test_an_earlier_sample_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    folder = tmp_path / "jail"
    write_sample(folder, 20, 1)
    write_sample(folder, 10, 2)
    assert len(rows(folder / "people.csv")) == 10
    (folder / "notes.txt").write_text("mine")
    before = digest(folder)
    with pytest.raises(InputError) as caught:
        write_sample(folder, 10, 3)
    assert str(caught.value) == (
        f"{folder}: the folder holds other files, such as `notes.txt`\n"
        "help: name a new folder, or an empty one"
    )
    assert digest(folder) == before


def test_records_that_are_no_sample_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("real")
    with pytest.raises(InputError, match="the folder holds records that are no sample"):
        write_sample(tmp_path, 10, 1)
    assert names(tmp_path) == ["people.csv"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="is a file, not a folder"):
        write_sample(tmp_path / "file", 10, 1)
    with pytest.raises(InputError, match="cannot be written"):
        write_sample(tmp_path / "file" / "jail", 10, 1)
    for people in (0, -1, 2_000_001):
        with pytest.raises(InputError, match="from 1 to 2,000,000 can be drawn"):
            write_sample(tmp_path / "jail", people, 1)
    assert names(tmp_path) == ["file"]


def test_one_person_is_a_jail(tmp_path: Path, vocabulary: Vocabulary) -> None:
    write_sample(tmp_path / "jail", 1, 1)
    assert read_records(tmp_path / "jail", None, vocabulary).ids() == ("P000001",)

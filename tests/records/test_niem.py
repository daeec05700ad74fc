"""Mappings made from NIEM's names: what maps by itself, what is left and named, what is refused."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import InputError
from habeas.law.source import Source
from habeas.law.vocabulary import Vocabulary, read_vocabulary
from habeas.records import Records, read_records
from habeas.records.document import compose
from habeas.records.niem import AROUND, TAILS, Name, niem_mapping, niem_table
from habeas.records.targets import Mapping, mapping_of
from tests.conftest import LAWS
from tests.records.conftest import Folder

NUMBER = "BookingAgencyRecordIdentificationID"
PEOPLE = f"{NUMBER},PersonSurName"

WORDS = read_vocabulary(Source.read(LAWS / "vocabulary.md", "laws/vocabulary.md"))

Made = Callable[..., str]
Fitted = Callable[..., Mapping]
Reads = Callable[..., Records]


@pytest.fixture
def made(vocabulary: Vocabulary) -> Made:
    """The mapping for tables: `made(people="a,b", charges="a,c")`, the headers of CSV files."""

    def make(**headers: str) -> str:
        return niem_mapping({f"{k}.csv": v.split(",") for k, v in headers.items()}, vocabulary)

    return make


@pytest.fixture
def fitted(made: Made, vocabulary: Vocabulary) -> Fitted:
    """The same, read back."""
    return lambda **headers: _back(made(**headers), vocabulary)


@pytest.fixture
def read(folder: Folder, vocabulary: Vocabulary, tmp_path: Path) -> Reads:
    """Reads tables through the mapping that their names make, written to a file."""

    def make(change: Callable[[str], str] = str, **tables: str) -> Records:
        headers = {f"{k}.csv": next(csv.reader([v.split("\n")[0]])) for k, v in tables.items()}
        path = tmp_path / "made.yaml"
        path.write_text(change(niem_mapping(headers, vocabulary)), "utf-8")
        return read_records(folder({f"{k}.csv": v for k, v in tables.items()}), path, vocabulary)

    return make


def _back(text: str, vocabulary: Vocabulary) -> Mapping:
    return mapping_of(compose(text, Path("made.yaml"), "mapping"), vocabulary)


def uncommented(text: str) -> str:
    """With every line that is offered taken in."""
    body = text[text.index("person: ") :]
    return re.sub(r"(?m)^( *)# ", r"\1", body)


def says(mapping: Mapping) -> dict[str, str]:
    """What each fact and item comes from."""
    facts = {target.path: f"{target.rows.file}: {target.column}" for target in mapping.facts}
    items = {one.item: f"{one.rows.file}: {', '.join(one.columns)}" for one in mapping.items}
    return {**facts, **items}


# -- end to end -----------------------------------------------------------------------------------

JAIL = {
    "people": f"{NUMBER},nc:PersonGivenName,person_sur_name,PERSONBIRTHDATE,"
    "j:Booking/nc:ActivityDate/nc:DateTime,nc_person_us_citizen_indicator,"
    "j:SupervisionCellIdentification/nc:IdentificationID,IncarcerationProjectedReleaseDate\n"
    "26-01,Rosa,Alder,1990-02-03,2025-07-02T23:50:00,true,C4,2025-09-14\n"
    "26-02,,Birch,,2025-07-11,,,\n"
    "26-03,Min,,1999-12-31,2025-07-15 01:02:03.5,false,D1,\n",
    "charges": "booking_agency_record_identification_id,ChargeDescriptionText,ChargeFilingDate,"
    "ChargeFelonyIndicator,"
    "j:ChargeStatute.j:StatuteCodeSectionIdentification.nc:IdentificationID\n"
    "26-01,Theft,2025-07-03,true,PC 487\n26-01,Trespass,,0,PC 602\n26-03,,,1,\n",
    "convictions": "j:BookingAgencyRecordIdentification,ConvictionActivityDate,"
    "ConvictionOffenseLevelText\n"
    "26-01,2011-05-06,Felony\n26-01,,misdemeanor\n26-02,2019-08-09,odd\n",
}


def test_tables_with_niems_names_need_no_mapping_file(read: Reads) -> None:
    rosa, birch, min_ = read(**JAIL).people()
    assert rosa.id == "26-01"
    assert rosa.facts.values == {"booked_on": date(2025, 7, 2)}
    own = {"name", "date_of_birth", "citizenship", "housing_location", "booking_details"}
    assert rosa.has == own | {"charges", "conviction_history", "release_date"}
    assert birch.facts.values == {"booked_on": date(2025, 7, 11)}
    assert birch.has == {"name", "booking_details", "conviction_history"}
    assert min_.facts.values == {"booked_on": date(2025, 7, 15)}
    # Her charge has neither words nor a section nor a day.
    assert min_.has == own


def test_a_conviction_is_a_row_that_has_its_day_and_no_charge_is_taken_for_pending(
    read: Reads,
) -> None:
    rosa, birch, min_ = read(**JAIL).people()
    assert rosa.facts.rows == {"conviction": [{"convicted_on": date(2011, 5, 6)}]}
    assert birch.facts.rows == {"conviction": [{"convicted_on": date(2019, 8, 9)}]}
    assert min_.facts.rows == {}
    for person in (rosa, birch, min_):
        assert not person.facts.complete
        assert not person.facts.items


def test_what_is_offered_reads_once_somebody_has_taken_it_in(read: Reads) -> None:
    rosa, _, min_ = read(uncommented, **JAIL).people()
    assert rosa.facts.values["release_on"] == date(2025, 9, 14)
    assert rosa.facts.rows["charge"] == [
        {"level": "felony", "offense": "PC 487", "filed_on": date(2025, 7, 3)},
        {"offense": "PC 602"},  # not a felony: that is no misdemeanor yet
    ]
    assert min_.facts.rows["charge"] == [{"level": "felony"}]
    assert rosa.facts.rows["conviction"] == [{"convicted_on": date(2011, 5, 6), "level": "felony"}]
    assert not rosa.facts.complete


OFFERED = [name for name in niem_table() if name.condition]


@pytest.mark.parametrize("name", OFFERED, ids=lambda name: f"{name.target}-{name.element}")
@pytest.mark.parametrize("apart", [False, True], ids=["people", "apart"])
def test_each_name_with_a_condition_is_offered_with_it_and_mapped_only_by_hand(
    made: Made, vocabulary: Vocabulary, name: Name, apart: bool
) -> None:
    column = _spelled(name, 0)
    if apart:
        text, file = made(people=PEOPLE, more=f"{NUMBER},{column}"), "more.csv"
    else:
        text, file = made(people=f"{PEOPLE},{column}"), "people.csv"
    assert name.condition in text

    def found(text: str) -> set[tuple[str, str, str | None]]:
        mapping = _back(text, vocabulary)
        columns = [target for table in mapping.tables for target in table.columns]
        told = {(one.path, one.rows.file, one.column) for one in (*mapping.facts, *columns)}
        items = {(one.item, one.rows.file, one.columns[0]) for one in mapping.items}
        return told | items

    assert (name.target, file, column) in found(uncommented(text)) - found(text)


def test_indicators_are_read_as_xml_writes_them(read: Reads) -> None:
    people = (
        f"{PEOPLE},SupervisionCurrentIndicator\nA,x,true\nB,x,1\nC,x,false\nD,x,0\nE,x,\nF,x,Y\n"
    )
    records = read(uncommented, people=people)
    held = [person.facts.values.get("in_custody") for person in records.people()]
    assert held == [True, True, False, False, None, None]
    assert all("in_custody" not in one.facts.values for one in read(people=people).people())


def test_a_time_in_another_zone_is_refused_and_not_taken_for_a_day_here(read: Reads) -> None:
    for cell in ("2025-07-02T03:00:00Z", "2025-07-02T03:00:00-07:00", "2025-07-02Z", "07/02/2025"):
        with pytest.raises(InputError, match=f"`{re.escape(cell)}` in column"):
            read(people=f"{PEOPLE},BookingActivityDate\nA,x,{cell}\n")


# -- how names are written ------------------------------------------------------------------------


BIRTH = """
PersonBirthDate nc:PersonBirthDate NC:PERSONBIRTHDATE nc_PersonBirthDate nc_person_birth_date
person_birth_date personbirthdate person_birthdate nc:PersonBirthDate/nc:Date PersonBirthDate.Date
PersonBirthDateDate person_birth_date_time nc:Person/nc:PersonBirthDate
nc:Person.nc:PersonBirthDate.nc:DateTime
j:Booking/j:BookingSubject/nc:EntityPerson/nc:PersonBirthDate
"""


@pytest.mark.parametrize("column", BIRTH.split())
def test_a_name_may_have_a_prefix_a_path_another_case_or_underscores(
    fitted: Fitted, column: str
) -> None:
    assert says(fitted(people=f"{NUMBER},{column}"))["date_of_birth"] == f"people.csv: {column}"


@pytest.mark.parametrize(
    "column",
    [
        "j:PersonBirthDate",  # it is of `nc`
        "j_person_birth_date",
        "xPersonBirthDate",
        "PersonBirthDates",
        "PersonBirthDat",
        "Person Birth Date",
        "PersonDateBirth",
        "BirthDate",
        "dob",
        "nc:Victim/nc:PersonBirthDate",  # somebody else's
        "nc:EntityPerson/nc:PersonBirthDate",  # whose?
        "nc:PersonBirthDate/nc:YearDate",
        "nc:PersonBirthDate/",
        "/nc:PersonBirthDate",
        "nc:PersonBirthDate/nc:Date/nc:Date",
    ],
)
def test_nothing_else_is_near_enough(made: Made, fitted: Fitted, column: str) -> None:
    headers = {"people": f"{PEOPLE},{column}"}
    assert "date_of_birth" not in says(fitted(**headers))
    names = made(**headers).partition("Names that are not in the table of NIEM names:")[2]
    assert f"`people.csv`: `{column}`" in names


def test_a_word_that_two_elements_share_may_stand_once(fitted: Fitted) -> None:
    for number in (
        "BookingAgencyRecordIdentificationID",
        "BookingAgencyRecordIdentificationIdentificationID",
        "BookingAgencyRecordIdentification",
        "j:BookingAgencyRecordIdentification/nc:IdentificationID",
        "j:Booking/j:BookingAgencyRecordIdentification/nc:IdentificationID",
    ):
        assert fitted(people=f"{number},PersonSurName").person.key == number
    with pytest.raises(InputError, match="no table of people"):
        fitted(people="BookingAgencyRecordID,PersonSurName")


# -- whose rows -----------------------------------------------------------------------------------


def test_without_a_number_nothing_is_mapped_and_the_error_names_what_would_serve(
    made: Made,
) -> None:
    for headers in (
        {"people": "id,PersonSurName"},
        {"people": NUMBER},
        {"people": "PersonSurName", "charges": f"{NUMBER},ChargeText"},
        {"people": "Booking,Last,First"},
        {},
    ):
        with pytest.raises(InputError) as caught:
            made(**headers)
        [problem] = caught.value.problems
        assert (
            problem.message == "no mapping, and no table of people whose columns have names of NIEM"
        )
        assert problem.help == (
            "write a mapping; or call each person's number `BookingAgencyRecordIdentificationID`, "
            "`BookingDocumentControlIdentificationID`, `SubjectIdentificationID`, "
            "`SupervisionAgencyRecordIdentificationID`, `SubjectCorrectionsIdentificationID`, "
            "`PersonStateFingerprintIdentificationID` or `PersonFBIIdentificationID`, "
            "and name `PersonSurName`"
        )


def test_two_tables_or_two_numbers_that_could_be_the_persons_are_not_chosen_among(
    made: Made,
) -> None:
    with pytest.raises(InputError) as caught:
        made(people=PEOPLE, others=f"{NUMBER},PersonBirthDate")
    assert str(caught.value) == (
        "NIEM names: `people.csv` and `others.csv` could each be the table of people\n"
        "help: write a mapping that says under `person` which of them is"
    )
    for second in ("SubjectIdentificationID", "j:BookingAgencyRecordIdentification"):
        with pytest.raises(InputError) as caught:
            made(people=f"{PEOPLE},{second}")
        assert str(caught.value) == (
            f"people.csv: `{NUMBER}` and `{second}` could each be the person's number\n"
            "help: write a mapping that says under `person` which of them is"
        )


def test_a_states_number_is_the_key_only_where_the_jail_has_none_of_its_own(fitted: Fitted) -> None:
    state = "PersonStateFingerprintIdentificationID"
    both = fitted(people=f"{state},PersonSurName,{NUMBER}")
    assert both.person.key == NUMBER
    assert says(both)["government_identifiers"] == f"people.csv: {state}"
    alone = fitted(people=f"{state},PersonSurName")
    assert alone.person.key == state
    assert not alone.person.repeated
    with pytest.raises(InputError, match="could each be the person's number"):
        fitted(people=f"{state},PersonSurName,PersonFBIIdentificationID")


def test_another_table_is_read_only_by_the_same_number(made: Made, fitted: Fitted) -> None:
    headers = {
        "people": PEOPLE,
        "charges": "SubjectIdentificationID,ChargeText",
        "bail": f"{NUMBER},{NUMBER},BailSetAmount",
    }
    assert set(says(fitted(**headers))) == {"name", "booking_details"}
    assert f"#   `charges.csv`: not read: no column is `{NUMBER}`" in made(**headers)
    assert f"#   `bail.csv`: not read: more than one column is `{NUMBER}`" in made(**headers)


def test_names_in_another_table_may_be_a_visitors(made: Made, fitted: Fitted) -> None:
    headers = {
        "people": f"{NUMBER},PersonBirthDate",
        "visits": f"{NUMBER},VisitationActivityDate,PersonSSNIdentificationID",
    }
    assert says(fitted(**headers)) == {
        "date_of_birth": "people.csv: PersonBirthDate",
        "booking_details": f"people.csv: {NUMBER}",
        "visitors": "visits.csv: VisitationActivityDate",
    }
    assert (
        "#   `visits.csv`: `PersonSSNIdentificationID`: "
        "taken from the table of people alone: it may be another's"
    ) in made(**headers)


# -- what is left ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    ["BookingActivityDate,j:Booking/nc:ActivityDate", "BookingActivityDate,BookingActivityDate"],
)
def test_two_columns_that_say_the_same_are_both_left_and_named(
    made: Made, fitted: Fitted, columns: str
) -> None:
    headers = {"people": f"{PEOPLE},{columns}"}
    assert set(says(fitted(**headers))) == {"name", "booking_details"}
    first, second = columns.split(",")
    assert f"#   `people.csv`: `{first}`, `{second}`: the same name of NIEM" in made(**headers)


def test_two_tables_that_say_the_same_are_both_left_and_named(made: Made, fitted: Fitted) -> None:
    headers = {
        "people": f"{PEOPLE},BookingActivityDate,BailSetAmount",
        "more": f"{NUMBER},booking_activity_date,BailConditionDescriptionText",
        "past": f"{NUMBER},ConvictionActivityDate",
        "older": f"{NUMBER},ConvictionActivityDate",
    }
    mapping, text = fitted(**headers), made(**headers)
    assert set(says(mapping)) == {"name"}
    assert not mapping.tables
    for file, column, target in (
        ("people", "BookingActivityDate", "booked_on"),
        ("more", "booking_activity_date", "booked_on"),
        ("people", "BailSetAmount", "bail"),
        ("more", "BailConditionDescriptionText", "bail"),
        ("past", "ConvictionActivityDate", "conviction"),
        ("older", "ConvictionActivityDate", "conviction"),
    ):
        line = f"#   `{file}.csv`: `{column}`: `{target}` is also said by another table"
        assert line in text


def test_a_table_is_not_put_together_from_two(made: Made, fitted: Fitted) -> None:
    headers = {
        "people": PEOPLE,
        "past": f"{NUMBER},ConvictionActivityDate",
        "older": f"{NUMBER},ConvictionOffenseLevelText",
    }
    assert not fitted(**headers).tables
    assert "`conviction` is also said by another table" in made(**headers)


def test_a_fact_may_come_from_another_table_of_the_same_people(fitted: Fitted) -> None:
    mapping = fitted(people=PEOPLE, bookings=f"{NUMBER},BookingActivityDate")
    [target] = mapping.facts
    assert (target.path, target.rows.file, target.rows.key) == ("booked_on", "bookings.csv", NUMBER)


@pytest.mark.parametrize("beside", ["ChargeText", "PersonSurName", "BailSetAmount"])
def test_convictions_come_only_from_a_table_of_their_own(
    made: Made, fitted: Fitted, beside: str
) -> None:
    headers = {"people": PEOPLE, "past": f"{NUMBER},ConvictionActivityDate"}
    assert [table.table for table in fitted(**headers).tables] == ["conviction"]
    if beside == "PersonSurName":
        headers = {"people": f"{PEOPLE},ConvictionActivityDate"}
    else:
        headers["past"] += f",{beside}"
    assert not fitted(**headers).tables
    assert "rows of `conviction` are taken only from a table that has nothing else" in made(
        **headers
    )


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("BookingDate", "no release of NIEM has this name"),
        ("ReleaseDate", "the day on which information was first given out: no person's release"),
        ("nc:ActivityDate", "it does not say of what"),
        ("PersonJuvenileVerifiedIndicator", "who is a juvenile is not the same everywhere"),
        ("JuvenileOffenderIndicator", "a legal status that may outlast the eighteenth birthday"),
        ("PersonAgeMeasure", "nobody's age is taken for a day of birth or for being a minor"),
        ("PersonRegisteredOffenderIndicator", "whether she must register"),
        ("SupervisionReleaseEligibilityDate", "not the day on which she is"),
        ("PersonForeignBornIndicator", "no place of birth and no citizenship"),
        ("SubjectHeldIndicator", "a cell that says `false` would count as a hold"),
    ],
)
def test_a_name_with_another_meaning_is_left_and_the_mapping_says_why(
    made: Made, fitted: Fitted, column: str, why: str
) -> None:
    headers = {"people": f"{PEOPLE},{column}"}
    assert set(says(fitted(**headers))) == {"name", "booking_details"}
    [line] = [one for one in made(**headers).splitlines() if f"`{column}`:" in one]
    assert why in line
    assert column not in uncommented(made(**headers))


def test_what_the_vocabulary_does_not_have_is_left(vocabulary: Vocabulary) -> None:
    facts = {
        **vocabulary.facts,
        "booked_on": replace(vocabulary.facts["booked_on"], scope="request"),
    }
    items = {word: one for word, one in vocabulary.items.items() if word != "bail"}
    tables = {"charge": vocabulary.tables["charge"]}
    other = replace(vocabulary, facts=facts, items=items, tables=tables)
    text = niem_mapping(
        {
            "people.csv": [NUMBER, "PersonSurName", "BailSetAmount", "BookingActivityDate"],
            "past.csv": [NUMBER, "ConvictionActivityDate"],
        },
        other,
    )
    mapping = _back(text, other)
    assert not mapping.facts and not mapping.tables
    assert "#   `people.csv`: `BailSetAmount`: the vocabulary has no `bail`" in text
    assert "#   `people.csv`: `BookingActivityDate`: the vocabulary has no `booked_on`" in text
    assert (
        "#   `past.csv`: `ConvictionActivityDate`: the vocabulary has no `conviction.convicted_on`"
        in text
    )


def test_nobody_is_a_minor_or_in_custody_or_free_because_of_a_name(fitted: Fitted) -> None:
    columns = {
        _spelled(name, 0) for name in niem_table() if name.target not in ("key", "second key")
    }
    keys = {_spelled(name, 0) for name in niem_table() if name.target in ("key", "second key")}
    mapping = fitted(people=",".join([NUMBER, *sorted(columns - keys)]))
    assert [target.path for target in mapping.facts] == ["booked_on"]
    assert not mapping.item_facts
    assert all(table.complete is None for table in mapping.tables)


def test_what_is_in_a_name_stays_in_its_line(
    made: Made, fitted: Fitted, vocabulary: Vocabulary
) -> None:
    evil = 'x\nitems: {name: [stolen]}\n# "\u2028\x85\x07'
    text = niem_mapping({f"a '{evil}.csv": [NUMBER, "PersonSurName", evil, "", "é #"]}, vocabulary)
    mapping = _back(text, vocabulary)
    assert mapping.person.file == f"a '{evil}.csv"
    assert says(mapping)["name"].endswith(": PersonSurName")
    assert "stolen" not in "".join(use.column for use in mapping.uses())
    assert all(line[:1] in ("#", "", " ", "p", "d", "f", "i") for line in text.splitlines())


@pytest.mark.parametrize("table", ["yes", "No", "null", "~", "0012", "1e3", "a b", "- a", "x: y"])
def test_a_table_may_be_called_anything(table: str, vocabulary: Vocabulary) -> None:
    tables = {"people": [NUMBER, "PersonSurName"], table: [NUMBER, "ChargeText"]}
    assert says(_back(niem_mapping(tables, vocabulary), vocabulary))["charges"] == (
        f"{table}: ChargeText"
    )


def test_the_mapping_says_what_it_was_made_from_and_what_is_looked_at(made: Made) -> None:
    lines = made(people=f"{PEOPLE},PersonCitizenshipText").splitlines()
    assert lines[:3] == [
        "# Made from the names of columns, which are those of NIEM 6.0, 4.2. Nobody has checked it.",
        "# Of an item only whether there is a value is looked at, never what it is.",
        "# Nothing is complete or public because of a name: whoever knows that adds it.",
    ]


# -- the table ------------------------------------------------------------------------------------


def test_every_name_is_written_as_an_element_with_its_namespace_and_says_why() -> None:
    for name in niem_table():
        assert re.fullmatch(r"\w+:[A-Z]\w+(/\w+:[A-Z]\w+)*", name.element), name
        assert re.fullmatch(r"6\.0|4\.2|2\.1|none", name.release), name
        assert name.why and name.kind in TAILS and name.of.rstrip("+") in AROUND, name
        assert not (name.release == "none" and name.target), name
        assert not (name.condition and not name.target), name


def test_every_target_is_a_word_of_the_vocabulary_and_every_value_one_of_its_own(
    vocabulary: Vocabulary,
) -> None:
    for name in niem_table():
        table, _, column = name.target.partition(".")
        if name.target in ("", "key", "second key"):
            continue
        if name.target in vocabulary.items:
            assert vocabulary.items[name.target].kind == "data"
            assert not name.values
            continue
        fact = vocabulary.tables[table][column] if column else vocabulary.facts[table]
        assert fact.scope == ("row" if column else "person"), name
        assert "records" in fact.who and not fact.judgement, name
        assert (fact.type == "date") == (name.kind == "date"), name
        words = {"yes", "no"} if fact.type == "yes/no" else {*fact.words}
        assert {pair.split("=")[1] for pair in name.values.split()} <= words | {"unknown"}
        assert bool(name.values) == (fact.type in ("yes/no", "words")), name


def test_only_two_facts_map_by_themselves() -> None:
    """The others need somebody to say what NIEM does not; see each one's condition."""
    by_itself = {
        name.target: name.element
        for name in niem_table()
        if not name.condition and ("." in name.target or name.target.endswith(("_on", "minor")))
    }
    assert by_itself == {
        "booked_on": "j:Booking/nc:ActivityDate",
        "conviction.convicted_on": "j:Conviction/nc:ActivityDate",
    }


def test_the_names_of_one_path_agree_on_what_it_is() -> None:
    kinds: dict[str, set[tuple[str, str]]] = {}
    for name in niem_table():
        kinds.setdefault(name.path, set()).add((name.kind, name.of))
    assert all(len(one) == 1 for one in kinds.values())


# -- for any tables -------------------------------------------------------------------------------


def _spelled(name: Name, way: int) -> str:
    """A name in one of eight ways; written here anew, not by what the module reads names with."""
    tail = TAILS[name.kind][0] if way & 4 and TAILS[name.kind] else ""
    elements = [*name.element.split("/"), *filter(None, tail.split("/"))]
    bare = [element.split(":")[1] for element in elements]
    for left, right in pairwise([*bare]):
        if left.endswith("Identification") and right == "IdentificationID":
            bare[-1] = "ID"
    match way & 3:
        case 0:
            return "".join(bare)
        case 1:
            return "/".join(elements)
        case 2:
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", "".join(bare)).lower()
        case _:
            return ".".join(elements).upper()


NAMES = st.sampled_from([name for name in niem_table() if name.target not in ("key", "second key")])
COLUMN = st.one_of(
    st.builds(_spelled, NAMES, st.integers(0, 7)),
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12).map(str.strip),
)


def header(*own: str) -> st.SearchStrategy[list[str]]:
    """Columns in any order, these among them."""
    return st.lists(COLUMN, max_size=25).flatmap(lambda more: st.permutations([*own, *more]))


TABLES = st.fixed_dictionaries(
    {"people.csv": header("SubjectIdentificationID", "PersonMiddleName")},
    optional={name: header("subject_identification") for name in ("a.csv", "b/c.parquet", "yes")},
)


@given(tables=TABLES)
def test_any_mapping_reads_back_and_maps_only_columns_that_are_there_once(
    tables: dict[str, list[str]],
) -> None:
    try:
        text = niem_mapping(tables, WORDS)
    except InputError as error:
        assert "could each be" in str(error)
        return
    mapping = _back(text, WORDS)
    for use in mapping.uses():
        assert tables[use.file].count(use.column) == 1
        assert tables[use.file].count(use.key) == 1
    paths = [target.path for target in mapping.facts]
    assert len(paths) == len(set(paths))
    assert not mapping.item_facts
    used = {(use.file, use.column) for use in mapping.uses()}
    for file, columns in tables.items():
        for column in {*columns} - {"", "subject_identification"}:
            shown = "".join(letter if letter.isprintable() else "?" for letter in column)
            assert (file, column) in used or shown in text  # nothing is passed over in silence

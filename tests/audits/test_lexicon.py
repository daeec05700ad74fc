"""Lexicons: what typed reasons come to mean, on DuckDB, and what the shipped one finds in real searches."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from shutil import copytree

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import audits_lexicon
from benchmarks.audits_lexicon import Labelled, labelled, reading
from habeas.audits.lexicon import (
    checked_lexicons,
    joined_sql,
    lexicon_sql,
    lexicons_of,
    read_lexicon,
    reasons_sql,
)
from habeas.decisions.laws import read_laws
from habeas.errors import InputError, LawError, Place
from habeas.law.lexicon import Lexicon, Reason
from habeas.law.source import Source
from tests.conftest import ROOT

HERE = Path(__file__).parent
BASE = ROOT / "tests" / "law" / "base"
WRITE = os.environ.get("HABEAS_WRITE_GOLDENS") == "1"

DATABASE = duckdb.connect(config={"threads": 1})

IMMIGRATION, CRIME = "immigration enforcement", "criminal investigation"


# -- bad lexicons ---------------------------------------------------------------------------------


def law_with(page: str, tmp_path: Path) -> Path:
    """A small folder of law with one lexicon, `reasons`."""
    laws = tmp_path / "laws"
    copytree(BASE, laws)
    (laws / "lexicons").mkdir()
    (laws / "lexicons" / "reasons.md").write_text(page, encoding="utf-8")
    return laws


@pytest.mark.parametrize("case", sorted(p.stem for p in (HERE / "bad-lexicons").glob("*.md")))
def test_a_lexicon_whose_examples_fail_is_refused_with_these_words(
    case: str, tmp_path: Path
) -> None:
    page = (HERE / "bad-lexicons" / f"{case}.md").read_text(encoding="utf-8")
    laws = law_with(page, tmp_path)
    with pytest.raises(LawError) as told:
        read_lexicon("reasons", laws)
    with pytest.raises(LawError) as of_all:
        checked_lexicons(read_laws(laws))
    assert str(of_all.value) == str(told.value)
    text = f"{told.value}\n".replace(f"{laws}/", "laws/")
    golden = HERE / "bad-lexicons" / f"{case}.txt"
    if WRITE:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_a_lexicon_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="there is no lexicon `search-reason`\nhelp: did you mean"):
        read_lexicon("search-reason")


def test_law_without_lexicons_has_none(tmp_path: Path) -> None:
    laws = tmp_path / "laws"
    copytree(BASE, laws)
    assert lexicons_of(read_laws(laws)) == {}


def test_a_decision_s_law_has_the_same_digest_whatever_its_lexicons_say(tmp_path: Path) -> None:
    laws = law_with("# Reasons\n", tmp_path)
    before = read_laws(laws).digest("us-ca")
    (laws / "lexicons" / "reasons.md").write_text("# Other reasons\n", encoding="utf-8")
    assert read_laws(laws).digest("us-ca") == before


# -- what the expressions say ---------------------------------------------------------------------

WORDS = {"purpose": ("p0", "p1", "p2"), "requester_kind": ("k0", "k1")}
TYPED = ("red", "blue", "green", "grey")
PATTERNS = (*(rf"\b{one}\b" for one in TYPED), "red.*blue", r"red\s+blue", "g[re]+", "(?:red|grey)")


def reason(name: str, pattern: str, **facts: str) -> Reason:
    nowhere = Place("reasons.md")
    return Reason(name, pattern, facts, (), (), nowhere, nowhere, nowhere, nowhere)


def lexicon_of(
    reasons: Sequence[Reason], aside: Sequence[Reason] = (), **precedence: str
) -> Lexicon:
    source = Source("reasons.md", "")
    return Lexicon("r", source, tuple(WORDS), tuple(reasons), tuple(aside), precedence, ())


@st.composite
def lexicons(draw: st.DrawFn) -> Lexicon:
    patterns = st.sampled_from(PATTERNS)
    reasons = []
    for number in range(draw(st.integers(1, 6))):
        facts = {f: draw(st.sampled_from((None, *WORDS[f]))) for f in WORDS}
        said = {fact: word for fact, word in facts.items() if word}
        reasons.append(reason(f"r{number}", draw(patterns), **said))
    aside = [reason(f"a{n}", draw(patterns)) for n in range(draw(st.integers(0, 2)))]
    first = draw(
        st.sampled_from(({}, {"purpose": "p0"}, {"purpose": "p1", "requester_kind": "k0"}))
    )
    return lexicon_of(reasons, aside, **first)


FIELD = st.lists(st.sampled_from((*TYPED, "RED", "other")), max_size=4).map(" ".join)
FIELDS = st.lists(FIELD, min_size=1, max_size=3)


def found_by_hand(lexicon: Lexicon, fields: Sequence[str]) -> list[str]:
    """The names of the reasons that are found in one of the fields, with Python's own patterns."""
    patterns = sorted({one.pattern for one in lexicon.aside}, key=lambda p: (-len(p), p))
    if patterns:
        aside = "|".join(f"(?:{one})" for one in patterns)
        fields = [
            piece
            for field in fields
            for piece in re.sub(aside, "\n", field, flags=re.IGNORECASE).split("\n")
        ]
    return [
        one.name
        for one in lexicon.reasons
        if any(re.search(one.pattern, field, re.IGNORECASE) for field in fields)
    ]


def asked(
    lexicon: Lexicon, fields: Sequence[str | None]
) -> tuple[dict[str, str | None], list[str]]:
    """What the expressions say of one text of several fields, and which reasons they find."""
    names = [f"field {n}" for n in range(len(fields))]
    table = pa.table([pa.array([one], pa.string()) for one in fields], names)
    sql = lexicon_sql(lexicon, "text")
    joined = joined_sql([f'"{name}"' for name in names])
    DATABASE.register("given", table)
    [row] = DATABASE.execute(
        f"SELECT {', '.join(sql.values())}, {reasons_sql(lexicon, 'text')} "
        f"FROM (SELECT {joined} AS text FROM given)"
    ).fetchall()
    return dict(zip(sql, row, strict=False)), row[-1]


@given(lexicons(), FIELDS)
def test_the_expressions_say_what_the_definition_says(lexicon: Lexicon, fields: list[str]) -> None:
    found = found_by_hand(lexicon, fields)
    assert asked(lexicon, fields) == (lexicon.meaning(found), found)


@given(lexicons(), FIELDS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_of_fields_does_not_matter(
    lexicon: Lexicon, fields: list[str], dice: Random
) -> None:
    def turned(rows: Sequence[Reason]) -> tuple[Reason, ...]:
        return tuple(dice.sample(list(rows), len(rows)))

    other = replace(lexicon, reasons=turned(lexicon.reasons), aside=turned(lexicon.aside))
    meaning, found = asked(lexicon, fields)
    again, found_again = asked(other, dice.sample(fields, len(fields)))
    assert again == meaning
    assert sorted(found_again) == sorted(found)


@given(lexicons(), FIELDS, FIELD)
def test_more_text_never_turns_a_word_into_another_or_unravels_a_disagreement(
    lexicon: Lexicon, fields: list[str], more: str
) -> None:
    before, found = asked(lexicon, fields)
    after, found_after = asked(lexicon, [*fields, more])
    assert set(found) <= set(found_after)
    for fact, word in before.items():
        first = lexicon.precedence.get(fact)
        said = [one for one in lexicon.reasons if one.name in found and fact in one.facts]
        if word is not None and word == first:
            assert after[fact] == word  # what takes precedence stays
        elif said:
            assert after[fact] in (word, None, first)  # agreement may end, and is not replaced


@given(lexicons(), st.lists(st.booleans(), min_size=6, max_size=6))
def test_a_word_is_said_by_a_reason_that_was_found(lexicon: Lexicon, which: list[bool]) -> None:
    found = [one for one, yes in zip(lexicon.reasons, which, strict=False) if yes]
    for fact, word in lexicon.meaning([one.name for one in found]).items():
        words = {one.facts[fact] for one in found if fact in one.facts}
        assert word is None or word in words
        if word is not None and word != lexicon.precedence.get(fact):
            assert words == {word}
        if word is None:
            assert len(words) != 1


def test_nothing_is_read_across_two_fields() -> None:
    lexicon = lexicon_of(
        [reason("r", r"red\s+blue", purpose="p0"), reason("s", "a.*b", purpose="p1")]
    )
    assert asked(lexicon, ["red blue"])[1] == ["r"]
    assert asked(lexicon, ["a b"])[1] == ["s"]
    assert asked(lexicon, ["red", "blue"])[1] == []
    assert asked(lexicon, ["a", "b"])[1] == []


def test_what_is_set_aside_does_not_bring_its_neighbours_together() -> None:
    lexicon = lexicon_of([reason("r", r"red\s+blue", purpose="p0")], [reason("a", "not green")])
    assert asked(lexicon, ["red not green blue"])[1] == []


def test_of_what_is_set_aside_the_longer_goes_first_whatever_the_order_of_rows() -> None:
    short, long = reason("a", "red"), reason("b", "red green")
    for aside in ((short, long), (long, short)):
        lexicon = lexicon_of([reason("r", "green", purpose="p0")], aside)
        assert asked(lexicon, ["red green"])[1] == []


def test_no_text_says_nothing() -> None:
    lexicon = lexicon_of([reason("r", "red", purpose="p0")])
    nothing = {"purpose": None, "requester_kind": None}
    assert asked(lexicon, [None]) == (nothing, [])
    assert asked(lexicon, [""]) == (nothing, [])
    assert asked(lexicon, [None, "red"])[0]["purpose"] == "p0"
    for one in (
        *lexicon_sql(lexicon, "NULL").values(),
        f"nullif({reasons_sql(lexicon, 'NULL')}, [])",
    ):
        assert DATABASE.sql(f"SELECT {one}").fetchall() == [(None,)]


@pytest.mark.parametrize("typed", ["it's", "a\\b", "100%", '"quoted"', "$1; DROP TABLE given; --"])
def test_a_pattern_and_a_name_are_never_taken_for_sql(typed: str) -> None:
    lexicon = lexicon_of(
        [reason(f"the {typed}", re.escape(typed), purpose="p0")], [reason("o'", "o'")]
    )
    assert asked(lexicon, [f"x {typed} x"]) == (
        {"purpose": "p0", "requester_kind": None},
        [f"the {typed}"],
    )
    assert asked(lexicon, ["x"])[1] == []


# -- the shipped one ------------------------------------------------------------------------------


@cache
def shipped_lexicon() -> Lexicon:
    """Read with its examples tried elsewhere, so that each test fails for its own reason."""
    return lexicons_of(read_laws())[audits_lexicon.NAME]


def shipped(*fields: str) -> dict[str, str | None]:
    [said] = reading(shipped_lexicon(), [fields])
    return said


def test_every_example_of_the_shipped_lexicons_holds() -> None:
    assert set(checked_lexicons(read_laws())) == {audits_lexicon.NAME}
    assert read_lexicon(audits_lexicon.NAME) == shipped_lexicon()


@pytest.mark.parametrize(
    "agency", ["ICE", "HSI", "CBP", "Border Patrol", "FBI", "US Marshals", "DHS", "Secret Service"]
)
def test_the_name_of_an_agency_is_no_purpose(agency: str) -> None:
    assert shipped(agency)["purpose"] is None
    assert shipped(f"assist {agency}")["purpose"] is None


@pytest.mark.parametrize(
    "text",
    [
        "MARSHALL ROBBERY CAR",
        "Marshall Street, blue car",
        "Deadwood Marshals Office",
        "Homeland Heights PD",
        "ICE Logistics",
        "black ice crash",
        "Border Rd at 5th",
        "DHS",
    ],
)
def test_what_only_sounds_federal_is_nobody_who_asks(text: str) -> None:
    assert shipped(text)["requester_kind"] is None
    assert shipped(text)["purpose"] != IMMIGRATION


@pytest.mark.parametrize(
    "text",
    ["not immigration related", "impersonating an immigration officer", "287(g) PC", "I-205"],
)
def test_immigration_is_not_read_where_it_is_denied_or_something_else(text: str) -> None:
    assert shipped(text)["purpose"] != IMMIGRATION


def test_immigration_enforcement_takes_precedence_over_a_crime() -> None:
    assert shipped("stolen vehicle")["purpose"] == CRIME
    assert shipped("stolen vehicle", "", "immigration violation")["purpose"] == IMMIGRATION


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Labelled]:
    assert shared / "data" / "alpr" == audits_lexicon.DATA
    return labelled(shipped_lexicon())


def test_no_real_search_in_california_is_read_as_immigration_enforcement(shared: Path) -> None:
    texts = audits_lexicon.searches()
    said = reading(shipped_lexicon(), texts.values())
    assert len(said) == 54_977
    assert [
        row for row, one in zip(texts, said, strict=True) if one["purpose"] == IMMIGRATION
    ] == []
    assert sum(one["purpose"] == CRIME for one in said) > 20_000


def test_every_row_is_read_that_was_labelled(rows: list[Labelled]) -> None:
    strata = [one.stratum for one in rows]
    assert {one: strata.count(one) for one in strata} == {
        "random": 250,
        "federal": 131,
        "st-louis-park": 59,
    }
    assert all(one.text for one in rows)


@pytest.mark.parametrize("fact", ["purpose", "requester_kind", "instrument"])
def test_the_lexicon_says_nothing_that_a_label_contradicts(rows: list[Labelled], fact: str) -> None:
    said = [one for one in rows if one.said[fact] is not None]
    assert len(said) > (5 if fact == "instrument" else 100)
    assert [one for one in said if one.said[fact] not in one.labels[fact]] == []


def test_the_immigration_searches_that_were_reported_are_found(rows: list[Labelled]) -> None:
    wanted = [one for one in rows if one.labels["purpose"][0] == IMMIGRATION]
    assert {one.stratum for one in wanted} == {"st-louis-park"}  # there are none in California
    assert len(wanted) > 20
    assert [one for one in wanted if one.said["purpose"] != IMMIGRATION] == []

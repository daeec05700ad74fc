"""The vocabulary: what is declared is found again, and what is not declared is not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import LawError
from habeas.law.source import Source
from habeas.law.tokens import is_sql_word
from habeas.law.vocabulary import RESERVED, Vocabulary, read_vocabulary
from tests.conftest import LAWS

BASE = Path(__file__).parent / "base" / "vocabulary.md"
PAGE = BASE.read_text(encoding="utf-8")


def read(text: str) -> Vocabulary:
    return read_vocabulary(Source("vocabulary.md", text))


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return read(PAGE)


def test_every_word_of_the_page_is_there(words: Vocabulary) -> None:
    assert list(words.facts) == [
        *("received_on", "purpose", "instrument", "requester", "requester_place", "copies"),
        *("need_shown", "by_mail", "minor", "booked_on", "release_on", "public", "ordered"),
    ]
    assert {table: list(columns) for table, columns in words.tables.items()} == {
        "conviction": ["level", "offense", "serious", "wobbler", "convicted_on", "incident"],
        "charge": ["offense", "held"],
    }
    assert list(words.items) == ["name", "charges", "release_date", "hold"]
    assert list(words.groups) == ["personal"]
    assert list(words.actors) == ["custodian", "requester"]
    assert list(words.acts) == ["give_copy", "report"]


def test_a_fact_says_all_that_its_row_says(words: Vocabulary) -> None:
    purpose = words.facts["purpose"]
    assert (purpose.scope, purpose.type, purpose.who) == (
        "request",
        "words",
        ("requester", "counsel"),
    )
    assert purpose.words == (
        "immigration enforcement",
        "criminal investigation",
        "public inquiry",
    )
    assert (purpose.place.line, purpose.place.col, purpose.meaning) == (10, 3, "what for")
    by_mail = words.facts["by_mail"]
    assert (by_mail.closed, by_mail.authority, by_mail.type) == (True, "Rule 1", "yes/no")
    assert words.facts["need_shown"].judgement
    serious = words.tables["conviction"]["serious"]
    assert (serious.scope, serious.table, serious.derived) == (
        "row",
        "conviction",
        "us-ca/offenses.csv",
    )
    assert words.items["hold"].kind == "act"
    assert words.acts["report"].kind == "board"
    assert (words.groups["personal"].kind, words.groups["personal"].members) == (
        "Rule 2",
        ("name", "charges"),
    )


def test_groups_are_opened_in_the_order_of_the_items(words: Vocabulary) -> None:
    assert words.expand("everything") == ("name", "charges", "release_date", "hold")
    assert words.expand("personal") == ("name", "charges")
    assert words.expand("hold") == ("hold",)
    assert words.expand("purpose") == words.expand("nothing") == ()
    assert words.item_words() == (*words.items, "personal", "everything")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("purpose", "purpose"),
        ("minor", "minor"),
        ("release_date.public", "public"),
        ("conviction[2].level", "level"),
        ("charge[12].held", "held"),
        ("public", None),
        ("personal.public", None),
        ("release_date.minor", None),
        ("conviction[2].held", None),
        ("conviction", None),
        ("nothing[1].level", None),
        ("", None),
    ],
)
def test_a_path_names_one_fact_or_none(words: Vocabulary, path: str, found: str | None) -> None:
    fact = words.fact_at(path)
    assert (fact.name if fact else None) == found


def test_who_answers_a_path(words: Vocabulary) -> None:
    assert words.who_answers("purpose") == ("requester", "counsel")
    assert words.who_answers("conviction[1].wobbler") == ("records", "counsel")
    assert words.who_answers("conviction") == ("records",)
    assert words.who_answers("nothing") == ()
    assert words.is_judgement("need_shown")
    assert not words.is_judgement("minor")
    assert not words.is_judgement("nothing")


def test_a_bar_within_a_cell_is_written_with_a_backslash() -> None:
    page = PAGE.replace("| how many copies |", r"| how many \| copies |")
    assert read(page).facts["copies"].meaning == "how many | copies"


def test_rows_need_no_outer_bars() -> None:
    page = PAGE.replace(
        "| `requester` | who asks |\n\n## Acts", "`requester` | who asks\n\n## Acts"
    )
    actor = read(page).actors["requester"]
    assert (actor.meaning, actor.place.col) == ("who asks", 1)


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_no_word_of_the_language_can_be_declared(word: str) -> None:
    with pytest.raises(LawError, match=f"`{word}` cannot be a name"):
        read(PAGE.replace("`copies`", f"`{word}`"))


@given(st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True))
def test_a_name_is_declared_or_refused_never_changed(name: str) -> None:
    page = PAGE.replace("| `copies` | number |", f"| `{name}` | number |")
    taken = {*read(PAGE).facts, *read(PAGE).tables, *read(PAGE).items, *read(PAGE).groups}
    columns = {column for table in read(PAGE).tables.values() for column in table}
    refused = name in RESERVED or is_sql_word(name) or name in (taken | columns) - {"copies"}
    if refused:
        with pytest.raises(LawError, match=f"`{name}`"):
            read(page)
    else:
        assert read(page).facts[name].type == "number"


@given(st.data())
def test_no_row_is_lost(data: st.DataObject) -> None:
    """A row taken out of the page is a word taken out of the vocabulary, or an error."""
    lines = PAGE.split("\n")
    rows = [n for n, line in enumerate(lines) if line.startswith("| `")]
    number = data.draw(st.sampled_from(rows))
    name = lines[number].split("`")[1]
    try:
        less = read("\n".join(lines[:number] + lines[number + 1 :]))
    except LawError as error:
        assert name in str(error)
        return
    assert count(less) == count(read(PAGE)) - 1


def count(words: Vocabulary) -> int:
    """How many words are declared."""
    named = (words.facts, words.items, words.groups, words.actors, words.acts)
    return sum(map(len, named)) + sum(map(len, words.tables.values()))


def test_the_shipped_vocabulary_is_read() -> None:
    words = read_vocabulary(Source.read(LAWS / "vocabulary.md", "laws/vocabulary.md"))
    assert all(fact.who for fact in words.facts.values())

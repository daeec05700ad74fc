"""Questions are read as the packs' promises are, and what is wrong with one is told with its place."""

from __future__ import annotations

from datetime import date

import pytest

import habeas
from habeas.errors import HabeasError
from habeas.law.blocks import Promise
from habeas.proofs.question import of_promise, read_question

BOOK = habeas.read_laws()
PROMISES = list(BOOK.blocks(Promise))


def as_written(promise: Promise) -> str:
    """The lines of a promise's block."""
    lines = BOOK.files[f"{promise.provision.pack.id}.md"].decode().split("\n")
    first = promise.place.line
    return "\n".join(lines[first : lines.index("```", first)])


@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: str(one.place))
def test_a_promise_of_a_pack_reads_the_same_as_a_sentence(promise: Promise) -> None:
    place, life = promise.provision.pack.jurisdiction, promise.provision
    for text in (as_written(promise), " ".join(as_written(promise).split())):
        day = life.start if life.start > date.min else None
        read, expected = read_question(text, BOOK, place, day), of_promise(promise, BOOK.vocabulary)
        assert (read.verb, read.items, read.when) == (expected.verb, expected.items, expected.when)


def test_always_refer_is_read_too() -> None:
    read = read_question("always refer arrest_information, hold when minor", BOOK, "us-tx")
    assert (read.verb, read.verdict) == ("always refer", "refer")
    assert read.items == (*BOOK.vocabulary.expand("arrest_information"), "hold")


def test_without_a_condition_every_case_is_meant() -> None:
    assert read_question("never grant everything", BOOK, "us").items == tuple(BOOK.vocabulary.items)


@pytest.mark.parametrize(
    ("text", "message", "caret", "help_"),
    [
        ("", "a question begins with what never or always happens", "", "never grant ITEMS when"),
        ("hold", "a question begins with what never or always happens", "hold", "write `never"),
        ("never permit hold", "begins with what never or always", "never permit", "`always refer"),
        ("  never grant when public", "nothing follows `never grant`", "never grant", "commas"),
        ("never grant hodl", "unknown item `hodl`", "hodl", "did you mean `hold`?"),
        ("never deny hold,, transfer", "a name is missing between commas", ",", "remove a comma"),
        ("never deny hold when", "a condition is missing", " ", "write it"),
        ("never deny hold\nwhen purpse = 'x'", "unknown fact `purpse`", "purpse", "`purpose`"),
        ("never deny hold when purpose = 'x'", "`x` is no word of `purpose`", "'x'", "its words"),
        ("never deny hold when name", "`name` is an item, not a fact", "name", "facts"),
        ("never deny hold when public when minor", "`when` follows", "when", "join the parts"),
        ("never deny hold unless public", "`unless` begins no clause", "unless", "`and not ( … )`"),
        ("never deny hold when minor\r", "a carriage return ends this line", " ", "LF"),
        (
            "never deny hold when sf_charge_now",
            "unknown fact `sf_charge_now`",
            "sf_charge_now",
            "define it",
        ),
        (
            "never deny hold when any_charge(opens_7282_5)",
            "`opens_7282_5` asks about a table, and quantifiers do not nest",
            "opens_7282_5",
            "take it out",
        ),
        (
            "never deny hold when any_charge(any_conviction(TRUE))",
            "quantifiers do not nest",
            "any_conviction",
            "side by side",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    text: str, message: str, caret: str, help_: str
) -> None:
    with pytest.raises(HabeasError) as caught:
        read_question(text, BOOK, "us-ca")
    problem = caught.value.problems[0]
    assert message in problem.message
    assert problem.place.path == "QUESTION"
    shown = problem.place.text[problem.place.col - 1 : problem.place.end - 1]
    assert shown.strip() == caret.strip()
    assert help_ in problem.help


def test_a_definition_is_asked_about_on_days_on_which_it_is_in_force() -> None:
    text = "never grant hold when opens_7282_5"
    assert read_question(text, BOOK, "us-ca").words() == ("opens_7282_5",)
    assert read_question(text, BOOK, "us-ca-sf", date(2018, 1, 1)).words() == ("opens_7282_5",)
    with pytest.raises(HabeasError, match="`opens_7282_5` is not defined on 2017-12-31") as caught:
        read_question(text, BOOK, "us-ca", date(2017, 12, 31))
    assert caught.value.problems[0].help == "it is defined from 2018-01-01"


def test_definitions_that_never_meet_cannot_be_asked_about_together() -> None:
    text = "never grant hold when sf_violent_charge_now and opens_7282_5"
    with pytest.raises(HabeasError, match="in force on no day together"):
        read_question(text, BOOK, "us-ca-sf")

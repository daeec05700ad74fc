"""Letters: what they say, that they depend on nothing else, and that they are the same each time."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
from collections import Counter
from typing import get_type_hints

import pytest

import habeas
from habeas.errors import InputError
from habeas.reports.casework.letter import (
    Answer,
    BlindLetter,
    Citation,
    Letter,
    letter_paper,
    letter_pdf,
)
from habeas.reports.casework.paper import paper_texts
from habeas.reports.casework.words import _ITEMS_ES, LANGUAGES, OUTCOMES, item_words, words_of
from tests.conftest import ROOT
from tests.reports.casework.made import CHECKED, LAW, TRUTH, blind, letter, text_of
from tests.reports.paper import read_paper

EN = (
    "Fir County Sheriff 1 Main Street Fir CA 90000 18 July 2025 Answer to your request An agency "
    "2 Elm Street Our case: 2025-0017 Your reference: REF-77 Your request reached this office on "
    "17 July 2025. What you asked for, in our words • name • home address • release date Our answer "
    "Each thing that you asked for Item Answer Law name given Gov. Code § 7923.610 home address not "
    "given Gov. Code § 7284.6(a)(1)(C) release date waits not decided yet What waits is neither given "
    "nor refused. Once it is decided this office writes to you again. The law that this answer rests "
    f"on Gov. Code § 7284.6(a)(1)(C) {TRUTH} This office works with readings of the law in plain words. "
    "Of what is listed above, no named person has held the reading against the official text: it is "
    f"unchecked. The official text counts. Gov. Code § 7923.610 {TRUTH} This office works with "
    "readings of the law in plain words. Of what is listed above, a named person has held the reading "
    "against the official text. The official text counts. To ask again, or to object If you think that "
    "this answer is wrong, or if you have something that this office has not seen, write or call, and "
    "name our case: Fir County Sheriff "
    "1 Main Street Fir CA 90000 Telephone: (555) 010-0100 E-mail: records@fir.example page 1 of 1"
)


def test_a_letter_says_each_item_the_law_and_how_to_ask_again() -> None:
    assert text_of(letter_pdf(letter())) == EN


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", [letter, blind])
def test_all_texts_of_a_letter_stand_on_its_pages_and_nothing_else(
    made: object, language: str
) -> None:
    one = made(language)  # type: ignore[operator]
    pdf = letter_pdf(one)
    shown = text_of(pdf).replace("• ", "")
    texts = paper_texts(letter_paper(one), len(read_paper(pdf).sheets))
    seen, said = (Counter("".join(one).replace(" ", "")) for one in (shown, texts))
    heads = Counter("".join(texts[-3:])) if isinstance(one, Letter) else Counter()
    assert seen <= said <= seen + heads, "a table's head may be on every page"


@pytest.mark.parametrize("language", LANGUAGES)
def test_equal_letters_give_equal_bytes_in_this_process_and_in_another(language: str) -> None:
    here = [letter_pdf(made(language)) for made in (letter, letter, blind, blind)]
    assert here[0] == here[1] and here[2] == here[3] != here[0]
    code = (
        "import hashlib; from tests.reports.casework.made import letter, blind;"
        "from habeas.reports.casework.letter import letter_pdf;"
        f"print(*[hashlib.sha256(letter_pdf(m({language!r}))).hexdigest() for m in (letter, blind)])"
    )
    environment = {"SOURCE_DATE_EPOCH": "86400", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == [hashlib.sha256(one).hexdigest() for one in here[::2]], (
        done.stderr
    )


def test_a_blind_letter_has_no_field_that_a_record_could_fill() -> None:
    assert set(get_type_hints(BlindLetter)) == {
        "office", "case", "day", "addressee", "reference", "received", "asked", "citations", "language",
    }  # fmt: skip


def test_a_blind_letter_has_one_text_for_everything_that_was_asked() -> None:
    text = text_of(letter_pdf(blind()))
    assert text.count(words_of("en").neither) == 1
    assert not [
        word for word in OUTCOMES if f" {word} " in text.replace(words_of("en").neither, "")
    ]
    other = text_of(letter_pdf(blind(asked=("release_date", "hold"))))
    bullets = "• name • home address • release date"
    assert other == text.replace(bullets, "• release date • hold")


def test_a_letter_is_tagged_and_carries_its_day_and_no_clock() -> None:
    paper = read_paper(letter_pdf(letter()))
    assert paper.metadata["CreationDate"] == paper.metadata["ModDate"] == "D:20250718000000Z"
    assert [tag.text for tag in paper.all("H1")] == ["Answer to your request"]
    [table] = paper.all("Table")
    rows = table.all("TR")
    assert [tag.role for tag in rows[1].children if not isinstance(tag, str)] == ["TH", "TD", "TD"]


def test_text_of_a_letter_is_data_and_never_markup() -> None:
    nasty = '#panic("x") $x$ *b* @label <a> `raw` \\ // {page} {pages}'
    text = text_of(letter_pdf(letter(reference=nasty, addressee=(nasty,))))
    assert text.count(nasty) == 2


def test_people_have_a_column_only_where_answers_name_any() -> None:
    answers = (
        Answer("name", "given", (CHECKED,), "First person"),
        Answer("name", "not given", (LAW,), "Second person"),
    )
    table = letter_paper(letter(asked=("name",), answers=answers)).blocks[5]
    assert table.head == ("Person", "Item", "Answer", "Law")  # type: ignore[union-attr]


def test_a_spanish_letter_says_that_a_machine_translated_it() -> None:
    assert letter_paper(letter("es")).banner == words_of("es").translated != ""
    assert letter_paper(letter("en")).banner == ""
    assert "17 de julio de 2025" in text_of(letter_pdf(letter("es")))


def test_both_languages_have_every_word_and_every_item() -> None:
    items = set(habeas.read_law("us-ca").book.vocabulary.items)
    assert set(_ITEMS_ES) == items
    for language in LANGUAGES:
        words = dataclasses.asdict(words_of(language))
        assert set(words["outcomes"]) == set(OUTCOMES)
        assert [key for key, text in words.items() if not text] == ["translated"] * (
            language == "en"
        )
        assert len({item_words(item, language) for item in items}) == len(items)


MESSAGES = [
    (
        {"language": "fr"},
        "language: nothing is written in the language `fr`\nhelp: write one of en, es",
    ),
    (
        {"asked": ("nme",), "answers": (Answer("nme", "waits", ()),)},
        "items: unknown item `nme`\nhelp: did you mean `name`?",
    ),
    (
        {"asked": ("name",), "answers": (Answer("name", "gven", (LAW,)),)},
        "answers[1]: `gven` is no outcome\nhelp: did you mean `given`?",
    ),
    (
        {"asked": ("name",), "answers": (Answer("name", "given", ()),)},
        "answers[1]: `name` is given, and no law says so\n"
        "help: name the provision that orders or allows it",
    ),
    (
        {
            "asked": ("name",),
            "answers": (Answer("name", "waits", ()), Answer("phone", "waits", ())),
        },
        "answers[2]: `phone` was not asked for\nhelp: answer what was asked, and nothing else",
    ),
    (
        {"asked": ("name", "phone"), "answers": (Answer("name", "waits", ()),)},
        "asked: `phone` was asked for and has no answer\nhelp: write one of given, not given, waits",
    ),
    (
        {
            "asked": ("name",),
            "answers": (Answer("name", "not given", (Citation("§ 1", "javascript:x"),)),),
        },
        "citations: `javascript:x` is no address of a page\n"
        "help: write the address of the official text: `https://…`",
    ),
    (
        {"reference": "a\x07b"},
        "letter: U+0007 is no letter, and cannot be printed\n"
        "help: take it out of the request, the law or the title that it stands in",
    ),
]


@pytest.mark.parametrize(("fields", "message"), MESSAGES, ids=range(len(MESSAGES)))
def test_what_is_wrong_with_a_letter_is_told(fields: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        letter_pdf(letter(**fields))
    assert str(caught.value) == message


def test_a_letter_has_no_place_for_what_would_change_its_answer() -> None:
    names = (
        set(get_type_hints(Letter)) | set(get_type_hints(Answer)) | set(get_type_hints(Citation))
    )
    assert not names & {"missing", "who", "facts", "explain", "changes"}

"""Notices: what ships is whole, stale translations are refused, unreviewed ones say so on every page."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
import yaml

from habeas.errors import InputError
from habeas.reports.casework.letter import Sender
from habeas.reports.casework.notice import (
    Notice,
    notice_paper,
    notice_pdf,
    notices_of,
    read_notices,
)
from habeas.reports.casework.notice_fields import FIELDS, Value
from habeas.reports.casework.notice_page import text_sha256
from tests.reports.casework.made import DAY, OFFICE, VALUES, text_of
from tests.reports.paper import read_paper

NAMES = (
    "consent-to-interview",
    "copy-to-subject",
    "inform-subject-of-hold",
    "release-notice",
    "whether-complying",
)
FOLDER = files("habeas.reports.casework").joinpath("notices")

HEAD = """---
language: en
title: A title
translator: the project
translated_on: 2025-07-18
source_sha256: ""
reviewed_by: ""
reviewed_on: ""
---
"""
ENGLISH = HEAD + "\nTo: {person}\n\n- one\n- two\n"


def values(notice: Notice) -> dict[str, Value]:
    return {field: VALUES[field] for field in notice.fields}


def translated(text: str, english: str = ENGLISH, **front: str) -> dict[str, str]:
    """An English notice and a Spanish one of it."""
    digest = text_sha256(notices_of({"n.en.md": english})["n", "en"].page)
    head = {"language": "es", "source_sha256": f'"{digest}"', "title": "Un título"} | front
    spanish = HEAD
    for key, value in head.items():
        spanish = re.sub(rf"{key}: .*", f"{key}: {value}", spanish)
    return {"n.en.md": english, "n.es.md": spanish + text}


SPANISH = "\nPara: {person}\n\n- uno\n- dos\n"


def test_every_notice_ships_in_both_languages_and_none_is_stale() -> None:
    assert sorted(read_notices()) == sorted((name, one) for name in NAMES for one in ("en", "es"))


def test_nothing_that_ships_claims_that_somebody_reviewed_it() -> None:
    for (_, language), notice in read_notices().items():
        assert notice.page.reviewed_by == "" and notice.page.reviewed_on is None
        wanted = "the project" if language == "en" else "machine translation, no person"
        assert notice.page.translator == wanted
        assert notice.valid_service is (language == "en")


def test_every_field_is_used_and_has_a_meaning() -> None:
    used = {field for notice in read_notices().values() for field in notice.fields}
    assert used == set(FIELDS)
    assert all(field.meaning for field in FIELDS.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_translation_changed_after_the_english_is_refused(name: str) -> None:
    texts = {
        f"{name}.{n}.md": FOLDER.joinpath(f"{name}.{n}.md").read_text("utf-8") for n in ("en", "es")
    }
    assert len(notices_of(texts)) == 2
    texts[f"{name}.en.md"] = texts[f"{name}.en.md"].replace("this office", "the office", 1)
    with pytest.raises(InputError, match="this translation is stale"):
        notices_of(texts)


def test_whoever_reviews_the_english_makes_no_translation_stale() -> None:
    texts = translated(SPANISH)
    texts["n.en.md"] = (
        texts["n.en.md"]
        .replace('reviewed_by: ""', "reviewed_by: Somebody")
        .replace('reviewed_on: ""', "reviewed_on: 2025-07-19")
    )
    assert notices_of(texts)["n", "en"].page.reviewed_by == "Somebody"


@pytest.mark.parametrize("name", NAMES)
def test_an_unreviewed_translation_stands_beside_the_english_and_says_so_on_every_page(
    name: str,
) -> None:
    notice = read_notices()[name, "es"]
    given = values(notice) | (
        {"requester": "An agency " * 200} if "requester" in notice.fields else {}
    )
    pdf = notice_pdf(notice, OFFICE, DAY, given)
    paper = read_paper(pdf)
    assert len(paper.sheets) > 1
    banner = "No named person has reviewed this translation. The English text stands beside it."
    for sheet in paper.sheets:
        drawn = " ".join([sheet.tags.text, *sheet.artifacts])
        assert banner in " ".join(drawn.split())
    text = text_of(notice_pdf(notice, OFFICE, DAY, values(notice))).replace(" ", "")
    for page in (notice.page, notice.english):
        assert page is not None and page.title.replace(" ", "") in text
    assert banner in read_paper(pdf).sheets[0].tags.text, "whoever listens has to hear it"


def test_a_reviewed_translation_stands_alone_and_is_valid_service() -> None:
    texts = translated(SPANISH, reviewed_by="A. Translator", reviewed_on="2025-07-19")
    notice = notices_of(texts)["n", "es"]
    assert notice.valid_service
    paper = notice_paper(notice, OFFICE, DAY, {"person": "Rosa Alder"})
    assert paper.banner == ""
    assert text_of(notice_pdf(notice, OFFICE, DAY, {"person": "Rosa Alder"})) == (
        "Fir County Sheriff 1 Main Street Fir CA 90000 18 de julio de 2025 Un título Para: Rosa Alder "
        "• uno • dos página 1 de 1"
    )


def test_what_nobody_held_against_the_law_says_so() -> None:
    for (_, language), notice in read_notices().items():
        said = "No named person has held them against the law."
        assert said in text_of(notice_pdf(notice, OFFICE, DAY, values(notice))), language


def test_consent_says_purpose_that_it_is_voluntary_and_that_an_attorney_may_be_there() -> None:
    notice = read_notices()["consent-to-interview", "en"]
    text = text_of(notice_pdf(notice, OFFICE, DAY, values(notice)))
    assert "civil immigration matters" in text
    assert "The interview is voluntary." in text
    assert "You may say no." in text
    assert "You may have your attorney with you" in text
    assert "Signature:" in text and "____" not in text and "[ ]" not in text


@pytest.mark.parametrize("key", list(read_notices()), ids="-".join)
def test_equal_notices_give_equal_bytes(key: tuple[str, str]) -> None:
    notice = read_notices()[key]
    assert notice_pdf(notice, OFFICE, DAY, values(notice)) == notice_pdf(
        notice, Sender(*OFFICE.__getstate__()), DAY, dict(reversed(values(notice).items()))
    )


def test_a_value_with_braces_is_a_value_and_is_not_filled_again() -> None:
    notice = notices_of({"n.en.md": ENGLISH})["n", "en"]
    assert "To: {office} {x}" in text_of(
        notice_pdf(notice, OFFICE, DAY, {"person": "{office} {x}"})
    )


def test_the_front_matter_of_what_ships_is_in_one_order() -> None:
    for file in FOLDER.iterdir():
        front = yaml.safe_load(file.read_text("utf-8").split("---")[1])
        assert list(front) == [
            "language", "title", "translator", "translated_on", "source_sha256", "reviewed_by", "reviewed_on",
        ]  # fmt: skip


# -- messages -------------------------------------------------------------------------------------

ALL = "case, compliance, items, law, person, received, recipient, release, request, requester, told"

BAD_VALUES: list[tuple[dict[str, object], str]] = [
    (
        {},
        "n: person: `person` has no value\nhelp: give whom the notice is about, as she is to be addressed",
    ),
    (
        {"person": " "},
        "n: person: `person` is empty\nhelp: give whom the notice is about, as she is to be addressed",
    ),
    (
        {"person": "x", "persn": "y"},
        "n: this notice has no field `persn`\nhelp: did you mean `person`?",
    ),
    ({"person": "x", "office": "y"}, "n: this notice has no field `office`\nhelp: give person"),
    (
        {"person": DAY},
        "n: person: `person` is empty\nhelp: give whom the notice is about, as she is to be addressed",
    ),
]


@pytest.mark.parametrize(("given", "message"), BAD_VALUES, ids=range(len(BAD_VALUES)))
def test_a_value_that_is_missing_unknown_or_empty_is_told(
    given: dict[str, Value], message: str
) -> None:
    notice = notices_of({"n.en.md": ENGLISH})["n", "en"]
    with pytest.raises(InputError) as caught:
        notice_paper(notice, OFFICE, DAY, given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("received", "2025-07-17", "`received` is no day"),
        ("items", (), "`items` lists no items"),
        ("items", ("nme",), "unknown item `nme`\nhelp: did you mean `name`?"),
        ("compliance", "yes", "`compliance` is none of its words\nhelp: write one of complies, complies in part, does not comply, not decided"),
        ("request", "letter", "`request` is none of its words"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_told(field: str, value: Value, message: str) -> None:
    notice = read_notices()["whether-complying", "es"]
    with pytest.raises(InputError, match=re.escape(message)):
        notice_paper(notice, OFFICE, DAY, values(notice) | {field: value})


BAD_PAGES = [
    ("no front matter", "notices/n.en.md: this notice has no front matter\nhelp: begin with `---`, lines for language, title, translator, translated_on, source_sha256, reviewed_by, reviewed_on, and `---`"),
    (
        ENGLISH.replace("{person}", "{persn}"),
        "notices/n.en.md:11:5: unknown field `persn`\n   |\n11 | To: {persn}\n   |     ^^^^^^^\nhelp: did you mean `person`?",
    ),
    (
        ENGLISH.replace("{person}", "{person"),
        "notices/n.en.md:11:5: a `{` that stands alone\n   |\n11 | To: {person\n   |     ^\nhelp: write `{field}`",
    ),
    (
        ENGLISH.replace("To:", "**To**:"),
        "notices/n.en.md:11:1: a notice has no markup within a line",
    ),
    (ENGLISH + "\n| a |\n|---|\n\n---\n", "notices/n.en.md:19:1: this has no meaning in a notice"),
    (ENGLISH + "\n> quoted\n", "notices/n.en.md:16:1: this has no meaning in a notice"),
    (ENGLISH.replace("- two", "- [ ] two"), "notices/n.en.md:13:1: only some lines of this list have a box"),
    (ENGLISH.replace("- two", "  - two"), "notices/n.en.md:14:1: this has no meaning in a list of a notice"),
    (ENGLISH.replace("title: A title\n", ""), "notices/n.en.md:1:1: the front matter has no `title`"),
    (ENGLISH.replace("title: A title", "title:"), "notices/n.en.md:3:1: `title` is empty"),
    (ENGLISH.replace("title:", "titel:"), "notices/n.en.md:1:1: the front matter has no `title`"),
    (ENGLISH.replace("title: A title", "title: [a]"), "notices/n.en.md:3:1: `title` is no text"),
    (ENGLISH.replace("title: A title", "title: a\ntitle: b"), "notices/n.en.md:4:1: `title` stands twice"),
    (ENGLISH.replace("2025-07-18", "18 July"), "notices/n.en.md:5:1: `18 July` is no day"),
    (ENGLISH.replace('reviewed_by: ""', "reviewed_by: x"), "notices/n.en.md:7:1: `reviewed_by` and `reviewed_on` go together"),
    (ENGLISH.replace('sha256: ""', "sha256: x"), "notices/n.en.md:6:1: the English text is no translation"),
    (ENGLISH.replace("language: en", "language: es"), "notices/n.en.md:2:1: `es` is not the language of the file's name"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD_PAGES, ids=range(len(BAD_PAGES)))
def test_what_is_wrong_with_a_page_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        notices_of({"n.en.md": text})
    assert str(caught.value).startswith(message)
    assert all(problem.help for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            translated(SPANISH, source_sha256='"0"'),
            "notices/n.es.md:6:1: this translation is stale: the English text is another one now",
        ),
        (
            {"n.es.md": translated(SPANISH)["n.es.md"]},
            "notices/n.es.md: this notice has no English text",
        ),
        (
            translated("\nPara: {person}\n\n- uno\n"),
            "notices/n.es.md: this translation has other parts than the English text",
        ),
        (
            translated("\nPara: {recipient}\n\n- uno\n- dos\n"),
            "notices/n.es.md: only one of this translation and the English text has `person`, `recipient`",
        ),
        (
            {"n.fr.md": ENGLISH},
            "notices/n.fr.md: nothing is written in the language `fr`",
        ),
    ],
    ids=range(5),
)
def test_what_is_wrong_with_a_translation_is_told(texts: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        notices_of(texts)
    assert str(caught.value).startswith(message)

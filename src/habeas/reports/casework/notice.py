"""The notice: what the law says that somebody is to be told, in her language.

    notices/NAME.LANGUAGE.md  ->  read_notices  ->  Notice
    Notice, office, day, values  ->  notice_paper  ->  Paper

Promise: a translation of another text than the English one there is now is refused; one that nobody
reviewed stands beside the English, says so on every page, and is no valid service. The words are our
own, for law that nobody checked.

A file begins with front matter: `language`, `title`, `translator`, `translated_on`, `source_sha256`
(empty in English; else `text_sha256` of the English file), `reviewed_by` and `reviewed_on` (both or
none). Then Markdown: `##` headings, paragraphs, `- ` lists, `- [ ] ` sentences with a box to mark,
`Word: ____` lines to write on. `{field}` stands for a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.reports.casework.letter import Sender
from habeas.reports.casework.notice_fields import FIELDS, OFFICE_FIELDS, Value, field_words
from habeas.reports.casework.notice_page import PLACEHOLDER, NoticePage, read_page, text_sha256
from habeas.reports.casework.paper import (
    Beside,
    Blanks,
    Block,
    Bullets,
    Choices,
    Heading,
    Lines,
    Paper,
    paper_pdf,
)
from habeas.reports.casework.words import day_words, words_of

_BANNER = {
    "es": "Ninguna persona con nombre ha revisado esta traducción. El texto en inglés está al lado. · ",
}
_BANNER_EN = "No named person has reviewed this translation. The English text stands beside it."
_UNCHECKED = {
    "en": "The words of this notice come with the program that this office works with. No named person has "
    "held them against the law.",
    "es": "Las palabras de este aviso vienen con el programa que usa esta oficina. Ninguna persona con nombre "
    "las ha cotejado con la ley.",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice in one language.

    page     its text and front matter
    english  the text that it was translated from; None: it is the English one
    """

    name: str
    page: NoticePage
    english: NoticePage | None

    @property
    def language(self) -> str:
        """BCP 47, such as `es`."""
        return self.page.language

    @property
    def title(self) -> str:
        """Its title, in its language."""
        return self.page.title

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that a value has to be given for."""
        return tuple(sorted(self.page.fields - OFFICE_FIELDS))

    @property
    def valid_service(self) -> bool:
        """Whether to hand it over is to have told somebody who reads its language: always in English,
        and for a translation only if a named person reviewed it."""
        return self.english is None or bool(self.page.reviewed_by)


def read_notices() -> Mapping[tuple[str, str], Notice]:
    """The notices that ship, by name and language: `("copy-to-subject", "es")`.

    Raises `InputError` where one is not well formed, is stale or has another shape than the English.
    """
    return _shipped()


@cache
def _shipped() -> Mapping[tuple[str, str], Notice]:
    folder = files("habeas.reports.casework").joinpath("notices")
    return notices_of(
        {
            one.name: one.read_text(encoding="utf-8")
            for one in folder.iterdir()
            if one.name.endswith(".md")
        }
    )


def notices_of(texts: Mapping[str, str]) -> Mapping[tuple[str, str], Notice]:
    """Notices from files' texts by name, as `read_notices` gives them."""
    pages = {name: read_page(name, texts[name]) for name in sorted(texts)}
    made: dict[tuple[str, str], Notice] = {}
    problems: list[Problem] = []
    for file, page in pages.items():
        name, language, _ = file.rsplit(".", 2)
        english = None if language == "en" else pages.get(f"{name}.en.md")
        if language != "en":
            problems += _differs(page, english)
        made[name, language] = Notice(name, page, english)
    if problems:
        raise InputError(problems)
    return made


def notice_pdf(notice: Notice, office: Sender, day: date, values: Mapping[str, Value]) -> bytes:
    """A notice as PDF; the same, the same bytes. Errors are those of `notice_paper` and `paper_pdf`."""
    return paper_pdf(notice_paper(notice, office, day, values))


def notice_paper(notice: Notice, office: Sender, day: date, values: Mapping[str, Value]) -> Paper:
    """A notice set out.

    values  one for each of `Notice.fields`, and no other

    Raises `InputError` for a value that is missing, that nothing asks for, or of the wrong kind.
    """
    blocks = _filled(notice, notice.page, office, values)
    banner = ""
    shown: tuple[Block | Beside, ...] = blocks
    if notice.english is not None and not notice.valid_service:
        banner = _BANNER[notice.language] + _BANNER_EN
        both = zip(blocks, _filled(notice, notice.english, office, values), strict=True)
        titles = (Lines((notice.title,), strong=True), Lines((notice.english.title,), strong=True))
        shown = (Beside((notice.language, "en"), (titles, *both)),)
    return Paper(
        "notice",
        notice.title,
        notice.language,
        day,
        (office.name, *office.address, day_words(day, notice.language)),
        shown,
        words_of(notice.language).pages,
        banner,
    )


# -- values ---------------------------------------------------------------------------------------


def _filled(
    notice: Notice, page: NoticePage, office: Sender, values: Mapping[str, Value]
) -> tuple[Block, ...]:
    reach = [office.name, *office.address, office.phone, office.email]
    words = {"office": office.name, "contact": ", ".join(one for one in reach if one)}
    words |= _words(notice, page.language, values)

    def fill(text: str) -> str:
        return PLACEHOLDER.sub(lambda match: words[match[1]], text)

    made = [_with(block, fill) for block in page.blocks]
    if not page.reviewed_by:
        made.append(Lines((_UNCHECKED[page.language],)))
    return tuple(made)


def _words(notice: Notice, language: str, values: Mapping[str, Value]) -> dict[str, str]:
    problems = []
    made = {}
    for field in notice.fields:
        place = Place(f"{notice.name}: {field}")
        if field not in values:
            help_line = f"give {FIELDS[field].meaning}"
            problems.append(Problem(place, f"`{field}` has no value", help_line))
            continue
        try:
            made[field] = field_words(field, values[field], language)
        except ValueError as error:
            choices = FIELDS[field].choices
            help_line = (
                f"write one of {', '.join(choices)}" if choices else f"give {FIELDS[field].meaning}"
            )
            problems.append(Problem(place, f"`{field}` {error}", help_line))
    for field in values:
        if field not in notice.fields:
            help_line = did_you_mean(field, notice.fields, f"give {', '.join(notice.fields)}")
            problems.append(
                Problem(Place(notice.name), f"this notice has no field `{field}`", help_line)
            )
    if problems:
        raise InputError(problems)
    return made


def _with(block: Block, fill: Callable[[str], str]) -> Block:
    def all_of(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(fill(text) for text in texts)

    match block:
        case Heading(text, level):
            return Heading(fill(text), level)
        case Lines(lines, address, strong):
            return Lines(all_of(lines), address, strong)
        case Bullets(items):
            return Bullets(all_of(items))
        case Blanks(labels):
            return Blanks(all_of(labels))
        case Choices(sentences):
            return Choices(all_of(sentences))
        case _:
            raise ValueError("a notice has no tables")


# -- against the English --------------------------------------------------------------------------


def _differs(page: NoticePage, english: NoticePage | None) -> list[Problem]:
    """What is wrong with a translation, seen beside the English."""
    if english is None:
        return [
            Problem(page.places[""], "this notice has no English text", "write the `.en.md` file")
        ]
    problems = []
    digest = text_sha256(english)
    if page.source_sha256 != digest:
        problems.append(
            Problem(
                page.places["source_sha256"],
                "this translation is stale: the English text is another one now",
                f"translate it anew, then write `source_sha256: {digest}`",
            )
        )
    elif [_shape(one) for one in page.blocks] != [_shape(one) for one in english.blocks]:
        message = "this translation has other parts than the English text"
        help_line = "give it the same headings, paragraphs, lists and lines, in the same order"
        problems.append(Problem(page.places[""], message, help_line))
    elif page.fields != english.fields:
        apart = ", ".join(f"`{one}`" for one in sorted(page.fields ^ english.fields))
        message = f"only one of this translation and the English text has {apart}"
        problems.append(Problem(page.places[""], message, "give both the same fields"))
    return problems


def _shape(block: Block) -> tuple[str, int]:
    """What a block is, and of how many parts."""
    match block:
        case Bullets(parts) | Choices(parts):
            return type(block).__name__, len(parts)
        case _:
            return type(block).__name__, 1

"""The letter: the office's answer to who asked.

    Letter       ->  letter_paper  ->  Paper: each item given, not given or waiting, with the law
    BlindLetter  ->  letter_paper  ->  Paper: one text for all items, from request and law alone

Promise: a blind letter has no field that a record could fill, so that with and without a record its
bytes are equal; no letter says what would change its answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.reports.casework.paper import (
    Beside,
    Block,
    Bullets,
    Heading,
    Lines,
    Paper,
    Table,
    paper_pdf,
)
from habeas.reports.casework.words import OUTCOMES, Words, day_words, item_words, words_of
from habeas.reports.report import web


@dataclass(frozen=True, slots=True)
class Sender:
    """The office: its name, the lines of its address, and how it can be reached (may be empty)."""

    name: str
    address: tuple[str, ...]
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A provision.

    text     its citation, such as `Gov. Code § 7284.6(a)(1)(C)`
    address  of the official text, `https://…`
    checked  whether a named person has held our reading of it against the official text
    """

    text: str
    address: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one item: one of `OUTCOMES`, and the law that says so.

    person  as the request names her; empty where the request is about one person
    """

    item: str
    outcome: str
    citations: tuple[Citation, ...]
    person: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """An answer to somebody who is entitled to know whether there is a record.

    case       the office's own number
    day        of the letter
    addressee  name and address, line by line
    reference  the requester's own; empty: it gave none
    received   the day on which the request reached the office
    asked      items of the vocabulary
    answers    one an item, or one an item and person
    """

    office: Sender
    case: str
    day: date
    addressee: tuple[str, ...]
    reference: str
    received: date
    asked: tuple[str, ...]
    answers: tuple[Answer, ...]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class BlindLetter:
    """An answer to somebody who may not know whether there is a record; fields as of `Letter`.

    citations  what the request and the law alone lead to: never the rules of one decision, which
               depend on a record. The caller sees to it, and that case and day do not depend on one.
    """

    office: Sender
    case: str
    day: date
    addressee: tuple[str, ...]
    reference: str
    received: date
    asked: tuple[str, ...]
    citations: tuple[Citation, ...]
    language: str = "en"


def letter_pdf(letter: Letter | BlindLetter) -> bytes:
    """A letter as PDF; equal letters, equal bytes. Errors are those of `letter_paper` and `paper_pdf`."""
    return paper_pdf(letter_paper(letter))


def letter_paper(letter: Letter | BlindLetter) -> Paper:
    """A letter set out.

    Raises `InputError` for a language without words, an unknown item or outcome, an answer to what
    was not asked, an item without an answer, one given without law, and an address of law that
    leads to no page.
    """
    _check(letter)
    words = words_of(letter.language)
    blocks: list[Block | Beside] = [Lines(letter.addressee)]
    about = [f"{words.case}: {letter.case}"]
    if letter.reference:
        about.append(f"{words.reference}: {letter.reference}")
    about.append(f"{words.received} {day_words(letter.received, letter.language)}.")
    blocks.append(Lines(tuple(about)))
    asked = tuple(item_words(item, letter.language) for item in letter.asked)
    blocks += [Heading(words.asked), Bullets(asked), Heading(words.answer)]
    if isinstance(letter, Letter):
        blocks.append(_answers(letter, words))
        if any(one.outcome == "waits" for one in letter.answers):
            blocks.append(Lines((words.waiting,)))
        cited: Iterable[Citation] = (c for one in letter.answers for c in one.citations)
    else:
        blocks.append(Lines((words.neither,), strong=True))
        cited = letter.citations
    blocks += _law(tuple(dict.fromkeys(cited)), words)
    blocks += [Heading(words.again), Lines((words.how,)), Lines(_contact(letter.office, words))]
    return Paper(
        "letter",
        words.letter,
        letter.language,
        letter.day,
        (letter.office.name, *letter.office.address, day_words(letter.day, letter.language)),
        tuple(blocks),
        words.pages,
        words.translated,
    )


def _answers(letter: Letter, words: Words) -> Table:
    """One row an answer; with a column for people only where answers name any."""
    people = any(one.person for one in letter.answers)
    rows = []
    for one in letter.answers:
        none = words.undecided if one.outcome == "waits" else words.no_law
        law = tuple(citation.text for citation in one.citations) or (none,)
        cells = ((item_words(one.item, letter.language),), (words.outcomes[one.outcome],), law)
        rows.append(((one.person,), *cells) if people else cells)
    head = (words.item, words.outcome, words.law)
    return Table(words.answers, (words.person, *head) if people else head, tuple(rows))


def _law(citations: Sequence[Citation], words: Words) -> list[Block]:
    """The provisions, what is unchecked first, each of the two with a note below."""
    made: list[Block] = [Heading(words.laws)] if citations else []
    for checked, note in ((False, words.unchecked), (True, words.checked)):
        listed = [one for one in citations if one.checked is checked]
        made += [Lines((one.text,), one.address) for one in listed]
        if listed:
            made.append(Lines((note,)))
    return made


def _contact(office: Sender, words: Words) -> tuple[str, ...]:
    lines = [office.name, *office.address]
    if office.phone:
        lines.append(f"{words.telephone}: {office.phone}")
    if office.email:
        lines.append(f"{words.mail}: {office.email}")
    return tuple(lines)


def _check(letter: Letter | BlindLetter) -> None:
    problems = []
    citations: Iterable[Citation] = ()
    if isinstance(letter, BlindLetter):
        citations = letter.citations
    else:
        citations = [c for one in letter.answers for c in one.citations]
        for number, one in enumerate(letter.answers, 1):
            place = Place(f"answers[{number}]")
            if one.outcome not in OUTCOMES:
                message = f"`{one.outcome}` is no outcome"
                help_line = did_you_mean(
                    one.outcome, OUTCOMES, f"write one of {', '.join(OUTCOMES)}"
                )
                problems.append(Problem(place, message, help_line))
            elif one.outcome == "given" and not one.citations:
                message = f"`{one.item}` is given, and no law says so"
                problems.append(
                    Problem(place, message, "name the provision that orders or allows it")
                )
            if one.item not in letter.asked:
                message = f"`{one.item}` was not asked for"
                problems.append(Problem(place, message, "answer what was asked, and nothing else"))
        answered = {one.item for one in letter.answers}
        for item in letter.asked:
            if item not in answered:
                message = f"`{item}` was asked for and has no answer"
                problems.append(
                    Problem(Place("asked"), message, f"write one of {', '.join(OUTCOMES)}")
                )
    for citation in dict.fromkeys(citations):
        if not web(citation.address):
            message = f"`{citation.address}` is no address of a page"
            help_line = "write the address of the official text: `https://…`"
            problems.append(Problem(Place("citations"), message, help_line))
    if problems:
        raise InputError(problems)

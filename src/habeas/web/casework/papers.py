"""The papers of an answer: letter, package, table, notices.

    Answer, records  ->  papers_of  ->  OutPaper, …; each looked through for what is withheld

Promise: a package is put together from given values alone; a paper that holds a withheld value is not made; a
requester who may not know whether there is a record gets a letter that depends on none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from habeas.decisions.decide import Law
from habeas.decisions.explain import citation_of
from habeas.records.values import read_values
from habeas.reports.casework.letter import Answer as LetterAnswer
from habeas.reports.casework.letter import BlindLetter, Citation, Letter, Sender, letter_paper
from habeas.reports.casework.notice import notice_paper
from habeas.reports.casework.package import Granted, Package, Person, package_paper
from habeas.reports.casework.released import checked_csv, checked_pdf, held_within
from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.doors import Outcome, outcome
from habeas.web.casework.engine import (
    blind_decisions,
    engine_request,
    records,
    vocabulary,
)
from habeas.web.casework.errors import refuse
from habeas.web.casework.models import Answer, ItemAnswer, Way
from habeas.web.casework.notices import notices_of
from habeas.web.office import Office

PDF, CSV = "application/pdf", "text/csv"

WORDS = {Outcome.GIVEN: "given", Outcome.WITHHELD: "not given", Outcome.WAITS: "waits"}

LISTED, OTHERS = "people in the package", "everybody else"


@dataclass(frozen=True, slots=True)
class OutPaper:
    """A paper that may leave; fields as of `models.Document`."""

    kind: str
    language: str
    file_name: str
    media_type: str
    data: bytes
    valid: bool = True


def papers_of(answer: Answer) -> list[OutPaper]:
    """Make every paper of an answer, and look through each.

    Raises `HabeasError` where one cannot be made, or holds a value that is withheld.
    """
    ways = [(way, list(way.items.prefetch_related("choices"))) for way in answer.ways.all()]
    given = any(outcome(one) is Outcome.GIVEN for _, items in ways for one in items)
    withheld, people = _values(answer, ways)
    letter = checked_pdf(letter_paper(_letter(answer, ways, given)), withheld)
    number = answer.request.id_text
    made = [OutPaper("letter", "en", f"{number}-letter.pdf", PDF, letter)]
    if given:
        package = Package(_sender(), number, timezone.localdate(), tuple(people))
        within = sorted({item for _, item, _ in held_within(package, withheld)})
        if within and not answer.signatures.exists():
            raise refuse(
                "package",
                f"what is given of {', '.join(within)} has something in it that is withheld",
                "counsel looks at the values and signs, or withholds them",
            )
        pdf = checked_pdf(package_paper(package), withheld)
        table = checked_csv(package, withheld)
        made.append(OutPaper("package", "", f"{number}-package.pdf", PDF, pdf))
        made.append(OutPaper("table", "", f"{number}-package.csv", CSV, table))
    for owed in notices_of(answer, _name(answer)):
        kind, language = owed.notice.name, owed.notice.language
        paper = notice_paper(owed.notice, _sender(), timezone.localdate(), owed.values)
        made.append(
            OutPaper(
                kind,
                language,
                f"{number}-{kind}-{language}.pdf",
                PDF,
                checked_pdf(paper, withheld),
                owed.notice.valid_service,
            )
        )
    return made


def _name(answer: Answer) -> str:
    """How the person of an answer is addressed in papers to herself: by the name in the records, else her number."""
    person = answer.request.person
    cells = _read(person, ["name"], labelled=False).get("name", ()) if person else ()
    return " ".join(reversed(cells)) or person


def _sender() -> Sender:
    office: Office = settings.OFFICE
    return Sender(office.name, office.address, office.phone, office.email)


def _letter(
    answer: Answer, ways: list[tuple[Way, list[ItemAnswer]]], given: bool
) -> Letter | BlindLetter:
    request, case = answer.request, answer.request.case
    law = law_in_use()
    addressee = (case.agency, *case.attention.splitlines())
    if not answer.says_whom and not given:
        asked = engine_request(request)
        rules = [rule for one in blind_decisions(asked, answer.as_of) for rule in one["rules"]]
        return BlindLetter(
            office=_sender(),
            case=request.id_text,
            day=timezone.localdate(),
            addressee=addressee,
            reference=case.reference,
            received=timezone.localdate(case.received_at),
            asked=tuple(request.items),
            citations=_citations(law, answer, sorted(set(rules))),
        )
    answers = []
    for item in request.items:
        by_outcome: dict[Outcome, set[str]] = {}
        for _, items in ways:
            for one in items:
                if one.item == item:
                    by_outcome.setdefault(outcome(one), set()).update(one.decision["rules"])
        for became, ids in sorted(by_outcome.items()):
            person = ""
            if len(by_outcome) > 1:
                person = LISTED if became is Outcome.GIVEN else OTHERS
            cited = _citations(law, answer, sorted(ids))
            answers.append(LetterAnswer(item, WORDS[became], cited, person))
    return Letter(
        office=_sender(),
        case=request.id_text,
        day=timezone.localdate(),
        addressee=addressee,
        reference=case.reference,
        received=timezone.localdate(case.received_at),
        asked=tuple(request.items),
        answers=tuple(answers),
    )


def _citations(law: Law, answer: Answer, rules: Iterable[str]) -> tuple[Citation, ...]:
    blocks = law.in_force(answer.as_of).blocks
    made = []
    for rule in rules:
        provision = blocks[rule].provision
        made.append(
            Citation(citation_of(provision), provision.pack.source, law.book.is_checked(provision))
        )
    return tuple(dict.fromkeys(made))


def _values(
    answer: Answer, ways: list[tuple[Way, list[ItemAnswer]]]
) -> tuple[list[str], list[Person]]:
    """Every value that is withheld of the people of an answer, and the parts of those who are given some."""
    words = vocabulary()
    data = [name for name, word in words.items.items() if word.kind == "data"]
    withheld: list[str] = []
    people = []
    for way, items in ways:
        given = [one.item for one in items if outcome(one) is Outcome.GIVEN and one.item in data]
        for person in way.people:
            values = _read(person, given, labelled=True)
            parts = tuple(Granted(item, values[item]) for item in given if values.get(item))
            others = _read(person, [item for item in data if item not in given], labelled=False)
            withheld += [value for texts in others.values() for value in texts]
            if parts:
                people.append(Person(person, parts))
    return withheld, people


def _read(person: str, items: list[str], *, labelled: bool) -> dict[str, tuple[str, ...]]:
    """Values of a person's items; none where there is no record of her."""
    office: Office = settings.OFFICE
    if not items or next(iter(records().named((person,)))).has == frozenset():
        return {}
    return read_values(office.records, office.map, vocabulary(), person, items, labelled=labelled)

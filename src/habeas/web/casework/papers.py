"""The papers of an answer: letter, package, table, notices.

    Answer, records  ->  papers_of  ->  OutPaper, …; each looked through for what is withheld

Promise: a package is put together from given values alone; a paper that holds a withheld value is not made; a
requester who may not know whether there is a record gets a letter that depends on none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from habeas.decisions.decide import Law
from habeas.decisions.explain import citation_of
from habeas.records.values import read_values_of_each
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
from habeas.web.casework.mapping import mapping_in_use, records_source
from habeas.web.casework.models import Answer, ItemAnswer, Way
from habeas.web.casework.notices import notices_of
from habeas.web.casework.wording import wording_in_use
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

    Raises `HabeasError` where one cannot be made, its wording was not adopted, or it holds a value that is withheld.
    """
    wording_in_use()
    ways = [(way, list(way.items.prefetch_related("choices"))) for way in answer.ways.all()]
    given = any(outcome(one) is Outcome.GIVEN for _, items in ways for one in items)
    withheld, people = _values(answer, ways)
    text = _letter(answer, ways, given)
    # Whether a blind letter can be made depends on no record either: what it echoes is the requester's own.
    letter = checked_pdf(letter_paper(text), [] if isinstance(text, BlindLetter) else withheld)
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
    read = _read([person], ["name"], labelled=False) if person else {}
    cells = read.get(person, {}).get("name", ())
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
    alike: dict[tuple[str, ...], list[str]] = {}
    for way, items in ways:
        given = tuple(
            one.item for one in items if outcome(one) is Outcome.GIVEN and one.item in data
        )
        alike.setdefault(given, []).extend(way.people)
    withheld: list[str] = []
    made: dict[str, tuple[Granted, ...]] = {}
    for given, some in alike.items():
        for person, values in _read(some, given, labelled=True).items():
            made[person] = tuple(Granted(item, values[item]) for item in given if values.get(item))
        others = [item for item in data if item not in given]
        for values in _read(some, others, labelled=False).values():
            withheld += [value for texts in values.values() for value in texts]
    parts = [made[person] for way, _ in ways for person in way.people if made.get(person)]
    # By a number of the package's: her key is a word of the record.
    return withheld, [Person(str(number), some) for number, some in enumerate(parts, 1)]


def _read(
    people: Sequence[str], items: Sequence[str], *, labelled: bool
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Values of these items, by person, read once for all of them; of whom there is no record, none."""
    if not items:
        return {}
    there = [one.id for one in records().named(people) if one.has != frozenset()]
    if not there:
        return {}
    return read_values_of_each(
        records_source(),
        mapping_in_use().document,
        vocabulary(),
        there,
        items,
        labelled=labelled,
    )

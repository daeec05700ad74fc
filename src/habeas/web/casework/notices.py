"""The notices that an answer owes to the person it is about, in every language that there is.

    Answer, duties  ->  notices_of  ->  Notice, values, …

Promise: a notice is made only of whom there is a record, and stays in the office until it is handed over; a
translation that nobody reviewed is made beside the English, and never counts as served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from habeas.decisions.explain import citation_of
from habeas.law.ruleset import RuleSet
from habeas.records import Person
from habeas.reports.casework.notice import Notice, read_notices
from habeas.reports.casework.notice_fields import REQUESTS, Value
from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.doors import Outcome, outcome
from habeas.web.casework.engine import person_of, standing
from habeas.web.casework.models import Answer, ItemAnswer

OF_ACTS = {
    "give_copy_to_subject": "copy-to-subject",
    "tell_subject_if_complying": "whether-complying",
    "notify_subject": "release-notice",
    "notify_attorney_or_designee": "release-notice",
    "inform_subject_of_hold": "inform-subject-of-hold",
}
"""Which notice an act of a duty asks for; other acts are tasks without a paper of ours."""

CONSENT = "consent-to-interview"


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice in one language, with all its fields."""

    notice: Notice
    values: dict[str, Value]
    number: int


def notices_of(answer: Answer, name: str) -> Iterator[Owed]:
    """The notices that an answer owes, each in every language.

    name  how she is addressed
    """
    person = person_of(answer.request)
    if person is None:
        return
    items = [one for way in answer.ways.all() for one in way.items.prefetch_related("choices")]
    rules = law_in_use().in_force(answer.as_of)
    known = _known(answer, items, name, person)
    wanted: dict[str, str] = {}
    for item in items:
        for duty in item.decision["duties"]:
            made = OF_ACTS.get(duty["act"])
            if made and duty["certain"]:
                wanted.setdefault(made, _law(rules, duty["duty"]))
        if item.item == "interview_access":
            wanted.setdefault(
                CONSENT, ", ".join(_law(rules, rule) for rule in item.decision["rules"])
            )
    for number, (made, law) in enumerate(sorted(wanted.items()), 1):
        values = {**known, "law": law}
        for (called, _), notice in sorted(read_notices().items()):
            if called == made and all(values.get(field) for field in notice.fields):
                yield Owed(notice, {field: values[field] for field in notice.fields}, number)


def _known(answer: Answer, items: list[ItemAnswer], name: str, person: Person) -> dict[str, Value]:
    case = answer.request.case
    said = standing(answer.request.statements.all())
    instrument = said["instrument"][-1].value if "instrument" in said else ""
    values: dict[str, Value] = {
        "case": answer.request.id_text,
        "compliance": _compliance(items),
        "items": tuple(answer.request.items),
        "person": name,
        "received": timezone.localdate(case.received_at),
        "recipient": name,
        "request": str(instrument) if instrument in REQUESTS else "",
        "requester": case.agency,
    }
    release = person.facts.values.get("release_on")
    told = any(one.item == "release_date" and outcome(one) is Outcome.GIVEN for one in items)
    if told and isinstance(release, date):
        values |= {"release": release, "told": timezone.localdate()}
    return values


def _compliance(items: list[ItemAnswer]) -> str:
    became = {outcome(one) for one in items}
    if became == {Outcome.GIVEN}:
        return "complies"
    if Outcome.GIVEN in became:
        return "complies in part"
    return "not decided" if Outcome.WAITS in became else "does not comply"


def _law(rules: RuleSet, block: str) -> str:
    duties = {one.id: one.provision for one in rules.duties}
    provision = duties.get(block) or rules.blocks[block].provision
    return citation_of(provision)

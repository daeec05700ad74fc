"""What stands between an answer and its release.

    Answer, User  ->  closed_doors  ->  Door, …: nothing, or what has to happen first

Promise: pages show these, acts ask them again, and the gravest are conditions of the database as well
(`migrations/0002_triggers.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from django.conf import settings

from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.models import Answer, ItemAnswer, Release

FOR_COUNSEL = ("conflict", "contested", "judgement", "selection")
"""Why something goes to counsel."""

COUNSEL_MAY_GIVE = ("conflict", "contested")
"""Where counsel may choose to give what the law does not settle: facts and judgements are to be stated instead."""


class Outcome(StrEnum):
    """What becomes of an item in an answer."""

    GIVEN = "given"
    WITHHELD = "withheld"
    WAITS = "waits"


class Door(NamedTuple):
    """Something that has to happen first: what, and who can do it."""

    what: str
    who: str


def outcome(item: ItemAnswer) -> Outcome:
    """What becomes of an item: only what the law requires, or permits and somebody chose, is given."""
    choice = item.choices.last()
    if item.verdict == "deny":
        return Outcome.WITHHELD
    if item.verdict == "grant":
        if item.basis == "required":
            return Outcome.GIVEN
        if choice is None:
            return Outcome.WAITS
        return Outcome.GIVEN if choice.give else Outcome.WITHHELD
    if choice is None:
        return Outcome.WAITS
    if choice.give:
        return Outcome.GIVEN if item.basis in COUNSEL_MAY_GIVE else Outcome.WAITS
    return Outcome.WITHHELD


def items_of(answer: Answer) -> list[ItemAnswer]:
    """Every item of an answer, with its choices."""
    return list(
        ItemAnswer.objects.filter(way__answer=answer)
        .select_related("way")
        .prefetch_related("choices")
    )


def released(answer: Answer) -> bool:
    """Whether it went out; asked of the database, since a release that failed was undone there."""
    return Release.objects.filter(answer=answer).exists()


def gives(answer: Answer) -> bool:
    """Whether anything of an answer is given."""
    return any(outcome(one) is Outcome.GIVEN for one in items_of(answer))


def waits(answer: Answer) -> bool:
    """Whether anything of an answer is still open: somebody has to come back to it."""
    return any(outcome(one) is Outcome.WAITS for one in items_of(answer))


def stale(answer: Answer, today: date) -> str:
    """Why an answer has to be prepared anew; empty: it has not."""
    if answer.request.answers.filter(pk__gt=answer.pk).exists():
        return "a newer answer was prepared"
    if answer.request.statements.filter(pk__gt=answer.last_statement).exists():
        return "something was stated after it was prepared"
    if answer.as_of != today:
        return f"it was decided under the law of {answer.as_of}, and would leave on {today}"
    if answer.law != law_in_use().digest:
        return "it was decided by other law than is in use"
    return ""


def closed_doors(answer: Answer, today: date) -> list[Door]:
    """What has to happen before anybody may release an answer."""
    made = []
    if released(answer):
        return [Door("it was released already", "nobody")]
    if why := stale(answer, today):
        made.append(Door(f"prepare it anew: {why}", "records, counsel"))
    items = items_of(answer)
    for one in items:
        if one.basis == "permitted" and not one.choices.last():
            made.append(
                Door(
                    f"choose whether to give {one.item}, which the law permits",
                    "records, counsel, supervisor",
                )
            )
    given = [one for one in items if outcome(one) is Outcome.GIVEN]
    signed = answer.signatures.exists()
    if given and not signed and not settings.OFFICE.demo and any(one.unchecked for one in given):
        made.append(Door("sign for the law that it rests on and that nobody checked", "counsel"))
    if given and not answer.says_whom and not signed:
        made.append(
            Door(
                "sign: to give anything tells that there is a record, and the requester may not know that",
                "counsel",
            )
        )
    if settings.OFFICE.log is None:
        made.append(
            Door("name the public log in office.yaml: no receipt, no release", "administrator")
        )
    return _once(made)


def closed_for(answer: Answer, user: User) -> list[Door]:
    """What keeps this person from releasing an answer that has no other door closed."""
    made = []
    if answer.prepared_by_id == user.pk:
        made.append(Door("somebody else releases what you prepared", "another person"))
    wanted = Act.RELEASE_GRANT if gives(answer) else Act.RELEASE
    if not user.may(wanted):
        made.append(Door(f"you may not {wanted.value}", "supervisor, counsel"))
    return made


def _once(doors: Iterable[Door]) -> list[Door]:
    return list(dict.fromkeys(doors))

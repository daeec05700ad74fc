"""What stands between an answer and its release.

    Answer, User  ->  closed_doors  ->  Door, …: nothing, or what has to happen first

Promise: pages show these, acts ask them again, and the gravest are conditions of the database as well
(`migrations/0002_triggers.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

import rfc8785
from django.conf import settings
from django.db.models import Max, OuterRef, Subquery

from habeas.errors import HabeasError
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.adopting import digest_in_use, law_in_use
from habeas.web.casework.models import (
    Answer,
    Choice,
    Correction,
    ItemAnswer,
    Release,
    Signature,
    Statement,
    Version,
)
from habeas.web.casework.wording import wording_in_use

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


def choice_of(item: ItemAnswer) -> Choice | None:
    """The choice that counts: the last one. Asks nothing of the database where choices were read with the item."""
    made = list(item.choices.all())
    return made[-1] if made else None


def outcome(item: ItemAnswer) -> Outcome:
    """What becomes of an item: only what the law requires, or permits and somebody chose, is given."""
    choice = choice_of(item)
    return became(item.verdict, item.basis, choice.give if choice else None)


def became(verdict: str, basis: str, give: bool | None) -> Outcome:
    """What becomes of an item; `give`: what was chosen last, None where nothing was."""
    if verdict == "deny":
        return Outcome.WITHHELD
    if verdict == "grant":
        if basis == "required":
            return Outcome.GIVEN
        if give is None:
            return Outcome.WAITS
        return Outcome.GIVEN if give else Outcome.WITHHELD
    if give is None:
        return Outcome.WAITS
    if give:
        return Outcome.GIVEN if basis in COUNSEL_MAY_GIVE else Outcome.WAITS
    return Outcome.WITHHELD


class Became(NamedTuple):
    """An item of an answer, without why it was decided so: what was chosen last (None: nothing), and what it becomes."""

    item: str
    verdict: str
    basis: str
    unchecked: bool
    give: bool | None

    @property
    def outcome(self) -> Outcome:
        """As `outcome` of the item."""
        return became(self.verdict, self.basis, self.give)


def items_of(answer: Answer) -> list[ItemAnswer]:
    """Every item of an answer, with its choices and its way (read once a way: many people are in some)."""
    ways = {way.pk: way for way in answer.ways.all()}
    items = ItemAnswer.objects.filter(way__answer=answer).order_by("way_id", "position")
    found = list(items.prefetch_related("choices"))
    for one in found:
        one.way = ways[one.way_id]
    return found


class Known:
    """What the database holds of some answers, each thing read once for all of them, when it is first wanted.

    Whoever acts makes it within the transaction of what she does; it is not kept from one request to the next.
    """

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._answers = list(answers)
        self._keys = [one.pk for one in self._answers]
        self._requests = [one.request_id for one in self._answers]

    @cached_property
    def released(self) -> frozenset[int]:
        """Keys of those that went out."""
        found = Release.objects.filter(answer__in=self._keys)
        return frozenset(found.values_list("answer", flat=True))

    @cached_property
    def signed(self) -> frozenset[int]:
        """Keys of those that counsel signed for."""
        found = Signature.objects.filter(answer__in=self._keys)
        return frozenset(found.values_list("answer", flat=True))

    @cached_property
    def newest(self) -> dict[int, int]:
        """The key of the newest answer of each request."""
        found = Answer.objects.filter(request__in=self._requests).order_by()
        return dict(found.values("request").annotate(last=Max("pk")).values_list("request", "last"))

    @cached_property
    def _last_stated(self) -> dict[int, int]:
        found = Statement.objects.filter(request__in=self._requests).order_by()
        return dict(found.values("request").annotate(last=Max("pk")).values_list("request", "last"))

    def stated_since(self, answer: Answer) -> bool:
        """Whether something was stated after an answer was prepared."""
        return self._last_stated.get(answer.request_id, 0) > answer.last_statement

    @cached_property
    def _corrections(self) -> list[tuple[str, datetime]]:
        first = min((one.prepared_at for one in self._answers), default=None)
        found = Correction.objects.filter(at__gte=first) if first else Correction.objects.none()
        return list(found.values_list("person", "at"))

    def corrected_since(self, answer: Answer) -> bool:
        """Whether a record of somebody in an answer was corrected after it was prepared."""
        people = {person for person, at in self._corrections if at >= answer.prepared_at}
        return bool(people) and any(people & set(way.people) for way in answer.ways.all())

    @cached_property
    def items(self) -> dict[int, list[Became]]:
        """The items of each, way by way, but those that the law denies: they stay, and close no door."""
        last = Choice.objects.filter(item=OuterRef("pk")).order_by("-pk").values("give")[:1]
        found = ItemAnswer.objects.filter(way__answer__in=self._keys).exclude(verdict="deny")
        found = found.order_by("way_id", "position")
        made: dict[int, list[Became]] = {key: [] for key in self._keys}
        for key, *rest in found.annotate(give=Subquery(last)).values_list(
            "way__answer", "item", "verdict", "basis", "unchecked", "give"
        ):
            made[key].append(Became(*rest))
        return made

    @cached_property
    def law(self) -> str:
        """The digest of the law in use."""
        return law_in_use().digest

    @cached_property
    def mapping(self) -> str:
        """The digest of the mapping in use."""
        return digest_in_use(Version.MAPPING)

    @cached_property
    def worded(self) -> bool:
        """Whether the wording of papers was adopted."""
        try:
            wording_in_use()
        except HabeasError:
            return False
        return True


def released(answer: Answer) -> bool:
    """Whether it went out; asked of the database, since a release that failed was undone there."""
    return Release.objects.filter(answer=answer).exists()


def seen(answer: Answer) -> str:
    """A digest of what an answer gives and withholds, and by whose choices and signatures.

    Whoever releases names it: what was chosen or signed since she looked makes it another.
    """
    items = [
        [one.pk, outcome(one).value, *(each.pk for each in one.choices.all())]
        for one in items_of(answer)
    ]
    signatures = list(answer.signatures.values_list("pk", flat=True))
    return sha256(rfc8785.dumps([answer.pk, items, signatures])).hexdigest()[:32]


def gives(answer: Answer) -> bool:
    """Whether anything of an answer is given."""
    return any(outcome(one) is Outcome.GIVEN for one in items_of(answer))


def waits(answer: Answer) -> bool:
    """Whether anything of an answer is still open: somebody has to come back to it."""
    return any(outcome(one) is Outcome.WAITS for one in items_of(answer))


def stale(answer: Answer, today: date, known: Known | None = None) -> str:
    """Why an answer has to be prepared anew; empty: it has not."""
    known = known or Known([answer])
    if known.newest[answer.request_id] > answer.pk:
        return "a newer answer was prepared"
    if known.stated_since(answer):
        return "something was stated after it was prepared"
    if known.corrected_since(answer):
        return "the records of somebody in it were corrected after it was prepared"
    if answer.as_of != today:
        return f"it was decided under the law of {answer.as_of}, and would leave on {today}"
    if answer.law != known.law:
        return "it was decided by other law than is in use"
    if answer.mapping != known.mapping:
        return "the records were read by another mapping than is in use"
    return ""


def closed_doors(answer: Answer, today: date, known: Known | None = None) -> list[Door]:
    """What has to happen before anybody may release an answer; `known`: what was read of several at once."""
    made = []
    known = known or Known([answer])
    if answer.pk in known.released:
        return [Door("it was released already", "nobody")]
    if why := stale(answer, today, known):
        made.append(Door(f"prepare it anew: {why}", "records, counsel"))
    items = known.items[answer.pk]
    for one in items:
        if one.basis == "permitted" and one.give is None:
            made.append(
                Door(
                    f"choose whether to give {one.item}, which the law permits",
                    "records, counsel, supervisor",
                )
            )
    given = [one for one in items if one.outcome is Outcome.GIVEN]
    signed = answer.pk in known.signed
    if given and not signed and not settings.OFFICE.demo and any(one.unchecked for one in given):
        made.append(Door("sign for the law that it rests on and that nobody checked", "counsel"))
    if given and not answer.says_whom and not signed:
        made.append(
            Door(
                "sign: to give anything tells that there is a record, and the requester may not know that",
                "counsel",
            )
        )
    if not known.worded:
        made.append(Door("propose the wording of papers, and sign for it", "counsel"))
    if settings.OFFICE.log is None:
        made.append(
            Door("name the public log in office.yaml: no receipt, no release", "administrator")
        )
    return _once(made)


def closed_for(answer: Answer, user: User, known: Known | None = None) -> list[Door]:
    """What keeps this person from releasing an answer that has no other door closed."""
    made = []
    known = known or Known([answer])
    if answer.prepared_by_id == user.pk:
        made.append(Door("somebody else releases what you prepared", "another person"))
    given = any(one.outcome is Outcome.GIVEN for one in known.items[answer.pk])
    wanted = Act.RELEASE_GRANT if given else Act.RELEASE
    if not user.may(wanted):
        made.append(Door(f"you may not {wanted.value}", "supervisor, counsel"))
    return made


def _once(doors: Iterable[Door]) -> list[Door]:
    return list(dict.fromkeys(doors))

"""An answer as its officers compare it: item by item, people who get the same of an item together.

    Answer  ->  groups_of  ->  Group, …  ->  case page, release page
                missing_of ->  Missing, …

Promise: no value of an item is read; what becomes of each item is what `doors.outcome` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from habeas.decisions.decide import Law
from habeas.decisions.explain import OUTCOME
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.doors import (
    COUNSEL_MAY_GIVE,
    FOR_COUNSEL,
    Outcome,
    choice_of,
    items_of,
    outcome,
)
from habeas.web.casework.models import Answer, CaseRequest, Choice, ItemAnswer
from habeas.web.desk.facts import can_state, speakers
from habeas.web.desk.reasons import Reason, called, question, reasons_of
from habeas.web.desk.words import VERDICTS, who_can


@dataclass(slots=True)
class Group:
    """People who get the same of one item, for the same reasons.

    members  the item's answers, one a way
    people   how many
    """

    item: str
    verdict: str
    basis: str
    outcome: Outcome
    decision: dict[str, Any]
    unchecked: bool
    choice: Choice | None
    members: list[ItemAnswer] = field(default_factory=list)
    people: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def words(self) -> str:
        """The verdict, for a cell."""
        return VERDICTS[self.verdict, self.basis]

    @property
    def sentence(self) -> str:
        """More of the verdict, in a sentence; empty where `words` says all of it."""
        told = OUTCOME[self.verdict, self.basis]
        return "" if told == f"{self.words}." else told

    @property
    def first(self) -> ItemAnswer:
        """One of the group, to choose by."""
        return self.members[0]

    @property
    def missing(self) -> list[str]:
        """The facts that it waits for."""
        return [called(one["fact"]) for one in self.decision["missing"]]

    @property
    def may_be_chosen(self) -> bool:
        """Whether the law leaves a choice, or counsel may withhold."""
        return self.basis == "permitted" or self.basis in FOR_COUNSEL

    @property
    def may_be_given(self) -> bool:
        """Whether a choice may be to give."""
        return self.basis == "permitted" or self.basis in COUNSEL_MAY_GIVE

    @property
    def chooses(self) -> Act:
        """Whose act the choice is."""
        return Act.CHOOSE if self.verdict == "grant" else Act.SIGN_LAW


def groups_of(answer: Answer, law: Law | None = None) -> list[Group]:
    """The groups of an answer: items in their order, the largest group of each first; `law`: with reasons."""
    made: dict[tuple[Any, ...], Group] = {}
    order: dict[str, int] = {}
    for one in items_of(answer):
        order.setdefault(one.item, one.position)
        choice = choice_of(one)
        key = _key(one, choice)
        if key not in made:
            made[key] = Group(
                one.item, one.verdict, one.basis, outcome(one), one.decision, one.unchecked, choice
            )
        made[key].members.append(one)
        made[key].people += len(one.way.people)
    groups = sorted(made.values(), key=lambda group: (order[group.item], -group.people))
    if law is not None:
        for group in groups:
            group.reasons = reasons_of(law, answer.as_of, group.decision)
    return groups


def _key(one: ItemAnswer, choice: Choice | None) -> tuple[Any, ...]:
    decision = one.decision
    return (
        one.item,
        one.verdict,
        one.basis,
        tuple(decision["rules"]),
        tuple((d["rule"], *d["by"]) for d in decision["defeated"]),
        tuple(m["fact"] for m in decision["missing"]),
        (choice.give, choice.reason, choice.by_id) if choice else None,
    )


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that matters and that nobody has told.

    items   how many items wait for it
    who     who can answer, in words
    mine    whether the reader can
    stated  whether it is stated in the case; else the records are to be corrected
    """

    path: str
    called: str
    question: str
    who: str
    items: int
    mine: bool
    stated: bool


def missing_of(
    request: CaseRequest, groups: Iterable[Group], law: Law, user: User
) -> list[Missing]:
    """What an answer waits for, what most items wait for first."""
    waiting: dict[str, set[str]] = {}
    who: dict[str, list[str]] = {}
    for group in groups:
        if group.verdict != "refer" or group.outcome is not Outcome.WAITS:
            continue
        for one in group.decision["missing"]:
            waiting.setdefault(one["fact"], set()).add(group.item)
            who[one["fact"]] = one["who"]
    found = []
    for path, items in waiting.items():
        stated = can_state(request, path)
        found.append(
            Missing(
                path,
                called(path),
                question(law, path),
                who_can(who[path]),
                len(items),
                stated and bool(speakers(user, path)),
                stated,
            )
        )
    return sorted(found, key=lambda one: (-one.items, not one.mine, one.path))

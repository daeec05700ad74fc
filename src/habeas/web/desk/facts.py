"""What was said about a request: each fact, who says so, since when, and who may say more.

    CaseRequest, Statements  ->  told_of  ->  Told, …;  User, path  ->  speakers

Promise: what only the requester says is marked; nothing here decides who may speak: `intake.state` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from habeas.law.facts import Value
from habeas.law.vocabulary import Fact
from habeas.reports.words import day, listed, speaker, value_words
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.engine import standing, vocabulary
from habeas.web.casework.intake import speakers as may_speak
from habeas.web.casework.models import CaseRequest, Statement
from habeas.web.desk.reasons import called


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that stands, as the page shows it.

    value        in words
    who          who says so
    since        the earliest day from which it was known
    by           who entered it
    unconfirmed  nobody but the requester says so
    changed      how often something else was said before
    """

    path: str
    called: str
    meaning: str
    value: str
    who: str
    since: str
    by: str
    reason: str
    unconfirmed: bool
    changed: int
    mine: bool


def told_of(request: CaseRequest, user: User) -> list[Told]:
    """Every fact that stands, the unconfirmed ones first, then in the vocabulary's order."""
    words = vocabulary()
    order = {path: at for at, path in enumerate(words.facts)}
    statements = list(request.statements.select_related("by"))
    found = []
    for path, said in standing(statements).items():
        fact = words.fact_at(path)
        last = said[-1]
        people = list(dict.fromkeys(str(one.by) for one in said))
        found.append(
            Told(
                path,
                called(path),
                fact.meaning if fact else "",
                shown(fact, last.value),
                listed(dict.fromkeys(speaker(one.source) for one in said)),
                day(min(one.known_on for one in said)),
                listed(people),
                last.reason,
                all(one.source == "requester" for one in said),
                len([one for one in statements if one.path == path]) - len(said),
                can_state(request, path) and bool(speakers(user, path)),
            )
        )
    return sorted(found, key=lambda one: (not one.unconfirmed, order.get(one.path, len(order))))


def shown(fact: Fact | None, value: Value | None) -> str:
    """A stated value in words."""
    if value is None:
        return "not known"
    if fact is not None and fact.type == "date" and isinstance(value, str):
        return day(date.fromisoformat(value))
    return value_words(value)


def can_state(request: CaseRequest, path: str) -> bool:
    """Whether a fact is one that this request can say.

    Rows come from the records. A request about all records says nothing of single people: what is said in it
    would be said of everybody.
    """
    fact = vocabulary().fact_at(path)
    if fact is None or fact.table:
        return False
    if request.person or fact.scope == "request":
        return True
    return fact.scope == "item" and "records" not in fact.who


def speakers(user: User, path: str) -> list[str]:
    """For whom a user can say a fact, the office itself first; empty: it is not hers to say."""
    fact = vocabulary().fact_at(path)
    if fact is None or fact.table or not user.may(Act.JUDGE if fact.judgement else Act.STATE):
        return []
    return sorted(may_speak(user, fact), key=lambda one: one == "requester")


def statable(request: CaseRequest) -> list[tuple[str, Fact]]:
    """Every fact that can be said in a request, in the vocabulary's order, those of its items last."""
    words = vocabulary()
    found = [(path, fact) for path, fact in words.facts.items() if fact.scope != "item"]
    found += [
        (f"{item}.{path}", fact)
        for item in request.items
        for path, fact in words.facts.items()
        if fact.scope == "item"
    ]
    return [(path, fact) for path, fact in found if can_state(request, path)]


def said_before(request: CaseRequest, path: str) -> list[Statement]:
    """All that was ever said of a fact, the last first."""
    return list(request.statements.filter(path=path).select_related("by").order_by("-pk"))

"""What the measurements are about: a day, a place, a detainer's notification request, one person.

    examples/requests, the shipped law  ->  Setting (request and facts), random states

Promise: the same in every run; nobody is real.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random

from habeas import Facts, Law, Person, Request, read_law, read_request
from habeas.law.conditions import Count, terms, walk
from habeas.law.dates import shift
from habeas.law.facts import Row, Value
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Fact

DAY = date(2025, 8, 1)
PLACE = "us-ca-sf"
REQUESTS = Path(__file__).parents[1] / "examples" / "requests"
ELSEWHERE = {"i-247a-texas.yaml": "us-tx"}
"""Example requests that were served somewhere else."""

OPEN, KNOWN = "open", "known"
"""The person as a jail knows her, and with an answer to everything that the law asks."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One request about one person under the law of one place.

    facts  the request's and the person's together
    """

    law: Law
    request: Request
    person: Person
    facts: Facts

    @property
    def items(self) -> tuple[str, ...]:
        """Every item of the vocabulary."""
        return self.request.items


def setting(state: str) -> Setting:
    """The notification request of `i-247a.yaml`, all items asked, about a person open or known."""
    law = read_law(PLACE)
    request = asked_whole(notification(law), law)
    facts = Facts(
        {"in_custody": True, "minor": False, "current_registrant": False},
        {(item, "public"): True for item in law.book.vocabulary.expand("arrest_information")},
        {"conviction": [dict(row) for row in CONVICTIONS], "charge": [dict(CHARGE)]},
        frozenset({"conviction", "charge"}),
    )
    if state == KNOWN:
        rules = law.in_force(DAY)
        facts = filled(rules, rules.completed(request.facts.merged(facts)), _nothing_more)
        request, facts = _split(request, facts)
    person = Person("P1", facts, frozenset())
    return Setting(law, request, person, request.facts.merged(facts))


def _split(request: Request, whole: Facts) -> tuple[Request, Facts]:
    """What the request says (all request facts, and what it said before), and what records say."""
    before, kinds = request.facts, read_law(PLACE).book.vocabulary.facts
    said = {n for n in whole.values if n in before.values or kinds[n].scope == "request"}
    values = {name: whole.values[name] for name in said}
    rest = {name: value for name, value in whole.values.items() if name not in said}
    items = {key: value for key, value in whole.items.items() if key not in before.items}
    stated = Facts(values, before.items, sources=before.sources)
    return replace(request, facts=stated), Facts(rest, items, whole.rows, whole.complete)


CONVICTIONS: tuple[Row, ...] = (
    {
        "offense": "PC 211",
        "level": "felony",
        "convicted_on": date(2017, 3, 9),
        "released_on": date(2021, 5, 14),
        "incident": "17CR69716",
        "domestic_violence": False,
        "reduced_by_prop_47": False,
    },
    {
        "offense": "VC 23152(a)",
        "level": "misdemeanor",
        "convicted_on": date(2024, 4, 3),
        "released_on": date(2024, 4, 20),
        "incident": "24CR10233",
        "domestic_violence": False,
        "reduced_by_prop_47": False,
    },
)
CHARGE: Row = {
    "offense": "PC 245(a)(1)",
    "level": "felony",
    "filed_on": date(2025, 6, 4),
    "held_to_answer": True,
    "domestic_violence": False,
    "reduced_by_prop_47": False,
}


def notification(law: Law) -> Request:
    """The half of the example's Form I-247A that asks to be told."""
    return read_request(REQUESTS / "i-247a.yaml", law.book.vocabulary)[0]


def asked_whole(request: Request, law: Law) -> Request:
    """The request, asked of all people and for all items."""
    return replace(request, people=None, items=tuple(law.book.vocabulary.items))


def examples() -> list[tuple[str, str, int]]:
    """Every example request: its place, its file, and which of the file's requests it is."""
    found = []
    for path in sorted(REQUESTS.glob("*.yaml")):
        place = ELSEWHERE.get(path.name, PLACE)
        made = read_request(path, read_law(place).book.vocabulary)
        found += [(place, path.name, number) for number in range(len(made))]
    return found


# -- facts ----------------------------------------------------------------------------------------


def read_by(rules: RuleSet) -> list[Fact]:
    """Every fact and column that a rule or a duty reads."""
    found: dict[tuple[str, str], Fact] = {}
    for cond in (*rules.own.values(), *rules.duty_when.values()):
        for part in walk(cond):
            for term in terms(part):
                if term.name is not None:
                    found[term.table, term.name] = _fact(rules, term.table, term.name)
            if isinstance(part, Count) and part.column is not None:
                found[part.table, part.column] = _fact(rules, part.table, part.column)
    return [found[key] for key in sorted(found)]


def _fact(rules: RuleSet, table: str, name: str) -> Fact:
    vocabulary = rules.vocabulary
    return vocabulary.tables[table][name] if table else vocabulary.facts[name]


def filled(rules: RuleSet, facts: Facts, choose: Callable[[Fact], Value]) -> Facts:
    """The facts with an answer for everything that the law reads, and every table complete."""
    values, items = dict(facts.values), dict(facts.items)
    rows = {table: [dict(row) for row in given] for table, given in facts.rows.items()}
    for fact in read_by(rules):
        if fact.scope == "row":
            for row in rows.get(fact.table, ()):
                row.setdefault(fact.name, choose(fact))
        elif fact.scope == "item":
            for item in rules.vocabulary.items:
                items.setdefault((item, fact.name), choose(fact))
        else:
            values.setdefault(fact.name, choose(fact))
    return Facts(values, items, rows, frozenset(rules.vocabulary.tables), facts.sources)


def _nothing_more(fact: Fact) -> Value:
    """No, to all that is left; days of long ago."""
    answers: dict[str, Value] = {
        "yes/no": False, "date": date(1990, 1, 1), "number": 0, "place": "us", "text": "none",
    }  # fmt: skip
    return answers[fact.type] if fact.type != "words" else fact.words[-1]


FAVOURED: Row = {
    "purpose": "immigration enforcement",
    "instrument": "notification request",
    "requester_kind": "immigration authority",
}
"""What random states have more often than chance, because most of the law is about it."""


def random_state(rules: RuleSet, rng: Random) -> Facts:
    """Everything known, drawn at random from what the law tells apart, up to three rows a table."""
    rows: dict[str, list[Row]] = {
        table: [{} for _ in range(rng.randrange(4))] for table in rules.vocabulary.tables
    }

    def choose(fact: Fact) -> Value:
        if fact.name in FAVOURED and rng.random() < 0.4:
            return FAVOURED[fact.name]
        if fact.type == "yes/no":
            return rng.random() < 0.5
        if fact.type == "date":
            day = shift(DAY, (-rng.choice((0, 1, 5, 7, 15)), "year"))
            return shift(day, (rng.choice((-1, 0, 1)), "day"))
        if fact.type == "number":
            return rng.randrange(5)
        return rng.choice(fact.words or ("us", "us-ca", "us-ca-sf", "us-cal", "us-tx"))

    return filled(rules, Facts(rows=rows), choose)

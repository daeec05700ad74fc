"""Counting decisions: how many of what, for whom, and why.

    Answer  ->  count  ->  Counts (by item, by reason, by question, by duty)

Promise: every number of a report is counted here, from the table of decisions alone. Which row of a
person's record a question is about, and days that her record sets, are taken out before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import pyarrow as pa

from habeas.decisions.decision import VERDICTS
from habeas.decisions.table import SCHEMA
from habeas.reports.answer import Answer

FROM_RECORD = "set by the record"
"""A due day that is counted from a fact of the person's record, and so is not told."""


class ItemCount(NamedTuple):
    """Decisions about one item, by verdict."""

    item: str
    grant: int
    refer: int
    deny: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.grant + self.refer + self.deny


class Settled(NamedTuple):
    """Decisions about one item with one verdict, basis and set of rules."""

    item: str
    verdict: str
    basis: str
    rules: tuple[str, ...]
    decisions: int


class Beaten(NamedTuple):
    """Decisions about one item in which a rule was beaten by these blocks."""

    item: str
    rule: str
    by: tuple[str, ...]
    decisions: int


class Question(NamedTuple):
    """A fact that is missing, and where.

    fact    `purpose`, `public`, `conviction.wobbler`, or `conviction` for its completeness
    who     who can answer it
    people  about how many people it has to be answered
    items   how many decisions it holds up, by item
    """

    fact: str
    who: tuple[str, ...]
    people: int
    items: tuple[tuple[str, int], ...]

    @property
    def decisions(self) -> int:
        """How many decisions it holds up."""
        return sum(number for _, number in self.items)


class Due(NamedTuple):
    """A duty: towards how many people it is owed for certain, and towards how many possibly.

    due  `YYYY-MM-DD`, `promptly`, `FROM_RECORD`, or empty: the law sets no day, or it is unknown
    """

    duty: str
    act: str
    actor: str
    due: str
    certain: int
    possible: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything counted for one answer; items in the request's order."""

    people: int
    items: tuple[ItemCount, ...]
    settled: tuple[Settled, ...]
    beaten: tuple[Beaten, ...]
    questions: tuple[Question, ...]
    duties: tuple[Due, ...]

    @property
    def decisions(self) -> int:
        """How many decisions."""
        return sum(one.total for one in self.items)

    def verdict(self, verdict: str) -> int:
        """How many decisions have a verdict."""
        return sum(one.decisions for one in self.settled if one.verdict == verdict)

    def basis(self, basis: str) -> int:
        """How many decisions have a basis."""
        return sum(one.decisions for one in self.settled if one.basis == basis)


_SETTLED = "SELECT item, verdict, basis, rules, count(*) FROM decided GROUP BY ALL"

_BEATEN = """
SELECT item, one.rule, one.by, count(*)
FROM (SELECT item, unnest(defeated) AS one FROM decided) GROUP BY ALL
"""

_QUESTIONS = """
WITH each AS (
    SELECT person, item, unnest(missing) AS one FROM decided
), asked AS (
    SELECT person, item, one.who AS who, regexp_replace(one.fact, '\\[[0-9]+\\]', '') AS path
    FROM each
), named AS (
    SELECT person, item, who,
        CASE WHEN list_contains($items, split_part(path, '.', 1)) AND contains(path, '.')
            THEN split_part(path, '.', 2) ELSE path END AS fact
    FROM asked
), people AS (
    SELECT fact, who, count(DISTINCT person) AS people FROM named GROUP BY ALL
)
SELECT fact, who, people, item, count(DISTINCT person)
FROM named JOIN people USING (fact, who) GROUP BY ALL
"""

_DUTIES = """
WITH each AS (
    SELECT person, unnest(duties) AS one FROM decided
), owed AS (
    SELECT person, one.duty AS duty, one.act AS act, one.actor AS actor,
        coalesce(one.due, '') AS due, bool_or(one.certain) AS certain
    FROM each GROUP BY ALL
)
SELECT duty, act, actor, due, count(*) FILTER (certain), count(*) FILTER (NOT certain)
FROM owed GROUP BY ALL ORDER BY ALL
"""

_MASKED = """
SELECT * REPLACE (list_transform(duties, lambda d: struct_pack(
    duty := d.duty, act := d.act, actor := d.actor,
    due := CASE WHEN list_contains($duties, d.duty) AND d.due IS NOT NULL THEN $word ELSE d.due END,
    certain := d.certain)) AS duties)
FROM decided
"""


def count(answer: Answer) -> Counts:
    """Count an answer's decisions."""
    with duckdb.connect() as database:
        database.register("decided", told(answer))
        ask = database.execute
        people = ask("SELECT count(DISTINCT person) FROM decided").fetchall()[0][0]
        settled = [
            Settled(item, verdict, basis, tuple(rules), n)
            for item, verdict, basis, rules, n in ask(_SETTLED).fetchall()
        ]
        beaten = [Beaten(item, rule, tuple(by), n) for item, rule, by, n in ask(_BEATEN).fetchall()]
        words = list(answer.law.book.vocabulary.items)
        asked = ask(_QUESTIONS, {"items": words}).fetchall()
        duties = [Due(*row) for row in ask(_DUTIES).fetchall()]
    order = {item: number for number, item in enumerate(answer.request.items)}
    return Counts(
        people,
        _by_item(answer.request.items, settled),
        tuple(sorted(settled, key=lambda one: (order[one.item], -one.decisions, one))),
        tuple(sorted(beaten, key=lambda one: (order[one.item], one))),
        _questions(asked, order),
        tuple(duties),
    )


def told(answer: Answer) -> pa.Table:
    """The table of decisions as it may be told: without days that a person's record sets."""
    hidden = _set_by_record(answer)
    if not hidden:
        return answer.table
    with duckdb.connect() as database:
        database.register("decided", answer.table)
        made = database.sql(_MASKED, params={"duties": hidden, "word": FROM_RECORD})
        return made.to_arrow_table().cast(SCHEMA)


def _set_by_record(answer: Answer) -> list[str]:
    """The duties whose day is counted from a fact about the person."""
    facts = answer.law.book.vocabulary.facts
    return [
        duty.id
        for duty in answer.law.in_force(answer.as_of).duties
        if duty.by and duty.by.term and duty.by.term.name
        if facts[duty.by.term.name].scope != "request"
    ]


def _by_item(items: tuple[str, ...], settled: list[Settled]) -> tuple[ItemCount, ...]:
    found = {item: dict.fromkeys(VERDICTS, 0) for item in items}
    for one in settled:
        found[one.item][one.verdict] += one.decisions
    return tuple(ItemCount(item, n["grant"], n["refer"], n["deny"]) for item, n in found.items())


def _questions(
    rows: list[tuple[str, list[str], int, str, int]], order: dict[str, int]
) -> tuple[Question, ...]:
    found: dict[tuple[str, tuple[str, ...]], tuple[int, dict[str, int]]] = {}
    for fact, who, people, item, decisions in rows:
        found.setdefault((fact, tuple(who)), (people, {}))[1][item] = decisions
    made = [
        Question(fact, who, people, tuple(sorted(items.items(), key=lambda one: order[one[0]])))
        for (fact, who), (people, items) in found.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.decisions, one.fact, one.who)))

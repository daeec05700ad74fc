"""Counting decisions: how many of what, for whom, and why.

    Answer  ->  count  ->  Counts (by item, by reason, by question, by duty)

Promise: every number of a report is counted here, from the decisions alone. Which row of a person's
record a question is about is taken out before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import pyarrow as pa

from habeas.decisions.decision import VERDICTS
from habeas.decisions.table import Decisions
from habeas.reports.answer import Answer


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


# Of the tables asked here, `answers` holds each distinct answer, `ways` the people of each distinct
# way in which everything was answered, and `held` the answers of each way.

_SETTLED = """
SELECT item, verdict, basis, rules, sum(people)::BIGINT
FROM held JOIN ways USING (way) JOIN answers USING (answer) GROUP BY ALL
"""

_BEATEN = """
WITH weighed AS (
    SELECT answer, sum(people)::BIGINT AS people FROM held JOIN ways USING (way) GROUP BY ALL
)
SELECT item, one.rule, one.by, sum(people)::BIGINT
FROM (SELECT item, people, unnest(defeated) AS one FROM answers JOIN weighed USING (answer))
GROUP BY ALL
"""

_QUESTIONS = """
WITH each AS (
    SELECT answer, item, unnest(missing) AS one FROM answers
), asked AS (
    SELECT answer, item, one.who AS who, regexp_replace(one.fact, '\\[[0-9]+\\]', '') AS path
    FROM each
), named AS (
    SELECT DISTINCT way, item, who,
        CASE WHEN list_contains($items, split_part(path, '.', 1)) AND contains(path, '.')
            THEN split_part(path, '.', 2) ELSE path END AS fact
    FROM asked JOIN held USING (answer)
), people AS (
    SELECT fact, who, sum(people)::BIGINT AS people
    FROM (SELECT DISTINCT way, fact, who FROM named) JOIN ways USING (way) GROUP BY ALL
)
SELECT fact, who, people.people, item, sum(ways.people)::BIGINT
FROM named JOIN ways USING (way) JOIN people USING (fact, who) GROUP BY ALL
"""

_DUTIES = """
WITH each AS (
    SELECT answer, unnest(duties) AS one FROM answers
), owed AS (
    SELECT way, one.duty AS duty, one.act AS act, one.actor AS actor,
        coalesce(one.due, '') AS due, bool_or(one.certain) AS certain
    FROM each JOIN held USING (answer) GROUP BY ALL
)
SELECT duty, act, actor, due, coalesce(sum(people) FILTER (certain), 0)::BIGINT,
    coalesce(sum(people) FILTER (NOT certain), 0)::BIGINT
FROM owed JOIN ways USING (way) GROUP BY ALL ORDER BY ALL
"""


def count(answer: Answer) -> Counts:
    """Count an answer's decisions."""
    decisions = answer.decisions
    with duckdb.connect() as database:
        for name, table in _tables(decisions).items():
            database.register(name, table)
        ask = database.execute
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
        len(decisions.people),
        _by_item(answer.request.items, settled),
        tuple(sorted(settled, key=lambda one: (order[one.item], -one.decisions, one))),
        tuple(sorted(beaten, key=lambda one: (order[one.item], one))),
        _questions(asked, order),
        tuple(duties),
    )


def _tables(decisions: Decisions) -> dict[str, pa.Table]:
    width, ways = len(decisions.items), len(decisions.ways)
    whole = pa.int64()
    numbers = pa.array(range(decisions.answers.num_rows), whole)
    held = [answer for way in decisions.ways for answer in way]
    of = [way for way in range(ways) for _ in range(width)]
    people = pa.array(decisions.people_of_ways(), whole)
    return {
        "answers": decisions.answers.append_column("answer", numbers),
        "ways": pa.table({"way": pa.array(range(ways), whole), "people": people}),
        "held": pa.table({"way": pa.array(of, whole), "answer": pa.array(held, whole)}),
    }


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

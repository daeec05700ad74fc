"""The answers of an audit: distinct ones, and who has which.

    findings of one subject  ->  Ways.of  ->  a number;  Ways.write  ->  two small relations

Promise: a subject's answers for all items are one number, so that ten million of them are ten million
numbers and two small tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from habeas.audits.engine import Engine
from habeas.compiled.sql.dialects import Dialect, select
from habeas.compiled.sql.source import Relation
from habeas.law.interpreter import Finding

Answer = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""Verdict, basis, rules, missing."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The relations that hold the answers, and how they came to be.

    subjects  key, way: a row for each subject
    ways      way, item, answer: a row for each item of each way
    answers   answer, verdict, basis, rules, missing: the distinct answers. `rules` are the ids of the
              blocks that settle it; `missing` the paths of facts that would, columns of rows without
              the row (`conviction.level`), for rows have no numbers here
    pairs     how many distinct words were decided
    states    how many distinct states the exact engine was asked about
    """

    subjects: str
    ways: str
    answers: str
    pairs: int
    states: int

    def select(self, dialect: Dialect, asked: Relation | None = None) -> str:
        """A SELECT of key, item, verdict, basis, rules, missing, for each item of each subject.

        asked  only for these pairs: a relation with its key, a column `item`, and further columns,
               which come after
        """
        subjects, ways, answers = (
            dialect.identifier(n) for n in (self.subjects, self.ways, self.answers)
        )
        cells = ["s.key AS key", "w.item AS item", "a.verdict", "a.basis", "a.rules", "a.missing"]
        source = (
            f"{subjects} s JOIN {ways} w ON w.way = s.way JOIN {answers} a ON a.answer = w.answer"
        )
        if asked is not None:
            key, item = dialect.identifier(asked.key), dialect.identifier("item")
            source = (
                f"{dialect.relation(asked.name)} q JOIN {subjects} s ON s.key = q.{key} "
                f"JOIN {ways} w ON w.way = s.way AND w.item = q.{item} "
                f"JOIN {answers} a ON a.answer = w.answer"
            )
            more = sorted(asked.columns - {asked.key, "item"})
            cells += [f"q.{dialect.identifier(name)}" for name in more]
        return select(cells, source)


class Ways:
    """The distinct answers, and the distinct combinations of them that a subject can have."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = tuple(items)
        self._answers: dict[Answer, int] = {}
        self._told: dict[int, tuple[Finding, Answer]] = {}
        self._ways: dict[tuple[int, ...], int] = {}
        self._made: list[tuple[Answer, ...]] = []

    def of(self, findings: Mapping[str, Finding | None]) -> int:
        """The number of these findings, one for each item."""
        return self.number([self._answer(findings[item]) for item in self.items])

    def _answer(self, found: Finding | None) -> Answer:
        """The answer that a finding is; one and the same finding is asked about again and again."""
        assert found is not None  # noqa: S101 - for mypy: whoever asks has found all of them
        kept = self._told.get(id(found))
        if kept is None:  # the finding is kept, so that its id stays its own
            answer = found.verdict, found.basis, found.rules, _without_rows(found.missing)
            kept = self._told[id(found)] = found, answer
        return kept[1]

    def number(self, answers: Sequence[Answer]) -> int:
        """The number of these answers, in the order of the items."""
        known = self._answers
        way = tuple([known.setdefault(one, len(known)) for one in answers])
        if way not in self._ways:
            self._ways[way] = len(self._made)
            self._made.append(tuple(answers))
        return self._ways[way]

    def answers(self, way: int) -> tuple[Answer, ...]:
        """The answers of a number, in the order of the items."""
        return self._made[way]

    def write(self, engine: Engine, name: str) -> None:
        """Write `name`_ways and `name`_answers."""
        wide = len(self.items)
        flat = [answer for one in self._ways for answer in one]
        numbered = [way for way in range(len(self._ways)) for _ in range(wide)]
        engine.load(
            f"{name}_ways",
            pa.table(
                {
                    "way": pa.array(numbered, pa.int64()),
                    "item": pa.array(list(self.items) * len(self._ways), pa.string()),
                    "answer": pa.array(flat, pa.int64()),
                }
            ),
        )
        texts = pa.list_(pa.string())
        engine.load(
            f"{name}_answers",
            pa.table(
                {
                    "answer": pa.array(range(len(self._answers)), pa.int64()),
                    "verdict": pa.array([one[0] for one in self._answers], pa.string()),
                    "basis": pa.array([one[1] for one in self._answers], pa.string()),
                    "rules": pa.array([list(one[2]) for one in self._answers], texts),
                    "missing": pa.array([list(one[3]) for one in self._answers], texts),
                }
            ),
        )


def _without_rows(paths: Sequence[str]) -> tuple[str, ...]:
    """Paths without the numbers of rows, each once, sorted."""
    return tuple(sorted({re.sub(r"\[[^]]*\]", "", path) for path in paths}))

"""What the findings come to: by item, agency, month, provision, and by what is missing.

    DECIDED, RESTS, FACTS  ->  totals  ->  Totals

Promise: each answer is counted once in each grouping but two, which say so: an answer that two blocks
settle counts for both, and each group of missing facts is a whole set.
"""

from __future__ import annotations

from dataclasses import dataclass

from habeas.audits.findings import DECIDED, RESTS
from habeas.audits.log_facts import FACTS, STATED
from habeas.audits.log_targets import ACTOR, DAY
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.staging import REJECTS
from habeas.compiled.sql.dialects import DUCKDB, select

_literal, _quoted = DUCKDB.literal, DUCKDB.identifier


@dataclass(frozen=True, slots=True)
class Count:
    """Answers of one group.

    label        item, agency (empty: none is named), month (`2026-03`), block, or missing facts
    forbidden    of the denied: disclosed though forbidden
    required     of the granted: refused though required
    disclosed    how many were disclosed (or done), whatever the law says
    refused      how many were refused
    """

    label: str
    grant: int
    refer: int
    deny: int
    forbidden: int
    required: int
    disclosed: int
    refused: int

    @property
    def answers(self) -> int:
        """How many."""
        return self.grant + self.refer + self.deny

    @property
    def findings(self) -> int:
        """How many are apparent findings."""
        return self.forbidden + self.required


@dataclass(frozen=True, slots=True)
class Stated:
    """Rows of an agency, and how many of them state no reason; None where the map names no reason."""

    actor: str
    rows: int
    silent: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A count by block, in one stretch of law."""

    stretch: int
    count: Count


@dataclass(frozen=True, slots=True)
class Basis:
    """How many answers have a verdict on a basis."""

    item: str
    verdict: str
    basis: str
    done: str
    answers: int


@dataclass(frozen=True, slots=True)
class Totals:
    """See each field's class. `missing` are the referred answers by the whole set of facts that would
    settle them; `rejects` by reason, the most frequent first."""

    items: tuple[Count, ...]
    agencies: tuple[Count, ...]
    months: tuple[Count, ...]
    settled: tuple[Settled, ...]
    missing: tuple[Count, ...]
    bases: tuple[Basis, ...]
    stated: tuple[Stated, ...]
    rejects: tuple[tuple[str, int], ...]


_COUNTED = (
    "COUNT(*) FILTER (x.verdict = 'grant')",
    "COUNT(*) FILTER (x.verdict = 'refer')",
    "COUNT(*) FILTER (x.verdict = 'deny')",
    "COUNT(*) FILTER (d.kind = 'disclosed though forbidden')",
    "COUNT(*) FILTER (d.kind = 'refused though required')",
    "COUNT(*) FILTER (d.done = 'disclosed')",
    "COUNT(*) FILTER (d.done = 'refused')",
)

_JOINED = (
    f"{DECIDED} d JOIN {RESTS} x ON x.stretch = d.stretch AND x.answer = d.answer "
    f"JOIN {FACTS} f ON f.key = d.key"
)


def totals(engine: OnDuckDB) -> Totals:
    """Count what was decided."""
    actor = f"COALESCE(f.{_quoted(ACTOR)}, '')"
    month = f"strftime(f.{_quoted(DAY)}, '%Y-%m')"
    grouped = f"({select(['d.*', 'unnest(x.blocks) AS block'], f'{DECIDED} d JOIN {RESTS} x ON x.stretch = d.stretch AND x.answer = d.answer')}) d"  # fmt: skip
    by_block = f"{grouped} JOIN {RESTS} x ON x.stretch = d.stretch AND x.answer = d.answer"
    blocks = select(["d.stretch", "d.block", *_COUNTED], f"{by_block} GROUP BY ALL ORDER BY ALL")
    # What a conflict or a contested reading waits for is its basis: it names no fact.
    waits = "CASE WHEN LEN(x.missing) > 0 THEN array_to_string(x.missing, ', ') ELSE x.basis END"
    silent = f"COUNT(*) FILTER (NOT {_quoted(STATED)})"
    told = f"CASE WHEN COUNT({_quoted(STATED)}) > 0 THEN {silent} END"
    actors = select(
        [f"COALESCE({_quoted(ACTOR)}, '')", "COUNT(*)", told], f"{FACTS} GROUP BY 1 ORDER BY 1"
    )
    bases = select(
        ["d.item", "x.verdict", "x.basis", "COALESCE(d.done, '')", "COUNT(*)"],
        f"{_JOINED} GROUP BY ALL ORDER BY ALL",
    )
    reasons = select(["reason", "COUNT(*)"], f"{REJECTS} GROUP BY 1 ORDER BY 2 DESC, 1")
    return Totals(
        tuple(_counts(engine, "d.item")),
        tuple(sorted(_counts(engine, actor), key=lambda one: (-one.findings, -one.answers))),
        tuple(_counts(engine, month)),
        tuple(Settled(row[0], Count(*row[1:])) for row in engine.rows(blocks)),
        tuple(sorted(_counts(engine, waits, "x.verdict = 'refer'"), key=lambda one: -one.refer)),
        tuple(Basis(*row) for row in engine.rows(bases)),
        tuple(Stated(*row) for row in engine.rows(actors)),
        tuple((str(reason), int(many)) for reason, many in engine.rows(reasons)),
    )


def _counts(engine: OnDuckDB, label: str, where: str = "TRUE") -> list[Count]:
    """The counts of each group, sorted by its label."""
    query = select([f"{label} AS label", *_COUNTED], f"{_JOINED} WHERE {where} GROUP BY 1")
    return sorted((Count(*row) for row in engine.rows(query)), key=lambda one: one.label)

"""An audit: logs read, understood, decided and counted.

    LOG…, LogMap, Law  ->  audit  ->  Audit  ->  reports

Promise: every row of every log is in exactly one of four counts: decided, rejected, left out by the
map, or unsettled by it. Rows of tables beside the map are counted apart (`TableFacts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from habeas.audits.engine import Engine
from habeas.audits.findings import Decided, decide_rows
from habeas.audits.log_facts import LogFacts, read_facts
from habeas.audits.log_targets import LogMap
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.staging import REJECTS, Progress, Staged, stage
from habeas.audits.totals import Totals, totals
from habeas.compiled.sql.dialects import select
from habeas.decisions.decide import Law
from habeas.errors import InputError, Place, Problem


@dataclass(frozen=True, slots=True)
class Audit:
    """A decided log. Its rows are in relations of the engine, which must stay open for them."""

    engine: OnDuckDB
    law: Law
    log_map: LogMap
    staged: Staged
    facts: LogFacts
    decided: Decided
    totals: Totals

    @property
    def rejected(self) -> int:
        """How many rows of logs could not be read, or have no day."""
        return sum(one.rejected for one in self.staged.sources) + self.facts.undated

    @property
    def findings(self) -> int:
        """How many apparent findings there are, of both kinds."""
        return sum(one.findings for one in self.totals.items)


def audit(
    engine: OnDuckDB,
    law: Law,
    logs: Sequence[str],
    log_map: LogMap,
    progress: Progress | None = None,
    there: Engine | None = None,
) -> Audit:
    """Read, decide and count logs.

    there  the engine that decides, where it is another than the one that reads

    Raises `InputError`: what `stage`, `read_facts` and `decide_rows` refuse, and too little memory.
    """
    with room():
        staged = stage(engine, logs, log_map, progress)
        facts = read_facts(engine, staged, log_map)
        decided = decide_rows(engine, law, facts, staged, there)
        made = Audit(engine, law, log_map, staged, facts, decided, totals(engine))
    (rejected,) = next(engine.rows(select(["COUNT(*)"], REJECTS)))
    of_tables = sum(one.rejected for one in facts.tables)
    assert rejected == made.rejected + of_tables  # noqa: S101 - or a row was lost
    assert staged.rows == facts.rows + facts.left_out + facts.unsettled + facts.undated  # noqa: S101
    return made


@contextmanager
def room() -> Iterator[None]:
    """Raise `InputError` where the database needs more memory, or more disk, than it may take."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        told = str(error).splitlines()[0]
        short = isinstance(error, duckdb.OutOfMemoryException)
        raise InputError(
            Problem(
                Place("--memory-limit"),
                "this is too little memory for these logs"
                if short
                else f"the database cannot write what does not fit into memory: {told}",
                "give it more, or split the logs" if short else "make room on the disk",
            )
        ) from error

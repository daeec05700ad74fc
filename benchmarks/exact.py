"""Exact resolution: how long what Kleene's logic leaves open takes to settle.

    sample, notification request  ->  timed (a fresh process)  ->  Section

Promise: only resolutions that deciding the sample asks for are timed, each once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from benchmarks.report import Row, Section
from benchmarks.setting import DAY, PLACE, asked_whole, notification
from benchmarks.timing import GUARD, seconds, within, yardstick
from habeas import read_law, read_records
from habeas.compiled import closure, resolution
from habeas.law.interpreter import Finding

PROCESSES = 3


@dataclass(frozen=True, slots=True)
class Exact:
    """Every resolution of one process, in seconds, from the quickest."""

    taken: list[float]
    yardstick: float

    def at(self, share: float) -> float:
        """The duration that this share of the resolutions does not exceed."""
        return self.taken[min(len(self.taken) - 1, int(share * len(self.taken)))]


def timed(folder: str) -> Exact:
    """Find every item of the request for everybody, and time each `resolve`."""
    law = read_law(PLACE)
    records = read_records(Path(folder), None, law.book.vocabulary)
    request = asked_whole(notification(law), law)
    compiled = law.compiled(DAY)
    taken: list[float] = []
    resolve = resolution.resolve

    def watched(*given: Any) -> Finding:
        took, found = seconds(lambda: resolve(*given))
        taken.append(took)
        return found

    with mock.patch.object(closure, "resolve", watched):
        for person in records.people():
            compiled.findings(request.facts.merged(person.facts), request.items)
    return Exact(sorted(taken), yardstick())


def section(jail: Path) -> Section:
    """Measure in fresh processes."""
    runs: list[Exact] = []
    for _ in range(PROCESSES):
        run = within(GUARD, timed, str(jail))
        if run is None:
            break
        runs.append(run)
    rows = []
    for line, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
        done = len(runs) == PROCESSES
        taken = median(run.at(share) for run in runs) if done else None
        ratio = median(run.at(share) / run.yardstick for run in runs) if done else None
        note = f"{len(runs[0].taken):,} resolutions" if done and line == "p50" else ""
        rows.append(Row(line, taken, ratio, None, note))
    return Section("Exact resolution", INTRO, "× yardstick", rows, ())


INTRO = f"""\
The notification request, all items, about the people of the sample: every state of the facts that
Kleene's logic leaves open is resolved once and then remembered, and so is every shape of open
questions. Medians of {PROCESSES} fresh processes."""

"""Reading and compiling the shipped law.

    a fresh process  ->  timed  ->  Section

Promise: importing is timed apart, so nothing of Habeas is imported at the head of this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from benchmarks.report import Row, Section
from benchmarks.timing import GUARD, seconds, within, yardstick

PROCESSES, AGAIN = 7, 21
GOAL = 0.3


@dataclass(frozen=True, slots=True)
class Reading:
    """One process's figures; times in seconds."""

    importing: float
    reading: float
    compiling: float
    again: float
    yardstick: float

    @property
    def both(self) -> float:
        """Reading and compiling."""
        return self.reading + self.compiling


def timed() -> Reading:
    """Import Habeas, read the law and compile it; then ask for it again."""
    from importlib import import_module

    importing, habeas = seconds(lambda: import_module("habeas"))
    from benchmarks.setting import DAY, PLACE

    reading, law = seconds(lambda: habeas.read_law(PLACE))
    compiling, _ = seconds(lambda: law.compiled(DAY))
    again = median(seconds(lambda: habeas.read_law(PLACE).compiled(DAY))[0] for _ in range(AGAIN))
    return Reading(importing, reading, compiling, again, yardstick())


def section() -> Section:
    """Measure in fresh processes."""
    runs = [run for _ in range(PROCESSES) if (run := within(GUARD, timed)) is not None]
    rows = []
    for name, line, goal in LINES:
        taken = median(getattr(run, name) for run in runs) if runs else None
        ratio = median(getattr(run, name) / run.yardstick for run in runs) if runs else None
        rows.append(Row(line, taken, ratio, goal))
    return Section("Reading and compiling the law", INTRO, "× yardstick", rows, REMARKS)


LINES = (
    ("both", "reading every pack and compiling `us-ca-sf`", GOAL),
    ("reading", "of it, reading and checking", None),
    ("compiling", "of it, rule set and compiling", None),
    ("again", "again, kept by digest", None),
    ("importing", "apart: `import habeas`", None),
)

INTRO = f"""\
All packs that are shipped are read and checked, whatever place is asked for. Medians of {PROCESSES}
fresh processes."""

REMARKS = (
    "*again* reads the bytes of every file anew and compares digests. The files are in the "
    "system's memory; a first start after a boot waits for the disk too.",
)

"""A whole jail: `decide_all` for each example request, asked of all people and for all items.

    write_sample, examples  ->  timed (a fresh process each time)  ->  Section

Promise: *cold* is the first answer of a fresh process: nothing compiled, nothing remembered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.report import Row, Section
from benchmarks.setting import DAY, REQUESTS, asked_whole, examples
from benchmarks.timing import GUARD, seconds, within, yardstick
from habeas import read_law, read_records, read_request, write_sample

PEOPLE, SEED = 1_200, 1
PROCESSES, WARM = 3, 5
GOAL = 1.0


@dataclass(frozen=True, slots=True)
class Bulk:
    """One process's figures for one request; times in seconds."""

    request: str
    verdicts: Counter[str]
    cold: float
    warm: float
    yardstick: float


def write_jail(folder: Path) -> None:
    """The sample that is decided about."""
    write_sample(folder, PEOPLE, SEED)


def timed(folder: str, place: str, file: str, number: int) -> Bulk:
    """Decide the sample, first with nothing remembered, then again."""
    law = read_law(place)
    words = law.book.vocabulary
    records = read_records(Path(folder), None, words)
    request = asked_whole(read_request(REQUESTS / file, words)[number], law)
    cold, table = seconds(lambda: law.decide_all(request, records, DAY))
    warm = median(seconds(lambda: law.decide_all(request, records, DAY))[0] for _ in range(WARM))
    verdicts = Counter(table.column("verdict").to_pylist())
    return Bulk(request.id, verdicts, cold, warm, yardstick())


def section(jail: Path) -> Section:
    """Measure every example request, three processes each."""
    rows = []
    for place, file, number in examples():
        runs: list[Bulk] = []
        for _ in range(PROCESSES):
            run = within(GUARD, timed, str(jail), place, file, number)
            if run is None:
                break
            runs.append(run)
        rows += _rows(place, file, number, runs)
    return Section("`decide_all`", INTRO, "× yardstick", rows, REMARKS)


def _rows(place: str, file: str, number: int, runs: list[Bulk]) -> list[Row]:
    if len(runs) < PROCESSES:
        return [Row(f"`{file}`, request {number + 1}, `{place}`: cold", None, None, GOAL)]
    name, verdicts = runs[0].request, runs[0].verdicts
    made = []
    for which, goal in (("cold", GOAL), ("warm", None)):
        taken = median(getattr(run, which) for run in runs)
        ratio = median(getattr(run, which) / run.yardstick for run in runs)
        each = f"{taken / verdicts.total() * 1e6:.1f} µs a decision"
        told = ", ".join(f"{verdicts[one]:,} {one}" for one in ("grant", "deny", "refer"))
        note = f"{each}; {told}" if which == "cold" else each
        made.append(Row(f"`{name}`, `{place}`: {which}", taken, ratio, goal, note))
    return made


INTRO = f"""\
{PEOPLE:,} people of `habeas.write_sample`, all 34 items, on 2025-08-01, into an Arrow table. Each
request of `examples/requests` is asked of everybody and for every item, whatever its file says;
what a file says of its one person is then said of all. Medians of {PROCESSES} fresh processes
(*warm*: of the median of {WARM})."""

REMARKS = (
    "*cold* includes building and compiling the rule set; reading law, records and request is not "
    "in it. *warm* decides the same people again.",
)

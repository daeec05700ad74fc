"""What would change a decision: how long the search for all smallest sets takes.

    example requests x sampled people x all items, the shipped law  ->  timed (a fresh process)  ->  Section

Promise: each decision is timed from the request on, with the deciding of every set that is shown; the
processor's time and not the clock's. Making the law's diagrams, once for a rule set and an item, is told apart.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from time import process_time

from benchmarks.report import Row, Section
from benchmarks.setting import DAY, REQUESTS, examples
from benchmarks.timing import GUARD, within, yardstick
from habeas import Law, Request, read_law, read_request
from habeas.proofs.change_law import AskedLaw
from habeas.proofs.changes import asked_law, changes
from habeas.records import Person, read_records, write_sample

PEOPLE, SAMPLED, SEED = 300, 12, 1
GOAL = 0.010


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of the processor: for each decision, and for each law of an item.

    given_up  of the decisions, how many were not looked through for the facts that can change, and
              for all facts
    """

    decisions: list[float]
    laws: list[float]
    given_up: tuple[int, int]
    yardstick: float


def timed() -> Timed:
    """Look at every item of every example request, about people of a made-up jail."""
    taken: list[float] = []
    made: list[float] = []
    given_up = [0, 0]
    with tempfile.TemporaryDirectory() as folder:
        jail = Path(folder) / "jail"
        write_sample(jail, PEOPLE, SEED)
        for law, request in _asked():
            people = _people(jail, law)
            for item in law.book.vocabulary.items:
                items = (item, *(one for one in request.selects_on if one != item))
                start = process_time()
                AskedLaw(law.in_force(DAY), items)
                made.append(process_time() - start)
                asked_law(law.in_force(DAY), items)
                for person in people:
                    law.decide(request, person, item, DAY)  # the engine's own first time
                    start = process_time()
                    found = changes(law, request, person, item, DAY)
                    taken.append(process_time() - start)
                    given_up[0] += not found.complete
                    given_up[1] += not found.complete_fixed
    return Timed(sorted(taken), sorted(made), (given_up[0], given_up[1]), yardstick())


def _asked() -> list[tuple[Law, Request]]:
    """Each example request, and the law of the place where it was served."""
    found = []
    for place, file, number in examples():
        law = read_law(place)
        request = read_request(REQUESTS / file, law.book.vocabulary)[number]
        found.append((law, replace(request, people=None)))
    return found


def _people(jail: Path, law: Law) -> list[Person]:
    with read_records(jail, None, law.book.vocabulary) as records:
        ids = Random(SEED).sample(list(records.ids()), SAMPLED)
        return [person for one in ids if (person := records.get(one)) is not None]


def at(taken: Sequence[float], share: float) -> float:
    """The time that this share of some sorted ones does not exceed."""
    return taken[min(len(taken) - 1, int(len(taken) * share))]


def section() -> Section:
    """Measure in a fresh process."""
    run = within(GUARD, timed)
    rows = []
    for line, share, goal in LINES:
        one = None if run is None else at(run.decisions, share)
        ratio = None if run is None or one is None else one / run.yardstick
        note = "" if run is None else f"of {len(run.decisions):,} decisions"
        rows.append(Row(line, one, ratio, goal, note))
    cold = None if run is None else run.laws[-1]
    ratio = None if run is None or cold is None else cold / run.yardstick
    note = (
        ""
        if run is None
        else f"the longest of {len(run.laws)}; p50 {at(run.laws, 0.5) * 1000:.2f} ms"
    )
    rows.append(Row("once for a rule set and an item: its diagrams", cold, ratio, None, note))
    return Section("What would change a decision", INTRO, "× yardstick", rows, _remarks(run))


LINES = (
    ("one decision, p50", 0.5, None),
    ("one decision, p95", 0.95, GOAL),
    ("one decision, p99", 0.99, None),
    ("one decision, the longest", 1.0, None),
)

INTRO = f"""\
Every smallest set of up to three facts that are missing or obtainable, and of up to two with one that cannot change;
each set decided again. All items of the vocabulary, each example request, {SAMPLED} people of a made-up jail; the
processor's time."""


def _remarks(run: Timed | None) -> tuple[str, ...]:
    if run is None:
        return ("The measurement was given up.",)
    of = len(run.decisions)
    return (
        f"Given up: {run.given_up[0]} of {of:,} searches among facts that can change, {run.given_up[1]} of "
        f"{of:,} among all facts. They say so.",
    )

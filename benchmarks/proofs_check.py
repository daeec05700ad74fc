"""Proofs of the shipped law: how long each promise takes, and all of `habeas check`.

    shipped law  ->  timed (a fresh process: promises one by one, leaks, the command)  ->  Section

Promise: each promise is timed alone, with nothing kept from another; by the processor's time and not
the clock's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time

from typer.testing import CliRunner

from benchmarks.report import Row, Section
from benchmarks.timing import GUARD, within, yardstick
from habeas import read_laws
from habeas.cli import app
from habeas.law.blocks import Promise
from habeas.proofs.leaks import leaks
from habeas.proofs.prove import promised, prove

PROCESSES = 5
PROMISE, ALL = 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Checked:
    """One process's figures, in seconds of the processor.

    promises  for each promise of the packs, by where it is written; all of them were proved
    leaks     all derivations in every stretch of law
    check     the whole command
    """

    promises: dict[str, float]
    leaks: float
    check: float
    yardstick: float


def timed() -> Checked:
    """Prove each promise, look for leaks, then run the command. `RuntimeError`: not all is proved."""
    book = read_laws()
    taken: dict[str, float] = {}
    for promise in book.blocks(Promise):
        start = process_time()
        (proof,) = prove(book, [promised(book, promise)])
        taken[str(promise.place)] = process_time() - start
        if proof.answer != "proved":
            raise RuntimeError(f"{promise.place}: {proof.answer}")
    given_away = _clock(lambda: leaks(book))
    check = _clock(_check)
    return Checked(taken, given_away, check, yardstick())


def _clock(action: Callable[[], object]) -> float:
    start = process_time()
    action()
    return process_time() - start


def _check() -> None:
    done = CliRunner().invoke(app, ["check"])
    if done.exit_code:
        raise RuntimeError(done.output)


def section() -> Section:
    """Measure in fresh processes."""
    runs: list[Checked] = []
    for _ in range(PROCESSES):
        run = within(GUARD, timed)
        if run is None:
            break
        runs.append(run)
    done = len(runs) == PROCESSES
    slowest = ""
    if done:
        slowest = max(runs[0].promises, key=lambda one: median(run.promises[one] for run in runs))
    counted = f"{len(runs[0].promises)} promises" if done else ""
    lines: tuple[tuple[str, Callable[[Checked], float], float | None, str], ...] = (
        ("the slowest promise", lambda run: run.promises[slowest], PROMISE, slowest),
        ("a promise", lambda run: median(run.promises.values()), None, counted),
        ("what gives what away", lambda run: run.leaks, None, ""),
        ("all of `habeas check`", lambda run: run.check, ALL, ""),
    )
    rows = [
        Row(
            name,
            median(of(run) for run in runs) if done else None,
            median(of(run) / run.yardstick for run in runs) if done else None,
            goal,
            note if done else "",
        )
        for name, of, goal, note in lines
    ]
    return Section("Proofs of the shipped law", INTRO, "× yardstick", rows, REMARKS)


INTRO = f"""\
Each promise of the shipped packs alone, at every place under its own and in every stretch of its life; every
derivation at every place. Medians of {PROCESSES} fresh processes; the processor's time."""

REMARKS = (
    "`habeas check` proves all promises together, which takes less than one after the other: what they "
    "share is made and solved once.",
)

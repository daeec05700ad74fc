"""Casework with many cases: `habeas serve` on PostgreSQL, asked over HTTP by one officer, by fifty, and by systems.

    office, database filled (fresh process)  ->  habeas serve  ->  asked (fresh processes)  ->  Section

Promise: the whole server answers, through all its middleware, each answer with its event in the trail; whoever asks
shares this machine's cores with server and database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.casework_drive import Together, decisions, evaluations, pages, together
from benchmarks.casework_known import CLIENTS, Known
from benchmarks.casework_office import PEOPLE, database_of, durable, filled, made, served
from benchmarks.report import Row, Section, Words, duration
from benchmarks.timing import within
from tests.postgres import binaries, running

TITLE = "Casework"
CASES = 100_000
ROUNDS = 20
LIMIT, FILLING = 240.0, 600.0
"""Seconds that each measurement may take, and filling the database."""
PAGE_GOAL, DECISION_GOAL, EVALUATION_GOAL = 0.1, 0.3, 0.005
"""Seconds: of a page, and of an answer prepared and on screen, 95 of 100; of an evaluation, half of them."""

WHILE = 15.0
"""Seconds that fifty officers work at once."""
PAUSES = (6.0, 0.0)
"""Seconds at most between what an officer got and her next click."""


def section() -> Section | Words:
    """Measure on a PostgreSQL server that keeps what is committed, with all cases."""
    if binaries() is None:
        told = "Not measured: no PostgreSQL server on this machine (`apt-get install postgresql`)."
        return Words(TITLE, told)
    with running() as server, made(database_of(server)) as folder:
        known = within(FILLING, filled, folder, CASES)
        if known is None:
            return Words(TITLE, f"Not measured: the database was not filled in {FILLING:.0f} s.")
        durable(server)
        with served(folder) as address:
            return measured(address, known, "PostgreSQL")


def measured(
    address: str, known: Known, database: str, rounds: int = ROUNDS, seconds: float = WHILE
) -> Section:
    """Ask a server that answers: each page `rounds` times, fifty officers for so many seconds."""
    rows = [
        *_pages(within(LIMIT, pages, address, known, rounds)),
        *_decided(within(LIMIT, decisions, address, known, 2 * rounds)),
    ]
    for clients in (1, CLIENTS):
        each = max(20 * rounds // clients, 2)
        rows += _evaluated(clients, within(LIMIT, evaluations, address, known, clients, each))
    remarks = [*_filled(known, database)]
    for pause in PAUSES:
        told = within(LIMIT, together, address, known, seconds, pause)
        rows += _together(pause, told)
        remarks += [] if told is None else sorted({f"went wrong: {one}" for one in told.errors})[:5]
    intro = (
        f"`habeas serve` on {database} with {known.cases:,} cases and a jail of {PEOPLE:,} people, asked over HTTP on "
        "kept connections of the loopback. Every figure is the time within which 95 of 100 answers were whole at "
        "the browser's end, and in brackets half of them; every answer has its event in the trail."
    )
    return Section(TITLE, intro, "to the yardstick", rows, remarks)


def share(taken: Sequence[float], part: float) -> float:
    """The time within which this part of them was done."""
    return sorted(taken)[min(int(len(taken) * part), len(taken) - 1)]


def _row(what: str, taken: Sequence[float], yardstick: float, goal: float | None = None) -> Row:
    most = share(taken, 0.95)
    return Row(what, most, most / yardstick, goal, f"half in {duration(share(taken, 0.5))}")


def _pages(told: tuple[dict[str, list[float]], float] | None) -> Iterator[Row]:
    if told is None:
        yield Row("pages", None, None, PAGE_GOAL, limit=LIMIT)
        return
    taken, yardstick = told
    for what, one in taken.items():
        yield _row(what, one, yardstick, PAGE_GOAL)


def _decided(told: tuple[list[float], float] | None) -> Iterator[Row]:
    what = "an answer prepared, and its case on screen"
    if told is None:
        yield Row(what, None, None, DECISION_GOAL, limit=LIMIT)
        return
    yield _row(what, told[0], told[1], DECISION_GOAL)


def _evaluated(clients: int, told: tuple[list[float], float, float] | None) -> Iterator[Row]:
    what = "AuthZEN evaluation" + ("" if clients == 1 else f", {clients} systems at once")
    goal = EVALUATION_GOAL if clients == 1 else None
    if told is None:
        yield Row(what, None, None, goal, limit=LIMIT)
        return
    taken, whole, yardstick = told
    half = share(taken, 0.5)
    note = f"half of them; 95 of 100 in {duration(share(taken, 0.95))}"
    if clients > 1:
        note += f"; {len(taken) / whole:.0f} a second"
    yield Row(what, half, half / yardstick, goal, note)


def _together(pause: float, told: Together | None) -> Iterator[Row]:
    what = f"fifty officers, {f'a click every {pause / 2:.0f} s' if pause else 'without a pause'}"
    if told is None or not told.pages:
        yield Row(what, None, None, None, limit=LIMIT)
        return
    answers = len(told.pages) + len(told.acts)
    errors = f"{len(told.errors)} errors: " + ("**not met**" if told.errors else "met")
    each = f"{answers / told.seconds:.0f} answers a second, {errors}"
    row = _row(f"{what}: pages", told.pages, told.yardstick)
    yield Row(row.what, row.seconds, row.ratio, None, f"{row.note}; {each}")
    if told.acts:
        yield _row(f"{what}: answers prepared", told.acts, told.yardstick)


def _filled(known: Known, database: str) -> Iterator[str]:
    rows = ", ".join(
        f"{name.removeprefix('casework_')} {count:,}" for name, count in known.rows.items()
    )
    yield (
        "The database: a few cases were taken in, prepared, chosen and released by the desk's own acts; the others are "
        "copies of them, made by `INSERT … SELECT` with keys, numbers, days, agencies, titles and references of their "
        "own, triggers and constraints on. Calls and letters are made-up words; the trail has two or three events a "
        f"case, chained. Rows: {rows}. Copies of papers share one file; views were not made up."
    )
    if database == "PostgreSQL":
        yield "PostgreSQL is as Debian sets it, and keeps what is committed (it was filled without)."
    yield "An evaluation is of a release that counts: its answer is yes, and stands in the trail before it is told."

"""A large jail in PostgreSQL: all of `habeas decide`, from the server to the written folder.

    write_sample, a server of our own  ->  timed (a fresh process)  ->  Section

Promise: server and reader share this machine's cores; the memory is the deciding process's peak, all
its libraries in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from benchmarks.report import Row, Section, Words
from benchmarks.setting import DAY, REQUESTS
from benchmarks.timing import within, yardstick
from habeas import read_law, read_records, read_request, write_sample
from habeas.reports import answer_of, write_answers
from tests.postgres import Server, binaries, running

PEOPLE, SEED = 100_000, 1
LIMIT = 400.0
GOAL, MEMORY_GOAL = 60.0, 500
ASKED = (("us-ca-sf", "doj-2025-07-17.yaml"), ("us-ca", "press-roster.yaml"))
"""The shipped requests that are about everybody, each where it was served."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process's figures: seconds, and the peak of its memory in MB."""

    request: str
    decisions: int
    read: float
    decided: float
    written: float
    memory: int
    yardstick: float


def timed(address: str, mapping: str, place: str, file: str) -> Run:
    """Read everybody; then decide everything about everybody, reading again, and write it."""
    law = read_law(place)
    words = law.book.vocabulary
    request = read_request(REQUESTS / file, words)[0]
    request = replace(request, people=None, items=tuple(words.items))
    with (
        read_records(address, Path(mapping), words) as records,
        tempfile.TemporaryDirectory() as folder,
    ):
        start = perf_counter()
        for _ in records.people():
            pass
        read = perf_counter()
        answer = answer_of(law, request, records, DAY)
        decided = perf_counter()
        write_answers(Path(folder) / "out", [answer])
        written = perf_counter()
    return Run(
        request.id,
        answer.decisions.count,
        read - start,
        decided - read,
        written - decided,
        _peak(),
        yardstick(),
    )


def _peak() -> int:
    """The most memory that this process has had, in MB (Linux)."""
    [line] = [x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x]
    return int(line.split()[1]) // 1024


@contextmanager
def filled(people: int) -> Iterator[tuple[Server, str]]:
    """A server with a sample's tables in it, every column text; and the mapping's text."""
    with running() as server, tempfile.TemporaryDirectory() as folder:
        jail = Path(folder) / "jail"
        write_sample(jail, people, SEED)
        mapping = (jail / "mapping.yaml").read_text()
        with server.connected() as database:
            for path in sorted(jail.glob("*.csv")):
                with path.open("rb") as file:
                    head = file.readline().decode().strip()
                    file.seek(0)
                    part = "|" if "|" in head else ","
                    columns = ", ".join(f'"{name}" TEXT' for name in head.split(part))
                    database.execute(f"CREATE TABLE {path.stem} ({columns})")
                    copy = f"COPY {path.stem} FROM STDIN (FORMAT csv, HEADER, DELIMITER '{part}')"
                    with database.cursor() as cursor, cursor.copy(copy) as into:
                        while data := file.read(1 << 20):
                            into.write(data)
                mapping = mapping.replace(f"file: {path.name}", f"file: {path.stem}")
            database.execute("ANALYZE")
        yield server, mapping


def section() -> Section | Words:
    """Measure each request once, in a process of its own."""
    if binaries() is None:
        told = "Not measured: no PostgreSQL server on this machine (`apt-get install postgresql`)."
        return Words(TITLE, told)
    rows: list[Row] = []
    remarks: list[str] = []
    with filled(PEOPLE) as (server, text), tempfile.TemporaryDirectory() as folder:
        mapping = Path(folder) / "mapping.yaml"
        mapping.write_text(text)
        for place, file in ASKED:
            run = within(LIMIT, timed, server.address(), str(mapping), place, file)
            if run is None:
                rows.append(Row(f"`{file}`, `{place}`", None, None, GOAL))
                continue
            for what, taken, goal in (
                ("reading alone", run.read, None),
                ("reading and deciding", run.decided, GOAL),
                ("writing the folder", run.written, None),
            ):
                note = f"{run.decisions:,} decisions" if goal else ""
                rows.append(
                    Row(f"`{run.request}`: {what}", taken, taken / run.yardstick, goal, note)
                )
            met = "met" if run.memory <= MEMORY_GOAL else "**not met**"
            remarks.append(
                f"`{run.request}`: at most {run.memory} MB of memory (goal {MEMORY_GOAL} MB: {met})."
            )
    return Section(TITLE, INTRO, "× yardstick", rows, (*remarks, REMARK))


TITLE = "A large jail in PostgreSQL"

INTRO = f"""\
{PEOPLE:,} people of `habeas.write_sample` in a PostgreSQL server on the same two cores, all 34 items,
on 2025-08-01, one fresh process for each request."""

REMARK = (
    "The folder holds decisions as Parquet and CSV, the report as HTML and PDF, and the facts of "
    "everybody. The memory is the whole process's, with libraries, reading and writing."
)

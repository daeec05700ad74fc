"""The public log: durable appends with proofs, bulk import, audit; beside them a peer, and others' table.

    made-up entries  ->  timed (a fresh process a round, all of it in turns)  ->  Section

Promise: an append counts when its proof is made; the machine's own rates, measured in the same process,
stand beside every figure, and what did not run here is said not to have.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter

from rich.console import Console

from benchmarks.report import Row, Section, duration, show
from benchmarks.timing import within
from habeas.tlog.audit import audit
from habeas.tlog.disk import Disk
from habeas.tlog.entries import ENTRY_BYTES
from habeas.tlog.log import Log
from habeas.tlog.processes import cores
from habeas.tlog.sources import Folder
from habeas.tlog.tiles import TILE_BYTES, WIDTH
from habeas.tlog.workers import Queue, Ticket
from tests.conftest import ROOT
from tests.tlog.logs import COURT, UNWITNESSED, new_log, policy_of, witness

LIMIT = 40.0
"""Seconds for a round; then it is given up."""

ROUNDS = 3
ALONE, WITNESSED, HASHED, PLAIN = 80, 40, 4000, 128
WORKERS = {256: 32, 1000: 16}
"""Appends of each worker, by how many workers there are."""

BULK = 131_072
MEMORY = Path("/dev/shm")
PEERS = Path(os.environ.get("HABEAS_PEERS") or ROOT / ".venv" / "peers")

TESSERA = {256: 11_500.0, 1000: 21_000.0}
IMMUDB = {1: 91.0, 256: 11_500.0, 1000: 33_000.0}
THERE = 1 / 2.7e6
"""Appends a second of others and a SHA-256 of 200 bytes, on the machine of two cores where they were measured."""


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of one round.

    synced     writing an entry to a file with fdatasync, between two appends
    hashed     SHA-256 of an entry, on one core; `together`: on each of all at once, by how many that is
    small      SHA-256 of 200 bytes
    made       making an empty file
    files      for an entry: the files that an import makes of it, written and synced by one process
    workers    an append, by the number of workers
    memory     the same of 1,000, and an entry of a bulk import, where the file system is in memory
    """

    synced: float
    hashed: float
    together: float
    small: float
    alone: float
    witnessed: float
    workers: dict[int, float]
    batched: float
    made: float
    files: float
    imported: float
    audited: float
    memory: tuple[float, float] | None
    peer: dict[str, float] | None


def timed(place: Path) -> Round:
    """One round, in this process. Whoever forks comes first, since threads stay once they are begun.

    place  a folder that is not there yet, and stays
    """
    place.mkdir()
    hashed, small, together = _hash(ENTRY_BYTES), _hash(200), _hash_together()
    made, files = _made(place / "empty"), _files(place / "plain")
    imported, audited = _bulk(place / "bulk")
    in_memory = _in_memory(lambda folder: _bulk(folder)[0])
    peer = _peer(place / "peer")
    synced, alone = _alone(place / "alone")
    with witness(place / "court", COURT) as (url, _):
        policy = policy_of(("court", COURT, url), quorum="court")
        with new_log(place / "witnessed", policy) as log:
            witnessed = median(_appends(log, WITNESSED))
    workers = {many: _many(place / str(many), many, each) for many, each in WORKERS.items()}
    in_memory += _in_memory(lambda folder: _many(folder, 1000, WORKERS[1000]))
    batched = _batches(place / "batches")
    memory = (in_memory[1], in_memory[0]) if in_memory else None
    return Round(
        synced, hashed, together, small, alone, witnessed, workers, batched, made, files, imported, audited, memory,
        peer,
    )  # fmt: skip


# -- the machine ----------------------------------------------------------------------------------


def _hash(length: int) -> float:
    data = os.urandom(length)
    times = []
    for _ in range(5):
        start = perf_counter()
        for _ in range(HASHED):
            hashlib.sha256(data).digest()
        times.append((perf_counter() - start) / HASHED)
    return median(times)


def _hash_together() -> float:
    with get_context("fork").Pool(cores()) as pool:
        pool.map(_hash, [ENTRY_BYTES] * cores())
        return median(pool.map(_hash, [ENTRY_BYTES] * cores() * 5, chunksize=5)) / cores()


def _made(folder: Path) -> float:
    folder.mkdir()
    start = perf_counter()
    for number in range(PLAIN):
        (folder / str(number)).touch()
    return (perf_counter() - start) / PLAIN


def _files(folder: Path) -> float:
    """The files of an import, as plain as can be."""
    folder.mkdir()
    bundle, tile = os.urandom(WIDTH * (ENTRY_BYTES + 2)), os.urandom(TILE_BYTES)
    start = perf_counter()
    for number in range(PLAIN):
        (folder / f"b{number}").write_bytes(bundle)
        (folder / f"t{number}").write_bytes(tile)
    Disk().sync([folder / f"{kind}{number}" for kind in "bt" for number in range(PLAIN)])
    return (perf_counter() - start) / (PLAIN * WIDTH)


# -- the log --------------------------------------------------------------------------------------


def _appends(log: Log, count: int) -> Iterator[float]:
    """Durable appends with their proofs, one after the other."""
    with Queue(log) as queue:
        for _ in range(count):
            entry = os.urandom(ENTRY_BYTES)
            start = perf_counter()
            batch, number = queue.append(entry)
            batch.proof(number)
            yield perf_counter() - start


def _alone(folder: Path) -> tuple[float, float]:
    """An fdatasync and an append in turns: what holds up one holds up the other."""
    synced, alone = [], []
    with new_log(folder) as log, (folder / "probe").open("wb", buffering=0) as probe:
        for seconds in _appends(log, ALONE):
            alone.append(seconds)
            start = perf_counter()
            probe.write(os.urandom(ENTRY_BYTES))
            os.fdatasync(probe.fileno())
            synced.append(perf_counter() - start)
    return median(synced), median(alone)


def _many(folder: Path, workers: int, each: int) -> float:
    with new_log(folder) as log, Queue(log) as queue:
        start = perf_counter()
        asyncio.run(_all(queue, workers, each))
        return (perf_counter() - start) / (workers * each)


async def _all(queue: Queue, workers: int, each: int) -> None:
    """Tasks that wait for their own append, and take its proof, before the next."""
    loop = asyncio.get_running_loop()
    waiting: deque[tuple[asyncio.Future[None], Ticket]] = deque()

    def told() -> None:
        loop.call_soon_threadsafe(answer)

    def answer() -> None:
        while waiting and waiting[0][1].done:
            waiting.popleft()[0].set_result(None)

    async def work(entry: bytes) -> None:
        for _ in range(each):
            future = loop.create_future()
            ticket = queue.submit(entry, told)
            waiting.append((future, ticket))
            await future
            batch, number = ticket.result()
            batch.proof(number)

    await asyncio.gather(*(work(os.urandom(ENTRY_BYTES)) for _ in range(workers)))


def _batches(folder: Path) -> float:
    """An entry of a batch of 1,000, without workers or proofs: what the peer does too."""
    many = [[os.urandom(ENTRY_BYTES) for _ in range(1000)] for _ in range(4)]
    with new_log(folder) as log:
        start = perf_counter()
        for batch in many:
            log.append(batch)
        return (perf_counter() - start) / 4000


def _bulk(folder: Path) -> tuple[float, float]:
    """An entry of an import, durable at its end; and one of the audit of all, on all cores."""
    some = [os.urandom(ENTRY_BYTES) for _ in range(1000)]
    with new_log(folder) as log:
        start = perf_counter()
        log.append_many(some[n % 1000] for n in range(BULK))
        imported = perf_counter() - start
        log.publish()
    start = perf_counter()
    made = audit(Folder(folder), UNWITNESSED, workers=cores())
    audited = perf_counter() - start
    if not made.holds:
        raise RuntimeError(made.findings)
    return imported / BULK, audited / BULK


def _in_memory(measure: Callable[[Path], float]) -> list[float]:
    """The figure where no disk is waited for; nothing where the system has no such folder."""
    if not MEMORY.is_dir():
        return []
    with tempfile.TemporaryDirectory(dir=MEMORY) as scratch:
        return [measure(Path(scratch) / "log")]


def _peer(folder: Path) -> dict[str, float] | None:
    """The same by aics-tlog, where it is installed."""
    python = PEERS / "bin" / "python"
    if not list(PEERS.glob("lib/*/site-packages/aics_tlog")) or not python.exists():
        return None
    program = Path(__file__).with_name("log_peer.py")
    command = [python, program, folder, 20, 4, 1000, ENTRY_BYTES]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=LIMIT)
    if done.returncode:
        raise RuntimeError(done.stderr)
    read: dict[str, float] = json.loads(done.stdout)
    return read


# -- the section ----------------------------------------------------------------------------------


def section() -> Section:
    """Measure in fresh processes."""
    runs: list[Round] = []
    # Nothing is removed before all is over: see the remark on files that were removed just before.
    with tempfile.TemporaryDirectory(dir=".") as scratch:
        for number in range(ROUNDS):
            run = within(LIMIT, timed, Path(scratch) / str(number))
            if run is None:
                break
            runs.append(run)
    if len(runs) < ROUNDS:
        return Section("The public log", INTRO, "ratio", [Row("a round", None, limit=LIMIT)])
    return Section("The public log", INTRO, "ratio", [*_rows(runs)], REMARKS)


Of = Callable[[Round], float]


def _rows(runs: Sequence[Round]) -> Iterator[Row]:
    def row(what: str, of: Of, by: Of, said: str, goal: float | None = None, more: str = "") -> Row:
        """A figure, and its ratio to another of the same round."""
        seconds = median(map(of, runs))
        note = f"{1 / seconds:,.0f} a second{more}; ratio: to {said}"
        return Row(what, seconds, median(of(run) / by(run) for run in runs), goal, note)

    sync, sha = "an fdatasync between appends", "SHA-256 of an entry"
    yield row("one worker, an append with its proof", lambda r: r.alone, lambda r: r.synced, sync,
              1 / (5 * IMMUDB[1]), f"; immudb there: {IMMUDB[1]:.0f}")  # fmt: skip
    yield row("with a witness on loopback", lambda r: r.witnessed, lambda r: r.synced, sync, 0.020)
    for many, goal in ((256, None), (1000, 1 / (2 * TESSERA[1000]))):
        slower = median(run.small for run in runs) / THERE
        scaled = f"; Tessera there {TESSERA[many]:,.0f}, by SHA-256 {TESSERA[many] / slower:,.0f}; "
        scaled += f"immudb {IMMUDB[many]:,.0f}, by SHA-256 {IMMUDB[many] / slower:,.0f}"
        yield row(f"{many:,} workers, an append with its proof", lambda r, n=many: r.workers[n],
                  lambda r: r.hashed, sha, goal, scaled)  # fmt: skip
    if all(run.memory for run in runs):
        of: Of = lambda run: run.memory[0] if run.memory else 0.0  # noqa: E731
        yield row("the same in memory, which keeps nothing", of, lambda r: r.hashed, sha)
    yield row("an entry of a batch of 1,000", lambda r: r.batched, lambda r: r.hashed, sha)
    made = "a bundle of 256 entries is two files"
    yield Row("making an empty file", median(run.made for run in runs), note=made)
    yield row(f"an entry of a bulk import of {BULK:,}", lambda r: r.imported, lambda r: r.files,
              "writing the same files", 1 / 300_000)  # fmt: skip
    if all(run.memory for run in runs):
        of = lambda run: run.memory[1] if run.memory else 0.0  # noqa: E731
        yield row("the same in memory, which keeps nothing", of, lambda r: r.together,
                  f"{sha} on {cores()} cores")  # fmt: skip
    yield row("an entry of its audit", lambda r: r.audited, lambda r: r.together,
              f"{sha} on {cores()} cores", 1e-6)  # fmt: skip
    yield from _peer_rows(runs)


def _peer_rows(runs: Sequence[Round]) -> Iterator[Row]:
    found = [run.peer for run in runs if run.peer is not None]
    if len(found) < len(runs):
        return
    ours: dict[str, tuple[str, Of]] = {
        "alone": ("one append", lambda run: run.alone),
        "batched": ("an entry of a batch of 1,000", lambda run: run.batched),
        "audited": ("an entry of an audit", lambda run: run.audited),
    }
    for name, (what, of) in ours.items():
        seconds = median(one[name] for one in found)
        ratio = median(one[name] / of(run) for one, run in zip(found, runs, strict=True))
        yield Row(f"aics-tlog: {what}", seconds, ratio, note="ratio: to ours above")


INTRO = f"""\
Entries of {ENTRY_BYTES} bytes; every batch signed with Ed25519 and ML-DSA-44. Medians of {ROUNDS} rounds, each a fresh
process in which everything takes its turn. “There” is another machine of two cores, where others were measured
once: a SHA-256 of 200 bytes took {duration(THERE)}, and figures “by SHA-256” are theirs times what this machine
takes longer for one. How fast its disk was is not known, so what waits for the disk is compared as it is."""

REMARKS = (
    "Workers are tasks of one process; an append ends when its proof is made. Texts of proofs are not written.",
    "Writing the same files: by one process, without hashing, reading again or moving; synced once.",
    "Where thousands of files were removed a minute before, Linux's ext4 without a journal takes up to a "
    "millisecond to make one, and 25 to 45 µs where not: measure imports where nothing was removed lately.",
    "aics-tlog runs beside ours in each round where `make peers` installed it, and its rows are missing where "
    "not. It syncs every file and folder, signs with Ed25519 alone, makes no proofs, and audits with one process.",
    "Tessera and immudb did not run here. SHA-256 is called from Python here, and the call takes about as long "
    "as the hash of 200 bytes: “by SHA-256” is too kind to us, the figures as they are may be too hard.",
)


if __name__ == "__main__":
    show(section(), Console())

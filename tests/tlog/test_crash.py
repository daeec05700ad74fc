"""Whatever fails and whenever: what was acknowledged is there, what was published stays true.

A few dozen rounds run always; `make torture` (or `-m slow`) runs a thousand of each kind.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from subprocess import PIPE

import pytest

from habeas.tlog.errors import HabeasError
from habeas.tlog.log import CHECKPOINT, Log
from habeas.tlog.merkle import leaf_hash, root_of
from habeas.tlog.proofs import check_proof
from habeas.tlog.tiles import ENTRIES, WIDTH, parse_bundle, tile_path, tiles_of
from tests.conftest import ROOT
from tests.tlog.faults import (
    MODES,
    FaultyDisk,
    PowerCut,
    PoweredDisk,
    Steps,
    checkpoint_of,
    faulty_head,
)
from tests.tlog.logs import SIGNERS, UNWITNESSED, some

Acked = dict[int, bytes]
SCRIPT = (1, 300, "publish", 2, 250, "publish", "many", 1, "publish", 3)
"""How many entries at a time; `many` is a bulk import of 700."""


def work(log: Log, acked: Acked, seen: set[bytes], first: int = 0) -> None:
    """Do what the script says, noting each acknowledged entry and each published checkpoint."""
    for step in SCRIPT:
        if step == "publish":
            log.publish()
            seen.add((log.folder / CHECKPOINT).read_bytes())
        elif step == "many":
            entries = some(700, first)
            batch = log.append_many(entries)
            acked |= {batch.start + n: one for n, one in enumerate(entries)}
            first += 700
        else:
            entries = some(int(step), first)
            batch = log.append(entries)
            acked |= {batch.start + n: one for n, one in enumerate(entries)}
            first += int(step)


def all_entries(log: Log) -> list[bytes]:
    """Every entry, bundle after bundle."""
    entries: list[bytes] = []
    for tile in tiles_of(log.size // WIDTH * WIDTH):
        if tile.level == ENTRIES:
            entries += parse_bundle((log.folder / tile_path(tile)).read_bytes(), WIDTH)
    return entries + [log.entry(index) for index in range(len(entries), log.size)]


def create(folder: Path) -> None:
    Log.create(folder, SIGNERS, UNWITNESSED, FaultyDisk(Steps()))


def holds(folder: Path, acked: Acked, seen: set[bytes]) -> int:
    """Open the log and look; its size."""
    with Log.open(folder, SIGNERS, disk=FaultyDisk(Steps())) as log:
        entries = all_entries(log)
        hashes = [leaf_hash(one) for one in entries]
        assert log.head.root == root_of(hashes)
        assert all(entries[index] == one for index, one in acked.items() if index < log.size)
        assert max(acked, default=-1) < log.size, "an acknowledged entry was lost"
        for index in {min(acked, default=0), max(acked, default=0)} & acked.keys():
            check_proof(hashes[index], log.proof(index), UNWITNESSED)
        for data in seen:
            size, root = checkpoint_of(data)
            assert root_of(hashes[:size]) == root and size <= log.size, (
                "a published checkpoint was broken"
            )
        if log.size:
            log.publish()
        return log.size


def one_fault(folder: Path, monkeypatch: pytest.MonkeyPatch, fail: int, mode: str) -> Steps:
    """Run the script with one fault, look, and go on without it."""
    steps, acked, seen = Steps(fail, mode), Acked(), set[bytes]()
    create(folder)
    with monkeypatch.context() as patch:
        patch.setattr("habeas.tlog.log.HeadFile", faulty_head(steps))
        try:
            with Log.open(folder, SIGNERS, disk=FaultyDisk(steps)) as log:
                work(log, acked, seen)
        except (HabeasError, OSError):
            assert steps.hit
    published = folder / CHECKPOINT
    if published.exists():
        seen.add(published.read_bytes())
    size = holds(folder, acked, seen)
    with Log.open(folder, SIGNERS, disk=FaultyDisk(Steps())) as log:
        work(log, acked, seen, first=5000)
    assert holds(folder, acked, seen) == size + 1257
    return steps


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at what is left needs no wait for the disk; the process that is killed has its own."""
    monkeypatch.setattr("habeas.tlog.log.HeadFile", faulty_head(Steps()))


def count_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    return one_fault(folder, monkeypatch, 10**9, "lost")


def test_a_step_that_fails_loses_nothing(tmp_path, monkeypatch) -> None:
    done, dice = count_steps(tmp_path / "none", monkeypatch), random.Random(7)
    assert done.count > 50 and len(done.writes) > 20
    for mode in MODES:
        steps = done.writes if mode in ("torn", "silent") else range(1, done.count + 1)
        for fail in dice.sample(steps, 12):
            assert one_fault(tmp_path / f"{mode}-{fail}", monkeypatch, fail, mode).hit


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("mode", MODES)
def test_every_step_may_fail(tmp_path, monkeypatch, mode: str) -> None:
    total = count_steps(tmp_path / "none", monkeypatch).count
    for fail in range(1, total + 1):
        assert one_fault(tmp_path / str(fail), monkeypatch, fail, mode).hit


def one_power_cut(
    folder: Path, monkeypatch: pytest.MonkeyPatch, dice: random.Random, most: int
) -> bool:
    """Run the script until the power goes; look at what may be left of the disk."""
    acked: Acked = {}
    first, seen = folder / "first", set[bytes]()
    create(first)
    for number in range(2):
        steps = Steps(dice.randint(1, most), "power")
        disk = PoweredDisk(first, steps, dice)
        with monkeypatch.context() as patch:
            patch.setattr("habeas.tlog.log.HeadFile", faulty_head(steps))
            log = None
            try:
                log = Log.open(first, SIGNERS, disk=disk)
                work(log, acked, seen, first=number * 5000)
            except PowerCut:
                pass
            finally:
                if log is not None:
                    log.close()
        seen |= disk.seen
        then = folder / f"after-{number}"
        disk.left(then)
        size = holds(then, acked, seen)
        seen.add((then / CHECKPOINT).read_bytes() if size else next(iter(seen), b""))
        seen.discard(b"")
        first = then
    return True


def test_a_power_cut_loses_nothing(tmp_path, monkeypatch) -> None:
    total, dice = count_steps(tmp_path / "none", monkeypatch).count, random.Random(11)
    for number in range(16):
        assert one_power_cut(tmp_path / str(number), monkeypatch, dice, total)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_thousand_power_cuts_lose_nothing(tmp_path, monkeypatch) -> None:
    import shutil

    total, dice = count_steps(tmp_path / "none", monkeypatch).count, random.Random(13)
    for number in range(500):  # two cuts each
        one_power_cut(tmp_path / str(number), monkeypatch, dice, total)
        shutil.rmtree(tmp_path / str(number))


def kills(folder: Path, rounds: int, dice: random.Random, how: str = "work") -> None:
    """Kill the process at some moment, `rounds` times in one log or more; look after some of them.

    More where it acknowledged too little for the kills to mean something.
    """
    Log.create(folder, SIGNERS, UNWITNESSED)
    acked: Acked = {}
    seen: set[bytes] = set()
    command = [sys.executable, "-m", "tests.tlog.crashing", str(folder)]
    working, longest = 0, 0.4 if how == "work" else 2.0
    enough = rounds if how == "work" else 0
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        for number in count():
            if number >= rounds and working > enough:
                break
            process.stdin.write(f"{how} {number * 1_000_000}\n")
            process.stdin.flush()
            child = int(process.stdout.readline().removeprefix("pid "))
            time.sleep(dice.random() ** 2 * longest)
            os.kill(child, signal.SIGKILL)
            while (line := process.stdout.readline()) != "dead\n":
                start, many, first = map(int, line.split())
                acked |= {start + n: one for n, one in enumerate(some(many, first))}
                working += 1
            if (folder / CHECKPOINT).exists():
                seen.add((folder / CHECKPOINT).read_bytes())
            if how == "many":
                unlocked(folder)
            if number % 10 == 9:
                holds(folder, acked, seen)
            if working <= number:  # this machine has much else to do
                longest *= 1.2
        holds(folder, acked, seen)


def unlocked(folder: Path) -> None:
    """Wait for what the killed process had forked: until it ends, it holds the log's lock."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            Log.open(folder, SIGNERS).close()
            return
        except HabeasError as error:
            assert "another process" in str(error)
            time.sleep(0.02)
    raise AssertionError("the lock is still held")


def test_kill_9_loses_nothing(tmp_path) -> None:
    kills(tmp_path / "log", 24, random.Random(17))


def test_a_bulk_import_that_is_killed_appended_all_or_nothing(tmp_path) -> None:
    kills(tmp_path / "log", 5, random.Random(19), "many")
    with Log.open(tmp_path / "log", SIGNERS) as log:
        assert log.size % 40_000 == 0


@pytest.mark.slow
@pytest.mark.timeout(6000)
def test_a_thousand_kills_lose_nothing(tmp_path) -> None:
    for number in range(20):  # a log each, so that looking stays quick
        kills(tmp_path / str(number), 50, random.Random(number))

"""Forked processes give what `map` gives, pass errors on, and end with their owner."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from habeas.tlog.errors import LogError, broken
from habeas.tlog.processes import in_order
from tests.conftest import ROOT


def square(number: int) -> tuple[int, int]:
    if number == 7:
        raise broken("job 7", "it is the seventh")
    return number * number, os.getpid()


def alone(function: Callable[[], None]) -> None:
    """Run a function of this module in a process of its own: threads that other tests left stop all forking."""
    code = f"from tests.tlog import test_processes as here; here.{function.__name__}()"
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_results_come_in_the_order_of_the_jobs_from_several_processes() -> None:
    alone(results_of_several)


def results_of_several() -> None:
    jobs = [n for n in range(40) if n != 7]
    made = list(in_order(square, iter(jobs), 3))
    assert [result for result, _ in made] == [n * n for n in jobs]
    assert len({pid for _, pid in made}) == 3 and os.getpid() not in {pid for _, pid in made}
    assert list(in_order(square, [], 3)) == []


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_comes_out_at_its_place(workers: int) -> None:
    results = in_order(square, range(40), workers)
    assert [next(results)[0] for _ in range(7)] == [n * n for n in range(7)]
    with pytest.raises(LogError, match="the seventh"):
        next(results)


def test_while_other_threads_run_nothing_is_forked() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert {pid for _, pid in in_order(square, range(5), 3)} == {os.getpid()}
    finally:
        ended.set()
        thread.join()


def end_itself(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_process_that_is_ended_from_outside_is_an_error() -> None:
    alone(one_ends_itself)


def one_ends_itself() -> None:
    with pytest.raises(LogError, match="was ended"):
        list(in_order(end_itself, range(10), 2))


OWNER = """
import os, time
from habeas.tlog.processes import in_order
def slow(number):
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(0.2)
list(in_order(slow, range(10**6), 2))
"""


def test_processes_end_when_their_owner_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], cwd=ROOT, stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout is not None
        pids = {int(owner.stdout.readline()) for _ in range(2)}
        owner.kill()
    until = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, pids))


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Sent:
    """A job with buffers."""

    def __init__(self, *buffers: bytes | memoryview) -> None:
        self.buffers = buffers

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return Sent, tuple(map(pickle.PickleBuffer, self.buffers))


def content(job: Sent) -> tuple[list[bytes], int]:
    time.sleep(0.001 * (len(job.buffers) % 3))  # so that they end in another order
    return [bytes(one) for one in job.buffers], os.getpid()


def test_buffers_reach_the_process_as_they_were_when_their_job_was_taken() -> None:
    alone(buffers_through_memory)


def buffers_through_memory() -> None:
    slab = memoryview(bytearray(64))

    def jobs() -> Iterator[Sent]:
        for n in range(60):  # each is written over the one before
            slab[:] = bytes(range(n, n + 64))
            yield Sent(*(slab[at : at + n % 5] for at in range(n % 7)))

    due = [[bytes(range(n + at, n + at + n % 5)) for at in range(n % 7)] for n in range(60)]
    for workers in (1, 3):
        made = list(in_order(content, jobs(), workers, 64))
        assert [found for found, _ in made] == due
        assert len({pid for _, pid in made}) == workers
    with pytest.raises(ValueError, match="larger than its room"):
        list(in_order(content, [Sent(slab, slab[:1])], 2, 64))

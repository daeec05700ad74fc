"""Many workers share batches; nobody waits in vain."""

import threading

import pytest

from habeas.tlog.errors import LogError
from habeas.tlog.log import Log
from habeas.tlog.merkle import leaf_hash
from habeas.tlog.proofs import check_proof
from habeas.tlog.workers import Queue
from tests.tlog.faults import FaultyDisk, Steps
from tests.tlog.logs import SIGNERS, UNWITNESSED, new_log, some


def test_every_worker_gets_its_own_entrys_proof(tmp_path) -> None:
    wrong: list[object] = []
    batches: set[int] = set()

    def work(queue: Queue, number: int) -> None:
        for entry in some(10, number * 10):
            batch, at = queue.append(entry)
            batches.add(batch.checkpoint.size)
            try:
                check_proof(leaf_hash(entry), batch.proof(at), UNWITNESSED)
            except LogError as error:
                wrong.append(error)

    with new_log(tmp_path / "log") as log, Queue(log) as queue:
        threads = [threading.Thread(target=work, args=(queue, n)) for n in range(40)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert not wrong and log.size == 400
    assert len(batches) < 200, "workers share batches"
    with Log.open(tmp_path / "log", SIGNERS) as log:
        assert {log.entry(n) for n in range(400)} == set(some(400))


def test_what_was_submitted_is_written_before_the_queue_ends(tmp_path) -> None:
    told = threading.Semaphore(0)
    with new_log(tmp_path / "log") as log:
        with Queue(log) as queue:
            tickets = [queue.submit(one, told.release) for one in some(20)]
        assert [ticket.result()[0].start + ticket.result()[1] for ticket in tickets] == list(
            range(20)
        )
        assert told.acquire(timeout=5)
        with pytest.raises(LogError, match="closed"):
            queue.submit(b"late")


def test_an_error_reaches_everybody_who_waits(tmp_path) -> None:
    steps = Steps()
    with new_log(tmp_path / "log", disk=FaultyDisk(steps)) as log, Queue(log) as queue:
        queue.append(b"good")
        steps.fail = steps.count + 1
        tickets = [queue.submit(one) for one in some(30)]
        for ticket in tickets:
            with pytest.raises(LogError, match="may not be in it"):
                ticket.wait(5)
        with pytest.raises(LogError, match="closed"):
            queue.append(b"more")


def test_a_callback_that_fails_keeps_nobody_else_waiting(tmp_path) -> None:
    def fail() -> None:
        raise RuntimeError("its event loop is closed")

    with new_log(tmp_path / "log") as log, Queue(log) as queue:
        assert queue.submit(b"first", fail).wait(5)[1] == 0
        told = threading.Event()
        queue.submit(b"second", fail)
        assert queue.submit(b"third", told.set).wait(5)[0].checkpoint.size == 3
        assert told.wait(5)


def test_no_batch_has_more_than_its_most_entries(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("habeas.tlog.workers.MOST", 7)
    with new_log(tmp_path / "log") as log:
        queue = Queue(log)
        tickets = [queue.submit(one) for one in some(40)]
        with queue:
            batches = [ticket.wait(5) for ticket in tickets]
    assert {len(batch.entries) for batch, _ in batches} == {7, 5}
    assert [batch.start + number for batch, number in batches] == list(range(40))


def test_a_worker_that_writes_by_itself_lets_nobody_in_between(tmp_path) -> None:
    """One waits in the log; who comes meanwhile shares the next batch, and all is told."""
    entered, go = threading.Event(), threading.Event()
    with new_log(tmp_path / "log") as log, Queue(log) as queue:
        write = log.append

        def slow(entries):
            entered.set()
            assert go.wait(5)
            return write(entries)

        log.append = slow  # type: ignore[method-assign]
        alone = threading.Thread(target=queue.append, args=(b"alone",))
        alone.start()
        assert entered.wait(5)
        tickets = [queue.submit(one) for one in some(5)]
        assert not any(ticket.done for ticket in tickets)
        go.set()
        assert [ticket.wait(5)[0].start for ticket in tickets] == [1] * 5
        alone.join()


def test_an_entry_that_is_too_long_harms_nobody_else(tmp_path) -> None:
    with new_log(tmp_path / "log") as log, Queue(log) as queue:
        with pytest.raises(LogError):
            queue.append(bytes(65_536))
        assert queue.append(b"good")[1] == 0

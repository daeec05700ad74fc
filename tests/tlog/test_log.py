"""The log on disk: what is appended is there, in order, and can be proved."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from habeas.tlog.ahead import Ahead
from habeas.tlog.bulk import ROOM, stretches
from habeas.tlog.checkpoint import parse_checkpoint
from habeas.tlog.disk import Disk
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.log import AHEAD, HEAD, WORK, Log
from habeas.tlog.merkle import leaf_hash, root_of
from habeas.tlog.notes import parse_note
from habeas.tlog.proofs import check_proof
from habeas.tlog.tiles import WIDTH, tile_path, tiles_of
from tests.tlog.logs import SIGNERS, UNWITNESSED, Signer, new_log, some


def files_of(folder) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in (folder / "tile").rglob("*") if p.is_file()}


def records(path) -> bytes:
    """The write-ahead file without the zeros at its end."""
    return path.read_bytes()[: Ahead.load(path, Disk())[0].length]


@pytest.mark.parametrize("steps", [[1], [1, 1], [255, 1], [256], [257], [3, 600, 1, 300], [70_000]])
def test_entries_are_there_after_the_log_is_opened_anew(tmp_path, steps: list[int]) -> None:
    entries, at = some(sum(steps)), 0
    with new_log(tmp_path / "log") as log:
        for step in steps:
            batch = log.append(entries[at : at + step])
            assert (batch.start, batch.checkpoint.size) == (at, at + step)
            at += step
            for number in {0, step - 1}:
                check_proof(
                    leaf_hash(entries[batch.start + number]), batch.proof(number), UNWITNESSED
                )
        log.publish()
    assert files_of(tmp_path / "log") == {tile_path(tile) for tile in tiles_of(len(entries))}
    with Log.open(tmp_path / "log", SIGNERS) as log:
        assert log.head.root == root_of([leaf_hash(one) for one in entries])
        for index in {0, len(entries) // 2, len(entries) - 1}:
            assert log.entry(index) == entries[index]
            check_proof(leaf_hash(entries[index]), log.proof(index), UNWITNESSED)
        log.append(some(1, len(entries)))
        assert log.size == len(entries) + 1


def test_a_great_number_of_entries_gives_the_same_log(tmp_path) -> None:
    with new_log(tmp_path / "one") as one, new_log(tmp_path / "other") as other:
        one.append(some(3))
        other.append(some(3))
        one.append(some(40_000, 3))
        batch = other.append_many(iter(some(40_000, 3)))
        assert batch.checkpoint == one.head
        one.append(some(2, 40_003))
        other.append(some(2, 40_003))
        assert one.head == other.head
        one.publish(), other.publish()
    for path in files_of(tmp_path / "one"):
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "other" / path).read_bytes()
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")
    with Log.open(tmp_path / "other", SIGNERS) as log:
        assert log.size == 40_005


def test_the_checkpoint_carries_both_signatures(tmp_path) -> None:
    with new_log(tmp_path / "log") as log:
        log.append(some(5))
        log.publish()
    note = parse_note((tmp_path / "log/checkpoint").read_bytes())
    assert parse_checkpoint(note.text).size == 5
    assert set(UNWITNESSED.check(note).logs) == {one.verifier for one in SIGNERS}


def test_partial_tiles_go_when_the_full_one_is_there(tmp_path) -> None:
    with new_log(tmp_path / "log") as log:
        for size in (100, 200, 300):
            log.append(some(100, size - 100))
            log.publish()
    assert files_of(tmp_path / "log") == {tile_path(tile) for tile in tiles_of(300)}


def test_the_write_ahead_file_is_begun_anew_and_nothing_is_lost(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("habeas.tlog.log.MAX_AHEAD", 10_000)
    monkeypatch.setattr("habeas.tlog.ahead.RESERVE", 4_000)
    with new_log(tmp_path / "log") as log:
        for start in range(0, 3000, 50):
            log.append(some(50, start))
    assert (tmp_path / "log" / WORK / AHEAD).stat().st_size < 30_000
    with Log.open(tmp_path / "log", SIGNERS) as log:
        assert log.head.root == root_of([leaf_hash(one) for one in some(3000)])


def test_one_process_alone_writes(tmp_path) -> None:
    with new_log(tmp_path / "log"), pytest.raises(LogError, match="another process"):
        Log.open(tmp_path / "log", SIGNERS)
    Log.open(tmp_path / "log", SIGNERS).close()


def test_a_head_that_somebody_else_moved_stops_everything(tmp_path) -> None:
    with new_log(tmp_path / "log") as log:
        log.append(some(1))
        with sqlite3.connect(tmp_path / "log" / WORK / HEAD) as base:
            base.execute("UPDATE head SET size = 9")
        with pytest.raises(NotProved, match="somebody else"):
            log.append(some(1, 1))
        with pytest.raises(LogError, match="an earlier error stopped this log"):
            log.append(some(1, 1))
    with pytest.raises(NotProved, match="9 were signed"):
        Log.open(tmp_path / "log", SIGNERS)


def test_a_log_is_opened_with_its_own_keys_alone(tmp_path) -> None:
    new_log(tmp_path / "log").close()
    other = Signer.of("other.example", 1, bytes(32))
    with pytest.raises(LogError, match="not the keys"):
        Log.open(tmp_path / "log", [other])
    with pytest.raises(LogError):
        Log.create(tmp_path / "new", [], UNWITNESSED)


def test_a_log_is_made_once(tmp_path) -> None:
    new_log(tmp_path / "log").close()
    with pytest.raises(LogError, match="a log already"):
        Log.create(tmp_path / "log", SIGNERS, UNWITNESSED)
    (tmp_path / "log" / WORK / HEAD).unlink()
    Log.create(
        tmp_path / "log", SIGNERS, UNWITNESSED
    )  # it has no entry: an init that was cut short
    with Log.open(tmp_path / "log", SIGNERS) as log:
        log.append(some(1))
    (tmp_path / "log" / WORK / HEAD).unlink()
    with pytest.raises(LogError, match="entries without a head"):
        Log.create(tmp_path / "log", SIGNERS, UNWITNESSED)
    with pytest.raises(LogError, match="head is missing"):
        Log.open(tmp_path / "log", SIGNERS)


def test_a_torn_end_of_the_write_ahead_file_is_cut_away_and_a_signed_one_is_missed(
    tmp_path,
) -> None:
    folder = tmp_path / "log"
    with new_log(folder) as log:
        log.append(some(3))
        log.append(some(3, 3))
    path = folder / WORK / AHEAD
    whole = records(path)
    path.write_bytes(whole + b"\x00rec and then the power went")
    with Log.open(folder, SIGNERS) as log:
        assert log.size == 6
    assert path.read_bytes() == whole
    path.write_bytes(whole[:-1])
    with pytest.raises(NotProved, match="6 were signed"):
        Log.open(folder, SIGNERS)


def test_every_flipped_byte_of_the_write_ahead_file_is_noticed(tmp_path) -> None:
    folder = tmp_path / "log"
    with new_log(folder) as log:
        log.append(some(3))
        log.append(some(2, 3))
    path = folder / WORK / AHEAD
    whole = records(path)
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(LogError):
            Log.open(folder, SIGNERS).close()
        assert len(path.read_bytes()) == len(whole), "nothing is cut away before it is understood"
    path.write_bytes(whole)
    Log.open(folder, SIGNERS).close()


def test_a_damaged_full_tile_is_found_when_the_log_is_opened(tmp_path) -> None:
    folder = tmp_path / "log"
    with new_log(folder) as log:
        log.append_many(some(1000))
    tile = folder / "tile/0/001"
    data = tile.read_bytes()
    tile.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    with pytest.raises(NotProved, match="do not lead to the head"):
        Log.open(folder, SIGNERS)


def test_a_lost_full_tile_that_the_write_ahead_file_holds_is_written_again(tmp_path) -> None:
    folder = tmp_path / "log"
    with new_log(folder) as log:
        log.append(some(600))
    for path in ("tile/0/001", "tile/entries/000"):
        (folder / path).unlink()
    with Log.open(folder, SIGNERS) as log:
        log.publish()
    assert files_of(folder) == {tile_path(tile) for tile in tiles_of(600)}


def test_a_head_older_than_the_published_checkpoint_is_refused(tmp_path) -> None:
    folder = tmp_path / "log"
    with new_log(folder) as log:
        log.append(some(1))
    old = (folder / WORK / HEAD).read_bytes()
    with Log.open(folder, SIGNERS) as log:
        log.append(some(1, 1))
        log.publish()
    for each in (folder / WORK).glob(f"{HEAD}*"):
        each.unlink()
    (folder / WORK / HEAD).write_bytes(old)
    with pytest.raises(NotProved, match="does not follow"):
        Log.open(folder, SIGNERS)


def test_what_a_disk_did_not_keep_is_noticed(tmp_path) -> None:
    class Forgetful(Disk):
        def extend(self, path, at, data) -> None:
            super().extend(path, at, data[:-1] + bytes([data[-1] ^ 1]))

    log = new_log(tmp_path / "log", disk=Forgetful())
    with log, pytest.raises(NotProved, match="what was just written"):
        log.append(some(1))


def test_an_entry_that_is_too_long_stops_nothing(tmp_path) -> None:
    with new_log(tmp_path / "log") as log:
        with pytest.raises(LogError):
            log.append([bytes(65_536)])
        log.append([bytes(65_535)])
        assert log.size == 1


def test_a_log_that_was_closed_writes_nothing(tmp_path) -> None:
    log = new_log(tmp_path / "log")
    log.append(some(1))
    log.close()
    before = {path: path.read_bytes() for path in (tmp_path / "log").rglob("*") if path.is_file()}
    for write in (log.append, log.append_many):
        with pytest.raises(LogError, match="it was closed"):
            write(some(300))
    assert before == {
        path: path.read_bytes() for path in (tmp_path / "log").rglob("*") if path.is_file()
    }


def test_a_batch_that_no_record_could_hold_stops_nothing(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("habeas.tlog.log.MAX_BATCH", 1000)
    with new_log(tmp_path / "log") as log:
        with pytest.raises(LogError, match="at most"):
            log.append([bytes(600), bytes(600)])
        log.append([bytes(600)])
        assert log.size == 1


def test_an_entry_is_read_while_the_bundle_it_is_in_becomes_full(tmp_path) -> None:
    """Its bundle is full in memory, and not in its file yet."""
    putting, go = threading.Event(), threading.Event()

    class Slow(Disk):
        def put(self, files) -> None:
            if any("entries" in path.parts for path in files):
                putting.set()
                assert go.wait(10)
            super().put(files)

    with new_log(tmp_path / "log", disk=Slow()) as log, ThreadPoolExecutor(2) as pool:
        log.append(some(200))
        writing = pool.submit(log.append, some(100, 200))
        assert putting.wait(10)
        reading = pool.submit(log.entry, 7)
        with suppress(TimeoutError):
            reading.exception(0.1)
        go.set()
        assert reading.result(10) == some(1, 7)[0]
        writing.result(10)


def test_a_proof_goes_with_the_note_that_it_carries(tmp_path) -> None:
    """Head and note are not changed at once, and another thread may ask in between."""
    with new_log(tmp_path / "log") as log:
        log.append(some(3))
        note = log.note
        log.append(some(5, 3))
        log.note = note
        check_proof(leaf_hash(some(1)[0]), log.proof(0), UNWITNESSED)
        with pytest.raises(LogError, match="not witnessed yet"):
            log.proof(3)


@pytest.mark.parametrize("count", [33_000, 70_000])
def test_a_bulk_import_by_several_processes_gives_the_same_log(tmp_path, count: int) -> None:
    entries = [*some(count - 300), *(bytes([n % 256]) * n for n in range(300))]
    with new_log(tmp_path / "one") as one, new_log(tmp_path / "other") as other:
        one.append(some(77))
        one.append(entries)
        other.append(some(77))
        batch = other.append_many(iter(entries), workers=3)
        assert batch.start == 77 and one.head == other.head
        for index in (77, 300, count // 2, count + 76):
            check_proof(leaf_hash(entries[index - 77]), batch.proof(index - 77), UNWITNESSED)
        one.publish(), other.publish()
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")
    for path in files_of(tmp_path / "one"):
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "other" / path).read_bytes()


def test_the_largest_bundles_fit_into_the_memory_that_processes_share(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("habeas.tlog.log.CHUNK", WIDTH)
    entries = [bytes([n % 256]) * length for length in (65_000, 65_535) for n in range(WIDTH)]
    [stretch] = stretches(entries, tmp_path, Disk(), 0, [])
    assert len(stretch.bundles) == 2 and sum(map(len, stretch.bundles)) > ROOM - 200_000
    with new_log(tmp_path / "log") as log:
        log.append_many([*entries, *some(3)], workers=2)
        assert log.head.root == root_of([leaf_hash(one) for one in [*entries, *some(3)]])


class Full(Disk):
    """A disk that has no room for bundle 100."""

    def put(self, files) -> None:
        if any(path.name == "100" for path in files):
            raise OSError(28, "No space left on device")
        super().put(files)


def test_a_bulk_import_that_fails_appends_nothing(tmp_path) -> None:
    with new_log(tmp_path / "log", disk=Full()) as log:
        log.append(some(3))
        with pytest.raises(LogError, match="No space left"):
            log.append_many(some(40_000, 3), workers=2)
        with pytest.raises(LogError, match="an earlier error stopped this log"):
            log.append(some(1))
    with Log.open(tmp_path / "log", SIGNERS) as log:
        assert log.size == 3
        log.append_many(some(40_000, 3), workers=2)
        assert log.head.root == root_of([leaf_hash(one) for one in some(40_003)])


def test_the_working_folder_is_for_its_owner_alone(tmp_path) -> None:
    new_log(tmp_path / "log").close()
    assert (tmp_path / "log" / WORK).stat().st_mode & 0o077 == 0


def test_records_of_the_write_ahead_file_are_read_back(tmp_path) -> None:
    made = Ahead.make(tmp_path / "a", Disk(), 256, some(2))
    made.add(some(300))
    made.add([b""])
    again, entries = Ahead.load(tmp_path / "a", Disk())
    assert entries == [*some(2), *some(300), b""]
    assert (again.start, again.end, again.length) == (256, 559, made.length)

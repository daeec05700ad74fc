"""The public copy: whole, once a day, and the same whatever was decided."""

import json
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from habeas.tlog.audit import audit
from habeas.tlog.batch import receipt_of
from habeas.tlog.entries import Entry, make_entry, parse_entry
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.head import empty
from habeas.tlog.log import HEAD, WORK, Log
from habeas.tlog.merkle import EMPTY_ROOT, root_at
from habeas.tlog.notes import to_base64
from habeas.tlog.publish import publish
from habeas.tlog.reader import Reader
from habeas.tlog.receipts import check_receipt
from habeas.tlog.restore import rebuild_head
from habeas.tlog.sources import Folder
from tests.tlog.logs import (
    COURT,
    NOON,
    ORIGIN,
    PAPER,
    SIGNERS,
    UNWITNESSED,
    Time,
    new_log,
    policy_of,
    shown,
    some,
    witness,
)

DAY = 86_400


def office(folder, verdicts: list[str], clock: Time) -> Log:
    """A log of one day's decisions, one verdict each."""
    log = new_log(folder, clock=clock)
    for number, verdict in enumerate(verdicts):
        clock.now += 60
        hidden = {
            "kind": "decision",
            "decided_at": f"2025-07-17T12:{number:02}:00+00:00",
            "verdicts": {"release_date": verdict},
            "provisions": ["us-ca/values-act#a1C"] * (1 if verdict == "deny" else 3),
        }
        entry, _ = make_entry(shown(log.before()), hidden)
        log.append([entry])
    return log


def public_view(folder) -> dict[str, tuple[int, float]]:
    """What anybody can see of a copy: names, sizes, times."""
    return {
        p.relative_to(folder).as_posix(): (p.stat().st_size, p.stat().st_mtime)
        for p in folder.rglob("*")
        if p.is_file()
    }


def shape(folder) -> list[object]:
    """Each published entry without its random digests; roots, which follow from them, as the size whose they are."""
    reader = Reader(Folder(folder), UNWITNESSED)
    sizes = {to_base64(EMPTY_ROOT): 0}
    sizes |= {to_base64(root_at(n, reader.hash_at)): n for n in range(1, reader.size + 1)}
    rows = []
    for index in range(reader.size):
        data = reader.entry(index)
        read = json.loads(data)
        read["_sd"] = [len(one) for one in read["_sd"]]
        read["after"]["root"] = sizes[read["after"]["root"]]
        rows.append((len(data), read))
    return rows


def test_grants_and_denials_look_the_same(tmp_path) -> None:
    for name, verdicts in (("grants", ["grant"] * 7), ("denials", ["deny"] * 7)):
        clock = Time()
        with office(tmp_path / name, verdicts, clock) as log:
            publish(log, tmp_path / f"{name}-public", clock.now)
    assert public_view(tmp_path / "grants-public") == public_view(tmp_path / "denials-public")
    assert shape(tmp_path / "grants-public") == shape(tmp_path / "denials-public")


def test_the_number_of_decisions_and_their_hours_are_hidden_within_a_multiple(tmp_path) -> None:
    for name, count in (("few", 2), ("many", 50)):
        clock = Time()
        with office(tmp_path / name, ["deny"] * count, clock) as log:
            made = publish(log, tmp_path / f"{name}-public", clock.now)
            assert (made.size, made.dummies) == (256, 256 - count)
    assert public_view(tmp_path / "few-public") == public_view(tmp_path / "many-public")
    assert shape(tmp_path / "few-public") == shape(tmp_path / "many-public")


def decided(log: Log, day: int, batches: list[int]) -> None:
    """Decisions of a day in July, in batches of these sizes."""
    for count in batches:
        made = [
            make_entry(shown(log.before(), date(2025, 7, day)), {"kind": "decision", "n": n})[0]
            for n in range(count)
        ]
        log.append(made)


def test_nothing_that_is_shown_depends_on_how_many_decisions_there_were(tmp_path) -> None:
    """Three days, other numbers and batches each day; the third is quiet for both."""
    histories = {
        "few": ([1], [2, 1], []),
        "many": ([1] * 12 + [17, 80], [40, 1, 150], []),
        "all": ([255], [5] * 51, []),
    }
    for name, days in histories.items():
        clock = Time()
        with new_log(tmp_path / name, clock=clock) as log:
            for number, batches in enumerate(days):
                decided(log, 17 + number, batches)
                made = publish(log, tmp_path / f"{name}-public", NOON + number * DAY)
                assert (made.size, made.dummies) == (256 * (number + 1), 256 - sum(batches))
    few = shape(tmp_path / "few-public")
    for name in histories:
        assert public_view(tmp_path / f"{name}-public") == public_view(tmp_path / "few-public")
        assert shape(tmp_path / f"{name}-public") == few
    assert [row["after"] for _, row in few] == [
        {"root": size, "size": str(size)} for size in (0, 256, 512) for _ in range(256)
    ]
    assert [row["decided_on"] for _, row in few] == [
        f"2025-07-{day}" for day in (17, 18, 19) for _ in range(256)
    ]


def test_dummies_show_what_entries_of_their_batch_show(tmp_path) -> None:
    """Two laws and two days: nothing that a dummy shows is shown by no real entry, and all of it is."""
    kinds = [("ab" * 32, 17), ("cd" * 32, 17), ("cd" * 32, 18)]
    with new_log(tmp_path / "log") as log:
        decided(log, 2, [1])
        publish(log, tmp_path / "out", NOON - 3 * DAY, multiple=1)
        for law, day in kinds:
            like = replace(shown(log.before(), date(2025, 7, day)), law=law)
            log.append([make_entry(like, {"kind": "decision"})[0]])
        publish(log, tmp_path / "out", NOON + DAY)
        assert {one.shown for one in all_of(log)[4:]} == {one.shown for one in all_of(log)[1:4]}
        publish(log, tmp_path / "out", NOON + 2 * DAY)
        quiet = {one.shown for one in all_of(log)[256:]}
        [(law, after)] = {(one.law, one.size) for one in quiet}
        assert {one.decided_on for one in quiet} == {date(2025, 7, 19)}
        assert law in ("ab" * 32, "cd" * 32) and after == 256


def all_of(log: Log) -> list[Entry]:
    return [parse_entry(log.entry(index)) for index in range(log.size)]


def test_entries_name_the_last_publication_also_when_the_log_is_opened_anew(tmp_path) -> None:
    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            decided(log, 17, [3])
            assert log.before() == empty(ORIGIN), "nothing is published yet"
            log.publish()
            assert log.before() == empty(ORIGIN), "the office's own folder is no public copy"
            publish(log, tmp_path / "out", NOON, 4)
            published = log.before()
            assert published == log.head
        with Log.open(tmp_path / "log", SIGNERS) as log:
            decided(log, 18, [2, 1])
            assert log.before() == published
            data, _ = make_entry(shown(log.before()), {})
            batch = log.append([data])
            receipt = batch.receipt(0)
            assert [one.name for one in receipt.before] == [COURT.name]
            publish(log, tmp_path / "out", NOON + DAY, 4)
            assert log.before().size == 12
        with Log.open(tmp_path / "log", SIGNERS) as log:  # a receipt that is made days later
            later = receipt_of(log, data, (), log.proof(7))
            assert later.before == receipt.before
            found = check_receipt(later, policy)
            assert found.not_before == NOON and found.entry.shown.size == 4


def test_a_publication_that_is_none_of_the_log_stops_it(tmp_path) -> None:
    with office(tmp_path / "log", ["deny"], Time()) as log:
        publish(log, tmp_path / "out", NOON)
    with closing(sqlite3.connect(tmp_path / "log" / WORK / HEAD)) as base, base:
        base.execute("UPDATE published SET root = zeroblob(32)")
    with pytest.raises(NotProved, match="copy of 2025-07-17 is none of this log"):
        Log.open(tmp_path / "log", SIGNERS)


def test_what_was_witnessed_is_published_after_the_log_was_opened_anew(tmp_path) -> None:
    """Also where the witness is gone by then: its cosignature lasts."""
    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            decided(log, 17, [4])
    with Log.open(tmp_path / "log", SIGNERS) as log:
        assert log.witnessed() is not None and log.proof(3)
        assert log.publish().size == 4
        assert publish(log, tmp_path / "out", NOON, multiple=1).dummies == 0
    assert audit(Folder(tmp_path / "out"), policy).holds


def test_witnesses_that_did_not_answer_are_asked_again_when_it_is_published(tmp_path) -> None:
    with new_log(tmp_path / "log", policy_of(("court", COURT, "http://127.0.0.1:1"), quorum="court")) as log:  # fmt: skip
        decided(log, 17, [4])
        with pytest.raises(LogError, match="not witnessed"):
            publish(log, tmp_path / "out", NOON, multiple=1)
    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with Log.open(tmp_path / "log", SIGNERS, policy) as log:
            assert publish(log, tmp_path / "out", NOON, multiple=1).size == 4


def test_no_digest_says_whether_it_hides_something(tmp_path) -> None:
    """Counts of bits in digests of values and of nothing are of one distribution; sorting hides the place."""
    dice = random.Random(3)
    hidden = {f"n{n}": dice.random() for n in range(5)}
    entries = [parse_entry(make_entry(shown(), hidden if n % 2 else {})[0]) for n in range(400)]
    ones = [[0, 0], [0, 0]]
    for number, one in enumerate(entries):
        for digest in one.digests:
            ones[number % 2][0] += sum(ord(c) & 1 for c in digest)
            ones[number % 2][1] += len(digest)
    shares = [part / whole for part, whole in ones]
    assert abs(shares[0] - shares[1]) < 0.01


def test_a_quiet_day_grows_too_and_a_day_has_one_copy(tmp_path) -> None:
    clock = Time()
    with office(tmp_path / "log", ["deny"], clock) as log:
        assert publish(log, tmp_path / "out", NOON).size == 256
        with pytest.raises(LogError, match="copy of 2025-07-17 already"):
            publish(log, tmp_path / "out", NOON + 9 * 3600)
        with pytest.raises(LogError, match="already"):
            publish(log, tmp_path / "out", NOON - DAY)
        assert publish(log, tmp_path / "out", NOON + DAY).size == 512
        log.append([log.entry(0)] * 256)
        assert publish(log, tmp_path / "out", NOON + 2 * DAY).dummies == 256
        assert {one.shown.size for one in all_of(log)[768:]} == {512}
    assert audit(Folder(tmp_path / "out"), UNWITNESSED).holds
    dummy = parse_entry(Reader(Folder(tmp_path / "out"), UNWITNESSED).entry(300))
    assert dummy.shown.decided_on == date(2025, 7, 18)


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/0/000"])
def test_a_copy_that_is_not_the_log_s_is_not_gone_on_with(tmp_path, path: str) -> None:
    wrong = tmp_path / "out" / path
    with new_log(tmp_path / "log") as log:
        log.append([make_entry(shown(), {})[0]])
        publish(log, tmp_path / "out", NOON)
        right = wrong.read_bytes()
        wrong.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
        before = public_view(tmp_path / "out")
        with pytest.raises(NotProved, match=f"{path}: it is not the log's"):
            publish(log, tmp_path / "out", NOON + DAY)
        assert log.size == 256 and public_view(tmp_path / "out") == before
        wrong.write_bytes(right)
        assert publish(log, tmp_path / "out", NOON + DAY).size == 512


def test_the_copy_holds_nothing_of_the_office(tmp_path) -> None:
    with office(tmp_path / "log", ["deny"] * 3, Time()) as log:
        publish(log, tmp_path / "out", NOON)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"tile", "checkpoint", "policy"}
    times = {p.stat().st_mtime for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert times == {1_752_710_400.0}, "midnight of the day"


def test_what_cannot_be_published_is_refused(tmp_path) -> None:
    with new_log(tmp_path / "log") as log:
        with pytest.raises(LogError, match="nothing to publish"):
            publish(log, tmp_path / "out", NOON)
        log.append(some(3))
        with pytest.raises(LogError, match="none of ours"):
            publish(log, tmp_path / "out", NOON)
        with pytest.raises(LogError, match="out of bounds"):
            publish(log, tmp_path / "out", NOON, multiple=0)
        assert publish(log, tmp_path / "out", NOON, multiple=1).size == 3


# -- after a restore ------------------------------------------------------------------------------


def lose_head(folder) -> None:
    for path in (folder / WORK).glob(f"{HEAD}*"):
        path.unlink()


def test_a_lost_head_is_built_anew_from_what_the_witnesses_saw(tmp_path) -> None:
    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            log.append(some(300))
            head = log.append(some(3, 300)).checkpoint
        with pytest.raises(LogError, match="has a head"):
            rebuild_head(tmp_path / "log", SIGNERS)
        lose_head(tmp_path / "log")
        assert rebuild_head(tmp_path / "log", SIGNERS) == head
        with Log.open(tmp_path / "log", SIGNERS) as log:
            assert log.append(some(1, 303)).note is not None


def test_what_the_lost_head_left_beside_it_does_not_override_the_new_one(tmp_path) -> None:
    """Somebody deletes the head alone, after a crash."""
    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            log.append(some(3))
            crashed = tmp_path / "crashed"
            shutil.copytree(tmp_path / "log", crashed)
            log.append(some(3, 3))
        assert (crashed / WORK / f"{HEAD}-wal").stat().st_size
        (crashed / WORK / HEAD).unlink()
        for name in ("ahead", "lock"):
            shutil.copy(tmp_path / "log" / WORK / name, crashed / WORK / name)
        assert rebuild_head(crashed, SIGNERS).size == 6
        with Log.open(crashed, SIGNERS) as log:
            assert log.size == 6 and log.append(some(1, 6)).note is not None


def test_no_head_is_built_while_the_log_is_open(tmp_path) -> None:
    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            log.append(some(3))
            lose_head(tmp_path / "log")
            with pytest.raises(LogError, match="another process"):
                rebuild_head(tmp_path / "log", SIGNERS)


def test_a_backup_older_than_what_a_witness_saw_is_not_gone_on_from(tmp_path) -> None:
    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            log.append(some(3))
        shutil.copytree(tmp_path / "log", tmp_path / "backup")
        with Log.open(tmp_path / "log", SIGNERS) as log:
            log.append(some(3, 3))
        lose_head(tmp_path / "backup")
        with pytest.raises(NotProved, match="a witness saw 6 entries"):
            rebuild_head(tmp_path / "backup", SIGNERS)
        assert not (tmp_path / "backup" / WORK / HEAD).exists()


def test_without_its_quorum_no_head_is_built(tmp_path) -> None:
    with (
        witness(tmp_path / "court") as (court, _),
        witness(tmp_path / "paper", PAPER) as (paper, _),
    ):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            log.append(some(3))
        lose_head(tmp_path / "log")
        both = policy_of(("court", COURT, court), ("paper", PAPER, paper), quorum="paper")
        with pytest.raises(LogError, match="too few witnesses"):
            rebuild_head(tmp_path / "log", SIGNERS, both)
        with pytest.raises(LogError, match="no witness knows"):
            rebuild_head(tmp_path / "log", SIGNERS, UNWITNESSED)
    with pytest.raises(LogError, match="cannot be reached"):
        rebuild_head(tmp_path / "log", SIGNERS, policy)

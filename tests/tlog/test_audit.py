"""The auditor finds every flipped byte, names the file, and ends."""

import os
import shutil
from dataclasses import replace

import pytest

from habeas.tlog.audit import MAX_FINDINGS, Audit, audit
from habeas.tlog.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from habeas.tlog.errors import LogError, refused
from habeas.tlog.log import Log
from habeas.tlog.notes import Note, format_note, parse_note
from habeas.tlog.policy import Policy
from habeas.tlog.sources import Folder, Server
from tests.tlog.logs import (
    COURT,
    ED,
    ORIGIN,
    SIGNERS,
    UNWITNESSED,
    new_log,
    policy_of,
    some,
    witness,
)
from tests.tlog.test_reader import served


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A log of 66,000 entries with a witness, and its policy: tiles of three levels."""
    place = tmp_path_factory.mktemp("audit")
    with witness(place / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(place / "log", policy) as log:
            log.append_many(some(66_000))
            log.publish()
    return place / "log", policy


@pytest.fixture
def small(tmp_path):
    """A log of 600 entries, published when it had 550 and at its end."""
    with new_log(tmp_path / "log") as log:
        log.append(some(550))
        log.publish()
        log.append(some(50, 550))
        log.publish()
    return tmp_path / "log"


def look(folder, policy: Policy = UNWITNESSED, **how) -> Audit:
    return audit(Folder(folder), policy, **how)


def test_a_good_log_holds(original, small) -> None:
    folder, policy = original
    made = look(folder, policy)
    assert (
        made.holds and made.checkpoint.size == 66_000 and set(made.witnessed.witnesses) == {"court"}
    )
    assert look(folder, policy, workers=2).holds
    assert look(small).holds
    with served(folder) as url:
        assert audit(Server(url), policy).holds


def flips(data: bytes, every: int) -> list[int]:
    return sorted({*range(0, len(data), every), len(data) - 1})


def test_every_flipped_byte_in_every_file_is_found_and_its_file_named(small) -> None:
    """All bytes of the checkpoint; of each other file some, first and last among them."""
    files = [small / "checkpoint", *(p for p in (small / "tile").rglob("*") if p.is_file())]
    kinds = {path.relative_to(small).as_posix().split("/")[1] for path in files[1:]}
    assert kinds == {"0", "1", "entries"} and len(files) > 8
    for file in files:
        data, name = file.read_bytes(), file.relative_to(small).as_posix()
        for at in flips(data, 1 if name == "checkpoint" else max(1, len(data) // 5)):
            for bit in (1,) if name == "checkpoint" else (1, 128):
                file.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
                made = look(small)
                assert name in [path for path, _ in made.findings], (name, at, made.findings)
        file.write_bytes(data)
    assert look(small).holds


@pytest.mark.parametrize(
    "path", ["tile/0/x000", "tile/1/000", "tile/2/000.p/1", "tile/1/001.p/1", "tile/0/200", "tile/entries/255",
             "tile/0/257.p/208", "tile/entries/257.p/208"],
)  # fmt: skip
def test_each_kind_of_file_of_a_larger_log_is_looked_at(original, tmp_path, path: str) -> None:
    folder, policy = original
    shutil.copytree(folder, tmp_path / "log")
    file = tmp_path / "log" / path
    if path == "tile/0/x000":  # a file that no log has
        file.write_bytes(b"")
        assert [p for p, _ in look(tmp_path / "log", policy).findings] == [path]
        return
    data = file.read_bytes()
    for wrong in (data[:-1] + bytes([data[-1] ^ 1]), data[:-1], data + b"\0", b"", None):
        file.unlink(missing_ok=True)
        if wrong is not None:
            file.write_bytes(wrong)
        made = look(tmp_path / "log", policy, workers=2)
        assert path in [p for p, _ in made.findings], made.findings
        assert len(made.findings) == 1


def test_a_log_that_was_written_anew_does_not_follow_from_what_was_seen(small, tmp_path) -> None:
    seen = parse_note((small / "checkpoint").read_bytes())
    with Log.open(small, SIGNERS) as log:
        log.append(some(7, 600))
        log.publish()
    assert look(small, before=seen).holds
    with new_log(tmp_path / "other") as log:
        log.append(some(700, 1))
        log.publish()
    made = look(tmp_path / "other", before=seen)
    assert [path for path, _ in made.findings] == ["checkpoint"]
    assert "does not follow" in made.findings[0][1]
    with new_log(tmp_path / "shorter") as log:
        log.append(some(500))
        log.publish()
    assert not look(tmp_path / "shorter", before=seen).holds


def test_signatures_are_looked_at_one_by_one(original, tmp_path) -> None:
    folder, policy = original
    shutil.copytree(folder, tmp_path / "log")
    file = tmp_path / "log/checkpoint"
    note = parse_note(file.read_bytes())
    for number in range(len(note.signatures)):
        fewer = Note(note.text, tuple(s for n, s in enumerate(note.signatures) if n != number))
        file.write_text(format_note(fewer))
        one = note.signatures[number]
        # One of the log's two signatures is enough to open it; the witness is the quorum.
        assert look(tmp_path / "log", policy).holds == (one.name == ORIGIN)
    with_stranger = Note(note.text, (*note.signatures, COURT.sign("x\n1\n" + "A" * 43 + "=\n", 5)))
    file.write_text(format_note(with_stranger))
    assert not look(tmp_path / "log", policy).holds


def test_files_beyond_the_checkpoint_are_held_against_each_other(small) -> None:
    checkpoint = (small / "checkpoint").read_bytes()
    with Log.open(small, SIGNERS) as log:
        log.append(some(1000, 600))
    (small / "checkpoint").write_bytes(checkpoint)
    made = look(small)
    assert made.holds and made.beyond > 4
    for path in ("tile/0/004", "tile/entries/004"):
        data = (small / path).read_bytes()
        (small / path).write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
        assert "tile/entries/004" in [p for p, _ in look(small).findings]
        (small / path).write_bytes(data)


def test_a_root_that_the_log_signed_and_that_does_not_follow_from_its_entries_is_found(
    small,
) -> None:
    head = parse_checkpoint(parse_note((small / "checkpoint").read_bytes()).text)
    text = format_checkpoint(replace(head, root=bytes(32)))
    (small / "checkpoint").write_text(format_note(Note(text, (ED.sign(text, 0),))))
    assert look(small).findings == [("checkpoint", "its root does not follow from the entries")]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/0/002.p/38", "tile/9/123"])
def test_what_is_no_plain_file_or_cannot_be_read_is_a_finding(small, path: str) -> None:
    for make in (os.mkfifo, lambda place: place.symlink_to(place)):
        (small / path).unlink(missing_ok=True)
        (small / path).parent.mkdir(exist_ok=True)
        make(small / path)
        assert path in [p for p, _ in look(small).findings]


def test_an_older_file_that_is_too_large_is_a_finding(small, monkeypatch) -> None:
    monkeypatch.setattr("habeas.tlog.sources.MAX_FILE", 10_000)
    (small / "tile/0/002.p/38").write_bytes(bytes(10_001))
    assert look(small).findings == [("tile/0/002.p/38", "it is larger than a file of a log can be")]


def test_a_server_that_fails_is_a_finding(original) -> None:
    """Of a partial tile that is gone it is asked for the full one; whatever it answers then."""
    folder, policy = original

    class Failing(Server):
        def get(self, path: str) -> bytes | None:
            if path == "tile/1/001.p/1":
                return None
            if path == "tile/1/001":
                raise LogError(refused(path, "the server answered 500", "try again").problems)
            return super().get(path)

    with served(folder) as url:
        made = audit(Failing(url), policy)
    assert "tile/1/001.p/1" in [path for path, _ in made.findings]


def test_an_audit_ends_whatever_the_log_says(tmp_path) -> None:
    for size in (2**62, 10**9):
        text = format_checkpoint(Checkpoint(ORIGIN, size, bytes(32)))
        (tmp_path / "checkpoint").write_text(format_note(Note(text, (ED.sign(text, 0),))))
        made = look(tmp_path)
        assert not made.holds and 1 <= len(made.findings) <= MAX_FINDINGS
    (tmp_path / "checkpoint").unlink()
    assert look(tmp_path).findings == [("checkpoint", "it is missing")]
    for data in (b"", b"\xff", b"x" * 1_000_000):
        (tmp_path / "checkpoint").write_bytes(data)
        assert not look(tmp_path).holds

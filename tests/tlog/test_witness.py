"""Witnesses: what they cosign, what they refuse, and what a log does then."""

import http.client
import threading
from concurrent.futures import wait
from urllib.parse import urlsplit

import pytest

from habeas.tlog.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.keys import ED25519, Signer, opened
from habeas.tlog.log import Log
from habeas.tlog.merkle import EMPTY_ROOT, prove_consistency, root_of
from habeas.tlog.notes import Note, format_note, parse_note, parse_signatures
from habeas.tlog.policy import Group, Party, Policy
from habeas.tlog.witness_server import Witness, parse_request
from habeas.tlog.witnesses import Line, Rollback, Witnesses, format_request
from tests.tlog.logs import (
    COURT,
    COURT_MLDSA,
    ED,
    MLDSA,
    NOON,
    ORIGIN,
    PAPER,
    SIGNERS,
    UNWITNESSED,
    Time,
    new_log,
    policy_of,
    some,
    witness,
)
from tests.tlog.trees import hashes_of, leaves


def note_of(size: int, salt: str = "", signer: Signer = ED) -> Note:
    text = format_checkpoint(Checkpoint(ORIGIN, size, root_of(leaves(size, salt))))
    return Note(text, (signer.sign(text, 0),))


def proof(old: int, new: int) -> list[bytes]:
    return prove_consistency(old, new, hashes_of(leaves(new))) if old else []


@pytest.fixture
def one(tmp_path) -> Witness:
    return Witness(tmp_path / "seen", (COURT, COURT_MLDSA), [ED.verifier, MLDSA.verifier], Time())


def test_a_witness_cosigns_what_follows(one: Witness) -> None:
    for old, new in [(0, 3), (3, 3), (3, 300), (300, 301)]:
        note = note_of(new)
        status, _, body = one.add_checkpoint(format_request(old, proof(old, new), note))
        assert status == 200
        cosigned = Note(note.text, tuple(parse_signatures(body)))
        times = [one.time for one in opened(cosigned, [COURT.verifier, COURT_MLDSA.verifier])]
        assert times == [NOON, NOON]


FORK = "fork"
REFUSED = [
    ("a fork is refused", 409, lambda: format_request(3, [], note_of(3, FORK))),
    ("a fork with more entries", 422, lambda: format_request(3, proof(3, 7), note_of(7, FORK))),
    ("a proof of something else", 422, lambda: format_request(3, proof(2, 7), note_of(7))),
    ("no proof", 422, lambda: format_request(3, [], note_of(7))),
    ("an older size than it holds", 409, lambda: format_request(2, proof(2, 7), note_of(7))),
    ("a roll-back", 409, lambda: format_request(2, [], note_of(2))),
    ("nothing known", 409, lambda: format_request(0, [], note_of(7))),
    ("an old size above the new", 400, lambda: format_request(4, [], note_of(3))),
    ("another log", 404, lambda: format_request(0, [], note_of(7)).replace(b"jail.", b"bail.")),
    ("a stranger's signature", 403, lambda: format_request(3, proof(3, 7), note_of(7, "", PAPER))),
    ("a wrong signature", 403, lambda: format_request(3, proof(3, 7), Note(note_of(7).text, note_of(8).signatures))),
    ("a leading zero", 400, lambda: format_request(3, proof(3, 7), note_of(7)).replace(b"old 3", b"old 03")),
    ("no note", 400, lambda: b"old 3\n\n"),
    ("too many hashes", 400, lambda: format_request(3, [bytes(32)] * 64, note_of(7))),
    ("a short hash", 400, lambda: format_request(3, [bytes(31)], note_of(7))),
    ("nothing", 400, lambda: b""),
    ("noise", 400, lambda: bytes(range(256))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "request_of"), REFUSED, ids=[n for n, _, _ in REFUSED])
def test_a_witness_refuses(one: Witness, name: str, status: int, request_of) -> None:
    assert one.add_checkpoint(format_request(0, [], note_of(3)))[0] == 200
    answer = one.add_checkpoint(request_of())
    assert answer[0] == status
    if status == 409:
        assert answer[1:] == ("text/x.tlog.size", b"3\n")
    # It still holds what it held, and goes on from there.
    assert one.add_checkpoint(format_request(3, proof(3, 5), note_of(5)))[0] == 200


def test_the_empty_log_has_one_root(one: Witness) -> None:
    def empty(root: bytes) -> bytes:
        text = format_checkpoint(Checkpoint(ORIGIN, 0, root))
        return format_request(0, [], Note(text, (ED.sign(text, 0),)))

    assert one.add_checkpoint(empty(bytes(32)))[0] == 422
    assert one.add_checkpoint(empty(EMPTY_ROOT))[0] == 200
    assert one.add_checkpoint(format_request(0, [bytes(32)], note_of(3)))[0] == 422


def test_a_request_is_read_back() -> None:
    request = (3, proof(3, 7), note_of(7))
    assert parse_request(format_request(*request)) == request


def test_a_witness_remembers_when_it_is_started_anew(tmp_path) -> None:
    for old, new, status in [(0, 3, 200), (0, 3, 409), (3, 7, 200)]:
        one = Witness(tmp_path / "seen", (COURT,), [ED.verifier])
        assert one.add_checkpoint(format_request(old, proof(old, new), note_of(new)))[0] == status
        one.close()


def test_of_many_at_once_one_alone_is_cosigned(tmp_path) -> None:
    """Two processes of one witness, and forks from many sides."""
    both = [Witness(tmp_path / "seen", (COURT,), [ED.verifier]) for _ in range(2)]
    answers: list[int] = []
    ready = threading.Barrier(8)

    def ask(number: int) -> None:
        ready.wait()
        answers.append(
            both[number % 2].add_checkpoint(format_request(0, [], note_of(3, str(number))))[0]
        )

    threads = [threading.Thread(target=ask, args=[n]) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [200] + [409] * 7


def test_the_last_checkpoint_is_shown_with_all_its_lines(tmp_path) -> None:
    with witness(tmp_path) as (url, one):
        note = note_of(7)
        stranger = PAPER.sign(note.text, 1)
        one.add_checkpoint(format_request(0, [], Note(note.text, (*note.signatures, stranger))))
        link = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        from hashlib import sha256

        link.request("GET", f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint")
        answer = link.getresponse()
        read = parse_note(answer.read())
        assert answer.status == 200 and parse_checkpoint(read.text).size == 7
        assert {s.name for s in read.signatures} == {ORIGIN, COURT.name}
        for path in ("/00/checkpoint", "/", "/x/y"):
            link.request("GET", path)
            answer = link.getresponse()
            assert (answer.status, bool(answer.read())) == (404, True)
        for length, status in (("9" * 12, 413), ("x", 404)):
            link.putrequest("POST", "/add-checkpoint")
            link.putheader("Content-Length", length)
            link.endheaders()
            assert link.getresponse().status == status
            link.close()


def test_a_log_has_receipts_when_its_quorum_cosigned(tmp_path) -> None:
    with (
        witness(tmp_path / "court") as (court, _),
        witness(tmp_path / "paper", PAPER, clock=Time(NOON + 9)) as (paper, _),
    ):
        policy = policy_of(("court", COURT, court), ("paper", PAPER, paper), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            for size in (1, 300, 301):
                batch = log.append(some(size - log.size, log.size))
                assert batch.note is not None
                assert policy.check(batch.note).witnesses["court"] == NOON
            assert log.witnessed() == (log.head, log.note)
            newest = log.witnessed()
        with Log.open(tmp_path / "log", SIGNERS, clock=Time()) as log:
            assert log.witnessed() == newest, "the last witnessed checkpoint outlives the process"
            assert log.append(some(1, 301)).note is not None


def test_without_its_quorum_a_log_goes_on_and_hands_out_no_receipt(tmp_path) -> None:
    with witness(tmp_path / "court") as (court, _):
        gone = "http://127.0.0.1:1"
        policy = policy_of(("court", COURT, court), ("paper", PAPER, gone), quorum="paper")
        with new_log(tmp_path / "log", policy) as log:
            batch = log.append(some(2))
            assert batch.note is None and log.size == 2
            assert "paper" in log.asked.failed
            for action in (lambda: batch.proof(0), lambda: log.proof(0), log.publish):
                with pytest.raises(LogError, match="witnessed"):
                    action()
            assert log.before().size == 0
            assert log.append(some(1, 2)).checkpoint.size == 3, (
                "a witness that is out stops no work"
            )
    with witness(tmp_path / "paper", PAPER) as (paper, _):
        policy = policy_of(("court", COURT, gone), ("paper", PAPER, paper), quorum="paper")
        with Log.open(tmp_path / "log", SIGNERS, policy) as log:
            assert log.refresh()
            assert log.proof(0) and log.publish().size == 3


def test_a_log_that_was_rolled_back_is_stopped_by_its_witness(tmp_path) -> None:
    import shutil

    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            log.append(some(3))
        shutil.copytree(tmp_path / "log", tmp_path / "backup")
        with Log.open(tmp_path / "log", SIGNERS) as log:
            log.append(some(3, 3))
        with Log.open(tmp_path / "backup", SIGNERS) as copy:
            with pytest.raises(Rollback, match="holds a checkpoint of 6"):
                copy.append(some(1, 50))
            with pytest.raises(LogError, match="earlier error"):
                copy.append(some(1, 51))
    with witness(tmp_path / "court") as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with Log.open(tmp_path / "backup", SIGNERS, policy) as copy, pytest.raises(Rollback):
            copy.append(some(10, 60))


def test_a_witness_that_lies_gives_no_quorum(tmp_path) -> None:
    with witness(tmp_path / "w", PAPER) as (url, _):
        policy = policy_of(("court", COURT, url), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            assert log.append(some(1)).note is None
            assert "without a cosignature of its key" in log.asked.failed["court"]


def test_a_slow_witness_is_asked_one_thing_at_a_time_and_keeps_nobody_else(monkeypatch) -> None:
    """The quorum is one of two; what the slow one was asked first is still under way."""
    parties = {
        "slow": Party(COURT.verifier, "http://127.0.0.1:9"),
        "quick": Party(PAPER.verifier, "http://127.0.0.1:9"),
    }
    policy = Policy(UNWITNESSED.logs, parties, {"one": Group(1, ("slow", "quick"))}, "one")
    go, busy, seen = threading.Event(), threading.Lock(), list[tuple[str, int]]()

    def ask(self, name, note, size, prove):
        if name == "slow":
            assert busy.acquire(blocking=False), "two requests share one connection"
            try:
                assert go.wait(10)
            finally:
                busy.release()
        seen.append((name, size))
        return []

    monkeypatch.setattr(Witnesses, "_one", ask)
    witnesses = Witnesses(policy)
    try:
        for size in (1, 2, 3):
            asked = witnesses.ask(note_of(size), lambda old: [])
            assert ("quick", size) in seen and (size == 1 or "slow" in asked.failed)
        go.set()
        both = Witnesses(Policy(policy.logs, parties, {"two": Group(2, ("slow", "quick"))}, "two"))
        both._pool, both._running = witnesses._pool, witnesses._running
        go.clear()
        witnesses.ask(note_of(4), lambda old: [])
        threading.Timer(0.1, go.set).start()
        assert not both.ask(note_of(5), lambda old: []).failed
        assert ("slow", 5) in seen
    finally:
        go.set()
        witnesses.close()


class Late:
    """Two witnesses of whom one is enough; the slow one waits, and has seen a larger log, or another one."""

    def __init__(self, monkeypatch, status: int = 409, body: bytes = b"9\n") -> None:
        self.go, self.asked = threading.Semaphore(0), threading.Event()

        def send(line, method, path, request=None, most=0):
            if "slow" not in line._url:
                note = parse_request(request)[2]
                return 200, f"{PAPER.sign(note.text, NOON)}\n".encode()
            if method == "GET":
                return 200, format_note(note_of(9 if status == 409 else 1)).encode()
            self.asked.set()
            assert self.go.acquire(timeout=5)
            return status, body

        monkeypatch.setattr(Line, "send", send)
        parties = {
            "slow": Party(COURT.verifier, "http://slow.example"),
            "quick": Party(PAPER.verifier, "http://quick.example"),
        }
        groups = {"one": Group(1, ("slow", "quick"))}
        self.policy = Policy(UNWITNESSED.logs, parties, groups, "one")

    def answers(self, log: Log) -> None:
        """Let the slow one answer once, and wait until it has."""
        assert self.asked.wait(10)
        self.go.release()
        wait(log._witnesses._running.values(), 10)


STRANGER = Signer.of(ORIGIN, ED25519, bytes([9]) * 32)
SHOWN = {
    "nothing": (404, b""),
    "no note": (200, b"9\n"),
    "what the log did not sign": (200, format_note(note_of(9, "", STRANGER)).encode()),
    "what the log signed, and ours follows from": (200, b""),
}


@pytest.mark.parametrize("status", [409, 422])
@pytest.mark.parametrize("shown", SHOWN)
def test_a_witness_that_says_and_does_not_show_holds_up_receipts_alone(
    tmp_path, monkeypatch, status: int, shown: str
) -> None:
    """Anybody on the way could say it: entries go on, and nothing is handed out."""
    first: list[bytes] = []

    def send(line, method, path, request=None, most=0):
        if method == "GET":
            code, body = SHOWN[shown]
            return code, body or (first[0] if first and code == 200 else b"")
        note = parse_request(request)[2]
        first.append(format_note(note).encode())
        return status, b"9\n" if status == 409 else b""

    monkeypatch.setattr(Line, "send", send)
    policy = policy_of(("court", COURT, "http://court.example"), quorum="court")
    with new_log(tmp_path / "log", policy) as log:
        for size in (1, 2):
            batch = log.append(some(1, size))
            assert (batch.note, log.size) == (None, size)
            assert "court" in log.asked.failed


SEEN = [(409, b"9\n", "holds a checkpoint of 9"), (422, b"", "ours does not follow from")]


@pytest.mark.parametrize(("status", "body", "told"), SEEN)
def test_a_slow_witness_that_saw_another_log_stops_the_next_batch(
    tmp_path, monkeypatch, status: int, body: bytes, told: str
) -> None:
    late = Late(monkeypatch, status, body)
    with new_log(tmp_path / "log", late.policy) as log:
        assert log.append(some(1)).note is not None, "the quorum did not wait for it"
        late.answers(log)
        with pytest.raises(Rollback, match=told) as stopped:
            log.append(some(1, 1))
        assert "this log was rolled back or copied" in str(stopped.value)
        with pytest.raises(LogError, match="earlier error stopped this log"):
            log.append(some(1, 2))


def test_a_slow_witness_that_saw_another_log_is_heard_when_the_log_is_closed(
    tmp_path, monkeypatch
) -> None:
    """A command appends once and ends: there is no next batch."""
    late = Late(monkeypatch)
    log = new_log(tmp_path / "log", late.policy)
    log.append(some(1))
    assert late.asked.wait(10)
    threading.Timer(0.1, late.go.release).start()
    with pytest.raises(Rollback, match="holds a checkpoint of 9"):
        log.close()
    log.close()  # it is closed
    Log.open(tmp_path / "log", SIGNERS, UNWITNESSED).close()


def test_a_slow_witness_that_is_still_busy_is_heard_before_it_is_asked_again(
    tmp_path, monkeypatch
) -> None:
    """Both are needed from now on: the second batch waits for the answer that the first is owed."""
    late = Late(monkeypatch)
    with new_log(tmp_path / "log", late.policy) as log:
        log.append(some(1))
        assert late.asked.wait(10)
        log._witnesses._policy = Policy(
            UNWITNESSED.logs, late.policy.witnesses, {"one": Group(2, ("slow", "quick"))}, "one"
        )
        threading.Timer(0.1, late.go.release).start()
        with pytest.raises(Rollback, match="holds a checkpoint of 9, and ours has 1"):
            log.append(some(1, 1))


def test_what_a_witness_said_in_time_is_said_once(tmp_path, monkeypatch) -> None:
    late = Late(monkeypatch)
    late.go.release(9)
    policy = Policy(
        UNWITNESSED.logs, late.policy.witnesses, {"one": Group(2, ("slow", "quick"))}, "one"
    )
    log = new_log(tmp_path / "log", policy)
    with pytest.raises(Rollback, match="holds a checkpoint of 9"):
        log.append(some(1))
    log.close()


def test_an_answer_that_is_merely_late_stops_nothing(tmp_path, monkeypatch) -> None:
    late = Late(monkeypatch, 503)
    with new_log(tmp_path / "log", late.policy) as log:
        for number in range(3):
            assert log.append(some(1, number)).note is not None
        late.answers(log)
        assert log.append(some(1, 3)).note is not None
        late.go.release()
    assert Log.open(tmp_path / "log", SIGNERS, UNWITNESSED).size == 4


def test_addresses_that_are_none_are_refused(tmp_path) -> None:
    for url in ("ftp://x", "file:///etc/passwd", "court", "http://"):
        with pytest.raises(LogError):
            new_log(
                tmp_path / url.replace("/", "_"), policy_of(("court", COURT, url), quorum="court")
            )


def test_not_proved_is_a_finding() -> None:
    assert NotProved.exit_code == 1 and LogError.exit_code == 2

"""Logs, keys and witnesses of made-up offices, for tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from habeas.tlog.checkpoint import Checkpoint
from habeas.tlog.entries import Shown, make_entry
from habeas.tlog.keys import COSIGNATURE, ED25519, MLDSA44, Signer
from habeas.tlog.log import Log
from habeas.tlog.policy import Party, Policy
from habeas.tlog.witness_server import Witness, WitnessServer

ORIGIN = "jail.example/log"
ED = Signer.of(ORIGIN, ED25519, bytes([1]) * 32)
MLDSA = Signer.of(ORIGIN, MLDSA44, bytes([2]) * 32)
SIGNERS = (ED, MLDSA)
UNWITNESSED = Policy((Party(ED.verifier), Party(MLDSA.verifier)))
NOON = 1_752_753_600
"""2025-07-17 12:00:00 UTC."""

COURT = Signer.of("court.example/w", COSIGNATURE, bytes([3]) * 32)
COURT_MLDSA = Signer.of("court.example/w", MLDSA44, bytes([4]) * 32)
PAPER = Signer.of("paper.example/w", COSIGNATURE, bytes([5]) * 32)


class Time:
    """A clock that a test sets."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def shown(after: Checkpoint | None = None, day: date = date(2025, 7, 17)) -> Shown:
    made = Shown("Alder County Sheriff", "ab" * 32, day)
    return Shown(made.agency, made.law, day, after.size, after.root) if after else made


def entry(
    hidden: dict[str, object] | None = None, after: Checkpoint | None = None
) -> tuple[bytes, list[str]]:
    return make_entry(shown(after), hidden or {"kind": "decision"})


def some(count: int, first: int = 0) -> list[bytes]:
    """Entries that are cheap to make, and all different."""
    return [f"entry {first + n}".encode() * 3 for n in range(count)]


def new_log(folder: Path, policy: Policy = UNWITNESSED, **how: object) -> Log:
    Log.create(folder, SIGNERS, policy)
    return Log.open(folder, SIGNERS, **how)  # type: ignore[arg-type]


@contextmanager
def witness(
    folder: Path, *signers: Signer, clock: Time | None = None
) -> Iterator[tuple[str, Witness]]:
    """A witness on loopback: its URL, and itself."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = signers or (COURT, COURT_MLDSA)
    one = Witness(folder / "seen.sqlite", keys, [ED.verifier, MLDSA.verifier], clock or Time())
    server = WitnessServer(("127.0.0.1", 0), one)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", one
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        one.close()


def policy_of(*witnesses: tuple[str, Signer, str], quorum: str = "none") -> Policy:
    """A policy from names, keys and URLs."""
    named = {name: Party(signer.verifier, url) for name, signer, url in witnesses}
    return Policy(UNWITNESSED.logs, named, {}, quorum)

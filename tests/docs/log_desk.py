"""What the examples of the commands on the log find where they are typed: logs, keys, a witness.

folder  ->  log_desk  ->  environment of the commands;  command that serves  ->  serve_once  ->  its lines
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from habeas.tlog.keyfile import FOLDER, KeyFile, make_keys
from habeas.tlog.keys import ED25519, MLDSA44
from habeas.tlog.log import HEAD, WORK, Log
from habeas.tlog.merkle import leaf_hash
from habeas.tlog.policy import Group, Party, Policy
from habeas.tlog.publish import publish
from habeas.tlog.receipts import format_receipt
from habeas.tlog.vault import Vault
from habeas.tlog.witness_server import Witness, WitnessServer
from tests.tlog.logs import COURT, entry

PASSPHRASE = b"choose a longer one than this"
EVENT = {
    "agency": "Alder County Sheriff",
    "law": "ab" * 32,
    "decided_on": "2025-07-17",
    "hidden": {"kind": "decision", "verdicts": {"release_date": "deny"}},
}


BEFORE = (
    'habeas log seal log 1 --vault disclosures.sqlite --who "Ada Alder" --order 24-118',
    'habeas log hold log 3 --vault disclosures.sqlite --who "Ada Alder" --order 25-001',
)
"""What was done already to the entries that the examples unseal and release."""


@contextmanager
def log_desk(folder: Path) -> Iterator[dict[str, str]]:
    """Put logs into the folder: `log`, published yesterday in `public`, with a vault of what opens its five
    entries; `witnessed-log`, empty; and `restored-log`, which lost its head, with a witness that answers."""
    (folder / "unlock").write_bytes(PASSPHRASE)
    (folder / "unlock").chmod(0o600)
    (folder / "events.jsonl").write_text(json.dumps(EVENT) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(folder / "keys"))
        _log(folder)
        keys = _keys("witnessed.example/log")
        Log.create(folder / "witnessed-log", keys.signers, _policy(keys))
        with _restored(folder):
            yield {FOLDER: str(folder / "keys"), "HABEAS_LOG_UNLOCK": str(folder / "unlock")}


def _keys(origin: str) -> KeyFile:
    return make_keys(origin, (ED25519, MLDSA44), PASSPHRASE)


def _policy(keys: KeyFile) -> Policy:
    return Policy(tuple(Party(one.verifier) for one in keys.signers))


def _log(folder: Path) -> None:
    keys = _keys("jail.example/log")
    Log.create(folder / "log", keys.signers, _policy(keys))
    (folder / "receipts").mkdir()
    with Log.open(folder / "log", keys.signers) as log:
        made = [entry() for _ in range(5)]
        with Vault.make(folder / "disclosures.sqlite", log.origin, PASSPHRASE) as vault:
            vault.put({leaf_hash(one): opens for one, opens in made})
        batch = log.append([one for one, _ in made])
        first, opens = made[0]
        (folder / "receipts" / "0.receipt").write_text(format_receipt(batch.receipt(0, opens)))
        (folder / "0.pending").write_text("\n".join([first.decode(), *opens, ""]))
        publish(log, folder / "public", time.time() - 86_400)


@contextmanager
def _restored(folder: Path) -> Iterator[None]:
    keys = _keys("restored.example/log")
    seen = [one.verifier for one in keys.signers]
    court = Witness(folder.parent / "seen.sqlite", [COURT], seen)
    server = WitnessServer(("127.0.0.1", 0), court)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        policy = Policy(
            _policy(keys).logs, {"court": Party(COURT.verifier, url)}, {"all": Group(1, ("court",))}, "all"
        )  # fmt: skip
        Log.create(folder / "restored-log", keys.signers, policy)
        with Log.open(folder / "restored-log", keys.signers) as log:
            log.append([entry()[0]])
        for path in (folder / "restored-log" / WORK).glob(f"{HEAD}*"):
            path.unlink()
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        court.close()


def serve_once(command: str, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Start a command that serves, on a free port; its lines. Ends it with Ctrl-C when it has answered."""
    at = ["--port", "0"] if " --port " in command else ["--listen", "127.0.0.1:0"]
    words = [*shlex.split(re.sub(r" --(listen|port) \S+", "", command)), *at]
    with subprocess.Popen(
        words,
        cwd=folder,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("listening: "):
                asked = HTTPConnection(lines[-1].rpartition("/")[2], timeout=20)
                asked.request("GET", "/")
                asked.getresponse().read()
                asked.close()
                process.terminate()  # SIGINT is ignored by whatever a shell started in the background
        assert process.wait(20) == 0, lines
    return lines

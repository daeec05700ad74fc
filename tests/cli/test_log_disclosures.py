"""What opens entries, at the command line: kept in a vault, sealed, held, destroyed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from habeas.tlog import keyfile
from habeas.tlog import log as log_module
from habeas.tlog import vault as vault_module
from habeas.tlog.checkpoint import Checkpoint
from habeas.tlog.entries import parse_entry
from habeas.tlog.errors import LogError
from habeas.tlog.log import Log
from habeas.tlog.notes import parse_note
from habeas.tlog.vault import Vault
from tests.cli.test_log import LINES, Office, office  # noqa: F401  # the fixture

VAULT = ("--vault", "vault.sqlite")
BY = (*VAULT, "--who", "Ada Alder")
ORDER = (*BY, "--order", "24-118")
DESTROY = (*BY, "--reason", "retention-ended")
POLICY = ("--policy", "log/policy")


@pytest.fixture(autouse=True)
def _quick(monkeypatch) -> None:
    monkeypatch.setattr(keyfile, "_COST", 2**4)


@pytest.fixture
def kept(office: Office) -> Office:  # noqa: F811  # a fixture is named where it is used
    """An office with three entries, what opens them in a vault, and one receipt handed out."""
    office.run("init", "log", "--origin", "jail.example/log")
    made = office.json("append", "log", "events.jsonl", *VAULT)
    assert made == {"size": 3, "receipts": [], "pending": []}
    office.run("receipt", "log", 1, *VAULT, "--out", "handed-out.receipt")
    return office


def acts(office: Office) -> list[tuple[str, int, int]]:  # noqa: F811
    with closing(sqlite3.connect(office.folder / "vault.sqlite")) as base:
        return base.execute("SELECT act, number, entry FROM history ORDER BY id").fetchall()


def values(office: Office, receipt: str) -> dict[str, object]:  # noqa: F811
    found = office.json("verify", receipt, *POLICY)
    assert found["flags"] == []
    return found["values"]


def test_the_vault_hands_out_receipts_and_nothing_else_is_kept(kept) -> None:
    assert values(kept, "handed-out.receipt")["person"] == "P1"
    assert (kept.folder / "vault.sqlite").stat().st_mode & 0o077 == 0
    assert list(kept.folder.rglob("*.pending")) == []
    kept.run("receipt", "log", 2, *VAULT, "--out", "2.receipt")
    lines = (kept.folder / "2.receipt").read_text().split("\n\n")[0].splitlines()[2:]
    assert len(lines) == 3
    holds = {
        p.name for p in kept.folder.rglob("*") if p.is_file() and lines[0] in p.read_text("latin1")
    }
    assert holds == {"2.receipt"}
    both = kept.json("append", "log", "events.jsonl", *VAULT, "--receipts", "receipts")
    assert both["receipts"] == [f"receipts/{n}.receipt" for n in (3, 4, 5)]
    assert "either" in kept.run("receipt", "log", 1, "--out", "x", code=2)
    told = kept.run("append", "log", "events.jsonl", "--vault", "log/vault.sqlite", code=2)
    assert "must not lie with the log" in told


def test_a_sealed_entry_is_not_opened_until_its_order_is_lifted(kept) -> None:
    done = kept.json("seal", "log", 1, *ORDER, "--day", "2025-07-16")
    assert done == {"act": "sealed", "index": 1, "entry": 3, "witnessed": True}
    told = kept.run("receipt", "log", 1, *VAULT, "--out", "x.receipt", code=2)
    assert "entry 1: it is sealed" in told and "P1" not in told and "24-118" not in told
    assert not (kept.folder / "x.receipt").exists()
    assert values(kept, "handed-out.receipt")["person"] == "P1"
    kept.run("receipt", "log", 3, *VAULT, "--out", "act.receipt")
    told = values(kept, "act.receipt")
    assert {name: told[name] for name in ("kind", "entry", "who", "reference", "day")} == {
        "kind": "sealed", "entry": 1, "who": "Ada Alder", "reference": "24-118", "day": "2025-07-16",
    }  # fmt: skip
    assert "stands already" in kept.run("seal", "log", 1, *ORDER, code=2)
    kept.run("unseal", "log", 1, *ORDER)
    kept.run("receipt", "log", 1, *VAULT, "--out", "x.receipt")
    assert acts(kept) == [("sealed", 1, 3), ("unsealed", 1, 4)]


def test_after_a_destruction_the_audit_holds_the_office_cannot_and_a_receipt_can(kept) -> None:
    kept.run("hold", "log", 1, *ORDER)
    told = kept.run("destroy", "log", 1, *DESTROY, code=2)
    assert "entry 1: a legal hold forbids to destroy it: `24-118`" in told
    assert kept.json("audit", "log", *POLICY)["size"] == 4, "what was refused is not told as done"
    kept.run("unhold", "log", 1, *ORDER)
    shutil.copy(kept.folder / "vault.sqlite", kept.folder / "backup.sqlite")
    done = kept.json("destroy", "log", 1, *DESTROY)
    assert done["backups_until"] > "2025" and done["entry"] == 5
    # The leaf stays, and the log holds.
    audited = kept.json("audit", "log", *POLICY)
    assert audited["holds"] and audited["size"] == 6
    # The office cannot open it any more.
    told = kept.run("receipt", "log", 1, *VAULT, "--out", "x.receipt", code=2)
    assert "entry 1: what opened it was destroyed on" in told and "P1" not in told
    # Somebody else's receipt still does.
    assert values(kept, "handed-out.receipt")["person"] == "P1"
    # A backup still does too, until the stated day.
    kept.run("receipt", "log", 1, "--vault", "backup.sqlite", "--out", "backup.receipt")
    assert values(kept, "backup.receipt")["person"] == "P1"
    text = " ".join(kept.run("destroy", "log", 2, *DESTROY).split())
    assert f"until {done['backups_until']}" in text and "still can open it, for good" in text
    kept.run("receipt", "log", 0, *VAULT, "--out", "other.receipt")


def test_an_act_looks_like_every_other_entry(kept) -> None:
    kept.run("seal", "log", 0, *ORDER)
    with closing(sqlite3.connect(kept.folder / "vault.sqlite")) as base:
        assert base.execute("SELECT count(DISTINCT length(locked)) FROM entry").fetchone() == (1,)
    kept.run("publish", "log", "public")
    data = (kept.folder / "public/tile/entries/000").read_bytes()
    entries = [json.loads(data[at + 2 : at + 834]) for at in range(0, len(data), 834)]
    assert {one["law"] for one in entries} == {"ab" * 32}
    assert {tuple(one) for one in entries} == {tuple(entries[0])}


def test_an_act_names_the_checkpoint_that_any_new_entry_would(kept, monkeypatch) -> None:
    monkeypatch.setattr(Log, "before", lambda log: Checkpoint(log.origin, 2, b"r" * 32))
    kept.run("hold", "log", 0, *ORDER)
    data = (kept.folder / "log/tile/entries/000.p/4").read_bytes()
    shown = parse_entry(data[3 * 834 + 2 :]).shown
    assert (shown.size, shown.root) == (2, b"r" * 32)
    assert shown.decided_on == datetime.now(UTC).date()


@pytest.mark.parametrize("persisted", [False, True])
def test_where_the_entry_cannot_be_appended_nothing_happens(kept, monkeypatch, persisted) -> None:
    real = Log.append

    def fails(self, entries):
        if persisted:
            real(self, entries)
        raise LogError(())

    with monkeypatch.context() as patch:
        patch.setattr(log_module.Log, "append", fails)
        for words in (("seal", "log", 1, *ORDER), ("destroy", "log", 1, *DESTROY)):
            kept.run(*words, code=2)
    assert acts(kept) == []
    kept.run("receipt", "log", 1, *VAULT, "--out", "still.receipt")
    assert values(kept, "still.receipt")["person"] == "P1"


def test_the_log_tells_it_before_it_is_done(kept, monkeypatch) -> None:
    steps: list[str] = []
    for owner, name in ((Vault, "announce"), (Vault, "put"), (Log, "append"), (Vault, "do")):
        real = getattr(owner, name)
        monkeypatch.setattr(
            owner, name, lambda *w, real=real, name=name: (steps.append(name), real(*w))[1]
        )
    kept.run("destroy", "log", 1, *DESTROY)
    assert steps == ["announce", "put", "append", "do"]


def test_what_is_said_wrongly_is_refused(kept) -> None:
    for words, told in (
        (("seal", "log", 1, *ORDER, "--day", "soon"), "`soon` is no day"),
        (("seal", "log", 9, *ORDER), "there is no entry 9"),
        (("unseal", "log", 1, *ORDER), "there is no seal of `24-118`"),
        (("unhold", "log", 1, *ORDER), "there is no hold of `24-118`"),
        (("destroy", "log", 1, *BY, "--reason", "P1 asked"), "no reason's code"),
        (("seal", "log", 1, "--vault", "none", "--who", "x", "--order", "y"), "there is no vault"),
    ):
        assert told in kept.run(*words, code=2)
    assert kept.json("seal", "log", 9, *ORDER, code=2)["problems"][0]["help"]
    assert acts(kept) == [] and kept.json("audit", "log", *POLICY)["size"] == 3


def test_keys_end_on_their_day(kept, monkeypatch) -> None:
    [one] = kept.json("expire", "log", *VAULT)["periods"]
    assert one["number"] == 1 and one["expires_on"] > one["begins_on"]
    assert f"open until {one['expires_on']}" in kept.run("expire", "log", *VAULT)
    shutil.copy(kept.folder / "vault.sqlite", kept.folder / "backup.sqlite")
    days = vault_module._day
    monkeypatch.setattr(vault_module, "_day", lambda clock: days(clock) + timedelta(60))
    later = kept.json("expire", "log", *VAULT)
    assert later["ended"] == [1] and [p["number"] for p in later["periods"]] == [2]
    kept.run("receipt", "log", 1, *VAULT, "--out", "x.receipt")
    told = kept.run("receipt", "log", 1, "--vault", "backup.sqlite", "--out", "y", code=2)
    assert "key of period 1 has been erased" in told


def test_a_witness_that_is_silent_holds_up_no_order(kept) -> None:
    vkeys = [
        line.split()[1] for line in (kept.folder / "log/policy").read_text().splitlines() if line.startswith("log ")
    ]  # fmt: skip
    court = (
        "witness",
        "run",
        "court",
        "--name",
        "court.example/w",
        *(w for k in vkeys for w in ("--log", k)),
    )
    with kept.running(*court, "--listen", "127.0.0.1:0") as lines:
        key, port = lines[0], lines[-1].rpartition(":")[2]
    kept.run("witness", "add", "log", f"http://127.0.0.1:{port}", "--key", key)
    done = kept.json("seal", "log", 1, *ORDER, code=3)
    assert not done["witnessed"] and acts(kept) == [("sealed", 1, 3)]
    assert kept.json("append", "log", "events.jsonl", *VAULT, code=3)["pending"] == [4, 5, 6]
    assert len(kept.json("refresh", "log", code=3)["failed"]) == 1
    with kept.running(*court, "--listen", f"127.0.0.1:{port}"):
        assert kept.json("refresh", "log") == {"size": 7, "witnessed": True, "failed": {}}
        assert kept.json("audit", "log", *POLICY)["witnesses"]
        kept.run("receipt", "log", 3, *VAULT, "--out", "act.receipt")
    assert values(kept, "act.receipt")["kind"] == "sealed"


def test_the_unchanged_head_is_signed_anew(office, monkeypatch) -> None:  # noqa: F811
    office.run("init", "log", "--origin", "jail.example/log")
    assert "there is no entry yet" in office.run("refresh", "log", code=2)
    office.run("append", "log", "-", *VAULT, stdin=json.dumps(LINES[0]))
    before = parse_note((office.folder / "log/checkpoint").read_bytes())
    monkeypatch.setattr(Log.open, "__defaults__", (None, None, lambda: 4_000_000_000.0))
    assert "the checkpoint of 1 entries" in office.run("refresh", "log")
    after = parse_note((office.folder / "log/checkpoint").read_bytes())
    assert before.text == after.text
    times = {int.from_bytes(one.data[:8], "big") for one in after.signatures if len(one.data) > 64}
    assert times == {4_000_000_000}
    assert office.json("audit", "log", *POLICY)["holds"]

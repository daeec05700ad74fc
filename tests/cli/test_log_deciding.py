"""`decide --log`: the entry first, then the answer; and nothing of either kind that a verdict would show in."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from habeas.reports.recording import file_name
from habeas.tlog import keyfile
from habeas.tlog.disk import Disk
from habeas.tlog.entries import parse_entry
from habeas.tlog.head import HeadFile
from habeas.tlog.policy import parse_policy
from habeas.tlog.receipts import Receipt, check_chain, check_receipt, parse_receipt
from tests.cli.test_log import Office, office  # noqa: F401  # the fixture

MAPPING = """
person: {file: people.csv, key: Id}
facts:
  current_registrant: {column: Registrant, values: {Y: yes, N: no}}
items: {name: Name}
item_facts:
  name: {public: {column: Public, values: {Y: yes, N: no}}}
"""
REQUEST = """
id: letter-1
facts:
  received_on: {value: 2025-07-17, source: officer}
  requester_kind: {value: immigration authority, source: counsel}
  requester_level: {value: federal, source: officer}
  purpose: {value: immigration enforcement, source: [requester, counsel]}
  instrument: {value: notification request, source: officer}
  issued_by_judge: {value: no, source: counsel}
people: [B-1, B-2, "B/3 =é"]
items: [name, home_address, release_date]
"""
DECIDE = ("decide", "request.yaml", "--place", "us-ca", "--as-of", "2025-07-18", "--out", "answer")
JAIL = ("--records", "jail")
LOG = ("--log", "log", "--receipts", "receipts", "--agency", "Alder County Sheriff")
PEOPLE = ["B-1", "B-2", "B/3 =é"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch) -> None:
    monkeypatch.setattr(keyfile, "_COST", 2**4)


def write_jail(folder: Path, public: str = "Y") -> None:
    folder.mkdir()
    rows = "".join(f"{one},Rosa,{public},N\n" for one in PEOPLE)
    (folder / "people.csv").write_text("Id,Name,Public,Registrant\n" + rows)
    (folder / "mapping.yaml").write_text(MAPPING)


@pytest.fixture
def desk(office: Office) -> Office:  # noqa: F811  # a fixture is named where it is used
    """An office with a request, a jail and an empty log."""
    write_jail(office.folder / "jail")
    (office.folder / "request.yaml").write_text(REQUEST)
    office.run("init", "log", "--origin", "jail.example/log")
    return office


def receipts(desk: Office) -> dict[str, list[Receipt]]:
    """Everybody's receipts, in the order of the log."""
    found = {}
    for person in PEOPLE:
        paths = (desk.folder / "receipts").glob(f"{file_name(person)}.*.receipt")
        read = [parse_receipt(path.read_bytes(), path) for path in paths]
        found[person] = sorted(read, key=lambda one: one.proof.index)
    return found


def trees(*folders: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for one in folders for p in one.rglob("*") if p.is_file()}


def test_each_person_has_an_entry_and_a_receipt_and_the_answer_is_the_same(desk) -> None:
    plain = json.loads(desk.habeas(*DECIDE, *JAIL, "--json"))
    told = json.loads(desk.habeas(*DECIDE, *JAIL, *LOG, "--json"))
    assert told["answers"] == plain["answers"] and len(told["receipts"]) == 3
    policy = parse_policy((desk.folder / "log/policy").read_text())
    assert {p.stat().st_mode & 0o777 for p in (desk.folder / "receipts").iterdir()} == {0o600}
    assert (desk.folder / "receipts").stat().st_mode & 0o777 == 0o700
    for number, (person, (receipt,)) in enumerate(receipts(desk).items()):
        found = check_receipt(receipt, policy)
        assert found.index == number and found.flags == ()
        assert found.entry.shown.agency == "Alder County Sheriff"
        assert found.entry.shown.law == told["answers"][0]["law"]
        assert found.values["person"] == person
        assert found.values["asked_by"] == {
            "requester_kind": "immigration authority", "requester_level": "federal",
        }  # fmt: skip
        assert found.values["verdicts"] == {
            "name": "grant", "home_address": "deny", "release_date": "refer",
        }  # fmt: skip
        assert "us-ca/values-act#a1C" in found.values["provisions"]
        assert found.values["prev_receipt"] is None
        assert len(receipt.disclosures) == 9
    assert "recorded: 3 receipts" in desk.habeas(*DECIDE, *JAIL, *LOG)


def test_receipts_of_one_person_are_chained(desk) -> None:
    for _ in range(3):
        desk.habeas(*DECIDE, *JAIL, *LOG)
    for one in receipts(desk).values():
        assert [r.proof.index % 3 for r in one] == [one[0].proof.index] * 3
        check_chain(one)


def test_the_halves_of_a_form_are_chained_too(desk) -> None:
    form = "id: detainer-1\nform: {value: I-247A, source: officer}\nfacts:\n  received_on: {value: 2025-07-17, source: officer}\npeople: [B-1]\n"
    (desk.folder / "request.yaml").write_text(form)
    desk.habeas(*DECIDE, *JAIL, *LOG)
    notification, hold = receipts(desk)["B-1"]
    check_chain([notification, hold])
    policy = parse_policy((desk.folder / "log/policy").read_text())
    asked = [check_receipt(one, policy).values["request"] for one in (notification, hold)]
    assert asked == ["detainer-1-notification", "detainer-1-hold"]


STEPS = ["make_folder", "write", "sync", "same", "move", "sync_folders", "extend", "read", "swap"]


def failing(monkeypatch: pytest.MonkeyPatch, step: str, nth: int, persisted: bool) -> list[int]:
    """Let the nth call of a step fail, and all after it; `persisted`: done first. What is counted."""
    place: type = HeadFile if step == "swap" else Disk
    real: Callable[..., object] = getattr(place, step)
    calls = [0]

    def fails(self: object, *words: object, **more: object) -> object:
        calls[0] += 1
        if calls[0] < nth:
            return real(self, *words, **more)
        if persisted:
            real(self, *words, **more)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(place, step, fails)
    return calls


@pytest.mark.parametrize("persisted", [False, True], ids=["lost", "persisted"])
@pytest.mark.parametrize("step", STEPS)
def test_where_the_log_fails_nothing_is_written_or_printed(
    desk, monkeypatch, step: str, persisted: bool
) -> None:
    monkeypatch.setattr("habeas.reports.files.report_pdf", lambda page: b"quick")
    desk.habeas(*DECIDE, *JAIL, *LOG)
    before = trees(desk.folder / "answer")
    (desk.folder / "answer" / "report.html").write_text("ours, and to be replaced")
    changed = trees(desk.folder / "answer")
    hit = 0
    for nth in (1, 2, 3, 5, 8, 13, 21, 34, 55):
        with monkeypatch.context() as patch:
            calls = failing(patch, step, nth, persisted)
            try:
                told = desk.habeas(*DECIDE, *JAIL, *LOG, code=2)
            except AssertionError:
                assert calls[0] < nth, "a step failed, and it was called done"
                break
        hit += 1
        assert "No space left" in told and "grant" not in told and "written" not in told
        assert trees(desk.folder / "answer") == changed
        assert {p.name for p in desk.folder.iterdir() if p.name.startswith(".")} == set()
    else:
        raise AssertionError("it never came through")
    assert hit > 0, "the step was never taken"
    assert trees(desk.folder / "answer") == before
    desk.habeas(*DECIDE, *JAIL, *LOG)
    for one in receipts(desk).values():
        check_chain(one)  # what came into the log and had no receipt has it by now
    assert desk.json("audit", "log")["holds"]


def test_no_answer_without_the_witnesses_and_receipts_follow(desk) -> None:
    made = (desk.folder / "log/policy").read_text().splitlines()
    keys = [w for line in made if line.startswith("log ") for w in ("--log", line.split()[1])]
    court = ("witness", "run", "court", "--name", "court.example/w", *keys)
    with desk.running(*court, "--listen", "127.0.0.1:0") as lines:
        key, port = lines[0], lines[-1].rpartition(":")[2]
    desk.run("witness", "add", "log", f"http://127.0.0.1:{port}", "--key", key)
    for _ in range(2):
        told = desk.habeas(*DECIDE, *JAIL, *LOG, code=3)
        assert "the witnesses have not answered" in told and "grant" not in told
    assert not (desk.folder / "answer").exists()
    assert {p.suffix for p in (desk.folder / "receipts").iterdir()} == {".pending"}
    with desk.running(*court, "--listen", f"127.0.0.1:{port}"):
        desk.habeas(*DECIDE, *JAIL, *LOG)
    policy = parse_policy((desk.folder / "log/policy").read_text())
    assert {p.suffix for p in (desk.folder / "receipts").iterdir()} == {".receipt"}
    for one in receipts(desk).values():
        assert len(one) == 3
        check_chain(one)
        assert all(check_receipt(each, policy).witnessed.witnesses for each in one)


def test_a_chain_is_not_begun_anew_where_a_receipt_is_damaged_or_of_another_log(desk) -> None:
    desk.habeas(*DECIDE, *JAIL, *LOG)
    (path, *_) = sorted((desk.folder / "receipts").iterdir())
    data = path.read_bytes()
    path.write_bytes(data[:900])
    desk.habeas(*DECIDE, *JAIL, *LOG, code=2)
    path.write_bytes(data)
    desk.run("init", "other", "--origin", "other.example/log")
    told = desk.habeas(*DECIDE, *JAIL, "--log", "other", *LOG[2:], code=1)
    assert "of this log" in told


def test_receipts_lie_beside_the_log_under_its_name_where_nothing_else_is_said(desk) -> None:
    told = json.loads(desk.habeas(*DECIDE, *JAIL, "--log", "log", "--json"))
    beside = desk.folder / "log-receipts"
    assert {Path(one).parent for one in told["receipts"]} == {beside.resolve()}
    assert beside.stat().st_mode & 0o777 == 0o700
    first = parse_receipt((beside / Path(told["receipts"][0]).name).read_bytes())
    assert parse_entry(first.entry).shown.agency == "jail.example/log"
    event = {"agency": "A", "law": "0" * 64, "decided_on": "2025-07-17", "hidden": {"kind": "x"}}
    told = json.loads(desk.run("append", "log", "-", "--json", stdin=json.dumps(event)))
    assert [Path(one) for one in told["receipts"]] == [beside.resolve() / "3.receipt"]


def test_what_is_missing_or_open_to_others_is_refused_before_anything(desk) -> None:
    assert "nothing says which log" in desk.habeas(*DECIDE, *JAIL, *LOG[2:], code=2)
    (desk.folder / "receipts").mkdir(mode=0o755)
    (desk.folder / "receipts").chmod(0o755)
    assert "others may look" in desk.habeas(*DECIDE, *JAIL, *LOG, code=2)
    assert not (desk.folder / "answer").exists()
    assert not list((desk.folder / "receipts").iterdir())


def test_a_vault_keeps_what_opens_each_entry(desk) -> None:
    vault = ("--vault", "vault.sqlite")
    desk.habeas(*DECIDE, *JAIL, *LOG, *vault)
    for person in PEOPLE:
        (one,) = receipts(desk)[person]
        made = ("receipt", "log", str(one.proof.index), *vault, "--out", "again.receipt")
        desk.run(*made)
        again = parse_receipt((desk.folder / "again.receipt").read_bytes())
        assert sorted(again.disclosures) == sorted(one.disclosures)
        (desk.folder / "again.receipt").unlink()

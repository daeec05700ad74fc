"""What is published of grants and of denials is alike, and tells no hour: through the commands that an office uses."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from habeas.tlog import keyfile
from habeas.tlog.entries import ENTRY_BYTES
from habeas.tlog.notes import parse_note
from habeas.tlog.policy import parse_policy
from habeas.tlog.reader import Reader
from habeas.tlog.sources import Folder
from tests.cli.test_log import Office
from tests.cli.test_log_deciding import JAIL, LOG, PEOPLE, REQUEST, write_jail

_DIGEST = re.compile(rb"[A-Za-z0-9_+/=-]{40,}")  # base64 of 30 bytes or more: no word is as long

DECIDE = ("decide", "request.yaml", "--place", "us-ca", "--as-of", "2025-07-18", "--out", "answer")


@pytest.fixture(autouse=True)
def _quick(monkeypatch) -> None:
    monkeypatch.setattr(keyfile, "_COST", 2**4)
    monkeypatch.setattr("habeas.reports.files.report_pdf", lambda page: b"quick")


@dataclass(frozen=True)
class Published:
    """A public copy, and when things were done to it, in seconds since 1970."""

    folder: Path
    decided: int
    began: int
    day: date

    def files(self) -> dict[str, tuple[int, int, int]]:
        """Size, time and mode of each file and folder."""
        made = {}
        for path in sorted(self.folder.rglob("*")):
            about = path.stat()
            size = about.st_size if path.is_file() else -1
            when = about.st_mtime_ns if path.is_file() else 0
            made[path.relative_to(self.folder).as_posix()] = size, when, about.st_mode
        return made

    def entries(self) -> list[dict[str, object]]:
        """What each entry shows, in order; digests and roots, which are random, as their lengths."""
        policy = parse_policy((self.folder / "policy").read_text())
        reader = Reader(Folder(self.folder), policy)
        made = []
        for index in range(reader.size):
            data = reader.entry(index)
            read = json.loads(data)
            assert read["_sd"] == sorted(read["_sd"])
            read["_sd"] = [len(one) for one in read["_sd"]]
            read["after"]["root"] = len(read["after"]["root"])
            made.append({**read, "bytes": len(data)})
        return made

    def words(self) -> bytes:
        """What is published except digests, roots, keys and signatures: random letters spell any short word."""
        hashes = self.folder / "tile"
        made = []
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and (
                hashes not in path.parents or hashes / "entries" in path.parents
            ):
                made.append(_DIGEST.sub(b"~", path.read_bytes()))
        return b"\n".join(made)


def publish(folder: Path, public: str, people: list[str] = PEOPLE, multiple: int = 16) -> Published:
    """An office that was asked for names: public ones it grants, others it denies. What it publishes."""
    folder.mkdir()
    unlock = folder / "unlock"
    unlock.write_text("a passphrase for tests\n")
    office = Office(
        folder,
        {"PATH": "", "HABEAS_LOG_KEYS": str(folder / "keys"), "HABEAS_LOG_UNLOCK": str(unlock)},
    )
    write_jail(folder / "jail", public)
    asked = REQUEST.replace("items: [name, home_address, release_date]", "items: [name]")
    (folder / "request.yaml").write_text(asked.replace('[B-1, B-2, "B/3 =é"]', json.dumps(people)))  # fmt: skip
    office.run("init", "log", "--origin", "jail.example/log")
    while True:
        day = datetime.now(UTC).date()
        told = json.loads(office.habeas(*DECIDE, *JAIL, *LOG, "--json"))
        counts = told["answers"][0]["items"][0]
        assert counts["grant" if public == "Y" else "deny"] == len(people), (
            "not the verdicts wanted"
        )
        decided = int(time.time())
        time.sleep(1.1)  # signatures state seconds
        began = int(time.time())
        office.run("publish", "log", "public", "--multiple", multiple)
        assert datetime.now(UTC).date() == day, "run it again: it was midnight"
        return Published(folder / "public", decided, began, day)


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> tuple[Published, Published]:
    """Grants and denials of the same people."""
    place = tmp_path_factory.mktemp("privacy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyfile, "_COST", 2**4)
        patch.setattr("habeas.reports.files.report_pdf", lambda page: b"quick")
        return publish(place / "grants", "Y"), publish(place / "denials", "N")


def test_grants_and_denials_are_published_alike(both) -> None:
    grants, denials = both
    assert grants.files() == denials.files()
    assert grants.entries() == denials.entries()


def test_every_entry_has_one_form_and_one_size(both) -> None:
    for one in both:
        assert len({json.dumps([*e]) for e in one.entries()}) == 1
        assert {e["bytes"] for e in one.entries()} == {ENTRY_BYTES}
        assert len(one.entries()) == 16


def test_nothing_that_was_decided_is_in_the_public_bytes(both) -> None:
    words = ["grant", "deny", "decision", "values-act", "immigration", "letter-1", *PEOPLE]
    for one in both:
        data = one.words()
        assert b'"decided_on"' in data, "entries are looked at"
        assert [word for word in words if word.encode() in data] == []


def test_no_file_and_no_entry_tells_an_hour(both) -> None:
    for one in both:
        midnight = datetime(one.day.year, one.day.month, one.day.day, tzinfo=UTC).timestamp()
        assert {when for size, when, _ in one.files().values() if size >= 0} == {
            int(midnight) * 10**9
        }
        assert {e["decided_on"] for e in one.entries()} == {one.day.isoformat()}


def stated(one: Published) -> list[int]:
    """The seconds that the signatures of a checkpoint state."""
    note = parse_note((one.folder / "checkpoint").read_bytes())
    return [int.from_bytes(s.data[:8], "big") for s in note.signatures if len(s.data) > 64]


def test_a_checkpoint_states_when_it_was_published_not_when_anything_was_decided(
    both, tmp_path
) -> None:
    # Three decisions and a multiple of three: the log is full already.
    for one in (*both, publish(tmp_path / "full", "Y", multiple=3)):
        assert len(stated(one)) == 1 and min(stated(one)) >= one.began > one.decided


def test_the_number_of_decisions_cannot_be_told_from_the_copy(both, tmp_path) -> None:
    few = publish(tmp_path / "few", "Y", people=PEOPLE[:1])
    assert few.files() == both[0].files()
    assert few.entries() == both[0].entries()

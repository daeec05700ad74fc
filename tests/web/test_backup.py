"""What a backup brings back is what was there, in every table and original; what is not whole brings back nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from habeas.errors import HabeasError
from habeas.records import write_sample
from habeas.web import backup as module
from habeas.web.backup import MANIFEST, BackupError, backup, make_backup_key, restore
from habeas.web.casework.safe import put
from habeas.web.sealing import MAGIC, PIECE, SALT_BYTES, SealError, seal, unseal
from tests.postgres import OWNER, PASSWORD, Server
from tests.web.offices import OfficeFolder, ended, make_office

CANARY = b"Quackenbush, born 1999-09-09"


def refused(*arguments: Any, **more: Any) -> str:
    with pytest.raises(BackupError) as caught:
        restore(*arguments, **more)
    assert isinstance(caught.value, HabeasError)
    return str(caught.value)


# -- a small office, in this process --------------------------------------------------------------


@pytest.fixture
def office(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office's folder with a database of one table, and three originals."""
    folder = tmp_path / "office"
    folder.mkdir()
    settings.OFFICE = replace(settings.OFFICE, folder=folder, database="")
    place = folder / "habeas.sqlite"
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", place)
    with closing(sqlite3.connect(place)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE people (name TEXT)")
        database.execute("INSERT INTO people VALUES (?)", [CANARY.decode()])
        database.commit()
    for data in (CANARY, b"", os.urandom(2 * PIECE + 5)):
        put(data)
    return folder


@pytest.fixture
def key(tmp_path: Path) -> Path:
    made = tmp_path / "backup.key"
    make_backup_key(made)
    return made


@pytest.fixture
def made(office: Path, key: Path, tmp_path: Path) -> Path:
    return backup(tmp_path / "copy", key)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}  # fmt: skip


def unsealed(path: Path, name: str, key: Path) -> bytes:
    with path.open("rb") as opened:
        return b"".join(unseal(bytes.fromhex(key.read_text()), name, opened))


def test_what_comes_back_is_what_was_there(
    office: Path, made: Path, key: Path, tmp_path: Path
) -> None:
    into = tmp_path / "restored"
    into.mkdir()
    restore(made, key, into)
    assert contents(into / "originals") == contents(office / "originals")
    assert sorted(p.name for p in into.iterdir()) == ["habeas.sqlite", "originals"]
    for path in into.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    with closing(sqlite3.connect(into / "habeas.sqlite")) as database:
        assert database.execute("SELECT * FROM people").fetchall() == [(CANARY.decode(),)]
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_nothing_of_it_can_be_read_and_no_key_is_in_it(
    office: Path, made: Path, key: Path, settings: Any, tmp_path: Path
) -> None:
    mine = bytes.fromhex(key.read_text())
    keys = [
        settings.KEYS.files, settings.KEYS.files.hex().encode(), settings.KEYS.sessions.encode(),
        mine, mine.hex().encode(),
    ]  # fmt: skip
    names = [path.name for path in office.rglob("*") if path.is_file()]
    assert len(contents(made)) == 5
    for name, data in contents(made).items():
        plain = unsealed(made / name, name.removesuffix(".sealed"), key)
        assert data.startswith(MAGIC) and CANARY not in data
        assert not [one for one in keys if one in data or one in plain]
        assert (made / name).stat().st_mode & 0o077 == 0
    assert names and not list(office.glob(".backup-*")) and not list(tmp_path.glob(".copy*"))


def test_the_manifest_has_the_digest_of_everything(office: Path, made: Path, key: Path) -> None:
    data = unsealed(made / MANIFEST, "manifest", key)
    told = json.loads(data)
    assert told["database"] == "sqlite" and told["version"] == 1
    there = contents(office / "originals")
    assert {name: one for name, one in told["files"].items() if name != "habeas.sqlite"} == {
        f"originals/{name}": {"sha256": sha256(data).hexdigest(), "size": len(data)}
        for name, data in there.items()
    }


def test_another_key_opens_nothing(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    make_backup_key(other)
    told = refused(made, other, tmp_path / "restored")
    assert "this file is not what was written, or the key is not this backup's" in told
    assert not (tmp_path / "restored").exists()


def test_a_changed_byte_anywhere_brings_nothing_back(made: Path, key: Path, tmp_path: Path) -> None:
    for name, data in contents(made).items():
        for at in {0, len(MAGIC) + 3, len(MAGIC) + SALT_BYTES, len(data) // 2, len(data) - 1}:
            changed = bytearray(data)
            changed[at] ^= 1
            (made / name).write_bytes(changed)
            assert f"{name}: this file is not what was written" in refused(
                made, key, tmp_path / "restored"
            )
        for cut in (0, 20, len(data) - 1, len(data) - 16):
            (made / name).write_bytes(data[:cut])
            assert "this file is not what was written" in refused(made, key, tmp_path / "restored")
        (made / name).write_bytes(data)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["backup.key", "copy", "office"]
    restore(made, key, tmp_path / "restored")


def test_a_file_that_is_missing_too_many_or_in_anothers_place_brings_nothing_back(
    office: Path, made: Path, key: Path, tmp_path: Path
) -> None:
    one, two, *_ = sorted(path for path in (made / "originals").iterdir())
    data, other = one.read_bytes(), two.read_bytes()
    one.unlink()
    assert f"{one}: this file of the backup is missing" in refused(made, key, tmp_path / "new")
    one.write_bytes(other)
    assert f"{one}: this file is not what was written" in refused(made, key, tmp_path / "new")
    one.write_bytes(data)
    (made / "originals" / "more.sealed").write_bytes(other)
    assert "`originals/more.sealed` is not of this backup" in refused(made, key, tmp_path / "new")
    (made / "originals" / "more.sealed").unlink()
    # of an earlier backup of the same office, under the same key
    with closing(sqlite3.connect(office / "habeas.sqlite")) as database:
        database.execute("DELETE FROM people")
        database.commit()
    later = backup(tmp_path / "later", key)
    shutil.copy(made / "habeas.sqlite.sealed", later)
    told = refused(later, key, tmp_path / "new")
    assert "this file is not the one that the manifest names" in told
    (made / MANIFEST).unlink()
    assert "this is no backup: it has no manifest" in refused(made, key, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_not_empty_is_left_alone(made: Path, key: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    (into / "mine").write_text("mine")
    assert f"{into}: this folder is not empty" in refused(made, key, into)
    assert contents(into) == {"mine": b"mine"}
    assert "this folder is not empty" in refused(made, key, into / "mine")
    assert "this backup is of a database of SQLite" in refused(
        made, key, tmp_path / "new", "postgresql://host/db"
    )


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        ("ab" * 32, 0o644, "others may read this key"),
        ("ab" * 31, 0o600, "this is no key of backups"),
        ("xy" * 32, 0o600, "this is no key of backups"),
        (None, 0o600, "the key cannot be read: No such file"),
    ],
)
def test_a_key_that_will_not_do_is_told(
    office: Path, made: Path, tmp_path: Path, text: str | None, mode: int, told: str
) -> None:
    path = tmp_path / "bad.key"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    assert told in refused(made, path, tmp_path / "new")
    with pytest.raises(BackupError, match=told):
        backup(tmp_path / "another", path)
    assert not (tmp_path / "another").exists() and not (tmp_path / "new").exists()


def test_a_backup_is_never_written_over_and_a_key_never_made_anew(made: Path, key: Path) -> None:
    before = contents(made)
    with pytest.raises(BackupError, match="there is something already"):
        backup(made, key)
    with pytest.raises(BackupError, match="no key was made: File exists"):
        make_backup_key(key)
    assert contents(made) == before


def test_a_backup_that_fails_half_way_leaves_nothing(
    office: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, chunks: Iterator[bytes]) -> None:
        if path.parent.name == "originals":
            raise OSError(28, "No space left on device")
        b"".join(chunks)

    monkeypatch.setattr(module, "_write", full)
    with pytest.raises(BackupError, match="the disk refused: No space left on device"):
        backup(tmp_path / "copy", key)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["backup.key", "office"]
    assert not list(office.glob(".backup-*"))


def test_without_the_databases_own_programs_it_is_told_what_is_missing(
    office: Path, key: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OFFICE = replace(settings.OFFICE, database="postgresql://host/db")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="`pg_dump` is not installed here") as caught:
        backup(tmp_path / "copy", key)
    assert "postgresql-client" in str(caught.value)
    assert not (tmp_path / "copy").exists()


# -- pieces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_pieces_come_back_whole_and_in_order_or_not_at_all(size: int, tmp_path: Path) -> None:
    key, data, path = os.urandom(32), os.urandom(size), tmp_path / "file"
    path.write_bytes(b"".join(seal(key, "name", [data[:7], data[7:]])))
    with path.open("rb") as opened:
        assert b"".join(unseal(key, "name", opened)) == data
    sealed, head, piece = path.read_bytes(), len(MAGIC) + SALT_BYTES, PIECE + 16
    wrong = {"another name": ("other", sealed), "a piece more": ("name", sealed + bytes(16))}
    if size > PIECE:
        wrong["the last piece cut off"] = ("name", sealed[: head + piece * ((size - 1) // PIECE)])
    if size == 3 * PIECE:
        parts = [sealed[head + n * piece : head + (n + 1) * piece] for n in range(3)]
        for name, order in (("swapped", (1, 0, 2)), ("left out", (0, 2)), ("twice", (0, 0, 1, 2))):
            wrong[name] = ("name", sealed[:head] + b"".join(parts[n] for n in order))
    for what, (name, changed) in wrong.items():
        path.write_bytes(changed)
        with path.open("rb") as opened, pytest.raises(SealError):
            b"".join(unseal(key, name, opened))
            pytest.fail(what)


# -- a whole office, on both databases ------------------------------------------------------------

FILL = """
import json
from django.db import transaction
from habeas.web.accounts.models import User
from habeas.web.casework.safe import put
from habeas.web.trail.anchor import anchor
from habeas.web.trail.record import record
for name in ("mia", "zoë"):
    with transaction.atomic():
        User.objects.create(username=name, first_name="Zoë; DROP TABLE 'x'")
        record(name, "come", detail={"text": "ü"})
anchor(lambda values: "entry 0")
kept = [put(data) for data in (b"one", b"two" * 999999)]
print(json.dumps([[one.sha256, one.size, one.name] for one in kept]))
"""
WRITE = """
import sys
from pathlib import Path
from django.db import transaction
from habeas.web.trail.record import record
print("begun", flush=True)
number = 0
while not Path(sys.argv[1]).exists():
    with transaction.atomic():
        record("writer", "half")
        record("writer", "whole")
    number += 1
print(number)
"""
BACKUP = """
import sys
from pathlib import Path
from habeas.web.backup import backup
backup(Path(sys.argv[1]), Path(sys.argv[2]))
"""
TABLES = """
import json, sys
from django.db import connection
from habeas.web.casework.safe import Kept, get
from habeas.web.trail.check import check_trail
check_trail()
tables = {}
with connection.cursor() as cursor:
    for table in connection.introspection.table_names():
        cursor.execute(f'SELECT * FROM "{table}"')
        tables[table] = sorted(map(repr, cursor.fetchall()))
    if connection.vendor == "sqlite":
        cursor.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'")
    else:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
    tables["triggers"] = cursor.fetchall()
tables["originals"] = [repr(get(Kept(*one)))[:99] for one in json.loads(sys.argv[1])]
print(json.dumps(tables))
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[OfficeFolder, str]:
    """An office with everything in it; and the address of an empty database beside its own."""
    addresses = ["", ""]
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("server")
        for number, name in enumerate(("backed_up", "brought_back")):
            server.run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
            addresses[number] = server.address(OWNER, PASSWORD, name)
    office = make_office(tmp_path / "here", addresses[0])
    office.migrate()
    return office, addresses[1]


def test_an_office_that_is_brought_back_is_the_same_in_every_table(
    whole: tuple[OfficeFolder, str], key: Path, tmp_path: Path
) -> None:
    office, address = whole
    kept = office.run(FILL)
    office.run(BACKUP, tmp_path / "copy", key)
    there = json.loads(office.run(TABLES, kept))
    again = brought_back(office, tmp_path, key, address)
    assert json.loads(again.run(TABLES, kept)) == there
    assert len(there) > 20 and len(there["trail_event"]) == 3 and len(there["accounts_user"]) == 2
    assert there["triggers"][0][0] > 0 and there["originals"][0] == "b'one'"
    if address:
        told = refused(tmp_path / "copy", key, tmp_path / "more", address)
        assert "this database is not empty" in told
        assert "this backup is of a database of PostgreSQL" in refused(
            tmp_path / "copy", key, tmp_path / "more"
        )
        told = refused(tmp_path / "copy", key, tmp_path / "more", address.replace("brought", "no"))
        assert "this database cannot be opened" in told and "sesame" not in told
        assert not (tmp_path / "more").exists()


def test_a_backup_that_is_made_while_others_write_is_of_one_moment(
    whole: tuple[OfficeFolder, str], key: Path, tmp_path: Path
) -> None:
    office, address = whole
    stop = tmp_path / "stop"
    writer = office.start(WRITE, stop)
    try:
        assert writer.stdout is not None and writer.stdout.readline() == "begun\n"
        office.run(BACKUP, tmp_path / "copy", key)
    finally:
        stop.touch()
    written = int(ended(writer).split()[-1])
    again = brought_back(office, tmp_path, key, address)
    events = json.loads(again.run(TABLES, "[]"))["trail_event"]
    assert len(events) % 2 == 0 and len(events) <= 2 * written


ANSWERED = """
import json
from datetime import timedelta
from django.conf import settings
from django.utils import timezone
from habeas.web.accounts.roles import Role
from habeas.web.casework.adopting import propose_law, sign_for
from habeas.web.casework.answering import prepare, release, sign
from habeas.web.casework.mapping import propose_mapping
from habeas.web.casework.wording import propose_wording
from habeas.web.daily import work
from habeas.web.founding import found
from tests.web.conftest import make_user, press_request
found(settings.OFFICE)
users = {name: make_user(name, Role(role)) for name, role in (
    ("intake", "intake"), ("records", "records"), ("counsel", "counsel"), ("counsel-2", "counsel"),
    ("supervisor", "supervisor"))}
for made in (lambda: propose_law("console", None, checked="x", difference="x"),
             lambda: propose_mapping("console"), lambda: propose_wording("console")):
    version = made()
    for name in ("counsel", "counsel-2"):
        sign_for(users[name], version, "read")
case = press_request(users["intake"])
answer = prepare(users["records"], case.requests.get())
sign(users["counsel"], answer, "read")
release(users["supervisor"], answer)
assert not [one for one in work(timezone.now()) if one.failed]
"""
SEEN = """
import json
from hashlib import sha256
from django.conf import settings
from habeas.reports.recording import Recorder
from habeas.tlog.log import read_policy
from habeas.tlog.receipts import check_receipt, parse_receipt
from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.answering import document_bytes
from habeas.web.casework.entries import again
from habeas.web.casework.models import Answer, Document, Release
from habeas.web.daily import known_heads
from habeas.web.trail.check import check_trail
office = settings.OFFICE
heads = known_heads()
check_trail(heads)
policy = read_policy(office.log)
receipts = [check_receipt(parse_receipt(path.read_bytes(), path), policy).index
            for path in sorted((office.folder / "receipts").iterdir())]
made = again(Answer.objects.get())
print(json.dumps({
    "law": law_in_use().digest,
    "decisions": made.decisions.answers.to_pylist(),
    "papers": [sha256(document_bytes(one)).hexdigest() for one in Document.objects.all()],
    "receipts": sorted(receipts),
    "released": [Release.objects.get().receipts[0], len(heads)],
}, default=str, sort_keys=True))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_after_a_restore_answers_decide_again_papers_open_receipts_and_trail_verify(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABEAS_LOG_KEYS", str(tmp_path / "log-keys"))
    office = make_office(tmp_path / "here")
    write_sample(tmp_path / "jail", 12, 3)
    named = f"records: {tmp_path / 'jail'}\nlog: {tmp_path / 'log'}\nmap: by/map.yaml\n"
    with (office.folder / "office.yaml").open("a") as file:
        file.write(named)
    (office.folder / "by").mkdir()
    shutil.copy(tmp_path / "jail" / "mapping.yaml", office.folder / "by" / "map.yaml")
    office.migrate()
    office.run(ANSWERED)
    there = json.loads(office.run(SEEN))
    office.run(BACKUP, tmp_path / "copy", key)
    # the first office burns down: what is left are its keys, its log, the jail's records and the backup
    file_before = contents(office.folder)
    shutil.rmtree(office.folder)
    again = brought_back(office, tmp_path, key, "", whole=True)
    assert json.loads(again.run(SEEN)) == there
    assert len(there["receipts"]) == 5 and len(there["papers"]) > 2 and there["decisions"]
    restored = contents(again.folder)
    for name in set(file_before) - {"habeas.sqlite", "habeas.sqlite-wal", "habeas.sqlite-shm"}:
        assert name.startswith("law/") or restored[name] == file_before[name], name


def test_what_a_restore_needs_is_in_the_backup_and_nothing_else(
    office: Path, key: Path, settings: Any, tmp_path: Path
) -> None:
    (office / "office.yaml").write_text("name: Fir\n")
    for name in ("receipts/1.receipt", "receipts/2.pending", "receipts/3.receipt.new", "originals/.x.new",
                 "log/head.sqlite", "jail/people.csv", "law/d/us.md", "notes.txt", "maps/map.yaml"):  # fmt: skip
        (office / name).parent.mkdir(exist_ok=True, parents=True)
        (office / name).write_bytes(name.encode())
    settings.OFFICE = replace(settings.OFFICE, map=office / "maps" / "map.yaml")
    backup(tmp_path / "copy", key)
    restore(tmp_path / "copy", key, tmp_path / "again")
    originals = {name for name in contents(office) if re.fullmatch("originals/[0-9a-f]{32}", name)}
    assert set(contents(tmp_path / "again")) == {
        "habeas.sqlite", "office.yaml", "receipts/1.receipt", "receipts/2.pending", "maps/map.yaml",
    } | originals  # fmt: skip
    for path in (tmp_path / "again").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_restore_needs_nothing_of_the_office_that_was(
    office: Path, made: Path, key: Path, tmp_path: Path
) -> None:
    there = contents(office / "originals")
    shutil.rmtree(office)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HABEAS_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "habeas", "office", "restore", made, tmp_path / "again", "--key-file", key],
        env={**clean, "HABEAS_KEYS": str(tmp_path / "keys")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "put the log there, and the office's keys into" in " ".join(done.stdout.split())
    assert contents(tmp_path / "again" / "originals") == there


def test_a_receipt_that_takes_the_place_of_what_waited_is_in_the_backup(
    office: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = office / "receipts"
    folder.mkdir()
    (folder / "1.pending").write_bytes(b"opens it")
    names = module._names

    def witnessed(made: Any) -> list[str]:
        listed = list(names(made))
        if (folder / "1.pending").exists():
            (folder / "1.pending").rename(folder / "1.receipt")
        return listed

    monkeypatch.setattr(module, "_names", witnessed)
    backup(tmp_path / "copy", key)
    restore(tmp_path / "copy", key, tmp_path / "again")
    assert contents(tmp_path / "again" / "receipts") == {"1.receipt": b"opens it"}


def brought_back(
    office: OfficeFolder, tmp_path: Path, key: Path, address: str, *, whole: bool = False
) -> OfficeFolder:
    """A second office, of the backup and the first one's keys; `whole`: its own file is in the backup too."""
    again = make_office(tmp_path / "there", address)
    file = (again.folder / "office.yaml").read_bytes()
    shutil.rmtree(again.folder)
    restore(tmp_path / "copy", key, again.folder, address)
    if address:
        assert not (again.folder / "office.yaml").exists()  # it would name the old database
        before = (again.folder / module.BEFORE).read_text()
        assert "backed_up" in before and "brought_back" not in before
    if not whole:
        (again.folder / "office.yaml").write_bytes(file)
    [mine], [theirs] = list(office.keys.iterdir()), list(again.keys.iterdir())
    for path in mine.iterdir():
        shutil.copy(path, theirs)
    return again

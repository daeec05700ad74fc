"""A whole copy of an office: its database, files and receipts, encrypted; and the way back.

    database, originals, receipts, office.yaml  ->  backup  ->  folder of encrypted files, a manifest of their SHA-256s
    that folder, its key  ->  restore  ->  a new folder (and a PostgreSQL database), compared with the manifest

Promise: the copy is of one moment, is there whole or not at all, and opens with its own key alone; no key of the
office is in it. What is restored is to the byte what was copied, or nothing is.

In the database are cases, the trail, accounts and the law that was adopted; beside it are the originals and answers
(as they lie, encrypted with the office's key), the receipts, `office.yaml`, and the mapping where it lies in the
office's folder. Not in it are the office's own keys (without `files.key` nobody reads a restored original), the jail's
records, and the log: that has keys and copies of its own, and its head must never be an older one. Nor are roles of
a PostgreSQL server, and who may do what to its tables. An older copy in place of a newer one cannot be told from it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from django.conf import settings

from habeas.errors import HabeasError, Place, Problem
from habeas.reports.recording import PENDING, RECEIPT
from habeas.tlog.disk import sync
from habeas.web.casework.safe import FOLDER
from habeas.web.office import FILE, RECEIPTS, Office
from habeas.web.sealing import KEY_BYTES, SealError, seal, unseal

MANIFEST = "manifest.sealed"
VERSION = 1
_SQLITE, _DUMP = "habeas.sqlite", "database.dump"
_ENDING = ".sealed"
_PLACES = {"sqlite": _SQLITE, "postgresql": _DUMP}

BEFORE = f"{FILE}.before"
"""What the office's file is called after a restore into another PostgreSQL database: it names the old one."""


class BackupError(HabeasError):
    """A backup that cannot be made, or that is not whole and what was written."""

    exit_code = 1


def make_backup_key(key_file: Path) -> None:
    """Make a key for backups: a file of the owner alone. Raises `BackupError` where there is one already."""
    try:
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as opened:
            opened.write(secrets.token_hex(KEY_BYTES) + "\n")
    except OSError as error:
        raise _error(
            key_file, f"no key was made: {error.strerror or error}", "name a new file"
        ) from error


def backup(to: Path, key_file: Path) -> Path:
    """Write a backup of this office into a new folder, and return that.

    to        a folder that is not there yet; the key must not lie in it
    key_file  what `make_backup_key` made; keep it elsewhere than the backups

    Others may go on writing. Raises `BackupError` where there is something already, the key cannot be read, the
    database's own program is not there or refuses, or the disk does; then there is no folder. Inverse: `restore`.
    Held by `tests/web/test_backup.py`.
    """
    key = _key(key_file)
    if to.exists():
        raise _error(to, "there is something already", "name a folder that is not there yet")
    if key_file.resolve().is_relative_to(to.resolve()):
        raise _error(key_file, "the key lies in the backup", "keep them apart")
    with _told(to), _in_place(to) as new:
        kind = "postgresql" if settings.OFFICE.database else "sqlite"
        # The database first: a file is there before its row is.
        stored = {_PLACES[kind]: _sealed(new, _PLACES[kind], key, _COPIES[kind])}
        for name, chunks in _files(settings.OFFICE):
            stored[name] = _sealed(new, name, key, chunks)
        manifest = {
            "version": VERSION,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": kind,
            "files": stored,
        }
        data = json.dumps(manifest, sort_keys=True).encode()
        _sealed(new, MANIFEST.removesuffix(_ENDING), key, lambda: iter([data]))
    return to


def restore(source: Path, key_file: Path, into: Path, database: str = "") -> None:
    """Bring a backup back.

    source    the backup's folder
    into      a folder that is not there yet or is empty; becomes an office's folder, without its log
    database  where the backup is of a PostgreSQL database: the address of an empty one. `office.yaml`, which
              names the old one, is restored as `office.yaml.before`

    Raises `BackupError` where the folder is not empty, the key is not the backup's, a byte is not as it was
    written, a file is missing or too many, or the database is not empty; then nothing is changed. Inverse:
    `backup`. Held by `tests/web/test_backup.py`.
    """
    key = _key(key_file)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise _error(into, "this folder is not empty", "name a new one")
    manifest = _manifest(source, key)
    kind, files = manifest["database"], manifest["files"]
    if (kind == "postgresql") != bool(database):
        raise _error(
            source,
            f"this backup is of a database of {'PostgreSQL' if kind == 'postgresql' else 'SQLite'}",
            "name the address of an empty database of PostgreSQL"
            if kind == "postgresql"
            else "name no address",
        )
    with _told(into), _in_place(into) as new:
        _folder(new / FOLDER, new)
        for name, told in files.items():
            renamed = BEFORE if name == FILE and kind == "postgresql" else name
            _folder((new / renamed).parent, new)
            _unsealed(source / f"{name}{_ENDING}", new / renamed, name, key, told)
        if kind == "postgresql":
            _restore_dump(new / _DUMP, database)
            (new / _DUMP).unlink()


# -- files ----------------------------------------------------------------------------------------

Chunks = Callable[[], Iterator[bytes]]


def _files(office: Office) -> Iterator[tuple[str, Chunks]]:
    """Whatever lies in the office's folder and a restore needs, beside its database: name and bytes of each."""
    done: set[str] = set()
    # What opens an entry that waits for witnesses makes room for its receipt: so it is looked again.
    while more := sorted(set(_names(office)) - done):
        done.update(more)
        for name in more:
            try:
                file = (office.folder / name).open("rb")
            except FileNotFoundError:
                continue
            with file:
                yield name, _reader(file)


def _names(office: Office) -> Iterator[str]:
    for folder, wanted in ((FOLDER, "*"), (RECEIPTS, f"*{RECEIPT}"), (RECEIPTS, f"*{PENDING}")):
        for path in (office.folder / folder).glob(wanted):
            if not path.name.startswith("."):  # being written
                yield f"{folder}/{path.name}"
    for single in (office.folder / FILE, office.map):
        if single is not None and single.is_relative_to(office.folder) and single.is_file():
            yield single.relative_to(office.folder).as_posix()


def _reader(file: BinaryIO) -> Chunks:
    def chunks() -> Iterator[bytes]:
        while chunk := file.read(1 << 20):
            yield chunk

    return chunks


def _sealed(new: Path, name: str, key: bytes, chunks: Chunks) -> dict[str, Any]:
    """Write one encrypted file; the digest and size of what is in it."""
    path = new / f"{name}{_ENDING}"
    _folder(path.parent, new)
    digest, size = sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks():
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    _write(path, seal(key, name, counted()))
    return {"sha256": digest.hexdigest(), "size": size}


def _unsealed(path: Path, to: Path, name: str, key: bytes, told: dict[str, Any]) -> None:
    digest, size = sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in _opened(path, name, key):
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    _write(to, counted())
    if {"sha256": digest.hexdigest(), "size": size} != told:
        raise _error(path, "this file is not the one that the manifest names", _NOT_WHOLE)


def _opened(path: Path, name: str, key: bytes) -> Iterator[bytes]:
    try:
        with path.open("rb") as opened:
            yield from unseal(key, name, opened)
    except FileNotFoundError:
        raise _error(path, "this file of the backup is missing", _NOT_WHOLE) from None
    except SealError:
        raise _error(
            path, "this file is not what was written, or the key is not this backup's", _NOT_WHOLE
        ) from None


_NOT_WHOLE = "nothing was restored; take another copy of this backup, or its own key"


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        for chunk in chunks:
            opened.write(chunk)
        opened.flush()
        os.fsync(opened.fileno())


@contextmanager
def _in_place(folder: Path) -> Iterator[Path]:
    """A folder beside its place, which is moved there in the end, or is gone."""
    new = folder.with_name(f".{folder.name}.new-{secrets.token_hex(4)}")
    new.mkdir(mode=0o700)
    try:
        yield new
        for one in (*(path for path in new.rglob("*") if path.is_dir()), new):
            sync(one)
        new.replace(folder)  # onto an empty folder, or nothing
        sync(folder.parent)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _folder(folder: Path, base: Path) -> None:
    """Make a folder below another, and those between, the owner's alone."""
    if folder != base and not folder.is_dir():
        _folder(folder.parent, base)
        folder.mkdir(mode=0o700)


def _manifest(source: Path, key: bytes) -> dict[str, Any]:
    path = source / MANIFEST
    if not path.is_file():
        raise _error(source, "this is no backup: it has no manifest", "name the backup's folder")
    manifest: dict[str, Any] = json.loads(
        b"".join(_opened(path, MANIFEST.removesuffix(_ENDING), key))
    )
    if manifest["version"] != VERSION:
        raise _error(path, "another version wrote this backup", "restore it with that version")
    listed = {f"{name}{_ENDING}" for name in manifest["files"]} | {MANIFEST}
    there = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    if over := sorted(there - listed):
        raise _error(source, f"`{over[0]}` is not of this backup", _NOT_WHOLE)
    return manifest


def _key(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise _error(path, "others may read this key", f"chmod 600 {path}")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise _error(
            path,
            f"the key cannot be read: {error.strerror or error}",
            "`habeas office backup-key` makes one",
        ) from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise _error(path, "this is no key of backups", "`habeas office backup-key` makes one")
    return key


# -- databases ------------------------------------------------------------------------------------


def _sqlite_copy() -> Iterator[bytes]:
    """A database file of one moment, by SQLite's own way of copying while others write."""
    with TemporaryDirectory(dir=settings.OFFICE.folder, prefix=".backup-") as folder:
        copy = Path(folder) / _SQLITE
        place = Path(settings.DATABASES["default"]["NAME"]).resolve()
        with (
            closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)) as there,
            closing(sqlite3.connect(copy)) as here,
        ):
            there.backup(here)
        with copy.open("rb") as file:
            yield from _reader(file)()


def _postgresql_copy() -> Iterator[bytes]:
    """What `pg_dump` gives, straight into the encrypted file."""
    database = settings.DATABASES["default"]
    parts = {
        "host": database.get("HOST"),
        "port": database.get("PORT"),
        "user": database.get("USER"),
        "dbname": database.get("NAME"),
        "password": database.get("PASSWORD"),
        **database.get("OPTIONS", {}),
    }
    mine = _environment(parts)
    with TemporaryDirectory() as folder, (Path(folder) / "told").open("w+b") as told:
        with _program("pg_dump", ["--format=custom", "--no-password"], mine, told) as running:
            while chunk := running.stdout.read(1 << 20):
                yield chunk
        if running.returncode != 0:
            raise _refused("pg_dump", told)


_COPIES: dict[str, Chunks] = {"sqlite": _sqlite_copy, "postgresql": _postgresql_copy}


def _restore_dump(dump: Path, address: str) -> None:
    """All of a dump or nothing, into an empty database."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        mine = _environment(conninfo_to_dict(address))
        with psycopg.connect(address) as opened:
            mine["PGDATABASE"] = opened.info.dbname
            row = opened.execute(
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
            ).fetchone()
    except psycopg.Error:  # its message may repeat the address, and so the password
        raise _error(
            Path("database"), "this database cannot be opened", "check its address and its server"
        ) from None
    if row is None or row[0]:
        raise _error(Path("database"), "this database is not empty", "name a new one")
    how = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"]  # fmt: skip
    with TemporaryDirectory() as folder, (Path(folder) / "told").open("w+b") as told:
        with _program("pg_restore", [*how, f"--dbname={mine['PGDATABASE']}", str(dump)], mine, told) as running:  # fmt: skip
            running.stdout.read()
        if running.returncode != 0:
            raise _refused("pg_restore", told)


_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "dbname": "PGDATABASE",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def _environment(parts: Mapping[str, Any]) -> dict[str, str]:
    """What tells PostgreSQL's programs where the server is, and that nobody waits for it for ever."""
    told = {
        _VARIABLES[key]: str(value) for key, value in parts.items() if key in _VARIABLES and value
    }
    return {"PGCONNECT_TIMEOUT": "15", **told}


def _program(name: str, arguments: list[str], mine: dict[str, str], told: Any) -> Any:
    """One of PostgreSQL's programs; where the server is, and the password, are in no argument."""
    found = shutil.which(name)
    if found is None:
        raise _error(
            Path(name),
            f"`{name}` is not installed here",
            "install the client of PostgreSQL (Debian: `postgresql-client`), as new as the server",
        )
    return subprocess.Popen(  # noqa: S603  # its own path, and no word of a user's but the database's name
        [found, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=told,
        env={**os.environ, **mine, "LC_ALL": "C.UTF-8"},
    )


def _refused(name: str, told: Any) -> BackupError:
    told.seek(0)
    lines = told.read().decode(errors="replace").strip().splitlines() or ["no reason given"]
    return _error(Path(name), f"`{name}` refused: {lines[0]}", "see its server, and try again")


# -- what is told ---------------------------------------------------------------------------------


@contextmanager
def _told(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _error(
            where, f"the disk refused: {error.strerror or error}", "make room, or check it"
        ) from error
    except sqlite3.Error as error:
        raise _error(where, f"the database cannot be copied: {error}", "check its file") from error


def _error(where: Path, message: str, help: str) -> BackupError:
    return BackupError(Problem(Place(str(where)), message, help))

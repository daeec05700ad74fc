"""Originals and answers as encrypted files: what was put there comes back, or nothing does.

    bytes  ->  put  ->  Kept (digest, size, name)  ->  row of the database
    Kept   ->  get  ->  the same bytes, or SafeError

Promise: a file is written whole or not at all, and is never altered or overwritten; whoever has the folder without
the key learns its size and nothing else.

A file is `MAGIC`, its own name, a random nonce, and the ciphertext of AES-256-GCM with the SHA-256 of what was put
there as associated data; so it opens under its own name and digest alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from habeas.errors import HabeasError, Place, Problem
from habeas.tlog.disk import sync

FOLDER = "originals"
"""Of the office's folder."""

MAGIC = b"habeas-safe/1\n"
_NAME = re.compile("[0-9a-f]{32}", re.ASCII)
_NONCE, _TAG = 12, 16
_NAMES = len(MAGIC) + 32


class SafeError(HabeasError):
    """A file of the safe that cannot be written, is not there, or is not what was put there."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What finds and opens a file again.

    sha256  of what was put there, 64 hexadecimal digits
    size    its bytes
    name    of the file: 32 random hexadecimal digits
    """

    sha256: str
    size: int
    name: str


def put(data: bytes) -> Kept:
    """Keep bytes in a new file; durable on return. The same bytes put twice are two files.

    Raises `SafeError` where the disk refuses, or others may look into the folder; then no file is left. Inverse:
    `get`. Held by `tests/web/test_safe.py`.
    """
    name, digest = secrets.token_hex(16), sha256(data)
    nonce = secrets.token_bytes(_NONCE)
    locked = AESGCM(_key()).encrypt(nonce, data, digest.digest())
    folder = safe_folder()
    try:
        _own(folder)
        _write(folder / name, MAGIC + name.encode() + nonce + locked)
    except OSError as error:
        raise _error(
            folder, f"the disk refused: {error.strerror or error}", "make room, or check it"
        ) from error
    return Kept(digest.hexdigest(), len(data), name)


def get(kept: Kept) -> bytes:
    """The bytes that were put there. Raises `SafeError` where the file is missing, altered or another's.

    Inverse: `put`. Held by `tests/web/test_safe.py`.
    """
    path = safe_folder() / kept.name
    if not _NAME.fullmatch(kept.name):
        raise _error(safe_folder(), f"`{kept.name[:80]}` is no name of a kept file", "see its row")
    try:
        read = path.read_bytes()
    except FileNotFoundError:
        raise _error(path, "this file is missing", "bring it back from a backup") from None
    except OSError as error:
        raise _error(
            path, f"this file cannot be read: {error.strerror or error}", "check the disk"
        ) from error
    head, nonce, locked = read[:_NAMES], read[_NAMES : _NAMES + _NONCE], read[_NAMES + _NONCE :]
    if not head.startswith(MAGIC) or len(nonce) < _NONCE or len(locked) < _TAG:
        raise _error(path, "this file was altered: it is none of the safe's", _BACK)
    if head != MAGIC + kept.name.encode():
        raise _error(path, "another file lies in the place of this one", _BACK)
    try:
        digest = bytes.fromhex(kept.sha256)
        data = AESGCM(_key()).decrypt(nonce, locked, digest)
    except (InvalidTag, ValueError):
        raise _error(
            path,
            "this file is not what was put there: it was altered, or it is not of this digest or key",
            _BACK,
        ) from None
    if sha256(data).digest() != digest or len(data) != kept.size:
        raise _error(path, "this file is not of the digest and size that were written down", _BACK)
    return data


_BACK = "do not use it; bring it back from a backup"


def safe_folder() -> Path:
    """Where the files lie."""
    return Path(settings.OFFICE.folder) / FOLDER


def _key() -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=MAGIC).derive(settings.KEYS.files)


def _own(folder: Path) -> None:
    """Make the folder where there is none. Raises where others may look into it."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        sync(folder.parent)
    if folder.stat().st_mode & 0o077:
        raise _error(folder, "others may look into this folder", f"chmod 700 {folder}")


def _write(path: Path, data: bytes) -> None:
    """Write beside its place, then move in whole; a name that is taken is never written over."""
    beside = path.with_name(f".{path.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(beside)  # unlike a rename, it does not replace
    finally:
        beside.unlink()
    sync(path.parent)


def _error(where: Path, message: str, help: str) -> SafeError:
    return SafeError(Problem(Place(str(where)), message, help))

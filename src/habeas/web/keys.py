"""The office's keys, which lie outside its folder and its database.

    HABEAS_KEYS/<place of the folder>/  ->  read_keys, make_keys  ->  Keys

Promise: files of the owner alone; whoever has the database or its backup has no key.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from habeas.errors import InputError, Place, Problem
from habeas.web.office import Office

VARIABLE = "HABEAS_KEYS"
_SESSIONS, _FILES, _DATABASE = "sessions.key", "files.key", "database.password"
_LOG = "log.unlock"
LOG_UNLOCK = "HABEAS_LOG_UNLOCK"
"""The environment's variable that names what unlocks the log's keys; left out: `log.unlock` beside the others."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What is secret.

    sessions  what signs sessions and forms
    files     32 bytes that originals and answers are encrypted with (AES-256-GCM)
    database  the password of the database; empty: the address has it, or there is none
    """

    sessions: str
    files: bytes
    database: str


def keys_folder(office: Path) -> Path:
    """Where the keys of an office in this folder lie: `HABEAS_KEYS`, else the user's config folder; one folder each."""
    named = os.environ.get(VARIABLE)
    config = os.environ.get("XDG_CONFIG_HOME")
    base = (
        Path(named) if named else (Path(config) if config else Path.home() / ".config") / "habeas"
    )
    place = str(office.resolve())
    return base / f"office-{sha256(place.encode()).hexdigest()[:16]}"


def make_keys(office: Office) -> Path:
    """Make keys where there are none, and return their folder. What is there stays."""
    folder = keys_folder(office.folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in (
        (_SESSIONS, secrets.token_urlsafe(48)),
        (_FILES, secrets.token_hex(32)),
        (_LOG, secrets.token_urlsafe(32)),
    ):
        path = folder / name
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as opened:
                opened.write(text + "\n")
    return folder


def read_keys(office: Office) -> Keys:
    """Read an office's keys. Raises `InputError` where one is missing, or others may read it."""
    folder = keys_folder(office.folder)
    return Keys(
        _read(folder / _SESSIONS),
        bytes.fromhex(_read(folder / _FILES)),
        _read(folder / _DATABASE) if (folder / _DATABASE).exists() else "",
    )


def log_secret(office: Office) -> bytes:
    """What unlocks the keys of the office's log. Raises `InputError`."""
    named = os.environ.get(LOG_UNLOCK)
    return _read(Path(named) if named else keys_folder(office.folder) / _LOG).encode()


def _read(path: Path) -> str:
    try:
        about = path.stat()
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            Problem(
                Place(str(path)),
                f"the key cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}",
                "`habeas serve DIR` makes the keys of a new office; of an old one, bring them back",
            )
        ) from None
    if about.st_mode & 0o077:
        raise InputError(Problem(Place(str(path)), "others may read this key", f"chmod 600 {path}"))
    return text

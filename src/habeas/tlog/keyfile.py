"""Key files: the secrets of a log or a witness, outside of what is published, under a passphrase.

    name, passphrase  ->  make_keys  ->  file (scrypt, ChaCha20-Poly1305), its owner's alone
    file, passphrase  ->  read_keys  ->  Signer, …;  rotate, retire  ->  new keys beside old, then alone

Promise: a key lies on the disk encrypted, in a file that its owner alone may read, or it is not used.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from habeas.tlog.errors import refused
from habeas.tlog.keys import KINDS, Signer, format_vkey
from habeas.tlog.notes import is_key_name

FOLDER = "HABEAS_LOG_KEYS"
"""The environment variable that names the folder of keys."""

MIN_PASSPHRASE = 12
"""Bytes."""

_COST = 2**15
"""Scrypt's N: 32 MB and about a tenth of a second a try."""

_FORMAT = "habeas-keys/v1"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A log's or a witness's key file, opened."""

    path: Path
    name: str
    secrets: tuple[tuple[int, bytes], ...]
    """Kind and 32 secret bytes of each key, the oldest first."""

    @property
    def signers(self) -> tuple[Signer, ...]:
        """All keys, each as a signer."""
        return tuple(Signer.of(self.name, kind, secret) for kind, secret in self.secrets)


def keys_folder() -> Path:
    """The folder of keys: `HABEAS_LOG_KEYS`, else `habeas/keys` in the user's config folder."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(config) / "habeas" / "keys"


def key_path(name: str) -> Path:
    """Where the keys of a log or witness lie: a name that can be read, and one that cannot collide.

    >>> key_path("jail.example/log").name
    'jail.example_log-1a96ccc5.keys'
    """
    plain = "".join(one if one.isalnum() or one in ".-" else "_" for one in name)[:60]
    return keys_folder() / f"{plain}-{sha256(name.encode()).hexdigest()[:8]}.keys"


def make_keys(
    name: str, kinds: Sequence[int], passphrase: bytes, outside: Path | None = None
) -> KeyFile:
    """Make fresh keys, one a kind, and write them into the folder of keys.

    outside  a folder that the keys must not lie in: the log's

    Raises `LogError` where there is a file already, or name, place or passphrase will not do. Inverse:
    `read_keys`. Held by `tests/tlog/test_keyfile.py`.
    """
    path = key_path(name)
    if outside is not None and path.resolve().is_relative_to(outside.resolve()):
        raise refused(
            path, "keys must not lie in the log's folder", f"set `{FOLDER}` to another folder"
        )
    if not is_key_name(name) or not set(kinds) <= KINDS.keys() or len(name.encode()) > 255:
        raise refused("key", f"`{name}` cannot be a key's name", "no spaces, no plus signs")
    made = KeyFile(path, name, tuple((kind, secrets.token_bytes(32)) for kind in kinds))
    if path.exists():
        raise refused(
            path, f"there are keys of `{name}` already", "`habeas log rotate` makes new ones"
        )
    _write(made, passphrase)
    return made


def read_keys(name: str, passphrase: bytes) -> KeyFile:
    """The keys of a log or witness. Raises `LogError` where others may read the file, or the passphrase
    is wrong.

    Inverse: `make_keys`. Held by `tests/tlog/test_keyfile.py`.
    """
    path = key_path(name)
    try:
        mode = path.stat().st_mode
        data = json.loads(path.read_bytes())
        salt, sealed = bytes.fromhex(data["salt"]), bytes.fromhex(data["sealed"])
        if data["format"] != _FORMAT or data["name"] != name:
            raise ValueError
    except FileNotFoundError as error:
        raise refused(
            path, f"there are no keys of `{name}`", f"`{FOLDER}` names their folder"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refused(path, "this is no key file", "restore it from a backup") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise refused(path, "others may read these keys", f"chmod 600 {path}, and make new ones")
    try:
        opened = passphrase_cipher(passphrase, salt).decrypt(bytes(12), sealed, name.encode())
    except InvalidTag as error:
        raise refused(path, "the passphrase is not the one of these keys", "try again") from error
    kept = [(int(kind), bytes.fromhex(secret)) for kind, secret in json.loads(opened)]
    return KeyFile(path, name, tuple(kept))


def rotate(keys: KeyFile, passphrase: bytes) -> KeyFile:
    """Put a new key of each kind beside the old ones: from now on both sign, until `retire`.

    Held by `tests/tlog/test_keyfile.py`.
    """
    kinds = dict.fromkeys(kind for kind, _ in keys.secrets)
    if len(kinds) != len(keys.secrets):
        raise refused(
            keys.path, "there are new keys already", "`habeas log rotate --finish` ends it"
        )
    fresh = tuple((kind, secrets.token_bytes(32)) for kind in kinds)
    made = KeyFile(keys.path, keys.name, keys.secrets + fresh)
    _write(made, passphrase)
    return made


def retire(keys: KeyFile, passphrase: bytes) -> KeyFile:
    """Forget the old keys: from now on the new ones alone sign. Held by `tests/tlog/test_keyfile.py`."""
    newest = dict(keys.secrets)
    if len(newest) == len(keys.secrets):
        raise refused(keys.path, "there are no new keys", "`habeas log rotate` makes them")
    made = KeyFile(keys.path, keys.name, tuple(newest.items()))
    _write(made, passphrase)
    return made


def vkeys(keys: KeyFile) -> list[str]:
    """The public halves, one line each."""
    return [format_vkey(one.verifier) for one in keys.signers]


def _write(keys: KeyFile, passphrase: bytes) -> None:
    if len(passphrase) < MIN_PASSPHRASE:
        raise refused(
            "passphrase", f"it has fewer than {MIN_PASSPHRASE} bytes", "choose a longer one"
        )
    salt = secrets.token_bytes(16)
    said = json.dumps([(kind, secret.hex()) for kind, secret in keys.secrets]).encode()
    # A key of its own for each write, from a fresh salt: one nonce is enough.
    sealed = passphrase_cipher(passphrase, salt).encrypt(bytes(12), said, keys.name.encode())
    text = json.dumps(
        {"format": _FORMAT, "name": keys.name, "salt": salt.hex(), "sealed": sealed.hex()}, indent=2
    )
    new = keys.path.with_suffix(".new")
    try:
        keys.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(keys.path)
        folder = os.open(keys.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise refused(
            keys.path, f"keys cannot be written: {error.strerror}", f"see `{FOLDER}`"
        ) from error


def passphrase_cipher(passphrase: bytes, salt: bytes) -> ChaCha20Poly1305:
    """What a passphrase opens: stretched with scrypt, and a salt of 16 bytes that is fresh in each file."""
    return ChaCha20Poly1305(Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase))

"""Keys of periods: what opens the disclosures of a vault and its backups, until a stated day.

    passphrase  ->  PeriodKeys.make  ->  file of keys;  begin(today)  ->  one more, drop  ->  less
    Period: begins_on … ends_on it is the newest; on expires_on it is erased

Promise: a key lies in this file alone, encrypted, never beside the vault; the file is overwritten when it is
replaced. What a disk or a copy keeps all the same stands in `docs/disclosures.md`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag

from habeas.tlog.errors import LogError, refused
from habeas.tlog.keyfile import (
    FOLDER,
    MIN_PASSPHRASE,
    key_path,
    keys_folder,
    passphrase_cipher,
)

PERIOD_DAYS = 30
"""So long a key is the newest; then backups that were made under it open for as long again."""

_FORMAT = "habeas-periods/v1"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days with a key of its own; days are those of UTC."""

    number: int
    begins_on: date
    key: bytes = field(repr=False)
    """32 bytes."""

    @property
    def ends_on(self) -> date:
        """The first day on which it is the newest no more."""
        return self.begins_on + timedelta(PERIOD_DAYS)

    @property
    def expires_on(self) -> date:
        """The day on which its key is erased, and with it every backup that was made under it."""
        return self.begins_on + timedelta(2 * PERIOD_DAYS)


class PeriodKeys:
    """The file, opened. Whoever changes it holds the vault's lock (`Store.alone`)."""

    def __init__(self, path: Path, vault: str, passphrase: bytes) -> None:
        self.path, self._vault, self._passphrase = path, vault, passphrase
        self._seen: tuple[int, ...] = ()
        self._periods: tuple[Period, ...] = ()

    @staticmethod
    def make(origin: str, vault: str, passphrase: bytes, today: date) -> PeriodKeys:
        """Write a file with the first period's key. Raises `LogError` where there is one.

        Inverse: `open`. Held by `tests/tlog/test_vault.py`.
        """
        if len(passphrase) < MIN_PASSPHRASE:
            raise refused(
                "passphrase", f"it has fewer than {MIN_PASSPHRASE} bytes", "choose a longer one"
            )
        made = PeriodKeys(periods_path(origin, vault), vault, passphrase)
        if made.path.exists():
            raise refused(made.path, "there are keys of this vault already", "open it")
        made._write((Period(1, today, secrets.token_bytes(32)),))
        return made

    @staticmethod
    def open(origin: str, vault: str, passphrase: bytes) -> PeriodKeys:
        """Read the file of a vault. Raises `LogError` where there is none, others may read it, or the
        passphrase is wrong.

        Inverse: `make`. Held by `tests/tlog/test_vault.py`.
        """
        read = PeriodKeys(periods_path(origin, vault), vault, passphrase)
        read.refresh()
        return read

    def refresh(self) -> None:
        """Read the file again, where somebody has replaced it."""
        seen = _stamp(self.path)
        if seen == self._seen and seen:
            return
        try:
            mode = self.path.stat().st_mode
            data = json.loads(self.path.read_bytes())
            salt, sealed = bytes.fromhex(data["salt"]), bytes.fromhex(data["sealed"])
            if data["format"] != _FORMAT:
                raise ValueError
        except FileNotFoundError as error:
            raise refused(
                self.path,
                "the keys of this vault are not there",
                f"`{FOLDER}` names their folder; nothing opens the vault without them",
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise refused(self.path, "this is no file of keys", "fetch its copy") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise refused(self.path, "others may read these keys", f"chmod 600 {self.path}")
        try:
            opened = passphrase_cipher(self._passphrase, salt).decrypt(
                bytes(12), sealed, self._about()
            )
        except InvalidTag as error:
            raise refused(
                self.path, "the passphrase is not the one of these keys", "try again"
            ) from error
        self._periods = tuple(
            Period(number, date.fromisoformat(day), bytes.fromhex(key))
            for number, day, key in json.loads(opened)
        )
        self._seen = seen

    @property
    def newest(self) -> Period:
        """The period under which everything new is kept."""
        return self._periods[-1]

    def __iter__(self) -> Iterator[Period]:
        return iter(self._periods)

    def get(self, number: int, where: object) -> bytes:
        """A period's key. Raises `LogError` where it is erased."""
        for again in (False, True):
            if again:
                self.refresh()
            for one in self._periods:
                if one.number == number:
                    return one.key
        raise refused(
            where,
            f"the key of period {number} has been erased: this is a backup past its day",
            "nothing opens it any more; use the vault itself, or a newer backup",
        )

    def begin(self, today: date) -> Period:
        """Begin a period, with a fresh key. Held by `tests/tlog/test_vault.py`."""
        made = Period(self.newest.number + 1, today, secrets.token_bytes(32))
        self._write((*self._periods, made))
        return made

    def drop(self, numbers: Collection[int]) -> None:
        """Erase the keys of periods; never the newest. Held by `tests/tlog/test_vault.py`."""
        self._write(tuple(one for one in self if one.number not in numbers or one == self.newest))

    def _about(self) -> bytes:
        return f"{_FORMAT}\n{self._vault}".encode()

    def _write(self, periods: tuple[Period, ...]) -> None:
        """Put a new file in the place of the old one, and only when that lasts, overwrite the old one."""
        salt = secrets.token_bytes(16)
        said = json.dumps([(p.number, p.begins_on.isoformat(), p.key.hex()) for p in periods])
        # A key of its own for each write, from a fresh salt: one nonce is enough.
        sealed = passphrase_cipher(self._passphrase, salt).encrypt(
            bytes(12), said.encode(), self._about()
        )
        text = json.dumps({"format": _FORMAT, "salt": salt.hex(), "sealed": sealed.hex()}, indent=2)
        new = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            _put(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), text.encode())
            with contextlib.ExitStack() as stack:
                old = None
                if self.path.exists():
                    old = stack.enter_context(self.path.open("r+b", buffering=0))
                new.replace(self.path)
                folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
                stack.callback(os.close, folder)
                os.fsync(folder)
                if old is not None:
                    old.write(bytes(os.fstat(old.fileno()).st_size))
                    os.fsync(old.fileno())
        except OSError as error:
            raise _unwritten(self.path, error) from error
        self._periods, self._seen = periods, _stamp(self.path)


def periods_path(origin: str, vault: str) -> Path:
    """Where the keys of a vault lie: beside those of the log, in the folder of keys."""
    return keys_folder() / f"{key_path(origin).stem}-{vault}.periods"


def _put(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _unwritten(path: Path, error: OSError) -> LogError:
    return refused(path, f"keys cannot be written: {error.strerror}", f"see `{FOLDER}`")

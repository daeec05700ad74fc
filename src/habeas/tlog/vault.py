"""The vault: disclosures of entries, encrypted, apart from the log; sealed, held, destroyed.

    leaf, disclosures  ->  put  ->  ciphertext under a key of its own, that under the period's key
    leaf  ->  get  ->  disclosures;  Act  ->  announce (what the log tells of it)  ->  do

Promise: what is sealed is not opened, what is held is not destroyed, and what was destroyed is opened by nobody
who has this vault or, from a stated day on, any backup of it. `docs/disclosures.md` says what stays possible.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from habeas.tlog.errors import NotProved, broken, refused
from habeas.tlog.keyfile import keys_folder
from habeas.tlog.notes import to_base64
from habeas.tlog.vault_keys import Period, PeriodKeys
from habeas.tlog.vault_store import Event, Kept, Store

SEALED, UNSEALED, HELD, RELEASED, DESTROYED = "sealed", "unsealed", "held", "released", "destroyed"
EXPIRED, LOST = "expired", "lost"
"""What the history calls the end of a period's key, and of an entry whose row was tampered with by then; no
entry of the log tells them."""

PAD = 2048
"""The length of a ciphertext tells no more of what is in it than this."""

_ORDERS = {
    SEALED: ("seal", True),
    UNSEALED: ("seal", False),
    HELD: ("hold", True),
    RELEASED: ("hold", False),
}
_REASON = re.compile("[a-z][a-z0-9-]{0,39}", re.ASCII)

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does with the disclosures of one entry."""

    kind: str
    """`sealed`, `unsealed`, `held`, `released` or `destroyed`."""
    leaf: bytes
    """The entry's leaf hash."""
    index: int
    """The entry's place in the log, as the caller found it there."""
    who: str
    """The person who answers for it: 1 … 100 characters."""
    reference: str
    """The court's order or the matter, 1 … 100 characters; of a destruction, a code such as `retention-ended`."""
    day: date
    """The day of the order, or of the decision to destroy."""


class Vault:
    """The vault of one log, open; `make` and `open` give it."""

    def __init__(self, store: Store, keys: PeriodKeys, clock: Clock = time.time) -> None:
        self._store, self._keys, self._clock = store, keys, clock
        self.ended = self.expire()
        """The periods whose keys were erased when it was opened."""

    @staticmethod
    def make(
        path: Path,
        origin: str,
        passphrase: bytes,
        clock: Clock = time.time,
        outside: Path | None = None,
    ) -> Vault:
        """Make an empty vault for the log `origin`, and the keys of its first period in the folder of keys.

        outside  a folder that it must not lie in: the log's

        Raises `LogError` where there is one, or place or passphrase will not do. Inverse: `open`. Held by
        `tests/tlog/test_vault.py`.
        """
        for folder, what in ((outside, "the log"), (keys_folder(), "the keys")):
            if folder is not None and path.resolve().is_relative_to(folder.resolve()):
                raise refused(path, f"a vault must not lie with {what}", "name another folder")
        if path.exists():
            raise refused(path, "there is a file already", "name another one")
        vault = secrets.token_hex(8)
        keys = PeriodKeys.make(origin, vault, passphrase, _day(clock))
        try:
            return Vault(Store.make(path, vault, origin), keys, clock)
        except BaseException:
            keys.path.unlink(missing_ok=True)
            raise

    @staticmethod
    def open(path: Path, origin: str, passphrase: bytes, clock: Clock = time.time) -> Vault:
        """Open a vault; the keys of periods past their day are erased on the way, whatever it is opened for.

        Raises `LogError` where there is none, it is another log's, or its keys are not there. Inverse:
        `make`. Held by `tests/tlog/test_vault.py`.
        """
        store = Store(path)
        try:
            if store.origin != origin:
                raise refused(path, f"this is the vault of `{store.origin}`", f"not of `{origin}`")
            return Vault(store, PeriodKeys.open(origin, store.vault, passphrase), clock)
        except BaseException:
            store.close()
            raise

    # -- keeping ----------------------------------------------------------------------------------

    def put(self, disclosures: Mapping[bytes, Sequence[str]]) -> None:
        """Keep what opens entries, by their leaf hashes, before they are appended; durable on return.

        Raises `LogError` where one is kept already; then none is. Inverse: `get`. Held by
        `tests/tlog/test_vault.py`.
        """
        with self._store.alone():
            self._keys.refresh()
            newest = self._keys.newest
            self._store.add(
                [self._locked(leaf, each, newest) for leaf, each in disclosures.items()]
            )

    def get(self, leaf: bytes, where: object = "entry") -> list[str]:
        """What opens an entry. Raises `LogError` where it is sealed, destroyed or not kept here, and
        `NotProved` where the file was tampered with; none of them tells what is in it.

        Inverse: `put`. Held by `tests/tlog/test_vault.py`.
        """
        with self._store.alone():
            kept = self._living(leaf, where)
            if self._store.orders(leaf, "seal"):
                raise refused(
                    where, "it is sealed", "a court's order opens it: `habeas log unseal`"
                )
            data_key = self._unwrapped(kept, where)
        try:
            text = ChaCha20Poly1305(data_key).decrypt(
                bytes(12), kept.locked or b"", self._about(leaf)
            )
        except InvalidTag as error:
            raise broken(where, "what the vault holds is not what was put there") from error
        return [one for one in text.decode("ascii").split("\n") if one]

    # -- acts -------------------------------------------------------------------------------------

    def announce(self, act: Act) -> dict[str, object]:
        """The hidden values of the entry that tells an act, which is appended to the log before `do`.

        Raises `LogError` where the act is not allowed now; nothing changes. Held by
        `tests/tlog/test_vault.py`.
        """
        with self._store.alone():
            self._allow(act)
        now = datetime.fromtimestamp(int(self._clock()), UTC)
        told = {
            "kind": act.kind,
            "decided_at": now.isoformat(),
            "entry": act.index,
            "leaf": to_base64(act.leaf),
            "who": act.who,
            "reference": act.reference,
            "day": act.day.isoformat(),
        }
        if act.kind == DESTROYED:
            told["backups_until"] = self.backups_until.isoformat()
        return told

    def do(self, act: Act, entry: int) -> None:
        """Do what the entry with the index `entry` of the log tells; durable on return, or undone.

        Raises `LogError` where it is not allowed: sealed or held twice by one order, an order lifted that
        does not stand, destroyed while a hold stands, or anything after that. Inverse of a seal and a
        hold: `unsealed` and `released` with the same reference; a destruction has none. Held by
        `tests/tlog/test_vault.py`.
        """
        with self._store.alone():
            self._allow(act)
            if act.kind == DESTROYED:
                day = _day(self._clock).isoformat()
                self._store.erase(act.leaf, act.index, day, act.reference)
            else:
                kind, stands = _ORDERS[act.kind]
                self._store.order(act.leaf, kind, act.reference, stands)
            self._note(act.kind, act.who, act.reference, act.day, act.leaf, act.index, entry)

    def history(self) -> list[Event]:
        """Every act, the oldest first; reading and keeping are not acts."""
        return self._store.history()

    # -- periods ----------------------------------------------------------------------------------

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods whose keys are there, the oldest first."""
        return tuple(self._keys)

    @property
    def backups_until(self) -> date:
        """The day from which no backup that was made until now can be opened."""
        return self._keys.newest.expires_on

    def expire(self) -> tuple[Period, ...]:
        """Begin a period where it is time; erase keys past their day, after what lives was wrapped anew.

        It does nothing that it was not time for; cut short, it is finished by the next opening. An entry
        that was tampered with cannot be wrapped anew: the history says so, and the key goes all the same.
        Held by `tests/tlog/test_vault.py`.
        """
        today = _day(self._clock)
        lost: set[bytes] = set()
        with self._store.alone():
            self._keys.refresh()
            if today >= self._keys.newest.ends_on:
                self._keys.begin(today)
            due = tuple(one for one in self._keys if one.expires_on <= today)
            if not due:
                return ()
            for some in self._store.of_periods(due[0].number, due[-1].number):
                lost |= self._rewrap(some)
            for one in due:
                self._note(EXPIRED, "", f"period {one.number}", one.expires_on)
        with self._store.alone():
            self._keys.refresh()
            for some in self._store.of_periods(due[0].number, due[-1].number):
                if not lost.issuperset(one.leaf for one in some):
                    raise refused(self._store.path, "an entry hangs on a key past its day", "again")
            self._keys.drop({one.number for one in due})
        return due

    def close(self) -> None:
        """Close the vault; nothing is written by that."""
        self._store.close()

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what may be done -------------------------------------------------------------------------

    def _living(self, leaf: bytes, where: object) -> Kept:
        kept = self._store.row(leaf)
        if kept is None:
            raise refused(where, "what opens it is not in this vault", "name the vault that has it")
        if kept.destroyed_on is not None:
            raise refused(
                where,
                f"what opened it was destroyed on {kept.destroyed_on}",
                "whoever holds a disclosure or receipt of it still can open it",
            )
        return kept

    def _allow(self, act: Act) -> None:
        where = f"entry {act.index}"
        for text in (act.who, act.reference):
            if not (1 <= len(text) <= 100 and text.isprintable() and text.strip()):
                raise refused(
                    where, "who does it, and why, is not said", "1 to 100 characters each"
                )
        self._living(act.leaf, where)
        if act.kind == DESTROYED:
            if not _REASON.fullmatch(act.reference):
                raise refused(
                    where, f"`{act.reference}` is no reason's code", "such as `retention-ended`"
                )
            if holds := self._store.orders(act.leaf, "hold"):
                raise refused(
                    where,
                    f"a legal hold forbids to destroy it: `{min(holds)}`",
                    "`habeas log unhold`, once whoever ordered it has lifted it",
                )
            return
        kind, stands = _ORDERS[act.kind]
        there = act.reference in self._store.orders(act.leaf, kind)
        if stands and there:
            raise refused(where, f"the {kind} of `{act.reference}` stands already", "nothing to do")
        if not stands and not there:
            raise refused(
                where, f"there is no {kind} of `{act.reference}`", "name the order that stands"
            )

    def _note(
        self, act: str, who: str, reference: str, day: date,
        leaf: bytes | None = None, number: int | None = None, entry: int | None = None,
    ) -> None:  # fmt: skip
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        self._store.note(Event(at, act, leaf, number, who, reference, day.isoformat(), entry))

    # -- encryption -------------------------------------------------------------------------------

    def _about(self, leaf: bytes) -> bytes:
        """What a ciphertext and a wrapped key are bound to: the log and the entry."""
        return b"habeas-vault/v1\n%s\n%s" % (self._store.origin.encode(), leaf)

    def _locked(self, leaf: bytes, disclosures: Sequence[str], period: Period) -> Kept:
        if not all(one.isascii() and one.isprintable() and one for one in disclosures):
            raise refused("disclosure", "this is no disclosure", "see RFC 9901, 4.2")
        text = "\n".join(disclosures).encode()
        padded = text.ljust(-(-max(len(text), 1) // PAD) * PAD, b"\n")
        data_key = secrets.token_bytes(32)
        # The data key encrypts this one message: one nonce is enough.
        locked = ChaCha20Poly1305(data_key).encrypt(bytes(12), padded, self._about(leaf))
        wrapped = self._wrapped(leaf, data_key, period)
        return Kept(leaf, wrapped.period, wrapped.wrapped, locked)

    def _rewrap(self, some: Sequence[Kept]) -> set[bytes]:
        """Wrap data keys under the newest period; the leaves of those that cannot be."""
        good, lost = [], set()
        for one in some:
            try:
                data_key = self._unwrapped(one, "vault")
            except NotProved:
                lost.add(one.leaf)
                self._note(LOST, "", "tampered with", _day(self._clock), one.leaf)
            else:
                good.append(self._wrapped(one.leaf, data_key, self._keys.newest))
        self._store.rewrap(good)
        return lost

    def _wrapped(self, leaf: bytes, data_key: bytes, period: Period) -> Kept:
        nonce = secrets.token_bytes(12)
        sealed = nonce + ChaCha20Poly1305(period.key).encrypt(nonce, data_key, self._about(leaf))
        return Kept(leaf, period.number, sealed, None)

    def _unwrapped(self, kept: Kept, where: object) -> bytes:
        key, wrapped = self._keys.get(kept.period, where), kept.wrapped or b""
        try:
            return ChaCha20Poly1305(key).decrypt(wrapped[:12], wrapped[12:], self._about(kept.leaf))
        except (InvalidTag, ValueError) as error:
            raise broken(where, "what the vault holds is not what was put there") from error


def _day(clock: Clock) -> date:
    return datetime.fromtimestamp(clock(), UTC).date()

"""Keys of logs and witnesses: what signs a note, and what opens it.

    Signer  ->  sign  ->  Signature;  note, Verifier, …  ->  opened  ->  who signed, when
    Verifier  ->  format_vkey  ->  text  ->  parse_vkey  ->  Verifier

Promise: a note counts as signed only by keys that were named beforehand; one wrong signature of a
named key refuses the whole note. Ed25519 (0x01), cosignature/v1 (0x04) and ML-DSA-44 (0x06).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from habeas.tlog.checkpoint import parse_checkpoint
from habeas.tlog.errors import broken, refused
from habeas.tlog.notes import Note, Signature, from_base64, is_key_name, to_base64

ED25519, COSIGNATURE, MLDSA44 = 1, 4, 6
"""Kinds of signature, by the byte that signed-note assigns them."""

KINDS = {ED25519: "Ed25519", COSIGNATURE: "Ed25519 cosignature", MLDSA44: "ML-DSA-44"}
_KEY_BYTES = {ED25519: 32, COSIGNATURE: 32, MLDSA44: 1312}
_SIGNATURE_BYTES = {ED25519: 64, COSIGNATURE: 64, MLDSA44: 2420}
_HELP = "see c2sp.org/signed-note, verifier keys"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its holder's name and the kind of its signatures."""

    name: str
    kind: int
    public: bytes
    """32 bytes for Ed25519, 1312 for ML-DSA-44."""

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that its signatures begin with."""
        return _key_id(self.name, self.kind, self.public)

    def check(self, text: str, signature: Signature) -> int:
        """The time that the signature states, in seconds since 1970; 0 where it states none.

        Raises `NotProved` where the signature is not of this key over this text.
        """
        where = f"signature of `{self.name}`"
        timed, data = self.kind != ED25519, signature.data
        stamp = data[:8] if timed else b""
        time = int.from_bytes(stamp, "big")
        if len(data) - len(stamp) != _SIGNATURE_BYTES[self.kind] or time >= 2**63:
            raise broken(where, f"it is no signature of the kind {KINDS[self.kind]}")
        said = _said(self.kind, self.name, text, time)
        try:
            if self.kind == MLDSA44:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(data[8:], said)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(data[len(stamp) :], said)
        except (InvalidSignature, ValueError) as error:
            raise broken(
                where, "it does not fit the text", "the text or the key was changed"
            ) from error
        return time


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its holder's name; `secret` is the 32 bytes that it is made from."""

    name: str
    kind: int
    private: Ed25519PrivateKey | MLDSA44PrivateKey
    verifier: Verifier
    """The public half."""

    @staticmethod
    def of(name: str, kind: int, secret: bytes) -> Signer:
        """The signer from its 32 secret bytes. Raises `LogError` where name or kind are impossible."""
        if not is_key_name(name) or kind not in KINDS or len(secret) != 32:
            raise refused("key", f"`{name}` cannot be a key's name", "no spaces, no plus signs")
        private: Ed25519PrivateKey | MLDSA44PrivateKey
        if kind == MLDSA44:
            private = MLDSA44PrivateKey.from_seed_bytes(secret)
        else:
            private = Ed25519PrivateKey.from_private_bytes(secret)
        public = private.public_key().public_bytes_raw()
        return Signer(name, kind, private, Verifier(name, kind, public))

    def sign(self, text: str, time: int) -> Signature:
        """Sign a note's text (a checkpoint's, but for Ed25519) at a time: seconds since 1970.

        Inverse: `Verifier.check`. Held by `tests/tlog/test_keys.py`.
        """
        data = self.private.sign(_said(self.kind, self.name, text, time))
        stamp = b"" if self.kind == ED25519 else time.to_bytes(8, "big")
        return Signature(self.name, self.verifier.key_id, stamp + data)


@lru_cache(256)
def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def format_vkey(verifier: Verifier) -> str:
    """A public key as one line. Inverse: `parse_vkey`. Held by `tests/tlog/test_keys.py`."""
    code = to_base64(bytes([verifier.kind]) + verifier.public)
    return f"{verifier.name}+{verifier.key_id.hex()}+{code}"


def parse_vkey(text: str, where: object = "verifier key") -> Verifier:
    """Read a public key. Raises `LogError` where its id is not its own, or its kind is unknown here.

    Inverse: `format_vkey`. Held by `tests/tlog/test_keys.py`.

    >>> key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    >>> parse_vkey(key).name, format_vkey(parse_vkey(key)) == key
    ('example.com/foo', True)
    """
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):
        raise refused(where, f"`{text[:40]}` is no verifier key", _HELP)
    data = from_base64(parts[2], where)
    if not data or _KEY_BYTES.get(data[0]) != len(data) - 1:
        raise refused(where, f"the key of `{parts[0]}` is of no kind that is known here", _HELP)
    verifier = Verifier(parts[0], data[0], data[1:])
    if verifier.key_id.hex() != parts[1]:
        raise refused(where, f"the id of the key of `{parts[0]}` is not its own", _HELP)
    return verifier


@dataclass(frozen=True, slots=True)
class Signed:
    """One checked signature: whose, and the time that it states (0: none)."""

    verifier: Verifier
    time: int


def opened(note: Note, verifiers: Iterable[Verifier]) -> list[Signed]:
    """Who of the named keys signed a note; others' signatures say nothing and are passed over.

    Raises `NotProved` where a named key's signature is wrong, or where none of them signed.
    Held by `tests/tlog/test_keys.py`.
    """
    known = {(one.name, one.key_id): one for one in verifiers}
    found: dict[Verifier, Signed] = {}
    for signature in note.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is not None:
            found[verifier] = Signed(verifier, verifier.check(note.text, signature))
    if not found:
        named = ", ".join(sorted({f"`{one.name}`" for one in known.values()})) or "nobody"
        raise broken("note", f"it has no signature of {named}", "name the keys that you trust")
    return list(found.values())


def _said(kind: int, name: str, text: str, time: int) -> bytes:
    """What is signed: the text itself, or what tlog-cosignature makes of it."""
    if kind == ED25519:
        return text.encode()
    if kind == COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    checkpoint = parse_checkpoint(text)
    return b"".join(
        (
            b"subtree/v1\n\x00",
            _short(name),
            time.to_bytes(8, "big"),
            _short(checkpoint.origin),
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def _short(text: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= 255:
        raise refused("checkpoint", f"a name of {len(data)} bytes", "1 to 255 with ML-DSA-44")
    return bytes([len(data)]) + data

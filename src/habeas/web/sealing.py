"""Long files encrypted piece by piece, so that none need be held whole.

    key, name, bytes  ->  seal  ->  MAGIC, salt, pieces of AES-256-GCM  ->  unseal  ->  the same bytes

Promise: what `unseal` has given until it ends is what was sealed under this name; a piece that was altered,
left out, put elsewhere or cut off the end raises.

Each file has a key of its own (HKDF of a random salt, and the name); piece number n has the nonce n, and the last
one is marked, as in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"habeas-sealed/1\n"
KEY_BYTES, SALT_BYTES = 32, 32
PIECE = 1 << 20
"""Bytes of a piece before it is encrypted; the last one may be shorter, or empty."""

_TAG = 16


class SealError(Exception):
    """What was read is not what was sealed, or not with this key or under this name."""


def seal(key: bytes, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The encrypted file of these bytes, piece by piece. Inverse: `unseal`."""
    salt = secrets.token_bytes(SALT_BYTES)
    cipher = _cipher(key, name, salt)
    yield MAGIC + salt
    number, waiting = 0, bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > PIECE:
            yield cipher.encrypt(_nonce(number, False), bytes(waiting[:PIECE]), None)
            del waiting[:PIECE]
            number += 1
    yield cipher.encrypt(_nonce(number, True), bytes(waiting), None)


def unseal(key: bytes, name: str, file: BinaryIO) -> Iterator[bytes]:
    """The bytes of an encrypted file, piece by piece; whole only where it ends without raising.

    Raises `SealError`. Inverse: `seal`.
    """
    head = file.read(len(MAGIC) + SALT_BYTES)
    if len(head) < len(MAGIC) + SALT_BYTES or not head.startswith(MAGIC):
        raise SealError
    cipher = _cipher(key, name, head[len(MAGIC) :])
    number, piece = 0, file.read(PIECE + _TAG)
    while True:
        after = file.read(PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, not after), piece, None)
        except (InvalidTag, ValueError):
            raise SealError from None
        if not after:
            return
        number, piece = number + 1, after


def _cipher(key: bytes, name: str, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=MAGIC + name.encode()).derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])

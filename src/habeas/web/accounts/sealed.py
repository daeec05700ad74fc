"""Secrets of authenticator apps, encrypted before they are stored.

    text  ->  seal  ->  text in the database  ->  unseal  ->  text

Promise: the key is derived from the office's key of files, which is not in the database; what was altered is refused.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_ABOUT = b"habeas: secrets of authenticator apps"
_NONCE = 12  # bytes


def seal(text: str) -> str:
    """Encrypt (AES-256-GCM, a fresh nonce each time); base64 of nonce and what is encrypted."""
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), _ABOUT)).decode()


def unseal(sealed: str) -> str:
    """The inverse of `seal`. Raises `ValueError` where it is altered, or was sealed with another key."""
    raw = base64.b64decode(sealed, validate=True)
    try:
        return _cipher().decrypt(raw[:_NONCE], raw[_NONCE:], _ABOUT).decode()
    except InvalidTag:
        raise ValueError("a factor's secret was altered, or sealed with another key") from None


def _cipher() -> AESGCM:
    derived = HKDF(SHA256(), length=32, salt=None, info=_ABOUT).derive(settings.KEYS.files)
    return AESGCM(derived)

"""Scanning: whether a virus scanner looked at a file, and what it said.

    bytes, socket of clamd  ->  scan  ->  True (looked at), False (there is no scanner), or UploadError

Promise: a scanner that is named and does not answer stops the file; where none is named, that is said and the file
is not called clean.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

from habeas.web.uploads.refusals import refuse

_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"
"""The file by which scanners are tried, which does no harm; in two parts, so that none finds it here."""

_CHUNK, _SECONDS, _ANSWER = 2**16, 30.0, 4096


def scan(data: bytes, clamd: str, name: str = "file") -> bool:
    """Whether the scanner that listens on a socket looked at it and found nothing.

    clamd  path of its Unix socket; empty: there is none, and only the scanners' test file is looked for

    Raises `UploadError`: something was found, or the scanner that is named does not say that nothing was.
    """
    if _EICAR in data:
        raise refuse(name, "test virus")
    if not clamd:
        return False
    try:
        answer = _ask(data, clamd)
    except OSError:
        raise refuse(name, "scanner") from None
    if answer == b"stream: OK":
        return True
    raise refuse(name, "malware" if answer.endswith(b" FOUND") else "scanner")


def _ask(data: bytes, clamd: str) -> bytes:
    """Send it as clamd's `INSTREAM` wants it, and read one answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(_SECONDS)
        wire.connect(clamd)
        for part in _stream(data):
            wire.sendall(part)
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _ANSWER:
            more = wire.recv(_ANSWER)
            if not more:
                break
            answer += more
    return answer.rstrip(b"\0")


def _stream(data: bytes) -> Iterator[bytes]:
    yield b"zINSTREAM\0"
    for at in range(0, len(data), _CHUNK):
        part = data[at : at + _CHUNK]
        yield len(part).to_bytes(4, "big") + part
    yield bytes(4)

"""Kinds of file: what bytes are, whatever their name says.

    bytes  ->  kind_of  ->  Kind, or UploadError

Promise: a file has one kind only: nothing before its beginning, nothing behind its end, no signature of another
kind where programs look for one. Nothing is unpacked here, and time grows with size alone.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from enum import Enum

from habeas.web.uploads.limits import PIECES, PIXELS, SIZE
from habeas.web.uploads.refusals import refuse


class Kind(Enum):
    """A kind of file that is taken; its value is the media type."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    TEXT = "text/plain"
    EMAIL = "message/rfc822"


_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PDF = b"%PDF-"
_SNIFFED = 1024
"""Bytes in which readers look for the beginning of a PDF."""

_ZIP_END = 65_535 + 22
"""Bytes from the end in which a ZIP's directory is looked for."""

_ELSEWHERE = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"__HALT_COMPILER();")
"""Archives that are found behind other bytes."""

_AT = ((257, b"ustar"), (128, b"DICM"), (32_769, b"CD001"), (34_817, b"CD001"))
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|\?php)\b", re.I)
_OTHER_TEXT = re.compile(r"\s*(?:<(?:!doctype|html|head|body|script|svg|\?)|#!|\{\\rtf|%!PS)", re.I)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_FIELD = re.compile(r"[!-9;-~]+:")
_SENT_BY = ("from:", "sender:", "return-path:")
_SENT = ("date:", "received:", "message-id:", "mime-version:")
_HEADER = 64 * 2**10
"""Characters in which the header of an e-mail message ends."""

_SCAN_END = re.compile(rb"(?<=\xff)[^\x00\xff\xd0-\xd7]", re.DOTALL)


def kind_of(data: bytes, name: str = "file") -> Kind:
    """The kind of a file. Raises `UploadError` where it is none that is taken, too big, cut off or of two kinds.

    name  how it is called in the error
    """
    try:
        kind = _begins(data)
        _one_kind(data, kind)
        if kind is Kind.PDF:
            _pdf(data)
        elif kind is Kind.PNG:
            _png(data)
        elif kind is Kind.JPEG:
            _jpeg(data)
    except _Refused as refused:
        raise refuse(name, refused.code) from None
    return kind


class _Refused(Exception):  # noqa: N818  # never leaves this module
    def __init__(self, code: str) -> None:
        self.code = code


def _begins(data: bytes) -> Kind:
    if not data:
        raise _Refused("empty")
    if len(data) > SIZE:
        raise _Refused("size")
    if data.startswith(_PDF):
        return Kind.PDF
    if _PDF in data[:_SNIFFED]:
        raise _Refused("before")
    if data.startswith(_PNG):
        return Kind.PNG
    if data.startswith(_JPEG):
        return Kind.JPEG
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Refused("kind") from None
    if not text.strip() or _CONTROL.search(text) or _OTHER_TEXT.match(text):
        raise _Refused("kind")
    return Kind.EMAIL if _is_email(text) else Kind.TEXT


def _is_email(text: str) -> bool:
    """Whether it begins with the header of a message: who sent it, and a line that only mail has."""
    head, blank, _ = text[:_HEADER].replace("\r\n", "\n").partition("\n\n")
    lines = [line.lower() for line in head.split("\n")]
    return (
        bool(blank)
        and all(line[:1] in (" ", "\t") or _FIELD.match(line) for line in lines)
        and any(line.startswith(_SENT_BY) for line in lines)
        and any(line.startswith(_SENT) for line in lines)
    )


def _one_kind(data: bytes, kind: Kind) -> None:
    if kind in (Kind.TEXT, Kind.EMAIL):
        return  # what follows has bytes that no text has
    if b"PK\x05\x06" in data[-_ZIP_END:] or any(sign in data for sign in _ELSEWHERE):
        raise _Refused("second")
    if any(data.startswith(sign, at) for at, sign in _AT) or _MARKUP.search(data[:_SNIFFED]):
        raise _Refused("second")


def _pdf(data: bytes) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise _Refused("cut off")
    if data[end + 5 :].strip(b" \t\r\n\f\0"):
        raise _Refused("behind")


def _png(data: bytes) -> None:
    for number, (kind, body, end) in enumerate(_chunks(data)):
        if (number == 0) is not (kind == b"IHDR"):
            raise _Refused("damaged")
        if kind == b"IHDR":
            if len(body) != 13:
                raise _Refused("damaged")
            _size(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))
        if kind == b"IEND":
            if end != len(data):
                raise _Refused("behind")
            return


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Each chunk's type, body and end."""
    at = len(_PNG)
    for _ in range(PIECES):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
        if at > len(data):
            raise _Refused("cut off")
        if zlib.crc32(kind + body).to_bytes(4, "big") != data[at - 4 : at]:
            raise _Refused("damaged")
        yield kind, body, at
    raise _Refused("damaged")


def _jpeg(data: bytes) -> None:
    at, sized = 2, False
    for _ in range(PIECES):
        if data[at : at + 1] != b"\xff":
            raise _Refused("damaged" if data[at:] else "cut off")
        while data[at : at + 1] == b"\xff":
            at += 1
        marker, at = data[at : at + 1], at + 1
        if marker == b"\xd9":
            break
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > len(data):
            raise _Refused("cut off")
        if b"\xc0" <= marker <= b"\xcf" and marker not in b"\xc4\xc8\xcc":
            _size(
                int.from_bytes(data[at + 5 : at + 7], "big"),
                int.from_bytes(data[at + 3 : at + 5], "big"),
            )
            sized = True
        at += length
        if marker == b"\xda":
            found = _SCAN_END.search(data, at)
            if found is None:
                raise _Refused("cut off")
            at = found.start() - 1
    else:
        raise _Refused("damaged")
    if not sized:
        raise _Refused("damaged")
    if at != len(data):
        raise _Refused("behind")


def _size(width: int, height: int) -> None:
    if not 0 < width * height <= PIXELS:
        raise _Refused("picture")

"""Signed notes: text with signatures under it (C2SP signed-note).

    text, Signature, …  ->  format_note  ->  note  ->  parse_note  ->  Note

Promise: a note is read in exactly one way; a signature says nothing until `keys.opened` checked it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from habeas.tlog.errors import refused

MAX_NOTE = 512 * 1024
"""Bytes; a signature with ML-DSA-44 takes 3.3 KB."""

MAX_SIGNATURES = 100

_DASH = "— "
_HELP = "see c2sp.org/signed-note"


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note: whose it says it is, and the bytes after the key's id."""

    name: str
    key_id: bytes
    """4 bytes."""
    data: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.data)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and at least one signature, none of them checked."""

    text: str
    signatures: tuple[Signature, ...]


def format_note(note: Note) -> str:
    """A note as it is written. Inverse: `parse_note`. Held by `tests/tlog/test_notes.py`.

    >>> print(format_note(Note("text\\n", (Signature("a.example", b"\\0\\0\\0\\1", b"s"),))))
    text
    <BLANKLINE>
    — a.example AAAAAXM=
    <BLANKLINE>
    """
    return f"{note.text}\n" + "".join(f"{one}\n" for one in note.signatures)


def parse_note(data: bytes | str, where: object = "note") -> Note:
    """Read a note of at most 512 KiB with 1 … 100 signatures.

    Raises `LogError` where anything is not exactly in the format: UTF-8, no control character but
    the newline, canonical base64. Inverse: `format_note`. Held by `tests/tlog/test_notes.py`.
    """
    text = _text(data, where)
    cut = text.rfind("\n\n")
    if cut < 0 or not text.endswith("\n"):
        raise refused(where, "this is no signed note: it has no signatures", _HELP)
    body, lines = text[: cut + 1], text[cut + 2 :].split("\n")[:-1]
    if body == "\n" or not lines:
        raise refused(where, "this is no signed note: text or signatures are missing", _HELP)
    if len(lines) > MAX_SIGNATURES:
        raise refused(where, f"{len(lines)} signatures", f"{MAX_SIGNATURES} at most")
    return Note(body, tuple(parse_signature(line, where) for line in lines))


def parse_signature(line: str, where: object = "note") -> Signature:
    """Read one signature line, without its newline. Inverse: `str` of a `Signature`."""
    name, space, code = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not is_key_name(name):
        raise refused(where, f"`{line[:40]}` is no line of a signature", _HELP)
    data = from_base64(code, where)
    if len(data) < 5:
        raise refused(where, f"the signature of `{name}` is empty", _HELP)
    return Signature(name, data[:4], data[4:])


def parse_signatures(data: bytes | str, where: object = "signatures") -> list[Signature]:
    """Read signature lines that stand alone, as a witness answers them: 1 … 100."""
    text = _text(data, where)
    lines = text.split("\n")
    if lines[-1] or not 2 <= len(lines) <= MAX_SIGNATURES + 1:
        raise refused(where, "these are no signature lines", _HELP)
    return [parse_signature(line, where) for line in lines[:-1]]


def is_key_name(name: str) -> bool:
    """Whether a key may have this name: not empty, without spaces, plus signs or control characters.

    >>> is_key_name("witness.example/w1"), is_key_name("a b"), is_key_name("a+b")
    (True, False, False)
    """
    return bool(name) and not any(one.isspace() or one == "+" or one < " " for one in name)


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, 4). Inverse: `from_base64`."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, where: object = "base64") -> bytes:
    """Bytes from base64 that is written in the one canonical way; else `LogError`.

    >>> from_base64("AAE=")
    b'\\x00\\x01'
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        data = b""
    if to_base64(data) != text:
        raise refused(where, f"`{text[:40]}` is no canonical base64", "see RFC 4648, section 4")
    return data


def parse_number(text: str, where: object) -> int:
    """A number from 0 to 2**63 - 1, decimal, without leading zeros; else `LogError`."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1
    if str(number) != text or not 0 <= number < 2**63:
        raise refused(
            where, f"`{text[:40]}` is no number from 0 on", "digits without leading zeros"
        )
    return number


def _text(data: bytes | str, where: object) -> str:
    if len(data) > MAX_NOTE:
        raise refused(where, f"{len(data)} bytes", f"{MAX_NOTE} at most")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(where, "this is not UTF-8", _HELP) from error
    if any(one < " " and one != "\n" for one in text):
        raise refused(where, "there is a control character in it", _HELP)
    return text


def merged(note: Note, signatures: Iterable[Signature]) -> Note:
    """The note with further signatures, each line once; a newer one of a key takes the older's place."""
    kept = {(one.name, one.key_id): one for one in note.signatures}
    kept.update({(one.name, one.key_id): one for one in signatures})
    return Note(note.text, tuple(kept.values()))

"""Checkpoints: how large a log is, and its root (C2SP tlog-checkpoint).

    Checkpoint  ->  format_checkpoint  ->  text of a note  ->  parse_checkpoint  ->  Checkpoint

Promise: a checkpoint is read in exactly one way; nothing here says that somebody signed it.
"""

from __future__ import annotations

from dataclasses import dataclass

from habeas.tlog.errors import refused
from habeas.tlog.merkle import HASH_BYTES, MAX_SIZE
from habeas.tlog.notes import from_base64, parse_number, to_base64

_HELP = "see c2sp.org/tlog-checkpoint"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's name, its number of leaves (0 … 2**63 - 1) and its root (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines, which no signature with ML-DSA-44 covers; ours have none."""


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """The text of a checkpoint's note. Raises `LogError` where it would not be read as the same.

    Inverse: `parse_checkpoint`. Held by `tests/tlog/test_keys.py`.

    >>> print(format_checkpoint(Checkpoint("log.example", 7, bytes(32))), end="")
    log.example
    7
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    """
    lines = (checkpoint.origin, *checkpoint.extensions)
    if not all(lines) or any(one < " " for line in lines for one in line):
        raise refused("checkpoint", "a line is empty or holds a control character", _HELP)
    if not 0 <= checkpoint.size <= MAX_SIZE or len(checkpoint.root) != HASH_BYTES:
        raise refused("checkpoint", "size or root are out of bounds", _HELP)
    first = [checkpoint.origin, str(checkpoint.size), to_base64(checkpoint.root)]
    return "".join(f"{line}\n" for line in (*first, *checkpoint.extensions))


def parse_checkpoint(text: str, where: object = "checkpoint") -> Checkpoint:
    """Read the text of a checkpoint's note. Raises `LogError` where it is not exactly one.

    Inverse: `format_checkpoint`. Held by `tests/tlog/test_keys.py`.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise refused(where, "this is no checkpoint: three lines are due, none empty", _HELP)
    size, root = parse_number(lines[1], where), from_base64(lines[2], where)
    if len(root) != HASH_BYTES:
        raise refused(where, f"a root of {len(root)} bytes", f"{HASH_BYTES} are due")
    return Checkpoint(lines[0], size, root, tuple(lines[3:-1]))

"""Proofs as files: an entry's place, the way to the root, the signed checkpoint (C2SP tlog-proof).

    Proof  ->  format_proof  ->  text  ->  parse_proof  ->  Proof;  entry, Proof, Policy  ->  check_proof

Promise: a proof that is checked was made for this very entry, and its checkpoint satisfies the policy.
"""

from __future__ import annotations

from dataclasses import dataclass

from habeas.tlog.checkpoint import Checkpoint, parse_checkpoint
from habeas.tlog.errors import refused
from habeas.tlog.merkle import HASH_BYTES, check_inclusion
from habeas.tlog.notes import (
    Note,
    format_note,
    from_base64,
    parse_note,
    parse_number,
    to_base64,
)
from habeas.tlog.policy import Policy, Witnessed

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
_HELP = "see c2sp.org/tlog-proof"


@dataclass(frozen=True, slots=True)
class Proof:
    """That some entry is leaf `index` of the tree under the note's checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    """At most 63, of 32 bytes, from the leaf upward."""
    note: Note
    extra: bytes = b""
    """Nobody signs it; ours have none."""

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint of the note."""
        return parse_checkpoint(self.note.text)


def format_proof(proof: Proof) -> str:
    """A proof as it is written. Inverse: `parse_proof`. Held by `tests/tlog/test_policy.py`."""
    lines = [FIRST_LINE]
    if proof.extra:
        lines.append(f"extra {to_base64(proof.extra)}")
    lines += [f"index {proof.index}", *map(to_base64, proof.hashes), ""]
    return "\n".join(lines) + "\n" + format_note(proof.note)


def parse_proof(text: str, where: object = "proof") -> Proof:
    """Read a proof. Raises `LogError` where anything is not exactly in the format.

    Inverse: `format_proof`. Held by `tests/tlog/test_policy.py`.
    """
    head, blank, rest = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != FIRST_LINE:
        raise refused(where, f"this is no proof: it does not begin with `{FIRST_LINE}`", _HELP)
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "), where)
        if not extra:
            raise refused(where, "the line `extra` is empty", _HELP)
    if not lines or not lines[0].startswith("index "):
        raise refused(where, "the line `index` is missing", _HELP)
    index = parse_number(lines.pop(0).removeprefix("index "), where)
    hashes = tuple(from_base64(line, where) for line in lines)
    if len(hashes) > MAX_HASHES or any(len(one) != HASH_BYTES for one in hashes):
        raise refused(where, "a hash is not of 32 bytes, or there are too many", _HELP)
    note = parse_note(rest, where)
    parse_checkpoint(note.text, where)
    return Proof(index, hashes, note, extra)


def check_proof(leaf: bytes, proof: Proof, policy: Policy) -> Witnessed:
    """Who stands for it, where the proof shows that the entry with this leaf hash is in the log.

    Raises `NotProved` where signatures, quorum or inclusion fail. Held by `tests/tlog/test_policy.py`.
    """
    witnessed = policy.check(proof.note)
    checkpoint = proof.checkpoint
    check_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return witnessed

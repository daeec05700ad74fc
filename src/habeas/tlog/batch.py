"""A batch: entries that were appended together, and the receipts for them.

    Log.append  ->  Batch  ->  receipt(n, disclosures)  ->  Receipt

Promise: there is no receipt without the quorum that the policy asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from habeas.tlog.checkpoint import Checkpoint
from habeas.tlog.entries import parse_entry
from habeas.tlog.errors import refused
from habeas.tlog.notes import Note, Signature
from habeas.tlog.proofs import Proof
from habeas.tlog.receipts import Receipt, light
from habeas.tlog.tiles import WIDTH

if TYPE_CHECKING:
    from habeas.tlog.log import Log

NEAR = 64
"""Tiles whose proofs are kept."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries `start` to `start + len(entries) - 1` of a log."""

    log: Log
    start: int
    entries: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: Note | None
    """With the signatures that a receipt carries (`receipts.light`); None where the policy's quorum did
    not come: the entries are in the log, receipts follow."""

    _near: dict[int, tuple[int, list[tuple[bytes, ...]]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Of tiles in which a proof was asked for: the first entry, and the proofs from it on."""

    def proof(self, number: int) -> Proof:
        """The proof for the entry with this number in the batch, from 0.

        Raises `LogError` where it is not witnessed, or there is none. Held by `tests/tlog/test_log.py`.
        """
        index = self.start + number
        if not self.start <= index < self.checkpoint.size:
            raise refused(self.log.folder, f"this batch has no entry {number}", "ask within it")
        if self.note is None:
            raise refused(
                self.log.folder,
                f"entry {self.start + number} is in the log, and not witnessed yet",
                "`habeas log receipt` hands it out when the witnesses have answered",
            )
        near = self._near.get(index // WIDTH)
        if near is None:
            near = self._prove(index // WIDTH)
        first, ways = near
        return Proof(index, ways[index - first], self.note)

    def _prove(self, tile: int) -> tuple[int, list[tuple[bytes, ...]]]:
        """Make the proofs of the batch's entries in a tile: who asks for one mostly asks for all."""
        size = self.checkpoint.size
        first, last = max(self.start, tile * WIDTH), min(size, (tile + 1) * WIDTH)
        if len(self._near) >= NEAR:
            self._near.clear()
        made = self._near[tile] = first, self.log.ways(first, last, size)
        return made

    def receipt(self, number: int, disclosures: Sequence[str] = ()) -> Receipt:
        """The receipt for an entry of `make_entry`, with its disclosures."""
        return receipt_of(self.log, self.entries[number], disclosures, self.proof(number))


def receipt_of(log: Log, entry: bytes, disclosures: Sequence[str], proof: Proof) -> Receipt:
    """A receipt, with the cosignatures of the public copy that the entry names."""
    before: tuple[Signature, ...] = ()
    note = log.cosignatures(parse_entry(entry).shown.size)
    if note is not None:
        keys = {(w.verifier.name, w.verifier.key_id) for w in log.policy.witnesses.values()}
        kept = light(note, log.policy).signatures
        before = tuple(one for one in kept if (one.name, one.key_id) in keys)
    return Receipt(entry, tuple(disclosures), proof, before)

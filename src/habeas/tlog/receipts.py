"""Receipts: one file that shows that one entry is in the log, and opens what its holder chose.

    entry, disclosures, Proof, cosignatures of the publication before  ->  format_receipt  ->  text
    text  ->  parse_receipt  ->  Receipt  ->  check_receipt(policy)  ->  Finding

Promise: a receipt is checked without any network; what it does not disclose it does not tell.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from habeas.tlog.checkpoint import Checkpoint, format_checkpoint
from habeas.tlog.entries import Entry, disclosed, name_of, parse_entry
from habeas.tlog.errors import broken, refused
from habeas.tlog.merkle import leaf_hash
from habeas.tlog.notes import Note, Signature, parse_signature, to_base64
from habeas.tlog.policy import Policy, Witnessed
from habeas.tlog.proofs import Proof, check_proof, format_proof, parse_proof

FIRST_LINE = "habeas-receipt/v1"
MAX_RECEIPT = 64 * 1024
"""Bytes that are read; ours have at most 4 KB."""

SLACK = 300
"""Seconds by which a stated time may lie outside of what the log shows, unflagged."""

_HELP = "a receipt is one file, as the office handed it out"


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry, what of it is disclosed, and the proof that it is in the log."""

    entry: bytes
    disclosures: tuple[str, ...]
    proof: Proof
    before: tuple[Signature, ...] = ()
    """Cosignatures of the checkpoint that the entry names as the one before it."""

    @property
    def digest(self) -> str:
        """What the next receipt of the same person names as `prev_receipt`: the entry's leaf hash."""
        return to_base64(leaf_hash(self.entry))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a receipt proved."""

    entry: Entry
    values: dict[str, Any]
    index: int
    checkpoint: Checkpoint
    witnessed: Witnessed
    not_before: int | None
    """When a witness had cosigned the checkpoint that the entry names; seconds since 1970."""
    not_after: int | None
    """When so many witnesses had cosigned the entry as the policy asks."""
    flags: tuple[str, ...]
    """What does not fit together, in sentences."""


def format_receipt(receipt: Receipt) -> str:
    """A receipt as it is written. Inverse: `parse_receipt`. Held by `tests/tlog/test_receipts.py`."""
    lines = [
        FIRST_LINE,
        receipt.entry.decode(),
        *map(str, receipt.before),
        *receipt.disclosures,
        "",
    ]
    return "\n".join(lines) + "\n" + format_proof(receipt.proof)


def parse_receipt(data: bytes | str, where: object = "receipt") -> Receipt:
    """Read a receipt. Raises `LogError` where anything is not exactly in the format.

    Inverse: `format_receipt`. Held by `tests/tlog/test_receipts.py`.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(where, "this is not UTF-8", _HELP) from error
    head, blank, rest = text.partition("\n\n")
    first, *lines = head.split("\n")
    if len(data) > MAX_RECEIPT or first != FIRST_LINE or not blank or not lines:
        raise refused(where, f"this is no receipt: `{FIRST_LINE}` is not its first line", _HELP)
    entry = lines.pop(0).encode()
    parse_entry(entry, where)
    before = []
    while lines and lines[0].startswith("— "):
        before.append(parse_signature(lines.pop(0), where))
    for line in lines:
        name_of(line, where)
    return Receipt(entry, tuple(lines), parse_proof(rest, where), tuple(before))


def narrowed(receipt: Receipt, names: Collection[str]) -> Receipt:
    """The receipt with the named disclosures alone, for somebody who shall see no more.

    Raises `LogError` where it has none of a name. Held by `tests/tlog/test_receipts.py`.
    """
    there = {name_of(one): one for one in receipt.disclosures}
    missing = [name for name in names if name not in there]
    if missing:
        known = ", ".join(f"`{name}`" for name in there) or "nothing"
        raise refused("receipt", f"it does not disclose `{missing[0]}`", f"it discloses {known}")
    return replace(receipt, disclosures=tuple(there[name] for name in there if name in names))


def check_receipt(receipt: Receipt, policy: Policy, slack: int = SLACK) -> Finding:
    """What the receipt proves under a policy.

    Raises `NotProved` where the entry is not shown to be in a log of the policy, where the quorum is
    missing, or where a disclosure is not of the entry. A stated time (`decided_at`, ISO 8601 with an
    offset) that lies more than `slack` seconds outside of what witnesses saw is flagged, and so is
    a day that does not fit it. Held by `tests/tlog/test_receipts.py`.
    """
    entry = parse_entry(receipt.entry)
    witnessed = check_proof(leaf_hash(receipt.entry), receipt.proof, policy)
    values = disclosed(entry, receipt.disclosures)
    checkpoint = receipt.proof.checkpoint
    if entry.shown.size > receipt.proof.index:
        raise broken(
            "receipt",
            f"entry {receipt.proof.index} names a checkpoint of {entry.shown.size}, which holds it",
        )
    not_before = _before(receipt, entry, checkpoint.origin, policy)
    flags = tuple(_flags(entry, values, not_before, witnessed.seen, slack))
    return Finding(
        entry,
        values,
        receipt.proof.index,
        checkpoint,
        witnessed,
        not_before,
        witnessed.seen,
        flags,
    )


def check_chain(receipts: Sequence[Receipt]) -> None:
    """Return where each receipt of one person names the one before it; the first names none.

    Raises `NotProved` at the first gap. It looks at `prev_receipt` alone: each receipt is checked by
    `check_receipt`. Held by `tests/tlog/test_receipts.py`.
    """
    before = None
    for number, receipt in enumerate(receipts, 1):
        said = disclosed(parse_entry(receipt.entry), receipt.disclosures).get("prev_receipt")
        if said != before:
            raise broken(
                f"receipt {number}",
                "it does not name the receipt before it",
                "ask for what is missing",
            )
        before = receipt.digest


def light(note: Note, policy: Policy) -> Note:
    """The note with the Ed25519 signatures of the policy's logs and witnesses alone.

    Signatures with ML-DSA-44 take 3.3 KB each; they stand under the published checkpoint. The whole
    note, where what is left would not satisfy the policy. Nothing is verified here.
    """
    short = {
        (one.verifier.name, one.verifier.key_id): name
        for name, one in (*(("", log) for log in policy.logs), *policy.witnesses.items())
        if len(one.verifier.public) == 32
    }
    kept = tuple(one for one in note.signatures if (one.name, one.key_id) in short)
    names = {short[one.name, one.key_id] for one in kept}
    if "" not in names or not policy.satisfied(names - {""}):
        return note
    return Note(note.text, kept)


def _before(receipt: Receipt, entry: Entry, origin: str, policy: Policy) -> int | None:
    """When the publication that the entry names was cosigned, by the earliest of the policy's witnesses."""
    if not receipt.before:
        return None
    text = format_checkpoint(Checkpoint(origin, entry.shown.size, entry.shown.root))
    return min(policy.cosigned(Note(text, receipt.before)).values(), default=None)


def _flags(
    entry: Entry, values: dict[str, Any], not_before: int | None, not_after: int | None, slack: int
) -> list[str]:
    flags = []
    if not_before is not None and not_after is not None and not_before > not_after + slack:
        flags.append("the publication that the entry names was cosigned after the entry was")
    said = values.get("decided_at")
    if said is None:
        return flags
    try:
        moment = datetime.fromisoformat(said)
        if moment.tzinfo is None:
            raise ValueError
    except (ValueError, TypeError):
        return [*flags, f"`decided_at` is no time with an offset: {str(said)[:40]}"]
    if moment.date() != entry.shown.decided_on:
        flags.append(
            f"decided_at {said} is not on the day that the entry shows, {entry.shown.decided_on}"
        )
    if not_before is not None and moment.timestamp() < not_before - slack:
        flags.append(
            f"decided_at {said} is before {as_time(not_before)}, when the publication that it names was cosigned"
        )
    if not_after is not None and moment.timestamp() > not_after + slack:
        flags.append(
            f"decided_at {said} is after {as_time(not_after)}, when the policy's witnesses had already seen the entry"
        )
    return flags


def as_time(seconds: int) -> str:
    """A time in words: `2025-07-17 12:00:00 UTC`; a number that is no time stays one."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return str(seconds)

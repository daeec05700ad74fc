"""Writes `vectors/log/` for anybody's implementation of the public log; `make vectors` runs it.

    fixed keys, salts and entries  ->  good cases  ->  each with named corruptions  ->  vectors/log/*.json

Promise: every corruption differs from a good case in the one way that its name says, and is to be refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from habeas.tlog.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from habeas.tlog.entries import Shown, disclosed, make_entry, parse_entry
from habeas.tlog.errors import LogError
from habeas.tlog.keys import COSIGNATURE, ED25519, MLDSA44, Signer, format_vkey, opened, parse_vkey
from habeas.tlog.merkle import (
    HashAt,
    check_consistency,
    check_inclusion,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root_of,
)
from habeas.tlog.notes import (
    Note,
    Signature,
    format_note,
    from_base64,
    parse_note,
    to_base64,
)
from habeas.tlog.policy import Policy, format_policy, parse_policy
from habeas.tlog.proofs import Proof
from habeas.tlog.receipts import Receipt, check_receipt, format_receipt, narrowed, parse_receipt

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "log"
Case = dict[str, Any]

ORIGIN, OTHER = "jail.example/log", "other.example/log"
ED, MLDSA = (
    Signer.of(ORIGIN, kind, bytes([n]) * 32) for n, kind in ((1, ED25519), (2, MLDSA44))
)  # fmt: skip
ELSEWHERE = Signer.of(OTHER, ED25519, bytes([3]) * 32)
COURT, PAPER, STRANGER = (
    Signer.of(f"{name}.example/w", COSIGNATURE, bytes([n]) * 32)
    for n, name in ((4, "court"), (5, "paper"), (6, "stranger"))
)
NOON = 1_752_753_600
"""2025-07-17 12:00:00 UTC."""

SIZES = (1, 2, 3, 7, 8, 255, 256, 257)
LEAVES = [leaf_hash(b"entry %d" % n) for n in range(300)]


def hash_at(leaves: list[bytes]) -> HashAt:
    return lambda level, index: root_of(leaves[index << level : (index + 1) << level])


def texts(hashes: list[bytes]) -> list[str]:
    return [to_base64(one) for one in hashes]


def flipped(text: str, at: int = 5) -> str:
    """Base64 of the same bytes with one bit changed."""
    data = bytearray(from_base64(text))
    data[at] ^= 1
    return to_base64(bytes(data))


def bad(good: Case, name: str, **changes: Any) -> Case:
    """A corruption of a good case."""
    assert any(good.get(key) != value for key, value in changes.items()), (good["name"], name)
    return {**good, "name": f"{good['name']}: {name}", "of": good["name"], **changes, "expect": "refused"}  # fmt: skip


# -- proofs ---------------------------------------------------------------------------------------


def inclusion() -> Iterator[Case]:
    for size in SIZES:
        for index in sorted({0, size // 2, size - 1}):
            yield from _inclusion(size, index)


def _inclusion(size: int, index: int) -> Iterator[Case]:
    at, root = hash_at(LEAVES), to_base64(root_of(LEAVES[:size]))
    leaf, proof = to_base64(LEAVES[index]), texts(prove_inclusion(index, size, at))
    good: Case = {
        "name": f"entry {index} of {size}", "leaf": leaf, "index": index, "size": size,
        "proof": proof, "root": root, "expect": "holds",
    }  # fmt: skip
    yield good
    data = LEAVES[index]
    yield bad(good, "leaf-hash-31-bytes", leaf=to_base64(data[:31]))
    yield bad(good, "leaf-hash-33-bytes", leaf=to_base64(data + b"\0"))
    yield bad(good, "root-31-bytes", root=to_base64(from_base64(root)[:31]))
    yield bad(good, "another-leaf", leaf=flipped(leaf))
    yield bad(good, "hash-of-the-entry-without-its-zero-byte", leaf=to_base64(sha256(b"entry %d" % index).digest()))  # fmt: skip
    yield bad(good, "root-of-another-tree", root=to_base64(root_of(LEAVES[: size + 1])))
    yield bad(good, "extended-proof", proof=[*proof, leaf])
    yield bad(good, "index-is-the-size", index=size)
    yield bad(good, "negative-index", index=-1)
    yield bad(good, "empty-tree", size=0)
    if proof:
        yield bad(good, "truncated-proof", proof=proof[:-1])
        yield bad(good, "empty-proof", proof=[])
        yield bad(good, "sibling-31-bytes", proof=[to_base64(from_base64(proof[0])[:31]), *proof[1:]])  # fmt: skip
        yield bad(good, "one-bit-of-a-sibling", proof=[*proof[:-1], flipped(proof[-1])])
        yield bad(good, "another-index", index=index ^ 1 if index ^ 1 < size else index - 1)
        first = from_base64(proof[0])
        left = index & 1 or index == size - 1  # the sibling stands on the left
        moved = (data[1:], first + data[:1]) if left else (data + first[:1], first[1:])
        yield bad(good, "a-byte-moved-between-leaf-and-sibling", leaf=to_base64(moved[0]), proof=[to_base64(moved[1]), *proof[1:]])  # fmt: skip
    if len(proof) > 1:
        yield bad(good, "swapped-siblings", proof=[proof[1], proof[0], *proof[2:]])
        joined = to_base64(from_base64(proof[0]) + from_base64(proof[1]))
        yield bad(good, "joined-siblings", proof=[joined, *proof[2:]])
        yield bad(good, "reversed-proof", proof=proof[::-1])


def consistency() -> Iterator[Case]:
    for old, new in ((1, 1), (1, 2), (2, 3), (3, 7), (4, 8), (6, 8), (255, 257), (256, 257), (200, 300)):  # fmt: skip
        yield from _consistency(old, new)


def _consistency(old: int, new: int) -> Iterator[Case]:
    at = hash_at(LEAVES)
    roots = to_base64(root_of(LEAVES[:old])), to_base64(root_of(LEAVES[:new]))
    proof = texts(prove_consistency(old, new, at))
    good: Case = {
        "name": f"{old} before {new}", "old": old, "old_root": roots[0], "new": new,
        "new_root": roots[1], "proof": proof, "expect": "holds",
    }  # fmt: skip
    yield good
    yield bad(good, "old-root-31-bytes", old_root=to_base64(from_base64(roots[0])[:31]))
    yield bad(good, "another-old-root", old_root=flipped(roots[0]))
    yield bad(good, "another-new-root", new_root=flipped(roots[1]))
    yield bad(good, "old-size-zero", old=0)
    yield bad(good, "extended-proof", proof=[*proof, roots[0]])
    if old < new:
        yield bad(good, "swapped-roots", old_root=roots[1], new_root=roots[0])
        yield bad(good, "old-and-new-swapped", old=new, new=old, old_root=roots[1], new_root=roots[0])  # fmt: skip
        yield bad(good, "truncated-proof", proof=proof[:-1])
        yield bad(good, "empty-proof", proof=[])
        yield bad(good, "hash-33-bytes", proof=[*proof[:-1], to_base64(from_base64(proof[-1]) + b"\0")])  # fmt: skip
        yield bad(good, "one-bit-of-a-hash", proof=[*proof[:-1], flipped(proof[-1])])
        yield bad(good, "equal-sizes-with-a-proof", old=new, old_root=roots[1])
        if old & (old - 1) == 0:
            first, rest = from_base64(roots[0]), from_base64(proof[0])
            yield bad(good, "a-byte-moved-between-root-and-hash", old_root=to_base64(first + rest[:1]), proof=[to_base64(rest[1:]), *proof[1:]])  # fmt: skip
    if len(proof) > 1:
        yield bad(good, "swapped-hashes", proof=[proof[1], proof[0], *proof[2:]])
    if old == new:
        yield bad(good, "equal-sizes-other-roots", new_root=to_base64(LEAVES[7]))


# -- entries --------------------------------------------------------------------------------------

HIDDEN = {
    "kind": "decision",
    "decided_at": "2025-07-17T11:58:00+00:00",
    "person": "26-0101",
    "verdicts": {"name": "grant", "release_date": "deny", "überführt — “§ 3” ~~~~~ ?????": "refer"},
    "prev_receipt": None,
}


def made_entry(
    hidden: dict[str, Any], seed: str, size: int = 0, root: bytes | None = None
) -> tuple[bytes, list[str]]:
    """An entry with salts that anybody can make again."""
    numbers = count()

    def salt(length: int) -> bytes:
        return sha256(f"{seed} {next(numbers)}".encode()).digest()[:length]

    shown = Shown("Alder County Sheriff", "ab" * 32, date(2025, 7, 17))
    if root is not None:
        shown = Shown(shown.agency, shown.law, shown.decided_on, size, root)
    with patch("habeas.tlog.entries.secrets.token_bytes", salt):
        return make_entry(shown, hidden)


def entries() -> Iterator[Case]:
    data, opens = made_entry(HIDDEN, "one")
    other, others = made_entry(HIDDEN, "two")
    text = data.decode()
    good: Case = {"name": "all opened", "entry": text, "disclosures": opens, "values": HIDDEN, "expect": "holds"}  # fmt: skip
    yield good
    yield {**good, "name": "one opened", "disclosures": opens[:1], "values": {"kind": "decision"}}
    yield {**good, "name": "none opened", "disclosures": [], "values": {}}
    yield {**good, "name": "another order", "disclosures": opens[::-1]}
    empty, _ = made_entry({}, "three")
    yield {**good, "name": "a dummy", "entry": empty.decode(), "disclosures": [], "values": {}}
    yield bad(good, "disclosure-of-another-entry", disclosures=[others[0]])
    yield bad(good, "disclosure-twice", disclosures=[opens[0], opens[0]])
    yield bad(good, "disclosure-with-padding", disclosures=[opens[0] + "=" * (-len(opens[0]) % 4 or 4)])  # fmt: skip
    yield bad(good, "one-letter-of-a-disclosure", disclosures=[opens[0][:6] + ("A" if opens[0][6] != "A" else "B") + opens[0][7:]])  # fmt: skip
    odd = next(one for one in opens if set("-_") & set(one))
    yield bad(good, "disclosure-in-standard-base64", disclosures=[odd.replace("-", "+").replace("_", "/")])  # fmt: skip
    yield bad(good, "entry-831-bytes", entry=text.replace("..", ".", 1))
    yield bad(good, "entry-833-bytes", entry=text.replace("..", "...", 1))
    yield bad(good, "with-a-space", entry=text.replace('":', '": ', 1).replace("..", ".", 1))
    yield bad(good, "with-a-newline", entry=text.replace("..", ".", 1) + "\n")
    digests = json.loads(text)["_sd"]
    yield bad(good, "digests-not-sorted", entry=text.replace(digests[0], "?").replace(digests[1], digests[0]).replace("?", digests[1]))  # fmt: skip
    yield bad(good, "the-same-digest-twice", entry=text.replace(digests[1], digests[0]))
    yield bad(good, "nine-digests", entry=text.replace(f'"{digests[0]}",', "").replace('"pad":"', '"pad":"' + "." * 46))  # fmt: skip
    yield bad(good, "day-that-is-none", entry=text.replace("2025-07-17", "2025-02-30"))
    yield bad(good, "law-63-digits", entry=text.replace("ab" * 32, "ab" * 31 + "a").replace('"pad":"', '"pad":".'))  # fmt: skip
    yield bad(good, "law-in-capitals", entry=text.replace("ab" * 32, "AB" * 32))
    yield bad(good, "size-with-a-leading-zero", entry=text.replace('"size":"0"', '"size":"00"').replace("..", ".", 1))  # fmt: skip
    yield bad(good, "size-as-a-number", entry=text.replace('"size":"0"', '"size":0').replace('"pad":"', '"pad":"..'))  # fmt: skip
    yield bad(good, "version-2", entry=text.replace('"v":1', '"v":2'))
    yield bad(good, "another-hash", entry=text.replace("sha-256", "sha-512"))
    yield bad(good, "a-further-member", entry=text.replace('"v":1', '"v":1,"w":1').replace("......", "", 1))  # fmt: skip
    yield bad(good, "a-member-twice", entry=text.replace('"v":1', '"v":1,"v":1').replace("......", "", 1))  # fmt: skip
    yield bad(good, "another-entry", entry=other.decode())


# -- notes ----------------------------------------------------------------------------------------


def note_of(text: str, *signatures: Signature) -> str:
    return format_note(Note(text, signatures))


def kept(kind: str, name: str, text: str) -> Signature:
    """A signature with ML-DSA-44, which is another one each time: the one that stands in the file already."""
    path = FOLDER / kind
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    for case in found:
        if case["name"] == name:
            for one in parse_note(case["note"]).signatures:
                if one.key_id == MLDSA.verifier.key_id:
                    MLDSA.verifier.check(text, one)
                    return one
    return MLDSA.sign(text, NOON)


def notes() -> Iterator[Case]:
    text = format_checkpoint(Checkpoint(ORIGIN, 7, root_of(LEAVES[:7])))
    keys = [format_vkey(one.verifier) for one in (ED, MLDSA, COURT)]
    signature, cosignature = ED.sign(text, NOON), COURT.sign(text, NOON + 9)
    quantum = kept("notes.json", "three kinds", text)
    good: Case = {
        "name": "one signature", "note": note_of(text, signature), "keys": keys,
        "signed": {f"{ORIGIN} 1": 0}, "expect": "holds",
    }  # fmt: skip
    three = {
        **good, "name": "three kinds", "note": note_of(text, signature, quantum, cosignature),
        "signed": {f"{ORIGIN} 1": 0, f"{ORIGIN} 6": NOON, f"{COURT.name} 4": NOON + 9},
    }  # fmt: skip
    plain = "any text\n\nwith an empty line\n"
    yield good
    yield three
    yield {**good, "name": "beside a stranger's", "note": note_of(text, STRANGER.sign(text, NOON), signature)}  # fmt: skip
    yield {**good, "name": "a text that is no checkpoint", "note": note_of(plain, ED.sign(plain, 0))}  # fmt: skip
    note = good["note"]
    yield bad(good, "text-changed", note=note.replace("\n7\n", "\n8\n"))
    yield bad(good, "origin-changed", note=note.replace(ORIGIN, OTHER, 1))
    yield bad(good, "key-named-otherwise", keys=[format_vkey(ELSEWHERE.verifier)])
    yield bad(good, "signed-by-a-stranger-alone", note=note_of(text, STRANGER.sign(text, NOON)))
    yield bad(good, "signature-of-63-bytes", note=note_of(text, Signature(ORIGIN, signature.key_id, signature.data[:-1])))  # fmt: skip
    yield bad(good, "one-bit-of-the-signature", note=note_of(text, Signature(ORIGIN, signature.key_id, signature.data[:-1] + bytes([signature.data[-1] ^ 1]))))  # fmt: skip
    yield bad(good, "another-key-id", note=note_of(text, Signature(ORIGIN, b"\0\0\0\1", signature.data)))  # fmt: skip
    yield bad(good, "cosignature-under-the-log's-key", note=note_of(text, Signature(ORIGIN, signature.key_id, cosignature.data)))  # fmt: skip
    yield bad(good, "no-signature", note=f"{text}\n")
    yield bad(good, "no-empty-line", note=f"{text}{signature}\n")
    yield bad(good, "no-newline-at-the-end", note=note[:-1])
    yield bad(good, "hyphen-for-a-dash", note=note.replace("— ", "- "))
    yield bad(good, "carriage-returns", note=note.replace("\n", "\r\n"))
    yield bad(good, "control-character", note=note.replace("jail", "jail\t", 1))
    yield bad(good, "text-after-the-signatures", note=note + "more\n")
    yield bad(good, "signature-without-base64-padding", note=note.rstrip("=\n") + "\n")
    yield bad(good, "vkey-with-another-id", keys=[keys[0].replace(ED.verifier.key_id.hex(), "00000001")])  # fmt: skip
    yield bad(three, "one-of-three-is-wrong", note=note_of(text, signature, quantum, Signature(COURT.name, cosignature.key_id, cosignature.data[:8] + bytes(64))))  # fmt: skip
    yield bad(three, "time-of-a-cosignature-changed", note=note_of(text, signature, Signature(COURT.name, cosignature.key_id, (NOON).to_bytes(8, "big") + cosignature.data[8:])))  # fmt: skip
    yield bad(three, "time-of-an-ml-dsa-signature-changed", note=note_of(text, signature, Signature(ORIGIN, quantum.key_id, (NOON + 1).to_bytes(8, "big") + quantum.data[8:])))  # fmt: skip


# -- policies and checkpoints ---------------------------------------------------------------------

LOG = f"log {format_vkey(ED.verifier)}\n"
WITNESSES = "".join(f"witness {n} {format_vkey(s.verifier)} https://{n}.example\n" for n, s in (("court", COURT), ("paper", PAPER)))  # fmt: skip
ONE, BOTH, ANY = "quorum court\n", "group all-of-them all court paper\nquorum all-of-them\n", "group some any court paper\nquorum some\n"  # fmt: skip
UNWITNESSED, NEEDS_COURT, NEEDS_BOTH = LOG + "quorum none\n", LOG + WITNESSES + ONE, LOG + WITNESSES + BOTH  # fmt: skip


def policies() -> Iterator[Case]:
    good: Case = {"name": "both witnesses", "policy": NEEDS_BOTH, "logs": [ORIGIN], "witnesses": ["court", "paper"], "quorum": "all-of-them", "expect": "holds"}  # fmt: skip
    yield good
    yield {**good, "name": "any witness", "policy": LOG + WITNESSES + ANY, "quorum": "some"}
    yield {**good, "name": "no witness", "policy": UNWITNESSED, "witnesses": [], "quorum": "none"}
    yield {**good, "name": "comments and empty lines", "policy": f"# ours\n\n{NEEDS_BOTH}\n"}
    for name, before, after in (
        ("no-quorum", "quorum all-of-them\n", ""),
        ("two-quorums", "quorum all-of-them\n", "quorum all-of-them\nquorum court\n"),
        ("quorum-of-nobody", "quorum all-of-them", "quorum clinic"),
        ("unknown-member", "all court paper", "all court clinic"),
        ("a-member-twice", "all court paper", "all court court"),
        ("three-of-two", "all court paper", "3 court paper"),
        ("none-of-two", "all court paper", "0 court paper"),
        ("a-group-before-its-members", NEEDS_BOTH, LOG + BOTH + WITNESSES),
        ("a-name-twice", "witness paper", "witness court"),
        ("a-witness-called-none", "witness paper", "witness none"),
        ("a-key-twice", format_vkey(PAPER.verifier), format_vkey(COURT.verifier)),
        ("a-log-with-a-witness's-key", LOG, f"log {format_vkey(COURT.verifier)}\n"),
        ("a-witness-with-a-log's-key", format_vkey(COURT.verifier), format_vkey(ED.verifier)),
        ("a-key-with-another-id", ED.verifier.key_id.hex(), "00000001"),
        ("an-unknown-word", "quorum all", "trust everybody\nquorum all"),
    ):
        yield bad(good, name, policy=NEEDS_BOTH.replace(before, after))


def checkpoints() -> Iterator[Case]:
    root = root_of(LEAVES[:257])
    text = format_checkpoint(Checkpoint(ORIGIN, 257, root))
    log, court, paper = ED.sign(text, 0), COURT.sign(text, NOON), PAPER.sign(text, NOON + 60)
    good: Case = {
        "name": "both cosigned", "note": note_of(text, log, court, paper), "policy": NEEDS_BOTH, "origin": ORIGIN,
        "size": 257, "root": to_base64(root), "witnesses": {"court": NOON, "paper": NOON + 60}, "expect": "holds",
    }  # fmt: skip
    yield good
    one = {**good, "name": "one is enough", "note": note_of(text, log, court), "policy": LOG + WITNESSES + ANY, "witnesses": {"court": NOON}}  # fmt: skip
    yield one
    yield {**good, "name": "none is needed", "note": note_of(text, log), "policy": UNWITNESSED, "witnesses": {}}  # fmt: skip
    longer = format_checkpoint(Checkpoint(ORIGIN, 257, root, ("an extension",)))
    yield {**good, "name": "with an extension", "note": note_of(longer, ED.sign(longer, 0)), "policy": UNWITNESSED, "witnesses": {}}  # fmt: skip
    yield bad(good, "quorum-missing", note=note_of(text, log, court))
    yield bad(good, "log's-signature-missing", note=note_of(text, court, paper))
    yield bad(good, "cosigned-by-a-stranger", note=note_of(text, log, court, STRANGER.sign(text, NOON)))  # fmt: skip
    yield bad(good, "cosignature-twice", note=note_of(text, log, court, court))
    other = format_checkpoint(Checkpoint(ORIGIN, 256, root))
    yield bad(good, "cosignature-of-another-checkpoint", note=note_of(text, log, court, PAPER.sign(other, NOON)))  # fmt: skip

    def signed(changed: str) -> str:
        """Signed by whoever would have to, whatever it says."""
        return note_of(changed, ED.sign(changed, 0), COURT.sign(changed, NOON), PAPER.sign(changed, NOON))  # fmt: skip

    lines = text.split("\n")
    for name, changed in (
        ("wrong-origin", text.replace(ORIGIN, OTHER)),
        ("size-with-a-leading-zero", text.replace("\n257", "\n0257")),
        ("negative-size", text.replace("\n257", "\n-257")),
        ("size-with-a-sign", text.replace("\n257", "\n+257")),
        ("size-beyond-63-bits", text.replace("\n257", f"\n{2**63}")),
        ("root-31-bytes", text.replace(lines[2], to_base64(root[:31]))),
        ("root-33-bytes", text.replace(lines[2], to_base64(root + b"\0"))),
        ("root-in-hexadecimal", text.replace(lines[2], root.hex())),
        ("two-lines", "\n".join(lines[:2]) + "\n"),
        ("an-empty-line", text.replace("\n257", "\n\n257")),
    ):
        yield bad(good, name, note=signed(changed))
    yield bad(one, "policy-of-another-log", policy=f"log {format_vkey(ELSEWHERE.verifier)}\n{WITNESSES}{ANY}")  # fmt: skip


# -- receipts -------------------------------------------------------------------------------------


def receipts() -> Iterator[Case]:
    before = Checkpoint(ORIGIN, 5, root_of(LEAVES[:5]))
    data, opens = made_entry(HIDDEN, "receipt", before.size, before.root)
    after, after_opens = made_entry(HIDDEN, "later", 9, root_of(LEAVES[:9]))
    leaves = [*LEAVES[:6], leaf_hash(data), leaf_hash(after), LEAVES[8]]
    text = format_checkpoint(Checkpoint(ORIGIN, 9, root_of(leaves)))
    note = Note(text, (ED.sign(text, 0), COURT.sign(text, NOON)))
    cosigned = (COURT.sign(format_checkpoint(before), NOON - 3600),)

    def proof(index: int, size: int = 9) -> Proof:
        return Proof(index, tuple(prove_inclusion(index, size, hash_at(leaves))), note)

    made = Receipt(data, tuple(opens), proof(6), cosigned)
    good: Case = {
        "name": "whole", "receipt": format_receipt(made), "policy": NEEDS_COURT, "index": 6, "size": 9, "values": HIDDEN,
        "witnesses": {"court": NOON}, "not_before": NOON - 3600, "not_after": NOON, "flags": 0, "expect": "holds",
    }  # fmt: skip
    yield good
    shown = narrowed(made, ["kind", "verdicts"])
    yield {**good, "name": "two values shown", "receipt": format_receipt(shown), "values": {"kind": HIDDEN["kind"], "verdicts": HIDDEN["verdicts"]}}  # fmt: skip
    yield {**good, "name": "no value shown", "receipt": format_receipt(narrowed(made, [])), "values": {}}  # fmt: skip
    yield {**good, "name": "without the cosignature of the checkpoint before", "receipt": format_receipt(Receipt(data, tuple(opens), proof(6))), "not_before": None}  # fmt: skip
    whole = good["receipt"]
    yield from _flagged(good)
    lines = whole.split("\n")
    yield bad(good, "another-first-line", receipt=whole.replace("habeas-receipt/v1", "habeas-receipt/v2"))  # fmt: skip
    yield bad(good, "one-letter-of-the-entry", receipt=whole.replace("Alder", "Elder"))
    yield bad(good, "wrong-index", receipt=whole.replace("\nindex 6\n", "\nindex 5\n"))
    yield bad(good, "index-with-a-leading-zero", receipt=whole.replace("\nindex 6\n", "\nindex 06\n"))  # fmt: skip
    at = lines.index("index 6")
    yield bad(good, "truncated-proof", receipt="\n".join(lines[: at + 1] + lines[at + 2 :]))
    yield bad(good, "swapped-siblings", receipt="\n".join([*lines[: at + 1], lines[at + 2], lines[at + 1], *lines[at + 3 :]]))  # fmt: skip
    yield bad(good, "sibling-31-bytes", receipt=whole.replace(lines[at + 1], to_base64(from_base64(lines[at + 1])[:31])))  # fmt: skip
    yield bad(good, "proof-of-another-entry", receipt=format_receipt(Receipt(data, tuple(opens), proof(7))))  # fmt: skip
    yield bad(good, "disclosure-of-another-entry", receipt=format_receipt(Receipt(data, (*opens[1:], after_opens[0]), proof(6), cosigned)))  # fmt: skip
    yield bad(good, "disclosure-twice", receipt=format_receipt(Receipt(data, (*opens, opens[0]), proof(6), cosigned)))  # fmt: skip
    yield bad(good, "entry-names-a-checkpoint-that-holds-it", receipt=format_receipt(Receipt(after, tuple(after_opens), proof(7))))  # fmt: skip
    yield bad(good, "cut-off", receipt=whole[:-60])
    yield bad(good, "no-proof", receipt=whole.split("\n\n")[0] + "\n")
    yield bad(good, "quorum-missing", policy=NEEDS_BOTH)
    yield bad(good, "policy-of-another-log", policy=f"log {format_vkey(ELSEWHERE.verifier)}\nquorum none\n")  # fmt: skip
    yield bad(good, "checkpoint-changed", receipt=whole.replace(f"\n{ORIGIN}\n9\n", f"\n{ORIGIN}\n10\n"))  # fmt: skip
    yield bad(good, "checkpoint-before-was-cosigned-otherwise", receipt=whole.replace(str(cosigned[0]), str(COURT.sign(text, NOON - 3600))))  # fmt: skip


def _flagged(good: Case) -> Iterator[Case]:
    """What is proved and does not fit together: accepted, and said."""
    before = Checkpoint(ORIGIN, 5, root_of(LEAVES[:5]))
    for name, said in (
        ("decided before the checkpoint before was cosigned", "2025-07-17T10:00:00+00:00"),
        ("decided after a witness had seen it", "2025-07-17T12:10:00+00:00"),
        ("decided on another day", "2025-07-16T23:59:00+00:00"),
        ("decided at no time", "noon"),
    ):
        hidden = {**HIDDEN, "decided_at": said}
        data, opens = made_entry(hidden, name, before.size, before.root)
        leaves = [*LEAVES[:6], leaf_hash(data), *LEAVES[7:9]]
        text = format_checkpoint(Checkpoint(ORIGIN, 9, root_of(leaves)))
        note = Note(text, (ED.sign(text, 0), COURT.sign(text, NOON)))
        way = Proof(6, tuple(prove_inclusion(6, 9, hash_at(leaves))), note)
        made = Receipt(data, tuple(opens), way, (COURT.sign(format_checkpoint(before), NOON - 3600),))  # fmt: skip
        flags = len(check_receipt(made, parse_policy(good["policy"])).flags)
        assert flags, name
        yield {**good, "name": name, "receipt": format_receipt(made), "values": hidden, "flags": flags}  # fmt: skip


# -- what our own code says of them ---------------------------------------------------------------


def check(kind: str, case: Case) -> Case | None:
    """What a case holds (the members that it states), or None where it is refused."""
    try:
        return CHECKS[kind](case)
    except LogError:
        return None


def _check_inclusion(case: Case) -> Case:
    proof = [from_base64(one) for one in case["proof"]]
    check_inclusion(from_base64(case["leaf"]), case["index"], case["size"], proof, from_base64(case["root"]))  # fmt: skip
    return {}


def _check_consistency(case: Case) -> Case:
    proof = [from_base64(one) for one in case["proof"]]
    check_consistency(case["old"], from_base64(case["old_root"]), case["new"], from_base64(case["new_root"]), proof)  # fmt: skip
    return {}


def _check_entry(case: Case) -> Case:
    return {"values": disclosed(parse_entry(case["entry"].encode()), case["disclosures"])}


def _check_note(case: Case) -> Case:
    signed = opened(parse_note(case["note"]), [parse_vkey(one) for one in case["keys"]])
    return {"signed": {f"{one.verifier.name} {one.verifier.kind}": one.time for one in signed}}


def _check_policy(case: Case) -> Case:
    made: Policy = parse_policy(case["policy"])
    assert parse_policy(format_policy(made)) == made
    return {
        "logs": [one.verifier.name for one in made.logs],
        "witnesses": list(made.witnesses),
        "quorum": made.quorum,
    }


def _check_checkpoint(case: Case) -> Case:
    note = parse_note(case["note"])
    witnessed = parse_policy(case["policy"]).check(note)
    found = parse_checkpoint(note.text)
    return {"origin": found.origin, "size": found.size, "root": to_base64(found.root), "witnesses": witnessed.witnesses}  # fmt: skip


def _check_receipt(case: Case) -> Case:
    found = check_receipt(parse_receipt(case["receipt"]), parse_policy(case["policy"]))
    return {
        "index": found.index, "size": found.checkpoint.size, "values": found.values, "witnesses": found.witnessed.witnesses,
        "not_before": found.not_before, "not_after": found.not_after, "flags": len(found.flags),
    }  # fmt: skip


CHECKS: dict[str, Callable[[Case], Case]] = {
    "inclusion.json": _check_inclusion,
    "consistency.json": _check_consistency,
    "entries.json": _check_entry,
    "notes.json": _check_note,
    "policies.json": _check_policy,
    "checkpoints.json": _check_checkpoint,
    "receipts.json": _check_receipt,
}

KINDS: dict[str, Callable[[], Iterator[Case]]] = {
    "inclusion.json": inclusion,
    "consistency.json": consistency,
    "entries.json": entries,
    "notes.json": notes,
    "policies.json": policies,
    "checkpoints.json": checkpoints,
    "receipts.json": receipts,
}


def files() -> dict[str, str]:
    """Every file of `vectors/log`, by name."""
    return {
        name: json.dumps(list(make()), ensure_ascii=False, indent=1) + "\n"
        for name, make in KINDS.items()
    }

"""Merkle trees as RFC 6962 hashes them: leaves, roots, proofs of inclusion and of consistency.

    entries  ->  leaf_hash  ->  root;  hashes of complete subtrees  ->  prove_*  ->  proof
    proof, root  ->  check_*  ->  nothing, or NotProved

Promise: a proof is accepted only if it was made of the very leaf, place, sizes and roots that it is
checked for; every hash is 32 bytes, or nothing is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import repeat

from habeas.tlog.errors import broken, refused

HASH_BYTES = 32
MAX_SIZE = 2**63 - 1
"""The most leaves that a tree may have (a signed 64-bit number, as in other implementations)."""

EMPTY_ROOT = sha256(b"").digest()
_LEAF = sha256(b"\x00")

HashAt = Callable[[int, int], bytes]
"""`(level, index)` -> the hash over the leaves from `index * 2**level` to `(index + 1) * 2**level`."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry, 32 bytes: SHA-256 of 0x00 and the entry (RFC 6962, 2.1).

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The same for many, without a call for each. Held by `tests/tlog/test_leaves.py`."""
    made = []
    for one in entries:
        leaf = _LEAF.copy()  # takes less time than to copy the entry
        leaf.update(one)
        made.append(leaf.digest())
    return made


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes of 32 bytes: SHA-256 of 0x01, left and right (RFC 6962, 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, at least none; slow and plain, what everything else is held to.

    Held by `tests/tlog/test_merkle.py`.

    >>> root_of([]) == EMPTY_ROOT
    True
    >>> one, two = leaf_hash(b"one"), leaf_hash(b"two")
    >>> root_of([one, two]) == node_hash(one, two)
    True
    """
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return node_hash(root_of(hashes[:split]), root_of(hashes[split:]))


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over the hashes of complete subtrees of falling size, from left to right.

    The hashes are those of `peaks`; no hashes give the root of the empty tree.
    """
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def peaks(size: int) -> list[tuple[int, int]]:
    """The complete subtrees that a tree of `size` leaves falls into: `(level, index)`, largest first.

    >>> peaks(6)
    [(2, 0), (1, 2)]
    """
    return [
        (level, (size >> (level + 1)) << 1)
        for level in range(size.bit_length() - 1, -1, -1)
        if size >> level & 1
    ]


def root_at(size: int, hash_at: HashAt) -> bytes:
    """The root of the first `size` leaves, from hashes of complete subtrees."""
    return fold([hash_at(level, index) for level, index in peaks(size)])


def prove_inclusion(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves, from the leaf's sibling upward.

    index    0 … size - 1
    size     1 … MAX_SIZE
    Inverse: `check_inclusion`. Held by `tests/tlog/test_merkle.py` and `test_vectors.py`.

    >>> hashes = [leaf_hash(bytes([n])) for n in range(3)]
    >>> proof = prove_inclusion(2, 3, lambda level, i: root_of(hashes[i << level : (i + 1) << level]))
    >>> check_inclusion(hashes[2], 2, 3, proof, root_of(hashes))
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise refused("inclusion proof", f"no leaf {index} in a tree of {size}", "ask within it")
    return [_range(low, high, hash_at) for low, high in reversed(_beside(index, 0, size))]


def prove_inclusions(first: int, last: int, size: int, hash_at: HashAt) -> list[tuple[bytes, ...]]:
    """The proofs of the leaves from `first` up to `last`, exclusive, each as `prove_inclusion` makes it.

    first, last, size    0 <= first < last <= size <= MAX_SIZE
    Together they take a fraction of the time: neighbours share most of the way. Held by
    `tests/tlog/test_merkle.py`.
    """
    if not 0 <= first < last <= size <= MAX_SIZE:
        raise refused(
            "inclusion proofs", f"no leaves {first} to {last} in a tree of {size}", "ask within it"
        )
    return _proofs(0, size, first, last, (), hash_at)


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Return where the proof shows that `leaf` (a hash of 32 bytes) is leaf `index` under `root`.

    Raises `NotProved` otherwise, whatever it is given. Inverse: `prove_inclusion`. Held by
    `tests/tlog/test_merkle.py` and `test_vectors.py`.
    """
    where = "inclusion proof"
    _all_hashes(where, leaf, root, *proof)
    if not 0 <= index < size <= MAX_SIZE:
        raise broken(where, f"no leaf {index} can be in a tree of {size}")
    node, last, found = index, size - 1, leaf
    for hash in proof:
        if last == 0:
            raise broken(where, "the proof is longer than the tree is high")
        if node & 1 or node == last:
            found = node_hash(hash, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, hash)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise broken(where, "the proof is shorter than the tree is high")
    if found != root:
        raise broken(where, f"leaf {index} is not in the tree with this root")


def prove_consistency(old: int, new: int, hash_at: HashAt) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962, 2.1.2).

    old, new    1 <= old <= new <= MAX_SIZE; empty where they are equal
    Inverse: `check_consistency`. Held by `tests/tlog/test_merkle.py` and `test_vectors.py`.
    """
    if not 1 <= old <= new <= MAX_SIZE:
        raise refused(
            "consistency proof", f"a tree of {new} cannot begin with one of {old}", "ask from 1 on"
        )
    low, high, aside = 0, new, list[tuple[int, int]]()
    while old < high:
        split = low + _split(high - low)
        if old <= split:
            aside.append((split, high))
            high = split
        else:
            aside.append((low, split))
            low = split
    if (
        low
    ):  # else the old tree is a complete subtree of the new one, and the checker knows its root
        aside.append((low, high))
    return [_range(start, end, hash_at) for start, end in reversed(aside)]


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Return where the proof shows that the tree under `new_root` begins with that under `old_root`.

    The sizes are at least 1: the empty tree is the beginning of every tree, and proves nothing.
    Raises `NotProved` otherwise, whatever it is given. Inverse: `prove_consistency`. Held by
    `tests/tlog/test_merkle.py` and `test_vectors.py`.
    """
    where = "consistency proof"
    _all_hashes(where, old_root, new_root, *proof)
    if not 1 <= old <= new <= MAX_SIZE:
        raise broken(where, f"a tree of {new} cannot be shown to begin with one of {old}")
    hashes = list(proof)
    if old == new:
        if hashes:
            raise broken(where, "two trees of one size need no proof, and this has one")
        if old_root != new_root:
            raise broken(where, f"two different trees of {old} leaves")
        return
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise broken(where, "the proof is empty")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_found = new_found = hashes[0]
    for hash in hashes[1:]:
        if last == 0:
            raise broken(where, "the proof is longer than the tree is high")
        if node & 1 or node == last:
            old_found, new_found = node_hash(hash, old_found), node_hash(hash, new_found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new_found = node_hash(new_found, hash)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise broken(where, "the proof is shorter than the tree is high")
    if old_found != old_root or new_found != new_root:
        raise broken(where, f"the tree of {new} does not begin with the tree of {old}")


def _split(width: int) -> int:
    """The largest power of two below `width`, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def _beside(index: int, low: int, high: int) -> list[tuple[int, int]]:
    """The ranges beside the way from the root down to a leaf."""
    ranges = []
    while high - low > 1:
        split = low + _split(high - low)
        if index < split:
            ranges.append((split, high))
            high = split
        else:
            ranges.append((low, split))
            low = split
    return ranges


def _proofs(
    low: int, high: int, first: int, last: int, above: tuple[bytes, ...], hash_at: HashAt
) -> list[tuple[bytes, ...]]:
    """The proofs of some leaves of a range; `above` is what all of them end with."""
    width = high - low
    if (first, last) == (low, high) and width & (width - 1) == 0:
        columns = []
        for level in range(width.bit_length() - 1):
            row = [hash_at(level, index) for index in range(low >> level, high >> level)]
            # A hash is beside all leaves under its neighbour.
            row[::2], row[1::2] = row[1::2], row[::2]
            columns.append([one for one in row for _ in range(1 << level)])
        # A tree of one leaf has nothing beside it and nothing above: one empty way.
        return list(zip(*columns, *(repeat(one, width) for one in above), strict=True)) or [()]
    split, made = low + _split(width), list[tuple[bytes, ...]]()
    if first < split:
        beside = _range(split, high, hash_at)
        made += _proofs(low, split, first, min(last, split), (beside, *above), hash_at)
    if last > split:
        beside = _range(low, split, hash_at)
        made += _proofs(split, high, max(first, split), last, (beside, *above), hash_at)
    return made


def _range(low: int, high: int, hash_at: HashAt) -> bytes:
    """The root over a range that a proof names: its complete subtrees, from left to right."""
    width = high - low
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return hash_at(level, low >> level)
    hashes = []
    while low < high:
        level = (high - low).bit_length() - 1
        hashes.append(hash_at(level, low >> level))
        low += 1 << level
    return fold(hashes)


def _all_hashes(where: str, *hashes: bytes) -> None:
    for hash in hashes:
        if len(hash) != HASH_BYTES:
            raise broken(where, f"a hash of {len(hash)} bytes, where {HASH_BYTES} are due")

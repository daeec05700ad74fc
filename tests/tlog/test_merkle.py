"""Merkle trees: proofs of all small trees, and of what is not so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.merkle import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    leaf_hash,
    node_hash,
    peaks,
    prove_consistency,
    prove_inclusion,
    prove_inclusions,
    root_at,
    root_of,
)
from tests.tlog.trees import hashes_of, leaves

SMALL = 40


@pytest.mark.parametrize("size", range(1, SMALL))
def test_every_leaf_of_a_small_tree_is_proved_in_its_place_and_in_no_other(size: int) -> None:
    hashes = leaves(size)
    root = root_of(hashes)
    for index in range(size):
        proof = prove_inclusion(index, size, hashes_of(hashes))
        check_inclusion(hashes[index], index, size, proof, root)
        for other in range(size + 1):
            if other != index:
                with pytest.raises(NotProved):
                    check_inclusion(hashes[index], other, size, proof, root)


@given(st.integers(1, 700), st.data())
def test_proofs_of_neighbours_are_those_that_each_has_alone(size: int, data) -> None:
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first + 1, size))
    hash_at = hashes_of(leaves(size))
    alone = [tuple(prove_inclusion(index, size, hash_at)) for index in range(first, last)]
    assert prove_inclusions(first, last, size, hash_at) == alone
    for wrong in ((-1, 1), (first, first), (first, size + 1)):
        with pytest.raises(LogError):
            prove_inclusions(*wrong, size, hash_at)


@pytest.mark.parametrize("size", range(1, SMALL))
def test_every_beginning_of_a_small_tree_is_proved_and_no_other(size: int) -> None:
    hashes, others = leaves(size), leaves(size, "other")
    root = root_of(hashes)
    for old in range(1, size + 1):
        proof = prove_consistency(old, size, hashes_of(hashes))
        check_consistency(old, root_of(hashes[:old]), size, root, proof)
        with pytest.raises(NotProved):
            check_consistency(old, root_of(others[:old]), size, root, proof)
        for wrong in range(1, size):
            if wrong != old:
                with pytest.raises(NotProved):
                    check_consistency(wrong, root_of(hashes[:old]), size, root, proof)


@given(st.integers(1, 2000), st.data())
def test_a_proof_with_one_bit_flipped_or_one_hash_more_or_less_proves_nothing(size, data) -> None:
    hashes = leaves(size)
    root, index = root_of(hashes), data.draw(st.integers(0, size - 1))
    proof = prove_inclusion(index, size, hashes_of(hashes))
    check_inclusion(hashes[index], index, size, proof, root)
    wrong = [[*proof, bytes(32)], [bytes(32), *proof]]
    if proof:
        at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        flipped = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
        wrong += [proof[1:], proof[:-1], [*proof[:at], flipped, *proof[at + 1 :]]]
    for each in wrong:
        with pytest.raises(NotProved):
            check_inclusion(hashes[index], index, size, each, root)


def test_a_leaf_hash_of_another_length_proves_nothing() -> None:
    # Two leaves' hashes in a row are not a leaf: with no check of lengths they would pass for one.
    one, two = leaf_hash(b"one"), leaf_hash(b"two")
    with pytest.raises(NotProved, match="64 bytes"):
        check_inclusion(one + two, 0, 1, [], one + two)
    with pytest.raises(NotProved, match="0 bytes"):
        check_inclusion(b"", 0, 1, [], b"")
    with pytest.raises(NotProved, match="31 bytes"):
        check_inclusion(one, 0, 2, [two[:31]], node_hash(one, two))
    with pytest.raises(NotProved, match="12 bytes"):
        check_consistency(1, b"not a digest", 1, b"not a digest", [])


def test_the_empty_tree_is_shown_to_be_the_beginning_of_nothing() -> None:
    with pytest.raises(NotProved):
        check_consistency(0, EMPTY_ROOT, 1, leaf_hash(b""), [])
    with pytest.raises(LogError):
        prove_consistency(0, 1, hashes_of(leaves(1)))


def test_the_roots_are_those_of_rfc_6962_test_data() -> None:
    # Certificate Transparency's own reference leaves and roots, of sizes 1 to 8.
    given = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    hashes = [leaf_hash(bytes.fromhex(each)) for each in given]
    assert {size: root_of(hashes[:size]).hex() for size in roots} == roots


@given(st.integers(0, 3000))
def test_a_root_from_complete_subtrees_is_the_plain_root(size: int) -> None:
    hashes = leaves(size)
    assert root_at(size, hashes_of(hashes)) == root_of(hashes)
    assert sum(1 << level for level, _ in peaks(size)) == size

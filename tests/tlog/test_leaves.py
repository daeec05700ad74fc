"""Hashing many at once gives the hashes of the plain definitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.tlog.errors import LogError
from habeas.tlog.leaves import LeafHasher
from habeas.tlog.merkle import leaf_hash, leaf_hashes, node_hash
from habeas.tlog.tiles import even_step, format_bundle, parents, parse_bundle

EVEN = st.tuples(st.integers(0, 300), st.integers(1, 256), st.integers(0, 255)).map(
    lambda one: [bytes([(one[2] + n) % 256]) * one[0] for n in range(one[1])]
)
"""Bundles of entries of one length, full and partial."""

BUNDLES = EVEN | st.lists(st.binary(max_size=300), min_size=1, max_size=256)


@given(st.lists(BUNDLES, min_size=1, max_size=6), st.booleans())
def test_bundles_one_after_another_have_the_hashes_of_their_entries(bundles, view: bool) -> None:
    hasher = LeafHasher()
    for entries in bundles:
        data = format_bundle(entries)
        given = memoryview(data) if view else data
        assert hasher.hashes(given, len(entries)) == [leaf_hash(one) for one in entries]
        assert format_bundle(entries) == data  # it is not written to


@given(BUNDLES, st.data())
def test_what_is_no_bundle_is_refused_as_the_plain_reader_does(entries, data) -> None:
    made = format_bundle(entries)
    at, bit = data.draw(st.integers(0, len(made) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(made)
    flipped[at] ^= 1 << bit
    for wrong in (made[:-1], made + b"\0", made + b"\0\0", bytes(flipped)):
        try:
            plain: object = [leaf_hash(one) for one in parse_bundle(wrong, len(entries), "bundle")]
        except LogError as error:
            plain = error.problems
        try:
            found: object = LeafHasher().hashes(wrong, len(entries), "bundle")
        except LogError as error:
            found = error.problems
        assert found == plain


def test_one_length_that_differs_takes_the_plain_way() -> None:
    even = format_bundle([bytes(832)] * 256)
    assert even_step(even, 256) == 834
    for at in (0, 1, 834 * 255, 834 * 255 + 1):
        wrong = bytearray(even)
        wrong[at] ^= 1
        assert even_step(bytes(wrong), 256) == 0
        with pytest.raises(LogError):
            LeafHasher().hashes(bytes(wrong), 256)


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_many_leaves_have_the_hashes_that_each_has(entries) -> None:
    assert leaf_hashes(entries) == [leaf_hash(one) for one in entries]
    hashes = leaf_hashes(entries)
    pairs = zip(hashes[::2], hashes[1::2], strict=False)
    assert parents(hashes) == [node_hash(left, right) for left, right in pairs]

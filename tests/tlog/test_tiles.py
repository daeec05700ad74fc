"""Tiles: paths and bundles are read in one way; a tree's tiles are those of the specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.tlog.errors import LogError
from habeas.tlog.merkle import root_of
from habeas.tlog.tiles import (
    ENTRIES,
    Tile,
    edge_of,
    format_bundle,
    parse_bundle,
    parse_hashes,
    parse_tile_path,
    root_of_tile,
    tile_path,
    tiles_of,
)
from tests.tlog.trees import leaves

TILES = st.builds(Tile, st.integers(ENTRIES, 63), st.integers(0, 2**55), st.integers(1, 256))


@given(TILES)
def test_a_path_names_its_tile(tile: Tile) -> None:
    assert parse_tile_path(tile_path(tile)) == tile


@pytest.mark.parametrize(
    "path",
    ["tile/0/1", "tile/0/0001", "tile/0/x000/001", "tile/64/000", "tile/00/000", "tile/0/000.p/0",
     "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/001/002", "tile/0/x001", "tile/-1/000",
     "/tile/0/000", "tile/0/000\n", "tile/0/\u0660\u0660\u0660", "tile/data/000", "../tile/0/000"],
)  # fmt: skip
def test_no_other_path_names_a_tile(path: str) -> None:
    with pytest.raises(LogError):
        parse_tile_path(path)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    data = format_bundle(entries)
    assert parse_bundle(data, len(entries)) == entries
    for wrong in (data[:-1], data + b"\0", data + b"\0\0"):
        with pytest.raises(LogError):
            parse_bundle(wrong, len(entries))
    with pytest.raises(LogError):
        parse_bundle(data, len(entries) + 1)


@pytest.mark.parametrize("entries", [[b"aaa", b"b", bytes(5)], [bytes(3), b"b", b"aaaaa"], [b""] * 4,
                                     [b"aa", b"", bytes(4)], [bytes(257)] * 3])  # fmt: skip
def test_entries_that_together_are_as_long_as_equal_ones_are_told_apart(entries) -> None:
    assert parse_bundle(format_bundle(entries), len(entries)) == entries


def test_the_longest_entry_fits_and_a_longer_one_does_not() -> None:
    assert parse_bundle(format_bundle([bytes(65_535)]), 1) == [bytes(65_535)]
    with pytest.raises(LogError):
        format_bundle([bytes(65_536)])


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    found = [tile for tile in tiles_of(70_000) if tile.level != ENTRIES]
    counts = {(tile.level, tile.width): 0 for tile in found}
    for tile in found:
        counts[tile.level, tile.width] += 1
    assert counts == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}
    assert [(t.level, t.width) for t in edge_of(70_000)] == [(0, 112), (1, 17), (2, 1)]
    assert [(t.level, t.width) for t in edge_of(256)] == [(1, 1)]


@given(st.integers(0, 10**12), st.integers(0, 2000))
def test_the_tiles_since_a_size_are_those_that_changed(since: int, more: int) -> None:
    if since < 20_000:
        old, new = set(tiles_of(since)), set(tiles_of(since + more))
        assert set(tiles_of(since + more, since)) == new - old
    else:
        assert len(list(tiles_of(since + more, since))) <= 2 * (more // 256 + 2) + 20


def test_a_full_tile_has_the_root_of_its_leaves() -> None:
    hashes = leaves(256)
    assert root_of_tile(hashes) == root_of(hashes)
    with pytest.raises(LogError):
        parse_hashes(b"".join(hashes)[:-1], 256)

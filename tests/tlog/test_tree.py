"""The growing tree has the roots, proofs and tiles of the plain definition."""

from hypothesis import given
from hypothesis import strategies as st

from habeas.tlog.merkle import check_inclusion, leaf_hash, prove_inclusion, root_of
from habeas.tlog.tiles import ENTRIES, WIDTH, Tile, parse_tile_path, tile_path, tiles_of
from habeas.tlog.tree import Tree


def entries_of(size: int) -> list[bytes]:
    return [str(n).encode() for n in range(size)]


def grown(steps: list[int]) -> tuple[Tree, dict[str, bytes], list[bytes]]:
    files: dict[str, bytes] = {}
    tree = Tree(lambda tile: files[tile_path(tile)])
    entries, at = entries_of(sum(steps)), 0
    for step in steps:
        files |= tree.grow(entries[at : at + step])
        at += step
    return tree, files, entries


@given(st.lists(st.integers(0, 700), max_size=12))
def test_it_does_not_matter_in_which_steps_a_tree_grows(steps: list[int]) -> None:
    tree, files, entries = grown(steps)
    assert tree.size == len(entries)
    assert tree.root() == root_of([leaf_hash(one) for one in entries])
    assert {*files, *tree.edge_files()} == {tile_path(tile) for tile in tiles_of(tree.size)}
    assert tree.tail == entries[tree.size // WIDTH * WIDTH :]


@given(st.integers(1, 3000), st.data())
def test_a_tree_from_its_full_tiles_goes_on_as_before(size: int, data) -> None:
    tree, files, entries = grown([size])
    full = size // WIDTH * WIDTH
    again = Tree.at(full, lambda tile: files[tile_path(tile)])
    again.grow(entries[full:])
    assert again.root() == tree.root() and again.edge_files() == tree.edge_files()
    index = data.draw(st.integers(0, size - 1))
    proof = prove_inclusion(index, size, again.hash_at)
    check_inclusion(leaf_hash(entries[index]), index, size, proof, tree.root())


def test_a_tree_of_70000_is_read_back_from_its_tiles() -> None:
    tree, files, entries = grown([70_000])
    full = 70_000 // WIDTH * WIDTH
    again = Tree.at(full, lambda tile: files[tile_path(tile)])
    again.grow(entries[full:])
    assert again.root() == tree.root() == root_of([leaf_hash(one) for one in entries])
    assert again.edge_files() == tree.edge_files()
    assert {parse_tile_path(path).level for path in files} == {ENTRIES, 0, 1}
    assert Tile(1, 0) in map(parse_tile_path, files)
    for index in (0, 65_535, 65_536, 69_887, 69_888, 69_999):
        proof = prove_inclusion(index, 70_000, again.hash_at)
        check_inclusion(leaf_hash(entries[index]), index, 70_000, proof, tree.root())

"""Trees of made-up entries, small and slow, for tests."""

from habeas.tlog.merkle import HashAt, leaf_hash, node_hash


def leaves(size: int, salt: str = "") -> list[bytes]:
    return [leaf_hash(f"{salt}{n}".encode()) for n in range(size)]


def hashes_of(all_leaves: list[bytes]) -> HashAt:
    """`hash_at` of a tree, remembered level by level."""
    levels = [all_leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]

"""What is said of groups of items, brought down to single items.

    {group or item: {fact: said}}  ->  spread  ->  {(item, fact): said}, clashes

Promise: a group speaks for each of its items, an item for itself before any group; two groups that
overlap and differ are never settled by their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from habeas.law.vocabulary import Vocabulary

Said = TypeVar("Said")


class Clash(NamedTuple):
    """Two groups that say different things of a fact of one item."""

    item: str
    fact: str
    first: str
    second: str


def spread(
    table: Mapping[str, Mapping[str, Said]], vocabulary: Vocabulary
) -> tuple[dict[tuple[str, str], Said], list[Clash]]:
    """Bring down to items; words that the vocabulary does not have are passed over.

    The keys of the result are in the vocabulary's order of items. At most one clash is told for
    each fact of each group.
    """
    found: dict[tuple[str, str], tuple[str, Said]] = {}
    clashes: dict[tuple[str, str], Clash] = {}
    for word in sorted(table, key=lambda word: word in vocabulary.items):
        for item in vocabulary.expand(word):
            for fact, said in table[word].items():
                first = found.get((item, fact))
                if first and word not in vocabulary.items and first[1] != said:
                    own = item in table and fact in table[item]
                    if not own:
                        clashes.setdefault((word, fact), Clash(item, fact, first[0], word))
                found[item, fact] = (word, said)
    order = {item: number for number, item in enumerate(vocabulary.items)}
    keys = sorted(found, key=lambda key: order[key[0]])
    return {key: found[key][1] for key in keys}, list(clashes.values())

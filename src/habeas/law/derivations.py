"""Derivations: which item gives away which.

    laws/vocabulary.md, `## Derivations`  ->  Derivation;  items that are known  ->  computable

Promise: `computable` only ever adds items, adds no more when it is asked again, and of more items
finds no less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from habeas.errors import Place

GIVES, CAN_GIVE = "gives away", "can give away"
"""How sure a derivation is: always, or in some cases that plainly occur."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """Whoever has all of `given` has `item` too.

    given    items, in the order in which they are written
    item     what they give away; none of them
    certain  True: always (`gives away`); False: in some cases (`can give away`)
    reason   why, in a sentence
    """

    given: tuple[str, ...]
    item: str
    certain: bool
    reason: str
    place: Place = field(compare=False)

    @property
    def how(self) -> str:
        """As the vocabulary writes it."""
        return GIVES if self.certain else CAN_GIVE

    def __str__(self) -> str:
        """As people read it: `booking_details with charges can give away name`."""
        return f"{' with '.join(self.given)} {self.how} {self.item}"


def computable(
    derivations: Iterable[Derivation], known: Iterable[str], *, certain: bool = False
) -> frozenset[str]:
    """Every item that somebody has who has the items of `known`: these too, and all that follows.

    certain  count only what is always given away; left out: also what can be

    >>> one = Derivation(("release_details",), "custody_status", True, "", Place("vocabulary.md"))
    >>> sorted(computable([one], {"release_details"}))
    ['custody_status', 'release_details']
    """
    found = set(known)
    waiting = [one for one in derivations if one.certain or not certain]
    while True:
        new = {one.item for one in waiting if found.issuperset(one.given)} - found
        if not new:
            return frozenset(found)
        found |= new

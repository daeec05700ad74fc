"""What acts on an item, by bits: a finding where Kleene's logic says all of it.

    RuleSet, item  ->  Acting;  which blocks' conditions are yes, which unknown  ->  settle  ->  Finding, or None

Promise: what `settle` finds is what `interpreter.find` finds; where anything of it is open it finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

from habeas.law.interpreter import DECIDING, OUTCOMES, Finding, Truth, basis_of
from habeas.law.ruleset import RuleSet

Words = tuple[int, int]
"""Terms that are yes, and terms that are unknown, a bit for each."""

_MEMO = 10_000
"""Entries that a memo may hold before it is emptied."""


def _could(value: Truth) -> tuple[bool, ...]:
    return (True, False) if value is None else (value,)


BASES = {
    (forbid, require, permit): bases.pop() if len(bases) == 1 else None
    for forbid, require, permit in product((True, False, None), repeat=3)
    for bases in [
        {basis_of(f, r, p) for f in _could(forbid) for r in _could(require) for p in _could(permit)}
    ]
}
"""By whether some forbid, some require and some permit acts, the basis if there can be but one."""


class Acting:
    """What acts on an item, each block a bit: what is *no* costs nothing.

    bits   of each block that bears on the item; those within `terms` are that of a term
    terms  the blocks that are one term each, with their bits
    others the bits of the others, with their blocks
    names  the block of each bit
    kinds  the bits of what forbids, requires, permits; `rules`, all of them
    beaten by bit, the bits that beat it; whatever beats another stands before it
    """

    def __init__(self, rules: RuleSet, item: str, bits: dict[str, int], terms: int) -> None:
        self.others = [(bit, block) for block, bit in bits.items() if bit > terms]
        self.terms = [(block, bit) for block, bit in bits.items() if bit <= terms]
        self.own_terms = terms & _any(bits.values())
        self.names = {bit: block for block, bit in bits.items()}
        self.contested = _any(bit for block, bit in bits.items() if block in rules.contested)
        kinds = dict.fromkeys(("forbid", "require", "permit"), 0)
        for rule in rules.rules(item):
            kinds[rules.blocks[rule].kind] |= bits[rule]
        self.kinds = tuple(kinds.values())
        self.rules = _any(self.kinds)
        self.deciding = {
            basis: _any(kinds[kind] for kind in deciding) for basis, deciding in DECIDING.items()
        }
        self.beaten: dict[int, int] = {}

        def beat(block: str) -> None:
            by = rules.beaters_for(block, item)
            if by and bits[block] not in self.beaten:
                for other in by:
                    beat(other)
                self.beaten[bits[block]] = _any(bits[other] for other in by)

        for block in bits:
            beat(block)
        self._all_beaten = _any(self.beaten)
        self._found: dict[Any, Finding] = {}

    def settle(self, yes: int, unknown: int, more: Words) -> Finding | None:
        """The finding where Kleene's logic says all of it, else None; `more` are the bits of `others`."""
        yes, unknown = yes & self.own_terms | more[0], unknown & self.own_terms | more[1]
        unknown |= yes & self.contested
        yes &= ~self.contested
        own = unknown  # which of the blocks' own conditions are open, of those that are not no
        beaten: list[tuple[int, int]] = []
        if (yes | unknown) & self._all_beaten:
            for bit, by in self.beaten.items():
                if not (yes | unknown) & bit or not (yes | unknown) & by:
                    continue
                beating = yes & by
                if bit & self.rules:
                    if own & bit or unknown & by:
                        return None  # whether it is beaten, and by which, is open
                    beaten.append((bit, beating))
                if beating:
                    yes, unknown = yes & ~bit, unknown & ~bit
                elif yes & bit:
                    yes, unknown = yes & ~bit, unknown | bit
        forbid, require, permit = (
            True if yes & of else None if unknown & of else False for of in self.kinds
        )
        basis = BASES[forbid, require, permit]
        if basis is None or unknown & self.deciding[basis]:
            return None
        key = basis, yes & self.deciding[basis], tuple(beaten)
        found = self._found.get(key)
        if found is None:
            make_room(self._found)
            found = self._found[key] = self.finding(*key)
        return found

    def finding(self, basis: str, deciding: int, beaten: tuple[tuple[int, int], ...]) -> Finding:
        """The finding of a basis by what decides, with each bit that is beaten and those that beat it."""
        defeated = sorted((self.names[bit], self._named(by)) for bit, by in beaten)
        return Finding(OUTCOMES[basis], basis, self._named(deciding), tuple(defeated), ())

    def _named(self, bits: int) -> tuple[str, ...]:
        return tuple(sorted(block for bit, block in self.names.items() if bits & bit))


def make_room(memo: dict[Any, Any], most: int | None = None) -> None:
    """Empty a memo that is full: that holds `most` entries, or as many as others may."""
    if len(memo) >= (most or _MEMO):
        memo.clear()


def _any(bits: Iterable[int]) -> int:
    """All of these bits together."""
    return reduce(or_, bits, 0)

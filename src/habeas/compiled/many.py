"""What Kleene's logic says of many states at once: each block a column of yes and one of unknown.

    Compiled, what is known of items  ->  Many.settle(yes, unknown)  ->  for each state, a finding of each group

Promise: of each state what `Compiled.rule_words` says of it. `Acting.settle` has the same steps for one state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from habeas.compiled.acting import BASES, Acting
from habeas.compiled.closure import Bit, Compiled, Group
from habeas.law.conditions import And, Not, Or
from habeas.law.facts import Facts
from habeas.law.interpreter import DECIDING, Finding, truth

Column = NDArray[np.bool_]
"""A yes or no for each state."""

OPEN = -1
"""No finding: Kleene's logic leaves something open."""

_BASIS = list(DECIDING)
_KINDS = ("forbid", "require", "permit")
_OF_KINDS = np.array(
    [
        OPEN if (basis := BASES[forbid, require, permit]) is None else _BASIS.index(basis)
        for forbid, require, permit in product((False, True, None), repeat=3)
    ]
)
"""The basis by what is so of the kinds: 0 none acts, 1 some acts, 2 it is open, as digits of three."""

_DECIDES = np.array([[kind in DECIDING[basis] for basis in _BASIS] for kind in _KINDS])


class Many:
    """All states of whose items the same is known.

    findings  by number, what was found so far
    """

    def __init__(self, compiled: Compiled, facts: Facts) -> None:
        self._compiled = compiled
        self._owned = compiled.owned_by(facts)
        self.findings: list[Finding] = []
        self._groups = [_Settled(one.acting, self.findings) for one in self._owned.groups]

    def settle(
        self, states: int, yes: Sequence[Column], unknown: Sequence[Column]
    ) -> NDArray[np.int32]:
        """For each state (rows) and group of items (columns) the number of its finding, or `OPEN`.

        states        how many; a law may have no terms
        yes, unknown  of each of the compiled terms, a column over the states
        """
        found = np.full((states, len(self._groups)), OPEN, np.int32)
        if self._compiled.mixed:  # then the words do not say all
            return found
        for at, (group, settled) in enumerate(zip(self._owned.groups, self._groups, strict=True)):
            held: dict[int, Column] = {}
            left: dict[int, Column] = {}
            for _, bit in group.acting.terms:
                held[bit], left[bit] = yes[bit.bit_length() - 1], unknown[bit.bit_length() - 1]
            for bit, block in group.acting.others:
                skeleton = self._compiled.skeletons[block]
                held[bit], left[bit] = _truths(skeleton, group, yes, unknown, states)
            found[:, at] = settled.settle(held, left, states)
        return found

    def of_items(self, row: Iterable[int]) -> dict[str, Finding | None]:
        """The findings of one row of `settle` by item, as `Compiled.rule_words` gives them."""
        of = [None if number == OPEN else self.findings[number] for number in row]
        items = self._compiled.rules.vocabulary.items
        return dict(zip(items, [of[at] for at in self._owned.at], strict=True))


class _Settled:
    """One group's blocks, over many states.

    Each distinct outcome (basis, what decides, what is beaten by which) is one key of bits, and becomes a finding once.
    """

    def __init__(self, acting: Acting, findings: list[Finding]) -> None:
        self._acting = acting
        self._findings = findings
        self._numbers: dict[bytes, int] = {}
        self._beaten = [(bit, _bits(by)) for bit, by in acting.beaten.items()]
        self._kinds = [_bits(kind) for kind in acting.kinds]

    def settle(
        self, held: dict[int, Column], left: dict[int, Column], states: int
    ) -> NDArray[np.int32]:
        """The number of each state's finding; changes both dictionaries, not the columns."""
        acting, no = self._acting, np.zeros(states, np.bool_)
        for bit in _bits(acting.contested):
            held[bit], left[bit] = no, left[bit] | held[bit]
        own = dict(left)
        open_, told = no, []
        for bit, by in self._beaten:
            beats, may = _some(held, by, no), _some(left, by, no)
            acted = (held[bit] | left[bit]) & (beats | may)
            if bit & acting.rules:
                open_ = open_ | acted & (own[bit] | may)
                told += [acted & held[one] for one in by]
            left[bit] = left[bit] & ~(acted & beats) | acted & ~beats & held[bit]
            held[bit] = held[bit] & ~acted
        basis, decides, more = self._basis(held, left, no)
        open_ = open_ | more
        key = [(basis >> n & 1).astype(np.bool_) for n in range(3)]
        for bits, deciding in zip(self._kinds, decides, strict=True):
            key += [held[bit] & deciding for bit in bits]
        return self._numbered(np.stack([*key, *told]), ~open_)

    def _basis(
        self, held: dict[int, Column], left: dict[int, Column], no: Column
    ) -> tuple[NDArray[np.int64], list[Column], Column]:
        """The basis; which kinds decide by it; and where it, or what decides, is open."""
        code = np.zeros(len(no), np.int64)
        may = []
        for bits in self._kinds:
            some = _some(held, bits, no)
            may.append(_some(left, bits, no))
            code = 3 * code + np.where(some, 1, np.where(may[-1], 2, 0))
        basis = _OF_KINDS[code]
        open_ = basis == OPEN
        basis = np.where(open_, 0, basis)
        decides = [of_basis[basis] for of_basis in _DECIDES]
        for one, deciding in zip(may, decides, strict=True):
            open_ = open_ | one & deciding
        return basis, decides, open_

    def _numbered(self, key: Any, settled: Column) -> NDArray[np.int32]:
        found = np.full(len(settled), OPEN, np.int32)
        packed = np.packbits(key[:, settled], axis=0, bitorder="little")
        told = np.ascontiguousarray(packed.T).view(f"V{len(packed)}").ravel().tolist()
        numbers = self._numbers
        for one in set(told) - numbers.keys():
            numbers[one] = len(self._findings)
            self._findings.append(self._finding(int.from_bytes(one, "little")))
        found[settled] = [numbers[one] for one in told]
        return found

    def _finding(self, key: int) -> Finding:
        """The finding that a key stands for, its bits read in the order in which they were put."""
        basis, key = _BASIS[key & 7], key >> 3
        deciding, beaten = 0, []
        for bit in (bit for bits in self._kinds for bit in bits):
            deciding, key = deciding | (key & 1) * bit, key >> 1
        for bit, by in self._beaten:
            if bit & self._acting.rules:
                beating = 0
                for one in by:
                    beating, key = beating | (key & 1) * one, key >> 1
                if beating:
                    beaten.append((bit, beating))
        return self._acting.finding(basis, deciding, tuple(beaten))


def _truths(
    part: Any, group: Group, yes: Sequence[Column], unknown: Sequence[Column], states: int
) -> tuple[Column, Column]:
    """Where a block's own condition is yes, and where it is unknown."""
    if isinstance(part, Bit):
        return yes[part.index], unknown[part.index]
    if isinstance(part, Not):
        held, left = _truths(part.arg, group, yes, unknown, states)
        return ~held & ~left, left
    if isinstance(part, And | Or):
        args = [_truths(arg, group, yes, unknown, states) for arg in part.args]
        if isinstance(part, And):  # as `or` of the opposites
            args = [(~held & ~left, left) for held, left in args]
        no = np.zeros(states, np.bool_)
        some = reduce(or_, [held for held, _ in args], no)
        may = reduce(or_, [left for _, left in args], no) & ~some
        return (~some & ~may, may) if isinstance(part, And) else (some, may)
    found = truth(part, group.stated, group.item)
    return np.full(states, found is True), np.full(states, found is None)


def _bits(number: int) -> list[int]:
    """Each bit of a number, the lowest first."""
    return [1 << at for at in range(number.bit_length()) if number >> at & 1]


def _some(columns: dict[int, Column], bits: Sequence[int], no: Column) -> Column:
    """Where any of some columns says yes."""
    return reduce(or_, [columns[bit] for bit in bits], no)

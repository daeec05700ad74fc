"""Diagrams over leaves: what conditions come to, a bit for each comparison.

    conditions in their normal shape  ->  leaf_of, build  ->  nodes over bits;  values  ->  Block.bits

Promise: whoever goes down a diagram with the bits that real values have ends where the condition does
for them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from habeas.compiled.diagram import Diagrams
from habeas.compiled.residual import OpenLeaf
from habeas.law.conditions import And, Condition, Const, Not, Or, terms, walk
from habeas.law.dates import shift_all
from habeas.law.domains import Leaf
from habeas.law.facts import Value
from habeas.law.vocabulary import Vocabulary

Bits = tuple[bool, ...]
"""The truth of some leaves that stand beside each other."""


class Order:
    """Diagrams over bits that stand in blocks; within a block one after the other."""

    def __init__(self) -> None:
        self.diagrams = Diagrams()
        self._reach: dict[int, frozenset[Hashable]] = {}
        self._bits: dict[int, int] = {}

    def bit(self, number: int) -> int:
        """That a bit is set."""
        return self.diagrams.node(number, (self.diagrams.true, self.diagrams.false))

    def down(self, node: int, first: int, bits: Bits) -> int:
        """Where a node leads once a block, whose first bit is `first`, has these bits."""
        variable, children = self.diagrams.variable, self.diagrams.children
        last = first + len(bits)
        while first <= (at := variable[node]) < last:
            node = children[node][0 if bits[at - first] else 1]
        return node

    def reach(self, node: int) -> frozenset[Hashable]:
        """All that can come out below a node; some of it may need bits that no values have."""
        found = self._reach.get(node)
        if found is None:
            found = self._reach[node] = frozenset(self.diagrams.values(node))
        return found

    def reads(self, node: int) -> int:
        """The bits that a node depends on, as a whole number."""
        found = self._bits.get(node)
        if found is None:
            found = self._bits[node] = sum(1 << one for one in self.diagrams.support(node))
        return found


@dataclass(slots=True)
class Block:
    """The leaves that one fact settles, once every hub (and what stands before it) is settled.

    name    a path, or in a row a column; empty: leaves that only read hubs
    first   the number of the first leaf's bit
    """

    name: str
    first: int
    leaves: list[OpenLeaf] = field(default_factory=list)

    def bits(self, values: Mapping[str, Value]) -> Bits:
        """The leaves' truth where facts and columns have these values.

        A leaf that reads a hub which has no value is one that nothing asks for any more: no.
        """
        return tuple(
            [leaf.facts.keys() <= values.keys() and leaf.holds(values) for leaf in self.leaves]
        )

    @property
    def mask(self) -> int:
        """Its bits, as a whole number."""
        return ((1 << len(self.leaves)) - 1) << self.first


def is_leaf(part: Condition) -> bool:
    """Whether a condition holds facts against something and has no conditions inside."""
    return bool(terms(part))


def reads_item(part: Condition) -> bool:
    """Whether facts of an item are read anywhere in a condition."""
    return any(term.scope == "item" for one in walk(part) for term in terms(one))


def leaf_of(vocabulary: Vocabulary, leaf: Leaf, item: str) -> OpenLeaf:
    """A leaf with all its facts unknown: those outside of rows by their paths, columns by name."""
    facts = {}
    sides: list[tuple[str | None, tuple[tuple[int, str], ...], Value | None]] = []
    for term in terms(leaf):
        if term.name is None:
            value = term.value
            sides.append(
                (None, (), shift_all(value, term.steps) if isinstance(value, date) else value)
            )
            continue
        path = f"{item}.{term.name}" if term.scope == "item" else term.name
        table = vocabulary.tables[term.table] if term.table else vocabulary.facts
        facts[path] = table[term.name]
        sides.append((path, term.steps, None))
    return OpenLeaf(leaf, tuple(sides), facts)


def build(diagrams: Diagrams, cond: Condition, bit: Callable[[Condition], int]) -> int:
    """The diagram of a condition in its normal shape; `bit` gives that of a leaf or a count."""
    if isinstance(cond, Const):
        return diagrams.true if cond.value else diagrams.false
    if isinstance(cond, Not):
        return diagrams.not_(build(diagrams, cond.arg, bit))
    if isinstance(cond, And | Or):
        parts = [build(diagrams, arg, bit) for arg in cond.args]
        return diagrams.and_(parts) if isinstance(cond, And) else diagrams.or_(parts)
    return bit(cond)


def outside_counts(cond: Condition) -> Iterator[Condition]:
    """The leaves and counts of a condition, but not what is inside counts."""
    if isinstance(cond, Not):
        yield from outside_counts(cond.arg)
    elif isinstance(cond, And | Or):
        for arg in cond.args:
            yield from outside_counts(arg)
    elif not isinstance(cond, Const):
        yield cond

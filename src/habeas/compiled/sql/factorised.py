"""The factorised shape: small tables of every combination of a few columns, joined and put together.

    terms  ->  Factors (conjunctions, groups)  ->  values of a column, each with its pair (t, p)

Promise: exact in Kleene's logic. A term in disjunctive form is yes where one of its conjunctions has
no literal false or unknown (`t`), and not no where one has no literal false (`p`). Of a conjunction,
both are the AND over the groups of columns that its literals read.

Columns of the people's own are taken as they are (words and yes/no); whatever else a term reads (a
comparison of days, a place, a count of rows) is worked out first and grouped as a yes/no/unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from habeas.compiled.normal import normal
from habeas.compiled.sql.mask import BITS, words_of
from habeas.law import interpreter
from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Const,
    Count,
    Holds,
    Not,
    OneOf,
    Or,
    terms,
)
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import Truth
from habeas.law.ruleset import RuleSet

COMBINATIONS = 20_000
"""Rows that a group's table may have."""

CONJUNCTIONS = 64
"""Conjunctions that a term may fall into; one with more is worked out row by row, as it stands."""

TOGETHER = 5
"""Counts of one table whose truths are one column, of up to 243 values."""

Literal = tuple[Condition, bool]
"""An atom, or (False) its opposite."""

Conjunction = frozenset[Literal]


@dataclass(frozen=True, slots=True)
class Part:
    """A column of a group.

    fact   a fact of words or yes/no, whose own column it is; or None
    atoms  what is worked out for every subject instead: one condition, or counts of one table together
    values what it can be, None (unknown) the last; of several counts, the number that `packed` gives
    """

    fact: str | None
    atoms: tuple[Condition, ...]
    values: tuple[Value | None, ...]

    @property
    def counts(self) -> tuple[Count, ...]:
        """The counts that are together in it."""
        return tuple(atom for atom in self.atoms if isinstance(atom, Count))


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that one table of combinations is made of."""

    parts: tuple[Part, ...]


class Factors:
    """One rule set's terms in factors; of the terms that are not `wanted` (bits) it says no.

    conjunctions  each with a bit of its own, all terms' together
    of            for each term, its conjunctions as bits
    groups        each column in one of them
    width         how many pairs of words hold the bits
    """

    def __init__(self, rules: RuleSet, conditions: Sequence[Condition], wanted: int) -> None:
        self.rules = rules
        found: dict[Conjunction, int] = {}
        self.of: list[int] = []
        for index, condition in enumerate(conditions):
            mask = 0
            for one in _parted(normal(condition)) if wanted >> index & 1 else ():
                mask |= 1 << found.setdefault(one, len(found))
            self.of.append(mask)
        self.conjunctions = list(found)
        self.width = words_of(len(found))
        self.atoms = list(dict.fromkeys(atom for one in found for atom, _ in sorted_(one)))
        self.groups = self._groups()

    def words(self, t: int, p: int) -> tuple[int, int]:
        """The words (yes, unknown) that a pair stands for."""
        yes, could = self._terms_of(t), self._terms_of(p)
        return yes, could & ~yes

    def _terms_of(self, conjunctions: int) -> int:
        """The terms that have one of some conjunctions."""
        found = 0
        told = conjunctions.to_bytes(len(self._by_byte), "little")
        for terms_of, byte in zip(self._by_byte, told, strict=True):
            if byte:
                found |= terms_of[byte]
        return found

    @cached_property
    def _by_byte(self) -> list[list[int]]:
        """For each byte of a word of conjunctions, and each value of it, the terms that have one of them."""
        terms_of = [0] * (8 * -(-len(self.conjunctions) // 8))
        for index, mask in enumerate(self.of):
            for bit in range(len(self.conjunctions)):
                if mask >> bit & 1:
                    terms_of[bit] |= 1 << index
        found = []
        for at in range(0, len(terms_of), 8):
            every = [0]
            for one in terms_of[at : at + 8]:  # the lowest bit first: each doubles the list
                every += [one | other for other in every]
            found.append(every)
        return found

    def _groups(self) -> list[Group]:
        parts: dict[object, Part] = {}
        counts: dict[str, list[Count]] = {}
        for atom in self.atoms:
            fact = self.fact_of(atom)
            if isinstance(atom, Count):
                counts.setdefault(atom.table, []).append(atom)
            elif fact is None:
                parts[atom] = Part(None, (atom,), (True, False, None))
            else:
                parts[fact] = Part(fact, (), self._values(fact))
        for table, every in counts.items():
            for at in range(0, len(every), TOGETHER):
                some = tuple(every[at : at + TOGETHER])
                values = tuple(packed(one) for one in product((0, 1, 2), repeat=len(some)))
                parts[table, at] = Part(None, some, values)
        waiting = sorted(parts.values(), key=_kind)
        groups: list[Group] = []
        taken: list[Part] = []
        for part in waiting:
            alike = not taken or _kind(taken[-1]) == _kind(part)
            if taken and (not alike or prod(len(p.values) for p in (*taken, part)) > COMBINATIONS):
                groups.append(Group(tuple(taken)))
                taken = []
            taken.append(part)
        return [*groups, *([Group(tuple(taken))] if taken else [])]

    def _values(self, fact: str) -> tuple[Value | None, ...]:
        declared = self.rules.vocabulary.facts[fact]
        if declared.closed:
            return (True, False)
        return (*(declared.words or (True, False)), None)

    def fact_of(self, atom: Condition) -> str | None:
        """The one fact of words or yes/no that an atom reads, or None if it has to be worked out."""
        if not isinstance(atom, Holds | Compare | OneOf):
            return None
        read = {term.name for term in terms(atom)} - {None}
        if len(read) != 1:
            return None
        name = str(next(iter(read)))
        fact = self.rules.vocabulary.facts[name]
        small = fact.type == "words" and len(fact.words) < COMBINATIONS
        return name if fact.type == "yes/no" or small else None

    def values(self, part: Part) -> list[tuple[Value | None, int, int]]:
        """Each value of a column with the conjunctions that it leaves: `t`, `p`.

        A combination's is the AND of its values'.
        """
        literals = [
            (1 << index, atom, positive)
            for index, conjunction in enumerate(self.conjunctions)
            for atom, positive in sorted_(conjunction)
            if (atom in part.atoms if part.fact is None else self.fact_of(atom) == part.fact)
        ]
        return [(value, *self._left(part, value, literals)) for value in part.values]

    def _left(
        self,
        part: Part,
        value: Value | None,
        literals: Sequence[tuple[int, Condition, bool]],
    ) -> tuple[int, int]:
        t = p = (1 << len(self.conjunctions)) - 1
        for bit, atom, positive in literals:
            held: Truth
            if part.counts:
                held = (False, True, None)[int(str(value)) >> 2 * part.atoms.index(atom) & 3]
            elif part.fact is None:
                held = None if value is None else bool(value)
            else:
                known = {} if value is None else {part.fact: value}
                held = interpreter.truth(atom, Facts(known))
            if held is None:
                t &= ~bit
            elif held is not positive:
                t &= ~bit
                p &= ~bit
        return t, p


def sorted_(conjunction: Conjunction) -> list[Literal]:
    """A conjunction's literals in an order that is the same in every run."""
    return sorted(conjunction, key=repr)


def cut(number: int, width: int) -> list[int]:
    """A number's words of 62 bits, the lowest first."""
    return [number >> BITS * index & (1 << BITS) - 1 for index in range(width)]


def packed(states: Sequence[int]) -> int:
    """States of counts (0 no, 1 yes, 2 unknown) as one number, two bits each, the first one lowest.

    >>> packed([1, 2])
    9
    """
    return sum(state << 2 * at for at, state in enumerate(states))


def _kind(part: Part) -> int:
    """0 for words, 1 for yes/no and what is worked out."""
    return int(bool(part.atoms) or set(part.values) <= {True, False, None})


def _parted(cond: Condition) -> list[Conjunction]:
    """The conjunctions of a condition in its normal form; or the condition itself, where too many."""
    found = _disjuncts(cond)
    return [frozenset([(cond, True)])] if found is None else found


def _disjuncts(cond: Condition) -> list[Conjunction] | None:
    if isinstance(cond, Const):
        return [frozenset()] if cond.value else []
    if isinstance(cond, Not):
        return [frozenset([(cond.arg, False)])]
    if not isinstance(cond, And | Or):
        return [frozenset([(cond, True)])]
    parts = [_disjuncts(arg) for arg in cond.args]
    if isinstance(cond, Or):
        made: list[Conjunction] = []
        for part in parts:
            if part is None:
                return None
            made += part
        return _least(made)
    made = [frozenset()]
    for part in parts:
        if part is None or len(made) * len(part) > CONJUNCTIONS**2:
            return None
        made = _least([one | other for one in made for other in part])
    return made if len(made) <= CONJUNCTIONS else None


def _least(found: Sequence[Conjunction]) -> list[Conjunction]:
    """Without those that ask for more than another does: `a OR a AND b` is `a`, in Kleene's logic too."""
    kept = list(dict.fromkeys(found))
    return [one for one in kept if not any(other < one for other in kept)]

"""One rule set as Python code: every condition of the law in one generated function.

    RuleSet  ->  compile_rules  ->  Compiled  ->  findings(facts) for all items

Promise: the same findings as `interpreter.find`. Kleene's logic is the fast bound; where it leaves
the answer open, or leaves open which rules give it, `resolution` settles it exactly, once for each
distinct state of the facts.

A block's condition is cut into *terms* that read no item fact, and a small rest over terms and item
facts. The generated `words(values, rows, complete)` gives two whole numbers: which terms are yes, and
which are unknown. The words, with the item facts, determine Kleene's answer for every item: it is
worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

from habeas.compiled.acting import Acting, Words, make_room
from habeas.compiled.emit import Emitter
from habeas.compiled.resolution import resolve, resolve_condition
from habeas.compiled.shape import renamed
from habeas.law.conditions import (
    And,
    Condition,
    Const,
    Count,
    Not,
    Or,
    Quantified,
    terms,
    walk,
)
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import (
    Finding,
    Truth,
    k_and,
    k_not,
    k_or,
    truth,
)
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import relevant

_SETTLED = 200_000
"""Single items' answers (0.2 kB each) that are kept before they are let go."""


@dataclass(frozen=True, slots=True)
class Bit:
    """A term: bit `index` of the words."""

    index: int


Skeleton = Bit | Condition

_Named = tuple[tuple[str, str], ...]
"""The item facts that are stated, in their order."""

_Alike = tuple[str, tuple[Value | None, ...]]
"""An item that the same law treats alike, and an item's own facts: items that share both share findings."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What Kleene's logic leaves open of one person.

    rests   by open terms, the state of what they read, and the rows that count
    found   by what items share, what was found of one of them
    """

    state: tuple[Any, ...]
    alike: dict[str, _Alike]
    rests: dict[int, tuple[tuple[Any, ...], dict[str, list[int]]]]
    found: dict[_Alike, tuple[Finding, str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Items of which all the same is to be found.

    item    one of them, and `stated`, what is known of this one
    mask    the terms that their law reads, as bits of yes and, below, of unknown
    tag     a number above these bits that no other group ever had
    """

    item: str
    mask: int
    tag: int
    acting: Acting
    stated: Facts


@dataclass(frozen=True, slots=True)
class Owned:
    """What items share: `alike` by item; the `groups`, and which is each item's (`at`)."""

    alike: dict[str, _Alike]
    groups: list[Group]
    at: list[int]


def compile_rules(rules: RuleSet) -> Compiled:
    """Compile a rule set; takes some milliseconds, so keep the result."""
    return Compiled(rules)


class Compiled:
    """A compiled rule set.

    words(values, rows, complete) -> (yes, unknown), a bit for each of `terms`
    mask   for each item, the terms that its law reads, as bits
    mixed  whether some leaf reads item facts and other facts: then the words do not say all
    skeletons  for each block its own condition, its terms as bits
    """

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.terms: list[Condition] = []
        self.skeletons = {name: self._cut(own) for name, own in rules.own.items()}
        self._duty_bits = {name: self._bit(when) for name, when in rules.duty_when.items()}
        self._emitter = Emitter(rules, self.terms)
        self.source = self._emitter.source
        self.words: Callable[..., Words] = self._emitter.words
        self._state: Callable[..., tuple[Any, ...]] = self._emitter.state
        self.mixed = any(self._reads_both(own) for own in rules.own.values())
        self._items = tuple(rules.vocabulary.items)
        self._rules_of = {item: rules.rules(item) for item in self._items}
        self._relevant = {item: relevant(rules, item) for item in self._items}
        self._like = self._alike()
        self.mask = {item: self._bits(self._relevant[item]) for item in self._items}
        self._item_facts = [f.name for f in rules.vocabulary.facts.values() if f.scope == "item"]
        self._kleene: dict[Any, tuple[_Named, dict[str, Finding | None]]] = {}
        self._acting = {like: self._acting_on(like) for like in dict.fromkeys(self._like.values())}
        self._groups: dict[_Alike, Group] = {}
        self._settled: dict[int, object] = {}
        self._owned: dict[Any, tuple[_Named, Owned]] = {}
        self._exact: dict[Any, tuple[_Named, dict[str, Finding]]] = {}
        self._open: dict[Any, tuple[str, dict[str, list[int]], Finding]] = {}
        self._reads: dict[int, tuple[tuple[int, ...], tuple[tuple[str, int, int], ...]]] = {}
        self._duties: dict[Any, bool | None] = {}
        self._numbers = count()
        self._term_reads = [self._emitter.reads(term) for term in self.terms]

    # -- terms ------------------------------------------------------------------------------------

    def _bit(self, cond: Condition) -> Bit:
        if cond in self.terms:
            return Bit(self.terms.index(cond))
        self.terms.append(cond)
        return Bit(len(self.terms) - 1)

    def _cut(self, cond: Condition) -> Skeleton:
        """The condition with its largest parts that read no item fact made into bits."""
        if isinstance(cond, Const):
            return cond
        if not _reads_item(cond):
            return self._bit(cond)
        if isinstance(cond, Not):
            return Not(self._cut(cond.arg))  # type: ignore[arg-type]  # a skeleton has bits for leaves
        if isinstance(cond, And | Or):
            free = tuple(arg for arg in cond.args if not _reads_item(arg))
            rest = tuple(self._cut(arg) for arg in cond.args if _reads_item(arg))
            whole = free[0] if len(free) == 1 else type(cond)(free)
            return type(cond)((*([self._cut(whole)] if free else []), *rest))  # type: ignore[arg-type]
        return cond

    def _bits(self, blocks: Iterable[str]) -> int:
        """The terms that these blocks' skeletons hold, as bits."""
        found = 0
        waiting: list[Any] = [self.skeletons[block] for block in blocks]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Bit):
                found |= 1 << part.index
            elif isinstance(part, Not):
                waiting.append(part.arg)
            elif isinstance(part, And | Or):
                waiting += part.args
        return found

    def _reads_both(self, cond: Condition) -> bool:
        """Whether one leaf or quantifier reads item facts and other facts: then words do not say all."""
        for part in walk(cond):
            found = [term for term in terms(part) if term.name is not None]
            if any(t.scope == "item" for t in found) and any(t.scope != "item" for t in found):
                return True
            if isinstance(part, Quantified | Count) and _reads_item(part.cond):
                return True
        return False

    def _alike(self) -> dict[str, str]:
        """For each item, the first one that the same blocks name, beaten by the same blocks."""
        first: dict[object, str] = {}
        found = {}
        for item in self._items:
            blocks = self._relevant[item]
            key = (
                self.rules.rules(item),
                tuple((b, self.rules.beaters_for(b, item)) for b in blocks),
            )
            found[item] = first.setdefault(key, item)
        return found

    # -- Kleene -----------------------------------------------------------------------------------

    def truths(self, facts: Facts) -> dict[tuple[str, str], Truth]:
        """The Kleene truth of each block's own condition for each item that it is relevant to."""
        yes, unknown = self.words(facts.values, facts.rows, facts.complete)
        whole = self.rules.completed(facts)
        return {
            (block, item): self._own(block, item, yes, unknown, whole)
            for item in self._items
            for block in self._relevant[item]
        }

    def _own(self, block: str, item: str, yes: int, unknown: int, facts: Facts) -> Truth:
        return self._truth(self.skeletons[block], item, yes, unknown, facts)

    def _truth(self, part: Any, item: str, yes: int, unknown: int, facts: Facts) -> Truth:
        if isinstance(part, Bit):
            return True if yes >> part.index & 1 else None if unknown >> part.index & 1 else False
        if isinstance(part, Not):
            return k_not(self._truth(part.arg, item, yes, unknown, facts))
        if isinstance(part, And):
            return k_and(self._truth(arg, item, yes, unknown, facts) for arg in part.args)
        if isinstance(part, Or):
            return k_or(self._truth(arg, item, yes, unknown, facts) for arg in part.args)
        return truth(part, facts, item)

    # -- findings ---------------------------------------------------------------------------------

    def words_of(self, facts: Facts) -> Words:
        """The rule words of these facts: which terms are yes, and which unknown."""
        return self.words(facts.values, facts.rows, facts.complete)

    def rule_words(self, facts: Facts, words: Words | None = None) -> dict[str, Finding | None]:
        """What Kleene's logic says of every item; None where it leaves something open."""
        yes, unknown = words or self.words(facts.values, facts.rows, facts.complete)
        # To hash the values and to compare the keys, most often the same objects, is half the work
        # of hashing both.
        key = (yes, unknown, tuple(facts.items.values()))
        named = tuple(facts.items)
        found = self._kleene.get(key)
        if found is None or found[0] != named:
            make_room(self._kleene)
            found = self._kleene[key] = named, self._kleene_of(yes, unknown, facts)
        return found[1]

    def _kleene_of(self, yes: int, unknown: int, facts: Facts) -> dict[str, Finding | None]:
        if self.mixed:
            return dict.fromkeys(self._items)
        owned, settled = self.owned_by(facts), self._settled
        both = yes << len(self.terms) | unknown
        made: list[Any] = []
        for group in owned.groups:
            key = both & group.mask | group.tag
            found = settled.get(key, self)  # no finding is this
            if found is self:
                make_room(settled, _SETTLED)
                more = self._others(group, yes, unknown) if group.acting.others else (0, 0)
                found = settled[key] = group.acting.settle(yes, unknown, more)
            made.append(found)
        return dict(zip(self._items, [made[at] for at in owned.at], strict=True))

    def _others(self, group: Group, yes: int, unknown: int) -> Words:
        """The bits of blocks that are more than a term: which are yes, and which unknown."""
        held = open_ = 0
        for bit, block in group.acting.others:
            found = self._own(block, group.item, yes, unknown, group.stated)
            if found is None:
                open_ |= bit
            elif found:
                held |= bit
        return held, open_

    def _acting_on(self, item: str) -> Acting:
        """An item's blocks: a block that is one term has the term's bit, unless another has it."""
        bits: dict[str, int] = {}
        others = len(self.terms)
        for block in self._relevant[item]:
            skeleton = self.skeletons[block]
            if isinstance(skeleton, Bit) and 1 << skeleton.index not in bits.values():
                bits[block] = 1 << skeleton.index
            else:
                bits[block], others = 1 << others, others + 1
        return Acting(self.rules, item, bits, (1 << len(self.terms)) - 1)

    def owned_by(self, facts: Facts) -> Owned:
        """What items share, of all whose items' facts are these."""
        key, named = tuple(facts.items.values()), tuple(facts.items)
        found = self._owned.get(key)
        if found is None or found[0] != named:
            make_room(self._owned)
            found = self._owned[key] = named, self._shared(facts)
        return found[1]

    def _shared(self, facts: Facts) -> Owned:
        whole = self.rules.completed(Facts(items=facts.items))
        alike: dict[str, _Alike] = {}
        groups: dict[_Alike, int] = {}
        found: list[Group] = []
        for item in self._items:
            own = tuple([whole.items.get((item, name)) for name in self._item_facts])
            one = alike[item] = self._like[item], own
            if one not in groups:
                groups[one] = len(found)
                found.append(self._group(one, item, whole))
        return Owned(alike, found, [groups[one] for one in alike.values()])

    def _group(self, alike: _Alike, item: str, whole: Facts) -> Group:
        found = self._groups.get(alike)
        if found is None:
            make_room(self._groups)
            wide, mask = len(self.terms), self.mask[item]
            mask, tag = mask << wide | mask, next(self._numbers) << 2 * wide
            stated = Facts(items={path: v for path, v in whole.items.items() if path[0] == item})
            found = self._groups[alike] = Group(item, mask, tag, self._acting[alike[0]], stated)
        return found

    def _key(self, item: str, alike: _Alike, yes: int, unknown: int) -> tuple[Any, ...]:
        """What Kleene's answer for an item hangs on; items that the same law treats alike share it."""
        mask = self.mask[item]
        return alike, yes & mask, unknown & mask

    def findings(
        self, facts: Facts, items: Iterable[str], words: Words | None = None
    ) -> dict[str, Finding]:
        """The finding for each of these items; exact."""
        if self.mixed:  # words and states do not say all: nothing is remembered
            return {item: resolve(self.rules, item, facts) for item in items}
        words = words or self.words(facts.values, facts.rows, facts.complete)
        kleene = self.rule_words(facts, words)
        made: dict[str, Finding] = {}
        exact: dict[str, Finding] | None = None
        left: _Left | None = None
        for item in items:
            found = kleene[item]
            if found is None:
                if exact is None:
                    state = self._state(facts.values, facts.rows, facts.complete)
                    exact = self._exact_of(state, facts)
                    left = _Left(state, self.owned_by(facts).alike, {}, {})
                found = exact.get(item)
                if found is None and left is not None:
                    found = exact[item] = self._resolved(item, facts, words, left)
            assert found is not None  # noqa: S101 - for mypy: with `exact` comes `left`
            made[item] = found
        return made

    def finding(self, item: str, facts: Facts) -> Finding:
        """The finding for one item; exact."""
        return self.findings(facts, (item,))[item]

    def _exact_of(self, state: tuple[Any, ...], facts: Facts) -> dict[str, Finding]:
        """The findings remembered for this state of the facts."""
        key = (state, tuple(facts.items.values()))
        named = tuple(facts.items)
        found = self._exact.get(key)
        if found is None or found[0] != named:
            make_room(self._exact)
            found = self._exact[key] = named, {}
        return found[1]

    def _resolved(self, item: str, facts: Facts, words: Words, left: _Left) -> Finding:
        """Resolve one item, once for all facts that leave the same questions of it open.

        What is left open hangs on the words, the item's own facts, and the state of those facts
        that the unknown terms read; other facts have done their part in the words.
        """
        alike, open_terms = left.alike[item], words[1] & self.mask[item]
        if open_terms not in left.rests:
            left.rests[open_terms] = self._rest(open_terms, left.state)
        rest, rows = left.rests[open_terms]
        if alike in left.found:  # of an item that is treated as this one is
            found, other = left.found[alike]
            return renamed(found, other, rows, item, rows)
        key = (self._key(item, alike, *words), rest)
        kept = self._open.get(key)
        if kept is None:
            make_room(self._open)
            found = resolve(self.rules, item, facts, self._like[item], self._known(item, words))
            kept = self._open[key] = (item, rows, found)
        like, there, found = kept
        found = renamed(found, like, there, item, rows)
        left.found[alike] = found, item
        return found

    def _known(self, item: str, words: Words) -> dict[str, bool]:
        """The blocks that are one term each, where this is yes or no."""
        yes, unknown = words
        bits = self._acting[self._like[item]].terms
        return {block: bool(yes & bit) for block, bit in bits if not unknown & bit}

    def _rest(
        self, open_terms: int, state: tuple[Any, ...]
    ) -> tuple[tuple[Any, ...], dict[str, list[int]]]:
        """The state of what some terms read; and for each table the numbers of the rows that count.

        Rows that are known to leave the terms' quantifiers alone are left out, and the order of the
        others does not matter.
        """
        at = self._reads.get(open_terms)
        if at is None:
            at = self._reads[open_terms] = self._read_by(open_terms)
        scalars, tables = at
        rest: list[Any] = [state[index] for index in scalars]
        numbers: dict[str, list[int]] = {}
        for table, position, bits in tables:
            rows = [
                (hash(row), n, row, labels)
                for n, (row, labels, active) in enumerate(state[position], 1)
                if active & bits
            ]
            rows.sort(key=_by_hash)
            numbers[table] = [n for _, n, _, _ in rows]
            names: dict[object, int] = {}  # labels go by the order in which they come
            told = tuple([(row, _told(labels, names)) for _, _, row, labels in rows])
            rest += (told, state[position + 1], state[position + 2])
        return tuple(rest), numbers

    def _read_by(self, open_terms: int) -> tuple[tuple[int, ...], tuple[tuple[str, int, int], ...]]:
        """Where in the state the leaves stand that some terms hold; and their tables, with the bits of
        the quantifiers in them."""
        leaves: set[int] = set()
        bits: dict[str, int] = {}
        while open_terms:
            low = open_terms & -open_terms
            open_terms ^= low
            at, tables = self._term_reads[low.bit_length() - 1]
            leaves |= at
            for table, bit in tables:
                bits[table] = bits.get(table, 0) | bit
        found = [(table, self._emitter.tables[table], bit) for table, bit in sorted(bits.items())]
        return tuple(sorted(leaves)), tuple(found)

    def duties(self, facts: Facts, words: Words | None = None) -> dict[str, bool | None]:
        """Whether each duty's condition is met; None where it could be either way."""
        yes, unknown = words or self.words(facts.values, facts.rows, facts.complete)
        found: dict[str, bool | None] = {}
        state: Any = None
        for name, bit in self._duty_bits.items():
            held: bool | None = bool(yes >> bit.index & 1)
            if unknown >> bit.index & 1:
                if state is None:
                    state = self._state(facts.values, facts.rows, facts.complete)
                key = (name, state)
                if key not in self._duties:
                    self._duties[key] = resolve_condition(
                        self.rules, self.rules.duty_when[name], "", facts
                    )
                held = self._duties[key]
            found[name] = held
        return found


def _by_hash(row: tuple[int, int, object, object]) -> int:
    """Equal rows have equal hashes, so equal collections of rows come out in one order."""
    return row[0]


def _told(labels: tuple[Value | None, ...], names: dict[object, int]) -> tuple[int | None, ...]:
    """Labels as numbers: which are equal is all that a count asks."""
    return tuple(
        [
            None if v is None else names.setdefault((at, v), len(names))
            for at, v in enumerate(labels)
        ]
    )


def _reads_item(cond: Condition) -> bool:
    return any(term.scope == "item" for part in walk(cond) for term in terms(part))

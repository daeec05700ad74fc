"""An item's law over its leaves: one diagram of what comes out, one of each count for a row.

    RuleSet, items  ->  AskedLaw (verdict over leaves and counts; for each table a RowLaw)

Promise: it knows no facts, so one serves every request and person. Whoever goes down a diagram with
real values, path by path in its order, ends at the verdict that the law has for them.

A leaf is a bit, and so is a count (`normal` makes each an *at least*). Where a leaf holds a fact
against another one, or a count reads a fact from outside its rows, that fact is a *hub*: its value is
fixed before whatever is held against it. Leaves that only read hubs stand behind all other leaves,
counts behind them, contested provisions last.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from habeas.compiled.normal import normal
from habeas.compiled.residual import OpenLeaf
from habeas.law.conditions import Condition, Count, terms, walk
from habeas.law.domains import Domains, Leaf, domains_of_all
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import OUTCOMES, basis_of
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Vocabulary
from habeas.law.worlds import relevant
from habeas.proofs.change_leaves import Block, Order, build, leaf_of, outside_counts, reads_item
from habeas.proofs.change_row_law import RowLaw

CONFLICT = "conflict"
"""What comes out where one rule orders what another forbids."""


class AskedLaw(Order):
    """The law of an item, and of the items that people are chosen by.

    items    the item, then those that people are chosen by: the verdict is *refer* where it would be
             *grant* and one of these is not granted (law language, section 5, step 6)
    blocks   of the facts that are no hubs, in the order of the diagram
    hubs     in their order; `of_hubs` is the block of the leaves that read them alone
    tables   what is asked of rows, in the order of the diagram
    verdict  the node that everything starts from; its values are `grant`, `deny`, `conflict`, and
             `refer` where people are chosen by what may not be told
    domains  what each fact could be, where nothing is known
    """

    def __init__(self, rules: RuleSet, items: tuple[str, ...]) -> None:
        super().__init__()
        self.rules = rules
        self.items = items
        self.vocabulary: Vocabulary = rules.vocabulary
        self.conditions = [
            (item, rules.own[name]) for item in items for name in relevant(rules, item)
        ]
        self.domains: Domains = domains_of_all(self.vocabulary, self.conditions, Facts())
        own = {
            (item, name): normal(rules.own[name])
            for item in items
            for name in relevant(rules, item)
        }
        outside, counts = _parts(own)
        self.hubs: list[str] = _hubs(self.vocabulary, outside, counts)
        self.blocks: list[Block] = []
        self._bits_of: dict[tuple[Condition, str], int] = {}
        self.leaves: dict[tuple[Condition, str], OpenLeaf] = {}
        last = self._arrange(outside)
        self.tables: list[RowLaw] = []
        for table in sorted({count.table for count, _ in counts}):
            mine = []
            for count, item in counts:
                if count.table == table:
                    self._bits_of[count, item] = last
                    mine.append((count, item, last))
                    last += 1
            self.tables.append(RowLaw(rules, table, mine))
        self._contested: dict[str, int] = {}
        for name in sorted({name for _, name in own} & rules.contested.keys()):
            self._contested.setdefault(rules.contested[name], last + len(self._contested))
        self._own = {
            key: build(self.diagrams, cond, partial(self._bit_of, key[0]))
            for key, cond in own.items()
        }
        self._acting: dict[tuple[str, str], int] = {}
        self._shut: dict[tuple[int, str], int] = {}
        self._hubs_of: dict[int, frozenset[str]] = {}
        self.verdict = self._verdict()

    def _arrange(self, outside: dict[tuple[Leaf, str], None]) -> int:
        """Give each leaf outside of counts its bit; gives the next free one."""
        hubs = set(self.hubs)
        by_block: dict[str, list[tuple[Leaf, str]]] = {}
        for leaf, item in outside:
            made = leaf_of(self.vocabulary, leaf, item)
            self.leaves[leaf, item] = made
            names = [path for path in made.facts if path not in hubs]
            by_block.setdefault(names[0] if names else "", []).append((leaf, item))
        at = 0
        for name in sorted(by_block, key=lambda one: (not one, one)):
            block = Block(name, at, [self.leaves[key] for key in by_block[name]])
            self.blocks.append(block)
            for key in by_block[name]:
                self._bits_of[key] = at
                at += 1
        self.of_hubs = (
            self.blocks.pop() if self.blocks and not self.blocks[-1].name else Block("", at)
        )
        return at

    def _bit_of(self, item: str, part: Condition) -> int:
        return self.bit(self._bits_of[part, item if reads_item(part) else ""])

    def values(self, path: str) -> tuple[Value, ...]:
        """What a fact that is held against no other one could be; of a closed list all words."""
        fact = self.domains.unknown[path]
        return fact.words if fact.type == "words" else self.domains.values(path)

    def hubs_of(self, node: int) -> frozenset[str]:
        """The hubs that the counts are held against which a node still asks for."""
        found = self._hubs_of.get(node)
        if found is None:
            bits = self.reads(node)
            counts = [one for table in self.tables for one in table.counts if bits >> one.bit & 1]
            found = self._hubs_of[node] = frozenset().union(*(one.hubs for one in counts))
        return found

    def shut(self, node: int, table: RowLaw) -> int:
        """Where a node leads once no row of a table comes any more: its counts are not reached."""
        found = self._shut.get((node, table.table))
        if found is None:
            found = node
            for bit in table.bits:
                found = self.diagrams.restrict(found, bit, 1)
            self._shut[node, table.table] = found
        return found

    # -- section 5 --------------------------------------------------------------------------------

    def _acts(self, block: str, item: str) -> int:
        found = self._acting.get((block, item))
        if found is None:
            diagrams, rules = self.diagrams, self.rules
            beaten = [self._acts(other, item) for other in rules.beaters_for(block, item)]
            chosen = diagrams.true
            if block in rules.contested:
                chosen = self.bit(self._contested[rules.contested[block]])
            found = self._acting[block, item] = diagrams.and_(
                [self._own[item, block], chosen, diagrams.not_(diagrams.or_(beaten))]
            )
        return found

    def _verdict_of(self, item: str) -> int:
        acting: dict[str, list[int]] = {"forbid": [], "require": [], "permit": []}
        for rule in self.rules.rules(item):
            acting[self.rules.blocks[rule].kind].append(self._acts(rule, item))
        joined = [self.diagrams.or_(found) for found in acting.values()]
        return self.diagrams.combine("outcome", _outcome, *joined)

    def _verdict(self) -> int:
        made = [self._verdict_of(item) for item in self.items]
        if len(made) == 1:
            return made[0]
        return self.diagrams.combine(("chosen", len(made)), _chosen, *made)


def _outcome(forbids: bool, requires: bool, permits: bool) -> str:
    """The verdict of some acting rules; `conflict` where that is why it is a `refer`."""
    basis = basis_of(forbids, requires, permits)
    return basis if basis == CONFLICT else OUTCOMES[basis]


def _chosen(verdict: str, *selecting: str) -> str:
    """Step 6: what is granted only if all that people are chosen by is."""
    withheld = verdict == "grant" and any(one != "grant" for one in selecting)
    return "refer" if withheld else verdict


def _parts(
    own: dict[tuple[str, str], Condition],
) -> tuple[dict[tuple[Leaf, str], None], list[tuple[Count, str]]]:
    leaves: dict[tuple[Leaf, str], None] = {}
    counts: dict[tuple[Count, str], None] = {}
    for (item, _), cond in own.items():
        for part in outside_counts(cond):
            key = item if reads_item(part) else ""
            if isinstance(part, Count):
                counts[part, key] = None
            else:
                leaves[part, key] = None  # type: ignore[index]  # leaves are all that is left
    return leaves, list(counts)


def _hubs(
    vocabulary: Vocabulary,
    outside: Iterable[tuple[Leaf, str]],
    counts: Iterable[tuple[Count, str]],
) -> list[str]:
    found: set[str] = set()
    for leaf, item in outside:
        facts = leaf_of(vocabulary, leaf, item).facts
        if len(facts) > 1:
            found |= facts.keys()
    for count, item in counts:
        for part in walk(count.cond):
            for term in terms(part):
                if term.name is not None and term.scope != "row":
                    found.add(f"{item}.{term.name}" if term.scope == "item" else term.name)
    return sorted(found)

"""What the law of some items asks of a row of one table.

    RuleSet, counts of a table  ->  RowLaw (a diagram of each count's condition over a row's leaves)

Promise: it knows no facts. A row that its diagrams let pass is one that no list of the law contradicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from habeas.compiled.residual import OpenLeaf
from habeas.law.conditions import Condition, Count, Holds, OneOf, Term, terms, walk
from habeas.law.domains import Leaf, closed_offenses, flags
from habeas.law.ruleset import RuleSet
from habeas.proofs.change_leaves import Block, Order, build, is_leaf, leaf_of

OFFENSE = "offense"

_MEMO = 2_000
"""Walks that are remembered before all are let go."""


@dataclass(slots=True)
class RowCount:
    """A count of rows: its bit in the verdict, how many it needs (distinct in `column`), and its
    condition's diagram over a row."""

    bit: int
    needed: int
    column: str | None
    node: int
    hubs: frozenset[str]


class RowLaw(Order):
    """What the counts of one table ask of a row.

    columns  in the order of their blocks; `offense` first
    answers  those that somebody can answer (otherwise): what is read, and the offence where its being
             unknown bears on that; the others only say what is lawful
    linked   columns that are held against another one of their row: their values are kept
    joined   columns that are held against a hub or another column: their domains hang on facts
    counted  columns whose distinct values are counted
    hubs     facts outside of rows that a row's leaves read
    walked   what was found of rows: see `change_rows`
    """

    def __init__(
        self, rules: RuleSet, table: str, counts: Sequence[tuple[Count, str, int]]
    ) -> None:
        super().__init__()
        self.rules = rules
        self.table = table
        self.walked: dict[object, object] = {}
        self.menus: dict[tuple[object, ...], tuple[Any, ...]] = {}
        self.conditions = [(count.cond, item) for count, item, _ in counts]
        vocabulary = rules.vocabulary
        read = frozenset(
            term.name
            for cond, _ in self.conditions
            for part in walk(cond)
            for term in terms(part)
            if term.scope == "row" and term.name is not None
        )
        self.counted = frozenset(c.column for c, _, _ in counts if c.column is not None)
        asked = read | self.counted
        listed = [flag for flag in flags(vocabulary, table) if rules.listed.get((table, flag))]
        if OFFENSE in asked or (asked.intersection(listed) and closed_offenses(vocabulary, table)):
            self.answers = asked | {OFFENSE}
        else:  # nobody can answer for the offence, so flags that are not read stay lawful
            self.answers = asked
            listed = [flag for flag in listed if flag in asked]
        needed = {OFFENSE, *listed} if listed else set()
        columns = [one for one in vocabulary.tables[table] if one in self.answers or one in needed]
        self.columns = sorted(columns, key=lambda one: (one != OFFENSE, one in self.counted))
        self.blocks: list[Block] = []
        self.linked: frozenset[str] = frozenset()
        self.joined: frozenset[str] = frozenset()
        self._leaves: dict[tuple[Leaf, str], tuple[OpenLeaf, int]] = {}
        self._arrange(listed)
        self.counts = [
            RowCount(
                bit,
                count.number,
                count.column,
                self._build(count.cond, item),
                frozenset(p for leaf in self._of(count.cond, item) for p in leaf.facts if p in self.hubs),
            )
            for count, item, bit in counts
        ]  # fmt: skip
        self.bits = frozenset(one.bit for one in self.counts)
        self._legal = {flag: self._legal_of(flag) for flag in listed}
        self._nodes: dict[tuple[int, ...], tuple[tuple[int, ...], frozenset[str]]] = {}

    def remember(self, memo: dict[object, object], key: object, made: object) -> object:
        """Keep what was found; a memo that is full is emptied."""
        if len(memo) >= _MEMO:
            memo.clear()
            self.menus.clear()
        memo[key] = made
        return made

    def _arrange(self, listed: Sequence[str]) -> None:
        """Give each leaf its bit: in the block of the last of the columns that it reads."""
        by_block: dict[str, dict[tuple[Leaf, str], OpenLeaf]] = {"": {}}
        by_block |= {column: {} for column in self.columns}
        linked: set[str] = set()
        joined: set[str] = set()
        self.hubs: set[str] = set()
        wanted = [
            (part, item) for cond, item in self.conditions for part in walk(cond) if is_leaf(part)
        ]
        for flag in listed:
            wanted += [(one, "") for one in self._of_list(flag)]
        for leaf, item in wanted:
            made = leaf_of(self.rules.vocabulary, leaf, item)  # type: ignore[arg-type]  # just looked
            columns = [c for c in self.columns if c in made.facts]
            outside = [path for path in made.facts if path not in self.columns]
            self.hubs.update(outside)
            if len(columns) > 1:
                linked.update(columns)
            if len(made.facts) > 1:
                joined.update(columns)
            key = self._key(leaf, item)
            by_block[columns[-1] if columns else ""].setdefault(key, made)
        at = 0
        for name, leaves in by_block.items():
            self.blocks.append(Block(name, at, list(leaves.values())))
            for key, made in leaves.items():
                self._leaves[key] = made, at
                at += 1
        self.linked, self.joined = frozenset(linked), frozenset(joined)

    def _key(self, leaf: Condition, item: str) -> tuple[Leaf, str]:
        return leaf, item if any(t.scope == "item" for t in terms(leaf)) else ""  # type: ignore[return-value]

    def _of(self, cond: Condition, item: str) -> list[OpenLeaf]:
        return [self._leaves[self._key(p, item)][0] for p in walk(cond) if is_leaf(p)]

    def _build(self, cond: Condition, item: str) -> int:
        return build(
            self.diagrams, cond, lambda one: self.bit(self._leaves[self._key(one, item)][1])
        )

    def _of_list(self, flag: str) -> tuple[Condition, Condition]:
        """That a row's offence is one that a list of the law has a flag with; and the flag."""
        offenses = tuple(sorted(self.rules.listed[self.table, flag]))
        return OneOf(Term(OFFENSE, "row", self.table), offenses), Holds(flag, "row", self.table)

    def _legal_of(self, flag: str) -> int:
        """That a flag does not say no to an offence that is listed with it."""
        offense, flagged = (self._build(one, "") for one in self._of_list(flag))
        return self.diagrams.or_([self.diagrams.not_(offense), flagged])

    def nodes(self, counts: tuple[int, ...]) -> tuple[tuple[int, ...], frozenset[str]]:
        """That a row is lawful, then what each of some counts asks of it; and the columns that matter.

        Where nobody can answer for the offence, only flags that the counts read can be unlawful.
        """
        found = self._nodes.get(counts)
        if found is None:
            asked = [self.counts[at] for at in counts]
            wanted = {one.column for one in asked if one.column is not None}
            read = self._columns([one.node for one in asked]) | self.linked | wanted
            flags = [f for f in self._legal if f in read or OFFENSE in self.answers]
            legal = self.diagrams.and_([self._legal[flag] for flag in flags])
            nodes = (legal, *(one.node for one in asked))
            found = self._nodes[counts] = nodes, frozenset(read | self._columns([legal]))
        return found

    def any_value(self, column: str) -> bool:
        """Whether nothing but a count reads a column, so that only equal and different matter."""
        fact = self.rules.vocabulary.tables[self.table][column]
        free = fact.type in ("text", "place")
        read = column in self.linked or self.blocks[1 + self.columns.index(column)].leaves
        return free and not read

    def _columns(self, nodes: Iterable[int]) -> set[str]:
        bits = 0
        for node in nodes:
            bits |= self.reads(node)
        return {block.name for block in self.blocks if block.name and bits & block.mask}

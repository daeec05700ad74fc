"""Two rule sets side by side: the same cases for both, and what one cell of a comparison is.

    RuleSet, RuleSet  ->  Sides (one Cases, two Outcomes)  ->  formulas;  model  ->  each side's World

Promise: a case is the same for both but for the flags that each one's own lists give to offences;
where a contested provision is contested in both, it is let to act in both or in neither.

A row's flag follows from its offence by a list, or is stated. Where the two lists differ about an
offence, that offence has to be among those that a row could have: `_apart` adds one for each way in
which they differ (or as many as could have to be told apart, where offences are compared).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import z3

from habeas.compiled.z3 import Cases, Formula
from habeas.compiled.z3_rules import Outcomes
from habeas.compiled.z3_terms import TRUE, all_of, any_of, holds, negated, same
from habeas.errors import InputError, Place, Problem
from habeas.law.conditions import (
    Compare,
    Condition,
    Count,
    Holds,
    OneOf,
    Quantified,
    Term,
    terms,
    walk,
)
from habeas.law.domains import witnesses
from habeas.law.facts import Facts, Row, Value
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Fact, Vocabulary
from habeas.law.worlds import World, relevant

KIND, PURPOSE = "requester_kind", "purpose"
"""The facts that a comparison is split by, where the vocabulary has them as lists of words."""

ANY = "any"
"""The one word of a fact that the vocabulary does not have as a list of words."""

Cell = tuple[str, str]
"""A kind of requester and a purpose."""

Order = tuple[str, str]
"""Of the outcome by one law and by the other."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Words that one of two vocabularies has and the other has not."""

    facts: tuple[str, ...]
    items: tuple[str, ...]


def merged(old: Vocabulary, new: Vocabulary, read: Iterable[RuleSet] = ()) -> Vocabulary:
    """All words of both; where both have one, the new one's.

    read  rule sets: what their conditions read must be the same word in both

    Raises `InputError` with every word that is not.
    """
    asked = {
        (term.table, term.name)
        for rules in read
        for one in rules.own.values()
        for part in walk(one)
        for term in read_terms(part)
        if term.name is not None
    }
    wrong = []
    for table, name in sorted(asked):
        one, other = _fact(old, table, name), _fact(new, table, name)
        if one is not None and other is not None and _kind(one) != _kind(other):
            wrong.append(
                Problem(
                    other.place,
                    f"`{name}` is {_said(other)}, and in the other law {_said(one)}",
                    "conditions read it, so the two cannot be compared: bring the vocabularies in line",
                )
            )
    for name in sorted(set(old.facts) & {c for cols in new.tables.values() for c in cols}) + sorted(
        set(new.facts) & {c for cols in old.tables.values() for c in cols}
    ):
        wrong.append(
            Problem(
                Place("vocabulary.md"),
                f"`{name}` is a fact in one law, and a column in the other",
                "the two cannot be compared: rename one",
            )
        )
    if wrong:
        raise InputError(wrong)
    tables = {
        table: {**old.tables.get(table, {}), **new.tables.get(table, {})}
        for table in {**old.tables, **new.tables}
    }
    for table, columns in tables.items():
        for name, fact in columns.items():
            before = old.tables.get(table, {}).get(name)
            if before is not None and before.derived and not fact.derived:
                columns[name] = replace(fact, derived=before.derived)
    return replace(
        new,
        facts={**old.facts, **new.facts},
        tables=tables,
        items={**old.items, **new.items},
        groups={**old.groups, **new.groups},
    )


def lacking(one: Vocabulary, other: Vocabulary) -> Lacking:
    """What the first lacks of the other's words."""
    columns = [
        f"{table}.{name}"
        for table, found in other.tables.items()
        for name in found
        if name not in one.tables.get(table, {})
    ]
    return Lacking(
        (*(name for name in other.facts if name not in one.facts), *columns),
        tuple(name for name in other.items if name not in one.items),
    )


def _fact(words: Vocabulary, table: str, name: str) -> Fact | None:
    return words.tables.get(table, {}).get(name) if table else words.facts.get(name)


def _kind(fact: Fact) -> tuple[object, ...]:
    return fact.type, frozenset(fact.words), fact.scope == "item", fact.table


def _said(fact: Fact) -> str:
    return " · ".join(fact.words) if fact.type == "words" else fact.type


@dataclass(slots=True)
class Sides:
    """Two rule sets, and all cases that their conditions can tell apart.

    vocabulary  the words of both
    alike       items that both rule sets treat alike, each list by its first
    same        of these first ones, those for which both rule sets say word for word the same
    """

    old: RuleSet
    new: RuleSet
    vocabulary: Vocabulary
    alike: dict[str, list[str]] = field(default_factory=dict)
    same: frozenset[str] = frozenset()
    cases: Cases = field(init=False)
    outcomes: tuple[Outcomes, Outcomes] = field(init=False)
    _asked: list[tuple[str, Condition]] = field(init=False)
    _tied: list[Formula] = field(init=False, default_factory=list)
    _known: set[tuple[str, str, str]] = field(init=False, default_factory=set)
    _cells: dict[Cell, Formula] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.old.listed == self.new.listed:  # one object, so that formulas are made once
            self.new = replace(self.new, listed=self.old.listed)
        by_law: dict[object, str] = {}
        for item in self.vocabulary.items:
            if item in self.old.vocabulary.items and item in self.new.vocabulary.items:
                law = (_beats(self.old, item), _beats(self.new, item))
                self.alike.setdefault(by_law.setdefault(law, item), []).append(item)
        self.same = frozenset(item for item in self.alike if self._word_for_word(item))
        self._asked = [
            (item, rules.own[block])
            for item in self.alike
            if item not in self.same
            for rules in (self.old, self.new)
            for block in relevant(rules, item)
        ]
        self._asked += [("", leaf) for leaf in _apart(self.old, self.new, self._asked)]
        self.cases = Cases(self.vocabulary, self._asked)
        self.outcomes = (
            Outcomes(self.cases, self.old, "old: "),
            Outcomes(self.cases, self.new, "new: "),
        )

    def _word_for_word(self, item: str) -> bool:
        """Whether the same blocks, with the same conditions, beat each other in the same way."""
        mine, theirs = _laws(self.old, item), _laws(self.new, item)
        if mine != theirs:
            return False
        flags = {
            (part.table, part.name)
            for block in relevant(self.old, item)
            for part in walk(self.old.own[block])
            if isinstance(part, Holds)
        }
        return all(
            self.old.listed.get(flag, frozenset()) == self.new.listed.get(flag, frozenset())
            for flag in flags
        )

    # -- formulas ---------------------------------------------------------------------------------

    def always(self) -> Iterator[Formula]:
        """What holds of every case: to be asserted once all other formulas are made."""
        yield from self.cases.always
        yield from self._tied
        for one in self.outcomes:
            yield from one.tied
            yield from one.switches.values()
        old, new = self.outcomes
        shared = set(self.old.contested.values()) & set(self.new.contested.values())
        for provision in sorted(shared):
            yield z3.Bool(f"{old.name}{provision} acts") == z3.Bool(f"{new.name}{provision} acts")

    def stricter(self, item: str) -> Formula:
        """That a case gets less by the new law: grant, then refer, then deny."""
        old, new = self.outcomes
        return self._more(old, new, item)

    def looser(self, item: str) -> Formula:
        """That a case gets more by the new law."""
        old, new = self.outcomes
        return self._more(new, old, item)

    def _more(self, one: Outcomes, other: Outcomes, item: str) -> Formula:
        """That a case gets more by the one than by the other."""
        grants, denies = self._verdict(one, "grant", item), self._verdict(one, "deny", item)
        other_grants = self._verdict(other, "grant", item)
        other_denies = self._verdict(other, "deny", item)
        return any_of(
            [all_of([grants, negated(other_grants)]), all_of([other_denies, negated(denies)])]
        )

    def bases(self, item: str, order: Order) -> Formula:
        """That a case has one basis by the old law, and another by the new."""
        old, new = self.outcomes
        return all_of([self._basis(old, order[0], item), self._basis(new, order[1], item)])

    def _verdict(self, one: Outcomes, verdict: str, item: str) -> Formula:
        return self._named(one, verdict, item, one.verdict)

    def _basis(self, one: Outcomes, basis: str, item: str) -> Formula:
        return self._named(one, basis, item, one.basis)

    def _named(
        self, one: Outcomes, word: str, item: str, made: Callable[[str, str], Formula]
    ) -> Formula:
        """A formula by a name of its own, so that it is made once."""
        name = z3.Bool(f"{one.name}{item}: {word}")
        if (one.name, item, word) not in self._known:
            self._known.add((one.name, item, word))
            self._tied.append(same(name, made(word, item)))
        return name

    def one_of(self, cells: Iterable[Cell]) -> Formula:
        """That a case lies in one of these cells, written with words that stand for themselves.

        Of cells that `always` has not heard of yet, this adds to what it says.
        """
        return any_of([self._in(cell) for cell in cells])

    def _in(self, cell: Cell) -> Formula:
        if cell not in self._cells:
            self._cells[cell] = z3.Bool(f"{KIND} and {PURPOSE}: {cell}")
            kind, purpose = self._is(KIND, cell[0]), self._is(PURPOSE, cell[1])
            self._tied.append(same(self._cells[cell], all_of([kind, purpose])))
        return self._cells[cell]

    def _is(self, name: str, word: str) -> Formula:
        if name not in self.cases.paths:
            return TRUE
        term = Term(name, self.vocabulary.facts[name].scope)
        return self.cases.truth(Compare(term, "=", Term(value=word))).yes

    def worlds(self, model: z3.ModelRef) -> tuple[World, World]:
        """A model as each side's world: its contested provisions, its lists, and the words it has."""
        facts = self.cases.facts(model)
        old, new = (
            World(
                known(by_lists(facts, one.rules), one.rules.vocabulary),
                frozenset(
                    provision
                    for provision in set(one.rules.contested.values())
                    if holds(model, z3.Bool(f"{one.name}{provision} acts"))
                ),
                {},
            )
            for one in self.outcomes
        )
        return old, new

    # -- cells ------------------------------------------------------------------------------------

    def words(self, name: str) -> tuple[str, ...]:
        """The words of the fact that cells are split by."""
        fact = self.vocabulary.facts.get(name)
        return fact.words if fact is not None and fact.type == "words" else (ANY,)

    def stands_for(self, name: str) -> dict[str, str]:
        """For each word the one that stands for it: no condition tells those apart that share it."""
        words = self.words(name)
        if name not in self.cases.paths or words == (ANY,):
            return dict.fromkeys(words, words[0])
        values = self.cases.values(name)
        named = {str(one) for _, cond in self._asked for one in _named(cond, name)}
        other = next((str(one) for one in values if one not in named), words[0])
        return {word: word if word in values else other for word in words}


def _beats(rules: RuleSet, item: str) -> object:
    blocks = relevant(rules, item)
    return rules.rules(item), tuple((one, rules.beaters_for(one, item)) for one in blocks)


def _laws(rules: RuleSet, item: str) -> dict[str, object]:
    """All that a rule set says about an item, by block."""
    return {
        block: (
            rules.blocks[block].kind,
            item in rules.blocks[block].items,
            rules.own[block],
            rules.contested.get(block),
            rules.beaters_for(block, item),
        )
        for block in relevant(rules, item)
    }


def _named(cond: Condition, name: str) -> Iterator[Value]:
    """The words that a condition compares a fact with."""
    for part in walk(cond):
        if isinstance(part, OneOf) and part.term.name == name:
            yield from part.values
        elif isinstance(part, Compare) and name in (part.left.name, part.right.name):
            yield from (side.value for side in terms(part) if side.value is not None)


def read_terms(part: Condition) -> Iterator[Term]:
    """The terms that one part of a condition reads, a counted column among them."""
    yield from terms(part)
    if isinstance(part, Count) and part.column is not None:
        yield Term(part.column, "row", part.table)


def by_lists(facts: Facts, rules: RuleSet) -> Facts:
    """The facts with the flags that a law's lists give their offences."""
    rows = {table: [dict(row) for row in found] for table, found in facts.rows.items()}
    for (table, flag), offenses in rules.listed.items():
        for row in rows.get(table, ()):
            if flag in row and row.get("offense") in offenses:
                row[flag] = True
    return Facts(facts.values, facts.items, rows, facts.complete, facts.sources)


def known(facts: Facts, vocabulary: Vocabulary) -> Facts:
    """The facts that a vocabulary has words for."""
    columns = vocabulary.tables
    rows: dict[str, list[Row]] = {
        table: [{c: v for c, v in row.items() if c in columns[table]} for row in found]
        for table, found in facts.rows.items()
        if table in columns
    }
    return Facts(
        {name: value for name, value in facts.values.items() if name in vocabulary.facts},
        {
            (item, name): value
            for (item, name), value in facts.items.items()
            if item in vocabulary.items and name in vocabulary.facts
        },
        rows,
        facts.complete & set(columns),
        facts.sources,
    )


# -- lists of the law -------------------------------------------------------------------------------


def _apart(
    old: RuleSet, new: RuleSet, asked: Iterable[tuple[str, Condition]]
) -> Iterator[Condition]:
    """Leaves that name the offences about which the two laws' lists differ, for what both read."""
    parts = [part for _, cond in asked for part in walk(cond)]
    tables = {part.table for part in parts if isinstance(part, Quantified | Count)}
    read = {term.name for part in parts for term in read_terms(part) if term.scope == "row"}
    for table in sorted(tables):
        flags = sorted(
            flag
            for flag in {c for t, c in (*old.listed, *new.listed) if t == table} & read
            if _listed(old, table, flag) != _listed(new, table, flag)
        )
        kinds: dict[object, list[str]] = {}
        for offense in sorted({o for f in flags for r in (old, new) for o in _listed(r, table, f)}):
            way = tuple((offense in _listed(old, table, f), offense in _listed(new, table, f)) for f in flags)  # fmt: skip
            if any(one is not other for one, other in way):
                kinds.setdefault(way, []).append(offense)
        most = _most(parts) if "offense" in read else 1
        named = [one for found in kinds.values() for one in found[:most]]
        if named:
            yield OneOf(Term("offense", "row", table), tuple(named))


def _most(parts: list[Condition]) -> int:
    """How many texts could have to be told apart, at most: each row's, and all others."""
    rows = sum(
        witnesses(part) if isinstance(part, Count) else isinstance(part, Quantified)
        for part in parts
    )
    return (rows + 1) * sum(1 for part in parts for _ in read_terms(part))


def _listed(rules: RuleSet, table: str, flag: str) -> frozenset[str]:
    return rules.listed.get((table, flag), frozenset())

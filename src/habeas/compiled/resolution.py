"""Exact resolution: what Kleene's logic leaves open, settled over all worlds at once.

    RuleSet, item, Facts  ->  open questions  ->  diagrams over the unknown facts  ->  Finding

Promise: the same finding as `interpreter.find`, without going through the worlds one by one.

The unknown facts are variables, each with the representatives of `law.domains`. All further rows of
an open table are one variable: its values are the *effects* that some collection of rows can have
on the counts (`further`). What rows do may hang on facts outside of them (`received_on - INTERVAL
'5' YEAR <= convicted_on` where both are unknown): such an *outer* fact is no variable, but each of
its values gives a `View`. Values that cannot go together (an offence that is listed, beside a flag
that says no) are ruled out by the `legal` diagram.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from habeas.compiled.effort import spend
from habeas.compiled.further import Effect, Kind, effects
from habeas.compiled.residual import (
    Given,
    Open,
    OpenCount,
    OpenLeaf,
    OpenNot,
    Plan,
    Plans,
)
from habeas.compiled.shape import renamed, shape_of
from habeas.compiled.unknown import Unknown
from habeas.law.conditions import Condition
from habeas.law.domains import Path
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import DECIDING, OUTCOMES, Finding, basis_of
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import relevant

Fixed = dict[Path, Value]
Parts = dict[int, tuple[Hashable, ...]]
"""By count (its id): for each effect, what it does to this count."""

_KEPT = 8
_KINDS = 10_000
_SHAPES = 50_000
_plans: dict[int, tuple[RuleSet, _Kept]] = {}


class _Law(NamedTuple):
    """What bears on one item: each block's plan; the rules; what beats each of them."""

    plans: tuple[tuple[str, Plan], ...]
    rules: tuple[str, ...]
    beaters: dict[str, tuple[str, ...]]


class _Kept(Plans):
    """The plans of one rule set, and of each item what bears on it."""

    def __init__(self, rules: RuleSet) -> None:
        super().__init__(rules.vocabulary)
        self._rules = rules
        self._laws: dict[str, _Law] = {}
        self._truths: dict[Hashable, tuple[bool, ...]] = {}

    def law(self, item: str) -> _Law:
        """What bears on an item: looked for once, for a law may have many rules."""
        found = self._laws.get(item)
        if found is None:
            blocks, rules = relevant(self._rules, item), self._rules
            plans = tuple([(name, self.plan(rules.own[name])) for name in blocks])
            beaters = {name: rules.beaters_for(name, item) for name in blocks}
            found = self._laws[item] = _Law(plans, rules.rules(item), beaters)
        return found

    def truths(self, leaf: OpenLeaf, path: Path, values: tuple[Value, ...]) -> tuple[bool, ...]:
        """Whether a leaf whose one unknown fact is at `path` holds, for each of its values."""
        key = (id(leaf.leaf), leaf.sides, values)  # the leaf is a plan's, and lives as long
        found = self._truths.get(key)
        if found is None:
            if len(self._truths) >= _KINDS:
                self._truths.clear()
            found = self._truths[key] = tuple([leaf.holds({path: value}) for value in values])
        return found


def resolve(
    rules: RuleSet,
    item: str,
    facts: Facts,
    like: str = "",
    known: Mapping[str, bool] = MappingProxyType({}),
) -> Finding:
    """The finding for one item; it equals `interpreter.find`.

    Worked out once for all facts that leave the same open, and for all items that the law treats as
    it does `like` (left out: as no other). Of the blocks that are `known`, Kleene's logic has told
    the caller what their own condition is: they are not asked again.
    """
    whole, plans = rules.completed(facts), _plans_of(rules)
    own = _left(item, whole, plans, known)
    shape = shape_of(own, item, whole)
    kept = plans.shapes.get((like or item, shape.key))
    if kept is None:
        if len(plans.shapes) >= _SHAPES:
            plans.shapes.clear()
        made = Resolution(rules, item, whole, own).finding()
        kept = plans.shapes[like or item, shape.key] = (item, shape.numbers, made)
    of, numbers, found = kept
    return renamed(found, of, numbers, item, shape.numbers)


def _left(
    item: str, whole: Facts, plans: _Kept, known: Mapping[str, bool]
) -> dict[str, Open | bool]:
    """What is left of each block's own condition; those of which it is no are left out."""
    given = Given.of(whole, item)
    own: dict[str, Open | bool] = {}
    for name, plan in plans.law(item).plans:
        left = known[name] if name in known else plan.under(given, "", {})
        if left is not False:
            own[name] = left
    return own


def resolve_condition(rules: RuleSet, condition: Condition, item: str, facts: Facts) -> bool | None:
    """Whether a condition (definitions opened) is yes in all worlds, no in all, or neither."""
    whole, plans = rules.completed(facts), _plans_of(rules)
    asked = plans.plan(condition).under(Given.of(whole, item), "", {})
    made = Resolution(rules, item, whole, {}, asked)
    found = {
        bool(value) for view in made.views() for value in view.reachable(view.build(made.asked))
    }
    return found.pop() if len(found) == 1 else None


def _plans_of(rules: RuleSet) -> _Kept:
    """The plans of a rule set, kept for the last few."""
    found = _plans.get(id(rules))
    if found is None or found[0] is not rules:
        while len(_plans) >= _KEPT:
            _plans.pop(next(iter(_plans)), None)
        found = _plans[id(rules)] = (rules, _Kept(rules))
    return found[1]


class Resolution:
    """One item's law, the known facts put in, over what is unknown of it.

    facts  completed by the rule set
    own    what is left of each block's own condition; a block that is not there does not act
    asked  what is left of a condition that is asked about instead
    """

    def __init__(
        self,
        rules: RuleSet,
        item: str,
        facts: Facts,
        own: dict[str, Open | bool],
        asked: Open | bool = True,
    ) -> None:
        self.rules = rules
        self.item = item
        self.plans = _plans_of(rules)
        self.own = own
        law = self.plans.law(item)
        self.mine = [rule for rule in law.rules if rule in own]
        self.beaters = {
            block: tuple([other for other in law.beaters[block] if other in own]) for block in own
        }
        self.asked = asked
        contested = {rules.contested[name] for name in own if name in rules.contested}
        self.unknown = Unknown(rules, facts, [*self.own.values(), self.asked], sorted(contested))
        self.diagrams = self.unknown.diagrams

    # -- views ------------------------------------------------------------------------------------

    def views(self) -> Iterator[View]:
        """A view for each choice of the outer facts."""
        for choice in product(*(self.unknown.domains[path] for path in self.unknown.outer)):
            yield self.view([dict(zip(self.unknown.outer, choice, strict=True))])[0]

    def view(self, choices: Sequence[Fixed]) -> list[View]:
        """Views in which the same further rows stand, one for each of several choices."""
        views = [View(self, fixed) for fixed in choices]
        for table, counts in self.unknown.open.items():
            found = self._effects(table, counts, views)
            for index, view in enumerate(views):
                for at, count in enumerate(counts, index * len(counts)):
                    view.parts[id(count)] = tuple([effect[at] for effect in found])
        return views

    def _effects(
        self, table: str, counts: Sequence[OpenCount], views: Sequence[View]
    ) -> list[Effect]:
        """Every effect of some further rows on the counts, in each of the views."""
        columns = list(dict.fromkeys([c.column for c in counts if c.column is not None]))
        asks = [None if c.column is None else columns.index(c.column) for c in counts]
        kinds = frozenset(self._kinds(table, counts, views, columns, asks))
        needed = tuple([count.needed for count in counts] * len(views))
        fresh = tuple([self.unknown.fresh(f"{table}[+].{column}") for column in columns])
        return effects(kinds, needed, tuple(asks * len(views)), fresh)

    def _kinds(
        self,
        table: str,
        counts: Sequence[OpenCount],
        views: Sequence[View],
        columns: Sequence[str],
        asks: list[int | None],
    ) -> Iterator[Kind]:
        """Every kind of row: the counts that it counts for, its values in the counted columns."""
        told = views if self.unknown.outer_of[table] else views[:1]  # else all say the same
        held, said, free = self._held(table, counts, told, columns)
        for one in held:
            found = one[: len(asks) * len(told)] * (len(views) // len(told))
            asked = {
                ask for ask, counts_for in zip(asks * len(views), found, strict=True) if counts_for
            }
            values = one[len(asks) * len(told) :]
            every = [self.unknown.domains[path] if free[at] else () for at, path in enumerate(said)]
            could = [
                (every[at] or (value[1],)) if at in asked else (None,)  # type: ignore[index]  # a pair
                for at, value in enumerate(values)
            ]
            for combined in product(*could):
                spend(1)
                mask = 0
                for at, ask in enumerate(asks * len(views)):
                    sure = counts[at % len(counts)].sure
                    if found[at] and (ask is None or combined[ask] not in sure):
                        mask |= 1 << at
                if mask:
                    yield mask, combined

    def _held(
        self,
        table: str,
        counts: Sequence[OpenCount],
        views: Sequence[View],
        columns: Sequence[str],
    ) -> tuple[list[tuple[object, ...]], list[Path], list[bool]]:
        """For each kind of row: which counts it counts for, then its values in the counted columns.

        With the columns' paths, and whether each is read by no condition: then its value is left
        out, for it can be any. Where nothing else bears on further rows, this is remembered.
        """
        diagrams = self.diagrams
        paths = [f"{table}[+].{column}" for column in columns]
        key = (table, tuple([count.origin for count in counts]))
        legal = self.unknown.legal_row(table, f"{table}[+]", {})
        alike = legal == diagrams.true and not self.unknown.outer_of[table]
        kept = self.plans.kinds.get(key) if alike else None
        if kept is not None:
            return kept, paths, [True] * len(paths)
        held = [view.build(count.further) for view in views for count in counts]
        read = set().union(*(diagrams.support(node) for node in (legal, *held)))
        free = [self.unknown.number[path] not in read for path in paths]
        values = [
            diagrams.terminal(("value", None)) if alone else self.unknown.column(path, None)
            for path, alone in zip(paths, free, strict=True)
        ]
        made = diagrams.combine(("kind", table, len(views)), _kind, legal, *held, *values)
        kinds = [kind for kind in diagrams.values(made) if isinstance(kind, tuple)]
        if alike and all(free):
            if len(self.plans.kinds) >= _KINDS:
                self.plans.kinds.clear()
            self.plans.kinds[key] = kinds
        return kinds, paths, free

    # -- the finding ------------------------------------------------------------------------------

    def finding(self) -> Finding:
        """Steps 1 to 4 of section 5."""
        rules = self.rules
        views = list(self.views())
        mine = self.mine
        bases = {str(basis) for view in views for basis in view.reachable(view.outcome)}
        verdicts = {OUTCOMES[basis] for basis in bases}
        defeated = self._defeated(mine, views)
        if len(verdicts) == 1:
            basis = max(bases, key=list(OUTCOMES).index)
            deciding = sorted(r for r in mine if any(v.decides(r, bases) for v in views))
            return Finding(verdicts.pop(), basis, tuple(deciding), defeated, ())
        undecided = [
            rule
            for rule in sorted(mine)
            if len({held for view in views for held in view.reachable(view.acts(rule))}) == 2
        ]
        missing = self._missing(views)
        judged = all(rules.vocabulary.is_judgement(path) for path in missing)
        basis = "contested" if not missing else "judgement" if judged else "missing facts"
        return Finding("refer", basis, tuple(undecided), defeated, missing)

    def _defeated(
        self, mine: Sequence[str], views: Sequence[View]
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = []
        for rule in sorted(mine):
            by = [
                other
                for other in self.beaters[rule]
                if any(view.possible([view.chosen(rule), view.acts(other)]) for view in views)
            ]
            if by:
                found.append((rule, tuple(sorted(by))))
        return tuple(found)

    # -- what matters -----------------------------------------------------------------------------

    def _missing(self, views: Sequence[View]) -> tuple[str, ...]:
        """The facts that matter: two worlds that differ in one alone differ in verdict."""
        found = {
            self.unknown.names[variable]
            for view in views
            for variable in view.matters(view.verdict)
            if not self.unknown.names[variable].startswith("contested ")
        }
        found |= {path for path in self.unknown.outer if self._outer_matters(path, views)}
        return tuple(sorted(found))

    def _outer_matters(self, path: Path, views: Sequence[View]) -> bool:
        """Whether a fact that the further rows' effects hang on matters.

        Of two worlds that differ in it alone, the same rows stand in both. If any two of its values
        differ in verdict then two neighbours do.
        """
        pairs = list(self._neighbours(path, views))
        return any(one.without_rows() != other.without_rows() for one, other in pairs) or any(
            self._differ(one, other) for one, other in pairs
        )

    def _neighbours(self, path: Path, views: Sequence[View]) -> Iterator[tuple[View, View]]:
        by_choice = {tuple(view.fixed[p] for p in self.unknown.outer): view for view in views}
        at = self.unknown.outer.index(path)
        following = dict(
            zip(self.unknown.domains[path], self.unknown.domains[path][1:], strict=False)
        )
        for choice, view in by_choice.items():
            if choice[at] in following:
                yield view, by_choice[*choice[:at], following[choice[at]], *choice[at + 1 :]]

    def _differ(self, one: View, other: View) -> bool:
        """Whether some same further rows make the verdicts of two views differ."""
        if not one.reads_rows() and not other.reads_rows():
            return False  # `without_rows` has compared them
        first, second = self.view([one.fixed, other.fixed])
        return first.legal_verdict() != second.legal_verdict()


class View:
    """The law where the outer facts are fixed.

    parts  what further rows may do to each count
    """

    def __init__(self, of: Resolution, fixed: Fixed) -> None:
        self.of = of
        self.rules = of.rules
        self.unknown = of.unknown
        self.diagrams = of.diagrams
        self.fixed = fixed
        self.parts: Parts = {}
        self._built: dict[int, int] = {}
        self._acts: dict[str, int] = {}
        self._outcome: int | None = None

    # -- conditions -------------------------------------------------------------------------------

    def build(self, node: Open | bool) -> int:
        """The diagram of an open question."""
        if isinstance(node, bool):
            return self.diagrams.true if node else self.diagrams.false
        found = self._built.get(id(node))
        if found is None:
            found = self._built[id(node)] = self._made(node)
        return found

    def _made(self, node: Open) -> int:
        diagrams = self.diagrams
        spend(1)
        if isinstance(node, OpenNot):
            return diagrams.not_(self.build(node.arg))
        if isinstance(node, OpenLeaf):
            return self._leaf(node)
        if isinstance(node, OpenCount):
            return (
                self._some(node) if node.needed == 1 and node.column is None else self._count(node)
            )
        absorbing = diagrams.false if node.both else diagrams.true
        parts = []
        for arg in node.args:
            part = self.build(arg)
            if part == absorbing:
                return absorbing
            parts.append(part)
        return diagrams.and_(parts) if node.both else diagrams.or_(parts)

    def _leaf(self, leaf: OpenLeaf) -> int:
        number, domains, diagrams = self.unknown.number, self.unknown.domains, self.diagrams
        if len(leaf.facts) == 1 and self.fixed.keys().isdisjoint(leaf.facts):
            (path,) = leaf.facts
            found = self.of.plans.truths(leaf, path, tuple(domains[path]))
            spend(len(found))  # as much whether it was remembered or not
            made = tuple([diagrams.true if held else diagrams.false for held in found])
            return diagrams.node(number[path], made)
        free = sorted((p for p in leaf.facts if p not in self.fixed), key=number.__getitem__)
        values = {path: self.fixed[path] for path in leaf.facts if path in self.fixed}

        def over(at: int) -> int:
            if at == len(free):
                spend(1)
                return diagrams.true if leaf.holds(values) else diagrams.false
            children = []
            for value in domains[free[at]]:
                values[free[at]] = value
                children.append(over(at + 1))
            return diagrams.node(number[free[at]], tuple(children))

        return over(0)

    def _some(self, count: OpenCount) -> int:
        """At least one row."""
        given = [self.build(held) for held, _, _ in count.rows]
        return self.diagrams.or_([*given, self._further(count, (False,))])

    def _count(self, count: OpenCount) -> int:
        """At least so many rows, or distinct values."""
        diagrams, needed = self.diagrams, count.needed
        if count.column is None:

            def add(total: int, held: bool) -> int:
                return min(total + held, needed)

            made = diagrams.terminal(0)
            for held, _, _ in count.rows:
                made = diagrams.combine(("add", needed), add, made, self.build(held))
            more = self._further(count, (0,))
            return diagrams.combine(("sum", needed), lambda a, b: a + b >= needed, made, more)

        sure = count.sure

        def join(
            found: frozenset[Value], held: bool, column: tuple[str, Value]
        ) -> frozenset[Value]:
            more = held and column[1] not in sure and len(found) < needed
            return found | {column[1]} if more else found

        made = diagrams.terminal(frozenset())
        for held, path, value in count.rows:
            column = self.unknown.column(path, value)
            made = diagrams.combine(("join", id(count)), join, made, self.build(held), column)
        more = self._further(count, (frozenset(),))
        return diagrams.combine(("union", needed), lambda a, b: len(a | b) >= needed, made, more)

    def _further(self, count: OpenCount, nothing: tuple[Hashable, ...]) -> int:
        """What the further rows add."""
        diagrams = self.diagrams
        children = tuple([diagrams.terminal(v) for v in self.parts.get(id(count), nothing)])
        if count.further is False or len(children) == 1:
            return children[0]
        return diagrams.node(self.unknown.number[count.table], children)

    # -- blocks -----------------------------------------------------------------------------------

    def acts(self, block: str) -> int:
        """Step 1 for a block, as a diagram."""
        found = self._acts.get(block)
        if found is None:
            base, diagrams = self.chosen(block), self.diagrams
            beaters = self.of.beaters[block] if base != diagrams.false else ()
            beaten = diagrams.or_([self.acts(other) for other in beaters])
            found = self._acts[block] = diagrams.and_([base, diagrams.not_(beaten)])
        return found

    def chosen(self, block: str) -> int:
        """A block's own condition, and that it is let act if it is contested."""
        own, diagrams = self.build(self.of.own[block]), self.diagrams
        if block not in self.rules.contested or own == diagrams.false:
            return own
        variable = self.unknown.number[f"contested {self.rules.contested[block]}"]
        return diagrams.and_([own, diagrams.node(variable, (diagrams.true, diagrams.false))])

    @property
    def outcome(self) -> int:
        """Step 3's basis."""
        if self._outcome is None:
            rules, diagrams = self.rules, self.diagrams
            acting: dict[str, list[int]] = {"forbid": [], "require": [], "permit": []}
            for rule in self.of.mine:
                acting[rules.blocks[rule].kind].append(self.acts(rule))
            joined = [diagrams.or_(found) for found in acting.values()]
            self._outcome = diagrams.combine("basis", basis_of, *joined)
        return self._outcome

    @property
    def verdict(self) -> int:
        """Step 3's verdict."""
        return self.diagrams.combine("verdict", OUTCOMES.__getitem__, self.outcome)

    # -- looking ----------------------------------------------------------------------------------

    def lawful(self, node: int) -> int:
        """The function where the values can go together, `_ILLEGAL` elsewhere."""
        if self.unknown.legal == self.diagrams.true:
            return node
        return self.diagrams.combine("legal", _only_if, self.unknown.legal, node)

    def reachable(self, node: int) -> set[Hashable]:
        """The values that come out in some world."""
        return self.diagrams.values(self.lawful(node)) - {_ILLEGAL}

    def possible(self, nodes: Sequence[int]) -> bool:
        """Whether all of them are yes in one world."""
        return self.diagrams.and_([self.unknown.legal, *nodes]) != self.diagrams.false

    def decides(self, rule: str, bases: set[str]) -> bool:
        """Whether a rule acts in a world whose basis its kind decides."""
        acts, diagrams = self.acts(rule), self.diagrams
        if acts == diagrams.false:
            return False
        kind = self.rules.blocks[rule].kind
        deciding = frozenset(basis for basis in bases if kind in DECIDING[basis])
        if deciding == bases:
            return self.possible([acts])
        here = diagrams.combine(("in", deciding), deciding.__contains__, self.outcome)
        return self.possible([acts, here])

    def matters(self, node: int) -> Iterable[int]:
        """The variables of which two values, all else alike and lawful, differ in outcome."""
        diagrams = self.diagrams
        only = self.lawful(node)
        bound = diagrams.support(self.unknown.legal)
        for variable in diagrams.support(only):
            if variable not in bound or self._splits(only, variable):
                yield variable

    def _splits(self, node: int, variable: int) -> bool:
        diagrams = self.diagrams
        sets = diagrams.combine("single", _single, node)
        joined = diagrams.eliminate(sets, variable, "union", frozenset.union)
        return any(len(found) > 1 for found in diagrams.values(joined))  # type: ignore[arg-type]  # sets

    def legal_verdict(self) -> int:
        """The verdict where the values can go together."""
        return self.lawful(self.verdict)

    def without_rows(self) -> int:
        """The verdict where no open table has a further row."""
        node = self.legal_verdict()
        for table in self.unknown.open:
            node = self.diagrams.restrict(node, self.unknown.number[table], 0)
        return node

    def reads_rows(self) -> bool:
        """Whether further rows can change the verdict."""
        tables = {self.unknown.number[table] for table in self.unknown.open}
        return not tables.isdisjoint(self.diagrams.support(self.legal_verdict()))


_ILLEGAL = "illegal"


def _kind(legal: bool, *found: Hashable) -> tuple[Hashable, ...] | None:
    return found if legal else None


def _only_if(legal: bool, value: Hashable) -> Hashable:
    return value if legal else _ILLEGAL


def _single(value: Hashable) -> frozenset[Hashable]:
    return frozenset() if value == _ILLEGAL else frozenset((value,))

"""Exact resolution: what Kleene's logic leaves open, settled over all worlds at once.

    RuleSet, item, Facts  ->  diagrams over the unknown facts  ->  Finding

Promise: the same finding as `interpreter.find`, without going through the worlds one by one.

The unknown facts are variables, each with the representatives of `law.domains`. All further rows of
an open table are one variable: its values are the *effects* that some collection of rows can have
on the quantifiers (which become true, how far a count goes). Values that cannot go together (an
offence that is listed, beside a flag that says no) are ruled out by the `legal` diagram.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import product

from habeas.compiled.diagram import Diagrams
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
    Quantified,
    Term,
    Within,
    compare,
    terms,
    walk,
)
from habeas.law.domains import Domains, domains_of
from habeas.law.facts import Facts, Row, Value
from habeas.law.interpreter import DECIDING, OUTCOMES, Finding, basis_of, truth
from habeas.law.ruleset import RuleSet
from habeas.law.worlds import relevant

Quantifier = Quantified | Count
Effect = tuple[Hashable, ...]


def resolve(rules: RuleSet, item: str, facts: Facts) -> Finding:
    """The finding for one item; the inverse question to `interpreter.find`, which it equals."""
    return Resolution(rules, item, rules.completed(facts)).finding()


def resolve_condition(rules: RuleSet, condition: Condition, item: str, facts: Facts) -> bool | None:
    """Whether a condition (definitions opened) is yes in all worlds, no in all, or neither (None)."""
    made = Resolution(rules, item, rules.completed(facts), (condition,))
    values = made.reachable(made.build(condition))
    return values.pop() if len(values) == 1 else None  # type: ignore[return-value]  # diagrams of conditions hold yes and no


class Resolution:
    """One item's law as diagrams over what is unknown of it.

    facts       completed by the rule set
    conditions  what to make domains for; left out: the item's own law
    """

    def __init__(
        self, rules: RuleSet, item: str, facts: Facts, conditions: Sequence[Condition] | None = None
    ) -> None:
        self.rules = rules
        self.item = item
        self.facts = facts
        self.blocks = relevant(rules, item)
        self.conditions = [rules.own[block] for block in self.blocks] if conditions is None else list(conditions)
        self.domains: Domains = domains_of(rules.vocabulary, self.conditions, facts)
        self.diagrams = Diagrams()
        self.names: list[str] = []
        self.number: dict[str, int] = {}
        self.legal = self.diagrams.true
        self._number_variables()
        self._built: dict[tuple[Condition, str, int], int] = {}
        self._effects: dict[str, list[Effect]] = {}
        self._open: dict[str, list[Quantifier]] = {}
        self._outer_of: dict[str, list[str]] = {}
        self._choices: dict[str, list[tuple[int, ...]]] = {}
        self._further()
        self._listed()
        self._acts: dict[str, int] = {}

    # -- variables --------------------------------------------------------------------------------

    def _number_variables(self) -> None:
        """Request, person and item facts first, then the rows, then further rows, then choices."""
        outer: list[str] = []
        rows: list[str] = []
        tables: list[str] = []
        for (table, name), fact in sorted(self.domains.used.items()):
            if not table:
                path = f"{self.item}.{name}" if fact.scope == "item" else name
                if self._known(Term(name, fact.scope), None) is None:
                    outer.append(path)
        for table in sorted({t for t, _ in self.domains.used if t} | {q.table for q in self._quantifiers()}):
            columns = self.domains.columns(table)
            for index, row in enumerate(self.facts.rows.get(table, ()), 1):
                rows += [f"{table}[{index}].{column}" for column in columns if column not in row]
            if table not in self.facts.complete:
                tables.append(table)
                rows += [f"{table}[+].{column}" for column in columns]
        contested = sorted({self.rules.contested[b] for b in self.blocks if b in self.rules.contested})
        self.names = [*outer, *rows, *tables, *(f"contested {provision}" for provision in contested)]
        self.number = {name: index for index, name in enumerate(self.names)}

    def _quantifiers(self) -> list[Quantifier]:
        found = [part for c in self.conditions for part in walk(c) if isinstance(part, Quantifier)]
        return list(dict.fromkeys(found))

    def _known(self, term: Term, row: Row | None) -> Value | None:
        if term.name is None:
            return term.value
        if term.scope == "row":
            return (row or {}).get(term.name)
        if term.scope == "item":
            return self.facts.items.get((self.item, term.name))
        return self.facts.values.get(term.name)

    def _path(self, term: Term, row_name: str) -> str:
        assert term.name is not None
        if term.scope == "row":
            return f"{row_name}.{term.name}"
        return f"{self.item}.{term.name}" if term.scope == "item" else term.name

    # -- conditions -------------------------------------------------------------------------------

    def build(self, cond: Condition, row_name: str = "", row: Row | None = None) -> int:
        """The diagram of a condition, for a row where it stands inside a quantifier."""
        diagrams = self.diagrams
        if isinstance(cond, Const):
            return diagrams.true if cond.value else diagrams.false
        if isinstance(cond, Not):
            return diagrams.not_(self.build(cond.arg, row_name, row))
        if isinstance(cond, And | Or):
            absorbing = diagrams.false if isinstance(cond, And) else diagrams.true
            parts = []
            for arg in cond.args:
                part = self.build(arg, row_name, row)
                if part == absorbing:
                    return absorbing
                parts.append(part)
            return diagrams.and_(parts) if isinstance(cond, And) else diagrams.or_(parts)
        if isinstance(cond, Quantified | Count):
            return self._quantifier(cond)
        return self._leaf(cond, row_name, row)

    def _leaf(self, cond: Holds | Compare | OneOf | Within, row_name: str, row: Row | None) -> int:
        unknown = {
            self._path(term, row_name): term
            for term in terms(cond)
            if term.name is not None and self._known(term, row) is None
        }
        if not unknown:
            return self.diagrams.terminal(bool(truth(cond, self.facts, self.item, row)))
        order = sorted(unknown, key=self.number.__getitem__)
        return self._enumerate(cond, order, unknown, row, {}, {})

    def _enumerate(
        self,
        cond: Condition,
        order: list[str],
        unknown: dict[str, Term],
        row: Row | None,
        values: dict[str, Value],
        columns: dict[str, Value],
    ) -> int:
        """A leaf over its unknown facts (two at the most), each value tried."""
        if not order:
            items = {(self.item, name): value for name, value in values.items()}
            facts = Facts({**self.facts.values, **values}, {**self.facts.items, **items})
            return self.diagrams.terminal(bool(truth(cond, facts, self.item, {**(row or {}), **columns})))
        term = unknown[order[0]]
        assert term.name is not None
        children = []
        for value in self.domains.values((term.table, term.name)):
            into_row = {**columns, term.name: value} if term.scope == "row" else columns
            into = {**values, term.name: value} if term.scope != "row" else values
            children.append(self._enumerate(cond, order[1:], unknown, row, into, into_row))
        return self.diagrams.node(self.number[order[0]], tuple(children))

    # -- quantifiers ------------------------------------------------------------------------------

    def _given(self, quantifier: Quantifier) -> int:
        """Over the rows that are there: yes or no for any and every, a number, or a set of values."""
        key = (quantifier, "", 0)
        found = self._built.get(key)
        if found is not None:
            return found
        diagrams = self.diagrams
        rows = list(enumerate(self.facts.rows.get(quantifier.table, ()), 1))
        held = [self.build(quantifier.cond, f"{quantifier.table}[{n}]", row) for n, row in rows]
        if isinstance(quantifier, Quantified):
            found = diagrams.or_(held) if quantifier.kind == "any" else diagrams.and_(held)
        elif quantifier.column is None:
            found = diagrams.terminal(("number", 0))
            for one in held:
                found = diagrams.combine("add", _add, found, one)
        else:
            found = diagrams.terminal(frozenset())
            for one, (n, row) in zip(held, rows, strict=True):
                term = Term(quantifier.column, "row", quantifier.table)
                column = self._column(term, f"{quantifier.table}[{n}]", row)
                found = diagrams.combine("join", _join, found, one, column)
        self._built[key] = found
        return found

    def _column(self, term: Term, row_name: str, row: Row | None) -> int:
        """A column's value as a diagram."""
        known = self._known(term, row)
        if known is not None:
            return self.diagrams.terminal(("value", known))
        assert term.name is not None
        values = self.domains.values((term.table, term.name))
        children = tuple(self.diagrams.terminal(("value", value)) for value in values)
        return self.diagrams.node(self.number[self._path(term, row_name)], children)

    def _quantifier(self, quantifier: Quantifier) -> int:
        """Over the rows that are there, and whatever further ones there may be."""
        given = self._given(quantifier)
        further = self._further_effect(quantifier)
        op = quantifier.op if isinstance(quantifier, Count) else ""
        number = quantifier.number if isinstance(quantifier, Count) else 0
        if isinstance(quantifier, Quantified):
            join = _any if quantifier.kind == "any" else _every
            return self.diagrams.combine(join.__name__, join, given, further)
        if quantifier.column is None:
            return self.diagrams.combine(("count", op, number), _counted(op, number), given, further)
        return self.diagrams.combine(("distinct", op, number), _distinct(op, number), given, further)

    def _further_effect(self, quantifier: Quantifier) -> int:
        """What the further rows of an open table do to a quantifier, as a diagram."""
        diagrams = self.diagrams
        table = quantifier.table
        if quantifier not in self._open.get(table, ()):
            return diagrams.terminal(("effect", _nothing(quantifier)))
        position = self._open[table].index(quantifier)
        outer = self._outer_of[table]
        effects = self._effects[table]
        width = len(self._open[table])

        def nested(choice: tuple[int, ...]) -> int:
            if len(choice) == len(outer):
                at = self._choices[table].index(choice) * width + position
                children = tuple(diagrams.terminal(("effect", effect[at])) for effect in effects)
                return diagrams.node(self.number[table], children)
            path = outer[len(choice)]
            children = tuple(nested((*choice, index)) for index in range(len(self._values_at(path))))
            return diagrams.node(self.number[path], children)

        return nested(())

    # -- further rows -----------------------------------------------------------------------------

    def _further(self) -> None:
        """For each open table: the quantifiers that further rows can still change, and the effects.

        An effect says, for each choice of values of the outer unknown facts that those quantifiers
        read, what the same further rows do to each of them.
        """
        for table in sorted({q.table for q in self._quantifiers()} - self.facts.complete):
            quantifiers = [q for q in self._quantifiers() if q.table == table and not self._settled(q)]
            if quantifiers:
                outer = self._outer(quantifiers)
                self._outer_of[table] = outer
                self._choices[table] = list(product(*(range(len(self._values_at(path))) for path in outer)))
                self._effects[table] = self._reachable(table, quantifiers)
                self._open[table] = quantifiers

    def _settled(self, quantifier: Quantifier) -> bool:
        """Whether the rows that are there settle it, whatever the further ones are."""
        given = self._given(quantifier)
        if isinstance(quantifier, Quantified):
            return given == (self.diagrams.true if quantifier.kind == "any" else self.diagrams.false)
        return False

    def _outer(self, quantifiers: Sequence[Quantifier]) -> list[str]:
        """Unknown facts outside of the rows that the quantifiers' conditions read."""
        found = {
            self._path(term, "")
            for quantifier in quantifiers
            for part in walk(quantifier.cond)
            for term in terms(part)
            if term.name is not None and term.scope != "row" and self._known(term, None) is None
        }
        return sorted(found, key=self.number.__getitem__)

    def _values_at(self, path: str) -> tuple[Value, ...]:
        name = path.partition(".")[2] or path
        return self.domains.values(("", name))

    def _reachable(self, table: str, quantifiers: Sequence[Quantifier]) -> list[Effect]:
        """Every effect that some collection of further rows has."""
        at = [q for _ in self._choices[table] for q in quantifiers]
        kinds = self._row_kinds(table, quantifiers)
        fresh = {q: self._fresh(q) for q in quantifiers if isinstance(q, Count) and q.column is not None}
        start: Effect = tuple(_nothing(q) for q in at)
        found = {start: None}
        waiting = [start]
        while waiting:
            effect = waiting.pop()
            for kind in kinds:
                grown = tuple(
                    [_grow(q, before, held, fresh.get(q, ())) for q, before, held in zip(at, effect, kind, strict=True)]
                )
                if grown not in found:
                    found[grown] = None
                    waiting.append(grown)
        return list(found)

    def _fresh(self, quantifier: Count) -> tuple[Value, ...]:
        """The texts that stand for values which no given row has; they are interchangeable."""
        assert quantifier.column is not None
        slot = (quantifier.table, quantifier.column)
        if self.domains.used[slot].type != "text":
            return ()
        return tuple(self.domains.values(slot)[-quantifier.number - 1 :])

    def _row_kinds(self, table: str, quantifiers: Sequence[Quantifier]) -> list[Effect]:
        """What one further row can be to each quantifier: whether it holds, or the value it adds."""
        diagrams = self.diagrams
        row_name = f"{table}[+]"
        outer = [self.number[path] for path in self._outer_of[table]]
        built = [self.build(quantifier.cond, row_name, {}) for quantifier in quantifiers]
        made = diagrams.terminal(())
        for choice in self._choices[table]:
            for quantifier, cond in zip(quantifiers, built, strict=True):
                held = cond
                for variable, index in zip(outer, choice, strict=True):
                    held = _restrict(diagrams, held, variable, index)
                if isinstance(quantifier, Count) and quantifier.column is not None:
                    column = self._column(Term(quantifier.column, "row", table), row_name, {})
                    made = diagrams.combine("extend value", _extend_value, made, held, column)
                else:
                    made = diagrams.combine("extend", _extend, made, held)
        made = diagrams.combine("legal", _only_if, self._legal_row(table, row_name, {}), made)
        return [kind for kind in diagrams.values(made) if isinstance(kind, tuple)]

    # -- lists of the law -------------------------------------------------------------------------

    def _listed(self) -> None:
        for table in {t for t, _ in self.domains.used if t}:
            for index, row in enumerate(self.facts.rows.get(table, ()), 1):
                legal = self._legal_row(table, f"{table}[{index}]", row)
                self.legal = self.diagrams.and_([self.legal, legal])

    def _legal_row(self, table: str, row_name: str, row: Row) -> int:
        """That no flag says no to an offence which a list of the law has with it."""
        if (table, "offense") not in self.domains.used or "offense" in row:
            return self.diagrams.true
        legal = []
        for (owner, column), offenses in self.rules.listed.items():
            named = tuple(v for v in self.domains.values((table, "offense")) if v in offenses)
            if owner == table and named and (table, column) in self.domains.used:
                listed = OneOf(Term("offense", "row", table), named)
                legal.append(self.build(Or((Not(listed), Holds(column, "row", table))), row_name, row))
            elif owner == table and named and row.get(column) is False:
                legal.append(self.build(Not(OneOf(Term("offense", "row", table), named)), row_name, row))
        return self.diagrams.and_(legal)

    # -- the verdict ------------------------------------------------------------------------------

    def acts(self, block: str) -> int:
        """Step 1 for a block, as a diagram."""
        found = self._acts.get(block)
        if found is None:
            base = self.chosen(block)
            beaten = [] if base == self.diagrams.false else [self.acts(b) for b in self.rules.beaters_for(block, self.item)]
            found = self._acts[block] = self.diagrams.and_([base, self.diagrams.not_(self.diagrams.or_(beaten))])
        return found

    def chosen(self, block: str) -> int:
        """A block's own condition, and that it is let act if it is contested."""
        own = self.build(self.rules.own[block])
        if block not in self.rules.contested:
            return own
        variable = self.number[f"contested {self.rules.contested[block]}"]
        choice = self.diagrams.node(variable, (self.diagrams.true, self.diagrams.false))
        return self.diagrams.and_([own, choice])

    def reachable(self, node: int) -> set[Hashable]:
        """The values that come out in some world."""
        if self.legal == self.diagrams.true:
            return self.diagrams.values(node)
        return self.diagrams.values(self.diagrams.combine("legal", _only_if, self.legal, node)) - {_ILLEGAL}

    def possible(self, nodes: Sequence[int]) -> bool:
        """Whether all of them are yes in one world."""
        return self.diagrams.and_([self.legal, *nodes]) != self.diagrams.false

    def finding(self) -> Finding:
        """Steps 1 to 4 of section 5."""
        rules, diagrams = self.rules, self.diagrams
        mine = rules.rules(self.item)
        kinds = {
            kind: diagrams.or_([self.acts(rule) for rule in mine if rules.blocks[rule].kind == kind])
            for kind in ("forbid", "require", "permit")
        }
        outcome = diagrams.combine("basis", basis_of, kinds["forbid"], kinds["require"], kinds["permit"])
        bases = {str(basis) for basis in self.reachable(outcome)}
        verdicts = {OUTCOMES[basis] for basis in bases}
        defeated = self._defeated(mine)
        if len(verdicts) == 1:
            deciding = tuple(sorted(rule for rule in mine if self._decides(rule, outcome, bases)))
            return Finding(verdicts.pop(), max(bases, key=list(OUTCOMES).index), deciding, defeated, ())
        missing = self._missing(diagrams.combine("verdict", OUTCOMES.__getitem__, outcome))
        undecided = tuple(sorted(rule for rule in mine if len(self.reachable(self.acts(rule))) == 2))
        judged = all(rules.vocabulary.is_judgement(path) for path in missing)
        basis = "contested" if not missing else "judgement" if judged else "missing facts"
        return Finding("refer", basis, undecided, defeated, missing)

    def _decides(self, rule: str, outcome: int, bases: set[str]) -> bool:
        if self.acts(rule) == self.diagrams.false:
            return False
        kind = self.rules.blocks[rule].kind
        deciding = frozenset(basis for basis in bases if kind in DECIDING[basis])
        if deciding == bases:
            return self.possible([self.acts(rule)])
        return self.possible([self.acts(rule), self.diagrams.combine(("in", deciding), deciding.__contains__, outcome)])

    def _defeated(self, mine: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = []
        for rule in sorted(mine):
            base = self.chosen(rule)
            if base == self.diagrams.false:
                continue
            beaters = self.rules.beaters_for(rule, self.item)
            by = tuple(sorted(b for b in beaters if self.possible([base, self.acts(b)])))
            if by:
                found.append((rule, by))
        return tuple(found)

    def _missing(self, verdict: int) -> tuple[str, ...]:
        """The facts that matter: two worlds that differ in one alone differ in verdict."""
        diagrams = self.diagrams
        candidates = sorted(diagrams.support(verdict) | diagrams.support(self.legal))
        if self.legal != diagrams.true:
            only = diagrams.combine("legal", _only_if, self.legal, verdict)
            sets = diagrams.combine("single", lambda v: frozenset() if v == _ILLEGAL else frozenset((v,)), only)
            candidates = [
                variable
                for variable in candidates
                if any(len(found) > 1 for found in diagrams.values(diagrams.eliminate(sets, variable, "union", _union)))  # type: ignore[arg-type]  # terminals are sets here
            ]
        else:
            candidates = sorted(diagrams.support(verdict))
        return tuple(sorted(self.names[v] for v in candidates if not self.names[v].startswith("contested ")))


_ILLEGAL = "illegal"


def _add(total: tuple[str, int], held: bool) -> tuple[str, int]:
    return ("number", total[1] + held)


def _join(found: frozenset[Value], held: bool, column: tuple[str, Value]) -> frozenset[Value]:
    return found | {column[1]} if held else found


def _union(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    return one | other


def _only_if(legal: bool, value: Hashable) -> Hashable:
    return value if legal else _ILLEGAL


def _any(given: bool, effect: tuple[str, bool]) -> bool:
    return given or effect[1]


def _every(given: bool, effect: tuple[str, bool]) -> bool:
    return given and not effect[1]


def _counted(op: str, number: int) -> Callable[[tuple[str, int], tuple[str, int]], bool]:
    return lambda given, effect: compare(given[1] + effect[1], op, number)


def _distinct(op: str, number: int) -> Callable[[frozenset[Value], tuple[str, frozenset[Value]]], bool]:
    return lambda given, effect: compare(len(given | effect[1]), op, number)


def _extend(kind: Effect, held: bool) -> Effect:
    return (*kind, held)


def _extend_value(kind: Effect, held: bool, column: tuple[str, Value]) -> Effect:
    return (*kind, ("value", column[1]) if held else False)


def _nothing(quantifier: Quantifier) -> Hashable:
    """The effect of no further rows."""
    if isinstance(quantifier, Quantified):
        return False
    return 0 if quantifier.column is None else frozenset()


def _grow(quantifier: Quantifier, before: Hashable, held: Hashable, fresh: tuple[Value, ...]) -> Hashable:
    """The effect after one more row; counts stop where they can no longer change anything."""
    if isinstance(quantifier, Quantified):
        return before or bool(held) == (quantifier.kind == "any")
    if quantifier.column is None:
        return min(before + bool(held), quantifier.number + 1)  # type: ignore[operator]  # an effect on a count is a number
    assert isinstance(before, frozenset)
    if not held or len(before) > quantifier.number:
        return before
    assert isinstance(held, tuple)
    if held[1] in fresh and held[1] not in before:
        used = sum(value in before for value in fresh)
        return before | {fresh[used]} if used < len(fresh) else before
    return before | {held[1]}


def _restrict(diagrams: Diagrams, node: int, variable: int, index: int) -> int:
    if diagrams.variable[node] > variable:
        return node
    if diagrams.variable[node] == variable:
        return diagrams.children[node][index]
    children = tuple(_restrict(diagrams, kid, variable, index) for kid in diagrams.children[node])
    return diagrams.node(diagrams.variable[node], children)

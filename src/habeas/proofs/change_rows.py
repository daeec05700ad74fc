"""What a row of a table could be made to do to the counts: by which of its columns.

    RowLaw, facts, environment  ->  Rows (menus: what tells values of a column apart)
    Rows  ->  moves: {what a row may do: the columns that bring it about};  kinds: of a further row

Promise: every way, and no more. An environment is one choice of the facts outside of rows (hubs); the
columns of a row have the same values in all environments.

A *choice* is what tells the values of a column apart: the truth of the column's leaves in each
environment; a label too, where the values themselves count. Walks know choices alone, so what was
found of one row serves every row that is like it, of whatever person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from habeas.law.facts import Facts, Value
from habeas.proofs.change_leaves import Bits
from habeas.proofs.change_row_law import OFFENSE, RowLaw

Environment = tuple[tuple[str, Value], ...]
"""The values of the hubs that rows are held against."""

Label = Value | None
"""A value that is counted or held against another column; None where only the bits matter."""

Did = bool | tuple[Label, ...]
"""What a row does to one count: nothing, or it counts; where distinct values are counted, the label of
its value, in brackets; `()` where it may have any."""

Effect = tuple[Did, ...]
"""What a row does to each of some counts."""

Effects = tuple[frozenset[Effect], ...]
"""For each environment, all that a row may do."""

ANY: Did = ()


class Choice(NamedTuple):
    """What tells some values of a column apart from others: its leaves' truth, by environment."""

    bits: tuple[Bits, ...]
    label: Label


Chosen = tuple[tuple[str, tuple[Choice, ...]], ...]
"""For some columns the choices, each of which will do with each of the others'."""

Moves = dict[Effects, dict[frozenset[str], Chosen]]
"""What a row may do, by the sets of columns that have to be answered (otherwise) for it."""

_State = frozenset[tuple[int, tuple[tuple[str, Label], ...], tuple[int, ...]]]
"""Environments, the labels that are kept, a node for each diagram: all that a row may still be."""


@dataclass(slots=True)
class Rows:
    """The rows of one table in one question.

    facts    what is known
    answers  what each column could be, where it is answered
    unknown  what it could be where it stays unknown
    spend    is told of each number of steps that is taken
    """

    law: RowLaw
    facts: Facts
    answers: Mapping[str, Sequence[Value]]
    unknown: Mapping[str, Sequence[Value]]
    spend: Callable[[int], None]
    _menus: dict[tuple[str, tuple[Environment, ...], bool], dict[Choice, list[Value]]] = field(default_factory=dict)  # fmt: skip
    _signs: dict[object, tuple[object, ...]] = field(default_factory=dict)
    _labels: dict[str, dict[Value, int]] = field(default_factory=dict)
    _own: dict[object, object] = field(default_factory=dict)

    @property
    def _memo(self) -> dict[object, object]:
        """Where walks are remembered: with the law, unless a label is a value of this question's."""
        return self._own if self.law.linked else self.law.walked

    # -- choices ----------------------------------------------------------------------------------

    def choice(self, column: str, environments: tuple[Environment, ...], value: Value) -> Choice:
        """What tells a value from others."""
        law = self.law
        if column in law.linked:
            return Choice((), value)
        block = law.blocks[1 + law.columns.index(column)]
        label = self.label(column, value) if column in law.counted else None
        if column not in law.joined:  # no hub is read: the same in all
            return Choice((block.bits({column: value}),) * len(environments), label)
        bits = [block.bits({**dict(one), column: value}) for one in environments]
        return Choice(tuple(bits), label)

    def label(self, column: str, value: Value) -> int:
        """The number of a value that is counted: known ones first, in the order of the rows."""
        found = self._labels.get(column)
        if found is None:
            rows = self.facts.rows.get(self.law.table, ())
            known = [row[column] for row in rows if column in row]
            every = [*known, *self.answers.get(column, ()), *self.unknown.get(column, ())]
            found = {one: at for at, one in enumerate(dict.fromkeys(every))}
            self._labels[column] = found
        return found[value]

    def value(self, column: str, label: Label) -> Value:
        """The value of a label; one of its own for a label that no value has."""
        if column in self.law.linked:
            assert label is not None  # noqa: S101 - for mypy: a linked column's label is its value
            return label
        values = list(self._labels.get(column, ()))
        assert isinstance(label, int)  # noqa: S101 - for mypy: as above
        return values[label] if label < len(values) else f"another {column} {label}"

    def menu(
        self, column: str, environments: tuple[Environment, ...], unknown: bool
    ) -> dict[Choice, list[Value]]:
        """The choices of a column, each with its values; sorted."""
        found = self._menus.get((column, environments, unknown))
        if found is None:
            made: dict[Choice, list[Value]] = {}
            self.spend(len((self.unknown if unknown else self.answers)[column]) * len(environments))
            for value in (self.unknown if unknown else self.answers)[column]:
                made.setdefault(self.choice(column, environments, value), []).append(value)
            found = dict(sorted(made.items(), key=repr if column in self.law.linked else None))
            self._menus[column, environments, unknown] = found
        return found

    # -- rows -------------------------------------------------------------------------------------

    def sign(
        self,
        counts: tuple[int, ...],
        environments: tuple[Environment, ...],
        number: int,
        may: frozenset[str],
    ) -> tuple[object, ...]:
        """All that a walk asks of a row (by its number from 1; 0: of a further one)."""
        key = (counts, environments, number, may)
        found = self._signs.get(key)
        if found is None:
            law = self.law
            row = self.facts.rows[law.table][number - 1] if number else {}
            start = tuple([law.blocks[0].bits(dict(one)) for one in environments])
            matter = law.nodes(counts)[1]
            columns: list[object] = []
            for column in law.columns:
                if column not in matter:
                    columns.append(None)
                    continue
                value = row.get(column)
                asked = column in may or not number
                columns.append(
                    (
                        None if value is None else self.choice(column, environments, value),
                        self._interned(column, environments, False) if asked else None,
                        self._interned(column, environments, True) if value is None else None,
                    )
                )
            theirs = environments if law.linked else None  # else the choices say all of them
            found = self._signs[key] = (counts, start, tuple(columns), theirs)
        return found

    def _interned(
        self, column: str, environments: tuple[Environment, ...], unknown: bool
    ) -> tuple[Choice, ...] | None:
        if column not in self.law.answers:
            return None
        menu = tuple(self.menu(column, environments, unknown))
        return self.law.menus.setdefault(menu, menu)  # equal ones are one object: quick to compare

    def moves(
        self,
        counts: tuple[int, ...],
        environments: tuple[Environment, ...],
        number: int,
        may: frozenset[str],
        budget: int,
    ) -> Moves:
        """What a row may do to some counts (by their numbers in the law), if up to `budget` of the
        columns in `may` are answered, or answered otherwise; the others stay as they are."""
        return self._walk(counts, environments, number, may).moves(budget)

    def kinds(
        self, counts: tuple[int, ...], environments: tuple[Environment, ...], unknown: bool = False
    ) -> dict[tuple[Effect, ...], dict[str, Choice]]:
        """Everything that one further row could do in the environments, each with such a row.

        A column that is only counted may have any value: `ANY`.

        unknown  whether it is a row that stays unknown, and not an answer
        """
        return self._walk(counts, environments, 0, frozenset()).kinds(unknown)

    def _walk(
        self,
        counts: tuple[int, ...],
        environments: tuple[Environment, ...],
        number: int,
        may: frozenset[str],
    ) -> _Walk:
        sign = self.sign(counts, environments, number, may)
        found = self._memo.get(sign)
        if found is None:
            found = _Walk(self.law, environments if self.law.linked else (), sign)
            self.law.remember(self._memo, sign, found)
        assert isinstance(found, _Walk)  # noqa: S101 - for mypy: it is what was put there
        return found


class _Walk:
    """A way through the columns of a row, of which only the choices are known."""

    def __init__(
        self,
        law: RowLaw,
        environments: tuple[Environment, ...],
        sign: tuple[Any, ...],
    ) -> None:
        self.law = law
        self.environments = environments
        counts, self.start_bits, self.columns, _ = sign
        self.asked = [law.counts[at] for at in counts]
        self.wanted = {c.column for c in self.asked if c.column is not None}
        self.nodes = law.nodes(counts)[0]
        self._known: dict[tuple[int, _State, int], Moves] = {}
        self._kinds: dict[bool, dict[tuple[Effect, ...], dict[str, Choice]]] = {}

    def start(self) -> _State:
        """Before any column: what the environments settle by themselves."""
        down = self.law.down
        return frozenset(
            [
                (at, (), tuple([down(node, 0, bits) for node in self.nodes]))
                for at, bits in enumerate(self.start_bits)
            ]
        )

    def moves(self, budget: int) -> Moves:
        """See `Rows.moves`."""
        return self._moves(0, self.start(), budget)

    def _moves(self, at: int, state: _State, budget: int) -> Moves:
        columns = self.law.columns
        while at < len(columns) and not self._matters(at, state):
            at += 1
        if at == len(columns):
            return {self._effects(state): {frozenset(): ()}}
        key = (at, state, budget)
        found = self._known.get(key)
        if found is not None:
            return found
        column = columns[at]
        choice, answers, unknown = self.columns[at]
        if choice is not None or unknown is None:
            stays = self._stepped(at, state, choice)
        else:
            stays = frozenset().union(*(self._stepped(at, state, one) for one in unknown))
        made: Moves = {e: dict(by) for e, by in self._moves(at + 1, stays, budget).items()}
        if answers is not None and budget:
            by_state: dict[_State, list[Choice]] = {}
            for one in answers:
                there = self._stepped(at, state, one)
                if there != stays:
                    by_state.setdefault(there, []).append(one)
            for there, chosen in by_state.items():
                for effects, by in self._moves(at + 1, there, budget - 1).items():
                    for names, told in by.items():
                        _put(made, effects, names | {column}, ((column, tuple(chosen)), *told))
        self._known[key] = made
        return made

    def _matters(self, at: int, state: _State) -> bool:
        """Whether a column makes a difference."""
        column = self.law.columns[at]
        if self.columns[at] is None:
            return False
        if column in self.law.linked or column in self.wanted:
            return True
        block, variable = self.law.blocks[at + 1], self.law.diagrams.variable
        last = block.first + len(block.leaves)
        for _, _, nodes in state:
            for node in nodes:
                if variable[node] < last:
                    return True
        return False

    def _stepped(self, at: int, state: _State, choice: Choice | None) -> _State:
        """All that a row may still be once a column has been chosen; None: one that nobody is asked
        for and that need not be unlawful: an offence that is not listed, a flag that says yes."""
        law, block = self.law, self.law.blocks[at + 1]
        keeps = choice is not None and (block.name in law.linked or block.name in self.wanted)
        none = (block.name != OFFENSE,) * len(block.leaves)
        made = []
        for one, kept, nodes in state:
            if choice is None:
                own = none
            elif block.name in law.linked:
                values = dict(self.environments[one])
                values.update((name, label) for name, label in kept if name in law.linked)  # type: ignore[misc]  # a linked column's label is its value
                own = block.bits({**values, block.name: choice.label})  # type: ignore[dict-item]  # as above
            else:
                own = choice.bits[one]
            after = tuple([law.down(node, block.first, own) for node in nodes])
            if after[0] != law.diagrams.false:
                assert choice is not None or not keeps  # noqa: S101 - for mypy
                made.append((one, (*kept, (block.name, choice.label)) if keeps else kept, after))  # type: ignore[union-attr]
        return frozenset(made)

    def _effects(self, state: _State) -> Effects:
        made: list[set[Effect]] = [set() for _ in self.start_bits]
        for one, kept, nodes in state:
            made[one].add(self._effect(kept, nodes))
        return tuple([frozenset(one) for one in made])

    def _effect(self, kept: tuple[tuple[str, Label], ...], nodes: tuple[int, ...]) -> Effect:
        found: list[Did] = []
        labels = dict(kept)
        for count, node in zip(self.asked, nodes[1:], strict=True):
            held = node == self.law.diagrams.true
            if not held or count.column is None:
                found.append(held)
            else:
                found.append((labels[count.column],) if count.column in labels else ANY)
        return tuple(found)

    def kinds(self, unknown: bool) -> dict[tuple[Effect, ...], dict[str, Choice]]:
        """See `Rows.kinds`."""
        known = self._kinds.get(unknown)
        if known is None:
            known = self._kinds[unknown] = self._kinds_made(unknown)
        return known

    def _kinds_made(self, unknown: bool) -> dict[tuple[Effect, ...], dict[str, Choice]]:
        ready: dict[_State, dict[str, Choice]] = {self.start(): {}}
        for at, column in enumerate(self.law.columns):
            if self.columns[at] is None:
                continue
            menu = self.columns[at][2 if unknown else 1]
            if column in self.law.counted and self.law.any_value(column):
                continue
            if menu is None:
                ready = {self._stepped(at, s, None): row for s, row in ready.items()}
                continue
            made: dict[_State, dict[str, Choice]] = {}
            for state, row in ready.items():
                if not self._matters(at, state):
                    made.setdefault(state, row)
                    continue
                for choice in menu:
                    made.setdefault(self._stepped(at, state, choice), {**row, column: choice})
            ready = made
        found: dict[tuple[Effect, ...], dict[str, Choice]] = {}
        for state, row in ready.items():
            effects = self._effects(state)
            if all(effects):
                kind = tuple([next(iter(one)) for one in effects])
                if any(did is not False for one in kind for did in one):
                    found.setdefault(kind, row)
        return found


def _put(made: Moves, effects: Effects, names: frozenset[str], chosen: Chosen) -> None:
    """Note how something is brought about, unless fewer columns do it."""
    by = made.setdefault(effects, {})
    if any(other <= names for other in by):
        return
    for other in [one for one in by if names < one]:
        del by[other]
    by[names] = chosen

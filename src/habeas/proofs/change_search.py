"""The search for what would turn a verdict: every smallest set of facts, up to a size.

    AskedLaw, Facts  ->  Search.found  ->  {a set of facts: {a verdict: answers that lead to it}}

Promise: a set is found just if some answers to it, all else staying as it is (and whatever is unknown
beside it turning out as it may), lead to one of the verdicts that are looked for; and no part of it does.

A *state* is what the law may still come to: for each way in which unknown facts turn out, the
environment (the hubs' values), the node that is reached, how far counts have come. It goes through the
facts in the order of the diagrams. A fact that stays as it is leads to all that it may be; one that is
answered leads, for each answer, to what that answer leaves. So one answer holds in all ways at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count as numbers
from typing import cast

from habeas.law.facts import Facts, Row, Value
from habeas.proofs.change_domains import AnswerDomains, answer_domains
from habeas.proofs.change_law import AskedLaw
from habeas.proofs.change_leaves import Block
from habeas.proofs.change_row_law import RowCount, RowLaw
from habeas.proofs.change_rows import ANY, Chosen, Effect, Environment, Label, Rows

Progress = tuple[tuple[int, int | frozenset[Label]], ...]
"""For counts that have begun, by their bits: how many rows, or the labels of which values."""

Element = tuple[Environment, int, Progress]
"""One way for things to be so far: the hubs' values, the node that is reached, the counts."""

State = frozenset[Element]

Answer = Value | tuple[Row, ...]
"""An answer to a fact; to a table, its further rows, which are then all that there are."""

Answers = tuple[tuple[str, tuple[Answer, ...]], ...]
"""For some facts (paths) the answers, each of which will do with each of the others'."""

Found = dict[frozenset[str], dict[str, Answers]]
"""For sets of facts (paths) the verdicts that they lead to, each with answers that do."""


class TooMuch(Exception):  # noqa: N818  # not an error: the search was given up
    """A search has taken as many steps as it may."""


@dataclass(slots=True)
class Search:
    """One search.

    facts    completed by the rule set
    targets  the verdicts that are looked for
    may      whether a fact (by its path) may be in a set
    effort   how many steps it may take
    """

    law: AskedLaw
    facts: Facts
    targets: frozenset[str]
    may: Callable[[str], bool]
    effort: int
    _steps: list[tuple[str, object]] = field(init=False)
    _known: dict[tuple[int, State, int], Found] = field(init=False, default_factory=dict)
    _domains: AnswerDomains | None = field(init=False, default=None)
    _rows: dict[str, Rows] = field(init=False, default_factory=dict)
    _closed: frozenset[str] = field(init=False, default=frozenset())
    _any: dict[tuple[State, str], State] = field(init=False, default_factory=dict)
    _grown: dict[tuple[State, str], dict[State, tuple[Row, ...]]] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        steps: list[tuple[str, object]] = [("fact", block) for block in self.law.blocks]
        steps += [("hub", path) for path in self.law.hubs]
        steps.append(("hubs", self.law.of_hubs))
        for table in self.law.tables:
            for number in range(1, len(self.facts.rows.get(table.table, ())) + 1):
                steps.append(("row", (table, number)))
            steps.append(("further", table))
        self._steps = steps

    def found(self, most: int) -> Found:
        """Every smallest set of up to `most` facts, the small ones first.

        Raises `TooMuch` where that takes too many steps.
        """
        start: State = frozenset([((), self.law.verdict, ())])
        found = self._from(0, start, min(1, most))
        if most > 1:  # what suffices alone is in no larger one
            self._closed = frozenset(path for names in found for path in names)
            self._known.clear()
            found = found | self._from(0, start, most)
        return dict(sorted(found.items(), key=lambda one: (len(one[0]), sorted(one[0]))))

    def _spend(self, steps: int) -> None:
        self.effort -= steps
        if self.effort < 0:
            raise TooMuch

    def _open(self, path: str) -> bool:
        return path not in self._closed and self.may(path)

    # -- one step ---------------------------------------------------------------------------------

    def _from(self, at: int, state: State, budget: int) -> Found:
        """The sets of facts from a step on that lead to one verdict, whatever is unknown."""
        reach = self.law.reach
        common = self.targets
        single: set[Hashable] = set()
        for _, node, _ in state:
            reached = reach(node)
            common = common & reached
            if not common:
                return {}
            single |= reached
        if len(single) == 1:
            (verdict,) = single
            return {frozenset(): {cast(str, verdict): ()}}
        if at == len(self._steps) or not state:
            return {}  # a contested provision may act or not, or nothing can be so
        key = (at, state, budget)
        known = self._known.get(key)
        if known is None:
            self._spend(len(state))
            kind, what = self._steps[at]
            known = self._known[key] = _KINDS[kind](self, at, state, budget, what)
        return known

    def _fact(self, at: int, state: State, budget: int, block: Block) -> Found:
        """A fact that nothing else is held against."""
        last, variable = block.first + len(block.leaves), self.law.diagrams.variable
        if all(variable[node] >= last for _, node, _ in state):
            return self._from(at + 1, state, budget)
        path = block.name
        value = self.facts.get(path)
        by_bits: dict[tuple[bool, ...], list[Value]] = {}
        if value is None or (budget and self._open(path)):
            for one in self.law.values(path):
                by_bits.setdefault(block.bits({path: one}), []).append(one)

        def after(bits: tuple[bool, ...]) -> State:
            down = self.law.down
            return frozenset([(e, down(node, block.first, bits), p) for e, node, p in state])

        if value is not None:
            stays = after(block.bits({path: value}))
        else:
            stays = frozenset().union(*(after(bits) for bits in by_bits))
        options: dict[State, list[Value]] = {}
        if budget and self._open(path):
            for bits, values in by_bits.items():
                options.setdefault(after(bits), []).extend(values)
        return self._either(at, stays, path, options, budget)

    def _either(
        self,
        at: int,
        stays: State,
        path: str,
        options: Mapping[State, Sequence[Answer]],
        budget: int,
    ) -> Found:
        """A fact stays as it is, or is answered."""
        made = dict(self._from(at + 1, stays, budget))
        for there, values in options.items():
            if there == stays:
                continue
            for names, led in self._from(at + 1, there, budget - 1).items():
                for verdict, answers in led.items():
                    _put(made, names | {path}, verdict, ((path, tuple(values)), *answers))
        return made

    def _hub(self, at: int, state: State, budget: int, path: str) -> Found:
        """A fact that rows or other facts are held against."""
        if not self._reads_hub(state, path):
            return self._from(at + 1, state, budget)
        value = self.facts.get(path)

        def after(values: Sequence[Value]) -> State:
            self._spend(len(state) * len(values))
            return frozenset(
                [((*e, (path, one)), node, p) for e, node, p in state for one in values]
            )

        stays = after(self.domain(path, unknown=True) if value is None else (value,))
        options: dict[State, Sequence[Value]] = {}
        if budget and self._open(path):
            options = {after((one,)): (one,) for one in self.domain(path) if one != value}
        return self._either(at, stays, path, options, budget)

    def _reads_hub(self, state: State, path: str) -> bool:
        mask = 0
        for at, leaf in enumerate(self.law.of_hubs.leaves):
            if path in leaf.facts:
                mask |= 1 << (self.law.of_hubs.first + at)
        for table in self.law.tables:
            for one in table.counts:
                if path in one.hubs:
                    mask |= 1 << one.bit
        return any(self.law.reads(node) & mask for _, node, _ in state)

    def _hubs(self, at: int, state: State, budget: int, block: Block) -> Found:
        """What hubs settle among themselves; those that no row is held against are done with."""
        law, first = self.law, block.first
        made = []
        for environment, node, progress in state:
            if law.reads(node) & block.mask:
                values = dict(environment)
                for number, leaf in enumerate(block.leaves, first):
                    if law.reads(node) >> number & 1:
                        node = law.down(node, number, (leaf.holds(values),))
            kept = law.hubs_of(node)
            made.append((_only(environment, kept) if environment else environment, node, progress))
        return self._from(at + 1, frozenset(made), budget)

    # -- rows -------------------------------------------------------------------------------------

    def _asked(self, state: State, table: RowLaw) -> tuple[int, ...]:
        """The counts of a table that still matter."""
        reads = self.law.reads
        bits = 0
        for _, node, _ in state:
            bits |= reads(node)
        return tuple([n for n, one in enumerate(table.counts) if bits >> one.bit & 1])

    def _row(self, at: int, state: State, budget: int, what: tuple[RowLaw, int]) -> Found:
        table, number = what
        counts = self._asked(state, table)
        if not counts:
            return self._from(at + 1, state, budget)
        environments = self._environments(state, table, counts)
        name = f"{table.table}[{number}]."
        may = frozenset([c for c in table.columns if c in table.answers and self.may(name + c)])
        rows = self.rows(table)
        moves = rows.moves(counts, environments, number, may, budget)
        made: Found = {}
        closed = frozenset([path.removeprefix(name) for path in self._closed])
        for effects, by in moves.items():
            ways = [(columns, told) for columns, told in by.items() if not columns & closed]
            if not ways:
                continue
            there = self._after(state, table, counts, environments, effects)
            for size in sorted({len(columns) for columns, _ in ways}):
                found = self._from(at + 1, there, budget - size)
                for columns, told in ways if found else ():
                    if len(columns) != size:
                        continue
                    paths = frozenset([name + column for column in columns])
                    shown = self._shown(rows, environments, name, told)
                    for names, led in found.items():
                        for verdict, answers in led.items():
                            _put(made, names | paths, verdict, (*shown, *answers))
        return made

    def _shown(
        self, rows: Rows, environments: tuple[Environment, ...], name: str, told: Chosen
    ) -> Answers:
        """The answers that choices stand for."""
        made = []
        for column, chosen in told:
            menu = rows.menu(column, environments, False)
            made.append((name + column, tuple(value for one in chosen for value in menu[one])))
        return tuple(made)

    def _environments(
        self, state: State, table: RowLaw, counts: Sequence[int]
    ) -> tuple[Environment, ...]:
        hubs = frozenset().union(*(table.counts[n].hubs for n in counts))
        found = {_only(e, hubs) for e, _, _ in state}
        return tuple(found) if len(found) == 1 else tuple(sorted(found, key=repr))

    def _after(
        self,
        state: State,
        table: RowLaw,
        counts: Sequence[int],
        environments: tuple[Environment, ...],
        effects: Sequence[frozenset[Effect]],
    ) -> State:
        hubs = frozenset().union(*(table.counts[n].hubs for n in counts))
        by = dict(zip(environments, effects, strict=True))
        asked = [table.counts[n] for n in counts]
        return frozenset(
            [
                self._done(element, asked, effect)
                for element in state
                for effect in by[_only(element[0], hubs)]
            ]
        )

    def _done(self, element: Element, counts: Sequence[RowCount], effect: Effect) -> Element:
        """An element once a row has done what it does."""
        environment, node, progress = element
        come = dict(progress)
        restrict, reads = self.law.diagrams.restrict, self.law.reads
        for count, did in zip(counts, effect, strict=True):
            if did is False or not reads(node) >> count.bit & 1:
                continue
            if count.needed == 1:
                node = restrict(node, count.bit, 0)
                continue
            if did is True:
                now: int | frozenset[Label] = cast(int, come.get(count.bit, 0)) + 1
            else:
                before = cast("frozenset[Label]", come.get(count.bit, frozenset()))
                now = before | {cast("tuple[Label]", did)[0]}
            if (now if isinstance(now, int) else len(now)) >= count.needed:
                node = restrict(node, count.bit, 0)
            else:
                come[count.bit] = now
        kept = (
            tuple(sorted((b, n) for b, n in come.items() if reads(node) >> b & 1)) if come else ()
        )
        return environment, node, kept

    def _further(self, at: int, state: State, budget: int, table: RowLaw) -> Found:
        """Rows that are not there: none, any, or those that somebody adds."""
        counts = self._asked(state, table)
        if not counts:
            return self._from(at + 1, state, budget)
        if table.table in self.facts.complete:
            stays = self._shut(state, table)
        else:
            stays = self._any_rows(state, table, counts)
        options: dict[State, list[tuple[Row, ...]]] = {}
        if budget and self._open(table.table):
            for there, rows in self._with_rows(state, table, counts).items():
                options.setdefault(self._shut(there, table), [rows])
        return self._either(at, stays, table.table, options, budget)

    def _shut(self, state: State, table: RowLaw) -> State:
        """No row comes any more: what was not reached is not."""
        shut, bits = self.law.shut, table.bits
        return frozenset(
            [
                (e, shut(node, table), tuple([one for one in p if one[0] not in bits]) if p else p)
                for e, node, p in state
            ]
        )

    def _hopeless(self, state: State) -> bool:
        """Whether there is no verdict that all of a state could still come to."""
        common = self.targets
        for _, node, _ in state:
            common = common & self.law.reach(node)
            if not common:
                return True
        return False

    def _any_rows(self, state: State, table: RowLaw, counts: tuple[int, ...]) -> State:
        """All that some further rows, or none, may come to, once no more come; only so much of it as
        shows that it comes to nothing, where it does."""
        key = (state, table.table)
        known = self._any.get(key)
        if known is None:
            known = self._any[key] = self._any_made(state, table, counts)
        return known

    def _any_made(self, state: State, table: RowLaw, counts: tuple[int, ...]) -> State:
        asked = [table.counts[n] for n in counts]
        hubs = frozenset().union(*(one.hubs for one in asked))
        rows, reach, shut = self.rows(table), self.law.reach, self.law.shut
        made: dict[Element, None] = {}
        common = self.targets
        seen: set[Element] = set(state)
        waiting = list(state)
        while waiting:
            element = waiting.pop()
            environment, node, progress = element
            left = tuple([one for one in progress if one[0] not in table.bits]) if progress else ()
            closed = (environment, shut(node, table), left)
            if closed not in made:
                made[closed] = None
                common = common & reach(closed[1])
                if not common:
                    return frozenset(made)
            kinds = rows.kinds(counts, (_only(environment, hubs),), unknown=True)
            for kind in kinds:
                for effects, _ in _labelled(kind, asked, (element,)):
                    self._spend(1)
                    grown = self._done(element, asked, effects[0])
                    if grown not in seen:
                        seen.add(grown)
                        waiting.append(grown)
        return frozenset(made)

    def _with_rows(
        self, state: State, table: RowLaw, counts: tuple[int, ...]
    ) -> dict[State, tuple[Row, ...]]:
        """What some further rows come to, the same in every way that unknown facts may turn out; but
        for what comes to nothing."""
        key = (state, table.table)
        known = self._grown.get(key)
        if known is not None:
            return known
        asked = [table.counts[n] for n in counts]
        environments = self._environments(state, table, counts)
        rows = self.rows(table)
        found: dict[State, tuple[Row, ...]] = {state: ()}
        waiting = [state]
        kinds = rows.kinds(counts, environments)
        while waiting:
            one = waiting.pop()
            for kind, chosen in kinds.items():
                for effects, labels in _labelled(kind, asked, one):
                    self._spend(len(one))
                    single = [frozenset([effect]) for effect in effects]
                    grown = self._after(one, table, counts, environments, single)
                    if grown in found or self._hopeless(grown):
                        continue
                    row = {
                        column: rows.menu(column, environments, False)[choice][0]
                        for column, choice in chosen.items()
                    }
                    row.update((c, rows.value(c, label)) for c, label in labels.items())
                    found[grown] = (*found[one], row)
                    waiting.append(grown)
        self._grown[key] = found
        return found

    def rows(self, table: RowLaw) -> Rows:
        """A table's rows, with the domains of its columns."""
        found = self._rows.get(table.table)
        if found is None:
            names = {one: f"{table.table}.{one}" for one in table.columns if one in table.answers}
            answers = {column: self.domain(name) for column, name in names.items()}
            unknown = {column: self.domain(name, unknown=True) for column, name in names.items()}
            found = self._rows[table.table] = Rows(table, self.facts, answers, unknown, self._spend)
        return found

    # -- what facts could be ----------------------------------------------------------------------

    def domain(self, name: str, unknown: bool = False) -> tuple[Value, ...]:
        """What a hub, or a column (`conviction.level`), could be: as an answer, or where it stays
        unknown."""
        table, dot, column = name.partition(".")
        law = next((one for one in self.law.tables if one.table == table), None) if dot else None
        if law is not None and column not in law.joined and column not in law.counted:
            return self.law.values(f"{table}[+].{column}")
        if self._domains is None:
            self._domains = answer_domains(self.law, self.facts, self.may)
        return (self._domains.unknown if unknown else self._domains.answers)[name]


_KINDS: dict[str, Callable[..., Found]] = {
    "fact": Search._fact,
    "hub": Search._hub,
    "hubs": Search._hubs,
    "row": Search._row,
    "further": Search._further,
}


def _only(environment: Environment, hubs: frozenset[str]) -> Environment:
    return tuple([one for one in environment if one[0] in hubs])


def _labelled(
    kind: tuple[Effect, ...], asked: Sequence[RowCount], state: Iterable[Element]
) -> Iterator[tuple[tuple[Effect, ...], dict[str, Label]]]:
    """A kind of row with a label in each column that may have any value: each that is there, and a
    new one. By environment, and the labels by column."""
    columns = [
        one.column
        for effect in kind
        for one, did in zip(asked, effect, strict=True)
        if did == ANY and did is not False and one.column is not None
    ]
    if not columns:
        yield kind, {}
        return
    column = columns[0]
    bits = {one.bit for one in asked if one.column == column}
    there: set[Label] = set()
    for _, _, progress in state:
        for bit, come in progress:
            if bit in bits:
                there |= cast("frozenset[Label]", come)
    new = next(number for number in numbers() if number not in there)
    for label in (*sorted(there, key=repr), new):
        made = tuple(
            tuple(
                (label,) if did == ANY and did is not False and one.column == column else did
                for one, did in zip(asked, effect, strict=True)
            )
            for effect in kind
        )
        for effects, more in _labelled(made, asked, state):
            yield effects, {column: label, **more}


def _put(made: Found, names: frozenset[str], verdict: str, answers: Answers) -> None:
    """Note that a set leads to a verdict, unless a part of it leads somewhere."""
    led = made.get(names)
    if led is None:
        if any(other < names for other in made):
            return
        for other in [one for one in made if names < one]:
            del made[other]
        led = {}
    else:
        led = dict(led)
    led.setdefault(verdict, answers)
    made[names] = led

"""Two states of law, or two places: for whom they answer otherwise, in every case there could be.

    RuleSet, RuleSet  ->  diff_rules  ->  Diff: item x kind of requester x purpose -> same, stricter …
    Sides, Z3  ->  a case that differs  ->  Pair, replayed  ->  Change

Promise: *same* was proved for every case of its cell; each difference has a case that both engines
decided; what Z3 could not settle in its time is *not settled*, and neither.

A case is one with every fact answered. The order of verdicts is deny, refer, grant: a case in which
the new law answers less is *stricter*, one in which it answers more is *looser*; a cell with cases of
both is *incomparable*. Contested provisions are free choices, so that each way of reading the law
counts as a case; a provision that is contested in both is one choice. What is not compared: duties,
who says the facts, and what choosing people would tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import z3

from habeas.compiled.z3 import Formula
from habeas.compiled.z3_terms import any_of, implied
from habeas.law.ruleset import RuleSet
from habeas.proofs.plainly import Deciding, Outcome, Pair
from habeas.proofs.sides import KIND, PURPOSE, Cell, Lacking, Order, Sides, lacking, merged
from habeas.proofs.solve import SECONDS, NotReplayed

Word = Literal["same", "stricter", "looser", "incomparable", "not settled"]
WORDS: tuple[Word, ...] = ("same", "stricter", "looser", "incomparable", "not settled")

Direction = Literal["stricter", "looser"]

GROUNDS: tuple[Order, ...] = (
    ("required", "permitted"),
    ("permitted", "required"),
    ("forbidden", "no authority"),
    ("no authority", "forbidden"),
)
"""Pairs of bases with one verdict."""


@dataclass(frozen=True, slots=True)
class Change:
    """Cases that are decided otherwise, by one pair of deciding rules.

    direction  `stricter`, `looser`, or empty: the verdict is the same, and its basis another
    items      that both laws treat alike, in the vocabulary's order
    cells      in which there are such cases; none are told where the verdict is the same
    pair       one of them, about the first of the items
    """

    direction: Direction | Literal[""]
    items: tuple[str, ...]
    cells: tuple[Cell, ...]
    pair: Pair


@dataclass(slots=True)
class Diff:
    """Two laws, compared.

    kinds, purposes  what cells are made of; `("any",)` where the vocabulary has no such list
    cells            by item that both have, and cell
    changes          every difference of verdict, those that are stricter first
    grounds          cases with the same verdict on another basis
    only_old         words that the new law's vocabulary lacks; and the other way round
    open_grounds     whether, for some item, it was not settled in time whether bases differ
    """

    old: RuleSet
    new: RuleSet
    kinds: tuple[str, ...]
    purposes: tuple[str, ...]
    cells: dict[str, dict[Cell, Word]]
    changes: list[Change]
    grounds: list[Change]
    only_old: Lacking
    only_new: Lacking
    open_grounds: bool = False

    @property
    def differs(self) -> bool:
        """Whether any case gets another verdict."""
        return bool(self.changes)

    @property
    def settled(self) -> bool:
        """Whether all of it was settled in time."""
        return not self.open_grounds and not any(
            word == "not settled" for found in self.cells.values() for word in found.values()
        )

    def word(self, item: str) -> Word:
        """One word for all cells of an item."""
        found = set(self.cells[item].values())
        if "incomparable" in found or {"stricter", "looser"} <= found:
            return "incomparable"
        for word in ("not settled", "stricter", "looser"):
            if word in found:
                return word
        return "same"


def diff_rules(old: RuleSet, new: RuleSet, seconds: float = SECONDS) -> Diff:
    """Compare two rule sets, item by item.

    seconds  how long Z3 may think about one question

    Raises `InputError` where a word that conditions read is another one in the other vocabulary;
    `NotReplayed`, an internal error, where an engine contradicts what was found.
    """
    words = merged(old.vocabulary, new.vocabulary, (old, new))
    return _Search(Sides(old, new, words), seconds).made()


@dataclass(slots=True)
class _Found:
    """Of one item and one direction: the cells of each pair of outcomes, with a case of it; and the
    cells of which it was not settled whether there is one."""

    cells: dict[tuple[Outcome, Outcome], list[Cell]] = field(default_factory=dict)
    pairs: dict[tuple[Outcome, Outcome], Pair] = field(default_factory=dict)
    open: set[Cell] = field(default_factory=set)


@dataclass(slots=True)
class _Search:
    sides: Sides
    seconds: float
    deciding: Deciding = field(init=False)
    solver: z3.Solver = field(init=False)
    kinds: dict[str, str] = field(init=False)
    purposes: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.deciding = Deciding(self.sides)
        self.kinds = self.sides.stands_for(KIND)
        self.purposes = self.sides.stands_for(PURPOSE)

    def made(self) -> Diff:
        """Ask, item after item."""
        sides = self.sides
        others = [item for item in sides.alike if item not in sides.same]
        asked = {item: self._questions(item) for item in others}
        self.solver = z3.SolverFor("QF_FD")
        self.solver.set("timeout", max(1, int(self.seconds * 1000)))
        for questions in asked.values():
            for name, formula in questions.items():
                self.solver.add(implied(z3.Bool(name), formula))
        sides.one_of(self._all_stand_ins())
        self.solver.add(*sides.always())  # last: making formulas adds to it
        made = Diff(
            sides.old,
            sides.new,
            tuple(self.kinds),
            tuple(self.purposes),
            {},
            [],
            [],
            lacking(sides.new.vocabulary, sides.old.vocabulary),
            lacking(sides.old.vocabulary, sides.new.vocabulary),
        )
        everywhere: dict[Cell, Word] = dict.fromkeys(self._all_cells(), "same")
        for item in sides.alike:
            cells = everywhere
            if item not in sides.same:
                found = self._directions(item)
                cells = dict(self._words(found))
                made.changes += self._changes(item, found)
                grounds, settled = self._grounds(item)
                made.grounds += grounds
                made.open_grounds = made.open_grounds or not settled
            made.cells |= {one: dict(cells) for one in sides.alike[item]}
        order = list(sides.vocabulary.items)
        made.cells = {item: made.cells[item] for item in order if item in made.cells}
        made.changes = _together(made.changes, order)
        made.grounds = _together(made.grounds, order)
        return made

    # -- asking -----------------------------------------------------------------------------------

    def _questions(self, item: str) -> dict[str, Formula]:
        """What is asked of an item, each by a name that a solver can be given."""
        stricter, looser = self.sides.stricter(item), self.sides.looser(item)
        orders = {order: self.sides.bases(item, order) for order in GROUNDS}
        return {
            f"{item} differs": any_of([stricter, looser]),
            f"{item} is stricter": stricter,
            f"{item} is looser": looser,
            f"{item} rests elsewhere": any_of(list(orders.values())),
            **{f"{item}: {order}": formula for order, formula in orders.items()},
        }

    def _ask(self, name: str, cells: Sequence[Cell] | None = None) -> z3.ModelRef | bool | None:
        """A model; False: there is none; None: not settled in time."""
        self.solver.push()
        if cells is not None:
            self.solver.add(self.sides.one_of(cells))
        answer = self.solver.check(z3.Bool(name))
        model = self.solver.model() if answer == z3.sat else None
        self.solver.pop()
        return model if answer == z3.sat else None if answer == z3.unknown else False

    def _directions(self, item: str) -> dict[Direction, _Found]:
        """First whether any case differs at all; then in which cells, and how."""
        if self._ask(f"{item} differs") is False:
            return {"stricter": _Found(), "looser": _Found()}
        return {"stricter": self._cells(item, "stricter"), "looser": self._cells(item, "looser")}

    def _cells(self, item: str, direction: Direction) -> _Found:
        """One case after the other; each is tried in every cell that has none yet."""
        found = _Found()
        left = list(dict.fromkeys(self._all_stand_ins()))
        everywhere = True
        while left:
            model = self._ask(f"{item} is {direction}", None if everywhere else left)
            if model is None:
                found.open = set(left)
            if not isinstance(model, z3.ModelRef):
                return found
            pair = self.deciding.plainer(self.deciding.both(item, model))
            covered = self._spread(pair, direction, left, found)
            if not covered:
                raise NotReplayed(f"{item}: a case lies in none of the cells that were asked for")
            left = [cell for cell in left if cell not in covered]
            everywhere = False
        return found

    def _spread(
        self, pair: Pair, direction: Direction, cells: Iterable[Cell], found: _Found
    ) -> set[Cell]:
        """The cells in which a case differs in this direction too."""
        covered = set()
        alike: dict[Cell, list[Cell]] = {}
        for cell in cells:
            alike.setdefault(pair.reads(cell), []).append(cell)
        for several in alike.values():
            placed = pair.placed(several[0])
            outcomes = self.deciding.outcomes(placed.item, placed.facts, placed.choices)
            if outcomes is None or _direction(outcomes) != direction:
                continue
            covered.update(several)
            if outcomes not in found.pairs:
                placed = Pair(placed.item, placed.facts, placed.choices, outcomes)
                found.pairs[outcomes] = self.deciding.confirmed(placed)
            found.cells.setdefault(outcomes, []).extend(several)
        return covered

    def _grounds(self, item: str) -> tuple[list[Change], bool]:
        """Cases with one verdict on two bases; and whether all of that was settled."""
        if self._ask(f"{item} rests elsewhere") is False:
            return [], True
        found, settled = [], True
        for order in GROUNDS:
            model = self._ask(f"{item}: {order}")
            settled = settled and model is not None
            if isinstance(model, z3.ModelRef):
                pair = self.deciding.plainer(self.deciding.both(item, model))
                self._confirm_all(self.deciding.confirmed(pair))
                found.append(Change("", tuple(self.sides.alike[item]), (), pair))
        return found, settled

    # -- what comes of it -------------------------------------------------------------------------

    def _all_cells(self) -> Iterator[Cell]:
        for kind in self.kinds:
            for purpose in self.purposes:
                yield kind, purpose

    def _all_stand_ins(self) -> Iterator[Cell]:
        for kind, purpose in self._all_cells():
            yield self.kinds[kind], self.purposes[purpose]

    def _words(self, found: Mapping[Direction, _Found]) -> Iterator[tuple[Cell, Word]]:
        cells = {
            direction: {cell for each in one.cells.values() for cell in each}
            for direction, one in found.items()
        }
        for cell, stand_in in zip(self._all_cells(), self._all_stand_ins(), strict=True):
            ways = [direction for direction in cells if stand_in in cells[direction]]
            if len(ways) == 2:
                yield cell, "incomparable"
            elif any(stand_in in one.open for one in found.values()):
                yield cell, "not settled"
            else:
                yield cell, ways[0] if ways else "same"

    def _changes(self, item: str, found: Mapping[Direction, _Found]) -> Iterator[Change]:
        for direction, one in found.items():
            for outcomes, pair in one.pairs.items():
                self._confirm_all(pair)
                stand_ins = set(one.cells[outcomes])
                cells = tuple(
                    cell
                    for cell, stand_in in zip(self._all_cells(), self._all_stand_ins(), strict=True)
                    if stand_in in stand_ins
                )
                yield Change(direction, tuple(self.sides.alike[item]), cells, pair)

    def _confirm_all(self, pair: Pair) -> None:
        """What was seen of one item is seen of all that are treated alike."""
        for other in self.sides.alike[pair.item][1:]:
            self.deciding.confirmed(pair.about(other))


def _direction(outcomes: tuple[Outcome, Outcome]) -> Direction | None:
    order = ("deny", "refer", "grant")
    old, new = (order.index(one.verdict) for one in outcomes)
    return "stricter" if new < old else "looser" if new > old else None


def _together(changes: Iterable[Change], order: Sequence[str]) -> list[Change]:
    """Changes by the same rules in the same cells as one, in the items' order."""
    found: dict[object, list[Change]] = {}
    for one in changes:
        found.setdefault((one.direction, one.pair.outcomes, one.cells), []).append(one)
    made = []
    for alike in found.values():
        items = {item for one in alike for item in one.items}
        listed = tuple(item for item in order if item in items)
        first = next(one for one in alike if listed[0] in one.items)
        pair = first.pair.about(listed[0])
        made.append(Change(first.direction, listed, first.cells, pair))
    ways = ("stricter", "looser", "")
    return sorted(made, key=lambda one: (ways.index(one.direction), order.index(one.items[0])))

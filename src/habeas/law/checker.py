"""What can only be checked with all packs in hand: references, authority, circles, lives.

    packs, vocabulary  ->  check_pages  ->  problems

Promise: law that passes cannot name what is not there, beat what it may not, or chase its own tail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from habeas.errors import Place, Problem, article, did_you_mean
from habeas.law.blocks import (
    AUTHORITIES,
    Acting,
    Block,
    Cases,
    Define,
    Duty,
    Pack,
    Promise,
    Provision,
)
from habeas.law.conditions import Condition, Count, Defined, Quantified, terms, walk, within
from habeas.law.vocabulary import Vocabulary

ITEM_FACTS_HELP = "a duty is about no single item: write `upon release of …` or `upon refusal of …`"


def check_pages(packs: dict[str, Pack], vocabulary: Vocabulary) -> list[Problem]:
    """Every problem across the packs; empty if there is none."""
    return list(_Checker(packs, vocabulary).check())


def related(one: str, other: str) -> bool:
    """Whether two places can stand on one chain."""
    return within(one, other) or within(other, one)


def find_circle(edges: dict[str, set[str]]) -> list[str]:
    """A circle in a graph as the nodes along it, or nothing."""
    state: dict[str, int] = {}
    for start in sorted(edges):
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(sorted(edges.get(start, ()))))]
        if state.get(start):
            continue
        state[start] = 1
        path.append(start)
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[node] = 2
                stack.pop()
                path.pop()
            elif state.get(following) == 1:
                return path[path.index(following) :]
            elif not state.get(following):
                state[following] = 1
                path.append(following)
                stack.append((following, iter(sorted(edges.get(following, ())))))
    return []


class _Checker:
    def __init__(self, packs: dict[str, Pack], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.packs = packs
        self.provisions = [p for pack in packs.values() for p in pack.provisions]
        self.acting: dict[str, list[Acting]] = {}
        self.duties: dict[str, list[Duty]] = {}
        self.defines: list[Define] = []
        for provision in self.provisions:
            for block in provision.blocks:
                if isinstance(block, Acting):
                    self.acting.setdefault(block.id, []).append(block)
                elif isinstance(block, Duty):
                    self.duties.setdefault(block.id, []).append(block)
                elif isinstance(block, Define):
                    self.defines.append(block)

    def check(self) -> Iterator[Problem]:
        yield from self.headings()
        yield from self.ids()
        yield from self.references()
        yield from self.circles()
        for provision in self.provisions:
            for block in provision.blocks:
                yield from self.block(provision, block)

    def headings(self) -> Iterator[Problem]:
        seen: dict[str, list[Provision]] = {}
        for provision in self.provisions:
            for other in seen.setdefault(provision.id, []):
                if _overlap(provision, other):
                    yield Problem(
                        provision.place,
                        f"`#{_short(provision.id)}` stands twice on one day",
                        f"first at {other.place}: rename one, or part their lives",
                    )
            seen[provision.id].append(provision)

    def ids(self) -> Iterator[Problem]:
        named: list[Sequence[Acting | Duty]] = [*self.acting.values(), *self.duties.values()]
        for blocks in named:
            for index, block in enumerate(blocks):
                yield from self.id(block, blocks[:index])
        for name in sorted(self.acting.keys() & self.duties.keys()):
            yield Problem(
                self.duties[name][0].place,
                f"`#{_short(name)}` is also the id of a rule",
                "give the duty an id of its own: `duty #…`",
            )

    def id(self, block: Acting | Duty, others: Iterable[Acting | Duty]) -> Iterator[Problem]:
        for other in others:
            if other.provision is block.provision and block.id == block.provision.id:
                yield Problem(
                    block.place,
                    "a second block without an id under this heading",
                    "write `#id` after the fence word",
                )
            elif _overlap(block.provision, other.provision):
                yield Problem(
                    block.place,
                    f"`#{_short(block.id)}` stands twice on one day",
                    f"first at {other.place}: rename one",
                )
        for provision in self.provisions:
            if (
                provision.id == block.id
                and provision.id != block.provision.id
                and _overlap(provision, block.provision)
            ):
                yield Problem(
                    block.place,
                    f"`#{_short(block.id)}` is also a heading's id",
                    f"that heading is at {provision.place}: rename one",
                )

    # -- references -------------------------------------------------------------------------------

    def references(self) -> Iterator[Problem]:
        for blocks in self.acting.values():
            for block in blocks:
                for reference in block.beats:
                    yield from self.reference(block, reference.block, reference.place)

    def reference(self, block: Acting, name: str, place: Place) -> Iterator[Problem]:
        if name in self.duties:
            yield Problem(
                place, f"`{name}` is a duty, which nothing beats", "give the duty an `unless`"
            )
            return
        targets = self.acting.get(name, [])
        if not targets:
            known = [*self.acting]
            shown = [
                k if k.split("#")[0] != block.provision.pack.id else f"#{_short(k)}" for k in known
            ]
            wanted = f"#{_short(name)}" if name.split("#")[0] == block.provision.pack.id else name
            yield Problem(
                place,
                f"there is no block `{wanted}`",
                did_you_mean(wanted, shown, "name a rule or an exception by its id"),
            )
            return
        for target in targets:
            pack, mine = target.provision.pack, block.provision.pack
            if pack.rank < mine.rank:
                yield Problem(
                    place,
                    f"{article(mine.authority)} pack cannot beat `{name}`, which is {pack.authority}",
                    "a block beats only rules of its own or a lower authority",
                )
                return
            if not related(pack.jurisdiction, mine.jurisdiction):
                yield Problem(
                    place,
                    f"`{name}` never stands beside this block: no chain has both "
                    f"`{pack.jurisdiction}` and `{mine.jurisdiction}`",
                    "name a block of this place, above it or below it",
                )
                return
            if block.kind != "except" and target.items and not (block.items & target.items):
                yield Problem(
                    place,
                    f"`{name}` names none of the items of this rule",
                    "a `despite` beats only for items that both name",
                )
                return

    def circles(self) -> Iterator[Problem]:
        edges: dict[str, set[str]] = {}
        for name, blocks in self.acting.items():
            for block in blocks:
                edges.setdefault(name, set()).update(ref.block for ref in block.beats)
                if block.every:
                    edges[name] |= {
                        t.id for ts in self.acting.values() for t in ts if selects(block, t)
                    }
        circle = find_circle(edges)
        if circle:
            yield Problem(
                self.acting[circle[0]][0].place,
                f"these blocks beat each other in a circle: {_round(circle)}",
                "take one `despite` or `from` out",
            )
        uses: dict[str, set[str]] = {}
        for define in self.defines:
            place = define.provision.pack.jurisdiction
            used = [part.name for part in walk(define.cond) if isinstance(part, Defined)]
            uses.setdefault(_key(define), set()).update(
                _key(other) for name in used for other in self.visible(name, place)
            )
        circle = find_circle(uses)
        if circle:
            define = next(d for d in self.defines if _key(d) == circle[0])
            yield Problem(
                define.place,
                "these definitions rest on each other in a circle: "
                + _round([key.partition(" ")[2] for key in circle]),
                "write one of them without the others",
            )
            self.defines = []

    # -- blocks -----------------------------------------------------------------------------------

    def block(self, provision: Provision, block: Block) -> Iterator[Problem]:
        conditions: list[Condition] = []
        if isinstance(block, Acting | Duty):
            conditions = [block.when, *block.unless]
        elif isinstance(block, Promise):
            conditions = [block.when]
        elif isinstance(block, Define):
            conditions = [block.cond]
        for condition in conditions:
            yield from self.definitions_live(provision, condition)
            yield from self.nesting(provision, condition)
            if isinstance(block, Duty):
                yield from self.no_item_facts(provision, condition)
        if (
            isinstance(block, Cases)
            and provision.start == date.min
            and "as_of" not in block.columns
        ):
            yield Problem(
                block.place,
                "these cases have no day",
                "the provision has no `from`: give the cases a column `as_of`",
            )

    def visible(self, name: str, place: str) -> list[Define]:
        """The definitions of a name that a place sees: its own and those above it."""
        return [
            define
            for define in self.defines
            if define.name == name and within(place, define.provision.pack.jurisdiction)
        ]

    def definitions_live(self, provision: Provision, condition: Condition) -> Iterator[Problem]:
        for part in walk(condition):
            if isinstance(part, Defined) and self.defines:
                day: date | None = provision.start
                lives = sorted(
                    (d.provision.start, d.provision.end)
                    for d in self.visible(part.name, provision.pack.jurisdiction)
                )
                for start, end in lives:
                    if day is not None and start <= day < end:
                        day = end if end < date.max else None
                if day is not None and day < provision.end:
                    shown = "from the beginning" if day == date.min else f"on {day}"
                    yield Problem(
                        part.place,
                        f"`{part.name}` is not defined {shown}, when this block is in force",
                        "let the definition live as long as its users",
                    )

    def nesting(self, provision: Provision, condition: Condition) -> Iterator[Problem]:
        """Definitions that ask about a table, used inside a question about a table."""
        for part in walk(condition):
            if isinstance(part, Quantified | Count):
                for inner in walk(part.cond):
                    if isinstance(inner, Defined) and any(
                        isinstance(c, Quantified | Count) for c in self.opened(provision, inner)
                    ):
                        yield Problem(
                            inner.place,
                            f"`{inner.name}` asks about a table, and quantifiers do not nest",
                            "take it out of the brackets",
                        )

    def opened(self, provision: Provision, name: Defined) -> Iterator[Condition]:
        """Everything inside a definition that a provision uses, further definitions opened."""
        waiting = [(name.name, provision.pack.jurisdiction)]
        seen: set[int] = set()
        while waiting:
            for define in self.visible(*waiting.pop()):
                if id(define) not in seen:
                    seen.add(id(define))
                    parts = list(walk(define.cond))
                    yield from parts
                    place = define.provision.pack.jurisdiction
                    waiting += [(part.name, place) for part in parts if isinstance(part, Defined)]

    def no_item_facts(self, provision: Provision, condition: Condition) -> Iterator[Problem]:
        """Definitions through which a duty reads item facts; it has no item to read them of."""
        for part in walk(condition):
            if isinstance(part, Defined):
                read = {
                    term.name
                    for inner in self.opened(provision, part)
                    for term in terms(inner)
                    if term.scope == "item"
                }
                if read:
                    yield Problem(
                        part.place,
                        f"`{part.name}` reads the item fact `{min(map(str, read))}`, "
                        "and a duty reads none",
                        ITEM_FACTS_HELP,
                    )


def selects(block: Acting, target: Acting) -> bool:
    """Whether a selector's block selects a target, places aside only as far as they can meet."""
    every = block.every
    return bool(
        every
        and target.kind == every.kind
        and target.items & every.items
        and AUTHORITIES.index(target.authority) > AUTHORITIES.index(every.below)
        and related(target.provision.pack.jurisdiction, block.provision.pack.jurisdiction)
    )


def _overlap(one: Provision, other: Provision) -> bool:
    return one.start < other.end and other.start < one.end


def _key(define: Define) -> str:
    return f"{define.provision.pack.jurisdiction} {define.name}"


def _round(circle: list[str]) -> str:
    return " → ".join([*circle, circle[0]])


def _short(name: str) -> str:
    return name.partition("#")[2]

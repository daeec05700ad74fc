"""Blocks: what a provision makes happen.

    fence  ->  (reader)  ->  Rule, Except, Define, Duty, Promise, Cases  ->  RuleSet

Promise: every block knows its provision, and every word of it its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from habeas.errors import Place
from habeas.law.conditions import ALWAYS, Condition, Term
from habeas.law.dates import Step

AUTHORITIES = ("federal", "state", "county", "city", "agency")
"""From the highest to the lowest."""

Kind = Literal["forbid", "permit", "require", "except"]


@dataclass(slots=True)
class Reference:
    """A block named by another: `pack#id`."""

    block: str
    place: Place


@dataclass(slots=True)
class Selector:
    """`every KIND of ITEMS below AUTHORITY`."""

    kind: str
    items: frozenset[str]
    below: str


@dataclass(slots=True)
class Acting:
    """A `rule` or an `except`.

    id       as `us-ca/values-act#a1C`
    kind     forbid, permit, require or except
    items    the items that it names; empty for an `except` that names blocks (it takes theirs)
    when, unless  conditions; `condition` is when ∧ ¬(some unless)
    beats    the blocks that `despite` or `from` names
    every    an except's selector
    """

    id: str
    kind: Kind
    items: frozenset[str]
    place: Place
    provision: Provision
    when: Condition = ALWAYS
    unless: tuple[Condition, ...] = ()
    beats: tuple[Reference, ...] = ()
    every: Selector | None = None
    words: tuple[str, ...] = ()

    @property
    def authority(self) -> str:
        """Of its pack."""
        return self.provision.pack.authority


@dataclass(slots=True)
class Define:
    """A named condition."""

    name: str
    place: Place
    provision: Provision
    cond: Condition = ALWAYS


@dataclass(slots=True)
class Deadline:
    """`promptly`, or a day (`term`) and then business days."""

    promptly: bool = False
    term: Term | None = None
    business_days: int = 0


@dataclass(slots=True)
class Duty:
    """ACTOR must ACT.

    upon    `release` or `refusal` of `items`, or empty
    by      its deadline, or None
    every   `year` or `half-year` with `days` as `MM-DD`: a duty of the agency outside decisions
    """

    id: str
    actor: str
    act: str
    place: Place
    provision: Provision
    when: Condition = ALWAYS
    unless: tuple[Condition, ...] = ()
    upon: str = ""
    items: frozenset[str] = frozenset()
    by: Deadline | None = None
    every: str = ""
    days: tuple[str, ...] = ()


@dataclass(slots=True)
class Promise:
    """`never grant|deny ITEMS when COND`: what holds in every world, every day, every chain."""

    verdict: str
    items: frozenset[str]
    place: Place
    provision: Provision
    when: Condition = ALWAYS


@dataclass(slots=True)
class CaseCell:
    """One cell of a case: its column, its words and its place."""

    column: str
    text: str
    place: Place


@dataclass(slots=True)
class Cases:
    """The provision's own tests: rows of cells."""

    place: Place
    provision: Provision
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[CaseCell, ...], ...] = ()


Block = Acting | Define | Duty | Promise | Cases


@dataclass(slots=True)
class Provision:
    """One heading and all beneath it, in force on days of `[start, end)`.

    id       as `us-ca/values-act#a1C`; several segments may share it
    heading  citation and title, as written
    text     the plain reading (Markdown)
    sha256   of the segment's text, the heading's line included
    """

    id: str
    heading: str
    place: Place
    pack: Pack
    start: date = date.min
    end: date = date.max
    status: str = ""
    text: str = ""
    sha256: str = ""
    blocks: list[Block] = field(default_factory=list)

    def in_force(self, day: date) -> bool:
        """Whether the day lies in its life; a status does not matter here."""
        return self.start <= day < self.end or (day == self.end == date.max)

    def acts(self) -> bool:
        """Whether its blocks can act at all: not enjoined, not stayed."""
        return self.status not in ("enjoined", "stayed")


@dataclass(slots=True)
class Pack:
    """One Act: front matter and provisions. `id` is `us-ca/values-act`.

    after  its lineage: the pack that it was drawn from, the SHA-256 of that pack's bytes and, if known,
           the git commit; empty: it was not drawn from another
    """

    id: str
    title: str
    citation: str
    jurisdiction: str
    authority: str
    source: str
    path: str
    provisions: list[Provision] = field(default_factory=list)
    after: str = ""

    @property
    def rank(self) -> int:
        """0 for federal … 4 for agency."""
        return AUTHORITIES.index(self.authority)


__all__ = [
    "AUTHORITIES",
    "Acting",
    "Block",
    "CaseCell",
    "Cases",
    "Deadline",
    "Define",
    "Duty",
    "Kind",
    "Pack",
    "Promise",
    "Provision",
    "Reference",
    "Selector",
    "Step",
]

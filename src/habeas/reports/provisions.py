"""The law of a report: what is in force, and every provision that its decisions name.

    Law, day  ->  LawView;  blocks  ->  Provisions  ->  ProvisionView

Promise: a provision that nobody held against the official text is marked so wherever it is named;
what is in force and was read in two ways, or stands under a court's order, is listed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from habeas.decisions.decide import Law
from habeas.law.blocks import Duty, Provision
from habeas.law.book import chain_of
from habeas.reports.answer import Answer
from habeas.reports.reading import first_paragraph
from habeas.reports.words import day, fixed_times, name, short_citation


@dataclass(frozen=True, slots=True)
class ProvisionView:
    """A provision as a report shows it; `text` and `first` are Markdown.

    anchor   its id on the page
    short    section and code
    first    the first paragraph of its plain reading
    checked  who held it against the official text, or empty: it is unchecked
    status   `contested`, `enjoined`, `stayed` or empty
    life     the days of its life, where it has a beginning or an end
    """

    anchor: str
    id: str
    short: str
    heading: str
    act: str
    text: str
    first: str
    source: str
    checked: str
    status: str
    life: str


@dataclass(frozen=True, slots=True)
class PackView:
    """An Act in force: how many of its provisions are, and how many of these are unchecked."""

    title: str
    citation: str
    authority: str
    source: str
    in_force: int
    unchecked: int


@dataclass(frozen=True, slots=True)
class FixedView:
    """A duty that comes round by itself, whatever is asked."""

    actor: str
    act: str
    when: str
    upon: str
    provision: ProvisionView


@dataclass(frozen=True, slots=True)
class LawView:
    """The law of one place on one day.

    contested  provisions in force that are read in two ways
    halted     provisions that a court has enjoined or stayed: shown, and not applied
    fixed      duties that come round by themselves
    """

    place: str
    chain: tuple[str, ...]
    as_of: str
    digest: str
    packs: tuple[PackView, ...]
    contested: tuple[ProvisionView, ...]
    halted: tuple[ProvisionView, ...]
    fixed: tuple[FixedView, ...]

    @property
    def in_force(self) -> int:
        """How many provisions."""
        return sum(pack.in_force for pack in self.packs)

    @property
    def unchecked(self) -> int:
        """How many of them nobody has checked."""
        return sum(pack.unchecked for pack in self.packs)


@dataclass(slots=True)
class Provisions:
    """The provisions that a report names, in the order in which it first names them."""

    _views: dict[tuple[str, str], ProvisionView] = field(default_factory=dict)
    _anchors: Counter[str] = field(default_factory=Counter)

    def views(self) -> tuple[ProvisionView, ...]:
        """All that were named."""
        return tuple(self._views.values())

    def of_block(self, answer: Answer, block: str) -> ProvisionView:
        """The provision of a rule, an exception or a duty, those that it rests on taken up too."""
        resting = answer.law.in_force(answer.as_of).rests_on[block]
        own, *_ = [self.of(answer.law, provision) for provision in resting]
        return own

    def of(self, law: Law, provision: Provision) -> ProvisionView:
        """A provision's view, always the same one for the same segment."""
        key = (provision.id, provision.sha256)
        if key not in self._views:
            self._views[key] = self._made(law, provision)
        return self._views[key]

    def _made(self, law: Law, provision: Provision) -> ProvisionView:
        anchor = "law-" + re.sub(r"[^A-Za-z0-9.-]+", "-", provision.id).strip("-")
        self._anchors[anchor] += 1
        if self._anchors[anchor] > 1:
            anchor = f"{anchor}-{self._anchors[anchor]}"
        return ProvisionView(
            anchor,
            provision.id,
            short_citation(provision),
            provision.heading,
            f"{provision.pack.title}, {provision.pack.citation}",
            provision.text,
            first_paragraph(provision.text),
            provision.pack.source,
            _checked(law, provision),
            provision.status,
            _life(provision),
        )


def law_view(law: Law, as_of: date, provisions: Provisions) -> LawView:
    """The law of a place on a day."""
    in_force = [p for p in law.book.provisions_of(law.place) if p.in_force(as_of)]
    packs = []
    for pack in law.book.packs_of(law.place):
        own = [p for p in in_force if p.pack.id == pack.id]
        if own:
            unchecked = sum(not law.book.is_checked(p) for p in own)
            packs.append(
                PackView(
                    pack.title, pack.citation, pack.authority, pack.source, len(own), unchecked
                )
            )
    duties = [duty for duty in law.in_force(as_of).duties if duty.every]
    return LawView(
        law.place,
        chain_of(law.place),
        day(as_of),
        law.digest,
        tuple(packs),
        tuple(provisions.of(law, p) for p in in_force if p.status == "contested"),
        tuple(provisions.of(law, p) for p in in_force if not p.acts()),
        tuple(_fixed(law, duty, provisions) for duty in duties),
    )


def laws_of(answers: Iterable[Answer]) -> tuple[tuple[Law, date], ...]:
    """The laws by which answers were decided, each once."""
    found = {(one.law.place, one.law.digest, one.as_of): one.law for one in answers}
    return tuple((law, as_of) for (_, _, as_of), law in found.items())


def _fixed(law: Law, duty: Duty, provisions: Provisions) -> FixedView:
    acts = law.book.vocabulary.acts
    upon = f"after a {duty.upon}" if duty.upon else ""
    return FixedView(
        name(duty.actor),
        acts[duty.act].meaning,
        fixed_times(duty),
        upon,
        provisions.of(law, duty.provision),
    )


def _checked(law: Law, provision: Provision) -> str:
    check = law.book.checks.get((provision.id, provision.sha256))
    if check is None:
        return ""
    return f"checked by {check.who} on {day(check.when)} against {check.against}"


def _life(provision: Provision) -> str:
    if provision.start == date.min and provision.end == date.max:
        return ""
    if provision.end == date.max:
        return f"since {day(provision.start)}"
    if provision.start == date.min:
        return f"until the day before {day(provision.end)}"
    return f"from {day(provision.start)} until the day before {day(provision.end)}"

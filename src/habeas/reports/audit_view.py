"""What the page of an audit shows.

    Audit, Compared  ->  audit_view  ->  AuditView (counts in words, charts, law)

Promise: agencies, months, provisions and facts are counted and named; no officer, no text of a row and
no cell of a log is shown but the agency's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from habeas.audits.audit import Audit
from habeas.audits.compare import Compared
from habeas.audits.log_tables import TableFacts
from habeas.audits.log_targets import ACTOR, DONE
from habeas.audits.totals import Basis, Count, Stated
from habeas.reports.charts import Bar, stacked_bars
from habeas.reports.provisions import LawView, Provisions, ProvisionView, law_view
from habeas.reports.words import day, listed, name, number, several, speaker

SHOWN = 100
"""Of how many agencies the page shows a line; the files have all of them."""

CHARTED = 15
"""Of how many a chart shows a bar."""

NOBODY = "no agency named"


@dataclass(frozen=True, slots=True)
class MissingView:
    """Referred answers that wait for the same: facts with their meaning and who can answer."""

    facts: tuple[tuple[str, str, str], ...]
    what: str
    answers: int


@dataclass(frozen=True, slots=True)
class StretchView:
    """A stretch of law: its days, its rows, what is in force."""

    days: str
    rows: int
    acting: int
    own: int


@dataclass(frozen=True, slots=True)
class AuditView:
    """See `templates/audit.html`, which has a section for each."""

    title: str
    place: str
    logs: tuple[tuple[str, int, int, str], ...]
    first: str
    last: str
    last_iso: str
    rows: int
    rejected: int
    left_out: int
    unsettled: int
    answers: int
    items: tuple[Count, ...]
    bases: tuple[Basis, ...]
    agencies: tuple[Count, ...]
    other_agencies: Count | None
    how_many_agencies: int
    months: tuple[Count, ...]
    provisions_found: tuple[tuple[ProvisionView, Count], ...]
    missing: tuple[MissingView, ...]
    stated: tuple[Stated, ...] | None
    silent: int
    rejects: tuple[tuple[str, int], ...]
    known: tuple[tuple[str, int, int], ...]
    tables: tuple[TableFacts, ...]
    tables_known: tuple[tuple[str, int, int, int], ...]
    stretches: tuple[StretchView, ...]
    charts: dict[str, Markup]
    laws: tuple[LawView, ...]
    provisions: tuple[ProvisionView, ...]
    compared: Compared | None
    digest: str

    @property
    def forbidden(self) -> int:
        """Disclosed though forbidden."""
        return sum(one.forbidden for one in self.items)

    @property
    def required(self) -> int:
        """Refused though required."""
        return sum(one.required for one in self.items)

    @property
    def refer(self) -> int:
        """How many answers wait."""
        return sum(one.refer for one in self.items)

    @property
    def no_own_law(self) -> bool:
        """Whether no rule of the place itself was in force on any row's day."""
        return bool(self.stretches) and not any(one.own for one in self.stretches)


def audit_view(made: Audit, compared: Compared | None) -> AuditView:
    """What is shown of an audit."""
    totals, facts, law = made.totals, made.facts, made.law
    provisions = Provisions()
    settled = _settled(made, provisions)
    stretches = made.decided.stretches
    laws = tuple(law_view(law, one.first, provisions) for one in stretches)
    agencies = tuple(_named(one) for one in totals.agencies)
    months = tuple(_renamed(one, _month(one.label)) for one in totals.months)
    items = tuple(_renamed(one, name(one.label)) for one in totals.items)
    by_block = [_renamed(count, view.short) for view, count in settled]
    stated = totals.stated if made.log_map.reason else None
    return AuditView(
        title=made.log_map.title or "Audit of a log",
        place=law.place,
        logs=tuple((s.shown, s.read, s.rejected, s.sha256) for s in made.staged.sources),
        first=day(stretches[0].first) if stretches else "",
        last=day(stretches[-1].last) if stretches else "",
        last_iso=stretches[-1].last.isoformat() if stretches else "",
        rows=facts.rows,
        rejected=made.rejected,
        left_out=facts.left_out,
        unsettled=facts.unsettled,
        answers=sum(one.answers for one in items),
        items=items,
        bases=totals.bases,
        agencies=agencies[:SHOWN],
        other_agencies=_summed("all others", agencies[SHOWN:]),
        how_many_agencies=sum(one.label != NOBODY for one in agencies),
        months=months,
        provisions_found=settled,
        missing=tuple(_missing(made, one) for one in totals.missing),
        stated=tuple(sorted(stated, key=lambda one: -(one.silent or 0)))[:SHOWN]
        if stated
        else None,
        silent=sum(one.silent or 0 for one in stated or ()),
        rejects=totals.rejects,
        known=tuple((_known(made, one.path), one.rows, one.unmapped) for one in facts.known),
        tables=facts.tables,
        tables_known=tuple(
            (_path(one.path), one.rows, table.rows - one.rows, one.unmapped)
            for table in facts.tables
            for one in table.known
        ),
        stretches=tuple(
            StretchView(
                day(one.first) if one.first == one.last else f"{day(one.first)} to {day(one.last)}",
                one.rows,
                one.acting,
                one.own,
            )
            for one in stretches
        ),
        charts={
            "items": _chart("items", "What the law says, by item", items),
            "agencies": _chart("agencies", "What the law says, by agency", agencies[:CHARTED]),
            "months": _chart("months", "What the law says, by month", months[-36:]),
            "provisions": _chart("provisions", "Answers that each provision settles", by_block),
        },
        laws=laws,
        provisions=provisions.views(),
        compared=compared,
        digest=law.digest,
    )


def _settled(made: Audit, provisions: Provisions) -> tuple[tuple[ProvisionView, Count], ...]:
    """Counts by the provision in which the block that settles an answer stands."""
    found: dict[ProvisionView, list[Count]] = {}
    for one in made.totals.settled:
        on = made.law.in_force(made.decided.stretches[one.stretch].first)
        own, *_ = [provisions.of(made.law, each) for each in on.rests_on[one.count.label]]
        found.setdefault(own, []).append(one.count)
    made_ = [(view, _summed(view.short, counts)) for view, counts in found.items()]
    kept = [(view, count) for view, count in made_ if count is not None]
    return tuple(sorted(kept, key=lambda one: (-one[1].findings, -one[1].answers, one[0].id)))


def _summed(label: str, counts: Iterable[Count]) -> Count | None:
    listed_ = list(counts)
    if not listed_:
        return None
    names = ("grant", "refer", "deny", "forbidden", "required", "disclosed", "refused")
    return Count(label, *(sum(getattr(one, each) for one in listed_) for each in names))


def _renamed(count: Count, label: str) -> Count:
    return _summed(label, [count]) or count


def _named(count: Count) -> Count:
    return _renamed(count, count.label or NOBODY)


def _month(label: str) -> str:
    return day(f"{label}-01").partition(" ")[2]


def _path(path: str) -> str:
    """A fact's path in words."""
    if path == ACTOR:
        return "the agency"
    if path.startswith(DONE):
        return f"what was done: {name(path.removeprefix(DONE))}"
    item, dot, fact = path.partition(".")
    return f"{name(fact)} ({name(item)})" if dot else name(path)


def _known(made: Audit, path: str) -> str:
    """What the rows of the log say, in words."""
    told = f"whether every {path} is there"
    return told if path in made.law.book.vocabulary.tables else _path(path)


def _missing(made: Audit, count: Count) -> MissingView:
    vocabulary = made.law.book.vocabulary
    facts = []
    for path in count.label.split(", "):
        if path in vocabulary.tables:
            who = listed(map(speaker, vocabulary.who_answers(path)), "or")
            facts.append((_known(made, path), "", who))
            continue
        last = path.rpartition(".")[2]
        fact = vocabulary.facts.get(last)
        if fact is None and "." in path:
            fact = vocabulary.tables.get(path.partition(".")[0], {}).get(last)
        if fact is None:
            return MissingView((), count.label, count.refer)
        who = listed(map(speaker, vocabulary.who_answers(path)), "or")
        facts.append((_path(path), fact.meaning, who))
    return MissingView(tuple(facts), "", count.refer)


def _chart(id: str, title: str, counts: Sequence[Count]) -> Markup:
    bars = [Bar(_short(one.label), (one.grant, one.refer, one.deny)) for one in counts]
    told = f"{several(len(bars), 'bar')}; the numbers stand in the table beside it."
    more = f" {number(sum(one.answers for one in counts))} answers in all."
    return stacked_bars(bars, f"chart-{id}", title, told + more)


def _short(label: str) -> str:
    """As much of a label as fits on a line of the narrowest screen."""
    return label if len(label) <= 42 else label[:41] + "…"

"""The law of a place at work: requests and people in, decisions out.

    Request, Person, RuleSet  ->  Law.decide  ->  Decision;  Request, Records  ->  Law.decided  ->  Decisions

Promise: sections 5 and 6 of the law language. Nothing is granted on the requester's word alone, nor
where being in the answer would tell what may not be told; a person without a record is decided like
one of whom nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from habeas.compiled.closure import Compiled, compile_rules
from habeas.decisions.decision import FROM_RECORD, Decision, Defeated, Missing, Owed
from habeas.decisions.table import Decisions, gather
from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.blocks import Duty
from habeas.law.book import LawBook
from habeas.law.conditions import Term
from habeas.law.dates import business_days, shift_all
from habeas.law.facts import Facts
from habeas.law.interpreter import Finding
from habeas.law.ruleset import RuleSet, rule_set
from habeas.records.records import Person, Records
from habeas.records.request import Request

if TYPE_CHECKING:
    import pyarrow as pa

_RESTS = 20_000
"""Answers that are remembered before all are let go."""

Rest = tuple[
    str,
    str,
    tuple[str, ...],
    tuple[Defeated, ...],
    tuple[Missing, ...],
    tuple[Owed, ...],
    str,
    date,
    tuple[str, ...],
]
"""A `Decision` without its first three fields."""


@dataclass(slots=True)
class _InForce:
    """The law of one stretch of days, compiled, and what was derived from it.

    altered  findings as steps 5 and 6 change them, each once, so that equal ones are one object
    rests    by day and duties, then item and finding: all of a decision but whose it is
    made     how many of these
    """

    rules: RuleSet
    compiled: Compiled
    altered: dict[Finding, Finding] = field(default_factory=dict)
    rests: dict[object, dict[tuple[str, int], tuple[Finding, Rest]]] = field(default_factory=dict)
    made: int = 0


@dataclass(slots=True)
class Law:
    """The law of one place.

    place   the custodian's place; every place above it counts
    book    the packs, read and checked
    digest  SHA-256 of the law's bytes (law language, section 6)
    """

    place: str
    book: LawBook
    digest: str
    _segments: dict[date, _InForce] = field(default_factory=dict)
    _changes: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        self._changes = self.book.changes(self.place)

    # -- what is in force -------------------------------------------------------------------------

    def in_force(self, day: date) -> RuleSet:
        """The rule set of a day."""
        return self._on(day).rules

    def compiled(self, day: date) -> Compiled:
        """The compiled rule set of a day."""
        return self._on(day).compiled

    def _on(self, day: date) -> _InForce:
        start = max(change for change in self._changes if change <= day)
        found = self._segments.get(start)
        if found is None:
            rules = rule_set(self.book, self.place, start)
            found = self._segments[start] = _InForce(rules, compile_rules(rules))
        return found

    # -- deciding ---------------------------------------------------------------------------------

    def decide(
        self, request: Request, person: Person, item: str, as_of: date | None = None
    ) -> Decision:
        """Decide one item of a request about one person.

        `as_of` is the day of law, the day the data would leave; left out: today. Raises `InputError`
        if the item is none, or if the facts contradict a list of the law.

        >>> import habeas
        >>> law = habeas.read_law("us-ca")
        >>> request = habeas.Request("example", habeas.Facts({"purpose": "public inquiry"}), ("hold",))
        >>> decision = law.decide(request, habeas.Person("1", habeas.Facts(), frozenset()), "hold")
        >>> decision.verdict, [one.fact for one in decision.missing]
        ('refer', ['hold.ordered', 'instrument', 'issued_by_judge', 'quashed'])
        """
        return self.decide_person(request, person, (item,), as_of)[0]

    def decide_person(
        self,
        request: Request,
        person: Person,
        items: Sequence[str] | None = None,
        as_of: date | None = None,
    ) -> list[Decision]:
        """Decide several items (left out: all that the request asks for) about one person."""
        wanted = request.items if items is None else tuple(items)
        for item in wanted:
            if item not in self.book.vocabulary.items:
                help_line = did_you_mean(
                    item, self.book.vocabulary.items, "`habeas law` lists the items"
                )
                raise InputError(Problem(Place(request.id), f"unknown item `{item}`", help_line))
        day = as_of or date.today()
        rests = self._rests(request, person, wanted, day)
        made = tuple.__new__  # as `Decision(…)`, without unpacking its nine shared fields each time
        return [
            made(Decision, (request.id, person.id, item, *rest))
            for item, rest in zip(wanted, rests, strict=True)
        ]

    def decide_all(self, request: Request, records: Records, as_of: date | None = None) -> pa.Table:
        """Decide every item that a request asks for about everybody it asks about.

        Returns an Arrow table with a row for each decision, columns as `Decision`'s fields. People
        that the request names and that have no record are decided too, with nothing known.
        """
        return self.decided(request, records, as_of).table()

    def decided(
        self,
        request: Request,
        records: Records,
        as_of: date | None = None,
        *,
        tell_days: bool = True,
        keep: Callable[[Person], None] | None = None,
    ) -> Decisions:
        """The same as `decide_all`, in little room however many the people are.

        tell_days  False: a due day that is counted from a fact of the person's record is not told,
                   and `FROM_RECORD` stands in its place
        keep       is given everybody who is decided about
        """
        day = as_of or date.today()

        def made() -> Iterator[tuple[str, list[Rest]]]:
            for person in self.people(request, records):
                if keep is not None:
                    keep(person)
                yield person.id, self._rests(request, person, request.items, day, tell_days)

        return gather(request.id, request.items, made())

    def people(self, request: Request, records: Records) -> Iterable[Person]:
        """Whom a request asks about."""
        return records.people() if request.people is None else records.named(request.people)

    def facts(self, request: Request, person: Person, as_of: date) -> Facts:
        """What is known for a request about a person, closed facts and lists of the law applied.

        Raises `InputError` where a stated flag contradicts a list of the law.
        """
        facts = request.facts.merged(person.facts)
        on = self._on(as_of)
        self._check(on.rules, facts, person)
        return on.rules.completed(facts)

    def finding(self, request: Request, person: Person, item: str, as_of: date) -> Finding:
        """What the law says before steps 5 and 6 (who says so; choosing tells)."""
        return self._on(as_of).compiled.finding(item, request.facts.merged(person.facts))

    def _check(self, rules: RuleSet, facts: Facts, person: Person) -> None:
        if not any(facts.rows.values()):
            return
        wrong = rules.contradictions(facts)
        if wrong:
            table, column = wrong[0].split("[")[0], wrong[0].rsplit(".", 1)[1]
            derived = self.book.vocabulary.tables[table][column].derived
            raise InputError(
                Problem(
                    Place(f"person {person.id}"),
                    f"`{wrong[0]}` is stated as no, and `{derived}` says yes for that offence on {rules.day}",
                    "correct the record or the mapping, or the list of the law",
                )
            )

    def _rests(
        self,
        request: Request,
        person: Person,
        items: Sequence[str],
        day: date,
        tell_days: bool = True,
    ) -> list[Rest]:
        on = self._on(day)
        facts = request.facts.merged(person.facts)
        self._check(on.rules, facts, person)
        words = on.compiled.words_of(facts)
        findings = on.compiled.findings(facts, dict.fromkeys((*items, *request.selects_on)), words)
        if any(found.verdict == "grant" for found in findings.values()):
            self._confirm(on, facts, findings)
            self._select(on, request, findings)
        met = on.compiled.duties(facts, words)
        owed = tuple(
            self._owed(duty, facts, held, on.rules, tell_days)
            for duty in on.rules.duties
            if (held := met[duty.id]) is not False and not duty.every
        )
        by = (day, tuple([one for _, one in owed]))
        kept = on.rests.setdefault(by, {})
        made = []
        for item in items:
            finding = findings[item]
            known = kept.get((item, id(finding)))
            if known is None or known[0] is not finding:
                on.made += 1
                if on.made > _RESTS:
                    on.rests.clear()
                    kept = on.rests.setdefault(by, {})
                    on.made = 0
                known = kept[item, id(finding)] = finding, self._rest(on, item, finding, owed, day)
            made.append(known[1])
        return made

    def _confirm(self, on: _InForce, facts: Facts, findings: dict[str, Finding]) -> None:
        """Step 5: what the requester alone says cannot ground a grant."""
        alone = facts.unconfirmed()
        if not alone:
            return
        granted = [item for item, found in findings.items() if found.verdict == "grant"]
        again = on.compiled.findings(facts.without(alone), granted)
        for item, found in again.items():
            if found.verdict != "grant":
                missing = tuple(path for path in found.missing if path in alone)
                made = found._replace(verdict="refer", basis="unconfirmed", missing=missing)
                findings[item] = on.altered.setdefault(made, made)

    def _select(self, on: _InForce, request: Request, findings: dict[str, Finding]) -> None:
        """Step 6: being in the answer tells what people were chosen by."""
        withheld = [
            findings[item] for item in request.selects_on if findings[item].verdict != "grant"
        ]
        if not withheld:
            return
        asked: list[str] = []
        if all(found.verdict == "refer" for found in withheld):
            asked = sorted({path for found in withheld for path in found.missing})
        rules = tuple(sorted({rule for found in withheld for rule in found.rules}))
        for item, found in list(findings.items()):
            if found.verdict == "grant":
                made = found._replace(
                    verdict="refer",
                    basis="selection",
                    rules=rules or found.rules,
                    missing=tuple(asked),
                )
                findings[item] = on.altered.setdefault(made, made)

    def _owed(
        self, duty: Duty, facts: Facts, met: bool | None, rules: RuleSet, tell_days: bool
    ) -> tuple[Duty, Owed]:
        certain = met is True and duty.provision.status != "contested"
        due: date | str | None = None
        if duty.by and duty.by.promptly:
            due = "promptly"
        elif duty.by and duty.by.term:
            term = duty.by.term
            start = term.value if term.name is None else facts.values.get(term.name)
            if isinstance(start, date) and not tell_days and self._of_record(term):
                due = FROM_RECORD
            elif isinstance(start, date):
                due = business_days(
                    shift_all(start, term.steps),
                    duty.by.business_days,
                    self.book.holidays_of(rules.place),
                )
        return duty, Owed(duty.id, duty.act, duty.actor, due, certain)

    def _of_record(self, term: Term) -> bool:
        return bool(term.name) and self.book.vocabulary.facts[str(term.name)].scope != "request"

    def _rest(
        self,
        on: _InForce,
        item: str,
        finding: Finding,
        owed: Sequence[tuple[Duty, Owed]],
        day: date,
    ) -> Rest:
        vocabulary = self.book.vocabulary
        defeated = tuple(Defeated(rule, by) for rule, by in finding.defeated)
        missing = tuple(Missing(path, vocabulary.who_answers(path)) for path in finding.missing)
        duties = []
        for duty, one in owed:
            fate = _fate(duty, item, finding.verdict)
            if fate is not None:
                duties.append(one if fate else one._replace(certain=False))
        named = [
            *finding.rules,
            *(r for r, _ in finding.defeated),
            *(b for _, by in finding.defeated for b in by),
            *(d.duty for d in duties),
        ]
        rests_on = {p.id: p for block in named for p in on.rules.rests_on[block]}
        unchecked = tuple(
            sorted(name for name, p in rests_on.items() if not self.book.is_checked(p))
        )
        return (
            finding.verdict,
            finding.basis,
            finding.rules,
            defeated,
            missing,
            tuple(duties),
            self.digest,
            day,
            unchecked,
        )


def _fate(duty: Duty, item: str, verdict: str) -> bool | None:
    """Whether a duty comes with a decision: surely (True), possibly (False), or not at all (None)."""
    if not duty.upon:
        return True
    if item not in duty.items:
        return None
    if verdict == "refer":
        return False
    return True if (verdict == "grant") == (duty.upon == "release") else None

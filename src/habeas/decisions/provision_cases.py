"""A provision's own tests: the `cases` beneath its heading.

    LawBook, Cases  ->  run_provision_cases  ->  failures

Promise: only the heading's own blocks act, and blocks of its pack that beat them; a definition that
a row gives is taken as given. A heading is not all of the law: where in some worlds one of its blocks
acts and in others none does, the heading leaves the matter open, and the row says `refer`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from habeas.compiled.resolution import resolve, resolve_condition
from habeas.errors import Place, Problem
from habeas.law.blocks import CaseCell, Cases, Define, Provision
from habeas.law.book import LawBook
from habeas.law.conditions import Holds
from habeas.law.facts import Facts, Row, Value
from habeas.law.ruleset import RuleSet, own_condition, rule_set
from habeas.law.vocabulary import Fact, Vocabulary
from habeas.records.value import value_of


@dataclass(frozen=True, slots=True)
class CaseFailure:
    """A cell of a row that came out otherwise."""

    place: Place
    column: str
    expected: str
    got: str


def run_provision_cases(book: LawBook, cases: Cases) -> list[CaseFailure | Problem]:
    """Run every row of one `cases` block: failures, and problems of cells that say nothing."""
    found: list[CaseFailure | Problem] = []
    rules: dict[date, RuleSet] = {}
    for row in cases.rows:
        found += _Row(book, cases.provision, row, rules).run()
    return found


class _Row:
    """One row; what its cells say was checked when the page was read."""

    def __init__(
        self,
        book: LawBook,
        provision: Provision,
        row: tuple[CaseCell, ...],
        rules: dict[date, RuleSet],
    ) -> None:
        self.book = book
        self.rules = rules
        self.provision = provision
        self.row = row
        self.problems: list[Problem] = []

    def run(self) -> list[CaseFailure | Problem]:
        vocabulary = self.book.vocabulary
        day = self.day()
        rules = self.rules.get(day)
        if rules is None:
            place = self.provision.pack.jurisdiction
            rules = self.rules[day] = rule_set(self.book, place, day)
        own = {block.name for block in self.provision.blocks if isinstance(block, Define)}
        last = self.row[-1].column
        tested = last if last in own and last not in vocabulary.items else None
        facts, given = self.facts(rules, tested)
        outcomes = [cell for cell in self.row if cell.column in vocabulary.items]
        if not outcomes and tested is None:
            self.problems.append(
                Problem(
                    self.row[-1].place,
                    "this row tests nothing",
                    "add a column for an item, or a definition of this heading as the last",
                )
            )
        if not self.provision.in_force(day):
            self.problems.append(
                Problem(
                    self.row[0].place,
                    f"the provision is not in force on {day}",
                    "choose an `as_of` within its life",
                )
            )
        if self.problems:
            return [*self.problems]
        narrowed = self.narrowed(rules, given)
        failures: list[CaseFailure | Problem] = []
        for cell in outcomes:
            failures += self.outcome(narrowed, cell, facts)
        if tested is not None:
            failures += self.definition(narrowed, self.row[-1], facts)
        return failures

    # -- what the row says ------------------------------------------------------------------------

    def day(self) -> date:
        for cell in self.row:
            if cell.column == "as_of":
                made = self.value(Fact("as_of", "request", "date", "", cell.place), cell)
                return made if isinstance(made, date) else date.min
        return self.provision.start

    def value(self, fact: Fact, cell: CaseCell) -> Value | None:
        return None if cell.text == "?" else value_of(fact, cell.text, cell.place)

    def facts(self, rules: RuleSet, tested: str | None) -> tuple[Facts, dict[str, Value | None]]:
        vocabulary = self.book.vocabulary
        values: dict[str, Value] = {}
        item_facts: dict[tuple[str, str], Value] = {}
        rows: dict[str, Row] = {}
        given: dict[str, Value | None] = {}
        for cell in self.row:
            table, _, column = cell.column.partition(".")
            fact = vocabulary.facts.get(cell.column)
            if fact is not None:
                value = self.value(fact, cell)
                if value is None:
                    continue
                if fact.scope == "item":
                    item_facts |= {(item, fact.name): value for item in vocabulary.items}
                else:
                    values[fact.name] = value
            elif column:
                row = rows.setdefault(table, {})
                value = self.value(vocabulary.tables[table][column], cell)
                if value is not None:
                    row[column] = value
            elif cell.column in rules.definitions and cell.column != tested:
                given[cell.column] = self.value(_as_fact(cell.column, cell.place), cell)
        tables = {table: [row] for table, row in rows.items()}
        return Facts({**values, **_stated(given)}, item_facts, tables, frozenset(tables)), given

    # -- what comes out ---------------------------------------------------------------------------

    def narrowed(self, rules: RuleSet, given: dict[str, Value | None]) -> RuleSet:
        """Only this heading's blocks and what beats them in the pack; given definitions as facts."""
        vocabulary = self.book.vocabulary
        facts = {
            **vocabulary.facts,
            **{name: _as_fact(name, self.provision.place) for name in given},
        }
        words = Vocabulary(
            vocabulary.source, facts, vocabulary.tables, vocabulary.items, vocabulary.groups
        )
        made = RuleSet(
            words, rules.place, rules.day, listed=rules.listed, contested=rules.contested
        )
        keep = {name for name, block in rules.blocks.items() if block.provision is self.provision}
        while True:
            more = {
                beater
                for name in keep
                for beater, _ in rules.beaters[name]
                if rules.blocks[beater].provision.pack is self.provision.pack
            }
            if more <= keep:
                break
            keep |= more
        made.written = rules.written
        made.definitions = {name: Holds(name, "request") for name in given}
        made.open_definitions()
        for name in sorted(keep):
            block = rules.blocks[name]
            made.blocks[name] = block
            made.beaters[name] = tuple(pair for pair in rules.beaters[name] if pair[0] in keep)
            made.own[name] = made.opened(own_condition(block))
        return made

    def outcome(
        self, rules: RuleSet, cell: CaseCell, facts: Facts
    ) -> Iterator[CaseFailure | Problem]:
        verdict, _, basis = cell.text.partition("/")
        found = resolve(rules, cell.column, facts)
        got = found.verdict
        if found.basis == "no authority":  # no rule acts, or one does in some worlds: open here
            got = "refer" if found.rules else "-"
        if got != verdict or (basis and basis != found.basis):
            shown = f"{found.verdict}/{found.basis}" if got == found.verdict else got
            yield CaseFailure(cell.place, cell.column, cell.text, shown)

    def definition(
        self, rules: RuleSet, cell: CaseCell, facts: Facts
    ) -> Iterator[CaseFailure | Problem]:
        any_item = next(iter(rules.vocabulary.items))  # a row's item facts are the same for all
        held = resolve_condition(rules, rules.definitions[cell.column], any_item, facts)
        got = "?" if held is None else "yes" if held else "no"
        if got != cell.text:
            yield CaseFailure(cell.place, cell.column, cell.text, got)


def _as_fact(name: str, place: Place) -> Fact:
    """A definition that a row gives, as a fact."""
    return Fact(name, "request", "yes/no", "a definition, given", place)


def _stated(given: dict[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in given.items() if value is not None}

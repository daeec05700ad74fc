"""Domains: a few values that stand for all that an unknown fact could be.

    conditions, Facts  ->  Domains  ->  values(path)  ->  worlds (brute force), resolution (diagrams)

Promise: whatever truth the conditions could have together under any values, they have under these.

Why that holds. Yes/no facts and closed lists are finite. Texts are only compared for equality: the
words that conditions and facts name, and as many fresh ones as there are unknown texts, are enough.
Days (and numbers) are compared after moves that never change their order. A truth assignment to such
comparisons asks each unknown day to be at or past the images of other days; if it can be met at all,
it is met by the *least* solution, whose days are images, along chains no longer than the number of
unknown days, of `date.min`, of literals, or of known days. Those images are what `_closure` collects.
A day whose distinct values are counted is given its successors too, as many as can be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from habeas.law.conditions import (
    Compare,
    Condition,
    Count,
    OneOf,
    Quantified,
    Term,
    Within,
    terms,
    walk,
)
from habeas.law.dates import least_day, shift_all
from habeas.law.facts import Facts, Value
from habeas.law.vocabulary import Fact, Vocabulary

LEAST_NUMBER = -(10**9)
"""Numbers are whole and lie above this; the bound is far from anything that a law counts."""

Slot = tuple[str, str]
"""A fact as `("", name)`, a column as `(table, column)`."""


@dataclass(slots=True)
class Domains:
    """Representatives for every fact that some conditions read.

    Build with `domains_of`; `values(slot)` gives the representatives, in a fixed order.
    """

    vocabulary: Vocabulary
    used: dict[Slot, Fact] = field(default_factory=dict)
    chosen: dict[Slot, tuple[Value, ...]] = field(default_factory=dict)
    rows_needed: dict[str, int] = field(default_factory=dict)

    def values(self, slot: Slot) -> tuple[Value, ...]:
        """What an unknown fact or column could be."""
        return self.chosen[slot]

    def columns(self, table: str) -> list[str]:
        """The columns of a table that conditions read, in the vocabulary's order."""
        return [name for name in self.vocabulary.tables[table] if (table, name) in self.used]


def slot_of(term: Term) -> Slot:
    """The slot that a term reads; literals have none."""
    assert term.name is not None
    return (term.table, term.name)


def domains_of(vocabulary: Vocabulary, conditions: Iterable[Condition], facts: Facts) -> Domains:
    """The domains of all facts that `conditions` (definitions opened) read, given what is known."""
    made = Domains(vocabulary)
    leaves = [part for condition in conditions for part in walk(condition)]
    counted: dict[Slot, int] = {}
    for part in leaves:
        for term in terms(part):
            if term.name is not None:
                made.used[slot_of(term)] = _fact(vocabulary, term)
        if isinstance(part, Count) and part.column is not None:
            slot = (part.table, part.column)
            made.used[slot] = vocabulary.tables[part.table][part.column]
            counted[slot] = max(counted.get(slot, 0), part.number + 1)
    made.rows_needed = rows_needed(leaves)
    texts = _texts(made, leaves, facts, counted)
    ordered = _closure(made, leaves, facts, counted)
    for slot, fact in made.used.items():
        if fact.type == "yes/no":
            made.chosen[slot] = (True, False)
        elif fact.type == "words":
            made.chosen[slot] = _words(fact, slot, leaves, slot in counted)
        elif fact.type == "place":
            made.chosen[slot] = _places(slot, leaves, texts)
        elif fact.type == "text":
            made.chosen[slot] = texts
        else:
            made.chosen[slot] = tuple(sorted(ordered[slot]))  # type: ignore[type-var]
    return made


def rows_needed(leaves: Iterable[Condition]) -> dict[str, int]:
    """How many further rows of each table can make a difference to the quantifiers, together."""
    needed: dict[str, int] = {}
    for part in dict.fromkeys(part for part in leaves if isinstance(part, Quantified | Count)):
        more = 1
        if isinstance(part, Count):
            more = part.number + (part.op in (">", "<="))
        needed[part.table] = needed.get(part.table, 0) + max(1, more)
    return needed


def _fact(vocabulary: Vocabulary, term: Term) -> Fact:
    assert term.name is not None
    return vocabulary.tables[term.table][term.name] if term.table else vocabulary.facts[term.name]


def _unknowns(slot: Slot, facts: Facts, made: Domains) -> int:
    """How many values a slot lacks, a table's further rows included."""
    table, name = slot
    if not table:
        fact = made.used[slot]
        if fact.scope == "item":
            return 1
        return 0 if name in facts.values else 1
    more = 0 if table in facts.complete else made.rows_needed.get(table, 0)
    return more + sum(name not in row for row in facts.rows.get(table, ()))


def _known(slot: Slot, facts: Facts) -> list[Value]:
    table, name = slot
    if table:
        return [row[name] for row in facts.rows.get(table, ()) if name in row]
    found = [facts.values[name]] if name in facts.values else []
    return found + [value for (_, fact), value in facts.items.items() if fact == name]


# -- texts, words, places -------------------------------------------------------------------------


def _named(leaves: Sequence[Condition]) -> dict[Slot | None, set[str]]:
    """Text literals by the slot that they are compared with; under None those of fact with fact."""
    named: dict[Slot | None, set[str]] = {}
    for part in leaves:
        if isinstance(part, OneOf) and part.term.name is not None:
            named.setdefault(slot_of(part.term), set()).update(
                v for v in part.values if isinstance(v, str)
            )
        if isinstance(part, Within) and part.term.name is not None:
            named.setdefault(slot_of(part.term), set()).add(part.place)
        if isinstance(part, Compare):
            for one, other in ((part.left, part.right), (part.right, part.left)):
                if one.name is not None and isinstance(other.value, str):
                    named.setdefault(slot_of(one), set()).add(other.value)
    return named


def _texts(
    made: Domains, leaves: Sequence[Condition], facts: Facts, counted: dict[Slot, int]
) -> tuple[Value, ...]:
    """Every text that is named or known, and enough fresh ones."""
    found: set[str] = set()
    for words in _named(leaves).values():
        found |= words
    fresh = 1
    for slot, fact in made.used.items():
        if fact.type in ("text", "place", "words"):
            found |= {str(value) for value in _known(slot, facts)}
            if fact.type == "words" and slot in _paired(leaves):
                found |= set(fact.words)
        if fact.type == "text" and (slot in _paired(leaves) or slot in counted):
            given = sum(slot[1] not in row for row in facts.rows.get(slot[0], ()))
            fresh += given + counted.get(slot, 0) + (slot in _paired(leaves))
    return (*sorted(found), *(f"some other text {number}" for number in range(1, fresh + 1)))


def _paired(leaves: Sequence[Condition]) -> set[Slot]:
    """Slots of facts that are compared with facts."""
    return {
        slot_of(term)
        for part in leaves
        if isinstance(part, Compare) and part.left.name is not None and part.right.name is not None
        for term in (part.left, part.right)
    }


def _words(
    fact: Fact, slot: Slot, leaves: Sequence[Condition], all_of_them: bool
) -> tuple[Value, ...]:
    """The words that conditions name, and one that stands for all others."""
    if all_of_them or slot in _paired(leaves):
        return fact.words
    named = _named(leaves).get(slot, set())
    others = [word for word in fact.words if word not in named]
    return tuple(word for word in fact.words if word in named or word == next(iter(others), None))


def _places(slot: Slot, leaves: Sequence[Condition], texts: tuple[Value, ...]) -> tuple[Value, ...]:
    """Each place that is named, a place below it, and one that is nowhere near."""
    named = sorted(
        {str(text) for text in texts}
        if slot in _paired(leaves)
        else _named(leaves).get(slot, set())
    )
    below = [f"{place}-zz" for place in named if f"{place}-zz" not in named]
    return (*named, *below, "zz")


# -- days and numbers -----------------------------------------------------------------------------


def _closure(
    made: Domains, leaves: Sequence[Condition], facts: Facts, counted: dict[Slot, int]
) -> dict[Slot, set[Value]]:
    ordered = {slot for slot, fact in made.used.items() if fact.type in ("date", "number")}
    if not ordered:
        return {}
    atoms = [
        (one, other)
        for part in leaves
        if isinstance(part, Compare)
        for one, other in ((part.left, part.right), (part.right, part.left))
        if one.name is not None and slot_of(one) in ordered
    ]
    atoms += [
        (part.term, Term(value=value))
        for part in leaves
        if isinstance(part, OneOf) and part.term.name is not None and slot_of(part.term) in ordered
        for value in part.values
    ]
    open_slots = {slot for slot in ordered if _unknowns(slot, facts, made)}
    values: dict[Slot, set[Value]] = {}
    follow = {  # how many days in a row could have to be told apart
        slot: counted[slot] + sum(slot[1] not in row for row in facts.rows.get(slot[0], ()))
        if slot in counted
        else 0
        for slot in ordered
    }
    for slot in ordered:
        values[slot] = set(_known(slot, facts))
        if slot in open_slots:
            least: Value = date.min if made.used[slot].type == "date" else LEAST_NUMBER
            values[slot] |= _successors(least, follow[slot])
    rounds = sum(_unknowns(slot, facts, made) for slot in open_slots) + 1
    for _ in range(rounds):
        grown = False
        for one, other in atoms:
            slot = slot_of(one)
            if slot not in open_slots:
                continue
            sources = [other.value] if other.name is None else list(values.get(slot_of(other), ()))
            for source in sources:
                for image in _images(one, other, source):
                    new = _successors(image, follow[slot]) - values[slot]
                    grown = grown or bool(new)
                    values[slot] |= new
        if not grown:
            break
    return values


def _images(one: Term, other: Term, source: Value | None) -> list[Value]:
    """The least values of `one` that are at, and past, `other` where it reads `source`."""
    if isinstance(source, date):
        target = shift_all(source, other.steps)
        found = [least_day(one.steps, target, strict=strict) for strict in (False, True)]
        return [day for day in found if day is not None]
    if isinstance(source, int):
        return [source, source + 1]
    return []


def _successors(value: Value, number: int) -> set[Value]:
    """The value and the `number` that follow it."""
    if isinstance(value, date):
        last = (date.max - value).days
        return {value + timedelta(days=more) for more in range(min(number, last) + 1)}
    assert isinstance(value, int)
    return {value + more for more in range(number + 1)}

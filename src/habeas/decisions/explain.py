"""Why: a decision as a layman reads it.

    Law, Decision, Facts  ->  explain  ->  Explanation  ->  text, JSON

Promise: every word of it rests on the law's own plain readings, their citations and the facts used;
what is unchecked is said to be.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from habeas.decisions.decide import Law
from habeas.decisions.decision import Decision
from habeas.law.blocks import Acting, Provision
from habeas.law.conditions import Count, Quantified, terms, walk
from habeas.law.facts import Facts, Value
from habeas.law.ruleset import RuleSet

OUTCOME = {
    ("grant", "required"): "Yes: the law orders it.",
    (
        "grant",
        "permitted",
    ): "It may be given, and nothing orders it: somebody with the authority has to choose, and say why.",
    ("deny", "forbidden"): "No: the law forbids it.",
    ("deny", "no authority"): "No: no rule orders or allows it.",
    (
        "refer",
        "conflict",
    ): "Not for the program to settle: one rule orders it and another forbids it. Counsel decides.",
    ("refer", "missing facts"): "Cannot be answered yet: facts are missing, and they matter.",
    (
        "refer",
        "judgement",
    ): "Waits for a judgement that only a named person can make, sign and date.",
    (
        "refer",
        "contested",
    ): "Lawyers read the law in two ways here, and the ways lead to different answers. Counsel decides.",
    (
        "refer",
        "unconfirmed",
    ): "It would be a yes, but only on the requester's own word. Somebody has to confirm it first.",
    (
        "refer",
        "selection",
    ): "Being in this answer would tell what people were chosen by, and that may not be told. Counsel decides.",
}
"""What each verdict and basis means, in a sentence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A provision as the public reads it.

    block      the block's id
    does       what the block does here, in words
    citation   heading and Act
    text       the plain reading
    source     address of the official text
    unchecked  nobody has held the reading against the official text
    """

    block: str
    does: str
    citation: str
    text: str
    source: str
    unchecked: bool


@dataclass(frozen=True, slots=True)
class Used:
    """A fact that the rules read, its value as text (`not known` where it is), and who says so."""

    fact: str
    meaning: str
    value: str
    said_by: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One screen about one decision."""

    decision: Decision
    outcome: str
    readings: tuple[Reading, ...]
    beaten: tuple[tuple[Reading, tuple[Reading, ...]], ...]
    used: tuple[Used, ...]
    missing: tuple[tuple[str, str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        made = asdict(self)
        made["decision"] = self.decision.to_json()
        return made


_DOES = {
    "forbid": "forbids it",
    "permit": "allows it",
    "require": "orders it",
    "except": "is an exception",
}


def explain(law: Law, decision: Decision, facts: Facts) -> Explanation:
    """Explain a decision; `facts` as from `Law.facts`, which were used to make it."""
    rules = law.in_force(decision.as_of)
    named = [
        *decision.rules,
        *(d.rule for d in decision.defeated),
        *(b for d in decision.defeated for b in d.by),
    ]
    return Explanation(
        decision,
        OUTCOME[decision.verdict, decision.basis],
        tuple(_reading(law, rules, block) for block in decision.rules),
        tuple(
            (_reading(law, rules, d.rule), tuple(_reading(law, rules, b) for b in d.by))
            for d in decision.defeated
        ),
        tuple(_used(law, rules, dict.fromkeys(named), decision.item, facts)),
        tuple(
            (one.fact, meaning_of(law, one.fact), ", ".join(one.who)) for one in decision.missing
        ),
    )


def why(law: Law, decision: Decision) -> str:
    """One line: what settles a decision, or what it lacks."""
    parts = []
    if decision.rules:
        parts.append(f"by {', '.join(decision.rules)}")
    for beaten in decision.defeated:
        parts.append(f"{beaten.rule} is beaten by {', '.join(beaten.by)}")
    if decision.missing:
        parts.append(f"missing: {', '.join(one.fact for one in decision.missing)}")
    return "; ".join(parts) or "no rule acts"


def meaning_of(law: Law, path: str) -> str:
    """What a missing fact means, in the vocabulary's sentence."""
    words = law.book.vocabulary
    if path in words.tables:
        return f"whether every {path} is on file: are there others?"
    fact = words.fact_at(path)
    return fact.meaning if fact else ""


def citation_of(provision: Provision) -> str:
    """Heading and Act."""
    return f"{provision.heading} · {provision.pack.title}, {provision.pack.citation}"


def _reading(law: Law, rules: RuleSet, block: str) -> Reading:
    acting: Acting = rules.blocks[block]
    provision = acting.provision
    does = _DOES[acting.kind] + (" (contested)" if provision.status == "contested" else "")
    return Reading(
        block,
        does,
        citation_of(provision),
        provision.text,
        provision.pack.source,
        not law.book.is_checked(provision),
    )


def show(value: Value) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _used(law: Law, rules: RuleSet, blocks: dict[str, None], item: str, facts: Facts) -> list[Used]:
    """The facts that these blocks read, those of the request first, then by name."""
    paths: dict[str, None] = {}
    for block in blocks:
        for part in walk(rules.own[block]):
            for term in terms(part):
                if term.name is None:
                    continue
                if term.scope == "row":
                    for number in range(1, len(facts.rows.get(term.table, ())) + 1):
                        paths[f"{term.table}[{number}].{term.name}"] = None
                else:
                    paths[f"{item}.{term.name}" if term.scope == "item" else term.name] = None
            if isinstance(part, Quantified | Count):
                paths[part.table] = None
    made = []
    for path in sorted(paths, key=lambda one: ("[" in one, "." in one, one)):
        value = facts.get(path)
        if path in law.book.vocabulary.tables:
            made.append(
                Used(
                    path,
                    f"all rows of `{path}` are on file",
                    "yes" if value else "not known",
                    _said(facts, path) if value else "",
                )
            )
        else:
            made.append(
                Used(
                    path,
                    meaning_of(law, path),
                    "not known" if value is None else show(value),
                    "" if value is None else _said(facts, path),
                )
            )
    return made


def _said(facts: Facts, path: str) -> str:
    return ", ".join(
        f"{one.by} ({one.known_on})" if one.known_on else one.by for one in facts.said_by(path)
    )

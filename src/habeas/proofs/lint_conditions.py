"""Definitions that set nobody apart, and parts of conditions that never matter.

    RuleSet  ->  Cases of one condition  ->  definitions, parts  ->  Finding, Unsettled
    Condition  ->  said  ->  its words

Promise: *true of everybody* means that Z3 proved that no case makes it untrue; a part is called idle
only where the block without it was proved to act in no further case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import z3

from habeas.compiled.z3 import Cases
from habeas.law.blocks import Acting, Define, Provision
from habeas.law.conditions import (
    ALWAYS,
    And,
    Compare,
    Condition,
    Const,
    Count,
    Defined,
    Holds,
    Not,
    OneOf,
    Or,
    Quantified,
    Term,
    Within,
    conjoin,
)
from habeas.law.facts import Value
from habeas.law.ruleset import RuleSet
from habeas.proofs.lint_example import Ground
from habeas.proofs.lint_finding import Finding, Told, Unsettled


def definitions(ground: Ground, provisions: Sequence[Provision], seconds: float) -> Iterator[Told]:
    """Definitions that are true of everybody or of nobody.

    provisions  those that are in force
    """
    rules = ground.rules
    at = {
        block.name: one for one in provisions for block in one.blocks if isinstance(block, Define)
    }
    for name, condition in rules.definitions.items():
        asked = _Asked(rules, condition, seconds)
        can, can_fail = asked.some(condition), asked.some(Not(condition))
        if can is None or can_fail is None:
            yield Unsettled("definition", (f"{at[name].id} ({name})",), ())
        elif not (can and can_fail):
            whom = "everybody" if can else "nobody"
            cited = ground.cited(at[name])
            sentence = f"The word `{name}` is true of {whom}, whatever the case."
            yield Finding("definition", (cited,), (), sentence)


def parts(ground: Ground, dead: frozenset[str], seconds: float) -> Iterator[Told]:
    """Parts of `when` and `unless` without which a block would hold in the same cases.

    dead  blocks that hold in no case: there no part says more than another
    """
    rules = ground.rules
    for block in rules.blocks.values():
        if block.id in dead:
            continue
        asked = _Asked(rules, rules.own[block.id], seconds)
        for clause, part, otherwise in _split(block):
            more = asked.some(rules.opened(otherwise))
            if more is None:
                yield Unsettled("idle part", (block.id,), ())
            elif not more:
                yield Finding(
                    "idle part",
                    ground.cite([block.id]),
                    (),
                    f"`{block.id}` would hold in exactly the same cases without its part "
                    f"`{clause} {said(part)}`.",
                )


def _split(block: Acting) -> Iterator[tuple[str, Condition, Condition]]:
    """Each part of a block's condition: its clause, its words, and the condition of the cases that
    it alone keeps out."""
    when = block.when.args if isinstance(block.when, And) else (block.when,)
    clauses = [("when", part, part) for part in when if part != ALWAYS]
    clauses += [("unless", part, Not(part)) for part in block.unless]
    for number, (clause, part, needed) in enumerate(clauses):
        others = [other for at, (_, _, other) in enumerate(clauses) if at != number]
        yield clause, part, conjoin([*others, Not(needed)])


class _Asked:
    """One condition's cases, and a solver for questions about its parts."""

    def __init__(self, rules: RuleSet, condition: Condition, seconds: float) -> None:
        self._rules = rules
        self._item = next(iter(rules.vocabulary.items))
        self._cases = Cases(rules.vocabulary, [(self._item, condition)])
        self._solver = z3.Solver()
        self._solver.set("timeout", max(1, int(seconds * 1000)))
        self._solver.add(*self._cases.always)

    def some(self, condition: Condition) -> bool | None:
        """Whether a condition, made of parts of the one, is yes in some case; None: not settled."""
        truth = self._cases.truth(condition, self._item, self._rules.listed).yes
        self._solver.push()
        self._solver.add(truth)
        answer = self._solver.check()
        self._solver.pop()
        return None if answer == z3.unknown else bool(answer == z3.sat)


# -- words ----------------------------------------------------------------------------------------


def said(condition: Condition) -> str:
    """A condition in the law language's words, keywords in lower case."""
    if isinstance(condition, Const):
        return "true" if condition.value else "false"
    if isinstance(condition, Holds | Defined):
        return condition.name
    if isinstance(condition, Not):
        inner = said(condition.arg)
        return f"not ({inner})" if isinstance(condition.arg, And | Or) else f"not {inner}"
    if isinstance(condition, And | Or):
        word = " and " if isinstance(condition, And) else " or "
        return word.join(
            f"({said(arg)})" if isinstance(arg, And | Or) else said(arg) for arg in condition.args
        )
    if isinstance(condition, Compare):
        return f"{_term(condition.left)} {condition.op} {_term(condition.right)}"
    if isinstance(condition, OneOf):
        return f"{_term(condition.term)} in ({', '.join(map(_value, condition.values))})"
    if isinstance(condition, Within):
        return f"within({_term(condition.term)}, '{condition.place}')"
    if isinstance(condition, Quantified):
        return f"{condition.kind}_{condition.table}({said(condition.cond)})"
    assert isinstance(condition, Count)  # noqa: S101 - for mypy: nothing else is left
    column = f", {condition.column}" if condition.column else ""
    return (
        f"count_{condition.table}({said(condition.cond)}{column}) {condition.op} {condition.number}"
    )


def _term(term: Term) -> str:
    text = term.name or _value(term.value)
    for number, unit in term.steps:
        text += f" {'-' if number < 0 else '+'} interval '{abs(number)}' {unit}"
    return text


def _value(value: Value | None) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    return str(value) if isinstance(value, int) else f"date '{value}'"

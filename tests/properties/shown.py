"""Conditions as a law writes them.

Condition, Dice  ->  show  ->  text that reads back as the same condition
"""

from __future__ import annotations

from datetime import date

from habeas.law.conditions import (
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
)
from habeas.law.facts import Value
from tests.properties.dice import Dice


def show(cond: Condition, dice: Dice | None = None) -> str:
    """A condition as a law writes it; with dice, in one of several ways that mean the same."""
    return _Printer(dice).condition(cond)


class _Printer:
    def __init__(self, dice: Dice | None) -> None:
        self.dice = dice

    def word(self, word: str) -> str:
        """A keyword in any case."""
        if self.dice is None:
            return word
        return self.dice.pick((word, word.lower(), word.capitalize()))

    def space(self) -> str:
        return " " if self.dice is None else self.dice.pick((" ", "  ", "\n  ", " -- so\n  "))

    def condition(self, cond: Condition) -> str:
        if isinstance(cond, And | Or):
            joint = (
                self.space() + self.word("AND" if isinstance(cond, And) else "OR") + self.space()
            )
            return joint.join(self.inside(arg, cond) for arg in cond.args)
        if isinstance(cond, Not):
            if isinstance(cond.arg, OneOf) and (self.dice is None or self.dice.upto(1)):
                return self.one_of(cond.arg, self.word("NOT") + " ")
            return f"{self.word('NOT')} {self.inside(cond.arg, cond)}"
        return self.leaf(cond)

    def inside(self, cond: Condition, outer: Condition) -> str:
        """In brackets where it needs them, and sometimes where it does not."""
        loose = isinstance(outer, Or) and isinstance(cond, And | Not)
        tight = not isinstance(cond, And | Or | Not) or (
            isinstance(outer, And) and isinstance(cond, Not)
        )
        free = (loose or tight) and (self.dice is None or self.dice.upto(3) != 3)
        text = self.condition(cond)
        return text if free else f"({text})"

    def leaf(self, cond: Condition) -> str:
        if isinstance(cond, Const):
            return self.word("TRUE" if cond.value else "FALSE")
        if isinstance(cond, Holds | Defined):
            return cond.name
        if isinstance(cond, Compare):
            return f"{self.term(cond.left)} {cond.op} {self.term(cond.right)}"
        if isinstance(cond, OneOf):
            return self.one_of(cond, "")
        if isinstance(cond, Within):
            return f"within({self.term(cond.term)}, '{cond.place}')"
        if isinstance(cond, Quantified):
            return f"{cond.kind}_{cond.table}({self.condition(cond.cond)})"
        assert isinstance(cond, Count)
        column = f", {cond.column}" if cond.column else ""
        return f"count_{cond.table}({self.condition(cond.cond)}{column}) {cond.op} {cond.number}"

    def one_of(self, cond: OneOf, negation: str) -> str:
        listed = ", ".join(self.value(value) for value in cond.values)
        return f"{self.term(cond.term)} {negation}{self.word('IN')} ({listed})"

    def term(self, term: Term) -> str:
        text = term.name if term.name is not None else self.value(term.value)
        for number, unit in term.steps:
            sign = "-" if number < 0 else "+"
            text += f" {sign} {self.word('INTERVAL')} '{abs(number)}' {self.word(unit.upper())}"
        return text

    def value(self, value: Value | None) -> str:
        if isinstance(value, date):
            return f"{self.word('DATE')} '{value.isoformat()}'"
        if isinstance(value, str):
            return f"'{value}'"
        return str(value)

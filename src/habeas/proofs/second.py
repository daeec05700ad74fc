"""A second opinion: what Z3 was asked, as a text that any other prover reads.

    Outcomes, formulas  ->  script  ->  SMT-LIB 2.6, logic QF_LIA

Promise: the assertions are those that `solve` gives to Z3, each switch on; counts of truths, which
have no words in SMT-LIB, are written as sums of zeros and ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import z3

from habeas.compiled.z3 import Formula
from habeas.compiled.z3_rules import Outcomes

_COUNTS = (z3.Z3_OP_PB_EQ, z3.Z3_OP_PB_GE, z3.Z3_OP_PB_AT_LEAST)
_EMPTY = {z3.Z3_OP_AND: True, z3.Z3_OP_OR: False}
"""What Z3 lets stand without parts, and SMT-LIB does not."""


def script(outcomes: Sequence[Outcomes], wanted: Iterable[Formula]) -> str:
    """The question of `solve` as a script that ends in `(check-sat)`.

    Names are `b1`, `b2`, …: the comments above say what each stands for.
    """
    formulas = list(wanted)  # before `tied` is read, which grows as formulas are made
    formulas += outcomes[0].cases.always
    for one in outcomes:
        formulas += [*one.tied, *one.switches.values()]
    written = _Writer()
    asserted = [written.formula(one) for one in formulas]
    solver = z3.Solver()
    solver.add(*asserted)
    names = "".join(f"; b{n} is {name!r}\n" for name, n in written.names.items())
    return f"(set-logic QF_LIA)\n{names}{solver.to_smt2()}"


class _Writer:
    """Formulas with plain names, and with sums where they count."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.made: dict[int, Formula] = {}

    def formula(self, formula: Formula) -> Formula:
        found = self.made.get(formula.get_id())
        if found is None:
            found = self.made[formula.get_id()] = self._new(formula)
        return found

    def _new(self, formula: Formula) -> Formula:
        kind, parts = formula.decl().kind(), [self.formula(one) for one in formula.children()]
        if kind in _COUNTS:
            number, *weights = formula.decl().params()
            weighed = zip(parts, weights or [1] * len(parts), strict=True)
            total = z3.Sum([0, 0, *(z3.If(part, weight, 0) for part, weight in weighed)])
            return total == number if kind == z3.Z3_OP_PB_EQ else total >= number
        if kind == z3.Z3_OP_UNINTERPRETED:
            number = self.names.setdefault(formula.decl().name(), len(self.names) + 1)
            return z3.Bool(f"b{number}")
        if kind in _EMPTY and not parts:
            return z3.BoolVal(_EMPTY[kind])
        return formula.decl()(*parts) if parts else formula

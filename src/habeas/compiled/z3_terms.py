"""Terms of Z3, made straight on its C interface: z3py's own makers look at each part first.

    Formulas  ->  all_of, any_of, negated, implied, same, at_least, exactly  ->  Formula

Promise: each is what z3py's maker of that meaning makes, or shorter and equal to it; all formulas are
of z3py's main context, as are those that z3py makes of itself.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import z3
from z3 import z3core

Formula = Any
"""`z3.BoolRef`; the package has no types of its own."""

TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)

_CONTEXT = z3.main_ctx()
_REF = _CONTEXT.ref()


def all_of(parts: Sequence[Formula]) -> Formula:
    """That all of them hold; of none: true."""
    return _joined(z3core.Z3_mk_and, parts, TRUE, FALSE)


def any_of(parts: Sequence[Formula]) -> Formula:
    """That one of them holds; of none: false."""
    return _joined(z3core.Z3_mk_or, parts, FALSE, TRUE)


def negated(one: Formula) -> Formula:
    """That it does not hold."""
    if one is TRUE or one is FALSE:
        return FALSE if one is TRUE else TRUE
    return z3.BoolRef(z3core.Z3_mk_not(_REF, one.ast), _CONTEXT)


def implied(one: Formula, other: Formula) -> Formula:
    """That the other holds where the one does."""
    return z3.BoolRef(z3core.Z3_mk_implies(_REF, one.ast, other.ast), _CONTEXT)


def same(one: Formula, other: Formula) -> Formula:
    """That both hold, or neither."""
    return z3.BoolRef(z3core.Z3_mk_eq(_REF, one.ast, other.ast), _CONTEXT)


def exactly(parts: Sequence[Formula], number: int) -> Formula:
    """That so many of them hold."""
    return _counted(z3core.Z3_mk_pbeq, parts, number)


def at_least(parts: Sequence[Formula], number: int) -> Formula:
    """That so many of them hold, or more."""
    if number <= 0 or number > len(parts):
        return TRUE if number <= 0 else FALSE
    return _counted(z3core.Z3_mk_pbge, parts, number)


def holds(model: z3.ModelRef, one: Formula) -> bool:
    """Whether it holds in a model; of what the model leaves open, the model says something now."""
    found = (z3.Ast * 1)()
    if not z3core.Z3_model_eval(_REF, model.model, one.ast, True, found):
        raise z3.Z3Exception("a model says nothing of a formula")
    return bool(z3core.Z3_get_bool_value(_REF, found[0]) == z3.Z3_L_TRUE)


def _joined(
    make: Callable[..., Any], parts: Sequence[Formula], empty: Formula, enough: Formula
) -> Formula:
    """Parts that say nothing (`empty`) are left out; one that says it all (`enough`) is the answer.

    The array holds no references; the parts do, which outlive the call.
    """
    kept = [one for one in parts if one is not empty]
    if len(kept) < 2:
        return kept[0] if kept else empty
    if any(one is enough for one in kept):
        return enough
    return z3.BoolRef(make(_REF, len(kept), _array(kept)), _CONTEXT)


def _counted(make: Callable[..., Any], parts: Sequence[Formula], number: int) -> Formula:
    ones = (ctypes.c_int * len(parts))(*([1] * len(parts)))
    return z3.BoolRef(make(_REF, len(parts), _array(parts), ones, number), _CONTEXT)


def _array(parts: Sequence[Formula]) -> Any:
    return (z3.Ast * len(parts))(*[one.ast for one in parts])

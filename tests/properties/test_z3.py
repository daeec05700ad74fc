"""The prover says what the interpreter says, and what brute force says of all worlds."""

from __future__ import annotations

import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st

from habeas.compiled.z3 import Cases
from habeas.compiled.z3_rules import Outcomes
from habeas.law import interpreter
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import OUTCOMES, in_world
from habeas.law.ruleset import rule_set
from habeas.law.worlds import relevant, worlds
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled, chance


def drawn(dice: Dice, cases: Cases, items: list[str], known: int) -> Facts:
    """A case of those that `cases` are about; one fact in `known` is unknown (0: none)."""
    facts = Facts()

    def value(path: str) -> Value | None:
        return None if known and chance(dice, known) else dice.pick(cases.values(path))

    for path in cases.paths:
        if "[+]" in path:
            continue
        said = value(path)
        item, _, name = path.partition(".")
        if said is None:
            continue
        if name and item in items:
            facts.items[item, name] = said
        else:
            facts.values[path] = said
    for table, most in cases.rows_needed.items():
        columns = [p for p in cases.paths if p.startswith(f"{table}[+].")]
        rows = []
        for _ in range(dice.upto(most)):
            row = {p.rpartition(".")[2]: value(p) for p in columns}
            rows.append({name: said for name, said in row.items() if said is not None})
        if rows:
            facts.rows[table] = rows
    tables = cases.vocabulary.tables
    facts.complete = frozenset(t for t in tables if not (known and chance(dice, 2)))
    return facts


def decided(cases: Cases, facts: Facts, formula: z3.BoolRef) -> bool:
    """Whether a formula holds of a case, which settles it."""
    solver = z3.Solver()
    solver.add(*cases.always, *cases.is_case(facts))
    assert solver.check() == z3.sat
    holds = solver.check(formula) == z3.sat
    assert (solver.check(z3.Not(formula)) == z3.sat) is not holds
    return holds


@given(st.integers(0, 10**9))
def test_a_condition_has_kleenes_truth(seed: int) -> None:
    dice = Rolled(seed)
    words = strategies.words(dice)
    cond = strategies.condition(dice, words, 3, place="us-ca")
    item = "name"
    cases = Cases(words.vocabulary, [(item, cond)], open=True)
    for _ in range(5):
        facts = drawn(dice, cases, list(words.vocabulary.items), 3)
        truth = cases.truth(cond, item)
        expected = interpreter.truth(cond, facts, item)
        assert decided(cases, facts, truth.yes) is (expected is True)
        assert decided(cases, facts, truth.no) is (expected is False)


@given(st.integers(0, 10**9))
def test_a_case_has_the_outcome_that_the_interpreter_finds(seed: int) -> None:
    dice = Rolled(seed)
    made = strategies.law(dice, strategies.words(dice))
    rules = rule_set(made.book(), "us-ca-sf", dice.pick(strategies.AS_OF))
    items = [item for item in rules.vocabulary.items if rules.rules(item)]
    for item in items[:3]:
        asked = [(item, rules.own[block]) for block in relevant(rules, item)]
        cases = Cases(rules.vocabulary, asked)
        outcomes = Outcomes(cases, rules)
        formulas = {basis: outcomes.basis(basis, item) for basis in OUTCOMES}
        for basis, formula in formulas.items():
            solver = z3.Solver()
            solver.add(*cases.always, *outcomes.tied, *outcomes.switches.values(), formula)
            if solver.check() == z3.sat:
                world = outcomes.world(solver.model())
                assert not rules.contradictions(world.facts)
                assert in_world(rules, item, world)[0] == basis
        for verdict in ("deny", "grant", "refer"):
            solver = z3.Solver()
            solver.add(
                *cases.always, *outcomes.tied, *outcomes.switches.values(),
                outcomes.verdict(verdict, item)
                != z3.Or([f for b, f in formulas.items() if OUTCOMES[b] == verdict]),
            )  # fmt: skip
            assert solver.check() == z3.unsat


@given(strategies.laws())
def test_what_brute_force_finds_in_some_world_the_prover_finds_and_nothing_else(
    made: tuple[object, object, Facts],
) -> None:
    _, rules, facts = made
    whole = rules.completed(facts)  # type: ignore[attr-defined]
    for item in rules.vocabulary.items:  # type: ignore[attr-defined]
        blocks = relevant(rules, item)  # type: ignore[arg-type]
        if not blocks:
            continue
        seen = {in_world(rules, item, world)[0] for world in worlds(rules, item, whole)}  # type: ignore[arg-type]
        cases = Cases(rules.vocabulary, [(item, rules.own[b]) for b in blocks])  # type: ignore[attr-defined]
        outcomes = Outcomes(cases, rules)  # type: ignore[arg-type]
        found = {basis for basis in OUTCOMES if _possible(cases, outcomes, basis, item)}
        assert seen <= found  # every case is one of all cases
        if not whole.values and not whole.items and not any(whole.rows.values()):
            assert seen == found


def _possible(cases: Cases, outcomes: Outcomes, basis: str, item: str) -> bool:
    solver = z3.Solver()
    formula = outcomes.basis(basis, item)
    solver.add(*cases.always, *outcomes.tied, *outcomes.switches.values(), formula)
    return bool(solver.check() == z3.sat)


@given(st.integers(0, 10**9))
def test_with_nothing_known_the_prover_finds_what_brute_force_finds(seed: int) -> None:
    dice = Rolled(seed)
    made = strategies.law(dice, strategies.words(dice, facts=2, columns=2), depth=1, most=3)
    rules = rule_set(made.book(), "us-ca-sf", dice.pick(strategies.AS_OF))
    for item in [item for item in rules.vocabulary.items if rules.rules(item)][:2]:
        nothing = rules.completed(Facts())
        if strategies.estimate(rules, item, nothing) > 3000 or nothing.values or nothing.items:
            continue
        seen = {in_world(rules, item, world)[0] for world in worlds(rules, item, nothing)}
        cases = Cases(rules.vocabulary, [(item, rules.own[b]) for b in relevant(rules, item)])
        outcomes = Outcomes(cases, rules)
        assert seen == {b for b in OUTCOMES if _possible(cases, outcomes, b, item)}


def test_a_proof_does_not_turn_unknown_into_safe() -> None:
    """What Z3 cannot decide in its time is neither."""
    x, y, z = z3.Ints("x y z")
    solver = z3.Solver()
    solver.set("timeout", 1)
    solver.add(x * x * x + y * y * y + z * z * z == 114)
    assert solver.check() == z3.unknown


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

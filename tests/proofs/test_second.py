"""A second prover, cvc5, is asked the same as Z3, and says the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest.mock import patch

import cvc5
import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st

import habeas
from habeas.compiled.z3_rules import Outcomes
from habeas.errors import Place
from habeas.law.blocks import Promise
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.worlds import World
from habeas.proofs import goal
from habeas.proofs.goal import Goal, Goals, Safe
from habeas.proofs.prove import Stretch, promised
from habeas.proofs.question import Question, read_question
from habeas.proofs.second import script
from habeas.proofs.solve import Rests, solve
from tests.properties import strategies
from tests.properties.dice import Rolled

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

BOOK = habeas.read_laws()
FUZZ = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
SAMPLE = 15
"""One goal in so many is asked outside of `make fuzz`."""


def cvc5_says(text: str) -> str:
    """`sat`, `unsat` or `unknown`."""
    solver = cvc5.Solver()
    solver.setOption("tlimit", "120000")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, parser.getSymbolManager())
    return said.strip()


def goals() -> Iterator[Goal]:
    """Every goal of the shipped promises."""
    made = Goals()
    rules: dict[Stretch, RuleSet] = {}
    for promise in BOOK.blocks(Promise):
        question, of = promised(BOOK, promise)
        for stretch in of:
            if stretch not in rules:
                rules[stretch] = rule_set(BOOK, stretch.place, stretch.start)
            made.of(question, rules[stretch])
    yield from made


def test_a_second_prover_proves_the_shipped_promises_too() -> None:
    """All of them under `make fuzz`; else one in fifteen."""
    answers = []
    for number, one in enumerate(goals()):
        if not FUZZ and number % SAMPLE:
            continue
        outcomes, wanted = one.posed()
        answers.append((one.item, one.when, cvc5_says(script([outcomes], wanted))))
    assert [found for found in answers if found[2] != "unsat"] == []
    assert len(answers) >= (150 if FUZZ else 8)


@pytest.mark.parametrize(
    "sentence",
    [
        "never grant release_date when purpose = 'immigration enforcement'",
        "never grant release_date when purpose = 'immigration enforcement' and not public and not commanded_by_court",
        "never deny everything",
        "always refer hold when purpose = 'immigration enforcement' and not commanded_by_court",
        "always refer release_date when count_conviction(violent_felony, incident) >= 3",
    ],
)
def test_a_second_prover_finds_what_is_not_so_as_well(sentence: str) -> None:
    rules = rule_set(BOOK, "us-ca-sf", BOOK.changes("us-ca-sf")[-1])
    made = Goals()
    made.of(read_question(sentence, BOOK, "us-ca-sf"), rules)
    said = []
    for one in made:
        outcomes, wanted = one.posed()
        answer = cvc5_says(script([outcomes], wanted))
        settled = one.settled(60)
        assert isinstance(settled, Safe if answer == "unsat" else World)
        said.append(answer)
    assert "sat" in said


@given(st.integers(0, 10**9))
def test_the_two_agree_on_small_random_law(seed: int) -> None:
    dice = Rolled(seed)
    words = strategies.words(dice)
    made = strategies.law(dice, words)
    rules = rule_set(made.book(), "us-ca-sf", dice.pick(strategies.AS_OF))
    named = sorted({item for block in rules.blocks.values() for item in block.items})
    when = strategies.condition(dice, words, 3, place="us-ca-sf")
    verb = dice.pick(("never grant", "never deny", "always refer"))
    goals = Goals()
    goals.of(Question(verb, tuple(named[:1]), when, Place("here")), rules)
    with patch.object(goal, "MOST_VALUES", 1000):
        for one in goals:
            if not one.group.too_large():
                outcomes, wanted = one.posed()
                found = solve([outcomes], wanted, 60)
                assert found is not None
                said = cvc5_says(script([outcomes], wanted))
                assert said == ("unsat" if isinstance(found, Rests) else "sat")


def test_a_script_says_what_its_names_stand_for_and_has_no_odd_ones() -> None:
    rules = rule_set(BOOK, "us-ca", BOOK.changes("us-ca")[-1])
    made = Goals()
    made.of(read_question("never grant name when requester = 'a|b \"c'", BOOK, "us-ca"), rules)
    (one,) = made
    outcomes, wanted = one.posed()
    text = script([outcomes], wanted)
    comments = [line for line in text.split("\n") if line.startswith("; b")]
    assert any("purpose = immigration enforcement" in line for line in comments)
    assert any("us-ca/values-act#a1D counts" in line for line in comments)
    assert "|" not in "".join(line for line in text.split("\n") if not line.startswith(";"))
    assert cvc5_says(text) == "sat"


def test_counts_are_written_so_that_any_prover_reads_them() -> None:
    bits = [z3.Bool(f"odd | name {n}") for n in range(4)]

    class Empty:
        always = (z3.PbGe([(bit, 1) for bit in bits], 3), z3.Or([]) == z3.BoolVal(False))

    outcomes = Outcomes(Empty(), rule_set(BOOK, "us", BOOK.changes("us")[-1]))  # type: ignore[arg-type]
    assert cvc5_says(script([outcomes], [z3.PbEq([(bit, 1) for bit in bits], 3)])) == "sat"
    assert cvc5_says(script([outcomes], [z3.PbEq([(bit, 1) for bit in bits], 2)])) == "unsat"
    assert cvc5_says(script([outcomes], [z3.Not(bits[0]), z3.Not(bits[1])])) == "unsat"

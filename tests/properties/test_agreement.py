"""Interpreter, resolution and closure agree: before resolution with each other, after it with brute force."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.compiled import resolution
from habeas.compiled.closure import compile_rules
from habeas.compiled.diagram import Diagrams
from habeas.compiled.normal import normal
from habeas.compiled.residual import Given, Plans, inside
from habeas.law import interpreter
from habeas.law.conditions import Condition, Count, Not, Quantified, walk
from habeas.law.facts import Facts
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.worlds import relevant, worlds
from tests.properties import strategies
from tests.properties.dice import Rolled
from tests.properties.strategies import Law, laws, questions

slow = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@slow
@given(laws())
def test_three_engines_find_the_same(drawn: tuple[Law, RuleSet, Facts]) -> None:
    _, rules, given_facts = drawn
    compiled = compile_rules(rules)
    together = compiled.findings(given_facts, rules.vocabulary.items)
    for item in rules.vocabulary.items:
        found = interpreter.find(rules, item, given_facts)
        assert resolution.resolve(rules, item, given_facts) == found, item
        assert together[item] == found, item
        assert compiled.finding(item, given_facts) == found, item


@given(st.integers(0, 10**9))
def test_what_is_remembered_of_some_facts_is_right_for_others(seed: int) -> None:
    """One compiled rule set, many facts that share words, states and rows: each as if it were the first."""
    dice = Rolled(seed)
    made = strategies.law(dice, strategies.words(dice))
    rules = rule_set(made.book(), "us-ca-sf", dice.pick(strategies.AS_OF))
    known = [strategies.facts(dice, made.words)]
    for _ in range(4):
        other = strategies.facts(dice, made.words)
        base = dice.pick(known)
        turned = {table: list(reversed(rows)) for table, rows in base.rows.items()}
        known.append(other)
        known.append(Facts(base.values, base.items, other.rows, base.complete))
        known.append(Facts(base.values, other.items, turned, other.complete))
    compiled = compile_rules(rules)
    tamed = [strategies.tamed(rules, strategies.lawful(rules, one), 3000) for one in known]
    found = [compiled.findings(few, rules.vocabulary.items) for few in tamed]
    for few, together in zip(tamed, found, strict=True):
        for item in rules.vocabulary.items:
            resolution._plans.clear()  # as if nothing had been asked before
            assert together[item] == resolution.resolve(rules, item, few), item


@slow
@given(laws(limit=10**9))
def test_two_engines_find_the_same_in_kleenes_logic(drawn: tuple[Law, RuleSet, Facts]) -> None:
    _, rules, given_facts = drawn
    whole = rules.completed(given_facts)
    expected = {
        (block, item): interpreter.truth(rules.own[block], whole, item)
        for item in rules.vocabulary.items
        for block in relevant(rules, item)
    }
    assert compile_rules(rules).truths(given_facts) == expected


@slow
@given(laws())
def test_kleenes_logic_bounds_the_exact_answer(drawn: tuple[Law, RuleSet, Facts]) -> None:
    """Where Kleene's logic says yes or no, all worlds do."""
    _, rules, given_facts = drawn
    whole = rules.completed(given_facts)
    for item in rules.vocabulary.items:
        for block in relevant(rules, item):
            held = interpreter.truth(rules.own[block], whole, item)
            if held is not None:
                assert {
                    interpreter.truth(rules.own[block], world.facts, item)
                    for world in worlds(rules, item, whole)
                } == {held}


@given(questions())
def test_a_condition_is_resolved_as_over_all_worlds(
    drawn: tuple[RuleSet, Condition, Facts],
) -> None:
    rules, asked, given_facts = drawn
    found = {
        interpreter.truth(asked, world.facts, "name")
        for world in worlds(rules, "name", rules.completed(given_facts))
    }
    assert None not in found
    expected = found.pop() if len(found) == 1 else None
    assert resolution.resolve_condition(rules, asked, "name", given_facts) == expected


@given(questions(limit=10**9, depth=4))
def test_a_condition_its_opposite_and_its_being_unknown_part_all_cases(
    drawn: tuple[RuleSet, Condition, Facts],
) -> None:
    rules, asked, given_facts = drawn
    whole = rules.completed(given_facts)
    yes = interpreter.truth(asked, whole, "name")
    no = interpreter.truth(Not(asked), whole, "name")
    assert sorted([yes is True, no is True, yes is None]) == [False, False, True]
    assert (yes is None) == (no is None)


@given(questions(limit=10**9, depth=4))
def test_the_normal_form_has_the_same_truth(drawn: tuple[RuleSet, Condition, Facts]) -> None:
    rules, asked, given_facts = drawn
    whole = rules.completed(given_facts)
    made = normal(asked)
    assert interpreter.truth(made, whole, "name") == interpreter.truth(asked, whole, "name")
    quantifiers = [part for part in walk(made) if isinstance(part, Quantified | Count)]
    assert all(isinstance(q, Count) and q.op == ">=" and q.number >= 1 for q in quantifiers)


@given(questions(depth=3))
def test_what_is_left_of_a_condition_reads_unknown_facts_only(
    drawn: tuple[RuleSet, Condition, Facts],
) -> None:
    rules, asked, given_facts = drawn
    whole = rules.completed(given_facts)
    left = Plans(rules.vocabulary).plan(asked).under(Given.of(whole, "name"), "", {})
    if isinstance(left, bool):
        return
    for part in inside(left):
        for path in getattr(part, "facts", ()):
            assert "[+]" in path or whole.get(path) is None


# -- diagrams -------------------------------------------------------------------------------------

SIZES = (2, 3, 2, 4)
POINTS = list(product(*(range(size) for size in SIZES)))


@st.composite
def tables(draw: Any, values: st.SearchStrategy[Any]) -> list[Any]:
    """A function of four variables as its table; often of fewer."""
    used = draw(st.sets(st.integers(0, 3)))
    cells: dict[tuple[int, ...], Any] = {}
    made = []
    for point in POINTS:
        key = tuple(at for index, at in enumerate(point) if index in used)
        if key not in cells:
            cells[key] = draw(values)
        made.append(cells[key])
    return made


def build(
    store: Diagrams, table: list[Any], at: int = 0, offset: int = 0, span: int = len(POINTS)
) -> int:
    if at == len(SIZES):
        return store.terminal(table[offset])
    width = span // SIZES[at]
    return store.node(
        at,
        tuple(
            build(store, table, at + 1, offset + index * width, width) for index in range(SIZES[at])
        ),
    )


def look(store: Diagrams, node: int, point: tuple[int, ...]) -> Any:
    while store.children[node]:
        node = store.children[node][point[store.variable[node]]]
    return store.value[node]


yes_no = tables(st.booleans())
numbers = tables(st.integers(2, 4))


@given(yes_no, yes_no, yes_no)
def test_diagrams_join_like_truth_tables(a: list[bool], b: list[bool], c: list[bool]) -> None:
    store = Diagrams()
    x, y, z = (build(store, table) for table in (a, b, c))
    made = {
        store.not_(x): [not one for one in a],
        store.and_([x, y, z]): [all(cells) for cells in zip(a, b, c, strict=True)],
        store.or_([x, y, z]): [any(cells) for cells in zip(a, b, c, strict=True)],
    }
    for node, table in made.items():
        assert [look(store, node, point) for point in POINTS] == table
        assert build(store, table) == node, "equal functions are one node"
        assert store.not_(store.not_(node)) == node


@given(numbers, numbers, numbers)
def test_diagrams_combine_and_eliminate_like_tables(
    a: list[int], b: list[int], c: list[int]
) -> None:
    store = Diagrams()
    x, y, z = (build(store, table) for table in (a, b, c))
    joined = store.combine("f", lambda i, j, k: i * 100 + j * 10 + k, x, y, z)
    table = [i * 100 + j * 10 + k for i, j, k in zip(a, b, c, strict=True)]
    assert joined == build(store, table)
    assert store.values(joined) == set(table)
    for variable, size in enumerate(SIZES):
        folded, fixed = [], []
        for point in POINTS:
            line = [
                table[POINTS.index((*point[:variable], index, *point[variable + 1 :]))]
                for index in range(size)
            ]
            folded.append(max(line))
            fixed.append(line[1])
        assert store.eliminate(joined, variable, "max", max) == build(store, folded)
        assert store.restrict(joined, variable, 1) == build(store, fixed)
        differs = any(
            table[POINTS.index(point)]
            != table[POINTS.index((*point[:variable], 0, *point[variable + 1 :]))]
            for point in POINTS
        )
        assert (variable in store.support(joined)) == differs

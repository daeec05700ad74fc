"""The safety laws of section 5 of the law language, a test a sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from habeas.compiled.closure import compile_rules
from habeas.compiled.resolution import resolve, resolve_condition
from habeas.law import interpreter
from habeas.law.book import chain_of
from habeas.law.conditions import Condition, Holds
from habeas.law.domains import domains_of
from habeas.law.facts import Facts
from habeas.law.grammar import Names, parse_condition
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.source import Source
from habeas.law.vocabulary import Fact, Vocabulary
from habeas.law.worlds import relevant, worlds
from tests.properties import concrete
from tests.properties.dice import Drawn
from tests.properties.shown import show
from tests.properties.strategies import (
    Law,
    Words,
    answered,
    condition,
    facts,
    law,
    lawful,
    laws,
    one_rule,
    row,
    shuffled,
    tamed,
    words,
)

slow = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@slow
@given(laws())
def test_nothing_is_granted_if_some_world_forbids_it(drawn: tuple[Law, RuleSet, Facts]) -> None:
    _, rules, given_facts = drawn
    for item in rules.vocabulary.items:
        if resolve(rules, item, given_facts).verdict == "grant":
            for world in worlds(rules, item, rules.completed(given_facts)):
                basis, active, _ = interpreter.in_world(rules, item, world)
                assert basis in ("required", "permitted")
                assert not [r for r in active if rules.blocks[r].kind == "forbid"]


def _learn(draw: Any, rules: RuleSet, item: str, known: Facts) -> Facts:
    """The facts with one thing more: an open fact answered, a row of an open table, or a table complete."""
    dice = Drawn(draw)
    whole = rules.completed(known)
    asked = [rules.own[block] for block in relevant(rules, item)]
    domains = domains_of(rules.vocabulary, asked, whole, item)
    options = [
        (path, value)
        for path in domains.unknown
        if "[+]" not in path
        for value in domains.values(path)
    ]
    options += [(table, True) for table in domains.rows_needed if table not in known.complete]
    options += [(table, None) for table in domains.rows_needed if table not in known.complete]
    if not options:
        return known
    path, value = dice.pick(options)
    if value is not None:
        return answered(known, path, value)
    columns = list(rules.vocabulary.tables[path].values())
    rows = {**known.rows, path: [*known.rows.get(path, []), row(dice, columns)]}
    return Facts(known.values, known.items, rows, known.complete)


@slow
@given(st.data(), laws(limit=10**6))
def test_learning_never_overturns_a_decided_verdict(
    data: Any, drawn: tuple[Law, RuleSet, Facts]
) -> None:
    _, rules, given_facts = drawn
    item = data.draw(st.sampled_from(sorted(rules.vocabulary.items)))
    before = resolve(rules, item, given_facts)
    known = given_facts
    for _ in range(3):
        learnt = _learn(data.draw, rules, item, known)
        if rules.contradictions(learnt):
            continue  # a list of the law says otherwise: nobody could learn that
        known = learnt
        after = resolve(rules, item, known)
        if before.verdict != "refer" or before.basis == "conflict":
            assert after.verdict == before.verdict
        before = after


@slow
@given(st.data(), laws(limit=10**6))
def test_the_order_of_blocks_and_files_never_matters(
    data: Any, drawn: tuple[Law, RuleSet, Facts]
) -> None:
    made, rules, given_facts = drawn
    other = rule_set(shuffled(Drawn(data.draw), made).book(), rules.place, rules.day)
    assert list(other.blocks) == list(rules.blocks)
    one, two = compile_rules(rules), compile_rules(other)
    assert one.findings(given_facts, rules.vocabulary.items) == two.findings(
        given_facts, rules.vocabulary.items
    )


@slow
@given(laws(limit=10**6), st.data())
def test_what_is_found_holds_in_worlds_that_no_domain_has_heard_of(
    drawn: tuple[Law, RuleSet, Facts], data: Any
) -> None:
    """A decided verdict is that of every concrete world; what changes it there is named."""
    _, rules, known = drawn
    dice = Drawn(data.draw)
    item = dice.pick(sorted(rules.vocabulary.items))
    found = resolve(rules, item, known)
    given_facts = rules.completed(known)
    for _ in range(6):
        real = concrete.world(dice, rules, given_facts, item)
        if rules.contradictions(real.facts):
            continue
        basis, active, beaten = interpreter.in_world(rules, item, real)
        verdict = interpreter.OUTCOMES[basis]
        bases = list(interpreter.OUTCOMES)
        if found.verdict != "refer" or found.basis == "conflict":
            deciding = {r for r in active if rules.blocks[r].kind in interpreter.DECIDING[basis]}
            assert verdict == found.verdict
            assert bases.index(basis) <= bases.index(found.basis)
            assert deciding <= set(found.rules)
        by = {rule: set(others) for rule, others in found.defeated}
        assert all(set(others) <= by[rule] for rule, others in beaten.items())
        other = concrete.neighbour(dice, rules, given_facts, item, real)
        if other and not rules.contradictions(other[1].facts):
            path, changed = other
            other_basis, other_active, _ = interpreter.in_world(rules, item, changed)
            if interpreter.OUTCOMES[other_basis] != verdict:
                assert path in found.missing
            if found.verdict == "refer" and found.basis != "conflict":
                assert active ^ other_active <= set(found.rules)


@slow
@given(laws())
def test_missing_names_exactly_what_matters(drawn: tuple[Law, RuleSet, Facts]) -> None:
    """Two worlds that differ in a fact alone differ in verdict, just if the fact is named."""
    _, rules, given_facts = drawn
    for item in rules.vocabulary.items:
        found = resolve(rules, item, given_facts)
        verdicts: dict[tuple[Any, ...], dict[Any, str]] = {}
        for world in worlds(rules, item, rules.completed(given_facts)):
            verdict = interpreter.OUTCOMES[interpreter.in_world(rules, item, world)[0]]
            for path, answer in world.answers.items():
                rest = tuple(sorted((k, repr(v)) for k, v in world.answers.items() if k != path))
                verdicts.setdefault((path, rest, world.lets_act), {})[repr(answer)] = verdict
        matters = {key[0] for key, by in verdicts.items() if len(set(by.values())) > 1}
        assert set(found.missing) == (matters if found.verdict == "refer" else set())
        assert found.verdict == "refer" or not matters


@slow
@given(laws(limit=10**6), st.data())
def test_between_changes_the_law_of_a_place_is_the_same(
    drawn: tuple[Law, RuleSet, Facts], data: Any
) -> None:
    made, rules, _ = drawn
    book = made.book()
    changes = book.changes(rules.place)
    day = data.draw(st.dates())
    start = max(change for change in changes if change <= day)
    one, two = rule_set(book, rules.place, day), rule_set(book, rules.place, start)
    assert (one.own, one.beaters, one.contested, one.listed) == (
        two.own,
        two.beaters,
        two.contested,
        two.listed,
    )
    assert changes[0] == date.min and list(changes) == sorted(set(changes))


@slow
@given(laws(limit=10**6))
def test_law_of_a_place_is_the_law_of_its_chain(drawn: tuple[Law, RuleSet, Facts]) -> None:
    _, rules, _ = drawn
    for name in rules.blocks:
        assert name.split("/")[0] in chain_of(rules.place)


@st.composite
def named_conditions(draw: Any) -> tuple[Words, Condition, Facts]:
    dice = Drawn(draw)
    chosen = words(dice)
    return chosen, condition(dice, chosen, 2), facts(dice, chosen)


@given(named_conditions())
def test_a_definition_that_is_given_is_a_definition_that_is_computed(
    drawn: tuple[Words, Condition, Facts],
) -> None:
    """Where a condition comes to yes or no, to state that is as good as to let it be worked out."""
    chosen, cond, known = drawn
    rules = one_rule(chosen.vocabulary, cond)
    known = tamed(rules, lawful(rules, known), 300, ["name"])
    held = resolve_condition(rules, cond, "name", known)
    assume(held is not None)
    base = chosen.vocabulary
    fact = Fact("given", "request", "yes/no", "a definition", rules.blocks["us/act#r"].place)
    wider = Vocabulary(
        base.source, {**base.facts, "given": fact}, base.tables, base.items, base.groups
    )
    stated = one_rule(base, Holds("given", "request"))
    stated.vocabulary = wider
    again = Facts({**known.values, "given": bool(held)}, known.items, known.rows, known.complete)
    assert resolve(stated, "name", again).verdict == resolve(rules, "name", known).verdict


@given(named_conditions(), st.data())
def test_a_condition_that_is_printed_reads_back_the_same(
    drawn: tuple[Words, Condition, Facts], data: Any
) -> None:
    chosen, cond, _ = drawn
    text = show(cond, Drawn(data.draw))
    assert parse_condition(Source("x", text), 0, len(text), Names(chosen.vocabulary, {})) == cond


@slow
@given(st.data())
def test_every_law_that_is_made_up_is_well_formed(data: Any) -> None:
    dice = Drawn(data.draw)
    made = law(dice, words(dice))
    assert made.book().packs

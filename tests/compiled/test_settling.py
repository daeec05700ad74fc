"""What Kleene's logic settles of an item, worked out on bits, is what it is block by block."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from benchmarks.audits_rules import made_rules
from habeas import Facts
from habeas.compiled import acting, closure
from habeas.compiled.closure import Compiled, compile_rules
from habeas.compiled.resolution import resolve
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB
from habeas.law.interpreter import (
    DECIDING,
    OUTCOMES,
    Finding,
    Truth,
    basis_of,
    k_and,
    k_not,
    k_or,
)
from habeas.law.ruleset import RuleSet
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled
from tests.properties.test_sql import quick_law, written_law

RULES, BLOCKS, PAIRS = 121, 8, 100


def plainly(rules: RuleSet, item: str, own: dict[str, Truth]) -> Finding | None:
    """Steps 1 to 4 for one item, block by block; None where something of it stays open."""
    own = {b: k_and([own[b], None if b in rules.contested else True]) for b in own}
    acting: dict[str, Truth] = {}

    def acts(block: str) -> Truth:
        if block not in acting:
            beaten = k_or(acts(other) for other in rules.beaters_for(block, item))
            acting[block] = k_and([own[block], k_not(beaten)])
        return acting[block]

    kinds: dict[str, list[str]] = {"forbid": [], "require": [], "permit": []}
    for rule in rules.rules(item):
        kinds[rules.blocks[rule].kind].append(rule)
    truths = [k_or(acts(rule) for rule in kinds[kind]) for kind in kinds]
    could = [(True, False) if held is None else (held,) for held in truths]
    bases = {basis_of(*held) for held in product(*could)}
    if len(bases) > 1:
        return None
    (basis,) = bases
    deciding = [rule for kind in DECIDING[basis] for rule in kinds[kind]]
    defeats = {
        (rule, other): k_and([own[rule], acts(other)])
        for rule in rules.rules(item)
        for other in rules.beaters_for(rule, item)
    }
    if None in defeats.values() or any(acts(rule) is None for rule in deciding):
        return None
    defeated: dict[str, list[str]] = {}
    for (rule, other), held in defeats.items():
        if held:
            defeated.setdefault(rule, []).append(other)
    return Finding(
        OUTCOMES[basis],
        basis,
        tuple(sorted(rule for rule in deciding if acts(rule))),
        tuple(sorted((rule, tuple(sorted(by))) for rule, by in defeated.items())),
        (),
    )


def told(compiled: Compiled, facts: Facts) -> list[Finding | None]:
    """Each item's answer by Kleene's logic, which is the plain one."""
    truths = compiled.truths(facts)
    found = compiled.rule_words(facts)
    for item, finding in found.items():
        own = {block: held for (block, of), held in truths.items() if of == item}
        assert finding == plainly(compiled.rules, item, own), item
    return list(found.values())


def test_it_is_the_same_in_random_laws() -> None:
    """With exceptions, contested blocks, facts of items, and blocks that share a condition."""
    answers: list[Finding | None] = []
    contested = of_items = shared = 0
    for seed in range(60):
        dice = Rolled(f"settled {seed}")
        words, rules = quick_law(dice, 3, 2) if seed % 3 == 0 else written_law(dice, 3, 2)
        compiled = compile_rules(rules)
        if compiled.mixed:
            continue
        contested += bool(rules.contested)
        of_items += len(compiled.terms) > 0 and any(one.others for one in compiled._acting.values())
        shared += len(set(rules.own.values())) < len(rules.own)
        for _ in range(6):
            answers += told(compiled, strategies.facts(dice, words))
    assert contested and of_items and shared
    assert None in answers and any(found and found.defeated for found in answers)


def words_of(dice: Dice, terms: int, few: int = 8) -> tuple[int, int]:
    """Random words: of so few terms about one is yes and one unknown."""
    drawn = [dice.upto(few - 1) for _ in range(terms)]
    return tuple(sum(1 << n for n, one in enumerate(drawn) if one == which) for which in (0, 1))  # type: ignore[return-value]  # two


def test_it_is_the_same_where_a_law_has_many_rules() -> None:
    rules = made_rules(RULES)
    compiled, dice = compile_rules(rules), Rolled("many")
    assert not any(one.others for one in compiled._acting.values()), "each block is one term"
    of = {block: compiled.terms.index(own) for block, own in rules.own.items()}
    bases = set()
    for _ in range(PAIRS):
        yes, unknown = words_of(dice, len(compiled.terms))
        own = {
            b: bool(yes >> n & 1) or (None if unknown >> n & 1 else False) for b, n in of.items()
        }
        for item, found in compiled.rule_words(Facts(), (yes, unknown)).items():
            assert found == plainly(rules, item, own), item
            bases.add(found and found.basis)
    assert bases == {None, *OUTCOMES}


def entangled(dice: Dice) -> RuleSet:
    """Few blocks that name every item, of which many beat others; some are contested."""
    rules = made_rules(BLOCKS, seed=dice.upto(10**6))
    names, everything = list(rules.blocks), frozenset(rules.vocabulary.items)
    for at, name in enumerate(names):
        kind = dice.pick(("forbid", "permit", "require", "except"))
        rules.blocks[name] = replace(rules.blocks[name], kind=kind, items=everything)
        by = [other for other in names[at + 1 :] if not dice.upto(2)]
        rules.beaters[name] = tuple((other, everything) for other in by)
        if not dice.upto(5):
            rules.contested[name] = "made/policy#all"
    return rules


def test_it_is_the_same_where_blocks_beat_blocks_that_beat_blocks() -> None:
    settled = 0
    for seed in range(20):
        dice = Rolled(f"entangled {seed}")
        rules = entangled(dice)
        compiled = compile_rules(rules)
        of = {block: compiled.terms.index(own) for block, own in rules.own.items()}
        for _ in range(3 * PAIRS):
            yes, unknown = words_of(dice, len(compiled.terms), 4)
            own = {b: bool(yes >> n & 1) or (None if unknown >> n & 1 else False) for b, n in of.items()}  # fmt: skip
            found = compiled.rule_words(Facts(), (yes, unknown))["name"]
            assert found == plainly(rules, "name", own), (seed, yes, unknown)
            settled += found is not None and bool(found.defeated)
    assert settled > 100


def test_it_is_the_same_whatever_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memos that are emptied all the time give what those give that never are."""
    rules, dice = made_rules(RULES), Rolled("memos")
    pairs = [words_of(dice, RULES) for _ in range(12)] * 2
    kept = [compile_rules(rules).rule_words(Facts(), words) for words in pairs]
    monkeypatch.setattr(closure, "_SETTLED", 1)
    monkeypatch.setattr(acting, "_MEMO", 1)
    compiled = compile_rules(rules)
    assert [compiled.rule_words(Facts(), words) for words in pairs] == kept


def test_terms_of_conjunctions_are_those_that_have_one() -> None:
    """Byte by byte as term by term, past one word and one byte."""
    factors, dice = Bulk(compile_rules(made_rules(RULES)), DUCKDB).factors, Rolled("bytes")
    many = len(factors.conjunctions)
    assert many > 100 and many % 8
    for _ in range(PAIRS):
        drawn = [dice.upto(3) for _ in range(many)]
        t = sum(1 << n for n, one in enumerate(drawn) if one == 0)
        p = t | sum(1 << n for n, one in enumerate(drawn) if one == 1)
        yes = sum(1 << n for n, mask in enumerate(factors.of) if t & mask)
        could = sum(1 << n for n, mask in enumerate(factors.of) if p & mask)
        assert factors.words(t, p) == (yes, could & ~yes)


@pytest.mark.parametrize("seed", range(12))
def test_what_kleenes_logic_has_told_is_not_asked_again(seed: int) -> None:
    """The exact engine finds the same whether it is told which blocks are yes and no, or not."""
    dice = Rolled(f"known {seed}")
    words, rules = written_law(dice, 3, 2)
    compiled = compile_rules(rules)
    for _ in range(6):
        one = strategies.lawful(rules, strategies.facts(dice, words))
        for item in rules.vocabulary.items:
            known = {b: h for (b, of), h in compiled.truths(one).items() if of == item and h is not None}  # fmt: skip
            assert resolve(rules, item, one, "", known) == resolve(rules, item, one), item


def test_a_made_up_laws_open_items_are_found_as_by_asking_every_block() -> None:
    """Where many blocks are known: through the closure, and by the exact engine on its own."""
    rules = made_rules(RULES)
    compiled, dice, asked = compile_rules(rules), Rolled("open"), 0
    facts = [rules.vocabulary.facts[name] for name in Bulk(compiled, DUCKDB).facts]
    for _ in range(8):
        one = Facts({f.name: strategies.literal(dice, f) for f in facts if dice.upto(3)})
        for item, found in compiled.rule_words(one).items():
            if found is None:
                asked += 1
                assert compiled.finding(item, one) == resolve(rules, item, one), item
    assert asked > 20

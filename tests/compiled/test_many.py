"""Many states settled at once are settled as each alone; words as columns are the words."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from benchmarks.audits_rules import made_rules
from habeas import Facts
from habeas.audits.on_duckdb import OnDuckDB
from habeas.audits.shapes import Factorised, Masked, Shape
from habeas.compiled.closure import Compiled, compile_rules
from habeas.compiled.many import Column, Many
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB
from habeas.compiled.sql.items import Items
from habeas.compiled.sql.source import Relation, Source
from habeas.law.interpreter import OUTCOMES
from tests.compiled.test_settling import RULES, entangled, words_of
from tests.properties import strategies
from tests.properties.dice import Rolled
from tests.properties.test_sql import quick_law, written_law

STATES = 200

Word = tuple[int, int]


def columns(words: list[Word], bits: int) -> tuple[list[Column], list[Column]]:
    """Of each bit, who says yes, and for whom it is unknown."""
    yes, unknown = (
        [np.array([word[side] >> n & 1 for word in words], np.bool_) for n in range(bits)]
        for side in (0, 1)
    )
    return yes, unknown


def alike(compiled: Compiled, facts: Facts, words: list[Word]) -> set[str | None]:
    """Settle all at once, as one after the other; the bases there were."""
    many = Many(compiled, Facts(items=facts.items))
    bases: set[str | None] = set()
    for some in (words, words[: len(words) // 2]):  # what was found before is found again
        found = many.settle(len(some), *columns(some, len(compiled.terms)))
        assert found.shape[0] == len(some)
        for word, row in zip(some, found.tolist(), strict=True):
            settled = compiled.rule_words(Facts(items=facts.items), word)
            assert many.of_items(row) == settled, word
            bases |= {one and one.basis for one in settled.values()}
    return bases


def test_random_laws_are_settled_as_state_by_state() -> None:
    """With exceptions, contested blocks, facts of items, and blocks that are more than a term."""
    contested = of_items = defeated = without = 0
    bases: set[str | None] = set()
    for seed in range(60):
        dice = Rolled(f"many {seed}")
        words, rules = quick_law(dice, 3, 2) if seed % 3 == 0 else written_law(dice, 3, 2)
        compiled = compile_rules(rules)
        without += not compiled.terms
        contested += bool(rules.contested)
        of_items += any(group.acting.others for group in compiled.owned_by(Facts()).groups)
        defeated += bool(rules.beaters)
        for _ in range(3):
            asked = [words_of(dice, len(compiled.terms), 3) for _ in range(20)]
            bases |= alike(compiled, strategies.facts(dice, words), asked)
    assert contested and of_items and defeated and without
    assert bases == {None, *OUTCOMES}


def test_many_rules_and_blocks_that_beat_blocks_are_settled_as_state_by_state() -> None:
    rules, dice = made_rules(RULES), Rolled("many rules")
    compiled = compile_rules(rules)
    asked = [words_of(dice, len(compiled.terms)) for _ in range(STATES)]
    assert alike(compiled, Facts(), asked) == {None, *OUTCOMES}
    for seed in range(20):
        dice = Rolled(f"many entangled {seed}")
        compiled = compile_rules(entangled(dice))
        asked = [words_of(dice, len(compiled.terms), 4) for _ in range(STATES)]
        assert alike(compiled, Facts(), asked)


def test_no_state_has_no_findings() -> None:
    compiled = compile_rules(made_rules(26))
    assert Many(compiled, Facts()).settle(0, *columns([], len(compiled.terms))).shape[0] == 0


@pytest.mark.parametrize("kind", ["masked", "factorised"])
def test_words_as_columns_are_the_words(kind: str) -> None:
    """More terms and conjunctions than a word has bits."""
    bulk, dice = Bulk(compile_rules(made_rules(RULES)), DUCKDB), Rolled(kind)
    source = Source(Relation(("people",), frozenset(), "id"), {})
    items = Items(bulk, source)
    with duckdb.connect() as connection:
        engine = OnDuckDB(connection)
        shape: Shape = Masked(bulk, source, items)
        bits = len(bulk.compiled.terms)
        if kind == "factorised":
            shape = Factorised(engine, bulk, source, items, "w")
            bits = len(bulk.factors.conjunctions)
    assert bits > 62
    rows = []
    for _ in range(40):
        row = []
        for at in range(0, bits, 62):
            yes, unknown = words_of(dice, min(62, bits - at), 4)
            row += [yes, yes | unknown if kind == "factorised" else unknown]
        rows.append(row)
    yes, unknown = shape.truths(np.array(rows, np.int64))
    told = [
        tuple(sum(int(one[n]) << bit for bit, one in enumerate(side)) for side in (yes, unknown))
        for n in range(len(rows))
    ]
    assert told == [shape.read(row) for row in rows]

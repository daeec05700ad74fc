"""The figures of agreement, against figures that others have printed."""

from dataclasses import replace

import pytest

from benchmarks.audits_lexicon import (
    Labelled,
    each_text_once,
    figures,
    kappa,
    rows_digest,
    wilson,
)
from habeas.audits.lexicon import read_lexicon


def test_wilson_s_interval_is_that_of_newcombe_s_examples() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    for part, whole, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):  # fmt: skip
        assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(29, 29)[1] == 1.0


def test_kappa_is_one_for_agreement_none_for_chance_and_undefined_for_one_word() -> None:
    assert kappa([("a", "a"), (None, None)]) == 1.0
    assert kappa([("a", "a"), ("a", None), (None, "a"), (None, None)]) == 0.0
    assert kappa([("a", "a"), ("a", "a")]) is None
    assert kappa([]) is None
    # 20 both yes, 15 both no, 5 and 10 apart of 50: 0.7 agreed, 0.5 by chance
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert kappa(pairs) == pytest.approx(0.4)


def row(text: str, first: str | None, second: str | None, said: str | None) -> Labelled:
    return Labelled("s", "1", (text,), {"purpose": (first, second)}, {"purpose": said})


def test_rows_that_the_passes_disagree_about_count_for_the_kappa_alone() -> None:
    rows = [
        row("1", "a", "a", "a"),
        row("2", "a", "a", None),
        row("3", None, None, "a"),
        row("4", "a", "b", "b"),
        row("5", "b", "b", "a"),
        row("5", "b", "b", "a"),
    ]
    found = figures(rows, "purpose")
    assert (found.rows, found.known, found.said, found.right) == (6, 4, 4, 1)
    assert found.kappa == kappa([one.labels["purpose"] for one in rows]) != 1.0
    assert len(each_text_once(rows)) == 5


def test_the_digest_is_of_what_a_lexicon_says_and_not_of_its_words_for_people() -> None:
    lexicon = read_lexicon("search-reasons")
    first, *rest = lexicon.reasons
    other = replace(lexicon, reasons=(*rest, replace(first, name="another name", matches=())))
    assert rows_digest(other) == rows_digest(lexicon)
    for changed in (
        replace(lexicon, reasons=(replace(first, pattern="x"), *rest)),
        replace(lexicon, reasons=(replace(first, facts={}), *rest)),
        replace(lexicon, precedence={}),
        replace(lexicon, aside=lexicon.aside[1:]),
    ):
        assert rows_digest(changed) != rows_digest(lexicon)

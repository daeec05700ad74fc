"""What can be computed from what somebody has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import habeas
from habeas.errors import Place
from habeas.law.derivations import Derivation, computable

ITEMS = "abcdef"
HERE = Place("here")


@st.composite
def derivations(draw: st.DrawFn) -> list[Derivation]:
    """Some derivations between six items."""
    found = []
    for _ in range(draw(st.integers(0, 8))):
        item, *given = draw(st.permutations(ITEMS))
        of = tuple(given[: draw(st.integers(1, 3))])
        found.append(Derivation(of, item, draw(st.booleans()), "", HERE))
    return found


KNOWN = st.frozensets(st.sampled_from(ITEMS))


@given(derivations(), KNOWN, st.booleans())
def test_what_is_known_stays_known(of: list[Derivation], known: frozenset[str], only: bool) -> None:
    assert known <= computable(of, known, certain=only)


@given(derivations(), KNOWN, KNOWN, st.booleans())
def test_of_more_items_no_less_follows(
    of: list[Derivation], known: frozenset[str], more: frozenset[str], only: bool
) -> None:
    assert computable(of, known, certain=only) <= computable(of, known | more, certain=only)


@given(derivations(), KNOWN, st.booleans())
def test_asked_again_nothing_more_follows(
    of: list[Derivation], known: frozenset[str], only: bool
) -> None:
    once = computable(of, known, certain=only)
    assert computable(of, once, certain=only) == once


@given(derivations(), KNOWN)
def test_it_is_the_least_that_every_derivation_agrees_with(
    of: list[Derivation], known: frozenset[str]
) -> None:
    """By brute force over all sets of items."""
    every = [frozenset(c for n, c in enumerate(ITEMS) if at >> n & 1) for at in range(64)]
    closed = [
        one
        for one in every
        if known <= one and all(d.item in one or not one.issuperset(d.given) for d in of)
    ]
    assert computable(of, known) == frozenset.intersection(*closed)


@given(derivations(), KNOWN)
def test_what_is_certain_follows_from_the_certain_ones_alone(
    of: list[Derivation], known: frozenset[str]
) -> None:
    certain = [one for one in of if one.certain]
    assert computable(of, known, certain=True) == computable(certain, known)


def test_the_shipped_vocabulary_says_what_gives_what_away() -> None:
    words = habeas.read_laws().vocabulary
    assert "custody_status" in words.computable({"release_details"}, certain=True)
    assert "name" not in words.computable({"charges"})
    assert "name" in words.computable({"booking_details", "charges"})
    assert "name" not in words.computable({"booking_details", "charges"}, certain=True)
    assert words.computable(()) == frozenset()
    (one,) = [one for one in words.derivations if one.item == "name" and len(one.given) == 2]
    assert str(one) == "booking_details with charges can give away name"
    assert one.place.path == "laws/vocabulary.md"

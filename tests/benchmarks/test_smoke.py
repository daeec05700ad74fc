"""The peers that `make bench` measures against say what Habeas says; no time is measured here."""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("cedarpy", reason="no cedarpy: make bench installs it")
pytest.importorskip("cel", reason="no common-expression-language: make bench installs it")

from benchmarks import one, peers
from benchmarks.setting import DAY, KNOWN, OPEN, random_state, setting


@pytest.fixture(scope="module")
def sides() -> peers.Peers:
    return peers.Peers(setting(KNOWN).law.compiled(DAY))


def test_peers_agree_about_one_person(sides: peers.Peers) -> None:
    found = peers.Comparison()
    sides.compare(setting(KNOWN).facts, found)
    assert found.cel.different == found.cedar.different == []
    assert found.cel.same == found.cedar.same == len(sides.items)


def test_peers_agree_about_random_states(sides: peers.Peers) -> None:
    found, rng = peers.Comparison(), Random(7)
    for _ in range(60):
        sides.compare(random_state(sides.compiled.rules, rng), found)
    assert found.cel.different == found.cedar.different == []
    assert found.cedar.same + found.cedar.unsayable.total() == found.answers
    assert {"forbidden", "no authority", "required", "permitted", "conflict"} <= set(found.bases)


def test_the_open_person_is_open_and_the_known_one_is_not(sides: peers.Peers) -> None:
    known, left = setting(KNOWN), setting(OPEN)
    assert None not in sides.compiled.rule_words(known.facts).values()
    assert None in sides.compiled.rule_words(left.facts).values()
    assert len(left.items) == len(sides.items)


def test_all_that_is_timed_can_be_called() -> None:
    for state in (OPEN, KNOWN):
        for contender in one.contenders(setting(state)).values():
            assert contender()

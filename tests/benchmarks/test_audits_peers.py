"""What the audits' peers are given is right: they say what we say; no time is measured here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from benchmarks import audits_peers, audits_rules
from benchmarks.audits import made, shipped
from benchmarks.report import Row
from benchmarks.setting import KNOWN, setting
from habeas.audits.decide import decide
from habeas.audits.on_duckdb import opened
from habeas.audits.shapes import items_of
from habeas.compiled.closure import compile_rules
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import DUCKDB
from habeas.law.dates import shift
from habeas.law.ruleset import RuleSet

FEW, MANY = 300, 20_000


@pytest.fixture(scope="module")
def law() -> RuleSet:
    return shipped()


def test_made_policies_are_the_same_in_every_run_and_the_larger_one_begins_with_the_smaller(
    law: RuleSet,
) -> None:
    small, again = (audits_rules.made_rules(audits_rules.SMALL, law) for _ in range(2))
    large = audits_rules.made_rules(audits_rules.LARGE, law)
    assert small.own == again.own and small.beaters == again.beaters
    assert len(small.own) == audits_rules.SMALL and len(large.own) == audits_rules.LARGE
    assert {name: large.own[name] for name in small.own} == small.own


def test_made_policies_read_what_the_law_reads_and_the_larger_one_nothing_more(
    law: RuleSet,
) -> None:
    shipped_, small, large = (
        Bulk(compile_rules(one), DUCKDB)
        for one in (
            law,
            audits_rules.made_rules(audits_rules.SMALL, law),
            audits_rules.made_rules(audits_rules.LARGE, law),
        )
    )
    assert set(small.facts) <= set(large.facts) <= set(shipped_.facts)
    assert small.columns == large.columns
    assert set(large.columns["conviction"]) <= set(shipped_.columns["conviction"])


@pytest.mark.parametrize("number", [audits_rules.SMALL, 60])
def test_a_made_policy_is_decided_and_polars_has_its_words(law: RuleSet, number: int) -> None:
    pytest.importorskip("polars", reason="no polars: make bench installs it")
    found = audits_rules.taken(number, FEW, rounds=1)
    assert 1 < found.pairs <= FEW
    assert found.decided is not None and found.polars is not None


def test_polars_that_has_other_words_is_not_timed(
    law: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("polars", reason="no polars: make bench installs it")
    from benchmarks.in_polars import PolarsAudit

    right = PolarsAudit.words
    monkeypatch.setattr(PolarsAudit, "words", lambda self: right(self).head(FEW - 1))
    with pytest.raises(AssertionError, match="other words"):
        audits_rules.taken(audits_rules.SMALL, FEW, rounds=1)


def test_of_known_events_nothing_is_open_but_what_is_contested(law: RuleSet) -> None:
    bulk = Bulk(compile_rules(law), DUCKDB)
    with opened() as engine:
        source = audits_peers.known(engine, bulk, FEW)
        answers = decide(engine, bulk, source)
        said = f"({answers.select(DUCKDB)})"
        open_ = engine.rows(f"SELECT DISTINCT basis FROM {said} WHERE LEN(missing) > 0")
        assert list(open_) == []
        ((many,),) = engine.rows(f"SELECT COUNT(*) FROM {said}")
        assert many == FEW * len(law.vocabulary.items)


def test_openfisca_says_what_we_say_of_known_events() -> None:
    pytest.importorskip("openfisca_core", reason="no openfisca-core: make bench installs it")
    found = audits_peers.in_bulk(MANY, MANY, rounds=1)
    assert found.openfisca is not None
    assert sum(found.checked) == MANY * len(shipped().vocabulary.items)
    assert found.checked[0] > 0.9 * sum(found.checked)


@pytest.mark.parametrize("step", [(-5, "year"), (-7, "year"), (1, "month"), (-1, "day")])
def test_openfisca_moves_days_as_we_do(step: tuple[int, str]) -> None:
    pytest.importorskip("openfisca_core", reason="no openfisca-core: make bench installs it")
    import numpy as np

    from benchmarks.in_openfisca import _moving

    days = [date(2023, 12, 28) + timedelta(days=n) for n in range(500)]  # with a leap day
    given = np.array(days, dtype="datetime64[D]")
    moved = _moving("day", (step,))(lambda name, period: given, None)
    assert moved.tolist() == [shift(day, step) for day in days]


def test_openfisca_with_a_rule_of_its_own_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openfisca_core", reason="no openfisca-core: make bench installs it")
    from benchmarks.in_openfisca import OpenFiscaRules

    right: Callable[..., Any] = OpenFiscaRules.decided
    monkeypatch.setattr(
        OpenFiscaRules,
        "decided",
        lambda *given: {name: codes * 0 for name, codes in right(*given).items()},
    )
    with pytest.raises(AssertionError, match="events differ"):
        audits_peers.in_bulk(FEW, FEW, rounds=1)


@pytest.mark.parametrize("name", audits_peers.PEERS)
def test_an_engine_says_what_we_say(law: RuleSet, name: str) -> None:
    peer = audits_peers.PEERS[name]
    try:
        facts_of, ask = peer.make(law)
    except ModuleNotFoundError as gone:
        if str(gone.name).startswith(("habeas", "benchmarks")):
            raise
        pytest.skip(f"no {peer.package}: {peer.install} installs it")
    same, unsayable = audits_peers.agreement(law, facts_of, ask, min(peer.states, 100))
    assert same > 9 * unsayable


def test_an_engine_that_says_something_else_is_an_error(law: RuleSet) -> None:
    items = law.vocabulary.items
    with pytest.raises(AssertionError, match="and here"):
        audits_peers.agreement(law, lambda facts: facts, lambda _: dict.fromkeys(items, "grant"), 3)
    assert setting(KNOWN).items == tuple(items)


def test_a_peer_that_is_not_there_has_a_row_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: RuleSet) -> Any:
        raise ModuleNotFoundError("No module named 'regorus'", name="regorus")

    name, peer = next(iter(audits_peers.PEERS.items()))
    broken = audits_peers.Peer(gone, peer.package, 1, 1, None, "")
    monkeypatch.setitem(audits_peers.PEERS, name, broken)
    found = audits_peers.asked(name, rounds=1)
    assert found.seconds is None
    row = audits_peers._peer_row(name, broken, found, None, 1)
    assert row == Row(
        f"one event in {name}",
        None,
        note="`gordon-to-regorus` is not installed; `make bench` installs it",
        limit=0,
    )
    assert row.cells()[1] == "**not run**"


def test_a_module_of_ours_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: RuleSet) -> Any:
        raise ModuleNotFoundError("No module named 'benchmarks.gone'", name="benchmarks.gone")

    name = next(iter(audits_peers.PEERS))
    monkeypatch.setitem(audits_peers.PEERS, name, audits_peers.Peer(gone, "", 1, 1, None, ""))
    with pytest.raises(ModuleNotFoundError):
        audits_peers.asked(name, rounds=1)


def test_the_made_events_hold_what_is_unknown_and_the_known_ones_do_not(law: RuleSet) -> None:
    bulk = Bulk(compile_rules(law), DUCKDB)
    with opened() as engine:
        source = made(engine.connection, bulk, FEW)
        left = decide(engine, bulk, source, exactly=False).subjects
        ((unknown,),) = engine.rows(f"SELECT COUNT(*) FROM {left} WHERE way IS NULL")
        assert unknown > FEW // 10
        assert items_of(engine, bulk, source).names == []

"""What gives what away: against brute force, planted, closed again, and in the shipped law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations_with_replacement, product
from math import comb, prod
from unittest.mock import patch

import pytest
import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import habeas
from habeas.compiled.closure import compile_rules
from habeas.compiled.z3_rules import Outcomes
from habeas.errors import Place
from habeas.law.book import LawBook
from habeas.law.derivations import Derivation, computable
from habeas.law.domains import domains_of_all
from habeas.law.facts import Facts, Value
from habeas.law.interpreter import OUTCOMES, in_world
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.worlds import World, relevant
from habeas.proofs.leaks import WITHHELD, Leak, Leaks, leaks
from habeas.proofs.prove import _chosen, stretches
from habeas.proofs.solve import NotReplayed
from tests.conftest import ROOT
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled, chance, some

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

BASE = ROOT / "tests" / "law" / "base"
MOST = 4_000
"""Cases of one derivation; laws with more are passed over."""


def rolled(dice: Dice, items: list[str]) -> list[Derivation]:
    """One to three derivations between some items."""
    made: dict[str, Derivation] = {}
    for _ in range(1 + dice.upto(2)):
        item, *given = some(dice, items, 2, 3)
        one = Derivation(tuple(given), item, chance(dice, 2), "", Place("here"))
        made[str(one)] = one
    return list(made.values())


def cases(rules: RuleSet, items: list[str]) -> Iterator[World] | None:
    """Every case of some items together, by brute force; None: too many."""
    asked = [
        (item, rules.own[block])
        for item in items
        for other in items
        for block in relevant(rules, other)
    ]
    domains = domains_of_all(rules.vocabulary, dict.fromkeys(asked), Facts())
    slots = {path: domains.values(path) for path in domains.unknown if "[+]" not in path}
    rows = {
        table: [
            dict(zip(domains.columns(table), values, strict=True))
            for values in product(
                *(domains.values(f"{table}[+].{column}") for column in domains.columns(table))
            )
        ]
        for table in domains.rows_needed
    }
    contested = sorted(
        {
            rules.contested[block]
            for item in items
            for block in relevant(rules, item)
            if block in rules.contested
        }
    )
    sizes = [comb(len(rows[table]) + most, most) for table, most in domains.rows_needed.items()]
    if prod([len(values) for values in slots.values()]) * prod(sizes) << len(contested) > MOST:
        return None

    def every() -> Iterator[World]:
        for answers in product(*slots.values()):
            said: dict[str, Value] = dict(zip(slots, answers, strict=True))
            for further in product(
                *(
                    [
                        chosen
                        for size in range(most + 1)
                        for chosen in combinations_with_replacement(rows[table], size)
                    ]
                    for table, most in domains.rows_needed.items()
                )
            ):
                facts = Facts(
                    {path: value for path, value in said.items() if "." not in path},
                    {
                        (path.partition(".")[0], path.partition(".")[2]): value
                        for path, value in said.items()
                        if "." in path
                    },
                    {
                        table: [dict(row) for row in of]
                        for table, of in zip(domains.rows_needed, further, strict=True)
                    },
                    frozenset(rules.vocabulary.tables),
                )
                if rules.contradictions(facts):
                    continue
                for choice in product((True, False), repeat=len(contested)):
                    acting = {one for one, acts in zip(contested, choice, strict=True) if acts}
                    yield World(facts, frozenset(acting), {})

    return every()


def brute(rules: RuleSet, one: Derivation) -> set[tuple[bool, str]] | None:
    """Of each leak that there is: whether the items' own facts are alike, and the basis."""
    of = cases(rules, [*one.given, one.item])
    if of is None:
        return None
    return {
        (_alike(world.facts), in_world(rules, one.item, world)[0])
        for world in of
        if all(_verdict(rules, item, world) == "grant" for item in one.given)
        and _verdict(rules, one.item, world) != "grant"
    }


def _alike(facts: Facts) -> bool:
    said: dict[str, set[Value]] = {}
    for (_, name), value in facts.items.items():
        said.setdefault(name, set()).add(value)
    return all(len(values) == 1 for values in said.values())


def _verdict(rules: RuleSet, item: str, world: World) -> str:
    return OUTCOMES[in_world(rules, item, world)[0]]


def shows_a_leak(book: LawBook, leak: Leak) -> None:
    """A case is a leak by the real engine, with its readings chosen as it says."""
    rules = rule_set(book, leak.stretch.place, leak.stretch.start)
    acting = frozenset(one for one, acts in leak.case.choice.items() if acts)
    engine = compile_rules(_chosen(rules, acting) if leak.case.choice else rules)
    found = {item: engine.finding(item, leak.case.facts) for item in leak.case.bases}
    *given, last = found
    assert (*given, last) == (*leak.derivation.given, leak.derivation.item)
    assert {found[item].verdict for item in given} == {"grant"}
    assert found[last].verdict == leak.case.verdict != "grant"
    assert found[last].basis in ("forbidden", "no authority", "conflict")
    assert {item: one.basis for item, one in found.items()} == dict(leak.case.bases)


@given(st.integers(0, 10**9))
def test_a_leak_is_found_just_where_brute_force_finds_one(seed: int) -> None:
    dice = Rolled(seed)
    words = strategies.words(dice, facts=2, columns=1)
    book = strategies.law(dice, words, depth=1, most=4).book()
    named = [
        item
        for item in book.vocabulary.items
        if any(rule_set(book, "us-ca-sf", day).rules(item) for day in strategies.AS_OF)
    ]
    assume(len(named) > 1)
    book.vocabulary.derivations[:] = rolled(dice, named[:4])
    stretch = dice.pick(stretches(book, "us-ca-sf"))
    rules = rule_set(book, stretch.place, stretch.start)
    expected = {one: brute(rules, one) for one in book.vocabulary.derivations}
    assume(any(seen is not None for seen in expected.values()))
    found = leaks(book, [stretch])
    assert not found.not_proved
    for one, seen in expected.items():
        if seen is None:
            continue
        if not seen:
            assert one in found.proved
            continue
        (leak,) = found.of(one)
        alike = any(same for same, _ in seen)
        assert leak.case.alike is alike
        basis = next(basis for basis in WITHHELD if (alike, basis) in seen)
        assert leak.case.bases[one.item] == basis
    for leak in found.leaks:
        shows_a_leak(book, leak)


@settings(max_examples=settings.default.max_examples // 5)
@given(st.integers(0, 10**9))
def test_all_stretches_together_have_the_leaks_that_each_has(seed: int) -> None:
    """What is known of one stretch is taken over only where it is so in another."""
    dice = Rolled(seed)
    book = strategies.law(dice, strategies.words(dice, facts=2, columns=1), depth=1, most=6).book()
    of = stretches(book, "us-ca-sf")
    named = [
        item
        for item in book.vocabulary.items
        if any(rule_set(book, "us-ca-sf", one.start).rules(item) for one in of)
    ]
    assume(len(named) > 1)
    book.vocabulary.derivations[:] = rolled(dice, named[:3])
    apart = {_told(leak) for one in of for leak in leaks(book, [one]).leaks}
    assert {_told(leak) for leak in leaks(book, of).leaks} == apart


def _told(leak: Leak) -> tuple[object, ...]:
    last = leak.case.bases[leak.derivation.item]
    return str(leak.derivation), leak.stretch, leak.case.alike, last


ACT = """---
title: An Act
citation: Test Code
place: us-ca
authority: state
source: https://example.org/act
---

## § 1 Open records {#open}

What the charges are, anybody is told.

```rule
permit charges
when purpose = 'public inquiry'
```

## § 2 Names {#names from=2020-01-01}

What is new is this.

%s
"""
AMENDED = date(2020, 1, 1)
DENIED = "```rule\nforbid name\nwhen purpose = 'public inquiry' and minor\n```"


def act(second: str, *derived: Derivation) -> LawBook:
    book = strategies.book_of({**strategies.common_files(BASE), "us-ca/act.md": ACT % second})
    book.vocabulary.derivations[:] = derived
    return book


def gives(given: str, item: str, *, certain: bool = True) -> Derivation:
    return Derivation(tuple(given.split()), item, certain, "", Place("here"))


TELLS = gives("charges", "name")
OPEN = "```rule\npermit name\nwhen purpose = 'public inquiry'\n```"
NARROWED = "```rule\nforbid charges\nwhen purpose = 'public inquiry'\n```"


def test_a_planted_leak_is_found_with_a_case() -> None:
    book = act(DENIED, TELLS)
    found = leaks(book)
    assert found.leaking == (TELLS,)
    assert found.proved == ()
    last = found.leaks[-1]
    shows_a_leak(book, last)
    assert last.case.verdict == "deny"
    assert last.case.alike
    assert found.loud == found.leaks


@pytest.mark.parametrize("second", [OPEN, NARROWED], ids=["given too", "taken away"])
def test_an_amendment_closes_a_leak_and_that_is_proved(second: str) -> None:
    book = act(second, TELLS)
    of = stretches(book, "us-ca")
    before = [one for one in of if one.end <= AMENDED]
    assert [one.stretch for one in leaks(book, before).leaks] == before
    closed = leaks(book, of[len(before) :])
    assert closed.leaks == ()
    assert closed.proved == (TELLS,)
    assert leaks(book).proved == ()  # it leaked once


PERMITS = "```rule\npermit %s\nwhen purpose = 'public inquiry'%s\n```"
BEATEN = """```rule #p
permit name
when purpose = 'public inquiry'%s
```

```rule #f
forbid name
when minor
```"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PERMITS % ("name", ""), PERMITS % ("name", " and minor")),
        (PERMITS % ("charges, name", ""), PERMITS % ("charges", "")),
        (BEATEN % "\ndespite #f", BEATEN % ""),
    ],
    ids=["another condition", "fewer items", "beats no more"],
)
def test_a_provision_that_was_amended_is_looked_at_anew(first: str, second: str) -> None:
    """Its blocks have the same names in both segments."""
    amended = f"## § 2 Names {{#names to={AMENDED}}}\n\nWhat was is this.\n\n{first}\n\n## § 2"
    text = (ACT % second).replace("## § 2", amended)
    book = strategies.book_of({**strategies.common_files(BASE), "us-ca/act.md": text})
    book.vocabulary.derivations[:] = [TELLS]
    of = stretches(book, "us-ca")
    assert [one.stretch for one in leaks(book, of).leaks] == [o for o in of if o.start >= AMENDED]


def test_what_is_granted_by_a_contested_reading_alone_is_a_leak_with_that_reading() -> None:
    text = ACT.replace("{#open}", "{#open status=contested}") % DENIED
    book = strategies.book_of({**strategies.common_files(BASE), "us-ca/act.md": text})
    book.vocabulary.derivations[:] = [TELLS]
    (*_, last) = leaks(book).leaks
    assert last.case.choice == {"us-ca/act#open": True}
    shows_a_leak(book, last)


def test_a_leak_that_hangs_on_the_items_own_facts_is_told_apart() -> None:
    second = "```rule\npermit charges, name\nwhen public\n```"
    book = act(second, gives("name", "charges"), gives("name", "hold", certain=False))
    found = {str(one.derivation): one.case for one in leaks(book).leaks}
    assert not found["name gives away charges"].alike
    assert found["name can give away hold"].alike
    assert leaks(book).loud == ()  # one needs a difference, the other is not certain


def test_facts_with_other_words_for_each_item_can_be_alike() -> None:
    """One item's rule looks for one label, the other's for another."""
    folder = strategies.FOLDERS[1]
    text = (ACT % DENIED).replace("purpose = 'public inquiry' and minor", "label = 'b'")
    text = text.replace("purpose = 'public inquiry'", "label = 'a'")
    given_, item = list(strategies.vocabulary_of(folder).items)[:2]
    text = text.replace("permit charges", f"permit {given_}").replace(
        "forbid name", f"forbid {item}"
    )
    book = strategies.book_of({**strategies.common_files(folder), "us-ca/act.md": text})
    book.vocabulary.derivations[:] = [gives(given_, item)]
    (*_, last) = leaks(book).leaks
    assert last.case.alike
    assert last.case.bases[item] == "no authority"


def test_what_two_items_give_away_together_needs_both() -> None:
    both = gives("charges release_date", "name")
    assert leaks(act(DENIED, both)).proved == (both,)  # no rule grants a release date
    second = DENIED + "\n\n" + "```rule\npermit release_date\n```".replace("```rule", "```rule #r")
    assert leaks(act(second, both)).leaking == (both,)


def test_without_leaks_of_single_steps_nothing_follows_from_what_is_granted() -> None:
    """Looking at each derivation alone is enough: in a law without leaks, all that can be computed
    from what one case grants is granted in it."""
    chain = (gives("charges", "name"), gives("name", "release_date"))
    second = "```rule\npermit name, release_date\nwhen purpose = 'public inquiry'\n```"
    book = act(second, *chain)
    stretch = stretches(book, "us-ca")[-1]
    assert set(leaks(book, [stretch]).proved) == set(chain)
    rules = rule_set(book, "us-ca", stretch.start)
    items = ["charges", "name", "release_date"]
    of = cases(rules, items)
    assert of is not None
    for world in of:
        granted = {item for item in items if _verdict(rules, item, world) == "grant"}
        assert computable(chain, granted) == granted


def test_what_is_not_settled_is_neither_a_leak_nor_proved() -> None:
    book = act(OPEN, TELLS)

    class Slow(z3.Solver):
        def check(self, *_: object) -> z3.CheckSatResult:
            return z3.unknown

    with patch("habeas.proofs.leaks.z3.Solver", Slow):
        found = leaks(book)
    assert found.leaks == ()
    assert found.proved == ()
    assert [one for one, _ in found.not_proved] == [TELLS] * found.stretches


def test_without_an_answer_to_whether_facts_are_alike_no_leak_is_told() -> None:
    book = act(DENIED, TELLS)
    (*_, stretch) = stretches(book, "us-ca")
    asked_for: list[int] = []

    class Tired(z3.Solver):
        def check(self, *given: object) -> z3.CheckSatResult:
            asked_for.append(1)
            return z3.unknown if len(asked_for) <= 2 else super().check(*given)

    with patch("habeas.proofs.leaks.z3.Solver", Tired):
        found = leaks(book, [stretch])
    assert found.leaks == ()
    assert found.not_proved == ((TELLS, stretch),)


def test_a_case_that_does_not_replay_is_an_internal_error() -> None:
    book = act(OPEN, TELLS)
    with (
        patch.object(Outcomes, "basis", Outcomes.verdict),
        patch("habeas.proofs.leaks.WITHHELD", ("grant",)),
        patch.dict("habeas.proofs.leaks.OUTCOMES", {"grant": "deny"}),
        pytest.raises(NotReplayed, match="the model says deny, the interpreter grant"),
    ):
        leaks(book)


@pytest.fixture(scope="module")
def shipped() -> tuple[LawBook, Leaks]:
    book = habeas.read_laws()
    return book, leaks(book)


def test_every_derivation_of_the_shipped_law_is_told(shipped: tuple[LawBook, Leaks]) -> None:
    book, found = shipped
    told = {*found.leaking, *found.proved, *(one for one, _ in found.not_proved)}
    assert told == set(book.vocabulary.derivations)
    assert not found.not_proved
    assert found.stretches == sum(len(stretches(book, place)) for place in book.places())


def test_every_case_of_the_shipped_law_is_a_leak_by_the_real_engine(
    shipped: tuple[LawBook, Leaks],
) -> None:
    """One of each kind: cases are shared by stretches in which the same law applies."""
    book, found = shipped
    kinds: Mapping[int, Leak] = {id(one.case): one for one in found.leaks}
    assert len(kinds) > 100
    for leak in kinds.values():
        shows_a_leak(book, leak)


def test_the_leaks_that_the_issue_is_about_are_found(shipped: tuple[LawBook, Leaks]) -> None:
    """A hold can be permitted in San Francisco while custody status is forbidden."""
    _, found = shipped
    where = {
        (str(one.derivation), one.stretch.place) for one in found.loud if one.case.verdict == "deny"
    }
    assert ("release_date gives away custody_status", "us-ca-sf") in where
    assert ("interview_access gives away custody_status", "us-ca") in where

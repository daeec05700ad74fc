"""Lint finds exactly what is there: one finding of each kind, none in its near misses."""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
import z3

import habeas
from habeas.law.book import LawBook
from habeas.law.facts import Facts
from habeas.law.interpreter import in_world
from habeas.law.ruleset import rule_set
from habeas.law.worlds import World
from habeas.proofs.lint import Linted, lint, lint_all, stretch_of
from habeas.proofs.lint_finding import KINDS, Finding
from habeas.proofs.lint_group import groups
from habeas.proofs.solve import Rests
from tests.properties import strategies

BASE = Path(__file__).resolve().parent.parent / "law" / "base"
DAY = date(2025, 3, 3)

HEAD = """---
title: An Act
citation: Test Code
place: {place}
authority: {authority}
source: https://example.org/act
---
"""

OPEN = ("open", "rule", "permit everything\nwhen public")
"""A rule under which every item is granted in some cases and denied in others."""


def page(*blocks: tuple[str, str, str], place: str = "us-ca", authority: str = "state") -> str:
    """A pack with a heading for each block: its id (with a life or a status), fence word and text."""
    parts = [HEAD.format(place=place, authority=authority)]
    for head, word, text in blocks:
        parts.append(
            f"## § {head.split()[0]} {{#{head}}}\n\nWhat it means.\n\n```{word}\n{text}\n```\n"
        )
    return "\n".join(parts)


def book(*blocks: tuple[str, str, str], **more: str) -> LawBook:
    """A folder of law with one pack of California, and others by their paths."""
    files = {name.replace("__", "/") + ".md": text for name, text in more.items()}
    common = strategies.common_files(BASE)
    return strategies.book_of({**common, "us-ca/act.md": page(*blocks), **files})


def looked_at(law: LawBook, place: str = "us-ca") -> Linted:
    made = lint(law, stretch_of(law, place, DAY))
    assert not made.unsettled
    return made


def found(*blocks: tuple[str, str, str]) -> list[tuple[str, list[str], tuple[str, ...]]]:
    """Kind, blocks and items of everything that is found."""
    return [
        (one.kind, [block.id.removeprefix("us-ca/act") for block in one.blocks], one.items)
        for one in looked_at(book(*blocks)).findings
    ]


def the_one(*blocks: tuple[str, str, str]) -> Finding:
    (one,) = looked_at(book(*blocks)).findings
    return one


ALL = ("name", "charges", "release_date", "hold")
FORBID = ("no", "rule", "forbid hold\nwhen minor")

PLANTED = {
    "conflict": (
        [OPEN, FORBID, ("must", "rule", "require hold, name\nwhen ordered")],
        ("conflict", ["#no", "#must"], ("hold",)),
        [OPEN, ("no", "rule", "forbid hold\nwhen minor\nunless ordered"),
         ("must", "rule", "require hold, name\nwhen ordered")],
    ),
    "a conflict that an exception opens again": (
        [OPEN, FORBID, ("must", "rule", "require hold\nwhen ordered"),
         ("despite", "except", "from #must\nwhen need_shown"),
         ("back", "except", "from #despite\nwhen copies > 3"),
         ("none", "except", "from #must\nwhen minor and copies <= 3")],
        ("conflict", ["#no", "#must"], ("hold",)),
        [OPEN, FORBID, ("must", "rule", "require hold\nwhen ordered"),
         ("despite", "except", "from #must\nwhen need_shown"),
         ("back", "except", "from #despite\nwhen copies > 3"),
         ("none", "except", "from #must\nwhen minor")],
    ),
    "dead: its condition holds of nobody": (
        [OPEN, ("no", "rule", "forbid hold\nwhen booked_on < release_on\nunless release_on > booked_on")],
        ("dead", ["#no"], ("hold",)),
        [OPEN, ("no", "rule", "forbid hold\nwhen booked_on < release_on\nunless release_on > received_on")],
    ),
    "dead: an exception that another one always lifts": (
        [OPEN, FORBID, ("not", "except", "from #no\nwhen need_shown and copies > 3"),
         ("again", "except", "from #not\nwhen copies >= 4")],
        ("dead", ["#not"], ("hold",)),
        [OPEN, FORBID, ("not", "except", "from #no\nwhen need_shown and copies > 3"),
         ("again", "except", "from #not\nwhen copies > 4")],
    ),
    "swallowed by two exceptions together": (
        [OPEN, FORBID, ("a", "except", "from #no\nwhen by_mail"),
         ("b", "except", "from #no\nwhen not by_mail and minor")],
        ("swallowed", ["#no"], ("hold",)),
        [OPEN, FORBID, ("a", "except", "from #no\nwhen by_mail"),
         ("b", "except", "from #no\nwhen not by_mail and copies > 1")],
    ),
    "swallowed for one of its items": (
        [OPEN, ("no", "rule", "forbid hold, name\nwhen minor"),
         ("may", "rule", "permit name, charges\ndespite #no\nwhen minor")],
        ("swallowed", ["#no"], ("name",)),
        [OPEN, ("no", "rule", "forbid hold, name\nwhen minor"),
         ("may", "rule", "permit name, charges\ndespite #no\nwhen minor and by_mail")],
    ),
    "lifts nothing": (
        [OPEN, ("lift", "except", "from every forbid of hold below state\nwhen minor")],
        ("lifts nothing", ["#lift"], ()),
        [OPEN],
    ),
    "never decides": (
        [OPEN, FORBID, ("wide", "rule", "forbid hold, name\nwhen minor or by_mail")],
        ("never decides", ["#no"], ("hold",)),
        [OPEN, FORBID, ("wide", "rule", "forbid hold, name\nwhen minor and by_mail or need_shown")],
    ),
    "never decides: an exception": (
        [OPEN, FORBID, ("narrow", "except", "from #no\nwhen need_shown and by_mail"),
         ("wide", "except", "from #no\nwhen need_shown")],
        ("never decides", ["#narrow"], ("hold",)),
        [OPEN, FORBID, ("narrow", "except", "from #no\nwhen need_shown and by_mail"),
         ("wide", "except", "from #no\nwhen need_shown and copies = 1")],
    ),
    "never the verdict": (
        [OPEN, ("no", "rule", "forbid hold\nwhen minor\nunless public")],
        ("never the verdict", ["#no"], ("hold",)),
        [OPEN, FORBID],
    ),
    "never the verdict: an order where there is a may": (
        [OPEN, ("must", "rule", "require name\nwhen public and minor")],
        ("never the verdict", ["#must"], ("name",)),
        [OPEN, ("must", "rule", "require name\nwhen minor")],
    ),
    "no authority: no rule": (
        [("open", "rule", "permit personal, release_date\nwhen public")],
        ("no authority", [], ("hold",)),
        [OPEN],
    ),
    "one outcome": (
        [OPEN, ("no", "rule", "forbid hold, release_date\nunless minor"),
         ("never", "rule", "forbid hold\nwhen minor")],
        ("one outcome", [], ("hold",)),
        [OPEN, ("no", "rule", "forbid hold, release_date\nunless minor"),
         ("never", "rule", "forbid hold\nwhen minor and by_mail")],
    ),
    "contested": (
        [OPEN, ("no status=contested", "rule", "forbid hold\nwhen minor")],
        ("contested", ["#no"], ("hold",)),
        [OPEN, FORBID],
    ),
    "definition: everybody": (
        [OPEN, ("word", "define", "sure\ncount_conviction(serious) >= 0")],
        ("definition", ["#word"], ()),
        [OPEN, ("word", "define", "sure\ncount_conviction(serious) >= 1")],
    ),
    "definition: nobody": (
        [OPEN, ("word", "define", "nobody\nany_conviction(serious and wobbler) and every_conviction(not wobbler)")],
        ("definition", ["#word"], ()),
        [OPEN, ("word", "define", "nobody\nany_conviction(serious and wobbler) and every_conviction(not wobbler or serious)")],
    ),
    "definition: nobody, by a list of the law": (
        [OPEN, ("word", "define", "nobody\nany_conviction(offense = 'PC 1' and not serious)")],
        ("definition", ["#word"], ()),
        [OPEN, ("word", "define", "nobody\nany_conviction(offense = 'PC 77' and not serious)")],
    ),
    "idle part": (
        [OPEN, ("no", "rule", "forbid hold\nwhen minor and purpose = 'public inquiry'\nunless purpose = 'criminal investigation'")],
        ("idle part", ["#no"], ()),
        [OPEN, ("no", "rule", "forbid hold\nwhen minor and purpose <> 'public inquiry'\nunless purpose = 'criminal investigation'")],
    ),
}  # fmt: skip
"""What is planted, as what it is found, and a near miss in which nothing is."""


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(name: str) -> None:
    blocks, expected, near = PLANTED[name]
    assert found(*blocks) == [expected]
    assert found(*near) == []


def test_every_kind_is_planted() -> None:
    assert {expected[0] for _, expected, _ in PLANTED.values()} == set(KINDS)


def test_an_example_is_a_case_that_shows_it() -> None:
    one = the_one(OPEN, FORBID, ("must", "rule", "require hold, name\nwhen ordered"))
    assert one.example is not None
    assert one.example.facts == (("minor", "yes"), ("hold.ordered", "yes"))
    assert one.example.outcome == "refer (conflict)"
    assert one.example.readings == ()


def test_an_example_of_a_block_that_changes_only_the_reason_has_both_outcomes() -> None:
    one = the_one(*PLANTED["never the verdict"][0])
    assert one.example is not None
    assert one.example.outcome == "deny (forbidden)"
    assert one.example.otherwise == ("without us-ca/act#no", "deny (no authority)")


def test_a_contested_reading_is_shown_with_both_outcomes_and_says_for_whom() -> None:
    one = the_one(OPEN, ("no status=contested", "rule", "forbid hold, name\nwhen minor"))
    assert one.items == ("name", "hold")
    assert one.example is not None
    assert dict(one.example.facts).items() >= {"minor": "yes", "name.public": "yes"}.items()
    assert one.example.outcome == "deny (forbidden)"
    assert one.example.otherwise == ("us-ca/act#no does not act", "grant (permitted)")


def test_an_example_names_what_keeps_every_other_rule_from_acting() -> None:
    one = the_one(OPEN, ("may status=contested", "rule", "permit hold\nwhen minor"))
    assert one.example is not None
    assert one.example.facts == (("minor", "yes"), ("hold.public", "no"))
    assert one.example.outcome == "grant (permitted)"
    assert one.example.otherwise == ("us-ca/act#may does not act", "deny (no authority)")


def test_a_conflict_says_on_which_contested_reading_it_hangs() -> None:
    law = book(
        OPEN,
        ("no status=contested", "rule", "forbid hold\nwhen minor"),
        ("must", "rule", "require hold\nwhen minor"),
    )
    (one,) = [one for one in looked_at(law).findings if one.kind == "conflict"]
    assert one.example is not None
    assert one.example.readings == (("us-ca/act#no", True),)


def test_what_beats_a_block_is_named_and_nothing_else() -> None:
    blocks = PLANTED["swallowed by two exceptions together"][0]
    law = book(*blocks, ("c", "except", "from #no\nwhen need_shown and public"))
    (one,) = [one for one in looked_at(law).findings if one.kind == "swallowed"]
    assert [block.id for block in one.because] == ["us-ca/act#a", "us-ca/act#b"]
    assert "beaten by `us-ca/act#a` and `us-ca/act#b`" in one.sentence


def test_a_swallowed_rule_says_that_it_acts_for_other_items() -> None:
    one = the_one(*PLANTED["swallowed for one of its items"][0])
    assert one.sentence.endswith("(for other items it does act).")


def test_what_shadows_a_block_is_named() -> None:
    one = the_one(*PLANTED["never decides"][0])
    assert [block.id for block in one.because] == ["us-ca/act#wide"]
    assert one.example is not None  # a case in which it acts, and it makes no difference
    assert one.example.otherwise == ("without us-ca/act#no", one.example.outcome)


def test_of_two_that_say_the_same_each_never_decides() -> None:
    twin = ("twin", "rule", "forbid hold\nwhen not not minor")
    assert found(OPEN, FORBID, twin) == [
        ("never decides", ["#no"], ("hold",)),
        ("never decides", ["#twin"], ("hold",)),
    ]


def test_an_exception_finds_its_rules_in_a_place_below() -> None:
    county = page(("keep", "rule", "forbid hold\nwhen minor"), place="us-ca-sf", authority="county")
    law = book(*PLANTED["lifts nothing"][0], **{"us-ca-sf__act": county})
    assert [one.kind for one in looked_at(law).findings] == ["lifts nothing"]
    assert "lifts nothing" not in [one.kind for one in looked_at(law, "us-ca-sf").findings]


def test_an_enjoined_provision_is_not_looked_at() -> None:
    must = ("must", "rule", "require hold, name\nwhen ordered")
    assert found(OPEN, ("no status=enjoined", "rule", "forbid hold\nwhen minor"), must) == []


def test_a_flag_follows_from_the_list_of_the_law() -> None:
    """A case may say `serious` of a listed offence in one way alone."""
    kept = "any_conviction(offense = 'PC 1' and not serious)"
    assert found(OPEN, ("no", "rule", f"forbid hold\nwhen {kept}")) == [
        ("dead", ["#no"], ("hold",))
    ]
    kept = "any_conviction(offense = 'PC 77' and not serious)"
    assert found(OPEN, ("no", "rule", f"forbid hold\nwhen {kept}")) == []


def test_days_in_an_example_lie_near_the_first_day_of_the_stretch() -> None:
    after = "received_on - INTERVAL '5' YEAR <= booked_on"
    must = ("must", "rule", f"require hold\nwhen {after} and ordered")
    one = the_one(OPEN, ("no", "rule", f"forbid hold\nwhen {after} and minor"), must)
    assert one.example is not None
    years = [int(value[:4]) for _, value in one.example.facts if re.match(r"\d{4}-", value)]
    assert len(years) == 2
    assert max(years) == stretch_of(book(OPEN), "us-ca", DAY).start.year == 2021


def test_a_place_in_an_example_is_one_that_there_is() -> None:
    away = "not within(requester_place, 'us-ca')"
    must = ("must", "rule", f"require hold\nwhen ordered and {away}")
    texas = page(OPEN, place="us-tx")
    law = book(OPEN, ("no", "rule", f"forbid hold\nwhen {away}"), must, **{"us-tx__act": texas})
    (one,) = [one for one in looked_at(law).findings if one.kind == "conflict"]
    assert one.example is not None
    assert ("requester_place", "us-tx") in one.example.facts


# -- days -----------------------------------------------------------------------------------------


def test_a_day_is_looked_at_with_the_law_of_its_stretch() -> None:
    law = book(OPEN, ("no from=2020-01-01 to=2026-01-01", "rule", "forbid hold\nwhen minor"),
               ("must", "rule", "require hold, name\nwhen ordered"))  # fmt: skip
    for day, kinds in (
        (date(2019, 12, 31), []),
        (date(2020, 1, 1), ["conflict"]),
        (date(2025, 12, 31), ["conflict"]),
        (date(2026, 1, 1), []),
        (date.max, []),
    ):
        assert [one.kind for one in lint(law, stretch_of(law, "us-ca", day)).findings] == kinds


def test_what_stays_the_same_over_several_stretches_is_told_once_with_its_days() -> None:
    law = book(
        OPEN,
        ("no from=2018-01-01 to=2026-01-01", "rule", "forbid hold\nwhen minor"),
        ("must", "rule", "require hold, name\nwhen ordered"),
        ("other from=2020-01-01 to=2022-01-01", "rule", "forbid name\nwhen minor"),
    )
    made = lint_all(law, "us-ca")
    assert [(one.blocks[0].id, one.start, one.end) for one in made.findings] == [
        ("us-ca/act#no", date(2018, 1, 1), date(2026, 1, 1)),
        ("us-ca/act#other", date(2020, 1, 1), date(2022, 1, 1)),
    ]


def test_what_ends_and_comes_back_is_told_twice() -> None:
    law = book(
        OPEN,
        ("must", "rule", "require hold, name\nwhen ordered"),
        ("no to=2018-01-01", "rule", "forbid hold\nwhen minor"),
        ("no from=2020-01-01", "rule", "forbid hold\nwhen minor"),
    )
    lives = [(one.start, one.end) for one in lint_all(law, "us-ca").findings]
    assert lives == [(date.min, date(2018, 1, 1)), (date(2020, 1, 1), date.max)]


# -- what is not settled --------------------------------------------------------------------------


def test_what_z3_does_not_settle_is_named_and_nothing_is_said_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    law = book(OPEN, FORBID, ("must", "rule", "require hold\nwhen ordered"),
               ("may status=contested", "rule", "permit name\nwhen minor"),
               ("word", "define", "sure\nminor"))  # fmt: skip
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unknown)
    made = lint(law, stretch_of(law, "us-ca", DAY))
    assert made.findings == ()
    assert {one.kind for one in made.unsettled} == {
        "conflict", "dead", "one outcome", "contested", "definition", "idle part",
    }  # fmt: skip
    assert ("conflict", ("us-ca/act#no", "us-ca/act#must"), ("hold",)) in [
        (one.kind, one.blocks, one.items) for one in made.unsettled
    ]


QUESTION = {
    "swallowed": "dead",
    "never the verdict": "never decides",
    "no authority": "one outcome",
}
"""What is named as not settled where a finding of another kind could have been."""


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("after", range(0, 48, 3))
def test_wherever_z3_gives_up_what_is_not_found_is_named(
    after: int, for_good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = ("may", "rule", "permit personal\nwhen by_mail")
    law = book(FORBID, may, ("wide", "rule", "forbid hold, name\nwhen minor or by_mail"))
    whole = {one.identity for one in looked_at(law).findings}
    assert {kind for kind, *_ in whole} == {"never decides", "one outcome", "no authority"}
    real, asked = z3.Solver.check, iter(range(1_000))

    def check(solver: z3.Solver, *more: object) -> object:
        number = next(asked)
        gives_up = number >= after if for_good else number == after
        return z3.unknown if gives_up else real(solver, *more)

    monkeypatch.setattr(z3.Solver, "check", check)
    made = lint(law, stretch_of(law, "us-ca", DAY))
    found = {one.identity for one in made.findings}
    assert found <= whole
    named = {(one.kind, one.blocks, one.items) for one in made.unsettled}
    for kind, blocks, items, _ in whole - found:  # a block of which it is not known whether it acts
        assert {(QUESTION.get(kind, kind), blocks, items), ("dead", blocks, items)} & named


# -- proofs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["us-ca-sf", "us-wa"])
def test_every_block_that_a_proof_rests_on_is_needed(place: str) -> None:
    """With any one of them, and all others, free to hold or not, there is a case."""
    rules = rule_set(habeas.read_laws(), place, date(2026, 3, 3))
    tried = 0
    for group in groups(rules):
        for one, other in combinations(group.blocks, 2):
            together = z3.And(group.acts(one), group.acts(other))
            rests = group.ask(together)
            for gone in rests.blocks if isinstance(rests, Rests) else ():
                solver = z3.Solver()
                solver.add(*group.outcomes.cases.always, *group.outcomes.tied, together)
                kept = [group.outcomes.switches[b] for b in rests.blocks if b != gone]
                assert solver.check(*kept) == z3.sat
                tried += 1
    assert tried > 10


def test_items_of_a_group_have_the_same_law() -> None:
    rules = rule_set(habeas.read_laws(), "us-ca-sf", date(2026, 3, 3))
    made = groups(rules)
    assert sorted(item for one in made for item in one.items) == sorted(rules.vocabulary.items)
    assert 5 < len(made) < 20
    for group in made:
        world = Facts({"purpose": "immigration enforcement", "instrument": "records request"},
                      {(item, "public"): False for item in group.items})  # fmt: skip
        assert len({in_world(rules, i, World(world, frozenset(), {}))[0] for i in group.items}) == 1


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

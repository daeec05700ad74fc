"""Two laws compared: what the prover says of every case, brute force says of each; planted amendments."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
import z3
from hypothesis import assume, given
from hypothesis import strategies as st

import habeas
from habeas.errors import InputError, LawError
from habeas.law.book import LawBook, read_book
from habeas.law.facts import Facts
from habeas.law.interpreter import OUTCOMES, in_world
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.worlds import worlds
from habeas.proofs import diff, plainly
from habeas.proofs.diff import GROUNDS, Change, Diff, diff_rules
from habeas.proofs.solve import NotReplayed
from tests.conftest import LAWS
from tests.proofs import joint
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled, chance
from tests.properties.shown import show

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

MOST = 6_000
"""Cases of one item by both laws; pairs of laws with more are passed over."""

ORDER = ("deny", "refer", "grant")
DAY = date(2025, 7, 17)
PLACE = "us-ca-sf"


# -- against brute force --------------------------------------------------------------------------


def amended(dice: Dice, law: strategies.Law) -> strategies.Law:
    """The same law with one or two things changed, as amendments change them."""
    made = copy.deepcopy(law)
    for _ in range(1 + chance(dice, 2)):
        pack = dice.pick(made.packs)
        if not pack.provisions:
            continue
        provision = dice.pick(pack.provisions)
        blocks = [block for block in provision.blocks if block.word in ("rule", "except")]
        way = dice.pick(("clause", "clause", "gone", "kind", "items", "authority", "status"))
        if way == "authority":
            pack.authority = dice.pick(strategies.AUTHORITIES)
        elif way == "status":
            head = provision.head.replace(" status=contested", "").replace(" status=enjoined", "")
            status = dice.pick(("", " status=contested", " status=stayed"))
            provision.head = head.replace("}", f"{status}}}")
        elif not blocks:
            continue
        elif way == "gone":
            provision.blocks.remove(dice.pick(blocks))
            provision.blocks += [] if provision.blocks else blocks[:1]
        elif way == "clause":
            block = dice.pick(blocks)
            beats = [one for one in block.clauses if one.startswith("despite")]
            when = show(strategies.condition(dice, made.words, 1, "", pack.place))
            block.clauses = [*beats, f"when {when}"]
        else:
            block = dice.pick(blocks)
            kind, _, items = block.first.partition(" ")
            if block.word == "rule" and way == "kind":
                block.first = f"{dice.pick(('forbid', 'permit', 'require'))} {items}"
            elif block.word == "rule":
                block.first = f"{kind} {dice.pick(made.words.vocabulary.item_words())}"
    return made


def relisted(dice: Dice, files: dict[str, str]) -> dict[str, str]:
    """Once in three times, the lists of offences without one of their lines."""
    made = dict(files)
    for name in [one for one in made if one.endswith("offenses.csv")]:
        head, *lines = made[name].splitlines()
        if lines and chance(dice, 3):
            lines.remove(dice.pick(lines))
            made[name] = "\n".join([head, *lines, ""])
    return made


def two_laws(seed: int) -> tuple[RuleSet, RuleSet]:
    """A small random law and an amendment of it, both well formed, on one day."""
    dice = Rolled(seed)
    few = strategies.words(dice, facts=2, columns=2)
    purpose = few.vocabulary.facts["purpose"]  # what cells are told apart by
    if purpose not in few.facts and not chance(dice, 4):
        few.facts = [purpose, *few.facts[:1]]
    law = strategies.law(dice, few, depth=1, most=4)
    new = amended(dice, law)
    try:
        books = strategies.book_of(law.files()), strategies.book_of(relisted(dice, new.files()))
    except LawError:
        assume(False)
    day = dice.pick(strategies.AS_OF)
    old_rules, new_rules = (rule_set(book, PLACE, day) for book in books)
    sizes = [joint.count(old_rules, new_rules, item) for item in old_rules.vocabulary.items]
    assume(max(sizes) <= MOST)
    return old_rules, new_rules


def brute(old: RuleSet, new: RuleSet, item: str) -> tuple[dict[joint.Cell, str], set[object]]:
    """The word of each cell, and the pairs of bases with one verdict that occur."""
    ways: dict[joint.Cell, set[str]] = {}
    grounds: set[object] = set()
    for cell, mine, theirs in joint.joint(old, new, item):
        was, now = (ORDER.index(OUTCOMES[one]) for one in (mine, theirs))
        ways.setdefault(cell, set()).update(
            {"stricter"} if now < was else {"looser"} if now > was else ()
        )
        if was == now and mine != theirs:
            grounds.add((mine, theirs))
    words = {
        cell: "incomparable" if len(found) == 2 else next(iter(found), "same")
        for cell, found in ways.items()
    }
    return words, grounds


@given(st.integers(0, 10**9))
def test_every_cell_is_what_brute_force_says(seed: int) -> None:
    old, new = two_laws(seed)
    found = diff_rules(old, new)
    assert found.settled
    for item in old.vocabulary.items:
        words, grounds = brute(old, new, item)
        assert found.cells[item] == words
        assert {g for g in grounds if g in GROUNDS} == {
            tuple(one.basis for one in change.pair.outcomes)
            for change in found.grounds
            if item in change.items
        }


@given(st.integers(0, 10**9))
def test_whatever_its_case_leaves_out_neither_law_needs(seed: int) -> None:
    laws = two_laws(seed)
    found = diff_rules(*laws)
    for change in [*found.changes, *found.grounds]:
        pair = change.pair
        for rules, facts, choice, said in zip(
            laws, pair.facts, pair.choices, pair.outcomes, strict=True
        ):
            known = rules.completed(facts)
            if strategies.estimate(rules, pair.item, known) > MOST:
                continue
            verdicts = {
                OUTCOMES[in_world(rules, pair.item, world)[0]]
                for world in worlds(rules, pair.item, known)
                if all((one in world.lets_act) is acts for one, acts in choice.items())
            }
            assert verdicts == {said.verdict}


@given(st.integers(0, 10**9))
def test_a_law_against_itself_is_the_same_and_the_other_way_round_is_turned_round(
    seed: int,
) -> None:
    old, new = two_laws(seed)
    assert not diff_rules(old, old).differs
    turned = {"stricter": "looser", "looser": "stricter"}
    there, back = diff_rules(old, new), diff_rules(new, old)
    assert back.cells == {
        item: {cell: turned.get(word, word) for cell, word in cells.items()}
        for item, cells in there.cells.items()
    }


# -- planted amendments ---------------------------------------------------------------------------

STATE = """---
title: State Act
citation: State Code
place: us-ca
authority: state
source: https://example.org/state
---

## § 1 Open {#open}

What is public is given.

```rule
permit name, charges, release_date
when public
```

## § 2 Enforcement {#enforcement}

Nothing for immigration enforcement.

```rule
forbid release_date, hold
when purpose = 'immigration enforcement'
```

## § 3 Courts {#court}

A court is obeyed, and an agency's policy gives way.

```rule
require hold, release_date
despite #enforcement
when ordered
```

```except #policies
from every forbid of charges below county
```
"""

POLICY = """---
title: County policy
citation: Policy
place: us-ca-sf
authority: agency
source: https://example.org/policy
---

## § 1 Press {#press}

No charges to anybody in writing.

```rule
forbid charges
when instrument = 'records request'
```
"""

BASE = strategies.FOLDERS[0]


def book(state: str = STATE, policy: str = POLICY, **files: str) -> LawBook:
    texts = {"us-ca/act.md": state, "us-ca-sf/policy.md": policy}
    return strategies.book_of({**strategies.common_files(BASE), **texts, **files})


def compared(old: LawBook, new: LawBook, place: str = PLACE) -> Diff:
    found = diff_rules(rule_set(old, place, DAY), rule_set(new, place, DAY))
    assert found.settled
    return found


def words(found: Diff) -> dict[str, str]:
    return {item: found.word(item) for item in found.cells if found.word(item) != "same"}


def without(text: str, start: str, end: str) -> str:
    """The text without what begins so and ends so."""
    at = text.index(start)
    return text[:at] + text[text.index(end, at + len(start)) + len(end) :]


def test_a_block_that_was_removed_loosens_what_it_forbade() -> None:
    found = compared(book(), book(without(STATE, "```rule\nforbid release_date", "```\n")
        .replace("despite #enforcement\n", "")))  # fmt: skip
    assert words(found) == {"release_date": "looser"}
    (change,) = found.changes
    assert [one.basis for one in change.pair.outcomes] == ["forbidden", "permitted"]
    assert change.pair.outcomes[0].rules == ("us-ca/act#enforcement",)
    assert set(change.cells) == {("any", "immigration enforcement")}
    assert dict(change.pair.facts[0].flat()) == {
        "purpose": "immigration enforcement",
        "release_date.ordered": False,
        "release_date.public": True,
    }
    assert found.cells["release_date"]["any", "public inquiry"] == "same"
    assert {  # nothing orders or allows a hold, so that the verdict is the same without the forbid
        (one.items, *(outcome.basis for outcome in one.pair.outcomes)) for one in found.grounds
    } == {(("release_date", "hold"), "forbidden", "no authority")}


def test_a_condition_that_was_narrowed_makes_stricter() -> None:
    found = compared(book(), book(STATE.replace("when public", "when public and not minor")))
    assert words(found) == {"name": "stricter", "charges": "stricter", "release_date": "stricter"}
    assert {one.direction for one in found.changes} == {"stricter"}
    for change in found.changes:
        assert change.pair.facts[0].values["minor"] is True
    assert {i for one in found.changes for i in one.items} == {"name", "charges", "release_date"}


def test_a_condition_that_was_exchanged_is_incomparable() -> None:
    found = compared(book(), book(STATE.replace("when public", "when minor")))
    assert words(found)["name"] == "incomparable"
    assert {one.direction for one in found.changes if "name" in one.items} == {"stricter", "looser"}
    assert found.cells["name"]["any", "public inquiry"] == "incomparable"


def test_an_order_that_was_dropped_beside_a_forbid_turns_a_conflict_into_a_no() -> None:
    both = STATE.replace("despite #enforcement\n", "")
    found = compared(book(both), book(both.replace("when ordered", "when ordered and minor")))
    assert words(found) == {"release_date": "stricter", "hold": "stricter"}
    held = [one for one in found.changes if "hold" in one.items]
    assert {tuple(outcome.basis for outcome in one.pair.outcomes) for one in held} == {
        ("conflict", "forbidden"), ("required", "no authority"),
    }  # fmt: skip
    assert found.cells["hold"]["any", "immigration enforcement"] == "stricter"


def test_each_cell_has_a_case_of_its_own_where_no_case_lies_in_two() -> None:
    narrowed = compared(book(), book(STATE.replace(
        "when public",
        "when public and (purpose <> 'public inquiry' or minor) and (purpose <> 'criminal investigation' or not minor)",
    )))  # fmt: skip
    assert narrowed.cells["name"] == {
        ("any", "immigration enforcement"): "same",
        ("any", "criminal investigation"): "stricter",
        ("any", "public inquiry"): "stricter",
    }


def test_an_authority_that_rose_is_no_longer_below() -> None:
    county = POLICY.replace("authority: agency", "authority: county")
    assert words(compared(book(), book(policy=county))) == {"charges": "stricter"}
    assert words(compared(book(policy=county), book())) == {"charges": "looser"}
    assert words(compared(book(), book(policy=county), "us-ca")) == {}


def test_a_despite_that_was_dropped_turns_an_order_into_a_conflict() -> None:
    found = compared(book(), book(STATE.replace("despite #enforcement\n", "")))
    assert words(found) == {"release_date": "stricter", "hold": "stricter"}
    (change,) = found.changes
    assert [one.basis for one in change.pair.outcomes] == ["required", "conflict"]
    assert change.items == ("release_date", "hold")


def test_a_provision_that_became_contested_may_act_or_not() -> None:
    contested = STATE.replace("{#enforcement}", "{#enforcement status=contested}")
    found = compared(book(), book(contested))
    assert words(found) == {"release_date": "looser"}
    (change,) = found.changes
    assert change.pair.choices == ({}, {"us-ca/act#enforcement": False})
    assert words(compared(book(contested), book(contested))) == {}


def test_a_line_that_left_the_list_of_offences_is_found_though_nobody_names_the_offence() -> None:
    serious = STATE.replace("when ordered", "when any_conviction(serious)")
    listing = strategies.common_files(BASE)["us-ca/offenses.csv"]
    head, first, *others = listing.splitlines()
    shorter = "\n".join([head, *others, ""])
    found = compared(book(serious), book(serious, **{"us-ca/offenses.csv": shorter}))
    assert set(words(found).values()) == {"stricter"}
    (row,), (other,) = (found.changes[0].pair.facts[n].rows["conviction"] for n in (0, 1))
    assert row["offense"] == other["offense"] == first.split(",")[0]
    assert (row["serious"], other["serious"]) == (True, False)


def test_items_that_only_one_law_has_are_named_and_not_compared() -> None:
    common = strategies.common_files(BASE)["vocabulary.md"]
    more = common.replace("| `hold` |", "| `photo` | data | - | a picture |\n| `hold` |")
    found = compared(book(), book(**{"vocabulary.md": more}))
    assert (found.only_old.items, found.only_new.items) == ((), ("photo",))
    assert "photo" not in found.cells
    assert not found.differs


def test_a_word_that_means_something_else_in_the_other_law_is_refused() -> None:
    common = strategies.common_files(BASE)["vocabulary.md"]
    other = common.replace("| `minor` | yes/no |", "| `minor` | number |")
    narrowed = STATE.replace("when public", "when public and not minor")
    counting = STATE.replace("when public", "when public and minor < 18")
    old, new = book(narrowed), book(counting, **{"vocabulary.md": other})
    with pytest.raises(InputError, match="`minor` is number, and in the other law yes/no"):
        compared(old, new)


# -- the shipped law ------------------------------------------------------------------------------


@pytest.fixture
def laws(tmp_path: Path) -> Callable[[str, str, str], LawBook]:
    """The shipped law with one text of a pack replaced."""

    def made(path: str, before: str, after: str) -> LawBook:
        folder = tmp_path / f"laws-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(LAWS, folder)
        text = (folder / path).read_text(encoding="utf-8")
        assert text.count(before) == 1, path
        (folder / path).write_text(text.replace(before, after), encoding="utf-8")
        return read_book(folder, "laws")

    return made


def test_an_amendment_of_a_city_does_not_touch_its_state(laws) -> None:
    text = (LAWS / "us-ca-sf" / "12i.md").read_text(encoding="utf-8")
    at = text.index("forbid release_date")
    block = text[at : text.index("```", at)]
    new = laws("us-ca-sf/12i.md", block, f"{block}unless minor\n")
    old = habeas.read_laws()
    assert not compared(old, new, "us-ca").differs
    found = compared(old, new)
    assert words(found) == {"release_date": "looser"}
    assert all(one.pair.facts[1].values["minor"] is True for one in found.changes)


def test_two_places_answer_otherwise_about_a_hold() -> None:
    old, new = (habeas.read_law(place).in_force(DAY) for place in ("us-ca", "us-tx"))
    found = diff_rules(old, new)
    assert found.settled
    assert found.word("hold") == "looser"
    assert ("forbidden", "required") in {
        tuple(outcome.basis for outcome in one.pair.outcomes)
        for one in found.changes
        if "hold" in one.items
    }


# -- what was not settled, and what does not replay ---------------------------------------------


def test_what_the_prover_does_not_settle_is_never_the_same() -> None:
    narrowed = book(STATE.replace("when public", "when public and not minor"))
    with patch.object(z3.Solver, "check", lambda *_: z3.unknown):
        found = diff_rules(rule_set(book(), PLACE, DAY), rule_set(narrowed, PLACE, DAY))
    assert not found.settled
    assert not found.differs
    assert {found.word(item) for item in ("name", "charges", "release_date")} == {"not settled"}
    assert set(found.cells["name"].values()) == {"not settled"}
    assert found.word("hold") == "same"  # word for word


def test_a_model_that_the_engine_decides_otherwise_is_never_shown() -> None:
    narrowed = book(STATE.replace("when public", "when public and not minor"))

    def turned(*_: object) -> Facts:
        return Facts({"minor": False}, {("name", "public"): False})

    with (
        patch.object(plainly.Deciding, "both", wraps=None, side_effect=NotReplayed("x")),
        pytest.raises(NotReplayed),
    ):
        compared(book(), narrowed)
    with (
        patch("habeas.compiled.z3.Cases.facts", turned),
        pytest.raises(NotReplayed),
    ):
        compared(book(), narrowed)


def test_differences_by_the_same_rules_in_the_same_cells_are_told_once() -> None:
    found = compared(book(), book(STATE.replace("when public", "when public and not minor")))
    keys = [(one.direction, one.pair.outcomes, one.cells) for one in found.changes]
    assert len(keys) == len(set(keys))
    assert isinstance(found.changes[0], Change)
    assert diff.WORDS[0] == "same"

"""Proofs: the shipped promises, planted faults in the law, and the prover against brute force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

import habeas
from habeas.decisions.cases import read_cases, run_case
from habeas.errors import Place
from habeas.law import interpreter
from habeas.law.blocks import Acting, Pack, Promise, Provision
from habeas.law.book import LawBook, read_book
from habeas.law.conditions import Condition
from habeas.law.facts import Facts
from habeas.law.interpreter import OUTCOMES, in_world, truth
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.worlds import worlds
from habeas.proofs import goal
from habeas.proofs.golden import golden_text
from habeas.proofs.prove import (
    Counterexample,
    NotProved,
    Part,
    Proof,
    Proved,
    Stretch,
    on_day,
    promised,
    prove,
    stretches,
)
from habeas.proofs.question import Question, read_question
from tests.properties import strategies
from tests.properties.dice import Dice, Rolled, some

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

BOOK = habeas.read_laws()
DAY = date(2025, 7, 17)


def asked(place: str, sentence: str, day: date | None = None, book: LawBook = BOOK) -> Proof:
    question = read_question(sentence, book, place, day)
    (proof,) = prove(book, [(question, on_day(place, day) if day else stretches(book, place))])
    return proof


def shown(proof: Proof) -> Counterexample:
    assert proof.broken is not None
    assert isinstance(proof.broken.result, Counterexample)
    return proof.broken.result


# -- the shipped promises -------------------------------------------------------------------------


def test_every_promise_of_the_shipped_law_is_proved_of_somebody() -> None:
    promises = list(BOOK.blocks(Promise))
    proofs = prove(BOOK, [promised(BOOK, one) for one in promises])
    assert [str(one.question.place) for one in proofs if one.answer != "proved"] == []
    assert [str(one.question.place) for one in proofs if one.vacuous] == []
    assert [str(one.question.place) for one in proofs if not one.rests_on] == []


def test_there_are_as_many_promises_as_the_public_was_told() -> None:
    count = dict.fromkeys(BOOK.places(), 0)
    for promise in BOOK.blocks(Promise):
        count[promise.provision.pack.jurisdiction] += 1
    assert count["us-ca-sf"] >= 12
    assert count["us-ca"] >= 6
    assert count["us-tx"] >= 4


def test_a_promise_is_asked_of_every_place_under_its_own_on_each_day_of_its_life() -> None:
    promise = next(
        one for one in BOOK.blocks(Promise) if one.provision.id == "us-ca/values-act#a1B"
    )
    _, of = promised(BOOK, promise)
    assert {one.place for one in of} == {"us-ca", "us-ca-sf"}
    for place in ("us-ca", "us-ca-sf"):
        mine = [one for one in of if one.place == place]
        assert (mine[0].start, mine[-1].end) == (date(2018, 1, 1), date.max)
        assert [one.end for one in mine[:-1]] == [one.start for one in mine[1:]]


# -- what is said ---------------------------------------------------------------------------------


def test_a_proof_names_the_provisions_that_it_needs_and_those_that_define_its_words() -> None:
    proof = asked(
        "us-ca", "never grant personal_information when purpose = 'immigration enforcement'"
        " and not public", DAY,
    )  # fmt: skip
    assert proof.answer == "proved"
    assert [one.id for one in proof.rests_on] == ["us-ca/values-act#a1D"]
    proof = asked("us-ca", "never deny hold when commanded_by_court", DAY)
    assert [one.id for one in proof.rests_on] == [
        "us/court-process#commanded",
        "us/court-process#process",
    ]
    proof = asked("us-ca", "never grant hold when sworn_in and not sworn_in".replace("sworn_in", "opens_7282_5"), DAY)  # fmt: skip
    assert proof.vacuous
    assert "us-ca/values-act#7282.5-a3" in [one.id for one in proof.rests_on]


def test_a_proof_says_how_many_rows_it_gave_each_table() -> None:
    proof = asked(
        "us-ca", "never grant hold when purpose = 'immigration enforcement'"
        " and count_conviction(TRUE, incident) >= 4 and any_charge(held_to_answer)", DAY,
    )  # fmt: skip
    assert proof.answer == "proved"
    assert proof.rows == {"charge": 1, "conviction": 4}


def test_what_is_true_of_nobody_is_said_to_be() -> None:
    assert asked("us-ca", "never grant name when public and not public").vacuous
    assert not asked("us-ca", "never grant medical when not commanded_by_court").vacuous
    assert not asked("us-ca", "never grant name when public").vacuous


def test_the_law_of_each_stretch_is_asked_by_itself() -> None:
    proof = asked("us-ca", "never grant hold when purpose = 'immigration enforcement'")
    assert proof.answer == "counterexample"
    by_start = {one.stretch.start: type(one.result) for one in proof.parts}
    assert by_start[date.min] is Counterexample  # a court could order it
    assert by_start[date(2018, 1, 1)] is Proved
    assert proof.broken is not None
    assert proof.broken.stretch.end == date(2018, 1, 1)


def test_days_on_which_a_word_is_not_defined_are_told_and_not_counted() -> None:
    sentence = "never grant transfer when requester_kind = 'immigration authority' and not issued_by_judge and not opens_7282_5"
    proof = asked("us-ca", sentence)
    assert proof.answer == "proved"
    assert {word for _, word in proof.unasked} == {"opens_7282_5"}
    assert max(one.end for one, _ in proof.unasked) == date(2018, 1, 1)
    assert min(one.stretch.start for one in proof.parts) == date(2018, 1, 1)


def test_no_answer_at_all_is_not_proved() -> None:
    question = read_question("never grant hold", BOOK, "us")
    assert Proof(question, ()).answer == "not proved"
    part = Part(Stretch("us", date.min, date.max), Proved((), False, {}))
    open_ = Part(Stretch("us", date.min, date.max), NotProved("hold", "time is up"))
    assert Proof(question, (part, open_)).answer == "not proved"
    assert not Proof(question, (part, open_)).vacuous


# -- counterexamples ------------------------------------------------------------------------------


def test_a_counterexample_has_the_facts_that_it_takes_and_no_more() -> None:
    found = shown(asked("us-ca", "never grant home_address when public", DAY))
    assert found.case.finding.verdict == "grant"
    path = dict(found.case.facts.flat())
    assert path.pop("instrument") in ("court order", "judicial warrant", "judicial subpoena", "grand jury subpoena")  # fmt: skip
    assert path.pop("issued_by_judge", True) is True
    assert path.pop("purpose", "") != "immigration enforcement"
    assert path == {"home_address.public": True, "home_address.ordered": True, "quashed": False}


def test_a_counterexample_is_near_the_law_and_in_a_place_that_there_is() -> None:
    sentence = "never grant release_date when purpose = 'immigration enforcement' and not public"
    found = shown(asked("us-ca-sf", f"{sentence} and not commanded_by_court", DAY))
    assert found.case.facts.values["received_on"] == DAY
    assert {row["released_on"] for row in found.case.facts.rows["conviction"]} == {DAY}
    found = shown(asked("us-ca", "never grant alpr_reads when requester_level = 'local'", DAY))
    assert found.case.facts.values["requester_place"] in BOOK.places()


def test_a_contested_reading_is_a_choice_and_the_counterexample_says_which() -> None:
    """Texas: an address may be told on the broad reading of federal law, which is contested."""
    texas = "requester_kind = 'immigration authority' and requester_level = 'federal'"
    broad = "us-tx/8-usc-1373-broad#broad"
    grant = shown(asked("us-tx", f"never grant home_address when {texas} and not ordered", DAY))
    deny = shown(asked("us-tx", f"never deny home_address when {texas} and not ordered", DAY))
    assert (grant.chosen.verdict, grant.choice) == ("grant", {broad: True})
    assert (deny.chosen.verdict, deny.choice) == ("deny", {broad: False})
    assert grant.case.finding.basis == deny.case.finding.basis == "contested"
    sentence = f"always refer home_address when {texas} and not commanded_by_court"
    proof = asked("us-tx", sentence, DAY)
    assert proof.answer == "proved"
    assert broad in [one.id for one in proof.rests_on]
    assert asked("us-tx", sentence, date(1997, 3, 31)).answer == "counterexample"


def test_a_court_and_a_statute_that_meet_always_go_to_counsel() -> None:
    always = "always refer hold when purpose = 'immigration enforcement' and commanded_by_court"
    assert asked("us-ca", always, DAY).answer == "proved"
    found = shown(asked("us-ca", always, date(2017, 12, 31)))
    assert found.case.finding.verdict == "grant"


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("us-ca-sf", "never grant release_date when not public and not commanded_by_court"),
        ("us-ca-sf", "never deny everything when purpose = 'immigration enforcement'"),
        ("us-ca", "never grant alpr_reads when within(requester_place, 'us-ca')"),
        ("us-ca", "never grant release_date when any_conviction(reduced_by_prop_47) and not ordered"
                  " and purpose = 'immigration enforcement' and not public"),
        ("us-ca-sf", "never grant release_date when count_conviction(violent_felony) < 1"
                     " and purpose = 'immigration enforcement' and not commanded_by_court and not public"),
        ("us-tx", "never grant home_address when not commanded_by_court"),
        ("us-tx", "always refer hold when in_custody"),
        ("us", "always refer everything"),
    ],
)  # fmt: skip
def test_a_counterexample_is_a_golden_case_that_passes(
    place: str, sentence: str, tmp_path: Path
) -> None:
    proof = asked(place, sentence)
    found, law = shown(proof), habeas.read_law(place)
    assert proof.broken is not None
    text = golden_text(law, found.case, proof.broken.stretch.day, f"Against “{sentence}”")
    path = tmp_path / "case.yaml"
    path.write_text(text)
    (case,) = read_cases(path, BOOK.vocabulary)
    assert run_case(law, case) == []
    assert case.name.endswith(f"“{sentence}”")
    assert (case.place, case.as_of) == (place, proof.broken.stretch.day)
    assert dict(case.facts.flat()) == dict(found.case.facts.flat())


# -- faults planted in the law --------------------------------------------------------------------


def changed(tmp_path: Path, path: str, old: str, new: str) -> LawBook:
    """A copy of the shipped law with a change."""
    for name, data in BOOK.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    text = (tmp_path / path).read_text()
    assert text.count(old) == 1
    (tmp_path / path).write_text(text.replace(old, new))
    return read_book(tmp_path, "laws")


@pytest.mark.parametrize(
    ("path", "old", "new", "broken", "item"),
    [
        (  # nobody weighs the person any more
            "us-ca-sf/12i.md", "  and sf_charge_now and rehabilitation_considered\n```",
            "  and sf_charge_now\n```", "us-ca-sf/12i#12I.3-d", "release_date",
        ),
        (  # a charge opens like a conviction
            "us-ca/values-act.md", "  and opens_7282_5\n```\n\nNobody is handed over",
            "  and (opens_7282_5 or opens_7282_5_charge)\n```\n\nNobody is handed over",
            "us-ca/values-act#a4", "transfer",
        ),
        (  # the state's permission beats the county's ban
            "us-ca-sf/12h.md", "forbid transfer, hold, interview_access\nwhen",
            "forbid hold, interview_access\nwhen", "us-ca-sf/12h#12H.2-acts", "transfer",
        ),
        (  # papers shown, and held all the same
            "us-tx/immigration-detainers.md",
            "## Art. 2A.060 Detainers {#2A.060 from=2025-01-01}",
            "## Art. 1 Another {#another from=2025-01-01}\n\nMade up.\n\n```rule\nrequire hold\n"
            "when instrument = 'hold request'\n```\n\n"
            "## Art. 2A.060 Detainers {#2A.060 from=2025-01-01}",
            "us-tx/immigration-detainers#2A.060", "hold",
        ),
        (  # only one look-back of the two is moved
            "us-ca-sf/12i.md", "violent_felony and received_on - INTERVAL '7' YEAR <= released_on",
            "violent_felony and received_on - INTERVAL '8' YEAR <= released_on",
            "us-ca-sf/12i#12I.3-d", "release_date",
        ),
        (  # a contested reading that would open a door counts as open
            "us-ca/values-act.md", "## § 7282.5(a)(6) The same, second reading",
            "## § 9 Made up {#other from=2018-01-01 status=contested}\n\nMade up.\n\n```except\n"
            "from #a1D-database\n```\n\n```rule #other-may\npermit database_access\n```\n\n"
            "## § 7282.5(a)(6) The same, second reading",
            "us-ca/values-act#a1D", "database_access",
        ),
    ],
    ids=["weaker rule", "wider permit", "ban dropped", "new duty", "longer look-back", "contested"],
)  # fmt: skip
def test_a_fault_that_is_planted_in_the_law_breaks_a_promise(
    tmp_path: Path, path: str, old: str, new: str, broken: str, item: str
) -> None:
    book = changed(tmp_path, path, old, new)
    promises = [one for one in book.blocks(Promise) if one.provision.id == broken]
    proofs = prove(book, [promised(book, one) for one in promises])
    wrong = [shown(proof).case.item for proof in proofs if proof.answer != "proved"]
    assert item in wrong


def test_a_beater_that_is_dropped_is_missed(tmp_path: Path) -> None:
    """Federal law lifts bans on telling status: without that, a state's ban would stand."""
    sentence = "never deny citizenship when requester_kind = 'immigration authority' and requester_level = 'federal'"
    ban = "## § 9 Made up {#9}\n\nMade up.\n\n```rule\nforbid citizenship\n```\n\n"
    first = "## § 7284.4 Whom the Act binds"
    book = changed(tmp_path / "a", "us-ca/values-act.md", first, ban + first)
    assert asked("us-ca", sentence, DAY, book).answer == "proved"
    lifts = "from every forbid of citizenship, immigration_status below federal"
    text = (tmp_path / "a" / "us" / "8-usc-1373.md").read_text()
    (tmp_path / "a" / "us" / "8-usc-1373.md").write_text(
        text.replace(lifts, "from every forbid of immigration_status below federal")
    )
    found = shown(asked("us-ca", sentence, DAY, read_book(tmp_path / "a", "laws")))
    assert found.case.finding.basis == "forbidden"


# -- not proved -----------------------------------------------------------------------------------


def test_what_is_not_settled_in_time_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    true = "never grant hold when purpose = 'immigration enforcement'"
    question = read_question(true, BOOK, "us-ca", DAY)
    assert asked("us-ca", true, DAY).answer == "proved"
    monkeypatch.setattr(goal, "solve", lambda *_: None)
    (proof,) = prove(BOOK, [(question, on_day("us-ca", DAY))])
    assert proof.answer == "not proved"
    assert not proof.vacuous
    (part,) = proof.parts
    assert part.result == NotProved("hold", "it was not settled within 10 seconds")


def test_a_millisecond_is_not_enough_for_a_hard_question_and_that_is_no_proof() -> None:
    """Twenty-one convictions of twenty incidents: true, and hard to see for who counts."""
    hard = (
        "never grant hold when purpose = 'immigration enforcement' and count_conviction(TRUE, incident) >= 30"
        " and count_conviction(domestic_violence, convicted_on) >= 20 and count_charge(TRUE, filed_on) > 20"
    )
    question = read_question(hard, BOOK, "us-ca", DAY)
    (proof,) = prove(BOOK, [(question, on_day("us-ca", DAY))], seconds=0.001)
    assert proof.answer == "not proved"
    assert isinstance(proof.parts[0].result, NotProved)


def test_too_many_contested_provisions_are_not_proved(tmp_path: Path) -> None:
    def readings(number: int) -> str:
        return "".join(
            f"## § {n} Made up {{#r{n} status=contested}}\n\nMade up.\n\n"
            "```rule\nforbid medical\n```\n\n"
            for n in range(number)
        )

    first = "## § 7284.4 Whom the Act binds"
    sentence = "always refer medical when not commanded_by_court"
    for number, answer in ((6, "counterexample"), (7, "not proved")):
        book = changed(
            tmp_path / str(number), "us-ca/values-act.md", first, readings(number) + first
        )
        proof = asked("us-ca", sentence, DAY, book)
        assert proof.answer == answer
    assert isinstance(proof.parts[0].result, NotProved)
    assert "7 contested provisions" in proof.parts[0].result.why
    assert asked("us-ca", sentence.replace("always refer", "never grant"), DAY, book).answer == "proved"  # fmt: skip


def test_a_question_that_is_too_large_is_not_proved_and_hinders_no_other() -> None:
    rows = "never grant hold when count_conviction(TRUE) >= 1000000000"
    proof = asked("us-ca", rows, DAY)
    assert proof.answer == "not proved"
    assert isinstance(proof.parts[0].result, NotProved)
    assert proof.parts[0].result.why == "its conditions count more rows than can be told apart"
    small = "never grant hold when purpose = 'immigration enforcement'"
    questions = [read_question(one, BOOK, "us-ca", DAY) for one in (small, rows, small)]
    proofs = prove(BOOK, [(one, on_day("us-ca", DAY)) for one in questions])
    assert [one.answer for one in proofs] == ["proved", "not proved", "proved"]
    with patch.object(goal, "MOST_VALUES", 5):
        proof = asked("us-ca", small, DAY)
    assert proof.answer == "not proved"
    assert isinstance(proof.parts[0].result, NotProved)
    assert proof.parts[0].result.why == "its facts have more values than can be told apart"


# -- against brute force --------------------------------------------------------------------------

SENTENCES = ("never grant", "never deny", "always refer")


def with_question(rules: RuleSet, item: str, when: Condition) -> RuleSet:
    """The rules with one more that reads what the question does, so that worlds answer it."""
    pack = Pack("us/q", "", "", "us", "federal", "", "us/q.md")
    block = Acting("us/q#q", "permit", frozenset([item]), Place(""), Provision("us/q#q", "", Place(""), pack), when)  # fmt: skip
    made = replace(rules, blocks={**rules.blocks, block.id: block}, _flags=None)
    made.beaters = {**rules.beaters, block.id: ()}
    made.own = {**rules.own, block.id: when}
    return made


def by_brute_force(question: Question, rules: RuleSet, item: str) -> Iterator[tuple[Facts, bool]]:
    """Every case in which the condition is yes, and whether it breaks the sentence."""
    when = rules.opened(question.when)
    asking = with_question(rules, item, when)
    for _, choices in groupby(worlds(asking, item, Facts()), key=lambda world: id(world.facts)):
        seen = list(choices)
        if truth(when, seen[0].facts, item) is not True:
            continue
        verdicts = {OUTCOMES[in_world(rules, item, world)[0]] for world in seen}
        if question.verb == "always refer":
            yield seen[0].facts, verdicts in ({"grant"}, {"deny"})
        else:
            yield seen[0].facts, question.verdict in verdicts


def few(question: Question, rules: RuleSet) -> bool:
    """Whether there are few enough cases to look at each, and to write down."""
    when = rules.opened(question.when)
    goals = goal.Goals().of(question, rules)
    return not any(one.group.too_large() for one in goals) and all(
        strategies.estimate(with_question(rules, item, when), item, Facts()) <= 4000
        for item in question.items
    )


def drawn(dice: Dice) -> tuple[LawBook, list[Question]]:
    """A small law, and questions about it."""
    words = strategies.words(dice, facts=2, columns=2)
    made = strategies.law(dice, words, depth=1, most=4)
    book = made.book()
    named = sorted({item for one in book.blocks(Acting) for item in one.items})
    questions = []
    for _ in range(4):
        items = some(dice, named, 1, 2)
        when = strategies.condition(dice, words, 2, place="us-ca-sf")
        ordered = tuple(item for item in book.vocabulary.items if item in items)
        questions.append(Question(dice.pick(SENTENCES), ordered, when, Place("here")))
    return book, questions


@given(st.integers(0, 10**9))
def test_the_prover_says_what_brute_force_finds(seed: int) -> None:
    dice = Rolled(seed)
    book, questions = drawn(dice)
    day = dice.pick(strategies.AS_OF)
    rules = rule_set(book, "us-ca-sf", day)
    questions = [one for one in questions if few(one, rules)]
    proofs = prove(book, [(one, on_day("us-ca-sf", day)) for one in questions])
    for question, proof in zip(questions, proofs, strict=True):
        seen = [
            broken for item in question.items for _, broken in by_brute_force(question, rules, item)
        ]
        assert proof.answer == ("counterexample" if any(seen) else "proved"), question
        assert proof.vacuous is (not seen)
        if proof.broken is not None:
            held(question, rules, shown(proof))


def held(question: Question, rules: RuleSet, found: Counterexample) -> None:
    """A counterexample holds whatever else is true: brute force over what it leaves out."""
    case, when = found.case, rules.opened(question.when)
    whole = rules.completed(case.facts)
    assert case.item in question.items
    assert truth(when, whole, case.item) is True
    if strategies.estimate(rules, case.item, whole) > 4000:
        return
    finding = interpreter.find(rules, case.item, case.facts)
    assert finding == case.finding
    for world in worlds(rules, case.item, whole):
        if all((one in world.lets_act) is acts for one, acts in found.choice.items()):
            verdict = OUTCOMES[in_world(rules, case.item, world)[0]]
            if question.verb == "always refer":
                assert verdict == finding.verdict == found.chosen.verdict != "refer"
            else:
                assert verdict == question.verdict == found.chosen.verdict


@given(st.integers(0, 10**9))
def test_what_is_shared_is_what_each_would_be_alone(seed: int) -> None:
    """Many questions at once, in every stretch of law: each as if it were the only one."""
    dice = Rolled(seed)
    book, questions = drawn(dice)
    of = [one for place in strategies.PLACES for one in stretches(book, place)]
    with patch.object(goal, "MOST_VALUES", 1000):
        together = prove(book, [(one, of) for one in questions])
    for question, proof in zip(questions, together, strict=True):
        for part in some(dice, proof.parts, 1, 3):
            if isinstance(part.result, NotProved):
                assert part.result.why == "its facts have more values than can be told apart"
                continue
            (alone,) = prove(book, [(question, [part.stretch])])
            assert type(alone.parts[0].result) is type(part.result)
            if isinstance(part.result, Proved):
                assert alone.vacuous is part.result.vacuous

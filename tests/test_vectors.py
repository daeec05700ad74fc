"""`vectors/`: what the writer writes, and what the fast engines answer."""

import json
from datetime import date

import pytest

from habeas.compiled.closure import compile_rules
from habeas.compiled.resolution import resolve, resolve_condition
from habeas.law.grammar import Names, parse_condition
from habeas.law.ruleset import rule_set
from habeas.law.source import Source
from tests import write_vectors
from tests.conftest import VECTORS
from tests.properties.strategies import FOLDERS, book_of, common_files, one_rule, vocabulary_of

FOLDER = {"base": FOLDERS[0], "wide": FOLDERS[1]}
WORD = {True: "yes", False: "no", None: "unknown"}


def read(kind: str) -> list[dict]:
    found = [
        one
        for path in sorted((VECTORS / kind).glob("*.json"))
        for one in json.loads(path.read_text())
    ]
    assert found, "no vectors: run `make vectors`"
    return found


def test_the_vectors_are_what_the_writer_writes():
    for path, text in write_vectors.files().items():
        assert (VECTORS / path).read_text(encoding="utf-8") == text, (
            f"{path} is stale: run `make vectors`"
        )


@pytest.mark.parametrize("kind", ["conditions", "decisions"])
def test_there_are_some_of_every_answer(kind):
    found = read(kind)
    if kind == "conditions":
        assert (
            {one["kleene"] for one in found}
            == {one["worlds"] for one in found}
            == {"yes", "no", "unknown"}
        )
        assert any(one["kleene"] == "unknown" != one["worlds"] for one in found)
    else:
        assert {one["expect"]["basis"] for one in found} == {
            "forbidden", "no authority", "required", "permitted", "conflict", "missing facts", "judgement", "contested",
        }  # fmt: skip


def test_conditions_by_closure_and_by_resolution():
    for one in read("conditions"):
        vocabulary = vocabulary_of(FOLDER[one["vocabulary"]])
        text = one["condition"]
        cond = parse_condition(Source("vector", text), 0, len(text), Names(vocabulary, {}))
        rules = one_rule(vocabulary, cond)
        known = write_vectors.facts_of(
            one["facts"], write_vectors.day_names(FOLDER[one["vocabulary"]])
        )
        truths = compile_rules(rules).truths(known)
        assert WORD[truths["us/act#r", "name"]] == one["kleene"], one["name"]
        assert WORD[resolve_condition(rules, cond, "name", known)] == one["worlds"], one["name"]


def test_decisions_by_closure_and_by_resolution():
    for one in read("decisions"):
        folder = FOLDER[one["vocabulary"]]
        book = book_of({**common_files(folder), **one["packs"]})
        rules = rule_set(book, one["place"], date.fromisoformat(one["as_of"]))
        known = write_vectors.facts_of(one["facts"], write_vectors.day_names(folder))
        for found in (
            resolve(rules, one["item"], known),
            compile_rules(rules).finding(one["item"], known),
        ):
            got = {
                "verdict": found.verdict,
                "basis": found.basis,
                "rules": list(found.rules),
                "defeated": [{"rule": rule, "by": list(by)} for rule, by in found.defeated],
                "missing": list(found.missing),
            }
            assert got == one["expect"], one["name"]

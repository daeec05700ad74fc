"""The fixed questions that places are compared by: data of the package.

    questions.yaml  ->  read_questions  ->  Question, Question, … (and those that a vocabulary cannot say)

Promise: every place is asked the same; a question with a word that the law's vocabulary has not is
named as not asked, and never asked in part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import yaml

from habeas.law.facts import Facts, Value
from habeas.law.vocabulary import Fact, Vocabulary


@dataclass(frozen=True, slots=True)
class Question:
    """One question: what is asked for, and what is known of request and person.

    group       the heading that it stands under
    asks        the question, as people ask it
    facts       what it fixes; all else is left open
    selects_on  the items by which people are chosen
    lacks       words that the vocabulary has not: it cannot be asked then
    """

    id: str
    group: str
    asks: str
    item: str
    facts: Facts
    selects_on: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def read_questions(vocabulary: Vocabulary) -> tuple[Question, ...]:
    """All questions, in their order, held against a vocabulary."""
    text = files("habeas.decisions").joinpath("questions.yaml").read_text(encoding="utf-8")
    return tuple(
        _question(group["title"], given, vocabulary)
        for group in yaml.safe_load(text)["groups"]
        for given in group["questions"]
    )


def _question(group: str, given: Mapping[str, Any], words: Vocabulary) -> Question:
    item: str = given["item"]
    tables: dict[str, list[dict[str, Value]]] = {t: given[t] for t in words.tables if t in given}
    complete: list[str] = given.get("complete", [])
    selects_on = tuple(given.get("selects_on", ()))
    facts = Facts(
        dict(given["facts"]),
        {(item, name): value for name, value in given["item_facts"].items()},
        {table: [dict(row) for row in rows] for table, rows in tables.items()},
        frozenset(complete),
    )
    known = {"id", "asks", "item", "facts", "item_facts", "complete", "selects_on"}
    lacks = [
        *(one for one in (item, *selects_on) if one not in words.items),
        *(one for one in (*(set(given) - known), *complete) if one not in words.tables),
        *_unsaid(given["facts"], words.facts, ("request", "person")),
        *_unsaid(given["item_facts"], words.facts, ("item",)),
        *(
            f"{table}.{one}"
            for table, rows in tables.items()
            for row in rows
            for one in _unsaid(row, words.tables[table], ("row",))
        ),
    ]
    return Question(
        given["id"], group, given["asks"], item, facts, selects_on, tuple(dict.fromkeys(lacks))
    )


def _unsaid(
    said: Mapping[str, Value], known: Mapping[str, Fact], scopes: tuple[str, ...]
) -> Iterator[str]:
    """Facts that a vocabulary does not have, or not with these values."""
    for name, value in said.items():
        fact = known.get(name)
        if fact is None or fact.scope not in scopes:
            yield name
        elif not _can_be(fact, value):
            yield f"{name} = {value}"


def _can_be(fact: Fact, value: Value) -> bool:
    if fact.type == "yes/no":
        return isinstance(value, bool)
    if fact.type == "date":
        return isinstance(value, date)
    if fact.type == "number":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) and (fact.type != "words" or value in fact.words)

"""Requests: who asks for what about whom, and who says so.

    request.yaml  ->  read_request  ->  Request (one; two from a Form I-247A)

Promise: what a file says without a `source` is only what the requester says; nothing about a
request is assumed. A request file is YAML or JSON:

    id: doj-2025-07-17                 # letters, digits, `.`, `-` and `_`
    title: all inmates who are not citizens
    note: free text, for the office
    facts:                             # facts of the request, by their names in the vocabulary
      received_on: 2025-07-17          # a bare value: the requester says so
      purpose: {value: immigration enforcement, source: counsel, known_on: 2025-07-18}
      instrument: {value: records request, source: [requester, officer]}
      quashed:                         # left empty, like left out: unknown
    items: [name, charges]             # items and groups; left out: every item that is data
    item_facts:                        # a group speaks for its items; an item itself goes first
      release_date: {ordered: {value: no, source: counsel}}
    selects_on: [citizenship]          # by what it chooses among people
    people: all                        # or ids; left out: all
    person:                            # facts about the people that are named, said in the request
      lawful_status_proved: {value: yes, source: officer, known_on: 2025-07-18}
    linked: [other-request]            # requests that belong to this one
    form: I-247A                       # then `instrument` and `items` follow from the form

`source` is one or more of requester, records, officer, counsel and court. A judgement (as the
vocabulary marks it) needs a day and a source that is a person's: officer, counsel or court.

One Form I-247A is two requests, each the other's `linked`: `ID-notification` and `ID-hold`. It
names one person, and so, unless the file says otherwise, `names_specific_person` is yes; both facts
are said by whoever says that the paper is this form (`form: {value: I-247A, source: officer}`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.facts import SPEAKERS, Facts, Said, Value
from habeas.law.vocabulary import Fact, Scope, Vocabulary
from habeas.records.document import read_document
from habeas.records.node import Node, Step
from habeas.records.shape import Scalar, Shape, Words, read_shape, wrong
from habeas.records.spread import spread
from habeas.records.value import day_of, value_of

FORM_I247A = "I-247A"

NOTIFICATION_ITEMS = (
    "custody_status", "housing_location", "booking_details", "charges", "conviction_history",
    "release_date",
)  # fmt: skip
"""What the form asks to be told: of the release, and the part that the agency fills in."""

HOLD_ITEMS = ("hold", "transfer")
"""What the form asks to be done: hold the person past the time of release, and hand her over."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it is decided.

    facts       request facts, item facts (`ordered`, `public`) and what it says of the people that
                it names, each with its sources
    items       the items asked for, groups expanded, in the vocabulary's order
    selects_on  the items by which it chooses among people
    people      ids of the people that it names; None: all records
    linked      ids of requests that belong to it
    """

    id: str
    facts: Facts
    items: tuple[str, ...]
    selects_on: tuple[str, ...] = ()
    people: tuple[str, ...] | None = None
    linked: tuple[str, ...] = ()
    title: str = ""
    note: str = ""


class _Stated(Shape):
    value: Scalar = Field(description="write the value, or leave the fact out")
    source: Words | None = Field(None, description=f"say one or more of {', '.join(SPEAKERS)}")
    known_on: str | None = Field(None, description="write the day as `YYYY-MM-DD`")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: object) -> object:
        return data if isinstance(data, dict) else {"value": data}

    @field_validator("source")
    @classmethod
    def _speakers(cls, value: list[str] | None) -> list[str] | None:
        if value == []:
            raise wrong(f"say one or more of {', '.join(SPEAKERS)}", "`source` names nobody")
        for one in value or ():
            if one not in SPEAKERS:
                known = f"a source is one of {', '.join(SPEAKERS)}"
                raise wrong(did_you_mean(one, SPEAKERS, known), f"unknown source `{one}`")
        return value

    @field_validator("known_on")
    @classmethod
    def _day(cls, value: str | None) -> str | None:
        if value is not None and isinstance(found := day_of(value), str):
            raise wrong("write the day as `YYYY-MM-DD`", f"`{value}` {found}")
        return value

    def said(self) -> tuple[Said, ...]:
        day = day_of(self.known_on) if self.known_on else None
        known_on = None if isinstance(day, str) else day
        return tuple(Said(by, known_on) for by in self.source or ("requester",))


_States = dict[str, _Stated]


def _not_empty(value: list[str] | None, info: ValidationInfo) -> list[str]:
    if not value:
        raise wrong("write what it lists, or leave it out", f"`{info.field_name}` lists nothing")
    return value


class _RequestFile(Shape):
    id: str = Field(description="give the request an id of its own, such as `doj-2025-07-17`")
    title: str | None = Field(None, description="write the title as text")
    note: str | None = Field(None, description="write the note as text")
    form: _Stated | None = Field(None, description=f"write `{FORM_I247A}`, or leave it out")
    facts: _States = Field({}, description="write facts as `name: value` lines")
    items: Words | None = Field(None, description="list items, such as `[name, charges]`")
    item_facts: dict[str, _States] = Field(
        {}, description="write `item: {fact: value}` lines, such as `release_date: {ordered: yes}`"
    )
    selects_on: Words | None = Field(None, description="list items, such as `[citizenship]`")
    people: Annotated[Any, Field(description="write `all`, or a list of ids")] = None
    person: _States = Field({}, description="write facts as `name: value` lines")
    linked: Words | None = Field(None, description="list the ids of requests")

    @field_validator("id")
    @classmethod
    def _id(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", value):
            raise wrong(
                "use letters, digits, `.`, `-` and `_`, at most 100 of them",
                f"`{value[:120]}` cannot be an id",
            )
        return value

    @field_validator("items", "selects_on", "linked")
    @classmethod
    def _some(cls, value: list[str] | None, info: ValidationInfo) -> list[str]:
        return _not_empty(value, info)

    @field_validator("people", mode="before")
    @classmethod
    def _people(cls, value: object, info: ValidationInfo) -> list[str] | None:
        if value == "all":
            return None
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise wrong("write `all`, or a list of ids", "`people` names nobody")
        return _not_empty([one.strip() for one in listed], info)


def read_request(path: Path, vocabulary: Vocabulary) -> tuple[Request, ...]:
    """Read a request file, YAML or (`.json`) JSON: one request, or the two of a Form I-247A.

    Raises `InputError` with every problem found: the file cannot be read (see `read_document`), a
    field, fact, item, group or source that is unknown, a value that its fact does not take, a
    judgement that nobody signed and dated, a request that contradicts itself.
    """
    node = read_document(path, "request")
    return _Reader(node, read_shape(_RequestFile, node), vocabulary).requests()


class _Reader:
    def __init__(self, node: Node, file: _RequestFile, vocabulary: Vocabulary) -> None:
        self.node = node
        self.file = file
        self.vocabulary = vocabulary
        self.problems: list[Problem] = []
        self.facts = Facts()

    def requests(self) -> tuple[Request, ...]:
        file, people = self.file, self.people()
        self.state(file.facts, "request", ("facts",))
        self.state(file.person, "person", ("person",))
        self.item_facts()
        selects_on = self.expand("selects_on", file.selects_on)
        items = self.expand("items", file.items) or tuple(
            name for name, word in self.vocabulary.items.items() if word.kind == "data"
        )
        self.contradictions(people)
        request = Request(
            file.id, self.facts, items, selects_on, people, tuple(file.linked or ()),
            file.title or "", file.note or "",
        )  # fmt: skip
        made = self.form(request, file.form) if file.form else (request,)
        if self.problems:
            raise InputError(self.problems)
        return made

    def problem(self, place: Place, message: str, help: str) -> None:
        self.problems.append(Problem(place, message, help))

    def people(self) -> tuple[str, ...] | None:
        named: list[str] | None = self.file.people
        seen: set[str] = set()
        for index, one in enumerate(named or ()):
            if not one or one in seen:
                self.problem(
                    self.node.at("people", index),
                    f"`{one}` is named twice" if one else "an id is blank",
                    "name each person once",
                )
            seen.add(one)
        return None if named is None else tuple(named)

    def state(self, states: Mapping[str, _Stated], scope: Scope, steps: tuple[Step, ...]) -> None:
        """Take up facts of the request or of a person."""
        for name, stated in states.items():
            value = self.answer(name, scope, stated, (*steps, name))
            if value is not None:
                self.facts.values[name] = value
                self.facts.sources[name] = stated.said()

    def item_facts(self) -> None:
        """Take up facts of items."""
        table: dict[str, dict[str, tuple[Value | None, tuple[Said, ...]]]] = {}
        for word, states in self.file.item_facts.items():
            self.expand_word(word, self.node.key_at("item_facts", word))
            for name, stated in states.items():
                value = self.answer(name, "item", stated, ("item_facts", word, name))
                table.setdefault(word, {})[name] = (value, stated.said())
        found, clashes = spread(table, self.vocabulary)
        for item, name, first, second in clashes:
            self.problem(
                self.node.at("item_facts", second, name),
                f"`{first}` and `{second}` say different things of `{item}.{name}`",
                f"say it under `{item}` itself, or in one of the groups",
            )
        for (item, name), (value, said) in found.items():
            if value is not None:
                self.facts.items[item, name] = value
                self.facts.sources[f"{item}.{name}"] = said

    def answer(
        self, name: str, scope: Scope, stated: _Stated, steps: tuple[Step, ...]
    ) -> Value | None:
        """The value stated for a fact; None where none is, or where there is a problem."""
        fact = self.fact(name, scope, steps)
        if fact is None or stated.value is None:
            return None
        place = self.node.at(*steps, "value")
        signed = {"officer", "counsel", "court"} & set(stated.source or ())
        if fact.judgement and not (signed and stated.known_on):
            self.problem(
                place,
                f"`{name}` is a judgement, and nobody signed and dated it",
                "write `{value: yes, source: counsel, known_on: YYYY-MM-DD}`, or leave it out",
            )
            return None
        try:
            return value_of(fact, stated.value, place)
        except InputError as error:
            self.problems += error.problems
            return None

    def fact(self, name: str, scope: Scope, steps: tuple[Step, ...]) -> Fact | None:
        """The fact of this scope; a problem where there is none."""
        fact = self.vocabulary.facts.get(name)
        if fact is not None and fact.scope == scope:
            return fact
        known = [one for one, f in self.vocabulary.facts.items() if f.scope == scope]
        place = self.node.key_at(*steps)
        homes = {
            "request": "write it under `facts`",
            "person": "write it under `person`",
            "item": "write it under `item_facts`, below its item",
        }
        if fact is not None:
            self.problem(place, f"`{name}` is a fact of {_A[fact.scope]}", homes[fact.scope])
        else:
            listed = f"facts of {_A[scope]} are {', '.join(known)}"
            self.problem(place, f"unknown fact `{name}`", did_you_mean(name, known, listed))
        return None

    def expand(self, field: str, words: list[str] | None) -> tuple[str, ...]:
        wanted: set[str] = set()
        for index, word in enumerate(words or ()):
            wanted.update(self.expand_word(word, self.node.at(field, index)))
        return tuple(item for item in self.vocabulary.items if item in wanted)

    def expand_word(self, word: str, place: Place) -> tuple[str, ...]:
        items = self.vocabulary.expand(word)
        if not items:
            self.problem(
                place,
                f"unknown item `{word}`",
                did_you_mean(word, self.vocabulary.item_words(), "items are in the vocabulary"),
            )
        return items

    def contradictions(self, people: tuple[str, ...] | None) -> None:
        if people is None and self.file.person:
            self.problem(
                self.node.key_at("person"),
                "`person` says something of people, but the request is about all records",
                "list the ids that it names under `people`",
            )
        if people is None and self.facts.values.get("names_specific_person") is True:
            self.problem(
                self.node.at("facts", "names_specific_person"),
                "`names_specific_person` is yes, but the request is about all records",
                "list the ids that it names under `people`, or say `no`",
            )

    def form(self, request: Request, form: _Stated) -> tuple[Request, ...]:
        """The two requests of a Form I-247A."""
        if form.value != FORM_I247A:
            self.problem(
                self.node.at("form", "value"),
                f"unknown form `{form.value}`",
                did_you_mean(str(form.value), [FORM_I247A], f"the form known is `{FORM_I247A}`"),
            )
        for steps in (("facts", "instrument"), ("items",)):
            stated = self.file.facts if len(steps) == 2 else self.file.model_fields_set
            if steps[-1] in stated:
                self.problem(
                    self.node.key_at(*steps),
                    f"`{steps[-1]}` follows from the form `{FORM_I247A}`",
                    "leave it out: the form is a notification request and a hold request",
                )
        if request.people is None or len(request.people) != 1:
            self.problem(
                self.node.key_at("people" if "people" in self.node.keys else "form"),
                f"a form `{FORM_I247A}` is about one person",
                "write her id: `people: [ID]`",
            )
        return tuple(
            self.half(request, form, name, other, items)
            for name, other, items in (
                ("notification", "hold", NOTIFICATION_ITEMS),
                ("hold", "notification", HOLD_ITEMS),
            )
        )

    def half(
        self, request: Request, form: _Stated, name: str, other: str, items: tuple[str, ...]
    ) -> Request:
        facts = request.facts.without(())
        inherent = {"instrument": f"{name} request"}
        if "names_specific_person" not in facts.values:
            inherent["names_specific_person"] = "yes"
        for fact_name, raw in inherent.items():
            fact = self.vocabulary.facts.get(fact_name)
            if fact is not None:
                facts.values[fact_name] = value_of(fact, raw, self.node.key_at("form"))
                facts.sources[fact_name] = form.said()
        return Request(
            f"{request.id}-{name}",
            facts,
            tuple(item for item in self.vocabulary.items if item in items),
            request.selects_on,
            request.people,
            (f"{request.id}-{other}", *request.linked),
            request.title,
            request.note,
        )


_A = {"request": "the request", "person": "a person", "item": "an item", "row": "a table's row"}

"""Casework's side of the engine: law in use, records, and a request as its statements make it.

    CaseRequest, Statements  ->  engine_request  ->  Request;  Request, records  ->  decided  ->  reports.Answer

Promise: what nobody said is unknown; of two statements the later counts, and everybody who says the same is its source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from habeas.errors import InputError, Place, Problem
from habeas.law.facts import Facts, Said, Value
from habeas.law.vocabulary import Fact, Vocabulary
from habeas.records import Person, Records, Request, read_records, value_of
from habeas.reports.answer import Answer, answer_of
from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.mapping import mapping_in_use, records_source
from habeas.web.casework.models import CaseRequest, Statement

CUSTODY_STATUS = "custody_status"
"""Who gets this item of somebody may know that there is a record of her (law language, 5.7)."""


def vocabulary() -> Vocabulary:
    """The words of the law in use."""
    return law_in_use().book.vocabulary


def fact_of(path: str) -> Fact:
    """The fact that somebody answers. Raises `InputError` where the path names none that is stated in a case."""
    fact = vocabulary().fact_at(path)
    if fact is None or fact.table:
        raise InputError(
            Problem(
                Place("fact"),
                f"`{path}` is no fact that can be stated in a case",
                "rows of convictions and charges come from the records: correct them there",
            )
        )
    return fact


def value_at(path: str, raw: object) -> Value:
    """What somebody's answer to a fact means. Raises `InputError`."""
    return value_of(fact_of(path), raw, Place(path))


def plain(value: Value | None) -> bool | int | str | None:
    """A value as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value


def standing(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    """Of each path, what counts: the last statement, and those before it that said the same."""
    made: dict[str, list[Statement]] = {}
    for one in statements:
        there = made.setdefault(one.path, [])
        if one.value is None:
            there.clear()
        elif there and there[-1].value != one.value:
            made[one.path] = [one]
        else:
            there.append(one)
    return {path: said for path, said in made.items() if said}


def engine_request(request: CaseRequest) -> Request:
    """The request as the engine takes it. Raises `InputError` where a statement fits no fact any more."""
    facts = Facts()
    for path, said in standing(request.statements.all()).items():
        value = value_at(path, said[0].value)
        item, _, name = path.rpartition(".")
        if item:
            facts.items[item, name] = value
        else:
            facts.values[path] = value
        facts.sources[path] = tuple(Said(one.source, one.known_on) for one in said)
    linked = request.linked
    return Request(
        id=request.id_text,
        facts=facts,
        items=tuple(request.items),
        selects_on=tuple(request.selects_on),
        people=(request.person,) if request.person else None,
        linked=(linked.id_text,) if linked else (),
        title=request.case.title,
    )


def asked_json(request: Request) -> dict[str, Any]:
    """A request as JSON, as it was decided: what `Answer.asked` keeps."""
    return {
        "id": request.id,
        "items": list(request.items),
        "selects_on": list(request.selects_on),
        "people": None if request.people is None else list(request.people),
        "facts": {
            path: {
                "value": plain(value),
                "said": [
                    [one.by, one.known_on.isoformat() if one.known_on else None]
                    for one in request.facts.said_by(path)
                ],
            }
            for path, value in sorted(request.facts.flat())
        },
    }


def records() -> Records:
    """The office's records, read by the mapping in use. Raises `InputError` where it has none, or they cannot be read."""
    source, used = records_source(), mapping_in_use()
    folder = Path(source)
    if "://" not in source and folder.is_dir():
        own = used.document if isinstance(used.document, Path) else None
        return _of_folder(source, used.digest, law_in_use().digest, _stamp(folder, own))
    return read_records(source, used.document, vocabulary())


def _stamp(folder: Path, mapping: Path | None) -> tuple[tuple[str, int, int], ...]:
    """What changes when a file does."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    seen = [*files, *([mapping] if mapping else [])]
    return tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in seen)


@lru_cache(maxsize=1)
def _of_folder(source: str, mapping: str, law: str, stamp: object) -> Records:
    return read_records(source, mapping_in_use().document, vocabulary())


def person_of(request: CaseRequest) -> Person | None:
    """The record of whom a request names; None where there is none, or it asks about all."""
    if not request.person:
        return None
    (found,) = records().named((request.person,))
    return found if found.facts.values or found.facts.rows or found.has else None


def decided(request: CaseRequest, day: date) -> Answer:
    """What the law says today of all that a request asks for. Raises `HabeasError`."""
    return answer_of(law_in_use(), engine_request(request), records(), day)


def says_whom(request: Request, day: date) -> bool:
    """Whether the requester may know that there is a record of whom she names: `custody_status` is granted.

    What the law only permits is somebody's to give: until it is given, nothing is told. Nothing of the person is
    looked at but what the records say; a request about all records names nobody.
    """
    if request.people is None:
        return True
    law = law_in_use()
    found = [
        law.decide(request, one, CUSTODY_STATUS, day) for one in records().named(request.people)
    ]
    return all(one.verdict == "grant" and one.basis == "required" for one in found)


def blind_decisions(request: Request, day: date) -> list[dict[str, Any]]:
    """What the law says of the request where nothing is known of anybody: what a blind letter may rest on."""
    law = law_in_use()
    nobody = Person("", Facts(), frozenset())
    blind = replace(request, facts=_of_request(request.facts))
    return [one.to_json() for one in law.decide_person(blind, nobody, as_of=day)]


def _of_request(facts: Facts) -> Facts:
    """Of what was stated, that which is about the request: what is stated of a person tells that there is one."""
    words = vocabulary()
    values = {
        name: value for name, value in facts.values.items() if words.facts[name].scope == "request"
    }
    return Facts(values, sources={name: facts.sources[name] for name in values})

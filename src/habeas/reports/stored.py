"""Requests and law as files that can be read back.

    Request  ->  request_json  ->  requests/ID.json
    Law  ->  law_files  ->  law/PLACE/…, law/PLACE.sha256

Promise: what is kept reads back as what was decided by; what would not is refused.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habeas.decisions.decide import Law
from habeas.errors import InputError, Place, Problem
from habeas.law.facts import Facts, Said, Value
from habeas.law.vocabulary import Vocabulary
from habeas.records.request import Request, read_request


def law_files(law: Law) -> dict[str, bytes]:
    """The bytes of a law, to be read again, by path: `PLACE/…`, and their sums in `PLACE.sha256`.

    Those of its chain, which its digest covers: the sums are the lines that the digest is made of,
    so the SHA-256 of `PLACE.sha256` is the digest. And, where the vocabulary declares a list of
    another place, that list, since the vocabulary cannot be read without it.
    """
    chain = law.book.law_files(law.place)
    sums = [f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in chain.items()]
    declared = {
        fact.derived
        for columns in law.book.vocabulary.tables.values()
        for fact in columns.values()
        if fact.derived
    }
    lists = {path: law.book.files[path] for path in sorted(declared)}
    kept = {f"{law.place}/{path}": data for path, data in {**lists, **chain}.items()}
    return {**kept, f"{law.place}.sha256": "".join(sums).encode()}


def request_json(request: Request, vocabulary: Vocabulary) -> bytes:
    """A request as the request file that it could have been read from, as JSON.

    Raises `InputError` if no request file says the same: rows of a table, an id that is none, days
    of knowledge that differ among those who say one fact.
    """
    data = json.dumps(_document(request, vocabulary), ensure_ascii=False, indent=2) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "request.json"
        path.write_text(data, encoding="utf-8")
        try:
            [again] = read_request(path, vocabulary)
        except InputError as error:
            raise _refused(request, f": {error.problems[0].message}") from error
    if _content(again) != _content(request):
        raise _refused(request, "")
    return data.encode()


def _refused(request: Request, why: str) -> InputError:
    return InputError(
        Problem(
            Place(f"request {request.id}"),
            f"this request cannot be kept as a request file{why}",
            "decide a request that was read with `read_request`",
        )
    )


def _document(request: Request, vocabulary: Vocabulary) -> dict[str, Any]:
    facts = request.facts
    stated: dict[str, dict[str, Any]] = {"facts": {}, "person": {}}
    for word, value in facts.values.items():
        fact = vocabulary.facts.get(word)
        part = "person" if fact and fact.scope == "person" else "facts"
        stated[part][word] = _stated(value, facts.said_by(word))
    of_items: dict[str, dict[str, Any]] = {}
    for (item, word), value in facts.items.items():
        of_items.setdefault(item, {})[word] = _stated(value, facts.said_by(f"{item}.{word}"))
    parts: Mapping[str, Any] = {
        "id": request.id,
        "title": request.title,
        "note": request.note,
        "people": "all" if request.people is None else list(request.people),
        "items": list(request.items),
        "selects_on": list(request.selects_on),
        "linked": list(request.linked),
        "facts": stated["facts"],
        "item_facts": of_items,
        "person": stated["person"],
    }
    return {key: part for key, part in parts.items() if part}


def _stated(value: Value, said: tuple[Said, ...]) -> dict[str, Any]:
    known = [one.known_on for one in said if one.known_on]
    made: dict[str, Any] = {
        "value": value if isinstance(value, bool | int | str) else value.isoformat(),
        "source": [one.by for one in said],
    }
    return {**made, "known_on": known[0].isoformat()} if known else made


def _content(request: Request) -> tuple[object, ...]:
    """All that is decided by, in no order; a fact without a source was said by the records."""
    facts: Facts = request.facts
    return (
        request.id,
        request.title,
        request.note,
        request.people,
        sorted(request.items),
        sorted(request.selects_on),
        request.linked,
        sorted((path, repr(value), facts.said_by(path)) for path, value in facts.flat()),
        {table: rows for table, rows in facts.rows.items() if rows},
        facts.complete,
    )

"""The mapping of the records: adopted like law, since whoever changes a column changes an answer.

    mapping.yaml, records  ->  propose_mapping  ->  Version (its difference in words)  ->  …  ->  mapping_in_use

Promise: records are read by the mapping that two counsel signed for; the file on the disk is never read for an
answer, save in a demo that adopted none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from habeas.errors import InputError, Place, Problem
from habeas.law.vocabulary import Vocabulary
from habeas.records import Person, Records, mapping_by_name, read_records, report_on
from habeas.records.document import compose, read_text
from habeas.records.mapping import MappingFile
from habeas.records.node import Node
from habeas.records.shape import read_shape
from habeas.reports.words import several
from habeas.web.casework.adopting import digest_of, in_use, kept_files, law_in_use, propose
from habeas.web.casework.models import Version
from habeas.web.office import Office

FIRST = "No mapping was in use before: this is the first."


class Used(NamedTuple):
    """What records are read by.

    digest    of the adopted mapping; empty: a demo that adopted none
    document  as `read_records` takes it
    """

    digest: str
    document: Path | Node | None


def mapping_in_use() -> Used:
    """The mapping that records are read by. Raises `InputError` where none was adopted, or its bytes are others."""
    office: Office = settings.OFFICE
    used = in_use(Version.MAPPING)
    if used is not None:
        return Used(used.digest, _kept(used.pk, used.digest))
    if office.demo:
        return Used("", office.map)
    raise InputError(
        Problem(
            Place("mapping in use"),
            "no mapping was adopted: no records can be read",
            "`habeas office adopt mapping`, and then two counsel sign",
        )
    )


@lru_cache(maxsize=4)
def _kept(pk: int, digest: str) -> Node:
    ((name, text),) = kept_files(Version.objects.get(pk=pk)).items()
    return compose(text, Path(f"adopted {digest[:12]} {name}"), "mapping")


def records_source() -> str:
    """Where the office's records are. Raises `InputError` where it names none."""
    office: Office = settings.OFFICE
    if not office.records:
        raise InputError(
            Problem(
                Place("office.yaml"),
                "no records are named",
                "write `records: …`, as `habeas decide --records` takes them",
            )
        )
    return office.records


def propose_mapping(who: str, file: Path | None = None) -> Version:
    """Keep a mapping, to be signed for; the records were read by it.

    who   who proposes it, as the trail names her
    file  left out: the office's `map`, else its records' `mapping.yaml`, else what NIEM's names make

    Raises `InputError` where there is no law, or the records cannot be read by it; then nothing is proposed.
    """
    source, words = records_source(), law_in_use().book.vocabulary
    name, text, shown = _proposed(source, file, words)
    node = compose(text, Path(shown), "mapping")
    with read_records(source, node, words) as read:
        used = in_use(Version.MAPPING)
        difference = FIRST
        if used is not None:
            before = _kept(used.pk, used.digest)
            said = [*_changes(before, node), "", *_effect(source, before, read, words)]
            difference = "\n".join(said)
        return propose(
            who,
            Version.MAPPING,
            digest_of({name: text}),
            {name: text},
            checked="\n".join(_report(read, words)),
            difference=difference,
        )


def _proposed(source: str, file: Path | None, words: Vocabulary) -> tuple[str, str, str]:
    """The name, text and shown name of the mapping that is meant."""
    beside = Path(source) / "mapping.yaml"
    path = file or settings.OFFICE.map or (beside if beside.is_file() else None)
    if path is None:
        return "mapping.yaml", mapping_by_name(source, words), "NIEM names"
    name = "mapping.json" if path.suffix.lower() == ".json" else "mapping.yaml"
    return name, read_text(path, "mapping"), str(path)


# -- what it says, and what that changes; no cell and no key of anybody --------------------------------


def _report(read: Records, words: Vocabulary) -> Iterator[str]:
    """How much of each thing the records fill, by this mapping."""
    report = report_on(read, words)
    yield several(report.people, "person", "people")
    for one in report.notes.filled:
        said = f"{one.kind} {one.path}: {one.filled:,} of {one.total:,} filled, from {one.source}"
        if lost := one.unmapped.total():
            said += f"; {several(lost, 'cell')} not mapped, and unknown"
        yield said
    for who, paths in report.unanswered.items():
        yield f"not answered by the records, but by {who}: {', '.join(paths)}"


def _changes(before: Node, after: Node) -> Iterator[str]:
    """Each line that the one says and the other does not."""
    old, new = dict(_lines(before)), dict(_lines(after))
    if old == new:
        yield "It says the same in other letters."
    for path in sorted(old.keys() | new.keys()):
        if path not in old:
            yield f"new: {path} is `{new[path]}`"
        elif path not in new:
            yield f"gone: {path} was `{old[path]}`"
        elif old[path] != new[path]:
            yield f"other: {path} is `{new[path]}`, and was `{old[path]}`"


_SECTIONS = {
    "person": "everybody's file",
    "files": "file",
    "unknown": "cells that say nothing",
    "dates": "how dates are written",
    "unmapped": "what becomes of cells that no value map knows",
    "facts": "fact",
    "items": "item",
    "item_facts": "of item",
    "tables": "table",
}


def _lines(node: Node) -> Iterator[tuple[str, str]]:
    """Everything that a mapping says, with what it is about: `fact minor, column` and `juvenile`."""
    said = read_shape(MappingFile, node).model_dump(exclude_none=True)
    for section, value in said.items():
        for steps, leaf in _leaves(value, ()):
            first = " ".join([_SECTIONS[section], *steps[:1]])
            yield ", ".join([first, *steps[1:]]), leaf


def _leaves(value: object, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*steps, str(key)))
    elif isinstance(value, list):
        yield steps, ", ".join(map(str, value))
    elif isinstance(value, bool):
        yield steps, "yes" if value else "no"
    else:
        yield steps, str(value)


def _effect(source: str, before: Node, after: Records, words: Vocabulary) -> Iterator[str]:
    """Of how many people the records say something else of each thing."""
    try:
        with read_records(source, before, words) as read:
            old = {one.id: _said(one) for one in read.people()}
    except InputError as error:
        yield f"The records cannot be read by the mapping in use: {error.problems[0].message}."
        return
    new = {one.id: _said(one) for one in after.people()}
    gained, lost, other = Counter[str](), Counter[str](), Counter[str]()
    for person in old.keys() | new.keys():
        was, says = old.get(person, {}), new.get(person, {})
        gained.update(says.keys() - was.keys())
        lost.update(was.keys() - says.keys())
        other.update(path for path in was.keys() & says.keys() if was[path] != says[path])
    yield f"People in the records: {len(new):,} by this mapping, {len(old):,} by the one in use."
    if not (gained or lost or other):
        yield "Of nobody do the records say anything else."
    for path in sorted(gained.keys() | lost.keys() | other.keys()):
        said = (
            (gained[path], "known now and unknown before"),
            (lost[path], "unknown now and known before"),
            (other[path], "another answer"),
        )
        yield f"{path}: " + "; ".join(
            f"of {several(number, 'person', 'people')} {what}" for number, what in said if number
        )


def _said(person: Person) -> dict[str, object]:
    """What the records say of somebody, by path."""
    said: dict[str, object] = dict(person.facts.flat())
    said |= {f"value of {item}": True for item in person.has}
    said |= {f"rows of {table}": rows for table, rows in person.facts.rows.items()}
    return said | {f"all rows of {table}": True for table in person.facts.complete}

"""Deciding again what was decided, from what was kept.

    folder of an answer  ->  replay  ->  Replayed (the same, or what differs)

Promise: *the same* is said only where every file is the one that was written, the law's bytes give
the digest that the decisions name, and every decision comes out as it stands in `decisions.parquet`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import parquet

from habeas.decisions.decide import Law
from habeas.decisions.laws import read_law
from habeas.decisions.table import SCHEMA
from habeas.errors import HabeasError, InputError, input_error
from habeas.records.kept import read_kept
from habeas.records.request import Request, read_request
from habeas.reports.files import FACTS, MARKER

SHOWN = 20
"""How many decisions that differ are named."""


class Differing(NamedTuple):
    """A decision that does not come out as it stands in the folder: fields with both values, stored
    first; all of them None where one side has no such decision."""

    request: str
    person: str
    item: str
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What deciding again showed.

    by         the version of Habeas that wrote the folder
    decisions  how many were made again
    files      files that are not as they were written, each with what is wrong
    differing  how many decisions differ
    examples   the first of them
    """

    by: str
    decisions: int
    files: dict[str, str]
    differing: int
    examples: tuple[Differing, ...]

    @property
    def same(self) -> bool:
        """Whether all is as it was."""
        return not self.files and not self.differing

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "same": self.same,
            "written_by": self.by,
            "decisions": self.decisions,
            "files": self.files,
            "differing": self.differing,
            "examples": [one._asdict() for one in self.examples],
        }


def replay(folder: Path) -> Replayed:
    """Decide again what a folder of answers holds, from its requests, facts and law.

    Raises `InputError`: the folder is none of `write_answers`, or what it takes to decide again is
    missing or cannot be read.
    """
    marker = _marker(folder)
    files = dict(_changed(folder, marker["files"]))
    count, differing = 0, 0
    examples: list[Differing] = []
    stored = _stored(folder / "decisions.parquet")
    for told in marker["answers"]:
        request, law = _decided_by(folder, told, files)
        facts = folder / FACTS / f"{request.id}.parquet"
        if not facts.exists():
            raise input_error(
                facts,
                "the facts that were decided by are not here",
                "ask the office that decided: it alone keeps them",
            )
        people = read_kept(facts, law.book.vocabulary)
        again = law.decided(request, people, date.fromisoformat(told["as_of"]), tell_days=False)
        count += again.count
        rows = (row for batch in again.batches() for row in batch.to_pylist())
        for differs in _differing(islice(stored, told["decisions"]), rows):
            differing += 1
            if len(examples) < SHOWN:
                examples.append(differs)
    for row in stored:  # decisions of no request
        differing += 1
        if len(examples) < SHOWN:
            examples.append(Differing(row["request"], row["person"], row["item"], {}))
    return Replayed(str(marker["habeas"]), count, files, differing, tuple(examples))


def _marker(folder: Path) -> dict[str, Any]:
    path = folder / MARKER
    help_line = "name a folder that `habeas decide --out` wrote"
    if not folder.is_dir():
        raise input_error(folder, "no such folder", help_line)
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise input_error(folder, f"there is no `{MARKER}` in it", help_line) from None
    except ValueError:
        raise input_error(path, "is not JSON: it is cut off or damaged", help_line) from None
    try:
        for one in read["answers"]:
            date.fromisoformat(one["as_of"])
            one["request"], one["place"], one["law"], int(one["decisions"])
        if not isinstance(read["files"], dict) or not read["habeas"]:
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError):
        raise input_error(path, "does not say what was decided", help_line) from None
    return dict(read)


def _changed(folder: Path, sums: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Files that were written and are not what they were."""
    for name, written in sums.items():
        path = folder / name
        if not path.is_file():
            yield name, "is not here"
            continue
        with path.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != written:
                yield name, "was changed"


def _decided_by(
    folder: Path, told: Mapping[str, Any], files: dict[str, str]
) -> tuple[Request, Law]:
    try:
        law = read_law(told["place"], folder / "law" / told["place"])
        path = folder / "requests" / f"{told['request']}.json"
        [request] = read_request(path, law.book.vocabulary)
    except InputError:
        raise
    except HabeasError as error:
        raise InputError(error.problems) from None
    if law.digest != told["law"]:
        files[f"law/{told['place']}"] = "is not the law that was decided by"
    return request, law


def _stored(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with parquet.ParquetFile(path) as file:
            if not file.schema_arrow.equals(SCHEMA):
                raise input_error(
                    path, "has other columns than decisions have", "is it of another version?"
                )
            for batch in file.iter_batches(10_000):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError):
        raise input_error(
            path, "not a whole Parquet file: it is cut off or damaged", "copy the folder again"
        ) from None


def _differing(
    stored: Iterator[dict[str, Any]], again: Iterator[dict[str, Any]]
) -> Iterator[Differing]:
    for was, now in zip_longest(stored, again):
        if was == now:
            continue
        one = was or now
        fields = {
            name: (was and was[name], now and now[name])
            for name in SCHEMA.names
            if (was and was[name]) != (now and now[name])
        }
        yield Differing(one["request"], one["person"], one["item"], fields)

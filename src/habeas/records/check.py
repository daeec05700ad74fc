"""What the records answer and what they do not, told before anything is decided.

    Records, Vocabulary  ->  check_records  ->  RecordsReport  ->  lines, JSON

Promise: nothing of a mapping or of its files is passed over in silence: cells that nobody mapped,
rows of nobody, columns that nothing uses, and facts that nobody will answer are all in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from habeas.law.vocabulary import Vocabulary
from habeas.records.filling import SAMPLES
from habeas.records.reading import read_records
from habeas.records.records import Filled, Notes, Records

LAW = "law"
"""Who answers a column that the law's own lists derive, unless the records state it."""


@dataclass(frozen=True, slots=True)
class RecordsReport:
    """A folder of records held against its mapping and the vocabulary.

    people      how many
    notes       what reading saw; see `Notes`
    unanswered  facts of people and items, columns and tables (their completeness) that the records
                do not answer, by who else can: `conviction.wobbler`, `name.public`, `minor`.
                A path stands under each who can; under `nobody` where the vocabulary names none
    """

    people: int
    notes: Notes
    unanswered: dict[str, tuple[str, ...]]

    @property
    def clean(self) -> bool:
        """Whether every cell that was read was understood, and every row is somebody's."""
        notes = self.notes
        torn = any(one.unmapped or one.disagree for one in notes.filled)
        return not (torn or notes.orphans or notes.unsettled)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; at most `SAMPLES` examples of a kind."""
        notes = self.notes
        return {
            "people": self.people,
            "clean": self.clean,
            "mapped": [
                {
                    "path": one.path,
                    "kind": one.kind,
                    "source": one.source,
                    "total": one.total,
                    "filled": one.filled,
                    "unmapped": one.unmapped.total(),
                    "unmapped_cells": dict(one.unmapped.most_common(SAMPLES)),
                    "disagree": one.disagree,
                }
                for one in notes.filled
            ],
            "orphans": [
                {
                    "file": one.file,
                    "key": one.key,
                    "rows": one.rows,
                    "blank": one.blank,
                    "keys": list(one.samples),
                }
                for one in notes.orphans
            ],
            "left_out": {path: dict(cells) for path, cells in notes.left_out.items()},
            "unsettled": {path: dict(cells) for path, cells in notes.unsettled.items()},
            "unused_columns": {file: list(names) for file, names in notes.unused.items()},
            "unread_files": list(notes.unread),
            "unanswered": {who: list(paths) for who, paths in self.unanswered.items()},
        }

    def lines(self) -> list[str]:
        """As lines of plain text, widest things last; no line ends in a blank."""
        notes = self.notes
        said = [_people(self.people), ""]
        width = max((len(path) for path, _ in _together(notes.filled)), default=0)
        for path, one in _together(notes.filled):
            said.append(f"{one.kind:12}  {path:{width}}  {_share(one):>5}  {one.source}")
            if one.unmapped:
                said.append(f"{'':14}not mapped: {_counted(one.unmapped)}")
            if one.disagree:
                said.append(f"{'':14}unknown for {_people(one.disagree)} whose rows disagree")
        for orphan in notes.orphans:
            keys = f", such as {_words(orphan.samples)}" if orphan.samples else ""
            said.append(f"rows of {orphan.file} that are of nobody here: {orphan.rows:,}{keys}")
        for path, cells in notes.left_out.items():
            said.append(f"rows that are no {path}: {_counted(cells)}")
        for path, cells in notes.unsettled.items():
            said.append(f"rows of which nobody knows whether they are {path}: {_counted(cells)}")
        for file, names in notes.unused.items():
            said.append(f"columns of {file} that nothing uses: {', '.join(names)}")
        if notes.unread:
            said.append(f"files that nothing reads: {', '.join(notes.unread)}")
        if self.unanswered:
            said += ["", "what the records do not answer, by who can:"]
        for who, paths in self.unanswered.items():
            said.append(f"  {who}: {', '.join(_grouped(paths))}")
        return said


def check_records(
    source: Path | str, mapping: Path | None, vocabulary: Vocabulary
) -> RecordsReport:
    """Read records and tell what they answer. Raises `InputError` as `read_records` does."""
    with read_records(source, mapping, vocabulary) as records:
        return report_on(records, vocabulary)


def report_on(records: Records, vocabulary: Vocabulary) -> RecordsReport:
    """What these records answer."""
    answered = {one.path for one in records.notes.filled if one.kind != "item"}
    open_to: dict[str, list[str]] = {}
    mapped = {path.partition(".")[0] for path in answered}
    for path, who in _askable(vocabulary, mapped):
        if path not in answered:
            for one in who or ("nobody",):
                open_to.setdefault(one, []).append(path)
    order = ("records", "officer", "counsel", "court", "requester", LAW, "nobody")
    unanswered = {who: tuple(open_to[who]) for who in order if who in open_to}
    return RecordsReport(records.count, records.notes, unanswered)


def _askable(vocabulary: Vocabulary, mapped: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every path that records may answer, with who can.

    Facts of the request are not theirs. Of a table that nothing maps only the table is told.
    """
    for name, fact in vocabulary.facts.items():
        if fact.scope == "person":
            yield name, fact.who
    for table, columns in vocabulary.tables.items():
        yield table, ("records",)
        for name, fact in columns.items() if table in mapped else ():
            yield f"{table}.{name}", (LAW, *fact.who) if fact.derived else fact.who
    for name, fact in vocabulary.facts.items():
        if fact.scope == "item":
            for item, word in vocabulary.items.items():
                if word.kind != "act":
                    yield f"{item}.{name}", fact.who


def _together(filled: list[Filled]) -> Iterator[tuple[str, Filled]]:
    """What is filled, with its path; facts of several items that one source answers as one."""
    sources: dict[tuple[str, str], list[Filled]] = {}
    for one in filled:
        if one.kind == "item fact":
            sources.setdefault((one.path.partition(".")[2], one.source), []).append(one)
        else:
            yield one.path, one
    for (fact, _), several in sources.items():
        more = f"{fact} of {len(several)} items"
        yield several[0].path if len(several) == 1 else more, several[0]


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _share(one: Filled) -> str:
    if not one.total:
        return "-"
    # Never 100 % nor 0 % of what is not all or nothing.
    share = 100 * one.filled / one.total
    return f"{share:.0f} %" if share in (0, 100) else f"{min(99, max(1, round(share)))} %"


def _counted(cells: Any) -> str:
    shown = [f"`{cell}` {count:,}" if cell else f"empty {count:,}" for cell, count in
             cells.most_common(SAMPLES)]  # fmt: skip
    more = len(cells) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _grouped(paths: tuple[str, ...]) -> Iterator[str]:
    """Paths, those of one fact of many items as one."""
    tails: dict[str, list[str]] = {}
    for path in paths:
        head, dot, tail = path.partition(".")
        tails.setdefault(tail if dot else "", []).append(head)
    for tail, heads in tails.items():
        if tail and len(heads) > 3:
            yield f"`{tail}` of {len(heads)} items ({', '.join(heads[:3])}, …)"
        else:
            yield from (f"{head}.{tail}" if tail else head for head in heads)

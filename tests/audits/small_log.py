"""A made-up log of plate reads, its map, and what is to be found in it, for tests of audits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from habeas import read_law
from habeas.audits.audit import Audit, audit
from habeas.audits.log_targets import LogMap, read_log_map
from habeas.audits.on_duckdb import opened

PLACE = "us-ca"

MAP = """\
title: Made up
key: id
unknown: [UNK]
columns:
  when: [when, Date]
  other: [other, Shared with]
optional: [why]
day: {column: when, format: ["%Y-%m-%d", "%m/%d/%Y"]}
actor: agency
reason: [why]
done: {alpr_reads: {column: given, values: {Y: disclosed, N: refused, "?": unknown}}}
facts:
  instrument: {column: paper, values: {none: informal request, order: court order}}
  issued_by_judge: {column: judge, values: {Y: yes, N: no}}
  quashed: {column: quashed, values: {Y: yes, N: no}}
  requester_level: {constant: local}
  requester_place:
    column: other
    find: {'\\bGA\\b': us-ga, '\\bCA\\b': us-ca}
  purpose: {column: purpose}
item_facts:
  alpr_reads: {public: no, ordered: {column: ordered, values: {Y: yes, N: no}}}
"""

HEADER = "id,when,agency,other,given,paper,judge,quashed,ordered,purpose,why"

ROWS = (
    "a1,2026-03-01,Elm PD,Oak GA PD,Y,none,N,N,N,,burglary of Mr Secret",  # forbidden
    "a2,2026-03-02,Elm PD,Oak GA PD,N,none,N,N,N,,",  # forbidden, and refused
    "a3,2026-03-31,Elm PD,Fir CA SO,Y,none,N,N,N,criminal investigation,x",  # allowed
    "a4,04/01/2026,Fir SO,Fir CA SO,N,none,N,N,N,criminal investigation,y",  # a may: no finding
    "a5,2026-04-02,Fir SO,Fir CA SO,Y,none,N,N,N,UNK,z",  # nobody knows what for
    "a6,2026-04-02,Fir SO,Fir CA SO,Y,none,N,N,N,immigration enforcement,z",  # forbidden
    "a7,2026-04-02,Fir SO,somewhere,Y,none,N,N,N,criminal investigation,",  # nobody knows where
    "a8,2026-04-03,Fir SO,Fir CA SO,N,order,Y,N,Y,criminal investigation,z",  # ordered, and refused
    "a9,2015-12-31,Old PD,Oak GA PD,Y,none,N,N,N,criminal investigation,z",  # before the law
)


def text(rows: tuple[str, ...] = ROWS, header: str = HEADER) -> str:
    return "\n".join((header, *rows, ""))


def write(folder: Path, log: str = "", map_text: str = MAP, name: str = "log.csv") -> Path:
    """Write a log and its map; the log's path."""
    (folder / "map.yaml").write_text(map_text, encoding="utf-8")
    (folder / name).write_text(log or text(), encoding="utf-8")
    return folder / name


def map_of(path: Path) -> LogMap:
    return read_log_map(path, read_law(PLACE).book.vocabulary)


@contextmanager
def audited(*logs: Path | str, place: str = PLACE, memory: str = "500MB") -> Iterator[Audit]:
    """Logs, audited with the map beside the first."""
    log_map = map_of(Path(str(logs[0]).partition("#")[0]).parent / "map.yaml")
    with opened(memory) as engine:
        yield audit(engine, read_law(place), [str(one) for one in logs], log_map)


def rows(made: Audit, relation: str, columns: str = "*") -> list[tuple[Any, ...]]:
    query = f"SELECT {columns} FROM {relation} ORDER BY ALL"
    return made.engine.connection.execute(query).fetchall()

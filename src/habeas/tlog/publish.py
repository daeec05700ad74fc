"""The public copy: once a day, filled up to a set multiple, so that it tells no more than days.

    log  ->  dummy entries up to a multiple  ->  checkpoint  ->  files copied, checkpoint last
    that checkpoint  ->  what every entry names until the next publication

Promise: size and times of what is published, and what its entries show, are the same whatever was decided,
and however often within a multiple, as long as a batch shows one day and one law; see
`tests/tlog/test_publish.py`. What stays visible otherwise, and to witnesses, stands in
`docs/threat-model.md`.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from habeas.tlog.disk import Disk, disk_error
from habeas.tlog.entries import Shown, dummy, parse_entry
from habeas.tlog.errors import LogError, broken, refused
from habeas.tlog.log import CHECKPOINT, POLICY, Log
from habeas.tlog.notes import parse_note
from habeas.tlog.tiles import WIDTH, tile_path, tiles_of

MULTIPLE = 256

LIKE = 4096
"""So many of the newest entries are looked at for what dummies show."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did."""

    size: int
    dummies: int
    files: int
    day: str


def publish(log: Log, out: Path, now: float, multiple: int = MULTIPLE) -> Published:
    """Fill the log up and copy it into a folder; once a day, or nothing.

    multiple  the size of what is published is a multiple of it; 1 hides neither numbers nor the time of the
              last entry
    now       seconds since 1970; a second publication on the same day (UTC) is refused

    Raises `LogError` where the log is empty or not witnessed, or the day has its copy, `NotProved` where a
    file of `out` is not the log's; then nothing is appended or written. What was there stays, but for the
    checkpoint and what it needs. Held by `tests/tlog/test_publish.py`.
    """
    day = datetime.fromtimestamp(now, UTC).date()
    last = log.published()
    if last is not None and last.day >= day.isoformat():
        raise refused(
            log.folder, f"there is a copy of {last.day} already", "one a day: more would tell hours"
        )
    if not 1 <= multiple <= 2**20:
        raise refused("--multiple", f"{multiple} is out of bounds", "1 to 1048576")
    try:
        _compare(log.folder, out, log.size)
    except OSError as error:
        raise disk_error(out, error) from error
    dummies = _fill(log, last.checkpoint.size if last else 0, multiple, day)
    head = log.publish()
    try:
        note = parse_note(Disk().read(log.folder / CHECKPOINT))
        written = _copy(
            log.folder, out, head.size, datetime(day.year, day.month, day.day, tzinfo=UTC)
        )
    except OSError as error:
        raise disk_error(out, error) from error
    log.note_published(day.isoformat(), note)
    return Published(head.size, dummies, written, day.isoformat())


def _fill(log: Log, before: int, multiple: int, day: date) -> int:
    """Append dummies until the next multiple is reached; always some, but where the multiple is 1.

    Without any, the checkpoint would be the last decision's, and its signatures state the second: it is
    signed anew.
    """
    missing = multiple - log.size % multiple
    if multiple == 1 and log.size > before:
        log.refresh()
        return 0
    if log.size == 0:
        raise refused(log.folder, "there is nothing to publish", "append an entry first")
    like = _like(log, before, day)
    log.append([dummy(secrets.choice(like)) for _ in range(missing)])
    return missing


def _like(log: Log, before: int, day: date) -> list[Shown]:
    """What the entries since the last publication show; where there is none, the day and the last law."""
    try:
        last = parse_entry(log.entry(log.size - 1)).shown
    except LogError as error:
        raise refused(
            log.folder,
            "its last entry is none of ours, so none can be made like it",
            "`--multiple 1`",
        ) from error
    named = log.before()
    found = []
    for index in range(max(before, log.size - LIKE), log.size):
        try:
            shown = parse_entry(log.entry(index)).shown
        except LogError:  # another program's: none is made like it
            continue
        if (shown.size, shown.root) == (named.size, named.root):  # else older, after a restore
            found.append(shown)
    return found or [replace(last, decided_on=day, size=named.size, root=named.root)]


def _compare(folder: Path, out: Path, size: int) -> None:
    """Return where every full tile that is there already is the log's, byte for byte."""
    disk = Disk()
    full = [tile_path(tile) for tile in tiles_of(size) if tile.width == WIDTH]
    for path in full:
        if (out / path).exists() and disk.read(out / path) != disk.read(folder / path):
            raise broken(
                out / path,
                "it is not the log's",
                "look at this folder with `habeas log audit`; name another to publish into",
            )


def _copy(folder: Path, out: Path, size: int, day: datetime) -> int:
    """Copy what the checkpoint needs and is not there, and partial tiles; every file has the same time."""
    disk = Disk()
    wanted = [
        tile_path(tile)
        for tile in tiles_of(size)
        if tile.width < WIDTH or not (out / tile_path(tile)).exists()
    ]
    for path in [*wanted, POLICY, CHECKPOINT]:
        disk.put({out / path: disk.read(folder / path)})
    for place in [*(out / path for path in [*wanted, POLICY, CHECKPOINT]), out]:
        os.utime(place, (day.timestamp(), day.timestamp()))
    return len(wanted) + 2

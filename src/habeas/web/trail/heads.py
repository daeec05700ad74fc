"""Heads of the trail that the public log holds, found by the receipts of their entries.

    receipts of anchors, the office's log  ->  heads  ->  Head, …  ->  check_trail

Promise: a head comes from an entry that the log holds now, under its signed checkpoint; a receipt that is gone or
fits no entry is told. A receipt says where to look, and is not believed.
"""

from __future__ import annotations

from pathlib import Path

from habeas.errors import HabeasError, Place, Problem
from habeas.tlog.entries import disclosed, parse_entry
from habeas.tlog.log import read_policy
from habeas.tlog.reader import Reader
from habeas.tlog.receipts import MAX_RECEIPT, parse_receipt
from habeas.tlog.sources import Folder
from habeas.web.trail.anchor import anchored
from habeas.web.trail.check import Head
from habeas.web.trail.models import Anchor


def heads(receipts: Path, beginning: str, log: Path) -> list[Head]:
    """Every head that the log holds; those of anchors that the database forgot as well.

    receipts   the office's folder of them
    beginning  what the names of the trail's begin with
    log        the log's folder

    Raises `HabeasError` where the receipt of an anchor is missing, or the log does not hold what it names. Held by
    `tests/web/test_daily.py`.
    """
    there = {path.name for path in receipts.glob(f"{beginning}.*.receipt")}
    names = sorted(there | set(Anchor.objects.values_list("entry", flat=True)))
    if not names:
        return []
    reader = Reader(Folder(log), read_policy(log))
    return [_head(receipts / name, reader) for name in names]


def _head(path: Path, log: Reader) -> Head:
    try:
        with path.open("rb") as file:
            receipt = parse_receipt(file.read(MAX_RECEIPT + 1), path)
    except OSError as error:
        raise _error(path, f"it cannot be read: {error.strerror or error}") from None
    if log.entry(receipt.proof.index) != receipt.entry:
        raise _error(path, "the log holds another entry in its place")
    head = anchored(disclosed(parse_entry(receipt.entry), receipt.disclosures))
    if head is None:
        raise _error(path, "it is of something else")
    return head


def _error(path: Path, why: str) -> HabeasError:
    return HabeasError(
        Problem(
            Place(str(path)),
            f"no receipt of the trail's head: {why}",
            "bring it back from a backup; what it anchored is not checked without it",
        )
    )

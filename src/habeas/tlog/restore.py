"""After a restore from a backup: the head is built anew from what witnesses saw, or not at all.

    folder, keys, witnesses' last checkpoints  ->  rebuild_head  ->  head

Promise: a log goes on only from a checkpoint that no witness of the quorum has seen more than; to go on from
less would be a fork.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from habeas.tlog.ahead import Ahead
from habeas.tlog.checkpoint import Checkpoint, parse_checkpoint
from habeas.tlog.disk import Disk
from habeas.tlog.errors import broken, refused
from habeas.tlog.head import HeadFile
from habeas.tlog.keys import Signer, opened
from habeas.tlog.log import AHEAD, HEAD, LOCK, WORK, locked, read_policy
from habeas.tlog.merkle import root_at
from habeas.tlog.notes import Note, format_note
from habeas.tlog.policy import Policy
from habeas.tlog.tiles import tile_path
from habeas.tlog.tree import Tree
from habeas.tlog.witnesses import Witnesses


def rebuild_head(
    folder: Path, signers: Sequence[Signer], policy: Policy | None = None, disk: Disk | None = None
) -> Checkpoint:
    """Build the head of a restored log from the latest checkpoint that its witnesses hold.

    The quorum of the policy has to answer; entries and tiles have to lead to the latest checkpoint
    among theirs. Raises `LogError` where there is a head, no quorum is asked for or none answers, and
    `NotProved` where the backup is older than what a witness saw. Held by `tests/tlog/test_publish.py`.
    """
    disk, policy = disk or Disk(), policy or read_policy(folder)
    handle = locked(folder / WORK / LOCK)
    try:
        return _rebuilt(folder, signers, policy, disk)
    finally:
        os.close(handle)


def _rebuilt(folder: Path, signers: Sequence[Signer], policy: Policy, disk: Disk) -> Checkpoint:
    if (folder / WORK / HEAD).exists():
        raise refused(folder, "this log has a head", "only a log that lost its own gets another")
    if policy.unwitnessed:
        raise refused(
            folder, "no witness knows how far this log was", "begin a new log, and say publicly why"
        )
    witnesses = Witnesses(policy)
    try:
        notes = witnesses.latest(signers[0].name)
    finally:
        witnesses.close()
    if not policy.satisfied(notes):
        raise refused(
            folder, "too few witnesses hold a checkpoint of this log", "ask who runs them"
        )
    note = _latest(notes, signers, policy)
    latest = parse_checkpoint(note.text)
    ahead, entries = Ahead.load(folder / WORK / AHEAD, disk)
    tree = Tree.at(ahead.start, lambda tile: disk.read(folder / tile_path(tile)))
    tree.grow(entries)
    if tree.size < latest.size or root_at(latest.size, tree.hash_at) != latest.root:
        raise broken(
            folder,
            f"a witness saw {latest.size} entries, and this backup does not lead there ({tree.size})",
            "restore a newer backup; to go on from an older one would be a fork",
        )
    HeadFile.make(folder / WORK / HEAD, disk, latest, format_note(note)).close()
    return latest


def _latest(notes: dict[str, Note], signers: Sequence[Signer], policy: Policy) -> Note:
    """The largest of the witnesses' checkpoints, each with the log's own signature and the witness's."""
    for name, note in notes.items():
        opened(note, [one.verifier for one in signers])
        if name not in policy.cosigned(note):
            raise broken(f"witness `{name}`", "its last checkpoint has no cosignature of its key")
    return max(notes.values(), key=lambda note: parse_checkpoint(note.text).size)

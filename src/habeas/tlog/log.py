"""The log on disk: entries in, checkpoints and receipts out.

    entries  ->  write-ahead file  ->  full tiles  ->  read again  ->  signed, head swapped
             ->  witnesses  ->  checkpoint published  ->  receipts

Promise: an entry whose receipt was handed out is in every later checkpoint; after an error nothing more
is written until the log is opened anew, and opening is the same whether there was an error or not.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from pathlib import Path

from habeas.tlog.ahead import Ahead
from habeas.tlog.batch import Batch
from habeas.tlog.bulk import ROOM, stretches, write_stretch
from habeas.tlog.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from habeas.tlog.disk import Disk, disk_error
from habeas.tlog.errors import NotProved, broken, refused
from habeas.tlog.head import HeadFile, Publication, empty
from habeas.tlog.keys import Signer, opened
from habeas.tlog.merkle import prove_consistency, prove_inclusion, prove_inclusions, root_at
from habeas.tlog.notes import Note, format_note, merged, parse_note
from habeas.tlog.policy import Policy, format_policy, parse_policy
from habeas.tlog.processes import cores, in_order
from habeas.tlog.proofs import Proof
from habeas.tlog.receipts import light
from habeas.tlog.tiles import (
    ENTRIES,
    HEIGHT,
    MAX_ENTRY,
    WIDTH,
    Tile,
    parse_bundle,
    parse_tile_path,
    tile_path,
)
from habeas.tlog.tree import Tree
from habeas.tlog.witnesses import Asked, Witnesses

CHECKPOINT, POLICY, WORK = "checkpoint", "policy", "work"
AHEAD, HEAD, LOCK = "ahead", "head.sqlite", "lock"

MAX_AHEAD = 16 * 1024 * 1024
"""Bytes of the write-ahead file from which it is begun anew."""

MAX_BATCH = 2**31
"""Bytes of the entries of one batch."""

CHUNK = 128 * WIDTH
"""From so many entries on a bulk import takes more than one process."""

Clock = Callable[[], float]


class Log:
    """A log that this process alone writes to; `Log.open` and `Log.create` make it."""

    def __init__(
        self,
        folder: Path,
        signers: Sequence[Signer],
        policy: Policy,
        disk: Disk,
        clock: Clock,
    ) -> None:
        self.folder, self.policy = folder, policy
        self._signers, self._disk, self._clock = tuple(signers), disk, clock
        self._lock = threading.Lock()
        """One batch at a time."""
        self._tree_lock = threading.RLock()
        self._failed = ""
        self._tree: Tree
        self._ahead: Ahead
        self._published: tuple[Checkpoint, Note] | None = None
        """The checkpoint of the last public copy, with the signatures that a receipt carries."""
        self._last_read: tuple[int, list[bytes]] = -1, []
        """The number of the full bundle that was read last, and its entries."""
        self._handle = locked(folder / WORK / LOCK)
        try:
            self._head_file = HeadFile(folder / WORK / HEAD)
        except BaseException:
            os.close(self._handle)
            raise
        try:
            self._witnesses = Witnesses(policy)
            self.asked = Asked()
            """What came of asking the witnesses last."""
            self._recover()
        except BaseException:
            self._head_file.close()
            os.close(self._handle)
            raise

    @staticmethod
    def create(
        folder: Path, signers: Sequence[Signer], policy: Policy, disk: Disk | None = None
    ) -> None:
        """Make an empty log in a folder that holds none. Raises `LogError` otherwise."""
        disk = disk or Disk()
        origins = {one.name for one in signers}
        if len(origins) != 1:
            raise refused(folder, "the keys of a log have its name", "one name, at least one key")
        if (folder / WORK / HEAD).exists() or (folder / CHECKPOINT).exists():
            raise refused(folder, "there is a log already", "name another folder")
        try:
            disk.make_folder(folder / WORK)
            (folder / WORK).chmod(0o700)
            disk.put({folder / POLICY: format_policy(policy).encode()})
            if (
                not (folder / WORK / AHEAD).exists()
                or not Ahead.load(folder / WORK / AHEAD, disk)[1]
            ):
                Ahead.make(folder / WORK / AHEAD, disk, 0)
                HeadFile.make(folder / WORK / HEAD, disk, empty(*origins)).close()
                return
        except OSError as error:
            raise disk_error(folder, error) from error
        raise refused(
            folder, "there are entries without a head", "see `docs/log.md`, after a restore"
        )

    @staticmethod
    def open(
        folder: Path,
        signers: Sequence[Signer],
        policy: Policy | None = None,
        disk: Disk | None = None,
        clock: Clock = time.time,
    ) -> Log:
        """Open a log, and finish what an earlier process began.

        policy  left out: the file `policy` in the folder

        Raises `LogError` where another process has it open or something is missing, `NotProved` where
        what is there does not lead to the head that was signed. Held by `tests/tlog/test_crash.py`.
        """
        try:
            return Log(folder, signers, policy or read_policy(folder), disk or Disk(), clock)
        except OSError as error:
            raise disk_error(folder, error) from error

    # -- what it holds ----------------------------------------------------------------------------

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.head.origin

    @property
    def size(self) -> int:
        """How many entries it holds."""
        return self.head.size

    def witnessed(self) -> tuple[Checkpoint, Note] | None:
        """The last checkpoint that had its quorum, with its note; None where none had."""
        return self._witnessed

    def before(self) -> Checkpoint:
        """The checkpoint that a new entry names: that of the last public copy, else the empty tree.

        One for all entries between two publications: a newer one would tell how many there are. It was
        witnessed where the policy asked for that when it was published.
        """
        return self._published[0] if self._published else empty(self.origin)

    def entry(self, index: int) -> bytes:
        """One entry. Raises `LogError` where there is none."""
        if not 0 <= index < self.size:
            raise refused(self.folder, f"there is no entry {index}", f"there are {self.size}")
        with self._tree_lock:
            full = self._tree.size // WIDTH * WIDTH
            if index >= full:
                return self._tree.tail[index - full]
        number, bundle = self._last_read
        if number != index // WIDTH:
            tile = Tile(ENTRIES, index // WIDTH)
            try:
                data = self._read(tile)
            except FileNotFoundError:  # it became full just now, and is being written
                with self._lock:
                    data = self._read(tile)
            bundle = parse_bundle(data, WIDTH, tile_path(tile))
            self._last_read = index // WIDTH, bundle
        return bundle[index % WIDTH]

    def proof(self, index: int) -> Proof:
        """The proof that an entry is in the log, under the last checkpoint that satisfies the policy.

        Raises `LogError` where there is none yet that holds it. Inverse: `proofs.check_proof`.
        """
        note = self.note if self.policy.unwitnessed else (self._witnessed or (None, None))[1]
        # Its size is read off the note: another thread may be about to change the head.
        size = parse_checkpoint(note.text).size if note is not None and note.text else 0
        if note is None or index >= size:
            raise refused(self.folder, f"entry {index} is not witnessed yet", "ask again later")
        return self.proof_under(index, size, light(note, self.policy))

    def proof_under(self, index: int, size: int, note: Note) -> Proof:
        """The proof for the tree of `size` leaves, whose checkpoint's note is given."""
        with self._tree_lock:
            return Proof(index, tuple(prove_inclusion(index, size, self._tree.hash_at)), note)

    def ways(self, first: int, last: int, size: int) -> list[tuple[bytes, ...]]:
        """The hashes of the proofs for the entries from `first` up to `last` in the tree of `size`."""
        with self._tree_lock:
            return prove_inclusions(first, last, size, self._tree.hash_at)

    def cosignatures(self, size: int) -> Note | None:
        """The note of the public copy of this size, for receipts; None where there was none."""
        if self._published and self._published[0].size == size:
            return self._published[1]
        made = self._head_file.publication_of(size) if size else None
        return parse_note(made.note) if made else None

    # -- writing ----------------------------------------------------------------------------------

    def append(self, entries: Sequence[bytes]) -> Batch:
        """Append entries of at most 65,535 bytes: durable, signed and, where witnesses answer, cosigned.

        Raises `LogError` where that fails; what was appended then is known only after the log was
        opened anew (it may be in it, or not). Held by `tests/tlog/test_crash.py`.
        """
        for one in entries:
            if len(one) > MAX_ENTRY:
                raise refused("entry", f"an entry of {len(one)} bytes", f"{MAX_ENTRY} at most")
        if sum(map(len, entries)) > MAX_BATCH:
            raise refused("entries", f"{len(entries)} at once are too long", f"{MAX_BATCH} at most")
        with self._lock, _Failing(self):
            start = self._tree.size
            if entries:
                self._ahead.add(entries)
                self._grow(entries)
                self._sign()
            return self._batch(start, entries)

    def append_many(self, entries: Iterable[bytes], workers: int = 0) -> Batch:
        """Append a great number of entries at once: none counts until all are durable and signed.

        workers  processes that write; 0: one more than there are cores, since one waits for the disk

        They go into tiles without the write-ahead file: when this is cut short, nothing was appended.
        """
        source = iter(entries)
        with self._lock, _Failing(self):
            start = self._tree.size
            self._grow(list(islice(source, -start % WIDTH)))
            some = list(islice(source, CHUNK))
            if len(some) < CHUNK:
                self._grow(some)
            else:
                rest: list[bytes] = []
                first = self._tree.size // WIDTH
                jobs = stretches(chain(some, source), self.folder, self._disk, first, rest)
                for roots in in_order(write_stretch, jobs, workers or cores() + 1, ROOM):
                    with self._tree_lock:
                        files = self._tree.grow_by(roots)
                    self._put(files)
                self._grow(rest)
            tail = self._tree.tail
            self._ahead = Ahead.make(
                self._ahead.path, self._disk, self._tree.size - len(tail), tail
            )
            self._sign()
            return self._batch(start, ())

    def refresh(self) -> bool:
        """Sign the head anew, now, and ask the witnesses; whether the quorum is there.

        Done daily, it tells a log in which nothing happens from one that somebody froze.
        """
        with self._lock:
            if self.head.size:
                with _Failing(self):
                    self._sign()
            return self._good() is not None

    def publish(self) -> Checkpoint:
        """Put the newest checkpoint that satisfies the policy into the folder, with its partial tiles.

        Raises `LogError` where there is no entry, or no quorum though the policy asks for one.
        """
        with self._lock:
            note = self._good()
            if note is None:
                raise refused(
                    self.folder,
                    "the newest checkpoint is not witnessed",
                    "see that the witnesses answer, and try again",
                )
            with _Failing(self):
                with self._tree_lock:
                    files = self._tree.edge_files()
                self._put(
                    {path: data for path, data in files.items() if not self._there(path, data)}
                )
                self._put({CHECKPOINT: format_note(note).encode()})
                self._collect()
            return self.head

    def published(self) -> Publication | None:
        """The last public copy; None where there was none."""
        return self._head_file.publication()

    def note_published(self, day: str, note: Note) -> None:
        """Remember that a public copy was made, with this checkpoint: entries name it from now on."""
        checkpoint, note = parse_checkpoint(note.text), light(note, self.policy)
        self._head_file.note_published(Publication(day, checkpoint, format_note(note)))
        self._published = checkpoint, note

    def close(self) -> None:
        """Close the log, after a batch that is being written; nothing is written by that or later.

        Raises `Rollback` where a witness that was not waited for saw another log.
        """
        with self._lock:
            self._failed = self._failed or "it was closed"
        try:
            self._witnesses.close()
        finally:
            self._head_file.close()
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the steps --------------------------------------------------------------------------------

    def _recover(self) -> None:
        """Bring memory and tiles to what is durable, and sign what was not signed yet."""
        kept = self._head_file.read()
        self.head = kept.checkpoint
        self.note = parse_note(kept.note) if kept.note else Note("", ())
        self._witnessed: tuple[Checkpoint, Note] | None = None
        if {one.name for one in self._signers} != {self.head.origin}:
            raise refused(
                self.folder, f"these are not the keys of `{self.head.origin}`", "name its keys"
            )
        if kept.witnessed:
            self._keep(parse_note(kept.witnessed))
        made = self._head_file.publication()
        self._published = (made.checkpoint, parse_note(made.note)) if made else None
        self._ahead, entries = Ahead.load(self.folder / WORK / AHEAD, self._disk)
        if self._ahead.end < self.head.size:
            raise broken(
                self._ahead.path,
                f"it ends at entry {self._ahead.end}, and {self.head.size} were signed",
                "restore the log's folder from a backup; keep the head",
            )
        self._tree = Tree.at(self._ahead.start, self._read)
        files = self._tree.grow(entries)
        if root_at(self.head.size, self._tree.hash_at) != self.head.root:
            raise broken(
                self.folder, f"its entries do not lead to the head of {self.head.size}", _DAMAGED
            )
        self._not_behind()
        if made and not self._holds(made.checkpoint):
            raise broken(
                self._head_file.path, f"its public copy of {made.day} is none of this log", _DAMAGED
            )
        self._ahead.trim()
        self._put({path: data for path, data in files.items() if not self._there(path, data)})
        if self._tree.size > self.head.size:
            self._sign()

    def _not_behind(self) -> None:
        """Raise `NotProved` where the published checkpoint is one that the head does not follow from."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return
        note = parse_note(self._disk.read(path), path)
        opened(note, [one.verifier for one in self._signers])
        seen = parse_checkpoint(note.text, path)
        if not self._holds(seen):
            raise broken(path, f"the head of {self.head.size} does not follow from it", _DAMAGED)

    def _holds(self, seen: Checkpoint) -> bool:
        """Whether the head follows from a checkpoint."""
        return seen.size <= self.head.size and root_at(seen.size, self._tree.hash_at) == seen.root

    def _grow(self, entries: Sequence[bytes]) -> None:
        with self._tree_lock:
            files = self._tree.grow(entries)
        self._put(files)

    def _sign(self) -> None:
        """Sign the tree as it is, swap the head, ask the witnesses."""
        new = Checkpoint(self.head.origin, self._tree.size, self._tree.root())
        text = format_checkpoint(new)
        now = int(self._clock())
        note = Note(text, tuple(one.sign(text, now) for one in self._signers))
        witnessed = format_note(self._witnessed[1]) if self._witnessed else ""
        self._head_file.swap(self.head, new, format_note(note), witnessed)
        self.head, self.note = new, note
        if self._ahead.length > MAX_AHEAD:
            full = self._tree.size // WIDTH * WIDTH
            self._ahead = Ahead.make(self._ahead.path, self._disk, full, self._tree.tail)
        if self.policy.witnesses:
            self.asked = self._witnesses.ask(note, self._consistency)
            if self.asked.signatures:
                self.note = merged(note, self.asked.signatures)
                if self._keep(self.note):
                    self._head_file.keep_witnessed(new, format_note(self.note))

    def _keep(self, note: Note) -> bool:
        """Remember a note, if it has its quorum, and say whether it has."""
        try:
            witnessed = self.policy.check(note)
        except NotProved:
            return False
        if witnessed.witnesses:
            self._witnessed = parse_checkpoint(note.text), note
        return bool(witnessed.witnesses)

    def _batch(self, start: int, entries: Sequence[bytes]) -> Batch:
        note = self._good()
        return Batch(
            self,
            start,
            tuple(entries),
            self.head,
            None if note is None else light(note, self.policy),
        )

    def _good(self) -> Note | None:
        """The head's note, where it satisfies the policy."""
        if self.head.size == 0:
            return None
        if self.policy.unwitnessed:
            return self.note
        if self._witnessed is None or self._witnessed[0] != self.head:
            return None
        return self._witnessed[1]

    def _consistency(self, old: int) -> list[bytes]:
        with self._tree_lock:
            return prove_consistency(old, self.head.size, self._tree.hash_at)

    def _put(self, files: dict[str, bytes]) -> None:
        """Write files below the folder, durably, and read them again."""
        if files:
            self._disk.put({self.folder / path: data for path, data in files.items()})

    def _there(self, path: str, data: bytes) -> bool:
        try:
            return self._disk.read(self.folder / path) == data
        except FileNotFoundError:
            return False

    def _read(self, tile: Tile) -> bytes:
        return self._disk.read(self.folder / tile_path(tile))

    def _collect(self) -> None:
        """Remove partial tiles whose full tile is there."""
        for path in sorted((self.folder / "tile").rglob("*.p/*")):
            if path.name.isdigit():
                tile = parse_tile_path(path.relative_to(self.folder).as_posix())
                if tile.index < self.head.size >> HEIGHT * (max(tile.level, 0) + 1):
                    self._disk.remove(path)


class _Failing:
    """Within it an error closes the log to further writing."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __enter__(self) -> None:
        if self._log._failed:
            raise refused(
                self._log.folder,
                f"an earlier error stopped this log: {self._log._failed}",
                "open it anew",
            )

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        self._log._failed = str(error).split("\n")[0] or type(error).__name__
        if isinstance(error, OSError):
            raise disk_error(self._log.folder, error) from error


_DAMAGED = "restore the log's folder from a backup; keep the head"


def locked(path: Path) -> int:
    """A handle that holds the log's lock until it is closed."""
    if not path.parent.is_dir():
        raise refused(path.parent.parent, "there is no log here", "`habeas log init` makes one")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise refused(
            path.parent.parent, "another process has this log open", "wait for it"
        ) from error
    return handle


def read_policy(folder: Path) -> Policy:
    """The policy that lies in a log's folder. Raises `LogError` where there is none."""
    path = folder / POLICY
    try:
        return parse_policy(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise refused(
            path, "there is no policy that can be read", "name the folder of a log"
        ) from error

"""Decisions into the log: an entry a person, a receipt each, and only then an answer.

    Answer, …  ->  record  ->  what opens the entries, on the disk  ->  entries  ->  receipts
    receipts of a person  ->  entries_of  ->  what her next entry names as `prev_receipt`

Promise: where `record` returns, everybody who was decided about has a receipt; where it raises, the caller
hands nothing out. What opens an entry is on the disk before the entry is in the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from habeas.errors import Place, Problem
from habeas.reports.answer import Answer
from habeas.reports.logged import hidden_values
from habeas.tlog.batch import receipt_of
from habeas.tlog.disk import disk_error, put_private
from habeas.tlog.entries import Shown, make_entry, parse_entry
from habeas.tlog.errors import LogError, broken, refused
from habeas.tlog.keys import Signer
from habeas.tlog.log import Log
from habeas.tlog.merkle import leaf_hash
from habeas.tlog.notes import to_base64
from habeas.tlog.receipts import format_receipt, parse_receipt
from habeas.tlog.vault import Vault

AT_ONCE = 1000
"""People whose entries go into one batch."""

RECEIPT, PENDING = ".receipt", ".pending"


class NotWitnessed(LogError):  # noqa: N818  # the name says what happened
    """The entries are in the log, and the witnesses that a receipt needs have not answered."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Recorder:
    """Where decisions are recorded, and for whom.

    folder    the log's
    receipts  a folder that its owner alone may enter; made where there is none
    agency    whose log it is, as every entry shows it
    vault     what else keeps what opens the entries; the caller closes it
    """

    folder: Path
    signers: tuple[Signer, ...]
    receipts: Path
    agency: str
    vault: Vault | None = None

    def record(self, answers: Sequence[Answer]) -> list[Path]:
        """Record every decision, and return the receipts' files, in the order of the decisions.

        Raises `LogError` where a receipt is missing in the end, whatever the reason. Held by
        `tests/cli/test_log_deciding.py`.
        """
        try:
            _own(self.receipts)
            with Log.open(self.folder, self.signers) as log:
                written = list(self._record(log, answers))
                log.publish()
        except OSError as error:
            raise disk_error(self.receipts, error) from error
        return written

    def note(self, about: str, law: str, hidden: Mapping[str, Any]) -> Path:
        """Record something else than a decision, such as law that was adopted, and return its receipt's file.

        about   what its receipts are chained by, as a person's are by her id
        law     digest of the law in use
        hidden  what the entry commits to; `decided_at` and `prev_receipt` are added

        Raises `LogError` as `record` does. Held by `tests/reports/test_recording.py`.
        """
        try:
            _own(self.receipts)
            with Log.open(self.folder, self.signers) as log:
                moment, before = datetime.now(UTC), log.before()
                shown = Shown(self.agency, law, moment.date(), before.size, before.root)
                chains = _Chains(log, _by_person(self.receipts))
                said = {**hidden, "decided_at": moment.isoformat(timespec="seconds")}
                (written,) = self._append(log, [chains.entry(about, shown, said)])
                chains.settle(self)
                log.publish()
        except OSError as error:
            raise disk_error(self.receipts, error) from error
        return written

    def _record(self, log: Log, answers: Sequence[Answer]) -> Iterator[Path]:
        moment, before = datetime.now(UTC), log.before()
        chains = _Chains(log, _by_person(self.receipts))
        for answer in answers:
            shown = Shown(self.agency, answer.law.digest, moment.date(), before.size, before.root)
            people = hidden_values(answer, moment)
            while some := list(islice(people, AT_ONCE)):
                made = [chains.entry(person, shown, hidden) for person, hidden in some]
                yield from self._append(log, made)
        chains.settle(self)

    def _append(self, log: Log, made: list[tuple[str, bytes, list[str]]]) -> list[Path]:
        """One batch: first what opens the entries, then the entries, then the receipts."""
        pending = [
            self.receipts / f"{name}.{leaf_hash(entry).hex()[:32]}{PENDING}"
            for name, entry, _ in made
        ]
        texts = ["\n".join([entry.decode(), *opens, ""]) for _, entry, opens in made]
        put_private(dict(zip(pending, texts, strict=True)))
        if self.vault is not None:
            self.vault.put({leaf_hash(entry): opens for _, entry, opens in made})
        batch = log.append([entry for _, entry, _ in made])
        if batch.note is None:
            raise NotWitnessed(
                Problem(
                    Place(str(self.folder)),
                    f"entries {batch.start} to {log.size - 1} are recorded, and the witnesses have not answered: nothing is handed out",
                    "ask again when they do; `habeas log receipt` makes the receipts of these",
                )
            )
        written = [
            self.receipts / f"{name}.{batch.start + number}{RECEIPT}"
            for number, (name, _, _) in enumerate(made)
        ]
        texts = [format_receipt(batch.receipt(n, opens)) for n, (_, _, opens) in enumerate(made)]
        put_private(dict(zip(written, texts, strict=True)))
        for path in pending:
            path.unlink()
        return written

    def _settle(self, log: Log, path: Path, place: int) -> None:
        """Give an earlier entry, which waited for witnesses or for us, its receipt."""
        entry, *opens = path.read_text(encoding="utf-8").splitlines()
        made = receipt_of(log, entry.encode(), opens, log.proof(place))
        name = path.name.split(".", 1)[0]
        put_private({self.receipts / f"{name}.{place}{RECEIPT}": format_receipt(made)})
        path.unlink()


class _Chains:
    """What each person's next entry names as the one before, and whose earlier entries wait for a receipt."""

    def __init__(self, log: Log, there: Mapping[str, list[Path]]) -> None:
        self.log, self.there = log, there
        self.last: dict[str, str | None] = {}
        self.waited: dict[Path, int] = {}

    def entry(
        self, about: str, shown: Shown, hidden: Mapping[str, Any]
    ) -> tuple[str, bytes, list[str]]:
        """The name of the files, the entry and what opens it."""
        name = file_name(about)
        if name not in self.last:
            before = entries_of(self.log, self.there.get(name, ()))
            self.last[name] = _digest(before[max(before)][0]) if before else None
            self.waited |= {p: n for n, (_, p) in before.items() if p.suffix == PENDING}
        entry, opens = make_entry(shown, {**hidden, "prev_receipt": self.last[name]})
        self.last[name] = _digest(entry)
        return name, entry, opens

    def settle(self, recorder: Recorder) -> None:
        """Give entries that waited their receipts."""
        for path, place in self.waited.items():
            recorder._settle(self.log, path, place)


def file_name(person: str) -> str:
    """What the files of a person begin with: a name that can be read, and one that cannot collide.

    >>> file_name("26-0101")
    '26-0101-582f3e2e00638a7b'
    """
    plain = re.sub("[^A-Za-z0-9-]", "_", person[:40])
    return f"{plain}-{sha256(person.encode()).hexdigest()[:16]}"


def entries_of(log: Log, files: Sequence[Path]) -> dict[int, tuple[bytes, Path]]:
    """The entries of one person that the log holds, by their place in it, each with its file.

    files  her receipts, and what opens entries that wait for one; what waits and never came into the log
           is left out

    Raises `LogError` where a file cannot be read or is of another log: a chain with a gap would be
    worse than no answer.
    """
    found: dict[int, tuple[bytes, Path]] = {}
    for path in files:
        if path.suffix == RECEIPT:
            receipt = parse_receipt(path.read_bytes(), path)
            entry, place = receipt.entry, receipt.proof.index
            if place >= log.size or log.entry(place) != entry:
                raise broken(path, f"it is not of entry {place} of this log", "name its own folder")
            found[place] = entry, path
        else:
            entry = path.read_bytes().split(b"\n", 1)[0]
            waiting = _place_of(log, entry, path)
            if waiting is not None:
                found[waiting] = entry, path
    return found


def _place_of(log: Log, entry: bytes, path: Path) -> int | None:
    """Where an entry without a receipt is; None where it never came into the log."""
    first = parse_entry(entry, path).shown.size
    return next((index for index in range(first, log.size) if log.entry(index) == entry), None)


def _digest(entry: bytes) -> str:
    """What `prev_receipt` names."""
    return to_base64(leaf_hash(entry))


def _by_person(folder: Path) -> dict[str, list[Path]]:
    made: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in (RECEIPT, PENDING):
            made.setdefault(path.name.split(".", 1)[0], []).append(path)
    return made


def _own(folder: Path) -> None:
    """Make the folder of receipts. Raises `LogError` where others may look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise refused(
            folder, "others may look into this folder", f"receipts are secret: chmod 700 {folder}"
        )

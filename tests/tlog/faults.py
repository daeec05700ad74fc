"""Disks that fail: a step is lost, torn, done and reported failed, or torn in silence; the power goes."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

from habeas.tlog.checkpoint import parse_checkpoint
from habeas.tlog.disk import Disk
from habeas.tlog.head import HeadFile
from habeas.tlog.log import CHECKPOINT, HEAD, WORK
from habeas.tlog.notes import parse_note

MODES = ("lost", "torn", "persisted", "silent")
UNLIMITED = 10**9
LATER = 12
"""So many steps after something was torn in silence the program ends."""


class PowerCut(BaseException):
    """The machine stops here."""


class Steps:
    """Counts the steps of disk and head; the one with the number `fail` goes wrong."""

    def __init__(self, fail: int = UNLIMITED, mode: str = "lost") -> None:
        self.count, self.fail, self.mode, self.hit = 0, fail, mode, False
        self.writes: list[int] = []
        """Steps that write bytes: those that can be torn, or lost in silence."""

    def due(self) -> bool:
        self.count += 1
        self.hit = self.hit or self.count == self.fail
        return self.count == self.fail

    def do(self, action: Callable[[], None], half: Callable[[], None] | None = None) -> None:
        """One step, or what the fault makes of it."""
        if half is not None:
            self.writes.append(self.count + 1)
        if not self.due():
            if self.mode == "silent" and self.count == self.fail + LATER:
                raise OSError(5, "what was torn in silence was not noticed, and now all stops")
            return action()
        if self.mode in ("torn", "silent") and half is not None:
            half()
        if self.mode == "persisted":
            action()
        if self.mode == "power":
            raise PowerCut
        if self.mode != "silent" or half is None:
            raise OSError(5, "a fault of this test")
        return None


class FaultyDisk(Disk):
    """A disk whose n-th step goes wrong; nothing is synced, since the machine goes on."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def write(self, path: Path, data: bytes) -> None:
        self.steps.do(
            lambda: path.write_bytes(data) and None,
            lambda: path.write_bytes(data[: len(data) // 2]) and None,
        )

    def sync(self, paths: list[Path]) -> None:
        self.steps.do(lambda: None)

    def move(self, path: Path, to: Path) -> None:
        self.steps.do(lambda: path.replace(to) and None)

    def sync_folder(self, folder: Path) -> None:
        self.steps.do(lambda: None)

    def sync_folders(self, folders: list[Path]) -> None:
        for folder in folders:
            self.sync_folder(folder)

    def extend(self, path: Path, at: int, data: bytes) -> None:
        def put(part: bytes) -> None:
            with path.open("r+b") as file:
                file.seek(at)
                file.write(part)

        self.steps.do(lambda: put(data), lambda: put(data[: len(data) // 2]))

    def cut(self, path: Path, size: int) -> None:
        self.steps.do(lambda: os.truncate(path, size))

    def remove(self, path: Path) -> None:
        self.steps.do(lambda: Disk.remove(self, path))


def faulty_head(steps: Steps) -> type[HeadFile]:
    """A head whose swap is one of the steps, and which does not wait for the disk."""

    class FaultyHead(HeadFile):
        def __init__(self, path: Path) -> None:
            super().__init__(path)
            self._base.execute("PRAGMA synchronous = OFF")

        def swap(self, *how: object) -> None:
            steps.do(lambda: HeadFile.swap(self, *how))  # type: ignore[arg-type]

        def keep_witnessed(self, *how: object) -> None:
            steps.do(lambda: HeadFile.keep_witnessed(self, *how))  # type: ignore[arg-type]

    return FaultyHead


class PoweredDisk(FaultyDisk):
    """A disk that knows what would be left of it if the power went now.

    Each name has a file, each file a content; of both the last state and the last synced one are kept.
    """

    def __init__(self, folder: Path, steps: Steps, dice: random.Random) -> None:
        super().__init__(steps)
        self.folder, self.dice = folder, dice
        self.seen: set[bytes] = set()
        """Every checkpoint that stood in the folder at some moment: outsiders may have read it."""
        self.names: dict[Path, int] = {}
        self.safe_names: dict[Path, int] = {}
        self.contents: dict[int, bytes] = {}
        self.safe_contents: dict[int, bytes] = {}
        for path in folder.rglob("*"):
            if path.is_file() and not path.name.startswith(HEAD):
                self._new(path, path.read_bytes())
        self.safe_names, self.safe_contents = dict(self.names), dict(self.contents)

    def _new(self, path: Path, data: bytes) -> None:
        self.names[path] = len(self.contents)
        self.contents[len(self.contents)] = data

    def write(self, path: Path, data: bytes) -> None:
        super().write(path, data)
        self._new(path, data)

    def sync(self, paths: list[Path]) -> None:
        super().sync(paths)
        for path in paths:
            self.safe_contents[self.names[path]] = self.contents[self.names[path]]

    def move(self, path: Path, to: Path) -> None:
        super().move(path, to)
        self.names[to] = self.names.pop(path)
        if to == self.folder / CHECKPOINT:
            self.seen.add(self.contents[self.names[to]])

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        for path in {*self.names, *self.safe_names}:
            if path.parent == folder:
                self._settle(path)

    def _settle(self, path: Path) -> None:
        if path in self.names:
            self.safe_names[path] = self.names[path]
        else:
            self.safe_names.pop(path, None)

    def extend(self, path: Path, at: int, data: bytes) -> None:
        number = self.names[path]
        before = self.contents[number]
        self.contents[number] = before[:at] + data + before[at + len(data) :]
        super().extend(path, at, data)
        self.safe_contents[number] = self.contents[number]

    def cut(self, path: Path, size: int) -> None:
        super().cut(path, size)
        number = self.names[path]
        self.contents[number] = self.safe_contents[number] = self.contents[number][:size]

    def remove(self, path: Path) -> None:
        super().remove(path)
        self.names.pop(path, None)

    def left(self, to: Path) -> None:
        """Write what the power cut may have left into another folder; SQLite keeps its own promises."""
        for path in sorted({*self.names, *self.safe_names}):
            now, safe = self.names.get(path), self.safe_names.get(path)
            number = now if now == safe or self.dice.random() < 0.5 else safe
            if number is None:
                continue
            data = self.contents[number]
            if self.safe_contents.get(number) != data:
                old = self.safe_contents.get(number, b"")
                kept = common(old, data)  # what was synced is not torn again
                torn = data[: self.dice.randint(kept, len(data))]
                over = torn + old[len(torn) :]
                data = self.dice.choice([old, over, over.ljust(len(data), b"\0"), data])
            place = to / path.relative_to(self.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        for path in (self.folder / WORK).glob(f"{HEAD}*"):
            (to / WORK / path.name).write_bytes(path.read_bytes())


def common(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def checkpoint_of(data: bytes) -> tuple[int, bytes]:
    """Size and root of a checkpoint file."""
    read = parse_checkpoint(parse_note(data).text)
    return read.size, read.root

"""What the log does to a disk: every step that can fail, in one place.

    data  ->  put, extend, cut  ->  synced, its folder too  ->  read again  ->  compared

Promise: when a method returns, what it wrote survives a power cut; a file has its old content or all of
its new. Tests put a disk in its place that loses steps, or does them and says that it did not.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from habeas.tlog.errors import LogError, broken, refused

MANY = 32
"""From so many files on, the whole file system is synced at once."""

AT_ONCE = 8
"""So many files are synced at the same time."""

SYNC = "habeas-sync"
"""What the threads that wait for the disk are named."""

_SUFFIX = ".new"

Bytes = bytes | memoryview


class Disk:
    """A folder's disk."""

    def put(self, files: Mapping[Path, Bytes]) -> None:
        """Write whole files, each beside its place, read again, then moved there; durable on return.

        Raises `NotProved` where a file does not hold what was written; then none is in its place.
        """
        folders = sorted({path.parent for path in files})
        new = {path: path.with_name(path.name + _SUFFIX) for path in files}
        for folder in folders:
            self.make_folder(folder)
        for path, data in files.items():
            self.write(new[path], data)
        self.sync(list(new.values()))
        self.same({new[path]: data for path, data in files.items()})
        for path in files:
            self.move(new[path], path)
        self.sync_folders(folders)

    def make_folder(self, folder: Path) -> None:
        """Make a folder, and those above it, durably."""
        if not folder.is_dir():
            self.make_folder(folder.parent)
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
            self.sync_folder(folder.parent)

    def write(self, path: Path, data: Bytes) -> None:
        """Write a file that nobody reads yet; not synced."""
        _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666), data)

    def sync(self, paths: list[Path]) -> None:
        """Bring written files to the disk."""
        if len(paths) >= MANY and _syncfs is not None:
            _sync_all(paths[0])
            return
        _together(paths, os.O_RDONLY)

    def move(self, path: Path, to: Path) -> None:
        """Put a written file into its place; what stood there is gone."""
        path.replace(to)

    def sync_folder(self, folder: Path) -> None:
        """Bring a folder's list of names to the disk."""
        sync(folder)

    def sync_folders(self, folders: list[Path]) -> None:
        """The same for several."""
        _together(folders, os.O_RDONLY | os.O_DIRECTORY)

    def extend(self, path: Path, at: int, data: bytes) -> None:
        """Write data into a file from byte `at` on, its end; durable on return."""
        handle = os.open(path, os.O_WRONLY)
        try:
            view = memoryview(data)
            while view:
                done = os.pwrite(handle, view, at)
                view, at = view[done:], at + done
            os.fdatasync(handle)
        finally:
            os.close(handle)

    def reserve(self, path: Path, at: int, size: int) -> None:
        """Let a file go on from byte `at`, its end, with so many zeros; durable on return.

        What is written over them needs no change of the file's length, which others on the same disk
        would have to wait for, and be waited for.
        """
        self.extend(path, at, bytes(size))

    def cut(self, path: Path, size: int) -> None:
        """Shorten a file; durable on return."""
        os.truncate(path, size)
        sync(path, os.O_RDONLY)

    def remove(self, path: Path) -> None:
        """Remove a file that nobody needs, and its folder where that is empty; not synced."""
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()

    def read(self, path: Path, at: int = 0, size: int = -1) -> bytes:
        """A file's bytes, or a stretch of them."""
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _read(handle, at, size if size >= 0 else max(0, os.fstat(handle).st_size - at))
        finally:
            os.close(handle)

    def same(self, files: Mapping[Path, Bytes]) -> None:
        """Return where files hold what was written. Raises `NotProved` with the one that does not."""
        for path, data in files.items():
            found = self.read(path, 0, len(data) + 1)
            # A buffer is compared at once by `startswith`, and byte after byte by `==`.
            if len(found) != len(data) or not found.startswith(data):
                raise broken(path, "it does not hold what was just written", "check this disk")


class PrivateDisk(Disk):
    """A disk whose files their owner alone may read, from their first byte on."""

    def write(self, path: Path, data: Bytes) -> None:
        """Write a file that nobody reads yet; not synced. What a crash left under its name is gone."""
        path.unlink(missing_ok=True)
        _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), data)


def _write(handle: int, data: Bytes) -> None:
    """Write all of a file, and close it."""
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)


def _read(handle: int, at: int, size: int) -> bytes:
    """So many bytes of a file, or fewer where it ends before."""
    data = os.pread(handle, size, at)
    while (
        data and len(data) < size and (more := os.pread(handle, size - len(data), at + len(data)))
    ):
        data += more
    return data


def _together(paths: list[Path], flags: int) -> None:
    """Sync files at the same time: a file system brings what it is asked for together in one go."""
    if len(paths) == 1:
        sync(paths[0], flags)
    elif paths:
        list(_pool().map(sync, paths, [flags] * len(paths)))


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads that wait for the disk; starting them takes as long as it does."""
    return ThreadPoolExecutor(AT_ONCE, SYNC)


os.register_at_fork(after_in_child=_pool.cache_clear)


def end_threads() -> None:
    """End the threads that wait for the disk, where nobody but the caller could be using them."""
    others = [one for one in threading.enumerate() if one is not threading.current_thread()]
    if others and all(one.name.startswith(SYNC) for one in others):
        _pool().shutdown()
        _pool.cache_clear()


def sync(path: Path, flags: int = os.O_RDONLY | os.O_DIRECTORY) -> None:
    """Have a folder's names, or with other flags a file's bytes, on the disk. Raises `OSError`."""
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def _sync_all(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        if _syncfs(handle) != 0:  # type: ignore[misc]  # the caller saw that it is there
            raise OSError(ctypes.get_errno(), "syncfs failed")
    finally:
        os.close(handle)


def disk_error(folder: Path, error: OSError) -> LogError:
    """An error of the operating system in words."""
    return refused(
        error.filename or folder,
        f"the disk refused: {error.strerror or error}",
        "make room, or check it",
    )


def put_private(files: Mapping[Path, str]) -> None:
    """Write files that their owner alone may read, durably. Raises `LogError` where the disk refuses."""
    try:
        PrivateDisk().put({path: text.encode() for path, text in files.items()})
    except OSError as error:
        raise disk_error(min(files), error) from error

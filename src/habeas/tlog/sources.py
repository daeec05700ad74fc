"""Where a log is read from: a folder, or a server.

    path below the log  ->  get  ->  bytes, at most so many, or None

Promise: an answer is bounded in length and in time, and nothing outside of the folder is read.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from habeas.tlog.errors import refused
from habeas.tlog.tiles import MAX_BUNDLE
from habeas.tlog.witnesses import TIMEOUT, Line

MAX_FILE = MAX_BUNDLE
"""Bytes of the largest file that a log can have."""


class Source(Protocol):
    """A log's files."""

    name: str

    def get(self, path: str) -> bytes | None:
        """A file's bytes; None where there is none. Raises `LogError` where it cannot be read."""

    def close(self) -> None:
        """Let go of what it holds open."""


class Folder:
    """A log in a folder."""

    def __init__(self, folder: Path) -> None:
        self.name, self.folder = str(folder), folder

    def get(self, path: str) -> bytes | None:
        """See `Source`."""
        place = self.folder / path
        try:
            # What is no plain file, a pipe say, could keep its reader waiting for ever.
            handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                about = os.fstat(handle)
                if not stat.S_ISREG(about.st_mode):
                    raise refused(place, "it is no plain file", "it is none of the log's")
                data = _read(handle, min(about.st_size, MAX_FILE) + 1)
            finally:
                os.close(handle)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise refused(
                place, f"it cannot be read: {error.strerror}", "check leave to read"
            ) from error
        if len(data) > MAX_FILE:
            raise refused(
                place, "it is larger than a file of a log can be", "it is none of the log's"
            )
        return data

    def close(self) -> None:
        """See `Source`."""

    def files(self) -> list[str]:
        """All files below `tile`, by their paths."""
        found, top = list[str](), str(self.folder / "tile")
        for folder, _, names in os.walk(top):
            found += [f"tile{folder[len(top) :]}/{name}" for name in names]
        return sorted(found)


class Server:
    """A log on a server."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self.name, self.gets = url, 0
        self._line = Line(url, timeout)

    def get(self, path: str) -> bytes | None:
        """See `Source`."""
        self.gets += 1
        status, body = self._line.send("GET", path, most=MAX_FILE)
        if status in (404, 410):
            return None
        if status != 200:
            raise refused(f"{self.name}/{path}", f"the server answered {status}", "try again later")
        return body

    def close(self) -> None:
        """See `Source`."""
        self._line.close()


def _read(handle: int, most: int) -> bytes:
    """What a file holds, up to so many bytes."""
    data = os.read(handle, most)
    while data and len(data) < most and (more := os.read(handle, most - len(data))):
        data += more
    return data


def source_of(place: str) -> Source:
    """The source that an address names: `http://…`, `https://…` or a folder."""
    if place.startswith(("http://", "https://")):
        return Server(place)
    folder = Path(place)
    if not folder.is_dir():
        raise refused(place, "there is no such folder", "name a log's folder or its address")
    return Folder(folder)

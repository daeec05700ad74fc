"""The sandbox: what comes from outside is parsed in a process of its own, which may do nothing else.

    task, bytes  ->  run  ->  a fresh Python (`reader`): no environment, no files, limits  ->  JSON  ->  its shape

Promise: whatever the bytes do to their reader, the caller has a value of the shape that it asked for or one
`UploadError`, in bounded time; the process is gone by then, and nothing of it stays on the disk.

What this does not hold: a reader that was taken over whole still runs as the server's user. It can open no file
and no connection, but an attack on the kernel itself is out of reach here: see `reader`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from habeas.web.uploads.limits import OUTPUT, READERS, SECONDS
from habeas.web.uploads.refusals import REFUSALS, refuse

_PACKAGE = Path(__file__).parents[2]

_START = """
import sys, types
for name, folder in (("habeas", sys.argv[1]), ("habeas.web", sys.argv[1] + "/web")):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [folder]
from habeas.web.uploads.reader import main
main(sys.argv[2], sys.argv[3])
"""
"""The packages above are opened without their contents: the engine is not loaded beside untrusted bytes."""

REFUSED = 3
"""The exit status of a reader that refuses a file; the code is what it says."""

_LATE = frozenset({-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGALRM})

_readers = threading.BoundedSemaphore(READERS)

T = TypeVar("T")


def run(task: str, data: bytes, shape: type[T], name: str = "file", given: object = None) -> T:
    """Have a reader do a task, and return what it says.

    task   a name of `reader.TASKS`
    shape  a dataclass that the answer is held against
    name   of the file, for the error
    given  what the task takes beside the bytes; written as JSON

    Raises `UploadError`: the reader refuses the file, breaks, takes too long or too much memory, says too much or
    something that has another shape, or other readers are at work. Safe in threads. Held by
    `tests/web/test_uploads_sandbox.py`.
    """
    until = time.monotonic() + SECONDS + 2
    if not _readers.acquire(timeout=SECONDS):
        raise refuse(name, "busy")
    try:
        status, said = _read(task, data, json.dumps(given), until)
    except OSError:
        raise refuse(name, "unreadable") from None
    finally:
        _readers.release()
    if status == REFUSED:
        code = said.decode("ascii", "replace")
        raise refuse(name, code if code in REFUSALS else "unreadable")
    if status in _LATE:
        raise refuse(name, "time")
    try:
        if status == 0:
            return TypeAdapter(shape).validate_json(said)
    except ValidationError:
        pass
    raise refuse(name, "unreadable")


def _read(task: str, data: bytes, given: str, until: float) -> tuple[int, bytes]:
    """A reader's exit status and what it said; it is gone on return."""
    with _bytes(data) as source:
        reader = subprocess.Popen(  # noqa: S603  # our own Python; the task is a name of ours
            [sys.executable, "-I", "-B", "-c", _START, str(_PACKAGE), task, given],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            close_fds=True,
            start_new_session=True,
        )
    late = False
    said: bytes | None = b""
    try:
        said = _all(reader, until)
        if said is not None:
            _wait(reader.pid, until)
    except TimeoutError:
        late = True
    finally:
        status = _end(reader)
    if said is None:
        return 1, b""
    return (-signal.SIGKILL, b"") if late else (status, said)


def _all(reader: subprocess.Popen[bytes], until: float) -> bytes | None:
    """All that it says; None where that is too much. Raises `TimeoutError`."""
    if reader.stdout is None:  # pragma: no cover  # it was asked for
        raise OSError
    handle, said = reader.stdout.fileno(), bytearray()
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while True:
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError
        more = os.read(handle, 2**16)
        if not more:
            return bytes(said)
        said += more
        if len(said) > OUTPUT:
            return None


def _wait(reader: int, until: float) -> None:
    """Wait until it has ended, and leave it to `_end`. Raises `TimeoutError`."""
    while os.waitid(os.P_PID, reader, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.002)


def _end(reader: subprocess.Popen[bytes]) -> int:
    """Kill it, by its id, with whatever it started, and return its status.

    It leads a group of its own, and until it is waited for here its id is nobody else's.
    """
    os.killpg(reader.pid, signal.SIGKILL)
    if reader.stdout is not None:
        reader.stdout.close()
    return reader.wait()


@contextlib.contextmanager
def _bytes(data: bytes) -> Iterator[int]:
    """A handle from which the bytes are read: memory that has no name and cannot be written to."""
    handle = os.memfd_create("upload", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(data)
        os.lseek(handle, 0, os.SEEK_SET)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, seals)
        yield handle
    finally:
        os.close(handle)

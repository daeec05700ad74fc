"""The reader: the process behind the wall, which `sandbox` starts anew for every file.

    stdin (the file), task  ->  confine  ->  TASKS  ->  stdout (JSON, or the code of a refusal)

Promise: before the first byte is read, this process can open no file and no connection, start no process (where
its user is not root), write no file, and has so much memory, time and nothing in its environment.

No descriptor may be opened any more (`RLIMIT_NOFILE` 0), so everything that parsers load is loaded before that.
It is not a jail of the kernel's (no namespace, no filter of system calls): those need rights or libraries that a
small office's machine need not have.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType

import pikepdf
import pypdfium2
from PIL import Image, ImageDraw

from habeas.web.uploads import drawing, pictures, structure
from habeas.web.uploads.form_i247a import read_form
from habeas.web.uploads.limits import MEMORY, OUTPUT, SECONDS, SIZE, UNPACKED
from habeas.web.uploads.structure import RefusedError

_NO_NEW_PRIVILEGES, _DIE_WITH_PARENT = 38, 1
"""Options of prctl(2)."""


def _pdf(data: bytes, _: object) -> object:
    pages, told, opened = structure.check(data)
    fields, more = read_form(data, opened)
    return {"pages": pages, "told": [*told, *more], "fields": fields and asdict(fields)}


def _picture(data: bytes, _: object) -> object:
    pictures.check(data)
    return {"pages": 1}


TASKS: Mapping[str, Callable[[bytes, object], object]] = MappingProxyType(
    {"pdf": _pdf, "picture": _picture, "draw": drawing.draw}
)
"""What a reader does: bytes and what was given with them to what is written as JSON. Raises `RefusedError`."""


def confine() -> None:
    """Give up, for good, what reading does not need."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
    ):
        resource.setrlimit(kind, (most, most))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    signal.alarm(SECONDS)


def _load() -> None:
    """Load what parsers load late, by using each once."""
    Image.preinit()
    ImageDraw.Draw(Image.new("RGB", (1, 1)))
    pikepdf.settings.set_qpdf_limits(
        parser_max_nesting=100,
        flate_max_memory=UNPACKED,
        run_length_max_memory=UNPACKED,
        png_max_memory=UNPACKED,
        tiff_max_memory=UNPACKED,
    )
    locked = io.BytesIO()
    made = pikepdf.Pdf.new()
    made.add_blank_page()
    made.save(locked, encryption=pikepdf.Encryption(owner="a", user=""))
    pypdfium2.PdfDocument.new().close()


def main(task: str, given: str) -> None:
    """Do a task with the bytes of standard input. Does not return."""
    _load()
    confine()
    try:
        made = TASKS[task](sys.stdin.buffer.read(SIZE + 1), json.loads(given))
        said, status = json.dumps(made).encode("ascii"), 0
        if len(said) > OUTPUT:
            said, status = b"memory", 3
    except RefusedError as refused:
        said, status = refused.code.encode("ascii"), 3
    except MemoryError:
        said, status = b"memory", 3
    except RecursionError:
        said, status = b"damaged", 3
    except Exception:  # whatever it is, the file is not read
        said, status = b"unreadable", 3
    view = memoryview(said)
    while view:
        view = view[os.write(1, view) :]
    os._exit(status)  # what destructors of broken documents do is not of interest

"""Refusals: every reason for which an uploaded file is not taken, in words.

    code  ->  refuse  ->  UploadError (the file's name, what is wrong, what to do)

Promise: whatever a hostile file does to its reader, what people read is one of these sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from habeas.errors import HabeasError, Place, Problem
from habeas.web.uploads.limits import PAGES, PIXELS, SIZE

_AGAIN = "ask the sender for it again"
_SAVE = "save it again as a PDF, or print and scan it"

REFUSALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "empty": ("this file is empty", _AGAIN),
        "size": (f"this file is bigger than {SIZE // 2**20} MB", "send it in parts"),
        "kind": (
            "this is none of PDF, PNG, JPEG, UTF-8 text and e-mail; what is in it counts, not its name",
            _SAVE,
        ),
        "no form": (
            "this is no PDF, and forms are read in a PDF alone",
            "enter the request by hand; the file can be kept with it",
        ),
        "before": ("something stands before the beginning of the PDF in it", _SAVE),
        "behind": ("something stands behind the end of this file", _SAVE),
        "second": ("this file is also a file of another kind", _SAVE),
        "cut off": ("this file is cut off", _AGAIN),
        "damaged": ("this file is damaged", _AGAIN),
        "pages": (f"this PDF has no page, or more than {PAGES}", "send it in parts"),
        "page size": ("a page is bigger than the format allows, or has no size", _SAVE),
        "unpacked": ("what is packed into this file is too big", _SAVE),
        "picture": (f"a picture has more than {PIXELS:,} pixels, or none", "make it smaller"),
        "password": ("this PDF is locked with a password", "ask the sender for it without one"),
        "launch": ("this PDF would start a program", _SAVE),
        "embedded": ("another file is hidden in this PDF", "send that file by itself"),
        "media": ("a film, sound or model is in this PDF", _SAVE),
        "test virus": ("the test file of virus scanners is in it", "do not send it"),
        "malware": ("the virus scanner found something in it", "do not open it; tell security"),
        "scanner": ("the virus scanner does not answer", "start it, then send the file again"),
        "time": ("this file takes too long to read", _SAVE),
        "memory": ("this file takes too much memory to read", _SAVE),
        "text": ("a page has too much text to read", _SAVE),
        "page": ("this file has no such page, or no such place on it", "name a place on a page"),
        "busy": ("other files are being read", "send it again in a minute"),
        "unreadable": ("this file cannot be read", _SAVE),
    }
)
"""By code: message and help."""


class UploadError(HabeasError):
    """A file that is not taken, or a form that cannot become a request.

    code  a key of `REFUSALS`, or empty
    """

    def __init__(self, problem: Problem, code: str = "") -> None:
        self.code = code
        super().__init__(problem)


def refuse(name: str, code: str) -> UploadError:
    """The refusal of the file of this name."""
    message, help = REFUSALS[code]
    shown = "".join(one for one in name[:200] if one.isprintable()) or "file"
    return UploadError(Problem(Place(shown), message, help), code)

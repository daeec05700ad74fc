"""An upload, from bytes to what a person is shown.

    bytes, name  ->  kind_of, scan  ->  sandbox  ->  Uploaded (kind, digest, fields, problems)

Promise: a file comes back whole and described, or not at all; what was not looked at is among its problems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from django.conf import settings

from habeas.errors import Place, Problem
from habeas.web.uploads.fields import Field, Fields, Reading, Told
from habeas.web.uploads.kinds import Kind, kind_of
from habeas.web.uploads.limits import FORM_PAGES
from habeas.web.uploads.sandbox import run
from habeas.web.uploads.scanning import scan

CLAMD = "CLAMD_SOCKET"
"""The setting that names clamd's Unix socket; left out or empty: there is no scanner."""

_BY_HAND = "enter what it says by hand, from the paper"
_SAFE = "no script or action was run; open it with a viewer that runs none"

_TOLD: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "script": ("there is a script in this PDF", _SAFE),
        "action": ("there is an action or a link in this PDF", _SAFE),
        "xfa": ("the form in this PDF is also there as XFA, which was not read", _BY_HAND),
        "layers": ("this PDF has layers that can be hidden", "compare each field with the paper"),
        "repaired": ("this PDF is damaged and was repaired", "compare each field with the paper"),
        "restricted": ("this PDF restricts what may be done with it", "it was read all the same"),
        "no text": ("there is no text in this PDF: a scan", _BY_HAND),
        "another form": ("this is another form than I-247A", _BY_HAND),
        "not the form": ("no Form I-247A was found in this PDF", _BY_HAND),
        "later pages": (
            f"no form was looked for after page {FORM_PAGES}",
            "look at the later pages, or send the form by itself",
        ),
    }
)
_NOT_SCANNED = (
    "this file was not scanned for viruses",
    "this office names no scanner: `clamd` of office.yaml does",
)
_ATTACHMENTS = (
    "what is attached to this message was not read",
    "send the attachments by themselves",
)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that may be kept.

    sha256    of its bytes, 64 hexadecimal digits
    pages     of a PDF; 1 of a picture; else 0
    fields    of a Form I-247A, as read: nobody confirmed them
    scanned   whether a virus scanner looked at it
    problems  what a person has to know of it
    told      what the reader told of a PDF, of which some problems were made
    """

    kind: Kind
    sha256: str
    pages: int
    fields: Fields | None
    scanned: bool
    problems: tuple[Problem, ...]
    told: tuple[Told, ...] = ()


def scans() -> bool:
    """Whether this office names a scanner; then a file that it did not look at is not taken."""
    return bool(getattr(settings, CLAMD, ""))


def read_upload(data: bytes, name: str) -> Uploaded:
    """Find out what a file is, and read it.

    Raises `UploadError` where it is not taken; then nothing was kept. Held by `tests/web/test_uploads_hostile.py`.
    """
    kind = kind_of(data, name)
    scanned = scan(data, str(getattr(settings, CLAMD, "") or ""), name)
    read = Reading(0)
    if kind is Kind.PDF:
        read = run("pdf", data, Reading, name)
    elif kind in (Kind.PNG, Kind.JPEG):
        read = run("picture", data, Reading, name)
    told = [_TOLD[one] for one in read.told]
    if not scanned:
        told.insert(0, _NOT_SCANNED)
    if kind is Kind.EMAIL:
        told.append(_ATTACHMENTS)
    for one in read.fields.all if read.fields else ():
        told += _said(one)
    problems = tuple(Problem(Place(name), *one) for one in told)
    digest = sha256(data).hexdigest()
    return Uploaded(kind, digest, read.pages, read.fields, scanned, problems, read.told)


def _said(field: Field) -> list[tuple[str, str]]:
    """What a person has to look for in a form."""
    if field.name == "cancel" and field.value is True:
        return [("this form cancels an earlier detainer, and asks for nothing", "find that case")]
    if field.name == "cancel" and field.value is None:
        return [
            (
                "whether this form cancels an earlier detainer could not be read",
                "look at its box on the paper",
            )
        ]
    if field.sure == "unclear":
        return [(f"`{field.name}` is not clear", "write it as the paper has it")]
    return []

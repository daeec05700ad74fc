"""The wording of papers: letters, packages, notices and their translations, adopted like law.

    files of reports/casework that a paper's words stand in  ->  propose_wording  ->  Version  ->  …  ->  wording_in_use

Promise: no paper is made with other words than two counsel signed for; a new version of the program with other words
makes none until they have signed again.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from django.conf import settings

from habeas.errors import InputError, Place, Problem
from habeas.reports.casework.notice import read_notices
from habeas.web.casework.adopting import digest_in_use, digest_of, in_use, kept_files, propose
from habeas.web.casework.models import Version

WORDED = (
    "letter.py",
    "notice.py",
    "notice_fields.py",
    "package.py",
    "paper.typ",
    "words.py",
)
"""Beside `notices/*.md`, the files in which words of papers stand, and how they are set out."""

FIRST = "No wording was in use before: this is the first. It is the one that ships with this version of the program."


@cache
def shipped() -> Mapping[str, str]:
    """The files of this version of the program, by path; read once, as its code is."""
    folder = files("habeas.reports.casework")
    notices = [one.name for one in folder.joinpath("notices").iterdir() if one.name.endswith(".md")]
    paths = sorted([*WORDED, *(f"notices/{name}" for name in notices)])
    return {path: folder.joinpath(path).read_text(encoding="utf-8") for path in paths}


def wording_in_use() -> str:
    """The digest of the wording that papers are made with. Raises `InputError` where it was not adopted."""
    ships, used = digest_of(shipped()), digest_in_use(Version.WORDING)
    if used == ships or (not used and settings.OFFICE.demo):
        return ships
    raise InputError(
        Problem(
            Place("wording in use"),
            "the wording of papers that this version ships was not adopted: no paper can be made",
            "`habeas office adopt wording`, and then two counsel sign",
        )
    )


def propose_wording(who: str) -> Version:
    """Keep the wording that ships, to be signed for. Raises `InputError` where a notice is not well formed."""
    used = in_use(Version.WORDING)
    difference = FIRST
    if used is not None:
        difference = "\n".join(_changes(kept_files(used), shipped())) or "Nothing."
    return propose(
        who,
        Version.WORDING,
        digest_of(shipped()),
        shipped(),
        checked="\n".join(_report()),
        difference=difference,
    )


def _report() -> Iterator[str]:
    for (name, language), notice in sorted(read_notices().items()):
        who = notice.page.reviewed_by
        said = f"reviewed by {who}" if who else "reviewed by nobody"
        if not notice.valid_service:
            said += ": it does not count as served"
        yield f"{name}, {language}: {notice.title} ({said})"


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Each file's lines that are gone (`-`) and new (`+`)."""
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path, "").splitlines(), after.get(path, "").splitlines()
        if old != new:
            yield path
            lines = difflib.unified_diff(old, new, n=1, lineterm="")
            yield from (f"  {line}" for line in list(lines)[2:])

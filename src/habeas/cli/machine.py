"""What a machine has of what Habeas needs or can use, and how to get the rest.

    Python, law, clock, terminal, folders, fonts, drivers, developers' tools  ->  Finding for each

Promise: a finding is what was tried here and now: a file was written, a letter set, a driver imported.
Nothing is read but the law, and nothing stays behind.
"""

from __future__ import annotations

import importlib
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import typst

import habeas
from habeas.decisions.laws import laws_folder, read_laws
from habeas.errors import HabeasError, counted
from habeas.law.book import LawBook

State = Literal["ok", "note", "broken"]
"""`note`: missing or doubtful, and deciding does without. `broken`: deciding needs it."""

LEAD = timedelta(days=366)
"""How long before it begins law may ship: a clock further back than that is wrong."""

ROOM = 200_000_000
"""Bytes: the answer to a request of six items about 100,000 people takes about 170 MB."""

SCRIPTS = {
    "Arabic": ("محمد", "fonts-noto-core"),
    "Armenian": ("Արամ", "fonts-noto-core"),
    "Bengali": ("রহিম", "fonts-noto-core"),
    "Chinese": ("陈伟", "fonts-noto-cjk"),
    "Cyrillic": ("Юлія", "fonts-noto-core"),
    "Devanagari": ("राम", "fonts-noto-core"),
    "Ethiopic": ("አበበ", "fonts-noto-core"),
    "Georgian": ("გიორგი", "fonts-noto-core"),
    "Greek": ("Νίκος", "fonts-noto-core"),
    "Gurmukhi": ("ਸਿੰਘ", "fonts-noto-core"),
    "Hebrew": ("דוד", "fonts-noto-core"),
    "Japanese": ("たなか", "fonts-noto-cjk"),
    "Khmer": ("សុខ", "fonts-noto-core"),
    "Korean": ("김민준", "fonts-noto-cjk"),
    "Lao": ("ສົມ", "fonts-noto-core"),
    "Tamil": ("குமார்", "fonts-noto-core"),
    "Thai": ("สมชาย", "fonts-noto-core"),
}
"""Writing systems of the people who are held: a word in each, and the Debian package that has its letters."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for: how it is, what it is for, and how to get or mend it."""

    what: str
    state: State
    found: str
    why: str
    help: str = ""


def findings(
    folder: Path | None, encoding: str, today: date
) -> tuple[list[Finding], LawBook | None]:
    """Everything that was looked for, what deciding needs first; and the law, where it could be read."""
    law, book = the_law(folder)
    found = [
        Finding("Python", "ok", f"{platform.python_version()}, {sys.executable}", "runs Habeas"),
        Finding(
            "Habeas",
            "ok",
            f"{habeas.__version__}, {Path(habeas.__file__).parent}",
            "this program, and where it runs from",
        ),
        law,
        clock(today, newest_day(book)),
        terminal(encoding),
        scratch(),
        here(),
        letters(),
        postgresql(),
        *developers(checkout()),
    ]
    return found, book


def the_law(folder: Path | None) -> tuple[Finding, LawBook | None]:
    """The law of a folder (left out: the shipped one), read and checked whole."""
    where = folder or laws_folder()
    why = "decisions are made by it"
    try:
        book = read_laws(folder)
    except HabeasError as error:
        first, *more = error.problems
        rest = f", and {counted(len(more), 'problem')} more" if more else ""
        return Finding(
            "law", "broken", f"{first.place}: {first.message}{rest}", why, first.help
        ), None
    except OSError as error:
        said = f"{where}: {error.strerror or error}"
        return Finding(
            "law", "broken", said, why, "make the folder readable, or name one with `--law`"
        ), None
    provisions = list(book.provisions())
    unchecked = sum(not book.is_checked(one) for one in provisions)
    found = f"{counted(len(book.places()), 'place')}, {counted(len(provisions), 'provision')}"
    return Finding("law", "ok", f"{found} ({unchecked} unchecked), {where}", why), book


def newest_day(book: LawBook | None) -> date | None:
    """The last day on which any law of the book begins."""
    if book is None:
        return None
    listed = (one.start for lines in book.lists.values() for one in lines)
    return max((*(one.start for one in book.provisions()), *listed), default=None)


def clock(today: date, newest: date | None) -> Finding:
    """Today, held against the newest day of the law."""
    why = "law is that of today, where `--as-of` names no day"
    if newest is None or today >= newest:
        return Finding("clock", "ok", f"{today}", why)
    found = f"{today}, before {newest}, the newest day of this law"
    help_ = "set the clock, or name the day with `--as-of`"
    if today < newest - LEAD:
        return Finding("clock", "broken", found, why, help_)
    return Finding("clock", "note", found, why, f"right if that law is yet to begin; else {help_}")


def terminal(encoding: str) -> Finding:
    """Whether what is printed can be shown as it is."""
    why = "the law is printed as it is written: `\N{SECTION SIGN}`, names, dashes"
    try:
        "\N{SECTION SIGN}\N{EN DASH}\N{HORIZONTAL ELLIPSIS}\N{RIGHT SINGLE QUOTATION MARK}".encode(
            encoding
        )
        state: State = "ok" if encoding.lower().replace("-", "") == "utf8" else "note"
    except (UnicodeEncodeError, LookupError):
        state = "broken"
    help_ = (
        "" if state == "ok" else "set `LC_ALL=C.UTF-8` or `PYTHONUTF8=1`, and the terminal to UTF-8"
    )
    return Finding("terminal", state, encoding, why, help_)


def scratch() -> Finding:
    """Whether a file can be written where temporary files go."""
    why = "requests and databases pass through temporary files"
    try:
        where = Path(tempfile.gettempdir())
    except OSError as error:
        return Finding(
            "temporary files", "broken", f"{error.strerror}", why, "set `TMPDIR` to a folder"
        )
    return _writable("temporary files", where, "broken", why, "set `TMPDIR` to a folder with room")


def here() -> Finding:
    """Whether an answer can be written in the current folder."""
    why = "answers are written here, where `--out` names no other folder"
    help_ = "name another folder with `--out`"
    try:
        return _writable("this folder", Path.cwd(), "note", why, help_)
    except OSError as error:
        return Finding("this folder", "note", f"{error.strerror}", why, help_)


def _writable(what: str, where: Path, otherwise: State, why: str, help_: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=where) as file:
            file.write(b"habeas")
        free = shutil.disk_usage(where).free
    except OSError as error:
        return Finding(what, otherwise, f"{where}: {error.strerror or error}", why, help_)
    found = f"{where}, {free // 1_000_000:,} MB free"
    return Finding(
        what, "ok" if free >= ROOM else "note", found, why, "" if free >= ROOM else help_
    )


def letters() -> Finding:
    """Which writing systems the report can be set in as PDF."""
    why = "the report as PDF; a letter that no font has is refused, never left out"
    fonts = typst.Fonts()
    lacking = [name for name, (word, _) in SCRIPTS.items() if not _can_set(word, fonts)]
    if not lacking:
        return Finding("letters", "ok", f"Latin and {counted(len(SCRIPTS), 'other script')}", why)
    packages = sorted({SCRIPTS[name][1] for name in lacking})
    help_ = f"on Debian `apt-get install {' '.join(packages)}`; elsewhere install Noto fonts"
    return Finding("letters", "note", f"none for {', '.join(lacking)}", why, help_)


def _can_set(word: str, fonts: typst.Fonts) -> bool:
    source = f'#set document(title: "letters")\n#"{word}"'.encode()
    try:
        typst.compile(source, font_paths=fonts, format="pdf", pdf_standards=["a-2a", "ua-1"])
    except typst.TypstError:
        return False
    return True


def postgresql() -> Finding:
    """Whether records can be read from PostgreSQL."""
    why = "records in a PostgreSQL database"
    try:
        driver = importlib.import_module("psycopg")
    except ImportError as error:  # not there, or without the client library that it loads
        there = not isinstance(error, ModuleNotFoundError)
        said = f"psycopg cannot be loaded: {error}" if there else "psycopg is not installed"
        help_ = "pip install 'habeas[postgresql]'"
        return Finding("PostgreSQL", "note", said.splitlines()[0], why, help_)
    return Finding("PostgreSQL", "ok", f"psycopg {driver.__version__}", why)


def checkout() -> Path | None:
    """The checkout that this runs from; None where it is installed."""
    root = Path(habeas.__file__).parents[2]
    return root if (root / "pyproject.toml").is_file() and (root / "tests").is_dir() else None


def developers(root: Path | None) -> Iterator[Finding]:
    """What working on Habeas takes besides, in a checkout."""
    if root is None:
        return
    servers = _servers()
    for what, path, why, package in (
        ("git", shutil.which("git"), "tests and `make package` ask it for the files", "git"),
        ("Chromium", shutil.which("chromium"), "tests of the report as a page", "chromium"),
        (
            "PostgreSQL server",
            servers and servers[-1],
            "tests of records in a database",
            "postgresql",
        ),
    ):
        if path:
            yield Finding(what, "ok", str(path), why)
        else:
            yield Finding(what, "note", "not found", why, f"on Debian `apt-get install {package}`")


def _servers() -> list[Path]:
    """Debian keeps them off the search path."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))

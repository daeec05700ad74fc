"""Two states of law to compare: folders, git revisions, or places.

    OLD, NEW, place  ->  read_states  ->  State, State (a name and a Law)
    revision  ->  git ls-tree, cat-file  ->  the folder's bytes as they were  ->  LawBook

Promise: a revision's name reaches git as one argument and never a shell; what is read of a revision
are the bytes that it holds, and nothing in the checkout changes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from habeas.decisions.decide import Law
from habeas.decisions.laws import laws_folder, read_law
from habeas.errors import InputError, Place, Problem, did_you_mean, input_error
from habeas.law.book import LawBook, read_book
from habeas.law.vocabulary import PLACE

_FILES = ("100644", "100755")
"""Modes of plain files in a git tree."""

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class State:
    """A law to compare, and what to call it: a folder, `REV:FOLDER`, or a place."""

    name: str
    law: Law


def read_states(old: str, new: str, place: str | None, folder: Path | None) -> tuple[State, State]:
    """What two words of a command line name, each in this order: a folder of law (it holds
    `vocabulary.md`), a place of the law in `folder`, a git revision of a folder of law.

    place   the custodian's place; needed unless the words are places, and refused if they are
    folder  of the law in which places are looked up, and which revisions are of; left out: the
            other word, if that is a folder of law, else the law that ships with Habeas

    Raises `InputError` where a word names nothing, `LawError` where a law is not well formed.
    """
    words = (old, new)
    folders = [word for word in words if _is_law(Path(word))]
    home = folder or (Path(folders[0]) if folders else laws_folder())
    if not home.is_dir():
        raise input_error(home, "no such folder of law", "name one with `--law DIR`")
    places = [word for word in words if word not in folders and _is_place(word, home)]
    if places:
        other = [word for word in words if word not in places]
        if other:
            message = f"`{places[0]}` is a place, and `{other[0]}` is none"
            help_line = did_you_mean(
                other[0],
                _places(home),
                "compare two places of one law, or two states of the law of one place",
            )
            raise InputError(Problem(Place("OLD and NEW"), message, help_line))
        if place is not None:
            message, help_line = "two places are compared already", "leave `--place` out"
            raise InputError(Problem(Place("--place"), message, help_line))
        return State(old, read_law(old, folder)), State(new, read_law(new, folder))
    if place is None:
        message = "which place's law is meant?"
        help_line = "add `--place P`, such as `--place us-ca-sf`"
        raise InputError(Problem(Place("--place"), message, help_line))
    made = [
        State(word, read_law(place, word)) if word in folders else _at(word, place, home)
        for word in words
    ]
    return made[0], made[1]


def _is_law(path: Path) -> bool:
    return (path / "vocabulary.md").is_file()


def _is_place(word: str, home: Path) -> bool:
    return bool(PLACE.match(word)) and (home / word).is_dir()


def _places(home: Path) -> list[str]:
    return sorted(one.name for one in home.iterdir() if _is_place(one.name, home))


def _at(revision: str, place: str, folder: Path) -> State:
    """The law of a place as a revision holds it."""
    with tempfile.TemporaryDirectory() as scratch:
        name = f"{revision}:{write_revision(revision, folder, Path(scratch))}"
        book = read_book(Path(scratch), name)
    if place not in book.places():
        known = f"places with law are {', '.join(book.places())}"
        raise InputError(
            Problem(
                Place(name),
                f"there is no law of `{place}`",
                did_you_mean(place, book.places(), known),
            )
        )
    return State(name, Law(place, book, book.digest(place)))


# -- git ------------------------------------------------------------------------------------------


def write_revision(revision: str, folder: Path, into: Path) -> str:
    """Write a folder's files as a git revision holds them; the folder's path in its repository.

    Raises `InputError` where the folder is in no repository, or the revision is none of it or does
    not hold it.
    """
    help_line = did_you_mean(
        revision, _places(folder), "`--law DIR` says which folder of law a git revision is of"
    )
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = _git(folder, asked).strip().decode("ascii", "replace")
    if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        message = f"`{revision}` is no folder of law, no place of `{folder}` and no git revision"
        raise InputError(Problem(Place("OLD and NEW"), message, help_line))
    prefix = _git(folder, ("rev-parse", "--show-prefix")).rstrip(b"\n").decode()
    listed = _git(folder, ("ls-tree", "-r", "-z", "--full-tree", commit, "--", prefix or "."))
    files = list(_entries(listed, revision, prefix))
    if not files:
        message = f"this revision has no `{prefix.rstrip('/')}`"
        raise input_error(revision, message, help_line)
    wanted = "".join(f"{one}\n" for _, one in files).encode()
    given = _git(folder, ("cat-file", "--batch"), wanted)
    for (path, _), data in zip(files, _contents(given), strict=True):
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return prefix.rstrip("/") or "."


def revision_of(folder: Path, path: str, book: LawBook) -> str:
    """The commit at which a file of law is exactly as it was read; empty: no such is known."""
    try:
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}")
        commit = _git(folder, asked).strip().decode("ascii", "replace")
        kept = _git(folder, ("cat-file", "blob", f"{commit}:./{path}")) if commit else b""
    except InputError:
        return ""
    return commit if kept and kept == book.files.get(path) else ""


def _git(folder: Path, arguments: Sequence[str], given: bytes = b"") -> bytes:
    """What git prints; nothing where it fails for what `--quiet` hides. It may ask for nothing and
    fetch nothing."""
    program = shutil.which("git")
    if program is None:
        raise input_error(
            folder, "git is not installed", "install it, or name two folders of law instead"
        )
    gone = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
    environment = {name: value for name, value in os.environ.items() if name not in gone}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    environment |= {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}
    try:
        done = subprocess.run(  # noqa: S603  # git itself, each argument as it is, no shell
            [program, "-C", str(folder), "--literal-pathspecs", *arguments],
            input=given,
            capture_output=True,
            env=environment,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"git did not answer in {_SECONDS} seconds"
        raise input_error(folder, message, "name two folders of law instead") from None
    if done.returncode and done.stderr.strip():
        said = done.stderr.decode(errors="replace").strip().splitlines()[0]
        message = f"git says: {said.removeprefix('fatal: ')}"
        raise input_error(folder, message, "name a folder of law that git keeps, with `--law DIR`")
    return done.stdout


def _entries(listed: bytes, revision: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Each file's path below the folder, and its object."""
    for entry in listed.split(b"\0"):
        if not entry:
            continue
        head, _, name = entry.partition(b"\t")
        mode, _, found = head.decode().split(" ")
        path = name.decode("utf-8", "surrogateescape")
        inside = PurePosixPath(path.removeprefix(prefix))
        if mode not in _FILES:
            raise input_error(f"{revision}:{path}", "this is no plain file", "law is plain files")
        if inside.is_absolute() or ".." in inside.parts:
            raise input_error(f"{revision}:{path}", "this path leads out", "law is in its folder")
        yield str(inside), found


def _contents(given: bytes) -> Iterator[bytes]:
    """The objects of `cat-file --batch`: `SHA TYPE SIZE`, a line's end, the bytes, a line's end."""
    at = 0
    while at < len(given):
        end = given.index(b"\n", at)
        size = int(given[at:end].split(b" ")[2])
        yield given[end + 1 : end + 1 + size]
        at = end + 1 + size + 1

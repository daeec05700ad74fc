"""Finding and reading the law: the shipped packs, or any folder.

    place, folder  ->  read_law  ->  Law (kept by the digest of its bytes)

Promise: law that was read once is not read again while its bytes are the same.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from habeas.decisions.decide import Law
from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.book import LawBook, read_book

_books: dict[tuple[str, str], LawBook] = {}
_laws: dict[tuple[str, str, str], Law] = {}


def laws_folder() -> Path:
    """The folder of the shipped law: inside the installed package, or beside `src` in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "laws"
    return inside if inside.is_dir() else package.parent.parent / "laws"


def read_laws(folder: Path | str | None = None) -> LawBook:
    """Every pack of a folder (left out: the shipped ones), read and checked.

    Raises `LawError` with every problem found.
    """
    where = Path(folder) if folder is not None else laws_folder()
    shown = str(folder) if folder is not None else "laws"
    key = (str(where.resolve()), _fingerprint(where))
    found = _books.get(key)
    if found is None:
        found = read_book(where, shown)
        _books[key] = found
    return found


def read_law(place: str, folder: Path | str | None = None) -> Law:
    """The law of a place: its packs and those of every place above it.

    Raises `LawError` if the law is not well formed, `InputError` if the place has none.

    >>> read_law("us-ca-sf").place
    'us-ca-sf'
    """
    book = read_laws(folder)
    if place not in book.places():  # a slip of the pen must not fall back to the place above
        known = ", ".join(book.places())
        raise InputError(
            Problem(
                Place("--place"),
                f"there is no law of `{place}`",
                did_you_mean(place, book.places(), f"places with law are {known}"),
            )
        )
    digest = book.digest(place)
    key = (place, digest, str(book.folder))
    if key not in _laws:
        _laws[key] = Law(place, book, digest)
    return _laws[key]


def _fingerprint(folder: Path) -> str:
    """A digest over the bytes of every file of law."""
    made = hashlib.sha256()
    for path in sorted([*folder.glob("*.*"), *folder.glob("*/*.*")]):
        if path.is_file():
            made.update(f"{path.relative_to(folder)}\0".encode())
            made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()

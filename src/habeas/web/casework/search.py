"""Searching cases by words: the same answers on both databases.

    what was typed  ->  words_of  ->  found  ->  keys of cases (a query)

Promise: a case is found by words of its number, title, agency, address and reference, of the reasons of what was
stated in it, and of its calls and letters; every word has to be there, the last one at least begin one; capitals and
accents count for nothing. The index is kept by the database itself (`migrations/0003_words.py`), so that nothing that
is stored is left out of it.

What differs: which signs that are neither letters nor digits part two words, beyond those of Latin text. PostgreSQL
keeps the first `LONGEST` letters of a word, and of one case some thousands of different words. Held by
`tests/web/test_search.py`.
"""

from __future__ import annotations

import re
import unicodedata

from django.db import connection
from django.db.models.expressions import RawSQL

LONGEST = 30
"""Letters by which a word is told from others; of a longer one the first ones are looked for."""

AGENCY = "@"
"""Marks the words of who asks, in PostgreSQL's index; no word has this sign."""

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words of a text, without capitals and accents."""
    apart = unicodedata.normalize("NFD", text)
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _WORD.findall(bare.lower())


def found(text: str, *, agency: bool = False) -> RawSQL:
    """Keys of the cases that have every word of a text; none where it has no word.

    agency  among the words of who asks alone
    """
    words = words_of(text)
    ask = _postgresql if connection.vendor == "postgresql" else _sqlite
    sql, parameters = ask(words, agency) if words else ("SELECT 0 WHERE 1 = 0", [])
    # No part of the text was typed by anybody: words and agency are parameters.
    return RawSQL(sql, parameters)  # noqa: S611  # nosec B611


def _begins(words: list[str]) -> list[tuple[str, bool]]:
    """Each word, and whether it is a beginning: the last one, and what is too long to be kept whole."""
    last = len(words) - 1
    return [(one[:LONGEST], at == last or len(one) > LONGEST) for at, one in enumerate(words)]


def _postgresql(words: list[str], agency: bool) -> tuple[str, list[str]]:
    mark = AGENCY if agency else ""
    asked = " & ".join(f"'{mark}{one}'{':*' if begins else ''}" for one, begins in _begins(words))
    return "SELECT case_id FROM casework_words WHERE words @@ %s::tsquery", [asked]


def _sqlite(words: list[str], agency: bool) -> tuple[str, list[str]]:
    column = "agency" if agency else "words"
    asked = " AND ".join(f'"{one}"{" *" if begins else ""}' for one, begins in _begins(words))
    return "SELECT rowid FROM casework_words WHERE casework_words MATCH %s", [
        f"{column} : ({asked})"
    ]

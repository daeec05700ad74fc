"""Spellings: one value, in the ways in which it may be written.

    value  ->  spellings  ->  Spellings;   text  ->  Text;   Spellings.count(Text)  ->  how often

Promise: letters are compared without case, accents, blanks, hyphens, punctuation and the ends of
lines; a person's name also with its words turned round, a day in all usual ways of writing it.

What is held, by the number of letters and digits in a value (a letter of a script that is written
without blanks counts three):

    5 and more  anywhere, within words too
    3 or 4      as a word of its own, which may be spaced out (`L e e`)
    1 or 2      as a word of its own, written together
    none        nothing: there is no telling a sign from any other

Not held: a part of a value (a surname out of a whole name: give it as a value too), a translation,
a nickname, a number or a day written out in words, an age for a day of birth, a picture of letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

LONG = 5
"""So many letters and digits are found anywhere."""

_GAP = r"[\W_]{0,3}"
_OF = rf"{_GAP}(?:(?:del|de|of){_GAP})?"
_YEAR = rf"(?:{_OF}(?P<y>\d{{4}})|[\W_]{{1,3}}(?:(?:del|de|of){_GAP})?(?P<z>\d\d))"
_ORDINAL = r"(?:\.?(?:st|nd|rd|th|ro|er|o|a))?"

_MONTHS = (
    ("january", "jan", "enero", "ene"),
    ("february", "feb", "febrero"),
    ("march", "mar", "marzo"),
    ("april", "apr", "abril", "abr"),
    ("may", "mayo"),
    ("june", "jun", "junio"),
    ("july", "jul", "julio"),
    ("august", "aug", "agosto", "ago"),
    ("september", "sept", "sep", "septiembre", "setiembre", "set"),
    ("october", "oct", "octubre"),
    ("november", "nov", "noviembre"),
    ("december", "dec", "diciembre", "dic"),
)
_MONTH_OF = {word: at for at, words in enumerate(_MONTHS, 1) for word in words}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))

_DAYS = (
    r"(?<!\d)(?P<y>\d{4})[\W_]{1,3}(?P<m>\d{1,2})[\W_]{1,3}(?P<d>\d{1,2})(?!\d)",
    r"(?<!\d)(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?:(?!\d)|(?=\d{6}(?!\d)))",
    r"(?<!\d)(?P<a>\d{1,2})[\W_]{1,3}(?P<b>\d{1,2})[\W_]{1,3}(?P<y>\d{4}|\d{2})(?!\d)",
    r"(?<!\d)(?P<a>\d\d)(?P<b>\d\d)(?P<y>\d{4})(?!\d)",
    rf"(?<!\d)(?P<d>\d{{1,2}}){_ORDINAL}{_OF}(?P<w>{_MONTH}){_YEAR}(?!\d)",
    rf"(?<![^\W\d_])(?P<w>{_MONTH}){_GAP}(?P<d>\d{{1,2}}){_ORDINAL}{_YEAR}(?!\d)",
)
_WHOLE_DAYS = tuple(re.compile(one) for one in _DAYS)
_ANY_DAYS = tuple(re.compile(f"(?={one})") for one in _DAYS)
_SPACED = re.compile(r"(?<!\S)\S(?:\s+\S)+(?!\S)")
_TIME = re.compile(
    r"[\W_]*(?:\b|(?<=\d)t)\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:[ap]\W?m\W?|z|[+-]\d\d:?\d\d)?\s*$"
)


class Text:
    """A text to be searched: folded, squeezed (letters and digits alone), and the days that it names."""

    def __init__(self, text: str) -> None:
        self.folded = fold(text)

    @cached_property
    def squeezed(self) -> str:
        """Its letters and digits."""
        return squeeze(self.folded)

    @cached_property
    def days(self) -> Counter[date]:
        """How often each day is named, in whatever way, spaced out (`0 8 / 0 1 / 2 0 2 5`) too."""
        spaced = (re.sub(r"\s+", "", one) for one in _SPACED.findall(self.folded))
        return Counter(days_in(self.folded)) + Counter(
            day for one in spaced for day in days_in(one)
        )


@dataclass(frozen=True, slots=True)
class Spellings:
    """The ways of writing a value; any of them may be empty.

    long   squeezed, to be found anywhere
    words  patterns of what is found as a word of its own
    days   that the value may mean
    """

    long: frozenset[str]
    words: tuple[re.Pattern[str], ...]
    days: frozenset[date]

    def count(self, text: Text, words: bool = True) -> int:
        """How often it stands in a text; `words=False` leaves short spellings out."""
        found = sum(text.squeezed.count(one) for one in self.long)
        found += sum(text.days[day] for day in self.days)
        if words:
            found += sum(len(pattern.findall(text.folded)) for pattern in self.words)
        return found


def spellings(value: str) -> Spellings:
    """All ways of writing a value that this module knows."""
    folded = fold(value).strip()
    long: set[str] = set()
    words: set[str] = set()
    for spelling in _turned(folded):
        (long if _weight(spelling) >= LONG else words).add(spelling)
    words.discard("")
    patterns = tuple(re.compile(_word(one)) for one in sorted(words))
    return Spellings(frozenset(long), patterns, frozenset(_whole_day(folded)))


def fold(text: str) -> str:
    """A text without case, accents, ligatures, wide forms and invisible characters."""
    same = unicodedata.normalize("NFKC", text).upper().casefold()  # a dotless i has the capital I
    plain = unicodedata.normalize("NFKD", same)
    return "".join(one for one in plain if unicodedata.category(one) not in ("Mn", "Cf"))


def squeeze(folded: str) -> str:
    """The letters and digits of a folded text."""
    return "".join(filter(str.isalnum, folded))


def days_in(folded: str) -> Iterator[date]:
    """The days that a folded text names; `1/2/2025` names two, and `1/2/25` four."""
    for pattern in _ANY_DAYS:
        for match in pattern.finditer(folded):
            yield from _days(match)


# -- of a value -----------------------------------------------------------------------------------


def _turned(folded: str) -> Iterator[str]:
    """A value squeezed: as it is, with the words of a name turned round, and the digits of a number."""
    yield squeeze(folded)
    tokens = re.findall(r"[^\W_]+", folded)
    if 2 <= len(tokens) <= 6 and all(token.isalpha() for token in tokens):
        for at in range(1, len(tokens)):
            yield "".join(tokens[at:] + tokens[:at])
    digits = "".join(one for one in folded if one.isdigit())
    letters = sum(one.isalpha() for one in folded)
    if letters <= 3 and len(digits) >= LONG:
        yield digits
    if whole := re.fullmatch(r"[^\w]*([\d., ]+)[.,]00[^\w]*", folded):
        yield squeeze(whole[1])


def _weight(squeezed: str) -> int:
    return sum(3 if unicodedata.east_asian_width(one) in "WF" else 1 for one in squeezed)


def _word(squeezed: str) -> str:
    gap = _GAP if len(squeezed) > 2 else ""
    return rf"(?<![^\W_]){gap.join(map(re.escape, squeezed))}(?![^\W_])"


def _whole_day(folded: str) -> set[date]:
    """The days that a value may mean which is a day, with a time of day or without."""
    bare = _TIME.sub("", folded)
    found = (pattern.fullmatch(bare) for pattern in _WHOLE_DAYS)
    return {day for match in found if match for day in _days(match)}


def _days(match: re.Match[str]) -> Iterator[date]:
    part = match.groupdict()
    year = part["y"] or part["z"]
    years = [year] if len(year) == 4 else ["19" + year, "20" + year]
    orders: Iterable[tuple[str | int, str]]
    if part.get("w"):
        orders = [(_MONTH_OF[part["w"]], part["d"])]
    elif part.get("m"):
        orders = [(part["m"], part["d"])]
    else:
        orders = {(part["a"], part["b"]), (part["b"], part["a"])}
    for full in years:
        for month, day in orders:
            try:
                yield date(int(full), int(month), int(day))
            except ValueError:
                continue

"""Lexicons: tables that say what the reasons that people type mean, in words of the vocabulary.

    laws/lexicons/NAME.md  ->  lexicon_page  ->  Lexicon  ->  meaning(which reasons were found)

Promise: a fact comes from a lexicon only where every reason that was found and says anything of it
says the same, or one that is declared to take precedence; everything else is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from habeas.errors import Place
from habeas.law.source import Source


@dataclass(frozen=True, slots=True)
class Reason:
    """One row: what is typed, and what it says.

    name     what a report calls it; unlike any other of its lexicon
    pattern  RE2; found anywhere in a text, in upper or lower case
    facts    what it says; none: its text is set aside before reasons are looked for
    matches  texts in which it is found
    differs  texts in which it is not
    """

    name: str
    pattern: str
    facts: Mapping[str, str]
    matches: tuple[str, ...]
    differs: tuple[str, ...]
    place: Place = field(compare=False)
    pattern_place: Place = field(compare=False)
    matches_place: Place = field(compare=False)
    differs_place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Example:
    """A text and all that the whole lexicon makes of it; a fact that is not there is unknown."""

    text: str
    facts: Mapping[str, str]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One page.

    facts       what it can say something of, in the order of its columns
    reasons     its rows
    aside       rows whose text is taken out first: it only looks like a reason
    precedence  for some facts, the word that wins wherever it is found
    examples    texts with their meaning
    """

    name: str
    source: Source
    facts: tuple[str, ...]
    reasons: tuple[Reason, ...]
    aside: tuple[Reason, ...]
    precedence: Mapping[str, str]
    examples: tuple[Example, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the page's bytes, hexadecimal."""
        return self.source.sha256

    def words(self, fact: str) -> tuple[str, ...]:
        """Every word that some reason gives a fact, the one that takes precedence first."""
        found = dict.fromkeys(one.facts[fact] for one in self.reasons if fact in one.facts)
        first = self.precedence.get(fact)
        return tuple(sorted(found, key=lambda word: word != first))

    def meaning(self, found: Collection[str]) -> dict[str, str | None]:
        """What a text says in which the reasons of these names were found; None: unknown."""
        return {fact: self._word(fact, found) for fact in self.facts}

    def _word(self, fact: str, found: Collection[str]) -> str | None:
        said = {one.facts[fact] for one in self.reasons if one.name in found and fact in one.facts}
        first = self.precedence.get(fact)
        if first in said:
            return first
        return said.pop() if len(said) == 1 else None

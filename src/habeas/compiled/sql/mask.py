"""The mask shape: a bit for each term that is yes, and one for each that is unknown.

    terms, Source  ->  mask_query  ->  a row for each subject: key, yes0, unknown0, yes1, …

Promise: the words are those of `Compiled.words`, cut into BIGINTs of 62 bits, the lowest first.
"""

from __future__ import annotations

from collections.abc import Sequence

from habeas.compiled.normal import normal
from habeas.compiled.sql.dialects import Dialect, select
from habeas.compiled.sql.facts import Gathered
from habeas.compiled.sql.items import Items
from habeas.compiled.sql.source import Source
from habeas.law.conditions import Condition
from habeas.law.ruleset import RuleSet

BITS = 62
"""Bits of a word that are used: what every BIGINT holds, whatever a database does about signs."""


def mask_query(
    rules: RuleSet,
    dialect: Dialect,
    terms: Sequence[Condition],
    source: Source,
    items: Items | None = None,
) -> str:
    """A SELECT of `key`, the words, and what is known of items."""
    made = [normal(term) for term in terms]
    cells, names = (items.cells(), items.names) if items else ([], [])
    gathered = Gathered(rules, dialect, source, made, more=cells)
    writer = gathered.writer()
    truths = [f"{writer.condition(term)} AS t{n}" for n, term in enumerate(made)]
    steps = [
        *gathered.steps,
        f"habeas_terms AS ({select(['k', *truths, *names], 'habeas_gathered')})",
    ]
    words = ["k AS key"]
    for word in range(words_of(len(made))):
        bits = range(BITS * word, min(BITS * (word + 1), len(made)))
        words += [
            f"{dialect.bits([f'(t{n} IS TRUE)' for n in bits])} AS yes{word}",
            f"{dialect.bits([f'(t{n} IS NULL)' for n in bits])} AS unknown{word}",
        ]
    return f"WITH {', '.join(steps)} {select([*words, *names], 'habeas_terms')}"


def words_of(bits: int) -> int:
    """How many words so many bits need; at least one."""
    return max(1, -(-bits // BITS))


def whole(words: Sequence[int]) -> int:
    """The number that was cut into words.

    >>> whole([1, 1]) == 2**62 + 1
    True
    """
    return sum(word << BITS * index for index, word in enumerate(words))

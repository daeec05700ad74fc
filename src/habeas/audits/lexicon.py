"""What typed reasons mean, asked of DuckDB, whose patterns are RE2.

    read_lexicon (do its own examples hold?)  ->  Lexicon  ->  lexicon_sql, reasons_sql  ->  SQL

Promise: the expressions say what `Lexicon.meaning` says of the reasons that are found; a lexicon
whose own examples fail is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb

from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.decisions.laws import read_laws
from habeas.errors import InputError, LawError, Place, Problem, did_you_mean
from habeas.law.book import LawBook
from habeas.law.lexicon import Lexicon, Reason
from habeas.law.lexicon_page import FOLDER, read_lexicons

_APART = "\n|\n"
"""Stands between texts that are joined: `.` does not run over a line's end, nor `\\s` over a bar."""


def read_lexicon(name: str, folder: Path | str | None = None) -> Lexicon:
    """The lexicon of this name in a folder of law (left out: the shipped law).

    Raises `InputError` where there is none, `LawError` where it is not well formed or an example of
    its own fails.
    """
    found = lexicons_of(read_laws(folder))
    if name not in found:
        known = f"there are {', '.join(found)}" if found else f"write `{FOLDER}/{name}.md`"
        help_ = did_you_mean(name, found, known)
        raise InputError(Problem(Place(name), f"there is no lexicon `{name}`", help_))
    problems = failures(found[name])
    if problems:
        raise LawError(problems)
    return found[name]


def lexicons_of(book: LawBook) -> dict[str, Lexicon]:
    """The lexicons in a book's folder, by name; their examples are not tried.

    Raises `LawError` with every problem found.
    """
    shown = book.vocabulary.source.path.rpartition("/")[0]
    return read_lexicons(book.folder, book.vocabulary, shown)


def checked_lexicons(book: LawBook) -> dict[str, Lexicon]:
    """The same, their examples tried. Raises `LawError` with every problem found."""
    found = lexicons_of(book)
    problems = [problem for one in found.values() for problem in failures(one)]
    if problems:
        raise LawError(problems)
    return found


def failures(lexicon: Lexicon) -> list[Problem]:
    """What fails of a lexicon's own examples, and patterns that are no RE2; in the page's order."""
    with duckdb.connect() as connection:
        problems = list(_unreadable(connection, lexicon))
        return sorted(problems or _failing(connection, lexicon), key=lambda problem: problem.place)


def joined_sql(columns: Sequence[str]) -> str:
    """One text of several, given as SQL: kept apart, so that no reason is read across two."""
    texts = ", ".join(f"CAST({one} AS VARCHAR)" for one in columns)
    return f"concat_ws({DUCKDB.literal(_APART)}, {texts})"


def lexicon_sql(lexicon: Lexicon, text: str) -> dict[str, str]:
    """For each of the lexicon's facts an expression over a text (SQL): its word, NULL for unknown."""
    left = _left(lexicon, text)
    return {fact: _fact(lexicon, fact, left) for fact in lexicon.facts}


def reasons_sql(lexicon: Lexicon, text: str) -> str:
    """The names of the reasons that are found in a text (SQL): a list, in the page's order."""
    left = _left(lexicon, text)
    found = ", ".join(
        f"CASE WHEN {_found([one], left)} THEN {DUCKDB.literal(one.name)} END"
        for one in lexicon.reasons
    )
    return f"list_filter([{found}], lambda x: x IS NOT NULL)"


def _fact(lexicon: Lexicon, fact: str, text: str) -> str:
    """A word where it alone is found, or takes precedence."""
    words = lexicon.words(fact)
    found = {
        word: _found([one for one in lexicon.reasons if one.facts.get(fact) == word], text)
        for word in words
    }
    first = lexicon.precedence.get(fact)
    whens = []
    for word in words:
        others = (
            [] if word == first else [f"NOT {found[o]}" for o in words if o not in (word, first)]
        )
        whens.append(f"WHEN {' AND '.join([found[word], *others])} THEN {DUCKDB.literal(word)}")
    return f"CASE {' '.join(whens)} END" if whens else "CAST(NULL AS VARCHAR)"


def _left(lexicon: Lexicon, text: str) -> str:
    """A text without what is set aside; what stood around it stays apart."""
    text = f"CAST({text} AS VARCHAR)"
    if not lexicon.aside:
        return text
    return f"regexp_replace({text}, {_pattern(lexicon.aside)}, {DUCKDB.literal(_APART)}, 'gi')"


def _found(reasons: Iterable[Reason], text: str) -> str:
    """Whether one of these is found."""
    return f"regexp_matches({text}, {_pattern(reasons)}, 'i')"


def _pattern(reasons: Iterable[Reason]) -> str:
    """One pattern of several, the same in whatever order they come."""
    patterns = sorted({one.pattern for one in reasons}, key=lambda p: (-len(p), p))
    return DUCKDB.literal("|".join(f"(?:{one})" for one in patterns))


# -- its own examples -----------------------------------------------------------------------------


def _unreadable(connection: duckdb.DuckDBPyConnection, lexicon: Lexicon) -> Iterator[Problem]:
    """Patterns that are no RE2, or find something in nothing."""
    for one in (*lexicon.reasons, *lexicon.aside):
        try:
            [(empty,)] = connection.execute(
                "SELECT regexp_matches('', $1, 'i')", [one.pattern]
            ).fetchall()
        except duckdb.Error as error:
            why = str(error).split("\n")[0].removeprefix("Invalid Input Error: ")
            yield Problem(
                one.pattern_place,
                f"this pattern cannot be read: {why.replace('`', '')}",
                "patterns are RE2, which looks neither ahead nor back: github.com/google/re2/wiki/Syntax",
            )
        else:
            if empty:
                help_ = "write at least one character that has to be there"
                yield Problem(one.pattern_place, "this pattern is found in an empty text", help_)


def _failing(connection: duckdb.DuckDBPyConnection, lexicon: Lexicon) -> Iterator[Problem]:
    """Examples that come out otherwise."""
    rows = (*lexicon.reasons, *lexicon.aside)
    texts = {text for one in rows for text in (*one.matches, *one.differs)}
    texts |= {one.text for one in lexicon.examples}
    alone = _tried(connection, lexicon, {text: text for text in texts})
    among = _tried(connection, lexicon, {text: _APART.join(("x", text, "x")) for text in texts})
    for one in rows:
        for text in one.matches:
            if one.name not in alone[text]:
                help_ = "mend the pattern, or the example; what is set aside is taken out first"
                yield Problem(one.matches_place, f"`{one.name}` is not found in `{text}`", help_)
            elif one.name not in among[text]:
                help_ = "leave out what ties it to the text's beginning or end, such as `^` and `$`"
                message = f"`{one.name}` is not found in `{text}` among other texts"
                yield Problem(one.pattern_place, message, help_)
        for text in one.differs:
            if one.name in alone[text]:
                help_ = "narrow the pattern, or mend the example"
                yield Problem(one.differs_place, f"`{one.name}` is found in `{text}`", help_)
    for example in lexicon.examples:
        found = alone[example.text]
        for fact, word in lexicon.meaning(found).items():
            if word != example.facts.get(fact):
                yield Problem(
                    example.place,
                    f"`{fact}` of `{example.text}` is {_said(word)}, not {_said(example.facts.get(fact))}",
                    f"found in it: {', '.join(name for name in found) or 'no reason'}",
                )


def _tried(
    connection: duckdb.DuckDBPyConnection, lexicon: Lexicon, texts: dict[str, str]
) -> dict[str, list[str]]:
    """The names of what is set aside and of the reasons that are found in each text."""
    aside = ", ".join(
        f"CASE WHEN {_found([one], 't')} THEN {DUCKDB.literal(one.name)} END"
        for one in lexicon.aside
    )
    given = select(["unnest($1) AS k", "unnest($2) AS t"], "(SELECT 1)")
    asked = select(["k", f"[{aside}]", reasons_sql(lexicon, "t")], f"({given})")
    rows = connection.execute(asked, [list(texts), list(texts.values())]).fetchall()
    return {key: [name for name in (*first, *second) if name] for key, first, second in rows}


def _said(word: str | None) -> str:
    return f"`{word}`" if word else "unknown"

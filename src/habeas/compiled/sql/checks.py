"""What a database may hold and the language cannot: found before anything is decided.

    Bulk, Source  ->  checks  ->  queries of one row: for each problem, a key that has it, or NULL

Promise: none of these is ever decided as if it were something else: days outside 0001-01-01 …
9999-12-31, words that the vocabulary does not have, flags that a list of the law contradicts, keys
that are missing or not unique.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from habeas.compiled.sql.dialects import select
from habeas.compiled.sql.source import Relation, Source
from habeas.law.vocabulary import Fact

if TYPE_CHECKING:
    from habeas.compiled.sql.bulk import Bulk


@dataclass(frozen=True, slots=True)
class Check:
    """A query of one row.

    relation  what it looks at
    problems  what is wrong where the column of the same position is not NULL (then a key, as text)
    of_keys   whether it is about the subjects' keys
    spared    a cheaper query of one number, at most 1 where nothing is wrong; or nothing
    """

    sql: str
    relation: str
    problems: tuple[tuple[str, str], ...]
    of_keys: bool = False
    spared: str = ""


def checks(bulk: Bulk, source: Source) -> list[Check]:
    """A check of each relation, and one of the subjects' keys."""
    vocabulary, given = bulk.rules.vocabulary, source.subjects
    facts = [(name, vocabulary.facts[name]) for name in bulk.facts]
    facts += [(f"{item}.{name}", vocabulary.facts[name]) for item, name in bulk.items]
    found = [_of_relation(bulk, given, facts, ""), _unique(bulk, given)]
    for table, columns in bulk.columns.items():
        if table in source.tables:
            asked = [(name, vocabulary.tables[table][name]) for name in columns]
            found.append(_of_relation(bulk, source.tables[table], asked, table))
    return found


def _of_relation(
    bulk: Bulk, relation: Relation, facts: Iterable[tuple[str, Fact]], table: str
) -> Check:
    dialect = bulk.dialect
    key = dialect.identifier(relation.key)
    cells = [f"MAX(CASE WHEN {key} IS NULL THEN '' END)"]
    problems = [(f"`{relation.key}` is missing", "give every row the key of its subject")]

    def bad(where: str, message: str, help: str) -> None:
        cells.append(f"MAX(CASE WHEN {where} THEN CAST({key} AS {dialect.text_type}) END)")
        problems.append((message, help))

    for name, fact in facts:
        if name not in relation.columns:
            continue
        column = dialect.identifier(name)
        if fact.type == "date":
            first, last = dialect.literal(date.min), dialect.literal(date.max)
            bad(
                f"{column} < {first} OR {column} > {last}",
                f"`{name}` is no day between 0001-01-01 and 9999-12-31",
                "leave it out: it is unknown",
            )
        elif fact.type == "words" and not _only(relation, name, fact):
            listed = ", ".join(dialect.literal(word) for word in fact.words)
            bad(
                f"{dialect.text(column)} NOT IN ({listed})",
                f"`{name}` is none of its words",
                f"the words are {', '.join(f'`{word}`' for word in fact.words)}",
            )
        listed_with = bulk.rules.listed.get((table, name))
        if listed_with and "offense" in relation.columns:
            offense = dialect.text(dialect.identifier("offense"))
            words = ", ".join(dialect.literal(one) for one in sorted(listed_with))
            bad(
                f"{column} IS FALSE AND {offense} IN ({words})",
                f"`{name}` is stated as no, and `{fact.derived}` says yes for that offence on {bulk.rules.day}",
                "correct the record or the mapping, or the list of the law",
            )
    sql = select(cells, dialect.relation(relation.name))
    return Check(sql, ".".join(relation.name), tuple(problems))


def _only(relation: Relation, name: str, fact: Fact) -> bool:
    """Whether a column is an enumeration of the fact's words and no others: then all is in order."""
    return name in relation.words and set(relation.words[name]) <= set(fact.words)


def _unique(bulk: Bulk, subjects: Relation) -> Check:
    dialect = bulk.dialect
    key, name = dialect.identifier(subjects.key), dialect.relation(subjects.name)
    twice = select([f"{key} AS k"], f"{name} GROUP BY {key} HAVING COUNT(*) > 1")
    return Check(
        select([f"MAX(CAST(k AS {dialect.text_type}))"], f"({twice}) t"),
        ".".join(subjects.name),
        ((f"`{subjects.key}` is not unique", "give each subject a key of its own"),),
        of_keys=True,
        spared=dialect.unordered(key, name),
    )

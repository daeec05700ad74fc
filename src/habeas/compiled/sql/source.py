"""Where the facts of an audit stand: relations, keys and columns.

    names of relations and their columns  ->  Source  ->  mask, factorised, checks

Promise: a column that is not there is unknown for everybody; nothing is assumed of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from habeas.compiled.sql.dialects import Name


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view.

    name     with its schema's before it, or alone
    columns  those that it has
    key      the column that names the subject
    words    by column, what an enumeration can hold; a column that is not here can hold any text
    """

    name: Name
    columns: frozenset[str]
    key: str
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """The relations that one audit reads.

    subjects  a row for each subject: a column for each request or person fact, for each fact of an
              item (`release_date.public`), and for each table (yes: the table is complete)
    tables    by table of the vocabulary, a row for each of a subject's rows; one that is not here has
              none

    NULL is unknown. Yes/no is BOOLEAN, a day DATE, a number any whole type up to BIGINT; words,
    texts and places are text, or an ENUM of the database. Subjects' keys differ; a row that has no
    subject counts for nobody.
    """

    subjects: Relation
    tables: Mapping[str, Relation] = field(default_factory=dict)

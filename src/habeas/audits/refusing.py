"""What an audit refuses before it decides anything.

    Bulk, Source  ->  refuse  ->  nothing, or `InputError` with a help line

Promise: a relation without its key, a column that is no fact, a type that is not the fact's, a
collation that takes different texts for equal ones, and whatever `Bulk.checks` finds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from habeas.audits.engine import Engine
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.source import Relation, Source
from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.vocabulary import Fact

_SHOWN = {"yes/no": "BOOLEAN", "date": "DATE", "number": "a whole number of up to 64 bits"}


def refuse(engine: Engine, bulk: Bulk, source: Source, *, keys_alone: bool = False) -> None:
    """Raise `InputError` with every problem of a source.

    keys_alone  of its values only the subjects' keys are looked at
    """
    problems = list(_shape(engine, bulk, source))
    if not problems:
        problems = list(_values(engine, bulk, source, keys_alone))
    if problems:
        raise InputError(problems)


def _shape(engine: Engine, bulk: Bulk, source: Source) -> Iterable[Problem]:
    """Keys, names and types."""
    vocabulary = bulk.rules.vocabulary
    yield from engine.problems()
    known = {name: fact for name, fact in vocabulary.facts.items() if fact.scope != "item"}
    known |= {
        f"{item}.{name}": fact
        for item in vocabulary.items
        for name, fact in vocabulary.facts.items()
        if fact.scope == "item"
    }
    yield from _relation(engine, source.subjects, known, tuple(vocabulary.tables))
    for table, relation in source.tables.items():
        if table not in vocabulary.tables:
            yield Problem(
                Place(".".join(relation.name)),
                f"there is no table `{table}`",
                did_you_mean(table, vocabulary.tables, "the vocabulary lists the tables"),
            )
            continue
        yield from _relation(engine, relation, vocabulary.tables[table], ())


def _relation(
    engine: Engine,
    relation: Relation,
    facts: dict[str, Fact],
    tables: tuple[str, ...],
) -> Iterable[Problem]:
    place = Place(".".join(relation.name))
    types = engine.columns(relation.name)
    if relation.key not in types or relation.key in facts or relation.key in tables:
        yield Problem(
            place,
            f"`{relation.key}` is no column of its own",
            "name the column that holds the subject's key, and nothing else",
        )
    for name in sorted(relation.columns - {relation.key}):
        if name in tables:
            kind = "yes/no"
        elif name in facts:
            kind = str(facts[name].type) if facts[name].type in _SHOWN else "text"
        else:
            yield Problem(
                place,
                f"`{name}` is no fact",
                did_you_mean(name, [*facts, *tables], "leave it out of the relation"),
            )
            continue
        if name not in types:
            yield Problem(place, f"there is no column `{name}`", "name the columns that it has")
        elif types[name].kind != kind:
            shown = _SHOWN.get(kind, "a text or an enumeration")
            yield Problem(place, f"`{name}` is `{types[name].shown}`", f"make it {shown}")


def _values(engine: Engine, bulk: Bulk, source: Source, keys_alone: bool) -> Iterable[Problem]:
    """What `Bulk.checks` finds."""
    for check in bulk.checks(_typed(engine, source)):
        if keys_alone and not check.of_keys:
            continue
        if check.spared:
            ((many,),) = engine.rows(check.spared)
            if int(str(many)) <= 1:
                continue
        (found,) = engine.rows(check.sql)
        for key, (message, help_line) in zip(found, check.problems, strict=True):
            if key is not None:
                where = f"{check.relation}, key {key}" if key else check.relation
                yield Problem(Place(where), message, help_line)


def _typed(engine: Engine, source: Source) -> Source:
    """The source with what its enumerations can hold."""

    def typed(relation: Relation) -> Relation:
        words = {n: one.words for n, one in engine.columns(relation.name).items() if one.words}
        return replace(relation, words=words)

    tables = {table: typed(relation) for table, relation in source.tables.items()}
    return Source(typed(source.subjects), tables)

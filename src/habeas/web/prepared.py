"""A query that is planned once a connection, where planning it takes longer than all the rest.

    SQL, values by name  ->  rows  ->  rows

Promise: values are parameters on either database; a text of SQL is prepared under a name of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_there: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""The names that are prepared on each connection of PostgreSQL."""


def rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a constant query whose parameters are `%(name)s`."""
    values = {name: value for name, value in values.items() if f"%({name})s" in sql}
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(sql, values)
            return list(cursor.fetchall())
        marks = ", ".join(f"%({name})s" for name in values)
        called = f"({marks})" if marks else ""
        cursor.execute(f"EXECUTE {_prepared(sql, values)} {called}", values)
        return list(cursor.fetchall())


def _prepared(sql: str, values: Mapping[str, Any]) -> str:
    """The name under which a query is prepared on the connection at hand."""
    there = _there.setdefault(connection.connection, set())
    name = f"habeas_{sha256(sql.encode()).hexdigest()[:16]}"
    if name not in there:
        numbered = sql % {one: f"${at}" for at, one in enumerate(values, 1)}
        connection.connection.execute(f"PREPARE {name} AS {numbered}")
        there.add(name)
    return name

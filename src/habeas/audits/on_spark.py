"""Audits on Spark, past one machine.

    a SparkSession, a folder  ->  OnSpark  ->  decide

Promise: as `Engine`; whatever is made stands as Parquet in the folder, which has to be one that every
executor reaches, and is looked at through temporary views.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from habeas.audits.engine import Column
from habeas.compiled.sql.dialects import SPARK, Dialect, Name, select
from habeas.errors import Problem

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_KINDS = {"boolean": "yes/no", "date": "date", "string": "text"}
_KINDS |= dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "number")


class OnSpark:
    """A session, as an `Engine`. Tables of the vocabulary and the log are its tables or views."""

    dialect: Dialect = SPARK

    def __init__(self, session: SparkSession, folder: Path) -> None:
        self.session = session
        self.folder = folder
        self._made: dict[str, Path] = {}

    def problems(self) -> list[Problem]:
        """None: a text column with a collation of its own is refused by its type."""
        return []

    def columns(self, relation: Name) -> dict[str, Column]:
        """As `Engine.columns`."""
        fields = self.session.sql(select(["*"], SPARK.relation(relation))).schema.fields
        found = {}
        for field in fields:
            shown = field.dataType.simpleString()
            found[field.name] = Column(_KINDS.get(shown, ""), shown)
        return found

    def make(self, name: str, query: str) -> None:
        """As `Engine.make`."""
        where = self.folder / uuid4().hex
        self.session.sql(query).write.parquet(str(where))
        self._keep(name, where)

    def view(self, name: str, query: str) -> None:
        """As `Engine.view`."""
        self.drop(name)
        self.session.sql(f"CREATE TEMPORARY VIEW {SPARK.identifier(name)} AS {query}")

    def load(self, name: str, table: pa.Table) -> None:
        """As `Engine.load`."""
        where = self.folder / uuid4().hex
        where.mkdir()
        pq.write_table(table, where / "part.parquet")
        self._keep(name, where)

    def drop(self, *names: str) -> None:
        """As `Engine.drop`."""
        for name in names:
            self.session.sql(f"DROP VIEW IF EXISTS {SPARK.identifier(name)}")
            where = self._made.pop(name, None)
            if where is not None:
                shutil.rmtree(where)

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """As `Engine.rows`."""
        for row in self.session.sql(query).toLocalIterator(prefetchPartitions=True):
            yield tuple(row)

    def _keep(self, name: str, where: Path) -> None:
        """Look at a folder of Parquet under a name, which it may itself have been read from."""
        self.drop(name)
        self.session.read.parquet(str(where)).createOrReplaceTempView(SPARK.identifier(name))
        self._made[name] = where

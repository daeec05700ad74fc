"""Audits decided by PostgreSQL and Spark: the same rows, answers and findings as by DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from habeas.audits.audit import audit
from habeas.audits.elsewhere import elsewhere
from habeas.audits.on_duckdb import opened
from habeas.audits.on_spark import OnSpark
from habeas.decisions.laws import read_law
from habeas.errors import InputError
from habeas.reports.audit_files import write_audit
from tests.audits.small_log import MAP, PLACE, ROWS, map_of, text, write

HEARD = MAP.replace("{column: purpose}", "{column: purpose, source: requester}")
"""The purpose is what the requester says, so that step 5 is asked."""


def audited(log: Path, there: Any) -> list[dict[str, Any]]:
    out = log.parent / ("there" if there else "here")
    with opened("500MB") as engine:
        made = audit(engine, read_law(PLACE), [str(log)], map_of(log.parent / "map.yaml"), None, there)  # fmt: skip
        write_audit(out, made, None, "habeas audit")
    found: list[dict[str, Any]] = pq.read_table(out / "decisions.parquet").to_pylist()
    assert (out / "findings.csv").read_text()
    return found


def same(tmp_path: Path, there: Any) -> None:
    log = write(tmp_path, text(ROWS * 3), HEARD)
    here, other = audited(log, None), audited(log, there)
    assert here == other
    assert {one["verdict"] for one in here} == {"refer", "deny"}
    assert "unconfirmed" in {one["basis"] for one in here}
    assert (tmp_path / "here" / "findings.csv").read_bytes() == (
        tmp_path / "there" / "findings.csv"
    ).read_bytes()


def test_postgresql_finds_what_duckdb_finds(tmp_path: Path, server: Any) -> None:
    server.run("GRANT TEMPORARY ON DATABASE jail TO clerk")
    with elsewhere(server.address()) as there:
        same(tmp_path, there)
    with server.connected() as database:
        left = database.execute("SELECT relname FROM pg_class WHERE relname LIKE 'log%'").fetchall()
    assert left == []


@pytest.mark.slow
def test_spark_finds_what_duckdb_finds(tmp_path: Path, spark: OnSpark) -> None:
    same(tmp_path, spark)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("oracle", "there is no such engine"),
        ("postgresql://clerk:hidden@127.0.0.1:1/jail", "does not answer"),
        ("postgresql://%%%", "no address of a PostgreSQL database"),
    ],
)
def test_an_engine_that_is_not_there_is_told_without_its_password(word: str, told: str) -> None:
    with pytest.raises(InputError) as caught, elsewhere(word):
        pass
    assert told in str(caught.value)
    assert "hidden" not in str(caught.value)

"""A Spark session of the tests' own, on this machine, started when a test first asks."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from habeas.audits.on_spark import OnSpark


def java() -> int:
    """The version of the Java that is here; 0: none."""
    if shutil.which("java") is None:
        return 0
    told = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else 0


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnSpark]:
    """A session, or a skip that says what would start one."""
    pytest.importorskip("pyspark", reason="no Spark here: install `habeas[spark]`")
    if java() < 17:
        pytest.skip(
            "no Java 17 here: run `make test` as root, or apt-get install openjdk-17-jre-headless"
        )
    from pyspark.sql import SparkSession

    folder: Path = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "local"),
        "spark.driver.memory": "2g",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    made = folder / "made"
    made.mkdir()
    yield OnSpark(session, made)
    session.stop()

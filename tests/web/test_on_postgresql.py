"""Everything of the web on the other database: these tests, with a PostgreSQL server of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT
from tests.postgres import OWNER, PASSWORD, Server

WEB = "tests/web"
# A page looks the same whatever keeps its data.
BROWSERS = [path for path in (ROOT / WEB).glob("test_*.py") if "tests.browser" in path.read_text()]
NOT_THESE = [f"--ignore={path.relative_to(ROOT)}" for path in (Path(__file__), *BROWSERS)]


# What the database itself holds; `make test-all` runs the others too.
FEW = [*(f"{WEB}/test_{name}.py" for name in ("adopting", "trail", "way")), "-m", "not slow"]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "what",
    [FEW, pytest.param([WEB, *NOT_THESE], marks=pytest.mark.slow)],
    ids=["doors", "everything"],
)
def test_the_web_does_on_postgresql_what_it_does_on_sqlite(
    what: list[str], server: Server, tmp_path: Path
) -> None:
    server.run("DROP DATABASE IF EXISTS test_jail")
    report = tmp_path / "report.xml"
    collected = pytest_there(server, *what, "--collect-only", "-q")
    listed = [line for line in collected.stdout.splitlines() if line.startswith(f"{WEB}/")]
    assert collected.returncode == 0 and len(listed) > 50, collected.stdout[-3000:]
    done = pytest_there(server, *what, "-q", f"--junitxml={report}", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-6000:]
    [suite] = ElementTree.parse(report).getroot()
    counts = {name: int(suite.attrib[name]) for name in ("tests", "skipped", "failures", "errors")}
    assert counts == {"tests": len(listed), "skipped": 0, "failures": 0, "errors": 0}


def pytest_there(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of the web in another process, where the office's database is the server's."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env={**os.environ, "HABEAS_TEST_DATABASE": server.address(OWNER, PASSWORD)},
        capture_output=True,
        text=True,
        timeout=1700,
    )

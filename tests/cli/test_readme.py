"""The README's own commands, run in a folder of their own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
COMMANDS = [
    line[2:]
    for block in re.findall(r"```console\n(.*?)```", README, re.S)
    for line in block.splitlines()
    if line.startswith("$ ")
]


def environment() -> dict[str, str]:
    """The environment with the `habeas` of the Python that runs the tests."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
    }


def test_the_commands_of_the_walk_run_one_after_the_other(tmp_path):
    if shutil.which("habeas", path=str(Path(sys.executable).parent)) is None:
        pytest.skip(
            "`habeas` is not installed beside this Python: run `make setup`, then `make test`"
        )
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for command in COMMANDS:
        if command.startswith(("make ", ". .venv")):
            continue
        done = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0 or (
            command.startswith("habeas records check") and done.returncode == 1
        ), f"{command}\n{done.stdout}{done.stderr}"
    assert (tmp_path / "answer" / "report.html").exists()


def test_make_knows_the_targets_that_the_readme_names():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    named = set(re.findall(r"`make ([a-z-]+)`", README)) | {
        c.split()[1] for c in COMMANDS if c.startswith("make ")
    }
    assert named <= set(targets)


def test_make_demo_ends_in_a_report(tmp_path):
    if not (ROOT / ".venv" / ".setup").exists():
        pytest.skip("no `.venv` made by make: run `make setup`, then `make test`")
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "habeas", "demo"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "What to try next" in done.stdout
    assert (tmp_path / "habeas-demo" / "answers" / "report.html").stat().st_size > 10_000


def test_the_python_of_the_readme_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment()
    )
    assert f"# {done.stdout.strip()}\n" in code, done.stdout + done.stderr

"""What the README and the documentation say of make, and the demo. Their snippets: tests/docs."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.shell import checkout_environment

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_make_knows_the_targets_that_the_pages_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {
        word
        for page in PAGES
        for word in re.findall(r"(?:`|^\$ )make ([a-z-]+)", page.read_text(encoding="utf-8"), re.M)
    }
    assert {"setup", "demo", "test"} <= named
    assert named <= targets


def test_the_demo_ends_in_a_report(tmp_path: Path) -> None:
    habeas = ROOT / ".venv" / "bin" / "habeas"
    if not (ROOT / ".venv" / ".setup").exists():
        pytest.skip("no `.venv` made by make: run `make setup`, then `make test`")
    done = subprocess.run(
        [habeas, "demo"],
        cwd=tmp_path,
        env=checkout_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "What to try next" in done.stdout
    assert (tmp_path / "habeas-demo" / "answers" / "report.html").stat().st_size > 10_000


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(links) > 8
    assert [one for one in links if "://" not in one and not (ROOT / one).exists()] == []

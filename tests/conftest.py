"""What every test may use: where things are, how hard Hypothesis tries, when all tests last passed.

`HYPOTHESIS_PROFILE` chooses a profile: `normal` (when unset) or `fuzz` (what `make fuzz` sets).
"""

import os
import subprocess
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.browser", "tests.postgres"]

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "habeas"
LAWS = ROOT / "laws"
VECTORS = ROOT / "vectors"
SHARED = ROOT.parent / "shared"
TEST_ALL_PASSED = ROOT / ".test-all-passed"

# Taken out of the environment: a pytest that a test starts must not take itself for this one.
IS_TEST_ALL = os.environ.pop("HABEAS_TEST_ALL", "") == "1"

# In CI the examples are the same in every run, so that a run fails only for what was submitted.
settings.register_profile(
    "normal", deadline=None, max_examples=50, derandomize=bool(os.environ.get("CI"))
)
settings.register_profile("fuzz", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of golden cases, real data and official vectors, beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared: put the shared folder beside the checkout")
    return SHARED


def counts(terminal: pytest.TerminalReporter) -> str:
    """How the run went, as in `812 passed, 3 skipped`."""
    outcomes = ("failed", "error", "passed", "skipped", "xfailed")
    return ", ".join(f"{len(terminal.stats[o])} {o}" for o in outcomes if terminal.stats.get(o))


def git(*arguments: str) -> str | None:
    """What git prints in the project's root, or None when it fails there."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def commit() -> str:
    """The checkout's commit, with a word on changes that it does not hold."""
    head = (git("rev-parse", "--short=12", "HEAD") or "no commit").strip()
    return f"{head} with changes" if git("status", "--porcelain") else head


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> Generator[None, None, None]:
    """Notes that `make test-all` passed; says when it last did, just above the closing line."""
    yield
    if IS_TEST_ALL and exitstatus == pytest.ExitCode.OK:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        TEST_ALL_PASSED.write_text(f"{now} at {commit()}: {counts(terminalreporter)}\n")
    if "not slow" in config.option.markexpr:
        last = TEST_ALL_PASSED.read_text().strip() if TEST_ALL_PASSED.exists() else "never"
        terminalreporter.write_line(f"make test-all last passed on this checkout: {last}")

"""The command `audit`: what it prints, its JSON, its files, its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.cli.auditing import memory_limit
from habeas.cli.common import out
from habeas.errors import InputError
from tests.audits.small_log import MAP, ROWS, text, write
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "_width", 200)


def run(tmp_path: Path, *more: str, log: str = "log.csv") -> tuple[int, str]:
    done = CliRunner().invoke(
        app,
        ["audit", str(tmp_path / log), "--map", str(tmp_path / "map.yaml"), "--place", "us-ca",
         "--out", str(tmp_path / "out"), *more],
    )  # fmt: skip
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_findings_are_told_as_apparent_and_end_with_1(tmp_path: Path) -> None:
    write(tmp_path, text((*ROWS, "broken")))
    code, told = run(tmp_path)
    assert code == 1
    for line in (
        "Made up, law of us-ca",
        "9 rows decided, each by the law of its own day",
        "1 row rejected: see rejects.csv",
        "           2  apparently disclosed though forbidden",
        "           1  apparently refused though required",
        "           2  wait for something that the log does not say",
    ):
        assert line in told
    assert "Secret" not in told and "Elm" not in told


def test_a_log_without_findings_ends_with_0(tmp_path: Path) -> None:
    write(tmp_path, text(ROWS[2:5]))
    code, told = run(tmp_path)
    assert code == 0 and "           0  apparently disclosed though forbidden" in told


def test_json_has_the_figures_and_the_files(tmp_path: Path) -> None:
    write(tmp_path)
    code, told = run(tmp_path, "--json")
    found = json.loads(told)
    assert code == 1
    assert (found["rows"], found["forbidden"], found["required"], found["refer"]) == (9, 2, 1, 2)
    assert found["items"]["alpr_reads"]["disclosed though forbidden"] == 2
    assert found["changes"] is None and str(tmp_path / "out" / "findings.csv") in found["files"]
    assert all(Path(path).exists() for path in found["files"])


def test_what_changed_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    run(tmp_path)
    (tmp_path / "out").rename(tmp_path / "before")
    code, told = run(tmp_path, "--compare", str(tmp_path / "before"))
    assert code == 1 and "the same findings" in told
    write(tmp_path, text(ROWS[1:]))
    code, told = run(tmp_path, "--compare", str(tmp_path / "before"))
    assert "           1  finding no longer there: the row is not there" in told
    assert (tmp_path / "out" / "changes.csv").exists()


def test_text_is_written_only_where_it_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path)
    _, told = run(tmp_path, "--with-text")
    assert "for use inside the office alone" in told and "Secret" not in told
    assert "Secret" in (tmp_path / "out" / "findings.csv").read_text()
    assert "Secret" not in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--memory-limit", "5MB"), "`5MB` is no size of at least 100 MB"),
        (("--memory-limit", "lots"), "write it as `500MB` or `4GB`"),
        (("--compare", "nowhere"), "there is no `habeas.json` in it"),
    ],
)
def test_what_cannot_be_used_says_so_and_leaves_nothing(
    tmp_path: Path, more: tuple[str, ...], told: str
) -> None:
    write(tmp_path)
    with pytest.raises(InputError) as caught:
        run(tmp_path, *more)
    assert told in str(caught.value) and caught.value.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "theirs").write_text("x")
    with pytest.raises(InputError, match="this folder holds other files"):
        run(tmp_path, log="not-there.csv")


def test_a_missing_log_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(InputError, match="no such log"):
        run(tmp_path, log="not-there.csv")


def test_the_scratch_of_the_database_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    write(tmp_path)
    run(tmp_path)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("size", ["500MB", "4GB", "1.5 gb", "512MiB"])
def test_sizes_are_written_as_the_database_writes_them(size: str) -> None:
    assert memory_limit(size) == size.replace(" ", "")


def test_the_shipped_example_runs(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app,
        ["audit", str(ROOT / "examples/logs/searches.csv"), "--map", str(ROOT / "examples/maps/alpr-searches.yaml"),
         "--place", "us-ca", "--out", str(tmp_path / "audit")],
    )  # fmt: skip
    assert done.exit_code == 0
    assert "8 rows decided" in done.output and "1 row rejected" in done.output


def test_the_maps_day_is_asked_for_by_name(tmp_path: Path) -> None:
    write(tmp_path, "", MAP.replace("day: {column: when", "day: {colum: when"))
    with pytest.raises(InputError, match="unknown field `colum`"):
        run(tmp_path)

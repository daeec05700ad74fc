"""`habeas doctor`: what it finds on a machine, made-up machines among them, and its exit code."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from datetime import date, timedelta
from pathlib import Path

import pytest
import typst
from typer.testing import CliRunner, Result

import habeas
from habeas.cli import app, machine
from habeas.decisions.laws import read_laws
from tests.conftest import LAWS, ROOT

DiskUsage = namedtuple("DiskUsage", "total used free")


def doctor(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["doctor", *map(str, arguments)], prog_name="habeas")


def finding(what: str, *arguments: object) -> dict:
    """One finding of a run with `--json`."""
    document = json.loads(doctor("--json", *arguments).stdout)
    (found,) = (one for one in document["findings"] if one["what"] == what)
    return found


@pytest.fixture
def furnished(monkeypatch):
    """A developer's machine that has everything, and is the same wherever the tests run."""
    monkeypatch.setattr(machine, "_can_set", lambda *_: True)
    monkeypatch.setattr(machine.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: DiskUsage(0, 0, 78_000_000_000))
    monkeypatch.setitem(sys.modules, "psycopg", type("psycopg", (), {"__version__": "3.3.9"}))
    monkeypatch.setattr(machine, "newest_day", lambda _: None)
    server = Path("/usr/lib/postgresql/15/bin/postgres")
    monkeypatch.setattr(machine, "_servers", lambda: [server])
    return monkeypatch


def plain(text: str) -> str:
    """Output without what differs from machine to machine, day to day and law to law."""
    known = {
        str(Path(habeas.__file__).parent): "HABEAS",
        str(LAWS): "LAWS",
        sys.executable: "PYTHON",
        tempfile.gettempdir(): "TMP",
        str(Path.cwd()): "HERE",
        habeas.__version__: "VERSION",
        str(date.today()): "TODAY",
    }
    for one in sorted(known, key=len, reverse=True):  # a folder before those above it
        text = text.replace(one, known[one])
    text = re.sub(r"(Python: )[0-9.]+", r"\1X", text)
    return re.sub(r"[0-9]+ places, [0-9]+ provisions \([0-9]+ unchecked\)", "N provisions", text)


@pytest.mark.parametrize("name", ["everything", "bare"])
def test_the_output_of_a_machine_with_everything_and_of_a_bare_one(furnished, tmp_path, name):
    words: list[object] = []
    if name == "bare":
        furnished.setattr(machine, "_can_set", lambda *_: False)
        furnished.setattr(machine.shutil, "which", lambda _: None)
        furnished.setattr(machine.shutil, "disk_usage", lambda _: DiskUsage(0, 0, 5_000_000))
        furnished.setattr(machine, "_servers", lambda: [])
        furnished.setitem(sys.modules, "psycopg", None)
        words = ["--law", "no-such-folder"]
    done = doctor(*words)
    golden = ROOT / "tests" / "cli" / f"doctor-{name}.txt"
    assert plain(done.stdout) == golden.read_text()
    assert done.exit_code == (1 if name == "bare" else 0)
    assert done.stderr == ""


def test_this_machine_can_decide_and_the_json_says_the_same():
    done = doctor("--json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["ready"]) == (0, True)
    assert document["law"]["us-ca-sf"] == read_laws().digest("us-ca-sf")
    assert [one["what"] for one in document["findings"]][:3] == ["Python", "Habeas", "law"]
    for one in document["findings"]:
        assert one["state"] in ("ok", "note", "broken")
        assert one["why"]
        assert bool(one["help"]) is (one["state"] != "ok"), one


def test_nothing_stays_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctor().exit_code == 0
    assert not [*tmp_path.iterdir()]


# -- needed: broken where it fails ------------------------------------------------------------------


def test_law_that_is_not_well_formed(tmp_path):
    shutil.copytree(LAWS, tmp_path / "law")
    (tmp_path / "law" / "us-ca" / "draft.txt").write_text("no law\n")
    found = finding("law", "--law", tmp_path / "law")
    assert found["state"] == "broken"
    assert "draft.txt: this file is no law" in found["found"]
    assert doctor("--law", tmp_path / "law").exit_code == 1


def test_a_folder_of_law_that_may_not_be_read(monkeypatch):
    def refuses(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(machine, "read_laws", refuses)
    found = finding("law")
    assert found["state"] == "broken"
    assert found["found"].endswith(": Permission denied")
    assert doctor().exit_code == 1


@pytest.mark.parametrize(
    ("back", "state"), [(0, "ok"), (1, "note"), (366, "note"), (367, "broken"), (20_000, "broken")]
)
def test_a_clock_before_the_newest_law(back, state):
    """Law may ship up to a year before it begins; a clock further back was reset."""
    newest = date(2026, 1, 1)
    assert machine.clock(newest - timedelta(days=back), newest).state == state


def test_the_newest_day_is_one_on_which_law_begins_not_one_on_which_it_ends(tmp_path):
    shutil.copytree(LAWS / "us", tmp_path / "us")
    shutil.copyfile(LAWS / "vocabulary.md", tmp_path / "vocabulary.md")
    path = tmp_path / "us" / "court-process.md"
    heading = re.compile(r"(\{#process)[^}]*\}")
    path.write_text(heading.sub(r"\1 from=2025-06-01 to=2051-01-01}", path.read_text()))
    (tmp_path / "us-ca").mkdir()
    shutil.copyfile(LAWS / "us-ca" / "offenses.csv", tmp_path / "us-ca" / "offenses.csv")
    assert machine.newest_day(read_laws(tmp_path)) == date(2025, 6, 1)
    assert machine.newest_day(None) is None


@pytest.mark.parametrize(
    ("encoding", "state"),
    [
        ("utf-8", "ok"),
        ("UTF8", "ok"),
        ("cp1252", "note"),
        ("latin-1", "broken"),
        ("ascii", "broken"),
        ("no such encoding", "broken"),
    ],
)
def test_a_terminal_that_cannot_show_the_law(encoding, state):
    found = machine.terminal(encoding)
    assert found.state == state
    assert ("LC_ALL=C.UTF-8" in found.help) is (state != "ok")


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_it_is_printed_even_where_the_terminal_has_few_letters(words):
    done = subprocess.run(
        [sys.executable, "-m", "habeas", "doctor", *words],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (1, "")
    if words:
        (found,) = (o for o in json.loads(done.stdout)["findings"] if o["what"] == "terminal")
        assert (found["state"], found["found"]) == ("broken", "ascii")
    else:
        assert done.stdout.isascii()
        assert "broken  terminal: ascii" in done.stdout


def test_no_folder_for_temporary_files(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    found = finding("temporary files")
    assert found["state"] == "broken"
    assert "No such file or directory" in found["found"]
    assert "TMPDIR" in found["help"]
    assert doctor().exit_code == 1


# -- optional: a note where it is missing -----------------------------------------------------------


def test_no_driver_for_postgresql(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    found = finding("PostgreSQL")
    assert (found["state"], found["found"]) == ("note", "psycopg is not installed")
    assert found["help"] == "pip install 'habeas[postgresql]'"
    assert doctor().exit_code == 0


def test_a_driver_without_the_library_that_it_loads(monkeypatch, tmp_path):
    (tmp_path / "psycopg.py").write_text("raise ImportError('no pq wrapper available\\nmore')\n")
    monkeypatch.delitem(sys.modules, "psycopg", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert machine.postgresql().found == "psycopg cannot be loaded: no pq wrapper available"


def test_a_letter_that_no_font_has():
    assert machine._can_set("release", typst.Fonts())
    assert not machine._can_set("\ue000", typst.Fonts()), "a private letter"


def test_the_packages_with_the_letters_that_are_lacking(monkeypatch):
    monkeypatch.setattr(machine, "_can_set", lambda word, _: word != "김민준")
    found = machine.letters()
    assert (found.state, found.found) == ("note", "none for Korean")
    assert "fonts-noto-cjk" in found.help
    assert "fonts-noto-core" not in found.help


def test_little_room_is_a_note(monkeypatch):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: DiskUsage(0, 0, machine.ROOM - 1))
    for what in ("temporary files", "this folder"):
        assert finding(what)["state"] == "note"
    assert doctor().exit_code == 0


def test_a_current_folder_that_is_gone(monkeypatch, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert machine.here().state == "note"
    os.chdir(tmp_path)


def test_developers_tools_are_looked_for_in_a_checkout_alone(monkeypatch):
    assert machine.checkout() == ROOT
    assert finding("git")
    monkeypatch.setattr(machine.habeas, "__file__", "/usr/lib/python3/site-packages/habeas/x.py")
    assert machine.checkout() is None
    assert not [*machine.developers(None)]


def test_the_help_has_an_example():
    shown = CliRunner().invoke(app, ["doctor", "--help"], prog_name="habeas").stdout
    assert "Example: habeas doctor" in shown

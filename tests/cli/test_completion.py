"""What Tab offers in bash, zsh and fish."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.decisions.laws import read_laws
from tests.conftest import LAWS, ROOT

BIN = Path(sys.executable).parent
SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture
def command() -> str:
    """The `habeas` of the Python that runs the tests, which shells call by its name."""
    if shutil.which("habeas", path=str(BIN)) is None:
        pytest.skip(
            "`habeas` is not installed beside this Python: run `make setup`, then `make test`"
        )
    return f"{BIN}{os.pathsep}{os.environ['PATH']}"


def tab(line: str) -> list[str]:
    """What is offered in bash at the end of a line; nothing else may be printed."""
    words = line.split(" ")
    environment = {"_HABEAS_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words)}
    environment["COMP_CWORD"] = str(len(words) - 1)
    done = CliRunner().invoke(app, [], prog_name="habeas", env=environment)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return done.stdout.split()


# -- the three shells -------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_for_each_shell(shell):
    setting = {"_HABEAS_COMPLETE": f"source_{shell}"}
    done = CliRunner().invoke(app, [], prog_name="habeas", env=setting)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"_HABEAS_COMPLETE=complete_{shell}" in done.stdout


def test_the_option_prints_the_script_of_a_shell(command):
    done = subprocess.run(
        ["habeas", "--show-completion", "zsh"],
        env={**os.environ, "PATH": command, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("#compdef habeas\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_command_is_completed_in_each_shells_own_way(shell):
    said = {
        "bash": {"COMP_WORDS": "habeas rec", "COMP_CWORD": "1"},
        "zsh": {"_TYPER_COMPLETE_ARGS": "habeas rec"},
        "fish": {"_TYPER_COMPLETE_ARGS": "habeas rec", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }
    setting = {"_HABEAS_COMPLETE": f"complete_{shell}", **said[shell]}
    done = CliRunner().invoke(app, [], prog_name="habeas", env=setting)
    assert (done.exit_code, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    begins = {"bash": "records", "zsh": '_arguments \'*: :(("records":', "fish": "records\t"}
    assert line.startswith(begins[shell])


def test_bash_itself_completes_by_the_script(command, tmp_path):
    """The script in a real bash, which calls the function as Tab does."""
    script = """
        eval "$(_HABEAS_COMPLETE=source_bash habeas)"
        complete -p habeas
        try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _habeas_completion habeas; echo "${COMPREPLY[*]}"; }
        try habeas rec
        try habeas law us-ca-sf/12h#12H
        try habeas law '$(touch made)'
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": command},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    how, records, provisions, nothing = done.stdout.split("\n")[:4]
    assert how == "complete -o default -F _habeas_completion habeas"
    assert records == "records"
    assert provisions.split()[:2] == ["us-ca-sf/12h#12H.2", "us-ca-sf/12h#12H.2-acts"]
    assert nothing == ""
    assert not [*tmp_path.iterdir()]


# -- what is offered --------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["decide r.yaml --place", "explain r.yaml --item hold --place"])
def test_place_completes_to_the_places_with_law(words):
    assert tab(f"habeas {words} ") == [*read_laws().places()]
    assert tab(f"habeas {words} us-c") == ["us-ca", "us-ca-sf"]
    assert tab(f"habeas {words}=us-t") == ["us-tx"]
    assert tab(f"habeas {words} de") == []


def test_item_completes_to_the_items_of_the_vocabulary():
    assert tab("habeas explain r.yaml --item ") == [*read_laws().vocabulary.items]
    assert tab("habeas explain r.yaml --item release_da") == ["release_date"]


def test_law_completes_to_places_then_to_provisions_and_blocks():
    assert tab("habeas law ") == [*read_laws().places()]
    assert tab("habeas law us-c") == ["us-ca", "us-ca-sf"]
    # Nothing but one place's ids begins so: shells then stop behind the place and set no space.
    assert {one.split("/")[0] for one in tab("habeas law us-t")} == {"us-tx"}
    assert len(tab("habeas law us-t")) > 5
    offered = tab("habeas law us-ca/values-act#a1C")
    assert "us-ca/values-act#a1C" in offered
    assert len(offered) == len(set(offered))
    assert all(read_laws().find(one) for one in tab("habeas law us-ca/"))


# -- any folder of law ------------------------------------------------------------------------------


def test_the_law_that_the_line_names_is_the_one_that_is_offered(tmp_path):
    shutil.copytree(LAWS / "us", tmp_path / "law" / "us")
    shutil.copytree(LAWS / "us-ca", tmp_path / "law" / "us-ca")
    shutil.copyfile(LAWS / "vocabulary.md", tmp_path / "law" / "vocabulary.md")
    assert tab(f"habeas decide r.yaml --law {tmp_path / 'law'} --place ") == ["us", "us-ca"]
    assert tab(f"habeas law --law {tmp_path / 'law'} us-t") == []


def broken(folder: Path, how: str) -> Path:
    shutil.copytree(LAWS, folder)
    if how == "a pack":
        (folder / "us-ca" / "draft.md").write_text("no pack\n")
    elif how == "not UTF-8":
        (folder / "vocabulary.md").write_bytes(b"\xff\xfe")
    elif how == "no vocabulary":
        (folder / "vocabulary.md").unlink()
    else:
        shutil.rmtree(folder)
    return folder


@pytest.mark.parametrize("how", ["a pack", "not UTF-8", "no vocabulary", "no folder"])
def test_broken_law_offers_nothing_and_prints_nothing(tmp_path, how):
    folder = broken(tmp_path / "law", how)
    assert tab(f"habeas decide r.yaml --law {folder} --place ") == []
    assert tab(f"habeas explain r.yaml --law {folder} --item ") == []
    assert tab(f"habeas law --law {folder} ") == []


def test_a_name_that_a_shell_would_evaluate_is_not_offered(monkeypatch):
    """Zsh evaluates what it is offered: a folder of law is anybody's."""
    book = read_laws()
    monkeypatch.setattr(
        type(book), "places", lambda _: ("us", "us-`touch made`", 'us-"$(x)"', "us x")
    )
    assert tab("habeas decide r.yaml --place ") == ["us"]


def test_an_unforeseen_error_offers_nothing(monkeypatch):
    def fails(_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(type(read_laws()), "places", fails)
    assert tab("habeas decide r.yaml --place ") == []


def test_files_are_left_to_the_shell():
    assert tab(f"habeas decide {ROOT.name}") == []
    assert tab("habeas decide r.yaml --records ") == []

"""The README's ten minutes, in a fresh clone, by somebody who has nothing else.

    working tree  ->  a repository of its own  ->  git clone, make setup, …  ->  her own table, decided

Nothing is changed in what the README says but ADDRESS. How long each step took is printed (`pytest -rP`)
and not asserted: the ten minutes are the reader's, and how much she reads and types is.
"""

import csv
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT, git
from tests.docs.shell import Done, Shell, type_console, write_file
from tests.docs.snippets import Command, Snippet, read_page

README = ROOT / "README.md"
SECTION = re.compile(r"^## Ten minutes.*?\n(?=## )", re.M | re.S)


RUN_IN_A_CLONE = (
    "git clone ADDRESS habeas",
    "cd habeas",
    "make setup",
    ". .venv/bin/activate",
    "make demo",
)
"""Commands that need a clone of their own: here, and in no other test of a page."""


def walk(address: Path) -> list[Snippet]:
    """The snippets of the README's ten minutes, the address put in."""
    text = README.read_text(encoding="utf-8")
    match = SECTION.search(text)
    assert match is not None, "the README has no section `Ten minutes`"
    first = text.count("\n", 0, match.start())
    last = first + match[0].count("\n")
    return [
        replace(
            one, text=one.text.replace("git clone ADDRESS habeas", f"git clone {address} habeas")
        )
        for one in read_page(README)
        if first < one.line <= last
    ]


def repository(folder: Path) -> Path:
    """What would be cloned if all that is in the working tree were committed."""

    def run(*arguments: str) -> None:
        subprocess.run(
            ["git", *arguments], check=True, capture_output=True, cwd=folder, timeout=120
        )

    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None:
        pytest.skip("not a git checkout: clone the project, and run the test there")
    folder.mkdir()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    run("init", "--quiet")
    run("add", "--all")
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    run(*who, "commit", "--quiet", "--message", "the working tree")
    return folder


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_from_a_clone_to_her_own_table_decided(tmp_path: Path) -> None:
    origin = repository(tmp_path / "origin")
    steps = walk(origin)
    desk, home = tmp_path / "desk", tmp_path / "home"
    desk.mkdir()
    home.mkdir()
    shell = Shell(desk, tmp_path / "state", {"HOME": str(home)})
    made: list[tuple[Command, Done]] = []
    for snippet in steps:
        assert not snippet.why_not, f"a step cannot be left out: {snippet.why_not}"
        if snippet.title:
            write_file(snippet, shell)
        else:
            assert snippet.language == "console"
            made += type_console(snippet, shell, timeout=1500)
    tell(made)
    demo = shell.run("make demo")
    assert demo.code == 0, demo.output
    assert "What to try next" in demo.output
    commands = [one.text.replace(str(origin), "ADDRESS") for one, _ in made] + ["make demo"]
    assert [one for one in RUN_IN_A_CLONE if one not in commands] == []
    for begins in ("records check", "decide", "explain", "replay"):
        assert any(one.startswith(f"habeas {begins} ") for one in commands), begins
    answer = desk / "habeas" / "answer"
    with (answer / "decisions.csv").open(newline="") as opened:
        verdicts = {(row["person"], row["item"]): row["verdict"] for row in csv.DictReader(opened)}
    people = ("26-0101", "26-0102", "26-0103")
    assert [verdicts[one, "name"] for one in people] == ["grant", "grant", "deny"]
    assert {verdicts[one, "home_address"] for one in people} == {"deny"}
    assert {verdicts[one, "release_date"] for one in people} == {"refer"}
    report = (answer / "report.html").read_text(encoding="utf-8")
    assert "Three release dates, for immigration enforcement" in report
    assert not [word for word in ("Alder", "12 Fir St", "09/14/2025") if word in report]


def tell(made: list[tuple[Command, Done]]) -> None:
    """Print how long each step took."""
    for command, done in made:
        print(f"{done.seconds:7.1f} s  {' '.join(command.text.split())}")
    print(f"{sum(done.seconds for _, done in made):7.1f} s  in all, of the machine's time")


def test_the_readme_says_how_much_there_is_to_read_and_to_type() -> None:
    section = SECTION.search(README.read_text(encoding="utf-8"))
    assert section is not None
    prose = re.sub(r"^```.*?^```$", "", section[0], flags=re.M | re.S)
    commands = sum(len(one.commands()) for one in walk(Path("x")) if one.language == "console")
    said = re.search(r"(\d+) words to read, (\d+) commands and (\w+) small files", prose)
    assert said is not None
    assert abs(int(said[1]) - len(prose.split())) <= 10, f"{len(prose.split())} words"
    assert (int(said[2]), said[3]) == (commands, "three")


def test_the_walk_has_a_table_a_mapping_and_a_request() -> None:
    assert [one.title for one in walk(Path("ADDRESS")) if one.title] == [
        "mine/bookings.csv",
        "mine/mapping.yaml",
        "mine/request.yaml",
    ]

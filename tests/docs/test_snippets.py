"""Every snippet of README.md and docs/ runs, and prints what the page shows."""

import contextlib
import csv
import io
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import habeas
from habeas.decisions.provision_cases import run_provision_cases
from habeas.law.blocks import Cases
from tests.cli.test_walk import RUN_IN_A_CLONE
from tests.conftest import LAWS, ROOT
from tests.docs.shell import Shell, checkout_environment, matches, type_console, write_file
from tests.docs.snippets import Snippet, read_page
from tests.postgres import CLERK, CLERKS, Server

# `docs/walk.md` is a part of README.md, which another test holds it to.
PAGES = [
    ROOT / "README.md",
    *(p for p in sorted((ROOT / "docs").rglob("*.md")) if p.name != "walk.md"),
]

CANNOT_RUN = {"README.md": 1, "docs/casework.md": 1, "docs/law-language.md": 1, "docs/log.md": 2}
"""How many fences of a page say that they cannot run; a page that is not here has none."""

FRONT = """---
title: A page of the documentation
citation: Test Code
place: us-ca
authority: state
source: https://example.org/act
---

# A page of the documentation

"""


def duckdb_file(shell: Shell, _: pytest.FixtureRequest) -> None:
    """A DuckDB file with the tables of `export/`."""
    with duckdb.connect(str(shell.folder / "jail.duckdb")) as database:
        for name, header, rows in exported(shell):
            columns = ", ".join(f'"{one}" TEXT' for one in header)
            database.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * len(header))
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


def sqlite_file(shell: Shell, _: pytest.FixtureRequest) -> None:
    """A SQLite file with the tables of `export/`."""
    with contextlib.closing(sqlite3.connect(shell.folder / "jail.sqlite")) as database, database:
        for name, header, rows in exported(shell):
            columns = ", ".join(f'"{one}" TEXT' for one in header)
            database.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * len(header))
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


def postgresql_server(shell: Shell, request: pytest.FixtureRequest) -> None:
    """A server with the tables of `export/`, and its password in the reader's password file."""
    server: Server = request.getfixturevalue("server")
    server.run("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public")
    server.run(f"GRANT USAGE ON SCHEMA public TO {CLERK}")
    for name, header, rows in exported(shell):
        columns = ", ".join(f'"{one}" TEXT' for one in header)
        server.run(f"CREATE TABLE {name} ({columns})")
        for row in rows:
            server.run(f"INSERT INTO {name} VALUES ({', '.join(map(quoted_text, row))})")
    passwords = Path(shell.environment["HOME"]) / ".pgpass"
    passwords.write_text(f"127.0.0.1:*:*:{CLERK}:{CLERKS}\n")
    passwords.chmod(0o600)
    shell.aliases["db.harbor.example"] = f"127.0.0.1:{server.port}"


def quoted_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def exported(shell: Shell) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """The tables of `export/`: name, header, rows."""
    for path in sorted((shell.folder / "export").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as opened:
            delimiter = csv.Sniffer().sniff(opened.readline(), ",;").delimiter
            opened.seek(0)
            header, *rows = csv.reader(opened, delimiter=delimiter)
        yield path.stem, header, rows


GIVEN = {
    "jail.duckdb": duckdb_file,
    "jail.sqlite": sqlite_file,
    "db.harbor.example": postgresql_server,
}
"""What a reader has and a test does not: by its name on the page, what puts it there."""


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_snippets_of(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    snippets = read_page(page)
    folder = tmp_path / "habeas"
    for part in ("laws", "examples"):
        shutil.copytree(ROOT / part, folder / part)
    home = tmp_path / "home"
    home.mkdir()
    shell = Shell(folder, tmp_path / "state", checkout_environment(home))
    for snippet in snippets:
        if snippet.given:
            GIVEN[snippet.given](shell, request)
        if not snippet.why_not:
            run(snippet, shell)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_cannot_run_is_counted(page: Path) -> None:
    declared = [one.why_not for one in read_page(page) if one.why_not]
    assert len(declared) == CANNOT_RUN.get(name(page), 0), declared


def run(snippet: Snippet, shell: Shell) -> None:
    """Do with a snippet what its kind asks for; an `AssertionError` says where it failed."""
    here = f"{name(snippet.page)}:{snippet.line}"
    if snippet.title:
        write_file(snippet, shell)
    elif snippet.language == "console":
        type_console(snippet, shell, RUN_IN_A_CLONE)
    elif snippet.language == "python":
        run_python(snippet, here)
    else:
        assert snippet.language == "markdown"
        read_provisions(snippet.text, shell, here)


def run_python(snippet: Snippet, here: str) -> None:
    """What it prints stands in the comment lines at its end."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(snippet.text, here, "exec"), {"__name__": "__main__"})
    shown = re.search(r"((?:^# .*\n)*)\Z", snippet.text, re.M)
    assert shown is not None
    said = [line.removeprefix("# ") for line in shown[1].splitlines()]
    assert said == printed.getvalue().splitlines(), here


def read_provisions(text: str, shell: Shell, here: str) -> None:
    """Read provisions in a pack of their own beside the shipped law, and run their cases."""
    folder = shell.state.parent / f"law-of-{re.sub(r'[^a-z0-9]+', '-', here.lower())}"
    shutil.copytree(LAWS, folder)
    (folder / "us-ca" / "page.md").write_text(FRONT + text, encoding="utf-8")
    book = habeas.read_laws(folder)
    pack = book.packs["us-ca/page"]
    assert pack.provisions, f"{here}: there is no provision"
    own = [one for one in book.blocks(Cases) if one.provision.pack is pack]
    failed = [found for one in own for found in run_provision_cases(book, one)]
    assert failed == [], here


def test_a_page_that_shows_something_else_than_what_is_printed_fails(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    shell = Shell(tmp_path, tmp_path / "state", checkout_environment(tmp_path))
    for shown, good in (("one\n…\nthree\n", True), ("o…\ntwo\nthree\n", True), ("one\n", False)):
        page.write_text(f"```console\n$ printf 'one\\ntwo\\nthree\\n'\n{shown}```\n")
        (snippet,) = read_page(page)
        (command,) = snippet.commands()
        assert matches(command.output, shell.run(command.text).output) is good


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```bash\nls\n```\n", "nothing runs a fence of `bash`"),
        ("```yaml\na: 1\n```\n", "nothing runs a fence of `yaml`"),
        ("<!-- exit: 1 -->\n\nText.\n", "no fence follows"),
        ("<!-- exit: 1 -->\n", "no fence follows"),
        ("<!-- not run: no -->\n```text\n```\n", "say why"),
        ("<!-- ext: 1 -->\n", "means nothing"),
        ("Text:\n\n    indented\n", "indented code"),
        ('```yaml titel="a"\na: 1\n```\n', "means nothing"),
    ],
)
def test_a_page_that_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_page(page)

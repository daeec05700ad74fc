"""A shell in which commands are typed one after the other, as a reader would.

    Shell(folder, environment)  ->  run(command)  ->  Done(output, code, seconds)

Promise: what a command does to the folder it stands in and to its environment lasts; nothing else does.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.snippets import Command, Snippet

WIDTH = 80
"""How many columns the reader's terminal has."""

# The state is kept in files beside the folder, never in it: the reader would see them.
_SCRIPT = """
state=$1
if [ -f "$state.env" ]; then . "$state.env"; cd "$(cat "$state.cwd")" || exit 70; fi
set +e
eval "$2"
code=$?
export -p > "$state.env"
pwd > "$state.cwd"
exit $code
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What one command printed (standard output and error, as a terminal shows them), and how it ended."""

    output: str
    code: int
    seconds: float


class Shell:
    """A bash that stands in `folder` with exactly this environment.

    `aliases`: what a page writes, and what is there instead; in what is printed it is put back.
    """

    def __init__(self, folder: Path, state: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.state, self.environment = folder, state, dict(environment)
        self.aliases: dict[str, str] = {}

    def here(self) -> Path:
        """Where the last command has left the reader."""
        cwd = self.state.with_name(f"{self.state.name}.cwd")
        return Path(cwd.read_text().rstrip("\n")) if cwd.exists() else self.folder

    def run(self, command: str, timeout: float = 120) -> Done:
        """Run one command to its end; what is typed at it is nothing."""
        for shown, real in self.aliases.items():
            command = command.replace(shown, real)
        began = time.monotonic()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", _SCRIPT, "bash", str(self.state), command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        output = done.stdout
        for shown, real in self.aliases.items():
            output = output.replace(real, shown)
        return Done(output, done.returncode, time.monotonic() - began)


def checkout_environment(home: Path) -> dict[str, str]:
    """The environment of somebody who has activated the Python that runs the tests."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "COLUMNS": str(WIDTH),
        "LANG": "C.UTF-8",
    }


def matches(expected: tuple[str, ...], output: str) -> bool:
    """Whether output is what a page shows: `…` alone is any lines, within a line any characters.

    Blanks at the end of a line, and empty lines at either end, do not count.
    """
    shown = [line.rstrip() for line in expected]
    while shown and not shown[-1]:
        shown.pop()
    got = [line.rstrip() for line in output.splitlines()]
    while got and not got[0] and shown and shown[0]:
        got.pop(0)
    while got and not got[-1]:
        got.pop()
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + "\n"
        for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in got)) is not None


def write_file(snippet: Snippet, shell: Shell) -> None:
    """Save a fence that has a title, as the reader would where she stands."""
    path = (shell.here() / snippet.title).resolve()
    assert path.is_relative_to(shell.folder.resolve()), f"{snippet.title} is outside of the folder"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(snippet.text, encoding="utf-8")


def type_console(
    snippet: Snippet, shell: Shell, elsewhere: Collection[str] = (), timeout: float = 120
) -> list[tuple[Command, Done]]:
    """Run a console's commands but those that run elsewhere; each ends and prints as shown."""
    made = []
    commands = snippet.commands()
    for number, command in enumerate(commands, 1):
        if command.text in elsewhere:
            continue
        here = f"{snippet.page.name}:{command.line}: $ {command.text}"
        done = shell.run(command.text, timeout)
        wanted = snippet.exit_code if number == len(commands) else 0
        assert done.code == wanted, f"{here}\nexit code {done.code}\n{done.output}"
        if command.output and not matches(command.output, done.output):
            got = [line.rstrip() for line in done.output.splitlines()]
            raise AssertionError("\n".join((here, *difflib.ndiff(list(command.output), got))))
        made.append((command, done))
    return made

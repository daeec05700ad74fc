"""An office in a folder of its own, and programs that run in it: other processes, with the real settings."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from habeas.web.keys import VARIABLE as KEYS
from habeas.web.keys import make_keys
from habeas.web.office import VARIABLE, read_office

SETUP = "import django; django.setup()\n"


@dataclass(frozen=True)
class OfficeFolder:
    """A folder with `office.yaml`, and the folder of keys."""

    folder: Path
    keys: Path

    @property
    def environment(self) -> dict[str, str]:
        mine = {
            VARIABLE: str(self.folder),
            KEYS: str(self.keys),
            "DJANGO_SETTINGS_MODULE": "habeas.web.settings",
            "PYTHONWARNINGS": "default",
        }
        return {**os.environ, **mine}

    def start(self, code: str, *arguments: object) -> subprocess.Popen[str]:
        """Start a program of Django's."""
        return subprocess.Popen(
            [sys.executable, "-c", SETUP + code, *map(str, arguments)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, *arguments: object) -> str:
        """Run one to its end, and return what it prints; what it complains of fails the test."""
        return ended(self.start(code, *arguments))

    def migrate(self, *app: str) -> None:
        """Make the tables, of one application or of all."""
        self.run(
            "import sys; from django.core.management import call_command;"
            "call_command('migrate', *sys.argv[1:], verbosity=0)",
            *app,
        )


def ended(process: subprocess.Popen[str]) -> str:
    """What a program printed that ended well."""
    out, complaint = process.communicate(timeout=240)
    assert process.returncode == 0, complaint
    return out


def make_office(base: Path, database: str = "") -> OfficeFolder:
    """A new office; `database` is an address of PostgreSQL."""
    folder, keys = base / "office", base / "keys"
    folder.mkdir(parents=True)
    file = {"name": "Fir County Sheriff", "place": "us-ca", "address": ["1 Main Street"]}
    if database:
        file["database"] = database
    (folder / "office.yaml").write_text(yaml.safe_dump(file))
    before = os.environ.get(KEYS)
    os.environ[KEYS] = str(keys)
    try:
        make_keys(read_office(folder))
    finally:
        if before is None:
            del os.environ[KEYS]
        else:
            os.environ[KEYS] = before
    return OfficeFolder(folder, keys)

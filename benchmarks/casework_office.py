"""An office to measure: a folder, a made-up jail, a database that is filled, a server that answers.

    folder, database  ->  made  ->  filled (a process of its own)  ->  Known;  folder  ->  served  ->  address

Promise: the server is `habeas serve` as anybody starts it, another process; what is measured is at its port.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import yaml

from benchmarks.casework_known import Known
from habeas.records import write_sample
from tests.postgres import OWNER, PASSWORD, Server

PEOPLE, SEED = 1_200, 7
"""Of the jail."""

OFFICE = {
    "name": "Fir County Sheriff",
    "place": "us-ca",
    "address": ["1 Main Street", "Fir, CA 90000"],
    "records": "jail",
    "log": "log",
    "demo": True,
}


@contextmanager
def made(database: str = "", people: int = PEOPLE) -> Iterator[Path]:
    """The folder of a new office; its keys lie beside it. `database` is an address of PostgreSQL, empty: SQLite."""
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "office"
        write_sample(folder / "jail", people, SEED)
        file = {**OFFICE, "database": database} if database else OFFICE
        (folder / "office.yaml").write_text(yaml.safe_dump(file, sort_keys=False))
        yield folder


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of an office's programs."""
    return {
        "HABEAS_OFFICE": str(folder),
        "HABEAS_KEYS": str(folder.parent / "keys"),
        "HABEAS_LOG_KEYS": str(folder.parent / "log-keys"),
        "DJANGO_SETTINGS_MODULE": "habeas.web.settings",
    }


def filled(folder: Path, cases: int) -> Known:
    """Make the tables, and so many cases. Call it in a process of its own."""
    os.environ.update(surroundings(folder))
    from habeas.web.founding import found
    from habeas.web.office import read_office
    from habeas.web.starting import start, up_to_date

    found(read_office(folder))
    start(folder)
    up_to_date()
    from benchmarks.casework_fill import fill

    return fill(cases)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of `habeas serve`, started for the office on a free port of the loopback."""
    program = "from habeas.cli import main; main()"
    with (folder.parent / "errors").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", str(folder), "--port", "0"],
            env={**os.environ, **surroundings(folder)},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("listening: "):
                    yield line.split()[1].replace("localhost", "127.0.0.1")
                    break
            else:
                raise RuntimeError((folder.parent / "errors").read_text())
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def durable(server: Server) -> None:
    """Start a server anew as offices run one: what is committed is on the disk."""
    options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
    server._do("pg_ctl", "-w", "-m", "fast", "-l", f"{server.folder}/log", "-o", options, "restart")


def database_of(server: Server) -> str:
    """The address of the server's database, as `office.yaml` has it."""
    return f"postgresql://{OWNER}:{quote(PASSWORD)}@127.0.0.1:{server.port}/jail"

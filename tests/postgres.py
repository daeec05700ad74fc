"""A PostgreSQL server of the tests' own: Debian's, on a free port of the loopback, in a folder that
goes away. Each worker of pytest has one, started when a test first asks.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

OWNER, PASSWORD = "warden", "open sesame: 50%"
CLERK, CLERKS = "clerk", "read only"


@dataclass
class Server:
    """A server that runs: `stop` it as a power cut would, `start` it again."""

    binaries: Path
    folder: Path
    port: int

    def address(self, user: str = CLERK, password: str = CLERKS, database: str = "jail") -> str:
        from urllib.parse import quote

        return f"postgresql://{user}:{quote(password)}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        with self.connected() as database:
            for one in statements:
                database.execute(one.encode())

    @contextmanager
    def connected(self) -> Iterator[Any]:
        import psycopg

        with psycopg.connect(self.address(OWNER, PASSWORD), autocommit=True) as database:
            yield database

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self._do("pg_ctl", "-w", "-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self) -> None:
        self._do("pg_ctl", "-m", "immediate", "stop")

    def _do(self, program: str, *arguments: str, **more: Any) -> None:
        subprocess.run(
            [self.binaries / program, "-D", f"{self.folder}/data", *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            cwd="/",
            timeout=120,
            **({"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}),
            **more,
        )


def binaries() -> Path | None:
    """Where Debian has the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).resolve().parent if named else None


@contextmanager
def running() -> Iterator[Server]:
    """A server with a database `jail`, its owner, and a clerk who may read."""
    where = binaries()
    assert where is not None
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        server = Server(where, folder, port)
        password = folder / "password"
        password.write_text(PASSWORD)
        server._do(
            "initdb", "-U", OWNER, f"--pwfile={password}", "-A", "scram-sha-256",
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        server.start()
        try:
            import psycopg

            with psycopg.connect(
                server.address(OWNER, PASSWORD, "postgres"), autocommit=True
            ) as database:
                database.execute("CREATE DATABASE jail LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0")  # fmt: skip
                database.execute(f"CREATE ROLE {CLERK} LOGIN PASSWORD '{CLERKS}'")
            server.run(
                f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {CLERK}",
                f"ALTER ROLE {CLERK} SET timezone = 'America/Los_Angeles'",
            )
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server, or a skip that says what would start one."""
    if binaries() is None:
        pytest.skip(
            "no PostgreSQL server here: run `make test` as root, or apt-get install postgresql"
        )
    with running() as made:
        yield made

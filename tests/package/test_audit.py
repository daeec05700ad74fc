"""Is any pinned requirement known to be vulnerable? pip-audit asks, where an advisory service answers.

Not to have been answered is told from being vulnerable by what pip-audit itself says; whatever else goes
wrong in it is a failure.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.conftest import ROOT

REQUIREMENTS = [ROOT / "requirements" / name for name in ("runtime.txt", "dev.txt")]
NO_CONNECTION = re.compile(
    r"^requests\.exceptions\.(ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError): "
    r"|Could not connect to \S+ vulnerability feed",
    re.M,
)
"""The last line of pip-audit's trace where no connection came about, or its own word for that."""

NOT_KNOWN = "Dependency not found on PyPI and could not be audited"
"""What pip-audit says of a package without an entry, and of every package where a registry has no advisories."""

SURELY_KNOWN = "pip==24.0"
"""A release that every advisory service knows: where it is not found, there is no such service."""


def pip_audit(path: Path, *options: str) -> subprocess.CompletedProcess:
    """pip-audit over a file of pins, with `--strict`; hashes say that nothing is left to resolve."""
    command = ("-m", "pip_audit", "--strict", "--progress-spinner", "off", "--disable-pip")
    return subprocess.run(
        [sys.executable, *command, "--requirement", path, *options],
        capture_output=True,
        text=True,
        timeout=280,
    )


def audit(path: Path, tmp_path: Path, *options: str) -> str | None:
    """None where no pin of a file is vulnerable; else why that was not found out.

    Fails where one is, where one could not be audited, and where pip-audit fails in any other way.
    """
    done = pip_audit(path, *options)
    said = done.stdout + done.stderr
    if done.returncode == 0:
        assert "No known vulnerabilities found" in said
        return None
    if NO_CONNECTION.search(said):
        return "no advisory service can be reached"
    if NOT_KNOWN in said:
        known = tmp_path / "known.txt"
        known.write_text(SURELY_KNOWN + "\n")
        if NOT_KNOWN in pip_audit(known, "--no-deps", *options).stderr:
            return f"the registry gives no advisories: it does not even know {SURELY_KNOWN}"
    raise AssertionError(said)


@pytest.mark.slow
@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_no_pinned_requirement_is_known_to_be_vulnerable(path, tmp_path):
    why_not = [audit(path, tmp_path, "--vulnerability-service", one) for one in ("pypi", "osv")]
    if all(why_not):
        pytest.skip(f"{'; '.join(why_not)}: with a network, `make test-all` audits {path.name}")


# -- what counts as what, held against a service of our own -----------------------------------------


@contextmanager
def service(status: int, body: str) -> Iterator[str]:
    """An advisory service on this machine that answers everything alike; its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


ADVISORY = {
    "id": "MADE-UP-1",
    "summary": "made up",
    "affected": [{"package": {"name": "mdurl", "ecosystem": "PyPI"}, "versions": ["0.1.2"]}],
}


@pytest.fixture
def one_pin(tmp_path) -> Path:
    path = tmp_path / "pins.txt"
    path.write_text(f"mdurl==0.1.2 --hash=sha256:{'0' * 64}\n")
    return path


def osv(address: str) -> tuple[str, ...]:
    return ("--vulnerability-service", "osv", "--osv-url", address)


def test_a_service_that_knows_nothing_against_a_pin_is_a_pass(one_pin, tmp_path):
    with service(200, "{}") as address:
        assert audit(one_pin, tmp_path, *osv(address)) is None


def test_a_vulnerable_pin_fails(one_pin, tmp_path):
    with (
        service(200, json.dumps({"vulns": [ADVISORY]})) as address,
        pytest.raises(AssertionError, match="MADE-UP-1"),
    ):
        audit(one_pin, tmp_path, *osv(address))


def test_a_service_that_cannot_be_reached_is_no_failure(one_pin, tmp_path):
    with service(200, "{}") as address:
        pass  # closed again: nobody listens there
    assert audit(one_pin, tmp_path, *osv(address)) == "no advisory service can be reached"


@pytest.mark.parametrize(
    ("status", "body"), [(500, "{}"), (404, "{}"), (200, "<html>"), (200, '{"vulns": 3}')]
)
def test_a_service_that_answers_nonsense_is_a_failure(one_pin, tmp_path, status, body):
    with service(status, body) as address, pytest.raises(AssertionError):
        audit(one_pin, tmp_path, *osv(address))


def test_a_file_that_cannot_be_audited_is_a_failure(tmp_path):
    path = tmp_path / "pins.txt"
    path.write_text("mdurl\n")
    with service(200, "{}") as address, pytest.raises(AssertionError):
        audit(path, tmp_path, *osv(address))

"""Signing in with a real browser, at a server of its own: passkeys under our policy, and pages that read well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from habeas.web.accounts.demo import PERIOD, code_now
from tests.browser import OpenPage, axe
from tests.web.offices import OfficeFolder, ended, make_office

OWN = "seven fir trees behind the barn"

SERVE = """
import json
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from socketserver import ThreadingMixIn
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from habeas.web.accounts import demo, people

class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

call_command("migrate", verbosity=0)
known = {one.name: [one.password, one.secret] for one in demo.make_users()}
given = [people.make_user("system", name) for name in ("nia", "oda")]
server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), Server, Quiet)
print(json.dumps({"port": server.server_port, "known": known, "given": given}), flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A demonstration that is served: its port, users who are known, and two one-time passwords."""
    office: OfficeFolder = make_office(tmp_path_factory.mktemp("served"))
    file = office.folder / "office.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"demo": True}))
    server = office.start(SERVE)
    assert server.stdout is not None
    line = server.stdout.readline()
    if not line:
        ended(server)
    yield yaml.safe_load(line)
    server.terminate()
    server.wait(timeout=30)
    for pipe in (server.stdout, server.stderr):
        if pipe is not None:
            pipe.close()


def reads_well(page: Any) -> None:
    """What axe finds wrong: nothing."""
    wrong, _ = axe(page)
    assert not wrong, (page.url, wrong)


def first_step(page: Any, name: str, words: str) -> None:
    reads_well(page)
    assert page.get_by_role("heading", level=1).inner_text() == "Notice before use"
    page.get_by_role("button", name="go on").click()
    reads_well(page)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(words)
    page.get_by_role("button", name="second step").click()


def own_password(page: Any, given: str) -> None:
    reads_well(page)
    page.get_by_label("Current Password").fill(given)
    page.get_by_label("New Password", exact=True).fill(OWN)
    page.get_by_label("New Password (again)").fill(OWN)
    page.get_by_role("button", name="Set the password").click()
    reads_well(page)


def test_a_passkey_is_enrolled_and_signs_in_alone_under_our_policy(
    served: dict[str, Any], open_page: OpenPage
) -> None:
    here = f"http://localhost:{served['port']}"
    page = open_page(here)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    first_step(page, "nia", served["given"][0])
    own_password(page, served["given"][0])
    page.get_by_role("link", name="A passkey").click()
    reads_well(page)
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/account/factors/")
    reads_well(page)
    page.goto(f"{here}/account/factors/passkeys/")
    reads_well(page)
    page.goto(f"{here}/account/logout/")
    reads_well(page)
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{here}/account/sessions/")
    page.get_by_role("button", name="go on").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account/sessions/")
    assert page.get_by_role("heading", level=1).inner_text() == "Where you are signed in"
    reads_well(page)


def test_an_authenticator_app_is_enrolled_by_its_picture(
    served: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"http://127.0.0.1:{served['port']}/account/enrol/")
    first_step(page, "oda", served["given"][1])
    own_password(page, served["given"][1])
    page.get_by_role("link", name="An authenticator app").click()
    picture = page.get_by_role("img", name="QR code")
    picture.evaluate("one => one.decode()")  # waits, and fails where it is no picture
    reads_well(page)
    page.get_by_label("code", exact=False).last.fill(code_now(page.locator("code").inner_text()))
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/account/factors/")


def test_without_javascript_password_and_code_sign_in_and_roles_are_granted(
    served: dict[str, Any], open_page: OpenPage, tmp_path: Path
) -> None:
    words, secret = served["known"]["administrator"]
    page = open_page(f"http://127.0.0.1:{served['port']}/account/users/", java_script_enabled=False)
    page.get_by_role("button", name="go on").click()
    page.get_by_label("Username").fill("administrator")
    page.get_by_label("Password").fill(words)
    page.get_by_role("button", name="second step").click()
    if PERIOD - time.time() % PERIOD < 3:
        time.sleep(
            3
        )  # a code that is over before it arrives is taken too, but let us not try that here
    page.get_by_label("Code").fill(code_now(secret))
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Users"
    page.get_by_role("link", name="nia").click()
    page.get_by_label("Role").select_option("records")
    page.get_by_role("button", name="Ask for this role").click()
    assert "not yet" in page.get_by_role("row", name="records").inner_text()
    assert page.get_by_role("button", name="Approve records").count() == 0


def test_pages_about_users_read_well(served: dict[str, Any], open_page: OpenPage) -> None:
    words, secret = served["known"]["supervisor"]
    here = f"http://127.0.0.1:{served['port']}"
    page = open_page(f"{here}/account/users/")
    first_step(page, "supervisor", words)
    reads_well(page)
    page.get_by_label("Code").fill(code_now(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    reads_well(page)
    page.goto(f"{here}/account/users/of/counsel/")
    reads_well(page)

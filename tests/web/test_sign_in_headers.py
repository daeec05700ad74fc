"""What browsers are told, and what an office's own settings make of cookies and HTTPS."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from habeas.web.accounts.headers import EVERYWHERE, HeadersMiddleware
from habeas.web.accounts.roles import Role
from habeas.web.keys import make_keys
from habeas.web.office import read_office
from habeas.web.urls import urlpatterns as ours
from tests.web.signing_in import make_user, whole

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parents[2] / "src/habeas/web/templates"
OURS = ("account", "mfa", "usersessions", "accounts")


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("it breaks")


urlpatterns = [*ours, path("breaks/", breaks)]

PAGES = [
    ("/account/notice/", 200),
    ("/account/factors/", 200),
    ("/account/users/", 403),
    ("/account/users/of/nobody/disable/", 405),
    ("/no-such-page/", 404),
    ("/breaks/", 500),
]


@pytest.mark.parametrize(("address", "status"), PAGES)
def test_every_answer_has_the_headers_errors_too(settings, address: str, status: int) -> None:
    settings.ROOT_URLCONF = __name__
    client = whole(make_user("mia", Role.RECORDS), Client(raise_request_exception=False))
    answer = client.get(address)
    assert answer.status_code == status
    for name, value in EVERYWHERE.items():
        assert answer.headers[name] == value
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Server" not in answer.headers


def test_a_wrong_host_and_a_form_from_elsewhere_are_answered_with_the_headers() -> None:
    host = Client().get("/", headers={"host": "elsewhere.example"})
    form = Client(enforce_csrf_checks=True).post("/account/notice/")
    assert (host.status_code, form.status_code) == (400, 403)
    for answer in (host, form):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = EVERYWHERE["Content-Security-Policy"]
    parts = dict(one.split(" ", 1) for one in policy.split("; "))
    closed = {"default-src", "object-src", "frame-ancestors", "base-uri"}
    assert {parts[one] for one in closed} == {"'none'"}
    names = {"script-src", "style-src", "img-src", "font-src", "connect-src", "form-action"}
    assert {parts[one] for one in names} == {"'self'"}
    assert "unsafe" not in policy
    assert "http" not in policy


def test_static_files_may_be_kept_and_missing_ones_not(rf) -> None:
    def kept(_: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "max-age=60"})

    found = HeadersMiddleware(kept)(rf.get("/static/habeas/desk.css"))
    assert found.headers["Cache-Control"] == "max-age=60"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    missing = HeadersMiddleware(lambda _: HttpResponse(status=404))(rf.get("/static/none.css"))
    assert missing.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "page",
    sorted(
        str(one.relative_to(TEMPLATES)) for two in OURS for one in (TEMPLATES / two).rglob("*.html")
    ),
)
def test_a_page_of_sign_in_has_nothing_inline(page: str) -> None:
    text = (TEMPLATES / page).read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, tag


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
@pytest.mark.parametrize("address", ["/", "/account/login/", "/api/me", "/static/habeas/desk.css"])
def test_no_address_sends_a_request_back(method: str, address: str) -> None:
    answer = Client().generic(method, address, headers={"X-Mine": "canary"})
    assert (answer.status_code, answer.content) == (405, b"")


def test_no_folder_is_listed() -> None:
    client = whole(make_user("mia", Role.RECORDS))
    for address in ("/static/", "/static/habeas/", "/account/", "/originals/", "/api/"):
        assert client.get(address).status_code == 404, address


def test_a_browser_forgets_what_it_kept_when_a_session_ends() -> None:
    client = whole(make_user("mia", Role.RECORDS))
    assert "Clear-Site-Data" not in client.get("/account/factors/").headers
    kept = client.cookies["session"].value
    ended = client.post("/account/logout/")
    assert ended.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.cookies["session"] = kept
    assert client.get("/account/factors/").headers["Location"].startswith("/account/notice/")
    over = whole(make_user("ada", Role.RECORDS), ago=13 * 3600)
    assert over.get("/account/factors/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_program_is_not_sent_on_from_http_to_https(settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/account/login/").status_code == 301
    for address in ("/api/me", "/.well-known/authzen-configuration/api"):
        plain = Client().get(address, headers={"Authorization": "Bearer x"})
        assert (plain.status_code, "revoke it" in plain.content.decode()) == (403, True)
        assert Client().get(address, secure=True).status_code in (200, 401)


def test_no_other_site_may_read_an_answer() -> None:
    client = whole(make_user("mia", Role.RECORDS))
    for address in ("/", "/api/me", "/api/openapi.json", "/static/habeas/desk.css"):
        answer = client.get(address, headers={"Origin": "https://elsewhere.example"})
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        kind = answer.headers["Content-Type"]
        answer.close()
        assert kind.startswith("application/json") or "charset=utf-8" in kind.replace('"', ""), kind


# -- an office's own settings ---------------------------------------------------------------------

ASK = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client
names = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
  "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE",
  "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "CSRF_COOKIE_DOMAIN"]
host = settings.OFFICE.hosts[0] if settings.OFFICE.hosts else "localhost"
client = Client(headers={"host": host})
plain = client.get("/static/nothing")
secure = client.get("/static/nothing", secure=True)
print(json.dumps({"settings": {one: getattr(settings, one) for one in names}, "plain": plain.status_code,
  "hsts": secure.headers.get("Strict-Transport-Security", "")}))
"""


def of_office(folder: Path, *command: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run Python with the settings of an office of its own."""
    office = folder / "office"
    office.mkdir(exist_ok=True)
    about = {"name": "Fir County Sheriff", "place": "us-ca", "address": ["Fir CA"], **more}
    (office / "office.yaml").write_text(yaml.safe_dump(about))
    env = {
        **os.environ,
        "HABEAS_OFFICE": str(office),
        "HABEAS_KEYS": str(folder / "keys"),
        "DJANGO_SETTINGS_MODULE": "habeas.web.settings",
    }
    before = os.environ.get("HABEAS_KEYS")
    os.environ["HABEAS_KEYS"] = env["HABEAS_KEYS"]
    try:
        make_keys(read_office(office))
    finally:
        os.environ.pop("HABEAS_KEYS")
        if before is not None:
            os.environ["HABEAS_KEYS"] = before
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def asked(folder: Path, **more: object) -> dict[str, object]:
    done = of_office(folder, "-c", ASK, **more)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = yaml.safe_load(done.stdout)
    return answer


def test_an_office_that_is_no_demonstration_passes_djangos_own_check_for_deployment(
    tmp_path: Path,
) -> None:
    command = ("-m", "django", "check", "--deploy", "--fail-level", "WARNING")
    done = of_office(tmp_path, *command, hosts=["records.fir.example"])
    assert done.returncode == 0, done.stderr


def test_an_office_with_a_name_has_host_cookies_and_a_year_of_https(tmp_path: Path) -> None:
    found = asked(tmp_path, hosts=["records.fir.example"])
    assert found["settings"] == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_DOMAIN": None,
        "SESSION_COOKIE_PATH": "/",
        "CSRF_COOKIE_DOMAIN": None,
    }
    assert found["plain"] == 301
    assert found["hsts"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("more", [{"demo": True}, {}, {"demo": True, "hosts": ["demo.example"]}])
def test_a_demonstration_and_an_office_of_this_machine_work_over_http(
    tmp_path: Path, more: dict[str, object]
) -> None:
    found = asked(tmp_path, **more)
    about = found["settings"]
    assert isinstance(about, dict)
    assert not about["SESSION_COOKIE_SECURE"]
    assert about["SESSION_COOKIE_HTTPONLY"]
    assert about["SESSION_COOKIE_NAME"] == "session"
    assert found["plain"] == 404 or found["plain"] == 302
    assert found["hsts"] == ""


def test_no_cookie_but_session_and_csrf_is_set() -> None:
    client = Client()
    client.get("/account/notice/")
    client.post("/account/notice/")
    client.get("/account/login/")
    client.post("/account/factors/passkeys/login/", {"credential": "{}"})
    assert set(client.cookies) <= {"session", "csrf"}
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] in ("Lax", "Strict")

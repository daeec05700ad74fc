"""What the casework's own text must not hold, and what each page of somebody signed in has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from habeas.errors import InputError
from habeas.web import office
from habeas.web.accounts.roles import Role
from habeas.web.keys import read_keys
from habeas.web.trail.models import Event
from tests.web.offices import make_office
from tests.web.signing_in import make_user, whole

WEB = Path(office.__file__).parent
OF_THE_PROGRAM = sorted(WEB.rglob("*.py"))
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted((WEB / "static").rglob("*.js"))


def lines(paths: list[Path], pattern: str) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{path.relative_to(WEB)}: {line.strip()}"
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
        if found.search(line)
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bmark_safe\b|\bSafeString\b|autoescape",
        r"(?<![\w.])(eval|exec|compile)\(",
        r"\bpickle\b|\bmarshal\b|\bshelve\b|yaml\.load\(",
        r"os\.system|os\.popen|shell=True",
        r"^\s*(import random\b|from random\b)",
        r"\bmd5\b|\bMD5\b",
        r"ciphers import Cipher|ciphers\.modes|\bmodes\.",
        r"\.extra\(",
        r"from_string\(|\bTemplate\(",
        r"urllib\.request|import requests|import httpx|urlopen",
    ],
)
def test_the_program_has_nothing_of_this(pattern: str) -> None:
    assert lines(OF_THE_PROGRAM, pattern) == []


def test_templates_escape_everything_but_help_that_the_program_wrote() -> None:
    assert lines(TEMPLATES, r"\|\s*safe\b|autoescape|\{% *filter") == [
        one for one in lines(TEMPLATES, r"help_text\|safe") if one.startswith("templates/accounts/form.html")
    ]  # fmt: skip
    assert len(TEMPLATES) > 40


def test_scripts_write_no_markup_run_no_text_and_keep_nothing() -> None:
    assert SCRIPTS
    assert lines(SCRIPTS, r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(") == []  # fmt: skip
    assert lines(SCRIPTS, r"localStorage|sessionStorage|indexedDB|document\.cookie|postMessage") == []  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/account/users/", "/account/factors/", "/account/password/"])  # fmt: skip
def test_every_page_has_the_way_out(address: str) -> None:
    page = whole(make_user("ada", Role.ADMINISTRATOR)).get(address).content.decode()
    assert '<a href="/account/logout/">Sign out</a>' in page


@pytest.mark.django_db
def test_a_sessions_key_has_more_than_128_bits() -> None:
    keys = {whole(make_user(f"user{n}")).session.session_key for n in range(3)}
    assert len(keys) == 3
    assert all(re.fullmatch("[0-9a-z]{32}", one) for one in keys)  # 165 bits


@pytest.mark.django_db
def test_a_form_that_will_not_do_is_refused_in_the_trail_though_the_page_is_shown() -> None:
    admin = whole(make_user("ada", Role.ADMINISTRATOR))
    make_user("bo")
    asked = {
        "/account/password/": {"oldpassword": "x", "password1": "y", "password2": "z"},
        "/account/users/new/": {"username": "bo"},
        "/account/users/of/bo/roles/": {"role": "king"},
        "/account/users/of/ada/disable/": {},
        "/account/users/of/bo/enable/": {},
        "/account/factors/app/remove/": {},
    }
    for address, form in asked.items():
        before = Event.objects.count()
        answer = admin.post(address, form)
        assert answer.status_code in (200, 302), address
        outcomes = set(Event.objects.filter(number__gt=before).values_list("outcome", flat=True))
        assert outcomes == {"refused"}, address


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["'; DROP TABLE casework_case; --", "' OR '1'='1", '%" OR 1=1', "\\x"]
)
def test_what_is_searched_for_is_never_sql(typed: str) -> None:
    client = whole(make_user("mia", Role.AUDITOR))
    for address in ("/cases/", "/cases/table.csv", "/trail/", "/api/cases", "/api/events"):
        for name in ("q", "actor", "act", "about", "agency", "sort"):
            answer = client.get(address, {name: typed})
            assert answer.status_code in (200, 422), (address, name)
    assert client.get("/trail/", {"actor": typed}).content.decode().count("<tr") <= 1


@pytest.mark.django_db
def test_a_field_that_nobody_asked_for_is_refused() -> None:
    client = whole(make_user("mia", Role.INTAKE))
    sent = {"agency": "a", "title": "b", "received_at": "2026-01-01T00:00:00Z", "state": "closed"}
    answer = client.post("/api/cases", sent, content_type="application/json")
    assert answer.status_code == 422
    assert [one["place"] for one in answer.json()["problems"]] == ["body.sent.state"]


@pytest.mark.django_db
def test_a_form_that_was_taken_is_done_in_the_trail() -> None:
    admin = whole(make_user("ada", Role.ADMINISTRATOR))
    admin.post("/account/users/new/", {"username": "cy"})
    admin.get("/account/password/")
    assert list(Event.objects.order_by("-number").values_list("outcome", flat=True)[:2]) == ["done", "done"]  # fmt: skip


def test_keys_that_others_may_read_stop_the_start(tmp_path: Path, monkeypatch) -> None:
    made = make_office(tmp_path)
    monkeypatch.setenv("HABEAS_KEYS", str(made.keys))
    read = office.read_office(made.folder)
    read_keys(read)
    [folder] = made.keys.iterdir()
    (folder / "files.key").chmod(0o640)
    with pytest.raises(InputError, match="others may read this key"):
        read_keys(read)

"""The desk in a real browser: every page in light, dark and narrow, by keyboard alone, on paper, in forced colours.

a demonstration in a process of its own  ->  desk  ->  playwright's pages  ->  axe, strays, tab stops, screenshots

Screenshots of every page lie in `build/screenshots` afterwards, for people to look at.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from habeas.web.keys import VARIABLE as KEYS
from tests.browser import PROBLEMS, OpenPage, axe, strays, tab_stops
from tests.conftest import ROOT
from tests.web.offices import OfficeFolder

SCREENSHOTS = ROOT / "build" / "screenshots"

FOUND = "import sys; from pathlib import Path; from habeas.web.founding import found_demo; found_demo(Path(sys.argv[1]))"

SERVE = """
import json
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from habeas.web.accounts.demo import make_users
from habeas.web.accounts.models import User
from habeas.web.casework.models import Answer, Case, Communication, Document, ItemAnswer, Task
from habeas.web.demo import fill
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from habeas.web.api.tokens import make_token
from habeas.web.casework.correcting import correct
from habeas.web.casework.models import Arrival
from tests.web.signing_in import whole
from tests.web.test_form_i247a_made import FILLED, Made, blank_pdf

class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

call_command("migrate", verbosity=0)
make_users()
fill()
def come(data, name):
    client = whole(User.objects.get(username="intake"), Client(SERVER_NAME="localhost"))
    client.post("/forms/new/", {"file": SimpleUploadedFile(name, data)})
    return Arrival.objects.first().pk
form = come(Made(filled={**FILLED, "citizenship": ""}, without=["sex"]).pdf(), "detainer.pdf")
scan = come(blank_pdf(2), "fax-2026-03-09.pdf")
other = come(Made(number="I-247G").pdf(), "notice.pdf")
User.objects.create_user("jail-system")
make_token(User.objects.get(username="administrator"), User.objects.get(username="jail-system"), "The jail asks", 30)
person = Case.objects.filter(state="answered").first().requests.first().person
corrected, _ = correct(User.objects.get(username="records"), person, ["name"], "A name was misspelt.")
cookie = settings.SESSION_COOKIE_NAME
sessions = {one.username: whole(one).cookies[cookie].value for one in User.objects.all()}
hold = Case.objects.get(title__startswith="Form I-247A")
listed = Case.objects.get(title__startswith="List of all")
answer = Answer.objects.filter(request__case=listed).last()
known = {
    "released": Case.objects.filter(state="answered").first().number,
    "hold": hold.number,
    "listed": listed.number,
    "fresh": Case.objects.get(title="Own records").number,
    "hold_answer": Answer.objects.filter(request__case=hold).first().pk,
    "answer": answer.pk,
    "item": ItemAnswer.objects.filter(way__answer__request__case=hold, basis="permitted").first().pk,
    "document": Document.objects.first().pk,
    "task": Task.objects.filter(done_at__isnull=True, case=hold).first().pk,
    "form": form, "scan": scan, "other": other, "correction": corrected.pk,
    "call": Communication.objects.first().pk,
}
server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), Server, Quiet)
print(json.dumps({"port": server.server_port, "cookie": cookie, "sessions": sessions, "known": known}), flush=True)
server.serve_forever()
"""

PAGES = {
    "today": ("records", "/"),
    "today-counsel": ("counsel", "/"),
    "cases": ("records", "/cases/"),
    "new-case": ("intake", "/cases/new/"),
    "case-released": ("supervisor", "/cases/{released}/"),
    "case-hold": ("counsel", "/cases/{hold}/"),
    "case-list": ("counsel", "/cases/{listed}/"),
    "case-fresh": ("records", "/cases/{fresh}/"),
    "facts": ("counsel", "/cases/{hold}/1/facts/"),
    "fact": ("counsel", "/cases/{hold}/1/facts/compelling_need_shown/"),
    "take-back": ("counsel", "/cases/{hold}/1/facts/purpose/back/"),
    "confirm": ("records", "/cases/{hold}/1/confirm/"),
    "people": ("counsel", "/answers/{answer}/people/"),
    "sign": ("counsel", "/answers/{hold_answer}/sign/"),
    "choose": ("supervisor", "/items/{item}/choose/"),
    "release": ("supervisor", "/answers/{answer}/release/"),
    "serve": ("intake", "/documents/{document}/served/"),
    "finish": ("intake", "/tasks/{task}/done/"),
    "new-communication": ("intake", "/communications/new/"),
    "communication": ("intake", "/communications/{call}/"),
    "form": ("intake", "/forms/{form}/"),
    "form-scan": ("intake", "/forms/{scan}/"),
    "form-other": ("intake", "/forms/{other}/"),
    "forms": ("records", "/forms/"),
    "form-new": ("intake", "/forms/new/"),
    "form-aside": ("intake", "/forms/{form}/aside/"),
    "form-by-hand": ("intake", "/cases/new/?arrival={other}"),
    "corrections": ("records", "/corrections/"),
    "correction": ("supervisor", "/corrections/{correction}/"),
    "correction-new": ("records", "/corrections/new/"),
    "tokens": ("administrator", "/tokens/"),
    "token-new": ("administrator", "/tokens/new/"),
    "token-end": ("administrator", "/tokens/1/end/"),
    "incidents": ("auditor", "/incidents/"),
    "trail": ("auditor", "/trail/"),
    "law": ("auditor", "/law/"),
    "no-cases": ("administrator", "/"),
    "forbidden": ("administrator", "/cases/"),
}


SLOW = frozenset(
    {
        "form-other", "forms", "form-new", "form-aside", "form-by-hand", "corrections",
        "correction-new", "tokens", "token-end",
    }
)  # fmt: skip
"""Pages that are looked at by `make test-all` alone."""

LOOKED_AT = [
    pytest.param(one, marks=pytest.mark.slow) if one in SLOW else pytest.param(one) for one in PAGES
]


@dataclass(frozen=True)
class Desk:
    """A demonstration that is being served."""

    address: str
    cookie: str
    sessions: dict[str, str]
    known: dict[str, Any]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The demo's office, served by a process of its own."""
    base = tmp_path_factory.mktemp("desk")
    office = OfficeFolder(base / "office", base / "keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HABEAS_LOG_KEYS", str(base / "log-keys"))
        patch.setenv(KEYS, str(office.keys))
        patch.chdir(ROOT)  # the process imports `tests`
        subprocess.run([sys.executable, "-c", FOUND, str(office.folder)], check=True, timeout=120)
        process = office.start(SERVE)
        try:
            assert process.stdout
            line = process.stdout.readline()
            if not line:
                process.wait(timeout=20)
                assert process.stderr
                pytest.fail(process.stderr.read())
            told = json.loads(line)
            yield Desk(f"http://127.0.0.1:{told.pop('port')}", **told)
        finally:
            process.kill()
            process.communicate(timeout=20)


@pytest.fixture(scope="module")
def as_user(desk: Desk, open_page: OpenPage) -> Any:
    """Opens a page as somebody: `as_user("records", "/cases/", **options of a context)`."""

    def opened(name: str, where: str, **options: Any) -> Any:
        state = {"cookies": [cookie(desk, name)], "origins": []}
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        return open_page(desk.address + where.format(**desk.known), storage_state=state, **options)

    return opened


def cookie(desk: Desk, name: str) -> dict[str, Any]:
    return {
        "name": desk.cookie, "value": desk.sessions[name], "domain": "127.0.0.1", "path": "/",
        "expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax",
    }  # fmt: skip


@contextmanager
def refusing(status: int) -> Iterator[None]:
    """Chromium calls it an error where a page comes with such a status; here it is wanted."""
    yield
    there = [one for one in PROBLEMS if f"status of {status}" in one]
    assert there
    for one in there:
        PROBLEMS.remove(one)


def unfold(page: Any, shown: bool) -> None:
    page.evaluate(
        "(shown) => document.querySelectorAll('details').forEach((one) => { one.open = shown; })",
        shown,
    )


def shot(page: Any, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"desk-{name}.png", full_page=True)


# -- for everybody ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOOKED_AT)
def test_axe_finds_nothing_in_light_dark_and_at_320(name: str, as_user: Any) -> None:
    who, where = PAGES[name]
    if name == "forbidden":
        with refusing(403):
            page = as_user(who, where)
    else:
        page = as_user(who, where)
    for look, width, scheme in (
        ("light", 1280, "light"),
        ("dark", 1280, "dark"),
        ("narrow", 320, "light"),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        shot(page, f"{name}-{look}")
        unfold(page, True)
        wrong, undecided = axe(page)
        assert wrong == [], look
        assert undecided == [], look
        assert strays(page) == [], look
        unfold(page, False)
    page.context.close()


def test_in_forced_colours_and_with_more_contrast_nothing_is_lost(as_user: Any) -> None:
    page = as_user("counsel", "/cases/{hold}/", forced_colors="active")
    shot(page, "case-hold-forced")
    assert axe(page)[0] == []
    assert page.get_by_text("It may be given").first.is_visible()
    page.context.close()
    page = as_user("counsel", "/cases/{hold}/", contrast="more", color_scheme="dark")
    assert axe(page)[0] == []
    page.context.close()


def test_at_twice_the_size_nothing_strays(as_user: Any) -> None:
    page = as_user("counsel", "/cases/{listed}/", viewport={"width": 640, "height": 450})
    sizes = {"fontSizes": {"standard": 32, "fixed": 26}}
    page.context.new_cdp_session(page).send("Page.setFontSizes", sizes)
    assert page.evaluate("() => getComputedStyle(document.body).fontSize") == "32px"
    assert strays(page) == []
    page.context.close()


def test_on_paper_nothing_is_left_to_click_and_nothing_is_cut_off(as_user: Any) -> None:
    page = as_user(
        "counsel", "/cases/{hold}/", viewport={"width": 673, "height": 900}, color_scheme="dark"
    )
    page.emulate_media(media="print")
    shot(page, "case-hold-paper")
    assert strays(page) == []
    for gone in (".top nav", ".act", ".buttons", ".skip", ".who"):
        assert not page.locator(gone).first.is_visible(), gone
    assert (
        page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    page.context.close()


def test_a_page_says_the_same_without_script(as_user: Any) -> None:
    page = as_user("counsel", "/cases/{hold}/", java_script_enabled=False)
    assert page.locator("script").count() == 0 and page.locator("h1").count() == 1
    page.context.close()


# -- by keyboard -----------------------------------------------------------------------------------------


def test_tab_reaches_everything_and_shows_where_it_is(as_user: Any) -> None:
    page = as_user("counsel", "/cases/{hold}/")
    stops = tab_stops(page)
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, summary, input:not([type=hidden])')]
             .filter((one) => one.checkVisibility()).length"""
    )
    assert len(stops) == wanted > 40
    assert [one["name"] for one in stops if one["outline"] < 2] == []
    assert [one["name"] for one in stops if not one["seen"]] == []
    page.context.close()


def test_the_first_stop_skips_to_the_content(as_user: Any) -> None:
    page = as_user("records", "/cases/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.innerText") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    page.context.close()


def test_errors_get_the_focus_and_lead_to_their_fields(as_user: Any) -> None:
    page = as_user("intake", "/cases/new/")
    with refusing(422):
        page.get_by_role("button", name="Take in").press("Enter")
        page.wait_for_selector("#wrongs")
    assert page.evaluate("() => document.activeElement.id") == "wrongs"
    assert page.title().startswith("Error: ")
    shot(page, "new-case-wrong")
    assert axe(page)[0] == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "id_agency"
    told = page.locator("#id_agency").get_attribute("aria-describedby").split()
    assert "id_agency_error" in told and "id_agency_helptext" in told
    page.context.close()


def test_a_case_goes_from_intake_to_release_by_keyboard_alone(as_user: Any) -> None:
    """Two people: the one takes it in, confirms and prepares; the other looks and releases."""
    page = as_user("records", "/")
    to(page, "New case")
    enter(page)
    typed(page, "Agency, or who asks", "The Elm Gazette")
    typed(page, "What is asked for, in a few words", "Arrest information of one person")
    for item in ("Name", "Custody status"):
        to(page, item)
        page.keyboard.press("Space")
    typed(page, "Their ids in the records, one a line (optional)", "P000001")
    typed(page, "Who asks, by name", "The Elm Gazette")
    to(page, "What for")
    page.keyboard.type("public")
    to(page, "Take in")
    enter(page)
    page.wait_for_selector(".said")
    assert "was taken in" in page.inner_text(".said")
    number = page.url.rstrip("/").rsplit("/", 1)[1]
    to(page, "Confirm what the requester says in request 1")
    enter(page)
    to(page, "Requester: The Elm Gazette (as an officer)")
    page.keyboard.press("Space")
    to(page, "Confirm")
    enter(page)
    page.wait_for_selector(".said")
    assert "1 fact confirmed" in page.inner_text(".said")
    to(page, "Prepare the answer to request 1")
    enter(page)
    page.wait_for_selector(".answer")
    shot(page, "journey-prepared")
    assert page.get_by_text("Somebody else releases what you prepared").is_visible()
    page.context.close()

    page = as_user("supervisor", "/")
    to(page, f"{number}-1")
    enter(page)
    to(page, "Release …")
    enter(page)
    page.wait_for_selector("h1:has-text('Release this answer?')")
    shot(page, "journey-release")
    to(page, "Release to The Elm Gazette")
    enter(page)
    page.wait_for_selector(".said")
    assert "was released" in page.inner_text(".said")
    assert page.get_by_text("-letter.pdf").first.is_visible()
    shot(page, "journey-released")
    page.context.close()


def test_a_form_shows_each_field_in_its_picture(as_user: Any) -> None:
    """The part of the page that is shown is drawn, and not a blank: ink, paper and the mark around the place."""
    page = as_user("intake", "/forms/{form}/", java_script_enabled=False)
    cut = page.get_by_role("img", name="Page 1 of the paper, around: Name on the form")
    colours = Image.open(io.BytesIO(cut.screenshot())).convert("RGB").getcolors(2**24)
    assert colours is not None
    dark = sum(count for count, colour in colours if max(colour) < 80)
    red = sum(count for count, colour in colours if colour[0] > 150 and max(colour[1:]) < 60)
    assert dark > 200 and red > 200
    page.context.close()


@pytest.mark.slow
def test_a_form_is_compared_and_taken_in_by_keyboard_alone(as_user: Any) -> None:
    page = as_user("intake", "/forms/")
    to(page, "Form 1")
    enter(page)
    for title, needed in (
        ("Number of the form, at its foot", " (needed)"),
        ("Does it cancel an earlier detainer?", " (needed)"),
        ("From: the agency that asks", " (needed)"),
        ("Does it ask to be told before a release?", " (needed)"),
        ("Does it ask that she be held longer?", " (needed)"),
        ("Name on the form", ""),
    ):
        if title.startswith("Does it cancel"):
            to(page, "Yes")
            page.keyboard.press("ArrowRight")
        to(page, f"The paper says this: {title}{needed}")
        page.keyboard.press("Space")
    typed(page, "Her id in the records", "P000002")
    to(page, "Take in what I ticked")
    with refusing(422), page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Compare the record with the paper" in page.inner_text("#wrongs")
    shot(page, "form-wrong")
    assert axe(page) == ([], [])
    assert page.is_checked("#id_c_name") and page.is_checked("#id_v_cancel_1")
    to(page, "I compared the record of this id with name and date of birth on the paper")
    page.keyboard.press("Space")
    to(page, "Take in what I ticked")
    enter(page)
    assert "was taken in from form 1" in page.inner_text(".said")
    shot(page, "form-taken")
    page.context.close()


NAME = """() => {
  const one = document.activeElement;
  const label = one.labels && one.labels.length ? one.labels[0].textContent : one.textContent;
  return (one.getAttribute('aria-label') || label || '').replace(/\\s+/g, ' ').trim();
}"""


def to(page: Any, name: str, at_most: int = 400) -> None:
    """Press Tab until what has the focus is called so."""
    page.wait_for_load_state()
    seen = []
    for _ in range(at_most):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(NAME))
        if seen[-1] == name:
            return
    pytest.fail(f"no stop is called `{name}`: {sorted(set(seen))}")


def enter(page: Any) -> None:
    """Press Enter, which leads to another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def typed(page: Any, label: str, text: str) -> None:
    to(page, label)
    page.keyboard.type(text)

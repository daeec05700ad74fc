"""Browsers and systems that ask a casework server over HTTP, and wait for what they get.

    address, Known  ->  pages, decisions, evaluations, together  ->  seconds of each answer

Promise: each has one connection that is kept; an answer of another status than it should have stops the measurement,
or, of many at once, is counted.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from random import Random
from select import select
from time import perf_counter
from urllib.parse import urlencode, urlsplit

from benchmarks.casework_known import Known
from benchmarks.timing import yardstick

FORM = "application/x-www-form-urlencoded"
TOKEN = "a" * 32
"""What the browser's forms are sent with, and its cookie."""

EVALUATE = "/api/access/v1/evaluation"


@dataclass(slots=True)
class Browser:
    """Somebody at the desk: a kept connection and a session."""

    address: str
    known: Known
    user: str
    connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        self.connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def close(self) -> None:
        """Leave."""
        self.connection.close()

    def ask(
        self, path: str, form: Mapping[str, str] | None = None, wanted: int = 200
    ) -> tuple[float, str]:
        """Seconds until all of an answer is here, and where it sends to."""
        headers = {
            "Cookie": f"{self.known.cookie}={self.known.sessions[self.user]}; {self.known.csrf}={TOKEN}"
        }
        body = None
        if form is not None:
            headers["Content-Type"] = FORM
            body = urlencode({**form, "csrfmiddlewaretoken": TOKEN})
        begin = perf_counter()
        status, location = _asked(
            self.connection, "GET" if body is None else "POST", path, body, headers
        )
        took = perf_counter() - begin
        if status != wanted:
            raise HTTPException(f"{path}: {status}, and not {wanted}")
        return took, location


def _asked(
    connection: HTTPConnection, method: str, path: str, body: str | None, headers: dict[str, str]
) -> tuple[int, str]:
    """Ask on a kept connection; one that the server has closed meanwhile is opened again, as browsers do."""
    if connection.sock is not None and select([connection.sock], [], [], 0)[0]:
        connection.close()
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        connection.close()
        raise
    return answer.status, answer.headers.get("Location", "")


def addresses(known: Known) -> dict[str, tuple[str, str]]:
    """Each kind of page: who asks, and its address."""
    return {
        "today": ("records", "/"),
        "list of cases": ("records", "/cases/"),
        "list, page 500": ("records", f"/cases/?page={min(500, known.cases // 50)}"),
        "list, open cases": ("records", "/cases/?state=open"),
        "list, overdue": ("records", "/cases/?due=overdue"),
        "list, of one agency": ("records", "/cases/?agency=fir+courier"),
        "list, by day due": ("records", "/cases/?sort=due"),
        "list, by agency": ("records", "/cases/?sort=agency"),
        "search, one word of many": ("records", "/cases/?q=courier"),
        "search, two words": ("records", "/cases/?q=release+courier"),
        "search, one reference": ("records", f"/cases/?{urlencode({'q': known.rare})}"),
        "search, nothing found": ("records", "/cases/?q=xylophone"),
        "a case, answered": ("records", f"/cases/{known.answered}/"),
        "a case, waiting": ("records", f"/cases/{known.waiting}/"),
        "a case about all records": ("records", f"/cases/{known.listed}/"),
        "who gets what": ("records", f"/answers/{known.listed_answer}/people/"),
        "incidents": ("records", "/incidents/"),
        "law in use": ("records", "/law/"),
        "trail": ("auditor", "/trail/"),
        "trail, of one case": ("auditor", f"/trail/?about={known.answered}"),
    }


def pages(address: str, known: Known, rounds: int) -> tuple[dict[str, list[float]], float]:
    """Seconds of each page, `rounds` times in turns after one that does not count; and the yardstick."""
    kinds = addresses(known)
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    with ExitStack() as open_ones:
        people = {
            user: open_ones.enter_context(closing(Browser(address, known, user)))
            for user in ("records", "auditor")
        }
        for turn in range(rounds + 1):
            for name, (user, path) in kinds.items():
                took, _ = people[user].ask(path)
                if turn:
                    taken[name].append(took)
    return taken, yardstick()


def decisions(address: str, known: Known, rounds: int) -> tuple[list[float], float]:
    """Seconds from `prepare` being pressed to the case's page with the answer on it; and the yardstick."""
    taken = []
    with closing(Browser(address, known, "records")) as officer:
        for number in known.fresh[: rounds + 1]:
            took, location = officer.ask(f"/cases/{number}/1/prepare/", {}, 302)
            shown, _ = officer.ask(location.partition("#")[0])
            taken.append(took + shown)
    return taken[1:], yardstick()


def evaluations(
    address: str, known: Known, clients: int, each: int
) -> tuple[list[float], float, float]:
    """Seconds of each evaluation, all seconds that they took together, and the yardstick.

    clients  at the same time, each with a connection and a thread
    each     evaluations of one client
    """
    body = json.dumps(known.evaluation)
    parts = urlsplit(address)
    taken: list[float] = []

    def system(token: str) -> list[float]:
        mine = []
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        for _ in range(each):
            begin = perf_counter()
            connection.request("POST", EVALUATE, body, headers)
            answer = connection.getresponse()
            said = answer.read()
            mine.append(perf_counter() - begin)
            if json.loads(said) != {"decision": True}:
                raise HTTPException(f"{EVALUATE}: {answer.status}, {said[:200]!r}")
        connection.close()
        return mine

    begin = perf_counter()
    tokens = known.tokens[-clients:]
    wrong = _at_once([lambda token=one: system(token) for one in tokens], taken)
    whole = perf_counter() - begin
    if wrong:
        raise HTTPException(wrong[0])
    return taken, whole, yardstick()


@dataclass(frozen=True, slots=True)
class Together:
    """What many at once got.

    pages, acts  seconds of each answer
    errors       what went wrong, in words
    seconds      that it went on
    """

    pages: list[float]
    acts: list[float]
    errors: list[str]
    seconds: float
    yardstick: float


def together(address: str, known: Known, seconds: float, pause: float) -> Together:
    """All officers at once for so many seconds: of what they ask, about one in six is an act.

    pause  seconds between an answer and the next click at most; half as long on average
    """
    seen: list[float] = []
    done: list[float] = []
    wrong: list[str] = []
    until = perf_counter() + seconds
    fresh = list(reversed(known.fresh))
    turn = threading.Lock()

    def officer(user: str, at: int) -> list[float]:
        rng, browser = Random(at), Browser(address, known, user)
        kinds = [path for who, path in addresses(known).values() if who == "records"]
        while perf_counter() < until:
            time.sleep(rng.uniform(0, pause))
            try:
                with turn:  # every other one has the role to prepare
                    acts = at % 4 < 2 and rng.random() < 0.4 and bool(fresh)
                    number = fresh.pop() if acts else ""
                if not acts:
                    seen.append(browser.ask(rng.choice(kinds))[0])
                    continue
                done.append(browser.ask(f"/cases/{number}/1/prepare/", {}, 302)[0])
                seen.append(browser.ask(f"/cases/{number}/")[0])
            except (OSError, HTTPException) as error:
                wrong.append(f"{type(error).__name__}: {error}")
        browser.close()
        return []

    begin = perf_counter()
    wrong += _at_once(
        [lambda user=user, at=at: officer(user, at) for at, user in enumerate(known.officers)], []
    )
    return Together(seen, done, wrong, perf_counter() - begin, yardstick())


def _at_once(work: list[Callable[[], list[float]]], taken: list[float]) -> list[str]:
    """Run each in a thread; add what they give, and return what went wrong."""
    wrong: list[str] = []

    def run(one: Callable[[], list[float]]) -> None:
        try:
            taken.extend(one())
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return wrong

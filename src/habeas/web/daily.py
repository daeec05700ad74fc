"""Work that nobody asks for: done once a day by one command, which a timer starts.

    clock  ->  work  ->  each job, its event  ->  DailyRun  ->  alarm on the desk

Promise: a job that fails keeps no other from being done, and is told three times: to whoever started it, in the
trail, and in red on the desk; so is a day's work that nobody started.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from habeas.errors import HabeasError, Place, Problem
from habeas.reports.recording import file_name
from habeas.reports.words import several
from habeas.web.accounts.people import disable_unused
from habeas.web.casework.adopting import digest_in_use
from habeas.web.casework.entries import TRAIL, log_head
from habeas.web.casework.models import Task, Version
from habeas.web.office import RECEIPTS
from habeas.web.trail.anchor import anchor
from habeas.web.trail.check import Head, check_trail
from habeas.web.trail.heads import heads
from habeas.web.trail.models import DailyRun, Event
from habeas.web.trail.record import SYSTEM, record

LATE = timedelta(days=2)
"""After which the desk says that the daily work was not done."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one job.

    said  what was done, or why it failed; no name of a person of the records
    help  what to do where it failed; empty where it did not
    """

    job: str
    said: str
    help: str = ""

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return bool(self.help)


def work(now: datetime | None = None) -> list[Done]:
    """Do every job, in order, and return what came of each. Raises nothing: what fails is told.

    now  left out: this moment

    The trail's head goes into the log last, so that it covers what the day's work recorded before. Held by
    `tests/web/test_daily.py`.
    """
    now = now or timezone.now()
    made = [_one(job, act, now) for job, act in JOBS]
    try:
        DailyRun.objects.create(at=now, failed=[one.job for one in made if one.failed])
    except Exception as error:
        made.append(_failed("write down that this ran", error))
    return made


def alarm(now: datetime | None = None) -> str:
    """What is wrong with the daily work, as the desk shows it; empty where nothing is, and in a demonstration."""
    if settings.OFFICE.demo:
        return ""
    now = now or timezone.now()
    last = DailyRun.objects.last()
    if last is None:
        first = Event.objects.order_by("number").values_list("at", flat=True).first()
        if first is None or first > now - LATE:
            return ""
        return "The daily work of this office was never done."
    if last.at < now - LATE:
        at = timezone.localtime(last.at)
        return f"The daily work of this office was last done on {at:%Y-%m-%d at %H:%M}."
    if last.failed:
        return f"Of the daily work of this office, this failed: {', '.join(last.failed)}."
    return ""


def known_heads() -> list[Head]:
    """The trail's heads that the office's log commits to; none where the office has no log. Raises `HabeasError`."""
    office = settings.OFFICE
    if office.log is None:
        return []
    return heads(office.folder / RECEIPTS, file_name(TRAIL), office.log)


# -- the jobs -------------------------------------------------------------------------------------


def _accounts(now: datetime) -> str:
    closed = disable_unused(now)
    return f"{several(len(closed), 'account')} closed" + (f": {', '.join(closed)}" if closed else "")  # fmt: skip


def _sessions(now: datetime) -> str:
    removed, _ = Session.objects.filter(expire_date__lt=now).delete()
    return f"{several(removed, 'session')} removed"


def _duties(now: datetime) -> str:
    due = timezone.localtime(now).date()
    overdue = Task.objects.filter(done_at__isnull=True, due__lt=due).count()
    return f"{several(overdue, 'duty', 'duties')} overdue"


def _trail(now: datetime) -> str:
    known = known_heads()
    check_trail(known)
    return f"{several(Event.objects.count(), 'event')}, held against {several(len(known), 'head')} in the log"


def _anchor(now: datetime) -> str:
    made = anchor(lambda values: log_head(values, digest_in_use(Version.LAW)))
    return f"event {made.number} in {made.entry}"


JOBS: tuple[tuple[str, Callable[[datetime], str]], ...] = (
    ("close accounts unused for 90 days", _accounts),
    ("remove sessions that ended", _sessions),
    ("count overdue duties", _duties),
    ("check the audit trail", _trail),
    ("put the audit trail's head into the log", _anchor),
)
"""What is done, in this order."""


def _one(job: str, act: Callable[[datetime], str], now: datetime) -> Done:
    """Do one job, and record it. What it did stays done where its event cannot be recorded; that is told."""
    try:
        done = Done(job, act(now))
    except Exception as error:
        done = _failed(job, error)
    try:
        record(SYSTEM, job, outcome="failed" if done.failed else "done", detail={"said": done.said})
    except Exception as error:
        return _failed(job, error)
    return done


def _failed(job: str, error: Exception) -> Done:
    if isinstance(error, HabeasError):
        (first, *_) = error.problems
        return Done(job, f"{first.place}: {first.message}"[:300], first.help)
    # What a database or a library says may hold what it was given.
    problem = Problem(Place(job), type(error).__name__, "see that database and disk can be written")
    return Done(job, problem.message, problem.help)

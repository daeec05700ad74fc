"""The daily work: each job is done whatever becomes of the others, is recorded, and is missed where nobody did it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.utils import timezone
from typer.testing import CliRunner

from habeas.cli import app
from habeas.errors import HabeasError
from habeas.reports.recording import file_name
from habeas.web import daily
from habeas.web.accounts.models import User
from habeas.web.api.models import ApiToken
from habeas.web.casework.entries import TRAIL
from habeas.web.casework.models import Task
from habeas.web.daily import JOBS, alarm, known_heads, work
from habeas.web.trail.check import TrailError, check_trail
from habeas.web.trail.models import Anchor, DailyRun, Event
from habeas.web.trail.record import record
from tests.web.conftest import detainer, make_user
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db
NAMES = [job for job, _ in JOBS]
TRAIL_JOB, LOG_JOB = "check the audit trail", "put the audit trail's head into the log"


def said(made: list[daily.Done]) -> dict[str, str]:
    return {one.job: one.said for one in made}


def failed(made: list[daily.Done]) -> list[str]:
    return [one.job for one in made if one.failed]


def told() -> list[tuple[str, str, str]]:
    events = Event.objects.filter(act__in=NAMES).order_by("number")
    return list(events.values_list("actor", "act", "outcome"))


def test_every_job_is_done_and_recorded_as_the_systems(office) -> None:
    record("mia", "one")
    made = work(timezone.now())
    assert (failed(made), [one.job for one in made]) == ([], NAMES)
    assert told() == [("system", name, "done") for name in NAMES]
    assert DailyRun.objects.get().failed == []
    assert said(made)[TRAIL_JOB] == "4 events, held against 0 heads in the log"


def test_accounts_sessions_and_duties_are_looked_at(office, people) -> None:
    now = timezone.now()
    User.objects.filter(username="counsel").update(enabled_at=now - timedelta(days=91))
    for days in (-1, 1):
        session = SessionStore()
        session["one"] = 1
        session.set_expiry(now + timedelta(days=days))
        session.save()
    case = detainer(people["intake"])
    Task.objects.filter(case=case).update(due=timezone.localdate() + timedelta(days=1))
    Task.objects.filter(pk=Task.objects.filter(case=case)[0].pk).update(
        due=timezone.localdate() - timedelta(days=1)
    )
    made = said(work(now))
    assert made["close accounts unused for 90 days"] == "1 account closed: counsel"
    assert not User.objects.get(username="counsel").is_active
    assert made["remove sessions that ended"] == "1 session removed"
    assert Session.objects.count() == 1
    assert made["count overdue duties"] == "1 duty overdue"


def test_a_system_whose_token_is_used_is_no_unused_account(office) -> None:
    now = timezone.now()
    admin = make_user("ada")
    for name, used in (("scanner", 1), ("printer", 91)):
        user = make_user(name)
        User.objects.filter(pk=user.pk).update(enabled_at=now - timedelta(days=200))
        ApiToken.objects.create(
            user=user, prefix=name, digest=name, purpose="x", made_by=admin,
            expires_at=now + timedelta(days=9), last_used_at=now - timedelta(days=used),
        )  # fmt: skip
    assert said(work(now))["close accounts unused for 90 days"] == "1 account closed: printer"


def test_the_head_is_in_the_log_and_the_trail_is_held_against_it(office) -> None:
    record("mia", "one")
    work(timezone.now())
    [head] = known_heads()
    assert head.number == Anchor.objects.get().number == 5  # all but the events of this job
    made = work(timezone.now() + timedelta(days=1))
    assert failed(made) == []
    assert "held against 1 head in the log" in said(made)[TRAIL_JOB]
    assert len(known_heads()) == 2


def shortened(number: int) -> None:
    """What only somebody with the database's own rights can do: cut the trail off, its anchors too."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER trail_event_no_delete")
            cursor.execute("DROP TRIGGER trail_anchor_no_delete")
        else:
            cursor.execute("ALTER TABLE trail_event DISABLE TRIGGER USER")
            cursor.execute("ALTER TABLE trail_anchor DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM trail_event WHERE number > %s", [number])
        cursor.execute("DELETE FROM trail_anchor")


def test_a_trail_that_was_cut_off_with_its_anchors_is_found_by_the_log(office) -> None:
    for _ in range(5):
        record("mia", "one")
    work(timezone.now())
    shortened(5)
    check_trail()  # nobody could tell
    made = work(timezone.now())
    assert failed(made) == [TRAIL_JOB]
    assert said(made)[TRAIL_JOB] == "audit trail: event 9 is missing: event 9 was anchored"
    assert ("system", TRAIL_JOB, "failed") in told()
    with pytest.raises(TrailError):
        check_trail(known_heads())


def test_a_receipt_of_an_anchor_that_is_gone_or_is_another_ones_is_told(office) -> None:
    record("mia", "one")
    work(timezone.now())
    path = office.folder / "receipts" / Anchor.objects.get().entry
    assert path.name.startswith(file_name(TRAIL))
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(HabeasError, match="it cannot be read: No such file"):
        known_heads()
    path.write_bytes(kept.replace(b"Fir County", b"Elm County", 1))
    with pytest.raises(HabeasError, match="the log holds another entry in its place"):
        known_heads()
    path.write_bytes(kept)
    other = path.with_name(f"{file_name(TRAIL)}.99.receipt")
    other.write_bytes(kept[: len(kept) // 2])
    with pytest.raises(HabeasError):
        known_heads()
    other.unlink()
    assert len(known_heads()) == 1


def test_a_job_that_fails_keeps_no_other_from_being_done(office, monkeypatch) -> None:
    def broken(now: object) -> str:
        raise DatabaseError("secret-canary")

    jobs = tuple((name, broken if at == 0 else act) for at, (name, act) in enumerate(JOBS))
    monkeypatch.setattr(daily, "JOBS", jobs)
    made = work(timezone.now())
    assert failed(made) == NAMES[:1]
    assert told() == [("system", name, "failed" if at == 0 else "done") for at, name in enumerate(NAMES)]  # fmt: skip
    assert DailyRun.objects.get().failed == NAMES[:1]
    assert "secret-canary" not in str(made) + str(list(Event.objects.values()))


def test_a_log_that_cannot_be_written_is_told_and_the_rest_is_done(office) -> None:
    record("mia", "one")
    (office.log / "policy").unlink()
    made = work(timezone.now())
    assert failed(made) == [LOG_JOB]
    assert not Anchor.objects.exists()


def test_where_the_trail_cannot_be_written_each_job_says_so(office, monkeypatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(daily, "record", closed)
    assert failed(work(timezone.now())) == NAMES


# -- the alarm ------------------------------------------------------------------------------------


def test_the_alarm_is_silent_for_two_days_and_then_not(office, time_machine) -> None:
    assert alarm() == ""  # nothing was ever done here
    record("mia", "one")
    assert alarm(timezone.now() + timedelta(days=2, seconds=-9)) == ""
    assert "never done" in alarm(timezone.now() + timedelta(days=2, seconds=9))
    work(timezone.now())
    assert alarm(timezone.now() + timedelta(days=2, seconds=-9)) == ""
    assert "was last done on" in alarm(timezone.now() + timedelta(days=2, seconds=9))


def test_the_alarm_names_what_failed_until_it_is_done(office) -> None:
    DailyRun.objects.create(at=timezone.now(), failed=[TRAIL_JOB])
    assert TRAIL_JOB in alarm()
    DailyRun.objects.create(at=timezone.now(), failed=[])
    assert alarm() == ""


@pytest.mark.parametrize("role", ["administrator", "records", "auditor"])
def test_the_first_page_shows_it_to_every_role(office, people, role: str) -> None:
    client = whole(people[role])
    assert "looks after this server" not in client.get("/").content.decode()
    DailyRun.objects.create(at=timezone.now(), failed=[TRAIL_JOB])
    page = client.get("/").content.decode()
    assert "looks after this server" in page and TRAIL_JOB in page


def test_users_have_it_too_and_nobody_who_is_not_signed_in(office, people, client) -> None:
    DailyRun.objects.create(at=timezone.now(), failed=[TRAIL_JOB])
    shown = whole(people["administrator"]).get("/account/users/").content.decode()
    assert "looks after this server" in shown
    for address in ("/account/notice/", "/account/login/"):
        assert TRAIL_JOB not in client.get(address).content.decode()


# -- the command ----------------------------------------------------------------------------------


def test_the_command_ends_with_1_where_something_failed(office, monkeypatch) -> None:
    monkeypatch.setattr("habeas.cli.office.within", lambda folder: None)
    record("mia", "one")
    done = CliRunner().invoke(app, ["office", "daily", "--office", str(office.folder)])
    assert (done.exit_code, done.output.count("done  ")) == (0, len(JOBS)), done.output
    shortened(1)
    done = CliRunner().invoke(app, ["office", "daily", "--office", str(office.folder)])
    assert done.exit_code == 1
    lines = " ".join(done.output.split())
    assert "failed check the audit trail: audit trail: event 5 is missing" in lines
    assert done.output.count("done  ") == len(JOBS) - 1
    checked = CliRunner().invoke(app, ["office", "check-trail", "--office", str(office.folder)])
    assert checked.exit_code == 1


def test_the_unit_of_the_documentation_starts_this_command() -> None:
    page = (Path(__file__).parents[2] / "docs" / "casework.md").read_text(encoding="utf-8")
    assert "ExecStart=/usr/local/bin/habeas office daily --office /srv/fir" in page
    assert "OnCalendar=daily" in page and "Persistent=true" in page and "OnFailure=" in page

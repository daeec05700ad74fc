"""Two people act in one case at the same moment, on PostgreSQL: one after the other, and never on what the other changes.

a process that stands still in a release  +  a process that chooses  ->  the choice waits, and is refused
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import OWNER, PASSWORD, Server
from tests.web.offices import OfficeFolder, ended, make_office
from tests.web.test_faults_restart import with_log

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FOUND = """
from django.conf import settings
from django.core.management import call_command
from habeas.web.casework.answering import choose, prepare, sign
from habeas.web.casework.models import ItemAnswer
from habeas.web.founding import found
from tests.web.conftest import press_request, staff

found(settings.OFFICE)
call_command("migrate", verbosity=0)
users = staff()
answer = prepare(users["records"], press_request(users["intake"]).requests.get())
way = answer.ways.get()
bail = ItemAnswer.objects.create(
    way=way, position=99, item="bail", verdict="grant", basis="permitted", unchecked=False,
    decision={**way.items.first().decision, "item": "bail", "basis": "permitted"},
)
choose(users["supervisor"], bail, give=True, reason="asked for")
sign(users["counsel"], answer, "read")
"""

RELEASE = """
import sys, time
from pathlib import Path
from habeas.web.accounts.models import User
from habeas.web.casework import answering
from habeas.web.casework.models import Answer

folder = Path(sys.argv[1])
def papers_of(answer):
    (folder / "there").touch()
    while not (folder / "go").exists():
        time.sleep(0.05)
    return []
answering.papers_of, answering.record_in_log = papers_of, lambda answer: ["x"]
answering.release(User.objects.get(username="supervisor"), Answer.objects.get())
print("released")
"""

OTHERS = {
    "choose": """
from habeas.web.casework.answering import choose
from habeas.web.casework.models import ItemAnswer
do = lambda: choose(user("records"), ItemAnswer.objects.get(item="bail"), give=False, reason="not now")
""",
    "sign": """
from habeas.web.casework.answering import sign
from habeas.web.casework.models import Answer
do = lambda: sign(user("counsel-2"), Answer.objects.get(), "read as well")
""",
    "release": """
from habeas.web.casework.answering import release
from habeas.web.casework.models import Answer
do = lambda: release(user("counsel"), Answer.objects.get())
""",
    "correct": """
from habeas.web.casework.correcting import correct
do = lambda: print("furnished", len(correct(user("records"), "P000001", ["charges"], "wrong")[1]))
""",
}
"""What somebody else does meanwhile."""

OTHER = """
from habeas.errors import HabeasError
from habeas.web.accounts.models import User
user = lambda name: User.objects.get(username=name)
{0}
try:
    do()
    print("done")
except HabeasError as error:
    print("refused:", error.problems[0].message)
"""

SAID = {
    "choose": "refused: the answer was released",
    "sign": "refused: the answer was released",
    "release": "refused: it was released already",
    "correct": "furnished 1",
}


@pytest.fixture
def office(server: Server, tmp_path: Path, monkeypatch: Any) -> OfficeFolder:
    monkeypatch.setenv("HABEAS_LOG_KEYS", str(tmp_path / "log-keys"))
    server.run("DROP DATABASE IF EXISTS race", "CREATE DATABASE race")
    return with_log(make_office(tmp_path, server.address(OWNER, PASSWORD, "race")))


def test_whoever_acts_while_an_answer_is_being_released_waits(office, tmp_path) -> None:
    office.run(FOUND)
    release = office.start(RELEASE, tmp_path)
    until = time.monotonic() + 120
    while not (tmp_path / "there").exists():
        assert release.poll() is None and time.monotonic() < until, release.communicate()
        time.sleep(0.1)
    others = {name: office.start(OTHER.format(code)) for name, code in OTHERS.items()}
    time.sleep(20)  # all of them have come as far as they can
    early = {name for name, process in others.items() if process.poll() is not None}
    (tmp_path / "go").touch()
    assert "released" in ended(release)
    said = {name: ended(process) for name, process in others.items()}
    assert early == set(), said
    for name, words in SAID.items():
        assert words in said[name], (name, said[name])

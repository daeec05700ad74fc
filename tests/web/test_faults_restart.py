"""A process that is killed in the middle of an act, and a new one that opens the same office and finishes it.

SIGKILL at statement or write number k, or beside the commit  ->  a new process  ->  nothing left, or all of it; then done

The office is a folder with its SQLite file, its keys and its log, as `habeas serve` has it: the transactions are real.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from habeas.records import write_sample
from tests.web.offices import OfficeFolder, ended, make_office

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FOUND = """
from django.conf import settings
from django.core.management import call_command
from habeas.web.casework.answering import prepare, sign
from habeas.web.casework.intake import Upload
from habeas.web.founding import found
from tests.web.conftest import press_request, staff

found(settings.OFFICE)
call_command("migrate", verbosity=0)
users = staff()
upload = Upload("letter.txt", "text/plain", b"Dear Sheriff")
case = press_request(users["intake"], uploads=(upload,))
sign(users["counsel"], prepare(users["records"], case.requests.get()), "read")
"""

DO = """
import os, signal, sys
from django.db import connection
from django.utils import timezone
from habeas.web.accounts.models import User
from habeas.web.casework.answering import prepare, release
from habeas.web.casework.intake import Upload
from habeas.web.casework.models import Answer, Case, CaseRequest
from tests.web.conftest import press_request
from tests.web.faults import in_database, on_disk

act, plant, at, how = sys.argv[1:]
user = lambda name: User.objects.get(username=name)
def die():
    os.kill(os.getpid(), signal.SIGKILL)
DO = {
    "release": lambda: release(user("supervisor"), Answer.objects.get()),
    "prepare": lambda: prepare(user("records"), CaseRequest.objects.get()),
    "take in": lambda: press_request(
        user("intake"), title="Another", uploads=(Upload("b.txt", "text/plain", b"Dear Sheriff"),)
    ),
}
if plant == "commit":
    real = connection._commit
    def commit():
        if how == "kept":
            real()
        die()
    connection._commit = commit
    DO[act]()
elif plant == "gone":  # the database is away from there on: not even the failure can be told
    from django.db import OperationalError
    seen = [0]
    def wrapper(execute, *args):
        seen[0] += 1
        if seen[0] > int(at):
            raise OperationalError("planted: the server is away")
        return execute(*args)
    with connection.execute_wrapper(wrapper):
        try:
            DO[act]()
        except OperationalError:
            die()
else:
    with {"database": in_database, "disk": on_disk}[plant](int(at), how, die) as planted:
        DO[act]()
    print(planted.calls)
"""

COUNT = """
import sys
from django.db import transaction
from habeas.web.accounts.models import User
from habeas.web.casework.answering import release
from habeas.web.casework.models import Answer
from tests.web.faults import in_database, on_disk
for plant in (in_database, on_disk):
    with transaction.atomic(), plant() as planted:
        release(User.objects.get(username="supervisor"), Answer.objects.get())
        transaction.set_rollback(True)
    print(planted.calls)
"""

FINISH = """
import json, sys
from django.conf import settings
from django.test import Client
from habeas.tlog.policy import parse_policy
from habeas.tlog.receipts import check_receipt, parse_receipt
from habeas.web.accounts.models import User
from habeas.web.casework.answering import document_bytes, prepare, release, sign
from habeas.web.casework.models import Answer, Case, Document, Original, Release, Statement
from habeas.web.casework.safe import Kept, get
from habeas.web.trail.check import check_trail
from habeas.web.trail.models import Event
from tests.web.signing_in import whole

user = lambda name: User.objects.get(username=name)
client = whole(user("supervisor"), Client(SERVER_NAME="localhost"))
found = {
    "releases": Release.objects.count(),
    "documents": Document.objects.count(),
    "readable": [n for n in range(1, 30) if client.get(f"/api/documents/{n}").status_code == 200],
    "answers": Answer.objects.count(),
    "cases": Case.objects.count(),
    "events": {
        act: Event.objects.filter(act=act, outcome="done").count()
        for act in ("release an answer that gives something", "prepare an answer", "take in a request")
    },
}
for one in Original.objects.all():
    assert get(Kept(one.sha256, one.size, one.kept)) == b"Dear Sheriff"
assert Original.objects.exists() and Statement.objects.count() >= 8
answer = Answer.objects.last()
if not Release.objects.filter(answer=answer).exists():
    if not answer.signatures.exists():
        sign(user("counsel"), answer, "read")
    release(user("supervisor"), answer)
one = Release.objects.get(answer=answer)
policy = parse_policy((settings.OFFICE.log / "policy").read_text())
for name in one.receipts:
    check_receipt(parse_receipt((settings.OFFICE.folder / "receipts" / name).read_bytes()), policy)
for paper in one.documents.all():
    assert len(document_bytes(paper)) == paper.size
assert {"letter", "package", "table"} <= {paper.kind for paper in one.documents.all()}
check_trail()
print(json.dumps(found))
"""

EVENT = {
    "release": "release an answer that gives something",
    "prepare": "prepare an answer",
    "take in": "take in a request",
}


@pytest.fixture(scope="module")
def founded(tmp_path_factory) -> Path:
    """An office with an answer that is ready to be released; each test begins with it."""
    base = tmp_path_factory.mktemp("founded")
    office = with_log(make_office(base))
    office.run(FOUND)
    return base


def with_log(office: OfficeFolder) -> OfficeFolder:
    jail = office.folder / "jail"
    write_sample(jail, 12, 3)
    file = yaml.safe_load((office.folder / "office.yaml").read_text())
    file |= {"records": "jail", "log": "log"}
    (office.folder / "office.yaml").write_text(yaml.safe_dump(file))
    return office


@pytest.fixture(autouse=True, scope="module")
def log_keys(tmp_path_factory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HABEAS_LOG_KEYS", str(tmp_path_factory.mktemp("log-keys")))
        yield


@pytest.fixture
def office(founded) -> OfficeFolder:
    """The office as it was founded, in its place: keys know an office by where it is."""
    folder, kept = founded / "office", founded / "kept"
    if kept.exists():
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
    else:
        shutil.copytree(folder, kept)
    return OfficeFolder(folder, founded / "keys")


def killed(office: OfficeFolder, act: str, plant: str, at: int, how: str) -> dict[str, Any]:
    """Do an act in a process that dies in it; what a new process finds before it finishes the case."""
    process = office.start(DO, act, plant, at, how)
    out, complaint = process.communicate(timeout=240)
    assert process.returncode == -9, (process.returncode, out, complaint[-2000:])
    return json.loads(ended(office.start(FINISH)).splitlines()[-1])


POINTS = [
    ("release", "database", 12, "lost"),
    ("release", "database", 60, "kept"),
    *(("release", "disk", at, how) for at in (2, 8, 15, 25, 40) for how in ("lost", "kept")),
    ("release", "commit", 0, "lost"),
    ("release", "commit", 0, "kept"),
    ("release", "gone", 8, "lost"),
    ("release", "gone", 60, "lost"),
    ("prepare", "disk", 3, "kept"),
    ("prepare", "commit", 0, "lost"),
    ("prepare", "commit", 0, "kept"),
    ("take in", "disk", 3, "kept"),
    ("take in", "database", 8, "kept"),
    ("take in", "commit", 0, "lost"),
]


@pytest.mark.parametrize(("act", "plant", "at", "how"), POINTS)
def test_a_killed_process_leaves_nothing_or_all_and_a_new_one_goes_on(
    office, act: str, plant: str, at: int, how: str
) -> None:
    found = killed(office, act, plant, at, how)
    done = (plant, how) == ("commit", "kept")
    assert found["events"][EVENT[act]] == done + (0 if act == "release" else 1)
    assert found["releases"] == (act == "release" and done)
    assert bool(found["documents"]) is (act == "release" and done)
    assert len(found["readable"]) == found["documents"]
    assert found["answers"] == 1 + (act == "prepare" and done)
    assert found["cases"] == 1


def test_a_killed_release_is_killed_at_each_of_its_writes(office) -> None:
    """The points above are among the calls that a release makes."""
    statements, writes = map(int, office.run(COUNT).split()[-2:])
    assert statements > max(at for act, plant, at, _ in POINTS if plant in ("database", "gone"))
    assert writes > max(at for act, plant, at, _ in POINTS if (act, plant) == ("release", "disk"))

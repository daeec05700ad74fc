"""Who reads a file can do nothing else, is gone afterwards, and is believed only in the shape that was asked for."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from habeas.web.uploads import sandbox
from habeas.web.uploads.fields import NAMES, Field, Fields, Reading
from habeas.web.uploads.limits import MEMORY
from habeas.web.uploads.refusals import REFUSALS, UploadError
from habeas.web.uploads.sandbox import run
from tests.web.test_form_i247a_made import FILLED, Made


def reader(monkeypatch, body: str) -> None:
    """Put another reader in the place of ours: what a hostile file could make of it."""
    monkeypatch.setattr(sandbox, "_START", body)


def code(*args) -> str:
    with pytest.raises(UploadError) as refused:
        run("pdf", *(args or (b"bytes", Reading, "paper.pdf")))
    return refused.value.code


CONFINED = sandbox._START.replace("main(sys.argv[2], sys.argv[3])", "from habeas.web.uploads.reader import _load, confine\n_load()\nconfine()\n")  # fmt: skip


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "open('/etc/passwd')",
        "open('/tmp/habeas-left-behind', 'w')",
        "import os; os.pipe()",
        "import subprocess; subprocess.run(['/bin/true'])",
        "bytearray(2 * 1024 ** 3)",
        "import resource; resource.setrlimit(resource.RLIMIT_CORE, (1, 1)); assert os.getuid() == 0; raise OSError",
    ],
)
def test_a_confined_reader_can_do_nothing_but_read(monkeypatch, attempt):
    lines = attempt.replace("; ", "\n    ")
    reader(
        monkeypatch,
        "import os\n"
        + CONFINED
        + "try:\n    "
        + lines
        + "\nexcept (OSError, MemoryError, ValueError):\n"
        "    os.write(1, b'time')\n    os._exit(3)\nos.write(1, b'empty')\nos._exit(3)\n",
    )
    assert code() == "time", "the attempt was made, and failed"


def test_a_confined_reader_has_its_limits_and_no_environment(monkeypatch):
    os.environ["HABEAS_SECRET_OF_A_TEST"] = "x"
    reader(
        monkeypatch,
        CONFINED
        + "import json, os, resource as r\n"
        + "names = ('CORE', 'FSIZE', 'NOFILE', 'NPROC', 'AS', 'CPU')\n"
        + "limits = [r.getrlimit(getattr(r, 'RLIMIT_' + one)) for one in names]\n"
        + "made = [limits, 'HABEAS_SECRET_OF_A_TEST' in os.environ, os.getcwd(), 'duckdb' in sys.modules,"
        + " 'django' in sys.modules, os.getsid(0) == os.getpid()]\n"
        + "os.write(1, json.dumps(made).encode()); os._exit(0)\n",
    )
    try:
        status, said = sandbox._read("pdf", b"", "null", time.monotonic() + 30)
    finally:
        del os.environ["HABEAS_SECRET_OF_A_TEST"]
    limits, secret, folder, duckdb, django, own_session = json.loads(said)
    assert status == 0
    assert limits[:4] == [[0, 0]] * 4 and limits[4] == [MEMORY, MEMORY]
    assert 0 < limits[5][0] <= 60
    assert (secret, folder, duckdb, django, own_session) == (False, "/", False, False, True)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("import os; os._exit(1)", "unreadable"),
        ("import os; os.abort()", "unreadable"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "unreadable"),
        ("print('no JSON')", "unreadable"),
        ("print('{}')", "unreadable"),
        ("print('{\"pages\": 1, \"more\": 2}')", "unreadable"),
        ("print('{\"pages\": \"1\"}')", "unreadable"),
        ("print('{\"pages\": 1000}')", "unreadable"),
        ("print('{\"pages\": 1, \"told\": [\"<script>\"]}')", "unreadable"),
        ("import os; os.write(1, b'<b>'); os._exit(3)", "unreadable"),
        ("import os; os.write(1, b'password'); os._exit(3)", "password"),
        ("import os\nwhile True: os.write(1, b' ' * 65536)", "unreadable"),
        ("syntax error here", "unreadable"),
    ],
)  # fmt: skip
def test_a_reader_that_breaks_or_lies_is_one_error(monkeypatch, body, expected):
    reader(monkeypatch, body)
    assert code() == expected


@pytest.mark.parametrize(
    "body",
    [
        "import time\ntime.sleep(600)",
        "while True: pass",
        "import os, time\nos.close(1)\ntime.sleep(600)",
        "import os, time\nif os.fork() == 0: time.sleep(600)\ntime.sleep(600)",
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)",
    ],
)
def test_a_reader_that_does_not_end_is_ended_with_what_it_started(monkeypatch, body):
    monkeypatch.setattr(sandbox, "SECONDS", -1)  # two seconds are added
    monkeypatch.setattr(sandbox._readers, "acquire", lambda timeout: sandbox._readers)
    monkeypatch.setattr(sandbox._readers, "release", lambda: None)
    started = []
    popen = subprocess.Popen

    def watched(*args, **kwargs):
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", watched)
    reader(monkeypatch, body)
    assert code() == "time"
    (one,) = started
    assert one.returncode is not None
    assert not alive_in_group(one.pid)


def alive_in_group(group: int) -> list[str]:
    """Processes of a group that have not ended."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of = one.read_text().rsplit(")", 1)[1].split()[:3]
            if of == str(group) and state not in "ZX":
                found.append(one.parent.name)
    return found


def test_what_a_reader_started_does_not_outlive_its_answer(monkeypatch):
    pids = []
    end = sandbox._end
    monkeypatch.setattr(sandbox, "_end", lambda one: pids.append(one.pid) or end(one))
    reader(
        monkeypatch,
        "import os, time\nif os.fork() == 0:\n    os.close(1)\n    time.sleep(600)\n"
        "os.write(1, b'{\"pages\": 1}')\nos._exit(0)",
    )
    assert run("pdf", b"", Reading) == Reading(1)
    assert not alive_in_group(pids[0])


def test_a_file_that_takes_all_memory_is_one_error(monkeypatch):
    start = sandbox._START.replace(
        "from habeas.web.uploads.reader import main",
        "from habeas.web.uploads import reader\nfrom habeas.web.uploads.reader import main\n"
        "reader.TASKS = {'pdf': lambda data, _: bytearray(2 ** 31)}",
    )
    reader(monkeypatch, start)
    assert code() == "memory"


def test_readers_work_in_threads_and_no_more_than_some_at_a_time(monkeypatch):
    at_work, most, lock, real = 0, 0, threading.Lock(), sandbox._read

    def counted(*args):
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        try:
            return real(*args)
        finally:
            with lock:
                at_work -= 1

    monkeypatch.setattr(sandbox, "_read", counted)
    forms = [Made(filled={**FILLED, "subject_id": f"N{number}"}).pdf() for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        read = list(pool.map(lambda form: run("pdf", form, Reading), forms))
    assert [one.fields["subject_id"].value for one in read] == [f"N{n}" for n in range(6)]
    assert most <= sandbox.READERS


def test_a_reader_starts_from_a_process_that_may_open_few_files():
    script = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "from habeas.web.uploads.sandbox import run\n"
        "from habeas.web.uploads.fields import Reading\n"
        "import sys\n"
        "print(run('pdf', sys.stdin.buffer.read(), Reading).fields['sex'].value)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=Made().pdf(), capture_output=True, timeout=120
    )
    assert done.stdout.strip() == b"F", done.stderr


# -- the shape of what a reader says -----------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    [
        {"name": "nobody"},
        {"name": "sex", "value": "F"},
        {"name": "sex", "value": True, "page": 1, "box": (0, 0, 1, 1), "sure": "label"},
        {"name": "hold", "value": "yes", "page": 1, "box": (0, 0, 1, 1), "sure": "label"},
        {"name": "sex", "value": "x" * 501, "page": 1, "box": (0, 0, 1, 1), "sure": "label"},
        {"name": "sex", "value": "a\x1b", "page": 1, "box": (0, 0, 1, 1), "sure": "label"},
        {"name": "sex", "value": "F", "page": 1, "box": (0, 0, 1, 1), "sure": "unclear"},
        {"name": "sex", "page": 1, "sure": "label"},
        {"name": "sex", "page": 99, "box": (0, 0, 1, 1), "sure": "label"},
        {"name": "sex", "page": 1, "box": (0, 0, 1, float("nan")), "sure": "label"},
        {"name": "sex", "page": 1, "box": (0, 0, 1, 1), "sure": "not found"},
    ],
)
def test_a_field_that_could_not_have_been_read_has_no_shape(field):
    with pytest.raises(ValueError):
        Field(**field)


def test_fields_are_all_there_once_and_in_their_order():
    whole = tuple(Field(name) for name in NAMES)
    assert Fields(whole)["sex"] == Field("sex")
    for wrong in (whole[1:], whole[::-1], (*whole, whole[0])):
        with pytest.raises(ValueError):
            Fields(wrong)


def test_every_refusal_is_in_words_that_a_message_has():
    for message, help in REFUSALS.values():
        assert message[0].islower() and not message.endswith(".") and help

"""An answer's entries in the public log, and its receipts.

    Answer, kept facts  ->  record_in_log  ->  receipts' names

Promise: entry first, then release: where this raises, nothing has left. What opens an entry lies encrypted-at-rest
or not as the office's disk does; its folder is the owner's alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pyarrow as pa
from django.conf import settings

from habeas.errors import HabeasError, InputError, Place, Problem
from habeas.records.kept import read_kept
from habeas.reports.answer import Answer as EngineAnswer
from habeas.reports.recording import Recorder
from habeas.tlog.unlock import signers_of
from habeas.web.casework.models import Answer, Version
from habeas.web.casework.safe import Kept, get
from habeas.web.keys import log_secret
from habeas.web.office import RECEIPTS

TRAIL = "audit trail"
"""What the receipts of the trail's heads are chained by."""

NO_LAW = "0" * 64
"""What an entry shows for the law where none is in use."""

WAIT = 15.0
"""Seconds to wait for another process that writes to the log."""

_one = threading.Lock()


def record_in_log(answer: Answer) -> list[str]:
    """Record an answer's decisions, an entry a person, and return the names of their receipts.

    Raises `HabeasError` where no log is named, it cannot be written, or its witnesses do not answer.
    """
    made = again(answer)
    return [path.name for path in _in_turn(lambda log: log.record([made]))]


def log_adoption(version: Version, law: str) -> str:
    """Record that something decides from now on, and return the name of its receipt. Errors as above.

    law  digest of the law in use, this one where it is law
    """
    hidden = {"kind": version.kind, "place": version.place, "adopted": version.digest}
    about = f"{version.kind} of {version.place}"
    return _in_turn(lambda log: log.note(about, law, hidden)).name


def log_head(values: Mapping[str, Any], law: str) -> str:
    """Record the head of the audit trail, and return the name of its receipt. Errors as above.

    values  as `habeas.web.trail.anchor` makes them
    law     digest of the law in use; empty: none is
    """
    return _in_turn(lambda log: log.note(TRAIL, law or NO_LAW, values)).name


T = TypeVar("T")


def _in_turn(write: Callable[[Recorder], T]) -> T:
    """Write to the log; where another process does, wait for it."""
    office = settings.OFFICE
    if office.log is None:
        raise InputError(
            Problem(
                Place("office.yaml"), "no log is named", "`habeas log init`, then write `log: …`"
            )
        )
    recorder = Recorder(
        office.log,
        signers_of(office.log, log_secret(office)),
        office.folder / RECEIPTS,
        office.agency,
    )
    until = time.monotonic() + WAIT
    with _one:
        while True:
            try:
                return write(recorder)
            except HabeasError as error:
                if "has this log open" not in error.problems[0].message or time.monotonic() > until:
                    raise
                time.sleep(0.1)


def again(answer: Answer) -> EngineAnswer:
    """The engine's answer anew, from the facts that were kept. Raises `HabeasError` where it is another one."""
    # `adopting` logs what it adopts: it imports this module.
    from habeas.web.casework.adopting import law_in_use
    from habeas.web.casework.engine import engine_request

    law = law_in_use()
    data = get(Kept(answer.facts["sha256"], answer.facts["size"], answer.facts["name"]))
    request = engine_request(answer.request)
    decisions = law.decided(
        request, read_kept(data, law.book.vocabulary), answer.as_of, tell_days=False
    )
    kept = {
        (way.number, item.item): item.verdict
        for way in answer.ways.all()
        for item in way.items.all()
    }
    rows = decisions.answers.to_pylist()
    found = {
        (number, rows[at]["item"]): rows[at]["verdict"]
        for number, way in enumerate(decisions.ways)
        for at in way
    }
    if kept != found or law.digest != answer.law:
        raise InputError(
            Problem(
                Place(answer.request.id_text),
                "deciding again does not give what was prepared",
                "prepare the answer anew",
            )
        )
    return EngineAnswer(law, request, decisions, answer.as_of, pa.py_buffer(data))

"""A new office: its file, its keys, its log; for a demo also a jail of people who do not exist.

    DIR  ->  found, found_demo  ->  office.yaml, keys, log

Promise: what is there stays as it is.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from habeas.records import write_sample
from habeas.tlog.keyfile import make_keys as make_log_keys
from habeas.tlog.keys import ED25519, MLDSA44
from habeas.tlog.log import WORK, Log
from habeas.tlog.policy import Party, Policy
from habeas.web.keys import log_secret, make_keys
from habeas.web.office import FILE, Office, read_office

DEMO = {
    "name": "Fir County Sheriff",
    "place": "us-ca",
    "address": ["1 Main Street", "Fir, CA 90000"],
    "phone": "(555) 010-0100",
    "email": "records@fir.example",
    "records": "jail",
    "log": "log",
    "time_zone": "America/Los_Angeles",
    "demo": True,
}
"""An office that does not exist."""

PEOPLE, SEED = 120, 7
"""Of its jail."""


def found_demo(folder: Path) -> Office:
    """Make the demo's office where there is none, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if not path.exists():
        write_sample(folder / "jail", PEOPLE, SEED)
        path.write_text(yaml.safe_dump(DEMO, sort_keys=False), encoding="utf-8")
    office = read_office(folder)
    found(office)
    return office


def found(office: Office) -> None:
    """Make keys and log of an office where there are none."""
    make_keys(office)
    if office.log is not None and not (office.log / WORK).exists():
        origin = f"{office.folder.resolve().name}.{office.place}/log".lower()
        keys = make_log_keys(origin, (ED25519, MLDSA44), log_secret(office), outside=office.log)
        policy = Policy(tuple(Party(one.verifier) for one in keys.signers))
        try:
            Log.create(office.log, keys.signers, policy)
        except BaseException:
            keys.path.unlink(missing_ok=True)
            raise

"""The office: one folder that says whose casework this is, and where its things lie.

    DIR/office.yaml  ->  read_office  ->  Office  ->  settings, casework

Promise: a setting that is wrong stops the start, with its line; nothing of it is guessed. The file:

    name: Fir County Sheriff           # as letters and entries of the log show it
    agency: Fir County Sheriff         # left out: the name
    place: us-ca                       # whose law; laws/<place>
    address: [1 Main Street, Fir CA]   # lines of the letterhead
    phone: (555) 010-0100
    email: records@fir.example
    database: postgresql://habeas@host/habeas   # left out: habeas.sqlite in this folder
    records: jail                      # as `habeas decide --records`, from this folder on
    map: jail/mapping.yaml             # left out: as `habeas decide --map`
    log: log                           # a log that `habeas log init` made, from this folder on
    time_zone: America/Los_Angeles     # when its days begin; left out: UTC
    clamd: /run/clamav/clamd.ctl       # a virus scanner's socket; left out: uploads are not scanned
    hosts: [records.fir.example]       # names under which it is served; left out: this machine alone
    notice: This system belongs to …   # what everybody acknowledges before signing in; left out: `NOTICE`
    password_days: 365                 # after which a password has to be changed; left out, or 0: never
    demo: no                           # yes: people who do not exist, and law that nobody checked may be used
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from habeas.errors import InputError, Place, Problem
from habeas.records.document import read_document
from habeas.records.shape import Shape, Words, read_shape, wrong

FILE = "office.yaml"
VARIABLE = "HABEAS_OFFICE"
"""The environment's variable that names the folder."""

RECEIPTS = "receipts"
"""The folder of receipts, in the office's."""

NOTICE = (
    "This system belongs to {name}. Its use may be watched, recorded and audited. Unauthorised use is "
    "prohibited and may have criminal and civil penalties. Whoever goes on consents to this."
)
"""What everybody acknowledges before signing in, where the office writes nothing else."""

LONGEST_NOTICE, LONGEST_DAYS = 4_000, 3_650


@dataclass(frozen=True, slots=True)
class Office:
    """Whose casework this is.

    folder    where its things lie
    database  an address of PostgreSQL; empty: SQLite in the folder
    records   a folder, a database file or an address, as `read_records` takes it; empty: none yet
    log       the public log's folder; None where there is none: then nothing can be released
    notice         what everybody acknowledges before signing in
    password_days  after which a password has to be changed; 0: never, as ASVS 6.2.10 wants it (CJIS: 365)
    """

    folder: Path
    name: str
    agency: str
    place: str
    address: tuple[str, ...]
    phone: str
    email: str
    database: str
    records: str
    map: Path | None
    log: Path | None
    time_zone: str
    clamd: str
    hosts: tuple[str, ...]
    demo: bool
    notice: str
    password_days: int


def _notice(text: str | None) -> str | None:
    if text is not None and not 0 < len(text.strip()) <= LONGEST_NOTICE:
        raise wrong(
            "leave it out for the one that is shown then",
            f"`notice` is blank, or longer than {LONGEST_NOTICE:,} characters",
        )
    return text


def _days(text: object) -> int:
    if not isinstance(text, str) or not re.fullmatch("[0-9]{1,4}", text, re.ASCII):
        raise wrong(_DAYS, "`password_days` is no number of days")
    if int(text) > LONGEST_DAYS:
        raise wrong(_DAYS, "`password_days` is more than ten years")
    return int(text)


_DAYS = f"write 1 to {LONGEST_DAYS}, or leave it out: a password is good until its owner changes it"


class _OfficeFile(Shape):
    name: str = Field(description="write the name of the office")
    agency: str | None = Field(None, description="write the name that the log's entries show")
    place: str = Field(description="write a place that has law, such as `us-ca`")
    address: Words = Field(description="list the lines of the address")
    phone: str = Field("", description="write the number as text")
    email: str = Field("", description="write the address as text")
    database: str = Field("", description="write `postgresql://user@host/database`")
    records: str = Field("", description="write a folder, a database file or an address")
    map: str | None = Field(None, description="write the path of the mapping")
    log: str | None = Field(None, description="write the path of the log")
    time_zone: str = Field("UTC", description="write a name such as `America/Los_Angeles`")
    clamd: str = Field("", description="write the path of clamd's socket")
    hosts: Words = Field([], description="list names such as `records.fir.example`")
    demo: bool = Field(False, description="write `yes` or `no`")
    notice: Annotated[str | None, AfterValidator(_notice)] = Field(
        None, description="write what everybody acknowledges before signing in"
    )
    password_days: Annotated[Any, AfterValidator(_days)] = Field(
        "0", description="write a number of days, or leave it out: never"
    )


def read_office(folder: Path) -> Office:
    """Read `office.yaml` of a folder. Raises `InputError` with every problem found."""
    path = folder / FILE
    node = read_document(path, "office")
    file = read_shape(_OfficeFile, node)
    if file.database and not file.database.startswith(("postgresql://", "postgres://")):
        raise InputError(
            Problem(
                node.at("database"),
                f"`{file.database}` is no address of PostgreSQL",
                "write `postgresql://user@host/database`, or leave it out for SQLite",
            )
        )
    if file.time_zone not in available_timezones():
        raise InputError(
            Problem(
                node.at("time_zone"),
                f"`{file.time_zone}` is no time zone",
                "write a name such as `America/Los_Angeles`",
            )
        )
    at_hand = "://" in file.records or not file.records
    return Office(
        folder=folder,
        name=file.name,
        agency=file.agency or file.name,
        place=file.place,
        address=tuple(file.address),
        phone=file.phone,
        email=file.email,
        database=file.database,
        records=file.records if at_hand else str(folder / file.records),
        map=folder / file.map if file.map else None,
        log=folder / file.log if file.log else None,
        time_zone=file.time_zone,
        clamd=file.clamd,
        hosts=tuple(file.hosts),
        demo=file.demo,
        notice=(file.notice or NOTICE.format(name=file.name)).strip(),
        password_days=int(file.password_days),
    )


def this_office() -> Office:
    """The office that the environment names. Raises `InputError` where it names none."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        raise InputError(
            Problem(
                Place(VARIABLE),
                "no office is named",
                f"name the folder of `{FILE}`; `habeas serve DIR` does",
            )
        )
    return read_office(Path(folder))

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
    demo: no                           # yes: people who do not exist, and law that nobody checked may be used
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

from pydantic import Field

from habeas.errors import InputError, Place, Problem
from habeas.records.document import read_document
from habeas.records.shape import Shape, Words, read_shape

FILE = "office.yaml"
VARIABLE = "HABEAS_OFFICE"
"""The environment's variable that names the folder."""


@dataclass(frozen=True, slots=True)
class Office:
    """Whose casework this is.

    folder    where its things lie
    database  an address of PostgreSQL; empty: SQLite in the folder
    records   a folder, a database file or an address, as `read_records` takes it; empty: none yet
    log       the public log's folder; None where there is none: then nothing can be released
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

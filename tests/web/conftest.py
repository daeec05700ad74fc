"""An office with a made-up jail and a log; a user for each role."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from habeas.records import write_sample
from habeas.tlog import keyfile
from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.roles import Role
from habeas.web.casework.adopting import propose_law, sign_for
from habeas.web.casework.intake import Intake, take_in
from habeas.web.casework.mapping import propose_mapping
from habeas.web.casework.models import Case
from habeas.web.casework.wording import propose_wording
from habeas.web.founding import found
from habeas.web.office import Office


@pytest.fixture(scope="session")
def jail(tmp_path_factory) -> Path:
    """A jail of twelve people who do not exist."""
    folder = tmp_path_factory.mktemp("jail") / "jail"
    write_sample(folder, 12, 3)
    return folder


@pytest.fixture(scope="session")
def law_folder(tmp_path_factory) -> Path:
    """Where adopted law is kept: in one place for all tests, so that it is read once."""
    return tmp_path_factory.mktemp("law")


@pytest.fixture
def office(settings, jail, law_folder, tmp_path, monkeypatch) -> Office:
    """The office with that jail, and an empty log of its own; no demo."""
    monkeypatch.setattr(keyfile, "_COST", 2**4)  # keys of tests need not be slow to guess
    monkeypatch.setenv("HABEAS_LOG_KEYS", str(tmp_path / "log-keys"))
    monkeypatch.setenv("HABEAS_KEYS", str(tmp_path / "keys"))
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "law").symlink_to(law_folder)
    made = replace(settings.OFFICE, folder=folder, records=str(jail), log=folder / "log")
    settings.OFFICE = made
    found(made)
    return made


def make_user(name: str, *roles: Role) -> User:
    """A user whose roles two people granted."""
    user = User.objects.create_user(name, password="correct horse battery staple")
    for role in roles:
        asked = User.objects.get_or_create(username="first", defaults={"is_active": False})[0]
        approved = User.objects.get_or_create(username="second", defaults={"is_active": False})[0]
        RoleGrant.objects.create(
            user=user,
            role=role.value,
            asked_by=asked,
            approved_by=approved,
            approved_at=timezone.now(),
        )
    return user


@pytest.fixture
def people(db, office) -> dict[str, User]:
    """A user for each role, called by it, and a second one for records and counsel; what decides was adopted."""
    return staff()


def staff() -> dict[str, User]:
    """Make these users in the office at hand, and adopt what decides."""
    made = {role.value: make_user(role.value, role) for role in Role}
    made["records-2"] = make_user("records-2", Role.RECORDS)
    made["counsel-2"] = make_user("counsel-2", Role.COUNSEL)
    for proposed in (
        lambda: propose_law("console", None, checked="as shipped", difference="the first law"),
        lambda: propose_mapping("console"),
        lambda: propose_wording("console"),
    ):
        version = proposed()
        for counsel in ("counsel", "counsel-2"):
            sign_for(made[counsel], version, "Read beside the official text.")
    return made


def press_request(user: User, **more: object) -> Case:
    """A newspaper asks for arrest information of one person."""
    given = Intake(
        agency="The Fir Courier",
        received_at=timezone.now() - timedelta(hours=1),
        title="Arrest information, one person",
        items=("name", "charges", "custody_status", "home_address"),
        people=("P000001",),
        facts={
            "requester": "The Fir Courier",
            "requester_kind": "press",
            "requester_level": "private",
            "requester_place": "us-ca",
            "purpose": "public inquiry",
            "instrument": "records request",
            "names_specific_person": True,
        },
    )
    return take_in(user, replace(given, **more))


def detainer(user: User, person: str = "P000001", received_at: datetime | None = None) -> Case:
    """A Form I-247A about one person."""
    return take_in(
        user,
        Intake(
            agency="Immigration and Customs Enforcement",
            received_at=received_at or timezone.now() - timedelta(hours=1),
            title="Form I-247A",
            people=(person,),
            form="I-247A",
            facts={
                "requester": "Immigration and Customs Enforcement",
                "requester_kind": "immigration authority",
                "requester_level": "federal",
                "requester_place": "us",
                "purpose": "immigration enforcement",
            },
        ),
    )

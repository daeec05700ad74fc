"""The office's file: the notice and the age of passwords are what it says, and what is wrong stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas.errors import InputError
from habeas.web.office import LONGEST_NOTICE, read_office
from tests.web.offices import make_office


def office(folder: Path, more: str = "") -> Path:
    text = "name: Fir County Sheriff\nplace: us-ca\naddress: [1 Main Street]\n"
    (folder / "office.yaml").write_text(text + more)
    return folder


def test_left_out_the_notice_names_the_office_and_no_password_gets_old(tmp_path: Path) -> None:
    made = read_office(office(tmp_path))
    assert made.notice.startswith("This system belongs to Fir County Sheriff.")
    assert made.password_days == 0


def test_the_file_says_both(tmp_path: Path) -> None:
    made = read_office(office(tmp_path, "notice: Only for the {office}.\npassword_days: 365\n"))
    assert (made.notice, made.password_days) == ("Only for the {office}.", 365)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("password_days: -1", "`password_days` is no number of days"),
        ("password_days: yes", "`password_days` is no number of days"),
        ("password_days: a year", "`password_days` is no number of days"),
        ("password_days: 12.5", "`password_days` is no number of days"),
        ("password_days: [1]", "`password_days` is no number of days"),
        ("password_days:", "`password_days` is no number of days"),
        ("password_days: 3651", "`password_days` is more than ten years"),
        ("notice: ''", "`notice` is blank, or longer than 4,000 characters"),
        (f"notice: {'x' * (LONGEST_NOTICE + 1)}", "`notice` is blank, or longer"),
        ("notice: [one, two]", "`notice` is a list, not text"),
        ("notce: x", "unknown field `notce`"),
    ],
)
def test_a_wrong_value_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_office(office(tmp_path, f"{line}\n"))
    assert told in str(caught.value)
    assert "office.yaml:4:" in str(caught.value) and "help:" in str(caught.value)


def test_the_settings_are_the_offices(tmp_path: Path) -> None:
    made = make_office(tmp_path)
    with (made.folder / "office.yaml").open("a") as file:
        file.write("notice: Only for Fir.\npassword_days: 90\n")
    read = "from django.conf import settings; print(settings.PASSWORD_DAYS, settings.NOTICE)"
    assert made.run(read) == "90 Only for Fir.\n"


def test_what_an_address_of_postgresql_asks_for_is_asked_of_it(tmp_path: Path) -> None:
    made = make_office(
        tmp_path, "postgresql://habeas@db.fir.example:5433/cases?sslmode=verify-full"
    )
    read = "from django.conf import settings; print(settings.DATABASES['default'])"
    told = made.run(read)
    assert "'OPTIONS': {'sslmode': 'verify-full'}" in told
    assert "'HOST': 'db.fir.example'" in told and "'NAME': 'cases'" in told

"""Casework decides by law that two counsel signed for, by its bytes, and by no other."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction

from habeas.decisions.laws import laws_folder
from habeas.errors import HabeasError, InputError
from habeas.tlog.policy import parse_policy
from habeas.tlog.receipts import check_receipt, parse_receipt
from habeas.web.accounts.roles import Role
from habeas.web.casework import adopting
from habeas.web.casework.adopting import law_in_use, propose, sign_law
from habeas.web.casework.answering import prepare, release, sign
from habeas.web.casework.errors import NotAllowedError, RefusedError
from habeas.web.casework.models import LawAdoption
from tests.web.conftest import make_user, press_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_law(tmp_path):
    """The shipped law with another plain reading: other bytes."""
    folder = tmp_path / "other-law"
    shutil.copytree(laws_folder(), folder)
    page = folder / "us-ca" / "truth-act.md"
    page.write_text(page.read_text().replace("# ", "# ", 1) + "\nA note that rules nothing.\n")
    return folder


def test_without_adopted_law_nothing_is_decided(db, office, settings) -> None:
    with pytest.raises(InputError, match="no law was adopted"):
        law_in_use()
    settings.OFFICE = replace(office, demo=True)
    assert law_in_use().place == "us-ca"


def test_law_comes_into_use_with_the_second_counsels_signature(office, people, other_law) -> None:
    before = law_in_use().digest
    version = propose("console", other_law, checked="green", difference="a note")
    assert sign_law(people["counsel"], version, "read") is None
    assert law_in_use().digest == before
    with pytest.raises(RefusedError, match="signed for it already"):
        sign_law(people["counsel"], version, "read again")
    with pytest.raises(NotAllowedError):
        sign_law(people["supervisor"], version, "read")
    made = sign_law(people["counsel-2"], version, "read too")
    assert law_in_use().digest == version.digest != before
    receipt = parse_receipt((office.folder / "receipts" / made.receipt).read_bytes())
    found = check_receipt(receipt, parse_policy((office.log / "policy").read_text()))
    assert found.values["adopted"] == version.digest


def test_an_answer_by_the_law_before_is_prepared_anew(office, people, other_law) -> None:
    answer = prepare(people["records"], press_request(people["intake"]).requests.get())
    sign(people["counsel"], answer, "read")
    version = propose("console", other_law, checked="green", difference="a note")
    for name in ("counsel", "counsel-2"):
        sign_law(people[name], version, "read")
    with pytest.raises(RefusedError, match="other law than is in use"):
        release(people["supervisor"], answer)


def test_law_whose_bytes_changed_decides_nothing(office, people, other_law) -> None:
    version = propose("console", other_law, checked="green", difference="a note")
    for name in ("counsel", "counsel-2"):
        sign_law(people[name], version, "read")
    kept = adopting.in_use_folder() / "us-ca" / "truth-act.md"
    text = kept.read_text()
    try:
        kept.write_text(text.replace("note", "word"))
        adopting._kept_law.cache_clear()
        with pytest.raises(InputError, match="not the bytes that were signed for"):
            law_in_use()
    finally:
        kept.write_text(text)
        adopting._kept_law.cache_clear()


def test_a_log_that_fails_adopts_nothing(office, people, other_law, monkeypatch) -> None:
    version = propose("console", other_law, checked="green", difference="a note")
    sign_law(people["counsel"], version, "read")
    before = law_in_use().digest

    def fail(version: object) -> str:
        raise OSError("no space left on device")

    monkeypatch.setattr(adopting, "log_law", fail)
    with pytest.raises(OSError):
        sign_law(people["counsel-2"], version, "read")
    assert law_in_use().digest == before and version.signatures.count() == 1


def test_law_that_cannot_be_read_is_not_proposed(office, people, tmp_path) -> None:
    with pytest.raises(HabeasError):
        propose("console", tmp_path / "nowhere", checked="", difference="")


def test_the_database_wants_two_signatures_too(office, people, other_law) -> None:
    version = propose("console", other_law, checked="green", difference="a note")
    sign_law(make_user("counsel-3", Role.COUNSEL), version, "read")
    with pytest.raises(DatabaseError, match="two counsel"), transaction.atomic():
        LawAdoption.objects.create(version=version, receipt="x")

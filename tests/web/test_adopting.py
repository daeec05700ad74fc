"""Casework decides by what two counsel signed for, by its bytes, and by no other: law, mapping, wording."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from habeas.decisions.laws import laws_folder
from habeas.errors import HabeasError, InputError
from habeas.tlog.policy import parse_policy
from habeas.tlog.receipts import check_receipt, parse_receipt
from habeas.web.accounts.models import RoleGrant
from habeas.web.accounts.roles import Role
from habeas.web.api.matching import Asked, permits
from habeas.web.casework import adopting, wording
from habeas.web.casework.adopting import (
    digest_in_use,
    digest_of,
    in_use,
    law_folder,
    law_in_use,
    propose,
    propose_law,
    sign_for,
)
from habeas.web.casework.answering import prepare, release, sign
from habeas.web.casework.doors import Outcome, outcome
from habeas.web.casework.engine import person_of, records
from habeas.web.casework.errors import NotAllowedError, RefusedError
from habeas.web.casework.mapping import mapping_in_use, propose_mapping
from habeas.web.casework.models import Adoption, ItemAnswer, Version
from habeas.web.casework.wording import propose_wording, shipped, wording_in_use
from habeas.web.trail.models import Event
from tests.web.conftest import make_user, press_request
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db


def both_sign(people, version: Version) -> Adoption | None:
    sign_for(people["counsel"], version, "read")
    return sign_for(people["counsel-2"], version, "read too")


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
    version = propose_law("console", other_law, checked="green", difference="a note")
    assert sign_for(people["counsel"], version, "read") is None
    assert law_in_use().digest == before
    with pytest.raises(RefusedError, match="signed for it already"):
        sign_for(people["counsel"], version, "read again")
    with pytest.raises(NotAllowedError):
        sign_for(people["supervisor"], version, "read")
    made = sign_for(people["counsel-2"], version, "read too")
    assert law_in_use().digest == version.digest != before
    receipt = parse_receipt((office.folder / "receipts" / made.receipt).read_bytes())
    found = check_receipt(receipt, parse_policy((office.log / "policy").read_text()))
    assert found.values["adopted"] == version.digest


def test_an_answer_by_the_law_before_is_prepared_anew(office, people, other_law) -> None:
    answer = prepare(people["records"], press_request(people["intake"]).requests.get())
    sign(people["counsel"], answer, "read")
    version = propose_law("console", other_law, checked="green", difference="a note")
    for name in ("counsel", "counsel-2"):
        sign_for(people[name], version, "read")
    with pytest.raises(RefusedError, match="other law than is in use"):
        release(people["supervisor"], answer)


def test_law_whose_bytes_changed_decides_nothing(office, people, other_law) -> None:
    version = propose_law("console", other_law, checked="green", difference="a note")
    for name in ("counsel", "counsel-2"):
        sign_for(people[name], version, "read")
    kept = law_folder(in_use(Version.LAW)) / "us-ca" / "truth-act.md"
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
    version = propose_law("console", other_law, checked="green", difference="a note")
    sign_for(people["counsel"], version, "read")
    before = law_in_use().digest

    def fail(version: object, law: str) -> str:
        raise OSError("no space left on device")

    monkeypatch.setattr(adopting, "log_adoption", fail)
    with pytest.raises(OSError):
        sign_for(people["counsel-2"], version, "read")
    assert law_in_use().digest == before and version.signatures.count() == 1


def test_law_that_cannot_be_read_is_not_proposed(office, people, tmp_path) -> None:
    with pytest.raises(HabeasError):
        propose_law("console", tmp_path / "nowhere", checked="", difference="")


def test_the_database_wants_two_signatures_too(office, people, other_law) -> None:
    version = propose_law("console", other_law, checked="green", difference="a note")
    sign_for(make_user("counsel-3", Role.COUNSEL), version, "read")
    with pytest.raises(DatabaseError, match="two counsel"), transaction.atomic():
        Adoption.objects.create(version=version, receipt="x")


# -- going back, and proposals that became stale ---------------------------------------------------------


def test_nobody_goes_back_to_former_law_by_one_signature(office, people, other_law) -> None:
    first = in_use(Version.LAW)
    both_sign(people, propose_law("console", other_law, checked="green", difference="a note"))
    with pytest.raises(RefusedError, match="adopted already"):
        sign_for(make_user("counsel-3", Role.COUNSEL), first, "read")
    again = propose_law("console", None, checked="green", difference="the note is gone")
    assert again.pk != first.pk and again.digest == first.digest
    assert sign_for(people["counsel"], again, "read") is None
    assert digest_in_use(Version.LAW) != first.digest
    sign_for(people["counsel-2"], again, "read")
    assert digest_in_use(Version.LAW) == first.digest


def test_what_was_proposed_against_something_else_is_not_signed_for(
    office, people, other_law
) -> None:
    old = propose_law("console", other_law, checked="green", difference="a note")
    sign_for(people["counsel"], old, "read")
    page = other_law / "us-ca" / "truth-act.md"
    page.write_text(page.read_text() + "\nAnother note.\n")
    both_sign(people, propose_law("console", other_law, checked="green", difference="two notes"))
    with pytest.raises(RefusedError, match="something else came into use"):
        sign_for(people["counsel-2"], old, "read")
    old.signatures.create(by=people["counsel-2"], reason="written past the act")
    with pytest.raises(DatabaseError, match="something else came into use"), transaction.atomic():
        Adoption.objects.create(version=old, receipt="x")


def test_the_signature_of_somebody_who_is_no_counsel_any_more_does_not_count(
    office, people, other_law
) -> None:
    version = propose_law("console", other_law, checked="green", difference="a note")
    sign_for(people["counsel"], version, "read")
    RoleGrant.objects.filter(user=people["counsel"]).update(
        ended_at=timezone.now(), ended_by=people["administrator"]
    )
    people["counsel"].refresh_from_db()
    assert sign_for(people["counsel-2"], version, "read") is None
    with pytest.raises(DatabaseError, match="two counsel"), transaction.atomic():
        Adoption.objects.create(version=version, receipt="x")
    assert sign_for(make_user("counsel-3", Role.COUNSEL), version, "read")


def test_a_version_is_adopted_once_and_never_changed(office, people) -> None:
    version = in_use(Version.MAPPING)
    with pytest.raises(DatabaseError), transaction.atomic():
        Adoption.objects.create(version=version, receipt="x")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(files={"mapping.yaml": "person: {}"})


def test_adopted_law_that_is_gone_from_the_disk_is_written_anew(office, people, tmp_path) -> None:
    (office.folder / "law").unlink()  # the folder that the tests share
    assert law_in_use().digest == digest_in_use(Version.LAW)
    assert (office.folder / "law" / digest_in_use(Version.LAW) / "vocabulary.md").is_file()


# -- calendars and lexicons ------------------------------------------------------------------------------


def test_calendars_are_part_of_the_law_that_is_signed_for(office, people, other_law) -> None:
    before = law_in_use()
    days = other_law / "us-ca" / "holidays.csv"
    days.write_text(days.read_text().rstrip("\n") + "\n2031-12-30,Made up\n")
    version = propose_law("console", other_law, checked="green", difference="a holiday")
    assert version.digest != before.digest and version.files["us-ca/holidays.csv"]
    both_sign(people, version)
    used = law_in_use().book
    assert used.holidays_of("us-ca") - before.book.holidays_of("us-ca") == {date(2031, 12, 30)}


def test_a_lexicon_decides_no_case(office, people) -> None:
    """Lexicons are read by audits of logs; nothing of the web reads one."""
    web = Path(adopting.__file__).parents[1]
    assert not [one for one in web.rglob("*.py") if "lexicon" in one.read_text()]


# -- the mapping of the records --------------------------------------------------------------------------


@pytest.fixture
def other_mapping(jail, tmp_path) -> Path:
    """The jail's mapping, where who is a minor is turned round, and nobody has an alias."""
    path = tmp_path / "other.yaml"
    text = (jail / "mapping.yaml").read_text()
    turned = text.replace("juvenile, values: {Y: yes, N: no}", "juvenile, values: {Y: no, N: yes}")
    path.write_text(turned.replace("  alias: aka\n", "", 1))
    assert len(path.read_text()) == len(text) - len("  alias: aka\n")
    return path


def test_without_an_adopted_mapping_no_record_is_read(db, office, settings) -> None:
    with pytest.raises(InputError, match="no mapping was adopted") as told:
        mapping_in_use()
    assert "habeas office adopt mapping" in told.value.problems[0].help
    settings.OFFICE = replace(office, demo=True)
    assert mapping_in_use() == ("", None) and len(records().ids()) == 12


def test_a_mapping_comes_into_use_by_two_and_its_digest_is_logged(
    office, people, other_mapping
) -> None:
    request = press_request(people["intake"]).requests.get()
    before = person_of(request).facts.values["minor"]
    version = propose_mapping("console", other_mapping)
    assert sign_for(people["counsel"], version, "read") is None
    assert person_of(request).facts.values["minor"] is before
    with pytest.raises(NotAllowedError):
        sign_for(people["records"], version, "read")
    made = sign_for(people["counsel-2"], version, "read too")
    assert person_of(request).facts.values["minor"] is not before
    receipt = parse_receipt((office.folder / "receipts" / made.receipt).read_bytes())
    found = check_receipt(receipt, parse_policy((office.log / "policy").read_text()))
    assert (found.values["kind"], found.values["adopted"]) == ("mapping", version.digest)
    assert Event.objects.last().detail == {"adopted": version.digest}


def test_a_mapping_that_changed_on_the_disk_is_not_used(
    office, people, jail, tmp_path, settings, other_mapping
) -> None:
    mine = shutil.copytree(jail, tmp_path / "mine")
    settings.OFFICE = replace(office, records=str(mine), map=mine / "mapping.yaml")
    before = [one.facts.values for one in records().people()]
    (mine / "mapping.yaml").write_text(other_mapping.read_text())
    assert [one.facts.values for one in records().people()] == before
    (mine / "mapping.yaml").unlink()
    assert [one.facts.values for one in records().people()] == before


def test_what_a_mapping_changes_is_told_in_words_without_a_cell_or_key(
    office, people, jail, other_mapping
) -> None:
    made = propose_mapping("console", other_mapping)
    told = made.difference
    assert "other: fact minor, values, Y is `no`, and was `yes`" in told
    assert "gone: item alias, columns was `aka`" in told
    assert "minor: of 12 people another answer" in told
    assert re.search(r"^value of alias: of \d+ (person|people) unknown now", told, re.M)
    assert "item name: 12 of 12 filled, from people.csv" in made.checked
    with (jail / "people.csv").open() as file:
        for row in csv.DictReader(file):
            for column in ("person_no", "last", "dob", "address"):
                assert row[column] not in told + made.checked


def test_an_answer_by_the_mapping_before_is_prepared_anew(office, people, other_mapping) -> None:
    answer = prepare(people["records"], press_request(people["intake"]).requests.get())
    assert answer.mapping == digest_in_use(Version.MAPPING) != ""
    sign(people["counsel"], answer, "read")
    both_sign(people, propose_mapping("console", other_mapping))
    with pytest.raises(RefusedError, match="another mapping than is in use"):
        release(people["supervisor"], answer)


def test_what_was_released_by_the_mapping_before_is_permitted_no_more(
    office, people, other_mapping
) -> None:
    case = press_request(people["intake"])
    answer = prepare(people["records"], case.requests.get())
    sign(people["counsel"], answer, "read")
    release(people["supervisor"], answer)
    given = next(one for one in ItemAnswer.objects.all() if outcome(one) is Outcome.GIVEN)
    asked = Asked(case.agency, case.reference, case.number, "P000001", given.item)
    assert permits(asked, timezone.localdate())
    both_sign(people, propose_mapping("console", other_mapping))
    assert not permits(asked, timezone.localdate())


def test_a_mapping_of_other_bytes_than_its_digest_reads_nothing(office, people, jail) -> None:
    files = {"mapping.yaml": (jail / "mapping.yaml").read_text() + "# x\n"}
    version = propose("x", Version.MAPPING, "0" * 64, files, checked="", difference="")
    with pytest.raises(InputError, match="not the bytes that were signed for"):
        sign_for(people["counsel"], version, "read")
    for name in ("counsel", "counsel-2"):
        version.signatures.create(by=people[name], reason="written past the act")
    Adoption.objects.create(version=version, receipt="x")
    with pytest.raises(InputError, match="not the bytes that were signed for"):
        records()


def test_a_mapping_that_does_not_fit_is_not_proposed(office, people, tmp_path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("person: {file: people.csv, key: person_no}\nfacts: {minor: no_such_column}\n")
    with pytest.raises(InputError, match="no column `no_such_column`"):
        propose_mapping("console", bad)
    bad.write_text("person: {file: people.csv, key: person_no}\nfacts: {no_such_fact: sex}\n")
    with pytest.raises(InputError, match="no_such_fact"):
        propose_mapping("console", bad)
    assert Version.objects.filter(kind=Version.MAPPING).count() == 1


def test_the_database_wants_two_signatures_for_a_mapping_too(office, people, other_mapping) -> None:
    version = propose_mapping("console", other_mapping)
    sign_for(people["counsel"], version, "read")
    with pytest.raises(DatabaseError, match="two counsel"), transaction.atomic():
        Adoption.objects.create(version=version, receipt="x")


def test_counsel_reads_and_signs_for_a_mapping_at_the_desk(office, people, other_mapping) -> None:
    version = propose_mapping("console", other_mapping)
    where = f"/law/{version.pk}/sign/"
    for number, name in enumerate(("counsel", "counsel-2"), 1):
        client = whole(people[name])
        assert where in client.get("/law/").content.decode()
        page = client.get(where).content.decode()
        assert "Mapping of the records: sign for this version?" in page
        assert "gone: item alias, columns was `aka`" in page
        assert client.post(where, {"reason": "read"}).status_code == 302
        assert (digest_in_use(Version.MAPPING) == version.digest) is (number == 2)
    page = whole(people["auditor"]).get("/law/").content.decode()
    assert "Mapping of the records: versions" in page and where not in page
    again = whole(people["counsel"]).post(where, {"reason": "read"})
    assert again.status_code == 422 and "adopted already" in again.content.decode()


# -- the wording of papers -------------------------------------------------------------------------------


def test_every_translation_and_template_is_in_the_wording() -> None:
    there = Path(wording.read_notices.__code__.co_filename).parent
    shown = {one.relative_to(there).as_posix() for one in there.rglob("*.md")}
    shown |= {one.name for one in there.glob("*.typ")}
    assert shown <= set(shipped()) and len(shown) > 10


def test_with_other_wording_no_paper_is_made_until_two_signed_for_it(
    office, people, monkeypatch, settings
) -> None:
    answer = prepare(people["records"], press_request(people["intake"]).requests.get())
    sign(people["counsel"], answer, "read")
    name = "notices/copy-to-subject.es.md"
    new = {**shipped(), name: shipped()[name] + "\nOtra frase.\n"}
    monkeypatch.setattr(wording, "shipped", lambda: new)
    with pytest.raises(RefusedError, match="propose the wording of papers"):
        release(people["supervisor"], answer)
    with pytest.raises(InputError, match="wording of papers"):
        wording_in_use()
    version = propose_wording("console")
    assert f"{name}\n" in version.difference and "  +Otra frase." in version.difference
    assert "copy-to-subject, es:" in version.checked
    both_sign(people, version)
    assert wording_in_use() == version.digest == digest_of(new)
    assert release(people["supervisor"], answer).documents.count()


def test_without_adopted_wording_a_demo_alone_makes_papers(db, office, settings) -> None:
    with pytest.raises(InputError, match="was not adopted"):
        wording_in_use()
    settings.OFFICE = replace(office, demo=True)
    assert wording_in_use() == digest_of(shipped())

"""Two worlds: the same request with and without the person in the records, for a requester who may not know."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone

from habeas.web.casework.answering import document_bytes, prepare, release
from habeas.web.casework.models import Case, Document, Task
from tests.web.conftest import detainer

pytestmark = pytest.mark.django_db

PERSON = "P000001"


def without(jail: Path, folder: Path) -> Path:
    """A copy of the records in which this person never was."""
    folder.mkdir()
    for path in jail.iterdir():
        text = path.read_text()
        if path.suffix == ".csv":
            lines = text.splitlines(keepends=True)
            text = "".join(line for line in lines if PERSON not in line)
        (folder / path.name).write_text(text)
    return folder


def hidden(jail: Path, folder: Path) -> Path:
    """A copy of the records in which nothing of this person is public."""
    folder.mkdir()
    for path in jail.iterdir():
        (folder / path.name).write_text(path.read_text())
    path = folder / "bookings.csv"
    rows = list(csv.DictReader(path.read_text().splitlines()))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "roster": "N"} if row["person_no"] == PERSON else row)
    return folder


def answered(people, received_at) -> Case:
    case = detainer(people["intake"], PERSON, received_at)
    for request in case.requests.all():
        release(people["records-2"], prepare(people["records"], request))
    return case


def letters(case: Case) -> list[bytes]:
    found = Document.objects.filter(release__answer__request__case=case, kind="letter")
    # The case's number is the one thing in which two cases may differ.
    return [document_bytes(one) for one in found.order_by("pk")]


def test_a_requester_who_may_not_know_gets_the_same_bytes_with_and_without_a_record(
    office, settings, people, jail, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("habeas.web.casework.intake._next_number", lambda day: numbers.pop(0))
    received = timezone.now()
    worlds = {}
    for name, make in (("with", hidden), ("without", without)):
        numbers = ["2026-000077"]
        settings.OFFICE = replace(office, records=str(make(jail, tmp_path / name)))
        case = answered(people, received)
        tasks = [
            (one.kind, one.due)
            for one in Task.objects.filter(case=case).order_by("kind", "due", "pk")
            if one.kind == "answer"
        ]
        worlds[name] = (letters(case), case.state, tasks, case.requests.count())
        assert not [d for d in Document.objects.filter(release__answer__request__case=case) if d.kind in ("package", "table")]  # fmt: skip
        Case.objects.filter(pk=case.pk).update(number=f"gone-{name}")
    assert worlds["with"] == worlds["without"]
    assert len(worlds["with"][0]) == 2


def test_the_worlds_differ_inside_the_office(office, settings, people, jail, tmp_path) -> None:
    """Else the test above would compare one world with itself."""
    verdicts = []
    for name, make in (("with", hidden), ("without", without)):
        settings.OFFICE = replace(office, records=str(make(jail, tmp_path / name)))
        case = detainer(people["intake"], PERSON)
        answer = prepare(people["records"], case.requests.get(position=1))
        verdicts.append({one.item: one.verdict for one in answer.ways.get().items.all()})
        assert answer.says_whom is False
    assert verdicts[0] != verdicts[1]

"""The folder of an answer: whole or not at all, readable again, and without values of records."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from pypdfium2 import PdfDocument

import habeas
from habeas.decisions.decision import FROM_RECORD
from habeas.decisions.table import SCHEMA, Decisions
from habeas.errors import InputError
from habeas.law.facts import Facts, Said
from habeas.records import read_records, read_request, write_sample
from habeas.reports import Answer, answer_of, report_html, report_pdf, write_answers
from habeas.reports.files import FACTS, MARKER, PARTS, write_csv
from habeas.reports.stored import law_files, request_json
from tests.reports import small
from tests.reports.page import Page

PLACES = habeas.read_laws().places()


@pytest.fixture(autouse=True)
def _once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is set as PDF once, for the same page gives the same bytes: see test_pdf.py."""
    monkeypatch.setattr("habeas.reports.files.report_pdf", _pdf)


_pdf = cache(report_pdf)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file beneath a folder, with its bytes; folders that are empty too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[f"{name}/"] = b""
    return found


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# -- what is written ------------------------------------------------------------------------------


def test_the_folder_holds_decisions_report_requests_and_law(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    written = write_answers(out, [small.answer()], command="habeas decide study.yaml")
    assert written == [out / part for part in PARTS]
    assert sorted(path.name for path in out.iterdir()) == sorted(PARTS)
    assert (out / "report.html").read_text(encoding="utf-8") == report_html(
        [small.answer()], "A study"
    )
    marker = json.loads((out / MARKER).read_text(encoding="utf-8"))
    assert marker["habeas"] == habeas.__version__
    assert marker["command"] == "habeas decide study.yaml"
    assert marker["answers"] == [
        {
            "request": "study-1", "place": "us", "as_of": "2025-07-18",
            "law": small.law().digest, "decisions": 24,
        }
    ]  # fmt: skip
    assert marker["files"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in tree(out).items() if name != MARKER
    }


def test_the_same_answers_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_answers(tmp_path / name, [small.answer()])
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_parquet_and_csv_hold_every_decision(tmp_path: Path) -> None:
    answers = [small.answer(), small.answer(small.request(id="study-2", people=("ben",)))]
    write_answers(tmp_path / "out", answers)
    table = parquet.read_table(tmp_path / "out" / "decisions.parquet")
    assert table.schema.equals(SCHEMA)
    plain = [row for one in answers for row in one.decisions.table().to_pylist()]
    told = table.to_pylist()
    for row in (*plain, *told):
        row["duties"] = [d for d in row["duties"] if d["duty"] != "us/records#8"]
    assert told == plain
    rows = cells(tmp_path / "out" / "decisions.csv")
    assert list(rows[0]) == SCHEMA.names
    assert [
        (r["request"], r["person"].lstrip("'"), r["item"], r["verdict"], r["basis"]) for r in rows
    ] == [(r["request"], r["person"], r["item"], r["verdict"], r["basis"]) for r in plain]
    [charges] = [
        r for r in rows if (r["request"], r["person"], r["item"]) == ("study-2", "ben", "charges")
    ]
    assert charges["missing"] == "charges.public from records or officer"
    assert charges["duties"] == (
        "custodian must tell_person; custodian must write_down by 2025-07-22 (possible)"
    )
    [visitors] = [r for r in rows if (r["person"], r["item"]) == ("'=ada", "visitors")]
    assert visitors["defeated"] == "us/records#6 by us/records#6-adults"
    assert visitors["as_of"] == "2025-07-18" and visitors["law"] == small.law().digest


def test_no_file_holds_a_value_of_a_record(tmp_path: Path) -> None:
    why = (small.explanation("=ada", "visitors"),)
    write_answers(tmp_path / "out", [small.answer(explained=why)])
    table = parquet.read_table(tmp_path / "out" / "decisions.parquet")
    dues = {d["due"] for row in table.to_pylist() for d in row["duties"]}
    assert dues == {None, "promptly", "2025-07-22", FROM_RECORD}
    facts = parquet.read_table(tmp_path / "out" / FACTS / "study-1.parquet")
    pdf = PdfDocument(tmp_path / "out" / "report.pdf")
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    pdf.close()
    everything = {
        **tree(tmp_path / "out"),
        "decisions.parquet": str(table.to_pylist()).encode(),
        "report.pdf": text.encode(),
        "facts/study-1.parquet": str(facts.to_pylist()).encode(),
    }
    assert [n for n, data in everything.items() if b"2031" in data] == ["facts/study-1.parquet"]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these permissions")
def test_the_facts_are_for_the_owners_eyes_alone(tmp_path: Path) -> None:
    write_answers(tmp_path / "out", [small.answer()])
    facts = tmp_path / "out" / FACTS
    assert facts.stat().st_mode & 0o777 == 0o700
    assert (facts / "study-1.parquet").stat().st_mode & 0o777 == 0o600


def one_row(person: str, **changes: Any) -> Answer:
    """An answer of one decision."""
    answer = small.answer()
    row = answer.decisions.answers.slice(0, 1).to_pylist()[0] | changes
    decisions = Decisions(
        ("name",),
        pa.array([person]),
        pa.array([0]),
        ((0,),),
        pa.Table.from_pylist([row], schema=SCHEMA),
    )
    return replace(answer, decisions=decisions)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(first: str, tmp_path: Path) -> None:
    person = f'{first}cmd|"/c calc",\n!A1'
    row = {"request": f"{first}1", "rules": [f"{first}a", "b"], "unchecked": []}
    write_csv([one_row(person, **row)], tmp_path / "x.csv")
    [read] = cells(tmp_path / "x.csv")
    assert read["person"] == f"'{person}"
    assert read["request"] == f"'{first}1" and read["rules"] == f"'{first}a; b"
    assert read["unchecked"] == "" and read["item"] == "name"


def test_a_cell_that_is_harmless_stays_as_it_is(tmp_path: Path) -> None:
    write_csv([one_row("a-1=2")], tmp_path / "x.csv")
    assert cells(tmp_path / "x.csv")[0]["person"] == "a-1=2"


# -- read again -----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_the_kept_law_reads_back_with_the_same_digest(place: str, tmp_path: Path) -> None:
    law = habeas.read_law(place)
    for name, data in law_files(law).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert habeas.read_law(place, tmp_path / place).digest == law.digest
    sums = (tmp_path / f"{place}.sha256").read_bytes()
    assert hashlib.sha256(sums).hexdigest() == law.digest


def test_what_the_page_says_of_checking_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commands are run as they stand on it, for two laws, one of them Texas's."""
    write_sample(tmp_path / "jail", people=12, seed=3)
    answers = []
    for place in ("us-ca-sf", "us-tx"):
        law = habeas.read_law(place)
        purpose = Facts({"purpose": "public inquiry"}, sources={"purpose": (Said("counsel"),)})
        request = small.request(id=f"press-{place}", facts=purpose, items=("name", "charges"))
        people = read_records(tmp_path / "jail", None, law.book.vocabulary)
        answers.append(answer_of(law, request, people, small.DAY))
    write_answers(tmp_path / "out", answers)
    monkeypatch.chdir(tmp_path / "out")
    page = Page(Path("report.html").read_text(encoding="utf-8"))
    commands = re.findall(r"^(cd law/\S+ && .*)\n(.*)$", page.text, re.MULTILINE)
    assert len(commands) == 2
    if shutil.which("sha256sum"):
        for command, expected in commands:
            done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
            assert done.stdout.splitlines()[-1] == expected
    code = page.text[
        page.text.index("from datetime import date") : page.text.index("Where you doubt")
    ]
    made: list[Any] = []
    jail = {"RECORDS": tmp_path / "jail", "MAPPING": None, "print": made.append}
    exec(code, jail)
    assert [
        one.equals(answer.decisions.table()) for one, answer in zip(made, answers, strict=True)
    ] == [
        True,
        True,
    ]


def full_request() -> habeas.Request:
    facts = Facts(
        {"received_on": date(2025, 7, 17), "purpose": "research", "minor": True, "weighed": False},
        {("name", "public"): True, ("hold", "public"): False},
        sources={
            "received_on": (Said("requester"), Said("officer")),
            "purpose": (Said("counsel", small.DAY),),
            "minor": (Said("requester"),),
            "weighed": (Said("court", small.DAY),),
            "name.public": (Said("officer"),),
        },
    )
    return small.request(
        facts=facts, people=("ben", "no such person"), selects_on=("medical",), linked=("other",),
        title="Zoë’s “study”", note="for the office",
    )  # fmt: skip


@pytest.mark.parametrize("made", [small.request, full_request])
def test_a_kept_request_reads_back(made: Callable[[], habeas.Request], tmp_path: Path) -> None:
    request, vocabulary = made(), small.law().book.vocabulary
    (tmp_path / "r.json").write_bytes(request_json(request, vocabulary))
    [again] = read_request(tmp_path / "r.json", vocabulary)
    assert again.facts.values == request.facts.values and again.facts.items == request.facts.items
    for path, _ in request.facts.flat():
        assert again.facts.said_by(path) == request.facts.said_by(path)
    for field in ("id", "items", "selects_on", "people", "linked", "title", "note"):
        assert getattr(again, field) == getattr(request, field)


# -- whole or not at all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "../../up"},
        {"facts": Facts(rows={"conviction": [{"level": "felony"}]})},
        {"facts": Facts({"weighed": True}), "people": ("ben",)},
        {"facts": Facts({"purpose": "research"}, sources={
            "purpose": (Said("counsel", date(2025, 1, 1)), Said("court", date(2025, 1, 2)))})},
    ],
    ids=["an id that is a path", "rows", "an unsigned judgement", "two days of knowledge"],
)  # fmt: skip
def test_a_request_that_cannot_be_kept_stops_everything(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="cannot be kept as a request file"):
        write_answers(tmp_path / "a" / "out", [small.answer(small.request(**changes))])
    assert tree(tmp_path) == {}


def test_two_requests_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two requests are called `study-1`"):
        write_answers(tmp_path / "out", [small.answer(), small.answer()])
    assert tree(tmp_path) == {}


def test_two_laws_of_one_place_are_refused(tmp_path: Path) -> None:
    shipped = habeas.read_law("us")
    request = small.request(id="other", facts=Facts({"purpose": "research"}), items=("name",))
    other = answer_of(shipped, request, small.records(), small.DAY)
    with pytest.raises(InputError, match="two different laws of `us`"):
        write_answers(tmp_path / "out", [small.answer(), other])
    assert tree(tmp_path) == {}


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds other files, such as `notes\.txt`") as caught:
        write_answers(tmp_path, [small.answer()])
    assert "help: name a new folder" in str(caught.value)
    assert tree(tmp_path) == {"notes.txt": b"mine"}
    with pytest.raises(InputError, match="this is a file, and not a folder"):
        write_answers(tmp_path / "notes.txt", [small.answer()])
    with pytest.raises(InputError, match="this folder cannot be written"):
        write_answers(tmp_path / "notes.txt" / "out", [small.answer()])
    assert tree(tmp_path) == {"notes.txt": b"mine"}


@pytest.mark.parametrize("marker", ["", "[]", "{}", "\0"])
def test_a_file_that_only_has_the_markers_name_is_no_marker(marker: str, tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text(marker)
    with pytest.raises(InputError, match="holds other files"):
        write_answers(tmp_path, [small.answer()])


def test_an_empty_folder_is_filled_and_earlier_output_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_answers(out, [small.answer()])
    (out / "jail").mkdir()
    (out / "jail" / "people.csv").write_text("kept")
    write_answers(out, [small.answer(small.request(id="study-2"))])
    assert (out / "jail" / "people.csv").read_text() == "kept"
    assert [path.name for path in (out / "requests").iterdir()] == ["study-2.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("habeas.reports.files.write_csv", full)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        write_answers(tmp_path / "a" / "b" / "out", [small.answer()])
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("step", "kind"),
    [*((step, OSError) for step in range(1, 2 * len(PARTS) + 1)), (9, KeyboardInterrupt)],
)
def test_whatever_move_fails_the_earlier_output_is_as_it_was(
    step: int, kind: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_answers(out, [small.answer()])
    before = tree(tmp_path)
    moves = 0
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == step:
            raise kind("a fault")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(InputError if kind is OSError else kind):
        write_answers(out, [small.answer(small.request(id="study-2"))])
    assert moves == step
    assert tree(tmp_path) == before


def test_what_was_cut_short_does_not_pass_for_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the machine to stop between two moves, the marker would be missing."""
    out = tmp_path / "out"
    write_answers(out, [small.answer()])
    seen = []
    rename = Path.rename

    def watched(self: Path, target: Path) -> Path:
        made = rename(self, target)
        seen.append((out / MARKER).exists())
        return made

    monkeypatch.setattr(Path, "rename", watched)
    write_answers(out, [small.answer()])
    assert seen == [False] * (2 * len(PARTS) - 1) + [True]

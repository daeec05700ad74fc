"""The folder and the page of an audit: apparent throughout, nobody's name, no text of a row."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from habeas.audits.compare import compare
from habeas.errors import InputError
from habeas.reports.audit_files import PARTS, write_audit
from habeas.reports.audit_report import audit_html
from habeas.reports.folder import sums_of
from tests.audits.small_log import HEADER, MAP, ROWS, audited, text, write
from tests.browser import OpenPage, axe, strays, tab_stops
from tests.reports.page import Page
from tests.reports.test_browser import REGIONS, UNDECIDED, shows

NASTY = "=HYPERLINK(\"http://x\")<script>alert(1)</script> & 'co'"


def nasty(rows: tuple[str, ...] = ROWS) -> tuple[str, ...]:
    return tuple(row.replace("Elm PD", '"' + NASTY.replace('"', '""') + '"') for row in rows)


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An audit of a log with a broken row and an agency that is a formula and a script."""
    with audited(write(tmp_path, text((*nasty(), "=broken")))) as made:
        write_audit(tmp_path / "out", made, command="habeas audit …")
    yield tmp_path / "out"


# -- files ----------------------------------------------------------------------------------------


def test_the_folder_holds_findings_answers_rejects_report_and_law(folder: Path) -> None:
    assert {one.name for one in folder.iterdir()} == set(PARTS) - {"changes.csv"}
    marker = json.loads((folder / "habeas.json").read_text(encoding="utf-8"))
    assert marker["audit"]["rows"] == 9 and marker["audit"]["rejected"] == 1
    assert marker["audit"]["forbidden"] == 2 and marker["audit"]["required"] == 1
    assert marker["files"] == {k: v for k, v in sums_of(folder).items() if k != "habeas.json"}
    assert (folder / "map.yaml").read_text(encoding="utf-8") == MAP


def test_everything_is_for_the_owner_alone(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_findings_say_where_what_on_what_ground_and_by_whom(folder: Path) -> None:
    found = cells(folder / "findings.csv")
    assert [one["id"] for one in found] == ["a1", "a6", "a8"]
    first = found[0]
    assert first["file"].endswith("log.csv") and first["row"] == "2" and first["part"] == ""
    assert first["item"] == "alpr_reads" and first["done"] == "disclosed"
    assert (first["verdict"], first["basis"]) == ("deny", "forbidden")
    assert "us-ca/plate-reads#1798.90.55" in first["blocks"].split("; ")
    assert "us-ca/plate-reads#1798.90.5" in first["unchecked"].split("; ")
    assert first["finding"] == "disclosed though forbidden"
    table = parquet.read_table(folder / "findings.parquet").to_pylist()
    assert [one["id"] for one in table] == ["a1", "a6", "a8"]
    assert table[0]["actor"] == NASTY  # as it is; what a spreadsheet opens is the CSV
    everything = parquet.read_table(folder / "decisions.parquet")
    assert everything.column("id").to_pylist() == [f"a{n}" for n in range(1, 10)]


def test_no_cell_of_a_csv_file_runs_in_a_spreadsheet(folder: Path) -> None:
    for name in ("findings.csv", "rejects.csv"):
        for row in cells(folder / name):
            assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t"))]  # fmt: skip
    assert cells(folder / "findings.csv")[0]["actor"] == f"'{NASTY}"


def test_rejects_have_line_and_reason_and_nothing_of_the_row(folder: Path) -> None:
    assert [(one["line"], one["reason"]) for one in cells(folder / "rejects.csv")] == [
        ("11", "1 cell where the header has 11")
    ]
    assert "broken" not in (folder / "rejects.csv").read_text(encoding="utf-8")


def test_no_text_of_a_row_is_anywhere(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"Secret" not in path.read_bytes(), path
    for name in ("findings", "decisions"):
        assert "text" not in parquet.read_schema(folder / f"{name}.parquet").names


def test_text_is_written_where_it_was_asked_for_and_never_on_the_page(tmp_path: Path) -> None:
    with audited(write(tmp_path)) as made:
        write_audit(tmp_path / "out", made, with_text=True)
    assert cells(tmp_path / "out" / "findings.csv")[0]["text"] == "burglary of Mr Secret"
    assert "Secret" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_same_log_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with audited(write(tmp_path)) as made:
            write_audit(tmp_path / name, made)
    assert sums_of(tmp_path / "one") == sums_of(tmp_path / "two")


def test_an_error_leaves_nothing_behind_and_a_later_audit_replaces_an_earlier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with audited(write(tmp_path)) as made:
        monkeypatch.setattr("habeas.reports.audit_files.audit_html", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_audit(out, made)
        assert not out.exists()
        monkeypatch.undo()
        write_audit(out, made)
        (out / "notes.txt").write_text("mine")
        compared = compare(made, out)
        write_audit(out, made, compared)
        assert (out / "changes.csv").exists() and (out / "notes.txt").exists()
        write_audit(out, made)
        assert not (out / "changes.csv").exists() and (out / "notes.txt").exists()
        (tmp_path / "theirs").mkdir()
        (tmp_path / "theirs" / "a").write_text("b")
        with pytest.raises(InputError, match="this folder holds other files"):
            write_audit(tmp_path / "theirs", made)


# -- the page -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return made_page(tmp_path_factory.mktemp("audit"), 130)


def made_page(where: Path, agencies: int) -> str:
    """Everything that a page can hold: many agencies, rejects, a comparison."""
    many = tuple(f"m{n},2026-0{n % 3 + 1}-05,{'Long Name of ' * 5}Agency {n},Oak GA PD,Y,none,N,N,N,," for n in range(agencies))  # fmt: skip
    with audited(write(where, text(ROWS[1:]))) as made:
        write_audit(where / "before", made)
    with audited(write(where, text((*nasty(), *many, "broken")))) as made:
        return audit_html(made, compare(made, where / "before"))


def test_the_page_is_well_formed_and_its_tables_are_the_counts(html: str) -> None:
    page = Page(html)
    assert page.problems == []
    assert page.tables["Answers by item"][1] == ["alpr reads", "3", "2", "134", "132", "1"]
    agencies = page.tables["Answers by agency"]
    assert (
        agencies[1][0] == NASTY or agencies[2][0] == NASTY or NASTY in [one[0] for one in agencies]
    )
    assert agencies[-1][0] == "all others" and len(agencies) == 102
    assert sum(int(row[4]) for row in agencies[1:]) == 132
    assert page.tables["Then and now"][3] == ["apparently disclosed though forbidden", "1", "132"]
    assert ["Fir SO", "5", "1", "20.0 %"] in page.tables["Share of rows without a stated reason, by agency"]  # fmt: skip
    provisions = {row[0]: row for row in page.tables["Answers by the provision that settles them"]}
    assert any(name.startswith("Civ. Code § 1798.90.55(b)") for name in provisions)


def test_findings_are_always_called_apparent(html: str) -> None:
    page = Page(html)
    for line in page.text.splitlines():
        if "though forbidden" in line or "though required" in line:
            assert "apparently" in line, line
    assert "Everything found here is apparent." in page.text
    assert "violation" not in page.text.lower() and "unlawful" not in page.text.split("Every provision named here")[0].lower()  # fmt: skip


def test_nothing_is_spliced_unescaped(html: str) -> None:
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "default-src 'none'" in html


def test_what_the_page_cannot_tell_and_the_agencys_room_are_on_it(html: str) -> None:
    page = Page(html)
    heads = [name for _, name in page.headings]
    for wanted in ("What this audit cannot tell you", "The agency’s reply", "How it was done"):
        assert wanted in heads
    assert len([one for one in page.all("td") if "reply" in (one.get("class") or "")]) == 5


def test_links_lead_to_places_on_the_page(html: str) -> None:
    page = Page(html)
    ids = [one["id"] for _, one in page.elements if "id" in one]
    assert len(ids) == len(set(ids))
    wanted = {str(one["href"])[1:] for one in page.all("a") if str(one.get("href")).startswith("#")}
    assert wanted <= set(ids)


def test_where_no_law_of_the_place_was_in_force_the_first_lines_say_so(tmp_path: Path) -> None:
    with audited(write(tmp_path, text((ROWS[0],))), place="us-wa") as made:
        assert "Nothing of us-wa" not in Page(audit_html(made)).text
    old = ROWS[0].replace("2026-03-01", "2018-03-01")
    with audited(write(tmp_path, text((old,))), place="us-wa") as made:
        assert "Nothing of us-wa was in force on the day of any row." in Page(audit_html(made)).text


def test_an_audit_of_nothing_has_a_page_too(tmp_path: Path) -> None:
    with audited(write(tmp_path, HEADER + "\n")) as made:
        page = Page(audit_html(made))
    assert page.problems == [] and "There was nothing to decide about." in page.text


# -- in a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(made_page(path.parent, 4), encoding="utf-8")
    return open_page(path, viewport={"width": 1280, "height": 900})


@pytest.mark.parametrize(
    ("width", "media"),
    [(1280, {}), (320, {}), (320, {"color_scheme": "dark"}), (1280, {"forced_colors": "active"})],
)
def test_axe_finds_nothing(page: Any, width: int, media: dict[str, str]) -> None:
    shows(page, width, **media)
    wrong, undecided = axe(page)
    assert wrong == []
    for one in undecided:
        known = ", ".join(elements for rule, elements, _ in UNDECIDED if rule == one.rule)
        element = page.locator(one.element).first
        assert known and element.evaluate("(one, known) => one.matches(known)", known), one


def test_nothing_but_tables_scrolls_sideways(page: Any) -> None:
    for width in (320, 640, 1280):
        shows(page, width)
        assert strays(page, REGIONS) == [], width


def test_tab_reaches_every_link_and_shows_where_it_is(page: Any) -> None:
    shows(page, 1280)
    stops = tab_stops(page)
    links = page.evaluate("() => document.querySelectorAll('a[href], [tabindex=\"0\"]').length")
    assert len(stops) == links
    assert all(one["outline"] >= 2 and one["seen"] for one in stops)

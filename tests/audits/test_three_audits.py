"""Three audits of real logs, with the maps that ship: what is found, and what is rightly not found."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from habeas import read_law
from habeas.audits.audit import Audit, audit
from habeas.audits.log_targets import read_log_map
from habeas.audits.on_duckdb import opened
from habeas.reports.audit_report import audit_html
from tests.conftest import ROOT
from tests.reports.page import Page

MAPS = ROOT / "examples" / "maps"

EL_CAJON = "-el-cajon-pd-ca"


def audited(shared: Path, place: str, name: str, log: str) -> Iterator[Audit]:
    law = read_law(place)
    log_map = read_log_map(MAPS / name, law.book.vocabulary)
    with opened("500MB") as engine:
        yield audit(engine, law, [str(shared / "data" / log)], log_map)


@pytest.fixture(scope="module")
def sharing(shared: Path) -> Iterator[Audit]:
    yield from audited(shared, "us-ca", "alpr-sharing.yaml", "alpr/smalpr_portals_latest.jsonl.gz")


@pytest.fixture(scope="module")
def searches(shared: Path) -> Iterator[Audit]:
    log = "alpr/smalpr_ca_search_audits_54977.csv.gz"
    yield from audited(shared, "us-ca", "alpr-searches.yaml", log)


@pytest.fixture(scope="module")
def detainers(shared: Path) -> Iterator[Audit]:
    yield from audited(shared, "us-wa", "pierce-holds.yaml", "jail/pierce__allholds.csv")


def query(made: Audit, sql: str) -> list[tuple[Any, ...]]:
    return made.engine.connection.execute(sql).fetchall()


# -- whom plate reads are shared with -------------------------------------------------------------


def edges(made: Audit, where: str = "TRUE") -> list[tuple[Any, ...]]:
    """Name, place, kind of finding and page of each edge."""
    name, page = made.staged.column("sharing_outbound"), made.staged.column("crawled_slug")
    return query(
        made,
        f"SELECT {name}, f.requester_place, d.kind, {page} FROM log_rows r JOIN log_facts f USING (key)"
        f" JOIN log_decided d USING (key) WHERE {where}",
    )


def test_every_edge_of_every_page_is_accounted_for(sharing: Audit) -> None:
    assert sharing.staged.rows == 40_229
    assert (sharing.facts.rows, sharing.facts.left_out, sharing.rejected) == (39_347, 882, 0)


def test_el_cajon_shares_with_360_agencies_that_their_names_place_outside_california(
    sharing: Audit,
) -> None:
    """Others have counted 361. 683 edges are 316 inside, 360 outside, and 7 whose names hold neither
    the letters nor the government of a state; somebody who knows them puts three of those outside
    (Fort Collins, Niagara Frontier, NYS), and three of the 360 are marked as inactive."""
    page = sharing.staged.column("crawled_slug")
    found = edges(sharing, f"{page} = '{EL_CAJON}'")
    places = Counter("outside" if place not in (None, "us-ca") else place for _, place, _, _ in found)  # fmt: skip
    assert places == {"us-ca": 316, "outside": 360, None: 7}
    assert all((kind is not None) == (place not in (None, "us-ca")) for _, place, kind, _ in found)
    unplaced = {name for name, place, _, _ in found if place is None}
    assert unplaced == {
        "Decommissioned Org", "Fort Collins Police Services (FCPS)",
        "Monterey County District Attorney's Office", "Niagara Frontier Transit Authority (NFTA) PD",
        "NYS Crime Analysis Center Network", "Shasta County SO", "Yuba County Sheriffs Office",
    }  # fmt: skip
    marked = [name for name, _, kind, _ in found if kind and "activ" in name.lower()]
    assert len(marked) == 3


def test_all_other_pages_of_california_hold_two_such_edges(sharing: Audit) -> None:
    page = sharing.staged.column("crawled_slug")
    found = edges(sharing, f"{page} <> '{EL_CAJON}' AND d.kind IS NOT NULL")
    assert sorted(one[0] for one in found) == ["18th Judicial District DA's Office- LA PD", "Goshen Village NY PD"]  # fmt: skip
    assert sharing.findings == 362


def test_names_that_say_no_state_are_referred_and_told(sharing: Audit) -> None:
    unplaced = edges(sharing, "f.requester_place IS NULL")
    assert len(unplaced) == 557 and not any(kind for _, _, kind, _ in unplaced)
    known = {one.path: one for one in sharing.facts.known}
    assert known["requester_place"].unmapped == 557
    rows = {row[0]: row for row in Page(audit_html(sharing)).tables["What the rows say, as the map reads them"]}  # fmt: skip
    assert rows["requester place"][2:] == ["557", "557"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Los Angeles County CA SD", "us-ca"),  # SD: a sheriff's department
        ("RIV CO ARSON TF CA PD", "us-ca"),  # CO: a county
        ("Larimer County CO SO", "us-co"),
        ("Tombstone Marshals Office (AZ)", "us-az"),
        ("University of California, Berkeley", "us-ca"),
        ("University of Illinois- Springfield", None),  # of a page that stands under other law
        ("Nevada County CA SO", "us-ca"),
        ("Kansas City MO PD", None),
    ],
)
def test_names_are_placed_by_a_state_and_not_by_what_looks_like_one(
    sharing: Audit, name: str, place: str | None
) -> None:
    column = sharing.staged.column("sharing_outbound")
    literal = name.replace("'", "''")
    found = {one[1] for one in edges(sharing, f"{column} = '{literal}'")}
    assert found == ({place} if place else set())


def test_where_a_name_is_of_california_only_the_purpose_is_missing(sharing: Audit) -> None:
    waits = {one.label: one.refer for one in sharing.totals.missing}
    assert waits["purpose"] > 37_000 and all("purpose" in label for label in waits)
    assert sum(waits.values()) + sharing.findings == sharing.facts.rows


def test_agencies_can_be_placed_by_a_table_of_the_federal_bureau(
    shared: Path, tmp_path: Path
) -> None:
    """The table gives Shasta's sheriff no state of its own accord: it calls it otherwise. What it has
    under the very name, in one state alone, is placed."""
    with gzip.open(shared / "data" / "agency" / "fbi_cde_agencies-by-state.json.gz", "rt") as file:
        agencies = json.load(file)
    names = {(one["agency_name"], f"us-{state.lower()}") for state, all_ in agencies.items() for one in all_.values() if one["agency_name"]}  # fmt: skip
    with (tmp_path / "fbi.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("name", "place"), *sorted(names)])
    text = (MAPS / "alpr-sharing.yaml").read_text(encoding="utf-8")
    old = "  requester_place:\n    column: sharing_outbound\n"
    assert old in text
    new = old + "    lookup: {file: fbi.csv, key: name, value: place}\n"
    (tmp_path / "map.yaml").write_text(text.replace(old, new), encoding="utf-8")
    law = read_law("us-ca")
    log_map = read_log_map(tmp_path / "map.yaml", law.book.vocabulary)
    line = {"crawled_slug": "elm-ca-pd", "archived_date": "2026-04-01",
            "sharing_outbound": ["Hyrum Police Department", "Springfield Police Department", "Shasta County SO"]}  # fmt: skip
    (tmp_path / "log.jsonl").write_text(json.dumps(line), encoding="utf-8")
    with opened("500MB") as engine:
        made = audit(engine, law, [str(tmp_path / "log.jsonl")], log_map)
        found = {one[0]: one[1] for one in edges(made)}
    assert found == {
        "Hyrum Police Department": "us-ut",
        "Springfield Police Department": None,  # of many states
        "Shasta County SO": None,
    }


# -- what plate readers are searched for ----------------------------------------------------------


def test_every_search_is_accounted_for(searches: Audit) -> None:
    assert searches.staged.rows == 54_977
    assert (searches.facts.rows, searches.facts.left_out, searches.rejected) == (54_639, 338, 0)
    assert searches.decided.stretches[0].first == date(2026, 2, 25)


def test_no_search_is_found_to_be_for_immigration_enforcement(searches: Audit) -> None:
    """131 rows name a federal agency, and none of them immigration: a mention is no violation."""
    assert searches.findings == 0
    ((wrong,),) = query(
        searches, "SELECT count(*) FROM log_facts WHERE purpose = 'immigration enforcement'"
    )
    assert wrong == 0
    assert {one.verdict for one in searches.totals.bases} == {"refer"}


def test_a_typed_reason_grants_nothing_by_itself(searches: Audit) -> None:
    waits = Counter({one.basis: one.answers for one in searches.totals.bases})
    ((known,),) = query(searches, "SELECT count(purpose) FROM log_facts")
    assert waits["unconfirmed"] == known > 20_000
    assert waits.total() == 54_639


def test_searches_without_any_reason_are_counted_by_agency(searches: Audit) -> None:
    silent = {one.actor: one.silent for one in searches.totals.stated}
    column = searches.staged.column
    nothing = " AND ".join(f"{column(name)} IS NULL" for name in ("why", "case", "offense"))
    ((everywhere,),) = query(searches, f"SELECT count(*) FROM log_rows r WHERE {nothing}")
    ((left_out,),) = query(
        searches,
        f"SELECT count(*) FROM log_rows r WHERE {nothing} AND {column('agency')} = 'ankeny-ia-pd'",
    )
    assert everywhere == 12_693
    assert sum(one or 0 for one in silent.values()) == everywhere - left_out


# -- detainers ------------------------------------------------------------------------------------


def test_nothing_of_washington_was_in_force_for_any_hold_of_pierce_county(
    detainers: Audit,
) -> None:
    assert detainers.facts.rows == detainers.staged.rows == 691
    assert [one.own for one in detainers.decided.stretches] == [0]
    assert detainers.decided.stretches[0].last < date(2019, 5, 21)
    assert detainers.findings == 0
    assert {(one.verdict, one.basis) for one in detainers.totals.bases} == {("deny", "no authority")}  # fmt: skip
    given = {(one.item, one.done): one.answers for one in detainers.totals.bases}
    assert given == {("hold", ""): 691, ("transfer", "disclosed"): 399, ("transfer", ""): 292}
    assert "Nothing of us-wa was in force on the day of any row." in Page(audit_html(detainers)).text  # fmt: skip


def test_the_same_holds_after_the_act_would_be_findings(shared: Path, tmp_path: Path) -> None:
    """So that the audit above finds nothing because of the days, and not because it is blind."""
    data = (shared / "data" / "jail" / "pierce__allholds.csv").read_text(encoding="utf-8")
    for year in ("2016", "2017", "2018"):
        data = data.replace(f"{year}-", f"{int(year) + 8}-")
    (tmp_path / "pierce__allholds.csv").write_text(data, encoding="utf-8")
    text = (MAPS / "pierce-holds.yaml").read_text(encoding="utf-8")
    assert "  hold: unknown\n" in text
    law = read_law("us-wa")
    found = {}
    for done in ("unknown", "disclosed"):
        changed = text.replace("  hold: unknown\n", f"  hold: {done}\n")
        (tmp_path / "map.yaml").write_text(changed, encoding="utf-8")
        log_map = read_log_map(tmp_path / "map.yaml", law.book.vocabulary)
        with opened("500MB") as engine:
            made = audit(engine, law, [str(tmp_path / "pierce__allholds.csv")], log_map)
            found[done] = {one.label: (one.deny, one.forbidden) for one in made.totals.items}
    # what nobody knows to have been done is no finding, whatever the law says
    assert found["unknown"] == {"hold": (691, 0), "transfer": (691, 0)}
    assert found["disclosed"] == {"hold": (691, 691), "transfer": (691, 0)}

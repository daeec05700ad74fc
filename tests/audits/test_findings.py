"""A finding is what was done against what the law says, by the law of the row's own day."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from habeas import Facts, Person, Request, Said, read_law
from habeas.audits.compare import CHANGES, compare
from habeas.audits.findings import KINDS, rows_query
from habeas.errors import InputError
from habeas.reports.audit_files import write_audit
from tests.audits.small_log import HEADER, MAP, PLACE, ROWS, audited, rows, text, write


def answers(made: object, **more: bool) -> dict[str, tuple[object, ...]]:
    query = rows_query(made.staged, made.log_map, **more)  # type: ignore[attr-defined]
    found = made.engine.connection.execute(  # type: ignore[attr-defined]
        f"SELECT id, done, verdict, basis, finding FROM ({query}) q"
    )
    return {row[0]: row[1:] for row in found.fetchall()}


def test_both_kinds_are_found_and_nothing_else_is(tmp_path: Path) -> None:
    with audited(write(tmp_path)) as made:
        found = answers(made)
    forbidden, required = KINDS
    assert found == {
        "a1": ("disclosed", "deny", "forbidden", forbidden),
        "a2": ("refused", "deny", "forbidden", None),
        "a3": ("disclosed", "grant", "permitted", None),
        "a4": ("refused", "grant", "permitted", None),  # nothing orders it: no finding
        "a5": ("disclosed", "refer", "missing facts", None),
        "a6": ("disclosed", "deny", "forbidden", forbidden),
        "a7": ("disclosed", "refer", "missing facts", None),
        "a8": ("refused", "grant", "required", required),
        "a9": ("disclosed", "deny", "no authority", None),  # of 2015: no finding
    }


def test_what_was_done_is_not_guessed(tmp_path: Path) -> None:
    body = text(tuple(row.replace(",Y,none", ",?,none") for row in ROWS))
    with audited(write(tmp_path, body)) as made:
        assert {one[0]: one[1][0] for one in answers(made).items()}["a1"] is None
        assert made.totals.items[0].forbidden == 0 and made.totals.items[0].deny == 4


def test_each_row_has_what_the_engine_says_of_it_on_its_own_day(tmp_path: Path) -> None:
    law = read_law(PLACE)
    with audited(write(tmp_path)) as made:
        query = rows_query(made.staged, made.log_map)
        found = made.engine.connection.sql(
            f"SELECT q.day, q.verdict, q.basis, q.blocks, q.missing, q.unchecked, f.* FROM ({query}) q"
            " JOIN log_rows r ON r.row = q.row JOIN log_facts f ON f.key = r.key"
        ).to_arrow_table()
    assert found.num_rows == len(ROWS)
    for row in found.to_pylist():
        plain = {path: row[path] for path in row if path in law.book.vocabulary.facts}
        of_item = {
            ("alpr_reads", fact): row[f"alpr_reads.{fact}"] for fact in ("public", "ordered")
        }
        request = Request("r", Facts({k: v for k, v in plain.items() if v is not None}), ("alpr_reads",))  # fmt: skip
        person = Person("p", Facts({}, {k: v for k, v in of_item.items() if v is not None}), frozenset())  # fmt: skip
        one = law.decide(request, person, "alpr_reads", row["day"])
        assert (row["verdict"], row["basis"], tuple(row["blocks"])) == (one.verdict, one.basis, one.rules)  # fmt: skip
        assert set(row["missing"]) == {path.fact for path in one.missing}
        # a decision lists those of rules that gave way besides
        assert set(row["unchecked"]) <= set(one.unchecked)
        assert bool(row["unchecked"]) is bool(one.rules)


def test_what_the_requester_alone_says_makes_no_grant(tmp_path: Path) -> None:
    said = MAP.replace("{column: purpose}", "{column: purpose, source: requester}")
    with audited(write(tmp_path, "", said)) as made:
        found = answers(made)
    assert found["a3"][1:3] == ("refer", "unconfirmed")
    assert found["a6"][1:] == ("deny", "forbidden", KINDS[0])  # against itself it counts
    one = read_law(PLACE).decide(
        Request("r", Facts({"instrument": "informal request", "issued_by_judge": False, "quashed": False,
                            "requester_level": "local", "requester_place": "us-ca", "purpose": "criminal investigation"},
                           {("alpr_reads", "public"): False, ("alpr_reads", "ordered"): False},
                           sources={"purpose": (Said("requester"),)}), ("alpr_reads",)),
        Person("p", Facts(), frozenset()), "alpr_reads", date(2026, 3, 31),
    )  # fmt: skip
    assert (one.verdict, one.basis) == ("refer", "unconfirmed")


def test_a_row_is_decided_by_the_law_of_its_own_day_and_stretches_say_so(tmp_path: Path) -> None:
    with audited(write(tmp_path)) as made:
        stretches = made.decided.stretches
    assert [(one.first, one.last, one.rows) for one in stretches] == [
        (date(2015, 12, 31), date(2015, 12, 31), 1),
        (date(2026, 3, 1), date(2026, 4, 3), 8),
    ]
    assert stretches[0].own < stretches[1].own


def test_totals_are_those_of_the_rows(tmp_path: Path) -> None:
    with audited(write(tmp_path)) as made:
        totals, found = made.totals, answers(made)
        actors = rows(made, "log_facts", '"log:actor"')
    assert Counter(one for (one,) in actors) == {"Elm PD": 3, "Fir SO": 5, "Old PD": 1}
    by = {one.label: one for one in totals.agencies}
    assert (by["Elm PD"].forbidden, by["Fir SO"].forbidden, by["Fir SO"].required) == (1, 1, 1)
    assert sum(one.answers for one in totals.agencies) == len(found) == 9
    assert {one.label: one.answers for one in totals.months} == {"2015-12": 1, "2026-03": 3, "2026-04": 5}  # fmt: skip
    assert {one.label: one.refer for one in totals.missing} == {"purpose": 1, "requester_place": 1}
    assert {one.actor: (one.rows, one.silent) for one in totals.stated} == {
        "Elm PD": (3, 1), "Fir SO": (5, 1), "Old PD": (1, 0),
    }  # fmt: skip
    bases = Counter({(one.verdict, one.basis, one.done): one.answers for one in totals.bases})
    assert bases == Counter((v, b, d or "") for d, v, b, _ in found.values())


def test_a_log_without_rows_has_no_findings(tmp_path: Path) -> None:
    with audited(write(tmp_path, HEADER + "\n")) as made:
        assert made.facts.rows == 0 and made.findings == 0 and made.decided.stretches == ()


def test_more_than_memory_holds_is_decided_all_the_same(tmp_path: Path) -> None:
    """Texts of 60 MB and as much again in what is made of them, in 100 MB."""
    padded = tuple(f"{n},2026-03-{n % 28 + 1:02},Elm PD {n % 7},Oak {'GA' if n % 3 else 'CA'} PD {'x' * 400},Y,none,N,N,N,{'criminal investigation' if n % 2 else ''}," for n in range(150_000))  # fmt: skip
    path = write(tmp_path, text(padded))
    assert path.stat().st_size > 60_000_000
    with audited(path, memory="100MB") as made:
        assert made.totals.items[0].forbidden == 100_000
        assert made.totals.items[0].grant == made.totals.items[0].refer == 25_000


def test_too_little_memory_is_told(tmp_path: Path) -> None:
    padded = tuple(f"{n},2026-03-01,Elm PD {n},{'x' * 900} GA,Y,none,N,N,N,," for n in range(40_000))  # fmt: skip
    with (
        pytest.raises(InputError, match="too little memory for these logs"),
        audited(write(tmp_path, text(padded)), memory="5MB"),
    ):
        pass


# -- what changed ---------------------------------------------------------------------------------


def earlier(tmp_path: Path, log: str = "", map_text: str = MAP) -> Path:
    with audited(write(tmp_path, log, map_text)) as made:
        write_audit(tmp_path / "before", made)
    return tmp_path / "before"


def test_nothing_changed_where_nothing_did(tmp_path: Path) -> None:
    before = earlier(tmp_path)
    with audited(tmp_path / "log.csv") as made:
        found = compare(made, before)
    assert not found.changes and found.same_law and found.same_map and found.by_id
    assert found.before["forbidden"] == 2 and found.before["rows"] == 9


def test_findings_that_came_and_went_say_why(tmp_path: Path) -> None:
    before = earlier(tmp_path)
    gone_row, otherwise = ROWS[0], ROWS[5].replace("immigration enforcement", "")
    now = (otherwise, *ROWS[1:5], *ROWS[6:], gone_row.replace("a1,", "b1,"))
    with audited(write(tmp_path, text(now))) as made:
        compare(made, before)
        found = {row[0]: row[1:] for row in rows(made, CHANGES, "id, change, before, now")}
    assert found == {
        "a1": ("finding no longer there: the row is not there", "deny, forbidden", None),
        "a6": ("finding no longer there: the row is decided or done otherwise",
               "deny, forbidden", "refer, missing facts"),
        "b1": ("new finding: the row was not there before", None, "deny, forbidden"),
    }  # fmt: skip


def test_without_an_id_rows_are_told_by_file_and_place(tmp_path: Path) -> None:
    no_key = MAP.replace("key: id\n", "")
    before = earlier(tmp_path, "", no_key)
    with audited(write(tmp_path, text(ROWS[::-1]), no_key)) as made:
        found = compare(made, before)
    assert not found.by_id and sum(found.changes.values()) > 0


def test_ids_that_stand_twice_are_refused(tmp_path: Path) -> None:
    before = earlier(tmp_path)
    with audited(write(tmp_path, text((*ROWS, ROWS[0])))) as made:
        with pytest.raises(InputError, match="`id` stands twice"):
            compare(made, before)
        with pytest.raises(InputError, match=r"there is no `habeas\.json` in it"):
            compare(made, tmp_path)

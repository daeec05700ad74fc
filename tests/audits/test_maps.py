"""A log map says what columns mean, in the vocabulary's words; whatever is wrong with it is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas import read_law
from habeas.audits.log_targets import read_log_map
from habeas.errors import InputError
from tests.audits.small_log import MAP, PLACE, map_of
from tests.conftest import ROOT

SHIPPED = ("alpr-sharing.yaml", "alpr-searches.yaml", "pierce-holds.yaml", "jail-releases.yaml")


def problems(tmp_path: Path, text: str) -> str:
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        map_of(path)
    return str(caught.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_maps_fit_the_vocabulary(name: str) -> None:
    made = read_log_map(ROOT / "examples" / "maps" / name, read_law(PLACE).book.vocabulary)
    assert made.title and made.done and made.facts and made.day.columns


def test_what_a_reason_says_in_the_shipped_map_is_the_requesters_word() -> None:
    path = ROOT / "examples" / "maps" / "alpr-searches.yaml"
    made = read_log_map(path, read_law(PLACE).book.vocabulary)
    said = {one.path: one.source for one in made.facts if one.lexicon}
    assert said == dict.fromkeys(("purpose", "requester_kind", "instrument"), "requester")
    assert made.sha256.keys() == {"alpr-searches.yaml", "lexicon search-reasons"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("purpose: {column: purpose}", "purpse: {column: purpose}",
         "map.yaml:20:3: unknown fact `purpse`\n   |\n20 |   purpse: {column: purpose}\n   |   ^^^^^^\nhelp: did you mean `purpose`?"),
        ("purpose: {column: purpose}", "public: {column: purpose}", "`public` is a fact of an item"),
        ("purpose: {column: purpose}", "compelling_need_shown: yes", "`compelling_need_shown` is a judgement"),
        ("Y: disclosed", "Y: given", "`given` is no value of `done`"),
        ("alpr_reads: {column", "alpr_read: {column", "help: did you mean `alpr_reads`?"),
        ("{public: no, ordered", "{publik: no, ordered", "unknown fact `publik` of an item"),
        ("us-ga,", "'U S',", "`U S` is not a place"),
        (r"'\bGA\b'", "'(?=GA)'", "this pattern cannot be read"),
        (r"'\bGA\b'", "'x*'", "this pattern is found in an empty cell"),
        ("none: informal request", "none: a handshake", "`a handshake` is no value of `instrument`"),
        ("requester_level: {constant: local}", "requester_level: {constant: local, column: x}", "a constant comes from no column"),
        ("purpose: {column: purpose}", "purpose: {lexicon: search-reasons}", "a lexicon reads the text of `columns`"),
        ("purpose: {column: purpose}", "purpose: {lexicon: search, columns: [why]}", "there is no lexicon `search`"),
        ("purpose: {column: purpose}", "quashed_: {column: x}", "unknown fact `quashed_`"),
        ("purpose: {column: purpose}", "requester_kind: {column: x, values: {a: press}, find: {b: press}}", "`values` goes with neither"),
        ("optional: [why]", "optional: [wy]", "nothing reads `wy`"),
        ("  when: [when, Date]", "  whn: [when, Date]", "nothing reads `whn`"),
        ("  when: [when, Date]", "  when: [when, other]", "`other` stands for `when` and for `other`"),
        ("day: {column: when, ", "day: {column: when, values: {a: b}, ", "a date is read by its format alone"),
        ("actor: agency\n", "", "`actor` is missing"),
        ("done: {alpr_reads: {column: given, values: {Y: disclosed, N: refused, \"?\": unknown}}}", "done: {}", "`done` names no item"),
        ("key: id", "keys: id", "unknown field `keys`"),
        ("purpose: {column: purpose}", "purpose: {column: c, lookup: {file: none.csv, key: a, value: b}}", "`none.csv` cannot be read"),
    ],
)  # fmt: skip
def test_a_map_that_does_not_fit_says_where_and_what_to_do(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in MAP
    message = problems(tmp_path, MAP.replace(old, new, 1))
    assert told in message
    assert "help: " in message


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = MAP.replace("purpose: {", "purpse: {").replace("Y: disclosed", "Y: given")
    message = problems(tmp_path, text)
    assert "unknown fact `purpse`" in message and "`given` is no value" in message


def test_the_map_before_any_change_is_in_order(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    made = map_of(tmp_path / "map.yaml")
    assert [one.path for one in made.done] == ["done:alpr_reads"]
    assert made.names("when") == ("when", "Date") and made.names("given") == ("given",)


def test_a_table_beside_the_map_that_lacks_a_column_is_told(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text("name,place\nOak PD,us-ga\n", encoding="utf-8")
    text = MAP.replace("find: {", "lookup: {file: places.csv, key: nam, value: place}\n    find: {")
    message = problems(tmp_path, text)
    assert "`places.csv` has no column `nam`" in message and "did you mean `name`?" in message

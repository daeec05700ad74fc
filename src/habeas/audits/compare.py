"""What changed since an earlier audit.

    an earlier folder, Audit  ->  compare  ->  Compared (counts, and a relation of what changed)

Promise: a row is the same where its id is, or, where the map names none, where file, row and part are;
a finding that is gone says whether its row is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from habeas.audits.audit import Audit
from habeas.audits.findings import rows_query
from habeas.compiled.sql.dialects import DUCKDB, select
from habeas.errors import input_error

CHANGES = "log_changes"
"""The relation: `change`, `file`, `row`, `part`, `id`, `actor`, `item`, `before`, `now` (verdict and
basis), `finding` (the kind of finding that came or went)."""

NEW, GONE = "new finding", "finding no longer there"
_WORDS = {
    "new row": f"{NEW}: the row was not there before",
    "new answer": f"{NEW}: the row is decided or done otherwise",
    "gone row": f"{GONE}: the row is not there",
    "gone answer": f"{GONE}: the row is decided or done otherwise",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """Counts of what changed.

    before    the earlier audit's own figures, as its `habeas.json` has them
    by_id     whether rows were told by the id that the map names
    changes   how many of each kind of change, in words
    same_law  whether the law's bytes are the same; `same_map`: the map's
    """

    folder: str
    before: Mapping[str, Any]
    by_id: bool
    changes: Mapping[str, int]
    same_law: bool
    same_map: bool


def compare(made: Audit, folder: Path) -> Compared:
    """Hold an audit against the folder of an earlier one; write `CHANGES`.

    Raises `InputError` where the folder is none of an audit, or its rows cannot be told apart.
    """
    before = _marker(folder)
    rows = folder / "decisions.parquet"
    engine = made.engine
    query = f"read_parquet({DUCKDB.literal(str(rows))})"
    try:
        engine.make("log_before", select(["*"], query))
    except Exception as error:
        raise input_error(
            rows, "cannot be read", "name the folder as `habeas audit` has written it"
        ) from error
    engine.make("log_now", rows_query(made.staged, made.log_map))
    by_id = made.log_map.key is not None
    names = ("id", "part", "item") if by_id else ("file", "row", "part", "item")
    for relation, which in (("log_before", "earlier"), ("log_now", "new")):
        _refuse_twice(made, relation, names, which, folder)
    same = " AND ".join(DUCKDB.same(f"b.{name}", f"n.{name}") for name in names)
    found = "COALESCE(n.finding, '') <> COALESCE(b.finding, '')"

    def either(name: str) -> str:
        return f"COALESCE(n.{name}, b.{name}) AS {name}"

    def answer(of: str) -> str:
        return f"{of}.verdict || ', ' || {of}.basis"

    literal = DUCKDB.literal
    change = (
        f"CASE WHEN n.finding IS NOT NULL AND b.item IS NULL THEN {literal(_WORDS['new row'])} "
        f"WHEN n.finding IS NOT NULL THEN {literal(_WORDS['new answer'])} "
        f"WHEN n.item IS NULL THEN {literal(_WORDS['gone row'])} "
        f"ELSE {literal(_WORDS['gone answer'])} END"
    )
    cells = [
        f"{change} AS change", *(either(n) for n in ("file", "row", "part", "id", "actor", "item")),
        f"{answer('b')} AS before", f"{answer('n')} AS now",
        "COALESCE(n.finding, b.finding) AS finding",
    ]  # fmt: skip
    engine.make(CHANGES, select(cells, f"log_now n FULL JOIN log_before b ON {same} WHERE {found}"))
    engine.drop("log_before", "log_now")
    counted = engine.rows(select(["change", "COUNT(*)"], f"{CHANGES} GROUP BY 1 ORDER BY 1"))
    map_sum = made.log_map.sha256
    return Compared(
        str(folder),
        before,
        by_id,
        {str(word): int(many) for word, many in counted},
        before.get("law") == made.law.digest,
        before.get("map") == map_sum,
    )


def _marker(folder: Path) -> Mapping[str, Any]:
    help_ = "name the folder of an earlier `habeas audit`"
    try:
        read = json.loads((folder / "habeas.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise input_error(folder, "there is no `habeas.json` in it", help_) from None
    found = read.get("audit") if isinstance(read, dict) else None
    if not isinstance(found, dict):
        raise input_error(folder, "this is no folder of an audit", help_)
    return found


def _refuse_twice(
    made: Audit, relation: str, names: tuple[str, ...], which: str, folder: Path
) -> None:
    grouped = f"{relation} GROUP BY {', '.join(names)} HAVING COUNT(*) > 1"
    twice = select([f"MIN({names[0]})"], grouped)
    found = list(made.engine.rows(f"{twice} LIMIT 1"))
    if found:
        raise input_error(
            folder,
            f"rows of the {which} audit cannot be told apart: `{names[0]}` stands twice",
            "name a `key` in the map that is another one in each row, or none",
        )

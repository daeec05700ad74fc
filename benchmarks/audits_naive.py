"""The naive shape of an audit: for every item two CASE chains, the law's rules written out in each.

    Bulk, Source  ->  case_chains  ->  SELECT key, basis and verdict of every item

Promise: Kleene's logic, as `Compiled.rule_words`; counts are gathered once for each subject, as they
are in the other shapes.
"""

from __future__ import annotations

from collections.abc import Sequence

from habeas.compiled.normal import normal
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import select
from habeas.compiled.sql.facts import Gathered
from habeas.compiled.sql.source import Source
from habeas.compiled.sql.terms import Writer
from habeas.law.conditions import Term
from habeas.law.worlds import relevant


def case_chains(bulk: Bulk, source: Source) -> str:
    """The query."""
    rules, quote = bulk.rules, bulk.dialect.identifier
    own = {name: normal(cond) for name, cond in rules.own.items()}
    of_items = [f"{i}.{n}" for i, n in bulk.items]
    cells = [f"{quote(name)} AS {quote(f'of {name}')}" for name in of_items]
    gathered = Gathered(rules, bulk.dialect, source, own.values(), more=cells)
    columns = ["k AS key"]
    for item in rules.vocabulary.items:

        def column(term: Term, item: str = item) -> str:
            if term.scope == "item":
                name = f"{item}.{term.name}"
                return quote(f"of {name}") if name in of_items else "CAST(NULL AS BOOLEAN)"
            return gathered.facts[str(term.name)]

        writer = Writer(bulk.dialect, column, gathered.counts.__getitem__)
        held = {name: writer.condition(own[name]) for name in relevant(rules, item)}

        def acts(name: str, item: str = item, held: dict[str, str] = held) -> str:
            parts = [held[name], *(["NULL"] if name in rules.contested else [])]
            parts += [f"NOT {acts(other, item, held)}" for other in rules.beaters_for(name, item)]
            return f"({' AND '.join(parts)})"

        kinds: dict[str, list[str]] = {"forbid": [], "require": [], "permit": []}
        for name in rules.rules(item):
            kinds[rules.blocks[name].kind].append(acts(name))
        f, r, p = (_any(kinds[kind]) for kind in ("forbid", "require", "permit"))
        columns += [
            f"CASE WHEN {f} AND {r} THEN 'conflict' WHEN {f} AND NOT {r} THEN 'forbidden'"
            f" WHEN NOT {f} AND {r} THEN 'required' WHEN NOT {f} AND NOT {r} AND {p} THEN 'permitted'"
            f" WHEN NOT {f} AND NOT {r} AND NOT {p} THEN 'no authority' END AS {quote(f'{item} basis')}",
            f"CASE WHEN {f} AND {r} THEN 'refer' WHEN {f} AND NOT {r} THEN 'deny'"
            f" WHEN NOT {f} AND ({r} OR {p}) THEN 'grant' WHEN NOT {f} AND NOT {r} AND NOT {p} THEN 'deny'"
            f" ELSE 'refer' END AS {quote(f'{item} verdict')}",
        ]
    return f"WITH {', '.join(gathered.steps)} {select(columns, 'habeas_gathered')}"


def _any(parts: Sequence[str]) -> str:
    return f"({' OR '.join(parts)})" if parts else "FALSE"

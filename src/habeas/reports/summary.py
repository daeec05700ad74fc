"""The answer in a few columns, for the command line.

    Answer  ->  summary_rows  ->  SummaryRow (an item a row)

Promise: the counts are those of the report; what settles an item is what settles most of its
decisions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from habeas.decisions.decision import BASES
from habeas.reports.answer import Answer
from habeas.reports.counts import Settled, count
from habeas.reports.words import short_citation


class SummaryRow(NamedTuple):
    """One item: decisions by verdict, what settles most of them, and on which basis.

    settled_by  short citation of the first provision, and how many there are besides; empty where
                no rule acts
    verdict     of most decisions; empty, like `basis`, where there are none
    """

    item: str
    grant: int
    refer: int
    deny: int
    settled_by: str
    verdict: str
    basis: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return self._asdict()


def summary_rows(answer: Answer) -> list[SummaryRow]:
    """A row for each item asked for, in the request's order."""
    counts = count(answer)
    settled: dict[str, list[Settled]] = {}
    for one in counts.settled:
        settled.setdefault(one.item, []).append(one)
    made = []
    for item in counts.items:
        main = _main(settled.get(item.item, []))
        made.append(SummaryRow(*item, *(_told(answer, main) if main else ("", "", ""))))
    return made


def _main(ones: list[Settled]) -> Settled | None:
    """The rules of most decisions, among those of the most frequent verdict and basis."""
    totals: dict[tuple[str, str], int] = {}
    for one in ones:
        totals[one.verdict, one.basis] = totals.get((one.verdict, one.basis), 0) + one.decisions
    if not totals:
        return None
    way = max(totals, key=lambda way: (totals[way], -BASES.index(way[1])))
    alike = [one for one in ones if (one.verdict, one.basis) == way]
    return max(alike, key=lambda one: (one.decisions, one.rules))


def _told(answer: Answer, main: Settled) -> tuple[str, str, str]:
    blocks = answer.law.in_force(answer.as_of).blocks
    cited = list(dict.fromkeys(short_citation(blocks[rule].provision) for rule in main.rules))
    more = f" and {len(cited) - 1} more" if len(cited) > 1 else ""
    return (f"{cited[0]}{more}" if cited else "", main.verdict, main.basis)

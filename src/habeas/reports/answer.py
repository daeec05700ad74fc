"""The answer: one request that was decided, with all that a report says of it.

    Law, Request, Records  ->  answer_of  ->  Answer  ->  report_html, write_answers, summary_rows

Promise: but for `facts`, which is for the office alone, an answer holds decisions and no records; the
rest of it can be shown to whoever may see verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from habeas.decisions.decide import Law
from habeas.decisions.explain import Explanation
from habeas.decisions.table import Decisions
from habeas.records.kept import KeptFacts
from habeas.records.records import Records
from habeas.records.request import Request


@dataclass(frozen=True, slots=True)
class Answer:
    """One decided request.

    law         the law that it was decided by
    request     its title and its own facts are shown as they stand: keep people's names out of them
    decisions   as from `Law.decided`, without the days that people's records set
    as_of       the day of law
    facts       the facts of the people, as `KeptFacts` keeps them, to decide again; None: not kept
    title       a heading of its own; left out: the request's title, else its id
    intro       a paragraph in plain words to stand above it
    explained   decisions to explain one by one, each with its person's id
    show_facts  whether the facts of explained people are shown with their values, and not only
                whether they are known; for made-up records, or where the reader may see them
    """

    law: Law
    request: Request
    decisions: Decisions
    as_of: date
    facts: pa.Buffer | None = None
    title: str = ""
    intro: str = ""
    explained: tuple[Explanation, ...] = ()
    show_facts: bool = False

    @property
    def heading(self) -> str:
        """What to call it."""
        return self.title or self.request.title or self.request.id


def answer_of(
    law: Law, request: Request, records: Records, as_of: date, title: str = "", intro: str = ""
) -> Answer:
    """Decide all that a request asks for, and keep the facts that were decided by."""
    kept = KeptFacts()
    decisions = law.decided(request, records, as_of, tell_days=False, keep=kept.add)
    return Answer(law, request, decisions, as_of, kept.done(), title, intro)

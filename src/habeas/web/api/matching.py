"""Whether two people released this item of this person, in this case, to this requester, and it still counts.

    Asked (agency, reference, case, person, item)  ->  permits  ->  yes with the case's number, or no

Promise: the same queries are made whatever there is, and a "no" is one "no": it tells nothing of what exists.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from habeas.web.casework.adopting import law_in_use
from habeas.web.casework.doors import Outcome, outcome
from habeas.web.casework.models import ItemAnswer

_NO_ITEM = ItemAnswer(pk=0, verdict="deny", basis="no authority")
"""Stands for what was not found, so that as much is asked of the database as where something was."""


class Asked(NamedTuple):
    """What somebody wants to hand out, and to whom.

    agency     who gets it: as the case has it, letter by letter
    reference  the requester's own, as the case has it; empty where the case has none
    case       number of the case
    person     her id in the records
    item       of the vocabulary
    """

    agency: str
    reference: str
    case: str
    person: str
    item: str


_AMONG = {
    "sqlite": "EXISTS (SELECT 1 FROM json_each(w.people) one WHERE one.value = %(person)s)",
    "postgresql": "w.people @> to_jsonb(%(person)s::text)",
}
"""Whether somebody is one of a way's people."""

_FOUND = """
SELECT i.id, i.verdict, i.basis
FROM casework_itemanswer i
JOIN casework_way w ON w.id = i.way_id
JOIN casework_answer a ON a.id = w.answer_id
JOIN casework_release r ON r.answer_id = a.id
JOIN casework_caserequest q ON q.id = a.request_id
JOIN casework_case c ON c.id = q.case_id
WHERE c.number = %(case)s AND c.agency = %(agency)s AND c.reference = %(reference)s
  AND i.item = %(item)s AND q.person IN (%(person)s, '') AND {among}
  AND a.as_of = %(today)s AND a.law = %(law)s AND r.gives AND r.demo = %(demo)s
  AND r.prepared_by_id = a.prepared_by_id AND r.released_by_id <> a.prepared_by_id
  AND r.receipts <> '[]'
  AND NOT EXISTS (SELECT 1 FROM casework_answer n WHERE n.request_id = q.id AND n.id > a.id)
  AND NOT EXISTS (
    SELECT 1 FROM casework_statement s WHERE s.request_id = q.id AND s.id > a.last_statement)
ORDER BY r.id DESC, i.id DESC
LIMIT 1
"""
"""SQL, since to put this together anew each time takes longer than all the rest."""


def permits(asked: Asked, today: date) -> bool:
    """Whether this may go out on this day.

    A release counts until the end of the day of its law, and while its answer is the newest of its request, nothing
    was stated since, and its law is in use. Of several releases of one item the last counts.
    """
    if any("\0" in one for one in asked):  # no text of a database; asked all the same
        asked = Asked("", "", "", "", "")
    values = {
        **asked._asdict(),
        "today": connection.ops.adapt_datefield_value(today),
        "law": law_in_use().digest,
        "demo": settings.OFFICE.demo,
    }
    rows = ItemAnswer.objects.raw(_FOUND.format(among=_AMONG[connection.vendor]), values)
    found = next(iter(rows), None)
    given = outcome(found or _NO_ITEM) is Outcome.GIVEN
    return found is not None and given

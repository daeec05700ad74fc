"""Whether two people released this item of this person, in this case, to this requester, and it still counts.

    Asked (agency, reference, case, person, item)  ->  permits  ->  yes with the case's number, or no

Promise: the same queries are made whatever there is, and a "no" is one "no": it tells nothing of what exists.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from habeas.web.casework.adopting import digest_in_use, law_in_use
from habeas.web.casework.doors import Outcome, became
from habeas.web.casework.models import Version
from habeas.web.once import once
from habeas.web.prepared import rows


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
SELECT i.verdict, i.basis,
  (SELECT h.give FROM casework_choice h WHERE h.item_id = i.id ORDER BY h.id DESC LIMIT 1)
FROM casework_itemanswer i
JOIN casework_way w ON w.id = i.way_id
JOIN casework_answer a ON a.id = w.answer_id
JOIN casework_release r ON r.answer_id = a.id
JOIN casework_caserequest q ON q.id = a.request_id
JOIN casework_case c ON c.id = q.case_id
WHERE c.number = %(case)s AND c.agency = %(agency)s AND c.reference = %(reference)s
  AND i.item = %(item)s AND q.person IN (%(person)s, '') AND {among}
  AND a.as_of = %(today)s AND a.law = %(law)s AND a.mapping = %(mapping)s
  AND r.gives AND r.demo = %(demo)s
  AND r.prepared_by_id = a.prepared_by_id AND r.released_by_id <> a.prepared_by_id
  AND r.receipts <> '[]'
  AND NOT EXISTS (SELECT 1 FROM casework_answer n WHERE n.request_id = q.id AND n.id > a.id)
  AND NOT EXISTS (
    SELECT 1 FROM casework_statement s WHERE s.request_id = q.id AND s.id > a.last_statement)
  AND NOT EXISTS (
    SELECT 1 FROM casework_correction k WHERE k.person = %(person)s AND k.at >= a.prepared_at)
ORDER BY r.id DESC, i.id DESC
LIMIT 1
"""
"""SQL, since to put this together anew each time takes longer than all the rest."""


def permits(asked: Asked, today: date) -> bool:
    """Whether this may go out on this day.

    A release counts until the end of the day of its law, and while its answer is the newest of its request, nothing
    was stated and no record of hers corrected since, and its law and mapping are in use. Of several releases of one item the last
    counts.
    """
    if any("\0" in one for one in asked):  # no text of a database; asked all the same
        asked = Asked("", "", "", "", "")
    with once():
        law, mapping = law_in_use().digest, digest_in_use(Version.MAPPING)
    values = {
        **asked._asdict(),
        "today": connection.ops.adapt_datefield_value(today),
        "law": law,
        "mapping": mapping,
        "demo": settings.OFFICE.demo,
    }
    found = rows(_FOUND.format(among=_AMONG[connection.vendor]), values)
    return any(_given(*one) for one in found)


def _given(verdict: str, basis: str, give: bool | int | None) -> bool:
    return became(verdict, basis, None if give is None else bool(give)) is Outcome.GIVEN

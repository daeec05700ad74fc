"""The report of an audit: one HTML page for a board, a journalist and the agency alike.

    Audit, Compared  ->  audit_html  ->  one file (templates/audit.html, style.css, SVG)

Promise: as `report_html`: the page needs nothing but itself, runs no script, splices no text unescaped.
Every finding on it is called apparent.
"""

from __future__ import annotations

from habeas.audits.audit import Audit
from habeas.audits.compare import Compared
from habeas.reports.audit_view import CHARTED, audit_view
from habeas.reports.report import templates

GROUNDS = {
    "forbidden": "a rule forbids it",
    "no authority": "no rule here orders or allows it",
    "required": "a rule orders it",
    "permitted": "a rule allows it",
    "conflict": "one rule orders what another forbids: counsel has to settle it",
    "missing facts": "facts are missing",
    "judgement": "a person has to weigh something",
    "contested": "the law is read in two ways",
    "unconfirmed": "the asking party alone says what it rests on",
    "selection": "being in the answer would tell something",
}
"""The ground of each answer, in words."""


def audit_html(made: Audit, compared: Compared | None = None) -> str:
    """A self-contained HTML page about an audit; the same audit, the same text.

    Shown are counts, agencies, facts by name, and law; no text of a row, and nobody's name.
    """
    from habeas import __version__  # at the top, `habeas` could not import this package

    view = audit_view(made, compared)
    return (
        templates()
        .get_template("audit.html")
        .render(
            audit=view,
            laws=view.laws,
            provisions=view.provisions,
            grounds=GROUNDS,
            charted=CHARTED,
            version=__version__,
        )
    )

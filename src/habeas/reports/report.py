"""The report: one HTML page about decided requests, for a lawyer and a journalist alike.

    Answer, Answer, …  ->  report_html  ->  one file (templates/report.html, style.css, SVG)

Promise: the page needs nothing but itself, runs no script, splices no text unescaped, and its
numbers are those of the decisions' table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from habeas.reports.answer import Answer
from habeas.reports.charts import PATTERNS, swatch
from habeas.reports.provisions import Provisions, law_view, laws_of
from habeas.reports.reading import line, reading
from habeas.reports.view import answer_view
from habeas.reports.words import SHOWN_VERDICTS, VERDICT_WORDS, day, listed, name, number, several


def report_html(answers: Sequence[Answer], title: str) -> str:
    """A self-contained HTML page about answers, in their order; the same answers, the same text.

    Shown are verdicts, reasons and counts. People's ids and facts are shown only for the decisions
    in `Answer.explained`, as `Answer.show_facts` says; days that a person's record sets are not.
    """
    from habeas import __version__  # at the top, `habeas` could not import this package

    provisions = Provisions()
    shown = tuple(answer_view(answer, n, provisions) for n, answer in enumerate(answers, 1))
    laws = tuple(law_view(law, as_of, provisions) for law, as_of in laws_of(answers))
    return (
        templates()
        .get_template("report.html")
        .render(
            title=title,
            answers=shown,
            laws=laws,
            provisions=provisions.views(),
            version=__version__,
        )
    )


@cache
def templates() -> Environment:
    """The package's templates, with the filters and words that they use."""
    made = Environment(
        loader=PackageLoader("habeas.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        day=day,
        line=line,
        listed=listed,
        name=name,
        number=number,
        reading=reading,
        several=several,
        web=web,
    )
    made.globals.update(
        patterns=PATTERNS,
        swatch=swatch,
        verdicts=SHOWN_VERDICTS,
        verdict_words=VERDICT_WORDS,
        style=Markup(_style()),  # noqa: S704  # the package's own file
    )
    return made


def web(address: str) -> bool:
    """Whether an address leads to a page, and to nothing that a browser would run."""
    return address.startswith(("https://", "http://"))


def _style() -> str:
    """The style sheet, which has no `<` that could end its element."""
    source, _, _ = PackageLoader("habeas.reports", "templates").get_source(
        Environment(autoescape=True), "style.css"
    )
    return source

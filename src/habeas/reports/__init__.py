"""Reports: what a decided request looks like to people, and the files that keep it.

    Request, Records  ->  answer_of  ->  Answer
    Answer, Answer, …  ->  report_html, report_pdf  ->  a document;  write_answers  ->  a folder
    that folder  ->  replay  ->  whether the same is decided again
    Answer  ->  summary_rows  ->  a table for the command line

Promise: verdicts, reasons and counts go out of here; what the records say of a person does not,
unless an answer asks for one explained person's facts.
"""

from habeas.reports.answer import Answer, answer_of
from habeas.reports.files import write_answers
from habeas.reports.pdf import report_pdf
from habeas.reports.replay import Replayed, replay
from habeas.reports.report import report_html
from habeas.reports.summary import SummaryRow, summary_rows

__all__ = [
    "Answer",
    "Replayed",
    "SummaryRow",
    "answer_of",
    "replay",
    "report_html",
    "report_pdf",
    "summary_rows",
    "write_answers",
]

"""Reports: what a decided request looks like to people, and the files that keep it.

    Answer, Answer, …  ->  report_html  ->  one page;  write_answers  ->  a folder
    Answer  ->  summary_rows  ->  a table for the command line

Promise: verdicts, reasons and counts go out of here; what the records say of a person does not,
unless an answer asks for one explained person's facts.
"""

from habeas.reports.answer import Answer
from habeas.reports.files import write_answers
from habeas.reports.report import report_html
from habeas.reports.summary import SummaryRow, summary_rows

__all__ = ["Answer", "SummaryRow", "report_html", "summary_rows", "write_answers"]

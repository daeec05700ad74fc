"""Requests and custody records: files that people write and jails keep, as facts to decide on.

    request.yaml        ->  read_request  ->  Request
    folder or database, mapping  ->  read_records  ->  Records (Person, …)

Promise: a value is taken only as the vocabulary and the mapping declare it; everything else is
unknown, and told.
"""

from habeas.records.check import RecordsReport, check_records, report_on
from habeas.records.reading import mapping_by_name, read_records
from habeas.records.records import Person, Records
from habeas.records.request import Request, read_request
from habeas.records.sample import write_sample
from habeas.records.value import value_of

__all__ = [
    "Person",
    "Records",
    "RecordsReport",
    "Request",
    "check_records",
    "mapping_by_name",
    "read_records",
    "read_request",
    "report_on",
    "value_of",
    "write_sample",
]

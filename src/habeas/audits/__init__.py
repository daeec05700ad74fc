"""Audits: the law asked about millions of rows at once, on a database.

    Source (relations of a database), Bulk  ->  decide  ->  Answers (a relation), distinct answers
    LOG…, LogMap, Law  ->  audit  ->  Audit (relations of rows, Totals)  ->  reports

Promise: the findings of the real engine, which decides every distinct state once; every row of a log is
decided, rejected or left out, and counted.

The way of a log, one module a step:

    log_map, log_targets   a map is read, and held against the vocabulary
    log_lines, log_files   rows of CSV, JSON lines, Parquet and databases; what is broken costs one row
    staging                rows as one relation of texts, with file and row; rejects as another
    log_facts              texts as typed facts, by the map alone; a row without a day is rejected
    log                    decided in stretches of unchanging law, each row on its own day
    findings               answers beside what was done: apparent findings of both kinds
    totals, compare        counts by agency, month, provision and missing fact; what changed since
"""

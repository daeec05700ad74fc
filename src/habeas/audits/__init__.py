"""Audits: the law asked about millions of rows at once, on a database.

    Law, Log (relations of a database)  ->  log.decide_log  ->  Answers (relations), distinct answers

Promise: the findings of the real engine, which decides every distinct state once.
"""

"""Casework: a request comes in, an answer goes out; a web application on the engine and the log.

    office.yaml  ->  settings  ->  accounts, trail, casework (acts)  ->  desk (pages)

Promise: whatever is done to a case is done by one of `casework`'s acts, whose doors the database holds too.
"""

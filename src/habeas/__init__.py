"""Habeas: may this leave the building? The law itself answers, item by item, and says why.

    law = habeas.read_law("us-ca-sf")
    decision = law.decide(request, person, "release_date")   # one Decision
    table = law.decide_all(request, records)                 # all of them, as an Arrow table

Promise: what is exported here is the public interface; the rest may change.
"""

from habeas.decisions.decide import Law
from habeas.decisions.decision import Decision, Defeated, Missing, Owed
from habeas.decisions.laws import read_law, read_laws
from habeas.errors import HabeasError, InputError, LawError
from habeas.law.facts import Facts, Said
from habeas.records import Person, Records, Request, read_records, read_request, write_sample

__version__ = "0.1.0"

__all__ = [
    "Decision",
    "Defeated",
    "Facts",
    "HabeasError",
    "InputError",
    "Law",
    "LawError",
    "Missing",
    "Owed",
    "Person",
    "Records",
    "Request",
    "Said",
    "__version__",
    "read_law",
    "read_laws",
    "read_records",
    "read_request",
    "write_sample",
]

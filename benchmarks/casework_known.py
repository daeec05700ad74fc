"""What is known of the office that is measured: who is signed in, and what can be asked.

casework_fill  ->  Known  ->  casework_drive
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CLIENTS = 8
"""Systems that ask at the same time."""


@dataclass(frozen=True, slots=True)
class Known:
    """An office that was filled.

    rows            rows of each table
    sessions        a session's key, by user name
    officers        users of the fifty who work at once
    tokens          of a system, one for each client: each may be used so often in a minute
    answered, …     numbers of cases: answered; waiting for a release; about all records; fresh, many
    rare            a reference that one case alone has
    evaluation      a question of AuthZEN's whose answer is yes
    """

    cases: int
    rows: dict[str, int]
    cookie: str
    csrf: str
    sessions: dict[str, str]
    officers: tuple[str, ...]
    tokens: tuple[str, ...]
    answered: str
    waiting: str
    listed: str
    listed_answer: int
    fresh: tuple[str, ...]
    rare: str
    evaluation: dict[str, Any]

"""Roles: what each may do; and that two people grant one.

    Role  ->  may  ->  Act

Promise: this table is the only place that says who may do what; pages, the API and the acts ask it.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody does here; she may have several."""

    INTAKE = "intake"
    RECORDS = "records"
    COUNSEL = "counsel"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    """What can be done."""

    SEE_CASES = "see cases"
    TAKE_IN = "take in a request"
    STATE = "state a fact"
    JUDGE = "sign a judgement"
    PREPARE = "prepare an answer"
    CHOOSE = "choose whether to give what the law permits"
    SIGN_LAW = "sign for law that nobody checked"
    RELEASE = "release an answer"
    RELEASE_GRANT = "release an answer that gives something"
    SERVE = "record how a notice was served"
    CORRECT = "record a correction"
    CLOSE_INCIDENT = "close an incident"
    ADOPT_LAW = "sign for law, mapping or wording"
    SEE_TRAIL = "read the audit trail"
    SEE_USERS = "see users"
    CHANGE_USERS = "change users"
    GRANT_ROLE = "grant a role"


_R = Role
MAY: dict[Act, frozenset[Role]] = {
    Act.SEE_CASES: frozenset({_R.INTAKE, _R.RECORDS, _R.COUNSEL, _R.SUPERVISOR, _R.AUDITOR}),
    Act.TAKE_IN: frozenset({_R.INTAKE, _R.RECORDS, _R.SUPERVISOR}),
    Act.STATE: frozenset({_R.RECORDS, _R.COUNSEL, _R.SUPERVISOR}),
    Act.JUDGE: frozenset({_R.COUNSEL}),
    Act.PREPARE: frozenset({_R.RECORDS, _R.COUNSEL}),
    Act.CHOOSE: frozenset({_R.RECORDS, _R.COUNSEL, _R.SUPERVISOR}),
    Act.SIGN_LAW: frozenset({_R.COUNSEL}),
    Act.RELEASE: frozenset({_R.RECORDS, _R.COUNSEL, _R.SUPERVISOR}),
    Act.RELEASE_GRANT: frozenset({_R.COUNSEL, _R.SUPERVISOR}),
    Act.SERVE: frozenset({_R.INTAKE, _R.RECORDS, _R.SUPERVISOR}),
    Act.CORRECT: frozenset({_R.RECORDS, _R.SUPERVISOR}),
    Act.CLOSE_INCIDENT: frozenset({_R.COUNSEL, _R.SUPERVISOR}),
    Act.ADOPT_LAW: frozenset({_R.COUNSEL}),
    Act.SEE_TRAIL: frozenset({_R.AUDITOR}),
    Act.SEE_USERS: frozenset({_R.ADMINISTRATOR, _R.AUDITOR, _R.SUPERVISOR}),
    Act.CHANGE_USERS: frozenset({_R.ADMINISTRATOR}),
    Act.GRANT_ROLE: frozenset({_R.ADMINISTRATOR, _R.SUPERVISOR}),
}
"""Administrators see no case and release nothing."""

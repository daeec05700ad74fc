"""Who may see what: each role, each state of a request, each address, and what stands in the bytes that come back.

TABLE (who may open an address, and what it may tell)  ×  roles  ×  states  ->  bytes  ->  no value, no word too much

The addresses are those that the program has: one that stands in no row of the table fails the test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.urls.resolvers import URLResolver

from habeas.web.accounts.roles import MAY, Act, Role
from habeas.web.api import tokens
from habeas.web.api.models import ApiToken
from habeas.web.casework.doors import Outcome, items_of, outcome
from habeas.web.casework.models import Arrival, Case, Correction, Version
from tests.web.canaries import in_trail
from tests.web.canary_jail import (
    CORRECTED,
    GONE,
    HIDDEN,
    ITEMS,
    PEOPLE,
    SHOWN,
    canaries,
    told,
    write_jail,
)
from tests.web.case_states import REFERENCE, STATES, WORDS, State, in_state, press
from tests.web.conftest import make_user
from tests.web.signing_in import whole

pytestmark = pytest.mark.django_db

NOBODY, TOKEN = "nobody", "a token"
EVERYBODY = tuple(Act)


class Row(NamedTuple):
    """An address: which acts open it (one is enough), what it may tell, and what it is of.

    tells  words of the office by kind (`case_states.WORDS`), and `person`: her key in the records. Of the values of
           items nothing is ever told but by `document` and `original`, which `papers` is about.
    of     what its number is of; empty: it has none
    """

    acts: tuple[Act, ...]
    tells: str = ""
    of: str = ""


SEE = (Act.SEE_CASES,)
TABLE: dict[str, Row] = {
    "desk:today": Row(EVERYBODY, "case"),
    "desk:cases": Row(SEE, "case"),
    "desk:cases_csv": Row(SEE, "case"),
    "desk:new_case": Row((Act.TAKE_IN,)),
    "desk:case": Row(SEE, "case person said heard finding", "case"),
    "desk:facts": Row(SEE, "case", "request"),
    "desk:fact": Row((Act.STATE, Act.JUDGE), "case said", "fact"),
    "desk:take_back": Row((Act.STATE, Act.JUDGE), "case said", "fact"),
    "desk:confirm": Row((Act.STATE,), "case", "request"),
    "desk:prepare": Row((Act.PREPARE,), "case person said heard finding", "request"),
    "desk:ways": Row(SEE, "case person", "answer"),
    "desk:sign": Row((Act.SIGN_LAW,), "case", "answer"),
    "desk:release": Row(
        (Act.RELEASE, Act.RELEASE_GRANT), "case person said heard finding", "answer"
    ),
    "desk:choose": Row((Act.CHOOSE, Act.SIGN_LAW), "case said", "item"),
    "desk:document": Row(SEE, "", "document"),
    "desk:serve": Row((Act.SERVE,), "case", "document"),
    "desk:original": Row(SEE, "original case", "original"),
    "desk:finish": Row((Act.SERVE,), "case", "task"),
    "desk:new_communication": Row((Act.TAKE_IN,), "case"),
    "desk:communication": Row(SEE, "case heard finding", "communication"),
    "desk:incidents": Row(SEE, "case heard finding"),
    "desk:close_incident": Row((Act.CLOSE_INCIDENT,), "case heard finding", "incident"),
    "desk:forms": Row(SEE, "case"),
    "desk:new_form": Row((Act.TAKE_IN,)),
    "desk:form": Row((Act.TAKE_IN,), "case", "arrival"),
    "desk:form_page": Row((Act.TAKE_IN,), "original", "page of an arrival"),
    "desk:form_file": Row(SEE, "original case", "arrival"),
    "desk:set_aside": Row((Act.TAKE_IN,), "case", "arrival"),
    "desk:corrections": Row(SEE, "case person"),
    "desk:new_correction": Row((Act.CORRECT,)),
    "desk:correction": Row(SEE, "case person", "correction"),
    "desk:tokens": Row((Act.SEE_USERS,)),
    "desk:new_token": Row((Act.CHANGE_USERS,)),
    "desk:end_token": Row((Act.CHANGE_USERS,), "", "token"),
    "desk:trail": Row((Act.SEE_TRAIL,)),
    "desk:law": Row((Act.SEE_CASES, Act.ADOPT_LAW)),
    "desk:sign_law": Row((Act.ADOPT_LAW,), "", "law"),
    "api:me": Row(EVERYBODY),
    "api:openapi-json": Row(EVERYBODY),
    "api:api-root": Row(EVERYBODY),
    "api:cases": Row(SEE, "case"),
    "api:case": Row(SEE, "case person said", "case"),
    "api:statements": Row((Act.STATE, Act.JUDGE), "said", "request"),
    "api:prepare": Row((Act.PREPARE,), "", "request"),
    "api:answer": Row(SEE, "", "answer"),
    "api:items": Row(SEE, "", "answer"),
    "api:ways": Row(SEE, "person", "answer"),
    "api:choose": Row((Act.CHOOSE, Act.SIGN_LAW), "said", "item"),
    "api:sign": Row((Act.SIGN_LAW,), "said", "answer"),
    "api:release": Row((Act.RELEASE, Act.RELEASE_GRANT), "", "answer"),
    "api:documents": Row(SEE),
    "api:document": Row(SEE, "", "document"),
    "api:serve": Row((Act.SERVE,), "said", "document"),
    "api:original": Row(SEE, "original case", "original"),
    "api:tasks": Row(SEE),
    "api:finish": Row((Act.SERVE,), "", "task"),
    "api:communications": Row(SEE, "case heard"),
    "api:events": Row((Act.SEE_TRAIL,)),
    "api:tokens": Row((Act.SEE_USERS,)),
    "api:revoke_token": Row((Act.CHANGE_USERS,), "", "token"),
}
"""Who may see what. Accounts, sign-in and AuthZEN tell nothing of a case to anybody; AuthZEN has a test of its own."""

APART = ("account", "mfa", "usersessions", "authzen", "reauthenticate")
"""What the names of addresses begin with that tell nothing of any case."""

PAPERS = ("desk:document", "api:document")

LOOKS = {
    **{name: "api" for name in TABLE if name.startswith("api:")},
    **{name: "desk" for name in TABLE if name.startswith("desk:")},
}


# -- addresses ---------------------------------------------------------------------------------------------


def names(resolver: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    """The name of every address that the program has."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from names(one, (*spaces, one.namespace) if one.namespace else spaces)
        elif isinstance(one, URLPattern):
            yield ":".join([*spaces, one.name or f"no name: {one.pattern}"])


def test_every_address_of_the_program_stands_in_the_table() -> None:
    unknown = {name for name in names() if name not in TABLE and not name.startswith(APART)}
    assert unknown == {"no name: .well-known/authzen-configuration/api"}, (
        "write a row for it: who may open it, and what it may tell"
    )
    assert set(TABLE) <= set(names()), "the table has an address that is none"


def places(name: str, found: State) -> list[str]:
    """The addresses of a row for a case."""
    row = TABLE[name]
    number = found.case.number
    if row.of == "":
        return [reverse(name)]
    if row.of == "token":
        return [reverse(name, args=[one.pk]) for one in ApiToken.objects.all()]
    if row.of == "correction":
        return [reverse(name, args=[one.pk]) for one in Correction.objects.all()]
    if row.of.endswith("arrival"):
        page = [1] if row.of.startswith("page") else []
        return [reverse(name, args=[one.pk, *page]) for one in Arrival.objects.all()]
    if row.of == "case":
        return [reverse(name, args=[number])]
    if row.of == "request":
        return [reverse(name, args=[number, one.position]) for one in found.case.requests.all()]
    if row.of == "fact":
        return [
            reverse(name, args=[number, 1, path]) for path in ("requester_kind", "purpose", "minor")
        ]
    if row.of == "law":
        return [reverse(name, args=[one.pk]) for one in Version.objects.all()]
    return [reverse(name, args=[pk]) for pk in found.rows[row.of]]


# -- who asks ----------------------------------------------------------------------------------------------


@pytest.fixture
def office(office, settings, tmp_path) -> Any:
    """The office, with a jail of canaries."""
    settings.OFFICE = replace(office, records=str(write_jail(tmp_path / "canaries")))
    return settings.OFFICE


@pytest.fixture
def browsers(people, monkeypatch) -> dict[str, Client]:
    """Somebody of each role, nobody, and a system."""
    monkeypatch.setattr(tokens, "A_MINUTE", 10**9)
    system = make_user("exporter", Role.INTAKE, Role.AUDITOR)
    text, _ = tokens.make_token(people["administrator"], system, "export", 30)
    made = {role.value: whole(people[role.value]) for role in Role}
    made[NOBODY] = Client()
    made[TOKEN] = Client(headers={"Authorization": f"Bearer {text}"})
    return made


def may(who: str, name: str) -> bool:
    """What the table says, by the one table of roles."""
    if who == NOBODY:
        return False
    acts = set(TABLE[name].acts)
    if who == TOKEN:
        if LOOKS[name] == "desk":
            return False
        mine = {act for act in acts if {Role.INTAKE, Role.AUDITOR} & MAY[act]}
        return acts == set(EVERYBODY) or bool(mine & tokens.MAY)
    return any(Role(who) in MAY[act] for act in acts)


# -- what comes back ---------------------------------------------------------------------------------------


def kinds(found: set[str]) -> set[str]:
    """What was found, by the kinds of the table; values stay as they are."""
    return {"person" if one.startswith("key of ") else one for one in found}


def tells(response: Any) -> set[str]:
    """What stands in a response, its headers included."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return told(response.getvalue(), WORDS) | told(headers.encode(), WORDS)


def walk(
    found: State, browsers: dict[str, Client], roles: tuple[str, ...], *, post: bool
) -> dict[str, set[str]]:
    """Open every address of a case as everybody, and hold it against the table; what each told to whoever may."""
    seen: dict[str, set[str]] = {}
    for name, row in TABLE.items():
        for at in places(name, found):
            for who in roles:
                opened = may(who, name)
                where = f"{found.name}: {who} {name} {at}"
                response = browsers[who].get(at)
                told_here = tells(response)
                if not opened:
                    assert response.status_code in (302, 401, 403, 405), (
                        f"{where}: {response.status_code}"
                    )
                    assert told_here == set(), f"{where} tells {told_here}"
                elif name not in PAPERS:
                    # 422: of what was released there is nothing more to release.
                    assert response.status_code in (200, 404, 405, 422), (
                        f"{where}: {response.status_code}"
                    )
                    extra = kinds(told_here) - set(row.tells.split())
                    assert extra == set(), f"{where} tells {extra}"
                if opened and response.status_code == 200:
                    seen.setdefault(name, set()).update(kinds(told_here))
                if post:
                    posted(where, browsers[who], at, name, opened)
    return seen


def posted(where: str, client: Client, at: str, name: str, opened: bool) -> None:
    """Send nothing, and undo whatever that did."""
    api = {"content_type": "application/json", "data": "{}"} if LOOKS[name] == "api" else {}
    with transaction.atomic():
        response = client.post(at, **api)
        found = tells(response)
        transaction.set_rollback(True)
    if opened:
        assert response.status_code < 500, f"{where}: {response.status_code}"
        extra = kinds(found) - set(TABLE[name].tells.split())
        assert extra == set(), f"{where}, posted to, tells {extra}"
    else:
        # 422: what does not fit is said before anybody is asked for; it is said of the form alone.
        assert response.status_code in (302, 401, 403, 404, 405, 422), (
            f"{where}: {response.status_code}"
        )
        assert found == set(), f"{where}, posted to, tells {found}"


# -- papers ------------------------------------------------------------------------------------------------

ARREST = {
    "name", "date_of_birth", "physical_description", "arrest_details", "booking_details", "charges", "bail",
    "custody_status", "holds_and_warrants", "release_details",
}  # fmt: skip
"""What is given to the press of somebody on the roster (Gov. Code § 7923.610, as the pack reads it)."""

NO_VALUE = "release_details"
"""Given, and nothing is on record: these people are still held."""

GIVEN: dict[str, dict[str, set[str]]] = {
    **{
        name: {SHOWN: ARREST} for name in ("released", "served", "superseded", "stated since")
    },
    "corrected": {CORRECTED: ARREST},
    "all records": {SHOWN: {"name", "charges"}, CORRECTED: {"name", "charges"}},
}  # fmt: skip
"""In which states what of whom was given; in all others nothing."""

LIVE = ("released", "served", "all records")
"""The states in which a release counts."""

OUTSIDE = ("letter", "package", "table")
"""The papers for whoever asked; all others are notices to the person herself, and say her name."""


def papers(found: State, client: Client) -> None:
    """Each paper holds what was given, and nothing else; all that was given stands in package and table."""
    given = {
        f"{item} of {person}"
        for person, items in GIVEN.get(found.name, {}).items()
        for item in items - {NO_VALUE}
    }
    kinds_there = set()
    for one in found.documents:
        paper = told(client.get(reverse("desk:document", args=[one.pk])).getvalue(), WORDS)
        assert paper == told(client.get(reverse("api:document", args=[one.pk])).getvalue(), WORDS)
        values = paper - {"case"}
        where = f"{found.name}: {one.file_name}"
        kinds_there.add(one.kind)
        if one.kind in ("package", "table"):
            assert values == given, where
        elif one.kind == "letter":
            assert values == set(), where
        else:
            assert values <= {f"name of {found.person}"}, where
    assert ("package" in kinds_there) is ("table" in kinds_there) is bool(given), found.name
    if found.documents:
        assert "letter" in kinds_there


def given_by_the_law(found: State) -> None:
    """The acts give what this table says, else the papers would be held against a wrong one."""
    for answer in found.answers:
        if hasattr(answer, "release"):
            made = {
                (person, one.item)
                for one in items_of(answer)
                if outcome(one) is Outcome.GIVEN
                for person in one.way.people
            }
            wanted = {
                (person, item) for person, items in GIVEN.get(found.name, {}).items() for item in items
            }  # fmt: skip
            assert made == wanted, found.name


# -- AuthZEN -----------------------------------------------------------------------------------------------


def evaluated(client: Client, found: State) -> set[tuple[str, str]]:
    """Every person and item about which AuthZEN says yes for a case."""
    asked = [(person, item) for person in PEOPLE for item in ITEMS]
    agency = Case.objects.get(pk=found.case.pk).agency
    yes = set()
    for start in range(0, len(asked), 100):
        some = asked[start : start + 100]
        body = {
            "subject": {"type": "agency", "id": agency, "properties": {"reference": REFERENCE}},
            "action": {"name": "disclose"},
            "evaluations": [
                {
                    "resource": {
                        "type": "item",
                        "id": item,
                        "properties": {"case": found.case.number, "person": person},
                    }
                }
                for person, item in some
            ],
        }
        response = client.post(
            reverse("authzen_evaluations"), json.dumps(body), content_type="application/json"
        )
        assert tells(response) == set()
        said = response.json()["evaluations"]
        assert len(said) == len(some)
        yes |= {one for one, each in zip(some, said, strict=True) if each["decision"]}
    return yes


def authzen(found: State, client: Client) -> None:
    """Yes to what was given and still counts, and to nothing else."""
    given = GIVEN.get(found.name, {}) if found.name in LIVE else {}
    wanted = {(person, item) for person, items in given.items() for item in items}
    assert evaluated(client, found) == wanted, found.name


# -- the matrix --------------------------------------------------------------------------------------------

FEW = (NOBODY, TOKEN, "intake", "auditor", "administrator")


@pytest.mark.parametrize("name", ["choice open", "released"])
def test_nobody_sees_more_than_the_table_says(office, people, browsers, name: str) -> None:
    found = in_state(people, name)
    given_by_the_law(found)
    assert ("permitted" in {one.basis for one in items_of(found.answers[-1])}) is (
        name == "choice open"
    )
    walk(found, browsers, FEW, post=False)
    papers(found, browsers["auditor"])
    authzen(found, browsers[TOKEN])
    assert not in_trail(_not_in_the_trail())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", STATES)
def test_in_no_state_does_anybody_see_more_than_the_table_says(
    office, people, browsers, name: str
) -> None:
    found = in_state(people, name)
    given_by_the_law(found)
    roles = (NOBODY, TOKEN, *(role.value for role in Role))
    seen = walk(found, browsers, roles, post=True)
    papers(found, browsers["records"])
    authzen(found, browsers[TOKEN])
    assert not in_trail(_not_in_the_trail())
    # What may be told is told somewhere: else the search would find nothing anywhere.
    for at, kind in (("desk:case", "case"), ("api:case", "case"), ("desk:cases_csv", "case")):
        assert kind in seen[at], (at, seen[at])
    assert ("person" in seen["api:case"]) is bool(found.person)


def _not_in_the_trail() -> list[str]:
    return [*(one for one in canaries() if not one.isdigit()), *WORDS, *PEOPLE]


def test_accounts_and_sign_in_tell_nothing_of_any_case(office, people, browsers) -> None:
    from tests.web.test_trail_addresses import addresses

    press(people)
    here = [
        at for at, _ in addresses() if at.startswith(("/account/", "/api/access", "/.well-known"))
    ]
    assert len(here) > 20
    for at in here:
        if "logout" in at:
            continue
        for who, client in browsers.items():
            assert tells(client.get(at)) == set(), (who, at)


def test_the_search_finds_each_value_in_every_way_of_writing() -> None:
    from tests.web.canary_jail import day, word

    born = day("date_of_birth", 1)
    for text in (
        f"{born:%Y-%m-%d}", f"{born:%m/%d/%Y}", f"{born:%-d %B %Y}", f"{born:%B %-d, %Y}", f"{born:%d.%m.%Y}",
        f"{born:%b %-d, %Y}", f'{{"born": "{born:%Y%m%d}"}}',
    ):  # fmt: skip
        assert told(text.encode()) == {f"date_of_birth of {SHOWN}"}, text
    home = word("home_address", 2)
    for text in (home, home.upper(), " ".join(home), "-".join(home), f"<p>{home}&nbsp;of Vexmoor</p>"):  # fmt: skip
        assert told(text.encode()) == {f"home_address of {HIDDEN}"}, text
    assert told(b"(555)&#32;867-5304") == {f"phone of {GONE}"}
    assert told(b"nothing at all, 2026-01-01") == set()
    assert {one.partition(" of ")[0] for one in canaries().values()} == {*ITEMS, "booked_on", "key"}

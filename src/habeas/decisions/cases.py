"""Golden cases: what the law must answer, told as facts and expected verdicts.

    cases.yaml  ->  read_cases  ->  GoldenCase  ->  run_case  ->  failures

Promise: a case is decided by the same law, and the same way, as a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from habeas.decisions.decide import Law
from habeas.decisions.decision import BASES, VERDICTS, Decision
from habeas.decisions.explain import why
from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.law.facts import Facts, Row, Said, Value
from habeas.law.vocabulary import Fact, Vocabulary
from habeas.records.document import Node, read_document
from habeas.records.records import Person
from habeas.records.request import Request
from habeas.records.value import value_of

_KEYS = (
    "name", "place", "as_of", "request", "person", "items", "complete", "otherwise", "unconfirmed", "expect",
    "missing", "not_missing", "duties", "no_duties",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that a case expected and did not get."""

    what: str
    expected: str
    got: str
    why: str


@dataclass(slots=True)
class GoldenCase:
    """One case as it stands in its file.

    name, place, as_of    the sentence; the custodian's place; the day of law (left out: `received_on`)
    facts                 `request`, `person`, `items`, the tables' rows, `complete`; `unconfirmed` names
                          those that the requester alone has said, all others count as confirmed
    otherwise_no          `otherwise: no`: every yes/no fact that is not stated is no, in rows too
    expect                by item: `verdict` or `verdict/basis`
    missing, not_missing  by item: facts that must, must not, be named as missing
    duties, no_duties     acts that must, must not, be among the duties of the request's decisions
    """

    name: str
    file: str
    place: str
    node_place: Place
    as_of: date | None = None
    facts: Facts = field(default_factory=Facts)
    otherwise_no: bool = False
    selects_on: tuple[str, ...] = ()
    expect: dict[str, str] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    duties: tuple[str, ...] = ()
    no_duties: tuple[str, ...] = ()


def read_cases(path: Path, vocabulary: Vocabulary) -> list[GoldenCase]:
    """Read a file of golden cases; raises `InputError` at the first that cannot be read."""
    document = read_document(path, "golden case", list)
    assert isinstance(document.value, list)  # noqa: S101 - for mypy
    return [_Reader(node, path, vocabulary).read() for node in document.value]


def run_case(law: Law, case: GoldenCase) -> list[Failure]:
    """Decide a case; returns what differs from what it expects, nothing if it passes.

    Raises `InputError` if the case has no day of law or contradicts a list of the law.
    """
    received = case.facts.values.get("received_on")
    day = case.as_of or (received if isinstance(received, date) else None)
    if day is None:
        raise InputError(
            Problem(
                case.node_place,
                "this case has no day",
                "give it `as_of`, or the request `received_on`",
            )
        )
    facts = _otherwise_no(law, case.facts, day) if case.otherwise_no else case.facts
    asked = tuple(dict.fromkeys([*case.expect, *case.missing, *case.not_missing]))
    request = Request(case.name, facts, asked, case.selects_on)
    person = Person("the person", Facts(), frozenset())
    decisions = {d.item: d for d in law.decide_person(request, person, asked, day)}
    return [
        *_verdicts(law, case, decisions),
        *_asked(law, case, decisions),
        *_duties(case, list(decisions.values())),
    ]


def _verdicts(law: Law, case: GoldenCase, decisions: dict[str, Decision]) -> list[Failure]:
    found = []
    for item, expected in case.expect.items():
        decision = decisions[item]
        got = f"{decision.verdict}/{decision.basis}"
        if expected not in (got, decision.verdict):
            found.append(Failure(item, expected, got, why(law, decision)))
    return found


def _asked(law: Law, case: GoldenCase, decisions: dict[str, Decision]) -> list[Failure]:
    found = []
    for item, paths in case.missing.items():
        named = {one.fact for one in decisions[item].missing}
        lacking = [path for path in paths if not _names(named, path, item)]
        if lacking:
            found.append(
                Failure(
                    f"{item}, missing",
                    ", ".join(lacking),
                    ", ".join(sorted(named)) or "nothing",
                    why(law, decisions[item]),
                )
            )
    for item, paths in case.not_missing.items():
        named = {one.fact for one in decisions[item].missing}
        too_much = [path for path in paths if _names(named, path, item)]
        if too_much:
            found.append(
                Failure(
                    f"{item}, missing",
                    f"not {', '.join(too_much)}",
                    ", ".join(sorted(named)),
                    why(law, decisions[item]),
                )
            )
    return found


def _names(named: set[str], path: str, item: str) -> bool:
    """Whether a fact, an item's fact or a column is among the paths of the missing."""
    return any(one in (path, f"{item}.{path}") or one.endswith(f"].{path}") for one in named)


def _duties(case: GoldenCase, decisions: Sequence[Decision]) -> list[Failure]:
    acts = {owed.act for decision in decisions for owed in decision.duties}
    got = ", ".join(sorted(acts)) or "none"
    found = [
        Failure("duties", act, got, "no decision of this request brings that duty")
        for act in case.duties
        if act not in acts
    ]
    return found + [
        Failure("duties", f"not {act}", got, "a decision of this request brings that duty")
        for act in case.no_duties
        if act in acts
    ]


def _otherwise_no(law: Law, facts: Facts, day: date) -> Facts:
    """The facts with every yes/no fact that is not stated answered *no*; lists of the law go first."""
    rules = law.in_force(day)
    vocabulary = law.book.vocabulary
    whole = rules.completed(facts)
    values: dict[str, Value] = dict(whole.values)
    items = dict(whole.items)
    for fact in vocabulary.facts.values():
        if fact.type == "yes/no" and fact.scope == "item":
            for item in vocabulary.items:
                items.setdefault((item, fact.name), False)
        elif fact.type == "yes/no":
            values.setdefault(fact.name, False)
    rows: dict[str, list[Row]] = {}
    for table, given in whole.rows.items():
        flags = {
            name: False
            for name, column in vocabulary.tables[table].items()
            if column.type == "yes/no"
        }
        rows[table] = [{**flags, **row} for row in given]
    return Facts(values, items, rows, whole.complete, whole.sources)


class _Reader:
    def __init__(self, node: Node, path: Path, vocabulary: Vocabulary) -> None:
        self.node = node
        self.path = path
        self.vocabulary = vocabulary

    def fail(self, place: Place, message: str, help: str) -> InputError:
        return InputError(Problem(place, message, help))

    def read(self) -> GoldenCase:
        node, words = self.node, self.vocabulary
        if not isinstance(node.value, dict):
            raise self.fail(
                node.place, "a golden case is a mapping", "write its fields as `name: value` lines"
            )
        for key in node.value:
            if key not in (*_KEYS, *words.tables):
                raise self.fail(
                    node.key_at(key),
                    f"unknown field `{key}`",
                    did_you_mean(key, [*_KEYS, *words.tables], f"fields are {', '.join(_KEYS)}"),
                )
        for key in ("name", "place", "expect"):
            if key not in node.value:
                raise self.fail(node.place, f"this case has no `{key}`", f"add `{key}: …`")
        case = GoldenCase(
            str(node.value_at("name")), str(self.path), str(node.value_at("place")), node.place
        )
        if "as_of" in node.value:
            made = value_of(
                Fact("as_of", "request", "date", "", node.place),
                node.value_at("as_of"),
                node.at("as_of"),
            )
            assert isinstance(made, date)  # noqa: S101 - for mypy
            case.as_of = made
        self.facts(case)
        case.otherwise_no = "otherwise" in node.value
        if case.otherwise_no and node.value_at("otherwise") is not False:
            raise self.fail(
                node.at("otherwise"),
                "`otherwise` can only be `no`",
                "write `otherwise: no`, or leave it out",
            )
        for item, expected in self.mapping(node, "expect").items():
            case.expect[self.item(item, node.key_at("expect", item))] = self.verdict(expected)
        for key in ("missing", "not_missing"):
            for item, paths in self.mapping(node, key).items():
                getattr(case, key)[self.item(item, node.key_at(key, item))] = self.texts(paths)
        for key in ("duties", "no_duties"):
            acts = self.texts(node.value[key]) if key in node.value else ()
            for act in acts:
                if act not in words.acts:
                    raise self.fail(
                        node.at(key),
                        f"unknown act `{act}`",
                        did_you_mean(act, words.acts, "acts are declared in the vocabulary"),
                    )
            setattr(case, key, acts)
        return case

    def mapping(self, node: Node, key: str) -> dict[str, Node]:
        value = node.value_at(key) if isinstance(node.value, dict) and key in node.value else {}
        if not isinstance(value, dict):
            raise self.fail(
                node.at(key), f"`{key}` is a mapping", "write its fields as `name: value` lines"
            )
        return value

    def texts(self, node: Node) -> tuple[str, ...]:
        if not isinstance(node.value, list):
            raise self.fail(node.place, "a list is wanted here", "write `[a, b]`")
        return tuple(str(one.value) for one in node.value)

    def item(self, name: str, place: Place) -> str:
        if name not in self.vocabulary.items:
            raise self.fail(
                place,
                f"unknown item `{name}`",
                did_you_mean(name, self.vocabulary.items, "items are declared in the vocabulary"),
            )
        return name

    def verdict(self, node: Node) -> str:
        text = str(node.value)
        verdict, _, basis = text.partition("/")
        if verdict not in VERDICTS or (basis and basis not in BASES):
            raise self.fail(
                node.place,
                f"`{text}` is no verdict",
                "write `grant`, `deny` or `refer`, with `/basis` if it matters",
            )
        return text

    def facts(self, case: GoldenCase) -> None:
        node, words = self.node, self.vocabulary
        values: dict[str, Value] = {}
        items: dict[tuple[str, str], Value] = {}
        for scope in ("request", "person"):
            for name, stated in self.mapping(node, scope).items():
                if scope == "request" and name == "selects_on":
                    case.selects_on = tuple(
                        self.item(one, stated.place) for one in self.texts(stated)
                    )
                    continue
                fact = words.facts.get(name)
                if fact is None or fact.scope != scope:
                    known = [f.name for f in words.facts.values() if f.scope == scope]
                    raise self.fail(
                        node.key_at(scope, name),
                        f"unknown {scope} fact `{name}`",
                        did_you_mean(name, known, "facts are declared in the vocabulary"),
                    )
                values[name] = value_of(fact, stated.value, stated.place)
        for item, facts in self.mapping(node, "items").items():
            self.item(item, node.key_at("items", item))
            for name, stated in (facts.value if isinstance(facts.value, dict) else {}).items():
                fact = words.facts.get(name)
                if fact is None or fact.scope != "item":
                    raise self.fail(
                        node.key_at("items", item, name),
                        f"unknown item fact `{name}`",
                        "item facts are declared in the vocabulary",
                    )
                items[item, name] = value_of(fact, stated.value, stated.place)
        rows = {
            table: self.rows(table)
            for table in words.tables
            if isinstance(node.value, dict) and table in node.value
        }
        complete = (
            self.texts(node.value["complete"])
            if isinstance(node.value, dict) and "complete" in node.value
            else ()
        )
        for table in complete:
            if table not in words.tables:
                raise self.fail(
                    node.at("complete"),
                    f"unknown table `{table}`",
                    did_you_mean(table, words.tables, "tables are declared in the vocabulary"),
                )
        case.facts = Facts(values, items, rows, frozenset(complete))
        if isinstance(node.value, dict) and "unconfirmed" in node.value:
            for path in self.texts(node.value["unconfirmed"]):
                if case.facts.get(path) is None:
                    raise self.fail(
                        node.at("unconfirmed"),
                        f"`{path}` is not stated, so nobody can have confirmed it",
                        "state it, or leave it out",
                    )
                case.facts.sources[path] = (Said("requester"),)

    def rows(self, table: str) -> list[Row]:
        columns = self.vocabulary.tables[table]
        listed = self.node.value_at(table)
        if not isinstance(listed, list):
            raise self.fail(
                self.node.at(table), f"`{table}` is a list of rows", "write `[{level: felony}]`"
            )
        made: list[Row] = []
        for index, row in enumerate(listed):
            if not isinstance(row.value, dict):
                raise self.fail(row.place, "a row is a mapping", "write `{level: felony}`")
            values: Row = {}
            for name, stated in row.value.items():
                if name not in columns:
                    raise self.fail(
                        self.node.key_at(table, index, name),
                        f"`{name}` is no column of `{table}`",
                        did_you_mean(name, columns, f"columns are {', '.join(columns)}"),
                    )
                values[name] = value_of(columns[name], stated.value, stated.place)
            made.append(values)
        return made
